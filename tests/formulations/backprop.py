"""Right answers in other words: the hidden tests must give each of them full marks, and no hint.

One file a chapter, however long: the right answers to an exercise are found by the chapter's name.
"""

from collections import namedtuple

import numpy as np

# ------------------------------------------------------------------ numerical_gradient


def numerical_gradient__restored_in_place(f, x, dy, h=1e-5):
    dx = np.zeros_like(x)
    entries = np.nditer(x, flags=["multi_index"])
    while not entries.finished:
        index = entries.multi_index
        old = x[index]
        x[index] = old + h
        above = f(x).copy()
        x[index] = old - h
        below = f(x).copy()
        x[index] = old
        dx[index] = np.sum((above - below) * dy) / (2 * h)
        entries.iternext()
    return dx


def numerical_gradient__two_losses(f, x, dy, h=1e-5):
    def loss(z):
        return np.sum(f(z) * dy)

    z = x.copy()
    dx = np.empty(x.size)
    for k in range(x.size):
        z.flat[k] = x.flat[k] + h
        above = loss(z)
        z.flat[k] = x.flat[k] - h
        dx[k] = (above - loss(z)) / (2 * h)
        z.flat[k] = x.flat[k]
    return dx.reshape(x.shape)


def numerical_gradient__basis(f, x, dy, h=1e-5):
    steps = h * np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([np.vdot(f(x + e) - f(x - e), dy) / (2 * h) for e in steps]).reshape(x.shape)


def numerical_gradient__mean_of_both_sides(f, x, dy, h=1e-5):
    here, dx = f(x), np.zeros(x.shape)
    for index, _ in np.ndenumerate(x):
        step = np.zeros(x.shape)
        step[index] = h
        right, left = (f(x + step) - here) / h, (here - f(x - step)) / h
        dx[index] = np.tensordot((right + left) / 2, dy, axes=dy.ndim)
    return dx


def numerical_gradient__jacobian(f, x, dy, h=1e-5):
    columns = []
    for k in range(x.size):
        e = np.zeros(x.size)
        e[k] = h
        e = e.reshape(x.shape)
        columns.append((f(x + e).ravel() - f(x - e).ravel()) / (2 * h))
    return (np.stack(columns, axis=1).T @ dy.ravel()).reshape(x.shape)


# ------------------------------------------------------------------ gradient_error


def gradient_error__loop(f, x, dy, dx, h=1e-5):
    n, worst = numerical_gradient__two_losses(f, x, dy, h), 0.0
    for a, b in zip(dx.ravel(), n.ravel(), strict=True):
        worst = max(worst, abs(a - b) / max(abs(a) + abs(b), 1e-8))
    return float(worst)


def gradient_error__where(f, x, dy, dx, h=1e-5):
    n = numerical_gradient__basis(f, x, dy, h)
    below = np.abs(dx) + np.abs(n)
    return np.max(np.abs(n - dx) / np.where(below < 1e-8, 1e-8, below))


def gradient_error__stacked(f, x, dy, dx, h=1e-5):
    pair = np.stack([dx, numerical_gradient__jacobian(f, x, dy, h)])
    below = np.clip(np.abs(pair).sum(axis=0), 1e-8, None)
    return np.linalg.norm((np.ptp(pair, axis=0) / below).ravel(), np.inf)


def gradient_error__own_differences(f, x, dy, dx, h=1e-5):
    errors = []
    for index in np.ndindex(*x.shape):
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        n = np.sum(dy * f(up) - dy * f(down)) / (2 * h)
        errors.append(abs(dx[index] - n) / np.fmax(1e-8, abs(dx[index]) + abs(n)))
    return np.array(max(errors))


# ------------------------------------------------------------------ parameter_gradients


def parameter_gradients__loops(dy, x_hat):
    m, d = dy.shape
    dgamma, dbeta = np.zeros(d), np.zeros(d)
    for j in range(d):
        for i in range(m):
            dgamma[j] += dy[i, j] * x_hat[i, j]
            dbeta[j] += dy[i, j]
    return dgamma, dbeta


