"""All collections at a glance: added up where there are many of them, one by one where somebody looks closer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.store.bookkeeping import CHANGED, COLLECTIONS, RUNS
from syncd.store.state import FRESHNESS, as_rows, with_bookkeeping


@dataclass(frozen=True, slots=True)
class Total:
    """What the collections of *connection* that are in one *state* come to."""

    connection: str
    state: str
    collections: int
    rows: int
    next_due_at: datetime | None
    changed_at: datetime | None
    lag_seconds: int | None


def totals(transaction: sa.Connection, connection: str | None) -> list[Total]:
    """What the collections of *connection* (None: of each) in each state come to: the times that come first or last."""
    view, changed = FRESHNESS.c, _changed()
    query = (
        sa.select(
            view.connection,
            view.state,
            sa.func.count(),
            sa.func.sum(view.live_rows),
            sa.func.min(COLLECTIONS.c.next_due_at),
            sa.func.max(changed),
            sa.func.max(view.lag_seconds),
        )
        .select_from(with_bookkeeping())
        .group_by(view.connection, view.state)
        .order_by(view.connection)
    )
    if connection is not None:
        query = query.where(view.connection == connection)
    return [
        Total(name, state, number, int(rows or 0), due, at, None if lag is None else int(lag))
        for name, state, number, rows, due, at, lag in transaction.execute(query)
    ]


def shown(
    transaction: sa.Connection, connection: str | None, states: Sequence[str] | None, last: int
) -> list[dict[str, Any]]:
    """Rows of the view with what the page shows beside them, in the order of their names, at most *last*."""
    view, c = FRESHNESS.c, COLLECTIONS.c
    more = (c.next_due_at, c.late_after_s, c.failures, c.error_class, _changed().label("changed_at"))
    query = sa.select(*view, *more).select_from(with_bookkeeping())
    if connection is not None:
        query = query.where(view.connection == connection)
    if states is not None:
        query = query.where(view.state.in_(states))
    return as_rows(transaction.execute(query.order_by(view.connection, view.collection).limit(last)))


def _changed() -> sa.ScalarSelect[datetime | None]:
    """When the last run of a collection began that changed a row: the first entry of an index."""
    c, r = COLLECTIONS.c, RUNS.c
    newest = sa.select(sa.func.max(r.started_at))
    return newest.where(r.connection == c.connection, r.collection == c.collection, CHANGED).scalar_subquery()
