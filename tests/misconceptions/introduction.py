"""Wrong answers to the exercises of the chapter introduction, the subtle ones first.

The docstring is the hint that a learner reads when their numbers are these. One file a chapter, however long: the
wrong answers to an exercise are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ batch_statistics


def batch_statistics__ddof(x):
    """The variance was divided by m - 1. This course divides by m wherever it describes a batch, as np.var
    does unless you tell it otherwise (`ddof`)."""
    return x.mean(axis=0), x.var(axis=0, ddof=1)


def batch_statistics__one_pass(x):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree
    in all their digits and nothing is left. Subtract the mean first, then square."""
    return x.mean(axis=0), (x**2).mean(axis=0) - x.mean(axis=0) ** 2


def batch_statistics__float32(x):
    """float64 came in and float32 went out: only about seven digits are left. Keep the dtype of x."""
    return x.mean(axis=0).astype(np.float32), x.var(axis=0).astype(np.float32)


def batch_statistics__epsilon(x):
    """A small number was added to the variance. There is no epsilon here: it comes in later, when you
    divide."""
    return x.mean(axis=0), x.var(axis=0) + 1e-5


def batch_statistics__counts_features(x):
    """The sums were divided by the number of features. m is the number of examples, x.shape[0]."""
    mean = x.sum(axis=0) / x.shape[1]
    return mean, ((x - mean) ** 2).sum(axis=0) / x.shape[1]


def batch_statistics__variance_counts_features(x):
    """The squared distances were divided by the number of features. m is the number of examples, x.shape[0]."""
    return x.mean(axis=0), ((x - x.mean(axis=0)) ** 2).sum(axis=0) / x.shape[1]


def batch_statistics__std(x):
    """The second result is the standard deviation. Its square is the variance: no root here."""
    return x.mean(axis=0), x.std(axis=0)


def batch_statistics__mean_of_squares(x):
    """The squares were averaged without taking the mean off first. Variance is how far the values lie from
    their mean: subtract, then square."""
    return x.mean(axis=0), (x**2).mean(axis=0)


def batch_statistics__absolute_deviation(x):
    """The distances from the mean were averaged as they are; the variance averages their squares."""
    mean = x.mean(axis=0)
    return mean, np.abs(x - mean).mean(axis=0)


def batch_statistics__variance_without_axis(x):
    """The squared distances were averaged over the whole array: one number came for all features. Each feature has a
    variance of its own: name the axis there too."""
    return x.mean(axis=0), ((x - x.mean(axis=0)) ** 2).mean()


def batch_statistics__one_variance_repeated(x):
    """All features got the same variance, that of the squared distances of all of them. Each feature has its own:
    average over the examples alone."""
    return x.mean(axis=0), np.full(x.shape[1], ((x - x.mean(axis=0)) ** 2).mean())


def batch_statistics__not_averaged(x):
    """The second result has the shape of x: these are the squared distances, each by itself. The variance is their
    mean over the batch."""
    return x.mean(axis=0), (x - x.mean(axis=0)) ** 2


def batch_statistics__square_of_mean_deviation(x):
    """The absolute distances from the mean were averaged first and then squared. Square first, then average."""
    mean = x.mean(axis=0)
    return mean, np.abs(x - mean).mean(axis=0) ** 2


def batch_statistics__squares_summed(x):
    """The squared distances were summed; the division by m is missing."""
    mean = x.mean(axis=0)
    return mean, ((x - mean) ** 2).sum(axis=0)


def batch_statistics__mean_summed(x):
    """The first result is the sum over the batch; divide by m for the mean."""
    return x.sum(axis=0), x.var(axis=0)


def batch_statistics__centred_by_one_mean(x):
    """The variance was taken around one mean of the whole array. Each feature has a mean of its own."""
    return x.mean(axis=0), ((x - x.mean()) ** 2).mean(axis=0)


def batch_statistics__median(x):
    """The first result is the median. The mean is the sum over the batch, divided by m."""
    return np.median(x, axis=0), x.var(axis=0)


def batch_statistics__per_example(x):
    """The statistics are those of each example (axis 1): m means and m variances. The axis you name is the one that
    disappears: to keep the d features, name that of the examples, axis 0."""
    return x.mean(axis=1), x.var(axis=1)


def batch_statistics__variance_per_example(x):
    """The mean is over the batch but the variance over the features of each example. Both take the same axis
    away, that of the examples."""
    return x.mean(axis=0), x.var(axis=1)


def batch_statistics__whole_array(x):
    """One mean and one variance came back for the whole array. Without an axis, NumPy averages over all axes: name the
    one that has to disappear."""
    return x.mean(), x.var()


