"""Hidden tests of the chapter transform: each property kills named misconceptions.

One file a chapter, however long: an exercise's tests are found by the chapter's name.
"""

import numpy as np
import pytest

from course.examination import expect
from solutions import transform as reference


def spread(x, axis, std):
    """The batch with exactly this standard deviation: what a mistake about epsilon costs does not hang on the draw."""
    mean = x.mean(axis=axis, keepdims=True)
    return mean + (x - mean) / x.std(axis=axis, keepdims=True) * std


def narrow(x, axis):
    """The batch with a variance that is half of epsilon."""
    return spread(x, axis, np.sqrt(0.5e-5))


def far(rng, d):
    """Eight rows with a mean a billion times the spread: whole numbers around 2^40, and their means are whole too.

    All that is subtracted is exact. Of a square, the part that tells the spread is lost, whatever the order of the
    sums: mean(x^2) - mean(x)^2 is 0.
    """
    steps = rng.integers(-3000, 3001, (8, d))
    steps[0] -= steps.sum(axis=0) % 8
    return 2.0**40 * rng.choice([-1, 1], d) + steps


def meeting_the_mean(rng):
    """A batch (5, 4) in which every other row is the mean, exactly: there x_hat over the centred x is 0/0."""
    rows = np.array([0, 1.5, 0, -1.5, 0])
    return rows[:, None] * 2.0 ** rng.permutation(4) + rng.integers(-9, 10, 4)


def outlier(rng):
    """A batch (150, 3) in which each feature has one value far from all others, up or down: its x_hat is 12 or -12."""
    x = rng.integers(-9, 10, (150, 3)).astype(float)
    x[rng.permutation(150)[:3], np.arange(3)] = [1e6, -1e6, -1e6]
    return x


def as_images(x, *shape):
    """The batch as images of this shape: each feature is a channel."""
    N, C, H, W = shape
    return x.T.reshape(C, N, H, W).swapaxes(0, 1).copy()


def uneven(x):
    """The batch with one row a billion times smaller: take the mean off and add it again, and its digits are gone."""
    x = x.copy()
    x[-1] *= 1e-9
    return x


def has_shape(part, shape, what):
    """Whatever its numbers are: the sum of nothing of it is 0."""
    expect.sums_to(part, np.zeros(shape), 0, np.zeros(()), 1.0, what)


def batch(rng, m, d):
    """Features of different means, with spreads that hide 1e-5; gamma and beta of both signs, far from 1 and 0.

    Of eight rows or fewer no output is above 6.
    """
    x = spread(rng.normal(0, 1, (m, d)), 0, rng.uniform(1, 4, d)) + rng.uniform(-5, 5, d)
    return x, parameters(rng, d), parameters(rng, d)


def parameters(rng, d):
    values = rng.uniform(0.25, 1.5, d)
    return values * np.where(np.arange(d) % 2, -1, 1)


def images(rng, N, C, H, W):
    """Images of different brightness, channels of different mean and spread."""
    x = rng.normal(0, 1, (N, C, H, W)) * rng.uniform(0.5, 4, (1, C, 1, 1)) + rng.uniform(-3, 3, (N, C, 1, 1))
    gamma, beta = parameters(rng, C) / 1.5, parameters(rng, C) / 1.5  # so that no output is above 6
    return spread(x, (0, 2, 3), rng.uniform(1, 4, (1, C, 1, 1))), gamma, beta


def cast(dtype, *values):
    return tuple(v.astype(dtype) for v in values)


def y_of(result):
    """The first of the results, however the others are packed: the cache has properties of its own."""
    return expect.parts(result, "y", "cache", most=4)[0]


def cache_of(result):
    _, cache = expect.parts(result, "y", "cache")
    return expect.parts(cache, "x_hat", "gamma", "inv_std", what="cache")


# ------------------------------------------------------------------ batchnorm_forward


