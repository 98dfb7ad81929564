"""What is known of runs, cursors, collections, connections and tasks: reading it and writing it down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from syncd.store import tombstone
from syncd.store.bookkeeping import COLLECTIONS, CONNECTIONS, CURSORS, REJECTS, RUNS, TASKS
from syncd.store.schema import CollectionTables
from syncd.store.types import postgres
from syncd.store.upsert import Tally
from syncd.vendors.base import Vendor


@dataclass(frozen=True, slots=True)
class CollectionState:
    """A row of ``syncd_collections``."""

    connection: str
    collection: str
    vendor: str
    table_name: str
    live_rows: int = 0
    version: str | None = None
    last_success_at: datetime | None = None
    last_attempt_at: datetime | None = None
    cursor_at: datetime | None = None
    next_due_at: datetime | None = None
    late_after_s: int | None = None
    next_sweep_at: datetime | None = None
    next_count_at: datetime | None = None
    next_past_at: datetime | None = None
    past_failures: int = 0
    state: str | None = None
    error_class: str | None = None
    last_error: str | None = None
    failures: int = 0
    held: dict[str, Any] | None = None
    paused_at: datetime | None = None
    """Since when a person wants it left alone, or the whole of its connection."""


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """A row of ``syncd_connections``."""

    connection: str
    vendor: str = ""
    state: str = "ok"
    message: str | None = None
    stopped_at: datetime | None = None
    probe_at: datetime | None = None
    failures: int = 0
    paused_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A row of ``syncd_tasks``: what a command asks of the running daemon."""

    id: int
    verb: str
    arguments: dict[str, Any]
    state: str
    result: Any
    asked_at: datetime
    finished_at: datetime | None


_STATE_COLUMNS = frozenset(f.name for f in fields(CollectionState))
_CONNECTION_COLUMNS = frozenset(f.name for f in fields(ConnectionState))


def put(
    transaction: sa.Connection, table: sa.Table, key: dict[str, Any], changes: dict[str, Any], new: dict[str, Any]
) -> None:
    """Change the row under *key*, or insert it with the values of *new* as well."""
    make = sqlite.insert if transaction.dialect.name == "sqlite" else postgres().insert
    insert = make(table).values({**new, **key, **changes})
    if changes:
        transaction.execute(insert.on_conflict_do_update(index_elements=list(key), set_=changes))
    else:
        transaction.execute(insert.on_conflict_do_nothing(index_elements=list(key)))


def selected(table: sa.Table, selectors: Sequence[str] | None) -> sa.ColumnElement[bool]:
    """The condition for ``CONNECTION`` and ``CONNECTION.COLLECTION`` *selectors*; none means all."""
    if not selectors:
        return sa.true()
    parts = []
    for selector in selectors:
        connection, _, collection = selector.partition(".")
        condition = table.c.connection == connection
        parts.append(sa.and_(condition, table.c.collection == collection) if collection else condition)
    return sa.or_(*parts)


def as_rows(result: sa.CursorResult[Any]) -> list[dict[str, Any]]:
    """Rows as dictionaries in the order of the columns."""
    return [dict(row) for row in result.mappings()]


# --- cursors ---------------------------------------------------------------------------------------------------------
def cursors(transaction: sa.Connection, connection: str, collection: str) -> dict[str, dict[str, Any]]:
    """The stored cursors by partition."""
    query = sa.select(CURSORS.c.partition, CURSORS.c.cursor).where(
        CURSORS.c.connection == connection, CURSORS.c.collection == collection
    )
    return {partition: cursor for partition, cursor in transaction.execute(query)}  # noqa: C416 - rows are no pairs to mypy


def put_cursor(
    transaction: sa.Connection, connection: str, collection: str, partition: str, cursor: dict[str, Any], at: datetime
) -> None:
    """Store a cursor; only ever in the transaction of the rows it vouches for."""
    key = {"connection": connection, "collection": collection, "partition": partition}
    put(transaction, CURSORS, key, {"cursor": cursor, "updated_at": at}, {})


# --- collections and connections -------------------------------------------------------------------------------------
def enroll(transaction: sa.Connection, connection: str, vendor: Vendor, collections: Iterable[str] | None) -> None:
    """Make the rows of *connection* and its collections (None: all of the vendor's) where they are missing."""
    put(transaction, CONNECTIONS, {"connection": connection}, {"vendor": vendor.name}, {"state": "ok"})
    wanted = None if collections is None else set(collections)
    for collection in vendor.collections:
        if wanted is None or collection.name in wanted:
            key = {"connection": connection, "collection": collection.name}
            put(transaction, COLLECTIONS, key, {"vendor": vendor.name, "table_name": collection.table}, {})


