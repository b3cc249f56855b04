"""What the visible checks of other courses let through, beside ours.

Six courses let a learner write a normalisation layer and check it in the open. Each of their checks is here in our own
words and code: what is compared, on what inputs, within what tolerance, with its public source. A check is a function
COURSE__EXERCISE__WHAT(implementation) that raises where the check rejects; whatever an implementation raises counts as
rejected too. The implementation has our signature. Our misconceptions go through them all, and so do the right
formulations.

Where names, layouts or conventions differ, the check is adapted in its course's favour, and says so:

- A check that uses several of a learner's functions at once is counted for each of ours, the reference taking the
  others' places. A learner whose backward pass repeats the mistake of their forward pass would get through a gradient
  check that is counted here as having caught it.
- A class for images (ARENA, TinyTorch) is also counted for our class for rows: each position is a row.
- A printout that a learner is to compare with "close to one" is read as: within 0.01; where the comment says that it
  will be noisier, within 0.25 and 0.1. "You should expect errors between a and b" is read as: at most twice b.
- What rests on a framework (parameters registered, `num_batches_tracked`) has no counterpart and is left out.

What their graders check out of sight (Gradescope, mugrade) nobody outside can read; it is not in the table.
"""

# ruff: noqa: N802 (a check carries the name of its exercise)

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from tqdm import tqdm

from grading.course import Chapter, Variant, slugs
from grading.mutations import graded
from publishing.answer_keys import answer_key_bytes
from publishing.check import compare
from solutions import backprop, inference, recurrent, tradeoffs, transform

Implementation = Callable[..., Any]
Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Course:
    """Who checks, and where that can be read."""

    title: str
    source: str


COURSES = {
    "cs231n": Course(
        "CS231n A2",
        "assignments/2026/assignment2.zip in github.com/cs231n/cs231n.github.io @3d84654: BatchNormalization.ipynb, "
        "ConvolutionalNetworks.ipynb, cs231n/gradient_check.py",
    ),
    "cmu10714": Course("CMU 10-714 hw2", "tests/hw2/test_nn_and_optim.py in github.com/dlsyscourse/hw2 @f4c9945"),
    "cmu11785": Course(
        "CMU 11-785 HW1P1",
        "tests/nn/test_batchnorm.py in github.com/akhdanfadh/mytorch @db456af, a community copy: the course's own "
        "local autograder is not public",
    ),
    "arena": Course(
        "ARENA 0.3",
        "chapter0_fundamentals/exercises/part3_resnets/tests.py in github.com/callummcdougall/ARENA_2.0 @e805ad8",
    ),
    "tinytorch": Course(
        "TinyTorch 09",
        "test_unit_batchnorm2d and test_module in src/09_spatial/09_spatial.py in github.com/MLSysBook/TinyTorch "
        "@02364f8. (tests/checkpoints/checkpoint_07_stability.py imports a module that is gone, and cannot run)",
    ),
    "deepml": Course(
        "deep-ml",
        "questions/109, 115, 126 and 143 (tests.json) in github.com/Open-Deep-ML/DML-OpenProblem @04708b4",
    ),
}


def demand(holds: Any, text: str) -> None:
    """Reject with these words unless it holds; NaN never does."""
    if not bool(holds):
        raise AssertionError(text)


