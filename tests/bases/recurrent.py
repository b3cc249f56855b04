"""Right answers in the words of the wrong ones: where `course.two_mistakes.pairs` looks for what each mistake changes.

They get full marks, like any right answer (`tests/test_pairs.py`). One is needed only where neither the reference nor a
formulation is written as most of the wrong answers are.
"""

import numpy as np


def _bn(u, gamma=1.0, beta=0.0, eps=1e-5):
    return gamma * (u - u.mean(axis=-2, keepdims=True)) / np.sqrt(u.var(axis=-2, keepdims=True) + eps) + beta


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def bn_rnn_forward__scan(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    h = []
    for u in _bn(x @ Wx, gamma, beta, eps):
        h0 = np.tanh(u + h0 @ Wh)
        h.append(h0)
    return np.array(h)


def bn_lstm_step__gates(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    gates = _bn(x @ Wx, gamma_x, eps=eps) + _bn(h @ Wh, gamma_h, eps=eps) + b
    f, i, o, g = np.split(gates, 4, axis=1)
    c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def masked_batch_statistics__rows(x, mask):
    if not mask.any():
        raise ValueError("no valid entry")
    rows = x[mask]
    return rows.mean(axis=0), rows.var(axis=0)


def layernorm_forward__base(x, gamma, beta, eps=1e-5):
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_backward__means(dy, cache):
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    a = dx_hat.mean(axis=1, keepdims=True)
    b = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - a - x_hat * b), (dy * x_hat).sum(axis=0), dy.sum(axis=0)
