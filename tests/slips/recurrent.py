"""Wrong answers that the catalogue of the chapter recurrent does not hold: two slips at once, odd ones, crashes.

The first line of a docstring says what has to be told: `named a, b`, both mistakes of the catalogue; `placed`, the line
with `# slip`; `crash`, the line where Python stops; `says: words`, words of the message. A further line `allowed a`
names a mistake of the catalogue that may be told as well.

One file a chapter, however long: the slips are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ bn_rnn_forward


def bn_rnn_forward__ddof_and_transposed(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """named ddof, recurrent_weights_transposed"""
    out = []
    h = h0
    for t in range(x.shape[0]):
        a = x[t] @ Wx
        a = (a - a.mean(0)) / np.sqrt(a.var(0, ddof=1) + eps)  # slip
        h = np.tanh(gamma * a + beta + h @ Wh.T)  # slip
        out.append(h)
    return np.array(out)


def bn_rnn_forward__eps_on_std_and_h0_ignored(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """named eps_on_std, h0_ignored"""
    T, m, d = x.shape
    n = Wx.shape[1]
    H = np.zeros((T, m, n))
    prev = np.zeros((m, n))  # slip
    for t in range(T):
        z = np.dot(x[t], Wx)
        z_hat = (z - np.mean(z, axis=0)) / (np.std(z, axis=0) + eps)  # slip
        prev = np.tanh(z_hat * gamma + beta + np.dot(prev, Wh))
        H[t] = prev
    return H


def bn_rnn_forward__joint_and_swapped(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """named joint_statistics, gamma_beta_swapped"""
    u = x @ Wx
    mu = u.mean(axis=(0, 1))  # slip
    v = u.var(axis=(0, 1))  # slip
    u = beta * (u - mu) / np.sqrt(v + eps) + gamma  # slip
    hs = []
    for step in u:
        h0 = np.tanh(step + h0 @ Wh)
        hs.append(h0)
    return np.stack(hs)


def bn_rnn_forward__fixed_eps_and_late(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """named eps_fixed, shifted_by_one"""
    u = x @ Wx
    u = gamma * (u - u.mean(1, keepdims=True)) / np.sqrt(u.var(1, keepdims=True) + 1e-5) + beta  # slip
    states = [h0]
    for t in range(len(x) - 1):  # slip
        states.append(np.tanh(u[t] + states[-1] @ Wh))
    return np.array(states)  # slip


def bn_rnn_forward__two_steps_back(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ Wx
    u = gamma * (u - u.mean(1, keepdims=True)) / np.sqrt(u.var(1, keepdims=True) + eps) + beta
    states = [h0]
    for t in range(len(x)):
        last = states[max(t - 1, 0)]  # slip
        states.append(np.tanh(u[t] + last @ Wh))
    return np.array(states[1:])


def bn_rnn_forward__sum_of_the_states(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """placed"""
    out = np.empty((len(x), *h0.shape))
    h = h0.copy()
    for t, xt in enumerate(x):
        u = xt @ Wx
        u = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps)
        h = h + np.tanh(gamma * u + beta + h @ Wh)  # slip
        out[t] = h
    return out


def bn_rnn_forward__time_backwards(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """placed"""
    u = np.einsum("tmd,dn->tmn", x, Wx)
    mean, var = u.mean(axis=1, keepdims=True), u.var(axis=1, keepdims=True)
    u = (u - mean) / np.sqrt(var + eps) * gamma + beta
    h = h0
    res = np.zeros_like(u)
    for t in reversed(range(len(u))):  # slip
        h = np.tanh(u[t] + h @ Wh)
        res[t] = h
    return res


def bn_rnn_forward__variance_exponent(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ Wx
    c = u - u.mean(axis=1)[:, None]
    var = np.mean(np.abs(c), axis=1)[:, None]  # slip
    u = gamma * c / np.sqrt(var + eps) + beta
    hs, h = [], h0
    for a in u:
        h = np.tanh(a + h.dot(Wh))
        hs.append(h)
    return np.asarray(hs)


def bn_rnn_forward__no_keepdims(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """crash"""
    u = x @ Wx
    mean = u.mean(axis=1)
    var = u.var(axis=1)
    u = (u - mean) / np.sqrt(var + eps)  # slip
    h = [h0]
    for t in range(len(x)):
        h.append(np.tanh(gamma * u[t] + beta + h[-1] @ Wh))
    return np.array(h[1:])


def bn_rnn_forward__one_step_too_many(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """crash"""
    h = np.zeros((len(x), *h0.shape))
    h[0] = h0
    for t in range(len(x)):
        u = x[t] @ Wx
        u = (u - u.mean(0)) / np.sqrt(u.var(0) + eps)
        h[t + 1] = np.tanh(gamma * u + beta + h[t] @ Wh)  # slip
    return h[1:]


def bn_rnn_forward__name_not_defined(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """crash
    says: not defined
    """
    out = []
    for x_t in x:
        u = x_t @ Wx
        u = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps)
        h = np.tanh(gamma * u + beta + h_prev @ Wh)  # slip
        out.append(h)
    return np.stack(out)


def bn_rnn_forward__list_of_states(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """says: list"""
    hs = []
    for x_t in x:
        u = x_t @ Wx
        u = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps)
        h0 = np.tanh(gamma * u + beta + h0 @ Wh)
        hs.append(h0)
    return hs


def bn_rnn_forward__no_return(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """says: return"""
    hs = []
    for x_t in x:
        u = x_t @ Wx
        u = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps)
        h0 = np.tanh(gamma * u + beta + h0 @ Wh)
        hs.append(h0)
    hs = np.array(hs)


# ------------------------------------------------------------------ bn_lstm_step


def _sig(z):
    return 1.0 / (1.0 + np.exp(-z))


def bn_lstm_step__ddof_and_gammas(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """named ddof, gammas_swapped"""

    def bn(u, g):
        return g * (u - u.mean(0)) / np.sqrt(u.var(0, ddof=1) + eps)  # slip

    z = bn(x @ Wx, gamma_h) + bn(h @ Wh, gamma_x) + b  # slip
    f, i, o, g = np.split(z, 4, axis=1)
    c2 = _sig(f) * c + _sig(i) * np.tanh(g)
    return _sig(o) * np.tanh(bn(c2, gamma_c) + beta_c), c2


def bn_lstm_step__order_and_no_tanh(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """named order_ifgo, tanh_of_cell_missing"""
    n = h.shape[1]

    def norm(a):
        return (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    z = gamma_x * norm(x.dot(Wx)) + gamma_h * norm(h.dot(Wh)) + b
    i, f = _sig(z[:, :n]), _sig(z[:, n : 2 * n])  # slip
    g, o = np.tanh(z[:, 2 * n : 3 * n]), _sig(z[:, 3 * n :])  # slip
    c_new = f * c + i * g
    return o * (gamma_c * norm(c_new) + beta_c), c_new  # slip


def bn_lstm_step__eps_and_b(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """named eps_on_std, b_twice"""

    def bn(u, gamma, beta):
        return gamma * (u - u.mean(0)) / (u.std(0) + eps) + beta  # slip

    f, i, o, g = np.split(bn(x @ Wx, gamma_x, b) + bn(h @ Wh, gamma_h, b), 4, axis=1)  # slip
    c = _sig(f) * c + _sig(i) * np.tanh(g)
    return _sig(o) * np.tanh(bn(c, gamma_c, beta_c)), c


def bn_lstm_step__forget_one_and_no_beta(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """named forget_bias, beta_c_missing"""
    u, v = x @ Wx, h @ Wh
    u = gamma_x * (u - u.mean(0)) / np.sqrt(u.var(0) + eps)
    v = gamma_h * (v - v.mean(0)) / np.sqrt(v.var(0) + eps)
    f, i, o, g = np.hsplit(u + v + b, 4)
    cn = _sig(f + 1) * c + _sig(i) * np.tanh(g)  # slip
    w = gamma_c * (cn - cn.mean(0)) / np.sqrt(cn.var(0) + eps)  # slip
    return _sig(o) * np.tanh(w), cn


def bn_lstm_step__sigmoid_sign(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """placed"""

    def sigmoid(a):
        return 1 / (1 + np.exp(a))  # slip

    def bn(a, gamma):
        return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    f, i, o, g = np.split(bn(x @ Wx, gamma_x) + bn(h @ Wh, gamma_h) + b, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(bn(c, gamma_c) + beta_c), c


def bn_lstm_step__input_gate_on_both(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """placed"""
    d = h.shape[1]

    def bn(a, gamma):
        return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    z = bn(x @ Wx, gamma_x) + bn(h @ Wh, gamma_h) + b
    f = _sig(z[:, d : 2 * d])  # slip
    i = _sig(z[:, d : 2 * d])
    o = _sig(z[:, 2 * d : 3 * d])
    g = np.tanh(z[:, 3 * d :])
    c_next = f * c + i * g
    return o * np.tanh(bn(c_next, gamma_c) + beta_c), c_next


def bn_lstm_step__old_cell_left_out(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """placed"""

    def bn(a, gamma):
        return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    f, i, o, g = np.split(bn(x @ Wx, gamma_x) + bn(h @ Wh, gamma_h) + b, 4, axis=1)
    c_next = _sig(f) + _sig(i) * np.tanh(g)  # slip
    return _sig(o) * np.tanh(bn(c_next, gamma_c) + beta_c), c_next


def bn_lstm_step__output_of_the_input_gate(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """placed"""

    def bn(a, gamma):
        return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    f, i, o, g = np.split(bn(x @ Wx, gamma_x) + bn(h @ Wh, gamma_h) + b, 4, axis=1)
    c = _sig(f) * c + _sig(i) * np.tanh(g)
    return _sig(i) * np.tanh(bn(c, gamma_c) + beta_c), c  # slip


def bn_lstm_step__split_the_rows(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """crash"""

    def bn(a, gamma):
        return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    z = bn(x @ Wx, gamma_x) + bn(h @ Wh, gamma_h) + b
    f, i, o, g = np.split(z, 4)  # slip
    c = _sig(f) * c + _sig(i) * np.tanh(g)
    return _sig(o) * np.tanh(bn(c, gamma_c) + beta_c), c


def bn_lstm_step__three_gates(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """crash"""

    def bn(a, gamma):
        return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    z = bn(x @ Wx, gamma_x) + bn(h @ Wh, gamma_h) + b
    f, i, o = np.split(z, 4, axis=1)  # slip
    return _sig(o) * np.tanh(bn(c, gamma_c) + beta_c), _sig(f) * c + _sig(i)


def bn_lstm_step__gamma_c_in_the_gates(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """crash"""
    u = x @ Wx
    u = gamma_x * (u - u.mean(0)) / np.sqrt(u.var(0) + eps)
    v = h @ Wh
    v = gamma_c * (v - v.mean(0)) / np.sqrt(v.var(0) + eps)  # slip
    f, i, o, g = np.split(u + v + b, 4, axis=1)
    c = _sig(f) * c + _sig(i) * np.tanh(g)
    return _sig(o) * np.tanh(gamma_c * (c - c.mean(0)) / np.sqrt(c.var(0) + eps) + beta_c), c


def bn_lstm_step__hidden_alone(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """says: Expected a tuple of 2"""

    def bn(a, gamma):
        return gamma * (a - a.mean(axis=0)) / np.sqrt(a.var(axis=0) + eps)

    f, i, o, g = np.split(bn(x @ Wx, gamma_x) + bn(h @ Wh, gamma_h) + b, 4, axis=1)
    c = _sig(f) * c + _sig(i) * np.tanh(g)
    return _sig(o) * np.tanh(bn(c, gamma_c) + beta_c)


# ------------------------------------------------------------------ TimestepBatchNorm


class _Base:
    """What the slips of this class have in common; each writes __call__ as its author did."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        self.eps = eps
        self.momentum = momentum
        self.max_steps = max_steps
        self.gamma = np.ones(num_features)
        self.beta = np.zeros(num_features)
        self.running_mean = np.zeros((max_steps, num_features))
        self.running_var = np.ones((max_steps, num_features))
        self.training = True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False


