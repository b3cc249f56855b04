"""The checks of CMU 11-785, homework 1 part 1, in a community copy: one batch, whose normalized values are 1 and -1.

Their epsilon is 1e-8; it is passed to ours.
"""

# ruff: noqa: N802 (a check carries the name of its exercise)

from typing import Any

import numpy as np

from benchmarks.courses import Implementation, demand
from solutions import transform

TITLE = "CMU 11-785 HW1P1"
SOURCE = (
    "tests/nn/test_batchnorm.py in github.com/akhdanfadh/mytorch @db456af, a community copy: the course's own "
    "local autograder is not public"
)


_Z = np.array([[1, 4], [7, 0], [1, 0], [7, 4]], np.float32)
_SCALE, _SHIFT = np.array([2, 5], np.float32), np.array([-1, 2], np.float32)
_UPSTREAM = np.array([[-6, 2], [-12, 16], [-12, 20], [-6, 2]], np.float32)


def _near(actual: Any, wanted: np.ndarray) -> None:
    demand(np.allclose(actual, wanted, atol=1e-4), "differs from the stored numbers")


def _signs() -> np.ndarray:
    """The normalized rows."""
    return np.sign(_Z - _Z.mean(axis=0))


def batchnorm_forward__stored(f: Implementation) -> None:
    """The output in training, within 1e-4."""
    _near(f(_Z.copy(), _SCALE, _SHIFT, 1e-8)[0], _SCALE * _signs() + _SHIFT)


def batchnorm_backward__stored(f: Implementation) -> None:
    """dx for one upstream gradient, within 1e-4; in this copy dgamma and dbeta are not looked at."""
    _, cached = transform.batchnorm_forward(_Z, _SCALE, _SHIFT, 1e-8)
    m, s = len(_Z), _signs()
    wanted = _SCALE / _Z.std(axis=0) * (_UPSTREAM - _UPSTREAM.mean(axis=0) - s * (_UPSTREAM * s).sum(axis=0) / m)
    _near(f(_UPSTREAM.copy(), cached)[0], wanted)


def batchnorm_inference__stored(f: Implementation) -> None:
    """The output in evaluation with running statistics 0 and 1, within 1e-4."""
    _near(f(_Z.copy(), _SCALE, _SHIFT, np.zeros(2), np.ones(2), 1e-8), _SCALE * _Z + _SHIFT)


def BatchNorm1d__stored(f: Implementation) -> None:
    """The output in training, and that of a new layer in evaluation, within 1e-4."""
    for evaluation, x_hat in ((False, _signs()), (True, _Z)):
        layer = f(2, eps=1e-8)
        layer.gamma, layer.beta = _SCALE.copy(), _SHIFT.copy()
        if evaluation:
            layer.eval()
        _near(layer(_Z.copy()), _SCALE * x_hat + _SHIFT)
