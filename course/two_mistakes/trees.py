"""Functions as trees in a normal form, in which two answers to one exercise can be compared place by place.

Helpers are inlined, names are replaced by what was assigned to them, sums and products lie flat, and a few spellings of
the same thing become one (`x.std()` is `sqrt(x.var())`). What a function with loops or changes in place assigns is
replaced only as far as that is safe.

A tree is a tuple: the name of the kind of node, then its parts. Trees can be compared and used as keys.
"""

import ast
import copy
from collections.abc import Callable, Mapping
from typing import Any

Tree = tuple

MOST_CALLS = 3  # nested, that are inlined
MOST_NODES = 3000  # of a value that stands for a name

# ------------------------------------------------------------------ names replaced by what they stand for


class Unclear(Exception):  # noqa: N818
    """A call that cannot be inlined: its arguments do not fit, or the helper does more than compute a value."""


class _Replaced(ast.NodeTransformer):
    """An expression with names replaced and calls of helpers inlined.

    The statements of a helper before its `return` are collected in `before`. Where they can't stand before the whole
    expression (`once` is False: it is part of a loop), such a helper is not inlined.
    """

    def __init__(
        self, values: Mapping[str, ast.expr], helpers: Mapping[str, ast.FunctionDef], depth: int, once: bool = True
    ):
        self.values, self.helpers, self.depth, self.once = values, helpers, depth, once
        self.taken: set[str] = set()  # the caller's own names, which a helper's statements must not assign
        self.before: list[ast.stmt] = []

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.values.get(node.id) if isinstance(node.ctx, ast.Load) else None
        return node if value is None else copy.deepcopy(value)

    def _with_own_names(self, node: Any, own: set[str]) -> Any:
        hidden = {name: value for name, value in self.values.items() if name not in own}
        _Replaced(hidden, self.helpers, self.depth, once=False).generic_visit(node)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return self._with_own_names(node, {a.arg for a in node.args.args})

    def visit_ListComp(self, node: Any) -> ast.expr:
        targets = [n for generator in node.generators for n in ast.walk(generator.target)]
        return self._with_own_names(node, {n.id for n in targets if isinstance(n, ast.Name)})

    visit_GeneratorExp = visit_ListComp  # noqa: N815

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        node.keywords = [k for keyword in node.keywords for k in _spread(keyword)]
        if isinstance(node.func, ast.Lambda) and len(node.args) == len(node.func.args.args) and not node.keywords:
            given = dict(zip([a.arg for a in node.func.args.args], node.args, strict=True))
            return _Replaced(given, {}, self.depth, self.once).visit(node.func.body)
        helper = self.helpers.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if helper is None or node.func.id in self.values or self.depth > MOST_CALLS:  # type: ignore[attr-defined]
            return node
        try:
            others = {name: f for name, f in self.helpers.items() if f is not helper}  # a function may call itself
            body = flat_body(helper, others, _bound(helper, node), self.depth + 1)
        except Unclear:
            return node
        *before, last = body
        given = _bound(helper, node)
        own = {name for name, value in given.items() if isinstance(value, ast.Name) and value.id == name}
        if _stored(before) & (self.taken - own):
            return node
        if not isinstance(last, ast.Return) or last.value is None or (before and not self.once):
            return node
        self.before += before
        return last.value


def _spread(keyword: ast.keyword) -> list[ast.keyword]:
    """`**options` as keywords, where the options are known."""
    if keyword.arg is None and isinstance(keyword.value, ast.Dict):
        names = [str(key.value) for key in keyword.value.keys if isinstance(key, ast.Constant)]
        return [ast.keyword(arg=n, value=v) for n, v in zip(names, keyword.value.values, strict=True)]
    return [keyword]


