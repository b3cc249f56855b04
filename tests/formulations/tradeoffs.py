"""Right answers in other words: the hidden tests must give each of them full marks, and no hint.

One file a chapter, however long: the right answers to an exercise are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ batch_noise


def batch_noise__loops(x, batches):
    total = 0.0
    for j in range(x.shape[1]):
        means = [sum(x[i, j] for i in rows) / len(rows) for rows in batches]
        centre = sum(means) / len(means)
        total += (sum((v - centre) ** 2 for v in means) / len(means)) ** 0.5
    return total / x.shape[1]


def batch_noise__einsum(x, batches):
    k, m = batches.shape
    means = np.einsum("kmd->kd", x[batches]) / m
    centred = means - np.einsum("kd->d", means) / k
    return np.sqrt(np.einsum("kd,kd->d", centred, centred) / k).mean()


def batch_noise__one_by_one(x, batches):
    means = []
    for rows in batches:
        batch = x[rows]
        means.append(np.mean(batch, axis=0))
    noise = np.std(np.stack(means), axis=0)
    return np.average(noise)


def batch_noise__differences(x, batches):
    """The variance from the differences of all pairs of batches; the mean is nowhere."""
    means = x[batches].mean(axis=1)
    apart = means[:, None] - means[None, :]
    return np.sqrt((apart**2).sum(axis=(0, 1)) / (2 * len(means) ** 2)).mean()


def batch_noise__counts(x, batches):
    """How often each row comes in each batch, as a matrix."""
    m = batches.shape[1]
    counts = np.stack([np.bincount(rows, minlength=len(x)) for rows in batches])
    return np.asarray(np.mean(np.std(counts @ x / m, axis=0)))


def batch_noise__taken(x, batches):
    rows = np.take(x, batches.ravel(), axis=0).reshape(*batches.shape, -1)
    means = np.add.reduce(rows, axis=1) / batches.shape[1]
    return np.linalg.norm(means - means.mean(axis=0), axis=0).mean() / np.sqrt(len(batches))


# ------------------------------------------------------------------ effective_learning_rate


def effective_learning_rate__norm(lr, W):
    return lr / np.linalg.norm(W, axis=0) ** 2


def effective_learning_rate__norms_of_rows_of_the_transpose(lr, W):
    lengths = np.sqrt((W.T * W.T).sum(axis=1))
    return lr / lengths / lengths


def effective_learning_rate__loops(lr, W):
    rates = np.empty(W.shape[1])
    for j in range(W.shape[1]):
        rates[j] = lr / sum(w * w for w in W[:, j])
    return rates


def effective_learning_rate__einsum(lr, W):
    return lr * np.einsum("ij,ij->j", W, W) ** -1.0


def effective_learning_rate__gram(lr, W):
    return lr / np.diag(W.T @ W)


def effective_learning_rate__column_by_column(lr, W):
    return np.array([lr / (column @ column) for column in W.T])


# ------------------------------------------------------------------ hessian_condition_number


def hessian_condition_number__singular_values(x):
    s = np.linalg.svd(x, compute_uv=False)
    return (s[0] / s[-1]) ** 2


def hessian_condition_number__without_m(x):
    """1/m cancels in the ratio."""
    values, _ = np.linalg.eigh(x.T @ x)
    return values.max() / values.min()


def hessian_condition_number__sorted(x):
    values = sorted(np.linalg.eigvals(x.T.dot(x) / len(x)), reverse=True)
    return abs(values[0]) / abs(values[-1])


def hessian_condition_number__cond(x):
    return np.linalg.cond(x.T @ x / x.shape[0])


def hessian_condition_number__general_eigenvalues(x):
    values = np.linalg.eigvals(np.einsum("ij,ik->jk", x, x)).real
    return max(values) / min(values)


def hessian_condition_number__triangular(x):
    return np.linalg.cond(np.linalg.qr(x, mode="r")) ** 2


def hessian_condition_number__inverse(x):
    """The smallest eigenvalue of H is one over the largest of its inverse."""
    hessian = sum(np.outer(row, row) for row in x) / len(x)
    return np.linalg.norm(hessian, 2) * np.linalg.norm(np.linalg.inv(hessian), 2)


# ------------------------------------------------------------------ cross_example_influence


def cross_example_influence__one_hot(f, x, i, delta):
    step = np.zeros_like(x)
    step[i] = delta
    change = f(x + step) - f(x)
    return np.sqrt((change**2).sum(axis=1))


def cross_example_influence__put_back(f, x, i, delta):
    """x is changed while f looks at it, and is bit for bit what it was afterwards."""
    before, kept = f(x), x[i].copy()
    x[i] = x[i] + delta
    after = f(x)
    x[i] = kept
    return np.hypot.reduce(after - before, axis=1)


def cross_example_influence__outer(f, x, i, delta):
    change = f(x + np.outer(np.arange(len(x)) == i, delta)) - f(x)
    return np.sqrt(np.einsum("ij,ij->i", change, change))


def cross_example_influence__loops(f, x, i, delta):
    rows = [row + delta if k == i else row for k, row in enumerate(x)]
    after, before = f(np.array(rows)), f(x.copy())
    return np.array([np.linalg.norm(a - b) for a, b in zip(after, before, strict=True)])


def cross_example_influence__stacked(f, x, i, delta):
    moved = np.concatenate([x[:i], (x[i] + delta)[None], x[i + 1 :]])
    return np.linalg.norm((f(x) - f(moved)).T, axis=0)


# ------------------------------------------------------------------ groupnorm_forward


def groupnorm_forward__loops(x, gamma, beta, groups, eps=1e-5):
    N, C = x.shape[:2]
    if groups < 1 or C % groups != 0:
        raise ValueError("groups must divide C")
    size = C // groups
    y = np.empty_like(x)
    for n in range(N):
        for g in range(groups):
            part = x[n, g * size : (g + 1) * size]
            y[n, g * size : (g + 1) * size] = (part - part.mean()) / np.sqrt(part.var() + eps)
    return y * gamma.reshape(1, C, 1, 1) + beta.reshape(1, C, 1, 1)


def groupnorm_forward__five_axes(x, gamma, beta, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups not in [g for g in range(1, C + 1) if C % g == 0]:
        raise ValueError("groups must divide C")
    z = x.reshape(N, groups, C // groups, H, W)
    z = (z - z.mean((2, 3, 4), keepdims=True)) / (z.var((2, 3, 4), keepdims=True) + eps) ** 0.5
    gamma, beta = (p.reshape(1, groups, C // groups, 1, 1) for p in (gamma, beta))
    return (gamma * z + beta).reshape(x.shape)


def groupnorm_forward__split(x, gamma, beta, groups, eps=1e-5):
    if groups < 1 or x.shape[1] % groups:
        raise ValueError(f"{groups} does not divide {x.shape[1]}")
    parts = []
    for part in np.split(x, groups, axis=1):
        mu = part.mean(axis=(1, 2, 3), keepdims=True)
        sigma2 = np.square(part - mu).mean(axis=(1, 2, 3), keepdims=True)
        parts.append((part - mu) / np.sqrt(sigma2 + eps))
    x_hat = np.concatenate(parts, axis=1)
    return np.einsum("c,nchw->nchw", gamma, x_hat) + beta[None, :, None, None]


def groupnorm_forward__einsum(x, gamma, beta, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups < 1 or groups * (C // groups) != C:
        raise ValueError("groups must divide C")
    m = C // groups * H * W
    flat = x.reshape(N * groups, m)
    centred = flat - np.einsum("gi->g", flat)[:, None] / m
    inv_std = (np.einsum("gi,gi->g", centred, centred) / m + eps) ** -0.5
    x_hat = (centred * inv_std[:, None]).reshape(N, C, H, W)
    return np.einsum("nchw,c->nchw", x_hat, gamma) + beta.reshape(-1, 1, 1)


def groupnorm_forward__moved_axes(x, gamma, beta, groups, eps=1e-5):
    N, C, H, W = x.shape
    if groups <= 0 or C % groups:
        raise ValueError("groups must divide C")
    z = x.transpose(0, 2, 3, 1).reshape(N, H * W, groups, C // groups)
    z = (z - z.mean(axis=(1, 3), keepdims=True)) / np.sqrt(z.var(axis=(1, 3), keepdims=True) + eps)
    return (z.reshape(N, H, W, C) * gamma + beta).transpose(0, 3, 1, 2)


def groupnorm_forward__merged_moments(x, gamma, beta, groups, eps=1e-5):
    """Moments of the channels, put together within each group."""
    N, C = x.shape[:2]
    if groups < 1:
        raise ValueError("at least one group")
    # Where C is not divisible, the ValueError is NumPy's own.
    means = x.mean(axis=(2, 3)).reshape(N, groups, C // groups)
    variances = x.var(axis=(2, 3)).reshape(N, groups, C // groups)
    mean = means.mean(axis=2, keepdims=True)
    var = variances.mean(axis=2, keepdims=True) + means.var(axis=2, keepdims=True)
    mean, var = (np.repeat(v, C // groups, axis=2).reshape(N, C, 1, 1) for v in (mean, var))
    scale = gamma[:, None, None] / np.sqrt(var + eps)
    return x * scale + (beta[:, None, None] - mean * scale)


# ------------------------------------------------------------------ batch_renorm_forward


def batch_renorm_forward__staged(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    mean = np.average(x, axis=0)
    batch_std = ((x - mean) ** 2).mean(axis=0)
    batch_std = (batch_std + eps) ** 0.5
    running_std = (running_var + eps) ** 0.5
    r = np.minimum(np.maximum(batch_std / running_std, 1 / r_max), r_max)
    q = np.maximum(-d_max, np.minimum(d_max, (mean - running_mean) / running_std))
    x_hat = (x - mean) / batch_std
    x_hat = x_hat * r + q
    return x_hat * gamma + beta


def batch_renorm_forward__loops(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    y = np.empty_like(x)
    for j in range(x.shape[1]):
        column = x[:, j]
        s, S = np.sqrt(column.var() + eps), np.sqrt(running_var[j] + eps)
        r = min(max(s / S, 1 / r_max), r_max)
        q = min(max((column.mean() - running_mean[j]) / S, -d_max), d_max)
        y[:, j] = gamma[j] * ((column - column.mean()) / s * r + q) + beta[j]
    return y


def batch_renorm_forward__corrected_statistics(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """As one normalization, with a mean and a standard deviation between the batch's and the running ones."""
    s, S = np.sqrt(np.var(x, axis=0) + eps), np.sqrt(running_var + eps)
    ratio = s / S
    ratio[ratio > r_max] = r_max
    ratio[ratio < 1 / r_max] = 1 / r_max
    std = s / ratio
    q = np.clip((x.mean(axis=0) - running_mean) / S, -d_max, d_max)
    centre = x.mean(axis=0) - q * std
    return gamma * (x - centre) / std + beta


