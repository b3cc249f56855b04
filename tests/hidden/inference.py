"""Hidden tests of the chapter inference: each property kills named misconceptions.

One file a chapter, however long: an exercise's tests are found by the chapter's name.
"""

import numpy as np
import pytest

from course.examination import expect
from solutions import inference as reference


def parameters(rng, d):
    """Of both signs, far from 1 and 0."""
    return rng.uniform(0.5, 3, d) * np.where(np.arange(d) % 2, -1, 1)


def batch(rng, m, d):
    """Features of different means and spreads, which are exact, so that what a mistake costs does not hang on them."""
    z = rng.normal(0, 1, (m, d))
    z = (z - z.mean(axis=0)) / z.std(axis=0) if m > 1 else z
    return parameters(rng, d) * 2 + rng.uniform(1, 4, d) * z


def running(rng, d):
    """A running mean and a running variance, far from 0 and 1."""
    return parameters(rng, d) * 1.5, rng.uniform(2, 9, d)


def evaluation(rng, m, d, unit=1000):
    """x, gamma, beta, running_mean, running_var: the batch's own statistics are other ones; no x_hat or y is above 6.

    In this unit 1e-5 is nothing beside the variance, even where scale and shift nearly cancel.
    """
    mean, var = running(rng, d)
    var = 4 * var
    gamma, beta = parameters(rng, d) / 5, parameters(rng, d) / 5
    return batch(rng, m, d) * unit, gamma, beta, mean * unit, var * unit**2


def narrow(running_var):
    """A variance below the default epsilon."""
    return running_var * 1e-6


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
    """The batch with one row a billion times smaller: take a mean off and add it again, and its digits are gone."""
    x = x.copy()
    x[-1] *= 1e-9
    return x


def cast(dtype, *values):
    return tuple(v.astype(dtype) for v in values)


def shaped(part, shape):
    """A part in the wanted shape where only axes of length 1 are too many: a property of its own asks for that."""
    sizes = [n for n in part.shape if n > 1] if isinstance(part, np.ndarray) else None
    return part.reshape(shape) if sizes == [n for n in shape if n > 1] and part.shape != shape else part


def has_shape(part, shape, what):
    """Whatever its numbers are: the sum of nothing of it is 0."""
    expect.sums_to(part, np.zeros(shape), 0, np.zeros(()), 1.0, what)


def same_arguments(names, arguments, before):
    for name, argument, old in zip(names.split(), arguments, before, strict=True):
        expect.unchanged(argument, old, name)


def copies(arguments):
    return tuple(argument.copy() for argument in arguments)


# ------------------------------------------------------------------ update_running_statistics


def statistics_of(result):
    return expect.parts(result, "mean", "var")


def same_update(learner, mean, var, x, **momentum):
    wanted = reference.update_running_statistics(mean, var, x, **momentum)
    new_mean, new_var = statistics_of(learner.update_running_statistics(mean, var, x, **momentum))
    expect.close(new_mean, wanted[0], "the new mean", any_shape=True)
    expect.close(new_var, wanted[1], "the new variance", any_shape=True)


@pytest.mark.weight(2)
def test_update_running_statistics__values(learner, rng):
    """both running statistics move a tenth of the way to the batch's mean and its variance with 1/(m-1)"""
    for m, d in ((4, 6), (9, 2)):
        same_update(learner, *running(rng, d), batch(rng, m, d))


@pytest.mark.weight(2)
def test_update_running_statistics__mean(learner, rng):
    """the mean alone is right"""
    for m, d in ((6, 4), (3, 5)):
        mean, var = running(rng, d)
        x = batch(rng, m, d)
        wanted, _ = reference.update_running_statistics(mean, var, x)
        new_mean, _ = statistics_of(learner.update_running_statistics(mean, var, x))
        expect.close(new_mean, wanted, "the new mean", any_shape=True)


def test_update_running_statistics__momentum(learner, rng):
    """momentum is the weight of the new value, whatever it is: 0 keeps the old statistics, 1 takes the batch's"""
    for momentum in (0.3, 0, 1):
        same_update(learner, *running(rng, 3), batch(rng, 7, 3), momentum=momentum)


def test_update_running_statistics__steps(learner, rng):
    """both are right after several batches of different sizes, starting from 0 and 1"""
    result, wanted = (np.zeros(4), np.ones(4)), (np.zeros(4), np.ones(4))
    for m in (6, 3, 8):
        x = batch(rng, m, 4)
        mean, var = statistics_of(result)
        wanted = reference.update_running_statistics(*wanted, x, 0.25)
        result = learner.update_running_statistics(mean, var, x, momentum=0.25)
    mean, var = statistics_of(result)
    expect.close(mean, wanted[0], "the mean after three batches", any_shape=True)
    expect.close(var, wanted[1], "the variance after three batches", any_shape=True)


def test_update_running_statistics__two_rows(learner, rng):
    """it works for a batch of two, where 1/(m-1) is twice 1/m"""
    same_update(learner, *running(rng, 5), batch(rng, 2, 5))


def test_update_running_statistics__far_from_zero(learner, rng):
    """it is right for features whose mean is large beside their spread"""
    same_update(learner, *running(rng, 5), far(rng, 5))


def test_update_running_statistics__narrow(learner, rng):
    """it is right for features of a tiny spread: nothing is added to the variance that is kept"""
    mean, var = running(rng, 4)
    same_update(learner, mean, narrow(var), batch(rng, 6, 4) * 1e-3, momentum=0.5)


@pytest.mark.after("mean")
def test_update_running_statistics__one_row(learner, rng):
    """three rows are accepted, and one row is a ValueError: it has no variance with 1/(m-1)"""
    mean, var = running(rng, 4)
    learner.update_running_statistics(mean, var, batch(rng, 3, 4))
    expect.raises(ValueError, learner.update_running_statistics, mean, var, batch(rng, 1, 4))


