"""Hidden tests of the chapter tradeoffs: each property kills named misconceptions.

One file a chapter, however long: an exercise's tests are found by the chapter's name.
"""

import numpy as np
import pytest

from course.examination import expect
from course.kit.values import Probe
from solutions import tradeoffs as reference


def agree(learner, exercise, *args, what, **kwargs):
    """The learner's function gives what the reference gives, which goes first: a learner's may change x."""
    wanted = getattr(reference, exercise)(*args, **kwargs)
    expect.close(getattr(learner, exercise)(*args, **kwargs), wanted, what)


def batch(rng, m, d):
    """Features of different means and spreads, which are exact: what a mistake costs does not hang on the draw."""
    z = rng.normal(0, 1, (m, d))
    return rng.uniform(-5, 5, d) + (z - z.mean(axis=0)) / z.std(axis=0) * rng.uniform(0.5, 4, d)


def parameters(rng, d):
    """Scales or shifts of both signs, far from 1 and 0."""
    values = rng.uniform(0.5, 3, d)
    return values * np.where(np.arange(d) % 2, -1, 1)


def single(*values):
    """All arguments in float32, mild: mean within ten spreads."""
    return tuple(v.astype(np.float32) for v in values)


# Two numbers far from 0, 5 apart: their variance is 6.25. The mean of their squares minus the square of their mean is 8
# in float64, whatever the order of the sums: so this slip has numbers to be known by.
FAR = 2e8 + np.array([4.0, 5.0, 6.0, 7.0])


# What float32 does not hold: a result that went through it is infinite, and so has numbers of its own.
LARGE = 1e40


def far_pair(gap=5.0):
    """Two rows of four features far from 0."""
    return np.stack([FAR, FAR + gap]) * [1, -1, 1, 1]


def restless(x):
    """With entries so small beside a mean that to subtract it and to add it again leaves other last digits."""
    x = x.copy()
    x.reshape(-1)[::5] *= 1e-3
    return x


# ------------------------------------------------------------------ batch_noise


def drawn(rng, n, k, m):
    """k batches of m rows each, in any order, not all rows used, no row twice in a batch."""
    return np.array([rng.permutation(n)[:m] for _ in range(k)])


@pytest.mark.weight(3)
def test_batch_noise__values(learner, rng):
    """the spread (1/k) of the batches' means, feature by feature, then averaged over the features"""
    for n, d, k, m in ((20, 3, 6, 4), (15, 4, 5, 7), (12, 2, 8, 3)):
        x, batches = batch(rng, n, d), drawn(rng, n, k, m)
        agree(learner, "batch_noise", x, batches, what="the noise")


def test_batch_noise__repeats(learner, rng):
    """a row that comes twice in a batch counts twice, as in sampling with replacement"""
    x = batch(rng, 6, 3)
    batches = np.concatenate([rng.integers(0, 6, (4, 5)), [[1, 1, 1, 2, 4]]])
    agree(learner, "batch_noise", x, batches, what="the noise")


def test_batch_noise__square(learner, rng):
    """it is also right where k, m and d are equal and a wrong axis raises no error"""
    x, batches = batch(rng, 11, 4), drawn(rng, 11, 4, 4)
    agree(learner, "batch_noise", x, batches, what="the noise")


def test_batch_noise__small(learner, rng):
    """it works for two batches, and for batches of one row"""
    x = batch(rng, 9, 5)
    for batches in (rng.permutation(9)[:6].reshape(2, 3), rng.permutation(9)[:6, None]):
        agree(learner, "batch_noise", x, batches, what="the noise")


def test_batch_noise__far(learner, rng):
    """it works for features far from 0, where a mean of squares has no digits left for the spread"""
    batches = rng.permutation(2)[:, None]
    x = far_pair((2 * rng.integers(8, 16) + 1) / 4)  # no whole variance, which rounding may hit
    agree(learner, "batch_noise", x, batches, what="the noise")


@pytest.mark.after("values")
def test_batch_noise__precision(learner, rng):
    """nothing is added and nothing is rounded: nine digits are right, for tiny features too"""
    for unit in (1e-6, 1.0):
        x, batches = unit * batch(rng, 13, 3), drawn(rng, 13, 5, 4)
        wanted = reference.batch_noise(x, batches)
        expect.close(learner.batch_noise(x, batches), wanted, "the noise", rtol=1e-9)


@pytest.mark.after("values")
def test_batch_noise__law(learner, rng):
    """a constant added to a feature changes nothing; features times -3 have three times the noise"""
    x, batches = batch(rng, 14, 3), drawn(rng, 14, 5, 4)
    first = learner.batch_noise(x, batches)
    expect.close(learner.batch_noise(x + np.array([7.0, -20.0, 40.0]), batches), first, "the noise of x + c")
    wanted = 3 * reference.batch_noise(x, batches)
    expect.close(learner.batch_noise(-3 * x, batches), wanted, "the noise of -3 x")


