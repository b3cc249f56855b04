"""Runs inside the sandbox: a learner's IPython shell, and the server that works on the learner's objects.

Nothing here guards anything, because the learner's code shares this process and can change every line of it. So the
grader takes what comes from here for what a stranger says, and this file only has to be fair to honest code.
"""

import base64
import builtins
import contextlib
import importlib
import io
import os
import re
import signal
import socket
import sys
import traceback
from dataclasses import asdict
from typing import Any, NoReturn

import numpy as np
import wire
from absent import PassOver
from assign import assign
from crash import crash_of
from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from magics import run_line_magic
from matplotlib_inline.config import InlineBackend
from names import in_place
from plain import plain_array
from traitlets import Type
from traitlets.config import Config

MAX_TRACEBACK = 8_000  # characters
OUTPUT_SIZE = 100  # characters that an output counts besides its text, so that empty ones are bounded too
MAX_FRAMES = 8  # frames that are shown at either end of a long traceback
MIME_TYPES = re.compile(r"text/(plain|html|latex|markdown)|image/(png|jpeg|svg\+xml)")
CELL = re.compile(r"<cell \d+>")
WARM_UP = """
import numpy as np, matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.hist(np.arange(9.0)); axes.plot([1, 2], label="a"); axes.legend(); axes.set_title("$x^2$"); plt.show()
np.testing.assert_allclose(np.linalg.inv(np.eye(2)) + np.random.default_rng(0).normal(), 0)
"""


class Outputs:
    """Collects what a cell prints and displays, as outputs of nbformat 4, up to `most` characters."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.clear()

    def clear(self) -> None:
        """Forget the outputs so far."""
        self._list: list[dict[str, Any]] = []
        self._left = self.most
        self._full = False  # whether the last output is an exception for which there was no room

    def write(self, name: str, text: str) -> None:
        """Add text to the stream `name`, "stdout" or "stderr", as far as there is room."""
        if self._left <= 0:
            return
        if not (self._list and self._list[-1].get("name") == name):
            self._left -= OUTPUT_SIZE
            self._list.append({"output_type": "stream", "name": name, "text": []})
        kept = text[: max(0, self._left)]
        self._list[-1]["text"].append(kept)
        self._left -= len(kept)
        if self._left <= 0:
            self._list[-1]["text"].append("\n[output cut here]\n")

    def add(self, output: dict[str, Any], size: int) -> None:
        """Add an output of `size` characters whole, or leave it out where there is no room for it."""
        size += OUTPUT_SIZE
        if size <= self._left:
            self._left -= size
            self._list.append(output)

    def error(self, told: dict[str, str]) -> None:
        """Add an exception as `tell` returns it. The last one, which has ended the cell, is kept without room, too."""
        lines = told["traceback"].splitlines()
        error = {"output_type": "error", "ename": told["name"], "evalue": told["message"], "traceback": lines}
        size = OUTPUT_SIZE + len(told["message"]) + len(told["traceback"])
        if size > self._left:
            if self._full:
                self._list.pop()  # was the last one until now
            self._full, self._left = True, 0
        self._left = max(0, self._left - size)
        self._list.append(error)

    def take(self) -> list[dict[str, Any]]:
        """Return the outputs so far, and forget them."""
        outputs = [{**o, "text": "".join(o["text"])} if "text" in o else o for o in self._list]
        self.clear()
        return outputs


class Stream(io.TextIOBase):
    """Stands for the learner's `sys.stdout` or `sys.stderr`, and writes to `Outputs`."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, outputs: Outputs) -> None:
        self.name = f"<{name}>"
        self._stream = name
        self._outputs = outputs

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 1 if self._stream == "stdout" else 2

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._outputs.write(self._stream, text)
        return len(text)


def _mime(data: dict[str, Any]) -> dict[str, str]:
    """The forms of an output that are kept, by MIME type: text, HTML, formulas and pictures, these in base64."""
    bundle = {
        key: base64.b64encode(value).decode() if isinstance(value, bytes) else value for key, value in data.items()
    }
    return {k: v for k, v in bundle.items() if MIME_TYPES.fullmatch(k) and isinstance(v, str)}


def _add(shell: Any, output: dict[str, Any]) -> None:
    shell.outputs.add(output, sum(map(len, output["data"].values())))


class Publisher(DisplayPublisher):
    """Puts what `display(...)` shows into the shell's outputs."""

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **options: Any) -> None:
        if not options.get("update"):
            bundle = _mime(data)
            output = {"output_type": "display_data", "data": bundle, "metadata": {}}
            _add(self.shell, output)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.outputs.clear()  # type: ignore[union-attr]


class Hook(DisplayHook):
    """Puts the value of a cell's last expression into the shell's outputs."""

    def start_displayhook(self) -> None: ...

    def write_output_prompt(self) -> None: ...

    def finish_displayhook(self) -> None: ...

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        bundle = _mime(format_dict)
        output = {"output_type": "execute_result", "data": bundle, "metadata": {}}
        output["execution_count"] = self.prompt_count
        _add(self.shell, output)


