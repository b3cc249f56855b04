"""How tests set an attribute of a learner's object. The sandbox uses this module alone, without the rest of the kit."""

import copy

import numpy as np


def assign(thing, name, value):
    """Set an attribute of a learner's object to a copy of a value.

    Arrays are written into the object's own arrays where shapes and dtypes agree, alone or in a dict, so that an object
    whose parts keep these very arrays, or views of them, works with the new numbers.
    """
    try:
        if _written_into(getattr(thing, name), value) and _has(getattr(thing, name), value):
            return
    except Exception:  # there is no such attribute yet, or reading it fails: to set it may work all the same
        pass
    setattr(thing, name, copy.deepcopy(value))


def _written_into(own, value):
    if type(own) is dict and type(value) is dict and own.keys() == value.keys():
        pairs = [(own[key], part) for key, part in value.items()]
    else:
        pairs = [(own, value)]
    for a, b in pairs:
        alike = type(a) is np.ndarray and type(b) is np.ndarray and (a.shape, a.dtype) == (b.shape, b.dtype)
        if not alike or not a.flags.writeable or a is b:
            return False
    for a, b in pairs:
        a[...] = b
    return True


def _has(own, value):
    """Whether the object gives the value back: a property may make a new array at each read."""
    if type(own) is dict:
        return own.keys() == value.keys() and all(_has(own[key], part) for key, part in value.items())
    return type(own) is np.ndarray and own.shape == value.shape and np.array_equal(own, value, equal_nan=True)
