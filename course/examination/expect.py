"""What a hidden test may demand of a result. The judges are the public ones of `course.kit.check`.

A demand that fails raises `Failed`, whose problem is told to the learner.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from course.errors import CourseError, LearnerError
from course.examination.learner import Demand, current, raised_name
from course.kit import laws  # noqa: F401 (they add themselves to JUDGES)
from course.kit.check import JUDGES, Problem, describe


class Failed(AssertionError):  # noqa: N818
    """A property does not hold."""

    def __init__(self, problem: Problem):
        super().__init__(problem.text)
        self.problem = problem


def demand(judge: str, actual: Any, **given: Any) -> None:
    """Let a judge look at a result; on the record, and `Failed` where it finds a problem."""
    learner = current()
    start = len(learner.record) if learner else 0
    seen = learner.as_left(actual) if learner is not None and judge == "unchanged" else actual
    problem = JUDGES[judge](seen, **given)
    if learner is not None:
        del learner.record[start:]  # what a judge does with an object is its own affair
        learner.record.append(Demand(judge, actual, given, problem is not None))
        if learner.lenient:
            return
    if problem is not None:
        raise Failed(problem)


def close(actual: Any, wanted: Any, what: str = "the result", rtol: float | None = None) -> None:
    """`actual` has the structure, shape and values of `wanted` (relative 1e-4; float32 1e-3)."""
    demand("close", actual, wanted=wanted, what=what, **({} if rtol is None else {"rtol": rtol}))


def same_dtype(actual: Any, dtype: Any = np.float32, what: str = "the result") -> None:
    """Every array of the result has this dtype."""
    demand("same_dtype", actual, dtype=np.dtype(dtype).name, what=what)


def unchanged(argument: np.ndarray, before: np.ndarray, what: str = "x") -> None:
    """An argument is bit for bit what it was before the call; `argument` is the array that was passed."""
    demand("unchanged", argument, before=before, what=what)


def sums_to_zero(actual: np.ndarray, axis: int | tuple[int, ...], scale: float, what: str = "dx") -> None:
    """The sum over `axis` vanishes beside `scale`."""
    demand("sums_to_zero", actual, axis=list(np.atleast_1d(axis).tolist()), scale=float(scale), what=what)


def sums_to(
    actual: np.ndarray,
    weights: np.ndarray,
    axis: int | tuple[int, ...],
    wanted: np.ndarray,
    scale: float,
    what: str = "dx * x_hat",
) -> None:
    """The sum of `actual * weights` over `axis` is `wanted`, within 1e-7 of `scale`."""
    over = np.atleast_1d(axis).tolist()
    demand("sums_to", actual, weights=weights, axis=over, wanted=wanted, scale=float(scale), what=what)


def maps_to(pair: Any, x_hat: np.ndarray, wanted: np.ndarray, what: str = "gamma * x_hat + beta") -> None:
    """The parameters `pair = (gamma, beta)` turn `x_hat` into `wanted`."""
    demand("maps_to", pair, x_hat=x_hat, wanted=wanted, what=what)


def straight_line(
    actual: np.ndarray, x: np.ndarray, centre: np.ndarray, axis: int | tuple[int, ...] = 0, what: str = "y"
) -> None:
    """Over these axes `actual` is a straight line over `x`, not flat, and has the mean `centre`."""
    axes = np.atleast_1d(axis).tolist()
    demand("straight_line", actual, x=x, centre=centre, axis=axes, what=what)


def between(actual: Any, low: float, high: float, what: str = "the result") -> None:
    """A number from `low` to `high`."""
    demand("between", actual, low=low, high=high, what=what)


def law(network: Any, judge: str, **given: Any) -> None:
    """A network of the learner's obeys a law of `course.kit.laws`: it is judged as an object, however it starts."""
    demand(judge, network, **given)


def agrees(labels: Any, wanted: np.ndarray, at_least: float = 0.0, at_most: float = 1.0) -> None:
    """The share of labels that are the wanted ones lies in a range."""
    demand("agrees", labels, wanted=wanted, at_least=at_least, at_most=at_most)


def parts(result: Any, *names: str) -> tuple:
    """The parts of a result that is to be a tuple (a list will do), by the names they have on the page."""
    if isinstance(result, (tuple, list)) and len(result) == len(names):
        return tuple(result)
    learner = current()
    if learner is not None and learner.lenient:
        return (None,) * len(names)
    raise Failed(Problem(f"{describe(result)} came, a tuple ({', '.join(names)}) was wanted"))


def raises(error: type[Exception], function: Callable, *args: Any, **kwargs: Any) -> None:
    """The call raises this very kind of error (or one derived from it, by name)."""
    learner = current()
    start = len(learner.record) if learner else 0
    problem = None
    try:
        result = function(*args, **kwargs)
        problem = Problem(f"{describe(result)} came, a {error.__name__} was wanted")
    except Exception as came:
        if isinstance(came, CourseError) and not isinstance(came, LearnerError):
            raise
        name = raised_name(came)
        if name == "NotImplementedError":
            raise  # a stub
        if name != error.__name__:
            problem = Problem(f"raised {name}, a {error.__name__} was wanted")
    if learner is not None:
        learner.record[start].expected_error = error.__name__
        if learner.lenient:
            return
    if problem is not None:
        raise Failed(problem)
