"""Pairs of mistakes for the page: fingerprints instead of implementations, small enough for `check.json`.

Of a pair the page needs its traces alone (`fingerprint` in `course.kit.check`). Where these are the reference's or
those of one of the two mistakes, which `check.json` has already, a digit says so. Elsewhere two numbers stand for the
trace. `summary` and `matching` are for the learner's side: beside `alike` they need the standard library only.
"""

import json
import math
import zlib
from typing import Any

import numpy as np

from course.answer_keys import SEED, Untraceable, _outcomes, _run_to_the_end, steps
from course.chapter import Chapter, HiddenTest
from course.disk_cache import cached_on_disk
from course.examination.examine import run_test
from course.examination.learner import InProcess, Learner
from course.kit.check import alike
from course.pairs import pairs

DIGITS = 5  # after the point
AS_REFERENCE, AS_FIRST, AS_SECOND = 0, 1, 2


# ------------------------------------------------------------------ on the learner's side


def summary(trace: list) -> list[int]:
    """Two numbers for a trace, and a third one for its shapes and errors.

    Each array counts with its two weighted sums over its largest value, and with the logarithm of that value, so that a
    small array counts as much as a large one.
    """
    numbers: list[list[float]] = []
    shapes = json.dumps(_bare(trace, numbers))
    totals = [0.0, 0.0]
    for k, (first, second, largest) in enumerate(numbers):
        if largest:
            totals[0] += math.cos(k + 1) * (first / largest + math.log(largest))
            totals[1] += math.sin(k * k + 1) * (second / largest + math.log(largest))
    return [*(round(total * 10**DIGITS) for total in totals), zlib.crc32(shapes.encode()) % 2**16]


def _bare(trace: Any, numbers: list) -> Any:
    if not isinstance(trace, list):
        return trace
    if len(trace) == 5 and isinstance(trace[0], list) and isinstance(trace[4], float):
        numbers.append(trace[2:])
        return trace[:2]
    return [_bare(part, numbers) for part in trace]


def matching(rows: list[list], reference: list, mistakes: list[list], traces: list) -> list[tuple[int, int]]:
    """The pairs whose traces these are, in all properties.

    Parameters
    ----------
    rows : list
        As `page_pairs` makes them.
    reference : list
        The reference's trace of each property.
    mistakes : list of list
        The traces of each single mistake; None where it is the reference's.
    traces : list
        What the learner's code returned.

    Returns
    -------
    list of tuple
        The numbers of the two mistakes.
    """
    summaries = [summary(trace) for trace in traces]
    shapes = [summary(trace)[2] for trace in reference]

    def agrees(row: list, k: int) -> bool:
        cell = row[2 + k]
        if isinstance(cell, int):
            known = None if cell == AS_REFERENCE else mistakes[row[cell - 1]][k]
            return alike(reference[k] if known is None else known, traces[k])
        shape = cell[2] if len(cell) > 2 else shapes[k]
        return shape == summaries[k][2] and all(abs(p - q) <= 2 for p, q in zip(cell[:2], summaries[k], strict=False))

    return [(row[0], row[1]) for row in rows if all(agrees(row, k) for k in range(len(traces)))]


# ------------------------------------------------------------------ on the course's side


def page_pairs(chapter: Chapter, exercise: str) -> list[list]:
    """The pairs that the page can tell apart, as JSON data.

    Returns
    -------
    list of list
        For each pair the numbers of its two mistakes, then one cell for each property of the visible check: 0 where
        its trace is the reference's, 1 or 2 where it is that of the first or the second mistake, else a list with
        numbers of its `summary`: both in the first such cell and one in the others, and all three where the shapes are
        not the reference's.
    """
    return json.loads(cached_on_disk(chapter.slug, exercise, "pair-prints", lambda: _made(chapter, exercise)))


def _made(chapter: Chapter, exercise: str) -> str:
    with np.errstate(all="ignore"):
        tests = _visible(chapter, exercise)
        reference = _traces(chapter, exercise, chapter.exercises[exercise], tests)
        shapes = [summary(trace)[2] for trace in reference]
        wrongs = chapter.misconceptions(exercise)
        mistakes = [_traces(chapter, exercise, wrong.implementation, tests) for wrong in wrongs]
        number = {wrong.slug: k for k, wrong in enumerate(wrongs)}
        rows, all_traces = [], []
        for pair in pairs(chapter, exercise):
            i, j = (number[slug] for slug in pair.slugs)
            traces = _traces(chapter, exercise, pair.implementation, tests)
            if any(all(map(alike, traces, known)) for known in (reference, *mistakes)):
                continue  # what tells them apart is private
            row: list[Any] = [i, j]
            for k, trace in enumerate(traces):
                known = (reference[k], mistakes[i][k], mistakes[j][k])
                same = next((n for n, other in enumerate(known) if alike(other, trace)), None)
                if same is not None:
                    row.append(same)
                else:
                    found = summary(trace)
                    first = not any(isinstance(cell, list) for cell in row)
                    row.append(found if found[2] != shapes[k] else found[:2] if first else found[:1])
            rows.append(row)
            all_traces.append(traces)
    told = [row for row, t in zip(rows, all_traces, strict=True) if len(matching(rows, reference, mistakes, t)) == 1]
    return json.dumps(told, separators=(",", ":"))


def _visible(chapter: Chapter, exercise: str) -> list[HiddenTest]:
    """The tests that are in the visible check, as `course.answer_keys` chooses them."""
    found = []
    for test in chapter.hidden_tests(exercise):
        learner = Learner(InProcess(chapter.exercises))
        if test.private or test.judged:
            continue
        run_test(test, learner, SEED)
        try:
            steps(learner.record)
        except Untraceable:
            continue
        found.append(test)
    return found


def _traces(chapter: Chapter, exercise: str, implementation: Any, tests: list[HiddenTest]) -> list[list]:
    names = {**chapter.exercises, exercise: implementation}
    records = (_run_to_the_end(test, names)[0] for test in tests)
    return [json.loads(json.dumps(_outcomes(record))) for record in records]
