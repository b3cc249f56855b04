"""Wrong answers to the exercises of the chapter backprop, the subtle ones first.

The docstring is the hint that a learner reads when their numbers are these. One file a chapter, however long: the
wrong answers to an exercise are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ numerical_gradient


def _differences(x, slope):
    """`slope(step of 1 at one entry)` for each entry of x."""
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        unit = np.zeros_like(x)
        unit[index] = 1
        dx[index] = slope(unit)
    return dx


def _gradient(f, x, dy, h=1e-5):
    return _differences(x, lambda e: ((f(x + h * e) - f(x - h * e)) * dy).sum() / (2 * h))


def numerical_gradient__forward_difference(f, x, dy, h=1e-5):
    """These are one-sided differences, (L(x + h) - L(x)) / h. Their error shrinks only like h; go a
    step to either side and it shrinks like h squared."""
    return _differences(x, lambda e: ((f(x + h * e) - f(x)) * dy).sum() / h)


def numerical_gradient__backward_difference(f, x, dy, h=1e-5):
    """These are one-sided differences, (L(x) - L(x - h)) / h. Their error shrinks only like h; go a
    step to either side and it shrinks like h squared."""
    return _differences(x, lambda e: ((f(x) - f(x - h * e)) * dy).sum() / h)


def numerical_gradient__half_step(f, x, dy, h=1e-5):
    """You went h/2 to either side. Here h is the step to each side, so the two points are 2h apart."""
    return _gradient(f, x, dy, h / 2)


def numerical_gradient__five_points(f, x, dy, h=1e-5):
    """These are differences of five points, more exact than asked for. Here the slope is taken from two points, one
    step h to either side."""
    near, far = _gradient(f, x, dy, h), _gradient(f, x, dy, 2 * h)
    return (4 * near - far) / 3


def numerical_gradient__richardson(f, x, dy, h=1e-5):
    """Two steps, h and h/2, were combined (Richardson), which is more exact than asked for. Here the slope is taken
    from two points, one step h to either side."""
    return (4 * _gradient(f, x, dy, h / 2) - _gradient(f, x, dy, h)) / 3


def numerical_gradient__h_default_only(f, x, dy, h=1e-5):
    """The step is 1e-5 whatever the caller asks for: use the argument h."""
    return _gradient(f, x, dy, 1e-5)


def numerical_gradient__copy_drifts(f, x, dy, h=1e-5):
    """Your copy of x was not put back after an entry was moved: later entries are measured at a point
    that has drifted away. Restore each entry before you go on."""
    x, dx = x.copy(), np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        dx[index] = ((above - f(x)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__x_drifts(f, x, dy, h=1e-5):
    """x itself was moved and not put back: later entries are measured at another point, and the
    caller's x is lost. Work on a copy, and restore each entry before you go on."""
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        dx[index] = ((above - f(x)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__restored_by_arithmetic(f, x, dy, h=1e-5):
    """x was put back by arithmetic, + h - 2h + h. Rounding leaves its last digits different. Keep the old entry and put
    that back, or move a copy."""
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = f(x)
        x[index] -= 2 * h
        below = f(x)
        x[index] += h
        dx[index] = ((above - below) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__elementwise(f, x, dy, h=1e-5):
    """All entries of x were moved at once. That is right only for a function that treats each entry by
    itself; here one entry can move many outputs, so move one entry at a time."""
    return (f(x + h) - f(x - h)) / (2 * h) * dy


def numerical_gradient__all_at_once(f, x, dy, h=1e-5):
    """All entries of x were moved at once and the one slope was written everywhere. Each entry has a
    slope of its own: move one at a time."""
    return np.full_like(x, ((f(x + h) - f(x - h)) * dy).sum() / (2 * h))


def numerical_gradient__along_dy(f, x, dy, h=1e-5):
    """x was moved in the direction dy. dy weighs the outputs: it belongs beside f(x), in sum(f(x) *
    dy)."""
    return (f(x + h * dy) - f(x - h * dy)) / (2 * h)


def numerical_gradient__columns_together(f, x, dy, h=1e-5):
    """A whole column of x was moved together. Every entry has a slope of its own: the loop has to go
    over all axes."""
    dx = np.zeros_like(x)
    for j in range(x.shape[-1]):
        step = np.zeros_like(x)
        step[..., j] = h
        dx[..., j] = ((f(x + step) - f(x - step)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__two_axes_only(f, x, dy, h=1e-5):
    """Your function works for two axes only: x may be a vector, or images with four axes. `np.ndindex(x.shape)` goes
    over the entries of any array."""
    dx = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            step = np.zeros_like(x)
            step[i, j] = h
            dx[i, j] = ((f(x + step) - f(x - step)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__shape_of_dy(f, x, dy, h=1e-5):
    """The gradient was given the shape of dy. It belongs to x and has the shape of x; the two agree
    only by chance."""
    dx = np.zeros_like(dy)
    for index in np.ndindex(dy.shape):
        step = np.zeros_like(x)
        step[index] = h
        dx[index] = ((f(x + step) - f(x - step)) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__flat(f, x, dy, h=1e-5):
    """The numbers are right, the shape is not: give the gradient the shape of x."""
    return _gradient(f, x, dy, h).ravel()


def numerical_gradient__single_precision(f, x, dy, h=1e-5):
    """Somewhere the numbers are float32: with seven digits, a difference of 1e-5 has only about two
    left. Keep float64."""
    x = x.astype(np.float32)
    dx = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        above, below = f(x + step).astype(np.float32), f(x - step).astype(np.float32)
        dx[index] = ((above - below) * dy).sum() / (2 * h)
    return dx


def numerical_gradient__divided_by_h_squared(f, x, dy, h=1e-5):
    """The difference was divided by 2h twice, or by h squared. The distance of the two points is 2h, and dividing by
    it once makes a slope."""
    return _gradient(f, x, dy, h) / (2 * h)


def numerical_gradient__not_twice(f, x, dy, h=1e-5):
    """The gradient is twice too large: the two points are 2h apart, not h."""
    return 2 * _gradient(f, x, dy, h)


def numerical_gradient__not_divided(f, x, dy, h=1e-5):
    """A difference is not yet a slope: divide by the distance between the two points, 2h."""
    return 2 * h * _gradient(f, x, dy, h)


def numerical_gradient__sign(f, x, dy, h=1e-5):
    """The sign is wrong: take the value at x + h minus the value at x - h."""
    return -_gradient(f, x, dy, h)


def numerical_gradient__dy_ignored(f, x, dy, h=1e-5):
    """dy is not used: this is the gradient of sum(f(x)), in which many mistakes do not show. Multiply the outputs by dy
    before you sum."""
    return _gradient(f, x, np.ones_like(dy), h)


def numerical_gradient__mean(f, x, dy, h=1e-5):
    """The loss is the sum of f(x) * dy, not its mean: any averaging is in dy already."""
    return _gradient(f, x, dy, h) / dy.size


def numerical_gradient__squared_loss(f, x, dy, h=1e-5):
    """The outputs were squared. The loss is sum(f(x) * dy), linear in the outputs."""
    return _differences(x, lambda e: ((f(x + h * e) ** 2 - f(x - h * e) ** 2) * dy).sum() / (2 * h))


def numerical_gradient__dy_squared(f, x, dy, h=1e-5):
    """dy came in twice: multiply by it once, inside the sum."""
    return _gradient(f, x, dy**2, h)


# ------------------------------------------------------------------ gradient_error


def _ratio(dx, n):
    return np.abs(dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)


def gradient_error__one_sided(f, x, dy, dx, h=1e-5):
    """The numerical gradient inside is one-sided: with a coarse step its own error is larger than what
    you look for. Use central differences."""
    return _ratio(dx, numerical_gradient__forward_difference(f, x, dy, h)).max()


def gradient_error__h_not_handed_on(f, x, dy, dx, h=1e-5):
    """h was not passed on to the numerical gradient, which took its default instead. Pass the argument on."""
    return _ratio(dx, _gradient(f, x, dy)).max()


def gradient_error__denominator_of_the_sum(f, x, dy, dx, h=1e-5):
    """The denominator is |dx + n|, which is small where dx and n have different signs. Take the
    absolute values first, then add."""
    n = _gradient(f, x, dy, h)
    return (np.abs(dx - n) / np.maximum(np.abs(dx + n), 1e-8)).max()


def gradient_error__floor_added(f, x, dy, dx, h=1e-5):
    """1e-8 was added to the denominator. It is a floor: the larger of |dx| + |n| and 1e-8."""
    n = _gradient(f, x, dy, h)
    return (np.abs(dx - n) / (np.abs(dx) + np.abs(n) + 1e-8)).max()


def gradient_error__no_floor(f, x, dy, dx, h=1e-5):
    """An entry that is 0 in both gradients became 0/0. The denominator has a floor, 1e-8."""
    n = _gradient(f, x, dy, h)
    return (np.abs(dx - n) / (np.abs(dx) + np.abs(n))).max()


def gradient_error__nan_ignored(f, x, dy, dx, h=1e-5):
    """Entries that became 0/0 were left out of the maximum. With the floor 1e-8 in the denominator
    there are none, and a NaN in dx can't hide."""
    n = _gradient(f, x, dy, h)
    return np.nanmax(np.where(np.abs(n) < 1e-10, np.nan, np.abs(dx - n) / (np.abs(dx) + np.abs(n))))


def gradient_error__half_the_sum(f, x, dy, dx, h=1e-5):
    """The error is twice too large: the denominator is |dx| + |n|, not half of it."""
    return 2 * _ratio(dx, _gradient(f, x, dy, h)).max()


def gradient_error__larger_of_the_two(f, x, dy, dx, h=1e-5):
    """The denominator is the larger of |dx| and |n|. That is a measure too; here it is their sum."""
    n = _gradient(f, x, dy, h)
    return (np.abs(dx - n) / np.maximum(np.maximum(np.abs(dx), np.abs(n)), 1e-8)).max()


def gradient_error__relative_to_n(f, x, dy, dx, h=1e-5):
    """The difference was divided by |n| alone: dx belongs in the denominator too, |dx| + |n|."""
    n = _gradient(f, x, dy, h)
    return (np.abs(dx - n) / np.maximum(np.abs(n), 1e-8)).max()


def gradient_error__relative_to_dx(f, x, dy, dx, h=1e-5):
    """The difference was divided by |dx| alone: the numerical gradient belongs in the denominator too,
    |dx| + |n|."""
    n = _gradient(f, x, dy, h)
    return (np.abs(dx - n) / np.maximum(np.abs(dx), 1e-8)).max()


def gradient_error__largest_over_largest(f, x, dy, dx, h=1e-5):
    """The largest difference was divided by the largest denominator. Divide entry by entry, then take
    the largest: a small entry that is all wrong would go unnoticed."""
    n = _gradient(f, x, dy, h)
    return np.abs(dx - n).max() / max((np.abs(dx) + np.abs(n)).max(), 1e-8)


def gradient_error__norms(f, x, dy, dx, h=1e-5):
    """These are norms of the whole arrays: one wrong entry drowns among many right ones. Divide entry
    by entry, then take the largest."""
    n = _gradient(f, x, dy, h)
    return np.linalg.norm(dx - n) / max(np.linalg.norm(dx) + np.linalg.norm(n), 1e-8)


def gradient_error__mean(f, x, dy, dx, h=1e-5):
    """The errors were averaged: one wrong entry drowns among many right ones. Take the largest."""
    return _ratio(dx, _gradient(f, x, dy, h)).mean()


def gradient_error__sum(f, x, dy, dx, h=1e-5):
    """The errors were added up: then a large array looks worse than a small one. Take the largest."""
    return _ratio(dx, _gradient(f, x, dy, h)).sum()


def gradient_error__sign_kept(f, x, dy, dx, h=1e-5):
    """dx - n went in with its sign: entries that are too small count for nothing. Take the absolute
    value."""
    n = _gradient(f, x, dy, h)
    return ((dx - n) / np.maximum(np.abs(dx) + np.abs(n), 1e-8)).max()


def gradient_error__absolute(f, x, dy, dx, h=1e-5):
    """This is the absolute difference: whether 0.01 is much depends on the gradient. Divide by |dx| +
    |n|."""
    return np.abs(dx - _gradient(f, x, dy, h)).max()


def gradient_error__dy_ignored(f, x, dy, dx, h=1e-5):
    """dy did not reach the numerical gradient: dx is the gradient of sum(f(x) * dy), so compare it with
    that of the same loss."""
    return _ratio(dx, _gradient(f, x, np.ones_like(dy), h)).max()


def gradient_error__array(f, x, dy, dx, h=1e-5):
    """One number is wanted, the largest; an array came with the error of each entry."""
    return _ratio(dx, _gradient(f, x, dy, h))


def gradient_error__smallest(f, x, dy, dx, h=1e-5):
    """You returned the smallest error. A gradient is only as good as its worst entry: return the largest."""
    return _ratio(dx, _gradient(f, x, dy, h)).min()


def gradient_error__verdict(f, x, dy, dx, h=1e-5):
    """True or False came: return the error itself, and let the reader judge how small is small enough."""
    return bool(np.allclose(dx, _gradient(f, x, dy, h)))


def gradient_error__x_in_place(f, x, dy, dx, h=1e-5):
    """The error is right, but x is not what it was: the numerical gradient inside moves x itself and does
    not put it back to the last bit. Mend it there."""
    return _ratio(dx, numerical_gradient__restored_by_arithmetic(f, x, dy, h)).max()


def gradient_error__in_place(f, x, dy, dx, h=1e-5):
    """dx was changed by the check (`dx -= n`): the caller wants to use that gradient. Make a new array."""
    n = _gradient(f, x, dy, h)
    error = _ratio(dx, n).max()
    dx -= n
    return error


# ------------------------------------------------------------------ parameter_gradients


def parameter_gradients__dy_centred(dy, x_hat):
    """The mean of dy was taken away for dgamma. That makes no difference where the columns of x_hat
    have mean 0, but they need not: the sum of dy * x_hat is the whole formula."""
    return ((dy - dy.mean(axis=0)) * x_hat).sum(axis=0), dy.sum(axis=0)


def parameter_gradients__normalized_again(dy, x_hat):
    """x_hat was normalized once more. Take it as it is given: in evaluation its columns have neither
    mean 0 nor variance 1."""
    again = (x_hat - x_hat.mean(axis=0)) / np.sqrt(x_hat.var(axis=0) + 1e-5)
    return (dy * again).sum(axis=0), dy.sum(axis=0)


def parameter_gradients__in_place(dy, x_hat):
    """dy was changed in place (`dy *= x_hat`): the next layer down still needs it. Make a new array."""
    dbeta = dy.sum(axis=0)
    dy *= x_hat
    return dy.sum(axis=0), dbeta


def parameter_gradients__x_hat_in_place(dy, x_hat):
    """x_hat was changed in place (`x_hat *= dy`): it belongs to the cache, which others still need.
    Make a new array."""
    dbeta = dy.sum(axis=0)
    x_hat *= dy
    return x_hat.sum(axis=0), dbeta


def parameter_gradients__mean(dy, x_hat):
    """The gradients were averaged over the batch. If the loss is a mean, dy holds its 1/m already; here
    it is a sum."""
    return (dy * x_hat).mean(axis=0), dy.mean(axis=0)


def parameter_gradients__mean_for_gamma(dy, x_hat):
    """Your dgamma is a mean over the examples. They all share gamma, and its gradient is the sum of what each gives."""
    return (dy * x_hat).mean(axis=0), dy.sum(axis=0)


def parameter_gradients__mean_for_beta(dy, x_hat):
    """Your dbeta is a mean over the examples. They all share beta, and its gradient is the sum of what each gives."""
    return (dy * x_hat).sum(axis=0), dy.mean(axis=0)


def parameter_gradients__times_m(dy, x_hat):
    """dgamma was multiplied by m. The sum over the batch is the gradient as it is."""
    return len(dy) * (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def parameter_gradients__squared(dy, x_hat):
    """In dgamma x_hat was squared. The slope of gamma * x_hat in gamma is x_hat itself."""
    return (dy * x_hat**2).sum(axis=0), dy.sum(axis=0)


def parameter_gradients__dy_squared(dy, x_hat):
    """In dgamma dy was squared: multiply dy by x_hat, once."""
    return (dy**2 * x_hat).sum(axis=0), dy.sum(axis=0)


def parameter_gradients__x_hat_for_beta(dy, x_hat):
    """dbeta was multiplied by x_hat too. The slope of gamma * x_hat + beta in beta is 1: dbeta is the sum of dy
    alone."""
    return (dy * x_hat).sum(axis=0), (dy * x_hat).sum(axis=0)


def parameter_gradients__swapped(dy, x_hat):
    """dbeta came first. The order is dgamma, dbeta."""
    return dy.sum(axis=0), (dy * x_hat).sum(axis=0)


def parameter_gradients__over_features(dy, x_hat):
    """The sums run over the features (axis 1). gamma and beta have one number per feature, so the
    examples are summed."""
    return (dy * x_hat).sum(axis=1), dy.sum(axis=1)


def parameter_gradients__one_number(dy, x_hat):
    """Everything was summed into one number. Each feature has its own gamma and beta: name the axis
    that disappears."""
    return (dy * x_hat).sum(), dy.sum()


def parameter_gradients__row(dy, x_hat):
    """The gradients have the shape (1, d), the parameters (d,). A gradient has the shape of what it
    belongs to."""
    return (dy * x_hat).sum(axis=0, keepdims=True), dy.sum(axis=0, keepdims=True)


def parameter_gradients__not_summed(dy, x_hat):
    """These are the gradients of each example by itself, of shape (m, d). All examples share gamma and
    beta: add them up."""
    return dy * x_hat, dy


def parameter_gradients__x_hat_forgotten(dy, x_hat):
    """dgamma equals dbeta: in gamma * x_hat, what does a small change of gamma get multiplied by?"""
    return dy.sum(axis=0), dy.sum(axis=0)


def parameter_gradients__upstream_forgotten(dy, x_hat):
    """dy plays no part: these are the slopes of y alone. By the chain rule each is multiplied by dy
    before the sum."""
    return x_hat.sum(axis=0), np.full_like(x_hat[0], len(x_hat))


def parameter_gradients__product_of_sums(dy, x_hat):
    """dy and x_hat were summed first and then multiplied. The sum of a product is not the product of the sums."""
    return dy.sum(axis=0) * x_hat.sum(axis=0), dy.sum(axis=0)


def parameter_gradients__matrix_product(dy, x_hat):
    """dgamma is a matrix (d, d): `dy.T @ x_hat` pairs each feature with all others. Only its diagonal
    is wanted; multiply entry by entry."""
    return dy.T @ x_hat, dy.sum(axis=0)


def parameter_gradients__descent(dy, x_hat):
    """The sign is turned round. Return the gradients; the minus sign comes with the step of gradient
    descent."""
    return -(dy * x_hat).sum(axis=0), -dy.sum(axis=0)


def parameter_gradients__divided(dy, x_hat):
    """dy was divided by x_hat. The slope of gamma * x_hat in gamma is x_hat: multiply."""
    return (dy / x_hat).sum(axis=0), dy.sum(axis=0)


def parameter_gradients__absolute(dy, x_hat):
    """Absolute values were summed: examples that pull gamma up and down must be able to cancel."""
    return np.abs(dy * x_hat).sum(axis=0), np.abs(dy).sum(axis=0)


# ------------------------------------------------------------------ statistics_gradients


def _statistics(dx_hat, x, mean, var, eps, through_variance=1.0):
    """The right gradients, with a factor on the path from the mean through the variance."""
    inv_std = 1 / np.sqrt(var + eps)
    dvar = -0.5 * inv_std**3 * (dx_hat * (x - mean)).sum(axis=0)
    path = -2 * dvar * (x - mean).mean(axis=0)
    return dvar, -inv_std * dx_hat.sum(axis=0) + through_variance * path


def statistics_gradients__variance_path_missing(dx_hat, x, mean, var, eps=1e-5):
    """dmean lacks a path: the mean also moves the variance, and that moves x_hat. At the batch's own
    mean this path happens to be 0; with any other it is not."""
    return _statistics(dx_hat, x, mean, var, eps, 0)


def statistics_gradients__variance_path_sign(dx_hat, x, mean, var, eps=1e-5):
    """The path from the mean through the variance has the wrong sign: the slope of (x - mean)^2 in the
    mean is -2 (x - mean)."""
    return _statistics(dx_hat, x, mean, var, eps, -1)


def statistics_gradients__variance_path_half(dx_hat, x, mean, var, eps=1e-5):
    """The path from the mean through the variance lacks its factor 2, from the square in (x - mean)^2."""
    return _statistics(dx_hat, x, mean, var, eps, 0.5)


def statistics_gradients__variance_path_summed(dx_hat, x, mean, var, eps=1e-5):
    """The path from the mean through the variance lacks its 1/m: the variance is the mean of the
    squares, not their sum."""
    return _statistics(dx_hat, x, mean, var, eps, len(x))


def statistics_gradients__variance_path_ddof(dx_hat, x, mean, var, eps=1e-5):
    """The path from the mean through the variance was divided by m - 1. Differentiate the variance that
    is used: the one with 1/m."""
    return _statistics(dx_hat, x, mean, var, eps, len(x) / (len(x) - 1))


def statistics_gradients__own_mean(dx_hat, x, mean, var, eps=1e-5):
    """The mean was computed anew from x. Use the one that is given: it may be another vector."""
    return _statistics(dx_hat, x, x.mean(axis=0), var, eps)


def statistics_gradients__own_variance(dx_hat, x, mean, var, eps=1e-5):
    """The variance was computed anew with x.var, around the batch's own mean. Use the one that is
    given: it is around `mean`, which may be another vector."""
    return _statistics(dx_hat, x, mean, x.var(axis=0), eps)


def statistics_gradients__own_statistics(dx_hat, x, mean, var, eps=1e-5):
    """Mean and variance were computed anew from x. Use those that are given: the mean may be another vector, and the
    variance is around it."""
    return _statistics(dx_hat, x, x.mean(axis=0), x.var(axis=0), eps)


def statistics_gradients__centred_summed_without_axis(dx_hat, x, mean, var, eps=1e-5):
    """In the path from the mean through the variance, x - mean was summed over the whole array. Each feature has a
    sum of its own: name the axis."""
    dvar, _ = _statistics(dx_hat, x, mean, var, eps)
    return dvar, -dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * np.sum(x - mean) / len(x)


def statistics_gradients__variance_path_counts_features(dx_hat, x, mean, var, eps=1e-5):
    """The path from the mean through the variance was divided by the number of features. m is the number of examples,
    x.shape[0]."""
    return _statistics(dx_hat, x, mean, var, eps, len(x) / x.shape[1])


def statistics_gradients__eps_1e_8(dx_hat, x, mean, var, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return _statistics(dx_hat, x, mean, var, 1e-8)


def statistics_gradients__eps_twice(dx_hat, x, mean, var, eps=1e-5):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""
    return _statistics(dx_hat, x, mean, var, 2 * eps)


def statistics_gradients__eps_on_the_root_too(dx_hat, x, mean, var, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    return _statistics(dx_hat, x, mean, (np.sqrt(var + eps) + eps) ** 2, 0.0)


def statistics_gradients__eps_instead(dx_hat, x, mean, var, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    return _statistics(dx_hat, x, mean, np.maximum(var, eps), 0.0)


def statistics_gradients__eps_missing(dx_hat, x, mean, var, eps=1e-5):
    """Epsilon is nowhere in your formula: x_hat was divided by sqrt(var + eps), so its slopes hold epsilon too."""
    return _statistics(dx_hat, x, mean, var, 0.0)


def statistics_gradients__eps_default_only(dx_hat, x, mean, var, eps=1e-5):
    """Epsilon is 1e-5 whatever the caller asks for: use the argument."""
    return _statistics(dx_hat, x, mean, var, 1e-5)


def statistics_gradients__eps_on_std(dx_hat, x, mean, var, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""
    return _statistics(dx_hat, x, mean, (np.sqrt(var) + eps) ** 2, 0.0)


def statistics_gradients__eps_only_in_dmean(dx_hat, x, mean, var, eps=1e-5):
    """dvar has no epsilon. It is a slope of (x - mean) / sqrt(var + eps), as dmean is."""
    dvar = -0.5 * var**-1.5 * (dx_hat * (x - mean)).sum(axis=0)
    return dvar, -dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * (x - mean).mean(axis=0)


def _with_dvar(dvar, dx_hat, x, mean, var, eps):
    return dvar, -dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__exponent(dx_hat, x, mean, var, eps=1e-5):
    """The exponent in dvar is still -1/2. Differentiating lowers it by one: the slope of v^(-1/2) is
    -1/2 v^(-3/2)."""
    dvar = -0.5 * (var + eps) ** -0.5 * (dx_hat * (x - mean)).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__exponent_precedence(dx_hat, x, mean, var, eps=1e-5):
    """`** -3 / 2` is the power -3, divided by 2: powers come before division. Write the exponent in brackets, `** (-3
    / 2)`, or as -1.5."""
    dvar = -0.5 * (var + eps) ** -3 / 2 * (dx_hat * (x - mean)).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__exponent_sign(dx_hat, x, mean, var, eps=1e-5):
    """The exponent in dvar lacks its minus sign: x_hat divides by the root, so the slope holds (var + eps)^(-3/2)."""
    dvar = -0.5 * (var + eps) ** 1.5 * (dx_hat * (x - mean)).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__exponent_one(dx_hat, x, mean, var, eps=1e-5):
    """dvar was divided by var + eps, the power -1. Differentiating lowers the exponent -1/2 by one: -3/2."""
    dvar = -0.5 / (var + eps) * (dx_hat * (x - mean)).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__exponent_lowered_twice(dx_hat, x, mean, var, eps=1e-5):
    """The exponent in dvar is -5/2, lowered once too often: the slope of v^(-1/2) is -1/2 v^(-3/2)."""
    dvar = -0.5 * (var + eps) ** -2.5 * (dx_hat * (x - mean)).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__product_of_sums(dx_hat, x, mean, var, eps=1e-5):
    """In dvar, dx_hat and x - mean were summed first and then multiplied. The sum of a product is not the product of
    the sums."""
    dvar = -0.5 * (var + eps) ** -1.5 * dx_hat.sum(axis=0) * (x - mean).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__dvar_sign(dx_hat, x, mean, var, eps=1e-5):
    """dvar lacks its minus sign: a larger variance makes x_hat smaller."""
    dvar = 0.5 * (var + eps) ** -1.5 * (dx_hat * (x - mean)).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__dvar_half(dx_hat, x, mean, var, eps=1e-5):
    """dvar lacks its factor 1/2: the slope of v^(-1/2) is -1/2 v^(-3/2)."""
    dvar = -((var + eps) ** -1.5) * (dx_hat * (x - mean)).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__dvar_from_x_hat(dx_hat, x, mean, var, eps=1e-5):
    """In dvar, dx_hat was multiplied by x_hat and by (var + eps)^(-3/2): one factor 1/sqrt(var + eps)
    too many. With that power it is x - mean."""
    x_hat = (x - mean) / np.sqrt(var + eps)
    dvar = -0.5 * (var + eps) ** -1.5 * (dx_hat * x_hat).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__dvar_from_x(dx_hat, x, mean, var, eps=1e-5):
    """In dvar, dx_hat was multiplied by x. What is divided by the root is x - mean."""
    dvar = -0.5 * (var + eps) ** -1.5 * (dx_hat * x).sum(axis=0)
    return _with_dvar(dvar, dx_hat, x, mean, var, eps)


def statistics_gradients__of_the_std(dx_hat, x, mean, var, eps=1e-5):
    """This is the gradient with respect to the standard deviation. With respect to the variance there
    is one more factor: how the root moves with what is under it."""
    dstd = -(dx_hat * (x - mean)).sum(axis=0) / (var + eps)
    right = _statistics(dx_hat, x, mean, var, eps)
    return dstd, right[1]


def statistics_gradients__averaged(dx_hat, x, mean, var, eps=1e-5):
    """Means over the batch were taken where sums belong. All examples use the same mean and variance, so their
    gradients add up; the only 1/m comes from the variance itself."""
    dvar, dmean = _statistics(dx_hat / len(x), x, mean, var, eps)
    return dvar, dmean


def statistics_gradients__dmean_averaged(dx_hat, x, mean, var, eps=1e-5):
    """In dmean, dx_hat was averaged over the batch. All examples use the same mean: their gradients add
    up."""
    dvar, _ = _statistics(dx_hat, x, mean, var, eps)
    return dvar, -dx_hat.mean(axis=0) / np.sqrt(var + eps) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__dmean_sign(dx_hat, x, mean, var, eps=1e-5):
    """The straight path in dmean lacks its minus sign: the mean is subtracted."""
    dvar, _ = _statistics(dx_hat, x, mean, var, eps)
    return dvar, dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__dmean_not_divided(dx_hat, x, mean, var, eps=1e-5):
    """The straight path in dmean lacks 1/sqrt(var + eps): once the mean is subtracted, x is divided by that root."""
    dvar, _ = _statistics(dx_hat, x, mean, var, eps)
    return dvar, -dx_hat.sum(axis=0) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__dmean_divided_by_variance(dx_hat, x, mean, var, eps=1e-5):
    """In the straight path of dmean the division is by the variance; the root is missing."""
    dvar, _ = _statistics(dx_hat, x, mean, var, eps)
    return dvar, -dx_hat.sum(axis=0) / (var + eps) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__straight_path_missing(dx_hat, x, mean, var, eps=1e-5):
    """dmean holds only the path through the variance. The mean is also subtracted from x directly: that
    path is the larger one."""
    dvar, _ = _statistics(dx_hat, x, mean, var, eps)
    return dvar, -2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__centred_averaged_without_axis(dx_hat, x, mean, var, eps=1e-5):
    """In the path from the mean through the variance, x - mean was averaged over the whole array. Each feature has a
    mean of its own: name the axis."""
    dvar, _ = _statistics(dx_hat, x, mean, var, eps)
    return dvar, -dx_hat.sum(axis=0) / np.sqrt(var + eps) - 2 * dvar * np.mean(x - mean)


def statistics_gradients__dvar_summed_without_axis(dx_hat, x, mean, var, eps=1e-5):
    """In dvar, dx_hat * (x - mean) was summed over the whole array. Each feature has a sum of its own: name the axis."""
    inv_std = 1 / np.sqrt(var + eps)
    dvar = -0.5 * inv_std**3 * np.sum(dx_hat * (x - mean))
    return dvar, -inv_std * dx_hat.sum(axis=0) - 2 * dvar * (x - mean).mean(axis=0)


def statistics_gradients__dmean_summed_without_axis(dx_hat, x, mean, var, eps=1e-5):
    """In the straight path of dmean, dx_hat was summed over the whole array. Each feature has a sum of its own: name
    the axis."""
    dvar, dmean = _statistics(dx_hat, x, mean, var, eps)
    return dvar, dmean + (dx_hat.sum(axis=0) - np.sum(dx_hat)) / np.sqrt(var + eps)


def statistics_gradients__swapped(dx_hat, x, mean, var, eps=1e-5):
    """dmean came first. The order is dvar, dmean: the variance comes first on the way back."""
    return _statistics(dx_hat, x, mean, var, eps)[::-1]


def statistics_gradients__over_features(dx_hat, x, mean, var, eps=1e-5):
    """The sums run over the features (axis 1). Each feature has its own mean and variance: sum over the
    examples."""
    inv_std = 1 / np.sqrt(var + eps)
    dvar = -0.5 * (dx_hat * (x - mean) * inv_std**3).sum(axis=1)
    return dvar, -(dx_hat * inv_std).sum(axis=1) - 2 * dvar * (x - mean).mean(axis=1)


def statistics_gradients__one_number(dx_hat, x, mean, var, eps=1e-5):
    """Everything was summed into one number. Each feature has its own mean and variance: name the axis."""
    inv_std = 1 / np.sqrt(var + eps)
    dvar = -0.5 * (dx_hat * (x - mean) * inv_std**3).sum()
    return dvar, -(dx_hat * inv_std).sum() - 2 * dvar * (x - mean).mean()


def statistics_gradients__row(dx_hat, x, mean, var, eps=1e-5):
    """The gradients have the shape (1, d), mean and var (d,). A gradient has the shape of what it
    belongs to."""
    dvar, dmean = _statistics(dx_hat, x, mean, var, eps)
    return dvar[None], dmean[None]


def statistics_gradients__in_place(dx_hat, x, mean, var, eps=1e-5):
    """x was changed in place (`x -= mean`): the caller still needs it. If you change it back, rounding leaves its last
    digits different. Make a new array."""
    result = _statistics(dx_hat, x, mean, var, eps)
    x -= mean
    return result


def statistics_gradients__dx_hat_in_place(dx_hat, x, mean, var, eps=1e-5):
    """dx_hat was changed in place (`dx_hat *= ...`): the way back to x still needs it. Make a new
    array."""
    result = _statistics(dx_hat, x, mean, var, eps)
    dx_hat *= x - mean
    return result


# ------------------------------------------------------------------ batchnorm_backward


def _parameters(dy, x_hat):
    return (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def _backward(dy, cache, by_mean=1.0, by_variance=1.0):
    """The right gradients, with factors on the two paths through the statistics."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _parameters(dy, x_hat)
    dx = gamma * inv_std * (dy - (by_mean * dbeta + by_variance * x_hat * dgamma) / len(dy))
    return dx, dgamma, dbeta


def batchnorm_backward__exact_projection(dy, cache):
    """The part along x_hat was taken away completely, dividing by sum(x_hat^2). That is right for eps = 0 only; with
    epsilon sum(x_hat^2) is a little less than m, and the formula divides by m."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _parameters(dy, x_hat)
    dx = gamma * inv_std * (dy - dbeta / len(dy) - x_hat * dgamma / (x_hat**2).sum(axis=0))
    return dx, dgamma, dbeta


def batchnorm_backward__eps_forgotten(dy, cache):
    """The standard deviation was computed anew and lost epsilon on the way. The cache holds inv_std,
    epsilon included: use that one."""
    x_hat, gamma, inv_std = cache
    inv_std = inv_std / np.sqrt((x_hat**2).mean(axis=0))
    return _backward(dy, (x_hat, gamma, inv_std))


def batchnorm_backward__dgamma_normalized_again(dy, cache):
    """dgamma was computed with an x_hat that was normalized once more, without epsilon. gamma scaled the x_hat of the
    cache: use that one as it is."""
    x_hat = cache[0]
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx, dgamma / np.sqrt((x_hat**2).mean(axis=0)), dbeta


def batchnorm_backward__dgamma_eps_on_std(dy, cache):
    """dgamma was computed with an x_hat that was made anew, with 1e-5 added to the standard deviation. gamma scaled the
    x_hat of the cache, whatever its epsilon was: use that one as it is."""
    x_hat, _, inv_std = cache
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx, dgamma / inv_std / (np.sqrt((x_hat**2).mean(axis=0)) / inv_std + 1e-5), dbeta


def batchnorm_backward__dgamma_by_division(dy, cache):
    """dgamma was computed from the gradient of x_hat, by dividing by gamma. Where gamma is 0, that is 0/0. Sum dy *
    x_hat instead."""
    dx, dgamma, dbeta = _backward(dy, cache)
    with np.errstate(all="ignore"):
        return dx, dgamma * cache[1] / cache[1], dbeta


def batchnorm_backward__eps_twice(dy, cache):
    """Epsilon came in twice: 1 / inv_std**2 is the variance with epsilon in it already, and 1e-5 was added to it once
    more. (`statistics_gradients` adds its own eps unless you call it with eps=0.)"""
    x_hat, gamma, inv_std = cache
    again = 1 / np.sqrt(1 / inv_std**2 + 1e-5)
    factor = again / inv_std
    dgamma, dbeta = _parameters(dy, x_hat)
    along = x_hat * dgamma * factor**2
    return gamma * again * (dy - (dbeta + along) / len(dy)), dgamma, dbeta


def batchnorm_backward__eps_twice_in_the_statistics(dy, cache):
    """Epsilon came in twice in the paths through the mean and the variance: 1 / inv_std**2 is the variance with epsilon
    in it already. (`statistics_gradients` adds its own eps unless you call it with eps=0.) The straight path, with the
    inv_std of the cache, is right, so the three do not go together."""
    factor = 1 / np.sqrt(1 + 1e-5 * cache[2] ** 2)
    return _backward(dy, cache, factor, factor**3)


def batchnorm_backward__eps_twice_and_float64(dy, cache):
    """Two things: epsilon came in twice in the paths through the mean and the variance, as 1 / inv_std**2 is the
    variance with epsilon in it already (`statistics_gradients` adds its own eps unless you call it with eps=0); and
    where float32 came in, dx is float64, as an array made by np.zeros is (a mean of 0 may be the number 0)."""
    dx, dgamma, dbeta = batchnorm_backward__eps_twice_in_the_statistics(dy, cache)
    return dx + np.zeros(dx.shape), dgamma, dbeta


def batchnorm_backward__counts_features(dy, cache):
    """The sums in dx were divided by the number of features. m is the number of examples, dy.shape[0]."""
    m, d = dy.shape
    return _backward(dy, cache, m / d, m / d)


def batchnorm_backward__ddof(dy, cache):
    """Backward divides by m - 1 where forward divided by m. Differentiate what was computed."""
    m = len(dy)
    return _backward(dy, cache, m / (m - 1), m / (m - 1))


def batchnorm_backward__ddof_in_variance(dy, cache):
    """The path through the variance divides by m - 1 where forward divided by m. Differentiate what was
    computed."""
    m = len(dy)
    return _backward(dy, cache, 1, m / (m - 1))


def batchnorm_backward__variance_constant(dy, cache):
    """The path through the variance is missing: your columns sum to 0 as they should, but moving an
    example also moves the variance. Look at sum(dx * x_hat)."""
    return _backward(dy, cache, 1, 0)


def batchnorm_backward__mean_constant(dy, cache):
    """The path through the mean is missing: your columns of dx do not sum to 0, yet adding a constant
    to a feature changes no output."""
    return _backward(dy, cache, 0, 1)


def batchnorm_backward__statistics_constant(dy, cache):
    """Mean and variance were treated as constants. That is the gradient of evaluation; in training each
    example moves both, so there are three paths to x."""
    return _backward(dy, cache, 0, 0)


def batchnorm_backward__variance_half(dy, cache):
    """The path through the variance is half of what it should be: the slope of (x - mean)^2 is 2 (x -
    mean)."""
    return _backward(dy, cache, 1, 0.5)


def batchnorm_backward__variance_twice(dy, cache):
    """The path through the variance is twice what it should be: the 2 of the square and the 1/2 of the
    root cancel."""
    return _backward(dy, cache, 1, 2)


def batchnorm_backward__variance_sign(dy, cache):
    """The path through the variance has the wrong sign: a larger variance makes x_hat smaller."""
    return _backward(dy, cache, 1, -1)


def batchnorm_backward__sums(dy, cache):
    """Both paths through the statistics hold sums where means belong: each statistic carries a 1/m."""
    return _backward(dy, cache, len(dy), len(dy))


def batchnorm_backward__mean_path_summed(dy, cache):
    """The path through the mean holds the sum of dy where its mean belongs: 1/m is missing there."""
    return _backward(dy, cache, len(dy), 1)


def batchnorm_backward__variance_path_summed(dy, cache):
    """The path through the variance holds the sum of dy * x_hat where its mean belongs: 1/m is missing there."""
    return _backward(dy, cache, 1, len(dy))


def batchnorm_backward__x_hat_forgotten(dy, cache):
    """In dx the mean of dy * x_hat was subtracted as it is. The path through the variance pulls each example by its
    own x_hat: multiply."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _parameters(dy, x_hat)
    return gamma * inv_std * (dy - (dbeta + dgamma) / len(dy)), dgamma, dbeta


def batchnorm_backward__x_hat_for_centred(dy, cache):
    """The path through the variance has one factor inv_std too many: x_hat stands where x - mean belongs."""
    return _backward(dy, cache, 1, cache[2])


def batchnorm_backward__jacobian_diagonal(dy, cache):
    """Each example's dx has only its own dy in it, the diagonal of the Jacobian. Every example moves the mean and the
    variance, and with them all the others: the sums over the batch are missing."""
    x_hat, gamma, inv_std = cache
    dx = gamma * inv_std * dy * (1 - (1 + x_hat**2) / len(dy))
    return dx, *_parameters(dy, x_hat)


def batchnorm_backward__cache_order_gamma(dy, cache):
    """The cache was unpacked in another order: what you took for x_hat is gamma. The order is x_hat, gamma, inv_std."""
    x_hat, gamma, inv_std = cache
    return _backward(dy, (gamma, x_hat, inv_std))


def batchnorm_backward__cache_order_inv_std(dy, cache):
    """The cache was unpacked in another order: what you took for x_hat is inv_std. The order is x_hat, gamma,
    inv_std."""
    x_hat, gamma, inv_std = cache
    return _backward(dy, (inv_std, gamma, x_hat))


def batchnorm_backward__times_m(dy, cache):
    """dx is m times too large: an overall 1/m is missing. Its direction is right, so training would
    hide this."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return len(dy) * dx, dgamma, dbeta


def batchnorm_backward__averaged(dy, cache):
    """dx is m times too small: if the loss is a mean, dy holds its 1/m already."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx / len(dy), dgamma, dbeta


def batchnorm_backward__inv_std_on_one_path(dy, cache):
    """Only the straight path was multiplied by inv_std; all three are."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _parameters(dy, x_hat)
    return gamma * (inv_std * dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def batchnorm_backward__gamma_on_one_path(dy, cache):
    """gamma went only into the straight path. dx_hat = gamma * dy feeds all three."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = _parameters(dy, x_hat)
    return inv_std * (gamma * dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def batchnorm_backward__dy_in_the_first_mean(dy, cache):
    """In the path through the mean dy was averaged, and in the others dx_hat = gamma * dy. All three paths start from
    dx_hat."""
    x_hat, gamma, inv_std = cache
    along = x_hat * (gamma * dy * x_hat).mean(axis=0)
    return inv_std * (gamma * dy - dy.mean(axis=0) - along), *_parameters(dy, x_hat)


def batchnorm_backward__dy_in_the_second_mean(dy, cache):
    """In the path through the variance dy * x_hat was averaged, and in the others dx_hat = gamma * dy was used. All
    three paths start from dx_hat."""
    x_hat, gamma, inv_std = cache
    along = x_hat * (dy * x_hat).mean(axis=0)
    return inv_std * (gamma * dy - gamma * dy.mean(axis=0) - along), *_parameters(dy, x_hat)


def batchnorm_backward__gamma_missing(dy, cache):
    """gamma is missing in dx: on the way back dy passes through the scale, so dx_hat = gamma * dy. (The columns of dx
    sum to 0 without it, too.)"""
    x_hat, gamma, inv_std = cache
    return _backward(dy, (x_hat, np.ones_like(gamma), inv_std))


def batchnorm_backward__gamma_twice(dy, cache):
    """gamma came into dx twice: once, in dx_hat = gamma * dy, is enough."""
    x_hat, gamma, inv_std = cache
    return _backward(dy, (x_hat, gamma**2, inv_std))


def batchnorm_backward__gamma_in_dgamma(dy, cache):
    """dgamma was computed from dx_hat = gamma * dy. Gamma's own gradient is the sum of dy * x_hat,
    without gamma."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx, cache[1] * dgamma, dbeta


def batchnorm_backward__gamma_in_both(dy, cache):
    """dgamma and dbeta were computed from dx_hat = gamma * dy. Scale and shift see dy itself."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx, cache[1] * dgamma, cache[1] * dbeta


def batchnorm_backward__std_for_inv_std(dy, cache):
    """dx was divided by inv_std, as if the cache held the standard deviation. It holds the inverse:
    multiply."""
    x_hat, gamma, inv_std = cache
    return _backward(dy, (x_hat, gamma, 1 / inv_std))


def batchnorm_backward__inv_std_missing(dy, cache):
    """inv_std is missing in dx. x was divided by its standard deviation, and so is the gradient: a feature that was
    spread wide gets a small one."""
    x_hat, gamma, inv_std = cache
    return _backward(dy, (x_hat, gamma, np.ones_like(inv_std)))


def batchnorm_backward__inv_std_squared(dy, cache):
    """dx holds inv_std twice, so it was divided by the variance. x was divided by the root of the variance: multiply by
    inv_std once."""
    x_hat, gamma, inv_std = cache
    return _backward(dy, (x_hat, gamma, inv_std**2))


def batchnorm_backward__averaged_parameters(dy, cache):
    """dgamma and dbeta were averaged over the batch; they are sums."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx, dgamma / len(dy), dbeta / len(dy)


def batchnorm_backward__row(dy, cache):
    """dgamma and dbeta have the shape (1, d), from `keepdims=True`. A gradient has the shape of what it belongs to,
    (d,)."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx, dgamma[None], dbeta[None]


def batchnorm_backward__parameters_not_summed(dy, cache):
    """dgamma and dbeta have a row for each example. All examples share gamma and beta: sum over the batch."""
    return _backward(dy, cache)[0], dy * cache[0], dy.copy()


def batchnorm_backward__dgamma_without_x_hat(dy, cache):
    """dgamma equals dbeta: in gamma * x_hat, what does a small change of gamma get multiplied by?"""
    dx, _, dbeta = _backward(dy, cache)
    return dx, dbeta, dbeta


def batchnorm_backward__parameters_swapped(dy, cache):
    """dgamma and dbeta changed places: the order is dx, dgamma, dbeta."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return dx, dbeta, dgamma


def batchnorm_backward__dx_last(dy, cache):
    """dx came last: the order is dx, dgamma, dbeta."""
    dx, dgamma, dbeta = _backward(dy, cache)
    return dgamma, dbeta, dx


def batchnorm_backward__dx_alone(dy, cache):
    """Only dx came back. Return three: dx, dgamma, dbeta."""
    return _backward(dy, cache)[0]


def batchnorm_backward__over_features(dy, cache):
    """In dx the means run over the features of an example (axis 1): that is the gradient of layer
    normalization. Take them over the batch."""
    x_hat, gamma, inv_std = cache
    along = (dy * x_hat).mean(axis=1, keepdims=True)
    dx = gamma * inv_std * (dy - dy.mean(axis=1, keepdims=True) - x_hat * along)
    return dx, *_parameters(dy, x_hat)


def batchnorm_backward__one_mean_for_all(dy, cache):
    """In dx the means run over the whole array. Each feature has its own: name the axis."""
    x_hat, gamma, inv_std = cache
    dx = gamma * inv_std * (dy - dy.mean() - x_hat * (dy * x_hat).mean())
    return dx, *_parameters(dy, x_hat)


def batchnorm_backward__float64_inside(dy, cache):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and
    np.ones are, unless told their dtype)."""
    return tuple(part + np.zeros(part.shape) for part in _backward(dy, cache))


def batchnorm_backward__dy_in_place(dy, cache):
    """dy was changed in place (`dy *= gamma`): other branches of the network still need it. If you change it back,
    rounding leaves its last digits different. Make a new array."""
    result = _backward(dy, cache)
    dy *= cache[1]
    return result


def batchnorm_backward__cache_in_place(dy, cache):
    """An array in the cache was changed in place: a second backward pass from the same cache would be
    wrong. Make a new array."""
    result = _backward(dy, cache)
    x_hat = cache[0]
    x_hat *= dy
    return result


# ------------------------------------------------------------------ batchnorm2d_backward

_ALL = (0, 2, 3)


def _backward2d(dy, cache, over=_ALL, by_mean=1.0, by_variance=1.0):
    """dx with means over some axes and factors on the two paths; dgamma and dbeta right."""
    x_hat, gamma, inv_std = cache
    along = (dy * x_hat).mean(axis=over, keepdims=True)
    inner = dy - by_mean * dy.mean(axis=over, keepdims=True) - by_variance * x_hat * along
    dx = (gamma * inv_std)[:, None, None] * inner
    return dx, (dy * x_hat).sum(axis=_ALL), dy.sum(axis=_ALL)


def batchnorm2d_backward__exact_projection(dy, cache):
    """The part along x_hat was taken away completely, dividing by sum(x_hat^2). That is right for eps = 0 only; with
    epsilon sum(x_hat^2) is a little less than N*H*W, and the formula divides by N*H*W."""
    x_hat = cache[0]
    return _backward2d(dy, cache, by_variance=1 / (x_hat**2).mean(axis=_ALL, keepdims=True))


def batchnorm2d_backward__dgamma_normalized_again(dy, cache):
    """dgamma was computed with an x_hat that was normalized once more, without epsilon. gamma scaled the x_hat of the
    cache: use that one as it is."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return dx, dgamma / np.sqrt((cache[0] ** 2).mean(axis=_ALL)), dbeta


def batchnorm2d_backward__dgamma_eps_on_std(dy, cache):
    """dgamma was computed with an x_hat that was made anew, with 1e-5 added to the standard deviation. gamma scaled the
    x_hat of the cache, whatever its epsilon was: use that one as it is."""
    x_hat, _, inv_std = cache
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return dx, dgamma / inv_std / (np.sqrt((x_hat**2).mean(axis=_ALL)) / inv_std + 1e-5), dbeta


def batchnorm2d_backward__dgamma_by_division(dy, cache):
    """dgamma was computed from the gradient of x_hat, by dividing by gamma. Where gamma is 0, that is 0/0. Sum dy *
    x_hat instead."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    with np.errstate(all="ignore"):
        return dx, dgamma * cache[1] / cache[1], dbeta


def batchnorm2d_backward__eps_forgotten(dy, cache):
    """The standard deviation was computed anew and lost epsilon on the way. The cache holds inv_std,
    epsilon included: use that one."""
    x_hat, gamma, inv_std = cache
    return _backward2d(dy, (x_hat, gamma, inv_std / np.sqrt((x_hat**2).mean(axis=_ALL))))


def batchnorm2d_backward__eps_twice(dy, cache):
    """Epsilon came in twice: 1 / inv_std**2 is the variance with epsilon in it already, and 1e-5 was added to it once
    more."""
    factor = 1 / np.sqrt(1 + 1e-5 * cache[2][:, None, None] ** 2)
    dx, dgamma, dbeta = _backward2d(dy, cache, by_variance=factor**2)
    return factor * dx, dgamma, dbeta


def batchnorm2d_backward__eps_twice_in_the_statistics(dy, cache):
    """Epsilon came in twice in the paths through the mean and the variance: 1 / inv_std**2 is the variance with epsilon
    in it already. The straight path, with the inv_std of the cache, is right, so the three do not go together."""
    factor = 1 / np.sqrt(1 + 1e-5 * cache[2][:, None, None] ** 2)
    return _backward2d(dy, cache, by_mean=factor, by_variance=factor**3)


def batchnorm2d_backward__ddof(dy, cache):
    """Backward divides by N*H*W - 1 where forward divided by N*H*W. Differentiate what was computed."""
    m = dy.size // dy.shape[1]
    return _backward2d(dy, cache, by_mean=m / (m - 1), by_variance=m / (m - 1))


def batchnorm2d_backward__divided_by_n(dy, cache):
    """The sums were divided by N. A channel's mean is over all N*H*W of its values."""
    positions = dy.shape[2] * dy.shape[3]
    return _backward2d(dy, cache, by_mean=positions, by_variance=positions)


def batchnorm2d_backward__divided_by_hw(dy, cache):
    """The sums were divided by H*W. A channel's mean is over all N*H*W of its values: the images count
    too."""
    return _backward2d(dy, cache, by_mean=dy.shape[0], by_variance=dy.shape[0])


def batchnorm2d_backward__sums(dy, cache):
    """Both paths through the statistics hold sums where means belong: each statistic carries a 1/m, with m =
    N*H*W."""
    m = dy.size // dy.shape[1]
    return _backward2d(dy, cache, by_mean=m, by_variance=m)


def batchnorm2d_backward__mean_path_summed(dy, cache):
    """The path through the mean holds the sum of dy where its mean belongs: 1/(N*H*W) is missing there."""
    return _backward2d(dy, cache, by_mean=dy.size // dy.shape[1])


def batchnorm2d_backward__variance_path_summed(dy, cache):
    """The path through the variance holds the sum of dy * x_hat where its mean belongs: 1/(N*H*W) is missing there."""
    return _backward2d(dy, cache, by_variance=dy.size // dy.shape[1])


def batchnorm2d_backward__jacobian_diagonal(dy, cache):
    """Each pixel's dx has only its own dy in it, the diagonal of the Jacobian. Every pixel moves the channel's mean
    and variance, and with them all the others: the sums are missing."""
    x_hat, gamma, inv_std = cache
    m = dy.size // dy.shape[1]
    dx = (gamma * inv_std)[:, None, None] * dy * (1 - (1 + x_hat**2) / m)
    return dx, *_backward2d(dy, cache)[1:]


def batchnorm2d_backward__dy_in_the_first_mean(dy, cache):
    """In the path through the mean dy was averaged, and in the others dx_hat = gamma * dy. All three paths start from
    dx_hat."""
    return _mixed2d(dy, cache, 1, cache[1])


def batchnorm2d_backward__dy_in_the_second_mean(dy, cache):
    """In the path through the variance dy * x_hat was averaged, and in the others dx_hat = gamma * dy was used. All
    three paths start from dx_hat."""
    return _mixed2d(dy, cache, cache[1], 1)


def _mixed2d(dy, cache, first, second):
    x_hat, gamma, inv_std = cache
    first, second = np.broadcast_to(first, gamma.shape), np.broadcast_to(second, gamma.shape)
    mean = first[:, None, None] * dy.mean(axis=_ALL, keepdims=True)
    along = second[:, None, None] * (dy * x_hat).mean(axis=_ALL, keepdims=True)
    dx = inv_std[:, None, None] * (gamma[:, None, None] * dy - mean - x_hat * along)
    return dx, *_backward2d(dy, cache)[1:]


def batchnorm2d_backward__x_hat_forgotten(dy, cache):
    """In dx the mean of dy * x_hat was subtracted as it is. The path through the variance pulls each pixel by its own
    x_hat: multiply."""
    x_hat, gamma, inv_std = cache
    both = (dy + dy * x_hat).mean(axis=_ALL, keepdims=True)
    return (gamma * inv_std)[:, None, None] * (dy - both), *_backward2d(dy, cache)[1:]


def batchnorm2d_backward__variance_half(dy, cache):
    """The path through the variance is half of what it should be: the slope of (x - mean)^2 is 2 (x - mean)."""
    return _backward2d(dy, cache, by_variance=0.5)


def batchnorm2d_backward__variance_twice(dy, cache):
    """The path through the variance is twice what it should be: the 2 of the square and the 1/2 of the root cancel."""
    return _backward2d(dy, cache, by_variance=2)


def batchnorm2d_backward__per_image(dy, cache):
    """In dx the means were taken per image and channel (axes H and W): that is the gradient of instance normalization.
    Include the batch axis too."""
    return _backward2d(dy, cache, (2, 3))


def batchnorm2d_backward__per_position(dy, cache):
    """In dx the means were taken over the batch for each position by itself (axis 0). All positions of
    a channel share one mean and one variance."""
    return _backward2d(dy, cache, (0,))


def batchnorm2d_backward__all_axes(dy, cache):
    """In dx one mean was used for all channels. Each channel has its own: leave axis 1 out."""
    return _backward2d(dy, cache, (0, 1, 2, 3))


def batchnorm2d_backward__channels_last(dy, cache):
    """The means in dx were taken over axes 0, 1 and 2, as if the channels came last. Here they are axis
    1."""
    return _backward2d(dy, cache, (0, 1, 2))


def batchnorm2d_backward__variance_constant(dy, cache):
    """The path through the variance is missing: each channel of dx sums to 0 as it should, but look at
    sum(dx * x_hat)."""
    return _backward2d(dy, cache, by_variance=0)


def batchnorm2d_backward__mean_constant(dy, cache):
    """The path through the mean is missing: the channels of dx do not sum to 0, yet making all images
    brighter changes no output."""
    return _backward2d(dy, cache, by_mean=0)


def batchnorm2d_backward__statistics_constant(dy, cache):
    """Mean and variance were treated as constants. That is the gradient of evaluation; in training each
    pixel moves both."""
    return _backward2d(dy, cache, by_mean=0, by_variance=0)


def batchnorm2d_backward__variance_sign(dy, cache):
    """The path through the variance has the wrong sign: a larger variance makes x_hat smaller."""
    return _backward2d(dy, cache, by_variance=-1)


def batchnorm2d_backward__gamma_on_last_axis(dy, cache):
    """gamma was broadcast along W, the last axis; that only works where W equals C, and is wrong there
    too. Give it the shape (1, C, 1, 1)."""
    x_hat, gamma, inv_std = cache
    dx, dgamma, dbeta = _backward2d(dy, (x_hat, np.ones_like(gamma), inv_std))
    return gamma * dx, dgamma, dbeta


def batchnorm2d_backward__vectors_on_last_axis(dy, cache):
    """gamma and inv_std were broadcast along W, the last axis; that only works where W equals C, and is
    wrong there too. Give them the shape (1, C, 1, 1)."""
    x_hat, gamma, inv_std = cache
    ones = np.ones_like(gamma)
    dx, dgamma, dbeta = _backward2d(dy, (x_hat, ones, ones))
    return gamma * inv_std * dx, dgamma, dbeta


def _rows(images):
    return images.transpose(0, 2, 3, 1).reshape(-1, images.shape[1])


def batchnorm2d_backward__reshape_without_transpose(dy, cache):
    """`reshape(-1, C)` cuts the array in memory order and mixes the channels. Move C to the last axis
    first (transpose), then reshape, and undo both in reverse order."""
    x_hat, gamma, inv_std = cache
    C = dy.shape[1]
    dx, dgamma, dbeta = _backward(dy.reshape(-1, C), (x_hat.reshape(-1, C), gamma, inv_std))
    return dx.reshape(dy.shape), dgamma, dbeta


def batchnorm2d_backward__wrong_way_back(dy, cache):
    """The axes of dx were put back in the wrong order: undo the transpose with its inverse, (0, 3, 1, 2)."""
    x_hat, gamma, inv_std = cache
    dx, dgamma, dbeta = _backward(_rows(dy), (_rows(x_hat), gamma, inv_std))
    return dx.reshape(dy.shape), dgamma, dbeta


def batchnorm2d_backward__gamma_missing(dy, cache):
    """gamma is missing in dx: on the way back dy passes through the scale. (The channels of dx sum to 0 without it,
    too.)"""
    x_hat, gamma, inv_std = cache
    return _backward2d(dy, (x_hat, np.ones_like(gamma), inv_std))


def batchnorm2d_backward__inv_std_missing(dy, cache):
    """inv_std is missing in dx. x was divided by its standard deviation, and so is the gradient: a channel that was
    spread wide gets a small one."""
    x_hat, gamma, inv_std = cache
    return _backward2d(dy, (x_hat, gamma, np.ones_like(inv_std)))


def batchnorm2d_backward__inv_std_squared(dy, cache):
    """dx holds inv_std twice, so it was divided by the variance. x was divided by the root of the variance: multiply by
    inv_std once."""
    x_hat, gamma, inv_std = cache
    return _backward2d(dy, (x_hat, gamma, inv_std**2))


def batchnorm2d_backward__std_for_inv_std(dy, cache):
    """dx was divided by inv_std, as if the cache held the standard deviation. It holds the inverse: multiply."""
    x_hat, gamma, inv_std = cache
    return _backward2d(dy, (x_hat, gamma, 1 / inv_std))


def batchnorm2d_backward__gamma_twice(dy, cache):
    """gamma came into dx twice: once, in dx_hat = gamma * dy, is enough."""
    x_hat, gamma, inv_std = cache
    return _backward2d(dy, (x_hat, gamma**2, inv_std))


def batchnorm2d_backward__dx_last(dy, cache):
    """dx came last: the order is dx, dgamma, dbeta."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return dgamma, dbeta, dx


def batchnorm2d_backward__dx_alone(dy, cache):
    """Only dx came back. Return three: dx, dgamma, dbeta."""
    return _backward2d(dy, cache)[0]


def batchnorm2d_backward__dx_as_rows(dy, cache):
    """dx came as a table of N*H*W rows. Give it the shape of the images: reshape to (N, H, W, C) and move C back."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return _rows(dx), dgamma, dbeta


def batchnorm2d_backward__times_m(dy, cache):
    """dx is N*H*W times too large: an overall 1/m is missing, with m = N*H*W."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return dy.size // dy.shape[1] * dx, dgamma, dbeta


def batchnorm2d_backward__gamma_in_dgamma(dy, cache):
    """dgamma was computed from gamma * dy. Gamma's own gradient is the sum of dy * x_hat, without
    gamma."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return dx, cache[1] * dgamma, dbeta


def batchnorm2d_backward__parameters_over_batch(dy, cache):
    """dgamma and dbeta were summed over the batch only and have the shape (C, H, W). One gamma serves
    all positions: sum over H and W too."""
    dx, _, _ = _backward2d(dy, cache)
    return dx, (dy * cache[0]).sum(axis=0), dy.sum(axis=0)


def batchnorm2d_backward__parameters_per_image(dy, cache):
    """dgamma and dbeta were summed over H and W only and have the shape (N, C). One gamma serves all
    images: sum over N too."""
    dx, _, _ = _backward2d(dy, cache)
    return dx, (dy * cache[0]).sum(axis=(2, 3)), dy.sum(axis=(2, 3))


def batchnorm2d_backward__parameters_keep_axes(dy, cache):
    """dgamma and dbeta have the shape (1, C, 1, 1), the parameters (C,). A gradient has the shape of
    what it belongs to."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return dx, dgamma.reshape(1, -1, 1, 1), dbeta.reshape(1, -1, 1, 1)


def batchnorm2d_backward__averaged_parameters(dy, cache):
    """dgamma and dbeta were averaged over the channel; they are sums."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    m = dy.size // dy.shape[1]
    return dx, dgamma / m, dbeta / m


def batchnorm2d_backward__parameters_swapped(dy, cache):
    """dgamma and dbeta changed places: the order is dx, dgamma, dbeta."""
    dx, dgamma, dbeta = _backward2d(dy, cache)
    return dx, dbeta, dgamma


def batchnorm2d_backward__dy_in_place(dy, cache):
    """dy was changed in place: other branches of the network still need it. If you change it back, rounding leaves its
    last digits different. Make a new array."""
    result = _backward2d(dy, cache)
    dy *= cache[1][:, None, None]
    return result


def batchnorm2d_backward__cache_in_place(dy, cache):
    """An array in the cache was changed in place: a second backward pass from the same cache would be
    wrong. Make a new array."""
    result = _backward2d(dy, cache)
    x_hat = cache[0]
    x_hat *= dy
    return result


# ------------------------------------------------------------------ absolute_deviation_backward


def _deviation(x, eps, axis=0):
    centred = x - x.mean(axis=axis, keepdims=True)
    return centred, np.abs(centred).mean(axis=axis, keepdims=True) + eps


def _deviation_backward(dy, x, eps, through=1.0, mean=1.0, signs=None):
    """The gradient with factors on its paths: through the deviation, through the mean."""
    centred, divisor = _deviation(x, eps)
    signs = np.sign(centred) if signs is None else signs
    dcentred = (dy - through * signs * (dy * centred).mean(axis=0) / divisor) / divisor
    return dcentred - mean * dcentred.mean(axis=0)


def absolute_deviation_backward__sign_by_division(dy, x, eps=1e-5):
    """The sign was computed as c / |c|. Where an example equals the mean that is 0/0; `np.sign` gives 0 there."""
    centred, _ = _deviation(x, eps)
    with np.errstate(all="ignore"):
        return _deviation_backward(dy, x, eps, signs=centred / np.abs(centred))


def absolute_deviation_backward__sign_of_zero(dy, x, eps=1e-5):
    """Where an example equals the mean, the slope of |c| was taken to be 1. The exercise takes 0 there, as `np.sign`
    does."""
    centred, _ = _deviation(x, eps)
    return _deviation_backward(dy, x, eps, signs=np.where(centred >= 0, 1.0, -1.0))


def absolute_deviation_backward__sign_of_zero_below(dy, x, eps=1e-5):
    """Where an example equals the mean, the slope of |c| was taken to be -1. The exercise takes 0 there, as `np.sign`
    does."""
    centred, _ = _deviation(x, eps)
    return _deviation_backward(dy, x, eps, signs=np.where(centred > 0, 1.0, -1.0))


def absolute_deviation_backward__eps_forgotten(dy, x, eps=1e-5):
    """Epsilon is nowhere in your gradient. The forward pass divides by s + eps, so its derivative has s + eps too."""
    return _deviation_backward(dy, x, 0.0)


def absolute_deviation_backward__eps_fixed(dy, x, eps=1e-5):
    """The argument `eps` is not used: 1e-5 is written into the function."""
    return _deviation_backward(dy, x, 1e-5)


def absolute_deviation_backward__eps_on_one_path(dy, x, eps=1e-5):
    """Epsilon is missing on the path through the deviation: its slope is -c / (s + eps)^2, and you divided by s^2."""
    centred, divisor = _deviation(x, eps)
    dcentred = dy / divisor - np.sign(centred) * (dy * centred).mean(axis=0) / (divisor - eps) ** 2
    return dcentred - dcentred.mean(axis=0)


def absolute_deviation_backward__deviation_constant(dy, x, eps=1e-5):
    """The path through the mean absolute deviation is missing, or its slope was taken to be 1 everywhere, which the mean
    takes away again. Moving an example moves s, too: up where it lies above the mean, down where it lies below."""
    return _deviation_backward(dy, x, eps, through=0.0)


def absolute_deviation_backward__mean_constant(dy, x, eps=1e-5):
    """The path through the mean is missing: your columns of dx do not sum to 0, yet adding a constant to a feature
    changes no output."""
    return _deviation_backward(dy, x, eps, mean=0.0)


def absolute_deviation_backward__statistics_constant(dy, x, eps=1e-5):
    """Mean and deviation were treated as constants. Each example moves both, so there are three paths to x."""
    return _deviation_backward(dy, x, eps, through=0.0, mean=0.0)


def absolute_deviation_backward__mean_on_one_path(dy, x, eps=1e-5):
    """The mean of dy was taken away, and the mean of the part through the deviation was not. The mean stands inside the
    absolute value, too: take the mean away from the whole gradient of c."""
    centred, divisor = _deviation(x, eps)
    return (dy - dy.mean(axis=0) - np.sign(centred) * (dy * centred).mean(axis=0) / divisor) / divisor


def absolute_deviation_backward__deviation_sign(dy, x, eps=1e-5):
    """The path through the deviation has the wrong sign: a larger deviation makes x_hat smaller."""
    return _deviation_backward(dy, x, eps, through=-1.0)


def absolute_deviation_backward__deviation_twice(dy, x, eps=1e-5):
    """The path through the deviation is twice what it should be. There is no square here whose slope has a 2: the slope
    of |c| is its sign."""
    return _deviation_backward(dy, x, eps, through=2.0)


def absolute_deviation_backward__deviation_half(dy, x, eps=1e-5):
    """The path through the deviation is half of what it should be. There is no root here whose slope has a 1/2."""
    return _deviation_backward(dy, x, eps, through=0.5)


def absolute_deviation_backward__deviation_summed(dy, x, eps=1e-5):
    """The path through the deviation lacks its 1/m: s is a mean over the batch, so one example moves it by 1/m."""
    return _deviation_backward(dy, x, eps, through=float(len(x)))


def absolute_deviation_backward__counts_features(dy, x, eps=1e-5):
    """The path through the deviation was divided by the number of features. s is a mean over the m examples."""
    m, d = x.shape
    return _deviation_backward(dy, x, eps, through=m / d)


def absolute_deviation_backward__ddof(dy, x, eps=1e-5):
    """The path through the deviation was divided by m - 1. The forward pass divides by m."""
    m = len(x)
    return _deviation_backward(dy, x, eps, through=m / (m - 1))


def absolute_deviation_backward__divisor_once(dy, x, eps=1e-5):
    """The path through the deviation was divided by s + eps once. The slope of c / v in v is -c / v^2."""
    centred, divisor = _deviation(x, eps)
    dcentred = dy / divisor - np.sign(centred) * (dy * centred).mean(axis=0) / divisor
    return dcentred - dcentred.mean(axis=0)


def absolute_deviation_backward__x_hat_for_the_sign(dy, x, eps=1e-5):
    """That is Batch Normalization's path: x_hat times the mean of dy * x_hat, which the slope of a square gives. The
    slope of an absolute value is a sign."""
    centred, divisor = _deviation(x, eps)
    return _deviation_backward(dy, x, eps, signs=centred / divisor)


def absolute_deviation_backward__standard_deviation(dy, x, eps=1e-5):
    """That is the gradient of dividing by the standard deviation. Here the divisor is the mean of |x - mean|."""
    centred = x - x.mean(axis=0)
    std = np.sqrt((centred**2).mean(axis=0) + eps)
    x_hat = centred / std
    return (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0)) / std


def absolute_deviation_backward__over_features(dy, x, eps=1e-5):
    """The means were taken over the features (axis 1). The mean and the deviation of a feature run over the examples."""
    centred, divisor = _deviation(x, eps, axis=1)
    along = (dy * centred).mean(axis=1, keepdims=True)
    dcentred = (dy - np.sign(centred) * along / divisor) / divisor
    return dcentred - dcentred.mean(axis=1, keepdims=True)


def absolute_deviation_backward__one_mean_for_all(dy, x, eps=1e-5):
    """The gradient's means were taken over the whole array. Each feature has its own."""
    centred, divisor = _deviation(x, eps)
    dcentred = (dy - np.sign(centred) * (dy * centred).mean() / divisor) / divisor
    return dcentred - dcentred.mean()


def absolute_deviation_backward__divisor_missing(dy, x, eps=1e-5):
    """The straight path lacks its divisor: dy_i reaches x_i divided by s + eps."""
    centred, divisor = _deviation(x, eps)
    dcentred = dy - np.sign(centred) * (dy * centred).mean(axis=0) / divisor**2
    return dcentred - dcentred.mean(axis=0)


def absolute_deviation_backward__dy_in_place(dy, x, eps=1e-5):
    """dy was changed in place, and the caller still needs it. Make a new array."""
    result = _deviation_backward(dy, x, eps)
    dy -= dy.mean(axis=0)
    return result


def absolute_deviation_backward__x_in_place(dy, x, eps=1e-5):
    """x was changed in place, and the caller still needs it: `x -= mean` writes into the caller's array."""
    result = _deviation_backward(dy, x, eps)
    x -= x.mean(axis=0)
    return result


# ------------------------------------------------------------------ path_weights


def _left(dx, dy, cache):
    """What is left of each sum, beside what it is with both paths forgotten; and the mean of x_hat**2."""
    x_hat, gamma, inv_std = cache
    straight = gamma * inv_std * dy
    left = dx.sum(axis=0) / straight.sum(axis=0)
    return left, (dx * x_hat).sum(axis=0) / (straight * x_hat).sum(axis=0), (x_hat**2).mean(axis=0)


def path_weights__squares_taken_to_be_m(dx, dy, cache):
    """by_variance is too small where epsilon is not small beside the variance: there the mean of x_hat**2 is below 1,
    and your formula takes it to be 1."""
    left, along, _ = _left(dx, dy, cache)
    return 1 - left, 1 - along


def path_weights__squares_multiplied(dx, dy, cache):
    """by_variance was multiplied by the mean of x_hat**2, which is below 1 where epsilon counts. Along x_hat the path
    takes away by_variance times that mean, so the weight comes from a division."""
    left, along, squares = _left(dx, dy, cache)
    return 1 - left, (1 - along) * squares


def path_weights__squares_under_a_root(dx, dy, cache):
    """by_variance was divided by the root of the mean of x_hat**2. There are two factors x_hat in the second law, and no
    root of them."""
    left, along, squares = _left(dx, dy, cache)
    return 1 - left, (1 - along) / squares**0.5


def path_weights__squares_in_both(dx, dy, cache):
    """by_mean was divided by the mean of x_hat**2, too. The first law holds for every epsilon: there is no x_hat in
    it."""
    left, along, squares = _left(dx, dy, cache)
    return (1 - left) / squares, (1 - along) / squares


def path_weights__squares_divide_what_is_left(dx, dy, cache):
    """The mean of x_hat**2 divides what is left of the sum, before that was taken from 1. It belongs to what the path
    takes away, 1 minus what is left."""
    left, along, squares = _left(dx, dy, cache)
    return 1 - left, 1 - along / squares


def path_weights__divided_by_m_less_one(dx, dy, cache):
    """The mean of x_hat**2 was taken with 1/(m-1). The path through the variance has means with 1/m."""
    left, along, squares = _left(dx, dy, cache)
    m = len(dy)
    return 1 - left, (1 - along) / (squares * m / (m - 1))


def path_weights__sum_of_squares(dx, dy, cache):
    """by_variance is too small by the factor m: you divided by the sum of x_hat**2, and its mean is what the weight is
    multiplied by."""
    left, along, squares = _left(dx, dy, cache)
    return 1 - left, (1 - along) / (squares * len(dy))


def path_weights__what_is_left(dx, dy, cache):
    """That is the part of each sum that is still there. A right gradient has nothing left and the weights 1 and 1, so
    a weight is 1 minus what is left (and for the variance the mean of x_hat**2 comes in)."""
    left, along, _ = _left(dx, dy, cache)
    return left, along


def path_weights__what_is_left_of_the_first(dx, dy, cache):
    """by_mean is the part of the sum that is still there. A right gradient sums to 0 and has the weight 1: take what is
    left from 1."""
    left, along, squares = _left(dx, dy, cache)
    return left, (1 - along) / squares


def path_weights__sign(dx, dy, cache):
    """Both weights have the wrong sign: you took 1 from what is left. A forgotten path leaves everything and has the
    weight 0, a right one leaves nothing and has the weight 1."""
    left, along, squares = _left(dx, dy, cache)
    return left - 1, (along - 1) / squares


def path_weights__added(dx, dy, cache):
    """What is left was added to 1. The more of a path there is, the less is left: take it from 1."""
    left, along, squares = _left(dx, dy, cache)
    return 1 + left, (1 + along) / squares


def path_weights__absolute(dx, dy, cache):
    """Negative weights came as positive ones: an absolute value hides a wrong sign, which is what a negative weight
    tells."""
    left, along, squares = _left(dx, dy, cache)
    return np.abs(1 - left), np.abs(1 - along) / squares


def path_weights__clipped(dx, dy, cache):
    """The weights were cut off below 0 and above 1. A weight below 0 tells of a wrong sign, one above 1 of a factor too
    many: let them through."""
    left, along, squares = _left(dx, dy, cache)
    return np.clip(1 - left, 0, 1), np.clip((1 - along) / squares, 0, 1)


def path_weights__rounded(dx, dy, cache):
    """The weights were rounded to whole numbers. One half is a weight too: it tells of a factor 2 that is missing."""
    left, along, squares = _left(dx, dy, cache)
    return np.round(1 - left), np.round((1 - along) / squares)


def path_weights__laws_hold(dx, dy, cache):
    """That tells whether each law holds, as 1 or 0. How far a law is broken tells more: how much of its path is in
    dx."""
    left, along, squares = _left(dx, dy, cache)
    return (np.abs(left) < 1e-6) * 1.0, (np.abs(1 - along - squares) < 1e-6) * 1.0


def path_weights__plain_sums(dx, dy, cache):
    """Those are the two sums of the laws as they are. A sum alone says little: compare it with what it is when both
    paths are forgotten."""
    return dx.sum(axis=0), (dx * cache[0]).sum(axis=0)


def path_weights__gamma_missing(dx, dy, cache):
    """gamma is missing: dx has passed through the scale, and dy has not. Compare dx with gamma * inv_std * dy."""
    x_hat, gamma, inv_std = cache
    left, along, squares = _left(dx, dy, (x_hat, np.ones_like(gamma), inv_std))
    return 1 - left, (1 - along) / squares


def path_weights__inv_std_missing(dx, dy, cache):
    """inv_std is missing: dx was divided by the standard deviation, and dy was not. Compare dx with
    gamma * inv_std * dy."""
    x_hat, gamma, inv_std = cache
    left, along, squares = _left(dx, dy, (x_hat, gamma, np.ones_like(inv_std)))
    return 1 - left, (1 - along) / squares


def path_weights__scale_missing(dx, dy, cache):
    """gamma and inv_std are missing: dx was compared with dy. Even a right straight path multiplies dy by both."""
    x_hat, gamma, inv_std = cache
    left, along, squares = _left(dx, dy, (x_hat, np.ones_like(gamma), np.ones_like(inv_std)))
    return 1 - left, (1 - along) / squares


def path_weights__divided_by_inv_std(dx, dy, cache):
    """dy was divided by inv_std, as if the cache held the standard deviation. It holds the inverse: multiply."""
    x_hat, gamma, inv_std = cache
    left, along, squares = _left(dx, dy, (x_hat, gamma, 1 / inv_std))
    return 1 - left, (1 - along) / squares


def path_weights__x_hat_on_one_side(dx, dy, cache):
    """In the second law dx was multiplied by x_hat, and what it is compared with was not. Both sums run along x_hat."""
    x_hat, gamma, inv_std = cache
    left, _, squares = _left(dx, dy, cache)
    along = (dx * x_hat).sum(axis=0) / (gamma * inv_std * dy).sum(axis=0)
    return 1 - left, (1 - along) / squares


def path_weights__dy_along_on_one_side(dx, dy, cache):
    """In the second law dx was summed as it is and compared with the sum of dy * x_hat. The law is about
    sum(dx * x_hat): multiply dx by x_hat, too."""
    x_hat, gamma, inv_std = cache
    left, _, squares = _left(dx, dy, cache)
    along = dx.sum(axis=0) / (gamma * inv_std * dy * x_hat).sum(axis=0)
    return 1 - left, (1 - along) / squares


def path_weights__first_law_twice(dx, dy, cache):
    """by_variance came from the sum of dx, as by_mean did. The path through the variance is seen along x_hat alone."""
    left, _, squares = _left(dx, dy, cache)
    return 1 - left, (1 - left) / squares


def path_weights__one_for_all(dx, dy, cache):
    """One number was found for all features. Each feature has its own sums, and may have its own bug: sum over the
    examples alone."""
    x_hat, gamma, inv_std = cache
    straight = gamma * inv_std * dy
    left, along = dx.sum() / straight.sum(), (dx * x_hat).sum() / (straight * x_hat).sum()
    ones = np.ones(dy.shape[1])
    return (1 - left) * ones, (1 - along) / (x_hat**2).mean() * ones


def path_weights__over_features(dx, dy, cache):
    """The sums run over the features (axis 1). Both laws are about a feature's examples: sum over axis 0."""
    x_hat, gamma, inv_std = cache
    straight = gamma * inv_std * dy
    left = dx.sum(axis=1) / straight.sum(axis=1)
    along = (dx * x_hat).sum(axis=1) / (straight * x_hat).sum(axis=1)
    return 1 - left, (1 - along) / (x_hat**2).mean(axis=1)


def path_weights__kept_axis(dx, dy, cache):
    """Both results have the shape (1, d): the axis that was summed over is still there. One number for each feature has
    the shape (d,)."""
    left, along, squares = _left(dx, dy, cache)
    return (1 - left)[None], ((1 - along) / squares)[None]


def path_weights__swapped(dx, dy, cache):
    """The two weights changed places: by_mean first, then by_variance."""
    left, along, squares = _left(dx, dy, cache)
    return (1 - along) / squares, 1 - left


def path_weights__by_mean_alone(dx, dy, cache):
    """One weight came. Return two: by_mean, by_variance."""
    return 1 - _left(dx, dy, cache)[0]


def path_weights__dx_in_place(dx, dy, cache):
    """dx was changed in place: what a colleague gave you is evidence. Make a new array."""
    left, along, squares = _left(dx, dy, cache)
    dx *= cache[0]
    return 1 - left, (1 - along) / squares


def path_weights__dy_in_place(dx, dy, cache):
    """dy was changed in place, and the caller still needs it. Make a new array."""
    left, along, squares = _left(dx, dy, cache)
    dy *= cache[1] * cache[2]
    return 1 - left, (1 - along) / squares


def path_weights__cache_in_place(dx, dy, cache):
    """An array in the cache was changed in place: a second look at the same pass would be wrong. Make a new array."""
    left, along, squares = _left(dx, dy, cache)
    x_hat = cache[0]
    x_hat *= dx
    return 1 - left, (1 - along) / squares
