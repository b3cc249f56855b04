"""`make preview EXERCISE=chapter/name`: serves one exercise's page, and builds and reloads it after each save.

The page is built alone (`publishing.sphinx.one_page`), in this process, which has loaded all that takes long. Where the
reference, a hidden test or a wrong answer was saved, the check's key of the exercises that it concerns is computed
anew: first without the pairs of mistakes, which take longest, and the page loads again. The pairs are there when it is
loaded the next time.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

from course import freshness
from course.answer_keys import is_known
from course.chapter import ROOT, Chapter, slugs
from course.errors import CourseError
from publishing.output.serving import Quiet

T = TypeVar("T")
FOLDER = ROOT / "_build" / "preview" / "html"
INTERVAL = 0.1  # seconds between two looks at the files
WATCHED = (
    "book/{slug}/exercise.md", "book/{slug}/data/*", "solutions/{slug}.py", "tests/hidden/{slug}.py",
    "tests/misconceptions/{slug}.py", "tests/formulations/{slug}.py", "tests/smallest/{slug}.py",
    "tests/bases/{slug}.py",
)  # fmt: skip
EVENTS = "/preview-events"
#: Asks the server for what is new: a build that is done, which reloads the page, or a mistake, which stands on top.
SCRIPT = """<script>
new EventSource("%s?seen=%d").onmessage = ({ data }) => {
  const { problem } = JSON.parse(data);
  if (!problem) return location.reload();
  document.getElementById("preview-problem")?.remove();
  const bar = document.body.appendChild(document.createElement("pre"));
  bar.id = "preview-problem";
  bar.textContent = problem;
  bar.style = "position: fixed; z-index: 9999; inset: 0 0 auto; margin: 0; padding: 1em; white-space: pre-wrap; "
    + "background: #a11220; color: white";
};
</script></body>"""


class State:
    """How many builds there were, and what was wrong with the last one, for the browsers that wait."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.number, self.problem = 0, ""

    def tell(self, problem: str = "") -> None:
        """Tell the browsers of a build, or of what has kept it from being made."""
        with self.changed:
            self.number, self.problem = self.number + 1, problem
            self.changed.notify_all()

    def wait(self, seen: int, seconds: float) -> bool:
        """Wait until there is another build than the one seen; whether there is."""
        with self.changed:
            return self.changed.wait_for(lambda: self.number != seen, seconds)


def preview(exercise: str, port: int, say: Callable[[str], None], stop: threading.Event | None = None) -> None:
    """Build, serve and watch until the process is interrupted.

    Parameters
    ----------
    exercise : str
        "chapter/name".
    port : int
        Of the server on this machine; 0 for any that is free.
    say : callable
        Takes what is told, a line each: the address first, then each build with its seconds.
    stop : threading.Event, optional
        Ends it.

    Raises
    ------
    CourseError
        There is no such exercise, the page can't be built at first, or the port is taken.
    """
    slug, _, name = exercise.partition("/")
    if slug not in slugs() or name not in Chapter(slug).exercises:
        known = [f"{slug}/{one}" for one in Chapter(slug).exercises] if slug in slugs() else slugs()
        raise CourseError(f"expected EXERCISE=chapter/name; there is no {exercise!r}, there are {', '.join(known)}")
    stop = stop or threading.Event()
    from publishing.sphinx import one_page  # Sphinx takes seconds, and a mistyped name is told at once

    one_page.write_companions(slug, FOLDER)
    one_page.build(slug, FOLDER)
    state, before = State(), dict(_files(slug))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), lambda *given: _Handler(*given, state=state))
    except OSError as error:
        raise CourseError(f"port {port} can't be used: {error.strerror}; name another with PORT=8002") from None
    server.daemon_threads = True
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        say(f"http://127.0.0.1:{server.server_port}/book/{slug}/exercise.html#cell-{name} (stop with Ctrl+C)")
        while not stop.wait(INTERVAL):
            now = dict(_files(slug))
            saved = [path for path in {**before, **now} if before.get(path) != now.get(path)]
            if not saved:
                continue
            before, start = now, time.time()
            problem, whole = _tried(_build, slug, saved)
            names = ", ".join(str(path.relative_to(ROOT)) for path in saved)
            say(f"{names}: {problem or f'built in {time.time() - start:.1f} s'}")
            state.tell(problem and f"{names}: {problem}")
            if not problem and not whole:
                start = time.time()
                problem, _ = _tried(one_page.write_companions, slug, FOLDER)
                seconds = f"{time.time() - start:.1f} s"
                say(problem or f"the pairs of mistakes in {seconds} more: the next load of the page has them")
        server.shutdown()


def _build(slug: str, saved: list[Path]) -> bool:
    """Build what hangs on the saved files, as far as it is there at once; whether that is all of it."""
    from publishing.sphinx import one_page

    freshness.refresh()
    if any("book" in path.relative_to(ROOT).parts for path in saved):
        one_page.build(slug, FOLDER)
    if whole := is_known(Chapter(slug)):
        one_page.write_companions(slug, FOLDER)
    else:
        one_page.write_key_at_once(slug, FOLDER)
    return whole


def _tried(do: Callable[..., T], *given: object) -> tuple[str, T | None]:
    """What was wrong, in words, or an empty text; and what it returns."""
    try:
        return "", do(*given)
    except Exception as error:  # an author's file may be half written, in any way
        return f"{type(error).__name__}: {error}".strip(), None


def _files(slug: str) -> Iterator[tuple[Path, tuple[int, int]]]:
    """The files on which the page and its check hang, with their times and sizes."""
    for pattern in WATCHED:
        for path in ROOT.glob(pattern.format(slug=slug)):
            try:
                found = path.stat()
            except FileNotFoundError:  # an editor has moved it away for a moment
                continue
            yield path, (found.st_mtime_ns, found.st_size)


class _Handler(Quiet):
    """Serves the page with the script that reloads it, and keeps nothing in a browser's cache unasked."""

    def __init__(self, *given: object, state: State):
        self._state = state
        super().__init__(*given, directory=str(FOLDER))  # type: ignore[arg-type]

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def do_GET(self) -> None:  # noqa: N802 - the name is the library's
        path = Path(self.translate_path(self.path))
        if self.path.startswith(EVENTS):
            self._events()
        elif path.suffix == ".html" and path.is_file():
            number = self._state.number  # before the file is read: what comes after it is told
            script = SCRIPT % (EVENTS, number)
            self._send("text/html", path.read_text(encoding="utf-8").replace("</body>", script).encode())
        else:
            super().do_GET()

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _events(self) -> None:
        """An event for each build that the page has not seen."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        asked = re.search(r"seen=(\d+)", self.path)
        seen = int(asked[1]) if asked else 0
        try:
            while True:
                if self._state.wait(seen, 15):
                    seen = self._state.number
                    self.wfile.write(f"data: {json.dumps({'problem': self._state.problem})}\n\n".encode())
                else:
                    self.wfile.write(b": still there\n\n")
                self.wfile.flush()
        except OSError:  # the page was closed
            return


def main(exercise: str, port: int) -> None:
    """Preview until Ctrl+C."""
    try:
        preview(exercise, port, lambda text: print(text, flush=True))
    except KeyboardInterrupt:
        print(file=sys.stderr)