def _rows(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) as rows of features (N * H * W, C)."""
    return images.transpose(0, 2, 3, 1).reshape(-1, images.shape[1])


# ------------------------------------------------------------------ CS231n, assignment 2


def _reads(y: np.ndarray, axis: Any, mean: Any, std: Any, mean_within: float = 0.01, std_within: float = 0.01) -> None:
    """The printed means and standard deviations look as the comment says."""
    demand((np.abs(y.mean(axis=axis) - mean) <= mean_within).all(), "the means are not close to beta")
    demand((np.abs(y.std(axis=axis) - std) <= std_within).all(), "the standard deviations are not close to gamma")


def _two_layers(draw: np.random.RandomState, N: int, W1: np.ndarray, W2: np.ndarray) -> np.ndarray:
    """Activations of a two-layer network: their data for the forward pass."""
    return np.maximum(0, draw.randn(N, len(W1)) @ W1) @ W2


def _numerical(f: Callable[[], np.ndarray], array: np.ndarray, dy: np.ndarray, h: float = 1e-5) -> np.ndarray:
    """Central differences of sum(f() * dy), the array being changed in place, as their checker does it."""
    gradient = np.zeros_like(array)
    for entry in np.ndindex(array.shape):
        kept = array[entry]
        ends = []
        for sign in (1, -1):
            array[entry] = kept + sign * h
            ends.append(np.array(f()))
        array[entry] = kept
        gradient[entry] = ((ends[0] - ends[1]) * dy).sum() / (2 * h)
    return gradient


def _relative(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


def _gradients(forward: Callable, gradients: Callable[[Arrays], Arrays], arrays: Arrays, dy: np.ndarray, worst: float):
    """Each gradient agrees with central differences, every entry, to a relative `worst`."""
    numerical = [_numerical(lambda: forward(*arrays), array, dy) for array in arrays]
    for wanted, actual in zip(numerical, gradients(arrays), strict=True):
        demand(_relative(wanted, np.asarray(actual)) <= worst, "a gradient differs from the numerical one")


def _cs231n_rows(forward: Callable, backward: Callable) -> None:
    draw = np.random.RandomState(231)
    arrays = (5 * draw.randn(4, 5) + 12, draw.randn(5), draw.randn(5))
    dy = draw.randn(4, 5)
    _gradients(lambda *a: forward(*a)[0], lambda a: backward(dy, forward(*a)[1]), arrays, dy, 2e-8)


def _cs231n_network(forward: Callable, backward: Callable) -> None:
    """Their network check: two hidden layers, two rows, weights to a relative 2e-4, gamma, beta and b to 2e-8.

    The biases of the hidden layers are left out: their gradient is 0, whatever the function.
    """
    for reg in (0.0, 3.14):
        draw = np.random.RandomState(231)
        X, y = draw.randn(2, 15), draw.randint(10, size=2)
        sizes = (15, 20, 30, 10)
        p = {f"W{k}": 5e-2 * draw.randn(sizes[k - 1], sizes[k]) for k in (1, 2, 3)}
        for k in (1, 2):
            p |= {f"gamma{k}": np.ones(sizes[k]), f"beta{k}": np.zeros(sizes[k])}
        p["b3"] = np.zeros(10)

        def loss(p=p, X=X, y=y, reg=reg) -> tuple[float, dict]:
            h, caches, inputs = X, {}, {}
            for k in (1, 2):
                inputs[k] = h
                z, caches[k] = forward(h @ p[f"W{k}"], p[f"gamma{k}"], p[f"beta{k}"])
                h = np.maximum(z, 0)
                caches[k] = caches[k], z > 0
            logits = h @ p["W3"] + p["b3"]
            log_p = logits - logits.max(axis=1, keepdims=True)
            log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
            value = -log_p[np.arange(2), y].mean() + reg / 2 * sum((p[f"W{k}"] ** 2).sum() for k in (1, 2, 3))
            d = (np.exp(log_p) - np.eye(10)[y]) / 2
            grads = {"W3": h.T @ d + reg * p["W3"], "b3": d.sum(axis=0)}
            d = d @ p["W3"].T
            for k in (2, 1):
                cached, active = caches[k]
                d, grads[f"gamma{k}"], grads[f"beta{k}"] = backward(d * active, cached)
                grads[f"W{k}"] = inputs[k].T @ d + reg * p[f"W{k}"]
                d = d @ p[f"W{k}"].T
            return value, grads

        grads = loss()[1]
        for name, array in p.items():
            numerical = _numerical(lambda: np.array(loss()[0]), array, np.array(1.0))
            worst = 2e-4 if name[0] == "W" else 2e-8
            demand(_relative(numerical, np.asarray(grads[name])) <= worst, f"the gradient of {name}")


def cs231n__batchnorm_forward__statistics(f: Implementation) -> None:
    """200 rows, 3 features: means and standard deviations printed, with gamma 1, beta 0 and with two other vectors."""
    draw = np.random.RandomState(231)
    X, W1, W2 = draw.randn(200, 50), draw.randn(50, 60), draw.randn(60, 3)
    a = np.maximum(0, X @ W1) @ W2
    for gamma, beta in ((np.ones(3), np.zeros(3)), (np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]))):
        _reads(f(a, gamma, beta)[0], 0, beta, gamma)


def cs231n__batchnorm_forward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8."""
    _cs231n_rows(f, backprop.batchnorm_backward)


def cs231n__batchnorm_forward__network(f: Implementation) -> None:
    """In a network with two hidden layers, on two rows."""
    _cs231n_network(f, backprop.batchnorm_backward)


