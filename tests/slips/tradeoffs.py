"""Wrong answers that the catalogue of the chapter tradeoffs does not hold: two slips at once, odd ones, crashes.

The first line of a docstring says what has to be told: `named a, b`, both mistakes of the catalogue; `placed`, the line
with `# slip`; `crash`, the line where Python stops; `says: words`, words of the message. A further line `allowed a`
names a mistake of the catalogue that may be told as well.

One file a chapter, however long: the slips are found by the chapter's name.
"""

import numpy as np

# ------------------------------------------------------------------ batch_noise


def batch_noise__ddof_and_root_last(x, batches):
    """named ddof, root_last"""
    mu = x[batches].mean(axis=1)
    return np.sqrt(mu.var(axis=0, ddof=1).mean())  # slip


def batch_noise__in_place_and_summed(x, batches):
    """named in_place, features_summed"""
    x -= x.mean(axis=0)  # slip
    means = x[batches].mean(axis=1)
    noise = np.sqrt((means**2).mean(axis=0) - means.mean(axis=0) ** 2)
    return noise.sum()  # slip


def batch_noise__repeats_and_ddof(x, batches):
    """named repeats_dropped, ddof"""
    means = [x[sorted(set(rows.tolist()))].mean(axis=0) for rows in batches]  # slip
    return np.std(np.array(means), axis=0, ddof=1).mean()  # slip


def batch_noise__one_batch_left_out(x, batches):
    """placed"""
    means = []
    for b in range(1, len(batches)):  # slip
        means.append(x[batches[b]].mean(axis=0))
    means = np.array(means)
    return means.std(axis=0).mean()


def batch_noise__one_row_left_out(x, batches):
    """placed"""
    k, m = batches.shape
    means = np.zeros((k, x.shape[1]))
    for b in range(k):
        for i in range(m - 1):  # slip
            means[b] += x[batches[b, i]]
    means /= m
    return float(np.std(means, axis=0).mean())


def batch_noise__medians(x, batches):
    """placed"""
    centres = np.median(x[batches], axis=1)  # slip
    return np.mean(np.std(centres, axis=0))


def batch_noise__absolute_deviation(x, batches):
    """placed"""
    mu = x[batches].mean(axis=1)
    centre = mu.mean(axis=0)
    noise = np.abs(mu - centre).mean(axis=0)  # slip
    return noise.mean()


def batch_noise__range(x, batches):
    """placed"""
    mu = x[batches].mean(axis=1)
    return (mu.max(axis=0) - mu.min(axis=0)).mean()  # slip


def batch_noise__indices_as_batches(x, batches):
    """placed"""
    means = batches.mean(axis=1)  # slip
    return float(means.std())


def batch_noise__a_row_by_its_batch(x, batches):
    """crash"""
    means = []
    for b in range(len(x)):
        means.append(x[batches[b]].mean(axis=0))  # slip
    return np.std(means, axis=0).mean()


def batch_noise__float_index(x, batches):
    """crash"""
    rows = batches / 1
    return x[rows].mean(axis=1).std(axis=0).mean()  # slip


def batch_noise__noise_and_means(x, batches):
    """says: a tuple of 2"""
    means = x[batches].mean(axis=1)
    return means.std(axis=0).mean(), means


def batch_noise__no_return(x, batches):
    """says: return"""
    noise = x[batches].mean(axis=1).std(axis=0).mean()
    noise = float(noise)


# ------------------------------------------------------------------ effective_learning_rate


def effective_learning_rate__rows_and_root(lr, W):
    """named rows, norm_not_squared"""
    return lr / np.sqrt(np.sum(W**2, axis=1))  # slip


def effective_learning_rate__in_place_and_mean(lr, W):
    """named in_place, mean_square"""
    W **= 2  # slip
    return lr / W.mean(axis=0)  # slip


def effective_learning_rate__ignored_and_kept(lr, W):
    """named lr_ignored, whole_row"""
    return 1.0 / np.sum(np.square(W), axis=0, keepdims=True)  # slip


def effective_learning_rate__clipped_and_squared(lr, W):
    """named lr_squared, epsilon"""
    return lr**2 / ((W * W).sum(axis=0) + 1e-8)  # slip


