"""The diagnosis: what is named, what is not, and in which state a property is. Traces are made by hand."""

import numpy as np
import pytest

from course.kit.crash import Crash
from course.kit.diagnosis import FAILED, HELD, NOT_REACHED, NOT_WRITTEN, Evidence, Mistake, diagnose
from course.kit.relations import Comparison
from course.kit.values import Problem, fingerprint

X = np.arange(6.0).reshape(3, 2)
RIGHT, WRONG, OTHER = X, X + 1, X * 3
WRONG_PROBLEM = Problem("y: 6 of 6 entries differ")


def outcome(*parts, changed=()):
    """What a step returned: one array, or several as a tuple."""
    return [fingerprint(parts[0] if len(parts) == 1 else parts), list(changed)]


def prop(mine, wanted, problem=WRONG_PROBLEM, names=("call f",), **more):
    """A property whose steps returned these outcomes."""
    return Evidence(
        "label", problem if mine != wanted else None, list(names) * len(mine), list(mine), list(wanted), **more
    )


def mistake(name, *traces):
    return Mistake((name,), (f"hint of {name}",), lambda k: traces[k])


def named(properties, singles, pairs=()):
    return [f.mistake for f in diagnose(properties, list(singles), list(pairs)).findings if f.mistake]


# ------------------------------------------------------------------ known mistakes


def test_a_mistake_that_returns_the_same_is_named():
    properties = [prop([outcome(WRONG)], [outcome(RIGHT)]), prop([outcome(RIGHT)], [outcome(RIGHT)])]
    found = diagnose(properties, [mistake("a", [outcome(OTHER)], None), mistake("b", [outcome(WRONG)], None)], [])
    assert [(f.kind, f.mistake, f.text, f.rows) for f in found.findings] == [("mistake", "b", "hint of b", [0])]
    assert found.states == [FAILED, HELD]


def test_one_coinciding_case_is_not_enough():
    """The answer agrees in the first property, and is wrong in another way in the second."""
    properties = [prop([outcome(WRONG)], [outcome(RIGHT)]), prop([outcome(OTHER)], [outcome(RIGHT)])]
    assert named(properties, [mistake("a", [outcome(WRONG)], None)]) == []
    assert named(properties, [mistake("a", [outcome(WRONG)], [outcome(WRONG)])]) == []
    assert named(properties, [mistake("a", [outcome(WRONG)], [outcome(OTHER)])]) == ["a"]


def test_what_holds_must_hold_for_the_mistake_too():
    properties = [prop([outcome(WRONG)], [outcome(RIGHT)]), prop([outcome(RIGHT)], [outcome(RIGHT)])]
    assert named(properties, [mistake("a", [outcome(WRONG)], [outcome(WRONG)])]) == []


def test_two_parts_may_have_two_mistakes():
    right = [outcome(X, X, X)]
    properties = [prop([outcome(WRONG, OTHER, X)], right), prop([outcome(X, OTHER, X)], right)]
    first = mistake("dx", [outcome(WRONG, X, X)], None)
    second = mistake("dgamma", [outcome(X, OTHER, X)], [outcome(X, OTHER, X)])
    assert named(properties, [first, second]) == ["dx", "dgamma"]


def test_the_hint_of_one_part_never_explains_another():
    """dx is that of a known mistake, and dgamma is wrong in a way that nobody knows: no hint is told."""
    properties = [prop([outcome(WRONG, OTHER)], [outcome(X, X)])]
    assert named(properties, [mistake("dx", [outcome(WRONG, X)])]) == []


def test_a_known_part_must_be_known_in_every_property():
    """dx agrees with the mistake in the first property; in the second it is wrong where the mistake is right."""
    properties = [prop([outcome(WRONG, OTHER)], [outcome(X, X)]), prop([outcome(OTHER, OTHER)], [outcome(X, X)])]
    first = mistake("dx", [outcome(WRONG, X)], None)
    second = mistake("dgamma", [outcome(X, OTHER)], [outcome(X, OTHER)])
    assert named(properties, [first, second]) == []


def test_a_pair_is_named_by_both_and_only_where_no_single_one_does():
    properties = [prop([outcome(OTHER)], [outcome(RIGHT)])]
    single, pair = mistake("a", [outcome(OTHER)]), Mistake(("b", "c"), ("hb", "hc"), lambda k: [outcome(OTHER)])
    assert named(properties, [], [pair]) == ["b", "c"]
    assert named(properties, [single], [pair]) == ["a"]


def test_an_argument_that_was_changed_is_a_part():
    properties = [prop([outcome(X, changed=[0])], [outcome(X)])]
    assert named(properties, [mistake("kept", [outcome(X)]), mistake("in place", [outcome(X, changed=[0])])]) == [
        "in place"
    ]


