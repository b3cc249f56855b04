"""Judges of a learner's network, by laws that hold however it starts; the project's visible check and hidden tests.

They add themselves to `JUDGES`; the check of that chapter alone has them. One file, because each law is told with its
neighbours in sight.
"""

import functools
import itertools

import numpy as np

from course.kit.judges import JUDGES
from course.kit.plain import plain
from course.kit.values import Problem, describe, real_array


class Unjudgeable(Exception):  # noqa: N818
    """What came cannot be judged further."""


def law(judge):
    """A judge of a network: on the list, and what is `Unjudgeable` is its problem."""

    @functools.wraps(judge)
    def judged(actual, **given):
        try:
            return judge(actual, **given)
        except Unjudgeable as odd:
            return odd.args[0]

    JUDGES[judge.__name__] = judged
    return judged


def _unexpected(wanted, value):
    """Names that are the learner's own are in the detail alone: one mistake gets one verdict."""
    return Unjudgeable(Problem(f"{wanted}; got {describe(value, keys=False)}", f"{wanted}; got {describe(value)}"))


def _params(net):
    params = net.params
    values = params.values() if isinstance(params, dict) else ()
    if not values or not all(type(v) is np.ndarray and v.dtype.kind == "f" for v in values):
        raise _unexpected("params: expected a dict of names to arrays of floats", params)
    return params


def randomize_parameters(net, draw, far=0.7):
    """Move all parameters away from where they started, where mistakes could hide behind ones and zeros."""
    rng = np.random.default_rng(draw)
    params = {name: value + rng.normal(0, far, value.shape) for name, value in _params(net).items()}
    net.params = params
    return params


def _loss(net, x, y):
    """The loss and the gradients, with the names and shapes of the parameters."""
    result = plain(net.raw.loss_and_gradients(x, y))
    pair = isinstance(result, (tuple, list)) and len(result) == 2 and isinstance(result[1], dict)
    if not pair or not isinstance(result[0], (float, np.floating, np.ndarray)) or np.ndim(result[0]):
        raise _unexpected("loss_and_gradients: expected a tuple of 2 (a float and a dict)", result)
    if not np.isfinite(result[0]):
        raise Unjudgeable(Problem("the loss is NaN or infinite"))
    return float(result[0]), result[1]


def _gradients(net, x, y):
    params, (_, gradients) = _params(net), _loss(net, x, y)
    if set(gradients) != set(params):
        detail = f"the gradients have the names {sorted(map(str, gradients))}, params has {sorted(params)}"
        raise Unjudgeable(Problem("the gradients and params do not have the same names", detail))
    copies = {}  # a network may write its gradients into the same arrays each time
    for name, value in params.items():
        gradient = real_array(gradients[name])
        if gradient is None or gradient.shape != value.shape:
            detail = f"{name}: expected a gradient of shape {value.shape}; got {describe(gradients[name])}"
            raise Unjudgeable(Problem("a gradient does not have the shape of its parameter", detail))
        copies[name] = gradient.copy()
    return copies


def _labels(net, x):
    labels = plain(net.raw.predict(x))
    problem = _no_labels(labels, len(x))
    if problem:
        raise Unjudgeable(problem)
    return labels


# Premises: a law that a network obeys because nothing in it has an effect says nothing, so the effect is demanded.


def _demand_that_x_matters(net, x, y):
    """The loss changes when the rows come to other labels."""
    loss = _loss(net, x, y)[0]
    others = [_loss(net, np.roll(x, k, axis=0), y)[0] for k in (1, 2, 3)]
    if max(abs(other - loss) for other in others) < 1e-3 * max(1, abs(loss)):
        raise Unjudgeable(Problem("the loss does not depend on x"))


def _demand_that_predict_follows(net, x, labels, order, least=0.7):
    """With the output's columns in another order, column k at place `order[k]`, the labels are those of the places."""
    params, places = _params(net), np.argsort(order)
    moved = {
        name: value.take(places, value.shape.index(len(order))) if len(order) in value.shape else value.copy()
        for name, value in params.items()
    }
    params = {name: value.copy() for name, value in params.items()}
    net.params = moved
    share = (_labels(net, x) == order[labels % len(order)]).mean()
    net.params = params
    if share < least:
        raise Unjudgeable(Problem("the labels of predict do not follow from params"))


def _next(classes):
    """The order of columns in which each label becomes the next one."""
    return np.roll(np.arange(classes), -1)


def _no_labels(labels, m):
    if type(labels) is np.ndarray and labels.shape == (m,) and labels.dtype.kind in "iu":
        return None
    wanted = "predict: expected one whole number for each row, an array (m,)"
    kind = ", and no array came"
    if type(labels) is np.ndarray:  # scores are told from labels of another kind by their axes
        kind = "" if labels.ndim > 1 else " of another kind came"
    return Problem(wanted + kind, f"{wanted}; got {describe(labels)}")


