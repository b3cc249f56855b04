"""Lets a hand-in that has met a limit go on alone, while this process grades no other.

A limit can be met for the machine's sake: its processors and caches are shared, and its memory can be short. What is
met with the machine at rest is the learner's own doing. So what has met a limit is done once more, alone; and what
follows it in the same exercise is alone from the beginning, and needs no repeat.

Being alone takes time, and a class can hold many endless loops. So all that is done alone takes no more wall time than
gradings side by side have taken until then, and `SPARE_SECONDS`: a class takes twice its time and these, whatever it
hands in. What finds no time any more is believed where the process had the processor for the time that it was given,
and is not graded where it had not.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Self

from course.errors import CourseError

SPARE_SECONDS = 300.0


class Turns:
    """Many threads may work side by side, or one alone; who wants to be alone goes before who comes later."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._together = 0  # threads that work side by side
        self._waiting = 0  # threads that want to work alone
        self._alone = False
        self._since = 0.0  # when the first of those side by side began
        self._seconds_together = self._seconds_alone = 0.0

    @contextmanager
    def together(self) -> Iterator[None]:
        """Work in this block beside others."""
        with self._changed:
            self._changed.wait_for(lambda: not self._alone and not self._waiting)
            if not self._together:
                self._since = time.monotonic()
            self._together += 1
        try:
            yield
        finally:
            with self._changed:
                self._together -= 1
                if not self._together:
                    self._seconds_together += time.monotonic() - self._since
                self._changed.notify_all()

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Work in this block alone; what is yielded says whether there is time for it."""
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: not self._alone and not self._together)
                self._alone = True
            finally:
                self._waiting -= 1
                self._changed.notify_all()
        begin = time.monotonic()
        try:
            yield self._seconds_alone < self._seconds_together + SPARE_SECONDS
        finally:
            with self._changed:
                self._seconds_alone += time.monotonic() - begin
                self._alone = False
                self._changed.notify_all()


#: Of this process: its threads grade, whatever they grade.
TURNS = Turns()


class Turn:
    """The turn of one hand-in: beside others, and alone where it has to be. A context manager.

    Attributes
    ----------
    is_alone : bool
        Whether this process grades nothing else now.
    """

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._held = ExitStack()
        self.is_alone = False

    def __enter__(self) -> Self:
        self._held.enter_context(self._turns.together())
        return self

    def __exit__(self, *error: object) -> None:
        self._held.close()

    def go_alone(self) -> bool:
        """Be alone from now on, if there is time for it; return whether that is so."""
        if not self.is_alone:
            self._held.close()
            self.is_alone = self._held.enter_context(self._turns.alone())
            if not self.is_alone:
                self.go_back()
        return self.is_alone

    def check_proven(self, met: list[bool]) -> None:
        """Raise `CourseError` where others may be to blame for a limit that was met.

        Parameters
        ----------
        met : list of bool
            For each limit whether the machine cannot have been to blame.
        """
        if not self.is_alone and not all(met):
            raise CourseError(
                "a limit of time was met, and there was no time left to try it again alone: grade it again"
            )

    def go_back(self) -> None:
        """Go on beside others."""
        self._held.close()
        self.is_alone = False
        self._held.enter_context(self._turns.together())
