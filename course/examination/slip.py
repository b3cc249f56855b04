"""One slip from right: whether one small edit in one statement makes an answer right.

The learner's process says which edit that may be (`course.kit.check.slips`), and nothing that it says is believed: here
the edit is checked to be small, and is made in the text that was handed in. Who has that run on the hidden tests knows
whether it is right.
"""

import ast
import copy
import io
import keyword
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from course.examination.examine import Outcome, Slip, is_written
from course.kit import search
from course.kit.values import read_python, shown

ENOUGH = 0.5  # of the points: who has so many is not looked at, and who is one slip from right gets so many
MOST_SOURCE = 20_000  # characters of a cell that is looked at
MOST_EDIT = 500  # characters of the edited statement
MOST_TOKENS = 8  # that are other than in the answer: `.mean(axis=0)` is seven
EXCHANGE = 4  # for how many two parts count that have changed places, however long they are
MOST_NAME = 40  # characters of a token that is new
#: An answer has so many tokens for each that is other: who has written little is not one slip from right.
KEPT_PER_TOKEN = 2

#: What there may be to look at, in the words of the search.
KINDS = {value for name, value in vars(search).items() if name.isupper() and isinstance(value, str)}
_WORDS = {"and", "or", "not", "in", "is", "if", "else", "True", "False", "None"}
_BREAKS = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENDMARKER}
_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign)


@dataclass(frozen=True)
class Edit:
    """What a learner's process says of an edit, which anybody may have made up.

    Attributes
    ----------
    statement : int
        The line where the statement begins.
    line : int
        The line that is changed.
    kind : str
        What there is to look at.
    text : str
        The statement with the edit; of a loop or a branch its first line.
    """

    statement: int
    line: int
    kind: str
    text: str


@dataclass(frozen=True)
class Corrected:
    """A cell with one edit, and what there is to tell of it."""

    source: str
    slip: Slip


def corrected(source: str, name: str, edits: Iterable[Edit]) -> Iterator[Corrected]:
    """The cell of an answer with each edit that is one small edit of one of its statements.

    Parameters
    ----------
    source : str
        The cell as it was handed in.
    name : str
        The function or class, which the cell defines.
    edits : iterable of Edit
        What the learner's process has sent.
    """
    tree = parsed(source)
    if tree is None or defined(tree, name) is None:
        return
    written = sum(len(_tokens(_body(node))) for node in tree.body if isinstance(node, _DEFINITIONS))
    for edit in edits:
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt) and node.lineno == edit.statement:
                made = _made(source, node, edit, written)
                if made is not None:
                    yield made
                    break


def is_worth_a_look(outcome: Outcome) -> bool:
    """Whether the code is there, and ended by itself: what runs into a limit does so with nearly every edit, too."""
    return is_written(outcome.problem) and not outcome.ended


def is_right(outcomes: Iterable[Outcome]) -> bool:
    """Whether an answer that was corrected has every property."""
    return all(outcome.holds and outcome.counts for outcome in outcomes)


_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)


