"""The reference against PyTorch's numbers, and against the laws that the papers print.

The numbers lie in `fixtures/torch-VERSION/`, written by `torch_fixtures.py`: no test here imports PyTorch.
One file for all chapters: each test is a few lines, and they share what reads the numbers.
"""

import importlib.util
import itertools
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from solutions.backprop import (
    batchnorm2d_backward,
    batchnorm_backward,
    gradient_error,
    numerical_gradient,
    parameter_gradients,
    path_weights,
    statistics_gradients,
)
from solutions.inference import (
    BatchNorm1d,
    batchnorm_inference,
    batchnorm_inference_backward,
    fold_into_conv,
    fold_into_linear,
    fold_into_next_conv,
    population_statistics,
    update_running_statistics,
)
from solutions.introduction import batch_statistics, leave_one_out, normalize
from solutions.project import Network, weight_norms
from solutions.recurrent import (
    TimestepBatchNorm,
    bn_lstm_step,
    bn_rnn_forward,
    gradient_through_time,
    layernorm_backward,
    layernorm_forward,
    masked_batch_statistics,
)
from solutions.tradeoffs import groupnorm_forward, merge_statistics
from solutions.transform import batchnorm2d_forward, batchnorm_forward, change_units, linear_bn_relu

HERE = Path(__file__).parent
[STORED] = (HERE / "fixtures").glob("torch-*")
RTOL = 1e-10  # beside the largest entry: both sides round, and sum in their own order


@cache
def file(chapter):
    with np.load(STORED / f"{chapter}.npz") as arrays:
        found = dict(arrays)
    for array in found.values():
        array.flags.writeable = False  # the next test reads them too
    return found


def cases(chapter, exercise):
    """The cases of one exercise, each with its arrays as attributes."""
    found = {}
    for name, value in file(chapter).items():
        if name.startswith(f"{exercise}/"):
            _, case, part = name.split("/")
            found.setdefault(case, {})[part] = value if value.ndim else value.item()
    assert found, f"no fixture of {exercise}"
    return [SimpleNamespace(**parts) for parts in found.values()]


def agree(actual, wanted, rtol=RTOL):
    np.testing.assert_allclose(actual, wanted, rtol=rtol, atol=rtol * np.abs(wanted).max())


# ------------------------------------------------------------------ the transform and its gradients


def test_statistics_and_normalization():
    for c in cases("introduction", "batch_statistics"):
        mean, var = batch_statistics(c.x)
        agree(mean, c.mean)
        agree(var, c.var)
    for c in cases("introduction", "normalize"):
        agree(normalize(c.x, c.eps), c.x_hat)


def test_a_row_leaves_pytorch_s_statistics():
    """What is left of the recorded mean and variance of x, each row leaving by itself: no fixture of its own."""
    for c in cases("introduction", "batch_statistics"):
        if len(c.x) == 2:
            continue  # the variance that is left is 0, and rounding is all that could be compared
        for k, row in enumerate(c.x):
            rest = np.delete(c.x, k, axis=0)
            mean, var = leave_one_out(row, c.mean, c.var, len(c.x))
            agree(mean, rest.mean(axis=0))
            agree(var, rest.var(axis=0))


def test_batch_norm_in_training():
    for c in cases("transform", "batchnorm_forward"):
        agree(batchnorm_forward(c.x, c.gamma, c.beta, c.eps)[0], c.y)
    for c in cases("transform", "batchnorm2d_forward"):
        agree(batchnorm2d_forward(c.x, c.gamma, c.beta, c.eps), c.y)
    for c in cases("transform", "linear_bn_relu"):
        agree(linear_bn_relu(c.x, c.W, c.gamma, c.beta, c.eps), c.y)


def test_a_change_of_units_leaves_pytorch_s_output():
    """The recorded y of x comes from z = a * x + c, with other parameters: so this needs no fixture of its own."""
    for c in cases("transform", "batchnorm_forward"):
        d = c.gamma.size
        a, shift = np.resize([2.5, -0.3, -7.0, 0.5], d), np.resize([10.0, -4.0, 0.0], d)
        y, _ = batchnorm_forward(a * c.x + shift, *change_units(c.gamma, c.beta, c.eps, a, shift))
        agree(y, c.y)


