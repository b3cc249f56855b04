"""Answers to the exercises of the chapter backprop that the catalogue of single mistakes does not have.

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

# ------------------------------------------------------------------ numerical_gradient


def numerical_gradient__one_sided_without_dy(f, x, dy, h=1e-5):
    """named dy_ignored, forward_difference"""
    grad = np.zeros_like(x)
    base = f(x).sum()  # slip
    for i in np.ndindex(*x.shape):
        xp = x.copy()
        xp[i] += h
        grad[i] = (f(xp).sum() - base) / h  # slip
    return grad


def numerical_gradient__doubled_and_turned(f, x, dy, h=1e-5):
    """named not_twice, sign"""
    dx = np.zeros_like(x)
    for idx in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[idx] = h
        dx[idx] = np.sum((f(x - e) - f(x + e)) * dy) / h  # slip
    return dx


def numerical_gradient__own_step_one_sided(f, x, dy, h=1e-5):
    """named forward_difference, h_default_only"""
    step = 1e-5  # slip
    dx = np.empty(x.shape)
    for k in np.ndindex(x.shape):
        moved = x.copy()
        moved[k] = moved[k] + step
        dx[k] = ((f(moved) - f(x)) * dy).sum() / step  # slip
    return dx


def numerical_gradient__mean_of_the_outputs_one_sided(f, x, dy, h=1e-5):
    """named forward_difference, mean"""
    g = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        g[k] = np.mean((f(x + e) - f(x)) * dy) / h  # slip
    return g


def numerical_gradient__last_entry_forgotten(f, x, dy, h=1e-5):
    """placed"""
    flat = np.zeros(x.size)
    for k in range(x.size - 1):  # slip
        e = np.zeros(x.size)
        e[k] = h
        e = e.reshape(x.shape)
        flat[k] = ((f(x + e) - f(x - e)) * dy).sum() / (2 * h)
    return flat.reshape(x.shape)


def numerical_gradient__wider_to_the_left(f, x, dy, h=1e-5):
    """placed"""
    dx = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        above = f(x + e)
        below = f(x - 2 * e)  # slip
        dx[k] = ((above - below) * dy).sum() / (3 * h)
    return dx


def numerical_gradient__absolute_difference(f, x, dy, h=1e-5):
    """placed"""
    dx = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        difference = np.abs(f(x + e) - f(x - e))  # slip
        dx[k] = (difference * dy).sum() / (2 * h)
    return dx


def numerical_gradient__step_added_up(f, x, dy, h=1e-5):
    """placed"""
    dx = np.zeros_like(x)
    step = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        step[k] = h  # slip
        dx[k] = ((f(x + step) - f(x - step)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__step_relative_to_x(f, x, dy, h=1e-5):
    """placed"""
    dx = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h * (1 + abs(x[k]))  # slip
        dx[k] = ((f(x + e) - f(x - e)) * dy).sum() / (2 * e[k])
    return dx


def numerical_gradient__multiplied_by_two_h(f, x, dy, h=1e-5):
    """placed"""
    dx = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        dx[k] = ((f(x + e) - f(x - e)) * dy).sum() / 2 * h  # slip
    return dx


def numerical_gradient__one_entry_of_the_output(f, x, dy, h=1e-5):
    """crash"""
    dx = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        s = np.zeros_like(x)
        s[i] = h
        dx[i] = (f(x + s)[i] - f(x - s)[i]) * dy[i] / (2 * h)  # slip
    return dx


def numerical_gradient__loop_over_dy(f, x, dy, h=1e-5):
    """crash
    allowed shape_of_dy
    """
    dx = np.zeros_like(dy)
    for k in np.ndindex(dy.shape):
        e = np.zeros_like(x)
        e[k] = h  # slip
        dx[k] = ((f(x + e) - f(x - e)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__rows_and_columns(f, x, dy, h=1e-5):
    """crash
    allowed two_axes_only
    """
    rows, columns = x.shape  # slip
    dx = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            e = np.zeros_like(x)
            e[i, j] = h
            dx[i, j] = ((f(x + e) - f(x - e)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__array_for_an_entry(f, x, dy, h=1e-5):
    """crash"""
    dx = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        dx[k] = (f(x + e) - f(x - e)) * dy / (2 * h)  # slip
    return dx


def numerical_gradient__range_of_a_shape(f, x, dy, h=1e-5):
    """crash"""
    dx = np.zeros_like(x)
    for k in range(x.shape):  # slip
        e = np.zeros_like(x)
        e.flat[k] = h
        dx.flat[k] = ((f(x + e) - f(x - e)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__function_indexed(f, x, dy, h=1e-5):
    """crash"""
    dx = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        dx[k] = ((f[x + e] - f[x - e]) * dy).sum() / (2 * h)  # slip
    return dx


def numerical_gradient__no_return(f, x, dy, h=1e-5):
    """says: return"""
    dx = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        dx[k] = ((f(x + e) - f(x - e)) * dy).sum() / (2 * h)


# ------------------------------------------------------------------ gradient_error


def central(f, x, dy, h):
    """A learner's own right function of an earlier cell."""
    n = np.zeros_like(x)
    for k in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[k] = h
        n[k] = ((f(x + e) - f(x - e)) * dy).sum() / (2 * h)
    return n


def gradient_error__mean_with_the_step_forgotten(f, x, dy, dx, h=1e-5):
    """named h_not_handed_on, mean"""
    num = central(f, x, dy, 1e-5)  # slip
    return np.mean(np.abs(dx - num) / np.maximum(1e-8, np.abs(dx) + np.abs(num)))  # slip


def gradient_error__sum_relative_to_n(f, x, dy, dx, h=1e-5):
    """named relative_to_n, sum"""
    num = central(f, x, dy, h)
    err = abs(dx - num) / np.maximum(abs(num), 1e-8)  # slip
    return err.sum()  # slip


