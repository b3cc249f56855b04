"""Right answers in other words: the hidden tests must give each of them full marks, and no hint.

One file a chapter, however long: the right answers to an exercise are found by the chapter's name.
"""

import itertools

import numpy as np


class Network__three_hidden_layers:
    """Xavier's uniform start, names by position, a slower average, gradients in a second pass over a list."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        rng = np.random.default_rng(seed)
        sizes = [num_inputs, *3 * [num_hidden], num_classes]
        self.params, self.depth = {}, 3
        for k, (a, b) in enumerate(itertools.pairwise(sizes)):
            bound = np.sqrt(6 / (a + b))
            self.params[f"{k}.weight"] = rng.uniform(-bound, bound, (a, b))
        for k in range(3):
            self.params[f"{k}.scale"] = np.ones(num_hidden)
            self.params[f"{k}.shift"] = np.zeros(num_hidden)
        self.params["bias"] = np.zeros(num_classes)
        self.mean, self.var = np.zeros((3, num_hidden)), np.ones((3, num_hidden))
        self.order = np.random.default_rng([seed, 1])

    def forward(self, x, training):
        kept = []
        for k in range(3):
            u = x @ self.params[f"{k}.weight"]
            mu, v = (u.mean(0), u.var(0)) if training else (self.mean[k], self.var[k])
            s = np.sqrt(v + 1e-5)
            n = (u - mu) / s
            out = np.maximum(0, self.params[f"{k}.scale"] * n + self.params[f"{k}.shift"])
            kept.append((x, n, s, out, mu, v))
            x = out
        return x @ self.params["3.weight"] + self.params["bias"], kept

    def loss_and_gradients(self, x, y):
        scores, kept = self.forward(x, True)
        m = len(x)
        e = np.exp(scores - scores.max(1, keepdims=True))
        prob = e / e.sum(1, keepdims=True)
        loss = np.mean(-np.log(prob[range(m), y]))
        d = prob.copy()
        d[range(m), y] -= 1
        d /= m
        g = {"3.weight": kept[-1][3].T @ d, "bias": d.sum(0)}
        d = d @ self.params["3.weight"].T
        for k in reversed(range(3)):
            x, n, s, out, _, _ = kept[k]
            d = np.where(out > 0, d, 0)
            g[f"{k}.scale"], g[f"{k}.shift"] = (d * n).sum(0), d.sum(0)
            d = self.params[f"{k}.scale"] / s * (d - g[f"{k}.shift"] / m - n * g[f"{k}.scale"] / m)
            g[f"{k}.weight"] = x.T @ d
            d = d @ self.params[f"{k}.weight"].T
        return loss, g

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            rows = self.order.permutation(len(x))
            for part in np.split(rows, range(batch_size, len(x), batch_size)):
                if len(part) < 2:
                    continue
                _, g = self.loss_and_gradients(x[part], y[part])
                for k, (_, _, _, _, mu, v) in enumerate(self.forward(x[part], True)[1]):
                    self.mean[k] += 0.05 * (mu - self.mean[k])
                    self.var[k] += 0.05 * (v - self.var[k])
                for name in self.params:
                    self.params[name] = self.params[name] - lr * g[name]

    def predict(self, x):
        return np.argmax(self.forward(x, False)[0], axis=-1)


class Network__einsum_with_biases:
    """Redundant biases before the normalization, whose gradient is 0; steps in place; no shuffle of its own seed."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        r = np.random.RandomState(seed)
        self.r = r
        self.params = dict(
            A=r.randn(num_inputs, num_hidden) * (2 / num_inputs) ** 0.5,
            a=np.zeros(num_hidden),
            B=r.randn(num_hidden, num_hidden) * (2 / num_hidden) ** 0.5,
            b=np.zeros(num_hidden),
            C=r.randn(num_hidden, num_classes) * (1 / num_hidden) ** 0.5,
            c=np.zeros(num_classes),
            ga=np.full(num_hidden, 0.9),
            gb=np.full(num_hidden, 0.9),
            sa=np.zeros(num_hidden),
            sb=np.zeros(num_hidden),
        )
        self.seen = {"a": [0.0, 1.0], "b": [0.0, 1.0]}

    def _norm(self, u, which, update):
        mean = np.einsum("ij->j", u) / u.shape[0]
        c = u - mean
        var = np.einsum("ij,ij->j", c, c) / u.shape[0]
        if update:
            old = self.seen[which]
            self.seen[which] = [0.9 * old[0] + 0.1 * mean, 0.9 * old[1] + 0.1 * var]
        w = (var + 1e-8) ** -0.5
        return c * w, w

    def loss_and_gradients(self, x, y, update=False):
        p, m = self.params, x.shape[0]
        n1, w1 = self._norm(x @ p["A"] + p["a"], "a", update)
        z1 = n1 * p["ga"] + p["sa"]
        h1 = z1 * (z1 > 0)
        n2, w2 = self._norm(h1 @ p["B"] + p["b"], "b", update)
        z2 = n2 * p["gb"] + p["sb"]
        h2 = z2 * (z2 > 0)
        o = h2 @ p["C"] + p["c"]
        top = o.max(axis=1)
        lse = top + np.log(np.exp(o - top[:, None]).sum(axis=1))
        loss = (lse - o[np.arange(m), y]).mean()
        d = np.exp(o - lse[:, None])
        d[np.arange(m), y] -= 1.0
        d = d / m
        g = {"C": np.einsum("ij,ik->jk", h2, d), "c": np.einsum("ij->j", d)}
        for W, s, ga, sh, b, n, w, z, below in (
            ("B", p["C"], "gb", "sb", "b", n2, w2, z2, h1),
            ("A", p["B"], "ga", "sa", "a", n1, w1, z1, x),
        ):
            d = np.einsum("ik,jk->ij", d, s) * (z > 0)
            g[ga], g[sh] = np.einsum("ij,ij->j", d, n), np.einsum("ij->j", d)
            t = d * p[ga]
            d = w / m * (m * t - np.einsum("ij->j", t) - n * np.einsum("ij,ij->j", t, n))
            g[W], g[b] = np.einsum("ij,ik->jk", below, d), d.sum(axis=0)
        return loss, g

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            idx = np.arange(len(x))
            self.r.shuffle(idx)
            begin = 0
            while len(x) - begin >= 2:
                now = idx[begin : begin + batch_size]
                _, g = self.loss_and_gradients(x[now], y[now], update=True)
                for name, array in self.params.items():
                    array -= lr * g[name]
                begin += batch_size

    def predict(self, x):
        p, h = self.params, x
        for W, b, k, ga, sh in (("A", "a", "a", "ga", "sa"), ("B", "b", "b", "gb", "sb")):
            mean, var = self.seen[k]
            h = np.maximum(p[ga] * ((h @ p[W] + p[b] - mean) / np.sqrt(var + 1e-8)) + p[sh], 0)
        return (h @ p["C"] + p["c"]).argmax(axis=1)


