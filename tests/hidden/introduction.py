"""Hidden tests of the chapter introduction: each property kills named misconceptions."""

import numpy as np
import pytest

from course.examination import expect
from solutions import introduction as reference


def agree(learner, exercise, *args, what, **kwargs):
    """The learner's function gives what the reference gives, which goes first: a learner's may change x."""
    wanted = getattr(reference, exercise)(*args, **kwargs)
    expect.close(getattr(learner, exercise)(*args, **kwargs), wanted, what)


def standard(x):
    """The batch with exactly the mean 0 and the spread 1: what a mistake costs does not hang on the draw."""
    return (x - x.mean(axis=0)) / x.std(axis=0)


def spreads(rng, d):
    """Spreads from 1 to 4, no two alike: 1e-5 hides in all of them, 1e-3 does not in the smallest."""
    return rng.permutation(np.geomspace(1, 4, d))


def batch(rng, m, d, std=None):
    """Features of different means and spreads, skewed, so that a median is no mean."""
    mean = rng.uniform(2, 5, d) * rng.choice([-1, 1], d)
    return mean + standard(rng.exponential(1.0, (m, d)) ** 1.5) * (spreads(rng, d) if std is None else std)


def far(rng, d):
    """Eight rows with a mean a billion times the spread: whole numbers around 2^40, and their means are whole too.

    All that is subtracted is exact. Of a square, the part that tells the spread is lost, whatever the order of the
    sums: mean(x^2) - mean(x)^2 is 0.
    """
    steps = rng.integers(-3000, 3001, (8, d))
    steps[0] -= steps.sum(axis=0) % 8
    return 2.0**40 * rng.choice([-1, 1], d) + steps


def outlier(rng):
    """A batch (150, 3) in which each feature has one value far from all others, up or down: its x_hat is 12 or -12."""
    x = rng.integers(-9, 10, (150, 3)).astype(float)
    x[rng.permutation(150)[:3], np.arange(3)] = [1e6, -1e6, -1e6]
    return x


def uneven(x):
    """The batch with one row a billion times smaller: take the mean off and add it again, and its digits are gone."""
    x = x.copy()
    x[-1] *= 1e-9
    return x


def has_shape(part, shape, what):
    """Whatever its numbers are: the sum of nothing of it is 0."""
    expect.sums_to(part, np.zeros(shape), 0, np.zeros(()), 1.0, what)


def narrow(x):
    """The batch in a unit in which its variance is half of epsilon."""
    return x / x.std(axis=0) * np.sqrt(0.5e-5)


# ------------------------------------------------------------------ batch_statistics


def same_statistics(learner, x):
    wanted = reference.batch_statistics(x)
    mean, var = expect.parts(learner.batch_statistics(x), "mean", "var")
    expect.close(mean, wanted[0], "mean", any_shape=True)
    expect.close(var, wanted[1], "var", any_shape=True)


@pytest.mark.weight(2)
def test_batch_statistics__mean(learner, rng):
    """the first result is the mean of each feature over the batch"""
    for m, d in ((8, 3), (5, 6), (15, 4)):
        x = batch(rng, m, d)
        wanted = reference.batch_statistics(x)
        mean, _ = expect.parts(learner.batch_statistics(x), "mean", "var")
        expect.close(mean, wanted[0], "mean", any_shape=True)


@pytest.mark.weight(2)
def test_batch_statistics__variance(learner, rng):
    """the second result is the variance of each feature over the batch, with 1/m"""
    for m, d in ((7, 3), (4, 6), (16, 5)):
        x = batch(rng, m, d)
        wanted = reference.batch_statistics(x)
        _, var = expect.parts(learner.batch_statistics(x), "mean", "var")
        expect.close(var, wanted[1], "var", any_shape=True)


@pytest.mark.after("mean", "variance")
def test_batch_statistics__shapes(learner, rng):
    """both have the shape (d,)"""
    x = batch(rng, 6, 4)
    mean, var = expect.parts(learner.batch_statistics(x), "mean", "var")
    has_shape(mean, (4,), "mean")
    has_shape(var, (4,), "var")


def test_batch_statistics__square(learner, rng):
    """both are also right where m equals d and a wrong axis raises no error"""
    same_statistics(learner, batch(rng, 4, 4))


