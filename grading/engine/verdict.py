"""The verdict on one submission, as plain data; `grading.gradebook.message` words it for the learner."""

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from course.examination.examine import Examination, Slip
from course.examination.slip import ENOUGH
from course.kit.diagnosis import HELD, Finding
from course.kit.diagnosis import heading as stock_heading
from course.kit.values import shown
from grading.engine.follow import KIND, Followed, listed
from grading.engine.slip import KIND as SLIP

MOST_TEXT = 20_000  # characters of a problem, which may name what a learner's code has named


class Detail(StrEnum):
    """How much a learner is told."""

    SCORE = "score"  # only the points
    HINTS = "hints"  # also which properties fail, and the mistake, with the line and what to look at; the default
    INPUTS = "inputs"  # also the numbers that the code gave and the expected ones
    EDITS = "edits"  # the same as inputs, and how a line would be right; for feedback after the due date


@dataclass(frozen=True)
class Rules:
    """A course's settings for what counts.

    Attributes
    ----------
    follow_through : bool
        Whether an exercise counts as right where only an earlier function that it calls is wrong.
    one_slip : bool
        Whether an exercise that is right but for one small edit earns half of its points.
    all_or_nothing : bool
        Whether an exercise earns nothing unless it earns all of its points.
    """

    follow_through: bool = True
    one_slip: bool = True
    all_or_nothing: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Those that are not as they are unless told, in words."""
        told = {"each by itself": not self.follow_through, "no half for one slip": not self.one_slip}
        return tuple(name for name, is_so in {**told, ALL_OR_NOTHING: self.all_or_nothing}.items() if is_so)


ALL_OR_NOTHING = "all or nothing"


@dataclass(frozen=True)
class Line:
    """What was found of one property of an exercise.

    Attributes
    ----------
    label : str
        What the property says, in words.
    holds : bool
        Whether the learner's code has it.
    counts : bool
        Whether it may give points; a property that rests on another one counts only where that one holds.
    weight : float
        Its share of the exercise's points, relative to the other properties' weights.
    problem, detail : str
        What is wrong, and the numbers that show it; empty where the property holds.
    state : str
        "held", "failed", "not reached" because of something else that does not work, or "not written".
    ended : str
        Which limit was hit, or how the process ended; empty where neither happened.
    given : str
        The learner's functions with which it does not hold, or does not count, where it does with right ones in their
        place; empty elsewhere.
    """

    label: str
    holds: bool
    counts: bool
    weight: float
    problem: str = ""
    detail: str = ""
    state: str = HELD
    ended: str = ""
    given: str = ""


@dataclass(frozen=True)
class ExerciseVerdict:
    """The points that a submission gets for one exercise, of how many, and what was found.

    `lines` says how each property stands, `findings` what the mistakes are, as far as the diagnosis knows them. Where
    a mistake of an earlier function was followed through, `alone` is how many points the exercise would have with it.
    Where the answer is one slip from right, `slip` is that one, and `by_tests` how many points it would have without
    this rule.
    """

    exercise: str
    points: float
    max_points: float
    lines: list[Line]
    findings: list[Finding] = field(default_factory=list)
    alone: float | None = None
    slip: Slip | None = None
    by_tests: float | None = None

    def counted(self, rules: Rules) -> "ExerciseVerdict":
        """The verdict by a course's settings."""
        points, lines, findings = self.points if self.by_tests is None else self.by_tests, self.lines, self.findings
        if self.alone is not None and not rules.follow_through:
            points, lines = self.alone, [replace(x, counts=x.counts and not x.given) for x in lines]
        if self.slip is not None:
            if rules.one_slip and not rules.all_or_nothing and (rules.follow_through or self.slip.alone):
                points = max(points, _half(self.max_points))
            else:
                findings = [replace(f, text=self.slip.text) if f.kind == SLIP else f for f in findings]
        if rules.all_or_nothing and 0 < points < self.max_points:
            points, findings = 0.0, [*findings, Finding(ALL_OR_NOTHING, "all of an exercise's properties or no points")]
        return replace(self, points=points, lines=lines, findings=findings)

    @property
    def mistakes(self) -> dict[str, str]:
        """The hint of each known mistake, by its name."""
        return {f.mistake: f.text for f in self.findings if f.mistake}


