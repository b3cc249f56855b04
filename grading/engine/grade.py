"""Grades one submission: a function without state, from a rebuilt notebook to its verdict.

nbgrader's commands, a class graded in parallel and a cluster's workers all call it.
"""

import hashlib
import hmac
import json
import os
import random
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import nbformat
from nbformat import NotebookNode

from course.chapter import Chapter, HiddenTest
from course.errors import CourseError, LearnerError, MachineError
from course.examination.examine import (
    Examination,
    Outcome,
    Run,
    examine_exercise,
    is_written,
    run_once,
    run_test,
    seed,
)
from course.examination.learner import Learner, Step
from course.kit.diagnosis import Finding, smallest_case_last
from course.two_mistakes.pairs import pairs
from course.variant import Adapted
from grading.engine.alone import TURNS, Turn
from grading.engine.follow import follow_through, right_functions
from grading.engine.session import InSandbox, Session
from grading.engine.slip import one_slip
from grading.engine.verdict import Verdict, of_examination
from grading.engine.versions import graders_versions, version_note
from grading.sandbox.warm import Sandbox

T = TypeVar("T")

TRIES = 3  # how often work that the machine fails to do is tried, in all
PAUSE_SECONDS = 1.0


def course_secret(root: Path) -> bytes:
    """The secret of a course, from which the seeds are drawn: 32 bytes.

    It is made at its first use and kept in the file `secret` of the course's folder, in hexadecimal.

    Raises
    ------
    CourseError
        The file holds something else. With an empty secret, for example, everybody could compute the seeds.
    """
    path = root / "secret"
    if not path.is_file():
        root.mkdir(parents=True, exist_ok=True)
        part = root / f"secret.{os.getpid()}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(part, path)  # fails where another process was faster: its secret counts
        except FileExistsError:
            pass
        finally:
            part.unlink()
    text = path.read_text().strip()
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise CourseError(f"{path} holds no secret: bring it back from a backup, or delete it and grade all anew")
    return bytes.fromhex(text)


def fingerprint(rebuilt: NotebookNode) -> bytes:
    """A digest of what a submission's seeds and its verdict depend on: cells in order, points, the term's variant."""
    digest = hashlib.sha256()
    if variant := _term_variant(rebuilt):
        digest.update(json.dumps(variant, sort_keys=True).encode())
    for cell in rebuilt.cells:
        points = cell.metadata.get("nbgrader", {}).get("points")
        digest.update(repr((cell.id, cell.cell_type, cell.source, points and float(points))).encode())
    return digest.digest()


def submission_key(secret: bytes, rebuilt: NotebookNode) -> bytes:
    """The key of a submission: 32 bytes that stand for it in the cache and on a cluster, and give its seeds.

    Nobody can find out from the key whose submission it is, nor what the course's secret is.
    """
    return hmac.new(secret, fingerprint(rebuilt), hashlib.sha256).digest()


def grade(slug: str, rebuilt: NotebookNode, key: bytes, sandbox: Sandbox, only: tuple[str, ...] = ()) -> Verdict:
    """Run a rebuilt notebook and examine its exercises. Where the machine fails, this is tried `TRIES` times in all.

    A test that has met a limit of time or memory is run once more while this process grades nothing else, and this
    result counts; the tests after it in the same exercise are run alone, too. Where the notebook's cells have met a
    limit, all of it begins once more.

    Parameters
    ----------
    slug : str
        The chapter.
    rebuilt : NotebookNode
        What `grading.handin.rebuild` has made of the submission.
    key : bytes
        Its `submission_key`.
    sandbox : Sandbox
        A sandbox with the files that lie beside the notebook.
    only : tuple of str
        The exercises to examine; all of them unless told.

    Returns
    -------
    Verdict
        On these exercises.

    Raises
    ------
    CourseError
        The machine or a hidden test failed, so that nothing is known about the learner's work.
    """
    return retry_machine_failures(lambda: _grade_believably(slug, rebuilt, key, sandbox, only))


def retry_machine_failures(work: Callable[[], T]) -> T:
    """Do some work and return what it returns; where the machine fails, the work is tried `TRIES` times in all.

    Raises
    ------
    MachineError
        The machine has failed each time. Errors of the operating system are failures of the machine, too.
    """
    for tries in range(1, TRIES + 1):
        try:
            return work()
        except (MachineError, OSError, MemoryError) as error:
            if tries == TRIES:
                if isinstance(error, MachineError):
                    raise
                raise MachineError(f"{type(error).__name__}: {error or 'out of memory'}") from error
        # Each thread that a dead warm process has failed waits for another while, or they would all meet again.
        time.sleep(PAUSE_SECONDS * tries * random.uniform(0.5, 1.5))
    raise AssertionError  # the last try has returned or raised


class _OnceMore(Exception):  # noqa: N818
    """The cells together, or the calls of an exercise together, have met a limit, and the turn is alone now."""


def _grade_believably(slug: str, rebuilt: NotebookNode, key: bytes, sandbox: Sandbox, only: tuple[str, ...]) -> Verdict:
    """Grade; what meets a limit of time or memory is done once more alone."""
    with Turn(TURNS) as turn:
        try:
            return _grade(slug, rebuilt, key, sandbox, only, turn)
        except _OnceMore:
            return _grade(slug, rebuilt, key, sandbox, only, turn)


