"""The visible check: what a learner runs in the notebook, in Colab or in the browser.

It needs NumPy alone and holds no answers, only numbers: `check.json` beside it carries, for fixed inputs,
what the reference returns and a fingerprint of what each known mistake returns. The same judges
(`close`, `same_dtype`, ...) decide in the hidden tests; there the inputs are drawn afresh for each submission.

One file, though a long one, because learners carry it about beside their notebook.
"""

import copy
import html
import importlib
import inspect
import json
import logging
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

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


# ------------------------------------------------------------------ whatever a learner's function returns


MOST_PARTS = 10_000  # of a result: a list may hold itself, or the same list twice, sixty levels deep


def guarded(function, otherwise):
    """What `function()` returns, or `otherwise(error)`: to look at a learner's object may raise anything."""
    try:
        return function()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return otherwise(error)


def _shown(text, most=500):
    """A text of the learner's that any page and terminal can show."""
    text = "".join([text]).encode("utf-8", "replace").decode()
    return text if len(text) <= most else f"{text[:most]}..."


def type_name(value):
    return guarded(lambda: _shown(type(value).__name__, 80), lambda _: "unknown")


def told(error):
    """An exception as one line: its name and its message, where that can be read."""
    message = guarded(lambda: _shown(str(error)), lambda _: "its message could not be read")
    return f"{type_name(error)}: {message}" if message else type_name(error)


def copied(value):
    """A copy, so that what happens later does not change it; the value itself where it can't be copied."""
    return guarded(lambda: copy.deepcopy(value), lambda _: value)


WORDS: dict = {}  # how objects of further types are described: grading adds what stands for a learner's object


def describe(value, keys=True):
    """A result in a few words: its type, shape and parts (`keys` of a dict too), never its numbers."""
    return guarded(lambda: _shown(_described(value, keys)), lambda _: f"an object of type {type_name(value)}")


def _described(value, keys):
    if type(value) in WORDS:
        return WORDS[type(value)](value)
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        name = "an array" if type(value) is np.ndarray else f"a {type_name(value)} instead of a plain array,"
        return f"{name} of shape {value.shape}" + ("" if _is_real(value.dtype) else f" and dtype {value.dtype}")
    if isinstance(value, (tuple, list)):
        return _described_parts(value, "tuple" if isinstance(value, tuple) else "list")
    if isinstance(value, dict):
        return f"a dict with {_in_words(value)}" if keys and value else "a dict" if value else "an empty dict"
    if isinstance(value, (str, bytes, set, frozenset)):
        return {str: "a string", bytes: "bytes"}.get(type(value), f"a {type_name(value)}")
    if isinstance(value, np.generic):
        return "a number" if _is_real(value.dtype) else f"a value of dtype {value.dtype}"
    if isinstance(value, (bool, int, float)):
        return "a number"
    if isinstance(value, complex):
        return "a complex number"
    if isinstance(value, BaseException):
        return f"an exception of type {type_name(value)}: raise it instead of returning it"
    if isinstance(value, type):
        return f"the class {_shown(value.__name__, 80)} itself, not an object of it"
    if isinstance(value, ModuleType):
        return f"the module {_shown(value.__name__, 80)}"
    if inspect.isgenerator(value):
        return "a generator, which has computed nothing yet (use `return` and square brackets)"
    if inspect.iscoroutine(value):
        return "a coroutine (write `def`, not `async def`)"
    if inspect.isroutine(value):
        return "a function (are the parentheses of a call missing?)"
    return f"an object of type {type_name(value)}"


def _described_parts(value, name):
    kinds = [_kind(part) for part in value[:MOST_PARTS]]
    if not kinds:
        return f"an empty {name}"
    if set(kinds) <= {"None"} or len(set(kinds)) > 1:
        several = [kind if kind == "None" else f"{'an' if kind[0] in 'ao' else 'a'} {kind}" for kind in kinds]
        inside = f" ({_listed(several)})" if len(kinds) <= 4 else " values of several kinds"
        return f"a {name} of {len(value)}{inside}"
    return f"a {name} of {len(value)} {kinds[0]}{'s' if len(value) > 1 else ''}"


