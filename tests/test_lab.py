"""The laboratory of the lessons: its gradients, its networks, its data."""

import numpy as np
import pytest

from book import lab

TOLERANCE = 1e-7  # relative, of central differences in float64


def slope(f, point, direction, h=1e-6):
    """The derivative of the number `f(point)` along `direction`, by central differences."""
    return (f(point + h * direction) - f(point - h * direction)) / (2 * h)


@pytest.fixture
def rng():
    return np.random.default_rng(20)


PRIMITIVES = {
    "add_broadcast": lambda x: x + np.arange(4.0),
    "broadcast_of_x": lambda x: lab.sum(x, axis=0, keepdims=True) * np.ones((5, 4)),
    "subtract_from": lambda x: 2.0 - x,
    "mul_itself": lambda x: x * x,
    "divide": lambda x: 3.0 / x + x / 7.0,
    "matmul_left": lambda x: x @ np.arange(8.0).reshape(4, 2),
    "matmul_right": lambda x: np.arange(6.0).reshape(2, 3) @ x,
    "power": lambda x: x**2.5,
    "sqrt": lab.sqrt,
    "exp": lab.exp,
    "log": lab.log,
    "tanh": lab.tanh,
    "sigmoid": lab.sigmoid,
    "relu": lambda x: lab.relu(x - 1.0),
    "sum_axis": lambda x: lab.sum(x, axis=1),
    "mean_all": lab.mean,
    "mean_axes": lambda x: lab.mean(lab.reshape(x, (3, 2, 2)), axis=(0, 2)),
    "transpose": lambda x: lab.transpose(lab.reshape(x, (3, 2, 2)), (2, 0, 1)),
    "T": lambda x: x.T @ x,
    "take_repeated": lambda x: x[np.array([0, 2, 0])],
    "slice": lambda x: x[1:, ::2],
    "concatenate": lambda x: lab.concatenate([x, x * x], axis=1),
    "standardized_batch": lambda x: lab.standardized(x, 0, eps=0.1),
    "standardized_layer": lambda x: lab.standardized(x, 1, eps=0.1),
    "cross_entropy": lambda x: lab.cross_entropy(x, np.array([0, 3, 1])),
}


@pytest.mark.parametrize("name", PRIMITIVES)
def test_gradient_agrees_with_central_differences(name, rng):
    f = PRIMITIVES[name]
    x = rng.uniform(0.5, 2.0, size=(3, 4))
    leaf = lab.Var(x)
    out = f(leaf)
    upstream, direction = rng.normal(size=out.shape), rng.normal(size=x.shape)
    (found,) = lab.gradients(out, [leaf], upstream)
    expected = slope(lambda v: np.sum(f(lab.Var(v)).value * upstream), x, direction)
    assert found.shape == x.shape
    assert np.sum(found * direction) == pytest.approx(expected, rel=TOLERANCE, abs=1e-8)


def test_an_array_used_twice_gets_both_parts(rng):
    x = lab.Var(rng.normal(size=3))
    (found,) = lab.gradients(lab.sum(x * 2.0 + x * 5.0), [x])
    np.testing.assert_allclose(found, 7.0)


def test_constant_cuts_the_gradient_and_unused_inputs_get_zeros():
    x, unused = lab.Var([1.0, 2.0]), lab.Var([3.0])
    first, second = lab.gradients(lab.sum(x * lab.constant(x)), [x, unused])
    np.testing.assert_array_equal(first, [1.0, 2.0])
    np.testing.assert_array_equal(second, [0.0])


def test_a_long_chain_does_not_exhaust_the_stack():
    x = lab.Var(1.0)
    y = x
    for _ in range(5000):
        y = y + 1.0
    assert lab.gradients(y, [x])[0] == 1.0


