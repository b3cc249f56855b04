"""The visible check: what a learner runs in the notebook, in Colab or in the browser.

It needs NumPy alone and holds no answers, only numbers: `check.json` beside it carries, for fixed inputs,
what the reference returns and a fingerprint of what each known mistake returns. The same judges
(`close`, `same_dtype`, ...) decide in the hidden tests; there the inputs are drawn afresh for each submission.
"""

import copy
import html
import importlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# The first plot of a session would otherwise greet a learner with a warning about fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

RTOL = 1e-4
RTOL_FLOAT32 = 1e-3


@dataclass(frozen=True)
class Problem:
    """What is wrong with a result: `text` without a number of the test, `detail` with them."""

    text: str
    detail: str = ""


# ------------------------------------------------------------------ judges: each returns a Problem or None


def describe(value):
    """A result in a few words: its type and shape, never its numbers."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, (bool, int, float, np.generic)):
        return "a number"
    return f"an object of type {type(value).__name__}"


def close(actual, wanted, what="the result", rtol=None):
    """Equal in structure and shape, and in value within `rtol` (1e-4, for float32 1e-3)."""
    if isinstance(wanted, tuple):
        if not isinstance(actual, (tuple, list)) or len(actual) != len(wanted):
            return Problem(f"{what}: {describe(actual)} came, a tuple of {len(wanted)} was wanted")
        problems = (
            close(a, w, f"part {k + 1} of {what}", rtol) for k, (a, w) in enumerate(zip(actual, wanted, strict=True))
        )
        return next((p for p in problems if p), None)
    if not isinstance(actual, (np.ndarray, bool, int, float, np.generic)):
        return Problem(f"{what}: {describe(actual)} came, {describe(wanted)} was wanted")
    a, w = np.asarray(actual), np.asarray(wanted)
    if a.shape != w.shape:
        came, want = (f"shape {s}" if s else "a single number" for s in (a.shape, w.shape))
        return Problem(f"{what}: {came} came, {want} was wanted")
    if a.dtype.kind not in "fiub":
        return Problem(f"{what}: numbers of dtype {a.dtype} came, real numbers were wanted")
    if rtol is None:
        rtol = RTOL_FLOAT32 if w.dtype == np.float32 else RTOL
    a, w = a.astype(np.float64), w.astype(np.float64)
    finite = np.isfinite(w)
    if np.isnan(a[finite]).any():
        return Problem(
            f"{what}: {int(np.isnan(a[finite]).sum())} of {a.size} entries are NaN. "
            "Look for 0/0, or the root of a negative number"
        )
    if not np.isfinite(a[finite]).all():
        return Problem(f"{what}: some entries are infinite. Look for a division by zero")
    allowed = rtol * (np.abs(w) + _scale(np.where(finite, np.abs(w), 0.0))) + 1e-300
    with np.errstate(invalid="ignore"):
        wrong = ~((np.abs(a - w) <= allowed) | (a == w) | (np.isnan(a) & np.isnan(w)))
    if not wrong.any():
        return None
    where = tuple(int(i) for i in np.unravel_index(np.argmax(np.where(wrong, np.abs(a - w), -1)), a.shape))
    at = f" at [{', '.join(map(str, where))}]" if where else ""
    count = f"{int(wrong.sum())} of {a.size} entries differ" if a.ndim else "the number differs"
    return Problem(f"{what}: {count}", f"{what}{at}: {a[where]:.6g} came, {w[where]:.6g} was wanted")


def _scale(size):
    """What the entries around an entry are like: of its column, where there are rows; else a bit of the largest."""
    if size.ndim >= 2:
        return size.max(axis=tuple(range(size.ndim - 1)), keepdims=True, initial=0.0)
    return 1e-3 * size.max(initial=0.0)


def same_dtype(actual, dtype, what="the result"):
    """Every array of the result (inside tuples too) has this dtype."""
    for k, part in enumerate(actual if isinstance(actual, (tuple, list)) else (actual,)):
        name = f"part {k + 1} of {what}" if isinstance(actual, (tuple, list)) else what
        if isinstance(part, (tuple, list)):
            problem = same_dtype(part, dtype, name)
            if problem:
                return problem
        elif not isinstance(part, (np.ndarray, np.generic)) or part.dtype != np.dtype(dtype):
            came = getattr(part, "dtype", type(part).__name__)
            return Problem(f"{name}: {came} came, {dtype} was wanted, as all arguments are {dtype}")
    return None


def unchanged(actual, before, what="x"):
    """An argument is bit for bit what it was before the call."""
    if np.array_equal(actual, before, equal_nan=True):
        return None
    return Problem(f"{what} was changed by the call: work on a new array (`x = x - mean`, not `x -= mean`)")


def sums_to_zero(actual, axis, scale, what="dx"):
    """The sum over `axis` vanishes beside `scale`."""
    total = np.abs(np.sum(actual, axis=tuple(np.atleast_1d(axis)))).max()
    if np.isfinite(total) and total <= 1e-7 * scale:
        return None
    return Problem(f"{what} does not sum to 0", f"the largest sum is {total:.3g}")


def sums_to(actual, weights, axis, wanted, scale, what="dx * x_hat"):
    """The sum of `actual * weights` over `axis` is `wanted`, within 1e-7 of `scale`."""
    if np.shape(actual) != np.shape(weights):
        return Problem(f"{what}: {describe(actual)} came, {describe(weights)} was wanted")
    off = np.abs(np.sum(actual * weights, axis=tuple(np.atleast_1d(axis))) - wanted).max()
    if np.isfinite(off) and off <= 1e-7 * scale:
        return None
    return Problem(f"the sum of {what} is another", f"the sum of {what} is off by {off:.3g}")


def maps_to(actual, x_hat, wanted, what="gamma * x_hat + beta"):
    """The pair `actual = (gamma, beta)` turns `x_hat` into `wanted`, column by column."""
    if not isinstance(actual, (tuple, list)) or len(actual) != 2:
        return Problem(f"{describe(actual)} came, a tuple (gamma, beta) was wanted")
    for name, part in zip(("gamma", "beta"), actual, strict=True):
        if np.shape(part) != np.shape(wanted)[1:]:
            return Problem(f"{name}: shape {np.shape(part)} came, {np.shape(wanted)[1:]} was wanted")
    return close(np.asarray(actual[0]) * x_hat + np.asarray(actual[1]), wanted, what)


def straight_line(actual, x, centre, axis=0, what="y"):
    """Feature by feature, `actual` is a straight line over `x` that is not flat, and has the mean `centre`."""
    axes = tuple(np.atleast_1d(axis))
    if np.shape(actual) != np.shape(x):
        return Problem(f"{what}: shape {np.shape(actual)} came, {np.shape(x)} was wanted")
    y = np.asarray(actual, dtype=np.float64)
    problem = close(y.mean(axis=axes), centre, f"the mean of {what}")
    if problem:
        return problem
    dx, dy = x - x.mean(axis=axes, keepdims=True), y - y.mean(axis=axes, keepdims=True)
    slope = (dx * dy).sum(axis=axes, keepdims=True) / (dx * dx).sum(axis=axes, keepdims=True)
    left = np.abs(dy - slope * dx).max(axis=axes)
    if np.isfinite(y).all() and (left <= 1e-6 * np.abs(dy).max(axis=axes)).all() and (slope != 0).all():
        return None
    return Problem(f"{what} is no straight line over x: within a feature, all examples get the same shift and scale")


def between(actual, low, high, what="the result"):
    """A number from `low` to `high`, both included."""
    value = np.asarray(actual)
    if value.ndim == 0 and value.dtype.kind in "fiub" and low <= value <= high:
        return None
    return Problem(f"{what} is not in its range", f"{value!s:.30} came, {low:g} to {high:g} was wanted")


JUDGES: dict = {
    judge.__name__: judge
    for judge in (close, same_dtype, unchanged, sums_to_zero, sums_to, maps_to, straight_line, between)
}


# ------------------------------------------------------------------ probes: functions given to a learner's function


class Probe:
    """A function that a test passes to a learner's function, known by a name and some arrays."""

    def __init__(self, kind, *values):
        self.kind, self.values = kind, values

    def __call__(self, x):
        return PROBES[self.kind](x, *self.values)


