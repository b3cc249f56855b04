"""Hidden tests of the chapter recurrent: each property kills named misconceptions.

Parameters are moderate, so that tanh and sigmoid stay away from their flat ends, where mistakes hide.
Inputs have four decimals, which keeps the visible answer key short.

One file a chapter, however long: an exercise's tests are found by the chapter's name.
"""

import numpy as np
import pytest

from course.examination import expect
from solutions import recurrent as reference


def parameters(rng, n, low=0.4, high=1.1):
    """Of both signs, and different in size."""
    return uniform(rng, low, high, n) * np.where(np.arange(n) % 2, -1, 1)


def normal(rng, mean, spread, shape):
    return rng.normal(mean, spread, shape).round(4)


def uniform(rng, low, high, shape):
    return rng.uniform(low, high, shape).round(4)


def spread(x, axis, std):
    """The batch with this standard deviation: what a mistake about epsilon costs does not hang on the draw."""
    mean = x.mean(axis=axis, keepdims=True)
    return (mean + (x - mean) / x.std(axis=axis, keepdims=True) * std).round(4)


def rows(rng, m, d):
    x = normal(rng, rng.uniform(-5, 5, d), 1, (m, d))
    return spread(x, 0, rng.uniform(1, 4, d)) if m > 1 else x


def wide(rng, d, n):
    """Weights so large that 1e-5 is nothing beside the variance of their outputs."""
    return 1000 * normal(rng, 0, 3, (d, n))


# Two numbers far from 0, 5 apart: their variance is 6.25. The mean of their squares minus the square of their mean is 8
# in float64, whatever the order of the sums: so this slip has numbers to be known by.
FAR = 2e8 + np.array([4.0, 5.0, 6.0, 7.0])


def far_pair(gap=5.0):
    """Two rows of four features far from 0."""
    return np.stack([FAR, FAR + gap]) * [1, -1, 1, 1]


# What float32 does not hold: a result that went through it is infinite, and so has numbers of its own.
LARGE = 1e40


def outlier(rng):
    """A batch (150, 3) in which each feature has one value far from all others, up or down: its x_hat is 12 or -12."""
    x = rng.integers(-9, 10, (150, 3)).astype(float)
    x[rng.permutation(150)[:3], np.arange(3)] = [1e6, -1e6, -1e6]
    return x


def restless(x):
    """With entries so small beside a mean that to subtract it and to add it again leaves other last digits."""
    x = x.copy()
    x.reshape(-1)[::5] *= 1e-3
    return x


def copies(*values):
    return tuple(v.copy() for v in values)


def unchanged(names, arguments, before):
    for name, argument, old in zip(names, arguments, before, strict=True):
        expect.unchanged(argument, old, name)


# ------------------------------------------------------------------ bn_rnn_forward


def sequences(rng, T, m, d, n):
    """x whose mean and spread change with time and feature, then h0, Wx, Wh, gamma and beta."""
    x = normal(rng, rng.uniform(-3, 3, (T, 1, d)), rng.uniform(0.5, 3, (T, 1, d)), (T, m, d))
    h0 = uniform(rng, -0.8, 0.8, (m, n))
    Wx = wide(rng, d, n)
    if m == 2:  # all signs alike, so that the two differ in each unit
        x[:, 1], Wx = x[:, 0] + uniform(rng, 1, 3, (T, d)), np.abs(Wx)
    Wh = normal(rng, 0, 0.6 / np.sqrt(n), (n, n))
    return x, h0, Wx, Wh, parameters(rng, n), parameters(rng, n, 0.2, 0.6)


@pytest.mark.weight(3)
def test_bn_rnn_forward__values(learner, rng):
    """h_t is tanh(BN(x_t @ Wx) + h_{t-1} @ Wh) at every time step"""
    for sizes in ((4, 7, 3, 5), (3, 5, 6, 2)):
        given = sequences(rng, *sizes)
        wanted = reference.bn_rnn_forward(*given)
        expect.close(learner.bn_rnn_forward(*given), wanted, "h")


@pytest.mark.weight(2)
def test_bn_rnn_forward__normalization(learner, rng):
    """with Wh = 0, each step is tanh(BN(x_t @ Wx)), with statistics of that step alone"""
    x, h0, Wx, Wh, gamma, beta = sequences(rng, 4, 6, 3, 5)
    wanted = reference.bn_rnn_forward(x, h0, Wx, 0 * Wh, gamma, beta)
    expect.close(learner.bn_rnn_forward(x, h0, Wx, 0 * Wh, gamma, beta), wanted, "h")


@pytest.mark.weight(2)
def test_bn_rnn_forward__recurrence(learner, rng):
    """with gamma = 0, only beta and the recurrent term are left: h_t is tanh(beta + h_{t-1} @ Wh), from h0 on"""
    x, h0, Wx, Wh, gamma, beta = sequences(rng, 4, 5, 3, 6)
    wanted = reference.bn_rnn_forward(x, h0, Wx, Wh, 0 * gamma, beta)
    expect.close(learner.bn_rnn_forward(x, h0, Wx, Wh, 0 * gamma, beta), wanted, "h")


@pytest.mark.after("values")
def test_bn_rnn_forward__epsilon(learner, rng):
    """eps is added to the variance of x_t @ Wx, inside the root, whatever its value"""
    x, h0, Wx, Wh, gamma, beta = sequences(rng, 3, 6, 4, 5)
    for weights, eps in ((7e-7 * Wx, 1e-5), (Wx / 1000, 20.0), (Wx / 1000, 2.0)):
        given = {} if eps == 1e-5 else {"eps": eps}
        wanted = reference.bn_rnn_forward(x, h0, weights, Wh, gamma, beta, eps)
        expect.close(learner.bn_rnn_forward(x, h0, weights, Wh, gamma, beta, **given), wanted, "h")


def test_bn_rnn_forward__small(learner, rng):
    """it works for one time step and for two sequences"""
    for sizes in ((1, 6, 3, 4), (3, 2, 4, 5)):
        given = sequences(rng, *sizes)
        wanted = reference.bn_rnn_forward(*given)
        expect.close(learner.bn_rnn_forward(*given), wanted, "h")


def test_bn_rnn_forward__far(learner, rng):
    """it works for inputs far from 0, where a mean of squares has no digits left for the variance"""
    _, h0, _, Wh, gamma, beta = sequences(rng, 3, 2, 1, 4)
    given = far_pair().T[:3, :, None], h0, np.array([[1.0, -1.0, 2.0, -0.5]]), Wh, gamma, beta
    wanted = reference.bn_rnn_forward(*given)
    expect.close(learner.bn_rnn_forward(*given), wanted, "h")


def test_bn_rnn_forward__square(learner, rng):
    """it is also right where T, m, d and n agree and a wrong axis raises no error"""
    for sizes in ((4, 4, 4, 4), (3, 3, 2, 2)):
        given = sequences(rng, *sizes)
        wanted = reference.bn_rnn_forward(*given)
        expect.close(learner.bn_rnn_forward(*given), wanted, "h")


