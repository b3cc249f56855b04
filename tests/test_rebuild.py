"""The graded notebook: the release, with the learner's text in it and nothing else of the submission."""

from collections.abc import Callable
from copy import deepcopy
from types import SimpleNamespace

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_raw_cell
from small_release import (
    PLOT,
    STUB_F,
    F,
    G,
    added,
    graded,
    graded_from,
    insert,
    of,
    order,
    release,
    remove,
    run,
    stripped,
    submission,
)

from course.chapter import Chapter
from course.notebooks import notebook
from grading.engine.session import Session
from grading.handin.intake import clean
from grading.handin.rebuild import MAX_ADDED, MAX_CELLS, MAX_SOURCE, rebuild
from grading.sandbox.limits import Limits

# --- What counts ---------------------------------------------------------------------------------------


def test_an_untouched_notebook_comes_back_as_released_without_a_note() -> None:
    result = graded_from(release())
    assert result.notebook == release()
    assert result.notes == []


def test_answers_come_through_and_need_no_note() -> None:
    result = graded_from(submission(f=F, g=G, written_fg="Because 2 · ½ = 1."))
    assert [of(result.notebook, name).source for name in ("f", "g", "written_fg")] == [
        F,
        G,
        "Because 2 · ½ = 1.",
    ]
    assert result.notes == []


def test_the_same_two_notebooks_give_the_same_one() -> None:
    submitted = insert(submission(f=F), "f", new_code_cell("a"), new_code_cell("b"))
    assert graded_from(submitted) == graded_from(submitted)


def test_metadata_tags_kernel_and_points_count_for_nothing() -> None:
    submitted = submission(f=F)
    submitted.metadata = {"kernelspec": {"name": "julia", "display_name": "Julia"}, "evil": 1}
    for cell in submitted.cells:
        cell.metadata.tags = ["skip-execution"]
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader |= {"points": 1000, "grade": True, "solution": True, "locked": False}
    of(submitted, "test_f").outputs = [nbformat.v4.new_output("stream", text="2 of 2")]
    result = graded_from(submitted)
    assert result.notes == []
    assert of(result.notebook, "test_f").outputs == []


@pytest.mark.parametrize(("cell_id", "runs"), [("setup", 1), ("prose_f", 0), ("test_f", 1), ("plot", 1)])
def test_a_changed_released_cell_is_graded_as_released_and_named(cell_id: str, runs: int) -> None:
    result = graded_from(submission(f=F, **{cell_id: "changed = 1"}))
    (note,) = result.notes
    assert note.startswith(f"{cell_id}: was changed; the released text is graded")
    assert ("as a cell of its own" in note) == bool(runs)
    assert added(result) == ["changed = 1"] * runs
    if runs:
        assert order(result)[order(result).index(cell_id) + 1] == "changed = 1"


@pytest.mark.parametrize(
    ("cell_id", "text", "runs"),
    [
        ("setup", "import numpy as np\nimport math", ["import math"]),
        ("setup", "import numpy as np, math", ["import numpy as np, math"]),
        ("setup", "# mine\nimport   numpy as np\n\n", []),
        ("plot", "# scale = 3\nprint(scale)", []),
        ("plot", PLOT + "\ndef helper(x):\n    return x\nfactor = 2", ["def helper(x):\n    return x\nfactor = 2"]),
        ("plot", "if True:\n    scale = 3\nprint(scale)", ["if True:\n    scale = 3"]),
        ("plot", "%matplotlib widget\n" + PLOT, ["%matplotlib widget"]),
        ("test_f", "text = '''\nprint(1)\n'''\ncheck(\"f\", f)", ["text = '''\nprint(1)\n'''"]),
    ],
)
def test_what_was_put_into_a_released_cell_runs_behind_it(cell_id: str, text: str, runs: list[str]) -> None:
    result = graded_from(submission(f=F, **{cell_id: text}))
    assert added(result) == runs
    assert (result.notes == []) == (text.startswith("# mine"))


def test_a_function_that_needs_what_was_put_into_a_released_cell_works() -> None:
    f = "def f(x):\n    return helper(math.sqrt(x) ** 2)"
    submitted = submission(f=f, setup="import numpy as np\nimport math", test_f="def helper(x):\n    return 2 * x")
    assert run(graded_from(submitted))["f"](9) == 18


def test_what_an_answers_own_cell_defines_is_not_taken_from_a_released_one() -> None:
    tried = "def f(x):\n    return 0\nhelper = 1"
    result = graded_from(submission(f=F, test_f=f'check("f", f)\n{tried}'))
    assert added(result) == ["helper = 1"]
    assert run(result)["f"](2) == 4
    assert "without f: that has a cell already" in result.notes[0]