def _bound(helper: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    """The arguments of a call by the helper's names for them.

    Raises
    ------
    Unclear
        If they can't be told, as where a tuple is spread.
    """
    own = helper.args
    names = [a.arg for a in own.args]
    if own.vararg or any(isinstance(a, ast.Starred) for a in call.args) or len(call.args) > len(names):
        raise Unclear
    bound: dict[str, ast.expr] = dict(zip(names[len(names) - len(own.defaults) :], own.defaults, strict=True))
    bound |= {a.arg: d for a, d in zip(own.kwonlyargs, own.kw_defaults, strict=True) if d is not None}
    bound |= dict(zip(names, call.args, strict=False))
    rest: dict[str, ast.expr] = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unclear
        (bound if keyword.arg in {*names, *(a.arg for a in own.kwonlyargs)} else rest)[keyword.arg] = keyword.value
    if (rest and not own.kwarg) or not bound.keys() >= set(names):
        raise Unclear
    if own.kwarg:
        bound[own.kwarg.arg] = ast.Dict(keys=[ast.Constant(name) for name in rest], values=list(rest.values()))
    return bound


def _is_check(node: ast.stmt) -> bool:
    """Whether a statement only raises or returns early, or does not."""
    return isinstance(node, ast.Assert) or (
        isinstance(node, ast.If) and all(isinstance(s, (ast.Raise, ast.Return)) for s in [*node.body, *node.orelse])
    )


def flat_body(
    function: ast.FunctionDef,
    helpers: Mapping[str, ast.FunctionDef],
    values: Mapping[str, ast.expr] | None = None,
    depth: int = 0,
) -> list[ast.stmt]:
    """The statements of a function, with helpers inlined and names replaced by what was assigned to them.

    Parameters
    ----------
    function : ast.FunctionDef
        The function; it is not changed.
    helpers : mapping
        The functions of its module that may be inlined, by name.
    values : mapping, optional
        What the function's arguments stand for.
    depth : int
        How deep the calls are nested that led here.

    Returns
    -------
    list of ast.stmt
        Assignments are left only where a later statement is more than an expression: a loop, a change in place.
    """
    known: dict[str, ast.expr] = dict(values or {})
    helpers = dict(helpers)
    out: list[ast.stmt] = []

    def replaced(node: Any, once: bool = True) -> Any:
        visitor = _Replaced(known, helpers, depth, once)
        visitor.taken = _arguments(function) | known.keys()
        node = visitor.visit(copy.deepcopy(node))
        out.extend(visitor.before)
        return node

    def settle(rest: list[ast.stmt]) -> None:
        """Assign what the rest of the function needs, since the next statement may change it."""
        needed = {n.id for s in rest for n in ast.walk(s) if isinstance(n, ast.Name)}
        for name in [name for name in known if name in needed and not isinstance(known[name], ast.Lambda)]:
            value = known.pop(name)
            if not (isinstance(value, ast.Name) and value.id == name):
                out.append(ast.Assign(targets=[ast.Name(id=name, ctx=ast.Store())], value=value))

    for k, node in enumerate(function.body):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Assign) and _bindings(node.targets[0], node.value) is not None:
            value = replaced(node.value)
            if sum(1 for _ in ast.walk(value)) <= MOST_NODES:
                known.update(_bindings(node.targets[0], value) or {})
            else:
                settle(function.body[k:])
                out.append(copy.deepcopy(node))
        elif isinstance(node, ast.FunctionDef) and not node.args.vararg:
            body = flat_body(node, helpers, {n: v for n, v in known.items() if n not in _arguments(node)}, depth)
            helpers[node.name] = definition(node.name, node.args, body)
        elif isinstance(node, ast.Return):
            out.append(ast.Return(value=replaced(node.value) if node.value else None))
        elif _is_check(node):
            out.append(replaced(node))
        elif isinstance(node, ast.Expr) and _checks(node.value, helpers):
            call = node.value
            assert isinstance(call, ast.Call)
            assert isinstance(call.func, ast.Name)
            out += flat_body(helpers[call.func.id], helpers, _bound(helpers[call.func.id], replaced(call)), depth + 1)
        elif isinstance(node, ast.If) and (choice := _choice(node, replaced)):
            for name, (test, yes, no) in choice.items():
                known[name] = ast.IfExp(test, yes or known.get(name) or ast.Name(id=name, ctx=ast.Load()),
                                        no or known.get(name) or ast.Name(id=name, ctx=ast.Load()))  # fmt: skip
        else:
            node = copy.deepcopy(node)
            if isinstance(node, ast.For):
                node.iter = replaced(node.iter)
            settle([node, *function.body[k + 1 :]])
            out.append(replaced(node, once=isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr))))
    return out


