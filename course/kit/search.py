"""The line of a mistake, by search: small edits of a learner's own code, until the properties hold.

`edits` lists what undoes a small slip, the likeliest first; `find` tries one after the other, and then, for a second
slip, again from those that make more hold than before. What is found is a place and a kind ("line 6: look at the
axis"); the edit itself is told only where a course allows it.

Nothing here knows an exercise or its solution: what is right, the caller's judge says. NumPy alone is needed.

One file, though a long one: it lies beside a learner's notebook, and most of it is the list of edits.
"""

import ast
import contextlib
import copy
import inspect
import io
import itertools
import linecache
import re
import signal
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# What a learner is told to look at: each finishes the sentence "look at ...".
AXIS = "the axis"
KEEPDIMS = "keepdims"
DIVISOR = "the divisor"
SIGN = "the sign"
OPERATOR = "the operator"
BRACKETS = "the parentheses"
EPSILON = "epsilon's place"
POWER = "the root or the power"
FACTORS = "the factors"
TERMS = "the terms"
MEAN = "whether a sum or a mean belongs here"
SPREAD = "whether the variance or the standard deviation belongs here"
ARGUMENTS = "the arguments and their order"
ORDER = "the order of the parts"
NAME = "which name stands here"
INDEX = "the index"
LINES = "the order of these two lines"
RETURN = "where the return stands"
INDENTATION = "the indentation"
IN_PLACE = "what is changed in place"
NUMBER = "the number"
COMPARISON = "the comparison"
CONDITION = "the condition"
EXTREME = "whether a minimum or a maximum belongs here"
WEIGHTS = "the weights of old and new"
SHAPE = "the shape"
NEEDED = "whether this line belongs here"
MISSING = "what is missing after this line"
FUNCTION = "the function that is called"

FIRST, SOON, THEN, LAST = 1, 2, 3, 4  # how likely an edit is


@dataclass(frozen=True)
class Edit:
    """One small change of a cell.

    Attributes
    ----------
    line : int
        Where, in the source that was given.
    kind : str
        What there is to look at.
    tree : ast.Module
        The whole cell with the change.
    likely : int
        1 for what people do most, to 4.
    statement : ast.stmt
        What the statement of that line has become.
    path : tuple
        Where in the tree something else stands now.
    new : ast.AST or list of ast.stmt
        What stands there.
    in_one_statement : bool
        Whether nothing but this statement has changed: none was moved, added, or left out.
    """

    line: int
    kind: str
    tree: ast.Module
    likely: int
    statement: ast.stmt
    path: tuple
    new: Any
    in_one_statement: bool = True

    @property
    def shown(self) -> str:
        """The changed statement as text, without what is nested in it."""
        statement = copy.copy(self.statement)
        if isinstance(statement, (ast.For, ast.While, ast.If, ast.With, ast.FunctionDef, ast.ClassDef)):
            statement.body = [ast.Pass()]
            if isinstance(statement, (ast.For, ast.While, ast.If)):
                statement.orelse = []
            return ast.unparse(ast.fix_missing_locations(statement)).rsplit("\n", 1)[0]
        return ast.unparse(statement)


@dataclass(frozen=True)
class Place:
    """A line to look at, what to look at there, and how it would read."""

    line: int
    kind: str
    shown: str


@dataclass(frozen=True)
class Found:
    """What a search found: its places, whether all properties hold with these edits, how many candidates it took."""

    places: list[Place]
    whole: bool
    tried: int


# ------------------------------------------------------------------ trees: read, put together, changed


GUARD = "__step__"  # called once in each turn of a loop


class _Guarded(ast.NodeTransformer):
    """A call of the guard at the start of each loop's body: what an edit lets run for ever is stopped there."""

    def _loop(self, node):
        self.generic_visit(node)
        call = ast.Expr(ast.Call(ast.Name(GUARD, ast.Load()), [], []))
        for part in ast.walk(call):
            ast.copy_location(part, node)
        node.body.insert(0, call)
        return node

    visit_For = visit_While = _loop  # noqa: N815


def _is_guard(statement):
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id == GUARD
    )


def _parsed(source):
    """The definitions of a cell, guarded, or None where the cell is no Python."""
    for text in (source, re.sub(r"(?m)^\s*[%!].*$", "", source)):  # a notebook's own commands
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        kinds = (ast.FunctionDef, ast.ClassDef)
        return _Guarded().visit(ast.Module([node for node in tree.body if isinstance(node, kinds)], []))
    return None


def _put(node, path, new):
    """A copy of `node` with `new` where `path` leads; what is not on the path is shared."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [*node[:step], _put(node[step], rest, new), *node[step + 1 :]]
    node = copy.copy(node)
    setattr(node, step, _put(getattr(node, step), rest, new))
    return node


def _get(node, path):
    for step in path:
        node = node[step] if isinstance(step, int) else getattr(node, step)
    return node


def _placed(new, old):
    """`new`, with the line of `old` where it has none of its own."""
    for part in new if isinstance(new, list) else [new]:
        for node in ast.walk(part):
            if getattr(node, "lineno", None) is None and "lineno" in node._attributes:
                ast.copy_location(node, old)
    return new


def _name(text):
    """A name or an attribute, `x` or `self.x`."""
    base, *parts = text.split(".")
    node: Any = ast.Name(base, ast.Load())
    for part in parts:
        node = ast.Attribute(node, part, ast.Load())
    return node


def _spelled(node):
    """`x` or `self.x` as a text, or None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        return f"self.{node.attr}"
    return None


def _number(value):
    return ast.Constant(value) if isinstance(value, bool) or value >= 0 else _minus(ast.Constant(-value))


