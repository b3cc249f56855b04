"""A learner's process, seen from the grader: it runs cells, and works on the objects that they have made.

Whatever a `Child` sends was written by a learner's process and is taken for what a stranger says. Reads are bounded in
bytes and time, and malformed data leads to the errors named here and to nothing else.

`Sandbox` starts `bwrap`, and in it the warm process, `inside/zygote.py`, which loads IPython, NumPy and Matplotlib.
For each `Sandbox.start` the warm process forks a child with namespaces of its own. The grader holds a socket to the
child, and a pidfd of the first process in the child's pid namespace. When that process is killed the kernel ends all
others in the namespace, whatever signals they catch.

One file, though a long one: all requests share one conversation.
"""

import contextlib
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

from course.errors import ChildDied, CourseError, MachineError, TimeLimit, WireError
from course.examination.slip import Edit
from grading.sandbox import replies, wire
from grading.sandbox.changes import change_lists, each_once, lists_among, write_back
from grading.sandbox.clock import Deadline, ProcessClock
from grading.sandbox.connection import Connection, LateError
from grading.sandbox.keeper import GRACE_SECONDS, START_SECONDS, Gone, Keeper, Usage
from grading.sandbox.lent import Lent, Request
from grading.sandbox.limits import Limits
from grading.sandbox.outputs import CellResult, checked_outputs
from grading.sandbox.wire import Handle


