"""The course's laboratory: what its experiments are made of, in NumPy.

One file, because readers download it from the lessons, read it from top to bottom and import it as it stands.

- Automatic differentiation: `Var`, the functions on it, `gradients`.
- Networks built from these: `mlp`, `train`, `accuracy`.
- Data: `made_up_batch`, `spirals`, `digits`.
- Repetition: `over_seeds`.
- Results: `table`, `dot_plot`.
- Figures: `use_course_style`, `moving_figure`, `slider`, `picture`.

In a lesson: `import sys; sys.path.insert(0, "..")`, then `import lab`.

Everything is `float64`. No function changes its arguments. A variance is the one with 1/m throughout, and
epsilon is added to the variance, inside the root.
"""

import base64
import html
import io
import itertools
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

# ---------------------------------------------------------------- automatic differentiation


class Var:
    """An array that remembers how it was computed.

    Parameters
    ----------
    value : array_like
        Its value, kept as float64.
    parents : sequence of (Var, function)
        What it was computed from. Each function takes the gradient with respect to this array and returns the
        part of the gradient with respect to that parent.
    """

    __array_ufunc__ = None  # so that `array * var` asks Var, not NumPy
    __slots__ = ("parents", "value")

    def __init__(self, value: Any, parents: Sequence[tuple["Var", Callable[[np.ndarray], np.ndarray]]] = ()) -> None:
        self.value = np.asarray(value, dtype=float)
        self.parents = tuple(parents)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def T(self) -> "Var":  # noqa: N802
        return transpose(self)

    def __repr__(self) -> str:
        return f"Var({self.value!r})"

    def __add__(self, other: Any) -> "Var":
        return add(self, other)

    def __mul__(self, other: Any) -> "Var":
        return mul(self, other)

    def __neg__(self) -> "Var":
        return mul(self, -1.0)

    def __sub__(self, other: Any) -> "Var":
        return add(self, mul(other, -1.0))

    def __rsub__(self, other: Any) -> "Var":
        return add(other, mul(self, -1.0))

    def __truediv__(self, other: Any) -> "Var":
        return mul(self, power(other, -1.0))

    def __rtruediv__(self, other: Any) -> "Var":
        return mul(other, power(self, -1.0))

    def __pow__(self, exponent: float) -> "Var":
        return power(self, exponent)

    def __matmul__(self, other: Any) -> "Var":
        return matmul(self, other)

    def __rmatmul__(self, other: Any) -> "Var":
        return matmul(other, self)

    def __getitem__(self, index: Any) -> "Var":
        return take(self, index)

    __radd__ = __add__
    __rmul__ = __mul__


def as_var(x: Any) -> Var:
    """`x` itself if it is a `Var`, otherwise a constant."""
    return x if isinstance(x, Var) else Var(x)