def definition(name: str, args: ast.arguments, body: list[ast.stmt]) -> ast.FunctionDef:
    """A function as syntax; parsed, since each version of Python has other fields in it."""
    made = ast.parse(f"def {name}(): pass").body[0]
    assert isinstance(made, ast.FunctionDef)
    made.args, made.body = args, body
    return made


def _stored(body: list[ast.stmt]) -> set[str]:
    names = (n for s in body for n in ast.walk(s) if isinstance(n, ast.Name))
    return {n.id for n in names if isinstance(n.ctx, ast.Store)}


def _arguments(function: ast.FunctionDef) -> set[str]:
    return {a.arg for a in function.args.args}


def _bindings(target: ast.expr, value: ast.expr) -> dict[str, ast.expr] | None:
    """What each name of an assignment stands for, or None where it binds more than names."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    if not isinstance(target, ast.Tuple):
        return None
    bound: dict[str, ast.expr] = {}
    for k, part in enumerate(target.elts):
        if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
            inner = _bindings(part, value.elts[k])
        else:
            inner = _bindings(part, ast.Subscript(value=copy.deepcopy(value), slice=ast.Constant(k), ctx=ast.Load()))
        if inner is None:
            return None
        bound |= inner
    return bound


def _checks(node: ast.expr, helpers: Mapping[str, ast.FunctionDef]) -> bool:
    """Whether this is the call of a helper that only checks."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in helpers:
        return False
    return all(map(_is_check, flat_body(helpers[node.func.id], helpers)))


def _choice(node: ast.If, replaced: Callable) -> dict[str, tuple]:
    """For an `if` that only assigns names: by name the test, and the values in the one case and the other."""
    chosen: dict[str, tuple] = {}
    for where, body in enumerate((node.body, node.orelse)):
        for s in body:
            if not (isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name)):
                return {}
            if s.targets[0].id in chosen and chosen[s.targets[0].id][1 + where] is not None:
                return {}
            old = chosen.get(s.targets[0].id, (replaced(node.test), None, None))
            value = replaced(s.value)
            chosen[s.targets[0].id] = (old[0], old[1] if where else value, value if where else old[2])
    return chosen


# ------------------------------------------------------------------ trees

SKIPPED = {"ctx", "type_comment", "kind", "type_params", "decorator_list", "returns"}
ONE, MINUS_ONE, ZERO = (("Constant", "int", n) for n in (1, -1, 0))


NO_DDOF = ("keyword", "ddof", ZERO)


