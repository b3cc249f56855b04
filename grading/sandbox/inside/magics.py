"""Runs inside the sandbox: what becomes of a magic that can't do its work here, where there is no front end.

A notebook's `%matplotlib widget`, `%autosave 60` or `%load_ext tensorboard` works where the learner has written it, and
says nothing about the answer below it. So a line with a magic that fails here is passed over, with a note among the
cell's outputs. A magic that runs the learner's own code fails as that code does. `%pylab` defines the same names
whatever the backend, so here it always takes the inline one.
"""

from collections.abc import Callable
from typing import Any

#: Magics that run code of the learner's, which stands behind them.
RUN_CODE = {"time", "timeit", "prun"}
#: Backends of Matplotlib that draw without a front end.
INLINE = {"", "inline", "agg"}


def run_line_magic(run: Callable[[str, str], Any], name: str, line: str, note: Callable[[str], None]) -> Any:
    """The value of a line magic; None where it was passed over.

    Parameters
    ----------
    run : callable
        IPython's own way, which takes the name and the rest of the line.
    name, line : str
        The magic without `%`, and what stands after it.
    note : callable
        Takes the note for the learner.
    """
    if name in RUN_CODE:
        return run(name, line)
    if name == "matplotlib" and line.strip().strip("\"'").lower() not in INLINE and "-l" not in line:
        note(f"[%matplotlib {line.strip()} needs a front end; when grading it was passed over]\n")
        return None
    if name == "pylab":
        options = [word for word in line.split() if word.startswith("-")]
        backends = [word.strip("\"'") for word in line.split() if word not in options]
        if any(backend.lower() not in INLINE for backend in backends):
            note(f"[%pylab {line.strip()} needs a front end; when grading it was read as %pylab inline]\n")
        line = " ".join(["inline", *options])
    try:
        return run(name, line)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        note(f"[%{name} does not work here; when grading it was passed over: {reason}]\n")
        return None
