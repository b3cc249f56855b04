"""What the gradebook has of a class: which hand-ins it has as they are now, and which verdicts on them."""

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from grading.engine.cache import Cache
from grading.engine.grade import fingerprint
from grading.engine.verdict import Verdict
from grading.handin import submission
from grading.handin.submission import HandIn


class WrittenLog:
    """Which hand-ins the gradebook has, as they are now: a line each in a file, so that a run can be cut off.

    Of the graded notebook time and size count too: whatever else has written it since, the line holds no more.
    """

    def __init__(self, root: Path, slug: str, about: tuple[str, ...]):
        self._path = root / "cache" / slug / "written"
        self._graded = root / "autograded"
        self._slug = slug
        self._about = about

    def __enter__(self) -> "WrittenLog":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = self._path.read_text(errors="replace") if self._path.is_file() else ""
        self._known = set(text.splitlines())
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        if text and not text.endswith("\n"):  # a run that was cut off left half a line
            self._append("\n")
        return self

    def __exit__(self, *_: Any) -> None:
        os.close(self._file)

    def _append(self, text: str) -> None:
        """Write a text; what a full disk does not take is done again by the next run."""
        with contextlib.suppress(OSError):
            os.write(self._file, text.encode())

    def _line(self, hand_in: HandIn, verdict: Verdict) -> str:
        graded = self._graded / hand_in.student / self._slug / submission.NAME
        found = graded.stat() if graded.is_file() else None
        state = (found.st_mtime_ns, found.st_size) if found else None  # a power cut may leave an empty file
        text = fingerprint(hand_in.notebook)
        pictures = [cell.attachments for cell in hand_in.notebook.cells if "attachments" in cell]
        what = (hand_in.student, text, *pictures, verdict.text, hand_in.notes, hand_in.date, state, *self._about)
        return hashlib.sha256(repr(what).encode()).hexdigest()

    def has(self, hand_in: HandIn, verdict: Verdict) -> bool:
        return self._line(hand_in, verdict) in self._known

    def add(self, hand_in: HandIn, verdict: Verdict) -> None:
        self._append(self._line(hand_in, verdict) + "\n")


class Standing:
    """The verdicts of those who have a grade and whose hand-in is unchanged.

    Attributes
    ----------
    graded : set of str
        Who has a grade.
    found : set of str
        Whose verdict stands.
    earlier : set of str
        Those of them whose verdict is of tests that have changed since.
    """

    def __init__(self, root: Path, slug: str, graded: Iterable[str], written: WrittenLog):
        self._cache = Cache(root / "cache")
        self._slug = slug
        self.graded = set(graded)
        self._written = written
        self.found: set[str] = set()
        self.earlier: set[str] = set()

    def __call__(self, hand_in: HandIn, key: bytes) -> Verdict | None:
        name = hand_in.student
        if name not in self.graded:
            return None
        verdict, stale = self._cache.standing(self._slug, name, key)
        if verdict is None:  # graded when none was kept by student: the last verdict is it, if it was written
            recorded = self._cache.recorded(self._slug, key)
            if recorded is None or not self._written.has(hand_in, recorded):
                return None
            self._cache.stand(self._slug, name, key, recorded)
            verdict, stale = self._cache.standing(self._slug, name, key)
        if verdict is not None:
            self.found.add(name)
            if stale:
                self.earlier.add(name)
        return verdict