@pytest.mark.after("mean", "one_row")
def test_update_running_statistics__no_row(learner, rng):
    """a batch without rows is a ValueError as well"""
    expect.raises(ValueError, learner.update_running_statistics, *running(rng, 4), np.zeros((0, 4)))


@pytest.mark.after("values")
def test_update_running_statistics__shapes(learner, rng):
    """both have the shape (d,)"""
    mean, var = statistics_of(learner.update_running_statistics(*running(rng, 4), batch(rng, 6, 4)))
    has_shape(mean, (4,), "the new mean")
    has_shape(var, (4,), "the new variance")


@pytest.mark.after("values")
def test_update_running_statistics__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.update_running_statistics(*running(rng, 4), batch(rng, 6, 4))
    expect.same_dtype(result, np.float64, "(mean, var)")


@pytest.mark.after("values")
def test_update_running_statistics__arguments(learner, rng):
    """the old running statistics and x are the same after the call as before, to the last bit"""
    arguments = *running(rng, 3), uneven(batch(rng, 6, 3))
    before = copies(arguments)
    learner.update_running_statistics(*arguments)
    same_arguments("running_mean running_var x", arguments, before)


# ------------------------------------------------------------------ batchnorm_inference


@pytest.mark.weight(3)
def test_batchnorm_inference__values(learner, rng):
    """y is gamma * (x - running_mean) / sqrt(running_var + eps) + beta"""
    for m, d in ((7, 3), (4, 6), (2, 5)):
        x, gamma, _, mean, var = given = evaluation(rng, m, d)
        if m == 2:
            gamma[0] = 0  # nothing can be divided by it
            # x_hat and y have no largest value
            x[0] = mean + np.sqrt(var) * rng.uniform(100, 150, d) * rng.choice([-1, 1], d)
        wanted = reference.batchnorm_inference(*given)
        expect.close(learner.batchnorm_inference(*given), wanted, "y")


def test_batchnorm_inference__square(learner, rng):
    """it is also right where there are as many examples as features"""
    given = evaluation(rng, 4, 4)
    wanted = reference.batchnorm_inference(*given)
    expect.close(learner.batchnorm_inference(*given), wanted, "y")


@pytest.mark.after("values")
def test_batchnorm_inference__alone(learner, rng):
    """one row alone gives what the same row gives in a batch"""
    x, *rest = evaluation(rng, 6, 4)
    wanted = reference.batchnorm_inference(x, *rest)
    for k in (0, 4):
        one = learner.batchnorm_inference(x[k : k + 1], *rest)
        expect.close(one, wanted[k : k + 1], "the row alone")
    expect.close(learner.batchnorm_inference(x, *rest), wanted, "y")


def test_batchnorm_inference__epsilon(learner, rng):
    """eps is added to the running variance, inside the root, whatever its value"""
    x, gamma, beta, mean, var = evaluation(rng, 5, 4, unit=1)
    cases = (narrow(var / 4), {}), (var, {"eps": 0.9}), (var, {"eps": 0.05})
    # All are called before the first demand: one epsilon alone does not tell some mistakes from others.
    found = [learner.batchnorm_inference(x, gamma, beta, mean, values, **given) for values, given in cases]
    for y, (values, given) in zip(found, cases, strict=True):
        expect.close(y, reference.batchnorm_inference(x, gamma, beta, mean, values, **given), "y")


@pytest.mark.after("values")
def test_batchnorm_inference__float32(learner, rng):
    """float32 in, float32 out, and float64 stays float64"""
    for dtype in (np.float32, np.float64):
        given = cast(dtype, *evaluation(rng, 6, 5))
        expect.same_dtype(learner.batchnorm_inference(*given), dtype, "y")


@pytest.mark.after("values")
def test_batchnorm_inference__arguments(learner, rng):
    """no argument is changed, not even in the last bit, least of all the running statistics"""
    x, *rest = evaluation(rng, 6, 3)
    given = uneven(x), *rest
    before = copies(given)
    learner.batchnorm_inference(*given)
    same_arguments("x gamma beta running_mean running_var", given, before)


# ------------------------------------------------------------------ batchnorm_inference_backward


def backward(rng, m, d, unit=1000):
    """dy, x, gamma, running_mean, running_var; dy has no zero mean."""
    x, gamma, shift, mean, var = evaluation(rng, m, d, unit)
    return rng.normal(shift, 1, (m, d)), x, gamma, mean, var


def gradients(result):
    return expect.parts(result, "dx", "dgamma", "dbeta")


def close_gradients(result, wanted):
    for name, came, want in zip(("dx", "dgamma", "dbeta"), gradients(result), wanted, strict=True):
        expect.close(came, want, name, any_shape=True)


def test_batchnorm_inference_backward__values(learner, rng):
    """dx, dgamma and dbeta, in this order"""
    given = backward(rng, 4, 6)
    wanted = reference.batchnorm_inference_backward(*given)
    close_gradients(learner.batchnorm_inference_backward(*given), wanted)


@pytest.mark.weight(2)
def test_batchnorm_inference_backward__dx(learner, rng):
    """dx alone is right: it has a single path, as the statistics are constants"""
    for m, d in ((2, 4), (9, 2)):
        given = backward(rng, m, d)
        wanted, _, _ = reference.batchnorm_inference_backward(*given)
        dx, _, _ = gradients(learner.batchnorm_inference_backward(*given))
        expect.close(dx, wanted, "dx")