@pytest.mark.after("recurrence")
def test_bn_rnn_forward__shift(learner, rng):
    """h stays the same when one vector is added to all sequences of a time step"""
    x, *others = sequences(rng, 3, 5, 4, 2)
    shift = uniform(rng, -2, 2, (3, 1, 4))
    first = learner.bn_rnn_forward(x, *copies(*others))
    second = learner.bn_rnn_forward(x + shift, *copies(*others))
    expect.close(second, first, "h of the shifted sequences")


@pytest.mark.after("recurrence")
def test_bn_rnn_forward__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.bn_rnn_forward(*sequences(rng, 2, 5, 3, 4)), np.float64, "h")


@pytest.mark.after("recurrence")
def test_bn_rnn_forward__arguments(learner, rng):
    """no argument is changed, h0 included"""
    x, *others = sequences(rng, 3, 5, 4, 2)
    given = restless(x), *others
    before = copies(*given)
    learner.bn_rnn_forward(*given)
    unchanged(("x", "h0", "Wx", "Wh", "gamma", "beta"), given, before)


# ------------------------------------------------------------------ bn_lstm_step


LSTM = ("x", "h", "c", "Wx", "Wh", "b", "gamma_x", "gamma_h", "gamma_c", "beta_c")


def cells(rng, m, d, n):
    """All arguments of a step, in order; c has a mean away from 0 and is wide, so that 1e-5 hides in c_next too."""
    x = normal(rng, rng.uniform(-3, 3, d), rng.uniform(0.5, 3, d), (m, d))
    h = uniform(rng, -0.8, 0.8, (m, n))
    c = spread(normal(rng, 0, 1, (m, n)), 0, 10.0)
    c += parameters(rng, n, 2, 6) - c.mean(axis=0).round(4)
    Wx, Wh = wide(rng, d, 4 * n), wide(rng, n, 4 * n)
    if m == 2:  # all signs alike, so that the two differ in each gate
        x[1], h[1], Wx, Wh = x[0] + uniform(rng, 1, 3, d), h[0] - uniform(rng, 0.3, 0.8, n), np.abs(Wx), np.abs(Wh)
    b = parameters(rng, 4 * n, 0.2, 0.7)
    gammas = parameters(rng, 4 * n, 0.3, 0.8), parameters(rng, 4 * n, 0.3, 0.8)[::-1].copy()
    return x, h, c, Wx, Wh, b, *gammas, parameters(rng, n), parameters(rng, n, 0.2, 0.6)


def step(result):
    return expect.parts(result, "h_next", "c_next")


@pytest.mark.weight(3)
def test_bn_lstm_step__cell(learner, rng):
    """c_next is sigmoid(f) * c + sigmoid(i) * tanh(g), itself not normalized"""
    for sizes in ((7, 3, 4), (6, 5, 3)):
        given = cells(rng, *sizes)
        wanted = reference.bn_lstm_step(*given)
        expect.close(step(learner.bn_lstm_step(*given))[1], wanted[1], "c_next")


@pytest.mark.weight(2)
def test_bn_lstm_step__hidden(learner, rng):
    """h_next is sigmoid(o) * tanh(BN(c_next; gamma_c, beta_c))"""
    for sizes in ((8, 3, 2), (5, 2, 6)):
        given = cells(rng, *sizes)
        wanted = reference.bn_lstm_step(*given)
        expect.close(step(learner.bn_lstm_step(*given))[0], wanted[0], "h_next")


@pytest.mark.weight(2)
def test_bn_lstm_step__gates(learner, rng):
    """with gamma_x = gamma_h = 0 the gates are b alone: forget, input, output, candidate, in this order"""
    x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c = cells(rng, 6, 5, 3)
    given = x, h, c, Wx, Wh, b, 0 * gamma_x, 0 * gamma_h, gamma_c, beta_c
    wanted = reference.bn_lstm_step(*given)
    expect.close(step(learner.bn_lstm_step(*given))[1], wanted[1], "c_next")


@pytest.mark.after("cell", "hidden")
def test_bn_lstm_step__epsilon(learner, rng):
    """eps is added to each of the three variances, inside the root, whatever its value"""
    x, h, c, Wx, Wh, b, gamma_x, gamma_h, gamma_c, beta_c = cells(rng, 7, 3, 5)
    narrow = x, h, c, 7e-7 * Wx, 2e-6 * Wh, b, gamma_x, gamma_h, gamma_c, beta_c
    narrow_cell = x, h, 0.5 + 3e-4 * c, Wx, Wh, b, 2e-3 * gamma_x, 2e-3 * gamma_h, gamma_c, beta_c
    moderate = x, h, 0.15 * c, Wx / 1000, Wh / 1000, b, gamma_x, gamma_h, gamma_c, beta_c
    for given, eps in ((narrow, 1e-5), (narrow_cell, 1e-5), (moderate, 0.5)):
        more = {} if eps == 1e-5 else {"eps": eps}
        wanted = reference.bn_lstm_step(*given, eps)
        h_next, c_next = step(learner.bn_lstm_step(*given, **more))
        expect.close(h_next, wanted[0], "h_next")
        expect.close(c_next, wanted[1], "c_next")


def test_bn_lstm_step__small_batch(learner, rng):
    """it works for a batch of two, and for one hidden unit"""
    for sizes in ((2, 4, 3), (5, 3, 1)):
        given = cells(rng, *sizes)
        wanted = reference.bn_lstm_step(*given)
        h_next, c_next = step(learner.bn_lstm_step(*given))
        expect.close(h_next, wanted[0], "h_next")
        expect.close(c_next, wanted[1], "c_next")


def test_bn_lstm_step__far(learner, rng):
    """it works for inputs far from 0, where a mean of squares has no digits left for the variance"""
    _, h, c, _, Wh, b, *others = cells(rng, 2, 1, 2)
    given = far_pair()[:, :1], h, c, np.array([[1, -1, 2, -0.5, 4, 1, -2, 0.25]]), Wh, b, *others
    wanted = reference.bn_lstm_step(*given)
    h_next, c_next = step(learner.bn_lstm_step(*given))
    expect.close(h_next, wanted[0], "h_next")
    expect.close(c_next, wanted[1], "c_next")


def test_bn_lstm_step__square(learner, rng):
    """it is also right where m, d and n agree and a wrong axis raises no error"""
    for sizes in ((4, 4, 4), (3, 12, 3)):
        given = cells(rng, *sizes)
        wanted = reference.bn_lstm_step(*given)
        h_next, c_next = step(learner.bn_lstm_step(*given))
        expect.close(h_next, wanted[0], "h_next")
        expect.close(c_next, wanted[1], "c_next")


