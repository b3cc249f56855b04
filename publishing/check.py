"""The visible check: what a learner runs in the notebook, in Colab or in the browser.

It needs NumPy alone and holds no answers, only numbers: `check.json` beside it carries, for fixed inputs,
what the reference returns and a fingerprint of what each known mistake returns. The same judges
(`close`, `same_dtype`, ...) decide in the hidden tests; there the inputs are drawn afresh for each submission.
"""

import copy
import functools
import html
import itertools
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# The first plot of a session would otherwise greet a learner with a warning about fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

RTOL = 1e-4
RTOL_FLOAT32 = 1e-3


@dataclass(frozen=True)
class Problem:
    """What is wrong with a result: `text` without a number of the test, `detail` with them."""

    text: str
    detail: str = ""


# ------------------------------------------------------------------ judges: each returns a Problem or None


def describe(value):
    """A result in a few words: its type and shape, never its numbers."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, (bool, int, float, np.generic)):
        return "a number"
    return f"an object of type {type(value).__name__}"


def close(actual, wanted, what="the result", rtol=None):
    """Equal in structure and shape, and in value within `rtol` (1e-4, for float32 1e-3)."""
    if isinstance(wanted, tuple):
        if not isinstance(actual, (tuple, list)) or len(actual) != len(wanted):
            return Problem(f"{what}: {describe(actual)} came, a tuple of {len(wanted)} was wanted")
        problems = (
            close(a, w, f"part {k + 1} of {what}", rtol) for k, (a, w) in enumerate(zip(actual, wanted, strict=True))
        )
        return next((p for p in problems if p), None)
    if not isinstance(actual, (np.ndarray, bool, int, float, np.generic)):
        return Problem(f"{what}: {describe(actual)} came, {describe(wanted)} was wanted")
    a, w = np.asarray(actual), np.asarray(wanted)
    if a.shape != w.shape:
        came, want = (f"shape {s}" if s else "a single number" for s in (a.shape, w.shape))
        return Problem(f"{what}: {came} came, {want} was wanted")
    if a.dtype.kind not in "fiub":
        return Problem(f"{what}: numbers of dtype {a.dtype} came, real numbers were wanted")
    if rtol is None:
        rtol = RTOL_FLOAT32 if w.dtype == np.float32 else RTOL
    a, w = a.astype(np.float64), w.astype(np.float64)
    finite = np.isfinite(w)
    if np.isnan(a[finite]).any():
        return Problem(
            f"{what}: {int(np.isnan(a[finite]).sum())} of {a.size} entries are NaN. "
            "Look for 0/0, or the root of a negative number"
        )
    if not np.isfinite(a[finite]).all():
        return Problem(f"{what}: some entries are infinite. Look for a division by zero")
    allowed = rtol * (np.abs(w) + _scale(np.where(finite, np.abs(w), 0.0))) + 1e-300
    with np.errstate(invalid="ignore"):
        wrong = ~((np.abs(a - w) <= allowed) | (a == w) | (np.isnan(a) & np.isnan(w)))
    if not wrong.any():
        return None
    where = tuple(int(i) for i in np.unravel_index(np.argmax(np.where(wrong, np.abs(a - w), -1)), a.shape))
    at = f" at [{', '.join(map(str, where))}]" if where else ""
    count = f"{int(wrong.sum())} of {a.size} entries differ" if a.ndim else "the number differs"
    return Problem(f"{what}: {count}", f"{what}{at}: {a[where]:.6g} came, {w[where]:.6g} was wanted")


def _scale(size):
    """What the entries around an entry are like: of its column, where there are rows; else a bit of the largest."""
    if size.ndim >= 2:
        return size.max(axis=tuple(range(size.ndim - 1)), keepdims=True, initial=0.0)
    return 1e-3 * size.max(initial=0.0)


def same_dtype(actual, dtype, what="the result"):
    """Every array of the result (inside tuples too) has this dtype."""
    for k, part in enumerate(actual if isinstance(actual, (tuple, list)) else (actual,)):
        name = f"part {k + 1} of {what}" if isinstance(actual, (tuple, list)) else what
        if isinstance(part, (tuple, list)):
            problem = same_dtype(part, dtype, name)
            if problem:
                return problem
        elif not isinstance(part, (np.ndarray, np.generic)) or part.dtype != np.dtype(dtype):
            came = getattr(part, "dtype", type(part).__name__)
            return Problem(f"{name}: {came} came, {dtype} was wanted, as all arguments are {dtype}")
    return None


def unchanged(actual, before, what="x"):
    """An argument is bit for bit what it was before the call."""
    if np.array_equal(actual, before, equal_nan=True):
        return None
    return Problem(f"{what} was changed by the call: work on a new array (`x = x - mean`, not `x -= mean`)")


def sums_to_zero(actual, axis, scale, what="dx"):
    """The sum over `axis` vanishes beside `scale`."""
    total = np.abs(np.sum(actual, axis=tuple(np.atleast_1d(axis)))).max()
    if np.isfinite(total) and total <= 1e-7 * scale:
        return None
    return Problem(f"{what} does not sum to 0", f"the largest sum is {total:.3g}")


def sums_to(actual, weights, axis, wanted, scale, what="dx * x_hat"):
    """The sum of `actual * weights` over `axis` is `wanted`, within 1e-7 of `scale`."""
    if np.shape(actual) != np.shape(weights):
        return Problem(f"{what}: {describe(actual)} came, {describe(weights)} was wanted")
    off = np.abs(np.sum(actual * weights, axis=tuple(np.atleast_1d(axis))) - wanted).max()
    if np.isfinite(off) and off <= 1e-7 * scale:
        return None
    return Problem(f"the sum of {what} is another", f"the sum of {what} is off by {off:.3g}")


def maps_to(actual, x_hat, wanted, what="gamma * x_hat + beta"):
    """The pair `actual = (gamma, beta)` turns `x_hat` into `wanted`, column by column."""
    if not isinstance(actual, (tuple, list)) or len(actual) != 2:
        return Problem(f"{describe(actual)} came, a tuple (gamma, beta) was wanted")
    for name, part in zip(("gamma", "beta"), actual, strict=True):
        if np.shape(part) != np.shape(wanted)[1:]:
            return Problem(f"{name}: shape {np.shape(part)} came, {np.shape(wanted)[1:]} was wanted")
    return close(np.asarray(actual[0]) * x_hat + np.asarray(actual[1]), wanted, what)


def straight_line(actual, x, centre, axis=0, what="y"):
    """Feature by feature, `actual` is a straight line over `x` that is not flat, and has the mean `centre`."""
    axes = tuple(np.atleast_1d(axis))
    if np.shape(actual) != np.shape(x):
        return Problem(f"{what}: shape {np.shape(actual)} came, {np.shape(x)} was wanted")
    y = np.asarray(actual, dtype=np.float64)
    problem = close(y.mean(axis=axes), centre, f"the mean of {what}")
    if problem:
        return problem
    dx, dy = x - x.mean(axis=axes, keepdims=True), y - y.mean(axis=axes, keepdims=True)
    slope = (dx * dy).sum(axis=axes, keepdims=True) / (dx * dx).sum(axis=axes, keepdims=True)
    left = np.abs(dy - slope * dx).max(axis=axes)
    if np.isfinite(y).all() and (left <= 1e-6 * np.abs(dy).max(axis=axes)).all() and (slope != 0).all():
        return None
    return Problem(f"{what} is no straight line over x: within a feature, all examples get the same shift and scale")


def between(actual, low, high, what="the result"):
    """A number from `low` to `high`, both included."""
    value = np.asarray(actual)
    if value.ndim == 0 and value.dtype.kind in "fiub" and low <= value <= high:
        return None
    return Problem(f"{what} is not in its range", f"{value!s:.30} came, {low:g} to {high:g} was wanted")


JUDGES: dict = {
    judge.__name__: judge
    for judge in (close, same_dtype, unchanged, sums_to_zero, sums_to, maps_to, straight_line, between)
}


# ------------------------------------------------------------------ judges of a network: laws, however it starts


class Own:
    """A learner's object as the judges use it: `net.params`, `net.params = ...`, `net.do.fit(x, y)`."""

    def __init__(self, thing):
        self.__dict__["do"] = thing

    def __getattr__(self, name):
        return copy.deepcopy(getattr(self.do, name))

    def __setattr__(self, name, value):
        setattr(self.do, name, copy.deepcopy(value))


