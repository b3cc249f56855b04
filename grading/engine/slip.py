"""Pays half for an answer that is one slip from right.

Where an exercise earns less than half, the visible check looks, in the learner's process, for one small edit that makes
it right. What it tells is a proposal: the edit is made here, in the cell that was handed in, if it is small, and the
notebook with it is graded as a hand-in is, in a process of its own, on the same inputs. Only where every property holds
then, the exercise earns half of its points.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from nbformat import NotebookNode

from course.chapter import Chapter
from course.examination.examine import Examination, Slip, run_tests
from course.examination.learner import Learner, Target
from course.examination.slip import ENOUGH, corrected, defined, is_right, is_worth_a_look, parsed
from course.kit.diagnosis import Finding, smallest_case_last
from grading.engine.session import Session, is_run

KIND = "slip"  # of the finding that says so

Functions = Callable[[], Mapping[str, Callable]]


def one_slip(
    found: Examination,
    chapter: Chapter,
    session: Session,
    rebuilt: NotebookNode,
    target: Callable[[Session], Target],
    seeds: Callable[[str], int],
    functions: Functions,
) -> Examination:
    """Look for the one slip of an exercise that has earned less than half.

    Parameters
    ----------
    found : Examination
        What was found of it.
    chapter : Chapter
        The chapter.
    session : Session
        The submission, whose cells have run. A limit of time or memory that this look meets is noted in `session.met`.
    rebuilt : NotebookNode
        Its notebook.
    target : callable
        Where the hidden tests find the functions of a session.
    seeds : callable
        As for `examine_exercise`.
    functions : callable
        Returns right ones, by name, for the learner's earlier functions that the answer calls.

    Returns
    -------
    Examination
        With its `slip` and a finding, where one small edit makes the answer right; else as it was.
    """
    cell = answer_cell(rebuilt, found.exercise)
    if found.share >= ENOUGH or cell is None or not all(map(is_worth_a_look, found.outcomes)):
        return found
    before = len(session.met)
    try:
        return _looked_for(found, chapter, session, cell, target, seeds, functions)
    finally:
        session.met_by_slips = session.met[before:]


def _looked_for(
    found: Examination,
    chapter: Chapter,
    session: Session,
    cell: NotebookNode,
    target: Callable[[Session], Target],
    seeds: Callable[[str], int],
    functions: Functions,
) -> Examination:
    right = functions()
    for answers in ({}, right) if right else ({},):
        with session.answering(answers):
            edits = session.slips(found.exercise)
        for one in corrected(cell.source, found.exercise, edits):
            with session.edited(cell.id, one.source) as other, other.answering(answers):
                other.begin_exercise()
                outcomes = run_tests(chapter, found.exercise, lambda: Learner(target(other)), seeds)
                session.met += other.met
            if is_right(outcomes):
                return _with_slip(found, replace(one.slip, alone=not answers))
    return found


def answer_cell(rebuilt: NotebookNode, exercise: str) -> NotebookNode | None:
    """The last cell that defines an exercise's function or class, as the notebook was handed in."""
    for cell in reversed(rebuilt.cells):
        tree = parsed(cell.source) if is_run(cell) and exercise in cell.source else None
        if tree is not None and defined(tree, exercise) is not None:
            return cell
    return None


def _with_slip(found: Examination, slip: Slip) -> Examination:
    """What was found, with the slip in place of the line to look at, if one was told."""
    others = [finding for finding in found.findings if finding.kind != "line"]
    told = Finding(KIND, f"half of the points. {slip.text[0].upper()}{slip.text[1:]}", line=slip.line, edit=slip.edit)
    return replace(found, slip=slip, findings=smallest_case_last([*others, told]))
