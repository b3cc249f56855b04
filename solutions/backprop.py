"""The gradients of Batch Normalization, and the tool that checks them (Ioffe & Szegedy 2015, section 3)."""

import numpy as np


def numerical_gradient(f, x, dy, h=1e-5):
    """The gradient of sum(f(x) * dy) by central differences.

    Parameters
    ----------
    f : callable
        f(x) is a new array with the shape of dy, which may differ from
        that of x.
    x : ndarray of float64, any shape
        The point at which the gradient is taken.
    dy : ndarray, the shape of f(x)
        The upstream gradient: the weight of each output in the loss.
    h : float
        The step.

    Returns
    -------
    ndarray, the shape of x
        One number for each entry of x.

    Notes
    -----
    (L(x + h e) - L(x - h e)) / (2 h) with L(x) = sum(f(x) * dy), for each
    entry of x: e is 1 at that entry and 0 elsewhere. The error shrinks as
    h^2, until rounding takes over.

    References
    ----------
    Press et al., Numerical Recipes, section 5.7.
    """
    dx = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        dx[index] = ((f(x + step) - f(x - step)) * dy).sum() / (2 * h)
    return dx


def gradient_error(f, x, dy, dx, h=1e-5):
    """How far a gradient lies from the numerical one, as one number.

    Parameters
    ----------
    f : callable
        The function whose gradient is checked, as for `numerical_gradient`.
    x : ndarray of float64, any shape
        The point at which the gradient is taken.
    dy : ndarray, the shape of f(x)
        The upstream gradient.
    dx : ndarray, the shape of x
        The gradient that is checked.
    h : float
        The step of the central differences.

    Returns
    -------
    float
        Near 0 where dx is right, 1 where an entry has the wrong sign.

    Notes
    -----
    The largest relative error of an entry: the largest entry of
    |dx - n| / max(|dx| + |n|, 1e-8), where n is the numerical gradient; the
    floor 1e-8 keeps an entry that is 0 in both from being 0/0.

    References
    ----------
    Stanford CS231n, assignments: `rel_error`.
    """
    n = numerical_gradient(f, x, dy, h)
    return (np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()


def parameter_gradients(dy, x_hat):
    """The gradients of the scale and the shift of y = gamma * x_hat + beta.

    Parameters
    ----------
    dy : ndarray, shape (m, d)
        The upstream gradient.
    x_hat : ndarray, shape (m, d)
        What was scaled and shifted; in evaluation its columns need not
        have mean 0.

    Returns
    -------
    dgamma, dbeta : ndarray, shape (d,)
        The gradients with respect to gamma and beta.

    Notes
    -----
    dgamma = sum_i dy_i * x_hat_i,
    dbeta = sum_i dy_i,
    the sums over the examples of the batch.

    References
    ----------
    Ioffe & Szegedy 2015, section 3, the last two of the gradients.
    """
    return (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def statistics_gradients(dx_hat, x, mean, var, eps=1e-5):
    """The gradients with respect to the variance and the mean in x_hat.

    Parameters
    ----------
    dx_hat : ndarray, shape (m, d)
        The gradient with respect to x_hat.
    x : ndarray, shape (m, d)
        A batch.
    mean : ndarray, shape (d,)
        What was subtracted; any vector, the batch's mean or another.
    var : ndarray, shape (d,)
        The mean of (x - mean)^2 over the batch (with 1/m).
    eps : float
        Added to the variance, inside the root.

    Returns
    -------
    dvar, dmean : ndarray, shape (d,)
        dmean is the whole gradient: the path through the variance is
        part of it.

    Notes
    -----
    With x_hat = (x - mean) / sqrt(var + eps),
    dvar = -1/2 * (var + eps)^(-3/2) * sum_i dx_hat_i * (x_i - mean),
    dmean = -sum_i dx_hat_i / sqrt(var + eps)
            - dvar * 2/m * sum_i (x_i - mean).

    References
    ----------
    Ioffe & Szegedy 2015, section 3, the second and third of the gradients.
    """
    centred = x - mean
    inv_std = 1 / np.sqrt(var + eps)
    dvar = -0.5 * inv_std**3 * (dx_hat * centred).sum(axis=0)
    dmean = -inv_std * dx_hat.sum(axis=0) - 2 * dvar * centred.mean(axis=0)
    return dvar, dmean


def batchnorm_backward(dy, cache):
    """The gradients of Batch Normalization in training.

    Parameters
    ----------
    dy : ndarray, shape (m, d)
        The upstream gradient.
    cache : tuple
        (x_hat, gamma, inv_std), of shapes (m, d), (d,), (d,), as
        `batchnorm_forward` returns it.

    Returns
    -------
    dx : ndarray, shape (m, d)
        The gradient with respect to the batch.
    dgamma, dbeta : ndarray, shape (d,)
        The gradients with respect to the scale and the shift.

    Notes
    -----
    dx_i = gamma * inv_std * (dy_i - 1/m * sum_k dy_k
                              - x_hat_i * 1/m * sum_k dy_k * x_hat_k),
    with inv_std = 1 / sqrt(var + eps) and the variance with 1/m.
    Exact for every eps.

    References
    ----------
    Ioffe & Szegedy 2015, section 3: its gradients, put into one formula.
    """
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = parameter_gradients(dy, x_hat)
    dx = gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy))
    return dx, dgamma, dbeta


