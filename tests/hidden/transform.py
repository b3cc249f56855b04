"""Hidden tests of the chapter transform: each property kills named misconceptions."""

import numpy as np
import pytest

from course.examination import expect
from solutions import transform as reference


def spread(x, axis, std):
    """The batch with exactly this standard deviation: what a mistake about epsilon costs does not hang on the draw."""
    mean = x.mean(axis=axis, keepdims=True)
    return mean + (x - mean) / x.std(axis=axis, keepdims=True) * std


def narrow(x, axis):
    """The batch with a variance so small that epsilon shows."""
    return spread(x, axis, np.sqrt(1e-5))


def batch(rng, m, d):
    """Features of different means, with spreads that hide 1e-5; gamma and beta of both signs, far from 1 and 0."""
    x = spread(rng.normal(0, 1, (m, d)), 0, rng.uniform(1, 4, d)) + rng.uniform(-5, 5, d)
    return x, parameters(rng, d), parameters(rng, d)


def parameters(rng, d):
    values = rng.uniform(0.5, 3, d)
    return values * np.where(np.arange(d) % 2, -1, 1)


def images(rng, N, C, H, W):
    """Images of different brightness, channels of different mean and spread."""
    x = rng.normal(0, 1, (N, C, H, W)) * rng.uniform(0.5, 4, (1, C, 1, 1)) + rng.uniform(-3, 3, (N, C, 1, 1))
    return spread(x, (0, 2, 3), rng.uniform(1, 4, (1, C, 1, 1))), parameters(rng, C), parameters(rng, C)


def single(*values):
    """All arguments in float32, mild: mean within ten spreads."""
    return tuple(v.astype(np.float32) for v in values)


def y_of(result):
    return expect.parts(result, "y", "cache")[0]


# ------------------------------------------------------------------ batchnorm_forward


@pytest.mark.weight(3)
def test_batchnorm_forward__values(learner, rng):
    """y is gamma * x_hat + beta, with one mean and one variance (1/m) per feature"""
    for m, d in ((8, 3), (5, 6), (16, 4)):
        x, gamma, beta = batch(rng, m, d)
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


@pytest.mark.after("values")
def test_batchnorm_forward__cache(learner, rng):
    """the cache holds x_hat, gamma and inv_std, in this order"""
    for eps in (1e-5, 0.2):
        x, gamma, beta = batch(rng, 6, 4)
        _, cache = expect.parts(learner.batchnorm_forward(x, gamma, beta, eps=eps), "y", "cache")
        x_hat, kept, inv_std = expect.parts(cache, "x_hat", "gamma", "inv_std")
        wanted = reference.batchnorm_forward(x, gamma, beta, eps)[1]
        expect.close(x_hat, wanted[0], "x_hat")
        expect.close(kept, wanted[1], "gamma")
        expect.close(inv_std, wanted[2], "inv_std")


def test_batchnorm_forward__small_batch(learner, rng):
    """it works for two examples, and for features far from 0"""
    x, gamma, beta = batch(rng, 2, 5)
    y = y_of(learner.batchnorm_forward(x, gamma, beta))
    expect.close(y, reference.batchnorm_forward(x, gamma, beta)[0], "y")
    x, gamma, beta = batch(rng, 9, 4)
    x += 800 * x.std(axis=0)
    y = y_of(learner.batchnorm_forward(x, gamma, beta))
    expect.close(y, reference.batchnorm_forward(x, gamma, beta)[0], "y")


@pytest.mark.after("values")
def test_batchnorm_forward__float32(learner, rng):
    """float32 in, float32 out, the cache included"""
    x, gamma, beta = single(*batch(rng, 8, 5))
    result = expect.parts(learner.batchnorm_forward(x, gamma, beta), "y", "cache")
    expect.same_dtype(result[0], np.float32, "y")
    expect.same_dtype(result[1], np.float32, "cache")
    expect.close(result[0], reference.batchnorm_forward(x, gamma, beta)[0], "y")


