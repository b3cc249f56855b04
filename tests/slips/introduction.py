"""Answers to the exercises of the chapter introduction that the catalogue of single mistakes does not have.

Two slips at once, odd single slips, and crashes. The first line of a docstring says what a learner must be told:

- `named a, b`: both of these misconceptions, and no other;
- `placed`: the line marked `# slip`, within one line;
- `crash`: the line marked `# slip`, which is the one that raises;
- `says: words`: a message with these words.

A line `allowed a` below it names a misconception whose hint may be shown as well; no other may. They are written as
learners write.

One file a chapter, however long: the slips of an exercise are found by the chapter's name.
"""

import math

import numpy as np

# ------------------------------------------------------------------ batch_statistics


def batch_statistics__unbiased_and_swapped(x):
    """named ddof, swapped"""
    v = np.var(x, axis=0, ddof=1)  # slip
    return v, np.mean(x, axis=0)  # slip


def batch_statistics__rows_and_std(x):
    """named per_example, std"""
    return x.mean(1), x.std(1)  # slip


def batch_statistics__unbiased_with_epsilon(x):
    """named ddof, epsilon"""
    m = x.shape[0]
    mean = sum(x) / m
    var = sum((x - mean) ** 2) / (m - 1) + 1e-5  # slip
    return mean, var


def batch_statistics__one_pass_as_a_row(x):
    """named keepdims, one_pass"""
    mean = np.mean(x, axis=0, keepdims=True)  # slip
    mean_of_squares = np.mean(x * x, axis=0, keepdims=True)  # slip
    return mean, mean_of_squares - mean**2  # slip


def batch_statistics__in_place_unbiased(x):
    """named ddof, in_place"""
    mu = x.mean(axis=0)
    x -= mu  # slip
    return mu, np.sum(x**2, axis=0) / (len(x) - 1)  # slip


def batch_statistics__summed_mean_and_std(x):
    """named mean_summed, std"""
    total = x.sum(axis=0)
    return total, np.sqrt(((x - total / len(x)) ** 2).mean(axis=0))  # slip


def batch_statistics__not_squared(x):
    """placed"""
    mean = x.mean(axis=0)
    deviations = x - mean
    var = deviations.mean(axis=0)  # slip
    return mean, var


def batch_statistics__first_row_skipped(x):
    """placed"""
    m, d = x.shape
    mean = x.mean(axis=0)
    var = np.zeros(d)
    for i in range(1, m):  # slip
        var += (x[i] - mean) ** 2
    return mean, var / m


def batch_statistics__four_examples(x):
    """placed"""
    mean = x.mean(axis=0)
    squared = (x - mean) ** 2
    var = squared.sum(axis=0) / 4  # slip
    return mean, var


def batch_statistics__rounded(x):
    """placed"""
    mean = np.round(x.mean(axis=0), 2)  # slip
    var = x.var(axis=0)
    return mean, var


def batch_statistics__cubed(x):
    """placed"""
    mu = np.mean(x, 0)
    sigma2 = np.mean(np.abs(x - mu) ** 3, 0)  # slip
    return mu, sigma2


def batch_statistics__mean_by_m_minus_one(x):
    """placed"""
    m = len(x)
    mean = x.sum(axis=0) / (m - 1)  # slip
    return mean, x.var(axis=0)


def batch_statistics__returns_in_the_loop(x):
    """placed"""
    means, variances = np.zeros(x.shape[1]), np.zeros(x.shape[1])
    for j in range(x.shape[1]):
        means[j] = x[:, j].mean()
        variances[j] = x[:, j].var()
        return means, variances  # slip
    return None


def batch_statistics__row_means_do_not_line_up(x):
    """crash"""
    mean = x.mean(axis=1)
    var = ((x - mean) ** 2).mean(axis=1)  # slip
    return mean, var


def batch_statistics__third_axis(x):
    """crash"""
    mean = x.mean(axis=2)  # slip
    return mean, x.var(axis=2)


def batch_statistics__unknown_name(x):
    """crash
    says: sigma2
    """
    mu = x.mean(axis=0)
    var = ((x - mu) ** 2).mean(axis=0)
    return mu, sigma2  # slip


def batch_statistics__three_sizes(x):
    """crash"""
    m, d, _ = x.shape  # slip
    return x.sum(axis=0) / m, x.var(axis=0)


def batch_statistics__calls_itself(x):
    """crash
    says: itself
    """
    mean, var = batch_statistics__calls_itself(x)  # slip
    return mean, var


