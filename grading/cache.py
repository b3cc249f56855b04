"""Verdicts kept by content: the same submission, tests, reference and environment are graded once."""

import hashlib
import json
import os
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from nbformat import NotebookNode

from grading import engine
from grading.course import ROOT
from grading.sandbox import Sandbox
from grading.verdict import Verdict

#: What a verdict hangs on, besides the submission: the chapter's files, and the code that grades.
GRADERS = ("grading", "publishing")


@cache
def content(slug: str) -> bytes:
    """A digest of everything that a chapter's verdicts hang on."""
    digest = hashlib.sha256()
    chapter = [
        ROOT / folder / f"{slug}.py" for folder in ("solutions", "tests/hidden", "tests/misconceptions")
    ]
    code = sorted(path for folder in GRADERS for path in (ROOT / folder).rglob("*.py"))
    for path in (*chapter, ROOT / "book" / slug / "exercise.md", *code):
        digest.update(path.read_bytes())
    versions = (sys.version, *(f"{name} {version(name)}" for name in ("numpy", "ipython", "matplotlib")))
    digest.update(repr(versions).encode())
    return digest.digest()


class Cache:
    """Verdicts in a folder, one file each, written whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder

    def _path(self, slug: str, rebuilt: NotebookNode, secret: bytes) -> Path:
        key = hashlib.sha256(content(slug) + secret + engine.fingerprint(rebuilt)).hexdigest()
        return self.folder / slug / f"{key}.json"

    def graded(self, slug: str, rebuilt: NotebookNode, secret: bytes, sandbox: Sandbox) -> Verdict:
        """The verdict on a submission, from the folder or from `engine.grade`."""
        path = self._path(slug, rebuilt, secret)
        if path.is_file():
            return Verdict.from_json(json.loads(path.read_text()))
        verdict = engine.grade(slug, rebuilt, secret, sandbox)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(verdict.to_json()))
        part.replace(path)
        return verdict

    def forget(self, slug: str) -> None:
        """Drop a chapter's verdicts."""
        for path in (self.folder / slug).glob("*.json"):
            path.unlink()
