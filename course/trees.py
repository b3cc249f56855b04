"""Functions as trees in a normal form, and the three-way merge of such trees.

Two wrong answers to one exercise can be combined where they change different places of a right one. To find the
places, the three are brought into one form first: helpers are inlined, names are replaced by what was assigned to them,
sums and products lie flat, and a few spellings of the same thing become one (`x.std()` is `sqrt(x.var())`). What a
function with loops or changes in place assigns is replaced only as far as that is safe.

A tree is a tuple: the name of the kind of node, then its parts. Trees can be compared and used as keys.
"""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

Tree = tuple

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

    visit_GeneratorExp = visit_SetComp = visit_ListComp

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        node.keywords = [k for keyword in node.keywords for k in _spread(keyword)]
        if isinstance(node.func, ast.Lambda) and len(node.args) == len(node.func.args.args) and not node.keywords:
            given = dict(zip([a.arg for a in node.func.args.args], node.args, strict=True))
            return _Replaced(given, {}, self.depth, self.once).visit(node.func.body)
        helper = self.helpers.get(node.func.id) if isinstance(node.func, ast.Name) else None
        if helper is None or node.func.id in self.values or self.depth > 5:  # type: ignore[attr-defined]
            return node
        try:
            body = flat_body(helper, self.helpers, _bound(helper, node), self.depth + 1)
        except Unclear:
            return node
        *before, last = body
        if not isinstance(last, ast.Return) or last.value is None or (before and not self.once):
            return node
        self.before += before
        return last.value


def _spread(keyword: ast.keyword) -> list[ast.keyword]:
    """`**options` as keywords, where the options are known."""
    if keyword.arg is None and isinstance(keyword.value, ast.Dict):
        names = [key.value for key in keyword.value.keys if isinstance(key, ast.Constant)]
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
    rest = {}
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unclear
        (bound if keyword.arg in {*names, *(a.arg for a in own.kwonlyargs)} else rest)[keyword.arg] = keyword.value
    if rest and not own.kwarg or not bound.keys() >= set(names):
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
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and _names(node.targets[0]):
            known.update(_parts(_names(node.targets[0]), replaced(node.value)))
        elif isinstance(node, ast.FunctionDef) and not node.args.vararg:
            body = flat_body(node, helpers, {n: v for n, v in known.items() if n not in _arguments(node)}, depth)
            helpers[node.name] = ast.FunctionDef(
                name=node.name, args=node.args, body=body, decorator_list=[], lineno=0, type_params=[]
            )
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


def _arguments(function: ast.FunctionDef) -> set[str]:
    return {a.arg for a in function.args.args}


def _names(target: ast.expr) -> list[str]:
    """The names that an assignment binds; none where it binds anything else."""
    if isinstance(target, ast.Name):
        return [target.id]
    if isinstance(target, ast.Tuple) and all(isinstance(t, ast.Name) for t in target.elts):
        return ["", *(t.id for t in target.elts if isinstance(t, ast.Name))]
    return []


def _parts(names: list[str], value: ast.expr) -> dict[str, ast.expr]:
    """What each name of an assignment stands for; a tuple's names follow an empty one."""
    if names[0]:
        return {names[0]: value}
    if isinstance(value, ast.Tuple) and len(value.elts) == len(names) - 1:
        return dict(zip(names[1:], value.elts, strict=True))
    return {
        name: ast.Subscript(value=copy.deepcopy(value), slice=ast.Constant(k), ctx=ast.Load())
        for k, name in enumerate(names[1:])
    }


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
            made = ("Call", ("Attribute", value, "var" if name == "std" else name), ("list", *args), ("list", *keywords))
            return _root(made) if name == "std" else made
        case ("Call", ("Name", "float"), ("list", value), ("list",)):
            return value
        case ("Subscript", ("Attribute", value, "shape"), ("Constant", "int", 0)):
            return ("Call", ("Name", "len"), ("list", value), ("list",))
        case ("Subscript", ("Tuple", ("list", *parts)), ("Constant", "int", k)) if k < len(parts):
            return parts[k]
        case ("Subscript", ("Tuple", ("list", *parts)), ("Slice", None, None, ("Constant", "int", -1))):
            return ("Tuple", ("list", *parts[::-1]))
    return made


