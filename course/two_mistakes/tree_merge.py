"""The three-way merge of trees: two wrong answers that change different places of a right one become one."""

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from course.two_mistakes.trees import Tree, size


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


@lru_cache(maxsize=10_000)
def parts(made: Any) -> frozenset:
    """All parts of a tree."""
    found = set()

    def visit(node: Any) -> None:
        found.add(node)
        if isinstance(node, tuple):
            for part in node:
                visit(part)

    visit(made)
    return frozenset(found)


def _merge(base: Any, a: Any, b: Any, lost: list[Any]) -> Any:
    if a in (base, b):
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


@lru_cache(maxsize=10_000)
def pattern(old: Any, new: Any) -> tuple[Any, Any]:
    """A change with holes for the largest parts that are in both, so that it is found around other parts, too."""
    if not isinstance(old, tuple) or old[0] == "list":
        return old, new
    shared = {
        part for part in parts(new) if isinstance(part, tuple) and part[0] not in ("list", "keyword", "Attribute")
    }
    holes: dict[Any, tuple] = {}

    def visit(node: Any, add: bool) -> Any:
        if not isinstance(node, tuple) or node[0] == "Constant":
            return node
        if node in holes or (add and node in shared and node != old and size(node) > 4):
            return holes.setdefault(node, ("hole", len(holes)))
        return (node[0], *(visit(part, add) for part in node[1:]))

    return visit(old, True), visit(new, False)


def _matches(old: Any, node: Any, filled: dict[Any, Any]) -> bool:
    if old is node:
        return True
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
            if old[0] == node[0] and _matches(old, node, filled):
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
        end = start
        taken_a: list[tuple[int, int, int, int]] = []
        taken_b: list[tuple[int, int, int, int]] = []
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
        if part_a in (old, part_b) or part_b == old:
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
