"""Everything that a course keeps of one learner: listed, and deleted when told so."""

import contextlib
import csv
import io
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import nbformat

from course.chapter import slugs
from course.errors import CourseError
from grading.commands import report, similar, similar_page
from grading.commands.grade_class import key_of, look_up, prepare, students
from grading.engine import grade as engine
from grading.engine.cache import STANDING
from grading.gradebook.facade import Gradebook
from grading.gradebook.kept_graded import BEFORE
from grading.gradebook.writer import STAGED
from grading.handin import submission
from grading.platforms import ledger, sent
from grading.terminal import visible

KINDS = ("submitted", "autograded", "feedback", STAGED, BEFORE)
#: The columns of our tables in which a learner stands; in `who` there are several.
COLUMNS = ("student", "ID", "SIS Login ID")


@dataclass(frozen=True)
class Traces:
    """What is kept of one learner.

    Attributes
    ----------
    folders : list of Path
        Of `submitted/`, `autograded/` and `feedback/`, and what a killed run has left; what was collected from a
        platform and packed for it.
    rows : int
        Submissions and the entry of the learner, in the gradebook.
    ledgers : list of Path
        Lists of what was collected and of scores that a platform has taken, which have a line of the learner.
    verdicts : list of Path
        In the cache: of this learner's notebooks, and of notebooks that nobody has handed in any more.
    reports : list of Path
        Pages and tables on a chapter that the learner handed in for; they are made again without.
    pages : list of Path
        Pages and tables on this learner alone.
    stay : list of Path
        What names the learner among others and can't be made again.
    downloads : list of Path
        The platform's own files on the whole class, which stay.
    elsewhere : str
        The gradebook that was asked, where it has nothing of a learner who was graded.
    """

    student: str
    folders: list[Path]
    rows: int
    ledgers: list[Path]
    verdicts: list[Path]
    reports: list[Path]
    pages: list[Path]
    stay: list[Path]
    downloads: list[Path]
    elsewhere: str

    def lines(self) -> Iterator[str]:
        """The list as it is printed."""
        who = self.student
        yield from (f"folder     {path}" for path in self.folders)
        if self.rows:
            yield f"gradebook  {self.rows} rows of {who}: scores, comments, name"
        if self.elsewhere:
            yield self.unknown()
        yield from (f"ledger     {path}: the line of {who}" for path in self.ledgers)
        yield from (f"verdict    {path}" for path in self.verdicts)
        yield from (f"report     {path}: made again without {who}" for path in self.reports)
        yield from (f"report     {path}: on {who} alone" for path in self.pages)
        yield from (f"report     {path}: names {who}, can't be made again, stays; see to it" for path in self.stay)
        yield from (f"download   {path}: has the whole class, stays; delete it yourself" for path in self.downloads)

    def unknown(self) -> str:
        """That another gradebook may be the one to ask."""
        return (
            f"gradebook  {self.elsewhere} has nothing of {self.student}, who was graded: "
            "if another gradebook has, name it with --db"
        )


def traces(root: Path, student: str, db_url: str | None = None) -> Traces:
    """Look for everything that is kept of a learner.

    Raises
    ------
    CourseError
        Where nothing is, the name is no student's, or the gradebook can't be asked.
    """
    return replace(look(root, student, db_url), verdicts=_verdicts(root, student))


def look(root: Path, student: str, db_url: str | None = None) -> Traces:
    """What `traces` finds, but for the verdicts, for which everybody's notebook is read."""
    if student in ("", ".", "..") or Path(student).name != student:
        raise CourseError(f"{student!r} is not a student: wanted the name of a folder in {root / 'submitted'}")
    found = _look(root, student, db_url) if root.is_dir() else None
    if not found or not any((found.folders, found.rows, found.ledgers, found.reports, found.pages, found.stay)):
        raise CourseError(f"nothing of {student!r} is kept in {root}")
    return found


def _look(root: Path, student: str, db_url: str | None) -> Traces:
    folders = [path for kind in KINDS if (path := root / kind / student).exists() or path.is_symlink()]
    asked = Gradebook(root, db_url)
    book = asked if asked.exists() else None
    rows = book.rows(student) if book else 0
    return Traces(
        student,
        folders + ledger.traces(root, student),
        rows,
        ledger.lines(root, student) + sent.lines(root, student),
        [],
        *_reports(root, student, book),
        downloads=sorted((root / "downloaded").glob("*/archive/*")),
        elsewhere=asked.place if root / "autograded" / student in folders and not rows else "",
    )


def _verdicts(root: Path, student: str) -> list[Path]:
    """The verdicts that belong to none of the others' notebooks, as handed in and as graded."""
    found = []
    for folder in sorted(path for path in (root / "cache").glob("*") if path.name in slugs()):
        needed = set()
        for other in set(students(root, folder.name)) - {student}:
            needed.add(key_of(root, prepare(root, folder.name, other)).hex())
        for graded in (root / "autograded").glob(f"*/{folder.name}/{submission.NAME}"):
            if graded.parent.parent.name != student:  # whether or not what was handed in is still there
                notebook = nbformat.read(graded, as_version=4)
                needed.add(engine.submission_key(engine.course_secret(root), notebook).hex())
        found += [path for path in sorted(folder.glob("*.json")) if path.stem not in needed]
        if (standing := folder / STANDING / student).is_dir():
            found.append(standing)
    return found


# ---- who stands in a report


