"""What a learner's process sends costs the grader little, whatever it is, and costs nobody else anything."""

import contextlib
import json
import os
import subprocess
import sys
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from conftest import ROOT
from nbformat.v4 import new_code_cell, new_notebook
from sandboxed import LIMITS

from course.chapter import Chapter, HiddenTest
from course.errors import LearnerError, MachineError, TimeLimit, WireError
from course.examination.examine import run_test
from course.examination.learner import InProcess, Learner
from course.kit import laws
from course.kit.values import real_array
from grading.engine.session import InSandbox, Session
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.outputs import NotebookRoom, size
from grading.sandbox.warm import Sandbox
from solutions.project import Network


def session_of(box, *texts):
    """A session in which an exercise has begun, of a notebook with these cells."""
    session = Session(box, new_notebook(cells=[new_code_cell(text) for text in texts]))
    session.child()
    session.begin_exercise()
    return session


@pytest.fixture(scope="module")
def hasty():
    """A sandbox in which an exercise has a second, and its results have room for 20,000 numbers."""
    with Sandbox(replace(LIMITS, exercise_seconds=1, exercise_numbers=20_000)) as box:
        yield box


SLOW = """
import shell, time
class Layer:
    @property
    def gamma(self): time.sleep(0.7)
    @gamma.setter
    def gamma(self, value): time.sleep(0.7)
work = shell.Server._work
"""


@pytest.mark.parametrize(
    "use",
    [
        lambda target, layer: target.get(layer, "gamma"),
        lambda target, layer: target.set(layer, "gamma", 1.0),
        lambda target, layer: target.method(layer, "__getattribute__", ("gamma",), {}),
    ],
    ids=["read", "set", "call"],
)
def test_attributes_take_their_time_from_the_exercise(hasty, use):
    with session_of(hasty, SLOW) as session:
        target = InSandbox(session)
        layer = target.call("Layer", (), {})
        with contextlib.suppress(TimeLimit):  # on a busy machine
            use(target, layer)
        with pytest.raises(TimeLimit):
            use(target, layer)


def test_to_look_for_a_function_takes_its_time_from_the_exercise(hasty):
    slow = "shell.Server._work = lambda self, message, decoder: time.sleep(0.7) or False"
    with session_of(hasty, SLOW, slow) as session:
        target = InSandbox(session)
        with pytest.raises((LearnerError, TimeLimit)):
            target.call("missing", (), {})
        with pytest.raises(TimeLimit):
            target.call("missing", (), {})


def test_all_results_of_an_exercise_have_room_together_and_the_next_one_begins_anew(hasty):
    with session_of(hasty, "import numpy as np\ndef f(): return np.zeros(4_000)") as session:
        target = InSandbox(session)
        for _ in range(2):
            for _ in range(4):
                target.call("f", (), {})
            with pytest.raises(WireError, match="all results of this exercise together hold more than 20000 numbers"):
                target.call("f", (), {})
            session.begin_exercise()


# ------------------------------------------------------------------ outputs

ERRORS = "import shell\nerror = {'output_type': 'error', 'ename': 'E', 'evalue': '', 'traceback': ['x' * 9_000]}\n"


def test_errors_count_among_the_outputs_of_a_notebook(hasty):
    forge = "shell.Outputs.take = lambda self: [error] * 10"
    with session_of(hasty, ERRORS + forge, *("1" + "\n" * k for k in range(30))) as session:
        total = sum(size(output) for outputs in session.outputs.values() for output in outputs)
        assert total < 8 * LIMITS.output_bytes + 30 * 1_000
        assert len(session.outputs) == 31


def test_where_a_notebook_prints_too_much_a_cell_keeps_the_end_of_its_error():
    def error(message):
        return {"output_type": "error", "ename": "E", "evalue": message, "traceback": ["frame", f"E: {message}"]}

    room = NotebookRoom(1_000)
    text = {"output_type": "stream", "name": "stdout", "text": "x" * 7_900}
    assert room.kept([text]) == [text]
    word, kept = room.kept([text, error("first"), error("x" * 10_000)])
    assert "the notebook prints too much" in word["text"]
    assert kept["evalue"] == "x" * 200
    assert size(kept) < 1_000
    assert room.kept([error("short")]) == [error("short")]  # for this there is room


# ------------------------------------------------------------------ memory

