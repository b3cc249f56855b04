"""Answers to the exercises of the chapter transform that the catalogue of single mistakes does not have.

Two slips at once, odd single slips, and crashes. The first line of a docstring says what a learner must be told:

- `named a, b`: both of these misconceptions, and no other;
- `placed`: the line marked `# slip`, within one line;
- `crash`: the line marked `# slip`, which is the one that raises;
- `says: words`: a message with these words.

A line `allowed a` below it names a misconception whose hint may be shown as well; no other may. They are written as
learners write.

One file a chapter, however long: the slips of an exercise are found by the chapter's name.
"""

import math

import numpy as np

# ------------------------------------------------------------------ batchnorm_forward


def batchnorm_forward__variance_with_eps(x, gamma, beta, eps=1e-5):
    """named eps_twice_under_the_root"""
    mean, var = x.mean(axis=0), x.var(axis=0) + eps  # slip
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__epsilon_outside_and_unbiased(x, gamma, beta, eps=1e-5):
    """named ddof, eps_on_std"""
    mu = np.mean(x, axis=0)
    sigma = np.std(x, axis=0, ddof=1)  # slip
    inv_std = 1.0 / (sigma + eps)  # slip
    x_hat = (x - mu) * inv_std
    return x_hat * gamma + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__swapped_without_epsilon(x, gamma, beta, eps=1e-5):
    """named eps_missing, gamma_beta_swapped"""
    istd = 1 / np.sqrt(np.var(x, 0))  # slip
    xn = (x - np.mean(x, 0)) * istd
    out = beta * xn + gamma  # slip
    return out, (xn, gamma, istd)


def batchnorm_forward__in_place_without_epsilon(x, gamma, beta, eps=1e-5):
    """named eps_missing, in_place"""
    x -= x.mean(axis=0)  # slip
    inv_std = 1 / x.std(axis=0)  # slip
    x *= inv_std  # slip
    return gamma * x + beta, (x.copy(), gamma, inv_std)


def batchnorm_forward__unbiased_std_in_the_cache(x, gamma, beta, eps=1e-5):
    """named cache_has_std, ddof"""
    m = x.shape[0]
    mean = x.sum(axis=0) / m
    var = ((x - mean) ** 2).sum(axis=0) / (m - 1)  # slip
    std = np.sqrt(var + eps)
    x_hat = (x - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)  # slip


def batchnorm_forward__flat_and_unbiased(x, gamma, beta, eps=1e-5):
    """named cache_flat, ddof"""
    inv_std = (x.var(axis=0, ddof=1) + eps) ** -0.5  # slip
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, x_hat, gamma, inv_std  # slip


def batchnorm_forward__no_root_shift_first(x, gamma, beta, eps=1e-5):
    """named no_root, shift_before_scale"""
    inv = 1 / (x.var(axis=0) + eps)  # slip
    x_hat = (x - x.mean(axis=0)) * inv
    y = (x_hat + beta) * gamma  # slip
    return y, (x_hat, gamma, inv)


def batchnorm_forward__rows_epsilon_fixed(x, gamma, beta, eps=1e-5):
    """named eps_fixed, mean_over_features"""
    mean = x.mean(axis=1)[:, None]  # slip
    var = x.var(axis=1)[:, None]  # slip
    inv_std = 1 / np.sqrt(var + 1e-5)  # slip
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__x_in_the_cache_epsilon_outside(x, gamma, beta, eps=1e-5):
    """named cache_has_x, eps_on_std"""
    mu, sd = x.mean(axis=0), x.std(axis=0)
    inv = 1 / (sd + eps)  # slip
    return gamma * ((x - mu) * inv) + beta, (x, gamma, inv)  # slip


def batchnorm_forward__beta_inside_the_variance(x, gamma, beta, eps=1e-5):
    """placed"""
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    inv_std = 1 / np.sqrt(var + eps + beta**2)  # slip
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__gamma_added(x, gamma, beta, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    y = gamma + x_hat + beta  # slip
    return y, (x_hat, gamma, inv_std)


def batchnorm_forward__normalized_twice(x, gamma, beta, eps=1e-5):
    """placed"""
    centred = x - x.mean(axis=0)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=0) + eps)
    x_hat = centred * inv_std
    y = gamma * x_hat * inv_std + beta  # slip
    return y, (x_hat, gamma, inv_std)


