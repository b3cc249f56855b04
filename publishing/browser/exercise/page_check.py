"""The check that decides whether an exercise is solved: the page's own, out of reach of what cells overwrite.

Cells import the module `check`, and may give its names other values: `check = print`, or `check.check = ...`. So the
page has a second module, made of the same file before any cell runs, with built-in functions of its own.
"""

import builtins
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path("/home/pyodide/check.py")


def module(name, code, **names):
    """A module that is made of the check's code, as an import would make it."""
    spec = importlib.util.spec_from_file_location(name, FILE)
    assert spec is not None
    made: Any = importlib.util.module_from_spec(spec)
    vars(made).update(names)
    sys.modules[name] = made
    exec(code, vars(made))
    return made


def modules():
    """The page's own module, and the one that cells import: the code is compiled once."""
    code = compile(FILE.read_text(encoding="utf-8"), str(FILE), "exec")
    return module("page_check_kit", code, __builtins__=dict(vars(builtins))), module("check", code)


kit, _ = modules()
key = json.loads(FILE.with_suffix(".json").read_text(encoding="utf-8"))


def report(name, answer):
    """What the check finds: the report as data for the page, and what starts the search for the line, or None."""
    found = kit.compare(name, answer, key)
    print(found.printed, end="")
    search = (lambda: kit.looking(name, answer, key)) if found.wants_line else None
    return as_data(found, kit), search


def meaning(error):
    """What an exception of a cell means, where more is known than Python says, or ""."""
    said = kit.meaning(kit.crash_of(error))
    return f"In other words: {said}" if said and not said[0].isupper() else said


def as_data(found, check):
    """A report of the module `check`; the page makes the table itself, and takes no markup from a cell."""
    return {
        "name": found.name,
        "passed": found.passed,
        "findings": [(check.heading(f), f.text, f.line) for f in found.findings],
        "rows": [(*reversed(check.MARKS[row.state][1:]), row.label, row.text) for row in found.rows],
        "footer": found.footer,
    }
