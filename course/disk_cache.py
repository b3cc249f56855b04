"""A cache on disk, below `_build/keys/`, for what is computed from the hidden tests and takes long."""

import os
from collections.abc import Callable
from pathlib import Path

from course.chapter import ROOT
from course.digest import key_digests


def cached_on_disk(slug: str, exercise: str, kind: str, make: Callable[[], str]) -> str:
    """The text that `make` returns for an exercise, out of the cache if it is there.

    The file's name has the digest of the exercise, so a change of its tests, its reference, its wrong answers or the
    code that computes such texts is a cache miss.

    Parameters
    ----------
    slug, exercise : str
        The chapter and its exercise.
    kind : str
        What the text is, for the file's name: "key" or "verdicts".
    make : callable
        Computes the text, which may take minutes.

    Returns
    -------
    str
    """
    path = _path(slug, exercise, kind)
    if not path.is_file():
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(made)
        part.replace(path)
    return path.read_text()


def is_cached(slug: str, exercise: str, kind: str) -> bool:
    """Whether `cached_on_disk` would find a text and not make it."""
    return _path(slug, exercise, kind).is_file()


def _path(slug: str, exercise: str, kind: str) -> Path:
    return ROOT / "_build" / "keys" / slug / f"{exercise}-{kind}-{key_digests(slug)[exercise][:20]}.json"
