"""What the cells of the released and of the submitted notebook say: what they define, and whether they are a stub."""

import re
from dataclasses import dataclass, field
from functools import cached_property

from nbformat import NotebookNode

_STRING_OR_COMMENT = re.compile(
    r"""("{3}|'{3})(?:\\.|(?!\1)[^\\])*(?:\1|\Z)"""  # left open, it swallows the rest, as in Python
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
        A code cell, which need not parse: magics and syntax errors are usual.
    assigned : bool
        Names that are assigned to count too.

    Returns
    -------
    set of str

    Notes
    -----
    Not by `ast`: that fails on any magic, and from Python 3.12 prints the learner's SyntaxWarnings here.
    This takes linear time on any text.
    """
    magic = _CELL_MAGIC.match(source)
    if magic and magic[1] not in _MAGICS_THAT_DEFINE:
        return set()
    code = _STRING_OR_COMMENT.sub(lambda match: "" if match[0].startswith("#") else "''", source)
    names = set(_DEFINITION.findall(code))
    return names | set(_ASSIGNMENT.findall(code)) if assigned else names


def same_words(one: str, other: str) -> bool:
    return one.split() == other.split()


def first_line(text: str) -> str:
    return text.strip().partition("\n")[0].strip()


def _without_comments(source: str) -> list[str]:
    code = _STRING_OR_COMMENT.sub(lambda match: "" if match[0].startswith("#") else match[0], source)
    return code.split()


@dataclass(eq=False)
class SubmittedCell:
    """A submitted cell, and the place of the released one that it stands after."""

    number: int  # from 1, as a person counts
    kind: str
    text: str
    grade_id: str | None
    id: str | None
    anchor: int = 0

    @cached_property
    def defined(self) -> set[str]:
        return definitions(self.text) if self.kind == "code" else set()

    @cached_property
    def bound(self) -> set[str]:
        return definitions(self.text, assigned=True) if self.kind == "code" else set()


@dataclass(eq=False)
class ReleasedCell:
    """A released cell and the submitted ones that are it."""

    cell: NotebookNode
    place: int
    label: str
    is_solution: bool
    names: frozenset[str]  # what a code solution must define
    pieces: list[SubmittedCell] = field(default_factory=list)
    taken_from: "ReleasedCell | None" = None  # the changed released cell that the pieces were found in

    @property
    def is_code(self) -> bool:
        return self.cell.cell_type == "code"

    @property
    def text(self) -> str:
        """What was submitted for it."""
        return ("\n" if self.is_code else "\n\n").join(piece.text for piece in self.pieces)

    def is_stub(self, text: str) -> bool:
        """Whether a text is the released one but for whitespace and a code cell's comments."""
        words = _without_comments if self.is_code else str.split
        return words(text) == words(self.cell.source)

    def is_unwritten(self) -> bool:
        return self.is_stub(self.text) or not (_without_comments(self.text) if self.is_code else self.text.split())


def released_cells(notebook: NotebookNode) -> list[ReleasedCell]:
    cells = []
    for place, cell in enumerate(notebook.cells):
        nbgrader = cell.metadata.get("nbgrader", {})
        is_solution = bool(nbgrader.get("solution"))
        names = definitions(cell.source) if is_solution and cell.cell_type == "code" else set()
        label = nbgrader.get("grade_id") or cell.get("id") or f"released cell {place + 1}"
        cells.append(ReleasedCell(cell, place, label, is_solution, frozenset(names)))
    return cells


def submitted_cells(notebook: NotebookNode) -> list[SubmittedCell]:
    cells = []
    for number, cell in enumerate(notebook.cells, 1):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cells.append(SubmittedCell(number, cell.cell_type, cell.source, grade_id, cell.get("id")))
    return cells
