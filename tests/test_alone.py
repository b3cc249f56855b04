"""What has met a limit of time or memory is done once more, alone, before it is believed; and that is bounded."""

import threading
from types import SimpleNamespace

import pytest
from conftest import wait_until
from nbformat.v4 import new_code_cell, new_notebook

from course.chapter import HiddenTest
from course.errors import ChildDied, CourseError, LearnerError, MachineError, TimeLimit
from course.examination.examine import run_once
from course.examination.learner import Learner
from grading.engine import alone
from grading.engine import grade as engine
from grading.engine import session as session_module
from grading.engine.alone import Turns
from grading.engine.session import InSandbox, Session
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


@pytest.fixture
def turns(monkeypatch):
    turns = Turns()
    monkeypatch.setattr(engine, "TURNS", turns)
    return turns


@pytest.fixture
def grade(monkeypatch, turns, small):
    """Grades a notebook whose cells are given, by tests that are given, in the real sandbox.

    The tests of an exercise are functions that get the target. What is returned is, by exercise, the problems of its
    tests, and in which order and how (alone or not) the tests ran.
    """

    def graded(*cells, **exercises):
        ran = []

        def examine(_, exercise, session, key, rebuilt, run=run_once):
            session.begin_exercise()
            tests = [HiddenTest(exercise, t.__name__, noted(t), "", 1.0, (), False) for t in exercises[exercise]]
            return [run(test, lambda: Learner(InSandbox(session)), 0).problem for test in tests]

        def noted(test):
            def run(learner, rng):
                ran.append((test.__name__, turns._alone))
                test(learner, sum(name == test.__name__ for name, _ in ran))

            return run

        monkeypatch.setattr(engine, "examine_in_session", examine)
        monkeypatch.setattr(engine, "of_examination", lambda found, _: found)
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in (FUNCTIONS, *cells)])
        found = engine.grade("transform", notebook, b"", small, tuple(exercises))
        return {
            name: [p.text.partition(":")[0] if p else "holds" for p in v] for name, v in found.exercises.items()
        }, ran

    return graded


FUNCTIONS = "import time\ndef sleep(s): time.sleep(s)\ndef loop():\n    while True: pass\ndef works(): return 1"
LATE = "took too long"


def works(learner, _):
    assert learner.works() == 1


def also_works(learner, _):
    assert learner.works() == 1


def sleeps_once(learner, times):
    learner.sleep(9 * (times == 1))


def sleeps(learner, _):
    learner.sleep(9)


def loops(learner, _):
    learner.loop()


def loops_too(learner, _):
    learner.loop()


def takes_a_while(learner, _):
    learner.sleep(0.4)


def takes_all_the_time(learner, times):
    for _ in range(9 if times == 1 else 1):
        learner.sleep(0.3)


def test_what_met_no_limit_runs_once(grade):
    assert grade(a=[works], b=[also_works]) == (
        {"a": ["holds"], "b": ["holds"]},
        [("works", False), ("also_works", False)],
    )


def test_the_test_that_met_a_limit_runs_once_more_alone_and_that_counts(grade):
    """What stands before it in the exercise is not repeated; what stands behind it is alone; the next one is not."""
    found, ran = grade(a=[works, sleeps_once, also_works], b=[works])
    assert found == {"a": ["holds", "holds", "holds"], "b": ["holds"]}
    assert ran == [
        ("works", False), ("sleeps_once", False), ("sleeps_once", True), ("also_works", True), ("works", False),
    ]  # fmt: skip


def test_an_endless_loop_is_waited_for_twice_and_what_follows_it_once(grade):
    found, ran = grade(a=[loops, loops_too, works])
    assert found == {"a": [LATE, LATE, "holds"]}
    assert ran == [("loops", False), ("loops", True), ("loops_too", True), ("works", True)]


def test_an_exercise_whose_time_is_used_up_begins_once_more_alone(grade):
    found, ran = grade(a=[works, takes_all_the_time], b=[also_works])
    assert found == {"a": ["holds", "holds"], "b": ["holds"]}
    assert ran == [
        ("works", False), ("takes_all_the_time", False), ("works", True), ("takes_all_the_time", True),
        ("also_works", False),
    ]  # fmt: skip


def test_where_the_cells_have_met_a_limit_they_run_once_more_alone(grade, turns, monkeypatch):
    starts = []
    child = Session.child
    monkeypatch.setattr(Session, "child", lambda self: (starts.append(turns._alone), child(self))[1])
    found, ran = grade("while True: pass", a=[works])
    assert found == {"a": ["holds"]}
    assert starts[:2] == [False, True]
    assert ran == [("works", False)]


def test_when_repeats_have_taken_their_share_of_the_time_what_is_proven_is_believed(monkeypatch, grade):
    monkeypatch.setattr(alone, "SPARE_SECONDS", -1e9)
    found, ran = grade(a=[loops, works])
    assert found == {"a": [LATE, "holds"]}
    assert ran == [("loops", False), ("works", False)]


@pytest.mark.parametrize("spare", [1e9, -1e9], ids=["alone", "no time to be alone"])
def test_what_can_be_run_once_more_gets_little_time_at_first_and_all_of_it_then(monkeypatch, grade, spare):
    monkeypatch.setattr(alone, "SPARE_SECONDS", spare)
    monkeypatch.setattr(session_module, "TRIAL_SECONDS", 0.2)
    found, ran = grade(a=[takes_a_while, works], b=[works])
    assert found == {"a": ["holds", "holds"], "b": ["holds"]}
    assert ran == [
        ("takes_a_while", False), ("takes_a_while", spare > 0), ("works", spare > 0), ("works", False),
    ]  # fmt: skip


def test_and_what_is_not_proven_is_not_graded(monkeypatch, grade):
    monkeypatch.setattr(alone, "SPARE_SECONDS", -1e9)
    with pytest.raises(CourseError, match="grade it again"):
        grade(a=[sleeps, works])


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
