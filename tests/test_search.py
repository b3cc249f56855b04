"""The search for the line: each kind of edit undoes a slip and says where; and it is safe, and the same each time.

One file, though a long one: the slips are as many as the edits that undo them.
"""

import textwrap
import threading

import numpy as np
import pytest

from course.kit import search
from course.kit.search import edits, find, share, source_of
from course.kit.values import fingerprint

X = np.random.default_rng(0).normal(2.0, 3.0, size=(5, 3))
A = np.random.default_rng(1).normal(size=3)
B = np.random.default_rng(2).normal(size=3)


def defined(source, name="f", **more):
    """What a text defines."""
    names = {"np": np, **more}
    exec(textwrap.dedent(source), names)
    return names[name]


def same(one, other):
    if isinstance(other, tuple):
        return isinstance(one, tuple) and len(one) == len(other) and all(map(same, one, other))
    return np.shape(one) == np.shape(other) and np.allclose(one, other)


def judged_by(right, *calls):
    """A judge that compares with a right function; an argument must stay as it is."""

    def judge(answer):
        for args in calls:
            given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
            try:
                result = answer(*given)
            except Exception:
                yield False
                continue
            kept = all(np.array_equal(g, a) for g, a in zip(given, args, strict=True) if isinstance(a, np.ndarray))
            yield kept and same(result, right(*args))

    return judge


def judged_parts(right, *calls):
    """A judge with a verdict for each part of what is returned."""

    def judge(answer):
        for args in calls:
            try:
                result = answer(*args)
            except Exception:
                result = None
            wanted = right(*args)
            for k, part in enumerate(wanted):
                yield isinstance(result, tuple) and len(result) == len(wanted) and same(result[k], part)

    return judge


def searched(wrong, right, *calls, budget=4000, **more):
    wrong = textwrap.dedent(wrong).lstrip("\n")
    return find(wrong, "f", {"np": np, **more}, judged_by(defined(right, **more), *calls), budget)


BATCH = (X, A, B, 0.3), (2 * X[:3], B, A, 1e-5)
TRANSFORM = """
def f(x, gamma, beta, eps):
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, x_hat
"""
BACKWARD = """
def f(x, gamma, beta, eps):
    m = len(x)
    s = x * gamma
    total = s.sum(axis=0) / m
    square = -0.5 * (s**3).sum(axis=0)
    return total - 2 * square, square
"""
STEPS = """
def f(x, gamma, beta, momentum):
    out = x.copy()
    r = np.zeros(3)
    for i in range(1, len(x)):
        out[i] = x[i - 1] + gamma
        r = (1 - momentum) * r + momentum * x[i]
        if x[i, 0] < 1:
            r += beta
    return out, r
"""
SPREAD = """
def f(x, gamma, beta, eps):
    mean = x.mean(axis=0)
    centred = x - mean
    s = (centred**2).mean(axis=0) ** 0.5
    signs = np.sign(centred)
    return s, signs, (x * s).max(), x.mean(axis=0)
"""
PARTS = """
def f(z, mask, d):  # of three parts
    u = z[:, :d]
    v = z[:, d : 2 * d]
    w = z[:, 2 * d :]
    r = np.maximum(u, 0)
    total = (u * w).sum(axis=0)
    first = u.mean(axis=0)
    other = (v * w).sum(axis=0)
    kept = mask[:, None] * u
    return r, total, ((u - 1) * mask[:, None]).sum(axis=0), other, kept
"""
MOVED = """
def f(f, x, i, delta):  # f has the name that it has in the exercise
    moved = x.copy()
    pass
    moved[i] += delta
    return f(moved) - f(x)
"""
CALLS = {
    PARTS: ((np.hstack([X, X**2]), X[:, 0] > 1, 2), (np.hstack([X, 3 - X]), X[:, 1] > 1, 2)),
    MOVED: ((np.tanh, X, 1, A), (np.square, X, 3, B)),
}
CLIPPED = """
def f(x, gamma, beta, momentum):
    low = np.minimum(x, gamma)
    if momentum > 0.1:
        low = np.abs(low) * np.tanh(beta)
    return low.T, np.concatenate([low, x], axis=1).reshape(2, -1)
"""


