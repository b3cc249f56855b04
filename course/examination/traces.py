"""What a record of steps says: its trace, as the diagnosis knows it, and whether two records are the same."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from course.examination.learner import Demand, LearnerObject, Step
from course.kit.judges import close, fitted
from course.kit.play import by_name, compare_parts, raised
from course.kit.relations import Comparison
from course.kit.values import fingerprint

OWN_NAME = re.compile(r"\b([A-Za-z]\w*?)__[a-z]\w*")


def trace_of(record: list[Step | Demand]) -> list:
    """The trace of a record as the diagnosis knows it: what each step returned and changed, or what it raised."""
    return [outcome_of(step) for step in record if isinstance(step, Step)]


def outcome_of(step: Step) -> Any:
    """What a step returned and changed, or what it raised, as it stands in a trace."""
    if step.error is not None:
        # A wrong answer of ours is called EXERCISE__SLUG, a learner's EXERCISE; its slug must not get into a key.
        message = OWN_NAME.sub(r"\1", str(getattr(step.error, "message", step.error)))
        told = f"{step.raised}: {message}"
        return raised(step.raised, told, step.raised == step.expected_error)
    result = step.result.handle if isinstance(step.result, LearnerObject) else step.result
    return [fingerprint(result), step.changed()]


def results_of(record: list[Step | Demand]) -> list:
    """For each step of a record: what it returned, the error that it raised, the arguments that it changed."""
    return [(s.result, s.raised, s.changed()) for s in record if isinstance(s, Step)]


def same_results(a: list, b: list) -> bool:
    """Whether two runs of a test got the same numbers, step by step."""
    return len(a) == len(b) and all(
        p[1] == q[1] and p[2] == q[2] and same_value(p[0], q[0]) for p, q in zip(a, b, strict=True)
    )


def same_value(a, b) -> bool:
    """Whether two results are the same numbers, within a relative 1e-6: shape, structure and NaN included.

    Two objects that are no numbers (None, a layer) count as the same, whatever they are: a learner's class may have any
    name, and a method like `train` may return its object or nothing. `fingerprint` in `course.kit.values` treats
    them alike, so that the visible check and the grader name the same mistake.
    """
    if isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        return len(a) == len(b) and all(same_value(p, q) for p, q in zip(a, b, strict=True))
    numbers = (np.ndarray, np.generic, bool, int, float)
    if not isinstance(a, numbers) or not isinstance(b, numbers):
        return not isinstance(a, (*numbers, tuple, list)) and not isinstance(b, (*numbers, tuple, list))
    if getattr(a, "dtype", None) != getattr(b, "dtype", None) and np.ndim(b):
        return False
    return close(a, np.asarray(b), rtol=1e-6) is None


def comparisons(record: list[Step | Demand], names: dict[str, list[str]]) -> list[Comparison]:
    """The parts of results that the demands `close` of a test compared, with the arguments of their calls."""
    found: list[Comparison] = []
    calls: dict[int, dict] = {}  # the arguments by name, by the `id` of each part of a result
    for entry in record:
        if isinstance(entry, Step):
            call = {**by_name(names.get(entry.name, []), entry.args), **entry.kwargs}
            calls |= dict.fromkeys(map(id, _parts(entry.result)), call)
        elif entry.judge == "close":
            what = entry.given.get("what", "the result")
            call = calls.get(id(entry.actual), {})
            wanted = entry.given["wanted"]
            actual = fitted(entry.actual, np.shape(wanted)) if entry.given.get("any_shape") else entry.actual
            compare_parts(actual, wanted, what, not entry.failed, call, found)
    return found


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, (tuple, list)):
        for part in value:
            yield from _parts(part)