def _product(over: list[Tree], under: list[Tree]) -> Tree:
    tops, bottoms = [], []
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
    more, less = [], []
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


# ------------------------------------------------------------------ the merge


class Conflict(Exception):  # noqa: N818
    """Both change the same place; `exclusive` where they are two answers to one question."""

    def __init__(self, exclusive: bool = False):
        super().__init__()
        self.exclusive = exclusive


def merged(base: Tree, a: Tree, b: Tree) -> Tree:
    """The tree with the changes from `base` to `a` and those from `base` to `b`.

    Where `a` has put something else in the place of a part that `b` changes, `b`'s changes are looked for in what is
    there now: each must find the text that it changes. If one does not, the same is tried the other way round. A change
    may be lost in one place if it shows in another.

    Raises
    ------
    Conflict
        If the two can't be had together.
    """
    lost: list[Any] = []
    made = _merge(base, a, b, lost)
    there = parts(made)
    if any(new not in there for new in lost):
        raise Conflict
    return made


def parts(made: Any) -> set:
    """All parts of a tree."""
    return {made}.union(*map(parts, made)) if isinstance(made, tuple) else {made}


def _merge(base: Any, a: Any, b: Any, lost: list[Any]) -> Any:
    if a == base or a == b:
        return b
    if b == base:
        return a
    if _alike(base, a) and _alike(base, b):
        if base[0] == "list":
            return _merge_lists(base, a, b, lost)
        return (base[0], *(_merge(*three, lost) for three in zip(base[1:], a[1:], b[1:], strict=True)))
    return _carried(base, a, b, lost)


def _alike(base: Any, other: Any) -> bool:
    """Whether two trees are of one kind, so that their parts can be compared one by one."""
    if not isinstance(base, tuple) or not isinstance(other, tuple) or base[0] != other[0] or base[0] == "Constant":
        return False
    return base[0] == "list" or len(base) == len(other)


def _carried(base: Any, a: Any, b: Any, lost: list[Any]) -> Any:
    ours, theirs = changes(base, a), changes(base, b)
    for abstract in (False, True):
        for there, found in ((a, theirs), (b, ours)):
            made = rewritten(there, [pattern(*change) for change in found] if abstract else found, base)
            if made is not None and made != a and made != b:
                return made
    whole_a, whole_b = ours == [(base, a)], theirs == [(base, b)]
    if whole_a == whole_b:
        raise Conflict(exclusive=whole_a)
    lost += [new for _, new in (theirs if whole_a else ours)]
    return a if whole_a else b


def changes(base: Any, other: Any) -> list[tuple[Any, Any]]:
    """The smallest parts of a tree that are others in `other`, each with what stands there."""
    if base == other:
        return []
    if not _alike(base, other) or len(base) != len(other):
        return [(base, other)]
    found = []
    for p, q in zip(base[1:], other[1:], strict=True):
        if p != q and isinstance(p, tuple) and p[0] == "list" and len(p) != len(q):
            return [(base, other)]
        found += changes(p, q)
        if p != q and not isinstance(p, tuple):
            return [(base, other)]
    return list(dict.fromkeys(found))


def pattern(old: Any, new: Any) -> tuple[Any, Any]:
    """A change with holes for the largest parts that are in both, so that it is found around other parts, too."""
    shared = {part for part in parts(new) if isinstance(part, tuple) and part[0] not in ("list", "keyword", "Attribute")}
    holes: dict[Any, tuple] = {}

    def visit(node: Any, add: bool) -> Any:
        if not isinstance(node, tuple) or node[0] == "Constant":
            return node
        if node in holes or (add and node in shared and node != old and size(node) > 4):
            return holes.setdefault(node, ("hole", len(holes)))
        return (node[0], *(visit(part, add) for part in node[1:]))

    return visit(old, True), visit(new, False)


