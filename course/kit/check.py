"""The visible check: what a learner runs in the notebook, in Colab or in the browser.

It needs NumPy alone and holds no answers, only numbers: `check.json` beside it carries, for fixed inputs,
what the reference returns and a fingerprint of what each known mistake returns. The same judges
(`close`, `same_dtype`, ...) decide in the hidden tests; there the inputs are drawn afresh for each submission.
"""

import html
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from course.kit.play import Adapter, play
from course.kit.values import Problem, alike

# The first plot of a session would otherwise greet a learner with a warning about fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Row:
    """One property of an exercise and how the learner's function stands to it."""

    label: str
    problem: Problem | None
    hint: str = ""


class Report:
    """The table that `check` shows."""

    def __init__(self, name, rows, hidden, note=""):
        self.name, self.rows, self.hidden, self.note = name, rows, hidden, note

    @property
    def passed(self):
        return all(row.problem is None for row in self.rows)

    @property
    def footer(self):
        held = sum(row.problem is None for row in self.rows)
        if not self.passed:
            note = f" {self.note}." if self.note else ""
            return f"{held} of {len(self.rows)} properties hold.{note}"
        more = f" and looks at {self.hidden} more properties" if self.hidden else ""
        return (
            f"All {len(self.rows)} properties hold on these inputs. "
            f"Grading draws fresh inputs{more}, so this is a good sign and no promise."
        )

    def __repr__(self):
        lines = [self.name]
        for row in self.rows:
            lines.append(f"  {'ok  ' if row.problem is None else 'MISS'} {row.label}")
            if row.problem:
                lines.append(f"         {row.problem.detail or row.problem.text}")
            if row.hint:
                lines.append(f"         Hint: {row.hint}")
        return "\n".join([*lines, self.footer])

    def _repr_html_(self):
        cells = []
        for row in self.rows:
            mark, word = ("✓", "holds") if row.problem is None else ("✗", "does not hold")
            text = html.escape(row.label)
            if row.problem:
                text += f"<br><small>{html.escape(row.problem.detail or row.problem.text)}</small>"
            if row.hint:
                text += f"<br><strong>Hint:</strong> {html.escape(row.hint)}"
            cells.append(
                f'<tr><td role="img" aria-label="{word}">{mark}</td><td style="text-align:left">{text}</td></tr>'
            )
        name = html.escape(self.name)
        return (
            f'<table class="check"><caption><code>{name}</code></caption>{"".join(cells)}</table>'
            f"<p>{html.escape(self.footer)}</p>"
        )


def standard(name, function):
    """A function of this term's as the course's pages call it, for the cells that only look."""
    key = json.loads(Path(__file__).with_name("check.json").read_text(encoding="utf-8"))
    return Adapter.of(function, key[name].get("term"))


class NotYet(AssertionError):  # noqa: N818
    """Some property does not hold yet; the table says which and why."""

    def _render_traceback_(self):
        return [str(self)]


def _names(properties):
    """What parts of a result are called, by path: of what the judges call it, the shortest."""
    names: dict = {}
    for step in (step for p in properties for step in p["steps"] if step.get("judge") in ("close", "same_dtype")):
        if "what" in step["given"] and "result" in step["actual"]:
            path, what = tuple(step["actual"]["path"]), step["given"]["what"]
            names[path] = min(names.get(path, what), what, key=len)
    return names


def compare(name, learner, key):
    """The `Report` of a learner's function or class against the key of its exercise."""
    entry = key[name]
    term = entry.get("term", {})
    learner = Adapter.of(learner, term)
    names = _names(entry["properties"])
    played = []
    for p in entry["properties"]:
        judged = p.get("judged", False)
        played.append((p, *play(p["steps"], learner, judged, () if judged else p["trace"], names)))
    traces = [trace for _, _, trace in played]
    if ["stub"] in traces:
        return Report(name, [Row("you have written it", Problem("the stub is still there"))], 0)
    mistakes = [
        {**m, "traces": [p["trace"] if t is None else t for p, t in zip(entry["properties"], m["traces"], strict=True)]}
        for m in entry["mistakes"]
    ]
    whole = next((m for m in mistakes if all(map(alike, m["traces"], traces))), None)
    rows, told = [], set()
    for k, (prop, problem, trace) in enumerate(played):
        hint = ""
        if problem:
            there = (m for m in mistakes if k in m["fails"] and alike(m["traces"][k], trace))
            here = whole or max(there, key=lambda m: sum(map(alike, m["traces"], traces)), default=None)
            if here and here["hint"] not in told:
                hint = here["hint"]
                told.add(hint)
        rows.append(Row(prop["label"], problem, hint))
    return Report(name, rows, entry["hidden"], term.get("note", ""))


def check(name, learner):
    """Show which properties of exercise `name` the learner's function or class has.

    Parameters
    ----------
    name : str
        The exercise's name, for example "batchnorm_forward".
    learner : callable
        Your function or class.

    Raises
    ------
    NotYet
        When some property does not hold; the table says which.
    """
    path = Path(__file__).with_name("check.json")
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} should lie beside check.py: download the exercise's files again")
    key = json.loads(path.read_text(encoding="utf-8"))
    if name not in key:
        raise KeyError(f"{name!r} is not an exercise of this notebook; it has {', '.join(key)}")
    report = compare(name, learner, key)
    try:
        from IPython.display import display as show
    except ImportError:
        show = print  # type: ignore[assignment]
    show(report)
    if not report.passed:
        raise NotYet(report.footer)