def _value(node):
    """The number that a constant stands for, with its sign, or None."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        return node.value
    return None


def _minus(node):
    return ast.UnaryOp(ast.USub(), node)


def _both(left, operator, right):
    return ast.BinOp(left, operator(), right)


def _above_zero(name):
    return ast.Compare(_name(name), [ast.Gt()], [_number(0)])


def _method(node, name, *args, **keywords):
    given = [ast.keyword(key, value) for key, value in keywords.items()]
    return ast.Call(ast.Attribute(node, name, ast.Load()), [*args], given)


def _axes(value):
    return ast.Tuple([_number(v) for v in value], ast.Load()) if isinstance(value, tuple) else _number(value)


def _ints(node):
    """A tuple of whole numbers as it is written, or None."""
    if isinstance(node, ast.Tuple) and node.elts:
        values = tuple(_value(part) for part in node.elts)
        return values if all(isinstance(v, int) for v in values) else None
    value = _value(node)
    return value if isinstance(value, int) else None


def _with(node, **fields):
    """A copy of a node with other fields."""
    node = copy.copy(node)
    for field, value in fields.items():
        setattr(node, field, value)
    return node


def _swapped(items, i, j):
    items = [*items]
    items[i], items[j] = items[j], items[i]
    return items


# ------------------------------------------------------------------ what is at hand


REDUCTIONS = {"mean", "sum", "var", "std", "max", "min", "average", "prod", "any", "all", "norm", "median", "ptp"}
ALSO_WITH_AXES = {"stack", "concatenate", "argmax", "argmin", "cumsum", "argsort", "sort", "repeat", "nonzero"}
WITH_FACTORS = {"einsum", "dot", "vdot", "matmul", "maximum", "minimum", "where", "clip", "max", "min"}
LIKELY_AXES = (0, 1, None, (0, 2, 3))
OTHER_AXES = (-1, 2, (0, 1), (1, 2, 3), (2, 3), (1, 2), (2, 3, 4), 3, (1, 3))
# Names that people exchange, and functions.
EXCHANGED = [
    *({"gamma", "beta"}, {"mean", "var"}, {"std", "var"}, {"i", "j"}, {"m", "d"}, {"m", "n"}, {"m", "count"}),
    *({"x", "x_hat"}, {"dy", "dx_hat"}, {"dgamma", "dbeta"}, {"N", "C"}, {"H", "W"}, {"x", "centred"}),
    *({"dx", "dx_hat"}, {"mean", "running_mean"}, {"var", "running_var"}, {"running_mean", "running_var"}),
    *({"y", "x_hat"}, {"std", "inv_std"}, {"before", "after"}, {"r_max", "d_max"}, {"h", "c"}, {"Wx", "Wh"}),
]
FUNCTIONS = [
    (MEAN, FIRST, "mean", "sum"),
    (SPREAD, FIRST, "var", "std"),
    (EXTREME, FIRST, "minimum", "maximum"),
    (EXTREME, FIRST, "min", "max"),
    (EXTREME, THEN, "argmin", "argmax"),
    (EXTREME, THEN, "fmin", "fmax"),
    (NUMBER, FIRST, "zeros", "ones"),
    (NUMBER, FIRST, "zeros_like", "ones_like"),
    (NUMBER, THEN, "empty_like", "zeros_like"),
    (MEAN, THEN, "average", "sum"),
    (MEAN, FIRST, "median", "mean"),
    (MEAN, THEN, "max", "sum"),
    (MEAN, THEN, "max", "mean"),
    (SPREAD, FIRST, "ptp", "std"),
    (POWER, FIRST, "sqrt", "square"),
    (FUNCTION, THEN, "abs", "sum"),
    (FUNCTION, THEN, "abs", "sign"),
    (FUNCTION, THEN, "sin", "cos"),
    (FUNCTION, THEN, "exp", "log"),
    (FUNCTION, THEN, "any", "all"),
    (FUNCTION, THEN, "vstack", "hstack"),
    (FUNCTION, THEN, "eye", "ones"),
]
SIZES = ["T", "N", "B", "m", "n", "k", "C", "d", "D", "H", "W"]  # as they stand in a shape: `m, d = x.shape` is right
OPPOSITE = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult}
OTHER_OPERATORS = {
    ast.Mult: (ast.Add, ast.Sub, ast.MatMult, ast.Pow),
    ast.Add: (ast.Mult,),
    ast.Sub: (ast.Div, ast.Mult),
    ast.Div: (ast.Sub, ast.FloorDiv, ast.Mod),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
}
COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
MODULES = {"np", "numpy", "math"}
CHANGES_A_LIST = {"pop", "append", "extend", "insert", "remove", "clear", "sort", "reverse"}
# What is often forgotten as a factor, and as a term.
USUAL_FACTORS = {
    "gamma",
    "inv_std",
    "std",
    "m",
    "n",
    "d",
    "dy",
    "x_hat",
    "scale",
    "momentum",
    "N",
    "var",
    "q",
    "r",
    "h",
}
USUAL_TERMS = {"eps", "beta", "mean", "b", "dmean", "dbeta", "running_mean"}


def _last(text):
    return text.rsplit(".", 1)[-1]


def _exchanged(one, other):
    """Whether two names are likely to be taken for each other."""
    a, b = _last(one), _last(other)
    return a == b or {a, b} in EXCHANGED or (len(a) > 2 and len(b) > 2 and (a in b or b in a))


@dataclass
class _Scope:
    """The names of a function, with the line from which each is there."""

    names: dict
    parameters: list
    counts: list
    slices: list  # parts of arrays, as they stand in the function
    spread: list  # parameters with new axes, such as `mask[:, :, None]`
    reduced: dict  # names that are a sum or a mean, with that

    def at_hand(self, line, in_loop):
        return [name for name, since in self.names.items() if in_loop or since < line]


def _scope(function, outer, attributes):
    arguments = function.args
    parameters = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    own = [p for p in parameters if p != "self"]
    names = {**(outer.names if outer else {}), **dict.fromkeys(own, 0)}
    for node in _inside(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, node.lineno)
    if "self" in parameters:
        names.update(dict.fromkeys(attributes, 0))
    counts: list = []
    for p in [p for p in own if p in {"x", "dy", "u", "W", "dx_hat", "rows", "batch"}] or own[:1]:
        size = ast.Attribute(_name(p), "size", ast.Load())
        columns = ast.Subscript(ast.Attribute(_name(p), "shape", ast.Load()), _number(1), ast.Load())
        counts += [ast.Call(_name("len"), [_name(p)], []), columns, size, _both(size, ast.FloorDiv, columns)]
    return _Scope(names, own, counts, *_elsewhere(function, own))


def _elsewhere(function, parameters):
    """What a function has that may be wanted in another of its places: slices, arrays with new axes, sums by name."""
    slices, spread, reduced = {}, {}, {}
    for node in _inside(function):
        if isinstance(node, ast.Subscript):
            parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            slices.update({ast.dump(p): p for p in parts if isinstance(p, ast.Slice) and (p.lower or p.upper)})
            new = any(isinstance(p, ast.Constant) and p.value is None for p in parts)
            if new and _spelled(node.value) in parameters:
                spread[ast.dump(node)] = node
        elif _called(node) == "slice":
            slices[ast.dump(node)] = node
        elif isinstance(node, ast.Assign) and len(node.targets) == 1:
            pairs = [(node.targets[0], node.value)]
            if isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = [*zip(node.targets[0].elts, node.value.elts)]  # noqa: B905 (a starred name may be among them)
            reduced.update({_spelled(name): value for name, value in pairs if _called(value) in ("sum", "mean")})
    return [*slices.values()], [*spread.values()], reduced


def _inside(function):
    """The nodes of a function, those of functions inside it left out."""
    left = [*function.body]
    while left:
        node = left.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            left[:0] = ast.iter_child_nodes(node)


# ------------------------------------------------------------------ the edits


class _Editor:
    """Collects the edits of a tree: what stands where, how likely, of which kind."""

    def __init__(self, tree, name):
        self.tree = tree
        self.found: list = []
        self.scope: Any = None
        self.statement: tuple = ()
        self.loops = 0
        for path in _order(tree, name):
            self.definition(_get(tree, path), path, None, set())

    def add(self, likely, kind, path, new, line=None):
        """Note an edit: `new` (a node, or a block of statements) in the place of what `path` leads to."""
        old = _get(self.tree, path)
        at: Any = old if hasattr(old, "lineno") else _get(self.tree, self.statement)
        if line is None:
            line = at.lineno
        self.found.append((likely, kind, path, new, line, self.statement, at))

    # ------------------------------------------------------------ definitions and statements

    def definition(self, node, path, outer, attributes):
        if isinstance(node, ast.ClassDef):
            called = {id(part.func) for part in ast.walk(node) if isinstance(part, ast.Call)}
            attributes = {
                _spelled(part)
                for part in ast.walk(node)
                if isinstance(part, ast.Attribute) and _spelled(part) and id(part) not in called
            }
            for k, part in enumerate(node.body):
                if isinstance(part, (ast.FunctionDef, ast.ClassDef)):
                    self.definition(part, (*path, "body", k), None, sorted(attributes))
                elif isinstance(part, ast.Assign):
                    self.scope, self.statement, self.loops = _Scope({}, [], [], [], [], {}), (*path, "body", k), 0
                    self.expression(part.value, (*path, "body", k, "value"))
            return
        before = self.scope, self.statement, self.loops
        self.scope, self.loops = _scope(node, outer, attributes), 0
        self.statement = path
        for field in ("defaults", "kw_defaults"):
            for k, default in enumerate(getattr(node.args, field)):
                if default is not None:
                    self.default(default, (*path, "args", field, k))
        self.changed_arguments(node, path)
        self.other_axes(node, path)
        self.block(node.body, (*path, "body"), node)
        self.scope, self.statement, self.loops = before

    def other_axes(self, node, path):
        """Another axis in all reductions of a function that have the same one."""
        found: dict = {}
        for part in _inside(node):
            for keyword in part.keywords if _called(part) in REDUCTIONS else ():
                if keyword.arg == "axis" and _ints(keyword.value) is not None:
                    found.setdefault(_ints(keyword.value), []).append(part)
        for axis, calls in found.items():
            for other in LIKELY_AXES if len(calls) > 1 else ():
                if other != axis and other is not None:
                    others = {}
                    for call in calls:
                        given = [k for k in call.keywords if k.arg not in ("axis", "keepdims")]
                        changed = _with(call, keywords=[ast.keyword("axis", _axes(other)), *given])
                        others[id(call)] = _placed(changed, call)
                    new = _Exchange(others).visit(node)
                    self.add(FIRST, AXIS, path, new, min(call.lineno for call in calls))

    def default(self, node, path):
        value = _value(node)
        if isinstance(value, float):
            for other in (1e-5, 0.1, 1e-8, 1e-3):
                if other != value:
                    self.add(THEN, NUMBER, path, _number(other))
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            self.add(THEN, NUMBER, path, ast.Constant(not node.value))

    def changed_arguments(self, node, path):
        """Arguments that are written into: work on a copy."""
        for part in _inside(node):
            target: Any = part.target if isinstance(part, ast.AugAssign) else None
            if isinstance(part, ast.Assign) and isinstance(part.targets[0], ast.Subscript):
                target = part.targets[0]
            if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in CHANGES_A_LIST:
                target = part.func.value
            while isinstance(target, ast.Subscript):
                target = target.value
            if isinstance(target, ast.Name) and target.id in self.scope.parameters:
                copied = ast.Assign([ast.Name(target.id, ast.Store())], _method(_name(target.id), "copy"))
                start = 1 if ast.get_docstring(node) is not None else 0
                new = [*node.body[:start], copied, *node.body[start:]]
                self.add(FIRST, IN_PLACE, (*path, "body"), new, part.lineno)

    def block(self, statements, path, owner):
        for k, node in enumerate(statements):
            if _is_guard(node):
                continue
            here = (*path, k)
            self.statement = here
            self.neighbours(statements, k, path, owner)
            self.one(node, here)
            looped = isinstance(node, (ast.For, ast.While))
            self.loops += looped
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(node, field, None)
                if isinstance(inner, list) and inner and not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    self.block(inner, (*here, field), node)
            self.loops -= looped
            self.statement = here
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self.definition(node, here, self.scope, [n for n in self.scope.names if n.startswith("self.")])

    def neighbours(self, statements, k, path, owner):
        """Statements in another order, left out, or in another block."""
        node = statements[k]
        following = statements[k + 1] if k + 1 < len(statements) else None
        plain = (ast.Assign, ast.AugAssign, ast.Expr, ast.If, ast.For)
        docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if docstring:
            return
        if isinstance(node, plain) and isinstance(following, plain):
            self.add(THEN, LINES, path, _swapped(statements, k, k + 1), node.lineno)
        if isinstance(node, plain):
            for other in range(k + 2, min(k + 4, len(statements))):
                if isinstance(statements[other], plain):
                    moved = [*statements[:k], *statements[k + 1 : other + 1], node, *statements[other + 1 :]]
                    self.add(LAST, LINES, path, moved, node.lineno)
                    moved = [*statements[:k], statements[other], *statements[k:other], *statements[other + 1 :]]
                    self.add(LAST, LINES, path, moved, statements[other].lineno)
        self.restored(statements, k, path)
        without = [*statements[:k], *statements[k + 1 :]]
        if all(map(_is_guard, without)):
            without.append(ast.Pass())
        if isinstance(node, (ast.AugAssign, ast.Expr)):
            self.add(THEN, NEEDED, path, without, node.lineno)
        elif isinstance(node, (ast.Assign, ast.If)):
            self.add(THEN if self.again(node) else LAST, NEEDED, path, without, node.lineno)
        if isinstance(node, ast.If) and not isinstance(node.body[-1], ast.Raise):
            self.add(LAST, CONDITION, path, [*statements[:k], *node.body, *statements[k + 1 :]], node.lineno)
        if isinstance(node, ast.Return) and isinstance(owner, (ast.For, ast.While, ast.If)):
            self.outdented(owner, path[:-1], k, FIRST, RETURN)
            self.last(path, k)
        elif isinstance(node, ast.Return) and following is not None:
            self.add(FIRST, RETURN, path, [*statements[:k], *statements[k + 1 :], node], node.lineno)
        elif following is None and isinstance(owner, (ast.For, ast.If)) and isinstance(node, plain):
            self.outdented(owner, path[:-1], k, THEN, INDENTATION)
        if isinstance(node, ast.For):
            self.begun_anew(statements, k, path)
        if isinstance(node, (ast.For, ast.If)) and isinstance(following, (ast.Assign, ast.AugAssign, ast.Expr)):
            inner = _with(node, body=[*node.body, following])
            self.add(THEN, INDENTATION, path, [*statements[:k], inner, *statements[k + 2 :]], following.lineno)
        if following is None and isinstance(owner, ast.FunctionDef) and isinstance(node, ast.Assign):
            target = node.targets[0]
            if isinstance(target, ast.Name) and not any(isinstance(n, ast.Return) for n in _inside(owner)):
                self.add(FIRST, RETURN, path, [*statements, ast.Return(_name(target.id))], node.lineno)

    def begun_anew(self, statements, k, path):
        """What each turn of a loop should begin with and finds as the turn before has left it."""
        loop = statements[k]
        for part in loop.body:
            target = part.targets[0] if isinstance(part, ast.Assign) else None
            if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
                inner = _with(loop, body=[*loop.body, _placed(ast.Assign([target], _number(0)), part)])
                self.add(LAST, IN_PLACE, path, [*statements[:k], inner, *statements[k + 1 :]], part.lineno)
        for at in range(max(k - 3, 0), k):
            first = statements[at]
            if isinstance(first, ast.Assign) and isinstance(first.targets[0], ast.Name):
                inner = _with(loop, body=[*loop.body[:1], first, *loop.body[1:]])
                rest = [*statements[:at], *statements[at + 1 : k], inner, *statements[k + 1 :]]
                self.add(LAST, INDENTATION, path, rest, first.lineno)

    def restored(self, statements, k, path):
        """After `old = x[i]`, which is kept for later, `x[i] = old`."""
        node = statements[k]
        if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
            return
        if isinstance(node.value, ast.Subscript):
            back = ast.Assign([_with(node.value, ctx=ast.Store())], _name(node.targets[0].id))
            for at in range(len(statements), k + 1, -1):
                if not isinstance(statements[at - 1], ast.Return):
                    new = [*statements[:at], _placed(back, statements[at - 1]), *statements[at:]]
                    self.add(THEN, MISSING, path, new, statements[at - 1].lineno)

    def again(self, node):
        """Whether what a statement assigns is there already, from an earlier line."""
        targets = [n for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        return any(self.scope.names.get(t.id, t.lineno) < t.lineno for t in targets)

    def last(self, path, k):
        """A return from within a loop, at the function's end."""
        depth = max(d for d in range(len(path)) if isinstance(_get(self.tree, path[:d]), ast.FunctionDef))
        body = _get(self.tree, (*path[:depth], "body"))
        if len(path) > depth + 3:  # one level deeper than what `outdented` does
            rest = [*_get(self.tree, path)[:k], *_get(self.tree, path)[k + 1 :]] or [ast.Pass()]
            without = _put(body, path[depth + 1 :], _placed(rest, body[0]))
            self.add(
                FIRST,
                RETURN,
                path[: depth + 1],
                [*without, _get(self.tree, (*path, k))],
                _get(self.tree, (*path, k)).lineno,
            )

    def outdented(self, owner, path, k, likely, kind):
        """The statement `k` of a loop or a branch, after it."""
        if not path or not isinstance(path[-1], int):
            return
        block, at = _get(self.tree, path[:-1]), path[-1]
        if owner.body[k:] == [] or k >= len(owner.body):
            return
        node = owner.body[k]
        rest = [*owner.body[:k], *owner.body[k + 1 :]]
        outer = _with(owner, body=[*rest, *([ast.Pass()] if all(map(_is_guard, rest)) else [])])
        self.add(likely, kind, path[:-1], [*block[:at], outer, node, *block[at + 1 :]], node.lineno)

    def one(self, node, path):
        """The edits of one statement."""
        if isinstance(node, ast.Assign):
            self.assigned(node, path)
        elif isinstance(node, ast.AugAssign):
            self.augmented(node, path)
        elif isinstance(node, (ast.Return, ast.Expr)) and node.value is not None:
            if isinstance(node, ast.Return):
                self.value(node.value, (*path, "value"))
            self.expression(node.value, (*path, "value"))
        elif isinstance(node, ast.For):
            self.expression(node.iter, (*path, "iter"))
            if isinstance(node.iter, ast.Name):
                self.add(THEN, SHAPE, (*path, "iter"), ast.Attribute(node.iter, "T", ast.Load()))
            self.targets(node.target, (*path, "target"))
        elif isinstance(node, ast.If):
            if not isinstance(node.test, ast.UnaryOp):
                likely = SOON if isinstance(node.test, ast.Compare) else FIRST
                self.add(likely, CONDITION, (*path, "test"), ast.UnaryOp(ast.Not(), node.test))
            self.expression(node.test, (*path, "test"))
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            self.value(node.value, (*path, "value"))
            self.expression(node.value, (*path, "value"))
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.Return)):
            self.exchanges(node, path)
        if isinstance(node, (ast.Assign, ast.AugAssign)):
            plain = _Unindexed()
            new = plain.visit(copy.deepcopy(node))
            if plain.count > 1:  # one alone is among the edits of an index
                self.add(LAST, INDEX, path, new)

    def assigned(self, node, path):
        target = node.targets[0]
        self.targets(target, (*path, "targets", 0))
        self.value(node.value, (*path, "value"))
        self.expression(node.value, (*path, "value"))
        if isinstance(target, (ast.Subscript, ast.Attribute, ast.Name)) and len(node.targets) == 1:
            likely = THEN if self.loops or isinstance(target, ast.Subscript) else LAST
            for operator in (ast.Add, ast.Sub, ast.Mult):
                new = ast.AugAssign(target, operator(), node.value)
                self.add(likely if operator is ast.Add else LAST, OPERATOR, path, new)

    def augmented(self, node, path):
        target = node.target
        swapped = OPPOSITE.get(type(node.op))
        if swapped:
            kind = SIGN if isinstance(node.op, (ast.Add, ast.Sub)) else OPERATOR
            self.add(SOON, kind, path, _with(node, op=swapped()))
        for operator in OTHER_OPERATORS.get(type(node.op), ()):
            self.add(LAST, OPERATOR, path, _with(node, op=operator()))
        self.add(FIRST, OPERATOR, path, ast.Assign([target], node.value))
        read = _with(target, ctx=ast.Load())
        self.add(FIRST, IN_PLACE, path, ast.Assign([target], ast.BinOp(read, node.op, node.value)))
        self.targets(target, (*path, "target"))
        self.value(node.value, (*path, "value"))
        self.expression(node.value, (*path, "value"))

    def targets(self, node, path):
        """What is assigned to: the order of an unpacking, an index, another name."""
        if isinstance(node, (ast.Tuple, ast.List)):
            self.reordered(node, path)
            for k, part in enumerate(node.elts):
                self.targets(part, (*path, "elts", k))
        elif isinstance(node, ast.Subscript):
            self.index(node.slice, (*path, "slice"))
            self.expression(node.slice, (*path, "slice"))
        elif (own := _spelled(node)) is not None:
            for other in self.names(node):
                if other != own and other.startswith("self.") != own.startswith("self."):
                    continue
                if other != own:
                    new = _name(other)
                    new.ctx = ast.Store()
                    self.add(THEN if _exchanged(own, other) else LAST, NAME, path, new)

    def reordered(self, node, path):
        count = len(node.elts)
        places = [SIZES.index(_spelled(part)) for part in node.elts if _spelled(part) in SIZES]
        likely = LAST if len(places) == count and places == sorted(places) else FIRST
        if 2 <= count <= 6:
            for i, j in itertools.combinations(range(count), 2):
                self.add(likely, ORDER, path, _with(node, elts=_swapped(node.elts, i, j)))
        if count in (3, 4):
            for shift in range(1, count):
                self.add(likely, ORDER, path, _with(node, elts=[*node.elts[shift:], *node.elts[:shift]]))

    def exchanges(self, node, path):
        """Two names of a statement for each other; momentum for 1 - momentum, in both places."""
        used: dict = {}
        part: Any
        for part in ast.walk(node):
            text = _spelled(part)
            if text and isinstance(part.ctx, ast.Load) and _last(text) not in MODULES and text in self.scope.names:
                used[text] = None
        for one, other in itertools.combinations(used, 2):
            self.add(FIRST if _exchanged(one, other) else THEN, NAME, path, _renamed(node, {one: other, other: one}))
        shares: Any = [p for p in ast.walk(node) if isinstance(p, ast.Constant) and 0 < (_value(p) or 0) < 1]
        if len(shares) == 2 and abs(sum(part.value for part in shares) - 1) < 1e-9:
            new = copy.deepcopy(node)
            for part in ast.walk(new):
                if isinstance(part, ast.Constant) and 0 < (_value(part) or 0) < 1:
                    part.value = next(other.value for other in shares if other.value != part.value or part.value == 0.5)
            self.add(FIRST, WEIGHTS, path, new)
        for text in used:
            if "momentum" in text or text in {"alpha", "decay", "keep"}:
                self.add(FIRST, WEIGHTS, path, _Reversed(text).visit(copy.deepcopy(node)))

    # ------------------------------------------------------------ expressions

    def value(self, node, path):
        """What is assigned or returned, as a whole: a sign, a factor, a term, a root, an inverse, a copy."""
        if isinstance(node, ast.Tuple):
            self.reordered(node, path)
            for k, part in enumerate(node.elts):
                self.value(part, (*path, "elts", k))
            return
        if isinstance(node, (ast.Constant, ast.Lambda, ast.Dict, ast.ListComp, ast.List)):
            return
        self.add(SOON, SIGN, path, _minus(node))
        self.add(THEN, POWER, path, _both(node, ast.Pow, _number(0.5)))
        self.add(THEN, POWER, path, _both(node, ast.Pow, _number(2)))
        self.add(THEN, POWER, path, _both(_number(1), ast.Div, node))
        self.add(THEN, IN_PLACE, path, _method(node, "copy"))
        self.more(node, path, THEN)
        self.reduced(node, path, THEN)
        self.add(LAST, FUNCTION, path, ast.Call(_name("abs"), [node], []))
        if isinstance(node, ast.Name):
            self.add(LAST, SHAPE, path, ast.Attribute(node, "T", ast.Load()))
        inside = {_spelled(part) for part in ast.walk(node)}
        if any(_called(part) in {"tanh", "exp", "log"} for part in ast.walk(node)):
            for name in self.names(node):
                if name in inside:  # ReLU
                    self.add(LAST, FUNCTION, path, _both(_name(name), ast.Mult, _above_zero(name)))
        for own in ("", "self."):
            both = f"{own}gamma", f"{own}beta"
            if {*both} <= {*self.names(node)} and not inside & {*both}:
                scaled = _both(_name(both[0]), ast.Mult, node)
                self.add(THEN, FACTORS, path, _both(scaled, ast.Add, _name(both[1])))

    def reduced(self, node, path, likely):
        """A sum or a mean that is missing."""
        for name, axis in itertools.product(("sum", "mean"), (0, None, 1)):
            given = {} if axis is None else {"axis": _number(axis)}
            self.add(likely, MEAN, path, _method(node, name, **given))
        self.add(LAST, MEAN, path, _method(node, "sum", axis=_number(1), keepdims=ast.Constant(True)))
        self.add(LAST, MEAN, path, _method(node, "mean", axis=_number(1), keepdims=ast.Constant(True)))

    def names(self, node):
        return self.scope.at_hand(node.lineno, self.loops)

    def more(self, node, path, likely):
        """A factor or a term that is missing."""
        names = self.names(node)
        for name in names:
            if name == _spelled(node):
                continue  # x - x and x / x say nothing
            kind = EPSILON if _last(name) == "eps" else TERMS
            usual = likely if _last(name) in USUAL_TERMS else LAST
            self.add(usual, kind, path, _both(node, ast.Add, _name(name)))
            self.add(usual, kind, path, _both(node, ast.Sub, _name(name)))
            usual = likely if _last(name) in USUAL_FACTORS else LAST
            self.add(usual, FACTORS, path, _both(node, ast.Mult, _name(name)))
            self.add(usual, FACTORS, path, _both(node, ast.Div, _name(name)))
        for count in self.scope.counts:
            for operator in (ast.Div, ast.Mult):
                self.add(likely, DIVISOR, path, _both(node, operator, count))
        counted = isinstance(node, ast.Subscript) or _called(node) == "len"
        for number in (2, 0.5):
            self.add(LAST if counted else likely, FACTORS, path, _both(node, ast.Mult, _number(number)))
        self.add(LAST, TERMS, path, _both(node, ast.Add, _number(1)))
        self.add(LAST, TERMS, path, _both(node, ast.Sub, _number(1)))
        self.add(LAST, TERMS, path, _both(_number(1), ast.Sub, node))

    def expression(self, node, path):
        """The edits of an expression and of all that is in it."""
        kinds: Any = (
            (ast.BinOp, self.operation),
            (ast.Call, self.call),
            (ast.UnaryOp, self.unary),
            (ast.Constant, self.constant),
            (ast.Subscript, self.subscript),
            (ast.Compare, self.compare),
            (ast.BoolOp, self.boolean),
            (ast.IfExp, self.choice),
            ((ast.Tuple, ast.List), self.parts),
            ((ast.Name, ast.Attribute), self.named),
            ((ast.ListComp, ast.GeneratorExp, ast.DictComp), self.comprehension),
        )
        for kind, listed in kinds:
            if isinstance(node, kind):
                listed(node, path)
        if _value(node) is not None:
            return
        for field, part in ast.iter_fields(node):
            if isinstance(part, ast.expr) and not (isinstance(node, ast.Call) and field == "func"):
                self.expression(part, (*path, field))
            elif isinstance(part, list):
                for k, one in enumerate(part):
                    if isinstance(one, ast.expr):
                        self.expression(one, (*path, field, k))
                    elif isinstance(one, ast.keyword):
                        self.expression(one.value, (*path, field, k, "value"))
                    elif isinstance(one, ast.comprehension):
                        self.expression(one.iter, (*path, field, k, "iter"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            self.expression(node.func.value, (*path, "func", "value"))

    def operation(self, node, path):
        left, right, operator = node.left, node.right, type(node.op)
        if operator in OPPOSITE:
            kind = SIGN if operator in (ast.Add, ast.Sub) else OPERATOR
            # The operator alone, so that a second edit may be made within its operands.
            self.add(FIRST, kind, (*path, "op"), OPPOSITE[operator](), node.lineno)
        for other in OTHER_OPERATORS.get(operator, ()):
            self.add(THEN, OPERATOR, path, _with(node, op=other()))
        if operator in (ast.Sub, ast.Div, ast.MatMult, ast.Pow):
            kind = SIGN if operator is ast.Sub else ORDER
            self.add(FIRST, kind, path, ast.BinOp(right, node.op, left))
        kind = TERMS if operator in (ast.Add, ast.Sub) else POWER if operator is ast.Pow else FACTORS
        self.add(FIRST, kind, path, left)
        self.add(FIRST, kind, path, _minus(right) if operator is ast.Sub else right)
        for new in _rebracketed(node):
            self.add(FIRST, EPSILON if _is_eps(right) or _is_eps(left) else BRACKETS, path, new)
        for side, part in (("left", left), ("right", right)):
            self.operand(part, (*path, side), operator, side)
        if operator is ast.Pow:
            self.power(node, path)
            self.more(left, (*path, "left"), THEN)
            if isinstance(left, (ast.Name, ast.Attribute, ast.Subscript)):
                self.other_than(node, path, left)
        if operator in (ast.Add, ast.Sub) and (_is_eps(right) or _is_eps(left)):
            self.epsilon(node, path)
        inner = [part.args[0] for part in (left, right) if isinstance(part, ast.Call) and len(part.args) == 1]
        if len(inner) == 2 and ast.dump(left.func) == ast.dump(right.func):
            self.add(THEN, FUNCTION, path, ast.BinOp(inner[0], node.op, inner[1]))
        if operator is ast.Sub and "f" in self.scope.parameters:
            f = [ast.Call(_name("f"), [part], []) for part in (left, right)]
            self.add(LAST, FUNCTION, path, _both(f[0], ast.Sub, f[1]))
        if operator is ast.Sub and (_called(left), _called(right)) == ("max", "min"):
            self.add(FIRST, SPREAD, path, _recalled(left, "std"))

    def other_than(self, node, path, base):
        """For a square or an entry of an array `base` a name, or the spread of an argument."""
        for name in self.names(node):
            near = _spelled(base) not in (None, name) and _exchanged(_spelled(base), name)
            self.add(THEN if near else LAST, NAME, path, _name(name))
        if isinstance(node, ast.BinOp):
            for name, how in itertools.product(self.scope.parameters[:3], ("var", "mean")):
                self.add(LAST, SPREAD, path, _method(_name(name), how, axis=_number(0)))

    def operand(self, node, path, operator, side):
        """What may be missing of a term, a factor, a divisor."""
        if operator in (ast.Add, ast.Sub):
            self.more(node, path, THEN)
            self.reduced(node, path, THEN)
            if isinstance(node, (ast.Name, ast.Call)):
                self.add(THEN, SIGN, path, _minus(node))
        if operator is ast.Div and side == "right":
            self.divisor(node, path)
            for name in self.names(node):
                if _last(name) == "eps":
                    self.add(FIRST, EPSILON, path, _both(node, ast.Add, _name(name)))
            self.add(SOON, FACTORS, path, _both(_number(2), ast.Mult, node))
            self.add(FIRST, POWER, path, _both(node, ast.Pow, _number(0.5)))
            self.add(THEN, POWER, path, _both(node, ast.Pow, _number(2)))
        if operator in (ast.Mult, ast.Div, ast.Sub, ast.Add, ast.MatMult) and _value(node) is None:
            likely = THEN if isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp)) else LAST
            self.add(likely, POWER, path, _both(node, ast.Pow, _number(2)))
            self.add(likely, POWER, path, _both(node, ast.Pow, _number(0.5)))
            if operator is ast.Mult:
                self.add(likely, POWER, path, _both(_number(1), ast.Div, node))
        if operator in (ast.Mult, ast.Div):
            self.reduced(node, path, THEN)
            self.add(LAST, FUNCTION, path, ast.Call(_name("abs"), [node], []))
            if side == "left":
                # (a) * b, where a + b or the like was meant: the term is missing inside the factor.
                for name in self.names(node):
                    if _last(name) in USUAL_TERMS:
                        for added in (ast.Sub, ast.Add):
                            self.add(THEN, TERMS, path, _both(node, added, _name(name)))
        if operator is ast.MatMult or isinstance(node, ast.Name):
            self.add(THEN if operator is ast.MatMult else LAST, SHAPE, path, ast.Attribute(node, "T", ast.Load()))

    def divisor(self, node, path):
        """m or m - 1, and the number of what."""
        counted = isinstance(node, (ast.Name, ast.Call, ast.Subscript, ast.Attribute))
        if counted:
            self.add(FIRST, DIVISOR, path, _both(node, ast.Sub, _number(1)))
            for count in self.scope.counts:
                self.add(THEN, DIVISOR, path, count)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _value(node.right) == 1:
            self.add(FIRST, DIVISOR, path, node.left)
        if (_value(node) or 0) > 2:  # the length that an example of the page has
            for count in self.scope.counts:
                self.add(THEN, DIVISOR, path, count)

    def power(self, node, path):
        value = _value(node.right)
        if isinstance(node.right, ast.BinOp):
            parts = _value(node.right.left), _value(node.right.right)
            if None not in parts and parts[1] and isinstance(node.right.op, ast.Div):
                value = parts[0] / parts[1]
        if value is None:
            return
        for other in (2, 0.5, 1, -0.5, -1, 3, -1.5, 1.5, -2, -3, 4):
            if other != value:
                self.add(FIRST, POWER, path, node.left if other == 1 else _with(node, right=_number(other)))

    def epsilon(self, node, path):
        """Epsilon to another place of the statement, or under the root beside which it stands."""
        rest, eps = (node.left, node.right) if _is_eps(node.right) else (node.right, node.left)
        spread = _called(rest)
        if spread == "std":
            inside = _both(_recalled(rest, "var"), ast.Add, eps)
            self.add(FIRST, EPSILON, path, _both(inside, ast.Pow, _number(0.5)))
        self.add(
            FIRST, EPSILON, path, _both(_both(_both(rest, ast.Pow, _number(2)), ast.Add, eps), ast.Pow, _number(0.5))
        )
        self.under_another_root(path, rest, eps)
        start = len(self.statement)
        for depth in range(len(path) - 1, start, -1):
            above = _get(self.tree, path[:depth])
            if isinstance(above, ast.expr):
                without = _put(above, path[depth:], rest)
                self.add(FIRST, EPSILON, path[:depth], _both(without, ast.Add, eps))

    def under_another_root(self, path, rest, eps):
        """Epsilon from where it stands to under each root of the statement."""
        at = len(self.statement)
        bare = _put(_get(self.tree, self.statement), path[at:], rest)
        roots: Any = [part for part in ast.walk(bare) if _called(part) == "sqrt"]
        for root in roots:
            if not any(_is_eps(part) for part in ast.walk(root)):
                new = _Exchange({id(root): _with(root, args=[_both(root.args[0], ast.Add, eps)])}).visit(bare)
                self.add(FIRST, EPSILON, self.statement, new)

    def call(self, node, path):
        name = _called(node)
        method = isinstance(node.func, ast.Attribute) and not (
            isinstance(node.func.value, ast.Name) and node.func.value.id in MODULES
        )
        if name in REDUCTIONS or name in ALSO_WITH_AXES:
            self.reduction(node, path, name, method)
        for kind, likely, one, other in FUNCTIONS:
            if name in (one, other):
                self.add(likely, kind, path, _recalled(node, other if name == one else one))
        if method and not node.args and isinstance(node.func.value, ast.expr) and name in {"copy", "abs"}:
            self.add(THEN, IN_PLACE, path, node.func.value)
        arguments = node.args
        if name in REDUCTIONS:
            inner = node.func.value if method else arguments[0] if arguments else None
            where = (*path, "func", "value") if method else (*path, "args", 0)
            if inner is not None:
                self.add(THEN, MEAN, path, inner)
                self.inside(inner, where)
                for factor in self.scope.spread:
                    self.add(LAST, FACTORS, where, _both(inner, ast.Mult, factor))
                if name == "mean" and _called(inner) == "abs" and inner.args:
                    mean = _put(node, where[len(path) :], _both(inner.args[0], ast.Pow, _number(2)))
                    self.add(THEN, SPREAD, path, _both(mean, ast.Pow, _number(0.5)))
        elif len(arguments) == 1 and not method:
            kind = POWER if name in {"sqrt", "square"} else FUNCTION
            self.add(FIRST if name in {"sqrt", "abs", "square"} else THEN, kind, path, arguments[0])
            if name not in {"range", "len", "zeros", "ones", "eye", "empty"}:
                self.inside(arguments[0], (*path, "args", 0))
        elif name in {"tanh", "exp", "sqrt"}:
            self.inside(arguments[0], (*path, "args", 0))
        if len(arguments) > 1 and not any(isinstance(a, ast.Starred) for a in arguments):
            likely = FIRST if len(arguments) < 4 else THEN
            kind = SHAPE if name in {"transpose", "reshape", "swapaxes", "moveaxis"} else ARGUMENTS
            for i, j in itertools.combinations(range(len(arguments)), 2):
                near = likely if j == i + 1 or kind is SHAPE else THEN
                self.add(near, kind, path, _with(node, args=_swapped(arguments, i, j)))
            if name == "transpose":
                for order in itertools.permutations(arguments):
                    self.add(LAST, SHAPE, path, _with(node, args=[*order]))
        if name in WITH_FACTORS:
            for k, argument in enumerate(arguments[-3:], max(len(arguments) - 3, 0)):
                if not isinstance(argument, (ast.Constant, ast.Starred)):
                    self.more(argument, (*path, "args", k), THEN)
        if name in {"zip", "enumerate", "dot", "stack", "array"}:
            for k, argument in enumerate(arguments):
                if isinstance(argument, ast.Name):
                    self.add(THEN, SHAPE, (*path, "args", k), ast.Attribute(argument, "T", ast.Load()))
        if name == "range":
            self.range(node, path)
        if name == "len" and arguments:
            self.add(THEN, DIVISOR, path, _method(arguments[0], "sum"))
        if method and name not in REDUCTIONS and isinstance(node.func.value, ast.BinOp):
            self.more(node.func.value, (*path, "func", "value"), THEN)
        if isinstance(node.func, ast.Name) and name not in {"range", "len", "zip", "enumerate", "sum", "abs"}:
            given = {_spelled(a) for a in arguments} | {k.arg for k in node.keywords}
            for other in self.scope.parameters:
                if other not in given:
                    new = ast.keyword(other, _name(other))
                    self.add(THEN, ARGUMENTS, path, _with(node, keywords=[*node.keywords, new]))
                    self.add(THEN, ARGUMENTS, path, _with(node, args=[*arguments, _name(other)]))
        if name == "append" and len(arguments) == 1:
            self.value(arguments[0], (*path, "args", 0))
        if name in {"zeros", "ones", "full", "empty"} and arguments and isinstance(arguments[0], ast.Tuple):
            self.reordered(arguments[0], (*path, "args", 0))

    def inside(self, node, path):
        """What may be missing inside a function's argument or under a sum."""
        self.more(node, path, THEN)
        self.add(THEN, FUNCTION, path, ast.Call(_name("abs"), [node], []))
        if not isinstance(node, ast.Call):
            self.add(THEN, POWER, path, _both(node, ast.Pow, _number(2)))
        for name in self.names(node):
            if _last(name) == "eps":
                self.add(FIRST, EPSILON, path, _both(node, ast.Add, _name(name)))

    def range(self, node, path):
        last = len(node.args) - 1
        self.add(FIRST, INDEX, path, _put(node, ("args", last), _both(node.args[last], ast.Add, _number(1))))
        self.add(FIRST, INDEX, path, _put(node, ("args", last), _both(node.args[last], ast.Sub, _number(1))))
        if last == 0:
            self.add(FIRST, INDEX, path, _with(node, args=[_number(1), node.args[0]]))
        else:
            self.add(FIRST, INDEX, path, _with(node, args=[node.args[1], *node.args[2:]]))
        end = node.args[min(last, 1)]
        if isinstance(end, ast.BinOp):
            self.add(FIRST, INDEX, path, _with(node, args=[end.left]))
        for count in self.scope.counts[:2]:
            self.add(THEN, INDEX, path, _put(node, ("args", min(last, 1)), count))

    def reduction(self, node, path, name, method):
        """Axis, kept dimensions, ddof."""
        keywords = {k.arg: k.value for k in node.keywords}
        place = 0 if method else 1
        positional = len(node.args) > place and "axis" not in keywords
        axis = node.args[place] if positional else keywords.get("axis")
        now = _ints(axis) if axis is not None else None

        def changed(**other):
            given = {**keywords, **other}
            args = [a for k, a in enumerate(node.args) if not (positional and k == place)]
            if positional and "axis" not in other:
                given = {"axis": axis, **given}
            return _with(node, args=args, keywords=[ast.keyword(k, v) for k, v in given.items() if v is not None])

        if name in REDUCTIONS and (axis is None or "keepdims" not in keywords):
            self.add(FIRST, KEEPDIMS, path, changed(keepdims=ast.Constant(True)))
        if "keepdims" in keywords:
            self.add(FIRST, KEEPDIMS, path, changed(keepdims=None))
        for axes in (*LIKELY_AXES, *OTHER_AXES):
            likely = FIRST if axes in LIKELY_AXES or isinstance(axes, tuple) == isinstance(now, tuple) else THEN
            if axes == now:
                continue
            new = None if axes is None else _axes(axes)
            self.add(likely, AXIS, path, changed(axis=new))
            if name in REDUCTIONS:
                kept = None if "keepdims" in keywords else ast.Constant(True)
                self.add(THEN, AXIS, path, changed(axis=new, keepdims=kept))
        base = node.func.value if method else node.args[0] if node.args else None
        where = ("func", "value") if method else ("args", 0)
        if axis is None and isinstance(base, ast.Name) and name in REDUCTIONS:
            for other in self.names(node):
                if other != base.id:
                    self.add(LAST, NAME, path, _put(changed(axis=_number(0)), where, _name(other)))
        if isinstance(base, ast.Subscript) and isinstance(now, tuple):
            for axes in LIKELY_AXES:
                whole = changed(axis=None if axes is None else _axes(axes))
                self.add(THEN, INDEX, path, _put(whole, where, base.value))
        if "keepdims" not in keywords and axis is not None and now is not None:
            where = changed(keepdims=ast.Constant(True))
            self.add(FIRST, KEEPDIMS, path, where)
        if name in ("var", "std"):
            if "ddof" in keywords:
                self.add(FIRST, DIVISOR, path, changed(ddof=None))
            else:
                self.add(FIRST, DIVISOR, path, changed(ddof=_number(1)))

    def unary(self, node, path):
        if isinstance(node.op, ast.USub):
            self.add(FIRST, SIGN, path, node.operand)
        elif isinstance(node.op, ast.Not):
            self.add(FIRST, CONDITION, path, node.operand)
        if _value(node) is not None:
            self.constant(node, path)

    def constant(self, node, path):
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            self.add(FIRST, CONDITION, path, ast.Constant(not node.value))
            for name in self.scope.parameters:
                self.add(THEN, NAME, path, _name(name))
        value = _value(node)
        if value is None:
            return
        names = self.names(node)
        if isinstance(value, float) and 0 < abs(value) < 0.5:
            for name in names:
                if _last(name) in {"eps", "h", "momentum"}:
                    self.add(FIRST, NUMBER, path, _name(name))
        others = [2 * value, value / 2 if isinstance(value, float) else None, -value]
        if isinstance(value, int):
            others += [value + 1, value - 1, value + 2, value - 2, 0.5 if value in (1, 2) else None]
        else:
            others += [2 if value == 0.5 else None, 1e-5, 1e-8, 1.0]
        for other in dict.fromkeys(others):
            if other is not None and other != value:
                near = FIRST if abs(other - value) == 1 else SOON if isinstance(value, int) else FIRST
                kind = SIGN if other == -value else INDEX if "slice" in path[-3:] else NUMBER
                self.add(near if other == -value or near is FIRST else THEN, kind, path, _number(other))
        if value in (0, 1, 2, 1.0, 2.0):
            for name in names:
                self.add(
                    THEN if _last(name) in {"m", "n", "d", "momentum", "j", "i", "t"} else LAST,
                    NUMBER,
                    path,
                    _name(name),
                )
            for count in self.scope.counts:
                self.add(THEN, DIVISOR, path, count)

    def subscript(self, node, path):
        self.index(node.slice, (*path, "slice"))
        self.add(THEN, INDEX, path, node.value)
        if isinstance(_value(node.slice), int):  # one row, where the mean of all rows was meant
            self.add(SOON, MEAN, path, _method(node.value, "mean", axis=_number(0)))
            flat = isinstance(node.value, ast.Attribute) and node.value.attr == "flat"
            self.add(LAST, INDEX, path, _method(node.value.value if flat else node.value, "max"))
        if isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice):
            self.other_than(node, path, node.value)
        if isinstance(node.value, ast.Attribute) and node.value.attr == "shape" and _value(node.slice) is not None:
            base = node.value.value
            self.add(THEN, DIVISOR, path, ast.Attribute(base, "size", ast.Load()))
            one = ast.Subscript(node.value, _number(1), ast.Load())
            self.add(THEN, DIVISOR, path, _both(ast.Attribute(base, "size", ast.Load()), ast.FloorDiv, one))

    def index(self, node, path):
        """An index or the end of a slice by one; two indices exchanged."""
        if isinstance(node, ast.Tuple):
            if len(node.elts) <= 4:
                for i, j in itertools.combinations(range(len(node.elts)), 2):
                    self.add(FIRST, INDEX, path, _with(node, elts=_swapped(node.elts, i, j)))
            for k, part in enumerate(node.elts):
                self.index(part, (*path, "elts", k))
        elif isinstance(node, ast.Slice):
            for end in ("lower", "upper"):
                part = getattr(node, end)
                if part is None:
                    self.add(THEN, INDEX, path, _with(node, **{end: _number(1 if end == "lower" else -1)}))
                else:
                    self.add(FIRST, INDEX, path, _with(node, **{end: None}))
                    for operator in (ast.Add, ast.Sub):
                        self.add(FIRST, INDEX, path, _with(node, **{end: _both(part, operator, _number(1))}))
            if node.lower is not None and node.upper is not None:
                self.add(THEN, INDEX, path, _with(node, lower=None, upper=node.lower))
                self.add(THEN, INDEX, path, _with(node, lower=node.upper, upper=None))
            for other in self.scope.slices:
                if ast.dump(other) != ast.dump(node):
                    self.add(LAST, INDEX, path, other)
            if node.lower is not None and node.upper is None and _value(node.lower) == 1:
                self.add(FIRST, INDEX, path, _with(node, lower=None, upper=_number(-1)))
            if node.upper is not None and node.lower is None and _value(node.upper) == -1:
                self.add(FIRST, INDEX, path, _with(node, lower=_number(1), upper=None))
        elif isinstance(node, ast.BinOp):
            self.add(FIRST, INDEX, path, node.left)
        elif isinstance(node, ast.Name):
            for operator in (ast.Add, ast.Sub):
                self.add(FIRST, INDEX, path, _both(node, operator, _number(1)))
            alone = ast.Tuple([ast.Slice(), node], ast.Load())
            self.add(THEN, INDEX, path, alone)
        elif _value(node) is not None:
            self.add(THEN, INDEX, path, ast.Tuple([ast.Slice(), node], ast.Load()))
            for name in self.names(node):
                if len(name) == 1 or name in {"row", "step", "index"}:
                    self.add(FIRST, INDEX, path, _name(name))
                    self.add(THEN, INDEX, path, _both(_name(name), ast.Sub, _number(1)))
            for count in (1, 2, 3):
                self.add(LAST, SHAPE, path, _new_axes(count))

    def compare(self, node, path):
        if len(node.ops) == 1:
            for other in COMPARED:
                if not isinstance(node.ops[0], other) and isinstance(node.ops[0], COMPARED):
                    self.add(FIRST, COMPARISON, path, _with(node, ops=[other()]))

    def boolean(self, node, path):
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self.add(FIRST, CONDITION, path, _with(node, op=other))
        for part in node.values:
            self.add(THEN, CONDITION, path, part)

    def choice(self, node, path):
        self.add(FIRST, CONDITION, path, _with(node, body=node.orelse, orelse=node.body))
        self.add(THEN, CONDITION, path, node.body)
        self.add(THEN, CONDITION, path, node.orelse)

    def parts(self, node, path):
        if len(self.statement) + 1 != len(path):
            self.reordered(node, path)
        axes = _ints(node)
        if isinstance(axes, tuple):
            for other in (*LIKELY_AXES, *OTHER_AXES):
                if other is not None and other != axes:
                    self.add(FIRST if isinstance(other, tuple) else THEN, AXIS, path, _axes(other))

    def comprehension(self, node, path):
        if not isinstance(node, ast.DictComp):
            self.inside(node.elt, (*path, "elt"))
            self.add(THEN, SIGN, (*path, "elt"), _minus(node.elt))

    def named(self, node, path):
        own = _spelled(node)
        if isinstance(node, ast.Attribute) and own is None:
            if node.attr == "T":
                self.add(FIRST, SHAPE, path, node.value)
            return
        if own is None or own in MODULES or isinstance(node.ctx, ast.Store):
            return
        names = self.names(node)
        for other in names:
            if other != own:
                self.add(FIRST if _exchanged(own, other) else THEN, NAME, path, _name(other))
        if _last(own) in {"momentum", "alpha", "decay"}:
            self.add(FIRST, WEIGHTS, path, _both(_number(1), ast.Sub, node))
        for place in (*map(_new_axes, (1, 2, 3)), ast.Constant(None)):
            self.add(LAST, SHAPE, path, ast.Subscript(node, place, ast.Load()))
        if own in self.scope.reduced:
            value = self.scope.reduced[own]
            used = {_spelled(part) for part in ast.walk(value) if isinstance(part, ast.Name)} & {*names}
            for one, other in itertools.product(sorted(used), names):
                if other not in used and other != own:
                    self.add(LAST, NAME, path, _renamed(value, {one: other}))