def test_gradients_in_training():
    for c in cases("backprop", "batchnorm_backward"):
        y, cache_ = batchnorm_forward(c.x, c.gamma, c.beta, c.eps)
        agree(y, c.y)
        for mine, theirs in zip(batchnorm_backward(c.dy, cache_), (c.dx, c.dgamma, c.dbeta), strict=True):
            agree(mine, theirs)
        for mine, theirs in zip(parameter_gradients(c.dy, cache_[0]), (c.dgamma, c.dbeta), strict=True):
            agree(mine, theirs)


def test_a_gradient_of_pytorch_s_has_both_paths_in_full():
    """The recorded gradients of training, and beside them what PyTorch gives where the statistics are constants."""
    for c in cases("backprop", "batchnorm_backward"):
        _, cache_ = batchnorm_forward(c.x, c.gamma, c.beta, c.eps)
        for weight in path_weights(c.dx, c.dy, cache_):
            np.testing.assert_allclose(weight, 1, rtol=1e-8)
    for c in cases("inference", "BatchNorm1d"):  # in evaluation, dx = gamma * inv_std * dy
        scale = c.many_dx / c.many_dy
        x_hat = batchnorm_forward(c.many_x, c.gamma, c.beta, c.eps)[1][0]
        for weight in path_weights(c.many_dx, c.many_dy, (x_hat, c.gamma, scale[0] / c.gamma)):
            np.testing.assert_allclose(weight, 0, atol=1e-8)


def test_gradients_of_images():
    for c in cases("backprop", "batchnorm2d_backward"):
        N, C, H, W = c.x.shape
        rows = c.x.transpose(0, 2, 3, 1).reshape(-1, C)
        _, (x_hat, gamma, inv_std) = batchnorm_forward(rows, c.gamma, c.beta, c.eps)
        cache_ = (x_hat.reshape(N, H, W, C).transpose(0, 3, 1, 2), gamma, inv_std)
        for mine, theirs in zip(batchnorm2d_backward(c.dy, cache_), (c.dx, c.dgamma, c.dbeta), strict=True):
            agree(mine, theirs)


def test_gradients_of_the_statistics():
    for c in cases("backprop", "statistics_gradients"):
        dvar, dmean = statistics_gradients(c.dx_hat, c.x, c.mean, c.var, c.eps)
        agree(dvar, c.dvar)
        agree(dmean, c.dmean)


def test_the_tool_that_checks_gradients_finds_those_of_pytorch():
    for c in cases("backprop", "batchnorm_backward"):

        def f(x, c=c):
            return batchnorm_forward(x, c.gamma, c.beta, c.eps)[0]

        agree(numerical_gradient(f, c.x, c.dy), c.dx, rtol=1e-4)  # the last feature has a spread of 0.02
        assert gradient_error(f, c.x, c.dy, c.dx) < 1e-2  # the largest relative one, tiny entries included
        assert gradient_error(f, c.x, c.dy, -c.dx) > 0.9


# ------------------------------------------------------------------ evaluation


def test_a_layer_with_its_buffers_after_several_steps():
    for c in cases("inference", "BatchNorm1d"):
        layer = BatchNorm1d(len(c.gamma), eps=c.eps, momentum=c.momentum)
        layer.gamma, layer.beta = c.gamma, c.beta
        for step in range(4):
            agree(layer(getattr(c, f"x{step}")), getattr(c, f"y{step}"))
            agree(layer.running_mean, getattr(c, f"running_mean{step}"))
            agree(layer.running_var, getattr(c, f"running_var{step}"))
        layer.eval()
        agree(layer(c.many_x), c.many_y)
        agree(layer(c.one_x), c.one_y)


