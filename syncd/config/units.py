"""Texts to values: durations, dates, rates, cron lines, sizes. Pure; ValueError says what is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Final

Rate = tuple[float, float]
"""Requests, and the seconds that at most so many may be sent in."""

_UNITS: Final = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_PART: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(s|min|m|h|d|w|y)")
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+")
_RATE: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)/(s|min)")
_SIZE: Final = re.compile(r"([0-9]{1,12})(?:\s*(B|KiB|MiB|GiB|KB|MB|GB))?")
_SIZES: Final = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_QUIET: Final = re.compile(r"([0-9][0-9]:[0-9][0-9])\s*-\s*([0-9][0-9]:[0-9][0-9])")

DURATION_FORM: Final = 'a duration such as "90s", "15m", "1h30m", "7d"'
RATE_FORM: Final = '"N/s" or "N/min", such as "4/s" or "180/min", or a list of them'
SINCE_FORM: Final = 'a date such as "2024-01-31", or a duration such as "180d" or "2y"'


def duration(text: str) -> timedelta:
    """``"1h30m"`` as a timedelta; units s, m (or min), h, d, w, y (365 days)."""
    compact = "".join(text.split())
    if not _DURATION.fullmatch(compact):
        raise ValueError(DURATION_FORM)
    try:
        # Exact: 0.1 s as a binary fraction would not come back as the same text.
        return sum(
            (
                timedelta(microseconds=int(Fraction(n) * (_UNITS[unit] // _MICROSECOND)))
                for n, unit in _PART.findall(compact)
            ),
            timedelta(),
        )
    except OverflowError:
        raise ValueError(f"{DURATION_FORM}, and not longer than people live") from None


_MICROSECOND = timedelta(microseconds=1)


def duration_text(value: timedelta) -> str:
    """The shortest text that ``duration`` reads back as *value*: ``7d``, ``1h30m``, ``0s``."""
    left, parts = value // _MICROSECOND, []
    for unit in ("d", "h", "m"):
        amount, left = divmod(left, _UNITS[unit] // _MICROSECOND)
        if amount:
            parts.append(f"{amount}{unit}")
    if left or not parts:
        parts.append(f"{left / 1_000_000:.6f}".rstrip("0").rstrip(".") + "s")
    return "".join(parts)


def since(value: object) -> datetime | timedelta:
    """How far back: an aware UTC instant for a date (its midnight) or a date-time, a timedelta for a duration."""
    if isinstance(value, str):
        text = value.strip()
        if _DURATION.fullmatch("".join(text.split())):
            return duration(text)
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(SINCE_FORM) from None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise ValueError(SINCE_FORM)


def rate(text: str) -> Rate:
    """``"180/min"`` as (180.0, 60.0): requests, seconds."""
    found = _RATE.fullmatch("".join(text.split()))
    if not found:
        raise ValueError(RATE_FORM)
    requests = float(found[1])
    if not requests:
        raise ValueError(f"{RATE_FORM}, above 0")
    return requests, 60.0 if found[2] == "min" else 1.0


def rate_text(value: Rate) -> str:
    """``(180.0, 60.0)`` as ``180/min``; other periods as ``1/2s``."""
    requests, seconds = value
    period = {1.0: "s", 60.0: "min"}.get(seconds, f"{seconds:g}s")
    return f"{requests:g}/{period}"


def rates_text(rates: Mapping[str, Iterable[Rate]]) -> str:
    """Rates by class of calls for people: ``1/s and 30/min``, or ``4/s for entities, 180/min for reports``."""
    return ", ".join(
        " and ".join(map(rate_text, all_of_them)) + (f" for {name}" if name else "")
        for name, all_of_them in rates.items()
    )


def size(value: object) -> int:
    """Bytes, from a number or from ``"32MiB"``."""
    found = (
        _SIZE.fullmatch(str(value).strip()) if isinstance(value, int | str) and not isinstance(value, bool) else None
    )
    if not found:
        raise ValueError('a size such as "32MiB", or a number of bytes')
    return int(found[1]) * _SIZES[found[2] or "B"]


def size_text(value: int) -> str:
    """``33554432`` as ``32MiB``."""
    for unit in ("GiB", "MiB", "KiB"):
        if value and value % _SIZES[unit] == 0:
            return f"{value // _SIZES[unit]}{unit}"
    return str(value)


def share(value: object) -> float:
    """``"80%"`` or ``0.8`` as 0.8."""
    form = 'a share such as "80%" (above 0%, at most 100%)'
    text = str(value).strip()
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        raise ValueError(form) from None
    if not 0 < found <= 1:
        raise ValueError(form)
    return found


def quiet_hours(text: str) -> tuple[time, time]:
    """``"22:00-06:00"`` as two times of the machine's day; the second may be past midnight."""
    form = 'hours such as "22:00-06:00"'
    found = _QUIET.fullmatch(text.strip())
    if not found:
        raise ValueError(form)
    try:
        start, end = time.fromisoformat(found[1]), time.fromisoformat(found[2])
    except ValueError:
        raise ValueError(form) from None
    if start == end:
        raise ValueError(f"{form}, that begin and end at different times")
    return start, end


def reread_tier(text: str) -> tuple[timedelta, timedelta]:
    """``"60d every 1d"`` as (how far back, how often)."""
    form = 'a text such as "2d every 1h"'
    back, word, often = text.partition(" every ")
    if not word:
        raise ValueError(form)
    try:
        return duration(back), duration(often)
    except ValueError:
        raise ValueError(form) from None


_CRON: Final = (
    ("minute", 0, 59, ""),
    ("hour", 0, 23, ""),
    ("day of month", 1, 31, ""),
    ("month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    ("day of week", 0, 7, "sun mon tue wed thu fri sat"),
)


def cron(text: str) -> str:
    """A line of cron's five fields, in one spacing; ValueError names the field that is wrong."""
    fields = text.lower().split()
    if len(fields) != len(_CRON):
        raise ValueError('five fields of cron (minute hour day month weekday), such as "0 3 * * *"')
    for written, (name, low, high, names) in zip(fields, _CRON, strict=True):
        allowed = f"the {name} from {low} to {high} in cron's form (*, 5, 1-5, */10, 1,15)"
        for part in written.split(","):
            span, slash, step = part.partition("/")
            if slash and not (step.isdecimal() and 0 < int(step) <= high):
                raise ValueError(f"{allowed}, not {written!r}")
            if span != "*" and not _is_span(span, low, high, names.split()):
                raise ValueError(f"{allowed}, not {written!r}")
    return " ".join(fields)


def _is_span(text: str, low: int, high: int, names: list[str]) -> bool:
    first, dash, last = text.partition("-")
    ends = [first, last] if dash else [first]
    numbers = [int(end) if end.isdecimal() else names.index(end) + low if end in names else -1 for end in ends]
    return all(low <= number <= high for number in numbers) and numbers == sorted(numbers)
