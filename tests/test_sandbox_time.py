"""Limits of time are fair: a busy machine costs nobody a point, and a learner's own waiting costs only the learner."""

import os
import time

import pytest
from conftest import wait_until
from sandboxed import LIMITS, error, run

from course.errors import TimeLimit
from grading.sandbox import child as child_module
from grading.sandbox import clock
from grading.sandbox.clock import Deadline, ProcessClock
from grading.sandbox.warm import Sandbox

BUSY = "import time\ndef f(seconds):\n    while time.process_time() < seconds: pass\n    return 1"


@pytest.fixture
def busy_neighbours(box):
    """A learner whose cell has started processes that compute without end, and goes on to compute itself."""
    with box.start() as neighbour:
        source = "import os\nfor _ in range(12):\n    if os.fork() == 0:\n        while True: pass\nwhile True: pass"
        thread = child_module.threading.Thread(target=lambda: _until_killed(neighbour, source))
        thread.start()
        yield neighbour
        neighbour.kill()
        thread.join()


def _until_killed(child, source):
    with pytest.raises(Exception):  # noqa: B017, PT011 (whatever: it is killed)
        child.run_cell(source, seconds=100)


class Waited:
    """A clock that shows what a test has set: how long the first thread ran and waited, how long all threads ran."""

    def __init__(self):
        self.shows = (0.0, 0.0, 0.0)

    def read(self):
        return None

    def seconds_since(self, _):
        return self.shows


@pytest.mark.parametrize(
    ("shows", "others", "spent"),
    [
        ((1.0, 0.0, 1.0), False, 10.0),  # it slept
        ((1.0, 9.0, 1.0), False, 1.0),  # others had the processor
        ((1.0, 9.0, 1.0), True, 10.0),  # its own processes had it, perhaps
        ((1.0, 9.0, 8.0), False, 8.0),  # its own threads had it for 7 seconds
        ((0.0, 0.0, 0.0), False, 10.0),  # the kernel does not tell
    ],
)
def test_time_counts_unless_others_had_the_processor(monkeypatch, shows, others, spent):
    now = [100.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: now[0])
    process = Waited()
    deadline = Deadline(10.0, process, lambda: others)
    now[0] += 10.0
    process.shows = shows
    assert deadline.spent() == spent
    assert deadline.left() == 10.0 - spent
    now[0] += (clock.BACKSTOP - 1) * 10.0
    assert deadline.left() <= 0  # whatever it waited for


