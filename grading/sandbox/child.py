"""The sandbox, seen from the grader: a warm process behind bubblewrap, a confined child of it per learner.

Whatever a `Child` sends was written by a learner's process and is taken for what a stranger says: reads are
bounded in bytes and time, and of malformed data nothing comes but the errors named here.

Who is who: the grader starts `bwrap`, in which `inside/zygote.py` loads IPython, NumPy and Matplotlib once.
For each `start()` it forks a child with namespaces of its own. The grader holds a socket to the child and a
pidfd of the first process in the child's pid namespace: killing that one ends all others there, whatever
they catch.
"""

import array
import contextlib
import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np

from course.errors import SandboxError
from grading.sandbox import wire
from grading.sandbox.limits import Limits
from grading.sandbox.wire import Handle, WireError

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LEARNER_PYTHON = ROOT / ".venv-learner" / "bin" / "python"
HOME = "/home/learner"
KIND = "BATCHNORM_SANDBOX"  # the environment variable that says which kind of sandbox there is
# The sandbox's user and group when the grader is root: just below systemd's range for dynamic users.
SANDBOX_ID = 61000
BOOT_SECONDS = 120.0
START_SECONDS = 20.0
GRACE_SECONDS = 1.0
MIME_TYPES = {"text/plain", "text/html", "text/latex", "text/markdown"} | {
    f"image/{kind}" for kind in ("png", "jpeg", "svg+xml")
}
MAX_OUTPUTS = 1_000  # of one cell
ENVIRONMENT = {
    "HOME": HOME,
    "PATH": "/venv/bin:/usr/bin",
    "LANG": "C.UTF-8",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "IPYTHONDIR": "/tmp/ipython",
    **{f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM")},
}


class LearnerError(Exception):
    """The learner's code raised an exception.

    Attributes
    ----------
    name : str
        the class of the exception.
    message : str
        its text.
    traceback : str
        frames from the learner's first on, with source lines, as Python prints them.
    """

    def __init__(self, name: str, message: str, traceback: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.traceback = traceback


class TimeLimit(Exception):  # noqa: N818
    """The learner's code took longer than it may. `Child.alive` tells whether the interrupt was enough.

    Attributes
    ----------
    outputs : list of dict
        of the cell, up to the interrupt; empty when the process had to be killed.
    """

    def __init__(self, seconds: float, outputs: list[dict[str, Any]]) -> None:
        super().__init__(f"stopped after {seconds:.3g} s")
        self.outputs = outputs


class ChildDied(Exception):  # noqa: N818
    """The learner's process is gone.

    Attributes
    ----------
    reason : str
        how it ended, in words that fit after "your process".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the learner's process {reason}")
        self.reason = reason


@dataclass(frozen=True)
class CellResult:
    """What came of one cell: outputs as nbformat 4 dictionaries, and whether it raised nothing."""

    outputs: list[dict[str, Any]]
    ok: bool


@dataclass(frozen=True)
class Usage:
    """What an ended process took: seconds of CPU, and bytes of memory at most (shared ones included)."""

    user_seconds: float
    system_seconds: float
    max_rss_bytes: int


class _Late(Exception):  # noqa: N818
    """The time for a request is over."""


class _Gone(Exception):  # noqa: N818
    """The other end of the data socket is closed."""


@dataclass
class _Request:
    """A request on its way: its id, and the grader's functions that it may call back."""

    functions: list[Callable[..., Any]] = field(default_factory=list)
    calls: int = 0
    id: str = field(default_factory=lambda: secrets.token_hex(8))


class Child:
    """A learner's process. Made by `Sandbox.start`; a context manager that kills it.

    Each method waits for one answer. Those that work on the learner's objects (`call`, `method`, `get`,
    `set`, `has`) share arguments, results and errors:

    - Values: None, bool, int, float, str, arrays and NumPy scalars of real numbers and truth values,
      tuples, lists, dicts with string keys. Any other object stays in the child and comes as a `Handle`,
      which can be passed back. A named tuple comes as a tuple that is passed back as the very object.
    - An argument may be a function of the grader's; the learner's code can call it, `limits.callbacks` times.
    - Arrays that the call changed in place are changed here too (list and dict arguments are not).

    Raises
    ------
    LearnerError
        the learner's code raised this.
    TimeLimit
        it took too long.
    ChildDied
        its process ended, now or before.
    WireError
        its answer is no answer (the process is killed), or one too large to send (it lives).
    TypeError
        an argument that does not travel; nothing was sent.
    """

    def __init__(self, data: socket.socket, status: "_Status", out: int, limits: Limits) -> None:
        self._data = data
        self._status = status
        self._out = out
        self._limits = limits
        self._lock = threading.RLock()
        self._buffer = bytearray()
        self._printed = bytearray()  # straight to descriptor 1 or 2
        self._cells_left = limits.notebook_seconds
        self._deadline = float("inf")
        self._request: _Request | None = None
        self._ended: str | None = None
        self._poll = select.poll()
        self._poll.register(data, select.POLLIN)
        self._poll.register(out, select.POLLIN)
        data.setblocking(False)
        os.set_blocking(out, False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._ended is None and self._status.running()

    @property
    def usage(self) -> Usage | None:
        """What the process took in all; None while it runs."""
        return self._status.usage

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give all requests in this block `seconds` together, besides each one's own limit."""
        outer = self._deadline
        self._deadline = min(outer, time.monotonic() + seconds)
        try:
            yield
        finally:
            self._deadline = outer

    def run_cell(self, source: str, seconds: float | None = None) -> CellResult:
        """Run a cell as IPython does, magics included.

        Parameters
        ----------
        source : str
            the cell's text.
        seconds : float, optional
            its limit; `limits.cell_seconds` unless told. What the notebook has left bounds it too.

        Returns
        -------
        CellResult
            The outputs, at most `limits.output_bytes` of them, and whether the cell ran through. A cell
            that raises is a result with an output of type "error", no exception here.

        Raises
        ------
        TimeLimit, ChildDied, WireError
            see the class.
        """
        seconds = min(self._limits.cell_seconds if seconds is None else seconds, self._cells_left)
        begin = time.monotonic()
        try:
            reply, _ = self._ask({"op": "cell", "source": source}, _Request(), self._encoder(), seconds)
        finally:
            self._cells_left = max(0.0, self._cells_left - (time.monotonic() - begin))
        with self._hostile():
            return CellResult(self._outputs(reply), reply.get("ok") is True)

    def call(self, target: str | Handle, /, *args: Any, seconds: float | None = None, **kwargs: Any) -> Any:
        """Return what the learner's function, class or object `target` (a name or a handle) returns."""
        return self._work("call", target, None, args, kwargs, seconds)

    def method(self, handle: Handle, name: str, /, *args: Any, seconds: float | None = None, **kwargs: Any) -> Any:
        """Return what the method `name` of the learner's object returns."""
        return self._work("call", handle, name, args, kwargs, seconds)

    def get(self, handle: Handle, attribute: str, /) -> Any:
        """Return the attribute of the learner's object."""
        return self._work("get", handle, attribute)

    def set(self, handle: Handle, attribute: str, value: Any, /) -> None:
        """Set the attribute of the learner's object."""
        self._work("set", handle, attribute, (value,))

    def has(self, name: str, /) -> bool:
        """Return whether the learner's cells have defined `name`."""
        return self._work("has", name, None) is True

    def kill(self) -> None:
        """End the process and all that it started, and wait until they are gone. May be called twice."""
        with contextlib.suppress(ProcessLookupError):
            # At once, though another thread may be waiting for a reply.
            self._status.send_signal(signal.SIGKILL)
        with self._lock:
            if self._ended is None:
                self._end("was stopped by the grader")

    # What follows is the other side of inside/shell.py.

    def _work(
        self,
        operation: str,
        target: str | Handle,
        name: str | None,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Any:
        request = _Request()
        encoder = self._encoder(request)
        try:
            message = {
                "op": operation,
                "target": target if isinstance(target, str) else encoder.encode(target),
                "name": name,
                "args": encoder.encode(args),
                "kwargs": encoder.encode(dict(kwargs or {})),
            }
        except WireError as error:
            raise TypeError(f"the grader's own argument does not travel: {error}") from error
        seconds = self._limits.call_seconds if seconds is None else seconds
        reply, decoder = self._ask(message, request, encoder, seconds)
        if "refused" in reply:
            with self._hostile():
                refused = wire.text(reply["refused"], 1_000)
            raise WireError(refused)
        with self._hostile():
            if reply.get("ok") is not True:
                raise self._learner_error(reply.get("error"))
            value = decoder.decode(reply.get("value"))
            changes = [wire.pair(change) for change in self._list(reply.get("changed"))]
            self._write_back(encoder.arrays, [(number, decoder.decode(new)) for number, new in changes])
            return value

    @contextlib.contextmanager
    def _hostile(self) -> Iterator[None]:
        """Kill the child when what it sent turns out malformed."""
        try:
            yield
        except WireError:
            with self._lock:
                if self._ended is None:
                    self._end("was stopped: it sent what is no answer")
            raise

    @staticmethod
    def _list(part: Any) -> list[Any]:
        if not isinstance(part, list) or len(part) > wire.MAX_NODES:
            raise WireError("wanted a list")
        return part

    @staticmethod
    def _write_back(mine: list[np.ndarray], changed: list[tuple[Any, Any]]) -> None:
        """Give the arrays that were passed the contents they have in the child."""
        for number, new in changed:
            if type(number) is not int or not 0 <= number < len(mine) or type(new) is not np.ndarray:
                raise WireError("a change to no array")
            old = mine[number]
            if new.dtype != old.dtype or new.shape != old.shape:
                raise LearnerError("ValueError", "the shape or dtype of an argument was changed in place", "")
            if not old.flags.writeable:
                raise LearnerError("ValueError", "assignment destination is read-only", "")
            old[...] = new

    @staticmethod
    def _learner_error(part: Any) -> LearnerError:
        if not isinstance(part, dict):
            raise WireError("neither a value nor an error")
        return LearnerError(*(wire.text(part.get(key), 20_000) for key in ("name", "message", "traceback")))

    def _outputs(self, reply: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a reply's outputs, each made anew of checked parts, and what went to descriptors 1 and 2."""
        parts = self._list(reply.get("outputs"))
        if len(parts) > MAX_OUTPUTS + self._limits.output_bytes // 100:
            raise WireError("too many outputs")
        outputs = [_output(part) for part in parts]
        left = 2 * self._limits.output_bytes + 100_000
        if sum(len(str(output)) for output in outputs) > 2 * left:
            raise WireError("more output than a cell may have")
        if self._printed:
            text = self._printed.decode("utf-8", "replace")
            if len(self._printed) >= self._limits.output_bytes:
                text += "\n[output cut here]\n"
            outputs.append({"output_type": "stream", "name": "stdout", "text": text})
            self._printed.clear()
        return outputs

    def _encoder(self, request: _Request | None = None) -> wire.Encoder:
        """Return an encoder that knows handles, and gives functions to `request`."""

        def other(value: Any) -> Any:
            if isinstance(value, Handle):
                return {"handle": [value.number, ""]}
            if isinstance(value, wire.KeptTuple):
                return {"handle": [value.number, ""]}
            if callable(value) and request is not None:
                request.functions.append(value)
                return {"callback": len(request.functions) - 1}
            raise WireError(f"a {type(value).__name__} does not travel to the learner's process")

        return wire.Encoder(self._limits.reply_bytes, other)

    def _ask(
        self, message: dict[str, Any], request: _Request, encoder: wire.Encoder, seconds: float
    ) -> tuple[dict[str, Any], wire.Decoder]:
        """Send a request and return its reply; whatever else comes, or goes wrong, ends the child."""
        with self._lock:
            if self._ended is not None:
                raise ChildDied(self._ended)
            begin = time.monotonic()
            deadline = min(begin + seconds, self._deadline)
            try:
                return self._talk(encoder.frame({"id": request.id, **message}), request, deadline)
            except _Late:
                raise TimeLimit(deadline - begin, self._interrupt(request)) from None
            except _Gone:
                reason = self._end(None)
                if self._status.lost:
                    raise SandboxError("the sandbox's warm process died: run the grading again") from None
                raise ChildDied(reason) from None
            except WireError:
                self._end("was stopped: it sent what is no answer")
                raise
            except BaseException:
                if self._ended is None:
                    self._end("was stopped by the grader")
                raise

    def _talk(self, frame: bytes, request: _Request, deadline: float) -> tuple[dict[str, Any], wire.Decoder]:
        """Send a frame; serve calls back until the reply comes."""
        self._send(frame, deadline)
        while True:
            reply, decoder = wire.read_frame(
                lambda count: self._read(count, deadline), self._limits.reply_bytes, wire.GRADER_HOOKS
            )
            if reply.get("id") != request.id:
                raise WireError("a reply that belongs to no request")
            if "callback" not in reply:
                self._drain()
                return reply, decoder
            self._send(self._call_back(reply, decoder, request), deadline)

    def _call_back(self, call: dict[str, Any], decoder: wire.Decoder, request: _Request) -> bytes:
        """Call the grader's function that the learner's code wants, and return the frame with what came."""
        number = call["callback"]
        args, kwargs = decoder.decode(call.get("args")), decoder.decode(call.get("kwargs"))
        if type(number) is not int or not isinstance(args, tuple) or not isinstance(kwargs, dict):
            raise WireError("a call back of no known form")
        request.calls += 1
        encoder = self._encoder()
        try:
            if request.calls > self._limits.callbacks:
                raise RuntimeError(f"a function was called more than {self._limits.callbacks} times")
            if not 0 <= number < len(request.functions):
                raise RuntimeError("this function belongs to an earlier call")
            return encoder.frame(
                {"id": request.id, "value": encoder.encode(request.functions[number](*args, **kwargs))}
            )
        except (LearnerError, TimeLimit, ChildDied, WireError, SandboxError):
            raise
        except Exception as error:  # the learner's code may have called it wrongly, and may catch it
            told = [type(error).__name__, str(error)[:1_000]]
            return self._encoder().frame({"id": request.id, "error": told})

    def _interrupt(self, request: _Request) -> list[dict[str, Any]]:
        """Interrupt, wait for the reply, kill if there is none; return the cell's outputs until then."""
        deadline = time.monotonic() + GRACE_SECONDS
        try:
            self._status.send_signal(signal.SIGINT)
            reply, _ = self._talk(b"", request, deadline)
            return self._outputs(reply) if "outputs" in reply else []
        except (_Late, _Gone, WireError, ProcessLookupError):
            if self._ended is None:
                self._end("was stopped at its time limit")
            return []

    def _send(self, frame: bytes, deadline: float) -> None:
        view = memoryview(frame)
        writable = select.poll()
        writable.register(self._data, select.POLLOUT)
        while view:
            left = deadline - time.monotonic()
            if left <= 0 or not writable.poll(left * 1000):
                raise _Late
            try:
                view = view[self._data.send(view) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise _Gone from error

    def _read(self, count: int, deadline: float) -> bytes:
        """Return exactly `count` bytes of the child's."""
        while len(self._buffer) < count:
            left = deadline - time.monotonic()
            ready = self._poll.poll(min(left, 3600) * 1000) if left > 0 else []
            if not ready:
                raise _Late
            self._drain()
            try:
                chunk = self._data.recv(1 << 20)
            except BlockingIOError:
                continue
            except OSError as error:
                raise _Gone from error
            if not chunk:
                raise _Gone
            self._buffer += chunk
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def _drain(self) -> None:
        """Take what was written to descriptors 1 and 2, and keep no more than a cell may print."""
        for _ in range(64):  # a flood must not hold the grader here
            try:
                chunk = os.read(self._out, 1 << 16)
            except (BlockingIOError, OSError):
                return
            if not chunk:
                with contextlib.suppress(KeyError):
                    self._poll.unregister(self._out)  # both are closed
                return
            self._printed += chunk[: self._limits.output_bytes - len(self._printed)]

    def _end(self, reason: str | None) -> str:
        """Kill what is left, release everything, and return how the process ended."""
        if reason is None:  # it went by itself: let its end be told before a kill hides it
            reason = self._status.reason(GRACE_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            self._status.send_signal(signal.SIGKILL)
        self._ended = reason or "closed its connection"
        self._data.close()
        os.close(self._out)
        self._status.reason(START_SECONDS)
        self._status.close()
        return self._ended


class _Status:
    """What the keeper of a child says: a pidfd of the child's pid 1, later how it ended."""

    def __init__(self, connection: socket.socket, isolated: bool) -> None:
        """Wait for the pidfd; raises `_Gone` when the warm process is dead, SandboxError when it failed."""
        self.usage: Usage | None = None
        self.lost = False  # the keeper is gone, and took its knowledge along
        self._connection = connection
        self._lock = threading.Lock()  # for what is said
        self._handle = threading.Lock()  # for the pidfd
        self._pid, self._pidfd = 0, -1
        self._closed = False
        self._lines = b""
        self._told: str | None = None
        started = self._line(START_SECONDS)
        if self._failed(started) or not isinstance(started.get("pid"), int):
            self.close()
            raise SandboxError(f"the sandbox cannot make a child: {started.get('failed', 'no answer')}")
        if isolated and self._pidfd < 0:
            self.close()
            raise SandboxError("no pidfd came: wanted Linux 5.3 or later, and fewer open files (see ulimit -n)")
        if not isolated:  # inside a pid namespace it would be another process's here
            self._pid = started["pid"]

    def _line(self, seconds: float) -> dict[str, Any]:
        """Return the next message; raises `_Gone` without one in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._lines:
            self._connection.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                chunk, ancillary, _, _ = self._connection.recvmsg(4096, socket.CMSG_SPACE(4))
            except OSError as error:
                raise _Gone from error
            for _, _, sent in ancillary:
                self._pidfd = array.array("i", sent)[0]
            if not chunk:
                self.lost = True
                raise _Gone
            self._lines += chunk
        line, _, self._lines = self._lines.partition(b"\n")
        return json.loads(line)

    @staticmethod
    def _failed(message: dict[str, Any]) -> bool:
        return "failed" in message

    def failure(self) -> str:
        """Return what went wrong before the child could serve."""
        try:
            return str(self._line(GRACE_SECONDS).get("failed", "it ended"))
        except _Gone:
            if self.lost:
                raise
            return "it did not answer"

    def running(self) -> bool:
        """Return whether pid 1 of the child still runs."""
        if self._pidfd >= 0:
            ended = select.poll()
            ended.register(self._pidfd, select.POLLIN)
            return not ended.poll(0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, 0)
            return not self._closed
        return False

    def send_signal(self, number: signal.Signals) -> None:
        """Signal pid 1 (without namespaces: its process group); raises ProcessLookupError when it is gone."""
        with self._handle:
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            elif self._pid and not self._closed:
                os.killpg(self._pid, number)

    def reason(self, seconds: float) -> str | None:
        """Wait for the end of the process and return how it came; None when nothing is heard of it."""
        with self._lock, contextlib.suppress(_Gone):
            if self._told is None:
                end = self._line(seconds)
                self.usage = Usage(end["user"], end["system"], end["rss"])
                code = end["status"]
                if end["memory"]:
                    self._told = "was stopped: its processes took too much memory together"
                elif not os.WIFSIGNALED(code):
                    self._told = f"ended itself with exit code {os.waitstatus_to_exitcode(code)}"
                elif os.WTERMSIG(code) == signal.SIGKILL:  # not by us, and nobody inside can kill pid 1
                    self._told = "was killed by signal 9: out of memory, or out of processor time"
                else:
                    self._told = f"was killed by signal {os.WTERMSIG(code)}"
        return self._told

    def close(self) -> None:
        with self._handle:
            self._closed = True
            self._connection.close()
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1


def _output(part: Any) -> dict[str, Any]:
    """Return an nbformat output made of the checked parts of a child's; raises `WireError`."""
    kind = part.get("output_type") if isinstance(part, dict) else None
    if kind == "stream":
        name = "stderr" if part.get("name") == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": wire.text(part.get("text"), wire.MAX_HEADER)}
    if kind == "error":
        lines = part.get("traceback")
        if not isinstance(lines, list):
            raise WireError("an error without traceback")
        ename, evalue = wire.text(part.get("ename"), 200), wire.text(part.get("evalue"), 20_000)
        traceback = [wire.text(line, 20_000) for line in lines]
        return {"output_type": kind, "ename": ename, "evalue": evalue, "traceback": traceback}
    if kind not in ("display_data", "execute_result") or not isinstance(part.get("data"), dict):
        raise WireError("an output of no known form")
    bundle = part["data"].items()
    data = {key: wire.text(value, wire.MAX_HEADER) for key, value in bundle if key in MIME_TYPES}
    output: dict[str, Any] = {"output_type": kind, "data": data, "metadata": {}}
    if kind == "execute_result":
        count = part.get("execution_count")
        output["execution_count"] = count if type(count) is int and 0 <= count < 1 << 31 else None
    return output


class Sandbox:
    """Makes confined processes for learners' code; a context manager, safe to use from several threads.

    What a child sees: the learners' Python environment, /usr and `files`, all read-only; an empty home,
    /tmp and /dev/shm, in memory and bounded; its own processes; no network. It runs as an ordinary user,
    also when the grader is root. Children share nothing they can write to.

    What this does not defend against: a hole in the kernel (the filter of system calls makes the way there
    narrower), and slowness of the whole machine, since children share its processors.

    Parameters
    ----------
    limits : Limits
        what each child may take.
    files : mapping of str to bytes, optional
        name and contents of files that each child finds, read-only, in its home and on its import path.
    python : Path, optional
        the learners' Python; the clone's `.venv-learner/bin/python` unless told.
    kind : str, optional
        "bwrap" unless the environment variable BATCHNORM_SANDBOX says otherwise, or "none" for a machine without
        Linux namespaces: then the learner's code runs as the user who grades, and can read, change and send away
        whatever that user can, the solutions, the hidden
        tests, other submissions and the gradebook among them. For code you trust, or inside a container
        made for it.

    Raises
    ------
    ValueError
        a `kind` or a name in `files` that there is not.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008 (it is frozen)
        files: Mapping[str, bytes] | None = None,
        python: Path | None = None,
        kind: str | None = None,
    ) -> None:
        kind = kind or os.environ.get(KIND, "bwrap")
        if kind not in ("bwrap", "none"):
            raise ValueError(f"a sandbox of kind {kind!r}: wanted 'bwrap' or 'none'")
        self.limits = limits
        self.kind = kind
        self.seccomp = False  # whether the filter of system calls is in force; known after the first start
        self.boot_seconds = 0.0  # what the warm process took to start
        self._python = Path(LEARNER_PYTHON if python is None else python)
        self._files = dict(files or {})
        for name in self._files:
            if name != os.path.basename(name) or name in ("", ".", ".."):
                raise ValueError(f"a file for the learner called {name!r}: wanted a plain name")
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        # bwrap dies with the thread that started it, so it gets one that lives as long as the sandbox.
        self._launcher: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, seed: int | None = None) -> Child:
        """Return a new child; the first call, and the first after the warm process died, takes seconds.

        Parameters
        ----------
        seed : int, optional
            where the child's global random generators (NumPy's and Python's) start; random unless told.

        Raises
        ------
        SandboxError
            the machine cannot do it; the message says what would help.
        """
        number = secrets.randbits(64) if seed is None else seed % (1 << 64)
        for _ in range(2):
            control = self._warm()
            try:
                return self._fork(control, number)
            except (_Gone, BrokenPipeError, ConnectionResetError):
                self._stop(control)
        raise SandboxError("the sandbox's warm process dies at once: is there enough memory?")

    def close(self) -> None:
        """End the warm process and with it all children. The sandbox can be used again."""
        self._stop(self._control)
        with self._lock:
            if self._launcher is not None:
                self._launcher.shutdown()
                self._launcher = None

    def _fork(self, control: socket.socket, seed: int) -> Child:
        with contextlib.ExitStack() as undo:
            data, their_data = socket.socketpair()
            said, their_said = socket.socketpair()
            out, their_out = os.pipe()
            for end in (data, said):
                undo.callback(end.close)
            undo.callback(os.close, out)
            with self._lock, their_data, their_said:
                fds = array.array("i", [their_data.fileno(), their_said.fileno(), their_out])
                try:
                    control.sendmsg([seed.to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
                finally:
                    os.close(their_out)
            status = _Status(said, self.kind == "bwrap")
            undo.callback(status.close)
            data.settimeout(START_SECONDS)
            try:
                hello = data.recv(1)
            except TimeoutError:
                hello = b""
            if hello != b"\0":
                raise SandboxError(f"the sandbox cannot make a child: {status.failure()}")
            undo.pop_all()
        return Child(data, status, out, self.limits)

    def _warm(self) -> socket.socket:
        """Return the control socket of a running warm process."""
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
        begin = time.monotonic()
        if not self._python.exists():
            raise SandboxError(
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
        self.boot_seconds = time.monotonic() - begin
        return control

    def _launch(self, control: socket.socket, theirs: socket.socket, folder: Path) -> dict[str, Any]:
        """Start the warm process and return what it says when it is ready."""
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
                raise SandboxError(f"cannot start {command[0]}: {error}") from error
            theirs.close()
            control.settimeout(BOOT_SECONDS)
            line = b""
            with contextlib.suppress(OSError), control.makefile("rb", buffering=0) as lines:
                line = lines.readline(4096)
            if not line:
                self._kill()
                said.seek(0)
                raise SandboxError(_explain(said.read(20_000).decode("utf-8", "replace")))
        control.settimeout(START_SECONDS)
        ready = json.loads(line)
        if isolated and ready["threads"] != 1:
            raise SandboxError(f"the warm process has {ready['threads']} threads: wanted one, to fork from")
        return ready


def bwrap_command(python: Path, files: Path) -> list[str]:
    """Return the command line that runs what is appended to it inside bubblewrap.

    Parameters
    ----------
    python : Path, optional
        the learners' Python; inside it is /venv/bin/python.
    files : Path
        the folder to show as /files.

    Raises
    ------
    SandboxError
        bubblewrap, or for root setpriv, is not there, or the Python does not run.
    """
    for program, package in (
        ("bwrap", "bubblewrap"),
        *([("setpriv", "util-linux")] if os.geteuid() == 0 else []),
    ):
        if shutil.which(program) is None:
            raise SandboxError(f"the program {program} is missing: apt-get install {package}")
    visible = [(files, "/files"), (python.parent.parent, "/venv")]
    visible += [(HERE / "inside" / name, f"/inside/{name}") for name in ("zygote.py", "shell.py")]
    visible += [(HERE / "wire.py", "/inside/wire.py")]
    # The environment's python is a link to an absolute path below its base, so the base keeps its own name.
    visible += [(base, str(base)) for base in _bases(python) if not base.is_relative_to("/usr")]

    for _, target in visible:
        if Path(target).is_relative_to("/tmp"):
            raise SandboxError(f"the learners' Python lies in {target}, which the sandbox hides: move it")

    outer: list[str] = []
    if os.geteuid() == 0:
        # As an ordinary user bwrap could not enter /root, or wherever the clone is; as root it would cover
        # parts of /proc, and then the kernel refuses the children one of their own. So root shows what is
        # wanted below /mnt to an ordinary user, and that one runs the real sandbox.
        outer = ["bwrap", "--die-with-parent", "--dev-bind", "/", "/", "--tmpfs", "/mnt"]
        for number, (source, _) in enumerate(visible):
            outer += ["--ro-bind", str(source), f"/mnt/{number}"]
        outer += ["setpriv", f"--reuid={SANDBOX_ID}", f"--regid={SANDBOX_ID}", "--clear-groups"]
        visible = [(Path(f"/mnt/{number}"), target) for number, (_, target) in enumerate(visible)]

    inner = [
        "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--uid",
        "1000",
        "--gid",
        "1000",
        "--cap-drop",
        "ALL",
    ]
    inner += ["--die-with-parent", "--new-session", "--hostname", "sandbox", "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        if os.path.islink(f"/{name}"):
            inner += ["--symlink", f"usr/{name}", f"/{name}"]
        elif os.path.isdir(f"/{name}"):
            inner += ["--ro-bind", f"/{name}", f"/{name}"]
    for name in ("/etc/ld.so.cache", "/etc/alternatives"):
        inner += ["--ro-bind-try", name, name]
    for source, target in visible:
        inner += ["--ro-bind", str(source), target]
    if any(ROOT.is_relative_to(shown) for shown in ("/usr", *(target for _, target in visible))):
        inner += ["--tmpfs", str(ROOT)]  # a clone inside what is shown would show the solutions
    inner += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--dir", HOME]
    # Without these two the root and /dev could be written to, by one child for the next.
    inner += ["--remount-ro", "/dev", "--remount-ro", "/", "--clearenv", "--chdir", HOME]
    for name, value in ENVIRONMENT.items():
        inner += ["--setenv", name, value]
    return [*outer, *inner]


def _bases(python: Path) -> list[Path]:
    """Return the folders in which the interpreter behind an environment lies, by each of their names."""
    code = "import sys; print(sys.base_prefix, sys.base_exec_prefix, sys.prefix, sep='\\n')"
    run = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise SandboxError(f"the learners' Python {python} does not run: {run.stderr.strip()[-500:]}")
    prefix, exec_prefix, own = map(Path, run.stdout.splitlines())
    bases = {prefix, exec_prefix, prefix.resolve(), python.resolve().parent.parent} - {own}
    return sorted(bases)


def _explain(said: str) -> str:
    """Return why the sandbox did not start, from what bwrap or Python said, and the command that helps."""
    last = " / ".join(said.strip().splitlines()[-3:]) or "it said nothing"
    forbidden = ("new namespace", "uid map", "RTM_NEWADDR", "Operation not permitted", "Permission denied")
    if "bwrap:" not in said or not any(words in said for words in forbidden):
        return f"the sandbox's warm process did not start: {last}"
    cures = {
        "kernel/apparmor_restrict_unprivileged_userns": (
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        "kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
        "user/max_user_namespaces": ("0", "user.max_user_namespaces=15000"),
    }
    for name, (bad, cure) in cures.items():
        with contextlib.suppress(OSError):
            if Path("/proc/sys", name).read_text().strip() == bad:
                return f"this machine forbids user namespaces ({last}): sudo sysctl -w {cure}"
    return (
        f"this machine forbids user namespaces ({last}): in a container, start it with "
        "`docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined ...`"
    )
