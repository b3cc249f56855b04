"""The verdict on one submission, and what of it is told to the learner."""

import html
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


def as_text(verdict: ExerciseVerdict, detail: Detail = Detail.HINTS) -> str:
    """The message of a test cell, for a terminal."""
    lines = [f"{verdict.exercise}: {verdict.points:g} of {verdict.max_points:g} points"]
    if detail is not Detail.SCORE:
        lines += [f"  Hint: {hint}" for hint in _hints(verdict)]
        for label, holds, texts in _table(verdict, detail):
            lines.append(f"  {'ok  ' if holds else 'MISS'} {label}")
            lines += [f"         {line}" for text in texts for line in text.splitlines()]
    return "\n".join(lines)


def as_html(verdict: ExerciseVerdict, detail: Detail = Detail.HINTS) -> str:
    """The message of a test cell, for a page: no script, every text escaped."""
    page = f"<p><strong>{verdict.points:g} of {verdict.max_points:g} points</strong></p>"
    if detail is Detail.SCORE:
        return page
    for hint in _hints(verdict):
        page += f"<blockquote><strong>Hint:</strong> {html.escape(hint)}</blockquote>"
    rows = []
    for label, holds, texts in _table(verdict, detail):
        mark, word = ("✓", "holds") if holds else ("✗", "does not hold")
        small = [f'<br><small style="white-space: pre-wrap">{html.escape(text)}</small>' for text in texts]
        rows.append(
            f'<tr><td role="img" aria-label="{word}" style="vertical-align: top; padding: 4px">{mark}</td>'
            f'<td style="text-align: left; padding: 4px">{html.escape(label)}{"".join(small)}</td></tr>'
        )
    caption = f"<caption>{html.escape(verdict.exercise)}</caption>"
    return f'{page}<table class="verdict">{caption}{"".join(rows)}</table>'


def _hints(verdict: ExerciseVerdict) -> list[str]:
    """Each hint once: one mistake mostly explains all that fails."""
    return list(dict.fromkeys(line.hint for line in verdict.lines if line.hint))


def _table(verdict: ExerciseVerdict, detail: Detail) -> list[tuple[str, bool, list[str]]]:
    """The properties, whether they hold, and what is wrong; a problem they all share is one row."""
    problems = {line.problem for line in verdict.lines}
    if len(problems) == 1 and "" not in problems:
        return [(problems.pop(), False, [])]
    return [(line.label + _remark(line), line.holds, _texts(line, detail)) for line in verdict.lines]


def _remark(line: Line) -> str:
    return " (counts only where what it rests on holds)" if line.holds and not line.counts else ""


def _texts(line: Line, detail: Detail) -> list[str]:
    numbers = [line.detail] if detail is Detail.INPUTS and line.detail else []
    return [line.problem, *numbers] if not line.holds else []