KINDS = {
    "output": "the output layer's arrays",
    "weights": "the hidden layers' weights",
    "scales": "the arrays that start above 0 (scales)",
    "shifts": "the arrays that start at 0 (shifts)",
}


def _sort_of(start, classes):
    """What an array is, by its shape and its start: whatever its name."""
    if classes in start.shape:
        return "output"
    if sum(size > 1 for size in start.shape) > 1:
        return "weights"
    return "scales" if start.mean() > 0.05 else "shifts"  # a vector, as (1, h) too


def _named(start, classes, kind):
    return [name for name, value in start.items() if _sort_of(value, classes) == kind]


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


NO_EFFECT = "without effect on the loss"


def _against_differences(net, params, name, gradient, x, y):
    """How the gradient of one array stands to central differences, in words."""
    entries = list(np.ndindex(params[name].shape))
    g = np.array([gradient[entry] for entry in entries], dtype=np.float64)
    n = _differences(net, params, name, x, y, entries, 1e-6)
    if np.abs(n).max() < 1e-5 and np.abs(g).max() < 1e-9:  # what n has is rounding
        return NO_EFFECT
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
    params = start if draw is None else randomize_parameters(actual, draw)
    gradient = _gradients(actual, x, y)
    told, right = [], 0
    for kind in kinds:
        names = _named(start, classes, kind)
        said = [_against_differences(actual, params, name, gradient[name], x, y) for name in names]
        right += said.count("right")
        # A bias before a normalization has no effect.
        words = set(said) - ({NO_EFFECT} if kind in ("scales", "shifts") else set())
        if words - {"right"}:
            told.append(f"{KINDS[kind]}: {', '.join(sorted(words))}" + (", by layer" if len(words) > 1 else ""))
    actual.params = params
    if told:
        return Problem("the gradients do not agree with central differences: " + "; ".join(told))
    if "scales" in kinds and "shifts" in kinds and right <= len(_named(start, classes, "weights")):
        return Problem("not every hidden layer has scales and shifts that the loss depends on")
    return None


@law
def has_parameters(actual, x, y, classes, draw):
    """`params` is a dict that can be replaced, with an array of two axes for each of three linear maps or more."""
    start = _params(actual)
    loss = _loss(actual, x, y)[0]
    _gradients(actual, x, y)
    params = randomize_parameters(actual, draw)
    now = _params(actual)
    if set(now) != set(params) or any(not np.array_equal(now[name], params[name]) for name in params):
        return Problem("params is not what was assigned to it")
    here = _loss(actual, x, y)[0]
    if here == loss:
        return Problem("the loss does not use what is assigned to params")
    _demand_that_x_matters(actual, x, y)
    weights = _named(start, classes, "weights")
    first = [name for name in weights if x.shape[1] in start[name].shape]
    if len(weights) < 2 or not first or not _named(start, classes, "output"):
        return Problem("params: expected two hidden linear maps and an output, each with an array of two axes")
    idle = []
    for name, value in params.items():
        actual.params = {**params, name: value + np.random.default_rng(draw + 1).normal(0, 0.7, value.shape)}
        if abs(_loss(actual, x, y)[0] - here) < 1e-6 * max(1, abs(here)):
            idle.append(name)
    actual.params = params
    shifts = _named(start, classes, "shifts")
    # A bias before a normalization has no effect, nor has a shift, where no ReLU stands between it and the next one.
    if any(name not in shifts for name in idle) or set(shifts) <= set(idle):
        text = "the loss does not change with some of the arrays in params"
        return Problem(text, f"{text}: {', '.join(idle)}")
    return None


@law
def in_float64(actual):
    """Each array of `params` is of float64."""
    if other := [value.dtype.name for value in _params(actual).values() if value.dtype != np.float64]:
        wanted = "params: arrays of float64 were wanted"
        return Problem(wanted, f"{wanted}; got {other[0]}")
    return None


