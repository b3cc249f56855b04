"""Puts functions of the grader's in the place of a learner's own, by their names, for as long as a request takes."""

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def in_place(answers: dict[str, Any], names: dict[str, Any]) -> Iterator[None]:
    """In this block some names stand for `answers`; after it they are what they were, or not there.

    Parameters
    ----------
    answers : dict of str to callable
        By name what stands there in the block.
    names : dict of str to object
        The learner's names, in which their functions find each other.
    """
    own = {name: names[name] for name in answers if name in names}
    names.update(answers)
    try:
        yield
    finally:
        for name in answers:
            names.pop(name, None)
        names.update(own)
