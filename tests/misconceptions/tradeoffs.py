"""Wrong answers to the exercises of the chapter tradeoffs, the subtle ones first.

The docstring is the hint that a learner reads when their numbers are these. One file a chapter, however long: the
wrong answers to an exercise are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ batch_noise


def batch_noise__ddof(x, batches):
    """The spread of the batch means was divided by k - 1; here all k batches are given, so divide by k."""
    return x[batches].mean(axis=1).std(axis=0, ddof=1).mean()


def batch_noise__one_pass_variance(x, batches):
    """The variance was computed as the mean of the squares minus the square of the mean. For features far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""
    means = x[batches].mean(axis=1)
    return np.sqrt((means**2).mean(axis=0) - means.mean(axis=0) ** 2).mean()


def batch_noise__epsilon(x, batches):
    """A small number was added to the variance. There is no epsilon in this formula, and for tiny features it
    shows."""
    return np.sqrt(x[batches].mean(axis=1).var(axis=0) + 1e-8).mean()


def batch_noise__float32(x, batches):
    """The result is right to about seven digits only: something in your function is float32 or was rounded. Leave
    the numbers in float64."""
    return float(np.float32(x[batches].mean(axis=1).std(axis=0).mean()))


def batch_noise__divided_by_batches(x, batches):
    """The sum over the rows of a batch was divided by k, the number of batches. Divide by m, the number of rows in a
    batch: axis 1 of batches."""
    means = x[batches].sum(axis=1) / len(batches)
    return means.std(axis=0).mean()


def batch_noise__around_the_data(x, batches):
    """The batch means were compared with the mean of all rows of x. A standard deviation is taken around the
    mean of the very values it describes: here the k batch means."""
    means = x[batches].mean(axis=1)
    return np.sqrt(((means - x.mean(axis=0)) ** 2).mean(axis=0)).mean()


def batch_noise__root_last(x, batches):
    """The variances were averaged over the features and the root was taken last. Each feature has its own
    standard deviation: root first, average then."""
    return np.sqrt(x[batches].mean(axis=1).var(axis=0).mean())


def batch_noise__repeats_dropped(x, batches):
    """A row that comes twice in a batch was counted once. In a batch drawn with replacement, it counts twice."""
    means = np.array([x[np.unique(rows)].mean(axis=0) for rows in batches])
    return means.std(axis=0).mean()


def batch_noise__theory(x, batches):
    """You returned std(x) / sqrt(m), what statistics expects on average over all possible batches. The
    question is what these very batches do: take their means and look how they spread."""
    return (x.std(axis=0) / np.sqrt(batches.shape[1])).mean()


def batch_noise__consecutive_rows(x, batches):
    """The rows were taken in the order of x, whatever the indices say. `x[batches]` picks them: shape (k, m,
    d)."""
    k, m = batches.shape
    rows = np.arange(k * m).reshape(k, m) % len(x)
    return x[rows].mean(axis=1).std(axis=0).mean()


def batch_noise__within_the_batch(x, batches):
    """This is how far the examples of a batch lie apart, averaged. The noise is how far the means of
    different batches lie apart: average over a batch first, then look at the spread over batches."""
    return x[batches].std(axis=1).mean()


def batch_noise__noise_of_the_spread(x, batches):
    """You measured how much the standard deviation varies from batch to batch. That is noise too, but here
    the mean is asked for."""
    return x[batches].std(axis=1).std(axis=0).mean()


def batch_noise__wrong_axis(x, batches):
    """The mean was taken over the batches and the spread over the places within them. `x[batches]` is (k, m, d): the
    mean takes axis 1 away, and then comes the spread over the k batches."""
    return x[batches].mean(axis=0).std(axis=0).mean()


def batch_noise__mean_over_features(x, batches):
    """The mean went over the features (axis 2 of `x[batches]`). A batch's mean has one number per feature: the rows of
    the batch are axis 1."""
    return x[batches].mean(axis=2).std(axis=0).mean()


def batch_noise__spread_over_features(x, batches):
    """The spread was taken over the features of each batch mean. It goes over the batches, axis 0 of the (k,
    d) means; features in different units must not be mixed."""
    return x[batches].mean(axis=1).std(axis=1).mean()


def batch_noise__all_at_once(x, batches):
    """One spread was taken over all k * d means at once, which also counts how far the features lie apart.
    Each feature by itself: pass an axis to std."""
    return x[batches].mean(axis=1).std()


def batch_noise__features_averaged_first(x, batches):
    """The features were averaged before the spread was taken, so that their noise cancels. Spread first,
    feature by feature, average last."""
    return x[batches].mean(axis=(1, 2)).std()


def batch_noise__relative(x, batches):
    """The noise was divided by the spread of x. That is a good question too, but here the noise is wanted in
    the unit of x: three times as wide features have three times the noise."""
    return (x[batches].mean(axis=1).std(axis=0) / x.std(axis=0)).mean()


def batch_noise__variance(x, batches):
    """This is the variance of the batch means; the root is missing."""
    return x[batches].mean(axis=1).var(axis=0).mean()


def batch_noise__standard_error(x, batches):
    """The spread was divided by sqrt(k), which is the error of an average over batches. Every single batch
    brings the whole noise: no further division."""
    return x[batches].mean(axis=1).std(axis=0).mean() / np.sqrt(len(batches))


def batch_noise__sums(x, batches):
    """The rows of a batch were summed, not averaged: m times too much."""
    return x[batches].sum(axis=1).std(axis=0).mean()


def batch_noise__features_summed(x, batches):
    """The noise was summed over the features; the mean over them is asked for."""
    return x[batches].mean(axis=1).std(axis=0).sum()


def batch_noise__noisiest_feature(x, batches):
    """You returned the noise of the noisiest feature; the mean over all features is asked for."""
    return x[batches].mean(axis=1).std(axis=0).max()


def batch_noise__per_feature(x, batches):
    """One number per feature came back. Their mean, a single number, is asked for."""
    return x[batches].mean(axis=1).std(axis=0)


def batch_noise__in_place_and_back(x, batches):
    """x was centred in place and the mean was added again at the end. Rounding leaves other last digits in the
    caller's array: work on a new one."""
    mean = x.mean(axis=0)
    x -= mean
    noise = x[batches].mean(axis=1).std(axis=0).mean()
    x += mean
    return noise


def batch_noise__in_place(x, batches):
    """x was changed in place (`x -= mean`): the caller still needs it. Centring is not needed here at all."""
    x -= x.mean(axis=0)
    return x[batches].mean(axis=1).std(axis=0).mean()


# ------------------------------------------------------------------ effective_learning_rate


def effective_learning_rate__epsilon(lr, W):
    """A small number was added to the squared norm. There is no epsilon in this formula, and for small
    weights it shows."""
    return lr / ((W**2).sum(axis=0) + 1e-8)


def effective_learning_rate__epsilon_on_norm(lr, W):
    """A small number was added to the norm before it was squared. There is no epsilon in this formula, and for small
    weights it shows."""
    return lr / (np.linalg.norm(W, axis=0) + 1e-8) ** 2


def effective_learning_rate__float32(lr, W):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    return (lr / (W**2).sum(axis=0)).astype(np.float32)


def effective_learning_rate__clipped_norm(lr, W):
    """Norms below 1 were raised to 1. Short columns are just where the effective rate is large: no limit
    here."""
    return lr / np.maximum((W**2).sum(axis=0), 1.0)


def effective_learning_rate__norm_not_squared(lr, W):
    """You divided by the norm; the square is missing. For a column a times as long, the gradient is a times smaller,
    and the same step turns the column a times less."""
    return lr / np.linalg.norm(W, axis=0)


def effective_learning_rate__variance(lr, W):
    """The columns were centred before they were measured. The norm is that of the column as it is: the sum of
    its squares."""
    return lr / ((W - W.mean(axis=0)) ** 2).sum(axis=0)


def effective_learning_rate__column_variances(lr, W):
    """The division is by the variance of each column (`np.var`). The norm is that of the column as it is: no mean is
    subtracted, and the squares are summed."""
    return lr / W.var(axis=0)


def effective_learning_rate__mean_square(lr, W):
    """The squares were averaged; the squared norm is their sum."""
    return lr / (W**2).mean(axis=0)


def effective_learning_rate__rows(lr, W):
    """The norms are those of the rows. With x @ W the weights of output j are the column W[:, j], so there is
    one rate per column: shape (d_out,)."""
    return lr / (W**2).sum(axis=1)


def effective_learning_rate__whole_matrix(lr, W):
    """One norm was taken for the whole matrix (`np.linalg.norm` does, without an axis). Batch Normalization
    rescales each output by itself, so each column has its own."""
    return np.full(W.shape[1], lr / np.linalg.norm(W) ** 2)


def effective_learning_rate__largest_singular_value(lr, W):
    """The norm is the spectral norm of the matrix (its largest singular value). Here each column has its own
    Euclidean norm."""
    return np.full(W.shape[1], lr / np.linalg.norm(W, 2) ** 2)


def effective_learning_rate__absolute_values(lr, W):
    """The norm is the sum of absolute values; the Euclidean one squares first, then sums."""
    return lr / np.abs(W).sum(axis=0) ** 2


def effective_learning_rate__sum_squared(lr, W):
    """The entries were summed before squaring, so that signs cancel. Square first, then sum."""
    return lr / W.sum(axis=0) ** 2


def effective_learning_rate__largest_entry(lr, W):
    """The norm is the largest absolute value of each column; the Euclidean one takes all entries in."""
    return lr / np.abs(W).max(axis=0) ** 2


def effective_learning_rate__multiplied(lr, W):
    """lr was multiplied by the squared norm. Longer weights turn less, not more: divide."""
    return lr * (W**2).sum(axis=0)