@pytest.mark.after("gates")
def test_bn_lstm_step__shift(learner, rng):
    """nothing changes when one vector is added to all rows of x, and another to all rows of h"""
    x, h, *others = cells(rng, 6, 3, 4)
    first = step(learner.bn_lstm_step(x, h, *copies(*others)))
    moved = x + rng.uniform(-2, 2, 3), h + rng.uniform(-0.5, 0.5, 4)
    second = step(learner.bn_lstm_step(*moved, *copies(*others)))
    for k, what in enumerate(("h_next", "c_next")):
        expect.close(second[k], first[k], f"{what} of the shifted batch")
    # Where a root is missing, wide batches leave the gates as they are whatever comes in, and narrow ones do not.
    straight, turned = (step(learner.bn_lstm_step(0.1 * x[::k].copy(), 0.1 * h, *copies(*others))) for k in (1, -1))
    for k, what in enumerate(("h_next", "c_next")):
        expect.differs(turned[k], straight[k], what)


@pytest.mark.after("gates")
def test_bn_lstm_step__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.bn_lstm_step(*cells(rng, 4, 3, 2)), np.float64, "the result")


@pytest.mark.after("gates")
def test_bn_lstm_step__arguments(learner, rng):
    """no argument is changed, h and c included"""
    x, h, c, *others = cells(rng, 5, 3, 2)
    given = restless(x), restless(h), restless(c), *others
    before = copies(*given)
    learner.bn_lstm_step(*given)
    unchanged(LSTM, given, before)


# ------------------------------------------------------------------ TimestepBatchNorm


def statistics(rng, steps, d):
    """Running statistics that differ from row to row."""
    return uniform(rng, -4, 4, (steps, d)), uniform(rng, 1, 9, (steps, d))


def layers(learner, rng, d, steps, **options):
    """The learner's layer and the reference's, with the same parameters and running statistics.

    Of six rows or fewer no output in training is above 6.
    """
    theirs, ours = (
        learner.TimestepBatchNorm(d, steps, **options),
        reference.TimestepBatchNorm(d, steps, **options),
    )
    gamma, beta = parameters(rng, d, 0.3, 1.5), parameters(rng, d, 0.3, 1.5)
    mean, var = statistics(rng, steps, d)
    theirs.gamma, theirs.beta, theirs.running_mean, theirs.running_var = gamma, beta, mean, var
    ours.gamma, ours.beta, ours.running_mean, ours.running_var = copies(gamma, beta, mean, var)
    return theirs, ours


@pytest.mark.weight(2)
def test_TimestepBatchNorm__training(learner, rng):
    """in training, y is the batch at step t normalized with its own statistics (1/m), scaled and shifted"""
    theirs, ours = layers(learner, rng, 3, 4)
    for m, t in ((6, 0), (2, 3), (5, 1)):
        x = rows(rng, m, 3)
        expect.close(theirs(x, t), ours(x, t), "y")


@pytest.mark.weight(2)
def test_TimestepBatchNorm__running(learner, rng):
    """in training, the row of step t moves towards the batch's statistics by the share momentum (variance with
    1/(m-1)); no other row moves"""
    theirs, ours = layers(learner, rng, 4, 3, momentum=0.3, eps=0.7)
    for m, t in ((5, 0), (3, 2), (4, 0)):
        x = rows(rng, m, 4)
        theirs(x, t)
        ours(x, t)
    expect.close(theirs.running_mean, ours.running_mean, "running_mean")
    expect.close(theirs.running_var, ours.running_var, "running_var")


def in_evaluation(learner, rng):
    """Two such layers in evaluation, with statistics beside which epsilon is nothing."""
    theirs, ours = layers(learner, rng, 4, 3)
    theirs.raw.eval()
    ours.eval()
    for name, unit in (("running_mean", 1000), ("running_var", 1000**2)):
        value = getattr(ours, name) * unit
        setattr(theirs, name, value.copy()), setattr(ours, name, value)
    theirs.gamma = ours.gamma = 50 * ours.gamma  # y has no upper end
    return theirs, ours


@pytest.mark.weight(2)
def test_TimestepBatchNorm__evaluation(learner, rng):
    """in evaluation, y is normalized with the row of step t"""
    theirs, ours = in_evaluation(learner, rng)
    for m, t in ((5, 1), (2, 0)):
        x = 1000 * rows(rng, m, 4)
        expect.close(theirs(x, t), ours(x, t), "y")


@pytest.mark.after("evaluation")
def test_TimestepBatchNorm__evaluation_of_one_row(learner, rng):
    """in evaluation, a batch of one row works"""
    theirs, ours = in_evaluation(learner, rng)
    x = 1000 * rows(rng, 1, 4)
    expect.close(theirs(x, 2), ours(x, 2), "y")


@pytest.mark.after("evaluation")
def test_TimestepBatchNorm__evaluation_keeps(learner, rng):
    """in evaluation, the running statistics stay as they are"""
    theirs, ours = layers(learner, rng, 3, 4)
    theirs.raw.eval()
    for m, t in ((1, 0), (6, 1), (6, 3)):
        theirs(rows(rng, m, 3), t)
        expect.close(theirs.running_mean, ours.running_mean, "running_mean")
        expect.close(theirs.running_var, ours.running_var, "running_var")


@pytest.mark.after("training")
def test_TimestepBatchNorm__start(learner, rng):
    """a new layer has gamma 1 and beta 0 (d,), running means 0 and variances 1 (max_steps, d)"""
    layer = learner.TimestepBatchNorm(3, 5)
    expect.close(layer.gamma, np.ones(3), "gamma")
    expect.close(layer.beta, np.zeros(3), "beta")
    expect.close(layer.running_mean, np.zeros((5, 3)), "running_mean")
    expect.close(layer.running_var, np.ones((5, 3)), "running_var")


@pytest.mark.after("training")
def test_TimestepBatchNorm__mode(learner, rng):
    """the layer has the attribute training, in both modes"""
    layer = learner.TimestepBatchNorm(3, 2)
    _ = layer.training  # an error where there is none
    layer.raw.eval()
    _ = layer.training  # an error where there is none
    layer.raw.train()
    _ = layer.training  # an error where there is none


@pytest.mark.after("training", "mode")
def test_TimestepBatchNorm__mode_follows(learner, rng):
    """the attribute training is True at first, False after eval(), and True again after train()"""
    layer = learner.TimestepBatchNorm(3, 2)
    expect.close(layer.training, True, "training")
    layer.raw.eval()
    expect.close(layer.training, False, "training after eval()")
    layer.raw.train()
    expect.close(layer.training, True, "training after train()")


@pytest.mark.after("training", "evaluation")
def test_TimestepBatchNorm__there_and_back(learner, rng):
    """eval() and train() change how the layer normalizes, there and back"""
    theirs, ours = layers(learner, rng, 3, 4, momentum=0.2)
    for mode, t in (("eval", 1), ("train", 2), ("eval", 1)):
        getattr(theirs.raw, mode)()
        getattr(ours, mode)()
        x = rows(rng, 5, 3)
        expect.close(theirs(x, t), ours(x, t), f"y after {mode}()")