def test_batch_statistics__small(learner, rng):
    """both are right for two examples, and for a single feature"""
    for m, d in ((2, 5), (9, 1)):
        same_statistics(learner, batch(rng, m, d))


def test_batch_statistics__far_from_zero(learner, rng):
    """both are right for features whose mean is large beside their spread"""
    same_statistics(learner, far(rng, 6))


def test_batch_statistics__narrow(learner, rng):
    """both are right for features of a tiny spread: nothing is added to the variance"""
    same_statistics(learner, narrow(batch(rng, 7, 4)))


@pytest.mark.after("variance")
def test_batch_statistics__law(learner, rng):
    """a constant added to all examples leaves the variance as it is"""
    x = batch(rng, 6, 4)
    _, first = expect.parts(learner.batch_statistics(x), "mean", "var")
    _, moved = expect.parts(learner.batch_statistics(x + rng.uniform(-9, 9, 4)), "mean", "var")
    expect.close(moved, first, "var of x + c")


@pytest.mark.after("mean", "variance")
def test_batch_statistics__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.batch_statistics(batch(rng, 6, 4)), np.float64, "(mean, var)")


@pytest.mark.after("mean")
def test_batch_statistics__arguments(learner, rng):
    """x is the same after the call as before, to the last bit"""
    x = uneven(batch(rng, 6, 4))
    before = x.copy()
    learner.batch_statistics(x)
    expect.unchanged(x, before, "x")


# ------------------------------------------------------------------ normalize


@pytest.mark.weight(3)
def test_normalize__values(learner, rng):
    """each feature is centred by its mean and divided by its spread (variance with 1/m)"""
    for m, d in ((8, 3), (5, 6), (10, 4)):
        x = batch(rng, m, d)
        agree(learner, "normalize", x, what="x_hat")


def test_normalize__square(learner, rng):
    """it is also right where m equals d and a wrong axis raises no error"""
    x = batch(rng, 5, 5)
    agree(learner, "normalize", x, what="x_hat")


@pytest.mark.weight(2)
def test_normalize__epsilon(learner, rng):
    """eps is added to the variance, inside the root, whatever its value"""
    x = batch(rng, 7, 4)
    for values, eps in ((narrow(x), 1e-5), (x, 0.5), (x, 0.03)):
        given = {} if eps == 1e-5 else {"eps": eps}
        agree(learner, "normalize", values, what="x_hat", **given)


def test_normalize__constant_feature(learner, rng):
    """x_hat is right, and nowhere NaN, where a feature is the same in all examples"""
    x = batch(rng, 6, 3)
    x[:, 1] = 2.5  # exact in binary: its mean is exact too
    agree(learner, "normalize", x, what="x_hat")


def test_normalize__small(learner, rng):
    """it works for two examples, and for one feature"""
    for x in (batch(rng, 2, 5), batch(rng, 7, 1)):
        agree(learner, "normalize", x, what="x_hat")


def test_normalize__far_from_zero(learner, rng):
    """it is right for features whose mean is large beside their spread, and for an example far from all others"""
    for x in (far(rng, 6), outlier(rng)):
        agree(learner, "normalize", x, what="x_hat")


@pytest.mark.after("values")
def test_normalize__law(learner, rng):
    """the columns of x_hat sum to 0, and another unit and zero (1000 x - 9000) change next to nothing"""
    x = batch(rng, 6, 4, std=1) + 30  # so wide that epsilon hardly counts
    x_hat = learner.normalize(x.copy())
    expect.sums_to_zero(x_hat, 0, 1.0, "each column of x_hat")
    expect.close(learner.normalize(x * 1000 - 9000), x_hat, "x_hat of 1000 x - 9000", rtol=1e-3)


@pytest.mark.after("values")
def test_normalize__float32(learner, rng):
    """float32 in, float32 out, and float64 stays float64"""
    x = batch(rng, 8, 5)
    for dtype in (np.float32, np.float64):
        expect.same_dtype(learner.normalize(x.astype(dtype)), dtype, "x_hat")


@pytest.mark.after("values")
def test_normalize__arguments(learner, rng):
    """x is the same after the call as before, to the last bit"""
    x = uneven(batch(rng, 6, 4))
    before = x.copy()
    learner.normalize(x)
    expect.unchanged(x, before, "x")