def test_bits_that_an_answer_left_changed_hide_no_mistake_where_no_property_minds():
    known = [mistake("forward", [outcome(WRONG)], None)]
    held = prop([outcome(RIGHT)], [outcome(RIGHT)])
    assert named([prop([outcome(WRONG, changed=[0])], [outcome(RIGHT)]), held], known) == ["forward"]
    minds = Problem("x was changed by the call: work on a new array")
    assert named([prop([outcome(WRONG, changed=[0])], [outcome(RIGHT)], minds), held], known) == []
    # The numbers are right: the change is all there is.
    assert named([prop([outcome(RIGHT, changed=[0])], [outcome(RIGHT)]), held], known) == []


def test_a_dtype_is_a_part():
    properties = [prop([outcome(X.astype(np.float32))], [outcome(X)])]
    assert named(properties, [mistake("low", [outcome(X.astype(np.float32))])]) == ["low"]
    assert named(properties, [mistake("same", [outcome(X)])]) == []


def test_a_judged_property_agrees_by_what_the_judges_say():
    properties = [
        Evidence("laws", Problem("the loss changes"), [], ["the loss changes"], ["holds"], judged=True),
        Evidence("more", None, [], ["holds"], ["holds"], judged=True),
    ]
    assert named(properties, [mistake("a", ["the loss changes", "another"], ["holds"])]) == ["a"]
    assert named(properties, [mistake("a", ["the loss changes"], ["it is NaN"])]) == []
    assert named(properties, [mistake("a", ["another"], ["holds"])]) == []


# ------------------------------------------------------------------ crashes and states


def crashed(line, message="shapes (3,) and (2,3) do not fit", text="y = x * gamma"):
    return Crash("ValueError", message, line=line, text=text)


def test_a_crash_of_the_same_type_is_no_evidence():
    properties = [prop(["raised ValueError: shapes (3,) (2,3)"], [outcome(X)], Problem("raised"), crash=crashed(4))]
    assert named(properties, [mistake("a", ["raised ValueError: shapes (4,) (2,4)"])]) == []
    assert named(properties, [mistake("a", ["raised ValueError: shapes (3,) (2,3)"])]) == ["a"]


def test_two_mistakes_need_more_than_a_crash_and_one_number_in_common():
    crashed = "raised ValueError: operands could not be broadcast together with shapes (5,3) (5,)"
    wrong = [outcome(WRONG)]
    both = Mistake(("a", "b"), ("hint of a", "hint of b"), lambda k: [[crashed], wrong, wrong][k])
    number = prop(wrong, [outcome(RIGHT)])
    properties = [prop([crashed], [outcome(RIGHT)])]
    assert named(properties, [], [both]) == []
    assert named([*properties, number], [], [both]) == []
    assert named([*properties, number, number], [], [both]) == ["a", "b"]


def test_a_crash_is_told_once_and_what_it_hides_is_not_reached():
    rows = [prop(["raised ValueError: a"], [outcome(X)], Problem("raised"), crash=crashed(4)) for _ in range(3)]
    rows.append(prop(["raised ValueError: b"], [outcome(X)], Problem("raised"), crash=crashed(9, text="z = x[7]")))
    found = diagnose(rows, [], [])
    assert found.states == [FAILED, NOT_REACHED, NOT_REACHED, FAILED]
    assert [(f.kind, f.line, f.rows) for f in found.findings] == [("crash", 4, [0, 1, 2]), ("crash", 9, [3])]
    assert all("line" in f.text for f in found.findings)


def test_what_rests_on_what_fails_is_not_reached():
    rows = [prop([outcome(WRONG)], [outcome(X)]), prop([outcome(WRONG)], [outcome(X)], after=[0])]
    assert diagnose(rows, [], []).states == [FAILED, NOT_REACHED]
    rows[0] = prop([outcome(X)], [outcome(X)])
    assert diagnose(rows, [], []).states == [HELD, FAILED]


def test_how_an_object_starts_does_not_rest_on_what_its_methods_do():
    rows = [prop([outcome(WRONG)], [outcome(X)]), prop([outcome(WRONG)] * 2, [outcome(X)] * 2, after=[0])]
    rows[1].names = ["call Layer", "get gamma"]
    assert diagnose(rows, [], []).states == [FAILED, FAILED]
    rows[1].names = ["call Layer", "method __call__"]
    assert diagnose(rows, [], []).states == [FAILED, NOT_REACHED]


def test_what_is_not_written_is_no_mistake():
    rows = [prop(["stub"], [outcome(X)], Problem("not written yet"), written=False), prop([outcome(X)], [outcome(X)])]
    found = diagnose(rows, [mistake("a", None, None)], [])
    assert (found.states, found.findings) == ([NOT_WRITTEN, HELD], [])


# ------------------------------------------------------------------ where nothing is known


def test_one_kind_of_wrong_result_is_told_once():
    text = "Expected a tuple of 2 (y, cache); got an array of shape (4, 3)"
    rows = [prop([outcome(X)], [outcome(X, X)], Problem(text)) for _ in range(2)]
    assert [(f.kind, f.text) for f in diagnose(rows, [], []).findings] == [("result", text)]


@pytest.mark.parametrize("problem", [None, WRONG_PROBLEM])
def test_nothing_is_told_of_what_nobody_knows(problem):
    rows = [Evidence("label", problem, ["call f"], [outcome(OTHER)], [outcome(X)])]
    assert diagnose(rows, [mistake("a", [outcome(WRONG)])], []).findings == []