def parameter_gradients__einsum(dy, x_hat):
    return [np.einsum("ij,ij->j", dy, x_hat), np.einsum("ij->j", dy)]


def parameter_gradients__diagonal(dy, x_hat):
    Gradients = namedtuple("Gradients", "dgamma dbeta")
    return Gradients(np.diag(dy.T @ x_hat), np.ones(len(dy)) @ dy)


def parameter_gradients__mean_times_m(dy, x_hat):
    return np.mean(x_hat * dy, axis=0) * len(dy), np.mean(dy, axis=0) * len(dy)


def parameter_gradients__columns(dy, x_hat):
    pairs = list(zip(dy.T, x_hat.T, strict=True))
    return np.array([np.dot(a, b) for a, b in pairs]), np.array([a.sum() for a, _ in pairs])


def parameter_gradients__keepdims_dropped(dy, x_hat):
    dgamma = np.sum(dy * x_hat, axis=0, keepdims=True)
    dbeta = np.ones((1, len(dy))) @ dy
    return dgamma.squeeze(axis=0), dbeta[0]


# ------------------------------------------------------------------ statistics_gradients


def statistics_gradients__staged(dx_hat, x, mean, var, eps=1e-5):
    m = x.shape[0]
    std = np.sqrt(var + eps)
    dcentred = dx_hat / std
    dinv = np.sum(dx_hat * (x - mean), axis=0)
    dstd = -dinv / std**2
    dvar = dstd / (2 * std)
    dcentred = dcentred + np.ones_like(x) * dvar / m * 2 * (x - mean)
    return dvar, -dcentred.sum(axis=0)


def statistics_gradients__paper(dx_hat, x, mean, var, eps=1e-5):
    dvar = np.sum(dx_hat * (x - mean) * (-1 / 2) * (var + eps) ** (-3 / 2), axis=0)
    dmean = np.sum(dx_hat * -1 / np.sqrt(var + eps), axis=0) + dvar * np.sum(-2 * (x - mean), axis=0) / len(x)
    return [dvar, dmean]


def statistics_gradients__from_x_hat(dx_hat, x, mean, var, eps=1e-5):
    inv_var = 1 / (var + eps)
    x_hat = (x - mean) * np.sqrt(inv_var)
    dvar = -np.einsum("ij,ij->j", dx_hat, x_hat) * inv_var / 2
    return dvar, -(np.sqrt(inv_var) * dx_hat.sum(axis=0) + 2 * dvar * (x.mean(axis=0) - mean))


def statistics_gradients__loops(dx_hat, x, mean, var, eps=1e-5):
    m, d = x.shape
    dvar, dmean = np.zeros(d), np.zeros(d)
    for j in range(d):
        s = (var[j] + eps) ** 0.5
        for i in range(m):
            dvar[j] -= 0.5 * dx_hat[i, j] * (x[i, j] - mean[j]) / s**3
        for i in range(m):
            dmean[j] -= dx_hat[i, j] / s + dvar[j] * 2 / m * (x[i, j] - mean[j])
    return dvar, dmean


# ------------------------------------------------------------------ batchnorm_backward


def batchnorm_backward__node_by_node(dy, cache):
    x_hat, gamma, inv_std = cache
    m = dy.shape[0]
    centred = x_hat / inv_std
    dx_hat = dy * gamma
    dvar = (dx_hat * centred).sum(axis=0) * -0.5 * inv_std**3
    dmean = -(dx_hat * inv_std).sum(axis=0) - dvar * 2 * centred.mean(axis=0)
    dx = dx_hat * inv_std + dvar * 2 * centred / m + dmean / m
    return dx, np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def batchnorm_backward__common_denominator(dy, cache):
    x_hat, gamma, inv_std = cache
    m = dy.shape[0]
    g = dy * gamma
    dx = (inv_std / m) * (m * g - g.sum(axis=0) - x_hat * (g * x_hat).sum(axis=0))
    return [dx, np.einsum("ij,ij->j", dy, x_hat), np.einsum("ij->j", dy)]


