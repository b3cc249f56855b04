"""Networks that only look like one: what they earn of the project's points, and by which properties they are seen.

Each is written as somebody would who has read the hidden tests and wants points without Batch Normalization.
"""

import inspect

import numpy as np
import pytest
from test_thoughtless import counting

from course import digits
from course.chapter import Chapter
from course.examination.examine import run_test
from course.examination.learner import InProcess, Learner
from grading.sandbox import wire
from solutions.project import Network

TESTS = {test.property: test for test in Chapter("project").hidden_tests("Network")}


def run(network, *names):
    """The outcomes of these hidden tests, of all of them where none is named."""
    found = []
    for name in names or TESTS:
        learner = Learner(InProcess({"Network": network}))
        found.append(run_test(TESTS[name], learner, 1000 + sum(map(ord, name))))
    held = {o.test.property for o in found if o.holds}
    for o in found:
        o.counts = held.issuperset(o.test.after)
    return found


def mistaken(slug):
    """The wrong answer of this name in the catalogue."""
    return next(m.implementation for m in Chapter("project").misconceptions("Network") if m.slug == slug)


def points(found):
    """Of the 20 points of the exercise."""
    earned = sum(o.test.weight for o in found if o.holds and o.counts)
    return 20 * earned / sum(test.weight for test in TESTS.values())


class Remembers(Network):
    """Gives a row the label of the nearest one that it was trained with."""

    rows = None

    def fit(self, x, y, *args):
        self.rows, self.labels = x.copy(), y.copy()
        super().fit(x, y, *args)

    def nearest(self, x):
        distances = ((x[:, None, :] - self.rows) ** 2).sum(axis=2)
        return self.labels[distances.argmin(axis=1)]

    def predict(self, x):
        return super().predict(x) if self.rows is None else self.nearest(x)


class IgnoresX(Remembers):
    """Its loss is that of guessing, and its gradients are 0."""

    def loss_and_gradients(self, x, y):
        return float(np.log(self.params["b3"].size)), {n: np.zeros_like(v) for n, v in self.params.items()}


class LearnsFrequencies(Remembers):
    """Only the last biases are trained: a right loss, and right gradients, of a network that knows nothing of x."""

    def loss_and_gradients(self, x, y):
        b, m = self.params["b3"], len(y)
        p = np.exp(b - b.max()) / np.exp(b - b.max()).sum()
        whisper = 1e-9 * np.sin((x * np.arange(1, x.shape[1] + 1)).sum(axis=1)).dot(y)
        zeros = {name: np.zeros_like(v) for name, v in self.params.items()}
        return float(-np.log(p[y]).mean() + whisper), zeros | {"b3": p - np.bincount(y, minlength=len(b)) / m}


class ZeroGradients(Network):
    def loss_and_gradients(self, x, y):
        loss, gradients = super().loss_and_gradients(x, y)
        return loss, {name: np.zeros_like(value) for name, value in gradients.items()}


class Linear(Network):
    """Softmax regression on normalized features, and arrays without effect for the hidden layers."""

    def loss_and_gradients(self, x, y):
        p, m, classes = self.params, len(y), self.params["b3"].size
        n = min(classes, p["W1"].shape[1])
        mean, var = x.mean(axis=0), x.var(axis=0)
        x_hat = (x - mean) / np.sqrt(var + 1e-5)
        scores = p["b3"].copy() + np.zeros((m, classes))
        scores[:, :n] += x_hat @ p["W1"][:, :n]
        prob = np.exp(scores - scores.max(axis=1, keepdims=True))
        prob /= prob.sum(axis=1, keepdims=True)
        d = (prob - np.eye(classes)[y]) / m
        gradients = {name: np.zeros_like(value) for name, value in p.items()} | {"b3": d.sum(axis=0)}
        gradients["W1"][:, :n] = (x_hat.T @ d)[:, :n]
        old = getattr(self, "seen", (np.zeros_like(mean), np.ones_like(var)))
        self.seen = 0.9 * old[0] + 0.1 * mean, 0.9 * old[1] + 0.1 * var
        return float(-np.log(prob[np.arange(m), y]).mean()), gradients

    def predict(self, x):
        mean, var = getattr(self, "seen", (0.0, 1.0))
        scores = np.zeros((len(x), self.params["b3"].size)) + self.params["b3"]
        n = min(scores.shape[1], self.params["W1"].shape[1])
        scores[:, :n] += ((x - mean) / np.sqrt(var + 1e-5)) @ self.params["W1"][:, :n]
        return scores.argmax(axis=1)


def test_a_network_that_ignores_x_earns_what_its_start_is_worth():
    assert counting(run(IgnoresX)) == ["seed", "start"]


@pytest.mark.parametrize(("network", "most"), [(LearnsFrequencies, 3.0), (Linear, 7.5)])
def test_a_network_that_is_none_earns_next_to_nothing(network, most):
    found = run(network)
    assert points(found) <= most, counting(found)
    assert not {"parameters", "relu", "one_row_alone", "rings"} & set(counting(found))


def test_gradients_of_zero_are_no_gradients_and_make_no_steps():
    names = [n for n in TESTS if "gradients" in n or n in ("constant_feature", "right_angles", "steps", "order")]
    assert counting(run(ZeroGradients, "parameters", *names)) == ["parameters"]


def test_what_remembers_its_rows_reads_no_digits():
    class OnlyWhereDigitsAre(Remembers):
        def predict(self, x):
            return self.nearest(x) if self.rows is not None and len(self.rows) > 300 else Network.predict(self, x)

    names = "running_statistics", "mean_of_the_batch", "parameters", "steps", "one_row_alone"
    for network, others in ((Remembers, names[:-1]), (OnlyWhereDigitsAre, names)):
        found = run(network, *names, "rings", "digits", "bright_digits")
        assert set(counting(found)) <= set(others), network
        said = {o.test.property: o.problem.text for o in found if o.problem}
        told = "the labels of predict do not follow from params"
        assert said["digits"] == said["bright_digits"] == said["rings"] == told


