"""Right answers in other words: the hidden tests must give each of them full marks, and no hint.

One file a chapter, however long: the right answers to an exercise are found by the chapter's name.
"""

from collections import namedtuple

import numpy as np

# ------------------------------------------------------------------ update_running_statistics


def update_running_statistics__towards_the_batch(running_mean, running_var, x, momentum=0.1):
    """Old plus momentum times the way to the new."""
    m, _ = x.shape
    if m <= 1:
        raise ValueError("one row")
    mean = x.sum(axis=0) / m
    var = np.square(x - mean).sum(axis=0) / (m - 1)
    return [running_mean + momentum * (mean - running_mean), running_var - momentum * (running_var - var)]


def update_running_statistics__loops(running_mean, running_var, x, momentum=0.1):
    m, d = x.shape
    if not m > 1:
        raise ValueError
    new_mean, new_var = np.zeros(d), np.zeros(d)
    for j in range(d):
        column = [float(v) for v in x[:, j]]
        mean = sum(column) / m
        var = sum((v - mean) ** 2 for v in column) / (m - 1)
        new_mean[j] = (1 - momentum) * running_mean[j] + momentum * mean
        new_var[j] = (1 - momentum) * running_var[j] + momentum * var
    return new_mean, new_var


def update_running_statistics__factor(running_mean, running_var, x, momentum=0.1):
    """The variance with 1/m times m/(m-1); the arrays are copied and then changed."""
    m = len(x)
    if m < 2:
        raise ValueError("a batch of one row has no variance")
    new_mean, new_var = running_mean.copy(), running_var.copy()
    new_mean *= 1 - momentum
    new_mean += momentum * np.mean(x, axis=0)
    new_var *= 1 - momentum
    new_var += momentum * np.var(x, axis=0) * m / (m - 1)
    return new_mean, new_var


def update_running_statistics__shifted(running_mean, running_var, x, momentum=0.1):
    """One pass, over the distances from the first row."""
    m = x.shape[0]
    if m < 2:
        raise ValueError("one row")
    shifted = x - x[0]
    mean = np.einsum("ij->j", shifted) / m
    var = (np.einsum("ij,ij->j", shifted, shifted) - m * mean**2) / (m - 1)
    mean = mean + x[0]
    pairs = (running_mean, mean), (running_var, var)
    return tuple(np.average(pair, axis=0, weights=[1 - momentum, momentum]) for pair in pairs)


def update_running_statistics__covariance(running_mean, running_var, x, momentum=0.1):
    """The diagonal of np.cov, which divides by m - 1; a named tuple comes back."""
    if np.size(x, 0) < 2:
        raise ValueError("one row")
    var = np.diag(np.atleast_2d(np.cov(x, rowvar=False)))
    Statistics = namedtuple("Statistics", "mean var")
    keep = 1 - momentum
    return Statistics(keep * running_mean + momentum * x.mean(0), keep * running_var + momentum * var)


# ------------------------------------------------------------------ batchnorm_inference


def batchnorm_inference__folded(x, gamma, beta, running_mean, running_var, eps=1e-5):
    scale = gamma / np.sqrt(running_var + eps)
    return x * scale + (beta - running_mean * scale)


def batchnorm_inference__loops(x, gamma, beta, running_mean, running_var, eps=1e-5):
    y = np.empty_like(x)
    for i, row in enumerate(x):
        for j, value in enumerate(row):
            x_hat = (value - running_mean[j]) / (running_var[j] + eps) ** 0.5
            y[i, j] = gamma[j] * x_hat + beta[j]
    return y


def batchnorm_inference__einsum(x, gamma, beta, running_mean, running_var, eps=1e-5):
    inv_std = (running_var + eps) ** -0.5
    return np.einsum("ij,j,j->ij", x - running_mean, gamma, inv_std) + beta


def batchnorm_inference__diagonal(x, gamma, beta, running_mean, running_var, eps=1e-5):
    return (x - running_mean) @ np.diag(gamma / np.sqrt(running_var + eps)) + beta[None, :]