class TimestepBatchNorm__reversed_and_biased(_Base):
    """named momentum_reversed, biased_running_var"""

    def __call__(self, x, t):
        t = min(t, self.max_steps - 1)
        if self.training:
            if len(x) == 1:
                raise ValueError("one row")
            mu, var = x.mean(0), x.var(0)
            self.running_mean[t] = self.momentum * self.running_mean[t] + (1 - self.momentum) * mu  # slip
            self.running_var[t] = self.momentum * self.running_var[t] + (1 - self.momentum) * var  # slip
        else:
            mu, var = self.running_mean[t], self.running_var[t]
        return self.gamma * (x - mu) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__eps_and_no_decay(_Base):
    """named eps_on_std, no_decay"""

    def __call__(self, x, t):
        t = min(t, self.max_steps - 1)
        mu, var = self.running_mean[t], self.running_var[t]
        if self.training:
            if x.shape[0] < 2:
                raise ValueError("need two rows")
            self.running_mean[t] += self.momentum * x.mean(0)  # slip
            self.running_var[t] += self.momentum * x.var(0, ddof=1)  # slip
            mu, var = x.mean(0), x.var(0)
        return self.gamma * (x - mu) / (np.sqrt(var) + self.eps) + self.beta  # slip


class TimestepBatchNorm__mode_as_a_word:
    """named other_name_for_the_mode"""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.mode = eps, momentum, "train"  # slip
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean = np.zeros((max_steps, num_features))
        self.running_var = np.ones((max_steps, num_features))

    def train(self):
        self.mode = "train"

    def eval(self):
        self.mode = "eval"

    def __call__(self, x, t):
        row = min(t, len(self.running_mean) - 1)
        if self.mode == "train":
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean[row] = (1 - self.momentum) * self.running_mean[row] + self.momentum * mean
            self.running_var[row] = (1 - self.momentum) * self.running_var[row] + self.momentum * x.var(axis=0, ddof=1)
        else:
            mean, var = self.running_mean[row], self.running_var[row]
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__mean_before_refusing(_Base):
    """named one_row_learned"""

    def __call__(self, x, t):
        row = min(t, self.max_steps - 1)
        mean, var = self.running_mean[row], self.running_var[row]
        if self.training:
            self.running_mean[row] = (1 - self.momentum) * mean + self.momentum * x.mean(axis=0)  # slip
            if len(x) < 2:
                raise ValueError("one row")
            self.running_var[row] = (1 - self.momentum) * var + self.momentum * x.var(axis=0, ddof=1)
            mean, var = x.mean(axis=0), x.var(axis=0)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__both_before_refusing(_Base):
    """named one_row_learned
    allowed one_row_spoils_the_variance
    """

    def __call__(self, x, t):
        row = min(t, self.max_steps - 1)
        mean, var = self.running_mean[row], self.running_var[row]
        if self.training:
            self.running_mean[row] = (1 - self.momentum) * mean + self.momentum * x.mean(axis=0)  # slip
            self.running_var[row] = (1 - self.momentum) * var + self.momentum * x.var(axis=0, ddof=1)
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__updates_first_of_all(_Base):
    """named update_before_everything"""

    def __call__(self, x, t):
        row = min(t, self.max_steps - 1)
        self.running_mean[row] = (1 - self.momentum) * self.running_mean[row] + self.momentum * x.mean(axis=0)  # slip
        self.running_var[row] = (1 - self.momentum) * self.running_var[row] + self.momentum * x.var(axis=0, ddof=1)
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
        else:
            mean, var = self.running_mean[row], self.running_var[row]
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__average_of_biased_deviations(_Base):
    """named biased_standard_deviation_kept"""

    def __call__(self, x, t):
        row = min(t, self.max_steps - 1)
        mean, var = self.running_mean[row], self.running_var[row]
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            self.running_mean[row] = (1 - self.momentum) * mean + self.momentum * x.mean(axis=0)
            self.running_var[row] = (1 - self.momentum) * var + self.momentum * x.std(axis=0)  # slip
            mean, var = x.mean(axis=0), x.var(axis=0)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__wraps_and_accepts_one_row(_Base):
    """named wraps, biased_running_var
    allowed one_row_accepted
    """

    def __call__(self, x, t):
        t = t % self.max_steps  # slip
        mu, var = self.running_mean[t], self.running_var[t]
        if self.training:
            mu, var = x.mean(0), x.var(0)
            self.running_mean[t] = (1 - self.momentum) * self.running_mean[t] + self.momentum * mu
            self.running_var[t] = (1 - self.momentum) * self.running_var[t] + self.momentum * var  # slip
        return self.gamma * (x - mu) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__shift_first_and_never_back(_Base):
    """named shift_before_scale, no_way_back"""

    def train(self):
        return self  # slip

    def __call__(self, x, t):
        k = min(t, len(self.running_mean) - 1)
        if self.training:
            if len(x) < 2:
                raise ValueError
            m, v = x.mean(axis=0), x.var(axis=0)
            a = self.momentum
            self.running_mean[k] = (1 - a) * self.running_mean[k] + a * m
            self.running_var[k] = (1 - a) * self.running_var[k] + a * x.var(axis=0, ddof=1)
        else:
            m, v = self.running_mean[k], self.running_var[k]
        return self.gamma * ((x - m) / np.sqrt(v + self.eps) + self.beta)  # slip


