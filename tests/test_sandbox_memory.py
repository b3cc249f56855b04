"""All memory that a learner's processes take is limited: what is in no process's address space is denied or counted.

The limit is 256 MiB here (`sandboxed.py`). Each attack stops by itself below 600 MB and within seconds.
"""

import contextlib
import os
import socket

import pytest
from conftest import wait_until
from sandboxed import LIMITS, error, run

from course.errors import ChildDied, MachineError
from grading.sandbox.inside import watch
from grading.sandbox.limits import MIB, Limits
from grading.sandbox.warm import Sandbox

CALLS = "import ctypes, mmap, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"


@pytest.mark.parametrize(
    "call",
    [
        "os.memfd_create('x')",
        "mmap.mmap(-1, 1 << 20)",
        "mmap.mmap(os.open('/dev/zero', os.O_RDWR), 1 << 20)",
        "mmap.mmap(os.open('/dev/zero', os.O_RDONLY), 1 << 20, prot=mmap.PROT_READ)",
        "sys_v('shmget', 0, ctypes.c_size_t(1 << 20), 0o1666)",
        "sys_v('semget', 0, 30_000, 0o1666)",
        "sys_v('msgget', 0, 0o1666)",
        "os.sendfile(1, os.open('/files/check.py', os.O_RDONLY), 0, 1)",
        "os.splice(os.open('/files/check.py', os.O_RDONLY), os.pipe()[1], 1)",
        "__import__('socket').socket(1).setsockopt(1, 7, 1 << 24)",
        "__import__('socket').socket(1).setsockopt(1, 8, 1 << 24)",
    ],
)
def test_memory_that_belongs_to_no_process_is_denied(child, call):
    define = (
        f"{CALLS}def sys_v(name, *args):\n"
        "    if getattr(libc, name)(*args) < 0: raise OSError(ctypes.get_errno(), name)"
    )
    run(child, define)
    assert error(child, call)["ename"] in ("OSError", "PermissionError")


def test_what_honest_code_does_instead_works(child):
    source = """
import mmap, multiprocessing, os, shutil, socket
import numpy as np
np.save("kept.npy", np.arange(3.0))
shutil.copy("kept.npy", "copy.npy")
print(np.load("copy.npy", mmap_mode="r").sum())
print(mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)[0], open("/dev/zero", "rb").read(2))
value = multiprocessing.get_context("fork").Value("d", 2.0)
print(value.value)
with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(abs, [-1, 2]))
"""
    assert run(child, source) == "3.0\n0 b'\\x00\\x00'\n2.0\n[1, 2]\n"


def test_memory_is_bounded_by_an_exception_that_the_learner_reads(child):
    """The keeper never kills a process that is alone: the kernel's limit gets ahead of it, however slowly it grows."""
    assert error(child, "x = bytearray(1 << 30)")["ename"] == "MemoryError"
    grow = f"""
import time
x = []
try:
    while True: x.append(bytearray(1 << 20))
except MemoryError: time.sleep({2.5 * watch.WATCH_SECONDS})
print(len(x))
del x
"""
    most = LIMITS.memory_bytes // MIB
    assert 0.8 * most < int(run(child, grow)) < 1.5 * most  # it also fills the room that the warm process has mapped
    assert child.alive


@pytest.mark.parametrize("held", ["b'x' * 120_000_000", "make()"], ids=["by-copy", "by-mapping"])
def test_the_memory_of_many_processes_is_bounded(box, held):
    make = (
        "import mmap, os, time\ndef make():\n"
        "    made = mmap.mmap(-1, 120_000_000, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\n"
        "    for k in range(0, len(made), 4096): made[k] = 1\n    return made"
    )
    with box.start() as child:
        run(child, make)
        with pytest.raises(ChildDied, match="too much memory together"):
            child.run_cell(f"for _ in range(4):\n    if os.fork() == 0: x = {held}; time.sleep(60)\ntime.sleep(60)")