def batchnorm_inference__transposed(x, gamma, beta, running_mean, running_var, eps=1e-5):
    columns = (x.T - running_mean[:, None]) * np.reciprocal(np.sqrt(running_var + eps))[:, None]
    return (columns * gamma[:, None] + beta[:, None]).T


def batchnorm_inference__on_a_copy(x, gamma, beta, running_mean, running_var, eps=1e-5):
    y = x.copy()
    y -= running_mean
    y /= np.sqrt(running_var + eps)
    y *= gamma
    y += beta
    return y


# ------------------------------------------------------------------ batchnorm_inference_backward


def batchnorm_inference_backward__staged(dy, x, gamma, running_mean, running_var, eps=1e-5):
    std = np.sqrt(running_var + eps)
    x_hat = (x - running_mean) / std
    dbeta = np.sum(dy, axis=0)
    dgamma = np.sum(dy * x_hat, axis=0)
    dx_hat = dy * gamma
    dcentred = dx_hat / std
    return [dcentred, dgamma, dbeta]


def batchnorm_inference_backward__loops(dy, x, gamma, running_mean, running_var, eps=1e-5):
    m, d = x.shape
    dx, dgamma, dbeta = np.zeros((m, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        inv_std = (running_var[j] + eps) ** -0.5
        for i in range(m):
            dx[i, j] = dy[i, j] * gamma[j] * inv_std
            dgamma[j] += dy[i, j] * (x[i, j] - running_mean[j]) * inv_std
            dbeta[j] += dy[i, j]
    return dx, dgamma, dbeta


def batchnorm_inference_backward__einsum(dy, x, gamma, running_mean, running_var, eps=1e-5):
    inv_std = 1 / np.sqrt(running_var + eps)
    dx = np.einsum("ij,j->ij", dy, gamma * inv_std)
    return dx, np.einsum("ij,ij,j->j", dy, x - running_mean, inv_std), np.einsum("ij->j", dy)


def batchnorm_inference_backward__sums_first(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma from the sums of dy and dy * x: the constants leave the sum."""
    std = (running_var + eps) ** 0.5
    dbeta = dy.sum(axis=0)
    return dy * (gamma / std), ((dy * x).sum(axis=0) - running_mean * dbeta) / std, dbeta


def batchnorm_inference_backward__matrix(dy, x, gamma, running_mean, running_var, eps=1e-5):
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    dx = dy @ np.diag(gamma / np.sqrt(running_var + eps))
    return dx, np.diag(dy.T @ x_hat).copy(), np.ones(len(dy)) @ dy


def batchnorm_inference_backward__named(dy, x, gamma, running_mean, running_var, eps=1e-5):
    Gradients = namedtuple("Gradients", "dx dgamma dbeta")
    inv_std = 1 / np.sqrt(running_var + eps)
    rows = [(g * (v - running_mean) * inv_std, g) for g, v in zip(dy, x, strict=True)]
    return Gradients(dy * gamma * inv_std, sum(r[0] for r in rows), sum(r[1] for r in rows))


# ------------------------------------------------------------------ BatchNorm1d


class BatchNorm1d__in_place:
    """The arrays are updated where they lie, and train() and eval() return nothing."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.gamma = np.ones(num_features)
        self.beta = np.zeros(num_features)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)
        self.training = True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def __call__(self, x):
        if not self.training:
            x_hat = (x - self.running_mean) / np.sqrt(self.running_var + self.eps)
            return self.gamma * x_hat + self.beta
        m = x.shape[0]
        if m == 1:
            raise ValueError("a training batch needs two rows")
        mean = x.mean(axis=0)
        var = x.var(axis=0)
        self.running_mean[...] = (1 - self.momentum) * self.running_mean + self.momentum * mean
        self.running_var *= 1 - self.momentum
        self.running_var += self.momentum * var * m / (m - 1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__helpers:
    """PyTorch's way: train(mode), eval() by train(False), and small methods."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum = eps, momentum
        self.reset(num_features)
        self.train()

    def reset(self, d):
        self.gamma, self.beta = np.full(d, 1.0), np.full(d, 0.0)
        self.running_mean, self.running_var = np.zeros(d), np.ones(d)

    def train(self, mode=True):
        self.training = mode
        return self

    def eval(self):
        return self.train(False)

    def statistics(self, x):
        if not self.training:
            return self.running_mean, self.running_var
        self.collect(x)
        return np.mean(x, axis=0), np.var(x, axis=0)

    def collect(self, x):
        if len(x) < 2:
            raise ValueError("one row")
        for name, new in (("running_mean", x.mean(axis=0)), ("running_var", x.var(axis=0, ddof=1))):
            old = getattr(self, name)
            setattr(self, name, old + self.momentum * (new - old))

    def forward(self, x):
        mean, var = self.statistics(x)
        scale = self.gamma / np.sqrt(var + self.eps)
        return x * scale + (self.beta - mean * scale)

    def __call__(self, *args):
        return self.forward(*args)


class BatchNorm1d__state_in_a_dict:
    """The four arrays lie in a dict and are reached by name; the mode is kept as a word."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        ones, zeros = np.ones(num_features), np.zeros(num_features)
        self.__dict__["state"] = {
            "gamma": ones.copy(),
            "beta": zeros.copy(),
            "running_mean": zeros.copy(),
            "running_var": ones.copy(),
        }
        self.__dict__.update(options=(eps, momentum), mode="train")

    def __getattr__(self, name):
        try:
            return self.__dict__["state"][name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name, value):
        self.state[name] = value

    @property
    def training(self):
        return self.mode == "train"

    def train(self):
        self.__dict__["mode"] = "train"

    def eval(self):
        self.__dict__["mode"] = "eval"

    def __call__(self, x):
        eps, momentum = self.options
        state = self.state
        mean, var = state["running_mean"], state["running_var"]
        if self.mode == "train":
            if x.shape[0] <= 1:
                raise ValueError("one row")
            new = {"running_mean": x.mean(axis=0), "running_var": x.var(axis=0, ddof=1)}
            state.update({k: (1 - momentum) * state[k] + momentum * v for k, v in new.items()})
            mean, var = new["running_mean"], x.var(axis=0)
        return state["gamma"] * ((x - mean) / np.sqrt(var + eps)) + state["beta"]


class BatchNorm1d__feature_by_feature:
    """Everything in loops over features, running statistics written entry by entry."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.training = eps, momentum, True
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)

    def train(self):
        self.training = True
        return self

    def eval(self):
        self.training = False
        return self

    def __call__(self, x):
        m, d = x.shape
        if self.training and m < 2:
            raise ValueError("one row")
        y = np.empty((m, d))
        for j in range(d):
            mean, var = self.running_mean[j], self.running_var[j]
            if self.training:
                mean = sum(x[:, j]) / m
                squares = sum((x[:, j] - mean) ** 2)
                var = squares / m
                self.running_mean[j] += self.momentum * (mean - self.running_mean[j])
                self.running_var[j] += self.momentum * (squares / (m - 1) - self.running_var[j])
            y[:, j] = self.gamma[j] * (x[:, j] - mean) / np.sqrt(var + self.eps) + self.beta[j]
        return y


class BatchNorm1d__row_vectors:
    """Means with kept dimensions inside, flattened for the attributes; the check comes before all else."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps = eps
        self.momentum = momentum
        self.gamma = np.ones((num_features,))
        self.beta = np.zeros((num_features,))
        self.running_mean = np.zeros((num_features,))
        self.running_var = np.ones((num_features,))
        self.training = True

    def train(self):
        self.training = True
        return None

    def eval(self):
        self.training = False
        return None

    def __call__(self, x):
        if self.training:
            if x.shape[0] < 2:
                raise ValueError(f"{x.shape[0]} row")
            mean = x.mean(axis=0, keepdims=True)
            var = ((x - mean) ** 2).mean(axis=0, keepdims=True)
            sample = var * len(x) / (len(x) - 1)
            weights = np.array([1 - self.momentum, self.momentum])
            self.running_mean = weights @ np.stack([self.running_mean, mean[0]])
            self.running_var = weights @ np.stack([self.running_var, sample[0]])
        else:
            mean, var = self.running_mean[None], self.running_var[None]
        return (x - mean) / np.sqrt(var + self.eps) * self.gamma[None] + self.beta[None]


class BatchNorm1d__functions_of_its_own:
    """The statistics by the learner's own functions, the mode asked once, at the end."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.gamma, self.beta = np.ones((num_features,)), np.zeros((num_features,))
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.training = True

    def train(self):
        self.training = True

    def eval(self):
        self.training = False

    def _own(self, x):
        n = x.shape[0]
        if n < 2:
            raise ValueError(f"expected more than one row, got {n}")
        mu = x.sum(axis=0) / n
        squares = np.square(x - mu).sum(axis=0)
        self.running_mean = self.momentum * mu + (1 - self.momentum) * self.running_mean
        self.running_var = self.momentum * squares / (n - 1) + (1 - self.momentum) * self.running_var
        return mu, squares / n

    def __call__(self, x):
        mu, sigma2 = self._own(x) if self.training is True else (self.running_mean, self.running_var)
        inv = np.power(sigma2 + self.eps, -0.5)
        return np.add(np.multiply((x - mu) * inv, self.gamma), self.beta)


# ------------------------------------------------------------------ fold_into_linear


def fold_into_linear__staged(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    std = np.sqrt(running_var + eps)
    new_W = W / std * gamma
    new_b = gamma * (b - running_mean) / std + beta
    return [new_W, new_b]


def fold_into_linear__diagonal(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    D = np.diag(gamma * (running_var + eps) ** -0.5)
    return W @ D, b @ D - running_mean @ D + beta


def fold_into_linear__loops(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    new_W, new_b = np.empty(W.shape), np.empty(b.shape)
    for j in range(W.shape[1]):
        scale = gamma[j] / (running_var[j] + eps) ** 0.5
        for i in range(W.shape[0]):
            new_W[i, j] = W[i, j] * scale
        new_b[j] = b[j] * scale - running_mean[j] * scale + beta[j]
    return new_W, new_b


def fold_into_linear__probed(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The affine map is found by what it does to 0 and to the unit vectors."""

    def both(x):
        return gamma * (x @ W + b - running_mean) / np.sqrt(running_var + eps) + beta

    zero = both(np.zeros((1, W.shape[0])))
    return both(np.eye(W.shape[0])) - zero, zero[0]


def fold_into_linear__stacked(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The bias as one more row of the weights; a copy, changed in place."""
    all_of_it = np.vstack([W, b - running_mean])
    all_of_it *= gamma / np.sqrt(running_var + eps)
    return all_of_it[:-1], all_of_it[-1] + beta


# ------------------------------------------------------------------ fold_into_conv


def fold_into_conv__loops(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    new_kernel, new_b = kernel.copy(), b.copy()
    for c in range(kernel.shape[0]):
        scale = gamma[c] / np.sqrt(running_var[c] + eps)
        new_kernel[c] *= scale
        new_b[c] = (b[c] - running_mean[c]) * scale + beta[c]
    return new_kernel, new_b


def fold_into_conv__einsum(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    scale = gamma * (running_var + eps) ** -0.5
    return [np.einsum("oikl,o->oikl", kernel, scale), np.einsum("o,o->o", b - running_mean, scale) + beta]


def fold_into_conv__flattened(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    D = np.diag(gamma / np.sqrt(running_var + eps))
    rows = kernel.reshape(kernel.shape[0], -1)
    return (D @ rows).reshape(kernel.shape), D @ (b - running_mean) + beta


def fold_into_conv__transposed(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """A transposed kernel has C_out last, where the scale meets it; the result is not contiguous."""
    scale = gamma / np.sqrt(running_var + eps)
    return (kernel.T * scale).T, scale * b + (beta - scale * running_mean)


def fold_into_conv__moved_axis(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    std = np.sqrt(running_var + eps)
    last = np.moveaxis(kernel, 0, -1) / std * gamma
    return np.moveaxis(last, -1, 0), gamma * ((b - running_mean) / std) + beta


def fold_into_conv__listed(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    Folded = namedtuple("Folded", "kernel b")
    scale = [g / (v + eps) ** 0.5 for g, v in zip(gamma, running_var, strict=True)]
    new_b = [(p - q) * s + r for p, q, r, s in zip(b, running_mean, beta, scale, strict=True)]
    return Folded(np.stack([s * k for s, k in zip(scale, kernel, strict=True)]), np.array(new_b))


# ------------------------------------------------------------------ population_statistics


def population_statistics__concatenated(batches):
    """np.concatenate raises the ValueError by itself."""
    rows = np.concatenate(batches)
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__two_passes(batches):
    if len(batches) == 0:
        raise ValueError("no batch")
    n = sum(len(x) for x in batches)
    mean = sum(x.sum(axis=0) for x in batches) / n
    return [mean, sum(((x - mean) ** 2).sum(axis=0) for x in batches) / n]


def population_statistics__welford(batches):
    """Row by row (Welford 1962)."""
    n = 0
    for x in batches:
        for row in x:
            if n == 0:
                mean, squares = np.zeros_like(row), np.zeros_like(row)
            n += 1
            delta = row - mean
            mean = mean + delta / n
            squares = squares + delta * (row - mean)
    if n == 0:
        raise ValueError("no rows")
    return mean, squares / n


def population_statistics__within_and_between(batches):
    if not batches:
        raise ValueError("no batch")
    sizes = np.array([len(x) for x in batches], dtype=float)[:, None]
    means = np.array([x.mean(axis=0) for x in batches])
    variances = np.array([x.var(axis=0) for x in batches])
    mean = np.average(means, axis=0, weights=sizes[:, 0])
    var = (sizes * (variances + (means - mean) ** 2)).sum(axis=0) / sizes.sum()
    return mean, var


def population_statistics__shifted(batches):
    """One pass over the deviations from the first row, which is near enough to the mean."""
    if not batches:
        raise ValueError("no batch")
    origin = batches[0][0]
    n, total, squares = 0, 0.0, 0.0
    for x in batches:
        shifted = x - origin
        n += shifted.shape[0]
        total = total + shifted.sum(axis=0)
        squares = squares + (shifted * shifted).sum(axis=0)
    return origin + total / n, squares / n - (total / n) ** 2


def population_statistics__merged_pairwise(batches):
    """Halves of the list, merged (Chan, Golub & LeVeque 1983)."""

    def merged(part):
        if len(part) == 1:
            return len(part[0]), part[0].mean(axis=0), part[0].var(axis=0)
        n, mean_a, var_a = merged(part[: len(part) // 2])
        m, mean_b, var_b = merged(part[len(part) // 2 :])
        w = m / (n + m)
        delta = mean_b - mean_a
        return n + m, mean_a + w * delta, (1 - w) * var_a + w * var_b + w * (1 - w) * delta**2

    if not batches:
        raise ValueError("no batch")
    return merged(batches)[1:]


def population_statistics__running_sums(batches):
    """Counts and sums first, then the deviations from the mean of all, in a second turn."""
    if len(batches) < 1:
        raise ValueError("nothing to average")
    count, total = 0, np.zeros(batches[0].shape[1])
    for batch in batches:
        count, total = count + batch.shape[0], total + np.sum(batch, axis=0)
    mu = total / count
    spread = np.zeros_like(mu)
    for batch in batches:
        for row in batch:
            spread += np.square(row - mu)
    return mu, spread / count


# ------------------------------------------------------------------ keras_to_pytorch


def keras_to_pytorch__sum_of_squares(moving_mean, moving_variance, momentum, m):
    if m < 2:
        raise ValueError("m must be at least 2")
    squares = np.multiply(moving_variance, m)
    return np.array(moving_mean), squares / (m - 1), 1.0 - momentum


def keras_to_pytorch__one_plus(moving_mean, moving_variance, momentum, m):
    if m <= 1:
        raise ValueError
    return moving_mean, moving_variance + moving_variance / (m - 1), -momentum + 1


def keras_to_pytorch__loops(moving_mean, moving_variance, momentum, m):
    mean, var = np.zeros_like(moving_mean), np.zeros_like(moving_variance)
    for j, (a, b) in enumerate(zip(moving_mean, moving_variance, strict=True)):
        if not m > 1:
            raise ValueError("one row")
        mean[j], var[j] = a, b / (1 - 1 / m)
    return [mean, var, np.float64(1 - momentum)]


def keras_to_pytorch__named(moving_mean, moving_variance, momentum, m):
    old, new = momentum, 1 - momentum
    try:
        bessel = m / (m - 1)
    except ZeroDivisionError:
        raise ValueError("a batch of one has no variance with 1/(m-1)") from None
    assert old + new == 1 or abs(old + new - 1) < 1e-9
    return 1 * moving_mean, bessel * moving_variance, new


# ------------------------------------------------------------------ fold_into_next_conv


def fold_into_next_conv__loops(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    C_out, C_in, kh, kw = kernel.shape
    new_kernel, new_b, frame = np.zeros_like(kernel), b.copy(), np.zeros(C_in)
    for c in range(C_in):
        if gamma[c] == 0:
            raise ValueError(f"gamma of channel {c} is 0")
        std = (running_var[c] + eps) ** 0.5
        frame[c] = running_mean[c] - beta[c] * std / gamma[c]
        for o in range(C_out):
            new_kernel[o, c] = kernel[o, c] * gamma[c] / std
            for i, j in np.ndindex(kh, kw):
                new_b[o] += kernel[o, c, i, j] * (beta[c] - gamma[c] * running_mean[c] / std)
    return new_kernel, new_b, frame


def fold_into_next_conv__einsum(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    if not gamma.all():
        raise ValueError("gamma")
    a = gamma * (running_var + eps) ** -0.5
    c = beta - a * running_mean
    return [np.einsum("oikl,i->oikl", kernel, a), b + np.einsum("oikl,i->o", kernel, c), -c / a]


def fold_into_next_conv__frame_first(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The layer is a * (x - frame): the frame alone gives the bias."""
    if (gamma == 0).any():
        raise ValueError("gamma")
    std = np.sqrt(running_var + eps)
    frame = running_mean - beta * std / gamma
    new_kernel = kernel * (gamma / std).reshape(1, -1, 1, 1)
    return new_kernel, b - (new_kernel * frame[:, None, None]).sum(axis=(1, 2, 3)), frame


def fold_into_next_conv__two_points(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The line of each channel by what it makes of 0 and of 1."""
    if 0 in gamma:
        raise ValueError("gamma")
    at_zero, at_one = (gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta for x in (0.0, 1.0))
    slope = at_one - at_zero
    constant = np.broadcast_to(at_zero[:, None, None], kernel.shape[1:])
    return kernel * slope[None, :, None, None], b + np.tensordot(kernel, constant, 3), -at_zero / slope


def fold_into_next_conv__moved_axis(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    Folded = namedtuple("Folded", "kernel b frame")
    if min(abs(gamma)) == 0:
        raise ValueError("gamma")
    std = np.sqrt(running_var + eps)
    shift = beta - gamma * running_mean / std
    new = np.moveaxis(np.moveaxis(kernel, 1, -1) / std * gamma, -1, 1)
    rows = kernel.reshape(len(kernel), -1)
    return Folded(new, rows @ np.repeat(shift, kernel[0, 0].size) + b, -shift * std / gamma)
