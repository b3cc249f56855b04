"""Verdicts kept by content: the same submission, tests, reference and environment are graded once."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from grading import engine
from grading.course import Chapter
from grading.sandbox import Sandbox
from grading.verdict import Verdict


class Cache:
    """Verdicts in a folder, one file each, written whole or not at all."""

    def __init__(self, folder: Path):
        self.folder = folder

    def key(self, slug: str, rebuilt: NotebookNode, secret: bytes) -> str:
        """What a submission's verdict is kept under: two with one key have one verdict."""
        return hashlib.sha256(Chapter(slug).digest + secret + engine.fingerprint(rebuilt)).hexdigest()

    def find(self, slug: str, key: str) -> Verdict | None:
        """The verdict that is kept, if one is."""
        try:
            return Verdict.from_json(json.loads((self.folder / slug / f"{key}.json").read_bytes()))
        except FileNotFoundError:
            return None

    def keep(self, slug: str, key: str, verdict: bytes) -> None:
        """Keep a verdict, as `engine.grade_bytes` returns it."""
        path = self.folder / slug / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_bytes(verdict)
        part.replace(path)

    def graded(self, slug: str, rebuilt: NotebookNode, secret: bytes, sandbox: Callable[[], Sandbox]) -> Verdict:
        """The verdict on a submission, from the folder or from `engine.grade`, in a sandbox made for it."""
        key = self.key(slug, rebuilt, secret)
        known = self.find(slug, key)
        if known is not None:
            return known
        verdict = engine.grade(slug, rebuilt, secret, sandbox())
        self.keep(slug, key, json.dumps(verdict.to_json()).encode())
        return verdict