@dataclass(frozen=True)
class Verdict:
    """What grading one submission found: plain data, so that it can be kept and sent.

    Attributes
    ----------
    exercises : dict of str to ExerciseVerdict
        By name; empty where the submission was refused.
    refused : str
        Why the submission could not be read; empty where it could.
    notes : list of str
        What was irregular while the cells ran, a line each.
    outputs : dict of str to list of dict
        By cell id the outputs of the learner's cells, as dictionaries of nbformat 4.
    versions : dict of str to str
        Of Python and NumPy, as they ran the learner's code; empty where nothing ran.
    """

    exercises: dict[str, ExerciseVerdict] = field(default_factory=dict)
    refused: str = ""
    notes: list[str] = field(default_factory=list)
    outputs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def counted(self, rules: Rules) -> "Verdict":
        """The verdict by a course's settings."""
        if rules == Rules():
            return self
        return replace(self, exercises={name: e.counted(rules) for name, e in self.exercises.items()})

    @property
    def points(self) -> float:
        """The points of all exercises together."""
        return sum(e.points for e in self.exercises.values())

    @cached_property
    def text(self) -> str:
        """The whole verdict as JSON, to be kept or sent."""
        exercises = {name: asdict(e) for name, e in self.exercises.items()}
        rest = {"refused": self.refused, "notes": self.notes, "outputs": self.outputs, "versions": self.versions}
        return json.dumps({"exercises": exercises, **rest})

    @staticmethod
    def from_json(data: dict) -> "Verdict":
        """The verdict whose `text` was parsed into `data`; raises KeyError or TypeError where it is none."""
        exercises = {
            name: ExerciseVerdict(
                **{
                    **e,
                    "lines": [Line(**line) for line in e["lines"]],
                    "findings": [Finding(**finding) for finding in e["findings"]],
                    "slip": Slip(**e["slip"]) if e.get("slip") else None,
                }
            )
            for name, e in data["exercises"].items()
        }
        return Verdict(**{**data, "exercises": exercises})


def of_examination(examination: Examination, max_points: float) -> ExerciseVerdict:
    """Turn an examination into a verdict, whose points are the share that counts of `max_points`, to two decimals."""
    followed = examination if isinstance(examination, Followed) else None
    gained = followed.gained() if followed else [False] * len(examination.outcomes)
    given = listed(followed.given) if followed else ""
    lines = [
        Line(
            label=o.test.label,
            holds=o.holds,
            counts=o.counts,
            weight=o.test.weight,
            problem=shown(o.problem.text, MOST_TEXT) if o.problem else "",
            detail=shown(o.problem.detail, MOST_TEXT) if o.problem else "",
            state=o.state,
            ended=o.ended or "",
            given=given if more else "",
        )
        for o, more in zip(examination.outcomes, gained, strict=True)
    ]
    points, slip = round(examination.share * max_points, 2), examination.slip
    alone = round(followed.alone.share * max_points, 2) if followed and followed.alone and any(gained) else None
    found = ExerciseVerdict(examination.exercise, points, max_points, lines, examination.findings, alone)
    return replace(found, points=max(points, _half(max_points)), slip=slip, by_tests=points) if slip else found


def _half(points: float) -> float:
    return round(ENOUGH * points, 2)


HEADINGS = {KIND: "Carried forward:", SLIP: "One slip from right:", ALL_OR_NOTHING: "In this course:"}


def heading(finding: Finding) -> str:
    """The words before a finding's text, as the visible check has them, which knows no points."""
    return HEADINGS.get(finding.kind) or stock_heading(finding)