def test_pages_that_processes_share_count_once(child):
    source = """
import os, time
x = b"x" * 150_000_000
children = []
for _ in range(4):
    children.append(os.fork())
    if children[-1] == 0: time.sleep(1); os._exit(0)
for pid in children: os.waitpid(pid, 0)
print(len(x))
"""
    assert run(child, source) == "150000000\n"


def test_what_waits_in_sockets_counts(box):
    """Each connection that nobody has accepted holds what was sent on it; its other end may be closed already."""
    source = """
import os, socket, time
def fill(name):
    server = socket.socket(socket.AF_UNIX); server.bind("\\0" + name); server.listen(4096)
    for _ in range(600):
        one = socket.socket(socket.AF_UNIX); one.connect("\\0" + name); one.setblocking(False)
        try:
            while True: one.send(b"x" * 30_000)
        except BlockingIOError: one.close()
    return server
kept = [fill(str(k)) for k in range(3)]
time.sleep(9)
"""
    with box.start() as child, pytest.raises(ChildDied, match="too much memory together"):
        child.run_cell(source)


def test_the_count_goes_on_however_often_the_grader_asks_for_something(box):
    """Each cell ends with a question to the keeper; here another one comes before it would look at the memory."""
    with box.start() as child:
        run(child, "import socket\nkept = []")
        source = """
server = socket.socket(socket.AF_UNIX); server.bind("\\0" + str(len(kept))); server.listen(4096); kept.append(server)
for _ in range(10):
    one = socket.socket(socket.AF_UNIX); one.connect(server.getsockname()); one.setblocking(False)
    try:
        while True: one.send(b"x" * 30_000)
    except BlockingIOError: one.close()
"""
        with pytest.raises(ChildDied, match="too much memory together"):
            [child.run_cell(source) for _ in range(200)]


def test_a_keeper_that_fails_leaves_nobody_unwatched(box):
    with box.start() as child:
        run(child, "import time\ndef f(): time.sleep(30)")
        child._status._connection.shutdown(socket.SHUT_RD)  # the keeper cannot tell what it is asked
        with contextlib.suppress(MachineError):
            child._status._connection.sendall(b"!")
            child.call("f", seconds=20)
        wait_until(lambda: not child._status.running(), 30)


def test_a_learner_cannot_make_the_kernel_spare_his_processes(child):
    assert run(child, "print(open('/proc/self/oom_score_adj').read())") == "1000\n\n"
    source = "import os\nfor name in ('oom_score_adj', 'oom_adj'): open(f'/proc/self/{name}', 'w').write('0')"
    assert "Read-only file system" in error(child, source)["evalue"]


# ---------------------------------------------------------------- who killed it?


def test_a_process_that_was_killed_from_outside_is_the_machines_failure(box):
    with box.start() as child:
        run(child, "import time\ndef f(): time.sleep(30)")
        os.kill(child._status.pid, 9)
        with pytest.raises(MachineError, match="killed from outside the sandbox"):
            child.call("f")


def test_a_process_that_is_killed_from_outside_during_a_request_too(box):
    with box.start() as child:
        run(child, "import os, signal, time\ndef f(kill): kill(); time.sleep(30)")
        with pytest.raises(MachineError, match="killed from outside the sandbox"):
            child.call("f", lambda: os.kill(child._status.pid, 9))


@pytest.mark.parametrize("own", ["", "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"])
def test_processor_time_that_is_used_up_is_the_learners_doing(own):
    limits = Limits(cpu_seconds=300 if own else 1)
    match = "used up its processor time"
    with Sandbox(limits) as box, box.start() as child, pytest.raises(ChildDied, match=match):
        child.run_cell(f"import resource\n{own}while True: pass")


def test_the_child_ends_with_the_graders_end_of_its_keeper(box):
    child = box.start()
    child._status._connection.close()
    wait_until(lambda: not child._status.running(), 30)
    child._connection.close()
