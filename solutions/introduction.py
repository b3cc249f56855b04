"""Statistics of a batch, normalizing with them, and the shift between two batches."""

import numpy as np


def batch_statistics(x):
    """The mean and the variance of each feature of a batch.

    Parameters
    ----------
    x : ndarray, shape (m, d)
        A batch of m examples with d features.

    Returns
    -------
    mean : ndarray, shape (d,)
        The mean of each feature over the batch.
    var : ndarray, shape (d,)
        The variance of each feature over the batch, the one with 1/m.

    Notes
    -----
    mean = 1/m * sum_i x_i,  var = 1/m * sum_i (x_i - mean)^2.

    References
    ----------
    Ioffe & Szegedy 2015, Algorithm 1, first two lines.
    """
    return x.mean(axis=0), x.var(axis=0)


def normalize(x, eps=1e-5):
    """Give each feature of a batch mean 0 and variance 1 (up to epsilon).

    Parameters
    ----------
    x : ndarray, shape (m, d)
        A batch of m examples with d features.
    eps : float
        Added to the variance, inside the root.

    Returns
    -------
    x_hat : ndarray, shape (m, d)
        (x - mean) / sqrt(var + eps).

    Notes
    -----
    mean and var are those of each feature over the batch, the variance
    with 1/m. The variance of x_hat is var / (var + eps): a little below 1,
    and 0 for a feature that is the same in all examples.

    References
    ----------
    Ioffe & Szegedy 2015, Algorithm 1, third line.
    """
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)


def covariate_shift(before, after, eps=1e-5):
    """How far the features' means have moved, in units of their spread.

    Parameters
    ----------
    before : ndarray, shape (m, d)
        A batch of a layer's inputs, before some training steps.
    after : ndarray, shape (n, d)
        A batch of the same layer's inputs after them; its size may differ.
    eps : float
        Added to the variance of before, inside the root.

    Returns
    -------
    float
        The mean over the d features of
        abs(mean(after) - mean(before)) / sqrt(var(before) + eps).

    Notes
    -----
    The spread is the standard deviation of before, with 1/m. The sign of
    each feature's shift is dropped before the mean is taken.

    References
    ----------
    Ioffe & Szegedy 2015, section 2, name the change of the distribution of
    a layer's inputs during training internal covariate shift; this measure
    of it, of the means alone, is this course's own.
    """
    shift = after.mean(axis=0) - before.mean(axis=0)  # (d,)
    return float(np.mean(np.abs(shift) / np.sqrt(before.var(axis=0) + eps)))


def leave_one_out(x_k, mean, var, m):
    """The mean and the variance of a batch without one of its rows.

    Parameters
    ----------
    x_k : ndarray, shape (d,)
        The row that leaves, one of the m.
    mean, var : ndarray, shape (d,)
        Mean and variance (with 1/m) of each feature over all m rows.
    m : int
        How many rows there were, x_k among them; at least 2.

    Returns
    -------
    mean : ndarray, shape (d,)
        The mean of each feature over the m - 1 rows that are left.
    var : ndarray, shape (d,)
        The mean of their squared deviations from that mean.

    Notes
    -----
    The rows themselves are not needed. Accurate where the mean is large
    beside the spread.
    """
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))
