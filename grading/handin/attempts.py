"""A learner's attempts at a chapter: what was handed in last, and what it has replaced."""

import re
from collections.abc import Collection
from itertools import count
from pathlib import Path

#: Folders in `downloaded/CHAPTER/` in which a replaced hand-in lies as `STUDENT-NUMBER`: of `moodle`, which lays out
#: `submitted/`, and of `nbgrader zip_collect`, which lays out `extracted/`.
OLD, REPLACED = "old", "replaced"
#: Behind the name of such a folder: the file beside it with what a person had given for it.
GIVEN = ".given.json"


def earlier(root: Path, slug: str, student: str) -> list[Path]:
    """The folders of the hand-ins that a student has replaced by others, the latest ones first."""
    own = re.compile(rf"{re.escape(student)}-(\d+)")
    found = []
    for kind in (OLD, REPLACED):
        kept = root / "downloaded" / slug / kind
        numbered = [(int(match[1]), path) for path in kept.glob("*") if (match := own.fullmatch(path.name))]
        found += [path for _, path in sorted(numbered, reverse=True) if path.is_dir() and not path.is_symlink()]
    return found


def free(to: Path, taken: Collection[Path] = ()) -> Path:
    """`to` with the first number behind its name for which there is nothing yet, nor is to be."""
    for number in count(1):
        there = to.with_name(f"{to.name}-{number}")
        if there not in taken and not there.exists() and not given(there).exists():
            return there
    raise AssertionError  # there is no last number


def given(folder: Path) -> Path:
    """The file with what a person had given for a hand-in that was replaced."""
    return folder.with_name(f"{folder.name}{GIVEN}")
