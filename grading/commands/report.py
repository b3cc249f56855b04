"""The report on a class: what it got, which mistakes it makes and where the course treats them.

A page and two tables. The page is one file, needs no script and no network, and is made of text and SVG.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from typing import Any

from course.chapter import Chapter
from course.errors import CourseError
from course.kit.diagnosis import FAILED
from grading.commands.grade_class import Graded
from grading.commands.page import render
from grading.engine.verdict import ExerciseVerdict
from grading.gradebook.facade import Gradebook
from grading.handin.submission import NAME
from grading.places import Place, sections, site_from, title
from grading.tables import table

BINS = 10


@dataclass(frozen=True)
class Mistake:
    """What several in the class may have: a known mistake, two at once, a line to look at, a place where code stops."""

    exercise: str
    name: str
    hint: str
    students: list[str]
    lost: float = 0.0  # the points that it costs all of them; where an answer has several, each has an equal share
    carried: int = 0  # answers to later exercises that are right, given this mistake


def mistakes(results: Iterable[Graded]) -> list[Mistake]:
    """The mistakes of a class, those that cost the most points first; a student counts once for each.

    What a mistake costs in later exercises, where it is not followed through, is its own and no further mistake.
    """
    hints: dict[tuple[str, str], str] = {}
    who: dict[tuple[str, str], list[str]] = {}
    lost: dict[tuple[str, str], float] = defaultdict(float)
    carried: Counter[tuple[str, str]] = Counter()
    for result in results:
        named = _named(result)
        each = Counter(exercise for exercise, _ in named)
        for name, hint in named.items():
            hints.setdefault(name, hint)
            who.setdefault(name, []).append(result.student)
            found = result.verdict.exercises[name[0]] if result.verdict else None
            lost[name] += (found.max_points - found.points - _carried(found)) / each[name[0]] if found else 0.0
        for e in result.verdict.exercises.values() if result.verdict else ():
            origins = [name for name in named if name[0] in _given(e)]
            carried.update(origins)
            for name in origins:
                lost[name] += _carried(e) / len(origins)
    made = [Mistake(*name, hints[name], students, lost[name], carried[name]) for name, students in who.items()]
    return sorted(made, key=lambda m: (-round(m.lost, 6), -len(m.students), m.exercise, m.name))


def _given(e: ExerciseVerdict) -> set[str]:
    """The earlier functions whose mistakes an answer carries forward."""
    return {name for line in e.lines for name in re.findall(r"`(\w+)`", line.given)}


def _carried(e: ExerciseVerdict) -> float:
    """The points that an exercise loses by the mistakes of earlier ones, where they are not followed through."""
    total = sum(line.weight for line in e.lines)
    off = sum(line.weight for line in e.lines if line.given and not line.counts)
    return e.max_points * off / total if off else 0.0


def unnamed(results: Iterable[Graded]) -> list[tuple[str, str]]:
    """The students and exercises that lost points and of which nothing was found: the next mistakes to be named.

    Where all properties have one problem, a function that is not written, say, that is what was found.
    """
    return [
        (result.student, e.exercise)
        for result in results
        for e in (result.verdict.exercises.values() if result.verdict else ())
        if not e.findings and len({line.problem for line in e.lines}) > 1 and any(n.state == FAILED for n in e.lines)
    ]


def failing(results: Iterable[Graded]) -> list[tuple[str, str, int]]:
    """The properties that fail, with exercise and number of students, the most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    for result in results:
        exercises = result.verdict.exercises.values() if result.verdict else ()
        counts.update({(e.exercise, line.label) for e in exercises for line in e.lines if line.state == FAILED})
    return [
        (exercise, label, count) for (exercise, label), count in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
    ]


