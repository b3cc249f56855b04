"""What the visible checks of other courses let through, compared with ours.

In six courses learners write a normalization layer and see its checks; `benchmarks/courses/` has these checks. All of
them are run on our misconceptions and on our right formulations.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from tqdm import tqdm

from benchmarks.courses import Implementation, arena, cmu10714, cmu11785, cs231n, deepml, tinytorch
from course.answer_keys import answer_key_bytes
from course.chapter import Answer, Chapter, slugs
from course.kit.check import compare
from course.mutations import graded

COURSES: dict[str, Any] = {
    module.__name__.rpartition(".")[2]: module for module in (cs231n, cmu10714, cmu11785, arena, tinytorch, deepml)
}


@cache
def checks() -> dict[str, dict[str, list[Callable]]]:
    """The checks of all courses, by exercise and then by course."""
    found: dict[str, dict[str, list[Callable]]] = {}
    for course, module in COURSES.items():
        for name, value in vars(module).items():
            exercise, mark, _ = name.partition("__")
            if exercise and mark and callable(value):
                found.setdefault(exercise, {}).setdefault(course, []).append(value)
    return found


def accepts(functions: Iterable[Callable], implementation: Implementation) -> bool:
    """Whether all of a course's checks of an exercise let an implementation through."""
    for check in functions:
        try:
            with np.errstate(all="ignore"):
                check(implementation)
        except Exception:  # any error shows the learner that something is wrong
            return False
    return True


@dataclass
class Row:
    """One exercise: the wrong answers that each course lets through, and the right ones that it refuses."""

    exercise: str
    misconceptions: list[str]
    formulations: list[str]  # the reference is one of them
    numbers: list[str] = field(default_factory=list)  # misconceptions whose plain numbers are wrong
    through: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)


OURS = {"visible": "our visible check", "hidden": "our hidden tests"}


def rows(exercises: Iterable[str] | None = None, progress: bool = False) -> Iterator[Row]:
    """The table, exercise by exercise.

    Parameters
    ----------
    exercises : iterable of str, optional
        Their names; by default all exercises that another course checks.
    progress : bool
        Show a bar on a terminal.

    Yields
    ------
    Row
    """
    chosen = set(checks() if exercises is None else exercises)
    for slug in slugs():
        chapter = Chapter(slug)
        mine = [name for name in chapter.exercises if name in chosen]
        key = json.loads(answer_key_bytes(chapter)) if mine else {}
        for exercise in tqdm(mine, desc=slug, leave=False, disable=None if progress else True):
            yield _row(chapter, exercise, key)


def _row(chapter: Chapter, exercise: str, key: dict) -> Row:
    wrongs = chapter.misconceptions(exercise)
    rights = [
        Answer(exercise, "reference", chapter.exercises[exercise], ""),
        *chapter.formulations(exercise),
    ]
    judges: dict[str, Callable[[Implementation], bool]] = {
        course: lambda f, functions=functions: accepts(functions, f)  # type: ignore[misc]
        for course, functions in checks()[exercise].items()
    }
    judges["visible"] = lambda f: compare(exercise, f, key).passed
    judges["hidden"] = lambda f: graded(chapter, exercise, f).share == 1
    row = Row(exercise, [w.slug for w in wrongs], [r.slug for r in rights])
    for wrong in wrongs:
        outcomes = graded(chapter, exercise, wrong.implementation).outcomes
        if any(not o.holds and not o.test.after for o in outcomes):
            row.numbers.append(wrong.slug)
    for name, judge in judges.items():
        row.through[name] = [w.slug for w in wrongs if judge(w.implementation)]
        row.refused[name] = [r.slug for r in rights if not judge(r.implementation)]
    return row


def report(table: list[Row]) -> str:
    """Two tables in Markdown, what was let through by name, and the sources."""
    columns = {**{name: course.TITLE for name, course in COURSES.items()}, **OURS}

    def line(cells: Iterable[Any]) -> str:
        return f"| {' | '.join(str(cell) for cell in cells)} |"

    def made(each: str, lists: str, *sums: tuple[str, str]) -> list[str]:
        out = [line(["exercise", each, *columns.values()]), line(["---", *["---:"] * (1 + len(columns))])]
        for row in table:
            found = getattr(row, lists)
            counts = (len(found[name]) if name in found else "–" for name in columns)
            out.append(line([f"`{row.exercise}`", len(getattr(row, each)), *counts]))
        for label, of in sums:
            cells = []
            for name in columns:
                mine = [row for row in table if name in getattr(row, lists)]
                n = sum(len(set(getattr(row, lists)[name]) & set(getattr(row, of))) for row in mine)
                cells.append(f"{n} of {sum(len(getattr(row, of)) for row in mine)}" if mine else "–")
            out.append(line([label, sum(len(getattr(row, of)) for row in table), *cells]))
        return out

    named = (
        f"- `{row.exercise}`, {columns[name]}: {', '.join(slugs_)}"
        for row in table
        for name, slugs_ in row.through.items()
        if slugs_
    )
    return "\n".join(
        [
            "How many of our misconceptions each course's visible checks let through (–: not checked there).",
            "The last line leaves out those whose numbers are right and that break another rule of our pages:",
            "the dtype, arguments left as they were, errors to raise, what the cache holds.",
            "",
            *made(
                "misconceptions",
                "through",
                ("of all that it checks", "misconceptions"),
                ("of these, with wrong numbers", "numbers"),
            ),
            "",
            "How many right formulations, the reference among them, are refused:",
            "",
            *made("formulations", "refused", ("of all that it checks", "formulations")),
            "",
            "Let through, by name:",
            "",
            *named,
            "",
            "Sources:",
            "",
            *(f"- {course.TITLE}: {course.SOURCE}" for course in COURSES.values()),
        ]
    )


def main() -> None:
    """What other courses' checks of normalization layers let through."""
    print(report(list(rows(progress=True))))