def _kind(part):
    if part is None:
        return "None"
    if type(part) is np.ndarray:
        return "array"
    if isinstance(part, (bool, int, float, np.number, np.bool_)):
        return "number"
    if isinstance(part, str):
        return "string"
    return next((kind.__name__ for kind in (dict, list, tuple) if isinstance(part, kind)), "object")


def _in_words(keys):
    if not all(type(key) is str for key in keys):
        return f"{len(keys)} key{'s' if len(keys) > 1 else ''}, not all of them strings"
    names = [repr(_shown(key, 30)) for key in [*keys][:5]]
    if len(keys) > 5:
        names[4:] = [f"{len(keys) - 4} more"]
    return f"the key{'s' if len(keys) > 1 else ''} {_listed(names)}"


def _listed(words):
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _is_real(dtype):
    """Whether grading takes numbers of this dtype: no complex ones, no objects, nothing longer than float64."""
    return dtype.kind in "fiub" and dtype.itemsize <= 8


def _is_numeric(value):
    """Whether a value is a number or a plain array: masked arrays and matrices do not get to the hidden tests."""
    return _is_one(value, np.ndarray, bool, int, float) or issubclass(type(value), np.generic)


def _is_one(value, *types):
    """Whether a value is of one of these very types: a class may say what it likes of `==` and `__class__`."""
    return any(type(value) is kind for kind in types)


def real_array(value):
    """The value as an array of real numbers (lists of them will do), or None."""
    if (not _is_numeric(value) and not isinstance(value, (tuple, list))) or fingerprint(value) == "unreadable":
        return None
    array = guarded(lambda: np.asarray(value), lambda _: None)
    return array if array is not None and _is_real(array.dtype) else None


# ------------------------------------------------------------------ judges: each returns a Problem or None


def close(actual, wanted, what="the result", rtol=None):
    """Equal in structure and shape, and in value within `rtol` (1e-4, for float32 1e-3)."""
    if isinstance(wanted, tuple):
        if not isinstance(actual, (tuple, list)) or len(actual) != len(wanted):
            return Problem(f"{what}: expected a tuple of {len(wanted)}; got {describe(actual)}")
        problems = (
            close(a, w, f"part {k + 1} of {what}", rtol) for k, (a, w) in enumerate(zip(actual, wanted, strict=True))
        )
        return next((p for p in problems if p), None)
    if not _is_numeric(actual):
        return Problem(f"{what}: expected {describe(wanted)}; got {describe(actual)}")
    a, w = np.asarray(actual), real_array(wanted)
    if w is None:  # it is a result of the learner's too
        return Problem(f"{what}: expected what another call returned; got {describe(wanted)} there")
    if a.shape != w.shape:
        came, want = (f"shape {s}" if s else "a single number" for s in (a.shape, w.shape))
        return Problem(f"{what}: expected {want}; got {came}")
    if not _is_real(a.dtype):
        got = "an integer of more than 64 bits" if type(actual) is int else describe(actual)
        return Problem(f"{what}: expected real numbers of at most 64 bits; got {got}")
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
    if fingerprint(actual) == "unreadable":
        return Problem(f"{what}: expected {dtype}, as all arguments are {dtype}; got {describe(actual)}")
    for k, part in enumerate(actual if isinstance(actual, (tuple, list)) else (actual,)):
        name = f"part {k + 1} of {what}" if isinstance(actual, (tuple, list)) else what
        if isinstance(part, (tuple, list)):
            problem = same_dtype(part, dtype, name)
            if problem:
                return problem
        elif type(part) is not np.ndarray and not isinstance(part, np.generic):
            if isinstance(actual, list):  # numbers without a dtype: it is the list that is no array
                name, part = what, actual
            return Problem(f"{name}: expected {dtype}, as all arguments are {dtype}; got {describe(part)}")
        elif part.dtype != np.dtype(dtype):
            return Problem(f"{name}: expected {dtype}, as all arguments are {dtype}; got {_shown(str(part.dtype), 80)}")
    return None


def unchanged(actual, before, what="x"):
    """An argument is bit for bit what it was before the call."""
    if np.array_equal(actual, before, equal_nan=True):
        return None
    return Problem(f"{what} was changed by the call: work on a new array (`x = x - mean`, not `x -= mean`)")


