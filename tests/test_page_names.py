"""Which cells an exercise page runs before it checks an answer."""

import pytest
from conftest import ROOT

from course.chapter import load

page_names = load(ROOT / "publishing" / "browser" / "exercise" / "page_names.py")


@pytest.mark.parametrize(
    ("text", "uses", "makes"),
    [
        ("def f(x):\n    return g(x) + x", {"g"}, {"f"}),
        ("def f(x):\n    y = x\n    def g():\n        return y + h\n    return g", {"h"}, {"f"}),
        ("class A(B):\n    k = 1\n    def m(self):\n        return k, self.n", {"B", "k"}, {"A"}),
        ("x = [y for z in w]", {"y", "w"}, {"x"}),
        ("import numpy as np\nfrom check import check as c", set(), {"np", "c"}),
        ("def f():\n    global x\n    x = 1", set(), {"f", "x"}),
        ("f = decorate(f)", {"decorate"}, {"f"}),
        ("# g\n'g'", set(), set()),
        ("def f(:", set(), set()),
        ("x = '\0'", set(), set()),
    ],
)
def test_the_names_of_a_cell_are_those_that_python_sees(text, uses, makes):
    assert page_names.names(text) == (uses, makes)


def test_a_cell_is_needed_for_the_names_that_an_answer_uses_and_for_theirs():
    texts = [
        "x = broken(",  # what the answer does not need may be broken
        "def a():\n    return 1",
        "def b():\n    return a()",
        "x = 1 / 0",  # the answer's x is its own
        "def answer(x):\n    return b() + x",
        "def c():\n    return answer(1)",
    ]
    assert page_names.needed(texts, 4) == [1, 2]
    assert page_names.needed(texts, 5) == [1, 2, 4]
    assert page_names.needed(texts, 1) == []


def test_of_two_that_make_a_name_the_nearest_above_is_needed_or_else_the_first_below():
    assert page_names.needed(["a = 1", "a = 2", "b = a", "a = 3"], 2) == [1]
    assert page_names.needed(["b = a", "a = 2", "a = 3"], 0) == [1]


def test_two_functions_that_call_each_other_are_no_endless_way():
    assert page_names.needed(["def f():\n    return g()", "def g():\n    return f()"], 0) == [1]
