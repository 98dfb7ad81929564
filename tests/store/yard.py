"""A vendor made up for the store's tests: windows, parents, dated lookups, and keys of every type that keys have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from syncd.ask import Question
from syncd.collection import (
    Absence,
    Child,
    Collection,
    Column,
    Listing,
    Lookup,
    Parents,
    Snapshot,
    Strategy,
    Windows,
    boolean,
    decimal,
    double,
    instant,
    integer,
    local_datetime,
    text,
)
from syncd.collection import date as day
from syncd.parse import Key, Rows
from syncd.reading import Account, Part, Reading, Taken
from syncd.store import Committed, Known, Missing, Page, Store, Within
from syncd.store.engine import Database
from syncd.store.schema import schema
from syncd.vendors import VENDORS
from tests.store.kit import row, rows

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
_OF_UNIT = Parents("units", (("unit_id", "id"),))


def _read(_account: Account, _part: Part) -> Reading:
    yield Question("/nothing")
    return Taken([])


def _made(
    name: str,
    key: str,
    strategy: Strategy,
    *columns: Column,
    absence: Absence = Absence.TOMBSTONE,
    children: tuple[Child, ...] = (),
) -> Collection:
    return Collection(
        name, f"yard_{name}", f"/{name}", "", tuple(key.split()), strategy, columns, absence=absence, children=children
    )


UNITS = _made(
    "units", "id", Snapshot(), text("id", "id"), text("name", "name"), instant("reported_at", "last report"),
    integer("slot", "slot"),
)  # fmt: skip
STATES = _made(
    "states", "unit_id", Listing(_read, _OF_UNIT), text("unit_id", "unit"), instant("reported_at", "last report"),
    text("word", "word"), local_datetime("seen", "seen"),
)  # fmt: skip
SENSORS = _made(
    "sensors", "id", Listing(_read, _OF_UNIT), integer("id", "id"), text("unit_id", "unit", references="yard_units.id"),
)  # fmt: skip
NOTES = Child(
    "notes", "yard_notes", "notes", ("unit_id", "time", "ordinal", "place"), ("unit_id", "time", "ordinal"),
    (text("unit_id", "unit"), instant("time", "time"), integer("ordinal", "n"), integer("place", "n"), text("t", "t")),
)  # fmt: skip
HISTORY = _made(
    "history", "unit_id time ordinal", Windows(_read, "time", parents=_OF_UNIT), text("unit_id", "unit"),
    instant("time", "time"), integer("ordinal", "place"), double("speed", "km/h"),
    absence=Absence.REMOVE, children=(NOTES,),
)  # fmt: skip
TRIPS = _made(
    "trips", "unit_id started_at",
    Windows(_read, "started_at", "ended_at", parents=_OF_UNIT, unfinished="finished"),
    text("unit_id", "unit"), instant("started_at", "start"), instant("ended_at", "end"), boolean("finished", "over"),
    absence=Absence.KEEP,
)  # fmt: skip
DAYS = _made(
    "days", "unit_id day", Windows(_read, "day", daily=True), text("unit_id", "unit"), day("day", "day"),
    double("km", "distance"), absence=Absence.REMOVE,
)  # fmt: skip
EVENTS = _made(
    "events", "id", Windows(_read, "time"), integer("id", "id"), instant("time", "time"),
    text("unit_id", "unit", references="yard_units.id"),
)  # fmt: skip
PAYMENTS = _made(
    "payments", "at amount balance", Windows(_read, "at"), instant("at", "time"), decimal("amount", "amount"),
    decimal("balance", "balance"), text("note", "note"), absence=Absence.KEEP,
)  # fmt: skip
SHIFTS = _made(
    "shifts", "began person", Windows(_read, "began"), local_datetime("began", "wall clock"), text("person", "who"),
    absence=Absence.REMOVE,
)  # fmt: skip
VARIABLES = Lookup(
    "variables", "yard_variables", ("variable_id",),
    (integer("variable_id", "id"), text("name", "name"), text("uom", "unit of measure")), ("history",), at="time",
)  # fmt: skip
YARD = replace(
    VENDORS["trackops"],
    collections=(UNITS, STATES, SENSORS, HISTORY, TRIPS, DAYS, EVENTS, PAYMENTS, SHIFTS),
    lookups=(VARIABLES,),
)


def make_tables(url: str) -> None:
    """The yard's tables beside the ones that are there; migrations know nothing of it."""
    db = Database(url)
    db.open(create=False)
    try:
        with db.transaction() as connection:
            schema([YARD]).metadata.create_all(connection)
    finally:
        db.close()


def at(hours: float) -> datetime:
    """So long after the noon that most rows of these tests lie at."""
    return NOON + timedelta(hours=hours)


def of_history(unit: str, hours: float, ordinal: int = 0, speed: float = 1.0, record: int = 0) -> tuple[Any, ...]:
    return row(HISTORY, unit_id=unit, time=at(hours), ordinal=ordinal, speed=speed, record=record)


def of_trip(unit: str, start: float, end: float | None, *, finished: bool | None = True) -> tuple[Any, ...]:
    ended = None if end is None else at(end)
    return row(TRIPS, unit_id=unit, started_at=at(start), ended_at=ended, finished=finished)


def of_event(number: int, hours: float, unit: str = "5") -> tuple[Any, ...]:
    return row(EVENTS, id=number, time=at(hours), unit_id=unit)


def of_payment(hours: float, amount: str, balance: str, **more: Any) -> tuple[Any, ...]:
    return row(PAYMENTS, at=at(hours), amount=Decimal(amount), balance=Decimal(balance), **more)


def of_day(unit: str, number: int, km: float = 1.0) -> tuple[Any, ...]:
    return row(DAYS, unit_id=unit, day=date(2026, 3, number), km=km)


def inside(
    collection: Collection, start: datetime, end: datetime, units: Iterable[str] = (), columns: tuple[str, ...] = ()
) -> Within:
    """A range of *collection*, of *units* if there are any."""
    strategy = collection.strategy
    assert isinstance(strategy, Windows)
    listed = tuple((unit,) for unit in units)
    named = columns or (("unit_id",) if listed else ())
    return Within(named, listed, strategy.start, strategy.end, start, end)


async def put_window(
    store: Store,
    run: int,
    collection: Collection,
    within: Within | None,
    *main: tuple[Any, ...],
    agree: bool = True,
    asked: list[Missing] | None = None,
    seen: Iterable[Key] = (),
    **more: Any,
) -> Committed:
    """Replace a range by these rows; *asked* notes what the judge was shown."""
    children = more.pop("children", {})
    found = rows(collection, main, children=children) if main or children else Rows()

    def judge(missing: Missing) -> bool:
        if asked is not None:
            asked.append(missing)
        return agree

    def page_of(known: Mapping[Key, Known]) -> Page:
        return Page("acme", collection, run, found, known, **more)

    return await store.replace("acme", collection, [*found.keys, *seen], within, judge, page_of)
