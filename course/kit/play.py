"""Plays the steps of an answer key with a learner's function or class, and records what came of each."""

import inspect
import re
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from course.kit.assign import assign
from course.kit.crash import Crash, crash_of
from course.kit.judges import JUDGES, close, fitted
from course.kit.plain import plain
from course.kit.relations import Comparison
from course.kit.values import (
    MOST_PARTS,
    WORDS,
    Problem,
    changed,
    copied,
    decode,
    describe,
    fingerprint,
    guarded,
    is_one,
    told,
    type_name,
)

OURS = Path(__file__).parent if __package__ else Path(__file__)  # learners have the whole kit as one file


class Lacking(Exception):  # noqa: N818
    """A result does not have the part that comes next; `args[0]` is the `Problem`."""


@dataclass
class Played:
    """What came of the steps of one property.

    Attributes
    ----------
    problem : Problem or None
        Why the property does not hold.
    trace : list
        The outcome of each step; where the property is judged by laws alone, what the judges said.
    written : bool
        Whether the code is there: not where it raises NotImplementedError.
    crash : Crash or None
        Where the learner's code raised, if it did and should not have.
    comparisons : list of Comparison
        The parts of results that were compared with wanted ones.
    """

    problem: Problem | None = None
    trace: list = field(default_factory=list)
    written: bool = True
    crash: Crash | None = None
    comparisons: list[Comparison] = field(default_factory=list)


def play(steps, learner, judged=False, wanted=(), names=None, parameters=None, brief=False):
    """Do the steps of one property with the learner's function or class.

    Parameters
    ----------
    steps : list of dict
        From the answer key: calls, and demands on their results.
    learner : callable
        The learner's function or class.
    judged : bool
        Whether the property is judged by laws alone.
    wanted : list
        The trace of what the reference returns.
    names : dict, optional
        What parts of a result are called, by path.
    parameters : dict, optional
        The names of the arguments of a function or method, by its name.
    brief : bool
        Find out whether the property holds, and the trace, and no more: it takes a third of the time.

    Returns
    -------
    Played
    """
    played = Played()
    results: list = []
    calls: list[dict] = []  # the arguments of each step by name
    arguments: list = []

    def resolve(reference):
        """The value that a reference stands for."""
        if "argument" in reference:
            value = arguments[reference["argument"]]
            for index in reference["path"]:
                if not issubclass(type(value), (tuple, list)) or index >= len(value):
                    raise Lacking(Problem("your code changed a list that it was given: leave the list as it is"))
                value = value[index]
            return value
        path = reference["path"]
        value = results[reference["result"]]
        shape = wanted[reference["result"]][0] if path and wanted else None
        for depth, index in enumerate(path):
            count = index + 1 if shape is None else len(shape)
            # Of a named tuple the tuple, whatever its class makes of it.
            parts = tuple.__getitem__(value, slice(None)) if issubclass(type(value), tuple) else value
            if not is_one(parts, tuple, list) or index >= len(parts):
                raise Lacking(_no_parts(value, tuple(path[:depth]), count, names or {}))
            value, shape = plain(parts[index]), None if shape is None else shape[index]
        return value

    for step in steps:
        if "judge" in step:
            if played.problem is None or (step["judge"] == "close" and not brief):
                problem, crash = _judge(step, resolve, brief)
                if played.problem is None:
                    played.problem, played.crash = problem, crash
                if not brief:
                    _compare(step, resolve, problem is None, calls, played.comparisons)
            continue
        arguments.append([])
        calls.append({})
        before = []
        try:
            args = [decode(a, resolve) for a in step["args"]]
            kwargs = {name: decode(a, resolve) for name, a in step["kwargs"].items()}
            calls[-1] = {**by_name((parameters or {}).get(step["name"], ()), args), **kwargs}
            arguments[-1] = [*args, *kwargs.values()]
            before = copied(_arrays(arguments[-1]))
            with np.errstate(all="ignore"):
                results.append(plain(_do(step, learner, resolve, args, kwargs)))
        except NotImplementedError as error:
            return Played(Problem(not_written(crash_of(error).function, step["name"])), ["stub"], written=False)
        except Lacking as lacking:
            played.trace.append("raised TypeError")  # as the next call would
            results.append(None)
            played.problem = played.problem or lacking.args[0]
            continue
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            expected = step.get("raises") == type_name(error)
            if brief:
                played.trace.append(raised(type_name(error), "", True))
                played.problem = played.problem or (None if expected else Problem("raised"))
                results.append(None)
                continue
            played.trace.append(raised(type_name(error), "" if expected else told(error), expected))
            if not expected:
                problem = _no_such(error, step, results)
                if played.problem is None:  # what fails after something else failed may be its consequence
                    played.crash = crash_of(error) if problem is None else None
                    played.problem = problem or Problem(f"raised {told(error)}")
            results.append(None)
            continue
        after = _arrays(arguments[-1])
        played.trace.append([fingerprint(results[-1]), changed(before, after)])
        if step.get("raises") and played.problem is None:
            played.problem = Problem(f"Expected a {step['raises']} to be raised; got {describe(results[-1])}")
    if judged:
        failures = [t for t in played.trace if isinstance(t, str)]
        played.trace = [failures[-1] if failures else played.problem.text if played.problem else "holds"]
    return played