def test_evaluation_and_its_gradients():
    for c in cases("inference", "BatchNorm1d"):
        statistics = c.running_mean3, c.running_var3
        for x, y, dy, *gradients in (
            (c.many_x, c.many_y, c.many_dy, c.many_dx, c.many_dgamma, c.many_dbeta),
            (c.one_x, c.one_y, c.one_dy, c.one_dx, c.one_dgamma, c.one_dbeta),
        ):
            agree(batchnorm_inference(x, c.gamma, c.beta, *statistics, c.eps), y)
            found = batchnorm_inference_backward(dy, x, c.gamma, *statistics, c.eps)
            for mine, theirs in zip(found, gradients, strict=True):
                agree(mine, theirs)


def test_running_statistics_of_images():
    [c] = [c for c in cases("inference", "update_running_statistics") if hasattr(c, "momentum")]
    running = np.zeros(3), np.ones(3)
    for step in range(2):
        x = getattr(c, f"x{step}")
        rows = x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])  # each position of each image is an example
        running = update_running_statistics(*running, rows, c.momentum)
        agree(running[0], getattr(c, f"running_mean{step}"))
        agree(running[1], getattr(c, f"running_var{step}"))


def test_population_statistics():
    for c in cases("inference", "population_statistics"):
        mean, var = population_statistics([c.batch0, c.batch1, c.batch2])
        agree(mean, c.mean)
        agree(var, c.var, rtol=1e-9)  # one of the cases has a mean of a million


def merged(parts):
    """The statistics of the rows of all parts, from those of each; NaN for a part without rows."""
    nothing = np.full(parts[0].shape[1], np.nan)
    means = [part.mean(axis=0) if len(part) else nothing for part in parts]
    variances = [part.var(axis=0) if len(part) else nothing for part in parts]
    return merge_statistics(np.array([len(part) for part in parts]), np.array(means), np.array(variances))


def test_merged_parts_have_pytorch_s_statistics_of_the_whole():
    """What is recorded of all rows, from four devices of which one holds none: no fixtures of their own."""
    for c in cases("inference", "population_statistics"):
        mean, var = merged([c.batch0, c.batch1, c.batch2[:0], c.batch2])
        agree(mean, c.mean)
        agree(var, c.var, rtol=1e-9)  # one of the cases has a mean of a million
    for c in cases("transform", "batchnorm_forward"):
        mean, var = merged(np.split(c.x, [1, 1, 4]))
        agree(c.gamma * (c.x - mean) / np.sqrt(var + c.eps) + c.beta, c.y)


def test_folding():
    for c in cases("inference", "fold_into_linear"):
        W, b = fold_into_linear(c.W, c.b, c.gamma, c.beta, c.running_mean, c.running_var, c.eps)
        agree(W, c.new_W)
        agree(b, c.new_b)
    for c in cases("inference", "fold_into_conv"):
        kernel, b = fold_into_conv(c.kernel, c.b, c.gamma, c.beta, c.running_mean, c.running_var, c.eps)
        agree(kernel, c.new_kernel)
        agree(b, c.new_b)


def windows(framed, kernel):
    """The outputs of a convolution without padding, one after the other: images (C, H, W), kernel (O, C, kh, kw)."""
    kh, kw = kernel.shape[2:]
    H, W = framed.shape[1] - kh + 1, framed.shape[2] - kw + 1
    places = itertools.product(range(len(kernel)), range(H), range(W))
    return np.array([(kernel[o] * framed[:, i : i + kh, j : j + kw]).sum() for o, i, j in places]).reshape(-1, H, W)


def test_folding_into_the_next_convolution():
    """PyTorch has no such fold: what its layer gave in evaluation is recorded, and convolved here with zeros around."""
    for c in cases("inference", "BatchNorm1d"):
        d = c.gamma.size
        raw, normalized = (rows.T.reshape(d, 2, 2) for rows in (c.many_x, c.many_y))
        rng = np.random.default_rng(d)
        kernel, b = rng.normal(size=(5, d, 3, 2)), rng.normal(size=5)
        folded = fold_into_next_conv(kernel, b, c.gamma, c.beta, c.running_mean3, c.running_var3, c.eps)
        new_kernel, new_b, frame = folded
        framed = np.tile(frame[:, None, None], (1, 4, 4))
        framed[:, 1:-1, 1:-1] = raw
        zeros = np.pad(normalized, ((0, 0), (1, 1), (1, 1)))
        agree(windows(framed, new_kernel) + new_b[:, None, None], windows(zeros, kernel) + b[:, None, None], 1e-8)


