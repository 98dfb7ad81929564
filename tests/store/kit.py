"""Rows to store, and what the tables hold then, read by the plain drivers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import psycopg

from syncd.collection import Collection
from syncd.parse import Key, Rows
from syncd.store import Page, Store, Tally
from syncd.vendors import VENDORS

TRACKOPS = VENDORS["trackops"]
INVOICES = TRACKOPS.collection("invoices")
CASES = TRACKOPS.collection("cases")
REQUESTS = TRACKOPS.collection("case_requests")
HISTORY = TRACKOPS.collection("case_status_history")
TASKS = TRACKOPS.collection("tasks")
UPDATES = TRACKOPS.collection("case_updates")
MADE = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def row(collection: Collection, *, extra: str | None = None, record: int = 0, **values: Any) -> tuple[Any, ...]:
    """A parsed row with *values*, the others null; *record* is its hash."""
    assert values.keys() <= {c.name for c in collection.stored}
    return (*(values.get(c.name) for c in collection.stored), extra, record)


def invoice(number: int, *, record: int | None = None, **values: Any) -> tuple[Any, ...]:
    given: dict[str, Any] = {
        "id": number,
        "invoice_number": 1000 + number,
        "status": "open",
        "created_on": date(2026, 1, 15),
        "total": Decimal("12.50"),
        "created_at": MADE,
        "updated_at": MADE,
    }
    return row(INVOICES, record=number if record is None else record, **(given | values))


def details(invoice_id: int, *numbers: int, total: str = "5.25") -> list[tuple[Any, ...]]:
    return [(number, invoice_id, 7, "line", Decimal("2.5"), Decimal(2), Decimal(total)) for number in numbers]


def rows(collection: Collection, main: Iterable[tuple[Any, ...]], **more: Any) -> Rows:
    """Parsed rows of a page, keys taken from the columns."""
    places = [[c.name for c in collection.stored].index(name) for name in collection.key]
    listed = list(main)
    keys: list[Key] = [tuple(r[i] for i in places) for r in listed]
    return Rows(keys=keys, main=listed, **more)


async def page(
    store: Store, run: int, found: Rows, *, seen: Iterable[Key] = (), collection: Collection = INVOICES, **more: Any
) -> Page:
    """A page of *found* rows and of records *seen* unchanged, with what the store knows of both."""
    connection = more.pop("connection", "acme")
    known = await store.known(connection, collection, [*found.keys, *seen])
    return Page(connection, collection, run, found, known, **more)


async def put(store: Store, run: int, *main: tuple[Any, ...], collection: Collection = INVOICES, **more: Any) -> Any:
    """Commit rows in one page."""
    children = more.pop("children", {})
    lookups = more.pop("lookups", {})
    found = rows(collection, main, children=children, lookups=lookups)
    return await store.commit(await page(store, run, found, collection=collection, **more))


async def begin(store: Store, collection: Collection = INVOICES, kind: str = "cycle") -> int:
    return await store.start_run("acme", collection, kind, MADE)


def query(url: str, sql: str) -> list[tuple[Any, ...]]:
    """What plain SQL gives, by the plain driver."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            found = connection.execute(sql).fetchall()
            connection.commit()
            return found
    with psycopg.connect(url) as session:
        cursor = session.execute(sql)
        return cursor.fetchall() if cursor.description else []


def column(url: str, sql: str) -> list[Any]:
    return [found[0] for found in query(url, sql)]


def plain(value: Any) -> Any:
    """A value of either database in one form, to compare the two."""
    if isinstance(value, datetime):
        return (
            value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
            if value.tzinfo
            else value.isoformat(" ", "microseconds")
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("microseconds")
    if isinstance(value, Decimal | float):
        return float(f"{float(value):.15g}")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, dict | list):
        return json.dumps(value, sort_keys=True)
    if isinstance(value, str) and value[:1] in "{[":
        try:
            return json.dumps(json.loads(value), sort_keys=True)
        except ValueError:
            return value
    return value


def spent(requests: int = 1, **more: Any) -> Tally:
    return replace(Tally(requests=requests), **more)