PROBES: dict = {
    "tanh": lambda x, A: np.tanh(x @ A),
    "cubic": lambda x, A: A * x**3,
    "sines": lambda x, A: np.sin(A * x),
    "sum_rows": lambda x, A: (x * A).sum(axis=0),
    "centred": lambda x, A: (x - x.mean(axis=0)) @ A,
    "mixed": lambda x, B, A: np.tanh(B @ x @ A),
    "contracted": lambda x, A: np.tanh(np.tensordot(x, A, axes=np.ndim(x))),
    "row_wise": lambda x, A: np.tanh(x) @ A,
    "rows_interact": lambda x, A: np.tanh((x - x.mean(axis=0)) / (0.1 + np.ptp(x, axis=0)) @ A),
}


# ------------------------------------------------------------------ numbers in and out of JSON


def encode(value):
    """A plain value as JSON data; `decode` is its inverse."""
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        return {"shape": list(value.shape), "dtype": value.dtype.name, "numbers": value.ravel().tolist()}
    if isinstance(value, tuple):
        return {"tuple": [encode(part) for part in value]}
    if isinstance(value, list):
        return [encode(part) for part in value]
    if isinstance(value, Probe):
        return {"probe": value.kind, "values": [encode(v) for v in value.values]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"{type(value).__name__} has no place in an answer key")


