"""The smallest input that shows a mistake, for an answer of which nothing else is known."""

import numpy as np

from course.kit.judges import close, in_numbers
from course.kit.values import Probe, describe, is_one, is_real


def smallest_case(exercise, call, cases, names):
    """A sentence on the first of some small calls whose result is wrong; nothing where all are right.

    Parameters
    ----------
    exercise : str
        What the function is called.
    call : callable
        Takes the arguments by name.
    cases : list of tuple
        The arguments by name and the wanted result, the simplest first.
    names : dict
        What the parts of a result are called, by path.
    """
    for given, wanted in cases:
        result = call(**given)
        if close(result, wanted) is None:
            continue
        arguments = ", ".join(f"{name}={_in_numbers(value)}" for name, value in given.items())
        parts = _wrong_parts(result, wanted, names)
        should = " and ".join(f"{name}{_in_numbers(w)}" for name, w, _ in parts)
        gives = " and ".join(f"{name}{_in_numbers(a)}" for name, _, a in parts)
        return (
            f"{exercise}({arguments}) should give {should}; yours gives {gives}. "
            "Call it with this input and print each step: which is the first that you would not get by hand?"
        )
    return ""


def _wrong_parts(result, wanted, names, path=()):
    """The name, the wanted numbers and those that came, of each part that is wrong."""
    if isinstance(wanted, tuple) and is_one(result, tuple, list) and len(result) == len(wanted):
        found = []
        for k, (a, w) in enumerate(zip(result, wanted, strict=True)):
            if close(a, w) is not None:
                found += _wrong_parts(a, w, names, (*path, k))
        return found
    name = names.get(path) or (f"{names[path[:-1]]}[{path[-1]}]" if path[:-1] in names else "")
    return [(f"{name} = " if name else "", wanted, result)]


def _in_numbers(value, depth=2):
    if isinstance(value, np.ndarray) and is_real(value.dtype):
        return in_numbers(value.round(4) + 0.0 if value.dtype.kind == "f" else value, 5)
    if is_one(value, tuple, list):  # a learner's list may hold itself, or the same list twice, sixty levels deep
        few = depth and len(value) < 10
        return f"({', '.join(_in_numbers(part, depth - 1) for part in value)})" if few else describe(value)
    if isinstance(value, (float, np.floating)):
        return f"{value:.6g}"
    if is_one(value, bool, int):
        return str(value)
    return value.kind if type(value) is Probe else describe(value)
