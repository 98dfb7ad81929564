"""How the server writes and reads times: plain in the user's zone, or ISO with an offset."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_PLAIN = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_SPAN = re.compile(r"(\d+)([hdmy])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "m": timedelta(days=30), "y": timedelta(days=365)}


@dataclass(frozen=True, slots=True)
class Times:
    """The forms of one reply. `is_utc` writes ISO times with Z, otherwise with the zone's offset."""

    zone: ZoneInfo
    is_iso: bool = False
    is_utc: bool = False

    def spelled(self, at: datetime) -> str:
        """A point in time as text. Plain, two instants of the repeated hour have the same text."""
        if self.is_iso and self.is_utc:
            return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        local = at.astimezone(self.zone)
        return local.isoformat(timespec="seconds") if self.is_iso else local.strftime("%Y-%m-%d %H:%M:%S")

    def read(self, text: str, *, takes_iso: bool) -> datetime:
        """A text as a point in time, UTC; ValueError if it is neither form.

        As Java does it: a time in the spring gap is moved on by the gap, one in the repeated hour is the earlier.
        """
        if _PLAIN.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        if takes_iso and _ISO.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
        raise ValueError(text)

    def day(self, at: datetime) -> date:
        """The user's date at a point in time."""
        return at.astimezone(self.zone).date()

    def begin(self, day: date) -> datetime:
        """When a date begins for the user, UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


UTC_ISO = Times(ZoneInfo("UTC"), is_iso=True, is_utc=True)


def served(value: Any, times: Times) -> Any:  # noqa: ANN401  any JSON value
    """A value of a row as JSON has it. Members whose name starts with `_` are left out."""
    match value:
        case datetime():
            return times.spelled(value)
        case date():
            return value.isoformat()
        case Decimal():
            return float(value)
        case str():
            return value
        case Mapping():
            return {name: served(one, times) for name, one in value.items() if not name.startswith("_")}
        case Sequence():
            return [served(one, times) for one in value]
    return value


def period(text: str) -> timedelta:
    """A storage period: `2h`, `3d`, `5m` (months), `1y`."""
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def iso_days(span: timedelta) -> str:
    """A span as the vendor writes it: `P90D`."""
    return f"P{span.days}D" if not span.seconds else f"PT{int(span.total_seconds())}S"