@pytest.mark.weight(3)
def test_batchnorm_forward__values(learner, rng):
    """y is gamma * x_hat + beta, with one mean and one variance (1/m) per feature"""
    for unit, m, d in ((1, 8, 3), (1, 5, 6), (50, 16, 4)):
        x, gamma, beta = batch(rng, m, d)
        gamma, beta = unit * gamma, unit * beta  # y has no upper end
        y = y_of(learner.batchnorm_forward(x, gamma, beta))
        expect.close(y, reference.batchnorm_forward(x, gamma, beta)[0], "y")


def test_batchnorm_forward__straight_line(learner, rng):
    """each column of y is a straight line over its column of x, and has the mean beta"""
    for m, d in ((8, 3), (5, 6)):
        x, gamma, beta = batch(rng, m, d)
        expect.straight_line(y_of(learner.batchnorm_forward(x, gamma, beta)), x, beta)


def test_batchnorm_forward__epsilon(learner, rng):
    """eps is added to the variance, inside the root, whatever its value"""
    x, gamma, beta = batch(rng, 7, 4)
    for values, eps in ((narrow(x, 0), 1e-5), (x, 0.5), (x, 0.03)):
        given = {} if eps == 1e-5 else {"eps": eps}
        y = y_of(learner.batchnorm_forward(values, gamma, beta, **given))
        expect.close(y, reference.batchnorm_forward(values, gamma, beta, eps)[0], "y")


def test_batchnorm_forward__constant_feature(learner, rng):
    """y is right, and nowhere NaN, where a feature is the same in all examples"""
    x, gamma, beta = batch(rng, 6, 3)
    x[:, 1] = 2.5  # exact in binary: its mean is exact too
    y = y_of(learner.batchnorm_forward(x, gamma, beta))
    expect.close(y, reference.batchnorm_forward(x, gamma, beta)[0], "y")


@pytest.mark.after("values")
def test_batchnorm_forward__cache(learner, rng):
    """the cache holds x_hat, gamma and inv_std, in this order, also where an example equals the mean"""
    for x in (batch(rng, 6, 4)[0], meeting_the_mean(rng)):
        d = x.shape[1]
        gamma, beta = parameters(rng, d), parameters(rng, d)
        gamma[2] = 0  # x_hat is not (y - beta) / gamma
        wanted = reference.batchnorm_forward(x, gamma, beta)[1]
        for name, came, want in zip(
            ("x_hat", "gamma", "inv_std"), cache_of(learner.batchnorm_forward(x, gamma, beta)), wanted, strict=True
        ):
            expect.close(came, want, name)


@pytest.mark.after("cache", "epsilon")
def test_batchnorm_forward__cache_epsilon(learner, rng):
    """x_hat and inv_std in the cache have the same eps as y"""
    x, gamma, beta = batch(rng, 6, 4)
    for values, eps in ((narrow(x, 0), 1e-5), (x, 0.2)):
        given = {} if eps == 1e-5 else {"eps": eps}
        x_hat, _, inv_std = cache_of(learner.batchnorm_forward(values, gamma, beta, **given))
        wanted = reference.batchnorm_forward(values, gamma, beta, eps)[1]
        expect.close(x_hat, wanted[0], "x_hat")
        expect.close(inv_std, wanted[2], "inv_std")


def test_batchnorm_forward__small_batch(learner, rng):
    """it works for two examples"""
    x, gamma, beta = batch(rng, 2, 5)
    y = y_of(learner.batchnorm_forward(x, gamma, beta))
    expect.close(y, reference.batchnorm_forward(x, gamma, beta)[0], "y")


def test_batchnorm_forward__far_from_zero(learner, rng):
    """it is right for features whose mean is large beside their spread, and for an example far from all others"""
    for unit, x in ((1, far(rng, 4)), (20, outlier(rng))):
        d = x.shape[1]
        gamma, beta = unit * parameters(rng, d), parameters(rng, d)
        y = y_of(learner.batchnorm_forward(x, gamma, beta))
        expect.close(y, reference.batchnorm_forward(x, gamma, beta)[0], "y")


