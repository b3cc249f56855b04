"""What has met a limit of time or memory is graded once more, alone, before it is believed; and that is bounded."""

import threading
from types import SimpleNamespace

import pytest
from conftest import wait_until
from nbformat.v4 import new_code_cell, new_notebook

from course.errors import ChildDied, CourseError, LearnerError, MachineError, TimeLimit
from grading.engine import alone
from grading.engine import grade as engine
from grading.engine.alone import Turns
from grading.engine.session import InSandbox, Session
from grading.engine.verdict import ExerciseVerdict, Verdict
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.warm import Sandbox


def in_thread(block, log, name):
    """Start a thread that enters a block, notes its name, and leaves when it is let go; return it and the lock."""
    go = threading.Event()

    def work():
        with block():
            log.append(name)
            go.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    return SimpleNamespace(thread=thread, go=go.set)


def test_many_work_together_and_one_alone():
    turns, log = Turns(), []
    first, second = (in_thread(turns.together, log, name) for name in ("first", "second"))
    wait_until(lambda: len(log) == 2)
    single = in_thread(turns.alone, log, "alone")
    wait_until(lambda: turns._waiting)
    late = in_thread(turns.together, log, "late")
    first.go()
    first.thread.join()
    assert len(log) == 2  # the second one still works
    second.go()
    wait_until(lambda: len(log) == 3)
    assert log[2] == "alone"  # before the late one, who came when it was waiting
    single.go()
    late.go()
    for one in (second, single, late):
        one.thread.join()
    assert log == [*log[:2], "alone", "late"]


def test_who_fails_makes_room():
    turns = Turns()
    for block in (turns.together, turns.alone, turns.together):
        with pytest.raises(ValueError, match="mine"), block():
            raise ValueError("mine")
    with turns.alone():
        pass


class Graded:
    """Stands for `_grade`: gives one point for each exercise in each run, and notes how it was called.

    In the first run the exercises in `meeting` meet a limit; the values say whether the machine cannot be to blame.
    """

    def __init__(self, meeting, turns):
        self.meeting, self.turns = meeting, turns
        self.runs = []

    def __call__(self, slug, rebuilt, key, sandbox, only, met):
        self.runs.append((only, self.turns._alone))
        met |= self.meeting
        self.meeting = {}
        names = only or ("a", "b", "c")
        points = {name: ExerciseVerdict(name, len(self.runs), 2, []) for name in names}
        return Verdict(points, notes=[f"run {len(self.runs)}"])


@pytest.fixture
def turns(monkeypatch):
    turns = Turns()
    monkeypatch.setattr(engine, "TURNS", turns)
    return turns


def graded(monkeypatch, turns, meeting):
    fake = Graded(meeting, turns)
    monkeypatch.setattr(engine, "_grade", fake)
    return fake, lambda: engine.grade("transform", None, b"", None)


def test_what_met_no_limit_runs_once(monkeypatch, turns):
    fake, grade = graded(monkeypatch, turns, {})
    assert grade().points == 3
    assert fake.runs == [((), False)]


@pytest.mark.parametrize("blameless", [True, False])
def test_what_met_a_limit_runs_once_more_alone(monkeypatch, turns, blameless):
    fake, grade = graded(monkeypatch, turns, {"b": blameless})
    found = grade()
    assert fake.runs == [((), False), (("b",), True)]
    assert {name: e.points for name, e in found.exercises.items()} == {"a": 1, "b": 2, "c": 1}
    assert list(found.exercises) == ["a", "b", "c"]
    assert found.notes == ["run 2"]


def test_when_repeats_have_taken_their_share_of_the_time_what_is_proven_is_believed(monkeypatch, turns):
    monkeypatch.setattr(alone, "SPARE_SECONDS", -1e9)
    fake, grade = graded(monkeypatch, turns, {"b": True})
    assert grade().points == 3
    assert len(fake.runs) == 1


def test_and_what_is_not_proven_is_not_graded(monkeypatch, turns):
    monkeypatch.setattr(alone, "SPARE_SECONDS", -1e9)
    fake, grade = graded(monkeypatch, turns, {"b": True, "c": False})
    with pytest.raises(CourseError, match="grade it again"):
        grade()
    assert len(fake.runs) == 1