@pytest.mark.weight(2)
def test_batchnorm_inference_backward__dgamma(learner, rng):
    """dgamma alone is right: summed over the batch, with the x_hat of the running statistics"""
    for m, d in ((5, 4), (3, 6)):
        dy, x, gamma, mean, _ = given = backward(rng, m, d)
        gamma[1] = dy[0, 2] = 0  # nothing can be divided by these
        x[0] = mean
        _, wanted, _ = reference.batchnorm_inference_backward(*given)
        _, dgamma, _ = gradients(learner.batchnorm_inference_backward(*given))
        expect.close(dgamma, wanted, "dgamma", any_shape=True)


def test_batchnorm_inference_backward__dbeta(learner, rng):
    """dbeta alone is right: summed over the batch"""
    given = backward(rng, 7, 4)
    _, _, wanted = reference.batchnorm_inference_backward(*given)
    _, _, dbeta = gradients(learner.batchnorm_inference_backward(*given))
    expect.close(dbeta, wanted, "dbeta", any_shape=True)


@pytest.mark.after("dgamma", "dbeta")
def test_batchnorm_inference_backward__shapes(learner, rng):
    """dgamma and dbeta have the shape (d,) of their parameters"""
    _, dgamma, dbeta = gradients(learner.batchnorm_inference_backward(*backward(rng, 6, 4)))
    has_shape(dgamma, (4,), "dgamma")
    has_shape(dbeta, (4,), "dbeta")


@pytest.mark.after("values")
def test_batchnorm_inference_backward__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.batchnorm_inference_backward(*backward(rng, 5, 3))
    expect.same_dtype(result, np.float64, "(dx, dgamma, dbeta)")


@pytest.mark.after("dx")
def test_batchnorm_inference_backward__alone(learner, rng):
    """the dx of one row alone is that of the same row in a batch"""
    dy, x, *rest = backward(rng, 5, 3)
    wanted, _, _ = reference.batchnorm_inference_backward(dy, x, *rest)
    row = slice(3, 4)
    dx, _, _ = gradients(learner.batchnorm_inference_backward(dy[row], x[row], *rest))
    expect.close(dx, wanted[row], "the row alone")


def test_batchnorm_inference_backward__epsilon(learner, rng):
    """eps is added to the running variance, inside the root, whatever its value"""
    dy, x, gamma, mean, var = backward(rng, 6, 4, unit=1)
    for values, eps in ((narrow(var / 4), 1e-5), (var, 0.9), (var, 0.05)):
        named = {} if eps == 1e-5 else {"eps": eps}
        wanted = reference.batchnorm_inference_backward(dy, x, gamma, mean, values, eps)
        result = learner.batchnorm_inference_backward(dy, x, gamma, mean, values, **named)
        close_gradients(result, wanted)


@pytest.mark.private
@pytest.mark.after("values")
def test_batchnorm_inference_backward__differences(learner, rng):
    """the gradients agree with central differences of the forward pass"""
    dy, x, gamma, mean, var = backward(rng, 4, 3)
    beta = parameters(rng, 3)
    result = learner.batchnorm_inference_backward(dy, x, gamma, mean, var)
    dx, dgamma, dbeta = gradients(result)

    def loss(x, gamma, beta):
        return (reference.batchnorm_inference(x, gamma, beta, mean, var) * dy).sum()

    expect.close(dx, differences(lambda v: loss(v, gamma, beta), x), "dx", rtol=1e-5)
    expect.close(dgamma, differences(lambda v: loss(x, v, beta), gamma), "dgamma", rtol=1e-5, any_shape=True)
    expect.close(dbeta, differences(lambda v: loss(x, gamma, v), beta), "dbeta", rtol=1e-5, any_shape=True)


def differences(f, x, h=1e-3):
    """Central differences; the loss is linear in each argument, so a wide step costs nothing."""
    gradient = np.empty_like(x)
    for k in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[k] = h
        gradient[k] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient


@pytest.mark.after("values")
def test_batchnorm_inference_backward__arguments(learner, rng):
    """no argument is changed, not even in the last bit"""
    dy, x, *rest = backward(rng, 9, 7)
    given = dy, uneven(x), *rest
    before = copies(given)
    learner.batchnorm_inference_backward(*given)
    same_arguments("dy x gamma running_mean running_var", given, before)


# ------------------------------------------------------------------ BatchNorm1d


def layers(learner, rng, d, **options):
    """The learner's layer and the reference's, with the same four arrays, far from those at the start.

    Of eight rows or fewer no output in training is above 6.
    """
    pair = learner.BatchNorm1d(d, **options), reference.BatchNorm1d(d, **options)
    mean, var = running(rng, d)
    for name, value in (
        ("gamma", parameters(rng, d) / 2),
        ("beta", parameters(rng, d) / 2),
        ("running_mean", mean),
        ("running_var", var),
    ):
        for layer in pair:
            setattr(layer, name, value)
    return pair


def test_BatchNorm1d__training(learner, rng):
    """in training it normalizes with the mean and the variance (1/m) of the batch"""
    for m, d in ((7, 3), (2, 5)):
        layer, model = layers(learner, rng, d)
        x = batch(rng, m, d)
        expect.close(layer(x), model(x), "y")


@pytest.mark.after("training")
def test_BatchNorm1d__start(learner, rng):
    """it starts with gamma 1, beta 0, running mean 0 and running variance 1"""
    layer = learner.BatchNorm1d(5)
    expect.close(layer.gamma, np.ones(5), "gamma")
    expect.close(layer.beta, np.zeros(5), "beta")
    expect.close(layer.running_mean, np.zeros(5), "running_mean")
    expect.close(layer.running_var, np.ones(5), "running_var")


@pytest.mark.after("training")
def test_BatchNorm1d__attribute(learner, rng):
    """there is an attribute training, in both modes"""
    layer = learner.BatchNorm1d(3)
    _ = layer.training
    layer.raw.eval()
    _ = layer.training


