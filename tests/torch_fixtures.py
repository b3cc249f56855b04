"""Inputs and outputs of PyTorch, for the tests of the reference: an authority that nobody here wrote.

    python tests/torch_fixtures.py [FOLDER]

writes FOLDER/torch-VERSION/CHAPTER.npz (FOLDER is tests/fixtures unless told), some kilobytes each, float64 throughout.
It needs PyTorch and NumPy alone, so it can be run by another interpreter than the project's:

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/torch_fixtures.py

An array is filed as EXERCISE/CASE/NAME. `test_torch.py` reads the files and needs no PyTorch.
"""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (everybody calls it F)
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_weights, fuse_linear_bn_weights

Cases = Iterator[tuple[str, dict]]  # EXERCISE/CASE, and its arrays by name

CHAPTERS: list[Callable[[np.random.Generator], Cases]] = []


def chapter(function: Callable[[np.random.Generator], Cases]) -> Callable[[np.random.Generator], Cases]:
    """The fixtures of the chapter that has this function's name."""
    CHAPTERS.append(function)
    return function


def tensor(array: np.ndarray, grad: bool = False) -> torch.Tensor:
    return torch.tensor(array, dtype=torch.float64, requires_grad=grad)


def batch(rng: np.random.Generator, *shape: int, features: int = -1) -> np.ndarray:
    """Numbers whose features have means far from 0 and spreads far from 1, each its own; the last a tiny spread."""
    d = shape[features]
    along = [1] * len(shape)
    along[features] = d
    spread = rng.uniform(0.5, 6, d)
    spread[-1] = 0.02
    return rng.normal(size=shape) * spread.reshape(along) + rng.uniform(-30, 30, d).reshape(along)


def affine(rng: np.random.Generator, d: int) -> tuple[np.ndarray, np.ndarray]:
    """gamma and beta of both signs."""
    return rng.uniform(0.5, 3, d) * rng.choice([-1, 1], d), rng.uniform(-4, 4, d)


def layer(kind: type, gamma: np.ndarray, beta: np.ndarray, **options: float | None) -> nn.Module:
    """A normalization layer of PyTorch's in float64 with this scale and shift."""
    made = kind(len(gamma), **options).double()
    with torch.no_grad():
        made.weight.copy_(tensor(gamma))
        made.bias.copy_(tensor(beta))
    return made


def through(made: nn.Module, x: np.ndarray, dy: np.ndarray) -> dict:
    """The output of a layer for x, and its gradients for the upstream gradient dy."""
    made.zero_grad()
    given = tensor(x, grad=True)
    y = made(given)
    y.backward(tensor(dy))
    return {"y": y, "dx": given.grad, "dgamma": made.weight.grad, "dbeta": made.bias.grad}


@chapter
def introduction(rng: np.random.Generator) -> Cases:
    for k, (m, d, eps) in enumerate([(5, 3, 1e-5), (2, 4, 1e-3), (40, 2, 0.5)]):
        x = batch(rng, m, d)
        var, mean = torch.var_mean(tensor(x), dim=0, correction=0)
        yield f"batch_statistics/{k}", {"x": x, "mean": mean, "var": var}
        x_hat = F.batch_norm(tensor(x), None, None, training=True, eps=eps)
        yield f"normalize/{k}", {"x": x, "eps": eps, "x_hat": x_hat}


