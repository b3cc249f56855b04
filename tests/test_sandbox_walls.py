"""What a learner's process cannot reach: the network, the grader's files, other processes, other learners."""

import os
import socket
from pathlib import Path

import pytest
from sandboxed import ROOT, error, run

from grading.sandbox import bwrap


def test_no_network(child):
    assert (
        run(
            child,
            "import os; print(os.listdir('/proc/self/net') and open('/proc/net/dev').read().count(':'))",
        )
        == "1\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        for host, number in (("127.0.0.1", port), ("1.1.1.1", 53)):
            source = f"import socket\nsocket.create_connection(({host!r}, {number}), 1)"
            assert error(child, source)["ename"] in ("OSError", "ConnectionRefusedError")
    assert "[Errno 97]" in error(child, "socket.socket(40, socket.SOCK_STREAM)")["evalue"]  # AF_VSOCK


@pytest.mark.parametrize(
    "path",
    [
        ROOT,
        ROOT / "solutions",
        ROOT / "tests" / "hidden",
        ROOT / "grading" / "sandbox" / "child.py",
        Path.home() / ".bashrc",
        Path("/root/.ssh"),
        Path("/etc/passwd"),
        Path("/sys"),
        Path("/var"),
        Path("/mnt"),
    ],
    ids=str,
)
def test_nothing_of_the_graders_is_there(child, path):
    assert run(child, f"import os; print(os.path.exists({str(path)!r}))") == "False\n"


def test_the_environment_tells_nothing(child, monkeypatch):
    names = run(child, "import os; print(*sorted(os.environ))").split()
    assert set(names) <= {*bwrap.ENVIRONMENT, "PWD", "LC_CTYPE", "CLICOLOR", "FORCE_COLOR", "CLICOLOR_FORCE"}
    assert "root" not in run(child, "!id")
    assert str(ROOT) not in run(child, "import sys; print(sys.path, sys.argv, open('/proc/1/cmdline').read())")


def test_nothing_outside_can_be_written(child):
    mounts = run(child, "print(open('/proc/self/mountinfo').read())").splitlines()
    writable = {line.split()[4] for line in mounts if line and "ro" not in line.split()[5].split(",")}
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty", "pts")}
    assert writable <= {"/tmp", "/dev/shm", "/home/learner", "/proc", *devices}
    for folder in (
        "/",
        "/dev",
        "/etc",
        "/files",
        "/home",
        "/inside",
        "/root",
        "/usr",
        "/usr/local",
        "/venv",
        "/proc",
    ):
        assert error(child, f"open('{folder}/planted', 'w')")["ename"] in (
            "OSError",
            "PermissionError",
            "FileNotFoundError",
        )


def test_only_its_own_processes_are_there(box, child):
    with box.start() as other:
        run(other, "import subprocess; p = subprocess.Popen(['sleep', '5'])")
        assert run(child, "import os; print([n for n in os.listdir('/proc') if n.isdigit()])") == "['1']\n"
        assert run(child, "print(os.getpid(), os.getppid())") == "1 0\n"


def test_privileges_are_gone(child):
    status = run(child, "print(open('/proc/self/status').read())")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert {fields[name].strip("0") for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {""}
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    assert "0" not in fields["Uid"].split()


@pytest.mark.parametrize(
    "call",
    [
        "unshare(0x10000000)",
        "ptrace(0, 0, 0, 0)",
        "mount(b'tmpfs', b'/tmp', b'tmpfs', 0, None)",
        "setns(0, 0)",
        "syscall(425, 1, 0)",
        "syscall(250, 0, 0, 0)",
        "syscall(321, 0, 0, 0)",
        "syscall(56, 0x10000011, 0, 0, 0, 0)",
        "syscall(276, 0, 1, 1, 0)",
        "syscall(278, 1, 0, 0, 0)",
        "syscall(444, 0, 0, 1)",
    ],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86_64")
def test_system_calls_into_the_depth_are_denied(child, call):
    source = f"import ctypes; libc = ctypes.CDLL(None, use_errno=True); print(libc.{call}, ctypes.get_errno())"
    assert run(child, source) == "-1 1\n"


def test_nothing_crosses_from_one_child_to_the_next(box):
    plant = """
import os, sys, builtins, numpy as np
np.testing.assert_allclose = np.mean = lambda *a, **k: 42
builtins.planted = sys.planted = True
os.environ["PLANTED"] = "1"
for folder in ["/tmp", "/dev/shm", ".", "/dev", "/", "/inside", "/files", "/venv", *sys.path]:
    try: open(f"{folder}/planted.py", "w").write("x = 1")
    except OSError: pass
get_ipython().input_transformers_cleanup.append(lambda lines: ["print('planted')"])
assert os.path.exists("/tmp/planted.py")
"""
    look = """
import builtins, os, sys, numpy as np
folders = filter(os.path.isdir, ["/tmp", "/dev/shm", "/dev", "/", *sys.path])
found = [f for p in folders for f in os.listdir(p) if "planted" in f]
print(found, hasattr(builtins, "planted"), hasattr(sys, "planted"), "PLANTED" in os.environ)
print(np.mean([1.0, 3.0]))
try: import planted
except ImportError: print("clean")
"""
    with box.start() as first, box.start() as alive_meanwhile:
        run(first, plant)
        expected = "[] False False False\n2.0\nclean\n"
        assert run(alive_meanwhile, look) == expected
        with box.start() as later:
            assert run(later, look) == expected


def test_terminals_are_not_shared(child):
    assert error(child, "import os; os.openpty()")["ename"] in ("OSError", "FileNotFoundError")
    assert run(child, "print(os.listdir('/dev/pts'))") == "[]\n"
