"""What is known of a crash: the learner's line, what its variables were, and what Python said.

It needs NumPy and the standard library alone, and nothing else of the kit, because the grader's sandbox loads it too.
Of a learner's variables only those of Python's and NumPy's own types are looked at, so that none of the learner's code
runs here. The one exception is the text of an exception.
"""

import ast
import builtins
import difflib
import functools
import itertools
import linecache
import os
import sys
import types
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import numpy as np

SHIPPED = {"check.py", "check_search.py"}  # the kit as learners have it, beside the notebook
PLACES = [os.path.dirname(os.__file__), os.path.dirname(np.__file__)]  # of Python's and of NumPy's own code
MOST_NAMES = 8
MOST_CANDIDATES = 2_000  # names that a wrong one is compared with
MOST_TEXT = 200
MOST_MESSAGE = 500


TEXTS = ("name", "message", "text", "function", "suggestion", "part", "calls", "outside")


@dataclass(frozen=True)
class Crash:
    """An exception of the learner's code, as plain data: `dataclasses.asdict` of it is JSON.

    Attributes
    ----------
    name : str
        The class of the exception.
    message : str
        Its text on one line.
    line : int or None
        The number, in the learner's cell or file, of the line where it happened; None where no line of theirs ran.
    text : str
        That line.
    function : str
        The function that the line belongs to, `Class.method` for a method; "" at the top of a cell.
    names : dict of str to str
        What the variables on that line were: "shape (3,)" ("shape (3,) of int64" where the numbers are no floats),
        "a tuple of 3", "a function", "None", "3"; at most eight.
    suggestion : str
        A name that exists and looks like the one that does not, as in Python's "Did you mean", or "". (Before
        Python 3.12 a program cannot ask Python for its own.)
    part : str
        The part of the line that failed, as far as Python knows.
    caller : int or None
        Where the line is in another cell or file than the function that was called: the line there that led to it.
    calls : str
        That line.
    outside : str
        Which variables on the line are arrays that the function did not set, with spaces between.
    """

    name: str
    message: str = ""
    line: int | None = None
    text: str = ""
    function: str = ""
    names: dict[str, str] = field(default_factory=dict)
    suggestion: str = ""
    part: str = ""
    caller: int | None = None
    calls: str = ""
    outside: str = ""

    @staticmethod
    def read(data):
        """The `Crash` of the dict that `dataclasses.asdict` made of one, or None where a stranger made something else.

        Texts are clipped, and characters that no page can show are replaced.
        """
        if type(data) is not dict:
            return None
        texts = {key: data.get(key, "") for key in TEXTS}
        line, names, caller = data.get("line"), data.get("names", {}), data.get("caller")
        if not all(type(text) is str for text in texts.values()) or not texts["name"] or type(names) is not dict:
            return None
        if not all(number is None or _is_line(number) for number in (line, caller)):
            return None
        pairs = [*itertools.islice(names.items(), MOST_NAMES)]
        if not all(type(key) is str and type(value) is str for key, value in pairs):
            return None
        clipped = {key: clean(text, MOST_MESSAGE if key == "message" else MOST_TEXT) for key, text in texts.items()}
        return Crash(
            line=line, caller=caller, names={clean(key, 60): clean(value, 120) for key, value in pairs}, **clipped
        )


def _is_line(number):
    return type(number) is int and 0 < number < 1 << 31


def clean(text, most):
    """A text on one line, of at most `most` characters, that any page and terminal can show."""
    text = "".join([text[: 4 * most]]).encode("utf-8", "replace").decode()
    text = "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))
    return text if len(text) <= most else f"{text[: most - 3]}..."


def learners(filename):
    """Whether a file is a learner's cell or file: none of the kit's, of NumPy's or another package's, or Python's."""
    if filename.startswith("<frozen ") or filename in ("<string>", "<__array_function__ internals>"):
        return False
    path = PurePath(filename)
    ours = path.name in SHIPPED or (__package__ and path.is_relative_to(PurePath(__file__).parent.parent))
    installed = {"site-packages", "dist-packages"} & {*path.parts}
    return not (ours or installed or any(path.is_relative_to(place) for place in PLACES))