@pytest.mark.after("values")
def test_batch_noise__arguments(learner, rng):
    """x and batches are the same after the call as before"""
    x, batches = restless(batch(rng, 10, 3)), drawn(rng, 10, 4, 5)
    before = x.copy(), batches.copy()
    learner.batch_noise(x, batches)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(batches, before[1], "batches")


# ------------------------------------------------------------------ effective_learning_rate


def weights(rng, d_in, d_out):
    """Columns of different length and mean, all longer than 1: only tiny weights are to tell of a bound on it."""
    W = rng.normal(rng.uniform(-2, 2, d_out), rng.uniform(0.3, 3, d_out), (d_in, d_out))
    return W / np.linalg.norm(W, axis=0) * rng.uniform(1.5, 7, d_out)


@pytest.mark.weight(3)
def test_effective_learning_rate__values(learner, rng):
    """lr over the squared Euclidean norm of each column of W"""
    for lr, d_in, d_out in ((0.1, 5, 3), (0.03, 4, 7), (2.5, 6, 2)):
        W = weights(rng, d_in, d_out)
        agree(learner, "effective_learning_rate", lr, W, what="the rates")


def test_effective_learning_rate__square(learner, rng):
    """it is also right where d_in equals d_out: one rate per column, not per row"""
    W = weights(rng, 4, 4)
    agree(learner, "effective_learning_rate", 0.2, W, what="the rates")


def test_effective_learning_rate__small_weights(learner, rng):
    """it is exact for tiny weights too, where anything added to the norm would show"""
    for scale in (1e-3, 1e-5):
        W = scale * weights(rng, 5, 3)
        agree(learner, "effective_learning_rate", 0.1, W, what="the rates")


def test_effective_learning_rate__one_input(learner, rng):
    """it works for a single input, and for a single output"""
    for d_in, d_out in ((1, 4), (6, 1)):
        W = weights(rng, d_in, d_out)
        agree(learner, "effective_learning_rate", 0.7, W, what="the rates")


@pytest.mark.after("values")
def test_effective_learning_rate__law(learner, rng):
    """weights ten times as long and a learning rate a hundred times as large give the same rates"""
    W = weights(rng, 4, 3)
    first = learner.effective_learning_rate(0.05, W.copy())
    expect.close(learner.effective_learning_rate(5.0, 10 * W), first, "the rates of (100 lr, 10 W)")


@pytest.mark.after("values")
def test_effective_learning_rate__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.effective_learning_rate(0.3, weights(rng, 5, 4)), np.float64, "the rates")


@pytest.mark.after("values")
def test_effective_learning_rate__arguments(learner, rng):
    """W is the same after the call as before"""
    W = weights(rng, 5, 3)
    before = W.copy()
    learner.effective_learning_rate(0.1, W)
    expect.unchanged(W, before, "W")


# ------------------------------------------------------------------ hessian_condition_number


def mixed(rng, m, d):
    """Correlated features of different means and spreads, whose condition number is moderate."""
    return batch(rng, m, d) @ (np.eye(d) + 0.3 * rng.uniform(-1, 1, (d, d)))


def conditioned(rng, m, d, number):
    """A batch whose Hessian has this condition number, its axes turned at random."""
    left = np.linalg.qr(rng.normal(size=(m, d)))[0]
    right = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return (left * np.geomspace(np.sqrt(number), 1, d)) @ right.T