def _named(result: Graded) -> dict[tuple[str, str], str]:
    """What is told of each mistake in one submission, by exercise and name; two known ones at once have a row too."""
    found: dict[tuple[str, str], str] = {}
    for e in result.verdict.exercises.values() if result.verdict else ():
        found |= {(e.exercise, name): hint for name, hint in e.mistakes.items()}
        if len(e.mistakes) > 1:
            found[e.exercise, " and ".join(e.mistakes)] = "Both in one answer."
        if e.slip is not None and not e.mistakes:
            found[e.exercise, NAMES["line"]] = e.slip.text
        for finding in e.findings:
            if finding.kind in NAMES:
                found[e.exercise, NAMES[finding.kind]] = finding.text
    return found


# How a finding that has no name of its own is counted; its text is that of the first student who has it.
NAMES = {"crash": "the code stops", "line": "a line to look at", "relation": "a relation of numbers"}


def write(root: Path, slug: str, results: list[Graded], absent: Collection[str] = ()) -> list[Path]:
    """Write the report of a chapter.

    Parameters
    ----------
    root : Path
        The course's folder.
    slug : str
        The chapter.
    results : list of Graded
        All who handed something in.
    absent : collection of str
        Who is in the class and handed nothing in.

    Returns
    -------
    list of Path
        The page, the table of students, the table of mistakes.
    """
    folder = root / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    places = sections(slug, site_from(folder))
    made = {
        f"{slug}.html": page(slug, results, places, absent, lambda student, name: _code(root, slug, student, name)),
        f"{slug}.csv": table(_students(slug, results)),
        f"{slug}-mistakes.csv": table(_mistakes(results, places)),
    }
    for name, content in made.items():
        (folder / name).write_text(content, encoding="utf-8", newline="")
    return [folder / name for name in made]


def absent(book: Gradebook, results: list[Graded]) -> list[str]:
    """Who is in the gradebook and handed nothing in; nobody where it can't be read, as the results say then."""
    try:
        return sorted({one.id for one in book.students()} - {one.student for one in results})
    except CourseError:
        return []


def _code(root: Path, slug: str, student: str, exercise: str) -> str:
    """A student's answer to an exercise as it was graded; nothing where it is not there."""
    try:
        cells = json.loads((root / "autograded" / student / slug / NAME).read_text(encoding="utf-8"))["cells"]
        return next("".join(cell["source"]) for cell in cells if cell.get("id") == exercise)
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return ""


# ---- the tables


def _students(slug: str, results: list[Graded]) -> Iterator[list[Any]]:
    """A row for each; what can't be read has 0 everywhere, as in the gradebook."""
    names = list(Chapter(slug).exercises)
    yield [
        "student", "points", "max_points", "by tests", "by a person", "off for lateness",
        *names, "mistakes", "not read", "limits", "not graded", "remarks",
    ]  # fmt: skip
    for r in results:
        exercises = r.verdict.exercises if r.verdict else {}
        refused = r.verdict.refused if r.verdict else ""
        told = "; ".join(f"{exercise}: {name}" for exercise, name in _named(r))
        yield [
            r.student,
            "" if r.problem else round(r.points, 2),
            r.max_points,
            *(("", "", "") if r.problem else (round(by, 2) for by in _parts(r))),
            *(exercises[name].points if name in exercises else 0.0 if refused else "" for name in names),
            told,
            refused,
            "; ".join(r.limits),
            r.problem,
            "; ".join(r.verdict.notes) if r.verdict else "",
        ]


def _parts(result: Graded) -> tuple[float, float, float]:
    """The points by tests, those that a person gave, or took, and those off for lateness; none are below 0 in all."""
    tests = result.verdict.points if result.verdict else 0.0
    return tests, result.points + result.late - tests, result.late


def _mistakes(results: list[Graded], places: dict[str, Place]) -> Iterator[list[Any]]:
    yield ["exercise", "mistake", "students", "points lost", "hint", "place", "who"]
    for m in mistakes(results):
        place = places.get(m.exercise)
        where = (place.address or place.path) if place else ""
        yield [m.exercise, m.name, len(m.students), round(m.lost, 2), m.hint, where, "; ".join(m.students)]