@pytest.mark.parametrize(
    ("right", "part", "slip", "line", "kind"),
    [
        (TRANSFORM, "x.mean(axis=0)", "x.mean(axis=1)", 2, search.AXIS),
        (TRANSFORM, "x.mean(axis=0)", "x.mean()", 2, search.AXIS),
        (TRANSFORM, "x.mean(axis=0)", "x.mean(axis=1, keepdims=True)", 2, search.AXIS),
        (TRANSFORM, "x.var(axis=0)", "x.var(axis=0, ddof=1)", 3, search.DIVISOR),
        (TRANSFORM, "x.var(axis=0)", "x.std(axis=0)", 3, search.SPREAD),
        (TRANSFORM, "x.mean(axis=0)", "x.sum(axis=0)", 2, search.MEAN),
        (TRANSFORM, "x.mean(axis=0)", "np.median(x, axis=0)", 2, search.MEAN),
        (TRANSFORM, "x.mean(axis=0)", "x[0]", 2, search.MEAN),
        (TRANSFORM, "x.var(axis=0)", "np.ptp(x, axis=0) ** 2", 3, search.SPREAD),
        (TRANSFORM, "x.var(axis=0)", "(x.max(axis=0) - x.min(axis=0)) ** 2", 3, search.SPREAD),
        (TRANSFORM, "(x - mean)", "(mean - x)", 4, search.SIGN),
        (TRANSFORM, "(x - mean)", "(x + mean)", 4, search.SIGN),
        (TRANSFORM, "(x - mean) / np", "x - mean / np", 4, search.BRACKETS),
        (TRANSFORM, "np.sqrt(var + eps)", "(np.sqrt(var) + eps)", 4, search.EPSILON),
        (TRANSFORM, "np.sqrt(var + eps)", "np.sqrt(var)", 4, search.EPSILON),
        (TRANSFORM, "np.sqrt(var + eps)", "(var + eps)", 4, search.POWER),
        (TRANSFORM, "np.sqrt(var + eps)", "np.sqrt(var + 1e-5)", 4, search.NUMBER),
        (TRANSFORM, "gamma * x_hat + beta", "gamma * (x_hat + beta)", 5, search.BRACKETS),
        (TRANSFORM, "gamma * x_hat + beta", "beta * x_hat + gamma", 5, search.NAME),
        (TRANSFORM, "gamma * x_hat + beta", "gamma * x_hat", 5, search.TERMS),
        (TRANSFORM, "gamma * x_hat + beta", "x_hat + beta", 5, search.FACTORS),
        (TRANSFORM, "gamma * x_hat + beta", "gamma * x + beta", 5, search.NAME),
        (TRANSFORM, "gamma * x_hat + beta", "gamma / x_hat + beta", 5, search.OPERATOR),
        (TRANSFORM, "gamma * x_hat + beta, x_hat", "x_hat, gamma * x_hat + beta", 5, search.ORDER),
        (TRANSFORM, "mean = x.mean(axis=0)", "x -= x.mean(axis=0); mean = 0", 2, search.IN_PLACE),
        (BACKWARD, "/ m", "/ (m - 1)", 4, search.DIVISOR),
        (BACKWARD, "/ m", "* m", 4, search.OPERATOR),
        (BACKWARD, " / m", "", 4, search.MEAN),
        (BACKWARD, "-0.5 *", "0.5 *", 5, search.SIGN),
        (BACKWARD, "s**3", "s**2", 5, search.POWER),
        (BACKWARD, "2 * square", "square", 6, search.FACTORS),
        (BACKWARD, "x * gamma", "x * beta", 3, search.NAME),
        (BACKWARD, "m = len(x)", "m = x.shape[1]", 2, search.INDEX),
        (STEPS, "range(1, len(x))", "range(1, len(x) - 1)", 4, search.INDEX),
        (STEPS, "range(1, len(x))", "range(len(x))", 4, search.INDEX),
        (STEPS, "x[i - 1]", "x[i]", 5, search.INDEX),
        (STEPS, "(1 - momentum) * r + momentum *", "momentum * r + (1 - momentum) *", 6, search.WEIGHTS),
        (STEPS, "momentum * x[i]", "(1 - momentum) * x[i]", 6, search.WEIGHTS),
        (STEPS, "< 1:", "> 1:", 7, search.COMPARISON),
        (STEPS, "if x[i, 0] < 1:", "if not x[i, 0] < 1:", 7, search.CONDITION),
        (STEPS, "r += beta", "r = beta", 8, search.OPERATOR),
        (STEPS, "    return out, r", "        return out, r", 9, search.RETURN),
        (STEPS, "out = x.copy()", "out = x", 2, search.IN_PLACE),
        (STEPS, "np.zeros(3)", "np.ones(3)", 3, search.NUMBER),
        (CLIPPED, "np.minimum", "np.maximum", 2, search.EXTREME),
        (CLIPPED, "(x, gamma)", "(x, beta)", 2, search.NAME),
        (CLIPPED, "np.abs(low)", "low", 4, search.FUNCTION),
        (CLIPPED, "low.T", "low", 5, search.SHAPE),
        (CLIPPED, "reshape(2, -1)", "reshape(-1, 2)", 5, search.SHAPE),
        (CLIPPED, "[low, x]", "[x, low]", 5, search.ORDER),
        (BACKWARD, "/ m", "/ 5", 4, search.DIVISOR),
        (TRANSFORM, "gamma * x_hat + beta", "x_hat", 5, search.FACTORS),
        (TRANSFORM, "/ np.sqrt(var + eps)", "/ np.sqrt(var) + eps", 4, search.EPSILON),
        (TRANSFORM, "np.sqrt(var + eps)", "np.sqrt(mean**2 + eps)", 4, search.NAME),
        (SPREAD, "x - mean", "abs(x) - abs(mean)", 3, search.FUNCTION),
        (SPREAD, "(centred**2).mean(axis=0) ** 0.5", "abs(centred).mean(axis=0)", 4, search.SPREAD),
        (SPREAD, "np.sign(centred)", "np.abs(centred)", 5, search.FUNCTION),
        (SPREAD, "(x * s).max()", "(x * s)[0, 0]", 6, search.INDEX),
        (SPREAD, ", x.mean(axis=0)", ", s.mean()", 6, search.NAME),
        (PARTS, "z[:, :d]", "z[:, d : 2 * d]", 2, search.INDEX),
        (PARTS, "np.maximum(u, 0)", "np.tanh(u)", 5, search.FUNCTION),
        (PARTS, "(v * w).sum(axis=0)", "total", 8, search.NAME),
        (PARTS, "((u - 1) * mask[:, None]).sum(axis=0)", "(u - 1).sum(axis=0)", 10, search.FACTORS),
        (MOVED, "moved[i] += delta", "moved[i, 0] += delta[0]", 4, search.INDEX),
        (MOVED, "f(moved) - f(x)", "moved - x", 5, search.FUNCTION),
    ],
)
def test_a_slip_is_found_in_its_line(right, part, slip, line, kind):
    assert part in right
    found = searched(right.replace(part, slip, 1), right, *CALLS.get(right, BATCH))
    assert found.whole
    assert [(p.line, p.kind) for p in found.places] == [(line, kind)]


