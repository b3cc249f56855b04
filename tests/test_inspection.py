"""What the page asks Python about names, and the kind words for commands of notebooks. Needs no browser."""

import json
import sys
import types

import numpy as np
import pytest
from conftest import ROOT

from course.chapter import load

EXERCISE = ROOT / "publishing" / "browser" / "exercise"
inspection = load(EXERCISE / "inspection.py")
commands = load(EXERCISE / "notebook_commands.py")


@pytest.fixture
def ask(monkeypatch):
    """Run code in a module of its own and ask about its names."""

    def ask(question, text, code="", **names):
        space = types.ModuleType("asked")
        monkeypatch.setitem(sys.modules, "asked", space)
        vars(space).update(names, np=np)
        exec(code, vars(space))
        return json.loads(inspection.answer(question, text, "asked"))

    return ask


FOREVER = """
class Odd:
    def __repr__(self):
        raise SystemExit
    @property
    def size(self):
        raise SystemExit
    def __getattr__(self, name):
        raise SystemExit
    def __dir__(self):
        raise SystemExit
    def method(self): pass
odd = Odd()
"""


def test_names_are_listed_with_their_kind_and_arrays_with_their_shape(ask):
    found = {name: more for name, *more in ask("complete", "ta", table=np.ones((2, 3), dtype=np.float32))}
    assert found["table"] == ["variable", "(2, 3) float32"]
    assert found["for"] == ["keyword", ""]
    assert found["print"] == ["function", ""]
    assert found["np"] == ["namespace", ""]
    assert not any(name.startswith("_") for name in found)
    assert "__name__" in dict((name, kind) for name, kind, _ in ask("complete", "_"))


def test_the_names_of_a_module_an_array_and_an_odd_object_are_listed(ask):
    numpy = {name for name, *_ in ask("complete", "np.me")}
    assert {"mean", "sqrt", "linalg", "float32"} <= numpy
    assert "mean" in {name for name, *_ in ask("complete", "x.m", x=np.ones(3))}  # `x.mT` raises ValueError
    assert "inv" in {name for name, *_ in ask("complete", "np.linalg.")}
    assert {"method", "size"} <= {name for name, *_ in ask("complete", "odd.", FOREVER)}
    assert ask("complete", "odd.size.", FOREVER) is not None
    assert ask("complete", "nothing.") is None


def test_listing_the_names_of_numpy_imports_nothing(ask):
    """`rlcompleter` would import `numpy.testing`, which takes a second in a browser."""
    ask("complete", "other")
    before = set(sys.modules)
    ask("complete", "np.")
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    ("name", "signature", "summary"),
    [
        ("half", "half(x, times=1)", "Halve x."),
        ("np.mean", "mean(a, axis=None, dtype=None", "Compute the arithmetic mean along the specified axis."),
        ("np.zeros", "zeros(shape, dtype=", "Return a new array of given shape and type"),
        ("np.sqrt", "sqrt(x, /", "Return the non-negative square-root of an array"),
        ("x.mean", "mean(axis=None", "Returns the average of the array elements along given axis."),
        ("len", "len(obj, /)", "Return the number of items in a container."),
    ],
)
def test_a_function_is_told_with_its_arguments_and_its_first_line(ask, name, signature, summary):
    told = ask("signature", name, "def half(x, times=1):\n    '''Halve x.\n\n    More.'''", x=np.ones(3))
    assert told["signature"].removeprefix("a.").startswith(signature)  # NumPy 2.4 has a signature here
    assert told["summary"].startswith(summary)


def test_what_is_no_function_has_no_signature(ask):
    assert ask("signature", "x", x=1) is None
    assert ask("signature", "unknown") is None


def test_names_that_a_cell_sets_or_changes(ask):
    code = (
        "import math\na, (b, *c) = 1, (2, 3)\nfor k in range(2):\n    d = k\nx[0] = 1\nx.T[0] = 2\n[e for e in c]\n"
        "def f(y):\n    z = y\n(g := 4)\nwith np.errstate() as h:\n    pass\nprint(other)"
    )
    rows = ask("names", code, code, x=np.zeros(2), other=1)
    assert [name for name, *_ in rows] == ["a", "b", "c", "k", "d", "x", "f", "g", "h"]
    assert rows[5][1:] == ["array, float64", "(2,)", "2, 0"]
    assert rows[6][1:] == ["function", "", "(y)"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.float32(1.5), ["float32", "", "np.float32(1.5)"]),
        (True, ["bool", "", "True"]),
        ((1, np.ones(3)), ["tuple", "2 items", "(1, array of shape (3,))"]),
        ({"a": [None]}, ["dict", "1 items", "{'a': [None]}"]),
        (np.array(["a"], dtype=object), ["array, object", "(1,)", ""]),
        (np.array([1 + 2j, np.nan]), ["array, complex128", "(2,)", "(1+2j), (nan+0j)"]),
        (np.empty((0, 3)), ["array, float64", "(0, 3)", ""]),
        ("x" * 1000, ["str", "", f"'{'x' * 27}...{'x' * 28}'"]),
    ],
)
def test_a_value_is_told_in_a_few_characters(ask, value, told):
    assert ask("names", "value = 1", value=value) == [["value", *told]]


def test_a_value_that_does_odd_things_when_it_is_shown_is_named_by_its_type(ask, capsys):
    rows = ask("names", "odd = many = big = 1", FOREVER + "many = [odd] * 3\nbig = 10 ** 5000")
    assert rows[:2] == [["odd", "Odd", "", "<Odd>"], ["many", "list", "3 items", "[<Odd>, <Odd>, <Odd>]"]]
    assert rows[2][:2] == ["big", "int"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%timeit f(x)", "In a notebook %timeit measures"),
        ("%%time", "In a notebook %time measures"),
        ("%matplotlib inline", "says where plots appear"),
        ("%load_ext autoreload", "%load_ext is a command of notebooks"),
        ("!pip install x", "would install a package"),
        ("%pip install x", "would install a package"),
        ("!ls -l", "run by the computer's shell"),
        ("np.mean?", "In a notebook `np.mean?` shows the help of np.mean. Here `help(np.mean)` prints it."),
        ("?np.mean", "Here `help(np.mean)` prints it."),
        ("np.mean??", "Here `help(np.mean)` prints it."),
        ("x = (1", None),
        ("x y", None),
    ],
)
def test_a_command_of_notebooks_is_told_and_another_mistake_is_not(line, words):
    with pytest.raises(SyntaxError) as raised:
        compile(f"x = 1\n{line}\n", "cell", "exec")
    told = commands.advice(raised.value)
    assert words in told if words else told is None