@chapter
def transform(rng: np.random.Generator) -> Cases:
    for k, (m, d, eps) in enumerate([(6, 3, 1e-5), (2, 5, 1e-5), (9, 4, 0.1)]):
        x, (gamma, beta) = batch(rng, m, d), affine(rng, d)
        y = layer(nn.BatchNorm1d, gamma, beta, eps=eps)(tensor(x))
        yield f"batchnorm_forward/{k}", {"x": x, "gamma": gamma, "beta": beta, "eps": eps, "y": y}
    for k, (shape, eps) in enumerate([((3, 4, 2, 5), 1e-5), ((2, 3, 4, 3), 0.1), ((1, 2, 3, 3), 1e-5)]):
        x, (gamma, beta) = batch(rng, *shape, features=1), affine(rng, shape[1])
        y = layer(nn.BatchNorm2d, gamma, beta, eps=eps)(tensor(x))
        yield f"batchnorm2d_forward/{k}", {"x": x, "gamma": gamma, "beta": beta, "eps": eps, "y": y}
    for k, (m, d_in, d_out, eps) in enumerate([(7, 3, 5, 1e-5), (4, 4, 2, 0.3), (5, 3, 3, 0.1)]):
        x, (gamma, beta) = batch(rng, m, d_in), affine(rng, d_out)
        linear = nn.Linear(d_in, d_out, bias=False).double()
        with torch.no_grad():
            linear.weight.copy_(tensor(rng.normal(size=(d_out, d_in))))
        y = nn.Sequential(linear, layer(nn.BatchNorm1d, gamma, beta, eps=eps), nn.ReLU())(tensor(x))
        given = {"x": x, "W": linear.weight.T, "gamma": gamma, "beta": beta, "eps": eps}
        yield f"linear_bn_relu/{k}", {**given, "y": y}


@chapter
def backprop(rng: np.random.Generator) -> Cases:
    for k, (m, d, eps) in enumerate([(6, 3, 1e-5), (3, 5, 1e-3), (12, 4, 0.7)]):
        x, (gamma, beta), dy = batch(rng, m, d), affine(rng, d), rng.normal(size=(m, d))
        given = {"x": x, "gamma": gamma, "beta": beta, "eps": eps, "dy": dy}
        yield f"batchnorm_backward/{k}", {**given, **through(layer(nn.BatchNorm1d, gamma, beta, eps=eps), x, dy)}
    for k, (shape, eps) in enumerate([((3, 4, 2, 5), 1e-5), ((2, 3, 4, 3), 0.1)]):
        x, (gamma, beta), dy = batch(rng, *shape, features=1), affine(rng, shape[1]), rng.normal(size=shape)
        given = {"x": x, "gamma": gamma, "beta": beta, "eps": eps, "dy": dy}
        yield f"batchnorm2d_backward/{k}", {**given, **through(layer(nn.BatchNorm2d, gamma, beta, eps=eps), x, dy)}
    for k, (m, d, eps, off) in enumerate([(6, 3, 1e-5, 0.0), (5, 4, 0.2, 2.5)]):
        x, dx_hat = batch(rng, m, d), rng.normal(size=(m, d))
        mean = tensor(x.mean(axis=0) + off, grad=True)  # with an offset it is not the batch's own
        var = ((tensor(x) - mean) ** 2).mean(dim=0)
        var.retain_grad()
        ((tensor(x) - mean) / torch.sqrt(var + eps)).backward(tensor(dx_hat))
        given = {"dx_hat": dx_hat, "x": x, "mean": mean, "var": var, "eps": eps}
        yield f"statistics_gradients/{k}", {**given, "dvar": var.grad, "dmean": mean.grad}


