"""The account behind the stand-in: records of what there is and rows of what was sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from syncd.standin.trackunit import fleet
from syncd.standin.trackunit.declared import COLLECTIONS, KEY_HISTORY, KEYS, NOUNS, WITH_OWNER
from syncd.standin.trackunit.fleet import Fleet
from syncd.standin.trackunit.law import Account, Chance, Facts, Law, Row
from syncd.standin.trackunit.settings import Settings
from syncd.standin.trackunit.spelling import (
    DAY_S,
    TICKS,
    Record,
    canonical,
    encoded,
    flat,
    moment,
    read_time,
    record_of,
    ticks,
    utc,
)  # fmt: skip
from syncd.standin.trackunit.timeline import Timeline
from syncd.standin.waiting import Waiting

Now = Callable[[], datetime]
ALWAYS = -(2**62), 2**62  # ticks
MICROSECOND = 26  # letters of a time down to the microsecond
MIXED_LIVES = 5  # one unit of so many came later, another one stopped sending


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is. Rows are for each unit and day, alarms for the account and day.

    `steady`: every unit sends from the first day to the last; otherwise some came later and some stopped.
    """

    units: int = 20
    days: float = 30
    rows_per_day: float = 24
    can_per_day: float = 4  # samples of twelve values
    faults_per_day: float = 0.3
    trips_per_day: float = 2
    alarms_per_day: float = 2
    extended: float = 0.4
    steady: bool = False


