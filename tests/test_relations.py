"""How wrong numbers are related to the right ones: each relation is told where it is so, and nowhere else."""

import numpy as np
import pytest

from course.kit.relations import Comparison, relations

rng = np.random.default_rng(7)
START = rng.bit_generator.state


@pytest.fixture(autouse=True)
def same_numbers_in_any_order():
    """Each test draws the same numbers, whichever tests this worker ran before."""
    rng.bit_generator.state = START


def call(m, d=3, **more):
    return {"x": rng.normal(0, 2, (m, d)), "gamma": rng.uniform(1, 3, d), **more}


def told(change, calls=None, what="dx", right=()):
    """What is told of a part that `change(wanted, call)` made wrong."""
    made = []
    for given in calls or [call(4), call(7), call(5)]:
        wanted = rng.normal(0, 1, given["x"].shape)
        made.append([Comparison(what, change(wanted, given), wanted, False, given), *right])
    return [text for text, _ in relations(made)]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda w, c: -w, "dx has the right size and the wrong sign."),
        (lambda w, c: 2 * w, "dx is the right answer times 2, everywhere."),
        (lambda w, c: w * len(w), "dx is the right answer times m, everywhere."),
        (lambda w, c: w / len(w), "dx is the right answer times 1/m, everywhere."),
        (lambda w, c: w / 3, "dx is the right answer times 1/d, everywhere."),
        (lambda w, c: w * (len(w) - 1) / len(w), "dx is the right answer times (m - 1)/m, everywhere."),
        (
            lambda w, c: w * (len(w) / (len(w) - 1)) ** 0.5,
            "dx is the right answer times the root of m/(m - 1), everywhere.",
        ),
        (lambda w, c: w * c["gamma"], "dx is the right answer times gamma, feature by feature."),
        (lambda w, c: w / c["gamma"], "dx is the right answer times 1/gamma, feature by feature."),
        (
            lambda w, c: w * c["x"].std(axis=0),
            "dx is the right answer times the standard deviation, feature by feature.",
        ),
        (lambda w, c: w + 3, "dx is off by the same number everywhere."),
        (lambda w, c: w + c["gamma"], "dx is too large by gamma, feature by feature."),
        (lambda w, c: w - c["gamma"], "dx is too small by gamma, feature by feature."),
        (lambda w, c: w + np.array([1.0, 5.0, 2.0]), "dx is off by one number for each feature, the same in all rows."),
        (lambda w, c: w * np.array([3.1, 5.7, 0.3]), "dx is off by one factor for each feature, the same in all rows."),
        (lambda w, c: np.zeros_like(w), "dx is 0 everywhere."),
        (
            lambda w, c: np.tile(w[-1], (len(w), 1)),
            "Each row of dx is what the last row should be: is one array changed, and stored at each step?",
        ),
        (lambda w, c: w.T, "dx is transposed: its rows should be its columns."),
        (lambda w, c: w[::-1], "dx is upside down: the last entry comes first."),
        (
            lambda w, c: np.roll(w, 1, axis=0),
            "dx comes one step late: each entry is what the entry before it should be.",
        ),
        (
            lambda w, c: np.roll(w, -1, axis=0),
            "dx comes one step early: each entry is what the entry after it should be.",
        ),
        (lambda w, c: np.concatenate([w[:-1], w[-1:] + 1]), "dx is right except for its last row."),
        (lambda w, c: np.concatenate([w[:1] + 1, w[1:]]), "dx is right except for its first row."),
    ],
)
def test_a_relation_is_told(change, text):
    assert told(change) == [text]


def test_images_have_sizes_of_their_own():
    calls = [{"x": rng.normal(0, 1, shape)} for shape in ((2, 3, 4, 5), (3, 2, 5, 2))]
    assert told(lambda w, c: w / w[:, 0].size, calls) == ["dx is the right answer times 1/(N H W), everywhere."]


def test_one_coinciding_case_is_no_evidence():
    """A factor that is m in one call and 4 in the others is not m."""
    assert told(lambda w, c: w * 4, [call(4), call(6), call(5)]) == []


def test_noise_is_related_to_nothing():
    assert told(lambda w, c: rng.normal(0, 1, w.shape)) == []