def _new_axes(count):
    """The index `:, None, None` with so many new axes."""
    return ast.Tuple([ast.Slice(), *[ast.Constant(None)] * count], ast.Load())


class _Exchange(ast.NodeTransformer):
    """Some very nodes, by their `id`, for others."""

    def __init__(self, others):
        self.others = others

    def visit(self, node):
        if id(node) in self.others:
            return self.others[id(node)]
        node = copy.copy(node)
        for name, part in ast.iter_fields(node):
            if isinstance(part, ast.AST):
                setattr(node, name, self.visit(part))
            elif isinstance(part, list):
                setattr(node, name, [self.visit(one) if isinstance(one, ast.AST) else one for one in part])
        return node


class _Reversed(ast.NodeTransformer):
    """`momentum` for `1 - momentum`, and the other way round."""

    def __init__(self, text):
        self.text = text

    def visit_BinOp(self, node):
        if isinstance(node.op, ast.Sub) and _value(node.left) == 1 and _spelled(node.right) == self.text:
            return node.right
        return self.generic_visit(node)

    def visit_Name(self, node):
        return self._one(node)

    def visit_Attribute(self, node):
        return self._one(node)

    def _one(self, node):
        if _spelled(node) != self.text:
            return self.generic_visit(node)
        return ast.copy_location(_both(ast.copy_location(_number(1), node), ast.Sub, node), node)


