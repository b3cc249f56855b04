"""Words the message of a test cell: what a learner is told of a verdict. The verdict does not depend on the wording."""

from pathlib import Path

from grading.engine.verdict import Detail, ExerciseVerdict, Line
from grading.jinja import environment

# The template is compiled once, because it is rendered for each exercise of each hand-in.
_PAGE = environment(Path(__file__).parent / "templates").get_template("message.html.j2")


def as_text(verdict: ExerciseVerdict, detail: Detail = Detail.HINTS) -> str:
    """The message of a test cell as plain text."""
    lines = [f"{verdict.exercise}: {verdict.points:g} of {verdict.max_points:g} points"]
    if detail is not Detail.SCORE:
        lines += [f"  Hint: {hint}" for hint in _hints(verdict)]
        for label, holds, texts in _table(verdict, detail):
            lines.append(f"  {'ok  ' if holds else 'MISS'} {label}")
            lines += [f"         {line}" for text in texts for line in text.splitlines()]
    return "\n".join(lines)


def as_html(verdict: ExerciseVerdict, detail: Detail = Detail.HINTS) -> str:
    """The message of a test cell as HTML, without scripts and with every text escaped."""
    told = detail is not Detail.SCORE
    return _PAGE.render(
        exercise=verdict.exercise,
        points=f"{verdict.points:g}",
        max_points=f"{verdict.max_points:g}",
        told=told,
        hints=_hints(verdict) if told else [],
        rows=_table(verdict, detail) if told else [],
    )


def _hints(verdict: ExerciseVerdict) -> list[str]:
    """Each hint once, because one mistake mostly explains all properties that fail."""
    return list(dict.fromkeys(line.hint for line in verdict.lines if line.hint))


def _table(verdict: ExerciseVerdict, detail: Detail) -> list[tuple[str, bool, list[str]]]:
    """A row for each property: its label, whether it holds, and what is wrong. A problem that all share is one row."""
    problems = {line.problem for line in verdict.lines}
    if len(problems) == 1 and "" not in problems:
        return [(problems.pop(), False, [])]
    return [(line.label + _remark(line), line.holds, _texts(line, detail)) for line in verdict.lines]


def _remark(line: Line) -> str:
    return " (counts only where what it rests on holds)" if line.holds and not line.counts else ""


def _texts(line: Line, detail: Detail) -> list[str]:
    numbers = [line.detail] if detail is Detail.INPUTS and line.detail else []
    return [line.problem, *numbers] if not line.holds else []
