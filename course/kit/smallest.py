"""The smallest input that shows a mistake, for an answer of which nothing else is known."""

from typing import Any

import numpy as np

from course.kit.judges import close, in_numbers
from course.kit.plain import plain
from course.kit.values import Probe, describe, is_one, is_real


def smallest_case(exercise, call, cases, names, methods=lambda thing: thing):
    """A sentence on the first of some small calls whose result is wrong; nothing where all are right.

    Parameters
    ----------
    exercise : str
        What the function or class is called.
    call : callable
        The function, which takes the arguments by name, or the class.
    cases : list of tuple
        The arguments by name and the wanted result, the simplest first; of a class `steps`, as `result_of` takes them.
    names : dict
        What the parts of a result are called, by path.
    methods : callable
        Called with an object of the class, returns that which has its methods.
    """
    told: Any = None
    for given, wanted in cases:
        try:
            result = plain(result_of(call, given, methods))
        except Exception:
            if told is None:
                raise
            break  # an earlier case is wrong without raising anything
        if close(result, wanted) is None:
            continue
        first = _first_wrong(result, wanted)
        # A later part often hangs on an earlier one, so the case that shows the earliest of them tells most.
        if told is None or first < told[0]:
            told = first, given, result, wanted
        if first <= 0:
            break
    if told is None:
        return ""
    _, given, result, wanted = told
    texts = [(name, *_told_apart(w, a)) for name, w, a in _wrong_parts(result, wanted, names)]
    should = " and ".join(f"{name}{right}" for name, right, _ in texts)
    gives = " and ".join(f"{name}{came}" for name, _, came in texts)
    do_it = "Do this" if "steps" in given else "Call it with this input"
    return (
        f"{_told(exercise, given)} should give {should}; yours gives {gives}. "
        f"{do_it} and print each step: which is the first that you would not get by hand?"
    )


def result_of(call, given, methods=lambda thing: thing):
    """What a function returns, or what the last of some steps with an object gives.

    A step is `["new", *arguments]`, `["call", *arguments]`, `["do", method]`, `["set", attribute, value]` or
    `["get", attribute]`.
    """
    if "steps" not in given:
        return call(**given)
    thing: Any = None
    result = None
    for kind, *more in given["steps"]:
        if kind == "new":
            thing = call(*more)
        elif kind == "call":
            result = thing(*more)
        elif kind == "do":
            getattr(methods(thing), more[0])()
        elif kind == "set":
            setattr(thing, *more)
        else:
            result = getattr(thing, more[0])
    return result


def _told(exercise, given):
    """A call, or some steps, as code."""
    if "steps" not in given:
        return f"{exercise}({', '.join(f'{name}={_in_numbers(value)}' for name, value in given.items())})"
    lines = []
    for kind, *more in given["steps"]:
        arguments = ", ".join(_in_numbers(value) for value in more if not isinstance(value, str))
        lines.append(
            {
                "new": f"layer = {exercise}({arguments})",
                "call": f"layer({arguments})",
                "do": f"layer.{more[0]}()",
                "set": f"layer.{more[0]} = {arguments}",
                "get": f"layer.{more[0]}",
            }[kind]
        )
    return "; ".join(lines)


def _first_wrong(result, wanted):
    """The number of the first part that is wrong; -1 where the whole is."""
    if not _has_parts(result, wanted):
        return -1
    return next(k for k, (a, w) in enumerate(zip(result, wanted, strict=True)) if close(a, w) is not None)


def _has_parts(result, wanted):
    return isinstance(wanted, tuple) and is_one(result, tuple, list) and len(result) == len(wanted)


def _wrong_parts(result, wanted, names, path=()):
    """The name, the wanted numbers and those that came, of each part that is wrong."""
    if _has_parts(result, wanted):
        found = []
        for k, (a, w) in enumerate(zip(result, wanted, strict=True)):
            if close(a, w) is not None:
                found += _wrong_parts(a, w, names, (*path, k))
        return found
    name = names.get(path) or (f"{names[path[:-1]]}[{path[-1]}]" if path[:-1] in names else "")
    return [(f"{name} = " if name else "", wanted, result)]


def _told_apart(a, b):
    """Two values in as few digits as tell them apart: what epsilon does to the fifth digit hides what is wrong."""
    for digits in (4, 6, 10, 17):
        texts = _in_numbers(a, digits), _in_numbers(b, digits)
        if texts[0] != texts[1]:
            break
    return texts


def _without_dust(array, digits):
    """The array with zeros where a number is smaller than the last digit of the largest one."""
    if array.dtype.kind != "f":
        return array
    finite = np.isfinite(array)
    size = np.where(finite, np.abs(array), 0.0)
    return np.where(finite & (size < 10.0**-digits * size.max(initial=0.0)), 0.0, array) + 0.0


def _in_numbers(value, digits=5, depth=2):
    if isinstance(value, np.ndarray) and is_real(value.dtype):
        return in_numbers(_without_dust(value, digits), digits)
    if is_one(value, tuple, list):  # a learner's list may hold itself, or the same list twice, sixty levels deep
        few = depth and len(value) < 10
        inside = ", ".join(_in_numbers(part, digits, depth - 1) for part in value) if few else ""
        return describe(value) if not few else f"[{inside}]" if issubclass(type(value), list) else f"({inside})"
    if isinstance(value, (float, np.floating)):
        return f"{value:.{digits}g}"
    if is_one(value, bool, int):
        return str(value)
    return value.kind if type(value) is Probe else describe(value)