@pytest.mark.after("values", "cache")
def test_batchnorm_forward__float32(learner, rng):
    """float32 in, float32 out, the cache included; and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        x, gamma, beta = cast(dtype, *batch(rng, 8, 5))
        y, cache = expect.parts(learner.batchnorm_forward(x, gamma, beta), "y", "cache")
        expect.same_dtype(y, dtype, "y")
        expect.same_dtype(cache, dtype, "cache")


@pytest.mark.after("values")
def test_batchnorm_forward__arguments(learner, rng):
    """x, gamma and beta are the same after the call as before, to the last bit"""
    x, gamma, beta = batch(rng, 6, 4)
    x = uneven(x)
    before = x.copy(), gamma.copy(), beta.copy()
    learner.batchnorm_forward(x, gamma, beta)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(gamma, before[1], "gamma")
    expect.unchanged(beta, before[2], "beta")


# ------------------------------------------------------------------ identity_parameters


def pair_of(result):
    return expect.parts(result, "gamma", "beta")


def gives_back(learner, x):
    d = x.shape[1]
    x_hat = reference.batchnorm_forward(x, np.ones(d), np.zeros(d))[1][0]
    expect.maps_to(pair_of(learner.identity_parameters(x)), x_hat, x)


@pytest.mark.weight(2)
def test_identity_parameters__values(learner, rng):
    """the transform with these parameters gives back x"""
    for m, d in ((8, 3), (5, 7)):
        gives_back(learner, batch(rng, m, d)[0])


@pytest.mark.weight(2)
def test_identity_parameters__epsilon(learner, rng):
    """it gives back x for every eps, also where the variance is as small as eps"""
    x, _, _ = batch(rng, 7, 4)
    for values, eps in ((narrow(x, 0), 1e-5), (x, 0.7), (x, 0.05)):
        given = {} if eps == 1e-5 else {"eps": eps}
        gamma, beta = pair_of(learner.identity_parameters(values, **given))
        # Each by itself, so that a narrow feature far from 0 is looked at closely.
        expect.close(gamma, np.sqrt(values.var(axis=0) + eps), "gamma", any_shape=True)
        expect.close(beta, values.mean(axis=0), "beta", any_shape=True)


def test_identity_parameters__two_examples(learner, rng):
    """it works for a batch of two, and where an example equals the mean"""
    for x in (batch(rng, 2, 5)[0], meeting_the_mean(rng)):
        gives_back(learner, x)


def test_identity_parameters__far_from_zero(learner, rng):
    """it is right for features whose mean is large beside their spread"""
    x = far(rng, 4)
    gamma, beta = pair_of(learner.identity_parameters(x))
    expect.close(gamma, np.sqrt(x.var(axis=0) + 1e-5), "gamma")
    expect.close(beta, x.mean(axis=0), "beta")


@pytest.mark.after("values")
def test_identity_parameters__shapes(learner, rng):
    """both have the shape (d,)"""
    gamma, beta = expect.parts(learner.identity_parameters(batch(rng, 6, 4)[0]), "gamma", "beta")
    has_shape(gamma, (4,), "gamma")
    has_shape(beta, (4,), "beta")


@pytest.mark.after("values")
def test_identity_parameters__float32(learner, rng):
    """float32 in, float32 out, and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        x, _, _ = cast(dtype, *batch(rng, 8, 5))
        expect.same_dtype(learner.identity_parameters(x), dtype, "(gamma, beta)")


@pytest.mark.after("values")
def test_identity_parameters__arguments(learner, rng):
    """x is the same after the call as before, to the last bit"""
    x = uneven(batch(rng, 6, 4)[0])
    before = x.copy()
    learner.identity_parameters(x)
    expect.unchanged(x, before, "x")


# ------------------------------------------------------------------ batchnorm2d_forward


@pytest.mark.weight(2)
def test_batchnorm2d_forward__values(learner, rng):
    """one mean and one variance per channel, over N, H and W"""
    for unit, shape in ((1, (4, 3, 5, 2)), (1, (2, 5, 3, 4)), (100, (6, 2, 1, 3))):
        x, gamma, beta = images(rng, *shape)
        gamma, beta = unit * gamma, unit * beta  # y has no upper end
        y = learner.batchnorm2d_forward(x, gamma, beta)
        expect.close(y, reference.batchnorm2d_forward(x, gamma, beta), "y")


