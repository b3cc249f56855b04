"""Pairs of mistakes, made out of the catalogue of single ones."""

import ast
import inspect
import json

import numpy as np
import pytest

from course.answer_keys import answer_key_bytes
from course.chapter import ROOT, Chapter, load
from course.kit.check import compare
from course.kit.two_mistakes import summary
from course.mutations import graded
from course.two_mistakes.combine import Combiner
from course.two_mistakes.pairs import choose, pairs
from course.two_mistakes.tree_merge import Conflict, merged, pattern, rewritten
from course.two_mistakes.trees import syntax, tree

TRANSFORM, BACKPROP, INFERENCE = Chapter("transform"), Chapter("backprop"), Chapter("inference")


def _pair(chapter, exercise, first, second):
    return next(p for p in pairs(chapter, exercise) if set(p.slugs) == {first, second})


def _combined(chapter, exercise, first, second):
    combiner = Combiner(chapter, exercise)
    known = {wrong.slug: wrong for wrong in combiner.wrongs}
    return next(combiner.combined(known[first], known[second]))


def _expression(text):
    return tree(ast.parse(text, mode="eval").body)


def _merged(base, a, b):
    made = merged(*map(_expression, (base, a, b)))
    return ast.unparse(ast.fix_missing_locations(syntax(made)))


# ------------------------------------------------------------------ the merge


@pytest.mark.parametrize(
    ("base", "a", "b", "wanted"),
    [
        ("g * x + b", "g * x", "h * x + b", "h * x"),
        ("g * x + b", "b * x + g", "g * (x + b)", "b * (x + g)"),
        ("x.var(axis=0)", "x.var(axis=0, ddof=1)", "x.var(axis=1)", "x.var(axis=1, ddof=1)"),
        ("np.sqrt(x.var(axis=0) + e)", "x.std(axis=0) + e", "np.sqrt(x.var(axis=0, ddof=1) + e)",
         "np.sqrt(x.var(axis=0, ddof=1)) + e"),
        ("(f(x), g(x))", "(g(x), f(x))", "(2 * f(x), g(x))", "(g(x), 2 * f(x))"),
        ("a * b / c", "m * a * b / c", "a * b", "m * a * b"),
    ],
)  # fmt: skip
def test_two_changes_of_one_expression_become_one(base, a, b, wanted):
    assert _merged(base, a, b) == _merged(base, b, a) == ast.unparse(ast.parse(wanted))


@pytest.mark.parametrize(("base", "a", "b"), [("x + e", "x + 1", "x + 2"), ("f(x + e)", "f(x)", "g")])
def test_two_answers_to_one_question_do_not_combine(base, a, b):
    with pytest.raises(Conflict):
        _merged(base, a, b)


def test_a_change_is_found_around_other_parts():
    old, new = pattern(_expression("np.sqrt(x.var(axis=0) + e)"), _expression("np.sqrt(x.var(axis=0)) + e"))
    elsewhere = rewritten(_expression("1 / np.sqrt(u.mean() ** 2 + e)"), [(old, new)])
    assert elsewhere == _expression("1 / (np.sqrt(u.mean() ** 2) + e)")


# ------------------------------------------------------------------ three pairs by hand


def test_the_wrong_divisor_and_the_shift_before_the_scale():
    rng = np.random.default_rng(0)
    x, gamma, beta = rng.normal(2, 3, (7, 3)), rng.normal(size=3), rng.normal(size=3)
    y, cache = _pair(TRANSFORM, "batchnorm_forward", "ddof", "shift_before_scale").implementation(x, gamma, beta, 0.5)
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0, ddof=1) + 0.5)
    np.testing.assert_allclose(y, gamma * (x_hat + beta))
    np.testing.assert_allclose(cache[0], x_hat)


def test_epsilon_on_the_std_and_a_division_by_one_less():
    rng = np.random.default_rng(1)
    x, gamma, beta = rng.normal(2, 3, (7, 3)), rng.normal(size=3), rng.normal(size=3)
    y, _ = _pair(TRANSFORM, "batchnorm_forward", "eps_on_std", "ddof").implementation(x, gamma, beta, 0.5)
    np.testing.assert_allclose(y, gamma * (x - x.mean(axis=0)) / (x.std(axis=0, ddof=1) + 0.5) + beta)


def test_a_missing_path_and_means_for_the_parameters():
    rng = np.random.default_rng(2)
    dy, x_hat, gamma, inv_std = rng.normal(size=(6, 3)), rng.normal(size=(6, 3)), rng.normal(size=3), rng.random(3)
    both = _combined(BACKPROP, "batchnorm_backward", "variance_constant", "averaged_parameters")
    dx, dgamma, dbeta = both(dy, (x_hat, gamma, inv_std))
    np.testing.assert_allclose(dx, gamma * inv_std * (dy - dy.mean(axis=0)))
    np.testing.assert_allclose(dgamma, (dy * x_hat).mean(axis=0))
    np.testing.assert_allclose(dbeta, dy.mean(axis=0))