def crash_of(error, own=learners):
    """What is known of an exception. It raises nothing, whatever the exception does.

    Parameters
    ----------
    error : BaseException
        The exception, caught.
    own : callable
        Called with the name of a file, returns whether it is the learner's.

    Returns
    -------
    Crash
        Its line is that of the last frame that is the learner's.
    """
    crash = Crash(_guarded(lambda: clean(_type_name(type(error)), 100), "unknown"))
    for look in (_said, _place, _variables, _suggested):
        crash = _guarded(functools.partial(look, crash, error, own), crash)
    return crash


def _guarded(function, otherwise):
    """What `function()` returns, or `otherwise`: an interrupt here would only hide what the learner waits for."""
    try:
        return function()
    except BaseException:
        return otherwise


def _type_name(kind):
    return type.__dict__["__name__"].__get__(kind)  # a metaclass may answer `kind.__name__` itself


def _said(crash, error, own):
    message = error.msg if type(error) in SYNTAX and type(error.msg) is str else str(error)
    return replace(crash, message=clean(message, MOST_MESSAGE))


SYNTAX = (SyntaxError, IndentationError, TabError)


def _place(crash, error, own):
    if type(error) in SYNTAX and type(error.filename) is str and own(error.filename):
        line = error.lineno if _is_line(error.lineno) else None
        return replace(crash, line=line, text=clean(error.text or "", MOST_TEXT))
    steps = _steps(error, own)
    if not steps:
        return crash
    first, step = steps[0], steps[-1]
    if first.tb_frame.f_code.co_filename != step.tb_frame.f_code.co_filename:
        text = linecache.getline(first.tb_frame.f_code.co_filename, first.tb_lineno)
        crash = replace(crash, caller=first.tb_lineno, calls=clean(text, MOST_TEXT))
    filename, line = step.tb_frame.f_code.co_filename, step.tb_lineno
    crash = replace(crash, line=line, function=clean(_function(step.tb_frame.f_code), MOST_TEXT))
    crash = replace(crash, text=clean(linecache.getline(filename, line), MOST_TEXT))
    return replace(crash, part=_guarded(lambda: clean(_part(filename, _position(step)), MOST_TEXT), ""))


def _steps(error, own):
    """The steps of an exception's traceback that are the learner's."""
    is_own = functools.cache(own)
    found = []
    step = BaseException.__dict__["__traceback__"].__get__(error)
    while step is not None:
        if is_own(step.tb_frame.f_code.co_filename):
            found.append(step)
        step = step.tb_next
    return found


def _function(code):
    """The name of the function that some code belongs to; of a comprehension or lambda, that of the one around it."""
    around, _, _ = code.co_qualname.partition(".<locals>.<")
    name = around.rpartition("<locals>.")[2]
    return "" if name.startswith("<") else name