@pytest.mark.after("training", "attribute")
def test_BatchNorm1d__training_attribute(learner, rng):
    """the attribute training tells the mode: True at first, False after eval(), True after train()"""
    layer = learner.BatchNorm1d(3)
    expect.close(layer.training, True, "training at first")
    layer.raw.eval()
    expect.close(layer.training, False, "training after eval()")
    layer.raw.train()
    expect.close(layer.training, True, "training after train()")


def test_BatchNorm1d__running_mean(learner, rng):
    """each batch in training moves the running mean a tenth of the way to its own"""
    layer, model = layers(learner, rng, 4)
    for m in (5, 3):
        x = batch(rng, m, 4)
        layer(x), model(x)
    expect.close(layer.running_mean, model.running_mean, "running_mean", any_shape=True)


@pytest.mark.weight(2)
def test_BatchNorm1d__running_var(learner, rng):
    """each batch in training moves the running variance a tenth of the way to its own with 1/(m-1), without eps"""
    layer, model = layers(learner, rng, 4, eps=0.5)
    for m in (5, 3):
        x = batch(rng, m, 4)
        layer(x), model(x)
    expect.close(layer.running_var, model.running_var, "running_var", any_shape=True)


@pytest.mark.after("running_mean", "running_var")
def test_BatchNorm1d__shapes(learner, rng):
    """the running statistics keep the shape (d,)"""
    layer = learner.BatchNorm1d(4)
    layer(batch(rng, 5, 4))
    has_shape(layer.running_mean, (4,), "running_mean")
    has_shape(layer.running_var, (4,), "running_var")


def test_BatchNorm1d__far_from_zero(learner, rng):
    """in training it is right for features whose mean is large beside their spread, and for an example far from all
    others"""
    for unit, x in ((1, far(rng, 4)), (20, outlier(rng))):
        layer, model = layers(learner, rng, x.shape[1])
        layer.gamma = model.gamma = unit * model.gamma
        y, var = layer(x), layer.running_var  # both before they are judged: one may be right and the other not
        expect.close(y, model(x), "y")
        expect.close(var, model.running_var, "running_var", any_shape=True)


def test_BatchNorm1d__momentum(learner, rng):
    """momentum is the weight of the new value, whatever it is"""
    layer, model = layers(learner, rng, 3, momentum=rng.uniform(0.3, 0.45))
    x = batch(rng, 6, 3)
    layer(x), model(x)
    expect.close(layer.running_mean, model.running_mean, "running_mean", any_shape=True)
    expect.close(layer.running_var, model.running_var, "running_var", any_shape=True)


@pytest.mark.weight(2)
def test_BatchNorm1d__evaluation(learner, rng):
    """in evaluation it normalizes with the running statistics"""
    layer, model = layers(learner, rng, 4)
    layer.gamma = model.gamma = 50 * model.gamma  # y has no upper end
    layer.raw.eval(), model.eval()
    x = batch(rng, 6, 4)
    expect.close(layer(x), model(x), "y")


@pytest.mark.after("evaluation")
def test_BatchNorm1d__alone(learner, rng):
    """in evaluation one row alone gives what the same row gives in a batch"""
    layer, model = layers(learner, rng, 3)
    layer.raw.eval(), model.eval()
    x = batch(rng, 5, 3) * 1000
    for name, unit in (("running_mean", 1000), ("running_var", 1000**2)):  # epsilon is nothing beside the variance
        value = getattr(model, name) * unit
        setattr(layer, name, value), setattr(model, name, value)
    wanted = model(x)
    expect.close(layer(x[2:3]), wanted[2:3], "the row alone")
    expect.close(layer(x), wanted, "y")


@pytest.mark.weight(2)
@pytest.mark.after("evaluation")
def test_BatchNorm1d__evaluation_changes_nothing(learner, rng):
    """in evaluation nothing changes: not the running statistics, not the parameters"""
    layer, _ = layers(learner, rng, 3)
    layer.raw.eval()
    names = "running_mean", "running_var", "gamma", "beta"
    before = [getattr(layer, name) for name in names]
    layer(batch(rng, 5, 3))
    for name, old in zip(names, before, strict=True):
        expect.close(getattr(layer, name), old, name)


def test_BatchNorm1d__together(learner, rng):
    """two batches in training and then evaluation: a new layer gives the right outputs in both"""
    layer, model = learner.BatchNorm1d(3), reference.BatchNorm1d(3)
    for m in (4, 6):
        x = 0.3 * batch(rng, m, 3)
        expect.close(layer(x), model(x), "y in training")
    layer.raw.eval(), model.eval()
    x = 0.3 * batch(rng, 4, 3)
    expect.close(layer(x), model(x), "y in evaluation")


def test_BatchNorm1d__modes(learner, rng):
    """train() and eval() change the mode, there and back again"""
    layer, model = layers(learner, rng, 3)
    layer.gamma = model.gamma = model.gamma / 3
    for mode in ("train", "eval", "train"):
        getattr(layer.raw, mode)(), getattr(model, mode)()
        x = batch(rng, 4, 3)
        expect.close(layer(x), model(x), f"y after {mode}()")


def test_BatchNorm1d__epsilon(learner, rng):
    """eps is added to the variance, inside the root, in both modes, whatever its value"""
    found = []  # in both modes before the first demand: evaluation alone does not tell which mistake it is
    for options in ({}, {"eps": 0.8}):
        layer, model = layers(learner, rng, 3, **options)
        x = batch(rng, 5, 3)
        if not options:
            x = x * 1e-3
            layer.running_var = model.running_var = narrow(model.running_var)
        layer.raw.eval(), model.eval()
        found.append((layer(x), model(x), "y in evaluation"))
        layer.raw.train(), model.train()
        found.append((layer(x), model(x), "y in training"))
    for y, wanted, what in found:
        expect.close(y, wanted, what)