def effective_learning_rate__cubed(lr, W):
    """placed"""
    norms = np.linalg.norm(W, axis=0)
    return lr / norms**3  # slip


def effective_learning_rate__first_row_left_out(lr, W):
    """placed"""
    total = np.zeros(W.shape[1])
    for i in range(1, W.shape[0]):  # slip
        total += W[i] ** 2
    return lr / total


def effective_learning_rate__half(lr, W):
    """placed"""
    return lr / (2 * np.sum(W**2, axis=0))  # slip


def effective_learning_rate__precedence(lr, W):
    """placed"""
    rates = []
    for j in range(W.shape[1]):
        w = W[:, j]
        rates.append(lr / w @ w)  # slip
    return np.array(rates)


def effective_learning_rate__minus_the_step(lr, W):
    """placed"""
    squared = np.einsum("ij,ij->j", W, W)
    return lr - lr / squared  # slip


def effective_learning_rate__axis_of_a_vector(lr, W):
    """crash"""
    out = np.zeros(W.shape[1])
    for j in range(W.shape[1]):
        out[j] = lr / np.sum(W[:, j] ** 2, axis=1)  # slip
    return out


def effective_learning_rate__weights_transposed(lr, W):
    """crash"""
    out = np.empty(W.shape[1])
    for j, w in enumerate(W):
        out[j] = lr / (w @ W[:, j])  # slip
    return out


def effective_learning_rate__as_a_list(lr, W):
    """says: list"""
    return [lr / (W[:, j] ** 2).sum() for j in range(W.shape[1])]


def effective_learning_rate__generator(lr, W):
    """says: generator"""
    return (lr / (w**2).sum() for w in W.T)


# ------------------------------------------------------------------ hessian_condition_number


def hessian_condition_number__centred_and_root(x):
    """named centred, root"""
    return np.linalg.cond(x - x.mean(axis=0))  # slip


def hessian_condition_number__ridge_and_upside_down(x):
    """named ridge, upside_down"""
    H = x.T @ x / len(x) + 1e-8 * np.eye(x.shape[1])  # slip
    lam = np.linalg.eigvalsh(H)
    return lam[0] / lam[-1]  # slip


def hessian_condition_number__in_place_and_centred(x):
    """named in_place, centred"""
    x -= x.mean(axis=0)  # slip
    lam = np.linalg.eigvalsh(x.T @ x / len(x))
    return lam[-1] / lam[0]


def hessian_condition_number__logarithm_of_the_root(x):
    """named root, logarithm"""
    s = np.linalg.svd(x, compute_uv=False)  # slip
    return np.log10(s.max() / s.min())  # slip


def hessian_condition_number__unsorted(x):
    """named eigenvalues_unsorted_last_over_first"""
    hessian = x.T @ x / len(x)
    values = np.linalg.eigvals(hessian)
    return float(values[-1] / values[0])  # slip


def hessian_condition_number__unsorted_first_over_last(x):
    """named eigenvalues_unsorted"""
    values = np.linalg.eigvals(x.T @ x / len(x))
    return float(values[0] / values[-1])  # slip


def hessian_condition_number__examples_by_examples(x):
    """placed"""
    gram = x @ x.T / len(x)  # slip
    values = np.linalg.eigvalsh(gram)
    return abs(values[-1]) / abs(values[0])


def hessian_condition_number__second_smallest(x):
    """placed
    allowed neighbours
    """
    lam = np.sort(np.linalg.eigvalsh(x.T @ x / len(x)))
    return lam[-1] / lam[min(1, len(lam) - 1)]  # slip


def hessian_condition_number__last_row_left_out(x):
    """placed"""
    H = np.zeros((x.shape[1], x.shape[1]))
    for i in range(len(x) - 1):  # slip
        H += np.outer(x[i], x[i])
    lam = np.linalg.eigvalsh(H)
    return lam.max() / lam.min()


def hessian_condition_number__elementwise(x):
    """placed
    allowed diagonal
    """
    H = (x * x).sum(axis=0) / len(x)  # slip
    return H.max() / H.min()