@pytest.mark.weight(3)
def test_hessian_condition_number__values(learner, rng):
    """the largest over the smallest eigenvalue of x.T @ x / m"""
    for m, d in ((20, 3), (9, 5), (14, 4)):
        x = mixed(rng, m, d)
        agree(learner, "hessian_condition_number", x, what="the condition number")
    # Features at right angles, neither the largest nor the smallest at an end: nothing sorts their eigenvalues by luck.
    signs = np.array([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    x = signs * rng.uniform([2, 5, 0.4, 3], [2.5, 7, 0.6, 4])
    agree(learner, "hessian_condition_number", x, what="the condition number")


@pytest.mark.after("values")
def test_hessian_condition_number__small_inputs(learner, rng):
    """it is exact for tiny inputs too, where anything added to the Hessian would show"""
    x = 1e-3 * mixed(rng, 12, 3)
    agree(learner, "hessian_condition_number", x, what="the condition number")


@pytest.mark.after("values")
def test_hessian_condition_number__turned(learner, rng):
    """it is right for correlated features of equal spread: the diagonal of the Hessian does not tell"""
    for number, d in ((rng.uniform(40, 60), 3), (rng.uniform(1e5, 3e5), 4)):
        x = conditioned(rng, 11, d, number)
        agree(learner, "hessian_condition_number", x, what="the condition number")


@pytest.mark.after("values")
def test_hessian_condition_number__two_features(learner, rng):
    """it works for two features and three examples"""
    x = conditioned(rng, 3, 2, rng.uniform(5, 30)) * rng.uniform(2, 6)
    agree(learner, "hessian_condition_number", x, what="the condition number")


@pytest.mark.after("values")
def test_hessian_condition_number__precision(learner, rng):
    """nothing is rounded: nine digits are right"""
    x = conditioned(rng, 12, 3, rng.uniform(20, 40))
    wanted = reference.hessian_condition_number(x)
    expect.close(learner.hessian_condition_number(x), wanted, "the condition number", rtol=1e-9)


@pytest.mark.after("values")
def test_hessian_condition_number__law(learner, rng):
    """inputs in another unit have the same condition number, and a single feature has 1"""
    x = mixed(rng, 10, 3)
    first = learner.hessian_condition_number(x)
    expect.close(learner.hessian_condition_number(-40 * x), first, "the condition number of -40 x")
    expect.close(learner.hessian_condition_number(batch(rng, 6, 1)), 1.0, "that of one feature")


@pytest.mark.after("values")
def test_hessian_condition_number__arguments(learner, rng):
    """x is the same after the call as before"""
    x = restless(mixed(rng, 9, 4))
    before = x.copy()
    learner.hessian_condition_number(x)
    expect.unchanged(x, before, "x")


# ------------------------------------------------------------------ cross_example_influence


def situation(rng, kind, m, d, n, size=2.0):
    """A function, a batch and a step."""
    f = Probe(kind, rng.normal(size=(d, n)))
    return f, batch(rng, m, d) / 3, size * parameters(rng, d)


@pytest.mark.weight(3)
def test_cross_example_influence__values(learner, rng):
    """each entry is the Euclidean norm of that example's change, when delta is added to example i"""
    for m, d, n, i in ((6, 3, 4, 2), (5, 4, 2, 1), (7, 2, 5, 4)):
        f, x, delta = situation(rng, "rows_interact", m, d, n)
        agree(learner, "cross_example_influence", f, x, i, delta, what="the influence")


@pytest.mark.weight(2)
def test_cross_example_influence__row_by_row(learner, rng):
    """it is right where f looks at each row by itself: every entry but that of example i is 0"""
    for m, d, n, i in ((5, 3, 2, 3), (4, 5, 3, 1)):
        f, x, delta = situation(rng, "row_wise", m, d, n)
        agree(learner, "cross_example_influence", f, x, i, delta, what="the influence")


def test_cross_example_influence__first_and_last(learner, rng):
    """it works for the first and for the last example, and for two examples"""
    for m, i in ((5, 0), (6, 5), (2, 1)):
        f, x, delta = situation(rng, "rows_interact", m, 3, 4)
        agree(learner, "cross_example_influence", f, x, i, delta, what="the influence")


def test_cross_example_influence__square(learner, rng):
    """it is also right where m, d and n are equal and a wrong axis raises no error"""
    f, x, delta = situation(rng, "rows_interact", 4, 4, 4)
    agree(learner, "cross_example_influence", f, x, 1, delta, what="the influence")


def test_cross_example_influence__tiny_step(learner, rng):
    """it is exact for a small step, where anything added to the norm would show, and for a very large one"""
    for size in (1e-3, 1e-6, 50.0):
        f, x, delta = situation(rng, "rows_interact", 5, 3, 2, size)
        agree(learner, "cross_example_influence", f, x, 2, delta, what="the influence")


@pytest.mark.after("values")
def test_cross_example_influence__float64(learner, rng):
    """float64 in, float64 out"""
    f, x, delta = situation(rng, "rows_interact", 4, 3, 5)
    expect.same_dtype(learner.cross_example_influence(f, x, 2, delta), np.float64, "the influence")


@pytest.mark.after("values")
def test_cross_example_influence__arguments(learner, rng):
    """x and delta are the same after the call as before"""
    f, x, delta = situation(rng, "rows_interact", 6, 3, 2)
    x[3] *= 1e-3  # so small beside delta that to add it and to subtract it again leaves other last digits
    before = x.copy(), delta.copy()
    learner.cross_example_influence(f, x, 3, delta)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(delta, before[1], "delta")


# ------------------------------------------------------------------ groupnorm_forward


def images(rng, N, C, H, W):
    """Images of different brightness, channels of different mean and spread."""
    x = rng.normal(0, 1, (N, C, H, W)) * rng.uniform(0.5, 4, (1, C, 1, 1)) + rng.uniform(-3, 3, (N, C, 1, 1))
    return x, parameters(rng, C), parameters(rng, C)


@pytest.mark.weight(3)
def test_groupnorm_forward__values(learner, rng):
    """one mean and one variance per image and group of consecutive channels; gamma and beta per channel"""
    for shape, groups in (((3, 6, 2, 4), 2), ((2, 6, 5, 3), 3), ((5, 8, 1, 3), 4)):
        x, gamma, beta = images(rng, *shape)
        agree(learner, "groupnorm_forward", x, gamma, beta, groups, what="y")


def test_groupnorm_forward__square(learner, rng):
    """it is also right where N, H or W equals C and a wrong axis raises no error"""
    for shape in ((2, 4, 3, 4), (4, 4, 2, 3), (4, 4, 4, 4)):
        x, gamma, beta = images(rng, *shape)
        agree(learner, "groupnorm_forward", x, gamma, beta, 2, what="y")


def test_groupnorm_forward__extremes(learner, rng):
    """one group is layer normalization of an image, C groups are instance normalization"""
    for groups in (1, 5):
        x, gamma, beta = images(rng, 3, 5, 2, 3)
        agree(learner, "groupnorm_forward", x, gamma, beta, groups=groups, what="y")


def test_groupnorm_forward__straight_line(learner, rng):
    """with one group, the same gamma for all channels and beta 2, each image of y is a straight line over x, with
    mean 2"""
    x, gamma, _ = images(rng, 3, 4, 2, 5)
    y = learner.groupnorm_forward(x, np.full(4, gamma[1] / 3), np.full(4, 2.0), 1)
    expect.straight_line(y, x, np.full(3, 2.0), axis=(1, 2, 3))


def test_groupnorm_forward__far(learner, rng):
    """it works for groups of two values, far from 0, where a mean of squares has no digits left for the variance"""
    x = far_pair().T.reshape(2, 4, 1, 1)
    agree(learner, "groupnorm_forward", x, parameters(rng, 4), parameters(rng, 4), 2, what="y")


def test_groupnorm_forward__outlier(learner, rng):
    """a value far from all others of its group is not cut off"""
    x, gamma, beta = images(rng, 2, 4, 8, 9)
    x[1, 2, 3, 4] += 500
    agree(learner, "groupnorm_forward", x, 20 * gamma, beta, 2, what="y")


@pytest.mark.after("values")
def test_groupnorm_forward__one_image(learner, rng):
    """an image alone gives what it gives in a batch"""
    x, gamma, beta = images(rng, 3, 6, 2, 3)
    wanted = reference.groupnorm_forward(x, gamma, beta, 3)
    expect.close(learner.groupnorm_forward(x[1:2].copy(), gamma, beta, 3), wanted[1:2], "y of one image")


@pytest.mark.after("values")
def test_groupnorm_forward__epsilon(learner, rng):
    """eps is added to the variance, inside the root, whatever its value"""
    x, gamma, beta = images(rng, 2, 6, 3, 2)
    for values, eps in ((2 + 3e-4 * x, 1e-5), (x, 0.5), (x, 0.03)):
        given = {} if eps == 1e-5 else {"eps": eps}
        agree(learner, "groupnorm_forward", values, gamma, beta, 2, what="y", **given)


@pytest.mark.after("straight_line")
def test_groupnorm_forward__not_a_divisor(learner, rng):
    """groups that do not divide the channels are a ValueError"""
    x, gamma, beta = images(rng, 2, 6, 2, 4)
    for groups in (4, 5, 12):
        expect.raises(ValueError, learner.groupnorm_forward, x, gamma, beta, groups)


@pytest.mark.after("straight_line")
def test_groupnorm_forward__below_one(learner, rng):
    """groups below 1 are a ValueError"""
    x, gamma, beta = images(rng, 2, 6, 2, 3)
    for groups in (0, -2):
        expect.raises(ValueError, learner.groupnorm_forward, x, gamma, beta, groups)


@pytest.mark.after("straight_line")
def test_groupnorm_forward__float32(learner, rng):
    """float32 in, float32 out"""
    given = single(*images(rng, 3, 6, 2, 3))
    expect.same_dtype(learner.groupnorm_forward(*given, 3), np.float32, "y")


@pytest.mark.after("straight_line")
def test_groupnorm_forward__float64(learner, rng):
    """float64 in, float64 out"""
    x, gamma, beta = images(rng, 2, 4, 3, 2)
    expect.same_dtype(learner.groupnorm_forward(x, LARGE * gamma, beta, 2), np.float64, "y")


@pytest.mark.after("straight_line")
def test_groupnorm_forward__arguments(learner, rng):
    """x, gamma and beta are the same after the call as before"""
    x, gamma, beta = images(rng, 3, 4, 2, 3)
    x = restless(x)
    before = x.copy(), gamma.copy(), beta.copy()
    learner.groupnorm_forward(x, gamma, beta, 2)
    expect.unchanged(x, before[0], "x")
    expect.unchanged(gamma, before[1], "gamma")
    expect.unchanged(beta, before[2], "beta")


# ------------------------------------------------------------------ batch_renorm_forward


def renorm(rng, m, ratios, shifts, unit=1000):
    """A batch, and running statistics so that s / S and (mean - running_mean) / S are about these.

    In this unit 1e-5 is nothing beside the variances, even where scale and shift nearly cancel. Of seven rows or fewer
    no output is above 6.
    """
    ratios, shifts = np.asarray(ratios), np.asarray(shifts)
    d = len(ratios)
    x = batch(rng, m, d) * unit
    ratios = ratios * rng.uniform(0.95, 1.05, d)
    shifts = shifts * rng.uniform(0.9, 1.1, d)
    running_std = x.std(axis=0) / ratios
    gamma, beta = parameters(rng, d) / 5, parameters(rng, d) / 5
    return x, gamma, beta, x.mean(axis=0) - shifts * running_std, running_std**2


@pytest.mark.weight(3)
def test_batch_renorm_forward__values(learner, rng):
    """r and q are clipped at both ends, each feature by itself"""
    cases = (
        (8, (0.4, 3.0, 1.2, 0.9, 1.5, 0.3), (2.0, 0.3, -3.0, 0.5, -0.4, -1.8), 1.8, 1.1),
        (5, (2.6, 0.7, 0.3), (-0.6, -3.0, 2.7), 1.6, 2.1),
        (9, (0.8, 5.0, 0.2, 1.3), (0.3, 0.4, -2.0, 0.9), 2.7, 0.6),
    )
    for m, ratios, shifts, r_max, d_max in cases:
        x, gamma, beta, *running = renorm(rng, m, ratios, shifts)
        given = x, 50 * gamma, 50 * beta, *running  # y has no upper end
        agree(learner, "batch_renorm_forward", *given, r_max, d_max, what="y")


def test_batch_renorm_forward__within_the_limits(learner, rng):
    """where nothing is clipped, it normalizes with the running statistics"""
    given = renorm(rng, 7, (0.7, 1.6, 1.2, 0.5), (1.5, -0.8, 0, -1.9))  # a mean that has not moved: q is 0
    x, gamma, beta, running_mean, running_var = given
    wanted = gamma * (x - running_mean) / np.sqrt(running_var + 1e-5) + beta
    expect.close(learner.batch_renorm_forward(*given, 1e4, 2e4), wanted, "y")


def test_batch_renorm_forward__at_the_start(learner, rng):
    """with r_max = 1 and d_max = 0 it is Batch Normalization"""
    given = renorm(rng, 6, (0.5, 2.0, 3.0, 0.8), (1.5, -0.8, 0.6, -1.9))
    x, gamma, beta = given[:3]
    wanted = gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5) + beta
    expect.close(learner.batch_renorm_forward(*given, 1.0, 0.0), wanted, "y")


def test_batch_renorm_forward__straight_line(learner, rng):
    """with d_max = 0, each feature of y is a straight line over x, with mean beta"""
    x, gamma, beta, *running = renorm(rng, 7, (0.4, 3.0, 1.2, 0.8), (2.0, 0.3, -3.0, -0.6))
    y = learner.batch_renorm_forward(x, gamma, beta, *running, 1.7, 0.0)
    expect.straight_line(y, x, beta, axis=0)


def test_batch_renorm_forward__far(learner, rng):
    """it works for features far from 0, where a mean of squares has no digits left for the variance"""
    x = far_pair()
    running = x.mean(axis=0) + np.array([9.0, -9.0, 9.0, -9.0]), rng.uniform(4, 9, 4)
    given = x, parameters(rng, 4) / 5, parameters(rng, 4) / 5, *running
    agree(learner, "batch_renorm_forward", *given, 1.0, 0.5, what="y")  # r = 1, so that s counts


def test_batch_renorm_forward__outlier(learner, rng):
    """a value far from all others is not cut off"""
    x, gamma, beta, *running = renorm(rng, 90, (0.4, 3.0, 1.2), (2.0, 0.3, -3.0))
    x[7] += 500 * x.std(axis=0)
    agree(learner, "batch_renorm_forward", x, 100 * gamma, beta, *running, 1.7, 0.9, what="y")


@pytest.mark.after("values")
def test_batch_renorm_forward__epsilon(learner, rng):
    """eps is added to both variances, inside the roots, whatever its value"""
    for scale, eps in ((2e-3, 1e-5), (1.0, 0.6), (1.0, 0.05)):
        x, gamma, beta, running_mean, running_var = renorm(rng, 7, (0.6, 3.0, 0.3, 1.4), (2.0, 0.5, -0.7, -2.5), 1)
        centre = x.mean(axis=0)
        x, running_mean = centre + scale * (x - centre), centre + scale * (running_mean - centre)
        given = (x, gamma, beta, running_mean, scale**2 * running_var, 1.9, 0.9)
        more = {} if eps == 1e-5 else {"eps": eps}
        agree(learner, "batch_renorm_forward", *given, what="y", **more)


def test_batch_renorm_forward__small_batch(learner, rng):
    """it works for two examples, where the batch's statistics are poorest"""
    given = renorm(rng, 2, (0.4, 3.0, 1.2, 0.9, 1.5), (2.0, 0.3, -3.0, 0.5, -0.4))
    agree(learner, "batch_renorm_forward", *given, 2.0, 1.0, what="y")


@pytest.mark.after("straight_line")
def test_batch_renorm_forward__float64(learner, rng):
    """float64 in, float64 out"""
    x, gamma, *others = renorm(rng, 5, (0.7, 1.6, 1.2), (1.5, -0.8, 0.6))
    expect.same_dtype(learner.batch_renorm_forward(x, LARGE * gamma, *others, 1.8, 1.1), np.float64, "y")


@pytest.mark.after("straight_line")
def test_batch_renorm_forward__arguments(learner, rng):
    """no argument is changed, not even the running statistics"""
    x, *others = renorm(rng, 6, (0.4, 3.0, 1.2), (2.0, 0.3, -3.0))
    given = restless(x), *others
    before = tuple(a.copy() for a in given)
    learner.batch_renorm_forward(*given, 1.8, 1.1)
    names = ("x", "gamma", "beta", "running_mean", "running_var")
    for name, argument, old in zip(names, given, before, strict=True):
        expect.unchanged(argument, old, name)


# ------------------------------------------------------------------ batch_renorm_backward


def renormed(rng, m, d, eps=1e-9, corrected=True):
    """An upstream gradient and what Batch Renormalization kept of a batch."""
    x = batch(rng, m, d)
    s = np.sqrt(x.var(axis=0) + eps)
    r = np.where(np.arange(d) % 2, rng.uniform(0.3, 0.6, d), rng.uniform(1.7, 3, d)) if corrected else np.ones(d)
    q = rng.uniform(0.6, 2, d) * np.where(np.arange(d) % 3, 1, -1) if corrected else np.zeros(d)
    dy = rng.normal(rng.uniform(0.5, 2, d) * rng.choice([-1.0, 1.0], d), rng.uniform(0.5, 2, d), (m, d))
    return dy, ((x - x.mean(axis=0)) / s * r + q, parameters(rng, d), s, r, q)


def same_renorm_gradient(learner, dy, cache, *names):
    """These parts of the gradient, whatever the others are."""
    wanted = dict(zip(("dx", "dgamma", "dbeta"), reference.batch_renorm_backward(dy, cache), strict=True))
    found = expect.parts(learner.batch_renorm_backward(dy, cache), "dx", "dgamma", "dbeta")
    for name, part in zip(wanted, found, strict=True):
        if name in names:
            expect.close(part, wanted[name], name)


@pytest.mark.weight(3)
def test_batch_renorm_backward__values(learner, rng):
    """dx is the gradient with r and q constant, and the batch's mean and s not"""
    for m, d in ((8, 4), (6, 9)):
        same_renorm_gradient(learner, *renormed(rng, m, d), "dx")


@pytest.mark.weight(2)
def test_batch_renorm_backward__parameters(learner, rng):
    """dgamma and dbeta are the sums over the batch of dy * x_hat and dy, with the corrected x_hat"""
    dy, cache = renormed(rng, 7, 5)
    cache[1][2] = 0  # dgamma does not hang on gamma
    same_renorm_gradient(learner, dy, cache, "dgamma", "dbeta")


@pytest.mark.after("parameters")
def test_batch_renorm_backward__columns(learner, rng):
    """each column of dx sums to 0: adding a constant to a feature changes no output"""
    dy, cache = renormed(rng, 7, 4)
    scale = np.abs(reference.batch_renorm_backward(dy, cache)[0]).sum()
    dx, _, _ = expect.parts(learner.batch_renorm_backward(dy, cache), "dx", "dgamma", "dbeta")
    expect.sums_to_zero(dx, 0, scale, "a column of dx")


def test_batch_renorm_backward__at_the_start(learner, rng):
    """with r = 1 and q = 0 it is the gradient of Batch Normalization"""
    same_renorm_gradient(learner, *renormed(rng, 7, 4, corrected=False), "dx")


def test_batch_renorm_backward__epsilon(learner, rng):
    """dx is right whatever eps was: all there is to know of eps is in x_hat and s"""
    for eps in (0.7, 4.0):
        same_renorm_gradient(learner, *renormed(rng, 6, 4, eps), "dx")


def test_batch_renorm_backward__small_batch(learner, rng):
    """it works for three examples, and for as many examples as features"""
    for m, d in ((3, 5), (4, 4)):
        same_renorm_gradient(learner, *renormed(rng, m, d), "dx")


def test_batch_renorm_backward__differences(learner, rng):
    """dx agrees with central differences of the forward pass in which r and q stay as they are"""
    dy, (_, gamma, _, r, q) = renormed(rng, 6, 3)
    x, eps, h = batch(rng, 6, 3), 0.1, 1e-5

    def forward(z):
        return (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + eps) * r + q

    wanted = np.empty_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = h
        wanted[place] = (dy * gamma * (forward(x + step) - forward(x - step))).sum() / (2 * h)
    cache = forward(x), gamma, np.sqrt(x.var(axis=0) + eps), r, q
    dx, _, _ = expect.parts(learner.batch_renorm_backward(dy, cache), "dx", "dgamma", "dbeta")
    expect.close(dx, wanted, "dx")


@pytest.mark.after("values")
def test_batch_renorm_backward__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.batch_renorm_backward(*renormed(rng, 6, 4)), np.float64, "(dx, dgamma, dbeta)")


