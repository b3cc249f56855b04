"""The code in the page's Python that runs the learner's cells in one namespace, and passes results to the page."""

import asyncio
import builtins
import inspect
import json
import linecache
import logging
import sys
import time
import traceback
import types

import page_check
import page_names
from page import emit
from pyodide.code import eval_code_async

CHARACTERS = 20_000  # that the page shows of a cell's text output
SLICE_SECONDS = 0.03  # of a search in the background, after which whatever the page has asked for comes first

sys.path.insert(0, "/home/pyodide")
# Otherwise a message about the font cache would be a learner's first output.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

main = types.ModuleType("__main__")
sys.modules["__main__"] = main
cells: set[str] = set()  # the names that tracebacks give to cells


class Stream:
    """`sys.stdout` or `sys.stderr`: text goes to the page at once, or is gathered for 0.1 s if there is a lot."""

    encoding = "utf-8"
    left = CHARACTERS  # that both streams together may still show

    def __init__(self, kind):
        self.kind, self.waiting, self.sent, self.last = kind, [], 0, 0.0

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if Stream.left <= 0:
            return len(text)
        self.waiting.append(text[: Stream.left])
        Stream.left -= len(text)
        if Stream.left <= 0:
            self.waiting.append("\n")
        if Stream.left <= 0 or self.sent < 100 or time.monotonic() - self.last > 0.1:
            self.flush()
        if Stream.left <= 0:
            emit("note", f"The output is cut here: this cell wrote more than {CHARACTERS:,} characters.")
        return len(text)

    def flush(self):
        if self.waiting:
            emit(self.kind, "".join(self.waiting))
            self.waiting, self.sent, self.last = [], self.sent + 1, time.monotonic()

    def isatty(self):
        return False


class HTML(str):
    """A text that the page shows as HTML."""

    def _repr_html_(self):
        return str(self)


def display(*things, **_):
    """Like IPython's `display`, for the kinds of objects that a page can show."""
    for thing in things:
        sys.stdout.flush()
        if (report := _report(thing)) is not None:
            emit("check", json.dumps(report))
            continue
        html = None if inspect.isclass(thing) else getattr(thing, "_repr_html_", None)
        if html is not None and (shown := html()) is not None:
            emit("html", shown)
        elif type(thing).__name__ == "Figure" and type(thing).__module__.startswith("matplotlib"):
            import page_figures
            from matplotlib._pylab_helpers import Gcf

            page_figures.draw(thing)
            Gcf.destroy_fig(thing)
        else:
            print(repr(thing))


def _report(thing):
    """What a check tells that a cell has called, as data; None for other things."""
    check = sys.modules.get("check")
    kind = getattr(check, "Report", None)
    if not isinstance(kind, type) or not isinstance(thing, kind):
        return None
    return page_check.as_data(thing, check)


def no_input(*_):
    raise RuntimeError("input() cannot wait for an answer on this page: write the value into the code, as in x = 3")


def _ipython():
    """Make modules so that `from IPython.display import display` works, as in a notebook."""
    package, module = types.ModuleType("IPython"), types.ModuleType("IPython.display")
    vars(module).update(display=display, HTML=HTML)
    vars(package).update(display=module, get_ipython=lambda: None)  # Matplotlib calls it
    sys.modules.update({"IPython": package, "IPython.display": module})


def _error(error, title):
    """An exception as data for the page; its traceback begins at the learner's first line. None for a failed check."""
    if type(error).__name__ == "NotYet":  # the table of the check is enough
        return None
    import notebook_commands  # here, since what it lies in is on the path only now

    frames = error.__traceback__
    while frames and frames.tb_frame.f_code.co_filename not in cells:
        frames = frames.tb_next
    own = [frame for frame, _ in traceback.walk_tb(frames) if frame.f_code.co_filename in cells]
    lines = [line for frame, line in traceback.walk_tb(frames) if frame.f_code.co_filename == title]
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == title else lines[0] if lines else None
    return {
        "type": type(error).__name__,
        "message": _message(error),
        "traceback": "".join(traceback.format_exception(type(error), error, frames)),
        "line": line,
        "lines": sorted({line, *lines} - {None}),
        "deep": len(own) > 1 or isinstance(error, SyntaxError),
        "name": getattr(error, "name", None) if isinstance(error, NameError) else None,
        "advice": notebook_commands.advice(error) if isinstance(error, SyntaxError) else None,
        "meaning": page_check.meaning(error),
        "stub": own[-1].f_code.co_name if own and type(error) is NotImplementedError and not error.args else None,
    }