@law
def slopes(actual, x, y, classes, kinds, draw):
    """Along a drawn direction the loss changes as the gradients of these kinds of arrays say."""
    start = _params(actual)
    params = randomize_parameters(actual, draw, far=0.3)
    gradient, rng = _gradients(actual, x, y), np.random.default_rng(draw + 1)

    def agree(name, step):
        way, ends = rng.normal(size=params[name].shape), []
        for t in (step, -step):
            actual.params = {**params, name: params[name] + t * way}
            ends.append(_loss(actual, x, y)[0])
        measured, size = (ends[0] - ends[1]) / (2 * step), np.linalg.norm(gradient[name])
        return abs(measured - (gradient[name] * way).sum()) <= 1e-4 * size + 1e-6

    for kind in kinds:
        names = _named(start, classes, kind)
        steep = [name for name in names if np.abs(gradient[name]).max() > 1e-8]
        if len(steep) < (1 if kind == "shifts" else len(names)):
            return Problem(f"in a large network the gradients are 0: {KINDS[kind]}")
        # Between the two ends may lie a kink of ReLU: then a shorter step tells, in another direction.
        if not all(any(agree(name, step) for step in (1e-6, 1e-7, 1e-8)) for name in names):
            return Problem(f"in a large network the gradients are not the slopes of the loss: {KINDS[kind]}")
    actual.params = params
    return None


@law
def probabilities(actual, x, rows, classes, draws):
    """The loss is minus the log of a probability: over a batch of equal rows these sum to 1 over the labels.

    Of the two different `rows`, the product of the probabilities sums to 1 over the pairs of labels.
    """
    spread = 0.0
    for draw in draws:
        randomize_parameters(actual, draw, far=0.3)
        losses = [_loss(actual, x, np.full(len(x), k))[0] for k in range(classes)]
        total = float(np.exp(-np.array(losses)).sum())
        if not abs(total - 1) < 1e-5:
            return Problem("exp(-loss), summed over the labels, is not 1", f"{total:.6g} came")
        spread = max(spread, float(np.ptp(losses)))
        pairs = itertools.product(range(classes), repeat=2)
        total = float(sum(np.exp(-2 * _loss(actual, rows, np.array(pair))[0]) for pair in pairs))
        if not abs(total - 1) < 1e-5:
            return Problem("the loss of a row depends on more than its own label", f"{total:.6g} came in place of 1")
    return None if spread > 1e-3 else Problem("the loss is the same for each label")


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
    randomize_parameters(actual, draw)
    _demand_that_x_matters(actual, x, y)
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
def normalized(actual, x, y, classes, draw):
    """Weights before Batch Normalization may be made 8 times larger: the loss does not notice."""
    names = _named(_params(actual), classes, "weights")
    params = randomize_parameters(actual, draw)
    _demand_that_x_matters(actual, x, y)
    loss = _loss(actual, x, y)[0]
    noticed = []
    for name in names:
        actual.params = {**params, name: 8 * params[name]}
        if abs(_loss(actual, x, y)[0] - loss) > 2e-2 * max(1, abs(loss)):
            noticed.append(name)
    if not noticed:
        return None
    text = "not every hidden layer is normalized"
    return Problem(text, f"{text}: 8 times larger, {', '.join(noticed)} changes the loss")


@law
def at_right_angles(actual, x, y, inputs, draw):
    """The gradient of the first weights stands at right angles to them: their size has no effect.

    Where each column of `x` sums to 0, this says that the path through the variance is there, whatever the mean's.
    """
    params = randomize_parameters(actual, draw)
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
    """Feature 0 of `x` is the same in all rows: normalization takes it away, so its weights get no gradient."""
    randomize_parameters(actual, draw)
    for name, g in _gradients(actual, x, y).items():
        if inputs not in g.shape:
            continue
        if not np.abs(g).max() > 1e-8:
            return Problem("the gradient of the first weights is 0")
        first = np.take(g, 0, axis=g.shape.index(inputs))
        if not np.abs(first).max() <= 1e-6 * np.abs(g).max():
            detail = f"{name}: a gradient of {np.abs(first).max():.3g} where the feature is the same in all rows"
            return Problem("the weights of a feature that is the same in all rows get a gradient", detail)
    return None


def _moved(net, params, x, y, epochs, lr, batch_size):
    """By how much each parameter moves in training."""
    net.params = params
    net.raw.fit(x.copy(), y.copy(), epochs, lr, batch_size)
    now = _params(net)
    return {name: now[name] - value for name, value in params.items()}


def _size(arrays):
    """The length of all arrays of a dict, as one vector."""
    return np.sqrt(sum((value**2).sum() for value in arrays.values()))


def _multiple(a, b):
    """The multiple of the arrays b that comes nearest to the arrays a."""
    return sum((a[name] * value).sum() for name, value in b.items()) / max(_size(b) ** 2, 1e-300)


def _gap(a, b):
    """How far two dicts of arrays are from each other, beside the second."""
    return _size({name: a[name] - value for name, value in b.items()}) / max(_size(b), 1e-300)