@pytest.mark.after("values")
def test_batch_renorm_backward__arguments(learner, rng):
    """dy and the arrays in the cache are the same after the call as before, to the last bit"""
    dy, cache = renormed(rng, 9, 7)
    before = [part.copy() for part in (dy, *cache)]
    learner.batch_renorm_backward(dy, cache)
    for name, part, old in zip(("dy", "x_hat", "gamma", "s", "r", "q"), (dy, *cache), before, strict=True):
        expect.unchanged(part, old, name)


# ------------------------------------------------------------------ merge_statistics


def shared_out(rng, d, *sizes):
    """The rows of each device: the more there are, the farther from 0, and each device has a spread of its own."""
    centre, away = rng.uniform(2, 5, d) * rng.choice([-1, 1], d), rng.uniform(0.5, 1, d) * rng.choice([-1, 1], d)
    parts = []
    for k, m in enumerate(sizes):
        rows = rng.normal(size=(m, d))
        rows -= rows.mean(axis=0)
        if m > 1:
            rows /= rows.std(axis=0)
        parts.append(centre + away * (m + 3 * (k % 3)) + rows * rng.uniform(1, 2, d) * (1 + k))
    return parts


def of_each(parts):
    """What the devices know: how many rows each holds, their means and their variances."""
    counts = np.array([len(rows) for rows in parts])
    return counts, np.stack([rows.mean(axis=0) for rows in parts]), np.stack([rows.var(axis=0) for rows in parts])


