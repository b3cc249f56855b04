"""Wrong answers that the project's catalogue does not hold: two slips at once, odd ones, crashes.

The first line of a docstring says what has to be told: `named a, b`, both mistakes of the catalogue; `placed`, the line
with `# slip`; `crash`, the line where Python stops; `says: words`, words of the message. A further line `allowed a`
names a mistake of the catalogue that may be told as well. `_Right` is right; each slip writes a method of it anew.

One file a chapter, however long: the slips are found by the chapter's name.
"""

import numpy as np


class _Right:
    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        self.rng = np.random.default_rng(seed)
        self.params = {}
        sizes = [num_inputs, num_hidden, num_hidden]
        for k in range(2):
            self.params[f"w{k}"] = self.rng.normal(0, np.sqrt(2 / sizes[k]), (sizes[k], num_hidden))
            self.params[f"g{k}"] = np.ones(num_hidden)
            self.params[f"b{k}"] = np.zeros(num_hidden)
        self.params["w_out"] = self.rng.normal(0, np.sqrt(2 / num_hidden), (num_hidden, num_classes))
        self.params["b_out"] = np.zeros(num_classes)
        self.mean = [np.zeros(num_hidden) for _ in range(2)]
        self.var = [np.ones(num_hidden) for _ in range(2)]

    def forward(self, x):
        kept = []
        for k in range(2):
            u = x @ self.params[f"w{k}"]
            mu, var = u.mean(axis=0), u.var(axis=0)
            self.mean[k] = 0.9 * self.mean[k] + 0.1 * mu
            self.var[k] = 0.9 * self.var[k] + 0.1 * var
            std = np.sqrt(var + 1e-5)
            x_hat = (u - mu) / std
            pre = self.params[f"g{k}"] * x_hat + self.params[f"b{k}"]
            kept.append((x, x_hat, std, pre))
            x = np.maximum(pre, 0)
        return x, kept

    def output(self, h, y):
        """The loss, and the gradient of the scores."""
        scores = h @ self.params["w_out"] + self.params["b_out"]
        scores = scores - scores.max(axis=1, keepdims=True)
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        return loss, p / len(y)

    def backward(self, k, dpre, x, x_hat, std):
        """The gradients of a layer's scale and shift, and of its u."""
        d = dpre * self.params[f"g{k}"]
        du = (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)) / std
        return (dpre * x_hat).sum(axis=0), dpre.sum(axis=0), du

    def loss_and_gradients(self, x, y):
        h, kept = self.forward(x)
        loss, d = self.output(h, y)
        grads = {"w_out": h.T @ d, "b_out": d.sum(axis=0)}
        d = d @ self.params["w_out"].T
        for k in (1, 0):
            x, x_hat, std, pre = kept[k]
            grads[f"g{k}"], grads[f"b{k}"], du = self.backward(k, d * (pre > 0), x, x_hat, std)
            grads[f"w{k}"] = x.T @ du
            d = du @ self.params[f"w{k}"].T
        return loss, grads

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                if len(rows) < 2:
                    continue
                _, grads = self.loss_and_gradients(x[rows], y[rows])
                for name in self.params:
                    self.params[name] = self.params[name] - lr * grads[name]

    def predict(self, x):
        for k in range(2):
            x_hat = (x @ self.params[f"w{k}"] - self.mean[k]) / np.sqrt(self.var[k] + 1e-5)
            x = np.maximum(self.params[f"g{k}"] * x_hat + self.params[f"b{k}"], 0)
        return (x @ self.params["w_out"] + self.params["b_out"]).argmax(axis=1)


# ------------------------------------------------------------------ two at once


