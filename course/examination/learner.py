"""The `learner` that a hidden test gets: it calls functions and classes by name and records every step.

A `Learner` calls its target: the reference, a misconception, or a learner's process in the sandbox. The record holds
the steps, their results, and what the test demanded of these. Mistakes are diagnosed from the record, and the visible
answer key is made from it.
"""

import copy
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from course.errors import LearnerError
from course.kit.assign import assign
from course.kit.plain import plain
from course.kit.values import changed


class Target(Protocol):
    """Where a learner's functions and objects are. What their code changes in an array argument is changed in place."""

    def call(self, name: str, args: tuple, kwargs: dict) -> Any: ...
    def method(self, handle: Any, name: str, args: tuple, kwargs: dict) -> Any: ...
    def get(self, handle: Any, name: str) -> Any: ...
    def set(self, handle: Any, name: str, value: Any) -> None: ...


@dataclass
class Step:
    """One use of the learner's code by a test, and its result: a call, a method, an attribute read or set."""

    do: str  # call, method, get or set
    name: str  # of the function, method or attribute
    on: "LearnerObject | None"
    args: tuple
    kwargs: dict
    before: list = field(default_factory=list)  # copies of the array arguments before the call
    after: list = field(default_factory=list)  # and the same arrays as the learner's code left them
    result: Any = None
    raised: str | None = None
    error: Exception | None = None  # what it raised
    expected_error: str | None = None

    def changed(self) -> list[int]:
        """The positions of the array arguments that the call changed, as `course.kit.values.changed` has them."""
        return changed(self.before, self.after)


@dataclass
class Demand:
    """What a test demanded of a result: the judge, its subject and what it was given."""

    judge: str
    actual: Any
    given: dict
    failed: bool


def arrays(values: tuple | list) -> list[np.ndarray]:
    """The arrays among some arguments, also those in lists and tuples, in order."""
    found = []
    for value in values:
        if isinstance(value, np.ndarray):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += arrays(value)
    return found


class Learner:
    """Calls a target's functions: `learner.batchnorm_forward(x, gamma, beta)` calls the one of that name.

    Parameters
    ----------
    target : Target
        Where the learner's functions are.
    lenient : bool
        Go on after an error of the learner's code and after a demand that fails; both are on the record.
    """

    record: list
    lenient: bool
    judged_from: int | None  # while a judge calls: where its steps begin, of which only the last one is kept
    _target: Target

    def __init__(self, target: Target, lenient: bool = False):
        self.__dict__["_target"] = target
        self.__dict__["record"] = []
        self.__dict__["lenient"] = lenient
        self.__dict__["judged_from"] = None

    def __getattr__(self, name: str) -> Callable:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self._step("call", None, name, args, kwargs)

    def _step(self, do: str, on: "LearnerObject | None", name: str, args: tuple, kwargs: dict) -> Any:
        # The learner's code gets copies, so it cannot change the test's own arrays; what it changes is on record.
        given, named = _copies(args), dict(zip(kwargs, _copies(tuple(kwargs.values())), strict=True))
        step = Step(do, name, on, args, kwargs, copy.deepcopy(arrays((*args, *kwargs.values()))))
        self.record.append(step)
        if self.judged_from is not None:
            del self.record[self.judged_from : -1]
        target, handle = self._target, on.handle if on is not None else None
        try:
            if do == "call":
                value = target.call(name, given, named)
            elif do == "method":
                value = target.method(handle, name, given, named)
            elif do == "get":
                value = target.get(handle, name)
            else:
                target.set(handle, name, given[0])
                value = None
        except Exception as error:
            step.raised, step.error = raised_name(error), error
            if self.lenient:
                return None
            raise
        finally:
            step.after = arrays((*given, *named.values()))
        step.result = value if is_plain(value) else LearnerObject(self, value)
        return step.result

    def as_left(self, argument: np.ndarray) -> np.ndarray:
        """What the learner's code left in the copy of `argument` that it got, in the latest call with this array."""
        for step in reversed(self.record):
            if isinstance(step, Step):
                passed = arrays((*step.args, *step.kwargs.values()))
                for k, array in enumerate(passed):
                    if array is argument:
                        return step.after[k] if k < len(step.after) else np.empty(0)  # it was taken out of a list
        return argument


def _copies(values: tuple) -> tuple:
    return tuple(copy.deepcopy(v) if type(v) in (np.ndarray, list, tuple, dict) else v for v in values)


def raised_name(error: Exception) -> str:
    """The name of the exception that the learner's code raised, in whatever process it ran."""
    return error.name if isinstance(error, LearnerError) else type(error).__name__