def raised(name, message="", expected=False):
    """The outcome of a step that raised. Where that was wanted, the message is the learner's own affair."""
    return f"raised {name}" if expected else f"raised {message}" if ": " in message else f"raised {name}: "


def by_name(names, values):
    """Arguments by their names, as far as these are known; by number otherwise."""
    return {names[k] if k < len(names) else f"argument {k + 1}": value for k, value in enumerate(values)}


def not_written(function, wanted):
    """What is said where code raises NotImplementedError in a function while another one is wanted."""
    if not function or function in (wanted, "__init__", "__call__"):
        return "not written yet: the line `raise NotImplementedError()` is still there"
    return f"not written yet: your code calls `{function}`, which still raises NotImplementedError"


def _compare(step, resolve, holds, calls, comparisons):
    """Note what `close` compared, part by part."""
    if step["judge"] != "close" or "result" not in step["actual"]:
        return
    try:
        actual = decode(step["actual"], resolve)
        wanted = decode(step["given"]["wanted"], resolve)
    except Lacking:
        return
    if step["given"].get("any_shape"):
        actual = fitted(actual, np.shape(wanted))
    what, call = step["given"].get("what", "the result"), calls[step["actual"]["result"]]
    compare_parts(actual, wanted, what, holds, call, comparisons)


def compare_parts(actual, wanted, what, holds, call, comparisons):
    """Add a comparison for each part of a wanted tuple, or for the whole."""
    if not is_one(wanted, tuple):  # it may be a result of the learner's, too, of a class that raises
        comparisons.append(Comparison(what, actual, wanted, holds, call))
    elif is_one(actual, tuple, list) and len(actual) == len(wanted):
        for k, (a, w) in enumerate(zip(actual, wanted, strict=True)):
            same = holds or guarded(lambda a=a, w=w: close(a, w) is None, lambda _: False)
            compare_parts(a, w, f"part {k + 1} of {what}", same, call, comparisons)


def _no_parts(value, path, count, names):
    known = [names.get((*path, k)) for k in range(count)]
    listed = f" ({', '.join(known)})" if all(known) else ""
    name = f"{names.get(path) or f'part {path[-1] + 1} of the result'}: expected" if path else "Expected"
    came = "None" if path and value is None else describe(value)
    return Problem(f"{name} a tuple of {count}{listed}; got {came}")


def _no_such(error, step, results):
    """What is wrong where there is no such method or attribute: what came instead."""
    if isinstance(error, AttributeError) and "on" in step:
        target = results[step["on"]["result"]]
        if _lacks(target, step["name"]):
            return Problem(no_member(target, step["name"]))
    if step["do"] == "method" and isinstance(error, TypeError) and crash_of(error).line is None:
        return hidden_method(step["name"], str(error))
    return None


def no_member(thing, name):
    """What is said where an object has no such method or attribute."""
    wanted = "the method `__call__`" if name == "__call__" else f"`{name}`"
    forward = name == "__call__" and not _lacks(thing, "forward")
    note = ", whose `forward` nobody calls: `layer(x)` runs `__call__`" if forward else ""
    return f"Expected an object with {wanted}; got {describe(thing)}{note}"


def hidden_method(name, message):
    """What is said where an attribute has the name of the method that is called, or None."""
    kind = re.fullmatch(r"'(\S+)' object is not callable", message)
    if kind is None or name == "__call__":
        return None
    return Problem(
        f"Expected a method `{name}`; got a value of type {kind[1]}: the attribute `self.{name}` hides the method"
    )


def _lacks(thing, name):
    return guarded(lambda: inspect.getattr_static(thing, name, None), lambda _: None) is None


def _arrays(values):
    """The arrays in some arguments, in order; an earlier result of the learner's may be among them."""
    found, left = [], [*reversed(values)]
    for _ in range(MOST_PARTS):
        if not left:
            break
        value = left.pop()
        if issubclass(type(value), (list, tuple)):
            left += guarded(lambda value=value: [*reversed(value)], lambda _: [])
        elif issubclass(type(value), np.ndarray):
            found.append(value)
    return found


