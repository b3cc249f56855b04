"""Right answers in other words: the hidden tests must give each of them full marks, and no hint.

One file a chapter, however long: the right answers to an exercise are found by the chapter's name.
"""

from collections import namedtuple

import numpy as np

# ------------------------------------------------------------------ bn_rnn_forward


def bn_rnn_forward__step_by_step(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    h, states = h0, []
    for x_t in x:
        u = x_t @ Wx
        u = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps)
        h = np.tanh(gamma * u + beta + h @ Wh)
        states.append(h)
    return np.stack(states)


def bn_rnn_forward__loops(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    T, m, _ = x.shape
    n = len(gamma)
    h = np.empty((T + 1, m, n))
    h[0] = h0
    for t in range(T):
        for j in range(n):
            u = [float(x[t, i] @ Wx[:, j]) for i in range(m)]
            mean = sum(u) / m
            std = (sum((v - mean) ** 2 for v in u) / m + eps) ** 0.5
            for i in range(m):
                recurrent = sum(h[t, i, k] * Wh[k, j] for k in range(n))
                h[t + 1, i, j] = np.tanh(gamma[j] * (u[i] - mean) / std + beta[j] + recurrent)
    return h[1:]


def bn_rnn_forward__einsum(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    u = np.einsum("tid,dn->tin", x, Wx)
    centred = u - np.einsum("tin->tn", u)[:, None] / x.shape[1]
    var = np.einsum("tin,tin->tn", centred, centred)[:, None] / x.shape[1]
    u = np.einsum("tin,n->tin", centred / np.sqrt(var + eps), gamma) + beta
    h = np.zeros(u.shape)
    for t in range(len(u)):
        h[t] = np.tanh(u[t] + np.einsum("ik,kn->in", h[t - 1] if t else h0, Wh))
    return h


def bn_rnn_forward__affine(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    u = x @ Wx
    mean, var = u.mean(axis=1, keepdims=True), np.var(u, axis=1, keepdims=True)
    scale = gamma / np.sqrt(var + eps)
    u = u * scale + (beta - mean * scale)
    h = [h0]
    for inputs in u:
        e = np.exp(2 * (inputs + h[-1] @ Wh))
        h.append((e - 1) / (e + 1))
    return np.array(h[1:])


def bn_rnn_forward__centred_input(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Centring x and centring x @ Wx are the same."""
    u = (x - x.mean(axis=1, keepdims=True)) @ Wx
    u *= gamma / np.sqrt(np.mean(u * u, axis=1, keepdims=True) + eps)
    for t in range(len(u)):
        before = h0 if t == 0 else u[t - 1]
        u[t] = np.tanh(u[t] + beta + before @ Wh)
    return u


# ------------------------------------------------------------------ bn_lstm_step


def bn_lstm_step__gate_by_gate(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    n = c.shape[1]

    def bn(u, gamma):
        return gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps)

    def gate(k):
        block = slice(k * n, (k + 1) * n)
        return bn(x @ Wx[:, block], gamma_x[block]) + bn(h @ Wh[:, block], gamma_h[block]) + b[block]

    f, i, o = (1 / (1 + np.exp(-gate(k))) for k in range(3))
    c_next = f * c + i * np.tanh(gate(3))
    return o * np.tanh(bn(c_next, gamma_c) + beta_c), c_next


def bn_lstm_step__reshaped(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    m, n = c.shape
    u, v = np.dot(x, Wx), np.dot(h, Wh)
    u = (u - u.mean(0)) / np.sqrt(u.var(0) + eps)
    v = (v - v.mean(0)) / np.sqrt(v.var(0) + eps)
    z = (u * gamma_x + v * gamma_h + b).reshape(m, 4, n)
    gates = np.exp(-np.logaddexp(0, -z[:, :3]))
    c_next = gates[:, 0] * c + gates[:, 1] * np.tanh(z[:, 3])
    w = (c_next - c_next.mean(0)) / np.sqrt(c_next.var(0) + eps)
    return [gates[:, 2] * np.tanh(w * gamma_c + beta_c), c_next]


def bn_lstm_step__loops(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    m, n = c.shape

    def column(u, gamma):
        mean = sum(u) / m
        std = (sum((v - mean) ** 2 for v in u) / m + eps) ** 0.5
        return [gamma * (v - mean) / std for v in u]

    def sigmoid(z):
        return 0.5 + 0.5 * np.tanh(z / 2)

    z = np.empty((m, 4 * n))
    for k in range(4 * n):
        from_x = column([float(row @ Wx[:, k]) for row in x], gamma_x[k])
        from_h = column([float(row @ Wh[:, k]) for row in h], gamma_h[k])
        for i in range(m):
            z[i, k] = from_x[i] + from_h[i] + b[k]
    h_next, c_next = np.empty((m, n)), np.empty((m, n))
    for k in range(n):
        for i in range(m):
            c_next[i, k] = sigmoid(z[i, k]) * c[i, k] + sigmoid(z[i, n + k]) * np.tanh(z[i, 3 * n + k])
        for i, v in enumerate(column(list(c_next[:, k]), gamma_c[k])):
            h_next[i, k] = sigmoid(z[i, 2 * n + k]) * np.tanh(v + beta_c[k])
    return h_next, c_next


def bn_lstm_step__transposed(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    State = namedtuple("State", "h c")

    def bn(u, gamma, beta):
        centred = u - u.mean(axis=1, keepdims=True)
        inv_std = (np.einsum("ji,ji->j", centred, centred) / u.shape[1] + eps) ** -0.5
        return centred * (gamma * inv_std)[:, None] + beta[:, None]

    z = bn(Wx.T @ x.T, gamma_x, b) + bn(Wh.T @ h.T, gamma_h, np.zeros_like(b))
    f, i, o, g = z.reshape(4, -1, len(x))
    c_next = c.T / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
    h_next = np.tanh(bn(c_next, gamma_c, beta_c)) / (1 + np.exp(-o))
    return State(h_next.T, c_next.T)


def bn_lstm_step__sliced(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Columns by number; sigmoid by an array operation on the first three blocks at once."""
    H = h.shape[1]
    a = [x.dot(Wx), h.dot(Wh)]
    for k, gamma in enumerate((gamma_x, gamma_h)):
        a[k] = gamma * (a[k] - np.mean(a[k], 0)) / np.sqrt(np.var(a[k], 0) + eps)
    z = a[0] + a[1] + b
    gate = 1.0 / (1.0 + np.exp(-z[:, : 3 * H]))
    new = gate[:, :H] * c
    new += gate[:, H : 2 * H] * np.tanh(z[:, 3 * H :])
    normal = (new - np.mean(new, 0)) / np.sqrt(np.var(new, 0) + eps)
    return gate[:, 2 * H :] * np.tanh(normal * gamma_c + beta_c), new


def bn_lstm_step__stacked(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Both maps as one array with twice the columns."""
    u = np.hstack([x @ Wx, h @ Wh])
    u = np.hstack([gamma_x, gamma_h]) * (u - np.average(u, axis=0)) / (np.std(u, axis=0) ** 2 + eps) ** 0.5
    z = sum(np.hsplit(u, 2)) + b
    n = c.shape[1]
    s = np.where(z > 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    new = s[:, :n] * c + s[:, n : 2 * n] * np.tanh(z[:, -n:])
    seen = (new - new.mean(axis=0)) / np.hypot(new.std(axis=0), np.sqrt(eps))
    return s[:, 2 * n : 3 * n] * np.tanh(gamma_c * seen + beta_c), new


# ------------------------------------------------------------------ TimestepBatchNorm


class TimestepBatchNorm__new_arrays:
    """Binds new arrays instead of changing the old ones; its modes return the layer."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        self.gamma = np.ones((num_features,))
        self.beta = np.zeros((num_features,))
        self.running_mean = np.zeros((max_steps, num_features))
        self.running_var = np.ones((max_steps, num_features))
        self.eps = eps
        self.momentum = momentum
        self.max_steps = max_steps
        self.training = True

    def train(self):
        self.training = True
        return self

    def eval(self):
        self.training = False
        return self

    def __call__(self, x, t):
        if t >= self.max_steps:
            t = self.max_steps - 1
        if self.training:
            m = x.shape[0]
            if m == 1:
                raise ValueError("a batch of one row")
            mean = x.sum(axis=0) / m
            var = ((x - mean) ** 2).sum(axis=0) / m
            weight = np.zeros((self.max_steps, 1))
            weight[t] = self.momentum
            self.running_mean = self.running_mean * (1 - weight) + weight * mean
            self.running_var = self.running_var * (1 - weight) + weight * var * (m / (m - 1))
        else:
            mean, var = self.running_mean[t], self.running_var[t]
        x_hat = (x - mean) / (var + self.eps) ** 0.5
        return self.gamma * x_hat + self.beta


class TimestepBatchNorm__loops:
    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        self.d, self.options, self.training = num_features, (eps, momentum), True
        self.gamma, self.beta = np.array([1.0] * num_features), np.array([0.0] * num_features)
        self.running_mean = np.array([[0.0] * num_features] * max_steps)
        self.running_var = np.array([[1.0] * num_features] * max_steps)

    def train(self, mode=True):
        self.training = mode

    def eval(self):
        self.train(False)

    def __call__(self, x, t):
        eps, momentum = self.options
        row = t if t < len(self.running_mean) else -1
        y = np.empty(x.shape)
        if self.training and len(x) < 2:
            raise ValueError("too few rows")
        for j in range(self.d):
            mean, var = self.running_mean[row, j], self.running_var[row, j]
            if self.training:
                old_mean, old_var = mean, var
                mean = sum(x[:, j]) / len(x)
                squares = sum((v - mean) ** 2 for v in x[:, j])
                var = squares / len(x)
                self.running_mean[row, j] = old_mean + momentum * (mean - old_mean)
                self.running_var[row, j] = old_var + momentum * (squares / (len(x) - 1) - old_var)
            for i in range(len(x)):
                y[i, j] = self.gamma[j] * (x[i, j] - mean) / np.sqrt(var + eps) + self.beta[j]
        return y


class TimestepBatchNorm__list_of_layers:
    """One small layer per time step; the arrays are views from outside."""

    class _Step:
        def __init__(self, d):
            self.mean, self.var = np.zeros(d), np.ones(d)

        def learn(self, x, momentum):
            self.mean = np.average([self.mean, x.mean(axis=0)], axis=0, weights=[1 - momentum, momentum])
            batch = np.var(x, axis=0, ddof=1)
            self.var = np.average([self.var, batch], axis=0, weights=[1 - momentum, momentum])

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        self.steps = [self._Step(num_features) for _ in range(max_steps)]
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.eps, self.momentum = eps, momentum
        self.training = True

    @property
    def running_mean(self):
        return np.stack([step.mean for step in self.steps])

    @running_mean.setter
    def running_mean(self, values):
        for step, value in zip(self.steps, values, strict=True):
            step.mean = value

    @property
    def running_var(self):
        return np.stack([step.var for step in self.steps])

    @running_var.setter
    def running_var(self, values):
        for step, value in zip(self.steps, values, strict=True):
            step.var = value

    def train(self):
        self.training = True
        return self

    def eval(self):
        self.training = False
        return self

    def __call__(self, x, t):
        step = self.steps[min(t, len(self.steps) - 1)]
        if not self.training:
            mean, var = step.mean, step.var
        elif len(x) > 1:
            step.learn(x, self.momentum)
            mean, var = x.mean(axis=0), x.var(axis=0)
        else:
            raise ValueError("one row has no variance")
        scale = self.gamma / np.sqrt(var + self.eps)
        return x * scale + (self.beta - mean * scale)


class TimestepBatchNorm__mode_by_train:
    """eval() is train(False); the update has its own method."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        shape = (max_steps, num_features)
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(shape), np.ones(shape)
        self.training = True
        self._eps = eps
        self._momentum = momentum

    def train(self, mode=True):
        self.training = bool(mode)
        return self

    def eval(self):
        return self.train(False)

    def _learn(self, k, x):
        m = len(x)
        if m <= 1:
            raise ValueError(f"{m} rows have no variance")
        self.running_mean[k] += self._momentum * (x.mean(0) - self.running_mean[k])
        self.running_var[k] += self._momentum * (x.var(0) * m / (m - 1) - self.running_var[k])

    def __call__(self, x, t):
        k = min(t, self.running_mean.shape[0] - 1)
        if self.training:
            self._learn(k, x)
        mu, var = (x.mean(0), x.var(0)) if self.training else (self.running_mean[k], self.running_var[k])
        return (x - mu) / np.sqrt(var + self._eps) * self.gamma + self.beta


class TimestepBatchNorm__einsum:
    training = True

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.last = eps, momentum, max_steps - 1
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.full((2, max_steps, num_features), [[[0.0]], [[1.0]]])

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def __call__(self, x, t):
        t = int(np.clip(t, 0, self.last))
        if self.training and x.shape[0] <= 1:
            raise ValueError(x.shape)
        if self.training:
            m = len(x)
            mean = np.einsum("ij->j", x) / m
            centred = x - mean
            total = np.einsum("ij,ij->j", centred, centred)
            for running, new in ((self.running_mean, mean), (self.running_var, total / (m - 1))):
                running[t] *= 1 - self.momentum
                running[t] += self.momentum * new
            inv_std = (total / m + self.eps) ** -0.5
        else:
            centred = x - self.running_mean[t]
            inv_std = (self.running_var[t] + self.eps) ** -0.5
        return np.einsum("ij,j,j->ij", centred, inv_std, self.gamma) + self.beta


# ------------------------------------------------------------------ masked_batch_statistics


def masked_batch_statistics__where(x, mask):
    w = mask[:, :, None]
    count = mask.sum()
    if count == 0:
        raise ValueError("nothing is valid")
    mean = np.where(w, x, 0).sum(axis=(0, 1)) / count
    var = np.where(w, (x - mean) ** 2, 0).sum(axis=(0, 1)) / count
    return mean, var


def masked_batch_statistics__library(x, mask):
    if not np.any(mask):
        raise ValueError("an empty mask")
    w = np.broadcast_to(mask[..., np.newaxis], x.shape)
    return np.mean(x, axis=(0, 1), where=w), np.var(x, axis=(0, 1), where=w)


def masked_batch_statistics__loops(x, mask):
    T, m, d = x.shape
    rows = [x[t, i] for t in range(T) for i in range(m) if mask[t, i]]
    mean, var = [], []
    for j in range(d):
        if not rows:
            raise ValueError
        mean.append(sum(r[j] for r in rows) / len(rows))
        var.append(sum((r[j] - mean[j]) ** 2 for r in rows) / len(rows))
    return [np.array(mean), np.array(var)]


def masked_batch_statistics__welford(x, mask):
    count, mean, total = 0, np.zeros(x.shape[2]), np.zeros(x.shape[2])
    for row in x.reshape(-1, x.shape[2])[mask.ravel()]:
        count += 1
        delta = row - mean
        mean = mean + delta / count
        total = total + delta * (row - mean)
    if count == 0:
        raise ValueError("no valid entry")
    Statistics = namedtuple("Statistics", "mean var")
    return Statistics(mean, total / count)


def masked_batch_statistics__merged_sequences(x, mask):
    """Within and between: count-weighted means and variances of the sequences."""
    parts = [x[mask[:, i], i] for i in range(x.shape[1]) if mask[:, i].any()]
    if not parts:
        raise ValueError("no valid entry")
    weights = [len(p) for p in parts]
    means = np.array([p.mean(axis=0) for p in parts])
    mean = np.average(means, axis=0, weights=weights)
    within = np.average([p.var(axis=0) for p in parts], axis=0, weights=weights)
    return mean, within + np.average((means - mean) ** 2, axis=0, weights=weights)


def masked_batch_statistics__masked_array(x, mask):
    """NumPy's own masked arrays, and plain arrays out of them."""
    if not mask.sum():
        raise ValueError("no valid entry")
    hidden = np.ma.array(x, mask=np.repeat(~mask[:, :, None], x.shape[2], axis=2))
    mean = hidden.mean(axis=(0, 1))
    return mean.filled(np.nan), ((hidden - mean) ** 2).mean(axis=(0, 1)).filled(np.nan)


def masked_batch_statistics__nan_to_num(x, mask):
    w = mask[..., None].astype(float)
    n = w.sum()
    if n == 0:
        raise ValueError("mask has no True")
    clean = np.nan_to_num(x * w, posinf=0, neginf=0)
    mu = clean.sum(axis=0).sum(axis=0) / n
    return mu, (((clean - mu) * w) ** 2).sum(axis=0).sum(axis=0) / n


# ------------------------------------------------------------------ layernorm_forward


def layernorm_forward__loops(x, gamma, beta, eps=1e-5):
    m, d = x.shape
    y, x_hat, inv_std = np.empty_like(x), np.empty_like(x), np.empty_like(x[:, :1])
    for i in range(m):
        mean = sum(x[i]) / d
        var = sum((v - mean) ** 2 for v in x[i]) / d
        inv_std[i, 0] = (var + eps) ** -0.5
        for j in range(d):
            x_hat[i, j] = (x[i, j] - mean) * inv_std[i, 0]
            y[i, j] = gamma[j] * x_hat[i, j] + beta[j]
    return y, (x_hat, gamma, inv_std)


def layernorm_forward__transposed(x, gamma, beta, eps=1e-5):
    columns = x.T
    centred = columns - columns.mean(axis=0)
    inv_std = 1 / np.sqrt(columns.var(axis=0) + eps)
    x_hat = (centred * inv_std).T
    return [x_hat * gamma + beta, [x_hat, gamma.copy(), inv_std.reshape(-1, 1)]]


def layernorm_forward__einsum(x, gamma, beta, eps=1e-5):
    d = x.shape[1]
    centred = x - np.einsum("ij->i", x)[:, None] / d
    inv_std = (np.einsum("ij,ij->i", centred, centred) / d + eps) ** -0.5
    x_hat = np.einsum("ij,i->ij", centred, inv_std)
    return np.einsum("ij,j->ij", x_hat, gamma) + beta, (x_hat, gamma, inv_std[:, None])


def layernorm_forward__cache_as_a_list(x, gamma, beta, eps=1e-5):
    mu = np.mean(x, axis=-1).reshape(-1, 1)
    sigma2 = np.mean((x - mu) ** 2, axis=-1).reshape(-1, 1)
    inv_std = np.power(sigma2 + eps, -0.5)
    x_hat = inv_std * x - inv_std * mu
    return beta + x_hat * gamma, [x_hat, gamma, inv_std]


def layernorm_forward__row_by_row(x, gamma, beta, eps=1e-5):
    std = np.stack([np.sqrt(np.var(row, keepdims=True) + eps) for row in x]).astype(x.dtype)
    x_hat = np.stack([row - np.average(row) for row in x]) / std
    Cache = namedtuple("Cache", "x_hat gamma inv_std")
    return np.multiply(x_hat, gamma) + beta, Cache(x_hat, gamma, 1 / std)


# ------------------------------------------------------------------ layernorm_backward


def layernorm_backward__compact(dy, cache):
    x_hat, gamma, inv_std = cache
    d = dy.shape[1]
    g = dy * gamma
    dx = inv_std / d * (d * g - g.sum(axis=1, keepdims=True) - x_hat * (g * x_hat).sum(axis=1, keepdims=True))
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def layernorm_backward__staged(dy, cache):
    """Node by node: the variance, the mean, then x."""
    x_hat, gamma, inv_std = cache
    d = dy.shape[1]
    centred = x_hat / inv_std
    dx_hat = dy * gamma
    dvar = (dx_hat * centred).sum(axis=1, keepdims=True) * -0.5 * inv_std**3
    dmean = -(dx_hat * inv_std).sum(axis=1, keepdims=True) - 2 * dvar * centred.mean(axis=1, keepdims=True)
    dx = dx_hat * inv_std + dvar * 2 * centred / d + dmean / d
    return [dx, (dy * x_hat).sum(0), dy.sum(0)]


def layernorm_backward__three_terms(dy, cache):
    x_hat, gamma, inv_std = cache
    n = x_hat.shape[1]
    first = n * (g := dy * gamma)
    second = g.sum(1, keepdims=True)
    third = x_hat * np.sum(g * x_hat, 1, keepdims=True)
    dgamma = np.zeros(n)
    dbeta = np.zeros(n)
    for row, hat in zip(dy, x_hat, strict=True):
        dgamma += row * hat
        dbeta += row
    return (first - second - third) * inv_std / n, dgamma, dbeta


def layernorm_backward__loops(dy, cache):
    x_hat, gamma, inv_std = cache
    m, d = dy.shape
    dx, dgamma, dbeta = np.zeros((m, d)), np.zeros(d), np.zeros(d)
    for i in range(m):
        g = [dy[i, j] * gamma[j] for j in range(d)]
        a = sum(g) / d
        b = sum(g[j] * x_hat[i, j] for j in range(d)) / d
        for j in range(d):
            dx[i, j] = (g[j] - a - x_hat[i, j] * b) * inv_std[i, 0]
            dgamma[j] += dy[i, j] * x_hat[i, j]
            dbeta[j] += dy[i, j]
    return dx, dgamma, dbeta


def layernorm_backward__jacobian(dy, cache):
    """The projection of each row as a d by d matrix."""
    x_hat, gamma, inv_std = cache
    d = dy.shape[1]
    projection = np.eye(d) - 1 / d - np.einsum("ij,ik->ijk", x_hat, x_hat) / d
    dx = np.einsum("ijk,k,ik->ij", projection, gamma, dy) * inv_std
    return dx, np.einsum("ij,ij->j", dy, x_hat), np.einsum("ij->j", dy)


def layernorm_backward__transposed(dy, cache):
    Gradients = namedtuple("Gradients", "dx dgamma dbeta")
    x_hat, gamma, inv_std = (part.T for part in cache)
    g = dy.T * gamma[:, None]
    g = g - g.mean(axis=0) - x_hat * np.mean(g * x_hat, axis=0)
    return Gradients((g * inv_std).T, np.diag(x_hat @ dy).copy(), np.ones(len(dy)) @ dy)


# ------------------------------------------------------------------ masked_step_statistics


def masked_step_statistics__where(x, mask):
    counts = mask.sum(axis=1)
    if counts[0] < 2:
        raise ValueError("too few sequences")
    last = np.nonzero(counts > 1)[0].max()
    valid = mask[: last + 1, :, None]
    n = counts[: last + 1, None]
    kept = np.where(valid, x[: last + 1], 0)
    mean = kept.sum(axis=1) / n
    var = (np.where(valid, kept - mean[:, None], 0) ** 2).sum(axis=1) / n
    rows = np.minimum(np.arange(len(x)), last)
    return mean[rows], var[rows]


def masked_step_statistics__masked_array(x, mask):
    if np.count_nonzero(mask[0]) <= 1:
        raise ValueError
    hidden = np.ma.masked_array(np.nan_to_num(x), np.broadcast_to(~mask[:, :, None], x.shape))
    mean, var = np.array(hidden.mean(axis=1)), np.array(hidden.var(axis=1))
    for t in range(1, len(x)):
        if mask[t].sum() < 2:
            mean[t], var[t] = mean[t - 1], var[t - 1]
    return mean, var


def masked_step_statistics__nan_functions(x, mask):
    if mask[0].sum() < 2:
        raise ValueError("the first step needs two sequences")
    T = len(x)
    enough = mask.sum(axis=1) >= 2
    holes = np.where(mask[:, :, None], x, np.nan)[enough]
    mean, var = np.nanmean(holes, axis=1), np.nanvar(holes, axis=1)
    left = T - enough.sum()
    return np.r_[mean, np.repeat(mean[-1:], left, axis=0)], np.r_[var, np.repeat(var[-1:], left, axis=0)]


def masked_step_statistics__loops(x, mask):
    T, m, d = x.shape
    mean, var = np.zeros((T, d)), np.zeros((T, d))
    for t in range(T):
        rows = [x[t, i] for i in range(m) if mask[t, i]]
        if len(rows) < 2 and t == 0:
            raise ValueError("fewer than two sequences at the first step")
        if len(rows) < 2:
            mean[t], var[t] = mean[t - 1], var[t - 1]
            continue
        for j in range(d):
            mean[t, j] = sum(row[j] for row in rows) / len(rows)
            var[t, j] = sum((row[j] - mean[t, j]) ** 2 for row in rows) / len(rows)
    return mean, var


# ------------------------------------------------------------------ gradient_through_time


def gradient_through_time__lists(h, h0, Wh, dh):
    states, found, back = [h0, *h], [], 0
    for t in range(len(h), 0, -1):
        found.insert(0, (dh[t - 1] + back) * (1 - states[t]) * (1 + states[t]))
        back = np.dot(found[0], Wh.T)
    return np.array(found), back, sum(s.T @ d for s, d in zip(states, found, strict=False))


def gradient_through_time__loops(h, h0, Wh, dh):
    T, m, n = h.shape
    da, dh0, dWh = np.zeros_like(dh), np.zeros_like(h0), np.zeros_like(Wh)
    for i in range(m):
        arriving = [dh[T - 1, i, j] for j in range(n)]
        for t in range(T - 1, -1, -1):
            for j in range(n):
                da[t, i, j] = arriving[j] * (1 - h[t, i, j] * h[t, i, j])
            state = h[t - 1, i] if t > 0 else h0[i]
            for k in range(n):
                for j in range(n):
                    dWh[k, j] += state[k] * da[t, i, j]
            carried = [sum(Wh[k, j] * da[t, i, j] for j in range(n)) for k in range(n)]
            if t == 0:
                dh0[i] = carried
            else:
                arriving = [dh[t - 1, i, k] + carried[k] for k in range(n)]
    return da, dh0, dWh


def gradient_through_time__einsum(h, h0, Wh, dh):
    """The weights' gradient after the loop, of all steps at once."""
    before = np.concatenate([h0[None], h[:-1]])
    slope = 1 - np.square(h)
    total = dh.copy()  # the whole gradient with respect to each state
    for t in range(len(h) - 2, -1, -1):
        total[t] += np.einsum("ij,kj->ik", total[t + 1] * slope[t + 1], Wh)
    da = total * slope
    return [da, np.einsum("ij,kj->ik", da[0], Wh), np.einsum("tik,tij->kj", before, da)]


def gradient_through_time__recursion(h, h0, Wh, dh):
    """The network is its first step, and then the same network from there on."""
    rest, weights = [], 0 * Wh
    arriving = dh[0]
    if len(h) > 1:
        rest, from_later, weights = gradient_through_time__recursion(h[1:], h[0], Wh, dh[1:])
        arriving = arriving + from_later
    first = arriving * (1 - h[0] ** 2)
    return np.stack([first, *rest]), first @ Wh.T, weights + h0.T @ first


def gradient_through_time__all_paths(h, h0, Wh, dh):
    """From each step's output to each step before it, one path at a time."""
    T, slope = len(h), 1 - h**2
    da, dh0, dWh = np.zeros_like(h), np.zeros_like(h0), np.zeros_like(Wh)
    for s in range(T):
        g = dh[s]
        for t in range(s, -1, -1):
            g = g * slope[t]
            da[t] = da[t] + g
            dWh = dWh + (h[t - 1] if t else h0).T @ g
            g = g @ Wh.T
        dh0 = dh0 + g
    return da, dh0, dWh


def gradient_through_time__one_system(h, h0, Wh, dh):
    """All equations of a sequence at once: what arrives at the states is dh and what the steps after them send."""
    T, m, n = h.shape
    da = np.empty_like(h)
    for i in range(m):
        A = np.eye(T * n, dtype=h.dtype)
        for t in range(T - 1):
            A[t * n : (t + 1) * n, (t + 1) * n : (t + 2) * n] = -Wh * (1 - h[t + 1, i] ** 2)
        da[:, i] = np.linalg.solve(A, dh[:, i].reshape(-1)).reshape(T, n) * (1 - h[:, i] ** 2)
    states = np.vstack([h0[None], h[:-1]]).reshape(-1, n)
    return da, da[0] @ Wh.T, states.T @ da.reshape(-1, n)


def gradient_through_time__slope_from_the_argument(h, h0, Wh, dh):
    """The slope as 1 / cosh(u)^2, at the u that went into tanh."""
    slope = 1 / np.cosh(np.arctanh(h)) ** 2
    da = np.zeros(dh.shape, dtype=dh.dtype)
    da[-1] = dh[-1] * slope[-1]
    for t in np.arange(len(h) - 1)[::-1]:
        da[t] = (dh[t] + da[t + 1] @ Wh.T) * slope[t]
    dWh = h0.T @ da[0]
    for before, d in zip(h, da[1:], strict=False):
        dWh = dWh + before.T @ d
    return da, da[0] @ np.transpose(Wh), dWh