class Odd(Exception):  # noqa: N818
    """What came cannot be judged further."""


def law(judge):
    """A judge of a network: on the list, and what is `Odd` is its problem."""

    @functools.wraps(judge)
    def judged(actual, **given):
        try:
            return judge(actual, **given)
        except Odd as odd:
            return odd.args[0]

    JUDGES[judge.__name__] = judged
    return judged


def _params(net):
    params = net.params
    values = params.values() if isinstance(params, dict) else ()
    if not values or not all(isinstance(v, np.ndarray) and v.dtype.kind == "f" for v in values):
        raise Odd(Problem(f"params: {describe(params)} came, a dict of names to arrays of floats was wanted"))
    return params


def _spread(net, draw, far=0.7):
    """Move all parameters away from where they started, where mistakes could hide behind ones and zeros."""
    rng = np.random.default_rng(draw)
    params = {name: value + rng.normal(0, far, value.shape) for name, value in _params(net).items()}
    net.params = params
    return params


def _loss(net, x, y):
    """The loss and the gradients, with the names and shapes of the parameters."""
    result = net.do.loss_and_gradients(x, y)
    pair = isinstance(result, (tuple, list)) and len(result) == 2 and isinstance(result[1], dict)
    if not pair or not isinstance(result[0], (float, np.floating, np.ndarray)) or np.ndim(result[0]):
        raise Odd(Problem(f"loss_and_gradients: {describe(result)} came, a float and a dict were wanted"))
    if not np.isfinite(result[0]):
        raise Odd(Problem("the loss is NaN or infinite"))
    return float(result[0]), result[1]


