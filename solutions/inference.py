"""Batch Normalization at test time (Ioffe & Szegedy 2015, section 3.1)."""

import numpy as np


def update_running_statistics(running_mean, running_var, x, momentum=0.1):
    """Move the running statistics a little towards those of a new batch.

    Parameters
    ----------
    running_mean, running_var : ndarray, shape (d,)
        What was kept so far; these arrays stay as they are.
    x : ndarray, shape (m, d)
        A batch of two rows or more.
    momentum : float
        The weight of the new value.

    Returns
    -------
    mean, var : ndarray, shape (d,)
        The new running statistics.

    Raises
    ------
    ValueError
        When m < 2: one row has no variance with 1/(m-1).

    Notes
    -----
    (1 - momentum) * running + momentum * batch, for the mean and for the
    variance alike. The batch's variance is the one with 1/(m-1): it is to
    estimate the variance of the population, not to normalize this batch.

    References
    ----------
    Ioffe & Szegedy 2015, section 3.1; Algorithm 2, line 10:
    Var[x] = m/(m-1) E[var_B], there a plain average.
    """
    m = x.shape[0]
    if m < 2:
        raise ValueError(f"a batch of two rows or more is needed, got {m}: the variance is divided by m - 1")
    mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    return mean, var


def batchnorm_inference(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Normalize with the running statistics, then scale and shift.

    Parameters
    ----------
    x : ndarray, shape (m, d)
        The examples; one is enough, since none of them looks at another.
    gamma, beta, running_mean, running_var : ndarray, shape (d,)
        Scale, shift and running statistics of each feature.
    eps : float
        Added to the running variance, inside the root.

    Returns
    -------
    ndarray, shape (m, d)
        gamma * (x - running_mean) / sqrt(running_var + eps) + beta.

    References
    ----------
    Ioffe & Szegedy 2015, Algorithm 2, line 11.
    """
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    return gamma * x_hat + beta


def batchnorm_inference_backward(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """The gradients of batchnorm_inference: what a frozen layer computes.

    Parameters
    ----------
    dy : ndarray, shape (m, d)
        Upstream gradient.
    x : ndarray, shape (m, d)
        The input of the forward pass.
    gamma, running_mean, running_var : ndarray, shape (d,)
        Scale and running statistics of each feature.
    eps : float
        Added to the running variance, inside the root.

    Returns
    -------
    dx : ndarray, shape (m, d)
        Gradient with respect to the input.
    dgamma, dbeta : ndarray, shape (d,)
        Gradients with respect to scale and shift.

    Notes
    -----
    The statistics are constants, so each feature goes through one affine
    map, and x reaches y by one path:
    dx = dy * gamma / sqrt(running_var + eps),
    dgamma = sum_i dy_i * x_hat_i,
    dbeta = sum_i dy_i.

    References
    ----------
    Ioffe & Szegedy 2015, section 3.1: with fixed statistics the
    normalization is a linear transform.
    """
    inv_std = 1 / np.sqrt(running_var + eps)  # (d,)
    x_hat = (x - running_mean) * inv_std
    return dy * gamma * inv_std, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


class BatchNorm1d:
    """Batch Normalization with its memory, for training and for use.

    Parameters
    ----------
    num_features : int
        The number d of features.
    eps : float
        Added to the variance, inside the root, in both modes.
    momentum : float
        The weight of the new value in the running statistics.

    Attributes
    ----------
    gamma, beta : ndarray, shape (d,)
        Scale and shift; ones and zeros at first.
    running_mean, running_var : ndarray, shape (d,)
        Running statistics; zeros and ones at first.
    training : bool
        The mode; True at first.

    References
    ----------
    Ioffe & Szegedy 2015, Algorithm 2; the start from zeros and ones and the
    momentum are PyTorch's.
    """

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        """Start in training mode, with ones, zeros, zeros, ones."""
        self.eps, self.momentum = eps, momentum
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.training = True

    def train(self):
        """Go to training mode; returns the layer."""
        self.training = True
        return self

    def eval(self):
        """Go to evaluation mode; returns the layer."""
        self.training = False
        return self

    def __call__(self, x):
        """The output y, shape (m, d), for the examples x, shape (m, d).

        In training: normalize with the mean and the variance (1/m) of x,
        and move the running statistics towards its mean and its variance
        (1/(m-1)); one row is a ValueError.
        In evaluation: normalize with the running statistics and change
        nothing; one row is welcome.
        """
        mean, var = self.running_mean, self.running_var
        if self.training:
            self.running_mean, self.running_var = update_running_statistics(mean, var, x, self.momentum)
            mean, var = x.mean(axis=0), x.var(axis=0)
        return batchnorm_inference(x, self.gamma, self.beta, mean, var, self.eps)


def fold_into_linear(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """A linear layer and Batch Normalization in evaluation, as one layer.

    Parameters
    ----------
    W : ndarray, shape (d_in, d_out)
        Weights, used as x @ W.
    b : ndarray, shape (d_out,)
        Bias.
    gamma, beta, running_mean, running_var : ndarray, shape (d_out,)
        Scale, shift and running statistics of each output.
    eps : float
        Added to the running variance, inside the root.

    Returns
    -------
    W : ndarray, shape (d_in, d_out)
        The new weights.
    b : ndarray, shape (d_out,)
        The new bias: x @ W + b, with both new, equals the two layers one
        after the other.

    Notes
    -----
    scale = gamma / sqrt(running_var + eps),
    W' = W * scale,
    b' = (b - running_mean) * scale + beta.

    References
    ----------
    Ioffe & Szegedy 2015, section 3.1: with fixed statistics the whole layer
    is one linear transform.
    """
    scale = gamma / np.sqrt(running_var + eps)  # (d_out,)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_conv(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """A convolution and Batch Normalization in evaluation, as one layer.

    Parameters
    ----------
    kernel : ndarray, shape (C_out, C_in, kh, kw)
        The kernel; channel c of the output comes from kernel[c].
    b : ndarray, shape (C_out,)
        Bias of each output channel.
    gamma, beta, running_mean, running_var : ndarray, shape (C_out,)
        Scale, shift and running statistics of each output channel.
    eps : float
        Added to the running variance, inside the root.

    Returns
    -------
    kernel : ndarray, shape (C_out, C_in, kh, kw)
        The new kernel.
    b : ndarray, shape (C_out,)
        The new bias.

    Notes
    -----
    scale = gamma / sqrt(running_var + eps),
    kernel'[c] = kernel[c] * scale[c],
    b' = (b - running_mean) * scale + beta.

    References
    ----------
    Ioffe & Szegedy 2015, sections 3.1 and 3.2: one scale and one shift per
    channel.
    """
    scale = gamma / np.sqrt(running_var + eps)  # (C_out,)
    return kernel * scale[:, None, None, None], (b - running_mean) * scale + beta


def population_statistics(batches):
    """Mean and variance of all rows of all batches, batch after batch.

    Parameters
    ----------
    batches : list of ndarray, shapes (m_i, d)
        Batches of any sizes, one row included.

    Returns
    -------
    mean, var : ndarray, shape (d,)
        Of all n rows together, the variance with 1/n.

    Raises
    ------
    ValueError
        When the list is empty.

    Notes
    -----
    Two groups with counts n_a, n_b, means and sums of squared deviations
    S_a, S_b merge by
    S = S_a + S_b + delta^2 * n_a n_b / (n_a + n_b),
    delta = mean_b - mean_a:
    the spread within the groups, and the spread between them. Nothing large
    is squared.

    References
    ----------
    Chan, Golub & LeVeque 1983 (how two samples merge); Wu & Johnson 2021,
    section 3 (why to do this at all).
    """
    if not batches:
        raise ValueError("at least one batch is needed, got an empty list")
    n, mean, squares = 0, 0.0, 0.0
    for x in batches:
        m = x.shape[0]
        delta = x.mean(axis=0) - mean  # (d,)
        squares = squares + m * x.var(axis=0) + delta**2 * (n * m / (n + m))
        mean = mean + delta * (m / (n + m))
        n += m
    return mean, squares / n


def keras_to_pytorch(moving_mean, moving_variance, momentum, m):
    """What a layer stored in Keras, as PyTorch would have stored it.

    Parameters
    ----------
    moving_mean, moving_variance : ndarray, shape (d,)
        Keras's averages, of variances with 1/m.
    momentum : float
        Keras's: the weight of the old value.
    m : int
        The number of examples in each batch of training.

    Returns
    -------
    running_mean, running_var : ndarray, shape (d,)
        PyTorch's averages, of variances with 1/(m-1).
    momentum : float
        PyTorch's: the weight of the new value.

    Raises
    ------
    ValueError
        When m < 2: one row has no variance with 1/(m-1).
    """
    if m < 2:
        raise ValueError(f"batches of two rows or more are needed, got {m}: the variance is divided by m - 1")
    return moving_mean.copy(), moving_variance * (m / (m - 1)), 1 - momentum


def fold_into_next_conv(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Batch Normalization in evaluation and the convolution after it.

    Parameters
    ----------
    kernel : ndarray, shape (C_out, C_in, kh, kw)
        The kernel; channel c of the output comes from kernel[c].
    b : ndarray, shape (C_out,)
        Bias of each output channel.
    gamma, beta, running_mean, running_var : ndarray, shape (C_in,)
        Scale, shift and running statistics of each input channel.
    eps : float
        Added to the running variance, inside the root.

    Returns
    -------
    kernel : ndarray, shape (C_out, C_in, kh, kw)
        The new kernel.
    b : ndarray, shape (C_out,)
        The new bias.
    frame : ndarray, shape (C_in,)
        The number that stands around each channel of the raw images,
        where the two layers have zeros around the normalized ones.

    Raises
    ------
    ValueError
        When a gamma is 0: no frame does for that channel.
    """
    if np.any(gamma == 0):
        raise ValueError(
            "a channel with gamma = 0 is beta inside and 0 in the frame: no padding of the image gives that"
        )
    scale = gamma / np.sqrt(running_var + eps)  # (C_in,)
    shift = beta - running_mean * scale  # what the layer makes of 0
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale
