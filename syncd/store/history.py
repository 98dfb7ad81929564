"""What the history of runs tells about many collections at once, by indexes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from syncd.store.bookkeeping import REJECTS, RUNS, TASKS
from syncd.store.state import as_rows, selected

FAILED = ("failed", "partial")


@dataclass(frozen=True, slots=True)
class Day:
    """The runs that began on one day (UTC): how many, how many of them failed, and their sums."""

    day: date
    runs: int
    failed: int
    requests: int
    waited_s: float
    received: int
    inserted: int
    updated: int
    tombstoned: int


def days(transaction: sa.Connection, selector: str, since: datetime) -> list[Day]:
    """The days from *since* on which there were runs of *selector*, oldest first."""
    c, day = RUNS.c, sa.func.date(RUNS.c.started_at)
    sums = [sa.func.sum(c[name]) for name in ("requests", "waited_s", "received", "inserted", "updated", "tombstoned")]
    failed = sa.func.sum(sa.case((c.state.in_(FAILED), 1), else_=0))
    query = (
        sa.select(day, sa.func.count(), failed, *sums)
        .where(selected(RUNS, [selector]), c.started_at >= since)
        .group_by(day)
        .order_by(day)
    )
    return [
        Day(date.fromisoformat(str(row[0])), int(row[1]), int(row[2]), int(row[3]), float(row[4]), *map(int, row[5:]))
        for row in transaction.execute(query)
    ]


def recent(transaction: sa.Connection, selector: str, last: int) -> list[dict[str, Any]]:
    """The last runs of *selector*, newest first."""
    # By the time and not by the number: only then is there an index that has both.
    query = sa.select(RUNS).where(selected(RUNS, [selector])).order_by(RUNS.c.started_at.desc()).limit(last)
    return as_rows(transaction.execute(query))


def failures(transaction: sa.Connection, last: int) -> list[dict[str, Any]]:
    """The last runs that failed, of all connections, newest first."""
    query = sa.select(RUNS).where(RUNS.c.error.is_not(None)).order_by(RUNS.c.id.desc()).limit(last)
    return as_rows(transaction.execute(query))


def newest(transaction: sa.Connection) -> int:
    """The number of the newest run; 0 before the first."""
    return int(transaction.scalar(sa.select(sa.func.coalesce(sa.func.max(RUNS.c.id), 0))) or 0)


def since_run(transaction: sa.Connection, after: int) -> list[dict[str, Any]]:
    """The runs with a number above *after*, oldest first."""
    return as_rows(transaction.execute(sa.select(RUNS).where(RUNS.c.id > after).order_by(RUNS.c.id)))


def reject_counts(transaction: sa.Connection) -> dict[tuple[str, str], int]:
    """How many records and values are set aside, by connection and collection."""
    c = REJECTS.c
    query = sa.select(c.connection, c.collection, sa.func.count()).group_by(c.connection, c.collection)
    return {(connection, collection): number for connection, collection, number in transaction.execute(query)}


def newest_rejects(transaction: sa.Connection, selector: str | None, last: int) -> list[dict[str, Any]]:
    """What was set aside last of *selector* (None: of all), newest first, without the records themselves."""
    shown = [column for column in REJECTS.c if column.name != "record"]
    chosen = selected(REJECTS, [selector] if selector else None)
    return as_rows(transaction.execute(sa.select(*shown).where(chosen).order_by(REJECTS.c.id.desc()).limit(last)))


def open_tasks(transaction: sa.Connection) -> dict[str, int]:
    """How many tasks were asked for and how many are under way."""
    states = ("asked", "running")
    query = sa.select(TASKS.c.state, sa.func.count()).where(TASKS.c.state.in_(states)).group_by(TASKS.c.state)
    return dict.fromkeys(states, 0) | {state: number for state, number in transaction.execute(query)}  # noqa: C416 - rows are no pairs to mypy