def sums_to_zero(actual, axis, scale, what="dx"):
    """The sum over `axis` vanishes beside `scale`."""
    array, axes = real_array(actual), tuple(np.atleast_1d(axis))
    if array is None or array.ndim <= max(axes) or not (sums := np.sum(array, axis=axes)).size:
        return Problem(f"{what}: expected an array of real numbers; got {describe(actual)}")
    total = np.abs(sums).max()
    if np.isfinite(total) and total <= 1e-7 * scale:
        return None
    return Problem(f"{what} does not sum to 0", f"the largest sum is {total:.3g}")


def sums_to(actual, weights, axis, wanted, scale, what="dx * x_hat"):
    """The sum of `actual * weights` over `axis` is `wanted`, within 1e-7 of `scale`."""
    array = real_array(actual)
    if array is None or array.shape != np.shape(weights):
        return Problem(f"{what}: expected {describe(weights)}; got {describe(actual)}")
    off = np.abs(np.sum(array * weights, axis=tuple(np.atleast_1d(axis))) - wanted).max()
    if np.isfinite(off) and off <= 1e-7 * scale:
        return None
    return Problem(f"the sum of {what} is another", f"the sum of {what} is off by {off:.3g}")


def maps_to(actual, x_hat, wanted, what="gamma * x_hat + beta"):
    """The pair `actual = (gamma, beta)` turns `x_hat` into `wanted`, column by column."""
    if not isinstance(actual, (tuple, list)) or len(actual) != 2:
        return Problem(f"Expected a tuple of 2 (gamma, beta); got {describe(actual)}")
    for name, part in zip(("gamma", "beta"), actual, strict=True):
        array = real_array(part)
        if array is None or array.shape != np.shape(wanted)[1:]:
            return Problem(f"{name}: expected an array of shape {np.shape(wanted)[1:]}; got {describe(part)}")
    return close(np.asarray(actual[0]) * x_hat + np.asarray(actual[1]), wanted, what)


def straight_line(actual, x, centre, axis=0, what="y"):
    """Feature by feature, `actual` is a straight line over `x` that is not flat, and has the mean `centre`."""
    axes = tuple(np.atleast_1d(axis))
    array = real_array(actual)
    if array is None or array.shape != np.shape(x):
        return Problem(f"{what}: expected an array of shape {np.shape(x)}; got {describe(actual)}")
    y = array.astype(np.float64)
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
    value = real_array(actual)
    if value is None or value.ndim:
        return Problem(f"{what}: expected a number; got {describe(actual)}")
    if low <= value <= high:
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
    """A few numbers that tell results apart: shapes and weighted sums, not the result itself.

    What has none (an array of words, a list with itself in it) is "unreadable": no known mistake returns that.
    """
    with np.errstate(all="ignore"):
        return guarded(lambda: _fingerprint(value, iter(range(MOST_PARTS))), lambda _: "unreadable")


def _fingerprint(value, left):
    next(left)  # raises where there are too many parts
    if isinstance(value, (tuple, list)):
        return [_fingerprint(part, left) for part in value]
    if not isinstance(value, (np.ndarray, bool, int, float, np.generic)):
        return "no numbers"  # an object or None: a class may have any name, train() may return the layer or nothing
    a = np.asarray(np.real(value) if np.iscomplexobj(value) else value, dtype=np.float64)
    shape, a = list(a.shape), a.ravel()
    bad = ~np.isfinite(a)
    a = np.where(bad, 0.0, a)
    k = np.arange(a.size)
    sums = a @ np.cos(k + 1.0), a @ np.sin(k * k + 1.0), np.abs(a).max(initial=0.0)
    return [shape, int(bad.sum()), *(float(f"{total:.9g}") for total in sums)]


def alike(a, b):
    """Whether two fingerprints are of the same result."""
    if isinstance(a, list) and isinstance(b, list):
        # The maximum is a float; of a tuple of five the fifth is a fingerprint, a list.
        if all(len(f) == 5 and isinstance(f[0], list) and isinstance(f[4], float) for f in (a, b)):
            tolerance = 1e-6 * max(abs(a[4]), abs(b[4]))
            near = all(abs(p - q) <= tolerance for p, q in zip(a[2:], b[2:], strict=True))
            return a[:2] == b[:2] and near
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b