def batch_statistics__no_return(x):
    """says: return"""
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    mean, var


def batch_statistics__printed(x):
    """says: return"""
    print(x.mean(axis=0), x.var(axis=0))


def batch_statistics__as_a_dict(x):
    """says: dict"""
    return {"mean": x.mean(axis=0), "var": x.var(axis=0)}


def batch_statistics__three_results(x):
    """says: Expected a tuple of 2"""
    mean, var = x.mean(axis=0), x.var(axis=0)
    return mean, var, np.sqrt(var)


# ------------------------------------------------------------------ normalize


def normalize__variance_with_eps(x, eps=1e-5):
    """named eps_twice_under_the_root"""
    var = x.var(axis=0) + eps  # slip
    return (x - x.mean(axis=0)) / np.sqrt(var + eps)


def normalize__epsilon_outside_and_unbiased(x, eps=1e-5):
    """named ddof, eps_on_std"""
    std = np.std(x, axis=0, ddof=1)  # slip
    return (x - np.mean(x, axis=0)) / (std + eps)  # slip


def normalize__rows_without_epsilon(x, eps=1e-5):
    """named eps_missing, per_example"""
    mu = x.mean(axis=-1, keepdims=True)  # slip
    sigma = x.std(axis=-1, keepdims=True)  # slip
    return (x - mu) / sigma


def normalize__in_place_over_the_variance(x, eps=1e-5):
    """named in_place, no_root"""
    x -= x.mean(axis=0)  # slip
    var = (x**2).mean(axis=0)
    return x / (var + eps)  # slip


def normalize__in_place_without_epsilon(x, eps=1e-5):
    """named eps_missing, in_place"""
    x -= x.mean(axis=0)  # slip
    x /= x.std(axis=0)  # slip
    return x


def normalize__fixed_and_unbiased(x, eps=1e-5):
    """named ddof, eps_fixed"""
    m = x.shape[0]
    mean = x.sum(0) / m
    var = ((x - mean) ** 2).sum(0) / (m - 1)  # slip
    return (x - mean) / np.sqrt(var + 0.00001)  # slip


def normalize__one_number_and_epsilon_outside(x, eps=1e-5):
    """named eps_on_std, whole_array"""
    x_hat = (x - np.mean(x)) / (np.std(x) + eps)  # slip
    return x_hat


def normalize__median_and_unbiased(x, eps=1e-5):
    """named ddof, median"""
    centre = np.median(x, axis=0)  # slip
    var = x.var(axis=0, ddof=1)  # slip
    return (x - centre) / np.sqrt(var + eps)


def normalize__variance_to_the_fourth(x, eps=1e-5):
    """placed"""
    mean = x.mean(axis=0)
    var = x.var(axis=0)
    x_hat = (x - mean) / (var + eps) ** 0.25  # slip
    return x_hat


def normalize__root_of_epsilon_added(x, eps=1e-5):
    """placed"""
    mu = x.mean(axis=0)
    sigma = np.sqrt(x.var(axis=0)) + np.sqrt(eps)  # slip
    return (x - mu) / sigma


def normalize__averaged_variance(x, eps=1e-5):
    """placed"""
    mean = x.mean(axis=0)
    var = x.var(axis=0).mean()  # slip
    return (x - mean) / np.sqrt(var + eps)


def normalize__last_row_left_out(x, eps=1e-5):
    """placed"""
    mean, var = x.mean(axis=0), x.var(axis=0)
    out = np.zeros_like(x)
    for i in range(len(x) - 1):  # slip
        out[i] = (x[i] - mean) / np.sqrt(var + eps)
    return out


def normalize__epsilon_subtracted(x, eps=1e-5):
    """placed"""
    m = x.shape[0]
    mean = np.sum(x, axis=0) / m
    var = np.sum((x - mean) ** 2, axis=0) / m
    return (x - mean) / np.sqrt(var - eps)  # slip


def normalize__at_most_two(x, eps=1e-5):
    """placed"""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return np.clip(x_hat, -1, 1)  # slip


def normalize__sign_turned(x, eps=1e-5):
    """placed"""
    mean = x.mean(axis=0)
    std = np.sqrt(x.var(axis=0) + eps)
    return (mean - x) / std  # slip


def normalize__float32_at_the_end(x, eps=1e-5):
    """says: float32
    allowed always_float32
    """
    centred = x - x.mean(axis=0)
    return np.asarray(centred / np.sqrt(x.var(axis=0) + eps), dtype="float32")