def _gradients(net, x, y):
    params, (_, gradients) = _params(net), _loss(net, x, y)
    if set(gradients) != set(params):
        detail = f"the gradients have the names {sorted(gradients)}, params has {sorted(params)}"
        raise Odd(Problem("the gradients and params do not have the same names", detail))
    for name, value in params.items():
        if np.shape(gradients[name]) != value.shape:
            detail = f"{name}: a gradient of shape {np.shape(gradients[name])}, the parameter has {value.shape}"
            raise Odd(Problem("a gradient does not have the shape of its parameter", detail))
    return gradients


def _labels(net, x):
    labels = net.do.predict(x)
    problem = _no_labels(labels, len(x))
    if problem:
        raise Odd(problem)
    return labels


def _no_labels(labels, m):
    if isinstance(labels, np.ndarray) and labels.shape == (m,) and labels.dtype.kind in "iu":
        return None
    wanted = "predict: one whole number for each row was wanted, an array (m,)"
    return Problem(wanted, f"{wanted}; {describe(labels)} came")


KINDS = {
    "output": "the output layer's arrays",
    "weights": "the hidden layers' weights",
    "scales": "the arrays that start above 0 (scales)",
    "shifts": "the arrays that start at 0 (shifts)",
}


def _kind(start, classes):
    """What an array is, by its shape and its start: whatever its name."""
    if classes in start.shape:
        return "output"
    return "weights" if start.ndim > 1 else "scales" if start.mean() > 0.05 else "shifts"


def _named(start, classes, kind):
    return [name for name, value in start.items() if _kind(value, classes) == kind]


def _differences(net, params, name, x, y, entries, h):
    """Central differences of the loss by some entries of one array."""
    found = []
    for entry in entries:
        ends = []
        for sign in (1, -1):
            moved = params[name].copy()
            moved[entry] += sign * h
            net.params = {**params, name: moved}
            ends.append(_loss(net, x, y)[0])
        found.append((ends[0] - ends[1]) / (2 * h))
    return np.array(found)


def _against_differences(net, params, name, gradient, x, y):
    """How the gradient of one array stands to central differences, in words."""
    entries = list(np.ndindex(params[name].shape))
    g = np.array([gradient[entry] for entry in entries], dtype=np.float64)
    n = _differences(net, params, name, x, y, entries, 1e-6)
    near = functools.partial(np.isclose, atol=1e-6 * np.abs(n).max() + 1e-7)
    off = np.flatnonzero(~near(g, n, rtol=1e-4))
    if len(off):  # a kink of ReLU may lie between the two ends: look closer
        closer = _differences(net, params, name, x, y, [entries[k] for k in off], 1e-8)
        off = off[~np.isclose(g[off], closer, rtol=1e-3, atol=1e-3 * np.abs(n).max() + 1e-6)]
    if not len(off):
        return "right"
    if not np.abs(g).max() > 1e-12:
        return "0"
    factor, m = (g @ n) / max(n @ n, 1e-300), len(x)
    if not near(g, factor * n, rtol=1e-3).all():
        return "wrong"
    for known, word in ((m, "m times too large"), (1 / m, "m times too small"), (-1, "of the wrong sign")):
        if abs(factor / known - 1) < 1e-3:
            return word
    return "off by a constant factor"


@law
def gradients(actual, x, y, classes, kinds, draw=None):
    """The gradients of these kinds of arrays agree with central differences of the loss."""
    start = _params(actual)
    params = start if draw is None else _spread(actual, draw)
    gradient = _gradients(actual, x, y)
    told = []
    for kind in kinds:
        names = _named(start, classes, kind)
        words = {_against_differences(actual, params, name, gradient[name], x, y) for name in names}
        if words - {"right"}:
            told.append(f"{KINDS[kind]}: {', '.join(sorted(words))}" + (", by layer" if len(words) > 1 else ""))
    actual.params = params
    return Problem("the gradients beside central differences: " + "; ".join(told)) if told else None


@law
def has_parameters(actual, x, y, classes, draw):
    """`params` is a dict that can be replaced, with an array of two axes for each of three linear maps or more."""
    start = _params(actual)
    loss = _loss(actual, x, y)[0]
    _gradients(actual, x, y)
    params = _spread(actual, draw)
    now = _params(actual)
    if set(now) != set(params) or any(not np.array_equal(now[name], params[name]) for name in params):
        return Problem("params is not what was assigned to it")
    if _loss(actual, x, y)[0] == loss:
        return Problem("the loss does not use what is assigned to params")
    if len(_named(start, classes, "weights")) < 2 or not _named(start, classes, "output"):
        return Problem("two hidden linear maps and an output were wanted, each with one array of two axes")
    return None