class _Unindexed(ast.NodeTransformer):
    """Without constant indices: `a[i]` of `a[i, 0]`, `b` of `b[0]`."""

    count = 0

    def visit_Subscript(self, node):
        self.generic_visit(node)
        if isinstance(node.slice, ast.Tuple):
            kept = [part for part in node.slice.elts if not isinstance(_value(part), int)]
            if len(kept) == len(node.slice.elts) or not kept:
                return node
            self.count += 1
            return _with(node, slice=kept[0] if len(kept) == 1 else _with(node.slice, elts=kept))
        if not isinstance(_value(node.slice), int) or isinstance(node.ctx, ast.Store):
            return node
        self.count += 1
        return node.value


def _renamed(node: Any, names):
    """A copy of a statement with other names where it reads."""
    if isinstance(node, ast.AST):
        text = _spelled(node)
        if text in names and isinstance(getattr(node, "ctx", None), ast.Load):
            return _placed(_name(names[text]), node)
        new = copy.copy(node)
        for field, part in ast.iter_fields(node):
            if isinstance(part, (ast.AST, list)):
                setattr(new, field, _renamed(part, names))
        return new
    return [_renamed(part, names) if isinstance(part, ast.AST) else part for part in node]


def _is_eps(node):
    text = _spelled(node)
    return text is not None and _last(text) in {"eps", "epsilon"}