@law
def descends(actual, x, y, lr, draw):
    """With all rows in one batch, an epoch is one step, params - lr * gradients; and three epochs are three."""
    params = randomize_parameters(actual, draw)
    gradient = _gradients(actual, x, y)
    if not _size(gradient) > 1e-8:
        return Problem("all gradients are 0, so that no step can be seen")
    moved = _moved(actual, params, x, y, 1, lr, len(x))
    step = {name: -lr * g for name, g in gradient.items()}
    still = [name for name, d in moved.items() if not np.abs(d).max() > 0 and np.abs(step[name]).max() > 1e-9]
    if still:
        text = "no parameter moves" if len(still) == len(moved) else "some parameters never move"
        return Problem(text, f"{text}: {', '.join(still)}")
    if not _gap(moved, step) < 1e-5:
        factor = _multiple(moved, step)
        same = _gap(moved, {name: factor * value for name, value in step.items()}) < 1e-5
        rest = {name: moved[name] - value for name, value in step.items()}
        shrink = _multiple(rest, params)
        if _gap(rest, {name: shrink * value for name, value in params.items()}) < 1e-3:
            return Problem("a step is -lr * gradients plus a multiple of the parameters")
        word = ("against" if factor < 0 else "another multiple of") if same else "not along"
        return Problem(f"a step is {word} -lr * gradients", f"a step is {word} -lr * gradients ({factor:.3g} times it)")
    wanted = params
    for _ in range(3):
        actual.params = wanted
        gradient = _gradients(actual, x, y)
        wanted = {name: value - lr * gradient[name] for name, value in wanted.items()}
    moved = _moved(actual, params, x, y, 3, lr, len(x))
    if not _gap(moved, {name: wanted[name] - params[name] for name in params}) < 1e-4:
        return Problem("over three epochs a parameter does not move by -lr * gradients in each")
    return None


def _epochs(net, x, y, epochs, batch_size, draw):
    """By which gradients some epochs move the parameters: a question, `is_moved_by(*gradients)`.

    At a tiny learning rate they are moved by the sum of all batches' gradients. A multiple of the parameters is left
    out of the comparison: weight decay is a mistake of the step, not of the batches.
    """
    params = randomize_parameters(net, draw, far=0.3)
    # A hundred-millionth of the parameters' size, however steep or flat the loss is there: far above rounding.
    lr = 1e-8 * _size(params) / max(_size(_gradients(net, x, y)), 1e-300)
    moved = {name: d / -lr for name, d in _moved(net, params, x, y, epochs, lr, batch_size).items()}
    net.params = params

    def is_moved_by(*gradients):
        rest = {name: value - sum(g[name] for g in gradients) for name, value in moved.items()}
        decay = _multiple(rest, params)
        rest = {name: value - decay * params[name] for name, value in rest.items()}
        return _size(rest) < 1e-3 * max(_size(g) for g in gradients)

    return is_moved_by


def _division(net, x, y, batch_size, draw):
    """Whether the first batch of an epoch is made of the first rows; or a `Problem`.

    Which division into two batches moves the parameters as the epoch does is found by trying them all.
    """
    n = len(x)
    is_moved_by = _epochs(net, x, y, 1, batch_size, draw)
    if is_moved_by(_gradients(net, x, y)):
        return Problem("batch_size is not used: all rows are one batch")
    left_out = False
    for first in itertools.combinations(range(n), batch_size):
        rest = [k for k in range(n) if k not in first]
        g = _gradients(net, x[list(first)], y[list(first)])
        h = _gradients(net, x[rest], y[rest])
        if is_moved_by(g, h):
            return first == tuple(range(batch_size))
        left_out = left_out or is_moved_by(g)
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
def shuffles_anew(actual, x, y, sizes, draw):
    """The second epoch of a training is not divided into batches as the first was."""

    def same(n, batch_size):
        is_moved_by = _epochs(actual, x[:n], y[:n], 2, batch_size, draw)
        for first in map(list, itertools.combinations(range(n), batch_size)):
            rest = [k for k in range(n) if k not in first]
            g, h = _gradients(actual, x[first], y[first]), _gradients(actual, x[rest], y[rest])
            if is_moved_by(g, h, g, h):
                return True
        return False

    if all(same(n, batch_size) for n, batch_size in sizes):
        return Problem("the second epoch has the same batches as the first")
    return None


@law
def without_a_single_row(actual, x, y, draw):
    """Seven rows in batches of three are 3 and 3, or 3 and 4: the last row is left out, or joins the batch before."""
    is_moved_by = _epochs(actual, x, y, 1, 3, draw)
    found = {
        rows: _gradients(actual, x[list(rows)], y[list(rows)])
        for size in (3, 4)
        for rows in itertools.combinations(range(7), size)
    }
    for a, b in itertools.combinations(found, 2):
        if not set(a) & set(b) and len(a) == 3 and is_moved_by(found[a], found[b]):
            return None
    return Problem("a single row left over is neither left out nor joined to the batch before")


