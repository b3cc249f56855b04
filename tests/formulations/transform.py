"""Right answers in other words: the hidden tests must give each of them full marks, and no hint.

One file a chapter, however long: the right answers to an exercise are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ batchnorm_forward


def batchnorm_forward__loops(x, gamma, beta, eps=1e-5):
    m, d = x.shape
    y, x_hat, inv_std = np.empty_like(x), np.empty_like(x), np.empty_like(x[0])
    for j in range(d):
        mean = sum(x[i, j] for i in range(m)) / m
        var = sum((x[i, j] - mean) ** 2 for i in range(m)) / m
        inv_std[j] = (var + eps) ** -0.5
        for i in range(m):
            x_hat[i, j] = (x[i, j] - mean) * inv_std[j]
            y[i, j] = gamma[j] * x_hat[i, j] + beta[j]
    return y, (x_hat, gamma, inv_std)


def batchnorm_forward__einsum(x, gamma, beta, eps=1e-5):
    m = x.shape[0]
    mean = np.einsum("ij->j", x) / m
    centred = x - mean
    inv_std = (np.einsum("ij,ij->j", centred, centred) / m + eps) ** -0.5
    x_hat = np.einsum("ij,j->ij", centred, inv_std)
    return np.einsum("ij,j->ij", x_hat, gamma) + beta, [x_hat, gamma, inv_std]


def batchnorm_forward__shifted(x, gamma, beta, eps=1e-5):
    """The mean of squares minus the square of the mean, of distances from the first row."""
    shifted = x - x[0]
    mean = shifted.mean(axis=0)
    inv_std = 1 / np.sqrt((shifted**2).mean(axis=0) - mean**2 + eps)
    x_hat = (shifted - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__reciprocal(x, gamma, beta, eps=1e-5):
    mu = x.mean(0, keepdims=True)
    std = np.sqrt(x.var(0, keepdims=True) + eps)
    x_hat = (x - mu) / std
    out = np.multiply(gamma.reshape(1, -1), x_hat) + beta.reshape(1, -1)
    return (out, (x_hat, gamma, np.squeeze(np.reciprocal(std), axis=0)))


def batchnorm_forward__transposed(x, gamma, beta, eps=1e-5):
    rows = x.T
    centred = rows - rows.mean(axis=1, keepdims=True)
    std = np.sqrt(centred.var(axis=1, keepdims=True) + eps)
    x_hat = (centred / std).T
    return [x_hat * gamma + beta, (x_hat, gamma.copy(), 1 / std[:, 0])]


def batchnorm_forward__affine(x, gamma, beta, eps=1e-5):
    mean, inv_std = np.average(x, axis=0), 1 / np.sqrt(np.var(x, axis=0) + eps)
    x_hat = x * inv_std - mean * inv_std
    scale = gamma * inv_std
    return x * scale + (beta - mean * scale), (x_hat, gamma, inv_std)


# ------------------------------------------------------------------ identity_parameters


def identity_parameters__staged(x, eps=1e-5):
    mean = x.mean(axis=0)
    var = ((x - mean) ** 2).sum(axis=0) / len(x)
    return [(var + eps) ** 0.5, mean]


def identity_parameters__loops(x, eps=1e-5):
    gamma, beta = [], []
    for column in x.T:
        beta.append(sum(column) / len(column))
        gamma.append((sum((v - beta[-1]) ** 2 for v in column) / len(column) + eps) ** 0.5)
    return np.array(gamma), np.array(beta)


def identity_parameters__solved(x, eps=1e-5):
    mean, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mean) / np.sqrt(var + eps)
    gamma, beta = np.empty_like(x[0]), np.empty_like(x[0])
    for j in range(x.shape[1]):
        A = np.stack([x_hat[:, j], np.ones(len(x))], axis=1)
        gamma[j], beta[j] = np.linalg.lstsq(A, x[:, j], rcond=None)[0]
    return gamma, beta


def identity_parameters__hypot(x, eps=1e-5):
    return np.hypot(np.std(x, axis=0), eps**0.5), np.einsum("ij->j", x) / x.shape[0]


def identity_parameters__keepdims_dropped(x, eps=1e-5):
    mean = x.mean(axis=0, keepdims=True)
    var = np.mean((x - mean) ** 2, axis=0, keepdims=True)
    return np.sqrt(var + eps).reshape(-1), mean.reshape(-1)


# ------------------------------------------------------------------ batchnorm2d_forward


def batchnorm2d_forward__loops(x, gamma, beta, eps=1e-5):
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        channel = x[:, c]
        y[:, c] = gamma[c] * (channel - channel.mean()) / np.sqrt(channel.var() + eps) + beta[c]
    return y


def batchnorm2d_forward__transposed(x, gamma, beta, eps=1e-5):
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    x_hat = (flat - flat.mean(axis=0)) / np.sqrt(flat.var(axis=0) + eps)
    return (gamma * x_hat + beta).reshape(N, H, W, C).transpose(0, 3, 1, 2)


def batchnorm2d_forward__einsum(x, gamma, beta, eps=1e-5):
    m = x.size // x.shape[1]
    mean = np.einsum("nchw->c", x) / m
    centred = x - mean.reshape(1, -1, 1, 1)
    var = np.einsum("nchw,nchw->c", centred, centred) / m
    return np.einsum("nchw,c->nchw", centred, gamma / np.sqrt(var + eps)) + beta.reshape(1, -1, 1, 1)


def batchnorm2d_forward__merged_moments(x, gamma, beta, eps=1e-5):
    means = x.mean(axis=(2, 3))  # (N, C)
    mean = means.mean(axis=0)
    var = x.var(axis=(2, 3)).mean(axis=0) + means.var(axis=0)
    shape = (1, -1, 1, 1)
    return (x - mean.reshape(shape)) * (gamma / np.sqrt(var + eps)).reshape(shape) + beta.reshape(shape)


def batchnorm2d_forward__moved_axis(x, gamma, beta, eps=1e-5):
    z = np.moveaxis(x, 1, -1)
    z = (z - z.mean((0, 1, 2))) / np.sqrt(z.var((0, 1, 2)) + eps)
    return np.moveaxis(z * gamma + beta, -1, 1)


def batchnorm2d_forward__one_row_per_channel(x, gamma, beta, eps=1e-5):
    N, C, H, W = x.shape
    rows = x.swapaxes(0, 1).reshape(C, -1)
    rows = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + eps)
    rows = rows * gamma[:, None] + beta[:, None]
    return rows.reshape(C, N, H, W).swapaxes(0, 1)


# ------------------------------------------------------------------ linear_bn_relu


def linear_bn_relu__staged(x, W, gamma, beta, eps=1e-5):
    u = np.dot(x, W)
    u = u - u.mean(axis=0)
    u = u / np.sqrt(np.mean(u * u, axis=0) + eps)
    y = u * gamma + beta
    return np.where(y > 0, y, np.zeros_like(y))


def linear_bn_relu__loops(x, W, gamma, beta, eps=1e-5):
    out = np.empty((x.shape[0], W.shape[1]), dtype=x.dtype)
    for j in range(W.shape[1]):
        u = x @ W[:, j]
        out[:, j] = (gamma[j] * (u - u.mean()) / np.sqrt(u.var() + eps) + beta[j]).clip(min=0)
    return out


def linear_bn_relu__einsum(x, W, gamma, beta, eps=1e-5):
    u = np.einsum("ij,jk->ik", x, W)
    scale = gamma / np.sqrt(u.var(axis=0) + eps)
    y = u * scale + (beta - u.mean(axis=0) * scale)
    return y * (y > 0)


def linear_bn_relu__through_the_input(x, W, gamma, beta, eps=1e-5):
    """The statistics of x @ W from the mean and covariance of x."""
    centred = x - x.mean(axis=0)
    covariance = centred.T @ centred / len(x)
    var = np.einsum("ij,ik,kj->j", W, covariance, W)
    y = gamma * (centred @ W) / np.sqrt(var + eps) + beta
    return np.maximum(y, 0)


def linear_bn_relu__half_of_sum(x, W, gamma, beta, eps=1e-5):
    u = x @ W
    y = gamma * (u - u.mean(axis=0)) / (u.var(axis=0) + eps) ** 0.5 + beta
    return (y + np.abs(y)) / 2


def linear_bn_relu__masked(x, W, gamma, beta, eps=1e-5):
    u = x.dot(W)
    mu, sigma = u.mean(axis=0, keepdims=True), np.sqrt(u.var(axis=0, keepdims=True) + eps)
    out = (u - mu) / sigma * gamma + beta
    out[out < 0] = 0
    return out


# ------------------------------------------------------------------ change_units


def change_units__where(gamma, beta, eps, a, c):
    return np.where(a < 0, -gamma, gamma), beta, a * a * eps


def change_units__loops(gamma, beta, eps, a, c):
    new_gamma, new_beta, new_eps = gamma.copy(), beta.copy(), np.zeros_like(gamma)
    for j in range(len(gamma)):
        if a[j] < 0:
            new_gamma[j] = -gamma[j]
        new_eps[j] = eps * a[j] ** 2
    return [new_gamma, new_beta, new_eps]


def change_units__divided_by_the_size(gamma, beta, eps, a, c):
    size = np.abs(a)
    return gamma * a / size, beta + 0 * c, np.square(size) * eps


def change_units__copysign(gamma, beta, eps, a, c):
    return gamma * np.copysign(1, a), np.array(beta), eps * np.power(a, 2)


def change_units__from_two_roots(gamma, beta, eps, a, c):
    """a * gamma / sqrt(a**2) and the squares, feature by feature in lists."""
    signs = a / np.sqrt(a**2)
    return np.array([s * g for s, g in zip(signs, gamma, strict=True)]), +beta, np.full_like(a, eps) * a * a