def test_the_same_axis_in_all_reductions_is_one_slip():
    found = searched(TRANSFORM.replace("axis=0", "axis=1, keepdims=True"), TRANSFORM, *BATCH)
    assert found.whole
    assert [(p.line, p.kind) for p in found.places] == [(2, search.AXIS)]


def test_two_slips_in_one_line_are_found():
    found = searched(TRANSFORM.replace("gamma * x_hat + beta", "gamma / x_hat - beta"), TRANSFORM, *BATCH)
    assert found.whole
    assert {p.line for p in found.places} == {5}


def test_what_one_turn_of_a_loop_leaves_to_the_next():
    wrong = """
    def f(x):
        out = np.zeros(len(x))
        step = np.zeros(len(x))
        for k in range(len(x)):
            step[k] = 2
            out[k] = (x @ step) ** 2
        return out
    """
    found = searched(wrong, "def f(x):\n    return (2 * x) ** 2\n", (B,), (A,))
    assert found.whole
    assert [(p.line, p.kind) for p in found.places] == [(5, search.IN_PLACE)]


def test_no_line_is_told_where_several_lines_help_as_much():
    """An edit of another line may make up for one of two slips."""
    right = "def f(x):\n    s = x.std(axis=0)\n    c = x - 1\n    y = c / s\n    return y, mystery(x)\n"
    wrong = right.replace("c / s", "c / s * 2").replace("mystery(x)", "puzzle(x)")
    names = {"mystery": lambda x: x[0], "puzzle": lambda x: np.array([7.0])}
    judge = judged_parts(defined(right, **names), (X,))
    assert find(wrong, "f", {"np": np, **names}, judge, 4000) is None


