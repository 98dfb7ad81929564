"""The floor: the same records into the same tables, written by hand for this one job.

It is what an experienced engineer writes in an afternoon who knows the vendor, the record and the database, and wants
it fast: typed structs, prepared statements, one transaction a page with the position in it, so that it can be killed.
It keeps the same promises about the rows as syncd does (types, keys, the same indexes, rows that did not change are not
rewritten, children replaced as a set, the same durability), and has nothing else: no retries, no limits, no rejects, no
deletions, no second vendor.

``python -m benchmarks.floor URL DATABASE`` reads everything once; DATABASE is a file's path or a ``postgresql://`` URL.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from datetime import datetime
from typing import Protocol

import aiohttp
import msgspec
import psycopg

PER_PAGE = 100


class Named(msgspec.Struct):
    """An embedded object."""

    id: int
    name: str


class Event(msgspec.Struct):
    """The record, in the order of the table's columns; the embedded members last."""

    id: int
    title: str
    calendar_id: int
    casefile_id: int | None
    subject_id: int | None
    is_allday: bool
    start_at: datetime
    end_at: datetime | None
    alert_at: datetime | None
    alert_sent_at: datetime | None
    address: str | None
    notes: str | None
    created_by: int | None
    created_at: datetime
    updated_at: datetime
    calendar: Named = msgspec.field(name="Calendar")
    users: list[Named] = msgspec.field(name="Users")


COLUMNS = Event.__struct_fields__[:15]
DIFFERS = [column for column in COLUMNS if column != "id"]


class Store(Protocol):
    """Where the pages go."""

    def position(self) -> int:
        """The last page that was stored; 0 for none."""

    def save(self, events: list[Event], page: int) -> None:
        """Store a page and that it is stored, in one transaction."""

    def close(self) -> None:
        """Forget the position, the walk being complete, and close."""


def schema(instant: str) -> list[str]:
    """The statements that make the tables and indexes, for both databases; *instant* is the type of a point in time."""
    return [
        f"""CREATE TABLE IF NOT EXISTS events (
            id BIGINT PRIMARY KEY, title TEXT, calendar_id BIGINT, casefile_id BIGINT, subject_id BIGINT,
            is_allday BOOLEAN, start_at {instant}, end_at {instant}, alert_at {instant}, alert_sent_at {instant},
            address TEXT, notes TEXT, created_by BIGINT, created_at {instant}, updated_at {instant})""",
        "CREATE INDEX IF NOT EXISTS events_calendar ON events (calendar_id)",
        "CREATE INDEX IF NOT EXISTS events_casefile ON events (casefile_id)",
        "CREATE INDEX IF NOT EXISTS events_subject ON events (subject_id)",
        "CREATE TABLE IF NOT EXISTS event_users (event_id BIGINT, user_id BIGINT, PRIMARY KEY (event_id, user_id))",
        "CREATE INDEX IF NOT EXISTS event_users_user ON event_users (user_id)",
        "CREATE TABLE IF NOT EXISTS calendars (id BIGINT PRIMARY KEY, name TEXT)",
        "CREATE TABLE IF NOT EXISTS position (name TEXT PRIMARY KEY, page BIGINT)",
    ]


def upsert(source: str, distinct: str) -> str:
    """Insert into events from *source* (a VALUES or SELECT clause), updating only the rows that differ."""
    assignments = ", ".join(f"{column} = excluded.{column}" for column in DIFFERS)
    differences = " OR ".join(f"events.{column} {distinct} excluded.{column}" for column in DIFFERS)
    return f"INSERT INTO events {source} ON CONFLICT (id) DO UPDATE SET {assignments} WHERE {differences}"


CALENDAR = "INSERT INTO calendars VALUES {} ON CONFLICT (id) DO UPDATE SET name = excluded.name"
POSITION = "INSERT INTO position VALUES {} ON CONFLICT (name) DO UPDATE SET page = excluded.page"


