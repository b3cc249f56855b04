"""Grades to a learning platform by LTI: first a list of what is new or has changed, then the sending."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.chapter import slugs
from course.errors import CourseError
from grading.gradebook.card import as_lines, read_graded
from grading.gradebook.facade import Gradebook
from grading.gradebook.results import Result
from grading.gradebook.students import Student
from grading.handin.submission import OURS
from grading.places import title
from grading.platforms import giveback, launches, lti, lti_key, sent

#: What the specification calls a hand-in that needs nothing more of the learner, and grades that a person has still to
#: give or to look at again, or that are there.
HANDED_IN, WAITS, GRADED = "Completed", "PendingManual", "FullyGraded"


@dataclass(frozen=True)
class Sending:
    """One learner's score.

    Attributes
    ----------
    student : str
    score : dict
        As the specification has it, without its time.
    before : dict, optional
        The line of `sent` on what the platform has; None where it has nothing.
    """

    student: str
    score: dict[str, Any]
    before: dict[str, Any] | None = None

    @property
    def change(self) -> str:
        """What is another one than the platform has, in a word; empty where nothing is."""
        if self.before is None:
            return "new"
        had = {**self.before["score"], "timestamp": None}
        if had == {**self.score, "timestamp": None}:
            return ""
        if any(had.get(name) != self.score[name] for name in ("scoreGiven", "scoreMaximum")):
            return f"was {had.get('scoreGiven', 0):g} of {had.get('scoreMaximum', 0):g}"
        if had.get("gradingProgress") != self.score["gradingProgress"]:
            return f"was {had.get('gradingProgress')}"
        return "another comment"


@dataclass
class Plan:
    """What a chapter's sending would be.

    Attributes
    ----------
    sendings : list of Sending
        Of all learners whose grade can be sent, also of those that the platform has as they are.
    problems : list of str
        Of whom none can be sent, and why, a line each.
    waiting : list of str
        Whose written answers a person has still to grade.
    endpoint : dict
        What the platform says of its services.
    """

    sendings: list[Sending] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    endpoint: dict[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> list[Sending]:
        """Those that are new to the platform, or are other ones."""
        return [one for one in self.sendings if one.change]

    def lines(self) -> Iterator[str]:
        """The list as it is printed."""
        widths = [max((len(cell) for cell in column), default=0) for column in zip(*self._rows(), strict=True)]
        for row in self._rows():
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield from self.problems
        yield from self.waiting
        yield f"{_counted(len(self.changed))} to send; {len(self.sendings) - len(self.changed)} as sent before"

    def _rows(self) -> list[tuple[str, ...]]:
        return [
            (
                one.student,
                f"{one.score['scoreGiven']:g} of {one.score['scoreMaximum']:g}",
                one.score["gradingProgress"],
                one.change,
            )
            for one in self.changed
        ]


def plan(root: Path, slug: str, settings: lti.Settings, db_url: str | None = None) -> Plan:
    """Compare the gradebook with what the platform has taken. Nothing is asked of the platform, and nothing is sent.

    Raises
    ------
    CourseError
        There is no such chapter, it is not graded yet, or the launches can't be read.
    """
    if slug not in slugs():
        raise CourseError(f"there is no chapter {slug!r}; there are {', '.join(slugs())}")
    came = launches.read(Path(settings.launches), settings.context)
    book = Gradebook(root, db_url)
    results, most, before = book.results(slug), book.max_score(slug), sent.look_up(root, slug)
    if not results:
        raise CourseError(f"{slug} is not graded yet: python -m grading grade {slug} --root {root}")
    graded = {one.student for one in results}
    known = {one.id: one for one in book.students()}
    who, problems = launches.match([known.get(name, Student(name)) for name in sorted(graded)], came)
    made = Plan(problems=problems, endpoint=next((one.endpoint for one in came[::-1] if one.endpoint), {}))
    for result in results:
        person = who.get(result.student)
        if person is None:
            continue
        notebook = read_graded(root, slug, result.student)
        if notebook is not None and notebook.metadata.get(OURS, {}).get("refused") and not result.total:
            made.problems.append(f"{result.student}: what was handed in can't be read; no grade is sent")
            continue
        comment = "\n".join(as_lines(notebook, slug, result)) if notebook is not None else ""
        score = _score(result, most, person.sub, comment)
        made.sendings.append(Sending(result.student, score, before.get(person.sub)))
    sendable = {one.student for one in made.sendings}
    made.waiting = giveback.waiting([one for one in results if one.student in sendable])
    return made


def _score(result: Result, most: float, sub: str, comment: str) -> dict[str, Any]:
    score = {
        "userId": sub,
        "scoreGiven": round(result.total, 2),
        "scoreMaximum": most,
        "activityProgress": HANDED_IN,
        "gradingProgress": WAITS if result.waiting or result.again else GRADED,
    }
    return {**score, "comment": comment} if comment else score


def send(
    root: Path, slug: str, settings: lti.Settings, made: Plan, column_url: str | None = None
) -> Iterator[tuple[str, bool]]:
    """Send what is new or has changed, one learner after the other; what is said of it, and whether that is a problem.

    Where one learner's score is refused, the others go all the same. What was taken is kept at once, so the same
    command sends the rest, whenever it ended.

    Raises
    ------
    CourseError
        The key can't be used, or the platform can't be reached, gives no token or has no column for the chapter.
    """
    if not made.sendings:
        yield "there is no grade to send", False
        return
    key, taken = lti_key.read(Path(settings.key)), 0
    with lti.new_client() as client:
        service = lti.Service(settings, key, made.endpoint, client)
        if column_url:
            column = lti.Column(column_url)
        else:
            most = made.sendings[0].score["scoreMaximum"]
            column, is_new = service.column(slug, title(slug), most)
            if is_new:
                yield f"the platform has a new column for {slug}: {column.url}", False
            elif column.most is not None and column.most != most:
                yield f"the platform scales the grades: {most:g} points here are {column.most:g} there", False
        others = [one for one in made.sendings if one.before and not one.change and one.before["column"] != column.url]
        if others:
            yield f"the platform has another column than before; {_counted(len(others))} more to send", False
        sending = [one for one in made.sendings if one.change or one in others]
        try:
            for one in sending:
                score = {**one.score, "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds")}
                try:
                    service.send(column, score)
                except lti.RefusedError as error:
                    yield f"{one.student}: the platform refused the grade: {error}", True
                    continue
                sent.keep(root, slug, one.student, column.url, score)
                taken += 1
        except CourseError as error:
            raise CourseError(
                f"{error}; {taken} of {len(sending)} grades are sent, the same command sends the rest"
            ) from None
    yield f"{taken} of {_counted(len(sending))} sent to {settings.issuer}", False


def _counted(number: int) -> str:
    return f"{number} grade{'' if number == 1 else 's'}"
