"""The report on a class: what it got, which mistakes it makes and where the course treats them.

A page and two tables. The page is one file, needs no script and no network, and is made of text and SVG.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from course.chapter import ROOT, Chapter
from grading.commands.grade_class import Graded
from grading.commands.page import document, text
from grading.platforms.tables import table

SITE = (ROOT / "_build" / "html").as_uri()
BINS = 10


@dataclass(frozen=True)
class Mistake:
    """A misconception that somebody in the class has."""

    exercise: str
    misconception: str
    hint: str
    students: list[str]


def mistakes(results: Iterable[Graded]) -> list[Mistake]:
    """The misconceptions of a class, the frequent ones first; a student counts once for each."""
    hints: dict[tuple[str, str], str] = {}
    who: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for name, hint in _named(result).items():
            hints[name] = hint
            who.setdefault(name, []).append(result.student)
    found = [Mistake(*name, hints[name], students) for name, students in who.items()]
    return sorted(found, key=lambda m: (-len(m.students), m.exercise, m.misconception))


def _named(result: Graded) -> dict[tuple[str, str], str]:
    """The hint of each misconception in one submission, by exercise and misconception."""
    if result.verdict is None:
        return {}
    return {
        (e.exercise, line.misconception): line.hint
        for e in result.verdict.exercises.values()
        for line in e.lines
        if line.misconception
    }


def write(root: Path, slug: str, results: list[Graded], site: str = SITE) -> list[Path]:
    """Write the report of a chapter.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.
    results : list of Graded
        The whole class.
    site : str
        Where the course's site is, for the links; the one built here unless told.

    Returns
    -------
    list of Path
        The page, the table of students, the table of mistakes.
    """
    folder = root / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    places = sections(slug, site)
    made = {
        f"{slug}.html": page(slug, results, places),
        f"{slug}.csv": table(_students(slug, results)),
        f"{slug}-mistakes.csv": table(_mistakes(results, places)),
    }
    for name, content in made.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return [folder / name for name in made]


# ---- where the course treats an exercise


def sections(slug: str, site: str = SITE) -> dict[str, tuple[str, str]]:
    """The heading that each exercise stands under in its page, and the address of that place."""
    heading, found = slug, {}
    for line in Chapter(slug).page.read_text().splitlines():
        if match := re.match(r"##+ (.+)", line):
            heading = match[1].strip()
        elif match := re.match(r"(?:def|class) (\w+)", line):
            found[match[1]] = heading, f"{site}/book/{slug}/exercise.html#{anchor(heading)}"
    return {name: place for name, place in found.items() if name in Chapter(slug).exercises}


def anchor(heading: str) -> str:
    """The id that Sphinx gives a heading."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return re.sub(r"^[^a-z]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", " ".join(plain.split())))


# ---- the tables


def _students(slug: str, results: list[Graded]) -> Iterator[list[Any]]:
    """A row for each; what can't be read has 0 everywhere, as in the gradebook."""
    names = list(Chapter(slug).exercises)
    yield ["student", "points", "max_points", *names, "mistakes", "not read", "limits", "not graded", "remarks"]
    for r in results:
        exercises = r.verdict.exercises if r.verdict else {}
        refused = r.verdict.refused if r.verdict else ""
        told = "; ".join(f"{exercise}: {misconception}" for exercise, misconception in _named(r))
        yield [
            r.student,
            "" if r.verdict is None else round(r.points, 2),
            r.max_points,
            *(exercises[name].points if name in exercises else 0.0 if refused else "" for name in names),
            told,
            refused,
            "; ".join(r.limits),
            r.problem,
            "; ".join(r.verdict.notes) if r.verdict else "",
        ]


def _mistakes(results: list[Graded], places: dict[str, tuple[str, str]]) -> Iterator[list[Any]]:
    yield ["exercise", "mistake", "students", "hint", "place", "who"]
    for m in mistakes(results):
        place = places.get(m.exercise, ("", ""))[1]
        yield [m.exercise, m.misconception, len(m.students), m.hint, place, "; ".join(m.students)]


# ---- the page


def page(slug: str, results: list[Graded], places: dict[str, tuple[str, str]]) -> str:
    """The report as one HTML page."""
    # All numbers are about the same people: those whose hand-in could be read.
    graded = [r for r in results if r.verdict and not r.verdict.refused]
    refused = [(r.student, r.verdict.refused) for r in results if r.verdict and r.verdict.refused]
    title = f"{_title(slug)}: what the class handed in"
    parts = [
        f"<h1>{text(title)}</h1>",
        f"<p>{_facts(results, graded, len(refused))}</p>",
        "<h2>Points</h2>",
        _histogram(graded),
        "<h2>Exercises</h2>",
        _rows(_exercise_rows(slug, graded, places)),
        "<h2>Mistakes of this class</h2>",
        _rows(_mistake_rows(graded, places)) or "<p>None that has a name.</p>",
    ]
    for heading, told in (
        ("Could not be read", refused),
        ("Ran into a limit", [(r.student, reason) for r in graded for reason in r.limits]),
        ("Not graded", [(r.student, r.problem) for r in results if r.problem]),
    ):
        parts += [f"<h2>{heading}</h2>", _list(told)]
    body = "\n".join(parts)
    return document(title, body)


