"""One slip from right: what counts as one small edit, and that nobody is given half for next to nothing."""

import ast
import inspect
import itertools
import json

import numpy as np
import pytest

from course.answer_keys import answer_key_bytes
from course.cell import from_text
from course.chapter import ROOT, Chapter, slugs
from course.earned import earned, with_slip
from course.examination.slip import Edit, corrected, parsed
from course.kit import explain, search, values
from course.kit.crash import Crash
from course.mutations import graded, seeds_of

SOURCE = """\
%matplotlib inline
def helper(x): a = 1; return x.mean(axis=1)  # é

def f(x, eps=1e-3):
    '''Of x.'''
    centred = (
        x - helper(x)  # centred
    )
    for k in range(len(x) - 1):
        centred[k] = centred[k] / eps
    if eps > 0:
        return centred / np.sqrt(x.var(axis=0) + eps)
    raise ValueError
"""


def made(statement, text, line=None, source=SOURCE, name="f", kind=search.AXIS):
    return [one.source for one in corrected(source, name, [Edit(statement, line or statement, kind, text)])]


@pytest.mark.parametrize(
    ("statement", "text", "old", "new"),
    [
        (12, "return centred / np.sqrt(x.var(axis=1) + eps)", "axis=0", "axis=1"),
        (2, "return x.mean(axis=0)", "axis=1)  #", "axis=0)  #"),
        (9, "for k in range(len(x)):", "range(len(x) - 1)", "range(len(x))"),
        (11, "if eps < 0:", "eps > 0", "eps < 0"),
        (4, "def f(x, eps=1e-05):", "1e-3", "1e-05"),
        (6, "centred = x - helper(x).T", "(\n        x - helper(x)  # centred\n    )", "x - helper(x).T"),
        (10, "centred[k] = centred[k] / eps ** 2", "/ eps", "/ eps ** 2"),
        (10, "centred[k] /= centred[k] / eps", "centred[k] = centred", "centred[k] /= centred"),
    ],
)
def test_a_small_edit_of_one_statement_is_made_and_nothing_else_changes(statement, text, old, new):
    assert SOURCE.count(old) == 1
    assert made(statement, text) == [SOURCE.replace(old, new)]


def test_what_stands_below_the_first_line_of_a_loop_is_neither_made_nor_told():
    edit = Edit(9, 9, search.NUMBER, "for k in range(len(x)):\n    return x")
    (one,) = corrected(SOURCE, "f", [edit])
    assert (one.source, one.slip.edit) == (SOURCE.replace("range(len(x) - 1)", "range(len(x))"), "range(len(x))")


def test_two_parts_that_change_places_are_one_edit_however_long():
    source = "def f(x):\n    return np.sqrt(x.var(axis=0) + 1e-5), x.mean(axis=0)\n"
    assert made(2, "return (x.mean(axis=0), np.sqrt(x.var(axis=0) + 1e-5))", source=source)
    assert not made(2, "return (x.mean(axis=1), np.sqrt(x.std(axis=0) + 1e-5))", source=source)


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (12, "return (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).mean(axis=0))"),  # another line
        (12, "return centred / np.sqrt(x.var(axis=0) + eps)"),  # the same
        (12, "return centred / np.sqrt(x.var(axis=1) + eps)\nx = 1"),  # two statements
        (12, "return centred / np.sqrt(x.var(axis=1) + eps); x = 1"),
        (12, "answer = centred / np.sqrt(x.var(axis=0) + eps)"),  # another kind of statement
        (12, "return eval('centred')"),  # any code is in a string
        (12, "return centred / np.sqrt(x.var(axis=0) + (lambda: eps)())"),
        (12, f"return centred / np.sqrt(x.var(axis=0) + {'e' * 50})"),
        (12, "return centred / np.sqrt(x.var(axis=1"),
        (12, "return " + "(" * 150 + "1" + ")" * 150),
        (12, "return " + "-" * 490 + "1"),
        (6, "return centred"),
        (9, "for j in range(len(x)):"),  # two places
        (9, "while k:"),
        (13, "raise TypeError"),
        (4, "def f(y, eps=0.1):"),
        (5, "'Of y.'"),
        (3, "return x"),
        (99, "return x"),
    ],
)
def test_what_is_no_small_edit_is_not_made(statement, text):
    assert made(statement, text) == []


