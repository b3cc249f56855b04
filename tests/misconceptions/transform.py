"""Wrong answers to the exercises of the chapter transform, the subtle ones first.

The docstring is the hint that a learner reads when their numbers are these. One file a chapter, however long: the
wrong answers to an exercise are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ batchnorm_forward


def batchnorm_forward__eps_on_std(x, gamma, beta, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root: try a batch whose variance is as small as eps."""
    inv_std = 1 / (x.std(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__eps_missing(x, gamma, beta, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens to a feature that is the same in all examples?"""
    inv_std = 1 / x.std(axis=0)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__eps_fixed(x, gamma, beta, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + 1e-5)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def _with(x, gamma, beta, inv_std):
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__eps_1e_8(x, gamma, beta, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + 1e-8))


def batchnorm_forward__eps_twice(x, gamma, beta, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    return _with(x, gamma, beta, 1 / (np.sqrt(x.var(axis=0) + eps) + eps))


def batchnorm_forward__eps_twice_under_the_root(x, gamma, beta, eps=1e-5):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""
    return _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + 2 * eps))


def batchnorm_forward__eps_instead(x, gamma, beta, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    return _with(x, gamma, beta, 1 / np.sqrt(np.maximum(x.var(axis=0), eps)))


def batchnorm_forward__eps_on_std_in_x_hat(x, gamma, beta, eps=1e-5):
    """x_hat was divided by std + eps. Epsilon belongs to the variance, under the root: compute inv_std first and multiply by it."""
    x_hat = (x - x.mean(axis=0)) / (x.std(axis=0) + eps)
    return gamma * x_hat + beta, (x_hat, gamma, 1 / np.sqrt(x.var(axis=0) + eps))


def batchnorm_forward__eps_missing_in_x_hat(x, gamma, beta, eps=1e-5):
    """x_hat was divided by a standard deviation without epsilon: compute inv_std first and multiply by it."""
    x_hat = (x - x.mean(axis=0)) / x.std(axis=0)
    return gamma * x_hat + beta, (x_hat, gamma, 1 / np.sqrt(x.var(axis=0) + eps))


def batchnorm_forward__eps_missing_in_the_cache(x, gamma, beta, eps=1e-5):
    """The inv_std in the cache has no epsilon. Keep the one of the formula: 1 / sqrt(var + eps)."""
    y, (x_hat, gamma, _) = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return y, (x_hat, gamma, 1 / x.std(axis=0))


def batchnorm_forward__eps_squared(x, gamma, beta, eps=1e-5):
    """Epsilon entered squared. It is added to the variance as it is: sqrt(var + eps)."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps**2)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__ddof(x, gamma, beta, eps=1e-5):
    """The variance was divided by m - 1. Algorithm 1 divides by m when it normalizes; m - 1 has its place in the running statistics only."""
    inv_std = 1 / np.sqrt(x.var(axis=0, ddof=1) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__shift_before_scale(x, gamma, beta, eps=1e-5):
    """The shift was added before the scaling: gamma * (x_hat + beta). Scale first, then shift, so that the mean of each output column is beta."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * (x_hat + beta), (x_hat, gamma, inv_std)


def batchnorm_forward__gamma_beta_swapped(x, gamma, beta, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return beta * x_hat + gamma, (x_hat, gamma, inv_std)


def batchnorm_forward__cache_flat(x, gamma, beta, eps=1e-5):
    """Four results came back in one tuple. Return two: y, and the tuple (x_hat, gamma, inv_std) with brackets of its own, `return y, (x_hat, gamma, inv_std)`."""
    y, cache = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return y, *cache


def batchnorm_forward__cache_order(x, gamma, beta, eps=1e-5):
    """The parts of the cache are in the wrong order. The backward pass takes x_hat, gamma, inv_std."""
    y, (x_hat, gamma, inv_std) = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return y, (x_hat, inv_std, gamma)


def batchnorm_forward__cache_row(x, gamma, beta, eps=1e-5):
    """inv_std has the shape (1, d) in the cache, from `keepdims=True`; it should be (d,), one number per feature."""
    return _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0, keepdims=True) + eps))


def batchnorm_forward__cache_has_var(x, gamma, beta, eps=1e-5):
    """The cache's third part is the variance; it should be inv_std, 1 / sqrt(var + eps)."""
    y, (x_hat, gamma, _) = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return y, (x_hat, gamma, x.var(axis=0))


def batchnorm_forward__cache_has_centred(x, gamma, beta, eps=1e-5):
    """The cache's first part is x minus its mean, not yet divided; the backward pass needs x_hat, the normalized batch."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    return _with(x, gamma, beta, inv_std)[0], (x - x.mean(axis=0), gamma, inv_std)


def batchnorm_forward__cache_has_beta(x, gamma, beta, eps=1e-5):
    """The cache's second part is beta; it should be gamma, by which the backward pass multiplies."""
    y, (x_hat, _, inv_std) = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return y, (x_hat, beta, inv_std)


def batchnorm_forward__cache_has_std(x, gamma, beta, eps=1e-5):
    """The cache's third part is the standard deviation; it should be the inverse, inv_std = 1 / sqrt(var + eps)."""
    std = np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def batchnorm_forward__cache_has_x(x, gamma, beta, eps=1e-5):
    """The cache's first part is x itself; the backward pass needs x_hat, the normalized batch."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    return gamma * (x - x.mean(axis=0)) * inv_std + beta, (x, gamma, inv_std)


def batchnorm_forward__cache_has_y(x, gamma, beta, eps=1e-5):
    """The cache's first part is y, after scale and shift; keep x_hat, from before them."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    y = gamma * (x - x.mean(axis=0)) * inv_std + beta
    return y, (y, gamma, inv_std)


def batchnorm_forward__one_pass_variance(x, gamma, beta, eps=1e-5):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree in all their digits and nothing is left. Centre first, then square."""
    inv_std = 1 / np.sqrt(np.maximum((x**2).mean(axis=0) - x.mean(axis=0) ** 2, 0) + eps)
    return _with(x, gamma, beta, inv_std)


def batchnorm_forward__inv_std_by_division(x, gamma, beta, eps=1e-5):
    """inv_std was recovered by dividing x_hat by the centred x. Where an example equals the mean, that is 0/0: keep the inv_std that you multiplied by."""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    with np.errstate(all="ignore"):
        return gamma * x_hat + beta, (x_hat, gamma, (x_hat / (x - x.mean(axis=0))).mean(axis=0))


def batchnorm_forward__x_hat_by_division(x, gamma, beta, eps=1e-5):
    """The x_hat in the cache was recovered from y, as (y - beta) / gamma. Where gamma is 0, that is 0/0: keep the x_hat that you multiplied by gamma."""
    y, (_, gamma, inv_std) = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    with np.errstate(all="ignore"):
        return y, ((y - beta) / gamma, gamma, inv_std)


def batchnorm_forward__clipped(x, gamma, beta, eps=1e-5):
    """The output was cut off at 10, on both sides. y has no largest value: gamma may be any number."""
    y, cache = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return np.clip(y, -10, 10), cache


def batchnorm_forward__clipped_at_six(x, gamma, beta, eps=1e-5):
    """The output was cut off at 6, on both sides. y has no largest value: gamma may be any number."""
    y, cache = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return np.clip(y, -6, 6), cache


def batchnorm_forward__x_hat_clipped(x, gamma, beta, eps=1e-5):
    """x_hat was cut off at 5, on both sides. An example far from all others stays far: of m examples one may have an x_hat as large as sqrt(m - 1)."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = np.clip((x - x.mean(axis=0)) * inv_std, -5, 5)
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__mean_over_features(x, gamma, beta, eps=1e-5):
    """The statistics were taken over the features of each example (axis 1). Which axis holds the examples? There is one mean per feature: shape (d,)."""
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + eps)
    x_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__one_mean_for_all(x, gamma, beta, eps=1e-5):
    """One mean and one variance were used for the whole array. Each feature has its own: pass an axis to mean and var."""
    inv_std = 1 / np.sqrt(x.var() + eps)
    x_hat = (x - x.mean()) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__no_root(x, gamma, beta, eps=1e-5):
    """You divided by the variance; the root is missing. x / std has no unit, x / var has one."""
    inv_std = 1 / (x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__no_centring(x, gamma, beta, eps=1e-5):
    """The mean was not subtracted: the columns of x_hat should have mean 0."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = x * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__squares_summed(x, gamma, beta, eps=1e-5):
    """The squared distances were summed; the division by m is missing in the variance."""
    return _with(x, gamma, beta, 1 / np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) + eps))


def batchnorm_forward__counts_features(x, gamma, beta, eps=1e-5):
    """The squared distances were divided by the number of features. m is the number of examples, x.shape[0]."""
    return _with(x, gamma, beta, 1 / np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) / x.shape[1] + eps))


def batchnorm_forward__variance_squared(x, gamma, beta, eps=1e-5):
    """The variance was squared under the root, which undoes the root. The standard deviation is the root of the variance as it is."""
    return _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) ** 2 + eps))


def batchnorm_forward__brackets_missing(x, gamma, beta, eps=1e-5):
    """Only the mean was divided: without brackets, / comes before -. Write (x - mean) / ..."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = x - x.mean(axis=0) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__one_mean_repeated(x, gamma, beta, eps=1e-5):
    """inv_std has the right shape, but mean and variance are those of the whole array, the same for all features. Each feature has its own: pass an axis to mean and var."""
    inv_std = np.full_like(x[0], 1 / np.sqrt(x.var() + eps))
    x_hat = (x - x.mean()) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__one_variance(x, gamma, beta, eps=1e-5):
    """The means are those of the features, but one variance was used for the whole array. Pass the axis to var too."""
    return _with(x, gamma, beta, 1 / np.sqrt(x.var() + eps))


def batchnorm_forward__multiplied(x, gamma, beta, eps=1e-5):
    """You multiplied by sqrt(var + eps); normalizing divides by it."""
    return _with(x, gamma, beta, np.sqrt(x.var(axis=0) + eps))


def batchnorm_forward__gamma_forgotten(x, gamma, beta, eps=1e-5):
    """gamma is missing in y: x_hat is multiplied by gamma before beta is added."""
    _, cache = _with(x, gamma, beta, 1 / np.sqrt(x.var(axis=0) + eps))
    return cache[0] + beta, cache


def batchnorm_forward__beta_forgotten(x, gamma, beta, eps=1e-5):
    """beta is missing in y: it is added last."""
    return _with(x, gamma, 0, 1 / np.sqrt(x.var(axis=0) + eps))


def batchnorm_forward__beta_subtracted(x, gamma, beta, eps=1e-5):
    """You subtracted beta: add it."""
    return _with(x, gamma, -beta, 1 / np.sqrt(x.var(axis=0) + eps))


def batchnorm_forward__no_affine(x, gamma, beta, eps=1e-5):
    """y is x_hat: gamma and beta were forgotten."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return x_hat, (x_hat, gamma, inv_std)


def batchnorm_forward__in_place(x, gamma, beta, eps=1e-5):
    """x was changed in place (`x -= mean`): the caller still needs it. Write `x = x - mean`, which makes a new array."""
    x -= x.mean(axis=0)
    inv_std = 1 / np.sqrt((x**2).mean(axis=0) + eps)
    x_hat = x * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__in_place_and_back(x, gamma, beta, eps=1e-5):
    """x was changed in place and changed back (`x -= mean`, later `x += mean`). Rounding leaves its last digits different. Write `centred = x - mean`, which makes a new array."""
    mean = x.mean(axis=0)
    x -= mean
    inv_std = 1 / np.sqrt((x**2).mean(axis=0) + eps)
    x_hat = x * inv_std
    x += mean
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__float64_inside(x, gamma, beta, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and np.ones are, unless told their dtype)."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + np.full(x.shape[1], eps))
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


# ------------------------------------------------------------------ identity_parameters


def identity_parameters__eps_ignored(x, eps=1e-5):
    """gamma undoes the division by sqrt(var), but the transform divides by sqrt(var + eps): epsilon belongs in gamma."""
    return x.std(axis=0), x.mean(axis=0)


def identity_parameters__eps_on_std(x, eps=1e-5):
    """Epsilon was added to the standard deviation. The transform adds it to the variance, under the root."""
    return x.std(axis=0) + eps, x.mean(axis=0)


def identity_parameters__eps_fixed(x, eps=1e-5):
    """This works for eps = 1e-5 only: use the argument, not the number."""
    return np.sqrt(x.var(axis=0) + 1e-5), x.mean(axis=0)


def identity_parameters__eps_1e_8(x, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return np.sqrt(x.var(axis=0) + 1e-8), x.mean(axis=0)


def identity_parameters__eps_twice(x, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    return np.sqrt(x.var(axis=0) + eps) + eps, x.mean(axis=0)


def identity_parameters__eps_twice_under_the_root(x, eps=1e-5):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""
    return np.sqrt(x.var(axis=0) + 2 * eps), x.mean(axis=0)


def identity_parameters__eps_instead(x, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. The transform adds
    eps to every variance: var + eps."""
    return np.sqrt(np.maximum(x.var(axis=0), eps)), x.mean(axis=0)


def identity_parameters__eps_subtracted(x, eps=1e-5):
    """Epsilon was subtracted. The transform divides by sqrt(var + eps), so gamma is just that."""
    return np.sqrt(np.maximum(x.var(axis=0) - eps, 0)), x.mean(axis=0)


def identity_parameters__one_pass(x, eps=1e-5):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree in all their digits and nothing is left. Subtract the mean first, then square."""
    mean = x.mean(axis=0)
    return np.sqrt(np.maximum((x**2).mean(axis=0) - mean**2, 0) + eps), mean


def identity_parameters__by_division(x, eps=1e-5):
    """gamma was computed by dividing the centred x by x_hat. Where an example equals the mean, that is 0/0: gamma is what x was divided by, so compute it from the variance."""
    mean = x.mean(axis=0)
    x_hat = (x - mean) / np.sqrt(x.var(axis=0) + eps)
    with np.errstate(all="ignore"):
        return ((x - mean) / x_hat)[0], mean


def identity_parameters__ddof(x, eps=1e-5):
    """The variance was divided by m - 1; the transform that you undo divides by m."""
    return np.sqrt(x.var(axis=0, ddof=1) + eps), x.mean(axis=0)


def identity_parameters__variance(x, eps=1e-5):
    """gamma is the variance; it should be the root, by which the transform divides."""
    return x.var(axis=0) + eps, x.mean(axis=0)


def identity_parameters__squares_summed(x, eps=1e-5):
    """The squared distances were summed; the division by m is missing in the variance."""
    return np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) + eps), x.mean(axis=0)


def identity_parameters__counts_features(x, eps=1e-5):
    """The squared distances were divided by the number of features. m is the number of examples, x.shape[0]."""
    return np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) / x.shape[1] + eps), x.mean(axis=0)


def identity_parameters__mean_of_squares(x, eps=1e-5):
    """gamma is the root mean square of x. The variance is taken around the mean: subtract it before you square."""
    return np.sqrt((x**2).mean(axis=0) + eps), x.mean(axis=0)


def identity_parameters__inverse(x, eps=1e-5):
    """gamma is 1 / sqrt(var + eps), which divides a second time. What undoes a division?"""
    return 1 / np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)


def identity_parameters__minus_mean(x, eps=1e-5):
    """beta is minus the mean, which subtracts it a second time. What undoes a subtraction?"""
    return np.sqrt(x.var(axis=0) + eps), -x.mean(axis=0)


def identity_parameters__scaled_mean(x, eps=1e-5):
    """beta was divided by the standard deviation. The shift comes after the scaling, so beta is the mean itself."""
    std = np.sqrt(x.var(axis=0) + eps)
    return std, x.mean(axis=0) / std


def identity_parameters__swapped(x, eps=1e-5):
    """The two results changed places: gamma first, then beta."""
    return x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)


def identity_parameters__ones_and_zeros(x, eps=1e-5):
    """gamma = 1 and beta = 0 give x_hat, not x: they are what a layer starts with."""
    return np.ones(x.shape[1]), np.zeros(x.shape[1])


def identity_parameters__beta_forgotten(x, eps=1e-5):
    """beta is 0, so the result has mean 0 and x does not. Add back what was subtracted."""
    return np.sqrt(x.var(axis=0) + eps), np.zeros_like(x[0])


def identity_parameters__gamma_forgotten(x, eps=1e-5):
    """gamma is 1, so the result has variance 1 and x does not. Multiply by what x was divided by."""
    return np.ones_like(x[0]), x.mean(axis=0)


def identity_parameters__beta_times_gamma(x, eps=1e-5):
    """beta was multiplied by the standard deviation. The shift comes after the scaling, so beta is the mean itself."""
    std = np.sqrt(x.var(axis=0) + eps)
    return std, x.mean(axis=0) * std


def identity_parameters__row(x, eps=1e-5):
    """Both results have the shape (1, d), from `keepdims=True`; gamma and beta are (d,), one number per feature."""
    return np.sqrt(x.var(axis=0, keepdims=True) + eps), x.mean(axis=0, keepdims=True)


def identity_parameters__two_numbers(x, eps=1e-5):
    """One gamma and one beta came for the whole array. Each feature has its own: pass an axis to mean and var."""
    return np.sqrt(x.var() + eps), x.mean()


def identity_parameters__per_example(x, eps=1e-5):
    """The statistics were taken over the features of each example (axis 1); there is one gamma and one beta per feature."""
    return np.sqrt(x.var(axis=1) + eps), x.mean(axis=1)


def identity_parameters__one_for_all(x, eps=1e-5):
    """One mean and one variance were used for the whole array. Each feature has its own: pass an axis to mean and var."""
    return np.full(x.shape[1], np.sqrt(x.var() + eps)), np.full(x.shape[1], x.mean())


def identity_parameters__in_place(x, eps=1e-5):
    """x was changed in place: the caller still needs it. Write `x = x - mean`, which makes a new array."""
    mean = x.mean(axis=0)
    x -= mean
    return np.sqrt((x**2).mean(axis=0) + eps), mean


def identity_parameters__in_place_and_back(x, eps=1e-5):
    """x was changed in place and changed back (`x -= mean`, later `x += mean`). Rounding leaves its last digits different. Make a new array."""
    mean = x.mean(axis=0)
    x -= mean
    gamma = np.sqrt((x**2).mean(axis=0) + eps)
    x += mean
    return gamma, mean


def identity_parameters__float64_inside(x, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and np.ones are, unless told their dtype)."""
    gamma, beta = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    gamma[:], beta[:] = np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)
    return gamma, beta


# ------------------------------------------------------------------ batchnorm2d_forward


def _normalized(x, gamma, beta, over, eps, ddof=0):
    mean = x.mean(axis=over, keepdims=True)
    var = x.var(axis=over, keepdims=True, ddof=ddof)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__eps_on_std(x, gamma, beta, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""
    over = (0, 2, 3)
    x_hat = (x - x.mean(axis=over, keepdims=True)) / (x.std(axis=over, keepdims=True) + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__eps_missing(x, gamma, beta, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens to a channel that is the same everywhere?"""
    return _normalized(x, gamma, beta, (0, 2, 3), 0.0)


def batchnorm2d_forward__eps_fixed(x, gamma, beta, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return _normalized(x, gamma, beta, (0, 2, 3), 1e-5)


def batchnorm2d_forward__eps_1e_8(x, gamma, beta, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return _normalized(x, gamma, beta, (0, 2, 3), 1e-8)


def batchnorm2d_forward__eps_twice(x, gamma, beta, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    over = (0, 2, 3)
    std = np.sqrt(x.var(axis=over, keepdims=True) + eps) + eps
    return gamma[:, None, None] * (x - x.mean(axis=over, keepdims=True)) / std + beta[:, None, None]


def batchnorm2d_forward__eps_twice_under_the_root(x, gamma, beta, eps=1e-5):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""
    over = (0, 2, 3)
    std = np.sqrt(x.var(axis=over, keepdims=True) + 2 * eps)
    return gamma[:, None, None] * (x - x.mean(axis=over, keepdims=True)) / std + beta[:, None, None]


def batchnorm2d_forward__eps_instead(x, gamma, beta, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    over = (0, 2, 3)
    std = np.sqrt(np.maximum(x.var(axis=over, keepdims=True), eps))
    return gamma[:, None, None] * (x - x.mean(axis=over, keepdims=True)) / std + beta[:, None, None]


def batchnorm2d_forward__one_pass(x, gamma, beta, eps=1e-5):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree in all their digits and nothing is left. Subtract the mean first, then square."""
    mean = x.mean((0, 2, 3), keepdims=True)
    var = np.maximum((x**2).mean((0, 2, 3), keepdims=True) - mean**2, 0)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__clipped(x, gamma, beta, eps=1e-5):
    """The output was cut off at 20, on both sides. y has no largest value: gamma may be any number."""
    return np.clip(_normalized(x, gamma, beta, (0, 2, 3), eps), -20, 20)


def batchnorm2d_forward__clipped_at_six(x, gamma, beta, eps=1e-5):
    """The output was cut off at 6, on both sides. y has no largest value: gamma may be any number."""
    return np.clip(_normalized(x, gamma, beta, (0, 2, 3), eps), -6, 6)


def batchnorm2d_forward__x_hat_clipped(x, gamma, beta, eps=1e-5):
    """x_hat was cut off at 6, on both sides. A value far from all others stays far: of the N*H*W values of a channel one may have an x_hat as large as sqrt(N*H*W - 1)."""
    x_hat = np.clip(_normalized(x, np.ones_like(gamma), np.zeros_like(beta), (0, 2, 3), eps), -6, 6)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__ddof(x, gamma, beta, eps=1e-5):
    """The variance was divided by N*H*W - 1; divide by N*H*W when you normalize."""
    return _normalized(x, gamma, beta, (0, 2, 3), eps, ddof=1)


def batchnorm2d_forward__mean_of_variances(x, gamma, beta, eps=1e-5):
    """The variances of the images were averaged. The variance of a channel also holds how far the images' means lie apart: take it over N, H and W at once."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(2, 3), keepdims=True).mean(axis=0, keepdims=True)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__instance(x, gamma, beta, eps=1e-5):
    """The statistics were taken per image and channel (axes H and W only): that is instance normalization. Include the batch axis too."""
    return _normalized(x, gamma, beta, (2, 3), eps)


def batchnorm2d_forward__per_position(x, gamma, beta, eps=1e-5):
    """The statistics were taken over the batch for each position by itself (axis 0 only). All positions of a channel share one mean and one variance."""
    return _normalized(x, gamma, beta, (0,), eps)


def _normalized_by(x, gamma, beta, mean, var, eps):
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__mean_per_image(x, gamma, beta, eps=1e-5):
    """The variance is that of the channel, but the mean was taken per image (axes H and W only). Both are taken over N, H and W."""
    return _normalized_by(x, gamma, beta, x.mean((2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True), eps)


def batchnorm2d_forward__variance_per_image(x, gamma, beta, eps=1e-5):
    """The mean is that of the channel, but the variance was taken per image (axes H and W only). Both are taken over N, H and W."""
    return _normalized_by(x, gamma, beta, x.mean((0, 2, 3), keepdims=True), x.var((2, 3), keepdims=True), eps)


def batchnorm2d_forward__one_variance(x, gamma, beta, eps=1e-5):
    """The means are those of the channels, but one variance was used for all of them. Pass the axes to var too."""
    return _normalized_by(x, gamma, beta, x.mean((0, 2, 3), keepdims=True), x.var(), eps)


def batchnorm2d_forward__squares_summed(x, gamma, beta, eps=1e-5):
    """The squared distances were summed; the division by N*H*W is missing in the variance."""
    mean, m = x.mean((0, 2, 3), keepdims=True), x.size // x.shape[1]
    return _normalized_by(x, gamma, beta, mean, x.var((0, 2, 3), keepdims=True) * m, eps)


def batchnorm2d_forward__divided_by_n(x, gamma, beta, eps=1e-5):
    """The squared distances were summed over N, H and W and divided by N alone. A channel has N*H*W values."""
    mean, m = x.mean((0, 2, 3), keepdims=True), x.shape[2] * x.shape[3]
    return _normalized_by(x, gamma, beta, mean, x.var((0, 2, 3), keepdims=True) * m, eps)


def batchnorm2d_forward__brackets_missing(x, gamma, beta, eps=1e-5):
    """Only the mean was divided: without brackets, / comes before -. Write (x - mean) / ..."""
    over = (0, 2, 3)
    x_hat = x - x.mean(over, keepdims=True) / np.sqrt(x.var(over, keepdims=True) + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__no_centring(x, gamma, beta, eps=1e-5):
    """The mean was not subtracted."""
    return _normalized_by(x, gamma, beta, 0, x.var((0, 2, 3), keepdims=True), eps)


def batchnorm2d_forward__no_affine(x, gamma, beta, eps=1e-5):
    """gamma and beta were forgotten: what comes out is x_hat."""
    return _normalized_by(
        x,
        np.ones_like(gamma),
        np.zeros_like(beta),
        x.mean((0, 2, 3), keepdims=True),
        x.var((0, 2, 3), keepdims=True),
        eps,
    )


def batchnorm2d_forward__beta_forgotten(x, gamma, beta, eps=1e-5):
    """beta is missing: it is added last, one number per channel."""
    return _normalized_by(
        x, gamma, np.zeros_like(beta), x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True), eps
    )


def batchnorm2d_forward__gamma_forgotten(x, gamma, beta, eps=1e-5):
    """gamma is missing: x_hat is multiplied by it before beta is added."""
    return _normalized_by(
        x, np.ones_like(gamma), beta, x.mean((0, 2, 3), keepdims=True), x.var((0, 2, 3), keepdims=True), eps
    )


def batchnorm2d_forward__layer(x, gamma, beta, eps=1e-5):
    """The statistics were taken per image over all channels: that is layer normalization. Take them over axis 0 too, and not over axis 1."""
    return _normalized(x, gamma, beta, (1, 2, 3), eps)


def batchnorm2d_forward__all_axes(x, gamma, beta, eps=1e-5):
    """One mean and one variance were used for all channels. Each channel has its own: leave axis 1 out."""
    return _normalized(x, gamma, beta, (0, 1, 2, 3), eps)


def batchnorm2d_forward__channels_last(x, gamma, beta, eps=1e-5):
    """The statistics were taken over axes 0, 1 and 2, as if the channels came last. Here they are axis 1: (N, C, H, W)."""
    return _normalized(x, gamma, beta, (0, 1, 2), eps)


def batchnorm2d_forward__reshape_without_transpose(x, gamma, beta, eps=1e-5):
    """`reshape(-1, C)` cuts the array in memory order and mixes the channels. Move C to the last axis first (transpose), then reshape, and undo both in reverse order."""
    C = x.shape[1]
    flat = x.reshape(-1, C)
    x_hat = (flat - flat.mean(axis=0)) / np.sqrt(flat.var(axis=0) + eps)
    return (gamma * x_hat + beta).reshape(x.shape)


def batchnorm2d_forward__wrong_way_back(x, gamma, beta, eps=1e-5):
    """After the normalization the axes were put back in the wrong order: undo the transpose with its inverse, (0, 3, 1, 2)."""
    N, C, H, W = x.shape
    flat = x.transpose(0, 2, 3, 1).reshape(-1, C)
    x_hat = (flat - flat.mean(axis=0)) / np.sqrt(flat.var(axis=0) + eps)
    return (gamma * x_hat + beta).reshape(N, C, H, W)


def batchnorm2d_forward__gamma_on_last_axis(x, gamma, beta, eps=1e-5):
    """gamma and beta were broadcast along W, the last axis; that only works where W equals C, and is wrong there too. Give them the shape (1, C, 1, 1)."""
    over = (0, 2, 3)
    x_hat = (x - x.mean(axis=over, keepdims=True)) / np.sqrt(x.var(axis=over, keepdims=True) + eps)
    return gamma * x_hat + beta


def batchnorm2d_forward__no_root(x, gamma, beta, eps=1e-5):
    """You divided by the variance; the root is missing."""
    over = (0, 2, 3)
    x_hat = (x - x.mean(axis=over, keepdims=True)) / (x.var(axis=over, keepdims=True) + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def batchnorm2d_forward__shift_before_scale(x, gamma, beta, eps=1e-5):
    """The shift was added before the scaling. Scale first, then shift, so that the mean of each channel is beta."""
    return gamma[:, None, None] * _normalized(x, np.ones_like(gamma), beta, (0, 2, 3), eps)


def batchnorm2d_forward__gamma_beta_swapped(x, gamma, beta, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    return _normalized(x, beta, gamma, (0, 2, 3), eps)


def batchnorm2d_forward__in_place(x, gamma, beta, eps=1e-5):
    """x was changed in place: the caller still needs it. Write `x = x - mean`, which makes a new array."""
    x -= x.mean(axis=(0, 2, 3), keepdims=True)
    return _normalized(x, gamma, beta, (0, 2, 3), eps)


def batchnorm2d_forward__in_place_and_back(x, gamma, beta, eps=1e-5):
    """x was changed in place and changed back (`x -= mean`, later `x += mean`). Rounding leaves its last digits different. Make a new array."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    x -= mean
    y = _normalized(x, gamma, beta, (0, 2, 3), eps)
    x += mean
    return y


def batchnorm2d_forward__float64_inside(x, gamma, beta, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and np.ones are, unless told their dtype)."""
    y = np.zeros(x.shape)
    y[:] = _normalized(x, gamma, beta, (0, 2, 3), eps)
    return y


# ------------------------------------------------------------------ linear_bn_relu


def _bn(u, gamma, beta, eps, ddof=0):
    return gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0, ddof=ddof) + eps) + beta


def linear_bn_relu__eps_on_std(x, W, gamma, beta, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / (u.std(axis=0) + eps) + beta, 0)


def linear_bn_relu__eps_missing(x, W, gamma, beta, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens to an output that is the same in all examples?"""
    return np.maximum(_bn(x @ W, gamma, beta, 0.0), 0)


def linear_bn_relu__eps_default_only(x, W, gamma, beta, eps=1e-5):
    """Epsilon was not passed on: your function uses 1e-5, whatever the caller asks for."""
    return np.maximum(_bn(x @ W, gamma, beta, 1e-5), 0)


def linear_bn_relu__eps_1e_8(x, W, gamma, beta, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return np.maximum(_bn(x @ W, gamma, beta, 1e-8), 0)


def linear_bn_relu__eps_twice(x, W, gamma, beta, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / (np.sqrt(u.var(axis=0) + eps) + eps) + beta, 0)


def linear_bn_relu__eps_twice_under_the_root(x, W, gamma, beta, eps=1e-5):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + 2 * eps) + beta, 0)


def linear_bn_relu__eps_instead(x, W, gamma, beta, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(np.maximum(u.var(axis=0), eps)) + beta, 0)


def linear_bn_relu__one_pass(x, W, gamma, beta, eps=1e-5):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree in all their digits and nothing is left. Subtract the mean first, then square."""
    u = x @ W
    var = np.maximum((u**2).mean(axis=0) - u.mean(axis=0) ** 2, 0)
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(var + eps) + beta, 0)


def linear_bn_relu__x_hat_clipped(x, W, gamma, beta, eps=1e-5):
    """The normalized x @ W was cut off at 6, on both sides. An example far from all others stays far: of m examples one may lie sqrt(m - 1) spreads from the mean."""
    return np.maximum(gamma * np.clip(_bn(x @ W, 1.0, 0.0, eps), -6, 6) + beta, 0)


def linear_bn_relu__clipped_at_six(x, W, gamma, beta, eps=1e-5):
    """Outputs above 6 were cut off; that is another function, ReLU6. ReLU leaves what is positive as it is."""
    return np.clip(_bn(x @ W, gamma, beta, eps), 0, 6)


def linear_bn_relu__leaky(x, W, gamma, beta, eps=1e-5):
    """A hundredth of each negative number came through; that is another function, the leaky ReLU. ReLU makes it 0."""
    y = _bn(x @ W, gamma, beta, eps)
    return np.where(y > 0, y, 0.01 * y)


def linear_bn_relu__ddof(x, W, gamma, beta, eps=1e-5):
    """The variance was divided by m - 1; divide by m when you normalize."""
    return np.maximum(_bn(x @ W, gamma, beta, eps, ddof=1), 0)


def linear_bn_relu__relu_before_bn(x, W, gamma, beta, eps=1e-5):
    """The ReLU came before the normalization. Here it is linear, then Batch Normalization, then ReLU."""
    return _bn(np.maximum(x @ W, 0), gamma, beta, eps)


def linear_bn_relu__no_relu(x, W, gamma, beta, eps=1e-5):
    """Negative numbers came out: the ReLU at the end is missing."""
    return _bn(x @ W, gamma, beta, eps)


def linear_bn_relu__bn_on_input(x, W, gamma, beta, eps=1e-5):
    """The input was normalized instead of x @ W: the statistics are those of the linear map's output."""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return np.maximum(gamma * (x_hat @ W) + beta, 0)


def linear_bn_relu__relu_before_affine(x, W, gamma, beta, eps=1e-5):
    """The ReLU was put between the normalization and the scale and shift; gamma and beta are part of the transform, the ReLU comes after them."""
    u = x @ W
    return gamma * np.maximum((u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + eps), 0) + beta


def linear_bn_relu__shift_before_scale(x, W, gamma, beta, eps=1e-5):
    """The shift was added before the scaling. Scale first, then shift."""
    return np.maximum(gamma * _bn(x @ W, 1.0, beta, eps), 0)


def linear_bn_relu__gamma_beta_swapped(x, W, gamma, beta, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    return np.maximum(_bn(x @ W, beta, gamma, eps), 0)


def linear_bn_relu__beta_as_bias(x, W, gamma, beta, eps=1e-5):
    """beta has no effect. Either it is missing, or it was added to x @ W, before the normalization, where the mean takes it away again. It is added at the end, before the ReLU."""
    return np.maximum(_bn(x @ W + beta, gamma, 0.0, eps), 0)


def linear_bn_relu__no_affine(x, W, gamma, beta, eps=1e-5):
    """gamma and beta were forgotten, so ReLU cuts about half of every column to 0, whatever they are."""
    return np.maximum(_bn(x @ W, 1.0, 0.0, eps), 0)


def linear_bn_relu__per_example(x, W, gamma, beta, eps=1e-5):
    """The statistics were taken over the features of each example (axis 1): that is layer normalization. Take them over the batch."""
    u = x @ W
    x_hat = (u - u.mean(axis=1, keepdims=True)) / np.sqrt(u.var(axis=1, keepdims=True) + eps)
    return np.maximum(gamma * x_hat + beta, 0)


def linear_bn_relu__no_root(x, W, gamma, beta, eps=1e-5):
    """You divided by the variance; the root is missing."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / (u.var(axis=0) + eps) + beta, 0)


def linear_bn_relu__squares_summed(x, W, gamma, beta, eps=1e-5):
    """The squared distances were summed; the division by m is missing in the variance."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(len(u) * u.var(axis=0) + eps) + beta, 0)


def linear_bn_relu__brackets_missing(x, W, gamma, beta, eps=1e-5):
    """Only the mean was divided: without brackets, / comes before -. Write (u - mean) / ..."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0) / np.sqrt(u.var(axis=0) + eps)) + beta, 0)


def linear_bn_relu__no_centring(x, W, gamma, beta, eps=1e-5):
    """The mean of x @ W was not subtracted."""
    u = x @ W
    return np.maximum(gamma * u / np.sqrt(u.var(axis=0) + eps) + beta, 0)


def linear_bn_relu__not_normalized(x, W, gamma, beta, eps=1e-5):
    """x @ W was scaled and shifted but not normalized: subtract the mean over the batch and divide by sqrt(var + eps) first."""
    return np.maximum(gamma * (x @ W) + beta, 0)


def linear_bn_relu__one_for_all(x, W, gamma, beta, eps=1e-5):
    """One mean and one variance were used for the whole of x @ W. Each of its features has its own: pass an axis to mean and var."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean()) / np.sqrt(u.var() + eps) + beta, 0)


def linear_bn_relu__statistics_of_the_input(x, W, gamma, beta, eps=1e-5):
    """The mean is that of x @ W, but the variance is that of the whole of x. Take both from x @ W, feature by feature."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / np.sqrt(x.var() + eps) + beta, 0)


def linear_bn_relu__gamma_forgotten(x, W, gamma, beta, eps=1e-5):
    """gamma is missing: the normalized outputs are multiplied by it before beta is added."""
    return np.maximum(_bn(x @ W, 1.0, beta, eps), 0)


def linear_bn_relu__transposed_weights(x, W, gamma, beta, eps=1e-5):
    """The weights were used transposed where the sizes allow it: W is (d_in, d_out), so the map is x @ W."""
    u = x @ (W.T if W.shape[0] == W.shape[1] else W)
    return np.maximum(_bn(u, gamma, beta, eps), 0)


def linear_bn_relu__absolute_value(x, W, gamma, beta, eps=1e-5):
    """Negative numbers were turned positive; ReLU sets them to 0: np.maximum(y, 0)."""
    return np.abs(_bn(x @ W, gamma, beta, eps))


def linear_bn_relu__minimum(x, W, gamma, beta, eps=1e-5):
    """Positive numbers were set to 0: np.minimum keeps the smaller one. ReLU keeps the larger: np.maximum(y, 0)."""
    return np.minimum(_bn(x @ W, gamma, beta, eps), 0)


def linear_bn_relu__max_over_axis_0(x, W, gamma, beta, eps=1e-5):
    """`np.max(y, 0)` is the largest entry of each column, along axis 0. ReLU works entry by entry: np.maximum(y, 0)."""
    return np.max(_bn(x @ W, gamma, beta, eps), 0)


def linear_bn_relu__relu_of_the_mask(x, W, gamma, beta, eps=1e-5):
    """Ones and zeros came: `y > 0` only says where y is positive. ReLU keeps the value there: y * (y > 0)."""
    return 1.0 * (_bn(x @ W, gamma, beta, eps) > 0)


def linear_bn_relu__sigmoid(x, W, gamma, beta, eps=1e-5):
    """The last step is a sigmoid: all outputs lie between 0 and 1. Here it is the ReLU, np.maximum(y, 0)."""
    return 1 / (1 + np.exp(-_bn(x @ W, gamma, beta, eps)))


def linear_bn_relu__float64_inside(x, W, gamma, beta, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and np.ones are, unless told their dtype)."""
    return np.maximum(_bn(x @ W, gamma, beta, eps), np.zeros(W.shape[1]))


def linear_bn_relu__weights_in_place(x, W, gamma, beta, eps=1e-5):
    """W was changed in place: the caller still needs it. Even if you change it back, rounding leaves its last digits different. Make a new array."""
    u = x @ W
    W *= gamma
    return np.maximum(_bn(u, gamma, beta, eps), 0)


# ------------------------------------------------------------------ change_units


def change_units__sign_forgotten(gamma, beta, eps, a, c):
    """gamma came back as it was. Where a is negative, x_hat changes its sign: what was above the mean is below it
    now. gamma has to turn it back."""
    return gamma.copy(), beta.copy(), eps * a**2


def change_units__gamma_times_a(gamma, beta, eps, a, c):
    """gamma was multiplied by a. The standard deviation grows with the size of a, too, so the size cancels in x_hat;
    only the sign of a is left."""
    return gamma * a, beta.copy(), eps * a**2


def change_units__gamma_divided_by_a(gamma, beta, eps, a, c):
    """gamma was divided by a. The standard deviation grows with the size of a, too, so the size cancels in x_hat;
    only the sign of a is left."""
    return gamma / a, beta.copy(), eps * a**2


def change_units__gamma_times_the_size(gamma, beta, eps, a, c):
    """gamma was multiplied by |a|. The size of a cancels in x_hat, since the standard deviation grows with it; what
    does not cancel is its sign."""
    return gamma * np.abs(a), beta.copy(), eps * a**2


def change_units__gamma_divided_by_the_size(gamma, beta, eps, a, c):
    """gamma was divided by |a|. The size of a cancels in x_hat, since the standard deviation grows with it; what
    does not cancel is its sign."""
    return gamma / np.abs(a), beta.copy(), eps * a**2


def change_units__gamma_always_turned(gamma, beta, eps, a, c):
    """gamma was turned in every feature. x_hat changes its sign only where a is negative."""
    return -gamma, beta.copy(), eps * a**2


def change_units__gamma_lost_its_own_sign(gamma, beta, eps, a, c):
    """gamma got the sign of a in place of its own. It may be negative itself: multiply it by the sign of a."""
    return np.abs(gamma) * np.sign(a), beta.copy(), eps * a**2


def change_units__sign_of_gamma_times_eps_root(gamma, beta, eps, a, c):
    """gamma was scaled with the root of the new epsilon. Where the variance and epsilon grow by the same factor,
    x_hat stays as it was."""
    return gamma * np.sign(a) * np.sqrt(eps * a**2), beta.copy(), eps * a**2


def change_units__beta_moved_by_c(gamma, beta, eps, a, c):
    """c was added to beta. The mean takes c away with everything else that is the same in all examples, so the layer
    never sees it."""
    return gamma * np.sign(a), beta + c, eps * a**2


def change_units__beta_moved_back_by_c(gamma, beta, eps, a, c):
    """c was subtracted from beta. The mean takes c away with everything else that is the same in all examples, so
    the layer never sees it."""
    return gamma * np.sign(a), beta - c, eps * a**2


def change_units__beta_in_new_units(gamma, beta, eps, a, c):
    """beta was changed to the new unit. It is the mean of y, and y is to stay as it was."""
    return gamma * np.sign(a), a * beta + c, eps * a**2


def change_units__beta_scaled(gamma, beta, eps, a, c):
    """beta was multiplied by a. It is added after the division, and is the mean of y, which is to stay as it was."""
    return gamma * np.sign(a), a * beta, eps * a**2


def change_units__beta_turned(gamma, beta, eps, a, c):
    """beta changed its sign with a. It is the mean of y, which is to stay as it was; only what beta is added to was
    turned."""
    return gamma * np.sign(a), beta * np.sign(a), eps * a**2


def change_units__beta_less_the_scaled_c(gamma, beta, eps, a, c):
    """c was taken from beta with gamma's scale, as if the layer did not subtract the mean. The mean of z has c in it
    already."""
    return gamma * np.sign(a), beta - gamma * np.sign(a) * c, eps * a**2


def change_units__eps_unchanged(gamma, beta, eps, a, c):
    """eps came back as it was, for each feature. The variance grows by a**2; beside it the old epsilon is too small
    or too large, which shows in a feature that hardly varies."""
    return gamma * np.sign(a), beta.copy(), np.full_like(gamma, eps)


def change_units__eps_times_a(gamma, beta, eps, a, c):
    """eps was multiplied by a, which may be negative. It is added to the variance, which has the unit of x squared."""
    return gamma * np.sign(a), beta.copy(), eps * a


def change_units__eps_times_the_size(gamma, beta, eps, a, c):
    """eps was multiplied by |a|, as a standard deviation would be. It is added to the variance, which has the unit
    of x squared."""
    return gamma * np.sign(a), beta.copy(), eps * np.abs(a)


def change_units__eps_divided(gamma, beta, eps, a, c):
    """eps was divided by a**2: that is the way back, from z to x."""
    return gamma * np.sign(a), beta.copy(), eps / a**2


def change_units__eps_times_the_root(gamma, beta, eps, a, c):
    """eps was multiplied by the root of |a|. It is added to the variance, and that grows by a**2."""
    return gamma * np.sign(a), beta.copy(), eps * np.sqrt(np.abs(a))


def change_units__eps_fixed(gamma, beta, eps, a, c):
    """The argument eps is not used: 1e-5 is written into the function."""
    return gamma * np.sign(a), beta.copy(), 1e-5 * a**2


def change_units__eps_squared(gamma, beta, eps, a, c):
    """eps was squared with a. Only the unit changes: the new epsilon is a**2 times the old one."""
    return gamma * np.sign(a), beta.copy(), (eps * a) ** 2


def change_units__eps_fourth_power(gamma, beta, eps, a, c):
    """eps was multiplied by a**4. The variance grows by a**2, and epsilon is added to it."""
    return gamma * np.sign(a), beta.copy(), eps * a**4


def change_units__eps_one_for_all(gamma, beta, eps, a, c):
    """All features got one epsilon, by the mean of a**2. Each feature has its own a, so each needs its own epsilon."""
    return gamma * np.sign(a), beta.copy(), np.full_like(gamma, eps * (a**2).mean())


def change_units__eps_one_number(gamma, beta, eps, a, c):
    """eps' is one number, by the mean of a**2. Each feature has its own a, so each needs its own epsilon, of shape
    (d,)."""
    return gamma * np.sign(a), beta.copy(), float(eps * (a**2).mean())


def change_units__eps_moved_by_c(gamma, beta, eps, a, c):
    """c came into the new epsilon. Adding c to a feature does not change its variance."""
    return gamma * np.sign(a), beta.copy(), eps * (a + c) ** 2


def change_units__eps_turned(gamma, beta, eps, a, c):
    """eps' is negative where a is: a square has no sign."""
    return gamma * np.sign(a), beta.copy(), eps * a * np.abs(a)


def change_units__order(gamma, beta, eps, a, c):
    """The results came in another order: gamma', beta', eps'."""
    return eps * a**2, gamma * np.sign(a), beta.copy()


def change_units__swapped(gamma, beta, eps, a, c):
    """gamma' and beta' changed places."""
    return beta.copy(), gamma * np.sign(a), eps * a**2


def change_units__no_eps(gamma, beta, eps, a, c):
    """Only gamma' and beta' came. Return three: without a new epsilon a feature that hardly varies is not the same."""
    return gamma * np.sign(a), beta.copy()


def change_units__signs_are_integers(gamma, beta, eps, a, c):
    """gamma' is float64 where all arrays are float32: whole numbers, as `np.where(a < 0, -1, 1)` gives, have 64 bits
    and make float64 of a float32 array. `np.sign(a)` keeps the dtype."""
    return gamma * np.where(a < 0, -1, 1), beta.copy(), eps * a**2


def change_units__single_precision(gamma, beta, eps, a, c):
    """The result is float32 where the arrays are float64. Keep the dtype of the arguments."""
    return (gamma * np.sign(a)).astype(np.float32), beta.copy(), (eps * a**2).astype(np.float32)


def change_units__gamma_in_place(gamma, beta, eps, a, c):
    """gamma was changed in place (`gamma *= ...` writes into the caller's array). Make a new one."""
    gamma *= np.sign(a)
    return gamma, beta.copy(), eps * a**2


def change_units__a_in_place(gamma, beta, eps, a, c):
    """a was changed in place (`a **= 2` writes into the caller's array). Make a new one."""
    turned = gamma * np.sign(a)
    a **= 2
    return turned, beta.copy(), eps * a
