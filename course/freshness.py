"""What was loaded from files is loaded anew when they have changed: formgrader's server lives for days.

A chapter's tests, references, wrong answers and page can be loaded anew. The program itself cannot, so a server
whose program has changed refuses to go on.
"""

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

from course.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
CONTENT = ("solutions/*.py", "tests/hidden/*.py", "tests/misconceptions/*.py", "book/*/exercise.md", "book/*/data/*")
PROGRAM = ("course/**/*.py", "grading/**/*.py")

F = TypeVar("F", bound=Callable)
_forget: list[Callable[[], None]] = []


def cached_until_changed(function: F) -> F:
    """`functools.cache`, emptied by `refresh` where a chapter's files have changed."""
    cached = cache(function)
    _forget.append(cached.cache_clear)
    return cached  # type: ignore[return-value]


def _stamps(patterns: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size


class _State:
    """The files as they were when this process began to use them."""

    program = tuple(_stamps(PROGRAM))
    content = tuple(_stamps(CONTENT))


def refresh() -> bool:
    """Load chapters anew where their files have changed since they were loaded; whether any had.

    Raises
    ------
    CourseError
        Where the program itself has changed: this process would grade by a program that is no longer there.
    """
    if tuple(_stamps(PROGRAM)) != _State.program:
        raise CourseError("the grader's own files have changed since this process started: start it again")
    now = tuple(_stamps(CONTENT))
    if now == _State.content:
        return False
    _State.content = now
    for name in [name for name in sys.modules if name.startswith("solutions.")]:
        del sys.modules[name]
    for forget in _forget:
        forget()
    return True