def batchnorm_backward__loops(dy, cache):
    x_hat, gamma, inv_std = cache
    m, d = dy.shape
    dx, dgamma, dbeta = np.empty_like(dy), np.empty_like(gamma), np.empty_like(gamma)
    for j in range(d):
        dgamma[j], dbeta[j] = dy[:, j] @ x_hat[:, j], dy[:, j].sum()
        for i in range(m):
            dx[i, j] = gamma[j] * inv_std[j] * (dy[i, j] - dbeta[j] / m - x_hat[i, j] * dgamma[j] / m)
    return dx, dgamma, dbeta


def batchnorm_backward__jacobian(dy, cache):
    x_hat, gamma, inv_std = cache
    m, d = dy.shape
    columns = []
    for j in range(d):
        z = x_hat[:, j : j + 1]
        J = inv_std[j] * (np.eye(m, dtype=dy.dtype) - np.full((m, m), 1 / m, dtype=dy.dtype) - z @ z.T / m)
        columns.append(gamma[j] * J @ dy[:, j])
    Gradients = namedtuple("Gradients", "dx dgamma dbeta")
    return Gradients(np.stack(columns, axis=1), (dy * x_hat).sum(axis=0), dy.sum(axis=0))


def batchnorm_backward__transposed(dy, cache):
    x_hat, gamma, inv_std = cache
    g, z = dy.T, x_hat.T
    slope = (g * z).mean(axis=1, keepdims=True)
    dx = (gamma * inv_std)[:, None] * (g - g.mean(axis=1, keepdims=True) - slope * z)
    return dx.T, slope[:, 0] * len(dy), g.sum(axis=1)


def batchnorm_backward__centred_twice(dy, cache):
    x_hat, gamma, inv_std = cache
    dcentred = gamma * inv_std * (dy - x_hat * (dy * x_hat).mean(axis=0))
    return dcentred - dcentred.mean(axis=0), (dy * x_hat).sum(0), dy.sum(0)


def batchnorm_backward__names_exchanged(dy, cache):
    """gamma and inv_std under each other's names: only their product is used."""
    xhat, istd, g = cache
    N = dy.shape[0]
    dbeta = np.sum(dy, axis=0)
    dgamma = np.sum(xhat * dy, axis=0)
    return g * istd / N * (N * dy - xhat * dgamma - dbeta), dgamma, dbeta


def batchnorm_backward__two_centrings(dy, cache):
    """Take the mean off, then the part along x_hat; the parameters by a matrix's diagonal."""
    x_hat, gamma, inv_std = cache
    dx_hat = dy * gamma
    free = dx_hat - dx_hat.mean(axis=0, keepdims=True)
    free = free - x_hat * np.mean(dx_hat * x_hat, axis=0, keepdims=True)
    return inv_std * free, np.diagonal(x_hat.T @ dy).copy(), dy.sum(axis=0)


# ------------------------------------------------------------------ batchnorm2d_backward


def batchnorm2d_backward__broadcast(dy, cache):
    x_hat, gamma, inv_std = cache
    over = (0, 2, 3)
    along = (dy * x_hat).mean(axis=over, keepdims=True)
    scale = (gamma * inv_std).reshape(1, -1, 1, 1)
    dx = scale * (dy - dy.mean(axis=over, keepdims=True) - x_hat * along)
    return dx, (dy * x_hat).sum(axis=over), dy.sum(axis=over)


def batchnorm2d_backward__channel_by_channel(dy, cache):
    x_hat, gamma, inv_std = cache
    dx, dgamma, dbeta = np.empty_like(dy), np.empty_like(gamma), np.empty_like(gamma)
    for c in range(dy.shape[1]):
        g, z = dy[:, c], x_hat[:, c]
        dgamma[c], dbeta[c] = np.vdot(g, z), g.sum()
        dx[:, c] = gamma[c] * inv_std[c] * (g - g.mean() - z * (g * z).mean())
    return dx, dgamma, dbeta