def test_batchnorm2d_forward__straight_line(learner, rng):
    """each channel of y is a straight line over its channel of x, and has the mean beta"""
    for shape in ((3, 4, 2, 5), (2, 3, 4, 3)):
        x, gamma, beta = images(rng, *shape)
        expect.straight_line(learner.batchnorm2d_forward(x, gamma, beta), x, beta, axis=(0, 2, 3))


def test_batchnorm2d_forward__square(learner, rng):
    """it is also right where W, H or N equals C and a wrong axis raises no error"""
    for shape in ((2, 4, 3, 4), (3, 3, 2, 3), (4, 4, 4, 4)):
        x, gamma, beta = images(rng, *shape)
        y = learner.batchnorm2d_forward(x, gamma, beta)
        expect.close(y, reference.batchnorm2d_forward(x, gamma, beta), "y")


def test_batchnorm2d_forward__epsilon(learner, rng):
    """eps is added to the variance, inside the root, whatever its value"""
    x, gamma, beta = images(rng, 3, 4, 2, 3)
    for values, eps in ((narrow(x, (0, 2, 3)), 1e-5), (x, 0.5), (x, 0.03)):
        given = {} if eps == 1e-5 else {"eps": eps}
        y = learner.batchnorm2d_forward(values, gamma, beta, **given)
        expect.close(y, reference.batchnorm2d_forward(values, gamma, beta, eps), "y")


def test_batchnorm2d_forward__small(learner, rng):
    """it works for a single image, and for images of a single position"""
    for shape in ((1, 3, 2, 4), (5, 4, 1, 1)):
        x, gamma, beta = images(rng, *shape)
        y = learner.batchnorm2d_forward(x, gamma, beta)
        expect.close(y, reference.batchnorm2d_forward(x, gamma, beta), "y")


def test_batchnorm2d_forward__far_from_zero(learner, rng):
    """it is right for channels whose mean is large beside their spread, and for a value far from all others"""
    for unit, x in ((1, as_images(far(rng, 3), 2, 3, 1, 4)), (20, as_images(outlier(rng), 5, 3, 6, 5))):
        gamma, beta = unit * parameters(rng, 3), parameters(rng, 3)
        y = learner.batchnorm2d_forward(x, gamma, beta)
        expect.close(y, reference.batchnorm2d_forward(x, gamma, beta), "y")