def parameters(exercise: str, reference: Any) -> dict[str, list[str]]:
    """The names of the arguments of an exercise's function, or of its class's methods, by what is called."""
    if not inspect.isclass(reference):
        return {exercise: list(inspect.signature(reference).parameters)}
    methods = {name: value for name, value in vars(reference).items() if inspect.isfunction(value)}
    found = {name: list(inspect.signature(value).parameters)[1:] for name, value in methods.items()}
    return {**{name: names for name, names in found.items() if name != "__init__"}, exercise: found.get("__init__", [])}


def part_names(reference: Any) -> dict[tuple[int, ...], str]:
    """What the parts of a function's result are called in its docstring, by path; nothing where it is no tuple."""
    returns = (inspect.getdoc(reference) or "").partition("Returns\n-------\n")[2].partition("\n\n")[0]
    heads = (line.partition(" : ")[0] for line in returns.splitlines() if " : " in line and not line.startswith(" "))
    names = [name.strip() for head in heads for name in head.split(",")]
    return {(k,): name for k, name in enumerate(names)} if len(names) > 1 else {}


class LearnerObject:
    """An object of the learner's, such as a layer. It stays in the learner's process; the test uses it by name."""

    def __init__(self, learner: Learner, handle: Any):
        self.__dict__.update(learner=learner, handle=handle)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.learner._step("method", self, "__call__", args, kwargs)

    def __getattr__(self, name: str) -> Any:
        """`layer.gamma` reads an attribute; `layer.raw.train()` calls a method."""
        if name == "raw":
            return Methods(self)
        if name.startswith("_"):
            raise AttributeError(name)
        return self.learner._step("get", self, name, (), {})

    def __setattr__(self, name: str, value: Any) -> None:
        self.learner._step("set", self, name, (value,), {})

    def __deepcopy__(self, memo: dict) -> "LearnerObject":
        return self

    def __bool__(self) -> bool:
        raise TypeError("an object of the learner's has no truth value here")


class Methods:
    """Calls methods of an object: `layer.raw.train()`.

    The wire has one message to read an attribute and another to call a method, so a test has to say which it means.
    """

    def __init__(self, owner: LearnerObject):
        self._owner = owner

    def __getattr__(self, name: str) -> Callable:
        owner = self._owner
        return lambda *args, **kwargs: owner.learner._step("method", owner, name, args, kwargs)


class InProcess:
    """A target in this process, for the reference and for misconceptions; never for a learner's code."""

    def __init__(self, names: Mapping[str, Any]):
        self.names = names

    def call(self, name: str, args: tuple, kwargs: dict) -> Any:
        with np.errstate(all="ignore"):
            return fresh(self.names[name](*args, **kwargs))

    def method(self, handle: Any, name: str, args: tuple, kwargs: dict) -> Any:
        with np.errstate(all="ignore"):
            return fresh(getattr(handle, name)(*args, **kwargs))

    def get(self, handle: Any, name: str) -> Any:
        return fresh(getattr(handle, name))

    def set(self, handle: Any, name: str, value: Any) -> None:
        assign(handle, name, value)


def is_plain(value: Any) -> bool:
    """Whether a value is copied over the wire: any other value stays an object in the learner's process."""
    if isinstance(value, (tuple, list)):
        return all(is_plain(part) for part in value)
    if isinstance(value, dict):
        return all(isinstance(k, str) and is_plain(v) for k, v in value.items())
    return value is None or isinstance(value, (bool, int, float, str, np.generic)) or type(value) is np.ndarray


def fresh(value: Any) -> Any:
    """A copy of a plain value, as it would come over the wire; other objects as they are."""
    value = plain(value)
    if not is_plain(value):
        return value
    if isinstance(value, tuple):
        return tuple(fresh(part) for part in value)
    return copy.deepcopy(value)


# The learner whose steps are being recorded right now: `expect` adds its demands to it.
_current: ContextVar[Learner | None] = ContextVar("learner", default=None)


@contextmanager
def recording(learner: Learner) -> Iterator[None]:
    """In this context the demands of `expect` go on this learner's record."""
    token = _current.set(learner)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Learner | None:
    """The learner whose steps are being recorded, if any."""
    return _current.get()


@contextmanager
def judging(learner: Learner | None) -> Iterator[None]:
    """In this block a judge calls a learner's object, as often as it likes: only its last step stays on the record.

    These calls are no steps of the test, and thousands of them, each with its arguments, would fill the memory.
    """
    if learner is None:
        yield
        return
    learner.__dict__["judged_from"] = len(learner.record)
    try:
        yield
    finally:
        learner.__dict__["judged_from"] = None