def batchnorm_forward__variance_of_the_first_two(x, gamma, beta, eps=1e-5):
    """placed"""
    mean = x.mean(axis=0)
    var = ((x[:2] - mean) ** 2).mean(axis=0)  # slip
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__gamma_in_the_cached_x_hat(x, gamma, beta, eps=1e-5):
    """placed"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    x_hat = gamma * x_hat  # slip
    return x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__inv_std_squared_in_the_cache(x, gamma, beta, eps=1e-5):
    """placed"""
    var = x.var(axis=0)
    x_hat = (x - x.mean(axis=0)) / np.sqrt(var + eps)
    inv_std = 1 / (var + eps)  # slip
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__keepdims_in_the_statistics(x, gamma, beta, eps=1e-5):
    """named cache_row"""
    mean = np.mean(x, axis=0, keepdims=True)
    var = np.mean(np.square(x - mean), axis=0, keepdims=True)  # slip
    inv_std = 1.0 / np.sqrt(var + eps)
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__cache_without_inv_std(x, gamma, beta, eps=1e-5):
    """says: tuple of 3 (x_hat, gamma, inv_std)"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    cache = (x_hat, gamma)
    return gamma * x_hat + beta, cache


def batchnorm_forward__cache_as_a_dict(x, gamma, beta, eps=1e-5):
    """says: dict"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    cache = {"x_hat": x_hat, "gamma": gamma, "inv_std": inv_std}
    return gamma * x_hat + beta, cache


def batchnorm_forward__y_alone(x, gamma, beta, eps=1e-5):
    """says: Expected a tuple of 2"""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return gamma * x_hat + beta


def batchnorm_forward__cache_alone(x, gamma, beta, eps=1e-5):
    """says: Expected a tuple of 2"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    y = gamma * x_hat + beta
    return (x_hat, gamma, inv_std)


def batchnorm_forward__float32_at_the_end(x, gamma, beta, eps=1e-5):
    """says: float32"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return (gamma * x_hat + beta).astype(np.float32), (x_hat, gamma, inv_std)


def batchnorm_forward__no_return(x, gamma, beta, eps=1e-5):
    """says: return"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    cache = (x_hat, gamma, inv_std)
    y = gamma * x_hat + beta
    y, cache


def batchnorm_forward__row_means_do_not_line_up(x, gamma, beta, eps=1e-5):
    """crash"""
    mean = x.mean(axis=1)
    var = x.var(axis=1)
    x_hat = (x - mean) / np.sqrt(var + eps)  # slip
    return gamma * x_hat + beta, (x_hat, gamma, 1 / np.sqrt(var + eps))


def batchnorm_forward__matrix_product(x, gamma, beta, eps=1e-5):
    """crash"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    y = gamma @ x_hat + beta  # slip
    return y, (x_hat, gamma, inv_std)


def batchnorm_forward__gamma_as_a_column(x, gamma, beta, eps=1e-5):
    """crash"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    gamma = gamma.reshape(-1, 1)
    y = gamma * x_hat + beta  # slip
    return y, (x_hat, gamma, inv_std)


def batchnorm_forward__unknown_variance(x, gamma, beta, eps=1e-5):
    """crash
    says: sigma
    """
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    inv_std = 1 / np.sqrt(sigma + eps)  # slip
    x_hat = (x - mean) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std, var)


def batchnorm_forward__root_of_a_number(x, gamma, beta, eps=1e-5):
    """crash"""
    inv_std = 1 / math.sqrt(x.var(axis=0) + eps)  # slip
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__cut_off_at_ten(x, gamma, beta, eps=1e-5):
    """named clipped"""
    inv_std = 1 / np.sqrt(np.var(x, axis=0) + eps)
    x_hat = (x - np.mean(x, axis=0)) * inv_std
    return np.clip(gamma * x_hat + beta, -10, 10), (x_hat, gamma, inv_std)  # slip


