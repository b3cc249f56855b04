"""Makes the changes that a call made to its arguments in the learner's process, as far as that process tells them."""

from typing import Any

import numpy as np

from course.errors import LearnerError, WireError
from grading.sandbox import wire


def lists_among(value: Any) -> list[list[Any]]:
    """The lists among some arguments, in the order in which the learner's process finds them."""
    found = [value] if isinstance(value, list) else []
    inside = value if isinstance(value, (list, tuple)) else ()
    return found + [inner for part in inside for inner in lists_among(part)]


def each_once(part: Any) -> list[tuple[int, Any]]:
    """The pairs of a number and a change that a reply holds, in the order of the numbers.

    Raises
    ------
    WireError
        A number comes twice or out of order: a list that grows twice could grow for ever.
    """
    if not isinstance(part, list) or len(part) > wire.MAX_NODES:
        raise WireError("wanted a list")
    changes = [wire.pair(change) for change in part]
    numbers = [number for number, _ in changes]
    if not all(type(number) is int for number in numbers) or numbers != sorted(set(numbers)):
        raise WireError("changes out of order")
    return changes


def change_lists(mine: list[list[Any]], changes: list[tuple[int, Any]]) -> None:
    """Give lists that were passed the entries that they have after the call, by their places; a new one is None."""
    for number, places in changes:
        if not 0 <= number < len(mine) or not isinstance(places, list):
            raise WireError("a change to no list")
        old = list(mine[number])
        if len(places) > 2 * len(old) + 1 or not all(type(k) is int and -1 <= k < len(old) for k in places):
            raise WireError("a change to no entry of a list")
        mine[number][:] = [None if k < 0 else old[k] for k in places]


def write_back(mine: list[np.ndarray], changed: list[tuple[int, Any]]) -> None:
    """Give arrays that were passed the contents that they have after the call."""
    for number, new in changed:
        if not 0 <= number < len(mine) or type(new) is not np.ndarray:
            raise WireError("a change to no array")
        old = mine[number]
        if new.dtype != old.dtype or new.shape != old.shape:
            raise LearnerError("ValueError", "the shape or dtype of an argument was changed in place", "")
        if not old.flags.writeable:
            raise LearnerError("ValueError", "assignment destination is read-only", "")
        old[...] = new