def test_the_graders_own_time_does_not_count(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(clock.time, "monotonic", lambda: now[0])
    deadline = Deadline(10.0, Waited(), lambda: False)
    now[0] += 10.0
    deadline.graders = 4.0
    assert deadline.left() == 4.0


def test_the_kernel_says_how_long_a_process_has_run_and_waited():
    if not os.path.exists("/proc/self/schedstat"):
        pytest.skip("this kernel does not count how long a process waits")
    own = ProcessClock(os.getpid())
    before = own.read()
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    ran, waited, all_ran = own.seconds_since(before)
    own.close()
    assert all_ran > 0.04
    assert ran <= all_ran + 0.01
    assert waited >= 0
    assert own.seconds_since(before) == (0.0, 0.0, 0.0)


def test_a_busy_neighbour_costs_an_honest_call_nothing(box, busy_neighbours):
    """The call needs half of its limit in processor time; beside a dozen busy processes that takes far longer."""
    with box.start() as child:
        run(child, BUSY)
        begin = time.monotonic()
        assert child.call("f", 1.0, seconds=2.0) == 1
        assert child.spent < 2.0 + 1.0
        print(f"took {time.monotonic() - begin:.2f} s of wall time")


class Waits:
    """The clock of a process that has waited for a processor all the time."""

    def __init__(self):
        self.begin = time.monotonic()

    def read(self):
        return None

    def seconds_since(self, _):
        return 0.0, time.monotonic() - self.begin, 0.0

    def close(self):
        pass


INNER = "import time\ndef f(g):\n    time.sleep(0.6)\n    return g()\ndef h(): return 1"


def test_a_request_within_another_has_its_time_on_a_busy_machine(child, monkeypatch):
    """A block of requests is limited as a request is: by what the process has run, and not by the clock on the wall."""
    run(child, INNER)
    child._clock.close()
    monkeypatch.setattr(child, "_clock", Waits())
    with child.within(0.5):
        assert child.call("f", lambda: child.call("h")) == 1


def test_a_block_of_requests_is_over_when_the_process_has_slept_for_its_time(child):
    run(child, INNER)
    with pytest.raises(TimeLimit), child.within(0.5):
        child.call("f", lambda: child.call("h"))


def test_the_graders_own_time_does_not_count_for_a_block_of_requests(child):
    run(child, INNER.replace("0.6", "0.0"))
    with child.within(1.0):
        child.call("f", lambda: time.sleep(1.2))
        assert child.call("h") == 1


def test_an_endless_loop_that_had_its_time_is_known_as_such(child):
    run(child, "import time\ndef f():\n    while True: pass\ndef g(): time.sleep(99)")
    with pytest.raises(TimeLimit):
        child.call("g", seconds=0.5)
    assert not child.had_its_time

    def had_its_time():
        with pytest.raises(TimeLimit):
            child.call("f", seconds=0.5)
        return child.had_its_time

    wait_until(had_its_time, seconds=100)  # on a busy machine not at once


# ---------------------------------------------------------------- what is left over between requests


def others(child):
    """The processes in the child's namespace besides pid 1 that run."""
    source = (
        "import os, pathlib\n"
        "print(sum(pathlib.Path(f'/proc/{n}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'\n"
        "          for n in os.listdir('/proc') if n.isdigit()) - 1)"
    )
    return int(run(child, source))


@pytest.mark.parametrize(
    "start",
    [
        "import subprocess\nkept = subprocess.Popen(['sleep', '60'])",
        "import subprocess\nkept = subprocess.Popen('trap \"\" TERM HUP INT; nohup sleep 60 & sleep 60', shell=True)",
        "import os\nfor _ in range(9):\n    if os.fork() == 0:\n        while True: pass",
        "import os\nif os.fork() == 0:\n    while True:\n        try: os.fork()\n        except BaseException: pass",
        "import os, signal\nif os.fork() == 0:\n    while True:\n"
        "        try: os.kill(-1, signal.SIGSTOP)\n        except OSError: pass",
    ],
    ids=["one", "deaf", "nine", "bomb", "stops-others"],
)
def test_processes_of_a_cell_end_with_it(child, start):
    run(child, start)
    assert others(child) == 0


def test_processes_of_a_call_end_before_long(child):
    run(
        child,
        "import subprocess\ndef f():\n    global kept\n    kept = subprocess.Popen(['sleep', '60'])\n"
        "def g(): return kept.poll()",
    )
    child.call("f")
    end = time.monotonic() + 20
    while child.call("g") is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert child.call("g") == -9


def test_processes_live_as_long_as_their_request(child):
    source = "import subprocess\nprint(subprocess.run('sleep 1; echo done', shell=True, capture_output=True).stdout)"
    assert run(child, source) == "b'done\\n'\n"


def test_a_process_that_a_function_of_the_graders_meets_lives_on(child):
    """A request within another one ends nothing: the outer one still works with its processes."""
    run(
        child,
        "import subprocess\ndef f(look):\n    p = subprocess.Popen(['sleep', '60'])\n    look()\n    return p.poll()\n"
        "def g(): return 1",
    )

    def look():
        time.sleep(0.6)  # longer than the keeper's interval
        assert child.call("g") == 1

    assert child.call("f", look) is None


def test_nobody_gets_a_session_of_his_own(child):
    assert error(child, "import os\nos.setsid()")["ename"] == "PermissionError"
    assert (
        error(child, "import subprocess\nsubprocess.run(['true'], start_new_session=True)")["ename"]
        == "PermissionError"
    )


def test_what_came_in_time_is_read_late(box, monkeypatch):
    """The grader, on a busy machine, gets to a reply only after the deadline; the reply was there before."""
    with box.start() as child:
        run(child, "def f(): return 1")
        poll = child._connection._poll

        class Late:
            def poll(self, _):
                found = poll.poll(1000)
                time.sleep(0.3)
                return found

        monkeypatch.setattr(child._connection, "_poll", Late())
        assert child.call("f", seconds=0.2) == 1


def test_each_thing_that_runs_learners_code_has_a_limit():
    with Sandbox(LIMITS) as box, box.start() as child:
        run(
            child,
            "import time\nclass Layer:\n"
            "    gamma = property(lambda self: time.sleep(9), lambda self, value: time.sleep(9))",
        )
        layer = child.call("Layer")
        for request in (
            lambda: child.get(layer, "gamma", seconds=0.2),
            lambda: child.set(layer, "gamma", 1, seconds=0.2),
        ):
            with pytest.raises(TimeLimit):
                request()
