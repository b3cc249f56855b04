"""Grading again after a test or the reference has changed: first a list of who changes, then the gradebook."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError
from grading.commands.grade_class import Options, grade_hand_ins, students_to_grade
from grading.gradebook.best import Chooser
from grading.gradebook.facade import Gradebook
from grading.handin.release import given_out


@dataclass(frozen=True)
class Change:
    """One learner's points in one exercise: those the gradebook has, and those it would get now.

    Attributes
    ----------
    before : float, optional
        By tests; None where the gradebook has no such learner yet.
    by_hand : float, optional
        What a person gave in their place, which stays.
    mistakes : tuple of str
        The misconceptions that are named now.
    """

    student: str
    exercise: str
    before: float | None
    after: float
    by_hand: float | None = None
    mistakes: tuple[str, ...] = ()

    def __str__(self) -> str:
        was = "new" if self.before is None else f"{self.before:g}"
        named = f"  ({', '.join(m.replace('_', ' ') for m in self.mistakes)})" if self.mistakes else ""
        stays = f"; a person gave {self.by_hand:g}, which stays" if self.by_hand is not None else ""
        return f"{self.student}: {self.exercise} {was} -> {self.after:g}{stays}{named}"


@dataclass(frozen=True)
class Preview:
    """What grading again would change; nothing of it is written.

    Attributes
    ----------
    changes : list of Change
        In the order of learners and exercises.
    looked_at, run : int
        Hand-ins in all, and those of which something had to be examined again.
    problems : list of str
        Who can't be graded, and why, a line each.
    """

    changes: list[Change]
    looked_at: int
    run: int
    problems: list[str]

    def lines(self) -> Iterator[str]:
        """The list as it is printed."""
        yield from map(str, self.changes)
        yield from self.problems
        who = len({change.student for change in self.changes})
        yield f"{self.looked_at} hand-ins, {self.run} of them examined again; {who} learners change"


def preview(root: Path, slug: str, options: Options) -> Preview:
    """Examine what has to be examined again, and compare with the gradebook.

    Only the cache is written to, so that the run that writes the gradebook finds everything there.

    Raises
    ------
    CourseError
        Where there is no such chapter or hand-in, or it was never graded.
    """
    names = students_to_grade(root, slug, options.student)
    book = Gradebook(root, options.db_url)
    if not (root / "release" / slug).is_dir():
        raise CourseError(f"{slug} is not graded yet: python -m grading grade {slug} --root {root}")
    before = book.test_scores(slug)
    changes, problems, run = [], [], 0
    best = Chooser(root, slug, book, given_out(root, slug)) if book.best else None
    for hand_in, verdict, problem, known in grade_hand_ins(root, slug, names, options, best=best):
        name, refused = hand_in.student, hand_in.refusal
        run += not known and not refused
        if verdict is None:
            problems.append(f"{name}: {problem}")
            continue
        verdict = verdict.counted(book.rules)
        had = before.get(name, {})
        for exercise in had if refused else verdict.exercises:
            points, by_hand = had.get(exercise, (None, None))
            found = verdict.exercises.get(exercise)
            after, named = (found.points, tuple(found.mistakes)) if found else (0.0, ())
            if points is None or round(points - after, 2):
                changes.append(Change(name, exercise, points, after, by_hand, named))
    order = {name: k for k, name in enumerate(names)}
    return Preview(sorted(changes, key=lambda c: order[c.student]), len(names), run, sorted(problems))