ENTRIES = "import numpy as np\n"
FORGED_HEADER = """
import gc, socket, struct
sock = next(s for s in gc.get_objects() if isinstance(s, socket.socket) and s.fileno() >= 0)
def header(*args):
    data = b'[' + b'[],' * 2_700_000 + b'0]'
    sock.sendall(struct.pack('!II', len(data), 0) + data)
"""
#: By name a cell, and the result of what it defines as f.
HOSTILE = {
    "one array many times": "def f(*args): return [np.ones((1000, 1000))] * 250",
    "small numbers for large ones": "def f(*args): return np.zeros(20_000_000, np.int8)",
    "a short array many times": "def f(*args): return [np.ones(1500)] * 400",
    "words of many letters": "def f(*args): return ['x' * 1_000_000] + ['a'] * 300",
    "many parts": "def f(*args): return [0.5] * 90_000",
    "two that broadcast": "def f(*args): return np.zeros((5, 10_000)), np.zeros((20_000, 1, 1))",
    "a long call back": "def f(g, *args): return g(np.zeros((4_000_000, 1, 1), np.int8))",
    "many long calls back": "def f(g, *args):\n    for _ in range(9_000): g(np.zeros((10_000, 1, 1)))",
    "a header of brackets": FORGED_HEADER + "f = header",
    "errors in every cell": "for _ in range(900):\n"
    "    get_ipython().showtraceback((ValueError, ValueError('x' * 2000), None))",
}


def judge_all() -> dict[str, float]:
    """In a fresh process: by hostile answer the peak of this process's memory in MB, the first for an honest one."""
    import resource

    from course.examination import expect
    from course.examination.traces import same_value, trace_of
    from course.kit.values import Probe

    probe, x = Probe("cubic", np.ones((4, 3))), np.ones((4, 3))
    found = {}
    with Sandbox(Limits()) as box:
        for name, text in {"right": "def f(g, x, *rest): return x, x", **HOSTILE}.items():
            cells = [text] if name != "errors in every cell" else [f"{text}\n#{k}" for k in range(30)]
            with session_of(box, ENTRIES, *cells) as session:
                learner = Learner(InSandbox(session))
                try:
                    result = learner.f(probe, x, [x])
                    for part in result:
                        expect.sums_to_zero(part, 0, 1.0)
                    _ = x @ np.zeros((3, 5)) @ result[0] + result[1]  # as hidden tests of two results do
                except (WireError, LearnerError, expect.Failed, ValueError):
                    pass
                trace_of(learner.record)
                same_value(getattr(learner.record[-1], "result", None), [x])
            found[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def test_no_answer_takes_much_of_the_graders_memory():
    """Measured in a process of its own: a peak is for life."""
    code = "import json, test_judging; print(json.dumps(test_judging.judge_all()))"
    paths = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **paths},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    first = found["right"]
    assert found.keys() == {"right", *HOSTILE}
    assert max(found.values()) - first < 150, found
    assert Limits().reply_bytes < 10 * MIB


# ------------------------------------------------------------------ what judges make of small results


def peak_of(work) -> float:
    """The most memory that Python and NumPy take during some work, in MB."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


class Net:
    """A network with these parameters, whose labels are huge numbers."""

    def __init__(self, params):
        self.params, self.raw = params, self

    def fit(self, *args):
        pass

    def predict(self, x):
        return np.arange(len(x)) * 5_000_000


WIDE = {"W": np.ones((4, 3_000)), "V": np.ones((3_000, 3)), "scale": np.ones(3_000), "shift": np.zeros(3_000)}


@pytest.mark.parametrize(
    "work",
    [
        lambda: real_array(["x" * 50_000, *["a"] * 300]),
        lambda: laws._Twin(Net(WIDE), WIDE, np.ones((6, 4)), np.zeros(6, int), 4, 3, 0),
        lambda: laws._settled_labels(Net({"W": np.ones((4, 3))}), np.ones((6, 4)), np.zeros(6, int), 0),
    ],
    ids=["words as wide as the longest", "weights between many units", "a count for each label"],
)
def test_a_judge_makes_nothing_large_of_a_small_result(work):
    assert peak_of(work) < 20


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError(), "the grader has run out of memory"),
        (FileNotFoundError(2, "No such file", "digits.csv"), "the hidden test cannot read or write a file: .*digits"),
    ],
)
def test_what_the_grader_lacks_is_the_machines_failure(error, told):
    def run(learner, rng):
        raise error

    with pytest.raises(MachineError, match=told):
        run_test(HiddenTest("f", "values", run, "it is right", 1.0, (), False), Learner(InProcess({})), 0)


def test_of_what_a_judge_asks_the_last_step_alone_is_kept():
    """A judge asks a network thousands of times, each time with all parameters."""

    class Breaks(Network):
        calls = 0

        def loss_and_gradients(self, x, y):
            self.calls += 1
            if self.calls == 40:
                raise ValueError("the fortieth")
            return super().loss_and_gradients(x, y)

    test = next(t for t in Chapter("project").hidden_tests("Network") if t.property == "gradients_of_the_weights")
    outcome = run_test(test, Learner(InProcess({"Network": Breaks})), 0)
    assert [step.do for step in outcome.record] == ["call", "method"]
    assert outcome.record[-1].raised == "ValueError"
    assert "the fortieth" in outcome.problem.text
