"""A solution is found wherever the learner left it, and a stub never takes an answer's place."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from small_release import (
    QUESTION,
    STUB_F,
    F,
    G,
    added,
    graded,
    graded_from,
    insert,
    of,
    release,
    remove,
    run,
    stripped,
    submission,
)

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
