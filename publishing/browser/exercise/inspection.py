"""What the page asks Python about the learner's names: completions, signatures, and what a cell has left.

The learner's objects may do anything when they are asked something. So no method of theirs is called here as far as
that can be avoided, nothing that they print is shown, and a question that fails is answered by null.
"""

import ast
import builtins
import contextlib
import inspect
import io
import json
import keyword
import re
import reprlib
import sys
import types
import warnings

MOST_NAMES = 1500  # of a list of completions; NumPy has 500
MOST_ROWS = 100  # of the table of names
NUMBERS = 6  # of an array that are shown
LONGEST = 120  # characters of a value
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
OF_THEIR_OWN = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)  # their names are not the cell's
KNOWN = {"builtins", "numpy"}  # whose objects can be asked for an attribute without running a learner's code


def answer(question, text, space):
    """Answer a question of the page.

    Parameters
    ----------
    question : str
        A key of `QUESTIONS`.
    text : str
        What it is about.
    space : str
        The module whose names count: `__main__`, or `scratch` for what the last scratch cell has left.

    Returns
    -------
    str
        JSON; null if there is no answer.
    """
    try:
        names = vars(sys.modules[space])
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            return json.dumps(QUESTIONS[question](text, names))
    except BaseException:  # a learner's object may raise anything
        return "null"


def complete(text, names):
    """The names that may stand in place of the last part of a dotted name, each with its kind and a detail."""
    *path, begun = text.split(".")
    if path:
        value = _value(path, names)
        found = {name: inspect.getattr_static(value, name, None) for name in _directory(value)}
    else:
        found = {**{word: keyword for word in keyword.kwlist}, **vars(builtins), **names}
    wanted = sorted(name for name in found if name.startswith("_") == begun.startswith("_"))
    return [[name, _kind(found[name]), _detail(found[name])] for name in wanted[:MOST_NAMES]]


def signature(text, names):
    """What a function takes, and the first line of its docstring; None if there is no such function."""
    value = _value(text.split("."), names)
    if not callable(value):
        return None
    lines = [line for line in (inspect.getdoc(value) or "").splitlines() if line.strip()]
    name = text.rpartition(".")[2]
    # NumPy's functions in C have their arguments in the docstring's first line.
    written = lines.pop(0) if lines and re.match(rf"(\w+\.)?{name}\(", lines[0]) else f"{name}(…)"
    try:
        head = f"{name}{inspect.signature(value)}"
    except (TypeError, ValueError):
        head = written
    return {"signature": head[:300], "summary": lines[0][:200] if lines else ""}


def changed(code, names):
    """The names that a cell's code sets or changes, each with its type, its shape and a short value."""
    bound = [name for name in dict.fromkeys(_bound(ast.parse(code))) if name in names]
    return [[name, *_row(names[name])] for name in bound if not isinstance(names[name], types.ModuleType)][:MOST_ROWS]


QUESTIONS = {"complete": complete, "signature": signature, "names": changed}


# ---------------------------------------------------------------- attributes, without running a learner's code


def _value(path, names):
    value = names[path[0]] if path[0] in names else vars(builtins)[path[0]]
    for part in path[1:]:
        value = _attribute(value, part)
    return value


def _attribute(value, name):
    """An attribute; of a learner's object what is stored, since a property may run for ever."""
    if isinstance(value, types.ModuleType) and name in vars(value):
        return vars(value)[name]
    known = type(value).__module__.split(".")[0] in KNOWN and not isinstance(value, (type, types.ModuleType))
    return getattr(value, name, None) if known else inspect.getattr_static(value, name, None)


def _directory(value):
    if isinstance(value, types.ModuleType):
        return dir(value)
    return type.__dir__(value) if isinstance(value, type) else object.__dir__(value)


def _kind(value):
    if value is keyword:
        return "keyword"
    if isinstance(value, type):
        return "class"
    if isinstance(value, types.ModuleType):
        return "namespace"
    return "function" if callable(value) else "variable"


def _detail(value):
    return " ".join(filter(None, _shape(value))) if _is_array(value) else ""


# ---------------------------------------------------------------- a value in a few characters


def _is_array(value):
    return type(value).__module__ == "numpy" and type(value).__name__ == "ndarray"


def _shape(value):
    return str(value.shape), str(value.dtype)


class _Short(reprlib.Repr):
    """A `repr` that is short and calls no learner's `__repr__`."""

    def __init__(self):
        super().__init__()
        self.maxlevel, self.maxstring, self.maxlong = 3, 60, 40

    def repr_instance(self, value, level):
        if _is_array(value):
            return f"array of shape {value.shape}"
        if type(value) in (float, complex, bool, type(None), bytes, range, slice) or _is_numpy_scalar(value):
            return repr(value)
        return f"<{type(value).__name__}>"


def _is_numpy_scalar(value):
    return type(value).__module__ == "numpy" and hasattr(type(value), "dtype") and not _is_array(value)


def _row(value):
    """The type, the shape and the value, as texts; of a value that cannot be told, the type."""
    try:
        return _told(value)
    except Exception:  # such as that of a number of thousands of digits
        return [type(value).__name__, "", ""]


def _told(value):
    if _is_array(value):
        shape, dtype = _shape(value)
        return [f"array, {dtype}", shape, _numbers(value)]
    if isinstance(value, types.FunctionType):
        return ["function", "", str(inspect.signature(value))[:LONGEST]]
    length = f"{len(value)} items" if type(value) in (list, tuple, dict, set, frozenset) else ""
    return [type(value).__name__, length, _Short().repr(value)[:LONGEST]]


def _numbers(array):
    if array.dtype.kind not in "biufc":
        return ""
    first = [str(number) if array.dtype.kind in "bc" else f"{number:.4g}" for number in array.flat[:NUMBERS]]
    return ", ".join(first) + ", …" * (array.size > NUMBERS)


def _bound(node):
    """The names that code sets or changes at its top level; what functions and comprehensions do inside is theirs."""
    if isinstance(node, DEFINITIONS):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, ast.Store):
        base = node.value
        while isinstance(base, (ast.Subscript, ast.Attribute)):
            base = base.value  # `x[0] = 1` and `x.T[0] = 1` change x
        if isinstance(base, ast.Name):
            yield base.id
    if not isinstance(node, (*DEFINITIONS, *OF_THEIR_OWN)):
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)