def decode(data, resolve):
    """The value of `encode(value)`; `resolve(reference)` finds results of earlier steps."""
    if isinstance(data, list):
        return [decode(part, resolve) for part in data]
    if not isinstance(data, dict):
        return data
    if "numbers" in data:
        return np.array(data["numbers"], dtype=data["dtype"]).reshape(data["shape"])
    if "tuple" in data:
        return tuple(decode(part, resolve) for part in data["tuple"])
    if "probe" in data:
        return Probe(data["probe"], *(decode(v, resolve) for v in data["values"]))
    return resolve(data)


def fingerprint(value):
    """A few numbers that tell results apart: shapes and weighted sums, not the result itself."""
    if isinstance(value, (tuple, list)):
        return [fingerprint(part) for part in value]
    if not isinstance(value, (np.ndarray, bool, int, float, np.generic)):
        return "no numbers"  # an object or None: a class may have any name, train() may return the layer or nothing
    a = np.asarray(value, dtype=np.float64)
    shape, a = list(a.shape), a.ravel()
    bad = ~np.isfinite(a)
    a = np.where(bad, 0.0, a)
    k = np.arange(a.size)
    sums = a @ np.cos(k + 1.0), a @ np.sin(k * k + 1.0), np.abs(a).max(initial=0.0)
    return [shape, int(bad.sum()), *(float(f"{total:.9g}") for total in sums)]


def alike(a, b):
    """Whether two fingerprints are of the same result."""
    if isinstance(a, list) and isinstance(b, list):
        if len(a) == 5 and len(b) == 5 and isinstance(a[0], list) and isinstance(a[4], float):
            tolerance = 1e-6 * max(abs(a[4]), abs(b[4]))
            near = all(abs(p - q) <= tolerance for p, q in zip(a[2:], b[2:], strict=True))
            return a[:2] == b[:2] and near
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b


# ------------------------------------------------------------------ playing a key against a learner's function


def play(steps, learner, judged=False):
    """Do the steps of one property with the learner's function or class.

    Returns the first `Problem` (or None) and the trace: the fingerprint of each step's outcome, or, where the
    property is `judged` by laws alone, what the judges said.
    """
    results: list = []
    arguments: list = []
    trace: list = []
    problem = None

    def resolve(reference):
        value = (arguments if "argument" in reference else results)[reference.get("argument", reference.get("result"))]
        for index in reference["path"]:
            if not isinstance(value, (tuple, list, dict)):
                raise TypeError("a part of something that has no parts")
            value = value[index]
        return value

    for step in steps:
        if "judge" in step:
            if problem is None:
                problem = _judge(step, resolve)
            continue
        arguments.append([])
        before = []
        try:
            args = [decode(a, resolve) for a in step["args"]]
            kwargs = {name: decode(a, resolve) for name, a in step["kwargs"].items()}
            arguments[-1] = [*args, *kwargs.values()]
            before = copy.deepcopy(_arrays(arguments[-1]))
            with np.errstate(all="ignore"):
                results.append(_do(step, learner, resolve, args, kwargs))
        except NotImplementedError:
            return Problem("not written yet"), ["stub"]
        except Exception as error:
            trace.append(f"raised {type(error).__name__}")
            results.append(None)
            if step.get("raises") != type(error).__name__ and problem is None:
                problem = Problem(f"raised {type(error).__name__}: {error}")
            continue
        changed = [
            k
            for k, (a, b) in enumerate(zip(_arrays(arguments[-1]), before, strict=True))
            if not np.array_equal(a, b, equal_nan=True)
        ]
        trace.append([fingerprint(results[-1]), changed])
        if step.get("raises") and problem is None:
            problem = Problem(f"{describe(results[-1])} came, a {step['raises']} was wanted")
    if judged:
        raised = [t for t in trace if isinstance(t, str)]
        return problem, [raised[-1] if raised else problem.text if problem else "holds"]
    return problem, trace


