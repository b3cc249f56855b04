"""One student's hand-in for one chapter: from what lies in nbgrader's folders to a notebook that can be graded."""

import contextlib
import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from course.errors import IntakeError
from grading.handin.files import shown
from grading.handin.find import find_notebook
from grading.handin.intake import MAX_BYTES, read_notebook
from grading.handin.rebuild import rebuild

#: The name under which nbgrader knows a chapter's notebook, and where it keeps the time of a submission and, when it
#: came by nbgrader's exchange, the name under which the feedback is to be fetched.
NAME, DATE, SECRET = "exercise.ipynb", "timestamp.txt", "submission_secret.txt"
#: Beside a notebook that `normalize` has made: its digest.
MARK = ".made-for-nbgrader"
OURS = "batchnorm"  # the key of our own metadata in a notebook


@dataclass(frozen=True)
class HandIn:
    """What one student handed in for one chapter, read and rebuilt.

    Attributes
    ----------
    notebook : NotebookNode
        The release with the learner's text in it; the release alone where the hand-in cannot be read.
    refusal : str
        Why it cannot be read, in one line, or nothing.
    notes : tuple of str
        What is irregular, a line each.
    date : str
        When it was handed in, as nbgrader's collecting wrote it, or nothing.
    exchange_secret : str
        The name under which its feedback is fetched, where it came by nbgrader's exchange.
    """

    student: str
    slug: str
    notebook: NotebookNode
    refusal: str = ""
    notes: tuple[str, ...] = ()
    date: str = ""
    exchange_secret: str = ""


def prepare(folder: Path, student: str, slug: str, released: NotebookNode) -> HandIn:
    """Read a hand-in and rebuild it from the release; what cannot be read is refused, and no error.

    Parameters
    ----------
    folder : Path
        What the student handed in: `submitted/STUDENT/SLUG`.
    student, slug : str
        Whose it is, for which chapter.
    released : NotebookNode
        The notebook that was given out.
    """
    try:
        made, refusal = rebuild(released, read(normalize(folder, slug))), ""
    except IntakeError as error:
        made, refusal = rebuild(released, released), str(error)
    ours = made.notebook.metadata.get(OURS, {})
    made.notebook.metadata[OURS] = {**ours, "refused": refusal, "notes": made.notes}
    return HandIn(
        student, slug, made.notebook, refusal, tuple(made.notes), date(folder), read_small_text(folder, SECRET)
    )


def read(path: Path) -> NotebookNode:
    """The notebook in a file; raises `IntakeError` with the reason where there is none."""
    if path.parent.is_symlink():
        raise IntakeError(f"{shown(path.parent.name)} is a link, not a folder; hand a folder in")
    left = _word_left(path)
    if left:
        raise IntakeError(left)
    return read_notebook(path)


def normalize(folder: Path, slug: str) -> Path:
    """Let a hand-in stand under the name that nbgrader knows: a renamed notebook is copied, the original stays.

    Where there is no notebook at all, a word with the reason is put in its place: so the student appears in
    formgrader, and `read` gives the reason.

    Returns
    -------
    Path
        `folder / "exercise.ipynb"`, which may be anything that was handed in under that name.
    """
    wanted = folder / NAME
    if folder.is_symlink():
        return wanted
    if _made_here(folder):
        wanted.unlink()  # a learner may have handed in another one since
    if wanted.exists() or wanted.is_symlink():
        return wanted
    try:
        found = find_notebook(folder, slug)
        if found.stat().st_size > MAX_BYTES:
            raise IntakeError(f"{shown(found.name)} is larger than {MAX_BYTES / 1e6:.3g} MB")
        shutil.copyfile(found, wanted)
    except IntakeError as error:
        wanted.write_text(json.dumps({"refused": str(error)}))
    with contextlib.suppress(OSError):  # a folder of that name
        (folder / MARK).unlink(missing_ok=True)  # never written through: it may be a link
        (folder / MARK).write_text(_digest(wanted))
    return wanted


def _made_here(folder: Path) -> bool:
    """Whether `normalize` has made the notebook, and nobody has changed it since."""
    for path, most in ((folder / MARK, 100), (folder / NAME, MAX_BYTES)):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
            return False
    return (folder / MARK).read_text(errors="replace") == _digest(folder / NAME)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _word_left(path: Path) -> str:
    """The reason that `normalize` has put in the place of a notebook, if it has."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 10_000:
        return ""
    try:
        left = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ""
    if not isinstance(left, dict) or list(left) != ["refused"]:
        return ""
    # A learner can leave such a word too: it is a reason all the same, as long as it is one line.
    return "".join(c for c in " ".join(str(left["refused"]).split()) if c.isprintable())[:1000] or "no reason"


def date(folder: Path) -> str:
    """What a hand-in's `timestamp.txt` says, which nbgrader's collecting wrote; nothing where it is no small file."""
    return read_small_text(folder, DATE)


def read_small_text(folder: Path, name: str) -> str:
    """The text of a small file beside a hand-in's notebook; nothing where it is something else, or missing."""
    path = folder / name
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 1000:
        return ""
    return path.read_text(errors="replace").strip()


def lay_beside(files: Mapping[str, bytes], target: Path) -> None:
    """Put files beside a graded notebook.

    A file of the same name is deleted first, because nbgrader makes the files of a graded hand-in read-only.

    Parameters
    ----------
    files : mapping of str to bytes
        By name.
    target : Path
        The folder of the graded notebook.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (target / name).unlink(missing_ok=True)
        (target / name).write_bytes(content)