def batch_statistics__one_number_repeated(x):
    """All features got the same mean and variance, those of the whole array. Each
    feature has its own."""
    d = x.shape[1]
    return np.full(d, x.mean()), np.full(d, x.var())


def batch_statistics__swapped(x):
    """The two results changed places: the mean first, then the variance."""
    return x.var(axis=0), x.mean(axis=0)


def batch_statistics__keepdims(x):
    """The results have the shape (1, d), from `keepdims=True`. That is handy for broadcasting, but here shape
    (d,) is asked for."""
    return x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)


def batch_statistics__stacked(x):
    """Both results came in one array. Return two arrays with a comma between them: `return mean, var`."""
    return np.stack([x.mean(axis=0), x.var(axis=0)])


def batch_statistics__mean_only(x):
    """Only one of the two results came back. Return both, with a comma between them: `return mean, var`."""
    return x.mean(axis=0)


def batch_statistics__covariance(x):
    """The second result is the whole covariance matrix. Its diagonal holds the variances, one per feature,
    and they are all that is asked for."""
    return x.mean(axis=0), np.cov(x, rowvar=False, bias=True)


def batch_statistics__in_place(x):
    """x was changed in place (`x -= mean`): the caller still needs it. Write `centred = x - mean`, which makes a new
    array."""
    mean = x.mean(axis=0)
    x -= mean
    return mean, (x**2).mean(axis=0)


def batch_statistics__in_place_and_back(x):
    """x was changed in place and changed back (`x -= mean`, later `x += mean`). Rounding leaves its last digits
    different. Write `centred = x - mean`, which makes a new array."""
    mean = x.mean(axis=0)
    x -= mean
    var = (x**2).mean(axis=0)
    x += mean
    return mean, var


# ------------------------------------------------------------------ normalize