def _grade(
    slug: str, rebuilt: NotebookNode, key: bytes, sandbox: Sandbox, only: tuple[str, ...], turn: Turn
) -> Verdict:
    with running(rebuilt, key, sandbox) as session:
        if session.met and not turn.is_alone and turn.go_alone():
            raise _OnceMore
        turn.check_proven(session.met)
        verdicts = {}
        for exercise in only or tuple(Chapter(slug).exercises):
            if turn.is_alone:
                turn.go_back()
            session.met.clear()
            before = session.mark()
            try:
                found = examine_in_session(slug, exercise, session, key, rebuilt, partial(_believably, session, turn))
                # Beside the tests the smallest case is looked for, and costs no points.
                again = bool(session.met) and not turn.is_alone and turn.go_alone()
            except _OnceMore:
                again = True
            if again:
                session.start_again(before)
                found = examine_in_session(slug, exercise, session, key, rebuilt)
            turn.check_proven(session.met_by_slips)
            verdicts[exercise] = of_examination(found, max_points(rebuilt, exercise))
        return Verdict(verdicts, notes=session.irregular, outputs=session.outputs, versions=graders_versions())


def _believably(session: Session, turn: Turn, test: HiddenTest, learner: Callable[[], Learner], seed: int) -> Outcome:
    """Run a hidden test; where it meets a limit, once more alone, as if it had not been run.

    Since there is a second time, the first one need not wait long for code that may never end.
    """
    if turn.is_alone:
        return run_test(test, learner(), seed)
    before, is_quick = session.mark(), session.be_quick()
    outcome = run_test(test, learner(), seed)
    if len(session.met) == before.met:
        session.be_patient(before)
        return outcome
    is_over_time = session.is_over_time
    if turn.go_alone() and is_over_time:  # all tests together have used it up
        raise _OnceMore
    if turn.is_alone or is_quick:
        session.start_again(before)
        outcome = run_test(test, learner(), seed)
    turn.check_proven(session.met[before.met :])
    return outcome


@contextmanager
def running(rebuilt: NotebookNode, key: bytes, sandbox: Sandbox) -> Iterator[Session]:
    """A session of a submission, whose cells have run; its processes end with the block."""
    with Session(sandbox, rebuilt, seed(key, "", "process")) as session:
        session.child()
        yield session


def examine_in_session(
    slug: str, exercise: str, session: Session, key: bytes, rebuilt: NotebookNode, run: Run = run_once
) -> Examination:
    """Examine one exercise of a submission, once more where a mistake of an earlier one has to be followed through.

    The same key and the same code give the same numbers.
    """
    variant = _term_variant(rebuilt)
    target = Adapted(InSandbox(session), variant)
    chapter, seeds = Chapter(slug), partial(seed, key, exercise)

    def examined(learner: Callable[[], Learner]) -> Examination:
        session.begin_exercise()
        found = examine_exercise(chapter, exercise, learner, seeds, pairs, run)
        if found.wants_line:
            found.findings = smallest_case_last([*found.findings, *session.line(exercise)])
        found.findings = [_with_version(finding, found) for finding in found.findings]
        for outcome in found.outcomes if exercise in variant else ():
            if outcome.problem is not None and is_written(outcome.problem):
                said = f"{outcome.problem.text}. {variant[exercise]['note']}"
                outcome.problem = replace(outcome.problem, text=said)
        return found

    alone = examined(lambda: Learner(target))
    found = follow_through(alone, chapter, session, rebuilt, variant, target, seeds, examined)
    right = partial(right_functions, chapter, exercise, rebuilt, variant)
    return one_slip(found, chapter, session, rebuilt, lambda one: Adapted(InSandbox(one), variant), seeds, right)


def _with_version(finding: Finding, found: Examination) -> Finding:
    """A finding on a crash, with a sentence where a learner's version of NumPy may not have raised it."""
    if finding.kind != "crash":
        return finding
    steps = [step for step in found.outcomes[finding.rows[0]].record if isinstance(step, Step)]
    error = steps[-1].error if steps else None
    note = version_note(error.name, error.message) if isinstance(error, LearnerError) else ""
    return replace(finding, text=f"{finding.text} {note}") if note else finding


def _term_variant(rebuilt: NotebookNode) -> dict[str, dict]:
    """This term's variant, by exercise. It is read from the rebuilt notebook, where a learner cannot change it."""
    return rebuilt.metadata.get("batchnorm", {}).get("term", {})


def max_points(rebuilt: NotebookNode, exercise: str) -> float:
    """The points of an exercise's test cell."""
    for cell in rebuilt.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"test_{exercise}":
            return float(cell.metadata.nbgrader.points)
    return 0.0  # the exercise is newer than the release


def grade_bytes(slug: str, notebook: bytes, key: bytes, sandbox: Sandbox, only: tuple[str, ...] = ()) -> bytes:
    """Do what `grade` does, with the rebuilt notebook and the verdict as JSON, which can travel between machines."""
    rebuilt = nbformat.from_dict(json.loads(notebook))
    return grade(slug, rebuilt, key, sandbox, only).text.encode()