def batch_renorm_forward__affine(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    mean, s, S = x.mean(0), np.sqrt(x.var(0) + eps), np.sqrt(running_var + eps)
    scale = gamma * np.clip(1 / S, 1 / (r_max * s), r_max / s)
    shift = gamma * np.clip((mean - running_mean) / S, -d_max, d_max) + beta - mean * scale
    return x * scale + shift


def batch_renorm_forward__selected(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    m = len(x)
    mean = np.einsum("ij->j", x) / m
    s = np.sqrt(np.einsum("ij,ij->j", x - mean, x - mean) / m + eps)
    S = np.sqrt(running_var + eps)
    r, q = s / S, (mean - running_mean) / S
    r = np.where(r > r_max, r_max, np.where(r < 1 / r_max, 1 / r_max, r))
    q = np.where(np.abs(q) > d_max, np.sign(q) * d_max, q)
    return np.einsum("ij,j->ij", x - mean, gamma * r / s) + gamma * q + beta


# ------------------------------------------------------------------ batch_renorm_backward


def batch_renorm_backward__node_by_node(dy, cache):
    x_hat, gamma, s, r, q = cache
    m = dy.shape[0]
    centred = (x_hat - q) / r * s
    dn = dy * gamma * r
    ds = -(dn * centred).sum(axis=0) / s**2
    dvar = ds / (2 * s)
    dcentred = dn / s + dvar * 2 * centred / m
    return dcentred - dcentred.mean(axis=0), np.sum(dy * x_hat, axis=0), np.sum(dy, axis=0)


def batch_renorm_backward__batchnorm_with_other_parameters(dy, cache):
    """Batch Normalization of n with the scale gamma * r."""
    x_hat, gamma, s, r, q = cache
    n = (x_hat - q) / r
    m = len(dy)
    dscale, dshift = np.einsum("ij,ij->j", dy, n), dy.sum(0)
    dx = (gamma * r) * (m * dy - dshift - n * dscale) / (m * s)
    return [dx, r * dscale + q * dshift, dshift]


def batch_renorm_backward__loops(dy, cache):
    x_hat, gamma, s, r, q = cache
    m, d = dy.shape
    dx, dgamma, dbeta = np.zeros((m, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        n = [(x_hat[i, j] - q[j]) / r[j] for i in range(m)]
        along = sum(dy[i, j] * n[i] for i in range(m))
        for i in range(m):
            dgamma[j] += dy[i, j] * x_hat[i, j]
            dbeta[j] += dy[i, j]
        for i in range(m):
            dx[i, j] = gamma[j] * r[j] / s[j] * (dy[i, j] - dbeta[j] / m - n[i] * along / m)
    return dx, dgamma, dbeta


def batch_renorm_backward__jacobian(dy, cache):
    x_hat, gamma, s, r, q = cache
    m, d = dy.shape
    columns = []
    for j in range(d):
        n = (x_hat[:, j] - q[j]) / r[j]
        J = (np.eye(m) - 1 / m - np.outer(n, n) / m) / s[j]
        columns.append(gamma[j] * r[j] * J @ dy[:, j])
    return np.stack(columns, axis=1), (x_hat * dy).sum(axis=0), dy.sum(axis=0)


def batch_renorm_backward__by_the_sums(dy, cache):
    """The part along n from dgamma and dbeta, which are sums with the corrected x_hat."""
    x_hat, gamma, s, r, q = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    along = (dgamma - q * dbeta) / r**2
    return gamma * r / s * (dy - (dbeta + (x_hat - q) * along) / dy.shape[0]), dgamma, dbeta


# ------------------------------------------------------------------ merge_statistics


def merge_statistics__averages(counts, means, variances):
    some = np.flatnonzero(counts)
    if len(some) == 0:
        raise ValueError("a batch without rows")
    mean = np.average(means[some], axis=0, weights=counts[some])
    around = variances[some] + np.square(means[some] - mean)
    var = np.average(around, axis=0, weights=counts[some])
    return [mean.astype(means.dtype), var.astype(means.dtype)]


def merge_statistics__within_and_between(counts, means, variances):
    """Zeros where a device holds no row; then two sums of squares."""
    total = counts.sum()
    if total == 0:
        raise ValueError("no rows")
    idle = (counts == 0)[:, None]
    means, variances = np.where(idle, 0, means), np.where(idle, 0, variances)
    mean = counts @ means / total
    within = counts @ variances
    between = counts @ (means - mean) ** 2
    return mean.astype(means.dtype), ((within + between) / total).astype(means.dtype)


def merge_statistics__one_joins_after_the_other(counts, means, variances):
    """As in Chan, Golub & LeVeque (1983)."""
    n = 0
    for m, own, var in zip(counts.tolist(), means, variances, strict=True):
        if m == 0:
            continue
        if n == 0:
            mean, squares = np.zeros_like(own), np.zeros_like(own)
        delta = own - mean if n else own
        mean = mean + delta * (m / (n + m))
        squares = squares + m * var + delta**2 * (n * m / (n + m))
        n += m
    if n == 0:
        raise ValueError("no rows")
    return mean, squares / n


def merge_statistics__as_welford(counts, means, variances):
    """A device joins as a row does in Welford's method: one factor from the old mean, one from the new."""
    n, mean, squares = 0, 0 * means[0], 0 * means[0]
    for k in range(len(counts)):
        m = int(counts[k])
        if m:
            n += m
            old = mean if n > m else means[k]
            mean = old + (means[k] - old) * (m / n)
            squares = (squares if n > m else 0) + m * (variances[k] + (means[k] - old) * (means[k] - mean))
    if not n:
        raise ValueError("no rows")
    return mean, squares / n


def merge_statistics__halves_of_the_list(counts, means, variances):
    """The devices in two halves, each merged by itself."""

    def merged(part):
        if len(part) == 1:
            return part[0]
        (n, mean_a, var_a), (m, mean_b, var_b) = merged(part[: len(part) // 2]), merged(part[len(part) // 2 :])
        w = m / (n + m)
        apart = mean_b - mean_a
        return n + m, mean_a + w * apart, (1 - w) * var_a + w * var_b + w * (1 - w) * apart**2

    devices = [(int(n), mean, var) for n, mean, var in zip(counts, means, variances, strict=True) if n > 0]
    if not devices:
        raise ValueError("nothing to merge")
    _, mean, var = merged(devices)
    return mean, var


def merge_statistics__distances_of_pairs(counts, means, variances):
    """The spread between the devices from the distances of their means, pair by pair."""
    here = counts != 0
    if not np.any(here):
        raise ValueError("no rows")
    share = (counts[here] / np.sum(counts[here])).astype(means.dtype)
    own = means[here]
    apart = own[:, None] - own
    between = np.einsum("a,b,abj->j", share, share, apart**2) / 2
    return np.einsum("k,kj->j", share, own), np.einsum("k,kj->j", share, variances[here]) + between


def merge_statistics__each_row_has_its_devices_numbers(counts, means, variances):
    """A device's mean and variance once for each of its rows: then plain means and variances do."""
    if counts.max() < 1:
        raise ValueError("no rows")
    rows, spreads = np.repeat(means, counts, axis=0), np.repeat(variances, counts, axis=0)
    return rows.mean(axis=0), spreads.mean(axis=0) + rows.var(axis=0)


def merge_statistics__from_one_of_the_means(counts, means, variances):
    """All distances from the mean of one device, which is near enough to the mean of the batch."""
    here = [k for k in range(counts.shape[0]) if counts[k]]
    if not here:
        raise ValueError("no rows")
    origin, n = means[here[0]], sum(int(counts[k]) for k in here)
    shift = sum(int(counts[k]) * (means[k] - origin) for k in here) / n
    squares = sum(int(counts[k]) * (variances[k] + (means[k] - origin) ** 2) for k in here) / n
    return origin + shift, squares - shift**2


def merge_statistics__loops(counts, means, variances):
    k, d = means.shape
    n = sum(counts)
    if n == 0:
        raise ValueError("no rows")
    mean, var = np.zeros(d, dtype=means.dtype), np.zeros(d, dtype=means.dtype)
    for j in range(d):
        for i in range(k):
            if counts[i] > 0:
                mean[j] += counts[i] * means[i, j] / n
        for i in range(k):
            if counts[i] > 0:
                var[j] += counts[i] * (variances[i, j] + (means[i, j] - mean[j]) ** 2) / n
    return mean, var
