"""Reads the parts of a child's reply.

Each function raises `WireError` for a part that is not of the form that an honest child sends.
"""

from typing import Any

from course.errors import LearnerError, WireError
from course.examination.slip import MOST_EDIT, Edit
from course.kit.crash import Crash, clean
from grading.sandbox import wire


def listed(part: Any) -> list[Any]:
    """Return a list that is not too long."""
    if not isinstance(part, list) or len(part) > wire.MAX_NODES:
        raise WireError("wanted a list")
    return part


def told_line(part: Any) -> tuple[int, str, str]:
    """Return the number of a line, what the learner is told of it, and how it would be right."""
    if not isinstance(part, (tuple, list)) or len(part) != 3 or type(part[0]) is not int or not 0 < part[0] < 10**6:
        raise WireError("no line")
    return part[0], clean(wire.text(part[1], 500), 500), clean(wire.text(part[2], 500), 500)


def told_edit(part: Any) -> Edit:
    """Return what is said of an edit that may make an answer right; whether it does is another question."""
    if not isinstance(part, (tuple, list)) or len(part) != 4:
        raise WireError("no edit")
    if any(type(line) is not int or not 0 < line < 10**6 for line in part[:2]):
        raise WireError("no line")
    return Edit(part[0], part[1], wire.text(part[2], 100), wire.text(part[3], MOST_EDIT))


def learner_error(part: Any) -> LearnerError:
    """Return the exception that the learner's code has raised."""
    if not isinstance(part, dict):
        raise WireError("neither a value nor an error")
    name, message, traceback = (wire.text(part.get(key), 20_000) for key in ("name", "message", "traceback"))
    return LearnerError(name, message, traceback, Crash.read(part.get("crash")))
