"""Printing: results on standard output, everything else on standard error, JSON or tables, never a secret."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any, Final

from syncd.http.redact import Redactor, one_line
from syncd.secret import Secret

_DAY_S: Final = 86_400
_redact: Callable[[str], str] = str


def redact_with(redact: Callable[[str], str]) -> None:
    """Take what *redact* takes out of everything printed from now on."""
    global _redact  # noqa: PLW0603 (standard output is as global as it gets)
    _redact = redact


def redact_also(secret: str) -> None:
    """Take *secret* out as well: one that stands in no configuration."""
    before, more = _redact, Redactor([secret]).text
    redact_with(lambda text: more(before(text)))


def redacted(text: str) -> str:
    """*text* without secrets, on one line, harmless on a terminal."""
    return one_line(_redact(text))


def say(text: str = "") -> None:
    """Print a result."""
    sys.stdout.write(_lines(text))
    sys.stdout.flush()


def note(text: str) -> None:
    """Print what is no result: warnings, errors, progress."""
    sys.stderr.write(_lines(text))
    sys.stderr.flush()


def is_terminal() -> bool:
    """Whether a person watches standard output."""
    return sys.stdout.isatty()


def print_json(value: object) -> None:
    """Print one JSON document; times are ISO 8601 UTC, indented on a terminal."""
    text = json.dumps(_plain(value), ensure_ascii=False, indent=2 if is_terminal() else None, allow_nan=False)
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def print_table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[str] = (), title: str = ""
) -> None:
    """Print rows under headings: ruled on a terminal, plain aligned lines elsewhere. *right* aligns numbers."""
    cells = [[_cell(value) for value in row] for row in rows]
    if is_terminal():
        _print_ruled(headings, cells, right, title)
        return
    if title:
        say(title)
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    for row in (list(headings), *cells):
        padded = [
            text.rjust(width) if heading in right else text.ljust(width)
            for text, width, heading in zip(row, widths, headings, strict=True)
        ]
        say("  ".join(padded).rstrip())


def _print_ruled(headings: Sequence[str], cells: list[list[str]], right: Sequence[str], title: str) -> None:
    # Loaded here: only a terminal needs it.
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading), justify="right" if heading in right else "left", overflow="fold")
    for row in cells:
        table.add_row(*(Text(text) for text in row))
    Console(file=sys.stdout, highlight=False).print(table)


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


def _lines(text: str) -> str:
    return "".join(f"{redacted(line)}\n" for line in text.split("\n"))


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, timedelta):
        return spelled(value.total_seconds())
    if isinstance(value, int):
        return f"{value:,}"
    return redacted(str(value))


def _plain(value: Any) -> Any:  # noqa: ANN401 (whatever a command prints)
    """*value* as what JSON has."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | Path | Secret):
        return _redact(str(value))
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
