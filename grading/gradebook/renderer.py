"""Has learners' texts turned into HTML by a process with limits, and shows as text what that process can't do."""

import atexit
import html
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from course.chapter import ROOT
from course.errors import MachineError
from grading.terminal import visible

#: Seconds of CPU time for one text, and for all texts of a page. An honest cell takes some hundredths of a second.
PIECE_SECONDS, PAGE_SECONDS = 2, 6
#: Bytes of memory that rendering may take.
MEMORY = 512 * 2**20
#: Characters of HTML in a page beside its pictures, and of text that is shown as it was written.
MAX_MARKUP, MAX_TEXT = 3_000_000, 2_000_000
#: Seconds on the clock after which the machine is taken to have failed: CPU time passes slowly on a busy one.
PATIENCE = 300
#: How many pieces are remembered, of at most so many characters. Each page has the cells of the release.
REMEMBERED, SMALL = 300, 20_000

#: What a text has done that ended the process by such a signal.
ENDED_BY = {-signal.SIGXCPU: "time", -signal.SIGSEGV: "RecursionError"}
WHY = {
    "time": "turning it into a page took too much time",
    "MemoryError": "turning it into a page took too much memory",
    "size": "as a page it is too large",
    "TooDeep": "its parts are nested too deeply",
    "RecursionError": "its parts are nested too deeply",
}


@dataclass(frozen=True)
class Rendered:
    """What came of a text.

    Attributes
    ----------
    html : str or None
        None where it could not be rendered.
    why : str
        Then a key of `WHY`, or the name of an exception.
    seconds : float
        The CPU time that it took.
    """

    html: str | None
    why: str = ""
    seconds: float = 0.0


class Renderer:
    """A process that renders, and is replaced when a text has ended it. Several threads may use it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._link: Connection | None = None
        self._known: dict[str, Rendered] = {}

    def render(self, kind: str, **arguments: Any) -> Rendered:
        """Render a text.

        Parameters
        ----------
        kind : str
            A key of `markup.RENDERERS`.
        **arguments
            For that function.

        Raises
        ------
        MachineError
            The process can't be started, or ends again and again without having reached a limit.
        """
        request = json.dumps({"kind": kind, "arguments": arguments})
        with self._lock:
            if request in self._known:
                return self._known[request]
            found = self._ask(request) or self._ask(request)
            if found is None:
                raise MachineError("the process that makes pages ended twice, and reached no limit; try again")
            if found.html is not None and len(request) + len(found.html) <= SMALL:
                if len(self._known) >= REMEMBERED:
                    del self._known[next(iter(self._known))]
                self._known[request] = Rendered(found.html)
            return found

    def _ask(self, request: str) -> Rendered | None:
        """Send a request; None where the process ended and not by our limit, so that it may be tried again."""
        link = self._started()
        try:
            link.send_bytes(request.encode())
            if not link.poll(PATIENCE):
                raise MachineError(f"a page was not made within {PATIENCE} s; try again when the machine is less busy")
            reply = json.loads(link.recv_bytes())
        except (EOFError, OSError):
            why = ENDED_BY.get(self.close() or 0)
            return Rendered(None, why, PIECE_SECONDS) if why else None
        except BaseException:  # the reply to an interrupted request would be taken for that to the next one
            self.close()
            raise
        if "failed" in reply:  # after a MemoryError, say, the next text might not find the memory that it needs
            self.close()
        return Rendered(reply.get("html"), reply.get("failed", ""), reply["seconds"])

    def _started(self) -> Connection:
        if self._link is not None:
            return self._link
        ours, theirs = socket.socketpair()
        self._link = Connection(ours.detach())
        try:
            with theirs:
                command = [sys.executable, "-m", "grading.gradebook.renderer_process", str(theirs.fileno())]
                self._process = subprocess.Popen(
                    command, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
                )
            if not self._link.poll(PATIENCE) or self._link.recv_bytes() != b"ready":
                raise EOFError
        except (EOFError, OSError) as error:
            self.close()
            raise MachineError(
                f"the process that makes pages did not start: {error or 'it ended'}; try again"
            ) from error
        except BaseException:
            self.close()
            raise
        return self._link

    def close(self) -> int | None:
        """End the process; its exit status, None where there is none."""
        if self._link is not None:
            self._link.close()
        process, self._process, self._link = self._process, None, None
        if process is None:
            return None
        try:
            return process.wait(1)  # its socket is closed, so it ends by itself
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def forget(self) -> None:
        """Leave the process to the parent, after a fork."""
        self.__init__()  # type: ignore[misc]


#: The one of this process.
RENDERER = Renderer()
atexit.register(RENDERER.close)
os.register_at_fork(after_in_child=RENDERER.forget)


class Html(str):
    """Text that is sanitized HTML already."""


class PageBudget:
    """Renders the texts of one page, within what one page may cost.

    A text that costs too much, and each one after the page has used up its time, stands as it was written below a line
    that says so.
    """

    def __init__(self, renderer: Renderer = RENDERER):
        self._renderer = renderer
        self._seconds: float = PAGE_SECONDS
        self._markup, self._text = MAX_MARKUP, MAX_TEXT

    def markdown(self, source: str, pictures: Mapping[str, tuple[str, str]]) -> Html:
        """A Markdown cell, as for `markup.markdown`."""
        return self._block(source, self._made(source, "markdown", source=source, pictures=pictures))

    def html(self, markup: str) -> Html:
        """HTML of an output."""
        return self._block(markup, self._made(markup, "html", markup=markup))

    def code(self, source: str, lexer: str) -> Html:
        """A code cell, as for `markup.code`."""
        return self._block(source, self._made(source, "code", source=source, lexer=lexer))

    def output(self, text: str) -> Html:
        """What a cell printed, for a `pre`."""
        made = self._made(text, "output", text=text)
        return Html(f"({self._why})\n{self._plain(text)}") if made is None else made

    def _made(self, written: str, kind: str, **arguments: Any) -> Html | None:
        """The HTML of a text; None where it can't be had, and then `_why` says why not."""
        if self._seconds <= 0:
            self._why = _reason("time")
            return None
        if len(written) > self._markup:
            self._why = _reason("size")
            return None
        found = self._renderer.render(kind, **arguments)
        self._seconds -= found.seconds
        if found.html is None:
            self._why = _reason(found.why)
            return None
        size = len(found.html) - sum(len(content) for _, content in arguments.get("pictures", {}).values())
        if size > self._markup:
            self._why = _reason("size")
            return None
        self._markup -= max(0, size)
        return Html(found.html)

    def _block(self, text: str, made: Html | None) -> Html:
        """What was made of a text; where that is nothing, the text as it was written, below a line that says so."""
        return Html(f"<p><em>({self._why})</em></p>\n<pre>{self._plain(text)}</pre>") if made is None else made

    def _plain(self, text: str) -> str:
        shown = text[: self._text]
        self._text -= len(shown)
        left = f"\n({len(text) - len(shown)} more characters are in the notebook)" if len(shown) < len(text) else ""
        return html.escape(visible(shown) + left)


def _reason(why: str) -> str:
    return f"Shown as it was written: {WHY.get(why, f'it could not be turned into a page ({why})')}."
