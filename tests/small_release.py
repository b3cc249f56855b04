"""A small release of two exercises, a written question and a plot; submissions of it, and what becomes of them."""

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from grading.handin.intake import clean
from grading.handin.rebuild import Rebuilt, rebuild

STUB_F = 'def f(x):\n    """Twice x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
STUB_G = 'def g(x):\n    """Half of x."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
F = "def f(x):\n    return 2 * x"
G = "def g(x):\n    return x / 2"
PLOT = "scale = 3\nprint(scale)"
QUESTION = "*Your answer:*"


def graded(grade_id: str, **says: object) -> dict:
    says = {"grade": False, "solution": False, "locked": False, "task": False} | says
    return {"nbgrader": {"schema_version": 3, "grade_id": grade_id, **says}}


def release() -> NotebookNode:
    """Two exercises, a written question and a plot."""
    test = {"grade": True, "locked": True, "points": 2}
    written = {"grade": True, "solution": True, "points": 1}
    cells = [
        new_code_cell("import numpy as np", id="setup", metadata=graded("setup", locked=True)),
        new_markdown_cell("First twice.", id="prose_f"),
        new_code_cell(STUB_F, id="f", metadata=graded("f", solution=True)),
        new_code_cell('check("f", f)', id="test_f", metadata=graded("test_f", **test)),
        new_markdown_cell("Now half.", id="prose_g"),
        new_code_cell(STUB_G, id="g", metadata=graded("g", solution=True)),
        new_code_cell('check("g", g)', id="test_g", metadata=graded("test_g", **test)),
        new_markdown_cell("Why do they cancel?", id="prompt"),
        new_markdown_cell(QUESTION, id="written_fg", metadata=graded("written_fg", **written)),
        new_code_cell(PLOT, id="plot"),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return new_notebook(cells=cells, metadata=kernel)


def of(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    """The one cell with an id."""
    (cell,) = (cell for cell in notebook.cells if cell.id == cell_id)
    return cell


def submission(**texts: str) -> NotebookNode:
    """The release with some cells' texts exchanged, by id."""
    notebook = release()
    for cell_id, text in texts.items():
        of(notebook, cell_id).source = text
    return notebook


def insert(notebook: NotebookNode, after: str, *cells: NotebookNode) -> NotebookNode:
    place = [cell.id for cell in notebook.cells].index(after) + 1
    notebook.cells[place:place] = cells
    return notebook


def remove(notebook: NotebookNode, *ids: str) -> NotebookNode:
    notebook.cells = [cell for cell in notebook.cells if cell.id not in ids]
    return notebook


def stripped(notebook: NotebookNode) -> NotebookNode:
    """Without ids and metadata, as some tools leave it."""
    for cell in notebook.cells:
        cell.metadata = {}
        del cell["id"]
    return notebook


def graded_from(submitted: NotebookNode) -> Rebuilt:
    """Rebuilt after intake, with what holds for every rebuilding."""
    released = release()
    result = rebuild(released, clean(submitted))
    nbformat.validate(result.notebook)
    assert released == release()
    assert all(note.isprintable() for note in result.notes)
    kept = [cell for cell in result.notebook.cells if "batchnorm" not in cell.metadata]
    assert [(cell.id, cell.metadata) for cell in kept] == [(c.id, c.metadata) for c in released.cells]
    assert result.notebook.metadata == released.metadata
    texts = {cell.id: cell.source for cell in kept}
    for cell in released.cells:
        if not cell.metadata.get("nbgrader", {}).get("solution"):
            assert texts[cell.id] == cell.source
    return result


def order(result: Rebuilt) -> list[str]:
    """Ids of released cells, and texts of added ones."""
    added = [cell.metadata.get("batchnorm", {}).get("added", False) for cell in result.notebook.cells]
    return [cell.source if own else cell.id for cell, own in zip(result.notebook.cells, added, strict=True)]


def added(result: Rebuilt) -> list[str]:
    ids = {cell.id for cell in release().cells}
    return [text for text in order(result) if text not in ids]


def run(result: Rebuilt) -> dict:
    """Run the code as a grader does: one cell's failure stops no other."""
    names: dict = {"check": lambda *_: None}
    for cell in result.notebook.cells:
        if cell.cell_type == "code":
            try:
                exec(cell.source, names)
            except Exception as error:
                names.setdefault("errors", []).append(error)
    return names
