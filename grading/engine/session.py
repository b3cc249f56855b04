"""One submission in the sandbox: its cells run, then its functions are called by name.

A cell or a call that kills its process harms nothing else. The next call gets a new process, in which the notebook's
other cells have run again.
"""

import builtins
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import numpy as np
from nbformat import NotebookNode

from course.errors import ChildDied, LearnerError, MachineError, ProcessError, TimeLimit, WireError
from course.examination.slip import Edit
from course.kit.diagnosis import Finding
from course.kit.values import WORDS, describe, guarded
from grading.engine.answered import MOST_NUMBERS
from grading.engine.versions import version_note
from grading.sandbox.child import Child
from grading.sandbox.keeper import WHY
from grading.sandbox.outputs import NotebookRoom
from grading.sandbox.warm import Sandbox
from grading.sandbox.wire import Handle, Room


def _described(handle: Handle) -> str:
    """An object in the learner's process, in the words that the visible check has for one of its kind."""
    kind = getattr(builtins, handle.type_name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        return guarded(lambda: describe(kind()), lambda _: f"an exception of type {handle.type_name}")
    if handle.type_name in SAMPLES:
        return describe(SAMPLES[handle.type_name])
    return f"an object of type {handle.type_name}"


SAMPLES: dict[str, Any] = {
    "generator": (k for k in list[int]()),
    "function": _described,
    "dict": {},
    "str": "",
    "set": {0},
}
WORDS[Handle] = _described
#: The limit of a call in an exercise where an earlier call has met the usual limit, and where two or more have.
IMPATIENT_SECONDS, LEAST_SECONDS = 1.0, 0.5
#: The limit of a call in a test that can be run once more.
TRIAL_SECONDS = 3.0
MOST_DEPTH = 4  # of functions of the learner's and of the grader's that call each other
LINE_SECONDS = 2.0  # of processor time, in which the line of an unknown mistake is looked for
SLIP_SECONDS = 10.0  # of the search for one slip, which takes a tenth of a second for most answers
#: The limit of what a learner has put into a released cell. Cells to explore are the place for long runs, and those
#: must not use up the time of the answers after them.
CHANGED_SECONDS = 5.0


@dataclass(frozen=True)
class Mark:
    """What a session has used up, and what was noted, at some time; `Session.start_again` goes back to it."""

    left: float
    patience: float
    spent: float
    numbers: int
    fatal: frozenset[str]
    notes: int
    met: int


class Session:
    """The cells of a rebuilt notebook, and a process in which they have run.

    Parameters
    ----------
    sandbox : Sandbox
        Where the processes come from.
    notebook : NotebookNode
        A rebuilt notebook. Its test cells are not run, nor are the released cells that are tagged `explore`.
    seed : int, optional
        Of the global random generators in each process, so that a learner's random numbers repeat.

    Attributes
    ----------
    outputs : dict of str to list of dict
        By cell id the outputs of each cell that has run, as dictionaries of nbformat 4.
    irregular : list of str
        Which cells met a limit or killed their process, a line each.
    met : list of bool
        For each time that a limit of time or memory was met: whether the machine cannot have been to blame, because the
        process had its time, or because memory is limited whatever else runs.
    met_by_slips : list of bool
        Of these, those that the look for one slip has met, in this exercise.
    """

    def __init__(self, sandbox: Sandbox, notebook: NotebookNode, seed: int | None = None):
        self._sandbox = sandbox
        self._seed = seed
        self._cells = [c for c in notebook.cells if is_run(c)]
        self._fatal: set[str] = set()  # cells that have killed their process
        self._child: Child | None = None
        self._found: set[str] = set()  # names that the child has defined, as far as they were asked for
        self._spent = 0.0  # seconds that cells have taken, in all processes together
        self._left = float("inf")  # seconds that the exercise may still take
        self._patience = sandbox.limits.call_seconds
        self._results: Room | None = None
        self._answers: Mapping[str, Callable[..., Any]] = {}
        self._depth = 0  # of functions of the learner's that the grader's call for the learner's
        self._room = NotebookRoom(sandbox.limits.output_bytes)
        self.outputs: dict[str, list[dict[str, Any]]] = {}
        self.irregular: list[str] = []
        self.met: list[bool] = []
        self.met_by_slips: list[bool] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.kill()

    def child(self) -> Child:
        """A process in which the cells have run: the present one, or a new one where that has ended."""
        while self._child is None or not self._child.alive:
            if self._child is not None:
                # A new process has none of the objects that a test may hold, which costs the learner that test. So it
                # is for a learner whose process ended by itself, and the machine's failure ends this try.
                self._child.check_machine()
                self._child.kill()  # this closes its sockets
            self._child, self._found = self._sandbox.start(self._seed), set()
            self._run_cells(self._child)
        return self._child

    def begin_exercise(self) -> None:
        """Start the time and the room of one exercise, which all requests that follow share.

        The time is `limits.exercise_seconds`, the room that for `limits.exercise_numbers` in all results together.
        """
        limits = self._sandbox.limits
        self._left = limits.exercise_seconds
        self._patience = limits.call_seconds
        self.met_by_slips = []
        self._results = Room(limits.exercise_numbers, "all results of this exercise together hold")

    @property
    def is_over_time(self) -> bool:
        """Whether the exercise has used up its time."""
        return self._left <= 0

    def be_quick(self) -> bool:
        """Give each call no more than `TRIAL_SECONDS` until `be_patient`; return whether that is less than before."""
        patience, self._patience = self._patience, min(self._patience, TRIAL_SECONDS)
        return self._patience < patience

    def be_patient(self, at: Mark) -> None:
        """Give each call the time again that it had at a mark."""
        self._patience = at.patience

    def mark(self) -> Mark:
        """What `start_again` goes back to."""
        numbers = self._results.taken if self._results is not None else 0
        fatal = frozenset(self._fatal)
        return Mark(self._left, self._patience, self._spent, numbers, fatal, len(self.irregular), len(self.met))

    def start_again(self, at: Mark) -> None:
        """Go on in a new process as if nothing had happened since a mark."""
        if self._child is not None:
            self._child.kill()
            self._child = None
        self._left, self._patience, self._spent, self._fatal = at.left, at.patience, at.spent, set(at.fatal)
        if self._results is not None:
            self._results.taken = at.numbers
        del self.irregular[at.notes :], self.met[at.met :]

    @contextmanager
    def request(self) -> Iterator[Child]:
        """The process, for one request: a call, or an attribute to be read or set, which may run the learner's code.

        Raises
        ------
        TimeLimit
            The request, or all requests of the exercise together, took too long; and what the request raises.
        """
        child = self.child()
        seconds = min(self._patience, self._left)
        if seconds <= 0:
            self.met.append(False)
            raise TimeLimit(self._sandbox.limits.exercise_seconds, [])
        before = child.spent
        child.room, child.answers = self._results, self._answers
        try:
            with child.within(seconds):
                yield child
        except TimeLimit:
            # Code that did not end once will hardly end the next time: later requests of this exercise get less time.
            self._patience = max(LEAST_SECONDS, min(IMPATIENT_SECONDS, self._patience / 2))
            self.met.append(child.had_its_time)
            raise
        except ProcessError as error:
            self._note_memory(error)
            raise
        except OSError as error:  # of this process, for the learner's errors come as messages
            raise MachineError(f"the grader lost a process of a learner's: {error}") from error
        finally:
            self._left -= child.spent - before

    @contextmanager
    def answering(self, functions: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
        """In this block the learner's code finds functions of the grader's under some of its names.

        Parameters
        ----------
        functions : mapping of str to callable
            By name. A callable argument of the learner's is called over the wire.
        """
        self._answers = {name: partial(self._answer, function) for name, function in functions.items()}
        try:
            yield
        finally:
            self._answers = {}

    def _answer(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        given = [self._called(value) if isinstance(value, Handle) else value for value in args]
        named = {name: self._called(value) if isinstance(value, Handle) else value for name, value in kwargs.items()}
        return function(*given, **named)

    def _called(self, handle: Handle) -> Callable[..., Any]:
        """A function of the learner's, for a function of the grader's; its results are no larger than arguments are."""

        def call(*args: Any, **kwargs: Any) -> Any:
            if self._depth == MOST_DEPTH:
                raise RecursionError("functions that call each other, too deep")
            self._depth += 1
            try:
                value = self.child().call(handle, *args, **kwargs)
            except LearnerError as error:  # the learner's code that has passed the function may catch this
                raise RuntimeError(f"{error.name}: {error.message}") from error
            finally:
                self._depth -= 1
            Room(MOST_NUMBERS, "what the function returned holds").take(np.size(value))
            return value

        return call

    def line(self, name: str) -> list[Finding]:
        """Where a mistake is that nobody knows: what the visible check finds by small edits of the learner's code."""
        child = self.child()
        child.answers = self._answers
        seconds = min(LINE_SECONDS + self._sandbox.limits.call_seconds, self._left)
        before = child.spent
        try:
            told = child.line(name, LINE_SECONDS, seconds=seconds) if seconds > 0 else []
        except ProcessError:  # the search is worth no more than a try: what it costs is no fault of the learner's
            return []
        finally:
            self._left -= child.spent - before
        return [Finding("line", text, line=line, edit=edit) for line, text, edit in told]

    def slips(self, name: str) -> list[Edit]:
        """The small edits, each of which may make an answer right, as the learner's process tells them.

        Points may depend on them, so the search counts edits and not seconds. A machine that is so slow that it meets
        the limit all the same has that noted in `met`, like any other limit.
        """
        child = self.child()
        child.answers = self._answers
        before = child.spent
        try:
            return child.slips(name, seconds=SLIP_SECONDS)
        except TimeLimit:
            self.met.append(child.had_its_time)
        except ProcessError as error:
            self._note_memory(error)
        except OSError as error:
            raise MachineError(f"the grader lost a process of a learner's: {error}") from error
        finally:
            if child.spent - before > LINE_SECONDS:  # a process has so much processor time in all
                child.kill()
        return []

    def edited(self, cell: str, source: str) -> "Session":
        """A session of the same notebook with another text in one of its cells."""
        cells = [NotebookNode({**c, "source": source}) if c.id == cell else c for c in self._cells]
        return Session(self._sandbox, NotebookNode(cells=cells), self._seed)

    def _run_cells(self, child: Child) -> None:
        for cell in self._cells:
            if cell.id in self._fatal:
                continue
            limits, before = self._sandbox.limits, child.spent
            try:
                most = CHANGED_SECONDS if cell.metadata.get("batchnorm", {}).get("changed") else limits.cell_seconds
                seconds = min(most, limits.cell_seconds, limits.notebook_seconds - self._spent)
                if seconds <= 0:
                    raise TimeLimit(limits.notebook_seconds, [])
                outputs = child.run_cell(cell.source, seconds=seconds).outputs
            except TimeLimit as error:
                outputs = [*error.outputs, _error("TimeLimit", f"this cell was {error}")]
                self._note(cell, str(error))
                self.met.append(child.had_its_time)
            except (ChildDied, WireError) as error:
                outputs = [_error("ProcessEnded", str(error))]
                self._note(cell, str(error))
                self._note_memory(error)
            if ran_out_of_memory(outputs):
                self.met.append(True)
            self._spent += child.spent - before
            if cell.id not in self.outputs:
                self.outputs[cell.id] = self._room.kept(outputs)
            if not child.alive:
                self._fatal.add(cell.id)
                return

    def _note_memory(self, error: ProcessError) -> None:
        if met_limit(error):
            self.met.append(True)

    def _note(self, cell: NotebookNode, reason: str) -> None:
        line = f"cell {cell.id}: {reason}"
        if line not in self.irregular:
            self.irregular.append(line)

    def missing(self, name: str) -> str | None:
        """Why there is no function or class of this name, or None where there is one."""
        self.child()
        if name in self._found:
            return None
        with self.request() as child:
            if child.has(name):
                self._found.add(name)
                return None
        for output in self.outputs.get(name, []):
            if output["output_type"] == "error":
                if output["ename"] in ("TimeLimit", "ProcessEnded"):
                    return f"the cell of {name} did not come to an end: {output['evalue']}"
                note = version_note(output["ename"], output["evalue"].partition(" (")[0])
                said = f"the cell of {name} raised {output['ename']}: {output['evalue']}"
                return f"{said.rstrip('.')}. {note}" if note else said
        return f"{name} is not defined: its cell holds no function or class of this name"


def met_limit(error: ProcessError) -> bool:
    """Whether an error says that the process had no more memory, or no more processor time in all."""
    if isinstance(error, ChildDied):
        return error.reason in WHY.values()
    return isinstance(error, LearnerError) and error.name == "MemoryError"


def ran_out_of_memory(outputs: list[dict[str, Any]]) -> bool:
    """Whether a cell with these outputs had no more memory."""
    return any(output.get("ename") == "MemoryError" for output in outputs)


def is_run(cell: NotebookNode) -> bool:
    """Whether a cell is run: code that is no test, and no released cell for exploring."""
    graded = cell.metadata.get("nbgrader", {})
    explore = "explore" in cell.metadata.get("tags", []) and "batchnorm" not in cell.metadata
    return cell.cell_type == "code" and bool(cell.source.strip()) and not graded.get("grade") and not explore


def _error(name: str, message: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}


class InSandbox:
    """The target through which a `Learner` calls the functions and objects in a session's process."""

    def __init__(self, session: Session):
        self._session = session

    def call(self, name: str, args: tuple, kwargs: dict) -> Any:
        reason = self._session.missing(name)
        if reason is not None:
            raise LearnerError("NameError", reason, "")
        with self._session.request() as child:
            return child.call(name, *args, **kwargs)

    def method(self, handle: Any, name: str, args: tuple, kwargs: dict) -> Any:
        with self._session.request() as child:
            if isinstance(handle, Handle):
                return child.method(handle, name, *args, **kwargs)
            return child.call(handle, *args, **kwargs)

    def get(self, handle: Any, name: str) -> Any:
        with self._session.request() as child:
            return child.get(handle, name)

    def set(self, handle: Any, name: str, value: Any) -> None:
        with self._session.request() as child:
            child.set(handle, name, value)
