"""Writes tables as CSV that a spreadsheet can open safely."""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")


def table(rows: Iterable[list[Any]]) -> str:
    """Rows as CSV in which no spreadsheet finds a formula."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """A cell; text that begins like a formula gets an apostrophe, which spreadsheets don't show. Numbers stay."""
    if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
