"""Every answer in `tests/slips/` loses points, and what its docstring wants to be told can be told.

That one known mistake in other words is told is tested here; how much is told of the others,
`python -m grading diagnosis` measures. Slips are found by name, like misconceptions: a slip `EXERCISE__SLUG` is a
function or class of `tests/slips/CHAPTER.py`.
"""

import contextlib
import inspect
import io
import json
import re
import warnings
from functools import cache

import numpy as np
import pytest

from course import diagnosis_table
from course.answer_keys import answer_key_bytes
from course.chapter import ROOT, Chapter, load, slugs
from course.examination.examine import PUBLIC_SEED, examine_exercise, run_test
from course.examination.learner import InProcess, Learner
from course.kit.check import compare
from course.mutations import stub

FILES = [slug for slug in slugs() if (ROOT / "tests" / "slips" / f"{slug}.py").is_file()]
KINDS = re.compile(r"named [a-z0-9_]+(, [a-z0-9_]+)*|placed|crash|says: .+")


def slips(slug):
    module = load(ROOT / "tests" / "slips" / f"{slug}.py")
    return {name: value for name, value in vars(module).items() if "__" in name.strip("_") and callable(value)}


SLIPS = [(slug, name) for slug in FILES for name in slips(slug)]


@pytest.mark.parametrize(("slug", "name"), SLIPS)
def test_each_slip_loses_points(slug, name, capsys):
    chapter, exercise = Chapter(slug), name.split("__")[0]
    names = {**dict.fromkeys(chapter.exercises, stub), exercise: slips(slug)[name]}
    outcomes = (run_test(test, Learner(InProcess(names)), 1) for test in chapter.hidden_tests(exercise))
    assert any(not outcome.holds for outcome in outcomes), "all hidden tests pass"


@pytest.mark.parametrize(("slug", "name"), SLIPS)
def test_each_slip_says_what_must_be_told(slug, name):
    exercise, known = name.split("__")[0], Chapter(slug)
    assert exercise in known.exercises, "no such exercise"
    slip = slips(slug)[name]
    first, *more = inspect.getdoc(slip).splitlines()
    assert KINDS.fullmatch(first), first
    assert all(line.startswith(("allowed ", "says: ")) for line in more), more
    lists = [line.split(" ", 1)[1].split(", ") for line in (first, *more) if line.startswith(("named ", "allowed "))]
    unknown = {slug for some in lists for slug in some} - {wrong.slug for wrong in known.misconceptions(exercise)}
    assert not unknown, f"the catalogue has no {', '.join(sorted(unknown))}"
    marked = [line for line in inspect.getsource(slip).splitlines() if "# slip" in line]
    if first.startswith("named "):
        assert marked, "no line is marked"
    else:
        assert len(marked) == (first in ("placed", "crash")), marked


@pytest.mark.parametrize("slug", FILES)
def test_no_slip_is_called_like_a_known_answer(slug):
    chapter = Chapter(slug)
    for exercise in chapter.exercises:
        answers = {a.slug for a in chapter.misconceptions(exercise) + chapter.formulations(exercise)}
        assert not answers & {n.split("__", 1)[1] for n in slips(slug) if n.startswith(f"{exercise}__")}


# An argument that is changed and changed back is a last bit away or not, as rounding has it: those are only measured.
ONE_MISTAKE = [
    (slug, name)
    for slug, name in SLIPS
    if re.match(r"named \w+$", inspect.getdoc(slips(slug)[name]).splitlines()[0]) and not name.endswith("_and_back")
]


# Keras's convention: momentum weighs the old value, and the variance that is kept has 1/m.
KERAS = [
    ("inference", "update_running_statistics__keras"),
    ("inference", "BatchNorm1d__keras"),
    ("recurrent", "TimestepBatchNorm__reversed_and_biased"),
]


@cache
def key(slug):
    return json.loads(answer_key_bytes(Chapter(slug)))


@pytest.mark.parametrize(("slug", "name"), ONE_MISTAKE + KERAS)
def test_known_mistakes_in_other_words_are_named_on_the_page_and_when_graded(slug, name):
    chapter, (exercise, short) = Chapter(slug), name.split("__", 1)
    slip = next(wrong for wrong in diagnosis_table.slips(chapter, exercise) if wrong.name == short)
    _told_rightly(slip, chapter)


def _told_rightly(wrong, chapter):
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a learner sees is no error
        for look in (diagnosis_table.on_the_page, diagnosis_table.when_graded):
            told = look(wrong, chapter, key(chapter.slug), lines=False)
            assert wrong.expected.names <= {finding.mistake for finding in told.findings}, look.__name__
            assert not told.false, look.__name__


CRASHES = [(slug, name) for slug, name in SLIPS if inspect.getdoc(slips(slug)[name]).startswith("crash")]
# Two mistakes whose numbers are those of a third where not all of what was called is looked at.
LIKE_ANOTHER = [
    ("inference", "batchnorm_inference", "eps_on_std + eps_squared"),
    ("inference", "BatchNorm1d", "eps_1e_8 + eps_missing_in_evaluation"),
    ("tradeoffs", "cross_example_influence", "own_only + others_only"),
]


@pytest.mark.parametrize(("slug", "name"), CRASHES)
def test_where_code_stops_no_other_mistake_is_named(slug, name):
    chapter, (exercise, short) = Chapter(slug), name.split("__", 1)
    slip = next(wrong for wrong in diagnosis_table.slips(chapter, exercise) if wrong.name == short)
    _told_rightly(slip, chapter)


@pytest.mark.parametrize(("slug", "exercise", "name"), LIKE_ANOTHER)
def test_two_mistakes_are_not_told_as_a_third_that_they_look_like(slug, exercise, name):
    chapter = Chapter(slug)
    pair = next(wrong for wrong in diagnosis_table.two_at_once(chapter, exercise) if wrong.name == name)
    _told_rightly(pair, chapter)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slug", "exercise"),
    [(slug, exercise) for slug in FILES for exercise in Chapter(slug).exercises if exercise != "Network"],
)
def test_page_and_grader_agree_in_every_row(slug, exercise):
    """The grader, on the inputs of the visible check, finds each of its rows in the same state."""
    chapter, differ = Chapter(slug), []
    for wrong in diagnosis_table.catalogue(chapter, exercise)[::4] + diagnosis_table.slips(chapter, exercise):
        names = {**chapter.exercises, exercise: wrong.implementation}
        with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
            rows = compare(exercise, wrong.implementation, key(slug)).rows
            found = examine_exercise(
                chapter, exercise, lambda names=names: Learner(InProcess(names)), lambda case: PUBLIC_SEED
            )
        states = {o.test.label: o.state for o in found.outcomes}
        differ += [
            f"{wrong.name}: {row.label}: {row.state} on the page, {states[row.label]} when graded"
            for row in rows
            if row.label in states and row.state != states[row.label]
        ]
    assert differ == []