# ------------------------------------------------------------------ covariate_shift


def pair(rng, m, n, d):
    """Two batches: features move down and up by turns, the narrowest one furthest; the spreads grow."""
    std = np.geomspace(1, 4, d)
    before, after = batch(rng, m, d, std), batch(rng, max(n, 2), d, std * rng.uniform(1.5, 2.5, d))[:n]
    steps = std * rng.uniform(0.5, 1, d) * np.where(np.arange(d) % 2, 1, -1)
    steps[0] *= 4
    return before, after - after.mean(axis=0) + before.mean(axis=0) + steps


@pytest.mark.weight(2)
def test_covariate_shift__values(learner, rng):
    """the shift of each mean in spreads of `before`, without its sign, averaged over the features"""
    for m, n, d in ((8, 6, 3), (5, 9, 6), (12, 7, 4)):
        before, after = pair(rng, m, n, d)
        agree(learner, "covariate_shift", before, after, what="the shift")


def test_covariate_shift__equal_sizes(learner, rng):
    """it is also right where both batches have the same size, and where that size is d"""
    for m, d in ((6, 4), (5, 5)):
        before, after = pair(rng, m, m, d)
        agree(learner, "covariate_shift", before, after, what="the shift")


def test_covariate_shift__epsilon(learner, rng):
    """eps is added to the variance of `before`, inside the root, whatever its value"""
    before, after = pair(rng, 7, 5, 4)
    for values, eps in ((narrow(before), 1e-5), (before, 0.5), (before, 0.03)):
        given = {} if eps == 1e-5 else {"eps": eps}
        agree(learner, "covariate_shift", values, after, what="the shift", **given)


def test_covariate_shift__small(learner, rng):
    """it works for two examples, for a single one in `after`, and for one feature"""
    for m, n, d in ((2, 3, 5), (4, 1, 3), (6, 8, 1)):
        before, after = pair(rng, m, n, d)
        agree(learner, "covariate_shift", before, after, what="the shift")


def test_covariate_shift__far_from_zero(learner, rng):
    """it is right for features whose mean is large beside their spread"""
    before, steps = far(rng, 4), rng.integers(20000, 30000, 4) * rng.permutation([1, 1, -1, -1])
    agree(learner, "covariate_shift", before, before[:4] + steps, what="the shift")


@pytest.mark.after("values")
def test_covariate_shift__digits(learner, rng):
    """it has the digits of float64: ten of them are right"""
    before, after = pair(rng, 9, 6, 4)
    wanted = reference.covariate_shift(before, after)
    expect.close(learner.covariate_shift(before, after), wanted, "the shift", rtol=1e-10)


@pytest.mark.after("values")
def test_covariate_shift__law(learner, rng):
    """the shift of a batch moved by one spread, up or down, is 1"""
    before = batch(rng, 8, 4)
    moved = before + np.sqrt(before.var(axis=0) + 1e-5) * np.array([1, -1, -1, 1])
    expect.close(learner.covariate_shift(before, moved), 1.0, "the shift")


@pytest.mark.after("values")
def test_covariate_shift__arguments(learner, rng):
    """both batches are the same after the call as before, to the last bit"""
    first, second = map(uneven, pair(rng, 6, 8, 4))
    copies = first.copy(), second.copy()
    learner.covariate_shift(first, second)
    expect.unchanged(first, copies[0], "before")
    expect.unchanged(second, copies[1], "after")


# ------------------------------------------------------------------ leave_one_out


def leaving(rng, m, d):
    """A row that lies one to two spreads from the mean of the others, on both sides by turns, and the m - 1 others."""
    rest = batch(rng, m - 1, d)
    steps = rng.uniform(1, 2, d) * np.where(np.arange(d) % 2, 1, -1) * rng.choice([-1, 1])
    return rest.mean(axis=0) + steps * rest.std(axis=0), rest


def left(learner, x_k, rest):
    """The learner's mean and variance of the rest."""
    x = np.concatenate([x_k[np.newaxis], rest])
    return expect.parts(learner.leave_one_out(x_k, x.mean(axis=0), x.var(axis=0), len(x)), "mean", "var")


def same_as_of_the_rest(learner, x_k, rest):
    mean, var = left(learner, x_k, rest)
    expect.close(mean, rest.mean(axis=0), "mean", any_shape=True)
    expect.close(var, rest.var(axis=0), "var", any_shape=True)


