"""The record of the second job: a Trackunit message with 45 values, 39 members of which two are objects.

Units send the same messages at the same times, so that a million of them take the memory of fifty thousand. Messages
lie at even distances over nearly a year and end shortly before the server's start.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

SPAN = timedelta(days=364, hours=12)
LEAVES_OUT = 7  # one record of so many has no address
TOWNS = ("Aarhus", "Køge", "Lübeck", "São João", "Göteborg")
STREETS = ("Havnegade", "Øster Allé", "Rua Augusta", "Ring 7")


def unit(number: int, now: datetime) -> dict[str, Any]:
    """Unit *number* (from 1), which reported at *now*."""
    return {
        "id": str(50_000 + number),
        "serialNumber": f"{7_000_000 + number}",
        "name": f"Machine {number}",
        "createdAt": "2019-03-01T08:00:00.0000000Z",
        "messageTime": _text(now),
        "isActive": True,
    }


def message(number: int, at: datetime) -> dict[str, Any]:
    """Message *number* (from 0), sent at *at*, as the vendor writes it: nulls are left out."""
    found = {
        "time": _text(at),
        "event": 6 if number % 5 == 0 else 2,
        "keyId": str(900 + number % 12),
        "location": {"latitude": 55.4 + number % 997 / 1e4, "longitude": 11.9 + number % 991 / 1e4},
        "address": {
            "country": "DK",
            "zipCode": str(8000 + number % 900),
            "city": TOWNS[number % len(TOWNS)],
            "streetAddress": f"{STREETS[number % len(STREETS)]} {number % 120}",
        },
        "heading": number * 7 % 360,
        "speed": number % 34 * 1.5,
        "km": 12_000 + number / 8,
        "run1": 3_600.0 * 900 + number * 60,
        "run2": number * 10.5,
        "run3": 0.0,
        "run4": number % 3 * 0.25,
        "runOdo": number * 31.25,
        "temperature1": number % 40 * 0.7 - 8,
        "temperature2": 21.5,
        **{f"input{n}": number % (n + 1) == 0 for n in range(1, 11)},
        **{f"output{n}": number % (n + 2) == 0 for n in range(1, 6)},
        "analogInput1": 1.25,
        "analogInput2": number % 9 / 8,
        "analogInput4": 0.0,
        **{f"input{n}ChangeCounter": number // n for n in range(1, 5)},
        "batteryLevel": 100 - number % 60,
        "externalPower": 12 + number % 32 / 16,
    }
    if number % LEAVES_OUT == 0:
        del found["address"]
    return found


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.0000000Z"


class Messages:
    """The messages of every unit, prepared; a slice of them is a report's body."""

    def __init__(self, rows: int, now: datetime) -> None:
        self.step = SPAN // rows
        self.first = now.replace(microsecond=0) - timedelta(minutes=1) - self.step * (rows - 1)
        encode = msgspec.json.Encoder().encode
        self.texts = [encode(message(number, self._at(number))) for number in range(rows)]

    def _at(self, number: int) -> datetime:
        return (self.first + self.step * number).replace(microsecond=0)

    def body(self, start: datetime, end: datetime) -> bytes:
        """The report of all messages in [start, end]."""
        return b'{"list":[%b]}' % b",".join(self.texts[self._number(start) : self._number(end, past=True)])

    def _number(self, moment: datetime, *, past: bool = False) -> int:
        """The first message at or after a moment; with *past* after it."""
        guess = max(0, min(len(self.texts), (moment - self.first) // self.step - 1))
        while guess < len(self.texts) and (self._at(guess) < moment or (past and self._at(guess) == moment)):
            guess += 1
        return guess


def instant(text: str) -> datetime:
    """A time as clients write it in a question, to the second and its first six digits."""
    return datetime.fromisoformat(text[:26].rstrip("Z")).replace(tzinfo=UTC)
