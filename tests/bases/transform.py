"""Right answers in the words of the wrong ones: where `course.two_mistakes.pairs` looks for what each mistake changes.

They get full marks, like any right answer (`tests/test_pairs.py`). One is needed only where neither the reference nor a
formulation is written as most of the wrong answers are.
"""

import numpy as np


def batchnorm_forward__base(x, gamma, beta, eps=1e-5):
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def linear_bn_relu__base(x, W, gamma, beta, eps=1e-5):
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta, 0)