class TimestepBatchNorm__variance_around_the_running_mean(_Base):
    """placed"""

    def __call__(self, x, t):
        k = min(t, self.max_steps - 1)
        if not self.training:
            return self.gamma * (x - self.running_mean[k]) / np.sqrt(self.running_var[k] + self.eps) + self.beta
        if len(x) < 2:
            raise ValueError("one row")
        mean = x.mean(axis=0)
        self.running_mean[k] = (1 - self.momentum) * self.running_mean[k] + self.momentum * mean
        var = ((x - self.running_mean[k]) ** 2).sum(axis=0) / (len(x) - 1)  # slip
        self.running_var[k] = (1 - self.momentum) * self.running_var[k] + self.momentum * var
        return self.gamma * (x - mean) / np.sqrt(x.var(axis=0) + self.eps) + self.beta


class TimestepBatchNorm__mean_into_the_variance(_Base):
    """placed"""

    def __call__(self, x, t):
        if t >= self.max_steps:
            t = self.max_steps - 1
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mu, var = x.mean(axis=0), x.var(axis=0)
            unbiased = x.var(axis=0, ddof=1)
            self.running_mean[t] = (1 - self.momentum) * self.running_mean[t] + self.momentum * mu
            self.running_var[t] = (1 - self.momentum) * self.running_mean[t] + self.momentum * unbiased  # slip
        else:
            mu, var = self.running_mean[t], self.running_var[t]
        x_hat = (x - mu) / np.sqrt(var + self.eps)
        return self.gamma * x_hat + self.beta