def twins(learner, rng, **options):
    """Two layers of the learner's with the same parameters and running statistics, and how many rows these have."""
    pair = [learner.TimestepBatchNorm(4, 3, **options) for _ in range(2)]
    gamma, beta = parameters(rng, 4, 0.5, 3), parameters(rng, 4, 0.5, 3)
    mean, var = statistics(rng, 3, 4)
    for layer in pair:
        layer.gamma, layer.beta, layer.running_mean, layer.running_var = copies(gamma, beta, mean, var)
    return pair


@pytest.mark.after("training")
def test_TimestepBatchNorm__late_training(learner, rng):
    """in training, a t past the last row does what the last row's own t does: it uses and updates the last row"""
    last, late = twins(learner, rng, momentum=0.4)
    before = late.running_mean
    for t in (3, 7):
        x = rows(rng, 5, 4)
        expect.close(late(x, t), last(x, 2), f"y at t = {t}")
        expect.close(late.running_mean, last.running_mean, f"running_mean after t = {t}")
        expect.close(late.running_var, last.running_var, f"running_var after t = {t}")
    expect.differs(late.running_mean, before, "running_mean")


@pytest.mark.after("evaluation")
def test_TimestepBatchNorm__late_evaluation(learner, rng):
    """in evaluation, a t past the last row does what the last row's own t does"""
    last, late = twins(learner, rng)
    last.raw.eval()
    late.raw.eval()
    for t in (3, 7):
        x = rows(rng, 5, 4)
        expect.close(late(x, t), last(x, 2), f"y at t = {t}")


@pytest.mark.after("training")
def test_TimestepBatchNorm__far(learner, rng):
    """in training, it works for features far from 0, where a mean of squares has no digits left for the variance, and
    for a row far from all others"""
    for unit, x in ((1, far_pair()), (20, outlier(rng))):
        theirs, ours = layers(learner, rng, x.shape[1], 2)
        theirs.gamma = ours.gamma = unit * ours.gamma
        y, var = theirs(x, 1), theirs.running_var  # both before they are judged: one may be right and the other not
        expect.close(y, ours(x, 1), "y")
        expect.close(var, ours.running_var, "running_var")


@pytest.mark.after("training", "evaluation")
def test_TimestepBatchNorm__epsilon(learner, rng):
    """eps is added to the variance, inside the root, in training and in evaluation, whatever its value"""
    for eps, unit in ((1e-5, 1e-3), (0.4, 1.0)):
        given = {} if eps == 1e-5 else {"eps": eps}
        theirs, ours = layers(learner, rng, 4, 2, **given)
        x = 2 + unit * rows(rng, 6, 4)
        expect.close(theirs(x, 0), ours(x, 0), "y in training")
        var = unit**2 * rng.uniform(0.5, 4, (2, 4))
        theirs.running_var, ours.running_var = var, var.copy()
        theirs.raw.eval()
        ours.eval()
        expect.close(theirs(x, 1), ours(x, 1), "y in evaluation")


def test_TimestepBatchNorm__one_row(learner, rng):
    """a training batch of one row is a ValueError, and the running statistics stay as they are"""
    layer = learner.TimestepBatchNorm(3, 2)
    mean, var = statistics(rng, 2, 3)
    layer.running_mean, layer.running_var = mean, var
    x, two = rows(rng, 1, 3), rows(rng, 2, 3)
    expect.raises(ValueError, layer, x, 1)
    expect.close(layer.running_mean, mean, "running_mean")
    expect.close(layer.running_var, var, "running_var")
    layer(two, 1)


@pytest.mark.after("training")
def test_TimestepBatchNorm__float64(learner, rng):
    """float64 in, float64 out, in both modes, and so are the running statistics"""
    layer = learner.TimestepBatchNorm(4, 3)
    expect.same_dtype(layer(rows(rng, 4, 4), 1), np.float64, "y")
    expect.same_dtype(layer.running_mean, np.float64, "running_mean")
    expect.same_dtype(layer.running_var, np.float64, "running_var")
    layer.raw.eval()
    expect.same_dtype(layer(rows(rng, 4, 4), 1), np.float64, "y in evaluation")


@pytest.mark.after("training")
def test_TimestepBatchNorm__arguments(learner, rng):
    """x is the same after the call as before, in both modes"""
    layer = learner.TimestepBatchNorm(4, 3)
    layer.running_mean = statistics(rng, 3, 4)[0]
    x, z = restless(rows(rng, 5, 4)), restless(rows(rng, 5, 4))
    before = copies(x, z)
    layer(x, 1)
    layer.raw.eval()
    layer(z, 1)
    unchanged(("x", "x in evaluation"), (x, z), before)


# ------------------------------------------------------------------ masked_batch_statistics


def padded(rng, T, m, d, padding=None, holes=False):
    """Sequences of different lengths; feature means far from 0; the longest fills all T steps."""
    x = rng.normal(rng.uniform(2, 6, d) * np.where(np.arange(d) % 2, -1, 1), rng.uniform(0.5, 3, d), (T, m, d))
    x += rng.normal(0, 1.5, (1, m, 1)) + rng.normal(0, 1.5, (T, 1, 1))
    lengths = rng.integers(1, T, m)
    lengths[rng.integers(1, m)] = T  # not the first, so that a square mask is not its own transpose
    mask = np.arange(T)[:, None] < lengths
    if holes:
        mask = rng.permuted(mask, axis=0)
        mask[0], mask[-1] = rng.permutation(m) % 2 == 0, True
    filled = rng.normal(30, 20, x.shape) if padding is None else padding
    return np.where(mask[:, :, None], x, filled).round(4), mask


def pair(result):
    return expect.parts(result, "mean", "var")


@pytest.mark.weight(2)
def test_masked_batch_statistics__mean(learner, rng):
    """the mean is over the valid entries, each counting once"""
    for sizes in ((6, 4, 3), (4, 5, 2)):
        x, mask = padded(rng, *sizes)
        wanted = reference.masked_batch_statistics(x, mask)
        expect.close(pair(learner.masked_batch_statistics(x, mask))[0], wanted[0], "mean")


@pytest.mark.weight(2)
def test_masked_batch_statistics__variance(learner, rng):
    """the variance is over the valid entries, divided by their number"""
    for sizes in ((5, 4, 3), (4, 6, 5)):
        x, mask = padded(rng, *sizes)
        wanted = reference.masked_batch_statistics(x, mask)
        expect.close(pair(learner.masked_batch_statistics(x, mask))[1], wanted[1], "var")


@pytest.mark.weight(2)
def test_masked_batch_statistics__nan(learner, rng):
    """padding that holds NaN or infinity leaves the statistics finite and right"""
    for padding in (np.nan, np.inf):
        x, mask = padded(rng, 5, 4, 3, padding)
        wanted = reference.masked_batch_statistics(x, mask)
        mean, var = pair(learner.masked_batch_statistics(x, mask))
        expect.close(mean, wanted[0], "mean")
        expect.close(var, wanted[1], "var")