@pytest.mark.after("values")
def test_batchnorm_forward__arguments(learner, rng):
    """x, gamma and beta are the same after the call as before"""
    x, gamma, beta = batch(rng, 6, 4)
    before = x.copy(), gamma.copy(), beta.copy()
    learner.batchnorm_forward(x, gamma, beta)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(gamma, before[1], "gamma")
    expect.unchanged(beta, before[2], "beta")


# ------------------------------------------------------------------ identity_parameters


@pytest.mark.weight(3)
def test_identity_parameters__values(learner, rng):
    """the transform with these parameters gives back x"""
    for m, d in ((8, 3), (5, 7)):
        x, _, _ = batch(rng, m, d)
        pair = learner.identity_parameters(x)
        x_hat = reference.batchnorm_forward(x, np.ones(d), np.zeros(d))[1][0]
        expect.maps_to(pair, x_hat, x)


@pytest.mark.weight(2)
def test_identity_parameters__epsilon(learner, rng):
    """it gives back x for every eps, also where the variance is as small as eps"""
    x, _, _ = batch(rng, 7, 4)
    for values, eps in ((narrow(x, 0), 1e-5), (x, 0.7), (x, 0.05)):
        given = {} if eps == 1e-5 else {"eps": eps}
        pair = learner.identity_parameters(values, **given)
        x_hat = reference.batchnorm_forward(values, np.ones(4), np.zeros(4), eps)[1][0]
        centre = values.mean(axis=0)
        # Around the mean, so that a narrow feature far from 0 is looked at closely.
        gamma, beta = expect.parts(pair, "gamma", "beta")
        expect.close(gamma, np.sqrt(values.var(axis=0) + eps), "gamma")
        expect.close(beta, centre, "beta")
        expect.maps_to(pair, x_hat, values)


def test_identity_parameters__two_examples(learner, rng):
    """it works for a batch of two"""
    x, _, _ = batch(rng, 2, 5)
    pair = learner.identity_parameters(x)
    x_hat = reference.batchnorm_forward(x, np.ones(5), np.zeros(5))[1][0]
    expect.maps_to(pair, x_hat, x)


@pytest.mark.after("values")
def test_identity_parameters__arguments(learner, rng):
    """x is the same after the call as before"""
    x, _, _ = batch(rng, 6, 4)
    before = x.copy()
    learner.identity_parameters(x)
    expect.unchanged(x, before, "x")


# ------------------------------------------------------------------ batchnorm2d_forward


@pytest.mark.weight(3)
def test_batchnorm2d_forward__values(learner, rng):
    """one mean and one variance per channel, over N, H and W"""
    for shape in ((4, 3, 5, 2), (2, 5, 3, 4), (6, 2, 1, 3)):
        x, gamma, beta = images(rng, *shape)
        y = learner.batchnorm2d_forward(x, gamma, beta)
        expect.close(y, reference.batchnorm2d_forward(x, gamma, beta), "y")


def test_batchnorm2d_forward__straight_line(learner, rng):
    """each channel of y is a straight line over its channel of x, and has the mean beta"""
    for shape in ((3, 4, 2, 5), (2, 3, 4, 3)):
        x, gamma, beta = images(rng, *shape)
        expect.straight_line(learner.batchnorm2d_forward(x, gamma, beta), x, beta, axis=(0, 2, 3))


def test_batchnorm2d_forward__square(learner, rng):
    """it is right too where W, H or N equals C, so that a wrong axis would go unnoticed"""
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


@pytest.mark.after("values")
def test_batchnorm2d_forward__float32(learner, rng):
    """float32 in, float32 out"""
    x, gamma, beta = single(*images(rng, 3, 4, 2, 5))
    y = learner.batchnorm2d_forward(x, gamma, beta)
    expect.same_dtype(y, np.float32, "y")
    expect.close(y, reference.batchnorm2d_forward(x, gamma, beta), "y")