def _matches(old: Any, node: Any, filled: dict[Any, Any]) -> bool:
    if isinstance(old, tuple) and old[0] == "hole":
        return filled.setdefault(old, node) == node
    if not isinstance(old, tuple) or not isinstance(node, tuple) or old[0] == "Constant":
        return old == node
    return len(old) == len(node) and all(_matches(p, q, filled) for p, q in zip(old, node, strict=True))


def _filled(new: Any, filled: Mapping[Any, Any]) -> Any:
    if not isinstance(new, tuple) or new[0] == "Constant":
        return new
    return filled[new] if new in filled else (new[0], *(_filled(part, filled) for part in new[1:]))


def rewritten(made: Any, found: list[tuple[Any, Any]], base: Any = None) -> Any:
    """A tree with each old part replaced by its new one, or None if an old part is not there.

    A part with holes may be there no more often than in `base`: else it is found where nobody changed anything.
    """
    used: Counter = Counter()

    def visit(node: Any) -> Any:
        if not isinstance(node, tuple):
            return node
        for old, new in found:
            filled: dict[Any, Any] = {}
            if _matches(old, node, filled):
                used[old] += 1
                return visit_holes(new, filled)
        return node if node[0] == "Constant" else (node[0], *map(visit, node[1:]))

    def visit_holes(new: Any, filled: dict[Any, Any]) -> Any:
        return _filled(new, {hole: visit(part) for hole, part in filled.items()})

    result = visit(made)
    if any(old not in used for old, _ in found):
        return None
    if base is not None and any("hole" in repr(old) for old, _ in found):
        before = used.copy()
        used.clear()
        visit(base)
        if any(before[old] > used[old] for old in before):
            return None
    return result


def _blocks(base: Tree, other: Tree) -> Iterator[tuple[int, int, int, int]]:
    for op, i, j, k, m in SequenceMatcher(None, base, other, autojunk=False).get_opcodes():
        if op != "equal":
            yield i, j, k, m


def _merge_lists(base: Tree, a: Tree, b: Tree, lost: list[Any]) -> Tree:
    if len(base) == len(a) == len(b):
        for moved, changed in ((a, b), (b, a)):
            if Counter(moved) == Counter(base):  # only the order is another
                places = [base.index(part) for part in moved]
                if len(set(places)) == len(places):
                    return tuple(changed[k] for k in places)
        try:
            return ("list", *(_merge(*three, lost) for three in zip(base[1:], a[1:], b[1:], strict=True)))
        except Conflict as conflict:
            if conflict.exclusive:
                raise
    out: list[Any] = []
    at, shift_a, shift_b = 0, 0, 0  # how far the base is done, and where that is in the other two
    edits_a, edits_b = list(_blocks(base, a)), list(_blocks(base, b))
    while edits_a or edits_b:
        start = min(edits[0][0] for edits in (edits_a, edits_b) if edits)
        out += base[at:start]
        end, taken_a, taken_b = start, [], []
        while True:  # all changes of both that overlap
            for edits, taken in ((edits_a, taken_a), (edits_b, taken_b)):
                if edits and (edits[0][0] < end or edits[0][0] == start):
                    taken.append(edits.pop(0))
                    end = max(end, taken[-1][1])
                    break
            else:
                break
        pieces = []
        for other, taken, shift in ((a, taken_a, shift_a), (b, taken_b, shift_b)):
            grown = sum((m - k) - (j - i) for i, j, k, m in taken)
            pieces.append((other[start + shift : end + shift + grown], shift + grown))
        (part_a, shift_a), (part_b, shift_b) = pieces
        old = base[start:end]
        if part_a == old or part_b == old or part_a == part_b:
            out += part_b if part_a == old else part_a
        elif not old:
            if {p[1] for p in part_a if p[0] == "keyword"} & {p[1] for p in part_b if p[0] == "keyword"}:
                raise Conflict(exclusive=True)
            out += [*part_a, *part_b]
        elif len(old) == len(part_a) == len(part_b):
            out += [_merge(*three, lost) for three in zip(old, part_a, part_b, strict=True)]
        else:
            return _carried(base, a, b, lost)
        at = end
    return (*out, *base[at:]) if out else base