def test_BatchNorm1d__one_row(learner, rng):
    """in training two rows are accepted, and one row is a ValueError"""
    layer, _ = layers(learner, rng, 4)
    layer(batch(rng, 2, 4))
    expect.raises(ValueError, layer, batch(rng, 1, 4))


@pytest.mark.after("one_row")
def test_BatchNorm1d__one_row_changes_nothing(learner, rng):
    """the row that is refused leaves the running statistics as they were"""
    layer, _ = layers(learner, rng, 4)
    before = layer.running_mean, layer.running_var
    expect.raises(ValueError, layer, batch(rng, 1, 4))
    expect.close(layer.running_mean, before[0], "running_mean")
    expect.close(layer.running_var, before[1], "running_var")


@pytest.mark.after("training", "evaluation")
def test_BatchNorm1d__float64(learner, rng):
    """float64 in, float64 out, in both modes, and so are the running statistics"""
    layer, _ = layers(learner, rng, 3)
    expect.same_dtype(layer(batch(rng, 5, 3)), np.float64, "y in training")
    expect.same_dtype(layer.running_mean, np.float64, "running_mean")
    expect.same_dtype(layer.running_var, np.float64, "running_var")
    layer.raw.eval()
    expect.same_dtype(layer(batch(rng, 5, 3)), np.float64, "y in evaluation")


@pytest.mark.after("training")
def test_BatchNorm1d__arguments(learner, rng):
    """x is the same after the call as before, in both modes, to the last bit"""
    layer, _ = layers(learner, rng, 3)
    x, z = uneven(batch(rng, 5, 3)), uneven(batch(rng, 4, 3))
    before = x.copy(), z.copy()
    layer(x)
    layer.raw.eval()
    layer(z)
    expect.unchanged(x, before[0], "x in training")
    expect.unchanged(z, before[1], "x in evaluation")


# ------------------------------------------------------------------ fold_into_linear


def folded(result):
    return expect.parts(result, "W'", "b'")


def normalization(rng, d):
    """b, gamma, beta, running_mean, running_var; b is far from 0, and so is the folded b': nothing cancels in it."""
    b, gamma, beta, (mean, var) = 2 * parameters(rng, d)[::-1], parameters(rng, d), parameters(rng, d), running(rng, d)
    return b, gamma, np.copysign(beta, (b - mean) * gamma), mean, var


def linear(rng, d_in, d_out):
    """W, b, gamma, beta, running_mean, running_var."""
    return rng.normal(0, 1, (d_in, d_out)) * rng.uniform(0.5, 2, d_out), *normalization(rng, d_out)


def close_fold(result, wanted):
    for name, came, want in zip(("W'", "b'"), folded(result), wanted, strict=True):
        expect.close(came, want, name, any_shape=True)


def test_fold_into_linear__values(learner, rng):
    """W' and b', in this order"""
    for d_in, d_out in ((3, 5), (6, 2)):
        given = linear(rng, d_in, d_out)
        wanted = reference.fold_into_linear(*given)
        close_fold(learner.fold_into_linear(*given), wanted)


@pytest.mark.weight(2)
def test_fold_into_linear__weights(learner, rng):
    """W' alone is right: each output has its own scale"""
    for d_in, d_out in ((4, 3), (2, 5)):
        given = linear(rng, d_in, d_out)
        wanted, _ = reference.fold_into_linear(*given)
        W, _ = folded(learner.fold_into_linear(*given))
        expect.close(W, wanted, "W'")


@pytest.mark.weight(2)
def test_fold_into_linear__bias(learner, rng):
    """b' alone is right: Batch Normalization acts on x @ W + b, the bias included"""
    for d_in, d_out in ((4, 3), (2, 5)):
        given = linear(rng, d_in, d_out)
        given[0][0] = 0  # the scale is not W' / W
        _, wanted = reference.fold_into_linear(*given)
        _, b = folded(learner.fold_into_linear(*given))
        expect.close(b, wanted, "b'", any_shape=True)


def test_fold_into_linear__square(learner, rng):
    """it is also right where d_in equals d_out and a wrong axis raises no error"""
    given = linear(rng, 4, 4)
    wanted = reference.fold_into_linear(*given)
    close_fold(learner.fold_into_linear(*given), wanted)


def test_fold_into_linear__epsilon(learner, rng):
    """eps is added to the running variance, inside the root, whatever its value"""
    *given, var = linear(rng, 3, 4)
    for values, eps in ((narrow(var), 1e-5), (var, 0.9), (var, 0.05)):
        named = {} if eps == 1e-5 else {"eps": eps}
        wanted = reference.fold_into_linear(*given, values, eps)
        close_fold(learner.fold_into_linear(*given, values, **named), wanted)


@pytest.mark.after("values")
def test_fold_into_linear__one_layer_does_the_work_of_two(learner, rng):
    """for any input, x @ W' + b' is what the two layers give one after the other"""
    W, b, *rest = linear(rng, 5, 3)
    x = batch(rng, 8, 5)
    new_W, new_b = folded(learner.fold_into_linear(W, b, *rest))
    wanted = reference.batchnorm_inference(x @ W + b, *rest)
    expect.close(x @ new_W + shaped(new_b, (3,)), wanted, "x @ W' + b'")


@pytest.mark.after("weights", "bias")
def test_fold_into_linear__shapes(learner, rng):
    """W' has the shape of W, b' that of b"""
    W, b = folded(learner.fold_into_linear(*linear(rng, 3, 5)))
    has_shape(W, (3, 5), "W'")
    has_shape(b, (5,), "b'")


@pytest.mark.after("values")
def test_fold_into_linear__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.fold_into_linear(*linear(rng, 3, 5))
    expect.same_dtype(result, np.float64, "(W', b')")


