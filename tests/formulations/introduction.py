"""Right answers in other words: the hidden tests must give each of them full marks, and no hint."""

from collections import namedtuple

import numpy as np

# ------------------------------------------------------------------ batch_statistics

_Statistics = namedtuple("_Statistics", "mean var")


def batch_statistics__loops(x):
    m, d = x.shape
    mean, var = np.zeros(d), np.zeros(d)
    for j in range(d):
        for i in range(m):
            mean[j] += x[i, j] / m
        for i in range(m):
            var[j] += (x[i, j] - mean[j]) ** 2 / m
    return mean, var


def batch_statistics__einsum(x):
    m = len(x)
    mean = np.einsum("ij->j", x) / m
    centred = x - mean
    return [mean, np.einsum("ij,ij->j", centred, centred) / m]


def batch_statistics__named_tuple(x):
    return _Statistics(np.average(x, axis=0), np.std(x, axis=0) ** 2)


def batch_statistics__welford(x):
    """One example after the other (Welford 1962)."""
    mean, squares = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for count, row in enumerate(x, start=1):
        step = row - mean
        mean = mean + step / count
        squares = squares + step * (row - mean)
    return mean, squares / len(x)


def batch_statistics__shifted(x):
    """One pass over the distances from the first row, which are small wherever the features lie."""
    shifted = x - x[0]
    mean = shifted.mean(axis=0)
    return x[0] + mean, (shifted * shifted).mean(axis=0) - mean * mean


def batch_statistics__comprehension(x):
    means = np.array([sum(column) / len(column) for column in x.T])
    columns = zip(x.T, means, strict=True)
    return means, np.array([sum((v - mu) ** 2 for v in column) / len(column) for column, mu in columns])


def batch_statistics__from_covariance(x):
    return x.T.mean(axis=1), np.atleast_2d(np.cov(x, rowvar=False, bias=True)).diagonal().copy()


# ------------------------------------------------------------------ normalize


def normalize__staged(x, eps=1e-5):
    mean = np.mean(x, axis=0, keepdims=True)
    centred = x - mean
    var = np.mean(centred**2, axis=0, keepdims=True)
    return centred * (var + eps) ** -0.5


def normalize__loops(x, eps=1e-5):
    x_hat = np.empty_like(x)
    for j in range(x.shape[1]):
        column = x[:, j]
        x_hat[:, j] = (column - column.mean()) / np.sqrt(column.var() + eps)
    return x_hat


def normalize__transposed(x, eps=1e-5):
    rows = [(row - row.mean()) / (row.var() + eps) ** 0.5 for row in x.T]
    return np.stack(rows, axis=1)


def normalize__einsum(x, eps=1e-5):
    m = x.shape[0]
    centred = x - np.einsum("ij->j", x) / m
    inv_std = 1 / np.sqrt(np.einsum("ij,ij->j", centred, centred) / m + eps)
    return np.einsum("ij,j->ij", centred, inv_std)


def normalize__copied(x, eps=1e-5):
    """In place, on a copy."""
    out = x.copy()
    out -= out.mean(axis=0)
    out /= np.sqrt((out**2).mean(axis=0) + eps)
    return out


def normalize__with_batch_statistics(x, eps=1e-5):
    mu, sigma2 = np.mean(x, 0), np.var(x, 0)
    return np.divide(np.subtract(x, mu), np.sqrt(np.add(sigma2, eps)))


def normalize__tiled(x, eps=1e-5):
    m = x.shape[0]
    mean = np.tile(x.mean(axis=0), (m, 1))
    std = np.tile(np.sqrt(x.var(axis=0) + eps), (m, 1))
    return (x - mean) / std


# ------------------------------------------------------------------ covariate_shift


def covariate_shift__loops(before, after, eps=1e-5):
    total = 0.0
    for old, new in zip(before.T, after.T, strict=True):
        mean = sum(old) / len(old)
        var = sum((v - mean) ** 2 for v in old) / len(old)
        total += abs(sum(new) / len(new) - mean) / (var + eps) ** 0.5
    return total / before.shape[1]


def covariate_shift__einsum(before, after, eps=1e-5):
    mean = np.einsum("ij->j", before) / len(before)
    centred = before - mean
    var = np.einsum("ij,ij->j", centred, centred) / len(before)
    return np.abs((np.einsum("ij->j", after) / len(after) - mean) / np.sqrt(var + eps)).mean()


def covariate_shift__normalized(before, after, eps=1e-5):
    """How far from 0 the means of `after` are, once normalized as `before`."""
    z = (after - before.mean(axis=0)) / np.sqrt(before.var(axis=0) + eps)
    return np.asarray(np.abs(z.mean(axis=0)).mean())


def covariate_shift__one_norm(before, after, eps=1e-5):
    difference = np.average(after, axis=0) - np.average(before, axis=0)
    scale = np.hypot(before.std(axis=0), np.sqrt(eps))
    return np.linalg.norm(difference / scale, 1) / difference.size


def covariate_shift__root_of_squares(before, after, eps=1e-5):
    """abs(a) / sqrt(b) is the root of a^2 / b."""
    a, b = before.mean(axis=0) - after.mean(axis=0), before.var(axis=0) + eps
    return float(np.mean(np.sqrt(a**2 / b)))


# ------------------------------------------------------------------ leave_one_out


def leave_one_out__sums(x_k, mean, var, m):
    """What x_k takes from the two sums: one factor from the old mean, one from the new."""
    new_mean = (m * mean - x_k) / (m - 1)
    return _Statistics(new_mean, (m * var - (x_k - mean) * (x_k - new_mean)) / (m - 1))


def leave_one_out__around_another_mean(x_k, mean, var, m):
    """Around the old mean first; then the square of how far the mean moves is taken off."""
    n = m - 1
    step = (mean - x_k) / n
    around_the_old_mean = (m * var - (x_k - mean) ** 2) / n
    return mean + step, around_the_old_mean - step**2


def leave_one_out__from_x_k(x_k, mean, var, m):
    """All distances from x_k itself, which adds nothing to their sums."""
    away = mean - x_k
    mean_of_the_rest = m * away / (m - 1)
    squares = m * (var + away * away) / (m - 1)
    return [x_k + mean_of_the_rest, squares - mean_of_the_rest * mean_of_the_rest]


def leave_one_out__two_groups(x_k, mean, var, m):
    """The batch is two groups, x_k and the rest, whose sums of squares and whose distance make up the whole."""
    rest = np.add(mean, np.divide(np.subtract(mean, x_k), m - 1))
    between = (rest - x_k) ** 2 * ((m - 1) / m)
    return rest, np.divide(m * var - between, m - 1)


def leave_one_out__loops(x_k, mean, var, m):
    new_mean, new_var = np.empty_like(mean), np.empty_like(var)
    for j in range(len(x_k)):
        deviation = x_k[j] - mean[j]
        shift = -deviation / (m - 1)
        squares = m * var[j]
        squares -= deviation**2
        squares -= (m - 1) * shift**2
        new_mean[j] = mean[j] + shift
        new_var[j] = max(squares, 0.0) / (m - 1)
    return new_mean, new_var


def leave_one_out__joins_with_weight_minus_one(x_k, mean, var, m):
    """As a row joins a batch in Welford's method, but with the weight -1."""
    weight = -1
    step = x_k - mean
    new_mean = mean + step * weight / (m + weight)
    squares = m * var + weight * step * (x_k - new_mean)
    return new_mean, squares / (m + weight)
