"""A crash in words: the learner's line, and what the error means there.

A sentence says only what follows from Python's message, the line, and what the variables on it were. It needs NumPy and
the standard library alone.

One file, though a long one: it is a list of messages and what each of them means.
"""

import ast
import builtins
import difflib
import itertools
import math
import re

import numpy as np

from course.kit.crash import Crash, clean, crash_of
from course.kit.values import read_python

__all__ = ["Crash", "crash_of", "explained"]

MOST_SHOWN = 100
RULES: list = []


def explained(crash, exercise="", known=()):
    """What a crash means, in a sentence or two, with the line in front where it is known.

    Parameters
    ----------
    crash : Crash
        The crash.
    exercise : str
        The exercise that was called.
    known : iterable of str
        All exercises of the notebook.
    """
    whole = len(crash.text) <= MOST_SHOWN and (not crash.part or _tree(crash.text) is not None)
    text = crash.text if whole else crash.part
    line = f", `{text}`" if 0 < len(text) <= MOST_SHOWN else ""
    where = "" if crash.line is None else f"line {crash.line}{line}: "
    if crash.caller is not None:
        call = f", `{crash.calls}`" if 0 < len(crash.calls) <= MOST_SHOWN else ""
        place = f"`{crash.function}` in another cell" if crash.function else "another cell"
        where = f"line {crash.caller}{call}, leads to {place}, {where}"
    try:
        return where + clean(_meaning(crash, exercise, known), 600)
    except Exception:  # a crash that a stranger wrote may say anything
        return where + _raised(crash)


def meaning(crash):
    """What a crash means, without its line, or "" where nothing is known but what Python itself says."""
    if crash.name == "SyntaxError":
        return _in_its_place(crash.text, crash.message).strip()
    if crash.message.startswith("module "):  # "has no attribute": Python says it, and what was meant
        return ""
    if crash.name == "NameError":
        return MODULES.get("".join(re.findall(r"^name '(\w+)' is not", crash.message)), "").strip()
    try:
        said = clean(_meaning(crash, "", ()), 600)
    except Exception:  # as in `explained`
        return ""
    return "" if said == clean(_raised(crash), 600) else said


def _meaning(crash, exercise, known):
    raised = re.match(r"raise\b", crash.part or crash.text)
    if crash.name == "NotImplementedError":
        return _not_written(crash, exercise)
    if raised and crash.message == "exceptions must derive from BaseException":
        return "only an exception can be raised, as in `raise ValueError(...)`."
    if crash.name == "NameError" and not raised:
        return _unknown_name(crash, exercise, known)
    for names, pattern, words in RULES if not raised else ():
        match = re.fullmatch(pattern, crash.message) if crash.name in names else None
        said = match and words(crash, *match.groups())
        if said:
            return said + _did_you_mean(crash)
    return _raised(crash)


def _raised(crash):
    return f"raised {crash.name}: {crash.message}" if crash.message else f"raised {crash.name}"


def _not_written(crash, exercise):
    if crash.message or not crash.function or not crash.text.startswith("raise NotImplementedError"):
        return _raised(crash)
    if not exercise or crash.function.split(".")[0] == exercise:
        return f"`{crash.function}` is not written yet."
    return f"`{crash.function}` is not written yet; your function calls it."


def _unknown_name(crash, exercise, known):
    found = re.match(r"name '(.+?)' is not defined|cannot access free variable '(.+?)'", crash.message)
    if found is None:
        return _raised(crash)
    name = found[1] or found[2]
    if found[2]:
        return f"`{name}` belongs to the enclosing function and has no value yet when this line runs."
    if name != exercise and name in known:
        return f"`{name}` is another exercise of this notebook: run its cell first."
    return f"`{name}` is not defined.{MODULES.get(name, '')}" + _did_you_mean(crash)


MODULES = {
    "np": " Run the cell with `import numpy as np` first.",
    "numpy": " After `import numpy as np` its name is `np`.",
}


def _did_you_mean(crash):
    if "deprecated" in crash.message or "was removed" in crash.message:  # NumPy says itself what to write
        return ""
    return f" Did you mean: '{crash.suggestion}'?" if crash.suggestion else ""


def rule(names, pattern):
    """Add a function to the list: what messages of this pattern mean, of exceptions of these names, or None."""

    def add(words):
        RULES.append((names.split(), pattern, words))
        return words

    return add


# ------------------------------------------------------------------ what the line says


def _tree(text):
    """The statement or expression of a line, or None: the line may be part of a longer one."""
    for whole in (text, f"{text} pass", f"{text.removeprefix('el')} pass"):
        try:
            return read_python(whole).body[0]
        except (SyntaxError, ValueError, IndexError, RecursionError, MemoryError):
            continue
    return None


def _failed(crash, *kinds):
    """The expression that failed, where it is of one of these kinds; a statement such as `x += y` too."""
    tree = _tree(crash.part)
    node = tree.value if isinstance(tree, ast.Expr) else tree
    return node if isinstance(node, kinds) else None


def _source(node):
    """A part of a line as it is written, or "" where it is long or there is none."""
    text = ast.unparse(node) if node is not None else ""
    return text if len(text) <= 40 else ""


def _operands(crash):
    """The two sides of an operator, as they are written: of `x - y` x and y."""
    node = _failed(crash, ast.BinOp, ast.AugAssign)
    if node is None:
        return []
    return [
        _source(part)
        for part in ((node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value))
    ]


def _called(crash):
    """The call that failed: what was called, as it is written, and the call."""
    node = _failed(crash, ast.Call)
    return (_source(node.func), node) if node is not None else ("", None)


