"""What learners ask to be graded again lands in a list, as text, with the command that answers it."""

import json
import os
import shlex

import nbformat
import pytest
from test_nbgrader import make_class
from written_answers import hand_in

from course.chapter import Chapter
from course.notebooks import released
from grading.__main__ import main
from grading.commands import regrade_requests

SLUG = "introduction"
ESCAPE = "\x1b[2J<script>alert(1)</script>"


def with_cells(root, student, *cells, changed=None):
    """Hand in the release with cells of the learner's at its end."""
    notebook = make_class.with_answers(SLUG, {})
    for kind, source in cells:
        notebook.cells.append(
            nbformat.v4.new_markdown_cell(source) if kind == "text" else nbformat.v4.new_code_cell(source)
        )
    if changed:
        next(cell for cell in notebook.cells if cell.cell_type == "markdown").source += changed
    folder = root / "submitted" / student / SLUG
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_text(json.dumps(notebook))
    return folder


def found(root):
    return {
        (request.student, request.text, request.exercises, request.written)
        for request in regrade_requests.find(root, SLUG).requests
    }


def test_requests_are_found_wherever_learners_write_them(tmp_path):
    hand_in(tmp_path, "ada", "The mean of units.\n\nRegrade request: my normalize is right,\nsee cell 3.\n\nAnd more.")
    with_cells(tmp_path, "ben", ("text", "## **Regrade request:** exercise 1\n\nTwo paragraphs."))
    with_cells(
        tmp_path, "chidi", ("code", "x = 1  # fine\n# regrade request: the `covariate_shift`\n# and so on\ny = 2")
    )
    (with_cells(tmp_path, "dana") / "Regrade.TXT").write_bytes("\ufeffWritten answer, please. Ümlaut".encode())
    with_cells(tmp_path, "emil", changed="\n\n> Regrade-Request: in a cell that was released")
    folder = with_cells(tmp_path, "farah", ("text", "Regrade request: twice"))
    (folder / "regrade.md").write_text("Regrade request: twice")
    with_cells(tmp_path, "gita", ("text", "I make no regrade request: none."), ("code", "a = 'Regrade request: no'"))
    assert found(tmp_path) == {
        ("ada", "my normalize is right,\nsee cell 3.", ("normalize",), False),
        ("ben", "exercise 1\n\nTwo paragraphs.", (next(iter(Chapter(SLUG).exercises)),), False),
        ("chidi", "the `covariate_shift`\nand so on", ("covariate_shift",), False),
        ("dana", "Written answer, please. Ümlaut", (), True),
        ("emil", "in a cell that was released", (), False),
        ("farah", "twice", (), False),
    }


def test_what_the_course_itself_says_is_no_request(tmp_path, monkeypatch):
    made = released(SLUG)
    made.cells[1].source += "\n\nRegrade request: this is how one is made."
    monkeypatch.setattr(regrade_requests, "given_out", lambda *_: type("Release", (), {"notebook": made}))
    folder = with_cells(tmp_path, "ada")
    (folder / "exercise.ipynb").write_text(json.dumps(made))
    assert found(tmp_path) == set()


def test_the_list_is_text_and_has_the_commands_that_answer(tmp_path, capsys):
    with_cells(tmp_path, "ada o'k", ("text", f"Regrade request: normalize {ESCAPE} and the written answer"))
    with_cells(tmp_path, "-x", ("text", "Regrade request: why?"))
    (with_cells(tmp_path, "jan") / "exercise.ipynb").write_text("{")
    folder = with_cells(tmp_path, "kim")
    os.symlink("/etc/passwd", folder / "regrade.txt")
    (tmp_path / "submitted" / "lea" / SLUG).mkdir(parents=True)
    assert main(["requests", SLUG, "--root", str(tmp_path)]) == 0
    told = capsys.readouterr().out.splitlines()
    where = f"--root {shlex.quote(str(tmp_path))}"
    assert told[:3] == [
        "-x: no exercise named ('exercise.ipynb', cell " + told[0].rpartition(" ")[2],
        "  why?",
        f"  python -m grading replay {where} -- introduction -x",
    ]
    assert "\\x1b[2J<script>alert(1)</script>" in told[4]
    assert told[5:7] == [
        f"  python -m grading answers introduction {where}",
        f"  python -m grading replay {where} introduction 'ada o'\"'\"'k' normalize",
    ]
    assert told[7].startswith("jan: 'exercise.ipynb' not looked through: the notebook breaks off")
    assert told[8].startswith("kim: ")
    assert "a link" in told[8]
    assert told[-1] == "2 requests of 2 learners; 5 hand-ins looked through"
    assert "\x1b" not in "".join(told)


def test_a_long_or_repeated_request_stays_a_few_lines(tmp_path):
    with_cells(tmp_path, "ada", *[("text", f"Regrade request: {k}") for k in range(30)], ("text", "x"))
    with_cells(tmp_path, "ben", ("text", "Regrade request: " + "a b " * 5000))
    requests = regrade_requests.find(tmp_path, SLUG).requests
    assert [one.student for one in requests].count("ada") == regrade_requests.MOST_REQUESTS
    assert len(requests[-1].text) < 2100


def test_the_command_of_a_request_replays_it(tmp_path, capsys):
    from grading.commands.grade_class import grade_class

    hand_in(tmp_path, "ada", "Units.\n\nRegrade request: normalize")
    grade_class(tmp_path, SLUG)
    main(["requests", SLUG, "--root", str(tmp_path)])
    command = next(line for line in capsys.readouterr().out.splitlines() if "replay" in line)
    assert main(shlex.split(command)[3:]) == 0
    assert capsys.readouterr().out.startswith("ada, normalize: ")


@pytest.mark.parametrize(
    ("source", "is_code", "wanted"),
    [
        ("Regrade request: a\nb\n\nc", False, ["a\nb\n\nc"]), ("x\n\nRegrade request: a\nb\n\nc", False, ["a\nb"]),
        ("x\nREGRADE REQUEST : a", False, ["a"]), ("x\nregrade request a", False, []),
        ("x\nmy regrade request: a", False, []),
        ("# Regrade request: a\n# Regrade request: b", True, ["a", "b"]), ("Regrade request: a", True, []),
        ("", False, []), (" " * 50 + "Regrade request: a", False, ["a"]),
    ],
)  # fmt: skip
def test_where_a_request_begins_and_ends(source, is_code, wanted):
    assert list(regrade_requests.paragraphs(source, is_code)) == wanted