class Network__population_statistics:
    """No running averages: after training, the exact statistics of all rows with the parameters as they are."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        self.rng = np.random.default_rng(seed)
        shapes = {"W1": (num_inputs, num_hidden), "W2": (num_hidden, num_hidden), "V": (num_hidden, num_classes)}
        self.params = {n: self.rng.standard_normal(s) / np.sqrt(s[0]) for n, s in shapes.items()}
        self.params.update(
            g1=np.ones(num_hidden), b1=np.zeros(num_hidden), g2=np.ones(num_hidden), b2=np.zeros(num_hidden)
        )
        self.params["v"] = np.zeros(num_classes)
        self.population = [(np.zeros(num_hidden), np.ones(num_hidden))] * 2

    def _through(self, x, statistics=None):
        tape, found = [], []
        for k in "12":
            u = x @ self.params["W" + k]
            mean, var = u.mean(axis=0), np.mean(u**2, axis=0) - u.mean(axis=0) ** 2
            if statistics:
                mean, var = statistics[int(k) - 1]
            found.append((mean, var))
            var = np.maximum(var, 0)
            x_hat = (u - mean) / np.sqrt(var + 1e-5)
            z = self.params["g" + k] * x_hat + self.params["b" + k]
            tape.append((x, u - mean, var, x_hat, z))
            x = np.maximum(z, 0)
        return x, x @ self.params["V"] + self.params["v"], tape, found

    def loss_and_gradients(self, x, y):
        h, scores, tape, _ = self._through(x)
        m, grads = len(y), {}
        log_p = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        d = np.exp(log_p)
        d[np.arange(m), y] -= 1
        d /= m
        grads["V"], grads["v"] = h.T @ d, d.sum(axis=0)
        d = d @ self.params["V"].T
        for k in "21":
            x_in, centred, var, x_hat, z = tape[int(k) - 1]
            dz = np.where(z > 0, d, 0.0)
            grads["g" + k], grads["b" + k] = np.sum(dz * x_hat, axis=0), np.sum(dz, axis=0)
            # node by node, as the paper writes it
            dx_hat = dz * self.params["g" + k]
            dvar = np.sum(dx_hat * centred, axis=0) * -0.5 * (var + 1e-5) ** -1.5
            dmean = -np.sum(dx_hat, axis=0) / np.sqrt(var + 1e-5)
            du = dx_hat / np.sqrt(var + 1e-5) + dvar * 2 * centred / m + dmean / m
            grads["W" + k] = x_in.T @ du
            d = du @ self.params["W" + k].T
        return float(-log_p[np.arange(m), y].mean()), grads

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            rows = list(self.rng.permutation(len(x)))
            while rows:
                take = batch_size if len(rows) - batch_size != 1 else batch_size + 1  # a single row joins this batch
                now, rows = np.array(rows[:take]), rows[take:]
                grads = self.loss_and_gradients(x[now], y[now])[1]
                self.params = {n: self.params[n] - lr * grads[n] for n in self.params}
        self.population = self._through(x)[3]

    def predict(self, x):
        return self._through(x, self.population)[1].argmax(axis=1)


class _Layer:
    """A layer that keeps its arrays as attributes; weights are (d_out, d_in)."""

    def __init__(self, d_in, d_out, rng):
        self.weight = rng.normal(0, np.sqrt(2 / d_in), (d_out, d_in))
        self.gamma, self.beta = np.ones(d_out), np.zeros(d_out)
        self.mean, self.var, self.training = np.zeros(d_out), np.ones(d_out), True

    def __call__(self, x):
        u = x @ self.weight.T
        mean, var = self.mean, self.var
        if self.training:
            mean, var = u.mean(axis=0), u.var(axis=0)
            self.mean = 0.8 * self.mean + 0.2 * mean
            self.var = 0.8 * self.var + 0.2 * u.var(axis=0, ddof=1)
        self.x, self.inv_std = x, 1 / np.sqrt(var + 1e-5)
        self.x_hat = (u - mean) * self.inv_std
        self.out = np.maximum(self.gamma * self.x_hat + self.beta, 0)
        return self.out

    def backward(self, dout):
        dy = dout * (self.out > 0)
        dgamma, dbeta = (dy * self.x_hat).sum(axis=0), dy.sum(axis=0)
        d = dy * self.gamma
        # the projection: what sums to 0 and is at right angles to x_hat, up to eps
        basis = np.stack([np.ones_like(self.x_hat), self.x_hat])  # (2, m, d)
        d = d - (basis * (basis * d).sum(axis=1, keepdims=True)).sum(axis=0) / len(d)
        du = d * self.inv_std
        return du @ self.weight, {"weight": du.T @ self.x, "gamma": dgamma, "beta": dbeta}


class Network__list_of_layers:
    """Python objects in a list; `params` is a property that reads and writes their arrays."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        rng = self.rng = np.random.default_rng(seed)
        self.layers = [_Layer(num_inputs, num_hidden, rng), _Layer(num_hidden, num_hidden, rng)]
        self.out, self.bias = rng.normal(0, 0.1, (num_hidden, num_classes)), np.zeros(num_classes)

    @property
    def params(self):
        names = ("weight", "gamma", "beta")
        arrays = {f"{n}{k}": getattr(layer, n) for k, layer in enumerate(self.layers) for n in names}
        return {**arrays, "out": self.out, "bias": self.bias}

    @params.setter
    def params(self, given):
        for k, layer in enumerate(self.layers):
            layer.weight, layer.gamma, layer.beta = given[f"weight{k}"], given[f"gamma{k}"], given[f"beta{k}"]
        self.out, self.bias = given["out"], given["bias"]

    def _scores(self, x, training):
        for layer in self.layers:
            layer.training = training
            x = layer(x)
        return x, x @ self.out + self.bias

    def loss_and_gradients(self, x, y):
        h, scores = self._scores(x, True)
        p = np.exp(scores - scores.max(axis=1)[:, None])
        p /= p.sum(axis=1)[:, None]
        one_hot = y[:, None] == np.arange(len(self.bias))
        loss = -np.log(p[one_hot]).sum() / len(x)
        d = (p - one_hot) / len(x)
        g = {"out": h.T @ d, "bias": np.ones(len(d)) @ d}
        d = d @ self.out.T
        for k in (1, 0):
            d, own = self.layers[k].backward(d)
            g |= {f"{name}{k}": value for name, value in own.items()}
        return loss, g

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for k in range(0, len(x), batch_size):
                rows = order[k : k + batch_size]
                if len(rows) > 1:
                    g = self.loss_and_gradients(x[rows], y[rows])[1]
                    self.params = {n: v - lr * g[n] for n, v in self.params.items()}

    def predict(self, x):
        return self._scores(x, False)[1].argmax(axis=1)