class TimestepBatchNorm__momentum_squared(_Base):
    """placed"""

    def __call__(self, x, t):
        row = min(t, self.max_steps - 1)
        mu, var = self.running_mean[row], self.running_var[row]
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mu, var = x.mean(0), x.var(0)
            for kept, new in ((self.running_mean, mu), (self.running_var, x.var(0, ddof=1))):
                kept[row] += self.momentum * (new - (1 - self.momentum) * kept[row])  # slip
        return self.gamma * (x - mu) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__gamma_in_evaluation_only(_Base):
    """placed"""

    def __call__(self, x, t):
        i = min(t, self.max_steps - 1)
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mu, var = x.mean(0), x.var(0)
            self.running_mean[i] = (1 - self.momentum) * self.running_mean[i] + self.momentum * mu
            self.running_var[i] = (1 - self.momentum) * self.running_var[i] + self.momentum * x.var(0, ddof=1)
            return (x - mu) / np.sqrt(var + self.eps)  # slip
        return self.gamma * (x - self.running_mean[i]) / np.sqrt(self.running_var[i] + self.eps) + self.beta


class TimestepBatchNorm__one_row_too_far(_Base):
    """crash
    allowed index_error
    """

    def __call__(self, x, t):
        t = min(t, self.max_steps)
        mean, var = self.running_mean[t], self.running_var[t]  # slip
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(0), x.var(0)
            self.running_mean[t] = (1 - self.momentum) * self.running_mean[t] + self.momentum * mean
            self.running_var[t] = (1 - self.momentum) * self.running_var[t] + self.momentum * x.var(0, ddof=1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__momentum_not_kept(_Base):
    """crash"""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps, momentum)
        del self.momentum

    def __call__(self, x, t):
        t = min(t, self.max_steps - 1)
        mean, var = self.running_mean[t], self.running_var[t]
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(0), x.var(0)
            a = self.momentum  # slip
            self.running_mean[t] = (1 - a) * self.running_mean[t] + a * mean
            self.running_var[t] = (1 - a) * self.running_var[t] + a * x.var(0, ddof=1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__evaluation_not_written(_Base):
    """says: not written yet"""

    def eval(self):
        raise NotImplementedError

    def __call__(self, x, t):
        t = min(t, self.max_steps - 1)
        if len(x) < 2:
            raise ValueError("one row")
        a = self.momentum
        self.running_mean[t] = (1 - a) * self.running_mean[t] + a * x.mean(0)
        self.running_var[t] = (1 - a) * self.running_var[t] + a * x.var(0, ddof=1)
        return self.gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + self.eps) + self.beta


class TimestepBatchNorm__error_returned(_Base):
    """says: raise it instead of returning it"""

    def __call__(self, x, t):
        t = min(t, self.max_steps - 1)
        if not self.training:
            return self.gamma * (x - self.running_mean[t]) / np.sqrt(self.running_var[t] + self.eps) + self.beta
        if len(x) == 1:
            return ValueError("a batch of one row")
        a = self.momentum
        self.running_mean[t] = (1 - a) * self.running_mean[t] + a * x.mean(0)
        self.running_var[t] = (1 - a) * self.running_var[t] + a * x.var(0, ddof=1)
        return self.gamma * (x - x.mean(0)) / np.sqrt(x.var(0) + self.eps) + self.beta


# ------------------------------------------------------------------ masked_batch_statistics


def masked_batch_statistics__step_by_step(x, mask):
    """named steps_by_themselves_but_empty_ones"""
    if not mask.any():
        raise ValueError("none")
    means = [x[t][mask[t]].mean(axis=0) for t in range(len(x)) if mask[t].any()]
    variances = [x[t][mask[t]].var(axis=0) for t in range(len(x)) if mask[t].any()]
    return np.mean(means, axis=0), np.mean(variances, axis=0)  # slip


def masked_batch_statistics__mean_step_by_step(x, mask):
    """named mean_from_steps_but_empty_ones"""
    if not mask.any():
        raise ValueError("none")
    mean = np.mean([x[t][mask[t]].mean(axis=0) for t in range(len(x)) if mask[t].any()], axis=0)  # slip
    return mean, ((x[mask] - mean) ** 2).mean(axis=0)


def masked_batch_statistics__sequence_by_sequence(x, mask):
    """named sequences_by_themselves_but_empty_ones"""
    means, variances = [], []
    for i in range(x.shape[1]):
        valid = x[mask[:, i], i]
        if len(valid):
            means.append(valid.mean(axis=0))
            variances.append(valid.var(axis=0))
    if not means:
        raise ValueError("none")
    return np.mean(means, axis=0), np.mean(variances, axis=0)  # slip