@pytest.mark.after("mean")
def test_masked_batch_statistics__padding(learner, rng):
    """what stands in the padding makes no difference: zeros, or numbers in the thousands"""
    x, mask = padded(rng, 4, 5, 2, 0.0)
    first = pair(learner.masked_batch_statistics(x, mask))
    large = x + 5000.0 * ~mask[:, :, None]
    second = pair(learner.masked_batch_statistics(large, mask))
    for k, what in enumerate(("mean", "var")):
        expect.close(second[k], first[k], f"{what} with other padding")
    expect.differs(pair(learner.masked_batch_statistics(3 * x, mask))[1], first[1], "var")


@pytest.mark.after("mean")
def test_masked_batch_statistics__holes(learner, rng):
    """the valid entries may lie anywhere: moved to other places, they have the same mean and variance"""
    x, mask = padded(rng, 6, 5, 3)
    place = rng.permutation(mask.size)
    elsewhere = x.reshape(-1, 3)[place].reshape(x.shape), mask.ravel()[place].reshape(mask.shape)
    first, second = (pair(learner.masked_batch_statistics(*given)) for given in ((x, mask), elsewhere))
    for k, what in enumerate(("mean", "var")):
        expect.close(second[k], first[k], f"{what} of the moved entries")
    expect.differs(pair(learner.masked_batch_statistics(3 * x, mask))[1], first[1], "var")


def test_masked_batch_statistics__few(learner, rng):
    """two valid entries in all are enough; the other sequences and steps are empty"""
    x, mask = padded(rng, 5, 4, 3)
    mask = np.zeros_like(mask)
    mask[0, 1] = mask[2, 3] = True
    wanted = reference.masked_batch_statistics(x, mask)
    mean, var = pair(learner.masked_batch_statistics(x, mask))
    expect.close(mean, wanted[0], "mean")
    expect.close(var, wanted[1], "var")


def test_masked_batch_statistics__square(learner, rng):
    """it is also right where T, m and d agree and a wrong axis raises no error"""
    for sizes in ((4, 4, 4), (3, 5, 5)):
        x, mask = padded(rng, *sizes)
        wanted = reference.masked_batch_statistics(x, mask)
        mean, var = pair(learner.masked_batch_statistics(x, mask))
        expect.close(mean, wanted[0], "mean")
        expect.close(var, wanted[1], "var")


def test_masked_batch_statistics__far(learner, rng):
    """it works for features far from 0, where a mean of squares has no digits left for the variance"""
    x, mask = padded(rng, 3, 4, 4)
    mask = np.zeros_like(mask)
    mask[0, 2] = mask[2, 1] = True
    x[mask] = far_pair((2 * rng.integers(8, 16) + 1) / 4)  # no whole variance, which rounding may hit
    wanted = reference.masked_batch_statistics(x, mask)
    mean, var = pair(learner.masked_batch_statistics(x, mask))
    expect.close(mean, wanted[0], "mean")
    expect.close(var, wanted[1], "var")


@pytest.mark.after("variance")
def test_masked_batch_statistics__tiny(learner, rng):
    """it is exact for tiny features, where anything added to the variance would show"""
    x, mask = padded(rng, 5, 4, 3)
    wanted = reference.masked_batch_statistics(1e-5 * x, mask)
    expect.close(pair(learner.masked_batch_statistics(1e-5 * x, mask))[1], wanted[1], "var")


@pytest.mark.after("mean")
def test_masked_batch_statistics__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.masked_batch_statistics(*padded(rng, 4, 3, 2)), np.float64, "the result")


@pytest.mark.after("mean")
def test_masked_batch_statistics__none_valid(learner, rng):
    """no valid entry is a ValueError"""
    x, mask = padded(rng, 4, 3, 2)
    expect.raises(ValueError, learner.masked_batch_statistics, x, np.zeros_like(mask))


@pytest.mark.after("mean")
def test_masked_batch_statistics__arguments(learner, rng):
    """x and the mask are the same after the call as before, the padding included"""
    x, mask = padded(rng, 5, 4, 3)
    x = restless(x)
    before = copies(x, mask)
    learner.masked_batch_statistics(x, mask)
    unchanged(("x", "mask"), (x, mask), before)


# ------------------------------------------------------------------ layernorm_forward


def uneven(rng, m, d):
    """Rows of different means and spreads too, so that no two axes look alike; gamma and beta of both signs.

    Of eight features or fewer no output is above 6.
    """
    x, gamma, beta = rows(rng, m, d), parameters(rng, d, 0.3, 1.5), parameters(rng, d, 0.3, 1.5)
    return spread(x + rng.uniform(-4, 4, (m, 1)), 1, rng.uniform(1, 4, (m, 1))), gamma, beta


def wide_rows(rng, m, d):
    """The same in a unit in which 1e-5 is nothing beside the variance, even where scale and shift nearly cancel."""
    x, gamma, beta = uneven(rng, m, d)
    return 1000 * x, gamma, beta


def narrow(x, var=6e-6):
    """The batch with a variance of each row so small that epsilon shows."""
    mean = x.mean(axis=1, keepdims=True)
    return mean + (x - mean) / x.std(axis=1, keepdims=True) * np.sqrt(var)


def meeting_the_mean(rng):
    """A batch (4, 5) in which every other feature is its row's mean, exactly: there x_hat over the centred x is 0/0."""
    return np.array([0, 1.5, 0, -1.5, 0]) * 2.0 ** rng.permutation(4)[:, None] + rng.integers(-9, 10, (4, 1))


def y_of(result):
    """y, however the cache is packed: that is looked at by itself."""
    return expect.parts(result, "y", "cache", most=4)[0]


@pytest.mark.weight(3)
def test_layernorm_forward__values(learner, rng):
    """y is gamma * x_hat + beta, with one mean and one variance (1/d) per row"""
    for unit, m, d in ((1, 5, 8), (50, 6, 3)):
        x, gamma, beta = uneven(rng, m, d)
        given = x, unit * gamma, unit * beta  # y has no upper end
        wanted = reference.layernorm_forward(*given)[0]
        expect.close(y_of(learner.layernorm_forward(*given)), wanted, "y")


@pytest.mark.weight(2)
def test_layernorm_forward__straight_line(learner, rng):
    """with the same gamma for all features and beta 2, each row of y is a straight line over its row of x,
    with mean 2"""
    x, gamma, _ = uneven(rng, 5, 7)
    y = y_of(learner.layernorm_forward(x, np.full(7, gamma[0]), np.full(7, 2.0)))
    expect.straight_line(y, x, np.full(5, 2.0), axis=1)


