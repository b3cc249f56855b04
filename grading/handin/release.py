"""The release that the class was given: hand-ins are graded against it, whatever the chapter's page says today.

nbgrader keeps the release in `release/CHAPTER/` of the course's folder, and changes it only when an instructor runs
`nbgrader generate_assignment`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course import notebooks
from course.variant import term_of
from grading.handin.submission import NAME


@dataclass(frozen=True)
class Release:
    """What learners got for a chapter.

    Attributes
    ----------
    notebook : NotebookNode
        The notebook, which is shared and must not be changed.
    files : dict of str to bytes
        The files that lie beside the notebook, by name: the visible check, its key, data.
    """

    notebook: NotebookNode
    files: dict[str, bytes]


def folder_of(root: Path, slug: str) -> Path:
    """Where nbgrader keeps the release of a chapter."""
    return root / "release" / slug


def given_out(root: Path, slug: str) -> Release:
    """The release of a chapter that the class was given.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.

    Returns
    -------
    Release
        What lies in `release/`; where nothing was released yet, what today's page would give.
    """
    made = folder_of(root, slug) / NAME
    if not made.is_file():
        term = term_of(root)
        return Release(notebooks.released(slug, term), notebooks.companion_files(slug, term))
    return _read(made, made.stat().st_mtime_ns)


@cache
def _read(made: Path, changed: int) -> Release:
    """The release in a folder; `changed`, the time of its notebook, makes the cache read a new one anew."""
    notebook = nbformat.read(made, as_version=4)
    beside = sorted(path for path in made.parent.iterdir() if path.is_file() and path.suffix != ".ipynb")
    return Release(notebook, {path.name: path.read_bytes() for path in beside})


def is_outdated(root: Path, slug: str) -> bool:
    """Whether today's page would give another notebook than the class was given."""
    given, today = given_out(root, slug).notebook, notebooks.released(slug, term_of(root))
    return _text(given) != _text(today)


def _text(notebook: NotebookNode) -> list:
    """What learners and graders see of a notebook: type, source and points of each cell."""
    return [(c.cell_type, c.source, c.metadata.get("nbgrader", {}).get("points")) for c in notebook.cells]
