"""Verdicts kept by content: the same submission, tests, reference and environment are graded once."""

import json
import os
from collections.abc import Callable
from pathlib import Path

from nbformat import NotebookNode

from course.chapter import Chapter
from grading.engine import grade as engine
from grading.engine.verdict import Verdict
from grading.sandbox.warm import Sandbox


class Cache:
    """Verdicts in a folder, one file a submission, written whole or not at all.

    With each exercise stands the digest of what its verdict hangs on: where that has changed since, this exercise
    alone is examined again.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def find(self, slug: str, key: bytes) -> Verdict | None:
        """The verdict that is kept, if one is and all of it still holds."""
        verdict, digests = self._read(slug, key)
        return verdict if verdict is not None and digests == Chapter(slug).digests else None

    def recorded(self, slug: str, key: bytes) -> Verdict | None:
        """The verdict as it was given, whatever has changed since."""
        return self._read(slug, key)[0]

    def stale(self, slug: str, key: bytes) -> tuple[str, ...]:
        """The exercises that are to be examined, of the tests and the reference as they are now."""
        _, digests = self._read(slug, key)
        return tuple(name for name, digest in Chapter(slug).digests.items() if digests.get(name) != digest)

    def keep(self, slug: str, key: bytes, found: Verdict) -> Verdict:
        """Keep a verdict on some exercises or all; what is kept of the others and still holds stays.

        Returns
        -------
        Verdict
            On all of them.
        """
        known, digests = self._read(slug, key)
        now = Chapter(slug).digests
        still = known.exercises if known is not None else {}
        exercises = {name: e for name, e in still.items() if digests.get(name) == now.get(name)} | found.exercises
        whole = Verdict({name: exercises[name] for name in now if name in exercises}, "", found.notes, found.outputs)
        path = self._path(slug, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        data = {"digests": {name: now[name] for name in whole.exercises}, "verdict": whole.to_json()}
        part.write_text(json.dumps(data))
        part.replace(path)
        return whole

    def graded(self, slug: str, rebuilt: NotebookNode, secret: bytes, sandbox: Callable[[], Sandbox]) -> Verdict:
        """The verdict on a submission, from the folder or from `engine.grade`, in a sandbox made for it."""
        key = engine.submission_key(secret, rebuilt)
        known = self.find(slug, key)
        if known is not None:
            return known
        return self.keep(slug, key, engine.grade(slug, rebuilt, key, sandbox(), self.stale(slug, key)))

    def _path(self, slug: str, key: bytes) -> Path:
        return self.folder / slug / f"{key.hex()}.json"

    def _read(self, slug: str, key: bytes) -> tuple[Verdict | None, dict[str, str]]:
        try:
            data = json.loads(self._path(slug, key).read_bytes())
        except FileNotFoundError:
            return None, {}
        return Verdict.from_json(data["verdict"]), data["digests"]
