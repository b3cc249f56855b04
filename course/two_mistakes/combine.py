"""Implementations that hold two wrong answers of the catalogue at once.

Functions are merged (`tree_merge`), with a right answer as their common base. A mistake that returns what is
right and only changes its arguments goes with any other. Of two classes that replace methods of one base class a third
one inherits, and a method that both replace is merged.
"""

import ast
import copy
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from course.chapter import ROOT, Answer, Chapter, load
from course.kit.values import read_python
from course.two_mistakes.tree_merge import Conflict, changes, merged
from course.two_mistakes.trees import Tree, definition, flat_body, size, syntax, tree

MOST_BASES = 3  # of the right answers those that the two wrong ones are nearest to are tried


class Source:
    """The functions and classes of a module as syntax."""

    def __init__(self, module: ModuleType):
        self.module = module
        body = read_python(Path(str(module.__file__)).read_text()).body
        self.functions = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
        self.classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}

    def tree(self, name: str) -> Tree:
        """A function in normal form: its arguments and its statements."""
        return self._tree(self.functions[name])

    @cache  # noqa: B019 (there are two or three sources)
    def methods(self, name: str) -> dict[str, Tree]:
        """The methods that a class defines itself, by name."""
        body = self.classes[name].body
        return {node.name: self._tree(node) for node in body if isinstance(node, ast.FunctionDef)}

    def _tree(self, function: ast.FunctionDef) -> Tree:
        return ("list", tree(function.args), tree(flat_body(function, self.functions)))


def text_of(made: Tree) -> str:
    """The source of the function `pair` that a tree of arguments and statements stands for."""
    function = definition("pair", syntax(made[1]), syntax(made[2]))
    return ast.unparse(ast.fix_missing_locations(function))


class Merged:
    """A merged function, which is compiled when it is first called.

    Parameters
    ----------
    text : str
        The source of a function called `pair`.
    names : dict
        The names that it may use.
    """

    def __init__(self, text: str, names: dict[str, Any]):
        self.text, self.names = text, names
        self._function: Callable | None = None

    def compiled(self) -> Callable:
        """The function itself.

        Raises
        ------
        Conflict
            If it is no Python: one mistake has changed a place where the other stores something.
        """
        if self._function is None:
            names = dict(self.names)
            try:
                with warnings.catch_warnings(action="ignore"):
                    exec(compile(self.text, "pair", "exec"), names)
            except (SyntaxError, ValueError, TypeError) as error:
                raise Conflict from error
            self._function = names["pair"]
        return self._function  # type: ignore[return-value]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.compiled()(*args, **kwargs)


