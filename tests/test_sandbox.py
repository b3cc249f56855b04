"""The life of a sandbox: it starts, is shared, dies, starts again, and leaves nothing behind on the machine."""

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import wait_until
from sandboxed import FILES, LIMITS, ROOT, BrokenSocket, no_forks, processes_of, run

from course.errors import ChildDied, MachineError, TimeLimit
from grading.sandbox import bwrap, clock, keeper, warm
from grading.sandbox.warm import Sandbox


def test_a_child_is_killed_while_another_thread_waits_for_it(box):
    with box.start() as child:
        threading.Timer(0.2, child.kill).start()
        begin = time.monotonic()
        with pytest.raises(ChildDied):
            child.run_cell("while True: pass")
        assert time.monotonic() - begin < 3


def test_whatever_a_learner_starts_is_gone_with_the_child(box):
    with box.start() as child:
        source = """
import subprocess, threading, os, time
def f(started):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    threading.Thread(target=time.sleep, args=(60,)).start()
    p = subprocess.Popen("trap '' TERM HUP INT; sleep 61.5193", shell=True, process_group=0)
    os.system("nohup sleep 61.5193 &")
    started()
    os._exit(1)
"""
        run(child, source)
        with pytest.raises(ChildDied):
            child.call("f", lambda: wait_until(lambda: len(processes_of("[s]leep 61.5193")) >= 2))
    assert not processes_of("[s]leep 61.5193")


def test_a_child_cannot_reach_its_keeper_or_the_warm_process(box):
    with box.start() as child:
        run(
            child,
            "import os, signal\nfor n in range(2, 500):\n    try: os.kill(n, signal.SIGKILL)\n    except OSError: pass",
        )
        run(child, "try: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass")
        assert child.alive
    with box.start() as child:
        assert run(child, "print(1)") == "1\n"


def test_the_warm_process_is_started_again_when_it_died():
    with Sandbox(LIMITS) as own:
        with own.start() as child:
            own._kill()
            with pytest.raises(MachineError, match="warm process died"):
                child.run_cell("import time; time.sleep(5)")
        with own.start() as child:
            assert run(child, "print(1)") == "1\n"


def test_the_sandbox_ends_with_the_grader():
    source = (  # which keeps the sandbox, or that would end at once
        "from grading.sandbox.warm import Sandbox; box = Sandbox(); child = box.start()\n"
        'child.run_cell(\'import subprocess; subprocess.run(["sleep", "62.8271"])\')'
    )
    with subprocess.Popen([sys.executable, "-c", source], cwd=ROOT) as grader:
        wait_until(lambda: processes_of("[s]leep 62.8271"))
        grader.kill()
    wait_until(lambda: not processes_of("[s]leep 62.8271"))


def test_many_threads_share_a_sandbox(box):
    def work(number):
        with box.start() as child:
            run(child, f"def f(): return {number}")
            return child.call("f")

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(24))) == list(range(24))


def test_a_sandbox_started_by_a_thread_that_ends_lives_on():
    with Sandbox(LIMITS) as own:
        thread = threading.Thread(target=lambda: own.start().kill())
        thread.start()
        thread.join()
        process = own._process
        with own.start() as child:
            assert run(child, "print(1)") == "1\n"
        assert own._process is process


def test_nothing_is_left_open(box):
    with box.start():
        pass
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        with box.start() as child:
            child.run_cell("1")
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_is_missing_is_named(monkeypatch, tmp_path):
    with Sandbox(python=tmp_path / "bin" / "python") as own, pytest.raises(MachineError, match="venv"):
        own.start()
    monkeypatch.setenv("PATH", str(tmp_path))
    with Sandbox() as own, pytest.raises(MachineError, match="apt-get install bubblewrap"):
        own.start()


def test_forbidden_namespaces_are_explained():
    said = "bwrap: setting up uid map: Permission denied"
    assert "namespaces" in bwrap.explain(said)
    assert "did not start" in bwrap.explain("Traceback\nModuleNotFoundError: No module named 'IPython'")


@pytest.mark.parametrize("wrong", [{"kind": "docker"}, {"files": {"../x": b""}}, {"files": {"": b""}}])
def test_wrong_arguments(wrong):
    with pytest.raises(ValueError, match="wanted"):
        Sandbox(**wrong)


def test_the_sandbox_none_runs_the_same_cells():
    with Sandbox(LIMITS, FILES, kind="none") as own, own.start() as child:
        assert run(child, "from check import check\nprint(check(1))\ndef f(x): return x + 1") == "2\n"
        assert child.call("f", 1) == 2
        home = run(child, "import os; print(os.getcwd())").strip()
        with pytest.raises(TimeLimit):
            child.run_cell("import signal; signal.signal(2, signal.SIG_IGN)\nwhile True: pass", seconds=0.2)
        assert not child.alive
    assert not os.path.exists(home)