def normalize__eps_on_std(x, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root: try a batch
    whose variance is as small as eps."""
    return (x - x.mean(axis=0)) / (x.std(axis=0) + eps)


def normalize__eps_missing(x, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens to a feature that is the same in all examples?"""
    return (x - x.mean(axis=0)) / x.std(axis=0)


def normalize__eps_fixed(x, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-5)


def normalize__eps_1e_8(x, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 1e-8)


def normalize__eps_twice(x, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    return (x - x.mean(axis=0)) / (np.sqrt(x.var(axis=0) + eps) + eps)


def normalize__eps_twice_under_the_root(x, eps=1e-5):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + 2 * eps)


def normalize__eps_squared(x, eps=1e-5):
    """Epsilon entered squared. It is added to the variance as it is: sqrt(var + eps)."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps**2)


def normalize__eps_instead(x, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    return (x - x.mean(axis=0)) / np.sqrt(np.maximum(x.var(axis=0), eps))


def normalize__eps_in_numerator(x, eps=1e-5):
    """Epsilon was added to the numerator as well. It only guards the division: it belongs in the denominator, under the
    root."""
    return (x - x.mean(axis=0) + eps) / np.sqrt(x.var(axis=0) + eps)


def normalize__ddof(x, eps=1e-5):
    """The variance was divided by m - 1. Algorithm 1 divides by m, as np.var does unless you tell it
    otherwise."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0, ddof=1) + eps)


def normalize__one_pass(x, eps=1e-5):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree
    in all their digits and nothing is left. Subtract the mean first, then square."""
    var = (x**2).mean(axis=0) - x.mean(axis=0) ** 2
    return (x - x.mean(axis=0)) / np.sqrt(np.maximum(var, 0) + eps)


def normalize__clipped(x, eps=1e-5):
    """The result was cut off at 6, on both sides. An example far from all others stays far: of m examples one may lie
    sqrt(m - 1) spreads from the mean."""
    return np.clip((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps), -6, 6)


def normalize__clipped_at_three(x, eps=1e-5):
    """The result was cut off at 3, on both sides. An example far from all others stays far: of m examples one may lie
    sqrt(m - 1) spreads from the mean."""
    return np.clip((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps), -3, 3)


def normalize__squares_summed(x, eps=1e-5):
    """The squared distances were summed; the division by m is missing in the variance."""
    return (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) + eps)


def normalize__counts_features(x, eps=1e-5):
    """The squared distances were divided by the number of features. m is the number of examples, x.shape[0]."""
    return (x - x.mean(axis=0)) / np.sqrt(((x - x.mean(axis=0)) ** 2).sum(axis=0) / x.shape[1] + eps)


def normalize__variance_squared(x, eps=1e-5):
    """The variance was squared under the root, which undoes the root. The standard deviation is the root of the
    variance as it is."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) ** 2 + eps)


def normalize__multiplied(x, eps=1e-5):
    """You multiplied by sqrt(var + eps); normalizing divides by it."""
    return (x - x.mean(axis=0)) * np.sqrt(x.var(axis=0) + eps)


def normalize__mean_added(x, eps=1e-5):
    """You added the mean: subtract it, so that the columns of the result sum to 0."""
    return (x + x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)


def normalize__variance_of_each_row(x, eps=1e-5):
    """The mean is that of each feature, but the variance that of each example (axis 1). Both are taken over the
    examples, axis 0."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=1, keepdims=True) + eps)


def normalize__centred_twice(x, eps=1e-5):
    """The mean of x was subtracted twice: the variance needs the centred x, but the result does not need the mean
    taken off once more."""
    centred = x - x.mean(axis=0)
    return (centred - x.mean(axis=0)) / np.sqrt((centred**2).mean(axis=0) + eps)


def normalize__no_root(x, eps=1e-5):
    """You divided by the variance; the root is missing, so the spread of your columns is not 1."""
    return (x - x.mean(axis=0)) / (x.var(axis=0) + eps)


def normalize__not_divided(x, eps=1e-5):
    """The mean was taken off, but nothing was divided: the features still have different spreads."""
    return x - x.mean(axis=0)


def normalize__not_centred(x, eps=1e-5):
    """The mean was not subtracted: the columns of the result should have mean 0."""
    return x / np.sqrt(x.var(axis=0) + eps)


def normalize__divided_before_centring(x, eps=1e-5):
    """x was divided first, and then the mean of the undivided x was subtracted. Mind the brackets: (x - mean) as a
    whole is divided."""
    return x / np.sqrt(x.var(axis=0) + eps) - x.mean(axis=0)


def normalize__brackets_missing(x, eps=1e-5):
    """Only the mean was divided: without brackets, / comes before -. Write (x - mean) / ..."""
    return x - x.mean(axis=0) / np.sqrt(x.var(axis=0) + eps)


def normalize__root_mean_square(x, eps=1e-5):
    """The division is by the root mean square of x. The variance is taken around the mean: subtract it before
    you square."""
    return (x - x.mean(axis=0)) / np.sqrt((x**2).mean(axis=0) + eps)


def normalize__mean_absolute_deviation(x, eps=1e-5):
    """The division is by the mean absolute distance from the mean. The standard deviation squares the
    distances, averages, and takes the root."""
    centred = x - x.mean(axis=0)
    return centred / (np.abs(centred).mean(axis=0) + eps)


def normalize__min_max(x, eps=1e-5):
    """The features were scaled from 0 to 1 by their smallest and largest value. One outlier would squeeze all
    others; here mean and variance are used."""
    low = x.min(axis=0)
    return (x - low) / (x.max(axis=0) - low + eps)


def normalize__min_max_without_epsilon(x, eps=1e-5):
    """The features were scaled from 0 to 1, and one that is the same in all examples gives 0/0. Here it is the mean that
    is subtracted, and the standard deviation that divides, with epsilon under its root."""
    low = x.min(axis=0)
    return (x - low) / (x.max(axis=0) - low)


def normalize__range(x, eps=1e-5):
    """The division is by the range, largest minus smallest value; divide by sqrt(var + eps)."""
    return (x - x.mean(axis=0)) / (np.ptp(x, axis=0) + eps)


def normalize__median(x, eps=1e-5):
    """The median was subtracted. It is the mean that has to go, so that the columns sum to 0."""
    return (x - np.median(x, axis=0)) / np.sqrt(x.var(axis=0) + eps)


def normalize__per_example(x, eps=1e-5):
    """Each example was normalized over its own features (axis 1): that is layer normalization. Here each
    feature is normalized over the examples, axis 0."""
    return (x - x.mean(axis=1, keepdims=True)) / np.sqrt(x.var(axis=1, keepdims=True) + eps)


def normalize__whole_array(x, eps=1e-5):
    """One mean and one variance were used for the whole array. Each feature has its own: pass an axis to mean
    and var."""
    return (x - x.mean()) / np.sqrt(x.var() + eps)


def normalize__one_variance(x, eps=1e-5):
    """The means are those of the features, but one variance was used for the whole array. Pass the axis to
    var too."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var() + eps)


def normalize__in_place(x, eps=1e-5):
    """x was changed in place (`x -= mean`): the caller still needs it. Write `x = x - mean`, which makes a new
    array."""
    x -= x.mean(axis=0)
    return x / np.sqrt((x**2).mean(axis=0) + eps)


def normalize__float64_inside(x, eps=1e-5):
    """float32 came in and float64 went out: something in your formula is a float64 array (np.zeros and
    np.ones are, unless told their dtype)."""
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + np.full(x.shape[1], eps))


