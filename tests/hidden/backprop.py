"""Hidden tests of the chapter backprop: each property kills named misconceptions.

One file a chapter, however long: an exercise's tests are found by the chapter's name.
"""

import numpy as np
import pytest

from course.examination import expect
from course.kit.values import Probe
from solutions import backprop as reference
from solutions.transform import batchnorm_forward


def away_from_zero(rng, shape, low=0.5, high=2.0):
    """Numbers of both signs, none of them small."""
    return rng.uniform(low, high, shape) * rng.choice([-1.0, 1.0], shape)


def parameters(rng, d):
    """Far from 1 and 0, of both signs."""
    return rng.uniform(0.5, 3, d) * np.where(np.arange(d) % 2, -1, 1)


def upstream(rng, shape, axis=0):
    """An upstream gradient whose mean is not 0."""
    features = [1 if k in np.atleast_1d(axis) else n for k, n in enumerate(shape)]
    return rng.normal(rng.uniform(-2, 2, features), rng.uniform(0.5, 2, features), shape)


def spread(x, axis, std):
    """The batch with exactly this standard deviation: what a mistake about epsilon costs does not hang on the draw."""
    mean = x.mean(axis=axis, keepdims=True)
    return mean + (x - mean) / x.std(axis=axis, keepdims=True) * std


def batch(rng, m, d):
    return spread(rng.normal(0, 1, (m, d)), 0, rng.uniform(1, 4, d)) + rng.uniform(-5, 5, d)


def wide(rng, m, d):
    """A batch in a unit in which 1e-5 is nothing beside the variance, even where the rest nearly cancels."""
    return 1000 * batch(rng, m, d)


def narrow(x, axis=0, var=0.5e-5):
    """The batch with a variance so small that epsilon shows."""
    return spread(x, axis, np.sqrt(var))


def uneven(x):
    """The batch with one row a billion times smaller: take the mean off and add it again, and its digits are gone."""
    x = x.copy()
    x[-1] *= 1e-9
    return x


def has_shape(part, shape, what):
    """Whatever its numbers are: the sum of nothing of it is 0."""
    expect.sums_to(part, np.zeros(shape), 0, np.zeros(()), 1.0, what)


# ------------------------------------------------------------------ numerical_gradient


FINE = 1e-6  # a step so small that a one-sided difference is as good as a central one, where the step is not asked


def mixed(rng, m, d, p, q):
    """A function in which all entries of x (m, d) interact, with an output (p, q), and a point for it."""
    B, A = rng.normal(0, m**-0.5, (p, m)), rng.normal(0, d**-0.5, (d, q))
    x = rng.normal(rng.uniform(-1, 1, d), rng.uniform(0.5, 1.5, d), (m, d))
    return Probe("mixed", B, A), x, upstream(rng, (p, q))


def elementwise(rng, kind, shape):
    """A function of each entry by itself, and a point for it where no slope is small beside the second derivative."""
    return Probe(kind, away_from_zero(rng, shape, high=1)), away_from_zero(rng, shape, high=1), upstream(rng, shape)


def contracted(rng, shape, out):
    """A function of an array of any number of axes, with an output of another shape."""
    A = rng.normal(0, np.prod(shape) ** -0.5, (*shape, *out))
    return Probe("contracted", A), rng.normal(0.5, 1, shape), away_from_zero(rng, out)


def same_numerical_gradient(learner, f, x, dy, *h, **named):
    wanted = reference.numerical_gradient(f, x, dy, *h, **named)
    expect.close(learner.numerical_gradient(f, x, dy, *h, **named), wanted, "dx")


@pytest.mark.weight(3)
def test_numerical_gradient__values(learner, rng):
    """each entry is the slope of sum(f(x) * dy) when that entry of x moves alone"""
    for f, x, dy in (mixed(rng, 5, 3, 5, 3), mixed(rng, 3, 4, 3, 4)):
        same_numerical_gradient(learner, f, x, dy, FINE)
    same_numerical_gradient(learner, *elementwise(rng, "sines", (4, 3)))


@pytest.mark.weight(2)
def test_numerical_gradient__step(learner, rng):
    """the differences are central, a step of h to either side, whatever h is"""
    for h in (0.3, 0.1):
        same_numerical_gradient(learner, *mixed(rng, 4, 3, 2, 3), h=h)
    same_numerical_gradient(learner, *elementwise(rng, "cubic", (3, 2)), 0.25)


def test_numerical_gradient__output_shape(learner, rng):
    """f(x) may have another shape than x"""
    summed = Probe("sum_rows", away_from_zero(rng, (5, 3))), batch(rng, 5, 3), away_from_zero(rng, 3)
    for f, x, dy in (mixed(rng, 4, 3, 2, 5), summed, contracted(rng, (2, 3), (4,))):
        same_numerical_gradient(learner, f, x, dy, FINE)


def test_numerical_gradient__axes(learner, rng):
    """x may have any number of axes"""
    same_numerical_gradient(learner, *elementwise(rng, "sines", (6,)))
    same_numerical_gradient(learner, *contracted(rng, (2, 3, 2), (2,)), FINE)
    same_numerical_gradient(learner, *elementwise(rng, "cubic", (2, 1, 3, 2)))


