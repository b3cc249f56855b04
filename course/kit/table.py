"""What the visible check shows: what was found, then a table of the properties, as text and as HTML.

It shows the beginning of what the learner's code printed, too.
"""

import html
import io
from dataclasses import dataclass

from course.kit.diagnosis import HELD, MARKS, NOT_REACHED, WHY_NOT_REACHED, heading
from course.kit.values import Problem, in_html


@dataclass(frozen=True)
class Row:
    """One property of an exercise and how the learner's function stands to it."""

    label: str
    state: str
    problem: Problem | None = None

    @property
    def text(self):
        """What is wrong, with numbers; why it was not reached; nothing where it holds."""
        if self.state == NOT_REACHED:
            return WHY_NOT_REACHED
        return self.problem.detail or self.problem.text if self.problem else ""


class Report:
    """What `check` shows: first what was found, then a table of the properties."""

    def __init__(self, name, rows, findings, hidden, note="", wants_line=False):
        self.name, self.rows, self.findings, self.hidden, self.note = name, rows, findings, hidden, note
        self.wants_line = wants_line  # whether nothing is named, so that the line is worth a search
        self.printed = ""  # what the learner's code printed meanwhile, the beginning of it

    @property
    def passed(self):
        return all(row.state == HELD for row in self.rows)

    @property
    def hints(self):
        """The hints for known mistakes."""
        return [f.text for f in self.findings if f.kind == "mistake"]

    @property
    def footer(self):
        held = sum(row.state == HELD for row in self.rows)
        if not self.passed:
            note = f" {self.note}." if self.note else ""
            missed = sum(row.state == NOT_REACHED for row in self.rows)
            missed = f", {missed} {'was' if missed == 1 else 'were'} not reached" if missed else ""
            return f"{held} of {len(self.rows)} properties hold{missed}.{note}"
        more = f" and looks at {self.hidden} more properties" if self.hidden else ""
        return (
            f"All {len(self.rows)} properties hold on these inputs. "
            f"Grading draws fresh inputs{more}, so this is a good sign, but no promise."
        )

    def __repr__(self):
        lines = [self.name, *(f"  {heading(f)} {f.text}" for f in self.findings)]
        for row in self.rows:
            lines.append(f"  {MARKS[row.state][0]:<4} {row.label}")
            if row.text:
                lines.append(f"         {row.text}")
        return "\n".join([*lines, self.footer])

    def _repr_html_(self):
        found = "".join(
            f"<blockquote><strong>{html.escape(heading(f))}</strong> {in_html(f.text)}</blockquote>"
            for f in self.findings
        )
        cells = []
        for row in self.rows:
            _, mark, word = MARKS[row.state]
            text = in_html(row.label)
            if row.text:
                text += f"<br><small>{in_html(row.text)}</small>"
            cells.append(
                f'<tr><td role="img" aria-label="{word}">{mark}</td><td style="text-align:left">{text}</td></tr>'
            )
        name = html.escape(self.name)
        return (
            f'{found}<table class="check"><caption><code>{name}</code></caption>{"".join(cells)}</table>'
            f"<p>{in_html(self.footer)}</p>"
        )


class Printed(io.TextIOBase):
    """Takes what a learner's code prints while the check calls it, dozens of times, and keeps the first lines."""

    LINES, CHARACTERS = 8, 1_000

    def __init__(self):
        self.kept, self.lines, self.size = "", 0, 0

    def write(self, text):
        """Take a text as `sys.stdout` does."""
        self.lines += text.count("\n")
        self.size += len(text)
        self.kept += text[: self.CHARACTERS - len(self.kept)]
        return len(text)

    @property
    def text(self):
        """The first lines, and how many more there were."""
        first = "".join(self.kept.splitlines(keepends=True)[: self.LINES])
        cut = "..." if first == self.kept and self.size > len(first) else ""  # within a line
        first = first.rstrip("\n") + cut
        left = self.lines - first.count("\n") - 1
        more = f"[and {left} more line{'' if left == 1 else 's'} while the check called your code]\n"
        return f"{first}\n{more if left > 0 else ''}" if first else ""
