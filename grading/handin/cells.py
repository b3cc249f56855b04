"""The cells of the released and of the submitted notebook: what they define, and whether one is still the stub."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from nbformat import NotebookNode

_STRING_OR_COMMENT = re.compile(
    r"""("{3}|'{3})(?:\\.|(?!\1)[^\\])*(?:\1|\Z)"""  # a string left open takes all the rest, as in Python
    r"""|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|\#[^\n]*""",
    re.S,
)
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
    """Whether two texts are equal but for whitespace."""
    return one.split() == other.split()


def first_line(text: str) -> str:
    """The first line of a text that is not blank, without spaces at its ends."""
    return text.strip().partition("\n")[0].strip()


def _without_comments(source: str) -> list[str]:
    """The words of a code cell that stand in no comment."""
    code = _STRING_OR_COMMENT.sub(lambda match: "" if match[0].startswith("#") else match[0], source)
    return code.split()


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
    anchor : int
        The place of the released cell after which this one stands in the graded notebook, if it is an added one.
    """

    number: int
    kind: str
    text: str
    grade_id: str | None
    id: str | None
    anchor: int = 0

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
    """

    cell: NotebookNode
    place: int
    label: str
    is_solution: bool
    names: frozenset[str]
    pieces: list[SubmittedCell] = field(default_factory=list)
    taken_from: "ReleasedCell | None" = None

    @property
    def is_code(self) -> bool:
        return self.cell.cell_type == "code"

    @property
    def text(self) -> str:
        """What was submitted for this cell: the texts of its pieces, joined."""
        return ("\n" if self.is_code else "\n\n").join(piece.text for piece in self.pieces)

    def is_stub(self, text: str) -> bool:
        """Whether a text equals the released one, but for whitespace and, in a code cell, comments."""
        words = _without_comments if self.is_code else str.split
        return words(text) == words(self.cell.source)

    def is_unwritten(self) -> bool:
        """Whether the learner has written nothing here: the text is missing, blank or still the stub."""
        return self.is_stub(self.text) or not (_without_comments(self.text) if self.is_code else self.text.split())


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
        cells.append(SubmittedCell(number, cell.cell_type, cell.source, grade_id, cell.get("id")))
    return cells
