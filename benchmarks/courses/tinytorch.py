"""The checks of TinyTorch, module 09: shapes, and means and standard deviations within 0.1.

Its checkpoint 7 (tests/checkpoints/checkpoint_07_stability.py) is not here: it imports a module that no longer exists,
so it cannot run.
"""

# ruff: noqa: N802 (a check carries the name of its exercise)

from typing import Any

import numpy as np

from benchmarks.courses import Implementation, demand, rows

TITLE = "TinyTorch 09"
SOURCE = (
    "test_unit_batchnorm2d and test_module in src/09_spatial/09_spatial.py in github.com/MLSysBook/TinyTorch @02364f8"
)


def _statistics(y: np.ndarray, shape: tuple, axis: Any) -> None:
    demand(y.shape == shape, "the shape")
    demand((np.abs(y.mean(axis=axis)) < 0.1).all(), "the mean of a channel")
    demand((np.abs(y.std(axis=axis) - 1) < 0.1).all(), "the standard deviation of a channel")


def batchnorm2d_forward__statistics(f: Implementation) -> None:
    """32 images, 8 channels of one distribution, gamma 1, beta 0: mean 0 and standard deviation 1, within 0.1."""
    draw = np.random.RandomState(0)  # theirs is not seeded
    x = draw.randn(4, 16, 8, 8)
    demand(f(x, np.ones(16), np.zeros(16)).shape == x.shape, "the shape")
    x = draw.randn(32, 8, 4, 4) * 10 + 5
    _statistics(f(x, np.ones(8), np.zeros(8)), x.shape, (0, 2, 3))


def BatchNorm1d__statistics(f: Implementation) -> None:
    """The same; the running mean moves in training; evaluation leaves both as they are; one row is welcome there."""
    draw = np.random.RandomState(0)
    layer, x = f(8), rows(draw.randn(32, 8, 4, 4) * 10 + 5)
    layer.train()
    _statistics(layer(x), x.shape, 0)
    before = layer.running_mean.copy()
    layer(rows(draw.randn(16, 8, 4, 4) + 3))
    demand(not np.allclose(layer.running_mean, before), "the running mean moves")
    layer = f(4)
    for _ in range(10):
        layer(rows(draw.randn(8, 4, 4, 4) * 2 + 1))
    mean, var = layer.running_mean.copy(), layer.running_var.copy()
    layer.eval()
    layer(rows(draw.randn(2, 4, 4, 4) * 5))
    demand(np.allclose(layer.running_mean, mean), "the running mean stays")
    demand(np.allclose(layer.running_var, var), "the running variance stays")
    demand(layer(draw.randn(1, 4)).shape == (1, 4), "one row")
    layer = f(64)
    demand(layer.gamma.shape == layer.beta.shape == (64,), "the shapes of gamma and beta")


def update_running_statistics__moves(f: Implementation) -> None:
    """A batch with another mean changes the running mean."""
    draw = np.random.RandomState(0)
    running = f(np.zeros(8), np.ones(8), rows(draw.randn(32, 8, 4, 4) * 10 + 5))
    before = running[0].copy()
    running = f(*running, rows(draw.randn(16, 8, 4, 4) + 3))
    demand(not np.allclose(running[0], before), "the running mean moves")


def batchnorm_inference__shape(f: Implementation) -> None:
    """Evaluation leaves the running statistics as they are, and takes one row: its output has a row's shape."""
    draw = np.random.RandomState(0)
    mean, var = draw.randn(4), draw.rand(4) + 0.5
    kept = mean.copy(), var.copy()
    f(rows(draw.randn(2, 4, 4, 4) * 5), np.ones(4), np.zeros(4), mean, var)
    demand(np.allclose(mean, kept[0]) and np.allclose(var, kept[1]), "the running statistics stay")
    demand(f(draw.randn(1, 4), np.ones(4), np.zeros(4), mean, var).shape == (1, 4), "one row")
