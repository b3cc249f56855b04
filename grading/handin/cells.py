"""The cells of the released and of the submitted notebook: what they define, and whether one is still the stub."""

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, zip_longest
from typing import Any

from nbformat import NotebookNode

from grading.handin.pictures import merged

# In no part of it does a repetition stand for one character of many kinds: the matcher would remember each of them.
_STRING_OR_COMMENT = re.compile(
    r""""{3}[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*(?:"{3}|\Z)"""  # a string left open takes all the rest, as in Python
    r"""|'{3}[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*(?:'{3}|\Z)"""
    r"""|"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?|\#[^\n]*""",
    re.S,
)
MAX_STATEMENTS = 2_000  # of one cell; no honest one comes near
_WORD = re.compile(r"\S+")
_CONTINUES = re.compile(r"(?:else|elif|except|finally)\b|[)\]}]")
_DEFINITION = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.M)
_ASSIGNMENT = re.compile(r"^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.M)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_MAGICS_THAT_DEFINE = {"time", "capture", "prun"}


def definitions(source: str, *, assigned: bool = False) -> set[str]:
    """The names of functions and classes that code defines at top level.

    Parameters
    ----------
    source : str
        The text of a code cell. It need not parse, since magics and syntax errors are usual.
    assigned : bool
        Whether names that are assigned to count too.

    Returns
    -------
    set of str
        Empty for a cell whose magic defines nothing here, like `%%bash`.

    Notes
    -----
    Regular expressions do this, because `ast` fails on any magic and, from Python 3.12, prints the learner's
    SyntaxWarnings here. They take linear time on any text.
    """
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] not in _MAGICS_THAT_DEFINE:
        return set()
    code = _STRING_OR_COMMENT.sub(lambda match: "" if match[0].startswith("#") else "''", source)
    names = set(_DEFINITION.findall(code))
    return names | set(_ASSIGNMENT.findall(code)) if assigned else names


def same_words(one: str, other: str) -> bool:
    """Whether two texts are equal but for whitespace; long texts that differ early cost nothing."""
    words, others = _WORD.finditer(one), _WORD.finditer(other)
    return all(a is not None and b is not None and a[0] == b[0] for a, b in zip_longest(words, others))


def statements(source: str) -> list[str]:
    """The statements of some code at top level, each with the lines that belong to it.

    Parameters
    ----------
    source : str
        The text of a code cell, which need not parse. A line with a magic is a statement, and so is a cell whose magic
        stands at its head, or that has more than `MAX_STATEMENTS`.

    Returns
    -------
    list of str
        Comments and blank lines between two statements belong to the first; what stands before all of them is left out.
    """
    if _CELL_MAGIC.match(source):
        return [source]
    # Of the same length, without comments, and with no line end inside of a string.
    code = _STRING_OR_COMMENT.sub(
        lambda match: " " * len(match[0]) if match[0].startswith("#") else "s" * len(match[0]), source
    )
    starts, place, depth, goes_on = [], 0, 0, False
    for line in code.split("\n"):
        if depth <= 0 and not goes_on and line[:1].strip() and not _CONTINUES.match(line):
            starts.append(place)
            depth = 0
        depth += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        goes_on = line.endswith("\\") or (goes_on and not line.strip()) or line.startswith("@")
        place += len(line) + 1
    if len(starts) > MAX_STATEMENTS:
        return [source]
    return [source[start:end].rstrip() for start, end in pairwise([*starts, len(source)])]


def first_line(text: str) -> str:
    """The first line of a text that is not blank, without spaces at its ends."""
    return text.strip().partition("\n")[0].strip()


def words_of_code(source: str) -> list[str]:
    """The words of some code that stand in no comment."""
    code = _STRING_OR_COMMENT.sub(lambda match: "" if match[0].startswith("#") else match[0], source)
    return code.split()


def code_digest(source: str) -> bytes:
    """A digest that two pieces of code have in common if they are equal but for whitespace and comments."""
    return hashlib.sha256("\0".join(words_of_code(source)).encode()).digest()


