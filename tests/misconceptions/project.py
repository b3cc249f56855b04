"""Wrong answers to the project, the subtle ones first.

The docstring is the hint that a learner reads. A network starts as its author likes, so that a mistake is known by the
laws that it breaks, not by its numbers: two mistakes that break the same laws would be one here. `_Network` is right;
each mistake replaces one of its pieces.

One file a chapter, however long: the wrong answers to an exercise are found by the chapter's name.
"""

import numpy as np


class _Network:
    eps, momentum = 1e-5, 0.1

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        self.rng = self.generator(seed)
        sizes = (num_inputs, num_hidden, num_hidden, num_classes)
        self.params = {f"W{k}": self.weights(sizes[k - 1], sizes[k]) for k in (1, 2, 3)} | {"b": np.zeros(num_classes)}
        self.running = {}
        for k in (1, 2):
            self.params[f"gamma{k}"], self.params[f"beta{k}"] = np.ones(num_hidden), np.zeros(num_hidden)
            self.running[k] = np.zeros(num_hidden), np.ones(num_hidden)

    def generator(self, seed):
        return np.random.default_rng(seed)

    def weights(self, fan_in, fan_out):
        return self.rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))

    # training mode

    def loss_and_gradients(self, x, y):
        p, g = self.params, {}
        x1, cache1 = self.layer(1, x)
        x2, cache2 = self.layer(2, x1)
        loss, dlogits = self.cross_entropy(x2 @ p["W3"] + p["b"], y)
        g["W3"], g["b"] = x2.T @ dlogits, self.bias_gradient(dlogits)
        dx1 = self.layer_backward(2, dlogits @ p["W3"].T, cache2, g)
        self.layer_backward(1, dx1, cache1, g)
        return loss, g

    def layer(self, k, x):
        u = x @ self.params[f"W{k}"]
        mean, var = self.statistics(k, u)
        inv_std = self.inverse_std(var)
        x_hat = (u - mean) * inv_std
        self.track(k, u, x_hat)
        pre = self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"]
        return self.activation(k, pre), (x, u, x_hat, inv_std, pre)

    def activation(self, k, pre):
        return np.maximum(pre, 0)

    def statistics(self, k, u):
        return u.mean(axis=0), u.var(axis=0)

    def inverse_std(self, var):
        return 1 / np.sqrt(var + self.eps)

    def track(self, k, u, x_hat):
        self.running[k] = self.averaged(self.running[k], (u.mean(axis=0), u.var(axis=0) * len(u) / max(len(u) - 1, 1)))

    def averaged(self, old, new):
        a = self.momentum
        return (1 - a) * old[0] + a * new[0], (1 - a) * old[1] + a * new[1]

    def cross_entropy(self, logits, y):
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        one_hot = np.eye(logits.shape[1])[y]
        return float(-(log_p * one_hot).sum() / len(y)), (np.exp(log_p) - one_hot) / len(y)

    def bias_gradient(self, dlogits):
        return dlogits.sum(axis=0)

    def layer_backward(self, k, dout, cache, g):
        x, u, x_hat, inv_std, pre = cache
        dpre = self.activation_backward(k, dout, u, pre)
        g[f"gamma{k}"], g[f"beta{k}"] = self.scale_gradient(dpre, x_hat, u, pre), self.shift_gradient(dpre)
        du = self.normalize_backward(self.scaled(dpre, k), x_hat, inv_std)
        g[f"W{k}"] = x.T @ du
        return du @ self.params[f"W{k}"].T

    def activation_backward(self, k, dout, u, pre):
        return self.relu_backward(dout, u, pre)

    def relu_backward(self, dout, u, pre):
        return dout * (pre > 0)

    def scale_gradient(self, dpre, x_hat, u, pre):
        return (dpre * x_hat).sum(axis=0)

    def shift_gradient(self, dpre):
        return dpre.sum(axis=0)

    def scaled(self, dpre, k):
        return dpre * self.params[f"gamma{k}"]

    def normalize_backward(self, d, x_hat, inv_std):
        return (d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)) * inv_std

    # the training loop

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.order(len(x))
            for rows in self.batches(order, batch_size):
                self.step(*self.batch(x, y, rows), lr)

    def order(self, n):
        return self.rng.permutation(n)

    def batches(self, order, batch_size):
        return [order[k : k + batch_size] for k in range(0, len(order) - 1, batch_size)]

    def batch(self, x, y, rows):
        return x[rows], y[rows]

    def step(self, x, y, lr):
        _, g = self.loss_and_gradients(x, y)
        self.params = {name: value - lr * g[name] for name, value in self.params.items()}

    # evaluation

    def predict(self, x):
        for k in (1, 2):
            x = self.layer_in_evaluation(k, x)
        return self.label(x @ self.params["W3"] + self.params["b"])

    def layer_in_evaluation(self, k, x):
        u = x @ self.params[f"W{k}"]
        mean, var = self.running[k]
        x_hat = (u - mean) * self.inverse_std(var)
        return self.activation(k, self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"])

    def label(self, logits):
        return logits.argmax(axis=1)


# ------------------------------------------------------------------ the backward pass


class Network__gradients_are_zero(_Network):
    """All gradients are 0: the arrays were made with zeros_like and never filled. Each one is the derivative of the
    loss, beginning with (p - one_hot) / m at the logits."""

    def loss_and_gradients(self, x, y):
        loss, g = super().loss_and_gradients(x, y)
        return loss, {name: np.zeros_like(value) for name, value in g.items()}


class Network__statistics_are_constants(_Network):
    """Your gradient treats the batch's mean and variance as constants. They were computed from the same rows, so that
    each row acts on the loss in three ways: directly, through the mean and through the variance. The loss goes down all
    the same, which is why this mistake is easily overlooked."""

    def normalize_backward(self, d, x_hat, inv_std):
        return d * inv_std


class Network__mean_path_missing(_Network):
    """In the gradient of the normalization the path through the mean is missing: over the batch, the gradient of the
    layer's input should sum to 0 in each column."""

    def normalize_backward(self, d, x_hat, inv_std):
        return (d - x_hat * (d * x_hat).mean(axis=0)) * inv_std


class Network__variance_path_missing(_Network):
    """In the gradient of the normalization the path through the variance is missing: over the batch, the gradient of
    the layer's input should be at right angles to x_hat."""

    def normalize_backward(self, d, x_hat, inv_std):
        return (d - d.mean(axis=0)) * inv_std


class Network__gamma_missing(_Network):
    """On the way back gamma is left out: what reaches x_hat is the gradient of the layer's output times gamma. At the
    start, where gamma is 1, nobody notices."""

    def scaled(self, dpre, k):
        return dpre


class Network__no_inv_std(_Network):
    """The gradient of the normalization lacks its factor 1 / sqrt(var + eps): what was divided on the way forward is
    divided on the way back."""

    def normalize_backward(self, d, x_hat, inv_std):
        return super().normalize_backward(d, x_hat, inv_std) / inv_std


class Network__relu_mask(_Network):
    """The gradient of ReLU lets the wrong entries through. It passes where the input of ReLU itself was above 0:
    after Batch Normalization, scale and shift."""

    def relu_backward(self, dout, u, pre):
        return dout * (u > 0)


class Network__relu_mask_missing_in_shift(_Network):
    """The gradient of the shift was summed before ReLU's mask was applied: first the mask, then the sums over the
    batch."""

    def layer_backward(self, k, dout, cache, g):
        dx = super().layer_backward(k, dout, cache, g)
        g[f"beta{k}"] = dout.sum(axis=0)
        return dx


class Network__scale_gradient_averaged(_Network):
    """The gradient of gamma is averaged over the batch. The factor 1/m of the loss is in what comes from above
    already: here it is a sum."""

    def scale_gradient(self, dpre, x_hat, u, pre):
        return (dpre * x_hat).mean(axis=0)


class Network__shift_gradient_averaged(_Network):
    """The gradient of beta is averaged over the batch. The factor 1/m of the loss is in what comes from above
    already: here it is a sum."""

    def shift_gradient(self, dpre):
        return dpre.mean(axis=0)


class Network__scale_and_shift_averaged(_Network):
    """The gradients of gamma and of beta are both averaged over the batch. The loss is a mean, so the factor 1/m came
    in once, at the output; these two are sums."""

    def scale_gradient(self, dpre, x_hat, u, pre):
        return (dpre * x_hat).mean(axis=0)

    def shift_gradient(self, dpre):
        return dpre.mean(axis=0)


class Network__scale_gradient_of_the_output(_Network):
    """The gradient of gamma was made with another array than x_hat. gamma multiplies x_hat: not the layer's input,
    not its output."""

    def scale_gradient(self, dpre, x_hat, u, pre):
        return (dpre * pre).sum(axis=0)


class Network__scale_gradient_zero(_Network):
    """The gradient of gamma is 0, so that gamma never learns. It is the sum over the batch of what arrives times
    x_hat."""

    def scale_gradient(self, dpre, x_hat, u, pre):
        return np.zeros(x_hat.shape[1])


class Network__shift_gradient_zero(_Network):
    """The gradient of beta is 0, so that beta never learns: without it no bias is left in the layer."""

    def shift_gradient(self, dpre):
        return np.zeros(dpre.shape[1])


class Network__bias_gradient_averaged(_Network):
    """The gradient of the output's bias is a mean over the batch, although the gradient of the logits has its 1/m
    already: take the sum."""

    def bias_gradient(self, dlogits):
        return dlogits.mean(axis=0)


class Network__bias_gradient_without_mean(_Network):
    """The gradient of the output's bias lacks the factor 1/m of the mean loss. The weights of the same layer have it:
    put it into the gradient of the logits, once for all."""

    def bias_gradient(self, dlogits):
        return dlogits.sum(axis=0) * len(dlogits)


class Network__gradient_without_mean(_Network):
    """All gradients are m times too large: the loss is a mean over the batch, so the gradient of the logits has a
    factor 1/m, (p - one_hot) / m."""

    def cross_entropy(self, logits, y):
        loss, d = super().cross_entropy(logits, y)
        return loss, d * len(y)


class Network__gradient_sign(_Network):
    """All gradients have the wrong sign: the gradient of the logits is p - one_hot, positive where a wrong label got
    a probability."""

    def cross_entropy(self, logits, y):
        loss, d = super().cross_entropy(logits, y)
        return loss, -d


class Network__gradient_of_the_probabilities(_Network):
    """Nothing was subtracted at the right label: the gradient of the logits is (p - one_hot) / m, not p / m."""

    def cross_entropy(self, logits, y):
        loss, d = super().cross_entropy(logits, y)
        return loss, d + np.eye(logits.shape[1])[y] / len(y)


# ------------------------------------------------------------------ the forward pass


class Network__loss_is_a_sum(_Network):
    """The loss is the sum over the batch; the mean was asked for, so that a learning rate means the same for every
    batch size."""

    def cross_entropy(self, logits, y):
        loss, d = super().cross_entropy(logits, y)
        return loss * len(y), d * len(y)


class Network__variance_with_m_minus_1(_Network):
    """The layer normalizes with the variance with 1/(m-1). In training divide by m, in the gradient too; 1/(m-1) has
    its place in the running variance only."""

    def statistics(self, k, u):
        return u.mean(axis=0), u.var(axis=0, ddof=1)

    def normalize_backward(self, d, x_hat, inv_std):
        m = len(d)
        return (d - d.mean(axis=0) - x_hat * (d * x_hat).sum(axis=0) / (m - 1)) * inv_std


class Network__epsilon_beside_the_root(_Network):
    """Epsilon was added to the standard deviation. It belongs to the variance, under the root: sqrt(var + eps)."""

    def inverse_std(self, var):
        return 1 / (np.sqrt(var) + self.eps)

    def normalize_backward(self, d, x_hat, inv_std):
        # what x_hat lacks of variance 1 is the part of epsilon
        var = np.maximum(1 / inv_std - self.eps, 1e-300)
        along = x_hat * (d * x_hat).mean(axis=0) / (inv_std * var)
        return (d - d.mean(axis=0) - along) * inv_std


class Network__epsilon_too_large(_Network):
    """Epsilon is larger than 1e-5, so that it is no longer negligible beside a small variance: use 1e-5 or less."""

    eps = 1e-3


class Network__no_relu(_Network):
    """There is no ReLU, or one that lets numbers below 0 through (a leaky one): two linear maps with nothing between
    them are one. Each hidden layer ends in max(0, ...), after scale and shift."""

    def activation(self, k, pre):
        return pre

    def relu_backward(self, dout, u, pre):
        return dout


class Network__no_relu_in_one_layer(_Network):
    """One of the hidden layers has no ReLU: each of them ends in max(0, ...), after scale and shift."""

    def activation(self, k, pre):
        return np.maximum(pre, 0) if k == 1 else pre

    def activation_backward(self, k, dout, u, pre):
        return dout * (pre > 0) if k == 1 else dout


class Network__other_activation(_Network):
    """The hidden layers end in an activation other than ReLU, a curved one (sigmoid or tanh, say): max(0, ...) is
    wanted."""

    def activation(self, k, pre):
        return 1 / (1 + np.exp(-pre))

    def relu_backward(self, dout, u, pre):
        s = 1 / (1 + np.exp(-pre))
        return dout * s * (1 - s)


class Network__x_ignored(_Network):
    """The loss does not depend on x: each layer takes the output of the one before, and the first one takes x."""

    def layer(self, k, x):
        return super().layer(k, np.ones_like(x) if k == 1 else x)


class Network__no_epsilon(_Network):
    """A batch of equal rows gives NaN: without eps under the root, a variance of 0 is a division by 0."""

    eps = 0


class Network__running_statistics_in_training(_Network):
    """In training the layer normalizes with its running statistics. There the batch's own mean and variance are
    wanted; the running ones are for predict."""

    def statistics(self, k, u):
        return self.averaged(self.running[k], (u.mean(axis=0), u.var(axis=0)))


class Network__no_normalization(_Network):
    """The hidden layers are not normalized: scaling and shifting alone is a linear layer with a bias. Subtract the
    batch's mean and divide by its standard deviation first."""

    def statistics(self, k, u):
        return np.zeros(u.shape[1]), np.ones(u.shape[1])

    def normalize_backward(self, d, x_hat, inv_std):
        return d * inv_std

    def track(self, k, u, x_hat):
        pass


class Network__first_layer_only(_Network):
    """Only one of the hidden layers is normalized: each of them has a Batch Normalization between its linear map and
    its ReLU."""

    def statistics(self, k, u):
        return super().statistics(k, u) if k == 1 else (np.zeros(u.shape[1]), np.ones(u.shape[1]) - self.eps)

    def normalize_backward(self, d, x_hat, inv_std):
        return d if (inv_std == 1).all() else super().normalize_backward(d, x_hat, inv_std)

    def track(self, k, u, x_hat):
        if k == 1:
            super().track(k, u, x_hat)


class Network__after_relu(_Network):
    """ReLU comes before the normalization. The order here is linear map, Batch Normalization, ReLU: the mean is taken
    of the linear map's output, negative values included."""

    def layer(self, k, x):
        r = np.maximum(x @ self.params[f"W{k}"], 0)
        mean, var = self.statistics(k, r)
        inv_std = self.inverse_std(var)
        x_hat = (r - mean) * inv_std
        self.track(k, r, x_hat)
        return self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"], (x, r, x_hat, inv_std, None)

    def layer_backward(self, k, dout, cache, g):
        x, r, x_hat, inv_std, _ = cache
        g[f"gamma{k}"], g[f"beta{k}"] = (dout * x_hat).sum(axis=0), dout.sum(axis=0)
        du = self.normalize_backward(dout * self.params[f"gamma{k}"], x_hat, inv_std) * (r > 0)
        g[f"W{k}"] = x.T @ du
        return du @ self.params[f"W{k}"].T

    def layer_in_evaluation(self, k, x):
        mean, var = self.running[k]
        x_hat = (np.maximum(x @ self.params[f"W{k}"], 0) - mean) / np.sqrt(var + self.eps)
        return self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"]


# ------------------------------------------------------------------ the running statistics


class Network__batch_statistics_in_predict(_Network):
    """predict normalizes with the rows that it is given, so that a row's label depends on its neighbours, and a row
    alone is normalized to 0. Evaluation uses the running statistics."""

    def layer_in_evaluation(self, k, x):
        u = x @ self.params[f"W{k}"]
        x_hat = (u - u.mean(axis=0)) / np.sqrt(u.var(axis=0) + self.eps)
        return np.maximum(self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"], 0)


class Network__running_mean_batch_variance(_Network):
    """predict takes the mean from the running statistics and the variance from the batch at hand: a row alone has no
    variance. Both come from the running statistics."""

    def layer_in_evaluation(self, k, x):
        self_mean, _ = self.running[k]
        u = x @ self.params[f"W{k}"]
        x_hat = (u - self_mean) / np.sqrt(u.var(axis=0) + self.eps)
        return np.maximum(self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"], 0)


class Network__updates_in_predict(_Network):
    """predict updates the running statistics: what it says depends on what it was asked before. Evaluation reads them
    and writes nothing."""

    def layer_in_evaluation(self, k, x):
        u = x @ self.params[f"W{k}"]
        out = super().layer_in_evaluation(k, x)
        self.track(k, u, None)
        return out


class Network__never_updated(_Network):
    """The running statistics stay where they started, or are averages of the wrong thing (of x_hat, say): predict
    then normalizes with 0 and 1. Average the batch's mean and variance of the linear map's output, in each step."""

    def track(self, k, u, x_hat):
        pass


class Network__running_variance_never_updated(_Network):
    """Evaluation and training disagree although all batches were the same: look at the running variance (is it
    updated? do you take its root? is eps in it once?), at the running mean, and at the weights of old and new, which have
    to sum to 1."""

    def averaged(self, old, new):
        return super().averaged(old, (new[0], old[1]))


class Network__running_variance_from_zero(_Network):
    """The running variance starts at 0, so that a new network divides by almost nothing in predict. It starts at 1, the
    running mean at 0."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        super().__init__(num_inputs, num_hidden, num_classes, seed)
        self.running = {k: (np.zeros(num_hidden), np.zeros(num_hidden)) for k in (1, 2)}


class Network__weight_too_small(_Network):
    """A new batch counts for too little, so that the running statistics stay near their start for too long. Let it
    count for 0.05 to 0.2 of them (momentum 0.99 in other libraries' words would be 0.01 here)."""

    momentum = 0.01


class Network__momentum_reversed(_Network):
    """The weights of old and new are exchanged: the running statistics are nearly those of the last batch. With
    momentum 0.1 the new batch counts for one tenth."""

    momentum = 0.9


class Network__predict_gives_scores(_Network):
    """predict gives scores or probabilities; one label for each row was asked for: the position of the largest."""

    def label(self, logits):
        return logits


class Network__nearest_neighbour(_Network):
    """predict does not ask the parameters: it remembers the rows of fit and gives the label of the nearest one. The
    label with the highest score of your network is wanted, computed from params as they are."""

    def fit(self, x, y, epochs, lr, batch_size):
        self.rows, self.labels = x.copy(), y.copy()
        super().fit(x, y, epochs, lr, batch_size)

    def predict(self, x):
        if not hasattr(self, "rows"):
            return super().predict(x)
        distances = ((x[:, None, :] - self.rows) ** 2).sum(axis=2)
        return self.labels[distances.argmin(axis=1)]


# ------------------------------------------------------------------ the training loop


class Network__last_batch_dropped(_Network):
    """The last batch of an epoch is left out when it is smaller than the others: up to batch_size - 1 rows are not
    seen in that epoch."""

    def batches(self, order, batch_size):
        whole = max(batch_size, len(order) - len(order) % batch_size)
        return super().batches(order[:whole], batch_size)


class Network__never_shuffled(_Network):
    """The rows are not shuffled: draw a new order of the rows in each epoch. Where they are sorted by label, a batch
    holds one label only."""

    def order(self, n):
        return np.arange(n)


class Network__shuffled_once(_Network):
    """The rows are shuffled once, and all epochs have the same batches: draw a new order in each epoch."""

    def fit(self, x, y, epochs, lr, batch_size):
        order = self.order(len(x))
        for _ in range(epochs):
            for rows in self.batches(order, batch_size):
                self.step(*self.batch(x, y, rows), lr)


class Network__order_without_seed(_Network):
    """The order of the rows does not follow from the seed (np.random.permutation knows nothing of it): draw it from
    the generator that was made with the seed."""

    def order(self, n):
        return np.random.default_rng().permutation(n)


class Network__trains_on_a_single_row(_Network):
    """A single row that is left for the last batch is trained on as a batch of its own: normalized with itself it is
    0, whatever the row is. Leave it out in this epoch, or let it join the batch before."""

    def batches(self, order, batch_size):
        return [order[k : k + batch_size] for k in range(0, len(order), batch_size)]


class Network__labels_not_shuffled(_Network):
    """The rows are shuffled and their labels are not: take both with the same indices."""

    def batch(self, x, y, rows):
        return x[rows], y[np.sort(rows)]


class Network__with_replacement(_Network):
    """The rows are drawn with replacement: some come twice in an epoch, others never. A permutation has each row
    once."""

    def order(self, n):
        return np.append(self.rng.integers(n, size=n - 1), 0) if n > 2 else np.arange(n)


class Network__batch_size_ignored(_Network):
    """batch_size has no effect: every step is made with all rows."""

    def batches(self, order, batch_size):
        return [order]


class Network__batch_of_one(_Network):
    """A single row that is left for the last batch breaks the training: its variance with 1/(m-1) is 0/0. Leave that
    row out in this epoch."""

    def batches(self, order, batch_size):
        return [order[k : k + batch_size] for k in range(0, len(order), batch_size)]

    def track(self, k, u, x_hat):
        with np.errstate(all="ignore"):
            new = u.mean(axis=0), u.var(axis=0) * np.float64(len(u)) / np.float64(len(u) - 1)
        if not np.isfinite(new[1]).all():
            raise ValueError("a training batch of one row has no variance")
        self.running[k] = self.averaged(self.running[k], new)


class Network__one_epoch(_Network):
    """Only the first epoch is done: put the loop over the epochs around the loop over the batches."""

    def fit(self, x, y, epochs, lr, batch_size):
        super().fit(x, y, min(epochs, 1), lr, batch_size)


class Network__rate_ignored(_Network):
    """The steps are not lr * gradients: use the argument lr as it is, without a factor of your own, without dividing
    by the number of rows or batches once more."""

    def step(self, x, y, lr):
        super().step(x, y, 0.1)


class Network__rate_decays(_Network):
    """The learning rate falls from epoch to epoch: all steps of a training are made with lr as it was given."""

    def fit(self, x, y, epochs, lr, batch_size):
        for epoch in range(epochs):
            super().fit(x, y, 1, lr * 0.9**epoch, batch_size)


class Network__uphill(_Network):
    """The steps go up the gradient: subtract lr * gradients, so that the loss goes down."""

    def step(self, x, y, lr):
        super().step(x, y, -lr)


class Network__scale_and_shift_not_trained(_Network):
    """Some parameters never move: a step is made for every name in params, gamma and beta included."""

    def step(self, x, y, lr):
        _, g = self.loss_and_gradients(x, y)
        self.params = {n: v - lr * g[n] if n[0] in "Wb3" and n[:2] != "be" else v for n, v in self.params.items()}


class Network__trains_a_copy(_Network):
    """Nothing moves: the steps are made on copies, and params still holds the old arrays. Put the new ones back."""

    def step(self, x, y, lr):
        _, g = self.loss_and_gradients(x, y)
        for name, value in self.params.items():
            value = value - lr * g[name]


class Network__momentum_added(_Network):
    """A step depends on the steps before it (by momentum, or by a rate that falls). A step is params - lr * gradients,
    with this batch's gradients and with lr as it was given."""

    def step(self, x, y, lr):
        _, g = self.loss_and_gradients(x, y)
        old = getattr(self, "velocity", dict.fromkeys(g, 0.0))
        self.velocity = {n: 0.9 * old[n] + g[n] for n in g}
        self.params = {n: v - lr * self.velocity[n] for n, v in self.params.items()}


class Network__weight_decay(_Network):
    """The weights shrink besides following their gradients: a step is params - lr * gradients, without weight
    decay."""

    def step(self, x, y, lr):
        _, g = self.loss_and_gradients(x, y)
        self.params = {n: v - lr * (g[n] + 0.001 * v) for n, v in self.params.items()}


class Network__shuffles_in_place(_Network):
    """Your shuffle changes the caller's x and y: shuffle a list of indices and take the rows by it."""

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            x[:], y[:] = x[order], y[order]
            for rows in self.batches(np.arange(len(x)), batch_size):
                self.step(x[rows], y[rows], lr)


# ------------------------------------------------------------------ the start


class Network__starts_at_zero(_Network):
    """All weights start at 0: every hidden unit then computes the same, gets the same gradient, and stays the same
    as its neighbours for ever. Draw the weights at random."""

    def weights(self, fan_in, fan_out):
        return np.zeros((fan_in, fan_out))


class Network__scales_from_zero(_Network):
    """The scales start at 0, so that at the start every row looks the same and the weights get no gradient: start
    them at 1."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        super().__init__(num_inputs, num_hidden, num_classes, seed)
        self.params |= {f"gamma{k}": np.zeros(num_hidden) for k in (1, 2)}


class Network__float32_parameters(_Network):
    """Some arrays of params are float32: half of the digits are lost, and gradients cannot be compared with
    differences. Leave them in float64, as NumPy makes them."""

    def weights(self, fan_in, fan_out):
        return super().weights(fan_in, fan_out).astype(np.float32)


class Network__seed_ignored(_Network):
    """Each network starts with other parameters, also for the same seed: make a generator of your own with
    np.random.default_rng(seed) and draw from that."""

    def generator(self, seed):
        return np.random.default_rng()


class Network__seed_fixed(_Network):
    """Every network starts with the same parameters, whatever its seed: pass the argument seed to the generator."""

    def generator(self, seed):
        return np.random.default_rng(0)


class Network__names_differ(_Network):
    """The dict of gradients does not have the names of params: each parameter needs its gradient, under the very same
    name."""

    def loss_and_gradients(self, x, y):
        loss, g = super().loss_and_gradients(x, y)
        return loss, {"d" + name: value for name, value in g.items()}

    def step(self, x, y, lr):
        _, g = self.loss_and_gradients(x, y)
        self.params = {name: value - lr * g["d" + name] for name, value in self.params.items()}


# ------------------------------------------------------------------ weight_norms


def weight_norms__angle_by_cosine(start, slopes, lr):
    """The angle was taken from its cosine. Where the angle is tiny, its cosine is 1 in all its digits, and arccos has
    nothing left to tell it by. Take a function of the two short sides."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arccos(np.minimum(norms[t] / norms[t + 1], 1))
    return norms, angles


def weight_norms__gradient_as_at_length_one(start, slopes, lr):
    """The slopes were divided by the length, as if they were gradients at a column of length 1. They are those at the
    first length: how many times as long is the column now?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__growth_counted_once(start, slopes, lr):
    """The growth of the column came into the angle once. It counts twice: the gradient is shorter, and the column that
    it turns is longer."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(lr * slope, norms[t])
    return norms, angles


def weight_norms__gradient_unchanged(start, slopes, lr):
    """The gradient is as long at each step as if the column had kept its first length. The column has grown, and the
    loss of a longer column changes more slowly."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__angle_is_its_tangent(start, slopes, lr):
    """The angles are the step divided by the length. That is what an angle's tangent is; the two are close for small
    angles only."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = step / norms[t]
    return norms, angles


def weight_norms__along_the_column(start, slopes, lr):
    """The length of the step was added to the length of the column, as if both had one direction. Which direction has
    the gradient, if the loss stays the same along the column?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = norms[t] + step
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__angle_after_the_step(start, slopes, lr):
    """The angle was measured with the length after the step. Draw the triangle: the step is at a right angle to the
    column as it was before."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t + 1])
    return norms, angles


def weight_norms__rate_not_squared(start, slopes, lr):
    """Under the root, the gradient is squared and the rate is not. The side of the triangle is the whole step, the rate
    times the gradient."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.sqrt(norms[t] ** 2 + lr * gradient**2)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__angle_without_the_rate(start, slopes, lr):
    """The learning rate is missing in the angle: the column moves by the rate times the gradient."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(gradient, norms[t])
    return norms, angles


def weight_norms__length_without_the_rate(start, slopes, lr):
    """The rate is missing in the lengths: the column moves by the rate times the gradient."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], gradient)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__from_the_start_each_time(start, slopes, lr):
    """Each step was made from the first length, so no growth piles up. A step begins where the one before has ended."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(start, step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__angle_at_the_first_length(start, slopes, lr):
    """The angles are those of a column that has kept its first length. It has grown since then, which counts twice: for
    the column, and for its gradient."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(lr * slope, start)
    return norms, angles


def weight_norms__angle_as_at_length_one(start, slopes, lr):
    """The angle takes the slopes for gradients at a column of length 1. They are those at the first length, which is
    start."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(lr * slope, norms[t] ** 2)
    return norms, angles


def weight_norms__without_the_start(start, slopes, lr):
    """norms lacks its first row, the lengths before the first step. T steps lead to T + 1 lengths."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms[1:].copy(), angles


def weight_norms__degrees(start, slopes, lr):
    """The angles are in degrees. They are expected in radians, as NumPy's functions return them."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.degrees(np.arctan2(step, norms[t]))
    return norms, angles


def weight_norms__shrinks(start, slopes, lr):
    """The columns get shorter: the square of the step was subtracted. The column is a short side of the triangle, not
    the long one."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.sqrt(np.abs(norms[t] ** 2 - step**2))
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__tangent_taken_for_sine(start, slopes, lr):
    """The step divided by the length before it went into arcsin. In a triangle with a right angle, which sides make the
    sine, and which the tangent?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arcsin(np.minimum(step / norms[t], 1))
    return norms, angles


def weight_norms__ratio_squared(start, slopes, lr):
    """The gradient was divided twice by how much the column has grown. A column that is a times as long has a gradient
    1/a as long; the angle is what shrinks by a once more."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * (start / norms[t]) ** 2
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__angle_is_its_sine(start, slopes, lr):
    """The angles are the step divided by the length after it. That is what an angle's sine is; the two are close for
    small angles only."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = step / norms[t + 1]
    return norms, angles


def weight_norms__ratio_upside_down(start, slopes, lr):
    """The gradient grows with the column. Only the direction counts, and a longer column must move further for the same
    turn: so does the loss change faster or more slowly along the way?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * norms[t] / start
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__other_corner(start, slopes, lr):
    """The angle is the one at the other corner of the triangle: it gets smaller where the step gets longer. Which
    corner is where the column starts?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(norms[t], step)
    return norms, angles


def weight_norms__squares_returned(start, slopes, lr):
    """norms has the squared lengths. Take the root."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms**2, angles


def weight_norms__step_not_squared(start, slopes, lr):
    """Under the root, the step is not squared. All the sides of the triangle come in with their squares."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.sqrt(norms[t] ** 2 + step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__swapped(start, slopes, lr):
    """The two results changed places: first the lengths, then the angles."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return angles, norms


def weight_norms__grown_since_the_last_step(start, slopes, lr):
    """The gradient was divided by the growth of the last step alone. Each row of slopes belongs to the first length, so
    all the growth since then counts."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * norms[max(t - 1, 0)] / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__growth_comes_late(start, slopes, lr):
    """The gradient belongs to the column of one step before. Use the length that the column has now."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[max(t - 1, 0)]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__root_of_the_ratio(start, slopes, lr):
    """The gradient was divided by the root of how much the column has grown. Put a times w into the loss and use the
    chain rule: which factor comes out?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * np.sqrt(start / norms[t])
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__one_ratio_for_all(start, slopes, lr):
    """All columns got the same growth, that of their mean length. Each column has its own normalization, and its own
    growth."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start.mean() / norms[t].mean()
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__against_the_column(start, slopes, lr):
    """The length of the step was subtracted from the length of the column, as if it led straight back. Which direction
    has the gradient, if the loss stays the same along the column?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.abs(norms[t] - step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__root_forgotten(start, slopes, lr):
    """From step to step the square of the new length was taken for the length. Take its root before the next step."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = norms[t] ** 2 + step**2
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__sine_taken_for_tangent(start, slopes, lr):
    """The length before the step, divided by the length after it, went into arctan. In a triangle with a right angle,
    that is the cosine."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan(norms[t] / norms[t + 1])
    return norms, angles


def weight_norms__angle_is_the_step(start, slopes, lr):
    """The angles are the lengths of the steps. The same step turns a long column less than a short one: what else does
    the angle need?"""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = step
    return norms, angles


def weight_norms__angles_added_up(start, slopes, lr):
    """The angles were added up from step to step. Each row is expected to hold the turn of its own step alone."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t]) + (angles[t - 1] if t else 0)
    return norms, angles


def weight_norms__rate_nowhere(start, slopes, lr):
    """The learning rate is used nowhere. A step is the rate times the gradient."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__divided_by_the_rate(start, slopes, lr):
    """The gradient was divided by the learning rate. A step is the rate times the gradient."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = gradient / lr
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__last_step_twice(start, slopes, lr):
    """The slopes are one step late: at each step, the row of the step before was used. Row t belongs to step t."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t in range(len(slopes)):
        gradient = slopes[max(t - 1, 0)] * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__first_slopes_only(start, slopes, lr):
    """Every step has the slopes of the first one. Row t of slopes belongs to step t."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t in range(len(slopes)):
        gradient = slopes[0] * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__slopes_in_rows(start, slopes, lr):
    """The axes of slopes were taken the wrong way round. Row t belongs to step t: where T and n differ, this stops."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t in range(len(slopes)):
        gradient = slopes[:, t] * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__in_first_lengths(start, slopes, lr):
    """norms says how many times its first length a column has. The lengths themselves are expected: multiply by
    start."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms / start, angles


def weight_norms__without_the_end(start, slopes, lr):
    """norms lacks its last row, the lengths after the last step. T steps lead to T + 1 lengths."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms[:-1].copy(), angles


def weight_norms__end_only(start, slopes, lr):
    """norms has the lengths after the last step alone. Keep them of each step, in a row of their own."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms[-1].copy(), angles


def weight_norms__columns_in_rows(start, slopes, lr):
    """The two axes changed places: a row is a step, and a column of the results is a column of the weights."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms.T.copy(), angles.T.copy()


def weight_norms__norms_only(start, slopes, lr):
    """Only the lengths came back. Return both, with a comma between them: `return norms, angles`."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms


def weight_norms__no_steps_no_columns(start, slopes, lr):
    """With T = 0 the angles have the shape (0,). There are no steps, but still n columns: a list that is empty does not
    know that. Make the array with its shape beforehand, as np.zeros_like(slopes) does."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, np.array(list(angles), start.dtype)


def weight_norms__start_in_place(start, slopes, lr):
    """start was changed: `norms = start` makes no copy, and `norms *= ...` or `norms[:] = ...` writes into the caller's
    array."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    start[:] = norms[-1]
    return norms, angles


def weight_norms__slopes_in_place(start, slopes, lr):
    """slopes was changed in place (`slopes *= ...` writes into the caller's array). Make a new array."""
    slopes *= lr
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def weight_norms__single_precision(start, slopes, lr):
    """float64 came in and float32 went out: only about seven digits are left. Keep the dtype of the arguments."""
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms.astype(np.float32), angles.astype(np.float32)


def weight_norms__double_precision(start, slopes, lr):
    """float32 came in and float64 went out. Somewhere an array of your own is float64, as `np.zeros(n)` is;
    `np.zeros_like(slopes)` has the dtype of slopes."""
    norms, angles = np.empty((len(slopes) + 1, len(start))), np.empty(slopes.shape)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles
