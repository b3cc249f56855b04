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
from grading.sandbox.cgroup import Group

START_SECONDS = 20.0
GRACE_SECONDS = 1.0
WHY = {  # by what ended it
    "memory": "was stopped: its processes took too much memory together",
    "processor time": "was stopped: it has used up its processor time",
    "processes": "was stopped: its other processes could not be ended",
}


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


def _pid_of(pidfd: int) -> int:
    """Return the number by which this process knows the one that a pidfd stands for; 0 where it knows none."""
    with contextlib.suppress(OSError), open(f"/proc/self/fdinfo/{pidfd}") as lines:
        for line in lines:
            if line.startswith("Pid:"):
                return max(0, int(line.split()[1]))
    return 0


class Keeper:
    """The grader's end of the socket to a child's keeper, which `inside/zygote.py` describes.

    The keeper sends a pidfd of the child's pid 1 at once, and how that process ended when it has. Meanwhile it says
    when pid 1 is no longer alone, and ends the other processes where it is asked to.

    Attributes
    ----------
    pid : int
        Of pid 1, as this process sees it; 0 where that is not known.
    usage : Usage or None
        What the process has taken; None until its end is heard of.
    machine_failure : str
        What the machine has done to the child: the keeper is gone, so that nobody knows how the child ended, or
        something has killed it that is neither the learner's code nor the grader nor a limit. Empty otherwise.
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
        self.machine_failure = ""
        self.pid = 0
        self._connection = connection
        self._news = select.poll()
        self._news.register(connection, select.POLLIN)
        self._lock = threading.Lock()  # held while the keeper is read
        self._handle = threading.Lock()  # held while the pidfd is used or closed
        self._isolated = isolated
        self._pidfd = -1
        self._closed = False
        self._others = False  # whether pid 1 has started processes that may still run
        self._end: dict[str, Any] | None = None
        self._group: Group | None = None
        self._lines = b""
        self._told: str | None = None
        try:
            started = self._line(START_SECONDS)
        except Gone:
            if self.machine_failure:
                raise
            started = {}  # the warm process lives, and so may other children of it
        if self._failed(started) or not isinstance(started.get("pid"), int):
            self.close()
            raise MachineError(f"the sandbox cannot make a child: {started.get('failed', 'no answer')}")
        if isolated and self._pidfd < 0:
            self.close()
            raise MachineError("no pidfd came: wanted Linux 5.3 or later, and fewer open files (see ulimit -n)")
        # The keeper's number for it would mean another process here.
        self.pid = _pid_of(self._pidfd) if isolated else started["pid"]

    def _line(self, seconds: float) -> dict[str, Any]:
        """Return the keeper's next message; raise `Gone` where none comes in time."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._lines:
            self._connection.settimeout(max(0.0, deadline - time.monotonic()))
            try:
                chunk, ancillary, _, _ = self._connection.recvmsg(4096, socket.CMSG_SPACE(4))
            except OSError as error:
                raise Gone from error
            for _, _, sent in ancillary:
                self._pidfd = array.array("i", sent)[0]
            if not chunk:
                self.machine_failure = "the sandbox's warm process died"
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
            if self.machine_failure:
                raise
            return "it did not answer"

    def running(self) -> bool:
        """Return whether pid 1 of the child still runs."""
        if self._pidfd >= 0:
            ended = select.poll()
            ended.register(self._pidfd, select.POLLIN)
            return not ended.poll(0)
        with contextlib.suppress(ProcessLookupError):
            if not self._isolated:
                os.kill(self.pid, 0)
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
            elif not self._isolated and not self._closed:
                os.killpg(self.pid, number)

    def join(self, group: Group) -> None:
        """Have the child live in a cgroup, which is removed with it.

        Raises
        ------
        OSError
            The kernel does not let it in.
        """
        self._group = group
        group.add(self.pid)

    def others(self) -> bool:
        """Return whether the child has other processes than pid 1, as far as the keeper has said so by now."""
        if not self._closed and self._news.poll(0):  # seldom: most requests find nothing new here
            with self._lock, contextlib.suppress(Gone):
                while self._news.poll(0):
                    self._hear(0)
        return self._others

    def end_others(self) -> None:
        """End all processes of the child but pid 1, and wait until that is done.

        Raises
        ------
        Gone
            The child has ended meanwhile, or the keeper has not answered in time.
        """
        if not self._isolated:
            return
        with self._lock:
            try:
                self._connection.sendall(b"!")
            except OSError as error:
                raise Gone from error
            self._others = True
            while self._others:
                self._hear(START_SECONDS)

    def _hear(self, seconds: float) -> None:
        """Take the keeper's next message; raise `Gone` where none comes in time, or the last one has come."""
        if self._end is not None:
            raise Gone
        message = self._line(seconds)
        if "others" in message:
            self._others = message["others"]
        else:
            self._end = message

    def reason(self, seconds: float) -> str | None:
        """Wait up to `seconds` for the end of the process and return how it ended; None where nothing is heard.

        It is None, too, where the keeper has failed, or where something from outside has killed the process.
        """
        with self._lock, contextlib.suppress(Gone):
            while self._end is None:
                self._hear(seconds)
        if self._end is None or self._told is not None:
            return self._told
        if self._failed(self._end):
            self.machine_failure = f"the sandbox lost sight of a process: {self._end['failed']}"
            return None
        end, code = self._end, self._end["status"]
        self.usage = Usage(end["user"], end["system"], end["rss"])
        if end["why"] in WHY:
            self._told = WHY[end["why"]]
        elif not os.WIFSIGNALED(code):
            self._told = f"ended itself with exit code {os.waitstatus_to_exitcode(code)}"
        elif os.WTERMSIG(code) != signal.SIGKILL or not self._isolated:
            self._told = f"was killed by signal {os.WTERMSIG(code)}"
        elif self._group is not None and self._group.killed():
            self._told = WHY["memory"]
        else:  # nobody inside can do this to pid 1, and the grader asks before it does it
            self.machine_failure = "a learner's process was killed from outside the sandbox: is the memory all used?"
        return self._told

    def close(self) -> None:
        """Close the socket and the pidfd. May be called twice."""
        with self._handle:
            self._closed = True
            self._connection.close()
            if self._group is not None:
                self._group.remove()
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1
