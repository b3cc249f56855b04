"""The slips are what they say: each loses points, and the mistakes that they name are in the catalogue."""

import functools
import inspect
import traceback

import pytest

from course.chapter import ROOT, Chapter, load, slugs
from course.mutations import graded

KINDS = ("named ", "placed", "crash", "says: ")


def slips(slug):
    path = ROOT / "tests" / "slips" / f"{slug}.py"
    found = vars(load(path)) if path.is_file() else {}
    return {name: value for name, value in found.items() if "__" in name.strip("_")}


SLIPS = [(slug, name) for slug in slugs() for name in slips(slug)]


def told(implementation):
    """The lines of a slip's docstring, and the mistakes of the catalogue that they name."""
    lines = [line.strip() for line in inspect.getdoc(implementation).splitlines()]
    listed = [
        name.strip()
        for line in lines
        for kind in ("named ", "allowed ")
        if line.startswith(kind)
        for name in line.removeprefix(kind).split(",")
    ]
    return lines, listed


@pytest.mark.parametrize(("slug", "name"), SLIPS)
def test_a_slip_loses_points(slug, name):
    exercise = name.split("__")[0]
    result = graded(Chapter(slug), exercise, slips(slug)[name])
    assert result.share < 1


CRASHES = [(slug, name) for slug, name in SLIPS if told(slips(slug)[name])[0][0] == "crash"]


@pytest.mark.parametrize(("slug", "name"), CRASHES)
def test_a_crash_is_where_its_mark_is(slug, name):
    implementation = slips(slug)[name]
    source, first = inspect.getsourcelines(implementation)
    stopped = set()

    def watched(function):
        @functools.wraps(function)
        def call(*args, **kwargs):
            try:
                return function(*args, **kwargs)
            except Exception as error:
                here = inspect.getsourcefile(implementation)
                stopped.update(f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == here)
                raise

        return call

    answer = watched(implementation)
    if inspect.isclass(implementation):
        methods = {n: watched(f) for n, f in vars(implementation).items() if inspect.isfunction(f)}
        answer = type(name, (implementation,), methods)
    graded(Chapter(slug), name.split("__")[0], answer)
    assert {first + k for k, line in enumerate(source) if "# slip" in line} <= stopped


@pytest.mark.parametrize(("slug", "name"), SLIPS)
def test_a_slip_says_what_is_to_be_told(slug, name):
    chapter, implementation = Chapter(slug), slips(slug)[name]
    exercise = name.split("__")[0]
    assert exercise in chapter.exercises
    lines, listed = told(implementation)
    assert lines[0].startswith(KINDS), lines
    known = {wrong.slug for wrong in chapter.misconceptions(exercise)}
    assert set(listed) <= known, set(listed) - known
    if lines[0].startswith("named"):
        assert len(listed) >= 2
    marks = inspect.getsource(implementation).count("# slip")
    assert marks == (1 if lines[0] in ("placed", "crash") else 0)
