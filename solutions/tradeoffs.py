"""What Batch Normalization gives, what it costs, two answers to the costs, and the merging of a batch's statistics."""

import numpy as np


def batch_noise(x, batches):
    """How much a batch's mean varies: the noise that regularizes.

    Parameters
    ----------
    x : ndarray, shape (n, d)
        All examples.
    batches : ndarray of int, shape (k, m)
        Row indices: row b lists the m examples of batch b. An index may
        come more than once.

    Returns
    -------
    float
        The standard deviation (with 1/k) of the batch mean over the k
        batches, averaged over the features.

    Notes
    -----
    mean_b = 1/m * sum_{i in batch b} x_i,  centre = 1/k * sum_b mean_b,
    noise = 1/d * sum_j sqrt(1/k * sum_b (mean_bj - centre_j)^2).

    References
    ----------
    Ioffe & Szegedy 2015, section 3.4: a training example no longer gives
    one fixed value.
    """
    means = x[batches].mean(axis=1)  # (k, d)
    return float(means.std(axis=0).mean())


def effective_learning_rate(lr, W):
    """The learning rate that counts for weights before Batch Normalization.

    Parameters
    ----------
    lr : float
        Learning rate of gradient descent.
    W : ndarray, shape (d_in, d_out)
        Weights used as x @ W, followed by Batch Normalization: column j
        belongs to output j.

    Returns
    -------
    ndarray, shape (d_out,)
        lr / ||W[:, j]||^2, the norm being the Euclidean one of the column.

    Notes
    -----
    BN(x @ (a W)) = BN(x @ W), and the gradient in a W is 1/a of that in W.
    A step therefore turns a column a times longer by an angle a^2 times
    smaller.

    References
    ----------
    Ioffe & Szegedy 2015, section 3.3 (the two laws);
    van Laarhoven 2017 (the effective learning rate).
    """
    return lr / (W**2).sum(axis=0)


def hessian_condition_number(x):
    """The condition number of least squares: how uneven its bowl is.

    Parameters
    ----------
    x : ndarray, shape (m, d)
        Examples, m > d, as they are (not centred); x.T @ x is nonsingular.

    Returns
    -------
    float
        Largest over smallest eigenvalue of the Hessian x.T @ x / m.

    Notes
    -----
    The loss 1/(2m) * sum_i (x_i . w - t_i)^2 has the Hessian
    H = x.T @ x / m in w, whatever the targets t.

    References
    ----------
    LeCun, Kanter & Solla 1990: the learning time follows from the
    eigenvalues of the Hessian.
    """
    eigenvalues = np.linalg.eigvalsh(x.T @ x / len(x))  # ascending
    return float(eigenvalues[-1] / eigenvalues[0])


def cross_example_influence(f, x, i, delta):
    """How far each example's output moves when one example is moved.

    Parameters
    ----------
    f : callable
        Takes a batch (m, d) and gives outputs (m, n), row k for example k.
    x : ndarray, shape (m, d)
        A batch.
    i : int
        Which example is moved, from 0.
    delta : ndarray, shape (d,)
        What is added to it.

    Returns
    -------
    ndarray, shape (m,)
        The Euclidean norm of each row of f(x') - f(x), where x' is x with
        x'_i = x_i + delta.

    Notes
    -----
    For a function that looks at each row by itself, only entry i can
    differ from 0.
    """
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1)