def test_two_methods_of_one_class():
    both = _combined(INFERENCE, "BatchNorm1d", "eps_missing", "biased_running_variance")
    layer, x = both(2, eps=0.5, momentum=0.25), np.array([[1.0, 5.0], [3.0, 9.0]])
    np.testing.assert_allclose(layer(x), [[-1, -1], [1, 1]])
    np.testing.assert_allclose(layer.running_var, 0.75 + 0.25 * np.array([1, 4]))


def test_one_method_that_both_replace():
    both = _combined(INFERENCE, "BatchNorm1d", "shift_before_scale", "eps_on_std")
    layer, x = both(1, eps=0.5), np.array([[1.0], [3.0]])
    layer.gamma, layer.beta = np.array([2.0]), np.array([10.0])
    np.testing.assert_allclose(layer(x), 2 * (np.array([[-1], [1]]) / 1.5 + 10))


# ------------------------------------------------------------------ which pairs are kept


def test_a_pair_of_which_one_swallows_the_other_is_not_kept():
    found = {frozenset(p.slugs) for p in pairs(TRANSFORM, "batchnorm_forward")}
    assert frozenset(("ddof", "eps_on_std")) in found
    assert frozenset(("eps_missing", "eps_fixed")) not in found


def test_each_pair_loses_points_and_carries_the_hints_of_both():
    hints = {w.slug: w.hint for w in TRANSFORM.misconceptions("identity_parameters")}
    found = pairs(TRANSFORM, "identity_parameters")
    assert len(found) > 50
    for pair in found:
        assert pair.hints == tuple(hints[slug] for slug in pair.slugs)
        assert graded(TRANSFORM, "identity_parameters", pair.implementation).share < 1


def test_the_choice_is_the_same_each_time():
    first, second = (choose(TRANSFORM, "identity_parameters") for _ in range(2))
    assert first.kept == second.kept
    order = [w.slug for w in TRANSFORM.misconceptions("identity_parameters")]
    assert [p[:2] for p in first.kept] == sorted((p[:2] for p in first.kept), key=lambda p: [*map(order.index, p)])


def test_most_independent_pairs_are_made():
    assert choose(TRANSFORM, "identity_parameters").coverage > 0.85


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "bases").glob("*.py")), ids=lambda path: path.stem)
def test_the_bases_are_right_answers(path):
    chapter = Chapter(path.stem)
    for name, value in vars(load(path)).items():
        if inspect.isfunction(value) and not name.startswith("_"):
            result = graded(chapter, name.split("__")[0], value)
            assert (result.share, result.misconceptions) == (1, []), name


# ------------------------------------------------------------------ for the page


def test_the_page_names_a_pair_by_its_fingerprints():
    name = "identity_parameters"
    key = json.loads(answer_key_bytes(TRANSFORM))
    rows, hints = key[name]["pairs"], key[name]["hints"]
    assert len(rows) > 50
    assert len(json.dumps(rows, separators=(",", ":"))) < 150 * len(rows)
    for right in (TRANSFORM.exercises[name], *(f.implementation for f in TRANSFORM.formulations(name))):
        assert compare(name, right, key).findings == []
    for wrong in TRANSFORM.misconceptions(name):
        assert compare(name, wrong.implementation, key).hints == [wrong.hint]
    known = {frozenset((hints[i], hints[j])) for i, j, *_ in rows}
    told = [p for p in pairs(TRANSFORM, name) if frozenset(p.hints) in known]
    assert len(told) == len(rows)
    named = 0
    for pair in told[::7]:
        report = compare(name, pair.implementation, key)
        crashed = any(f.kind == "crash" for f in report.findings)
        assert set(report.hints) == set(pair.hints) or (crashed and not report.hints)  # a crash alone proves nothing
        named += bool(report.hints)
    assert named >= 0.8 * len(told[::7])


def test_of_two_pairs_that_the_page_cannot_tell_apart_it_names_neither():
    """On the page's inputs a fixed epsilon and one that replaces a small variance are alike, where that is squared."""
    introduction = Chapter("introduction")
    key = json.loads(answer_key_bytes(introduction))
    slugs = [wrong.slug for wrong in introduction.misconceptions("normalize")]
    for first in ("eps_fixed", "eps_instead"):
        pair = _pair(introduction, "normalize", first, "variance_squared")
        with np.errstate(all="ignore"):
            found = compare("normalize", pair.implementation, key).findings
        assert {slugs[int(f.mistake)] for f in found if f.mistake} <= {first, "variance_squared"}


def test_a_summary_knows_small_arrays_beside_large_ones_and_their_shapes():
    large, small = [[3], 0, 1e6, 2e6, 3e6], [[3], 0, 1e-6, 2e-6, 3e-6]
    other, longer = [[3], 0, 1.1e-6, 2e-6, 3e-6], [[4], 0, 1e-6, 2e-6, 3e-6]
    base = summary([[large, []], [small, []]])
    assert summary([[large, []], [other, []]])[:2] != base[:2]
    assert summary([[large, []], [longer, []]])[2] != base[2]
    assert summary(["raised ValueError"]) != summary(["raised TypeError"])
