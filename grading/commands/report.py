"""The report on a class: what it got, which mistakes it makes and where the course treats them.

A page and two tables. The page is one file, needs no script and no network, and is made of text and SVG.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from course.chapter import Chapter
from grading.commands.grade_class import Graded
from grading.commands.page import render
from grading.places import Place, sections, site_from
from grading.tables import table

BINS = 10


@dataclass(frozen=True)
class Mistake:
    """What several in the class may have: a known mistake, two at once, a line to look at, a place where code stops."""

    exercise: str
    name: str
    hint: str
    students: list[str]


def mistakes(results: Iterable[Graded]) -> list[Mistake]:
    """The mistakes of a class, the frequent ones first; a student counts once for each."""
    hints: dict[tuple[str, str], str] = {}
    who: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for name, hint in _named(result).items():
            hints.setdefault(name, hint)
            who.setdefault(name, []).append(result.student)
    found = [Mistake(*name, hints[name], students) for name, students in who.items()]
    return sorted(found, key=lambda m: (-len(m.students), m.exercise, m.name))


def _named(result: Graded) -> dict[tuple[str, str], str]:
    """What is told of each mistake in one submission, by exercise and name; two known ones at once have a row too."""
    found: dict[tuple[str, str], str] = {}
    for e in result.verdict.exercises.values() if result.verdict else ():
        found |= {(e.exercise, name): hint for name, hint in e.mistakes.items()}
        if len(e.mistakes) > 1:
            found[e.exercise, " and ".join(e.mistakes)] = "Both in one answer."
        for finding in e.findings:
            if finding.kind in NAMES:
                found[e.exercise, NAMES[finding.kind]] = finding.text
    return found


# How a finding that has no name of its own is counted; its text is that of the first student who has it.
NAMES = {"crash": "the code stops", "line": "a line to look at", "relation": "a relation of numbers"}


def write(root: Path, slug: str, results: list[Graded]) -> list[Path]:
    """Write the report of a chapter.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.
    results : list of Graded
        The whole class.

    Returns
    -------
    list of Path
        The page, the table of students, the table of mistakes.
    """
    folder = root / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    places = sections(slug, site_from(folder))
    made = {
        f"{slug}.html": page(slug, results, places),
        f"{slug}.csv": table(_students(slug, results)),
        f"{slug}-mistakes.csv": table(_mistakes(results, places)),
    }
    for name, content in made.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return [folder / name for name in made]


# ---- the tables


def _students(slug: str, results: list[Graded]) -> Iterator[list[Any]]:
    """A row for each; what can't be read has 0 everywhere, as in the gradebook."""
    names = list(Chapter(slug).exercises)
    yield ["student", "points", "max_points", *names, "mistakes", "not read", "limits", "not graded", "remarks"]
    for r in results:
        exercises = r.verdict.exercises if r.verdict else {}
        refused = r.verdict.refused if r.verdict else ""
        told = "; ".join(f"{exercise}: {name}" for exercise, name in _named(r))
        yield [
            r.student,
            "" if r.problem else round(r.points, 2),
            r.max_points,
            *(exercises[name].points if name in exercises else 0.0 if refused else "" for name in names),
            told,
            refused,
            "; ".join(r.limits),
            r.problem,
            "; ".join(r.verdict.notes) if r.verdict else "",
        ]


def _mistakes(results: list[Graded], places: dict[str, Place]) -> Iterator[list[Any]]:
    yield ["exercise", "mistake", "students", "hint", "place", "who"]
    for m in mistakes(results):
        place = places.get(m.exercise)
        where = (place.address or place.path) if place else ""
        yield [m.exercise, m.name, len(m.students), m.hint, where, "; ".join(m.students)]


# ---- the page


def page(slug: str, results: list[Graded], places: dict[str, Place]) -> str:
    """The report as one HTML page."""
    # All numbers are about the same people: those whose hand-in could be read.
    graded = [r for r in results if r.verdict and not r.verdict.refused and not r.problem]
    refused = [(r.student, r.verdict.refused) for r in results if r.verdict and r.verdict.refused]
    return render(
        "report",
        title=f"{_title(slug)}: what the class handed in",
        facts=_facts(results, graded, len(refused)),
        bins=_bins(graded),
        exercises=list(_exercise_rows(slug, graded, places)),
        mistakes=[_mistake_row(m, len(graded), places) for m in mistakes(graded)],
        lists=[
            ("Could not be read", refused),
            ("Ran into a limit", [(r.student, reason) for r in graded for reason in r.limits]),
            ("Not graded", [(r.student, r.problem) for r in results if r.problem]),
        ],
    )


def _title(slug: str) -> str:
    found = re.search(r"^# (.+)$", Chapter(slug).page.read_text(), re.MULTILINE)
    return found[1].removeprefix("Exercise: ").strip().capitalize() if found else slug


def _facts(results: list[Graded], graded: list[Graded], refused: int) -> str:
    summary = f"{len(results)} hand-ins, {len(graded) or 'none'} graded, {refused} could not be read."
    if not graded:
        return summary
    points = [r.points for r in graded]
    return (
        f"{summary} Of {graded[0].max_points:g} points those graded have {mean(points):.2f} on average; the median is "
        f"{round(median(points), 2):g}. Points that a person gives are included as far as they have been given."
    )


def _bins(graded: list[Graded]) -> list[dict[str, Any]]:
    """The histogram: how many have how many points."""
    if not graded:
        return []
    most = graded[0].max_points or 1.0
    counts = Counter(min(BINS - 1, int(BINS * max(0.0, r.points) / most)) for r in graded)
    edges = [f"{most * k / BINS:g}" for k in range(BINS + 1)]
    return [{"start": edges[k], "end": edges[k + 1], "count": counts[k]} for k in range(BINS)]


def _exercise_rows(slug: str, graded: list[Graded], places: dict[str, Place]) -> Iterator[dict[str, Any]]:
    for name in Chapter(slug).exercises:
        found = [r.verdict.exercises[name] for r in graded if r.verdict and name in r.verdict.exercises]
        if not found:
            continue
        most, average = found[0].max_points, mean(e.points for e in found)
        full = sum(e.points == e.max_points for e in found)
        none = sum(e.points == 0 for e in found)
        yield {
            "exercise": name,
            "place": places.get(name),
            "share": min(1.0, max(0.0, average / most)) if most else 0.0,
            "told": f"{average:.2f} of {most:g} points on average; all points: {full}, none: {none}",
        }


def _mistake_row(mistake: Mistake, graded: int, places: dict[str, Place]) -> dict[str, Any]:
    return {
        "name": mistake.name.replace("_", " "),
        "exercise": mistake.exercise,
        "place": places.get(mistake.exercise),
        "share": len(mistake.students) / graded,
        "count": f"{len(mistake.students)} of {graded}",
        "hint": mistake.hint,
    }