def _title(slug: str) -> str:
    found = re.search(r"^# (.+)$", Chapter(slug).page.read_text(), re.MULTILINE)
    return found[1].removeprefix("Exercise: ").strip().capitalize() if found else slug


def _facts(results: list[Graded], graded: list[Graded], refused: int) -> str:
    said = f"{len(results)} hand-ins, {len(graded) or 'none'} graded, {refused} could not be read."
    if not graded:
        return said
    points = [r.points for r in graded]
    return (
        f"{said} Of {graded[0].max_points:g} points those graded have {mean(points):.2f} on average; the median is "
        f"{round(median(points), 2):g}. Points that a person gives are in as far as they are given."
    )


def _histogram(graded: list[Graded]) -> str:
    """How many have how many points, as SVG with a description in words."""
    if not graded:
        return ""
    most = graded[0].max_points or 1.0
    counts = Counter(min(BINS - 1, int(BINS * max(0.0, r.points) / most)) for r in graded)
    edges = [f"{most * k / BINS:g}" for k in range(BINS + 1)]
    words = "; ".join(f"{edges[k]} to {edges[k + 1]} points: {counts[k]}" for k in range(BINS) if counts[k])
    width, height, top = 34, 120, 16
    bars = []
    for k in range(BINS):
        tall = height * counts[k] / max(counts.values())
        x, y = 10 + k * width, top + height - tall
        bars.append(f'<rect x="{x + 2}" y="{y:.1f}" width="{width - 4}" height="{tall:.1f}"/>')
        if counts[k]:
            bars.append(f'<text x="{x + width / 2:g}" y="{y - 4:.1f}">{counts[k]}</text>')
    base = top + height
    bars.append(f'<line x1="10" x2="{10 + BINS * width}" y1="{base}" y2="{base}"/>')
    bars += [f'<text x="{10 + k * width}" y="{base + 14}">{edges[k]}</text>' for k in range(0, BINS + 1, 2)]
    bars.append(f'<text x="{10 + BINS * width / 2:g}" y="{base + 30}">points</text>')
    return (
        f'<svg viewBox="0 0 {20 + BINS * width} {base + 36}" role="img" aria-labelledby="histogram">'
        f'<title id="histogram">Number of students by points. {words}</title>{"".join(bars)}</svg>'
    )


def _exercise_rows(slug: str, graded: list[Graded], places: dict[str, tuple[str, str]]) -> Iterator[str]:
    for name in Chapter(slug).exercises:
        found = [r.verdict.exercises[name] for r in graded if r.verdict and name in r.verdict.exercises]
        if not found:
            continue
        most, average = found[0].max_points, mean(e.points for e in found)
        full = sum(e.points == e.max_points for e in found)
        none = sum(e.points == 0 for e in found)
        told = f"{average:.2f} of {most:g} points on average; all points: {full}, none: {none}"
        yield f"{_link(name, places)}{_bar(average / most if most else 0.0, told)}<div class='small'>{told}</div>"


def _mistake_rows(graded: list[Graded], places: dict[str, tuple[str, str]]) -> Iterator[str]:
    for m in mistakes(graded):
        count = f"{len(m.students)} of {len(graded)}"
        yield (
            f"<strong>{text(m.misconception.replace('_', ' '))}</strong> in {_link(m.exercise, places)}"
            f"{_bar(len(m.students) / len(graded), count)}"
            f"<div class='small'>{count} students. {text(m.hint)}</div>"
        )


def _link(exercise: str, places: dict[str, tuple[str, str]]) -> str:
    name = f"<code>{text(exercise)}</code>"
    if exercise not in places:
        return name
    heading, address = places[exercise]
    return f'{name} (<a href="{text(address)}">{text(heading)}</a>)'


def _bar(share: float, told: str) -> str:
    width = 100 * min(1.0, max(0.0, share))
    bar = f'<div class="bar" style="width: {width:.1f}%"></div>'
    return f'<div class="track" role="img" aria-label="{text(told)}">{bar}</div>'


def _rows(rows: Iterable[str]) -> str:
    made = "\n".join(f"<li>{row}</li>" for row in rows)
    return f'<ul class="rows">\n{made}\n</ul>' if made else ""


def _list(told: list[tuple[str, str]]) -> str:
    lines = "\n".join(f"<li>{text(student)}: {text(reason)}</li>" for student, reason in told)
    return f"<ul>\n{lines}\n</ul>" if told else "<p>None.</p>"
