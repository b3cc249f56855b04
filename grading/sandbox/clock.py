"""Measures the time that a request may take: time in which a learner's process waits for a processor does not count.

A machine that is busy with others must cost nobody a point, and a process that sleeps must not hold a worker for long.
So a limit is one of the time that passes, without the time in which the process was ready to run and another one had
the processor. The kernel counts that for each thread (`/proc/PID/schedstat`); where it does not, all time counts.
"""

import contextlib
import os
import time
from collections.abc import Callable

#: A request ends after so many times its limit, however long it has waited for a processor.
BACKSTOP = 5
WORTH_READING = 0.05  # seconds; of less all count


class ProcessClock:
    """How long a process has run and waited.

    Parameters
    ----------
    pid : int
        Its number here; with 0 the clock always shows 0.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._file = -1
        with contextlib.suppress(OSError):
            if pid:
                self._file = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY | os.O_CLOEXEC)

    def read(self) -> tuple[bytes, float]:
        """Return what the kernel tells: `seconds_since` understands it. It takes no time, as each request reads it."""
        with contextlib.suppress(OSError):
            if self._file >= 0:
                return os.pread(self._file, 100, 0), time.clock_gettime((~self._pid << 3) | 2)
        return b"", 0.0

    def seconds_since(self, before: tuple[bytes, float]) -> tuple[float, float, float]:
        """Return how long the first thread has run and has waited for a processor since then, and all threads ran.

        All are 0 where the kernel does not tell.
        """
        now = self.read()
        with contextlib.suppress(ValueError):
            (ran, waited, _), (ran_before, waited_before, _) = now[0].split(), before[0].split()
            first = (int(ran) - int(ran_before)) / 1e9
            return first, (int(waited) - int(waited_before)) / 1e9, now[1] - before[1]
        return 0.0, 0.0, 0.0

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class Deadline:
    """The end of one request's time.

    Parameters
    ----------
    seconds : float
        The limit.
    clock : ProcessClock
        Of the learner's process.
    has_others : callable
        Returns whether the process has started others; then it has itself to blame for its waiting.

    Attributes
    ----------
    seconds : float
        The limit.
    graders : float
        Seconds in which the grader worked for the request, with a function that the learner's code has called. They do
        not count.
    """

    def __init__(self, seconds: float, clock: ProcessClock, has_others: Callable[[], bool]) -> None:
        self.seconds = seconds
        self.graders = 0.0
        self._clock, self._has_others = clock, has_others
        self._begin = time.monotonic()
        self._read = clock.read()

    def passed(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._begin

    def left(self) -> float:
        """Return how many seconds are left; there may be some again when they have passed."""
        passed = self.passed()
        if passed < self.seconds:
            return self.seconds - passed
        return min(self.seconds - self.spent(), BACKSTOP * self.seconds - passed)

    def spent(self) -> float:
        """Return the seconds that count: all, without those in which others than the learner had the processor."""
        passed = self.passed() - self.graders
        if passed < WORTH_READING or self._has_others():
            return max(0.0, passed)
        ran, waited, all_ran = self._clock.seconds_since(self._read)
        for_own_threads = max(0.0, all_ran - ran)
        return max(0.0, passed - max(0.0, waited - for_own_threads))

    def proven(self) -> bool:
        """Return whether the process has run for most of the limit, so that no other one is to blame for its end."""
        return self._clock.seconds_since(self._read)[2] >= 0.8 * self.seconds