def groupnorm_forward(x, gamma, beta, groups, eps=1e-5):
    """Normalize each image's groups of channels, then scale and shift.

    Parameters
    ----------
    x : ndarray, shape (N, C, H, W)
        N images with C channels of H by W positions.
    gamma, beta : ndarray, shape (C,)
        Scale and shift of each channel.
    groups : int
        The number of groups; each holds C / groups consecutive channels.
    eps : float
        Added to the variance, inside the root.

    Returns
    -------
    ndarray, shape (N, C, H, W)
        The normalized, scaled and shifted images.

    Raises
    ------
    ValueError
        Where groups is below 1 or does not divide C.

    Notes
    -----
    One mean and one variance (with 1/m) per image and group, over its
    m = C / groups * H * W values. One group is layer normalization over
    (C, H, W), C groups are instance normalization.

    References
    ----------
    Wu & He 2018, section 3.1.
    """
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError(f"{groups} groups do not divide {C} channels: choose a divisor of {C}")
    grouped = x.reshape(N, groups, -1)  # consecutive channels lie side by side in memory order
    mean = grouped.mean(axis=2, keepdims=True)  # (N, groups, 1)
    var = grouped.var(axis=2, keepdims=True)
    x_hat = ((grouped - mean) / np.sqrt(var + eps)).reshape(N, C, H, W)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batch_renorm_forward(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Normalize with the batch, corrected towards the running statistics.

    Parameters
    ----------
    x : ndarray, shape (m, d)
        A batch.
    gamma, beta : ndarray, shape (d,)
        Scale and shift of each feature.
    running_mean, running_var : ndarray, shape (d,)
        Running statistics; they are not updated here.
    r_max : float
        The scale correction r stays within 1/r_max and r_max; at least 1.
    d_max : float
        The shift correction q stays within -d_max and d_max; at least 0.
    eps : float
        Added to both variances, inside the roots.

    Returns
    -------
    ndarray, shape (m, d)
        gamma * x_hat + beta.

    Notes
    -----
    s = sqrt(var + eps) with the batch's variance (1/m),
    S = sqrt(running_var + eps),
    r = clip(s / S, 1/r_max, r_max),
    q = clip((mean - running_mean) / S, -d_max, d_max),
    x_hat = (x - mean) / s * r + q.
    With r_max = 1 and d_max = 0 this is Batch Normalization; where nothing
    is clipped, x_hat = (x - running_mean) / S. In training r and q are
    constants for the gradient.

    References
    ----------
    Ioffe 2017, Algorithm 1 (its d is called q here: d counts features).
    """
    mean, s = x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)  # (d,)
    S = np.sqrt(running_var + eps)
    r = np.clip(s / S, 1 / r_max, r_max)
    q = np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_backward(dy, cache):
    """The gradients of Batch Renormalization in training.

    Parameters
    ----------
    dy : ndarray, shape (m, d)
        The upstream gradient.
    cache : tuple
        (x_hat, gamma, s, r, q): the corrected x_hat, of shape (m, d), and
        of shape (d,) the scale, the batch's sqrt(var + eps), and both
        corrections.

    Returns
    -------
    dx : ndarray, shape (m, d)
        The gradient with respect to the batch.
    dgamma, dbeta : ndarray, shape (d,)
        The gradients with respect to the scale and the shift.

    Notes
    -----
    The forward pass is x_hat = (x - mean) / s * r + q and
    y = gamma * x_hat + beta. r and q are constants; mean and s are not.
    Exact for every eps.

    References
    ----------
    Ioffe 2017, section 3 (its d is called q here: d counts features).
    """
    x_hat, gamma, s, r, q = cache
    m = len(dy)
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    n = (x_hat - q) / r  # as Batch Normalization would have it
    dx = gamma * r / s * (dy - dbeta / m - n * (dy * n).sum(axis=0) / m)
    return dx, dgamma, dbeta


def merge_statistics(counts, means, variances):
    """The mean and the variance of a batch that several devices hold in parts.

    Parameters
    ----------
    counts : ndarray of int, shape (k,)
        How many rows of the batch each of the k devices holds; 0 or more.
    means, variances : ndarray, shape (k, d)
        Mean and variance of each feature over a device's own rows, the
        variance divided by their number. Where a device holds no row, these
        entries mean nothing and may be NaN.

    Returns
    -------
    mean : ndarray, shape (d,)
        The mean of each feature over all rows of the batch.
    var : ndarray, shape (d,)
        The mean of their squared deviations from that mean.

    Raises
    ------
    ValueError
        When no device holds a row.

    Notes
    -----
    The rows themselves are not needed. Accurate where the means are large
    beside the spread.
    """
    here = counts > 0
    if not here.any():
        raise ValueError("no device holds a row")
    n, means, variances = counts[here, np.newaxis], means[here], variances[here]
    share = (n / n.sum()).astype(means.dtype)  # (k, 1), of float32 where the means are
    mean = (share * means).sum(axis=0)
    return mean, (share * (variances + (means - mean) ** 2)).sum(axis=0)