# ------------------------------------------------------------------ the relatives


def test_layer_norm():
    for c in cases("recurrent", "layernorm"):
        y, cache_ = layernorm_forward(c.x, c.gamma, c.beta, c.eps)
        agree(y, c.y)
        for mine, theirs in zip(layernorm_backward(c.dy, cache_), (c.dx, c.dgamma, c.dbeta), strict=True):
            agree(mine, theirs)


def test_group_norm_and_instance_norm():
    for c in cases("tradeoffs", "groupnorm_forward"):
        agree(groupnorm_forward(c.x, c.gamma, c.beta, c.groups, c.eps), c.y)


def test_recurrent_networks():
    [c] = cases("recurrent", "bn_rnn_forward")
    agree(bn_rnn_forward(c.x, c.h0, c.Wx, c.Wh, c.gamma, c.beta, c.eps), c.h)
    [c] = cases("recurrent", "bn_lstm_step")
    h, cell = bn_lstm_step(c.x, c.h, c.c, c.Wx, c.Wh, c.b, c.gamma_x, c.gamma_h, c.gamma_c, c.beta_c, c.eps)
    agree(h, c.h_next)
    agree(cell, c.c_next)


def test_a_gradient_through_time():
    for c in cases("recurrent", "gradient_through_time"):
        for mine, theirs in zip(gradient_through_time(c.h, c.h0, c.Wh, c.dh), (c.da, c.dh0, c.dWh), strict=True):
            agree(mine, theirs)


def test_a_layer_for_each_time_step():
    [c] = cases("recurrent", "TimestepBatchNorm")
    layer = TimestepBatchNorm(len(c.gamma), 4, eps=c.eps, momentum=c.momentum)
    layer.gamma, layer.beta = c.gamma, c.beta
    for k in range(8):
        agree(layer(getattr(c, f"x{k}"), k % 4), getattr(c, f"y{k}"))
    layer.eval()
    for t in range(4):
        agree(layer(c.eval_x, t), c.eval_y[t])
    agree(layer.running_mean, c.running_mean)
    agree(layer.running_var, c.running_var)


def test_masked_statistics():
    [c] = cases("recurrent", "masked_batch_statistics")
    mean, var = masked_batch_statistics(c.x, c.mask)
    agree(mean, c.mean)
    agree(var, c.var)


def test_a_network_and_its_training():
    [c] = cases("project", "Network")
    net = Network(c.x.shape[1], len(c.gamma1), len(c.b3))
    net.params = {name: getattr(c, name) for name in net.params}
    loss, gradients = net.loss_and_gradients(c.x, c.y)
    agree(loss, c.loss)
    for name, gradient in gradients.items():
        agree(gradient, getattr(c, f"d{name}"))
    net = Network(c.x.shape[1], len(c.gamma1), len(c.b3))
    net.params = {name: getattr(c, name) for name in net.params}
    net.fit(c.x, c.y, epochs=5, lr=c.lr, batch_size=len(c.x))
    assert np.array_equal(net.predict(c.x), c.labels)


def test_columns_of_pytorch_s_weights_grow():
    """PyTorch's weights and gradients, and a step with them: no fixture of its own.

    Its layers have an epsilon of 1e-5, and the law is for an epsilon of 0: hence the tolerance.
    """
    [c] = cases("project", "Network")
    for W, dW in ((c.W1, c.dW1), (c.W2, c.dW2)):
        start, slopes = np.linalg.norm(W, axis=0), np.linalg.norm(dW, axis=0)
        for lr in (c.lr, 40.0):
            moved = W - lr * dW
            lengths = np.linalg.norm(moved, axis=0)
            norms, angles = weight_norms(start, slopes[None], lr)
            agree(norms, np.stack([start, lengths]), rtol=1e-4)
            agree(angles, np.arccos((W * moved).sum(axis=0) / (start * lengths))[None], rtol=1e-4)


