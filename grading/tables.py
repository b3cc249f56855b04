"""Writes tables as CSV that a spreadsheet can open safely, whatever it takes for a separator."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from grading.terminal import visible

#: Where a cell can begin: a spreadsheet splits at one of these, as its settings are, and does not always heed quotes.
_SEPARATOR = re.compile(r"([,;|\t\r\n])")
#: Signs by which a spreadsheet knows a formula, full-width ones included.
_SIGNS = tuple("=+-@＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")


def table(rows: Iterable[list[Any]], separator: str = ",") -> str:
    """Rows as CSV in which no spreadsheet finds a formula."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: Any) -> Any:
    """A cell of a table. Where its text begins like a formula, also behind a separator, it gets an apostrophe.

    Control characters are written out; line breaks stay, because a hint may have several lines. Numbers stay numbers.
    """
    if not isinstance(cell, str) or _NUMBER.fullmatch(cell):
        return cell
    return "".join(map(_harmless, _SEPARATOR.split(visible(cell, keep="\n"))))


def _harmless(part: str) -> str:
    bare = part.lstrip(" \"'\xa0")
    if not bare.startswith(_SIGNS) or _NUMBER.fullmatch(bare.rstrip()):
        return part
    return f"{part[: len(part) - len(bare)]}'{bare}"
