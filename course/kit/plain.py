"""Numbers of other kinds as plain arrays, before they are judged: what a learner returns is right by its numbers.

The sandbox uses this module alone, without the rest of the kit.
"""

import numpy as np


def plain_array(value):
    """An array or number of another kind as one that the judges know, with the same numbers.

    An array of a subclass (a matrix, a class of the learner's own) becomes an `ndarray`, a masked array only where
    nothing is masked, and a long double becomes a float64. Anything else comes back as it is.
    """
    kind = type(value)
    if kind is np.ndarray or kind is np.longdouble:
        found = value
    elif not issubclass(kind, np.ndarray) or (issubclass(kind, np.ma.MaskedArray) and np.any(np.ma.getmask(value))):
        return value
    else:
        found = np.asarray(value)  # this runs no method of the subclass
    if found.dtype.kind == "f" and found.dtype.itemsize > 8:
        with np.errstate(all="ignore"):
            return found.astype(np.float64)
    return found


def plain(value, depth=8):
    """A value with all arrays in it as `plain_array` makes them, so many tuples, lists and dicts deep."""
    kind = type(value)
    if kind is dict and depth and all(type(key) is str for key in value):
        named = {key: plain(part, depth - 1) for key, part in value.items()}
        return value if all(named[key] is part for key, part in value.items()) else named
    if (kind is tuple or kind is list) and depth:
        parts = [plain(part, depth - 1) for part in value]
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else kind(parts)
    return plain_array(value)
