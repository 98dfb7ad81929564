"""Values as people and as JSON say them: for the command line and for the page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, Final

from syncd.secret import Secret

_DAY_S: Final = 86_400


def spelled(seconds: float | None) -> str:
    """Seconds as people say them: ``45 s``, ``12 min``, ``3 h 20 min``, ``5 d 4 h``; ``-`` for None."""
    if seconds is None:
        return "-"
    whole = max(0, round(seconds))
    if whole < 60:  # noqa: PLR2004 (seconds in a minute)
        return f"{whole} s"
    days, left = divmod(whole, _DAY_S)
    hours, left = divmod(left, 3600)
    minutes, left = divmod(left, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min {left} s" if left and minutes < 10 else f"{minutes} min"  # noqa: PLR2004 (below it a second counts)


def instant(moment: datetime | None) -> str:
    """A moment for a table: ``2024-01-31 12:00:00`` UTC; ``-`` for None."""
    return "-" if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def many(number: int, what: str) -> str:
    """``1 run``, ``2,000 runs``."""
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def plain(value: Any, redact: Callable[[str], str]) -> Any:  # noqa: ANN401 (whatever is told)
    """*value* as what JSON has, its texts through *redact*; times are ISO 8601 UTC."""
    if isinstance(value, Mapping):
        return {str(name): plain(inner, redact) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner, redact) for inner in value]
    if isinstance(value, str | Path | Secret):
        return redact(str(value))
    if isinstance(value, date | time | timedelta):
        return _plain_time(value)
    if isinstance(value, float | Decimal):
        return _plain_number(value)
    if value is None or isinstance(value, bool | int):
        return value
    raise TypeError(f"{type(value).__name__} does not go into JSON.")


def _plain_number(value: float | Decimal) -> float | int | None:
    if not isfinite(value):
        return None
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else float(value)


def _plain_time(value: date | time | timedelta) -> str | float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        # A time without a zone comes from a database that keeps UTC.
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.isoformat().replace("+00:00", "Z")
    return value.isoformat()
