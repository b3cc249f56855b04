"""What a keeper does while its child lives: it counts the child's memory, and ends processes that are left over.

The kernel's limits bound one process, and a learner's code can start many. The keeper lies outside the child's process
namespace, where no learner's code can reach it. Its /proc is the child's, because pid 1 has mounted that in a mount
namespace that both share.
"""

import contextlib
import json
import os
import select
import signal
import socket
import time
from pathlib import Path
from typing import Any

WATCH_SECONDS = 0.25
END_SECONDS, HELPER_SECONDS, PAUSE_SECONDS = 10.0, 0.5, 0.005  # of ending what is left over
MIB = 1 << 20
# The sockets' buffers count only beyond this: a process near its own limit shall meet that one.
FREE_SOCKET_BYTES = 32 * MIB
DATAGRAM, DATAGRAMS = "0002", 11  # a socket's type in /proc/net/unix, and the messages that may wait in one


def private_bytes(process: str) -> int:
    """Return the bytes of a process that belong to no file on disk, with those that a fork shares and the swapped.

    It is 0 where the process has ended.
    """
    return sum(_fields(f"/proc/{process}/status", "RssAnon", "RssShmem", "VmSwap", "VmPTE"))


def _proportional_bytes(process: str) -> int | None:
    """Return the same, where a page that n processes share counts a n-th; None where the kernel does not tell."""
    return sum(_fields(f"/proc/{process}/smaps_rollup", "Pss_Anon", "Pss_Shmem", "SwapPss")) or None


def _fields(path: str, *names: str) -> list[int]:
    """Return the numbers of some lines `Name:  number kB` of a file, in bytes."""
    with contextlib.suppress(OSError):
        lines = (line.split() for line in Path(path).read_text().splitlines())
        return [int(words[1]) * 1024 for words in lines if words and words[0].rstrip(":") in names]
    return []


def _processes() -> list[str]:
    return list(filter(str.isdigit, os.listdir("/proc")))


def _live_others() -> list[str]:
    """Return the processes besides pid 1 that have not ended; pid 1 may not have waited for one that has."""
    found = []
    for process in _processes():
        with contextlib.suppress(OSError):
            state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0]
            if process != "1" and state not in (b"Z", b"X"):
                found.append(process)
    return found


def _kill(process: str) -> None:
    """Kill a process, which this one knows by its folder in /proc alone."""
    folder = os.open(f"/proc/{process}", os.O_RDONLY | os.O_DIRECTORY)
    try:
        signal.pidfd_send_signal(folder, signal.SIGKILL)
    finally:
        os.close(folder)


def _kill_from_inside() -> None:
    """Kill all processes but pid 1, by one call from inside the namespace, from which none of them can fork away."""
    helper = os.fork()  # pid 1 was this process's first one there
    if helper == 0:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    pidfd = os.pidfd_open(helper)
    if not select.select([pidfd], [], [], HELPER_SECONDS)[0]:  # something inside has stopped it
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.waitpid(helper, 0)
    os.close(pidfd)


class Watch:
    """Watches one child.

    Parameters
    ----------
    pid : int
        Of pid 1, as the keeper sees it.
    pidfd : int
        Of pid 1.
    status : socket
        To the grader. A byte from there asks to end all processes but pid 1.
    base : int
        The bytes that each process shares with the warm process, if it was forked only.
    most : int
        How many bytes the processes may take together beyond that.
    """

    def __init__(self, pid: int, pidfd: int, status: socket.socket, base: int, most: int) -> None:
        self._pid, self._pidfd, self._status = pid, pidfd, status
        self._base, self._most = base, most
        self._socket_bytes = status.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) * 3 // 2
        self._told = False  # whether the grader knows that pid 1 is not alone

    def until_the_end(self) -> dict[str, Any]:
        """Wait for the end of pid 1, and cause it where its processes take too much memory or the grader is gone.

        Returns
        -------
        dict
            `why`: "memory", "processor time" or "processes" where one of these has ended it, else an empty string.
        """
        why = ""
        either: list[Any] = [self._pidfd, self._status]
        look = time.monotonic() + WATCH_SECONDS
        while not why:
            ready = select.select(either, [], [], max(0.0, look - time.monotonic()))[0]
            if self._pidfd in ready:
                break
            if self._status in ready:
                if not self._status.recv(1):
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                    break
                why = "" if self._end_others() else "processes"
            if time.monotonic() >= look and not why:  # however often the grader asks for something
                why = "memory" if self._is_too_much() else ""
                look = time.monotonic() + WATCH_SECONDS
        if why:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
        os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT)
        return {"why": why or ("processor time" if self._out_of_processor_time() else "")}

    def _is_too_much(self) -> bool:
        """Return whether two counts find too much memory. One alone may be wrong: while it goes on, processes fork and
        end, and the pages that they share go over from one to the other."""
        return self._look() > self._most and self._look() > self._most

    def _look(self) -> int:
        """Return the memory of the child, and tell the grader if pid 1 is no longer alone."""
        if os.path.exists("/proc/self"):
            return 0  # pid 1 has not mounted its /proc yet: this process is in it
        processes = _processes()
        if len(processes) > 1 and not self._told and _live_others():
            self._tell(others=True)
        return self._bytes(processes)

    def _bytes(self, processes: list[str]) -> int:
        """Return the memory of some processes, as far as it is not the warm process's, and of their sockets.

        What one process has beyond the limit does not count: the kernel bounds its address space, and then it gets a
        `MemoryError`, which says more than a killed process can. The quick count has shared pages several times, so
        that what it finds too much is counted anew.
        """
        sockets = self._bytes_of_sockets()
        quick = {process: min(max(0, private_bytes(process) - self._base), self._most) for process in processes}
        if sum(quick.values()) + sockets <= self._most:
            return 0
        exact = {process: _proportional_bytes(process) for process in processes}
        counted = (quick[p] if exact[p] is None else min(quick[p], exact[p] or 0) for p in processes)
        return sum(counted) + sockets

    def _bytes_of_sockets(self) -> int:
        """Return how much may wait in the sockets of this network namespace, which only Unix ones work in."""
        try:
            sockets = [line.split()[4] for line in Path("/proc/1/net/unix").read_text().splitlines()[1:]]
        except OSError:
            return 0
        datagrams = sockets.count(DATAGRAM)
        return max(0, (len(sockets) + (DATAGRAMS - 1) * datagrams) * self._socket_bytes - FREE_SOCKET_BYTES)

    def _end_others(self) -> bool:
        """End all processes but pid 1, as far as there are any, and say so; return whether they have ended."""
        end = time.monotonic() + END_SECONDS
        while others := _live_others():
            if time.monotonic() > end:
                return False
            for process in others:
                with contextlib.suppress(OSError):
                    _kill(process)
            _kill_from_inside()
            time.sleep(PAUSE_SECONDS)  # they end when the kernel gets to them
        self._tell(others=False)
        return True

    def _tell(self, others: bool) -> None:
        self._told = others
        self._status.sendall(json.dumps({"others": others}).encode() + b"\n")

    def _out_of_processor_time(self) -> bool:
        """Return whether pid 1, which has ended, has used up the processor time that it had then.

        A learner's code can lower its own limit, so the limit is read from the ended process. The kernel compares it
        with a count of ticks, which can be ahead of the time that it tells.
        """
        with contextlib.suppress(OSError):
            limits = Path("/proc/1/limits").read_text().splitlines()
            hard = next(line.split()[4] for line in limits if line.startswith("Max cpu time"))
            return hard != "unlimited" and time.clock_gettime((~self._pid << 3) | 2) > 0.75 * int(hard)
        return False