def effective_learning_rate__squared_twice(lr, W):
    """The norm was squared twice. `(W**2).sum(axis=0)` is the squared norm already."""
    return lr / (W**2).sum(axis=0) ** 2


def effective_learning_rate__lr_ignored(lr, W):
    """The learning rate is nowhere in your formula: twice the step is twice the rate."""
    return 1 / (W**2).sum(axis=0)


def effective_learning_rate__lr_squared(lr, W):
    """lr came in squared, as in (lr / norm)**2. Only the norm is squared."""
    return (lr / np.linalg.norm(W, axis=0)) ** 2


def effective_learning_rate__whole_row(lr, W):
    """The result has shape (1, d_out), from `keepdims=True`; a vector of shape (d_out,) is wanted."""
    return lr / (W**2).sum(axis=0, keepdims=True)


def effective_learning_rate__averaged(lr, W):
    """The rates were averaged into one number. Each output has its own, and they can differ a lot."""
    return (lr / (W**2).sum(axis=0)).mean()


def effective_learning_rate__in_place(lr, W):
    """W was changed in place (`W *= W` or `W **= 2`): the caller's weights are gone. Write `W**2`, which
    makes a new array."""
    W *= W
    return lr / W.sum(axis=0)


# ------------------------------------------------------------------ hessian_condition_number
# x @ x.T, the other product, is singular for m > d: its smallest eigenvalue is rounding noise, other at every
# run, so there are no numbers to know it by. Forgetting 1/m is no mistake: it cancels.


def _ratio(hessian):
    eigenvalues = np.linalg.eigvalsh(hessian)
    return eigenvalues[-1] / eigenvalues[0]


def hessian_condition_number__ridge(x):
    """Something was added to the diagonal of the Hessian (1e-8, say). x.T @ x is nonsingular here, and for
    small inputs the addition shows."""
    return _ratio(x.T @ x / len(x) + 1e-8 * np.eye(x.shape[1]))


def hessian_condition_number__float32(x):
    """The result is right to about seven digits only: something in your function is float32 or was rounded. Leave
    the numbers in float64."""
    return float(np.float32(_ratio(x.T @ x / len(x))))


def hessian_condition_number__centred(x):
    """The mean was subtracted first (`np.cov` does so). The Hessian is that of x as it is: a mean far from 0
    is one of the things that make it badly conditioned."""
    centred = x - x.mean(axis=0)
    return _ratio(centred.T @ centred / len(x))


def hessian_condition_number__normalized(x):
    """The features were normalized first (`np.corrcoef` does so). That is the cure; here the condition number
    of x as it is was asked for."""
    return _ratio(np.corrcoef(x, rowvar=False).reshape(x.shape[1], -1))


def hessian_condition_number__scaled(x):
    """The features were brought to length 1 first, so half of the trouble is gone before you look. Take x as
    it is."""
    scaled = x / np.linalg.norm(x, axis=0)
    return _ratio(scaled.T @ scaled)


def hessian_condition_number__root(x):
    """x itself was taken, as `np.linalg.cond(x)` does, and not the Hessian. The Hessian holds x twice: its eigenvalues
    are squares of singular values of x."""
    return np.linalg.cond(x)


def hessian_condition_number__squared(x):
    """The ratio was squared once too often. The eigenvalues of x.T @ x are the squares of the singular values
    of x already."""
    return _ratio(x.T @ x / len(x)) ** 2


def hessian_condition_number__diagonal(x):
    """You compared the largest and the smallest entry of the diagonal. Where features are correlated, the
    eigenvalues lie further apart than that."""
    diagonal = (x**2).mean(axis=0)
    return diagonal.max() / diagonal.min()


def hessian_condition_number__variances(x):
    """You compared the largest and the smallest variance of the features. What counts are the eigenvalues of
    x.T @ x / m, which know of means and correlations too."""
    return x.var(axis=0).max() / x.var(axis=0).min()


def hessian_condition_number__entries(x):
    """You compared the largest and the smallest entry of the matrix, in absolute value. Its eigenvalues are
    meant: `np.linalg.eigvalsh`."""
    hessian = np.abs(x.T @ x / len(x))
    return hessian.max() / hessian.min()


def hessian_condition_number__frobenius(x):
    """This condition number is made of Frobenius norms, which sum over all eigenvalues. Largest over smallest
    eigenvalue is what `np.linalg.cond` gives unless told otherwise."""
    hessian = x.T @ x / len(x)
    return np.linalg.norm(hessian) * np.linalg.norm(np.linalg.inv(hessian))


def hessian_condition_number__column_sums(x):
    """This condition number is made of 1-norms (`np.linalg.cond(H, 1)`), the largest sums of a column.
    Largest over smallest eigenvalue is the default, 2."""
    return np.linalg.cond(x.T @ x / len(x), 1)


def hessian_condition_number__over_the_mean(x):
    """The largest eigenvalue was divided by the mean of all; the smallest one is the slow direction."""
    eigenvalues = np.linalg.eigvalsh(x.T @ x / len(x))
    return eigenvalues[-1] / eigenvalues.mean()


def hessian_condition_number__trace(x):
    """The sum of the eigenvalues (the trace) was divided by the smallest; the largest alone is meant."""
    hessian = x.T @ x / len(x)
    return np.trace(hessian) / np.linalg.eigvalsh(hessian)[0]


def hessian_condition_number__neighbours(x):
    """The largest eigenvalue was compared with the next one. `eigvalsh` gives them in ascending order: the
    last over the first."""
    eigenvalues = np.linalg.eigvalsh(x.T @ x / len(x))
    return eigenvalues[-1] / eigenvalues[max(len(eigenvalues) - 2, 0)]


def hessian_condition_number__eigenvalues_unsorted(x):
    """`np.linalg.eigvals` does not sort: the first eigenvalue over the last is some ratio, by luck the right one. Take
    the largest over the smallest, or `eigvalsh`, which gives them in ascending order."""
    eigenvalues = np.linalg.eigvals(x.T @ x / len(x))
    return eigenvalues[0] / eigenvalues[-1]


def hessian_condition_number__eigenvalues_unsorted_last_over_first(x):
    """`np.linalg.eigvals` does not sort, so the last eigenvalue over the first is some ratio, often the inverse of the
    right one. Take the largest over the smallest, or `eigvalsh`, which gives them in ascending order."""
    eigenvalues = np.linalg.eigvals(x.T @ x / len(x))
    return eigenvalues[-1] / eigenvalues[0]


def hessian_condition_number__upside_down(x):
    """The ratio is upside down: largest over smallest, a number from 1 upwards."""
    return 1 / _ratio(x.T @ x / len(x))


def hessian_condition_number__difference(x):
    """You subtracted the smallest eigenvalue from the largest; divide."""
    return np.ptp(np.linalg.eigvalsh(x.T @ x / len(x)))


def hessian_condition_number__largest(x):
    """This is the largest eigenvalue alone. It limits the learning rate; only together with the smallest one
    does it tell how slow the slowest direction is."""
    return np.linalg.eigvalsh(x.T @ x / len(x))[-1]


def hessian_condition_number__logarithm(x):
    """The logarithm of the ratio came back; the ratio itself is asked for."""
    return np.log10(_ratio(x.T @ x / len(x)))


def hessian_condition_number__in_place(x):
    """x was changed in place (`x /= ...`): the caller still needs it. Make a new array."""
    x /= np.sqrt(len(x))
    return _ratio(x.T @ x)


# ------------------------------------------------------------------ cross_example_influence


def cross_example_influence__step_stays(f, x, i, delta):
    """delta was added to x itself, so the caller's batch is changed afterwards. Copy first: `x.copy()`."""
    before = f(x)
    x[i] += delta
    return np.linalg.norm(f(x) - before, axis=1)


def cross_example_influence__step_and_back(f, x, i, delta):
    """delta was added to x itself and subtracted again. Rounding leaves other last digits in the caller's batch: copy
    first, `x.copy()`."""
    before = f(x)
    x[i] += delta
    after = f(x)
    x[i] -= delta
    return np.linalg.norm(after - before, axis=1)


def cross_example_influence__epsilon(f, x, i, delta):
    """A small number was added under the root: an example that does not move gets a number other than 0. There is no
    epsilon in a norm."""
    moved = x.copy()
    moved[i] += delta
    return np.sqrt(((f(moved) - f(x)) ** 2).sum(axis=1) + 1e-8)


def cross_example_influence__float32(f, x, i, delta):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1).astype(np.float32)


def cross_example_influence__alias(f, x, i, delta):
    """`moved = x` gives the same array a second name: both calls of f saw the moved batch, and nothing seems
    to move. Make a copy: `x.copy()`."""
    moved = x
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__difference_of_norms(f, x, i, delta):
    """You compared the lengths of the outputs. An output may turn without getting longer: take the difference
    first, then its norm."""
    moved = x.copy()
    moved[i] += delta
    return np.abs(np.linalg.norm(f(moved), axis=1) - np.linalg.norm(f(x), axis=1))


def cross_example_influence__replaced(f, x, i, delta):
    """Example i was replaced by delta; delta is to be added to it."""
    moved = x.copy()
    moved[i] = delta
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__subtracted(f, x, i, delta):
    """delta was subtracted from the example. f is not linear, so a step the other way moves the outputs by another
    amount: add delta."""
    moved = x.copy()
    moved[i] -= delta
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__whole_batch(f, x, i, delta):
    """delta was added to all examples (`x + delta` broadcasts over the rows). Only example i is moved."""
    return np.linalg.norm(f(x + delta) - f(x), axis=1)


