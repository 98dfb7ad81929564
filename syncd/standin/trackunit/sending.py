"""What happens to the fleet: devices send, now or late, and the vendor corrects what they sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from syncd.standin.trackunit.declared import LATE
from syncd.standin.trackunit.law import Chance, Facts, idle_day, place
from syncd.standin.trackunit.records import Records
from syncd.standin.trackunit.shapes import HISTORY_VARIANTS, history_text
from syncd.standin.trackunit.spelling import DAY_S, TICKS, Record, local, record_of, ticks, utc
from syncd.standin.trackunit.timeline import Change

Ago = float | timedelta  # seconds, or a duration
RUN_S, KM = 600, 1.5  # what a message adds to the counters
LONGEST_TRIP_DAYS = 31
UNFINISHED, UNDELIVERED = b'"finished":false', b'"delivered":false'
COUNTED = ("speed", "occurrenceCount", "stopKm")


class Sending(Records):
    """Every change happens at the clock's now. Units, keys and alarms are named by their ids, which are text."""

    def report(self, unit_id: str, rows: int = 2, *, fault: bool = False) -> None:
        """A unit sends now: rows of history up to now, the last two in one second, and what goes with them.

        Only units with extended data send CAN values, and a `fault`.
        """
        facts, now = self.facts[str(unit_id)], self.tick_now()
        for n in range(rows):
            self._send(facts, now - max(0, rows - 2 - n) * TICKS)
        is_extended = facts.extended or facts.id in self._equipped
        if is_extended:
            latest = {one["variableId"]: one for one in self.latest(facts.id)}
            for tick, text in self.sample(facts.id, now):
                record = msgspec.json.decode(text)
                self.timeline.add("can_history", facts.id, tick, record)
                latest[record["variableId"]] = record
            self._extended[facts.id] = latest
        if fault and is_extended:
            self.row("active_faults", unit_id=facts.id)
        self._drive(facts, now)
        self._work(facts, now)
        self._message(facts.id, now)

    def equip(self, unit_id: str) -> None:
        """From its next message on a unit sends extended data too."""
        self._equipped.add(self.facts[str(unit_id)].id)

    def buffer(self, unit_id: str, rows: int = 3, ago: Ago = 3600) -> None:
        """Rows of history of some time ago, a minute apart, come only now: the unit had no coverage."""
        facts, now = self.facts[str(unit_id)], self.tick_now()
        for n in range(rows):
            self._send(facts, now - (_seconds(ago) - 60 * n) * TICKS)
        self._message(facts.id, now)

    def finish_trips(self) -> int:
        """Every trip under way ends now; how many."""
        now, finished = self.tick_now(), 0
        for one in self.tables["units"]:
            for row in list(self.timeline.rows("trips", one, now - LONGEST_TRIP_DAYS * DAY_S * TICKS, now + TICKS)):
                if UNFINISHED in row[1]:
                    self.timeline.change("trips", one, row, _ended(now))
                    finished += 1
        return finished

    def ring(self, units: int = 2, alarm_id: str | None = None) -> list[Record]:
        """An alarm of so many units in the very same tick, whose messages are not delivered yet."""
        # No two alarms in one microsecond, which is all that a client can tell apart, and none after now.
        tick = ticks(self.now()) - 3
        while tick in self._rang_at:
            tick -= 10
        self._rang_at.add(tick)
        chance = Chance(self.seed, "ring", tick)
        alarm = alarm_id or self.fleet.some("alarms") or "15300"
        records = []
        for one in list(self.tables["units"])[:units]:
            record = self.law.alarm(tick, str(alarm), self.facts[one], chance)
            for recipient in record["recipients"]:
                recipient["delivered"] = False
            self.timeline.add("alarm_log", "", tick, record)
            records.append(record)
        return records

    def deliver(self) -> int:
        """What the alarms of the last two days wanted delivered is delivered; how many lines change."""
        now, changed = ticks(self.now()), 0
        for row in list(self.timeline.rows("alarm_log", "", now - int(LATE.total_seconds()) * TICKS, now)):
            if UNDELIVERED in row[1]:
                self.timeline.change("alarm_log", "", row, _delivered)
                changed += 1
        return changed

    def correct(self, unit_id: str, *, collection: str = "unit_history", ago: Ago = 0, **changes: object) -> Record:
        """Changes the last row of a report up to some time ago (without `changes`: a number). KeyError if none."""

        def change(record: Record) -> Record:
            counted = {name: record[name] + 1 for name in COUNTED if name in record}
            return record_of(record | (changes or counted or {"value": "corrected"}))

        return self._change_last(str(unit_id), collection, ago, change) or {}

    def erase(self, unit_id: str, *, collection: str = "unit_history", ago: Ago = 0) -> None:
        """Takes out the last row of a report up to some time ago. KeyError if there is none."""
        self._change_last(str(unit_id), collection, ago, lambda _: None)

    def row(self, collection: str, unit_id: str, at: datetime | None = None, **members: Any) -> Record:  # noqa: ANN401
        """Adds a row to a report of a unit, at a time or now; members as given, the rest invented."""
        facts, tick = self.facts[str(unit_id)], self.tick_now() if at is None else ticks(at)
        self._edits += 1
        owner = "" if collection == "alarm_log" else facts.id
        record = self.law.one(collection, facts, tick, Chance(self.seed, "row", tick, self._edits))
        record = record_of(record | members)
        self.timeline.add(collection, owner, tick, record)
        if owner:
            self._message(facts.id, self.tick_now())
        return record

    # -- how ----------------------------------------------------------------------------------------------------------

    def _send(self, facts: Facts, tick: int) -> None:
        """One row of history; two in one second differ in their event at most as often as in the rest."""
        self._edits += 1
        chance = Chance(self.seed, "send", facts.id, tick, self._edits)
        at, variant = tick // TICKS, chance(HISTORY_VARIANTS)
        text = history_text(facts.place, facts.number, facts.keys, at, variant, 6 if chance(2) else 2)
        self.timeline.add("unit_history", facts.id, tick, msgspec.json.decode(text))

    def _message(self, unit_id: str, now: int) -> None:
        unit = self.tables["units"].get(unit_id)
        if unit is None:
            return
        unit |= {"messageTime": utc(now), "gpsFixTime": utc(now), "currentStop": None, "speed": 12.5}
        unit |= {"run1": unit["run1"] + RUN_S, "km": unit["km"] + KM}
        unit |= {"location": place(self.facts[unit_id].place, now // TICKS % 900)["location"]}
        self._texts.pop(("units", unit_id), None)

    def _drive(self, facts: Facts, now: int) -> None:
        """The trip under way goes on, or another one begins."""
        last = self.timeline.last("trips", facts.id, now + TICKS)
        if last and UNFINISHED in last[1]:
            self.timeline.change("trips", facts.id, last, _longer(now))
        elif last is None or last[0] < now:
            self._edits += 1
            record = self.law.one("trips", facts, now, Chance(self.seed, "drive", facts.id, now))
            record |= {"finished": False, "stopTime": record["startTime"], "stopKm": record["startKm"]}
            record["stopRun1"] = record["startRun1"]
            self.timeline.add("trips", facts.id, now, record)

    def _work(self, facts: Facts, now: int) -> None:
        """The day's summary grows."""
        day, clock = now // TICKS // DAY_S, local(now, self.settings.zone)
        before = self._days.get((facts.id, day)) or self.law.summary(facts, day) or idle_day(facts)
        after = before | {"stopTime": clock, "run1": before["run1"] + RUN_S, "km": before["km"] + KM}
        self._days[facts.id, day] = record_of({"startTime": clock} | after)

    def _change_last(self, unit_id: str, collection: str, ago: Ago, change: Change) -> Record | None:
        owner = "" if collection == "alarm_log" else unit_id
        row = self.timeline.last(collection, owner, self.tick_now() - (_seconds(ago) - 1) * TICKS)
        if row is None:
            raise KeyError(unit_id, collection)
        return self.timeline.change(collection, owner, row, change)


def _seconds(ago: Ago) -> int:
    return int(ago.total_seconds() if isinstance(ago, timedelta) else ago)


def _longer(now: int) -> Change:
    def change(trip: Record) -> Record:
        return trip | {
            "stopTime": utc(now, marked=False), "stopKm": trip["stopKm"] + KM, "stopRun1": trip["stopRun1"] + RUN_S
        }  # fmt: skip

    return change


def _ended(now: int) -> Change:
    return lambda trip: (_longer(now)(trip) or {}) | {"finished": True}


def _delivered(line: Record) -> Record:
    return line | {"recipients": [one | {"delivered": True} for one in line["recipients"]]}
