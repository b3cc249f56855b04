"""Makes the notebook that is graded: the released one, with the learner's text put into it.

Two things of a submission count: the text of the solution cells, and the cells that the learner added. Metadata, tags,
kernel, test cells, prose and order are the release's, so none of these can change a score.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from typing import Any

from nbformat import NotebookNode, from_dict

from grading.handin.cells import (
    ReleasedCell,
    SubmittedCell,
    code_digest,
    definitions,
    first_line,
    released_cells,
    same_words,
    statements,
    submitted_cells,
)
from grading.handin.intake import MAX_CELLS, MAX_SOURCE

# No honest hand-in comes near these limits. What is beyond them is left out, and a note says so.
MAX_TEXT = 1_000_000  # characters of all cells together
MAX_ADDED = 300  # cells that the learner added


@dataclass(frozen=True)
class Rebuilt:
    """A notebook to grade.

    Attributes
    ----------
    notebook : NotebookNode
        Valid in format 4.5. The released cells are as they were released, but for the text of the solution cells; the
        cells that the learner added carry `metadata.batchnorm.added`.
    notes : list of str
        What was irregular about the submission, a line each.
    written : int
        In how many solutions the learner has written something.
    """

    notebook: NotebookNode
    notes: list[str]
    written: int = 0


def rebuild(released: NotebookNode, submitted: NotebookNode) -> Rebuilt:
    """Put the learner's text into the released notebook.

    Parameters
    ----------
    released : NotebookNode
        The notebook as it was released, in format 4.
    submitted : NotebookNode
        The submission, as `intake.read_notebook` or `intake.clean` returns it.

    Returns
    -------
    Rebuilt
        Neither argument is changed, and the same two arguments always give the same notebook.

    Notes
    -----
    A submitted cell belongs to the released cell with the same `grade_id`. Where there is none, it belongs to the one
    with the same cell id; and where there is none either, to one with the same text but for whitespace. A solution to
    which no cell belongs is looked for by content: a code solution is the first cell that defines the stub's names at
    top level; a written answer is the first Markdown cell that begins with the released cell's first line, or that
    stands right after the question.

    - Cells that belong to one solution are joined in order. A stub among them, or a copy of a stub elsewhere, is left
      out.
    - A solution may be missing, blank or still the stub while another of the learner's cells defines its names. Then
      the released cell is emptied, because the stub would undo that definition. Where a *changed* released cell defines
      the names, its text becomes the solution's, because Jupyter gives merged cells the first one's identity.
    - In all other cases a changed released cell is as it was released. The statements that the learner has put into a
      code cell follow it as an added cell, but for those that define what a solution's own cell defines already.
    - Several cells may claim to be one released cell. One of them is it, and those with another text are taken for
      cells that the learner copied and changed: they count as added.
    - An added cell stands after the released cell that was before it, in the submitted order. One that stood before all
      others stands after the first released cell, which imports what everybody needs.
    """
    work = _Rebuild(released, submitted)
    work.sort_out()
    texts = [work.text_of(cell) for cell in work.released]
    written = sum(not solution.is_unwritten() for solution in work.solutions)
    return Rebuilt(_assemble(released, texts, work.added), work.all_notes(), written)


# --- Which released cell a submitted one is ------------------------------------------------------------


class _Rebuild:
    """Sorts the cells of one submission: each belongs to a released cell, was added, or is a copy to leave out."""

    def __init__(self, released: NotebookNode, submitted: NotebookNode) -> None:
        self.released = released_cells(released)
        self.fixed = [cell for cell in self.released if not cell.is_solution]
        self.solutions = [cell for cell in self.released if cell.is_solution]
        self.notes = list(submitted.metadata.get("batchnorm", {}).get("notes", []))
        self.cells = self._within_limits(submitted_cells(submitted))
        self.added: list[SubmittedCell] = []
        self.copies: list[SubmittedCell] = []  # copies of released cells, which are left out
        self.changed_copies: list[SubmittedCell] = []  # the added cells that claim to be a released one

    def sort_out(self) -> None:
        """Decide where each submitted cell belongs. The steps follow the rules in the docstring of `rebuild`."""
        self._match_by_identity_or_text()
        self._keep_one_cell_each()
        self._set_anchors()
        self._find_solutions_by_content()
        self._drop_long_solutions()
        self._drop_stubs()
        self._find_solutions_in_changed_cells()
        self._set_anchors()
        self._keep_what_was_changed()
        self._drop_cells_beyond_the_limit()

    def _within_limits(self, cells: list[SubmittedCell]) -> list[SubmittedCell]:
        if len(cells) > MAX_CELLS:
            self.notes.append(f"{len(cells)} cells: only the first {MAX_CELLS} count")
        kept: list[SubmittedCell] = []
        left = MAX_TEXT
        for cell in cells[:MAX_CELLS]:
            if len(cell.text) > MAX_SOURCE and cell.kind == "code":
                # Code must not be cut, because what is left would do something else.
                self.notes.append(f"cell {cell.number}: more than {MAX_SOURCE} characters of code, left out")
                continue
            if len(cell.text) > MAX_SOURCE:
                cell.text = cell.text[:MAX_SOURCE]
                self.notes.append(f"cell {cell.number}: cut after {MAX_SOURCE} characters")
            left -= len(cell.text)
            if left < 0:
                self.notes.append(
                    f"more than {MAX_TEXT} characters: cell {cell.number} and those after it are left out"
                )
                break
            kept.append(cell)
        return kept

    def _match_by_identity_or_text(self) -> None:
        """Give each cell to the released one with its grade_id, id or text; where there is none, it was added."""
        by_grade_id = {cell.cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in self.released}
        times = Counter(cell.cell.get("id") for cell in self.released)
        by_id = {name: cell for cell in self.released if times[name := cell.cell.get("id")] == 1}
        by_text: dict[tuple[str, ...], list[ReleasedCell]] = {}
        for fixed in self.fixed:
            by_text.setdefault(tuple(fixed.cell.source.split()), []).append(fixed)
        unnamed = []
        for cell in self.cells:
            if owner := by_grade_id.get(cell.grade_id or "") or by_id.get(cell.id or ""):
                owner.pieces.append(cell)
            else:
                unnamed.append(cell)
        for cell in unnamed:
            if alike := by_text.get(tuple(cell.text.split())):
                free = next((fixed for fixed in alike if not fixed.pieces), None)
                (free.pieces if free else self.copies).append(cell)
            elif cell.text.strip():
                self.added.append(cell)

    def _keep_one_cell_each(self) -> None:
        """Keep one of the cells that claim to be the same released cell, which is no solution."""
        for fixed in self.fixed:
            text = fixed.cell.source
            if len(fixed.pieces) < 2 or same_words("\n".join(piece.text for piece in fixed.pieces), text):
                continue  # the learner has split the cell and changed nothing
            # The cell with the released text is kept; where there is none, the one with its id, else the first.
            itself = min(
                fixed.pieces,
                key=lambda piece: (not same_words(piece.text, text), piece.id != fixed.cell.get("id")),
            )
            for piece in fixed.pieces:
                if piece is itself:
                    continue
                if f" {' '.join(piece.text.split())} " in f" {' '.join(text.split())} ":
                    self.copies.append(piece)
                else:
                    self.added.append(piece)
                    self.changed_copies.append(piece)
            fixed.pieces = [itself]
        self.added.sort(key=lambda cell: cell.number)

    def _set_anchors(self) -> None:
        """Set for every cell the released one before it. Only the first piece of a released cell marks its place."""
        places = {cell.pieces[0].number: cell.place for cell in [*self.fixed, *self.solutions] if cell.pieces}
        anchor = 0  # a cell before all others stands after the first released one, which imports what all need
        for cell in self.cells:
            cell.anchor = anchor = places.get(cell.number, anchor)

    def _find_solutions_by_content(self) -> None:
        """Look among the added cells for a solution to which no cell belongs."""
        for solution in self.solutions:
            if solution.pieces:
                continue
            if solution.is_code:
                fits = (cell for cell in self.added if solution.names and solution.names <= cell.defined)
            else:
                fits = (cell for cell in self.added if self._answers(cell, solution))
            if found := next(fits, None):
                self.added.remove(found)
                solution.pieces = [found]

    def _answers(self, cell: SubmittedCell, question: ReleasedCell) -> bool:
        """Whether a cell is a written answer: Markdown that begins like the question's cell, or stands in its place."""
        if cell.kind != "markdown":
            return False
        if first_line(cell.text) == first_line(question.cell.source):
            return True
        before = self.released[question.place - 1] if question.place else None
        return before is not None and bool(before.pieces) and cell.anchor == before.place

    def _drop_stubs(self) -> None:
        """Leave out stubs where something was written: a stub that runs later would undo the answer."""
        for solution in self.solutions:
            written = [piece for piece in solution.pieces if not solution.is_stub(piece.text)]
            if written and not solution.is_stub(solution.text):
                solution.pieces = written
        stubs = {code_digest(solution.cell.source) for solution in self.solutions if solution.is_code}
        copied = [cell for cell in self.added if cell.kind == "code" and cell.digest in stubs]
        self.copies += copied
        self.added = [cell for cell in self.added if cell not in copied]

    def _drop_long_solutions(self) -> None:
        """Leave out solutions whose pieces are too long together, with a note."""
        for solution in self.solutions:
            size = sum(len(piece.text) for piece in solution.pieces)
            if size > MAX_SOURCE and len(solution.pieces) > 1:
                self.notes.append(f"{solution.label}: {size} characters together, left out")
                solution.pieces = []

    def _drop_cells_beyond_the_limit(self) -> None:
        """Leave out added cells beyond the limit, with a note."""
        if len(self.added) > MAX_ADDED:
            self.notes.append(f"{len(self.added)} added cells: only the first {MAX_ADDED} count")
            self.added = self.added[:MAX_ADDED]

    def _find_solutions_in_changed_cells(self) -> None:
        """Look for unwritten solutions in changed released cells: merged cells have the identity of the first one."""
        for solution in self.solutions:
            if not solution.names or not solution.is_unwritten() or self.defined_elsewhere(solution):
                continue
            for fixed in self.fixed:
                pieces = [piece for piece in fixed.pieces if piece.kind == "code"]
                defined = set().union(*(piece.defined for piece in pieces))
                if solution.names <= defined - definitions(fixed.cell.source):
                    solution.pieces, solution.taken_from = pieces, fixed
                    break

    def _keep_what_was_changed(self) -> None:
        """Let what the learner has put into a released code cell run as an added cell behind it."""
        written = [solution for solution in self.solutions if not solution.is_unwritten()]
        defined = set().union(*(solution.names for solution in written))
        taken = {id(solution.taken_from) for solution in written}
        for fixed in self.fixed:
            if not (fixed.is_code and fixed.was_changed()) or id(fixed) in taken:
                continue
            released = set(map(code_digest, statements(fixed.cell.source)))
            for piece in (piece for piece in fixed.pieces if piece.kind == "code"):
                own = [one for one in statements(piece.text) if code_digest(one) not in released]
                kept = [one for one in own if not definitions(one, assigned=True) & defined]
                fixed.lost |= {name for one in own for name in definitions(one, assigned=True) & defined}
                if kept:
                    text = "\n".join(kept)
                    self.added.append(
                        SubmittedCell(piece.number, "code", text, None, None, {}, fixed.place, fixed.label)
                    )
        self.added.sort(key=lambda cell: cell.number)

    def defined_elsewhere(self, solution: ReleasedCell) -> str | None:
        """Name another cell of the learner's that defines what the solution's cell should; None where there is none."""
        if not solution.names:
            return None
        for cell in self.added:
            if solution.names <= cell.bound:
                return f"cell {cell.number}"
        for other in self.solutions:
            if other is not solution and any(solution.names <= piece.bound for piece in other.pieces):
                return other.label
        return None

    def text_of(self, released: ReleasedCell) -> tuple[str, dict[str, Any]]:
        """The text that a released cell has in the graded notebook, and the attachments of the learner's text."""
        if released.names and released.is_unwritten() and self.defined_elsewhere(released):
            return f"# {', '.join(sorted(released.names))}: defined in another cell.", {}
        text, pictures = released.text_and_pictures
        # nbgrader wants a manual score for each question whose text is not, to the letter, the released one.
        untouched = not released.is_code and released.is_stub(text)
        if released.is_solution and text.strip() and not untouched:
            return text, {} if released.is_code else pictures
        return released.cell.source, {}

    def all_notes(self) -> list[str]:
        """What an instructor should know about the submission, a line each."""
        notes = [note for solution in self.solutions for note in self._notes_on_solution(solution)]
        notes += [note for fixed in self.fixed for note in self._notes_on_fixed(fixed)]
        firsts = [cell.pieces[0].number for cell in self.released if cell.pieces and not cell.taken_from]
        if firsts != sorted(firsts):
            notes.append("the cells were in another order; the released order counts")
        if missing := [cell.label for cell in self.fixed if not cell.pieces]:
            notes.append(f"put back, as missing or not recognized: {_listed(missing)}")
        if self.copies:
            notes.append(f"left out as copies of released cells: {_numbers(self.copies)}")
        if changed := [cell for cell in self.changed_copies if cell in self.added]:
            notes.append(f"copied from a released cell and changed, so the learner's own: {_numbers(changed)}")
        return [*self.notes, *notes]

    def _notes_on_solution(self, solution: ReleasedCell) -> Iterator[str]:
        pieces, label = solution.pieces, solution.label
        state = "missing" if not pieces else "as released" if solution.is_stub(solution.text) else "empty"
        if solution.is_unwritten():
            if other := self.defined_elsewhere(solution):
                yield f"{label}: its cell is {state}; what counts is defined in {other}"
            elif state != "as released" and (solution.names or not solution.is_code):
                yield f"{label}: its cell is {state}: not answered"
            return
        if solution.taken_from:
            yield f"{label}: not in its cell; taken from {solution.taken_from.label}, where it was written"
            return
        if len(pieces) > 1:
            yield f"{label}: joined from {_numbers(pieces)}"
        elif pieces[0].grade_id != label and pieces[0].id != solution.cell.get("id"):
            yield f"{label}: recognized by its content in cell {pieces[0].number}"
        if any(piece.kind != solution.cell.cell_type for piece in pieces):
            yield f"{label}: its cell was turned into another type; the text counts"

    def _notes_on_fixed(self, fixed: ReleasedCell) -> Iterator[str]:
        if not fixed.was_changed() or any(solution.taken_from is fixed for solution in self.solutions):
            return
        kept = any(cell.changed == fixed.label for cell in self.added)
        runs = ", and then what was added to it, as a cell of its own" if kept else ""
        lost = f", without {_listed(sorted(fixed.lost))}: that has a cell already" if fixed.lost else ""
        yield f"{fixed.label}: was changed; the released text is graded{runs}{lost}"


