"""A chapter and its exercises, found in the repository by name: there is no registry.

A slug is the name of a chapter: of its folder in `book/`, its module in `solutions/`, `tests/hidden/`,
`tests/misconceptions/` and `tests/formulations/`, and its nbgrader assignment. An exercise is a public function or
class of `solutions/SLUG.py`.
"""

import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from course.errors import CourseError
from course.freshness import ROOT, cached_until_changed


@dataclass(frozen=True)
class HiddenTest:
    """One property of an exercise, tested by a pytest function `test_EXERCISE__PROPERTY(learner, rng)`."""

    exercise: str
    property: str
    run: Callable
    label: str
    weight: float
    after: tuple[str, ...]  # counts only where these properties hold
    private: bool  # not in the visible check
    judged: bool = False  # the numbers depend on the learner's free choices, so mistakes are told apart by verdicts
    consequence: bool = False  # follows from other properties, so it is graded but not used to name the mistake
    rests: tuple[str, ...] = ()  # was not reached where one of these fails too, and counts by itself where it holds


@dataclass(frozen=True)
class Answer:
    """A wrong answer with its hint, or another right formulation, of one exercise."""

    exercise: str
    slug: str
    implementation: Callable
    hint: str

    @property
    def as_handed_in(self) -> Callable:
        """The implementation; a class is called like the exercise, since messages of errors have its name."""
        made = self.implementation
        return type(self.exercise, (made,), {}) if isinstance(made, type) else made


@cached_until_changed
def load(path: Path) -> ModuleType:
    """Import a file that belongs to no package, and return the module.

    Raises
    ------
    CourseError
        If there is no such file, or if it is no Python, for example because an editor is just writing it.
    """
    if not path.is_file():
        raise CourseError(f"{path} is missing: every chapter has one")
    name = "course_" + "_".join(path.with_suffix("").parts[-2:])
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise CourseError(f"{error.filename}, line {error.lineno}: {error.msg}") from error
    return module


def slugs() -> list[str]:
    """The names of all chapters, sorted: the folders of the book that have an exercise page."""
    book = ROOT / "book"
    return sorted(name for name in os.listdir(book) if os.path.isfile(f"{book}/{name}/exercise.md"))


@dataclass(frozen=True)
class Chapter:
    """One chapter's four files."""

    slug: str

    @property
    def page(self) -> Path:
        return ROOT / "book" / self.slug / "exercise.md"

    @property
    def solutions(self) -> ModuleType:
        return importlib.import_module(f"solutions.{self.slug}")

    @property
    def exercises(self) -> dict[str, Callable]:
        """The reference of each exercise, by name, in the order of the file."""
        module = self.solutions
        return {
            name: value
            for name, value in vars(module).items()
            if not name.startswith("_")
            and (inspect.isfunction(value) or inspect.isclass(value))
            and value.__module__ == module.__name__
        }

    def hidden_tests(self, exercise: str) -> list[HiddenTest]:
        """The hidden tests of one exercise, in the order of the file."""
        module = load(ROOT / "tests" / "hidden" / f"{self.slug}.py")
        return [
            HiddenTest(
                exercise=exercise,
                property=name.removeprefix(f"test_{exercise}__"),
                run=value,
                label=(inspect.getdoc(value) or name).split("\n\n")[0].replace("\n", " "),
                weight=float(_mark(value, "weight", 1.0)),
                after=_marks(value, "after"),
                rests=_marks(value, "rests"),
                private=_mark(value, "private", False),
                judged=_mark(value, "judged", False),
                consequence=_mark(value, "consequence", False),
            )
            for name, value in vars(module).items()
            if name.startswith(f"test_{exercise}__")
        ]

    def smallest(self, exercise: str) -> list[dict[str, Any]]:
        """Small calls of an exercise's function, as arguments by name, or steps with an object; the simplest first."""
        path = ROOT / "tests" / "smallest" / f"{self.slug}.py"
        return load(path).SMALLEST.get(exercise, []) if path.is_file() else []

    def misconceptions(self, exercise: str) -> list[Answer]:
        """The wrong answers to one exercise, the subtle ones first."""
        return self._answers("misconceptions", exercise)

    def formulations(self, exercise: str) -> list[Answer]:
        """Right answers written in other ways than the reference."""
        return self._answers("formulations", exercise)

    def _answers(self, folder: str, exercise: str) -> list[Answer]:
        module = load(ROOT / "tests" / folder / f"{self.slug}.py")
        return [
            Answer(
                exercise,
                name.removeprefix(f"{exercise}__"),
                value,
                " ".join((inspect.getdoc(value) or "").split()),
            )
            for name, value in vars(module).items()
            if name.startswith(f"{exercise}__")
        ]


def _mark(function: Callable, name: str, default):
    return next(iter(_marks(function, name) or (default,)))


def _marks(function: Callable, name: str) -> tuple:
    """The arguments of a test's mark of this name: `(True,)` if the mark has none, `()` if there is no such mark."""
    found = [mark for mark in getattr(function, "pytestmark", []) if mark.name == name]
    return (found[0].args or (True,)) if found else ()