@law
def probabilities(actual, x, classes, draws):
    """The loss is minus the log of a probability: over a batch of equal rows these sum to 1 over the labels."""
    for draw in draws:
        _spread(actual, draw, far=0.3)
        losses = [_loss(actual, x, np.full(len(x), k))[0] for k in range(classes)]
        total = float(np.exp(-np.array(losses)).sum())
        if not abs(total - 1) < 1e-5:
            return Problem("exp(-loss), summed over the labels, is not 1", f"{total:.6g} came")
    return None


CHANGES = {
    "again": ("the very same batch comes a second time", lambda x, y: (x, y)),
    "order": ("the rows come in another order", lambda x, y: (x[::-1].copy(), y[::-1].copy())),
    "twice": ("each row is in the batch twice", lambda x, y: (np.concatenate([x, x]), np.concatenate([y, y]))),
    "shift": ("a number is added to a feature, the same in all rows", lambda x, y: (x + 5 + np.arange(x.shape[1]), y)),
    "scale": ("all features are multiplied by 8", lambda x, y: (8 * x, y)),
}


@law
def same_loss(actual, x, y, change, draw):
    """The loss is the same for a batch changed in one of these ways, and but for shift and scale its gradients too."""
    _spread(actual, draw)
    words, changed = CHANGES[change]
    loss, now = _loss(actual, x, y)[0], _loss(actual, *changed(x, y))[0]
    if abs(loss - now) > 1e-4 * max(1, abs(loss)):
        return Problem(f"the loss changes when {words}", f"the loss changes when {words}: {loss:.6g}, then {now:.6g}")
    if change in ("shift", "scale"):
        return None
    before, after = _gradients(actual, x, y), _gradients(actual, *changed(x, y))
    for name, g in before.items():
        if not np.allclose(after[name], g, rtol=1e-4, atol=1e-6 * np.abs(g).max() + 1e-9):
            return Problem(f"the gradients change when {words}", f"the gradient of {name} changes when {words}")
    return None


@law
def normalised(actual, x, y, classes, draw):
    """Weights before Batch Normalization may be made 8 times larger: the loss does not notice."""
    names = _named(_params(actual), classes, "weights")
    params = _spread(actual, draw)
    loss = _loss(actual, x, y)[0]
    noticed = []
    for name in names:
        actual.params = {**params, name: 8 * params[name]}
        if abs(_loss(actual, x, y)[0] - loss) > 2e-2 * max(1, abs(loss)):
            noticed.append(name)
    if not noticed:
        return None
    text = "not every hidden layer is normalised"
    return Problem(text, f"{text}: 8 times larger, {', '.join(noticed)} changes the loss")


@law
def at_right_angles(actual, x, y, inputs, draw):
    """The gradient of the first weights stands at right angles to them: their size has no effect.

    Where each column of `x` sums to 0, this says that the path through the variance is there, whatever the mean's.
    """
    params = _spread(actual, draw)
    gradient = _gradients(actual, x, y)
    for name in (name for name, value in params.items() if inputs in value.shape):
        W, g = params[name], gradient[name]
        size = np.linalg.norm(W) * np.linalg.norm(g)
        if not size > 0 or not abs((W * g).sum()) < 3e-4 * size:
            detail = f"{name}: sum(W * dW) is {(W * g).sum():.3g}"
            return Problem("the gradient of the first weights is not at right angles to them", detail)
    return None


@law
def no_gradient_from_a_constant(actual, x, y, inputs, draw):
    """Feature 0 of `x` is the same in all rows: normalisation takes it away, so its weights get no gradient."""
    _spread(actual, draw)
    for name, g in _gradients(actual, x, y).items():
        if inputs not in g.shape:
            continue
        first = np.take(g, 0, axis=g.shape.index(inputs))
        if not np.abs(first).max() <= 1e-6 * np.abs(g).max():
            detail = f"{name}: a gradient of {np.abs(first).max():.3g} where the feature is the same in all rows"
            return Problem("the weights of a feature that is the same in all rows get a gradient", detail)
    return None


def _moved(net, params, x, y, epochs, lr, batch_size):
    """By how much each parameter moves in training."""
    net.params = params
    net.do.fit(x.copy(), y.copy(), epochs, lr, batch_size)
    now = _params(net)
    return {name: now[name] - value for name, value in params.items()}


def _gap(a, b):
    """How far two dicts of arrays are from each other, beside the second."""
    size = np.sqrt(sum((value**2).sum() for value in b.values()))
    return np.sqrt(sum(((a[name] - value) ** 2).sum() for name, value in b.items())) / max(size, 1e-300)


