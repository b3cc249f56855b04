"""The snippets in PyTorch, Keras and Flax: each lesson has all three, short, whole, with what they printed."""

import ast

import pytest
from frameworks import LESSONS, NAMES, TAB


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.parent.name)
def test_a_lesson_shows_all_three_with_their_outputs(path):
    text = path.read_text()
    tabs = {tab["name"]: tab for tab in TAB.finditer(text)}
    assert tuple(tabs) == NAMES
    assert text.count(":::{tab-item}") == len(NAMES), "a tab that is not of the form the runner knows"
    for tab in tabs.values():
        ast.parse(tab["code"])
        assert "print(" in tab["code"]
        assert tab["code"].count("\n") <= 18
        assert tab["printed"].strip()


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.parent.name)
def test_a_lesson_names_the_versions_that_printed_them(path):
    assert "PyTorch 2.13.0, Keras 3.15.1 (on JAX 0.10.2) and Flax 0.12.8" in path.read_text()
