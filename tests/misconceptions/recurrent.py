"""Wrong answers to the exercises of the chapter recurrent, the subtle ones first.

The docstring is the hint that a learner reads when their numbers are these. One file a chapter, however long: the
wrong answers to an exercise are found by the chapter's name.
"""

import numpy as np


def _bn(u, gamma=1.0, beta=0.0, eps=1e-5, axis=-2, ddof=0):
    mean, var = u.mean(axis=axis, keepdims=True), u.var(axis=axis, keepdims=True, ddof=ddof)
    return gamma * (u - mean) / np.sqrt(var + eps) + beta


def _one_pass_bn(u, gamma=1.0, beta=0.0, eps=1e-5):
    mean = u.mean(axis=-2, keepdims=True)
    return gamma * (u - mean) / np.sqrt((u**2).mean(axis=-2, keepdims=True) - mean**2 + eps) + beta


def _scan(inputs, h0, Wh):
    """The plain recurrence over normalized inputs (T, m, n)."""
    h = []
    for u in inputs:
        h0 = np.tanh(u + h0 @ Wh)
        h.append(h0)
    return np.array(h)


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


# ------------------------------------------------------------------ bn_rnn_forward


def bn_rnn_forward__eps_on_std(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""
    u = x @ Wx
    u = (u - u.mean(axis=1, keepdims=True)) / (u.std(axis=1, keepdims=True) + eps)
    return _scan(gamma * u + beta, h0, Wh)


def bn_rnn_forward__eps_missing(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens to a unit whose input is the same in all sequences?"""
    return _scan(_bn(x @ Wx, gamma, beta, 0.0), h0, Wh)


def bn_rnn_forward__eps_fixed(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return _scan(_bn(x @ Wx, gamma, beta, 1e-5), h0, Wh)


def bn_rnn_forward__eps_fixed_small(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Your function uses 1e-8 for epsilon, whatever the caller asks for: use the argument, not a number."""
    return _scan(_bn(x @ Wx, gamma, beta, 1e-8), h0, Wh)


def bn_rnn_forward__eps_twice(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Epsilon was added twice. Once is enough, to the variance under the root."""
    return _scan(_bn(x @ Wx, gamma, beta, 2 * eps), h0, Wh)


def bn_rnn_forward__eps_on_the_root_too(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    u = x @ Wx
    u = (u - u.mean(axis=1, keepdims=True)) / (np.sqrt(u.var(axis=1, keepdims=True) + eps) + eps)
    return _scan(gamma * u + beta, h0, Wh)


def bn_rnn_forward__one_pass_variance(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The variance was computed as the mean of the squares minus the square of the mean. For inputs far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""
    return _scan(_one_pass_bn(x @ Wx, gamma, beta, eps), h0, Wh)


def bn_rnn_forward__float32(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    return _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh).astype(np.float32)


def bn_rnn_forward__ddof(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The variance was divided by m - 1; divide by m when you normalize."""
    return _scan(_bn(x @ Wx, gamma, beta, eps, ddof=1), h0, Wh)


def bn_rnn_forward__divided_by_steps(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The sums over the sequences were divided by T, the number of time steps. Divide by m, the number of sequences:
    x.shape[1]."""
    u = x @ Wx
    mean = u.sum(axis=1, keepdims=True) / len(x)
    var = ((u - mean) ** 2).sum(axis=1, keepdims=True) / len(x)
    return _scan(gamma * (u - mean) / np.sqrt(var + eps) + beta, h0, Wh)


def bn_rnn_forward__sum_of_squares(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The squared deviations were summed and not divided by m: the variance is their mean."""
    u = x @ Wx
    u = u - u.mean(axis=1, keepdims=True)
    return _scan(gamma * u / np.sqrt((u**2).sum(axis=1, keepdims=True) + eps) + beta, h0, Wh)


def bn_rnn_forward__joint_statistics(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The statistics were taken over all time steps at once. Each time step has its own: let the axis of the
    sequences go (axis 1 of x @ Wx), and keep time."""
    return _scan(_bn(x @ Wx, gamma, beta, eps, axis=(0, 1)), h0, Wh)


def bn_rnn_forward__steps_so_far(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The statistics of a time step were taken over all steps up to it. Use the m sequences at this one step,
    nothing from before."""
    u = x @ Wx
    inputs = [_bn(u[: t + 1], gamma, beta, eps, axis=(0, 1))[-1] for t in range(len(u))]
    return _scan(inputs, h0, Wh)


def bn_rnn_forward__first_step_statistics(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The mean and variance of the first time step served for all steps. Compute them anew at each step."""
    u = x @ Wx
    x_hat = (u - u[0].mean(axis=0)) / np.sqrt(u[0].var(axis=0) + eps)
    return _scan(gamma * x_hat + beta, h0, Wh)


def bn_rnn_forward__over_time(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The statistics were taken over the time steps of each sequence by itself. Axis 0 of x is time, axis 1
    the sequences: those are the batch."""
    return _scan(_bn(x @ Wx, gamma, beta, eps, axis=0), h0, Wh)


def bn_rnn_forward__over_units(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The statistics were taken over the hidden units of each sequence (the last axis): that is layer
    normalization. Take them over the m sequences."""
    return _scan(_bn(x @ Wx, gamma, beta, eps, axis=-1), h0, Wh)


def bn_rnn_forward__bn_on_the_sum(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The sum x_t @ Wx + h @ Wh was normalized as one. Only x_t @ Wx goes through the normalization; the
    recurrent term is added after it."""
    h = []
    for u in x @ Wx:
        h0 = np.tanh(_bn(u + h0 @ Wh, gamma, beta, eps))
        h.append(h0)
    return np.array(h)


def bn_rnn_forward__recurrent_term_normalized(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The recurrent term went through a normalization of its own, with gamma. Here it is added as it is: h @
    Wh."""
    h = []
    for u in _bn(x @ Wx, gamma, beta, eps):
        h0 = np.tanh(u + _bn(h0 @ Wh, gamma, 0.0, eps))
        h.append(h0)
    return np.array(h)


def bn_rnn_forward__recurrent_term_standardized(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The recurrent term was normalized too, to mean 0 and variance 1. Here it is added as it is: h @ Wh."""
    h = []
    for u in _bn(x @ Wx, gamma, beta, eps):
        h0 = np.tanh(u + _bn(h0 @ Wh, eps=eps))
        h.append(h0)
    return np.array(h)


def bn_rnn_forward__recurrent_term_scaled(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """gamma scaled the recurrent term too. It belongs to the normalization: scale and shift first, then add
    h @ Wh."""
    h = []
    for u in _bn(x @ Wx, eps=eps):
        h0 = np.tanh(gamma * (u + h0 @ Wh) + beta)
        h.append(h0)
    return np.array(h)


def bn_rnn_forward__state_normalized(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The hidden state was normalized before it went through Wh. Only the map from the input is normalized;
    the state is used as it is."""
    h = []
    for u in _bn(x @ Wx, gamma, beta, eps):
        h0 = np.tanh(u + _bn(h0, eps=eps) @ Wh)
        h.append(h0)
    return np.array(h)


def bn_rnn_forward__bn_on_the_input(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """x was normalized before it went through Wx. Multiply first: the statistics are those of x_t @ Wx."""
    return _scan(gamma * (_bn(x, eps=eps) @ Wx) + beta, h0, Wh)


def bn_rnn_forward__bn_after_tanh(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The normalization came after tanh: states beyond -1 and 1 came out. tanh is the last thing that happens
    in a step."""
    h = []
    for u in x @ Wx:
        h0 = _bn(np.tanh(u + h0 @ Wh), gamma, beta, eps)
        h.append(h0)
    return np.array(h)


def bn_rnn_forward__one_array_for_all_steps(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """All T states are the last one: the same array was stored at each step and overwritten at the next. Make a new
    array in each step, or store a copy."""
    h = _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh)
    return np.array([h[-1]] * len(h))


def bn_rnn_forward__h0_at_every_step(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Every step started from h0. From the second step on, the state before is the one you have just
    computed."""
    return np.tanh(_bn(x @ Wx, gamma, beta, eps) + h0 @ Wh)


def bn_rnn_forward__h0_ignored(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The first step started from zeros. It starts from h0."""
    return _scan(_bn(x @ Wx, gamma, beta, eps), np.zeros_like(h0), Wh)


def bn_rnn_forward__before_tanh_handed_on(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """What went into the next step was the sum before tanh. Hand on h_t itself, tanh included."""
    h = []
    for u in _bn(x @ Wx, gamma, beta, eps):
        h0 = u + h0 @ Wh
        h.append(np.tanh(h0))
    return np.array(h)


def bn_rnn_forward__shifted_by_one(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The states came out one step late, with h0 first. Store the state after each step: h[0] is h_1,
    computed from x[0]."""
    return np.concatenate([h0[None], _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh)[:-1]])


def bn_rnn_forward__h0_included(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """T + 1 states came out. h0 was given: return the T states after it."""
    return np.concatenate([h0[None], _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh)])


def bn_rnn_forward__last_state_only(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Only the last state came out. Return the states of all T steps, shape (T, m, n)."""
    return _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh)[-1]


def bn_rnn_forward__sequences_first(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The states came out with the sequences first. Time is the first axis, as in x: (T, m, n)."""
    return _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh).swapaxes(0, 1)


def bn_rnn_forward__recurrent_weights_transposed(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """Wh was used transposed; it is square, so the shapes don't tell. The recurrent term is h @ Wh."""
    return _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh.T)


def bn_rnn_forward__no_tanh(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """tanh is missing: the states grow beyond -1 and 1."""
    h = []
    for u in _bn(x @ Wx, gamma, beta, eps):
        h0 = u + h0 @ Wh
        h.append(h0)
    return np.array(h)


def bn_rnn_forward__no_root(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """You divided by the variance; the root is missing."""
    u = x @ Wx
    u = (u - u.mean(axis=1, keepdims=True)) / (u.var(axis=1, keepdims=True) + eps)
    return _scan(gamma * u + beta, h0, Wh)


def bn_rnn_forward__not_centred(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The mean was not subtracted: x_t @ Wx was only divided by its standard deviation."""
    u = x @ Wx
    return _scan(gamma * u / np.sqrt(u.var(axis=1, keepdims=True) + eps) + beta, h0, Wh)


def bn_rnn_forward__shift_before_scale(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The shift was added before the scaling. Scale first, then shift."""
    return _scan(gamma * _bn(x @ Wx, 1.0, beta, eps), h0, Wh)


def bn_rnn_forward__gamma_beta_swapped(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    return _scan(_bn(x @ Wx, beta, gamma, eps), h0, Wh)


def bn_rnn_forward__beta_as_bias(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """beta has no effect in your function: it is missing, or was added before the mean is taken away. Add it after the
    scaling."""
    return _scan(_bn(x @ Wx, gamma, 0.0, eps), h0, Wh)


def bn_rnn_forward__no_affine(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """gamma and beta were forgotten: the normalized input is scaled and shifted before the recurrent term is
    added."""
    return _scan(_bn(x @ Wx, eps=eps), h0, Wh)


def bn_rnn_forward__not_normalized(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """The map from the input was not normalized at all: this is a plain recurrent network with a scale and a
    bias."""
    return _scan(gamma * (x @ Wx) + beta, h0, Wh)


def bn_rnn_forward__h0_in_place(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """h0 was overwritten with a later state: the caller still needs it. Give the new state a new array."""
    h = _scan(_bn(x @ Wx, gamma, beta, eps), h0, Wh)
    h0[:] = h[-1]
    return h


# ------------------------------------------------------------------ bn_lstm_step


def _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps, **options):
    gates = _bn(x @ Wx, gamma_x, eps=eps, **options) + _bn(h @ Wh, gamma_h, eps=eps, **options) + b
    return np.split(gates, 4, axis=1)


def _cell(f, i, g, c):
    return _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)


def bn_lstm_step__eps_fixed_in_cell(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Epsilon was handed on to the normalizations of the gates, not to that of the cell. All three use the
    argument."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, 1e-5)), c


def bn_lstm_step__eps_fixed_in_gates(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Epsilon was handed on to the normalization of the cell, not to those of the gates. All three use the
    argument."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, 1e-5)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__eps_missing_in_cell(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Epsilon is missing in the normalization of the cell: it belongs to each of the three variances."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, 0.0)), c


def bn_lstm_step__eps_twice(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Epsilon was added to each of the three variances twice. Once is enough."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, 2 * eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, 2 * eps)), c


def bn_lstm_step__one_pass_variance(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The variances were computed as the mean of the squares minus the square of the mean. For inputs far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""
    gates = _one_pass_bn(x @ Wx, gamma_x, eps=eps) + _one_pass_bn(h @ Wh, gamma_h, eps=eps) + b
    f, i, o, g = np.split(gates, 4, axis=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_one_pass_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__float32(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return (_sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps))).astype(np.float32), c.astype(np.float32)


def bn_lstm_step__eps_on_std(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root, three
    times."""

    def bn(u):
        return (u - u.mean(axis=0)) / (u.std(axis=0) + eps)

    f, i, o, g = np.split(gamma_x * bn(x @ Wx) + gamma_h * bn(h @ Wh) + b, 4, axis=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(gamma_c * bn(c) + beta_c), c


def bn_lstm_step__eps_missing(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Epsilon is nowhere in your formula: it belongs to each of the three variances, under the root."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, 0.0)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, 0.0)), c


def bn_lstm_step__eps_fixed(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, 1e-5)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, 1e-5)), c


def bn_lstm_step__ddof(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The variances were divided by m - 1; divide by m when you normalize."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps, ddof=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps, ddof=1)), c


def bn_lstm_step__beta_c_missing(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """beta_c is missing. The two normalizations of the gates share b and have no shift; that of the cell has
    one."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, 0.0, eps)), c


def bn_lstm_step__gamma_c_missing(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """gamma_c is missing: the normalized cell is scaled before it is shifted."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, 1.0, beta_c, eps)), c


def bn_lstm_step__cell_shift_before_scale(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """In the cell's normalization the shift was added before the scaling. Scale by gamma_c first, then shift
    by beta_c."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(gamma_c * _bn(c, 1.0, beta_c, eps)), c


def bn_lstm_step__normalized_cell_handed_on(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The normalized cell was returned as c_next. The cell is handed on as it is, so that its path through
    time stays linear; the normalized one is only what tanh sees."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _bn(_cell(f, i, g, c), gamma_c, beta_c, eps)
    return _sigmoid(o) * np.tanh(c), c


def bn_lstm_step__cell_not_normalized(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """h_next saw the plain cell: gamma_c and beta_c were not used. The third normalization stands inside
    tanh."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(c), c


def bn_lstm_step__old_cell_in_hidden(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """h_next was made from the cell before the step. It sees the new one, c_next."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), _cell(f, i, g, c)


def bn_lstm_step__old_cell_normalized(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The old cell was normalized before the forget gate. The cell's update holds no normalization; it comes
    after, inside tanh."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, _bn(c, gamma_c, beta_c, eps))
    return _sigmoid(o) * np.tanh(c), c


def bn_lstm_step__bn_after_tanh(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The cell went through tanh first and was then normalized. Normalize it first: tanh(BN(c_next))."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * _bn(np.tanh(c), gamma_c, beta_c, eps), c


def bn_lstm_step__tanh_of_cell_missing(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """tanh is missing in h_next: the output gate multiplies tanh of the normalized cell."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * _bn(c, gamma_c, beta_c, eps), c


def bn_lstm_step__output_gate_tanh(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The output gate went through tanh. Gates go through sigmoid, so that they lie between 0 and 1; only the
    candidate goes through tanh."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return np.tanh(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__candidate_sigmoid(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The candidate went through sigmoid, so it could only add to the cell. Three gates go through sigmoid,
    the candidate through tanh."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _sigmoid(f) * c + _sigmoid(i) * _sigmoid(g)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__sigmoid_before_the_split(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """All four blocks went through sigmoid before they were split, the candidate too. Split first: three gates go
    through sigmoid, the candidate through tanh alone."""
    f, i, o, g = map(_sigmoid, _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__gates_without_sigmoid(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The gates were used as they are: the three of them go through sigmoid, so that they lie between 0 and 1."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = f * c + i * np.tanh(g)
    return o * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__sigmoid_tanh_swapped(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """sigmoid and tanh changed places everywhere. Gates, which let a share through, go through sigmoid; what
    is let through, the candidate and the cell, goes through tanh."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = np.tanh(f) * c + np.tanh(i) * _sigmoid(g)
    return np.tanh(o) * _sigmoid(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__candidate_linear(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The candidate was added without tanh: it goes through tanh before the input gate multiplies it."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _sigmoid(f) * c + _sigmoid(i) * g
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__forget_bias(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """1 was added to the forget gate, as some libraries do at the start of training. Here b is all the bias
    there is."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f + 1, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__coupled_gates(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The candidate was weighed with 1 - sigmoid(f), as in a gated recurrent unit. An LSTM has an input gate
    for it."""
    f, _, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _sigmoid(f) * c + (1 - _sigmoid(f)) * np.tanh(g)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__input_forget_swapped(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The forget and the input gate changed places. The first n columns are forget (it multiplies the old
    cell), the next n input."""
    i, f, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__order_ifgo(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The gates were split as input, forget, candidate, output, which is PyTorch's order. Here it is forget,
    input, output, candidate."""
    i, f, g, o = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__order_figo(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The output gate and the candidate changed places. The third block is output, the last the candidate."""
    f, i, g, o = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__interleaved(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The gates were taken from every fourth column. Each gate is a block of n columns side by side."""
    gates = np.concatenate(_gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps), axis=1)
    f, i, o, g = (gates[:, k::4] for k in range(4))
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__bn_on_the_sum(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """x @ Wx + h @ Wh was normalized as one. Each has its own statistics and its own gamma; add them after
    the normalization."""
    f, i, o, g = np.split(_bn(x @ Wx + h @ Wh, gamma_x, b, eps), 4, axis=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__recurrent_term_raw(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The recurrent term was not normalized. Unlike in the previous exercise, h @ Wh has a normalization of its own
    here."""
    f, i, o, g = np.split(_bn(x @ Wx, gamma_x, 0.0, eps) + h @ Wh + b, 4, axis=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__recurrent_term_scaled_only(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The recurrent term was scaled by gamma_h, but not normalized before."""
    f, i, o, g = np.split(_bn(x @ Wx, gamma_x, 0.0, eps) + gamma_h * (h @ Wh) + b, 4, axis=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__gammas_swapped(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """gamma_x and gamma_h changed places: gamma_x scales what comes from x."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_h, gamma_x, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__gamma_x_twice(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """gamma_x scaled both terms. The term of h has its own scale, gamma_h."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_x, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__b_lost(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """b has no effect in your function: it is missing, or was added before a mean is taken away. Add it after the two
    normalizations."""
    f, i, o, g = _gates(x, h, Wx, Wh, 0.0, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__b_twice(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """b was added twice, as the shift of both normalizations. The two terms share one b."""
    f, i, o, g = _gates(x, h, Wx, Wh, 2 * b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


def bn_lstm_step__over_units(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The statistics were taken over the units of each example (axis 1): that is layer normalization. Take
    them over the batch."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps, axis=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps, axis=1)), c


def bn_lstm_step__no_root(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """You divided by the variance; the root is missing."""

    def bn(u):
        return (u - u.mean(axis=0)) / (u.var(axis=0) + eps)

    f, i, o, g = np.split(gamma_x * bn(x @ Wx) + gamma_h * bn(h @ Wh) + b, 4, axis=1)
    c = _cell(f, i, g, c)
    return _sigmoid(o) * np.tanh(gamma_c * bn(c) + beta_c), c


def bn_lstm_step__results_swapped(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """The results came in the wrong order: return h_next first, then c_next."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c = _cell(f, i, g, c)
    return c, _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps))


def bn_lstm_step__cell_in_place(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """c was changed in place: the caller still needs it. Make a new array for c_next."""
    f, i, o, g = _gates(x, h, Wx, Wh, b, gamma_x, gamma_h, eps)
    c *= _sigmoid(f)
    c += _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(_bn(c, gamma_c, beta_c, eps)), c


# ------------------------------------------------------------------ TimestepBatchNorm


class _Layer:
    """The right layer in pieces, of which each mistake replaces one."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.training = eps, momentum, True
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean = np.zeros((max_steps, num_features))
        self.running_var = np.ones((max_steps, num_features))

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def __call__(self, x, t):
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.update(x, self.row(t))
            return self.transform(x, mean, var)
        return self.transform(x, *self.stored(self.row(t)))

    def row(self, t):
        return min(t, len(self.running_mean) - 1)

    def stored(self, row):
        return self.running_mean[row], self.running_var[row]

    def update(self, x, row):
        self.blend(row, x.mean(axis=0), x.var(axis=0, ddof=1))

    def blend(self, row, mean, var):
        a = self.momentum
        self.running_mean[row] = (1 - a) * self.running_mean[row] + a * mean
        self.running_var[row] = (1 - a) * self.running_var[row] + a * var

    def transform(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__all_rows_decay(_Layer):
    """All rows were multiplied by 1 - momentum, and the batch went into one of them. The other time steps saw
    no batch: leave their rows alone."""

    def blend(self, row, mean, var):
        self.running_mean *= 1 - self.momentum
        self.running_var *= 1 - self.momentum
        self.running_mean[row] += self.momentum * mean
        self.running_var[row] += self.momentum * var


class TimestepBatchNorm__shared_statistics(_Layer):
    """Every batch went into all rows, so that the time steps share their statistics. Update the row of step t
    alone."""

    def blend(self, row, mean, var):
        super().blend(slice(None), mean, var)


class TimestepBatchNorm__t_ignored(_Layer):
    """The first row served at every time step: t is not used. The row to use and to update is that of step
    t."""

    def row(self, t):
        return 0


class TimestepBatchNorm__counts_from_one(_Layer):
    """The row was t - 1, as if time began at 1; at t = 0 that is the last row. Time begins at 0."""

    def row(self, t):
        return min(t, len(self.running_mean)) - 1


class TimestepBatchNorm__last_row_unused(_Layer):
    """The last row is never used: a late t went to the row before it, min(t, max_steps - 2). Rows are counted from 0,
    so the last one is max_steps - 1."""

    def row(self, t):
        return min(t, len(self.running_mean) - 2)


class TimestepBatchNorm__wraps(_Layer):
    """Past the end, t began again at the first row (a remainder). A late step is like the last one known: use
    the last row."""

    def row(self, t):
        return t % len(self.running_mean)


class TimestepBatchNorm__index_error(_Layer):
    """In your layer a t past the last row is an IndexError. Longer sequences do come: use the last row for every later
    step."""

    def row(self, t):
        return t


class TimestepBatchNorm__late_only_in_training(_Layer):
    """A t past the last row works in training, not in evaluation. The last row serves there too; longer
    sequences come at test time most of all."""

    def row(self, t):
        return super().row(t) if self.training else t


class TimestepBatchNorm__late_only_in_evaluation(_Layer):
    """A t past the last row works in evaluation, not in training. The last row is used, and updated, there
    too."""

    def row(self, t):
        return t if self.training else super().row(t)


class TimestepBatchNorm__late_not_learned(_Layer):
    """In training, a batch past the last row was normalized, but the last row did not take it up. It stands
    for all later steps: update it."""

    def __call__(self, x, t):
        if self.training and t >= len(self.running_mean):
            return self.transform(x, x.mean(axis=0), x.var(axis=0))
        return super().__call__(x, t)


class TimestepBatchNorm__late_stored_in_training(_Layer):
    """In training, a batch past the last row was normalized with the stored row. In training every batch is
    normalized with its own statistics, however late it comes."""

    def __call__(self, x, t):
        if self.training and t >= len(self.running_mean):
            return self.transform(x, *self.stored(self.row(t)))
        return super().__call__(x, t)


class TimestepBatchNorm__late_uses_batch(_Layer):
    """In evaluation, a step past the last row was normalized with its own batch. Use the statistics of the
    last row: an example's output must not depend on the others."""

    def __call__(self, x, t):
        if not self.training and t >= len(self.running_mean):
            return self.transform(x, x.mean(axis=0), x.var(axis=0))
        return super().__call__(x, t)


class TimestepBatchNorm__late_mean_of_rows(_Layer):
    """In evaluation, a step past the last row used the average of all rows. Use the last row: statistics
    settle down with time, and the first steps are the odd ones."""

    def __call__(self, x, t):
        if not self.training and t >= len(self.running_mean):
            return self.transform(x, self.running_mean.mean(axis=0), self.running_var.mean(axis=0))
        return super().__call__(x, t)


class TimestepBatchNorm__biased_running_var(_Layer):
    """The variance with 1/m was kept. The running statistics estimate the population's: they take the one
    with 1/(m-1)."""

    def update(self, x, row):
        self.blend(row, x.mean(axis=0), x.var(axis=0))


class TimestepBatchNorm__ddof_everywhere(_Layer):
    """The batch was normalized with the variance with 1/(m-1). Two jobs, two variances: 1/m to normalize this
    batch, 1/(m-1) to keep."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        return self.transform(x, x.mean(axis=0), x.var(axis=0, ddof=1)) if self.training else y


class TimestepBatchNorm__variances_swapped(_Layer):
    """The two variances changed places: 1/m is the one to normalize with, 1/(m-1) the one to keep."""

    def update(self, x, row):
        self.blend(row, x.mean(axis=0), x.var(axis=0))

    def __call__(self, x, t):
        y = super().__call__(x, t)
        return self.transform(x, x.mean(axis=0), x.var(axis=0, ddof=1)) if self.training else y


class TimestepBatchNorm__eps_kept(_Layer):
    """Epsilon went into the running variance. Keep the variance as it is; epsilon is added where it is used."""

    def update(self, x, row):
        self.blend(row, x.mean(axis=0), x.var(axis=0, ddof=1) + self.eps)


class TimestepBatchNorm__momentum_reversed(_Layer):
    """momentum was the weight of the old value. Here it is the weight of the new one: (1 - momentum) * running +
    momentum * batch."""

    def blend(self, row, mean, var):
        a = self.momentum
        self.running_mean[row] = a * self.running_mean[row] + (1 - a) * mean
        self.running_var[row] = a * self.running_var[row] + (1 - a) * var


class TimestepBatchNorm__momentum_fixed(_Layer):
    """In your layer the weight of the new value is 0.1, whatever momentum says: use the argument."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps)


class TimestepBatchNorm__no_decay(_Layer):
    """The old value kept its full weight: running + momentum * batch grows without end. The two weights sum
    to 1."""

    def blend(self, row, mean, var):
        self.running_mean[row] += self.momentum * mean
        self.running_var[row] += self.momentum * var


class TimestepBatchNorm__statistics_replaced(_Layer):
    """The row became the statistics of the last batch, and what was there is lost. Blend: (1 - momentum) *
    running + momentum * batch."""

    def blend(self, row, mean, var):
        self.running_mean[row], self.running_var[row] = mean, var


class TimestepBatchNorm__mean_not_kept(_Layer):
    """The running variance is updated, but the running mean is not. Update both."""

    def blend(self, row, mean, var):
        super().blend(row, self.running_mean[row], var)


class TimestepBatchNorm__variance_not_kept(_Layer):
    """The running mean is updated, but the running variance is not. Update both."""

    def blend(self, row, mean, var):
        super().blend(row, mean, self.running_var[row])


class TimestepBatchNorm__running_std(_Layer):
    """In your layer running_var holds a standard deviation, which is averaged and divided by. Average variances, and
    take the root (with epsilon) where they are used."""

    def blend(self, row, mean, var):
        super().blend(row, mean, np.sqrt(var))

    def __call__(self, x, t):
        if self.training:
            return super().__call__(x, t)
        mean, std = self.stored(self.row(t))
        return self.gamma * (x - mean) / (std + self.eps) + self.beta


class TimestepBatchNorm__standard_deviation_kept(_Layer):
    """The standard deviation was averaged instead of the variance. Average variances; the root comes when
    they are used."""

    def blend(self, row, mean, var):
        super().blend(row, mean, np.sqrt(var))


class TimestepBatchNorm__biased_standard_deviation_kept(_Layer):
    """The standard deviation, with 1/m (`np.std`), was averaged instead of the variance with 1/(m-1). Average
    variances; the root comes when they are used."""

    def update(self, x, row):
        self.blend(row, x.mean(axis=0), x.std(axis=0))


class TimestepBatchNorm__averages_deviations(_Layer):
    """The running average is one of standard deviations, squared again, which comes out smaller. Average the variances
    themselves."""

    def blend(self, row, mean, var):
        a = self.momentum
        std = (1 - a) * np.sqrt(self.running_var[row]) + a * np.sqrt(var)
        super().blend(row, mean, var)
        self.running_var[row] = std**2


class TimestepBatchNorm__biased_running_std(_Layer):
    """In your layer running_var holds a standard deviation with 1/m (`np.std`), which is averaged and divided by.
    Average variances, those with 1/(m-1), and take the root (with epsilon) where they are used."""

    def update(self, x, row):
        self.blend(row, x.mean(axis=0), x.std(axis=0))

    def __call__(self, x, t):
        if self.training:
            return super().__call__(x, t)
        mean, std = self.stored(self.row(t))
        return self.gamma * (x - mean) / (std + self.eps) + self.beta


class TimestepBatchNorm__running_std_with_epsilon(_Layer):
    """In your layer running_var holds what the batch was divided by, root and epsilon included, and evaluation divides
    by it. Average the variances themselves, those with 1/(m-1), and take the root (with epsilon) where they are
    used."""

    def update(self, x, row):
        self.blend(row, x.mean(axis=0), np.sqrt(x.var(axis=0) + self.eps))

    def __call__(self, x, t):
        if self.training:
            return super().__call__(x, t)
        mean, std = self.stored(self.row(t))
        return self.gamma * (x - mean) / std + self.beta


class TimestepBatchNorm__statistics_of_the_output(_Layer):
    """The statistics kept were those of the normalized batch: the means stay near 0. Keep the statistics of x."""

    def update(self, x, row):
        super().update((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + self.eps), row)


class TimestepBatchNorm__never_updated(_Layer):
    """The running statistics did not move in training: nothing was stored in the row of step t."""

    def update(self, x, row):
        pass


class TimestepBatchNorm__running_statistics_in_training(_Layer):
    """In training, the running statistics were used to normalize. In training use the batch's own; the running ones are
    for evaluation."""

    def __call__(self, x, t):
        if not self.training:
            return super().__call__(x, t)
        super().__call__(x, t)
        return self.transform(x, *self.stored(self.row(t)))


def copies(values):
    return [v.copy() for v in values]


class TimestepBatchNorm__old_running_statistics_in_training(_Layer):
    """In training, the batch was normalized with the stored row, as it was before the update. In training use the
    batch's own statistics; the running ones are for evaluation."""

    def __call__(self, x, t):
        if not self.training:
            return super().__call__(x, t)
        mean, var = copies(self.stored(self.row(t)))
        super().__call__(x, t)
        return self.transform(x, mean, var)


class TimestepBatchNorm__batch_in_evaluation(_Layer):
    """In evaluation, the batch was normalized with its own statistics. Use the row of step t: one example
    alone must come out as it does in a batch."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        return y if self.training else self.transform(x, x.mean(axis=0), x.var(axis=0))


class TimestepBatchNorm__batch_variance_in_evaluation(_Layer):
    """In evaluation, the mean is the running one, but the variance is the batch's. Both come from the row of
    step t."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        return y if self.training else self.transform(x, self.running_mean[self.row(t)], x.var(axis=0))


class TimestepBatchNorm__batch_mean_in_evaluation(_Layer):
    """In evaluation, the variance is the running one, but the mean is the batch's. Both come from the row of
    step t."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        return y if self.training else self.transform(x, x.mean(axis=0), self.running_var[self.row(t)])


class TimestepBatchNorm__mean_moves_in_evaluation(_Layer):
    """The running mean moved in evaluation; the variance stayed. The outputs would depend on what was evaluated before:
    update neither."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        if not self.training:
            self.blend(self.row(t), x.mean(axis=0), self.running_var[self.row(t)])
        return y


class TimestepBatchNorm__update_before_the_mode(_Layer):
    """The row of step t is updated before the mode is looked at, so evaluation updates it too and then uses what it has
    just stored. Update in training only."""

    def __call__(self, x, t):
        if self.training:
            return super().__call__(x, t)
        with np.errstate(all="ignore"):
            centred = x - x.mean(axis=0)
            self.blend(self.row(t), x.mean(axis=0), (centred**2).sum(axis=0) / np.float64(len(x) - 1))
        return self.transform(x, *self.stored(self.row(t)))


class TimestepBatchNorm__update_before_the_mode_but_for_one_row(_Layer):
    """The row of step t is updated before the mode is looked at, so evaluation updates it too, unless the batch is a
    single row, and then uses what it has just stored. Update in training only."""

    def __call__(self, x, t):
        if not self.training and len(x) > 1:
            self.update(x, self.row(t))
        return super().__call__(x, t)


class TimestepBatchNorm__update_before_the_mode_with_no_spread(_Layer):
    """The row of step t is updated before the mode is looked at, so evaluation updates it too, counting a single row as
    a batch with variance 0, and then uses what it has just stored. Update in training only."""

    def __call__(self, x, t):
        if not self.training:
            self.blend(self.row(t), x.mean(axis=0), x.var(axis=0) * len(x) / max(len(x) - 1, 1))
        return super().__call__(x, t)


class TimestepBatchNorm__update_before_everything(_Layer):
    """The row of step t is updated before the mode and the number of rows are looked at. So evaluation updates it too
    and then uses what it has just stored, and a batch of one row makes its variance NaN, even where it is refused.
    Update in training only, once the rows have been counted."""

    def __call__(self, x, t):
        row = self.row(t)
        mean = x.mean(axis=0)
        self.blend(row, mean, ((x - mean) ** 2).sum(axis=0) / (len(x) - 1))
        if not self.training:
            return self.transform(x, *self.stored(row))
        if len(x) < 2:
            raise ValueError("one row")
        return self.transform(x, mean, x.var(axis=0))


class TimestepBatchNorm__updates_in_evaluation(_Layer):
    """The running statistics moved in evaluation: the outputs would depend on what was evaluated before. Update in
    training only."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        if not self.training and len(x) > 1:
            self.update(x, self.row(t))
        return y


class TimestepBatchNorm__updates_in_evaluation_with_no_spread(_Layer):
    """The running statistics moved in evaluation, and a single row counted as a batch with variance 0: the outputs
    would depend on what was evaluated before. Update in training only."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        if not self.training:
            self.blend(self.row(t), x.mean(axis=0), x.var(axis=0) * len(x) / max(len(x) - 1, 1))
        return y


class TimestepBatchNorm__no_root_in_evaluation(_Layer):
    """In evaluation, the division is by the running variance; the root is missing."""

    def __call__(self, x, t):
        if self.training:
            return super().__call__(x, t)
        mean, var = self.stored(self.row(t))
        return self.gamma * (x - mean) / (var + self.eps) + self.beta


class TimestepBatchNorm__no_affine_in_evaluation(_Layer):
    """In evaluation, gamma and beta were forgotten: the same formula holds in both modes, with other
    statistics."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        return y if self.training else (y - self.beta) / self.gamma


class TimestepBatchNorm__eps_missing_in_evaluation(_Layer):
    """In evaluation, epsilon is missing: it is added to the running variance too, under the root."""

    def stored(self, row):
        return self.running_mean[row], self.running_var[row] - self.eps


class TimestepBatchNorm__eps_fixed(_Layer):
    """Your layer works for eps = 1e-5 only: use the argument, not the number."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, momentum=momentum)


class TimestepBatchNorm__eps_fixed_small(_Layer):
    """Your function uses 1e-8 for epsilon, whatever the caller asks for: use the argument, not a number."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, 1e-8, momentum)


class TimestepBatchNorm__eps_twice(_Layer):
    """Epsilon was added twice. Once is enough, to the variance under the root."""

    def transform(self, x, mean, var):
        return super().transform(x, mean, var + self.eps)


class TimestepBatchNorm__eps_on_the_root_too(_Layer):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""

    def transform(self, x, mean, var):
        return self.gamma * (x - mean) / (np.sqrt(var + self.eps) + self.eps) + self.beta


class TimestepBatchNorm__one_pass_variance(_Layer):
    """The variance was computed as the mean of the squares minus the square of the mean. For features far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        mean = x.mean(axis=0)
        return self.transform(x, mean, (x**2).mean(axis=0) - mean**2) if self.training else y


class TimestepBatchNorm__one_pass_running_variance(_Layer):
    """The variance that is kept was computed as the mean of the squares minus the square of the mean. For features far
    from 0 these two agree in all their digits and rounding is what is left: subtract the mean first, then square."""

    def update(self, x, row):
        m, mean = len(x), x.mean(axis=0)
        self.blend(row, mean, ((x**2).mean(axis=0) - mean**2) * m / (m - 1))


class TimestepBatchNorm__one_pass_variances(_Layer):
    """Both variances, that of the batch and that which is kept, were computed as the mean of the squares minus the
    square of the mean. For features far from 0 these two agree in all their digits and rounding is what is left:
    subtract the mean first, then square."""

    def __call__(self, x, t):
        if not self.training or len(x) < 2:
            return super().__call__(x, t)
        m, mean = len(x), x.mean(axis=0)
        var = (x**2).mean(axis=0) - mean**2
        self.blend(self.row(t), mean, var * m / (m - 1))
        return self.transform(x, mean, var)


class TimestepBatchNorm__float32(_Layer):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""

    def transform(self, x, mean, var):
        return super().transform(x, mean, var).astype(np.float32)


class TimestepBatchNorm__float32_statistics(_Layer):
    """The running statistics are kept as float32, though float64 came in: half of the digits are lost. Leave the dtype
    as it is."""

    def blend(self, row, mean, var):
        super().blend(row, mean, var)
        self.running_mean = self.running_mean.astype(np.float32)
        self.running_var = self.running_var.astype(np.float32)


class TimestepBatchNorm__clipped(_Layer):
    """The output was cut off at 6, on both sides. Nothing is clipped here: gamma may be any number, and an outlier
    stays one."""

    def transform(self, x, mean, var):
        return np.clip(super().transform(x, mean, var), -6, 6)


class TimestepBatchNorm__x_hat_clipped_in_training(_Layer):
    """In training x_hat was cut off at 6, on both sides. Nothing is clipped here: of m rows one may lie sqrt(m - 1)
    spreads from the mean."""

    def transform(self, x, mean, var):
        x_hat = (x - mean) / np.sqrt(var + self.eps)
        return self.gamma * (np.clip(x_hat, -6, 6) if self.training else x_hat) + self.beta


class TimestepBatchNorm__eps_on_std(_Layer):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""

    def transform(self, x, mean, var):
        return self.gamma * (x - mean) / (np.sqrt(var) + self.eps) + self.beta


class TimestepBatchNorm__eps_missing(_Layer):
    """Epsilon is nowhere in your formula: what happens to a feature that is the same in the whole batch?"""

    def transform(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var) + self.beta


class TimestepBatchNorm__shift_before_scale(_Layer):
    """The shift was added before the scaling. Scale first, then shift."""

    def transform(self, x, mean, var):
        return self.gamma * ((x - mean) / np.sqrt(var + self.eps) + self.beta)


class TimestepBatchNorm__gamma_beta_swapped(_Layer):
    """gamma and beta changed places: gamma scales, beta shifts."""

    def transform(self, x, mean, var):
        return self.beta * (x - mean) / np.sqrt(var + self.eps) + self.gamma


class TimestepBatchNorm__no_affine(_Layer):
    """gamma and beta are not used: the normalized batch is scaled and shifted, in both modes."""

    def transform(self, x, mean, var):
        return (x - mean) / np.sqrt(var + self.eps)


class TimestepBatchNorm__parameters_for_each_step(_Layer):
    """A new layer has gamma and beta with a row for each time step. They are shared by all steps: shape (d,); only
    the statistics have a row per step."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps, momentum)
        self.gamma, self.beta = np.ones((max_steps, num_features)), np.zeros((max_steps, num_features))

    def transform(self, x, mean, var):
        gamma, beta = (p if p.ndim == 1 else p[0] for p in (self.gamma, self.beta))
        return gamma * (x - mean) / np.sqrt(var + self.eps) + beta


class TimestepBatchNorm__gamma_per_step(_Layer):
    """gamma and beta were indexed by the time step. They are (d,) and shared by all steps; only the
    statistics have a row per step."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        k = self.row(t) % len(self.gamma)
        return (y - self.beta) / self.gamma * self.gamma[k] + self.beta[k]


class TimestepBatchNorm__divided_by_features(_Layer):
    """In training, the sums over the batch were divided by d, the number of features. Divide by m, the number of rows:
    x.shape[0]."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        if not self.training:
            return y
        mean = x.sum(axis=0) / x.shape[1]
        return self.transform(x, mean, ((x - mean) ** 2).sum(axis=0) / x.shape[1])


class TimestepBatchNorm__over_features(_Layer):
    """In training, each example was normalized over its features (axis 1). Take the statistics over the
    batch."""

    def __call__(self, x, t):
        y = super().__call__(x, t)
        if not self.training:
            return y
        return self.transform(x, x.mean(axis=1, keepdims=True), x.var(axis=1, keepdims=True))


class TimestepBatchNorm__variance_starts_at_zero(_Layer):
    """The running variances started at 0. They start at 1, so that a layer which has seen nothing changes
    nothing."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps, momentum)
        self.running_var = np.zeros((max_steps, num_features))


class TimestepBatchNorm__one_row_of_statistics(_Layer):
    """A new layer has one row of running statistics. It needs max_steps of them: shape (max_steps, d)."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps, momentum)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)


class TimestepBatchNorm__steps_last(_Layer):
    """A new layer has its statistics as (d, max_steps). The time step is the first axis: (max_steps, d)."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps, momentum)
        self.running_mean, self.running_var = self.running_mean.T, self.running_var.T


class TimestepBatchNorm__starts_in_evaluation(_Layer):
    """A new layer was in evaluation. It starts in training."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps, momentum)
        self.training = False


class TimestepBatchNorm__other_name_for_the_mode(_Layer):
    """The attribute training is missing: your layer keeps its mode under another name. Others who use the layer read
    and set training."""

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        super().__init__(num_features, max_steps, eps, momentum)
        del self.training
        self.mode = "train"

    def train(self):
        self.mode = "train"

    def eval(self):
        self.mode = "eval"

    def __call__(self, x, t):
        self.training = self.mode == "train"
        try:
            return super().__call__(x, t)
        finally:
            del self.training


class TimestepBatchNorm__no_way_back(_Layer):
    """After eval(), train() did not bring training back. It has to set the mode to training, whatever it was."""

    def train(self):
        pass


class TimestepBatchNorm__eval_without_effect(_Layer):
    """eval() has no effect: your layer still normalizes as in training. Which attribute does the call look at, and does
    eval() set that one?"""

    def eval(self):
        pass


class TimestepBatchNorm__one_row_accepted(_Layer):
    """A training batch of one row went through. It has no variance with 1/(m-1), and y is beta whatever x is: raise a
    ValueError."""

    def __call__(self, x, t):
        if self.training and len(x) == 1:
            return self.transform(x, x.mean(axis=0), x.var(axis=0))
        return super().__call__(x, t)


class TimestepBatchNorm__one_row_learned(_Layer):
    """The ValueError came after the update: the refused batch of one row is in the running statistics. Look at the
    batch first."""

    def __call__(self, x, t):
        if self.training and len(x) < 2:
            self.blend(self.row(t), x.mean(axis=0), self.running_var[self.row(t)])
        return super().__call__(x, t)


class TimestepBatchNorm__one_row_spoils_the_variance(_Layer):
    """The ValueError came after the update of the running variance: that of one row with 1/(m-1) is 0/0, and the NaN
    stays. Look at the batch first."""

    def __call__(self, x, t):
        if self.training and len(x) < 2:
            self.blend(self.row(t), self.running_mean[self.row(t)], np.nan)
        return super().__call__(x, t)


class TimestepBatchNorm__one_row_shrinks_the_variance(_Layer):
    """The ValueError came after the update of the running variance: it shrank, as if the variance of one row were 0.
    Look at the batch first."""

    def __call__(self, x, t):
        if self.training and len(x) < 2:
            self.blend(self.row(t), self.running_mean[self.row(t)], 0.0)
        return super().__call__(x, t)


class TimestepBatchNorm__assertion(_Layer):
    """An AssertionError came where a ValueError is asked for. `assert` is for tests (Python can switch it off); what
    a caller did wrong is a `raise ValueError(...)`."""

    def __call__(self, x, t):
        assert len(x) > 1 or not self.training, "one row"
        return super().__call__(x, t)


class TimestepBatchNorm__one_row_never(_Layer):
    """A batch of one row was refused in evaluation too. Evaluation needs no batch: raise the ValueError in
    training only."""

    def __call__(self, x, t):
        if len(x) == 1:
            raise ValueError("one row")
        return super().__call__(x, t)


class TimestepBatchNorm__in_place(_Layer):
    """x was changed in place: the caller still needs it. Write `x = x - mean`, which makes a new array."""

    def transform(self, x, mean, var):
        x -= mean
        return self.gamma * x / np.sqrt(var + self.eps) + self.beta


class TimestepBatchNorm__in_place_and_back(_Layer):
    """x was centred in place and the mean was added again at the end. Rounding leaves other last digits in the
    caller's array: work on a new one."""

    def transform(self, x, mean, var):
        x -= mean
        y = self.gamma * x / np.sqrt(var + self.eps) + self.beta
        x += mean
        return y


# ------------------------------------------------------------------ masked_batch_statistics


def _valid(x, mask):
    if not mask.any():
        raise ValueError("no valid entry")
    return x[mask]


def _moments(rows):
    """Mean and variance, NaN (without a warning) where there is no row."""
    mean = rows.sum(axis=0) / len(rows)
    return mean, ((rows - mean) ** 2).sum(axis=0) / len(rows)


def _sequences(x, mask):
    """The valid entries of each sequence, and no empty sequence."""
    return [x[mask[:, i], i] for i in range(x.shape[1]) if mask[:, i].any()]


def _steps(x, mask):
    """The valid entries of each time step, and no empty step."""
    return [x[t][mask[t]] for t in range(len(x)) if mask[t].any()]


def _averaged(moments):
    means, variances = zip(*moments, strict=True)
    return np.mean(means, axis=0), np.mean(variances, axis=0)


def _zeroed(x, mask):
    return np.where(mask[:, :, None], x, 0.0)


def masked_batch_statistics__times_mask(x, mask):
    """x was multiplied by the mask to silence the padding, but 0 * NaN is NaN. Choose the valid entries
    (indexing, or np.where) instead of multiplying."""
    count = len(_valid(x, mask))
    w = mask[:, :, None]
    mean = (x * w).sum(axis=(0, 1)) / count
    return mean, ((x - mean) ** 2 * w).sum(axis=(0, 1)) / count


def masked_batch_statistics__mask_not_used_for_nan(x, mask):
    """The padding was looked for by its NaN, not by the mask. Padding may hold any number: only the mask
    tells what counts."""
    _valid(x, mask)
    return np.nanmean(x, axis=(0, 1)), np.nanvar(x, axis=(0, 1))


def masked_batch_statistics__zero_is_padding(x, mask):
    """The padding was looked for by the value 0. Padding may hold any number, and an entry may be 0: only the
    mask tells what counts."""
    _valid(x, mask)
    flat = x.reshape(-1, x.shape[2])
    kept = flat[(flat != 0).any(axis=1)]
    return kept.mean(axis=0), kept.var(axis=0)


def masked_batch_statistics__lengths(x, mask):
    """The mask was turned into lengths, and that many steps were taken from the start. A mask may have holes or begin
    late: use it entry by entry."""
    _valid(x, mask)
    kept = np.concatenate([x[:k, i] for i, k in enumerate(mask.sum(axis=0))])
    return kept.mean(axis=0), kept.var(axis=0)


def masked_batch_statistics__one_pass_variance(x, mask):
    """The variance was computed as the mean of the squares minus the square of the mean. For features far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""
    valid = _valid(x, mask)
    return valid.mean(axis=0), (valid**2).mean(axis=0) - valid.mean(axis=0) ** 2


def masked_batch_statistics__epsilon(x, mask):
    """A small number (1e-5) was added to the variance. There is no epsilon in this formula; it is added where
    something is divided by the root."""
    valid = _valid(x, mask)
    return valid.mean(axis=0), valid.var(axis=0) + 1e-5


def masked_batch_statistics__float32(x, mask):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    valid = _valid(x, mask)
    return valid.mean(axis=0).astype(np.float32), valid.var(axis=0).astype(np.float32)


def masked_batch_statistics__ddof(x, mask):
    """The variance was divided by count - 1; divide by the number of valid entries."""
    valid = _valid(x, mask)
    return valid.mean(axis=0), valid.var(axis=0, ddof=1)


def masked_batch_statistics__variance_without_mask(x, mask):
    """The mask was forgotten in the variance: the squared deviations of the padding were summed too. Use the
    mask in both sums."""
    valid = _valid(x, mask)
    mean = valid.mean(axis=0)
    return mean, ((x - mean) ** 2).sum(axis=(0, 1)) / len(valid)


def masked_batch_statistics__variance_of_everything(x, mask):
    """The variance is that of all entries, padding included. Use the mask in the variance as in the mean."""
    return _valid(x, mask).mean(axis=0), x.var(axis=(0, 1))


def masked_batch_statistics__deviations_of_zeros(x, mask):
    """The padding was set to 0 before the mean was subtracted, so each padded entry added mean**2 to the
    variance. Leave the padding out of the squared deviations."""
    valid = _valid(x, mask)
    mean = valid.mean(axis=0)
    return mean, ((_zeroed(x, mask) - mean) ** 2).sum(axis=(0, 1)) / len(valid)


def masked_batch_statistics__variance_divided_by_all(x, mask):
    """The sum of the variance was divided by T * m. Divide it by the number of valid entries, as the mean."""
    valid = _valid(x, mask)
    mean = valid.mean(axis=0)
    return mean, ((valid - mean) ** 2).sum(axis=0) / mask.size


def masked_batch_statistics__divided_by_all(x, mask):
    """The padding was left out of the sums, but counted: they were divided by T * m. Divide by the number of
    valid entries."""
    valid = _valid(x, mask)
    mean = valid.sum(axis=0) / mask.size
    return mean, ((valid - mean) ** 2).sum(axis=0) / mask.size


def masked_batch_statistics__zeros_counted(x, mask):
    """The padding was set to 0 and then counted like the rest. It has to be left out of both sums and of the
    count."""
    _valid(x, mask)
    z = _zeroed(x, mask)
    return z.mean(axis=(0, 1)), z.var(axis=(0, 1))


def masked_batch_statistics__mask_ignored(x, mask):
    """The mask was not used: your function counts the padding like everything else."""
    _valid(x, mask)
    return x.mean(axis=(0, 1)), x.var(axis=(0, 1))


def masked_batch_statistics__mean_of_sequences(x, mask):
    """The means of the sequences were averaged, so that an entry of a short sequence weighs more. Each valid
    entry counts once: one sum over all, one count."""
    _valid(x, mask)
    z, counts = _zeroed(x, mask), mask.sum(axis=0)[:, None]
    mean = (z.sum(axis=0) / counts).mean(axis=0)
    squares = np.where(mask[:, :, None], (z - mean) ** 2, 0.0)
    return mean, (squares.sum(axis=0) / counts).mean(axis=0)


def masked_batch_statistics__mean_from_sequences(x, mask):
    """The mean is the average of the sequences' means, so that an entry of a short sequence weighs more there. Each
    valid entry counts once: one sum over all, one count."""
    valid = _valid(x, mask)
    mean = (_zeroed(x, mask).sum(axis=0) / mask.sum(axis=0)[:, None]).mean(axis=0)
    return mean, ((valid - mean) ** 2).mean(axis=0)


def masked_batch_statistics__mean_from_steps(x, mask):
    """The mean is the average of the time steps' means, so that an entry of a late step, where few sequences are left,
    weighs more there. Each valid entry counts once: one sum over all, one count."""
    valid = _valid(x, mask)
    mean = (_zeroed(x, mask).sum(axis=1) / mask.sum(axis=1)[:, None]).mean(axis=0)
    return mean, ((valid - mean) ** 2).mean(axis=0)


def masked_batch_statistics__sum_of_squares(x, mask):
    """The squared deviations were summed and not divided by their number: the variance is their mean."""
    valid = _valid(x, mask)
    return valid.mean(axis=0), ((valid - valid.mean(axis=0)) ** 2).sum(axis=0)


def masked_batch_statistics__sequences_by_themselves(x, mask):
    """The mean and the variance of each sequence were computed and then averaged. How far the sequences lie
    apart belongs to the variance too: take all valid entries at once."""
    _valid(x, mask)
    means, variances = zip(*(_moments(x[mask[:, i], i]) for i in range(x.shape[1])), strict=True)
    return np.mean(means, axis=0), np.mean(variances, axis=0)


def masked_batch_statistics__mean_of_steps(x, mask):
    """The means of the time steps were averaged, so that an entry of a late step, where few sequences are
    left, weighs more. Each valid entry counts once."""
    _valid(x, mask)
    z, counts = _zeroed(x, mask), mask.sum(axis=1)[:, None]
    mean = (z.sum(axis=1) / counts).mean(axis=0)
    squares = np.where(mask[:, :, None], (z - mean) ** 2, 0.0)
    return mean, (squares.sum(axis=1) / counts).mean(axis=0)


def masked_batch_statistics__steps_by_themselves(x, mask):
    """The mean and the variance of each time step were computed and then averaged. Each valid entry counts once, and
    how far the steps lie apart belongs to the variance too: take all valid entries at once."""
    _valid(x, mask)
    return _averaged(_moments(x[t][mask[t]]) for t in range(len(x)))


def masked_batch_statistics__sequences_by_themselves_but_empty_ones(x, mask):
    """The mean and the variance of each sequence that is not empty were computed and then averaged. Each valid entry
    counts once, and how far the sequences lie apart belongs to the variance too: take all valid entries at once."""
    _valid(x, mask)
    return _averaged(map(_moments, _sequences(x, mask)))


def masked_batch_statistics__steps_by_themselves_but_empty_ones(x, mask):
    """The mean and the variance of each time step that is not empty were computed and then averaged. Each valid entry
    counts once, and how far the steps lie apart belongs to the variance too: take all valid entries at once."""
    _valid(x, mask)
    return _averaged(map(_moments, _steps(x, mask)))


def masked_batch_statistics__mean_from_sequences_but_empty_ones(x, mask):
    """The mean is the average of the means of the sequences that are not empty, so that an entry of a short sequence
    weighs more there. Each valid entry counts once: one sum over all, one count."""
    valid = _valid(x, mask)
    mean = np.mean([part.mean(axis=0) for part in _sequences(x, mask)], axis=0)
    return mean, ((valid - mean) ** 2).mean(axis=0)


def masked_batch_statistics__mean_from_steps_but_empty_ones(x, mask):
    """The mean is the average of the means of the time steps that are not empty, so that an entry of a late step, where
    few sequences are left, weighs more there. Each valid entry counts once: one sum over all, one count."""
    valid = _valid(x, mask)
    mean = np.mean([part.mean(axis=0) for part in _steps(x, mask)], axis=0)
    return mean, ((valid - mean) ** 2).mean(axis=0)


def masked_batch_statistics__mean_of_sequences_but_empty_ones(x, mask):
    """The means of the sequences that are not empty were averaged, and so were their mean squared deviations: an entry
    of a short sequence weighs more. Each valid entry counts once: one sum over all, one count."""
    _valid(x, mask)
    mean = np.mean([part.mean(axis=0) for part in _sequences(x, mask)], axis=0)
    return mean, np.mean([((part - mean) ** 2).mean(axis=0) for part in _sequences(x, mask)], axis=0)


def masked_batch_statistics__mean_of_steps_but_empty_ones(x, mask):
    """The means of the time steps that are not empty were averaged, and so were their mean squared deviations: an entry
    of a late step, where few sequences are left, weighs more. Each valid entry counts once."""
    _valid(x, mask)
    mean = np.mean([part.mean(axis=0) for part in _steps(x, mask)], axis=0)
    return mean, np.mean([((part - mean) ** 2).mean(axis=0) for part in _steps(x, mask)], axis=0)


def masked_batch_statistics__variances_of_sequences_averaged(x, mask):
    """The variances of the sequences were averaged, each alike. How far the sequences lie apart belongs to the variance
    too: take the deviations of all valid entries from the one mean."""
    return _valid(x, mask).mean(axis=0), np.mean([part.var(axis=0) for part in _sequences(x, mask)], axis=0)


def masked_batch_statistics__variances_of_steps_averaged(x, mask):
    """The variances of the time steps were averaged, each alike. How far the steps lie apart belongs to the variance
    too: take the deviations of all valid entries from the one mean."""
    return _valid(x, mask).mean(axis=0), np.mean([part.var(axis=0) for part in _steps(x, mask)], axis=0)


def masked_batch_statistics__within_only(x, mask):
    """The variance holds only how the entries spread within their sequence; the distance between the
    sequences' means is missing. Take the deviations from the one mean of all."""
    valid = _valid(x, mask)
    within = sum(
        ((p - p.mean(axis=0)) ** 2).sum(axis=0) for p in (x[mask[:, i], i] for i in range(x.shape[1])) if len(p)
    )
    return valid.mean(axis=0), within / len(valid)


def masked_batch_statistics__within_only_steps(x, mask):
    """The variance holds only how the entries spread within their time step; the distance between the steps' means is
    missing. Take the deviations from the one mean of all."""
    valid = _valid(x, mask)
    return valid.mean(axis=0), sum(len(part) * part.var(axis=0) for part in _steps(x, mask)) / len(valid)


def masked_batch_statistics__one_number(x, mask):
    """The features were pooled: every feature has its own mean and variance, both of shape (d,)."""
    valid, d = _valid(x, mask), x.shape[2]
    return np.full(d, valid.mean()), np.full(d, valid.var())


def masked_batch_statistics__per_step(x, mask):
    """One mean per time step came out, shape (T, d). The statistics are over all steps and sequences: shape
    (d,)."""
    _valid(x, mask)
    z, counts = _zeroed(x, mask), mask.sum(axis=1)[:, None]
    mean = z.sum(axis=1) / counts
    squares = np.where(mask[:, :, None], (z - mean[:, None]) ** 2, 0.0)
    return mean, squares.sum(axis=1) / counts


def masked_batch_statistics__features_counted(x, mask):
    """The count was d times too large: the mask was counted for every feature. Each feature has mask.sum()
    valid entries."""
    valid = _valid(x, mask)
    count = valid.size
    mean = valid.sum(axis=0) / count
    return mean, ((valid - mean) ** 2).sum(axis=0) / count


def masked_batch_statistics__inverted(x, mask):
    """The statistics are those of the padding. The mask is True where an entry is valid."""
    _valid(x, mask)
    return x[~mask].mean(axis=0), x[~mask].var(axis=0)


def masked_batch_statistics__mask_transposed(x, mask):
    """The mask was used transposed where its shape allows it. It is (T, m), time first, like x."""
    valid = _valid(x, mask.T if mask.shape[0] == mask.shape[1] else mask)
    return valid.mean(axis=0), valid.var(axis=0)


def masked_batch_statistics__standard_deviation(x, mask):
    """The standard deviation came out; the variance was asked for, without the root."""
    valid = _valid(x, mask)
    return valid.mean(axis=0), valid.std(axis=0)


def masked_batch_statistics__mean_of_squares(x, mask):
    """The mean of the squares came out as variance. Subtract the mean before squaring (or its square
    after)."""
    valid = _valid(x, mask)
    return valid.mean(axis=0), (valid**2).mean(axis=0)


def masked_batch_statistics__swapped(x, mask):
    """The results came in the wrong order: return the mean first, then the variance."""
    valid = _valid(x, mask)
    return valid.var(axis=0), valid.mean(axis=0)


def masked_batch_statistics__no_error(x, mask):
    """Where no entry is valid, NaN came out. Nothing can be said there: raise a ValueError."""
    return _moments(x[mask])


def masked_batch_statistics__assertion(x, mask):
    """An AssertionError came where a ValueError is asked for. `assert` is for tests (Python can switch it off); what
    a caller did wrong is a `raise ValueError(...)`."""
    assert mask.any(), "no valid entry"
    return _moments(x[mask])


def masked_batch_statistics__count_at_least_one(x, mask):
    """Where no entry is valid, zeros came out, as if they had been measured. Nothing can be said there: raise
    a ValueError."""
    valid, count = x[mask], max(mask.sum(), 1)
    mean = valid.sum(axis=0) / count
    return mean, ((valid - mean) ** 2).sum(axis=0) / count


def masked_batch_statistics__padding_overwritten(x, mask):
    """The padding was overwritten in x itself: the caller may still need it. Make a new array with np.where, or choose
    with x[mask]."""
    valid = _valid(x, mask)
    x[~mask] = 0
    return valid.mean(axis=0), valid.var(axis=0)


# ------------------------------------------------------------------ layernorm_forward


def _ln(x, gamma, beta, eps, axis=1, ddof=0):
    centred = x - x.mean(axis=axis, keepdims=True)
    inv_std = 1 / np.sqrt(x.var(axis=axis, keepdims=True, ddof=ddof) + eps)
    x_hat = centred * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def _scaled(x, gamma, beta, inv_std):
    """Layer normalization with another inv_std."""
    x_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__eps_on_std(x, gamma, beta, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root: try a row
    whose variance is as small as eps."""
    inv_std = 1 / (x.std(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__eps_missing(x, gamma, beta, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens to an example whose features are all the same?"""
    return _ln(x, gamma, beta, 0.0)


def layernorm_forward__eps_fixed(x, gamma, beta, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return _ln(x, gamma, beta, 1e-5)


def layernorm_forward__eps_fixed_small(x, gamma, beta, eps=1e-5):
    """Your function uses 1e-8 for epsilon, whatever the caller asks for: use the argument, not a number."""
    return _ln(x, gamma, beta, 1e-8)


def layernorm_forward__eps_as_floor(x, gamma, beta, eps=1e-5):
    """Epsilon was used as a floor: max(var, eps). It is added to every variance: sqrt(var + eps)."""
    return _scaled(x, gamma, beta, 1 / np.sqrt(np.maximum(x.var(axis=1, keepdims=True), eps)))


def layernorm_forward__eps_twice(x, gamma, beta, eps=1e-5):
    """Epsilon was added twice. Once is enough, to the variance under the root."""
    return _ln(x, gamma, beta, 2 * eps)


def layernorm_forward__eps_on_the_root_too(x, gamma, beta, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    return _scaled(x, gamma, beta, 1 / (np.sqrt(x.var(axis=1, keepdims=True) + eps) + eps))


def layernorm_forward__eps_only_in_inv_std(x, gamma, beta, eps=1e-5):
    """Epsilon is in inv_std but not in what y was divided by: the rows were divided by the plain standard deviation.
    Multiply by the very inv_std that you keep."""
    y, (x_hat, _, _) = _ln(x, gamma, beta, 0.0)
    return y, (x_hat, gamma, 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps))


def layernorm_forward__one_pass_variance(x, gamma, beta, eps=1e-5):
    """The variance was computed as the mean of the squares minus the square of the mean. For features far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""
    var = (x**2).mean(axis=1, keepdims=True) - x.mean(axis=1, keepdims=True) ** 2
    return _scaled(x, gamma, beta, 1 / np.sqrt(var + np.asarray(eps, x.dtype)))


def layernorm_forward__float32(x, gamma, beta, eps=1e-5):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    y, cache = _ln(x, gamma, beta, eps)
    return y.astype(np.float32), tuple(part.astype(np.float32) for part in cache)


def layernorm_forward__clipped(x, gamma, beta, eps=1e-5):
    """The output was cut off at 20, on both sides. Nothing is clipped here: an outlier stays one."""
    y, cache = _ln(x, gamma, beta, eps)
    return np.clip(y, -20, 20), cache


def layernorm_forward__clipped_at_six(x, gamma, beta, eps=1e-5):
    """The output was cut off at 6, on both sides. Nothing is clipped here: an outlier stays one."""
    y, cache = _ln(x, gamma, beta, eps)
    return np.clip(y, -6, 6), cache


def layernorm_forward__x_hat_clipped(x, gamma, beta, eps=1e-5):
    """x_hat was cut off at 6, on both sides. Nothing is clipped here: an outlier stays one."""
    _, (x_hat, _, inv_std) = _ln(x, gamma, beta, eps)
    x_hat = np.clip(x_hat, -6, 6)
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__inv_std_by_division(x, gamma, beta, eps=1e-5):
    """inv_std was recovered by dividing x_hat by the centred x. Where a feature lies at the mean of its row, that is
    0/0: keep the inv_std that you multiplied by."""
    y, (x_hat, _, _) = _ln(x, gamma, beta, eps)
    with np.errstate(all="ignore"):
        return y, (x_hat, gamma, (x_hat / (x - x.mean(axis=1, keepdims=True)))[:, :1])


def layernorm_forward__x_hat_by_division(x, gamma, beta, eps=1e-5):
    """The x_hat in the cache was recovered from y, as (y - beta) / gamma. Where gamma is 0, that is 0/0: keep the x_hat
    that you multiplied by gamma."""
    y, (_, _, inv_std) = _ln(x, gamma, beta, eps)
    with np.errstate(all="ignore"):
        return y, ((y - beta) / gamma, gamma, inv_std)


def layernorm_forward__eps_squared(x, gamma, beta, eps=1e-5):
    """Epsilon entered squared. It is added to the variance as it is: sqrt(var + eps)."""
    return _ln(x, gamma, beta, eps**2)


def layernorm_forward__ddof(x, gamma, beta, eps=1e-5):
    """The variance was divided by d - 1; divide by d when you normalize."""
    return _ln(x, gamma, beta, eps, ddof=1)


def layernorm_forward__divided_by_rows(x, gamma, beta, eps=1e-5):
    """The sums over a row were divided by m, the number of rows. Divide by d, the number of features: x.shape[1]."""
    mean = x.sum(axis=1, keepdims=True) / len(x)
    inv_std = 1 / np.sqrt(((x - mean) ** 2).sum(axis=1, keepdims=True) / len(x) + eps)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__sum_of_squares(x, gamma, beta, eps=1e-5):
    """The squared deviations were summed and not divided by d: the variance is their mean."""
    return _scaled(x, gamma, beta, 1 / np.sqrt(x.var(axis=1, keepdims=True) * x.shape[1] + eps))


def layernorm_forward__variance_squared(x, gamma, beta, eps=1e-5):
    """The variance was squared under the root, sqrt(var**2 + eps). It is a square already: sqrt(var + eps)."""
    return _scaled(x, gamma, beta, 1 / np.sqrt(x.var(axis=1, keepdims=True) ** 2 + eps))


def layernorm_forward__only_the_mean_divided(x, gamma, beta, eps=1e-5):
    """Only the mean was divided by the standard deviation: `x - mean / std` divides first. Put brackets around the
    difference."""
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = x - x.mean(axis=1, keepdims=True) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__inv_std_flat(x, gamma, beta, eps=1e-5):
    """The cache holds inv_std as (m,), which the backward pass could not broadcast over the rows. Keep the
    shape (m, 1)."""
    y, (x_hat, gamma, inv_std) = _ln(x, gamma, beta, eps)
    return y, (x_hat, gamma, inv_std[:, 0])


def layernorm_forward__cache_has_std(x, gamma, beta, eps=1e-5):
    """The cache's last part is the standard deviation; it should be one over that, inv_std."""
    y, (x_hat, gamma, inv_std) = _ln(x, gamma, beta, eps)
    return y, (x_hat, gamma, 1 / inv_std)


def layernorm_forward__cache_without_eps(x, gamma, beta, eps=1e-5):
    """inv_std in the cache was computed anew and without epsilon. Keep the number that the rows were
    multiplied by."""
    y, (x_hat, gamma, _) = _ln(x, gamma, beta, eps)
    return y, (x_hat, gamma, 1 / x.std(axis=1, keepdims=True))


def layernorm_forward__cache_has_centred(x, gamma, beta, eps=1e-5):
    """The cache's first part is x - mean; it should be x_hat, which is also divided by the standard deviation."""
    y, (_, gamma, inv_std) = _ln(x, gamma, beta, eps)
    return y, (x - x.mean(axis=1, keepdims=True), gamma, inv_std)


def layernorm_forward__cache_has_x(x, gamma, beta, eps=1e-5):
    """The cache's first part is x itself; it should be x_hat, the normalized rows."""
    y, (_, gamma, inv_std) = _ln(x, gamma, beta, eps)
    return y, (x.copy(), gamma, inv_std)


def layernorm_forward__cache_has_y(x, gamma, beta, eps=1e-5):
    """The cache's first part is the output; it should be x_hat, before gamma and beta."""
    y, (_, gamma, inv_std) = _ln(x, gamma, beta, eps)
    return y, (y, gamma, inv_std)


def layernorm_forward__cache_order(x, gamma, beta, eps=1e-5):
    """The cache holds the right parts in the wrong order: it should be (x_hat, gamma, inv_std)."""
    y, (x_hat, gamma, inv_std) = _ln(x, gamma, beta, eps)
    return y, (x_hat, inv_std, gamma)


def layernorm_forward__cache_gamma_first(x, gamma, beta, eps=1e-5):
    """The cache begins with gamma: its order is (x_hat, gamma, inv_std)."""
    y, (x_hat, gamma, inv_std) = _ln(x, gamma, beta, eps)
    return y, (gamma, x_hat, inv_std)


def layernorm_forward__cache_flat(x, gamma, beta, eps=1e-5):
    """The cache is not a tuple of its own: four results came back. Return y and one tuple,
    `y, (x_hat, gamma, inv_std)`."""
    y, cache = _ln(x, gamma, beta, eps)
    return y, *cache


def layernorm_forward__no_mean(x, gamma, beta, eps=1e-5):
    """The mean was not subtracted, and the rows were divided by the root of their mean square: that is RMS
    normalization. Layer normalization centres first."""
    inv_std = 1 / np.sqrt((x**2).mean(axis=1, keepdims=True) + eps)
    return gamma * x * inv_std + beta, (x * inv_std, gamma, inv_std)


def layernorm_forward__not_centred(x, gamma, beta, eps=1e-5):
    """The mean was not subtracted: the rows were only divided by their standard deviation."""
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    return gamma * x * inv_std + beta, (x * inv_std, gamma, inv_std)


def layernorm_forward__only_centred(x, gamma, beta, eps=1e-5):
    """The mean was subtracted, but nothing was divided: the rows keep their spread."""
    centred = x - x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    return gamma * centred + beta, (centred, gamma, inv_std)


def layernorm_forward__over_the_batch(x, gamma, beta, eps=1e-5):
    """The statistics were taken over the batch (axis 0): that is Batch Normalization. Here each row has its
    own mean and variance."""
    return _ln(x, gamma, beta, eps, axis=0)


def layernorm_forward__over_the_batch_flat(x, gamma, beta, eps=1e-5):
    """The statistics were taken over the batch (axis 0) and have the shape (d,): that is Batch Normalization. Here each
    row has its own mean and variance, of shape (m, 1)."""
    y, (x_hat, gamma, inv_std) = _ln(x, gamma, beta, eps, axis=0)
    return y, (x_hat, gamma, inv_std[0])


def layernorm_forward__all_axes(x, gamma, beta, eps=1e-5):
    """One mean and one variance were used for the whole batch. Each row has its own: keep axis 0."""
    return _ln(x, gamma, beta, eps, axis=(0, 1))


def layernorm_forward__batch_mean(x, gamma, beta, eps=1e-5):
    """The variance is that of each row, but the mean is that of each feature. Both are taken over axis 1."""
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__batch_variance(x, gamma, beta, eps=1e-5):
    """The mean is that of each row, but the variance is that of each feature. Both are taken over axis 1."""
    inv_std = 1 / np.sqrt(x.var(axis=0, keepdims=True) + eps)
    return _scaled(x, gamma, beta, inv_std)


def layernorm_forward__keepdims_missing(x, gamma, beta, eps=1e-5):
    """Where m equals d, the mean (m,) was subtracted from the columns instead of the rows: lined up from the
    right, (m,) meets d. keepdims=True gives (m, 1)."""
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=x.shape[0] != x.shape[1])) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__gamma_per_row(x, gamma, beta, eps=1e-5):
    """gamma and beta were lined up with the rows where m equals d. They belong to the features: (d,) lines up
    with axis 1 by itself."""
    if x.shape[0] != x.shape[1]:
        return _ln(x, gamma, beta, eps)
    _, (x_hat, _, inv_std) = _ln(x, gamma, beta, eps)
    return gamma[:, None] * x_hat + beta[:, None], (x_hat, gamma, inv_std)


def layernorm_forward__no_root(x, gamma, beta, eps=1e-5):
    """You divided by the variance; the root is missing."""
    inv_std = 1 / (x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_forward__shift_before_scale(x, gamma, beta, eps=1e-5):
    """The shift was added before the scaling. Scale first, then shift."""
    _, cache = _ln(x, gamma, beta, eps)
    return gamma * (cache[0] + beta), cache


def layernorm_forward__gamma_beta_swapped(x, gamma, beta, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    _, cache = _ln(x, gamma, beta, eps)
    return beta * cache[0] + gamma, cache


def layernorm_forward__affine_first(x, gamma, beta, eps=1e-5):
    """x was scaled and shifted before it was normalized. Normalize first; gamma and beta come last."""
    y, (_, _, inv_std) = _ln(gamma * x + beta, 1.0, 0.0, eps)
    return y, (y, gamma, inv_std)


def layernorm_forward__no_affine(x, gamma, beta, eps=1e-5):
    """gamma and beta are not used in y: the normalized rows are scaled and shifted, feature by feature."""
    _, cache = _ln(x, gamma, beta, eps)
    return cache[0], cache


def layernorm_forward__not_normalized(x, gamma, beta, eps=1e-5):
    """x itself was scaled and shifted: y is gamma * x_hat + beta."""
    _, cache = _ln(x, gamma, beta, eps)
    return gamma * x + beta, cache


def layernorm_forward__one_plus_gamma(x, gamma, beta, eps=1e-5):
    """1 was added to gamma, as in language models that store gamma - 1. Here gamma is the scale itself."""
    _, cache = _ln(x, gamma, beta, eps)
    return (1 + gamma) * cache[0] + beta, cache


def layernorm_forward__in_place(x, gamma, beta, eps=1e-5):
    """x was changed in place: the caller still needs it. Write `x = x - mean`, which makes a new array."""
    x -= x.mean(axis=1, keepdims=True)
    return _ln(x, gamma, beta, eps)


def layernorm_forward__float64_inside(x, gamma, beta, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and
    np.ones are, unless told their dtype)."""
    return _ln(x + np.zeros(x.shape[1]), gamma, beta, eps)


def layernorm_forward__in_place_and_back(x, gamma, beta, eps=1e-5):
    """x was centred in place and the mean was added again at the end. Rounding leaves other last digits in the
    caller's array: work on a new one."""
    mean = x.mean(axis=1, keepdims=True)
    x -= mean
    result = _ln(x, gamma, beta, eps)
    x += mean
    return result


# ------------------------------------------------------------------ layernorm_backward


def _back(dx_hat, x_hat, inv_std, axis=1):
    """The projection, with means over an axis."""
    a = dx_hat.mean(axis=axis, keepdims=True)
    b = (dx_hat * x_hat).mean(axis=axis, keepdims=True)
    return inv_std * (dx_hat - a - x_hat * b)


def _sums(dy, x_hat):
    return (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__gamma_pulled_out(dy, cache):
    """dx was multiplied by gamma at the end, or gamma and inv_std changed places when the cache was unpacked. Along a
    row gamma differs from feature to feature, so it can't leave the means over the row: form dy * gamma first."""
    x_hat, gamma, inv_std = cache
    return gamma * _back(dy, x_hat, inv_std), *_sums(dy, x_hat)


def _with_cache(dy, x_hat, gamma, inv_std):
    """The right formula for parts of the cache under whatever names."""
    return _back(gamma * dy, x_hat, inv_std), *_sums(dy, x_hat)


def layernorm_backward__unpacked_gamma_first(dy, cache):
    """The cache was unpacked as gamma, x_hat, inv_std. Its order is (x_hat, gamma, inv_std)."""
    x_hat, gamma, inv_std = cache
    return _with_cache(dy, x_hat=gamma, gamma=x_hat, inv_std=inv_std)


def layernorm_backward__unpacked_backwards(dy, cache):
    """The cache was unpacked as inv_std, gamma, x_hat. Its order is (x_hat, gamma, inv_std)."""
    x_hat, gamma, inv_std = cache
    return _with_cache(dy, x_hat=inv_std, gamma=gamma, inv_std=x_hat)


def layernorm_backward__unpacked_x_hat_last(dy, cache):
    """The cache was unpacked as gamma, inv_std, x_hat. Its order is (x_hat, gamma, inv_std)."""
    x_hat, gamma, inv_std = cache
    return _with_cache(dy, x_hat=inv_std, gamma=x_hat, inv_std=gamma)


def layernorm_backward__unpacked_inv_std_first(dy, cache):
    """The cache was unpacked as inv_std, x_hat, gamma. Its order is (x_hat, gamma, inv_std)."""
    x_hat, gamma, inv_std = cache
    return _with_cache(dy, x_hat=gamma, gamma=inv_std, inv_std=x_hat)


def layernorm_backward__dy_in_the_mean(dy, cache):
    """In the path through the mean, dy was averaged. Average dx_hat = gamma * dy instead."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    b = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - dy.mean(axis=1, keepdims=True) - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__dy_in_the_product(dy, cache):
    """In the path through the variance, dy * x_hat was averaged. Average dx_hat * x_hat instead, with dx_hat = gamma *
    dy."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    b = (dy * x_hat).mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - dx_hat.mean(axis=1, keepdims=True) - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__float32(dy, cache):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    return tuple(part.astype(np.float32) for part in _with_cache(dy, *cache))


def layernorm_backward__gamma_missing(dy, cache):
    """gamma is missing in dx: the gradient with respect to x_hat is dy * gamma."""
    x_hat, _, inv_std = cache
    return _back(dy, x_hat, inv_std), *_sums(dy, x_hat)


def layernorm_backward__gamma_twice(dy, cache):
    """dx was multiplied by gamma twice, in dx_hat and again at the end. Once is enough."""
    x_hat, gamma, inv_std = cache
    return gamma * _back(gamma * dy, x_hat, inv_std), *_sums(dy, x_hat)


def layernorm_backward__m_for_d(dy, cache):
    """The sums over a row were divided by m, the number of rows. Divide by what was averaged over in the
    forward pass: d features."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    m = len(dy)
    a = dx_hat.sum(axis=1, keepdims=True) / m
    b = (dx_hat * x_hat).sum(axis=1, keepdims=True) / m
    return inv_std * (dx_hat - a - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__m_in_the_compact_form(dy, cache):
    """m stands where d belongs in the compact form, inv_std / d * (d * dx_hat - ...): d is the number of
    features that were averaged over."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    m = len(dy)
    a = dx_hat.sum(axis=1, keepdims=True)
    b = (dx_hat * x_hat).sum(axis=1, keepdims=True)
    return inv_std / m * (dy.shape[1] * dx_hat - a - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__over_the_batch(dy, cache):
    """The means were taken over the batch (axis 0), as for Batch Normalization. Take them over what the
    forward pass averaged: the features, axis 1."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std, axis=0), *_sums(dy, x_hat)


def layernorm_backward__all_axes(dy, cache):
    """The means were taken over the whole batch. Each row has its own: axis 1."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std, axis=(0, 1)), *_sums(dy, x_hat)


def layernorm_backward__no_mean_path(dy, cache):
    """The path through the mean is missing: the rows of dx don't sum to 0."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    b = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__no_variance_path(dy, cache):
    """The path through the variance, the term with x_hat, is missing or comes out as 0. mean(dx_hat) * mean(x_hat) is
    0: take the mean of the product dx_hat * x_hat."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    return inv_std * (dx_hat - dx_hat.mean(axis=1, keepdims=True)), *_sums(dy, x_hat)


def layernorm_backward__constant_statistics(dy, cache):
    """Mean and variance were treated as constants. They are made of the row itself, so dx has three paths:
    direct, through the mean, through the variance."""
    x_hat, gamma, inv_std = cache
    return inv_std * gamma * dy, *_sums(dy, x_hat)


def layernorm_backward__sums_for_means(dy, cache):
    """The two sums over the row lack their 1/d."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    a = dx_hat.sum(axis=1, keepdims=True)
    b = (dx_hat * x_hat).sum(axis=1, keepdims=True)
    return inv_std * (dx_hat - a - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__sum_in_the_mean_path(dy, cache):
    """The sum of dx_hat over the row lacks its 1/d."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    a = dx_hat.sum(axis=1, keepdims=True)
    b = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - a - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__sum_in_the_variance_path(dy, cache):
    """The sum of dx_hat * x_hat over the row lacks its 1/d."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    b = (dx_hat * x_hat).sum(axis=1, keepdims=True)
    return inv_std * (dx_hat - dx_hat.mean(axis=1, keepdims=True) - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__diagonal_only(dy, cache):
    """Only the diagonal of the Jacobian was used: how an entry acts on its own output. It acts on all outputs of its
    row, through the mean and the variance: the means over the row are of all of dx_hat."""
    x_hat, gamma, inv_std = cache
    d = dy.shape[1]
    return inv_std * gamma * dy * (1 - 1 / d - x_hat**2 / d), *_sums(dy, x_hat)


def layernorm_backward__d_times_too_large(dy, cache):
    """dx is d times too large: the 1/d in front of the compact form is missing."""
    x_hat, gamma, inv_std = cache
    return dy.shape[1] * _back(gamma * dy, x_hat, inv_std), *_sums(dy, x_hat)


def layernorm_backward__d_minus_one(dy, cache):
    """The sums over the row were divided by d - 1. The forward pass used 1/d; differentiate what was
    computed."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    d = dy.shape[1] - 1
    a = dx_hat.mean(axis=1, keepdims=True)
    b = (dx_hat * x_hat).sum(axis=1, keepdims=True) / d
    return inv_std * (dx_hat - a - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__variance_sign(dy, cache):
    """The sign of the path through the variance is wrong: a larger variance makes x_hat smaller, so the term
    with x_hat is subtracted."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    b = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return _back(dx_hat, x_hat, inv_std) + 2 * inv_std * x_hat * b, *_sums(dy, x_hat)


def layernorm_backward__mean_sign(dy, cache):
    """The sign of the path through the mean is wrong: the mean of dx_hat is subtracted."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    a = dx_hat.mean(axis=1, keepdims=True)
    return _back(dx_hat, x_hat, inv_std) + 2 * inv_std * a, *_sums(dy, x_hat)


def layernorm_backward__half_of_the_variance_path(dy, cache):
    """The path through the variance has half its size: the derivative of a square has a factor 2, which
    cancels the 1/2 of the root."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    b = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return _back(dx_hat, x_hat, inv_std) + 0.5 * inv_std * x_hat * b, *_sums(dy, x_hat)


def layernorm_backward__x_hat_forgotten(dy, cache):
    """In the last term, mean(dx_hat * x_hat) was subtracted evenly from all features. Multiply it by x_hat first."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    a = dx_hat.mean(axis=1, keepdims=True)
    b = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - a - b), *_sums(dy, x_hat)


def layernorm_backward__product_of_means(dy, cache):
    """In the last term, the mean of the product dx_hat * x_hat is needed; yours multiplies x_hat by itself
    and the mean of dx_hat."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    a = dx_hat.mean(axis=1, keepdims=True)
    return inv_std * (dx_hat - a - x_hat**2 * a), *_sums(dy, x_hat)


def layernorm_backward__inv_std_missing(dy, cache):
    """inv_std is missing in dx: the rows of x were divided by their standard deviation, and so are their gradients."""
    x_hat, gamma, _ = cache
    return _back(gamma * dy, x_hat, 1.0), *_sums(dy, x_hat)


def layernorm_backward__inv_std_as_std(dy, cache):
    """The division is by inv_std, which is one over the standard deviation already: multiply."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, 1 / inv_std), *_sums(dy, x_hat)


def layernorm_backward__inv_std_squared(dy, cache):
    """dx was multiplied by inv_std twice. Once is enough."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std**2), *_sums(dy, x_hat)


def layernorm_backward__variance_taken_as_one(dy, cache):
    """x_hat was taken to have variance exactly 1. It has var / (var + eps): don't divide by it, the cache
    holds all that is needed."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    a = dx_hat.mean(axis=1, keepdims=True)
    b = (dx_hat * x_hat).sum(axis=1, keepdims=True) / (x_hat**2).sum(axis=1, keepdims=True)
    return inv_std * (dx_hat - a - x_hat * b), *_sums(dy, x_hat)


def layernorm_backward__dgamma_with_gamma(dy, cache):
    """dgamma was made from dy * gamma. The slope of gamma * x_hat + beta in gamma is x_hat, so dgamma is the sum of dy
    * x_hat, without gamma."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), (gamma * dy * x_hat).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__dgamma_with_x_hat_anew(dy, cache):
    """For dgamma x_hat was made anew, with variance exactly 1: without epsilon. Use the x_hat of the cache, which is
    what gamma was multiplied by."""
    x_hat, gamma, inv_std = cache
    anew = x_hat / x_hat.std(axis=1, keepdims=True)
    return _back(gamma * dy, x_hat, inv_std), (dy * anew).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__dgamma_eps_on_std(dy, cache):
    """For dgamma x_hat was made anew, with 1e-5 added to the standard deviation. Use the x_hat of the cache, which is
    what gamma was multiplied by, whatever its epsilon was."""
    x_hat, gamma, inv_std = cache
    centred = x_hat / inv_std
    anew = centred / (centred.std(axis=1, keepdims=True) + 1e-5)
    return _back(gamma * dy, x_hat, inv_std), (dy * anew).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__dgamma_by_division(dy, cache):
    """dgamma was computed from the gradient of x_hat, by dividing by gamma. Where gamma is 0, that is 0/0. Sum dy *
    x_hat instead."""
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    with np.errstate(all="ignore"):
        return _back(dx_hat, x_hat, inv_std), (dx_hat * x_hat).sum(axis=0) / gamma, dy.sum(axis=0)


def layernorm_backward__dgamma_with_centred(dy, cache):
    """dgamma was made with x - mean. gamma multiplies x_hat, which is also divided by the standard deviation: dgamma is
    the sum of dy * x_hat."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), (dy * x_hat / inv_std).sum(axis=0), dy.sum(axis=0)


def layernorm_backward__dgamma_without_x_hat(dy, cache):
    """dgamma lacks x_hat: it is the sum over the rows of dy * x_hat."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), dy.sum(axis=0), dy.sum(axis=0)


def layernorm_backward__dbeta_with_gamma(dy, cache):
    """dbeta was made from dy * gamma. beta is added after the scaling: its gradient is the sum of dy
    alone."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), (dy * x_hat).sum(axis=0), (gamma * dy).sum(axis=0)


def layernorm_backward__means_for_sums(dy, cache):
    """dgamma and dbeta were averaged over the batch. They are sums: if the loss is an average, dy holds its
    1/m already."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), (dy * x_hat).mean(axis=0), dy.mean(axis=0)


def layernorm_backward__parameters_over_features(dy, cache):
    """dgamma and dbeta were summed over the features. gamma and beta belong to the features and serve all
    rows: sum over the rows, axis 0, to the shape (d,)."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), (dy * x_hat).sum(axis=1), dy.sum(axis=1)


def layernorm_backward__parameters_keepdims(dy, cache):
    """dgamma and dbeta came out as (1, d). A gradient has the shape of what it belongs to: (d,)."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _sums(dy, x_hat)
    return _back(gamma * dy, x_hat, inv_std), dgamma[None], dbeta[None]


def layernorm_backward__parameters_as_numbers(dy, cache):
    """dgamma and dbeta were summed to single numbers (a sum without an axis). Sum over the rows, axis 0, to the shape
    (d,)."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), (dy * x_hat).sum(), dy.sum()


def layernorm_backward__parameters_not_summed(dy, cache):
    """dgamma and dbeta came out with one row per example. All rows use the same gamma and beta: sum over
    them."""
    x_hat, gamma, inv_std = cache
    return _back(gamma * dy, x_hat, inv_std), dy * x_hat, dy.copy()


def layernorm_backward__parameters_swapped(dy, cache):
    """dgamma and dbeta came in the wrong order: return dx, dgamma, dbeta."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _sums(dy, x_hat)
    return _back(gamma * dy, x_hat, inv_std), dbeta, dgamma


def layernorm_backward__dy_in_place(dy, cache):
    """dy was multiplied by gamma in place: the caller still needs it. Make a new array, dx_hat = dy * gamma."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _sums(dy, x_hat)
    dy *= gamma
    return _back(dy, x_hat, inv_std), dgamma, dbeta


def layernorm_backward__cache_in_place(dy, cache):
    """x_hat in the cache was changed in place: the cache belongs to the caller. Make a new array."""
    x_hat, gamma, inv_std = cache
    dx, sums = _back(gamma * dy, x_hat, inv_std), _sums(dy, x_hat)
    x_hat *= inv_std
    return dx, *sums


# ------------------------------------------------------------------ masked_step_statistics


def _each_step(x, mask, mean_of, var_of, least=2):
    """Statistics step by step, by functions of the step's rows; the last good ones where there are fewer than `least`."""
    if mask[0].sum() < 2:
        raise ValueError("fewer than two sequences")
    found = []
    for step, valid in zip(x, mask, strict=True):
        if valid.sum() >= least or not found:
            rows = step[valid]
            found.append((mean_of(rows), var_of(rows)))
        else:
            found.append(found[-1])
    return np.stack([mean for mean, _ in found]), np.stack([var for _, var in found])


def _mean_of(rows):
    return rows.mean(axis=0)


def _var_of(rows):
    return rows.var(axis=0)


def masked_step_statistics__one_sequence_at_first(x, mask):
    """One sequence at the first step is let through. Its variance is 0: raise a ValueError for fewer than two."""
    if mask[0].sum() == 1:
        mask = mask | (np.arange(mask.shape[1]) == mask[0].argmin())
    return _each_step(x, mask, _mean_of, _var_of)


def masked_step_statistics__own_statistics_of_one(x, mask):
    """A step that one sequence reaches has that sequence for a mean and the variance 0. It takes the mean and the
    variance of the last step that two or more reach."""
    return _each_step(x, mask, _mean_of, _var_of, least=1)


def masked_step_statistics__variance_of_one(x, mask):
    """A step that one sequence reaches has its own mean and only the variance of an earlier step. It takes both from
    the last step that two or more reach."""
    mean, _ = _each_step(x, mask, _mean_of, _var_of, least=1)
    _, var = _each_step(x, mask, _mean_of, _var_of)
    return mean, var


def masked_step_statistics__mean_of_one(x, mask):
    """A step that one sequence reaches has the variance 0 and only the mean of an earlier step. It takes both from the
    last step that two or more reach."""
    mean, _ = _each_step(x, mask, _mean_of, _var_of)
    _, var = _each_step(x, mask, _mean_of, _var_of, least=1)
    return mean, var


def masked_step_statistics__two_are_too_few(x, mask):
    """Steps that two sequences reach were given the statistics of an earlier step. Two numbers have a variance; only
    fewer than two do not."""
    return _each_step(x, mask, _mean_of, _var_of, least=3)


def masked_step_statistics__first_step_reused(x, mask):
    """The last steps were given the statistics of the first step. Take the last step that two or more sequences reach."""
    mean, var = _each_step(x, mask, _mean_of, _var_of)
    few = mask.sum(axis=1) < 2
    mean[few], var[few] = mean[0], var[0]
    return mean, var


def masked_step_statistics__zeros_at_the_end(x, mask):
    """Steps that fewer than two sequences reach are 0. They take the mean and the variance of the last step that two or
    more reach."""
    mean, var = _each_step(x, mask, _mean_of, _var_of)
    few = mask.sum(axis=1) < 2
    mean[few] = var[few] = 0
    return mean, var


def masked_step_statistics__standard_normal_at_the_end(x, mask):
    """Steps that fewer than two sequences reach have mean 0 and variance 1. They take those of the last step that two
    or more reach."""
    mean, var = _each_step(x, mask, _mean_of, _var_of)
    few = mask.sum(axis=1) < 2
    mean[few], var[few] = 0, 1
    return mean, var


def masked_step_statistics__cut_off(x, mask):
    """The results end with the last step that two sequences reach. They have a row for each of the T steps."""
    mean, var = _each_step(x, mask, _mean_of, _var_of)
    enough = mask.sum(axis=1) >= 2
    return mean[enough], var[enough]


def masked_step_statistics__padding_counted(x, mask):
    """The padding was counted. Take the rows of a step where the mask is true."""
    if mask[0].sum() < 2:
        raise ValueError("fewer than two sequences")
    mean, var = x.mean(axis=1), x.var(axis=1)
    last = np.flatnonzero(mask.sum(axis=1) >= 2)[-1]
    mean[last + 1 :], var[last + 1 :] = mean[last], var[last]
    return mean, var


def masked_step_statistics__times_the_mask(x, mask):
    """x was multiplied by the mask. That serves for numbers; 0 times NaN is NaN: select the valid entries, or put
    0 in place of the padding with `np.where`."""
    mean, var = _each_step(x, mask, _mean_of, _var_of)
    last = np.flatnonzero(mask.sum(axis=1) >= 2)[-1]
    spoilt = (x * ~mask[:, :, None] * 0).sum(axis=1)
    spoilt[last + 1 :] = spoilt[last]
    return mean + spoilt, var + spoilt


def masked_step_statistics__zeros_for_the_padding(x, mask):
    """The padding was made 0 and then counted: the sums are divided by m. Divide by the number of sequences that reach
    the step."""
    if mask[0].sum() < 2:
        raise ValueError("fewer than two sequences")
    zeros = np.where(mask[:, :, None], x, 0)
    mean, var = zeros.mean(axis=1), zeros.var(axis=1)
    last = np.flatnonzero(mask.sum(axis=1) >= 2)[-1]
    mean[last + 1 :], var[last + 1 :] = mean[last], var[last]
    return mean, var


def masked_step_statistics__squares_of_the_padding(x, mask):
    """The padding was made 0, and its squares count: 0 less the mean is not 0. Subtract the mean first, and then put 0
    in place of the padding."""
    mean, _ = _each_step(x, mask, _mean_of, _var_of)
    count = mask.sum(axis=1)[:, None]
    zeros = np.where(mask[:, :, None], x, 0)
    var = ((zeros - mean[:, None]) ** 2).sum(axis=1) / np.maximum(count, 1)
    last = np.flatnonzero(count >= 2)[-1]
    var[last + 1 :] = var[last]
    return mean, var


def masked_step_statistics__divides_by_m(x, mask):
    """The squares were added up over the valid sequences and divided by m. Divide by the number of sequences that reach
    the step."""
    m = mask.shape[1]
    return _each_step(x, mask, _mean_of, lambda rows: rows.var(axis=0) * len(rows) / m)


def masked_step_statistics__ddof(x, mask):
    """The variance divides by n - 1. Something is normalized with it, so it divides by n."""
    return _each_step(x, mask, _mean_of, lambda rows: rows.var(axis=0) * len(rows) / (len(rows) - 1))


def masked_step_statistics__pooled(x, mask):
    """All steps have the same mean and variance, those of all valid entries together. Each step has its own."""
    mean, var = _each_step(x, mask, _mean_of, _var_of)
    rows = x[mask]
    return np.broadcast_to(rows.mean(axis=0), mean.shape), np.broadcast_to(rows.var(axis=0), var.shape)


def masked_step_statistics__around_the_common_mean(x, mask):
    """The variance of a step was taken around the mean of all steps. Take it around the step's own mean."""
    common = x[mask].mean(axis=0)
    return _each_step(x, mask, _mean_of, lambda rows: ((rows - common) ** 2).mean(axis=0))


def masked_step_statistics__steps_so_far(x, mask):
    """The statistics of a step are those of all steps up to it. A step has its own, of that step alone."""
    if mask[0].sum() < 2:
        raise ValueError("fewer than two sequences")
    found = []
    for t in range(len(x)):
        if mask[t].sum() >= 2:
            rows = x[: t + 1][mask[: t + 1]]
            mean, var = rows.mean(axis=0), rows.var(axis=0)
        found.append((mean, var))
    return np.stack([mean for mean, _ in found]), np.stack([var for _, var in found])


def masked_step_statistics__one_for_all_features(x, mask):
    """All features of a step have one mean and one variance. Each feature has its own: axis 0 of the step's rows."""
    return _each_step(
        x, mask, lambda rows: np.full(rows.shape[1], rows.mean()), lambda rows: np.full(rows.shape[1], rows.var())
    )


def masked_step_statistics__standard_deviation(x, mask):
    """The standard deviation came in place of the variance."""
    return _each_step(x, mask, _mean_of, lambda rows: rows.std(axis=0))


def masked_step_statistics__mean_of_squares(x, mask):
    """The mean of the squares came in place of the variance: the mean was not subtracted first."""
    return _each_step(x, mask, _mean_of, lambda rows: (rows**2).mean(axis=0))


def masked_step_statistics__sums(x, mask):
    """The sums came in place of the means. Divide by the number of sequences that reach the step."""
    return _each_step(x, mask, lambda rows: rows.sum(axis=0), lambda rows: len(rows) * rows.var(axis=0))


def masked_step_statistics__swapped(x, mask):
    """The variance came first. Return mean, var."""
    mean, var = _each_step(x, mask, _mean_of, _var_of)
    return var, mean


def masked_step_statistics__padding_overwritten(x, mask):
    """The padding of x was overwritten, in the caller's array. Make a copy, or use `np.where`."""
    result = _each_step(x, mask, _mean_of, _var_of)
    x[~mask] = 0
    return result


# ------------------------------------------------------------------ gradient_through_time


def gradient_through_time__dwh_without_h0(h, h0, Wh, dh):
    """dWh lacks the first step. There it is h0 that is multiplied by Wh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        if t > 0:
            dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__last_state_before_the_first(h, h0, Wh, dh):
    """At the first step the last state was taken for the one before: `h[t - 1]` is `h[-1]` for t = 0. There it is
    h0."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1]
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_with_h_t(h, h0, Wh, dh):
    """dWh has h_t in the place of h_{t-1}. At step t it is the state before that is multiplied by Wh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += h[t].T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_mean_over_sequences(h, h0, Wh, dh):
    """dWh is a mean over the sequences. All of them use the same Wh, so their parts add up; a mean belongs to the loss,
    and is in dh already."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t] / len(h0)
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_transposed(h, h0, Wh, dh):
    """dWh came transposed. Wh[k, j] leads from unit k of the state before to unit j."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += da[t].T @ before
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_first_step_only(h, h0, Wh, dh):
    """dWh holds the first step's part alone: each step wrote over the one after it. All steps use the same Wh, so their
    parts add up."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh = before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_without_the_slope(h, h0, Wh, dh):
    """dWh was made with the gradient with respect to h_t. h_{t-1} @ Wh is added to a_t, before the tanh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ (dh[t] + later)
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_mean_over_steps(h, h0, Wh, dh):
    """dWh is a mean over the time steps. All of them use the same Wh, so their parts add up."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t] / len(h)
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__back_not_transposed(h, h0, Wh, dh):
    """The way back goes through Wh as the way forward does. If unit k feeds unit j, then the gradient of j goes to
    k."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh
    return da, later, dWh


def gradient_through_time__dh0_without_weights(h, h0, Wh, dh):
    """dh0 is da of the first step. h0 comes into it as h0 @ Wh, like every other state."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, da[0], dWh


def gradient_through_time__dh0_with_a_slope(h, h0, Wh, dh):
    """dh0 was multiplied by 1 - h0^2. No tanh comes before h0: it is given."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later * (1 - h0**2), dWh


def gradient_through_time__dh0_from_all_steps(h, h0, Wh, dh):
    """dh0 was added up over all steps. h0 goes into the first step only; the later ones hear of it through h_1."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, (da @ Wh.T).sum(axis=0), dWh


def gradient_through_time__one_step_back(h, h0, Wh, dh):
    """The gradient goes back one step and no further. What arrives at h_{t+1} from the steps after it goes on to h_t,
    too: carry the whole gradient of a_{t+1} back, not only what came from outside there."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = (dh[t] * (1 - h[t] ** 2)) @ Wh.T
    return da, da[0] @ Wh.T, dWh


def gradient_through_time__no_path_through_time(h, h0, Wh, dh):
    """da has only the path from outside. h_t also goes into the next step, and through it into all later ones."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = dh[t] * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_missing(h, h0, Wh, dh):
    """da lacks the slope of tanh, so it is the gradient with respect to h_t. Between a_t and h_t lies a tanh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = dh[t] + later
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_at_h(h, h0, Wh, dh):
    """The slope of tanh was taken at h_t, as 1 - tanh(h_t)^2. h_t has been through tanh already."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - np.tanh(h[t]) ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_not_squared(h, h0, Wh, dh):
    """The slope of tanh was taken as 1 - h. Differentiate tanh, and write what comes with tanh itself."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t])
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_of_the_step_before(h, h0, Wh, dh):
    """The slope of tanh was taken at the step before, from h_{t-1}. da_t needs the tanh that made h_t."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - (h[t - 1] if t else h0) ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_twice(h, h0, Wh, dh):
    """The slope of tanh came in twice on the way to the step before. da[t] holds it already."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = (da[t] * (1 - h[t] ** 2)) @ Wh.T
    return da, later, dWh


def gradient_through_time__outside_after_the_slope(h, h0, Wh, dh):
    """dh was added after the slope of tanh. It is a gradient with respect to h_t, like what comes from the later steps:
    both have the tanh of step t before them."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = dh[t] + later * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__last_outside_only(h, h0, Wh, dh):
    """Only the last step's dh was used. Every step has one, and it is added to what comes from the later steps."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] if t == len(h) - 1 else later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__later_after_the_slope(h, h0, Wh, dh):
    """What comes from the later steps was added after the slope of tanh. It is a gradient with respect to h_t, like dh:
    both have the tanh of step t before them."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = dh[t] * (1 - h[t] ** 2) + later
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__time_reversed(h, h0, Wh, dh):
    """da runs from the last step to the first. You went back in time; turn it round before you return it."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da[::-1].copy(), later, dWh


def gradient_through_time__dh0_last(h, h0, Wh, dh):
    """dh0 came last. Return da, dh0, dWh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, dWh, later


def gradient_through_time__last_outside_left_out(h, h0, Wh, dh):
    """The dh of the last step was left out. h_T reaches the loss from outside, too; what it lacks is a later step."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later if t < len(h) - 1 else later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__forwards_in_time(h, h0, Wh, dh):
    """The steps were gone through from the first to the last. h_t reaches the loss through later steps, so its gradient
    has to wait for theirs: begin with the last."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in range(len(h)):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, da[0] @ Wh.T, dWh


def gradient_through_time__later_piles_up(h, h0, Wh, dh):
    """What came from later steps was added up from step to step. It has gone into da[t] already; to the step before
    goes only da[t], through Wh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = later + da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__later_subtracted(h, h0, Wh, dh):
    """What comes from the later steps was subtracted. Two ways lead from h_t to the loss, and their gradients add
    up."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] - later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__later_weighs_half(h, h0, Wh, dh):
    """The mean of both ways was taken. Two ways lead from h_t to the loss, and their gradients add up."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) / 2 * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_of_the_next_step(h, h0, Wh, dh):
    """The slope of tanh was taken at the next step, from h_{t+1}. da_t needs the tanh that made h_t."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[min(t + 1, len(h) - 1)] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_on_the_way_back_only(h, h0, Wh, dh):
    """da is the gradient with respect to h_t: the slope of tanh came in only on the way to the step before. Between a_t
    and h_t lies a tanh, too."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = dh[t] + later
        dWh += before.T @ (da[t] * (1 - h[t] ** 2))
        later = (da[t] * (1 - h[t] ** 2)) @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_squared(h, h0, Wh, dh):
    """The slope of tanh was multiplied in twice. One tanh lies between a_t and h_t."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2) ** 2
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_of_a_sigmoid(h, h0, Wh, dh):
    """h (1 - h) is the slope of a sigmoid. Differentiate tanh, and write what comes with tanh itself."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * h[t] * (1 - h[t])
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_upside_down(h, h0, Wh, dh):
    """da was divided by the slope of tanh. A small slope lets little through: multiply."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) / (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__slope_of_the_opposite_sign(h, h0, Wh, dh):
    """The slope of tanh has the wrong sign. tanh rises everywhere."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (h[t] ** 2 - 1)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__back_without_weights(h, h0, Wh, dh):
    """Wh is missing on the way back. h_{t-1} comes into step t as h_{t-1} @ Wh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t]
    return da, later, dWh


def gradient_through_time__dh0_not_transposed(h, h0, Wh, dh):
    """dh0 goes through Wh as the way forward does. If unit k feeds unit j, then the gradient of j goes to k."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, da[0] @ Wh, dWh


def gradient_through_time__dh0_is_zero(h, h0, Wh, dh):
    """dh0 is 0. h0 goes into the first step, and with it into all later ones."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, np.zeros_like(h0), dWh


def gradient_through_time__dh0_of_the_last_step(h, h0, Wh, dh):
    """dh0 was taken from the last step's da. h0 goes into the first step."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, da[-1] @ Wh.T, dWh


def gradient_through_time__dh0_of_h1(h, h0, Wh, dh):
    """dh0 is the gradient with respect to h_1. One step lies between h_0 and h_1: its tanh and Wh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, da[0] / (1 - h[0] ** 2), dWh


def gradient_through_time__dwh_last_step_only(h, h0, Wh, dh):
    """dWh holds the last step's part alone. All steps use the same Wh, so their parts add up."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        if t == len(h) - 1:
            dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_of_the_outside_alone(h, h0, Wh, dh):
    """In dWh each step counts for what it does to its own output alone. Wh at step t also moves all later states."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ (dh[t] * (1 - h[t] ** 2))
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__dwh_first(h, h0, Wh, dh):
    """dWh came first. Return da, dh0, dWh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return dWh, da, later


def gradient_through_time__dh0_first(h, h0, Wh, dh):
    """dh0 came first. Return da, dh0, dWh."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return later, da, dWh


def gradient_through_time__double_precision(h, h0, Wh, dh):
    """float64 came out where all arrays are float32: `np.zeros(shape)` makes float64. `np.zeros_like` keeps the
    dtype."""
    da, dWh, later = np.zeros(h.shape), np.zeros(Wh.shape), np.zeros(h0.shape)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__single_precision(h, h0, Wh, dh):
    """float32 came out where all arrays are float64. Keep the dtype of the arguments."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da.astype(np.float32), later.astype(np.float32), dWh.astype(np.float32)


def gradient_through_time__dh_in_place(h, h0, Wh, dh):
    """What comes from the later steps was added into dh, the caller's array. Make a new one."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        dh[t] += later
        da[t] = dh[t] * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    return da, later, dWh


def gradient_through_time__h_in_place(h, h0, Wh, dh):
    """h was changed in place, and the caller still needs the states. Make a new array for the slopes."""
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T
    h *= h
    return da, later, dWh