@law
def descends(actual, x, y, lr, draw):
    """With all rows in one batch, an epoch is one step, params - lr * gradients; and three epochs are three."""
    params = _spread(actual, draw)
    gradient = _gradients(actual, x, y)
    moved = _moved(actual, params, x, y, 1, lr, len(x))
    step = {name: -lr * g for name, g in gradient.items()}
    still = [name for name, d in moved.items() if not np.abs(d).max() > 0 and np.abs(step[name]).max() > 1e-9]
    if still:
        text = "no parameter moves" if len(still) == len(moved) else "some parameters never move"
        return Problem(text, f"{text}: {', '.join(still)}")
    if not _gap(moved, step) < 1e-5:
        size = sum((value**2).sum() for value in step.values())
        factor = sum((moved[name] * value).sum() for name, value in step.items()) / max(size, 1e-300)
        same = _gap(moved, {name: factor * value for name, value in step.items()}) < 1e-5
        rest = {name: moved[name] - value for name, value in step.items()}
        shrink = sum((rest[name] * params[name]).sum() for name in rest) / sum((v**2).sum() for v in params.values())
        if _gap(rest, {name: shrink * value for name, value in params.items()}) < 1e-3:
            return Problem("a step is -lr * gradients and a multiple of the parameters")
        word = ("against" if factor < 0 else "another multiple of") if same else "not along"
        return Problem(f"a step is {word} -lr * gradients", f"a step is {word} -lr * gradients ({factor:.3g} of it)")
    wanted = params
    for _ in range(3):
        actual.params = wanted
        gradient = _gradients(actual, x, y)
        wanted = {name: value - lr * gradient[name] for name, value in wanted.items()}
    moved = _moved(actual, params, x, y, 3, lr, len(x))
    if not _gap(moved, {name: wanted[name] - params[name] for name in params}) < 1e-4:
        return Problem("three epochs are not three steps")
    return None


def _division(net, x, y, batch_size, draw):
    """The rows of the first batch of an epoch, and whether they are the first rows; or a `Problem`.

    At a tiny learning rate an epoch moves the parameters by the sum of its batches' gradients: which division into
    batches gives that sum is found by trying them all.
    """
    lr, n = 1e-9, len(x)
    params = _spread(net, draw, far=0.3)
    moved = {name: d / -lr for name, d in _moved(net, params, x, y, 1, lr, batch_size).items()}
    net.params = params
    whole = _gradients(net, x, y)
    if _gap(moved, whole) < 1e-3:
        return Problem("batch_size is not used: all rows are one batch")
    left_out = False
    for first in itertools.combinations(range(n), batch_size):
        rest = [k for k in range(n) if k not in first]
        g = _gradients(net, x[list(first)], y[list(first)])
        h = _gradients(net, x[rest], y[rest])
        if _gap(moved, {name: g[name] + h[name] for name in g}) < 1e-3:
            return first == tuple(range(batch_size))
        left_out = left_out or _gap(moved, g) < 1e-3
    if left_out:
        return Problem("the last, smaller batch of an epoch is left out")
    return Problem("an epoch is not each row once, in batches of batch_size")


@law
def batches(actual, x, y, sizes, draw):
    """An epoch is each row once, with its own label, in batches of batch_size, the last one smaller."""
    for n, batch_size in sizes:
        division = _division(actual, x[:n], y[:n], batch_size, draw)
        if isinstance(division, Problem):
            return division
    return None


@law
def shuffles(actual, x, y, sizes, draw):
    """Not always the first rows make the first batch."""
    divisions = [_division(actual, x[:n], y[:n], batch_size, draw) for n, batch_size in sizes]
    problem = next((d for d in divisions if isinstance(d, Problem)), None)
    if problem is None and all(divisions):
        return Problem("the rows always come in the order in which they were given")
    return problem


@law
def stays_finite(actual, x, y, batch_size, draw):
    """Training goes on where a single row is left for the last batch."""
    params = _spread(actual, draw)
    moved = _moved(actual, params, x, y, 5, 0.05, batch_size)
    labels = _labels(actual, x)
    finite = all(np.isfinite(d).all() for d in moved.values()) and len(labels) == len(x)
    if not finite:
        return Problem("a single row left for the last batch makes parameters NaN or infinite")
    return None if any(np.abs(d).max() > 0 for d in moved.values()) else Problem("no parameter moves")


@law
def settles(actual, x, y, classes, draws):
    """After many epochs at lr = 0 with all rows in one batch, evaluation gives the labels of training mode."""
    agree, still = [], True
    for draw in draws:
        params = _spread(actual, draw)
        before = _labels(actual, x)
        _moved(actual, params, x, y, 1, 0.0, len(x))
        still = still and np.array_equal(before, _labels(actual, x))
        _moved(actual, params, x, y, 100, 0.0, len(x))
        after = _labels(actual, x)
        losses = np.empty((len(x), classes))
        for i, k in np.ndindex(losses.shape):  # the loss tells what training mode thinks of each label of each row
            labels = y.copy()
            labels[i] = k
            losses[i, k] = _loss(actual, x, labels)[0]
        agree.append((losses.argmin(axis=1) == after).mean())
        still = still and np.array_equal(before, after)
    if np.mean(agree) >= 0.87:
        return None
    return Problem(
        "training does not move what evaluation normalises with"
        if still
        else "evaluation and training disagree, though all batches were the same",
        f"evaluation gives the label of training mode to {np.mean(agree):.0%} of the rows",
    )


