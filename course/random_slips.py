"""Random slips in one line of right answers: what they earn when they are graded.

They are made by a short list of changes of its own, which knows nothing of the edits that `course.kit.search` tries.
"""

import ast
import inspect
import json
import random
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from course.answer_keys import answer_key_bytes
from course.cell import from_text
from course.chapter import Chapter
from course.earned import earned, with_slip
from course.mutations import chosen, graded, seeds_of, table_line

REDUCTIONS = ("mean", "sum", "var", "std", "max", "min")
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div)
COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def random_slips(chapter: Chapter, exercise: str, count: int, seed: int = 0) -> Iterator[Callable]:
    """Answers with one slip each, in the reference and in the right formulations by turns.

    Parameters
    ----------
    chapter : Chapter
        The chapter.
    exercise : str
        The exercise.
    count : int
        How many answers at most; some of them may be right by chance.
    seed : int
        Which are drawn.
    """
    draw = random.Random(f"{chapter.slug} {exercise} {seed}")
    rights = [chapter.exercises[exercise], *(a.implementation for a in chapter.formulations(exercise))]
    seen = set()
    for number in range(count):
        right = draw.choice(rights)
        tree = _without_docstrings(ast.parse(textwrap.dedent(inspect.getsource(right))))
        places = [(k, change) for k, node in enumerate(ast.walk(tree)) for change in _changes(node)]
        if not places:
            continue
        at, change = draw.choice(places)
        nodes = list(ast.walk(tree))
        change(nodes[at], draw, sorted({n.id for n in nodes if isinstance(n, ast.Name)} - {"np", "range", "len"}))
        text = ast.unparse(tree)
        if text not in seen:
            seen.add(text)
            renamed = text.replace(right.__name__, exercise)
            yield from_text(renamed, exercise, vars(inspect.getmodule(right)), f"slip {seed} {number} of {exercise}")


Change = Callable[[Any, random.Random, list[str]], None]


def _changes(node: ast.AST) -> Iterable[Change]:
    """What can go wrong at a node."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, OPERATORS):
        yield _another_operator
    if any(isinstance(value, ast.BinOp) for _, value in ast.iter_fields(node)):
        yield _one_operand
    if isinstance(node, ast.Attribute) and node.attr in REDUCTIONS:
        yield _another_reduction
    if isinstance(node, ast.Call) and node.keywords:
        yield _no_keyword
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield _another_number
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in ("np", "range", "len"):
        yield _another_name
    if isinstance(node, ast.Compare):
        yield _another_comparison


def _another_operator(node: ast.BinOp, draw: random.Random, names: list[str]) -> None:
    node.op = draw.choice([kind for kind in OPERATORS if not isinstance(node.op, kind)])()


def _one_operand(node: ast.AST, draw: random.Random, names: list[str]) -> None:
    field, value = draw.choice([(k, v) for k, v in ast.iter_fields(node) if isinstance(v, ast.BinOp)])
    setattr(node, field, draw.choice([value.left, value.right]))


def _another_reduction(node: ast.Attribute, draw: random.Random, names: list[str]) -> None:
    node.attr = draw.choice([name for name in REDUCTIONS if name != node.attr])


def _no_keyword(node: ast.Call, draw: random.Random, names: list[str]) -> None:
    del node.keywords[draw.randrange(len(node.keywords))]


def _another_number(node: ast.Constant, draw: random.Random, names: list[str]) -> None:
    value = node.value
    assert isinstance(value, (int, float))
    node.value = draw.choice([value + 1, value - 1, -value] if isinstance(value, int) else [value * 10, 2 * value])


def _another_name(node: ast.Name, draw: random.Random, names: list[str]) -> None:
    node.id = draw.choice([name for name in names if name != node.id] or [node.id])


def _another_comparison(node: ast.Compare, draw: random.Random, names: list[str]) -> None:
    node.ops[0] = draw.choice([kind for kind in COMPARISONS if not isinstance(node.ops[0], kind)])()


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


# ------------------------------------------------------------------ the table


@dataclass
class Slips:
    """What answers with one random slip each earn, in one exercise or in several."""

    exercise: str
    answers: int = 0
    by_tests: list[float] = field(default_factory=list)  # of the points, of those that lose some
    shares: list[float] = field(default_factory=list)  # the same, with the half for one slip

    @property
    def cells(self) -> tuple:
        """As printed, in the order of `SLIPS_HEAD`."""
        most = [f"{np.median(some):.0%}" if some else "" for some in (self.by_tests, self.shares)]
        half, nothing = sum(s >= 0.5 for s in self.shares), sum(s == 0 for s in self.shares)
        before = sum(s >= 0.5 for s in self.by_tests), sum(s == 0 for s in self.by_tests)
        return (self.exercise, self.answers, len(self.shares), most[0], *before, most[1], half, nothing)


SLIPS_HEAD = (
    *("exercise", "slips", "lose points", "by tests", "half or more", "nothing"),
    *("with the rule", "half or more", "nothing"),
)


def slips(slugs: Iterable[str], count: int) -> Iterator[Slips]:
    """What random slips in one line earn, exercise by exercise.

    Parameters
    ----------
    slugs : iterable of str
        The chapters, or exercises (`chosen`).
    count : int
        How many slips are drawn for each exercise.
    """
    for slug in slugs:
        chapter, exercises = chosen(slug)
        key = json.loads(answer_key_bytes(chapter))
        for exercise in exercises:
            row = Slips(exercise)
            for answer in random_slips(chapter, exercise, count):
                row.answers += 1
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    found = graded(chapter, exercise, answer)
                    if found.share < 1:
                        row.by_tests.append(found.share)
                        row.shares.append(earned(with_slip(chapter, found, answer, key, seeds_of(exercise))))
            yield row


def print_slips(rows: Iterable[Slips], write: Callable[[str], Any]) -> None:
    """Print the table of random slips row by row, and all together."""
    done, total = [], Slips("")
    write(table_line(SLIPS_HEAD, SLIPS_HEAD))
    for row in rows:
        write(table_line(row.cells, SLIPS_HEAD))
        done.append(row)
        total.answers += row.answers
        total.by_tests += row.by_tests
        total.shares += row.shares
    total.exercise = f"{len(done)} exercises"
    write(table_line(total.cells, SLIPS_HEAD))
