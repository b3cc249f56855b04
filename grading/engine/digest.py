"""Digests of what a verdict depends on besides the submission: the exercise, the engine, and the learner's packages."""

import hashlib
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from course.chapter import ROOT, Chapter
from course.digest import digest_of_files, exercise_digests, needed
from course.freshness import cached_until_changed
from grading.sandbox.warm import LEARNER_PYTHON

#: The packages of the learner's environment that can change a result.
PACKAGES = ("numpy", "matplotlib", "ipython")


def verdict_digests(slug: str) -> dict[str, str]:
    """For each exercise of a chapter a hexadecimal digest of what its verdict depends on besides the submission."""
    references = _references(slug)
    return {
        exercise: hashlib.sha256(digest.encode() + _engine() + references[exercise]).hexdigest()
        for exercise, digest in exercise_digests(slug).items()
    }


@cached_until_changed
def _references(slug: str) -> dict[str, bytes]:
    """For each exercise a digest of the references before it, which may answer its calls (`follow.py`)."""
    text, digest, found = (ROOT / "solutions" / f"{slug}.py").read_text(encoding="utf-8"), hashlib.sha256(), {}
    for exercise in Chapter(slug).exercises:
        found[exercise] = digest.digest()
        digest.update("\n".join(needed(exercise, [text])).encode())
    return found


@cache
def _engine() -> bytes:
    """A digest of the code that grades, and of the learner's packages."""
    folders = (ROOT / "grading" / name for name in ("engine", "sandbox"))
    code = digest_of_files(path for folder in folders for path in folder.rglob("*.py"))
    return hashlib.sha256(code + repr(learner_packages()).encode()).digest()


def learner_packages(python: Path = LEARNER_PYTHON) -> dict[str, str]:
    """The versions in the learner's environment, by name: of `PACKAGES`, and of Python under "python"."""
    found = {}
    for site in sorted(python.parent.parent.glob("lib/python*/site-packages")):
        found["python"] = site.parent.name
        found |= {d.name.lower(): d.version for d in distributions(path=[str(site)]) if d.name.lower() in PACKAGES}
    return dict(sorted(found.items()))