def _settled_labels(net, x, y, draw):
    """Labels of a network with parameters that tell the rows apart."""
    for k in range(60):
        params = _spread(net, draw + k)
        _moved(net, params, x, y, 60, 0.0, len(x))
        labels = _labels(net, x)
        if np.bincount(labels).max() <= 0.9 * len(x):
            return labels
    raise Odd(Problem("predict gives nearly all rows one label, whatever the parameters"))


@law
def averages(actual, x, y, batch_size, draws):
    """Evaluation hangs on all of the batches: one more epoch at lr = 0, its last batch small, changes few labels."""
    agree = []
    for draw in draws:
        params = _spread(actual, draw)
        _moved(actual, params, x, y, 25, 0.0, batch_size)
        labels = _labels(actual, x)
        for _ in range(4):
            _moved(actual, params, x, y, 1, 0.0, batch_size)
            labels, before = _labels(actual, x), labels
            agree.append((labels == before).mean())
    if np.mean(agree) >= 0.72:
        return None
    return Problem(
        "the last batch decides what evaluation normalises with",
        f"after one more epoch at lr = 0, only {np.mean(agree):.0%} of the labels are the same",
    )


@law
def alone(actual, x, y, draw):
    """A row gets the same label alone, in a small batch and in the whole one."""
    labels = _settled_labels(actual, x, y, draw)
    parts = [np.concatenate([_labels(actual, x[k : k + size]) for k in range(0, len(x), size)]) for size in (1, 3)]
    if all(np.array_equal(part, labels) for part in parts):
        return None
    same = np.array_equal(_labels(actual, x + 5), labels)
    more = ", and a number added to all rows changes no label" if same else ""
    return Problem(f"a row gets another label alone, or among other rows, than in the whole batch{more}")


@law
def only_reads(actual, x, y, draw):
    """predict changes nothing, whatever it is given."""
    labels = _settled_labels(actual, x, y, draw)
    params = _params(actual)
    for _ in range(30):
        _labels(actual, 100 - 30 * x)
    if any(not np.array_equal(value, params[name]) for name, value in _params(actual).items()):
        return Problem("predict changes params")
    if np.array_equal(_labels(actual, x), labels):
        return None
    return Problem("predict gives other labels after it has seen other rows")


@law
def starts(actual, other, same):
    """Two networks start with the same parameters, or with different ones."""
    a, b = _params(actual), _params(other)
    if set(a) == set(b) and all(np.array_equal(a[name], b[name]) for name in a) == same:
        return None
    if all(np.ptp(value) == 0 for value in a.values()):
        return Problem("every entry of the weights starts at the same value")
    return Problem("the same seed gives different parameters" if same else "another seed gives the same parameters")


@law
def agrees(actual, wanted, at_least=0.0, at_most=1.0):
    """The share of labels that are the wanted ones lies in a range."""
    if problem := _no_labels(actual, len(wanted)):
        return problem
    share = float((actual == wanted).mean())
    if at_least <= share <= at_most:
        return None
    return Problem(f"the accuracy is too {'low' if share < at_least else 'high'}", f"the accuracy is {share:.1%}")


# ------------------------------------------------------------------ probes: functions given to a learner's function


class Probe:
    """A function that a test passes to a learner's function, known by a name and some arrays."""

    def __init__(self, kind, *values):
        self.kind, self.values = kind, values

    def __call__(self, x):
        return PROBES[self.kind](x, *self.values)


PROBES: dict = {
    "tanh": lambda x, A: np.tanh(x @ A),
    "cubic": lambda x, A: A * x**3,
    "sines": lambda x, A: np.sin(A * x),
    "sum_rows": lambda x, A: (x * A).sum(axis=0),
    "centred": lambda x, A: (x - x.mean(axis=0)) @ A,
    "mixed": lambda x, B, A: np.tanh(B @ x @ A),
    "contracted": lambda x, A: np.tanh(np.tensordot(x, A, axes=np.ndim(x))),
    "row_wise": lambda x, A: np.tanh(x) @ A,
    "rows_interact": lambda x, A: np.tanh((x - x.mean(axis=0)) / (0.1 + np.ptp(x, axis=0)) @ A),
}


# ------------------------------------------------------------------ numbers in and out of JSON


