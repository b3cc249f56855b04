"""The slips are what they say: each loses points, and the mistakes that they name are in the catalogue."""

import inspect

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