class Network__gamma_and_the_last_batch(_Right):
    """named gamma_missing, last_batch_dropped"""

    def backward(self, k, dpre, x, x_hat, std):
        m = len(dpre)
        dgamma, dbeta = (dpre * x_hat).sum(0), dpre.sum(0)
        return dgamma, dbeta, (m * dpre - dbeta - x_hat * dgamma) / (m * std)  # slip

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for b in range(max(len(x) // batch_size, 1)):  # slip
                rows = order[b * batch_size : (b + 1) * batch_size]
                grads = self.loss_and_gradients(x[rows], y[rows])[1]
                self.params = {n: v - lr * grads[n] for n, v in self.params.items()}


class Network__constants_and_decay(_Right):
    """named statistics_are_constants, weight_decay"""

    def backward(self, k, dpre, x, x_hat, std):
        return (dpre * x_hat).sum(0), dpre.sum(0), dpre * self.params[f"g{k}"] / std  # slip

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for start in range(0, len(x) - 1, batch_size):
                rows = order[start : start + batch_size]
                grads = self.loss_and_gradients(x[rows], y[rows])[1]
                self.params = {n: v - lr * (grads[n] + 1e-3 * v) for n, v in self.params.items()}  # slip


class Network__averaged_and_not_shuffled(_Right):
    """named scale_gradient_averaged, never_shuffled"""

    def backward(self, k, dpre, x, x_hat, std):
        _, dbeta, du = super().backward(k, dpre, x, x_hat, std)
        return np.mean(dpre * x_hat, axis=0), dbeta, du  # slip

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            for start in range(0, len(x) - 1, batch_size):
                xb, yb = x[start : start + batch_size], y[start : start + batch_size]  # slip
                grads = self.loss_and_gradients(xb, yb)[1]
                self.params = {n: v - lr * grads[n] for n, v in self.params.items()}


class Network__predicts_by_batch_and_one_epoch(_Right):
    """named batch_statistics_in_predict, one_epoch"""

    def fit(self, x, y, epochs, lr, batch_size):
        order = self.rng.permutation(len(x))  # slip
        for start in range(0, len(x) - 1, batch_size):
            rows = order[start : start + batch_size]
            grads = self.loss_and_gradients(x[rows], y[rows])[1]
            self.params = {n: v - lr * grads[n] for n, v in self.params.items()}

    def predict(self, x):
        for k in range(2):
            u = x @ self.params[f"w{k}"]
            x_hat = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + 1e-5)  # slip
            x = np.maximum(self.params[f"g{k}"] * x_hat + self.params[f"b{k}"], 0)
        return (x @ self.params["w_out"] + self.params["b_out"]).argmax(axis=1)


# ------------------------------------------------------------------ odd ones


class Network__mask_forgotten(_Right):
    """placed"""

    def loss_and_gradients(self, x, y):
        h, kept = self.forward(x)
        loss, d = self.output(h, y)
        grads = {"w_out": h.T @ d, "b_out": d.sum(axis=0)}
        d = d @ self.params["w_out"].T
        for k in (1, 0):
            x, x_hat, std, pre = kept[k]
            grads[f"g{k}"], grads[f"b{k}"], du = self.backward(k, d, x, x_hat, std)  # slip
            grads[f"w{k}"] = x.T @ du
            d = du @ self.params[f"w{k}"].T
        return loss, grads


class Network__rate_that_falls(_Right):
    """placed
    allowed momentum_added
    """

    def fit(self, x, y, epochs, lr, batch_size):
        step = 0
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for start in range(0, len(x) - 1, batch_size):
                rows = order[start : start + batch_size]
                _, grads = self.loss_and_gradients(x[rows], y[rows])
                step += 1
                for name in self.params:
                    self.params[name] = self.params[name] - lr / step * grads[name]  # slip


class Network__scale_gradient_too_large(_Right):
    """placed"""

    def backward(self, k, dpre, x, x_hat, std):
        d = dpre * self.params[f"g{k}"]
        du = (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)) / std
        dgamma = len(x) * (dpre * x_hat).sum(axis=0)  # slip
        return dgamma, dpre.sum(axis=0), du


class Network__loss_in_other_units(_Right):
    """placed"""

    def output(self, h, y):
        scores = h @ self.params["w_out"] + self.params["b_out"]
        scores = scores - scores.max(axis=1, keepdims=True)
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = -np.log10(p[rows, y]).mean()  # slip
        p[rows, y] -= 1
        return loss, p / len(y)


class Network__half_of_the_loss(_Right):
    """placed"""

    def output(self, h, y):
        loss, d = super().output(h, y)
        return loss / 2, d  # slip


class Network__order_by_label(_Right):
    """placed
    allowed never_shuffled
    """

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = np.argsort(y, kind="stable")  # slip
            for start in range(0, len(x) - 1, batch_size):
                rows = order[start : start + batch_size]
                grads = self.loss_and_gradients(x[rows], y[rows])[1]
                self.params = {n: v - lr * grads[n] for n, v in self.params.items()}


# ------------------------------------------------------------------ crashes


