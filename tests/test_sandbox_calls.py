"""The grader works on the learner's functions and objects in the real sandbox: values, errors, ended processes."""

import time

import numpy as np
import pytest
from sandboxed import error, run

from course.errors import ChildDied, LearnerError, TimeLimit, WireError
from course.kit.crash import Crash
from course.kit.explain import explained
from grading.sandbox.wire import Handle, Room


def test_a_call_carries_values_both_ways(child):
    run(child, "def f(x, *, eps=0.0):\n    return x + eps, {'mean': x.mean(), 'n': len(x)}")
    y, rest = child.call("f", np.array([1.0, 3.0]), eps=1.0)
    np.testing.assert_array_equal(y, [2.0, 4.0])
    assert rest == {"mean": 2.0, "n": 2}
    assert type(rest["mean"]) is np.float64


def test_names(child):
    run(child, "def f(): pass\nx = None")
    assert child.has("f")
    assert child.has("x")
    assert not child.has("g")
    assert not child.has("get_ipython")
    with pytest.raises(LearnerError, match="NameError: name 'g' is not defined"):
        child.call("g")


def test_changed_arguments_are_changed_here_too(child):
    run(child, "def f(x, more):\n    x -= 1; more[0][...] = 7; return x")
    x, y, same = np.array([1.0, 2.0]), np.zeros(2, "f4"), np.zeros(3)
    child.call("f", x, [y, same])
    np.testing.assert_array_equal(x, [0.0, 1.0])
    np.testing.assert_array_equal(y, [7.0, 7.0])
    np.testing.assert_array_equal(same, 0)
    frozen = np.zeros(2)
    frozen.flags.writeable = False
    with pytest.raises(LearnerError, match="read-only"):
        child.call("f", frozen, [y])


def test_a_class_stays_in_the_child(child):
    run(
        child,
        """
import numpy as np
class Layer:
    def __init__(self, n): self.gamma = np.ones(n); self.training = True
    def eval(self): self.training = False
    def __call__(self, x): return x * self.gamma, Cache(x)
    def backward(self, dy, cache): return dy * cache.x
class Cache:
    def __init__(self, x): self.x = x
""",
    )
    layer = child.call("Layer", 2)
    assert isinstance(layer, Handle)
    assert layer.type_name == "Layer"
    child.set(layer, "gamma", np.array([2.0, 3.0]))
    np.testing.assert_array_equal(child.get(layer, "gamma"), [2.0, 3.0])
    assert child.get(layer, "training") is True
    assert child.method(layer, "eval") is None
    assert child.get(layer, "training") is False
    y, cache = child.call(layer, np.array([1.0, 2.0]))
    np.testing.assert_array_equal(y, [2.0, 6.0])
    np.testing.assert_array_equal(child.method(layer, "backward", np.ones(2), cache), [1.0, 2.0])
    with pytest.raises(LearnerError, match="AttributeError"):
        child.get(layer, "beta")


def test_a_named_tuple_goes_back_as_itself(child):
    run(
        child,
        "from collections import namedtuple\nCache = namedtuple('Cache', 'x')\n"
        "def forward(x): return x, Cache(x)\ndef backward(c): return c.x",
    )
    _, cache = child.call("forward", np.arange(2.0))
    assert isinstance(cache, tuple)
    np.testing.assert_array_equal(cache[0], [0.0, 1.0])
    np.testing.assert_array_equal(child.call("backward", cache), [0.0, 1.0])


def test_functions_as_arguments_call_back(child):
    run(
        child,
        "def slope(f, x, h): return (f(x + h) - f(x - h)) / (2 * h)\ndef many(f):\n    for _ in range(99): f(0)",
    )
    np.testing.assert_allclose(child.call("slope", np.square, np.array([1.0, 2.0]), 0.5), [2.0, 4.0])
    with pytest.raises(LearnerError, match="more than 50 times"):
        child.call("many", abs)
    with pytest.raises(LearnerError, match="TypeError"):
        child.call("many", lambda: 0)
    assert child.alive


def test_functions_of_the_graders_answer_under_the_learners_names_for_one_request(child):
    run(
        child,
        "def base(x): return -x\nkept = []\n"
        "def built(x):\n    kept.append(base); return base(x) + 1\n"
        "def later(x): return kept[1](x)\ndef asks(x): return missing(x)\n"
        "def many():\n    for _ in range(99): base(0)\n"
        "def lends(x): return base(lambda y: inner(y))\ndef inner(y): return base(y)\n"
        "class Layer:\n    def __call__(self, x): return base(x)\n    @property\n    def size(self): return base(3)",
    )
    layer = child.call("Layer")
    assert [child.call("built", 2), child.call(layer, 2), child.get(layer, "size")] == [-1, -2, -3]
    child.answers = {"base": lambda x: child.call(x, 5) if isinstance(x, Handle) else 10 * x, "missing": abs}
    assert [child.call("built", 2), child.call(layer, 2), child.get(layer, "size")] == [21, 20, 30]
    assert child.call("lends", 2) == 50  # a request that an answer makes finds the same answers
    assert child.call("asks", -3) == 3
    with pytest.raises(LearnerError, match="a function was called more than 50 times"):
        child.call("many")
    child.answers = {}
    assert child.call("built", 2) == -1
    assert not child.has("missing")
    with pytest.raises(LearnerError, match="belongs to an earlier call"):
        child.call("later", 2)