class Network__row_vectors:
    """Scales, shifts and biases of shape (1, h), kept by `keepdims`; one forward function for both modes."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        self.rng = np.random.default_rng(seed)
        dims = [num_inputs, num_hidden, num_hidden, num_classes]
        self.params = {}
        for i in range(3):
            self.params["W" + str(i)] = self.rng.standard_normal((dims[i], dims[i + 1])) * np.sqrt(2.0 / dims[i])
        for i in range(2):
            self.params["gamma" + str(i)] = np.ones((1, num_hidden))
            self.params["beta" + str(i)] = np.zeros((1, num_hidden))
        self.params["b"] = np.zeros((1, num_classes))
        self.stats = [[np.zeros((1, num_hidden)), np.ones((1, num_hidden))] for _ in range(2)]

    def _forward(self, a, train=False):
        tape = []
        for i in range(2):
            z = a @ self.params["W" + str(i)]
            if train:
                mu, var = z.mean(axis=0, keepdims=True), z.var(axis=0, keepdims=True)
            else:
                mu, var = self.stats[i]
            z_hat = (z - mu) / np.sqrt(var + 1e-5)
            out = self.params["gamma" + str(i)] * z_hat + self.params["beta" + str(i)]
            tape.append((a, z_hat, var, out, mu))
            a = out.clip(min=0)
        return a, a @ self.params["W2"] + self.params["b"], tape

    def loss_and_gradients(self, x, y):
        a, logits, tape = self._forward(x, train=True)
        n = x.shape[0]
        logits = logits - np.max(logits, axis=1, keepdims=True)
        probabilities = np.exp(logits)
        probabilities /= np.sum(probabilities, axis=1, keepdims=True)
        loss = -np.sum(np.log(probabilities[np.arange(n), y])) / n
        delta = probabilities
        delta[np.arange(n), y] -= 1
        delta /= n
        grads = {"W2": a.T @ delta, "b": delta.sum(axis=0, keepdims=True)}
        delta = delta @ self.params["W2"].T
        for i in (1, 0):
            a, z_hat, var, out, _ = tape[i]
            delta[out <= 0] = 0
            grads["gamma" + str(i)] = np.sum(delta * z_hat, axis=0, keepdims=True)
            grads["beta" + str(i)] = np.sum(delta, axis=0, keepdims=True)
            d = delta * self.params["gamma" + str(i)]
            d = n * d - d.sum(axis=0, keepdims=True) - z_hat * np.sum(d * z_hat, axis=0, keepdims=True)
            d /= n * np.sqrt(var + 1e-5)
            grads["W" + str(i)] = a.T @ d
            delta = d @ self.params["W" + str(i)].T
        return loss, grads

    def fit(self, x, y, epochs, lr, batch_size):
        n = x.shape[0]
        for _ in range(epochs):
            order = self.rng.permutation(n)
            for start in range(0, n, batch_size):
                chosen = order[start : start + batch_size]
                if chosen.size == 1:
                    continue
                xb, yb = x[chosen], y[chosen]
                _, grads = self.loss_and_gradients(xb, yb)
                for i, (_, _, var, _, mu) in enumerate(self._forward(xb, train=True)[2]):
                    self.stats[i][0] = 0.9 * self.stats[i][0] + 0.1 * mu
                    self.stats[i][1] = 0.9 * self.stats[i][1] + 0.1 * var
                self.params = {k: v - lr * grads[k] for k, v in self.params.items()}

    def predict(self, x):
        return np.argmax(self._forward(x)[1], axis=1)


class _Linear:
    def __init__(self, d_in, d_out, rng, spread):
        self.arrays = {"W": rng.normal(0, np.sqrt(spread / d_in), (d_in, d_out)), "b": np.zeros(d_out)}
        self.grads = {name: np.zeros_like(array) for name, array in self.arrays.items()}

    def forward(self, x, training):
        self.x = x
        return x @ self.arrays["W"] + self.arrays["b"]

    def backward(self, d):
        self.grads["W"][...] = self.x.T @ d
        self.grads["b"][...] = d.sum(axis=0)
        return d @ self.arrays["W"].T


class _BatchNorm:
    def __init__(self, d):
        self.arrays = {"gamma": np.ones(d), "beta": np.zeros(d)}
        self.grads = {name: np.zeros_like(array) for name, array in self.arrays.items()}
        self.mean, self.var = np.zeros(d), np.ones(d)

    def forward(self, x, training):
        mean, var = self.mean, self.var
        if training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.mean += 0.1 * (mean - self.mean)
            self.var += 0.1 * (var - self.var)
        self.std = np.sqrt(var + 1e-5)
        self.x_hat = (x - mean) / self.std
        return self.arrays["gamma"] * self.x_hat + self.arrays["beta"]

    def backward(self, d):
        self.grads["gamma"][...] = (d * self.x_hat).sum(axis=0)
        self.grads["beta"][...] = d.sum(axis=0)
        d = d * self.arrays["gamma"]
        return (d - d.mean(axis=0) - self.x_hat * (d * self.x_hat).mean(axis=0)) / self.std


class _ReLU:
    def __init__(self):
        self.arrays, self.grads = {}, {}

    def forward(self, x, training):
        self.on = x > 0
        return x * self.on

    def backward(self, d):
        return d * self.on


class Network__modules:
    """Modules with `forward` and `backward` that own their arrays; `params` is a dict of these very arrays."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        self.rng = rng = np.random.default_rng(seed)
        self.modules = []
        for d_in in (num_inputs, num_hidden):
            self.modules += [_Linear(d_in, num_hidden, rng, 2.0), _BatchNorm(num_hidden), _ReLU()]
        self.modules.append(_Linear(num_hidden, num_classes, rng, 1.0))
        self.params = self._named("arrays")

    def _named(self, kind):
        return {f"{i}.{n}": a for i, module in enumerate(self.modules) for n, a in getattr(module, kind).items()}

    def _scores(self, x, training):
        for module in self.modules:
            x = module.forward(x, training)
        return x

    def loss_and_gradients(self, x, y):
        scores = self._scores(x, training=True)
        scores = scores - scores.max(axis=1, keepdims=True)
        p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(y)), y]).mean()
        d = (p - np.eye(p.shape[1])[y]) / len(y)
        for module in reversed(self.modules):
            d = module.backward(d)
        return loss, self._named("grads")

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for start in range(0, len(x), batch_size):
                rows = order[start : start + batch_size]
                if len(rows) == 1:
                    break
                self.loss_and_gradients(x[rows], y[rows])
                for module in self.modules:
                    for name in module.arrays:
                        module.arrays[name] -= lr * module.grads[name]

    def predict(self, x):
        return self._scores(x, training=False).argmax(axis=1)