@pytest.mark.after("values")
def test_numerical_gradient__law(learner, rng):
    """where f subtracts the mean of each column, the columns of its gradient sum to 0"""
    f, x, dy = Probe("centred", rng.normal(0, 1, (3, 4))), batch(rng, 5, 3), upstream(rng, (5, 4))
    scale = np.abs(reference.numerical_gradient(f, x, dy)).sum()
    expect.sums_to_zero(learner.numerical_gradient(f, x, dy), 0, scale, "a column of dx")


@pytest.mark.after("values")
def test_numerical_gradient__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.numerical_gradient(*elementwise(rng, "sines", (3, 2))), np.float64, "dx")


@pytest.mark.after("values")
def test_numerical_gradient__arguments(learner, rng):
    """x and dy are the same after the call as before, to the last bit"""
    f, _, dy = mixed(rng, 5, 4, 3, 2)
    x = away_from_zero(rng, (5, 4))
    before = x.copy(), dy.copy()
    learner.numerical_gradient(f, x, dy)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(dy, before[1], "dy")


# ------------------------------------------------------------------ gradient_error


def off(rng, f, x, dy, worst):
    """The case with a gradient that is a little wrong everywhere, and by the factor `1 + worst` in one entry.

    That entry is of middle size, and the sign of dy is such that it is too low there: neither the largest difference
    nor the largest signed one tells the error.
    """
    right = reference.numerical_gradient(f, x, dy)
    middle = np.unravel_index(np.abs(right).argsort(axis=None)[right.size // 2], right.shape)
    turn = -np.sign(right[middle] * worst)
    dx = turn * right * (1 + away_from_zero(rng, right.shape, 0.01, 0.15))
    dx[middle] = turn * right[middle] * (1 + worst)
    return f, x, turn * dy, dx


def same_gradient_error(learner, f, x, dy, dx, **named):
    wanted = reference.gradient_error(f, x, dy, dx, **named)
    expect.close(learner.gradient_error(f, x, dy, dx, **named), wanted, "the error")


@pytest.mark.weight(3)
def test_gradient_error__values(learner, rng):
    """the result is the largest relative error of an entry, |dx - n| over |dx| + |n|"""
    low, high = rng.uniform(-0.45, -0.35), rng.uniform(0.5, 0.7)
    for case, worst in ((mixed(rng, 4, 3, 2, 5), low), (elementwise(rng, "sines", (3, 2)), high)):
        same_gradient_error(learner, *off(rng, *case, worst), h=FINE)


def test_gradient_error__signs(learner, rng):
    """an entry with the wrong sign has the error 1, the largest there is"""
    case = mixed(rng, 4, 2, 3, 3)
    for worst in (-2.4, rng.uniform(-0.35, -0.25)):
        same_gradient_error(learner, *off(rng, *case, worst))


@pytest.mark.after("values")
def test_gradient_error__right(learner, rng):
    """a right gradient has a tiny error"""
    f, x, dy = elementwise(rng, "cubic", (3, 4))
    error = learner.gradient_error(f, x, dy, 3 * f.values[0] * x**2 * dy, 0.01)
    expect.between(error, 0, 1e-4, "the error of a right gradient")


@pytest.mark.weight(2)
def test_gradient_error__step(learner, rng):
    """h is passed on: a coarse step shows in the error"""
    for h in (0.2, 0.05):
        f, x, dy = mixed(rng, 4, 3, 2, 4)
        fine, coarse = (reference.numerical_gradient(f, x, dy, step) for step in (1e-5, h))
        error = (fine - coarse) / (np.abs(fine) + np.abs(coarse))
        turn = np.sign(error.flat[np.abs(error).argmax()])  # the worst entry is too high: the sign is not asked here
        same_gradient_error(learner, f, x, turn * dy, turn * fine, h=h)


def test_gradient_error__floor(learner, rng):
    """the denominator is at least 1e-8, so that 0 against 0 is no error"""
    f, x, dy = elementwise(rng, "cubic", (4, 3))
    f.values[0][:] = -np.abs(f.values[0]) * np.sign(dy)  # the differences are all too low: the sign is not asked here
    f.values[0][:, 1] = 0
    right = 3 * f.values[0] * x**2 * dy
    clearly, slightly = right.copy(), right.copy()
    clearly[2, 1], slightly[2, 1] = rng.uniform(2e-4, 5e-4), rng.uniform(2e-9, 5e-9)
    for dx in (clearly, slightly, right):
        same_gradient_error(learner, f, x, dy, dx, h=0.01)


@pytest.mark.after("values")
def test_gradient_error__units(learner, rng):
    """the error has no unit: with dy and dx a thousand times larger it is the same"""
    f, x, dy, dx = off(rng, *contracted(rng, (2, 3, 2), (4,)), rng.uniform(-0.45, -0.35))
    wanted = reference.gradient_error(f, x, dy, dx)
    for unit in (1.0, 1000.0):
        expect.close(learner.gradient_error(f, x, unit * dy, unit * dx), wanted, "the error")


@pytest.mark.after("values")
def test_gradient_error__arguments(learner, rng):
    """x, dy and dx are the same after the call as before"""
    f, _, dy = mixed(rng, 4, 3, 2, 5)
    f, x, dy, dx = off(rng, f, away_from_zero(rng, (4, 3)), dy, -0.4)
    before = x.copy(), dy.copy(), dx.copy()
    learner.gradient_error(f, x, dy, dx)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(dy, before[1], "dy")
    expect.unchanged(dx, before[2], "dx")


# ------------------------------------------------------------------ parameter_gradients


def same_parameter_gradients(learner, dy, x_hat, names=("dgamma", "dbeta")):
    wanted = dict(zip(("dgamma", "dbeta"), reference.parameter_gradients(dy, x_hat), strict=True))
    dgamma, dbeta = expect.parts(learner.parameter_gradients(dy, x_hat), "dgamma", "dbeta")
    for name, part in (("dgamma", dgamma), ("dbeta", dbeta)):
        if name in names:
            expect.close(part, wanted[name], name, any_shape=True)


def normalized(rng, m, d):
    x = batch(rng, m, d)
    return (x - x.mean(axis=0)) / x.std(axis=0)


@pytest.mark.weight(2)
def test_parameter_gradients__dgamma(learner, rng):
    """dgamma is the sum of dy * x_hat over the batch"""
    for m, d in ((8, 3), (5, 6)):
        same_parameter_gradients(learner, upstream(rng, (m, d)), normalized(rng, m, d), ["dgamma"])


@pytest.mark.weight(2)
def test_parameter_gradients__dbeta(learner, rng):
    """dbeta is the sum of dy over the batch"""
    same_parameter_gradients(learner, upstream(rng, (6, 4)), normalized(rng, 6, 4), ["dbeta"])


@pytest.mark.weight(2)
def test_parameter_gradients__any_x_hat(learner, rng):
    """dgamma holds for any x_hat: in evaluation its columns have neither mean 0 nor variance 1"""
    for m, d in ((7, 4), (3, 5)):
        same_parameter_gradients(learner, upstream(rng, (m, d)), batch(rng, m, d), ["dgamma"])


def test_parameter_gradients__square(learner, rng):
    """they are also right where the batch has as many examples as features"""
    same_parameter_gradients(learner, upstream(rng, (4, 4)), batch(rng, 4, 4))


def test_parameter_gradients__few(learner, rng):
    """they work for two examples, and for one"""
    for m in (2, 1):
        same_parameter_gradients(learner, upstream(rng, (m, 5)), batch(rng, m, 5))


def test_parameter_gradients__differences(learner, rng):
    """they agree with central differences of sum((gamma * x_hat + beta) * dy)"""
    x_hat, dy, gamma, beta = batch(rng, 6, 3), upstream(rng, (6, 3)), parameters(rng, 3), parameters(rng, 3)
    for_gamma = reference.numerical_gradient(lambda g: g * x_hat + beta, gamma, dy)
    for_beta = reference.numerical_gradient(lambda b: gamma * x_hat + b, beta, dy)
    dgamma, dbeta = expect.parts(learner.parameter_gradients(dy, x_hat), "dgamma", "dbeta")
    expect.close(dgamma, for_gamma, "dgamma", any_shape=True)
    expect.close(dbeta, for_beta, "dbeta", any_shape=True)


@pytest.mark.after("dgamma", "dbeta")
def test_parameter_gradients__shapes(learner, rng):
    """both have the shape (d,) of their parameters"""
    dgamma, dbeta = expect.parts(
        learner.parameter_gradients(upstream(rng, (6, 4)), batch(rng, 6, 4)), "dgamma", "dbeta"
    )
    has_shape(dgamma, (4,), "dgamma")
    has_shape(dbeta, (4,), "dbeta")


@pytest.mark.after("dgamma", "dbeta")
def test_parameter_gradients__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.parameter_gradients(upstream(rng, (5, 3)), batch(rng, 5, 3))
    expect.same_dtype(result, np.float64, "(dgamma, dbeta)")


@pytest.mark.after("dgamma")
def test_parameter_gradients__arguments(learner, rng):
    """dy and x_hat are the same after the call as before"""
    dy, x_hat = upstream(rng, (6, 4)), batch(rng, 6, 4)
    before = dy.copy(), x_hat.copy()
    learner.parameter_gradients(dy, x_hat)
    expect.unchanged(dy, before[0], "dy")
    expect.unchanged(x_hat, before[1], "x_hat")


# ------------------------------------------------------------------ statistics_gradients


def same_statistics_gradients(learner, dx_hat, x, mean, eps=1e-5, names=("dvar", "dmean")):
    var = ((x - mean) ** 2).mean(axis=0)
    given = {} if eps == 1e-5 else {"eps": eps}
    right = reference.statistics_gradients(dx_hat, x, mean, var, eps)
    wanted = dict(zip(("dvar", "dmean"), right, strict=True))
    dvar, dmean = expect.parts(learner.statistics_gradients(dx_hat, x, mean, var, **given), "dvar", "dmean")
    for name, part in (("dvar", dvar), ("dmean", dmean)):
        if name in names:
            expect.close(part, wanted[name], name, any_shape=True)


def elsewhere(rng, x):
    """A vector that is not the batch's mean: each entry about a spread away from it."""
    return x.mean(axis=0) + away_from_zero(rng, x.shape[1], 0.5, 1.5) * x.std(axis=0)


@pytest.mark.weight(2)
def test_statistics_gradients__dvar(learner, rng):
    """dvar is right where mean is the mean of the batch"""
    for m, d in ((8, 3), (5, 6)):
        x = wide(rng, m, d)
        same_statistics_gradients(learner, upstream(rng, (m, d)), x, x.mean(axis=0), names=["dvar"])


@pytest.mark.weight(2)
def test_statistics_gradients__dmean(learner, rng):
    """dmean is right where mean is the mean of the batch"""
    x = wide(rng, 6, 4)
    same_statistics_gradients(learner, upstream(rng, (6, 4)), x, x.mean(axis=0), names=["dmean"])


@pytest.mark.weight(3)
def test_statistics_gradients__any_mean(learner, rng):
    """they are right where mean is any vector: then the path from the mean through the variance is not 0"""
    for m, d in ((7, 4), (4, 5)):
        x = wide(rng, m, d)
        mean = elsewhere(rng, x)
        x[0] = mean  # nothing can be divided by x - mean
        same_statistics_gradients(learner, upstream(rng, (m, d)), x, mean)


def test_statistics_gradients__epsilon(learner, rng):
    """eps is added to the variance, inside the root, whatever its value"""
    x = batch(rng, 6, 4)
    for values, eps in ((narrow(x), 1e-5), (x, 0.6)):
        same_statistics_gradients(learner, upstream(rng, (6, 4)), values, values.mean(axis=0), eps)


def test_statistics_gradients__square(learner, rng):
    """they are also right where the batch has as many examples as features"""
    x = wide(rng, 4, 4)
    same_statistics_gradients(learner, upstream(rng, (4, 4)), x, x.mean(axis=0))


def test_statistics_gradients__two_examples(learner, rng):
    """they work for a batch of two"""
    x = wide(rng, 2, 5)
    same_statistics_gradients(learner, upstream(rng, (2, 5)), x, x.mean(axis=0))


def test_statistics_gradients__differences(learner, rng):
    """they agree with central differences: of var alone, and of the mean with var following it"""
    x, dx_hat, eps = batch(rng, 6, 3), upstream(rng, (6, 3)), 0.1
    mean = elsewhere(rng, x)
    var = ((x - mean) ** 2).mean(axis=0)
    for_var = reference.numerical_gradient(lambda v: (x - mean) / np.sqrt(v + eps), var, dx_hat)
    for_mean = reference.numerical_gradient(
        lambda c: (x - c) / np.sqrt(((x - c) ** 2).mean(axis=0) + eps), mean, dx_hat
    )
    dvar, dmean = expect.parts(learner.statistics_gradients(dx_hat, x, mean, var, eps), "dvar", "dmean")
    expect.close(dvar, for_var, "dvar", any_shape=True)
    expect.close(dmean, for_mean, "dmean", any_shape=True)


@pytest.mark.after("dvar", "dmean")
def test_statistics_gradients__shapes(learner, rng):
    """both have the shape (d,) of the statistics"""
    x, dx_hat = batch(rng, 6, 4), upstream(rng, (6, 4))
    result = learner.statistics_gradients(dx_hat, x, x.mean(axis=0), x.var(axis=0))
    dvar, dmean = expect.parts(result, "dvar", "dmean")
    has_shape(dvar, (4,), "dvar")
    has_shape(dmean, (4,), "dmean")


@pytest.mark.after("dvar", "dmean")
def test_statistics_gradients__float64(learner, rng):
    """float64 in, float64 out"""
    x, dx_hat = batch(rng, 5, 3), upstream(rng, (5, 3))
    result = learner.statistics_gradients(dx_hat, x, x.mean(axis=0), x.var(axis=0))
    expect.same_dtype(result, np.float64, "(dvar, dmean)")


@pytest.mark.after("dvar")
def test_statistics_gradients__arguments(learner, rng):
    """no argument is changed, not even in the last bit"""
    x, dx_hat = uneven(batch(rng, 6, 4)), upstream(rng, (6, 4))
    mean, var = x.mean(axis=0), x.var(axis=0)
    before = dx_hat.copy(), x.copy(), mean.copy(), var.copy()
    learner.statistics_gradients(dx_hat, x, mean, var)
    for name, argument, old in zip(("dx_hat", "x", "mean", "var"), (dx_hat, x, mean, var), before, strict=True):
        expect.unchanged(argument, old, name)


# ------------------------------------------------------------------ batchnorm_backward


def passed_forward(rng, m, d, eps=1e-9, var=None, unit=1):
    """An upstream gradient and a forward pass's cache, with gamma of both signs; epsilon shows where it is given.

    In a large unit (epsilon's is its square) 1e-5 is nothing, even where the rest nearly cancels.
    """
    x = unit * batch(rng, m, d) if var is None else narrow(batch(rng, m, d), var=var)
    return upstream(rng, (m, d)), batchnorm_forward(x, parameters(rng, d), np.zeros(d), unit**2 * eps)[1]


def same_dx(learner, name, dy, cache):
    wanted = getattr(reference, name)(dy, cache)[0]
    dx, _, _ = expect.parts(getattr(learner, name)(dy, cache), "dx", "dgamma", "dbeta")
    expect.close(dx, wanted, "dx")


def same_parameters(learner, name, dy, cache):
    _, *wanted = getattr(reference, name)(dy, cache)
    _, dgamma, dbeta = expect.parts(getattr(learner, name)(dy, cache), "dx", "dgamma", "dbeta")
    expect.close(dgamma, wanted[0], "dgamma", any_shape=True)
    expect.close(dbeta, wanted[1], "dbeta", any_shape=True)


def with_zeros(dy, cache, axis=0):
    """The case where nothing can be divided by dy, x_hat or gamma: each has an entry that is 0.

    The second half of x_hat mirrors the first, so that the mean is 0 in spite of it; the variance is 1.
    """
    (x_hat, gamma, inv_std), half = (part.copy() for part in cache), len(dy) // 2
    x_hat[half:] = -x_hat[:half]
    x_hat[::half, 1] = dy[1, 0] = gamma[2] = 0
    return dy, (x_hat / np.sqrt((x_hat**2).mean(axis=axis, keepdims=True)), gamma, inv_std)


def parameters_have_shape(learner, name, dy, cache):
    _, dgamma, dbeta = expect.parts(getattr(learner, name)(dy, cache), "dx", "dgamma", "dbeta")
    has_shape(dgamma, cache[1].shape, "dgamma")
    has_shape(dbeta, cache[1].shape, "dbeta")


@pytest.mark.weight(3)
def test_batchnorm_backward__values(learner, rng):
    """dx is the gradient along all three paths: straight, by the mean, by the variance"""
    for m, d in ((8, 3), (5, 6)):
        dy, cache = passed_forward(rng, m, d)
        same_dx(learner, "batchnorm_backward", dy, cache)


@pytest.mark.weight(2)
def test_batchnorm_backward__parameters(learner, rng):
    """dgamma and dbeta are the sums over the batch of dy * x_hat and dy, with the x_hat of the cache"""
    for given in ((8, 3), (4, 5, 1e-5, 1e-5)):  # epsilon shows in the second
        dy, cache = passed_forward(rng, *given)
        cache[1][2] = 0  # dgamma does not hang on gamma
        same_parameters(learner, "batchnorm_backward", dy, cache)


@pytest.mark.after("parameters")
def test_batchnorm_backward__shapes(learner, rng):
    """dgamma and dbeta have the shape (d,) of their parameters"""
    parameters_have_shape(learner, "batchnorm_backward", *passed_forward(rng, 6, 4))


@pytest.mark.after("parameters")
def test_batchnorm_backward__columns(learner, rng):
    """each column of dx sums to 0: adding a constant to a feature changes no output"""
    dy, cache = passed_forward(rng, 7, 4)
    scale = np.abs(reference.batchnorm_backward(dy, cache)[0]).sum()
    dx, _, _ = expect.parts(learner.batchnorm_backward(dy, cache), "dx", "dgamma", "dbeta")
    expect.sums_to_zero(dx, 0, scale, "a column of dx")


def test_batchnorm_backward__projection(learner, rng):
    """sum(dx * x_hat) is gamma * inv_std * eps / (var + eps) * sum(dy * x_hat): 0 where eps is 0"""
    eps, unit = rng.uniform(0.5, 1.5), 1000
    dy, cache = passed_forward(rng, 6, 3, eps, unit=unit)
    x_hat, gamma, inv_std = (part.copy() for part in cache)
    wanted = gamma * inv_std * eps * (unit * inv_std) ** 2 * (dy * x_hat).sum(axis=0)
    scale = np.abs(gamma * inv_std * dy * x_hat).sum()
    dx, _, _ = expect.parts(learner.batchnorm_backward(dy, cache), "dx", "dgamma", "dbeta")
    expect.sums_to(dx, x_hat, 0, wanted, scale, "dx * x_hat")


def test_batchnorm_backward__epsilon(learner, rng):
    """dx is right whatever eps was: all there is to know of eps is in x_hat and inv_std"""
    for eps, var in ((0.7, None), (1e-5, 1e-5)):
        dy, cache = passed_forward(rng, 6, 4, eps, var)
        same_dx(learner, "batchnorm_backward", dy, cache)


def test_batchnorm_backward__small_batch(learner, rng):
    """it works for two examples, for as many examples as features, and where an entry of dy, x_hat or gamma is 0"""
    for m, d in ((2, 5), (4, 4)):
        dy, cache = passed_forward(rng, m, d, eps=0.4, unit=1000)
        same_dx(learner, "batchnorm_backward", dy, cache)
    same_dx(learner, "batchnorm_backward", *with_zeros(*passed_forward(rng, 6, 4)))


def test_batchnorm_backward__differences(learner, rng):
    """dx agrees with central differences of the forward pass"""
    x, gamma, beta, eps = batch(rng, 6, 3), parameters(rng, 3), parameters(rng, 3), 0.1
    dy, cache = upstream(rng, (6, 3)), batchnorm_forward(x, gamma, beta, eps)[1]
    wanted = reference.numerical_gradient(lambda z: batchnorm_forward(z, gamma, beta, eps)[0], x, dy)
    dx, _, _ = expect.parts(learner.batchnorm_backward(dy, cache), "dx", "dgamma", "dbeta")
    expect.close(dx, wanted, "dx")


@pytest.mark.after("values")
def test_batchnorm_backward__float32(learner, rng):
    """float32 in, float32 out, and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        dy, cache = passed_forward(rng, 8, 5)
        dy, cache = dy.astype(dtype), tuple(part.astype(dtype) for part in cache)
        result = expect.parts(learner.batchnorm_backward(dy, cache), "dx", "dgamma", "dbeta")
        for name, part in zip(("dx", "dgamma", "dbeta"), result, strict=True):
            expect.same_dtype(part, dtype, name)


@pytest.mark.after("values")
def test_batchnorm_backward__arguments(learner, rng):
    """dy and the arrays in the cache are the same after the call as before, to the last bit"""
    dy, cache = passed_forward(rng, 9, 7)
    before = [part.copy() for part in (dy, *cache)]
    learner.batchnorm_backward(dy, cache)
    for name, part, old in zip(("dy", "x_hat", "gamma", "inv_std"), (dy, *cache), before, strict=True):
        expect.unchanged(part, old, name)


# ------------------------------------------------------------------ batchnorm2d_backward

CHANNEL = (0, 2, 3)


def images_passed_forward(rng, N, C, H, W, eps=1e-9, var=None, unit=1):
    """An upstream gradient and the cache for images of different brightness; epsilon shows where it is given."""
    x = rng.normal(0, 1, (N, C, H, W)) * rng.uniform(0.5, 4, (1, C, 1, 1)) + rng.uniform(-3, 3, (N, C, 1, 1))
    x = spread(x, CHANNEL, rng.uniform(1, 4, (1, C, 1, 1))) if var is None else narrow(x, CHANNEL, var)
    x, eps = unit * x, unit**2 * eps
    inv_std = 1 / np.sqrt(x.var(axis=CHANNEL) + eps)
    x_hat = (x - x.mean(axis=CHANNEL, keepdims=True)) * inv_std[:, None, None]
    dy = upstream(rng, (N, C, H, W), CHANNEL) + rng.uniform(-2, 2, (N, C, 1, 1))
    return dy, (x_hat, parameters(rng, C), inv_std)


@pytest.mark.weight(3)
def test_batchnorm2d_backward__values(learner, rng):
    """dx is the gradient along all paths: the mean and the variance of a channel are over N, H and W"""
    for shape in ((3, 2, 4, 2), (2, 5, 3, 1)):
        dy, cache = images_passed_forward(rng, *shape)
        same_dx(learner, "batchnorm2d_backward", dy, cache)


@pytest.mark.weight(2)
def test_batchnorm2d_backward__parameters(learner, rng):
    """dgamma and dbeta are sums over N, H and W, one number per channel, with the x_hat of the cache"""
    for given in ((3, 2, 1, 3), (2, 5, 3, 1, 1e-5, 1e-5)):  # epsilon shows in the second
        dy, cache = images_passed_forward(rng, *given)
        cache[1][-1] = 0  # dgamma does not hang on gamma
        same_parameters(learner, "batchnorm2d_backward", dy, cache)


@pytest.mark.after("parameters")
def test_batchnorm2d_backward__shapes(learner, rng):
    """dgamma and dbeta have the shape (C,) of their parameters"""
    parameters_have_shape(learner, "batchnorm2d_backward", *images_passed_forward(rng, 2, 3, 2, 4))


def test_batchnorm2d_backward__square(learner, rng):
    """it is also right where W, H or N equals C and a wrong axis raises no error"""
    for shape in ((2, 3, 2, 3), (3, 3, 3, 2)):
        dy, cache = images_passed_forward(rng, *shape)
        same_dx(learner, "batchnorm2d_backward", dy, cache)


def test_batchnorm2d_backward__small(learner, rng):
    """it works for a single image, for images of a single position, and where an entry of dy, x_hat or gamma is 0"""
    for shape in ((1, 3, 2, 4), (5, 4, 1, 1)):
        dy, cache = images_passed_forward(rng, *shape)
        same_dx(learner, "batchnorm2d_backward", dy, cache)
    same_dx(learner, "batchnorm2d_backward", *with_zeros(*images_passed_forward(rng, 2, 3, 2, 4), CHANNEL))


@pytest.mark.after("parameters")
def test_batchnorm2d_backward__channels(learner, rng):
    """each channel of dx sums to 0 over N, H and W"""
    dy, cache = images_passed_forward(rng, 2, 4, 1, 3)
    scale = np.abs(reference.batchnorm2d_backward(dy, cache)[0]).sum()
    dx, _, _ = expect.parts(learner.batchnorm2d_backward(dy, cache), "dx", "dgamma", "dbeta")
    expect.sums_to_zero(dx, CHANNEL, scale, "a channel of dx")


def test_batchnorm2d_backward__projection(learner, rng):
    """per channel, sum(dx * x_hat) is gamma * inv_std * eps / (var + eps) * sum(dy * x_hat)"""
    eps, unit = rng.uniform(0.5, 1.5), 1000
    dy, cache = images_passed_forward(rng, 2, 3, 2, 4, eps, unit=unit)
    x_hat, gamma, inv_std = (part.copy() for part in cache)
    wanted = gamma * inv_std * eps * (unit * inv_std) ** 2 * (dy * x_hat).sum(axis=CHANNEL)
    scale = np.abs((gamma * inv_std)[:, None, None] * dy * x_hat).sum()
    dx, _, _ = expect.parts(learner.batchnorm2d_backward(dy, cache), "dx", "dgamma", "dbeta")
    expect.sums_to(dx, x_hat, CHANNEL, wanted, scale, "dx * x_hat")


def test_batchnorm2d_backward__epsilon(learner, rng):
    """it is right where the variance is as small as eps, which is in x_hat and inv_std already"""
    dy, cache = images_passed_forward(rng, 2, 3, 2, 2, eps=1e-5, var=1e-5)
    same_dx(learner, "batchnorm2d_backward", dy, cache)


@pytest.mark.after("values")
def test_batchnorm2d_backward__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.batchnorm2d_backward(*images_passed_forward(rng, 2, 3, 2, 4))
    expect.same_dtype(result, np.float64, "(dx, dgamma, dbeta)")


@pytest.mark.after("values")
def test_batchnorm2d_backward__arguments(learner, rng):
    """dy and the arrays in the cache are the same after the call as before, to the last bit"""
    dy, cache = images_passed_forward(rng, 3, 4, 3, 4)
    before = [part.copy() for part in (dy, *cache)]
    learner.batchnorm2d_backward(dy, cache)
    for name, part, old in zip(("dy", "x_hat", "gamma", "inv_std"), (dy, *cache), before, strict=True):
        expect.unchanged(part, old, name)


# ------------------------------------------------------------------ absolute_deviation_backward


def lopsided(rng, m, d, size=1.0):
    """A batch whose features have fewer examples above their mean than below it, and none near it."""
    above = max(1, m // 3)
    c = rng.uniform(1, 3, (m, d))
    c[above:] *= -c[:above].sum(axis=0) / c[above:].sum(axis=0)
    return size * rng.permuted(c, axis=0) + rng.uniform(-5, 5, d)


def same_deviation_gradient(learner, dy, x, **eps):
    wanted = reference.absolute_deviation_backward(dy, x, **eps)
    expect.close(learner.absolute_deviation_backward(dy, x, **eps), wanted, "dx")


@pytest.mark.weight(3)
def test_absolute_deviation_backward__values(learner, rng):
    """dx is the gradient along all paths: straight, by the mean absolute deviation, by the mean"""
    for m, d in ((8, 3), (7, 9)):
        same_deviation_gradient(learner, upstream(rng, (m, d)), lopsided(rng, m, d))


@pytest.mark.after("values")
def test_absolute_deviation_backward__columns(learner, rng):
    """each column of dx sums to 0: adding a constant to a feature changes no output"""
    dy, x = upstream(rng, (7, 4)), lopsided(rng, 7, 4)
    scale = np.abs(reference.absolute_deviation_backward(dy, x)).sum()
    expect.sums_to_zero(learner.absolute_deviation_backward(dy, x), 0, scale, "a column of dx")


@pytest.mark.after("columns")
def test_absolute_deviation_backward__width(learner, rng):
    """sum(dx * (x - mean)) is 0 where eps is 0: making a feature wider changes no output"""
    dy, x = upstream(rng, (6, 3)), lopsided(rng, 6, 3)
    centred = x - x.mean(axis=0)
    scale = np.abs(dy * centred).sum()
    dx = learner.absolute_deviation_backward(dy, x, eps=0.0)
    expect.sums_to(dx, centred, 0, np.zeros(3), scale, "dx * (x - mean)")


def test_absolute_deviation_backward__epsilon(learner, rng):
    """eps is added to the mean absolute deviation, whatever its value"""
    dy = upstream(rng, (6, 4))
    same_deviation_gradient(learner, dy, lopsided(rng, 6, 4, 1e-5))
    for eps in (0.7, 0.05):
        same_deviation_gradient(learner, dy, lopsided(rng, 6, 4), eps=eps)


def test_absolute_deviation_backward__at_the_mean(learner, rng):
    """an example that equals the mean has the slope 0 in |x - mean|"""
    x = 1024 * np.array([[2.0, -1.0], [5.0, 3.0], [5.0, 1.0], [8.0, 1.0]])  # in this unit 1e-5 is nothing
    for k in range(2):
        same_deviation_gradient(learner, upstream(rng, (4, 2)), x[rng.permutation(4)] * 2.0**k)


def test_absolute_deviation_backward__small_batch(learner, rng):
    """it works for two examples, and for as many examples as features"""
    for m, d in ((2, 5), (4, 4)):
        same_deviation_gradient(learner, upstream(rng, (m, d)), lopsided(rng, m, d), eps=0.4)


def test_absolute_deviation_backward__differences(learner, rng):
    """dx agrees with central differences of the forward pass"""
    dy, x, eps = upstream(rng, (6, 3)), lopsided(rng, 6, 3), 0.1

    def forward(z):
        centred = z - z.mean(axis=0)
        return centred / (np.abs(centred).mean(axis=0) + eps)

    wanted = reference.numerical_gradient(forward, x, dy)
    expect.close(learner.absolute_deviation_backward(dy, x, eps=eps), wanted, "dx")


@pytest.mark.after("values")
def test_absolute_deviation_backward__float64(learner, rng):
    """float64 in, float64 out"""
    dx = learner.absolute_deviation_backward(upstream(rng, (6, 4)), lopsided(rng, 6, 4))
    expect.same_dtype(dx, np.float64, "dx")


@pytest.mark.after("values")
def test_absolute_deviation_backward__arguments(learner, rng):
    """dy and x are the same after the call as before, to the last bit"""
    dy, x = upstream(rng, (9, 7)), lopsided(rng, 9, 7)
    before = [part.copy() for part in (dy, x)]
    learner.absolute_deviation_backward(dy, x)
    for name, part, old in zip(("dy", "x"), (dy, x), before, strict=True):
        expect.unchanged(part, old, name)


# ------------------------------------------------------------------ path_weights


def faulty(rng, m, d, weights, share=None):
    """A backward pass with these weights on its two paths: dx, dy and the cache.

    The sums of dy and of dy * x_hat are far from 0. `share` is the mean of x_hat**2, which epsilon makes less than 1.
    """
    std = rng.uniform(1, 4, d)
    share = np.ones(d) if share is None else share
    x_hat = spread(rng.normal(0, 1, (m, d)), 0, np.sqrt(share))
    x_hat = x_hat - x_hat.mean(axis=0)
    gamma, inv_std = parameters(rng, d), np.sqrt(share) / std
    dy = rng.normal(0, 1, (m, d))
    dy = dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0) / share
    dy = dy + away_from_zero(rng, d) + away_from_zero(rng, d) * x_hat
    by_mean, by_variance = weights
    taken = by_mean * dy.mean(axis=0) + by_variance * x_hat * (dy * x_hat).mean(axis=0)
    return gamma * inv_std * (dy - taken), dy, (x_hat, gamma, inv_std)


def any_weights(rng, d):
    """Two weights for each feature, of both signs, none near 0, 1 or 2 or near the other."""
    by_mean = rng.permuted(np.resize([-1.5, 0.4, 2.6, -0.4, 1.5], d)) + rng.uniform(-0.1, 0.1, d)
    by_variance = rng.permuted(np.resize([0.6, -0.7, 3.4, 1.7, -2.0], d)) + rng.uniform(-0.1, 0.1, d)
    return by_mean, by_variance


def same_weights(learner, given, wanted, names=("by_mean", "by_variance")):
    found = expect.parts(learner.path_weights(*given), "by_mean", "by_variance")
    for name, part, want in zip(("by_mean", "by_variance"), found, wanted, strict=True):
        if name in names:
            expect.close(part, want, name, any_shape=True)


@pytest.mark.weight(3)
def test_path_weights__mean(learner, rng):
    """the weight of the path through the mean is found, whatever the other weight is"""
    for m, d in ((8, 3), (6, 5)):
        weights = any_weights(rng, d)
        same_weights(learner, faulty(rng, m, d, weights), weights, ["by_mean"])


@pytest.mark.weight(3)
def test_path_weights__variance(learner, rng):
    """the weight of the path through the variance is found, whatever the other weight is"""
    for m, d in ((7, 4), (5, 3)):
        weights = any_weights(rng, d)
        same_weights(learner, faulty(rng, m, d, weights), weights, ["by_variance"])


@pytest.mark.weight(2)
def test_path_weights__epsilon(learner, rng):
    """both weights are found where epsilon is not small beside the variance, so that the mean of x_hat**2 is below 1"""
    for m, d in ((8, 3), (5, 4)):
        weights = any_weights(rng, d)
        share = rng.permuted(np.linspace(0.3, 0.8, d))
        same_weights(learner, faulty(rng, m, d, weights, share), weights)


@pytest.mark.after("mean", "variance")
def test_path_weights__right(learner, rng):
    """a right gradient has the weights 1 and 1: both laws hold"""
    same_weights(learner, faulty(rng, 6, 4, (np.ones(4), np.ones(4))), (np.ones(4), np.ones(4)))


@pytest.mark.after("mean", "variance")
def test_path_weights__forgotten(learner, rng):
    """a path that was left out has the weight 0"""
    weights = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    same_weights(learner, faulty(rng, 9, 4, weights), weights)


def test_path_weights__small_batch(learner, rng):
    """they are found in two examples, and in as many examples as features"""
    for m, d in ((2, 5), (4, 4)):
        weights = any_weights(rng, d)
        same_weights(learner, faulty(rng, m, d, weights), weights)


@pytest.mark.after("mean", "variance")
def test_path_weights__shapes(learner, rng):
    """both have the shape (d,): one number for each feature"""
    found = expect.parts(learner.path_weights(*faulty(rng, 6, 4, any_weights(rng, 4))), "by_mean", "by_variance")
    for part, name in zip(found, ("by_mean", "by_variance"), strict=True):
        has_shape(part, (4,), name)


@pytest.mark.after("mean", "variance")
def test_path_weights__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.path_weights(*faulty(rng, 7, 3, any_weights(rng, 3)))
    expect.same_dtype(result, np.float64, "(by_mean, by_variance)")


@pytest.mark.after("mean", "variance")
def test_path_weights__arguments(learner, rng):
    """dx, dy and the arrays in the cache are the same after the call as before"""
    dx, dy, cache = faulty(rng, 6, 4, any_weights(rng, 4))
    given = (dx, dy, *cache)
    before = [part.copy() for part in given]
    learner.path_weights(dx, dy, cache)
    for name, part, old in zip(("dx", "dy", "x_hat", "gamma", "inv_std"), given, before, strict=True):
        expect.unchanged(part, old, name)