def normalize__row_means_do_not_line_up(x, eps=1e-5):
    """crash"""
    mean = x.mean(axis=1)
    var = x.var(axis=1)
    return (x - mean) / np.sqrt(var + eps)  # slip


def normalize__statistics_of_another_cell(x, eps=1e-5):
    """crash
    says: batch_statistics
    """
    mean, var = batch_statistics(x)  # slip
    return (x - mean) / np.sqrt(var + eps)


def normalize__mean_unpacked(x, eps=1e-5):
    """crash"""
    mean, var = x.mean(axis=0)  # slip
    return (x - mean) / np.sqrt(var + eps)


def normalize__root_of_a_number(x, eps=1e-5):
    """crash"""
    mean, var = x.mean(axis=0), x.var(axis=0)
    return (x - mean) / math.sqrt(var + eps)  # slip


def normalize__variance_is_called(x, eps=1e-5):
    """crash"""
    mean = x.mean(axis=0)
    var = x.var
    return (x - mean) / np.sqrt(var + eps)  # slip


def normalize__misspelt(x, eps=1e-5):
    """crash"""
    mu = np.maen(x, axis=0)  # slip
    return (x - mu) / np.sqrt(np.var(x, axis=0) + eps)


def normalize__no_return(x, eps=1e-5):
    """says: return"""
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    x_hat


def normalize__statistics_too(x, eps=1e-5):
    """says: tuple of 3"""
    mean, var = x.mean(axis=0), x.var(axis=0)
    return (x - mean) / np.sqrt(var + eps), mean, var


def normalize__as_a_list(x, eps=1e-5):
    """says: list"""
    mean, var = x.mean(axis=0), x.var(axis=0)
    return [list((row - mean) / np.sqrt(var + eps)) for row in x]


def normalize__outliers_to_three(x, eps=1e-5):
    """named clipped_at_three"""
    z = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return np.clip(z, -3, 3)  # slip


def normalize__outliers_to_six(x, eps=1e-5):
    """named clipped"""
    z = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)
    return np.maximum(-6, np.minimum(z, 6))  # slip


# ------------------------------------------------------------------ covariate_shift


def covariate_shift__signed_and_unbiased(before, after, eps=1e-5):
    """named ddof, signed"""
    spread = np.sqrt(before.var(axis=0, ddof=1) + eps)  # slip
    return ((after.mean(axis=0) - before.mean(axis=0)) / spread).mean()  # slip


def covariate_shift__other_spread_epsilon_outside(before, after, eps=1e-5):
    """named eps_on_std, spread_of_after"""
    delta = np.abs(np.mean(after, 0) - np.mean(before, 0))
    return np.mean(delta / (np.std(after, 0) + eps))  # slip


def covariate_shift__largest_without_epsilon(before, after, eps=1e-5):
    """named eps_missing, largest"""
    delta = abs(after.mean(0) - before.mean(0)) / before.std(0)  # slip
    return delta.max()  # slip


def covariate_shift__summed_and_unbiased(before, after, eps=1e-5):
    """named ddof, summed"""
    total = 0.0
    for j in range(before.shape[1]):
        a, b = before[:, j], after[:, j]
        total += abs(b.mean() - a.mean()) / np.sqrt(a.var(ddof=1) + eps)  # slip
    return total  # slip


def covariate_shift__no_root_and_signed(before, after, eps=1e-5):
    """named no_root, signed"""
    mu0, mu1 = before.mean(axis=0), after.mean(axis=0)
    var0 = before.var(axis=0)
    return float(np.mean((mu1 - mu0) / (var0 + eps)))  # slip


def covariate_shift__medians_epsilon_outside(before, after, eps=1e-5):
    """named eps_on_std, medians"""
    gap = np.abs(np.median(after, axis=0) - np.median(before, axis=0))  # slip
    return (gap / (before.std(axis=0) + eps)).mean()  # slip


def covariate_shift__absolute_means(before, after, eps=1e-5):
    """placed"""
    old, new = before.mean(axis=0), after.mean(axis=0)
    shift = np.abs(np.abs(new) - np.abs(old))  # slip
    return (shift / np.sqrt(before.var(axis=0) + eps)).mean()


def covariate_shift__divided_by_the_examples(before, after, eps=1e-5):
    """placed"""
    m, d = before.shape
    delta = after.mean(axis=0) - before.mean(axis=0)
    shifts = np.abs(delta) / np.sqrt(before.var(axis=0) + eps)
    return shifts.sum() / m  # slip