def test_the_time_of_an_answer_is_the_learners_own(child):
    """Of what a test passes it is not: these functions a test chooses, and the learner how often others are asked."""
    run(child, "def many():\n    for _ in range(20): base()\ndef passed(f):\n    for _ in range(20): f()")
    child.call("passed", lambda: time.sleep(0.05), seconds=0.5)
    child.answers = {"base": lambda: time.sleep(0.05)}
    with pytest.raises(TimeLimit):
        child.call("many", seconds=0.5)


def test_functions_get_no_more_numbers_than_they_can_work_with(child):
    """The grader's function would broadcast them; all its calls in one request count together."""
    run(
        child,
        "import numpy as np\n"
        "def wide(f): return f(np.zeros((4_000_000, 1, 1), np.int8))\n"
        "def many(f):\n    for _ in range(30): f(np.zeros(10_000))",
    )
    called = []
    for name, times in (("wide", 0), ("many", 20)):
        with pytest.raises(LearnerError, match="RuntimeError: a function was called with more than 200000 numbers"):
            child.call(name, lambda x: called.append(x.size) or 0)
        assert called == [10_000] * (times - (name == "many"))
        called.clear()


@pytest.mark.parametrize(
    "result",
    [
        "[np.ones((1000, 1000))] * 250",
        "np.zeros(20_000_000, np.int8)",
        "[0.5] * 15_000",
        "['x' * 15_000]",
        "{'x' * 15_000: 1}",
    ],
)
def test_a_result_is_close_to_its_arguments_in_size(child, result):
    run(child, f"import numpy as np\ndef large(x): return {result}\ndef right(x): return [x] * 20")
    with pytest.raises(WireError, match="it holds more than 12260 numbers"):
        child.call("large", np.ones(10))
    assert child.alive  # it was told so, and sent nothing else
    assert len(child.call("right", np.ones(10_000))) == 20


def test_all_results_together_have_a_limit_too(child):
    run(child, "def f(x): return x")
    child.room = Room(250, "all hold")
    for _ in range(2):
        child.call("f", np.ones(100))
    for _ in range(2):
        with pytest.raises(WireError, match="all hold more than 250 numbers"):
            child.call("f", np.ones(100))
    assert child.alive


def test_a_function_as_argument_may_use_the_learners_objects(child):
    run(child, "def twice(f, x): return f(f(x))\ndef add(x): return x + 1")
    assert child.call("twice", lambda x: child.call("add", x), 1) == 3


def test_a_function_kept_for_later_is_refused(child):
    run(child, "def keep(f):\n    global g\n    g = f\ndef use(): return g(1)")
    child.call("keep", abs)
    with pytest.raises(LearnerError, match="earlier call"):
        child.call("use")


def test_the_graders_own_mistakes_are_type_errors(child):
    with pytest.raises(TypeError):
        child.call("f", object())
    with pytest.raises(TypeError):
        child.call("f", np.array([None]))
    assert child.alive


def test_an_exception_comes_back_with_the_learners_frames(child):
    run(child, "def f(x):\n    return g(x)\ndef g(x):\n    raise ValueError('no ' + x)")
    with pytest.raises(LearnerError) as caught:
        child.call("f", "way")
    assert (caught.value.name, caught.value.message) == ("ValueError", "no way")
    lines = caught.value.traceback.splitlines()
    assert lines[1:3] == ['  File "<cell 1>", line 2, in f', "    return g(x)"]
    assert lines[-1] == "ValueError: no way"


def test_a_crash_comes_with_the_learners_line_and_its_variables(child):
    run(child, "import numpy as np\nepsilon = 1e-5")
    run(child, "# a line before\ndef scale(x, gamma):\n    'y'\n\n    return gamma * x + epsilon")
    with pytest.raises(LearnerError) as caught:
        child.call("scale", np.ones((2, 3, 4, 5)), np.ones(3))
    assert caught.value.crash == Crash(
        name="ValueError",
        message="operands could not be broadcast together with shapes (3,) (2,3,4,5)",
        line=5,
        text="return gamma * x + epsilon",
        function="scale",
        names={"gamma": "shape (3,)", "x": "shape (2, 3, 4, 5)", "epsilon": "1e-05"},
        part="gamma * x",
    )