def _position(step):
    """First and last line, first and last column of what a step of a traceback was doing."""
    positions = step.tb_frame.f_code.co_positions()
    return next(itertools.islice(positions, step.tb_lasti // 2, None))


def _part(filename, position):
    first, last, start, end = position  # the columns count bytes
    lines = [line.encode() for line in linecache.getlines(filename)[first - 1 : last]]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    return b" ".join(line.strip() for line in lines).decode()


# ------------------------------------------------------------------ the variables on the line


class _Unknown(Exception):  # noqa: N818
    """What a part of the line stood for cannot be told without running it."""


def _variables(crash, error, own):
    steps = _steps(error, own)
    if not steps or crash.line is None:
        return crash
    step = steps[-1]
    frame = step.tb_frame
    position = _guarded(lambda: _position(step), (None,) * 4)
    here = position if None not in position else (step.tb_lineno, step.tb_lineno, 0, 0)
    found, outside = dict[str, str](), dict[str, Any]()
    for node in _named(frame.f_code, here):
        try:
            value = _value(node, frame)
            words = described(value)
        except Exception:  # `_Unknown` above all
            continue
        if words:
            found.setdefault(clean(ast.unparse(node), 60), words)
        own = not isinstance(node, ast.Name) or node.id in frame.f_locals or not crash.function
        if not own and type(value) is np.ndarray:
            outside[node.id] = value
    names = dict(itertools.islice(found.items(), MOST_NAMES))
    return replace(crash, names=names, outside=clean(" ".join(outside), MOST_TEXT))


def _named(code, position):
    """The nodes of variables, attributes and items on some lines, those in the part that failed first."""
    first, last, start, end = position
    tree = _tree("".join(linecache.getlines(code.co_filename)))
    around = [statement for statement in tree.body if _begins(statement) <= last and first <= statement.end_lineno]
    inside = (node for statement in around for node in ast.walk(statement))
    there = [node for node in inside if hasattr(node, "lineno") and first <= node.lineno <= last]
    inner = code.co_name.startswith("<") and code.co_name != "<module>"  # a comprehension or lambda has its own names
    hidden = set() if inner else {name for node in there for name in _bound_within(node)}
    read = {id(node.target) for node in there if isinstance(node, ast.AugAssign)}
    nodes = [
        node
        for node in there
        if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))
        and (isinstance(node.ctx, ast.Load) or id(node) in read)
        and not hidden & {name.id for name in ast.walk(node) if isinstance(name, ast.Name)}
    ]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset, node.end_col_offset))
    return sorted(nodes, key=lambda node: not (start <= node.col_offset and node.end_col_offset <= end))


@functools.lru_cache(maxsize=2)  # an answer that crashes in one property mostly crashes in all
def _tree(text):
    return ast.parse(text)


def _begins(statement):
    return min(node.lineno for node in [statement, *getattr(statement, "decorator_list", [])])


def _bound_within(node):
    """The variables that exist only inside a lambda or a comprehension."""
    if isinstance(node, ast.Lambda):
        return [argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)]
    targets = [loop.target for loop in getattr(node, "generators", [])]
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def _value(node, frame):
    """What a variable, or an attribute or item of one, was when the line failed, without running code for it."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        for scope in _scopes(frame):
            if node.id in scope:
                return scope[node.id]
        raise _Unknown
    if not isinstance(node, (ast.Attribute, ast.Subscript)):
        raise _Unknown
    owner: Any = _value(node.value, frame)
    if isinstance(node, ast.Attribute) and not _is_plain(owner):
        value = _attribute(owner, node.attr)
        if _is_plain(value) and _kind(value) not in FUNCTIONS:
            return value
    elif isinstance(node, ast.Subscript) and _kind(owner) in (tuple, list, dict):
        index = _value(node.slice, frame)
        if type(index) is int and type(owner) is not dict and -len(owner) <= index < len(owner):
            return owner[index]
        if _kind(index) in (int, str) and type(owner) is dict and _keys_are_plain(owner) and index in owner:
            return owner[index]
    raise _Unknown


def _scopes(frame):
    """The local and the global variables of a frame; a class may be made in a mapping of the learner's."""
    return [scope for scope in (frame.f_locals, frame.f_globals) if any(type(scope) is kind for kind in SCOPES)]


def _keys_are_plain(value):
    return all(type(key) is int or type(key) is str for key in value)


def _own_scope():
    return type(sys._getframe().f_locals)  # dict, or a proxy from Python 3.13 on