class Compiler(CachingCompiler):
    """Names a cell in tracebacks by its number."""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"<cell {number}>"


class Shell(InteractiveShell):
    """IPython without a terminal, a kernel, a history file or rendered figures."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)
    compiler_class = Type(Compiler)
    outputs: Outputs

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if error is not None:
            self.outputs.error(tell(error))

    def showsyntaxerror(self, filename: Any = None, running_compiled_code: bool = False) -> None:
        self.showtraceback()

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        def run(name: str, rest: str) -> Any:  # two more frames lie between the magic and the learner's cell
            return InteractiveShell.run_line_magic(self, name, rest, _stack_depth=_stack_depth + 3)

        return run_line_magic(run, magic_name, line, lambda text: self.outputs.write("stderr", text))

    def enable_gui(self, gui: Any = None) -> None: ...

    def system_piped(self, cmd: str) -> None:
        self.system_raw(cmd)  # IPython's own way needs a terminal

    system = system_piped

    def ask_exit(self) -> None: ...

    def _tee(self, channel: str) -> Any:
        return contextlib.nullcontext()  # IPython 9 would keep in memory all that is printed


def tell(error: BaseException) -> dict[str, str]:
    """Return an exception as `name`, `message` and `traceback`; the traceback begins with the learner's code."""
    frames = list(traceback.walk_tb(error.__traceback__))
    first = next((i for i, (f, _) in enumerate(frames) if CELL.fullmatch(f.f_code.co_filename)), len(frames))
    frames = frames[first:]
    if len(frames) > 2 * MAX_FRAMES:
        frames = frames[:MAX_FRAMES] + frames[-MAX_FRAMES:]
    lines = traceback.StackSummary.extract(iter(frames)).format()
    told = traceback.TracebackException(type(error), error, None)
    body = "".join(["Traceback (most recent call last):\n", *lines, *told.format_exception_only()])
    if len(body) > MAX_TRACEBACK:
        body = f"{body[: MAX_TRACEBACK // 2]}\n[...]\n{body[-MAX_TRACEBACK // 2 :]}"
    try:
        message = str(error)
    except BaseException as worse:  # the learner's own __str__
        message = f"<{type(worse).__name__} in its __str__>"
    return {"name": str(type(error).__name__)[:100], "message": message[:2_000], "traceback": body}


def _lists(value: Any) -> list[list[Any]]:
    """The lists among some arguments, those in lists and tuples too, in the order in which the grader finds them."""
    found = [value] if isinstance(value, list) else []
    return found + [inner for part in value for inner in _lists(part)] if isinstance(value, (list, tuple)) else found


def _places(now: list[Any], before: list[Any]) -> list[int]:
    """For each entry of a list where it stood before the call; -1 where it is a new one."""
    places = {id(entry): k for k, entry in enumerate(before)}
    return [places.get(id(entry), -1) for entry in now[: 2 * len(before) + 1]]


def _no_input(prompt: object = "") -> str:
    raise RuntimeError("input() has nobody to ask here")


def make_shell(output_bytes: int) -> Shell:
    """Return a shell that has loaded whatever a notebook usually needs."""
    config = Config()
    config.HistoryManager.enabled = False
    shell = Shell.instance(config=config)
    shell.outputs = Outputs(output_bytes)
    shell.ast_transformers.append(PassOver(shell.user_ns.__setitem__, lambda text: shell.outputs.write("stderr", text)))
    shell.run_line_magic("matplotlib", "inline")  # closes the figures after each cell, and show() is harmless
    InlineBackend.instance().figure_formats = set()  # not rendered
    out = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = Stream("stdout", shell.outputs), Stream("stderr", shell.outputs)
    for source in (WARM_UP, "1 + 1"):
        shell.run_cell(source)
    sys.stdout, sys.stderr = out
    shell.reset()
    shell.outputs.clear()
    shell.execution_count = 1
    return shell


