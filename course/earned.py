"""What an answer earns when it is graded: by its tests, and where it is one slip from right."""

import contextlib
import io
import warnings
from collections.abc import Callable
from dataclasses import replace

from course.cell import as_cell
from course.chapter import Chapter
from course.examination.examine import Examination, run_tests
from course.examination.learner import InProcess, Learner
from course.examination.slip import ENOUGH, Edit, corrected, is_right, is_worth_a_look
from course.kit.check import namespace_of, slips
from course.kit.search import source_of


def with_slip(
    chapter: Chapter, found: Examination, answer: Callable, key: dict, seeds: Callable[[str], int]
) -> Examination:
    """What was found of an answer, with its one slip where it has one, as the grader looks for it in the sandbox.

    Parameters
    ----------
    chapter : Chapter
        The chapter.
    found : Examination
        What was found of the answer.
    answer : callable
        The function or class; its source must be known.
    key : dict
        The chapter's answer key.
    seeds : callable
        As for `examine_exercise`.
    """
    if found.share >= ENOUGH or not all(map(is_worth_a_look, found.outcomes)):
        return found
    cell = as_cell(answer, found.exercise)
    where = source_of(cell)
    if where is None:
        return found
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        edits = [Edit(*edit) for edit in slips(found.exercise, cell, key)]
        for one in corrected(where[0], found.exercise, edits):
            if _is_right_with(chapter, found.exercise, one.source, cell, seeds):
                return replace(found, slip=one.slip)
    return found


def _is_right_with(chapter: Chapter, exercise: str, source: str, cell: Callable, seeds: Callable[[str], int]) -> bool:
    names = dict(namespace_of(cell))
    exec(compile(source, "<corrected>", "exec"), names)
    target = InProcess({**chapter.exercises, exercise: names[exercise]})
    return is_right(run_tests(chapter, exercise, lambda: Learner(target), seeds))


def earned(found: Examination) -> float:
    """The share of the points, by the tests and by the rule on one slip."""
    return max(found.share, ENOUGH) if found.slip else found.share
