"""The verdict on one submission; `grading.gradebook.message` tells it to the learner."""

import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from course.examination.examine import Examination


class Detail(StrEnum):
    """How much a learner is told."""

    SCORE = "score"  # the points alone
    HINTS = "hints"  # the default: which property fails, and the hint of the mistake
    INPUTS = "inputs"  # the numbers that came and were wanted, too


@dataclass(frozen=True)
class Line:
    """One property as it is told."""

    label: str
    holds: bool
    counts: bool
    weight: float
    problem: str = ""
    detail: str = ""
    hint: str = ""
    misconception: str = ""
    ended: str = ""  # which limit was hit, or how the process came to its end


@dataclass(frozen=True)
class ExerciseVerdict:
    """Points and properties of one exercise."""

    exercise: str
    points: float
    max_points: float
    lines: list[Line]


@dataclass(frozen=True)
class Verdict:
    """What grading one submission found: plain data, so that it can be kept and sent.

    Attributes
    ----------
    exercises
        By name; empty where the submission was refused.
    refused : str
        Why the submission could not be read, or nothing.
    notes : list of str
        What was irregular, one line each.
    outputs : dict
        The outputs of the learner's cells, by cell id.
    """

    exercises: dict[str, ExerciseVerdict] = field(default_factory=dict)
    refused: str = ""
    notes: list[str] = field(default_factory=list)
    outputs: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def points(self) -> float:
        return sum(e.points for e in self.exercises.values())

    @cached_property
    def text(self) -> str:
        """The whole verdict as JSON, which `from_json` reads: what is kept and sent."""
        exercises = {name: {**vars(e), "lines": [vars(line) for line in e.lines]} for name, e in self.exercises.items()}
        return json.dumps(
            {"exercises": exercises, "refused": self.refused, "notes": self.notes, "outputs": self.outputs}
        )

    @staticmethod
    def from_json(data: dict) -> "Verdict":
        exercises = {
            name: ExerciseVerdict(**{**e, "lines": [Line(**line) for line in e["lines"]]})
            for name, e in data["exercises"].items()
        }
        return Verdict(**{**data, "exercises": exercises})


def of_examination(examination: Examination, max_points: float) -> ExerciseVerdict:
    """The verdict that an examination amounts to, in points of its test cell."""
    lines = [
        Line(
            label=o.test.label,
            holds=o.holds,
            counts=o.counts,
            weight=o.test.weight,
            problem=o.problem.text if o.problem else "",
            detail=o.problem.detail if o.problem else "",
            hint=o.hint,
            misconception=o.misconception,
            ended=o.ended or "",
        )
        for o in examination.outcomes
    ]
    points = round(examination.share * max_points, 2)
    return ExerciseVerdict(examination.exercise, points, max_points, lines)
