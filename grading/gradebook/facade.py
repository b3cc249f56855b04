"""The course inside nbgrader.

`nbgrader_config.py` names these classes. The command line and formgrader's buttons then rebuild each submission
from the release, grade it in the sandbox and keep the verdict in the gradebook; everything else is nbgrader's own.
"""

import contextlib
import glob
import logging
import os
import re
import sqlite3
import sys
import warnings
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

import nbgrader
from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from nbgrader.api import Assignment, GradeCell, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Grade as GradeRow
from nbgrader.api import Gradebook as Database
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearHiddenTests,
    ClearSolutions,
    Execute,
    GetGrades,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.utils import compute_checksum, parse_utc
from sqlalchemy import make_url
from sqlalchemy.exc import SAWarning
from traitlets import Enum, Float
from traitlets.config import Config, PyFileConfigLoader

from course.chapter import ROOT, slugs
from course.errors import CourseError, IntakeError
from course.variant import STANDARD, Term, term_of
from grading.engine import grade as engine
from grading.engine.cache import Cache
from grading.engine.verdict import Detail, Verdict, as_html, as_text
from grading.gradebook import foreign, shared_engine
from grading.gradebook.feedback import TEMPLATES, FeedbackPage
from grading.handin import submission
from grading.handin.rebuild import rebuild
from grading.platforms.roster import Student
from grading.sandbox.warm import Sandbox

# nbgrader calls the program `alembic` when it makes a gradebook, and finds it on PATH only.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])

# nbgrader's own queries make SQLAlchemy warn, harmlessly, at each submission.
warnings.filterwarnings("ignore", category=SAWarning)

OURS = "batchnorm"  # the key of our own metadata in a notebook


def configure(c: Config, root: Path) -> None:
    """Plug the course into nbgrader.

    Parameters
    ----------
    c : Config
        The configuration that nbgrader reads.
    root : Path
        The course's folder, nbgrader's course root: `source/`, `submitted/`, `gradebook.db`, ...
    """
    shared_engine.install()
    NbGraderAPI.get_submitted_timestamp = _submitted_timestamp
    c.CourseDirectory.root = str(root)
    # The page is the stub: there is no solution to clear, and clearing would replace the whole cell.
    c.GenerateAssignment.preprocessors = [
        of_others(kind) if kind is ClearSolutions else kind for kind in _stock(GenerateAssignment)
    ]
    c.Autograde.exporter_class = Reader
    c.Reader.optimistic_validation = True  # once a pass, not after each preprocessor
    c.Autograde.sanitize_preprocessors = [
        Rebuild,
        *(
            shared_engine.CheckMetadata if kind is CheckCellMetadata else of_others(kind)
            for kind in _stock(Autograde, "sanitize_")
        ),
    ]
    ours = {Execute: Grade, SaveAutoGrades: SaveVerdict, CheckCellMetadata: shared_engine.CheckMetadata}
    c.Autograde.autograde_preprocessors = [ours.get(kind, kind) for kind in _stock(Autograde, "autograde_")]
    c.Autograde.pre_convert_hook = normalize_name
    c.ExchangeFactory.release_feedback = ReleaseFeedback
    c.SanitizeHTML.enabled = True
    c.SanitizeHTML.tags = TAGS
    c.SanitizeHTML.attributes = ATTRIBUTES
    c.SanitizeHTML.styles = ["text-align", "white-space", "vertical-align", "padding"]
    c.HTMLExporter.preprocessors = [SanitizeHTML]
    # It looks at the text of a Markdown cell, where [a link](javascript:...) is no HTML yet. These options reach the
    # renderer too, which then writes no such link.
    c.HTMLExporter.lexer_options = {"allow_harmful_protocols": False}
    # More than `HTMLExporter`, whose section nbgrader fills with its own, and which formgrader's pages obey too.
    stock = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
    c.GenerateFeedback.exporter_class = FeedbackPage
    c.FeedbackPage.template_name = "learner"
    c.FeedbackPage.extra_template_basedirs = [str(TEMPLATES), str(stock / "templates")]
    c.FeedbackPage.extra_template_paths = [
        str(stock / "templates"),
        str(stock / "static" / "node_modules" / "bootstrap" / "dist" / "css"),
    ]
    c.GenerateFeedback.preprocessors = [
        GetGrades, ClearHiddenTests, SanitizeHTML, CSSHTMLHeaderPreprocessor,
    ]  # fmt: skip


