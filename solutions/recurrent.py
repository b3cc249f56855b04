"""Batch Normalization in recurrent networks, and layer normalization."""

import numpy as np


def _normalize(x, eps):
    """Each feature of x (..., m, d) to mean 0 and variance 1 over the batch, the axis before the last."""
    centred = x - x.mean(axis=-2, keepdims=True)
    return centred / np.sqrt((centred**2).mean(axis=-2, keepdims=True) + eps)


def _sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def bn_rnn_forward(x, h0, Wx, Wh, gamma, beta, eps=1e-5):
    """A recurrent network whose input-to-hidden map is normalized.

    Parameters
    ----------
    x : ndarray, shape (T, m, d)
        A batch of m sequences of T time steps with d features.
    h0 : ndarray, shape (m, n)
        The hidden state before the first step.
    Wx : ndarray, shape (d, n)
        Weights from the input to the hidden units.
    Wh : ndarray, shape (n, n)
        Weights from the hidden state before to the one after.
    gamma, beta : ndarray, shape (n,)
        Scale and shift, the same at all time steps.
    eps : float
        Added to the variance, inside the root.

    Returns
    -------
    h : ndarray, shape (T, m, n)
        The hidden states after each step; h0 is not among them.

    Notes
    -----
    h_t = tanh(BN(x_t @ Wx) + h_{t-1} @ Wh), where
    BN(u) = gamma * (u - mean) / sqrt(var + eps) + beta
    with the mean and the variance (1/m) over the m sequences at this time
    step: each step has its own. The recurrent term is not normalized.

    References
    ----------
    Laurent et al. 2016: normalizing input-to-hidden maps only.
    """
    inputs = gamma * _normalize(x @ Wx, eps) + beta  # (T, m, n)
    h = np.empty_like(inputs)
    before = h0
    for t in range(len(x)):
        before = h[t] = np.tanh(inputs[t] + before @ Wh)
    return h


def bn_lstm_step(x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c, eps=1e-5):
    """One time step of an LSTM with Batch Normalization.

    Parameters
    ----------
    x : ndarray, shape (m, d)
        The input of this time step.
    h, c : ndarray, shape (m, n)
        Hidden state and cell before the step.
    Wx : ndarray, shape (d, 4n)
        Weights of the input, blocks of n columns for forget, input,
        output, candidate.
    Wh : ndarray, shape (n, 4n)
        Weights of the hidden state, in the same blocks.
    b : ndarray, shape (4n,)
        The one bias of the gates.
    gamma_x, gamma_h : ndarray, shape (4n,)
        Scales of the two normalized maps; neither has a shift.
    gamma_c, beta_c : ndarray, shape (n,)
        Scale and shift of the normalized cell.
    eps : float
        Added to each of the three variances, inside the root.

    Returns
    -------
    h_next, c_next : ndarray, shape (m, n)
        Hidden state and cell after the step.

    Notes
    -----
    (f, i, o, g) = BN(x @ Wx; gamma_x, 0) + BN(h @ Wh; gamma_h, 0) + b,
    c_next = sigmoid(f) * c + sigmoid(i) * tanh(g),
    h_next = sigmoid(o) * tanh(BN(c_next; gamma_c, beta_c)).
    BN takes mean and variance (1/m) over the batch. The cell itself is
    handed on as it is, not normalized.

    References
    ----------
    Cooijmans et al. 2017, section 3.
    """
    gates = gamma_x * _normalize(x @ Wx, eps) + gamma_h * _normalize(h @ Wh, eps) + b
    f, i, o, g = np.split(gates, 4, axis=1)  # (m, n) each
    c_next = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
    return _sigmoid(o) * np.tanh(gamma_c * _normalize(c_next, eps) + beta_c), c_next