class Child:
    """A learner's process; a context manager that kills it at the end. `Sandbox.start` makes one.

    Each method sends one request and waits for its reply. The methods that work on the learner's objects (`call`,
    `method`, `get`, `set`, `has`) share what follows.

    - These values travel in both directions: None, bool, int, float, str, arrays and NumPy scalars of real numbers and
      truth values, tuples, lists, and dicts with string keys. Any other object stays in the child. The grader gets a
      `Handle` for it, which it can pass back. A named tuple comes as a tuple, and is the learner's object again when it
      is passed back.
    - An argument may be one of the grader's functions. The learner's code can call it `limits.callbacks` times.
    - Functions of the grader's may also stand under names of the learner's, in `answers`, with the same limits.
    - Arrays that the call changes in place are changed here too. Lists and dicts are not.

    Limits of time are as `grading.sandbox.clock` measures them. Processes that a request leaves behind are ended.

    Attributes
    ----------
    room : wire.Room or None
        What all results together may hold from now on, beside the limits of each message; set by who keeps them.
    answers : mapping of str to callable
        Functions of the grader's, by the names under which the learner's code finds them while it works for a request.
        Before and after it the names are the learner's. The time that these functions take counts as the learner's.
    spent : float
        The seconds that all requests have taken, as far as they count for a limit.
    had_its_time : bool
        Whether the process ran for most of the time when a request met its limit last, so that the machine was not to
        blame.

    Raises
    ------
    LearnerError
        The learner's code raised an exception.
    TimeLimit
        The request took too long.
    ChildDied
        The process has ended, during this request or before.
    WireError
        What came is no reply, and then the process is killed; or the reply is too large to be sent, and then it lives.
    TypeError
        An argument is of a kind that does not travel. Nothing was sent.
    MachineError
        The warm process died, and the child with it; or something outside the sandbox has killed the child.
    """

    def __init__(self, data: socket.socket, status: "Keeper", out: int, limits: Limits) -> None:
        self._connection = Connection(data, out, limits.output_bytes)
        self._status = status
        self._limits = limits
        self._lock = threading.RLock()
        self._cells_left = limits.notebook_seconds
        self._together: list[Deadline] = []  # of the blocks in which requests share their time, the outermost first
        self._begun = 0  # how many of these had begun before the request that waits for its reply now
        self._ended: str | None = None
        self.room: wire.Room | None = None
        self.answers: Mapping[str, Callable[..., Any]] = {}
        self._lent: Lent | None = None  # to the request that waits for its reply, if one does
        self._stopped = False  # whether the grader has ended it
        self._machine_failure = ""  # what has ended it, where that was the machine
        self._clock = ProcessClock(status.pid)
        self._spent_inside = 0.0  # seconds of requests that one of the grader's functions made for another request
        self.spent = 0.0
        self.had_its_time = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._ended is None and self._status.running()

    def check_machine(self) -> None:
        """Raise `MachineError` where the process has ended between two requests, and not by the learner's doing."""
        with self._lock:
            if self._ended is None and not self._status.running():
                self._end(None)
                self._raise_if_machine_failed()

    @property
    def usage(self) -> Usage | None:
        """What the process has taken in all, in seconds and bytes; None while it runs."""
        return self._status.usage

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give all requests in this block `seconds` together; each one's own limit holds too."""
        self._together.append(Deadline(seconds, self._clock, self._status.others))
        try:
            yield
        finally:
            self._together.pop()

    def run_cell(self, source: str, seconds: float | None = None) -> CellResult:
        """Run a cell as IPython does, magics included.

        Parameters
        ----------
        source : str
            The cell's text.
        seconds : float, optional
            The cell's limit; `limits.cell_seconds` unless told. It ends sooner where less than that is left of
            `limits.notebook_seconds`.

        Returns
        -------
        CellResult
            The outputs, cut at `limits.output_bytes`, and whether the cell ran through. A cell that raises is no
            exception here: it is a result with an output of the type "error".

        Raises
        ------
        TimeLimit, ChildDied, WireError
            As the class describes them. `TimeLimit.outputs` holds the outputs until then.
        """
        seconds = min(self._limits.cell_seconds if seconds is None else seconds, self._cells_left)
        before = self.spent
        message, nothing = {"op": "cell", "source": source}, Lent(self._limits)
        try:
            reply, _ = self._ask(message, Request(nothing), self._encoder(), seconds)
        finally:
            self._cells_left = max(0.0, self._cells_left - (self.spent - before))
        with self._hostile():
            return CellResult(self._outputs(reply), reply.get("ok") is True)

    def call(self, target: str | Handle, /, *args: Any, seconds: float | None = None, **kwargs: Any) -> Any:
        """Call the learner's function, class or object `target`, a name or a handle, and return what it returns."""
        return self._work("call", target, None, args, kwargs, seconds)

    def method(self, handle: Handle, name: str, /, *args: Any, seconds: float | None = None, **kwargs: Any) -> Any:
        """Call the method `name` of the learner's object and return what it returns."""
        return self._work("call", handle, name, args, kwargs, seconds)

    def get(self, handle: Handle, attribute: str, /, *, seconds: float | None = None) -> Any:
        """Return an attribute of the learner's object."""
        return self._work("get", handle, attribute, seconds=seconds)

    def set(self, handle: Handle, attribute: str, value: Any, /, *, seconds: float | None = None) -> None:
        """Set an attribute of the learner's object."""
        self._work("set", handle, attribute, (value,), seconds=seconds)

    def has(self, name: str, /, *, seconds: float | None = None) -> bool:
        """Return whether the learner's cells have defined `name`."""
        return self._work("has", name, None, seconds=seconds) is True

    def line(self, name: str, /, search_seconds: float, seconds: float) -> list[tuple[int, str, str]]:
        """Have the visible check look for the line of the mistake in the learner's function or class `name`.

        Returns
        -------
        list of tuple
            The number of a line, what the learner is told of it, how it would be right. A learner's code can forge
            all of this, and would mislead nobody but its author.
        """
        with self._hostile():
            told = self._work("line", name, None, (search_seconds,), seconds=seconds)
            if not isinstance(told, (tuple, list)) or len(told) > 2:
                raise WireError("no lines")
            return [replies.told_line(part) for part in told]

    def slips(self, name: str, /, seconds: float) -> list[Edit]:
        """Have the visible check look for one small edit that makes the learner's function or class `name` right.

        Returns
        -------
        list of Edit
            A learner's code can forge all of this: `course.examination.slip.corrected` checks that an edit is small,
            and only the hidden tests tell what it is worth.
        """
        with self._hostile():
            told = self._work("slips", name, None, seconds=seconds)
            if not isinstance(told, (tuple, list)) or len(told) > 3:
                raise WireError("no edits")
            return [replies.told_edit(part) for part in told]

    def kill(self) -> None:
        """End the process and all that it started, and wait until they are gone. May be called twice."""
        self._stopped = True
        with contextlib.suppress(ProcessLookupError):
            # This does not wait for the lock, which another thread may hold while it waits for a reply.
            self._status.send_signal(signal.SIGKILL)
        with self._lock:
            if self._ended is None:
                self._end("was stopped by the grader")

    # What follows is the grader's half of a conversation; the child's half is in inside/shell.py.

    def _work(
        self,
        operation: str,
        target: str | Handle,
        name: str | None,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
        seconds: float | None = None,
    ) -> Any:
        request = Request(self._lent or Lent(self._limits))
        encoder = self._encoder(request)
        try:
            answers = {}
            if self.answers and self._lent is None and operation != "has":  # the learner's code has them in all it does
                request.lent.answers = len(self.answers)
                answers = {"answers": encoder.encode(dict(self.answers))}
            message = answers | {
                "op": operation,
                "target": target if isinstance(target, str) else encoder.encode(target),
                "name": name,
                "args": encoder.encode(args),
                "kwargs": encoder.encode(dict(kwargs or {})),
            }
        except WireError as error:
            raise TypeError(f"the grader's own argument does not travel: {error}") from error
        seconds = self._limits.call_seconds if seconds is None else seconds
        reply, decoder = self._ask(message, request, encoder, seconds)
        decoder.room = wire.room_for_result(encoder.room)
        if "refused" in reply:
            with self._hostile():
                refused = wire.text(reply["refused"], 1_000)
            raise WireError(refused)
        with self._hostile():
            if reply.get("ok") is not True:
                raise replies.learner_error(reply.get("error"))
            value = decoder.decode(reply.get("value"))
            change_lists(lists_among([args, *(kwargs or {}).values()]), each_once(reply.get("lists", [])))
            changed = each_once(reply.get("changed"))
            write_back(encoder.arrays, [(number, decoder.decode(new)) for number, new in changed])
        if self.room is not None:
            self.room.take(decoder.room.taken)
        return value

    @contextlib.contextmanager
    def _hostile(self) -> Iterator[None]:
        """Kill the child where this block finds that what it sent is malformed."""
        try:
            yield
        except WireError:
            with self._lock:
                if self._ended is None:
                    self._end("was stopped: it sent something that is not an answer")
            raise

    def _outputs(self, reply: dict[str, Any]) -> list[dict[str, Any]]:
        """Return a reply's outputs, and behind them what went to descriptors 1 and 2."""
        outputs = checked_outputs(reply.get("outputs"), self._limits.output_bytes)
        if text := self._connection.take_printed():
            outputs.append({"output_type": "stream", "name": "stdout", "text": text})
        return outputs

    def _encoder(self, request: Request | None = None) -> wire.Encoder:
        """Return an encoder that knows handles; it files functions in `request`, or refuses them without one."""

        def other(value: Any) -> Any:
            if isinstance(value, Handle):
                return {"handle": [value.number, ""]}
            if isinstance(value, wire.KeptTuple):
                return {"handle": [value.number, ""]}
            if callable(value) and request is not None:
                return {"callback": request.lent.add(value)}
            raise WireError(f"a {type(value).__name__} does not travel to the learner's process")

        return wire.Encoder(self._limits.reply_bytes, other)

    def _ask(
        self, message: dict[str, Any], request: Request, encoder: wire.Encoder, seconds: float
    ) -> tuple[dict[str, Any], wire.Decoder]:
        """Send a request and return its reply and the decoder for it. Anything but a reply in time ends the child."""
        with self._lock:
            if self._ended is not None:
                raise ChildDied(self._ended)
            seconds = min([seconds, *(max(0.0, block.left()) for block in self._together)])
            deadline = Deadline(seconds, self._clock, self._status.others)
            outer, self._lent = self._lent, request.lent
            begun, self._begun, request.blocks = self._begun, len(self._together), self._together[self._begun :]
            try:
                return self._talk(encoder.frame({"id": request.id, **message}), request, deadline)
            except LateError:
                self.had_its_time = deadline.proven()
                raise TimeLimit(deadline.seconds, self._interrupt(request)) from None
            except Gone:
                reason = self._end(None)
                self._raise_if_machine_failed()
                raise ChildDied(reason) from None
            except WireError:
                self._end("was stopped: it sent something that is not an answer")
                raise
            except OSError as error:  # of this process
                raise self._lost(error) from error
            except BaseException:
                if self._ended is None:
                    self._end("was stopped by the grader")
                raise
            finally:
                self._lent, self._begun = outer, begun
                if outer is not None:
                    self._spent_inside += deadline.spent()
                else:
                    self.spent += deadline.spent()
                    self._end_others(message["op"])

    def _end_others(self, operation: str) -> None:
        """End the processes that a request has left behind.

        Of a call's the keeper knows after its next look, which is soon enough: asking it each time would cost more than
        an ordinary call.
        """
        if self._ended is not None or not (operation == "cell" or self._status.others()):
            return
        try:
            self._status.end_others()
        except Gone:
            if self._status.running():
                self._end("was stopped by the grader")
                raise MachineError(
                    "a process of a learner's is not watched any longer: run the grading again"
                ) from None

    def _talk(self, frame: bytes, request: Request, deadline: Deadline) -> tuple[dict[str, Any], wire.Decoder]:
        """Send a frame, and answer calls of the grader's functions until the reply comes."""
        self._connection.send(frame, deadline)
        while True:
            reply, decoder = wire.read_frame(
                lambda count: self._connection.read(count, deadline), self._limits.reply_bytes, wire.GRADER_HOOKS
            )
            if reply.get("id") != request.id:
                raise WireError("a reply that belongs to no request")
            if "callback" not in reply:
                self._connection.drain()
                return reply, decoder
            begin, inner = time.monotonic(), self._spent_inside
            answer = self._call_back(reply, decoder, request)
            if reply["callback"] >= request.lent.answers:
                for each in (deadline, *request.blocks):
                    each.graders += time.monotonic() - begin - (self._spent_inside - inner)
            self._connection.send(answer, deadline)

    def _call_back(self, call: dict[str, Any], decoder: wire.Decoder, request: Request) -> bytes:
        """Call the grader's function that the learner's code asks for, and return the frame with the result."""
        number = call["callback"]
        args, kwargs = decoder.decode(call.get("args")), decoder.decode(call.get("kwargs"))
        if type(number) is not int or not isinstance(args, tuple) or not isinstance(kwargs, dict):
            raise WireError("a call back of no known form")
        encoder = self._encoder()
        try:
            value = request.lent.call(number, args, kwargs, decoder.room.taken)
            return encoder.frame({"id": request.id, "value": encoder.encode(value)})
        except CourseError:
            raise
        except Exception as error:  # the learner's code may have passed wrong arguments, and may catch this
            told = [type(error).__name__, str(error)[:1_000]]
            return self._encoder().frame({"id": request.id, "error": told})

    def _interrupt(self, request: Request) -> list[dict[str, Any]]:
        """Interrupt the child and return the cell's outputs until then; kill the child if it does not reply."""
        deadline = Deadline(GRACE_SECONDS, self._clock, self._status.others)
        try:
            self._status.send_signal(signal.SIGINT)
            reply, _ = self._talk(b"", request, deadline)
            return self._outputs(reply) if "outputs" in reply else []
        except (LateError, Gone, WireError, ProcessLookupError):
            if self._ended is None:
                self._end("was stopped at its time limit")
            return []
        except OSError as error:
            raise self._lost(error) from error

    def _raise_if_machine_failed(self) -> None:
        if self._machine_failure and not self._stopped:
            raise MachineError(f"{self._machine_failure}: run the grading again") from None

    def _lost(self, error: OSError) -> MachineError:
        """End the child, because this process cannot talk to it; the error that says so."""
        self._end("was stopped by the grader")
        return MachineError(f"the grader lost a process of a learner's: {error}")

    def _end(self, reason: str | None) -> str:
        """Kill what is left, release everything, and return how the process ended."""
        if reason is None:  # the process ended by itself: the keeper says how, before a kill would hide it
            reason = self._status.reason(GRACE_SECONDS)
            if reason is None and not self._status.running():
                reason = self._status.reason(START_SECONDS)
            self._machine_failure = self._status.machine_failure  # for the kill that follows would look like one
        with contextlib.suppress(ProcessLookupError):
            self._status.send_signal(signal.SIGKILL)
        self._ended = reason or ("was stopped by the grader" if self._stopped else "closed its connection")
        self._connection.close()
        self._clock.close()
        self._status.reason(START_SECONDS)
        self._status.close()
        return self._ended