class Network__one_long_vector:
    """All parameters are views of one vector, and so are the gradients: a step is one line."""

    def __init__(self, num_inputs, num_hidden, num_classes, seed=0):
        self.rng, h = np.random.default_rng(seed), num_hidden
        self.shapes = {
            "W1": (num_inputs, h),
            "gamma1": (h,),
            "beta1": (h,),
            "W2": (h, h),
            "gamma2": (h,),
            "beta2": (h,),
        }
        self.shapes |= {"W3": (h, num_classes), "b3": (num_classes,)}
        self.theta = np.zeros(sum(int(np.prod(shape)) for shape in self.shapes.values()))
        self.params = self._views(self.theta)
        for name, view in self.params.items():
            if name[0] == "W":
                view[:] = self.rng.standard_normal(view.shape) * np.sqrt(2 / len(view))
            if name[:5] == "gamma":
                view[:] = 1
        self.running = np.stack([np.zeros((2, h)), np.ones((2, h))])  # means, variances: one row for each layer

    def _views(self, vector):
        found, start = {}, 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            found[name] = vector[start : start + size].reshape(shape)
            start += size
        return found

    def _layer(self, h, k, statistics):
        u = h @ self.params[f"W{k}"]
        mean, var = (u.mean(0), u.var(0)) if statistics is None else statistics
        x_hat = (u - mean) / np.sqrt(var + 1e-6)
        return np.maximum(self.params[f"gamma{k}"] * x_hat + self.params[f"beta{k}"], 0), x_hat, mean, var

    def loss_and_gradients(self, x, y):
        p, m = self.params, len(x)
        gradient = np.zeros_like(self.theta)
        g = self._views(gradient)
        h1, x_hat1, mean1, var1 = self._layer(x, 1, None)
        h2, x_hat2, mean2, var2 = self._layer(h1, 2, None)
        self.running *= 0.9
        self.running += 0.1 * np.array([[mean1, mean2], [var1, var2]])
        scores = h2 @ p["W3"] + p["b3"]
        log_sum = np.logaddexp.reduce(scores, axis=1)
        d = np.exp(scores - log_sum[:, None])
        d[range(m), y] -= 1
        d /= m
        g["W3"][:], g["b3"][:] = h2.T @ d, d.sum(0)
        d = d @ p["W3"].T
        for k, below, h, x_hat, var in ((2, h1, h2, x_hat2, var2), (1, x, h1, x_hat1, var1)):
            d = np.where(h > 0, d, 0)
            g[f"gamma{k}"][:], g[f"beta{k}"][:] = (d * x_hat).sum(0), d.sum(0)
            d = p[f"gamma{k}"] * (d - d.mean(0) - x_hat * (d * x_hat).mean(0)) / np.sqrt(var + 1e-6)
            g[f"W{k}"][:] = below.T @ d
            d = d @ p[f"W{k}"].T
        self.gradient = gradient
        return (log_sum - scores[range(m), y]).mean(), g

    def fit(self, x, y, epochs, lr, batch_size):
        for _ in range(epochs):
            order = self.rng.permutation(len(x))
            for rows in np.array_split(order, range(batch_size, len(x), batch_size)):
                if len(rows) > 1:
                    self.loss_and_gradients(x[rows], y[rows])
                    self.theta -= lr * self.gradient

    def predict(self, x):
        h = x
        for k in (1, 2):
            h = self._layer(h, k, self.running[:, k - 1])[0]
        return (h @ self.params["W3"] + self.params["b3"]).argmax(1)


