"""Reads the parts of a child's reply, and applies what a call has done to its arguments.

Each function raises `WireError` for a part that is not of the form that an honest child sends.
"""

from typing import Any

import numpy as np

from course.errors import LearnerError, WireError
from course.kit.crash import Crash, clean
from grading.sandbox import wire


def told_line(part: Any) -> tuple[int, str, str]:
    """Return the number of a line, what the learner is told of it, and how it would be right."""
    if not isinstance(part, (tuple, list)) or len(part) != 3 or type(part[0]) is not int or not 0 < part[0] < 10**6:
        raise WireError("no line")
    return part[0], clean(wire.text(part[1], 500), 500), clean(wire.text(part[2], 500), 500)


def learner_error(part: Any) -> LearnerError:
    """Return the exception that the learner's code has raised."""
    if not isinstance(part, dict):
        raise WireError("neither a value nor an error")
    name, message, traceback = (wire.text(part.get(key), 20_000) for key in ("name", "message", "traceback"))
    return LearnerError(name, message, traceback, Crash.read(part.get("crash")))


def each_once(part: list[Any]) -> list[tuple[Any, Any]]:
    """The pairs of a number and a change, in order of the numbers: a list that grows twice could grow for ever."""
    changes = [wire.pair(change) for change in part]
    numbers = [number for number, _ in changes]
    if not all(type(number) is int for number in numbers) or numbers != sorted(set(numbers)):
        raise WireError("changes out of order")
    return changes


def change_list(mine: list[list[Any]], number: Any, places: Any) -> None:
    """Give a list that was passed the entries that it has in the child after the call; a new one is None."""
    if not 0 <= number < len(mine) or not isinstance(places, list):
        raise WireError("a change to no list")
    old = list(mine[number])
    if len(places) > 2 * len(old) + 1 or not all(type(k) is int and -1 <= k < len(old) for k in places):
        raise WireError("a change to no entry of a list")
    mine[number][:] = [None if k < 0 else old[k] for k in places]


def write_back(mine: list[np.ndarray], changed: list[tuple[Any, Any]]) -> None:
    """Give the arrays that were passed the contents that they have in the child after the call."""
    for number, new in changed:
        if not 0 <= number < len(mine) or type(new) is not np.ndarray:
            raise WireError("a change to no array")
        old = mine[number]
        if new.dtype != old.dtype or new.shape != old.shape:
            raise LearnerError("ValueError", "the shape or dtype of an argument was changed in place", "")
        if not old.flags.writeable:
            raise LearnerError("ValueError", "assignment destination is read-only", "")
        old[...] = new


def lists_in(value: Any) -> list[list[Any]]:
    """The lists among some arguments, in the order in which the learner's process finds them."""
    found = [value] if isinstance(value, list) else []
    return found + [inner for part in value for inner in lists_in(part)] if isinstance(value, (list, tuple)) else found
