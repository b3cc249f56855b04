"""Verdicts kept by content: the same submission, tests, reference and environment are graded once."""

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from grading.engine.digest import verdict_digests
from grading.engine.grade import grade, submission_key
from grading.engine.unchanged import check_unchanged
from grading.engine.verdict import Verdict
from grading.sandbox.warm import Sandbox

STANDING = "standing"  # below a chapter's folder: the verdicts that the gradebook has, by student
SCHEMA = 2  # the form of a file; a file of another schema is a miss


class Cache:
    """Verdicts in a folder, one file for each submission. A file is written whole or not at all.

    For each exercise a file has the digest of what its verdict depends on. Where that has changed since, this exercise
    alone is examined again. A file that cannot be read is a miss, as if it were not there.

    Beside it is kept, by student, the verdict that the gradebook has. It stands, whatever is examined meanwhile, until
    another one is written.

    Parameters
    ----------
    folder : Path
        Below it each chapter has a folder, which is made with the first verdict.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def find(self, slug: str, key: bytes) -> Verdict | None:
        """The kept verdict on the submission with this `submission_key`; None unless all of it still holds."""
        verdict, digests = self._read(slug, key)
        return verdict if verdict is not None and digests == verdict_digests(slug) else None

    def recorded(self, slug: str, key: bytes) -> Verdict | None:
        """The kept verdict as it was given, whatever has changed since; None where there is none."""
        return self._read(slug, key)[0]

    def stand(self, slug: str, student: str, key: bytes, verdict: Verdict) -> None:
        """Keep a verdict on a submission as the one that the gradebook has of a student.

        Where it can't be kept, none stands: an earlier one would be written in its place by the next run.
        """
        path = self._standing(slug, student, key)
        recorded, _ = self._read(slug, key)
        with contextlib.suppress(OSError):
            try:
                if recorded is None or recorded.text != verdict.text:  # it was not written, for the disk is full
                    raise OSError
                self._write(path, self._path(slug, key).read_text())
            except OSError:
                path.unlink(missing_ok=True)
            for earlier in path.parent.iterdir():
                if earlier != path:
                    earlier.unlink()

    def standing(self, slug: str, student: str, key: bytes) -> tuple[Verdict | None, tuple[str, ...]]:
        """The verdict that the gradebook has of a student's submission, and the exercises whose tests have changed."""
        verdict, digests = self._read_file(self._standing(slug, student, key))
        return verdict, _stale(slug, digests)

    def stale(self, slug: str, key: bytes) -> tuple[str, ...]:
        """The exercises that have to be examined, because no kept verdict on them holds for today's tests."""
        return _stale(slug, self._read(slug, key)[1])

    def keep(self, slug: str, key: bytes, found: Verdict) -> Verdict:
        """Keep a verdict on some exercises or on all of them.

        A verdict that cannot be written, for the disk is full, holds all the same; it is found anew the next time.

        Returns
        -------
        Verdict
            The verdict on all exercises: the new one, and of the others what was kept and still holds.

        Raises
        ------
        CourseError
            The tests have changed while the verdict was found, so that it is unknown which ones have given it.
        """
        now = verdict_digests(slug)
        check_unchanged(slug)
        whole = found
        if found.exercises.keys() != now.keys():
            known, digests = self._read(slug, key)
            still = known.exercises if known is not None else {}
            exercises = {name: e for name, e in still.items() if digests.get(name) == now.get(name)} | found.exercises
            whole = replace(found, exercises={n: exercises[n] for n in now if n in exercises})
        digests = {name: now[name] for name in whole.exercises}
        text = f'{{"schema": {SCHEMA}, "digests": {json.dumps(digests)}, "verdict": {whole.text}}}'
        with contextlib.suppress(OSError):
            self._write(self._path(slug, key), text)
        return whole

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            part.write_text(text)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def graded(
        self, slug: str, student: str, rebuilt: NotebookNode, secret: bytes, sandbox: Callable[[], Sandbox]
    ) -> Verdict:
        """The verdict on a student's submission by today's tests: the kept one, or what `grade` finds in a sandbox.

        It is kept as the one that the gradebook has: nbgrader, which asks for it, writes it.
        """
        key = submission_key(secret, rebuilt)
        verdict = self.find(slug, key)
        if verdict is None:
            verdict = self.keep(slug, key, grade(slug, rebuilt, key, sandbox(), self.stale(slug, key)))
        self.stand(slug, student, key, verdict)
        return verdict

    def _path(self, slug: str, key: bytes) -> Path:
        return self.folder / slug / f"{key.hex()}.json"

    def _standing(self, slug: str, student: str, key: bytes) -> Path:
        return self.folder / slug / STANDING / student / f"{key.hex()}.json"

    def _read(self, slug: str, key: bytes) -> tuple[Verdict | None, dict[str, str]]:
        return self._read_file(self._path(slug, key))

    @staticmethod
    def _read_file(path: Path) -> tuple[Verdict | None, dict[str, str]]:
        try:
            data = json.loads(path.read_bytes())
            if data["schema"] != SCHEMA:
                return None, {}
            return Verdict.from_json(data["verdict"]), dict(data["digests"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # missing, cut short, or of another version
            return None, {}


def _stale(slug: str, digests: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for name, digest in verdict_digests(slug).items() if digests.get(name) != digest)