def normalize__in_place_and_back(x, eps=1e-5):
    """x was changed in place and changed back (`x -= mean`, later `x += mean`). Rounding leaves its last digits
    different. Write `centred = x - mean`, which makes a new array."""
    mean = x.mean(axis=0)
    x -= mean
    x_hat = x / np.sqrt((x**2).mean(axis=0) + eps)
    x += mean
    return x_hat


def normalize__always_float32(x, eps=1e-5):
    """The numbers were cut to float32 although float64 came in: only about seven digits are left. Keep the
    dtype of x."""
    low = x.astype(np.float32)
    return (low - low.mean(axis=0)) / np.sqrt(low.var(axis=0) + np.float32(eps))


# ------------------------------------------------------------------ covariate_shift
# `before` and `after` swapped is no mistake of its own: without the sign, only the variance tells, as below.


def _shift(before, after):
    return np.abs(after.mean(axis=0) - before.mean(axis=0))


def covariate_shift__eps_on_std(before, after, eps=1e-5):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root."""
    return (_shift(before, after) / (before.std(axis=0) + eps)).mean()


def covariate_shift__eps_missing(before, after, eps=1e-5):
    """Epsilon is nowhere in your formula: what happens where a feature of `before` is the same in all
    examples?"""
    return (_shift(before, after) / before.std(axis=0)).mean()


def covariate_shift__eps_fixed(before, after, eps=1e-5):
    """Your function works for eps = 1e-5 only: use the argument, not the number."""
    return (_shift(before, after) / np.sqrt(before.var(axis=0) + 1e-5)).mean()


def covariate_shift__eps_1e_8(before, after, eps=1e-5):
    """Your formula has the number 1e-8 where eps belongs. Use the argument: it may have any value."""
    return (_shift(before, after) / np.sqrt(before.var(axis=0) + 1e-8)).mean()


def covariate_shift__eps_twice(before, after, eps=1e-5):
    """Epsilon was added twice, under the root and once more to the root. Once is enough: sqrt(var + eps)."""
    return (_shift(before, after) / (np.sqrt(before.var(axis=0) + eps) + eps)).mean()


def covariate_shift__eps_twice_under_the_root(before, after, eps=1e-5):
    """Epsilon was added to the variance twice. Once is enough: sqrt(var + eps)."""
    return (_shift(before, after) / np.sqrt(before.var(axis=0) + 2 * eps)).mean()


def covariate_shift__eps_instead(before, after, eps=1e-5):
    """Epsilon replaced the variance where the variance is smaller than eps, as max(var, eps) does. Epsilon is added to
    every variance: var + eps."""
    return (_shift(before, after) / np.sqrt(np.maximum(before.var(axis=0), eps))).mean()


def covariate_shift__one_pass(before, after, eps=1e-5):
    """The variance was computed in one pass, mean(x^2) - mean(x)^2: where the mean is large, the two numbers agree
    in all their digits and nothing is left. Subtract the mean first, then square."""
    var = (before**2).mean(axis=0) - before.mean(axis=0) ** 2
    return (_shift(before, after) / np.sqrt(np.maximum(var, 0) + eps)).mean()


def covariate_shift__ddof(before, after, eps=1e-5):
    """The variance was divided by m - 1; this course divides by m wherever it describes a batch."""
    return (_shift(before, after) / np.sqrt(before.var(axis=0, ddof=1) + eps)).mean()


def covariate_shift__spread_of_after(before, after, eps=1e-5):
    """The shift was measured in spreads of `after`. The yardstick is the spread of `before`, which was there
    first."""
    return (_shift(before, after) / np.sqrt(after.var(axis=0) + eps)).mean()


def covariate_shift__spread_of_both(before, after, eps=1e-5):
    """The variance of both batches together was used. The yardstick is the spread of `before` alone."""
    return (_shift(before, after) / np.sqrt(np.concatenate([before, after]).var(axis=0) + eps)).mean()


def covariate_shift__averaged_variances(before, after, eps=1e-5):
    """The variances of the two batches were averaged. The yardstick is the spread of `before` alone."""
    var = (before.var(axis=0) + after.var(axis=0)) / 2
    return (_shift(before, after) / np.sqrt(var + eps)).mean()


def covariate_shift__ratio_of_means(before, after, eps=1e-5):
    """The shifts were averaged, the spreads were averaged, and then you divided. Divide feature by feature
    first: features in different units can't be added."""
    return _shift(before, after).mean() / np.sqrt(before.var(axis=0) + eps).mean()


