"""Why a command of nbgrader's failed: it catches what is raised, and tells it in its log."""

import re

from course.errors import CourseError


def succeed(result: dict) -> None:
    """Raise what nbgrader has caught; it catches Ctrl-C, too."""
    if not result["success"]:
        if (result.get("error") or "").rstrip().endswith("KeyboardInterrupt"):
            raise KeyboardInterrupt
        raise CourseError(f"nbgrader: {reason((result.get('log') or '') + chr(10) + (result.get('error') or ''))}")


#: Of lines of nbgrader's that another one explains: the second one gives wrong advice where the database is locked.
SAYING_NOTHING = ("see the the above", "there was an error accessing the nbgrader database")


def reason(log: str) -> str:
    """Why nbgrader failed, in one line: the last exception in its log."""
    told = [line.strip() for line in log.splitlines() if re.match(r"\s*[\w.]*(Error|Exception)\b.*: ", line)]
    telling = [line for line in told if not any(words in line.lower() for words in SAYING_NOTHING)]
    return (telling or told or ["no reason given"])[-1]