def test_of_two_lines_that_could_be_changed_the_unusual_one_is_told():
    right = "def f(x):\n    m, d = x.shape\n    return x.sum() / d"
    (place,) = searched(right.replace("/ d", "/ m"), right, (X,)).places
    assert place.line == 3
    (place,) = searched(right.replace("m, d =", "d, m ="), right, (X,)).places
    assert place.line == 2


def test_a_list_that_is_emptied():
    def judge(answer):
        rows = [1.0, 2.0]
        yield answer(rows) == 3 and len(rows) == 2

    wrong = "def f(rows):\n    total = 0\n    while rows:\n        total += rows.pop(0)\n    return total"
    (place,) = find(wrong, "f", {}, judge).places
    assert (place.line, place.kind) == (4, search.IN_PLACE)


def test_lines_in_the_wrong_order():
    right = """
    def f(x):
        total = np.zeros(3)
        count = 0
        for row in x:
            count += 1
            total = total + (row - total) / count
        return total, count
    """
    lines = right.split("\n")
    found = searched("\n".join([*lines[:5], lines[6], lines[5], *lines[7:]]), right, (X,))
    assert found.whole
    assert [(p.line, p.kind) for p in found.places] == [(5, search.LINES)]


def test_what_is_shown_is_the_line_as_it_would_be_right():
    found = searched(TRANSFORM.replace("x.mean(axis=0)", "x.mean(axis=1)"), TRANSFORM, *BATCH)
    assert found.places[0].shown == "mean = x.mean(axis=0)"
    found = searched(STEPS.replace("< 1:", "> 1:"), STEPS, *BATCH)
    assert found.places[0].shown == "if x[i, 0] < 1:"


def test_line_numbers_are_those_of_the_cell():
    wrong = '''
    # A comment before.
    import json

    %matplotlib inline
    def f(x, gamma, beta, eps):
      """Two lines

      of a docstring."""

      mean = x.mean(axis=0)  # the mean
      var = (
          x.var(
              axis=0,
              ddof=1,
          )
      )

      x_hat = (x - mean) / np.sqrt(var + eps)
      return gamma * x_hat + beta, x_hat

    f(1 / 0)
    '''
    found = searched(wrong, TRANSFORM, *BATCH)
    assert [(p.line, p.kind) for p in found.places] == [(11, search.DIVISOR)]