def cs231n__batchnorm_backward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8.

    (Their second comparison, on 100 rows, is of two functions of the learner's with each other: it is left out.)
    """
    _cs231n_rows(transform.batchnorm_forward, f)


def cs231n__batchnorm_backward__network(f: Implementation) -> None:
    """In a network with two hidden layers, on two rows."""
    _cs231n_network(transform.batchnorm_forward, f)


def _cs231n_test_time(train: Callable, test: Callable) -> None:
    """50 batches of 200 rows in training, then one at test time: the printed means and standard deviations."""
    draw = np.random.RandomState(231)
    W1, W2 = draw.randn(50, 60), draw.randn(60, 3)
    for _ in range(50):
        train(_two_layers(draw, 200, W1, W2))
    _reads(test(_two_layers(draw, 200, W1, W2)), 0, 0, 1, 0.25, 0.1)


def cs231n__BatchNorm1d__test_time(f: Implementation) -> None:
    """Their function with a dict of state, as our class; their momentum 0.9 on the old value is our 0.1 on the new."""
    layer = f(3)
    _cs231n_test_time(layer, lambda x: (layer.eval(), layer(x))[1])


def cs231n__BatchNorm1d__statistics(f: Implementation) -> None:
    """As for `batchnorm_forward`: their one function has both modes."""

    def forward(x, gamma, beta):
        layer = f(len(gamma))
        layer.gamma, layer.beta = gamma, beta
        return (layer(x),)

    cs231n__batchnorm_forward__statistics(forward)


def cs231n__update_running_statistics__test_time(f: Implementation) -> None:
    """The update, the reference normalising."""
    running = [np.zeros(3), np.ones(3)]

    def train(x):
        running[:] = f(*running, x, 0.1)

    _cs231n_test_time(
        train, lambda x: inference.batchnorm_inference(x, np.ones(3), np.zeros(3), running[0], running[1])
    )


def cs231n__batchnorm_inference__test_time(f: Implementation) -> None:
    """The normalising, the reference updating."""
    running = [np.zeros(3), np.ones(3)]

    def train(x):
        running[:] = inference.update_running_statistics(running[0], running[1], x, 0.1)

    _cs231n_test_time(train, lambda x: f(x, np.ones(3), np.zeros(3), *running))


def _images(forward: Callable) -> Callable:
    """The reference's cache and gradients for images, as theirs has them."""

    def gradients(arrays: Arrays, dy: np.ndarray) -> Arrays:
        x, gamma, beta = arrays
        N, C, H, W = x.shape
        _, (x_hat, _, inv_std) = transform.batchnorm_forward(_rows(x), gamma, beta)
        return forward(dy, (x_hat.reshape(N, H, W, C).transpose(0, 3, 1, 2), gamma, inv_std))

    return gradients


def _cs231n_images(forward: Callable, backward: Callable) -> None:
    draw = np.random.RandomState(231)
    arrays = (5 * draw.randn(2, 3, 4, 5) + 12, draw.randn(3), draw.randn(3))
    dy = draw.randn(2, 3, 4, 5)
    _gradients(forward, lambda a: _images(backward)(a, dy), arrays, dy, 2e-6)


def cs231n__batchnorm2d_forward__statistics(f: Implementation) -> None:
    """2 images, 3 channels, 4 by 5: shape, means and standard deviations per channel, printed, for two pairs."""
    x = 4 * np.random.RandomState(231).randn(2, 3, 4, 5) + 10
    for gamma, beta in ((np.ones(3), np.zeros(3)), (np.array([3, 4, 5]), np.array([6, 7, 8]))):
        y = f(x, gamma, beta)
        demand(y.shape == x.shape, "the shape")
        _reads(y, (0, 2, 3), beta, gamma)


def cs231n__batchnorm2d_forward__gradient(f: Implementation) -> None:
    """2 images, 3 channels, 4 by 5: all gradients against central differences, to a relative 2e-6."""
    _cs231n_images(f, backprop.batchnorm2d_backward)


def cs231n__batchnorm2d_backward__gradient(f: Implementation) -> None:
    """2 images, 3 channels, 4 by 5: all gradients against central differences, to a relative 2e-6.

    Their functions for gamma and beta ignore their argument; the check works since it changes the arrays in place.
    """
    _cs231n_images(transform.batchnorm2d_forward, f)


def cs231n__layernorm_forward__statistics(f: Implementation) -> None:
    """4 rows, 3 features: means and standard deviations per row; gamma and beta the same for all features."""
    draw = np.random.RandomState(231)
    X, W1, W2 = draw.randn(4, 50), draw.randn(50, 60), draw.randn(60, 3)
    a = np.maximum(0, X @ W1) @ W2
    for gamma, beta in ((1.0, 0.0), (3.0, 5.0)):
        _reads(f(a, np.full(3, gamma), np.full(3, beta))[0], 1, beta, gamma)


def cs231n__layernorm_forward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8."""
    _cs231n_rows(f, recurrent.layernorm_backward)


def cs231n__layernorm_backward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8."""
    _cs231n_rows(recurrent.layernorm_forward, f)


def cs231n__groupnorm_forward__statistics(f: Implementation) -> None:
    """2 images, 6 channels in 2 groups, 4 by 5: means and standard deviations per group; gamma 1, beta 0.

    Their gamma and beta are (1, C, 1, 1), ours (C,).
    """
    x = 4 * np.random.RandomState(231).randn(2, 6, 4, 5) + 10
    y = f(x, np.ones(6), np.zeros(6), 2)
    demand(y.shape == x.shape, "the shape")
    _reads(y.reshape(4, -1), 1, 0, 1)


def cs231n__groupnorm_forward__gradient(f: Implementation) -> None:
    """2 images, 6 channels in 2 groups: all gradients against central differences, to a relative 2e-7.

    The gradients are those of layer normalization with each group as a row: we have no backward pass for groups.
    """
    draw = np.random.RandomState(231)
    arrays = (5 * draw.randn(2, 6, 4, 5) + 12, draw.randn(6), draw.randn(6))
    dy = draw.randn(2, 6, 4, 5)

    def gradients(arrays: Arrays) -> Arrays:
        x, gamma, _ = arrays
        ones = np.ones(x.size // 4)
        _, cache_ = recurrent.layernorm_forward(x.reshape(4, -1), ones, 0 * ones)
        dx, _, _ = recurrent.layernorm_backward((gamma[:, None, None] * dy).reshape(4, -1), cache_)
        over = (0, 2, 3)
        return dx.reshape(x.shape), (dy * cache_[0].reshape(x.shape)).sum(axis=over), dy.sum(axis=over)

    _gradients(lambda *a: f(*a, 2), gradients, arrays, dy, 2e-7)


# ------------------------------------------------------------------ CMU 10-714, homework 2
#
# Their stored numbers are what the reference gives for their inputs; that was compared once. One is not: the running
# variance stored there is the one with 1/m, though the text of the homework asks for the one with 1/(m-1). Here
# the text counts. Left out: an epoch on MNIST, which trains with the same pieces as the run below.


def _tensor(*shape: int, entropy: int = 1) -> np.ndarray:
    """Their inputs: multiples of 0.05 from 0 to 4.95, seeded by the shape."""
    draw = np.random.RandomState(int(np.prod(shape)) * len(shape) * entropy)
    return (draw.randint(0, 100, size=shape) / 20).astype(np.float32)


def _stored(actual: Any, wanted: np.ndarray, atol: float = 1e-5) -> None:
    """Their comparison with stored numbers."""
    np.testing.assert_allclose(actual, wanted, rtol=1e-5, atol=atol)


def _affine(d: int, affine: bool) -> Arrays:
    if affine:
        return _tensor(d, entropy=42), _tensor(d, entropy=1337)
    return np.ones(d, np.float32), np.zeros(d, np.float32)


def _double(*arrays: np.ndarray) -> Any:
    return tuple(array.astype(np.float64) for array in arrays)


def _train(forward: Callable, backward: Callable, layer: Any, lr: float, decay: float) -> float:
    """The loss after 32 steps of Adam on 1,024 rows: linear, ReLU, normalisation, linear; the reference's pieces.

    With a layer that has been given, the loss is that of 32 further rows in evaluation. Their weights are drawn by
    their framework; these are drawn here.
    """
    draw = np.random.RandomState(42)
    p = {
        "W1": draw.uniform(-1, 1, (64, 32)) * np.sqrt(6 / 64),
        "b1": draw.uniform(-1, 1, 32) * np.sqrt(6),
        "gamma": np.ones(32),
        "beta": np.zeros(32),
        "W2": draw.uniform(-1, 1, (32, 16)) * np.sqrt(6 / 32),
        "b2": draw.uniform(-1, 1, 16) * np.sqrt(6),
    }
    X = _tensor(1024, 64).astype(np.float64)
    labels = np.random.RandomState(1024).randint(0, 16, size=1024)
    moments = {name: (np.zeros_like(value), np.zeros_like(value)) for name, value in p.items()}
    loss = 0.0
    for step, (x, y) in enumerate(zip(np.split(X, 32), np.split(labels, 32), strict=True), start=1):
        z = x @ p["W1"] + p["b1"]
        h = np.maximum(z, 0)
        out, cached = forward(h, p["gamma"], p["beta"])
        loss, d = _softmax(out @ p["W2"] + p["b2"], y)
        grads = {"W2": out.T @ d, "b2": d.sum(axis=0)}
        dh, grads["gamma"], grads["beta"] = backward(d @ p["W2"].T, cached)
        dz = dh * (z > 0)
        grads |= {"W1": x.T @ dz, "b1": dz.sum(axis=0)}
        for name, gradient in grads.items():
            g = gradient + decay * p[name]
            first, second = moments[name]
            first, second = 0.9 * first + 0.1 * g, 0.999 * second + 0.001 * g**2
            moments[name] = first, second
            p[name] = p[name] - lr * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    if layer is None:
        return loss
    x, y = _tensor(32, 64).astype(np.float64), np.random.RandomState(32).randint(0, 16, size=32)
    out = layer(np.maximum(x @ p["W1"] + p["b1"], 0), p["gamma"], p["beta"])
    return _softmax(out @ p["W2"] + p["b2"], y)[0]


def _softmax(logits: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    log_p = logits - logits.max(axis=1, keepdims=True)
    log_p = log_p - np.log(np.exp(log_p).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean(), (np.exp(log_p) - np.eye(logits.shape[1])[y]) / len(y)


def _batch_run(forward: Callable = transform.batchnorm_forward, backward: Callable = backprop.batchnorm_backward):
    return _train(forward, backward, None, lr=0.001, decay=0.001)


def _layer_run(forward: Callable = recurrent.layernorm_forward, backward: Callable = recurrent.layernorm_backward):
    return _train(forward, backward, None, lr=0.01, decay=0.01)


def _evaluated(update: Callable, infer: Callable) -> float:
    """The run with running statistics, and its loss in evaluation."""
    running = [np.zeros(32), np.ones(32)]

    def forward(x, gamma, beta):
        running[:] = update(*running, x, 0.1)
        return transform.batchnorm_forward(x, gamma, beta)

    return _train(forward, backprop.batchnorm_backward, lambda x, *affine: infer(x, *affine, *running), 0.001, 0.001)


def _evaluated_layer(f: Implementation) -> float:
    layer = f(32)

    def forward(x, gamma, beta):
        layer.gamma, layer.beta = gamma, beta
        return layer(x), transform.batchnorm_forward(x, gamma, beta)[1]

    def evaluate(x, gamma, beta):
        layer.gamma, layer.beta = gamma, beta
        layer.eval()
        return layer(x)

    return _train(forward, backprop.batchnorm_backward, evaluate, 0.001, 0.001)


@cache
def _wanted(run: Callable[[], float]) -> float:
    return run()


def _reference_evaluated() -> float:
    return _evaluated(inference.update_running_statistics, inference.batchnorm_inference)


def _residual(norm: Callable, dim: int, hidden: int, blocks: int, classes: int) -> np.ndarray:
    """The output of residual blocks with two normalisations each, for two rows, gamma 1 and beta 0."""
    draw = np.random.RandomState(4)

    def linear(h, d_out):
        bound = np.sqrt(6 / h.shape[1])
        return h @ draw.uniform(-bound, bound, (h.shape[1], d_out)) + draw.uniform(-bound, bound, d_out)

    h = np.maximum(linear(draw.randn(2, dim), hidden), 0)
    for _ in range(blocks):
        inner = np.maximum(norm(linear(h, hidden // 2)), 0)
        h = np.maximum(h + norm(linear(inner, hidden)), 0)
    return linear(h, classes)


def _plain(forward: Callable) -> Callable:
    """A normalisation with gamma 1 and beta 0."""
    return lambda x: forward(x, np.ones(x.shape[1]), np.zeros(x.shape[1]))[0]


def _as_function(f: Implementation) -> Callable:
    """A fresh layer for each call, in training mode."""

    def forward(x, gamma, beta):
        layer = f(len(gamma))
        layer.gamma, layer.beta = gamma, beta
        return (layer(x),)

    return forward


def _cmu10714_forward(forward: Callable) -> None:
    for affine in (False, True):
        x, (gamma, beta) = _tensor(4, 4), _affine(4, affine)
        wanted = transform.batchnorm_forward(*_double(x, gamma, beta))[0]
        _stored(forward(x, gamma, beta)[0], wanted)
    _stored(_residual(_plain(forward), 15, 25, 5, 14), _residual(_plain(transform.batchnorm_forward), 15, 25, 5, 14))


def cmu10714__batchnorm_forward__stored(f: Implementation) -> None:
    """4 rows, 4 features, without and with gamma and beta; a network of residual blocks on two rows: 1e-5."""
    _cmu10714_forward(f)


def cmu10714__batchnorm_forward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5. (The reference's backward pass.)"""
    _stored(_batch_run(forward=f), np.array(_wanted(_batch_run)))


def cmu10714__batchnorm_backward__squares(f: Implementation) -> None:
    """The gradient of sum(y^2) in x, 0 but for epsilon: 5 by 4 without affine (1e-5) and with (1e-4); 4 by 3."""
    for shape, affine, entropy, atol in (
        ((5, 4), False, 1, 1e-5),
        ((5, 4), True, 1, 1e-4),
        ((4, 3), False, 9, 1e-5),  # there, after ten steps of training
    ):
        x, gamma, beta = _double(_tensor(*shape, entropy=entropy), *_affine(shape[1], affine))
        y, cached = transform.batchnorm_forward(x, gamma, beta)
        _stored(f(2 * y, cached)[0], backprop.batchnorm_backward(2 * y, cached)[0], atol)


def cmu10714__batchnorm_backward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5."""
    _stored(_batch_run(backward=f), np.array(_wanted(_batch_run)))


def cmu10714__BatchNorm1d__stored(f: Implementation) -> None:
    """As `batchnorm_forward`: it is a class there."""
    _cmu10714_forward(_as_function(f))


def cmu10714__BatchNorm1d__running(f: Implementation) -> None:
    """The running mean and variance after ten batches of 4 rows, 3 features, momentum 0.1: 1e-5."""
    layer, running = f(3), (np.zeros(3), np.ones(3))
    for k in range(10):
        x = _tensor(4, 3, entropy=k)
        layer(x)
        running = inference.update_running_statistics(*running, x.astype(np.float64))
    _stored(layer.running_mean, running[0])
    _stored(layer.running_var, running[1])


def cmu10714__BatchNorm1d__switch(f: Implementation) -> None:
    """`eval()` and `train()` switch the flag `training`."""
    layer = f(4)
    demand(layer.training, "training at first")
    layer.eval()
    demand(not layer.training, "eval() switches")
    layer.train()
    demand(layer.training, "train() switches back")


def cmu10714__BatchNorm1d__evaluation(f: Implementation) -> None:
    """The loss in evaluation after a training run with Adam: 1e-5."""
    _stored(_evaluated_layer(f), np.array(_wanted(_reference_evaluated)))


def cmu10714__update_running_statistics__running(f: Implementation) -> None:
    """The running mean and variance after ten batches of 4 rows, 3 features, momentum 0.1: 1e-5."""
    mine, running = (np.zeros(3), np.ones(3)), (np.zeros(3), np.ones(3))
    for k in range(10):
        x = _tensor(4, 3, entropy=k).astype(np.float64)
        mine = f(*mine, x)
        running = inference.update_running_statistics(*running, x)
    _stored(mine[0], running[0])
    _stored(mine[1], running[1])


def cmu10714__update_running_statistics__evaluation(f: Implementation) -> None:
    """The loss in evaluation after a training run with Adam: 1e-5."""
    _stored(_evaluated(f, inference.batchnorm_inference), np.array(_wanted(_reference_evaluated)))


def cmu10714__batchnorm_inference__evaluation(f: Implementation) -> None:
    """The loss in evaluation after a training run with Adam: 1e-5."""
    _stored(_evaluated(inference.update_running_statistics, f), np.array(_wanted(_reference_evaluated)))


def cmu10714__layernorm_forward__stored(f: Implementation) -> None:
    """3 by 3, 2 by 10 and 1 by 5, gamma 1 and beta 0; a network of residual blocks: 1e-5."""
    for shape in ((3, 3), (2, 10), (1, 5)):
        x, (gamma, beta) = _tensor(*shape), _affine(shape[1], False)
        _stored(f(x, gamma, beta)[0], recurrent.layernorm_forward(*_double(x, gamma, beta))[0])
    _stored(_residual(_plain(f), 10, 5, 2, 5), _residual(_plain(recurrent.layernorm_forward), 10, 5, 2, 5))


def cmu10714__layernorm_forward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5. (The reference's backward pass.)"""
    _stored(_layer_run(forward=f), np.array(_wanted(_layer_run)))


def cmu10714__layernorm_backward__fourth_powers(f: Implementation) -> None:
    """The gradient of sum(y^4) in x, for 3 by 3, 2 by 10, 1 by 5 and 5 by 1; gamma 1: 1e-5."""
    for shape in ((3, 3), (2, 10), (1, 5), (5, 1)):
        x, gamma, beta = _double(_tensor(*shape), *_affine(shape[1], False))
        y, cached = recurrent.layernorm_forward(x, gamma, beta)
        _stored(f(4 * y**3, cached)[0], recurrent.layernorm_backward(4 * y**3, cached)[0])


def cmu10714__layernorm_backward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5."""
    _stored(_layer_run(backward=f), np.array(_wanted(_layer_run)))


# ------------------------------------------------------------------ CMU 11-785, homework 1 part 1
#
# One set of four rows whose normalised values are all 1 or -1; a tolerance of 1e-4. Their epsilon is 1e-8.

_Z = np.array([[1, 4], [7, 0], [1, 0], [7, 4]], np.float32)
_SCALE, _SHIFT = np.array([2, 5], np.float32), np.array([-1, 2], np.float32)
_UPSTREAM = np.array([[-6, 2], [-12, 16], [-12, 20], [-6, 2]], np.float32)


def _near(actual: Any, wanted: np.ndarray) -> None:
    demand(np.allclose(actual, wanted, atol=1e-4), "differs from the stored numbers")


def _signs() -> np.ndarray:
    """The normalised rows."""
    return np.sign(_Z - _Z.mean(axis=0))


def cmu11785__batchnorm_forward__stored(f: Implementation) -> None:
    """The output in training, within 1e-4."""
    _near(f(_Z.copy(), _SCALE, _SHIFT, 1e-8)[0], _SCALE * _signs() + _SHIFT)


def cmu11785__batchnorm_backward__stored(f: Implementation) -> None:
    """dx for one upstream gradient, within 1e-4; in this copy dgamma and dbeta are not looked at."""
    _, cached = transform.batchnorm_forward(_Z, _SCALE, _SHIFT, 1e-8)
    m, s = len(_Z), _signs()
    wanted = _SCALE / _Z.std(axis=0) * (_UPSTREAM - _UPSTREAM.mean(axis=0) - s * (_UPSTREAM * s).sum(axis=0) / m)
    _near(f(_UPSTREAM.copy(), cached)[0], wanted)


def cmu11785__batchnorm_inference__stored(f: Implementation) -> None:
    """The output in evaluation with running statistics 0 and 1, within 1e-4."""
    _near(f(_Z.copy(), _SCALE, _SHIFT, np.zeros(2), np.ones(2), 1e-8), _SCALE * _Z + _SHIFT)


def cmu11785__BatchNorm1d__stored(f: Implementation) -> None:
    """The output in training, and that of a new layer in evaluation, within 1e-4."""
    for evaluation, x_hat in ((False, _signs()), (True, _Z)):
        layer = f(2, eps=1e-8)
        layer.gamma, layer.beta = _SCALE.copy(), _SHIFT.copy()
        if evaluation:
            layer.eval()
        _near(layer(_Z.copy()), _SCALE * x_hat + _SHIFT)


# ------------------------------------------------------------------ ARENA
#
# float32 throughout, and their comparison wants that dtype of what is returned: it is asked of our functions, not of
# our class, whose parameters are float64.


def _arena_forward(y: np.ndarray, shape: tuple, axis: Any) -> None:
    demand(y.shape == shape, "the shape")
    np.testing.assert_allclose(y.mean(axis=axis), 0, rtol=1.3e-6, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=axis, ddof=1), 1, rtol=1e-3, atol=1e-3)  # theirs is the one with 1/(m-1)


def _arena_images() -> np.ndarray:
    return np.random.RandomState(0).randn(100, 2, 3, 4).astype(np.float32)  # theirs is not seeded


_COUNT = np.arange(12, dtype=np.float32).reshape(2, 3, 2, 1)
_MEANS = np.array([3.5, 5.5, 7.5])


def _same32(actual: Any, wanted: Any) -> None:
    np.testing.assert_allclose(actual, wanted, rtol=1.3e-6, atol=1e-5)


def arena__batchnorm2d_forward__statistics(f: Implementation) -> None:
    """100 images, 2 channels, gamma 1, beta 0: mean 0 (1e-5) and standard deviation 1 (0.002) per channel; float32."""
    x = _arena_images()
    y = f(x, np.ones(2, np.float32), np.zeros(2, np.float32))
    _arena_forward(y, x.shape, (0, 2, 3))
    demand(y.dtype == np.float32, "the dtype")


def arena__BatchNorm1d__statistics(f: Implementation) -> None:
    """The same, and a new layer has its four arrays and is in training."""
    layer = f(2)
    demand(layer.training, "training at first")
    for name in ("gamma", "beta", "running_mean", "running_var"):
        demand(isinstance(getattr(layer, name), np.ndarray), name)
    x = _rows(_arena_images())
    _arena_forward(layer(x), x.shape, 0)


def arena__BatchNorm1d__running_mean(f: Implementation) -> None:
    """The running mean after each of 30 passes of one batch, momentum 0.6; then in evaluation the mean of y is 0."""
    layer, x = f(3, momentum=0.6), _rows(_COUNT)
    for k in range(30):
        layer(x)
        _same32(layer.running_mean, (1 - 0.4 ** (k + 1)) * _MEANS)
    layer.eval()
    _same32(layer(x).mean(axis=0), np.zeros(3))


def arena__update_running_statistics__running_mean(f: Implementation) -> None:
    """The running mean after each of 30 passes of one batch, momentum 0.6. The variance is not looked at."""
    running, x = (np.zeros(3), np.ones(3)), _rows(_COUNT)
    for k in range(30):
        running = f(*running, x, 0.6)
        _same32(running[0], (1 - 0.4 ** (k + 1)) * _MEANS)


def arena__batchnorm_inference__mean(f: Implementation) -> None:
    """In evaluation with the statistics of the very batch, the mean of y is 0."""
    x = _rows(_COUNT).astype(np.float64)
    y = f(x, np.ones(3), np.zeros(3), x.mean(axis=0), x.var(axis=0, ddof=1))
    _same32(y.mean(axis=0), np.zeros(3))


# ------------------------------------------------------------------ TinyTorch


def _tinytorch_statistics(y: np.ndarray, shape: tuple, axis: Any) -> None:
    demand(y.shape == shape, "the shape")
    demand((np.abs(y.mean(axis=axis)) < 0.1).all(), "the mean of a channel")
    demand((np.abs(y.std(axis=axis) - 1) < 0.1).all(), "the standard deviation of a channel")


def tinytorch__batchnorm2d_forward__statistics(f: Implementation) -> None:
    """32 images, 8 channels of one distribution, gamma 1, beta 0: mean 0 and standard deviation 1, within 0.1."""
    draw = np.random.RandomState(0)  # theirs is not seeded
    x = draw.randn(4, 16, 8, 8)
    demand(f(x, np.ones(16), np.zeros(16)).shape == x.shape, "the shape")
    x = draw.randn(32, 8, 4, 4) * 10 + 5
    _tinytorch_statistics(f(x, np.ones(8), np.zeros(8)), x.shape, (0, 2, 3))


def tinytorch__BatchNorm1d__statistics(f: Implementation) -> None:
    """The same; the running mean moves in training; evaluation leaves both as they are; one row is welcome there."""
    draw = np.random.RandomState(0)
    layer, x = f(8), _rows(draw.randn(32, 8, 4, 4) * 10 + 5)
    layer.train()
    _tinytorch_statistics(layer(x), x.shape, 0)
    before = layer.running_mean.copy()
    layer(_rows(draw.randn(16, 8, 4, 4) + 3))
    demand(not np.allclose(layer.running_mean, before), "the running mean moves")
    layer = f(4)
    for _ in range(10):
        layer(_rows(draw.randn(8, 4, 4, 4) * 2 + 1))
    mean, var = layer.running_mean.copy(), layer.running_var.copy()
    layer.eval()
    layer(_rows(draw.randn(2, 4, 4, 4) * 5))
    demand(np.allclose(layer.running_mean, mean), "the running mean stays")
    demand(np.allclose(layer.running_var, var), "the running variance stays")
    demand(layer(draw.randn(1, 4)).shape == (1, 4), "one row")
    layer = f(64)
    demand(layer.gamma.shape == layer.beta.shape == (64,), "the shapes of gamma and beta")


def tinytorch__update_running_statistics__moves(f: Implementation) -> None:
    """The running mean is another after a batch of another mean."""
    draw = np.random.RandomState(0)
    running = f(np.zeros(8), np.ones(8), _rows(draw.randn(32, 8, 4, 4) * 10 + 5))
    before = running[0].copy()
    running = f(*running, _rows(draw.randn(16, 8, 4, 4) + 3))
    demand(not np.allclose(running[0], before), "the running mean moves")


def tinytorch__batchnorm_inference__shape(f: Implementation) -> None:
    """Evaluation leaves the running statistics as they are, and takes one row: its output has a row's shape."""
    draw = np.random.RandomState(0)
    mean, var = draw.randn(4), draw.rand(4) + 0.5
    kept = mean.copy(), var.copy()
    f(_rows(draw.randn(2, 4, 4, 4) * 5), np.ones(4), np.zeros(4), mean, var)
    demand(np.allclose(mean, kept[0]) and np.allclose(var, kept[1]), "the running statistics stay")
    demand(f(draw.randn(1, 4), np.ones(4), np.zeros(4), mean, var).shape == (1, 4), "one row")


# ------------------------------------------------------------------ deep-ml
#
# What a function prints is compared with stored text. Here: every printed digit but the last counts. gamma and beta,
# there (1, C, 1, 1), are the same for all channels throughout.


def _printed(actual: Any, wanted: np.ndarray, digits: int) -> None:
    demand(np.shape(actual) == wanted.shape, "the shape")
    demand((np.abs(actual - wanted) <= 10.0 ** (1 - digits)).all(), "prints other numbers")


def deepml__batchnorm2d_forward__printed(f: Implementation) -> None:
    """Problem 115: 2 by 2 by 2 by 2, three times; gamma and beta are 1 and 0, or 0.5 and 1; eight digits."""
    for seed, gamma, beta in ((42, 1.0, 0.0), (101, 1.0, 0.0), (101, 0.5, 1.0)):
        x = np.random.RandomState(seed).randn(2, 2, 2, 2)
        arguments = x, np.full(2, gamma), np.full(2, beta)
        _printed(f(x.copy(), *arguments[1:]), transform.batchnorm2d_forward(*arguments), 8)


def deepml__groupnorm_forward__printed(f: Implementation) -> None:
    """Problem 126, two groups of one channel each, and problem 143, instance normalization; four digits."""
    for shape in ((2, 2, 2, 2), (2, 2, 2, 1)):
        x = np.random.RandomState(42).randn(*shape)
        _printed(f(x, np.ones(2), np.zeros(2), 2), tradeoffs.groupnorm_forward(x.copy(), np.ones(2), np.zeros(2), 2), 4)
    for seed, gamma, beta, at in ((42, 1.0, 0.0, (1, 1)), (101, 1.0, 0.0, (1, 0)), (101, 0.5, 1.0, (0, 0))):
        x = np.random.RandomState(seed).randn(2, 2, 2, 2)
        wanted = tradeoffs.groupnorm_forward(x.copy(), np.full(2, gamma), np.full(2, beta), 2)
        _printed(f(x, np.full(2, gamma), np.full(2, beta), 2)[at], wanted[at], 4)


def deepml__layernorm_forward__printed(f: Implementation) -> None:
    """Problem 109: sequences 2 by 2 by 3 and 2 by 3 by 4, here as rows; three digits."""
    for shape, gamma, beta in (((2, 2, 3), 1.0, 0.0), ((2, 3, 4), 1.0, 0.0), ((2, 3, 4), 0.5, 1.0)):
        x = np.random.RandomState(42).randn(*shape).reshape(-1, shape[2])
        affine = np.full(shape[2], gamma), np.full(shape[2], beta)
        _printed(f(x.copy(), *affine)[0], recurrent.layernorm_forward(x, *affine)[0], 3)


# ------------------------------------------------------------------ the table


@cache
def checks() -> dict[str, dict[str, list[Callable]]]:
    """The checks above: exercise, course, the functions."""
    found: dict[str, dict[str, list[Callable]]] = {}
    for name, value in globals().items():
        course, _, rest = name.partition("__")
        if course in COURSES:
            exercise, _, _ = rest.partition("__")
            found.setdefault(exercise, {}).setdefault(course, []).append(value)
    return found


def accepts(functions: Iterable[Callable], implementation: Implementation) -> bool:
    """Whether all of a course's checks of an exercise let an implementation through."""
    for check in functions:
        try:
            with np.errstate(all="ignore"):
                check(implementation)
        except Exception:  # whatever it raises: the learner sees that something is wrong
            return False
    return True


@dataclass
class Row:
    """One exercise: what each course lets through of what is wrong, and accepts of what is right."""

    exercise: str
    misconceptions: list[str]
    formulations: list[str]  # the reference is one of them
    numbers: list[str] = field(default_factory=list)  # misconceptions whose plain numbers are wrong
    through: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)


OURS = {"visible": "our visible check", "hidden": "our hidden tests"}


def rows(exercises: Iterable[str] | None = None, progress: bool = False) -> Iterator[Row]:
    """The table, exercise by exercise.

    Parameters
    ----------
    exercises : iterable of str, optional
        All that some other course checks, unless told.
    progress : bool
        Show a bar on a terminal.
    """
    chosen = set(checks() if exercises is None else exercises)
    for slug in slugs():
        chapter = Chapter(slug)
        mine = [name for name in chapter.exercises if name in chosen]
        key = json.loads(answer_key_bytes(chapter)) if mine else {}
        for exercise in tqdm(mine, desc=slug, leave=False, disable=None if progress else True):
            yield _row(chapter, exercise, key)


def _row(chapter: Chapter, exercise: str, key: dict) -> Row:
    wrongs = chapter.misconceptions(exercise)
    rights = [
        Variant(exercise, "reference", chapter.exercises[exercise], ""),
        *chapter.formulations(exercise),
    ]
    judges: dict[str, Callable[[Implementation], bool]] = {
        course: lambda f, functions=functions: accepts(functions, f)  # type: ignore[misc]
        for course, functions in checks()[exercise].items()
    }
    judges["visible"] = lambda f: compare(exercise, f, key).passed
    judges["hidden"] = lambda f: graded(chapter, exercise, f).share == 1
    row = Row(exercise, [w.slug for w in wrongs], [r.slug for r in rights])
    for wrong in wrongs:
        outcomes = graded(chapter, exercise, wrong.implementation).outcomes
        if any(not o.holds and o.test.after is None for o in outcomes):
            row.numbers.append(wrong.slug)
    for name, judge in judges.items():
        row.through[name] = [w.slug for w in wrongs if judge(w.implementation)]
        row.refused[name] = [r.slug for r in rights if not judge(r.implementation)]
    return row


def report(table: list[Row]) -> str:
    """Two tables in Markdown, what was let through by name, and the sources."""
    columns = {**{name: course.title for name, course in COURSES.items()}, **OURS}

    def line(cells: Iterable[Any]) -> str:
        return f"| {' | '.join(str(cell) for cell in cells)} |"

    def made(each: str, lists: str, *sums: tuple[str, str]) -> list[str]:
        out = [line(["exercise", each, *columns.values()]), line(["---", *["---:"] * (1 + len(columns))])]
        for row in table:
            found = getattr(row, lists)
            counts = (len(found[name]) if name in found else "–" for name in columns)
            out.append(line([f"`{row.exercise}`", len(getattr(row, each)), *counts]))
        for label, of in sums:
            cells = []
            for name in columns:
                mine = [row for row in table if name in getattr(row, lists)]
                n = sum(len(set(getattr(row, lists)[name]) & set(getattr(row, of))) for row in mine)
                cells.append(f"{n} of {sum(len(getattr(row, of)) for row in mine)}" if mine else "–")
            out.append(line([label, sum(len(getattr(row, of)) for row in table), *cells]))
        return out

    named = (
        f"- `{row.exercise}`, {columns[name]}: {', '.join(slugs_)}"
        for row in table
        for name, slugs_ in row.through.items()
        if slugs_
    )
    return "\n".join(
        [
            "How many of our misconceptions each course's visible checks let through (–: not checked there).",
            "The last line leaves out those whose numbers are right and that break another rule of our pages:",
            "the dtype, arguments left as they were, errors to raise.",
            "",
            *made(
                "misconceptions",
                "through",
                ("of all that it checks", "misconceptions"),
                ("of these, with wrong numbers", "numbers"),
            ),
            "",
            "How many right formulations, the reference among them, are refused:",
            "",
            *made("formulations", "refused", ("of all that it checks", "formulations")),
            "",
            "Let through, by name:",
            "",
            *named,
            "",
            "Sources:",
            "",
            *(f"- {course.title}: {course.source}" for course in COURSES.values()),
        ]
    )


def main() -> None:
    """What other courses' checks of normalisation layers let through."""
    print(report(list(rows(progress=True))))