def cross_example_influence__counted_from_one(f, x, i, delta):
    """The example before the right one was moved: examples are counted from 0, so example i is `x[i]`."""
    moved = x.copy()
    moved[i - 1] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__column(f, x, i, delta):
    """A feature was moved in all examples (`x[:, i]`). Examples are the rows: `x[i]`."""
    moved = x.copy()
    moved[:, i % x.shape[1]] += delta[i % x.shape[1]]
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__single_example(f, x, i, delta):
    """f was called with example i alone, and the others were taken to stay where they are. Whether they do is
    the very question: call f with the whole batch, before and after."""
    influence = np.zeros(len(x))
    row = x[i : i + 1]
    influence[i] = np.linalg.norm(f(row + delta) - f(row))
    return influence


def cross_example_influence__own_only(f, x, i, delta):
    """Only example i's own change came back and the others' were set to 0. What happens to the others is what
    this measures."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1) * (np.arange(len(x)) == i)


def cross_example_influence__moved_example_alone(f, x, i, delta):
    """One number came back, the change of example i alone. The result has an entry for every example of the batch:
    what happens to the others is what this measures."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved)[i] - f(x)[i])


def cross_example_influence__averaged(f, x, i, delta):
    """The norms were averaged into one number. Each example has its own entry."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1).mean()


def cross_example_influence__others_only(f, x, i, delta):
    """Example i's own change is missing: the result has an entry for every example, the moved one
    included."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1) * (np.arange(len(x)) != i)


def cross_example_influence__squared(f, x, i, delta):
    """These are squared norms; the root is missing."""
    moved = x.copy()
    moved[i] += delta
    return ((f(moved) - f(x)) ** 2).sum(axis=1)


def cross_example_influence__absolute_values(f, x, i, delta):
    """The norm is the sum of absolute values; the Euclidean one is the root of the sum of squares."""
    moved = x.copy()
    moved[i] += delta
    return np.abs(f(moved) - f(x)).sum(axis=1)


def cross_example_influence__largest_change(f, x, i, delta):
    """The norm is the largest change of an output; the Euclidean one takes all outputs of an example in."""
    moved = x.copy()
    moved[i] += delta
    return np.abs(f(moved) - f(x)).max(axis=1)


def cross_example_influence__root_mean_square(f, x, i, delta):
    """The squares were averaged over the outputs; a Euclidean norm sums them."""
    moved = x.copy()
    moved[i] += delta
    return np.sqrt(((f(moved) - f(x)) ** 2).mean(axis=1))


def cross_example_influence__signed_sum(f, x, i, delta):
    """The changes of the outputs were summed with their signs, so that they cancel. Square, sum, root."""
    moved = x.copy()
    moved[i] += delta
    return (f(moved) - f(x)).sum(axis=1)


def cross_example_influence__per_unit_of_step(f, x, i, delta):
    """The result was divided by the length of delta. How far the outputs move is asked for, not how far per
    unit of the step."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=1) / np.linalg.norm(delta)


def cross_example_influence__relative(f, x, i, delta):
    """The change was divided by the length of the output; the change itself is asked for."""
    moved = x.copy()
    moved[i] += delta
    before = f(x)
    return np.linalg.norm(f(moved) - before, axis=1) / np.linalg.norm(before, axis=1)


def cross_example_influence__no_comparison(f, x, i, delta):
    """These are the lengths of the outputs after the step. Subtract the outputs before the step first, then take the
    norm."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved), axis=1)


def cross_example_influence__per_output(f, x, i, delta):
    """The norm was taken over the examples (axis 0), one number per output. One number per example is wanted:
    shape (m,)."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x), axis=0)


def cross_example_influence__whole_matrix(f, x, i, delta):
    """One number for the whole batch came back (`np.linalg.norm` without an axis); each example has its
    own."""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(f(moved) - f(x))


def cross_example_influence__no_norm(f, x, i, delta):
    """The differences themselves came back, a row per example. Take the norm of each row."""
    moved = x.copy()
    moved[i] += delta
    return f(moved) - f(x)


# ------------------------------------------------------------------ groupnorm_forward


def _check(C, groups):
    if groups < 1 or C % groups:
        raise ValueError("groups must divide C")


def _grouped(x, gamma, beta, groups, eps, ddof=0):
    """The right answer, apart from the divisor of the variance."""
    N, C = x.shape[:2]
    _check(C, groups)
    z = x.reshape(N, groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, ddof=ddof, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def _divided(x, gamma, beta, groups, scale):
    """The right answer, apart from what the centred groups (N, groups, m) are multiplied by: `scale` of them."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    z = z - z.mean(axis=2, keepdims=True)
    return gamma[:, None, None] * (z * scale(z)).reshape(x.shape) + beta[:, None, None]