# ------------------------------------------------------------------ weight_norms


def weight_norms__squares(start, slopes, lr):
    """Squared lengths alone in the loop; the angles of all steps at once, after it."""
    squares = [start**2]
    for slope in slopes:
        squares.append(squares[-1] + (lr * slope * start) ** 2 / squares[-1])
    squares = np.array(squares)
    return np.sqrt(squares), np.arctan(lr * slopes * start / squares[:-1])


def weight_norms__complex_numbers(start, slopes, lr):
    """A column lies on the real axis, and its step points up."""
    norms, angles = [start], [slopes[:0]]
    for slope in slopes:
        moved = norms[-1] + 1j * (lr * slope) * (start / norms[-1])
        norms.append(np.abs(moved))
        angles.append(np.angle(moved)[None])
    return np.stack(norms), np.concatenate(angles)


def weight_norms__arrows(start, slopes, lr):
    """Arrows in a plane, the gradient at a right angle to each, and the angle between two arrows by both products."""
    arrows = np.stack([start, np.zeros_like(start)])
    norms, angles = np.zeros((len(slopes) + 1, *start.shape), start.dtype), np.zeros_like(slopes)
    norms[0] = start
    for t in range(slopes.shape[0]):
        across = np.stack([-arrows[1], arrows[0]]) / norms[t]
        moved = arrows - lr * slopes[t] / (norms[t] / start) * across
        cross = arrows[0] * moved[1] - arrows[1] * moved[0]
        angles[t] = np.abs(np.arctan2(cross, (arrows * moved).sum(axis=0)))
        arrows, norms[t + 1] = moved, np.sqrt((moved * moved).sum(axis=0))
    return norms, angles