def batchnorm_forward__five_spreads_at_most(x, gamma, beta, eps=1e-5):
    """named x_hat_clipped"""
    centred = x - x.mean(axis=0)
    inv_std = 1 / np.sqrt((centred**2).mean(axis=0) + eps)
    x_hat = np.minimum(np.maximum(centred * inv_std, -5.0), 5.0)  # slip
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__first_quotient(x, gamma, beta, eps=1e-5):
    """named inv_std_by_division"""
    c = x - x.mean(axis=0)
    x_hat = c / np.sqrt(x.var(axis=0) + eps)
    return gamma * x_hat + beta, (x_hat, gamma, (x_hat / c)[0])  # slip


# ------------------------------------------------------------------ identity_parameters


def identity_parameters__unbiased_and_swapped(x, eps=1e-5):
    """named ddof, swapped"""
    beta = x.mean(axis=0)
    gamma = np.sqrt(x.var(axis=0, ddof=1) + eps)  # slip
    return beta, gamma  # slip


def identity_parameters__inverse_and_minus(x, eps=1e-5):
    """named inverse, minus_mean"""
    mu = np.mean(x, 0)
    var = np.var(x, 0)
    return 1 / np.sqrt(var + eps), -mu  # slip


def identity_parameters__rows_without_epsilon(x, eps=1e-5):
    """named eps_ignored, per_example"""
    return x.std(axis=1), x.mean(axis=1)  # slip


def identity_parameters__epsilon_outside_minus_mean(x, eps=1e-5):
    """named eps_on_std, minus_mean"""
    std = np.std(x, axis=0)
    mean = np.mean(x, axis=0)
    gamma, beta = std + eps, 0 - mean  # slip
    return gamma, beta


def identity_parameters__in_place_unbiased(x, eps=1e-5):
    """named ddof, in_place"""
    beta = x.mean(axis=0)
    x -= beta  # slip
    gamma = np.sqrt((x * x).sum(axis=0) / (len(x) - 1) + eps)  # slip
    return gamma, beta


def identity_parameters__variance_and_scaled_mean(x, eps=1e-5):
    """named scaled_mean, variance"""
    mu = x.mean(axis=0)
    var = x.var(axis=0) + eps
    return var, mu / np.sqrt(var)  # slip


def identity_parameters__beta_of_the_first_row(x, eps=1e-5):
    """placed"""
    std = np.sqrt(x.var(axis=0) + eps)
    beta = x[0]  # slip
    return std, beta


def identity_parameters__median(x, eps=1e-5):
    """placed"""
    gamma = np.sqrt(x.var(axis=0) + eps)
    beta = np.median(x, axis=0)  # slip
    return gamma, beta


def identity_parameters__range(x, eps=1e-5):
    """placed"""
    gamma = x.max(axis=0) - x.min(axis=0)  # slip
    beta = x.mean(axis=0)
    return gamma, beta


def identity_parameters__beta_less_gamma(x, eps=1e-5):
    """placed"""
    gamma = np.sqrt(x.var(axis=0) + eps)
    beta = x.mean(axis=0) - gamma  # slip
    return gamma, beta


def identity_parameters__transform_applied(x, eps=1e-5):
    """says: Expected a tuple of 2"""
    mean, std = x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - mean) / std
    return std * x_hat + mean


def identity_parameters__gamma_alone(x, eps=1e-5):
    """says: Expected a tuple of 2"""
    gamma = np.sqrt(x.var(axis=0) + eps)
    beta = x.mean(axis=0)
    return gamma


def identity_parameters__no_return(x, eps=1e-5):
    """says: return"""
    gamma, beta = np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)


def identity_parameters__solved_as_a_square(x, eps=1e-5):
    """crash"""
    mean, std = x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - mean) / std
    gamma = np.linalg.solve(x_hat, x - mean)  # slip
    return gamma, mean


def identity_parameters__two_from_one(x, eps=1e-5):
    """crash"""
    y, (x_hat, inv_std) = batchnorm_of_mine(x)  # slip
    return 1 / inv_std, (x - x_hat / inv_std).mean(axis=0)


