"""Written answers and what a person has given for them, in nbgrader's gradebook: all of a question, one after another.

An answer's text is that of the graded notebook, as in formgrader. A change is written only where the gradebook still
has what its author saw: two people, or this page and formgrader, never write over each other's work unseen.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    SolutionCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select, update

from course.errors import CourseError
from grading.gradebook.facade import Gradebook
from grading.gradebook.pages import attached
from grading.handin import release
from grading.handin.submission import NAME

_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)


@dataclass(frozen=True)
class Question:
    """A question that a person grades.

    Attributes
    ----------
    name : str
        The grade_id of its cell.
    text : str
        The question, in Markdown: what stands before the cell, from the last heading on.
    pictures : dict
        The pictures in it, by name: type and content in base64.
    most : float
        The points that it is worth.
    """

    name: str
    text: str
    pictures: dict[str, tuple[str, str]]
    most: float


@dataclass(frozen=True)
class Answer:
    """One learner's answer to a question, and what has been given for it.

    Attributes
    ----------
    names : tuple of str
        What else the gradebook knows the learner by: first name, last name, email, number; empty where it does not.
    grade, comment_id : str
        The rows of the gradebook, by nbgrader's ids; `comment_id` is empty where there is no such row.
    text : str or None
        What was written; None where the graded notebook is not there.
    written : bool
        Whether that is anything but the released text.
    manual : float or None
        The points that a person gave.
    extra : float
        Extra credit, which formgrader has a field for.
    needs : bool
        Whether nbgrader's gradebook asks for a person.
    comment : str
        What a person wrote.
    """

    student: str
    names: tuple[str, ...]
    grade: str
    comment_id: str
    text: str | None
    pictures: dict[str, tuple[str, str]]
    written: bool
    manual: float | None
    extra: float
    needs: bool
    comment: str

    @property
    def state(self) -> str:
        """What is to do: "new", "changed" since it was graded, "graded", or "empty": nothing was written."""
        if self.needs:
            return "new" if self.manual is None else "changed"
        return "empty" if self.manual is None and not self.written else "graded"

    @property
    def version(self) -> str:
        """A text that is another one as soon as the answer, its points or its comment change."""
        seen = (self.text, self.manual, self.extra, self.needs, self.comment)
        return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True)
class Change:
    """What an answer is to get.

    Attributes
    ----------
    points : float or None
        None takes the grade back; nbgrader asks for one again then.
    needs : bool
        Whether a person has still to look at these points.
    """

    answer: Answer
    points: float | None
    comment: str
    needs: bool = False


def questions(root: Path, slug: str) -> list[Question]:
    """The questions of a chapter's release that a person grades."""
    found, before = [], NotebookNode(cell_type="markdown", source="", metadata={})
    for cell in release.given_out(root, slug).notebook.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("grade") and about.get("solution"):
            start = [match.start() for match in _HEADING.finditer(before.source)][-1:] or [0]
            text = before.source[start[0] :].strip()
            found.append(Question(about["grade_id"], text, attached(before), float(about.get("points", 0))))
        if cell.cell_type == "markdown":
            before = cell
    return found


class AnswerBook:
    """The answers to one question of a class."""

    def __init__(self, book: Gradebook, slug: str, question: Question):
        self._book, self._slug, self._question = book, slug, question
        self._read: dict[Path, tuple[tuple[int, int], Any]] = {}
        self._released = next(
            " ".join(cell.source.split())
            for cell in release.given_out(book.root, slug).notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade_id") == question.name
        )

    def answers(self) -> list[Answer]:
        """All answers, by student; raises CourseError where the gradebook can't be read."""
        return sorted(self._answers(), key=lambda one: one.student)

    def _answers(self) -> Iterator[Answer]:
        with self._book.session() as session:
            of_question = (
                select(Grade.id, Grade.manual_score, Grade.extra_credit, Grade.needs_manual_grade, Grade.notebook_id)
                .add_columns(Student.id, Student.first_name, Student.last_name, Student.email, Student.lms_user_id)
                .join(GradeCell, Grade.cell_id == GradeCell.id)
                .join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
                .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                .join(Student, SubmittedAssignment.student_id == Student.id)
                .where(Assignment.name == self._slug, GradeCell.name == self._question.name)
            )
            rows = session.execute(of_question).all()
            comments = {
                notebook: (row, text or "")
                for row, notebook, text in session.execute(
                    select(Comment.id, Comment.notebook_id, Comment.manual_comment)
                    .join(SolutionCell, Comment.cell_id == SolutionCell.id)
                    .join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
                    .join(SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
                    .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
                    .where(Assignment.name == self._slug, SolutionCell.name == self._question.name)
                )
            }
        for grade, manual, extra, needs, notebook, student, first, last, email, number in rows:
            comment_id, comment = comments.get(notebook, ("", ""))
            cell = self._cell(student)
            text = None if cell is None else str(cell.source)
            yield Answer(
                student,
                tuple(name or "" for name in (first, last, email, number)),
                grade,
                comment_id,
                text,
                {} if cell is None else attached(cell),
                text is not None and " ".join(text.split()) != self._released,
                None if manual is None else float(manual),
                float(extra or 0.0),
                bool(needs),
                comment,
            )

    def _cell(self, student: str) -> NotebookNode | None:
        """The cell with the answer in a graded notebook; None where it is not there. A notebook is read once."""
        path = self._book.root / "autograded" / student / self._slug / NAME
        try:
            found = path.stat()
            state = (found.st_mtime_ns, found.st_size)
            if path not in self._read or self._read[path][0] != state:
                cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
                named = (c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == self._question.name)
                cell = next(named, None)
                if cell is not None:
                    cell = NotebookNode(source="".join(cell["source"]), attachments=cell.get("attachments", {}))
                self._read[path] = (state, cell)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        return self._read[path][1]

    def write(self, changes: Iterable[Change]) -> set[str]:
        """Write what answers get, in one transaction.

        Returns
        -------
        set of str
            The students whose answer has been given something else since it was read: nothing is written for them.

        Raises
        ------
        CourseError
            The gradebook can't be written, as where another program holds its lock: nothing is.
        """
        stale = set()
        with self._book.session() as session:
            for change in sorted(changes, key=lambda one: one.answer.grade):  # in one order, so that no two wait
                a = change.answer
                # Written before it is read: from here on nobody else can write it until this is committed.
                lock = update(Grade).where(Grade.id == a.grade).values(notebook_id=Grade.notebook_id)
                session.execute(lock.execution_options(synchronize_session=False))
                grade = session.execute(select(Grade).where(Grade.id == a.grade)).scalar_one_or_none()
                comment = session.get(Comment, a.comment_id, with_for_update=True) if a.comment_id else None
                if grade is None or _given(grade, comment) != (a.manual, a.extra, a.needs, a.comment):
                    stale.add(a.student)
                    continue
                if comment is None and change.comment:
                    raise CourseError(f"the gradebook has no row for comments on {self._question.name}: grade it again")
                grade.manual_score = change.points
                grade.needs_manual_grade = grade.auto_score is None if change.points is None else change.needs
                if comment is not None:
                    comment.manual_comment = change.comment or None
            session.commit()
        return stale


def _given(grade: Any, comment: Any) -> tuple[float | None, float, bool, str]:
    text = "" if comment is None else comment.manual_comment or ""
    return grade.manual_score, float(grade.extra_credit or 0.0), bool(grade.needs_manual_grade), text
