"""Two mistakes at once: implementations that hold two wrong answers of one exercise, made out of the catalogue.

Two wrong answers combine where they change different places of one right answer (`course.trees` finds the places), where
they replace different methods of one class, or where one of them only changes its arguments. A pair is kept if it
is told apart from everything else that is known: from the reference, from each single mistake, from each other pair.
"""

import ast
import copy
import inspect
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from course.chapter import ROOT, Answer, Chapter, HiddenTest, load
from course.examination.examine import run_test, verdict
from course.examination.learner import Demand, InProcess, Learner, Step
from course.tree_merge import Conflict, changes, merged
from course.trees import Tree, flat_body, size, syntax, tree

SEED = 2015


@dataclass(frozen=True)
class Pair:
    """Two mistakes of one exercise at once."""

    slugs: tuple[str, str]
    implementation: Callable
    hints: tuple[str, str]


# ------------------------------------------------------------------ making an implementation


class Source:
    """The functions and classes of a module as syntax."""

    def __init__(self, module: ModuleType):
        self.module = module
        body = ast.parse(Path(str(module.__file__)).read_text()).body
        self.functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
        self.classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}

    def tree(self, name: str) -> Tree:
        """A function in normal form: its arguments and its statements."""
        function = self.functions[name]
        return ("list", tree(function.args), tree(flat_body(function, self.functions)))

    def methods(self, name: str) -> dict[str, Tree]:
        return {
            node.name: ("list", tree(node.args), tree(flat_body(node, self.functions)))
            for node in self.classes[name].body
            if isinstance(node, ast.FunctionDef)
        }


def compiled(made: Tree, names: dict[str, Any]) -> Callable:
    """The function that a tree of arguments and statements stands for."""
    function = ast.FunctionDef(
        name="pair", args=syntax(made[1]), body=syntax(made[2]), decorator_list=[], type_params=[]
    )
    module = ast.fix_missing_locations(ast.Module(body=[function], type_ignores=[]))
    names = dict(names)
    try:
        exec(compile(module, "pair", "exec"), names)
    except (
        SyntaxError,
        ValueError,
        TypeError,
    ) as error:  # one of the two changes the place where the other stores something
        raise Conflict from error
    return names["pair"]


class Combiner:
    """Combines the wrong answers to one exercise."""

    def __init__(self, chapter: Chapter, exercise: str):
        self.wrongs = chapter.misconceptions(exercise)
        self.catalogue = Source(load(ROOT / "tests" / "misconceptions" / f"{chapter.slug}.py"))
        self.trees: dict[str, Tree] = {}
        self.bases: list[tuple[Tree, dict]] = []
        self.effects: set[str] = set()  # the mistakes that return what is right and only change their arguments
        if not inspect.isclass(chapter.exercises[exercise]):
            for source, name in _right_answers(chapter, exercise):
                names = {**vars(source.module), **vars(self.catalogue.module)}
                self.bases.append((source.tree(name), names))
            self.trees = {w.slug: self.catalogue.tree(f"{exercise}__{w.slug}") for w in self.wrongs}
            self.far = {
                w.slug: [sum(size(p) + size(q) for p, q in changes(base, self.trees[w.slug])) for base, _ in self.bases]
                for w in self.wrongs
            }

    def combined(self, a: Answer, b: Answer) -> Iterator[Callable]:
        """Implementations with both mistakes, the likeliest first.

        Raises
        ------
        Conflict
            After the last, if the two are no independent mistakes.
        """
        if inspect.isclass(a.implementation):
            yield self._class_of_both(a.implementation, b.implementation)
            return
        if (a.slug in self.effects) != (b.slug in self.effects):
            effect, other = (a, b) if a.slug in self.effects else (b, a)
            yield _with_effect(effect.implementation, other.implementation)
            return
        if a.slug not in self.trees or b.slug not in self.trees:
            raise Conflict
        found, exclusive, any_made = set(), False, False
        far = [p + q for p, q in zip(self.far[a.slug], self.far[b.slug], strict=True)]
        for k in sorted(range(len(far)), key=far.__getitem__)[:3]:  # the nearest right answer first
            base, names = self.bases[k]
            try:
                made = merged(base, self.trees[a.slug], self.trees[b.slug])
            except Conflict as conflict:
                exclusive |= conflict.exclusive and far[k] == min(far)
                continue
            if made not in found:
                found.add(made)
                with suppress(Conflict):
                    implementation = compiled(made, names)
                    any_made = True
                    yield implementation
        if not any_made:
            raise Conflict(exclusive)

    def _class_of_both(self, a: type, b: type) -> type:
        """A class that inherits from both; a method that both replace is merged."""
        common = next((c for c in a.__mro__ if c in b.__mro__), object)
        if common is object:
            raise Conflict
        own = [
            {
                n: c
                for c in reversed(k.__mro__[: k.__mro__.index(common)])
                for n in vars(c)
                if n[:2] != "__" or callable(vars(c)[n])
            }
            for k in (a, b)
        ]
        names = vars(self.catalogue.module)
        methods, calls_super = {}, [False, False]
        for name in [n for n in own[0] if n in own[1] and n != "__class__"]:
            trees = [self.catalogue.methods(owner.__name__)[name] for owner in (own[0][name], own[1][name])]
            base = next(
                (
                    self.catalogue.methods(c.__name__)[name]
                    for c in common.__mro__
                    if name in vars(c) and c is not object
                ),
                None,
            )
            if base is None:
                raise Conflict
            supers = ["'super'" in repr(t) for t in trees]
            if any(supers):
                calls_super = [p or q for p, q in zip(calls_super, supers, strict=True)]
            else:
                methods[name] = compiled(merged(base, *trees), names)
        order = (b, a) if calls_super == [False, True] else (a, b)
        return type("Both", order, methods)