def batchnorm_of_mine(x, eps=1e-5):
    """A learner's own function of an earlier cell, with three parts in its cache."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return x_hat, (x_hat, np.ones_like(inv_std), inv_std)


def identity_parameters__called_without_arguments(x, eps=1e-5):
    """crash"""
    _, cache = batchnorm_of_mine()  # slip
    return 1 / cache[2], x.mean(axis=0)


def identity_parameters__mean_of_squares_minus_square(x, eps=1e-5):
    """named one_pass"""
    mean = x.mean(axis=0)
    var = (x**2).mean(axis=0) - mean**2  # slip
    return np.sqrt(var + eps), mean


def identity_parameters__mean_quotient(x, eps=1e-5):
    """named by_division"""
    mean = x.mean(axis=0)
    centred = x - mean
    x_hat = centred / np.sqrt((centred**2).mean(axis=0) + eps)
    return (centred / x_hat).mean(axis=0), mean  # slip


# ------------------------------------------------------------------ batchnorm2d_forward


def batchnorm2d_forward__variance_with_eps(x, gamma, beta, eps=1e-5):
    """named eps_twice_under_the_root"""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(0, 2, 3), keepdims=True) + eps  # slip
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__instance_epsilon_outside(x, gamma, beta, eps=1e-5):
    """named eps_on_std, instance"""
    mu = x.mean(axis=(2, 3), keepdims=True)  # slip
    sd = x.std(axis=(2, 3), keepdims=True)  # slip
    x_hat = (x - mu) / (sd + eps)  # slip
    return gamma.reshape(1, -1, 1, 1) * x_hat + beta.reshape(1, -1, 1, 1)


def batchnorm2d_forward__per_position_epsilon_outside(x, gamma, beta, eps=1e-5):
    """named eps_on_std, per_position"""
    out = np.zeros_like(x)
    N, C, H, W = x.shape
    for c in range(C):
        for i in range(H):
            for j in range(W):
                v = x[:, c, i, j]  # slip
                out[:, c, i, j] = gamma[c] * (v - v.mean()) / (v.std() + eps) + beta[c]  # slip
    return out


def batchnorm2d_forward__reshaped_and_unbiased(x, gamma, beta, eps=1e-5):
    """named ddof, reshape_without_transpose"""
    N, C, H, W = x.shape
    flat = x.reshape(N * H * W, C)  # slip
    x_hat = (flat - flat.mean(0)) / np.sqrt(flat.var(0, ddof=1) + eps)  # slip
    return (gamma * x_hat + beta).reshape(N, C, H, W)  # slip


def batchnorm2d_forward__reshaped_without_epsilon(x, gamma, beta, eps=1e-5):
    """named eps_missing, reshape_without_transpose"""
    C = x.shape[1]
    z = np.reshape(x, (-1, C))  # slip
    z = gamma * (z - z.mean(axis=0)) / z.std(axis=0) + beta  # slip
    return np.reshape(z, x.shape)  # slip


def batchnorm2d_forward__wrong_way_back_swapped(x, gamma, beta, eps=1e-5):
    """named gamma_beta_swapped, wrong_way_back"""
    flat = x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])
    x_hat = (flat - flat.mean(axis=0)) / np.sqrt(flat.var(axis=0) + eps)
    return (beta * x_hat + gamma).reshape(x.shape)  # slip


def batchnorm2d_forward__one_for_all_shift_first(x, gamma, beta, eps=1e-5):
    """named all_axes, shift_before_scale"""
    x_hat = (x - x.mean()) / np.sqrt(x.var() + eps)  # slip
    return (x_hat + beta[:, None, None]) * gamma[:, None, None]  # slip


def batchnorm2d_forward__in_place_no_root(x, gamma, beta, eps=1e-5):
    """named in_place, no_root"""
    x -= x.mean(axis=(0, 2, 3), keepdims=True)  # slip
    var = (x**2).mean(axis=(0, 2, 3), keepdims=True)
    return gamma[None, :, None, None] * x / (var + eps) + beta[None, :, None, None]  # slip


def batchnorm2d_forward__variance_by_height_and_width(x, gamma, beta, eps=1e-5):
    """placed"""
    N, C, H, W = x.shape
    mean = x.sum(axis=(0, 2, 3), keepdims=True) / (N * H * W)
    var = ((x - mean) ** 2).sum(axis=(0, 2, 3), keepdims=True) / (H * W)  # slip
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__mean_over_the_batch_alone(x, gamma, beta, eps=1e-5):
    """placed"""
    mean = x.mean(axis=0, keepdims=True)  # slip
    var = x.var(axis=(0, 2, 3), keepdims=True)
    x_hat = (x - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__first_channel_for_all(x, gamma, beta, eps=1e-5):
    """placed"""
    y = np.empty_like(x)
    for c in range(x.shape[1]):
        channel = x[:, c]
        mu, var = x[:, 0].mean(), channel.var()  # slip
        y[:, c] = gamma[c] * (channel - mu) / np.sqrt(var + eps) + beta[c]
    return y


def batchnorm2d_forward__last_channel_left_out(x, gamma, beta, eps=1e-5):
    """placed"""
    y = np.zeros_like(x)
    for c in range(x.shape[1] - 1):  # slip
        u = x[:, c]
        y[:, c] = gamma[c] * (u - u.mean()) / np.sqrt(u.var() + eps) + beta[c]
    return y


def batchnorm2d_forward__mean_of_deviations(x, gamma, beta, eps=1e-5):
    """placed"""
    over = (0, 2, 3)
    mean = x.mean(axis=over, keepdims=True)
    std = x.std(axis=(2, 3), keepdims=True).mean(axis=0, keepdims=True)  # slip
    x_hat = (x - mean) / np.sqrt(std**2 + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__float32_at_the_end(x, gamma, beta, eps=1e-5):
    """says: float32"""
    y = np.empty(x.shape, dtype=np.float32)
    for c in range(x.shape[1]):
        y[:, c] = gamma[c] * (x[:, c] - x[:, c].mean()) / np.sqrt(x[:, c].var() + eps) + beta[c]
    return y


def batchnorm2d_forward__no_keepdims(x, gamma, beta, eps=1e-5):
    """crash"""
    mean = x.mean(axis=(0, 2, 3))
    var = x.var(axis=(0, 2, 3))
    x_hat = (x - mean) / np.sqrt(var + eps)  # slip
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__gamma_as_it_is(x, gamma, beta, eps=1e-5):
    """crash
    allowed gamma_on_last_axis
    """
    over = (0, 2, 3)
    x_hat = (x - x.mean(axis=over, keepdims=True)) / np.sqrt(x.var(axis=over, keepdims=True) + eps)
    y = gamma * x_hat + beta  # slip
    return y


def batchnorm2d_forward__beta_as_it_is(x, gamma, beta, eps=1e-5):
    """crash"""
    over = (0, 2, 3)
    x_hat = (x - x.mean(axis=over, keepdims=True)) / np.sqrt(x.var(axis=over, keepdims=True) + eps)
    y = gamma.reshape(1, -1, 1, 1) * x_hat
    return y + beta  # slip


def batchnorm2d_forward__list_of_axes(x, gamma, beta, eps=1e-5):
    """crash"""
    mean = x.mean(axis=[0, 2, 3], keepdims=True)  # slip
    var = x.var(axis=[0, 2, 3], keepdims=True)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__two_sizes(x, gamma, beta, eps=1e-5):
    """crash"""
    m, d = x.shape  # slip
    mean = x.sum(axis=0) / m
    return gamma * (x - mean) / np.sqrt(x.var(axis=0) + eps) + beta


def batchnorm2d_forward__reshaped_to_another_size(x, gamma, beta, eps=1e-5):
    """crash"""
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(N, C)  # slip
    x_hat = (flat - flat.mean(axis=0)) / np.sqrt(flat.var(axis=0) + eps)
    return (gamma * x_hat + beta).reshape(N, H, W, C).transpose(0, 3, 1, 2)


def batchnorm2d_forward__cache_too(x, gamma, beta, eps=1e-5):
    """says: tuple of 2"""
    over = (0, 2, 3)
    inv_std = 1 / np.sqrt(x.var(axis=over, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=over, keepdims=True)) * inv_std
    return gamma[:, None, None] * x_hat + beta[:, None, None], (x_hat, gamma, inv_std)


def batchnorm2d_forward__mean_of_squares_minus_square(x, gamma, beta, eps=1e-5):
    """named one_pass"""
    axes = (0, 2, 3)
    mean = x.mean(axis=axes, keepdims=True)
    var = (x**2).mean(axis=axes, keepdims=True) - mean**2  # slip
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__six_spreads_at_most(x, gamma, beta, eps=1e-5):
    """named x_hat_clipped"""
    axes = (0, 2, 3)
    x_hat = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
    return gamma[:, None, None] * x_hat.clip(-6, 6) + beta[:, None, None]  # slip


# ------------------------------------------------------------------ linear_bn_relu


def linear_bn_relu__no_relu_epsilon_outside(x, W, gamma, beta, eps=1e-5):
    """named eps_on_std, no_relu"""
    u = x @ W
    return gamma * ((u - u.mean(axis=0)) / (u.std(axis=0) + eps)) + beta  # slip


def linear_bn_relu__relu_first_and_unbiased(x, W, gamma, beta, eps=1e-5):
    """named ddof, relu_before_bn"""
    h = np.maximum(0, np.dot(x, W))  # slip
    m = len(h)
    mu = h.sum(axis=0) / m
    var = ((h - mu) ** 2).sum(axis=0) / (m - 1)  # slip
    return gamma * (h - mu) / np.sqrt(var + eps) + beta  # slip


def linear_bn_relu__rows_without_epsilon(x, W, gamma, beta, eps=1e-5):
    """named eps_missing, per_example"""
    u = x @ W
    z = (u - u.mean(axis=1, keepdims=True)) / u.std(axis=1, keepdims=True)  # slip
    return np.maximum(z * gamma + beta, 0)


def linear_bn_relu__leaky_and_unbiased(x, W, gamma, beta, eps=1e-5):
    """named ddof, leaky"""
    u = x @ W
    y = gamma * (u - u.mean(0)) / np.sqrt(u.var(0, ddof=1) + eps) + beta  # slip
    return np.maximum(y, 0.01 * y)  # slip


def linear_bn_relu__absolute_and_swapped(x, W, gamma, beta, eps=1e-5):
    """named absolute_value, gamma_beta_swapped"""
    u = x.dot(W)
    x_hat = (u - np.mean(u, axis=0)) / np.sqrt(np.var(u, axis=0) + eps)
    out = beta * x_hat + gamma  # slip
    return abs(out)  # slip


def linear_bn_relu__weights_changed_and_back(x, W, gamma, beta, eps=1e-5):
    """named weights_in_place"""
    W *= gamma  # slip
    W /= gamma  # slip
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta, 0)


def linear_bn_relu__tanh(x, W, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ W
    u_hat = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps)
    y = gamma * u_hat + beta
    return np.tanh(y)  # slip


def linear_bn_relu__maximum_with_one(x, W, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ W
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    return np.maximum(y, 1)  # slip


def linear_bn_relu__softplus(x, W, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ W
    mu, sigma = u.mean(axis=0), np.sqrt(u.var(axis=0) + eps)
    y = gamma * (u - mu) / sigma + beta
    out = np.log(1 + np.exp(y))  # slip
    return out


def linear_bn_relu__mean_of_the_input(x, W, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ W
    mean = x.mean()  # slip
    var = u.var(axis=0)
    y = gamma * (u - mean) / np.sqrt(var + eps) + beta
    return np.where(y > 0, y, 0)


def linear_bn_relu__mask_of_u(x, W, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ W
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    y[u < 0] = 0  # slip
    return y


def linear_bn_relu__weights_of_ones(x, W, gamma, beta, eps=1e-5):
    """placed"""
    u = x @ np.ones_like(W)  # slip
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    return np.maximum(y, 0)


def linear_bn_relu__entry_by_entry(x, W, gamma, beta, eps=1e-5):
    """crash"""
    u = x * W  # slip
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    return np.maximum(y, 0)


def linear_bn_relu__weights_first(x, W, gamma, beta, eps=1e-5):
    """crash"""
    u = W @ x  # slip
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    return np.maximum(y, 0)


def linear_bn_relu__weights_transposed(x, W, gamma, beta, eps=1e-5):
    """crash
    allowed transposed_weights
    """
    u = np.dot(x, W.T)  # slip
    x_hat = (u - u.mean(0)) / np.sqrt(u.var(0) + eps)
    return np.maximum(gamma * x_hat + beta, 0)


def linear_bn_relu__relu_of_the_pair(x, W, gamma, beta, eps=1e-5):
    """crash"""
    result = batchnorm_of_mine(x @ W)
    return np.maximum(gamma * result + beta, 0)  # slip


def linear_bn_relu__builtin_max(x, W, gamma, beta, eps=1e-5):
    """crash"""
    u = x @ W
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    return max(0, y)  # slip


def linear_bn_relu__truth_of_an_array(x, W, gamma, beta, eps=1e-5):
    """crash"""
    u = x @ W
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    return y if y > 0 else 0  # slip


def linear_bn_relu__forward_not_run(x, W, gamma, beta, eps=1e-5):
    """crash
    says: batchnorm_forward
    """
    y, _ = batchnorm_forward(x @ W, gamma, beta, eps)  # slip
    return np.maximum(y, 0)


def linear_bn_relu__no_return(x, W, gamma, beta, eps=1e-5):
    """says: return"""
    u = x @ W
    y = gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps) + beta
    np.maximum(y, 0, out=y)


def linear_bn_relu__mean_of_squares_minus_square(x, W, gamma, beta, eps=1e-5):
    """named one_pass"""
    u = x @ W
    mean = u.mean(axis=0)
    var = (u * u).mean(axis=0) - mean * mean  # slip
    return np.maximum(gamma * (u - mean) / np.sqrt(var + eps) + beta, 0)


def linear_bn_relu__six_spreads_at_most(x, W, gamma, beta, eps=1e-5):
    """named x_hat_clipped"""
    u = x @ W
    u = np.clip((u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps), -6, 6)  # slip
    return np.maximum(gamma * u + beta, 0)


# ------------------------------------------------------------------ change_units


def change_units__as_if_nothing_were_turned(gamma, beta, eps, a, c):
    """named beta_moved_by_c, sign_forgotten"""
    return gamma, beta + c, eps * a**2  # slip


def change_units__a_straight_line(gamma, beta, eps, a, c):
    """named eps_unchanged, gamma_divided_by_a"""
    new = gamma / a  # slip
    return new, beta, eps + 0 * a  # slip


def change_units__everything_in_new_units(gamma, beta, eps, a, c):
    """named beta_in_new_units, gamma_times_a"""
    return a * gamma, a * beta + c, eps * a * a  # slip


def change_units__cubed(gamma, beta, eps, a, c):
    """placed"""
    sign = np.sign(a)
    return gamma * sign, beta, eps * np.abs(a) ** 3  # slip


def change_units__turned_the_other_way(gamma, beta, eps, a, c):
    """placed"""
    sign = np.sign(-a)  # slip
    return gamma * sign, beta, eps * a**2


def change_units__half_of_epsilon(gamma, beta, eps, a, c):
    """placed"""
    square = a**2 / 2  # slip
    return gamma * np.sign(a), beta, eps * square


def change_units__if_of_an_array(gamma, beta, eps, a, c):
    """crash"""
    if a < 0:  # slip
        gamma = -gamma
    return gamma, beta, eps * a**2


def change_units__math_of_an_array(gamma, beta, eps, a, c):
    """crash"""
    new_eps = [eps * pow(a, 2)[j] for j in range(len(a) + 1)]  # slip
    return gamma * np.sign(a), beta, np.array(new_eps)


def change_units__no_return(gamma, beta, eps, a, c):
    """says: return"""
    new = gamma * np.sign(a), beta, eps * a**2


def change_units__a_fourth_result(gamma, beta, eps, a, c):
    """says: Expected a tuple of 3 (gamma', beta', eps')"""
    return gamma * np.sign(a), beta, eps * a**2, 0 * c