@pytest.mark.after("values")
def test_layernorm_forward__epsilon(learner, rng):
    """eps is added to the variance, inside the root, whatever its value"""
    x, gamma, beta = uneven(rng, 4, 7)
    for values, eps in ((narrow(x), 1e-5), (x, 0.5), (x, 0.03)):
        given = {} if eps == 1e-5 else {"eps": eps}
        wanted = reference.layernorm_forward(values, gamma, beta, eps)[0]
        expect.close(y_of(learner.layernorm_forward(values, gamma, beta, **given)), wanted, "y")


@pytest.mark.after("values")
def test_layernorm_forward__cache(learner, rng):
    """the cache holds x_hat, gamma and inv_std (m, 1), in this order, also where features lie at the mean of a row"""
    at_the_mean = meeting_the_mean(rng), *uneven(rng, 4, 5)[1:]
    at_the_mean[1][2] = 0  # x_hat is not (y - beta) / gamma
    for eps, (x, gamma, beta) in ((1e-5, uneven(rng, 4, 6)), (0.2, uneven(rng, 4, 6)), (1e-5, at_the_mean)):
        wanted = reference.layernorm_forward(x, gamma, beta, eps)[1]
        _, cache = expect.parts(learner.layernorm_forward(x, gamma, beta, eps=eps), "y", "cache")
        x_hat, kept, inv_std = expect.parts(cache, "x_hat", "gamma", "inv_std", what="cache")
        expect.close(x_hat, wanted[0], "x_hat")
        expect.close(kept, wanted[1], "gamma")
        expect.close(inv_std, wanted[2], "inv_std")


@pytest.mark.after("values")
def test_layernorm_forward__alone(learner, rng):
    """one row alone equals the same row in a batch"""
    x, gamma, beta = wide_rows(rng, 5, 6)
    wanted = reference.layernorm_forward(x, gamma, beta)[0]
    y = y_of(learner.layernorm_forward(x[3:4], gamma, beta))
    expect.close(y, wanted[3:4], "y of one row")


def test_layernorm_forward__small(learner, rng):
    """it works for two features, and for a feature that lies at the mean of its row"""
    x, gamma, beta = wide_rows(rng, 5, 2)
    wanted = reference.layernorm_forward(x, gamma, beta)[0]
    expect.close(y_of(learner.layernorm_forward(x, gamma, beta)), wanted, "y")
    x, gamma, beta = wide_rows(rng, 4, 3)
    x[1] = 2000 + rng.choice([-1, 1]) * np.array([0, -1500, 1500])
    wanted = reference.layernorm_forward(x, gamma, beta)[0]
    expect.close(y_of(learner.layernorm_forward(x, gamma, beta)), wanted, "y")


def test_layernorm_forward__far(learner, rng):
    """it works for features far from 0, where a mean of squares has no digits left for the variance"""
    given = far_pair().T.copy(), parameters(rng, 2, 0.3, 1.5), parameters(rng, 2, 0.3, 1.5)
    wanted = reference.layernorm_forward(*given)[0]
    expect.close(y_of(learner.layernorm_forward(*given)), wanted, "y")


def test_layernorm_forward__outlier(learner, rng):
    """a feature far from all others of its row is not cut off"""
    x, gamma, beta = wide_rows(rng, 3, 150)
    x[1, 7] += 500 * x[1].std()
    wanted = reference.layernorm_forward(x, 20 * gamma, beta)[0]
    expect.close(y_of(learner.layernorm_forward(x, 20 * gamma, beta)), wanted, "y")


def test_layernorm_forward__square(learner, rng):
    """it is also right where m equals d and a wrong axis raises no error"""
    given = uneven(rng, 4, 4)
    wanted = reference.layernorm_forward(*given)[0]
    expect.close(y_of(learner.layernorm_forward(*given)), wanted, "y")


@pytest.mark.after("straight_line")
def test_layernorm_forward__float32(learner, rng):
    """float32 in, float32 out, the cache included"""
    given = tuple(v.astype(np.float32) for v in uneven(rng, 6, 5))
    expect.same_dtype(learner.layernorm_forward(*given), np.float32, "the result")


@pytest.mark.after("straight_line")
def test_layernorm_forward__float64(learner, rng):
    """float64 in, float64 out, the cache included"""
    x, gamma, beta = uneven(rng, 4, 3)
    expect.same_dtype(learner.layernorm_forward(x, LARGE * gamma, beta), np.float64, "the result")


@pytest.mark.after("straight_line")
def test_layernorm_forward__arguments(learner, rng):
    """x, gamma and beta are the same after the call as before"""
    x, *others = uneven(rng, 6, 4)
    given = restless(x), *others
    before = copies(*given)
    learner.layernorm_forward(*given)
    unchanged(("x", "gamma", "beta"), given, before)


# ------------------------------------------------------------------ layernorm_backward


def upstream(rng, m, d, eps=1e-9, gamma=None):
    """A random upstream gradient, away from 0 in the mean, and a forward pass's cache; epsilon shows if given."""
    x, scale, beta = uneven(rng, m, d)
    x = narrow(x) if eps == 1e-5 else x
    cache = reference.layernorm_forward(x, scale if gamma is None else gamma, beta, eps)[1]
    return normal(rng, rng.uniform(0.3, 1, d), 1, (m, d)), cache


def gradients(learner, dy, cache):
    return expect.parts(learner.layernorm_backward(dy, cache), "dx", "dgamma", "dbeta")


@pytest.mark.weight(3)
def test_layernorm_backward__dx(learner, rng):
    """dx is the gradient with respect to x, through x itself, the mean and the variance of its row"""
    for m, d in ((5, 8), (7, 3)):
        dy, cache = upstream(rng, m, d)
        wanted = reference.layernorm_backward(dy, cache)[0]
        expect.close(gradients(learner, dy, cache)[0], wanted, "dx")


def test_layernorm_backward__equal_gamma(learner, rng):
    """dx is right where gamma is the same for all features"""
    for value in (1.0, -2.5):
        dy, cache = upstream(rng, 4, 6, gamma=np.full(6, value))
        wanted = reference.layernorm_backward(dy, cache)[0]
        expect.close(gradients(learner, dy, cache)[0], wanted, "dx")


def test_layernorm_backward__dgamma(learner, rng):
    """dgamma is the sum over the rows of dy * x_hat, with the x_hat of the cache, eps and all"""
    for eps in (1e-9, 1e-5):
        dy, cache = upstream(rng, 6, 4, eps)
        cache[1][2] = 0  # nothing can be divided by it
        wanted = reference.layernorm_backward(dy, cache)[1]
        expect.close(gradients(learner, dy, cache)[1], wanted, "dgamma", any_shape=True)


def test_layernorm_backward__dbeta(learner, rng):
    """dbeta is the sum over the rows of dy"""
    dy, cache = upstream(rng, 5, 3)
    wanted = reference.layernorm_backward(dy, cache)[2]
    expect.close(gradients(learner, dy, cache)[2], wanted, "dbeta", any_shape=True)