def covariate_shift__root_of_mean_variance(before, after, eps=1e-5):
    """All shifts were divided by one spread, that of the averaged variances. Each feature has its own."""
    return _shift(before, after).mean() / np.sqrt(before.var(axis=0).mean() + eps)


def covariate_shift__signed(before, after, eps=1e-5):
    """The shifts were averaged with their signs, so that one up and one down cancel. Take the absolute value
    of each first."""
    z = (after.mean(axis=0) - before.mean(axis=0)) / np.sqrt(before.var(axis=0) + eps)
    return z.mean()


def covariate_shift__absolute_value_last(before, after, eps=1e-5):
    """The absolute value was taken of the average. By then, shifts up and down have cancelled: take it
    first."""
    z = (after.mean(axis=0) - before.mean(axis=0)) / np.sqrt(before.var(axis=0) + eps)
    return abs(z.mean())


def covariate_shift__root_mean_square(before, after, eps=1e-5):
    """The shifts were squared, averaged, and the root taken last. The mean of their absolute values is asked
    for."""
    return np.sqrt((_shift(before, after) ** 2 / (before.var(axis=0) + eps)).mean())


def covariate_shift__squared(before, after, eps=1e-5):
    """The shifts were squared; their absolute values are asked for."""
    return (_shift(before, after) ** 2 / (before.var(axis=0) + eps)).mean()


def covariate_shift__no_root(before, after, eps=1e-5):
    """You divided by the variance; the root is missing."""
    return (_shift(before, after) / (before.var(axis=0) + eps)).mean()


def covariate_shift__not_divided(before, after, eps=1e-5):
    """The shift is in the features' own units: the division by the spread of `before` is missing."""
    return _shift(before, after).mean()


def covariate_shift__summed(before, after, eps=1e-5):
    """The shifts of the features were summed; their mean is asked for."""
    return (_shift(before, after) / np.sqrt(before.var(axis=0) + eps)).sum()


def covariate_shift__largest(before, after, eps=1e-5):
    """The largest shift came back; the mean over all features is asked for."""
    return (_shift(before, after) / np.sqrt(before.var(axis=0) + eps)).max()


def covariate_shift__euclidean(before, after, eps=1e-5):
    """The length of the vector of shifts came back (a Euclidean norm); the mean of their absolute values is
    asked for."""
    return np.linalg.norm(_shift(before, after) / np.sqrt(before.var(axis=0) + eps))


def covariate_shift__per_feature(before, after, eps=1e-5):
    """One shift per feature came back; their mean, a single number, is asked for."""
    return _shift(before, after) / np.sqrt(before.var(axis=0) + eps)


def covariate_shift__row_by_row(before, after, eps=1e-5):
    """The rows of the two batches were compared one by one. They are different examples, in no order, and not
    even equally many: compare the means."""
    return (np.abs(after - before) / np.sqrt(before.var(axis=0) + eps)).mean()


def covariate_shift__each_by_itself(before, after, eps=1e-5):
    """Each batch was normalized with its own mean before they were compared, so that there is nothing left to
    see. Compare the means as they are."""
    old = (before - before.mean(axis=0)) / np.sqrt(before.var(axis=0) + eps)
    new = (after - after.mean(axis=0)) / np.sqrt(after.var(axis=0) + eps)
    return _shift(old, new).mean()


def covariate_shift__own_units(before, after, eps=1e-5):
    """Each mean was divided by the spread of its own batch before the difference was taken. Both are measured
    in spreads of `before`."""
    old = before.mean(axis=0) / np.sqrt(before.var(axis=0) + eps)
    new = after.mean(axis=0) / np.sqrt(after.var(axis=0) + eps)
    return np.abs(new - old).mean()


def covariate_shift__means_added(before, after, eps=1e-5):
    """The two means were added; a shift is their difference."""
    shift = np.abs(after.mean(axis=0) + before.mean(axis=0))
    return (shift / np.sqrt(before.var(axis=0) + eps)).mean()


def covariate_shift__shift_of_the_spread(before, after, eps=1e-5):
    """The standard deviations were compared. The shift is that of the means; the spread of `before` is only the unit
    in which it is measured."""
    shift = np.abs(after.std(axis=0) - before.std(axis=0))
    return (shift / np.sqrt(before.var(axis=0) + eps)).mean()


