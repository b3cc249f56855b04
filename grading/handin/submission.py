"""One student's hand-in for one chapter: it lies in nbgrader's folders and becomes a notebook that can be graded."""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

from course.errors import IntakeError
from grading.handin.choose import choose
from grading.handin.dates import parse_date
from grading.handin.files import reasons_for_errors, shown
from grading.handin.find import candidates, find_notebook
from grading.handin.intake import MAX_BYTES
from grading.handin.pictures import take_along
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
        When it was handed in, as nbgrader wrote it on collecting; empty where no date is known.
    exchange_secret : str
        The name under which its feedback is fetched, where it came by nbgrader's exchange; else empty.
    attempt : str
        Which of a student's attempts this is, in words, where the best of them counts; else empty.
    """

    student: str
    slug: str
    notebook: NotebookNode
    refusal: str = ""
    notes: tuple[str, ...] = ()
    date: str = ""
    exchange_secret: str = ""
    attempt: str = ""


def prepare(folder: Path, student: str, slug: str, released: NotebookNode, only: Path | None = None) -> HandIn:
    """Read a hand-in and rebuild it from the release.

    Parameters
    ----------
    folder : Path
        What the student handed in: `submitted/STUDENT/SLUG`.
    student, slug : str
        Whose hand-in this is, and for which chapter.
    released : NotebookNode
        The notebook that the class was given.
    only : Path, optional
        The notebook in the folder that is read, whatever others there are.

    Returns
    -------
    HandIn
        One that cannot be read is no error: it has a `refusal`.

    Raises
    ------
    MachineError
        The machine failed to read the folder or a file, or may not.
    """
    with reasons_for_errors(folder):
        try:
            made, why = choose([only] if only else _notebooks(folder, slug), released)
            notes, refusal = [*why, *made.notes, *take_along(made.notebook, folder)], ""
        except IntakeError as error:
            made, notes, refusal = rebuild(released, released), [], str(error)
        handed_in, doubt = _date(folder)
        notes += doubt
        secret = read_small_text(folder, SECRET)
    ours = made.notebook.metadata.get(OURS, {})
    made.notebook.metadata[OURS] = {**ours, "refused": refusal, "notes": notes}
    return HandIn(student, slug, made.notebook, refusal, tuple(notes), handed_in, secret)


def _notebooks(folder: Path, slug: str) -> list[Path]:
    """The notebooks in a hand-in's folder, the one first that counts if all have answers; there is at least one."""
    wanted = normalize(folder, slug)
    # What `normalize` has made is one of the others once more, or says that there is none.
    made = wanted if _made_here(folder) else None
    found = candidates(folder, slug, but=made)
    if made is None and wanted not in found:  # no file, or one of more than are looked at; reading it tells
        return [wanted, *found]
    return found or [find_notebook(folder, slug, but=made)]  # which raises the reason


def _date(folder: Path) -> tuple[str, list[str]]:
    """When a hand-in was handed in, and a note where its file does not tell."""
    said = date(folder)
    if parse_date(said) is not None:
        return said, []
    if not said and not os.path.lexists(folder / DATE):
        return "", []
    told = shown(said) if said else "nothing that can be read"
    return "", [f"{DATE} has {told}, which is not a date: it counts as handed in without one"]


def normalize(folder: Path, slug: str) -> Path:
    """See to it that the hand-in lies under the name that nbgrader knows.

    A notebook with another name is copied, and the original stays. Where there is no notebook at all, a file with the
    reason takes its place, so that the student appears in formgrader.

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