def _arrays(values):
    found = []
    for value in values:
        if isinstance(value, (list, tuple)):
            found += _arrays(value)
        elif isinstance(value, np.ndarray):
            found.append(value)
    return found


def _do(step, learner, resolve, args, kwargs):
    if step["do"] == "call":
        return learner(*args, **kwargs)
    target = resolve(step["on"])
    if step["do"] == "method":
        return getattr(target, step["name"])(*args, **kwargs)
    if step["do"] == "get":
        return copy.deepcopy(getattr(target, step["name"]))
    return setattr(target, step["name"], args[0])


class CopyingProxy:
    """A learner's object as the judges use it: `net.params`, `net.params = ...`, `net.raw.fit(x, y)`."""

    def __init__(self, thing):
        self.__dict__["raw"] = thing

    def __getattr__(self, name):
        return copy.deepcopy(getattr(self.raw, name))

    def __setattr__(self, name, value):
        setattr(self.raw, name, copy.deepcopy(value))


def _own(value):
    plain = isinstance(value, (np.ndarray, np.generic, bool, int, float, str, tuple, list, dict)) or value is None
    return value if plain else CopyingProxy(value)


def _judge(step, resolve):
    try:
        actual = resolve(step["actual"])
    except (TypeError, IndexError):
        return Problem("the result does not have the parts that were wanted: a tuple, in the order given")
    given = {name: _own(decode(v, resolve)) for name, v in step["given"].items()}
    try:
        with np.errstate(all="ignore"):
            return _judge_named(step["judge"])(_own(actual), **given)
    except NotImplementedError:
        return Problem("not written yet")
    except Exception as error:
        if isinstance(_own(actual), CopyingProxy):
            return Problem(f"raised {type(error).__name__}", f"raised {type(error).__name__}: {error}")
        return Problem(f"{describe(actual)} came, which could not be compared ({type(error).__name__})")


def _judge_named(name):
    if name not in JUDGES:
        importlib.import_module("laws")  # it lies beside, where a chapter needs it, and adds its judges
    return JUDGES[name]


@dataclass(frozen=True)
class Row:
    """One property of an exercise and how the learner's function stands to it."""

    label: str
    problem: Problem | None
    hint: str = ""


class Report:
    """The table that `check` shows."""

    def __init__(self, name, rows, hidden, note=""):
        self.name, self.rows, self.hidden, self.note = name, rows, hidden, note

    @property
    def passed(self):
        return all(row.problem is None for row in self.rows)

    @property
    def footer(self):
        held = sum(row.problem is None for row in self.rows)
        if not self.passed:
            note = f" {self.note}." if self.note else ""
            return f"{held} of {len(self.rows)} properties hold.{note}"
        more = f" and looks at {self.hidden} more properties" if self.hidden else ""
        return (
            f"All {len(self.rows)} properties hold on these inputs. "
            f"Grading draws fresh inputs{more}, so this is a good sign and no promise."
        )

    def __repr__(self):
        lines = [self.name]
        for row in self.rows:
            lines.append(f"  {'ok  ' if row.problem is None else 'MISS'} {row.label}")
            if row.problem:
                lines.append(f"         {row.problem.detail or row.problem.text}")
            if row.hint:
                lines.append(f"         Hint: {row.hint}")
        return "\n".join([*lines, self.footer])

    def _repr_html_(self):
        cells = []
        for row in self.rows:
            mark, word = ("✓", "holds") if row.problem is None else ("✗", "does not hold")
            text = html.escape(row.label)
            if row.problem:
                text += f"<br><small>{html.escape(row.problem.detail or row.problem.text)}</small>"
            if row.hint:
                text += f"<br><strong>Hint:</strong> {html.escape(row.hint)}"
            cells.append(
                f'<tr><td role="img" aria-label="{word}">{mark}</td><td style="text-align:left">{text}</td></tr>'
            )
        name = html.escape(self.name)
        return (
            f'<table class="check"><caption><code>{name}</code></caption>{"".join(cells)}</table>'
            f"<p>{html.escape(self.footer)}</p>"
        )