def enroll_one(transaction: sa.Connection, connection: str, tables: CollectionTables) -> None:
    """Make the row of one collection where it is missing."""
    key = {"connection": connection, "collection": tables.collection.name}
    put(transaction, COLLECTIONS, key, {}, {"vendor": tables.vendor, "table_name": tables.collection.table})


def states(transaction: sa.Connection, connections: Sequence[str] | None) -> list[CollectionState]:
    """What is stored of the collections, in order."""
    c, k = COLLECTIONS.c, CONNECTIONS.c
    own = (column for column in c if column is not c.paused_at)
    query = (
        sa.select(*own, sa.func.coalesce(c.paused_at, k.paused_at, type_=c.paused_at.type).label("paused_at"))
        .select_from(COLLECTIONS.outerjoin(CONNECTIONS, c.connection == k.connection))
        .order_by(c.connection, c.collection)
    )
    if connections is not None:
        query = query.where(c.connection.in_(connections))
    return [CollectionState(**row) for row in transaction.execute(query).mappings()]


def set_state(transaction: sa.Connection, connection: str, collection: str, changes: dict[str, Any]) -> None:
    """Change columns of a collection's row. ValueError names a column there is none of, or a row not enrolled."""
    if unknown := changes.keys() - _STATE_COLUMNS:
        raise ValueError(f"syncd_collections has no column {', '.join(sorted(unknown))}")
    if not changes:
        return
    done = transaction.execute(
        sa.update(COLLECTIONS)
        .where(COLLECTIONS.c.connection == connection, COLLECTIONS.c.collection == collection)
        .values(changes)
    )
    if not done.rowcount:
        raise ValueError(f"{connection}.{collection} is not enrolled")


def connection_states(transaction: sa.Connection) -> dict[str, ConnectionState]:
    """What is stored of the connections, by name."""
    rows = transaction.execute(sa.select(CONNECTIONS).order_by(CONNECTIONS.c.connection)).mappings()
    return {row["connection"]: ConnectionState(**row) for row in rows}


def set_connection_state(transaction: sa.Connection, connection: str, changes: dict[str, Any]) -> None:
    """Change columns of a connection's row, making it if need be."""
    if unknown := changes.keys() - _CONNECTION_COLUMNS:
        raise ValueError(f"syncd_connections has no column {', '.join(sorted(unknown))}")
    put(transaction, CONNECTIONS, {"connection": connection}, changes, {"vendor": "", "state": "ok"})


def pause(transaction: sa.Connection, connection: str, collections: Sequence[str] | None, at: datetime | None) -> None:
    """Leave *connection* alone from *at* on, or some *collections* of it; with None read it again.

    A whole connection that is read again takes its collections with it, whichever of them were paused by name.
    """
    if collections is None:
        set_connection_state(transaction, connection, {"paused_at": at})
        if at is not None:
            return
    change = sa.update(COLLECTIONS).where(COLLECTIONS.c.connection == connection)
    if collections is not None:
        change = change.where(COLLECTIONS.c.collection.in_(collections))
    transaction.execute(change.values(paused_at=at))


# --- runs ------------------------------------------------------------------------------------------------------------
def start_run(transaction: sa.Connection, connection: str, collection: str, kind: str, at: datetime) -> int:
    """Open a run's row; its id."""
    row = {"connection": connection, "collection": collection, "kind": kind, "state": "running", "started_at": at}
    return int(transaction.execute(sa.insert(RUNS).returning(RUNS.c.id), row).scalar_one())


def add_counts(transaction: sa.Connection, run: int, **counts: float) -> None:
    """Add *counts* to the columns of a run."""
    more = {name: RUNS.c[name] + value for name, value in counts.items() if value}
    if more:
        transaction.execute(sa.update(RUNS).where(RUNS.c.id == run).values(more))


def add_tally(transaction: sa.Connection, run: int, tally: Tally | None) -> None:
    """Add what was spent at the vendor to a run."""
    if tally is not None:
        add_counts(transaction, run, **{f.name: getattr(tally, f.name) for f in fields(tally)})


def end_run(
    transaction: sa.Connection,
    run: int,
    state: str,
    at: datetime,
    *,
    tally: Tally | None,
    error_class: str | None,
    error: str | None,
) -> dict[str, Any]:
    """Close a run's row; the row."""
    add_tally(transaction, run, tally)
    closing = {"state": state, "finished_at": at, "error_class": error_class, "error": error}
    row = transaction.execute(sa.update(RUNS).where(RUNS.c.id == run).values(closing).returning(RUNS)).mappings().one()
    if state in {"interrupted", "failed"}:
        tombstone.drop_range_stages(transaction, [run])
    return dict(row)