@pytest.mark.after("values")
def test_fold_into_linear__arguments(learner, rng):
    """no argument is changed, not even in the last bit: the layers that are folded may still be needed"""
    given = linear(rng, 7, 9)
    before = copies(given)
    learner.fold_into_linear(*given)
    same_arguments("W b gamma beta running_mean running_var", given, before)


# ------------------------------------------------------------------ fold_into_conv


def conv(rng, *shape):
    """kernel, b, gamma, beta, running_mean, running_var."""
    C_out = shape[0]
    kernel = rng.normal(0, 1, shape) * rng.uniform(0.5, 2, (C_out, 1, 1, 1))
    return kernel, *normalization(rng, C_out)


def folded_conv(result):
    return expect.parts(result, "kernel'", "b'")


def close_conv(result, wanted):
    for name, came, want in zip(("kernel'", "b'"), folded_conv(result), wanted, strict=True):
        expect.close(came, want, name, any_shape=True)


def test_fold_into_conv__values(learner, rng):
    """kernel' and b', in this order"""
    for shape in ((4, 3, 1, 2), (2, 5, 3, 1)):
        given = conv(rng, *shape)
        wanted = reference.fold_into_conv(*given)
        close_conv(learner.fold_into_conv(*given), wanted)


@pytest.mark.weight(2)
def test_fold_into_conv__kernel(learner, rng):
    """kernel' alone is right: each output channel has its own scale"""
    for shape in ((5, 2, 1, 3), (2, 3, 3, 1)):
        given = conv(rng, *shape)
        wanted, _ = reference.fold_into_conv(*given)
        kernel, _ = folded_conv(learner.fold_into_conv(*given))
        expect.close(kernel, wanted, "kernel'")


@pytest.mark.weight(2)
def test_fold_into_conv__bias(learner, rng):
    """b' alone is right: Batch Normalization acts on the output of the convolution, its bias included"""
    for shape in ((5, 2, 1, 3), (2, 3, 1, 4)):
        given = conv(rng, *shape)
        given[0][:, 0, 0, 0] = 0  # the scale is not kernel' / kernel
        _, wanted = reference.fold_into_conv(*given)
        _, b = folded_conv(learner.fold_into_conv(*given))
        expect.close(b, wanted, "b'", any_shape=True)


def test_fold_into_conv__square(learner, rng):
    """it is also right where C_in, kh or kw equals C_out and a wrong axis raises no error"""
    for shape in ((3, 3, 2, 1), (2, 1, 3, 2), (2, 3, 2, 1)):
        given = conv(rng, *shape)
        wanted = reference.fold_into_conv(*given)
        close_conv(learner.fold_into_conv(*given), wanted)


def test_fold_into_conv__epsilon(learner, rng):
    """eps is added to the running variance, inside the root, whatever its value"""
    *given, var = conv(rng, 4, 2, 1, 3)
    for values, eps in ((narrow(var), 1e-5), (var, 0.9), (var, 0.05)):
        named = {} if eps == 1e-5 else {"eps": eps}
        wanted = reference.fold_into_conv(*given, values, eps)
        close_conv(learner.fold_into_conv(*given, values, **named), wanted)


@pytest.mark.after("values")
def test_fold_into_conv__one_layer_does_the_work_of_two(learner, rng):
    """for any images, zero padding included, one convolution gives what the two layers give"""
    kernel, b, *rest = conv(rng, 4, 3, 3, 2)
    images = rng.normal(1, 2, (2, 3, 5, 6))
    new_kernel, new_b = folded_conv(learner.fold_into_conv(kernel, b, *rest))
    channels_last = convolution(images, kernel, b).transpose(0, 2, 3, 1)
    wanted = reference.batchnorm_inference(channels_last, *rest).transpose(0, 3, 1, 2)
    expect.close(convolution(images, new_kernel, new_b), wanted, "the output of the folded convolution")


def convolution(images, kernel, b):
    """Convolution with one row and column of zeros around each image, (N, C_out, H', W')."""
    padded = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, np.shape(kernel)[2:], axis=(2, 3))
    return np.einsum("nihwkl,oikl->nohw", windows, kernel) + np.reshape(b, (-1, 1, 1))


@pytest.mark.after("kernel", "bias")
def test_fold_into_conv__shapes(learner, rng):
    """kernel' has the shape of the kernel, b' that of b"""
    kernel, b = folded_conv(learner.fold_into_conv(*conv(rng, 4, 2, 3, 2)))
    has_shape(kernel, (4, 2, 3, 2), "kernel'")
    has_shape(b, (4,), "b'")


@pytest.mark.after("values")
def test_fold_into_conv__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.fold_into_conv(*conv(rng, 3, 2, 2, 1))
    expect.same_dtype(result, np.float64, "(kernel', b')")


@pytest.mark.after("values")
def test_fold_into_conv__arguments(learner, rng):
    """no argument is changed, not even in the last bit: the layers that are folded may still be needed"""
    given = conv(rng, 5, 3, 2, 3)
    before = copies(given)
    learner.fold_into_conv(*given)
    same_arguments("kernel b gamma beta running_mean running_var", given, before)


# ------------------------------------------------------------------ population_statistics


def batches(rng, d, *sizes):
    """Batches of different sizes, means and spreads: the larger, the farther from 0."""
    return [batch(rng, m, d) * (1 + 0.3 * k) + 2.0 * m for k, m in enumerate(sizes)]


def check_population(learner, given, **rtol):
    rows = np.concatenate(given)
    mean, var = statistics_of(learner.population_statistics(given))
    expect.close(mean, rows.mean(axis=0), "the mean", rtol.get("mean"), any_shape=True)
    expect.close(var, rows.var(axis=0), "the variance", rtol.get("var"), any_shape=True)


