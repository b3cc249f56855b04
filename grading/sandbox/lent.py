"""What is lent to a learner's process for a request: functions of the grader's, which its code calls over the wire."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grading.sandbox.clock import Deadline
from grading.sandbox.limits import Limits


@dataclass
class Lent:
    """Functions of the grader's that a learner's code may call by their numbers, so often, and with so many numbers.

    Attributes
    ----------
    limits : Limits
        `callbacks` and `callback_numbers` are for all functions together.
    functions : list of callable
        By their numbers on the wire.
    answers : int
        So many of them, the first ones, stand for functions of the learner's.
    calls, numbers : int
        How often they were called, and with how many numbers in all.
    """

    limits: Limits
    functions: list[Callable[..., Any]] = field(default_factory=list)
    answers: int = 0
    calls: int = 0
    numbers: int = 0

    def add(self, function: Callable[..., Any]) -> int:
        """Lend one more function, and return its number."""
        self.functions.append(function)
        return len(self.functions) - 1

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any], numbers: int) -> Any:
        """Call a function, whose arguments hold so many numbers, and return what it returns.

        Raises
        ------
        RuntimeError
            There is no such function, or a limit is met; and whatever the function raises.
        """
        self.calls += 1
        self.numbers += numbers
        if self.calls > self.limits.callbacks:
            raise RuntimeError(f"a function was called more than {self.limits.callbacks} times")
        if self.numbers > self.limits.callback_numbers:  # NumPy would broadcast them
            raise RuntimeError(f"a function was called with more than {self.limits.callback_numbers} numbers")
        if not 0 <= number < len(self.functions):
            raise RuntimeError("this function belongs to an earlier call")
        return self.functions[number](*args, **kwargs)


@dataclass
class Request:
    """A request that waits for its reply.

    One that a lent function makes shares the functions, because the learner's code has those of both.

    Attributes
    ----------
    lent : Lent
        The functions that are lent to it.
    blocks : list of Deadline
        Of the blocks (`Child.within`) whose first request it is.
    id : str
        Its name on the wire.
    """

    lent: Lent
    blocks: list[Deadline] = field(default_factory=list)
    id: str = field(default_factory=lambda: secrets.token_hex(8))
