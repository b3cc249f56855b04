"""A network with Batch Normalization that trains (Ioffe & Szegedy 2015, Algorithms 1 and 2)."""

import numpy as np

_EPS, _MOMENTUM = 1e-5, 0.1


class Network:
    """Linear map, Batch Normalization, ReLU, twice; then a linear output.

    Parameters
    ----------
    num_inputs, num_hidden, num_classes : int
        Features of an example, units of each of the two hidden layers,
        number of labels.
    seed : int
        The same seed gives the same initial parameters and the same order
        of batches.

    Attributes
    ----------
    params : dict of str to ndarray
        The trained arrays by name, one array with two axes for each linear
        map. Assigning a dict with the same names replaces them.

    References
    ----------
    Ioffe & Szegedy 2015, Algorithms 1 and 2, section 3;
    He et al. 2015, section 2.2, for the spread of the weights.
    """

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        """Draw the parameters; running mean 0, running variance 1."""
        self._rng = np.random.default_rng(seed)
        self.params, self._running = {}, {}
        for layer, fan_in in ((1, num_inputs), (2, num_hidden)):
            self.params[f"W{layer}"] = self._weights(fan_in, num_hidden)
            self.params[f"gamma{layer}"] = np.ones(num_hidden)
            self.params[f"beta{layer}"] = np.zeros(num_hidden)
            self._running[layer] = np.zeros(num_hidden), np.ones(num_hidden)
        self.params["W3"] = self._weights(num_hidden, num_classes)
        self.params["b3"] = np.zeros(num_classes)

    def _weights(self, fan_in, fan_out):
        return self._rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))

    def loss_and_gradients(self, x, y):
        """The loss of a batch in training mode, and its gradients.

        Parameters
        ----------
        x : ndarray, shape (m, num_inputs)
            A batch of m >= 2 examples.
        y : ndarray of int, shape (m,)
            Their labels, 0 to num_classes - 1.

        Returns
        -------
        loss : float
            The mean over the batch of -log(probability of the right label).
        gradients : dict of str to ndarray
            The derivative of the loss by each array of `params`, under the
            same name and of the same shape.

        Notes
        -----
        Each hidden layer normalizes with the statistics of this very batch
        (variance with 1/m), and the gradient passes through them.
        """
        p, gradients, m = self.params, {}, len(x)
        inputs, caches = {1: x}, {}
        for layer in (1, 2):
            u = inputs[layer] @ p[f"W{layer}"]
            mean, var = u.mean(axis=0), u.var(axis=0)
            x_hat = (u - mean) / np.sqrt(var + _EPS)
            pre = p[f"gamma{layer}"] * x_hat + p[f"beta{layer}"]
            caches[layer] = x_hat, var, pre
            inputs[layer + 1] = np.maximum(pre, 0)
            self._track(layer, mean, var * m / (m - 1))

        log_p = _log_softmax(inputs[3] @ p["W3"] + p["b3"])
        dlogits = (np.exp(log_p) - np.eye(log_p.shape[1])[y]) / m
        gradients["W3"], gradients["b3"] = inputs[3].T @ dlogits, dlogits.sum(axis=0)

        dh = dlogits @ p["W3"].T
        for layer in (2, 1):
            x_hat, var, pre = caches[layer]
            dpre = dh * (pre > 0)
            gradients[f"gamma{layer}"] = (dpre * x_hat).sum(axis=0)
            gradients[f"beta{layer}"] = dpre.sum(axis=0)
            dx_hat = dpre * p[f"gamma{layer}"]
            du = dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0)
            du /= np.sqrt(var + _EPS)
            gradients[f"W{layer}"] = inputs[layer].T @ du
            dh = du @ p[f"W{layer}"].T
        return float(-log_p[np.arange(m), y].mean()), gradients

    def _track(self, layer, mean, var):
        old_mean, old_var = self._running[layer]
        keep = 1 - _MOMENTUM
        self._running[layer] = keep * old_mean + _MOMENTUM * mean, keep * old_var + _MOMENTUM * var

    def fit(self, x, y, epochs, lr, batch_size):
        """Train by plain stochastic gradient descent.

        Parameters
        ----------
        x : ndarray, shape (n, num_inputs)
            All examples.
        y : ndarray of int, shape (n,)
            Their labels.
        epochs : int
            How often each example is seen.
        lr : float
            The learning rate: each step is params - lr * gradients.
        batch_size : int
            Examples in a batch. The rows are shuffled anew in each epoch;
            the last batch may be smaller, and where only a single row is
            left for it, that row is left out.
        """
        for _ in range(epochs):
            shuffled = self._rng.permutation(len(x))
            for start in range(0, len(x) - 1, batch_size):  # up to the last row but one: never a batch of one
                rows = shuffled[start : start + batch_size]
                _, gradients = self.loss_and_gradients(x[rows], y[rows])
                self.params = {name: value - lr * gradients[name] for name, value in self.params.items()}

    def predict(self, x):
        """The most probable label of each row, in evaluation mode.

        Parameters
        ----------
        x : ndarray, shape (m, num_inputs)
            Any number of examples, one included.

        Returns
        -------
        ndarray of int, shape (m,)
            Labels. A row's label does not depend on the other rows, and the
            call changes nothing.
        """
        h = x
        for layer in (1, 2):
            mean, var = self._running[layer]
            x_hat = (h @ self.params[f"W{layer}"] - mean) / np.sqrt(var + _EPS)
            h = np.maximum(self.params[f"gamma{layer}"] * x_hat + self.params[f"beta{layer}"], 0)
        return (h @ self.params["W3"] + self.params["b3"]).argmax(axis=1)


def weight_norms(start, slopes, lr):
    """How long steps of gradient descent make columns before a normalization.

    Parameters
    ----------
    start : ndarray, shape (n,)
        The length of each of n columns before the first step, above 0.
    slopes : ndarray, shape (T, n)
        How long the gradient of each step would be if the column had its
        first length still, and the direction that it has at this step.
    lr : float
        The learning rate: each step is w - lr * gradient.

    Returns
    -------
    norms : ndarray, shape (T + 1, n)
        The length of each column before each step, and after the last one.
    angles : ndarray, shape (T, n)
        By how much each step turns the column, in radians.

    Notes
    -----
    The loss stays the same where a column is multiplied by a number above 0
    (epsilon is left out). Where start and slopes are float32, so are the
    results.
    """
    norms, angles = np.empty((len(slopes) + 1, len(start)), start.dtype), np.empty_like(slopes)
    norms[0] = start
    for t, slope in enumerate(slopes):
        gradient = slope * start / norms[t]  # of a column a times as long it is 1/a as long
        step = lr * gradient
        norms[t + 1] = np.hypot(norms[t], step)  # the step is at a right angle to the column
        angles[t] = np.arctan2(step, norms[t])
    return norms, angles


def _log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