def _listed(words):
    words = [*words]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _shape_of(crash, name):
    """The shape of an array, as a tuple, or None."""
    found = re.match(r"shape (\([\d, ]*\))", crash.names.get(name, ""))
    return ast.literal_eval(found[1]) if found else None


def _shape(text):
    """A shape as NumPy writes it in a message."""
    return tuple(int(n) for n in re.findall(r"\d+", text))


def _in_part(crash):
    """The variables, attributes and items that the failed part names, or those of the line where that is not known."""
    tree = _tree(crash.part)
    if tree is None:
        return crash.names
    written = {ast.unparse(n) for n in ast.walk(tree) if isinstance(n, (ast.Name, ast.Attribute, ast.Subscript))}
    return {name: words for name, words in crash.names.items() if name in written}


def _shapes(crash, wanted=None):
    """What the shapes of the arrays in the failed part are, those among `wanted` where it is told, as a sentence."""
    shapes = {name: _shape_of(crash, name) for name in _in_part(crash)}
    shapes = {n: s for n, s in shapes.items() if s is not None and (wanted is None or s in wanted)}
    words = [f"{'has shape ' if k == 0 else ''}{shape}" for k, shape in enumerate(shapes.values())]
    return f" {', '.join(f'{n} {w}' for n, w in zip(shapes, words, strict=True))}." if shapes else ""


def _which(crash, test):
    """What the variables in the failed part are, those whose description passes a test, as a sentence."""
    found = [f"{name} is {words}" for name, words in _in_part(crash).items() if test(words)]
    return f" {_listed(found)}." if found else ""


def _is_list(words):
    return words.startswith(("a list", "a tuple", "a dict"))


def _is_float(words):
    return re.fullmatch(r"-?\d+\.\d*(e[+-]?\d+)?|-?\d+e[+-]?\d+|-?inf|nan", words)


def _odd(crash, arrays=True):
    """Which of the variables are None, or lists where arrays are usual, and (`arrays`) what makes one of a list."""
    tree = _tree(crash.part)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)] if tree is not None else []
    called = {_source(call.func) for call in calls}
    odd = {"None", "a string", "a function", "a class"}
    found = {
        name: words
        for name, words in _in_part(crash).items()
        if (words in odd or _is_list(words)) and name not in called
    }
    said = f" {_listed(f'{name} is {words}' for name, words in found.items())}." if found else ""
    lists = [name for name, words in found.items() if words.startswith("a list")]
    array = (
        f" np.array({lists[0]}) makes an array of it, if its parts have the same shape."
        if arrays and len(lists) == 1
        else ""
    )
    call = " Are the parentheses of a call missing?" if "a function" in found.values() else ""
    return said + array + call + (NO_RETURN if "None" in found.values() else "")


NO_RETURN = " One way to get None is a function without `return`."


def _a(kind):
    """A type's name in a message, as a noun with its article."""
    kind = kind.rpartition(".")[2]
    known = {"NoneType": "None", "ndarray": "an array", "str": "a string", "type": "a class", "method": "a function"}
    known |= {"function": "a function", "builtin_function_or_method": "a function", "ufunc": "a function"}
    return known.get(kind, f"{'an' if kind[:1] in 'aeioAEIO' else 'a'} {kind}")


def _no_return(crash, node):
    """Where a None may come from: a function of the learner's that forgot its `return`."""
    if isinstance(node, ast.Call):
        name = _source(node.func)
        return f" Is a `return` missing in `{name}`?" if crash.names.get(name) == "a function" else ""
    return NO_RETURN if isinstance(node, ast.Name) else ""


# ------------------------------------------------------------------ shapes


@rule("ValueError", r"operands could not be broadcast together with shapes ((?:\([\d,]*\) ?)+)")
def _broadcast(crash, shapes):
    came = [_shape(shape) for shape in re.findall(r"\([\d,]*\)", shapes)]
    node = _failed(crash, ast.AugAssign)
    if node is not None and len(came) == 3:
        came.pop()  # the array that is written to is the one on the left
    said = f"shapes {_listed(map(str, came))} do not line up from the right."
    sides = [*zip(_operands(crash), came, strict=False)] if len(came) == 2 else []
    simple = {side: _shape_of(crash, side) for side, _ in sides if side in crash.names}
    if not sides or any(shape != dict(sides)[side] for side, shape in simple.items()):
        return said + _shapes(crash, came) + _from_outside(crash)
    sides = [(side, shape) for side, shape in sides if side]
    shown = [f"{side} {'has shape ' if k == 0 else ''}{shape}" for k, (side, shape) in enumerate(sides)]
    writes = node is not None and len(came[0]) < len(came[1])  # no shape of what is written to would help
    told = f"{said} {', '.join(shown)}." if shown else said
    return told + (_from_outside(crash) or ("" if writes or not shown else _needed(sides)))


def _from_outside(crash):
    """Which arrays on the line the function did not set: one that a cell has left behind has that cell's shape."""
    names = [name for name in crash.outside.split() if name in _in_part(crash)]
    if not names:
        return ""
    verb, whose = ("is", "its value comes") if len(names) == 1 else ("are", "their values come")
    return f" {_listed(names)} {verb} not set in this function: {whose} from outside."


WHOLE = {"x", "x_hat", "dx_hat", "dy"}  # names of arrays with a row for each example


