"""What a learner's process sends is a stranger's word: only numbers are results, and forged replies earn nothing."""

import time

import numpy as np
import pytest
from sandboxed import FORGE, run

from course.errors import LearnerError, WireError
from grading.sandbox.wire import Handle


@pytest.mark.parametrize(
    "made",
    [
        "np.array([None])",
        "np.array([None]).view(Always)",
        "np.ma.masked_array([1.0, 2.0], [True, False])",
        "np.array([1j])",
        "object()",
        "type('F', (float,), {'__eq__': lambda *a: True})(1)",
    ],
)
def test_an_object_that_answers_for_itself_stays_where_it_is(child, made):
    run(child, "import numpy as np\nclass Always(np.ndarray):\n    def __eq__(self, other): return True")
    run(child, f"import warnings; warnings.simplefilter('ignore')\ndef f(): return {made}")
    assert type(child.call("f")) is Handle


@pytest.mark.parametrize(
    "made",
    ["x.view(Always)", "np.matrix(x)", "np.ma.masked_array(x)", "x.astype(np.longdouble)", "x.view(np.recarray)"],
)
def test_numbers_of_another_kind_come_as_plain_arrays(child, made):
    """None of the class's methods comes with them."""
    always = "class Always(np.ndarray):\n    def __eq__(self, other): return True\n    __array__ = tobytes = __eq__"
    run(child, f"import numpy as np, warnings; warnings.simplefilter('ignore')\n{always}")
    run(child, f"def f(x): return {made}, [{made}], {{'k': {made}}}")
    x = np.array([[1.5, -2.0]])
    for part in [(found := child.call("f", x))[0], found[1][0], found[2]["k"]]:
        assert (type(part), part.dtype) == (np.ndarray, np.float64)
        np.testing.assert_array_equal(part, x)
    run(child, "def g(x): return np.longdouble(x.sum())")
    assert (child.call("g", x), type(child.call("g", x))) == (-0.5, np.float64)


def test_a_result_too_large_is_refused_and_the_child_lives(child):
    run(child, "import numpy as np\ndef f(n): return np.broadcast_to(0.0, (n,))\ndef g(): return [0] * 10**6")
    for name, args in (("f", [1 << 40]), ("f", [1 << 20]), ("g", [])):
        with pytest.raises(WireError):
            child.call(name, *args)
    assert child.call("f", 2).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    "forged",
    [
        "forge({'id': 'x' * 16, **good})",
        "forge({'id': None, **good})",
        "forge(good)",
        "forge(b'', lengths=(2**32 - 1, 2**32 - 1))",
        "forge(b'[' * 100_000)",
        "os.write(sock.fileno(), b'rubbish' * 9)",
    ],
)
def test_forged_frames_earn_nothing(box, forged):
    with box.start() as child:
        run(child, FORGE + "def f(): return 1")
        child.run_cell(f"import threading\nthreading.Timer(0.05, lambda: {forged}).start()")
        time.sleep(0.2)
        with pytest.raises(WireError):
            child.call("f")
        assert not child.alive


@pytest.mark.parametrize(
    "forged",
    [
        "{'id': me, 'ok': True}",
        "{'id': me, 'ok': True, 'value': {'array': 0}, 'changed': []}",
        "{'id': me, 'ok': True, 'value': 1, 'changed': [[0, 1]]}",
        "{'id': me, 'ok': True, 'value': 1, 'changed': [[99, 1]]}",
        "{'id': me, 'ok': True, 'value': {'list': [0] * 15_000}, 'changed': []}",
        "{'id': me, 'ok': False, 'error': 'x'}",
        "{'id': me, 'ok': False, 'error': {'name': 1, 'message': [], 'traceback': {}}}",
        "{'id': me, 'refused': 5}",
        "{'id': me, 'callback': 'x', 'args': {'tuple': []}, 'kwargs': {'dict': []}}",
        "{'id': me, 'callback': 0, 'args': 1, 'kwargs': 1}",
        "{'id': me, 'ok': True, 'outputs': []}",
    ],
)
def test_replies_of_the_wrong_form_are_wire_errors(box, forged):
    with box.start() as child:
        forge_the_reply(child, forged)
        with pytest.raises(WireError):
            child.call("f", np.zeros(1))


def forge_the_reply(child, forged):
    """Define `f`, which answers the grader's request itself."""
    run(
        child,
        FORGE + f"import inspect\ndef f(x):\n    me = request()\n    forge({{**{forged}, 'arrays': []}})",
    )
    run(
        child,
        "def request():\n    frame = inspect.currentframe()\n"
        "    while not {'message', 'decoder'} <= set(frame.f_locals): frame = frame.f_back\n"
        "    return frame.f_locals['message']['id']",
    )


@pytest.mark.parametrize(
    "crash",
    [
        "5",
        "{}",
        "{'name': 1}",
        "{'name': 'E', 'line': '3'}",
        "{'name': 'E', 'line': 1e300}",
        "{'name': 'E', 'names': [[]]}",
        "{'name': 'E', 'names': {'x': []}}",
    ],
)
def test_a_forged_crash_of_the_wrong_form_is_none(box, crash):
    with box.start() as child:
        error = "{'name': 'E', 'message': '', 'traceback': ''"
        forge_the_reply(child, f"{{'id': me, 'ok': False, 'error': {error}, 'crash': {crash}}}}}")
        with pytest.raises(LearnerError) as caught:
            child.call("f", np.zeros(1))
        assert (caught.value.name, caught.value.crash) == ("E", None)


def test_a_forged_crash_is_clipped(box):
    with box.start() as child:
        names = "{str(k): 'x' * 999 for k in range(99)}"
        crash = f"{{'name': 'E' * 999, 'message': chr(27) * 9_999, 'line': 3, 'names': {names}}}"
        error = "{'name': 'E', 'message': '', 'traceback': ''"
        forge_the_reply(child, f"{{'id': me, 'ok': False, 'error': {error}, 'crash': {crash}}}}}")
        with pytest.raises(LearnerError) as caught:
            child.call("f", np.zeros(1))
        found = caught.value.crash
        assert (found.line, len(found.name), len(found.message), len(found.names)) == (3, 200, 500, 8)
        assert found.message.isprintable()
        assert all(len(words) == 120 for words in found.names.values())


@pytest.mark.parametrize(
    "outputs",
    [
        "None",
        "[1]",
        "[{'output_type': 'html'}]",
        "[{'output_type': 'stream', 'text': 1}]",
        "[{'output_type': 'display_data', 'data': {'text/html': {}}}]",
        "[{'output_type': 'error', 'ename': 'E', 'evalue': '', 'traceback': 'x'}]",
        "[{'output_type': 'stream', 'text': 'x' * 5_000_000}]",
        "[{'output_type': 'stream', 'text': ''}] * 100_000",
        "[{'output_type': 'error', 'ename': 'E', 'evalue': '', 'traceback': ['x' * 999] * 99}]",
        "[{'output_type': 'error', 'ename': 'E', 'evalue': 'x' * 9_999, 'traceback': ['']}] * 99",
    ],
)
def test_outputs_of_the_wrong_form_are_wire_errors(child, outputs):
    with pytest.raises(WireError):
        child.run_cell(f"from shell import Outputs\nOutputs.take = lambda self: {outputs}")
    assert not child.alive