@dataclass(eq=False)
class SubmittedCell:
    """One cell of the submission.

    Attributes
    ----------
    number : int
        Its place, counted from 1 as a person counts.
    kind : str
        "code", "markdown" or "raw".
    text : str
        Its source.
    grade_id, id : str or None
        nbgrader's and Jupyter's name of the cell, as they came: missing, repeated or malformed ones are possible.
    attachments : dict
        The pictures of its text, as `intake.clean` keeps them.
    anchor : int
        The place of the released cell after which this one stands in the graded notebook, if it is an added one.
    changed : str
        The label of the released cell that the learner has changed, if this is what the learner has put into it.
    """

    number: int
    kind: str
    text: str
    grade_id: str | None
    id: str | None
    attachments: dict[str, Any] = field(default_factory=dict)
    anchor: int = 0
    changed: str = ""

    @cached_property
    def digest(self) -> bytes:
        """The `code_digest` of its text."""
        return code_digest(self.text)

    @cached_property
    def defined(self) -> set[str]:
        """The functions and classes that the cell defines; none where it is no code."""
        return definitions(self.text) if self.kind == "code" else set()

    @cached_property
    def bound(self) -> set[str]:
        """All names that the cell defines or assigns to; none where it is no code."""
        return definitions(self.text, assigned=True) if self.kind == "code" else set()


@dataclass(eq=False)
class ReleasedCell:
    """One cell of the release, and the submitted cells that belong to it.

    Attributes
    ----------
    cell : NotebookNode
        The cell itself, not to be changed.
    place : int
        Its index in the released notebook.
    label : str
        What notes call it: its grade_id, else its id, else its number.
    is_solution : bool
        Whether learners are to write into it.
    names : frozenset of str
        The functions and classes that a code solution must define; empty for all other cells.
    pieces : list of SubmittedCell
        The submitted cells that belong to it, in the submitted order: several where a learner has split the cell.
    taken_from : ReleasedCell or None
        Another released cell in which the learner has written this solution; then the pieces belong to both.
    lost : set of str
        What the learner has defined in this cell, which is no solution, and what does not run.
    """

    cell: NotebookNode
    place: int
    label: str
    is_solution: bool
    names: frozenset[str]
    pieces: list[SubmittedCell] = field(default_factory=list)
    taken_from: "ReleasedCell | None" = None
    lost: set[str] = field(default_factory=set)

    @property
    def is_code(self) -> bool:
        return self.cell.cell_type == "code"

    @property
    def text(self) -> str:
        """What was submitted for this cell: the texts of its pieces, joined."""
        return self.text_and_pictures[0]

    @property
    def text_and_pictures(self) -> tuple[str, dict[str, Any]]:
        """The texts and the attachments of its pieces, joined."""
        parts = ((piece.text, piece.attachments) for piece in self.pieces)
        return merged(parts, between="\n" if self.is_code else "\n\n")

    def is_stub(self, text: str) -> bool:
        """Whether a text equals the released one, but for whitespace and, in a code cell, comments."""
        words = words_of_code if self.is_code else str.split
        return words(text) == words(self.cell.source)

    def was_changed(self) -> bool:
        """Whether something else was submitted for this cell, but for whitespace and, in a code cell, comments."""
        return bool(self.pieces) and not same_words(self.text, self.cell.source) and not self.is_stub(self.text)

    def is_unwritten(self) -> bool:
        """Whether the learner has written nothing here: the text is missing, blank or still the stub."""
        return self.is_stub(self.text) or not (words_of_code(self.text) if self.is_code else self.text.split())


def released_cells(notebook: NotebookNode) -> list[ReleasedCell]:
    """The cells of the release, in order, without pieces yet."""
    cells = []
    for place, cell in enumerate(notebook.cells):
        nbgrader = cell.metadata.get("nbgrader", {})
        is_solution = bool(nbgrader.get("solution"))
        names = definitions(cell.source) if is_solution and cell.cell_type == "code" else set()
        label = nbgrader.get("grade_id") or cell.get("id") or f"released cell {place + 1}"
        cells.append(ReleasedCell(cell, place, label, is_solution, frozenset(names)))
    return cells


def submitted_cells(notebook: NotebookNode) -> list[SubmittedCell]:
    """The cells of a submission that `intake.clean` has cleaned, in order."""
    cells = []
    for number, cell in enumerate(notebook.cells, 1):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        pictures = cell.get("attachments", {})
        cells.append(SubmittedCell(number, cell.cell_type, cell.source, grade_id, cell.get("id"), pictures))
    return cells
