"""Cells run in the real sandbox: its limits in the tests, what a cell prints or raises, and forged replies."""

import contextlib
import errno
import os
import subprocess
from pathlib import Path

from grading.sandbox import bwrap
from grading.sandbox.limits import MIB, Limits

ROOT = Path(bwrap.__file__).resolve().parents[2]
LIMITS = Limits(
    call_seconds=5,
    cell_seconds=10,
    memory_bytes=256 * MIB,
    processes=16,
    tmpfs_bytes=8 * MIB,
    file_bytes=4 * MIB,
    output_bytes=20_000,
    reply_bytes=4 * MIB,
    callbacks=50,
)
FILES = {"check.py": b"def check(x):\n    return x + 1\n", "key.json": b"{}"}


def run(child, source, **options):
    """The text that a cell prints; it must run through."""
    result = child.run_cell(source, **options)
    assert result.ok, result.outputs
    return printed(result.outputs)


def printed(outputs):
    return "".join(output["text"] for output in outputs if output["output_type"] == "stream")


def error(child, source):
    """The error output of a cell that must raise."""
    result = child.run_cell(source)
    assert not result.ok
    return next(output for output in result.outputs if output["output_type"] == "error")


FORGE = """
import gc, json, os, socket, struct
sock = next(s for s in gc.get_objects() if isinstance(s, socket.socket) and s.fileno() >= 0)
def forge(header, blob=b"", lengths=None):
    data = json.dumps(header).encode() if isinstance(header, dict) else header
    os.write(sock.fileno(), struct.pack("!II", *(lengths or (len(data), len(blob)))) + data + blob)
good = {"ok": True, "value": 42, "changed": [], "arrays": []}
"""


def processes_of(marker):
    """The ids of this machine's processes that have `marker` in their command line."""
    found = subprocess.run(["pgrep", "-f", marker], capture_output=True, text=True, check=False)
    return found.stdout.split()


def process_that_forks(sandbox):
    """The id of a sandbox's warm process, which lies below bubblewrap's."""
    waiting = [sandbox._process.pid]
    for pid in waiting:
        if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"/venv/bin/python"):
            return pid
        waiting += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    raise AssertionError("there is no warm process")


@contextlib.contextmanager
def no_forks(sandbox):
    """The kernel refuses the forks of a sandbox's warm process."""
    pid = process_that_forks(sandbox)
    about = Path(f"/proc/{pid}/status").read_text().split()
    user, group = (int(about[about.index(name) + 1]) for name in ("Uid:", "Gid:"))
    # Only its own user may do this, not even root where the machine is a container.
    as_its_user = {"user": user, "group": group, "extra_groups": []} if os.geteuid() == 0 else {}

    def limit(most):
        subprocess.run(["prlimit", f"--pid={pid}", f"--nproc={most}:"], check=True, **as_its_user)

    found = subprocess.run(
        ["prlimit", f"--pid={pid}", "--nproc", "--output=SOFT", "--noheadings"],
        check=True, capture_output=True, text=True, **as_its_user,
    ).stdout.strip()  # fmt: skip
    limit(0)
    try:
        yield
    finally:
        limit(found)


class BrokenSocket:
    """A socket that the system fails to use."""

    def __init__(self, real):
        self._real = real

    def recv(self, *_):
        raise OSError(errno.EIO, "I/O error")

    send = recv

    def __getattr__(self, name):
        return getattr(self._real, name)