def _needed(sides):
    """What shape the smaller of two arrays needs, where its axes fit to those of the larger in one way only."""
    if len(sides) != 2 or len(sides[0][1]) == len(sides[1][1]):
        return ""
    (small, shape), (_, large) = sorted(sides, key=lambda side: len(side[1]))
    ways = itertools.combinations(range(len(large)), len(shape)) if len(large) <= 8 else ()
    fits = [axes for axes in ways if tuple(large[axis] for axis in axes) == shape]
    if len(fits) != 1 or not shape:
        return ""
    if len(shape) == 1 and small in WHOLE:
        return f" {small} has one number for each entry of axis {fits[0][0]} here: is it what its name says?"
    needed = tuple(large[axis] if axis in fits[0] else 1 for axis in range(fits[0][0], len(large)))
    axes = f"axis {fits[0][0]}" if len(shape) == 1 else f"axes {_listed(map(str, fits[0]))}"
    return f" To go with {axes}, {small} needs shape {needed}."


@rule(
    "ValueError",
    r"non-broadcastable output operand with shape (\([\d,]*\)) doesn't match the broadcast shape (\([\d,]*\))",
)
def _broadcast_in_place(crash, out, result):
    return f"the result has shape {_shape(result)} and does not fit into an array of shape {_shape(out)}." + _shapes(
        crash
    )


@rule(
    "ValueError",
    r"operands could not be broadcast together with remapped shapes .*: (\([\d,]*\)) +and requested shape (\([\d,]*\))",
)
def _broadcast_to(crash, came, wanted):
    return f"shape {_shape(came)} cannot be broadcast to shape {_shape(wanted)}."


@rule("ValueError", r"operands could not be broadcast together with remapped shapes \[original->remapped\]: (.*)")
def _einsum(crash, remapped):
    shapes = [_shape(shape) for shape in re.findall(r"(\([\d,]*\))->", remapped)]
    function, call = _called(crash)
    said = f"shapes {_listed(map(str, shapes))} do not go together here."
    if not function.endswith("einsum") or not call.args or not isinstance(call.args[0], ast.Constant):
        return said
    lengths: dict[str, set[int]] = {}
    for letters, shape in zip(str(call.args[0].value).partition("->")[0].split(","), shapes, strict=True):
        for letter, length in zip(letters.strip(), shape, strict=True):
            lengths.setdefault(letter, set()).add(length)
    two = [
        f"`{letter}` stands for axes of length {_listed(map(str, sorted(found)))}"
        for letter, found in lengths.items()
        if len(found - {1}) > 1
    ]
    return f"{said} In this einsum {_listed(two)}." if two else said


@rule("ValueError", r"einstein sum subscripts string contains too many subscripts for operand (\d)")
def _einsum_letters(crash, number):
    return f"array {int(number) + 1} of this einsum has fewer axes than letters." + _shapes(crash)


@rule("ValueError", r"operand has more dimensions than subscripts given in einstein sum, .*")
def _einsum_axes(crash):
    return "an array of this einsum has more axes than letters." + _shapes(crash)


@rule("ValueError", r"could not broadcast input array from shape (\([\d,]*\)) into shape (\([\d,]*\))")
@rule("ValueError", r"shape mismatch: value array of shape (\([\d,]*\)) .* to indexing result of shape (\([\d,]*\))")
def _assigned(crash, came, place):
    return f"an array of shape {_shape(came)} does not fit into a place of shape {_shape(place)}." + _shapes(crash)


@rule("ValueError", r"NumPy boolean array indexing assignment cannot assign (\d+) input values to the (\d+) output .*")
def _assigned_by_mask(crash, came, places):
    return f"the mask selects {places} numbers, but {came} are assigned to them." + _shapes(crash)


@rule(
    "ValueError",
    r"matmul: Input operand 1 has a mismatch in its core dimension 0, .* \(size (\d+) is different from (\d+)\)",
)
def _matmul(crash, right, left):
    inner = f"the lengths that it sums over differ, {left} on the left and {right} on the right"
    return f"this matrix product does not fit: {inner}." + _shapes(crash)


@rule("ValueError", r"shapes (\([\d,]*\)) and (\([\d,]*\)) not aligned: (\d+) \(dim (\d+)\) != (\d+) \(dim (\d+)\)")
def _dot(crash, left, right, *inner):
    m, i, n, j = inner
    came = _shape(left), _shape(right)
    said = f"axis {i} of shape {came[0]} and axis {j} of shape {came[1]} must be equally long in this product"
    return f"{said}, but are {m} and {n}." + _shapes(crash, came)


@rule("ValueError", r"matmul: Input operand (\d) does not have enough dimensions \(has 0, .*")
def _matmul_number(crash, number):
    side = "right" if number == "1" else "left"
    return f"the {side} side of the matrix product has no axes, like a single number. `*` multiplies by a number."


@rule("AxisError", r"(?:\w+: )?axis (-?\d+) is out of bounds for array of dimension (\d+)")
def _axis(crash, axis, count):
    axes = [*range(int(count))]
    if not axes:
        return f"there is no axis {axis}: a single number has no axes." + _shapes(crash, [()])
    few = ["", "an array of one axis: its only axis is 0", "an array of 2 axes: its axes are 0 and 1"]
    has = few[len(axes)] if len(axes) < 3 else f"an array of {count} axes: its axes are 0 to {axes[-1]}"
    arrays = {name: _shape_of(crash, name) for name in crash.names}
    return f"there is no axis {axis} in {has}." + _shapes(
        crash, [s for s in arrays.values() if s and len(s) == len(axes)]
    )


@rule("ValueError", r"duplicate value in 'axis'")
def _axis_twice(crash):
    return "the same axis stands twice in `axis`."


