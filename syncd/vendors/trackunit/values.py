"""What Trackunit puts into texts and small objects, as values of our columns. Pure; each is a ``Column.prepare``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal

_FRACTION = r"(?:\d+(?:\.\d*)?|\.\d+)"
# The vendor writes an exponent with its sign and at least two digits; "12E5" is the id of some software, not a number.
_NUMBER = rf"[+-]?{_FRACTION}(?:E[+-]\d{{2,3}})?"
_VALUE = re.compile(rf"\s*({_NUMBER})\s*(?:(?:\.\.\.|\N{{HORIZONTAL ELLIPSIS}})\s*({_NUMBER})\s*)?", re.ASCII)

_COORDINATE = rf"[+-]?{_FRACTION}(?:[eE][+-]?\d{{1,3}})?"
_PAIR = rf"{_COORDINATE}\s+{_COORDINATE}"
_RING = rf"\(\s*{_PAIR}\s*(?:,\s*{_PAIR}\s*)*\)"
_SURFACE = rf"\(\s*{_RING}\s*(?:,\s*{_RING}\s*)*\)"
_POLYGON = re.compile(
    rf"\s*(?:POLYGON\s*{_SURFACE}|MULTIPOLYGON\s*\(\s*{_SURFACE}\s*(?:,\s*{_SURFACE}\s*)*\))\s*",
    re.ASCII | re.IGNORECASE,
)
_SWAPPED = re.compile(rf"({_COORDINATE})(\s+)({_COORDINATE})", re.ASCII)

_LAST_HOUR, _LAST_MINUTE = 23, 59


def ends(value: object) -> tuple[float, float] | None:
    """Minimum and maximum of a CAN value: a number, or a range ``1796.5 ... 1800.12``; None if it is neither.

    The decimal mark is a dot and nothing else: ``8,48`` is text.
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        value = str(value)
    found = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    first = float(found[1])
    second = first if found[2] is None else float(found[2])
    return (min(first, second), max(first, second)) if math.isfinite(first) and math.isfinite(second) else None


def number(value: object) -> float | None:
    """A CAN value as a number: of a range the midpoint."""
    found = ends(value)
    if found is None:
        return None
    low, high = found
    return low if low == high else (low + high) / 2


def least(value: object) -> float | None:
    """The lower end of a CAN value."""
    found = ends(value)
    return found[0] if found else None


def most(value: object) -> float | None:
    """The upper end of a CAN value."""
    found = ends(value)
    return found[1] if found else None


def longitude_first(value: object) -> str | None:
    """A polygon's text with each pair of coordinates turned round and nothing else; None if it is no polygon.

    Trackunit writes latitude before longitude, tools for maps read longitude before latitude.
    """
    if not isinstance(value, str) or not _POLYGON.fullmatch(value):
        return None
    return _SWAPPED.sub(r"\3\2\1", value)


def time_of_day(value: object) -> object:
    """``{"hour": 7, "minute": 30}`` as ``07:30``; anything else as it is, for the parser to judge."""
    if not isinstance(value, Mapping):
        return value
    hour, minute = value.get("hour"), value.get("minute")
    if type(hour) is int and type(minute) is int and 0 <= hour <= _LAST_HOUR and 0 <= minute <= _LAST_MINUTE:
        return f"{hour:02}:{minute:02}"
    return value