@law
def trains_alike(actual, other, x, y):
    """Two networks with the same seed are the same after the same training."""
    if problem := starts(actual, other=other, same=True):
        return problem
    before = {name: value.copy() for name, value in _params(actual).items()}
    for net in (actual, other):
        net.raw.fit(x.copy(), y.copy(), 2, 0.05, 4)
    a, b = _params(actual), _params(other)
    if all(np.array_equal(a[name], value) for name, value in before.items()):
        return Problem("no parameter moves")
    if all(np.allclose(a[name], b[name], rtol=1e-9, atol=1e-12) for name in a):
        return None
    return Problem("the same seed gives a different order of the rows")


@law
def stays_finite(actual, x, y, batch_size, draw):
    """Training goes on where a single row is left for the last batch."""
    params = randomize_parameters(actual, draw)
    moved = _moved(actual, params, x, y, 5, 0.05, batch_size)
    labels = _labels(actual, x)
    finite = all(np.isfinite(d).all() for d in moved.values()) and len(labels) == len(x)
    if not finite:
        return Problem("a single row left for the last batch makes parameters NaN or infinite")
    return None if any(np.abs(d).max() > 0 for d in moved.values()) else Problem("no parameter moves")


@law
def begins(actual, classes):
    """Scales start above 0, shifts and biases at 0, weights at random."""
    start = _params(actual)
    wide = [value for value in start.values() if sum(size > 1 for size in value.shape) > 1]
    vectors = [value for value in start.values() if sum(size > 1 for size in value.shape) <= 1]
    if any(np.ptp(value) == 0 for value in wide):
        return Problem("every entry of the weights starts at the same value")
    if not all((v > 0).all() or (v == 0).all() for v in vectors):
        return Problem("an array of scales, shifts or biases starts neither above 0 nor at 0")
    scales = [v for v in vectors if classes not in v.shape and (v > 0).all()]
    if len(scales) < len(_named(start, classes, "weights")):
        return Problem("not every hidden layer has scales that start above 0")
    return None


@law
def rectified(actual, x, y, classes, draw):
    """Each hidden layer ends in ReLU: 0 below 0, and above 0 as it is.

    Where that holds, four times the scales and shifts and a quarter of the output's weights are the same network; and
    where a layer's shifts are far below 0, the loss knows nothing of x.
    """
    start = _params(actual)
    scales, shifts = _named(start, classes, "scales"), _named(start, classes, "shifts")
    params = randomize_parameters(actual, draw)
    _demand_that_x_matters(actual, x, y)
    loss = _loss(actual, x, y)[0]
    larger = {name: 4 * params[name] for name in (*scales, *shifts)}
    last = {name: params[name] / 4 for name in _named(start, classes, "output") if min(params[name].shape) > 1}
    last = {name: value for name, value in last.items() if value.ndim > 1}
    actual.params = {**params, **larger, **last}
    change = abs(_loss(actual, x, y)[0] - loss)
    if change > 3e-3 * max(1, abs(loss)):
        text = "an activation is not a straight line above 0"
        rescaled = "4 times the scales and shifts and a quarter of the last weights"
        return Problem(text, f"{text}: {rescaled} change the loss by {change:.2g}")
    off = 0
    for name in shifts:
        actual.params = {**params, name: np.full_like(params[name], -1000.0)}
        try:
            here, there = _loss(actual, x, y)[0], _loss(actual, x[:, ::-1] ** 2, y)[0]
        except Unjudgeable:  # a layer that is 0 in all rows, and no epsilon in the next one: that is asked elsewhere
            here = there = 0.0
        off += abs(here - there) <= 1e-9 * max(1, abs(here))
    actual.params = params
    if off >= len(scales):
        return None
    return Problem("an activation is not 0 below 0" if off else "no activation is 0 below 0")


def _slopes(net, params, name, axis, x, y, relative=1e-5):
    """For each unit: how the loss changes with the logarithm of its entries in an array, by central differences."""
    found = []
    for unit in range(params[name].shape[axis]):
        ends = []
        for sign in (1, -1):
            moved = params[name].copy()
            np.moveaxis(moved, axis, 0)[unit] *= 1 + sign * relative
            net.params = {**params, name: moved}
            ends.append(_loss(net, x, y)[0])
        found.append((ends[0] - ends[1]) / (2 * relative))
    return np.array(found)