@pytest.mark.parametrize("base", ["/usr/bin/python3", sys.executable])
def test_a_python_is_found_with_what_it_needs(tmp_path, base):
    if not os.path.exists(base):
        pytest.skip(f"no {base} here")
    subprocess.run([base, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    command = bwrap.bwrap_command(tmp_path / "env" / "bin" / "python", tmp_path)
    inside = ["/venv/bin/python", "-I", "-c", "import os, ssl, sys; print(sys.prefix, os.getuid())"]
    assert subprocess.run([*command, *inside], capture_output=True, text=True, check=True).stdout == "/venv 1000\n"


# ---------------------------------------------------------------- a machine that fails while a child is made


def fails_once(error, real):
    """A function that raises an error at its first call, and is the real one from then on."""
    left = [error]

    def function(*arguments, **options):
        if left:
            raise left.pop()
        return real(*arguments, **options)

    return function


@pytest.mark.parametrize("where", ["os.pipe", "socket.socketpair", "array.array"])
@pytest.mark.parametrize("error", [OSError(errno.EMFILE, "Too many open files"), TimeoutError("late"), MemoryError()])
def test_what_fails_while_a_child_is_made_is_the_machines(box, monkeypatch, where, error):
    module, name = where.split(".")
    with monkeypatch.context() as patch:
        target = getattr(warm, module)
        patch.setattr(target, name, fails_once(error, getattr(target, name)))
        with pytest.raises(MachineError, match="cannot make a child"):
            box.start()
    with box.start() as child:
        assert run(child, "print(1)") == "1\n"


def test_descriptors_used_up_are_the_machines_failure(box):
    box.start().kill()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (held + 2, before[1]))
    try:
        with pytest.raises(MachineError, match="Too many open files"):
            box.start()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    box.start().kill()


def test_threads_whose_warm_process_dies_all_get_a_child_again():
    """Another thread may have stopped the warm process, and closed its socket, while one was about to use it."""
    with Sandbox(LIMITS) as own:
        own.start().kill()
        own._kill()
        with ThreadPoolExecutor(6) as pool:
            for child in pool.map(lambda _: own.start(), range(6)):
                assert run(child, "print(1)") == "1\n"
                child.kill()


def test_a_socket_that_another_thread_has_closed_is_tried_again():
    with Sandbox(LIMITS) as own:
        own.start().kill()
        fork = own._fork

        def closed_by_another(control, seed):
            own._fork = fork
            own._stop(control)
            return fork(control, seed)

        own._fork = closed_by_another
        with own.start() as child:
            assert run(child, "print(1)") == "1\n"


def test_no_answer_of_one_keeper_ends_no_other_child(box, monkeypatch):
    with box.start() as other:
        with monkeypatch.context() as patch:
            patch.setattr(keeper, "START_SECONDS", 0.0)
            with pytest.raises(MachineError, match="no answer"):
                box.start()
        assert run(other, "print(1)") == "1\n"


def test_a_fork_that_is_refused_is_one_requests_failure(box):
    """Other children live on, for the warm process does."""
    with box.start() as other:
        with no_forks(box), pytest.raises(MachineError, match="Resource temporarily unavailable"):
            box.start()
        assert run(other, "print(1)") == "1\n"
    with box.start() as child:
        assert run(child, "print(1)") == "1\n"


@pytest.mark.parametrize("request_", ["while True: pass", "x = 1"])
def test_a_socket_of_the_graders_that_fails_is_the_machines_failure(child, request_):
    """Also where the grader interrupts a request that took too long."""
    run(child, "pass")
    real, talk = child._connection._data, child._talk

    def breaks(frame, *rest):
        if not frame or request_ == "x = 1":
            child._connection._data = BrokenSocket(real)
        return talk(frame or b"\0", *rest)

    child._talk = breaks
    with pytest.raises(MachineError, match="the grader lost a process of a learner's"):
        child.run_cell(request_, seconds=0.3)
    assert not child.alive


def test_a_socket_that_the_learners_process_closes_is_the_learners_doing(child):
    run(child, "pass")
    with pytest.raises(ChildDied, match="closed its connection"):
        child.run_cell("import os; os.closerange(3, 200); import time; time.sleep(30)")


def test_a_process_that_the_machine_ends_between_two_requests_is_told_from_one_that_ends_itself(box):
    with box.start() as child:
        run(child, "import threading, time, os; threading.Timer(0.1, lambda: os._exit(3)).start()")
        wait_until(lambda: not child.alive)
        child.check_machine()
    with box.start() as child:
        os.kill(child._status.pid, signal.SIGKILL)
        wait_until(lambda: not child.alive)
        with pytest.raises(MachineError, match="killed from outside"):
            child.check_machine()


def test_a_keeper_that_is_gone_is_asked_nothing_more(monkeypatch):
    """A keeper dies, and its child with it; the time of the request is counted after that."""
    with Sandbox(LIMITS) as own, own.start() as child:
        run(child, "pass")
        talk = child._talk

        def killed(*arguments):
            own._kill()
            time.sleep(2 * clock.WORTH_READING)  # so that it is asked whether others had the processor
            return talk(*arguments)

        child._talk = killed
        with pytest.raises(MachineError, match="warm process died"):
            child.run_cell("x = 1")