# ------------------------------------------------------------------ playing a key against a learner's function


class Lacking(Exception):  # noqa: N818
    """A result does not have the part that comes next; `args[0]` is the `Problem`."""


def play(steps, learner, judged=False, wanted=(), names=None):
    """Do the steps of one property with the learner's function or class.

    `wanted` is the trace of what the reference returns, `names` what parts of a result are called, by path.

    Returns the first `Problem` (or None) and the trace: the fingerprint of each step's outcome, or, where the
    property is `judged` by laws alone, what the judges said.
    """
    results: list = []
    arguments: list = []
    trace: list = []
    problem = None

    def resolve(reference, whole=False):
        """The value that a reference stands for; what it is a part of has no further parts, where `whole` is asked."""
        if "argument" in reference:
            value = arguments[reference["argument"]]
            for index in reference["path"]:
                if not issubclass(type(value), (tuple, list)) or index >= len(value):
                    raise Lacking(Problem("a list that was passed was changed by the call: leave it as it is"))
                value = value[index]
            return value
        path = reference["path"]
        value = results[reference["result"]]
        shape = wanted[reference["result"]][0] if path and wanted else None
        for depth, index in enumerate(path):
            count = index + 1 if shape is None else len(shape)
            # Of a named tuple the tuple, whatever its class makes of it.
            parts = tuple.__getitem__(value, slice(None)) if issubclass(type(value), tuple) else value
            if not _is_one(parts, tuple, list) or index >= len(parts) or (whole and len(parts) != count):
                raise Lacking(_no_parts(value, tuple(path[:depth]), count, names or {}))
            value, shape = parts[index], None if shape is None else shape[index]
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
            before = copied(_arrays(arguments[-1]))
            with np.errstate(all="ignore"):
                results.append(_do(step, learner, resolve, args, kwargs))
        except NotImplementedError:
            return Problem("not written yet"), ["stub"]
        except Lacking as lacking:
            trace.append("raised TypeError")  # as the next call would
            results.append(None)
            problem = problem or lacking.args[0]
            continue
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            trace.append(f"raised {type_name(error)}")
            if step.get("raises") != type_name(error) and problem is None:
                problem = _raised(error, step, results)
            results.append(None)
            continue
        after = _arrays(arguments[-1])
        changed = [k for k, array in enumerate(before) if k >= len(after) or not _same(after[k], array)]
        trace.append([fingerprint(results[-1]), changed])
        if step.get("raises") and problem is None:
            problem = Problem(f"Expected a {step['raises']}; got {describe(results[-1])}")
    if judged:
        raised = [t for t in trace if isinstance(t, str)]
        return problem, [raised[-1] if raised else problem.text if problem else "holds"]
    return problem, trace


def _no_parts(value, path, count, names):
    known = [names.get((*path, k)) for k in range(count)]
    listed = f" ({', '.join(known)})" if all(known) else ""
    name = f"{names.get(path) or f'part {path[-1] + 1} of the result'}: expected" if path else "Expected"
    return Problem(f"{name} a tuple of {count}{listed}; got {describe(value)}")


def _raised(error, step, results):
    """What is wrong where a step raised; where there is no such method or attribute, what came instead."""
    if isinstance(error, AttributeError) and "on" in step:
        target = results[step["on"]["result"]]
        if _lacks(target, step["name"]):
            wanted = "that can be called" if step["name"] == "__call__" else f"with `{step['name']}`"
            return Problem(f"Expected an object {wanted}; got {describe(target)}")
    return Problem(f"raised {told(error)}")


def _lacks(thing, name):
    return guarded(lambda: inspect.getattr_static(thing, name, None), lambda _: None) is None


def _same(a, b):
    return guarded(lambda: np.array_equal(a, b, equal_nan=True), lambda _: True)


def _arrays(values):
    """The arrays in some arguments, in order; an earlier result of the learner's may be among them."""
    found, left = [], [*reversed(values)]
    for _ in range(MOST_PARTS):
        if not left:
            break
        value = left.pop()
        if issubclass(type(value), (list, tuple)):
            left += guarded(lambda value=value: [*reversed(value)], lambda _: [])
        elif issubclass(type(value), np.ndarray):
            found.append(value)
    return found