def encode(value):
    """A plain value as JSON data; `decode` is its inverse."""
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "dtype": value.dtype.name, "numbers": value.ravel().tolist()}
    if isinstance(value, tuple):
        return {"tuple": [encode(part) for part in value]}
    if isinstance(value, list):
        return [encode(part) for part in value]
    if isinstance(value, Probe):
        return {"probe": value.kind, "values": [encode(v) for v in value.values]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} has no place in an answer key")


def decode(data, resolve):
    """The value of `encode(value)`; `resolve(reference)` finds results of earlier steps."""
    if isinstance(data, list):
        return [decode(part, resolve) for part in data]
    if not isinstance(data, dict):
        return data
    if "numbers" in data:
        return np.array(data["numbers"], dtype=data["dtype"]).reshape(data["shape"])
    if "tuple" in data:
        return tuple(decode(part, resolve) for part in data["tuple"])
    if "probe" in data:
        return Probe(data["probe"], *(decode(v, resolve) for v in data["values"]))
    return resolve(data)


def fingerprint(value):
    """A few numbers that tell results apart: shapes and weighted sums, not the result itself."""
    if isinstance(value, (tuple, list)):
        return [fingerprint(part) for part in value]
    if not isinstance(value, (np.ndarray, bool, int, float, np.generic)):
        return "no numbers"  # an object or None: a class may have any name, train() may return the layer or nothing
    a = np.asarray(value, dtype=np.float64)
    shape, a = list(a.shape), a.ravel()
    bad = ~np.isfinite(a)
    a = np.where(bad, 0.0, a)
    k = np.arange(a.size)
    sums = a @ np.cos(k + 1.0), a @ np.sin(k * k + 1.0), np.abs(a).max(initial=0.0)
    return [shape, int(bad.sum()), *(float(f"{total:.9g}") for total in sums)]


def alike(a, b):
    """Whether two fingerprints are of the same result."""
    if isinstance(a, list) and isinstance(b, list):
        if len(a) == 5 and len(b) == 5 and isinstance(a[0], list) and isinstance(a[4], float):
            tolerance = 1e-6 * max(abs(a[4]), abs(b[4]))
            near = all(abs(p - q) <= tolerance for p, q in zip(a[2:], b[2:], strict=True))
            return a[:2] == b[:2] and near
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b


# ------------------------------------------------------------------ playing a key against a learner's function


def play(steps, learner, judged=False):
    """Do the steps of one property with the learner's function or class.

    Returns the first `Problem` (or None) and the trace: the fingerprint of each step's outcome, or, where the
    property is `judged` by laws alone, what the judges said.
    """
    results: list = []
    arguments: list = []
    trace: list = []
    problem = None

    def resolve(reference):
        value = (arguments if "argument" in reference else results)[reference.get("argument", reference.get("result"))]
        for index in reference["path"]:
            if not isinstance(value, (tuple, list, dict)):
                raise TypeError("a part of something that has no parts")
            value = value[index]
        return value

    for step in steps:
        if "judge" in step:
            if problem is None:
                problem = _judge(step, resolve)
            continue
        arguments.append([])
        before = []
        try:
            args = [decode(a, resolve) for a in step["args"]]
            kwargs = {name: decode(a, resolve) for name, a in step["kwargs"].items()}
            arguments[-1] = [*args, *kwargs.values()]
            before = copy.deepcopy(_arrays(arguments[-1]))
            with np.errstate(all="ignore"):
                results.append(_do(step, learner, resolve, args, kwargs))
        except NotImplementedError:
            return Problem("not written yet"), ["stub"]
        except Exception as error:
            trace.append(f"raised {type(error).__name__}")
            results.append(None)
            if step.get("raises") != type(error).__name__ and problem is None:
                problem = Problem(f"raised {type(error).__name__}: {error}")
            continue
        changed = [
            k
            for k, (a, b) in enumerate(zip(_arrays(arguments[-1]), before, strict=True))
            if not np.array_equal(a, b, equal_nan=True)
        ]
        trace.append([fingerprint(results[-1]), changed])
        if step.get("raises") and problem is None:
            problem = Problem(f"{describe(results[-1])} came, a {step['raises']} was wanted")
    if judged:
        raised = [t for t in trace if isinstance(t, str)]
        return problem, [raised[-1] if raised else problem.text if problem else "holds"]
    return problem, trace


def _arrays(values):
    found = []
    for value in values:
        if isinstance(value, (list, tuple)):
            found += _arrays(value)
        elif isinstance(value, np.ndarray):
            found.append(value)
    return found


def _do(step, learner, resolve, args, kwargs):
    if step["do"] == "call":
        return learner(*args, **kwargs)
    target = resolve(step["on"])
    if step["do"] == "method":
        return getattr(target, step["name"])(*args, **kwargs)
    if step["do"] == "get":
        return copy.deepcopy(getattr(target, step["name"]))
    return setattr(target, step["name"], args[0])