class Server:
    """Answers the grader's requests until the grader closes the connection."""

    def __init__(self, shell: Shell, connection: socket.socket, max_bytes: int) -> None:
        self._shell = shell
        self._connection = connection
        self._max_bytes = max_bytes
        self._objects: list[Any] = []  # the objects that stay here, by the numbers of their handles
        self._numbers: dict[int, int] = {}  # by the `id` of such an object the number of its handle
        self._running = False
        # A copy of this process that the learner's code forks must not answer in its place.
        os.register_at_fork(after_in_child=connection.close)
        builtins.input = _no_input

    def serve(self) -> NoReturn:
        """Answer requests until the end of this process."""
        while True:
            try:
                signal.signal(signal.SIGINT, self._interrupt)
                self._answer(*self._read())
            except KeyboardInterrupt:
                continue
            except (EOFError, OSError):
                os._exit(0)
            except BaseException:  # the learner's code has changed this very file
                os._exit(70)

    def _interrupt(self, *_: object) -> None:
        if self._running:  # an interrupt that comes after the learner's code has ended must break nothing
            raise KeyboardInterrupt

    def _read(self) -> tuple[dict[str, Any], wire.Decoder]:
        hooks = {"handle": self._resolve, "callback": self._stub}
        return wire.read_frame(self._receive, self._max_bytes, hooks)

    def _receive(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            chunk = self._connection.recv(min(count - len(data), 1 << 20))
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    def _answer(self, message: dict[str, Any], decoder: wire.Decoder) -> None:
        """Do what one request asks for and send the reply."""
        encoder = self._encoder(wire.Room())
        outputs = self._shell.outputs
        sys.stdout, sys.stderr = Stream("stdout", outputs), Stream("stderr", outputs)
        outer, self._running, self._request = self._running, True, message["id"]
        reply: dict[str, Any] = {}
        try:
            if message["op"] == "cell":
                result = self._shell.run_cell(message["source"], store_history=True)
                self._running = outer
                reply = {"ok": result.success, "outputs": outputs.take()}
            else:
                self._lists: list[tuple[list[Any], list[Any]]] = []
                before = [array.tobytes() for array in decoder.arrays]
                value = self._work(message, decoder)
                self._running = outer
                encoder = self._encoder(wire.room_for_result(decoder.room))
                reply = {"ok": True, "value": encoder.encode(value)}
                reply["lists"] = [
                    [number, _places(now, before)]
                    for number, (now, before) in enumerate(self._lists)
                    if list(map(id, now)) != list(map(id, before))
                ]
                reply["changed"] = [
                    [number, encoder.encode(array)]
                    for number, (array, old) in enumerate(zip(decoder.arrays, before, strict=True))
                    if array.tobytes() != old
                ]
        except wire.WireError as error:
            encoder = wire.Encoder(0)
            reply = {"refused": str(error)}
        except BaseException as error:  # whatever a learner may raise
            self._running = outer
            encoder = wire.Encoder(0)
            crash = asdict(crash_of(error, lambda filename: CELL.fullmatch(filename) is not None))
            reply = {"ok": False, "error": {**tell(error), "crash": crash}, "outputs": outputs.take()}
        finally:
            self._running = outer
        self._connection.sendall(encoder.frame({"id": message["id"], **reply}))

    def _work(self, message: dict[str, Any], decoder: wire.Decoder) -> Any:
        """Do a request's operation on the learner's objects and return the value that comes of it."""
        operation, target, name = message["op"], message["target"], message.get("name", "")
        names = self._shell.user_ns
        if operation == "has":
            hidden = self._shell.user_ns_hidden  # what IPython has put there, and %pylab
            return target in names and not (target in hidden and hidden[target] is names[target])
        if isinstance(target, str):
            if target not in names:
                raise NameError(f"name {target!r} is not defined")
            thing = names[target]
        else:
            thing = decoder.decode(target)
        answers = decoder.decode(message["answers"]) if "answers" in message else {}
        args, kwargs = decoder.decode(message["args"]), decoder.decode(message["kwargs"])
        self._lists = [(found, list(found)) for found in _lists([args, *kwargs.values()])]
        with in_place(answers, names):
            if operation == "line":
                return importlib.import_module("check").tell_line(target, thing, *args)
            if operation == "slips":  # the check of an earlier release does not look for them
                return getattr(importlib.import_module("check"), "tell_slips", lambda *_: [])(target, thing)
            if operation == "get":
                return getattr(thing, name)
            if operation == "set":
                return assign(thing, name, *args)
            return (getattr(thing, name) if name else thing)(*args, **kwargs)

    def _encoder(self, room: wire.Room) -> wire.Encoder:
        encoder: wire.Encoder = wire.Encoder(self._max_bytes, lambda value: self._keep(value, encoder), room)
        return encoder

    def _keep(self, value: Any, encoder: wire.Encoder) -> Any:
        """Keep an object that does not travel, and return the JSON of its handle.

        An array of another kind is sent as a plain one where that has the same numbers.
        """
        if (array := plain_array(value)) is not value:
            return encoder.encode(array)
        if id(value) not in self._numbers:  # a kept object lives on, so no other object gets its id
            self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
        number = self._numbers[id(value)]
        if isinstance(value, tuple):
            return {"kept": [number, encoder.items(value)]}
        kind = type(value).__name__
        return {"handle": [number, f"{kind} of {value.dtype}" if type(value) is np.ndarray else str(kind)]}

    def _resolve(self, body: Any) -> Any:
        return self._objects[body[0]]

    def _stub(self, number: int) -> Any:
        """Return a function that calls the grader's function `number` back."""

        def callback(*args: Any, **kwargs: Any) -> Any:
            encoder = self._encoder(wire.Room())
            request = self._request
            call = {"args": encoder.encode(args), "kwargs": encoder.encode(kwargs)}
            self._connection.sendall(encoder.frame({"id": request, "callback": number, **call}))
            while True:
                message, decoder = self._read()
                if "op" not in message:
                    break
                self._answer(message, decoder)  # the grader's function works on the learner's objects meanwhile
                self._request = request
            if "error" in message:
                name, explanation = message["error"]
                kind = getattr(builtins, name, None)
                known = isinstance(kind, type) and issubclass(kind, Exception)
                raise (kind if known else RuntimeError)(explanation)  # type: ignore[misc]
            return decoder.decode(message["value"])

        return callback