def hessian_condition_number__rounded(x):
    """placed
    allowed float32
    """
    lam = np.linalg.eigvalsh(x.T @ x / x.shape[0])
    return round(lam[-1] / lam[0], 2)  # slip


def hessian_condition_number__pair_of_eigh(x):
    """crash"""
    values = np.linalg.eigh(x.T @ x / len(x))
    return float(values[-1] / values[0])  # slip


def hessian_condition_number__not_square(x):
    """crash"""
    values = np.linalg.eigvals(x)  # slip
    return values.max() / values.min()


def hessian_condition_number__all_eigenvalues(x):
    """says: a single number"""
    lam = np.linalg.eigvalsh(x.T @ x / len(x))
    return lam[::-1] / lam[0]


# ------------------------------------------------------------------ cross_example_influence


def cross_example_influence__in_place_and_squared(f, x, i, delta):
    """named step_stays, squared"""
    old = f(x)
    x[i] = x[i] + delta  # slip
    return np.sum((f(x) - old) ** 2, axis=1)  # slip


def cross_example_influence__whole_and_absolute(f, x, i, delta):
    """named whole_batch, absolute_values"""
    return np.abs(f(x + delta) - f(x)).sum(axis=1)  # slip


def cross_example_influence__backwards_and_per_unit(f, x, i, delta):
    """named subtracted, per_unit_of_step"""
    z = np.array(x)
    z[i] -= delta  # slip
    return np.linalg.norm(f(z) - f(x), axis=1) / np.linalg.norm(delta)  # slip


def cross_example_influence__replaced_and_relative(f, x, i, delta):
    """named replaced, relative"""
    z = x.copy()
    z[i] = delta  # slip
    y = f(x)
    return np.linalg.norm(f(z) - y, axis=1) / np.linalg.norm(y, axis=1)  # slip


def cross_example_influence__next_example(f, x, i, delta):
    """placed"""
    moved = x.copy()
    moved[(i + 1) % len(x)] += delta  # slip
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__multiplied(f, x, i, delta):
    """placed"""
    moved = x.copy()
    moved[i] *= delta  # slip
    diff = f(moved) - f(x)
    return np.sqrt((diff * diff).sum(axis=1))


def cross_example_influence__first_feature(f, x, i, delta):
    """placed"""
    moved = x.copy()
    moved[i, 0] += delta[0]  # slip
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__plus(f, x, i, delta):
    """placed"""
    moved = x.copy()
    moved[i] += delta
    out = []
    for a, b in zip(f(moved), f(x), strict=True):
        out.append(np.linalg.norm(a + b))  # slip
    return np.array(out)


def cross_example_influence__input_change(f, x, i, delta):
    """placed"""
    moved = x.copy()
    moved[i] += delta
    return np.linalg.norm(moved - x, axis=1)  # slip


def cross_example_influence__row_into_f(f, x, i, delta):
    """crash"""
    moved = x.copy()
    moved[i] += delta
    return np.array([np.linalg.norm(f(a) - f(b), axis=1) for a, b in zip(moved, x, strict=True)])  # slip


def cross_example_influence__delta_as_a_column(f, x, i, delta):
    """crash"""
    moved = x.copy()
    moved[i] += delta[:, None]  # slip
    return np.linalg.norm(f(moved) - f(x), axis=1)


def cross_example_influence__f_not_called(f, x, i, delta):
    """crash"""
    moved = x.copy()
    moved[i] += delta
    change = f(moved) - f  # slip
    return np.linalg.norm(change, axis=1)


def cross_example_influence__function_returned(f, x, i, delta):
    """says: a function"""

    def influence():
        moved = x.copy()
        moved[i] += delta
        return np.linalg.norm(f(moved) - f(x), axis=1)

    return influence


# ------------------------------------------------------------------ groupnorm_forward


def groupnorm_forward__batch_alone(x, gamma, beta, groups, eps=1e-5):
    """named over_the_batch_position_by_position"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    x_hat = (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps)  # slip
    return gamma[:, None, None] * x_hat + beta[:, None, None]


def groupnorm_forward__columns_reshaped(x, gamma, beta, groups, eps=1e-5):
    """named turned_back_wrongly"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N * groups, C // groups * H * W).T
    z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + eps)
    z = z.reshape(N, C, H, W)  # slip
    return gamma[:, None, None] * z + beta[:, None, None]