@pytest.mark.after("values")
def test_batchnorm2d_forward__arguments(learner, rng):
    """x, gamma and beta are the same after the call as before"""
    x, gamma, beta = images(rng, 3, 2, 4, 3)
    before = x.copy(), gamma.copy(), beta.copy()
    learner.batchnorm2d_forward(x, gamma, beta)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(gamma, before[1], "gamma")
    expect.unchanged(beta, before[2], "beta")


# ------------------------------------------------------------------ linear_bn_relu


def layer(rng, m, d_in, d_out, std=(1, 4)):
    """Outputs x @ W with spreads in this range; each |beta| below its |gamma|, so that ReLU leaves a part of each."""
    x = rng.normal(rng.uniform(-3, 3, d_in), rng.uniform(0.5, 3, d_in), (m, d_in))
    W = rng.normal(0, 1, (d_in, d_out))
    gamma = parameters(rng, d_out)
    beta = np.abs(gamma) * rng.uniform(0.2, 0.6, d_out) * np.where(np.arange(d_out) % 3, 1, -1)
    return x, W / (x @ W).std(axis=0) * rng.uniform(*std, d_out), gamma, beta


@pytest.mark.weight(3)
def test_linear_bn_relu__values(learner, rng):
    """the output is max(0, BN(x @ W)), in this order"""
    for m, d_in, d_out in ((8, 3, 5), (6, 5, 2), (12, 4, 7)):
        x, W, gamma, beta = layer(rng, m, d_in, d_out)
        y = learner.linear_bn_relu(x, W, gamma, beta)
        expect.close(y, reference.linear_bn_relu(x, W, gamma, beta), "the output")


def test_linear_bn_relu__square(learner, rng):
    """it is right too where d_in equals d_out"""
    x, W, gamma, beta = layer(rng, 9, 4, 4)
    y = learner.linear_bn_relu(x, W, gamma, beta)
    expect.close(y, reference.linear_bn_relu(x, W, gamma, beta), "the output")


def test_linear_bn_relu__epsilon(learner, rng):
    """eps is added to the variance of x @ W, inside the root, whatever its value"""
    for std, eps in ((np.sqrt(1e-5), 1e-5), (2, 0.5), (2, 0.03)):
        x, W, gamma, beta = layer(rng, 7, 3, 5, (std, std))
        given = {} if eps == 1e-5 else {"eps": eps}
        y = learner.linear_bn_relu(x, W, gamma, beta, **given)
        expect.close(y, reference.linear_bn_relu(x, W, gamma, beta, eps), "the output")


def test_linear_bn_relu__small_batch(learner, rng):
    """it works for two examples"""
    x, W, gamma, beta = layer(rng, 2, 3, 6)
    y = learner.linear_bn_relu(x, W, gamma, beta)
    expect.close(y, reference.linear_bn_relu(x, W, gamma, beta), "the output")


@pytest.mark.after("values")
def test_linear_bn_relu__float32(learner, rng):
    """float32 in, float32 out"""
    x, W, gamma, beta = single(*layer(rng, 8, 3, 5))
    y = learner.linear_bn_relu(x, W, gamma, beta)
    expect.same_dtype(y, np.float32, "the output")
    expect.close(y, reference.linear_bn_relu(x, W, gamma, beta), "the output")


@pytest.mark.after("values")
def test_linear_bn_relu__arguments(learner, rng):
    """no argument is changed"""
    x, W, gamma, beta = layer(rng, 6, 3, 5)
    before = x.copy(), W.copy(), gamma.copy(), beta.copy()
    learner.linear_bn_relu(x, W, gamma, beta)
    for name, argument, old in zip(("x", "W", "gamma", "beta"), (x, W, gamma, beta), before, strict=True):
        expect.unchanged(argument, old, name)