def weight_norms__recursion(start, slopes, lr):
    """One step, then the same training from there on: the slopes belong to a longer column."""
    if not len(slopes):
        return start[None, :].copy(), np.zeros_like(slopes)
    step = lr * slopes[0]
    longer = np.sqrt(start**2 + step**2)
    norms, angles = weight_norms__recursion(longer, slopes[1:] * (start / longer), lr)
    return np.vstack([start[None], norms]), np.vstack([np.arctan2(step, start)[None], angles])


def weight_norms__growth(start, slopes, lr):
    """All is measured in first lengths; each column grows by one over the cosine of its angle."""
    tangent, growth, angles = lr * slopes / start, np.ones_like(start), np.zeros_like(slopes)
    norms = [start.copy()]
    for t in range(len(slopes)):
        angles[t] = np.arctan(tangent[t] / growth**2)
        growth = growth / np.cos(angles[t])
        norms.append(start * growth)
    return [np.array(norms), angles]


def weight_norms__loops(start, slopes, lr):
    """Column by column, number by number; the angle by its sine."""
    T, n = slopes.shape
    norms, angles = np.empty((T + 1, n), dtype=slopes.dtype), np.empty((T, n), dtype=slopes.dtype)
    for j in range(n):
        length = norms[0, j] = start[j]
        for t in range(T):
            step = lr * slopes[t, j] * start[j] / length
            longer = (length**2 + step**2) ** 0.5
            angles[t, j] = np.arcsin(step / longer)
            length = norms[t + 1, j] = longer
    return norms, angles


def weight_norms__accumulated(start, slopes, lr):
    """Lengths as they pile up, each from the one before."""
    lengths = itertools.accumulate(lr * slopes * start, lambda a, s: np.hypot(a, s / a), initial=start)
    norms = np.array(list(lengths))
    return norms, np.arctan2(lr * slopes * start, norms[:-1] ** 2)
