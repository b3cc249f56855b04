"""Cells run in the real sandbox: its limits in the tests, what a cell prints or raises, and forged replies."""

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