def test_who_has_written_little_is_not_one_slip_from_right():
    assert not made(2, "return x.mean(axis=0)", source="def f(x):\n    return x\n")
    assert made(3, "return x.mean(axis=0)", source="def f(x):\n    y = x * (x + 1) - x.sum(axis=1) * 2\n    return x\n")


@pytest.mark.parametrize(
    "source", ["def f(x:\n", "f = 1\n", "def f(x):\r    return x.sum(axis=1) * 2\r", "x" * 30_000, "(" * 5000]
)
def test_a_cell_that_cannot_be_read_has_no_edit(source):
    assert made(2, "return x.sum(axis=0) * 2", source=source) == []


def test_the_line_is_one_of_the_statement_and_the_words_are_ours():
    text = "return centred / np.sqrt(x.var(axis=1) + eps)"
    (one,) = corrected(SOURCE, "f", [Edit(12, 4, "<b>me</b>", text)])
    assert one.slip.line == 12
    assert one.slip.text.endswith("eps)`: look at this line.")
    (two,) = corrected(SOURCE, "f", [Edit(6, 7, search.AXIS, "centred = x - helper(x).T")])
    assert two.slip.text == "line 7, `x - helper(x)  # centred`: look at the axis."


# ------------------------------------------------------------------ nothing for nothing

EXERCISES = [(slug, name) for slug in slugs() for name in Chapter(slug).exercises]
EXERCISES = [(slug, name) for slug, name in EXERCISES if not inspect.isclass(Chapter(slug).exercises[name])]


def thoughtless(name, reference):
    """Answers of a line or two that return what they were given, constants, or the simplest guesses."""
    head = f"def {name}{inspect.signature(reference)}:\n"
    names = list(inspect.signature(reference).parameters)
    arrays = names[:3]
    yield f"{head}    raise NotImplementedError()\n"
    yield f"{head}    pass\n"
    yield from (f"{head}    return {value}\n" for value in ("0.0", "1", "None", "(0.0, 0.0)", "(0.0, 0.0, 0.0)"))
    yield from (f"{head}    return {one}\n" for one in arrays)
    yield from (f"{head}    return np.{how}_like({one})\n" for one in arrays[:1] for how in ("zeros", "ones"))
    yield from (f"{head}    return {one}, {other}\n" for one, other in itertools.permutations(arrays, 2))
    yield from (f"{head}    return {one}.mean(axis=0)\n" for one in arrays[:2])
    yield from (
        f"{head}    y = {one}\n    z = {other}\n    return y * z\n" for one, other in itertools.pairwise(arrays)
    )
    yield f"{head}    return {', '.join(arrays)}\n"


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_stubs_constants_and_guesses_earn_nothing(slug, exercise):
    chapter = Chapter(slug)
    key = json.loads(answer_key_bytes(chapter))
    for source in thoughtless(exercise, chapter.exercises[exercise]):
        answer = from_text(source, exercise, {"np": np}, "thoughtless")
        with np.errstate(all="ignore"):
            found = with_slip(chapter, graded(chapter, exercise, answer), answer, key, seeds_of(exercise))
        assert found.slip is None, (source, found.slip)
        assert earned(found) == found.share


def test_two_hand_ins_that_are_graded_at_a_time_are_not_read_at_a_time(monkeypatch):
    """`make` met it in a fresh clone: "AST constructor recursion depth mismatch", and a hand-in was not graded."""
    read = []

    def parse(text):
        assert values.ONE_AT_A_TIME.locked()
        read.append(text)
        return real(text)

    real = ast.parse
    monkeypatch.setattr(values.ast, "parse", parse)
    assert parsed("x = 1") is not None
    assert explain.explained(Crash("TypeError", "'int' object is not callable", 1, "2(3)", part="2(3)"))
    assert read == ["x = 1", "2(3)", "2(3)"]
    # What else is read in the process that grades.
    files = [ROOT / "course" / f"{name}.py" for name in ("digest", "notebooks")]
    files += [path for folder in ("examination", "two_mistakes") for path in (ROOT / "course" / folder).glob("*.py")]
    files += [p for p in (ROOT / "grading").rglob("*.py") if "inside" not in p.parts]
    assert len(files) > 50
    generated = 'ast.parse(f"def {name}(): pass")'  # of a line of our own, when the keys are made
    assert not [p for p in files if "ast.parse(" in p.read_text().replace(generated, "")]