def _do(step, learner, resolve, args, kwargs):
    if step["do"] == "call":
        return learner(*args, **kwargs)
    target = resolve(step["on"])
    if step["do"] == "method":
        return getattr(target, step["name"])(*args, **kwargs)
    if step["do"] == "get":
        return copied(getattr(target, step["name"]))
    return setattr(target, step["name"], args[0])


class CopyingProxy:
    """A learner's object as the judges use it: `net.params`, `net.params = ...`, `net.raw.fit(x, y)`."""

    def __init__(self, thing):
        self.__dict__["raw"] = thing

    def __getattr__(self, name):
        return copied(getattr(self.raw, name))

    def __setattr__(self, name, value):
        setattr(self.raw, name, copy.deepcopy(value))


WORDS[CopyingProxy] = lambda proxy: describe(proxy.raw)


def _own(value):
    plain = (np.ndarray, np.generic, bool, int, float, str, tuple, list, dict, type(None))
    return value if issubclass(type(value), plain) else CopyingProxy(value)


def _judge(step, resolve):
    try:
        actual = decode(step["actual"], lambda reference: resolve(reference, whole=True))
        given = {name: _own(decode(v, resolve)) for name, v in step["given"].items()}
    except Lacking as lacking:
        return lacking.args[0]
    try:
        with np.errstate(all="ignore"):
            return _judge_named(step["judge"])(_own(actual), **given)
    except NotImplementedError:
        return Problem("not written yet")
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        text = f"raised {type_name(error)}"
        if isinstance(error, AttributeError) and error.obj is actual and _lacks(actual, error.name):
            return Problem(text, f"Expected an object with `{error.name}`; got {describe(actual)}")
        if _is_learners(error):
            return Problem(text, f"raised {told(error)}")
        text = f"the result could not be used ({told(error)})"
        return Problem(text, f"{text}: got {describe(actual)}")


def _is_learners(error):
    """Whether the learner's code raised it; else a judge stumbled over what came."""
    here = Path(__file__)
    ours = here, here.with_name("laws.py"), Path(np.__file__).parent
    frames = guarded(lambda: [*traceback.walk_tb(error.__traceback__)], lambda _: [])
    files = [Path(frame.f_code.co_filename) for frame, _ in frames]
    return not all(any(file.is_relative_to(place) for place in ours) for file in files)


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


def turn(value, depth=8):
    """A value with the axes of its 2-D arrays exchanged, as new arrays; anything else as it is."""
    if type(value) is np.ndarray and value.ndim == 2:
        return value.T.copy()
    if _is_one(value, tuple, list):
        return type(value)(turn(part, depth - 1) for part in value) if depth else value
    return value


def _turn_back(passed, original):
    if isinstance(passed, np.ndarray) and passed.ndim == 2 and not np.array_equal(passed.T, original, equal_nan=True):
        original[...] = passed.T
    elif isinstance(passed, (tuple, list)):
        for part, whole in zip(passed, original, strict=False):  # the call may have changed the list's length
            _turn_back(part, whole)


def standard(name, function):
    """A function of this term's as the course's pages call it, for the cells that only look."""
    key = json.loads(Path(__file__).with_name("check.json").read_text(encoding="utf-8"))
    return Adapter.of(function, key[name].get("term"))


class NotYet(AssertionError):  # noqa: N818
    """Some property does not hold yet; the table says which and why."""

    def _render_traceback_(self):
        return [str(self)]


def _names(properties):
    """What parts of a result are called, by path: of what the judges call it, the shortest."""
    names: dict = {}
    for step in (step for p in properties for step in p["steps"] if step.get("judge") in ("close", "same_dtype")):
        if "what" in step["given"] and "result" in step["actual"]:
            path, what = tuple(step["actual"]["path"]), step["given"]["what"]
            names[path] = min(names.get(path, what), what, key=len)
    return names


def compare(name, learner, key):
    """The `Report` of a learner's function or class against the key of its exercise."""
    entry = key[name]
    term = entry.get("term", {})
    learner = Adapter.of(learner, term)
    names = _names(entry["properties"])
    played = []
    for p in entry["properties"]:
        judged = p.get("judged", False)
        played.append((p, *play(p["steps"], learner, judged, () if judged else p["trace"], names)))
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
