"""The smallest case: right for every right answer, and told in numbers that show the mistake."""

import copy

import numpy as np
import pytest

from course.chapter import Chapter, slugs
from course.examination.examine import smallest
from course.kit.smallest import smallest_case

EXERCISES = [
    (slug, name)
    for slug in slugs()
    for name in Chapter(slug).exercises
    if not any(test.judged for test in Chapter(slug).hidden_tests(name))
]


@pytest.mark.parametrize(("slug", "exercise"), EXERCISES)
def test_every_exercise_has_one_and_no_right_answer_fails_it(slug, exercise):
    chapter = Chapter(slug)
    cases = smallest(chapter, exercise)
    assert cases
    rights = [chapter.exercises[exercise], *(f.implementation for f in chapter.formulations(exercise))]
    for right in rights:
        with np.errstate(all="ignore"):
            assert smallest_case(exercise, right, copy.deepcopy(cases), {}) == ""


class Layer:
    """Doubles, or trebles in evaluation."""

    def __init__(self, gamma):
        self.gamma, self.factor = gamma, 2

    def eval(self):
        self.factor = 3

    def __call__(self, x):
        return self.factor * self.gamma * x


def test_the_steps_with_an_object_are_told_as_code():
    x = np.array([[1.0], [0.25]])
    steps = [["new", 1], ["set", "gamma", np.array([2.0])], ["do", "eval"], ["call", x]]
    told = smallest_case("Layer", Layer, [({"steps": steps}, 4 * x)], {})
    assert told.startswith(
        "layer = Layer(1); layer.gamma = [2]; layer.eval(); layer([[1], [0.25]]) should give [[4], [1]]; "
        "yours gives [[6], [1.5]]. Do this and print each step"
    )
    attribute = [["new", 1], ["get", "gamma"]]
    told = smallest_case("Layer", Layer, [({"steps": steps}, 6 * x), ({"steps": attribute}, 5)], {})
    assert told.startswith("layer = Layer(1); layer.gamma should give 5; yours gives 1. ")


def test_small_numbers_keep_their_digits_and_dust_is_left_out():
    def function(x):
        return np.array([1.0, 1e-17, 0.00387123])

    told = smallest_case("function", function, [({"x": np.array([-0.0])}, np.zeros(3))], {})
    assert "yours gives [1, 0, 0.003871]" in told
    assert "function(x=[0])" in told


def test_the_case_that_shows_the_earliest_wrong_part_is_told():
    """The second part hangs on the first; the simplest case shows the second alone."""

    def function(x):
        return x.copy(), float(x.size)

    one, two = np.array([[1.0]]), np.array([[1.0, 2.0]])
    cases = [({"x": one}, (one, 9.0)), ({"x": two}, (two - 1, 9.0))]
    assert smallest_case("f", function, cases, {(0,): "y", (1,): "n"}).startswith(
        "f(x=[[1, 2]]) should give y = [[0, 1]]"
    )


def test_what_a_later_case_raises_takes_nothing_from_an_earlier_one():
    def function(x):
        return (x.copy(), 1.0) if x.size == 1 else 1 / 0

    one, two = np.array([[1.0]]), np.array([[1.0, 2.0]])
    told = smallest_case("f", function, [({"x": one}, (one, 9.0)), ({"x": two}, (two, 9.0))], {(0,): "y", (1,): "n"})
    assert told.startswith("f(x=[[1]]) should give n = 9")