def test_columns_grow_as_in_a_training():
    """The same over PyTorch's five steps, which `Network` repeats; the slopes are measured at the first lengths."""
    [c] = cases("project", "Network")
    net = Network(c.x.shape[1], len(c.gamma1), len(c.b3))
    net.params = {name: getattr(c, name) for name in net.params}
    start, lengths, slopes = np.linalg.norm(c.W1, axis=0), [], []
    for _ in range(5):
        now = net.params
        lengths.append(np.linalg.norm(now["W1"], axis=0))
        net.params = {**now, "W1": now["W1"] * start / lengths[-1]}
        slopes.append(np.linalg.norm(net.loss_and_gradients(c.x, c.y)[1]["W1"], axis=0))
        net.params = now
        gradients = net.loss_and_gradients(c.x, c.y)[1]
        net.params = {name: now[name] - c.lr * gradients[name] for name in now}
    lengths.append(np.linalg.norm(net.params["W1"], axis=0))
    agree(weight_norms(start, np.array(slopes), c.lr)[0], np.array(lengths), rtol=1e-4)


# ------------------------------------------------------------------ where this machine has PyTorch


def an_interpreter_with_pytorch():
    """TORCH_PYTHON where it is set, else this interpreter where it can import torch, else None."""
    return os.environ.get("TORCH_PYTHON") or (sys.executable if importlib.util.find_spec("torch") else None)


