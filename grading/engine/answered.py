"""Answers a learner's calls of an earlier exercise by the reference, in this process and with bounds on what it takes.

The arguments come from a learner's code. NumPy would broadcast arrays whose shapes do not belong together, into as many
numbers as they have in a product. So a call is answered only if that product is small, or if its arrays are shaped as
in some call of the hidden tests: the same arguments are arrays, with the same number of axes, and axes that are as long
as each other there are so here.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from course.chapter import Chapter
from course.examination.examine import PUBLIC_SEED, run_test
from course.examination.learner import InProcess, Learner, Step, fresh
from course.freshness import cached_until_changed

MOST_NUMBERS = 4_000  # in the arrays of a call; the hidden tests pass some hundred
MOST_LENGTH = 1_000  # of an axis: a matrix may have two such
MOST_PRODUCT = 100_000  # what an array would hold that has each axis of a call, or all its arrays in a product

#: The arrays of a call: by the path to each, the lengths of its axes. All that a list holds have one path, and a length
#: in which they differ is None.
Shapes = dict[str, tuple[int | None, ...]]


def shapes(value: Any, path: str = "") -> Shapes:
    """The shapes of the arrays in a value, in tuples, lists and dicts too.

    Raises
    ------
    ValueError
        A list holds arrays of different numbers of axes.
    """
    if isinstance(value, np.ndarray):
        return {path: value.shape}
    if isinstance(value, dict):
        return _merged(shapes(part, f"{path}.{name}") for name, part in value.items())
    if isinstance(value, tuple):
        return _merged(shapes(part, f"{path}.{k}") for k, part in enumerate(value))
    return _merged(shapes(part, f"{path}.*") for part in value) if isinstance(value, list) else {}


def _merged(parts: Iterable[Shapes]) -> Shapes:
    found: Shapes = {}
    for part in parts:
        for path, shape in part.items():
            before = found.setdefault(path, shape)
            if len(before) != len(shape):
                raise ValueError("the arrays in a list have different numbers of axes")
            found[path] = tuple(a if a == b else None for a, b in zip(before, shape, strict=True))
    return found


def _axes(call: Shapes) -> dict[tuple[str, int], int | None]:
    return {(path, axis): length for path, shape in call.items() for axis, length in enumerate(shape)}


def _form(call: Shapes) -> tuple[tuple[str, int], ...]:
    """Which arguments are arrays, and how many axes each has."""
    return tuple(sorted((path, len(shape)) for path, shape in call.items()))


@cached_until_changed
def _known(chapter: Chapter, name: str) -> dict[tuple[tuple[str, int], ...], list[list[tuple[str, int]]]]:
    """By the form of a call which of its axes are always as long as each other, in groups."""
    calls: dict[tuple[tuple[str, int], ...], list[dict[tuple[str, int], int | None]]] = {}
    for test in chapter.hidden_tests(name):
        learner = Learner(InProcess(chapter.exercises))
        run_test(test, learner, PUBLIC_SEED)
        for step in learner.record:
            if isinstance(step, Step) and step.do == "call" and step.name == name:
                found = shapes(_arguments(chapter.exercises[name], step.args, step.kwargs))
                calls.setdefault(_form(found), []).append(_axes(found))
    grouped = {}
    for form, seen in calls.items():
        groups: dict[tuple[int | None, ...], list[tuple[str, int]]] = {}
        for axis in seen[0]:
            groups.setdefault(tuple(call[axis] for call in seen), []).append(axis)
        grouped[form] = list(groups.values())
    return grouped


def _arguments(function: Callable, args: tuple, kwargs: dict[str, Any]) -> dict[str, Any]:
    return dict(inspect.signature(function).bind(*args, **kwargs).arguments)


def answer(chapter: Chapter, name: str, args: tuple, kwargs: dict[str, Any]) -> Any:
    """What the reference of an exercise returns for arguments of a learner's, as a copy.

    Parameters
    ----------
    chapter : Chapter
        The chapter.
    name : str
        One of its functions.
    args : tuple
        By position.
    kwargs : dict of str to any value
        By name.

    Raises
    ------
    ValueError
        The arrays are too large, or shaped as in no call of the hidden tests.
    TypeError
        The function does not take so many arguments, or none of such a name; and whatever the reference raises.
    """
    function = chapter.exercises[name]
    given = _arguments(function, args, kwargs)
    lengths = list(_lengths(given))
    sizes = [math.prod(shape) for shape in lengths]
    if sum(sizes) > MOST_NUMBERS or max((n for shape in lengths for n in shape), default=0) > MOST_LENGTH:
        raise ValueError(f"{name} was called with too large arrays: {_listed(lengths)}")
    if math.prod(sizes) > MOST_PRODUCT and not _fit(shapes(given), _known(chapter, name)):
        raise ValueError(f"{name} takes arrays of other shapes, as its docstring says; these came: {_listed(lengths)}")
    with np.errstate(all="ignore"):
        return fresh(function(*args, **kwargs))


def _fit(call: Shapes, known: dict[tuple[tuple[str, int], ...], list[list[tuple[str, int]]]]) -> bool:
    """Whether axes that belong together are as long as each other, and all together are not too long."""
    axes, groups = _axes(call), known.get(_form(call))
    if groups is None:
        return False
    product = 1
    for group in groups:
        found = {axes[axis] for axis in group}
        if len(found) > 1 or (None in found and len(group) > 1):
            return False
        (length,) = found
        product *= MOST_LENGTH if length is None else length
    return product <= MOST_PRODUCT


def _lengths(value: Any) -> Iterator[tuple[int, ...]]:
    """The shape of each array in a value."""
    if isinstance(value, np.ndarray):
        yield value.shape
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, (tuple, list)) else ():
        yield from _lengths(part)


def _listed(lengths: list[tuple[int, ...]]) -> str:
    return ", ".join(map(str, lengths[:10]))
