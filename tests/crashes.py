"""Cells that raise, and what is said of each."""

import linecache
from itertools import count
from pathlib import Path

from course.kit.crash import crash_of

NUMBERS = count(1)
SETUP, *CELLS = (
    (Path(__file__).parent / "fixtures" / "crashes.txt").read_text().partition("=== SETUP\n")[2].split("===\n")
)
CELLS = [tuple(cell.rstrip("\n").rsplit("\n=> ", 1)) for cell in CELLS]


def raised(source, setup="import numpy as np", **more):
    """The exception of a cell that is compiled as IPython compiles one; `more` are names that it can use."""
    name = f"<ipython-input-{next(NUMBERS)}-0123456789ab>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    names = {"__name__": "__main__", **more}
    exec(setup, names)
    try:
        exec(compile(source, name, "exec"), names)
    except BaseException as error:
        trace = BaseException.__dict__["__traceback__"]
        trace.__set__(error, trace.__get__(error).tb_next)  # from the cell's own frame on, as in a notebook
        return error
    raise AssertionError("it ran")


def crash(source, **more):
    return crash_of(raised(source, **more))
