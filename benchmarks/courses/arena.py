"""The checks of ARENA, chapter 0.3: means, standard deviations and the running mean.

All inputs are float32, and their comparison requires float32 results. Here it does so for our functions, but not for
our class, whose parameters are float64.
"""

# ruff: noqa: N802 (a check carries the name of its exercise)

from typing import Any

import numpy as np

from benchmarks.courses import Implementation, demand, rows

TITLE = "ARENA 0.3"
SOURCE = "chapter0_fundamentals/exercises/part3_resnets/tests.py in github.com/callummcdougall/ARENA_2.0 @e805ad8"


def _forward(y: np.ndarray, shape: tuple, axis: Any) -> None:
    demand(y.shape == shape, "the shape")
    np.testing.assert_allclose(y.mean(axis=axis), 0, rtol=1.3e-6, atol=1e-5)
    np.testing.assert_allclose(y.std(axis=axis, ddof=1), 1, rtol=1e-3, atol=1e-3)  # theirs is the one with 1/(m-1)


def _images() -> np.ndarray:
    return np.random.RandomState(0).randn(100, 2, 3, 4).astype(np.float32)  # theirs is not seeded


_COUNT = np.arange(12, dtype=np.float32).reshape(2, 3, 2, 1)
_MEANS = np.array([3.5, 5.5, 7.5])


def _same32(actual: Any, wanted: Any) -> None:
    np.testing.assert_allclose(actual, wanted, rtol=1.3e-6, atol=1e-5)


def batchnorm2d_forward__statistics(f: Implementation) -> None:
    """100 images, 2 channels, gamma 1, beta 0: mean 0 (1e-5) and standard deviation 1 (0.002) per channel; float32."""
    x = _images()
    y = f(x, np.ones(2, np.float32), np.zeros(2, np.float32))
    _forward(y, x.shape, (0, 2, 3))
    demand(y.dtype == np.float32, "the dtype")


def BatchNorm1d__statistics(f: Implementation) -> None:
    """The same, and a new layer has its four arrays and is in training."""
    layer = f(2)
    demand(layer.training, "training at first")
    for name in ("gamma", "beta", "running_mean", "running_var"):
        demand(isinstance(getattr(layer, name), np.ndarray), name)
    x = rows(_images())
    _forward(layer(x), x.shape, 0)


def BatchNorm1d__running_mean(f: Implementation) -> None:
    """The running mean after each of 30 passes of one batch, momentum 0.6; then in evaluation the mean of y is 0."""
    layer, x = f(3, momentum=0.6), rows(_COUNT)
    for k in range(30):
        layer(x)
        _same32(layer.running_mean, (1 - 0.4 ** (k + 1)) * _MEANS)
    layer.eval()
    _same32(layer(x).mean(axis=0), np.zeros(3))


def update_running_statistics__running_mean(f: Implementation) -> None:
    """The running mean after each of 30 passes of one batch, momentum 0.6. The variance is not looked at."""
    running, x = (np.zeros(3), np.ones(3)), rows(_COUNT)
    for k in range(30):
        running = f(*running, x, 0.6)
        _same32(running[0], (1 - 0.4 ** (k + 1)) * _MEANS)


def batchnorm_inference__mean(f: Implementation) -> None:
    """In evaluation with the statistics of the very batch, the mean of y is 0."""
    x = rows(_COUNT).astype(np.float64)
    y = f(x, np.ones(3), np.zeros(3), x.mean(axis=0), x.var(axis=0, ddof=1))
    _same32(y.mean(axis=0), np.zeros(3))