@law
def epsilon_under_the_root(actual, x, y, inputs, classes, draws):
    """Epsilon is added to the variance, under the root, and is 1e-5 or less.

    With a standard deviation s of u, x_hat goes like s / sqrt(s**2 + eps). So the loss changes with log(s) by the part
    q = eps / (s**2 + eps) of what it changes with log(gamma): q tells eps, and eps must come out the same at each s.
    Beside the root, x_hat goes like s / (s + eps), and the eps that comes out grows with s.
    """
    start = _params(actual)
    scales = _named(start, classes, "scales")
    first = [name for name in _named(start, classes, "weights") if inputs in start[name].shape]
    if len(first) != 1 or not scales:
        return None
    name = first[0]
    into = start[name].shape.index(inputs)

    def at(params, s):
        """The parameters with this standard deviation of u, and how the loss changes with its logarithm."""
        W = params[name]
        std = (x @ (W if into == 0 else W.T)).std(axis=0)
        here = {**params, name: W / (std if into == 0 else std[:, None]) * s}
        return here, _slopes(actual, here, name, 1 - into, x, y)

    def part(here, a):
        """q there; None where no scale's slopes are in proportion."""
        found = []
        for scale in scales:
            axis = int(np.argmax(here[scale].shape))
            b = _slopes(actual, here, scale, axis, x, y)
            if len(b) != len(a) or not np.abs(b).max() > 1e-4:
                continue
            q = (a @ b) / (b @ b)
            found.append((float(np.linalg.norm(a - q * b) / max(float(np.linalg.norm(a)), 1e-300)), float(q)))
        off, q = min(found, default=(np.inf, 0.0))
        return q if off < 0.02 else None

    outside: list[bool] = []
    large: list[bool] = []
    parts = []
    for draw in draws:
        params = randomize_parameters(actual, draw)
        before = at(params, 0.1)
        for s in 0.1 / 3.0 ** np.arange(1, 10):
            there = at(params, s)
            q = part(*there) if np.abs(there[1]).max() > 1e-3 else None
            parts += [] if q is None else [q]
            if q is not None and 0.05 < q < 0.99:
                wider = part(*before)
                if wider is not None:
                    eps, again = q * s**2 / (1 - q), wider * 9 * s**2 / (1 - wider)
                    outside.append(again / eps > 2)
                    large.append(eps > 1.5e-5)
                break
            before = there
    actual.params = start
    if parts and min(parts) > 0.99:  # the size of the weights counts in full
        return Problem("the first hidden layer is not normalized, so no epsilon can be seen")
    if outside and np.mean(outside) > 0.5:
        return Problem("epsilon is not under the root")
    if large and np.mean(large) > 0.5:
        return Problem("epsilon is larger than 1e-5")
    return None


MOST_UNITS = 500  # of a hidden layer: the tests ask for a dozen, and weights between two layers are its square


class _Twin:
    """A plain network of our own with the parameters that are given to the learner's, or None where they don't fit.

    Scales are 1, all layers have the same shifts and the same symmetric weights between them: so no name and no
    orientation has to be known.
    """

    def __init__(self, net, start, x, y, inputs, classes, draw):
        rng = np.random.default_rng(draw)
        weights = _named(start, classes, "weights")
        first = [n for n in weights if inputs in start[n].shape]
        between = [n for n in weights if n not in first]
        last = [n for n in _named(start, classes, "output") if start[n].ndim > 1 and min(start[n].shape) > 1]
        shifts = _named(start, classes, "shifts")
        scales = _named(start, classes, "scales")
        self.fits = len(first) == 1 and len(last) == 1 and bool(shifts) and len(scales) >= len(weights)
        if not self.fits:
            return
        h = max(size for size in start[last[0]].shape if size != classes)
        self.fits = h <= MOST_UNITS and all(start[n].shape == (h, h) for n in between)
        if not self.fits:
            return
        W = rng.normal(size=(inputs, h))
        self.W = W / (x @ W).std(axis=0)
        S = rng.normal(size=(h, h)) / np.sqrt(h)
        self.S, self.V, self.shift = (S + S.T) / 1.4, rng.normal(size=(h, classes)), rng.normal(size=h)
        self.depth = len(weights)
        given = {n: np.ones_like(v) for n, v in start.items() if n in scales}
        given |= {n: np.zeros_like(start[n]) for n in _named(start, classes, "output")}
        given |= dict.fromkeys(between, self.S)
        given |= {n: self.shift.reshape(start[n].shape) for n in shifts}
        for n, W in ((first[0], self.W), (last[0], self.V)):
            given[n] = W if start[n].shape == W.shape else W.T
        net.params = given
        loss = _loss(net, x, y)[0]
        for n in shifts:  # a bias before the normalization has no effect in training; in evaluation it has
            net.params = {**given, n: given[n] + 1}
            if abs(_loss(net, x, y)[0] - loss) < 1e-9 * max(1, abs(loss)):
                given[n] = np.zeros_like(given[n])
        self.params = {n: v.copy() for n, v in given.items()}

    def statistics(self, x):
        """Mean and variance of each layer in training."""
        found = []
        for k in range(self.depth):
            u = x @ (self.S if k else self.W)
            found.append((u.mean(axis=0), u.var(axis=0)))
            x = np.maximum((u - found[-1][0]) / np.sqrt(found[-1][1] + 1e-5) + self.shift, 0)
        return found

    def labels(self, x, statistics):
        for k, (mean, var) in enumerate(statistics):
            x = np.maximum((x @ (self.S if k else self.W) - mean) / np.sqrt(var + 1e-5) + self.shift, 0)
        return (x @ self.V).argmax(axis=1)


