"""The graded notebook: the release, with the learner's text in it and nothing else of the submission."""

import ast
import re
import time
from collections.abc import Callable, Iterable
from copy import deepcopy
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from course.chapter import Chapter
from course.notebooks import notebook
from grading.engine.session import Session
from grading.handin.cells import definitions
from grading.handin.intake import clean
from grading.handin.rebuild import MAX_ADDED, MAX_CELLS, MAX_SOURCE, Rebuilt, rebuild
from grading.sandbox.limits import Limits

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


@pytest.mark.parametrize("cell_id", ["setup", "prose_f", "test_f", "plot"])
def test_a_changed_released_cell_is_graded_as_released_and_named(cell_id: str) -> None:
    result = graded_from(submission(f=F, **{cell_id: "changed = 1"}))
    (note,) = result.notes
    assert note.startswith(f"{cell_id}: was changed; the released text is graded")
    assert added(result) == []


def test_a_helper_written_into_a_released_cell_is_named_as_lost() -> None:
    result = graded_from(submission(plot=PLOT + "\ndef helper(x):\n    return x\nfactor = 2"))
    assert "without factor, helper" in result.notes[0]
    assert "scale" not in result.notes[0]


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


# --- Finding the solution ------------------------------------------------------------------------------


def test_a_solution_is_found_by_grade_id_when_its_id_is_new() -> None:
    submitted = submission(f="f = lambda x: 2 * x")
    of(submitted, "f").id = "a1b2c3"
    result = graded_from(submitted)
    assert of(result.notebook, "f").source == "f = lambda x: 2 * x"
    assert result.notes == []


def test_a_solution_is_found_by_id_when_its_metadata_is_gone() -> None:
    submitted = submission(f="f = lambda x: 2 * x")
    of(submitted, "f").metadata = {}
    assert of(graded_from(submitted).notebook, "f").source == "f = lambda x: 2 * x"


def test_without_ids_and_metadata_solutions_are_found_by_content() -> None:
    answers = {
        "f": "# mine\nimport math\n" + F,
        "g": "@staticmethod\n" + G,
        "written_fg": "They are inverse.",
    }
    result = graded_from(stripped(submission(**answers)))
    assert {name: of(result.notebook, name).source for name in answers} == answers
    assert added(result) == []
    assert result.notes == [
        "f: recognized by its content in cell 3",
        "g: recognized by its content in cell 6",
        "written_fg: recognized by its content in cell 9",
    ]


def test_a_solution_that_does_not_parse_is_found_by_content() -> None:
    broken = "%matplotlib inline\ndef f(x):\n    return 2 * * x"
    assert of(graded_from(stripped(submission(f=broken))).notebook, "f").source == broken


def test_a_definition_inside_a_string_or_another_function_is_none() -> None:
    text = 'help = """\ndef f(x): ...\n"""\nclass A:\n    def f(self): ...\n'
    submitted = stripped(insert(remove(submission(), "f"), "prose_f", new_code_cell(text)))
    result = graded_from(submitted)
    assert of(result.notebook, "f").source == STUB_F
    assert added(result) == [text]


def test_a_written_answer_is_found_by_its_first_line_or_its_place() -> None:
    by_heading = insert(remove(release(), "written_fg"), "plot", new_markdown_cell(QUESTION + "\n\nInverse."))
    assert of(graded_from(by_heading).notebook, "written_fg").source == QUESTION + "\n\nInverse."
    by_place = insert(remove(release(), "written_fg"), "prompt", new_markdown_cell("Inverse."))
    assert of(graded_from(by_place).notebook, "written_fg").source == "Inverse."


def test_a_remark_elsewhere_is_no_written_answer() -> None:
    submitted = insert(remove(release(), "written_fg"), "prose_f", new_markdown_cell("A remark."))
    result = graded_from(submitted)
    assert of(result.notebook, "written_fg").source == QUESTION
    assert added(result) == ["A remark."]
    assert result.notes == ["written_fg: its cell is missing: not answered"]


def test_an_emptied_written_answer_is_as_released_to_the_letter() -> None:
    for blank in ("", " \n", f"\n{QUESTION}\n"):
        assert of(graded_from(submission(written_fg=blank)).notebook, "written_fg").source == QUESTION


def test_cells_that_share_a_grade_id_are_joined_in_order() -> None:
    half = new_code_cell("    return y", id="new", metadata=graded("f", solution=True))
    submitted = insert(submission(f="def f(x):\n    y = 2 * x"), "f", half)
    result = graded_from(submitted)
    assert of(result.notebook, "f").source == "def f(x):\n    y = 2 * x\n    return y"
    assert result.notes == ["f: joined from cell 3, cell 4"]


def test_cells_that_share_an_id_are_joined_in_order() -> None:
    submitted = insert(submission(f="import math"), "f", new_code_cell(F, id="f"))
    assert of(graded_from(submitted).notebook, "f").source == "import math\n" + F


def test_a_released_cell_that_was_split_is_unchanged() -> None:
    submitted = submission(plot="scale = 3")
    insert(submitted, "plot", new_code_cell("print(scale)", id="plot"))
    result = graded_from(submitted)
    assert added(result) == []
    assert result.notes == []


def test_two_solutions_in_one_cell_both_count() -> None:
    for strip in (False, True):
        submitted = remove(submission(f=F + "\n\n\n" + G), "g")
        names = run(graded_from(stripped(submitted) if strip else submitted))
        assert (names["f"](4), names["g"](4)) == (8, 2)
        assert "errors" not in names