def test_the_line_of_a_crash_is_the_learners_last(child):
    run(
        child,
        "import numpy as np\ndef through(f, x):\n    return f(x)\ndef numpys(x):\n    return np.linalg.inv(x)\n"
        "class Layer:\n    def forward(self, x):\n        raise NotImplementedError()",
    )
    with pytest.raises(LearnerError) as caught:
        child.call("through", lambda x: x + np.ones(5), np.ones(3))
    assert (caught.value.crash.line, caught.value.crash.text) == (3, "return f(x)")
    with pytest.raises(LearnerError) as caught:
        child.call("numpys", np.ones((2, 3)))
    assert (
        explained(caught.value.crash)
        == "line 5, `return np.linalg.inv(x)`: a square matrix is needed here. x has shape (2, 3)."
    )
    with pytest.raises(LearnerError) as caught:
        child.method(child.call("Layer"), "forward", 1)
    assert (caught.value.crash.line, caught.value.crash.function) == (8, "Layer.forward")
    with pytest.raises(LearnerError) as caught:
        child.call("numpys", 1, 2, 3)
    assert explained(caught.value.crash) == "`numpys` takes 1 argument by position; 3 were given."


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("return f()", "RecursionError"),
        ("raise SystemExit", "SystemExit"),
        ("import sys; sys.exit(0)", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("class Odd(BaseException):\n        def __str__(self): return 1 / 0\n    raise Odd", "Odd"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("return bytearray(1 << 40)", "MemoryError"),
    ],
)
def test_whatever_is_raised_is_reported(child, body, name):
    run(child, f"def f():\n    {body}")
    with pytest.raises(LearnerError) as caught:
        child.call("f")
    assert caught.value.name == name
    assert caught.value.crash.name == name
    assert len(caught.value.traceback) < 10_000
    assert error(child, f"def f():\n    {body}\nf()")["ename"] == name
    assert run(child, "print('still here')") == "still here\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("import os; os._exit(0)", "exit code 0"),
        ("import os; os._exit(3)", "exit code 3"),
        ("import ctypes; ctypes.string_at(0)", "signal 11"),
        ("import os; os.closerange(3, 99)", "exit code"),
    ],
)
def test_an_ended_process_is_reported(box, body, reason):
    with box.start() as child:
        run(child, f"def f():\n    {body}")
        with pytest.raises(ChildDied, match=reason):
            child.call("f")
        assert not child.alive
        assert child.usage.max_rss_bytes > 0
        with pytest.raises(ChildDied, match=reason):
            child.run_cell("1")
    with box.start() as child, pytest.raises(ChildDied, match=reason):
        child.run_cell(body)


def test_what_a_call_does_to_a_list_is_seen_here_too(child):
    run(
        child,
        "def f(batches, pair):\n    batches.pop(0); pair[1].reverse(); pair[1].append(5)\n    return len(batches)",
    )
    first, second = np.zeros(2), np.ones(2)
    batches, inner = [first, second], [1, 2]
    assert child.call("f", batches, (0, inner)) == 1
    assert len(batches) == 1
    assert batches[0] is second
    assert inner == [2, 1, None]
    run(child, "def g(batches): return 0")
    assert child.call("g", batches) == 0
    assert batches == [second]


def test_an_array_that_is_set_is_written_into_the_layers_own(child):
    run(
        child,
        "import numpy as np\nclass Layer:\n"
        "    def __init__(self): self.gamma = np.ones((2, 2)); self.rows = list(self.gamma)\n"
        "    def row(self): return self.rows[1]",
    )
    layer = child.call("Layer")
    child.set(layer, "gamma", np.full((2, 2), 7.0))
    np.testing.assert_array_equal(child.method(layer, "row"), [7.0, 7.0])


@pytest.mark.parametrize(
    "reply",
    [[[0]], [[0, [9]]], [[5, []]], [["a", []]], [[0, "x"]], 3, [[0, [0] * 100]], [[0, [True]]], [[0, [0, 0]]] * 2],
)
def test_a_forged_change_of_a_list_is_refused(child, reply):
    forge = f"""
import gc
for thing in gc.get_objects():
    if type(thing).__name__ == "Server":
        send = thing._encoder
        def encoder(room, send=send):
            made = send(room)
            frame = made.frame
            made.frame = lambda message: frame({{**message, "lists": {reply!r}}} if "value" in message else message)
            return made
        thing._encoder = encoder
def f(x): return 1
"""
    run(child, forge)
    with pytest.raises(WireError):
        child.call("f", [1, 2])
    assert not child.alive