def masked_batch_statistics__ddof_and_swapped(x, mask):
    """named ddof, swapped"""
    v = x[mask]
    if v.shape[0] == 0:
        raise ValueError("empty")
    return v.var(axis=0, ddof=1), v.mean(axis=0)  # slip


def masked_batch_statistics__std_and_no_error(x, mask):
    """named standard_deviation, no_error"""
    with np.errstate(all="ignore"):  # slip
        n = mask.sum()
        total = np.where(mask[..., None], x, 0).sum((0, 1))
        mu = total / n
        dev = np.where(mask[..., None], x - mu, 0)
        return mu, np.sqrt((dev**2).sum((0, 1)) / n)  # slip


def masked_batch_statistics__nan_product_and_ddof(x, mask):
    """named times_mask, ddof"""
    if not mask.any():
        raise ValueError("empty")
    w = mask[:, :, np.newaxis]
    n = mask.sum()
    mu = (x * w).sum(axis=0).sum(axis=0) / n  # slip
    return mu, (w * (x - mu) ** 2).sum(axis=0).sum(axis=0) / (n - 1)  # slip


def masked_batch_statistics__written_into_and_no_error(x, mask):
    """named padding_overwritten, count_at_least_one"""
    x[~mask] = 0  # slip
    n = max(int(mask.sum()), 1)  # slip
    mu = x.sum(axis=(0, 1)) / n
    dev = (x - mu) * mask[:, :, None]
    return mu, (dev**2).sum(axis=(0, 1)) / n


def masked_batch_statistics__deviations_not_squared(x, mask):
    """placed"""
    if mask.sum() == 0:
        raise ValueError("nothing valid")
    valid = x[mask]
    mu = np.sum(valid, axis=0) / len(valid)
    dev = valid - mu
    var = np.sum(np.abs(dev), axis=0) / len(valid)  # slip
    return mu, var


def masked_batch_statistics__count_of_steps(x, mask):
    """placed"""
    n = len(mask)  # slip
    if not mask.any():
        raise ValueError("nothing valid")
    s = np.zeros(x.shape[2])
    for t in range(mask.shape[0]):
        for i in range(mask.shape[1]):
            if mask[t, i]:
                s += x[t, i]
    mu = s / n
    q = np.zeros(x.shape[2])
    for t in range(mask.shape[0]):
        for i in range(mask.shape[1]):
            if mask[t, i]:
                q += (x[t, i] - mu) ** 2
    return mu, q / n


def masked_batch_statistics__first_sequence_left_out(x, mask):
    """placed"""
    rows = []
    for t in range(x.shape[0]):
        for i in range(1, x.shape[1]):  # slip
            if mask[t, i]:
                rows.append(x[t, i])
    if not mask.any():
        raise ValueError("no entry")
    rows = np.array(rows)
    return rows.mean(axis=0), rows.var(axis=0)


def masked_batch_statistics__welford_mean_first(x, mask):
    """placed"""
    n, mu, M2 = 0, np.zeros(x.shape[-1]), np.zeros(x.shape[-1])
    for row in x[mask]:
        n += 1
        mu = mu + (row - mu) / n
        delta = row - mu  # slip
        M2 = M2 + delta * (row - mu)
    if n == 0:
        raise ValueError("no entry")
    return mu, M2 / n


def masked_batch_statistics__median(x, mask):
    """placed"""
    valid = x[mask]
    if len(valid) < 1:
        raise ValueError("no entry")
    centre = np.median(valid, axis=0)  # slip
    return centre, ((valid - centre) ** 2).mean(axis=0)


def masked_batch_statistics__refuses_padding(x, mask):
    """crash"""
    if not mask.all():
        raise ValueError("no valid entry")  # slip
    return x.mean(axis=(0, 1)), x.var(axis=(0, 1))


def masked_batch_statistics__mask_without_an_axis(x, mask):
    """crash"""
    count = mask.sum()
    if count == 0:
        raise ValueError("no valid entry")
    mean = np.where(mask, x, 0).sum(axis=(0, 1)) / count  # slip
    return mean, np.where(mask, (x - mean) ** 2, 0).sum(axis=(0, 1)) / count


def masked_batch_statistics__mean_alone(x, mask):
    """says: Expected a tuple of 2"""
    if not mask.any():
        raise ValueError("no valid entry")
    return x[mask].mean(axis=0)


def masked_batch_statistics__as_a_dict(x, mask):
    """says: a dict"""
    if not mask.any():
        raise ValueError("no valid entry")
    return {"mean": x[mask].mean(axis=0), "var": x[mask].var(axis=0)}


# ------------------------------------------------------------------ layernorm_forward


def layernorm_forward__ddof_and_std_kept(x, gamma, beta, eps=1e-5):
    """named ddof, cache_has_std"""
    mu = x.mean(1, keepdims=True)
    std = np.sqrt(x.var(1, keepdims=True, ddof=1) + eps)  # slip
    xh = (x - mu) / std
    return gamma * xh + beta, (xh, gamma, std)  # slip


def layernorm_forward__eps_on_std_and_shift_first(x, gamma, beta, eps=1e-5):
    """named eps_on_std, shift_before_scale"""
    mean = np.mean(x, axis=1)[:, None]
    std = np.std(x, axis=1)[:, None]
    x_hat = (x - mean) / (std + eps)  # slip
    out = (x_hat + beta) * gamma  # slip
    return out, (x_hat, gamma, 1 / (std + eps))  # slip


def layernorm_forward__in_place_and_eps_missing(x, gamma, beta, eps=1e-5):
    """named in_place, eps_missing"""
    x -= x.mean(axis=1, keepdims=True)  # slip
    r = 1 / np.sqrt((x * x).mean(axis=1, keepdims=True))  # slip
    x_hat = x * r
    return x_hat * gamma + beta, (x_hat, gamma, r)


