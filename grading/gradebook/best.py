"""The best instead of the last attempt: which of a learner's attempts counts where a course wants it so."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.api import Assignment, SubmittedAssignment
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.orm import Session
from traitlets.config import Config

from course.errors import CourseError, IntakeError
from grading.engine.grade import course_secret, submission_key
from grading.engine.verdict import Rules, Verdict
from grading.handin import attempts, submission
from grading.handin.dates import parse_date
from grading.handin.files import shown
from grading.handin.find import candidates, name_rank
from grading.handin.release import Release
from grading.handin.submission import OURS, HandIn

if TYPE_CHECKING:  # it imports what is configured, and that this module
    from grading.gradebook.facade import Gradebook

LAST, BEST = "last", "best"

#: Takes a student, points and the text of a date; returns the points that are off because the hand-in was late.
Lateness = Callable[[str, float, str], float]


def prepared(root: Path, slug: str, student: str, release: Release) -> list[HandIn]:
    """All attempts of a student, each read and rebuilt; the one first that would count if the last one did.

    These are the hand-in in `submitted/`, each copy of the notebook in it, and the hand-ins that were replaced by
    others. Attempts with the same text are one.
    """
    here = root / "submitted" / student / slug
    found: list[tuple[str, HandIn]] = [
        ("what was handed in last", submission.prepare(here, student, slug, release.notebook))
    ]
    try:
        copies = [path for path in candidates(here, slug) if (name_rank(path.name, "") or (9, 9))[:2] <= (0, 2)]
    except IntakeError:
        copies = []
    for path in copies if len(copies) > 1 else ():
        found.append((shown(path.name), submission.prepare(here, student, slug, release.notebook, only=path)))
    for folder in attempts.earlier(root, slug, student):
        if candidates(folder, slug):
            found.append((shown(folder.name), submission.prepare(folder, student, slug, release.notebook)))
    made: dict[bytes, HandIn] = {}
    for name, hand_in in found:
        key = submission_key(course_secret(root), hand_in.notebook)
        if not hand_in.refusal or not made:
            made.setdefault(key, replace(hand_in, attempt=name))
    return list(made.values())


def chosen(found: list[tuple[HandIn, Verdict]], rules: Rules, late: Lateness) -> tuple[HandIn, Verdict]:
    """The attempt with the most points after what its lateness costs; of several the last. It has a note that says so.

    Parameters
    ----------
    found : list of pairs of HandIn and Verdict
        A student's attempts in the order of `prepared`.
    rules : Rules
    late : callable
    """
    if len(found) == 1:
        return found[0]
    points = []
    for hand_in, verdict in found:
        by_tests = -1.0 if hand_in.refusal else verdict.counted(rules).points
        points.append(by_tests - late(hand_in.student, by_tests, hand_in.date) if by_tests > 0 else by_tests)
    best = points.index(max(points))
    hand_in, verdict = found[best]
    rest = ", ".join(
        f"{_called(one)} has {max(p, 0.0):g}"
        for k, ((one, _), p) in enumerate(zip(found, points, strict=True))
        if k != best
    )
    told = f"{_called(hand_in)} with {max(points[best], 0.0):g} points by tests"
    line = f"of {len(found)} attempts the best counts, {told}; {rest}"
    notes = (*hand_in.notes, line)
    hand_in.notebook.metadata[OURS] = {**hand_in.notebook.metadata.get(OURS, {}), "notes": list(notes)}
    return replace(hand_in, notes=notes), verdict


def _called(one: HandIn) -> str:
    at = parse_date(one.date)
    return f"{one.attempt} ({at:%Y-%m-%d %H:%M} UTC)" if at else one.attempt


def lateness(session: Session, config: Config, slug: str) -> Lateness:
    """What nbgrader's plug-in takes off for lateness, by the due date and by who has more time."""
    due = session.query(Assignment.duedate).filter(Assignment.name == slug).scalar()
    more = dict(
        session.query(SubmittedAssignment.student_id, SubmittedAssignment.extension)
        .join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
        .filter(Assignment.name == slug, SubmittedAssignment.extension.is_not(None))
        .all()
    )
    rule = AssignLatePenalties(config=config)
    rule.init_plugin()

    def off(student: str, points: float, date: str) -> float:
        at = parse_date(date)
        if at is None or due is None:
            return 0.0
        seconds = (at - due).total_seconds() - (more[student].total_seconds() if student in more else 0.0)
        lost = rule.plugin_inst.late_submission_penalty(student, points, seconds) if seconds > 0 else None
        return min(max(lost or 0.0, 0.0), points)

    return off


class Chooser:
    """Grades all attempts of a class, and passes on of each student the one that counts.

    Parameters
    ----------
    root : Path
    slug : str
    book : Gradebook
    release : Release
    """

    def __init__(self, root: Path, slug: str, book: "Gradebook", release: Release):
        self._root, self._slug, self._release = root, slug, release
        self._rules = book.rules
        with book.session() as session:
            self._late = lateness(session, book.config, slug)
        self._found: dict[str, list[tuple[HandIn, Verdict | None, str, bool]]] = {}
        self._order: dict[str, list[HandIn]] = {}

    def prepared(self, names: list[str]) -> Iterator[tuple[HandIn, str]]:
        """Each attempt of each student, and why a student's could not be read; empty where they could."""
        for name in names:
            try:
                made, problem = prepared(self._root, self._slug, name, self._release), ""
            except CourseError as error:
                made, problem = [HandIn(name, self._slug, self._release.notebook)], str(error)
            except Exception as error:
                made = [HandIn(name, self._slug, self._release.notebook)]
                problem = f"could not be read: {type(error).__name__}: {error}"
            self._order[name], self._found[name] = made, []
            yield from ((one, problem) for one in made)

    def add(
        self, hand_in: HandIn, verdict: Verdict | None, problem: str, known: bool
    ) -> tuple[HandIn, Verdict | None, str, bool] | None:
        """Take an attempt with its verdict; what counts, when all attempts of the student are there, else None.

        Where the machine failed with one of them, nothing is known of which is the best.
        """
        name = hand_in.student
        self._found[name].append((hand_in, verdict, problem, known))
        if len(self._found[name]) < len(self._order[name]):
            return None
        found = self._found.pop(name)
        failed = next((one for one in found if one[1] is None), None)
        if failed is not None:
            return failed
        by_attempt = {id(one): (verdict, known) for one, verdict, _, known in found}
        pairs = [(one, v) for one in self._order.pop(name) if (v := by_attempt[id(one)][0]) is not None]
        best, verdict = chosen(pairs, self._rules, self._late)
        at = next(k for k, (one, _) in enumerate(pairs) if one.notebook is best.notebook)
        return best, verdict, "", by_attempt[id(pairs[at][0])][1]