@pytest.mark.weight(2)
def test_population_statistics__values(learner, rng):
    """mean and variance (1/n) of all rows, for batches of different sizes"""
    for d, sizes in ((3, (4, 6, 2)), (5, (7, 3)), (2, (2, 3, 5, 8))):
        given = batches(rng, d, *sizes)
        check_population(learner, given)


@pytest.mark.weight(2)
def test_population_statistics__mean(learner, rng):
    """the mean alone is right: a larger batch counts for more"""
    for d, sizes in ((4, (2, 7, 3)), (3, (5, 2))):
        given = batches(rng, d, *sizes)
        wanted = np.concatenate(given).mean(axis=0)
        mean, _ = statistics_of(learner.population_statistics(given))
        expect.close(mean, wanted, "the mean", any_shape=True)


def test_population_statistics__equal_sizes(learner, rng):
    """it is also right for batches of one size, and for a single batch"""
    for sizes in ((4, 4, 4), (6,)):
        given = [x + 3 * k for k, x in enumerate(batches(rng, 3, *sizes))]
        check_population(learner, given)


def test_population_statistics__one_row(learner, rng):
    """a batch may have one row, the first one too"""
    for sizes in ((1, 4, 3), (5, 1), (1, 1, 1)):
        given = [x + 4 * k for k, x in enumerate(batches(rng, 4, *sizes))]
        check_population(learner, given)


def test_population_statistics__accuracy(learner, rng):
    """it is accurate where the mean is a million times the spread"""
    for d, sizes in ((6, (7, 4, 9)), (7, (1, 6, 3, 8))):
        spread = rng.uniform(0.5, 4, d)
        given = [(rng.normal(0, 1, (m, d)) + 0.5 * k + 1e6) * spread for k, m in enumerate(sizes)]
        check_population(learner, given, mean=1e-9, var=1e-6)


def test_population_statistics__narrow(learner, rng):
    """it is right for features of a tiny spread: nothing is added to the variance"""
    check_population(learner, [x * 1e-3 for x in batches(rng, 3, 4, 6)])


@pytest.mark.after("mean")
def test_population_statistics__empty(learner, rng):
    """one batch is accepted, and an empty list is a ValueError"""
    learner.population_statistics(batches(rng, 3, 4))
    expect.raises(ValueError, learner.population_statistics, [])


@pytest.mark.after("values")
def test_population_statistics__shapes(learner, rng):
    """both have the shape (d,)"""
    mean, var = statistics_of(learner.population_statistics(batches(rng, 4, 3, 5)))
    has_shape(mean, (4,), "the mean")
    has_shape(var, (4,), "the variance")


@pytest.mark.after("values")
def test_population_statistics__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.population_statistics(batches(rng, 4, 3, 5)), np.float64, "(mean, var)")


@pytest.mark.after("values")
def test_population_statistics__arguments(learner, rng):
    """the list and the batches in it are the same after the call as before, to the last bit"""
    given = [uneven(x) for x in batches(rng, 3, 4, 2)]
    before = copies(given)
    learner.population_statistics(given)
    for argument, old in zip(given, before, strict=True):
        expect.unchanged(argument, old, "a batch")


# ------------------------------------------------------------------ keras_to_pytorch


def same_translation(learner, rng, d, momentum, m, part):
    """One of the three results, whatever the others are."""
    mean, var = rng.uniform(1, 5, d) * rng.choice([-1.0, 1.0], d), rng.uniform(0.5, 9, d)
    wanted = reference.keras_to_pytorch(mean, var, momentum, m)
    names = ("running_mean", "running_var", "momentum")
    found = expect.parts(learner.keras_to_pytorch(mean, var, momentum, m), *names)
    expect.close(found[part], wanted[part], names[part])


def test_keras_to_pytorch__mean(learner, rng):
    """the mean stays as it was"""
    same_translation(learner, rng, 4, 0.9, 5, 0)


@pytest.mark.weight(3)
def test_keras_to_pytorch__variance(learner, rng):
    """the variance is that of batches whose squares were divided by m - 1"""
    for d, m in ((4, 6), (3, 9)):
        same_translation(learner, rng, d, rng.uniform(0.6, 0.95), m, 1)


@pytest.mark.weight(2)
def test_keras_to_pytorch__momentum(learner, rng):
    """momentum is the weight of the new value"""
    for momentum in (0.99, 0.8):
        same_translation(learner, rng, 3, momentum, 7, 2)


def test_keras_to_pytorch__two_rows(learner, rng):
    """batches of two rows are translated, and one row is a ValueError: it has no variance with 1/(m-1)"""
    same_translation(learner, rng, 5, 0.9, 2, 1)
    expect.raises(ValueError, learner.keras_to_pytorch, rng.normal(size=3), rng.uniform(1, 2, 3), 0.9, 1)


@pytest.mark.after("variance")
def test_keras_to_pytorch__float64(learner, rng):
    """the statistics are float64, as they came"""
    found = learner.keras_to_pytorch(rng.normal(size=4), rng.uniform(1, 2, 4), 0.9, 8)
    mean, var, _ = expect.parts(found, "running_mean", "running_var", "momentum")
    for name, part in (("running_mean", mean), ("running_var", var)):
        expect.same_dtype(part, np.float64, name)


@pytest.mark.after("variance")
def test_keras_to_pytorch__arguments(learner, rng):
    """the arrays are the same after the call as before, to the last bit"""
    mean, var = rng.normal(size=4), rng.uniform(1, 2, 4)
    before = [part.copy() for part in (mean, var)]
    learner.keras_to_pytorch(mean, var, 0.9, 8)
    for name, part, old in zip(("moving_mean", "moving_variance"), (mean, var), before, strict=True):
        expect.unchanged(part, old, name)


# ------------------------------------------------------------------ fold_into_next_conv


