"""Starts the warm process, which loads what notebooks need once, and has it fork a confined child for each notebook."""

import array
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from course.chapter import ROOT
from course.errors import MachineError
from grading.sandbox.bwrap import ENVIRONMENT, HERE, HOME, KIND, KINDS, bwrap_command, explain
from grading.sandbox.cgroup import Group, delegated
from grading.sandbox.child import Child
from grading.sandbox.keeper import START_SECONDS, Gone, Keeper
from grading.sandbox.limits import Limits

LEARNER_PYTHON = ROOT / ".venv-learner" / "bin" / "python"
BOOT_SECONDS = 120.0


class Sandbox:
    """Makes confined processes for learners' code; a context manager, safe to use from several threads.

    A child sees the learners' Python environment, /usr and `files`, all of them read-only. It has an empty home, /tmp
    and /dev/shm, which lie in memory and are bounded, and it sees its own processes and no network. It runs as an
    ordinary user, also where the grader is root. Children share nothing that they can write to.

    The sandbox does not defend against a hole in the kernel, though a filter of system calls leaves fewer ways to one.
    Nor does it keep the machine fast, since children share its processors.

    Parameters
    ----------
    limits : Limits
        What each child may take.
    files : mapping of str to bytes, optional
        Files that each child finds, read-only, in its home and on its import path: plain names and contents.
    python : Path, optional
        The learners' Python; the clone's `.venv-learner/bin/python` unless told.
    kind : str, optional
        "bwrap" or "none"; unless told, what the environment variable BATCHNORM_SANDBOX says, else "bwrap". "none" is
        for a machine without Linux namespaces. Then the learner's code runs as the user who grades, and can read,
        change and send away whatever that user can: the solutions, the hidden tests, other submissions and the
        gradebook. Use it for code that you trust, or inside a container that holds nothing else.

    Attributes
    ----------
    seccomp : bool
        Whether the filter of system calls is in force; known after the first start.
    cgroups : bool
        Whether each child has a memory cgroup of its own; known after the first start.
    boot_seconds : float
        How long the warm process took to start.

    Raises
    ------
    ValueError
        There is no such `kind`, or a name in `files` is no plain file name.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 (it is frozen)
        files: Mapping[str, bytes] | None = None,
        python: Path | None = None,
        kind: str | None = None,
    ) -> None:
        kind = kind or os.environ.get(KIND, KINDS[0])
        if kind not in KINDS:
            raise ValueError(f"a sandbox of kind {kind!r}: wanted {' or '.join(map(repr, KINDS))}")
        self.limits = limits
        self.kind = kind
        self.seccomp = False
        self.cgroups = False
        self.boot_seconds = 0.0
        self._python = Path(LEARNER_PYTHON if python is None else python)
        self._files = dict(files or {})
        for name in self._files:
            if name != os.path.basename(name) or name in ("", ".", ".."):
                raise ValueError(f"a file for the learner called {name!r}: wanted a plain name")
        self._lock = threading.Lock()
        self._cgroup: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        # bwrap dies with the thread that started it, so a thread that lives as long as the sandbox starts it.
        self._launcher: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, seed: int | None = None) -> Child:
        """Return a new child. The first call takes seconds, and so does the first one after the warm process died.

        Parameters
        ----------
        seed : int, optional
            Of the child's global random generators, NumPy's and Python's; a random one unless told.

        Raises
        ------
        MachineError
            The machine cannot start a sandbox. The message says what would help.
        """
        number = secrets.randbits(64) if seed is None else seed % (1 << 64)
        for _ in range(2):
            control = None
            try:
                control = self._warm()
                return self._fork(control, number)
            except (Gone, BrokenPipeError, ConnectionResetError):
                self._stop(control)
            except (OSError, RuntimeError, MemoryError) as error:  # too few descriptors, threads, memory, room on disk
                if control is None or control is self._control:
                    raise MachineError(f"the sandbox cannot make a child: {error or 'out of memory'}") from error
                # otherwise another thread has found the warm process dead, and closed its socket
        raise MachineError("the sandbox's warm process dies at once: is there enough memory?")

    def close(self) -> None:
        """End the warm process and with it all children. The sandbox can be used again."""
        self._stop(self._control)
        with self._lock:
            if self._launcher is not None:
                self._launcher.shutdown()
                self._launcher = None

    def _fork(self, control: socket.socket, seed: int) -> Child:
        """Let the warm process fork a child, and wait until it is ready."""
        with contextlib.ExitStack() as undo, contextlib.ExitStack() as theirs:
            data, their_data = socket.socketpair()
            undo.callback(data.close)
            theirs.callback(their_data.close)
            said, their_said = socket.socketpair()
            undo.callback(said.close)
            theirs.callback(their_said.close)
            out, their_out = os.pipe()
            undo.callback(os.close, out)
            theirs.callback(os.close, their_out)
            with self._lock, theirs:
                fds = array.array("i", [their_data.fileno(), their_said.fileno(), their_out])
                control.sendmsg([seed.to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
            status = Keeper(said, self.kind == "bwrap")
            undo.callback(status.close)
            data.settimeout(START_SECONDS)
            try:
                hello = data.recv(1)
            except OSError:
                hello = b""
            if hello != b"\0":
                raise MachineError(f"the sandbox cannot make a child: {status.failure()}")
            if self._cgroup is not None:  # before any of the learner's code runs
                status.join(Group(self._cgroup, self.limits.memory_bytes + self.limits.tmpfs_bytes))
            undo.pop_all()
        return Child(data, status, out, self.limits)

    def _warm(self) -> socket.socket:
        """Return the control socket of the warm process, which is started where it does not run."""
        with self._lock:
            if self._control is None:
                if self._launcher is None:
                    self._launcher = ThreadPoolExecutor(1, thread_name_prefix="sandbox")
                self._control = self._launcher.submit(self._boot).result()
            return self._control

    def _stop(self, control: socket.socket | None) -> None:
        """End the warm process that `control` belongs to."""
        with self._lock:
            if control is None or control is not self._control:
                return
            control.close()  # the warm process leaves at the end of its input
            self._control = None
            assert self._process is not None
            assert self._folder is not None
            try:
                self._process.wait(2)
            except subprocess.TimeoutExpired:
                self._kill()
            self._folder.cleanup()

    def _kill(self) -> None:
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)  # as root there are two bwraps, one inside the other
        self._process.wait()

    def _boot(self) -> socket.socket:
        """Start the warm process with the files of this sandbox, and return its control socket."""
        begin = time.monotonic()
        if not self._python.exists():
            raise MachineError(
                f"no Python for learners at {self._python}: make it with "
                f"`python -m venv {self._python.parent.parent} && "
                f"{self._python} -m pip install numpy matplotlib ipython`"
            )
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-")
        control, theirs = socket.socketpair()
        try:
            with theirs:
                ready = self._launch(control, theirs, Path(self._folder.name))
        except BaseException:
            control.close()
            self._folder.cleanup()
            raise
        self.seccomp = ready["seccomp"]
        self._cgroup = delegated() if self.kind == "bwrap" else None
        self.cgroups = self._cgroup is not None
        self.boot_seconds = time.monotonic() - begin
        return control

    def _launch(self, control: socket.socket, theirs: socket.socket, folder: Path) -> dict[str, Any]:
        """Start the warm process and return the settings that it sends when it is ready."""
        folder.chmod(0o755)
        for name, contents in self._files.items():
            (folder / name).write_bytes(contents)
            (folder / name).chmod(0o444)
        isolated = self.kind == "bwrap"
        files = "/files" if isolated else str(folder)
        settings = asdict(self.limits) | {"home": HOME, "files": files, "namespaces": isolated}
        arguments = [str(theirs.fileno()), json.dumps(settings)]
        if isolated:
            inside = ["/venv/bin/python", "-I", "-B", "/inside/zygote.py"]
            command = [*bwrap_command(self._python, folder), *inside, *arguments]
        else:
            zygote = HERE / "inside" / "zygote.py"
            command = [str(self._python), "-I", "-B", str(zygote), *arguments]
        environment = None if isolated else {**os.environ, **ENVIRONMENT}
        with tempfile.TemporaryFile() as said:
            try:
                self._process = subprocess.Popen(
                    command,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    env=environment,
                    process_group=0,
                )
            except OSError as error:
                raise MachineError(f"cannot start {command[0]}: {error}") from error
            theirs.close()
            control.settimeout(BOOT_SECONDS)
            line = b""
            with contextlib.suppress(OSError), control.makefile("rb", buffering=0) as lines:
                line = lines.readline(4096)
            if not line.endswith(b"\n"):
                self._kill()
                said.seek(0)
                raise MachineError(explain(said.read(20_000).decode("utf-8", "replace")))
        control.settimeout(START_SECONDS)
        ready = json.loads(line)
        if isolated and ready["threads"] != 1:
            raise MachineError(f"the warm process has {ready['threads']} threads: wanted one, to fork from")
        return ready
