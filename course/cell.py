"""An answer of a module as a learner would have written it: in a cell of its own."""

import inspect
import linecache
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

CELL = "<cell "


def as_cell(answer: Callable, exercise: str) -> Callable:
    """The answer as if a learner had written it into a cell of a notebook, under the exercise's own name.

    What cannot be made so (a function that another one makes) stays what it is.
    """
    name = answer.__name__
    if file_of(answer).startswith(CELL):
        return answer
    source = textwrap.dedent(inspect.getsource(answer))
    if not re.search(rf"^(def|class) {name}\b", source, re.MULTILINE):
        return answer
    source = re.sub(rf"\b{name}\b", exercise, source)
    return from_text(source, exercise, vars(inspect.getmodule(answer)), f"{answer.__module__} {name}")


def from_text(source: str, exercise: str, names: Mapping[str, Any], title: str) -> Callable:
    """What a cell of this text defines under an exercise's name.

    Parameters
    ----------
    source : str
        The text.
    exercise : str
        The name.
    names : mapping of str to any value
        What the cell finds.
    title : str
        Tells this cell from others.
    """
    file = f"{CELL}{title}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    found = dict(names)
    exec(compile(source, file, "exec"), found)
    return found[exercise]


def file_of(answer: Any) -> str:
    """The name of the file, or of the cell, in which an answer is defined."""
    if inspect.isclass(answer):
        return next((v.__code__.co_filename for v in vars(answer).values() if inspect.isfunction(v)), "")
    return answer.__code__.co_filename if inspect.isfunction(answer) else ""