def with_idle(given, place, mean, var):
    """The same with a device at `place` that holds no row, and these numbers in its mean and variance."""
    return tuple(np.insert(a, place, value, axis=0) for a, value in zip(given, (0, mean, var), strict=True))


def same_as_together(learner, parts, given=None, *names):
    """These results, or both, are the statistics of all rows."""
    rows = np.concatenate(parts)
    given = of_each(parts) if given is None else given
    found = expect.parts(learner.merge_statistics(*given), "mean", "var")
    for name, part, wanted in zip(("mean", "var"), found, (rows.mean(axis=0), rows.var(axis=0)), strict=True):
        if name in (names or ("mean", "var")):
            expect.close(part, wanted, name, any_shape=True)


@pytest.mark.weight(2)
def test_merge_statistics__mean(learner, rng):
    """the first result is the mean of all rows of the batch"""
    for d, sizes in ((3, (4, 9, 2, 5)), (5, (7, 3)), (4, (2, 8, 3))):
        same_as_together(learner, shared_out(rng, d, *sizes), None, "mean")


@pytest.mark.weight(3)
def test_merge_statistics__variance(learner, rng):
    """the second result is their variance, divided by their number"""
    for d, sizes in ((4, (3, 8, 2)), (3, (9, 4)), (2, (2, 6, 3, 4, 11))):
        same_as_together(learner, shared_out(rng, d, *sizes), None, "var")


