"""Joins two students of a gradebook: what the one has becomes the other's, in one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Assignment, BaseCell, Comment, Grade, Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from grading.gradebook import shared_engine
from grading.gradebook.facade import Gradebook

FIELDS = ("first_name", "last_name", "email", "lms_user_id")
_BY_HAND = ("manual_score", "extra_credit", "manual_comment")


@dataclass(frozen=True)
class Row:
    """What a gradebook has of one student's hand-in for one chapter.

    Attributes
    ----------
    is_graded : bool
        Whether there are points; of who has more time and handed nothing in there are rows without any.
    by_hand : dict of str to dict
        By the cell's name what a person has given: score, extra credit, comment.
    """

    is_graded: bool
    by_hand: dict[str, dict[str, Any]]


def rows(book: Gradebook, student: str) -> dict[str, Row]:
    """What a gradebook has of a student, by chapter."""
    with book.session() as session:
        found = session.execute(
            select(SubmittedAssignment.id, Assignment.name)
            .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
            .where(SubmittedAssignment.student_id == student)
        ).all()
        return {slug: _row(session, submission) for submission, slug in found}


def _row(session: Session, submission: str) -> Row:
    notebooks = _notebooks(session, submission)
    by_hand: dict[str, dict[str, Any]] = {}
    for kind in (Grade, Comment):
        columns = [name for name in _BY_HAND if hasattr(kind, name)]
        query = (
            select(BaseCell.name, *(getattr(kind, name) for name in columns))
            .join(BaseCell, kind.cell_id == BaseCell.id)
            .where(kind.notebook_id.in_(notebooks))
        )
        for cell, *values in session.execute(query):
            given = {name: value for name, value in zip(columns, values, strict=True) if value not in (None, "")}
            if given:
                by_hand.setdefault(cell, {}).update(given)
    return Row(_is_graded(session, submission), by_hand)


def _notebooks(session: Session, submission: str) -> list[str]:
    return list(session.scalars(select(SubmittedNotebook.id).where(SubmittedNotebook.assignment_id == submission)))


def _is_graded(session: Session, submission: str) -> bool:
    has_points = Grade.auto_score.is_not(None) | Grade.manual_score.is_not(None)
    query = select(Grade.id).where(Grade.notebook_id.in_(_notebooks(session, submission)), has_points)
    return session.execute(query.limit(1)).first() is not None


def join(
    book: Gradebook,
    old: str,
    new: str,
    counts: Mapping[str, str],
    is_same: Callable[[str, str], bool],
    known: Mapping[str, str],
) -> None:
    """Give all that a student has to another one, and delete the first. Where there is no such student, do nothing.

    Parameters
    ----------
    book : Gradebook
    old, new : str
        The two ids. What `new` lacks of name and email it gets.
    counts : mapping of str to str
        By chapter, where both have graded rows, whose stay. Points and comments that a person gave in the other's come
        along where these have none, and comments are put together.
    is_same : callable
        Takes a chapter and a cell's name and tells whether both have written the same there. Points that come along to
        another text are to be looked at again by a person.
    """
    course = str(book.api.coursedir.course_id)
    with shared_engine.one_transaction(book.db_url, course) as session:
        before, after = session.get(Student, old), session.get(Student, new)
        if before is None:
            return
        if after is None:
            after = Student(id=new)
            session.add(after)
        for name in FIELDS:
            if not getattr(after, name):
                setattr(after, name, getattr(before, name) or known.get(name))
        session.flush()
        for mine in _submissions(session, old):
            theirs = next((one for one in _submissions(session, new) if one.assignment_id == mine.assignment_id), None)
            if theirs is not None:
                _merge(session, mine, theirs, counts, is_same)
            else:
                _give(session, mine.id, new)
        session.execute(delete(Student).where(Student.id == old).execution_options(synchronize_session=False))
        session.expire_all()


def _submissions(session: Session, student: str) -> Iterable[Any]:
    one = SubmittedAssignment
    return session.execute(
        select(one.id, one.assignment_id, one.extension, Assignment.name)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .where(SubmittedAssignment.student_id == student)
    ).all()


def _give(session: Session, submission: str, student: str) -> None:
    row = update(SubmittedAssignment).where(SubmittedAssignment.id == submission)
    session.execute(row.values(student_id=student).execution_options(synchronize_session=False))


def _merge(
    session: Session, mine: Any, theirs: Any, counts: Mapping[str, str], is_same: Callable[[str, str], bool]
) -> None:
    """Make one submission of two for the same chapter; the student of `theirs` has it."""
    student = session.scalars(select(SubmittedAssignment.student_id).where(SubmittedAssignment.id == theirs.id)).one()
    graded = [one for one in (theirs, mine) if _is_graded(session, one.id)]
    if len(graded) == 2:
        stays, goes = (theirs, mine) if counts.get(mine.name, student) == student else (mine, theirs)
        _take_along(session, goes.id, stays.id, lambda cell: is_same(mine.name, cell))
    else:
        stays, goes = (mine, theirs) if graded == [mine] else (theirs, mine)
    extension = max((one.extension for one in (mine, theirs) if one.extension is not None), default=None)
    _delete(session, goes.id)
    row = update(SubmittedAssignment).where(SubmittedAssignment.id == stays.id)
    session.execute(row.values(extension=extension).execution_options(synchronize_session=False))
    _give(session, stays.id, student)


def _take_along(session: Session, source: str, target: str, is_same: Callable[[str], bool]) -> None:
    """Put points and comments that a person gave into the rows of another hand-in for the same chapter."""
    for kind in (Grade, Comment):
        there = {row.cell_id: row for row in _rows_of(session, kind, target)}
        for row in _rows_of(session, kind, source):
            other = there.get(row.cell_id)
            if other is None:
                continue
            if kind is Comment:
                both = dict.fromkeys(text for text in (other.manual_comment, row.manual_comment) if text)
                other.manual_comment = "\n\n".join(both) or None
                continue
            if other.extra_credit is None:
                other.extra_credit = row.extra_credit
            if row.manual_score is not None and other.manual_score is None:
                other.manual_score = row.manual_score
                other.needs_manual_grade = bool(row.needs_manual_grade) or not is_same(row.name)
    session.flush()


def _rows_of(session: Session, kind: Any, submission: str) -> list[Any]:
    return list(session.scalars(select(kind).where(kind.notebook_id.in_(_notebooks(session, submission)))))


def _delete(session: Session, submission: str) -> None:
    notebooks = _notebooks(session, submission)
    for statement in (
        delete(Grade).where(Grade.notebook_id.in_(notebooks)),
        delete(Comment).where(Comment.notebook_id.in_(notebooks)),
        delete(SubmittedNotebook).where(SubmittedNotebook.id.in_(notebooks)),
        delete(SubmittedAssignment).where(SubmittedAssignment.id == submission),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