@chapter
def inference(rng: np.random.Generator) -> Cases:
    for k, (d, momentum, eps) in enumerate([(3, 0.1, 1e-5), (4, 0.3, 0.2)]):
        gamma, beta = affine(rng, d)
        made = layer(nn.BatchNorm1d, gamma, beta, momentum=momentum, eps=eps)
        case: dict = {"gamma": gamma, "beta": beta, "momentum": momentum, "eps": eps}
        for step, m in enumerate([5, 2, 8, 3]):
            x = batch(rng, m, d)
            y = made(tensor(x))
            buffers = {"running_mean": made.running_mean.clone(), "running_var": made.running_var.clone()}
            case |= {f"{name}{step}": value for name, value in {"x": x, "y": y, **buffers}.items()}
        made.eval()
        for name, m in (("many", 4), ("one", 1)):
            x, dy = batch(rng, m, d), rng.normal(size=(m, d))
            out = {"x": x, "dy": dy, **through(made, x, dy)}
            case |= {f"{name}_{part}": value for part, value in out.items()}
        yield f"BatchNorm1d/{k}", case
    images = nn.BatchNorm2d(3, momentum=0.2).double()
    case = {"momentum": 0.2}
    for step, shape in enumerate([(2, 3, 4, 2), (1, 3, 2, 5)]):
        case[f"x{step}"] = batch(rng, *shape, features=1)
        images(tensor(case[f"x{step}"]))
        case |= {f"running_mean{step}": images.running_mean.clone(), f"running_var{step}": images.running_var.clone()}
    yield "update_running_statistics/images", case
    average = nn.BatchNorm1d(3, momentum=None).double()  # a plain average: Algorithm 2
    batches = rng.permutation(batch(rng, 20, 3)).reshape(5, 4, 3)
    for x in batches:
        average(tensor(x))
    found = {"running_mean": average.running_mean, "running_var": average.running_var}
    yield "update_running_statistics/average", {"batches": batches, **found}
    for k, (sizes, offset) in enumerate([((4, 1, 7), 0.0), ((4, 1, 7), 1e6), ((5, 5, 5), 0.0)]):
        parts = [batch(rng, m, 3) + offset for m in sizes]
        var, mean = torch.var_mean(tensor(np.concatenate(parts)), dim=0, correction=0)
        given = {f"batch{j}": x for j, x in enumerate(parts)}
        yield f"population_statistics/{k}", {**given, "mean": mean, "var": var}
    for k, (d_in, d_out, eps) in enumerate([(3, 5, 1e-5), (4, 2, 0.1), (3, 3, 1e-5)]):
        W, b, (gamma, beta) = rng.normal(size=(d_in, d_out)), rng.normal(size=d_out), affine(rng, d_out)
        mean, var = rng.normal(size=d_out), rng.uniform(1e-4, 9, d_out)
        kernel = rng.normal(size=(d_out, d_in, 2, 3))
        given = {"b": b, "gamma": gamma, "beta": beta, "running_mean": mean, "running_var": var, "eps": eps}
        # PyTorch's order: weight and bias, running mean and variance, eps, scale and shift.
        vectors = (tensor(b), tensor(mean), tensor(var), eps, tensor(gamma), tensor(beta))
        weight, bias = fuse_linear_bn_weights(tensor(W.T.copy()), *vectors)
        yield f"fold_into_linear/{k}", {"W": W, **given, "new_W": weight.T, "new_b": bias}
        weight, bias = fuse_conv_bn_weights(tensor(kernel), *vectors)
        yield f"fold_into_conv/{k}", {"kernel": kernel, **given, "new_kernel": weight, "new_b": bias}