def _blended(statistics, share):
    """What is kept when the batch has this share, and 0 and 1 have the rest."""
    return [(share * mean, 1 - share + share * var) for mean, var in statistics]


@law
def keeps_from_0_and_1(actual, other, x, y, inputs, classes, draws):
    """Evaluation starts with mean 0 and variance 1. `other` is a network of the same class, to be asked first."""
    agree, start = [], _params(other)
    for draw in draws:
        twin = _Twin(other, start, x, y, inputs, classes, draw)
        if not twin.fits:
            return None
        actual.params = twin.params
        agree.append((_labels(actual, x) == twin.labels(x, _blended(twin.statistics(x), 0.0))).mean())
    if np.mean(agree) >= 0.97:
        return None
    return Problem("the running statistics do not start at mean 0 and variance 1")


@law
def weighs_new_batches(actual, other, x, y, inputs, classes, draws):
    """In three steps each batch counts for 0.05 to 0.2; or all rows are looked at when fit ends.

    Of the draws, the one is taken whose labels hang most on that.
    """
    start = _params(other)
    twins = [_Twin(other, start, x, y, inputs, classes, draw) for draw in draws]
    if not all(twin.fits for twin in twins):
        return None

    def changed(twin):
        statistics = twin.statistics(x)
        ends = [twin.labels(x, _blended(statistics, 1 - (1 - weight) ** 3)) for weight in (0.03, 0.05, 0.2, 0.3)]
        return min((ends[0] != ends[1]).mean(), (ends[2] != ends[3]).mean())

    twin = max(twins, key=changed)
    _moved(actual, twin.params, x, y, 3, 0.0, len(x))
    labels, statistics = _labels(actual, x), twin.statistics(x)

    def agree(*weights):
        """The largest share of rows that have the labels with one of these weights."""
        shares = (1 - (1 - weight) ** 3 for weight in weights)
        return max((labels == twin.labels(x, _blended(statistics, share))).mean() for share in shares)

    if agree(*np.linspace(0.05, 0.2, 31), 1.0) >= 0.97:
        return None
    near, text = max(
        (agree(0.0), "training does not change the statistics that evaluation uses"),
        (agree(*np.linspace(0.002, 0.048, 24)), "a new batch counts for less than 0.05 of the running statistics"),
        (agree(*np.linspace(0.21, 0.6, 40)), "a new batch counts for more than 0.2 of the running statistics"),
    )
    if near < 0.97:
        text = "the running statistics are not a weighted mean of their start and the batches' statistics"
    return Problem(text)


def _labels_in_training(net, x, y, classes):
    """The loss tells what training mode thinks of each label of each row."""
    losses = np.empty((len(x), classes))
    for i, k in np.ndindex(losses.shape):
        labels = y.copy()
        labels[i] = k
        losses[i, k] = _loss(net, x, labels)[0]
    return losses.argmin(axis=1)


def _tells_rows_apart(net, x, y, classes, draw):
    """Whether some parameters make training mode tell rows apart; for a right network, six draws may be too few."""
    for k in range(20):
        randomize_parameters(net, draw + k)
        if np.ptp(_labels_in_training(net, x, y, classes)):
            return True
    return False


@law
def settles(actual, x, y, classes, draws):
    """After many epochs at lr = 0 with all rows in one batch, evaluation gives the labels of training mode."""
    agree, still, alike = [], True, True
    for draw in draws:
        params = randomize_parameters(actual, draw)
        before = _labels(actual, x)
        _moved(actual, params, x, y, 1, 0.0, len(x))
        still = still and np.array_equal(before, _labels(actual, x))
        _moved(actual, params, x, y, 100, 0.0, len(x))
        after, trained = _labels(actual, x), _labels_in_training(actual, x, y, classes)
        agree.append((trained == after).mean())
        still = still and np.array_equal(before, after)
        alike = alike and not np.ptp(trained)
    if alike and not _tells_rows_apart(actual, x, y, classes, draws[-1] + 1):
        return Problem("training mode gives all rows one label, whatever the parameters")
    if np.mean(agree) >= 0.87:
        return None
    return Problem(
        "training does not change the statistics that evaluation uses"
        if still
        else "evaluation and training disagree, though all batches were the same",
        f"evaluation gives the label of training mode to {np.mean(agree):.0%} of the rows",
    )