def test_merge_statistics__equal_parts(learner, rng):
    """both are right where all devices hold equally many rows, and for a single device"""
    for sizes in ((4, 4, 4), (5, 5), (6,)):
        same_as_together(learner, shared_out(rng, 5, *sizes))


def test_merge_statistics__one_row(learner, rng):
    """both are right where a device holds a single row, and where each of them does"""
    for sizes in ((1, 5, 2), (6, 1), (1, 1, 1)):
        same_as_together(learner, shared_out(rng, 4, *sizes))


def test_merge_statistics__square(learner, rng):
    """both are right where there are as many devices as features and a wrong axis raises no error"""
    for d, sizes in ((3, (5, 2, 7)), (4, (2, 6, 3, 9))):
        same_as_together(learner, shared_out(rng, d, *sizes))


def test_merge_statistics__idle(learner, rng):
    """a device without rows does not count, whatever numbers stand in its mean and variance"""
    for place in (1, 0, 3):
        parts = shared_out(rng, 4, 3, 8, 2)
        same_as_together(learner, parts, with_idle(of_each(parts), place, rng.uniform(20, 30), rng.uniform(40, 60)))


def test_merge_statistics__nan(learner, rng):
    """a device without rows does not count where NaN stands in its mean and variance"""
    for place in (2, 0):
        parts = shared_out(rng, 3, 5, 2, 7)
        same_as_together(learner, parts, with_idle(of_each(parts), place, np.nan, np.nan))


