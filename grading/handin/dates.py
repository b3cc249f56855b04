"""When a hand-in was handed in, by the text of its `timestamp.txt`."""

import time
from datetime import UTC, datetime, tzinfo

from dateutil import parser, tz

# Whatever a text does not say comes from here, and differs between the two.
_DEFAULTS = datetime(2000, 1, 1), datetime(2001, 2, 2)


def parse_date(text: str) -> datetime | None:
    """The moment that a text means, in UTC and without a time zone, as nbgrader keeps it.

    Parameters
    ----------
    text : str
        In nbgrader's own form, `2026-11-02 10:00:00.123456 UTC`, or in another that `dateutil` reads. Without a zone it
        is UTC.

    Returns
    -------
    datetime or None
        None where the text does not say year, month and day, or names a zone that is not known here: `dateutil` alone
        would read "12" as the twelfth of this month.
    """
    try:
        one, other = (parser.parse(text, default=default, tzinfos=_zone) for default in _DEFAULTS)
        if one != other:
            return None
        return one.astimezone(UTC).replace(tzinfo=None) if one.tzinfo else one
    except (ValueError, OverflowError, TypeError, AttributeError):
        return None


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    """The time zone of a name and an offset in seconds, as `dateutil` asks for it; None where a text has neither."""
    if name is None and offset is None:
        return None
    if offset is not None:
        return tz.tzoffset(name, offset)
    if name in ("UTC", "GMT", "Z"):
        return UTC
    if name in time.tzname:
        return tz.tzlocal()
    raise ValueError(f"the time zone {name} is not known")
