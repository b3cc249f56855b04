"""Every error of the project, in one hierarchy: a command prints the message, one line, and leaves with 1.

The errors of a learner's process (`ProcessError`) are the learner's affair and end as a message beside a property.
All others mean that nothing is known of the learner's work: nobody loses a point by them.
"""

from typing import Any


class CourseError(Exception):
    """Something is wrong with what came in, or with the machine; the message says what to do."""


class MachineError(CourseError):
    """The machine failed, not the learner: the grader reports it, tries again, and never scores it."""


class TestError(CourseError):
    """A hidden test is wrong, not the learner: it fails for the reference too."""

    __test__ = False  # pytest would collect a class of this name


class IntakeError(CourseError):
    """A submission that cannot be read; the message is the reason, in one line."""


class PageError(CourseError):
    """A page that is no exercise page; the message names the page and the cell."""


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
    """

    def __init__(self, name: str, message: str, traceback: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.traceback = traceback


class TimeLimit(ProcessError):  # noqa: N818
    """The learner's code took longer than it may. `Child.alive` tells whether the interrupt was enough.

    Attributes
    ----------
    outputs : list of dict
        of the cell, up to the interrupt; empty when the process had to be killed.
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
    """What came, or should be sent, is no message: malformed, too large, or of a kind that does not travel."""
