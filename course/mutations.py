"""Tests of the hidden tests, by answers whose grade is known: misconceptions, right formulations and the stub.

`python -m grading mutations` prints the table. `python -m grading seeds CHAPTER` draws a thousand sets of inputs and
looks for false alarms, and with `--wrong` for mistakes that are not found or not named. Neither needs a class or the
sandbox.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tqdm import tqdm

from course.answer_keys import answer_key_bytes
from course.chapter import Answer, Chapter
from course.earned import earned, with_slip
from course.errors import CourseError, TestError
from course.examination.examine import Examination, examine_exercise, seed
from course.examination.learner import InProcess, Learner
from course.kit.check import compare
from course.two_mistakes.pairs import pairs

SECRET = b"mutations"


def chosen(name: str) -> tuple[Chapter, list[str]]:
    """A chapter, and those of its exercises that a name means: `transform` all, `transform/batchnorm_forward` that one.

    Raises
    ------
    CourseError
        If there is no such chapter or exercise.
    """
    slug, _, exercise = name.partition("/")
    chapter = Chapter(slug)
    if exercise and exercise not in chapter.exercises:
        raise CourseError(f"{slug} has no exercise {exercise!r}; it has {', '.join(chapter.exercises)}")
    return chapter, [exercise] if exercise else list(chapter.exercises)


def stub(*args: Any, **kwargs: Any) -> None:
    """The stub of an exercise, as the page has it."""
    raise NotImplementedError()


def graded(chapter: Chapter, exercise: str, implementation: Callable, run: int = 0) -> Examination:
    """Examine an implementation of one exercise; all other exercises are stubs.

    Parameters
    ----------
    chapter : Chapter
        The chapter.
    exercise : str
        The exercise that is implemented.
    implementation : callable
        A function or class.
    run : int
        Which inputs are drawn: the same number gives the same inputs.
    """
    names = {**dict.fromkeys(chapter.exercises, stub), exercise: implementation}
    return examine_exercise(
        chapter,
        exercise,
        lambda: Learner(InProcess(names)),
        seeds_of(exercise, run),
        pairs,
    )


def seeds_of(exercise: str, run: int = 0) -> Callable[[str], int]:
    """The seeds of an exercise's hidden tests, by property; the same number gives the same ones."""
    return lambda case: seed(SECRET + str(run).encode(), exercise, case)


@dataclass
class Mutations:
    """One row of the table: how many answers to an exercise its tests judge as they should."""

    slug: str
    exercise: str
    misconceptions: int = 0
    killed: int = 0
    diagnosed: int = 0
    named: int = 0
    formulations: int = 0
    accepted: int = 0
    stub: float = 0.0
    shares: list[float] = field(default_factory=list)  # of the points, that each misconception gets
    by_tests: list[float] = field(default_factory=list)  # the same, without the half for one slip
    misses: list[str] = field(default_factory=list)  # answers that the tests misjudged, and how
    unseen: list[str] = field(default_factory=list)  # not named by the visible check, which lacks some properties

    @property
    def cells(self) -> tuple:
        """As printed, in the order of `HEAD`."""
        return (
            self.exercise,
            self.misconceptions,
            self.killed,
            self.diagnosed,
            self.named,
            f"{self.accepted} of {self.formulations}",
            f"{self.stub:.0%}",
            f"{np.median(self.by_tests):.0%}" if self.by_tests else "",
            f"{np.median(self.shares):.0%}" if self.shares else "",
            sum(share >= 0.5 for share in self.shares),
            sum(share == 0 for share in self.shares),
        )


HEAD = (
    *("exercise", "misconceptions", "killed", "diagnosed", "named visibly", "right accepted", "stub"),
    *("by tests", "median points", "half or more", "nothing"),
)


def mutations(slugs: Iterable[str], progress: bool = True) -> Iterator[Mutations]:
    """The rows of the mutation table.

    Parameters
    ----------
    slugs : iterable of str
        The chapters, or exercises (`chosen`).
    progress : bool
        Show a bar on a terminal.

    Yields
    ------
    Mutations
        The row of one exercise. Killed: points are lost. Diagnosed: this misconception is named,
        and no other. Named visibly: the visible check fails and shows this hint and no other. Accepted: a
        right formulation gets all points and no hint. Stub: the share of the points that the stub gets. By tests: the
        median share of the points that the misconceptions get by the tests alone. Median points: the same with the half
        for who is one slip from right. Half or more, nothing: how many of them get so much.
    """
    for slug in slugs:
        chapter, exercises = chosen(slug)
        total = sum(1 + len(chapter.misconceptions(name)) + len(chapter.formulations(name)) for name in exercises)
        with tqdm(desc=slug, total=total, unit="answer", leave=False, disable=None if progress else True) as bar:
            bar.set_postfix_str("its visible check")
            with np.errstate(all="ignore"):
                key = json.loads(answer_key_bytes(chapter))
            for exercise in exercises:
                bar.set_postfix_str(exercise)
                with np.errstate(all="ignore"):  # a network with a mistake may blow up
                    row = _row(chapter, exercise, key, bar)
                bar.clear()
                yield row