def test_repeats_take_no_more_time_than_all_else(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(alone.time, "monotonic", lambda: now[0])
    turns, allowed = Turns(), []
    for _ in range(40):
        with turns.together():
            now[0] += 50
        with turns.alone() as in_time:
            allowed.append(in_time)
            now[0] += 150 * in_time
    most = 40 * 50 + alone.SPARE_SECONDS + 150
    assert 1000 < sum(allowed) * 150 <= most


# ---------------------------------------------------------------- what a session notes


@pytest.fixture(scope="module")
def small():
    limits = Limits(call_seconds=0.6, cell_seconds=0.6, exercise_seconds=1.5, memory_bytes=128 * MIB)
    with Sandbox(limits) as small:
        yield small


@pytest.fixture(scope="module")
def patient():
    """One in which a call may take long, so that on a busy machine, too, another limit is met first."""
    limits = Limits(call_seconds=60, exercise_seconds=1.5, memory_bytes=128 * MIB)
    with Sandbox(limits) as patient:
        yield patient


def session(small, *sources):
    return Session(small, new_notebook(cells=[new_code_cell(source) for source in sources]))


@pytest.mark.parametrize(
    ("body", "error", "met"),
    [
        ("while True: pass", TimeLimit, [True]),
        ("time.sleep(9)", TimeLimit, [False]),
        ("bytearray(1 << 30)", LearnerError, [True]),
        ("many()", ChildDied, [True]),
        ("1 / 0", LearnerError, []),
        ("os._exit(3)", ChildDied, []),
    ],
)
def test_which_limits_are_met_is_noted(small, patient, body, error, met):
    many = (
        "import os, time\ndef many():\n    for _ in range(3):\n"
        "        if os.fork() == 0: x = b'x' * 90_000_000; time.sleep(30)\n    time.sleep(30)"
    )
    with session(patient if error is ChildDied else small, many, f"def f():\n    {body}") as mine:
        mine.begin_exercise()
        if error is ChildDied:
            mine._left = 60.0  # the keeper is to be first
        with pytest.raises(error):
            InSandbox(mine).call("f", (), {})
        assert mine.met == met


def test_limits_that_a_cell_meets_are_noted(small):
    with session(small, "while True: pass", "bytearray(1 << 30)") as mine:
        mine.child()
        assert mine.met == [True, True]


@pytest.mark.parametrize("kind", ["get", "set", "call"])
def test_whatever_runs_a_learners_code_shares_the_time_of_an_exercise(patient, kind):
    layer = (
        "import time\nclass Layer:\n    def forward(self): time.sleep(0.3)\n"
        "    gamma = property(forward, lambda self, value: time.sleep(0.3))"
    )
    with session(patient, layer) as mine:
        target = InSandbox(mine)
        mine.begin_exercise()
        made = target.call("Layer", (), {})
        request = {
            "get": lambda: target.get(made, "gamma"),
            "set": lambda: target.set(made, "gamma", 1),
            "call": lambda: target.method(made, "forward", (), {}),
        }[kind]
        with pytest.raises(TimeLimit):  # 1.5 seconds are five times 0.3, and some more
            [request() for _ in range(6)]
        mine.begin_exercise()
        request()


# ---------------------------------------------------------------- a machine that fails


@pytest.mark.parametrize(
    "error", [MachineError("m"), OSError(24, "Too many open files"), MemoryError(), TimeoutError()]
)
def test_errors_of_the_system_are_tried_again_as_the_machines(monkeypatch, error):
    monkeypatch.setattr(engine, "PAUSE_SECONDS", 0.0)
    tries = []

    def work(often):
        tries.append(1)
        if len(tries) < often:
            raise error
        return "done"

    assert engine.retry_machine_failures(lambda: work(engine.TRIES)) == "done"
    tries.clear()
    with pytest.raises(MachineError):
        engine.retry_machine_failures(lambda: work(engine.TRIES + 1))


def test_threads_that_failed_together_do_not_meet_again(monkeypatch):
    slept = []
    monkeypatch.setattr(engine.time, "sleep", slept.append)

    def fail():
        raise MachineError("the warm process died")

    for _ in range(8):
        with pytest.raises(MachineError):
            engine.retry_machine_failures(fail)
    assert len(set(slept)) == len(slept) == 8 * (engine.TRIES - 1)