# ---- the page


MOST_ROWS = 500  # of students in the map; a page with more of them is slow, and the table has all
MOST_NAMES = 12  # of students beside a mistake
MOST_PROPERTIES = 10


def page(
    slug: str,
    results: list[Graded],
    places: dict[str, Place],
    absent: Collection[str] = (),
    code: Callable[[str, str], str] = lambda student, exercise: "",
) -> str:
    """The report as one HTML page.

    Parameters
    ----------
    slug, results, absent
        As for `write`.
    places : dict of str to Place
        By exercise, where the course treats it.
    code : callable
        Takes a student and an exercise, and returns the student's code.
    """
    # All numbers are about the same people: those whose hand-in could be read.
    graded = [r for r in results if r.verdict and not r.verdict.refused and not r.problem]
    refused = [(r.student, r.verdict.refused) for r in results if r.verdict and r.verdict.refused]
    found = mistakes(graded)
    return render(
        "report",
        title=f"{title(slug).removeprefix('Exercise: ').capitalize()}: what the class handed in",
        facts=_facts(results, graded, len(refused)),
        bins=_bins(graded),
        exercises=list(_exercise_rows(slug, graded, places)),
        next=_mistake_row(found[0], len(graded), places, code) if found else None,
        mistakes=[_mistake_row(m, len(graded), places, code) for m in found],
        properties=failing(graded)[:MOST_PROPERTIES],
        unnamed=[
            (student, name, f"python -m grading replay {slug} {student} {name}") for student, name in unnamed(graded)
        ],
        names=list(Chapter(slug).exercises),
        map=[_map_row(slug, r) for r in sorted(graded, key=lambda r: (r.points, r.student))[:MOST_ROWS]],
        beyond=max(0, len(graded) - MOST_ROWS),
        lists=[
            ("Handed nothing in", [(student, "") for student in sorted(absent)]),
            ("Late", [(r.student, f"{round(r.late, 2):g} points off") for r in graded if r.late]),
            ("Could not be read", refused),
            ("Ran into a limit", [(r.student, reason) for r in graded for reason in r.limits]),
            ("Not graded", [(r.student, r.problem) for r in results if r.problem]),
        ],
    )


def _map_row(slug: str, result: Graded) -> dict[str, Any]:
    """A student in the map: for each exercise the share of its points."""
    exercises = result.verdict.exercises if result.verdict else {}
    _, by_hand, late = _parts(result)
    cells = []
    for name in Chapter(slug).exercises:
        e = exercises.get(name)
        share = e.points / e.max_points if e and e.max_points else 0.0
        state = "all" if share >= 1 else "none" if share == 0 else "part"
        cells.append((state, f"{e.points:g}" if e else "-"))
    rest = [f"{by_hand:+g} by a person"] if round(by_hand, 2) else []
    rest += [f"{late:g} off for lateness"] if late else []
    return {
        "student": result.student,
        "points": f"{round(result.points, 2):g}",
        "cells": cells,
        "rest": ", ".join(rest),
    }


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


def _mistake_row(
    mistake: Mistake, graded: int, places: dict[str, Place], code: Callable[[str, str], str]
) -> dict[str, Any]:
    names, more = mistake.students[:MOST_NAMES], len(mistake.students) - MOST_NAMES
    return {
        "name": mistake.name.replace("_", " "),
        "exercise": mistake.exercise,
        "place": places.get(mistake.exercise),
        "share": len(mistake.students) / graded,
        "count": f"{len(mistake.students)} of {graded}",
        "lost": f"{round(mistake.lost, 2):g}",
        "carried": mistake.carried,
        "hint": mistake.hint,
        "who": ", ".join(names) + (f" and {more} more" if more > 0 else ""),
        "example": mistake.students[0],
        "code": code(mistake.students[0], mistake.exercise),
    }
