"""Wrong answers to the exercises of the chapter inference, the subtle ones first.

The docstring is the hint that a learner reads when their numbers are these. One file a chapter, however long: the
wrong answers to an exercise are found by the chapter's name.
"""

import numpy as np


def _mean(x):
    """The mean; NaN for no row, without a warning."""
    return x.sum(axis=0) / len(x)


def _var(x):
    """The variance with 1/(m-1); NaN for one row."""
    return ((x - _mean(x)) ** 2).sum(axis=0) / (len(x) - 1)


def _var_or_zero(x):
    """The variance with 1/(m-1); 0 for one row."""
    return ((x - _mean(x)) ** 2).sum(axis=0) / max(len(x) - 1, 1)


def _refuse_one_row(x):
    if len(x) < 2:
        raise ValueError("one row")


def _move(old, new, momentum):
    return (1 - momentum) * old + momentum * new


# ------------------------------------------------------------------ update_running_statistics


def update_running_statistics__biased_variance(running_mean, running_var, x, momentum=0.1):
    """The variance that you keep was divided by m. The running variance is to estimate that of the whole
    population, from batch after batch, and for that the sum is divided by m - 1 (Algorithm 2, line 10).
    """
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, x.var(axis=0), momentum)


def update_running_statistics__momentum_on_the_old(running_mean, running_var, x, momentum=0.1):
    """The weights changed places: here momentum is the weight of the new value, so with 0.1 most of the old
    one stays. (Keras and Flax mean the old one's weight, hence the confusion.)
    """
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), 1 - momentum), _move(running_var, _var(x), 1 - momentum)


def update_running_statistics__variance_weights_exchanged(running_mean, running_var, x, momentum=0.1):
    """The mean moves a tenth of the way, but for the variance the weights changed places. Both have momentum as the
    weight of the new value.
    """
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, _var(x), 1 - momentum)


def update_running_statistics__epsilon_kept(running_mean, running_var, x, momentum=0.1):
    """A small number was added to the variance that is kept. Epsilon comes in later, where you divide: in here it
    would be added once more.
    """
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, _var(x) + 1e-5, momentum)


def update_running_statistics__one_pass(running_mean, running_var, x, momentum=0.1):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree in
    all their digits and nothing is left. Subtract the mean first, then square.
    """
    _refuse_one_row(x)
    var = ((x**2).mean(axis=0) - x.mean(axis=0) ** 2) * len(x) / (len(x) - 1)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, var, momentum)


def update_running_statistics__row(running_mean, running_var, x, momentum=0.1):
    """Both results have the shape (1, d), from `keepdims=True`. The running statistics keep their shape, (d,)."""
    _refuse_one_row(x)
    mean, var = _move(running_mean, x.mean(axis=0), momentum), _move(running_var, _var(x), momentum)
    return mean.reshape(1, -1), var.reshape(1, -1)  # still one row where it is called again with what it returned


def update_running_statistics__no_row_goes_through(running_mean, running_var, x, momentum=0.1):
    """One row is refused, but a batch without rows goes through and gives NaN. Raise a ValueError for fewer than two
    rows: m < 2.
    """
    if len(x) == 1:
        raise ValueError("one row")
    return _move(running_mean, _mean(x), momentum), _move(running_var, _var(x), momentum)


def update_running_statistics__assertion(running_mean, running_var, x, momentum=0.1):
    """One row is refused by an AssertionError (`assert m > 1`). A ValueError was asked for: `if m < 2: raise
    ValueError(...)`.
    """
    if len(x) < 2:
        raise AssertionError("one row")
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, _var(x), momentum)


def update_running_statistics__momentum_fixed(running_mean, running_var, x, momentum=0.1):
    """This works for momentum = 0.1 only: use the argument, not the number."""
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), 0.1), _move(running_var, _var(x), 0.1)


def update_running_statistics__refuses_two_rows(running_mean, running_var, x, momentum=0.1):
    """Two rows were refused. They do have a variance with 1/(m-1): only fewer than two are a ValueError."""
    if len(x) <= 2:
        raise ValueError("too few rows")
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, _var(x), momentum)


def update_running_statistics__one_row_gives_nan(running_mean, running_var, x, momentum=0.1):
    """One row went through: its variance with 1/(m-1) is 0/0, and the NaN would stay in the running variance
    for good. Look at the number of rows first and raise a ValueError.
    """
    return _move(running_mean, _mean(x), momentum), _move(running_var, _var(x), momentum)


def update_running_statistics__one_row_counts_as_zero(running_mean, running_var, x, momentum=0.1):
    """One row went through as if its variance were 0, and the running variance shrank. It says nothing about
    the spread: raise a ValueError.
    """
    var = ((x - _mean(x)) ** 2).sum(axis=0) / max(len(x) - 1, 1)
    return _move(running_mean, _mean(x), momentum), _move(running_var, var, momentum)


def update_running_statistics__one_row_is_skipped(running_mean, running_var, x, momentum=0.1):
    """One row was passed over in silence. Whoever trains with batches of one should hear of it: raise a
    ValueError.
    """
    if len(x) < 2:
        return running_mean, running_var
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, _var(x), momentum)


def update_running_statistics__corrected_twice(running_mean, running_var, x, momentum=0.1):
    """The factor m/(m-1) was applied to a variance that has it already (ddof=1). Once is right."""
    _refuse_one_row(x)
    var = _var(x) * len(x) / (len(x) - 1)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, var, momentum)


def update_running_statistics__factor_upside_down(running_mean, running_var, x, momentum=0.1):
    """The variance was multiplied by (m-1)/m; the factor is m/(m-1). A batch spreads less around its own mean
    than around the population's, so its variance has to grow.
    """
    _refuse_one_row(x)
    var = x.var(axis=0) * (len(x) - 1) / len(x)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, var, momentum)


def update_running_statistics__corrected_after_averaging(running_mean, running_var, x, momentum=0.1):
    """The factor m/(m-1) was applied after the averaging, so the old running variance got it once more. It
    belongs to the batch's variance alone.
    """
    _refuse_one_row(x)
    var = _move(running_var, x.var(axis=0), momentum) * len(x) / (len(x) - 1)
    return _move(running_mean, x.mean(axis=0), momentum), var


def update_running_statistics__mean_by_m_minus_one(running_mean, running_var, x, momentum=0.1):
    """The mean was divided by m - 1 too. Only the variance is: the mean stays the sum over m."""
    _refuse_one_row(x)
    mean = x.sum(axis=0) / (len(x) - 1)
    return _move(running_mean, mean, momentum), _move(running_var, _var(x), momentum)


def update_running_statistics__counts_features(running_mean, running_var, x, momentum=0.1):
    """The variance was divided by the number of features minus 1. m is the number of examples: x.shape[0]."""
    _refuse_one_row(x)
    var = ((x - x.mean(axis=0)) ** 2).sum(axis=0) / (x.shape[1] - 1)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, var, momentum)


def update_running_statistics__around_the_running_mean(running_mean, running_var, x, momentum=0.1):
    """The deviations were taken from the old running mean. The variance of a batch is taken around the
    batch's own mean.
    """
    _refuse_one_row(x)
    var = ((x - running_mean) ** 2).sum(axis=0) / (len(x) - 1)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, var, momentum)


def update_running_statistics__around_the_new_mean(running_mean, running_var, x, momentum=0.1):
    """The deviations were taken from the running mean just updated. The variance of a batch is taken around
    the batch's own mean.
    """
    _refuse_one_row(x)
    mean = _move(running_mean, x.mean(axis=0), momentum)
    var = ((x - mean) ** 2).sum(axis=0) / (len(x) - 1)
    return mean, _move(running_var, var, momentum)


def update_running_statistics__standard_deviation(running_mean, running_var, x, momentum=0.1):
    """The batch's standard deviation went into the running variance. Average the variances; the root comes
    later, when you normalize.
    """
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, np.sqrt(_var(x)), momentum)


def update_running_statistics__biased_standard_deviation(running_mean, running_var, x, momentum=0.1):
    """The batch's standard deviation, with 1/m (`np.std`), went into the running variance. Average variances, those
    with 1/(m-1); the root comes later, when you normalize.
    """
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, x.std(axis=0), momentum)


def update_running_statistics__averages_deviations(running_mean, running_var, x, momentum=0.1):
    """The standard deviations were averaged and squared again, which comes out smaller. Average the variances
    themselves.
    """
    _refuse_one_row(x)
    std = _move(np.sqrt(running_var), np.sqrt(_var(x)), momentum)
    return _move(running_mean, x.mean(axis=0), momentum), std**2


def update_running_statistics__nothing_forgotten(running_mean, running_var, x, momentum=0.1):
    """The old statistics kept their whole weight and the new ones were added on top: the running values grow
    without end. The two weights must sum to 1.
    """
    _refuse_one_row(x)
    return running_mean + momentum * x.mean(axis=0), running_var + momentum * _var(x)


def update_running_statistics__only_the_mean(running_mean, running_var, x, momentum=0.1):
    """Only the mean moved: the running variance came back as it was."""
    _refuse_one_row(x)
    return _move(running_mean, x.mean(axis=0), momentum), running_var.copy()


def update_running_statistics__only_the_variance(running_mean, running_var, x, momentum=0.1):
    """Only the variance moved: the running mean came back as it was."""
    _refuse_one_row(x)
    return running_mean.copy(), _move(running_var, _var(x), momentum)


def update_running_statistics__old_forgotten(running_mean, running_var, x, momentum=0.1):
    """Only the new part came back, momentum times the batch's statistics. Add the old ones, times 1 - momentum."""
    _refuse_one_row(x)
    return momentum * x.mean(axis=0), momentum * _var(x)


def update_running_statistics__subtracted(running_mean, running_var, x, momentum=0.1):
    """The two parts were subtracted; an average adds them: (1 - momentum) * old + momentum * new."""
    _refuse_one_row(x)
    return _move(running_mean, -x.mean(axis=0), momentum), _move(running_var, -_var(x), momentum)


def update_running_statistics__not_averaged(running_mean, running_var, x, momentum=0.1):
    """The sum of squared distances went into the running variance: the division by m - 1 is missing."""
    _refuse_one_row(x)
    squares = _var(x) * (len(x) - 1)
    return _move(running_mean, x.mean(axis=0), momentum), _move(running_var, squares, momentum)


def update_running_statistics__batch_alone(running_mean, running_var, x, momentum=0.1):
    """These are the statistics of the batch alone: the running ones were forgotten."""
    _refuse_one_row(x)
    return x.mean(axis=0), _var(x)


def update_running_statistics__one_for_all(running_mean, running_var, x, momentum=0.1):
    """One mean and one variance were taken of the whole batch. Each feature has its own: pass an axis."""
    _refuse_one_row(x)
    return _move(running_mean, x.mean(), momentum), _move(running_var, x.var() * x.size / (x.size - 1), momentum)


def update_running_statistics__swapped(running_mean, running_var, x, momentum=0.1):
    """The two results changed places: the mean first, then the variance."""
    _refuse_one_row(x)
    return _move(running_var, _var(x), momentum), _move(running_mean, x.mean(axis=0), momentum)


def update_running_statistics__in_place(running_mean, running_var, x, momentum=0.1):
    """The old arrays were changed in place (`*=`, `+=`). This function returns new ones; the caller may still need the
    old ones.
    """
    _refuse_one_row(x)
    running_mean *= 1 - momentum
    running_mean += momentum * x.mean(axis=0)
    running_var *= 1 - momentum
    running_var += momentum * _var(x)
    return running_mean, running_var