@rule("IndexError", r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)")
def _index(crash, index, axis, size):
    has = "is empty" if size == "0" else f"has length {size} (indices 0 to {int(size) - 1})"
    return f"there is no index {index}: axis {axis} {has}." + _shapes(crash)


@rule("IndexError", r"(list|tuple) (?:assignment )?index out of range")
def _list_index(crash, kind):
    node = _failed(crash, ast.Subscript)
    if node is None:
        return None
    name, index = _source(node.value), _source(node.slice)
    count = _parts(crash, node.value)
    value = crash.names.get(index, "")
    index = f"{index} is {value}, and " if re.fullmatch(r"-?\d+", value) else ""
    if count is None:
        return f"{index}the {kind} is shorter than that."
    has = f"the {kind} {name} has {count} part{'' if count == 1 else 's'}" if name else f"the {kind} has {count}"
    return f"{index}{has}, counted from 0." if count else f"{index}the {kind} {name} is empty."


def _parts(crash, node):
    """How many parts the value of an expression has, or None."""
    if isinstance(node, ast.Attribute) and node.attr == "shape":
        shape = _shape_of(crash, _source(node.value))
        return None if shape is None else len(shape)
    if isinstance(node, (ast.Tuple, ast.List)) and not any(isinstance(part, ast.Starred) for part in node.elts):
        return len(node.elts)
    name = _source(node)
    found = re.match(r"a (?:tuple|list|dict|range|set|frozenset) of (\d+)$", crash.names.get(name, ""))
    shape = _shape_of(crash, name)
    return int(found[1]) if found else shape[0] if shape else None


@rule("IndexError", r"too many indices for array: array is (\d+)-dimensional, but (\d+) were indexed")
def _too_many_indices(crash, count, came):
    axes = (
        "a single number, with no axis"
        if count == "0"
        else "an array of one axis"
        if count == "1"
        else f"an array of {count} axes"
    )
    said = f"{came} {'index' if came == '1' else 'indices'} for {axes}."
    node = _failed(crash, ast.Subscript)
    shape = _shape_of(crash, _source(node.value)) if node is not None else None
    return said + (
        f" {_source(node.value)} has shape {shape}." if shape is not None and len(shape) == int(count) else ""
    )


@rule("IndexError", r"boolean index did not match .* axis (\d+); size of axis is (\d+) but size of .* is (\d+)")
def _mask(crash, axis, size, came):
    return f"the mask has {came} entries along axis {axis}, but the array has {size}." + _shapes(crash)


@rule("IndexError", r"shape mismatch: indexing arrays could not be broadcast together with shapes ((?:\([\d,]*\) ?)+)")
def _index_arrays(crash, shapes):
    came = [str(_shape(shape)) for shape in re.findall(r"\([\d,]*\)", shapes)]
    return f"the index arrays have shapes {_listed(came)}, which do not line up from the right."


@rule("IndexError", r"invalid index to scalar variable\.?")
def _index_of_a_number(crash):
    node = _failed(crash, ast.Subscript)
    name = _source(node.value) if node is not None else ""
    return f"{f'`{name}`' if name else 'it'} is a single number and has no items."


@rule("ValueError", r"cannot reshape array of size (\d+) into shape (\([\w,]*\))")
def _reshape(crash, size, shape):
    parts = re.findall(r"\w+", shape)
    room = int(np.prod([int(n) for n in parts if n.isdigit()], dtype=object))
    if "newaxis" in parts:
        written = str(tuple(int(n) if n.isdigit() else -1 for n in parts))
        return f"{size} numbers do not fill shape {written}: {size} is not a multiple of {room}." + _shapes(crash)
    return f"{size} numbers do not fit into shape {_shape(shape)}, which holds {room}." + _shapes(crash)


@rule("ValueError", r"axes don't match array")
def _transpose(crash):
    return "the number of axes in this transpose is not that of the array." + _shapes(crash)


@rule(
    "ValueError",
    r"all the input arrays must have same number of dimensions.*|all input arrays must have the same shape",
)
def _joined(crash):
    same = "the same shape" if "same shape" in crash.message else "the same number of axes"
    return f"arrays that are joined here must have {same}." + _shapes(crash)


@rule("ValueError", r"setting an array element with a sequence\. The requested array has an inhomogeneous shape .*")
def _ragged(crash):
    of = _shapes(crash) if _called(crash)[0] else _odd(crash, arrays=False)
    return f"parts that differ in shape make no array.{of}"


@rule("ValueError", r"setting an array element with a sequence\.?")
def _several_into_one(crash):
    return "one item of an array holds one number, and this line puts an array there." + _shapes(crash)


@rule("ValueError", r"zero-size array to reduction operation (\w+) which has no identity")
def _nothing_to_reduce(crash, what):
    return f"the array is empty, so it has no {what}."


# ------------------------------------------------------------------ parts of a result


@rule("ValueError", r"(?:too many values|not enough values) to unpack \(expected (?:at least )?(\d+)(?:, got (\d+))?\)")
def _unpack(crash, wanted, got):
    node = _tree(crash.text)
    takes = f"your line takes {'at least ' if 'at least' in crash.message else ''}{wanted}."
    target = node.targets[0] if isinstance(node, ast.Assign) else None
    if isinstance(target, (ast.Tuple, ast.List)) and _source(target) == _source(_failed(crash, ast.Tuple, ast.List)):
        count = _parts(crash, node.value)
        got = got or (str(count) if count is not None and count > int(wanted) else "")
        return f"{_source(node.value) or 'the right side'} has {_count(got, wanted)}; {takes}"
    return f"{'an item of the loop has' if isinstance(node, ast.For) else 'there are'} {_count(got, wanted)}; {takes}"