def test_cells_with_what_was_put_into_released_ones_count_among_those_that_were_added() -> None:
    cells = [new_code_cell(f"a = {k}") for k in range(MAX_ADDED)]
    result = graded_from(insert(submission(f=F, plot="b = 1"), "f", *cells))
    assert added(result) == [f"a = {k}" for k in range(MAX_ADDED)]


def test_spaces_changed_in_a_released_cell_are_no_irregularity() -> None:
    assert graded_from(submission(prose_f="First\ntwice. \n")).notes == []


def test_a_solution_turned_into_markdown_is_still_the_solution() -> None:
    submitted = submission(f=F)
    place = [cell.id for cell in submitted.cells].index("f")
    submitted.cells[place] = new_markdown_cell(F, id="f", metadata=graded("f", solution=True))
    result = graded_from(submitted)
    assert of(result.notebook, "f").cell_type == "code"
    assert of(result.notebook, "f").source == F
    assert result.notes == ["f: its cell was turned into another type; the text counts"]


# --- Added cells, copies, order ------------------------------------------------------------------------


def test_added_cells_stand_after_the_released_cell_before_them_in_order() -> None:
    submitted = insert(submission(f=F), "f", new_code_cell("b = 1"), new_markdown_cell("Text"), new_raw_cell("r"))
    insert(submitted, "prose_f", new_code_cell("a = 1"))
    insert(submitted, "plot", new_code_cell("c = 1"))
    result = graded_from(submitted)
    assert order(result) == [
        *("setup", "prose_f", "a = 1", "f", "b = 1", "Text", "r", "test_f", "prose_g", "g", "test_g"),
        *("prompt", "written_fg", "plot", "c = 1"),
    ]
    kinds = {cell.source: cell.cell_type for cell in result.notebook.cells}
    assert (kinds["b = 1"], kinds["Text"], kinds["r"]) == ("code", "markdown", "raw")
    assert result.notes == []


def test_added_cells_stand_after_a_solution_that_was_found_by_content() -> None:
    submitted = insert(submission(f=F, g=G), "f", new_code_cell("y = f(1)"))
    assert order(graded_from(stripped(submitted)))[2:4] == ["f", "y = f(1)"]


def test_a_cell_before_all_others_runs_after_the_imports() -> None:
    submitted = submission(f=F)
    submitted.cells.insert(0, new_code_cell("one = np.ones(1)"))
    assert order(graded_from(submitted))[:2] == ["setup", "one = np.ones(1)"]


def test_blank_added_cells_are_dropped() -> None:
    assert added(graded_from(insert(release(), "plot", new_code_cell(" \n"), new_markdown_cell("")))) == []


def test_reordered_cells_are_in_the_released_order() -> None:
    submitted = submission(f=F, g=G)
    submitted.cells.reverse()
    result = graded_from(submitted)
    assert [cell.id for cell in result.notebook.cells] == [cell.id for cell in release().cells]
    assert of(result.notebook, "f").source == F
    assert result.notes == ["the cells were in another order; the released order counts"]


def test_deleted_released_cells_are_put_back() -> None:
    result = graded_from(remove(submission(f=F), "setup", "test_f", "prose_g"))
    assert result.notes == ["put back, as missing or not recognized: setup, test_f, prose_g"]


@pytest.mark.parametrize("copied", ["prose_f", "test_f", "plot"])
def test_copies_of_a_released_cell_are_dropped(copied: str) -> None:
    for keep in (True, False):
        submitted = submission(f=F)
        cell = of(release(), copied)
        cell.id = "copied"
        if not keep:
            cell.metadata = {}
        result = graded_from(insert(submitted, "f", cell, of(release(), copied)))
        assert added(result) == []
        assert "left out as copies of released cells: cell " in result.notes[-1]


def test_an_added_cell_with_the_grade_id_of_a_test_is_the_learners_own() -> None:
    submitted = insert(submission(f=F), "f", new_code_cell("last = 1"))
    for text in ("helper = 1", "full = 'marks'"):
        insert(submitted, "f", new_code_cell(text, metadata=graded("test_f", grade=True, points=99)))
    result = graded_from(submitted)
    assert added(result) == ["full = 'marks'", "helper = 1", "last = 1"]
    for cell in result.notebook.cells:
        if cell.source in added(result):
            assert cell.metadata == {"batchnorm": {"added": True}}
    assert result.notes == ["copied from a released cell and changed, so the learner's own: cell 4, cell 5"]


