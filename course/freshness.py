"""Reload a chapter's files when they have changed, in processes that run for days, as formgrader's server does.

The tests, reference, wrong answers and page of a chapter can be loaded again. The program itself cannot, so a server
whose program has changed refuses to go on.
"""

import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

from course.errors import CourseError

ROOT = Path(__file__).resolve().parents[1]
CONTENT = (
    "solutions/*.py",
    "tests/hidden/*.py",
    "tests/misconceptions/*.py",
    "tests/smallest/*.py",
    "tests/bases/*.py",
    "tests/formulations/*.py",
    "book/*/exercise.md",
    "book/*/data/*",
)
PROGRAM = ("course/**/*.py", "grading/**/*.py")

F = TypeVar("F", bound=Callable)
_cache_clears: list[Callable[[], None]] = []


def cached_until_changed(function: F) -> F:
    """`functools.cache` that `refresh` empties when a chapter's files have changed."""
    cached = cache(function)
    _cache_clears.append(cached.cache_clear)
    return cached  # type: ignore[return-value]


def _stamps(patterns: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            found = path.stat()
            yield str(path), found.st_mtime_ns, found.st_size


class _State:
    """Time and size of the files when this process loaded them."""

    program = tuple(_stamps(PROGRAM))
    content = tuple(_stamps(CONTENT))


def changed_files() -> set[str]:
    """The paths of all files, of the program and of chapters, that are not as this process has loaded them."""
    loaded = set(_State.program + _State.content)
    return {path for path, *_ in set(_stamps(PROGRAM + CONTENT)) ^ loaded}


def refresh() -> bool:
    """Forget all loaded chapters if one of their files has changed, so that they are loaded again.

    Returns
    -------
    bool
        Whether a file had changed.

    Raises
    ------
    CourseError
        If the program itself has changed: this process would grade with code that is no longer there.
    """
    if tuple(_stamps(PROGRAM)) != _State.program:
        raise CourseError("the grader's own files have changed since this process started: start it again")
    now = tuple(_stamps(CONTENT))
    if now == _State.content:
        return False
    _State.content = now
    for name in [name for name in sys.modules if name.startswith("solutions.")]:
        del sys.modules[name]
    for cache_clear in _cache_clears:
        cache_clear()
    return True