def layernorm_forward__batch_and_swapped(x, gamma, beta, eps=1e-5):
    """named over_the_batch, gamma_beta_swapped"""
    mu = x.mean(axis=0, keepdims=True)  # slip
    v = x.var(axis=0, keepdims=True)  # slip
    inv = (v + eps) ** -0.5
    xh = (x - mu) * inv
    return beta * xh + gamma, (xh, gamma, inv)  # slip


def layernorm_forward__order_and_y_kept(x, gamma, beta, eps=1e-5):
    """named eps_fixed, cache_order"""
    mu, var = x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(var + 1e-5)  # slip
    x_hat = (x - mu) * inv_std
    return gamma * x_hat + beta, (x_hat, inv_std, gamma)  # slip


def layernorm_forward__first_feature_left_out(x, gamma, beta, eps=1e-5):
    """placed"""
    mean = x[:, 1:].mean(axis=1, keepdims=True)  # slip
    centred = x - mean
    inv_std = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)
    x_hat = centred * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__cube_root(x, gamma, beta, eps=1e-5):
    """placed"""
    centred = x - x.mean(axis=1, keepdims=True)
    var = np.mean(centred**2, axis=1, keepdims=True)
    inv_std = (var + eps) ** (-1 / 3)  # slip
    x_hat = centred * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__gamma_on_both(x, gamma, beta, eps=1e-5):
    """placed"""
    mu = x.mean(axis=1, keepdims=True)
    inv = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    xn = (x - mu) * inv
    y = gamma * xn + gamma * beta + beta  # slip
    return y, (xn, gamma, inv)


def layernorm_forward__last_row_only(x, gamma, beta, eps=1e-5):
    """placed"""
    m = x.shape[0]
    x_hat = np.zeros_like(x)
    inv = np.zeros_like(x[:, :1])
    for i in range(m):
        mu, s = x[i].mean(), np.sqrt(x[i].var() + eps)
        inv[i] = 1 / s
        x_hat[i] = (x[i] - x[0].mean()) / s if mu else x[i]  # slip
    return gamma * x_hat + beta, (x_hat, gamma, inv)


def layernorm_forward__no_keepdims(x, gamma, beta, eps=1e-5):
    """crash"""
    mu = x.mean(axis=1)
    var = x.var(axis=1)
    x_hat = (x - mu) / np.sqrt(var + eps)  # slip
    return gamma * x_hat + beta, (x_hat, gamma, 1 / np.sqrt(var + eps))


def layernorm_forward__gamma_as_a_column(x, gamma, beta, eps=1e-5):
    """crash"""
    mu = x.mean(axis=1, keepdims=True)
    inv = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    xh = (x - mu) * inv
    y = gamma[:, None] * xh + beta[:, None]  # slip
    return y, (xh, gamma, inv)


def layernorm_forward__y_alone(x, gamma, beta, eps=1e-5):
    """says: Expected a tuple of 2"""
    mu = x.mean(axis=1, keepdims=True)
    return gamma * (x - mu) / np.sqrt(x.var(axis=1, keepdims=True) + eps) + beta


def layernorm_forward__cache_as_a_dict(x, gamma, beta, eps=1e-5):
    """says: a dict"""
    mu = x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - mu) * inv_std
    return gamma * x_hat + beta, {"x_hat": x_hat, "gamma": gamma, "inv_std": inv_std}


def layernorm_forward__y_in_float64(x, gamma, beta, eps=1e-5):
    """says: float64"""
    mu = x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - mu) * inv_std
    y = np.zeros(x.shape)
    y += gamma * x_hat + beta
    return y, (x_hat, gamma, inv_std)


def layernorm_forward__x_hat_in_float64(x, gamma, beta, eps=1e-5):
    """says: float64"""
    x_hat = np.empty(x.shape)
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    for i, row in enumerate(x):
        x_hat[i] = (row - row.mean()) * inv_std[i]
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__mean_quotient(x, gamma, beta, eps=1e-5):
    """named inv_std_by_division"""
    c = x - x.mean(axis=1, keepdims=True)
    x_hat = c / np.sqrt((c**2).mean(axis=1, keepdims=True) + eps)
    return gamma * x_hat + beta, (x_hat, gamma, (x_hat / c).mean(axis=1, keepdims=True))  # slip


# ------------------------------------------------------------------ layernorm_backward


def layernorm_backward__gamma_and_averages(dy, cache):
    """named gamma_missing, means_for_sums"""
    x_hat, gamma, inv_std = cache
    a = dy.mean(axis=1, keepdims=True)  # slip
    b = (dy * x_hat).mean(axis=1, keepdims=True)  # slip
    return inv_std * (dy - a - x_hat * b), (dy * x_hat).mean(axis=0), dy.mean(axis=0)  # slip


def layernorm_backward__sign_and_swapped(dy, cache):
    """named variance_sign, parameters_swapped"""
    xh, g, s = cache
    d = dy * g
    dx = s * (d - d.mean(1, keepdims=True) + xh * (d * xh).mean(1, keepdims=True))  # slip
    return dx, dy.sum(0), (dy * xh).sum(0)  # slip


def layernorm_backward__no_mean_and_dbeta(dy, cache):
    """named no_mean_path, dbeta_with_gamma"""
    x_hat, gamma, inv_std = cache
    dxh = dy * gamma
    dx = inv_std * (dxh - x_hat * np.mean(dxh * x_hat, axis=1, keepdims=True))  # slip
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dxh, axis=0)  # slip


def layernorm_backward__batch_axis_and_gamma_in_dgamma(dy, cache):
    """named over_the_batch, dgamma_with_gamma"""
    x_hat, gamma, inv_std = cache
    q = gamma * dy
    dx = inv_std * (q - q.mean(0) - x_hat * (q * x_hat).mean(0))  # slip
    return dx, (q * x_hat).sum(0), dy.sum(0)  # slip


