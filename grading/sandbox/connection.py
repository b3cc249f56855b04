"""Carries bytes between the grader and a learner's process: each read and write has a deadline, and floods are cut."""

import contextlib
import os
import select
import socket
import time

from grading.sandbox.clock import Deadline
from grading.sandbox.keeper import GRACE_SECONDS, Gone

#: What the system says where the other end is closed. Any other error is this process's own: the machine's failure.
CLOSED = (ConnectionResetError, BrokenPipeError)


class LateError(Exception):
    """The time for a request is over."""


def _milliseconds(deadline: Deadline) -> float:
    return 1000 * min(3600.0, max(0.0, deadline.left()))


class Connection:
    """The data socket of a child, and the pipe to which its descriptors 1 and 2 lead.

    Parameters
    ----------
    data : socket
        Requests go out on it, replies come in.
    out : int
        The reading end of the pipe, as a file descriptor.
    most : int
        How many bytes of the pipe are kept at a time; the rest is read and thrown away.
    """

    def __init__(self, data: socket.socket, out: int, most: int) -> None:
        self._data = data
        self._out = out
        self._most = most
        self._buffer = bytearray()
        self._printed = bytearray()  # straight to descriptor 1 or 2, past sys.stdout
        self._poll = select.poll()
        self._poll.register(data, select.POLLIN)
        self._poll.register(out, select.POLLIN)
        data.setblocking(False)
        os.set_blocking(out, False)

    def send(self, frame: bytes, deadline: Deadline) -> None:
        """Send all of `frame`.

        Parameters
        ----------
        frame : bytes
            May be empty.
        deadline : Deadline
            Until when.

        Raises
        ------
        LateError
            The deadline has passed.
        Gone
            The process has closed its end.
        OSError
            This process cannot use the socket.
        """
        view = memoryview(frame)
        writable = select.poll()
        writable.register(self._data, select.POLLOUT)
        while view:
            if not writable.poll(_milliseconds(deadline)):
                if deadline.left() > 0:
                    continue  # the process has waited for a processor meanwhile
                raise LateError
            try:
                view = view[self._data.send(view) :]
            except BlockingIOError:
                continue
            except CLOSED as error:
                raise Gone from error

    def read(self, count: int, deadline: Deadline) -> bytes:
        """Return exactly `count` bytes of the child's; the deadline and the errors are those of `send`.

        What has come in time is read even where this process, on a busy machine, gets to it late.
        """
        late = float("inf")
        while len(self._buffer) < count:
            ready = self._poll.poll(_milliseconds(deadline))
            if deadline.left() <= 0:
                late = min(late, time.monotonic())
                if not ready or time.monotonic() - late > GRACE_SECONDS:
                    raise LateError
            elif not ready:
                continue
            self.drain()
            try:
                chunk = self._data.recv(1 << 20)
            except BlockingIOError:
                continue
            except CLOSED as error:
                raise Gone from error
            if not chunk:
                raise Gone
            self._buffer += chunk
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def drain(self) -> None:
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
            self._printed += chunk[: self._most - len(self._printed)]

    def take_printed(self) -> str:
        """Return what was written to descriptors 1 and 2 since the last time, with a remark where it was cut."""
        if not self._printed:
            return ""
        text = self._printed.decode("utf-8", "replace")
        if len(self._printed) >= self._most:
            text += "\n[output cut here]\n"
        self._printed.clear()
        return text

    def close(self) -> None:
        """Close both ends that the grader holds."""
        self._data.close()
        os.close(self._out)