def _right_answers(chapter: Chapter, exercise: str) -> Iterator[tuple[Source, str]]:
    """Right answers to look for the places of mistakes in: those in the catalogue's own words first."""
    path = ROOT / "tests" / "bases" / f"{chapter.slug}.py"
    if path.is_file():
        source = Source(load(path))
        yield from ((source, name) for name in source.functions if name.startswith(f"{exercise}__"))
    yield Source(chapter.solutions), exercise
    source = Source(load(ROOT / "tests" / "formulations" / f"{chapter.slug}.py"))
    yield from ((source, name) for name in source.functions if name.startswith(f"{exercise}__"))


def _with_effect(effect: Callable, other: Callable) -> Callable:
    """What `other` returns, and the change of the arguments by `effect`, which is right but for this."""

    def both(*args: Any, **kwargs: Any) -> Any:
        result = other(*copy.deepcopy(args), **copy.deepcopy(kwargs))
        effect(*args, **kwargs)
        return result

    return both


# ------------------------------------------------------------------ what an implementation does


@dataclass
class Seen:
    """What an implementation did in one hidden test, in a form that is quick to compare."""

    failed: bool
    steps: tuple  # all but the numbers, step by step: the error, which arguments were changed, shapes and dtypes
    numbers: np.ndarray  # of each array two weighted sums and the largest, shape (arrays, 3)

    def same(self, other: "Seen") -> bool:
        if self.steps != other.steps or self.failed != other.failed:
            return False
        near = 1e-6 * np.maximum(self.numbers[:, 2:], other.numbers[:, 2:])
        return bool((np.abs(self.numbers - other.numbers) <= near).all())


def seen(test: HiddenTest, names: dict[str, Any], seed: int = SEED) -> Seen:
    """Run a hidden test to its end, whatever fails on the way, and look at all that came."""
    learner = Learner(InProcess(names), lenient=True)
    outcome = run_test(test, learner, seed)
    failed = outcome.problem is not None or any(isinstance(r, Demand) and r.failed for r in learner.record)
    if test.judged:
        return Seen(failed, (verdict(outcome),), np.zeros((0, 3)))
    steps: list[tuple] = []
    numbers: list[tuple] = []
    for step in learner.record:
        if isinstance(step, Step):
            steps.append((step.raised, tuple(step.changed()), _look(step.result, numbers), len(numbers)))
    return Seen(failed, tuple(steps), np.array(numbers).reshape(-1, 3))


def _look(value: Any, numbers: list) -> Any:
    """The shape of a value; its numbers go to `numbers`."""
    if isinstance(value, (tuple, list)):
        return tuple(_look(part, numbers) for part in value)
    if not isinstance(value, (np.ndarray, np.generic, bool, int, float)):
        return "no numbers"
    a = np.asarray(value)
    kind = str(a.dtype) if isinstance(value, (np.ndarray, np.generic)) and a.ndim else ""
    if a.dtype.kind not in "fiub":
        return f"{a.shape} {a.dtype}"
    flat = a.astype(np.float64).ravel()
    bad = ~np.isfinite(flat)
    flat = np.where(bad, 0.0, flat)
    k = np.arange(flat.size)
    numbers.append((flat @ np.cos(k + 1.0), flat @ np.sin(k * k + 1.0), np.abs(flat).max(initial=0.0)))
    return f"{a.shape} {kind} {int(bad.sum())}"