def _called(node):
    """The last name of what is called: `mean` of `x.mean(axis=0)`."""
    if not isinstance(node, ast.Call):
        return None
    return getattr(node.func, "attr", None) or getattr(node.func, "id", None)


def _recalled(node, name):
    """The call of another function with the same arguments."""
    field = "attr" if isinstance(node.func, ast.Attribute) else "id"
    return _with(node, func=_with(node.func, **{field: name}))


def _path(step) -> tuple:
    return (step,)


def _rebracketed(node):
    """The same operations, grouped in another way.

    Of `x - mean / std` it is `(x - mean) / std`, of `gamma * (x_hat + beta)` `gamma * x_hat + beta`, and so on, at
    every depth; of `np.sqrt(var) + eps` `np.sqrt(var + eps)`, and the other way round.
    """
    for side, other in (("right", "left"), ("left", "right")):
        # Take the near end of the chain on one side to the other operand.
        part, path = getattr(node, side), _path(side)
        while isinstance(part, ast.BinOp):
            path = (*path, other)
            part = getattr(part, other)
            joined = {other: getattr(node, other), side: part, "op": node.op}
            yield _put(node, path, ast.BinOp(joined["left"], joined["op"], joined["right"])).__getattribute__(side)
    for side, other in (("left", "right"), ("right", "left")):
        part, path = getattr(node, side), _path(side)
        beside = getattr(node, other)
        for _ in range(4):
            # Into a call, or into a power: f(a) + b becomes f(a + b).
            if isinstance(part, ast.Call):
                step = _argument(part)
                if step is None:
                    break
                path = (*path, *step)
            elif isinstance(part, ast.BinOp) and isinstance(part.op, ast.Pow):
                path = (*path, "left")
            elif isinstance(part, ast.BinOp) and side == "left":
                path = (*path, "right")
                part = _get(node, path)
                continue
            else:
                break
            part = _get(node, path)
            operands = (part, beside) if side == "left" else (beside, part)
            yield _put(node, path, ast.BinOp(operands[0], node.op, operands[1])).__getattribute__(side)
    for side in ("left", "right"):
        # Out of a call, or of a power: f(a + b) becomes f(a) + b.
        inner, path = getattr(node, side), _path(side)
        while isinstance(inner, (ast.Call, ast.BinOp)):
            if isinstance(inner, ast.Call):
                step = _argument(inner)
            else:
                step = ("left",) if isinstance(inner.op, ast.Pow) else None
            if step is None:
                break
            path = (*path, *step)
            inner = _get(node, path)
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, (ast.Add, ast.Sub, ast.Mult, ast.Div)):
                for keep, away in (("left", "right"), ("right", "left")):
                    rest, moved = getattr(inner, keep), getattr(inner, away)
                    whole = getattr(_put(node, path, rest), side)
                    outside = ast.BinOp(*((whole, inner.op, moved) if keep == "left" else (moved, inner.op, whole)))
                    yield _with(node, **{side: outside})


