"""Right answers in the words of the wrong ones: where `course.two_mistakes.pairs` looks for what each mistake changes.

They get full marks, like any right answer (`tests/test_pairs.py`). One is needed only where neither the reference nor a
formulation is written as most of the wrong answers are.
"""

import numpy as np


def groupnorm_forward__grouped(x, gamma, beta, groups, eps=1e-5):
    if groups < 1 or x.shape[1] % groups:
        raise ValueError("groups must divide C")
    z = x.reshape(len(x), groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__five_axes(x, gamma, beta, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups must divide C")
    z = x.reshape(N, groups, C // groups, H, W)
    z = (z - z.mean((2, 3, 4), keepdims=True)) / np.sqrt(z.var((2, 3, 4), keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def hessian_condition_number__eigenvalues(x):
    eigenvalues = np.linalg.eigvalsh(x.T @ x / len(x))
    return eigenvalues[-1] / eigenvalues[0]


def merge_statistics__counted(counts, means, variances):
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    n, means, variances = counts[here].astype(means.dtype)[:, np.newaxis], means[here], variances[here]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__one_by_one(counts, means, variances):
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    counts, means, variances = counts[here].astype(means.dtype), means[here], variances[here]
    n, mean, squares = counts[0], means[0], counts[0] * variances[0]
    for m, own, var in zip(counts[1:], means[1:], variances[1:], strict=True):
        delta = own - mean
        squares = squares + m * var + delta**2 * n * m / (n + m)
        mean = mean + delta * m / (n + m)
        n = n + m
    return mean, squares / n
