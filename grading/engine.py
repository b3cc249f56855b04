"""Grading one submission: a stateless function from its notebook to a verdict.

It is the same for nbgrader's commands, for a class graded in parallel and for a cluster.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

import nbformat
from nbformat import NotebookNode

from grading.course import Chapter
from grading.errors import SandboxError
from grading.examine import examine, seed
from grading.learner import Learner
from grading.sandbox import Sandbox
from grading.session import InSandbox, Session
from grading.verdict import Verdict, of_examination
from publishing.notebooks import bundle, notebook

T = TypeVar("T")

TRIES = 3  # for a machine that fails
PAUSE_SECONDS = 1.0


@cache
def released(slug: str) -> NotebookNode:
    """The notebook of a chapter as it is released, made from its page."""
    return notebook(Chapter(slug).page, slug)


@cache
def beside(slug: str) -> dict[str, bytes]:
    """What lies beside the notebook: the visible check, its key, data."""
    return {name: content for name, content in bundle(slug).items() if not name.endswith(".ipynb")}


def course_secret(root: Path) -> bytes:
    """The secret of a course, from which the seeds are drawn; made at first use, kept in its folder."""
    path = root / "secret"
    if not path.is_file():
        root.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32) + "\n")
    return bytes.fromhex(path.read_text().strip())


def fingerprint(rebuilt: NotebookNode) -> bytes:
    """What a submission's seeds and cached verdict hang on: the text of its cells, and their order."""
    digest = hashlib.sha256()
    for cell in rebuilt.cells:
        digest.update(repr((cell.id, cell.cell_type, cell.source)).encode())
    return digest.digest()


def grade(slug: str, rebuilt: NotebookNode, secret: bytes, sandbox: Sandbox) -> Verdict:
    """Run a rebuilt notebook and examine its exercises; where the machine fails, again, `TRIES` times in all.

    Parameters
    ----------
    slug : str
        The chapter.
    rebuilt : NotebookNode
        From `grading.rebuild`.
    secret : bytes
        The course's secret.
    sandbox : Sandbox
        Started with the files that lie beside the notebook (`beside`).

    Returns
    -------
    Verdict

    Raises
    ------
    CourseError
        Where the machine or a hidden test failed: nothing is known of the learner's work then.
    """
    return patiently(lambda: _grade(slug, rebuilt, secret, sandbox))


def patiently(work: Callable[[], T]) -> T:
    """What `work` returns; a failure of the machine is met with another try."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except SandboxError:
            time.sleep(PAUSE_SECONDS)
    return work()


def _grade(slug: str, rebuilt: NotebookNode, secret: bytes, sandbox: Sandbox) -> Verdict:
    chapter, submission = Chapter(slug), fingerprint(rebuilt)
    points = {
        c.metadata.nbgrader.grade_id.removeprefix("test_"): float(c.metadata.nbgrader.points)
        for c in rebuilt.cells
        if c.metadata.get("nbgrader", {}).get("grade_id", "").startswith("test_")
    }
    verdicts = {}
    with Session(sandbox, rebuilt) as session:
        session.child()
        for exercise in chapter.exercises:
            session.begin_exercise()
            found = examine(
                chapter,
                exercise,
                lambda: Learner(InSandbox(session)),
                partial(seed, secret, submission, exercise),
            )
            verdicts[exercise] = of_examination(found, points[exercise])
        return Verdict(verdicts, notes=session.irregular, outputs=session.outputs)


def grade_bytes(slug: str, notebook: bytes, secret: bytes, sandbox: Sandbox) -> bytes:
    """`grade`, with the rebuilt notebook and the verdict as JSON: what travels to another machine and back."""
    rebuilt = nbformat.from_dict(json.loads(notebook))
    return json.dumps(grade(slug, rebuilt, secret, sandbox).to_json()).encode()