def gradient_error__signed_mean(f, x, dy, dx, h=1e-5):
    """named mean, sign_kept"""
    n = central(f, x, dy, h)
    return ((dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).mean()  # slip


def gradient_error__absolute_with_the_step_forgotten(f, x, dy, dx, h=1e-5):
    """named absolute, h_not_handed_on"""
    return float(np.max(np.abs(central(f, x, dy, 1e-5) - dx)))  # slip


def gradient_error__floor_too_high(f, x, dy, dx, h=1e-5):
    """placed"""
    n = central(f, x, dy, h)
    below = np.maximum(np.abs(dx) + np.abs(n), 1e-3)  # slip
    return (np.abs(dx - n) / below).max()


def gradient_error__minimum_for_the_floor(f, x, dy, dx, h=1e-5):
    """placed"""
    n = central(f, x, dy, h)
    denominator = np.minimum(np.abs(dx) + np.abs(n), 1e-8)  # slip
    return (np.abs(dx - n) / denominator).max()


def gradient_error__product_below(f, x, dy, dx, h=1e-5):
    """placed"""
    n = central(f, x, dy, h)
    denominator = np.abs(dx) * np.abs(n)  # slip
    return np.max(np.abs(dx - n) / np.maximum(denominator, 1e-8))


def gradient_error__squared(f, x, dy, dx, h=1e-5):
    """placed"""
    n = central(f, x, dy, h)
    numerator = (dx - n) ** 2  # slip
    return (numerator / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()


def gradient_error__first_entry(f, x, dy, dx, h=1e-5):
    """placed"""
    n = central(f, x, dy, h)
    errors = np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)
    return errors.flat[0]  # slip


def gradient_error__sizes_compared(f, x, dy, dx, h=1e-5):
    """placed"""
    n = central(f, x, dy, h)
    top = np.abs(np.abs(dx) - np.abs(n))  # slip
    return (top / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()


def gradient_error__dx_and_dy_exchanged(f, x, dy, dx, h=1e-5):
    """crash"""
    n = central(f, x, dx, h)  # slip
    return (np.abs(dy - n) / np.maximum(np.abs(dy) + np.abs(n), 1e-8)).max()


def gradient_error__entry_of_each(f, x, dy, dx, h=1e-5):
    """crash"""
    n = central(f, x, dy, h)
    worst = 0
    for i in range(len(dx)):
        if abs(dx[i] - n[i]) > worst:  # slip
            worst = abs(dx[i] - n[i]) / max(abs(dx[i]) + abs(n[i]), 1e-8)
    return worst


def gradient_error__max_of_two_arrays(f, x, dy, dx, h=1e-5):
    """crash"""
    n = central(f, x, dy, h)
    return (np.abs(dx - n) / max(np.abs(dx) + np.abs(n), 1e-8)).max()  # slip


def gradient_error__without_f(f, x, dy, dx, h=1e-5):
    """crash"""
    n = central(x, dy, h)  # slip
    return (np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()


def gradient_error__tool_not_run(f, x, dy, dx, h=1e-5):
    """crash
    says: numerical_gradient
    """
    n = numerical_gradient(f, x, dy, h)  # slip
    return (np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()


def gradient_error__no_return(f, x, dy, dx, h=1e-5):
    """says: return"""
    n = central(f, x, dy, h)
    error = (np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()
    print(f"error: {error:.2e}")


# ------------------------------------------------------------------ parameter_gradients


def parameter_gradients__means_swapped(dy, x_hat):
    """named mean, swapped"""
    m = dy.shape[0]
    dbeta = dy.sum(axis=0) / m  # slip
    dgamma = (x_hat * dy).sum(axis=0) / m  # slip
    return dbeta, dgamma  # slip


def parameter_gradients__negative_means(dy, x_hat):
    """named descent, mean"""
    return -np.mean(dy * x_hat, axis=0), -np.mean(dy, axis=0)  # slip


def parameter_gradients__rows_swapped(dy, x_hat):
    """named row, swapped"""
    return np.sum(dy, axis=0, keepdims=True), np.sum(dy * x_hat, axis=0, keepdims=True)  # slip


def parameter_gradients__features_averaged(dy, x_hat):
    """named mean, over_features"""
    return (dy * x_hat).mean(axis=1), dy.mean(axis=1)  # slip


def parameter_gradients__dy_changed_and_back(dy, x_hat):
    """named in_place"""
    dbeta = dy.sum(axis=0)
    dy *= x_hat  # slip
    dgamma = dy.sum(axis=0)
    dy /= x_hat  # slip
    return dgamma, dbeta


def parameter_gradients__first_example_skipped(dy, x_hat):
    """placed"""
    dgamma, dbeta = np.zeros(dy.shape[1]), np.zeros(dy.shape[1])
    for i in range(1, len(dy)):  # slip
        dgamma += dy[i] * x_hat[i]
        dbeta += dy[i]
    return dgamma, dbeta


def parameter_gradients__last_example_only(dy, x_hat):
    """placed"""
    dgamma, dbeta = np.zeros(dy.shape[1]), np.zeros(dy.shape[1])
    for g, z in zip(dy, x_hat, strict=True):
        dgamma = g * z  # slip
        dbeta = dbeta + g
    return dgamma, dbeta


def parameter_gradients__plus_for_times(dy, x_hat):
    """placed"""
    dgamma = (dy + x_hat).sum(axis=0)  # slip
    dbeta = dy.sum(axis=0)
    return dgamma, dbeta


def parameter_gradients__divided_by_features(dy, x_hat):
    """placed"""
    m, d = dy.shape
    dgamma = (dy * x_hat).sum(axis=0) / d  # slip
    dbeta = dy.sum(axis=0)
    return dgamma, dbeta


def parameter_gradients__largest(dy, x_hat):
    """placed"""
    dgamma = np.sum(dy * x_hat, axis=0)
    dbeta = np.max(dy, axis=0)  # slip
    return dgamma, dbeta


def parameter_gradients__dgamma_alone(dy, x_hat):
    """says: Expected a tuple of 2"""
    dgamma = (dy * x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    return dgamma


def parameter_gradients__as_a_dict(dy, x_hat):
    """says: dict"""
    return dict(dgamma=(dy * x_hat).sum(0), dbeta=dy.sum(0))


def parameter_gradients__no_return(dy, x_hat):
    """says: return"""
    dgamma = (dy * x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    dgamma, dbeta


def parameter_gradients__matrix_product_unaligned(dy, x_hat):
    """crash"""
    dgamma = dy @ x_hat  # slip
    return dgamma, dy.sum(axis=0)


def parameter_gradients__sum_of_two(dy, x_hat):
    """crash"""
    dgamma = np.sum(dy, x_hat)  # slip
    return dgamma, np.sum(dy, axis=0)


def parameter_gradients__gamma_not_given(dy, x_hat):
    """crash
    says: gamma
    """
    dgamma = (dy * x_hat).sum(axis=0)
    dbeta = (dy * gamma).sum(axis=0)  # slip
    return dgamma, dbeta


# ------------------------------------------------------------------ statistics_gradients


def statistics_gradients__half_and_sign(dx_hat, x, mean, var, eps=1e-5):
    """named dvar_half, variance_path_missing"""
    s = np.sqrt(var + eps)
    dvar = -((dx_hat * (x - mean)).sum(0)) / s**3  # slip
    dmean = -(dx_hat / s).sum(0)  # slip
    return dvar, dmean


def statistics_gradients__swapped_without_epsilon(dx_hat, x, mean, var, eps=1e-5):
    """named eps_missing, swapped"""
    m = x.shape[0]
    dvar = np.sum(dx_hat * (x - mean), axis=0) * -0.5 * var ** (-1.5)  # slip
    dmean = np.sum(-dx_hat / np.sqrt(var), axis=0) + dvar * np.sum(-2 * (x - mean), axis=0) / m  # slip
    return dmean, dvar  # slip


def statistics_gradients__sign_and_exponent(dx_hat, x, mean, var, eps=1e-5):
    """named dvar_sign, exponent"""
    m = len(x)
    xc = x - mean
    dvar = 0.5 * (var + eps) ** -0.5 * (dx_hat * xc).sum(axis=0)  # slip
    dmean = -(dx_hat / np.sqrt(var + eps)).sum(axis=0) - dvar * 2 * xc.sum(axis=0) / m
    return dvar, dmean


def statistics_gradients__rows_without_the_path(dx_hat, x, mean, var, eps=1e-5):
    """named row, variance_path_missing"""
    inv = 1 / np.sqrt(var + eps)
    dvar = np.sum(-0.5 * dx_hat * (x - mean) * inv**3, axis=0, keepdims=True)  # slip
    dmean = np.sum(-dx_hat * inv, axis=0, keepdims=True)  # slip
    return dvar, dmean


def statistics_gradients__epsilon_outside_path_summed(dx_hat, x, mean, var, eps=1e-5):
    """named eps_on_std, variance_path_summed"""
    std = np.sqrt(var) + eps  # slip
    c = x - mean
    dvar = -0.5 * std**-3 * np.sum(dx_hat * c, axis=0)
    dmean = -np.sum(dx_hat, axis=0) / std - dvar * 2 * np.sum(c, axis=0)  # slip
    return dvar, dmean


def statistics_gradients__in_place_own_mean(dx_hat, x, mean, var, eps=1e-5):
    """named in_place, own_mean"""
    x -= x.mean(axis=0)  # slip
    inv = (var + eps) ** -0.5
    dvar = -0.5 * inv**3 * (dx_hat * x).sum(axis=0)
    return dvar, -inv * dx_hat.sum(axis=0) - 2 * dvar * x.mean(axis=0)


def statistics_gradients__x_changed_and_back(dx_hat, x, mean, var, eps=1e-5):
    """named in_place"""
    x -= mean  # slip
    inv = (var + eps) ** -0.5
    dvar = -0.5 * inv**3 * (dx_hat * x).sum(axis=0)
    dmean = -inv * dx_hat.sum(axis=0) - 2 * dvar * x.mean(axis=0)
    x += mean  # slip
    return dvar, dmean


def statistics_gradients__quarter(dx_hat, x, mean, var, eps=1e-5):
    """placed"""
    m = x.shape[0]
    inv = 1 / np.sqrt(var + eps)
    dvar = -0.25 * inv**3 * (dx_hat * (x - mean)).sum(axis=0)  # slip
    dmean = -inv * dx_hat.sum(axis=0) - dvar * 2 / m * (x - mean).sum(axis=0)
    return dvar, dmean


def statistics_gradients__mean_added(dx_hat, x, mean, var, eps=1e-5):
    """placed"""
    centred = x + mean  # slip
    inv = 1 / np.sqrt(var + eps)
    dvar = -0.5 * inv**3 * (dx_hat * centred).sum(axis=0)
    dmean = -inv * dx_hat.sum(axis=0) - 2 * dvar * centred.mean(axis=0)
    return dvar, dmean


def statistics_gradients__dvar_without_dx_hat(dx_hat, x, mean, var, eps=1e-5):
    """placed"""
    inv = (var + eps) ** -0.5
    dvar = (-0.5 * inv**3 * (x - mean)).sum(axis=0)  # slip
    dmean = -(dx_hat * inv).sum(axis=0) - 2 * dvar * (x - mean).mean(axis=0)
    return dvar, dmean


def statistics_gradients__deviation_squared(dx_hat, x, mean, var, eps=1e-5):
    """placed"""
    c = x - mean
    s = np.sqrt(var + eps)
    dvar = -0.5 / s**3 * (dx_hat * c).sum(axis=0)
    dmean = -(dx_hat / s).sum(axis=0) - 2 * dvar * (c**2).mean(axis=0)  # slip
    return dvar, dmean


def statistics_gradients__dvar_left_out_of_the_path(dx_hat, x, mean, var, eps=1e-5):
    """placed"""
    m = len(x)
    s = np.sqrt(var + eps)
    dvar = (dx_hat * (x - mean) * -0.5 / s**3).sum(axis=0)
    dmean = -(dx_hat / s).sum(axis=0) - 2 / m * (x - mean).sum(axis=0)  # slip
    return dvar, dmean


def statistics_gradients__dx_hat_summed_twice(dx_hat, x, mean, var, eps=1e-5):
    """placed"""
    inv = 1 / np.sqrt(var + eps)
    total = dx_hat.sum(axis=0)
    dvar = -0.5 * inv**3 * (total * (x - mean)).sum(axis=0)  # slip
    return dvar, -inv * total - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__dvar_alone(dx_hat, x, mean, var, eps=1e-5):
    """says: Expected a tuple of 2"""
    return -0.5 * (var + eps) ** -1.5 * (dx_hat * (x - mean)).sum(axis=0)


def statistics_gradients__three_results(dx_hat, x, mean, var, eps=1e-5):
    """says: Expected a tuple of 2"""
    inv = 1 / np.sqrt(var + eps)
    c = x - mean
    dvar = -0.5 * inv**3 * (dx_hat * c).sum(axis=0)
    dmean = -inv * dx_hat.sum(axis=0) - 2 * dvar * c.mean(axis=0)
    dx = dx_hat * inv + 2 * dvar * c / len(x) + dmean / len(x)
    return dx, dvar, dmean


def statistics_gradients__no_return(dx_hat, x, mean, var, eps=1e-5):
    """says: return"""
    dvar = -0.5 * (var + eps) ** -1.5 * (dx_hat * (x - mean)).sum(axis=0)
    dmean = -(dx_hat.sum(axis=0)) / np.sqrt(var + eps) - 2 * dvar * (x - mean).mean(axis=0)
    print(dvar, dmean)


def statistics_gradients__integer_power(dx_hat, x, mean, var, eps=1e-5):
    """crash"""
    dvar = np.power(int(var + eps), -1.5) * -0.5 * (dx_hat * (x - mean)).sum(axis=0)  # slip
    return dvar, -dx_hat.sum(axis=0) / np.sqrt(var + eps)


def statistics_gradients__called_like_a_product(dx_hat, x, mean, var, eps=1e-5):
    """crash"""
    centred = x - mean
    dvar = -0.5 * centred(dx_hat).sum(axis=0) * (var + eps) ** -1.5  # slip
    return dvar, -dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * centred.mean(axis=0)


def statistics_gradients__unknown_x_hat(dx_hat, x, mean, var, eps=1e-5):
    """crash
    says: x_hat
    """
    inv = 1 / np.sqrt(var + eps)
    dvar = -0.5 * inv**2 * (dx_hat * x_hat).sum(axis=0)  # slip
    return dvar, -inv * dx_hat.sum(axis=0) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__columns_do_not_line_up(dx_hat, x, mean, var, eps=1e-5):
    """crash"""
    inv = 1 / np.sqrt(var + eps)[:, None]
    dvar = -0.5 * (inv**3 * dx_hat * (x - mean)).sum(axis=0)  # slip
    return dvar, -(inv * dx_hat).sum(axis=0)


# ------------------------------------------------------------------ batchnorm_backward


def _statistics_gradients(dx_hat, x, mean, var, eps=1e-5):
    """The exercise of this name, right."""
    centred = x - mean
    dvar = -0.5 * (var + eps) ** -1.5 * (dx_hat * centred).sum(axis=0)
    dmean = -dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * centred.mean(axis=0)
    return dvar, dmean


def batchnorm_backward__default_of_the_helper(dy, cache):
    """named eps_twice_in_the_statistics"""
    x_hat, gamma, inv_std = cache
    m = len(dy)
    centred = x_hat / inv_std
    dx_hat = dy * gamma
    dvar, dmean = _statistics_gradients(dx_hat, centred, 0.0, 1 / inv_std**2)  # slip
    dx = dx_hat * inv_std + dvar * 2 * centred / m + dmean / m
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batchnorm_backward__default_of_the_helper_and_zeros(dy, cache):
    """named eps_twice_and_float64"""
    x_hat, gamma, inv_std = cache
    m = len(dy)
    x = x_hat / inv_std
    dx_hat = gamma * dy
    dvar, dmean = _statistics_gradients(dx_hat, x, np.zeros(x.shape[1]), inv_std**-2)  # slip
    dx = dx_hat * inv_std + 2 / m * dvar * x + dmean / m
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batchnorm_backward__no_gamma_unbiased(dy, cache):
    """named ddof, gamma_missing"""
    x_hat, gamma, inv_std = cache
    m = len(dy)
    dgamma = (dy * x_hat).sum(0)
    dbeta = dy.sum(0)
    dx = inv_std * (dy - dbeta / (m - 1) - x_hat * dgamma / (m - 1))  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__constant_variance_means(dy, cache):
    """named averaged_parameters, variance_constant"""
    x_hat, gamma, inv_std = cache
    dgamma = np.mean(dy * x_hat, axis=0)  # slip
    dbeta = np.mean(dy, axis=0)  # slip
    dx = gamma * inv_std * (dy - np.mean(dy, axis=0))  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__sign_and_swapped(dy, cache):
    """named parameters_swapped, variance_sign"""
    x_hat, gamma, inv_std = cache
    m = dy.shape[0]
    dbeta = np.sum(dy, axis=0)
    dgamma = np.sum(dy * x_hat, axis=0)
    dx = (gamma * inv_std / m) * (m * dy - dbeta + x_hat * dgamma)  # slip
    return dx, dbeta, dgamma  # slip


def batchnorm_backward__times_m_with_gamma_in_dgamma(dy, cache):
    """named gamma_in_dgamma, times_m"""
    x_hat, gamma, inv_std = cache
    g = gamma * dy
    dgamma = (g * x_hat).sum(axis=0)  # slip
    dx = inv_std * (len(dy) * g - g.sum(axis=0) - x_hat * (g * x_hat).sum(axis=0))  # slip
    return dx, dgamma, dy.sum(axis=0)


def batchnorm_backward__rows_without_inv_std(dy, cache):
    """named inv_std_missing, row"""
    x_hat, gamma, _ = cache
    dgamma = (dy * x_hat).sum(axis=0, keepdims=True)  # slip
    dbeta = dy.sum(axis=0, keepdims=True)  # slip
    return gamma * (dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta  # slip


def batchnorm_backward__dy_scaled_in_place_constant_mean(dy, cache):
    """named dy_in_place, mean_constant"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dy *= gamma  # slip
    dx = inv_std * (dy - x_hat * (dy * x_hat).mean(axis=0))  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__dy_changed_and_back(dy, cache):
    """named dy_in_place"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dy *= gamma  # slip
    dx = inv_std * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))
    dy /= gamma  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__means_undivided(dy, cache):
    """named variance_path_summed"""
    x_hat, gamma, inv_std = cache
    m = dy.shape[0]
    dbeta = dy.sum(axis=0)
    dgamma = (dy * x_hat).sum(axis=0)
    dx = gamma * inv_std * (dy - dbeta / m - x_hat * dgamma)  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__product_of_means(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    along = x_hat * dy.mean(axis=0) * x_hat.std(axis=0)  # slip
    return gamma * inv_std * (dy - dy.mean(axis=0) - along), dgamma, dbeta


def batchnorm_backward__dgamma_made_anew(dy, cache):
    """named dgamma_eps_on_std"""
    x_hat, gamma, inv_std = cache
    centred = x_hat / inv_std
    std = np.sqrt((centred**2).mean(axis=0)) + 1e-5
    dgamma = (dy * centred / std).sum(axis=0)  # slip
    dbeta = dy.sum(axis=0)
    dx = gamma * inv_std * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))
    return dx, dgamma, dbeta


def batchnorm_backward__mean_of_x_hat(dy, cache):
    """named mean_constant"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = np.sum(dy * x_hat, 0), np.sum(dy, 0)
    g = gamma * dy
    dx = g - x_hat.mean(0) - x_hat * (g * x_hat).mean(0)  # slip
    return dx * inv_std, dgamma, dbeta


def batchnorm_backward__gamma_divided(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = np.sum(dy * x_hat, 0), np.sum(dy, 0)
    g = dy / gamma  # slip
    dx = inv_std * (g - g.mean(0) - x_hat * (g * x_hat).mean(0))
    return dx, dgamma, dbeta


def batchnorm_backward__x_hat_squared(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    dgamma = (dy * x_hat).sum(axis=0)
    dbeta = dy.sum(axis=0)
    along = x_hat**2 * dgamma / len(dy)  # slip
    dx = gamma * inv_std * (dy - dbeta / len(dy) - along)
    return dx, dgamma, dbeta


def batchnorm_backward__first_row_for_the_mean(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    mean_dy = dy[0]  # slip
    dx = gamma * inv_std * (dy - mean_dy - x_hat * dgamma / len(dy))
    return dx, dgamma, dbeta


def batchnorm_backward__dbeta_of_dx_hat(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    dx_hat = dy * gamma
    dgamma = np.sum(dy * x_hat, axis=0)
    dbeta = np.sum(dx_hat, axis=0)  # slip
    m = dy.shape[0]
    dx = inv_std / m * (m * dx_hat - dx_hat.sum(axis=0) - x_hat * (dx_hat * x_hat).sum(axis=0))
    return dx, dgamma, dbeta


def batchnorm_backward__two_parts(dy, cache):
    """crash"""
    x_hat, gamma = cache  # slip
    dgamma = (dy * x_hat).sum(axis=0)
    return gamma * (dy - dy.mean(axis=0) - x_hat * dgamma / len(dy)), dgamma, dy.sum(axis=0)


def batchnorm_backward__four_parts(dy, cache):
    """crash"""
    x, x_hat, gamma, inv_std = cache  # slip
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - dbeta / len(x) - x_hat * dgamma / len(x)), dgamma, dbeta


def batchnorm_backward__cache_with_names(dy, cache):
    """crash"""
    x_hat = cache["x_hat"]  # slip
    gamma, inv_std = cache["gamma"], cache["inv_std"]
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def batchnorm_backward__gamma_as_a_column(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    scale = (gamma * inv_std)[:, None]
    dx = scale * (dy - (dbeta + x_hat * dgamma) / len(dy))  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__sum_over_the_features(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=1), dy.sum(axis=1)
    dx = gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy))  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__m_not_set(dy, cache):
    """crash
    says: m
    """
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dx = gamma * inv_std * (dy - dbeta / m - x_hat * dgamma / m)  # slip
    return dx, dgamma, dbeta


def batchnorm_backward__no_return(dy, cache):
    """says: return"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dx = gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy))
    dx, dgamma, dbeta


def batchnorm_backward__parameters_in_a_tuple(dy, cache):
    """says: Expected a tuple of 3 (dx, dgamma, dbeta)"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dx = gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy))
    return dx, (dgamma, dbeta)


def batchnorm_backward__x_hat_with_epsilon_outside(dy, cache):
    """named dgamma_eps_on_std"""
    x_hat, gamma, inv_std = cache
    centred = x_hat / inv_std
    again = centred / (centred.std(axis=0) + 1e-5)  # slip
    dbeta = dy.sum(axis=0)
    dx = gamma * inv_std * (dy - (dbeta + x_hat * (dy * x_hat).sum(axis=0)) / len(dy))
    return dx, (dy * again).sum(axis=0), dbeta


# ------------------------------------------------------------------ batchnorm2d_backward


def batchnorm2d_backward__variance_of_the_cache_with_eps(dy, cache):
    """named eps_twice"""
    x_hat, gamma, inv_std = (part if part.ndim == 4 else part[:, None, None] for part in cache)
    m = dy.size / dy.shape[1]
    over = (0, 2, 3)
    var = 1 / inv_std**2 + 1e-5  # slip
    centred = x_hat / inv_std
    dx_hat = dy * gamma
    dvar = (-0.5 * dx_hat * centred * var**-1.5).sum(axis=over, keepdims=True)
    dmean = (-dx_hat / np.sqrt(var)).sum(axis=over, keepdims=True)
    dx = dx_hat / np.sqrt(var) + dvar * 2 * centred / m + dmean / m
    return dx, (dy * x_hat).sum(axis=over), dy.sum(axis=over)


def batchnorm2d_backward__per_image_unbiased(dy, cache):
    """named averaged_parameters, per_image"""
    x_hat, gamma, inv_std = cache
    over = (2, 3)  # slip
    scale = (gamma * inv_std).reshape(1, -1, 1, 1)
    dx = scale * (dy - dy.mean(axis=over, keepdims=True) - x_hat * (dy * x_hat).mean(axis=over, keepdims=True))
    return dx, (dy * x_hat).mean(axis=(0, 2, 3)), dy.mean(axis=(0, 2, 3))  # slip


def batchnorm2d_backward__kept_axes_without_gamma(dy, cache):
    """named gamma_missing, parameters_keep_axes"""
    x_hat, gamma, inv_std = cache
    N, C, H, W = dy.shape
    m = N * H * W
    dbeta = dy.sum(axis=(0, 2, 3), keepdims=True)  # slip
    dgamma = (dy * x_hat).sum(axis=(0, 2, 3), keepdims=True)  # slip
    dx = inv_std[None, :, None, None] * (dy - dbeta / m - x_hat * dgamma / m)  # slip
    return dx, dgamma, dbeta


def batchnorm2d_backward__constant_variance_swapped(dy, cache):
    """named parameters_swapped, variance_constant"""
    x_hat, gamma, inv_std = cache
    ax = (0, 2, 3)
    dx = (gamma * inv_std)[:, None, None] * (dy - dy.mean(ax, keepdims=True))  # slip
    return dx, dy.sum(ax), (dy * x_hat).sum(ax)  # slip


def batchnorm2d_backward__times_m_sign(dy, cache):
    """named times_m, variance_sign"""
    x_hat, gamma, inv_std = cache
    N, C, H, W = dy.shape
    m = N * H * W
    dgamma = np.einsum("nchw,nchw->c", dy, x_hat)
    dbeta = np.einsum("nchw->c", dy)
    dx = m * dy - dbeta[:, None, None] + x_hat * dgamma[:, None, None]  # slip
    return dx * gamma[:, None, None] * inv_std[:, None, None], dgamma, dbeta  # slip


def batchnorm2d_backward__channels_loop_without_gamma(dy, cache):
    """named gamma_in_dgamma, inv_std_missing"""
    x_hat, gamma, inv_std = cache
    dx, dgamma, dbeta = np.zeros_like(dy), np.zeros(len(gamma)), np.zeros(len(gamma))
    for c in range(len(gamma)):
        g, z = gamma[c] * dy[:, c], x_hat[:, c]
        dgamma[c] = (g * z).sum()  # slip
        dbeta[c] = dy[:, c].sum()
        dx[:, c] = g - g.mean() - z * (g * z).mean()  # slip
    return dx, dgamma, dbeta


def batchnorm2d_backward__m_of_a_row(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    N, C, H, W = dy.shape
    m = N * C * H * W  # slip
    dgamma = (dy * x_hat).sum(axis=(0, 2, 3))
    dbeta = dy.sum(axis=(0, 2, 3))
    inner = dy - (dbeta[:, None, None] + x_hat * dgamma[:, None, None]) / m
    return (gamma * inv_std)[:, None, None] * inner, dgamma, dbeta


def batchnorm2d_backward__height_forgotten_in_dbeta(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    m = dy.size / dy.shape[1]
    dgamma = (dy * x_hat).sum(axis=(0, 2, 3))
    dbeta = dy[:, :, 0].sum(axis=(0, 2))  # slip
    inner = dy - dy.mean((0, 2, 3), keepdims=True) - x_hat * dgamma[:, None, None] / m
    return (gamma * inv_std)[:, None, None] * inner, dgamma, dbeta


def batchnorm2d_backward__mean_over_the_batch_alone(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    over = (0, 2, 3)
    mean_dy = dy.mean(axis=0, keepdims=True)  # slip
    along = (dy * x_hat).mean(axis=over, keepdims=True)
    dx = (gamma * inv_std)[:, None, None] * (dy - mean_dy - x_hat * along)
    return dx, (dy * x_hat).sum(axis=over), dy.sum(axis=over)


def batchnorm2d_backward__scale_of_the_first_channel(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    dx = np.empty_like(dy)
    dgamma, dbeta = np.empty_like(gamma), np.empty_like(gamma)
    for c in range(dy.shape[1]):
        g, z = dy[:, c], x_hat[:, c]
        dgamma[c], dbeta[c] = (g * z).sum(), g.sum()
        dx[:, c] = gamma[c] * inv_std[0] * (g - g.mean() - z * (g * z).mean())  # slip
    return dx, dgamma, dbeta


def batchnorm2d_backward__dgamma_made_anew(dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    over = (0, 2, 3)
    again = x_hat / (x_hat.std(axis=over, keepdims=True) + 1e-5)
    dgamma = (dy * again).sum(axis=over)  # slip
    dbeta = dy.sum(axis=over)
    along = (dy * x_hat).mean(axis=over, keepdims=True)
    dx = (gamma * inv_std)[:, None, None] * (dy - dy.mean(axis=over, keepdims=True) - x_hat * along)
    return dx, dgamma, dbeta


def batchnorm2d_backward__rows_and_columns(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    N, C = dy.shape  # slip
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / N), dgamma, dbeta


def batchnorm2d_backward__two_parts(dy, cache):
    """crash"""
    x_hat, gamma = cache  # slip
    over = (0, 2, 3)
    dgamma, dbeta = (dy * x_hat).sum(axis=over), dy.sum(axis=over)
    dx = gamma[:, None, None] * (dy - dy.mean(axis=over, keepdims=True))
    return dx, dgamma, dbeta


def batchnorm2d_backward__dg_as_a_vector(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    N, C, H, W = dy.shape
    dg = np.sum(dy * x_hat, axis=(0, 2, 3))
    db = np.sum(dy, axis=(0, 2, 3))
    dx = dy - db[:, None, None] / (N * H * W) - x_hat * dg / (N * H * W)  # slip
    return dx * (gamma * inv_std)[:, None, None], dg, db


def batchnorm2d_backward__inv_std_as_a_vector(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    over = (0, 2, 3)
    g = gamma.reshape(1, -1, 1, 1) * dy
    inner = g - g.mean(axis=over, keepdims=True) - x_hat * (g * x_hat).mean(axis=over, keepdims=True)
    dx = inv_std * inner  # slip
    return dx, (dy * x_hat).sum(axis=over), dy.sum(axis=over)


def batchnorm2d_backward__means_without_keepdims(dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    over = (0, 2, 3)
    mean_dy = dy.mean(axis=over)
    centred = dy - mean_dy  # slip
    dx = (gamma * inv_std)[:, None, None] * centred
    return dx, (dy * x_hat).sum(axis=over), dy.sum(axis=over)


def batchnorm2d_backward__cache_in_another_order(dy, cache):
    """crash"""
    gamma, x_hat, inv_std = cache
    N, C, H, W = dy.shape
    flat = x_hat.transpose(0, 2, 3, 1).reshape(-1, C)  # slip
    dgamma = (dy.transpose(0, 2, 3, 1).reshape(-1, C) * flat).sum(axis=0)
    return dy * (gamma * inv_std), dgamma, dy.sum(axis=(0, 2, 3))


def rows_backward(dy, cache):
    """A learner's own right function of an earlier cell, for tables."""
    x_hat, gamma, inv_std = cache
    m, d = dy.shape
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / m), dgamma, dbeta


def batchnorm2d_backward__cache_left_as_it_is(dy, cache):
    """crash"""
    N, C, H, W = dy.shape
    flat = dy.transpose(0, 2, 3, 1).reshape(-1, C)
    dx, dgamma, dbeta = rows_backward(flat, cache)  # slip
    return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta


def batchnorm2d_backward__no_return(dy, cache):
    """says: return"""
    x_hat, gamma, inv_std = cache
    over = (0, 2, 3)
    dgamma, dbeta = (dy * x_hat).sum(axis=over), dy.sum(axis=over)
    along = (dy * x_hat).mean(axis=over, keepdims=True)
    dx = (gamma * inv_std)[:, None, None] * (dy - dy.mean(axis=over, keepdims=True) - x_hat * along)
    print(dx.shape, dgamma.shape, dbeta.shape)


def batchnorm2d_backward__dbeta_left_out(dy, cache):
    """says: Expected a tuple of 3 (dx, dgamma, dbeta)"""
    x_hat, gamma, inv_std = cache
    over = (0, 2, 3)
    along = (dy * x_hat).mean(axis=over, keepdims=True)
    dx = (gamma * inv_std)[:, None, None] * (dy - dy.mean(axis=over, keepdims=True) - x_hat * along)
    return dx, (dy * x_hat).sum(axis=over)


# ------------------------------------------------------------------ absolute_deviation_backward


def absolute_deviation_backward__sign_and_constant_mean(dy, x, eps=1e-5):
    """named deviation_sign, mean_constant"""
    c = x - x.mean(axis=0)
    s = np.abs(c).mean(axis=0) + eps
    return dy / s + np.sign(c) * (dy * c).mean(axis=0) / s**2  # slip


def absolute_deviation_backward__cubed(dy, x, eps=1e-5):
    """placed"""
    c = x - x.mean(axis=0)
    s = np.abs(c).mean(axis=0) + eps
    ds = -(dy * c).sum(axis=0) / s**3  # slip
    dc = dy / s + ds * np.sign(c) / len(x)
    return dc - dc.mean(axis=0)


def absolute_deviation_backward__no_keepdims(dy, x, eps=1e-5):
    """crash"""
    c = x - x.mean(axis=1)  # slip
    s = np.abs(c).mean(axis=0) + eps
    dc = dy / s - np.sign(c) * (dy * c).mean(axis=0) / s**2
    return dc - dc.mean(axis=0)


def absolute_deviation_backward__no_return(dy, x, eps=1e-5):
    """says: None"""
    c = x - x.mean(axis=0)
    s = np.abs(c).mean(axis=0) + eps
    dc = dy / s - np.sign(c) * (dy * c).mean(axis=0) / s**2
    dx = dc - dc.mean(axis=0)


def absolute_deviation_backward__sign_of_x(dy, x, eps=1e-5):
    """placed"""
    c = x - x.mean(axis=0)
    s = np.abs(c).mean(axis=0) + eps
    ds = -(dy * c).sum(axis=0) / s**2
    dc = dy / s + np.sign(x) * ds / len(x)  # slip
    return dc - dc.mean(axis=0)


def absolute_deviation_backward__abs_for_sign(dy, x, eps=1e-5):
    """placed"""
    c = x - x.mean(axis=0)
    s = np.abs(c).mean(axis=0) + eps
    ds = -(dy * c).sum(axis=0) / s**2
    dc = dy / s + np.abs(c) * ds / len(x)  # slip
    return dc - dc.mean(axis=0)


def absolute_deviation_backward__mean_of_dy_taken(dy, x, eps=1e-5):
    """placed"""
    c = x - x.mean(axis=0)
    s = np.abs(c).mean(axis=0) + eps
    dc = dy / s - np.sign(c) * np.mean(dy * c, axis=0) / s**2
    return dc - dy.mean(axis=0)  # slip


def absolute_deviation_backward__sum_over_all(dy, x, eps=1e-5):
    """placed"""
    m = x.shape[0]
    c = x - x.mean(axis=0)
    s = np.abs(c).mean(axis=0) + eps
    ds = -np.sum(dy * c / s**2)  # slip
    dc = dy / s + ds * np.sign(c) / m
    return dc + -np.sum(dc, axis=0) / m


# ------------------------------------------------------------------ path_weights


def path_weights__swapped_and_left(dx, dy, cache):
    """named squares_taken_to_be_m, swapped"""
    x_hat, gamma, inv_std = cache
    g = gamma * inv_std * dy
    a = 1 - dx.sum(axis=0) / g.sum(axis=0)
    b = 1 - (dx * x_hat).sum(axis=0) / (g * x_hat).sum(axis=0)  # slip
    return b, a  # slip


def path_weights__no_gamma_no_squares(dx, dy, cache):
    """named gamma_missing, squares_taken_to_be_m"""
    x_hat, gamma, rho = cache
    a = 1 - dx.sum(axis=0) / (rho * dy).sum(axis=0)  # slip
    b = 1 - (dx * x_hat).sum(axis=0) / (rho * dy * x_hat).sum(axis=0)  # slip
    return a, b


def path_weights__absolute_and_one_law(dx, dy, cache):
    """named absolute, squares_taken_to_be_m"""
    x_hat, gamma, inv_std = cache
    g = gamma * inv_std * dy
    first = np.abs(1 - dx.mean(axis=0) / g.mean(axis=0))  # slip
    second = np.abs(1 - (dx * x_hat).mean(axis=0) / (g * x_hat).mean(axis=0))  # slip
    return first, second


def path_weights__squares_of_dy(dx, dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    g = gamma * inv_std * dy
    a = 1 - dx.sum(axis=0) / g.sum(axis=0)
    b = 1 - (dx * x_hat).sum(axis=0) / (g * x_hat).sum(axis=0)
    return a, b / (dy**2).mean(axis=0)  # slip


def path_weights__mean_in_one_place(dx, dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    g = gamma * inv_std * dy
    a = 1 - dx.mean(axis=0) / g.sum(axis=0)  # slip
    b = 1 - (dx * x_hat).sum(axis=0) / (g * x_hat).sum(axis=0)
    return a, b / (x_hat**2).mean(axis=0)


def path_weights__two_for_one(dx, dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    g = gamma * inv_std * dy
    a = 2 - dx.sum(axis=0) / g.sum(axis=0)  # slip
    b = (1 - (dx * x_hat).sum(axis=0) / (g * x_hat).sum(axis=0)) / (x_hat**2).mean(axis=0)
    return a, b


def path_weights__upside_down(dx, dy, cache):
    """placed"""
    x_hat, gamma, inv_std = cache
    g = gamma * inv_std * dy
    a = 1 - g.sum(axis=0) / dx.sum(axis=0)  # slip
    b = (1 - (dx * x_hat).sum(axis=0) / (g * x_hat).sum(axis=0)) / (x_hat**2).mean(axis=0)
    return a, b


def path_weights__sums_over_rows(dx, dy, cache):
    """crash"""
    x_hat, gamma, inv_std = cache
    left = dx.sum(axis=1) / (gamma * inv_std * dy.sum(axis=1))  # slip
    return 1 - left, 1 - left


def path_weights__two_parts(dx, dy, cache):
    """crash"""
    x_hat, gamma = cache  # slip
    return 1 - dx.sum(axis=0) / (gamma * dy).sum(axis=0), np.ones(len(gamma))


def path_weights__no_return(dx, dy, cache):
    """says: return"""
    x_hat, gamma, inv_std = cache
    g = gamma * inv_std * dy
    a = 1 - dx.sum(axis=0) / g.sum(axis=0)
    b = (1 - (dx * x_hat).sum(axis=0) / (g * x_hat).sum(axis=0)) / (x_hat**2).mean(axis=0)


def path_weights__names(dx, dy, cache):
    """says: Expected a tuple of 2 (by_mean, by_variance)"""
    x_hat, gamma, inv_std = cache
    a = dx.sum(axis=0) / (gamma * inv_std * dy).sum(axis=0)
    return ["mean" if abs(part) > 1e-6 else "none" for part in a] + ["variance"]
