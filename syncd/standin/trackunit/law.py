"""What devices have sent, as a law: each row follows from the seed, the unit and the time, so that none is kept.

Time is cut into blocks; a block's rows are made when they are asked for, as JSON. Numbers of rows are exact: a unit
that sends r rows a day has floor(r * d) in d whole days, at most one more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import msgspec

from syncd.standin.trackunit import words
from syncd.standin.trackunit.shapes import HISTORY_VARIANTS, history_text
from syncd.standin.trackunit.spelling import DAY_S, TICKS, Record, encoded, local, record_of, utc

Row = tuple[int, bytes]
BLOCKS = (3600, DAY_S, 10 * DAY_S)
ENOUGH = 4  # rows in a block
SAME_SECOND = 25  # one row of so many has the time of the one before
ODD_TEXT = 50  # one trip of so many has a blank inside its time
UNFINISHED, STALE = 4, 20  # one unit of so many is on a trip, or lost power on one days ago
STALE_AFTER_S = 10 * DAY_S
RENAMED_AFTER_S = 12 * DAY_S


@dataclass(frozen=True, slots=True)
class Facts:
    """What the law needs to know of a unit; `begins_at` and `ends_at` in seconds since 1970."""

    id: str
    number: int
    keys: tuple[str, ...]
    extended: bool
    begins_at: int
    ends_at: int

    @property
    def place(self) -> int:
        """Where in `words.PLACES` it is."""
        return self.number % len(words.PLACES)


@dataclass(frozen=True, slots=True)
class Account:
    """What the law needs to know of the account: whose alarms tell whom."""

    seed: int
    ends_at: int
    units: dict[str, Facts]
    alarms: tuple[str, ...]
    contacts: tuple[str, ...]
    zone: str


class Chance:
    """A cheap sequence of numbers, the same for the same grain."""

    __slots__ = ("_state",)

    def __init__(self, *grain: object) -> None:
        self._state = crc32(".".join(map(str, grain)).encode())

    def __call__(self, below: int) -> int:
        """The next number in [0, below)."""
        self._state = (self._state * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        return (self._state >> 8) % below


class Law:
    """The rows of `unit_history`, `can_history`, `active_faults` and `trips` of a unit, and of the account's alarms."""

    def __init__(self, account: Account, per_day: dict[str, float]) -> None:
        """`per_day` is how often each collection gets rows, for each unit."""
        self.account = account
        self.per_day = per_day
        self._block_s = {
            name: next((s for s in BLOCKS if rate * s >= ENOUGH * DAY_S), BLOCKS[-1]) for name, rate in per_day.items()
        }

    def block_of(self, collection: str, tick: int) -> int:
        """The number of the block that holds a time."""
        return self.second_of(collection, tick // TICKS)

    def second_of(self, collection: str, second: int) -> int:
        """The number of the block that holds a second."""
        return second // self._block_s[collection]

    def life(self, collection: str, owner: str) -> tuple[int, int]:
        """The first and last second, exclusive, of which the law has rows; empty for who has none."""
        if collection == "alarm_log":
            return min((one.begins_at for one in self.account.units.values()), default=0), self.account.ends_at
        facts = self.account.units.get(owner)
        if facts is None or (collection in {"can_history", "active_faults"} and not facts.extended):
            return 0, 0
        return facts.begins_at, facts.ends_at

    def number(self, collection: str, owner: str, block: int) -> int:
        """How many times something is sent in a block."""
        begins_at, ends_at = self.life(collection, owner)
        start, end = self.span(collection, owner, block)
        if ends_at <= begins_at or end <= start:
            return 0
        rate = self.per_day[collection] * self._block_s[collection] / DAY_S
        shift = crc32(f"{self.account.seed}.{collection}.{owner}".encode()) / 2**32
        return int((block + 1) * rate + shift) - int(block * rate + shift)

    def span(self, collection: str, owner: str, block: int) -> tuple[int, int]:
        """The seconds of a block that fall into the owner's life."""
        begins_at, ends_at = self.life(collection, owner)
        size = self._block_s[collection]
        # Whoever is there at the beginning of a block has it whole: only then are numbers of rows exact.
        return max(block * size, begins_at - begins_at % size), min((block + 1) * size, ends_at)

    def rows(self, collection: str, owner: str, block: int) -> list[Row]:
        """A block's rows, by time."""
        number = self.number(collection, owner, block)
        if not number:
            return []
        start, end = self.span(collection, owner, block)
        chance = Chance(self.account.seed, collection, owner, block)
        times = list(_times(start, end, number, chance))
        if collection == "alarm_log":
            return self._alarms(times, chance)
        facts = self.account.units[owner]
        if collection == "unit_history":
            return self._history(facts, times, chance)
        if collection == "can_history":
            return [row for at in times for row in self._sample(facts, at, chance)]
        if collection == "active_faults":
            return [row for at in times for row in _fault(at, chance)]
        return self._trips(facts, times, chance, end)

    # -- what is sent -------------------------------------------------------------------------------------------------

    def _history(self, facts: Facts, times: list[int], chance: Chance) -> list[Row]:
        rows: list[Row] = []
        at, variant, event = 0, 0, 2
        for time in times:
            if rows and chance(SAME_SECOND) == 0:
                # The rest as before: without `event`, as a key's history has it, such rows are the same.
                event = 8 - event if chance(2) else event
                variant = variant if chance(2) else chance(HISTORY_VARIANTS)
            else:
                at, variant, event = time, chance(HISTORY_VARIANTS), 6 if chance(6) == 0 else 2
            rows.append((at * TICKS, history_text(facts.place, facts.number, facts.keys, at, variant, event)))
        return rows

    def _sample(self, facts: Facts, at: int, chance: Chance) -> Iterator[Row]:
        tick = at * TICKS + chance(TICKS)
        for variable in words.VARIABLES:
            yield tick, encoded(self.reading(facts, tick, variable[0], chance))
            if chance(40) == 0:
                yield tick, encoded(self.reading(facts, tick, variable[0], chance))

    def reading(self, facts: Facts, tick: int, variable_id: int, chance: Chance) -> Record:
        """One CAN value at a time: a number, a range, text or none."""
        _, name, unit, kind = next(one for one in words.VARIABLES if one[0] == variable_id)
        if variable_id in words.EARLIER and tick < (self.account.ends_at - RENAMED_AFTER_S) * TICKS:
            name, unit = words.EARLIER[variable_id]
        low = chance(9000) / 5
        value: str | None = {
            "number": str(chance(2400)), "decimal": f"{low:.2f}", "range": f"{low} ... {low + chance(400) / 100:.2f}",
            "text": words.TEXTS[(facts.number + variable_id) % len(words.TEXTS)],
            "status": ("Low idle governor", "Not available", "1")[chance(3)],
        }[kind]  # fmt: skip
        lacks = chance(60)
        return record_of({
            "time": utc(tick), "variableId": variable_id, "name": None if lacks == 1 else name,
            "value": None if lacks == 2 else value, "uoM": unit,  # noqa: PLR2004  any other number of the sixty
        })  # fmt: skip

    def one(self, collection: str, facts: Facts, tick: int, chance: Chance) -> Record:
        """A row of a report, whether the law has it or not."""
        at = tick // TICKS
        makers = {
            "unit_history": lambda: history_text(
                facts.place, facts.number, facts.keys, at, chance(HISTORY_VARIANTS), 2
            ),
            "can_history": lambda: encoded(self.reading(facts, tick, words.VARIABLES[chance(6)][0], chance)),
            "active_faults": lambda: next(_fault(at, chance))[1],
            "trips": lambda: self._trip(facts, at, at + 1, chance, finished=True)[1],
            "alarm_log": lambda: encoded(self.alarm(tick, self.account.alarms[0], facts, chance)),
        }
        record: Record = msgspec.json.decode(makers[collection]())
        times = {"trips": "startTime", "alarm_log": "triggeredAt"}
        return record | {times.get(collection, "time"): utc(tick, marked=collection != "trips")}

    @staticmethod
    def variables() -> list[int]:
        """The ids of the CAN variables."""
        return [one[0] for one in words.VARIABLES]

    def _trips(self, facts: Facts, times: list[int], chance: Chance, end: int) -> list[Row]:
        rows = []
        for index, at in enumerate(times):
            until = times[index + 1] if index + 1 < len(times) else end
            stop = min(at + 600 + chance(7200), max(at + 1, until - 1))
            under_way = end == facts.ends_at and index + 1 == len(times) and facts.number % UNFINISHED == 0
            stale_at = facts.ends_at - STALE_AFTER_S
            lost = facts.number % STALE == STALE - 1 and at <= stale_at < until
            rows.append(self._trip(facts, at, stop, chance, finished=not (under_way or lost)))
        return rows

    @staticmethod
    def _trip(facts: Facts, at: int, stop: int, chance: Chance, *, finished: bool) -> Row:
        # Below the middle of the second, so that no trip begins before it could have been told.
        tick = at * TICKS + chance(TICKS // 2)
        km = at // 700 % 300_000
        start = utc(tick, marked=False)
        there = place(facts.place + chance(2), chance(900))
        record = record_of({
            "unitId": facts.id, "keyId": facts.keys[chance(len(facts.keys))] if facts.keys and chance(3) else None,
            "startTime": f" {start}" if chance(ODD_TEXT) == 0 else start,
            "startLocation": place(facts.place, chance(900))["location"],
            "startAddress": place(facts.place, 7)["address"] if chance(4) else None,
            "startKm": km, "startRun1": at // 3 % 2**33,
            "stopTime": utc(stop * TICKS + chance(TICKS // 2), marked=False),
            "stopLocation": there["location"], "stopAddress": there["address"] if finished else None,
            "stopKm": km + chance(900) / 10, "stopRun1": at // 3 % 2**33 + (stop - at),
            "finished": finished, "maxSpeed": chance(1100) / 10 if chance(5) else None,
        })  # fmt: skip
        return tick, encoded(record)

    def _alarms(self, times: list[int], chance: Chance) -> list[Row]:
        rows = []
        for at in times:
            tick = at * TICKS + chance(TICKS)
            alive = [one for one in self.account.units.values() if one.begins_at <= at < one.ends_at]
            if not alive or not self.account.alarms:
                continue
            first, many = chance(len(alive)), (1, 1, 2, 4)[chance(4)]
            alarm = self.account.alarms[chance(len(self.account.alarms))]
            rows += [
                (tick, encoded(self.alarm(tick, alarm, alive[(first + n) % len(alive)], chance)))
                for n in range(min(many, len(alive)))
            ]
        return rows

    def alarm(self, tick: int, alarm: str, facts: Facts, chance: Chance) -> Record:
        """One line of the alarm log. Its ids are integers, unlike anywhere else."""
        where = place(facts.place, chance(900))
        return record_of({
            "alarmId": int(alarm), "unitId": int(facts.id), "triggeredAt": utc(tick),
            "address": where["address"] if chance(5) else None, "location": where["location"],
            "recipients": [
                {
                    "contactId": int(contact), "sentVia": ("Email", "Sms", "System")[n],
                    "phoneNumber": f"+45 20{chance(900000):06d}" if n == 1 else None,
                    "email": f"contact{contact}@example.com" if n == 0 else None,
                    "delivered": chance(4) > 0,
                }
                for n, contact in enumerate(self.account.contacts[: chance(4)])
            ],
        })  # fmt: skip

    def summary(self, facts: Facts, day: int, *, told_idle: bool = False) -> Record | None:
        """A unit's day, a number since 1970; None if it was idle, unless zeros are told of idle days."""
        noon = day * DAY_S + DAY_S // 2
        chance = Chance(self.account.seed, "summary", facts.id, day)
        first, last = day * DAY_S + 5 * 3600 + chance(7200), day * DAY_S + 13 * 3600 + chance(18_000)
        if not facts.begins_at <= noon or not last < facts.ends_at:
            return None
        if chance(7) == 0:
            return idle_day(facts) if told_idle else None
        start, stop = place(facts.place, chance(900)), place(facts.place, chance(900))
        return record_of({
            "unitId": facts.id,
            "startTime": local(first * TICKS + chance(TICKS), self.account.zone), "startLocation": start["location"],
            "startAddress": start["address"], "stopTime": local(last * TICKS, self.account.zone),
            "stopLocation": stop["location"], "stopAddress": stop["address"] if chance(6) else None,
            "input1ChangeCounter": chance(80), "input2ChangeCounter": chance(12), "run1": chance(28_800),
            "run2": chance(900) / 2, "run3": 0, "run4": 0, "runOdo": chance(20_000), "km": chance(4000) / 10,
        })  # fmt: skip


def idle_day(facts: Facts) -> Record:
    """A day on which nothing moved."""
    counters = ("input1ChangeCounter", "input2ChangeCounter", "run1", "run2", "run3", "run4", "runOdo", "km")
    return {"unitId": facts.id} | dict.fromkeys(counters, 0)


def _times(start: int, end: int, number: int, chance: Chance) -> Iterator[int]:
    """So many seconds in [start, end), one in each equal part of it."""
    span = end - start
    for n in range(number):
        low, high = n * span // number, (n + 1) * span // number
        yield start + low + chance(max(1, high - low))


def _fault(at: int, chance: Chance) -> Iterator[Row]:
    spn, fmi, name, description = words.FAULTS[chance(len(words.FAULTS))]
    count = 1 + chance(126)
    for reporter in range(2 if chance(3) == 0 else 1):
        # Two controllers report one fault, sometimes with the same count.
        count += reporter * chance(2)
        record = record_of({
            "time": utc(at * TICKS), "spn": spn, "fmi": fmi, "occurrenceCount": count, "name": name,
            "description": description,
        })  # fmt: skip
        yield at * TICKS, encoded(record)


@lru_cache(4096)
def place(number: int, away: int) -> Record:
    """A location and its address, up to some kilometres from a town."""
    country, zip_code, city, latitude, longitude = words.PLACES[number % len(words.PLACES)]
    return {
        "location": {
            "latitude": round(latitude + (away % 30 - 15) / 700, 6),
            "longitude": round(longitude + (away // 30 - 15) / 450, 6),
        },
        "address": {
            "country": country, "zipCode": zip_code, "city": city if away % 11 else "",
            "streetAddress": f"{words.STREETS[away % len(words.STREETS)]} {1 + away % 90}",
        },
    }  # fmt: skip