def _stock(converter: type, which: str = "") -> list[type]:
    """nbgrader's own list of preprocessors."""
    return list(converter.class_traits()[f"{which}preprocessors"].default())  # type: ignore[attr-defined]


def of_others(kind: type) -> type:
    """A preprocessor of nbgrader's that works on other courses' assignments alone; it is configured as ever."""

    def preprocess(self: Any, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        if resources["nbgrader"]["assignment"] in slugs():
            return nb, resources
        return kind.preprocess(self, nb, resources)  # type: ignore[attr-defined]

    return type(kind.__name__, (kind,), {"preprocess": preprocess})


TAGS = [
    *(
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "details",
        "div",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
    ),
    *("hr", "i", "li", "ol", "p", "pre", "small", "span", "strong", "sub", "summary", "sup"),
    *("table", "tbody", "td", "th", "thead", "tr", "ul"),
]
ATTRIBUTES = {
    "a": ["href", "title"],
    "abbr": ["title"],
    "td": ["role", "aria-label", "style"],
    "small": ["style"],
    "table": ["class"],
}


def normalize_name(assignment: str, student: str, notebooks: list[str]) -> None:
    """Let "exercise (1).ipynb" be graded: give nbgrader a copy under the name that it knows.

    A hook of nbgrader's; the list of notebooks is changed in place.
    """
    folder = Path(notebooks[0]).parent
    if folder.name in slugs():
        notebooks[:] = [str(submission.normalize(folder, folder.name))]


class NotebookAlone(CourseDirectory):
    """The course's folders, when hand-ins of ours are graded: nbgrader copies no file of theirs, and none is opened.

    nbgrader would follow links, stumble over pipes, and let a learner's `check.py` lie beside the graded notebook.
    """

    @staticmethod
    def like(other: CourseDirectory) -> "NotebookAlone":
        same = {name: getattr(other, name) for name in other.trait_names(config=True)}
        return NotebookAlone(parent=other.parent, config=other.config, **{**same, "ignore": ["*"]})

    def get_existing_timestamp(self, dest_path: str) -> Any:
        return _date(self, dest_path)


def _date(self: Any, folder: str) -> Any:
    """When a submission was handed in, by its `timestamp.txt`, which a learner can write: None where it is no date."""
    said = submission.date(Path(folder))
    try:
        return parse_utc(said) if said else None
    except (ValueError, OverflowError, TypeError):
        self.log.warning("%s: its timestamp is no date, and does not count", folder)
        return None


def _submitted_timestamp(self: Any, assignment_id: str, student_id: str) -> Any:
    """Stands for `NbGraderAPI.get_submitted_timestamp`: there one bad date takes formgrader's page from everybody."""
    folders = self.coursedir
    return _date(self, folders.format_path(folders.submitted_directory, student_id, assignment_id))


class Reader(NotebookExporter):
    """Reads what learners really send; what can't be read becomes the release with the reason on top."""

    def __init__(self, *args: Any, **kw: Any):
        super().__init__(*args, **kw)
        # nbgrader makes its exporter before it looks at a hand-in: the one moment to change how it does.
        if isinstance(self.parent, Autograde) and self.parent.coursedir.assignment_id in slugs():
            self.parent.coursedir = NotebookAlone.like(self.parent.coursedir)

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        slug = (resources or {}).get("nbgrader", {}).get("assignment")
        if slug not in slugs():
            return super().from_filename(filename, resources=resources, **kw)
        converter: Any = self.parent
        resources["course_root"] = converter.coursedir.root
        if not converter._sanitizing:  # our own notebook, from the first pass
            return super().from_filename(filename, resources=resources, **kw)
        term = term_of(Path(converter.coursedir.root))
        folder, files = Path(filename).parent, dict(engine.beside(slug, term))
        if converter.coursedir.get_existing_timestamp(str(folder)):
            files[submission.DATE] = submission.date(folder).encode()
        if secret := submission.said(folder, submission.SECRET):
            files[submission.SECRET] = secret.encode()
        submission.lay_beside(files, Path(converter._format_dest(slug, resources["nbgrader"]["student"])))
        try:
            made = submission.read(Path(filename))
        except IntakeError as error:
            resources["refused"] = str(error)
            made = engine.released(slug, term).copy()
        return self.from_notebook_node(made, resources=resources, **kw)


class ReleaseFeedback(ExchangeReleaseFeedback):
    """Gives back through the exchange what came through it; nbgrader would stop at the first that came otherwise."""

    def copy_files(self) -> None:
        excluded = {name for name in self.coursedir.student_id_exclude.split(",") if name}
        for page in map(Path, sorted(glob.glob(self.src_path))):
            student = page.parent.name
            if not all((page / name).is_file() for name in (submission.SECRET, submission.DATE)):
                self.log.warning("%s: not handed in by the exchange; the feedback stays in %s", student, page)
                excluded.add(student)
        self.coursedir.student_id_exclude = ",".join(sorted(excluded))
        super().copy_files()


class Rebuild(NbGraderPreprocessor):
    """The first pass: the released notebook with the learner's text, and nothing else of the submission."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        if about["assignment"] not in slugs():
            return nb, resources
        term = term_of(Path(resources["course_root"]))
        made = rebuild(engine.released(about["assignment"], term), nb)
        refused = resources.get("refused", "")
        about_it = made.notebook.metadata.get(OURS, {})
        made.notebook.metadata[OURS] = {**about_it, "refused": refused, "notes": made.notes}
        for line in [refused, *made.notes]:
            if line:
                self.log.warning("%s: %s", about["student"], line)
        return made.notebook, resources


class Grade(NbGraderPreprocessor):
    """The second pass: run and examine in the sandbox; the messages become the test cells' outputs."""

    detail = Enum(
        [d.value for d in Detail],
        Detail.HINTS.value,
        help="How much learners are told: score, hints, inputs.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        slug, state = about["assignment"], nb.metadata.get(OURS, {})
        if slug not in slugs():
            self._run_foreign(nb, resources)
            return nb, resources
        if state.get("refused"):
            verdict = Verdict(refused=state["refused"])
        else:
            root = Path(resources["course_root"])
            secret = engine.course_secret(root)
            verdict = Cache(root / "cache").graded(slug, nb, secret, lambda: sandbox_for(slug, term_of(root)))
        for line in verdict.notes:
            self.log.warning("%s: %s", about["student"], line)
        show(nb, verdict, Detail(self.detail))
        resources["verdict"] = verdict
        return nb, resources

    def _run_foreign(self, nb: NotebookNode, resources: Any) -> None:
        """Run another course's notebook, by the settings of nbgrader's `Execute`."""
        stock = Execute(parent=self)
        if not stock.enabled:
            return
        seconds = stock.timeout if stock.timeout and stock.timeout > 0 else None
        folder = Path(resources["metadata"]["path"])
        for line in foreign.run(nb, folder, foreign_sandbox(), seconds, stock.error_on_timeout):
            self.log.warning("%s: %s", resources["nbgrader"]["student"], line)


_sandboxes: dict[tuple[str, Term], Sandbox] = {}


def sandbox_for(slug: str, term: Term) -> Sandbox:
    """The sandbox of a chapter, warm for as long as this process lives."""
    if (slug, term) not in _sandboxes:
        _sandboxes[slug, term] = Sandbox(files=engine.beside(slug, term)).__enter__()
    return _sandboxes[slug, term]


def foreign_sandbox() -> Sandbox:
    """The sandbox of other courses' notebooks, as warm."""
    if ("", STANDARD) not in _sandboxes:
        _sandboxes["", STANDARD] = Sandbox(foreign.LIMITS).__enter__()
    return _sandboxes["", STANDARD]


def show(nb: NotebookNode, verdict: Verdict, detail: Detail) -> None:
    """Put a verdict into the notebook: the learner's outputs, and the message of each test cell."""
    if verdict.refused:
        banner = f"**This submission could not be read, so it was not graded.** {verdict.refused}"
        nb.cells.insert(0, NotebookNode(cell_type="markdown", id="refused", source=banner, metadata={}))
    count = 0
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "").removeprefix("test_")
        graded = cell.metadata.get("nbgrader", {}).get("grade")
        if graded and name in verdict.exercises:
            found = verdict.exercises[name]
            cell.outputs = [_display(as_text(found, detail), as_html(found, detail))]
        elif graded:
            cell.outputs = [_display("not graded: " + (verdict.refused or "see above"), None)]
        else:
            cell.outputs = [kept for o in verdict.outputs.get(cell.id, []) if (kept := _harmless(o, count))]


def _display(text: str, page: str | None) -> NotebookNode:
    data = {"text/plain": text} | ({"text/html": page} if page else {})
    return NotebookNode(output_type="display_data", data=NotebookNode(data), metadata=NotebookNode())


PICTURES = ("image/png", "image/jpeg")


def _harmless(output: dict, count: int) -> NotebookNode | None:
    """A learner's output without what a page would run: text and pictures stay."""
    node = NotebookNode(output)
    if node.output_type in ("display_data", "execute_result"):
        data = {k: v for k, v in output["data"].items() if k == "text/plain" or k in PICTURES}
        if not data:
            return None
        node.data, node.metadata = NotebookNode(data), NotebookNode()
        if node.output_type == "execute_result":
            node.execution_count = count
    return node


class SaveVerdict(SaveAutoGrades):
    """Keeps the points of the verdict; manual scores, comments and written questions are nbgrader's.

    Points that a regrade changes are named, old and new.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        self._changed: list[tuple[float, float]] = []  # points of test cells that were graded before
        about = resources["nbgrader"]
        with shared_engine.one_transaction(about["db_url"]):
            nb, resources = super().preprocess(nb, resources)
        old, new = (round(sum(points[k] for points in self._changed), 2) for k in (0, 1))
        if old != new:
            self.log.warning("%s: %g points by tests, were %g", about["student"], new, old)
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: Any) -> None:
        name = cell.metadata.nbgrader.grade_id.removeprefix("test_")
        verdict: Verdict | None = resources.get("verdict")
        if verdict is None or cell.cell_type != "code":
            self._add_written_score(cell, resources)
            return
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        points = verdict.exercises[name].points if name in verdict.exercises else 0.0
        if grade.auto_score is not None:
            self._changed.append((grade.auto_score, points))
        grade.auto_score = points
        grade.needs_manual_grade = grade.manual_score is not None
        self.gradebook.db.commit()

    def _add_written_score(self, cell: NotebookNode, resources: Any) -> None:
        self._set_checksum(cell)
        super()._add_score(cell, resources)

    def _add_comment(self, cell: NotebookNode, resources: Any) -> None:
        self._set_checksum(cell)
        super()._add_comment(cell, resources)

    def _set_checksum(self, cell: NotebookNode) -> None:
        if cell.metadata.nbgrader.get("checksum") is None and self.assignment_id in slugs():
            cell.metadata.nbgrader.checksum = self._released_checksum(cell)

    def _released_checksum(self, cell: NotebookNode) -> str:
        """What the cell's checksum was when it was released: an answer that equals it is none."""
        untouched = next(
            (
                c
                for c in engine.released(self.assignment_id).cells
                if c.metadata.get("nbgrader", {}).get("grade_id") == cell.metadata.nbgrader.grade_id
            ),
            cell,
        )
        return compute_checksum(untouched)


def students(db_url: str, course: str) -> list[Student]:
    """The class as a gradebook has it."""
    with Database(db_url, course) as db:
        return [
            Student(s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or "")
            for s in db.students
        ]


@dataclass(frozen=True)
class Result:
    """A student's points for one chapter as the gradebook has them."""

    student: str
    cells: dict[str, float]  # by grade_id
    late_penalty: float = 0.0
    waiting: bool = False  # a person has still to grade something

    @property
    def total(self) -> float:
        return max(0.0, sum(self.cells.values()) - self.late_penalty)


class PenaltyPerDay(LateSubmissionPlugin):
    """Takes a share of the points off for each day begun after the due date; `nbgrader_config.py` shows how."""

    share = Float(0.1, min=0, max=1, help="The share of the points that a day costs.").tag(config=True)
    grace_hours = Float(0.0, min=0, help="So much later is not late.").tag(config=True)
    most = Float(1.0, min=0, max=1, help="The share that is taken off at most.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        late = total_seconds_late - 3600 * self.grace_hours
        return score * min(self.most, self.share * ceil(late / 86400)) if late > 0 else None


class Gradebook:
    """nbgrader's own commands on one course's folder, called from Python.

    Parameters
    ----------
    root : Path
        The course's folder.
    db_url : str, optional
        Where the gradebook is, as SQLAlchemy writes it; the folder's `gradebook.db` unless told.
    detail : Detail, optional
        How much learners are told.

    Notes
    -----
    What is not told is as `nbgrader_config.py` has it. Its gradebook belongs to its folder, and is not another one's.
    """

    def __init__(self, root: Path, db_url: str | None = None, detail: Detail | None = None):
        root = root.resolve()
        root.mkdir(parents=True, exist_ok=True)  # the gradebook is made in it when it is first asked
        self.config = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
        if Path(self.config.CourseDirectory.root).resolve() != root:
            self.config.CourseDirectory.pop("db_url", None)
        configure(self.config, root)
        self.config.NbGraderAPI.log_level = logging.WARNING
        if detail is not None:
            self.config.Grade.detail = detail.value
        if db_url is not None:
            self.config.CourseDirectory.db_url = db_url
        self.api = NbGraderAPI(CourseDirectory(config=self.config), config=self.config)
        self.db_url, self._course = str(self.api.coursedir.db_url), str(self.api.coursedir.course_id)
        self.detail = str(self.config.Grade.get("detail", Detail.HINTS.value))

    def release(self, slug: str) -> None:
        """`nbgrader generate_assignment`, where the page has changed since, or this gradebook lacks it."""
        folder = Path(self.config.CourseDirectory.root)
        source, made = (folder / kind / slug / submission.NAME for kind in ("source", "release"))
        fresh = made.is_file() and made.stat().st_mtime >= source.stat().st_mtime
        with Database(self.db_url, self._course) as db:
            known = any(assignment.name == slug for assignment in db.assignments)
        if not fresh or not known:
            _succeed(self.api.generate_assignment(slug))

    def autograde(self, slug: str, student: str) -> str:
        """`nbgrader autograde --student`, in one transaction; why it failed, or nothing."""
        with shared_engine.one_transaction(self.db_url, self._course) as session, warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # as above, whatever the caller's filters are
            result = self.api.autograde(slug, student)
            if not result["success"]:
                session.rollback()
                return _reason(result)
        return ""

    def feedback(self, slug: str) -> None:
        """`nbgrader generate_feedback`."""
        _succeed(self.api.generate_feedback(slug))

    def scores(self, slug: str) -> dict[str, float]:
        """The points of each student whose submission the gradebook has.

        Those given by a person are in, what was handed in late is taken off.
        """
        with Database(self.db_url, self._course) as db:
            late = self._penalties(db, slug)
            return {
                row["student"]: float(row["score"]) - late.get(row["student"], 0.0) for row in db.submission_dicts(slug)
            }

    def results(self, slug: str) -> list[Result]:
        """Each student's points by cell, in the order of the page, and what was taken off; sorted by student."""
        cells = [
            name
            for cell in engine.released(slug).cells
            if (about := cell.metadata.get("nbgrader", {})).get("grade") and (name := about.get("grade_id"))
        ]
        with Database(self.db_url, self._course) as db:
            rows = (
                db.db.query(SubmittedAssignment.student_id, GradeCell.name, GradeRow.score, GradeRow.needs_manual_grade)
                .select_from(SubmittedAssignment)
                .join(SubmittedNotebook)
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .join(GradeRow)
                .join(GradeCell, GradeRow.cell_id == GradeCell.id)
                .filter(Assignment.name == slug)
            )
            late = self._penalties(db, slug)
            points: dict[str, dict[str, float]] = {}
            waiting: set[str] = set()
            for student, cell, score, needs in rows:
                points.setdefault(student, dict.fromkeys(cells, 0.0))[cell] = float(score or 0)
                if needs:
                    waiting.add(student)
        return [Result(s, points[s], late.get(s, 0.0), s in waiting) for s in sorted(points)]

    def _penalties(self, db: Any, slug: str) -> dict[str, float]:
        rows = (
            db.db.query(SubmittedAssignment.student_id, SubmittedNotebook.late_submission_penalty)
            .select_from(SubmittedAssignment)
            .join(SubmittedNotebook)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .filter(Assignment.name == slug)
        )
        return {student: float(penalty) for student, penalty in rows if penalty}

    def students(self) -> list[Student]:
        """The class as the gradebook has it."""
        return students(self.db_url, self._course)

    def enrol(self, students: Iterable[Student]) -> None:
        """As `nbgrader db student import`: add students, or change what is known of them; what is empty stays."""
        with shared_engine.one_transaction(self.db_url, self._course), Database(self.db_url, self._course) as db:
            for one in students:
                known = {name: value for name, value in asdict(one).items() if value and name != "id"}
                db.update_or_create_student(one.id, **known)

    def test_scores(self, slug: str) -> dict[str, dict[str, tuple[float, float | None]]]:
        """By student and exercise: the points by tests, and those that a person gave in their place."""
        with Database(self.db_url, self._course) as db:
            if slug not in {assignment.name for assignment in db.assignments}:
                return {}
            return {
                submission.student_id: {
                    grade.name.removeprefix("test_"): (float(grade.auto_score or 0.0), grade.manual_score)
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                    if grade.name.startswith("test_")
                }
                for submission in db.assignment_submissions(slug)
            }

    def rows(self, student: str) -> int:
        """How many entries the gradebook has of a student: one, and one for each chapter handed in."""
        with Database(self.db_url, self._course) as db:
            known = next((s for s in db.students if s.id == student), None)
            return 1 + len(known.submissions) if known is not None else 0

    def forget(self, student: str) -> None:
        """Delete a student with all scores and comments; a file's free pages are written over."""
        with Database(self.db_url, self._course) as db:
            db.remove_student(student)
        url = make_url(self.db_url)
        if url.drivername.startswith("sqlite") and url.database:
            with contextlib.closing(sqlite3.connect(url.database)) as file:
                file.execute("VACUUM")

    def max_score(self, slug: str) -> float:
        """The most points there are for a chapter."""
        with Database(self.db_url, self._course) as db:
            return float(db.find_assignment(slug).max_score)

    def late_rule(self, slug: str) -> str:
        """All that late penalties hang on besides the time of a hand-in: the setting, the date, who has more time."""
        with Database(self.db_url, self._course) as db:
            due = next((assignment.duedate for assignment in db.assignments if assignment.name == slug), None)
            more = (
                db.db.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .filter(Assignment.name == slug, SubmittedAssignment.extension.is_not(None))
            )
            extensions = sorted((student, str(extension)) for student, extension in more)
        plugin = self.config.AssignLatePenalties.get("plugin_class", LateSubmissionPlugin)
        name = plugin if isinstance(plugin, str) else plugin.__name__
        rules = {key: repr(self.config[key]) for key in ("LateSubmissionPlugin", name.rpartition(".")[2])}
        return repr((name, rules, due, extensions))


def _succeed(result: dict) -> None:
    if not result["success"]:
        raise CourseError(f"nbgrader: {_reason(result)}")


def _reason(result: dict) -> str:
    """What nbgrader says of a failure, in one line: the last exception that its log tells of."""
    log = (result.get("log") or "") + "\n" + (result.get("error") or "")
    told = [line.strip() for line in log.splitlines() if re.match(r"\s*[\w.]*(Error|Exception)\b.*: ", line)]
    telling = [line for line in told if "see the the above" not in line.lower()]
    return (telling or told or ["no reason given"])[-1]