def _numbers(cells: Iterable[SubmittedCell]) -> str:
    return _listed(f"cell {cell.number}" for cell in cells)


def _listed(items: Iterable[str], most: int = 5) -> str:
    """The first items, with commas between them, and how many more there are."""
    names = list(items)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


# --- The notebook --------------------------------------------------------------------------------------


def _assemble(
    source: NotebookNode, texts: list[tuple[str, dict[str, Any]]], added: Iterable[SubmittedCell]
) -> NotebookNode:
    """The released notebook with a text and pictures for each of its cells, and each added cell after its anchor."""
    after: dict[int, list[SubmittedCell]] = {}
    for submitted in added:
        after.setdefault(submitted.anchor, []).append(submitted)
    taken = Counter(cell.get("id") for cell in source.cells)
    fresh = (name for name in (f"cell-{number}" for number in count(1)) if name not in taken)
    cells = []
    for place, released in enumerate(source.cells):
        cell = deepcopy(released)
        cell.source, pictures = texts[place]
        if pictures:
            cell.attachments = from_dict(pictures)
        if cell.cell_type == "code":
            cell.update(execution_count=None, outputs=[])
        if not cell.get("id") or taken[cell.id] > 1:
            cell.id = next(fresh)
        cells += [cell, *_new_cells(after.get(place, []), fresh)]
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=deepcopy(source.metadata), cells=cells)


def _new_cells(added: Iterable[SubmittedCell], ids: Iterator[str]) -> Iterator[NotebookNode]:
    """The cells of the graded notebook for what the learner added, marked as added and with new ids."""
    for submitted in added:
        cell = NotebookNode(id=next(ids), cell_type=submitted.kind, source=submitted.text)
        cell.metadata = {"batchnorm": {"added": True, **({"changed": submitted.changed} if submitted.changed else {})}}
        if submitted.kind == "code":
            cell.update(execution_count=None, outputs=[])
        elif submitted.attachments:
            cell.attachments = from_dict(submitted.attachments)
        yield cell