class Records:
    """What is there and what was sent, as served now."""

    def __init__(self, seed: int, size: Size, settings: Settings, now: Now) -> None:
        """`now` is the vendor's clock; the law ends at the time of making, what comes later is told by methods."""
        self.now = now
        self.size = size
        self.settings = settings
        self.seed = seed
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in NOUNS}
        self.fleet = Fleet(seed, self.tables)
        self.writes: list[tuple[str, str, str]] = []
        self._days: dict[tuple[str, int], Record] = {}
        self._extended: dict[str, dict[int, Record]] = {}
        self._equipped: set[str] = set()
        self._texts: dict[tuple[str, str], bytes] = {}
        self._removed: dict[tuple[str, str], Record] = {}
        self._waiting = Waiting(now)
        self._edits = 0
        self._rang_at: set[int] = set()
        at = self.tick_now()
        for name in ("categories", "clients", "units", "contacts", "groups", "zones", "points", "keys", "alarms"):
            for _ in range(fleet.sizes(size.units)[name]):
                record = self.fleet.make(name, at)
                self.tables[name][record["id"]] = record
        keys = list(self.tables["keys"])
        self.facts = {one: self._facts(number, one, keys) for number, one in enumerate(self.tables["units"])}
        account = Account(
            seed, at // TICKS, self.facts, tuple(self.tables["alarms"]), tuple(self.tables["contacts"]), settings.zone
        )
        self.law = Law(account, {
            "unit_history": size.rows_per_day, "can_history": size.can_per_day, "active_faults": size.faults_per_day,
            "trips": size.trips_per_day, "alarm_log": size.alarms_per_day,
        })  # fmt: skip
        self.timeline = Timeline(self.law)
        for one in self.facts:
            self._set_last_message(one)

    def _facts(self, number: int, unit_id: str, keys: list[str]) -> Facts:
        end = self.tick_now() // TICKS
        begin = end - int(self.size.days * DAY_S)
        if not self.size.steady and number % MIXED_LIVES == 1:
            begin += int(self.size.days * DAY_S * 0.4)
        stops = not self.size.steady and number % (2 * MIXED_LIVES) == MIXED_LIVES + 2
        held = tuple(dict.fromkeys(keys[(number * n) % len(keys)] for n in (1, 2)))[: number % 3] if keys else ()
        extended = int((number + 1) * self.size.extended) > int(number * self.size.extended)
        return Facts(unit_id, number, held, extended, begin, end - int(self.size.days * DAY_S * 0.3) * stops)

    def _set_last_message(self, unit_id: str) -> None:
        unit, end = self.tables["units"][unit_id], self.tick_now()
        if (last := self.timeline.last("unit_history", unit_id, end)) is None:
            return
        row = msgspec.json.decode(last[1])
        unit |= {"messageTime": utc(last[0] + 909_238 % TICKS), "gpsFixTime": utc(last[0])}
        unit |= {name: row[name] for name in ("keyId", "location", "address") if name in row}

    # -- the clock ----------------------------------------------------------------------------------------------------

    def tick_now(self) -> int:
        """The vendor's clock, in whole seconds, in ticks."""
        return int(self.now().timestamp()) * TICKS

    def _visible(self, start: int, end: int) -> tuple[int, int]:
        kept = self.settings.retention_days
        oldest = ALWAYS[0] if kept is None else self.tick_now() - int(kept * DAY_S) * TICKS
        return max(start, oldest), min(end, ticks(self.now()) + TICKS - 1)

    # -- what is served -----------------------------------------------------------------------------------------------

    def spell(self, collection: str, record: Record) -> Record:
        """A record as it is served."""
        left_out = {"units"} if collection == "groups" and not self.settings.lists_group_units else set()
        return record_of({name: value for name, value in record.items() if name not in left_out})

    def text(self, collection: str, record: Record) -> bytes:
        """The same as JSON, made anew only after a change."""
        key = collection, record["id"]
        if collection == "groups":
            return encoded(self.spell(collection, record))
        if key not in self._texts:
            self._texts[key] = encoded(self.spell(collection, record))
        return self._texts[key]

    def sent(self, collection: str, owner: str, start: int, end: int) -> Iterator[Row]:
        """The rows of a report with `start` ≤ tick ≤ `end`, by time; `owner` is a unit's id, or a key's."""
        start, end = self._visible(start, end)
        if collection == "key_history":
            yield from self._by_key(owner, start, end)
        elif collection == "trips" and self.settings.trips_overlap:
            rows = self.timeline.rows(collection, owner, start - DAY_S * TICKS, end)
            yield from (row for row in rows if row[0] >= start or _stop(row) >= start)
        elif collection == "unit_history" and self.settings.flat_history:
            rows = self.timeline.rows(collection, owner, start, end)
            yield from ((tick, encoded(flat(msgspec.json.decode(text)))) for tick, text in rows)
        else:
            yield from self.timeline.rows(collection, owner, start, end)

    def trips_with(self, key_id: str, start: int, end: int) -> list[Row]:
        """The trips of all units on which a key was used."""
        used = b'"keyId":"%b"' % key_id.encode()
        rows = [row for one in self.tables["units"] for row in self.sent("trips", one, start, end) if used in row[1]]
        return sorted(rows, key=lambda row: row[0])

    def _by_key(self, key_id: str, start: int, end: int) -> list[Row]:
        used = b'"keyId":"%b"' % key_id.encode()
        rows: list[Row] = []
        for one in self.tables["units"]:
            if key_id not in self.facts[one].keys:
                continue
            for tick, text in self.timeline.rows("unit_history", one, start, end):
                if used in text:
                    row = msgspec.json.decode(text)
                    shown = {"unitId": one} | {name: row[name] for name in KEY_HISTORY if name in row}
                    rows.append((tick, encoded(shown)))
        return sorted(rows, key=lambda row: row[0])

    def latest(self, unit_id: str) -> list[Record]:
        """The newest value of each extended variable of a unit."""
        facts = self.facts[unit_id]
        if unit_id not in self._extended and facts.extended:
            last = self.timeline.last("can_history", unit_id, self.tick_now())
            tick = last[0] if last else facts.ends_at * TICKS
            rows = self.timeline.rows("can_history", unit_id, tick, tick) if last else iter(self.sample(unit_id, tick))
            records: Iterable[Record] = (msgspec.json.decode(text) for _, text in rows)
            self._extended[unit_id] = {one["variableId"]: one for one in records}
        return list(self._extended.get(unit_id, {}).values())

    def sample(self, unit_id: str, tick: int) -> list[Row]:
        """What a unit's machine says at a time."""
        chance = Chance(self.seed, "sample", unit_id, tick)
        facts = self.facts[unit_id]
        return [(tick, encoded(self.law.reading(facts, tick, one, chance))) for one in self.law.variables()]

    def summaries(self, day: int, unit_id: str | None = None) -> list[Record]:
        """The summaries of a day, a number since 1970, of all units or one."""
        start, end = self._visible(day * DAY_S * TICKS, (day + 1) * DAY_S * TICKS - 1)
        if end < start:
            return []
        found = []
        for one in [unit_id] if unit_id else self.tables["units"]:
            record = self._days.get((one, day)) or self.law.summary(
                self.facts[one], day, told_idle=self.settings.tells_idle_days
            )
            if record is not None:
                found.append(record)
        return found

    # -- the whole truth ----------------------------------------------------------------------------------------------

    def snapshot(
        self, since: datetime | None = None, until: datetime | None = None, names: Iterable[str] = COLLECTIONS
    ) -> dict[str, list[Record]]:
        """Every collection's records as served now (or those of `names`), of reports between two times, both included.

        Members whose name starts with `@` are what a client adds: columns of context, and ordinals.
        """
        start, end = ALWAYS[0] if since is None else ticks(since), ALWAYS[1] if until is None else ticks(until)
        return {name: list(self._truth(name, start, end)) for name in names}

    def counts(self) -> dict[str, int]:
        """How many records of each collection there are at any time; of the large reports without making the rows."""
        counted = {"unit_history", "can_history", "active_faults", "trips"}
        small = {name: len(list(self._truth(name, *ALWAYS))) for name in COLLECTIONS if name not in counted}
        return small | {
            name: sum(self.timeline.count(name, one) for one in self.tables["units"]) for name in sorted(counted)
        }

    def _truth(self, collection: str, start: int, end: int) -> Iterator[Record]:
        if collection in NOUNS:
            for record in self.tables[collection].values():
                more = {"@units": record["units"]} if collection == "groups" else {}
                yield self.spell(collection, record) | more
        elif collection == "unit_extended_info":
            for one in self.tables["units"]:
                yield from ({"@unit_id": one} | record for record in self.latest(one))
        elif collection == "unit_day_summaries":
            yield from self._days_between(start, end)
        elif collection == "alarm_log":
            yield from (msgspec.json.decode(text) for _, text in self.sent(collection, "", start, end))
        else:
            member, owners = ("@key_id", "keys") if collection == "key_history" else ("@unit_id", "units")
            for one in self.tables[owners]:
                records = [msgspec.json.decode(text) for _, text in self.sent(collection, one, start, end)]
                for record in numbered(collection, records):
                    yield ({member: one} if collection in WITH_OWNER else {}) | record

    def _days_between(self, start: int, end: int) -> Iterator[Record]:
        first = min((one.begins_at for one in self.facts.values()), default=0) // DAY_S - 1
        last = self.tick_now() // TICKS // DAY_S
        for day in range(max(first, start // TICKS // DAY_S), min(last, end // TICKS // DAY_S) + 1):
            date = moment(day * DAY_S * TICKS).date().isoformat()
            yield from ({"@date": date} | record for record in self.summaries(day))


def numbered(collection: str, records: list[Record]) -> list[Record]:
    """Rows without an id, with `@ordinal`: their place among those of equal key, by the canonical JSON of the rest."""
    members = KEYS.get(collection)
    if members is None:
        return records
    same: dict[tuple[Any, ...], list[Record]] = {}
    for record in records:
        key = tuple(record[n][:MICROSECOND] if n == "time" else record.get(n) for n in members)
        same.setdefault(key, []).append(record)
    return [
        {"@ordinal": ordinal} | record
        for rows in same.values()
        for ordinal, record in enumerate(
            sorted(rows, key=lambda row: canonical(row, members)) if len(rows) > 1 else rows
        )
    ]


def _stop(row: Row) -> int:
    return read_time(msgspec.json.decode(row[1])["stopTime"])
