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


def batchnorm_forward__cache_has_std(x, gamma, beta, eps=1e-5):
    """The cache's third part is the standard deviation; inv_std is its inverse, 1 / sqrt(var + eps)."""
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
    """The variance was computed in float32 in one pass, mean(x^2) - mean(x)^2: where the mean is large, most digits cancel. Centre first, then square."""
    low = x.astype(np.float32)
    var = (low**2).mean(axis=0) - low.mean(axis=0) ** 2
    inv_std = 1 / np.sqrt(np.maximum(var, 0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
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
    """The division is by the variance, the root is missing: x / std has no unit, x / var has."""
    inv_std = 1 / (x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__no_centring(x, gamma, beta, eps=1e-5):
    """The mean was not subtracted: the columns of x_hat should have mean 0."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = x * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__no_affine(x, gamma, beta, eps=1e-5):
    """y is x_hat: gamma and beta were forgotten."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + eps)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return x_hat, (x_hat, gamma, inv_std)


def batchnorm_forward__in_place(x, gamma, beta, eps=1e-5):
    """x was changed in place (`x -= mean`): whoever called you still needs it. Write `x = x - mean`, which makes a new array."""
    x -= x.mean(axis=0)
    inv_std = 1 / np.sqrt((x**2).mean(axis=0) + eps)
    x_hat = x * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def batchnorm_forward__float64_inside(x, gamma, beta, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and np.ones are, unless told their dtype)."""
    inv_std = 1 / np.sqrt(x.var(axis=0) + np.full(x.shape[1], eps))
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


# ------------------------------------------------------------------ identity_parameters


def identity_parameters__eps_ignored(x, eps=1e-5):
    """gamma undoes the division by sqrt(var), but the transform divides by sqrt(var + eps): epsilon belongs into gamma."""
    return x.std(axis=0), x.mean(axis=0)


def identity_parameters__eps_on_std(x, eps=1e-5):
    """Epsilon was added to the standard deviation. The transform adds it to the variance, under the root."""
    return x.std(axis=0) + eps, x.mean(axis=0)


def identity_parameters__eps_fixed(x, eps=1e-5):
    """This works for eps = 1e-5 only: use the argument, not the number."""
    return np.sqrt(x.var(axis=0) + 1e-5), x.mean(axis=0)


def identity_parameters__eps_subtracted(x, eps=1e-5):
    """Epsilon was subtracted. The transform divides by sqrt(var + eps), so gamma is just that."""
    return np.sqrt(np.maximum(x.var(axis=0) - eps, 0)), x.mean(axis=0)


def identity_parameters__ddof(x, eps=1e-5):
    """The variance was divided by m - 1; the transform that you undo divides by m."""
    return np.sqrt(x.var(axis=0, ddof=1) + eps), x.mean(axis=0)


def identity_parameters__variance(x, eps=1e-5):
    """gamma is the variance; x_hat was divided by its root."""
    return x.var(axis=0) + eps, x.mean(axis=0)


def identity_parameters__inverse(x, eps=1e-5):
    """gamma is 1 / sqrt(var + eps), which divides a second time. What undoes a division?"""
    return 1 / np.sqrt(x.var(axis=0) + eps), x.mean(axis=0)


def identity_parameters__minus_mean(x, eps=1e-5):
    """beta is minus the mean, which subtracts it a second time. What undoes a subtraction?"""
    return np.sqrt(x.var(axis=0) + eps), -x.mean(axis=0)


def identity_parameters__scaled_mean(x, eps=1e-5):
    """beta was divided by the standard deviation. The shift comes after the scaling, so it is the mean itself."""
    std = np.sqrt(x.var(axis=0) + eps)
    return std, x.mean(axis=0) / std


def identity_parameters__swapped(x, eps=1e-5):
    """The two results changed places: gamma first, then beta."""
    return x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)


def identity_parameters__ones_and_zeros(x, eps=1e-5):
    """gamma = 1 and beta = 0 give x_hat, not x: they are what a layer starts with."""
    return np.ones(x.shape[1]), np.zeros(x.shape[1])


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


def batchnorm2d_forward__ddof(x, gamma, beta, eps=1e-5):
    """The variance was divided by N*H*W - 1; divide by N*H*W when you normalize."""
    return _normalized(x, gamma, beta, (0, 2, 3), eps, ddof=1)


def batchnorm2d_forward__mean_of_variances(x, gamma, beta, eps=1e-5):
    """The variances of the images were averaged. The variance of a channel also holds how far the images' means lie apart: take it over N, H and W at once."""
    mean = x.mean(axis=(0, 2, 3), keepdims=True)
    var = x.var(axis=(2, 3), keepdims=True).mean(axis=0, keepdims=True)
    return gamma[:, None, None] * (x - mean) / np.sqrt(var + eps) + beta[:, None, None]


def batchnorm2d_forward__instance(x, gamma, beta, eps=1e-5):
    """The statistics were taken per image and channel (axes H and W only): that is instance normalization. The batch axis belongs in too."""
    return _normalized(x, gamma, beta, (2, 3), eps)


def batchnorm2d_forward__per_position(x, gamma, beta, eps=1e-5):
    """The statistics were taken over the batch for each position by itself (axis 0 only). All positions of a channel share one mean and one variance."""
    return _normalized(x, gamma, beta, (0,), eps)


def batchnorm2d_forward__layer(x, gamma, beta, eps=1e-5):
    """The statistics were taken per image over all channels: that is layer normalization. Keep axis 1 out, take axis 0 in."""
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
    """After the normalization the axes went back in another order than they came: undo the transpose with its inverse, (0, 3, 1, 2)."""
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
    """The division is by the variance, the root is missing."""
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
    """x was changed in place: whoever called you still needs it. Write `x = x - mean`, which makes a new array."""
    x -= x.mean(axis=(0, 2, 3), keepdims=True)
    return _normalized(x, gamma, beta, (0, 2, 3), eps)


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
    """Epsilon was not handed on: whatever the caller asks for, yours uses 1e-5."""
    return np.maximum(_bn(x @ W, gamma, beta, 1e-5), 0)


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
    """beta was added to x @ W, before the normalization, where the mean takes it away again. It is added at the end."""
    return np.maximum(_bn(x @ W + beta, gamma, 0.0, eps), 0)


def linear_bn_relu__no_affine(x, W, gamma, beta, eps=1e-5):
    """gamma and beta were forgotten: half of every column is cut to 0, whatever they are."""
    return np.maximum(_bn(x @ W, 1.0, 0.0, eps), 0)


def linear_bn_relu__per_example(x, W, gamma, beta, eps=1e-5):
    """The statistics were taken over the features of each example (axis 1): that is layer normalization. Take them over the batch."""
    u = x @ W
    x_hat = (u - u.mean(axis=1, keepdims=True)) / np.sqrt(u.var(axis=1, keepdims=True) + eps)
    return np.maximum(gamma * x_hat + beta, 0)


def linear_bn_relu__no_root(x, W, gamma, beta, eps=1e-5):
    """The division is by the variance, the root is missing."""
    u = x @ W
    return np.maximum(gamma * (u - u.mean(axis=0)) / (u.var(axis=0) + eps) + beta, 0)


def linear_bn_relu__transposed_weights(x, W, gamma, beta, eps=1e-5):
    """The weights were used transposed where the sizes allow it: W is (d_in, d_out), so the map is x @ W."""
    u = x @ (W.T if W.shape[0] == W.shape[1] else W)
    return np.maximum(_bn(u, gamma, beta, eps), 0)


def linear_bn_relu__absolute_value(x, W, gamma, beta, eps=1e-5):
    """Negative numbers were turned positive; ReLU sets them to 0: np.maximum(y, 0)."""
    return np.abs(_bn(x @ W, gamma, beta, eps))


def linear_bn_relu__float64_inside(x, W, gamma, beta, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and np.ones are, unless told their dtype)."""
    return np.maximum(_bn(x @ W, gamma, beta, eps), np.zeros(W.shape[1]))


def linear_bn_relu__weights_in_place(x, W, gamma, beta, eps=1e-5):
    """W was changed in place: whoever called you still needs it. Make a new array."""
    u = x @ W
    W *= gamma
    return np.maximum(_bn(u, gamma, beta, eps), 0)