def _count(got, wanted):
    if not got:
        return "more than 1 part" if wanted == "1" else f"more than {wanted} parts"
    return "1 part" if got == "1" else f"{got} parts"


@rule("TypeError", r"cannot unpack non-iterable (\S+) object")
def _not_unpackable(crash, kind):
    node, target = _tree(crash.text), _failed(crash, ast.Tuple, ast.List)
    takes = f"; your line takes {len(target.elts)} parts" if target is not None else ""
    if not isinstance(node, ast.Assign) or target is None or _source(node.targets[0]) != _source(target):
        return f"{_a(kind)} has no parts{takes}."
    name = _source(node.value) or "the right side"
    return f"{name} is {_a(kind)}{takes}." + (_no_return(crash, node.value) if kind == "NoneType" else "")


@rule("TypeError", r"'(\S+)' object is not iterable|(iteration over a 0-d array)")
def _not_iterable(crash, kind, number):
    said = "a single number" if number else _a(kind)
    loop = re.fullmatch(r"for .* in (.+):", crash.text) if kind == "int" else None
    number = f" `range({loop[1]})` counts up to it." if loop else ""
    return f"{said} has no parts to go through.{number}" + _which(crash, lambda words: words == said)


@rule("TypeError", r"(?:object of type '(\S+)' has no len\(\)|len\(\) of unsized object)")
def _no_length(crash, kind):
    return f"{_a(kind) if kind else 'a single number'} has no length." + _which(crash, lambda words: words == "None")


@rule("TypeError", r"'(\S+)' object is not subscriptable")
def _no_items(crash, kind):
    node = _failed(crash, ast.Subscript)
    name = _source(node.value) if node is not None else ""
    if name in ("", "None"):
        return f"{_a(kind)} has no items."
    if kind == "NoneType":
        return f"{name} is None, which has no items." + _no_return(crash, node.value)
    call = f" `{name}(...)` calls it." if _a(kind) == "a function" else ""
    return f"{name} is {_a(kind)}, which has no items.{call}"


@rule("TypeError", r"'(\S+)' object does not support item assignment")
def _no_item_assignment(crash, kind):
    node = _failed(crash, ast.Subscript)
    name = _source(node.value) if node is not None else ""
    return f"{f'{name} is {_a(kind)}, which' if name else _a(kind)} cannot be changed item by item."


@rule("KeyError", r"(.+)")
def _key(crash, key):
    node = _failed(crash, ast.Subscript)
    name = _source(node.value) if node is not None else ""
    has = re.match(r"a dict with (.+)", crash.names.get(name, ""))
    return f"there is no key {key}{f' in {name}' if name else ''}." + (f" It has {has[1]}." if has else "")


@rule("TypeError", r"(list|tuple) indices must be integers or slices, not (\S+)")
def _list_indices(crash, kind, came):
    node = _failed(crash, ast.Subscript)
    if node is None:  # an index inside NumPy
        return None
    name = _source(node.value)
    whose = f"{name} is a {kind}" if name else f"this is a {kind}"
    if came == "tuple":
        return f"{whose}, which takes one index at a time; an array takes several."
    return f"{whose}, which takes whole numbers as indices; this one is {_a(came)}."


@rule(
    "IndexError",
    r"only integers, slices .* are valid indices|arrays used as indices must be of integer \(or boolean\) type",
)
def _array_indices(crash):
    return "an array takes whole numbers, slices, or arrays of whole numbers or truth values as indices." + _which(
        crash, _is_float
    )


@rule("TypeError", r"slice indices must be integers or None or have an __index__ method")
def _slice(crash):
    return "the ends of a slice must be whole numbers." + _divided(crash) + _which(crash, _is_float)


# ------------------------------------------------------------------ names and attributes


@rule(
    "UnboundLocalError",
    r"cannot access local variable '(.+)' where .*|local variable '(.+)' referenced before assignment",
)
def _unbound(crash, name, older):
    return f"`{name or older}` is assigned in this function but has no value yet when this line runs."


@rule("AttributeError", r"module 'numpy' has no attribute '(\w+)'\. .* deprecated alias for the builtin `(\w+)`.*")
def _old_alias(crash, name, builtin):
    return f"NumPy no longer has `{name}`: Python's own `{builtin}` is the same."


@rule("AttributeError", r"module '(\S+)' has no attribute '(\w+)'.*")
def _module_attribute(crash, module, name):
    return f"{'NumPy' if module == 'numpy' else f'the module {module}'} has no `{name}`."


@rule("AttributeError", r"(`np\.\w+` was removed in the NumPy .*)")
def _removed(crash, said):
    return said


@rule("AttributeError", r"'(\S+)' object has no attribute '(\w+)'")
def _attribute(crash, kind, attribute):
    node = _failed(crash, ast.Attribute)
    name = _source(node.value) if node is not None and node.attr == attribute else ""
    words = crash.names.get(name, "")
    if kind == "NoneType" and name not in ("", "None"):
        made = _no_return(crash, node.value)
        return f"{name} is None, which has no `{attribute}`.{made}"
    if kind in ("list", "tuple"):
        array = (
            f" np.array({name}) makes an array of it, if its parts have the same shape."
            if kind == "list" and hasattr(np.ndarray, attribute)
            else ""
        )
        said = words if words.startswith(f"a {kind}") else f"a {kind}"
        return f"{name} is {said}, which has no `{attribute}`.{array}" if name else f"a {kind} has no `{attribute}`."
    if kind == "dict" and name and re.search(rf"'{attribute}'", words):
        return f"{name} is a dict: its item is {name}['{attribute}']."
    if _a(kind) == "a function" and name:
        return f"{name} is a function, which has no `{attribute}`: are the parentheses of a call missing?"
    if kind == "numpy.ndarray":
        numpys = f" NumPy has np.{attribute}." if hasattr(np, attribute) and not crash.suggestion else ""
        return f"an array has no `{attribute}`.{numpys}"
    if words.startswith("an object of type"):
        return (
            f"{name} has no attribute `{attribute}`: nothing has set it so far."
            if name == "self"
            else f"{name}, {words}, has no `{attribute}`."
        )
    return f"{f'{name} is {words}, which' if words else _a(kind)} has no `{attribute}`."