def before_conv(rng, C_out, C_in, *window, unit=1000):
    """kernel, b, and gamma, beta, running_mean, running_var of the input channels.

    What the line makes of 0, what it maps to 0, and the entries of a kernel are far from 0. In this unit 1e-5 is
    nothing beside the variance, even where b' nearly cancels.
    """
    signs = rng.choice([-1.0, 1.0], (C_out, C_in, 1, 1))
    kernel = signs * rng.uniform(0.3, 2, (C_out, C_in, *window))
    gamma, beta, (mean, var) = parameters(rng, C_in), parameters(rng, C_in), running(rng, C_in)
    beta = np.copysign(beta, -mean * gamma)
    b = 5 * parameters(rng, C_out)[::-1]
    return kernel, b, gamma, beta, unit * mean, unit**2 * var


NEXT = ("kernel'", "b'", "frame")


def folded_next(learner, given, **named):
    return expect.parts(learner.fold_into_next_conv(*given, **named), *NEXT)


def close_next(found, wanted, names=NEXT):
    for name, came, want in zip(NEXT, found, wanted, strict=True):
        if name in names:
            expect.close(came, want, name, any_shape=True)


@pytest.mark.weight(2)
def test_fold_into_next_conv__kernel(learner, rng):
    """kernel' is right: each input channel has its own scale"""
    for shape in ((4, 3, 1, 2), (2, 5, 3, 1)):
        given = before_conv(rng, *shape)
        close_next(folded_next(learner, given), reference.fold_into_next_conv(*given), ["kernel'"])


@pytest.mark.weight(2)
def test_fold_into_next_conv__bias(learner, rng):
    """b' is right: what the layer makes of 0 comes in by every entry of the kernel"""
    for shape in ((5, 2, 2, 3), (2, 4, 3, 1)):
        given = before_conv(rng, *shape)
        close_next(folded_next(learner, given), reference.fold_into_next_conv(*given), ["b'"])


@pytest.mark.weight(3)
def test_fold_into_next_conv__frame(learner, rng):
    """frame is right: the raw number of each channel that the layer maps to 0"""
    for shape in ((4, 3, 1, 2), (2, 5, 3, 2)):
        given = before_conv(rng, *shape)
        close_next(folded_next(learner, given), reference.fold_into_next_conv(*given), ["frame"])


def test_fold_into_next_conv__square(learner, rng):
    """it is also right where C_out, kh or kw equals C_in and a wrong axis raises no error"""
    for shape in ((3, 3, 2, 1), (1, 2, 2, 3), (1, 3, 2, 3)):
        given = before_conv(rng, *shape)
        close_next(folded_next(learner, given), reference.fold_into_next_conv(*given))


@pytest.mark.weight(2)
def test_fold_into_next_conv__epsilon(learner, rng):
    """eps is added to the running variance, inside the root, whatever its value"""
    *given, var = before_conv(rng, 4, 2, 2, 3, unit=1)
    for values, eps in ((narrow(var), 1e-5), (var, 0.9), (var, 0.05)):
        named = {} if eps == 1e-5 else {"eps": eps}
        wanted = reference.fold_into_next_conv(*given, values, eps)
        close_next(folded_next(learner, (*given, values), **named), wanted)


@pytest.mark.after("kernel", "bias", "frame")
def test_fold_into_next_conv__one_layer_does_the_work_of_two(learner, rng):
    """for any images, at the border too, one convolution of framed images gives what the two layers give"""
    kernel, b, *rest = before_conv(rng, 4, 3, 3, 2)
    images = 1000 * rng.normal(1, 2, (2, 3, 5, 6))
    new_kernel, new_b, frame = folded_next(learner, (kernel, b, *rest))
    normalized = reference.batchnorm_inference(images.transpose(0, 2, 3, 1), *rest).transpose(0, 3, 1, 2)
    column = np.reshape(frame, (-1, 1, 1))
    whole = np.reshape(new_b, (-1, 1, 1)) + np.einsum("oikl,ijm->ojm", new_kernel, column)
    # The convolution pads with zeros: so the frame is taken from the images, and added through the kernel.
    folded = convolution(images - column, new_kernel, np.zeros(4)) + whole
    expect.close(folded, convolution(normalized, kernel, b), "the output of the folded convolution")


@pytest.mark.after("frame")
def test_fold_into_next_conv__gamma_of_zero(learner, rng):
    """a gamma of 0 is a ValueError, one channel among others: no frame does for it"""
    kernel, b, gamma, *rest = before_conv(rng, 2, 3, 2, 2)
    gamma[1] = 0
    expect.raises(ValueError, learner.fold_into_next_conv, kernel, b, gamma, *rest)


@pytest.mark.after("kernel", "bias", "frame")
def test_fold_into_next_conv__shapes(learner, rng):
    """kernel' has the shape of the kernel, b' that of b, and frame one number for each input channel"""
    found = folded_next(learner, before_conv(rng, 4, 2, 3, 2))
    for part, shape, name in zip(found, ((4, 2, 3, 2), (4,), (2,)), NEXT, strict=True):
        has_shape(part, shape, name)


@pytest.mark.after("kernel", "bias", "frame")
def test_fold_into_next_conv__float64(learner, rng):
    """float64 in, float64 out"""
    result = learner.fold_into_next_conv(*before_conv(rng, 3, 2, 2, 1))
    expect.same_dtype(result, np.float64, "(kernel', b', frame)")


@pytest.mark.after("kernel", "bias", "frame")
def test_fold_into_next_conv__arguments(learner, rng):
    """no argument is changed, not even in the last bit: the layers that are folded may still be needed"""
    given = before_conv(rng, 5, 3, 2, 3)
    before = copies(given)
    learner.fold_into_next_conv(*given)
    same_arguments("kernel b gamma beta running_mean running_var", given, before)
