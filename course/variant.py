"""A term's variant of the exercises: another order of arguments or another layout, declared in a private file.

The file is `variant.toml` in the course's folder, which is never in git::

    [transform.batchnorm_forward]
    arguments = ["gamma", "beta", "x"]       # this term's order of those without a default
    features_first = ["x", "result"]         # these have the shape (d, m) instead of (m, d)

Hidden tests, reference and misconceptions stay as they are: `course.kit.play.Adapter` stands between them and the
learner, in grading as in the visible check. Notebooks and grading read the same file.
"""

import inspect
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from course.chapter import Chapter, slugs
from course.errors import CourseError
from course.examination.examine import run_test
from course.examination.learner import InProcess, Learner, Step, Target
from course.kit.play import Adapter

NAME = "variant.toml"
RESULT = "result"


@dataclass(frozen=True)
class TermVariant:
    """The changes that a term declares: by chapter and exercise, the arguments of `Adapter` and a note to learners.

    They are kept as JSON text, so that a variant can be hashed, compared and sent to another process. The default
    changes nothing.
    """

    text: str = "{}"

    def of(self, slug: str) -> dict[str, dict]:
        """The entries of those exercises of a chapter that this term changes, by name."""
        return json.loads(self.text).get(slug, {})


STANDARD = TermVariant()


def term_of(root: Path) -> TermVariant:
    """The variant that a course's folder declares; `STANDARD` if it declares none.

    Raises
    ------
    CourseError
        If the file is no TOML, or names a chapter, an exercise or an argument that does not exist.
    """
    path = root / NAME
    return _term(path.read_text(encoding="utf-8"), str(path)) if path.is_file() else STANDARD


@cache
def _term(text: str, where: str) -> TermVariant:
    try:
        declared = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{where} is no TOML: {error}") from error
    found: dict[str, dict] = {}
    for slug, exercises in declared.items():
        if slug not in slugs() or not isinstance(exercises, dict):
            raise CourseError(f"{where}: there is no chapter {slug!r}; there are {', '.join(slugs())}")
        found[slug] = {name: _entry(Chapter(slug), name, entry, where) for name, entry in exercises.items()}
    return TermVariant(json.dumps(found, sort_keys=True))


def _entry(chapter: Chapter, exercise: str, declared: Any, where: str) -> dict:
    function = chapter.exercises.get(exercise)
    at = f"{where}, [{chapter.slug}.{exercise}]"
    if function is None or not inspect.isfunction(function):
        functions = [name for name, value in chapter.exercises.items() if inspect.isfunction(value)]
        raise CourseError(f"{at}: wanted a function of the chapter: {', '.join(functions)}")
    parameters = inspect.signature(function).parameters.values()
    order = [p.name for p in parameters if p.default is p.empty]
    if not isinstance(declared, dict) or not set(declared) <= {"arguments", "features_first"}:
        raise CourseError(f"{at}: wanted `arguments` and `features_first`, each a list of names")
    arguments, first = declared.get("arguments", order), declared.get("features_first", [])
    if sorted(map(str, arguments)) != sorted(order):
        raise CourseError(f"{at}: arguments are {arguments}; wanted each of {order} once, in this term's order")
    if unknown := [name for name in first if name not in (*order, RESULT)]:
        raise CourseError(f"{at}: features_first names {unknown}; there are {[*order, RESULT]}")
    if first and _takes_functions(chapter, exercise):
        raise CourseError(f"{at}: a function among the arguments has a layout of its own; only their order can change")
    signature = ", ".join([*arguments, *(str(p) for p in parameters if p.default is not p.empty)])
    turned = ", ".join("the result" if name == RESULT else name for name in first)
    layout = f", with features first, (d, m) for (m, d): {turned}" if first else ""
    return {
        "order": order,
        "arguments": list(arguments),
        "features_first": list(first),
        "note": f"This term it is {exercise}({signature}){layout}",
    }


def _takes_functions(chapter: Chapter, exercise: str) -> bool:
    learner = Learner(InProcess(chapter.exercises))
    for test in chapter.hidden_tests(exercise):
        run_test(test, learner, 0)
    return any(callable(a) for step in learner.record if isinstance(step, Step) for a in step.args)


class Adapted:
    """A target that turns the calls of hidden tests, which are as the pages have them, into those of this term."""

    def __init__(self, target: Target, term: Mapping[str, dict]):
        self._target, self._term = target, term

    def call(self, name: str, args: tuple, kwargs: dict) -> Any:
        def function(*args: Any, **kwargs: Any) -> Any:
            return self._target.call(name, args, kwargs)

        return Adapter.of(function, self._term.get(name))(*args, **kwargs)

    def method(self, handle: Any, name: str, args: tuple, kwargs: dict) -> Any:
        return self._target.method(handle, name, args, kwargs)

    def get(self, handle: Any, name: str) -> Any:
        return self._target.get(handle, name)

    def set(self, handle: Any, name: str, value: Any) -> None:
        self._target.set(handle, name, value)
