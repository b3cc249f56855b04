"""The points that nbgrader's gradebook has for one chapter, by student and cell."""

from dataclasses import dataclass

from nbgrader.api import Assignment, Grade, GradeCell, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Result:
    """A student's points for one chapter, as the gradebook has them.

    Attributes
    ----------
    student : str
        The student's id.
    cells : dict of str to float
        The points of each graded cell, by its grade_id.
    late_penalty : float
        The points that are taken off because the hand-in was late.
    waiting : bool
        Whether a person has still to grade something, which counts 0 until then.
    again : bool
        Whether a person has to look again at something, since the answer has changed after they graded it.
    """

    student: str
    cells: dict[str, float]
    late_penalty: float = 0.0
    waiting: bool = False
    again: bool = False

    @property
    def total(self) -> float:
        """The points that count, never less than 0."""
        return max(0.0, sum(self.cells.values()) - self.late_penalty)


def read(session: Session, slug: str, cells: list[str]) -> list[Result]:
    """The results of a chapter, sorted by student, each with all the cells in the order given."""
    rows = (
        session.query(
            SubmittedAssignment.student_id,
            GradeCell.name,
            Grade.score,
            Grade.needs_manual_grade,
            Grade.auto_score,
            Grade.manual_score,
        )
        .select_from(SubmittedAssignment)
        .join(SubmittedNotebook)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .join(Grade)
        .join(GradeCell, Grade.cell_id == GradeCell.id)
        .filter(Assignment.name == slug)
    )
    late = _penalties(session, slug)
    points: dict[str, dict[str, float]] = {}
    waiting: set[str] = set()
    again: set[str] = set()
    graded: set[str] = set()
    for student, cell, score, needs, by_tests, by_hand in rows:
        points.setdefault(student, dict.fromkeys(cells, 0.0))[cell] = float(score or 0)
        if by_tests is not None or by_hand is not None:
            graded.add(student)
        if needs:
            (waiting if by_hand is None else again).add(student)
    return [Result(s, points[s], late.get(s, 0.0), s in waiting, s in again) for s in sorted(graded)]


def _penalties(session: Session, slug: str) -> dict[str, float]:
    """The points taken off for lateness, of each student who lost any."""
    rows = (
        session.query(SubmittedAssignment.student_id, SubmittedNotebook.late_submission_penalty)
        .select_from(SubmittedAssignment)
        .join(SubmittedNotebook)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == slug)
    )
    return {student: float(penalty) for student, penalty in rows if penalty}
