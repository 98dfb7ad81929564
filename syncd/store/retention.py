"""Rows older than they are kept here: removed with their children, a piece at a time."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from syncd.collection import Kind, Windows
from syncd.store.schema import DELETED_AT, CollectionTables
from syncd.store.tombstone import lower_live_rows, remove
from syncd.store.windows import day_of, wall_of

AT_ONCE = 20_000
"""Rows removed in one transaction: seconds at most, so that nobody waits long for the writer."""


def trim(transaction: sa.Connection, connection: str, tables: CollectionTables, before: datetime) -> int:
    """Remove the oldest rows that began before *before*, about ``AT_ONCE`` of them; how many. 0: there are none left.

    What stands for a time is as in ``Within``.
    """
    strategy = tables.collection.strategy
    if not isinstance(strategy, Windows):
        raise TypeError(f"{tables.collection.name} has no rows of a time")
    start, mine = tables.main.c[strategy.start], tables.main.c.connection == connection
    old = sa.and_(mine, start < _bound(tables.collection.column(strategy.start).kind, before))
    begins = sa.select(start).where(old).order_by(start)
    last = transaction.execute(begins.offset(AT_ONCE - 1).limit(1)).scalar()
    if last is not None:
        old = sa.and_(mine, start <= last)  # all of one instant go together
    live = sa.select(sa.func.count()).select_from(tables.main).where(old, tables.main.c[DELETED_AT].is_(None))
    lower_live_rows(transaction, connection, tables.collection.name, transaction.execute(live).scalar_one())
    return remove(transaction, connection, tables, old)


def _bound(kind: Kind, moment: datetime) -> date | datetime:
    if kind is Kind.DATE:
        return day_of(moment)
    return wall_of(moment) if kind is Kind.LOCAL_DATETIME else moment