def parsed(source: str) -> ast.Module | None:
    """The cell as a tree, its magics left out; None where it is no Python, or too long."""
    if len(source) > MOST_SOURCE or "\r" in source:  # after which Python counts another line
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return read_python(re.sub(r"(?m)^[ \t]*[%!].*$", "", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def defined(tree: ast.Module, name: str) -> ast.stmt | None:
    """The definition of a function or class in a cell."""
    return next((n for n in reversed(tree.body) if isinstance(n, _DEFINITIONS) and n.name == name), None)


def _made(source: str, node: ast.stmt, edit: Edit, written: int) -> Corrected | None:
    """The cell with an edit of one statement; None where it is no small one."""
    place = _place(node, edit.text)
    if place is None:
        return None
    old, new = place
    try:
        before, after = ast.unparse(old), ast.unparse(new)
    except RecursionError:
        return None
    count = _changed(before, after)
    if not 0 < count <= MOST_TOKENS or written < KEPT_PER_TOKEN * count:
        return None
    last = node.end_lineno if old is node else getattr(old, "end_lineno", None)
    line = edit.line if node.lineno <= edit.line <= (last or node.lineno) else node.lineno
    look = f"look at {edit.kind}" if edit.kind in KINDS else "look at this line"
    stands = shown(source.split("\n")[line - 1].strip(), 80)
    told = f"line {line}, `{stands}`: {look}."
    return Corrected(_replaced(source, old, after), Slip(line, told, after))


def _place(node: ast.stmt, text: str) -> tuple[ast.AST, ast.AST] | None:
    """What of a statement is other, and what it becomes: all of a plain one, one expression in a loop's first line."""
    if len(text) > MOST_EDIT:
        return None
    compound = isinstance(node, (ast.For, ast.While, ast.If, ast.FunctionDef))
    tree = parsed(f"{text}\n    pass" if compound else text)
    if tree is None or len(tree.body) != 1:
        return None
    (new,) = tree.body
    if not compound:
        plain = isinstance(node, _SIMPLE) and isinstance(new, _SIMPLE)
        return (node, new) if plain or (type(node) is type(new) and isinstance(node, (ast.Return, ast.Expr))) else None
    if type(new) is not type(node):
        return None
    pairs = [*zip(_expressions(node), _expressions(new), strict=False)]
    other = [(a, b) for a, b in pairs if ast.dump(a) != ast.dump(b)]
    if len(other) != 1:
        return None
    ((a, b),) = other
    same = ast.dump(_head(node)).replace(ast.dump(a), ast.dump(b), 1) == ast.dump(_head(new))
    return (a, b) if same else None


def _head(node: ast.AST) -> ast.AST:
    """A loop, a branch or a definition without what is in it."""
    node = copy.copy(node)
    node.__dict__.update({name: [] for name in ("body", "orelse") if hasattr(node, name)})
    return node


def _expressions(node: ast.stmt) -> list[ast.expr]:
    """What stands in the first line of a loop, a branch or a function, and can be other."""
    if isinstance(node, ast.For):
        return [node.target, node.iter]
    if isinstance(node, (ast.While, ast.If)):
        return [node.test]
    return [*node.args.defaults, *filter(None, node.args.kw_defaults)] if isinstance(node, ast.FunctionDef) else []


def _changed(before: str, after: str) -> int:
    """How many tokens are other; more than there may be where a new one is no name, number or operator."""
    a, b = _tokens(before), _tokens(after)
    if len(a) + len(b) > MOST_EDIT or not all(map(_is_small, set(b) - set(a))):
        return MOST_TOKENS + 1
    return EXCHANGE if a != b and _is_exchange(a, b) else _distance(a, b)


def _distance(a: list[str], b: list[str]) -> int:
    """How many tokens have to be replaced, added or left out."""
    row = list(range(len(b) + 1))
    for i, one in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(b, 1):
            before, row[j] = row[j], min(before + (one != other), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def _is_exchange(a: list[str], b: list[str]) -> bool:
    """Whether two runs of tokens stand in each other's place, and nothing else is other."""
    if len(a) != len(b) or sorted(a) != sorted(b):
        return False
    while a and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    ends = [i for i in range(1, len(a)) if a[:i] == b[len(b) - i :]]
    starts = [j for j in range(1, len(a)) if a[len(a) - j :] == b[:j]]
    return any(i + j <= len(a) and a[i : len(a) - j] == b[j : len(b) - i] for i in ends for j in starts)


def _is_small(token: str) -> bool:
    text = token[:1] in "\"'" or re.match(r"[A-Za-z]+[\"']", token)
    return not text and len(token) <= MOST_NAME and (not keyword.iskeyword(token) or token in _WORDS)


def _tokens(text: str) -> list[str]:
    try:
        read = [*tokenize.generate_tokens(io.StringIO(text).readline)]
    except (tokenize.TokenError, SyntaxError):
        return []
    return [t.string for t in read if t.type not in _BREAKS]


def _body(node: ast.stmt) -> str:
    """A definition's statements as text, without its docstring."""
    assert isinstance(node, _DEFINITIONS)
    start = 1 if ast.get_docstring(node) is not None else 0
    try:
        return "\n".join(map(ast.unparse, node.body[start:]))
    except RecursionError:
        return ""


def _replaced(source: str, old: ast.AST, text: str) -> str:
    """A text with another one in the place of a node, whose columns count bytes."""
    assert isinstance(old, (ast.stmt, ast.expr))
    lines = source.split("\n")
    first, last = old.lineno - 1, (old.end_lineno or old.lineno) - 1
    head = lines[first].encode()[: old.col_offset].decode()
    tail = lines[last].encode()[old.end_col_offset :].decode()
    return "\n".join([*lines[:first], head + text + tail, *lines[last + 1 :]])
