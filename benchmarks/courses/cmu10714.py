"""The checks of CMU 10-714, homework 2: stored numbers, and losses after a training run.

Their stored numbers are what the reference gives for their inputs (compared once), but for one: the running variance
stored there is the one with 1/m, though the homework's text asks for the one with 1/(m-1). Here the text counts.
Weights that their framework draws are drawn here in another way. Left out: an epoch on MNIST, which trains with the
same pieces as the run below.
"""

# ruff: noqa: N802 (a check carries the name of its exercise)

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from benchmarks.courses import Arrays, Implementation, demand
from solutions import backprop, inference, recurrent, transform

TITLE = "CMU 10-714 hw2"
SOURCE = (
    "tests/hw2/test_nn_and_optim.py in github.com/dlsyscourse/hw2 @f4c9945, but for one number: its stored running "
    "variance is the one with 1/m, which would refuse every layer that does what the homework's text asks"
)


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


def double(*arrays: np.ndarray) -> Any:
    return tuple(array.astype(np.float64) for array in arrays)


def _train(forward: Callable, backward: Callable, layer: Any, lr: float, decay: float) -> float:
    """The loss after 32 steps of Adam on 1,024 rows: linear, ReLU, normalization, linear; the reference's pieces.

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
    """The output of residual blocks with two normalizations each, for two rows, gamma 1 and beta 0."""
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
    """A normalization with gamma 1 and beta 0."""
    return lambda x: forward(x, np.ones(x.shape[1]), np.zeros(x.shape[1]))[0]


def _as_function(f: Implementation) -> Callable:
    """A fresh layer for each call, in training mode."""

    def forward(x, gamma, beta):
        layer = f(len(gamma))
        layer.gamma, layer.beta = gamma, beta
        return (layer(x),)

    return forward


def _forward(forward: Callable) -> None:
    for affine in (False, True):
        x, (gamma, beta) = _tensor(4, 4), _affine(4, affine)
        wanted = transform.batchnorm_forward(*double(x, gamma, beta))[0]
        _stored(forward(x, gamma, beta)[0], wanted)
    _stored(_residual(_plain(forward), 15, 25, 5, 14), _residual(_plain(transform.batchnorm_forward), 15, 25, 5, 14))


def batchnorm_forward__stored(f: Implementation) -> None:
    """4 rows, 4 features, without and with gamma and beta; a network of residual blocks on two rows: 1e-5."""
    _forward(f)


def batchnorm_forward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5. (The reference's backward pass.)"""
    _stored(_batch_run(forward=f), np.array(_wanted(_batch_run)))


def batchnorm_backward__squares(f: Implementation) -> None:
    """The gradient of sum(y^2) in x, 0 but for epsilon: 5 by 4 without affine (1e-5) and with (1e-4); 4 by 3."""
    for shape, affine, entropy, atol in (
        ((5, 4), False, 1, 1e-5),
        ((5, 4), True, 1, 1e-4),
        ((4, 3), False, 9, 1e-5),  # there, after ten steps of training
    ):
        x, gamma, beta = double(_tensor(*shape, entropy=entropy), *_affine(shape[1], affine))
        y, cached = transform.batchnorm_forward(x, gamma, beta)
        _stored(f(2 * y, cached)[0], backprop.batchnorm_backward(2 * y, cached)[0], atol)


def batchnorm_backward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5."""
    _stored(_batch_run(backward=f), np.array(_wanted(_batch_run)))


def BatchNorm1d__stored(f: Implementation) -> None:
    """As `batchnorm_forward`: it is a class there."""
    _forward(_as_function(f))


def BatchNorm1d__running(f: Implementation) -> None:
    """The running mean and variance after ten batches of 4 rows, 3 features, momentum 0.1: 1e-5."""
    layer, running = f(3), (np.zeros(3), np.ones(3))
    for k in range(10):
        x = _tensor(4, 3, entropy=k)
        layer(x)
        running = inference.update_running_statistics(*running, x.astype(np.float64))
    _stored(layer.running_mean, running[0])
    _stored(layer.running_var, running[1])


def BatchNorm1d__switch(f: Implementation) -> None:
    """`eval()` and `train()` switch the flag `training`."""
    layer = f(4)
    demand(layer.training, "training at first")
    layer.eval()
    demand(not layer.training, "eval() switches")
    layer.train()
    demand(layer.training, "train() switches back")


def BatchNorm1d__evaluation(f: Implementation) -> None:
    """The loss in evaluation after a training run with Adam: 1e-5."""
    _stored(_evaluated_layer(f), np.array(_wanted(_reference_evaluated)))


def update_running_statistics__running(f: Implementation) -> None:
    """The running mean and variance after ten batches of 4 rows, 3 features, momentum 0.1: 1e-5."""
    mine, running = (np.zeros(3), np.ones(3)), (np.zeros(3), np.ones(3))
    for k in range(10):
        x = _tensor(4, 3, entropy=k).astype(np.float64)
        mine = f(*mine, x)
        running = inference.update_running_statistics(*running, x)
    _stored(mine[0], running[0])
    _stored(mine[1], running[1])


def update_running_statistics__evaluation(f: Implementation) -> None:
    """The loss in evaluation after a training run with Adam: 1e-5."""
    _stored(_evaluated(f, inference.batchnorm_inference), np.array(_wanted(_reference_evaluated)))


def batchnorm_inference__evaluation(f: Implementation) -> None:
    """The loss in evaluation after a training run with Adam: 1e-5."""
    _stored(_evaluated(inference.update_running_statistics, f), np.array(_wanted(_reference_evaluated)))


def layernorm_forward__stored(f: Implementation) -> None:
    """3 by 3, 2 by 10 and 1 by 5, gamma 1 and beta 0; a network of residual blocks: 1e-5."""
    for shape in ((3, 3), (2, 10), (1, 5)):
        x, (gamma, beta) = _tensor(*shape), _affine(shape[1], False)
        _stored(f(x, gamma, beta)[0], recurrent.layernorm_forward(*double(x, gamma, beta))[0])
    _stored(_residual(_plain(f), 10, 5, 2, 5), _residual(_plain(recurrent.layernorm_forward), 10, 5, 2, 5))


def layernorm_forward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5. (The reference's backward pass.)"""
    _stored(_layer_run(forward=f), np.array(_wanted(_layer_run)))


def layernorm_backward__fourth_powers(f: Implementation) -> None:
    """The gradient of sum(y^4) in x, for 3 by 3, 2 by 10, 1 by 5 and 5 by 1; gamma 1: 1e-5."""
    for shape in ((3, 3), (2, 10), (1, 5), (5, 1)):
        x, gamma, beta = double(_tensor(*shape), *_affine(shape[1], False))
        y, cached = recurrent.layernorm_forward(x, gamma, beta)
        _stored(f(4 * y**3, cached)[0], recurrent.layernorm_backward(4 * y**3, cached)[0])


def layernorm_backward__training(f: Implementation) -> None:
    """The loss after a training run with Adam: 1e-5."""
    _stored(_layer_run(backward=f), np.array(_wanted(_layer_run)))