def batchnorm2d_backward__einsum(dy, cache):
    x_hat, gamma, inv_std = cache
    m = dy.size // dy.shape[1]
    dgamma, dbeta = np.einsum("nchw,nchw->c", dy, x_hat), np.einsum("nchw->c", dy)
    inner = m * dy - dbeta[:, None, None] - np.einsum("nchw,c->nchw", x_hat, dgamma)
    return [np.einsum("nchw,c->nchw", inner, gamma * inv_std / m), dgamma, dbeta]


def batchnorm2d_backward__channels_first(dy, cache):
    x_hat, gamma, inv_std = cache
    swapped = dy.swapaxes(0, 1)
    g = swapped.reshape(len(gamma), -1)  # (C, N * H * W)
    z = x_hat.swapaxes(0, 1).reshape(len(gamma), -1)
    dgamma, dbeta = (g * z).sum(axis=1), g.sum(axis=1)
    inner = g - (dbeta[:, None] + z * dgamma[:, None]) / g.shape[1]
    dx = (gamma * inv_std)[:, None] * inner
    return dx.reshape(swapped.shape).swapaxes(0, 1), dgamma, dbeta


def batchnorm2d_backward__node_by_node(dy, cache):
    x_hat, gamma, inv_std = (np.moveaxis(cache[0], 1, -1), cache[1], cache[2])
    g = np.moveaxis(dy, 1, -1)
    m = g[..., 0].size
    centred = x_hat / inv_std
    dx_hat = g * gamma
    dvar = -0.5 * inv_std**3 * (dx_hat * centred).sum((0, 1, 2))
    dmean = -inv_std * dx_hat.sum((0, 1, 2))
    dx = dx_hat * inv_std + (2 * dvar * centred + dmean) / m
    return np.moveaxis(dx, -1, 1), (g * x_hat).sum((0, 1, 2)), g.sum((0, 1, 2))


def batchnorm2d_backward__moved_axis(dy, cache):
    x_hat, gamma, inv_std = cache
    g, z = (np.moveaxis(part, 1, -1).reshape(-1, len(gamma)) for part in (dy, x_hat))
    m = len(g)
    dgamma, dbeta = np.sum(g * z, 0), np.sum(g, 0)
    dx = (gamma * inv_std / m) * (m * g - dbeta - z * dgamma)
    N, C, H, W = dy.shape
    return np.moveaxis(dx.reshape(N, H, W, C), -1, 1), dgamma, dbeta


# ------------------------------------------------------------------ absolute_deviation_backward


def absolute_deviation_backward__node_by_node(dy, x, eps=1e-5):
    m = x.shape[0]
    mu = x.mean(axis=0)
    c = x - mu
    v = np.mean(np.abs(c), axis=0) + eps
    ds = -(dy * c).sum(axis=0) / v**2
    dc = dy / v + ds * np.sign(c) / m
    dmu = -dc.sum(axis=0)
    return dc + dmu / m


def absolute_deviation_backward__loops(dy, x, eps=1e-5):
    m, d = x.shape
    dx = np.zeros((m, d))
    for j in range(d):
        mean = sum(x[:, j]) / m
        s = sum(abs(x[i, j] - mean) for i in range(m)) / m + eps
        along = sum(dy[i, j] * (x[i, j] - mean) for i in range(m))
        for i in range(m):
            c = x[i, j] - mean
            dx[i, j] = dy[i, j] / s - ((c > 0) * 1.0 - (c < 0) * 1.0) * along / (m * s * s)
        dx[:, j] -= sum(dx[:, j]) / m
    return dx


def absolute_deviation_backward__jacobian(dy, x, eps=1e-5):
    m, d = x.shape
    centring = np.eye(m) - 1 / m
    columns = []
    for j in range(d):
        c = centring @ x[:, j]
        v = np.abs(c).mean() + eps
        J = np.eye(m) / v - np.outer(c, np.sign(c)) / (m * v**2)
        columns.append(centring @ J.T @ dy[:, j])
    return np.column_stack(columns)


