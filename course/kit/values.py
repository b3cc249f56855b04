"""Whatever a learner's function returns: looked at without a crash, in words, as JSON and as a fingerprint."""

import ast
import copy
import functools
import html
import inspect
import math
import re
import threading
from dataclasses import dataclass
from types import ModuleType

import numpy as np


@dataclass(frozen=True)
class Problem:
    """What is wrong with a result: `text` without a number of the test, `detail` with them."""

    text: str
    detail: str = ""


MOST_PARTS = 10_000  # of a result: a list may hold itself, or the same list twice, sixty levels deep


ONE_AT_A_TIME = threading.Lock()


def read_python(text):
    """A text as a tree, as `ast.parse` makes it, also where several threads ask at a time.

    CPython before 3.11.9 and 3.12.3 counts for all threads together how deep it is in a tree, and raises a SystemError
    where another one reads meanwhile (its issue 106905). Two hand-ins are graded at a time.
    """
    with ONE_AT_A_TIME:
        return ast.parse(text)


def guarded(function, otherwise):
    """What `function()` returns, or `otherwise(error)`: to look at a learner's object may raise anything."""
    try:
        return function()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return otherwise(error)


def shown(text, most=500):
    """A text of the learner's that any page and terminal can show."""
    text = "".join([text]).encode("utf-8", "replace").decode()
    return text if len(text) <= most else f"{text[:most]}..."


def type_name(value):
    return guarded(lambda: shown(type(value).__name__, 80), lambda _: "unknown")


def told(error):
    """An exception as one line: its name and its message, where that can be read."""
    message = guarded(lambda: shown(str(error)), lambda _: "its message could not be read")
    return f"{type_name(error)}: {message}" if message else type_name(error)


def copied(value):
    """A copy, so that what happens later does not change it; the value itself where it can't be copied."""
    return guarded(lambda: copy.deepcopy(value), lambda _: value)


WORDS: dict = {}  # how objects of further types are described: grading adds what stands for a learner's object


def describe(value, keys=True):
    """A result in a few words: its type, shape and parts (`keys` of a dict too), never its numbers."""
    return guarded(lambda: shown(_described(value, keys)), lambda _: f"an object of type {type_name(value)}")


def _described(value, keys):
    if type(value) in WORDS:
        return WORDS[type(value)](value)
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, np.ndarray):
        name = "an array" if type(value) is np.ndarray else f"a {type_name(value)} instead of a plain array,"
        return f"{name} of shape {value.shape}" + ("" if is_real(value.dtype) else f" and dtype {value.dtype}")
    if isinstance(value, (tuple, list)):
        return _described_parts(value, "tuple" if isinstance(value, tuple) else "list")
    if isinstance(value, dict):
        return f"a dict with {_in_words(value)}" if keys and value else "a dict" if value else "an empty dict"
    if isinstance(value, (str, bytes, set, frozenset)):
        return {str: "a string", bytes: "bytes"}.get(type(value), f"a {type_name(value)}")
    if isinstance(value, np.generic):
        return "a number" if is_real(value.dtype) else f"a value of dtype {value.dtype}"
    if isinstance(value, (bool, int, float)):
        return "a number"
    if isinstance(value, complex):
        return "a complex number"
    if isinstance(value, BaseException):
        return f"an exception of type {type_name(value)}: raise it instead of returning it"
    if isinstance(value, type):
        return f"the class {shown(value.__name__, 80)} itself, not an object of it"
    if isinstance(value, ModuleType):
        return f"the module {shown(value.__name__, 80)}"
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
        inside = f" ({listed(several)})" if len(kinds) <= 4 else " values of several kinds"
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
    names = [repr(shown(key, 30)) for key in [*keys][:5]]
    if len(keys) > 5:
        names[4:] = [f"{len(keys) - 4} more"]
    return f"the key{'s' if len(keys) > 1 else ''} {listed(names)}"


def listed(words):
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def is_real(dtype):
    """Whether grading takes numbers of this dtype: no complex ones, no objects, nothing longer than float64."""
    return dtype.kind in "fiub" and dtype.itemsize <= 8


def is_numeric(value):
    """Whether a value is a number or a plain array; `course.kit.plain` makes plain arrays of most others."""
    return is_one(value, np.ndarray, bool, int, float) or issubclass(type(value), np.generic)


def is_one(value, *types):
    """Whether a value is of one of these very types: a class may say what it likes of `==` and `__class__`."""
    return any(type(value) is kind for kind in types)