@pytest.mark.weight(2)
def test_merge_statistics__far_from_zero(learner, rng):
    """both are right where the means are large beside the spread"""
    # Whole numbers around 2^40, and shares whose denominators are powers of 2. Their means and differences are exact;
    # of a square, the part that tells the spread is lost in whatever order it is summed.
    for sizes in ((2, 4, 2), (8, 4, 4)):
        steps = rng.integers(300, 3000, (3, 5)) * np.array([[1], [-1], [1]])
        means, variances = 2.0**40 * rng.choice([-1, 1], 5) + steps, rng.integers(10**5, 10**6, (3, 5)).astype(float)
        n = np.array(sizes)
        mean = np.average(means, axis=0, weights=n)
        var = np.average(variances + (means - mean) ** 2, axis=0, weights=n)
        found = expect.parts(learner.merge_statistics(n, means, variances), "mean", "var")
        for name, part, wanted in zip(("mean", "var"), found, (mean, var), strict=True):
            expect.close(part, wanted, name, any_shape=True)


def test_merge_statistics__narrow(learner, rng):
    """both are right for features of a tiny spread: nothing is added to the variance"""
    same_as_together(learner, [1e-3 * rows for rows in shared_out(rng, 4, 3, 6, 2)])


@pytest.mark.after("mean")
def test_merge_statistics__no_rows(learner, rng):
    """where no device holds a row, it is a ValueError; one device that holds rows is enough"""
    given = of_each(shared_out(rng, 3, 5))
    learner.merge_statistics(*with_idle(given, 0, 1.0, 2.0))
    for k in (3, 1):
        nothing = np.full((k, 3), 2.0)
        expect.raises(ValueError, learner.merge_statistics, np.zeros(k, dtype=int), nothing, nothing.copy())