def _message(error):
    """The text of an exception, with Python's own suggestion: "Did you mean: 'mean'?"."""
    if isinstance(error, SyntaxError):
        return str(error.msg)
    if isinstance(error, (NameError, AttributeError, ImportError)):
        told = "".join(traceback.TracebackException.from_exception(error).format_exception_only()).strip()
        return told.removeprefix(f"{type(error).__name__}: ")
    return str(error)


class Looking:
    """The search for the line of a mistake that the check does not know: it goes on after the table is shown."""

    make = None  # what starts the search that the last check wants
    search = None  # the search that goes on
    ended = asyncio.Event()  # set where the search has put back what it had changed


def stop_looking():
    Looking.make = Looking.search = None


async def _no_longer_looking():
    """End the search and wait until it has put back output, warnings and NumPy's settings."""
    goes_on = Looking.search is not None
    stop_looking()
    if goes_on:
        await Looking.ended.wait()


async def look():
    """Search for the line until something is found, or until the next run.

    Returns
    -------
    str
        JSON: a list of `line` and `text`, empty if nothing was found or the search was stopped.
    """
    if Looking.make is None:
        return "[]"
    mine, ended, lines = Looking.make(), asyncio.Event(), []
    Looking.search, Looking.ended = mine, ended
    try:
        while Looking.search is mine:
            end = time.monotonic() + SLICE_SECONDS
            while time.monotonic() < end:
                next(mine)
            await asyncio.sleep(0)
    except StopIteration as found:
        lines = [{"line": f.line, "text": f.text} for f in found.value]
    except Exception:  # the learner's code may raise anything, at any edit
        lines = []
    finally:
        mine.close()  # here, since NumPy's settings belong to this coroutine's context
        if Looking.search is mine:
            stop_looking()
        ended.set()
    return json.dumps(lines)


def _look_later():
    """The check shows its table at once here, and leaves the search to `look`."""
    if check := sys.modules.get("check"):

        def later(make):
            Looking.make = make

        check.LATER.append(later)
        del check.LATER[:-1]


def needed(texts, answer):
    """`page_names.needed` for the page: JSON of a list of texts comes, JSON of a list of numbers goes."""
    return json.dumps(page_names.needed(json.loads(texts), answer))


def _namespace(scratch):
    """The names of the page; for a scratch cell a copy of them."""
    if not scratch:
        return main.__dict__
    copy = sys.modules["scratch"] = types.ModuleType("__main__")
    vars(copy).update(vars(main))
    return vars(copy)


async def run(code, title, exercise="", scratch=False):
    """Run a cell, and check the answer that it holds.

    Parameters
    ----------
    code : str
        The cell's text.
    title : str
        The cell's name in tracebacks.
    exercise : str
        The function or class that is checked after the cell has run; empty where nothing is.
    scratch : bool
        Whether what the code sets goes after the run; `inspection.py` can still show it.

    Returns
    -------
    str
        JSON: `ok`, `seconds`, `looking` if `look` has something to do, after an exception `error`, and after a check
        `report`, as `python.js` describes them. A cell that does not define the exercise has no report.
    """
    await _no_longer_looking()
    _look_later()
    cells.add(title)
    linecache.cache[title] = (len(code), None, code.splitlines(keepends=True), title)
    main.__dict__.pop("__warningregistry__", None)  # so that a warning is shown each time that the cell runs
    Stream.left = CHARACTERS
    sys.stdout, sys.stderr = out, err = Stream("out"), Stream("err")
    builtins.input = no_input
    began, error, report = time.monotonic(), None, None
    main.__dict__.pop(exercise, None)  # what an earlier text of the cell has defined is not this answer
    try:
        value = await eval_code_async(code, _namespace(scratch), filename=title)
        if value is not None:
            display(value)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].show()
        if exercise in main.__dict__:
            report, Looking.make = page_check.report(exercise, main.__dict__[exercise])
    except BaseException as raised:
        error = raised
    out.flush()
    err.flush()
    result = {"ok": error is None, "seconds": time.monotonic() - began, "looking": Looking.make is not None}
    if report is not None:
        result["report"] = report
    if error is not None:
        result["error"] = _error(error, title)
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close("all")
    return json.dumps(result)


_ipython()
