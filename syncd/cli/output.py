"""Printing: results on standard output, everything else on standard error, JSON or tables, never a secret."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from syncd import wording
from syncd.http.redact import Redactor, one_line

spelled, instant = wording.spelled, wording.instant
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
    text = json.dumps(
        wording.plain(value, _redact), ensure_ascii=False, indent=2 if is_terminal() else None, allow_nan=False
    )
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
