"""The Batch Normalization transform (Ioffe & Szegedy 2015, Algorithm 1)."""

import numpy as np


def batchnorm_forward(x, gamma, beta, eps=1e-5):
    """Normalize each feature over the batch, then scale and shift it.

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
        (x_hat, gamma, inv_std), of shapes (m, d), (d,), (d,): what the
        backward pass will need.

    Notes
    -----
    mean = 1/m * sum_i x_i,
    var = 1/m * sum_i (x_i - mean)^2  (the variance with 1/m),
    inv_std = 1 / sqrt(var + eps),  x_hat = (x - mean) * inv_std.

    References
    ----------
    Ioffe & Szegedy 2015, Algorithm 1.
    """
    centred = x - x.mean(axis=0)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=0) + eps)  # (d,)
    x_hat = centred * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def identity_parameters(x, eps=1e-5):
    """The scale and shift with which the transform gives back x itself.

    Parameters
    ----------
    x : ndarray, shape (m, d)
        A batch.
    eps : float
        The epsilon of the transform that is to be undone.

    Returns
    -------
    gamma, beta : ndarray, shape (d,)
        With them, gamma * x_hat + beta equals x.

    Notes
    -----
    x_hat = (x - mean) / sqrt(var + eps), the variance with 1/m.
    Epsilon counts: it is part of what is undone.

    References
    ----------
    Ioffe & Szegedy 2015, section 3: the inserted transform can represent
    the identity.
    """
    return np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)


def batchnorm2d_forward(x, gamma, beta, eps=1e-5):
    """Normalize each channel of a batch of images, then scale and shift it.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        N images with C channels of H by W positions.
    gamma, beta : ndarray, shape (C,)
        Scale and shift of each channel.
    eps : float
        Added to the variance, inside the root.

    Returns
    -------
    y : ndarray, shape (N, C, H, W)
        The normalized, scaled and shifted images.

    Notes
    -----
    One mean and one variance (with 1/m) per channel, over all
    m = N * H * W of its values.

    References
    ----------
    Ioffe & Szegedy 2015, section 3.2.
    """
    over = (0, 2, 3)
    mean = x.mean(axis=over, keepdims=True)  # (1, C, 1, 1)
    var = x.var(axis=over, keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def linear_bn_relu(x, W, gamma, beta, eps=1e-5):
    """A layer as in a network: linear map, Batch Normalization, ReLU.

    Parameters
    ----------
    x : ndarray, shape (m, d_in)
        A batch.
    W : ndarray, shape (d_in, d_out)
        Weights; there is no bias, since the mean would take it away again.
    gamma, beta : ndarray, shape (d_out,)
        Scale and shift of each feature of the linear map's output.
    eps : float
        Added to the variance, inside the root.

    Returns
    -------
    ndarray, shape (m, d_out)
        max(0, BN(x @ W)).

    Notes
    -----
    The statistics are those of u = x @ W over the batch, the variance
    with 1/m.

    References
    ----------
    Ioffe & Szegedy 2015, section 3.2: z = g(BN(W u)).
    """
    y, _ = batchnorm_forward(x @ W, gamma, beta, eps)
    return np.maximum(y, 0)


def change_units(gamma, beta, eps, a, c):
    """The layer's parameters for features in other units, z = a * x + c.

    Parameters
    ----------
    gamma, beta : ndarray, shape (d,)
        Scale and shift of the layer that gets x.
    eps : float
        Its epsilon, added to the variance, inside the root.
    a, c : ndarray, shape (d,)
        How each feature changes its unit; a is not 0 and may be negative.

    Returns
    -------
    gamma, beta, eps : ndarray, shape (d,)
        With these the layer makes the same y of every batch z as it makes
        of x: one epsilon for each feature.
    """
    return gamma * np.sign(a), beta.copy(), eps * a**2