@rule("AttributeError", r"type object '(\S+)' has no attribute '(\w+)'")
def _class_attribute(crash, kind, attribute):
    return f"the class {kind} itself has no `{attribute}`."


@rule("ModuleNotFoundError", r"No module named '(\S+)'")
def _no_module(crash, name):
    return f"the module {name} is not installed here."


@rule("ImportError", r"cannot import name '(\w+)' from '(\S+)'.*")
def _no_such_import(crash, name, module):
    return f"{'NumPy' if module == 'numpy' else f'the module {module}'} has no `{name}`."


# ------------------------------------------------------------------ calls


def _function(crash, name):
    """A function of a message as the line has it, `np.mean`, or else by its own name, `Layer.forward` of a method."""
    name = name.rpartition("<locals>.")[2]
    written, _ = _called(crash)
    plain = name.lstrip("_") if written.rpartition(".")[2] == name.lstrip("_") else name  # x.mean calls _mean
    return written if written.rpartition(".")[2] == plain else plain


@rule("TypeError", r"(\S+)\(\) missing \d+ required (?:positional|keyword-only) arguments?: (.+)")
def _missing_argument(crash, name, arguments):
    lacking = [f"`{argument}`" for argument in re.findall(r"'(\w+)'", arguments)]
    return f"the call of `{_function(crash, name)}` passes nothing for {_listed(lacking)}."


@rule("TypeError", r"(\S+)\(\) takes (?:from )?(\d+)(?: to (\d+))? positional arguments? but (\d+) (?:was|were) given")
def _too_many_arguments(crash, name, least, most, came):
    if least == "0" and came == "1" and "." in name.rpartition("<locals>.")[2]:
        lacks = "lacks its first parameter, `self`: the object that it belongs to."
        return f"the method `{_function(crash, name)}` {lacks}"
    takes = (
        f"{least} {'or' if int(most) == int(least) + 1 else 'to'} {most} arguments"
        if most
        else "1 argument"
        if least == "1"
        else f"{least} arguments"
    )
    said = f"`{_function(crash, name)}` takes {takes} by position; {came} {'was' if came == '1' else 'were'} given."
    return said + (
        " A method gets the object itself as the first of them (`self`)."
        if "." in name.rpartition("<locals>.")[2]
        else ""
    )


@rule("TypeError", r"'(\w+)' is an invalid keyword argument for (\w+)\(\)")
def _no_such_argument_of_pythons(crash, argument, name):
    numpys = f"; np.{name} has one." if argument in ("axis", "keepdims") and name in ("sum", "max", "min") else "."
    return f"Python's own `{name}` has no argument `{argument}`{numpys}"


@rule("TypeError", r"(\S+)\(\) got an unexpected keyword argument '(\w+)'(\. Did you mean '\w+'\?)?")
def _no_such_argument(crash, name, argument, suggested):
    function = _function(crash, name)
    if _called(crash)[0] == name and hasattr(builtins, name) and name not in crash.names:
        return _no_such_argument_of_pythons(crash, argument, name)
    near = suggested or ""
    if not near and "." in function and function.rpartition(".")[2] in REDUCTIONS:
        if argument in OF_TORCH:
            return f"`{function}` has no argument `{argument}`: {OF_TORCH[argument]}."
        meant = difflib.get_close_matches(argument, ("axis", "keepdims", "ddof", "dtype"), 1, 0.6)
        spread = function.endswith(("var", "std"))
        near = f". Did you mean '{meant[0]}'?" if meant and (meant[0] != "ddof" or spread) else ""
    return f"`{function}` has no argument `{argument}`{near or '.'}"


OF_TORCH = {
    "dim": "NumPy calls it `axis`",
    "unbiased": "NumPy has `ddof`, which is 0 for 1/m and 1 for 1/(m-1)",
}
REDUCTIONS = ("mean", "sum", "var", "std", "max", "min", "amax", "amin", "prod")


@rule("TypeError", r"'(\S+)' object is not callable")
def _not_callable(crash, kind):
    function, call = _called(crash)
    if not function:
        return f"{_a(kind)} cannot be called like a function."
    said = f"`{function}(...)` calls {function}, which is {_a(kind)}, not a function."
    if hasattr(builtins, function):
        return f"{said} The name {function} was given to it, so Python's own `{function}` is hidden."
    if re.fullmatch(r"[\d.]+", function) or function.startswith("("):
        return f"{said} To multiply, write `*`."
    if kind in ("numpy.ndarray", "list", "tuple", "dict") and len(call.args) == 1 and not call.keywords:
        return f"{said} To take an item, write `{function}[{_source(call.args[0]) or '...'}]`."
    return said


@rule("TypeError", r"Cannot interpret '(.+)' as a data type")
def _data_type(crash, came):
    function, call = _called(crash)
    if call is not None and function in ("np.zeros", "np.ones", "np.empty") and len(call.args) == 2:
        shape = ", ".join(_source(argument) for argument in call.args)
        return f"the second argument of {function} is a data type. A shape is one argument: `{function}(({shape}))`."
    if call is not None and function.rpartition(".")[2] in REDUCTIONS:
        return f"{came} stands where a data type is expected. Several axes are one argument, a tuple: `axis=(0, 1)`."
    return f"{came} stands where a data type is expected."