def test_solutions_in_each_others_cells_both_count() -> None:
    names = run(graded_from(submission(f=G, g=F)))
    assert (names["f"](4), names["g"](4)) == (8, 2)


def test_a_solution_merged_into_the_released_cell_before_it_counts() -> None:
    submitted = remove(submission(setup=f"import numpy as np\n{F}\n{G}"), "f", "g")
    result = graded_from(submitted)
    names = run(result)
    assert (names["f"](4), names["g"](4)) == (8, 2)
    assert result.notes[:2] == [
        "f: not in its cell; taken from setup, where it was written",
        "g: its cell is missing; what counts is defined in f",
    ]


# --- Stubs ---------------------------------------------------------------------------------------------


def test_a_deleted_solution_leaves_its_stub() -> None:
    result = graded_from(remove(release(), "f"))
    assert of(result.notebook, "f").source == STUB_F
    assert result.notes == ["f: its cell is missing: not answered"]


def test_a_deleted_solution_written_in_an_added_cell_counts() -> None:
    submitted = insert(remove(submission(), "f"), "plot", new_code_cell("%time\n" + F))
    result = graded_from(submitted)
    assert of(result.notebook, "f").source == "%time\n" + F
    assert added(result) == []


@pytest.mark.parametrize("place", ["setup", "prose_f", "f", "plot"])
@pytest.mark.parametrize("text", [F, "f = lambda x: 2 * x", "def twice(x):\n    return 2 * x\n\nf: object = twice"])
@pytest.mark.parametrize("left", [STUB_F, STUB_F.replace("\n", "\n\n") + "\n", STUB_F + "  # ?", "", "# done below"])
def test_an_untouched_stub_never_overrides_a_definition_made_elsewhere(place: str, text: str, left: str) -> None:
    result = graded_from(insert(submission(f=left), place, new_code_cell(text)))
    names = run(result)
    assert names["f"](4) == 8
    assert len(result.notes) == 1
    assert "what counts is defined in cell" in result.notes[0]


def test_a_copied_stub_never_overrides_the_answer() -> None:
    for copied in (graded("f", solution=True), {}):
        submitted = insert(submission(f=F), "plot", new_code_cell(STUB_F, metadata=copied))
        assert run(graded_from(submitted))["f"](4) == 8


def test_a_changed_stub_is_the_learners_and_stays() -> None:
    text = STUB_F.replace("# YOUR CODE HERE", "y = 2 * x")
    assert of(graded_from(submission(f=text)).notebook, "f").source == text


def test_a_comment_is_kept_though_nothing_is_answered() -> None:
    result = graded_from(submission(f="# I don't know"))
    assert of(result.notebook, "f").source == "# I don't know"
    assert result.notes == ["f: its cell is empty: not answered"]


def test_the_last_of_several_definitions_wins_as_in_jupyter() -> None:
    submitted = insert(submission(f="def f(x):\n    return 0"), "plot", new_code_cell(F))
    assert run(graded_from(submitted))["f"](4) == 8


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
    assert re.fullmatch(r"cell 3: \d+ characters of code, left out", result.notes[0])


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


@pytest.mark.parametrize(
    "hostile",
    [
        "'''\\\n" * 20_000,
        "\\'''\n" * 20_000,
        '"""\\"\n""' * 12_000,
        "'" * 99_999,
        '"\\' * 50_000,
        "f" * 100_000,
        "f\t" * 50_000,
        "f:" * 50_000,
        "def " * 25_000,
        "(" * 100_000,
        "async " * 16_000,
        "\n" * 100_000,
        " " * 100_000,
        "#\n" * 50_000,
        "f : " + " " * 99_000,
        ("f" + " " * 50 + ":" + " " * 50) * 900,
    ],
)
def test_no_text_takes_long_to_look_through(hostile: str) -> None:
    start = time.perf_counter()
    definitions(hostile, assigned=True)
    assert time.perf_counter() - start < 1


def by_ast(source: str) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.parse(source).body if isinstance(node, kinds)}


@pytest.mark.parametrize(
    "source",
    [
        "def f(x): pass",
        "async  def f(x): pass",
        "class f(object):\n    def g(self): pass",
        "@property\ndef f(x): pass\ndef g(): pass",
        "if True:\n    def f(): pass",
        "'''\ndef f(): pass\n'''\ndef g(): pass",
        'x = r"""\\"""\ndef h(): pass"""\ndef g(): pass',
        "x = 'it''s'; y = \"don't\"\ndef f(): pass",
        "# don't\ndef f(): pass",
        "x = '\\\ndef f(): pass'",
        "x = f'''{1}\ndef f(): pass'''",
        "default = 1\nclassic = 2\nf = 3",
        "x = '#'\ndef f(): pass  # '''\ndef g(): pass",
        "def é(): pass",
        "",
    ],
)
def test_definitions_are_what_python_finds(source: str) -> None:
    assert definitions(source) == by_ast(source)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("%%time\ndef f(): pass", {"f"}),
        ("%%capture out\ndef f(): pass", {"f"}),
        ("%%writefile x.py\ndef f(): pass", set()),
        ("%%bash\ndef f(): pass", set()),
        ("!echo don't\ndef f(): pass", {"f"}),
        ("def f(:\n  'x\ndef g(): pass", {"f", "g"}),
    ],
)
def test_definitions_are_found_where_python_does_not_parse(source: str, names: Iterable[str]) -> None:
    assert definitions(source) == set(names)


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