def _settled_labels(net, x, y, draw):
    """Labels of a network with parameters that tell the rows apart."""
    for k in range(60):
        params = randomize_parameters(net, draw + k)
        _moved(net, params, x, y, 60, 0.0, len(x))
        labels = _labels(net, x)
        if np.unique(labels, return_counts=True)[1].max() <= 0.9 * len(x):
            return labels
    raise Unjudgeable(Problem("predict gives nearly all rows one label, whatever the parameters"))


@law
def averages(actual, x, y, classes, batch_size, draws):
    """Evaluation hangs on all of the batches: one more epoch at lr = 0, its last batch small, changes few labels."""
    agree, still = [], True
    for draw in draws:
        params = randomize_parameters(actual, draw)
        labels = _labels(actual, x)
        _moved(actual, params, x, y, 25, 0.0, batch_size)
        labels, before = _labels(actual, x), labels
        still = still and np.array_equal(labels, before)
        for _ in range(4):
            _moved(actual, params, x, y, 1, 0.0, batch_size)
            labels, before = _labels(actual, x), labels
            agree.append((labels == before).mean())
    _demand_that_predict_follows(actual, x, labels, _next(classes))
    if still:
        return Problem("training does not change the statistics that evaluation uses")
    if np.mean(agree) >= 0.72:
        return None
    return Problem(
        "the last batch alone decides the statistics that evaluation uses",
        f"after one more epoch at lr = 0, only {np.mean(agree):.0%} of the labels are the same",
    )


@law
def alone(actual, x, y, classes, draw):
    """A row gets the same label alone, in a small batch and in the whole one."""
    labels = _settled_labels(actual, x, y, draw)
    _demand_that_predict_follows(actual, x, labels, _next(classes))
    parts = [np.concatenate([_labels(actual, x[k : k + size]) for k in range(0, len(x), size)]) for size in (1, 3)]
    if all(np.array_equal(part, labels) for part in parts):
        return None
    same = np.array_equal(_labels(actual, x + 5), labels)
    more = ", and a number added to all rows changes no label" if same else ""
    return Problem(f"a row gets another label alone, or among other rows, than in the whole batch{more}")


@law
def only_reads(actual, x, y, classes, draw):
    """predict changes nothing, whatever it is given."""
    labels = _settled_labels(actual, x, y, draw)
    _demand_that_predict_follows(actual, x, labels, _next(classes))
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
def reads_by_params(actual, x, y, start, classes, draw):
    """What a network reads after its training comes from `params`, and its loss knows it, too.

    With the parameters from before the training, `start`, it reads less, and with its own again what it read. With the
    output's columns in a drawn order it gives the labels in that order, for these rows and for others beside them.
    """
    params, labels = {name: value.copy() for name, value in _params(actual).items()}, _labels(actual, x)
    actual.params = start
    untrained, trained = float((_labels(actual, x) == y).mean()), float((labels == y).mean())
    actual.params = params
    if untrained > trained - 0.1 or not np.array_equal(_labels(actual, x), labels):
        text = "the labels of predict do not follow from params"
        return Problem(text, f"{text}: with params from before the training the accuracy is {untrained:.1%}")
    rng = np.random.default_rng(draw)
    other = x[rng.permutation(len(x))]
    beside = np.concatenate([(x + other) / 2, 1.5 * x - 0.5 * other])
    ring = rng.permutation(classes)
    order = np.empty(classes, int)
    order[ring] = np.roll(ring, 1)  # no label stays the same
    for rows in (x, beside):
        _demand_that_predict_follows(actual, rows, _labels(actual, rows), order, 0.95)
    right = _loss(actual, x, y)[0]
    try:
        wrong = _loss(actual, x, (y + 1) % (y.max() + 1))[0]
    except Unjudgeable:  # the probability of a wrong label may be 0
        return None
    if right < wrong / 2:
        return None
    return Problem("the loss for the right labels is not clearly below that for wrong ones")


@law
def agrees(actual, wanted, at_least=0.0, at_most=1.0):
    """The share of labels that are the wanted ones lies in a range."""
    if problem := _no_labels(actual, len(wanted)):
        return problem
    share = float((actual == wanted).mean())
    if at_least <= share <= at_most:
        return None
    return Problem(f"the accuracy is too {'low' if share < at_least else 'high'}", f"the accuracy is {share:.1%}")