def _do(step, learner, resolve, args, kwargs):
    if step["do"] == "call":
        return learner(*args, **kwargs)
    target = resolve(step["on"])
    if step["do"] == "method":
        return getattr(target, step["name"])(*args, **kwargs)
    if step["do"] == "get":
        return copied(getattr(target, step["name"]))
    return assign(target, step["name"], args[0])


class CopyingProxy:
    """A learner's object as the judges use it: `net.params`, `net.params = ...`, `net.raw.fit(x, y)`."""

    def __init__(self, thing):
        self.__dict__["raw"] = thing

    def __getattr__(self, name):
        return plain(copied(getattr(self.raw, name)))

    def __setattr__(self, name, value):
        assign(self.raw, name, value)


WORDS[CopyingProxy] = lambda proxy: describe(proxy.raw)


def _own(value):
    kinds = (np.ndarray, np.generic, bool, int, float, str, tuple, list, dict, type(None))
    return value if issubclass(type(value), kinds) else CopyingProxy(value)


def _judge(step, resolve, brief):
    """What is wrong, or None, and where the learner's code raised while it was judged, if it did."""
    try:
        actual = decode(step["actual"], resolve)
        given = {name: _own(decode(v, resolve)) for name, v in step["given"].items()}
    except Lacking as lacking:
        return lacking.args[0], None
    try:
        if brief and step["judge"] == "close":
            given["brief"] = True
        with np.errstate(all="ignore"):
            return JUDGES[step["judge"]](_own(actual), **given), None
    except NotImplementedError:
        return Problem("not written yet"), None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        text = f"raised {type_name(error)}"
        if _is_learners(error):
            return Problem(text, f"raised {told(error)}"), crash_of(error)
        if isinstance(error, AttributeError) and error.obj is actual and _lacks(actual, error.name):
            return Problem(text, no_member(actual, error.name)), None
        text = f"the result could not be used ({told(error)})"
        return Problem(text, f"{text}: got {describe(actual)}"), None


def _is_learners(error):
    """Whether the learner's code raised it; else a judge stumbled over what came."""
    ours = OURS, Path(np.__file__).parent
    frames = guarded(lambda: [*traceback.walk_tb(error.__traceback__)], lambda _: [])
    files = [Path(frame.f_code.co_filename) for frame, _ in frames]
    return not all(any(file.is_relative_to(place) for place in ours) for file in files)


class Adapter:
    """A learner's function that is called as the course has it, and is written as this term has it.

    Parameters
    ----------
    function : callable
        The learner's.
    order, arguments : list of str
        The arguments without a default: as the course calls them, and as `function` takes them.
    features_first : list of str
        Which of them `function` takes with the two axes of every 2-D array exchanged; "result" for what it returns.
        Of tuples and lists it is the arrays in them.

    Notes
    -----
    What `function` does to an argument in place is done to the caller's.
    """

    def __init__(self, function, order, arguments, features_first):
        self.function, self.order = function, order
        self.arguments, self.features_first = arguments, features_first

    @staticmethod
    def of(function, entry):
        """The function itself where nothing is declared for it."""
        if not entry:
            return function
        return Adapter(function, entry["order"], entry["arguments"], entry["features_first"])

    def __call__(self, *args, **kwargs):
        given = dict(zip(self.order, args))  # noqa: B905 (what has a default may follow)
        passed = {name: turn(v) if name in self.features_first else v for name, v in {**given, **kwargs}.items()}
        positional, named = [], dict(passed)
        for name in self.arguments:
            if name not in given:
                break  # given by its name, or missing: so are those after it
            positional.append(named.pop(name))
        rest = args[len(self.order) :] if len(positional) == len(self.order) else ()
        try:
            result = self.function(*positional, *rest, **named)
        finally:
            for name in self.features_first:
                _turn_back(passed.get(name), {**given, **kwargs}.get(name))
        return turn(result) if "result" in self.features_first else result


def turn(value, depth=8):
    """A value with the axes of its 2-D arrays exchanged, as new arrays; anything else as it is."""
    if type(value) is np.ndarray and value.ndim == 2:
        return value.T.copy()
    if is_one(value, tuple, list):
        return type(value)(turn(part, depth - 1) for part in value) if depth else value
    return value


def _turn_back(passed, original):
    if isinstance(passed, np.ndarray) and passed.ndim == 2 and not np.array_equal(passed.T, original, equal_nan=True):
        original[...] = passed.T
    elif isinstance(passed, (tuple, list)):
        for part, whole in zip(passed, original, strict=False):  # the call may have changed the list's length
            _turn_back(part, whole)