def covariate_shift__epsilon_outside_the_fraction(before, after, eps=1e-5):
    """placed"""
    delta = np.abs(after.mean(axis=0) - before.mean(axis=0))
    return (delta / np.sqrt(before.var(axis=0)) + eps).mean()  # slip


def covariate_shift__spread_of_the_difference(before, after, eps=1e-5):
    """placed"""
    a, b = before.mean(axis=0), after.mean(axis=0)
    shift = np.abs(b - a)
    spread = np.sqrt(np.abs(after.var(axis=0) - before.var(axis=0)) + eps)  # slip
    return (shift / spread).mean()


def covariate_shift__last_feature_left_out(before, after, eps=1e-5):
    """placed"""
    d = before.shape[1]
    shifts = np.zeros(d)
    for j in range(d - 1):  # slip
        delta = after[:, j].mean() - before[:, j].mean()
        shifts[j] = abs(delta) / np.sqrt(before[:, j].var() + eps)
    return shifts.mean()


def covariate_shift__relative_to_the_mean(before, after, eps=1e-5):
    """placed"""
    mu = before.mean(axis=0)
    shift = np.abs(after.mean(axis=0) - mu)
    yardstick = np.sqrt(mu**2 + eps)  # slip
    return (shift / yardstick).mean()


def covariate_shift__means_of_the_rows_averaged(before, after, eps=1e-5):
    """named over_the_features"""
    old, new = before.mean(axis=1), after.mean(axis=1)  # slip
    spread = np.sqrt(before.var(axis=1) + eps)  # slip
    return float(abs(new.mean() - old.mean()) / spread.mean())


def covariate_shift__means_of_the_rows(before, after, eps=1e-5):
    """crash"""
    old = before.mean(axis=1)
    new = after.mean(axis=1)
    shift = np.abs(new - old)  # slip
    return (shift / np.sqrt(before.var(axis=1) + eps)).mean()


def covariate_shift__rows_subtracted(before, after, eps=1e-5):
    """crash
    allowed row_by_row
    """
    difference = np.abs(after - before)  # slip
    return (difference / np.sqrt(before.var(axis=0) + eps)).mean()


def covariate_shift__side_by_side(before, after, eps=1e-5):
    """crash"""
    both = np.concatenate([before, after], axis=1)  # slip
    return np.abs(np.diff(both.mean(axis=0))).mean()


def covariate_shift__absolute_method(before, after, eps=1e-5):
    """crash"""
    delta = after.mean(axis=0) - before.mean(axis=0)
    return (delta.abs() / np.sqrt(before.var(axis=0) + eps)).mean()  # slip


def covariate_shift__statistics_of_another_cell(before, after, eps=1e-5):
    """crash
    says: batch_statistics
    """
    mu, var = batch_statistics(before)  # slip
    return np.mean(np.abs(after.mean(axis=0) - mu) / np.sqrt(var + eps))


def covariate_shift__no_return(before, after, eps=1e-5):
    """says: return"""
    delta = np.abs(after.mean(axis=0) - before.mean(axis=0))
    shift = (delta / np.sqrt(before.var(axis=0) + eps)).mean()
    print("shift:", shift)


def covariate_shift__a_row_of_one(before, after, eps=1e-5):
    """says: single number"""
    delta = np.abs(after.mean(axis=0, keepdims=True) - before.mean(axis=0, keepdims=True))
    return (delta / np.sqrt(before.var(axis=0, keepdims=True) + eps)).mean(axis=1)


def covariate_shift__mean_of_squares_minus_square(before, after, eps=1e-5):
    """named one_pass"""
    mean = before.mean(axis=0)
    var = (before**2).mean(axis=0) - mean**2  # slip
    return float(np.mean(np.abs(after.mean(axis=0) - mean) / np.sqrt(var + eps)))


# ------------------------------------------------------------------ leave_one_out


def leave_one_out__old_mean_and_m(x_k, mean, var, m):
    """named around_the_old_mean, mean_step_by_m"""
    d = x_k - mean
    return mean - d / m, (m * var - d**2) / (m - 1)  # slip


def leave_one_out__nothing_changes(x_k, mean, var, m):
    """named mean_unchanged, variance_unchanged"""
    return mean + 0, var + 0  # slip


def leave_one_out__rescaled_and_swapped(x_k, mean, var, m):
    """named only_rescaled, swapped"""
    new_mean = (m * mean - x_k) / (m - 1)
    new_var = var * m / (m - 1)  # slip
    return new_var, new_mean  # slip


