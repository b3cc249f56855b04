"""How good the diagnosis is: `python -m grading diagnosis` prints the table.

The sets of wrong answers are the catalogue's single mistakes, two of them at once, and the slips of `tests/slips/`,
which are written to be unlike the catalogue. Each answer is looked at as the page does, with public inputs, and as the
grader does, with drawn ones.
"""

import contextlib
import inspect
import io
import json
import linecache
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tqdm import tqdm

from course.answer_keys import answer_key_bytes
from course.cell import as_cell, file_of
from course.chapter import ROOT, Chapter, load
from course.kit.check import compare, line_of
from course.kit.diagnosis import Finding
from course.mutations import chosen, graded
from course.two_mistakes.pairs import pairs

HEAD = ("", "answers", "caught", "named", "line", "both", "one", "silent", "false", "ms", "line ms")


@dataclass(frozen=True)
class Expected:
    """What has to be told of a wrong answer.

    Attributes
    ----------
    names : frozenset of str
        The known mistakes in it.
    allowed : frozenset of str
        Known mistakes that may be named besides.
    lines : frozenset of int
        The lines that are wrong, of its cell.
    crash : bool
        Whether the code raises, in one of these lines.
    says : tuple of str
        Words that the findings or the table contain.
    """

    names: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()
    lines: frozenset[int] = frozenset()
    crash: bool = False
    says: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wrong:
    """A wrong answer to one exercise, and what there is to tell of it."""

    exercise: str
    name: str
    implementation: Callable
    expected: Expected


@dataclass
class Told:
    """What was told of one wrong answer."""

    wrong: Wrong
    caught: bool
    findings: list[Finding]
    text: str  # everything that is shown
    seconds: float
    line_seconds: float = 0.0

    @property
    def right(self) -> set[str]:
        """Which of the expected mistakes are named, and which wrong lines are pointed at (within one).

        Where words alone are expected: whether they are said.
        """
        expected = self.wrong.expected
        found = {f.mistake for f in self.findings if f.mistake} & expected.names
        lines = {f.line for f in self.findings if f.line is not None}
        if not expected.names and not expected.lines:
            return {"said"} if expected.says and not self.missing else set()
        return found | {f"line {k}" for k in expected.lines if any(abs(line - k) <= 1 for line in lines)}

    @property
    def false(self) -> list[str]:
        """Findings that are not so: another mistake's hint, another line."""
        expected, found = self.wrong.expected, []
        for f in self.findings:
            if f.mistake and f.mistake not in expected.names | expected.allowed:
                found.append(f"named {f.mistake}")
            near = f.line is None or any(abs(f.line - k) <= 1 for k in expected.lines)
            if not near and expected.lines:
                found.append(f"{f.kind} at line {f.line}")
        return found

    @property
    def missing(self) -> list[str]:
        """Words that should stand there and do not."""
        return [words for words in self.wrong.expected.says if words.lower() not in self.text.lower()]


# ------------------------------------------------------------------ the wrong answers


def catalogue(chapter: Chapter, exercise: str) -> list[Wrong]:
    """The single mistakes that are known."""
    return [
        Wrong(exercise, m.slug, as_cell(m.implementation, exercise), Expected(frozenset({m.slug})))
        for m in chapter.misconceptions(exercise)
    ]


def two_at_once(chapter: Chapter, exercise: str) -> list[Wrong]:
    """Pairs of known mistakes."""
    return [
        Wrong(exercise, " + ".join(p.slugs), p.implementation, Expected(frozenset(p.slugs)))
        for p in pairs(chapter, exercise)
    ]


def slips(chapter: Chapter, exercise: str) -> list[Wrong]:
    """The answers of `tests/slips/`: known mistakes written otherwise, slips that nobody has listed, crashes."""
    path = ROOT / "tests" / "slips" / f"{chapter.slug}.py"
    if not path.is_file():
        return []
    found = []
    for name, value in vars(load(path)).items():
        if name.startswith(f"{exercise}__"):
            made = as_cell(value, exercise)
            found.append(Wrong(exercise, name.removeprefix(f"{exercise}__"), made, _expected(value, made)))
    return found


def _expected(value: Callable, made: Callable) -> Expected:
    said: dict[str, list[str]] = {}
    for line in (inspect.getdoc(value) or "").splitlines():
        if match := re.match(r"(named|allowed|says|placed|crash)\b:? ?(.*)", line.strip()):
            said.setdefault(match[1], []).append(match[2])
    text = "".join(linecache.getlines(file_of(made)))
    lines = {k for k, line in enumerate(text.splitlines(), 1) if "# slip" in line}
    names = [name.strip() for part in said.get("named", []) for name in part.split(",")]
    allowed = [name.strip() for part in said.get("allowed", []) for name in part.split(",")]
    says = tuple(said.get("says", []))
    return Expected(frozenset(names), frozenset(allowed), frozenset(lines), "crash" in said, says)


# ------------------------------------------------------------------ what is told


def on_the_page(wrong: Wrong, chapter: Chapter, key: dict, lines: bool = True) -> Told:
    """What the visible check tells of a wrong answer."""
    begin = time.perf_counter()
    report = compare(wrong.exercise, wrong.implementation, key)
    seconds = time.perf_counter() - begin
    # The key has no names: there a mistake is called by its number.
    slugs = [m.slug for m in chapter.misconceptions(wrong.exercise)]
    found = [replace(f, mistake=slugs[int(f.mistake)]) if f.mistake else f for f in report.findings]
    told = Told(wrong, not report.passed, found, repr(report), seconds)
    return _with_line(told, key) if lines and report.wants_line else told