def batchnorm2d_backward(dy, cache):
    """The gradients of Batch Normalization of images in training.

    Parameters
    ----------
    dy : ndarray, shape (N, C, H, W)
        The upstream gradient.
    cache : tuple
        (x_hat, gamma, inv_std), of shapes (N, C, H, W), (C,), (C,).

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        The gradient with respect to the images.
    dgamma, dbeta : ndarray, shape (C,)
        The gradients with respect to the scale and the shift of each
        channel.

    Notes
    -----
    As for rows of features: each of the m = N * H * W positions is an
    example, each channel a feature.

    References
    ----------
    Ioffe & Szegedy 2015, sections 3 and 3.2.
    """
    x_hat, gamma, inv_std = cache
    N, C, H, W = dy.shape

    def rows(images):
        return images.transpose(0, 2, 3, 1).reshape(-1, C)  # (N * H * W, C)

    dx, dgamma, dbeta = batchnorm_backward(rows(dy), (rows(x_hat), gamma, inv_std))
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def absolute_deviation_backward(dy, x, eps=1e-5):
    """The gradient of dividing by the mean absolute deviation.

    Parameters
    ----------
    dy : ndarray, shape (m, d)
        The gradient with respect to x_hat.
    x : ndarray, shape (m, d)
        A batch.
    eps : float
        Added to the mean absolute deviation.

    Returns
    -------
    dx : ndarray, shape (m, d)
        The gradient with respect to the batch.

    Notes
    -----
    With mean = 1/m * sum_k x_k and s = 1/m * sum_k |x_k - mean|, both
    of shape (d,), the layer is x_hat_i = (x_i - mean) / (s + eps).
    The slope of |c| is taken to be 0 where c is 0.
    """
    centred = x - x.mean(axis=0)
    divisor = np.abs(centred).mean(axis=0) + eps
    dcentred = (dy - np.sign(centred) * (dy * centred).mean(axis=0) / divisor) / divisor
    return dcentred - dcentred.mean(axis=0)


def path_weights(dx, dy, cache):
    """How much of the paths through mean and variance a gradient holds.

    Parameters
    ----------
    dx : ndarray, shape (m, d)
        What a backward pass returned: per feature
        gamma * inv_std * (dy - by_mean * (mean of dy)
                           - by_variance * x_hat * (mean of dy * x_hat)).
    dy : ndarray, shape (m, d)
        The upstream gradient that went into it.
    cache : tuple
        (x_hat, gamma, inv_std), of shapes (m, d), (d,), (d,), as
        `batchnorm_forward` returns it.

    Returns
    -------
    by_mean, by_variance : ndarray, shape (d,)
        The weights of the two paths: 1 where a path is right, 0 where it
        was forgotten.

    Notes
    -----
    The columns of x_hat sum to 0. In no feature is gamma, the sum of dy
    or the sum of dy * x_hat 0. The mean of x_hat**2 is below 1 where eps
    is not small beside the variance.
    """
    x_hat, gamma, inv_std = cache
    straight = gamma * inv_std * dy  # what dx is with both weights 0
    left = dx.sum(axis=0) / straight.sum(axis=0)
    left_along = (dx * x_hat).sum(axis=0) / (straight * x_hat).sum(axis=0)
    return 1 - left, (1 - left_along) / (x_hat**2).mean(axis=0)