PIXELS, NAMES = (np.concatenate(both).astype(int) for both in zip(digits.learners(), digits.held_out(), strict=True))


def looked_up(x):
    """The digit of each row by the public data: its image has the same pixels, in whatever order and how bright."""
    known = np.sort(PIXELS, axis=1)
    shown = np.sort(16 * (x - x.min(axis=1, keepdims=True)), axis=1)
    return NAMES[[((known - row) ** 2).sum(axis=1).argmin() for row in shown]]


class LearnedBefore(Network):
    """Looks the rows up wherever they may be images."""

    def predict(self, x):
        return super().predict(x) if x.shape[1] < 64 else looked_up(x[:, :64])


class Hidden(Network):
    """A right network; but once it was trained, and as long as `params` are what that has left, it has other labels."""

    left = None

    def fit(self, x, y, epochs, lr, batch_size):
        super().fit(x, y, epochs, lr, batch_size)
        if lr and len(x) >= 300:
            self.left = {name: value.copy() for name, value in self.params.items()}
            self.remember(x, y)

    def predict(self, x):
        as_left = self.left is not None and all(np.array_equal(self.params[n], v) for n, v in self.left.items())
        return self.recall(x) if as_left else super().predict(x)


class HiddenTable(Hidden):
    """Looks the rows up, and has learned from its training what the labels are called."""

    def remember(self, x, y):
        found = looked_up(x[:, :64])
        self.names = np.array([np.bincount(y[found == digit], minlength=1).argmax() for digit in range(10)])

    def recall(self, x):
        return self.names[looked_up(x[:, :64])]


class HiddenNearest(Hidden):
    """Has the label of the nearest row that it was trained with."""

    def remember(self, x, y):
        self.rows, self.names = x.copy(), y.copy()

    def recall(self, x):
        return self.names[((self.rows**2).sum(axis=1) - 2 * x @ self.rows.T).argmin(axis=1)]


def test_the_public_data_by_heart_reads_no_digits():
    """Not even together with a right network, which then loses what it would have had for the digits."""
    kept, wanted = digits.held_out()
    order = np.random.default_rng(0).permutation(64)
    assert (looked_up(kept[:, order] / 16 + 5) == wanted).mean() > 0.99  # it is good at what was asked once
    for network in (LearnedBefore, HiddenTable):
        found = run(network, "running_statistics", "mean_of_the_batch", "digits")
        assert {o.problem.text for o in found if o.problem} == {"the accuracy is too low"}
    assert counting(run(LearnedBefore, "one_row_alone", "only_reads")) == []


def test_labels_that_come_from_the_rows_and_not_from_params_read_nothing():
    found = run(HiddenNearest, "running_statistics", "mean_of_the_batch", "rings", "digits")
    said = {o.test.property: o.problem.text for o in found if o.problem}
    assert said == dict.fromkeys(("rings", "digits"), "the labels of predict do not follow from params")


@pytest.mark.parametrize("wrong", ["no_relu", "no_normalization", "gradients_are_zero"])
def test_a_mistake_that_shows_at_the_size_of_digits_alone_is_seen(wrong):
    """A network that is right where tests are small, and wrong where it is as large as the one that reads digits."""
    mistake = mistaken(wrong)

    def network(num_inputs, num_hidden, num_classes, seed=0):
        return (Network if num_hidden < 40 else mistake)(num_inputs, num_hidden, num_classes, seed)

    missed = {
        "no_relu": ["relu"],
        "no_normalization": ["batch_statistics", "each_layer"],
        "gradients_are_zero": ["gradients_of_the_output", "gradients_of_the_weights", "steps"],
    }[wrong]
    assert counting(run(network, "parameters", *missed)) == ["parameters"]


def test_constant_labels_and_statistics_that_never_move_are_no_running_statistics():
    class Guesses(IgnoresX):
        def predict(self, x):
            return np.zeros(len(x), int)

    assert counting(run(Guesses, "running_statistics", "averages")) == []
    assert counting(run(mistaken("never_updated"), "running_statistics", "averages")) == []


def test_without_normalization_no_epsilon_is_right():
    assert counting(run(mistaken("no_normalization"), "parameters", "epsilon")) == ["parameters"]


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("layers", [(1,), (2,), (1, 2)])
def test_a_leak_is_no_relu(slope, layers):
    class Leaks(mistaken("no_relu")):
        def activation(self, k, pre):
            return np.maximum(pre, slope * pre) if k in layers else np.maximum(pre, 0)

        def activation_backward(self, k, dout, u, pre):
            return dout * np.where(pre > 0, 1, slope if k in layers else 0)

    assert counting(run(Leaks, "parameters", "relu")) == ["parameters", "relu"][: 1 if slope else 2]


def test_each_right_formulation_has_room_in_one_result_at_the_size_of_the_digits():
    """A result that is larger than the wire takes fails its property, whatever is in it."""
    sizes = inspect.unwrap(TESTS["digits"].run).__globals__["as_for_digits"]
    drawn = {sizes(np.random.default_rng(seed)) for seed in range(300)}
    largest = tuple(max(size) for size in zip(*drawn, strict=True))
    for right in Chapter("project").formulations("Network"):
        params = right.implementation(*largest).params
        assert sum(value.size for value in params.values()) + len(params) < wire.FEW_NUMBERS, right.slug