@pytest.mark.after("mean", "variance")
def test_merge_statistics__law(learner, rng):
    """neither the order of the devices matters, nor how the rows are shared out among them"""
    first, second, third, last = shared_out(rng, 3, 6, 2, 5, 3)
    for parts in (
        [last, second, first, third],
        [np.concatenate([first, second]), np.concatenate([third, last])],
        [first, np.concatenate([last, second, third])],
    ):
        same_as_together(learner, parts)


@pytest.mark.after("mean", "variance")
def test_merge_statistics__shapes(learner, rng):
    """both have the shape (d,)"""
    found = expect.parts(learner.merge_statistics(*of_each(shared_out(rng, 4, 3, 5, 2))), "mean", "var")
    for name, part in zip(("mean", "var"), found, strict=True):
        expect.sums_to(part, np.zeros(4), 0, np.zeros(()), 1.0, name)  # whatever its numbers are


@pytest.mark.after("mean", "variance")
def test_merge_statistics__float32(learner, rng):
    """float32 in, float32 out, though the counts are integers; and float64 stays float64"""
    counts, *given = of_each(shared_out(rng, 5, 3, 6, 2))
    for dtype in (np.float32, np.float64):
        result = learner.merge_statistics(counts, *(part.astype(dtype) for part in given))
        expect.same_dtype(result, dtype, "(mean, var)")


@pytest.mark.after("mean", "variance")
def test_merge_statistics__arguments(learner, rng):
    """counts, means and variances are the same after the call as before, to the last bit"""
    counts, means, variances = of_each(shared_out(rng, 3, 6, 2, 5))
    means[1] *= 1e-9  # subtract a mean and add it again, and its digits are gone
    given = with_idle((counts, means, variances), 2, 7.0, 5.0)
    before = [part.copy() for part in given]
    learner.merge_statistics(*given)
    for name, part, old in zip(("counts", "means", "variances"), given, before, strict=True):
        expect.unchanged(part, old, name)