def layernorm_backward__inv_std_and_shapes(dy, cache):
    """named inv_std_missing, parameters_keepdims"""
    x_hat, gamma, _ = cache
    q = gamma * dy
    dx = q - q.mean(axis=1, keepdims=True) - x_hat * (q * x_hat).mean(axis=1, keepdims=True)  # slip
    return dx, (dy * x_hat).sum(axis=0, keepdims=True), dy.sum(axis=0, keepdims=True)  # slip


def layernorm_backward__staged_exponent(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    d = dy.shape[1]
    centred = x_hat / inv_std
    dx_hat = dy * gamma
    dvar = (dx_hat * centred * -0.5 * inv_std**2).sum(axis=1, keepdims=True)  # slip
    dmean = -(dx_hat * inv_std).sum(axis=1, keepdims=True)
    dx = dx_hat * inv_std + dvar * 2 * centred / d + dmean / d
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__staged_no_two(dy, cache):
    """placed
    allowed half_of_the_variance_path
    """
    x_hat, gamma, inv_std = cache
    n = x_hat.shape[1]
    mu_path = -np.sum(gamma * dy * inv_std, axis=1, keepdims=True) / n
    c = x_hat / inv_std
    dvar = np.sum(gamma * dy * c, axis=1, keepdims=True) * (-0.5) * inv_std**3
    dx = gamma * dy * inv_std + mu_path + dvar * c / n  # slip
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def layernorm_backward__x_hat_squared(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    g = gamma * dy
    m1 = g.mean(axis=1, keepdims=True)
    m2 = (g * x_hat).mean(axis=1, keepdims=True)
    dx = inv_std * (g - m1 - x_hat * x_hat * m2)  # slip
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__mean_not_kept(dy, cache):
    """named variance_sign"""
    x_hat, gamma, inv_std = cache
    d = dy.shape[1]
    dx_hat = dy * gamma
    s1 = dx_hat.sum(axis=1, keepdims=True)
    s2 = (dx_hat * x_hat).sum(axis=1, keepdims=True)
    dx = inv_std * (dx_hat - (s1 - x_hat * s2) / d)  # slip
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__dgamma_with_a_mean(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    g = gamma * dy
    dx = inv_std * (g - g.mean(1, keepdims=True) - x_hat * (g * x_hat).mean(1, keepdims=True))
    dgamma = (dy * x_hat).mean(axis=0)  # slip
    return dx, dgamma, dy.sum(axis=0)


def layernorm_backward__two_parts_of_three(dy, cache):
    """crash"""
    x_hat, inv_std = cache  # slip
    return inv_std * dy, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__no_keepdims(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    g = gamma * dy
    dx = inv_std * (g - g.mean(axis=1) - x_hat * (g * x_hat).mean(axis=1))  # slip
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__cache_by_name(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache["x_hat"], cache["gamma"], cache["inv_std"]  # slip
    g = gamma * dy
    dx = inv_std * (g - g.mean(1, keepdims=True) - x_hat * (g * x_hat).mean(1, keepdims=True))
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__gamma_of_the_rows(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    N, D = dy.shape
    dx_hat = dy * gamma.reshape(N, 1)  # slip
    dx = inv_std * (dx_hat - dx_hat.mean(1, keepdims=True) - x_hat * (dx_hat * x_hat).mean(1, keepdims=True))
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__dx_alone(dy, cache):
    """says: Expected a tuple of 3 (dx, dgamma, dbeta)"""
    x_hat, gamma, inv_std = cache
    g = gamma * dy
    return inv_std * (g - g.mean(1, keepdims=True) - x_hat * (g * x_hat).mean(1, keepdims=True))


def layernorm_backward__printed(dy, cache):
    """says: return"""
    x_hat, gamma, inv_std = cache
    g = gamma * dy
    dx = inv_std * (g - g.mean(1, keepdims=True) - x_hat * (g * x_hat).mean(1, keepdims=True))
    print(dx.shape, (dy * x_hat).sum(axis=0), dy.sum(axis=0))


# ------------------------------------------------------------------ masked_step_statistics


def masked_step_statistics__mask_of_all_steps(x, mask):
    """crash"""
    if mask[0].sum() < 2:
        raise ValueError("two sequences are needed")
    means, variances = [], []
    for step in x:
        rows = step[mask]  # slip
        means.append(rows.mean(axis=0))
        variances.append(rows.var(axis=0))
    return np.stack(means), np.stack(variances)


def masked_step_statistics__mean_alone(x, mask):
    """says: var"""
    if mask[0].sum() < 2:
        raise ValueError("two sequences are needed")
    means = []
    for step, valid in zip(x, mask, strict=True):
        if valid.sum() >= 2:
            mean = step[valid].mean(axis=0)
        means.append(mean)
    return np.stack(means)


def masked_step_statistics__first_variance_at_the_end(x, mask):
    """placed"""
    T, m, d = x.shape
    mean, var = np.zeros((T, d)), np.zeros((T, d))
    if mask[0].sum() < 2:
        raise ValueError("two")
    for t in range(T):
        rows = x[t][mask[t]]
        if len(rows) < 2:
            mean[t], var[t] = mean[t - 1], var[0]  # slip
        else:
            mean[t], var[t] = rows.mean(axis=0), rows.var(axis=0)
    return mean, var


def masked_step_statistics__mean_without_an_axis(x, mask):
    """placed"""
    T, m, d = x.shape
    mean, var = np.zeros((T, d)), np.zeros((T, d))
    if mask[0].sum() < 2:
        raise ValueError("two")
    for t in range(T):
        rows = x[t][mask[t]]
        if len(rows) < 2:
            mean[t], var[t] = mean[t - 1], var[t - 1]
        else:
            mean[t], var[t] = rows.mean(), rows.var(axis=0)  # slip
    return mean, var


def masked_step_statistics__appended_in_the_branch(x, mask):
    """named cut_off"""
    if mask[0].sum() < 2:
        raise ValueError("two")
    means, variances = [], []
    for t in range(len(x)):
        rows = x[t, mask[t]]
        if mask[t].sum() >= 2:
            mean, var = rows.mean(axis=0), rows.var(axis=0)
            means.append(mean)  # slip
            variances.append(var)
    return np.stack(means), np.stack(variances)


def masked_step_statistics__zeros_in_the_squares(x, mask):
    """named squares_of_the_padding"""
    if mask[0].sum() < 2:
        raise ValueError("two")
    n = mask.sum(axis=1)
    z = np.where(mask[:, :, None], x, 0.0)
    mean = z.sum(axis=1) / n[:, None]
    var = ((z - mean[:, None]) ** 2).sum(axis=1) / n[:, None]  # slip
    for t in range(1, len(x)):
        if n[t] < 2:
            mean[t], var[t] = mean[t - 1], var[t - 1]
    return mean, var


def masked_step_statistics__same_array_each_time(x, mask):
    """says: what the last row should be"""
    T, m, d = x.shape
    if mask[0].sum() < 2:
        raise ValueError("two")
    means, variances = [], []
    mean, var = np.zeros(d), np.zeros(d)
    for t in range(T):
        rows = x[t, mask[t]]
        if mask[t].sum() >= 2:
            mean[:], var[:] = rows.mean(axis=0), rows.var(axis=0)
        means.append(mean)
        variances.append(var)
    return np.stack(means), np.stack(variances)


# ------------------------------------------------------------------ gradient_through_time


def gradient_through_time__weights_and_h0(h, h0, Wh, dh):
    """named dwh_without_h0, back_not_transposed"""
    da = np.zeros_like(h)
    dWh = np.zeros_like(Wh)
    back = np.zeros_like(h0)
    for t in range(len(h) - 1, -1, -1):
        da[t] = (dh[t] + back) * (1 - h[t] ** 2)
        if t > 0:  # slip
            dWh += h[t - 1].T @ da[t]
        back = da[t] @ Wh  # slip
    return da, back, dWh


def gradient_through_time__two_means(h, h0, Wh, dh):
    """named dwh_mean_over_sequences, slope_missing"""
    T, m, n = h.shape
    da, dWh, back = np.zeros_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in range(T - 1, -1, -1):
        da[t] = dh[t] + back  # slip
        state = h0 if t == 0 else h[t - 1]
        dWh += state.T @ da[t] / m  # slip
        back = da[t] @ Wh.T
    return da, back, dWh


def gradient_through_time__outputs_alone(h, h0, Wh, dh):
    """named no_path_through_time"""
    da = dh * (1 - h**2)  # slip
    states = np.concatenate([h0[None], h[:-1]])
    return da, da[0] @ Wh.T, np.einsum("tik,tij->kj", states, da)


def gradient_through_time__appended(h, h0, Wh, dh):
    """named time_reversed"""
    steps, dWh, back = [], 0, 0
    for t in range(len(h) - 1, -1, -1):
        g = (dh[t] + back) * (1 - h[t] ** 2)
        dWh = dWh + (h[t - 1] if t > 0 else h0).T @ g
        back = g @ Wh.T
        steps.append(g)  # slip
    return np.array(steps), back, dWh


def gradient_through_time__round_the_corner(h, h0, Wh, dh):
    """named last_state_before_the_first"""
    da, back = dh.copy(), 0
    for t in range(len(h) - 1, -1, -1):
        da[t] = (da[t] + back) * (1 - h[t] ** 2)
        back = da[t] @ Wh.T
    before = np.roll(h, 1, axis=0)  # slip
    return da, back, np.einsum("tik,tij->kj", before, da)


def gradient_through_time__cubed(h, h0, Wh, dh):
    """placed"""
    da, dWh, back = np.zeros_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in range(len(h) - 1, -1, -1):
        da[t] = (dh[t] + back) * (1 - h[t] ** 3)  # slip
        dWh += (h[t - 1] if t > 0 else h0).T @ da[t]
        back = da[t] @ Wh.T
    return da, back, dWh


def gradient_through_time__plus(h, h0, Wh, dh):
    """placed"""
    da, dWh, back = np.zeros_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in range(len(h) - 1, -1, -1):
        slope = 1 + h[t] ** 2  # slip
        da[t] = (dh[t] + back) * slope
        dWh += (h[t - 1] if t > 0 else h0).T @ da[t]
        back = da[t] @ Wh.T
    return da, back, dWh


def gradient_through_time__one_step_too_few(h, h0, Wh, dh):
    """placed"""
    da, dWh, back = np.zeros_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in range(len(h) - 1, 0, -1):  # slip
        da[t] = (dh[t] + back) * (1 - h[t] ** 2)
        dWh += (h[t - 1] if t > 0 else h0).T @ da[t]
        back = da[t] @ Wh.T
    return da, back, dWh


def gradient_through_time__shapes(h, h0, Wh, dh):
    """crash"""
    da, dWh, back = np.zeros_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in range(len(h) - 1, -1, -1):
        da[t] = (dh[t] + back) * (1 - h[t] ** 2)
        before = h[t - 1] if t > 0 else h0
        dWh += before @ da[t]  # slip
        back = da[t] @ Wh.T
    return da, back, dWh


def gradient_through_time__past_the_end(h, h0, Wh, dh):
    """crash"""
    da, dWh = np.zeros_like(h), np.zeros_like(Wh)
    for t in range(len(h) - 1, -1, -1):
        back = da[t + 1] @ Wh.T  # slip
        da[t] = (dh[t] + back) * (1 - h[t] ** 2)
        dWh += (h[t - 1] if t > 0 else h0).T @ da[t]
    return da, da[0] @ Wh.T, dWh


def gradient_through_time__two_results(h, h0, Wh, dh):
    """says: dh0"""
    da, dWh, back = np.zeros_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in range(len(h) - 1, -1, -1):
        da[t] = (dh[t] + back) * (1 - h[t] ** 2)
        dWh += (h[t - 1] if t > 0 else h0).T @ da[t]
        back = da[t] @ Wh.T
    return da, dWh
