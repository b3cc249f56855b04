"""nbgrader's gradebook and commands on one course's folder, called from Python."""

import contextlib
import logging
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, SubmittedAssignment
from nbgrader.api import Gradebook as Database
from nbgrader.apps import NbGraderAPI
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.utils import temp_attrs
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from sqlalchemy.orm import Session
from traitlets.config import PyFileConfigLoader

from course import notebooks
from course.chapter import ROOT
from course.errors import CourseError
from course.variant import term_of
from grading.engine.verdict import Detail, Rules, Verdict
from grading.gradebook import results, shared_engine, writer
from grading.gradebook.best import BEST
from grading.gradebook.configuration import configure
from grading.gradebook.failures import reason, succeed
from grading.gradebook.feedback import PagesOfAClass
from grading.gradebook.results import Result
from grading.gradebook.students import Student
from grading.handin import release, submission
from grading.handin.release import Release
from grading.handin.submission import HandIn


def students(db_url: str, course: str) -> list[Student]:
    """The students in a gradebook, by its address and nbgrader's name of the course."""
    with Database(db_url, course) as db:
        return [
            Student(s.id, s.first_name or "", s.last_name or "", s.email or "", s.lms_user_id or "")
            for s in db.students
        ]


class Gradebook:
    """nbgrader's own commands on one course's folder, called from Python.

    Parameters
    ----------
    root : Path
        The course's folder.
    db_url : str, optional
        The gradebook's address, as SQLAlchemy writes it. Unless told it is that of `nbgrader_config.py`, where this
        configures the same folder; else the folder's `gradebook.db`.
    detail : Detail, optional
        How much learners are told; as `nbgrader_config.py` has it unless told.

    Attributes
    ----------
    root : Path
        The course's folder, resolved.
    db_url : str
        The gradebook's address. It may hold a password, and `place` does not.
    detail : str
        How much learners are told.
    rules : Rules
        What counts.
    best : bool
        Whether the best of a learner's attempts counts, and not the last.
    """

    def __init__(self, root: Path, db_url: str | None = None, detail: Detail | None = None):
        root = root.resolve()
        root.mkdir(parents=True, exist_ok=True)  # the gradebook is made in it when it is first asked
        self.root = root
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
        self._file = root / "gradebook.db"  # the gradebook, where neither the caller nor the configuration names one
        self.detail = str(self.config.Grade.get("detail", Detail.HINTS.value))
        set_here = {field.name: bool(self.config.Grade.get(field.name, field.default)) for field in fields(Rules)}
        self.rules = Rules(**set_here)
        self.best = self.config.Grade.get("attempt") == BEST

    def release(self, slug: str) -> None:
        """Tell the gradebook of a chapter's release; where there is no release yet, release today's page.

        `nbgrader generate_assignment` does both. Where there is a release that this gradebook does not know, the
        command works on a copy, because it must not change what learners have.
        """
        made = release.folder_of(self.root, slug)
        with self._database() as db:
            known = any(assignment.name == slug for assignment in db.assignments)
        if not (made / submission.NAME).is_file():
            notebooks.write(notebooks.bundle(slug, term_of(self.root)), self.root / "source" / slug)
            self._generate(slug, self.root / "source")
        elif not known:
            with tempfile.TemporaryDirectory() as scratch:
                shutil.copytree(made, Path(scratch) / slug)
                self._generate(slug, Path(scratch))
        else:
            shutil.rmtree(self._scratch(slug), ignore_errors=True)

    def _scratch(self, slug: str) -> Path:
        """Where a release is made. A run that is ended while it deletes this folder leaves it to the next one."""
        return self.root / f".release-{slug}"

    def _generate(self, slug: str, source: Path) -> None:
        """Run `nbgrader generate_assignment`. Where learners have no release, its result becomes theirs, as a whole."""
        made = release.folder_of(self.root, slug)
        scratch = self._scratch(slug)
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            here = {"source_directory": str(source), "release_directory": str(scratch)}
            with temp_attrs(self.api.coursedir, **here):
                result = self.api.generate_assignment(slug)
            succeed(result)
            if not (made / submission.NAME).is_file():
                made.parent.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(made, ignore_errors=True)  # it has no notebook
                os.replace(scratch / slug, made)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def write(self, hand_in: HandIn, verdict: Verdict, release: Release) -> str:
        """Write a graded hand-in; return why that failed, or an empty text.

        First the gradebook gets it, in one transaction, then `autograded/`. Where one of the two fails, or the run ends
        between them, each has what it had or what is new, and the next run writes the hand-in again.
        """
        target = self.root / "autograded" / hand_in.student / hand_in.slug
        try:
            with writer.staged(self.root, hand_in) as made:
                with self._reached(), shared_engine.one_transaction(self.db_url, self._course) as session:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore", SAWarning)  # nbgrader's own queries, whatever filters there are
                        told = writer.write(self.api, hand_in, verdict, release)
                    if told is not None:
                        session.rollback()
                        return reason(told)
                writer.publish(made, target)
        except CourseError as error:
            return str(error)
        except OSError as error:
            return f"the graded notebook can't be written: {error}"
        return ""

    def feedback(self, slug: str) -> dict[str, str]:
        """Make the feedback pages of a chapter, as `nbgrader generate_feedback` does.

        Returns
        -------
        dict of str to str
            For whom no page could be made, and why, by student. All others have theirs.

        Raises
        ------
        CourseError
            Nobody is graded, or the gradebook can't be read.
        """
        with temp_attrs(self.api.coursedir, assignment_id=slug):
            pages = PagesOfAClass(coursedir=self.api.coursedir, parent=self.api)
            pages.force = True
            pages.log.addFilter(_is_no_record)  # nbgrader would log a traceback for each page that fails
            try:
                pages.start()
            except NbGraderException as error:
                raise CourseError(f"nbgrader: {' '.join(str(error).split())}") from error
            finally:
                pages.log.removeFilter(_is_no_record)
        return pages.failed

    def scores(self, slug: str) -> dict[str, float]:
        """The points of each student who has a result: what people gave counts, and late penalties are taken off."""
        return {one.student: one.total for one in self.results(slug)}

    def results(self, slug: str) -> list[Result]:
        """The results of a chapter, sorted by student, with the cells in the order of the release.

        Who has more time but has handed nothing in has a row in the gradebook, and no result.
        """
        cells = [
            name
            for cell in release.given_out(self.root, slug).notebook.cells
            if (about := cell.metadata.get("nbgrader", {})).get("grade") and (name := about.get("grade_id"))
        ]
        with self.session() as session:
            return results.read(session, slug, cells)

    def students(self) -> list[Student]:
        """The class as the gradebook has it."""
        with self._reached():
            return students(self.db_url, self._course)

    def enrol(self, students: Iterable[Student]) -> None:
        """Add students, or change what is known of them, as `nbgrader db student import` does.

        An empty field of a `Student` leaves what the gradebook has.
        """
        with shared_engine.one_transaction(self.db_url, self._course), self._database() as db:
            for one in students:
                known = {name: value for name, value in asdict(one).items() if value and name != "id"}
                db.update_or_create_student(one.id, **known)

    def test_scores(self, slug: str) -> dict[str, dict[str, tuple[float, float | None]]]:
        """By student and exercise the points that tests gave, and those that a person gave in their place, or None."""
        with self._database() as db:
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

    def exists(self) -> bool:
        """Whether there is a gradebook; unlike nbgrader's own methods this one makes none.

        Raises
        ------
        CourseError
            The caller or `nbgrader_config.py` has named a gradebook, and that one can't be read.
        """
        with self._reached():
            url = make_url(self.db_url)
            if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
                if Path(url.database or "") == self._file:
                    return False
                raise CourseError(f"the gradebook {self.place} does not exist")
            engine = create_engine(url)
            try:
                return inspect(engine).has_table("student")
            finally:
                engine.dispose()

    @property
    def place(self) -> str:
        """The gradebook's address as it may be shown: SQLAlchemy's URL, with its password masked."""
        return make_url(self.db_url).render_as_string()

    @contextlib.contextmanager
    def _reached(self) -> Iterator[None]:
        """Turn the error of a database that is down, is none or lacks its driver into a CourseError of one line."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, ImportError) as error:
            reason = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            # `place` fails for a malformed address, which may hold a password and is not shown then.
            with contextlib.suppress(SQLAlchemyError):
                raise CourseError(f"the gradebook {self.place} can't be used: {reason}") from error
            raise CourseError("the gradebook can't be used: SQLAlchemy cannot read its address") from None

    @contextlib.contextmanager
    def _database(self) -> Iterator[Any]:
        """nbgrader's gradebook, opened; raises CourseError where it can't be used, as where another holds its lock."""
        with self._reached(), Database(self.db_url, self._course) as db:
            yield db

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A session of SQLAlchemy's on nbgrader's tables; raises CourseError where it can't be used."""
        with self._database() as db:
            yield db.db

    def rows(self, student: str) -> int:
        """How many entries the gradebook has of a student: one for the student and one for each chapter handed in."""
        with self._database() as db:
            known = next((s for s in db.students if s.id == student), None)
            return 1 + len(known.submissions) if known is not None else 0

    def forget(self, student: str) -> None:
        """Delete a student with all scores and comments. SQLite's file is written anew, so that nothing stays in it."""
        with self._database() as db:
            db.remove_student(student)
        url = make_url(self.db_url)
        if url.drivername.startswith("sqlite") and url.database:
            with self._reached(), contextlib.closing(sqlite3.connect(url.database)) as file:
                file.execute("VACUUM")

    def extend(self, slug: str, student: str, until: datetime | None) -> tuple[datetime, datetime]:
        """Give a student another due date, or with None the class's again, as nbgrader's own extensions do.

        Returns
        -------
        pair of datetime
            When the student's hand-in is due now, and when the class's is, both in UTC.

        Raises
        ------
        CourseError
            The gradebook has no such student, no due date for the chapter, or the new one is before it.
        """
        with self._database() as db:
            due = next((one.duedate for one in db.assignments if one.name == slug), None)
            if due is None:
                raise CourseError(
                    f"{slug} has no due date to extend: nbgrader db assignment add {slug} --duedate=... gives it one"
                )
            if student not in {one.id for one in db.students}:
                raise CourseError(
                    f"the gradebook has no student {student!r}; python -m grading roster adds a class list"
                )
            if until is not None and until <= due:
                raise CourseError(f"{slug} is due {due:%Y-%m-%d %H:%M} UTC for everybody; wanted a later date")
            db.update_or_create_submission(slug, student, extension=until - due if until else None)
        return until or due, due

    def max_score(self, slug: str) -> float:
        """The most points there are for a chapter."""
        with self._database() as db:
            return float(db.find_assignment(slug).max_score)

    def late_rule(self, slug: str) -> str:
        """A text that changes with whatever late penalties depend on besides the time of a hand-in.

        That is the plug-in and its settings, the due date, and who has more time.
        """
        with self._database() as db:
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


def _is_no_record(record: logging.LogRecord) -> bool:
    return False
