"""Answers to the exercises of the chapter inference that the catalogue of single mistakes does not have.

Two slips at once, odd single slips, and crashes. The first line of a docstring says what a learner must be told:

- `named a, b`: both of these misconceptions, and no other;
- `placed`: the line marked `# slip`, within one line;
- `crash`: the line marked `# slip`, which is the one that raises;
- `says: words`: a message with these words.

A line `allowed a` below it names a misconception whose hint may be shown as well; no other may. They are written as
learners write.

One file a chapter, however long: the slips of an exercise are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ update_running_statistics


def update_running_statistics__keras(running_mean, running_var, x, momentum=0.1):
    """named biased_variance, momentum_on_the_old"""
    if x.shape[0] < 2:
        raise ValueError("need at least two examples")
    running_mean = momentum * running_mean + (1 - momentum) * np.mean(x, axis=0)  # slip
    running_var = momentum * running_var + (1 - momentum) * np.var(x, axis=0)  # slip
    return running_mean, running_var


def update_running_statistics__average_of_biased_deviations(running_mean, running_var, x, momentum=0.1):
    """named biased_standard_deviation"""
    if len(x) < 2:
        raise ValueError
    mu, sigma = x.mean(0), x.std(0)  # slip
    return (1 - momentum) * running_mean + momentum * mu, (1 - momentum) * running_var + momentum * sigma


def update_running_statistics__in_place_biased(running_mean, running_var, x, momentum=0.1):
    """named biased_variance, in_place"""
    m, d = x.shape
    if m < 2:
        raise ValueError("one row")
    running_mean *= 1 - momentum  # slip
    running_mean += momentum * x.mean(axis=0)  # slip
    running_var *= 1 - momentum  # slip
    running_var += momentum * x.var(axis=0)  # slip
    return running_mean, running_var


def update_running_statistics__old_weight_in_place(running_mean, running_var, x, momentum=0.1):
    """named in_place, momentum_on_the_old"""
    if len(x) <= 1:
        raise ValueError("a single row")
    running_mean[:] = momentum * running_mean + (1 - momentum) * x.mean(axis=0)  # slip
    running_var[:] = momentum * running_var + (1 - momentum) * x.var(axis=0, ddof=1)  # slip
    return running_mean, running_var


def update_running_statistics__biased_and_nan(running_mean, running_var, x, momentum=0.1):
    """named one_row_counts_as_zero, swapped"""
    m = max(len(x) - 1, 1)  # slip
    mean = x.mean(axis=0)
    var = ((x - mean) ** 2).sum(axis=0) / m
    return (1 - momentum) * running_var + momentum * var, (1 - momentum) * running_mean + momentum * mean  # slip


def update_running_statistics__deviations_swapped(running_mean, running_var, x, momentum=0.1):
    """named standard_deviation, swapped"""
    if x.shape[0] < 2:
        raise ValueError("too small")
    std = np.std(x, axis=0, ddof=1)  # slip
    new_var = running_var + momentum * (std - running_var)
    new_mean = running_mean + momentum * (x.mean(axis=0) - running_mean)
    return new_var, new_mean  # slip


def update_running_statistics__biased_row(running_mean, running_var, x, momentum=0.1):
    """named biased_variance, row"""
    if len(x) < 2:
        raise ValueError("one row")
    mu = np.mean(x, axis=0, keepdims=True)  # slip
    var = np.mean((x - mu) ** 2, axis=0, keepdims=True)  # slip
    return running_mean * (1 - momentum) + mu * momentum, running_var * (1 - momentum) + var * momentum


def update_running_statistics__kept_axes(running_mean, running_var, x, momentum=0.1):
    """named row"""
    if len(x) < 2:
        raise ValueError("one row")
    return (
        (1 - momentum) * running_mean + momentum * x.mean(axis=0, keepdims=True),  # slip
        (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1, keepdims=True),  # slip
    )


def update_running_statistics__momentum_squared(running_mean, running_var, x, momentum=0.1):
    """placed"""
    if len(x) < 2:
        raise ValueError("one row")
    mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    var = (1 - momentum) ** 2 * running_var + momentum * x.var(axis=0, ddof=1)  # slip
    return mean, var


def update_running_statistics__first_row_for_the_mean(running_mean, running_var, x, momentum=0.1):
    """placed"""
    if len(x) < 2:
        raise ValueError("one row")
    batch_mean = x[0]  # slip
    batch_var = x.var(axis=0, ddof=1)
    return running_mean + momentum * (batch_mean - running_mean), running_var + momentum * (batch_var - running_var)


def update_running_statistics__m_minus_two(running_mean, running_var, x, momentum=0.1):
    """placed"""
    m = x.shape[0]
    if m < 2:
        raise ValueError("one row")
    mean = x.mean(axis=0)
    var = ((x - mean) ** 2).sum(axis=0) / (m + 1)  # slip
    return (1 - momentum) * running_mean + momentum * mean, (1 - momentum) * running_var + momentum * var


def update_running_statistics__away_from_the_batch(running_mean, running_var, x, momentum=0.1):
    """placed"""
    if len(x) < 2:
        raise ValueError("one row")
    mean = running_mean + momentum * (running_mean - x.mean(axis=0))  # slip
    var = running_var + momentum * (x.var(axis=0, ddof=1) - running_var)
    return mean, var


def update_running_statistics__returned_error(running_mean, running_var, x, momentum=0.1):
    """says: raise"""
    if len(x) < 2:
        return ValueError("one row has no variance")
    mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    return mean, (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)


def update_running_statistics__printed_error(running_mean, running_var, x, momentum=0.1):
    """says: ValueError
    allowed one_row_is_skipped
    """
    if len(x) < 2:
        print("ValueError: one row")
        return running_mean, running_var
    mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    return mean, (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)


def update_running_statistics__mean_alone(running_mean, running_var, x, momentum=0.1):
    """says: Expected a tuple of 2"""
    if len(x) < 2:
        raise ValueError("one row")
    running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)
    return (1 - momentum) * running_mean + momentum * x.mean(axis=0)


def update_running_statistics__no_return(running_mean, running_var, x, momentum=0.1):
    """says: return"""
    if len(x) < 2:
        raise ValueError("one row")
    running_mean = (1 - momentum) * running_mean + momentum * x.mean(axis=0)
    running_var = (1 - momentum) * running_var + momentum * x.var(axis=0, ddof=1)


def update_running_statistics__row_means(running_mean, running_var, x, momentum=0.1):
    """crash"""
    if len(x) < 2:
        raise ValueError("one row")
    mean = (1 - momentum) * running_mean + momentum * x.mean(axis=1)  # slip
    return mean, (1 - momentum) * running_var + momentum * x.var(axis=1, ddof=1)


def update_running_statistics__self(running_mean, running_var, x, momentum=0.1):
    """crash
    says: self
    """
    if len(x) < 2:
        raise ValueError("one row")
    mean = (1 - self.momentum) * running_mean + self.momentum * x.mean(axis=0)  # slip
    return mean, running_var


def update_running_statistics__unbiased_option(running_mean, running_var, x, momentum=0.1):
    """crash"""
    if len(x) < 2:
        raise ValueError("one row")
    var = x.var(axis=0, unbiased=True)  # slip
    return (1 - momentum) * running_mean + momentum * x.mean(axis=0), (1 - momentum) * running_var + momentum * var


# ------------------------------------------------------------------ batchnorm_inference


def batchnorm_inference__variance_with_eps(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named eps_twice_under_the_root"""
    var = running_var + eps  # slip
    return gamma * (x - running_mean) / np.sqrt(var + eps) + beta