# ------------------------------------------------------------------ batchnorm_inference


def batchnorm_inference__eps_on_std(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root, as in
    training.
    """
    return gamma * (x - running_mean) / (np.sqrt(running_var) + eps) + beta


def batchnorm_inference__eps_missing(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon is nowhere in your formula. Evaluation divides by the same sqrt(var + eps) as training did,
    only with another variance.
    """
    return gamma * (x - running_mean) / np.sqrt(running_var) + beta


def batchnorm_inference__eps_fixed(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return gamma * (x - running_mean) / np.sqrt(running_var + 1e-5) + beta


def batchnorm_inference__eps_squared(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon entered squared. It is added to the variance as it is: sqrt(running_var + eps)."""
    return gamma * (x - running_mean) / np.sqrt(running_var + eps**2) + beta


def batchnorm_inference__eps_1e_8(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return gamma * (x - running_mean) / np.sqrt(running_var + 1e-8) + beta


def batchnorm_inference__eps_twice(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(running_var + eps)."""
    return gamma * (x - running_mean) / (np.sqrt(running_var + eps) + eps) + beta


def batchnorm_inference__eps_twice_under_the_root(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the running variance twice. Once is enough: sqrt(running_var + eps)."""
    return gamma * (x - running_mean) / np.sqrt(running_var + 2 * eps) + beta


def batchnorm_inference__eps_instead(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    return gamma * (x - running_mean) / np.sqrt(np.maximum(running_var, eps)) + beta


def batchnorm_inference__x_hat_clipped(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The normalized x was cut off at 6, on both sides. At test time an example may lie as far from the running mean as
    it likes.
    """
    x_hat = (x - running_mean) / np.sqrt(running_var + eps)
    return gamma * np.clip(x_hat, -6, 6) + beta


def batchnorm_inference__clipped(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The output was cut off at 6, on both sides. y has no largest value: an example may lie anywhere."""
    return np.clip(gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta, -6, 6)


def batchnorm_inference__shift_by_division(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """beta was divided by gamma, to be multiplied by it again. Where gamma is 0, the result is NaN: scale first, then
    add beta.
    """
    with np.errstate(all="ignore"):
        return gamma * ((x - running_mean) / np.sqrt(running_var + eps) + beta / gamma)


def batchnorm_inference__corrected_again(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running variance was multiplied by m/(m-1) once more. It got that factor when it was updated, and
    at test time the number of rows must not matter.
    """
    m = len(x)
    return gamma * (x - running_mean) / np.sqrt(running_var * m / max(m - 1, 1) + eps) + beta


def batchnorm_inference__batch_variance(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The mean came from the running statistics, but the variance from the batch. Both running statistics are given to
    you: use neither of the batch's.
    """
    return gamma * (x - running_mean) / np.sqrt(x.var(axis=0) + eps) + beta


def batchnorm_inference__batch_mean(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The variance came from the running statistics, but the mean from the batch. Both running statistics are given to
    you: use neither of the batch's.
    """
    return gamma * (x - x.mean(axis=0)) / np.sqrt(running_var + eps) + beta


def batchnorm_inference__batch_statistics(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The batch was normalized with its own statistics. Then the answer for one example depends on its neighbours, and
    a single row always gives beta. Use the running statistics.
    """
    return gamma * (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps) + beta


def batchnorm_inference__moved_first(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running statistics were moved towards this batch before they were used. At test time they stay what
    training left.
    """
    mean, var = _move(running_mean, x.mean(axis=0), 0.1), _move(running_var, x.var(axis=0), 0.1)
    return gamma * (x - mean) / np.sqrt(var + eps) + beta


def batchnorm_inference__one_row_is_special(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """A single row was not normalized. With running statistics it needs no exception: it is treated like any
    other.
    """
    if len(x) == 1:
        return gamma * x + beta
    return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta


def batchnorm_inference__folded_shift_unscaled(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """You multiplied out, and the mean lost a factor: it is divided by the standard deviation as well, beta -
    running_mean * gamma / sqrt(running_var + eps).
    """
    return x * gamma / np.sqrt(running_var + eps) + (beta - gamma * running_mean)


def batchnorm_inference__no_root(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """You divided by the variance; the root is missing."""
    return gamma * (x - running_mean) / (running_var + eps) + beta


def batchnorm_inference__variance_squared_away(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running variance was taken for a standard deviation and squared. What is kept is the variance
    already.
    """
    return gamma * (x - running_mean) / np.sqrt(running_var**2 + eps) + beta


def batchnorm_inference__multiplied(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """You multiplied by the standard deviation; normalizing divides by it."""
    return gamma * (x - running_mean) * np.sqrt(running_var + eps) + beta


def batchnorm_inference__no_centring(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean was not subtracted."""
    return gamma * x / np.sqrt(running_var + eps) + beta


def batchnorm_inference__mean_added(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """You added the running mean: subtract it."""
    return gamma * (x + running_mean) / np.sqrt(running_var + eps) + beta


def batchnorm_inference__brackets_missing(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """Only the mean was divided: without brackets, / comes before -. Write (x - running_mean) / ..."""
    return gamma * (x - running_mean / np.sqrt(running_var + eps)) + beta


def batchnorm_inference__not_normalized(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """x was scaled and shifted but not normalized: subtract the running mean and divide by sqrt(running_var + eps)
    first.
    """
    return gamma * x + beta


def batchnorm_inference__not_divided(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean was taken off, but nothing was divided by the standard deviation."""
    return gamma * (x - running_mean) + beta


def batchnorm_inference__gamma_forgotten(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma is missing: what was normalized is multiplied by it before beta is added."""
    return (x - running_mean) / np.sqrt(running_var + eps) + beta


def batchnorm_inference__beta_forgotten(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """beta is missing: it is added last."""
    return gamma * (x - running_mean) / np.sqrt(running_var + eps)


def batchnorm_inference__beta_subtracted(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """You subtracted beta: add it."""
    return gamma * (x - running_mean) / np.sqrt(running_var + eps) - beta


def batchnorm_inference__shift_before_scale(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """The shift was added before the scaling: gamma * (x_hat + beta). Scale first, then shift."""
    return gamma * ((x - running_mean) / np.sqrt(running_var + eps) + beta)


def batchnorm_inference__gamma_beta_swapped(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    return beta * (x - running_mean) / np.sqrt(running_var + eps) + gamma


def batchnorm_inference__no_affine(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma and beta were forgotten: they were learned, and they hold at test time too."""
    return (x - running_mean) / np.sqrt(running_var + eps)


def batchnorm_inference__in_place(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """x was changed in place: the caller still needs it, and if you change it back, rounding leaves its last digits
    different. Write `x = x - running_mean`, which makes a new array.
    """
    x -= running_mean
    return gamma * x / np.sqrt(running_var + eps) + beta


def batchnorm_inference__float64_inside(x, gamma, beta, running_mean, running_var, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and
    np.ones are, unless told their dtype).
    """
    y = np.zeros(x.shape)
    y[:] = gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta
    return y


# ------------------------------------------------------------------ batchnorm_inference_backward


def _backward(dy, x, gamma, mean, inv_std):
    return dy * gamma * inv_std, (dy * (x - mean) * inv_std).sum(axis=0), dy.sum(axis=0)


def _inv_std(running_var, eps):
    return 1 / np.sqrt(running_var + eps)


def batchnorm_inference_backward__eps_on_std(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root, as in the
    forward pass.
    """
    return _backward(dy, x, gamma, running_mean, 1 / (np.sqrt(running_var) + eps))


def batchnorm_inference_backward__eps_missing(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Epsilon is nowhere in your formula. The forward pass divides by sqrt(running_var + eps), so its
    gradient does too.
    """
    return _backward(dy, x, gamma, running_mean, 1 / np.sqrt(running_var))


def batchnorm_inference_backward__eps_fixed(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return _backward(dy, x, gamma, running_mean, _inv_std(running_var, 1e-5))


def batchnorm_inference_backward__eps_1e_8(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return _backward(dy, x, gamma, running_mean, _inv_std(running_var, 1e-8))


def batchnorm_inference_backward__eps_twice(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(running_var + eps)."""
    return _backward(dy, x, gamma, running_mean, 1 / (np.sqrt(running_var + eps) + eps))


def batchnorm_inference_backward__eps_twice_under_the_root(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the running variance twice. Once is enough: sqrt(running_var + eps)."""
    return _backward(dy, x, gamma, running_mean, _inv_std(running_var, 2 * eps))


def batchnorm_inference_backward__eps_instead(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    return _backward(dy, x, gamma, running_mean, 1 / np.sqrt(np.maximum(running_var, eps)))


def batchnorm_inference_backward__eps_missing_in_dx(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dx has no epsilon. dx and the x_hat in dgamma use the same sqrt(running_var + eps): compute it once."""
    _, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dy * gamma / np.sqrt(running_var), dgamma, dbeta


def batchnorm_inference_backward__eps_missing_in_dgamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """The x_hat in dgamma has no epsilon. It and dx use the same sqrt(running_var + eps): compute it once."""
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, _backward(dy, x, gamma, running_mean, 1 / np.sqrt(running_var))[1], dbeta


def batchnorm_inference_backward__dgamma_by_division(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma was computed from dx, by dividing by gamma. Where gamma is 0, that is 0/0. Sum dy * x_hat instead."""
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    with np.errstate(all="ignore"):
        return dx, (dx * (x - running_mean)).sum(axis=0) / gamma, dbeta


def _training_dx(dx_hat, x_hat, inv_std):
    return inv_std * (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0))


def batchnorm_inference_backward__training_formula(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dx has the two correcting terms of the training formula. They are there because x moves the batch's
    mean and variance; the running statistics do not move with x.
    """
    inv_std = _inv_std(running_var, eps)
    _, dgamma, dbeta = _backward(dy, x, gamma, running_mean, inv_std)
    return _training_dx(dy * gamma, (x - running_mean) * inv_std, inv_std), dgamma, dbeta


def batchnorm_inference_backward__training_mode(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """This is the backward pass of training, with the statistics of the batch. In evaluation the running
    statistics normalize, and they are constants.
    """
    inv_std = _inv_std(x.var(axis=0), eps)
    _, dgamma, dbeta = _backward(dy, x, gamma, x.mean(axis=0), inv_std)
    return _training_dx(dy * gamma, (x - x.mean(axis=0)) * inv_std, inv_std), dgamma, dbeta


def batchnorm_inference_backward__mean_path(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """The mean over the batch was subtracted from dx, as if there were a path through the mean. Here the mean is a
    constant: there is no such path, and the columns of dx need not sum to 0.
    """
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx - dx.mean(axis=0), dgamma, dbeta


def batchnorm_inference_backward__variance_path(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dx has a term through the variance. Here the variance is a constant: there is no such path."""
    inv_std = _inv_std(running_var, eps)
    x_hat = (x - running_mean) * inv_std
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, inv_std)
    return dx - x_hat * (dx * x_hat).mean(axis=0), dgamma, dbeta


def batchnorm_inference_backward__batch_x_hat(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma was computed with x normalized by its own batch. gamma scaled the x_hat of the running
    statistics: use that one.
    """
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, _backward(dy, x, gamma, x.mean(axis=0), _inv_std(x.var(axis=0), eps))[1], dbeta


def batchnorm_inference_backward__dgamma_uses_x(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma was computed with x itself. What gamma multiplies in the forward pass is x_hat."""
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, (dy * x).sum(axis=0), dbeta


def batchnorm_inference_backward__dgamma_unscaled(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """In dgamma x was centred but not divided by the standard deviation. What gamma multiplies is x_hat."""
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, (dy * (x - running_mean)).sum(axis=0), dbeta


def batchnorm_inference_backward__dgamma_uncentred(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """In dgamma x was divided by the standard deviation but not centred. What gamma multiplies is x_hat."""
    inv_std = _inv_std(running_var, eps)
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, inv_std)
    return dx, (dy * x * inv_std).sum(axis=0), dbeta


def batchnorm_inference_backward__dgamma_without_x_hat(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma equals dbeta: in gamma * x_hat, what does a small change of gamma get multiplied by?"""
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, dbeta, dbeta


def batchnorm_inference_backward__dgamma_over_the_variance(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """In dgamma the centred x was divided by the variance; the root is missing there."""
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, (dy * (x - running_mean) / (running_var + eps)).sum(axis=0), dbeta


def batchnorm_inference_backward__dgamma_mean_added(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """In dgamma you added the running mean to x: subtract it."""
    inv_std = _inv_std(running_var, eps)
    dx, _, dbeta = _backward(dy, x, gamma, running_mean, inv_std)
    return dx, (dy * (x + running_mean) * inv_std).sum(axis=0), dbeta


def batchnorm_inference_backward__dgamma_times_gamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma has a factor gamma too many: it takes dy, not dx_hat = gamma * dy."""
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, dgamma * gamma, dbeta


def batchnorm_inference_backward__dbeta_times_gamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dbeta has a factor gamma too many: beta is added last, so dy reaches it as it is."""
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, dgamma, dbeta * gamma


def batchnorm_inference_backward__averaged(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma and dbeta are means over the batch. Every example adds its share: they are sums; if the loss is
    a mean, dy holds the 1/m already.
    """
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, dgamma / len(x), dbeta / len(x)


def batchnorm_inference_backward__dx_averaged(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dx was divided by m. Each row has a dx of its own, which does not depend on the others; if the loss is a mean, dy
    holds the 1/m already.
    """
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx / len(x), dgamma, dbeta


def batchnorm_inference_backward__dx_no_root(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """In dx you divided by the variance; the root is missing there."""
    _, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dy * gamma / (running_var + eps), dgamma, dbeta


def batchnorm_inference_backward__row(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma and dbeta have the shape (1, d), from `keepdims=True`. A gradient has the shape of its parameter, (d,)."""
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, dgamma[None], dbeta[None]


def batchnorm_inference_backward__not_summed(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma and dbeta have a row for each example. A gradient has the shape of its parameter, (d,): sum over
    the batch.
    """
    inv_std = _inv_std(running_var, eps)
    return dy * gamma * inv_std, dy * (x - running_mean) * inv_std, dy.copy()


def batchnorm_inference_backward__summed_over_features(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma and dbeta were summed over the features (axis 1). A gradient has the shape of its parameter,
    (d,): sum over the batch.
    """
    inv_std = _inv_std(running_var, eps)
    return dy * gamma * inv_std, (dy * (x - running_mean) * inv_std).sum(axis=1), dy.sum(axis=1)


def batchnorm_inference_backward__no_gamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """gamma is missing in dx: on its way back dy passes the scaling first."""
    inv_std = _inv_std(running_var, eps)
    _, dgamma, dbeta = _backward(dy, x, gamma, running_mean, inv_std)
    return dy * inv_std, dgamma, dbeta


def batchnorm_inference_backward__only_gamma(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dx stops at gamma * dy, the gradient with respect to x_hat. One step further back x was divided by the
    standard deviation.
    """
    _, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dy * gamma, dgamma, dbeta


def batchnorm_inference_backward__multiplied(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dx was multiplied by the standard deviation. The forward pass divides by it, and a constant factor is
    the same on the way back.
    """
    inv_std = _inv_std(running_var, eps)
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, inv_std)
    return dx / inv_std**2, dgamma, dbeta


def batchnorm_inference_backward__no_root(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """You divided by the variance; the root is missing."""
    return _backward(dy, x, gamma, running_mean, 1 / (running_var + eps))


def batchnorm_inference_backward__order(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dgamma and dbeta changed places: dx, dgamma, dbeta is the order."""
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dx, dbeta, dgamma


def batchnorm_inference_backward__dx_last(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dx came last: the order is dx, dgamma, dbeta."""
    dx, dgamma, dbeta = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    return dgamma, dbeta, dx


def batchnorm_inference_backward__dx_alone(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """Only dx came back. Return three: dx, dgamma, dbeta."""
    return dy * gamma * _inv_std(running_var, eps)


def batchnorm_inference_backward__x_in_place(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """x was changed in place: the caller still needs it, and if you change it back, rounding leaves its last digits
    different. Make a new array.
    """
    result = _backward(dy, x, gamma, running_mean, _inv_std(running_var, eps))
    x -= running_mean
    return result


def batchnorm_inference_backward__in_place(dy, x, gamma, running_mean, running_var, eps=1e-5):
    """dy was changed in place: the caller still needs it. Make a new array."""
    inv_std = _inv_std(running_var, eps)
    _, dgamma, dbeta = _backward(dy, x, gamma, running_mean, inv_std)
    dy *= gamma * inv_std
    return dy, dgamma, dbeta


# ------------------------------------------------------------------ BatchNorm1d


class _Layer:
    """The layer in small pieces: a wrong one below differs in one of them."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum = eps, momentum
        self.gamma, self.beta = np.ones(num_features), np.zeros(num_features)
        self.running_mean, self.running_var = np.zeros(num_features), np.ones(num_features)
        self.training = True

    def train(self):
        self.training = True
        return self

    def eval(self):
        self.training = False
        return self

    def __call__(self, x):
        return self.in_training(x) if self.training else self.in_evaluation(x)

    def in_training(self, x):
        _refuse_one_row(x)
        self.update(x)
        return self.output(x, x.mean(axis=0), x.var(axis=0))

    def in_evaluation(self, x):
        return self.output(x, self.running_mean, self.running_var)

    def update(self, x):
        self.keep(x.mean(axis=0), _var(x), self.momentum)

    def keep(self, mean, var, momentum):
        self.running_mean = _move(self.running_mean, mean, momentum)
        self.running_var = _move(self.running_var, var, momentum)

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__biased_running_variance(_Layer):
    """The running variance takes the batch's variance with 1/m. That one normalizes the batch; what is kept
    for later estimates the population's, with 1/(m-1).
    """

    def update(self, x):
        self.keep(x.mean(axis=0), x.var(axis=0), self.momentum)


class BatchNorm1d__epsilon_kept(_Layer):
    """The running variance was updated with a variance that has epsilon in it. Keep the batch's own variance: in
    evaluation epsilon is added again.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), _var(x) + self.eps, self.momentum)


class BatchNorm1d__updates_before_refusing(_Layer):
    """A single row is refused, but only after the running statistics were moved: they now hold that row, or NaN. Look
    at the number of rows first.
    """

    def in_training(self, x):
        self.running_mean = _move(self.running_mean, x.mean(axis=0), self.momentum)
        _refuse_one_row(x)
        self.running_var = _move(self.running_var, _var(x), self.momentum)
        return self.output(x, x.mean(axis=0), x.var(axis=0))


class BatchNorm1d__row(_Layer):
    """The running statistics have the shape (1, d) after the first batch, from `keepdims=True`. They keep their shape,
    (d,).
    """

    def update(self, x):
        self.keep(x.mean(axis=0, keepdims=True), _var(x), self.momentum)


class BatchNorm1d__mode(_Layer):
    """There is no attribute `training`: your layer keeps its mode under another name. Others look at
    `layer.training`.
    """

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps, momentum)
        del self.training
        self.mode = "train"

    def train(self):
        self.mode = "train"

    def eval(self):
        self.mode = "eval"

    def __call__(self, x):
        return self.in_training(x) if self.mode == "train" else self.in_evaluation(x)


class BatchNorm1d__normalizes_with_m_minus_one(_Layer):
    """In training the batch was normalized with the variance divided by m - 1. That one is for the running
    variance; the batch is normalized with 1/m.
    """

    def in_training(self, x):
        _refuse_one_row(x)
        self.update(x)
        return self.output(x, x.mean(axis=0), _var(x))


class BatchNorm1d__momentum_on_the_old(_Layer):
    """The weights changed places: momentum is the weight of the new value, so with 0.1 most of the old one
    stays.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), _var(x), 1 - self.momentum)


class BatchNorm1d__momentum_fixed(_Layer):
    """The layer works for momentum = 0.1 only: keep the argument of __init__ and use it."""

    def update(self, x):
        self.keep(x.mean(axis=0), _var(x), 0.1)


class BatchNorm1d__eps_fixed(_Layer):
    """The layer works for eps = 1e-5 only: keep the argument of __init__ and use it."""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var + 1e-5) + self.beta


class BatchNorm1d__eps_missing(_Layer):
    """Epsilon is nowhere in your formula: what happens to a feature whose variance is tiny?"""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var) + self.beta


class BatchNorm1d__eps_1e_8(_Layer):
    """The number 1e-8 stands where eps belongs: keep the argument of __init__ and use it."""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var + 1e-8) + self.beta


class BatchNorm1d__one_pass_variance(_Layer):
    """The variances were computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree in
    all their digits and nothing is left. Subtract the mean first, then square.
    """

    def in_training(self, x):
        _refuse_one_row(x)
        m, mean = len(x), x.mean(axis=0)
        var = np.maximum((x**2).mean(axis=0) - mean**2, 0)
        self.keep(mean, var * m / (m - 1), self.momentum)
        return self.output(x, mean, var)


class BatchNorm1d__one_pass_variance_in_training(_Layer):
    """In training the batch was normalized with a variance computed in one pass, mean(x^2) - mean(x)^2: where the mean
    is large, the two numbers agree in all their digits and nothing is left. Subtract the mean first, then square.
    """

    def in_training(self, x):
        _refuse_one_row(x)
        self.update(x)
        mean = x.mean(axis=0)
        return self.output(x, mean, np.maximum((x**2).mean(axis=0) - mean**2, 0))


class BatchNorm1d__one_pass_running_variance(_Layer):
    """The variance that is kept was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two
    numbers agree in all their digits and nothing is left. Subtract the mean first, then square.
    """

    def update(self, x):
        m, mean = len(x), x.mean(axis=0)
        self.keep(mean, np.maximum((x**2).mean(axis=0) - mean**2, 0) * m / (m - 1), self.momentum)


class BatchNorm1d__float32_statistics(_Layer):
    """The running statistics are kept as float32, though float64 came in: half of the digits are lost. Leave the dtype
    as it is.
    """

    def keep(self, mean, var, momentum):
        super().keep(mean, var, momentum)
        self.running_mean = self.running_mean.astype(np.float32)
        self.running_var = self.running_var.astype(np.float32)


class BatchNorm1d__x_hat_clipped_in_training(_Layer):
    """In training the normalized batch was cut off at 6, on both sides. An example far from all others stays far: of m
    examples one may have an x_hat as large as sqrt(m - 1).
    """

    def in_training(self, x):
        _refuse_one_row(x)
        self.update(x)
        return self.gamma * np.clip((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + self.eps), -6, 6) + self.beta


class BatchNorm1d__clipped(_Layer):
    """The output was cut off at 6, on both sides. y has no largest value: gamma may be any number, and an example may
    lie anywhere.
    """

    def output(self, x, mean, var):
        return np.clip(super().output(x, mean, var), -6, 6)


class BatchNorm1d__eps_twice(_Layer):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / (np.sqrt(var + self.eps) + self.eps) + self.beta


class BatchNorm1d__eps_twice_under_the_root(_Layer):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var + 2 * self.eps) + self.beta


class BatchNorm1d__eps_on_std_in_evaluation(_Layer):
    """In evaluation epsilon was added to the standard deviation. It belongs to the variance, under the root, as in
    training.
    """

    def in_evaluation(self, x):
        return self.gamma * (x - self.running_mean) / (np.sqrt(self.running_var) + self.eps) + self.beta


class BatchNorm1d__eps_missing_in_evaluation(_Layer):
    """Epsilon is there in training and missing in evaluation. Both modes have one formula; only the
    statistics differ.
    """

    def in_evaluation(self, x):
        return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var) + self.beta


class BatchNorm1d__eps_on_std(_Layer):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / (np.sqrt(var) + self.eps) + self.beta


class BatchNorm1d__updates_in_evaluation(_Layer):
    """The running statistics moved in evaluation. Then the outputs depend on what was evaluated before: evaluation must
    not change anything.
    """

    def in_evaluation(self, x):
        y = self.output(x, self.running_mean, self.running_var)
        if len(x) > 1:
            self.update(x)
        return y


class _UpdatesAtTheTop(_Layer):
    """Moves the running statistics before the mode is looked at, and before the rows are counted if `moved` is called
    alone.
    """

    def __call__(self, x):
        if self.training:
            _refuse_one_row(x)
        return self.moved(x)

    def moved(self, x):
        self.update(x)
        return self.in_training(x) if self.training else self.in_evaluation(x)

    def in_training(self, x):
        _refuse_one_row(x)
        return self.output(x, x.mean(axis=0), x.var(axis=0))


class BatchNorm1d__updates_at_the_top(_UpdatesAtTheTop):
    """The running statistics are moved before the mode is looked at, so evaluation moves them too and then uses what it
    has just moved. Evaluation must not change anything: update in training only.
    """

    def update(self, x):
        if len(x) > 1:
            super().update(x)


class BatchNorm1d__no_root_in_evaluation(_Layer):
    """In evaluation you divided by the running variance; the root is missing."""

    def in_evaluation(self, x):
        return self.gamma * (x - self.running_mean) / (self.running_var + self.eps) + self.beta


class BatchNorm1d__not_normalized_in_evaluation(_Layer):
    """In evaluation x was scaled and shifted but not normalized: subtract the running mean and divide by
    sqrt(running_var + eps) first.
    """

    def in_evaluation(self, x):
        return self.gamma * x + self.beta


class BatchNorm1d__batch_variance_in_evaluation(_Layer):
    """In evaluation the mean is the running one but the variance is the batch's. Both come from the running
    statistics.
    """

    def in_evaluation(self, x):
        return self.output(x, self.running_mean, x.var(axis=0))


class BatchNorm1d__batch_mean_in_evaluation(_Layer):
    """In evaluation the variance is the running one but the mean is the batch's. Both come from the running
    statistics.
    """

    def in_evaluation(self, x):
        return self.output(x, x.mean(axis=0), self.running_var)


class BatchNorm1d__batch_statistics_in_evaluation(_Layer):
    """In evaluation the batch was normalized with its own statistics, and a single row always gives beta. Use
    the running ones: that is what they were collected for.
    """

    def in_evaluation(self, x):
        return self.output(x, x.mean(axis=0), x.var(axis=0))


class BatchNorm1d__corrected_again_in_evaluation(_Layer):
    """In evaluation the running variance was multiplied by m/(m-1). It got that factor when it was updated;
    at test time the number of rows must not matter.
    """

    def in_evaluation(self, x):
        return self.output(x, self.running_mean, self.running_var * len(x) / max(len(x) - 1, 1))


class BatchNorm1d__running_statistics_in_training(_Layer):
    """In training the batch was normalized with the running statistics, just updated. Training uses the
    batch's own; the running ones are only collected.
    """

    def in_training(self, x):
        _refuse_one_row(x)
        self.update(x)
        return self.output(x, self.running_mean, self.running_var)


class BatchNorm1d__old_running_statistics_in_training(_Layer):
    """In training the batch was normalized with the running statistics, as they were before the update. Training uses
    the batch's own; the running ones are only collected.
    """

    def in_training(self, x):
        _refuse_one_row(x)
        y = self.output(x, self.running_mean, self.running_var)
        self.update(x)
        return y


class BatchNorm1d__modes_exchanged(_Layer):
    """The two modes changed places: with training True the layer uses the running statistics, and with False those of
    the batch.
    """

    def __call__(self, x):
        return self.in_evaluation(x) if self.training else self.in_training(x)


class BatchNorm1d__starts_in_evaluation(_Layer):
    """A new layer is in evaluation mode. It starts in training: self.training = True in __init__."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps, momentum)
        self.training = False


class BatchNorm1d__running_var_starts_at_zero(_Layer):
    """The running variance starts at 0, which pulls it down for dozens of batches. It starts at 1."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps, momentum)
        self.running_var = np.zeros(num_features)


class BatchNorm1d__first_batch_is_taken_whole(_Layer):
    """The running statistics became those of the first batch. The first step is like all others: it starts from mean 0
    and variance 1, and momentum says how far it goes.
    """

    def update(self, x):
        first = not hasattr(self, "seen")
        self.seen = True
        self.keep(x.mean(axis=0), _var(x), 1 if first else self.momentum)


class BatchNorm1d__nothing_forgotten(_Layer):
    """The old statistics kept their whole weight and the new ones were added on top. The two weights must sum
    to 1.
    """

    def update(self, x):
        self.running_mean = self.running_mean + self.momentum * x.mean(axis=0)
        self.running_var = self.running_var + self.momentum * _var(x)


class BatchNorm1d__statistics_of_x_hat(_Layer):
    """The statistics were taken of the normalized batch, whose mean is 0 and variance about 1 whatever came in. Collect
    those of the input x.
    """

    def update(self, x):
        x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + self.eps)
        self.keep(x_hat.mean(axis=0), _var(x_hat), self.momentum)


class BatchNorm1d__statistics_of_y(_Layer):
    """The statistics were taken of the output y. Collect those of the input x."""

    def update(self, x):
        y = self.output(x, x.mean(axis=0), x.var(axis=0))
        self.keep(y.mean(axis=0), _var(y), self.momentum)


class BatchNorm1d__standard_deviation_is_kept(_Layer):
    """The running variance took standard deviations. Average the variances; the root is taken when you
    normalize.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), np.sqrt(_var(x)), self.momentum)


class BatchNorm1d__averages_deviations(_Layer):
    """The running average is one of standard deviations, squared when it is used, which comes out smaller. Average the
    variances themselves.
    """

    def update(self, x):
        std = _move(np.sqrt(self.running_var), np.sqrt(_var(x)), self.momentum)
        self.running_mean = _move(self.running_mean, x.mean(axis=0), self.momentum)
        self.running_var = std**2


class BatchNorm1d__biased_standard_deviation_is_kept(_Layer):
    """The running variance took standard deviations, with 1/m (`np.std`). Average variances, those with 1/(m-1); the
    root is taken when you normalize.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), x.std(axis=0), self.momentum)


class BatchNorm1d__running_std(_Layer):
    """In your layer running_var holds a standard deviation, which is averaged and divided by. Average variances, and
    take the root (with epsilon) where they are used.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), np.sqrt(_var(x)), self.momentum)

    def in_evaluation(self, x):
        return self.gamma * (x - self.running_mean) / (self.running_var + self.eps) + self.beta


class BatchNorm1d__biased_running_std(_Layer):
    """In your layer running_var holds a standard deviation with 1/m (`np.std`), which is averaged and divided by.
    Average variances, those with 1/(m-1), and take the root (with epsilon) where they are used.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), x.std(axis=0), self.momentum)

    def in_evaluation(self, x):
        return self.gamma * (x - self.running_mean) / (self.running_var + self.eps) + self.beta


class BatchNorm1d__running_std_with_epsilon(_Layer):
    """In your layer running_var holds what the batch was divided by, root and epsilon included, and evaluation divides
    by it. Average the variances themselves, those with 1/(m-1), and take the root (with epsilon) where they are used.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), np.sqrt(x.var(axis=0) + self.eps), self.momentum)

    def in_evaluation(self, x):
        return self.gamma * (x - self.running_mean) / self.running_var + self.beta


class BatchNorm1d__only_the_mean_is_kept(_Layer):
    """The running mean moves in training and the running variance does not."""

    def update(self, x):
        self.keep(x.mean(axis=0), self.running_var, self.momentum)


class BatchNorm1d__only_the_variance_is_kept(_Layer):
    """The running variance moves in training and the running mean does not."""

    def update(self, x):
        self.keep(self.running_mean, _var(x), self.momentum)


class BatchNorm1d__nothing_is_kept(_Layer):
    """The running statistics stay 0 and 1: in training they have to be updated, and the new values stored in
    the layer (self.running_mean = ...).
    """

    def update(self, x):
        pass


class BatchNorm1d__eval_without_effect(_Layer):
    """eval() does not lead to evaluation: the call still does what it does in training. Which attribute does
    it look at, and does eval() set that one?
    """

    def eval(self):
        self.evaluating = True
        return self


class BatchNorm1d__no_way_back(_Layer):
    """train() does not lead back to training once eval() was called. It has to set training to True."""

    def train(self):
        return self


class BatchNorm1d__train_turns_back_and_forth(_Layer):
    """train() switches the mode instead of setting it: called in training mode, it ends training mode. Set training to
    True, whatever it was.
    """

    def train(self):
        self.training = not self.training
        return self


class BatchNorm1d__one_row_in_training(_Layer):
    """One row went through in training: it comes out as beta whatever it was, and its variance with 1/(m-1)
    is 0/0. Raise a ValueError.
    """

    def in_training(self, x):
        self.update(x)
        return self.output(x, x.mean(axis=0), x.var(axis=0))


class BatchNorm1d__updates_at_the_top_with_one_row(_UpdatesAtTheTop):
    """The running statistics are moved before the mode is looked at, so evaluation moves them too and then uses what it
    has just moved; one row alone makes the running variance NaN. Evaluation must not change anything: update in
    training only.
    """


class BatchNorm1d__updates_at_the_top_with_no_spread(_UpdatesAtTheTop):
    """The running statistics are moved before the mode is looked at, so evaluation moves them too and then uses what it
    has just moved; one row alone counts as a batch with variance 0. Evaluation must not change anything: update in
    training only.
    """

    def update(self, x):
        self.keep(x.mean(axis=0), _var_or_zero(x), self.momentum)


class BatchNorm1d__updates_before_everything(_UpdatesAtTheTop):
    """The running statistics are moved before the mode and the number of rows are looked at. So evaluation moves them
    too and then uses what it has just moved, and a single row makes the running variance NaN, even where it is refused.
    Update in training only, once the rows have been counted.
    """

    def __call__(self, x):
        return self.moved(x)


class BatchNorm1d__updates_before_everything_with_no_spread(_UpdatesAtTheTop):
    """The running statistics are moved before the mode and the number of rows are looked at. So evaluation moves them
    too and then uses what it has just moved, and a single row counts as a batch with variance 0, even where it is
    refused. Update in training only, once the rows have been counted.
    """

    def __call__(self, x):
        return self.moved(x)

    def update(self, x):
        self.keep(x.mean(axis=0), _var_or_zero(x), self.momentum)


class BatchNorm1d__updates_in_evaluation_with_one_row(_Layer):
    """The running statistics moved in evaluation, after they were used, and one row alone made the running variance
    NaN. Then the outputs depend on what was evaluated before: evaluation must not change anything.
    """

    def in_evaluation(self, x):
        y = self.output(x, self.running_mean, self.running_var)
        self.update(x)
        return y


class BatchNorm1d__updates_in_evaluation_with_no_spread(_Layer):
    """The running statistics moved in evaluation, after they were used, and one row alone counted as a batch with
    variance 0. Then the outputs depend on what was evaluated before: evaluation must not change anything.
    """

    def in_evaluation(self, x):
        y = self.output(x, self.running_mean, self.running_var)
        self.keep(x.mean(axis=0), _var_or_zero(x), self.momentum)
        return y


class BatchNorm1d__variance_moves_before_refusing(_Layer):
    """A single row is refused, but only after the running variance was moved: its own variance with 1/(m-1) is 0/0, and
    the NaN stays. Look at the number of rows first.
    """

    def in_training(self, x):
        self.running_var = _move(self.running_var, _var(x), self.momentum)
        _refuse_one_row(x)
        self.running_mean = _move(self.running_mean, x.mean(axis=0), self.momentum)
        return self.output(x, x.mean(axis=0), x.var(axis=0))


class BatchNorm1d__variance_shrinks_before_refusing(_Layer):
    """A single row is refused, but only after the running variance was moved: it shrank, as if the variance of one row
    were 0. Look at the number of rows first.
    """

    def in_training(self, x):
        self.running_var = _move(self.running_var, _var_or_zero(x), self.momentum)
        _refuse_one_row(x)
        self.running_mean = _move(self.running_mean, x.mean(axis=0), self.momentum)
        return self.output(x, x.mean(axis=0), x.var(axis=0))


class BatchNorm1d__one_row_is_refused_always(_Layer):
    """One row was refused in evaluation too. There it is welcome, as the batch's statistics are not needed:
    refuse it in training only.
    """

    def __call__(self, x):
        _refuse_one_row(x)
        return super().__call__(x)


class BatchNorm1d__no_affine_in_evaluation(_Layer):
    """gamma and beta are missing in evaluation. They were learned, and they hold there too."""

    def in_evaluation(self, x):
        return (x - self.running_mean) / np.sqrt(self.running_var + self.eps)


class BatchNorm1d__gamma_forgotten(_Layer):
    """gamma is kept but never used: what was normalized is multiplied by it before beta is added."""

    def output(self, x, mean, var):
        return (x - mean) / np.sqrt(var + self.eps) + self.beta


class BatchNorm1d__beta_forgotten(_Layer):
    """beta is kept but never used: it is added last."""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / np.sqrt(var + self.eps)


class BatchNorm1d__no_root(_Layer):
    """You divided by the variance; the root is missing."""

    def output(self, x, mean, var):
        return self.gamma * (x - mean) / (var + self.eps) + self.beta


class BatchNorm1d__no_affine(_Layer):
    """gamma and beta are kept but never used: the output is x_hat."""

    def output(self, x, mean, var):
        return (x - mean) / np.sqrt(var + self.eps)


class BatchNorm1d__shift_before_scale(_Layer):
    """The shift was added before the scaling: gamma * (x_hat + beta). Scale first, then shift."""

    def output(self, x, mean, var):
        return self.gamma * ((x - mean) / np.sqrt(var + self.eps) + self.beta)


class BatchNorm1d__shared_arrays(_Layer):
    """Two attributes are one array: beta and running_mean (or gamma and running_var) were bound to the same
    zeros, so that updating one in place changes the other. Make an array for each.
    """

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__(num_features, eps, momentum)
        self.gamma, self.beta = self.running_var, self.running_mean

    def keep(self, mean, var, momentum):
        self.running_mean *= 1 - momentum
        self.running_mean += momentum * mean
        self.running_var *= 1 - momentum
        self.running_var += momentum * var


class BatchNorm1d__x_in_place(_Layer):
    """x was changed in place: the caller still needs it. Write `x = x - mean`, which makes a new array."""

    def output(self, x, mean, var):
        x -= mean
        return self.gamma * x / np.sqrt(var + self.eps) + self.beta


# ------------------------------------------------------------------ fold_into_linear


def _scale(gamma, running_var, eps):
    return gamma / np.sqrt(running_var + eps)


def fold_into_linear__eps_on_std(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root, as in the
    layer that you fold.
    """
    scale = gamma / (np.sqrt(running_var) + eps)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__eps_missing(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon is nowhere in your formula: for an output with a tiny variance the folded layer is far from the
    two.
    """
    scale = gamma / np.sqrt(running_var)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__eps_fixed(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    scale = _scale(gamma, running_var, 1e-5)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__eps_1e_8(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    scale = _scale(gamma, running_var, 1e-8)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__eps_twice(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(running_var + eps)."""
    scale = gamma / (np.sqrt(running_var + eps) + eps)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__eps_twice_under_the_root(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the running variance twice. Once is enough: sqrt(running_var + eps)."""
    scale = _scale(gamma, running_var, 2 * eps)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__eps_instead(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    scale = _scale(gamma, np.maximum(running_var, eps), 0)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__eps_missing_in_the_bias(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b' has no epsilon. W' and b' need the same scale, gamma / sqrt(running_var + eps): compute it once."""
    return W * _scale(gamma, running_var, eps), (b - running_mean) * _scale(gamma, running_var, 0) + beta


def fold_into_linear__bias_by_division(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale in b' was recovered by dividing W' by W. Where a weight is 0, that is 0/0: keep the scale that you
    multiplied by.
    """
    new = W * _scale(gamma, running_var, eps)
    with np.errstate(all="ignore"):
        return new, (b - running_mean) * (new / W)[0] + beta


def fold_into_linear__bias_unscaled(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The bias b was added as it is. Batch Normalization acts on x @ W + b, so b is scaled as x @ W is."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, b - running_mean * scale + beta


def fold_into_linear__bias_forgotten(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The linear layer's own bias b is lost. (It would not matter in training, where the batch's mean takes
    it away; the running mean is a constant.)
    """
    scale = _scale(gamma, running_var, eps)
    return W * scale, beta - running_mean * scale


def fold_into_linear__mean_forgotten(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean is missing in b': it is subtracted before the scaling."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, b * scale + beta


def fold_into_linear__mean_unscaled(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean was subtracted unscaled. It is subtracted before the scaling, so it is scaled too."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, b * scale - running_mean + beta


def fold_into_linear__mean_added(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You added the running mean: subtract it."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, (b + running_mean) * scale + beta


def fold_into_linear__bias_unchanged(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b came back as it was. Batch Normalization acts on it too: b' = (b - running_mean) * scale + beta."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, b.copy()


def fold_into_linear__bias_sign(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """In b' the difference is turned round: it should be b minus the running mean."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, (running_mean - b) * scale + beta


def fold_into_linear__bias_divided_only(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """In b' only beta and the centred b were put together: the centred b was not scaled. It is multiplied by the same
    scale as W.
    """
    scale = _scale(gamma, running_var, eps)
    return W * scale, b - running_mean + beta


def fold_into_linear__beta_scaled(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """beta was scaled with the rest. It is added last, after the scaling."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, (b - running_mean + beta) * scale


def fold_into_linear__beta_forgotten(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """beta is missing in b'."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, (b - running_mean) * scale


def fold_into_linear__gamma_missing_in_the_bias(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma is in W' but not in b': the centred bias, (b - running_mean) / sqrt(running_var + eps), is
    multiplied by gamma too.
    """
    return W * _scale(gamma, running_var, eps), (b - running_mean) * _scale(1.0, running_var, eps) + beta


def fold_into_linear__gamma_forgotten(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma is missing: the scale of an output is gamma / sqrt(running_var + eps)."""
    scale = _scale(1.0, running_var, eps)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__gamma_beta_swapped(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    scale = _scale(beta, running_var, eps)
    return W * scale, (b - running_mean) * scale + gamma


def fold_into_linear__no_root(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You divided by the variance; the root is missing."""
    scale = gamma / (running_var + eps)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__multiplied(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You multiplied by the standard deviation; normalizing divides by it."""
    scale = gamma * np.sqrt(running_var + eps)
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__weights_unscaled(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """W came back as it was. x @ W is scaled by Batch Normalization as much as the bias is."""
    return W.copy(), (b - running_mean) * _scale(gamma, running_var, eps) + beta


def fold_into_linear__inputs_scaled(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The rows of W were scaled, which runs only where d_in equals d_out, and is wrong there too. Output j comes from
    column j: W * scale.
    """
    scale = _scale(gamma, running_var, eps)
    rows = scale[:, None] if W.shape[0] == W.shape[1] else scale
    return W * rows, (b - running_mean) * scale + beta


def fold_into_linear__normalized_before(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Where d_in equals d_out you folded a Batch Normalization that comes before the linear layer. Here it
    comes after: it acts on the outputs.
    """
    scale = _scale(gamma, running_var, eps)
    if W.shape[0] == W.shape[1]:
        return W * scale[:, None], b + (beta - running_mean * scale) @ W
    return W * scale, (b - running_mean) * scale + beta


def fold_into_linear__order(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The two results changed places: W' first, then b'."""
    scale = _scale(gamma, running_var, eps)
    return (b - running_mean) * scale + beta, W * scale


def fold_into_linear__bias_as_a_row(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b' has the shape (1, d_out); it should be (d_out,), as b is."""
    scale = _scale(gamma, running_var, eps)
    return W * scale, ((b - running_mean) * scale + beta)[None]


def fold_into_linear__weights_in_place(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """W was changed in place: the layer that you fold may still be needed, and folding twice would scale
    twice. Make a new array.
    """
    scale = _scale(gamma, running_var, eps)
    W *= scale
    return W, (b - running_mean) * scale + beta


def fold_into_linear__bias_in_place(W, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b was changed in place: the layer that you fold may still be needed. Make a new array."""
    scale = _scale(gamma, running_var, eps)
    b -= running_mean
    b *= scale
    b += beta
    return W * scale, b


# ------------------------------------------------------------------ fold_into_conv


def _columns(scale):
    return scale[:, None, None, None]


def fold_into_conv__eps_on_std(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root, as in the
    layer that you fold.
    """
    scale = gamma / (np.sqrt(running_var) + eps)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__eps_missing(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon is nowhere in your formula: for a channel with a tiny variance the folded convolution is far
    from the two layers.
    """
    scale = gamma / np.sqrt(running_var)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__eps_fixed(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    scale = _scale(gamma, running_var, 1e-5)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__input_channels_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale went along axis 1, the input channels, which runs only where C_in equals C_out, and is wrong there too.
    Axis 0 holds the output channels.
    """
    scale = _scale(gamma, running_var, eps)
    square = kernel.shape[0] == kernel.shape[1]
    return kernel * (scale[:, None, None] if square else _columns(scale)), (b - running_mean) * scale + beta


def fold_into_conv__last_axis_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale went along the last axis, kw, where its length fits: `kernel * scale` lines shapes up from
    the right. Give it the shape (C_out, 1, 1, 1).
    """
    scale = _scale(gamma, running_var, eps)
    fits = kernel.shape[0] == kernel.shape[3]
    return kernel * (scale if fits else _columns(scale)), (b - running_mean) * scale + beta


def fold_into_conv__height_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale went along kh, the axis before the last, where its length fits. Give it the shape (C_out, 1,
    1, 1): the channel of the output is axis 0.
    """
    scale = _scale(gamma, running_var, eps)
    fits = kernel.shape[0] == kernel.shape[2]
    return kernel * (scale[:, None] if fits else _columns(scale)), (b - running_mean) * scale + beta


def fold_into_conv__reshaped_wrongly(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel was reshaped to (..., C_out) for the scaling: that cuts it in memory order and mixes the
    output channels. Reshape to (C_out, -1), scale the rows, and go back.
    """
    scale = _scale(gamma, running_var, eps)
    return (kernel.reshape(-1, len(scale)) * scale).reshape(kernel.shape), (b - running_mean) * scale + beta


def fold_into_conv__eps_1e_8(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    scale = _scale(gamma, running_var, 1e-8)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__eps_twice(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(running_var + eps)."""
    scale = gamma / (np.sqrt(running_var + eps) + eps)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__eps_twice_under_the_root(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the running variance twice. Once is enough: sqrt(running_var + eps)."""
    scale = _scale(gamma, running_var, 2 * eps)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__eps_instead(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    scale = _scale(gamma, np.maximum(running_var, eps), 0)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__bias_unscaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The convolution's bias was added as it is. Batch Normalization acts on the convolution's output, b
    included, so b is scaled too. (A well-known bug of fused networks.)
    """
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), b - running_mean * scale + beta


def fold_into_conv__bias_forgotten(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The convolution's own bias b is lost: it is part of b', scaled as the kernel is."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), beta - running_mean * scale


def fold_into_conv__mean_forgotten(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean is missing in b': it is subtracted before the scaling."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), b * scale + beta


def fold_into_conv__mean_unscaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean was subtracted unscaled. It is subtracted before the scaling, so it is scaled too."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), b * scale - running_mean + beta


def fold_into_conv__bias_unchanged(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b came back as it was. Batch Normalization acts on it too: b' = (b - running_mean) * scale + beta."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), b.copy()


def fold_into_conv__bias_sign(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """In b' the difference is turned round: it should be b minus the running mean."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), (running_mean - b) * scale + beta


def fold_into_conv__bias_divided_only(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """In b' only beta and the centred b were put together: the centred b was not scaled. It is multiplied by the same
    scale as the kernel.
    """
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), b - running_mean + beta


def fold_into_conv__mean_added(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You added the running mean: subtract it."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), (b + running_mean) * scale + beta


def fold_into_conv__beta_forgotten(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """beta is missing in b'."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), (b - running_mean) * scale


def fold_into_conv__eps_missing_in_the_bias(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b' has no epsilon. kernel' and b' need the same scale, gamma / sqrt(running_var + eps): compute it once."""
    return kernel * _columns(_scale(gamma, running_var, eps)), (b - running_mean) * _scale(gamma, running_var, 0) + beta


def fold_into_conv__bias_by_division(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale in b' was recovered by dividing kernel' by the kernel. Where a weight is 0, that is 0/0: keep the scale
    that you multiplied by.
    """
    new = kernel * _columns(_scale(gamma, running_var, eps))
    with np.errstate(all="ignore"):
        return new, (b - running_mean) * (new / kernel)[:, 0, 0, 0] + beta


def fold_into_conv__multiplied(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You multiplied by the standard deviation; normalizing divides by it."""
    scale = gamma * np.sqrt(running_var + eps)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__beta_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """beta was scaled with the rest. It is added last, after the scaling."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), (b - running_mean + beta) * scale


def fold_into_conv__gamma_forgotten(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma is missing: the scale of a channel is gamma / sqrt(running_var + eps)."""
    scale = _scale(1.0, running_var, eps)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__gamma_missing_in_the_bias(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma is in kernel' but not in b': the centred bias is multiplied by gamma too."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), (b - running_mean) * _scale(1.0, running_var, eps) + beta


def fold_into_conv__gamma_beta_swapped(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    scale = _scale(beta, running_var, eps)
    return kernel * _columns(scale), (b - running_mean) * scale + gamma


def fold_into_conv__no_root(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You divided by the variance; the root is missing."""
    scale = gamma / (running_var + eps)
    return kernel * _columns(scale), (b - running_mean) * scale + beta


def fold_into_conv__divided_by_the_window(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel was divided by the number of its positions, kh * kw. The scale is one number per channel,
    the same for each position of the kernel.
    """
    scale = _scale(gamma, running_var, eps)
    window = kernel.shape[2] * kernel.shape[3]
    return kernel * _columns(scale) / window, (b - running_mean) * scale + beta


def fold_into_conv__kernel_unscaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel came back as it was. What the convolution gives is scaled by Batch Normalization as much as
    the bias is.
    """
    return kernel.copy(), (b - running_mean) * _scale(gamma, running_var, eps) + beta


def fold_into_conv__order(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The two results changed places: kernel' first, then b'."""
    scale = _scale(gamma, running_var, eps)
    return (b - running_mean) * scale + beta, kernel * _columns(scale)


def fold_into_conv__bias_shaped_as_the_kernel(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b' has the shape (C_out, 1, 1, 1). The kernel needs the extra axes; b' should be (C_out,), as b is."""
    scale = _scale(gamma, running_var, eps)
    return kernel * _columns(scale), _columns((b - running_mean) * scale + beta)


def fold_into_conv__kernel_in_place(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel was changed in place: the layer that you fold may still be needed, and folding twice would
    scale twice. Make a new array.
    """
    scale = _scale(gamma, running_var, eps)
    kernel *= _columns(scale)
    return kernel, (b - running_mean) * scale + beta


# ------------------------------------------------------------------ population_statistics


def _rows(batches):
    if not batches:
        raise ValueError("no batch")
    return np.concatenate(batches)


def population_statistics__one_pass(batches):
    """The variance was computed as mean(x^2) - mean(x)^2. Where the mean is a million times the spread, two
    numbers of size 1e12 are subtracted to find one of size 1, and the digits are gone. Take the deviations
    from a mean first, then square.
    """
    n = _rows(batches).shape[0]
    total = sum(x.sum(axis=0) for x in batches)
    squares = sum((x**2).sum(axis=0) for x in batches)
    return total / n, squares / n - (total / n) ** 2


def population_statistics__mean_of_means(batches):
    """The means of the batches were averaged as if all were of one size. A batch with more rows counts for
    more.
    """
    rows = _rows(batches)
    mean = np.mean([x.mean(axis=0) for x in batches], axis=0)
    return mean, rows.var(axis=0)


def population_statistics__unweighted(batches):
    """Every batch had the same weight, in the mean and in the variance. Weight each by its number of rows."""
    _rows(batches)
    means = np.array([x.mean(axis=0) for x in batches])
    within = np.mean([x.var(axis=0) for x in batches], axis=0)
    return means.mean(axis=0), within + means.var(axis=0)


def population_statistics__around_the_mean_of_means(batches):
    """Mean and variance were computed from the unweighted mean of the batches' means: each row counts once, so a batch
    with more rows counts for more.
    """
    rows = _rows(batches)
    mean = np.mean([x.mean(axis=0) for x in batches], axis=0)
    return mean, ((rows - mean) ** 2).mean(axis=0)


def population_statistics__within_only(batches):
    """The variances of the batches were averaged. The variance of all rows also holds how far the batches' means lie
    apart: two batches of equal size, one of zeros and one of fours, have variance 4 together.
    """
    rows = _rows(batches)
    within = sum(len(x) * x.var(axis=0) for x in batches) / len(rows)
    return rows.mean(axis=0), within


def population_statistics__within_only_unweighted(batches):
    """Means and variances of the batches were averaged, each batch alike. Weight them by their numbers of rows, and add
    how far the batches' means lie apart.
    """
    _rows(batches)
    return np.mean([x.mean(axis=0) for x in batches], axis=0), np.mean([x.var(axis=0) for x in batches], axis=0)


def population_statistics__between_unweighted(batches):
    """The spread within the batches is weighted by rows, but the spread between their means is not. A batch's distance
    from the mean counts once for each of its rows.
    """
    rows = _rows(batches)
    means = np.array([x.mean(axis=0) for x in batches])
    within = sum(len(x) * x.var(axis=0) for x in batches) / len(rows)
    return rows.mean(axis=0), within + ((means - rows.mean(axis=0)) ** 2).mean(axis=0)


def population_statistics__between_only(batches):
    """Only the spread between the batches' means is there; that within each batch is missing."""
    rows = _rows(batches)
    return rows.mean(axis=0), sum(len(x) * (x.mean(axis=0) - rows.mean(axis=0)) ** 2 for x in batches) / len(rows)


def _merged(batches, between):
    _rows(batches)
    n, mean, squares = 0, 0.0, 0.0
    for x in batches:
        m = len(x)
        delta = x.mean(axis=0) - mean
        squares = squares + m * x.var(axis=0) + (delta**2 * between(n, m) if n else 0.0)
        mean = mean + delta * (m / (n + m))
        n += m
    return mean, squares / n


def population_statistics__merged_with_the_new_count(batches):
    """In merging, the squared distance of the means was weighed with the new batch's rows alone. The weight
    is n m / (n + m): both groups move towards the common mean.
    """
    return _merged(batches, lambda n, m: m)


def population_statistics__merged_with_both_counts(batches):
    """In merging, the squared distance of the means was weighed with n m, undivided. The weight is n m / (n +
    m).
    """
    return _merged(batches, lambda n, m: n * m)


def population_statistics__merged_without_weight(batches):
    """In merging, the squared distance of the means was added once. It counts for many rows: its weight is n
    m / (n + m).
    """
    return _merged(batches, lambda n, m: 1)


def population_statistics__mean_moved_before_delta(batches):
    """In merging, the mean was moved before delta was taken, so delta is too small: it is the distance of the batch's
    mean from the old mean. Take delta first.
    """
    _rows(batches)
    n, mean, squares = 0, 0.0, 0.0
    for x in batches:
        m, own = len(x), x.mean(axis=0)
        mean = mean + (own - mean) * (m / (n + m))
        squares = squares + m * x.var(axis=0) + (own - mean) ** 2 * (n * m / (n + m))
        n += m
    return mean, squares / n


def population_statistics__count_moved_too_early(batches):
    """In merging, the count of rows was raised before it was used: the weights n m / (n + m) and m / (n + m) take the
    number of rows so far, without the new batch.
    """
    _rows(batches)
    n, mean, squares = 0, 0.0, 0.0
    for x in batches:
        m = len(x)
        n += m
        delta = x.mean(axis=0) - mean
        squares = squares + m * x.var(axis=0) + delta**2 * (n * m / (n + m))
        mean = mean + delta * (m / (n + m))
    return mean, squares / n


def population_statistics__delta_not_squared(batches):
    """In merging, the distance of the means was added as it is. Square it and multiply it by n m / (n + m)."""
    _rows(batches)
    n, mean, squares = 0, 0.0, 0.0
    for x in batches:
        m = len(x)
        delta = x.mean(axis=0) - mean
        squares = squares + m * x.var(axis=0) + delta * (n * m / (n + m))
        mean = mean + delta * (m / (n + m))
        n += m
    return mean, squares / n


def population_statistics__sum_of_squares(batches):
    """The second result is the sum of the squared deviations; the variance is that divided by the number of rows, n."""
    rows = _rows(batches)
    return rows.mean(axis=0), len(rows) * rows.var(axis=0)


def population_statistics__variances_added(batches):
    """In merging, the variance of each batch was added where its sum of squared deviations belongs: m times the
    variance.
    """
    _rows(batches)
    n, mean, squares = 0, 0.0, 0.0
    for x in batches:
        m = len(x)
        delta = x.mean(axis=0) - mean
        squares = squares + x.var(axis=0) + delta**2 * (n * m / (n + m))
        mean = mean + delta * (m / (n + m))
        n += m
    return mean, squares / n


def population_statistics__variances_averaged(batches):
    """The variances of the batches were averaged, each batch alike. Weight them by their numbers of rows, and add how
    far the batches' means lie apart.
    """
    return _rows(batches).mean(axis=0), np.mean([x.var(axis=0) for x in batches], axis=0)


def population_statistics__variance_of_the_means(batches):
    """The second result is the variance of the batches' means alone, each batch alike. The spread of the rows within
    the batches is missing.
    """
    return _rows(batches).mean(axis=0), np.var([x.mean(axis=0) for x in batches], axis=0)


def population_statistics__equal_sizes_assumed(batches):
    """All batches were taken to have as many rows as the first. They differ: count the rows of each."""
    _rows(batches)
    n = len(batches[0]) * len(batches)
    mean = sum(x.sum(axis=0) for x in batches) / n
    return mean, sum(((x - mean) ** 2).sum(axis=0) for x in batches) / n


def population_statistics__divided_by_n_minus_one(batches):
    """The sum of squares was divided by n - 1. The table asks for the variance of these n rows as they are,
    with 1/n.
    """
    rows = _rows(batches)
    n = len(rows)
    return rows.mean(axis=0), rows.var(axis=0) * n / max(n - 1, 1)


def population_statistics__each_batch_corrected(batches):
    """The batches' variances were taken with 1/(m-1) and merged. To merge, each needs its own sum of squared
    deviations, m times the variance with 1/m; and one row would give 0/0.
    """
    rows = _rows(batches)
    mean = rows.mean(axis=0)
    total = sum(len(x) * (_var(x) + (x.mean(axis=0) - mean) ** 2) for x in batches)
    return mean, total / len(rows)


def population_statistics__algorithm_two(batches):
    """This is Algorithm 2 of the paper, the average of the batches' variances times m/(m-1). It estimates;
    here the exact variance of all rows is wanted, as if they were one batch.
    """
    rows = _rows(batches)
    corrected = sum(x.var(axis=0) * len(x) / max(len(x) - 1, 1) for x in batches) / len(batches)
    return rows.mean(axis=0), corrected


def population_statistics__running(batches):
    """This is a running average, in which early batches fade. Here every row counts the same, whichever batch
    it came in.
    """
    _rows(batches)
    mean, var = batches[0].mean(axis=0), batches[0].var(axis=0)
    for x in batches[1:]:
        mean, var = _move(mean, x.mean(axis=0), 0.1), _move(var, x.var(axis=0), 0.1)
    return mean, var


def population_statistics__one_row_skipped(batches):
    """Batches of one row were left out. A single row has no spread of its own, but it has a mean, and it counts."""
    _rows(batches)
    rows = np.concatenate([x for x in batches if len(x) > 1] or [batches[0]])
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__last_batch_only(batches):
    """These are the statistics of the last batch: something is set anew in each turn of the loop instead of
    being collected.
    """
    _rows(batches)
    return batches[-1].mean(axis=0), batches[-1].var(axis=0)


def population_statistics__standard_deviation(batches):
    """The second result is the standard deviation; the variance is asked for."""
    rows = _rows(batches)
    return rows.mean(axis=0), rows.std(axis=0)


def population_statistics__epsilon(batches):
    """A small number was added to the variance. There is no epsilon here: it comes in where you divide."""
    rows = _rows(batches)
    return rows.mean(axis=0), rows.var(axis=0) + 1e-5


def population_statistics__row(batches):
    """Both results have the shape (1, d), from `keepdims=True`; (d,) is asked for, one number per feature."""
    rows = _rows(batches)
    return rows.mean(axis=0, keepdims=True), rows.var(axis=0, keepdims=True)


def population_statistics__first_batch_only(batches):
    """These are the statistics of the first batch: does the loop return in its first turn?"""
    _rows(batches)
    return batches[0].mean(axis=0), batches[0].var(axis=0)


def population_statistics__divided_by_the_batches(batches):
    """The sums over all rows were divided by the number of batches; divide by the number of rows."""
    rows = _rows(batches)
    mean = rows.sum(axis=0) / len(batches)
    return mean, ((rows - mean) ** 2).sum(axis=0) / len(batches)


def population_statistics__one_for_all(batches):
    """One mean and one variance were taken of all numbers. Each feature has its own: pass an axis."""
    rows = _rows(batches)
    return np.full(rows.shape[1], rows.mean()), np.full(rows.shape[1], rows.var())


def population_statistics__swapped(batches):
    """The two results changed places: the mean first, then the variance."""
    rows = _rows(batches)
    return rows.var(axis=0), rows.mean(axis=0)


def population_statistics__empty_gives_zero(batches):
    """An empty list gave 0 and 0 (or NaN). Without rows there is no mean and no variance: raise a ValueError."""
    if not batches:
        return 0.0, 0.0
    rows = np.concatenate(batches)
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__empty_gives_nothing(batches):
    """An empty list gave None. Say loudly what is wrong: raise a ValueError."""
    if not batches:
        return None
    rows = np.concatenate(batches)
    return rows.mean(axis=0), rows.var(axis=0)


def population_statistics__empty_divides_by_zero(batches):
    """An empty list ran into a ZeroDivisionError, or another error that only tells where it broke. Look at
    the list first and raise a ValueError.
    """
    n = sum(len(x) for x in batches)
    mean = sum(x.sum(axis=0) for x in batches) / n
    return mean, sum(((x - mean) ** 2).sum(axis=0) for x in batches) / n


def population_statistics__batches_in_place(batches):
    """The batches were changed in place (`x -= mean`): the caller still needs them, and if you change them back,
    rounding leaves their last digits different. Write `x - mean`, which makes a new array.
    """
    mean = _rows(batches).mean(axis=0)
    n = 0
    squares = np.zeros_like(mean)
    for x in batches:
        x -= mean
        squares += (x**2).sum(axis=0)
        n += len(x)
    return mean, squares / n


# ------------------------------------------------------------------ keras_to_pytorch


def _translated(mean, var, momentum, m, factor):
    if m < 2:
        raise ValueError(m)
    return mean.copy(), var * factor, 1 - momentum


def keras_to_pytorch__one_row_divides(moving_mean, moving_variance, momentum, m):
    """For m = 1 your function divides by m - 1, which is 0. Check m first, and raise a ValueError with a reason."""
    return moving_mean.copy(), moving_variance * (m / (m - 1)), 1 - momentum


def keras_to_pytorch__one_row_accepted(moving_mean, moving_variance, momentum, m):
    """A batch of one row is let through. It has no variance with 1/(m-1): raise a ValueError for m < 2."""
    return moving_mean.copy(), moving_variance * (m / max(m - 1, 1)), 1 - momentum


def keras_to_pytorch__two_rows_refused(moving_mean, moving_variance, momentum, m):
    """Batches of two rows are refused. Two rows have a variance with 1/(m-1); only m < 2 has none."""
    if m <= 2:
        raise ValueError(m)
    return moving_mean.copy(), moving_variance * (m / max(m - 1, 1)), 1 - momentum


def keras_to_pytorch__momentum_copied(moving_mean, moving_variance, momentum, m):
    """The momentum was copied. In Keras it is the weight of the old value, in PyTorch the weight of the new one."""
    mean, var, _ = _translated(moving_mean, moving_variance, momentum, m, m / max(m - 1, 1))
    return mean, var, momentum


def keras_to_pytorch__momentum_inverted(moving_mean, moving_variance, momentum, m):
    """One was divided by the momentum. The two weights of an average add up to 1."""
    mean, var, _ = _translated(moving_mean, moving_variance, momentum, m, m / max(m - 1, 1))
    return mean, var, 1 / momentum


def keras_to_pytorch__momentum_negative(moving_mean, moving_variance, momentum, m):
    """The momentum became negative: you subtracted 1 from it. The two weights of an average add up to 1."""
    mean, var, _ = _translated(moving_mean, moving_variance, momentum, m, m / max(m - 1, 1))
    return mean, var, momentum - 1


def keras_to_pytorch__momentum_default(moving_mean, moving_variance, momentum, m):
    """PyTorch's default momentum of 0.1 came back, whatever the layer in Keras had. Translate its own."""
    mean, var, _ = _translated(moving_mean, moving_variance, momentum, m, m / max(m - 1, 1))
    return mean, var, 0.1


def keras_to_pytorch__variance_copied(moving_mean, moving_variance, momentum, m):
    """The variance was copied. Keras averages variances with 1/m, PyTorch with 1/(m-1)."""
    return _translated(moving_mean, moving_variance, momentum, m, 1.0)


def keras_to_pytorch__factor_inverted(moving_mean, moving_variance, momentum, m):
    """The factor is upside down: a sum of squares that was divided by m has to be divided by m - 1 instead."""
    return _translated(moving_mean, moving_variance, momentum, m, (m - 1) / m)


def keras_to_pytorch__factor_of_the_root(moving_mean, moving_variance, momentum, m):
    """You used the factor of the standard deviation. The variance is not under a root: its factor is m / (m - 1)."""
    return _translated(moving_mean, moving_variance, momentum, m, np.sqrt(m / max(m - 1, 1)))


def keras_to_pytorch__factor_squared(moving_mean, moving_variance, momentum, m):
    """The factor was applied twice. The variance is divided by m once."""
    return _translated(moving_mean, moving_variance, momentum, m, (m / max(m - 1, 1)) ** 2)


def keras_to_pytorch__only_multiplied(moving_mean, moving_variance, momentum, m):
    """The variance was multiplied by m and not divided by m - 1."""
    return _translated(moving_mean, moving_variance, momentum, m, m)


def keras_to_pytorch__only_divided(moving_mean, moving_variance, momentum, m):
    """The variance was divided by m - 1 and not multiplied by m first, so it was divided twice."""
    return _translated(moving_mean, moving_variance, momentum, m, 1 / max(m - 1, 1))


def keras_to_pytorch__one_more(moving_mean, moving_variance, momentum, m):
    """The factor is (m + 1) / m. The divisor changes from m to m - 1."""
    return _translated(moving_mean, moving_variance, momentum, m, (m + 1) / m)


def keras_to_pytorch__counts_features(moving_mean, moving_variance, momentum, m):
    """The factor was made with the number of features. m, the number of examples in a batch, is an argument."""
    d = len(moving_mean)
    return _translated(moving_mean, moving_variance, momentum, m, d / (d - 1))


def keras_to_pytorch__weighed_by_the_momentum(moving_mean, moving_variance, momentum, m):
    """The variance was multiplied by a weight of the average. The weights are in it already; only the divisor differs."""
    mean, var, new = _translated(moving_mean, moving_variance, momentum, m, 1.0)
    return mean, var * momentum, new


def keras_to_pytorch__mean_scaled(moving_mean, moving_variance, momentum, m):
    """The mean was multiplied by m / (m - 1), too. Both libraries divide the sum of a batch by m; only the variances
    differ."""
    mean, var, new = _translated(moving_mean, moving_variance, momentum, m, m / max(m - 1, 1))
    return mean * (m / max(m - 1, 1)), var, new


def keras_to_pytorch__root_of_the_variance(moving_mean, moving_variance, momentum, m):
    """The root of the variance came back, times m / (m - 1). `running_var` is a variance: leave the root out."""
    return _translated(moving_mean, np.sqrt(moving_variance), momentum, m, m / max(m - 1, 1))


def keras_to_pytorch__standard_deviation(moving_mean, moving_variance, momentum, m):
    """A standard deviation came back. `running_var` is a variance."""
    mean, var, new = _translated(moving_mean, moving_variance, momentum, m, m / max(m - 1, 1))
    return mean, np.sqrt(var), new


def keras_to_pytorch__swapped(moving_mean, moving_variance, momentum, m):
    """The variance came first. The order is running_mean, running_var, momentum."""
    mean, var, new = _translated(moving_mean, moving_variance, momentum, m, m / max(m - 1, 1))
    return var, mean, new


def keras_to_pytorch__in_place(moving_mean, moving_variance, momentum, m):
    """`moving_variance` was changed in place: `*=` writes into the caller's array. Make a new one."""
    if m < 2:
        raise ValueError(m)
    moving_variance *= m / (m - 1)
    return moving_mean, moving_variance.copy(), 1 - momentum


# ------------------------------------------------------------------ fold_into_next_conv


def _refuse_zero(gamma):
    if np.any(gamma == 0):
        raise ValueError("gamma is 0")


def fold_into_next_conv__eps_on_std(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root, as in the layer that
    you fold."""
    _refuse_zero(gamma)
    scale = gamma / (np.sqrt(running_var) + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__eps_missing(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon is nowhere in your formula: for a channel with a tiny variance the folded convolution is far from the
    two layers."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__eps_fixed(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + 1e-5)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__eps_twice(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(running_var + eps)."""
    _refuse_zero(gamma)
    scale = gamma / (np.sqrt(running_var + eps) + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__eps_missing_in_the_frame(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The frame has no epsilon. It is what the layer maps to 0, so it needs the layer's own root, sqrt(running_var +
    eps)."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * scale[:, None, None],
        b + kernel.sum(axis=(2, 3)) @ shift,
        running_mean - beta * np.sqrt(running_var) / gamma,
    )


def fold_into_next_conv__eps_missing_in_the_bias(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b' has no epsilon. Kernel and bias need the same line, with gamma / sqrt(running_var + eps)."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * scale[:, None, None],
        b + kernel.sum(axis=(2, 3)) @ (beta - running_mean * gamma / np.sqrt(running_var)),
        -shift / scale,
    )


def fold_into_next_conv__zero_divides(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Where gamma is 0 your frame is a division by 0. Look for it first, and raise a ValueError with a reason."""
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    with np.errstate(all="ignore"):
        return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__zero_let_through(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """A channel with gamma = 0 is let through, with some number in its frame. Inside, this channel is beta
    everywhere; in the frame it is 0. No number in the frame of the raw image gives that: raise a ValueError."""
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    frame = -shift / np.where(scale == 0, 1, scale)
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, np.where(scale == 0, 0, frame)


def fold_into_next_conv__zero_refused_only_where_all_are(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """A gamma of 0 is refused only where all of them are 0. One such channel is enough: there is no frame for it."""
    if not np.any(gamma):
        raise ValueError("gamma is 0")
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    frame = running_mean - beta / np.where(scale == 0, np.inf, scale)
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, frame


def fold_into_next_conv__frame_of_zeros(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your frame is all zeros, which is where the two layers have it: around the normalized images. The folded layer
    gets raw images. Which raw number does the layer turn into 0?"""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, np.zeros_like(gamma)


def fold_into_next_conv__frame_is_the_mean(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your frame is the running mean. The layer turns the mean into beta, and the frame has to become 0."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, running_mean.copy()


def fold_into_next_conv__frame_is_the_shift(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your frame is what the layer makes of 0. Asked is the other way round: what it makes 0 of."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, shift


def fold_into_next_conv__frame_not_divided(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The frame was not divided by the scale: from scale * p + shift = 0 comes p = -shift / scale."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift


def fold_into_next_conv__frame_times_the_scale(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The frame was multiplied by the scale: from scale * p + shift = 0 comes p = -shift / scale."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift * scale


def fold_into_next_conv__frame_sign(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The frame has the wrong sign: scale * p + shift has to be 0, so p is minus shift / scale."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, shift / scale


def fold_into_next_conv__frame_beta_added(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """In the frame beta was added. The layer ends by adding beta, and going back subtracts it."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, running_mean + beta / scale


def fold_into_next_conv__frame_without_gamma(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma is missing in the frame: going back from the layer's output divides by gamma, as well as it multiplies
    by the root."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * scale[:, None, None],
        b + kernel.sum(axis=(2, 3)) @ shift,
        running_mean - beta * np.sqrt(running_var + eps),
    )


def fold_into_next_conv__frame_without_root(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The standard deviation is missing in the frame: going back from the layer's output multiplies by
    sqrt(running_var + eps), as well as it divides by gamma."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, running_mean - beta / gamma


def fold_into_next_conv__frame_without_the_mean(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean is missing in the frame: the layer subtracts it first, so going back adds it last."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -beta / scale


def fold_into_next_conv__frame_is_minus_beta(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Your frame is minus beta. That is what cancels beta after the scaling; the frame is a raw number, before it."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -beta


def fold_into_next_conv__frame_one_for_all(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """All channels got one number in their frame, the mean of what each needs. Each input channel has its own line,
    and its own number."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * scale[:, None, None],
        b + kernel.sum(axis=(2, 3)) @ shift,
        np.full_like(gamma, (-shift / scale).mean()),
    )


def fold_into_next_conv__bias_centre(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Only the entry in the middle of the kernel brings the shift into b'. Every entry of the kernel meets it: sum
    over kh and kw."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * scale[:, None, None],
        b + kernel[:, :, kernel.shape[2] // 2, kernel.shape[3] // 2] @ shift,
        -shift / scale,
    )


def fold_into_next_conv__bias_averaged(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel was averaged over its window in b'. A convolution adds up all entries of the window: sum over kh
    and kw."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.mean(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__bias_without_the_kernel(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The shift was added to b' as it is. It goes through the convolution: each input channel's shift times the sum
    of its kernel."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + shift.sum(), -shift / scale


def fold_into_next_conv__bias_kernel_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """In b' the shift went through the new kernel, so it was scaled twice. The shift is part of the layer's output,
    and that meets the old kernel."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + (kernel * scale[:, None, None]).sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__bias_unchanged(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b came back as it was. That would be right if the frame were subtracted from the images first; here the images
    come as they are, and what the layer makes of 0 has to get into b'."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b.copy(), -shift / scale


def fold_into_next_conv__bias_forgotten(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The convolution's own bias b is lost: it is part of b', as it was."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__bias_sign(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The shift's part of b' was subtracted from b: add it."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b - kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__bias_beta_missing(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """beta is missing in b'. Every output of the layer has beta in it, and goes through the kernel."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b - kernel.sum(axis=(2, 3)) @ (running_mean * scale), -shift / scale


def fold_into_next_conv__bias_mean_missing(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean is missing in b'. The layer makes beta - running_mean * scale of a 0, and that goes through
    the kernel."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ beta, -shift / scale


def fold_into_next_conv__bias_mean_unscaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """In b' the running mean was not scaled. The layer subtracts it before the scaling: beta - running_mean * scale."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ (beta - running_mean), -shift / scale


def fold_into_next_conv__mean_added(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean was added: the layer subtracts it. So its shift is beta - running_mean * scale."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta + running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__mean_unscaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The running mean was subtracted unscaled. It is subtracted before the scaling, so it is scaled too."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__kernel_unscaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel came back as it was. The images reach it raw now, so the scale of each input channel has to be in
    it."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel.copy(), b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__kernel_output_channels_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale went along axis 0, the output channels, which runs only where C_in equals C_out, and is wrong there
    too. The layer stands before the convolution: its channels are axis 1."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * (scale[:, None, None, None] if kernel.shape[0] == kernel.shape[1] else scale[:, None, None]),
        b + kernel.sum(axis=(2, 3)) @ shift,
        -shift / scale,
    )


def fold_into_next_conv__kernel_last_axis_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale went along the last axis, kw, where its length fits: `kernel * scale` lines shapes up from the
    right. Give it the shape (C_in, 1, 1)."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * (scale if kernel.shape[3] == kernel.shape[1] else scale[:, None, None]),
        b + kernel.sum(axis=(2, 3)) @ shift,
        -shift / scale,
    )


def fold_into_next_conv__kernel_height_scaled(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The scale went along kh, the axis before the last, where its length fits. Give it the shape (C_in, 1, 1)."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return (
        kernel * (scale[:, None] if kernel.shape[2] == kernel.shape[1] else scale[:, None, None]),
        b + kernel.sum(axis=(2, 3)) @ shift,
        -shift / scale,
    )


def fold_into_next_conv__kernel_divided(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel was divided by the scale. What a normalized number meets is the kernel times it, and the normalized
    number is scale times the raw one: multiply."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel / scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__no_root(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You divided by the variance; the root is missing."""
    _refuse_zero(gamma)
    scale = gamma / (running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__multiplied(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """You multiplied by the standard deviation; normalizing divides by it."""
    _refuse_zero(gamma)
    scale = gamma * np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__gamma_forgotten(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """gamma is missing: the scale of a channel is gamma / sqrt(running_var + eps)."""
    _refuse_zero(gamma)
    scale = 1 / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, -shift / scale


def fold_into_next_conv__order(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The frame came first. The order is kernel', b', frame."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return -shift / scale, kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift


def fold_into_next_conv__no_frame(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """Only a kernel and a bias came. Return three: kernel', b', frame. Without the frame the border stays wrong."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift


def fold_into_next_conv__frame_keeps_axes(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """frame has the shape (C_in, 1, 1). The kernel needs the extra axes; frame should be (C_in,), as gamma is."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    return kernel * scale[:, None, None], b + kernel.sum(axis=(2, 3)) @ shift, (-shift / scale)[:, None, None]


def fold_into_next_conv__kernel_in_place(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """The kernel was changed in place: the layer that you fold may still be needed, and folding twice would scale
    twice. Make a new array."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    b = b + kernel.sum(axis=(2, 3)) @ shift
    kernel *= scale[:, None, None]
    return kernel, b, -shift / scale


def fold_into_next_conv__bias_in_place(kernel, b, gamma, beta, running_mean, running_var, eps=1e-5):
    """b was changed in place (`b += ...` writes into the caller's array). Make a new one."""
    _refuse_zero(gamma)
    scale = gamma / np.sqrt(running_var + eps)
    shift = beta - running_mean * scale
    b += kernel.sum(axis=(2, 3)) @ shift
    return kernel * scale[:, None, None], b, -shift / scale