def covariate_shift__product_of_spreads(before, after, eps=1e-5):
    """The shift was divided by the spreads of both batches. The yardstick is the spread of `before` alone."""
    both = np.sqrt(before.var(axis=0) + eps) * np.sqrt(after.var(axis=0) + eps)
    return (_shift(before, after) / both).mean()


def covariate_shift__medians(before, after, eps=1e-5):
    """The medians were compared; the means are asked for."""
    shift = np.abs(np.median(after, axis=0) - np.median(before, axis=0))
    return (shift / np.sqrt(before.var(axis=0) + eps)).mean()


def covariate_shift__over_the_features(before, after, eps=1e-5):
    """The statistics are those of each example over its features (axis 1), and all their means and spreads were
    averaged. Each feature moves by itself: average over the examples, axis 0."""
    return abs(after.mean() - before.mean()) / np.sqrt(before.var(axis=1) + eps).mean()


def covariate_shift__over_the_features_ratios_averaged(before, after, eps=1e-5):
    """The shift is that of the mean over all numbers, and it was divided by the spread of each example over its
    features (axis 1). Each feature moves by itself: average over the examples, axis 0."""
    return (abs(after.mean() - before.mean()) / np.sqrt(before.var(axis=1) + eps)).mean()


def covariate_shift__one_mean_for_all(before, after, eps=1e-5):
    """One mean and one variance were used for the whole array. Each feature has its own: pass an axis to mean
    and var."""
    return abs(after.mean() - before.mean()) / np.sqrt(before.var() + eps)


def covariate_shift__in_place(before, after, eps=1e-5):
    """`before` was changed in place (`before -= mean`): the caller still needs it. Make a new array."""
    shift = _shift(before, after)
    before -= before.mean(axis=0)
    return (shift / np.sqrt((before**2).mean(axis=0) + eps)).mean()


def covariate_shift__in_place_and_back(before, after, eps=1e-5):
    """`before` was changed in place and changed back (`before -= mean`, later `before += mean`). Rounding leaves its
    last digits different. Make a new array."""
    mean = before.mean(axis=0)
    before -= mean
    var = (before**2).mean(axis=0)
    before += mean
    return (_shift(before, after) / np.sqrt(var + eps)).mean()


def covariate_shift__float32(before, after, eps=1e-5):
    """Somewhere the numbers were cut to float32: only about seven digits are right. Keep float64."""
    return (_shift(before, after) / np.sqrt(before.var(axis=0) + eps)).mean().astype(np.float32)


# ------------------------------------------------------------------ leave_one_out


def leave_one_out__around_the_old_mean(x_k, mean, var, m):
    """The squared deviation of x_k was taken off, but the deviations that are left are still those from the old mean.
    Around their own mean the sum of their squares is smaller: by how much?"""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / m)


def leave_one_out__only_rescaled(x_k, mean, var, m):
    """The sum m * var was divided by m - 1, and nothing was taken off. x_k has a part in this sum: its own squared
    deviation and what the mean moves."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * var


def leave_one_out__divided_by_m(x_k, mean, var, m):
    """What is left of the sum of squares was divided by m. It is a sum over the rows that are left: divide by their
    number."""
    d = x_k - mean
    return mean - d / (m - 1), var - d**2 / (m - 1)


def leave_one_out__divided_by_m_minus_two(x_k, mean, var, m):
    """The sum of squares was divided by m - 2. The variance asked for divides by the number of rows that are left,
    and that is m - 1."""
    d = x_k - mean
    return mean - d / (m - 1), m * (var - d**2 / (m - 1)) / (m - 2)


def leave_one_out__share_taken_off(x_k, mean, var, m):
    """The share of x_k in the old variance was taken off, and no more. What is left is still a sum of deviations from
    the old mean, divided by the old number of rows."""
    d = x_k - mean
    return mean - d / (m - 1), var - d**2 / m


def leave_one_out__shift_only(x_k, mean, var, m):
    """What was taken off is the square of how far the mean moves, and no more: x_k takes its own squared deviation
    along, too. (Or a bracket is missing: what stands before the first term belongs before the second as well.)"""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * var - d**2 / (m - 1) ** 2


def leave_one_out__factor_upside_down(x_k, mean, var, m):
    """The factor is upside down: to go from a mean over m to a mean over m - 1, multiply by m and divide by m - 1."""
    d = x_k - mean
    return mean - d / (m - 1), (m - 1) / m * (var - d**2 / (m - 1))


def leave_one_out__around_the_new_mean(x_k, mean, var, m):
    """The square of the distance from x_k to the new mean was taken off. The sum m * var holds distances from the old
    mean; that of x_k in it is a different number."""
    d = x_k - mean
    new_mean = mean - d / (m - 1)
    return new_mean, m / (m - 1) * (var - (x_k - new_mean) ** 2 / m)


def leave_one_out__mean_moved_too_early(x_k, mean, var, m):
    """The deviation of x_k was taken from the new mean where your formula has the old one. Keep both means, each with
    a name of its own."""
    new_mean = mean - (x_k - mean) / (m - 1)
    return new_mean, m / (m - 1) * (var - (x_k - new_mean) ** 2 / (m - 1))


def leave_one_out__m_lowered_too_early(x_k, mean, var, m):
    """1 was taken from m before the variance was computed, and there once more. Keep m as it is, or give m - 1 a name
    of its own."""
    d = x_k - mean
    n = m - 1
    return mean - d / n, n * (var - d**2 / (n - 1)) / (n - 1)


def leave_one_out__variance_unchanged(x_k, mean, var, m):
    """The variance came back as it was. With x_k its squared deviation leaves, the mean moves, and one row fewer
    shares the sum."""
    return mean - (x_k - mean) / (m - 1), var.copy()


def leave_one_out__square_added(x_k, mean, var, m):
    """The squared deviation of x_k was added to the variance. The row leaves: take it off."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var + d**2 / (m - 1))