SCOPES = {dict, _own_scope()}
SIZED = {tuple: "tuple", list: "list", range: "range", set: "set", frozenset: "frozenset"}
NUMPYS = {kind for kind in np.sctypeDict.values() if issubclass(kind, (np.number, np.bool_))}
NUMBERS = {bool, int, float, complex, *NUMPYS}
FUNCTIONS = {types.FunctionType, types.BuiltinFunctionType, types.MethodType, np.ufunc, type(np.mean), type(len)}
WORDS = {type(None): "None", str: "a string", bytes: "bytes", types.GeneratorType: "a generator"}
PLAIN = {np.ndarray, dict, types.ModuleType, *SIZED, *NUMBERS, *FUNCTIONS, *WORDS}


def _kind(value):
    """The type of a value where it is one of those that are looked at, else None."""
    kind = type(value)
    return kind if type(kind) is type and kind in PLAIN else None  # a metaclass may have a hash of its own


def _is_plain(value):
    return _kind(value) is not None


def described(value):
    """A value in a few words, or "" for a module; of an object of another type only the type's name is read."""
    kind = _kind(value)
    if kind is np.ndarray:
        words = f"shape {value.shape}" + ("" if value.dtype.kind == "f" else f" of {value.dtype.name}")
    elif kind in NUMBERS:
        words = _guarded(lambda: str(value), "a large number")  # Python refuses to write very large ones
    elif kind in SIZED:
        words = f"a {SIZED[kind]} of {len(value)}"
    elif kind is dict:
        words = f"a dict of {len(value)}"
        if 0 < len(value) <= MOST_NAMES and _keys_are_plain(value):
            words = f"a dict with {', '.join(map(repr, value))}"
    elif kind is types.ModuleType:
        words = ""
    elif kind in FUNCTIONS:
        words = "a function"
    elif kind in WORDS:
        words = WORDS[kind]
    elif issubclass(type(value), type):
        words = "a class"
    else:
        words = f"an object of type {_type_name(type(value))}"
    return clean(words, 120)


# ------------------------------------------------------------------ the name that was meant


def _suggested(crash, error, own):
    steps = _steps(error, own)
    step = steps[-1] if steps else None
    if type(error) is AttributeError:
        near = _nearest(error.name, _attributes(error.obj))
    elif type(error) is NameError and step is not None:
        scopes = _scopes(step.tb_frame)
        near = _nearest(error.name, itertools.chain(*scopes, builtins.__dict__))
        if "self" in scopes[0] and error.name in _attributes(scopes[0]["self"]):
            near = f"self.{error.name}"
    else:
        near = ""
    return replace(crash, suggestion=clean(near, MOST_TEXT))


def _nearest(name, names):
    """The name that looks most like a wrong one, or ""; a private one only where the wrong one is private too."""
    if len(name) > MOST_TEXT:
        return ""
    names = [each for each in names if type(each) is str and each.startswith("_") <= name.startswith("_")]
    other_case = [each for each in names if each.lower() == name.lower()]
    return next(iter(other_case or difflib.get_close_matches(name, names[:MOST_CANDIDATES], 1, 0.8)), "")


def _attributes(value):
    """The names of an object's attributes."""
    return [*itertools.chain(_room(value), *_spaces(value))]


# ------------------------------------------------------------------ attributes, without asking the object itself

MRO, DICT = type.__dict__["__mro__"], type.__dict__["__dict__"]  # a metaclass may answer for these itself


def _spaces(value):
    """Where an object's attributes are, but those of its own; of a class, where those of its objects are too."""
    kinds = MRO.__get__(value) if issubclass(type(value), type) else ()
    return [DICT.__get__(kind) for kind in (*kinds, *MRO.__get__(type(value)))]


def _room(value):
    """An object's own attributes."""
    if not issubclass(type(value), type):
        for space in _spaces(value):
            if type(space.get("__dict__")) in (types.GetSetDescriptorType, types.MemberDescriptorType):
                return space["__dict__"].__get__(value)
    return {}


def _attribute(value, name):
    """An attribute of an object, or `_Unknown`; what a property would return is not known without running it."""
    shared = next((space[name] for space in _spaces(value) if name in space), _Unknown)
    return _room(value).get(name, shared) if shared is _Unknown or _is_plain(shared) else _Unknown
