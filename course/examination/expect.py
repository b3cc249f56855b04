"""The demands that a hidden test makes of a result, each judged by a public judge of `course.kit`.

A demand that fails raises `Failed` with a `Problem` for the learner. Tolerances are those of the judges, in
`course.kit.judges` and `course.kit.laws`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from course.errors import CourseError, LearnerError
from course.examination.learner import Demand, LearnerObject, current, judging, raised_name
from course.kit.judges import JUDGES
from course.kit.values import WORDS, Problem, describe

# An object of the learner's is described as what it is in the process where it lives.
WORDS[LearnerObject] = lambda thing: describe(thing.handle)


class Failed(AssertionError):  # noqa: N818
    """A property does not hold."""

    def __init__(self, problem: Problem):
        super().__init__(problem.text)
        self.problem = problem


def demand(judge: str, actual: Any, **given: Any) -> None:
    """Have a judge look at a result, and put the demand on the record of the learner, if there is one.

    Parameters
    ----------
    judge : str
        A key of `course.kit.judges.JUDGES`.
    actual
        The result.
    **given
        The judge's other arguments.

    Raises
    ------
    Failed
        If the judge finds a problem, unless the learner is lenient.
    """
    learner = current()
    start = len(learner.record) if learner else 0
    seen = learner.as_left(actual) if learner is not None and judge == "unchanged" else actual
    with judging(learner):
        problem = JUDGES[judge](seen, **given)
    if learner is not None:
        del learner.record[start:]  # the judge's own calls of an object are no steps of the test
        learner.record.append(Demand(judge, actual, given, problem is not None))
        if learner.lenient:
            return
    if problem is not None:
        raise Failed(problem)


def close(
    actual: Any, wanted: Any, what: str = "the result", rtol: float | None = None, any_shape: bool = False
) -> None:
    """`actual` has the structure, shape and values of `wanted` (relative 1e-4; float32 1e-3).

    With `any_shape`, axes of length 1 do not count: where a property of its own asks for the shape.
    """
    given = {"rtol": rtol} if rtol is not None else {}
    demand("close", actual, wanted=wanted, what=what, **given, **({"any_shape": True} if any_shape else {}))


def same_dtype(actual: Any, dtype: Any = np.float32, what: str = "the result") -> None:
    """Every array of the result has this dtype."""
    demand("same_dtype", actual, dtype=np.dtype(dtype).name, what=what)


def unchanged(argument: np.ndarray, before: np.ndarray, what: str = "x") -> None:
    """An argument is bit for bit what it was before the call; `argument` is the array that was passed."""
    demand("unchanged", argument, before=before, what=what)


def sums_to_zero(actual: np.ndarray, axis: int | tuple[int, ...], scale: float, what: str = "dx") -> None:
    """The sum over `axis` is 0, within 1e-7 of `scale`."""
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


def differs(actual: Any, other: Any, what: str = "the result") -> None:
    """Finite numbers that are not those of another call: what a law needs that says where numbers stay the same."""
    demand("differs", actual, other=other, what=what)


def law(network: Any, judge: str, **given: Any) -> None:
    """A network of the learner's obeys a law of `course.kit.laws`, whatever its initial parameters are."""
    demand(judge, network, **given)


def agrees(labels: Any, wanted: np.ndarray, at_least: float = 0.0, at_most: float = 1.0) -> None:
    """The share of labels that are the wanted ones lies in a range."""
    demand("agrees", labels, wanted=wanted, at_least=at_least, at_most=at_most)


def parts(result: Any, *names: str, most: int = 0, what: str = "") -> tuple:
    """The parts of a result that should be a tuple with these names on the page; a list is accepted, too.

    Parameters
    ----------
    result
        What a call returned.
    *names : str
        What the parts are called.
    most : int
        Accept a tuple with up to so many parts, the first an array: where a property of its own asks for how the rest
        is packed.
    what : str
        What the result is called, where it is itself a part.

    Raises
    ------
    Failed
        If the result is no tuple of this length. A lenient learner gets None for each where some are missing.
    """
    given: dict[str, Any] = {"names": list(names)}
    given |= {"most": most} if most else {}
    given |= {"what": what} if what else {}
    demand("parts", result, **given)
    if isinstance(result, (tuple, list)) and len(result) >= len(names):
        return tuple(result)[: len(names)]
    return (None,) * len(names)


def raises(error: type[Exception], function: Callable, *args: Any, **kwargs: Any) -> None:
    """The call raises an error whose class has this name: of an error in the sandbox only the name is known.

    Raises
    ------
    Failed
        If the call returns, or raises another error.
    CourseError
        If the grader or the machine fails, not the learner.
    """
    learner = current()
    start = len(learner.record) if learner else 0
    problem = None
    try:
        result = function(*args, **kwargs)
        problem = Problem(f"Expected a {error.__name__} to be raised; got {describe(result)}")
    except Exception as raised:
        if isinstance(raised, CourseError) and not isinstance(raised, LearnerError):
            raise
        name = raised_name(raised)
        if name == "NotImplementedError":
            raise  # a stub
        if name != error.__name__:
            problem = Problem(f"Expected a {error.__name__}; the call raised {name}")
    if learner is not None:
        learner.record[start].expected_error = error.__name__
        if learner.lenient:
            return
    if problem is not None:
        raise Failed(problem)