class Network__attribute_of_another_name(_Right):
    """crash"""

    def predict(self, x):
        for k in range(2):
            x_hat = (x @ self.params[f"w{k}"] - self.running_mean[k]) / np.sqrt(self.var[k] + 1e-5)  # slip
            x = np.maximum(self.params[f"g{k}"] * x_hat + self.params[f"b{k}"], 0)
        return (x @ self.params["w_out"] + self.params["b_out"]).argmax(axis=1)


class Network__name_of_no_parameter(_Right):
    """crash"""

    def loss_and_gradients(self, x, y):
        h, kept = self.forward(x)
        loss, d = self.output(h, y)
        grads = {"w_out": h.T @ d, "b_out": d.sum(axis=0)}
        d = d @ self.params["w2"].T  # slip
        return loss, grads


class Network__shapes_the_wrong_way_round(_Right):
    """crash"""

    def loss_and_gradients(self, x, y):
        h, kept = self.forward(x)
        loss, d = self.output(h, y)
        grads = {"w_out": h.T @ d, "b_out": d.sum(axis=0)}
        d = d @ self.params["w_out"]  # slip
        return loss, grads


class Network__batches_by_a_float(_Right):
    """crash"""

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for b in range(len(x) / batch_size):  # slip
                rows = order[b * batch_size : (b + 1) * batch_size]
                grads = self.loss_and_gradients(x[rows], y[rows])[1]
                self.params = {n: v - lr * grads[n] for n, v in self.params.items()}


# ------------------------------------------------------------------ of another kind


class Network__labels_as_a_list(_Right):
    """says: a list"""

    def predict(self, x):
        return [int(label) for label in super().predict(x)]


class Network__labels_as_floats(_Right):
    """says: whole number"""

    def predict(self, x):
        return super().predict(x).astype(float)


class Network__gradients_transposed(_Right):
    """says: shape"""

    def loss_and_gradients(self, x, y):
        loss, grads = super().loss_and_gradients(x, y)
        return loss, {name: value.T for name, value in grads.items()}


class Network__nothing_returned(_Right):
    """says: return"""

    def loss_and_gradients(self, x, y):
        loss, grads = super().loss_and_gradients(x, y)
        self.loss, self.grads = loss, grads

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            self.loss_and_gradients(x, y)
            self.params = {n: v - lr * self.grads[n] for n, v in self.params.items()}


class Network__parameters_in_float32(_Right):
    """says: float32"""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        super().__init__(num_inputs, num_hidden, num_classes, seed)
        self.params = {name: value.astype(np.float32) for name, value in self.params.items()}

    def forward(self, x):
        self.params = {name: value.astype(np.float32) for name, value in self.params.items()}
        return super().forward(x)


# ------------------------------------------------------------------ weight_norms


def weight_norms__grows_straight_and_sine(start, slopes, lr):
    """named along_the_column, angle_without_the_rate"""
    norms, angles = [start], []
    for slope in slopes:
        gradient = slope * start / norms[-1]
        angles.append(np.arctan2(gradient, norms[-1]))  # slip
        norms.append(norms[-1] + lr * gradient)  # slip
    return np.array(norms), np.reshape(angles, slopes.shape)


def weight_norms__lengths_alone_and_degrees(start, slopes, lr):
    """named without_the_start, degrees"""
    lengths, angles = start.copy(), np.zeros_like(slopes)
    norms = np.zeros_like(slopes)
    for t in range(len(slopes)):
        step = lr * slopes[t] * start / lengths
        angles[t] = np.rad2deg(np.arctan(step / lengths))  # slip
        lengths = np.sqrt(lengths**2 + step**2)
        norms[t] = lengths  # slip
    return norms, angles


def weight_norms__swapped_and_unchanged(start, slopes, lr):
    """named swapped, gradient_unchanged"""
    squares = start**2 + np.cumsum((lr * slopes) ** 2, axis=0)  # slip
    norms = np.sqrt(np.vstack([start[None] ** 2, squares]))
    return np.arctan2(lr * slopes, norms[:-1]), norms  # slip


def weight_norms__squares_and_tangents(start, slopes, lr):
    """named squares_returned, angle_is_its_tangent"""
    squares = [start**2]
    for slope in slopes:
        squares.append(squares[-1] + (lr * slope * start) ** 2 / squares[-1])
    squares = np.stack(squares)
    return squares, lr * slopes * start / squares[:-1]  # slip