@pytest.mark.after("dgamma", "dbeta")
def test_layernorm_backward__shape(learner, rng):
    """dgamma and dbeta have the shape (d,) of their parameters"""
    for part, name in zip(gradients(learner, *upstream(rng, 6, 4))[1:], ("dgamma", "dbeta"), strict=True):
        expect.sums_to(part, np.zeros(4), 0, np.zeros(()), 1.0, name)  # whatever its numbers are


@pytest.mark.after("dx")
def test_layernorm_backward__epsilon(learner, rng):
    """dx differentiates what the forward pass did: inv_std comes from the cache, eps and all"""
    dy, cache = upstream(rng, 5, 4, eps=3.0)
    x, gamma, beta = uneven(rng, 5, 4)
    small = reference.layernorm_forward(narrow(x), gamma, beta, 1e-9)[1]  # rows in which 1e-5 would show
    for given in (cache, small):
        wanted = reference.layernorm_backward(dy, given)
        expect.close(gradients(learner, dy, given)[0], wanted[0], "dx")


def test_layernorm_backward__square(learner, rng):
    """dx is also right where m equals d and a wrong axis raises no error"""
    dy, cache = upstream(rng, 4, 4)
    wanted = reference.layernorm_backward(dy, cache)
    expect.close(gradients(learner, dy, cache)[0], wanted[0], "dx")


def test_layernorm_backward__at_the_mean(learner, rng):
    """dx is right where an entry of x_hat, gamma or dy is 0: nothing can be divided by it"""
    dy, (x_hat, gamma, inv_std) = upstream(rng, 4, 3)
    gamma[2] = dy[0, 1] = 0
    x_hat[1] = np.array([0, -1, 1]) * np.sqrt(1.5)
    cache = x_hat, gamma, inv_std
    wanted = reference.layernorm_backward(dy, cache)[0]
    expect.close(gradients(learner, dy, cache)[0], wanted, "dx")


@pytest.mark.after("dx")
def test_layernorm_backward__rows_sum_to_zero(learner, rng):
    """each row of dx sums to 0: the same shift of all features of an example changes nothing"""
    dy, cache = upstream(rng, 6, 5)
    wanted = reference.layernorm_backward(dy, cache)[0]
    dx = gradients(learner, dy, cache)[0]
    expect.sums_to_zero(dx, axis=1, scale=np.abs(wanted).sum(), what="dx")


@pytest.mark.after("dx")
def test_layernorm_backward__alone(learner, rng):
    """dx of one row alone equals that row of dx in a batch"""
    dy, (x_hat, gamma, inv_std) = upstream(rng, 5, 6)
    wanted = reference.layernorm_backward(dy, (x_hat, gamma, inv_std))[0]
    one = slice(3, 4)
    dx = gradients(learner, dy[one], (x_hat[one], gamma, inv_std[one]))[0]
    expect.close(dx, wanted[one], "dx of one row")


@pytest.mark.after("dbeta")
def test_layernorm_backward__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.layernorm_backward(*upstream(rng, 4, 5)), np.float64, "the result")


@pytest.mark.after("dbeta")
def test_layernorm_backward__arguments(learner, rng):
    """dy and the arrays of the cache are the same after the call as before"""
    dy, cache = upstream(rng, 5, 4)
    before = copies(dy, *cache)
    learner.layernorm_backward(dy, cache)
    unchanged(("dy", "x_hat", "gamma", "inv_std"), (dy, *cache), before)


# ------------------------------------------------------------------ masked_step_statistics


def lasting(rng, lengths, d, padding=7.0):
    """Sequences of these lengths, whose features move from step to step; the padding is far from them."""
    T, m = max(lengths), len(lengths)
    x = rng.normal(rng.uniform(2, 6, d) * np.where(np.arange(d) % 2, -1, 1), rng.uniform(0.5, 3, d), (T, m, d))
    x += rng.normal(0, 2, (1, m, 1)) + rng.normal(0, 3, (T, 1, 1))
    mask = np.arange(T)[:, None] < rng.permutation(lengths)
    return np.where(mask[:, :, None], x, padding), mask


def same_steps(learner, x, mask, *names):
    wanted = dict(zip(("mean", "var"), reference.masked_step_statistics(x, mask), strict=True))
    found = pair(learner.masked_step_statistics(x, mask))
    for (name, want), part in zip(wanted.items(), found, strict=True):
        if name in names:
            expect.close(part, want, name)


@pytest.mark.weight(2)
def test_masked_step_statistics__mean(learner, rng):
    """each step has its own mean, over the sequences that reach it"""
    for lengths, d in (((5, 3, 5, 2, 4), 3), ((4, 4, 2, 3, 3, 4), 2)):
        same_steps(learner, *lasting(rng, lengths, d), "mean")


@pytest.mark.weight(2)
def test_masked_step_statistics__variance(learner, rng):
    """each step has its own variance, around its own mean, divided by the number of sequences that reach it"""
    for lengths, d in (((6, 3, 6, 2, 5), 3), ((4, 4, 1, 3, 3, 4), 2)):
        same_steps(learner, *lasting(rng, lengths, d), "var")


def test_masked_step_statistics__two_sequences(learner, rng):
    """two sequences are enough for a step to have its own mean and variance"""
    same_steps(learner, *lasting(rng, (5, 2, 5, 3), 3), "mean", "var")


@pytest.mark.weight(2)
def test_masked_step_statistics__the_last_ones(learner, rng):
    """steps that fewer than two sequences reach have the mean and the variance of the last step that two reach"""
    for lengths in ((7, 3, 4, 2), (6, 2, 2)):
        same_steps(learner, *lasting(rng, lengths, 2), "mean", "var")


def test_masked_step_statistics__empty_steps(learner, rng):
    """so do steps that no sequence reaches"""
    x, mask = lasting(rng, (4, 4, 3), 3)
    more = np.full((2, *x.shape[1:]), 7.0)
    same_steps(learner, np.vstack([x, more]), np.vstack([mask, np.zeros((2, 3), dtype=bool)]), "mean", "var")


def test_masked_step_statistics__full(learner, rng):
    """without padding they are the mean and the variance over axis 1"""
    x, mask = lasting(rng, (4, 4, 4, 4, 4), 3)
    mean, var = pair(learner.masked_step_statistics(x, mask))
    expect.close(mean, x.mean(axis=1), "mean")
    expect.close(var, x.var(axis=1), "var")


def test_masked_step_statistics__nan(learner, rng):
    """padding that holds NaN or infinity leaves the statistics finite and right"""
    for padding in (np.nan, np.inf):
        same_steps(learner, *lasting(rng, (5, 3, 5, 2), 3, padding), "mean", "var")


def test_masked_step_statistics__first_step(learner, rng):
    """two sequences at the first step are accepted, and one is a ValueError"""
    same_steps(learner, *lasting(rng, (3, 3), 2), "mean")
    x, mask = lasting(rng, (3, 3), 2)
    mask[:, 1] = False
    expect.raises(ValueError, learner.masked_step_statistics, x, mask)