@pytest.mark.after("values")
def test_batchnorm2d_forward__float32(learner, rng):
    """float32 in, float32 out, and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        x, gamma, beta = cast(dtype, *images(rng, 3, 4, 2, 5))
        expect.same_dtype(learner.batchnorm2d_forward(x, gamma, beta), dtype, "y")


@pytest.mark.after("values")
def test_batchnorm2d_forward__arguments(learner, rng):
    """x, gamma and beta are the same after the call as before, to the last bit"""
    x, gamma, beta = images(rng, 3, 2, 4, 3)
    x = uneven(x)
    before = x.copy(), gamma.copy(), beta.copy()
    learner.batchnorm2d_forward(x, gamma, beta)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(gamma, before[1], "gamma")
    expect.unchanged(beta, before[2], "beta")


# ------------------------------------------------------------------ linear_bn_relu


def layer(rng, m, d_in, d_out, std=(1, 4)):
    """Outputs x @ W with spreads in this range; each |beta| below its |gamma|, so that ReLU leaves a part of each.

    No output is above 6.
    """
    x = rng.normal(rng.uniform(-3, 3, d_in), rng.uniform(0.5, 3, d_in), (m, d_in))
    W = rng.normal(0, 1, (d_in, d_out))
    gamma = parameters(rng, d_out)
    beta = np.abs(gamma) * rng.uniform(0.2, 0.6, d_out) * np.where(np.arange(d_out) % 3, 1, -1)
    return x, W / (x @ W).std(axis=0) * rng.uniform(*std, d_out), gamma, beta


@pytest.mark.weight(2)
def test_linear_bn_relu__values(learner, rng):
    """the output is max(0, BN(x @ W)), in this order"""
    for unit, m, d_in, d_out in ((1, 8, 3, 5), (1, 6, 5, 2), (20, 12, 4, 7)):
        x, W, gamma, beta = layer(rng, m, d_in, d_out)
        gamma, beta = unit * gamma, unit * beta  # a ReLU has no upper end
        y = learner.linear_bn_relu(x, W, gamma, beta)
        expect.close(y, reference.linear_bn_relu(x, W, gamma, beta), "the output")


def test_linear_bn_relu__square(learner, rng):
    """it is also right where d_in equals d_out"""
    x, W, gamma, beta = layer(rng, 9, 4, 4)
    y = learner.linear_bn_relu(x, W, gamma, beta)
    expect.close(y, reference.linear_bn_relu(x, W, gamma, beta), "the output")


def test_linear_bn_relu__epsilon(learner, rng):
    """eps is added to the variance of x @ W, inside the root, whatever its value"""
    for std, eps in ((np.sqrt(0.5e-5), 1e-5), (2, 0.5), (2, 0.03)):
        x, W, gamma, beta = layer(rng, 7, 3, 5, (std, std))
        given = {} if eps == 1e-5 else {"eps": eps}
        y = learner.linear_bn_relu(x, W, gamma, beta, **given)
        expect.close(y, reference.linear_bn_relu(x, W, gamma, beta, eps), "the output")


def test_linear_bn_relu__small_batch(learner, rng):
    """it works for two examples"""
    x, W, gamma, beta = layer(rng, 2, 3, 6)
    y = learner.linear_bn_relu(x, W, gamma, beta)
    expect.close(y, reference.linear_bn_relu(x, W, gamma, beta), "the output")


def far_layer(rng, x, size):
    """A layer for this batch, with whole numbers as weights, so that x @ W has the digits that x has.

    In each output nothing cancels, and the largest x_hat is not cut off by the ReLU.
    """
    W = np.sign(x[np.abs(x).argmax(axis=0), np.arange(x.shape[1])])[:, None] * rng.integers(1, 4, (x.shape[1], 4))
    gamma = size * parameters(rng, 4)
    beta = np.abs(gamma) * rng.uniform(0.2, 0.6, 4)
    return x, W * np.sign(gamma), gamma, beta


def test_linear_bn_relu__far_from_zero(learner, rng):
    """it is right where x @ W has a mean that is large beside its spread, and an example far from all others"""
    for given in (far_layer(rng, far(rng, 3), 1), far_layer(rng, outlier(rng)[:, :1], 20)):
        y = learner.linear_bn_relu(*given)
        expect.close(y, reference.linear_bn_relu(*given), "the output")


@pytest.mark.after("values")
def test_linear_bn_relu__float32(learner, rng):
    """float32 in, float32 out, and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        given = cast(dtype, *layer(rng, 8, 3, 5))
        expect.same_dtype(learner.linear_bn_relu(*given), dtype, "the output")


@pytest.mark.after("values")
def test_linear_bn_relu__arguments(learner, rng):
    """no argument is changed, not even in the last bit"""
    x, W, gamma, beta = layer(rng, 8, 9, 10)
    x = uneven(x)
    before = x.copy(), W.copy(), gamma.copy(), beta.copy()
    learner.linear_bn_relu(x, W, gamma, beta)
    for name, argument, old in zip(("x", "W", "gamma", "beta"), (x, W, gamma, beta), before, strict=True):
        expect.unchanged(argument, old, name)


# ------------------------------------------------------------------ change_units


UNITS = ("gamma'", "beta'", "eps'")


