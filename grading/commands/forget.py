"""Everything that a course keeps of one learner: listed, and deleted when told so."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from course.chapter import slugs
from course.errors import CourseError
from grading.commands import report, similar
from grading.commands.grade_class import key_of, look_up, prepare, students
from grading.engine import grade as engine
from grading.gradebook.facade import Gradebook
from grading.handin import submission
from grading.platforms import ledger

KINDS = ("submitted", "autograded", "feedback")


@dataclass(frozen=True)
class Traces:
    """What is kept of one learner.

    Attributes
    ----------
    folders : list of Path
        Of `submitted/`, `autograded/` and `feedback/`; what was collected from a platform and packed for it.
    rows : int
        Submissions and the entry of the learner, in the gradebook.
    verdicts : list of Path
        In the cache: of this learner's notebooks, and of notebooks that nobody has handed in any more.
    reports : list of Path
        Pages and tables on the class that name the learner; those of a chapter are made again without.
    downloads : list of Path
        The platform's own files on the whole class, which stay.
    """

    student: str
    folders: list[Path]
    rows: int
    verdicts: list[Path]
    reports: list[Path]
    downloads: list[Path]

    def lines(self) -> Iterator[str]:
        """The list as it is printed."""
        yield from (f"folder     {path}" for path in self.folders)
        if self.rows:
            yield f"gradebook  {self.rows} rows of {self.student}: scores, comments, name"
        yield from (f"verdict    {path}" for path in self.verdicts)
        yield from (f"report     {path}: made again without {self.student}" for path in self.reports)
        yield from (f"download   {path}: has the whole class, stays; delete it yourself" for path in self.downloads)


def traces(root: Path, student: str, db_url: str | None = None) -> Traces:
    """Look for everything that is kept of a learner.

    Raises
    ------
    CourseError
        Where nothing is, or the name is no student's.
    """
    if student in ("", ".", "..") or Path(student).name != student:
        raise CourseError(f"{student!r} is no student: wanted the name of a folder in {root / 'submitted'}")
    folders = [path for kind in KINDS if (path := root / kind / student).exists() or path.is_symlink()]
    folders += ledger.traces(root, student)
    rows = Gradebook(root, db_url).rows(student) if (root / "gradebook.db").is_file() or db_url else 0
    named = [p for p in sorted((root / "reports").glob("*")) if student.encode() in p.read_bytes()]
    downloads = sorted((root / "downloaded").glob("*/archive/*"))
    found = Traces(student, folders, rows, _verdicts(root, student), named, downloads)
    if not folders and not rows and not named:
        raise CourseError(f"nothing of {student!r} is kept in {root}")
    return found


def _verdicts(root: Path, student: str) -> list[Path]:
    """The verdicts that belong to none of the others' notebooks, as handed in and as graded."""
    found = []
    for folder in sorted(path for path in (root / "cache").glob("*") if path.name in slugs()):
        needed = set()
        for other in set(students(root, folder.name)) - {student}:
            graded = root / "autograded" / other / folder.name / submission.NAME
            needed.add(key_of(root, prepare(root, folder.name, other)).hex())
            if graded.is_file():
                notebook = nbformat.read(graded, as_version=4)
                needed.add(engine.submission_key(engine.course_secret(root), notebook).hex())
        found += [path for path in sorted(folder.glob("*.json")) if path.stem not in needed]
    return found


def forget(root: Path, found: Traces, db_url: str | None = None) -> None:
    """Delete what `traces` has found, and make the reports again for the others."""
    for path in found.folders:
        if path.is_symlink() or path.is_file():
            path.unlink()
        else:
            shutil.rmtree(path)
    ledger.forget(root, found.student)
    if found.rows:
        Gradebook(root, db_url).forget(found.student)
    for path in found.verdicts:
        path.unlink()
    for path in (root / "cache").glob("*/written"):  # hashes of names, among other things
        path.unlink()
    for path in found.reports:
        path.unlink()
    for slug in slugs():
        mine = [path for path in found.reports if path.name.startswith((f"{slug}.", f"{slug}-"))]
        if not mine or not students(root, slug):
            continue
        if any(path.name.startswith((f"{slug}.", f"{slug}-mistakes")) for path in mine):
            report.write(root, slug, look_up(root, slug, db_url))
        if any(path.name == f"{slug}-similar.html" for path in mine):
            similar.write(root, similar.similar(root, slug))
