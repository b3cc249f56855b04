"""A crash is told in a sentence, which is true."""

import numpy as np
import pytest
from crashes import CELLS, SETUP, crash

from course.kit.explain import explained, meaning


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("cell", "said"), CELLS, ids=[cell for cell, _ in CELLS])
def test_a_sentence_for_each_error(cell, said):
    assert explained(crash(cell, setup=SETUP), "f", ("f", "batch_stats")) == said


def test_what_an_error_means_is_told_where_it_is_more_than_python_says():
    def said(source):
        return meaning(crash(source, setup=SETUP))

    assert said("np.ones((4, 3)) - np.ones(4)").startswith("shapes (4, 3) and (4,) do not line up from the right.")
    assert said("np.meen(3)") == said("unheard_of") == said("raise ValueError('mine')") == said("x = (1") == ""
    assert said("numpy.ones(3)") == "After `import numpy as np` its name is `np`."
    assert said("x = 2y") == "Is a `*` missing in `2y`?"


# ------------------------------------------------------------------ functions of the notebook

STUB = """
def statistics_gradients(x):
    # YOUR CODE HERE
    raise NotImplementedError()
def batchnorm_backward(x):
    return statistics_gradients(x)
class BatchNorm1d:
    def forward(self, x):
        raise NotImplementedError()
"""


def test_a_stub():
    other = crash(f"{STUB}batchnorm_backward(1)")
    assert explained(other, "batchnorm_backward").endswith(
        ": `statistics_gradients` is not written yet; your function calls it."
    )
    assert explained(other, "statistics_gradients").endswith(": `statistics_gradients` is not written yet.")
    method = crash(f"{STUB}BatchNorm1d().forward(1)")
    assert explained(method, "BatchNorm1d").endswith(": `BatchNorm1d.forward` is not written yet.")
    own = crash("def f(mode):\n    raise NotImplementedError(f'no {mode}')\nf('mode')")
    assert explained(own, "f").endswith(": raised NotImplementedError: no mode")


def test_a_name_of_another_exercise():
    found = crash("def f(x):\n    return batchnorm_forward(x)\nf(1)")
    known = ("f", "batchnorm_forward")
    said = "line 2, `return batchnorm_forward(x)`: `batchnorm_forward` is "
    assert explained(found, "f", known) == f"{said}another exercise of this notebook: run its cell first."
    assert explained(found, "batchnorm_forward", known) == f"{said}not defined."
    assert explained(found) == f"{said}not defined."


def test_what_the_learner_raises_is_not_taken_for_pythons_own():
    for error in ("ValueError('duplicate value in axis')", "KeyError('a')", "NameError(\"name 'x' is not defined\")"):
        found = crash(f"raise {error}")
        assert explained(found) == f"line 1, `raise {error}`: raised {found.name}: {found.message}"


def test_a_cure_is_told_only_where_the_shapes_leave_one():
    def said(left, right, operator="*"):
        line = f"a {operator} b"
        return explained(crash(line, a=np.ones(left), b=np.ones(right))).partition(" To go with ")[2]

    assert said((3,), (2, 3, 4, 5)) == "axis 1, a needs shape (3, 1, 1)."
    assert said((2, 3, 4, 5), (3, 5)) == "axes 1 and 3, b needs shape (3, 1, 5)."
    assert said((2, 2, 5), (2,)) == ""  # axis 0 or axis 1
    assert said((7,), (2, 3)) == ""
    assert said((3,), (2, 3, 4), "+=") == ""  # an array that is written to does not grow
    assert said((2, 3, 4), (3,), "+=") == "axis 1, b needs shape (3, 1)."


def test_a_sentence_for_variables_that_changed_since():
    """What the variables are told to be is left out where Python's message shows that they were something else."""
    source = (
        "def f(a, b):\n    try:\n        return a * b\n    finally:\n        a = np.ones(9)\nf(np.ones(2), np.ones(3))"
    )
    assert (
        explained(crash(source))
        == "line 3, `return a * b`: shapes (2,) and (3,) do not line up from the right. b has shape (3,)."
    )