class TimestepBatchNorm:
    """Batch Normalization with running statistics for each time step.

    Attributes
    ----------
    gamma, beta : ndarray, shape (d,)
        Scale and shift, the same at all time steps; ones and zeros at
        first.
    running_mean, running_var : ndarray, shape (max_steps, d)
        One row per time step; zeros and ones at first. The last row serves
        all later steps too.
    training : bool
        True at first; changed by train() and eval().

    Notes
    -----
    In training: normalize with the batch (variance with 1/m) and update the
    row of this time step,
    running = (1 - momentum) * running + momentum * batch
    (variance with 1/(m-1)).
    In evaluation: normalize with the row of this time step and change
    nothing.

    References
    ----------
    Cooijmans et al. 2017, section 3: separate statistics, shared
    parameters, the last statistics for longer sequences.
    """

    def __init__(self, num_features, max_steps, eps=1e-5, momentum=0.1):
        """Start in training mode, with ones, zeros, zeros, ones.

        Parameters
        ----------
        num_features : int
            d, the number of features.
        max_steps : int
            How many time steps have a row of their own.
        eps : float
            Added to the variance, inside the root.
        momentum : float
            The weight of the new value in the running statistics.
        """
        self.eps, self.momentum, self.training = eps, momentum, True
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean = np.zeros((max_steps, num_features))
        self.running_var = np.ones((max_steps, num_features))

    def train(self):
        """From now on normalize with the batch and update what is kept."""
        self.training = True

    def eval(self):
        """From now on normalize with what is kept and leave it as it is."""
        self.training = False

    def __call__(self, x, t):
        """Normalize, scale and shift the batch of time step t.

        Parameters
        ----------
        x : ndarray, shape (m, d)
            The batch at this time step.
        t : int
            The time step, from 0; past the last row, the last row is used.

        Returns
        -------
        ndarray, shape (m, d)
            gamma * x_hat + beta.

        Raises
        ------
        ValueError
            In training, for a batch of one row: it has no variance to
            learn from.
        """
        row = min(t, len(self.running_mean) - 1)
        if not self.training:
            return self._transform(x, self.running_mean[row], self.running_var[row])
        if len(x) < 2:
            raise ValueError(f"a training batch needs two rows or more, this one has {len(x)}")
        self._update(self.running_mean, row, x.mean(axis=0))
        self._update(self.running_var, row, x.var(axis=0, ddof=1))
        return self._transform(x, x.mean(axis=0), x.var(axis=0))

    def _update(self, running, row, batch):
        running[row] = (1 - self.momentum) * running[row] + self.momentum * batch

    def _transform(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


def masked_batch_statistics(x, mask):
    """Mean and variance of each feature over the valid entries.

    Parameters
    ----------
    x : ndarray, shape (T, m, d)
        m sequences of up to T time steps, padded where they are shorter;
        the padding may hold anything, NaN included.
    mask : ndarray of bool, shape (T, m)
        True where sequence i has an entry at time step t; in any pattern.

    Returns
    -------
    mean, var : ndarray, shape (d,)
        Over all n valid entries, each counting once; the variance with 1/n.

    Raises
    ------
    ValueError
        When no entry is valid.

    Notes
    -----
    With the sum over the valid (t, i) alone and n their number,
    mean = 1/n * sum x_ti,  var = 1/n * sum (x_ti - mean)^2.

    References
    ----------
    Laurent et al. 2016: sequence-wise normalization, which leaves the
    padding out.
    """
    valid = x[mask]  # (count, d)
    if len(valid) == 0:
        raise ValueError("no entry is valid: the mask is False everywhere")
    return valid.mean(axis=0), valid.var(axis=0)


def layernorm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each example over its features, then scale and shift these.

    Parameters
    ----------
    x : ndarray, shape (m, d)
        A batch of m examples with d features.
    gamma, beta : ndarray, shape (d,)
        Scale and shift of each feature.
    eps : float
        Added to the variance, inside the root.

    Returns
    -------
    y : ndarray, shape (m, d)
        gamma * x_hat + beta.
    cache : tuple
        (x_hat, gamma, inv_std), of shapes (m, d), (d,), (m, 1): what the
        backward pass will need.

    Notes
    -----
    For each row, mean = 1/d * sum_j x_j,
    var = 1/d * sum_j (x_j - mean)^2  (the variance with 1/d),
    inv_std = 1 / sqrt(var + eps),  x_hat = (x - mean) * inv_std.

    References
    ----------
    Ba, Kiros & Hinton 2016, section 3, equation 3.
    """
    centred = x - x.mean(axis=1, keepdims=True)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + eps)  # (m, 1)
    x_hat = centred * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def layernorm_backward(dy, cache):
    """Gradients of layer normalization.

    Parameters
    ----------
    dy : ndarray, shape (m, d)
        Upstream gradient.
    cache : tuple
        (x_hat, gamma, inv_std), of shapes (m, d), (d,), (m, 1), as
        layernorm_forward returns it.

    Returns
    -------
    dx : ndarray, shape (m, d)
        Gradient with respect to the input.
    dgamma, dbeta : ndarray, shape (d,)
        Gradients with respect to scale and shift.

    Notes
    -----
    dx_hat = gamma * dy, and with the means over the d features of each row,
    dx = inv_std * (dx_hat - mean(dx_hat) - x_hat * mean(dx_hat * x_hat)).
    dgamma = sum_i dy_i * x_hat_i,  dbeta = sum_i dy_i, over the m rows.

    References
    ----------
    The derivation of Ioffe & Szegedy 2015, section 3, with rows for
    columns; the layer is that of Ba, Kiros & Hinton 2016, section 3.
    """
    x_hat, gamma, inv_std = cache
    dx_hat = gamma * dy
    through_mean = dx_hat.mean(axis=1, keepdims=True)  # (m, 1)
    through_var = (dx_hat * x_hat).mean(axis=1, keepdims=True)
    dx = inv_std * (dx_hat - through_mean - x_hat * through_var)
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def masked_step_statistics(x, mask):
    """Mean and variance of each feature at each time step.

    Parameters
    ----------
    x : ndarray, shape (T, m, d)
        m sequences of up to T time steps, padded where they are shorter;
        the padding may hold anything, NaN included.
    mask : ndarray of bool, shape (T, m)
        True while sequence i lasts, from the first step on.

    Returns
    -------
    mean, var : ndarray, shape (T, d)
        Over the sequences that reach step t; the variance divides by
        their number. Steps that fewer than two sequences reach have the
        mean and the variance of the last step that two or more reach.

    Raises
    ------
    ValueError
        When fewer than two sequences reach the first step.
    """
    if mask[0].sum() < 2:
        raise ValueError(f"two sequences or more have to reach the first step, got {mask[0].sum()}")
    means, variances = [], []
    for step, valid in zip(x, mask, strict=True):
        if valid.sum() >= 2:
            mean, var = step[valid].mean(axis=0), step[valid].var(axis=0)
        means.append(mean)
        variances.append(var)
    return np.stack(means), np.stack(variances)


def gradient_through_time(h, h0, Wh, dh):
    """The gradients of a recurrent network, through all its time steps.

    Parameters
    ----------
    h : ndarray, shape (T, m, n)
        The states h_1 to h_T of the forward pass; h[0] is h_1.
    h0 : ndarray, shape (m, n)
        The state before the first step.
    Wh : ndarray, shape (n, n)
        Weights from the state before to the one after.
    dh : ndarray, shape (T, m, n)
        The gradient with respect to each state from outside alone: from
        what is computed of h_t at step t, not through later steps.

    Returns
    -------
    da : ndarray, shape (T, m, n)
        The gradient with respect to what comes in at each step.
    dh0 : ndarray, shape (m, n)
        The gradient with respect to the state before the first step.
    dWh : ndarray, shape (n, n)
        The gradient with respect to the weights.

    Notes
    -----
    The forward pass is h_t = tanh(a_t + h_{t-1} @ Wh) for t = 1 to T.
    Where all arguments are float32, so are the results.
    """
    da, dWh, later = np.empty_like(h), np.zeros_like(Wh), np.zeros_like(h0)
    for t in reversed(range(len(h))):
        before = h[t - 1] if t else h0
        da[t] = (dh[t] + later) * (1 - h[t] ** 2)
        dWh += before.T @ da[t]
        later = da[t] @ Wh.T  # what h_{t-1} gets from step t and all steps after it
    return da, later, dWh
