"""What a learner's process may take: time, processes, files, output. Each limit is met in the real sandbox."""

import time

import pytest
from sandboxed import FORGE, LIMITS, error, printed, run

from course.errors import ChildDied, TimeLimit, WireError
from grading.sandbox.limits import Limits
from grading.sandbox.warm import Sandbox


def test_an_endless_loop_is_interrupted_and_the_next_cell_runs(child):
    with pytest.raises(TimeLimit) as caught:
        child.run_cell("print('before')\nwhile True: pass", seconds=0.3)
    assert printed(caught.value.outputs) == "before\n"
    assert child.alive
    run(child, "def f():\n    while True: pass")
    with pytest.raises(TimeLimit):
        child.call("f", seconds=0.3)
    assert run(child, "print(1)") == "1\n"


@pytest.mark.parametrize(
    "source",
    [
        "import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass",
        "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nimport time; time.sleep(99)",
        "sum(range(10**12))",
    ],
)
def test_what_catches_everything_is_killed(box, source):
    begin = time.monotonic()
    with box.start() as child:
        with pytest.raises(TimeLimit):
            child.run_cell(source, seconds=0.2)
        assert not child.alive
        assert time.monotonic() - begin < 60
        with pytest.raises(ChildDied, match="time limit"):
            child.run_cell("1")
    with box.start() as child:
        assert run(child, "print(1)") == "1\n"


def test_a_reply_that_drips_is_late(box):
    with box.start() as child:
        run(
            child,
            FORGE + "import time\ndef f():\n    while True: os.write(sock.fileno(), b'\\0'); time.sleep(0.1)",
        )
        begin = time.monotonic()
        with pytest.raises((TimeLimit, WireError)):
            child.call("f", seconds=0.5)
        assert time.monotonic() - begin < 60


def test_requests_share_the_time_of_a_block(child):
    run(child, "import time")
    begin = time.monotonic()
    with child.within(0.3):
        child.run_cell("time.sleep(0.2)")
        with pytest.raises(TimeLimit):
            child.run_cell("time.sleep(60)")
    assert time.monotonic() - begin < 30
    assert run(child, "print(1)") == "1\n"


def test_a_notebook_has_a_time_of_its_own():
    with Sandbox(Limits(notebook_seconds=0.3)) as box, box.start() as child:
        child.run_cell("import time; time.sleep(0.2)")
        with pytest.raises(TimeLimit):
            child.run_cell("time.sleep(0.2)")


def test_a_fork_bomb_is_bounded(box):
    with box.start() as child:
        text = run(
            child,
            """
import os, time
n = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(60); os._exit(0)
        n += 1
except OSError as error: print(n, error.errno)
""",
        )
        count, number = map(int, text.split())
        assert count < LIMITS.processes
        assert number == 11
        # a neighbour is not touched
        with box.start() as other:
            assert run(other, "!echo alive") == "alive\n"
    with box.start() as child, pytest.raises((TimeLimit, ChildDied, WireError)):
        child.run_cell("import os\nwhile True:\n    try: os.fork()\n    except BaseException: pass", seconds=0.3)


def test_a_forked_copy_does_not_answer(child):
    assert run(child, "import os\npid = os.fork()\nprint('parent' if pid else 'child')") == "parent\n"
    assert run(child, "print(1)") == "1\n"


def test_files_are_bounded(child):
    assert error(child, "open('big', 'wb').write(bytes(5 << 20))")["ename"] == "OSError"
    source = "for i in range(9): open(f'/tmp/{i}', 'wb').write(bytes(1 << 19))\n"
    source += "for i in range(9): open(f'/dev/shm/{i}', 'wb').write(bytes(1 << 19))"
    assert "No space left" in error(child, source)["evalue"]
    assert error(child, "files = [open('/dev/null') for _ in range(999)]")["ename"] == "OSError"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nfor _ in range(10_000): print('x' * 100_000)",
        "import os\nblock = b'x' * 1_000_000\nfor _ in range(1_000): os.write(1, block)",
        "for i in range(20_000): display(i)",
        "import os; os.system('head -c 1000000000 /dev/zero');",
    ],
)
def test_a_flood_of_output_is_cut(child, source):
    begin = time.monotonic()
    result = child.run_cell(source)
    assert time.monotonic() - begin < 60
    assert len(str(result.outputs)) < 8 * LIMITS.output_bytes
    assert run(child, "print(1)") == "1\n"


def test_many_errors_take_no_more_room_than_other_output(child):
    source = """
for k in range(100):
    try: raise ValueError(f"{k}" + "x" * 900)
    except ValueError: get_ipython().showtraceback()
raise KeyError("the last")
"""
    errors = [output for output in child.run_cell(source).outputs if output["output_type"] == "error"]
    assert errors[0]["evalue"].startswith("0x")
    assert errors[-1]["ename"] == "KeyError"
    assert len(str(errors)) < 2 * LIMITS.output_bytes


def test_an_endless_flood_is_stopped(child):
    with pytest.raises(TimeLimit) as caught:
        child.run_cell("import os\nwhile True: print('x' * 10_000); os.write(2, b'y' * 10_000)", seconds=0.5)
    assert len(str(caught.value.outputs)) < 8 * LIMITS.output_bytes


def test_a_grader_that_sends_much_to_a_child_that_reads_nothing_is_not_held_up(box):
    with box.start() as child:
        run(child, "def f(g):\n    import threading, time\n    while True: time.sleep(1)")
        with pytest.raises(TimeLimit):
            child.call("f", abs, seconds=0.2)
