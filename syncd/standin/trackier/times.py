"""How the vendor reads and writes times, and rows as JSON values."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

A_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
UTC_ZONE = ZoneInfo("UTC")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


def read_end(text: str, zone: ZoneInfo, *, is_last: bool, takes_times: bool) -> datetime:
    """One end of a window as a point in time, UTC; the last one as the first moment that is not in the window.

    Both ends are included: a date covers its whole day, a time its whole second. ValueError for any other text.
    """
    if _DATE.fullmatch(text):
        day = date.fromisoformat(text)
        return begin_of(day + A_DAY if is_last else day, zone)
    if takes_times and _MOMENT.fullmatch(text):
        at = datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
        return at + SECOND if is_last else at
    raise ValueError(text)


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins in a zone, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The date in a zone at a point in time."""
    return at.astimezone(zone).date()


def iso(at: datetime) -> str:
    """A point in time as most of the API writes it."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z"


def plain(at: datetime, zone: ZoneInfo) -> str:
    """A point in time as clicks have it: without a word about the zone."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def served(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """A value of a row as JSON has it. Members whose name starts with `$` are left out, decimals stay exact."""
    # Asked of every member of every row served, so the plain kinds come first and by their exact type.
    kind = type(value)
    if kind is str or value is None or kind is int or kind is Decimal:
        return value
    if kind is dict:
        return {name: served(one) for name, one in value.items() if name[0] != "$"}
    if kind is list or kind is tuple:
        return [served(one) for one in value]
    if kind is datetime:
        return iso(value)
    return value.isoformat() if kind is date else value