def _fit(gradient: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Sum a gradient over the axes along which its array was broadcast."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(i for i, size in enumerate(shape) if size == 1 and gradient.shape[i] != 1)
    return gradient.sum(axis=stretched, keepdims=True) if stretched else gradient


def add(a: Any, b: Any) -> Var:
    a, b = as_var(a), as_var(b)
    return Var(a.value + b.value, [(a, lambda g: _fit(g, a.shape)), (b, lambda g: _fit(g, b.shape))])


def mul(a: Any, b: Any) -> Var:
    a, b = as_var(a), as_var(b)
    return Var(
        a.value * b.value,
        [(a, lambda g: _fit(g * b.value, a.shape)), (b, lambda g: _fit(g * a.value, b.shape))],
    )


def matmul(a: Any, b: Any) -> Var:
    """The matrix product of two matrices."""
    a, b = as_var(a), as_var(b)
    return Var(a.value @ b.value, [(a, lambda g: g @ b.value.T), (b, lambda g: a.value.T @ g)])


def power(a: Any, exponent: float) -> Var:
    a = as_var(a)
    return Var(a.value**exponent, [(a, lambda g: g * exponent * a.value ** (exponent - 1))])


def sqrt(a: Any) -> Var:
    return power(a, 0.5)


def exp(a: Any) -> Var:
    a = as_var(a)
    value = np.exp(a.value)
    return Var(value, [(a, lambda g: g * value)])


def log(a: Any) -> Var:
    a = as_var(a)
    return Var(np.log(a.value), [(a, lambda g: g / a.value)])


def tanh(a: Any) -> Var:
    a = as_var(a)
    value = np.tanh(a.value)
    return Var(value, [(a, lambda g: g * (1 - value**2))])


def sigmoid(a: Any) -> Var:
    return 0.5 * (tanh(0.5 * as_var(a)) + 1.0)


def relu(a: Any) -> Var:
    a = as_var(a)
    return Var(np.maximum(a.value, 0.0), [(a, lambda g: g * (a.value > 0))])


def sum(a: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Var:
    a = as_var(a)
    kept = a.value.sum(axis=axis, keepdims=True)
    value = kept if keepdims else a.value.sum(axis=axis)
    return Var(value, [(a, lambda g: np.broadcast_to(np.reshape(g, kept.shape), a.shape))])


def mean(a: Any, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Var:
    a = as_var(a)
    total = sum(a, axis, keepdims)
    return total * (total.value.size / a.value.size)


def reshape(a: Any, shape: tuple[int, ...]) -> Var:
    a = as_var(a)
    return Var(a.value.reshape(shape), [(a, lambda g: g.reshape(a.shape))])


def transpose(a: Any, axes: Sequence[int] | None = None) -> Var:
    a = as_var(a)
    back = None if axes is None else np.argsort(axes)
    return Var(np.transpose(a.value, axes), [(a, lambda g: np.transpose(g, back))])


def take(a: Any, index: Any) -> Var:
    """`a[index]`, for anything NumPy takes as an index."""
    a = as_var(a)

    def back(g: np.ndarray) -> np.ndarray:
        whole = np.zeros(a.shape)
        np.add.at(whole, index, g)
        return whole

    return Var(a.value[index], [(a, back)])


def concatenate(parts: Sequence[Any], axis: int = 0) -> Var:
    parts = [as_var(part) for part in parts]
    ends = np.cumsum([part.shape[axis] for part in parts])

    def piece(i: int) -> Callable[[np.ndarray], np.ndarray]:
        rows = np.arange(ends[i] - parts[i].shape[axis], ends[i])
        return lambda g: np.take(g, rows, axis=axis)

    value = np.concatenate([part.value for part in parts], axis=axis)
    return Var(value, [(part, piece(i)) for i, part in enumerate(parts)])


def constant(a: Any) -> Var:
    """The value of `a` with its history cut: no gradient flows through it."""
    return Var(as_var(a).value)


def gradients(output: Var, inputs: Sequence[Var], upstream: Any = None) -> list[np.ndarray]:
    """Gradients of `sum(output * upstream)` with respect to each of `inputs`, by going backwards.

    Parameters
    ----------
    output : Var
        What is differentiated; a single number unless `upstream` is given.
    inputs : sequence of Var
        What it is differentiated with respect to.
    upstream : array_like, optional
        The gradient of the loss with respect to `output`, of its shape; 1 unless given.

    Returns
    -------
    list of ndarray
        One gradient per input, of its shape; zeros where the output does not depend on it.
    """
    order: list[Var] = []
    seen: set[int] = set()
    stack = [(output, False)]
    while stack:  # parents before children
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((parent, False) for parent, _ in node.parents)
    start = np.ones(output.shape) if upstream is None else np.broadcast_to(upstream, output.shape)
    found: dict[int, np.ndarray] = {id(output): start}
    for node in reversed(order):
        gradient = found.get(id(node))
        if gradient is None:
            continue
        for parent, back in node.parents:
            part = back(gradient)
            found[id(parent)] = found[id(parent)] + part if id(parent) in found else part
    return [np.array(found.get(id(x), np.zeros(x.shape))) for x in inputs]


# ---------------------------------------------------------------- networks

#: The axes of a (batch, features) array over which each normalization takes its statistics.
NORM_AXES = {"batch": 0, "layer": 1}


def standardized(x: Any, axes: int | tuple[int, ...], eps: float = 1e-5) -> Var:
    """`x` with its mean over `axes` taken away and its spread over `axes` made 1.

    Batch, layer, instance and group normalization differ in `axes` (and in a reshape before and after), and
    in nothing else. Gradients flow through the statistics.
    """
    centred = x - mean(x, axes, keepdims=True)
    return centred * power(mean(centred * centred, axes, keepdims=True) + eps, -0.5)


def cross_entropy(logits: Any, labels: np.ndarray) -> Var:
    """The mean over the batch of -log of the probability that softmax gives to the right label."""
    logits = as_var(logits)
    shifted = logits - logits.value.max(axis=1, keepdims=True)
    right = take(shifted, (np.arange(len(labels)), labels))
    return mean(log(sum(exp(shifted), axis=1)) - right)


class Network(NamedTuple):
    """A multilayer perceptron: the parameters it starts with, and its function from these and a batch."""

    params: dict[str, np.ndarray]
    logits: Callable[..., Var]


def mlp(
    sizes: Sequence[int],
    *,
    norm: str | Callable[[Var], Var] | None = None,
    norm_after: bool = False,
    activation: Callable[[Any], Var] = relu,
    bias: bool = True,
    scale: float = 1.0,
    eps: float = 1e-5,
    seed: int = 0,
) -> Network:
    """Linear layers with an activation between them, each hidden one normalized if you like.

    Parameters
    ----------
    sizes : sequence of int
        The width of the input, of each hidden layer and of the output.
    norm : {"batch", "layer"}, function of a Var (m, d), or None
        The normalization between a hidden layer's linear map and its activation; scale and shift follow it.
    norm_after : bool
        Put it behind the activation instead.
    activation : function of a Var
    bias : bool
        Whether hidden linear maps have a bias. The last one always has.
    scale : float
        Factor on He's initialization, whose standard deviation is sqrt(2 / inputs).
    eps : float
    seed : int

    Returns
    -------
    Network
        `params` holds `W1`, `b1`, `gamma1`, `beta1`, `W2`, ... (those that exist). `logits(params, x)` takes
        arrays or Vars and returns a Var; `logits(params, x, watch=list)` also appends what enters each
        activation. Batch normalization takes its statistics from the `x` that it is given.
    """
    rng = np.random.default_rng(seed)
    last = len(sizes) - 1
    params: dict[str, np.ndarray] = {}
    for i, (inputs, outputs) in enumerate(itertools.pairwise(sizes), start=1):
        params[f"W{i}"] = rng.normal(size=(inputs, outputs)) * scale * np.sqrt(2 / inputs)
        if bias or i == last:
            params[f"b{i}"] = np.zeros(outputs)
        if norm and i < last:
            params[f"gamma{i}"] = np.ones(outputs)
            params[f"beta{i}"] = np.zeros(outputs)

    def normalized(h: Var, p: dict[str, Any], i: int) -> Var:
        h = norm(h) if callable(norm) else standardized(h, NORM_AXES[norm], eps)
        return h * p[f"gamma{i}"] + p[f"beta{i}"]

    def logits(p: dict[str, Any], x: Any, watch: list[np.ndarray] | None = None) -> Var:
        h = as_var(x)
        for i in range(1, last + 1):
            h = h @ p[f"W{i}"]
            if f"b{i}" in p:
                h = h + p[f"b{i}"]
            if i == last:
                break
            if norm and not norm_after:
                h = normalized(h, p, i)
            if watch is not None:
                watch.append(h.value)
            h = activation(h)
            if norm and norm_after:
                h = normalized(h, p, i)
        return h

    return Network(params, logits)


def loss_and_gradients(
    network: Network, params: dict[str, np.ndarray], x: np.ndarray, labels: np.ndarray
) -> tuple[float, dict[str, np.ndarray]]:
    """The cross-entropy of a batch and its gradients, in a dict with the keys of `params`."""
    leaves = {name: Var(value) for name, value in params.items()}
    loss = cross_entropy(network.logits(leaves, x), labels)
    found = gradients(loss, list(leaves.values()))
    return float(loss.value), dict(zip(leaves, found, strict=True))


class Training(NamedTuple):
    """What `train` gives back: the parameters it ended with and the loss of every step."""

    params: dict[str, np.ndarray]
    losses: np.ndarray


def train(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    *,
    lr: float,
    steps: int,
    batch_size: int,
    weight_decay: float = 0.0,
    seed: int = 0,
    watch: Callable[[int, dict[str, np.ndarray]], None] | None = None,
) -> Training:
    """Stochastic gradient descent; each epoch takes the rows in a new order, without a last partial batch.

    `watch(step, params)` is called before each step. A loss that is no longer finite stays so to the end: the
    run has diverged, and its remaining losses are infinite.
    """
    rng = np.random.default_rng(seed)
    params = dict(network.params)
    losses = np.full(steps, np.inf)
    order = np.array([], dtype=int)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for step in range(steps):
            if len(order) < batch_size:
                order = rng.permutation(len(x))
            rows, order = order[:batch_size], order[batch_size:]
            if watch is not None:
                watch(step, params)
            losses[step], found = loss_and_gradients(network, params, x[rows], labels[rows])
            if not np.isfinite(losses[step]):
                losses[step] = np.inf
                break
            params = {k: p - lr * (found[k] + weight_decay * p) for k, p in params.items()}
    return Training(params, losses)


def accuracy(network: Network, params: dict[str, np.ndarray], x: np.ndarray, labels: np.ndarray) -> float:
    """The share of right labels, all rows of `x` being one batch."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return float(np.mean(network.logits(params, x).value.argmax(axis=1) == labels))


# ---------------------------------------------------------------- data


def made_up_batch(m: int, d: int, seed: int = 0) -> np.ndarray:
    """A batch (m, d) of features that differ in mean and scale, are correlated, and every second one skewed.

    Feature j has a mean near 5 * (j + 1) * (-1)**j and a standard deviation near (j + 1).
    """
    rng = np.random.default_rng(seed)
    j = np.arange(d)
    shared = rng.normal(size=(m, 1))
    own = rng.normal(size=(m, d))
    own[:, 1::2] = rng.exponential(size=(m, d // 2)) - 1.0
    return 5.0 * (j + 1) * (-1.0) ** j + (j + 1) * (0.6 * shared + 0.8 * own)


def spirals(m: int, classes: int = 3, noise: float = 0.15, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Points on `classes` interleaved spirals in the plane: `x (m, 2)` and `labels (m,)`."""
    rng = np.random.default_rng(seed)
    labels = np.arange(m) % classes
    radius = rng.uniform(0.1, 1.0, size=m)
    angle = 4.0 * radius + 2 * np.pi * labels / classes + noise * rng.normal(size=m)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), labels


class Split(NamedTuple):
    """Data to train with and data held out."""

    x: np.ndarray
    labels: np.ndarray
    x_kept: np.ndarray
    labels_kept: np.ndarray


def digits(seed: int = 0, kept: int = 397) -> Split:
    """The 1,797 handwritten digits of scikit-learn, 8 by 8 pixels scaled to 0..1, in a random split."""
    from sklearn.datasets import load_digits  # the one thing here that needs scikit-learn

    x, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, labels = x[order] / 16.0, labels[order]
    return Split(x[kept:], labels[kept:], x[:kept], labels[:kept])


# ---------------------------------------------------------------- repetition


class Spread(NamedTuple):
    """One result per seed, with their mean and standard deviation (1/(n-1)) over the seeds."""

    values: np.ndarray
    mean: np.ndarray
    std: np.ndarray

    def __str__(self) -> str:
        if self.values.ndim > 1:
            return f"{len(self.values)} seeds of shape {self.values.shape[1:]}"
        return f"{plus_minus(self.mean, self.std)} ({len(self.values)} seeds)"


def plus_minus(mean: float, std: float) -> str:
    """`"0.110 ± 0.002"`: the spread with one digit, and the mean rounded to the place of that digit.

    Where the spread is 0 or nothing but rounding, the mean has three digits.
    """
    if not 1e-9 * abs(mean) < std < np.inf:
        return f"{mean:.3g} ± {std:.1g}"
    spread = Decimal(f"{std:.0e}")
    rounded = Decimal(float(mean)).quantize(spread)
    form = "f" if 1e-4 <= max(abs(rounded), spread) < 1e6 else "e"
    return f"{rounded:{form}} ± {spread:{form}}"


def over_seeds(f: Callable[[int], Any], seeds: Iterable[int] = range(5)) -> Spread:
    """Run `f(seed)` for each seed; the results, numbers or arrays of one shape, with mean and spread."""
    values = np.array([f(seed) for seed in seeds], dtype=float)
    if len(values) < 2:
        raise ValueError(f"a spread needs two seeds or more, got {len(values)}")
    return Spread(values, values.mean(axis=0), values.std(axis=0, ddof=1))


# ---------------------------------------------------------------- results


class Table:
    """A table for the page; in a terminal its rows stand line by line."""

    def __init__(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], caption: str, marked: Collection[tuple[int, int]]
    ) -> None:
        self.head = head
        self.rows = rows
        self.caption = caption
        self.marked = marked

    def __repr__(self) -> str:
        return "\n".join(" | ".join(row) for row in (self.head, *self.rows))

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{_markup(text)}</th>' for text in self.head)
        rows = []
        for i, row in enumerate(self.rows):
            cells = [f'<th scope="row">{_markup(row[0])}</th>']
            for j, text in enumerate(row[1:], start=1):
                kind = ' class="marked"' if (i, j) in self.marked else ""
                cells.append(f"<td{kind}>{_markup(text)}</td>")
            rows.append(f"<tr>{''.join(cells)}</tr>")
        return (
            f'<table class="table course-table"><caption>{_markup(self.caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )


def _markup(text: str) -> str:
    """A text as HTML, with `$...$` as the formula that the site typesets and `` `...` `` as code."""
    text = html.escape(text, quote=False)
    text = re.sub(r"\$([^$]+)\$", r'<span class="math notranslate nohighlight">\\(\1\\)</span>', text)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", text)


def table(
    head: Sequence[str], rows: Sequence[Sequence[Any]], *, caption: str, marked: Collection[tuple[int, int]] = ()
) -> Table:
    """A table of results, as the last value of a cell.

    Parameters
    ----------
    head : sequence of str
        The headings of the columns. `$...$` in any text is a formula, and `` `...` `` is code.
    rows : sequence of sequences
        The first entry of a row is its heading. Numbers stand as `str` writes them: format them first.
    caption : str
        What the numbers are; seeds; spread.
    marked : collection of (int, int)
        Row and column, from 0, of the entries that decide the matter.

    Raises
    ------
    ValueError
        If a row is not as long as the head, or if nothing stands at a marked place.
    """
    for i, row in enumerate(rows):
        if len(row) != len(head):
            raise ValueError(f"row {i} has {len(row)} entries, the head {len(head)}")
    if wrong := [place for place in marked if not (0 <= place[0] < len(rows) and 1 <= place[1] < len(head))]:
        raise ValueError(f"nothing to mark at {wrong[0]} in {len(rows)} rows and {len(head)} columns")
    return Table(list(head), [[str(entry) for entry in row] for row in rows], caption, set(marked))


def dot_plot(values: Mapping[str, Any], *, xlabel: str, ax: Any = None) -> Any:
    """One line for each name: a dot for each seed's number, and a bar at their mean.

    Parameters
    ----------
    values : mapping
        Name to numbers, one a seed, of shape (n,); a `Spread` counts as its values.
    xlabel : str
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless given.

    Returns
    -------
    matplotlib Axes
    """
    import matplotlib.pyplot as plt

    if ax is None:
        _, ax = plt.subplots(figsize=(5.2, 0.7 + 0.42 * len(values)))
    for line, (_, given) in enumerate(values.items()):
        numbers = np.asarray(given.values if isinstance(given, Spread) else given, dtype=float)
        color = COLORS[line % len(COLORS)]
        ax.plot(numbers, np.full(len(numbers), line), "o", color=color, alpha=0.6, markersize=6, markeredgewidth=0)
        ax.plot([numbers.mean()] * 2, [line - 0.28, line + 0.28], "-", color=color, marker="", linewidth=2.5)
    ax.set(yticks=range(len(values)), ylim=(len(values) - 0.5, -0.5), xlabel=xlabel)
    ax.set_yticklabels(list(values))
    ax.grid(axis="x")
    return ax


# ---------------------------------------------------------------- figures

#: Colours that readers with a colour vision deficiency tell apart, visible on white and on near-black
#: (Okabe and Ito's, without the pale ones), each with a dash and a marker of its own.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7d7d7d")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v")
GREY = "#7d7d7d"


def use_course_style() -> None:
    """Static figures as SVG in the course's style: transparent, mid-grey axes, for light and dark pages."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=COLORS) + cycler(linestyle=DASHES) + cycler(marker=MARKERS),
            "axes.edgecolor": GREY,
            "axes.labelcolor": GREY,
            "axes.titlecolor": GREY,
            "axes.titlesize": "medium",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "figure.figsize": (5.2, 3.1),
            "figure.facecolor": "none",
            "axes.facecolor": "none",
            "savefig.facecolor": "none",
            "figure.constrained_layout.use": True,
            "font.size": 12,
            "grid.color": GREY,
            "grid.alpha": 0.25,
            "legend.frameon": False,
            "legend.labelcolor": GREY,
            "lines.markersize": 4,
            "svg.hashsalt": "batch",  # the same figure is the same file
            "text.color": GREY,
            "xtick.color": GREY,
            "ytick.color": GREY,
        }
    )
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # outside of a notebook
        return
    set_matplotlib_formats("svg", metadata={"Date": None})


class MovingFigure:
    """A figure that computes in the page, and what stands there on paper or without JavaScript."""

    def __init__(self, specification: dict[str, Any], alt: str, caption: str, still: bytes) -> None:
        self.specification = specification
        self.alt = alt
        self.caption = caption
        self.still = still

    def _repr_html_(self) -> str:
        data = json.dumps(self.specification)
        return _figure("moving", data, self.alt, html.escape(self.caption), self.still)


def _figure(kind: str, data: str, alt: str, caption: str, still: bytes, attributes: str = "") -> str:
    """A figure that a script draws: a place to draw in, the still, the data and the caption, which is HTML."""
    image = base64.b64encode(still).decode()
    data = data.replace("</", "<\\/")
    return (
        f'<figure class="{kind}"{attributes}><div class="{kind}-view"></div>'
        f'<img class="{kind}-still" alt="{html.escape(alt)}" src="data:image/svg+xml;base64,{image}">'
        f'<script type="application/json">{data}</script><figcaption>{caption}</figcaption></figure>'
    )


class Picture:
    """A picture that a script of the site draws from data, and what stands there on paper or without JavaScript."""

    def __init__(self, name: str, data: Any, alt: str, caption: str, still: bytes) -> None:
        self.name = name
        self.data = data
        self.alt = alt
        self.caption = caption
        self.still = still

    def _repr_html_(self) -> str:
        data = json.dumps(self.data, separators=(",", ":"), allow_nan=False)
        named = f' data-picture="{html.escape(self.name)}"'
        return _figure("picture", data, self.alt, _markup(self.caption), self.still, named)


def picture(name: str, data: Any, *, alt: str, caption: str, still: Any) -> Picture:
    """A picture to drag or to step through, which a script of the site draws.

    Parameters
    ----------
    name : str
        Its script is `publishing/browser/pictures/NAME.js`.
    data : object
        What the script is given, as JSON; no infinite number.
    alt : str
        What the picture shows, for those who do not see it.
    caption : str
        What to try with it. `$...$` is a formula.
    still : matplotlib Figure
        The same picture standing still, for print and where JavaScript is off. It is closed here.

    Returns
    -------
    Picture
        As the last value of a cell it becomes the picture.
    """
    return Picture(name, data, alt, caption, _svg(still))


def _svg(still: Any) -> bytes:
    """A matplotlib figure as SVG; it is closed."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    still.savefig(buffer, format="svg", metadata={"Date": None})
    plt.close(still)
    return buffer.getvalue()


def slider(name: str, label: str, low: float, high: float, step: float, start: float) -> Any:
    """A slider below a moving figure; `name` is its value's name in the chart's expressions."""
    import altair as alt

    return alt.param(name=name, value=start, bind=alt.binding_range(min=low, max=high, step=step, name=label))


def moving_figure(chart: Any, *, alt: str, caption: str, still: Any) -> MovingFigure:
    """An Altair chart for the page, in the course's style.

    Parameters
    ----------
    chart : altair chart
        With `width="container"` it takes the page's width. Its sliders work by keyboard.
    alt : str
        What the figure shows, for those who do not see it.
    caption : str
        What to try with it.
    still : matplotlib Figure
        The same figure standing still, for print and where JavaScript is off. It is closed here.

    Returns
    -------
    MovingFigure
        As the last value of a cell it becomes the figure.
    """
    drawn = _svg(still)
    specification = {**chart.to_dict(), "description": alt}  # Vega tells it to screen readers
    axis = {"gridOpacity": 0.25, "gridColor": GREY, "domainColor": GREY, "tickColor": GREY, "labelFlush": False}
    text = {"labelColor": GREY, "titleColor": GREY, "labelFontSize": 12, "titleFontSize": 12}
    specification["config"] = {
        "background": "transparent",
        "font": "system-ui, sans-serif",
        "view": {"stroke": None},
        "axis": {**axis, **text},
        "legend": text,
        "title": {"color": GREY},
        "range": {"category": list(COLORS)},
        **{k: v for k, v in specification.get("config", {}).items() if k != "view"},
    }
    return MovingFigure(specification, alt, caption, drawn)