def when_graded(wrong: Wrong, chapter: Chapter, key: dict, lines: bool = True) -> Told:
    """What the grader tells of a wrong answer."""
    begin = time.perf_counter()
    found = graded(chapter, wrong.exercise, wrong.implementation)
    problems = [o.problem.text for o in found.outcomes if o.problem]
    text = "\n".join([*(f.text for f in found.findings), *problems])
    told = Told(wrong, found.share < 1, list(found.findings), text, time.perf_counter() - begin)
    return _with_line(told, key) if lines and found.wants_line else told


def _with_line(told: Told, key: dict) -> Told:
    begin = time.perf_counter()
    told.findings += line_of(told.wrong.exercise, told.wrong.implementation, key)
    told.line_seconds = time.perf_counter() - begin
    return told


# ------------------------------------------------------------------ the table


@dataclass
class Row:
    """A set of answers, and what was told of each."""

    name: str
    told: list[Told] = field(default_factory=list)

    @property
    def cells(self) -> tuple:
        """As printed, in the order of `HEAD`."""
        some = [t for t in self.told if t.caught]
        # Of two mistakes each may be named or its line found; where both stand on one line, that line is enough.
        needed = [max(1, len(t.wrong.expected.names) or len(t.wrong.expected.lines)) for t in some]
        needed = [min(n, len(t.wrong.expected.lines) or n) for n, t in zip(needed, some, strict=True)]
        got = [len(t.right) for t in some]
        searched = [t.line_seconds for t in some if t.line_seconds]
        return (
            self.name,
            len(self.told),
            len(some),
            sum(t.wrong.expected.names <= t.right and bool(t.wrong.expected.names) for t in some),
            sum(any(name.startswith("line ") for name in t.right) for t in some),
            sum(g >= n for g, n in zip(got, needed, strict=True)),
            sum(g >= 1 for g in got),
            sum(not t.findings and not t.right for t in some),
            sum(bool(t.false) for t in some),
            f"{1000 * statistics.median(t.seconds for t in self.told):.0f}" if self.told else "",
            f"{1000 * statistics.median(searched):.0f}" if searched else "",
        )


Set = Callable[[Chapter, str], list[Wrong]]


def _slips(kind: Callable[[Expected], bool]) -> Set:
    return lambda chapter, exercise: [wrong for wrong in slips(chapter, exercise) if kind(wrong.expected)]


SETS: dict[str, Set] = {
    "catalogue": catalogue,
    "two at once": two_at_once,
    "slips, known mistakes": _slips(lambda e: bool(e.names)),
    "slips, one line": _slips(lambda e: bool(e.lines) and not e.crash and not e.names),
    "slips, crashes": _slips(lambda e: e.crash),
    "slips, no such result": _slips(lambda e: not e.names and not e.lines),
}


def table(
    slugs: Iterable[str], sets: Iterable[str] = SETS, every: int = 1, lines: bool = True, progress: bool = True
) -> Iterator[Row]:
    """A row for each set of each chapter, of the page and of the grader.

    Parameters
    ----------
    slugs : iterable of str
        The chapters, or exercises (`chosen`).
    sets : iterable of str
        Which sets of `SETS`.
    every : int
        Look at each answer of this number only: 10 is a tenth of them.
    lines : bool
        Search for the line where nothing is named.
    progress : bool
        Show a bar on a terminal.
    """
    for slug in slugs:
        chapter, exercises = chosen(slug)
        key = json.loads(answer_key_bytes(chapter))
        for name in sets:
            wrongs = [wrong for exercise in exercises for wrong in SETS[name](chapter, exercise)][::every]
            page, grader = Row(f"{slug}, {name}: page"), Row(f"{slug}, {name}: grader")
            for wrong in tqdm(wrongs, desc=f"{slug}, {name}", leave=False, disable=None if progress else True):
                # A wrong answer may print.
                with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
                    page.told.append(on_the_page(wrong, chapter, key, lines))
                    grader.told.append(when_graded(wrong, chapter, key, lines))
            yield from (page, grader)


def print_table(rows: Iterable[Row], write: Callable[[str], Any], show: bool = False) -> bool:
    """Print the table, and below it what is not told as it should be.

    Returns
    -------
    bool
        Whether everything is caught and nothing false is told.
    """
    widths = [max(40, len(HEAD[0])), *(max(7, len(name)) for name in HEAD[1:])]

    def line(cells: tuple) -> str:
        first, *rest = (str(cell) for cell in cells)
        return "  ".join([first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))])

    write(line(HEAD))
    done: list[Row] = []
    for row in rows:
        write(line(row.cells))
        done.append(row)
    for kind in SETS:
        for side in ("page", "grader"):
            parts = [row for row in done if row.name.endswith(f", {kind}: {side}")]
            if len(parts) > 1:
                write(line(Row(f"all, {kind}: {side}", [t for row in parts for t in row.told]).cells))
    good = True
    for row in done:
        for t in row.told:
            place = f"{row.name}: {t.wrong.exercise}, {t.wrong.name}"
            good = good and t.caught and not t.false
            if not t.caught:
                write(f"NOT CAUGHT {place}")
            elif t.false:
                write(f"FALSE {place}: {'; '.join(t.false)}")
            elif t.missing:
                write(f"NOT SAID {place}: {'; '.join(t.missing)}")
            elif show and not t.right:
                write(f"silent {place}" if not t.findings else f"other {place}: {[f.text for f in t.findings]}")
    return good