def groupnorm_forward__rows_of_groups(x, gamma, beta, groups, eps=1e-5):
    """named left_as_rows"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N * groups, -1)
    return (z - z.mean(axis=1, keepdims=True)) / np.sqrt(z.var(axis=1, keepdims=True) + eps)  # slip


def groupnorm_forward__ddof_and_shift_first(x, gamma, beta, groups, eps=1e-5):
    """named ddof, shift_before_scale"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups != 0:
        raise ValueError("groups")
    g = x.reshape(N, groups, -1)
    g = (g - g.mean(2, keepdims=True)) / np.sqrt(g.var(2, ddof=1, keepdims=True) + eps)  # slip
    return gamma.reshape(1, C, 1, 1) * (g.reshape(N, C, H, W) + beta.reshape(1, C, 1, 1))  # slip


def groupnorm_forward__eps_on_std_and_interleaved(x, gamma, beta, groups, eps=1e-5):
    """named eps_on_std, interleaved"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, C // groups, groups, H, W)  # slip
    mu, sd = z.mean(axis=(1, 3, 4), keepdims=True), z.std(axis=(1, 3, 4), keepdims=True)  # slip
    z = ((z - mu) / (sd + eps)).reshape(N, C, H, W)  # slip
    return gamma[None, :, None, None] * z + beta[None, :, None, None]


def groupnorm_forward__size_and_no_check(x, gamma, beta, groups, eps=1e-5):
    """named group_size, gamma_beta_swapped"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    out = np.empty_like(x)
    for start in range(0, C, groups):  # slip
        part = x[:, start : start + groups]  # slip
        mu = part.mean(axis=(1, 2, 3), keepdims=True)
        var = part.var(axis=(1, 2, 3), keepdims=True)
        out[:, start : start + groups] = (part - mu) / np.sqrt(var + eps)  # slip
    return out * beta[:, None, None] + gamma[:, None, None]  # slip