@chapter
def recurrent(rng: np.random.Generator) -> Cases:
    for k, (m, d, eps) in enumerate([(4, 6, 1e-5), (3, 2, 1e-3), (1, 5, 0.4), (4, 4, 1e-5)]):
        x, (gamma, beta), dy = batch(rng, m, d), affine(rng, d), rng.normal(size=(m, d))
        given = {"x": x, "gamma": gamma, "beta": beta, "eps": eps, "dy": dy}
        yield f"layernorm/{k}", {**given, **through(layer(nn.LayerNorm, gamma, beta, eps=eps), x, dy)}

    def bn(u: torch.Tensor, scale: np.ndarray, shift: np.ndarray | None, eps: float) -> torch.Tensor:
        bias = None if shift is None else tensor(shift)
        return F.batch_norm(u, None, None, tensor(scale), bias, training=True, eps=eps)

    # No layer of PyTorch's does these two: the wiring is ours, the parts are PyTorch's.
    T, m, d, n, eps = 4, 5, 3, 2, 1e-3
    x, h0 = rng.normal(2, 3, (T, m, d)), rng.normal(size=(m, n))
    Wx, Wh, (gamma, beta) = rng.normal(size=(d, n)), rng.normal(size=(n, n)), affine(rng, n)
    states = [tensor(h0)]
    for t in range(T):
        states.append(torch.tanh(bn(tensor(x[t] @ Wx), gamma, beta, eps) + states[-1] @ tensor(Wh)))
    given = {"x": x, "h0": h0, "Wx": Wx, "Wh": Wh, "gamma": gamma, "beta": beta, "eps": eps}
    yield "bn_rnn_forward/0", {**given, "h": torch.stack(states[1:])}
    x, h, c = rng.normal(2, 3, (m, d)), rng.normal(size=(m, n)), rng.normal(size=(m, n))
    Wx, Wh, b = rng.normal(size=(d, 4 * n)), rng.normal(size=(n, 4 * n)), rng.normal(size=4 * n)
    (gamma_x, _), (gamma_h, _), (gamma_c, beta_c) = affine(rng, 4 * n), affine(rng, 4 * n), affine(rng, n)
    gates = bn(tensor(x @ Wx), gamma_x, None, eps) + bn(tensor(h @ Wh), gamma_h, None, eps) + tensor(b)
    f, i, o, g = gates.chunk(4, dim=1)
    c_next = torch.sigmoid(f) * tensor(c) + torch.sigmoid(i) * torch.tanh(g)
    h_next = torch.sigmoid(o) * torch.tanh(bn(c_next, gamma_c, beta_c, eps))
    given = {"x": x, "h": h, "c": c, "Wx": Wx, "Wh": Wh, "b": b, "gamma_x": gamma_x, "gamma_h": gamma_h}
    given |= {"gamma_c": gamma_c, "beta_c": beta_c, "eps": eps}
    yield "bn_lstm_step/0", {**given, "h_next": h_next, "c_next": c_next}

    gamma, beta = affine(rng, d)
    steps = [layer(nn.BatchNorm1d, gamma, beta, momentum=0.3, eps=0.1) for _ in range(4)]  # one for each time step
    case: dict = {"gamma": gamma, "beta": beta, "momentum": 0.3, "eps": 0.1}
    for k in range(8):
        case[f"x{k}"] = batch(rng, 4 + k, d)
        case[f"y{k}"] = steps[k % 4](tensor(case[f"x{k}"]))
    case["running_mean"] = torch.stack([step.running_mean for step in steps])
    case["running_var"] = torch.stack([step.running_var for step in steps])
    case["eval_x"] = batch(rng, 3, d)
    case["eval_y"] = torch.stack([step.eval()(tensor(case["eval_x"])) for step in steps])
    yield "TimestepBatchNorm/0", case
    x, mask = batch(rng, 5, 4, 3), rng.random((5, 4)) < 0.6
    var, mean = torch.var_mean(tensor(x)[torch.tensor(mask)], dim=0, correction=0)
    yield "masked_batch_statistics/0", {"x": x, "mask": mask, "mean": mean, "var": var}
    for k, (T, m, n) in enumerate([(5, 3, 4), (1, 2, 3)]):
        a, h0, Wh = rng.normal(size=(T, m, n)), rng.normal(size=(m, n)), rng.normal(size=(n, n))
        dh, net = rng.normal(size=(T, m, n)), nn.RNN(n, n, bias=False).double()
        with torch.no_grad():
            net.weight_ih_l0.copy_(torch.eye(n))  # a itself comes in
            net.weight_hh_l0.copy_(tensor(Wh.T.copy()))  # PyTorch multiplies from the left
        start = [tensor(a, grad=True), tensor(h0[None], grad=True)]
        h = net(*start)[0]
        h.backward(tensor(dh))
        given = {"h": h, "h0": h0, "Wh": Wh, "dh": dh}
        found = {"da": start[0].grad, "dh0": start[1].grad[0], "dWh": net.weight_hh_l0.grad.T}
        yield f"gradient_through_time/{k}", {**given, **found}


