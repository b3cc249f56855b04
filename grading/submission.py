"""One student's hand-in for one chapter, as nbgrader's folders hold it."""

import json
import shutil
from pathlib import Path

from nbformat import NotebookNode

from grading.errors import IntakeError
from grading.intake import find_notebook, read_notebook

#: The name under which nbgrader knows a chapter's notebook.
NAME = "exercise.ipynb"


def read(path: Path) -> NotebookNode:
    """The notebook in a file; raises `IntakeError` with the reason where there is none."""
    left = _word_left(path)
    if left:
        raise IntakeError(left)
    return read_notebook(path)


def normalise(folder: Path, slug: str) -> Path:
    """Let a hand-in stand under the name that nbgrader knows: a renamed notebook is copied, the original stays.

    Where there is no notebook at all, a word with the reason is put in its place: so the student appears in
    formgrader, and `read` gives the reason.

    Returns
    -------
    Path
        `folder / "exercise.ipynb"`, which may be anything that was handed in under that name.
    """
    wanted = folder / NAME
    if wanted.exists() or wanted.is_symlink():
        return wanted
    try:
        shutil.copyfile(find_notebook(folder, slug), wanted)
    except IntakeError as error:
        wanted.write_text(json.dumps({"refused": str(error)}))
    return wanted


def _word_left(path: Path) -> str:
    """The reason that `normalise` has put in the place of a notebook, if it has."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 10_000:
        return ""
    try:
        left = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ""
    return str(left["refused"]) if isinstance(left, dict) and list(left) == ["refused"] else ""