def _argument(call):
    """Where the one argument stands that a call of a function or a method is about."""
    if isinstance(call.func, ast.Attribute) and not (
        isinstance(call.func.value, ast.Name) and call.func.value.id in MODULES
    ):
        return ("func", "value")
    return ("args", 0) if call.args else None


def _order(tree, name):
    """The paths of the definitions: the exercise's, then those of the cell that it uses."""
    at = {node.name: k for k, node in enumerate(tree.body)}  # the last of a name counts
    order, left = [], [name]
    while left:
        one = left.pop(0)
        if one in at and one not in order:
            order.append(one)
            left += [n.id for n in ast.walk(tree.body[at[one]]) if isinstance(n, ast.Name)]
    return [("body", at[one]) for one in order]


def edits(source: str, name: str) -> Iterator[Edit]:
    """The small edits of a cell's definitions, the likeliest first.

    Parameters
    ----------
    source : str
        The cell.
    name : str
        The function or class of the exercise; what else the cell defines is edited where the exercise uses it.

    Yields
    ------
    Edit
    """
    tree = _parsed(source)
    if tree is not None:
        yield from _edits(tree, name)


def _edits(tree, name):
    for likely, kind, path, new, line, statement, at in sorted(_Editor(tree, name).found, key=lambda f: f[0]):
        changed = _put(tree, path, _placed(new, at))
        inside = len(path) >= len(statement)
        shown = _get(changed, statement) if inside else _statement_at(new, line)
        alone = inside and not isinstance(new, (list, ast.FunctionDef, ast.ClassDef))
        yield Edit(line, kind, changed, likely, shown, path, new, alone)


