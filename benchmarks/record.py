"""The record that is read: a Trackops event with 15 scalars, one embedded object and a child array of 0 to 3.

Everything follows from a record's number, so that the server, the clients' tables and the check agree without talking.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_PAGE = 100
CHANGED_EVERY = 100  # one record in each page: 1 %, spread so that no page is the same as before
CALENDARS = ("Surveillance", "Office", "Court", "Interviews", "Travel")
PLACES = ("Main St", "Øster Allé", "Rua Augusta", "Harbour Road", "Calle Mayor", "Ring 7")
NOTES = "Client asks for photographs of the entrance.\r\nTwo vehicles, second key at the office. " * 2

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_ALERT_BEFORE = timedelta(minutes=30)


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def record(number: int, *, changed_at: datetime | None = None) -> dict[str, Any]:
    """Record *number* (from 1) as the vendor sends it; with *changed_at* as it is after somebody changed it then."""
    made = _EPOCH + timedelta(seconds=number * 7)
    start = made + timedelta(days=number % 30, hours=number % 11)
    calendar = number % len(CALENDARS)
    return {
        "id": number,
        "title": f"Site visit {number:07d}" if changed_at is None else f"Site visit {number:07d}, moved",
        "calendar_id": calendar + 1,
        "Calendar": {"id": calendar + 1, "name": CALENDARS[calendar]},
        "casefile_id": number // 4 + 1,
        "subject_id": number // 3 + 1 if number % 5 else None,
        "is_allday": number % 7 == 0,
        "start_at": _text(start),
        "end_at": _text(start + timedelta(hours=2)) if number % 9 else None,
        "alert_at": _text(start - _ALERT_BEFORE),
        "alert_sent_at": _text(start - _ALERT_BEFORE) if number % 2 else None,
        "address": f"{number % 998 + 1} {PLACES[number % len(PLACES)]}",
        "notes": NOTES if number % 3 == 0 else None,
        "created_by": number % 40 + 1,
        "Users": [{"id": (number + 13 * place) % 120 + 1, "name": "Lind, Kim"} for place in range(children(number))],
        "created_at": _text(made),
        "updated_at": _text(made if changed_at is None else changed_at),
    }


def children(number: int) -> int:
    """How many children record *number* has: 0 to 3."""
    return number % 4


def is_changed(number: int) -> bool:
    """Whether record *number* is of the 1 % that change before the second sweep."""
    return number % CHANGED_EVERY == 0


def pages(rows: int, changed_at: datetime | None = None) -> Iterator[bytes]:
    """The encoded pages of records 1 to *rows*; with *changed_at* as they are after the change."""
    encode = msgspec.json.Encoder().encode
    for first in range(1, rows + 1, PER_PAGE):
        numbers = range(first, min(first + PER_PAGE, rows + 1))
        yield encode([record(n, changed_at=changed_at if is_changed(n) else None) for n in numbers])


def changed_pages(rows: int, changed_at: datetime) -> Iterator[bytes]:
    """The encoded pages of the changed records alone."""
    numbers = range(CHANGED_EVERY, rows + 1, CHANGED_EVERY)
    for first in range(0, len(numbers), PER_PAGE):
        yield msgspec.json.encode([record(n, changed_at=changed_at) for n in numbers[first : first + PER_PAGE]])