def weight_norms__other_corner_of_a_ratio(start, slopes, lr):
    """named in_first_lengths, other_corner"""
    norms, angles = np.zeros((len(slopes) + 1, len(start)), start.dtype), np.zeros_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        step = lr * slope / (norms[t] / start)
        angles[t] = np.arctan2(norms[t], step)  # slip
        norms[t + 1] = np.hypot(step, norms[t])
    return norms / start, angles  # slip


def weight_norms__twice_the_angle(start, slopes, lr):
    """placed"""
    norms = [start]
    angles = np.zeros_like(slopes)
    for t in range(len(slopes)):
        step = lr * slopes[t] * start / norms[t]
        angles[t] = 2 * np.arctan2(step, norms[t])  # slip
        norms.append(np.hypot(norms[t], step))
    return np.array(norms), angles


def weight_norms__longer_by_its_length(start, slopes, lr):
    """placed"""
    norms, angles = np.empty((len(slopes) + 1, start.size), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        step = lr * slope * start * norms[t]  # slip
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__a_step_too_few(start, slopes, lr):
    """placed"""
    T, n = slopes.shape
    norms, angles = np.zeros((T + 1, n), start.dtype), np.zeros_like(slopes)
    norms[0] = start
    for t in range(T - 1):  # slip
        step = lr * slopes[t] * start / norms[t]
        norms[t + 1] = np.sqrt(norms[t] ** 2 + step**2)
        angles[t] = np.arctan(step / norms[t])
    return norms, angles


def weight_norms__cubes(start, slopes, lr):
    """placed"""
    norms, angles = [start], [slopes[:0]]
    for slope in slopes:
        step = lr * slope * start / norms[-1]
        angles.append(np.arctan2(step, norms[-1])[None])
        norms.append(np.sqrt(norms[-1] ** 2 + step**3))  # slip
    return np.array(norms), np.concatenate(angles)


def weight_norms__times_the_length_in_the_angle(start, slopes, lr):
    """placed"""
    norms, angles = [start.copy()], np.zeros_like(slopes)
    for t, slope in enumerate(slopes):
        step = lr * slope / norms[t] * start
        angles[t] = np.arctan(step * norms[t])  # slip
        norms.append(np.sqrt(norms[t] ** 2 + step**2))
    return np.array(norms), angles


def weight_norms__begins_at_one(start, slopes, lr):
    """placed"""
    norms, angles = np.ones((len(slopes) + 1, len(start)), start.dtype), np.zeros_like(slopes)  # slip
    for t, slope in enumerate(slopes):
        step = lr * slope * start / norms[t]
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__the_first_column_only(start, slopes, lr):
    """placed"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        step = lr * slope * start[0] / norms[t]  # slip
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__one_row_too_few(start, slopes, lr):
    """crash"""
    norms, angles = np.empty_like(slopes), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        step = lr * slope * start / norms[t]
        norms[t + 1] = np.hypot(norms[t], step)  # slip
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__rates_for_each_step(start, slopes, lr):
    """crash"""
    norms, angles = [start], []
    for t in range(len(slopes)):
        step = lr[t] * slopes[t] * start / norms[t]  # slip
        norms.append(np.hypot(norms[t], step))
        angles.append(np.arctan2(step, norms[t]))
    return np.array(norms), np.array(angles)


def weight_norms__a_name_of_the_page(start, slopes, lr):
    """crash
    says: g
    """
    norms = [start]
    for t in range(len(slopes)):
        norms.append(np.hypot(norms[t], lr * g))  # slip
    return np.array(norms), np.arctan2(lr * slopes, norms[:-1])


def weight_norms__no_return(start, slopes, lr):
    """says: return"""
    norms = [start]
    for slope in slopes:
        norms.append(np.hypot(norms[-1], lr * slope * start / norms[-1]))
    angles = np.arctan(lr * slopes * start / np.array(norms[:-1]) ** 2)


def weight_norms__gradients_too(start, slopes, lr):
    """says: Expected a tuple of 2 (norms, angles)"""
    norms = [start]
    for slope in slopes:
        norms.append(np.hypot(norms[-1], lr * slope * start / norms[-1]))
    norms = np.array(norms)
    return norms, np.arctan2(lr * slopes * start, norms[:-1] ** 2), slopes * start / norms[:-1]


def weight_norms__lists_of_rows(start, slopes, lr):
    """says: list"""
    norms, angles = [start], []
    for slope in slopes:
        step = lr * slope * start / norms[-1]
        angles.append(np.arctan2(step, norms[-1]))
        norms.append(np.hypot(norms[-1], step))
    return norms, angles
