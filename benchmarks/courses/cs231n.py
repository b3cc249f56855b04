"""The checks of CS231n, assignment 2: printouts, and gradients against central differences.

Left out: the comparison of two backward passes of the learner's with each other, and training curves.
"""

# ruff: noqa: N802 (a check carries the name of its exercise)

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.courses import Arrays, Implementation, demand, rows
from solutions import backprop, inference, recurrent, transform

TITLE = "CS231n A2"
SOURCE = (
    "assignments/2026/assignment2.zip in github.com/cs231n/cs231n.github.io @3d84654: BatchNormalization.ipynb, "
    "ConvolutionalNetworks.ipynb, cs231n/gradient_check.py"
)


def _reads(y: np.ndarray, axis: Any, mean: Any, std: Any, mean_within: float = 0.01, std_within: float = 0.01) -> None:
    """The printed means and standard deviations are as close as the comment in their notebook says."""
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


def _check_rows(forward: Callable, backward: Callable) -> None:
    draw = np.random.RandomState(231)
    arrays = (5 * draw.randn(4, 5) + 12, draw.randn(5), draw.randn(5))
    dy = draw.randn(4, 5)
    _gradients(lambda *a: forward(*a)[0], lambda a: backward(dy, forward(*a)[1]), arrays, dy, 2e-8)


def _network(forward: Callable, backward: Callable) -> None:
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


def batchnorm_forward__statistics(f: Implementation) -> None:
    """200 rows, 3 features: means and standard deviations printed, with gamma 1, beta 0 and with two other vectors."""
    draw = np.random.RandomState(231)
    X, W1, W2 = draw.randn(200, 50), draw.randn(50, 60), draw.randn(60, 3)
    a = np.maximum(0, X @ W1) @ W2
    for gamma, beta in ((np.ones(3), np.zeros(3)), (np.array([1.0, 2.0, 3.0]), np.array([11.0, 12.0, 13.0]))):
        _reads(f(a, gamma, beta)[0], 0, beta, gamma)


def batchnorm_forward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8."""
    _check_rows(f, backprop.batchnorm_backward)


def batchnorm_forward__network(f: Implementation) -> None:
    """In a network with two hidden layers, on two rows."""
    _network(f, backprop.batchnorm_backward)


def batchnorm_backward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8.

    (Their second comparison, on 100 rows, is of two functions of the learner's with each other: it is left out.)
    """
    _check_rows(transform.batchnorm_forward, f)


def batchnorm_backward__network(f: Implementation) -> None:
    """In a network with two hidden layers, on two rows."""
    _network(transform.batchnorm_forward, f)


def _test_time(train: Callable, test: Callable) -> None:
    """50 batches of 200 rows in training, then one at test time: the printed means and standard deviations."""
    draw = np.random.RandomState(231)
    W1, W2 = draw.randn(50, 60), draw.randn(60, 3)
    for _ in range(50):
        train(_two_layers(draw, 200, W1, W2))
    _reads(test(_two_layers(draw, 200, W1, W2)), 0, 0, 1, 0.25, 0.1)


def BatchNorm1d__test_time(f: Implementation) -> None:
    """Their function with a dict of state, as our class; their momentum 0.9 on the old value is our 0.1 on the new."""
    layer = f(3)
    _test_time(layer, lambda x: (layer.eval(), layer(x))[1])


def BatchNorm1d__statistics(f: Implementation) -> None:
    """As for `batchnorm_forward`: their one function has both modes."""

    def forward(x, gamma, beta):
        layer = f(len(gamma))
        layer.gamma, layer.beta = gamma, beta
        return (layer(x),)

    batchnorm_forward__statistics(forward)


def update_running_statistics__test_time(f: Implementation) -> None:
    """The update, the reference normalizing."""
    running = [np.zeros(3), np.ones(3)]

    def train(x):
        running[:] = f(*running, x, 0.1)

    _test_time(train, lambda x: inference.batchnorm_inference(x, np.ones(3), np.zeros(3), running[0], running[1]))