@pytest.mark.after("mean")
def test_masked_step_statistics__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.masked_step_statistics(*lasting(rng, (4, 3, 4), 2)), np.float64, "the result")


@pytest.mark.after("mean")
def test_masked_step_statistics__arguments(learner, rng):
    """x and the mask are the same after the call as before, the padding included"""
    x, mask = lasting(rng, (5, 3, 5, 4), 3)
    x = restless(x)
    before = copies(x, mask)
    learner.masked_step_statistics(x, mask)
    unchanged(("x", "mask"), (x, mask), before)


# ------------------------------------------------------------------ gradient_through_time


def way_back(rng, T, m, n):
    """States, h0, Wh and dh. Any h in (-1, 1) is what some a gives; its slopes are far from 0 and from 1, and no signs
    cancel: a mistake about a path shows in every entry."""
    signs = np.where(np.arange(n) % 2, -1, 1) * rng.choice([-1, 1])
    h = uniform(rng, 0.35, 0.85, (T, m, n)) * signs
    h0 = uniform(rng, 0.4, 1.6, (m, n)) * signs
    Wh = uniform(rng, 0.3, 1.1, (n, n)) / n * 1.8 * signs * signs[:, None]
    dh = uniform(rng, 0.5, 2, (T, m, n)) * signs
    return h, h0, Wh.round(4), dh


GRADIENTS = ("da", "dh0", "dWh")


def same_through_time(learner, given, *names):
    """These parts of the gradient, whatever the others are."""
    wanted = reference.gradient_through_time(*given)
    found = expect.parts(learner.gradient_through_time(*given), *GRADIENTS)
    for name, part, want in zip(GRADIENTS, found, wanted, strict=True):
        if name in names:
            expect.close(part, want, name)


@pytest.mark.weight(3)
def test_gradient_through_time__inputs(learner, rng):
    """da is the gradient with respect to each a_t, through all later steps"""
    for sizes in ((4, 3, 2), (5, 2, 4)):
        same_through_time(learner, way_back(rng, *sizes), "da")


@pytest.mark.weight(2)
@pytest.mark.rests("inputs")
def test_gradient_through_time__weights(learner, rng):
    """dWh is the gradient with respect to Wh, over all steps and sequences"""
    for sizes in ((4, 3, 2), (3, 5, 4)):
        same_through_time(learner, way_back(rng, *sizes), "dWh")


@pytest.mark.weight(2)
@pytest.mark.rests("inputs")
def test_gradient_through_time__start(learner, rng):
    """dh0 is the gradient with respect to the state before the first step"""
    for sizes in ((4, 3, 2), (3, 2, 5)):
        same_through_time(learner, way_back(rng, *sizes), "dh0")


def test_gradient_through_time__one_step(learner, rng):
    """it is right for a single time step, with no later one"""
    same_through_time(learner, way_back(rng, 1, 3, 4), *GRADIENTS)


def test_gradient_through_time__last_step(learner, rng):
    """with an outside gradient at the last step alone, da and dh0 are right at every step before it"""
    h, h0, Wh, dh = way_back(rng, 5, 2, 3)
    dh[:-1] = 0
    same_through_time(learner, (h, h0, Wh, dh), "da", "dh0")


def test_gradient_through_time__first_step(learner, rng):
    """with an outside gradient at the first step alone, da is right there and 0 at all later steps"""
    h, h0, Wh, dh = way_back(rng, 4, 3, 2)
    dh[1:] = 0
    same_through_time(learner, (h, h0, Wh, dh), "da", "dh0")


def test_gradient_through_time__decoupled(learner, rng):
    """with Wh = 0, where no step hears of another, da and dWh are right"""
    h, h0, Wh, dh = way_back(rng, 4, 2, 3)
    same_through_time(learner, (h, h0, 0 * Wh, dh), "da", "dWh")


@pytest.mark.rests("inputs")
def test_gradient_through_time__from_nothing(learner, rng):
    """with h0 = 0, where the first step adds nothing to dWh, dWh and dh0 are right"""
    h, h0, Wh, dh = way_back(rng, 3, 4, 2)
    same_through_time(learner, (h, 0 * h0, Wh, dh), "dh0", "dWh")


@pytest.mark.rests("inputs")
def test_gradient_through_time__equal_sequences(learner, rng):
    """a sequence that is in the batch three times counts three times in dWh"""
    h, h0, Wh, dh = way_back(rng, 4, 1, 3)
    same_through_time(learner, (h.repeat(3, axis=1), h0.repeat(3, axis=0), Wh, dh.repeat(3, axis=1)), "dWh")


def test_gradient_through_time__square(learner, rng):
    """it is also right where T, m and n agree and a wrong axis raises no error"""
    same_through_time(learner, way_back(rng, 3, 3, 3), *GRADIENTS)


def test_gradient_through_time__differences(learner, rng):
    """all three agree with central differences of the network's own loss"""
    _, h0, Wh, dh = way_back(rng, 3, 2, 3)
    a, step = normal(rng, 0, 0.5, dh.shape), 1e-5

    def states(a, h0, Wh):
        h = [h0]
        for a_t in a:
            h.append(np.tanh(a_t + h[-1] @ Wh))
        return np.stack(h[1:])

    def slopes(k):
        """Central differences with respect to argument k of `states`."""
        given, found = [a, h0, Wh], np.empty_like((a, h0, Wh)[k])
        for place in np.ndindex(*found.shape):
            ends = []
            for sign in (1, -1):
                moved = given[k].copy()
                moved[place] += sign * step
                ends.append((dh * states(*given[:k], moved, *given[k + 1 :])).sum())
            found[place] = (ends[0] - ends[1]) / (2 * step)
        return found

    found = expect.parts(learner.gradient_through_time(states(a, h0, Wh), h0, Wh, dh), *GRADIENTS)
    for k, (name, part) in enumerate(zip(GRADIENTS, found, strict=True)):
        expect.close(part, slopes(k), name)


@pytest.mark.after("inputs")
def test_gradient_through_time__float32(learner, rng):
    """float32 arrays in, float32 out"""
    given = (part.astype(np.float32) for part in way_back(rng, 3, 4, 2))
    expect.same_dtype(learner.gradient_through_time(*given), np.float32, "(da, dh0, dWh)")


@pytest.mark.after("inputs")
def test_gradient_through_time__float64(learner, rng):
    """float64 in, float64 out"""
    expect.same_dtype(learner.gradient_through_time(*way_back(rng, 3, 2, 4)), np.float64, "(da, dh0, dWh)")


@pytest.mark.after("inputs")
def test_gradient_through_time__arguments(learner, rng):
    """h, h0, Wh and dh are the same after the call as before"""
    given = way_back(rng, 4, 3, 2)
    before = copies(*given)
    learner.gradient_through_time(*given)
    unchanged(("h", "h0", "Wh", "dh"), given, before)