def interrupt_stale_runs(transaction: sa.Connection, connections: Sequence[str] | None, at: datetime) -> int:
    """Close the runs that a killed process left open; how many. Only for whoever holds the lock of *connections*."""
    stale = RUNS.c.state == "running"
    if connections is not None:
        stale = sa.and_(stale, RUNS.c.connection.in_(connections))
    message = "the process was killed"
    changes = {"state": "interrupted", "finished_at": at, "error": message}
    closed = transaction.execute(sa.update(RUNS).where(stale).values(changes).returning(RUNS.c.id)).scalars().all()
    tombstone.drop_range_stages(transaction, closed)
    return len(closed)


def runs(transaction: sa.Connection, selectors: Sequence[str] | None, last: int | None) -> list[dict[str, Any]]:
    """Rows of ``syncd_runs``, newest first, at most *last*."""
    query = sa.select(RUNS).where(selected(RUNS, selectors)).order_by(RUNS.c.id.desc())
    return as_rows(transaction.execute(query if last is None else query.limit(last)))


def last_requests(transaction: sa.Connection, connection: str) -> dict[str, int]:
    """How many requests the last cycle of each collection took that went well, without those that were repeated."""
    ran = (RUNS.c.connection == connection, RUNS.c.kind == "cycle", RUNS.c.state == "ok")
    last = sa.select(sa.func.max(RUNS.c.id)).where(*ran).group_by(RUNS.c.collection)
    asked = (RUNS.c.requests - RUNS.c.retries).label("asked")
    rows = transaction.execute(sa.select(RUNS.c.collection, asked).where(RUNS.c.id.in_(last)))
    return {row.collection: row.asked for row in rows}


def rejects(transaction: sa.Connection, selectors: Sequence[str] | None, *, whole: bool) -> list[dict[str, Any]]:
    """Rows of ``syncd_rejects``, oldest first; with *whole* only those of whole records."""
    query = sa.select(REJECTS).where(selected(REJECTS, selectors)).order_by(REJECTS.c.id)
    return as_rows(transaction.execute(query.where(REJECTS.c.column_name.is_(None)) if whole else query))


def close_rejects(transaction: sa.Connection, numbers: Sequence[int]) -> None:
    """Remove rejects by id."""
    for number in numbers:
        transaction.execute(sa.delete(REJECTS).where(REJECTS.c.id == number))


FRESHNESS = sa.table(
    "syncd_freshness",
    sa.column("connection", sa.Text),
    sa.column("collection", sa.Text),
    sa.column("table_name", sa.Text),
    sa.column("live_rows", sa.BigInteger),
    sa.column("last_success_at", COLLECTIONS.c.last_success_at.type),
    sa.column("cursor_at", COLLECTIONS.c.cursor_at.type),
    sa.column("lag_seconds", sa.BigInteger),
    sa.column("state", sa.Text),
    sa.column("last_error", sa.Text),
)
"""The view, as SQL expressions name it."""


def with_bookkeeping() -> sa.Join:
    """The view beside the table that it is made of."""
    c = COLLECTIONS.c
    return FRESHNESS.join(
        COLLECTIONS, sa.and_(FRESHNESS.c.connection == c.connection, FRESHNESS.c.collection == c.collection)
    )


def freshness(transaction: sa.Connection) -> list[dict[str, Any]]:
    """Rows of the view ``syncd_freshness``, with ``next_due_at`` beside them."""
    view = FRESHNESS.c
    query = sa.select(*view, COLLECTIONS.c.next_due_at).select_from(with_bookkeeping())
    return as_rows(transaction.execute(query.order_by(view.connection, view.collection)))


# --- tasks -----------------------------------------------------------------------------------------------------------
def add_task(transaction: sa.Connection, verb: str, arguments: dict[str, Any], at: datetime) -> int:
    """Ask the daemon for something; the task's id."""
    row = {"verb": verb, "arguments": arguments, "state": "asked", "asked_at": at}
    return int(transaction.execute(sa.insert(TASKS).returning(TASKS.c.id), row).scalar_one())


def tasks(transaction: sa.Connection, state: str | None) -> list[Task]:
    """Tasks in the order they were asked for, all or those in *state*."""
    query = sa.select(TASKS).order_by(TASKS.c.id)
    rows = transaction.execute(query if state is None else query.where(TASKS.c.state == state)).mappings()
    return [Task(**row) for row in rows]


def task(transaction: sa.Connection, number: int) -> Task | None:
    """The task with this number, if there is one."""
    row = transaction.execute(sa.select(TASKS).where(TASKS.c.id == number)).mappings().one_or_none()
    return None if row is None else Task(**row)


def set_task(transaction: sa.Connection, task: int, state: str, result: object, at: datetime | None) -> None:
    """Say how far a task is, and with *at* that it is finished."""
    changes = {"state": state, "result": result, "finished_at": at}
    transaction.execute(sa.update(TASKS).where(TASKS.c.id == task).values(changes))