def test_a_helper_in_the_same_cell_is_searched_and_what_is_not_used_is_left_alone():
    wrong = TRANSFORM.replace("x.var(axis=0)", "spread(x)") + (
        "\n@np.vectorize\ndef unused(x):\n    return x + 1\n\ndef spread(x):\n    return x.std(axis=0)\n"
    )
    found = searched(wrong, TRANSFORM, *BATCH)
    assert found.whole
    assert [(p.line, p.kind) for p in found.places] == [(12, search.SPREAD)]


def test_two_slips_are_found_both():
    wrong = TRANSFORM.replace("x.var(axis=0)", "x.var(axis=1)").replace("* x_hat + beta", "* x_hat - beta")

    def judge(answer):
        for args in BATCH:
            y, x_hat = answer(*args)
            yield same(x_hat, defined(TRANSFORM)(*args)[1])
            yield same(y, args[1] * x_hat + args[2])

    found = find(wrong.lstrip("\n"), "f", {"np": np}, judge, 2000)
    assert found.whole
    assert [(p.line, p.kind) for p in found.places] == [(3, search.AXIS), (5, search.SIGN)]


def test_two_slips_are_found_though_neither_edit_helps_alone():
    wrong = "def f(x):\n    centred = x - x.mean(axis=1, keepdims=True)\n    return -centred\n"
    right = "def f(x):\n    centred = x - x.mean(axis=0, keepdims=True)\n    return centred\n"
    found = searched(wrong, right, (X,))
    assert found.whole
    assert [(p.line, p.kind) for p in found.places] == [(2, search.AXIS), (3, search.SIGN)]


def test_what_only_comes_nearer_is_not_told():
    wrong = "def f(x):\n    return x.mean(axis=1), mystery(x)\n"

    def judge(answer):
        one, _ = answer(X)
        return [0.5 if same(one, X.mean(axis=0)) else 0.1]

    assert find(wrong, "f", {"np": np, "mystery": len}, judge, 500) is None


def test_how_much_is_right_goes_by_parts_and_counts_a_factor_half():
    wanted = [[fingerprint((X, A)), []], [fingerprint(B), []]]
    assert share(wanted, wanted) == 1
    assert share([[fingerprint((X, B)), []], [fingerprint(B), []]], wanted) == pytest.approx(2 / 3)
    assert share([[fingerprint((-2 * X, A)), []], [fingerprint(B), []]], wanted) == pytest.approx(2.5 / 3)
    assert share(["raised TypeError", [fingerprint(B), []]], wanted) == pytest.approx(1 / 3)
    assert share([[fingerprint((X[:2], A)), []]], wanted) == 0


def test_of_two_slips_the_one_whose_edit_helps_is_told():
    wrong = "def f(x):\n    y = x.mean(axis=1)\n    z = mystery(x)\n    return y, z\n"

    def judge(answer):
        one, other = answer(X)
        return [same(one, X.mean(axis=0)), same(other, np.array([3.5, 1.0]))]

    found = find(wrong, "f", {"np": np, "mystery": lambda x: np.array([7, 77])}, judge, 3000)
    assert not found.whole
    assert [(p.line, p.kind) for p in found.places] == [(2, search.AXIS)]


def test_nothing_is_told_where_nothing_helps():
    wrong = "def f(x):\n    return x\n"
    assert find(wrong, "f", {"np": np}, lambda answer: [False, False], 500) is None
    assert find("def f(x:\n", "f", {}, lambda answer: [True], 500) is None
    assert find("y = 3\n", "f", {}, lambda answer: [True], 500) is None
    assert find("", "f", {}, lambda answer: [True], 500) is None