# ------------------------------------------------------------------ which pairs are kept


@dataclass
class Row:
    """How many pairs one exercise has, as printed: of all thinkable ones, and what became of the others."""

    exercise: str
    mistakes: int = 0
    kept: list[tuple[str, str, int]] = field(default_factory=list)  # and which of the candidates it was
    exclusive: int = 0  # both answer one question, each in another way
    conflicts: list[tuple[str, str]] = field(default_factory=list)
    swallowed: int = 0  # as one of the two alone, or as a right answer
    like_another: int = 0  # as a single mistake other than these two
    ambiguous: int = 0  # as another pair
    broken: int = 0  # fails where neither does, by an error
    unreadable: list[str] = field(default_factory=list)  # whose normal form does something else
    seconds: float = 0.0

    @property
    def coverage(self) -> float:
        wanted = len(self.kept) + len(self.conflicts) + self.broken
        return len(self.kept) / wanted if wanted else 1.0


def chosen(chapter: Chapter, exercise: str) -> Row:
    """Try all pairs of an exercise, and keep those that nothing else is like."""
    start = time.perf_counter()
    tests = chapter.hidden_tests(exercise)
    combiner = Combiner(chapter, exercise)
    row = Row(exercise, len(combiner.wrongs))

    def look(implementation: Callable) -> list[Seen]:
        names = {**chapter.exercises, exercise: implementation}
        return [seen(test, names) for test in tests]

    right = look(chapter.exercises[exercise])
    single = {w.slug: look(w.implementation) for w in combiner.wrongs}
    combiner.effects = {slug for slug, found in single.items() if _only_effect(found, right)}
    for slug, made in list(combiner.trees.items()):  # a tree that does something else than its function is of no use
        with suppress(Conflict):
            if _same(look(compiled(made, vars(combiner.catalogue.module))), single[slug]):
                continue
        del combiner.trees[slug]
        row.unreadable.append(slug)
    pairs: list[tuple[str, str, int, list[Seen]]] = []
    for a, b in itertools.combinations(combiner.wrongs, 2):
        first = ""
        try:
            for k, implementation in enumerate(combiner.combined(a, b)):
                found = look(implementation)
                what = _told_apart(found, right, single, (a.slug, b.slug))
                first = first or what
                if what == "kept":
                    pairs.append((a.slug, b.slug, k, found))
                    break
            else:
                setattr(row, first, getattr(row, first) + 1)
        except Conflict as conflict:
            if conflict.exclusive:
                row.exclusive += 1
            else:
                row.conflicts.append((a.slug, b.slug))
    alike: dict[tuple, list[int]] = defaultdict(list)
    for k, (*_, found) in enumerate(pairs):
        alike[tuple(s.steps for s in found)].append(k)
    for group in alike.values():
        for k in group:
            if any(_same(pairs[k][3], pairs[j][3]) for j in group if j != k):
                row.ambiguous += 1
            else:
                row.kept.append(pairs[k][:3])
    order = {w.slug: k for k, w in enumerate(combiner.wrongs)}
    row.kept.sort(key=lambda pair: (order[pair[0]], order[pair[1]]))
    row.seconds = time.perf_counter() - start
    return row


def _told_apart(found: list[Seen], right: list[Seen], single: dict[str, list[Seen]], slugs: tuple[str, str]) -> str:
    """ "kept", or why a pair is not: it is what one mistake is."""
    if not any(s.failed for s in found) or any(_same(found, other) for other in (right, *(single[s] for s in slugs))):
        return "swallowed"
    return "like_another" if any(_same(found, other) for other in single.values()) else "kept"


def _same(found: list[Seen], other: list[Seen]) -> bool:
    return all(p.same(q) for p, q in zip(found, other, strict=True))


def _only_effect(found: list[Seen], right: list[Seen]) -> bool:
    """Whether a mistake returns what is right and only changes its arguments."""
    firsts = [_first_difference(p, q) for p, q in zip(found, right, strict=True)]
    return any(firsts) and all(f in ("", "changed") for f in firsts)


def _first_difference(found: Seen, right: Seen) -> str:
    done = 0
    for p, q in zip(found.steps, right.steps, strict=False):
        if not isinstance(p, tuple) or (p[0], p[2:]) != (q[0], q[2:]):
            return "result" if p != q else ""
        near = 1e-6 * np.maximum(found.numbers[done : p[3], 2:], right.numbers[done : p[3], 2:])
        if not (np.abs(found.numbers[done : p[3]] - right.numbers[done : p[3]]) <= near).all():
            return "result"
        if p[1] != q[1]:
            return "changed"
        done = p[3]
    return ""