def leave_one_out__sums_alone(x_k, mean, var, m):
    """named sum_of_squares, sum_of_the_rest"""
    total = m * mean - x_k  # slip
    squares = m * var - (x_k - mean) * (x_k - total / (m - 1))  # slip
    return total, squares


def leave_one_out__towards_it_by_m(x_k, mean, var, m):
    """named divided_by_m, mean_towards_x_k"""
    deviation = x_k - mean
    new_mean = mean + deviation / (m - 1)  # slip
    squares = m * var - m * deviation**2 / (m - 1)
    return new_mean, squares / m  # slip


def leave_one_out__root_around_the_old_mean(x_k, mean, var, m):
    """named around_the_old_mean, std"""
    n = m - 1
    squares = m * var - (x_k - mean) ** 2  # slip
    return (m * mean - x_k) / n, np.sqrt(np.abs(squares) / n)  # slip


def leave_one_out__in_place_and_rescaled(x_k, mean, var, m):
    """named mean_in_place, only_rescaled"""
    mean -= (x_k - mean) / (m - 1)  # slip
    return mean, var * m / (m - 1)  # slip


def leave_one_out__cubed(x_k, mean, var, m):
    """placed"""
    n = m - 1
    new_mean = mean - (x_k - mean) / n
    squares = m * var - m / n * np.abs(x_k - mean) ** 3  # slip
    return new_mean, squares / n


def leave_one_out__sum_of_the_deviations(x_k, mean, var, m):
    """placed"""
    new_mean = (m * mean - x_k) / (m - 1)
    squares = m * var - (x_k + mean) * (x_k - new_mean)  # slip
    return new_mean, squares / (m - 1)


def leave_one_out__last_feature_left_out(x_k, mean, var, m):
    """placed"""
    new_mean = (m * mean - x_k) / (m - 1)
    new_var = np.zeros_like(var)
    for j in range(len(var) - 1):  # slip
        d = x_k[j] - mean[j]
        new_var[j] = (m * var[j] - d * (x_k[j] - new_mean[j])) / (m - 1)
    return new_mean, new_var


def leave_one_out__half_of_it(x_k, mean, var, m):
    """placed"""
    d = x_k - mean
    shift = d / (m - 1) / 2  # slip
    return mean - shift, m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__whole_numbers(x_k, mean, var, m):
    """placed"""
    n = m - 1
    d = x_k - mean
    new_mean = (m * mean - x_k) // n  # slip
    return new_mean, (m * var - d**2 - d**2 / n) / n


def leave_one_out__m_minus_one_without_brackets(x_k, mean, var, m):
    """placed"""
    new_mean = (m * mean - x_k) / m - 1  # slip
    d = x_k - mean
    return new_mean, (m * var - d**2 - d**2 / (m - 1)) / (m - 1)


def leave_one_out__shift_not_squared(x_k, mean, var, m):
    """placed"""
    n = m - 1
    new_mean = mean - (x_k - mean) / n
    around_old = (m * var - (x_k - mean) ** 2) / n
    return new_mean, around_old - (new_mean - mean)  # slip


def leave_one_out__from_zero(x_k, mean, var, m):
    """placed"""
    new_mean = (m * mean - x_k) / (m - 1)
    squares = m * var - x_k * (x_k - new_mean)  # slip
    return new_mean, squares / (m - 1)


def leave_one_out__the_row_among_rows(x_k, mean, var, m):
    """crash"""
    rest = np.delete(x_k, m, axis=1)  # slip
    return rest.mean(axis=0), rest.var(axis=0)


def leave_one_out__rows_that_are_gone(x_k, mean, var, m):
    """crash
    says: x
    """
    rest = [row for row in x if row is not x_k]  # slip
    return np.mean(rest, axis=0), np.var(rest, axis=0)


def leave_one_out__length_of_a_number(x_k, mean, var, m):
    """crash"""
    n = len(m) - 1  # slip
    return mean - (x_k - mean) / n, var


def leave_one_out__no_return(x_k, mean, var, m):
    """says: return"""
    d = x_k - mean
    mean = mean - d / (m - 1)
    var = m / (m - 1) * (var - d**2 / (m - 1))


def leave_one_out__the_number_too(x_k, mean, var, m):
    """says: Expected a tuple of 2 (mean, var)"""
    d = x_k - mean
    return mean - d / (m - 1), m / (m - 1) * (var - d**2 / (m - 1)), m - 1


def leave_one_out__a_row_of_lists(x_k, mean, var, m):
    """says: list"""
    d = x_k - mean
    return list(mean - d / (m - 1)), list(m / (m - 1) * (var - d**2 / (m - 1)))