def _statement_at(block, line):
    """Of a block of statements that was put in place of another, what now stands where the line was."""
    return next((s for s in block if s.lineno == line), block[0])


# ------------------------------------------------------------------ the search


class _TooLong(BaseException):
    """A candidate ran too long."""


class _Steps:
    """Counts the turns of a candidate's loops."""

    def __init__(self):
        self.count, self.most, self.total = 0, float("inf"), 0

    def __call__(self):
        self.count += 1
        self.total += 1
        if self.count > self.most:
            raise _TooLong


PLAIN = (np.ndarray, list, dict, set)


class _Trial:
    """Makes a candidate of a tree and has it judged."""

    def __init__(self, name, namespace, judge, tree):
        self.name, self.judge = name, judge
        self.steps = _Steps()
        self.running = False
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        self.namespace = {**namespace, GUARD: self.steps}
        self.mutable = [n for n in used if isinstance(namespace.get(n), PLAIN)]

    def verdicts(self, tree, goes_on):
        """What the judge says, as long as `goes_on(verdicts)`; [] where nothing can be judged."""
        self.steps.count = 0
        names = dict(self.namespace)
        told: list = []
        try:
            names.update({n: copy.deepcopy(names[n]) for n in self.mutable})
            self.running = True
            exec(compile(tree, "<edited>", "exec"), names)
            for verdict in self.judge(names[self.name]):
                told.append(float(verdict))
                if not goes_on(told):
                    break
        except KeyboardInterrupt:
            raise
        except BaseException:
            return []
        finally:
            self.running = False
        return told