def test_a_mistake_is_named_for_its_numbers_alone():
    """The numbers are right and something else is wrong: a known mistake that changes none of them is none here."""
    rows = [prop([outcome(X)], [outcome(X)]), prop([outcome(X)], [outcome(X)])]
    rows[0].problem = Problem("y: expected an array; got a matrix")
    assert named(rows, [mistake("a", None, None)]) == []


def test_where_last_digits_alone_are_wrong_a_mistake_is_named_only_if_it_is_the_one_that_fits():
    row = prop([outcome(X)], [outcome(X)])
    row.problem, row.comparisons = Problem("y: wrong digits"), [Comparison("y", X * (1 + 1e-8), X, False)]
    assert named([row], [mistake("float32", None)]) == ["float32"]
    assert named([row], [mistake("not shown by these inputs", None), mistake("float32", None)]) == []


def test_a_crash_in_what_rests_on_a_failure_is_not_told():
    """A layer that stays in training mode raises its own ValueError for one row, and the cause is the mode."""
    rows = [prop([outcome(WRONG)], [outcome(X)])]
    rows.append(prop(["raised ValueError: one row"], [outcome(X)], Problem("raised"), crash=crashed(20), after=[0]))
    assert [f.kind for f in diagnose(rows, [], []).findings if f.kind == "crash"] == []
    rows[0] = prop([outcome(X)], [outcome(X)])
    assert [f.line for f in diagnose(rows, [], []).findings if f.kind == "crash"] == [20]


def test_one_part_in_place_of_all_is_called_by_its_name():
    text = "Expected a tuple of 2 (dx, dgamma); got an array of shape (3, 2)"
    for part, alone in ((X, ". It is dx alone."), (X + 7, ". It is dgamma alone."), (WRONG, "")):
        rows = [prop([outcome(part)], [outcome(X, X + 7)], Problem(text))]
        assert [f.text for f in diagnose(rows, [], [], parts=("dx", "dgamma")).findings] == [text + alone]


def test_another_number_of_parts_is_told_where_some_properties_look_at_the_first_alone():
    flat, wanted = [outcome(WRONG, X, X)], [outcome(X, (X, X))]
    text = "Expected a tuple of 2 (y, cache); got a tuple of 3 arrays"
    rows = [prop(flat, wanted), prop(flat, wanted, Problem(text))]
    assert [(f.kind, f.text) for f in diagnose(rows, [], []).findings] == [("result", text)]
    rows[0] = prop([outcome(WRONG, (X, X))], wanted)  # another property fails with two parts
    assert not [f for f in diagnose(rows, [], []).findings if f.kind == "result"]


def test_a_part_that_is_a_tuple_is_called_by_its_name():
    text = "Expected a tuple of 2 (y, cache); got a tuple of 3 arrays"
    rows = [prop([outcome(X, X, X + 7)], [outcome(X, (X, X, X + 7))], Problem(text))]
    found = diagnose(rows, [], [], parts=("y", "cache")).findings
    assert [f.text for f in found] == [f"{text}. It is cache alone."]


def test_right_numbers_in_another_shape_are_told_once():
    text = "dgamma: expected shape (2,); got shape (1, 2), which has an axis of length 1 too many"
    wanted = np.array([3.0, 5.0])
    rows = [prop([outcome(wanted[None])], [outcome(wanted)], Problem(text)) for _ in range(2)]
    for row in rows:
        row.comparisons = [Comparison("dgamma", wanted[None], wanted, False)]
    assert [(f.kind, f.text) for f in diagnose(rows, [], []).findings] == [
        ("result", f"{text}. The numbers are right.")
    ]
    rows[1].comparisons = [Comparison("dgamma", wanted[None] + 1, wanted, False)]
    assert not [f for f in diagnose(rows, [], []).findings if f.kind == "result"]


def test_of_several_pairs_in_different_parts_what_they_share_is_named():
    right = [outcome(X, X)]
    properties = [prop([outcome(WRONG, OTHER)], right)]
    first = mistake("dx", [outcome(WRONG, X)])
    others = [mistake(name, [outcome(X, OTHER)]) for name in ("one", "other")]
    assert named(properties, [first, others[0]]) == ["dx", "one"]
    assert named(properties, [first, *others]) == ["dx"]


def test_digits_that_are_lost_are_told_where_they_explain_all():
    def rows(came):
        dtype = Problem("y: expected float64, as all arguments are float64; got float32")
        found = [prop([outcome(WRONG)], [outcome(X)], dtype), prop([outcome(OTHER)], [outcome(X)])]
        found[1].comparisons = [Comparison("y", came, X, False)]
        return found

    assert [f.text for f in diagnose(rows(X * (1 + 1e-7)), [], []).findings] == [
        "y: expected float64, as all arguments are float64; got float32"
    ]
    assert not any(f.kind == "result" for f in diagnose(rows(X + 1), [], []).findings)