@pytest.mark.skipif(
    an_interpreter_with_pytorch() is None,
    reason="the one legitimate skip: the stored numbers can be made anew only where PyTorch is installed; "
    "set TORCH_PYTHON to an interpreter that has it",
)
def test_the_stored_numbers_are_what_pytorch_gives_here(tmp_path):
    command = [an_interpreter_with_pytorch(), str(HERE / "torch_fixtures.py"), str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    [made] = tmp_path.glob("torch-*")
    stored = {path.name for path in STORED.glob("*.npz")}
    assert {path.name for path in made.glob("*.npz")} == stored
    for name in stored:
        with np.load(made / name) as new, np.load(STORED / name) as old:
            assert set(new) == set(old)
            for part in set(old) - {"torch"}:
                agree(new[part], old[part], rtol=1e-9)


def test_the_files_are_small_and_say_their_version():
    files = list(STORED.glob("*.npz"))
    assert sum(path.stat().st_size for path in files) < 200_000
    for path in files:
        with np.load(path) as arrays:
            assert STORED.name == f"torch-{str(arrays['torch']).split('+')[0]}"


# ------------------------------------------------------------------ what the papers print


def drawn(rng, m=7, d=4):
    x = rng.normal(rng.uniform(-20, 20, d), rng.uniform(0.5, 5, d), (m, d))
    return x, rng.uniform(0.5, 3, d) * rng.choice([-1, 1], d), rng.normal(size=d), rng.normal(size=(m, d))


@pytest.mark.parametrize("seed", range(5))
def test_dx_is_orthogonal_to_ones_and_to_x_hat(seed):
    """Without epsilon, the gradient is a projection: of what is added to all rows, or scales them, nothing is left."""
    x, gamma, beta, dy = drawn(np.random.default_rng(seed))
    _, (x_hat, _, inv_std) = batchnorm_forward(x, gamma, beta, eps=0.0)
    dx, _, _ = batchnorm_backward(dy, (x_hat, gamma, inv_std))
    scale = np.abs(dx).max()
    assert np.abs(dx.sum(axis=0)).max() < 1e-12 * scale
    assert np.abs((dx * x_hat).sum(axis=0)).max() < 1e-12 * scale
    # As a projection it changes nothing the second time.
    again, _, _ = batchnorm_backward(dx / (gamma * inv_std), (x_hat, gamma, inv_std))
    agree(again, dx)


@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_what_epsilon_leaves_of_the_second_law(eps):
    """sum(dx * x_hat) = gamma * inv_std * eps / (var + eps) * sum(dy * x_hat), exactly."""
    x, gamma, beta, dy = drawn(np.random.default_rng(1))
    _, (x_hat, _, inv_std) = batchnorm_forward(x, gamma, beta, eps)
    dx, dgamma, _ = batchnorm_backward(dy, (x_hat, gamma, inv_std))
    assert np.abs(dx.sum(axis=0)).max() < 1e-12 * np.abs(dx).max()
    left = gamma * inv_std * eps * inv_std**2 * dgamma
    np.testing.assert_allclose((dx * x_hat).sum(axis=0), left, rtol=1e-9, atol=1e-12 * np.abs(dx).max())


@pytest.mark.parametrize("seed", range(5))
def test_santurkar_theorem_4_1_as_an_identity(seed):
    """Santurkar et al. 2018, Theorem 4.1, for a given upstream gradient, feature by feature:

    |dx|^2 = gamma^2 / var * (|dy|^2 - 1/m * (sum dy)^2 - 1/m * (sum dy * x_hat)^2).

    The theorem's inequality comes from comparing two networks; for one upstream gradient both sides are equal.
    """
    x, gamma, beta, dy = drawn(np.random.default_rng(seed))
    m = len(x)
    _, cache_ = batchnorm_forward(x, gamma, beta, eps=0.0)
    dx, dgamma, dbeta = batchnorm_backward(dy, cache_)
    right = gamma**2 / x.var(axis=0) * ((dy**2).sum(axis=0) - dbeta**2 / m - dgamma**2 / m)
    agree((dx**2).sum(axis=0), right)


@pytest.mark.parametrize("a", [0.01, -3.0, 50.0])
def test_ioffe_szegedy_3_3_the_scale_of_the_weights(a):
    """Ioffe & Szegedy 2015, section 3.3: BN((aW)u) = BN(Wu), the same gradient in u, and 1/a of it in aW."""
    rng = np.random.default_rng(3)
    u, gamma, beta, dy = drawn(rng)
    W = rng.normal(size=(4, 4))

    def layer(weights):
        y, cache_ = batchnorm_forward(u @ weights, np.sign(a) * gamma if weights is not W else gamma, beta, eps=0.0)
        dz, _, _ = batchnorm_backward(dy, cache_)
        return y, dz @ weights.T, u.T @ dz

    (y, du, dW), (y_a, du_a, dW_a) = layer(W), layer(a * W)  # a negative a turns x_hat round, and so gamma with it
    agree(y_a, y)
    agree(du_a, du)
    agree(dW_a, dW / a)
    assert np.abs((dW * W).sum(axis=0)).max() < 1e-11 * np.abs(dW).max() * np.abs(W).max()  # so it never shrinks W


def test_algorithm_2_over_every_batch_that_can_be_drawn():
    """Ioffe & Szegedy 2015, Algorithm 2, line 10: E[x] = E_B[mean_B], Var[x] = m/(m-1) * E_B[var_B].

    Averaged over all 5^3 batches of three that can be drawn from five rows this is no estimate: it is the
    population's mean and variance. Running statistics whose momentum is 1/k make that very average.
    """
    population, _, _, _ = drawn(np.random.default_rng(4), m=5)
    mean, var = population_statistics([population])
    batches = [population[list(rows)] for rows in itertools.product(range(5), repeat=3)]
    m = 3
    agree(np.mean([batch_statistics(x)[0] for x in batches], axis=0), mean)
    agree(m / (m - 1) * np.mean([batch_statistics(x)[1] for x in batches], axis=0), var)
    running = np.zeros(4), np.ones(4)
    for k, x in enumerate(batches, start=1):
        running = update_running_statistics(*running, x, momentum=1 / k)
    agree(running[0], mean)
    agree(running[1], var)


def test_algorithm_2_as_pytorch_has_it():
    """PyTorch's layer with momentum=None averages as Algorithm 2 does; the spread between the batches is left out."""
    [c] = [c for c in cases("inference", "update_running_statistics") if hasattr(c, "batches")]
    running = np.zeros(3), np.ones(3)
    for k, x in enumerate(c.batches, start=1):
        running = update_running_statistics(*running, x, momentum=1 / k)
    agree(running[0], c.running_mean)
    agree(running[1], c.running_var)
    m = c.batches.shape[1]
    mean, var = population_statistics(list(c.batches))
    agree(mean, c.running_mean)
    agree(var, c.running_var * (m - 1) / m + c.batches.mean(axis=1).var(axis=0))  # within, and between