def test_an_added_cell_with_foreign_grading_metadata_loses_it() -> None:
    submitted = insert(release(), "plot", new_code_cell("x = 1", id="test_h", metadata=graded("test_h", grade=True)))
    result = graded_from(submitted)
    assert result.notebook.cells[-1].metadata == {"batchnorm": {"added": True}}
    assert result.notebook.cells[-1].id != "test_h"


def test_ids_of_added_cells_are_new_and_none_is_taken() -> None:
    released = release()
    of(released, "plot").id = "cell-1"
    submitted = insert(release(), "prompt", *[new_code_cell(f"a{k} = 1") for k in range(3)])
    for cell in submitted.cells[-5:]:
        cell.id = "bad id ü" * 20
    result = rebuild(released, clean(submitted))
    nbformat.validate(result.notebook)
    ids = [cell.id for cell in result.notebook.cells]
    assert len(ids) == len(set(ids))


# --- Limits --------------------------------------------------------------------------------------------


def test_code_beyond_the_limit_is_left_out_and_named() -> None:
    result = graded_from(submission(f=F + "\n" + "#" * MAX_SOURCE, g=G))
    assert of(result.notebook, "f").source == STUB_F
    assert of(result.notebook, "g").source == G
    assert result.notes[0] == f"cell 3: more than {MAX_SOURCE} characters of code, left out"


def test_text_beyond_the_limit_is_cut_and_named() -> None:
    result = graded_from(submission(written_fg="a" * (MAX_SOURCE + 1)))
    assert of(result.notebook, "written_fg").source == "a" * MAX_SOURCE
    assert result.notes == [f"cell 9: cut after {MAX_SOURCE} characters"]


def test_pieces_that_are_too_long_together_are_left_out() -> None:
    half = "# " + "a" * (MAX_SOURCE - 10)
    submitted = insert(submission(f=F), "f", *[new_code_cell(half, id="f") for _ in range(2)])
    result = graded_from(submitted)
    assert of(result.notebook, "f").source == STUB_F
    assert "characters together, left out" in result.notes[0]


def test_added_cells_beyond_the_limit_are_left_out() -> None:
    cells = [new_code_cell(f"a = {k}") for k in range(MAX_ADDED + 1)]
    result = graded_from(insert(submission(f=F), "f", *cells))
    assert added(result) == [f"a = {k}" for k in range(MAX_ADDED)]
    assert result.notes == [f"{MAX_ADDED + 1} added cells: only the first {MAX_ADDED} count"]


def test_cells_beyond_the_limit_are_not_looked_at() -> None:
    submitted = submission(f=F)
    submitted.cells += [new_markdown_cell("") for _ in range(MAX_CELLS)]
    result = graded_from(submitted)
    assert result.notes == [f"{MAX_CELLS + 10} cells: only the first {MAX_CELLS} count"]


def test_notes_of_intake_come_first() -> None:
    submitted = remove(release(), "f")
    submitted.cells.append("x")
    assert graded_from(submitted).notes[0].endswith("were left out")


# --- Releases of other courses -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: [cell.pop("id") for cell in cells],
        lambda cells: [cell.update(id="same") for cell in cells],
        lambda cells: [cell.metadata.nbgrader.update(grade_id="cell-0a1b") for cell in cells[2:3]],
    ],
    ids=["no ids", "one id", "grade_id that is no name"],
)
def test_a_release_without_this_courses_names_is_rebuilt_too(change: Callable[[list], object]) -> None:
    released, submitted = release(), submission(f=F)
    change(released.cells)
    change(submitted.cells)
    result = rebuild(released, clean(submitted))
    nbformat.validate(result.notebook)
    assert [cell.source for cell in result.notebook.cells] == [cell.source for cell in submission(f=F).cells]
    assert result.notes == []


def test_what_is_pasted_into_the_cell_for_it_is_kept_and_runs():
    page = notebook(Chapter("backprop").page, "backprop")
    mine = deepcopy(page)
    text = "def batchnorm_forward(x, gamma, beta, eps=1e-5):\n    return helper(x)"
    of(mine, "paste_backprop").source = text
    assert of(rebuild(page, mine).notebook, "paste_backprop").source == text
    ran = Session(SimpleNamespace(limits=Limits()), rebuild(page, mine).notebook)._cells
    assert text in [cell.source for cell in ran]
    assert rebuild(page, page).notes == []
    del mine.cells[mine.cells.index(of(mine, "paste_backprop"))]
    assert not any("not answered" in note for note in rebuild(page, mine).notes)
