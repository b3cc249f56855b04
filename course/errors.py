"""The errors of the grader: one base class, so that a command prints one line and leaves with 1."""


class CourseError(Exception):
    """Something is wrong with what came in, or with the machine; the message says what to do."""


class SandboxError(CourseError):
    """The machine failed, not the learner: reported as such, tried again, never scored."""


class IntakeError(CourseError):
    """A submission that cannot be read; the message is the reason, in one line."""