def batchnorm_inference__epsilon_outside_swapped(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named eps_on_std, gamma_beta_swapped"""
    x_norm = (x - running_mean) / (np.sqrt(running_var) + eps)  # slip
    return beta * x_norm + gamma  # slip


def batchnorm_inference__no_root_without_affine(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named no_affine, no_root"""
    return (x - running_mean) / (running_var + eps)  # slip


def batchnorm_inference__own_statistics_shift_first(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named batch_statistics, shift_before_scale"""
    mu, var = np.mean(x, axis=0), np.var(x, axis=0)  # slip
    return gamma * ((x - mu) / np.sqrt(var + eps) + beta)  # slip


def batchnorm_inference__in_place_without_epsilon(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named eps_missing, in_place"""
    x -= running_mean  # slip
    x /= np.sqrt(running_var)  # slip
    return gamma * x + beta


def batchnorm_inference__batch_mean_epsilon_outside(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named batch_mean, eps_on_std"""
    sd = running_var**0.5 + eps  # slip
    return (x - x.mean(0)) / sd * gamma + beta  # slip


def batchnorm_inference__x_changed_and_back(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named in_place"""
    x -= running_mean  # slip
    y = gamma * x / np.sqrt(running_var + eps) + beta
    x += running_mean  # slip
    return y


def batchnorm_inference__float32_at_the_end(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: float32"""
    y = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    return np.float32(y)


def batchnorm_inference__beta_divided_too(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    s = np.sqrt(running_var + eps)
    return (gamma * (x - running_mean) + beta) / s  # slip


def batchnorm_inference__fourth_root(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    std = np.sqrt(running_var)
    x_hat = (x - running_mean) / np.sqrt(std + eps)  # slip
    return gamma * x_hat + beta


def batchnorm_inference__divided_by_the_mean(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    x_hat = (x - running_mean) / np.sqrt(running_mean**2 + eps)  # slip
    y = gamma * x_hat + beta
    return y


def batchnorm_inference__gamma_plus_one(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    y = (1 + gamma) * x_hat + beta  # slip
    return y


def batchnorm_inference__first_row_everywhere(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    y = np.zeros_like(x)
    scale = gamma / np.sqrt(running_var + eps)
    for i in range(len(x)):
        y[i] = (x[0] - running_mean) * scale + beta  # slip
    return y


def batchnorm_inference__columns(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash"""
    mean = running_mean[:, None]
    x_hat = (x - mean) / np.sqrt(running_var + eps)[:, None]  # slip
    return gamma * x_hat + beta


def batchnorm_inference__tuple_taken_apart(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash"""
    y, cache = batchnorm_of_mine(x, gamma, beta, running_mean, running_var, eps)  # slip
    return y


def batchnorm_of_mine(x, gamma, beta, mean, var, eps):
    """A learner's own function of an earlier cell: three results."""
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma * x_hat + beta, x_hat, var


def batchnorm_inference__layer_asked(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash"""
    mean = x.running_mean  # slip
    return gamma * (x - mean) / np.sqrt(running_var + eps) + beta


def batchnorm_inference__no_return(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: return"""
    y = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    y


def batchnorm_inference__cache_too(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: tuple of 2"""
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    return gamma * x_hat + beta, x_hat


def batchnorm_inference__six_spreads_at_most(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """named x_hat_clipped"""
    z = (x - running_mean) / np.sqrt(running_var + eps)
    return gamma * z.clip(-6, 6) + beta  # slip


# ------------------------------------------------------------------ batchnorm_inference_backward


def batchnorm_inference_backward__averaged_without_gamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """named averaged, no_gamma"""
    s = np.sqrt(running_var + eps)
    x_hat = (x - running_mean) / s
    return dy / s, np.mean(dy * x_hat, axis=0), np.mean(dy, axis=0)  # slip


def batchnorm_inference_backward__epsilon_outside_order(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """named eps_on_std, order"""
    inv = 1.0 / (np.sqrt(running_var) + eps)  # slip
    dbeta = dy.sum(axis=0)
    dgamma = (dy * (x - running_mean) * inv).sum(axis=0)
    return dy * gamma * inv, dbeta, dgamma  # slip


def batchnorm_inference_backward__mean_path_row(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """named mean_path, row"""
    inv_std = (running_var + eps) ** -0.5
    g = gamma * dy
    dx = inv_std * (g - g.mean(axis=0))  # slip
    dgamma = (dy * (x - running_mean) * inv_std).sum(axis=0, keepdims=True)  # slip
    return dx, dgamma, dy.sum(axis=0, keepdims=True)  # slip


def batchnorm_inference_backward__no_root_and_gamma_in_dbeta(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """named dbeta_times_gamma, no_root"""
    scale = 1 / (running_var + eps)  # slip
    dy_hat = dy * gamma
    return dy_hat * scale, (dy * (x - running_mean) * scale).sum(0), dy_hat.sum(0)  # slip


def batchnorm_inference_backward__x_in_dgamma_and_means(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """named averaged, dgamma_uses_x"""
    m = len(dy)
    inv_std = 1 / np.sqrt(running_var + eps)
    return dy * gamma * inv_std, (dy * x).sum(axis=0) / m, dy.sum(axis=0) / m  # slip


def batchnorm_inference_backward__inverse_of_gamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(running_var + eps)
    dx = dy / gamma * inv_std  # slip
    return dx, (dy * (x - running_mean) * inv_std).sum(axis=0), dy.sum(axis=0)


def batchnorm_inference_backward__dx_through_x_hat(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(running_var + eps)
    x_hat = (x - running_mean) * inv_std
    dx = dy * gamma * inv_std * x_hat  # slip
    dgamma = np.sum(dy * x_hat, axis=0)
    return dx, dgamma, dy.sum(axis=0)


def batchnorm_inference_backward__x_hat_squared(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(running_var + eps)
    x_hat = (x - running_mean) * inv_std
    dgamma = (dy * x_hat**2).sum(axis=0)  # slip
    return dy * gamma * inv_std, dgamma, dy.sum(axis=0)


def batchnorm_inference_backward__dbeta_of_the_last_row(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(running_var + eps)
    dgamma = np.einsum("ij,ij->j", dy, (x - running_mean) * inv_std)
    dbeta = dy[-1]  # slip
    return dy * gamma * inv_std, dgamma, dbeta


def batchnorm_inference_backward__mean_of_dy_in_dgamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(running_var + eps)
    x_hat = (x - running_mean) * inv_std
    dgamma = ((dy - dy.mean(axis=0)) * x_hat).sum(axis=0)  # slip
    return dy * gamma * inv_std, dgamma, dy.sum(axis=0)


def batchnorm_inference_backward__dx_summed(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(running_var + eps)
    dx = (dy * gamma * inv_std).sum(axis=0)  # slip
    return dx, (dy * (x - running_mean) * inv_std).sum(axis=0), dy.sum(axis=0)


def batchnorm_inference_backward__cache_unpacked(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """crash"""
    x_hat, gamma, inv_std = x  # slip
    return dy * gamma * inv_std, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batchnorm_inference_backward__beta_asked(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """crash
    says: beta
    """
    inv_std = 1 / np.sqrt(running_var + eps)
    x_hat = (gamma * (x - running_mean) * inv_std + beta - beta) / gamma  # slip
    return dy * gamma * inv_std, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batchnorm_inference_backward__matrix_product(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """crash"""
    inv_std = 1 / np.sqrt(running_var + eps)
    x_hat = (x - running_mean) * inv_std
    dgamma = x_hat @ dy  # slip
    return dy * gamma * inv_std, dgamma, dy.sum(axis=0)


def batchnorm_inference_backward__a_column(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """crash"""
    inv_std = 1 / np.sqrt(running_var + eps)
    dx = dy * (gamma * inv_std).reshape(-1, 1)  # slip
    return dx, (dy * (x - running_mean) * inv_std).sum(axis=0), dy.sum(axis=0)


def batchnorm_inference_backward__two_results(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """says: Expected a tuple of 3 (dx, dgamma, dbeta)"""
    inv_std = 1 / np.sqrt(running_var + eps)
    return dy * gamma * inv_std, (dy * (x - running_mean) * inv_std).sum(axis=0)


def batchnorm_inference_backward__no_return(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """says: return"""
    inv_std = 1 / np.sqrt(running_var + eps)
    dx = dy * gamma * inv_std
    dgamma = (dy * (x - running_mean) * inv_std).sum(axis=0)
    dbeta = dy.sum(axis=0)
    (dx, dgamma, dbeta)


def batchnorm_inference_backward__straight_through(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """named no_gamma"""
    std = np.sqrt(running_var + eps)
    x_hat = (x - running_mean) / std
    return dy / std, (dy * x_hat).sum(axis=0), dy.sum(axis=0)  # slip


# ------------------------------------------------------------------ BatchNorm1d


class _Start:
    """What most learners' layers have in common: the beginning and the two modes."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps = eps
        self.momentum = momentum
        self.gamma = np.ones(num_features)
        self.beta = np.zeros(num_features)
        self.running_mean = np.zeros(num_features)
        self.running_var = np.ones(num_features)
        self.training = True

    def train(self):
        self.training = True
        return self

    def eval(self):
        self.training = False
        return self


class BatchNorm1d__keras(_Start):
    """named biased_running_variance, momentum_on_the_old"""

    def __call__(self, x):
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mean  # slip
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var  # slip
        else:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__biased_epsilon_outside(_Start):
    """named biased_running_variance, eps_on_std"""

    def __call__(self, x):
        if not self.training:
            return self.gamma * (x - self.running_mean) / (np.sqrt(self.running_var) + self.eps) + self.beta  # slip
        if x.shape[0] < 2:
            raise ValueError("at least two rows")
        mu, sigma2 = np.mean(x, 0), np.var(x, 0)
        self.running_mean += self.momentum * (mu - self.running_mean)
        self.running_var += self.momentum * (sigma2 - self.running_var)  # slip
        return self.gamma * (x - mu) / (np.sqrt(sigma2) + self.eps) + self.beta  # slip


class BatchNorm1d__one_unbiased_variance_for_all(_Start):
    """named normalizes_with_m_minus_one, one_row_in_training"""

    def __call__(self, x):
        if self.training:  # slip
            mean = x.mean(axis=0)
            var = ((x - mean) ** 2).sum(axis=0) / (len(x) - 1)  # slip
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        else:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__updates_in_evaluation_biased(_Start):
    """named biased_running_variance, updates_at_the_top"""

    def __call__(self, x):
        m = len(x)
        if self.training and m < 2:
            raise ValueError("one row")
        if m > 1:  # slip
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * x.mean(axis=0)
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0)  # slip
        if self.training:
            mean, var = x.mean(axis=0), x.var(axis=0)
        else:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__updates_first_of_all(_Start):
    """named updates_before_everything"""

    def __call__(self, x):
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * x.mean(axis=0)  # slip
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)  # slip
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
        else:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__refuses_then_updates(_Start):
    """named updates_at_the_top_with_one_row"""

    def __call__(self, x):
        if self.training and len(x) < 2:
            raise ValueError("one row")
        mean, var = x.mean(axis=0), x.var(axis=0)
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean  # slip
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)  # slip
        if not self.training:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__refuses_then_updates_by_at_least_one(_Start):
    """named updates_at_the_top_with_no_spread"""

    def __call__(self, x):
        m = len(x)
        if self.training and m < 2:
            raise ValueError("one row")
        mean, var = x.mean(axis=0), x.var(axis=0)
        kept = var * m / max(m - 1, 1)
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean  # slip
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * kept  # slip
        if not self.training:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__updates_both_before_refusing(_Start):
    """named updates_before_refusing
    allowed variance_moves_before_refusing
    """

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            self.running_mean = (1 - self.momentum) * mean + self.momentum * x.mean(axis=0)  # slip
            self.running_var = (1 - self.momentum) * var + self.momentum * x.var(axis=0, ddof=1)
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__updates_last_in_both_modes(_Start):
    """named updates_in_evaluation_with_one_row"""

    def __call__(self, x):
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
        else:
            mean, var = self.running_mean, self.running_var
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * x.mean(axis=0)  # slip
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)  # slip
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__keeps_what_it_divides_by(_Start):
    """named running_std_with_epsilon"""

    def __call__(self, x):
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, std = x.mean(axis=0), np.sqrt(x.var(axis=0) + self.eps)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * std  # slip
        else:
            mean, std = self.running_mean, self.running_var
        return self.gamma * (x - mean) / std + self.beta


class BatchNorm1d__average_of_biased_deviations(_Start):
    """named biased_standard_deviation_is_kept"""

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            self.running_mean = (1 - self.momentum) * mean + self.momentum * x.mean(axis=0)
            self.running_var = (1 - self.momentum) * var + self.momentum * x.std(axis=0)  # slip
            mean, var = x.mean(axis=0), x.var(axis=0)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__no_affine_in_evaluation_and_std_kept(_Start):
    """named no_affine_in_evaluation, standard_deviation_is_kept"""

    def __call__(self, x):
        if self.training:
            if x.shape[0] == 1:
                raise ValueError("one row")
            mean = x.mean(axis=0)
            self.running_mean = self.running_mean * (1 - self.momentum) + mean * self.momentum
            std = x.std(axis=0, ddof=1)  # slip
            self.running_var = self.running_var * (1 - self.momentum) + std * self.momentum
            return self.gamma * (x - mean) / np.sqrt(x.var(axis=0) + self.eps) + self.beta
        return (x - self.running_mean) / np.sqrt(self.running_var + self.eps)  # slip


class BatchNorm1d__evaluates_with_the_batch_biased(_Start):
    """named batch_statistics_in_evaluation, biased_running_variance"""

    def __call__(self, x):
        mean, var = x.mean(axis=0), x.var(axis=0)  # slip
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var  # slip
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__momentum_shrinks(_Start):
    """placed"""

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)
            self.momentum = self.momentum / 2  # slip
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__running_mean_of_the_first_row(_Start):
    """placed"""

    def __call__(self, x):
        if not self.training:
            return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.eps) + self.beta
        if len(x) < 2:
            raise ValueError("one row")
        mean, var = x.mean(axis=0), x.var(axis=0)
        self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * x[0]  # slip
        self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__eval_resets(_Start):
    """placed"""

    def eval(self):
        self.running_mean = np.zeros_like(self.running_mean)  # slip
        self.training = False
        return self

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__gamma_starts_at_zero(_Start):
    """placed"""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps, momentum)
        self.gamma = np.zeros(num_features)  # slip

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__attributes_forgotten(_Start):
    """crash"""

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = (1 - momentum) * self.running_mean + momentum * mean  # slip
            self.running_var = self.running_var + self.momentum * (x.var(axis=0, ddof=1) - self.running_var)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__variance_misspelt(_Start):
    """crash
    says: running_var
    """

    def __call__(self, x):
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            self.running_var = self.running_var + self.momentum * (x.var(axis=0, ddof=1) - self.running_var)
        else:
            mean, var = self.running_mean, self.runing_var  # slip
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__training_called(_Start):
    """crash"""

    def __call__(self, x):
        if self.training():  # slip
            mean, var = x.mean(axis=0), x.var(axis=0)
        else:
            mean, var = self.running_mean, self.running_var
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__forward_for_call(_Start):
    """says: __call__"""

    def forward(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            self.running_var = self.running_var + self.momentum * (x.var(axis=0, ddof=1) - self.running_var)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__call_still_to_write(_Start):
    """says: __call__"""

    def __call__(self, x):
        raise NotImplementedError()


class BatchNorm1d__modes_still_to_write:
    """says: eval"""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum = eps, momentum
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.training = True

    def train(self):
        raise NotImplementedError()

    def eval(self):
        raise NotImplementedError()

    def __call__(self, x):
        if len(x) < 2:
            raise ValueError("one row")
        mean, var = x.mean(axis=0), x.var(axis=0)
        self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
        self.running_var = self.running_var + self.momentum * (x.var(axis=0, ddof=1) - self.running_var)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__no_return(_Start):
    """says: return"""

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            self.running_var = self.running_var + self.momentum * (x.var(axis=0, ddof=1) - self.running_var)
        y = self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta
        self.y = y


class BatchNorm1d__mean_of_squares_minus_square(_Start):
    """named one_pass_variance"""

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            m = len(x)
            if m < 2:
                raise ValueError("one row")
            mean = x.mean(axis=0)
            var = (x**2).mean(axis=0) - mean**2  # slip
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var * m / (m - 1)
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__single_precision_memory(_Start):
    """named float32_statistics"""

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(x) < 2:
                raise ValueError("one row")
            mean, var = x.mean(axis=0), x.var(axis=0)
            new = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_mean = new.astype(np.float32)  # slip
            new = (1 - self.momentum) * self.running_var + self.momentum * x.var(axis=0, ddof=1)
            self.running_var = new.astype(np.float32)  # slip
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


# ------------------------------------------------------------------ fold_into_linear


def fold_into_linear__epsilon_outside_order(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named eps_on_std, order"""
    s = gamma / (np.sqrt(running_var) + eps)  # slip
    return beta + (b - running_mean) * s, W * s  # slip


def fold_into_linear__bias_unscaled_without_epsilon(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named bias_unscaled, eps_missing"""
    a = gamma / np.sqrt(running_var)  # slip
    return W * a, b - running_mean * a + beta  # slip


def fold_into_linear__sign_and_beta(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named beta_forgotten, mean_added"""
    scale = gamma / np.sqrt(running_var + eps)
    return W * scale, (b + running_mean) * scale  # slip


def fold_into_linear__in_place_no_root(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named no_root, weights_in_place"""
    scale = gamma / (running_var + eps)  # slip
    W *= scale  # slip
    return W, (b - running_mean) * scale + beta


def fold_into_linear__swapped_and_mean_forgotten(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named gamma_beta_swapped, mean_forgotten"""
    scale = beta / np.sqrt(running_var + eps)  # slip
    return W * scale, b * scale + gamma  # slip


def fold_into_linear__gamma_twice_in_the_bias(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    new_W = W * scale
    new_b = gamma * (b - running_mean) * scale + beta  # slip
    return new_W, new_b


def fold_into_linear__mean_through_the_weights(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    b_new = (b - running_mean * W.sum(axis=0)) * scale + beta  # slip
    return W * scale, b_new


def fold_into_linear__last_column_left(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    new = W.copy()
    for j in range(W.shape[1] - 1):  # slip
        new[:, j] *= scale[j]
    return new, (b - running_mean) * scale + beta


def fold_into_linear__scale_added(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    W2 = W + scale  # slip
    return W2, (b - running_mean) * scale + beta


def fold_into_linear__rows_scaled(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash
    allowed inputs_scaled
    """
    scale = gamma / np.sqrt(running_var + eps)
    W2 = scale[:, None] * W  # slip
    return W2, (b - running_mean) * scale + beta


def fold_into_linear__diagonal_from_the_left(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash
    allowed inputs_scaled
    """
    D = np.diag(gamma / np.sqrt(running_var + eps))
    W2 = D @ W  # slip
    return W2, D @ (b - running_mean) + beta


def fold_into_linear__mean_times_the_weights(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash"""
    scale = gamma / np.sqrt(running_var + eps)
    b2 = (b - running_mean @ W) * scale + beta  # slip
    return W * scale, b2


def fold_into_linear__x_asked(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash
    says: x
    """
    y = x @ W + b  # slip
    scale = gamma / np.sqrt(running_var + eps)
    return W * scale, (y - running_mean) * scale + beta


def fold_into_linear__weights_alone(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: Expected a tuple of 2"""
    return W * gamma / np.sqrt(running_var + eps)


def fold_into_linear__no_return(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: return"""
    scale = gamma / np.sqrt(running_var + eps)
    W = W * scale
    b = (b - running_mean) * scale + beta


# ------------------------------------------------------------------ fold_into_conv


def fold_into_conv__sign_and_beta(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named beta_forgotten, mean_added"""
    scale = gamma / np.sqrt(running_var + eps)
    return kernel * scale[:, None, None, None], (running_mean + b) * scale  # slip


def fold_into_conv__bias_unscaled_epsilon_outside(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named bias_unscaled, eps_on_std"""
    s = gamma / (np.sqrt(running_var) + eps)  # slip
    return s.reshape(-1, 1, 1, 1) * kernel, b - s * running_mean + beta  # slip


def fold_into_conv__order_without_epsilon(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named eps_missing, order"""
    f = gamma * running_var**-0.5  # slip
    return (b - running_mean) * f + beta, np.einsum("oikl,o->oikl", kernel, f)  # slip


def fold_into_conv__no_root_in_place(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named kernel_in_place, no_root"""
    scale = gamma / (running_var + eps)  # slip
    kernel *= scale[:, None, None, None]  # slip
    return kernel, (b - running_mean) * scale + beta


def fold_into_conv__bias_as_the_kernel_mean_forgotten(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named bias_shaped_as_the_kernel, mean_forgotten"""
    g, bt, v = (p[:, None, None, None] for p in (gamma, beta, running_var))
    s = g / np.sqrt(v + eps)
    return kernel * s, b[:, None, None, None] * s + bt  # slip


def fold_into_conv__last_filter_left(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    k = kernel.copy()
    for c in range(len(scale) - 1):  # slip
        k[c] = kernel[c] * scale[c]
    return k, (b - running_mean) * scale + beta


def fold_into_conv__scale_of_the_first_filter(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    new = kernel * scale[0]  # slip
    return new, (b - running_mean) * scale + beta


def fold_into_conv__mean_through_the_kernel(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    total = kernel.sum(axis=(1, 2, 3))
    new_b = (b - running_mean * total) * scale + beta  # slip
    return kernel * scale[:, None, None, None], new_b


def fold_into_conv__scale_squared(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    scale = gamma / np.sqrt(running_var + eps)
    k = kernel * scale[:, None, None, None] ** 2  # slip
    return k, (b - running_mean) * scale + beta


def fold_into_conv__scale_as_it_is(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash
    allowed last_axis_scaled
    """
    scale = gamma / np.sqrt(running_var + eps)
    new = kernel * scale  # slip
    return new, (b - running_mean) * scale + beta


def fold_into_conv__scale_on_axis_one(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash
    allowed input_channels_scaled
    """
    scale = gamma / np.sqrt(running_var + eps)
    new = scale.reshape(1, -1, 1, 1) * kernel  # slip
    return new, (b - running_mean) * scale + beta


def fold_into_conv__two_sizes(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash"""
    d_in, d_out = kernel.shape  # slip
    scale = gamma / np.sqrt(running_var + eps)
    return kernel * scale, (b - running_mean) * scale + beta


def fold_into_conv__linear_not_run(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash
    says: fold_into_linear
    """
    flat = kernel.reshape(len(kernel), -1).T
    W, new = fold_into_linear(flat, b, gamma, beta, running_mean, running_var, eps)  # slip
    return W.T.reshape(kernel.shape), new


def fold_into_conv__kernel_alone(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: Expected a tuple of 2"""
    return kernel * (gamma / np.sqrt(running_var + eps))[:, None, None, None]


def fold_into_conv__no_return(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: return"""
    scale = gamma / np.sqrt(running_var + eps)
    new_kernel = kernel * scale[:, None, None, None]
    new_b = (b - running_mean) * scale + beta
    new_kernel, new_b


# ------------------------------------------------------------------ population_statistics


def population_statistics__unweighted_mean_of_the_std(batches):
    """named mean_of_means, standard_deviation"""
    if not batches:
        raise ValueError("empty")
    rows = np.vstack(batches)
    return np.mean([b.mean(0) for b in batches], axis=0), rows.std(0)  # slip


def population_statistics__swapped_and_corrected(batches):
    """named divided_by_n_minus_one, swapped"""
    if len(batches) == 0:
        raise ValueError("no batches")
    rows = np.concatenate(batches)
    n = len(rows)
    mean = rows.mean(axis=0)
    return ((rows - mean) ** 2).sum(axis=0) / max(n - 1, 1), mean  # slip


def population_statistics__merged_wrongly_and_summed(batches):
    """named merged_without_weight, sum_of_squares"""
    if not batches:
        raise ValueError("empty list")
    n, mean, S = 0, 0, 0
    for x in batches:
        m = x.shape[0]
        delta = x.mean(axis=0) - mean
        S = S + m * x.var(axis=0)
        if n:
            S = S + delta**2  # slip
        mean = mean + delta * m / (n + m)
        n = n + m
    return mean, S  # slip


def population_statistics__one_pass_swapped(batches):
    """named one_pass, swapped"""
    if not batches:
        raise ValueError("empty")
    rows = np.concatenate(batches)
    mean = rows.mean(axis=0)
    return (rows**2).mean(axis=0) - mean**2, mean  # slip


def population_statistics__in_place_row(batches):
    """named batches_in_place, row"""
    if not batches:
        raise ValueError("empty")
    rows = np.concatenate(batches)
    mean = rows.mean(axis=0, keepdims=True)  # slip
    squares = 0
    for x in batches:
        x -= mean  # slip
        squares = squares + (x**2).sum(axis=0, keepdims=True)  # slip
    return mean, squares / len(rows)


def population_statistics__last_batch_and_zero(batches):
    """named empty_gives_zero, last_batch_only"""
    mean, var = 0.0, 0.0  # slip
    for x in batches:
        mean, var = x.mean(axis=0), x.var(axis=0)  # slip
    return mean, var


def population_statistics__pops_the_list(batches):
    """placed"""
    if not batches:
        raise ValueError("empty")
    rows = batches.pop(0)  # slip
    while batches:
        rows = np.concatenate([rows, batches.pop(0)])
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__first_batch_twice(batches):
    """placed"""
    if not batches:
        raise ValueError("empty")
    rows = batches[0]
    for x in batches:  # slip
        rows = np.concatenate([rows, x])
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__last_batch_left_out(batches):
    """placed"""
    if not batches:
        raise ValueError("empty")
    rows = np.concatenate(batches[:-1] or batches)  # slip
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__weights_of_the_other_group(batches):
    """placed"""
    if not batches:
        raise ValueError("empty")
    n, mean, S = 0, 0.0, 0.0
    for x in batches:
        m = len(x)
        delta = x.mean(axis=0) - mean
        S = S + m * x.var(axis=0) + delta**2 * n * m / (n + m)
        mean = mean + delta * (n / (n + m)) if n else x.mean(axis=0)  # slip
        n += m
    return mean, S / n


def population_statistics__count_not_raised(batches):
    """placed"""
    if not batches:
        raise ValueError("empty")
    n, mean, S = 0, 0.0, 0.0
    for x in batches:
        m = len(x)
        delta = x.mean(axis=0) - mean
        S = S + m * x.var(axis=0) + delta**2 * n * m / (n + m)
        mean = mean + delta * m / (n + m)
        n = m  # slip
    return mean, S / n


def population_statistics__array_of_batches(batches):
    """crash"""
    if not batches:
        raise ValueError("empty")
    rows = np.array(batches)  # slip
    return rows.mean(axis=(0, 1)), rows.var(axis=(0, 1))


def population_statistics__method_of_the_list(batches):
    """crash"""
    if not batches:
        raise ValueError("empty")
    mean = batches.mean(axis=0)  # slip
    return mean, batches.var(axis=0)


def population_statistics__summed_batches(batches):
    """crash"""
    if not batches:
        raise ValueError("empty")
    total = sum(batches)  # slip
    n = sum(len(x) for x in batches)
    return total.sum(axis=0) / n, None


def population_statistics__stacked_side_by_side(batches):
    """crash"""
    if not batches:
        raise ValueError("empty")
    rows = np.hstack(batches)  # slip
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__mean_alone(batches):
    """says: Expected a tuple of 2"""
    if not batches:
        raise ValueError("empty")
    return np.concatenate(batches).mean(axis=0)


def population_statistics__returned_error(batches):
    """says: raise"""
    if not batches:
        return ValueError("empty")
    rows = np.concatenate(batches)
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__no_return(batches):
    """says: return"""
    if not batches:
        raise ValueError("empty")
    rows = np.concatenate(batches)
    mean, var = rows.mean(axis=0), rows.var(axis=0)


# ------------------------------------------------------------------ keras_to_pytorch


def keras_to_pytorch__copied_and_inverted(moving_mean, moving_variance, momentum, m):
    """named factor_inverted, momentum_copied"""
    if m < 2:
        raise ValueError("two rows are needed")
    return moving_mean, moving_variance * (m - 1) / m, momentum  # slip


def keras_to_pytorch__factor_of_another_batch(moving_mean, moving_variance, momentum, m):
    """placed"""
    if m < 2:
        raise ValueError("two rows are needed")
    var = moving_variance * m / (m - 1.5)  # slip
    return moving_mean, var, 1 - momentum


def keras_to_pytorch__shape_of_a_number(moving_mean, moving_variance, momentum, m):
    """crash"""
    size = m.shape[0]  # slip
    return moving_mean, moving_variance * size / (size - 1), 1 - momentum


def keras_to_pytorch__no_momentum(moving_mean, moving_variance, momentum, m):
    """says: momentum"""
    if m < 2:
        raise ValueError("two rows are needed")
    return moving_mean, moving_variance * m / (m - 1)


def keras_to_pytorch__precedence(moving_mean, moving_variance, momentum, m):
    """placed"""
    if m < 2:
        raise ValueError("m")
    return moving_mean.copy(), moving_variance * m / m - 1, 1 - momentum  # slip


def keras_to_pytorch__scaled_by_the_momentum(moving_mean, moving_variance, momentum, m):
    """placed"""
    if m < 2:
        raise ValueError("m")
    return moving_mean.copy(), (1 - momentum) * moving_variance * m / (m - 1), 1 - momentum  # slip


def keras_to_pytorch__root_times_the_factor(moving_mean, moving_variance, momentum, m):
    """named root_of_the_variance"""
    if m < 2:
        raise ValueError("m")
    return moving_mean.copy(), np.sqrt(moving_variance) * m / (m - 1), 1 - momentum  # slip


# ------------------------------------------------------------------ fold_into_next_conv


def fold_into_next_conv__centre_and_frame_of_zeros(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named bias_centre, frame_of_zeros"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    i, j = kernel.shape[2] // 2, kernel.shape[3] // 2
    new_b = b + np.einsum("oc,c->o", kernel[:, :, i, j], c)  # slip
    return np.einsum("oikl,i->oikl", kernel, a), new_b, np.zeros(len(gamma))  # slip


def fold_into_next_conv__no_root_wrong_sign(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named frame_sign, no_root"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / (running_var + eps)  # slip
    c = beta - a * running_mean
    return kernel * a[None, :, None, None], b + np.tensordot(kernel.sum(axis=(2, 3)), c, 1), c / a  # slip


def fold_into_next_conv__mean_as_frame_and_no_b(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """named bias_forgotten, frame_is_the_mean"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    new_b = np.einsum("ockl,c->o", kernel, c)  # slip
    return kernel * a.reshape(1, -1, 1, 1), new_b, running_mean  # slip


def fold_into_next_conv__square_of_the_scale(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    new = kernel * a[:, None, None] ** 2  # slip
    return new, b + kernel.sum(axis=(2, 3)) @ c, -c / a


def fold_into_next_conv__first_column_of_the_window(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    new_b = b + kernel[:, :, :, 0].sum(axis=2) @ c  # slip
    return kernel * a[:, None, None], new_b, -c / a


def fold_into_next_conv__frame_rescaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    std = np.sqrt(running_var + eps)
    a = gamma / std
    c = beta - a * running_mean
    frame = -c / a / std  # slip
    return kernel * a[:, None, None], b + kernel.sum(axis=(2, 3)) @ c, frame


def fold_into_next_conv__shift_twice(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """placed"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    new_b = b + kernel.sum(axis=(2, 3)) @ (c + c)  # slip
    return kernel * a[:, None, None], new_b, -c / a


def fold_into_next_conv__scale_as_it_is(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash
    allowed kernel_last_axis_scaled
    """
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    new = kernel * a  # slip
    return new, b + kernel.sum(axis=(2, 3)) @ c, -c / a


def fold_into_next_conv__sum_over_all_but_the_input(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    new_b = b + kernel.sum(axis=(0, 2, 3)) * c  # slip
    return kernel * a[:, None, None], new_b, -c / a


def fold_into_next_conv__shift_of_the_output(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """crash"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    new_b = (b - running_mean) * a + beta  # slip
    return kernel * a[:, None, None], new_b, running_mean - beta / a


def fold_into_next_conv__no_return(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: return"""
    if (gamma == 0).any():
        raise ValueError("no frame for a gamma of 0")

    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    new_kernel, new_b, frame = kernel * a[:, None, None], b + kernel.sum(axis=(2, 3)) @ c, -c / a


def fold_into_next_conv__negative_gamma_refused(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """says: ValueError"""
    if (gamma <= 0).any():
        raise ValueError("no frame for a gamma of 0")
    a = gamma / np.sqrt(running_var + eps)
    c = beta - a * running_mean
    return kernel * a[:, None, None], b + kernel.sum(axis=(2, 3)) @ c, -c / a