# ------------------------------------------------------------------ kinds of values


def _divided(crash):
    tree = _tree(crash.part)
    divided = tree is not None and any(isinstance(node, ast.Div) for node in ast.walk(tree))
    return " `/` gives a float, also between whole numbers; `//` gives a whole number." if divided else ""


@rule("TypeError", r"'(\S+)' object cannot be interpreted as an integer")
@rule("TypeError", r"integer argument expected, got (\w+)")
@rule("TypeError", r"expected a sequence of integers or a single integer, got '(\S+)'")
def _no_integer(crash, kind):
    came = kind if kind[:1] in "-.0123456789" else _a(kind)
    said = f"a whole number is needed here, but {came} came."
    _, call = _called(crash)
    axis = next((k.value for k in call.keywords if k.arg == "axis"), None) if call is not None else None
    if isinstance(axis, ast.List):
        return f"{said} Several axes are a tuple: `axis=({', '.join(map(ast.unparse, axis.elts))})`."
    return said + _divided(crash) + _which(crash, _is_float)


@rule("TypeError", r"only integer scalar arrays can be converted to a scalar index")
def _no_index(crash):
    function, call = _called(crash)
    if function in ("np.concatenate", "np.stack") and len(call.args) > 1:
        return f"{function} takes the arrays as one argument, a list; the second is the axis."
    return "a single whole number is needed here, but an array came." + _shapes(crash)


@rule("TypeError", r"only (?:0-dimensional|length-1) arrays can be converted to Python scalars")
def _no_number(crash):
    function, _ = _called(crash)
    name = function.removeprefix("math.")
    known = hasattr(math, name) and (name != function or crash.names.get(name) == "a function")
    numpys = f" np.{NUMPYS.get(name, name)} takes whole arrays." if known and hasattr(np, name) else ""
    return f"a single number is needed here, but an array came.{numpys}" + _shapes(crash)


NUMPYS = {"pow": "power"}  # functions of the module math that have another name in NumPy


@rule("ValueError", r"math domain error")
def _outside(crash):
    return "a function of the module math does not take this number, as no root is taken of a negative one."


@rule("TypeError", r"can't convert type 'ndarray' to numerator/denominator")
def _no_fraction(crash):
    name = _called(crash)[0].rpartition(".")[2]
    numpys = f" np.{name} does." if name and hasattr(np, name) else ""
    return f"the functions of the module statistics do not work on arrays.{numpys}"


@rule("ValueError", r"can only convert an array of size 1 to a Python scalar")
def _no_item(crash):
    return "a single number is needed here, but an array of another size came." + _shapes(crash)


@rule("ValueError", r"The truth value of an array with more than one element is ambiguous.*")
def _truth(crash):
    function, _ = _called(crash)
    if function in ("max", "min") and crash.names.get(function) is None:
        return f"Python's own `{function}` compares whole arrays; np.{function}imum compares number by number."
    return "an array has many truth values, but one is needed here: .all() or .any() makes one of them." + _shapes(
        crash
    )


@rule("TypeError", r"unsupported operand type\(s\) for (\S+?)(?: or \S+)?: '(\S+)' and '(\S+)'")
def _operand(crash, operator, left, right):
    if operator in ("^", "^=") and "float" in left + right:
        return POWER
    return f"`{operator}` does not work between {_a(left)} and {_a(right)}." + _odd(crash) + _empty_result(crash)


def _empty_result(crash):
    """A question where one side of an operator is a call of a function that returned nothing."""
    node = _failed(crash, ast.BinOp)
    types = re.findall(r"'(\S+)'", crash.message)
    for side, kind in zip((node.left, node.right) if node is not None else (), types[-2:], strict=False):
        if kind == "NoneType" and isinstance(side, ast.Call):
            return _no_return(crash, side)
    return ""


@rule("TypeError", r"'(\S+)' not supported between instances of '(\S+)' and '(\S+)'")
def _compared(crash, operator, left, right):
    return f"`{operator}` does not compare {_a(left)} and {_a(right)}." + _odd(crash)


@rule("TypeError", r"bad operand type for (unary )?(\S+): '(\S+)'")
def _unary(crash, unary, operator, kind):
    return f"`{operator}` does not work on {_a(kind)}." + _odd(crash)


@rule("TypeError", r"can't multiply sequence by non-int of type '(\S+)'")
def _repeated(crash, kind):
    return f"`*` repeats a list, tuple or string a whole number of times; {_a(kind)} came." + _odd(crash)


@rule("TypeError", r'can only concatenate (\S+) \(not "(\S+)"\) to \S+')
def _concatenated(crash, kind, other):
    return f"`+` after {_a(kind)} needs another {_a(kind).split(' ', 1)[-1]}; {_a(other)} came." + _odd(crash)


@rule("TypeError", r"loop of ufunc does not support argument (\d+) of type (\S+) which has no callable (\w+) method")
def _no_loop(crash, number, kind, name):
    return f"np.{name} does not work on {_a(kind)}." + _odd(crash)


POWER = "`^` is no power in Python: a power is written with `**`, as in `x**2`."


@rule("TypeError", r"ufunc '(\w+)' not supported for the input types.*")
def _no_types(crash, name):
    if name == "bitwise_xor" and re.search(r"\^", crash.part or crash.text):
        return POWER
    return f"np.{name} does not work on what it got here." + _odd(crash)


