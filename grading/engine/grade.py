"""Grading one submission: a stateless function from its notebook to a verdict.

It is the same for nbgrader's commands, for a class graded in parallel and for a cluster.
"""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import nbformat
from nbformat import NotebookNode

from course.chapter import Chapter
from course.errors import MachineError
from course.examination.examine import NOT_WRITTEN, Examination, examine_exercise, seed
from course.examination.learner import Learner
from course.notebooks import bundle, notebook
from course.variant import STANDARD, Adapted, TermVariant
from grading.engine.session import InSandbox, Session
from grading.engine.verdict import Verdict, of_examination
from grading.sandbox.warm import Sandbox

T = TypeVar("T")

TRIES = 3  # for a machine that fails
PAUSE_SECONDS = 1.0


@cache
def released(slug: str, term: TermVariant = STANDARD) -> NotebookNode:
    """The notebook of a chapter as it is released, made from its page."""
    return notebook(Chapter(slug).page, slug, term.of(slug))


@cache
def companion_files(slug: str, term: TermVariant = STANDARD) -> dict[str, bytes]:
    """What lies beside the notebook: the visible check, its key, data."""
    return {name: content for name, content in bundle(slug, term).items() if not name.endswith(".ipynb")}


def course_secret(root: Path) -> bytes:
    """The secret of a course, from which the seeds are drawn; made at first use, kept in its folder."""
    path = root / "secret"
    if not path.is_file():
        root.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n")
    return bytes.fromhex(path.read_text().strip())


def fingerprint(rebuilt: NotebookNode) -> bytes:
    """What a submission's seeds and cached verdict hang on: the text of its cells, their order, the term's variant."""
    digest = hashlib.sha256()
    if _term(rebuilt):
        digest.update(json.dumps(_term(rebuilt), sort_keys=True).encode())
    for cell in rebuilt.cells:
        digest.update(repr((cell.id, cell.cell_type, cell.source)).encode())
    return digest.digest()


def submission_key(secret: bytes, rebuilt: NotebookNode) -> bytes:
    """What stands for a submission where it is graded and kept; its seeds are drawn from it.

    It tells nothing of whose it is, nor of the course's secret.
    """
    return hmac.new(secret, fingerprint(rebuilt), hashlib.sha256).digest()


def grade(slug: str, rebuilt: NotebookNode, key: bytes, sandbox: Sandbox, only: tuple[str, ...] = ()) -> Verdict:
    """Run a rebuilt notebook and examine its exercises; where the machine fails, again, `TRIES` times in all.

    Parameters
    ----------
    slug : str
        The chapter.
    rebuilt : NotebookNode
        From `grading.handin.rebuild`.
    key : bytes
        Its `submission_key`.
    sandbox : Sandbox
        Started with the files that lie beside the notebook (`companion_files`).
    only : tuple of str
        Examine these exercises alone; all unless told.

    Returns
    -------
    Verdict

    Raises
    ------
    CourseError
        Where the machine or a hidden test failed: nothing is known of the learner's work then.
    """
    return retry_machine_failures(lambda: _grade(slug, rebuilt, key, sandbox, only))


def retry_machine_failures(work: Callable[[], T]) -> T:
    """What `work` returns; a failure of the machine is met with another try."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except MachineError:
            time.sleep(PAUSE_SECONDS)
    return work()


def _grade(slug: str, rebuilt: NotebookNode, key: bytes, sandbox: Sandbox, only: tuple[str, ...]) -> Verdict:
    with running(rebuilt, key, sandbox) as session:
        verdicts = {
            exercise: of_examination(
                examine_in_session(slug, exercise, session, key, rebuilt), points(rebuilt, exercise)
            )
            for exercise in only or Chapter(slug).exercises
        }
        return Verdict(verdicts, notes=session.irregular, outputs=session.outputs)


@contextmanager
def running(rebuilt: NotebookNode, key: bytes, sandbox: Sandbox) -> Iterator[Session]:
    """The session of a submission, in which its cells have run."""
    with Session(sandbox, rebuilt, seed(key, "", "process")) as session:
        session.child()
        yield session


def examine_in_session(slug: str, exercise: str, session: Session, key: bytes, rebuilt: NotebookNode) -> Examination:
    """One exercise of a submission examined: the same key and code give the same numbers."""
    session.begin_exercise()
    term = _term(rebuilt)
    target = Adapted(InSandbox(session), term)
    found = examine_exercise(Chapter(slug), exercise, lambda: Learner(target), partial(seed, key, exercise))
    for outcome in found.outcomes if exercise in term else ():
        if outcome.problem is not None and outcome.problem.text != NOT_WRITTEN:
            said = f"{outcome.problem.text}. {term[exercise]['note']}"
            outcome.problem = replace(outcome.problem, text=said)
    return found


def _term(rebuilt: NotebookNode) -> dict[str, dict]:
    """What is otherwise this term: of the released notebook, so no learner can change it."""
    return rebuilt.metadata.get("batchnorm", {}).get("term", {})


def points(rebuilt: NotebookNode, exercise: str) -> float:
    """What an exercise's test cell is worth."""
    cell = next(c for c in rebuilt.cells if c.metadata.get("nbgrader", {}).get("grade_id") == f"test_{exercise}")
    return float(cell.metadata.nbgrader.points)


def grade_bytes(slug: str, notebook: bytes, key: bytes, sandbox: Sandbox, only: tuple[str, ...] = ()) -> bytes:
    """`grade`, with the rebuilt notebook and the verdict as JSON: what travels to another machine and back."""
    rebuilt = nbformat.from_dict(json.loads(notebook))
    return json.dumps(grade(slug, rebuilt, key, sandbox, only).to_json()).encode()
