"""What is an error in the versions that grade, and in no learner's, is said to be one."""

import json
import re
import sys
import warnings

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from sandboxed import error, run

from course.answer_keys import answer_key_bytes
from course.chapter import Chapter
from course.kit.check import compare
from grading.commands.grade_class import grade_class
from grading.engine import versions
from grading.engine.digest import learner_packages
from grading.engine.grade import grade
from grading.engine.session import Session
from grading.engine.verdict import Verdict
from grading.engine.versions import DIFFERENCES, graders_versions, version_note
from grading.sandbox.warm import Sandbox

#: Lines that raise in NumPy 2.4 and run in 2.2, which warns.
SINCE_2_4 = [
    "d = np.zeros(3); d[1] = np.ones((4, 1)).sum(axis=0)",
    "float(np.array([2.0]))",
    "math.sqrt(np.array([4.0]))",
    "np.sum(v for v in [1.0])",
    "np.reshape(np.ones(6), newshape=(2, 3))",
    "np.percentile(np.ones(3), 50, interpolation='linear')",
    "np.trapz([1, 2])",
    "np.in1d([1], [1])",
    "bool(np.array([]))",
]


@pytest.mark.parametrize("line", SINCE_2_4)
def test_what_only_newer_versions_refuse_is_told(child, line):
    run(child, "import math, warnings\nimport numpy as np")
    raised = error(child, line)
    note = version_note(raised["ename"], raised["evalue"])
    assert note.startswith(f"NumPy {graders_versions()['NumPy']}, which grades, makes this an error; ")


def test_an_error_of_every_version_has_no_note():
    for name, message in (
        ("ValueError", "operands could not be broadcast together with shapes (3,) (4,) "),
        ("AttributeError", "module 'numpy' has no attribute 'meen'"),
        ("KeyError", "setting an array element with a sequence."),
    ):
        assert version_note(name, message) == ""


def test_a_note_is_for_the_versions_in_which_it_is_an_error(monkeypatch):
    message = "module 'numpy' has no attribute 'unstack'"
    assert version_note("AttributeError", message) == ""
    monkeypatch.setattr(versions, "graders_versions", lambda: {"NumPy": "2.0.2", "Python": "3.12"})
    assert "later versions have it" in version_note("AttributeError", message)
    assert version_note("TypeError", "only 0-dimensional arrays can be converted to Python scalars") == ""


def test_quotes_that_only_a_newer_python_reads(box, monkeypatch):
    monkeypatch.setattr(versions, "graders_versions", lambda: {"NumPy": "2.4.0", "Python": "3.11"})
    message = "f-string: unmatched '['"
    assert "use the other kind there" in version_note("SyntaxError", message)
    cell = new_code_cell("def f(): return f'{[chr(10)]}'", id="f")
    with Session(box, new_notebook(cells=[cell])) as session:
        session.child()
        session.outputs["f"] = [
            {"output_type": "error", "ename": "SyntaxError", "evalue": f"{message} (<cell 1>, line 1)", "traceback": []}
        ]
        session._child.run_cell("del f")
        assert "Python 3.11, which grades, makes this an error" in session.missing("f")


ONE_ENTRY = """def parameter_gradients(dy, x_hat):
    dgamma = np.zeros(dy.shape[1])
    for k in range(len(dgamma)):
        dgamma[k] = (dy * x_hat)[:, k : k + 1].sum(axis=0)
    return dgamma, dy.sum(axis=0)
"""


def test_the_finding_on_a_crash_names_the_versions():
    """Right in NumPy 2.2, which warns; before, it was told as any other mistake."""
    notebook = new_notebook(
        cells=[new_code_cell("import numpy as np"), new_code_cell(ONE_ENTRY, id="parameter_gradients")]
    )
    with Sandbox() as box:
        found = grade("backprop", notebook, bytes(32), box, ("parameter_gradients",))
    crash = next(f for f in found.exercises["parameter_gradients"].findings if f.kind == "crash")
    assert "which grades, makes this an error; before 2.4, an array of one entry could stand" in crash.text
    assert found.versions == graders_versions()


def test_the_check_tells_what_will_be_an_error():
    """An older NumPy warns where a newer one raises. The answer holds here, and may not where it is graded."""

    def old(x, gamma, beta, eps=1e-5):
        warnings.warn(
            "Conversion of an array with ndim > 0 to a scalar is deprecated.", DeprecationWarning, stacklevel=1
        )
        return Chapter("transform").exercises["batchnorm_forward"](x, gamma, beta, eps)

    report = compare("batchnorm_forward", old, json.loads(answer_key_bytes(Chapter("transform"))))
    assert report.passed
    assert [f.kind for f in report.findings] == ["warning"]
    assert f"Before you hand in: NumPy {np.__version__} or Python itself warns: Conversion of an array" in repr(report)
    assert "Newer versions of Python or NumPy may refuse this, and grading may use one." in report._repr_html_()


def test_the_check_shows_other_warnings_as_usual():
    def warned(x, gamma, beta, eps=1e-5):
        warnings.warn("mine", UserWarning, stacklevel=1)
        return Chapter("transform").exercises["batchnorm_forward"](x, gamma, beta, eps)

    with pytest.warns(UserWarning, match="mine"):
        report = compare("batchnorm_forward", warned, json.loads(answer_key_bytes(Chapter("transform"))))
    assert report.findings == []


def test_each_difference_says_how_to_write_it_for_all_versions():
    assert all(d.told and re.compile(d.message) and d.package in graders_versions() for d in DIFFERENCES)


def test_a_verdict_says_which_versions_ran():
    found = learner_packages()
    assert graders_versions() == {"Python": found["python"].removeprefix("python"), "NumPy": found["numpy"]}
    whole = Verdict(versions=graders_versions())
    assert Verdict.from_json(json.loads(whole.text)).versions == graders_versions()


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's own queries
def test_the_judges_and_the_learners_versions_do_not_differ_silently(monkeypatch, tmp_path, capsys):
    assert versions.versions_differ() == ""
    judge = f"{sys.version_info.major}.{sys.version_info.minor}"
    monkeypatch.setattr(versions, "graders_versions", lambda: {"Python": judge, "NumPy": "2.2.0"})
    line = f"NumPy {np.__version__} judges, and NumPy 2.2.0 runs learners' code: results may differ for that alone"
    assert versions.versions_differ().startswith(line)
    folder = tmp_path / "submitted" / "ada" / "introduction"
    folder.mkdir(parents=True)
    (folder / "exercise.ipynb").write_text("{}")  # it is refused, so that nothing runs
    grade_class(tmp_path, "introduction")
    assert line in capsys.readouterr().err