class Combiner:
    """Combines the wrong answers to one exercise.

    Attributes
    ----------
    wrongs : list of Answer
        All wrong answers, in the order of the catalogue.
    trees : dict
        The functions among them in normal form, by slug. One that is taken out is combined with none.
    effects : set of str
        The slugs of those that return what is right and only change their arguments.
    """

    def __init__(self, chapter: Chapter, exercise: str):
        self.wrongs = chapter.misconceptions(exercise)
        self.catalogue = Source(load(ROOT / "tests" / "misconceptions" / f"{chapter.slug}.py"))
        self.effects: set[str] = set()
        self._right = list(_right_answers(chapter, exercise))
        self.names = {name: value for source, _ in self._right[::-1] for name, value in vars(source.module).items()}
        self.names |= vars(self.catalogue.module)

    @cached_property
    def trees(self) -> dict[str, Tree]:
        functions = {w.slug: f"{w.exercise}__{w.slug}" for w in self.wrongs if not inspect.isclass(w.implementation)}
        return {slug: self.catalogue.tree(name) for slug, name in functions.items()}

    @cached_property
    def _bases(self) -> list[Tree]:
        return [source.tree(name) for source, name in self._right if name in source.functions]

    @cached_property
    def _far(self) -> dict[str, list[int]]:
        return {slug: [_distance(base, made) for base in self._bases] for slug, made in self.trees.items()}

    def combined(self, a: Answer, b: Answer) -> Iterator[Callable]:
        """Implementations with both mistakes, the likeliest first.

        Raises
        ------
        Conflict
            After the last, if there was none.
        """
        if isinstance(a.implementation, type) and isinstance(b.implementation, type):
            yield self._class_of_both(a.implementation, b.implementation)
        elif (a.slug in self.effects) != (b.slug in self.effects):
            effect, other = (a, b) if a.slug in self.effects else (b, a)
            yield _with_effect(effect.implementation, other.implementation)
        elif a.slug in self.trees and b.slug in self.trees:
            yield from self._functions(a.slug, b.slug)
        else:
            raise Conflict

    def _functions(self, a: str, b: str) -> Iterator[Callable]:
        far = [p + q for p, q in zip(self._far[a], self._far[b], strict=True)]
        made: list[Tree] = []
        exclusive, any_made = False, False
        for k in sorted(range(len(far)), key=far.__getitem__)[:MOST_BASES]:
            try:
                one = merged(self._bases[k], self.trees[a], self.trees[b])
            except Conflict as conflict:
                exclusive |= conflict.exclusive and far[k] == min(far)
                continue
            if one in made:
                continue
            made.append(one)
            with suppress(Conflict):
                implementation = Merged(text_of(one), self.names)
                implementation.compiled()
                any_made = True
                yield implementation
        if not any_made:
            raise Conflict(exclusive)

    def _class_of_both(self, a: type, b: type) -> type:
        common = next(c for c in a.__mro__ if c in b.__mro__)
        if common is object:
            raise Conflict
        own = [
            {name: c for c in _below(k, common) for name in vars(c) if inspect.isfunction(vars(c)[name])}
            for k in (a, b)
        ]
        methods = {}
        calls_super = [False, False]
        for name in [name for name in own[0] if name in own[1]]:
            trees = [self.catalogue.methods(owners[name].__name__)[name] for owners in own]
            supers = ["'super'" in repr(made) for made in trees]
            if any(supers):  # the one that calls super() comes first, and reaches the other one so
                calls_super = [p or q for p, q in zip(calls_super, supers, strict=True)]
                continue
            owner = next((c for c in common.__mro__ if inspect.isfunction(vars(c).get(name))), None)
            if owner is None:
                raise Conflict
            one = merged(self.catalogue.methods(owner.__name__)[name], *trees)
            methods[name] = Merged(text_of(one), self.names).compiled()
        return type("Both", (b, a) if calls_super == [False, True] else (a, b), methods)


def _below(cls: type, common: type) -> list[type]:
    """The classes from the one below `common` down to `cls`."""
    return list(reversed(cls.__mro__[: cls.__mro__.index(common)]))


def _right_answers(chapter: Chapter, exercise: str) -> Iterator[tuple[Source, str]]:
    """Right answers to compare the wrong ones with: those in the catalogue's own words, the reference, all others."""
    bases = ROOT / "tests" / "bases" / f"{chapter.slug}.py"
    for path in (bases, Path(str(chapter.solutions.__file__)), ROOT / "tests" / "formulations" / f"{chapter.slug}.py"):
        if path.is_file():
            source = Source(chapter.solutions if path.parent.name == "solutions" else load(path))
            names = [*source.functions, *source.classes]
            yield from ((source, name) for name in names if name.split("__")[0] == exercise)


def _distance(base: Tree, made: Tree) -> int:
    return sum(size(p) + size(q) for p, q in changes(base, made))


def _with_effect(effect: Callable, other: Callable) -> Callable:
    """What `other` returns, and the change of the arguments by `effect`, which is right but for this."""

    def both(*args: Any, **kwargs: Any) -> Any:
        result = other(*copy.deepcopy(args), **copy.deepcopy(kwargs))
        effect(*args, **kwargs)
        return result

    return both
