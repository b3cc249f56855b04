"""Magics that need a front end, an extension or a network: none of them costs the answer below it."""

import nbformat
import pytest
from sandboxed import error, printed, run

from grading.engine.session import CHANGED_SECONDS, Session

ANSWER = "def f(x):\n    return 2 * x"
PASSED_OVER = (
    "%matplotlib widget",
    "%matplotlib notebook",
    "%matplotlib ipympl",
    "%matplotlib qt",
    "%autoreload 2",
    "%autosave 60",
    "%conda install numpy",
    "%load_ext tensorboard",
    "%load helpers.py",
    "%run helpers.py",
    "%tensorflow_version 2.x",
    "%lprun -f f f(1)",
    "%memit f(1)",
    "get_ipython().run_line_magic('matplotlib', 'widget')",
)
WORK = (
    "%matplotlib inline",
    "%matplotlib agg",
    "%load_ext autoreload",
    "%config InlineBackend.figure_format = 'retina'",
    "%pip install numpy",
    "%time 1 + 1",
    "%%time",
    "%%capture",
    "!echo",
    "%cd /content",
)


@pytest.mark.parametrize("magic", PASSED_OVER)
def test_a_magic_that_does_not_work_here_is_passed_over_with_a_note(child, magic):
    told = run(child, f"{magic}\n{ANSWER}")
    name = magic.split()[0].lstrip("%") if magic.startswith("%") else "matplotlib"
    assert f"[%{name}" in told
    assert "passed over" in told
    assert len(told.splitlines()) == 1
    assert child.call("f", 2) == 4


@pytest.mark.parametrize("magic", WORK)
def test_a_magic_that_works_here_does(child, magic):
    result = child.run_cell(f"{magic}\n{ANSWER}")
    assert "passed over" not in printed(result.outputs)
    assert child.call("f", 2) == 4


@pytest.mark.parametrize("line", ["%pylab inline", "%pylab", "%pylab widget", "%pylab qt", "%pylab notebook"])
def test_pylab_defines_what_its_inline_variant_defines_and_hides_no_answer(child, line):
    """The answer may have a name of pylab's, too."""
    told = run(
        child, f"{line}\ndef sinc(x):\n    return 2 * x\nplt.figure(); pi, figsize, display\nprint(np.sum([1, 2]))"
    )
    assert told.endswith("3\n")
    assert ("read as %pylab inline" in told) == (line not in ("%pylab inline", "%pylab"))
    assert child.has("sinc")
    assert child.call("sinc", 2) == 4
    assert not child.has("cosh")  # nobody's answer


def test_pylab_without_its_names_leaves_those_of_the_learner_alone(child):
    run(child, "%pylab inline --no-import-all\nassert 'linspace' not in globals() and np and plt")


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("import google.colab", "google.colab"),
        ("from google.colab import drive, files\ndrive.mount('/content/drive')\nfiles.upload()", "google.colab"),
        (
            "import numpy as np, google.colab.drive as drive\ndrive.flush_and_unmount()\nnp.ones(2)",
            "google.colab.drive",
        ),
        ("from ipywidgets import *", "ipywidgets"),
        ("%matplotlib inline\nimport ipympl", "ipympl"),
        ("import piplite\nawait piplite.install('numpy')", "piplite"),
        ("from ipywidgets import interact\n@interact", "ipywidgets"),
        ("%%time\nimport kaggle_secrets", "kaggle_secrets"),
    ],
)
def test_the_import_of_a_front_end_is_passed_over_with_a_note(child, line, module):
    told = run(child, f"{line}\n{ANSWER}")
    assert told.splitlines()[0] == f"[{module} needs a front end; when grading its import was passed over]"
    assert child.call("f", 2) == 4


def test_code_that_asks_whether_there_is_a_front_end_gets_its_answer(child):
    asks = "try:\n    import google.colab\n    colab = True\nexcept ImportError:\n    colab = False\n"
    assert run(child, f"{asks}import sys\nprint(colab, 'google.colab' in sys.modules)") == "False False\n"


def test_another_module_that_is_not_there_is_an_error_as_ever(child):
    told = error(child, "import no_such_module")
    assert told["ename"] == "ModuleNotFoundError"


def test_a_magic_sees_the_names_of_the_cell_and_fails_as_the_code_behind_it_does(child):
    run(child, "a = 3\n%env A=$a\nimport os\nassert os.environ['A'] == '3'")
    run(child, "%time b = a + 1\nassert b == 4")
    assert "ZeroDivisionError" in str(child.run_cell("%timeit -n1 -r1 1 / 0").outputs)


def test_what_was_put_into_a_released_cell_uses_up_no_time_of_the_answers(box):
    def cell(source, **about):
        return nbformat.v4.new_code_cell(source, metadata={"batchnorm": about} if about else {})

    long = "import time\ntime.sleep(60)"
    notebook = nbformat.v4.new_notebook(cells=[cell(long, added=True, changed="plot"), cell("def f():\n    return 1")])
    with Session(box, notebook) as session:
        with session.request() as child:
            assert child.call("f") == 1
        [line] = session.irregular
    assert f"stopped after {CHANGED_SECONDS:g} s" in line
