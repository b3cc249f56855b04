"""What is computed from the hidden tests once and kept below `_build/`, by the digest of what it hangs on."""

import os
from collections.abc import Callable

from course.chapter import ROOT
from course.digest import exercise_digests


def kept(slug: str, exercise: str, kind: str, make: Callable[[], str]) -> str:
    """The text that `make` gives for an exercise, made once for its tests, reference and wrong answers as they are.

    Parameters
    ----------
    slug, exercise : str
        What it is about.
    kind : str
        What it is, in the name of its file.
    make : callable
        Makes it, which may take minutes.
    """
    digest = exercise_digests(slug)[exercise]
    path = ROOT / "_build" / "keys" / slug / f"{exercise}-{kind}-{digest[:20]}.json"
    if not path.is_file():
        made = make()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(made)
        part.replace(path)
    return path.read_text()