class Adapter:
    """A learner's function that is called as the course has it, and is written as this term has it.

    Parameters
    ----------
    function : callable
        The learner's.
    order, arguments : list of str
        The arguments without a default: as the course calls them, and as `function` takes them.
    features_first : list of str
        Which of them `function` takes with the two axes of every 2-D array exchanged; "result" for what it returns.
        Of tuples and lists it is the arrays in them.

    Notes
    -----
    What `function` does to an argument in place is done to the caller's.
    """

    def __init__(self, function, order, arguments, features_first):
        self.function, self.order = function, order
        self.arguments, self.features_first = arguments, features_first

    @staticmethod
    def of(function, entry):
        """The function itself where nothing is declared for it."""
        if not entry:
            return function
        return Adapter(function, entry["order"], entry["arguments"], entry["features_first"])

    def __call__(self, *args, **kwargs):
        given = dict(zip(self.order, args))  # noqa: B905 (what has a default may follow)
        passed = {name: turn(v) if name in self.features_first else v for name, v in {**given, **kwargs}.items()}
        positional, named = [], dict(passed)
        for name in self.arguments:
            if name not in given:
                break  # given by its name, or missing: so are those after it
            positional.append(named.pop(name))
        rest = args[len(self.order) :] if len(positional) == len(self.order) else ()
        try:
            result = self.function(*positional, *rest, **named)
        finally:
            for name in self.features_first:
                _turn_back(passed.get(name), {**given, **kwargs}.get(name))
        return turn(result) if "result" in self.features_first else result


def turn(value):
    """A value with the axes of its 2-D arrays exchanged, as new arrays; anything else as it is."""
    if isinstance(value, np.ndarray) and value.ndim == 2:
        return value.T.copy()
    if type(value) in (tuple, list):
        return type(value)(turn(part) for part in value)
    return value


def _turn_back(passed, original):
    if isinstance(passed, np.ndarray) and passed.ndim == 2 and not np.array_equal(passed.T, original, equal_nan=True):
        original[...] = passed.T
    elif isinstance(passed, (tuple, list)):
        for part, whole in zip(passed, original, strict=True):
            _turn_back(part, whole)


def standard(name, function):
    """A function of this term's as the course's pages call it, for the cells that only look."""
    key = json.loads(Path(__file__).with_name("check.json").read_text(encoding="utf-8"))
    return Adapter.of(function, key[name].get("term"))


class NotYet(AssertionError):  # noqa: N818
    """Some property does not hold yet; the table says which and why."""

    def _render_traceback_(self):
        return [str(self)]


def compare(name, learner, key):
    """The `Report` of a learner's function or class against the key of its exercise."""
    entry = key[name]
    term = entry.get("term", {})
    learner = Adapter.of(learner, term)
    played = [(p, *play(p["steps"], learner, p.get("judged", False))) for p in entry["properties"]]
    traces = [trace for _, _, trace in played]
    if ["stub"] in traces:
        return Report(name, [Row("you have written it", Problem("the stub is still there"))], 0)
    mistakes = [
        {**m, "traces": [p["trace"] if t is None else t for p, t in zip(entry["properties"], m["traces"], strict=True)]}
        for m in entry["mistakes"]
    ]
    whole = next((m for m in mistakes if all(map(alike, m["traces"], traces))), None)
    rows, told = [], set()
    for k, (prop, problem, trace) in enumerate(played):
        hint = ""
        if problem:
            there = (m for m in mistakes if k in m["fails"] and alike(m["traces"][k], trace))
            here = whole or max(there, key=lambda m: sum(map(alike, m["traces"], traces)), default=None)
            if here and here["hint"] not in told:
                hint = here["hint"]
                told.add(hint)
        rows.append(Row(prop["label"], problem, hint))
    return Report(name, rows, entry["hidden"], term.get("note", ""))


def check(name, learner):
    """Show which properties of exercise `name` the learner's function or class has.

    Parameters
    ----------
    name : str
        The exercise's name, for example "batchnorm_forward".
    learner : callable
        Your function or class.

    Raises
    ------
    NotYet
        When some property does not hold; the table says which.
    """
    path = Path(__file__).with_name("check.json")
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} should lie beside check.py: download the exercise's files again")
    key = json.loads(path.read_text(encoding="utf-8"))
    if name not in key:
        raise KeyError(f"{name!r} is not an exercise of this notebook; it has {', '.join(key)}")
    report = compare(name, learner, key)
    try:
        from IPython.display import display as show
    except ImportError:
        show = print  # type: ignore[assignment]
    show(report)
    if not report.passed:
        raise NotYet(report.footer)
