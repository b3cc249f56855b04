"""The learner's notebook as a learner runs it: in Jupyter, with what lies beside it, and none of our code."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from nbclient import NotebookClient
from test_nbgrader import helpers_of, make_class

from course.chapter import ROOT, Chapter, slugs
from course.errors import PageError
from course.notebooks import bundle, notebook, write


def answers_of(slug):
    """The reference as a learner would have written it, imports and helpers with the first exercise."""
    import inspect

    answers = {name: inspect.getsource(value) for name, value in Chapter(slug).exercises.items()}
    first = next(iter(answers))
    return {**answers, first: f"{helpers_of(slug)}\n\n{answers[first]}"}


def run(slug, folder, answers, allow_errors=False):
    """Run all cells in a real kernel, in a learner's folder."""
    write(bundle(slug), folder)
    made = make_class.with_answers(slug, answers)
    os.environ["PYTHONWARNINGS"] = "error"
    try:
        NotebookClient(
            made, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(folder)}},
            allow_errors=allow_errors,
        ).execute()  # fmt: skip
    finally:
        del os.environ["PYTHONWARNINGS"]
    return made


@pytest.mark.slow
@pytest.mark.parametrize("slug", slugs())
def test_with_right_answers_all_checks_pass_and_all_pictures_are_drawn(slug, tmp_path):
    made = run(slug, tmp_path, answers_of(slug))
    for cell in made.cells:
        if cell.cell_type != "code":
            continue
        text = " ".join(o.get("data", {}).get("text/plain", "") for o in cell.outputs)
        if cell.id.startswith("test_"):
            assert "properties hold on these inputs" in text, cell.id
            assert "<table" in cell.outputs[-1]["data"]["text/html"]
        if "plt.show" in cell.source:
            assert any("image/png" in o.get("data", {}) for o in cell.outputs), cell.source[:80]
        assert not any(o.output_type == "stream" and o.name == "stderr" for o in cell.outputs), cell.source[:80]


@pytest.mark.slow
def test_a_stub_and_a_mistake_are_told_as_such(tmp_path):
    wrong = make_class.wrong(Chapter("transform"), 0)
    answers = {"batchnorm_forward": wrong["batchnorm_forward"]}
    made = run("transform", tmp_path, answers, allow_errors=True)
    cells = {cell.id: cell for cell in made.cells}
    mistake, stub = cells["test_batchnorm_forward"].outputs, cells["test_linear_bn_relu"].outputs
    assert "Looks like:" in mistake[0]["data"]["text/plain"]
    assert mistake[-1]["ename"] == "NotYet"
    assert len(mistake[-1]["traceback"]) == 1, "a learner reads the table, not our traceback"
    assert "`raise NotImplementedError()` is still there" in stub[0]["data"]["text/plain"]


@pytest.mark.slow
def test_nbgrader_validates_it(tmp_path):
    """The button Validate, and `nbgrader validate`, say what the checks say."""
    from pathlib import Path

    from grading.gradebook.facade import Gradebook

    program = Path(sys.executable).with_name("nbgrader")
    for name, answers in (("right", answers_of("transform")), ("stub", {})):
        root = tmp_path / name
        write(bundle("transform"), root / "source" / "transform")
        Gradebook(root).release("transform")
        released = nbformat.read(root / "release" / "transform" / "exercise.ipynb", 4)
        for cell in released.cells:
            cell.source = answers.get(cell.id, cell.source)
            if cell.id == "written_transform" and answers:
                cell.source = "The mean takes the bias away again; beta does its work."
        nbformat.write(released, root / "release" / "transform" / "exercise.ipynb")
        told = subprocess.run(
            [program, "validate", "exercise.ipynb"],
            cwd=root / "release" / "transform",
            capture_output=True,
            text=True,
            check=False,
        )
        assert ("passes all the tests" in told.stdout) is (name == "right"), told.stdout + told.stderr
        assert "Currently treating other output as full credit" not in told.stderr


def test_the_check_needs_numpy_alone(tmp_path):
    """In a plain Python without IPython, as some browser kernels are, the table is the message."""
    write(bundle("transform"), tmp_path)
    code = (
        "import sys; sys.modules['IPython'] = sys.modules['IPython.display'] = None\n"
        "from check import check\n"
        "try:\n    check('batchnorm_forward', lambda x, gamma, beta, eps=1e-5: x)\n"
        "except AssertionError as error:\n    print(error)\n"
        "print(sorted(m for m in sys.modules if m in ('scipy', 'matplotlib', 'pandas', 'grading', 'solutions')))"
    )
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{code}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "MISS" in told.stdout
    assert told.stdout.strip().endswith("[]")


def test_the_check_names_what_is_missing(tmp_path):
    write({"check.py": bundle("transform")["check.py"]}, tmp_path)
    told = subprocess.run(
        [sys.executable, "-c", "from check import check; check('batchnorm_forward', print)"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert "check.json should lie beside check.py" in told.stderr


@pytest.mark.parametrize("slug", slugs())
def test_the_notebook_is_clean(slug):
    made = notebook(Chapter(slug).page, slug)
    assert not any(c.get("outputs") or c.get("execution_count") for c in made.cells)
    setup = next(c for c in made.cells if c.cell_type == "code")
    assert setup.metadata.nbgrader.locked
    assert setup.source.startswith("import numpy as np")
    names = {c.metadata.nbgrader.grade_id for c in made.cells if "nbgrader" in c.metadata}
    assert f"written_{slug}" in names, "each chapter has a written question"
    assert not any("{ref}" in c.source for c in made.cells), "the site lies beside no notebook"
    assert json.loads(nbformat.writes(made)) == json.loads(bundle(slug)["exercise.ipynb"])


def page(text, tmp_path):
    path = tmp_path / "exercise.md"
    head = (ROOT / "book" / "transform" / "exercise.md").read_text().split("---\n")[1]
    path.write_text(f"---\n{head}---\n\n# Page\n\n{text}")
    return path


def cell(source, options=""):
    return f"```{{code-cell}} ipython3\n{options}{source}\n```\n\n"


STUB = 'def f(x):\n    """Doc."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (cell(STUB), "f lacks its stub or its check"),
        (cell('check("f", f)', ":points: 2\n"), "f lacks its stub or its check"),
        (cell(STUB) + cell('check("f", f)'), "the check of f has no points"),
        (cell(STUB + "\n\nprint(1)") + cell('check("f", f)', ":points: 2\n"), "a stub cell holds one function"),
        (cell(STUB.replace("raise Not", "return Not")) + cell('check("f", f)', ":points: 2\n"), "a stub cell holds"),
        ((cell(STUB) + cell('check("f", f)', ":points: 2\n")) * 2, "is there twice"),
    ],
)
def test_a_page_that_breaks_the_rules_is_refused_with_the_place(text, reason, tmp_path):
    with pytest.raises(PageError, match=reason) as error:
        notebook(page(text, tmp_path), "transform")
    assert "exercise.md" in str(error.value)
