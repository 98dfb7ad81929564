"""The floor of the second job: every unit's messages of a year into one table, written by hand.

Like the first floor it keeps syncd's promises about the rows and has nothing else: typed structs, the same columns, key
and indexes, rows that did not change are not rewritten, messages that a window no longer holds are removed, one
transaction a window with the position in it.

``python -m benchmarks.history_floor URL DATABASE`` reads everything once.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Protocol

import aiohttp
import msgspec
import psycopg

WINDOW = timedelta(days=30)
BACK = timedelta(days=365)
KINDS = {
    **dict.fromkeys(("key_id", "country", "zip_code", "city", "street_address"), "TEXT"),
    **dict.fromkeys((f"input{n}" for n in range(1, 11)), "BOOLEAN"),
    **dict.fromkeys((f"output{n}" for n in range(1, 6)), "BOOLEAN"),
    **dict.fromkeys(("event", "heading", *(f"input{n}_change_counter" for n in range(1, 5))), "BIGINT"),
}


class Location(msgspec.Struct):
    """Where it was."""

    latitude: float
    longitude: float


class Address(msgspec.Struct, rename="camel"):
    """What is there."""

    country: str | None = None
    zip_code: str | None = None
    city: str | None = None
    street_address: str | None = None


NO_ADDRESS = Address()


class Message(msgspec.Struct, rename="camel"):
    """The record; the members behind ``address`` in the order of the table's columns."""

    time: datetime
    event: int | None = None
    key_id: str | None = None
    location: Location | None = None
    address: Address | None = None
    heading: int | None = None
    speed: float | None = None
    km: float | None = None
    run1: float | None = None
    run2: float | None = None
    run3: float | None = None
    run4: float | None = None
    run_odo: float | None = None
    temperature1: float | None = None
    temperature2: float | None = None
    input1: bool | None = None
    input2: bool | None = None
    input3: bool | None = None
    input4: bool | None = None
    input5: bool | None = None
    input6: bool | None = None
    input7: bool | None = None
    input8: bool | None = None
    input9: bool | None = None
    input10: bool | None = None
    output1: bool | None = None
    output2: bool | None = None
    output3: bool | None = None
    output4: bool | None = None
    output5: bool | None = None
    analog_input1: float | None = None
    analog_input2: float | None = None
    analog_input4: float | None = None
    input1_change_counter: int | None = None
    input2_change_counter: int | None = None
    input3_change_counter: int | None = None
    input4_change_counter: int | None = None
    battery_level: float | None = None
    external_power: float | None = None


class Report(msgspec.Struct):
    """A report."""

    rows: list[Message] = msgspec.field(name="list")


class Unit(msgspec.Struct):
    """A unit, as far as it is needed."""

    id: str


class Units(msgspec.Struct):
    """The list of units."""

    units: list[Unit] = msgspec.field(name="list")


REST = Message.__struct_fields__[5:]
PLACE = ("latitude", "longitude", "country", "zip_code", "city", "street_address")
COLUMNS = ("unit_id", "time", "ordinal", "event", "key_id", *PLACE, *REST)
KEY = 3
_rest = attrgetter(*REST)


def rows(unit: str, messages: list[Message], spell: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 (datetime → what the driver takes)
    """The messages as rows; two of one instant are told apart by an ordinal."""
    seen: Counter[datetime] = Counter()
    for one in messages:
        ordinal = seen[one.time]
        seen[one.time] += 1
        where, what = one.location, one.address or NO_ADDRESS
        at = (None, None) if where is None else (where.latitude, where.longitude)
        yield (
            unit, spell(one.time), ordinal, one.event, one.key_id, *at, what.country, what.zip_code, what.city,
            what.street_address, *_rest(one),
        )  # fmt: skip


def schema(instant: str) -> list[str]:
    """The statements that make the tables and indexes, for both databases."""
    columns = ", ".join(f"{name} {KINDS.get(name, 'DOUBLE PRECISION')}" for name in COLUMNS[KEY:])
    return [
        f"""CREATE TABLE IF NOT EXISTS history (
            unit_id TEXT, time {instant}, ordinal BIGINT, {columns}, PRIMARY KEY (unit_id, time, ordinal))""",
        "CREATE INDEX IF NOT EXISTS history_key ON history (key_id)",
        f"CREATE TABLE IF NOT EXISTS position (unit_id TEXT PRIMARY KEY, complete_from {instant})",
    ]


def upsert(source: str, distinct: str) -> str:
    """Insert into history from *source* (a VALUES or SELECT clause), updating only the rows that differ."""
    assignments = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS[KEY:])
    differences = " OR ".join(f"history.{column} {distinct} excluded.{column}" for column in COLUMNS[KEY:])
    key = ", ".join(COLUMNS[:KEY])
    return f"INSERT INTO history {source} ON CONFLICT ({key}) DO UPDATE SET {assignments} WHERE {differences}"