def _row(chapter: Chapter, exercise: str, key: dict, bar: tqdm) -> Mutations:
    wrongs, rights = chapter.misconceptions(exercise), chapter.formulations(exercise)
    row = Mutations(chapter.slug, exercise, misconceptions=len(wrongs), formulations=len(rights))
    for wrong in wrongs:
        result = graded(chapter, exercise, wrong.implementation)
        killed, diagnosed = result.share < 1, _diagnosed(result, wrong)
        report = compare(exercise, wrong.as_handed_in, key)
        named = not report.passed and report.hints == [wrong.hint]
        result = with_slip(chapter, result, wrong.implementation, key, seeds_of(exercise))
        row.by_tests.append(result.share)
        row.shares.append(earned(result))
        row.killed += killed
        row.diagnosed += diagnosed
        row.named += named
        row.misses += [] if killed and diagnosed else [f"{wrong.slug} is {'not diagnosed' if killed else 'not killed'}"]
        row.unseen += [] if named else [wrong.slug]
        bar.update()
    for right in rights:
        result = graded(chapter, exercise, right.implementation)
        accepted = result.share == 1 and not result.findings
        row.accepted += accepted
        row.misses += [] if accepted else [f"the right formulation {right.slug} is refused"]
        bar.update()
    row.stub = graded(chapter, exercise, stub).share
    row.misses += [] if row.stub == 0 else [f"the stub gets {row.stub:.0%}"]
    bar.update()
    return row


def _diagnosed(result: Examination, wrong: Answer) -> bool:
    """Whether this misconception is named, and no other."""
    return result.misconceptions == [wrong.slug]


def totals(rows: list[Mutations]) -> Mutations:
    """The last row: the sums of all rows, all shares together, and the largest share that a stub gets."""
    total = Mutations("", f"{len(rows)} exercises")
    for name in ("misconceptions", "killed", "diagnosed", "named", "formulations", "accepted"):
        setattr(total, name, sum(getattr(row, name) for row in rows))
    total.shares = [share for row in rows for share in row.shares]
    total.by_tests = [share for row in rows for share in row.by_tests]
    total.stub = max((row.stub for row in rows), default=0.0)
    return total


def print_mutations(rows: Iterable[Mutations], write: Callable[[str], Any]) -> bool:
    """Print the table row by row, and below it what is not as it should be.

    Returns
    -------
    bool
        Whether everything wrong is killed and diagnosed, everything right accepted, and each stub gets nothing.
    """
    done: list[Mutations] = []
    write(table_line(HEAD, HEAD))
    for row in rows:
        if not done or done[-1].slug != row.slug:
            write(f"-- {row.slug}")
        write(table_line(row.cells, HEAD))
        done.append(row)
    write("-- in all")
    write(table_line(totals(done).cells, HEAD))
    unseen = [f"{row.exercise}: {', '.join(row.unseen)}" for row in done if row.unseen]
    if unseen:
        write("\nNot named in the visible check, which has no test that is private or makes up its own numbers:")
        for text in unseen:
            write(f"  {text}")
    misses = [f"{row.exercise}: {miss}" for row in done for miss in row.misses]
    for miss in misses:
        write(f"MISS {miss}")
    return not misses


def table_line(cells: tuple, head: tuple) -> str:
    """A row of a table whose first column is text."""
    first, *rest = (str(cell) for cell in cells)
    widths = [len(name) for name in head[1:]]
    return "  ".join([first.ljust(max(36, len(head[0]))), *(c.rjust(w) for c, w in zip(rest, widths, strict=True))])


# ------------------------------------------------------------------ false alarms


@dataclass(frozen=True)
class Alarm:
    """A right answer that did not get full marks, or a wrong one that was not found or not named."""

    exercise: str
    answer: str
    run: int
    text: str


@dataclass
class Seeds:
    """The result of examining one chapter's answers with many sets of inputs."""

    slug: str
    runs: int = 0
    examinations: int = 0
    hidden_tests: int = 0
    alarms: list[Alarm] = field(default_factory=list)


