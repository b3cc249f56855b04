"""A learner's cells run in the real sandbox as in Jupyter, and their outputs are a notebook's."""

from sandboxed import error, printed, run


def test_outputs_are_notebook_outputs(child):
    result = child.run_cell(
        "import sys\nprint('a')\nprint('b', file=sys.stderr)\nfrom IPython.display import HTML, display\n"
        "display(HTML('<b>c</b>'))\n1 + 1"
    )
    kinds = [(o["output_type"], o.get("name")) for o in result.outputs]
    assert kinds == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("display_data", None),
        ("execute_result", None),
    ]
    assert result.outputs[2]["data"]["text/html"] == "<b>c</b>"
    assert result.outputs[3]["data"] == {"text/plain": "2"}
    assert result.outputs[3]["execution_count"] == 1


def test_an_exception_shows_the_learners_lines_and_stops_no_later_cell(child):
    assert run(child, "x = 1") == ""
    raised = error(child, "def f():\n    return x / 0\nf()")
    assert (raised["ename"], raised["evalue"]) == ("ZeroDivisionError", "division by zero")
    assert "    return x / 0" in raised["traceback"]
    assert raised["traceback"][1] == '  File "<cell 2>", line 3, in <module>'
    assert error(child, "def f(:\n")["ename"] == "SyntaxError"
    assert error(child, "if True:\nx")["ename"] == "IndentationError"
    assert run(child, "print(x)") == "1\n"


def test_magics_and_await_work(child):
    assert (
        run(child, "%matplotlib inline\n%precision 3\nimport asyncio\nawait asyncio.sleep(0)\nprint('yes')") == "yes\n"
    )
    assert "shell\n" in run(child, "!echo shell")


def test_figures_are_shown_without_complaint_and_not_rendered(child):
    result = child.run_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()\nplt.hist([1]);")
    assert result.ok
    assert printed(result.outputs) == ""
    assert all("image/png" not in output.get("data", {}) for output in result.outputs)
    assert run(child, "print(plt.get_fignums())") == "[]\n"


def test_output_past_python_is_kept(child):
    text = run(child, "import os\nos.write(1, b'one'); os.write(2, b'two'); os.system('echo three');")
    assert text == "onetwothree\n"


def test_files_are_there_and_importable(child):
    assert run(child, "from check import check\nprint(check(1), open('key.json').read())") == "2 {}\n"
    assert error(child, "open('check.py', 'w')")["ename"] == "OSError"


def test_input_raises_at_once(child):
    assert error(child, "input('name? ')")["ename"] == "RuntimeError"


def test_the_seed_of_a_child_is_the_graders(box):
    source = "import numpy as np, random; print(np.random.rand(), random.random())"
    with box.start(seed=1) as one, box.start(seed=1) as same, box.start(seed=2) as other, box.start() as free:
        first = run(one, source)
        assert run(same, source) == first
        assert run(other, source) != first
        assert run(free, source) != first


def test_no_script_is_an_output(child):
    source = "from IPython.display import Javascript, display\ndisplay(Javascript('alert(1)'))"
    assert [set(output["data"]) for output in child.run_cell(source).outputs] == [{"text/plain"}]