def _own(value):
    plain = isinstance(value, (np.ndarray, np.generic, bool, int, float, str, tuple, list, dict)) or value is None
    return value if plain else Own(value)


def _judge(step, resolve):
    try:
        actual = resolve(step["actual"])
    except (TypeError, IndexError):
        return Problem("the result does not have the parts that were wanted: a tuple, in the order given")
    given = {name: _own(decode(v, resolve)) for name, v in step["given"].items()}
    try:
        with np.errstate(all="ignore"):
            return JUDGES[step["judge"]](_own(actual), **given)
    except NotImplementedError:
        return Problem("not written yet")
    except Exception as error:
        if isinstance(_own(actual), Own):
            return Problem(f"raised {type(error).__name__}", f"raised {type(error).__name__}: {error}")
        return Problem(f"{describe(actual)} came, which could not be compared ({type(error).__name__})")


@dataclass(frozen=True)
class Row:
    """One property of an exercise and how the learner's function stands to it."""

    label: str
    problem: Problem | None
    hint: str = ""


class Report:
    """The table that `check` shows."""

    def __init__(self, name, rows, hidden):
        self.name, self.rows, self.hidden = name, rows, hidden

    @property
    def passed(self):
        return all(row.problem is None for row in self.rows)

    @property
    def footer(self):
        held = sum(row.problem is None for row in self.rows)
        if not self.passed:
            return f"{held} of {len(self.rows)} properties hold."
        more = f" and looks at {self.hidden} more properties" if self.hidden else ""
        return (
            f"All {len(self.rows)} properties hold on these inputs. "
            f"Grading draws fresh inputs{more}, so this is a good sign and no promise."
        )

    def __repr__(self):
        lines = [self.name]
        for row in self.rows:
            lines.append(f"  {'ok  ' if row.problem is None else 'MISS'} {row.label}")
            if row.problem:
                lines.append(f"         {row.problem.detail or row.problem.text}")
            if row.hint:
                lines.append(f"         Hint: {row.hint}")
        return "\n".join([*lines, self.footer])

    def _repr_html_(self):
        cells = []
        for row in self.rows:
            mark, word = ("✓", "holds") if row.problem is None else ("✗", "does not hold")
            text = html.escape(row.label)
            if row.problem:
                text += f"<br><small>{html.escape(row.problem.detail or row.problem.text)}</small>"
            if row.hint:
                text += f"<br><strong>Hint:</strong> {html.escape(row.hint)}"
            cells.append(
                f'<tr><td role="img" aria-label="{word}">{mark}</td><td style="text-align:left">{text}</td></tr>'
            )
        name = html.escape(self.name)
        return (
            f'<table class="check"><caption><code>{name}</code></caption>{"".join(cells)}</table>'
            f"<p>{html.escape(self.footer)}</p>"
        )


class NotYet(AssertionError):  # noqa: N818
    """Some property does not hold yet; the table says which and why."""

    def _render_traceback_(self):
        return [str(self)]


def compare(name, learner, key):
    """The `Report` of a learner's function or class against the key of its exercise."""
    entry = key[name]
    played = [(p, *play(p["steps"], learner, p.get("judged", False))) for p in entry["properties"]]
    traces = [trace for _, _, trace in played]
    if ["stub"] in traces:
        return Report(name, [Row("you have written it", Problem("the stub is still there"))], 0)
    mistakes = [
        {**m, "traces": [p["trace"] if t is None else t for p, t in zip(entry["properties"], m["traces"], strict=True)]}
        for m in entry["mistakes"]
    ]
    whole = next((m for m in mistakes if all(map(alike, m["traces"], traces))), None)
    rows, told = [], set()
    for k, (prop, problem, trace) in enumerate(played):
        hint = ""
        if problem:
            there = (m for m in mistakes if k in m["fails"] and alike(m["traces"][k], trace))
            here = whole or max(there, key=lambda m: sum(map(alike, m["traces"], traces)), default=None)
            if here and here["hint"] not in told:
                hint = here["hint"]
                told.add(hint)
        rows.append(Row(prop["label"], problem, hint))
    return Report(name, rows, entry["hidden"])


def check(name, learner):
    """Show which properties of exercise `name` the learner's function or class has.

    Parameters
    ----------
    name : str
        The exercise's name, for example "batchnorm_forward".
    learner : callable
        Your function or class.

    Raises
    ------
    NotYet
        When some property does not hold; the table says which.
    """
    path = Path(__file__).with_name("check.json")
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} should lie beside check.py: download the exercise's files again")
    key = json.loads(path.read_text(encoding="utf-8"))
    if name not in key:
        raise KeyError(f"{name!r} is not an exercise of this notebook; it has {', '.join(key)}")
    report = compare(name, learner, key)
    try:
        from IPython.display import display as show
    except ImportError:
        show = print  # type: ignore[assignment]
    show(report)
    if not report.passed:
        raise NotYet(report.footer)