def tree(node: Any) -> Any:
    """A syntax node as a tree in normal form."""
    if isinstance(node, list):
        return ("list", *map(tree, node))
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.Constant):
        return ("Constant", type(node.value).__name__, node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = tree(node.operand)
        if inner[0] == "Constant":
            return (*inner[:2], -inner[2])
        return _product([MINUS_ONE, inner], [])
    if isinstance(node, ast.BinOp):
        left, right = tree(node.left), tree(node.right)
        match node.op:
            case ast.Add():
                return _sum([left, right], [])
            case ast.Sub():
                return _sum([left], [right])
            case ast.Mult():
                return _product([left, right], [])
            case ast.Div():
                return _product([left], [right])
            case ast.Pow() if right[:2] == ("Constant", "float") and abs(right[2]) == 0.5:
                return _root(left) if right[2] > 0 else _product([], [_root(left)])
    made = (type(node).__name__, *(tree(getattr(node, f, None)) for f in _fields(type(node).__name__)))
    return _spelled(made)


def _fields(kind: str) -> list[str]:
    return [f for f in getattr(ast, kind)._fields if f not in SKIPPED]


def _root(inner: Tree) -> Tree:
    return ("Call", ("Attribute", ("Name", "np"), "sqrt"), ("list", inner), ("list",))


def _spelled(made: Tree) -> Tree:
    """The one spelling of what can be spelled in several ways."""
    match made:
        case ("Call", ("Attribute", value, name), ("list", *args), ("list", *keywords)) if value != ("Name", "np"):
            if name in ("mean", "sum", "var", "std", "max", "min") and args:
                keywords, args = [("keyword", "axis", args[0]), *keywords], args[1:]
            keywords = sorted((k for k in keywords if k != NO_DDOF), key=lambda k: str(k[1]))
            made = (
                "Call",
                ("Attribute", value, "var" if name == "std" else name),
                ("list", *args),
                ("list", *keywords),
            )
            return _root(made) if name == "std" else made
        case ("Call", ("Name", "float"), ("list", value), ("list",)):
            return value
        case ("Tuple", ("list", *items)) if any(item[0] == "Starred" and item[1][0] == "Tuple" for item in items):
            spread = (i[1][1][1:] if i[0] == "Starred" and i[1][0] == "Tuple" else (i,) for i in items)
            return ("Tuple", ("list", *(item for several in spread for item in several)))
        case (
            "Subscript",
            ("Subscript", value, ("Slice", None, ("Constant", "int", n), None)),
            ("Constant", "int", k),
        ) if 0 <= k < n:
            return _spelled(("Subscript", value, ("Constant", "int", k)))
        case ("Subscript", ("Attribute", value, "shape"), ("Constant", "int", 0)):
            return ("Call", ("Name", "len"), ("list", value), ("list",))
        case ("Subscript", ("Tuple", ("list", *parts)), ("Constant", "int", k)) if k < len(parts):
            return parts[k]
        case ("Subscript", ("Tuple", ("list", *parts)), ("Slice", None, None, ("Constant", "int", -1))):
            return ("Tuple", ("list", *parts[::-1]))
    return made


def _product(over: list[Tree], under: list[Tree]) -> Tree:
    tops: list[Tree] = []
    bottoms: list[Tree] = []
    for terms, same, other in ((over, tops, bottoms), (under, bottoms, tops)):
        for t in terms:
            if t[0] == "*":
                same += t[1][1:]
                other += t[2][1:]
            elif t != ONE and t != ("Constant", "float", 1.0):
                same.append(t)
    if not bottoms and len(tops) < 2:
        return tops[0] if tops else ONE
    return ("*", ("list", *tops), ("list", *bottoms))


def _sum(plus: list[Tree], minus: list[Tree]) -> Tree:
    more: list[Tree] = []
    less: list[Tree] = []
    for terms, same, other in ((plus, more, less), (minus, less, more)):
        for t in terms:
            if t[0] == "+":
                same += t[1][1:]
                other += t[2][1:]
            elif t != ZERO and t != ("Constant", "float", 0.0):
                same.append(t)
    if not less and len(more) < 2:
        return more[0] if more else ZERO
    return ("+", ("list", *more), ("list", *less))


def syntax(made: Any) -> Any:
    """The syntax node that a tree stands for."""
    if not isinstance(made, tuple):
        return made
    kind, *parts = made
    if kind == "list":
        return [syntax(part) for part in parts]
    if kind == "Constant":
        return ast.Constant(parts[1])
    if kind in ("*", "+"):
        first, second = (ast.Mult(), ast.Div()) if kind == "*" else (ast.Add(), ast.Sub())
        over, under = syntax(parts[0]), syntax(parts[1])
        start = over[0] if over else ast.Constant(1 if kind == "*" else 0)
        for op, terms in ((first, over[1:]), (second, under)):
            for term in terms:
                start = ast.BinOp(left=start, op=op, right=term)
        return start
    node = getattr(ast, kind)(**{f: syntax(p) for f, p in zip(_fields(kind), parts, strict=True)})
    for name in ("ctx", "decorator_list"):
        if name in node._fields:
            setattr(node, name, ast.Load() if name == "ctx" else [])
    for target in [*getattr(node, "targets", []), *([node.target] if hasattr(node, "target") else [])]:
        for part in [target, *getattr(target, "elts", [])]:
            part.ctx = ast.Store() if not isinstance(node, ast.Delete) else ast.Del()
    return node


def size(made: Any) -> int:
    """The number of nodes and names in a tree."""
    return sum(map(size, made)) if isinstance(made, tuple) else 1