@rule("UFuncTypeError", r"ufunc '(\w+)' did not contain a loop with signature matching types \((.+)\) -> .*")
def _no_signature(crash, name, types):
    came = [
        "text" if kind.lstrip("<>|").startswith(("U", "S")) else kind for kind in re.findall(r"dtype\('(.+?)'\)", types)
    ]
    return f"np.{name} does not work on {_listed(came)}." + _odd(crash) if came else None


SYMBOLS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.FloorDiv: "//"}


@rule(
    "UFuncTypeError",
    r"Cannot cast ufunc '\w+' output from dtype\('(\w+)'\) to dtype\('(\w+)'\) with casting rule '\w+'",
)
def _in_place(crash, result, place):
    node = _failed(crash, ast.AugAssign)
    target = _source(node.target) if node is not None else ""
    new = f" `{target} = {target} {SYMBOLS.get(type(node.op), '...')} ...` makes a new array." if target else ""
    return f"the result is {result}, and cannot be written into an array of {place}.{new}"


@rule("ValueError", r"(?:assignment destination|output array) is read-only")
def _read_only(crash):
    node = _failed(crash, ast.Subscript, ast.AugAssign)
    part = node.value if isinstance(node, ast.Subscript) else node and node.target
    name = _source(part) if part is not None else ""
    return f"{name or 'the array'} cannot be written to. Write into a copy, `{name or 'x'}.copy()`."


@rule("TypeError", r"unhashable type: '(\S+)'")
def _unhashable(crash, kind):
    return f"{_a(kind)} cannot be a key of a dict or an item of a set."


@rule("TypeError", r"must be real number, not (\S+)")
def _no_real_number(crash, kind):
    return f"a number is needed here, but {_a(kind)} came." + _odd(crash)


@rule("ValueError", r"could not convert string to float: (.+)|invalid literal for int\(\) with base 10: (.+)")
def _no_literal(crash, text, whole):
    return f"the text {text or whole} is not a number."


@rule(
    "ZeroDivisionError", r"(?:float |integer |complex )?(?:division|modulo|division or modulo|floor division) by zero"
)
@rule("ZeroDivisionError", r"float (?:modulo|floor division by zero|divmod\(\))")
def _zero(crash):
    node = _failed(crash, ast.BinOp, ast.AugAssign)
    divides = node is not None and isinstance(node.op, (ast.Div, ast.FloorDiv, ast.Mod))
    side = _operands(crash)[1] if divides else ""
    return f"{side or 'what it divides by'} is 0." if side not in ("0", "0.0") else "this divides by 0."


# ------------------------------------------------------------------ the rest


@rule("RecursionError", r".*")
def _recursion(crash):
    name = crash.function.rpartition(".")[2]
    if name and re.search(rf"\b{re.escape(name)}\(", crash.text):
        return f"`{crash.function}` calls itself without end."
    return "functions call themselves or each other without end."


TYPED = {"\u2212": "-", "\u2013": "-", "\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00d7": "*"}
TYPED |= {"\u00b7": "*", "\u22c5": "*", "\u00b2": "**2", "\u2264": "<=", "\u2265": ">=", "\u2260": "!="}


@rule("SyntaxError", r"(.+)")
def _syntax(crash, said):
    end = "" if said.endswith("?") else "."
    return f"Python cannot read this line: {said}{end}{_in_its_place(crash.text, said)}"


def _in_its_place(text, said):
    """What to type instead, where it is known."""
    strange = re.search(r"invalid (?:character|non-printable character).*\(?U\+([0-9A-F]{4,6})", said)
    if strange:
        code = chr(int(strange[1], 16))
        if code.isspace() or code in "\u200b\ufeff":
            return " It looks like a space, or like nothing, and comes with copied text: delete it and type a space."
        return f" It comes with copied text: type `{TYPED[code]}` in its place." if code in TYPED else ""
    number = re.search(r"(?<![\w.])\d+[A-Za-z_]\w*", text) if said == "invalid decimal literal" else None
    if number:
        return f" Is a `*` missing in `{number[0]}`?"
    words = r"(?:if|else|for|in|is|and|or|not|as|from|while|async)\b"  # which may follow
    gap = re.search(rf"[\w\])]\s*\)\s*(?!{words})[A-Za-z_]\w*", text) if said == "invalid syntax" else None
    return f" Is an operator missing in `{gap[0]}`, such as `*`?" if gap else ""


@rule("IndentationError TabError", r"(.+)")
def _indentation(crash, said):
    return f"the indentation is wrong: {said}."


@rule("MemoryError _ArrayMemoryError", r"Unable to allocate (.+) for an array with shape (\([\d, ]*\)) and .*")
def _large_array(crash, size, shape):
    return f"an array of shape {shape} takes {size}, more than there is room for."


@rule("MemoryError", r".*")
def _memory(crash):
    return "there is not enough memory for this."


@rule("LinAlgError", r"Singular matrix")
def _singular(crash):
    return "the matrix is singular: it has no inverse." + _shapes(crash)


@rule("LinAlgError", r"Last 2 dimensions of the array must be square|(\d)-dimensional array given\. Array must be .*")
def _square(crash, count):
    return "a square matrix is needed here." + _shapes(crash)


@rule("AssertionError", r"(.*)")
def _assertion(crash, said):
    if not crash.text.startswith("assert"):
        return None
    holds = f"what the line asserts does not hold{f': {said}' if said else ''}"
    return f"{holds}. An `assert` raises an AssertionError; a ValueError is raised by `raise ValueError(...)`."