@pytest.mark.weight(2)
def test_leave_one_out__mean(learner, rng):
    """the first result is the mean of the rows that are left"""
    for m, d in ((7, 3), (5, 6), (12, 4)):
        x_k, rest = leaving(rng, m, d)
        mean, _ = left(learner, x_k, rest)
        expect.close(mean, rest.mean(axis=0), "mean", any_shape=True)


@pytest.mark.weight(3)
def test_leave_one_out__variance(learner, rng):
    """the second result is their variance, divided by their number"""
    for m, d in ((8, 3), (4, 6), (13, 5)):
        x_k, rest = leaving(rng, m, d)
        _, var = left(learner, x_k, rest)
        expect.close(var, rest.var(axis=0), "var", any_shape=True)


def test_leave_one_out__small(learner, rng):
    """both are right where a single row is left, whose variance is 0, and for a single feature"""
    middle, step = rng.integers(10, 20, 4), rng.integers(2, 9, 4) * np.array([1, -1, -1, 1])
    same_as_of_the_rest(learner, middle + 1.0 * step, (middle - 1.0 * step)[np.newaxis])  # all of it is exact
    same_as_of_the_rest(learner, *leaving(rng, 9, 1))


def test_leave_one_out__at_the_mean(learner, rng):
    """where x_k lies at the mean, the mean stays as it is and the variance grows"""
    rest = batch(rng, 6, 4)
    same_as_of_the_rest(learner, rest.mean(axis=0), rest)


@pytest.mark.weight(2)
def test_leave_one_out__far_from_zero(learner, rng):
    """both are right for features whose mean is large beside their spread"""
    rest = far(rng, 6)
    steps = rng.integers(2000, 6000, 6) * np.array([1, -1, -1, 1, -1, 1])
    same_as_of_the_rest(learner, rest.mean(axis=0) + steps, rest)


def test_leave_one_out__narrow(learner, rng):
    """both are right for features of a tiny spread: nothing is added to the variance"""
    x_k, rest = leaving(rng, 7, 4)
    same_as_of_the_rest(learner, x_k * 1e-3, rest * 1e-3)


@pytest.mark.after("mean", "variance")
def test_leave_one_out__law(learner, rng):
    """a second row may leave what the first one has left"""
    second, rest = leaving(rng, 7, 4)
    first = 3 * rest.mean(axis=0) - 2 * second  # twice as far, on the other side
    mean, var = left(learner, first, np.concatenate([second[np.newaxis], rest]))
    mean, var = expect.parts(learner.leave_one_out(second, mean, var, 7), "mean", "var")
    expect.close(mean, rest.mean(axis=0), "mean without two rows", any_shape=True)
    expect.close(var, rest.var(axis=0), "var without two rows", any_shape=True)


@pytest.mark.after("mean", "variance")
def test_leave_one_out__shapes(learner, rng):
    """both have the shape (d,)"""
    mean, var = left(learner, *leaving(rng, 6, 4))
    has_shape(mean, (4,), "mean")
    has_shape(var, (4,), "var")


@pytest.mark.after("mean", "variance")
def test_leave_one_out__float32(learner, rng):
    """float32 in, float32 out, and float64 stays float64"""
    x_k, rest = leaving(rng, 7, 5)
    mean, var = rest.mean(axis=0), 2 * rest.var(axis=0)
    for dtype in (np.float32, np.float64):
        given = [part.astype(dtype) for part in (x_k, mean, var)]
        expect.same_dtype(learner.leave_one_out(*given, 7), dtype, "(mean, var)")


@pytest.mark.after("mean", "variance")
def test_leave_one_out__arguments(learner, rng):
    """x_k, mean and var are the same after the call as before, to the last bit"""
    x_k, rest = leaving(rng, 6, 4)
    x_k[-1] *= 1e-9  # take the mean off and add it again, and its digits are gone
    x = np.concatenate([x_k[np.newaxis], rest])
    given = x_k, x.mean(axis=0), x.var(axis=0)
    before = [part.copy() for part in given]
    learner.leave_one_out(*given, 6)
    for name, part, old in zip(("x_k", "mean", "var"), given, before, strict=True):
        expect.unchanged(part, old, name)