POSITION = "INSERT INTO position VALUES {} ON CONFLICT (unit_id) DO UPDATE SET complete_from = excluded.complete_from"


class Store(Protocol):
    """Where the windows go."""

    def save(self, unit: str, start: datetime, end: datetime, messages: list[Message]) -> None:
        """Store a window and that it is stored, in one transaction."""

    def close(self) -> None:
        """Close."""


class Sqlite:
    """An SQLite file; points in time as text."""

    UPSERT = upsert(f"VALUES ({', '.join('?' * len(COLUMNS))})", "IS NOT")

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        for statement in schema("TEXT"):
            self.connection.execute(statement)

    def save(self, unit: str, start: datetime, end: datetime, messages: list[Message]) -> None:
        """Store a window and that it is stored, in one transaction."""
        execute, executemany = self.connection.execute, self.connection.executemany
        execute("BEGIN IMMEDIATE")
        came = list(rows(unit, messages, _text))
        inside = "SELECT unit_id, time, ordinal FROM history WHERE unit_id = ? AND time >= ? AND time < ?"
        gone = set(execute(inside, (unit, _text(start), _text(end)))) - {row[:KEY] for row in came}
        executemany("DELETE FROM history WHERE unit_id = ? AND time = ? AND ordinal = ?", gone)
        executemany(self.UPSERT, came)
        execute(POSITION.format("(?, ?)"), (unit, _text(start)))
        execute("COMMIT")

    def close(self) -> None:
        """Close."""
        self.connection.close()


def _text(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ", "microseconds")


class Postgres:
    """A PostgreSQL database; windows go by COPY through a temporary table."""

    UPSERT = upsert("SELECT * FROM came", "IS DISTINCT FROM")

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, options="-c timezone=UTC")
        for statement in schema("TIMESTAMPTZ"):
            self.connection.execute(statement.encode())
        # A table that was just filled has no statistics: its key keeps every row from being compared with every other.
        key = f"PRIMARY KEY ({', '.join(COLUMNS[:KEY])})"
        self.connection.execute(f"CREATE TEMP TABLE came (LIKE history, {key}) ON COMMIT DELETE ROWS".encode())

    def save(self, unit: str, start: datetime, end: datetime, messages: list[Message]) -> None:
        """Store a window and that it is stored, in one transaction."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            with cursor.copy("COPY came FROM STDIN") as copy:
                for row in rows(unit, messages, _same):
                    copy.write_row(row)
            cursor.execute(
                "DELETE FROM history old WHERE unit_id = %s AND time >= %s AND time < %s AND NOT EXISTS (SELECT FROM "
                "came new WHERE (new.unit_id, new.time, new.ordinal) = (old.unit_id, old.time, old.ordinal))",
                (unit, start, end),
            )
            cursor.execute(self.UPSERT.encode())
            cursor.execute(POSITION.format("(%s, %s)").encode(), (unit, start))

    def close(self) -> None:
        """Close."""
        self.connection.close()


def _same(at: datetime) -> datetime:
    return at


async def read(url: str, store: Store) -> None:
    """Read every unit's windows, newest first."""
    decode = msgspec.json.Decoder(Report).decode
    now = datetime.now(UTC).replace(microsecond=0)
    headers = {"Authorization": aiohttp.encode_basic_auth("API", "secret")}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.get(f"{url}/public/Unit", raise_for_status=True) as reply:
            units = msgspec.json.decode(await reply.read(), type=Units).units
        for unit in units:
            end = now
            while end > now - BACK:
                start = max(end - WINDOW, now - BACK)
                params = {"unitId": unit.id, "from": _asked(start), "to": _asked(end - timedelta(microseconds=1))}
                async with session.get(
                    f"{url}/public/Report/UnitHistory", params=params, raise_for_status=True
                ) as reply:
                    store.save(unit.id, start, end, decode(await reply.read()).rows)
                end = start


def _asked(at: datetime) -> str:
    return f"{at.replace(tzinfo=None).isoformat('T', 'microseconds')}0Z"


def main() -> None:
    """Read everything once."""
    url, database = sys.argv[1:]
    store: Store = Postgres(database) if database.startswith("postgresql://") else Sqlite(database)
    asyncio.run(read(url, store))
    store.close()


if __name__ == "__main__":
    main()