def _reports(root: Path, student: str, book: Gradebook | None) -> tuple[list[Path], list[Path], list[Path]]:
    """The reports that are made again without a learner, those on the learner alone, and those that have to stay.

    A chapter's reports count the whole class, so they are made again for whoever handed in, named or not.
    """
    again, alone, stay = [], [], []
    files = {path.name: path for path in sorted((root / "reports").glob("*")) if path.is_file()}
    for slug in slugs():
        names = (f"{slug}.html", f"{slug}.csv", f"{slug}-mistakes.csv", f"{slug}-similar.html")
        mine = [files.pop(name) for name in names if name in files]
        if not mine:
            continue
        scored = set(book.scores(slug)) if book else set()
        counted = (
            student in scored
            or any((root / kind / student / slug).exists() for kind in KINDS)
            or any(_names(path, student) for path in mine)
        )
        if not counted:
            continue
        others = set(students(root, slug)) - {student}
        graded = bool(others and scored - {student} and (root / "release" / slug).is_dir())
        only = _listed(root / "reports" / f"{slug}.csv") == {_cell(student)}
        for path in mine:
            if others if path.name.endswith("-similar.html") else graded:
                again.append(path)
            elif only:
                alone.append(path)
            elif _names(path, student):
                stay.append(path)
    for path in files.values():
        if _is_replay(path, student):
            alone.append(path)
        elif _names(path, student):
            stay.append(path)
    return sorted(again), sorted(alone), sorted(stay)


def _names(path: Path, student: str) -> bool:
    """Whether a table or page of ours has a learner where it says whom it is about.

    The text of hints, remarks and code is not asked: it may hold anything, and short names anywhere.
    """
    if path.suffix == ".csv":
        # Tables of an older version have an apostrophe before the first of several alone.
        forms = {f"; {name}; " for name in (student, _cell(student))}
        return any(
            _cell(student) in (row.get(name) for name in COLUMNS)
            or any(form in f"; {row.get('who')}; " for form in forms)
            for row in _rows(path)
        )
    if path.suffix != ".html":
        return False
    texts, student = _texts(path), visible(student)
    title = "".join(texts["h1"][:1])
    if title.endswith(": what the class handed in"):
        return any(item.startswith(f"{student}: ") for item in texts["li"])
    if title.endswith(": hand-ins that are alike"):
        pairs = [heading.partition(". ")[2] for heading in texts["h2"]]
        return any(pair.startswith(f"{student} and ") or pair.endswith(f" and {student}") for pair in pairs)
    return _is_replay(path, student)


def _is_replay(path: Path, student: str) -> bool:
    """Whether a page is one of a learner's replays, which is about nobody else."""
    titles = [f"{visible(student)}, {slug}: what came and what was wanted" for slug in slugs()]
    return path.suffix == ".html" and "".join(_texts(path)["h1"][:1]) in titles


def _cell(student: str) -> str:
    """A name as it stands in our tables."""
    return next(csv.reader(io.StringIO(report.table([[student]]), newline="")))[0]


def _listed(path: Path) -> set[str]:
    """Whom a table of students lists; nobody where there is none."""
    return {row["student"] for row in _rows(path) if row.get("student")} if path.is_file() else set()


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        return list(csv.DictReader(io.StringIO(_read(path), newline="")))
    except csv.Error:  # it is no table of ours
        return []


def _texts(path: Path) -> dict[str, list[str]]:
    page = _Texts()
    page.feed(_read(path))
    page.close()
    return page.found


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", "replace")


class _Texts(HTMLParser):
    """The texts of a page's headings and list items, by tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {"h1": [], "h2": [], "li": []}
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.found:
            self._open = tag
            self.found[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.found[self._open][-1] += data


# ---- deleting


def forget(root: Path, found: Traces, db_url: str | None = None) -> list[str]:
    """Delete what `traces` has found, and make the reports again for the others.

    Returns
    -------
    list of str
        What is left of the learner all the same, by another look; empty where nothing is.
    """
    if found.rows:  # first, so that a database that is down leaves everything as it was
        Gradebook(root, db_url).forget(found.student)
    written = (root / "cache").glob("*/written")  # hashes of names, among other things
    for path in (*found.folders, *found.verdicts, *found.pages, *written):
        with contextlib.suppress(OSError):  # what can't be deleted is found below, and the rest is deleted
            if path.is_symlink() or path.is_file():
                path.unlink()
            else:
                shutil.rmtree(path)
    ledger.forget(root, found.student)
    sent.forget(root, found.student)
    for slug in slugs():
        names = {path.name for path in found.reports}
        if names & {f"{slug}.html", f"{slug}.csv", f"{slug}-mistakes.csv"}:
            results = look_up(root, slug, db_url)
            report.write(root, slug, results, report.absent(Gradebook(root, db_url), results))
        if f"{slug}-similar.html" in names:
            similar_page.write(root, similar.similar(root, slug))
    return _left(root, found, db_url)


def _left(root: Path, found: Traces, db_url: str | None) -> list[str]:
    now = _look(root, found.student, db_url)
    before = [path for path in (*found.folders, *found.verdicts) if path.exists() or path.is_symlink()]
    paths = [*before, *now.folders, *now.ledgers, *now.reports, *now.pages, *now.stay]
    left = list(dict.fromkeys(map(str, paths)))
    if now.rows:
        left.append(f"{now.rows} rows in the gradebook")
    return left + ([found.unknown()] if found.elsewhere else [])