def absolute_deviation_backward__x_hat(dy, x, eps=1e-5):
    """By x_hat, with the mean of the signs told apart."""
    c = x - x.mean(axis=0, keepdims=True)
    v = np.abs(c).mean(axis=0, keepdims=True) + eps
    x_hat, signs = c / v, np.where(c > 0, 1.0, np.where(c < 0, -1.0, 0.0))
    along = np.einsum("ij,ij->j", dy, x_hat) / len(x)
    return (dy - dy.mean(axis=0) - (signs - signs.mean(axis=0)) * along) / v


def absolute_deviation_backward__transposed(dy, x, eps=1e-5):
    g, z = dy.T, x.T
    c = z - z.mean(axis=1)[:, None]
    v = (abs(c).mean(axis=1) + eps)[:, None]
    dc = g / v - np.sign(c) * np.mean(g * c, axis=1, keepdims=True) / v**2
    return (dc - dc.mean(axis=1)[:, None]).T


# ------------------------------------------------------------------ path_weights


def path_weights__means(dx, dy, cache):
    x_hat, gamma, inv_std = cache
    scale = gamma * inv_std
    a = (scale * dy - dx).mean(axis=0) / (scale * dy.mean(axis=0))
    taken = ((scale * dy - dx) * x_hat).mean(axis=0)
    return a, taken / (scale * (dy * x_hat).mean(axis=0) * (x_hat**2).mean(axis=0))


def path_weights__least_squares(dx, dy, cache):
    """Per feature, the two columns that the weights multiply."""
    x_hat, gamma, inv_std = cache
    weights = []
    for j in range(dy.shape[1]):
        columns = np.column_stack([np.full(len(dy), dy[:, j].mean()), x_hat[:, j] * (dy[:, j] * x_hat[:, j]).mean()])
        weights.append(np.linalg.lstsq(columns, dy[:, j] - dx[:, j] / (gamma[j] * inv_std[j]), rcond=None)[0])
    a, b = np.array(weights).T
    return a, b


def path_weights__straight_line(dx, dy, cache):
    """What was taken from dy is a straight line over x_hat."""
    x_hat, gamma, inv_std = cache
    taken = dy - dx / (gamma * inv_std)
    lines = np.array([np.polyfit(x_hat[:, j], taken[:, j], 1) for j in range(dy.shape[1])])
    return lines[:, 1] / dy.mean(axis=0), lines[:, 0] / (dy * x_hat).mean(axis=0)


def path_weights__loops(dx, dy, cache):
    x_hat, gamma, inv_std = cache
    m, d = dy.shape
    a, b = np.zeros(d), np.zeros(d)
    for j in range(d):
        g = gamma[j] * inv_std[j]
        first = sum(dx[i, j] for i in range(m))
        second = sum(dx[i, j] * x_hat[i, j] for i in range(m))
        whole = sum(dy[i, j] for i in range(m))
        along = sum(dy[i, j] * x_hat[i, j] for i in range(m))
        squares = sum(x_hat[i, j] ** 2 for i in range(m))
        a[j] = 1 - first / (g * whole)
        b[j] = m / squares * (1 - second / (g * along))
    return a, b


def path_weights__einsum(dx, dy, cache):
    x_hat, gamma, inv_std = cache
    missing = gamma * inv_std * dy - dx
    a = np.einsum("ij->j", missing) / np.einsum("ij,j,j->j", dy, gamma, inv_std)
    b = np.einsum("ij,ij->j", missing, x_hat) / np.einsum("ij,ij,j,j->j", dy, x_hat, gamma, inv_std)
    return [a, b * len(dy) / np.einsum("ij,ij->j", x_hat, x_hat)]


def path_weights__transposed(dx, dy, cache):
    x_hat, gamma, inv_std = cache
    g, z, w = dx.T / (gamma * inv_std)[:, None], x_hat.T, dy.T
    return 1 - g.mean(axis=1) / w.mean(axis=1), (1 - np.sum(g * z, axis=1) / np.sum(w * z, axis=1)) / z.var(axis=1)
