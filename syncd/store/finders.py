"""Questions that runs ask of the mirrored rows: counts to compare with the vendor's, rows that disagree."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.collection import Reconciliation
from syncd.parse import Key
from syncd.store.schema import DELETED_AT, SYNCED_AT, CollectionTables
from syncd.store.tombstone import live_rows, made_column


def made_count(transaction: sa.Connection, connection: str, tables: CollectionTables, until: datetime) -> int:
    """Live rows made until and including *until*."""
    query = sa.select(sa.func.count()).select_from(tables.main).where(live_rows(connection, tables, None, until))
    return transaction.scalar(query) or 0


def made_by_month(
    transaction: sa.Connection, connection: str, tables: CollectionTables, until: datetime
) -> dict[tuple[int, int], int]:
    """Live rows made until and including *until* by UTC year and month; rows without that time are left out."""
    made = made_column(tables)
    year, month = sa.extract("year", made), sa.extract("month", made)
    query = (
        sa.select(year, month, sa.func.count())
        .where(live_rows(connection, tables, None, until), made.is_not(None))
        .group_by(year, month)
    )
    return {(int(y), int(m)): count for y, m, count in transaction.execute(query)}


def succeeded(
    transaction: sa.Connection, connection: str, tables: CollectionTables, successor: sa.Table, since: datetime | None
) -> list[Key]:
    """Live rows whose key is live in *successor* too and changed there at or after *since* (None: ever)."""
    table, key = tables.main, tables.collection.key
    same = sa.and_(
        successor.c.connection == table.c.connection,
        successor.c[DELETED_AT].is_(None),
        *(successor.c[name] == table.c[name] for name in key),
    )
    columns = [table.c[name] for name in key]
    query = sa.select(*columns).select_from(table.join(successor, same)).where(live_rows(connection, tables))
    if since is not None:
        query = query.where(successor.c[SYNCED_AT] >= since)
    return [tuple(row) for row in transaction.execute(query.order_by(*columns))]


def disagreeing(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    rule: Reconciliation,
    parents: CollectionTables,
    since: datetime | None,
) -> list[Any]:
    """Ids of live parents changed here at or after *since* whose state no newest row of theirs has.

    Parents without any row do not disagree: an account may not keep this history at all.
    """
    parent, row = parents.main, tables.main
    key = parents.main.c[parents.collection.key[0]]
    of_parent = sa.and_(row.c.connection == parent.c.connection, row.c[rule.link] == key, row.c[DELETED_AT].is_(None))
    newest = row.alias("newest")
    made = made_column(tables).name
    latest = (
        sa.select(sa.func.max(newest.c[made]))
        .where(
            newest.c.connection == parent.c.connection,
            newest.c[rule.link] == key,
            newest.c[DELETED_AT].is_(None),
        )
        .correlate(parent)
        .scalar_subquery()
    )
    some = sa.exists(sa.select(sa.literal_column("1")).select_from(row).where(of_parent).correlate(parent))
    agrees = sa.exists(
        sa.select(sa.literal_column("1"))
        .select_from(row)
        .where(of_parent, row.c[made] == latest, row.c[rule.state] == parent.c[rule.parent_state])
        .correlate(parent)
    )
    query = sa.select(key).where(
        live_rows(connection, parents), parent.c[rule.parent_state].is_not(None), some, ~agrees
    )
    if since is not None:
        query = query.where(parent.c[SYNCED_AT] >= since)
    return list(transaction.scalars(query.order_by(key)))


def rows_of(
    transaction: sa.Connection, connection: str, tables: CollectionTables, column: str, value: Any
) -> list[Key]:
    """Keys of the live rows whose *column* equals *value*."""
    table = tables.main
    columns = [table.c[name] for name in tables.collection.key]
    query = sa.select(*columns).where(live_rows(connection, tables), table.c[column] == value).order_by(*columns)
    return [tuple(row) for row in transaction.execute(query)]
