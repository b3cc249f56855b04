"""Words the message of a test cell: what a learner is told of a verdict. The verdict does not depend on the wording."""

from pathlib import Path

from course.kit.diagnosis import MARKS, NOT_REACHED, WHY_NOT_REACHED
from grading.engine.verdict import Detail, ExerciseVerdict, Line, heading
from grading.jinja import environment

# The template is compiled once, because it is rendered for each exercise of each hand-in.
_PAGE = environment(Path(__file__).parent / "templates").get_template("message.html.j2")


def as_text(verdict: ExerciseVerdict, detail: Detail = Detail.HINTS) -> str:
    """The message of a test cell as plain text."""
    lines = [f"{verdict.exercise}: {verdict.points:g} of {verdict.max_points:g} points"]
    if detail is not Detail.SCORE:
        lines += [f"  {heading} {text}" for heading, text in findings(verdict, detail)]
        for label, state, texts in _table(verdict, detail):
            lines.append(f"  {MARKS[state][0]:<4} {label}")
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
        findings=findings(verdict, detail) if told else [],
        rows=[(label, *MARKS[state][1:], texts) for label, state, texts in _table(verdict, detail)] if told else [],
    )


def findings(verdict: ExerciseVerdict, detail: Detail) -> list[tuple[str, str]]:
    """What was found, each with the words before it; the right line only where the course tells it."""
    edits = detail is Detail.EDITS
    return [(heading(f), f"{f.text} ({f.edit})" if edits and f.edit else f.text) for f in verdict.findings]


def _table(verdict: ExerciseVerdict, detail: Detail) -> list[tuple[str, str, list[str]]]:
    """A row for each property: its label, its state and what is wrong. A problem that all share is one row."""
    problems = {line.problem for line in verdict.lines}
    if len(problems) == 1 and "" not in problems:
        return [(problems.pop(), verdict.lines[0].state, [])]
    return [(line.label + _remark(line), line.state, _texts(line, detail)) for line in verdict.lines]


def _remark(line: Line) -> str:
    if line.given:
        return f" (right, given your {line.given}{'' if line.counts else ', which does not count here'})"
    return " (counts only if the properties that it rests on hold)" if line.holds and not line.counts else ""


def _texts(line: Line, detail: Detail) -> list[str]:
    if line.state == NOT_REACHED:
        return [WHY_NOT_REACHED]
    numbers = [line.detail] if detail in (Detail.INPUTS, Detail.EDITS) and line.detail else []
    return [line.problem, *numbers] if not line.holds else []