def leave_one_out__not_squared(x_k, mean, var, m):
    """The deviation of x_k was taken off as it is. The variance is made of squares: of squared deviations, and of how
    far the mean moves, squared."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d / (m - 1))


def leave_one_out__size_not_squared(x_k, mean, var, m):
    """The size of the deviation was taken off, without a square. The variance is made of squared deviations."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - np.abs(d) / (m - 1))


def leave_one_out__square_not_divided(x_k, mean, var, m):
    """The whole squared deviation was taken off the variance. The variance is a mean over m rows, and one row has
    only a part in it."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2)


def leave_one_out__shift_added(x_k, mean, var, m):
    """The square of how far the mean moves was added. Around their own mean the squares of the rows that are left sum
    up to less than around any other number: take it off."""
    d = x_k - mean
    shift = d / (m - 1)
    return mean - shift, (m * var - d**2) / (m - 1) + shift**2


def leave_one_out__one_pass(x_k, mean, var, m):
    """The mean of the squares was built, and the square of the mean was taken off. Where the mean is large beside the
    spread, the two agree in all their digits and nothing is left. Use x_k - mean and square that."""
    n = m - 1
    new_mean = mean - (x_k - mean) / n
    return new_mean, (m * (var + mean**2) - x_k**2) / n - new_mean**2


def leave_one_out__sum_of_squares(x_k, mean, var, m):
    """The second result is the sum of the squared deviations. Divide it by the number of rows that are left."""
    d = x_k - mean
    return mean - d / (m - 1), m * (var - d**2 / (m - 1))


def leave_one_out__std(x_k, mean, var, m):
    """The second result is the standard deviation. Its square is the variance: no root here."""
    d = x_k - mean
    return mean - d / (m - 1), np.sqrt(np.abs(m / (m - 1) * (var - d**2 / (m - 1))))


def leave_one_out__var_taken_for_std(x_k, mean, var, m):
    """`var` was squared, as if it were the standard deviation. It is the variance, a square already."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var**2 - d**2 / (m - 1))


def leave_one_out__with_m_minus_one_before(x_k, mean, var, m):
    """The old sum of squares was taken to be (m - 1) * var. The variance that came in is the one with 1/m, so the sum
    is m * var."""
    d = x_k - mean
    return mean - d / (m - 1), var - m / (m - 1) ** 2 * d**2