def false_alarms(slug: str, seeds: int = 1000, first: int = 0, only: str | None = None, progress: bool = True) -> Seeds:
    """Examine the reference and every right formulation with many sets of inputs.

    Parameters
    ----------
    slug : str
        The chapter, or an exercise (`chosen`).
    seeds : int
        How many sets of inputs are drawn.
    first : int
        The number of the first set: `first=812, seeds=1` repeats run 812.
    only : str, optional
        Examine this answer alone: `reference`, or the name of a formulation.
    progress : bool
        Show a bar on a terminal.

    Returns
    -------
    Seeds
        With an alarm for each answer that got less than full marks, or a hint.

    Raises
    ------
    CourseError
        If there is no answer called `only`.
    """
    (chapter, exercises), found = chosen(slug), Seeds(slug)
    answers = [
        (exercise, name, implementation)
        for exercise in exercises
        for name, implementation in [
            ("reference", chapter.exercises[exercise]),
            *((right.slug, right.implementation) for right in chapter.formulations(exercise)),
        ]
        if only in (None, name)
    ]
    if not answers:
        raise CourseError(f"{slug} has no right answer called {only!r}; wanted reference or the name of a formulation")
    with tqdm(range(first, first + seeds), desc=slug, unit="seed", disable=None if progress else True) as bar:
        for run in bar:
            for exercise, name, implementation in answers:
                try:
                    result = graded(chapter, exercise, implementation, run)
                except TestError as error:
                    found.alarms.append(Alarm(exercise, name, run, str(error)))
                else:
                    found.hidden_tests += len(result.outcomes)
                    for o in result.outcomes:
                        if o.problem:
                            text = f"{o.test.property}: {o.problem and (o.problem.detail or o.problem.text)}"
                            found.alarms.append(Alarm(exercise, name, run, text))
                found.examinations += 1
            found.runs += 1
            bar.set_postfix_str(f"{len(found.alarms)} false alarms")
    return found


def missed_mistakes(
    slug: str, seeds: int = 20, first: int = 0, only: str | None = None, progress: bool = True
) -> Seeds:
    """Examine every misconception with many sets of inputs.

    Parameters
    ----------
    slug, seeds, first, only, progress
        As for `false_alarms`; `only` is the name of a misconception.

    Returns
    -------
    Seeds
        With an alarm for each misconception that got full marks, a hint that is not its own, or other points than
        with the first inputs: two learners with the same mistake would not get the same points.

    Raises
    ------
    CourseError
        If there is no misconception called `only`.
    """
    (chapter, exercises), found = chosen(slug), Seeds(slug)
    wrongs = [
        (exercise, wrong)
        for exercise in exercises
        for wrong in chapter.misconceptions(exercise)
        if only in (None, wrong.slug)
    ]
    if not wrongs:
        raise CourseError(f"{slug} has no misconception called {only!r}")
    held: dict[tuple[str, str], set[str]] = {}
    with tqdm(range(first, first + seeds), desc=slug, unit="seed", disable=None if progress else True) as bar:
        for run in bar:
            for exercise, wrong in wrongs:
                with np.errstate(all="ignore"):
                    result = graded(chapter, exercise, wrong.implementation, run)
                found.examinations += 1
                found.hidden_tests += len(result.outcomes)
                if result.share == 1:
                    found.alarms.append(Alarm(exercise, wrong.slug, run, "not found"))
                elif not _diagnosed(result, wrong):
                    named = ", ".join(result.misconceptions) or "nothing"
                    found.alarms.append(Alarm(exercise, wrong.slug, run, f"not named, but {named}"))
                holds = {o.test.property for o in result.outcomes if o.holds and o.counts}
                changed = holds ^ held.setdefault((exercise, wrong.slug), holds)
                if changed:
                    text = f"other points than with seed {first}: {', '.join(sorted(changed))}"
                    found.alarms.append(Alarm(exercise, wrong.slug, run, text))
            found.runs += 1
            bar.set_postfix_str(f"{len(found.alarms)} not found, not named or of other points")
    return found


def print_seeds(found: Seeds, write: Callable[[str], Any], wrong: bool = False) -> bool:
    """Print what `false_alarms` found, or with `wrong` what `missed_mistakes` found.

    Returns
    -------
    bool
        Whether there was no alarm.
    """
    answers, alarms = ("wrong", "not found, not named or of other points") if wrong else ("right", "false alarms")
    for alarm in found.alarms:
        write(f"ALARM {alarm.exercise}, {alarm.answer}, seed {alarm.run}: {alarm.text}")
    write(
        f"{found.slug}: {found.runs} seeds, {found.examinations} examinations of {answers} answers, "
        f"{found.hidden_tests} hidden tests run, {len(found.alarms)} {alarms}"
    )
    return not found.alarms