def batchnorm_inference__test_time(f: Implementation) -> None:
    """The normalizing, the reference updating."""
    running = [np.zeros(3), np.ones(3)]

    def train(x):
        running[:] = inference.update_running_statistics(running[0], running[1], x, 0.1)

    _test_time(train, lambda x: f(x, np.ones(3), np.zeros(3), *running))


def _with_cache(backward: Callable) -> Callable:
    """The reference's cache and gradients for images, as theirs has them."""

    def gradients(arrays: Arrays, dy: np.ndarray) -> Arrays:
        x, gamma, beta = arrays
        N, C, H, W = x.shape
        _, (x_hat, _, inv_std) = transform.batchnorm_forward(rows(x), gamma, beta)
        return backward(dy, (x_hat.reshape(N, H, W, C).transpose(0, 3, 1, 2), gamma, inv_std))

    return gradients


def _images(forward: Callable, backward: Callable) -> None:
    draw = np.random.RandomState(231)
    arrays = (5 * draw.randn(2, 3, 4, 5) + 12, draw.randn(3), draw.randn(3))
    dy = draw.randn(2, 3, 4, 5)
    _gradients(forward, lambda a: _with_cache(backward)(a, dy), arrays, dy, 2e-6)


def batchnorm2d_forward__statistics(f: Implementation) -> None:
    """2 images, 3 channels, 4 by 5: shape, means and standard deviations per channel, printed, for two pairs."""
    x = 4 * np.random.RandomState(231).randn(2, 3, 4, 5) + 10
    for gamma, beta in ((np.ones(3), np.zeros(3)), (np.array([3, 4, 5]), np.array([6, 7, 8]))):
        y = f(x, gamma, beta)
        demand(y.shape == x.shape, "the shape")
        _reads(y, (0, 2, 3), beta, gamma)


def batchnorm2d_forward__gradient(f: Implementation) -> None:
    """2 images, 3 channels, 4 by 5: all gradients against central differences, to a relative 2e-6."""
    _images(f, backprop.batchnorm2d_backward)


def batchnorm2d_backward__gradient(f: Implementation) -> None:
    """2 images, 3 channels, 4 by 5: all gradients against central differences, to a relative 2e-6.

    Their functions for gamma and beta ignore their argument; the check works since it changes the arrays in place.
    """
    _images(transform.batchnorm2d_forward, f)


def layernorm_forward__statistics(f: Implementation) -> None:
    """4 rows, 3 features: means and standard deviations per row; gamma and beta the same for all features."""
    draw = np.random.RandomState(231)
    X, W1, W2 = draw.randn(4, 50), draw.randn(50, 60), draw.randn(60, 3)
    a = np.maximum(0, X @ W1) @ W2
    for gamma, beta in ((1.0, 0.0), (3.0, 5.0)):
        _reads(f(a, np.full(3, gamma), np.full(3, beta))[0], 1, beta, gamma)


def layernorm_forward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8."""
    _check_rows(f, recurrent.layernorm_backward)


def layernorm_backward__gradient(f: Implementation) -> None:
    """4 rows, 5 features: all gradients against central differences, every entry to a relative 2e-8."""
    _check_rows(recurrent.layernorm_forward, f)


def groupnorm_forward__statistics(f: Implementation) -> None:
    """2 images, 6 channels in 2 groups, 4 by 5: means and standard deviations per group; gamma 1, beta 0.

    Their gamma and beta are (1, C, 1, 1), ours (C,).
    """
    x = 4 * np.random.RandomState(231).randn(2, 6, 4, 5) + 10
    y = f(x, np.ones(6), np.zeros(6), 2)
    demand(y.shape == x.shape, "the shape")
    _reads(y.reshape(4, -1), 1, 0, 1)


def groupnorm_forward__gradient(f: Implementation) -> None:
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
