"""Right answers in the words of the wrong ones: where `course.two_mistakes.pairs` looks for what each mistake changes.

They get full marks, like any right answer (`tests/test_pairs.py`). One is needed only where neither the reference nor a
formulation is written as most of the wrong answers are.
"""

import numpy as np


def normalize__base(x, eps=1e-5):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)


def covariate_shift__base(before, after, eps=1e-5):
    return (np.abs(after.mean(axis=0) - before.mean(axis=0)) / np.sqrt(before.var(axis=0) + eps)).mean()


def leave_one_out__base(x_k, mean, var, m):
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))