def test_a_shape_that_is_wrong_is_not_broadcast():
    assert told(lambda w, c: w[:1]) == []


@pytest.mark.parametrize("came", [None, "text", [1.0], np.array(["a"]), np.full((4, 3), np.nan), {}])
def test_what_is_no_array_of_numbers_is_passed_over(came):
    assert told(lambda w, c: came) == []


def test_the_parts_that_are_right_are_said():
    right = Comparison("dgamma", np.ones(3), np.ones(3), True, {})
    assert told(lambda w, c: -w, right=[right]) == ["dx has the right size and the wrong sign. dgamma is right."]


def test_a_default_epsilon_that_is_fixed_is_said():
    rows = [
        [Comparison("y", np.ones(3), np.ones(3), True, call(4))],
        [Comparison("y", rng.normal(0, 1, 3), rng.normal(0, 1, 3), False, call(4, eps=0.5))],
    ]
    assert [text for text, _ in relations(rows)] == [
        "y is right with the default eps, but wrong with any other eps that was tried."
    ]


def test_what_is_right_for_two_examples_alone_is_said():
    rows = [
        [Comparison("y", np.ones(3), np.ones(3), True, call(2))],
        [Comparison("y", rng.normal(0, 1, (4, 3)), rng.normal(0, 1, (4, 3)), False, call(4))],
        [Comparison("y", rng.normal(0, 1, (5, 3)), rng.normal(0, 1, (5, 3)), False, call(5))],
    ]
    assert relations(rows) == [("y is right for two examples, but wrong for more.", [1, 2])]


def test_a_few_wrong_entries_say_nothing_of_where_a_part_is_right():
    """An output that is cut off at 6 may be right in the one call with two examples, by chance."""
    wanted = rng.normal(0, 1, (5, 3))
    came = wanted.copy()
    came[2, 1] = 6.0
    rows = [
        [Comparison("y", np.ones(3), np.ones(3), True, call(2))],
        [Comparison("y", came, wanted, False, call(5))],
    ]
    assert relations(rows) == []


def test_of_equal_numbers_nothing_is_told():
    """Where all features are alike, what is wrong with one number looks like a relation of all."""
    wanted = np.full(4, 6.25)
    assert relations([[Comparison("var", wanted + 121.75, wanted, False, call(6, 4))]]) == []


def test_what_is_cut_off_is_said():
    assert told(lambda w, c: np.clip(w, -0.8, 0.8)) == ["dx is the right answer, cut off at -0.8 and 0.8."]
    assert told(lambda w, c: np.minimum(w, 0.5)) == ["dx is the right answer, cut off at 0.5."]
    assert told(lambda w, c: np.maximum(w, -0.5)) == ["dx is the right answer, cut off at -0.5."]


def test_a_largest_entry_that_is_wrong_by_itself_is_not_cut_off():
    def largest_halved(w, c):
        came = w.copy()
        came[np.unravel_index(w.argmax(), w.shape)] = np.sort(w.ravel())[-2] * 1.01
        return came

    assert told(largest_halved) == []


def test_axes_of_length_1_are_told_with_what_the_numbers_are():
    def of_shape(change, calls=((4, 3), (7, 3), (5, 3))):
        wanted = [rng.normal(3, 1, d) for _, d in calls]
        return [text for text, _ in relations([[Comparison("dgamma", change(w), w, False, {})] for w in wanted])]

    said = "dgamma has shape (1, 3), where shape (3,) is wanted."
    assert of_shape(lambda w: w[None]) == [f"{said} The numbers are right."]
    assert of_shape(lambda w: w[None] ** 2 + 1) == [f"{said} The numbers are wrong, too."]
    numbers = [Comparison("the shift", np.array([w + 1]), w, False, {}) for w in (2.0, 3.0, 5.0)]
    text = "the shift has shape (1,), where a single number is wanted. The numbers are wrong, too."
    assert [text for text, _ in relations([[c] for c in numbers])] == [text]


def test_one_number_in_place_of_all_is_not_called_a_limit():
    assert not [text for text in told(lambda w, c: np.full_like(w, 0.3)) if "cut off" in text]