def leave_one_out__epsilon(x_k, mean, var, m):
    """A small number was added to the variance. There is no epsilon here: it comes in later, when you divide."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1)) + 1e-5


def leave_one_out__summed_over_the_features(x_k, mean, var, m):
    """The squared deviations of all features were added up (as `d @ d` does), and each feature lost the sum. Each
    feature has its own variance: take its own square off."""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d @ d / (m - 1))


def leave_one_out__mean_unchanged(x_k, mean, var, m):
    """The mean came back as it was. Unless x_k lies at the mean, the rest has another one: what is the sum of the
    rows without x_k?"""
    d = x_k - mean
    return mean.copy(), m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__mean_step_by_m(x_k, mean, var, m):
    """The deviation of x_k was divided by m where the mean moves. The sum that is left belongs to m - 1 rows."""
    d = x_k - mean
    return mean - d / m, m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__mean_towards_x_k(x_k, mean, var, m):
    """The mean moved towards x_k. If a large value leaves, the mean of the rest gets smaller."""
    d = x_k - mean
    return mean + d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__mean_sum_by_m(x_k, mean, var, m):
    """The sum without x_k was divided by m. It is the sum of m - 1 rows."""
    d = x_k - mean
    return mean - x_k / m, m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__mean_less_its_part(x_k, mean, var, m):
    """x_k / (m - 1) was taken off the mean. Start with the sums: take x_k from m * mean, then divide the whole
    difference by m - 1."""
    d = x_k - mean
    return mean - x_k / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__mean_taken_for_the_sum(x_k, mean, var, m):
    """x_k was taken from the mean as if that were the sum. The sum of all rows is m * mean."""
    d = x_k - mean
    return (mean - x_k) / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__sum_of_the_rest(x_k, mean, var, m):
    """The first result is the sum of the rows that are left. Divide it by their number for the mean."""
    d = x_k - mean
    return m * mean - x_k, m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__mean_not_divided(x_k, mean, var, m):
    """The whole deviation of x_k was taken off the mean. The mean moves by a part of it: the other rows share it."""
    d = x_k - mean
    return mean - d, m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__as_if_it_joined(x_k, mean, var, m):
    """These are the statistics of m + 1 rows, as if x_k had joined the batch a second time. It leaves: m - 1 rows are
    left."""
    d = x_k - mean
    return mean + d / (m + 1), m / (m + 1) * (var + d**2 / (m + 1))


def leave_one_out__counts_features(x_k, mean, var, m):
    """The number of features was used for the number of rows. The rows are not here to be counted: use the argument
    m."""
    d = x_k - mean
    n = len(x_k)
    return mean - d / (n - 1), n / (n - 1) * (var - d**2 / (n - 1))


def leave_one_out__one_deviation_for_all(x_k, mean, var, m):
    """The features of x_k were averaged to one number. Each feature leaves with a value of its own."""
    d = x_k.mean() - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__swapped(x_k, mean, var, m):
    """The two results changed places: the mean first, then the variance."""
    d = x_k - mean
    return m / (m - 1) * (var - d**2 / (m - 1)), mean - d / (m - 1)


def leave_one_out__row_shape(x_k, mean, var, m):
    """The results have the shape (1, d). The arguments came as (d,), and so should the results."""
    d = x_k[np.newaxis] - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__stacked(x_k, mean, var, m):
    """Both results came in one array. Return two arrays with a comma between them: `return mean, var`."""
    d = x_k - mean
    return np.stack([mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))])


def leave_one_out__mean_only(x_k, mean, var, m):
    """Only one of the two results came back. Return both, with a comma between them: `return mean, var`."""
    return mean - (x_k - mean) / (m - 1)


def leave_one_out__mean_in_place(x_k, mean, var, m):
    """mean was changed in place (`mean -= ...` writes into the caller's array). Make a new one."""
    d = x_k - mean
    mean -= d / (m - 1)
    return mean, m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__var_in_place(x_k, mean, var, m):
    """var was changed in place (`var -= ...` writes into the caller's array). Make a new one."""
    d = x_k - mean
    var -= d**2 / (m - 1)
    return mean - d / (m - 1), m / (m - 1) * var


def leave_one_out__x_k_in_place(x_k, mean, var, m):
    """x_k was changed in place (`x_k -= mean` writes into the caller's array). Write `d = x_k - mean`, which makes a
    new one."""
    x_k -= mean
    return mean - x_k / (m - 1), m / (m - 1) * (var - x_k**2 / (m - 1))


def leave_one_out__x_k_in_place_and_back(x_k, mean, var, m):
    """x_k was changed in place and changed back (`x_k -= mean`, later `x_k += mean`). Rounding leaves its last digits
    different. Write `d = x_k - mean`, which makes a new array."""
    x_k -= mean
    d = x_k.copy()
    x_k += mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__single_precision(x_k, mean, var, m):
    """float64 came in and float32 went out: only about seven digits are left. Keep the dtype of the arguments."""
    d = x_k - mean
    found = mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))
    return found[0].astype(np.float32), found[1].astype(np.float32)


def leave_one_out__double_precision(x_k, mean, var, m):
    """float32 came in and float64 went out. Somewhere an array of your own is float64, as `np.zeros(d)` is;
    `np.zeros_like(mean)` has the dtype of mean."""
    d = x_k - mean + np.zeros(len(mean))
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1))
