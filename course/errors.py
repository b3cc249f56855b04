"""Every error of the project, in one hierarchy. A command prints the message, which is one line, and exits with 1.

A `ProcessError` says what a learner's process did; the learner reads it as the message of a property that fails. Every
other error means that nothing is known of the learner's work, so nobody loses a point by it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.kit.crash import Crash


class CourseError(Exception):
    """Something is wrong with the input or with the machine; the message says what to do."""


class MachineError(CourseError):
    """The machine failed, not the learner: the grader tries again, reports what still fails, and never scores it."""


class TestError(CourseError):
    """A hidden test is wrong, not the learner: it fails for the reference too."""

    __test__ = False  # pytest would collect a class of this name


class IntakeError(CourseError):
    """A submission that cannot be read; the message is the reason, in one line."""


class PageError(CourseError):
    """A page breaks the rules of an exercise page; the message names the page and the cell."""


class VendorError(CourseError):
    """A package that the site serves cannot be fetched, or is not the pinned one; the message is one line."""


class ProcessError(CourseError):
    """What a learner's process did instead of returning a result."""


class LearnerError(ProcessError):
    """The learner's code raised an exception.

    Attributes
    ----------
    name : str
        the class of the exception.
    message : str
        its text.
    traceback : str
        frames from the learner's first on, with source lines, as Python prints them.
    crash : Crash or None
        the learner's line and its variables, as far as the learner's process told them.
    """

    def __init__(self, name: str, message: str, traceback: str, crash: "Crash | None" = None) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.traceback = traceback
        self.crash = crash


class TimeLimit(ProcessError):  # noqa: N818
    """The learner's code took longer than it may. `Child.alive` tells whether the process survived the interrupt.

    Attributes
    ----------
    outputs : list of dict
        the cell's outputs up to the interrupt; empty if the process had to be killed.
    """

    def __init__(self, seconds: float, outputs: list[dict[str, Any]]) -> None:
        super().__init__(f"stopped after {seconds:.3g} s")
        self.outputs = outputs


class ChildDied(ProcessError):  # noqa: N818
    """The learner's process is gone.

    Attributes
    ----------
    reason : str
        how it ended, in words that fit after "your process".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the learner's process {reason}")
        self.reason = reason


class WireError(ProcessError):
    """A message to or from a learner's process is malformed, too large, or holds a type that the wire cannot carry."""
