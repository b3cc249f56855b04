"""Reads dates as nbgrader does, but for one mistake of its own: it takes the zone "+0100" for 100 seconds."""

import re
import sys
from datetime import datetime

from nbgrader import utils

_stock = utils.parse_utc
_OFFSET = re.compile(r"(.*\S)\s+([+-]\d\d):?(\d\d)", re.S)


def parse_utc(when: datetime | str | None) -> datetime | None:
    """A date in UTC, without a zone; None for None.

    Parameters
    ----------
    when : datetime or str or None
        A text may end in a zone, by its name or as "+0100"; without one it is UTC.

    Raises
    ------
    ValueError, OverflowError
        The text is no date.
    """
    if isinstance(when, str) and (found := _OFFSET.fullmatch(when.strip())):
        when = f"{found[1]}{found[2]}:{found[3]}"
    return _stock(when)  # type: ignore[arg-type]


def install() -> None:
    """Have nbgrader read dates so too: those of hand-ins, and due dates, which formgrader writes with such a zone."""
    utils.parse_utc = parse_utc  # type: ignore[assignment]
    for name, module in list(sys.modules.items()):
        if name.startswith("nbgrader.") and getattr(module, "parse_utc", None) is _stock:
            module.parse_utc = parse_utc  # type: ignore[attr-defined]