@pytest.mark.parametrize("norm_after", [False, True])
@pytest.mark.parametrize("norm", [None, "batch", "layer"])
def test_gradients_of_a_network(norm, norm_after, rng):
    network = lab.mlp([4, 6, 5, 3], norm=norm, norm_after=norm_after, activation=lab.tanh, seed=1)
    x, labels = rng.normal(size=(7, 4)), np.array([0, 1, 2, 0, 1, 2, 0])
    _, found = lab.loss_and_gradients(network, network.params, x, labels)
    assert found.keys() == network.params.keys()
    for name, value in network.params.items():
        direction = rng.normal(size=value.shape)

        def loss(v, name=name):
            return lab.cross_entropy(network.logits({**network.params, name: v}, x), labels).value

        expected = slope(loss, value, direction)
        assert np.sum(found[name] * direction) == pytest.approx(expected, rel=1e-5, abs=1e-9), name


def test_batch_statistics_are_those_of_columns_and_layer_statistics_of_rows(rng):
    x = rng.normal(7.0, 3.0, size=(9, 5))
    by_batch = lab.standardized(x, lab.NORM_AXES["batch"], eps=0.0).value
    by_layer = lab.standardized(x, lab.NORM_AXES["layer"], eps=0.0).value
    np.testing.assert_allclose(by_batch.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(by_batch.std(axis=0), 1.0)
    np.testing.assert_allclose(by_layer.mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(by_layer.std(axis=1), 1.0)


def test_a_network_takes_a_normalization_of_ones_own(rng):
    x = rng.normal(size=(6, 4))
    own = lab.mlp([4, 6, 3], norm=lambda h: lab.standardized(h, lab.NORM_AXES["layer"]), seed=1)
    named = lab.mlp([4, 6, 3], norm="layer", seed=1)
    assert own.params.keys() == named.params.keys()
    np.testing.assert_array_equal(own.logits(own.params, x).value, named.logits(named.params, x).value)


def test_a_bias_before_batch_normalization_gets_no_gradient(rng):
    network = lab.mlp([4, 6, 3], norm="batch", seed=1)
    _, found = lab.loss_and_gradients(network, network.params, rng.normal(size=(8, 4)), np.arange(8) % 3)
    assert np.abs(found["b1"]).max() < 1e-15 < np.abs(found["beta1"]).max()


@pytest.mark.parametrize("norm", [None, "batch"])
def test_training_learns_and_changes_no_argument(norm):
    x, labels = lab.spirals(300, seed=2)
    network = lab.mlp([2, 32, 32, 3], norm=norm, seed=2)
    before = {name: value.copy() for name, value in network.params.items()}
    trained = lab.train(network, x, labels, lr=0.5, steps=400, batch_size=100, seed=2)
    assert trained.losses[-1] < 0.5 * trained.losses[0]
    assert lab.accuracy(network, trained.params, x, labels) > 0.8
    for name, value in before.items():
        np.testing.assert_array_equal(network.params[name], value)


def test_a_diverged_run_ends_in_infinite_losses_without_a_warning():
    x, labels = lab.spirals(60, seed=0)
    trained = lab.train(lab.mlp([2, 8, 8, 3]), x * 1e200, labels, lr=1e200, steps=30, batch_size=60)
    assert np.isinf(trained.losses[-1])


def test_the_same_seed_gives_the_same_run():
    x, labels = lab.spirals(60, seed=0)
    runs = [lab.train(lab.mlp([2, 8, 3], seed=3), x, labels, lr=0.1, steps=9, batch_size=20, seed=4) for _ in "ab"]
    np.testing.assert_array_equal(runs[0].losses, runs[1].losses)


def test_made_up_features_differ_in_mean_and_scale():
    x = lab.made_up_batch(20_000, 3, seed=1)
    np.testing.assert_allclose(x.mean(axis=0), [5.0, -10.0, 15.0], atol=0.1)
    np.testing.assert_allclose(x.std(axis=0), [1.0, 2.0, 3.0], rtol=0.05)


def test_digits_are_split_without_overlap():
    data = lab.digits(seed=3, kept=100)
    assert data.x.shape == (1697, 64)
    assert data.x_kept.shape == (100, 64)
    assert data.x.max() == 1.0
    assert set(data.labels) == set(range(10))


def test_over_seeds_gives_mean_and_spread():
    spread = lab.over_seeds(lambda seed: seed**2, seeds=[1, 2, 3])
    np.testing.assert_allclose([spread.mean, spread.std], [14 / 3, np.std([1, 4, 9], ddof=1)])
    assert str(spread) == "5 ± 4 (3 seeds)"
    with pytest.raises(ValueError, match="two seeds"):
        lab.over_seeds(lambda seed: seed, seeds=[1])


@pytest.mark.parametrize(
    ("mean", "std", "told"),
    [
        (0.1104, 0.00203, "0.110 ± 0.002"),  # not 0.11
        (0.9996, 0.0061, "1.000 ± 0.006"),
        (0.4949, 0.0204, "0.49 ± 0.02"),  # and no digit beyond the spread's
        (2.349, 0.0951, "2.3 ± 0.1"),
        (-3218.7, 430.0, "-3200 ± 400"),
        (0.02, 3.0, "0 ± 3"),
        (3.512e-16, 4.2e-17, "3.5e-16 ± 4e-17"),
        (2.51e7, 3.2e5, "2.51e+7 ± 3e+5"),
        (1234.5, 0.0, "1.23e+03 ± 0"),
        (0.1, 1.4e-17, "0.1 ± 1e-17"),  # rounding is no spread
        (np.nan, np.nan, "nan ± nan"),
        (np.inf, np.nan, "inf ± nan"),
    ],
)
def test_a_mean_is_rounded_to_the_digit_of_its_spread(mean, std, told):
    assert lab.plus_minus(np.float64(mean), np.float64(std)) == told


def test_a_moving_figure_carries_its_specification_still_and_texts():
    import altair as alt
    import matplotlib.pyplot as plt

    lab.use_course_style()
    still, _ = plt.subplots()
    chart = alt.Chart(alt.InlineData([{"x": 1}])).mark_point().encode(x="x:Q")
    shown = lab.moving_figure(chart, alt='a "point"', caption="Drag <it>.", still=still)._repr_html_()
    assert shown.startswith('<figure class="moving">')
    assert "data:image/svg+xml;base64," in shown
    assert 'alt="a &quot;point&quot;"' in shown
    assert "Drag &lt;it&gt;." in shown


def test_a_table_has_headings_formulas_and_what_decides():
    made = lab.table(["$m$", "`a` & b"], [[1, "0.1"], [2, "<0.5>"]], caption="Of $x$", marked={(1, 1)})._repr_html_()
    assert '<th scope="col"><span class="math notranslate nohighlight">\\(m\\)</span></th>' in made
    assert "<code>a</code> &amp; b" in made
    assert '<th scope="row">2</th><td class="marked">&lt;0.5&gt;</td>' in made
    assert made.count("marked") == 1


@pytest.mark.parametrize(
    ("rows", "marked", "message"),
    [([[1, 2, 3]], (), "row 0 has 3 entries, the head 2"), ([[1, 2]], {(0, 2)}, r"nothing to mark at \(0, 2\)")],
)
def test_a_table_that_does_not_fit_together_is_refused(rows, marked, message):
    with pytest.raises(ValueError, match=message):
        lab.table(["a", "b"], rows, caption="", marked=marked)


def test_a_dot_plot_shows_each_seed_and_their_mean():
    ax = lab.dot_plot({"one": [1, 2, 6], "two": lab.over_seeds(lambda seed: 2.0 * seed, range(3))}, xlabel="loss")
    dots, bar = ax.lines[:2]
    assert list(dots.get_xdata()) == [1, 2, 6]
    assert list(bar.get_xdata()) == [3, 3]
    assert list(ax.lines[2].get_xdata()) == [0, 2, 4]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["one", "two"]


def test_a_picture_carries_its_data_still_and_texts():
    import matplotlib.pyplot as plt

    still = plt.figure()
    shown = lab.picture("inference", {"x": [1, "</script>"]}, alt='a "point"', caption="Drag $x$.", still=still)
    made = shown._repr_html_()
    assert made.startswith('<figure class="picture" data-picture="inference">')
    assert '{"x":[1,"<\\/script>"]}</script>' in made
    assert 'alt="a &quot;point&quot;" src="data:image/svg+xml;base64,' in made
    assert "<figcaption>Drag <span" in made
    with pytest.raises(ValueError, match="JSON"):
        lab.picture("inference", float("inf"), alt="", caption="", still=plt.figure())._repr_html_()