class Sqlite:
    """An SQLite file; points in time as text, as SQLite's date functions want them."""

    UPSERT = upsert(f"VALUES ({', '.join('?' * len(COLUMNS))})", "IS NOT")

    def __init__(self, path: str) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        for statement in schema("TEXT"):
            self.connection.execute(statement)
        self.calendars: dict[int, str] = {}

    def position(self) -> int:
        """The last page that was stored; 0 for none."""
        row = self.connection.execute("SELECT page FROM position WHERE name = 'events'").fetchone()
        return int(row[0]) if row else 0

    def save(self, events: list[Event], page: int) -> None:
        """Store a page and that it is stored, in one transaction."""
        execute, executemany = self.connection.execute, self.connection.executemany
        execute("BEGIN IMMEDIATE")
        executemany(self.UPSERT, [self._row(event) for event in events])
        ids = {e.id for e in events}
        came = {(e.id, user.id) for e in events for user in e.users}
        between = "SELECT event_id, user_id FROM event_users WHERE event_id BETWEEN ? AND ?"
        stored = {row for row in execute(between, (min(ids), max(ids))) if row[0] in ids}
        executemany("DELETE FROM event_users WHERE event_id = ? AND user_id = ?", stored - came)
        executemany("INSERT INTO event_users VALUES (?, ?)", came - stored)
        if calendars := {e.calendar.id: e.calendar.name for e in events}.items() - self.calendars.items():
            executemany(CALENDAR.format("(?, ?)"), calendars)
            self.calendars.update(calendars)
        execute(POSITION.format("('events', ?)"), (page,))
        execute("COMMIT")

    @staticmethod
    def _row(e: Event) -> tuple[object, ...]:
        def text(at: datetime | None) -> str | None:
            return None if at is None else at.isoformat(" ", "microseconds")

        return (
            e.id, e.title, e.calendar_id, e.casefile_id, e.subject_id, e.is_allday, text(e.start_at), text(e.end_at),
            text(e.alert_at), text(e.alert_sent_at), e.address, e.notes, e.created_by, text(e.created_at),
            text(e.updated_at),
        )  # fmt: skip

    def close(self) -> None:
        """Forget the position, the walk being complete, and close."""
        self.connection.execute("DELETE FROM position WHERE name = 'events'")
        self.connection.close()


class Postgres:
    """A PostgreSQL database; pages go by COPY through temporary tables."""

    UPSERT = upsert("SELECT * FROM page", "IS DISTINCT FROM")

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, options="-c timezone=UTC")
        for statement in schema("TIMESTAMPTZ"):
            self.connection.execute(statement.encode())
        self.connection.execute("CREATE TEMP TABLE page (LIKE events) ON COMMIT DELETE ROWS")
        self.connection.execute("CREATE TEMP TABLE page_users (LIKE event_users) ON COMMIT DELETE ROWS")
        self.calendars: dict[int, str] = {}

    def position(self) -> int:
        """The last page that was stored; 0 for none."""
        row = self.connection.execute("SELECT page FROM position WHERE name = 'events'").fetchone()
        return int(row[0]) if row else 0

    def save(self, events: list[Event], page: int) -> None:
        """Store a page and that it is stored, in one transaction."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            with cursor.copy("COPY page FROM STDIN") as copy:
                for e in events:
                    copy.write_row((
                        e.id, e.title, e.calendar_id, e.casefile_id, e.subject_id, e.is_allday, e.start_at, e.end_at,
                        e.alert_at, e.alert_sent_at, e.address, e.notes, e.created_by, e.created_at, e.updated_at,
                    ))  # fmt: skip
            with cursor.copy("COPY page_users FROM STDIN") as copy:
                for e in events:
                    for user in e.users:
                        copy.write_row((e.id, user.id))
            cursor.execute(self.UPSERT.encode())
            # By the ids, not by a join: a join with a table that was just filled is planned without statistics.
            cursor.execute(
                "DELETE FROM event_users old WHERE event_id = ANY(%s) AND NOT EXISTS (SELECT FROM page_users new "
                "WHERE (new.event_id, new.user_id) = (old.event_id, old.user_id))",
                ([e.id for e in events],),
            )
            cursor.execute("INSERT INTO event_users SELECT * FROM page_users ON CONFLICT DO NOTHING")
            if calendars := {e.calendar.id: e.calendar.name for e in events}.items() - self.calendars.items():
                cursor.executemany(CALENDAR.format("(%s, %s)").encode(), calendars)
                self.calendars.update(calendars)
            cursor.execute(POSITION.format("('events', %s)").encode(), (page,))

    def close(self) -> None:
        """Forget the position, the walk being complete, and close."""
        self.connection.execute("DELETE FROM position WHERE name = 'events'")
        self.connection.close()


async def read(url: str, store: Store) -> None:
    """Read all events from the first page that is not stored yet."""
    decode = msgspec.json.Decoder(list[Event]).decode
    headers = {"Authorization": aiohttp.encode_basic_auth("bench/token", "secret")}
    async with aiohttp.ClientSession(headers=headers) as session:
        page = store.position()
        while True:
            page += 1
            params = {"page": str(page), "per_page": str(PER_PAGE), "dir": "asc"}
            async with session.get(f"{url}/api/v1/events", params=params, raise_for_status=True) as reply:
                events = decode(await reply.read())
            if events:
                store.save(events, page)
            if len(events) < PER_PAGE:
                return


def main() -> None:
    """Read everything once."""
    url, database = sys.argv[1:]
    store: Store = Postgres(database) if database.startswith("postgresql://") else Sqlite(database)
    asyncio.run(read(url, store))
    store.close()


if __name__ == "__main__":
    main()