def groupnorm_forward__position_and_no_root(x, gamma, beta, groups, eps=1e-5):
    """named in_place, ddof"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, groups, -1)
    z -= z.mean(axis=2, keepdims=True)  # slip
    n = z.shape[2]
    z = z / np.sqrt((z**2).sum(axis=2, keepdims=True) / (n - 1) + eps)  # slip
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__pixels_before_channels(x, gamma, beta, groups, eps=1e-5):
    """named channels_of_the_group_last"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, groups, H * W, C // groups)
    mu, var = z.mean(axis=2, keepdims=True), z.var(axis=2, keepdims=True)  # slip
    z = (z - mu) / np.sqrt(var + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__batch_by_position(x, gamma, beta, groups, eps=1e-5):
    """placed"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, groups, C // groups, H, W)
    over = (0, 2)  # slip
    z = (z - z.mean(axis=over, keepdims=True)) / np.sqrt(z.var(axis=over, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__first_group_for_all(x, gamma, beta, groups, eps=1e-5):
    """placed"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    size = C // groups
    y = np.zeros_like(x)
    for g in range(groups):
        part = x[:, :size]  # slip
        mean = part.mean(axis=(1, 2, 3), keepdims=True)
        var = part.var(axis=(1, 2, 3), keepdims=True)
        here = slice(g * size, (g + 1) * size)
        y[:, here] = (x[:, here] - mean) / np.sqrt(var + eps)
    return gamma[:, None, None] * y + beta[:, None, None]


def groupnorm_forward__eps_beside_the_mean(x, gamma, beta, groups, eps=1e-5):
    """placed"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, groups, -1)
    z = (z - z.mean(axis=-1, keepdims=True) + eps) / np.sqrt(z.var(axis=-1, keepdims=True))  # slip
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__not_turned_back(x, gamma, beta, groups, eps=1e-5):
    """crash"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma.reshape(1, C, 1, 1) * z + beta.reshape(1, C, 1, 1)  # slip


def groupnorm_forward__no_keepdims(x, gamma, beta, groups, eps=1e-5):
    """crash"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, groups, C // groups, H, W)
    z = (z - z.mean(axis=(2, 3, 4))) / np.sqrt(z.var(axis=(2, 3, 4)) + eps)  # slip
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__float_sizes(x, gamma, beta, groups, eps=1e-5):
    """crash"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        raise ValueError("groups")
    z = x.reshape(N, groups, C / groups, H, W)  # slip
    z = (z - z.mean((2, 3, 4), keepdims=True)) / np.sqrt(z.var((2, 3, 4), keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__check_the_wrong_way_round(x, gamma, beta, groups, eps=1e-5):
    """crash"""
    N, C, H, W = x.shape
    if groups < 1 or groups % C:
        raise ValueError("groups must divide C")  # slip
    z = x.reshape(N, groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


def groupnorm_forward__error_returned(x, gamma, beta, groups, eps=1e-5):
    """says: raise it instead of returning it"""
    N, C, H, W = x.shape
    if groups < 1 or C % groups:
        return ValueError("groups must divide C")
    z = x.reshape(N, groups, -1)
    z = (z - z.mean(axis=2, keepdims=True)) / np.sqrt(z.var(axis=2, keepdims=True) + eps)
    return gamma[:, None, None] * z.reshape(x.shape) + beta[:, None, None]


# ------------------------------------------------------------------ batch_renorm_forward


def batch_renorm_forward__ddof_and_q_sign(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """named ddof, q_sign"""
    mu = x.mean(0)
    s = np.sqrt(x.var(0, ddof=1) + eps)  # slip
    S = np.sqrt(running_var + eps)
    r = np.clip(s / S, 1 / r_max, r_max)
    d = np.clip((running_mean - mu) / S, -d_max, d_max)  # slip
    return gamma * ((x - mu) / s * r + d) + beta


def batch_renorm_forward__eps_and_limits(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """named eps_on_std, q_over_batch_std"""
    mu, s, S = x.mean(axis=0), x.std(axis=0) + eps, np.sqrt(running_var) + eps  # slip
    r = np.maximum(1 / r_max, np.minimum(r_max, s / S))
    q = np.maximum(-d_max, np.minimum(d_max, (mu - running_mean) / s))  # slip
    x_hat = (x - mu) / s * r + q
    return x_hat * gamma + beta


def batch_renorm_forward__no_q_and_swapped(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """named q_missing, gamma_beta_swapped"""
    s = (x.var(axis=0) + eps) ** 0.5
    r = s / (running_var + eps) ** 0.5
    r = np.clip(r, 1 / r_max, r_max)
    return beta * ((x - x.mean(axis=0)) / s * r) + gamma  # slip


def batch_renorm_forward__in_place_and_below(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """named in_place, r_not_from_below"""
    mu, std = x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)
    S = np.sqrt(running_var + eps)
    x -= mu  # slip
    r = np.minimum(std / S, r_max)  # slip
    q = np.clip((mu - running_mean) / S, -d_max, d_max)
    return gamma * (x / std * r + q) + beta


def batch_renorm_forward__running_variance_in_q(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """placed"""
    mu, s = x.mean(0), np.sqrt(x.var(0) + eps)
    S = np.sqrt(running_var + eps)
    r = np.clip(s / S, 1 / r_max, r_max)
    q = np.clip((mu - running_mean) / (running_var + eps), -d_max, d_max)  # slip
    return gamma * ((x - mu) / s * r + q) + beta


def batch_renorm_forward__limit_of_one(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """named r_not_from_below"""
    mu, s = x.mean(0), np.sqrt(x.var(0) + eps)
    S = np.sqrt(running_var + eps)
    r = np.clip(s / S, 1 - r_max, r_max)  # slip
    q = np.clip((mu - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mu) / s * r + q) + beta


def batch_renorm_forward__divided_by_the_running(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """placed"""
    batch_mean, batch_std = x.mean(axis=0), np.sqrt(x.var(axis=0) + eps)
    running_std = np.sqrt(running_var + eps)
    r = np.clip(batch_std / running_std, 1 / r_max, r_max)
    d = np.clip((batch_mean - running_mean) / running_std, -d_max, d_max)
    x_hat = (x - batch_mean) / running_std * r + d  # slip
    return gamma * x_hat + beta


def batch_renorm_forward__clipped_x_hat_instead(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """placed"""
    mu, s = x.mean(0), np.sqrt(x.var(0) + eps)
    S = np.sqrt(running_var + eps)
    r = np.clip(s / S, 1 / r_max, r_max)
    q = (mu - running_mean) / S
    x_hat = np.clip((x - mu) / s * r + q, -d_max, d_max)  # slip
    return gamma * x_hat + beta


def batch_renorm_forward__limits_as_a_tuple(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """crash"""
    mu, s, S = x.mean(0), np.sqrt(x.var(0) + eps), np.sqrt(running_var + eps)
    r = np.clip(s / S, (1 / r_max, r_max))  # slip
    q = np.clip((mu - running_mean) / S, (-d_max, d_max))
    return gamma * ((x - mu) / s * r + q) + beta


def batch_renorm_forward__max_of_an_array(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """crash"""
    mu, s, S = x.mean(0), np.sqrt(x.var(0) + eps), np.sqrt(running_var + eps)
    r = min(max(s / S, 1 / r_max), r_max)  # slip
    q = min(max((mu - running_mean) / S, -d_max), d_max)
    return gamma * ((x - mu) / s * r + q) + beta


def batch_renorm_forward__statistics_of_the_rows(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """crash"""
    mu = x.mean(axis=1)
    s = np.sqrt(x.var(axis=1) + eps)
    S = np.sqrt(running_var + eps)
    r = np.clip(s / S, 1 / r_max, r_max)  # slip
    q = np.clip((mu - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mu) / s * r + q) + beta


def batch_renorm_forward__y_and_corrections(x, gamma, beta, running_mean, running_var, r_max, d_max, eps=1e-5):
    """says: a tuple of 3"""
    mu, s, S = x.mean(0), np.sqrt(x.var(0) + eps), np.sqrt(running_var + eps)
    r = np.clip(s / S, 1 / r_max, r_max)
    q = np.clip((mu - running_mean) / S, -d_max, d_max)
    return gamma * ((x - mu) / s * r + q) + beta, r, q


# ------------------------------------------------------------------ batch_renorm_backward


def batch_renorm_backward__no_gamma_means(dy, cache):
    """named averaged_parameters, gamma_missing"""
    x_hat, gamma, s, r, q = cache
    n = (x_hat - q) / r
    dgamma, dbeta = (dy * x_hat).mean(axis=0), dy.mean(axis=0)  # slip
    dx = r / s * (dy - dy.mean(axis=0) - n * (dy * n).mean(axis=0))  # slip
    return dx, dgamma, dbeta


def batch_renorm_backward__cubed(dy, cache):
    """placed"""
    x_hat, gamma, s, r, q = cache
    n = (x_hat - q) / r
    along = n**3 * (dy * n).mean(axis=0)  # slip
    dx = gamma * r / s * (dy - dy.mean(axis=0) - along)
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def batch_renorm_backward__three_parts(dy, cache):
    """crash"""
    x_hat, gamma, s = cache  # slip
    m = len(dy)
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma / s * (dy - dbeta / m - x_hat * dgamma / m), dgamma, dbeta


def batch_renorm_backward__dx_alone(dy, cache):
    """says: dgamma"""
    x_hat, gamma, s, r, q = cache
    n = (x_hat - q) / r
    return gamma * r / s * (dy - dy.mean(axis=0) - n * (dy * n).mean(axis=0))


def batch_renorm_backward__n_times_r(dy, cache):
    """placed"""
    x_hat, gamma, s, r, q = cache
    m = len(dy)
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    n = (x_hat - q) * r  # slip
    dx = gamma * r / s * (dy - dbeta / m - n * (dy * n).sum(axis=0) / m)
    return dx, dgamma, dbeta


def batch_renorm_backward__order_of_the_cache(dy, cache):
    """placed"""
    x_hat, gamma, s, q, r = cache  # slip
    m = len(dy)
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    n = (x_hat - q) / r
    dx = gamma * r / s * (dy - dbeta / m - n * (dy * n).sum(axis=0) / m)
    return dx, dgamma, dbeta


def batch_renorm_backward__one_m_missing(dy, cache):
    """placed"""
    x_hat, gamma, s, r, q = cache
    m = len(dy)
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    n = (x_hat - q) / r
    dx = gamma * r / s * (dy - dbeta / m - n * (dy * n).sum(axis=0))  # slip
    return dx, dgamma, dbeta


def batch_renorm_backward__staged_without_r(dy, cache):
    """named r_missing"""
    x_hat, gamma, s, r, q = cache
    m = len(dy)
    dgamma = np.sum(dy * x_hat, axis=0)
    dbeta = np.sum(dy, axis=0)
    n = (x_hat - q) / r
    dn = dy * gamma  # slip
    dx = (dn - dn.mean(axis=0) - n * (dn * n).mean(axis=0)) / s
    return dx, dgamma, dbeta


# ------------------------------------------------------------------ merge_statistics


def merge_statistics__plain_mean_and_corrected(counts, means, variances):
    """named divided_by_n_minus_one, plain_mean"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    n = counts[here, None].astype(means.dtype)
    mean = means[here].mean(axis=0)  # slip
    squares = n * (variances[here] + (means[here] - mean) ** 2)
    return mean, squares.sum(axis=0) / max(n.sum() - 1, 1)  # slip


def merge_statistics__root_within_only(counts, means, variances):
    """named std, within_only"""
    here = np.flatnonzero(counts)
    if here.size == 0:
        raise ValueError("no rows")
    share = (counts[here] / counts.sum()).astype(means.dtype)
    return share @ means[here], np.sqrt(share @ variances[here])  # slip


def merge_statistics__between_unweighted_and_nan(counts, means, variances):
    """named between_unweighted, nan_times_zero"""
    total = counts.sum()
    if total == 0:
        raise ValueError("no rows")
    share = (counts / total).astype(means.dtype)  # slip
    mean = share @ means
    apart = (means - mean)[counts > 0]
    return mean, share @ variances + (apart**2).mean(axis=0)  # slip


def merge_statistics__swapped_sum(counts, means, variances):
    """named sum_of_squares, swapped"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    n, means, variances = counts[here].astype(means.dtype), means[here], variances[here]
    mean = n @ means / n.sum()
    var = n @ (variances + (means - mean) ** 2)  # slip
    return var, mean  # slip


def merge_statistics__first_try(counts, means, variances):
    """named three_things_to_mind"""
    weights = (counts / counts.sum())[:, None]  # slip
    mean = (weights * means).sum(axis=0)
    return mean, (weights * variances).sum(axis=0) + (weights * (means - mean) ** 2).sum(axis=0)


def merge_statistics__average_of_the_averages(counts, means, variances):
    """named double_precision, within_only"""
    some = counts > 0
    if not some.any():
        raise ValueError("no rows")
    mean = np.average(means[some], axis=0, weights=counts[some])  # slip
    return mean, np.average(variances[some], axis=0, weights=counts[some])  # slip


def merge_statistics__squares_with_zeros_for_nan(counts, means, variances):
    """named double_precision, one_pass"""
    total = counts.sum()
    if total == 0:
        raise ValueError("no rows")
    means, variances = np.nan_to_num(means), np.nan_to_num(variances)
    mean = counts @ means / total  # slip
    return mean, counts @ (variances + means**2) / total - mean**2  # slip


def merge_statistics__squares_in_a_loop(counts, means, variances):
    """named one_pass, three_things_to_mind"""
    total, squares, n = 0, 0, 0
    for m, own, var in zip(counts, means, variances, strict=True):
        total = total + m * own  # slip
        squares = squares + m * (var + own**2)
        n += m
    return total / n, squares / n - (total / n) ** 2  # slip


def merge_statistics__plain_on_those_with_rows(counts, means, variances):
    """named plain_averages_of_the_others"""
    kept = [k for k in range(len(counts)) if counts[k]]
    k = max(len(kept), 0)
    mean, var = np.zeros_like(means[0]), np.zeros_like(means[0])
    for i in kept:
        mean, var = mean + means[i], var + variances[i]
    return mean / k, var / k  # slip


def merge_statistics__one_less_twice(counts, means, variances):
    """named divided_by_n_minus_one, with_m_minus_one_before"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    n, means, variances = counts[here].astype(means.dtype)[:, None], means[here], variances[here]
    mean = (n * means).sum(axis=0) / n.sum()
    squares = (n - 1) * variances + n * (means - mean) ** 2  # slip
    return mean, squares.sum(axis=0) / max(n.sum() - 1, 1)  # slip


def merge_statistics__no_look_at_the_counts(counts, means, variances):
    """crash"""
    some = counts > 0
    mean = np.average(means[some], axis=0, weights=counts[some])  # slip
    around = variances[some] + (means[some] - mean) ** 2
    var = np.average(around, axis=0, weights=counts[some])
    return mean.astype(means.dtype), var.astype(means.dtype)


def merge_statistics__cubed(counts, means, variances):
    """placed"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    share = (counts[here] / counts.sum()).astype(means.dtype)
    mean = share @ means[here]
    apart = np.abs(means[here] - mean) ** 3  # slip
    return mean, share @ (variances[here] + apart)


def merge_statistics__plus_for_minus(counts, means, variances):
    """placed"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    n, means, variances = counts[here].astype(means.dtype)[:, None], means[here], variances[here]
    mean = (n * means).sum(axis=0) / n.sum()
    apart = means + mean  # slip
    squares = (n * variances).sum(axis=0) + (n * apart**2).sum(axis=0)
    return mean, squares / n.sum()


def merge_statistics__first_device_twice(counts, means, variances):
    """placed"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    counts, means, variances = counts[here].tolist(), means[here], variances[here]
    n, mean, squares = counts[0], means[0], counts[0] * variances[0]
    for k in range(len(counts)):  # slip
        delta = means[k] - mean
        squares = squares + counts[k] * variances[k] + delta**2 * n * counts[k] / (n + counts[k])
        mean = mean + delta * counts[k] / (n + counts[k])
        n = n + counts[k]
    return mean, squares / n


def merge_statistics__rows_not_raised(counts, means, variances):
    """placed"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    n, mean, squares = 0, 0 * means[here][0], 0 * means[here][0]
    for m, own, var in zip(counts[here].tolist(), means[here], variances[here], strict=True):
        delta = own - mean
        squares = squares + m * var + delta**2 * n * m / (n + m)
        mean = mean + delta * m / (n + m)
        n = m  # slip
    return mean, squares / n


def merge_statistics__whole_numbers(counts, means, variances):
    """placed"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    n, means, variances = counts[here].astype(means.dtype)[:, None], means[here], variances[here]
    mean = (n * means).sum(axis=0) // n.sum()  # slip
    return mean, (n * (variances + (means - mean) ** 2)).sum(axis=0) / n.sum()


def merge_statistics__rows_that_are_not_there(counts, means, variances):
    """crash
    says: x
    """
    mean = x.mean(axis=0)  # slip
    return mean, ((x - mean) ** 2).mean(axis=0)


def merge_statistics__repeated_along_no_axis(counts, means, variances):
    """crash"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    rows = np.repeat(means, counts, axis=2)  # slip
    return rows.mean(axis=0), rows.var(axis=0)


def merge_statistics__no_return(counts, means, variances):
    """says: return"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    share = (counts[here] / counts.sum()).astype(means.dtype)
    mean = share @ means[here]
    var = share @ (variances[here] + (means[here] - mean) ** 2)


def merge_statistics__the_count_too(counts, means, variances):
    """says: Expected a tuple of 2 (mean, var)"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    share = (counts[here] / counts.sum()).astype(means.dtype)
    mean = share @ means[here]
    return mean, share @ (variances[here] + (means[here] - mean) ** 2), counts.sum()


def merge_statistics__mean_alone(counts, means, variances):
    """says: Expected a tuple of 2"""
    here = counts > 0
    if not here.any():
        raise ValueError("no rows")
    return (counts[here] / counts.sum()).astype(means.dtype) @ means[here]


def merge_statistics__returned_error(counts, means, variances):
    """says: raise"""
    here = counts > 0
    if not here.any():
        return ValueError("no rows")
    share = (counts[here] / counts.sum()).astype(means.dtype)
    mean = share @ means[here]
    return mean, share @ (variances[here] + (means[here] - mean) ** 2)