def real_array(value):
    """The value as an array of real numbers (lists of them will do), or None."""
    if type(value) is np.ndarray:
        return value if is_real(value.dtype) else None
    if not is_numeric(value) and not (isinstance(value, (tuple, list)) and _all_numbers(fingerprint(value))):
        return None
    array = guarded(lambda: np.asarray(value), lambda _: None)
    return array if array is not None and is_real(array.dtype) else None


def _all_numbers(print_):
    """Whether a fingerprint is of numbers alone: of words NumPy would make an array as wide as the longest one."""
    return is_print(print_) or (isinstance(print_, list) and all(map(_all_numbers, print_)))


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
    """A plain value as JSON data; `decode` is its inverse.

    JupyterLite reads a JSON file with JavaScript and writes it again, which knows no NaN and makes 1 of 1.0.
    """
    if isinstance(value, np.generic):
        value = np.asarray(value)
    if isinstance(value, np.ndarray):
        numbers = [v if math.isfinite(v) else str(v) for v in value.ravel().tolist()]
        return {"shape": list(value.shape), "dtype": value.dtype.name, "numbers": numbers}
    if isinstance(value, float) and (value.is_integer() or not math.isfinite(value)):
        return {"float": str(float(value))}
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
    if "float" in data:
        return float(data["float"])
    if "tuple" in data:
        return tuple(decode(part, resolve) for part in data["tuple"])
    if "probe" in data:
        return Probe(data["probe"], *(decode(v, resolve) for v in data["values"]))
    return resolve(data)


def fingerprint(value):
    """A few numbers that tell results apart: shape, dtype and weighted sums, not the result itself.

    What has none (an array of words, a list with itself in it) is "unreadable": no known mistake returns that.
    """
    with np.errstate(all="ignore"):
        return guarded(lambda: _fingerprint(value, iter(range(MOST_PARTS))), lambda _: "unreadable")


def _fingerprint(value, left):
    next(left)  # raises where there are too many parts
    if isinstance(value, (tuple, list)):
        return [_fingerprint(part, left) for part in value]
    if not isinstance(value, (np.ndarray, bool, int, float, np.generic)):
        # An object or None: a class may have any name, and train() may return the layer or nothing.
        kind = describe(value, keys=False)
        return "no numbers" if kind.startswith(("None", "an object")) else kind.partition(":")[0]
    a = np.asarray(np.real(value) if np.iscomplexobj(value) else value, dtype=np.float64)
    shape, a = [*a.shape, *_unusual_dtype(value)], a.ravel()
    bad = ~np.isfinite(a)
    a = np.where(bad, 0.0, a)
    one, other = _weights(a.size) if a.size <= 4096 else _weights.__wrapped__(a.size)
    sums = a @ one, a @ other, np.abs(a).max(initial=0.0)
    return [shape, int(bad.sum()), *(float(f"{total:.9g}") for total in sums)]


@functools.lru_cache(maxsize=256)
def _weights(size):
    k = np.arange(size)
    return np.cos(k + 1.0), np.sin(k * k + 1.0)


def _unusual_dtype(value):
    """The dtype of an array where it is not float64, and of a number cut to fewer digits: nothing else may show it."""
    if isinstance(value, np.ndarray) and value.ndim:
        return [value.dtype.name] if value.dtype != np.float64 else []
    return [value.dtype.name] if isinstance(value, (np.float32, np.float16)) else []


def changed(before, after):
    """The positions of the arrays among some arguments that a call changed; -1 too, where a list got more or fewer."""
    other = [k for k, array in enumerate(before) if k >= len(after) or not _same(after[k], array)]
    return other if len(before) == len(after) else [-1, *other]


def _same(a, b):
    def look():
        if type(a) is np.ndarray and (a.shape, a.dtype) == (b.shape, b.dtype) and a.tobytes() == b.tobytes():
            return True  # by far the most frequent case, and the fastest
        return np.array_equal(a, b, equal_nan=True)

    return guarded(look, lambda _: True)


def is_print(part):
    """Whether this is the fingerprint of one array or number; the fifth part of that of a tuple of five is a list."""
    return isinstance(part, list) and len(part) == 5 and isinstance(part[0], list) and isinstance(part[4], (int, float))


def alike(a, b):
    """Whether two fingerprints are of the same result."""
    if isinstance(a, list) and isinstance(b, list):
        if is_print(a) and is_print(b):
            tolerance = 1e-6 * max(abs(a[4]), abs(b[4]))
            near = all(abs(p - q) <= tolerance for p, q in zip(a[2:], b[2:], strict=True))
            return a[:2] == b[:2] and near
        return len(a) == len(b) and all(map(alike, a, b))
    return a == b


def in_html(text):
    """A text for a page: escaped, and what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