def _timers():
    """The signals of a candidate's limits, each with its timer and by how much longer than `ALARM` it is.

    On a busy machine a candidate waits for a processor, which is not its fault: so processor time counts, and time on
    the clock much later, for a candidate that only waits. Empty where there are no timers, or they are somebody's.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return ()
    timers = ((signal.SIGPROF, signal.ITIMER_PROF, 1), (signal.SIGALRM, signal.ITIMER_REAL, BACKSTOP))
    free = all(signal.getsignal(number) == signal.SIG_DFL for number, _, _ in timers)
    return timers if free else ()


@contextlib.contextmanager
def _undisturbed(trial, seconds):
    """No output, no warnings, the random state as before; where there are timers, a limit for each candidate.

    Yields what starts the limit anew.
    """
    state = np.random.get_state()
    timers = _timers()

    def ring(*_):
        if trial.running:
            raise _TooLong

    def wind():
        for _, timer, times in timers:
            signal.setitimer(timer, times * seconds, times * seconds)

    for number, _, _ in timers:
        signal.signal(number, ring)
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield wind
    finally:
        for number, timer, _ in timers:
            signal.setitimer(timer, 0)
            signal.signal(number, signal.SIG_DFL)
        np.random.set_state(state)


BEAM = 5  # first edits from which a second is looked for
ALARM = 1.0  # seconds of processor time after which a candidate is ended, where the platform has a timer
BACKSTOP = 10  # and after so many times these seconds on the clock
PATIENCE = 2  # properties that may fail before one holds
LOOP_STEPS = 2000  # turns of loops that a candidate may take beyond ten times those of the learner's own


def find(
    source: str,
    name: str,
    namespace: dict,
    judge: Callable,
    budget: int = 1500,
    seconds: float = 5.0,
    stop: Callable[[], bool] | None = None,
) -> Found | None:
    """The place of a mistake: where one edit, or two, make the properties hold.

    Parameters
    ----------
    source : str
        The cell in which the answer is defined.
    name : str
        The function or class.
    namespace : dict
        The learner's globals, with what the answer uses; it is not changed.
    judge : callable
        Says of a function or class how far it is right: yields (or returns a list of) a truth value, or a number from
        0 to 1, for each property or part. Where all are true, everything holds. What failed for the learner's own
        answer should come first: where the first two fail, no more are asked for.
    budget : int
        How many candidates are judged at most.
    seconds : float
        CPU time after which the search ends, as a backstop: what is found should depend on the budget alone.
    stop : callable, optional
        Says whether to end now.

    Returns
    -------
    Found or None
        None where no edit makes more hold than before, where the search ended before all but the least likely edits
        were tried, or where there is nothing to edit.
    """
    return ended(steps(source, name, namespace, judge, budget, seconds, stop))


def ended(generator):
    """What a generator returns when it is driven to its end."""
    while True:
        try:
            next(generator)
        except StopIteration as end:
            return end.value


def steps(
    source: str,
    name: str,
    namespace: dict,
    judge: Callable,
    budget: int = 1000,
    seconds: float = 5.0,
    stop: Callable[[], bool] | None = None,
) -> Generator[None, None, Found | None]:
    """Do what `find` does, and yield after each candidate, so that a caller can do other things between.

    To close the generator ends the search; output, warnings and random state are then as they were before.
    """
    tree = _parsed(source)
    if tree is None or not any(node.name == name for node in tree.body):
        return None
    trial = _Trial(name, namespace, judge, tree)
    with _undisturbed(trial, ALARM) as wind:
        return (yield from _Search(trial, tree, name, wind, budget, seconds, stop).run())


SINGLE_EDITS = 2000  # that `single` tries at most
SINGLE_TURNS = 1_000_000  # of loops that all candidates of `single` may take together


def single(source: str, name: str, namespace: dict, judge: Callable) -> list[Edit]:
    """The single small edits with which everything holds, however long the machine takes for them.

    Parameters
    ----------
    source, name, namespace, judge
        As for `find`.

    Returns
    -------
    list of Edit
        Those of the likeliest kind, the first on the line that most of them share; empty where there is none among
        the first `SINGLE_EDITS`, or where everything holds already.
    """
    tree = _parsed(source)
    if tree is None or not any(node.name == name for node in tree.body):
        return []
    trial = _Trial(name, namespace, judge, tree)
    with _undisturbed(trial, ALARM) as wind:
        search = _Search(trial, tree, name, wind, SINGLE_EDITS, float("inf"), None)
        search.turns = SINGLE_TURNS
        return ended(search.single())


class _Search:
    def __init__(self, trial, tree, name, wind, budget, seconds, stop):
        self.trial, self.tree, self.name, self.wind = trial, tree, name, wind
        self.budget, self.stop = budget, stop or (lambda: False)
        self.end = time.process_time() + seconds
        self.turns = float("inf")
        self.tried = 0
        self.cut_short = False

    def over(self):
        if self.tried >= self.budget or self.trial.steps.total > self.turns:
            return True
        return time.process_time() > self.end or self.stop()

    def verdicts(self, tree, goes_on):
        self.tried += 1
        self.wind()
        return self.trial.verdicts(tree, goes_on)

    def promising(self, told):
        """Whether of what failed for the learner's own answer the first verdicts are any better."""
        failed = [k for k, verdict in enumerate(self.before[: len(told)]) if verdict < 1]
        return len(failed) < PATIENCE or sum(told[k] - self.before[k] for k in failed) > 1e-9

    def run(self):
        self.before = self.verdicts(self.tree, lambda _: True)
        self.trial.steps.most = 10 * self.trial.steps.count + LOOP_STEPS
        if _whole(self.before):
            return None
        better: list = []
        edits = _Ahead(_edits(self.tree, self.name))
        for singles, seconds in (((FIRST, SOON, THEN), (FIRST, SOON)), ((LAST,), (THEN,))):
            complete = yield from self.first(edits, singles, better)
            if complete:
                return self.told([_most_agreed(complete)], True)
            pair = yield from self.second(_apart(better), seconds)
            if pair:
                return self.told(pair, True)
        pair = yield from self.together()
        if pair:
            return self.told(pair, True)
        # What only comes nearer is no evidence, nor is the best of a list that was not looked through.
        if self.cut_short:
            return None
        held = _held(self.before)
        most = max((_held(verdicts) for verdicts, _ in better), default=0)
        if most <= held:
            return None
        best = [edit for verdicts, edit in better if _held(verdicts) == most]
        if max(e.line for e in best) - min(e.line for e in best) > 1:
            return None  # one line makes up for what another one does
        return self.told([_most_agreed(best)], False)

    def single(self):
        """The edits that make all hold, each by itself, of the likeliest level; of the line that most share first.

        Nothing here depends on time, so that the same answer gets the same edits on every machine: what is counted is
        edits, and turns of loops.
        """
        self.before = self.verdicts(self.tree, lambda _: True)
        self.trial.steps.most = 10 * self.trial.steps.count + LOOP_STEPS
        if _whole(self.before):
            return []
        edits = _Ahead(_edits(self.tree, self.name))
        for level in (FIRST, SOON, THEN):
            complete = yield from self.first(edits, (level,), [])
            if complete:
                lines = Counter(edit.line for edit in complete)
                return sorted(complete, key=lambda edit: -lines[edit.line])  # stable: the likelier stays first
        return []

    def first(self, edits, levels, better):
        """The single edits of these levels with which all holds, of one level; adds to `better` what helps."""
        for likely in levels:
            complete = []
            for edit in edits.of(likely):
                if self.over():
                    self.cut_short = self.cut_short or likely != LAST
                    break
                verdicts = self.verdicts(edit.tree, self.promising)
                yield
                if _whole(verdicts):
                    complete.append(edit)
                elif sum(verdicts) > sum(self.before) + 1e-9:
                    better.append((verdicts, edit))
            if complete:
                return complete
        return []

    def second(self, firsts, levels):
        """A first and a second edit with which all holds, or None."""
        lists = [(first, _Ahead(_edits(first.tree, self.name))) for first in firsts]
        for likely in levels:
            for first, edits in lists:
                for edit in edits.of(likely):
                    if self.over():
                        return None
                    verdicts = self.verdicts(edit.tree, _whole)
                    yield
                    if _whole(verdicts):
                        return [first, edit]
        return None

    def together(self):
        """Two of the likeliest edits with which all holds, where neither helps alone; or None."""
        likely = list(_Ahead(_edits(self.tree, self.name)).of(FIRST))
        pair = yield from self.second([edit for edit in likely if edit.kind == RETURN], (FIRST, SOON))
        if pair:
            return pair
        pairs = itertools.combinations(range(len(likely)), 2)
        for k, other in sorted(pairs, key=sum):
            one, two = likely[k], likely[other]
            if _overlap(one.path, two.path):
                continue
            if self.over():
                return None
            verdicts = self.verdicts(_put(one.tree, two.path, two.new), _whole)
            yield
            if _whole(verdicts):
                return [one, two]
        return None

    def told(self, edits, whole):
        places = [Place(edit.line, edit.kind, edit.shown) for edit in edits]
        return Found(sorted(places, key=lambda place: place.line), whole, self.tried)


class _Ahead:
    """Edits, taken from their iterator as they are asked for, level by level."""

    def __init__(self, edits):
        self.edits, self.next = edits, None

    def of(self, likely):
        while True:
            if self.next is None:
                self.next = next(self.edits, None)
            if self.next is None or self.next.likely > likely:
                return
            edit, self.next = self.next, None
            yield edit


def _overlap(one, two):
    return one[: len(two)] == two[: len(one)]


def _whole(verdicts):
    return bool(verdicts) and min(verdicts) >= 1


def _held(verdicts):
    return sum(verdict >= 1 for verdict in verdicts)


def _apart(better):
    """Of edits that help, those that help most, few of them on the same line."""
    chosen: list = []
    for _, edit in sorted(better, key=lambda found: -sum(found[0])):  # stable: the likelier stays first
        if sum(edit.line == other.line for other in chosen) < 2 and len(chosen) < BEAM:
            chosen.append(edit)
    return chosen


def _most_agreed(edits):
    """Of several edits the first on the line that most of them share."""
    lines = Counter(edit.line for edit in edits)
    most = max(lines.values())
    return next(edit for edit in edits if lines[edit.line] == most)


def share(trace: list, wanted: list) -> float:
    """How much of what came is right, from 0 to 1: a judge's verdict that tells one slip of two from both.

    Parameters
    ----------
    trace, wanted : list
        As `check.play` returns it, and as the key has it. A part of a result that is right but for one factor counts a
        half.

    Returns
    -------
    float
    """
    parts: list = []

    def look(came, want):
        if _is_print(want):
            parts.append(_likeness(came, want))
        elif isinstance(want, list):
            listed = isinstance(came, list) and len(came) == len(want)
            for k, part in enumerate(want):
                look(came[k] if listed else None, part)

    look(trace, wanted)
    return sum(parts) / len(parts) if parts else 0.0


def _is_print(part):
    """As `is_print` of the values, which this file does not have where a learner has it."""
    five = isinstance(part, list) and len(part) == 5
    return five and isinstance(part[0], list) and isinstance(part[4], (int, float))


NEAR = 1e-5  # of what is alike: central differences are right to six digits


def _likeness(came, want):
    """Of two fingerprints: 1 where they are alike, a half where they are but for a factor, else 0."""
    if not isinstance(came, list) or len(came) != 5 or came[:2] != want[:2]:
        return 0.0
    a, b = np.array(came[2:], float), np.array(want[2:], float)
    if np.abs(a - b).max() <= NEAR * max(abs(a[2]), abs(b[2])):
        return 1.0
    if not a[2] or not b[2]:
        return 0.0
    a, b = a / a[2], b / b[2]
    return 0.5 if min(np.abs(a - b)[:2].max(), np.abs(a + b)[:2].max()) <= NEAR else 0.0


def source_of(answer: Callable) -> tuple[str, int] | None:
    """The text of the cell (or file) in which an answer is defined, and the line where its definition starts.

    Parameters
    ----------
    answer : callable
        A function or class.

    Returns
    -------
    tuple of str and int, or None
        None where there is no text: built in, or made by `exec` without a file.
    """
    answer = inspect.unwrap(getattr(answer, "function", answer))
    try:
        if inspect.isclass(answer):
            methods = [inspect.unwrap(v) for v in vars(answer).values() if inspect.isfunction(v)]
            code = next(m.__code__ for m in methods if m.__qualname__.startswith(answer.__qualname__))
        else:
            code = answer.__code__
    except (AttributeError, StopIteration, ValueError):
        return None
    text = "".join(linecache.getlines(code.co_filename, getattr(answer, "__globals__", None)))
    tree = _parsed(text) if text else None
    for node in reversed(tree.body if tree else []):
        if node.name == answer.__name__:
            return text, min([node.lineno, *(d.lineno for d in node.decorator_list)])
    return None