@chapter
def tradeoffs(rng: np.random.Generator) -> Cases:
    shapes = [((3, 6, 2, 5), 2, 1e-5), ((2, 6, 3, 2), 3, 0.1), ((2, 4, 3, 5), 1, 1e-5), ((3, 4, 3, 2), 4, 1e-3)]
    for k, (shape, groups, eps) in enumerate(shapes):
        x, (gamma, beta) = batch(rng, *shape, features=1), affine(rng, shape[1])
        given = {"x": x, "gamma": gamma, "beta": beta, "groups": groups, "eps": eps}
        y = F.group_norm(tensor(x), groups, tensor(gamma), tensor(beta), eps)
        yield f"groupnorm_forward/{k}", {**given, "y": y}
    x, (gamma, beta) = batch(rng, 3, 4, 2, 5, features=1), affine(rng, 4)
    y = layer(nn.InstanceNorm2d, gamma, beta, affine=True)(tensor(x))
    yield "groupnorm_forward/instance", {"x": x, "gamma": gamma, "beta": beta, "groups": 4, "eps": 1e-5, "y": y}


@chapter
def project(rng: np.random.Generator) -> Cases:
    m, d, n, classes, lr = 24, 5, 6, 3, 0.4
    x, y = rng.normal(1, 2, (m, d)), rng.integers(0, classes, m)
    parts: list[nn.Module] = []
    params = {}
    for k, fan_in in ((1, d), (2, n)):
        W, (gamma, beta) = rng.normal(size=(fan_in, n)) / 2, affine(rng, n)
        params |= {f"W{k}": W, f"gamma{k}": gamma, f"beta{k}": beta}
        linear = nn.Linear(fan_in, n, bias=False).double()
        linear.weight.data = tensor(W.T.copy())
        parts += [linear, layer(nn.BatchNorm1d, gamma, beta), nn.ReLU()]
    params |= {"W3": rng.normal(size=(n, classes)) / 2, "b3": rng.normal(size=classes)}
    last = nn.Linear(n, classes).double()
    last.weight.data, last.bias.data = tensor(params["W3"].T.copy()), tensor(params["b3"])
    net = nn.Sequential(*parts, last)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    case: dict = {"x": x, "y": y, "lr": lr, **params}
    for epoch in range(5):  # all rows are one batch
        optimizer.zero_grad()
        loss = F.cross_entropy(net(tensor(x)), torch.tensor(y))
        loss.backward()
        if epoch == 0:
            case["loss"] = loss
            for name, value in zip(params, net.parameters(), strict=True):
                case[f"d{name}"] = value.grad.T.clone() if value.ndim == 2 else value.grad.clone()
        optimizer.step()
    case["labels"] = net.eval()(tensor(x)).argmax(dim=1)
    yield "Network/0", case


def plain(value: torch.Tensor | np.ndarray | float) -> np.ndarray:
    return value.detach().numpy() if isinstance(value, torch.Tensor) else np.asarray(value)


def write(folder: Path) -> Path:
    """Write all files into `folder/torch-VERSION`, which is returned."""
    torch.manual_seed(0)  # nothing is drawn by PyTorch but what is overwritten
    folder = folder / f"torch-{torch.__version__.split('+')[0]}"
    folder.mkdir(parents=True, exist_ok=True)
    for function in CHAPTERS:
        arrays = {"torch": np.asarray(torch.__version__)}
        for case, parts in function(np.random.default_rng(2015)):
            arrays |= {f"{case}/{name}": plain(value) for name, value in parts.items()}
        np.savez_compressed(folder / f"{function.__name__}.npz", **arrays)
    return folder


if __name__ == "__main__":
    made = write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "fixtures")
    for file in sorted(made.iterdir()):
        print(f"{file}  {file.stat().st_size / 1000:.1f} kB")