def _over(x, gamma, beta, over, eps):
    x_hat = (x - x.mean(axis=over, keepdims=True)) / np.sqrt(x.var(axis=over, keepdims=True) + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def groupnorm_forward__eps_on_std(x, gamma, beta, groups, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / (z.std(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__eps_missing(x, gamma, beta, groups, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens to a group that is the same everywhere?"""
    return _grouped(x, gamma, beta, groups, 0.0)


def groupnorm_forward__eps_fixed(x, gamma, beta, groups, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return _grouped(x, gamma, beta, groups, 1e-5)


def groupnorm_forward__eps_fixed_small(x, gamma, beta, groups, eps=1e-5):
    """Your function uses 1e-8 for epsilon, whatever the caller asks for: use the argument, not a number."""
    return _grouped(x, gamma, beta, groups, 1e-8)


def groupnorm_forward__eps_as_floor(x, gamma, beta, groups, eps=1e-5):
    """Epsilon was used as a floor: max(var, eps). It is added to every variance: sqrt(var + eps)."""
    return _divided(x, gamma, beta, groups, lambda z: 1 / np.sqrt(np.maximum((z**2).mean(axis=2, keepdims=True), eps)))


def groupnorm_forward__eps_twice(x, gamma, beta, groups, eps=1e-5):
    """Epsilon was added twice. Once is enough, to the variance under the root."""
    return _grouped(x, gamma, beta, groups, 2 * eps)


def groupnorm_forward__eps_on_the_root_too(x, gamma, beta, groups, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    return _divided(x, gamma, beta, groups, lambda z: 1 / (np.sqrt(z.var(axis=2, keepdims=True) + eps) + eps))


def groupnorm_forward__one_pass_variance(x, gamma, beta, groups, eps=1e-5):
    """The variance was computed as the mean of the squares minus the square of the mean. For features far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    mean = z.mean(axis=2, keepdims=True)
    var = (z**2).mean(axis=2, keepdims=True) - mean**2
    z = (z - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__float32(x, gamma, beta, groups, eps=1e-5):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    return _grouped(x, gamma, beta, groups, eps).astype(np.float32)


def groupnorm_forward__clipped(x, gamma, beta, groups, eps=1e-5):
    """The output was cut off at 6, on both sides. Nothing is clipped here: an outlier stays one."""
    return np.clip(_grouped(x, gamma, beta, groups, eps), -6, 6)


def groupnorm_forward__x_hat_clipped(x, gamma, beta, groups, eps=1e-5):
    """x_hat was cut off at 6, on both sides. Nothing is clipped here: an outlier stays one."""
    x_hat = np.clip(_grouped(x, np.ones_like(gamma), np.zeros_like(beta), groups, eps), -6, 6)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def groupnorm_forward__ddof(x, gamma, beta, groups, eps=1e-5):
    """The variance was divided by the number of values minus 1; divide by the number of values."""
    return _grouped(x, gamma, beta, groups, eps, ddof=1)


def groupnorm_forward__channel_split(x, gamma, beta, groups, eps=1e-5):
    """Six channels in four groups were accepted: `reshape(N, groups, -1)` cuts a channel in two where the number of
    pixels allows it. Check that groups divides C before you reshape."""
    if groups < 1:
        raise ValueError("at least one group")
    z = x.reshape(len(x), groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__rest_left_alone(x, gamma, beta, groups, eps=1e-5):
    """Where groups does not divide the channels, the rest of them was left as it is, silently. Say so: raise
    a ValueError."""
    if groups < 1:
        raise ValueError("at least one group")
    size = x.shape[1] // groups
    x_hat = x.copy()
    for g in range(groups if size else 0):
        part = x[:, g * size : (g + 1) * size]
        mean, var = part.mean((1, 2, 3), keepdims=True), part.var((1, 2, 3), keepdims=True)
        x_hat[:, g * size : (g + 1) * size] = (part - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def groupnorm_forward__assertion(x, gamma, beta, groups, eps=1e-5):
    """An AssertionError came where a ValueError is asked for. `assert` is for tests (Python can switch it
    off); what a caller did wrong is a `raise ValueError(...)`."""
    assert groups >= 1, "at least one group"
    assert x.shape[1] % groups == 0, "groups must divide C"
    return _grouped(x, gamma, beta, groups, eps)


def groupnorm_forward__zero_groups(x, gamma, beta, groups, eps=1e-5):
    """With groups = 0 your check divides by zero before it can say what is wrong. Ask first whether groups is
    below 1."""
    if x.shape[1] % groups:
        raise ValueError("groups must divide C")
    if groups < 1:
        raise ValueError("at least one group")
    return _grouped(x, gamma, beta, groups, eps)


def groupnorm_forward__clamped(x, gamma, beta, groups, eps=1e-5):
    """A number of groups below 1 was raised to 1, silently. Nobody meant that: raise a ValueError."""
    return _grouped(x, gamma, beta, max(groups, 1), eps)


def groupnorm_forward__divided_by_pixels(x, gamma, beta, groups, eps=1e-5):
    """The sums over a group were divided by H * W. A group has C / groups channels of H * W pixels each: m is their
    product."""
    N, C, H, W = x.shape
    _check(C, groups)
    z = x.reshape(N, groups, -1)
    mean = z.sum(axis=2, keepdims=True) / (H * W)
    var = ((z - mean) ** 2).sum(axis=2, keepdims=True) / (H * W)
    z = (z - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__sum_of_squares(x, gamma, beta, groups, eps=1e-5):
    """The squared deviations were summed and not divided by their number: the variance is their mean."""
    return _divided(x, gamma, beta, groups, lambda z: 1 / np.sqrt((z**2).sum(axis=2, keepdims=True) + eps))


def groupnorm_forward__variance_squared(x, gamma, beta, groups, eps=1e-5):
    """The variance was squared under the root, sqrt(var**2 + eps). It is a square already: sqrt(var + eps)."""
    return _divided(x, gamma, beta, groups, lambda z: 1 / np.sqrt(z.var(axis=2, keepdims=True) ** 2 + eps))


def groupnorm_forward__not_normalized(x, gamma, beta, groups, eps=1e-5):
    """x was scaled and shifted, but not normalized: gamma and beta apply to x_hat."""
    _check(x.shape[1], groups)
    return gamma[:, None, None] * x + beta[:, None, None]


def groupnorm_forward__only_centred(x, gamma, beta, groups, eps=1e-5):
    """The mean was subtracted, but nothing was divided: the groups keep their spread."""
    return _divided(x, gamma, beta, groups, lambda z: 1.0)


def groupnorm_forward__not_centred(x, gamma, beta, groups, eps=1e-5):
    """The mean was not subtracted: the groups were only divided by their standard deviation."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    z = z / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__interleaved(x, gamma, beta, groups, eps=1e-5):
    """The groups are interleaved: channels 0, G, 2G, ... went together. A group is a run of consecutive
    channels, so the axis of groups comes before that of the channels in it: (N, G, C / G, H, W)."""
    N, C, H, W = x.shape
    _check(C, groups)
    z = x.reshape(N, C // groups, groups, H, W)
    z = (z - z.mean((1, 3, 4), keepdims=True)) / np.sqrt(z.var((1, 3, 4), keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__group_size(x, gamma, beta, groups, eps=1e-5):
    """groups was taken for the number of channels in a group. It is the number of groups; each holds C /
    groups channels."""
    _check(x.shape[1], groups)
    return _grouped(x, gamma, beta, x.shape[1] // groups, eps)


def groupnorm_forward__mean_of_variances(x, gamma, beta, groups, eps=1e-5):
    """The variances of the channels were averaged within a group. The variance of a group also holds how far
    its channels' means lie apart: take it over all values of the group at once."""
    N, C, H, W = x.shape
    _check(C, groups)
    z = x.reshape(N, groups, C // groups, H, W)
    var = z.var(axis=(3, 4), keepdims=True).mean(axis=2, keepdims=True)
    z = (z - z.mean((2, 3, 4), keepdims=True)) / np.sqrt(var + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__batch_included(x, gamma, beta, groups, eps=1e-5):
    """The statistics were taken over all images of the batch. Each image is normalized by itself: that is
    what makes group normalization independent of the batch."""
    N, C = x.shape[:2]
    _check(C, groups)
    z = x.reshape(N, groups, -1)
    z = (z - z.mean(axis=(0, 2), keepdims=True)) / np.sqrt(z.var(axis=(0, 2), keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__per_position(x, gamma, beta, groups, eps=1e-5):
    """Each position (h, w) was normalized by itself over the channels of its group. All positions of a group share one
    mean and one variance: include the axes H and W."""
    N, C, H, W = x.shape
    _check(C, groups)
    z = x.reshape(N, groups, C // groups, H, W)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__channels_last(x, gamma, beta, groups, eps=1e-5):
    """The reshape treats the array as if the channels came last: (N, H, W, G, C / G). Here they are axis 1,
    and a reshape alone does not move an axis."""
    N, C, H, W = x.shape
    _check(C, groups)
    z = x.reshape(N, H, W, groups, C // groups)
    z = (z - z.mean((1, 2, 4), keepdims=True)) / np.sqrt(z.var((1, 2, 4), keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__channels_of_the_group_last(x, gamma, beta, groups, eps=1e-5):
    """The groups were reshaped to (N, G, H * W, C / G) and each of the last C / G columns was normalized by itself
    (axis 2). A reshape alone does not move an axis, so a column holds pixels of several channels; and a group has one
    mean and one variance."""
    N, C, H, W = x.shape
    _check(C, groups)
    z = x.reshape(N, groups, H * W, C // groups)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__over_the_batch_position_by_position(x, gamma, beta, groups, eps=1e-5):
    """The statistics were taken over the batch (axis 0), for each position of each channel by itself. Here each image
    is normalized by itself, over all values of a group."""
    _check(x.shape[1], groups)
    return _over(x, gamma, beta, 0, eps)


def groupnorm_forward__turned_back_wrongly(x, gamma, beta, groups, eps=1e-5):
    """The groups were transposed for the normalization and then reshaped to images while still transposed, so the
    pixels of all groups are mixed. Undo the transpose first, or leave each group in a row of its own."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x) * groups, -1).T
    z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__left_as_rows(x, gamma, beta, groups, eps=1e-5):
    """The groups came back as rows, one for each image and group, and without gamma and beta. Give them the shape of the
    images again; then scale and shift each channel."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x) * groups, -1)
    return (z - z.mean(axis=1, keepdims=True)) / np.sqrt(z.var(axis=1, keepdims=True) + eps)


def groupnorm_forward__left_as_groups(x, gamma, beta, groups, eps=1e-5):
    """The groups came back as they were normalized, (N, G, values), and without gamma and beta. Give them the shape of
    the images again; then scale and shift each channel."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    return (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)


def groupnorm_forward__left_with_an_axis_of_groups(x, gamma, beta, groups, eps=1e-5):
    """The result has five axes, (N, G, C / G, H, W), and no gamma and beta. Give it the shape of the images again; then
    scale and shift each channel."""
    N, C, H, W = x.shape
    _check(C, groups)
    z = x.reshape(N, groups, C // groups, H, W)
    over = (2, 3, 4)
    return (z - z.mean(axis=over, keepdims=True)) / np.sqrt(z.var(axis=over, keepdims=True) + eps)


def groupnorm_forward__instance(x, gamma, beta, groups, eps=1e-5):
    """Each channel was normalized by itself, whatever groups says: that is instance normalization, what C
    groups would give."""
    _check(x.shape[1], groups)
    return _over(x, gamma, beta, (2, 3), eps)


def groupnorm_forward__layer(x, gamma, beta, groups, eps=1e-5):
    """All channels of an image were normalized together, whatever groups says: that is layer normalization,
    what one group would give."""
    _check(x.shape[1], groups)
    return _over(x, gamma, beta, (1, 2, 3), eps)


def groupnorm_forward__batch_normalization(x, gamma, beta, groups, eps=1e-5):
    """This is Batch Normalization: statistics per channel over the whole batch. Here they are per image and
    group, and no other image counts."""
    _check(x.shape[1], groups)
    return _over(x, gamma, beta, (0, 2, 3), eps)


def groupnorm_forward__gamma_per_group(x, gamma, beta, groups, eps=1e-5):
    """All channels of group g got gamma[g] and beta[g]. gamma and beta belong to the channels, C of each; only the
    statistics are shared in a group."""
    group = np.arange(x.shape[1]) // max(x.shape[1] // max(groups, 1), 1)
    _check(x.shape[1], groups)
    return _grouped(x, gamma[group], beta[group], groups, eps)


def groupnorm_forward__gamma_on_last_axis(x, gamma, beta, groups, eps=1e-5):
    """gamma and beta were broadcast along W, the last axis; that only works where W equals C, and is wrong
    there too. Give them the shape (C, 1, 1)."""
    return gamma * _grouped(x, np.ones_like(gamma), np.zeros_like(beta), groups, eps) + beta


def groupnorm_forward__no_root(x, gamma, beta, groups, eps=1e-5):
    """You divided by the variance; the root is missing."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / (z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__shift_before_scale(x, gamma, beta, groups, eps=1e-5):
    """The shift was added before the scaling. Scale first, then shift."""
    return gamma[:, None, None] * _grouped(x, np.ones_like(gamma), beta, groups, eps)


def groupnorm_forward__gamma_beta_swapped(x, gamma, beta, groups, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    return _grouped(x, beta, gamma, groups, eps)


def groupnorm_forward__no_affine(x, gamma, beta, groups, eps=1e-5):
    """This is x_hat: gamma and beta were forgotten."""
    return _grouped(x, np.ones_like(gamma), np.zeros_like(beta), groups, eps)


def groupnorm_forward__in_place(x, gamma, beta, groups, eps=1e-5):
    """x was changed in place: a reshape is mostly a view, so `-=` on it reaches the caller's array. Make a
    new one."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    z -= z.mean(axis=2, keepdims=True)
    return _grouped(x, gamma, beta, groups, eps)


def groupnorm_forward__in_place_and_back(x, gamma, beta, groups, eps=1e-5):
    """x was centred in place and the mean was added again at the end. Rounding leaves other last digits in the
    caller's array: work on a new one."""
    _check(x.shape[1], groups)
    z = x.reshape(len(x), groups, -1)
    mean = z.mean(axis=2, keepdims=True)
    z -= mean
    y = _grouped(x, gamma, beta, groups, eps)
    z += mean
    return y


def groupnorm_forward__float64_inside(x, gamma, beta, groups, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and
    np.ones are, unless told their dtype)."""
    y = np.zeros(x.shape)
    y[:] = _grouped(x, gamma, beta, groups, eps)
    return y


# ------------------------------------------------------------------ batch_renorm_forward


def _renorm(x, running_mean, running_var, eps, running_eps=None, ddof=0):
    """mean, s and S."""
    s = np.sqrt(x.var(axis=0, ddof=ddof) + eps)
    return x.mean(axis=0), s, np.sqrt(running_var + (eps if running_eps is None else running_eps))


def _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps, s):
    """The right answer, apart from the batch's standard deviation s."""
    mean, S = x.mean(axis=0), np.sqrt(running_var + eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__eps_missing_in_running(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Epsilon is in the batch's root but not in the running one. Both need it, or r would not be 1 where the
    two variances agree."""
    mean, s, S = _renorm(x, running_mean, running_var, eps, 0.0)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__eps_missing(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Epsilon is nowhere in your formula. It belongs in both roots, the batch's and the running one."""
    mean, s, S = _renorm(x, running_mean, running_var, 0.0)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__eps_fixed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    mean, s, S = _renorm(x, running_mean, running_var, 1e-5)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__eps_on_std(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Epsilon was added to the standard deviations. It belongs to the variances, under the roots."""
    mean, s, S = x.mean(axis=0), x.std(axis=0) + eps, np.sqrt(running_var) + eps
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__eps_fixed_small(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Your function uses 1e-8 for epsilon, whatever the caller asks for: use the argument, not a number."""
    s = np.sqrt(x.var(axis=0) + 1e-8)
    return _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, 1e-8, s)


def batch_renorm_forward__eps_missing_in_batch(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Epsilon is in the running root but not in the batch's. Both need it, or r would not be 1 where the two
    variances agree."""
    return _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps, x.std(axis=0))


def batch_renorm_forward__eps_twice(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Epsilon was added to both variances twice. Once is enough, under each root."""
    s = np.sqrt(x.var(axis=0) + 2 * eps)
    return _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, 2 * eps, s)


def batch_renorm_forward__eps_twice_in_batch(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """Epsilon was added to the variance of the batch twice, and to the running one once. Once is enough for both, or
    r would not be 1 where the two variances agree."""
    s = np.sqrt(x.var(axis=0) + 2 * eps)
    return _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps, s)


def batch_renorm_forward__one_pass_variance(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The variance was computed as the mean of the squares minus the square of the mean. For features far from 0 these
    two agree in all their digits and rounding is what is left: subtract the mean first, then square."""
    s = np.sqrt((x**2).mean(axis=0) - x.mean(axis=0) ** 2 + eps)
    return _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps, s)


def batch_renorm_forward__float32(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """float64 came in and float32 went out: half of the digits are lost. Leave the dtype as it is."""
    s = np.sqrt(x.var(axis=0) + eps)
    return _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps, s).astype(np.float32)


def batch_renorm_forward__x_hat_clipped(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """x_hat was cut off at 10, on both sides. Only r and q are clipped: an outlier stays one."""
    s = np.sqrt(x.var(axis=0) + eps)
    one, zero = np.ones_like(gamma), np.zeros_like(beta)
    x_hat = _renormed(x, one, zero, running_mean, running_var, r_max, d_max, eps, s)
    return gamma * np.clip(x_hat, -10, 10) + beta


def batch_renorm_forward__clipped(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The output was cut off at 6, on both sides. Only r and q are clipped: an outlier stays one."""
    s = np.sqrt(x.var(axis=0) + eps)
    return np.clip(_renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps, s), -6, 6)


def batch_renorm_forward__q_by_division(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q was divided by its own absolute value to get its sign. Where the mean has not moved that is 0/0: np.clip takes
    both signs."""
    mean, s, S = x.mean(axis=0), np.sqrt(x.var(axis=0) + eps), np.sqrt(running_var + eps)
    q = (mean - running_mean) / S
    with np.errstate(all="ignore"):
        q = q / np.abs(q) * np.minimum(np.abs(q), d_max)
    return gamma * ((x - mean) / s * np.clip(s / S, 1 / r_max, r_max) + q) + beta


def batch_renorm_forward__clipped_from_above_only(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """r and q were both clipped from above only (`np.minimum`). They have lower limits too: 1 / r_max for r, -d_max
    for q."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.minimum(s / S, r_max), np.minimum((mean - running_mean) / S, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__sum_of_squares(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The squared deviations of the batch were summed and not divided by m: the variance is their mean."""
    s = np.sqrt(x.var(axis=0) * len(x) + eps)
    return _renormed(x, gamma, beta, running_mean, running_var, r_max, d_max, eps, s)


def batch_renorm_forward__divided_by_features(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The sums over the batch were divided by d, the number of features. Divide by m, the number of rows:
    x.shape[0]."""
    mean = x.sum(axis=0) / x.shape[1]
    s = np.sqrt(((x - mean) ** 2).sum(axis=0) / x.shape[1] + eps)
    S = np.sqrt(running_var + eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__ddof(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The batch's variance was divided by m - 1; divide by m when you normalize."""
    mean, s, S = _renorm(x, running_mean, running_var, eps, ddof=1)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__r_not_from_below(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """r was clipped at r_max only, or its lower limit lies below 0, where it does nothing. A batch may also be much
    narrower than the running statistics say: the lower limit is 1 / r_max."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.minimum(s / S, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__r_at_least_one(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """r was clipped to 1 and r_max, so it never makes anything smaller. The lower limit is 1 / r_max."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1.0, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__q_not_from_below(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q was clipped at d_max only. It has both signs: the lower limit is -d_max."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.minimum((mean - running_mean) / S, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__q_not_negative(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q was clipped to 0 and d_max, so a mean below the running one is not corrected. The lower limit is
    -d_max."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, 0.0, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__r_not_clipped(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """r was not clipped: it must stay between 1 / r_max and r_max."""
    mean, _, S = _renorm(x, running_mean, running_var, eps)
    return gamma * ((x - mean) / S + np.clip((mean - running_mean) / S, -d_max, d_max)) + beta


def batch_renorm_forward__q_not_clipped(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q was not clipped: it must stay between -d_max and d_max."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    return gamma * ((x - mean) / s * np.clip(s / S, 1 / r_max, r_max) + (mean - running_mean) / S) + beta


def batch_renorm_forward__running_statistics(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """This normalizes with the running statistics alone, as in evaluation; the limits on r and q do nothing.
    Clip both before they are used."""
    S = np.sqrt(running_var + eps)
    return gamma * (x - running_mean) / S + beta


def batch_renorm_forward__batch_normalization(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """This is plain Batch Normalization: r and q, the corrections towards the running statistics, are
    missing."""
    mean, s, _ = _renorm(x, running_mean, running_var, eps)
    return gamma * (x - mean) / s + beta


def batch_renorm_forward__limits_swapped(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The limits changed places: r_max is for the scale r, d_max for the shift q."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    d_max, r_max = r_max, d_max
    low = 1 / r_max if r_max else np.inf
    r, q = np.clip(s / S, low, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__q_over_batch_std(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q was divided by the batch's s; it is measured in running standard deviations, S. Only then do the running
    statistics alone normalize x where nothing is clipped."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / s, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__shift_then_scale(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q was added before the multiplication by r. Scale first, then shift: (x - mean) / s * r + q."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * (((x - mean) / s + q) * r) + beta


def batch_renorm_forward__r_upside_down(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """r is upside down, or you divided by it. It turns a division by s into one by S: multiply by s / S, so
    that s cancels and S remains."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(S / s, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__q_sign(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q has the wrong sign. A batch whose mean lies above the running one should come out above 0: mean minus
    running_mean."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((running_mean - mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__q_missing(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The shift q is missing: only the scale is corrected."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    return gamma * (x - mean) / s * np.clip(s / S, 1 / r_max, r_max) + beta


def batch_renorm_forward__r_missing(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The scale r is missing: only the shift is corrected."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    return gamma * ((x - mean) / s + np.clip((mean - running_mean) / S, -d_max, d_max)) + beta


def batch_renorm_forward__r_from_variances(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """r is the ratio of the variances; take that of the standard deviations, s / S."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s**2 / S**2, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__running_var_as_std(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """running_var was used as if it were a standard deviation: S is sqrt(running_var + eps)."""
    mean, s, S = x.mean(axis=0), np.sqrt(x.var(axis=0) + eps), running_var + eps
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__running_mean_centred(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The running mean was subtracted from x and the correction q added as well. Centre with the batch's
    mean; q brings in the rest."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - running_mean) / s * r + q) + beta


def batch_renorm_forward__beta_before_gamma(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """beta was added before gamma was applied. gamma scales, then beta shifts."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r + q + beta)


def batch_renorm_forward__q_outside_gamma(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """q was added after gamma. It is part of x_hat, so gamma scales it too."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mean) / s * r) + q + beta


def batch_renorm_forward__gamma_beta_swapped(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """gamma and beta changed places: gamma scales, beta shifts."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    return beta * ((x - mean) / s * r + q) + gamma


def batch_renorm_forward__updates_running(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """The running statistics were updated in place. This function only reads them; the layer that owns them
    updates them."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    running_mean += 0.1 * (mean - running_mean)
    running_var += 0.1 * (x.var(axis=0, ddof=1) - running_var)
    return gamma * ((x - mean) / s * r + q) + beta


def batch_renorm_forward__in_place(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """x was changed in place: the caller still needs it. Write `x = x - mean`, which makes a new array."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    x -= mean
    return gamma * (x / s * r + q) + beta


def batch_renorm_forward__in_place_and_back(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """x was centred in place and the mean was added again at the end. Rounding leaves other last digits in the
    caller's array: work on a new one."""
    mean, s, S = _renorm(x, running_mean, running_var, eps)
    r, q = np.clip(s / S, 1 / r_max, r_max), np.clip((mean - running_mean) / S, -d_max, d_max)
    x -= mean
    y = gamma * (x / s * r + q) + beta
    x += mean
    return y


# ------------------------------------------------------------------ batch_renorm_backward


def _renorm_backward(dy, cache, mean=1.0, var=1.0, n=None, factor=1.0):
    """The gradient with factors on its paths, another n, another factor in front of dx."""
    x_hat, gamma, s, r, q = cache
    m = len(dy)
    n = (x_hat - q) / r if n is None else n
    dx = gamma * r / s * factor * (dy - mean * dy.sum(axis=0) / m - var * n * (dy * n).sum(axis=0) / m)
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batch_renorm_backward__exact_projection(dy, cache):
    """The part along n was taken away completely, dividing by sum(n^2). That is right for eps = 0 only; with epsilon
    sum(n^2) is less than m, and the gradient divides by m."""
    n = (cache[0] - cache[4]) / cache[3]
    return _renorm_backward(dy, cache, var=1 / (n**2).mean(axis=0))


def batch_renorm_backward__corrected_x_hat(dy, cache):
    """The part along the corrected x_hat was taken away. What the batch's statistics see is n = (x_hat - q) / r, before
    the correction."""
    return _renorm_backward(dy, cache, n=cache[0])


def batch_renorm_backward__q_left(dy, cache):
    """q was not taken off x_hat before the part along it was computed: n is (x_hat - q) / r."""
    return _renorm_backward(dy, cache, n=cache[0] / cache[3])


def batch_renorm_backward__r_left(dy, cache):
    """x_hat was not divided by r before the part along it was computed: n is (x_hat - q) / r."""
    return _renorm_backward(dy, cache, n=cache[0] - cache[4])


def batch_renorm_backward__r_missing(dy, cache):
    """dx lacks its factor r. n is multiplied by r on its way to y, and so is its gradient on the way back."""
    return _renorm_backward(dy, cache, factor=1 / cache[3])


def batch_renorm_backward__r_divided(dy, cache):
    """dx was divided by r. n is multiplied by r on its way to y, so its gradient is multiplied by r, too."""
    return _renorm_backward(dy, cache, factor=1 / cache[3] ** 2)


def batch_renorm_backward__r_twice(dy, cache):
    """dx has the factor r twice. It lies between n and y once."""
    return _renorm_backward(dy, cache, factor=cache[3])


def batch_renorm_backward__statistics_constant(dy, cache):
    """That is the gradient of evaluation, a straight line. Only r and q are constants in training; an example still
    moves the batch's mean and s, so there are three paths to x."""
    return _renorm_backward(dy, cache, mean=0.0, var=0.0)


def batch_renorm_backward__variance_constant(dy, cache):
    """The path through s is missing: moving an example also moves the batch's variance. Only r and q are constants."""
    return _renorm_backward(dy, cache, var=0.0)


def batch_renorm_backward__mean_constant(dy, cache):
    """The path through the mean is missing: your columns of dx do not sum to 0. Only r and q are constants."""
    return _renorm_backward(dy, cache, mean=0.0)


def batch_renorm_backward__variance_sign(dy, cache):
    """The path through s has the wrong sign: a larger s makes n smaller."""
    return _renorm_backward(dy, cache, var=-1.0)


def batch_renorm_backward__variance_half(dy, cache):
    """The path through s is half of what it should be: the 2 of the square and the 1/2 of the root cancel."""
    return _renorm_backward(dy, cache, var=0.5)


def batch_renorm_backward__variance_twice(dy, cache):
    """The path through s is twice what it should be: the 2 of the square and the 1/2 of the root cancel."""
    return _renorm_backward(dy, cache, var=2.0)


def batch_renorm_backward__sums(dy, cache):
    """The two sums in dx lack their 1/m: the mean and the variance are means over the batch."""
    return _renorm_backward(dy, cache, mean=float(len(dy)), var=float(len(dy)))


def batch_renorm_backward__ddof(dy, cache):
    """The two sums in dx were divided by m - 1. The forward pass divides by m."""
    m = len(dy)
    return _renorm_backward(dy, cache, mean=m / (m - 1), var=m / (m - 1))


def batch_renorm_backward__counts_features(dy, cache):
    """The two sums in dx were divided by the number of features. m is the number of examples, len(dy)."""
    m, d = dy.shape
    return _renorm_backward(dy, cache, mean=m / d, var=m / d)


def batch_renorm_backward__gamma_missing(dy, cache):
    """dx lacks its factor gamma."""
    gamma = cache[1]
    return _renorm_backward(dy, (cache[0], np.ones_like(gamma), *cache[2:]))


def batch_renorm_backward__s_missing(dy, cache):
    """dx was not divided by s."""
    return _renorm_backward(dy, cache, factor=cache[2])


def batch_renorm_backward__s_multiplied(dy, cache):
    """dx was multiplied by s. n is divided by s, and so is the gradient on its way to x."""
    return _renorm_backward(dy, cache, factor=cache[2] ** 2)


def batch_renorm_backward__s_squared(dy, cache):
    """dx was divided by s twice."""
    return _renorm_backward(dy, cache, factor=1 / cache[2])


def batch_renorm_backward__dgamma_on_the_path(dy, cache):
    """dgamma stands in the path through s. It is a sum with the corrected x_hat; this path needs the sum of dy * n, with
    n as it was before r and q."""
    x_hat, gamma, s, r, q = cache
    m, n = len(dy), (x_hat - q) / r
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * r / s * (dy - dbeta / m - n * dgamma / m), dgamma, dbeta


def batch_renorm_backward__dgamma_before_the_correction(dy, cache):
    """dgamma was computed with n, before the correction. gamma was multiplied by the corrected x_hat: use that one."""
    dx, _, dbeta = _renorm_backward(dy, cache)
    return dx, (dy * (cache[0] - cache[4]) / cache[3]).sum(axis=0), dbeta


def batch_renorm_backward__averaged_parameters(dy, cache):
    """dgamma and dbeta are means. Every example used the same gamma and beta, so their parts add up."""
    dx, dgamma, dbeta = _renorm_backward(dy, cache)
    return dx, dgamma / len(dy), dbeta / len(dy)


def batch_renorm_backward__gamma_in_dgamma(dy, cache):
    """dgamma has a factor gamma. y = gamma * x_hat + beta: the slope in gamma is x_hat."""
    dx, dgamma, dbeta = _renorm_backward(dy, cache)
    return dx, dgamma * cache[1], dbeta


def batch_renorm_backward__parameters_swapped(dy, cache):
    """dgamma and dbeta came in the other order. Return dx, dgamma, dbeta."""
    dx, dgamma, dbeta = _renorm_backward(dy, cache)
    return dx, dbeta, dgamma


def batch_renorm_backward__dx_last(dy, cache):
    """dx came last. Return dx, dgamma, dbeta."""
    dx, dgamma, dbeta = _renorm_backward(dy, cache)
    return dgamma, dbeta, dx


def batch_renorm_backward__one_mean_for_all(dy, cache):
    """The sums of dx were taken over the whole array. Each feature has its own."""
    x_hat, gamma, s, r, q = cache
    n = (x_hat - q) / r
    dx = gamma * r / s * (dy - dy.mean() - n * (dy * n).mean())
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batch_renorm_backward__over_features(dy, cache):
    """The sums of dx ran over the features (axis 1). The batch's mean and variance run over the examples."""
    x_hat, gamma, s, r, q = cache
    n = (x_hat - q) / r
    along = n * (dy * n).mean(axis=1, keepdims=True)
    dx = gamma * r / s * (dy - dy.mean(axis=1, keepdims=True) - along)
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batch_renorm_backward__dy_in_place(dy, cache):
    """dy was changed in place, and the caller still needs it. Make a new array."""
    result = _renorm_backward(dy, cache)
    dy *= cache[1]
    return result


def batch_renorm_backward__cache_in_place(dy, cache):
    """x_hat of the cache was changed in place, and the caller still needs it: `-=` writes into that array."""
    result = _renorm_backward(dy, cache)
    x_hat = cache[0]
    x_hat -= cache[4]
    return result


# ------------------------------------------------------------------ merge_statistics


def _present(counts, means, variances):
    """Of the devices that hold rows: their counts (k, 1), means and variances."""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    return counts[here].astype(means.dtype)[:, np.newaxis], means[here], variances[here]


def merge_statistics__nan_times_zero(counts, means, variances):
    """A device without rows had the weight 0, and 0 times NaN is NaN. Leave such a device out before you compute
    anything with its numbers."""
    if not (counts > 0).any():
        raise ValueError("no rows")
    n = counts.astype(means.dtype)[:, np.newaxis]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__double_precision(counts, means, variances):
    """float32 came in and float64 went out. An array of integers times one of float32 is float64: give the counts the
    dtype of the means first, `counts.astype(means.dtype)`, or the results at the end."""
    n, means, variances = _present(counts, means, variances)
    n = n.astype(np.float64)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__no_rows_are_nan(counts, means, variances):
    """Where no device holds a row, 0 was divided by 0 and NaN came back. Look at the counts first, and raise a
    ValueError."""
    here = counts > 0
    n, means, variances = counts[here].astype(means.dtype)[:, np.newaxis], means[here], variances[here]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__three_things_to_mind(counts, means, variances):
    """Three of the five things to mind are missing: a device without rows must not count, not even if NaN stands in
    its mean; without any row there is a ValueError; and the counts need the dtype of the means for float32."""
    n = counts[:, np.newaxis]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__nan_and_double_precision(counts, means, variances):
    """Two of the five things to mind are missing: 0 times NaN is NaN, so leave devices without rows out; and the counts
    need the dtype of the means, `counts.astype(means.dtype)`, so that float32 stays float32."""
    if not (counts > 0).any():
        raise ValueError("no rows")
    n = counts[:, np.newaxis]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__no_rows_and_double_precision(counts, means, variances):
    """Two of the five things to mind are missing: a ValueError where no device holds a row (0/0 is NaN); and the counts
    need the dtype of the means, `counts.astype(means.dtype)`, so that float32 stays float32."""
    here = counts > 0
    n, means, variances = counts[here][:, np.newaxis], means[here], variances[here]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__nan_and_no_rows(counts, means, variances):
    """Two of the five things to mind are missing: 0 times NaN is NaN, so leave devices without rows out; and where no
    device holds a row, raise a ValueError."""
    n = counts.astype(means.dtype)[:, np.newaxis]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__one_pass(counts, means, variances):
    """The mean of the squares was built from each variance plus its mean squared, and the square of the mean was
    taken off. Where the means are large beside the spread, the two agree in all their digits and nothing is left.
    Square only differences of means."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + means**2)).sum(axis=0) / n.sum() - mean**2


def merge_statistics__within_only(counts, means, variances):
    """The variances were averaged, weighted by the rows. The rows of a device also lie apart from those of the others:
    how far is its mean from the mean of the batch? Two devices with the variance 0 may have different means."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * variances).sum(axis=0) / n.sum()


def merge_statistics__between_unweighted(counts, means, variances):
    """The spread between the means was averaged as if all devices held equally many rows. The distance of a device's
    mean from the mean of the batch counts once for each of its rows."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * variances).sum(axis=0) / n.sum() + ((means - mean) ** 2).mean(axis=0)


def merge_statistics__within_unweighted(counts, means, variances):
    """The variances were averaged as if all devices held equally many rows. A device with more rows has a larger part
    in the sum of the squared deviations."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, variances.mean(axis=0) + (n * (means - mean) ** 2).sum(axis=0) / n.sum()


def merge_statistics__variance_unweighted(counts, means, variances):
    """The variance, within the devices and between them, was averaged as if all devices held equally many rows. Weight
    both by the rows, as the mean."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (variances + (means - mean) ** 2).mean(axis=0)


def merge_statistics__around_the_plain_mean(counts, means, variances):
    """The distances of the means were taken from the plain average of the means. Deviations count from the mean of all
    rows, in which a device with more rows weighs more."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - means.mean(axis=0)) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__plain_mean(counts, means, variances):
    """The means were averaged as if all devices held equally many rows, and the deviations were taken from there. Each
    row counts once, so a device with more rows counts for more."""
    n, means, variances = _present(counts, means, variances)
    mean = means.mean(axis=0)
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__divided_by_n_minus_one(counts, means, variances):
    """The sum of the squared deviations was divided by the number of rows less 1. The layer normalizes with the
    variance that divides by the number of rows."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / max(n.sum() - 1, 1)


def merge_statistics__size_not_squared(counts, means, variances):
    """The distance of a device's mean from the mean of the batch was added without a square. A variance is made of
    squared deviations."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + np.abs(means - mean))).sum(axis=0) / n.sum()


def merge_statistics__between_once(counts, means, variances):
    """In the sum of the squares, each device's distance from the mean of the batch was counted once. All of its rows
    are that much farther away, on average: it counts once for each of them."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * variances + (means - mean) ** 2).sum(axis=0) / n.sum()


def merge_statistics__between_only(counts, means, variances):
    """Only the spread between the means is there. The rows of a device differ among themselves, too: its own variance
    belongs to the sum."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (means - mean) ** 2).sum(axis=0) / n.sum()


def merge_statistics__variances_not_multiplied(counts, means, variances):
    """The variances were added where sums of squared deviations belong. A device's variance is an average over its own
    rows: what is their sum?"""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (variances + n * (means - mean) ** 2).sum(axis=0) / n.sum()


def merge_statistics__std(counts, means, variances):
    """The second result is the standard deviation. Its square is the variance: no root here."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, np.sqrt((n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum())


def merge_statistics__sum_of_squares(counts, means, variances):
    """The second result is the sum of the squared deviations. Divide it by the number of all rows."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0)


def merge_statistics__all_unweighted(counts, means, variances):
    """Means and variances were averaged as if all devices held equally many rows, the spread between the means as
    well. Weight all of them by the rows."""
    _, means, variances = _present(counts, means, variances)
    mean = means.mean(axis=0)
    return mean, (variances + (means - mean) ** 2).mean(axis=0)


def merge_statistics__plain_averages(counts, means, variances):
    """Means and variances were averaged as if all devices held equally many rows. Weight both by the rows, and add to
    the variance how far the devices' means lie apart."""
    _, means, variances = _present(counts, means, variances)
    return means.mean(axis=0), variances.mean(axis=0)


def merge_statistics__swapped(counts, means, variances):
    """The two results changed places: the mean first, then the variance."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum(), mean


def merge_statistics__epsilon(counts, means, variances):
    """A small number was added to the variance. There is no epsilon here: it comes in later, when the layer
    divides."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum() + 1e-5


def merge_statistics__variances_averaged(counts, means, variances):
    """The variances were averaged, each device alike. Weight them by the rows, and add how far the devices' means lie
    apart."""
    n, means, variances = _present(counts, means, variances)
    return (n * means).sum(axis=0) / n.sum(), variances.mean(axis=0)


def merge_statistics__no_rows_are_another_error(counts, means, variances):
    """Where no device holds a row, another error than a ValueError came, one that only tells where it broke. Look at
    the counts first, and raise a ValueError."""
    if not (counts > 0).any():
        raise ZeroDivisionError("no rows")
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__weights_less_one(counts, means, variances):
    """The variance was weighted with the rows of each device less 1. All rows of a device deviate from the mean of the
    batch: take its count as it is."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, ((n - 1) * (variances + (means - mean) ** 2)).sum(axis=0) / max((n - 1).sum(), 1)


def merge_statistics__averages_alone(counts, means, variances):
    """Means and variances were averaged, each device alike. A device with more rows counts for more, one without rows
    does not count at all, and the distances between the means belong to the variance."""
    return means.mean(axis=0), variances.mean(axis=0)


def merge_statistics__weighted_averages_alone(counts, means, variances):
    """The variances were averaged, weighted by the rows. What is missing is how far the means of the devices lie
    apart: two devices of the variance 0 may have different means. After that, mind the devices without rows."""
    n = counts[:, np.newaxis]
    return (n * means).sum(axis=0) / n.sum(), (n * variances).sum(axis=0) / n.sum()


def merge_statistics__weighted_averages_with_an_error(counts, means, variances):
    """The variances were averaged, weighted by the rows, and how far the means of the devices lie apart was left out:
    what is the variance of 1, 1, 5, 5 on two devices? After that, look at NaN where a device holds no row."""
    n = counts[:, np.newaxis]
    if n.sum() == 0:
        raise ValueError("no rows")
    return (n * means).sum(axis=0) / n.sum(), (n * variances).sum(axis=0) / n.sum()


def merge_statistics__weighted_averages_of_the_others(counts, means, variances):
    """The variances were averaged, weighted by the rows. How far the means of the devices lie apart belongs to the
    variance of the batch, too. After that, look at what comes back where no device holds a row."""
    here = counts > 0
    n, means, variances = counts[here][:, np.newaxis], means[here], variances[here]
    return (n * means).sum(axis=0) / n.sum(), (n * variances).sum(axis=0) / n.sum()


def merge_statistics__plain_averages_of_the_others(counts, means, variances):
    """Means and variances of the devices that hold rows were averaged, each alike. A device with more rows counts for
    more, and the distances between the means belong to the variance. After that, look at a batch without rows."""
    here = counts > 0
    k = means.dtype.type(here.sum())
    return means[here].sum(axis=0) / k, variances[here].sum(axis=0) / k


def merge_statistics__averages_by_numpy_alone(counts, means, variances):
    """`np.average` took the mean of the variances. What is missing is how far the means of the devices lie apart: two
    devices of the variance 0 may have different means. After that, mind the devices without rows."""
    return np.average(means, axis=0, weights=counts), np.average(variances, axis=0, weights=counts)


def merge_statistics__equal_parts_alone(counts, means, variances):
    """This is right for devices that hold equally many rows. Where they do not, a device counts once for each of its
    rows, in the mean and in both parts of the variance, and one without rows not at all."""
    return means.mean(axis=0), variances.mean(axis=0) + means.var(axis=0)


def merge_statistics__with_m_minus_one_before(counts, means, variances):
    """A device's sum of squared deviations was taken to be its rows less 1, times its variance. The variances that
    came in divide by the number of rows, so the sum is that number times the variance."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, ((n - 1) * variances + n * (means - mean) ** 2).sum(axis=0) / n.sum()


def merge_statistics__between_subtracted(counts, means, variances):
    """The spread between the means was taken off. Around another point than their own mean the squares of a device's
    rows sum up to more: add it."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances - (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__between_not_divided(counts, means, variances):
    """The squared distances of the means were added up and not averaged over the rows. As the spread within the
    devices, they belong under the division by the number of rows."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * variances).sum(axis=0) / n.sum() + (n * (means - mean) ** 2).sum(axis=0)


def merge_statistics__variances_taken_for_std(counts, means, variances):
    """The variances were squared, as if they were standard deviations. They are squares already."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances**2 + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__std_averaged(counts, means, variances):
    """The standard deviations were averaged and the average was squared. Squared deviations add up, their roots do
    not: average the variances themselves."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    within = ((n * np.sqrt(variances)).sum(axis=0) / n.sum()) ** 2
    return mean, within + (n * (means - mean) ** 2).sum(axis=0) / n.sum()


def merge_statistics__weights_squared(counts, means, variances):
    """The weights of the variance are squared. That is the variance of a weighted mean; here it is asked how the rows
    themselves spread, and each of them counts once."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, ((n / n.sum()) ** 2 * (variances + (means - mean) ** 2)).sum(axis=0)


def merge_statistics__summed_over_the_features(counts, means, variances):
    """The squared distances of the means were added up over all features. Each feature has its own variance: take its
    own distance alone."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    away = ((means - mean) ** 2).sum(axis=1, keepdims=True)
    return mean, (n * (variances + away)).sum(axis=0) / n.sum()


def merge_statistics__weights_by_the_largest(counts, means, variances):
    """The counts were divided by the largest of them. Weights of an average sum to 1: divide by the sum of the
    counts."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.max()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.max()


def merge_statistics__divided_by_the_devices(counts, means, variances):
    """The sums over the rows were divided by the number of devices. Divide by the number of rows."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / len(n)
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / len(n)


def merge_statistics__variance_of_the_means(counts, means, variances):
    """The second result is the variance of the devices' means, each device alike. Weight them by the rows, and add the
    spread of the rows within each device."""
    n, means, variances = _present(counts, means, variances)
    return (n * means).sum(axis=0) / n.sum(), means.var(axis=0)


def merge_statistics__between_one_pass(counts, means, variances):
    """The spread between the means was computed as the mean of their squares minus the square of the mean. Where the
    means are large beside the spread, the two agree in all their digits. Subtract the mean before you square."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    between = (n * means**2).sum(axis=0) / n.sum() - mean**2
    return mean, between + (n * variances).sum(axis=0) / n.sum()


def _one_by_one(counts, means, variances, between):
    n, means, variances = _present(counts, means, variances)
    n = n[:, 0]
    rows, mean, squares = n[0], means[0], n[0] * variances[0]
    for m, own, var in zip(n[1:], means[1:], variances[1:], strict=True):
        delta = own - mean
        squares = squares + m * var + delta**2 * between(rows, m)
        mean = mean + delta * (m / (rows + m))
        rows = rows + m
    return mean, squares / rows


def merge_statistics__weight_of_the_new_one(counts, means, variances):
    """As each device joins, the squared distance of the two means was multiplied by the rows of the new device. The
    mean of both lies between the two, so neither group is the whole distance away from it."""
    return _one_by_one(counts, means, variances, lambda n, m: m)


def merge_statistics__weight_of_both_not_divided(counts, means, variances):
    """As each device joins, the squared distance of the two means was multiplied by both counts and not divided by
    their sum. How far is each of the two means from the mean of both?"""
    return _one_by_one(counts, means, variances, lambda n, m: n * m)


def merge_statistics__weight_missing(counts, means, variances):
    """As each device joins, the squared distance of the two means was added once. It has a weight that comes from both
    counts: how far is each of the two means from the mean of both, and how many rows are there?"""
    return _one_by_one(counts, means, variances, lambda n, m: 1)


def merge_statistics__weight_of_all(counts, means, variances):
    """As each device joins, the squared distance of the two means was multiplied by all rows of both. Neither group
    is the whole distance away from the mean of both."""
    return _one_by_one(counts, means, variances, lambda n, m: n + m)


def merge_statistics__mean_moved_too_early(counts, means, variances):
    """As each device joins, the mean was moved before the distance was taken. Take the distance of the new device's
    mean from the old mean first."""
    n, means, variances = _present(counts, means, variances)
    n = n[:, 0]
    rows, mean, squares = n[0], means[0], n[0] * variances[0]
    for m, own, var in zip(n[1:], means[1:], variances[1:], strict=True):
        mean = mean + (own - mean) * (m / (rows + m))
        squares = squares + m * var + (own - mean) ** 2 * (rows * m / (rows + m))
        rows = rows + m
    return mean, squares / rows


def merge_statistics__rows_raised_too_early(counts, means, variances):
    """As each device joins, the number of rows was raised before it was used. Your formula takes the rows without the
    new device."""
    n, means, variances = _present(counts, means, variances)
    n = n[:, 0]
    rows, mean, squares = n[0], means[0], n[0] * variances[0]
    for m, own, var in zip(n[1:], means[1:], variances[1:], strict=True):
        rows = rows + m
        delta = own - mean
        squares = squares + m * var + delta**2 * (rows * m / (rows + m))
        mean = mean + delta * (m / (rows + m))
    return mean, squares / rows


def merge_statistics__weights_of_the_other(counts, means, variances):
    """As each device joins, the mean moved by the share of the rows that were there before. It moves towards the new
    device by the share of the new device's rows."""
    n, means, variances = _present(counts, means, variances)
    n = n[:, 0]
    rows, mean, squares = n[0], means[0], n[0] * variances[0]
    for m, own, var in zip(n[1:], means[1:], variances[1:], strict=True):
        delta = own - mean
        squares = squares + m * var + delta**2 * (rows * m / (rows + m))
        mean = mean + delta * (rows / (rows + m))
        rows = rows + m
    return mean, squares / rows


def merge_statistics__halves(counts, means, variances):
    """As each device joins, the old statistics and the new ones were averaged half and half. Each row counts once:
    weight the two by their rows."""
    _, means, variances = _present(counts, means, variances)
    mean, var = means[0], variances[0]
    for own, new in zip(means[1:], variances[1:], strict=True):
        delta = own - mean
        mean = mean + delta / 2
        var = (var + new) / 2 + delta**2 / 4
    return mean, var


def merge_statistics__two_devices(counts, means, variances):
    """Only the first two devices were merged. There may be any number of them."""
    n, means, variances = _present(counts, means, variances)
    n, means, variances = n[:2], means[:2], variances[:2]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__last_left_out(counts, means, variances):
    """The last device was left out. Where does your loop end?"""
    n, means, variances = _present(counts, means, variances)
    end = max(len(n) - 1, 1)
    n, means, variances = n[:end], means[:end], variances[:end]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__single_rows_left_out(counts, means, variances):
    """Devices with a single row were left out. A single row has the variance 0, but it has a mean, and it counts."""
    n, means, variances = _present(counts, means, variances)
    some = n[:, 0] > min(1, n.max() - 1)
    n, means, variances = n[some], means[some], variances[some]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__one_row_at_least(counts, means, variances):
    """A device without rows was counted as if it held one. Whatever stands in its mean and variance must not count:
    leave the device out."""
    if not (counts > 0).any():
        raise ValueError("no rows")
    n = np.maximum(counts, 1).astype(means.dtype)[:, np.newaxis]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__stops_at_an_idle_device(counts, means, variances):
    """The devices after one without rows were left out. Go on to the next one (`continue`, not `break`)."""
    if not (counts > 0).any():
        raise ValueError("no rows")
    first = np.argmax(counts > 0)
    n, means, variances = counts[first:], means[first:], variances[first:]
    end = np.argmin(n) if n.min() == 0 else len(n)
    n, means, variances = n[:end].astype(means.dtype)[:, np.newaxis], means[:end], variances[:end]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__idle_device_raises(counts, means, variances):
    """A single device without rows was a ValueError. The others do hold rows: only where none of them does there is
    no mean."""
    if (counts == 0).any():
        raise ValueError("no rows")
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__one_for_all(counts, means, variances):
    """One mean and one variance were computed for all features together. Each feature has its own: sum over the
    devices alone, `axis=0`."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum() / n.sum() / means.shape[1]
    var = (n * (variances + (means - mean) ** 2)).sum() / n.sum() / means.shape[1]
    return np.full_like(means[0], mean), np.full_like(means[0], var)


def merge_statistics__counts_along_the_features(counts, means, variances):
    """The counts were multiplied along the features. Of means, (k, d), the row k belongs to device k: give the counts
    the shape (k, 1)."""
    n, means, variances = _present(counts, means, variances)
    n = n[:, 0]
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__over_the_features(counts, means, variances):
    """The sums ran over the features (`axis=1`). The devices are axis 0: what comes out is one number for each
    feature."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=1) / n.sum()
    return mean, (n * (variances + (means - mean[:, np.newaxis]) ** 2)).sum(axis=1) / n.sum()


def merge_statistics__row_shape(counts, means, variances):
    """The results have the shape (1, d), from `keepdims=True`. They are one number for each feature: (d,)."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0, keepdims=True) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0, keepdims=True) / n.sum()


def merge_statistics__stacked(counts, means, variances):
    """Both results came in one array. Return two arrays with a comma between them: `return mean, var`."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return np.stack([mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()])


def merge_statistics__no_rows_are_zero(counts, means, variances):
    """Where no device holds a row, zeros came back. Without rows there is no mean and no variance: raise a
    ValueError."""
    if not (counts > 0).any():
        return np.zeros_like(means[0]), np.zeros_like(variances[0])
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__single_precision(counts, means, variances):
    """float64 came in and float32 went out: only about seven digits are left. Keep the dtype of the means."""
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    var = (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()
    return mean.astype(np.float32), var.astype(np.float32)


def merge_statistics__idle_in_place(counts, means, variances):
    """The mean and the variance of a device without rows were overwritten in the caller's arrays. Make new arrays, for
    instance with `np.where`, or leave the device out."""
    means[counts == 0] = 0
    variances[counts == 0] = 0
    n, means, variances = _present(counts, means, variances)
    mean = (n * means).sum(axis=0) / n.sum()
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__means_in_place(counts, means, variances):
    """means was changed in place (`means -= mean` writes into the caller's array). Write `means - mean`, which makes a
    new one."""
    n, own, variances = _present(counts, means, variances)
    mean = (n * own).sum(axis=0) / n.sum()
    means -= mean
    return mean, (n * (variances + means[counts > 0] ** 2)).sum(axis=0) / n.sum()


def merge_statistics__variances_in_place(counts, means, variances):
    """variances was changed in place (`variances += ...` writes into the caller's array). Make a new one."""
    n, own, _ = _present(counts, means, variances)
    mean = (n * own).sum(axis=0) / n.sum()
    variances += (means - mean) ** 2
    return mean, (n * variances[counts > 0]).sum(axis=0) / n.sum()


def merge_statistics__counts_in_place(counts, means, variances):
    """counts was changed in place. The caller still needs it: make a new array."""
    n, own, spread = _present(counts, means, variances)
    mean = (n * own).sum(axis=0) / n.sum()
    counts[counts == 0] = 1
    return mean, (n * (spread + (own - mean) ** 2)).sum(axis=0) / n.sum()