def unit_change(rng, d, signs=None):
    """gamma, beta, a and c; no a is near 1 or 0, and c is far from 0."""
    a = rng.choice([0.3, 0.4, 2.5, 3.5], d) * rng.uniform(0.9, 1.1, d)
    a = a * (np.where(np.arange(d) % 2, 1.0, -1.0) * rng.choice([-1, 1]) if signs is None else signs)
    return parameters(rng, d), parameters(rng, d), a, parameters(rng, d) * 4


def new_parameters(learner, gamma, beta, eps, a, c):
    return expect.parts(learner.change_units(gamma, beta, eps, a, c), *UNITS)


def same_units(learner, rng, d, eps, names, signs=None):
    gamma, beta, a, c = unit_change(rng, d, signs)
    wanted = reference.change_units(gamma, beta, eps, a, c)
    for name, part, want in zip(UNITS, new_parameters(learner, gamma, beta, eps, a, c), wanted, strict=True):
        if name in names:
            expect.close(part, want, name, any_shape=True)


@pytest.mark.weight(3)
def test_change_units__gamma(learner, rng):
    """gamma' is right where a is positive and where it is negative"""
    for d in (4, 5):
        same_units(learner, rng, d, 1e-5, ["gamma'"])


@pytest.mark.after("gamma")
def test_change_units__beta(learner, rng):
    """beta' is right: what the mean of a feature becomes"""
    same_units(learner, rng, 4, 1e-5, ["beta'"])


@pytest.mark.weight(3)
def test_change_units__epsilon(learner, rng):
    """eps' is right for each feature, whatever eps is"""
    for d, eps in ((4, 1e-5), (3, 0.3), (5, 0.02)):
        same_units(learner, rng, d, eps, ["eps'"])


def test_change_units__negative(learner, rng):
    """all three are right where every a is negative: what was highest is lowest now"""
    same_units(learner, rng, 3, 0.1, UNITS, signs=-1.0)


@pytest.mark.weight(2)
@pytest.mark.after("gamma", "beta", "epsilon")
def test_change_units__same_output(learner, rng):
    """for any batch the layer gives the same y as before, also where a feature hardly varies"""
    gamma, beta, a, c = unit_change(rng, 4)
    x, _, _ = batch(rng, 7, 4)
    for values in (x, narrow(x, 0)):
        found = new_parameters(learner, gamma, beta, 1e-5, a, c)
        y, _ = reference.batchnorm_forward(a * values + c, *found)
        expect.close(y, reference.batchnorm_forward(values, gamma, beta, 1e-5)[0], "y with the new parameters")


@pytest.mark.after("gamma", "beta", "epsilon")
def test_change_units__shapes(learner, rng):
    """all three have the shape (d,): one epsilon for each feature"""
    gamma, beta, a, c = unit_change(rng, 4)
    for part, name in zip(new_parameters(learner, gamma, beta, 1e-5, a, c), UNITS, strict=True):
        has_shape(part, (4,), name)


@pytest.mark.after("gamma", "beta", "epsilon")
def test_change_units__float32(learner, rng):
    """float32 arrays in, float32 out"""
    gamma, beta, a, c = cast(np.float32, *unit_change(rng, 4))
    expect.same_dtype(learner.change_units(gamma, beta, 1e-5, a, c), np.float32, "(gamma', beta', eps')")


@pytest.mark.after("gamma", "beta", "epsilon")
def test_change_units__float64(learner, rng):
    """float64 in, float64 out"""
    gamma, beta, a, c = unit_change(rng, 3)
    expect.same_dtype(learner.change_units(gamma, beta, 1e-5, a, c), np.float64, "(gamma', beta', eps')")


@pytest.mark.after("gamma", "beta", "epsilon")
def test_change_units__arguments(learner, rng):
    """gamma, beta, a and c are the same after the call as before, to the last bit"""
    gamma, beta, a, c = unit_change(rng, 5)
    before = [part.copy() for part in (gamma, beta, a, c)]
    learner.change_units(gamma, beta, 0.1, a, c)
    for name, part, old in zip(("gamma", "beta", "a", "c"), (gamma, beta, a, c), before, strict=True):
        expect.unchanged(part, old, name)
