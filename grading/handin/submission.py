"""One student's hand-in for one chapter: it lies in nbgrader's folders and becomes a notebook that can be graded."""

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

#: Three files in a hand-in's folder, by nbgrader's names: the notebook; the time of the submission; and, where the
#: hand-in came by nbgrader's exchange, the name under which its feedback is to be fetched.
NAME, DATE, SECRET = "exercise.ipynb", "timestamp.txt", "submission_secret.txt"
#: `normalize` leaves the digest of a notebook that it has made in a file of this name.
MARK = ".made-for-nbgrader"
OURS = "batchnorm"  # the key of our own metadata in a notebook


@dataclass(frozen=True)
class HandIn:
    """What one student handed in for one chapter, read and rebuilt.

    Attributes
    ----------
    student, slug : str
        Whose hand-in this is, and for which chapter.
    notebook : NotebookNode
        The release with the learner's text in it; the release alone where the hand-in cannot be read.
    refusal : str
        Why the hand-in cannot be read, in one line; empty where it can.
    notes : tuple of str
        What is irregular about the hand-in, a line each.
    date : str
        When it was handed in, as nbgrader wrote it on collecting; empty where that is not known.
    exchange_secret : str
        The name under which its feedback is fetched, where it came by nbgrader's exchange; else empty.
    """

    student: str
    slug: str
    notebook: NotebookNode
    refusal: str = ""
    notes: tuple[str, ...] = ()
    date: str = ""
    exchange_secret: str = ""


def prepare(folder: Path, student: str, slug: str, released: NotebookNode) -> HandIn:
    """Read a hand-in and rebuild it from the release.

    Parameters
    ----------
    folder : Path
        What the student handed in: `submitted/STUDENT/SLUG`.
    student, slug : str
        Whose hand-in this is, and for which chapter.
    released : NotebookNode
        The notebook that the class was given.

    Returns
    -------
    HandIn
        One that cannot be read is no error: it has a `refusal`.

    Raises
    ------
    MachineError
        The machine failed to read the folder or the file.
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
    """The cleaned notebook in a file, as `intake.read_notebook` returns it.

    Raises
    ------
    IntakeError
        There is no notebook that can be graded, or `normalize` has left the reason why in its place.
    MachineError
        The machine failed to read the file.
    """
    if path.parent.is_symlink():
        raise IntakeError(f"{shown(path.parent.name)} is a link, not a folder; hand a folder in")
    left = _reason_left(path)
    if left and _made_here(path.parent):
        raise IntakeError(left)
    return read_notebook(path)


def normalize(folder: Path, slug: str) -> Path:
    """See to it that the hand-in lies under the name that nbgrader knows.

    A notebook with another name is copied, and the original stays. Where there is no notebook at all, a file with the
    reason takes its place, so that the student appears in formgrader; `read` then raises this reason.

    Parameters
    ----------
    folder : Path
        What the student handed in: `submitted/STUDENT/SLUG`.
    slug : str
        The chapter.

    Returns
    -------
    Path
        `folder / "exercise.ipynb"`, which may be anything that was handed in under that name.

    Raises
    ------
    MachineError
        The machine failed to list the folder.
    """
    wanted = folder / NAME
    if folder.is_symlink():
        return wanted
    if _made_here(folder):
        wanted.unlink()  # the learner may have handed in another notebook since, which counts then
    if wanted.exists() or wanted.is_symlink():
        return wanted
    try:
        found = find_notebook(folder, slug)
        if found.stat().st_size > MAX_BYTES:
            raise IntakeError(f"{shown(found.name)} is larger than {MAX_BYTES / 1e6:.3g} MB")
        shutil.copyfile(found, wanted)
    except IntakeError as error:
        wanted.write_text(json.dumps({"refused": str(error)}))
    with contextlib.suppress(OSError):  # where the learner has handed in a folder of that name
        (folder / MARK).unlink(missing_ok=True)  # it may be a link, which must not be written through
        (folder / MARK).write_text(_digest(wanted))
    return wanted


def _made_here(folder: Path) -> bool:
    """Whether `normalize` has made the notebook in this folder, and nobody has changed it since."""
    for path, most in ((folder / MARK, 100), (folder / NAME, MAX_BYTES)):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > most:
            return False
    return (folder / MARK).read_text(errors="replace") == _digest(folder / NAME)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _reason_left(path: Path) -> str:
    """The reason that `normalize` has left in the place of a notebook; empty where it has left none."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > 10_000:
        return ""
    try:
        left = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return ""
    if not isinstance(left, dict) or list(left) != ["refused"]:
        return ""
    return "".join(c for c in " ".join(str(left["refused"]).split()) if c.isprintable())[:1000] or "no reason"


def date(folder: Path) -> str:
    """The text of a hand-in's `timestamp.txt`, which nbgrader wrote on collecting; empty where there is none."""
    return read_small_text(folder, DATE)


def read_small_text(folder: Path, name: str) -> str:
    """The text of a file of at most 1000 bytes beside a hand-in's notebook; empty where there is no such file.

    Links are not followed, because a learner may have put them there.
    """
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
        The content of each file, by its name.
    target : Path
        The folder of the graded notebook, which is made where it is not there.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (target / name).unlink(missing_ok=True)
        (target / name).write_bytes(content)
