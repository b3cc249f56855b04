"""Jinja2 as every page of the grader is made with it: what a learner wrote is text in a page, and never markup."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from course.kit.values import in_html
from grading.terminal import visible


def environment(folder: Path) -> Environment:
    """The templates of a folder: each value is escaped, and one that is missing is an error rather than a gap.

    Control characters are written out, so that code reads in the order in which it runs. The filter `with_code` sets
    what stands between backticks as code.
    """
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["with_code"] = _with_code
    return made


def _visible(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _with_code(text: str) -> Markup:
    """Escaped by `in_html`."""
    return Markup(in_html(visible(text)))
