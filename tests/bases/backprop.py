"""Right answers in the words of the wrong ones: where `course.two_mistakes.pairs` looks for what each mistake changes.

They get full marks, like any right answer (`tests/test_pairs.py`). One is needed only where neither the reference nor a
formulation is written as most of the wrong answers are.
"""

import numpy as np


def _differences(x, slope):
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[index] = 1
        dx[index] = slope(unit)
    return dx


def numerical_gradient__unit(f, x, dy, h=1e-5):
    return _differences(x, lambda e: ((f(x + h * e) - f(x - h * e)) * dy).sum() / (2 * h))


def gradient_error__unit(f, x, dy, dx, h=1e-5):
    n = _differences(x, lambda e: ((f(x + h * e) - f(x - h * e)) * dy).sum() / (2 * h))
    return (np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()


def statistics_gradients__paths(dx_hat, x, mean, var, eps=1e-5):
    inv_std = 1 / np.sqrt(var + eps)
    dvar = -0.5 * inv_std**3 * (dx_hat * (x - mean)).sum(axis=0)
    return dvar, -inv_std * dx_hat.sum(axis=0) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__power(dx_hat, x, mean, var, eps=1e-5):
    dvar = -0.5 * (var + eps) ** -1.5 * (dx_hat * (x - mean)).sum(axis=0)
    return dvar, -dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * (x - mean).mean(axis=0)


def batchnorm_backward__sums(dy, cache):
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def batchnorm_backward__means(dy, cache):
    x_hat, gamma, inv_std = cache
    along = (dy * x_hat).mean(axis=0)
    dx = gamma * inv_std * (dy - dy.mean(axis=0) - x_hat * along)
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batchnorm2d_backward__means(dy, cache):
    x_hat, gamma, inv_std = cache
    along = (dy * x_hat).mean(axis=(0, 2, 3), keepdims=True)
    inner = dy - dy.mean(axis=(0, 2, 3), keepdims=True) - x_hat * along
    return (gamma * inv_std)[:, None, None] * inner, (dy * x_hat).sum(axis=(0, 2, 3)), dy.sum(axis=(0, 2, 3))
