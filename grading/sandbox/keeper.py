"""Hears a child's keeper: the process beside the child that knows its first process, and later how this one ended."""

import array
import contextlib
import json
import os
import select
import signal
import socket
import threading
import time
from dataclasses import dataclass
from typing import Any

from course.errors import MachineError

START_SECONDS = 20.0
GRACE_SECONDS = 1.0


@dataclass(frozen=True)
class Usage:
    """What an ended process has taken.

    Attributes
    ----------
    user_seconds, system_seconds : float
        Processor time.
    max_rss_bytes : int
        The most memory that it had at a time, with what it shares with others.
    """

    user_seconds: float
    system_seconds: float
    max_rss_bytes: int


class Gone(Exception):  # noqa: N818
    """The other end of a socket is closed."""


class Keeper:
    """The grader's end of the socket to a child's keeper, which `inside/zygote.py` describes.

    The keeper sends a pidfd of the child's pid 1 at once, and how that process ended when it has.
    """

    def __init__(self, connection: socket.socket, isolated: bool) -> None:
        """Wait for the pidfd.

        Parameters
        ----------
        connection : socket
            The status socket, from now on this object's.
        isolated : bool
            Whether the child has namespaces of its own; without them its process id serves where no pidfd comes.

        Raises
        ------
        Gone
            The warm process is dead.
        MachineError
            The child could not be made.
        """
        self.usage: Usage | None = None
        self.lost = False  # whether the keeper is gone, so that nobody knows how the child ended
        self._connection = connection
        self._lock = threading.Lock()  # held while the keeper is read
        self._handle = threading.Lock()  # held while the pidfd is used or closed
        self._pid, self._pidfd = 0, -1
        self._closed = False
        self._lines = b""
        self._told: str | None = None
        started = self._line(START_SECONDS)
        if self._failed(started) or not isinstance(started.get("pid"), int):
            self.close()
            raise MachineError(f"the sandbox cannot make a child: {started.get('failed', 'no answer')}")
        if isolated and self._pidfd < 0:
            self.close()
            raise MachineError("no pidfd came: wanted Linux 5.3 or later, and fewer open files (see ulimit -n)")
        if not isolated:  # a number from inside a pid namespace would mean another process here
            self._pid = started["pid"]

    def _line(self, seconds: float) -> dict[str, Any]:
        """Return the keeper's next message; raise `Gone` where none comes in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._lines:
            self._connection.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                chunk, ancillary, _, _ = self._connection.recvmsg(4096, socket.CMSG_SPACE(4))
            except OSError as error:
                raise Gone from error
            for _, _, sent in ancillary:
                self._pidfd = array.array("i", sent)[0]
            if not chunk:
                self.lost = True
                raise Gone
            self._lines += chunk
        line, _, self._lines = self._lines.partition(b"\n")
        return json.loads(line)

    @staticmethod
    def _failed(message: dict[str, Any]) -> bool:
        return "failed" in message

    def failure(self) -> str:
        """Return what went wrong before the child could answer requests; raises `Gone` where the keeper is gone."""
        try:
            return str(self._line(GRACE_SECONDS).get("failed", "it ended"))
        except Gone:
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
        """Signal pid 1, or its process group where there are no namespaces.

        Raises
        ------
        ProcessLookupError
            The process is gone.
        """
        with self._handle:
            if self._pidfd >= 0:
                signal.pidfd_send_signal(self._pidfd, number)
            elif self._pid and not self._closed:
                os.killpg(self._pid, number)

    def reason(self, seconds: float) -> str | None:
        """Wait up to `seconds` for the end of the process and return how it ended; None where nothing is heard."""
        with self._lock, contextlib.suppress(Gone):
            if self._told is None:
                end = self._line(seconds)
                self.usage = Usage(end["user"], end["system"], end["rss"])
                code = end["status"]
                if end["memory"]:
                    self._told = "was stopped: its processes took too much memory together"
                elif not os.WIFSIGNALED(code):
                    self._told = f"ended itself with exit code {os.waitstatus_to_exitcode(code)}"
                elif os.WTERMSIG(code) == signal.SIGKILL:  # by the kernel: we ask before we kill, and nobody inside can
                    self._told = "was killed by signal 9: out of memory, or out of processor time"
                else:
                    self._told = f"was killed by signal {os.WTERMSIG(code)}"
        return self._told

    def close(self) -> None:
        """Close the socket and the pidfd. May be called twice."""
        with self._handle:
            self._closed = True
            self._connection.close()
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1