def test_a_class_is_searched_in_all_its_methods():
    right = """
    class f:
        scale = 2.0

        def __init__(self, d):
            self.mean, self.training = np.zeros(d), True

        def train(self):
            self.training = True

        def eval(self):
            self.training = False

        def __call__(self, x):
            if self.training:
                self.mean = 0.9 * self.mean + 0.1 * x.mean(axis=0)
                return x - x.mean(axis=0)
            return self.scale * (x - self.mean)
    """

    def judge(answer):
        layer = answer(3)
        yield same(layer(X), X - X.mean(axis=0))
        yield same(layer.mean, 0.1 * X.mean(axis=0))
        layer.eval()
        yield same(layer(X), 2 * (X - 0.1 * X.mean(axis=0)))
        layer.train()
        yield same(layer(X), X - X.mean(axis=0))

    for part, slip, line, kind in (
        ("self.training = False", "self.training = True", 11, search.CONDITION),
        ("if self.training", "if not self.training", 14, search.CONDITION),
        ("0.9 * self.mean + 0.1", "0.1 * self.mean + 0.9", 15, search.WEIGHTS),
        ("scale = 2.0", "scale = 4.0", 2, search.NUMBER),
        ("(x - self.mean)", "(x - self.scale)", 17, search.NAME),
    ):
        source = textwrap.dedent(right.replace(part, slip)).lstrip("\n")
        found = find(source, "f", {"np": np}, judge, 3000)
        assert [(p.line, p.kind) for p in found.places] == [(line, kind)]


def test_it_is_the_same_each_time_and_within_its_budget():
    wrong = TRANSFORM.replace("np.sqrt(var + eps)", "(np.sqrt(var) + eps)").replace("* x_hat + beta", "+ x_hat * beta")
    results = [searched(wrong, TRANSFORM, *BATCH, budget=300) for _ in range(2)]
    assert results[0] == results[1]
    listed = [[(e.line, e.kind, e.shown) for e in edits(TRANSFORM, "f")] for _ in range(2)]
    assert listed[0] == listed[1]
    asked = []

    def judge(answer):
        asked.append(answer)
        return [False]

    assert find(TRANSFORM, "f", {"np": np}, judge, 40) is None
    assert len(asked) == 40
    assert find(TRANSFORM, "f", {"np": np}, judge, 40, stop=lambda: len(asked) >= 50) is None
    assert len(asked) == 50


def test_the_likely_edits_come_first():
    likely = [edit.likely for edit in edits(TRANSFORM, "f")]
    assert likely == sorted(likely)
    assert len(set(likely)) == 4


def test_a_candidate_that_never_ends_is_stopped():
    right = """
    def f(n):
        k, total = 0, 0
        while k < n:
            k += 1
            total += 2 * k
        return total
    """
    found = []

    def search_there():
        found.append(searched(right.replace("2 * k", "3 * k"), right, (4,), (5,)))

    # Not in the main thread, where an alarm would end it too.
    thread = threading.Thread(target=search_there, daemon=True)
    thread.start()
    thread.join(60)
    assert [(p.line, p.kind) for p in found[0].places] == [(5, search.NUMBER)]


def test_learners_globals_and_output_stay_as_they_are(capsys):
    memory, table = [], np.zeros(3)
    wrong = """
    def f(x):
        memory.append(1)
        table[0] += 1
        print("here")
        np.random.seed(0)
        return x.mean(axis=1) * table[0]
    """
    state = np.random.get_state()[1].tolist()
    wrong = textwrap.dedent(wrong).lstrip("\n")
    judge = judged_by(lambda x: x.mean(axis=0), (X,))
    found = find(wrong, "f", {"np": np, "memory": memory, "table": table}, judge, 1500)
    assert [(p.line, p.kind) for p in found.places] == [(6, search.AXIS)]
    assert memory == []
    assert not table.any()
    assert capsys.readouterr() == ("", "")
    assert np.random.get_state()[1].tolist() == state


def test_the_source_of_an_answer(tmp_path):
    text, line = source_of(judged_by)
    assert text.split("\n")[line - 1].startswith("def judged_by")
    assert source_of(len) is None
    assert source_of(defined("def f(x):\n    return x\n")) is None
