"""Questions that runs ask of the mirrored rows: counts to compare with the vendor's, rows that disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.collection import Reconciliation
from syncd.parse import Key
from syncd.store.schema import DELETED_AT, SYNCED_AT, CollectionTables
from syncd.store.tombstone import live_rows, made_column
from syncd.store.types import instant_text


@dataclass(frozen=True, slots=True)
class ParentRow:
    """A live row that may be asked for: its key, some columns by name, and its mark (instants as UTC text)."""

    key: Key
    values: dict[str, Any]
    mark: str | None = None


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


def parents(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    *,
    columns: Sequence[str],
    mark: str | None = None,
    mark_in: CollectionTables | None = None,
) -> list[ParentRow]:
    """Live rows by key with *columns* and the value of *mark*, from *mark_in*'s row under the same key if given."""
    table, key = tables.main, tables.collection.key
    source: sa.FromClause = table
    shown: list[sa.ColumnElement[Any]] = [*(table.c[name] for name in key), *(table.c[name] for name in columns)]
    if mark is not None:
        marked = table if mark_in is None else mark_in.main.alias("marked")
        shown.append(marked.c[mark])
        if mark_in is not None:
            pairs = zip(key, mark_in.collection.key, strict=True)
            same = [marked.c[theirs] == table.c[ours] for ours, theirs in pairs]
            live = (marked.c.connection == table.c.connection, marked.c[DELETED_AT].is_(None))
            source = table.join(marked, sa.and_(*same, *live), isouter=True)
    query = sa.select(*shown).select_from(source).where(live_rows(connection, tables))
    width = len(key)
    return [
        ParentRow(
            tuple(row[:width]),
            dict(zip(columns, row[width : width + len(columns)], strict=True)),
            None if mark is None else _mark(row[-1]),
        )
        for row in transaction.execute(query.order_by(*shown[:width]))
    ]


def _mark(value: object) -> str | None:
    if isinstance(value, datetime):
        return instant_text(value) if value.tzinfo else value.isoformat(" ", "microseconds")
    return None if value is None else str(value)


def with_rows(
    transaction: sa.Connection, connection: str, tables: CollectionTables, columns: Sequence[str]
) -> set[tuple[Any, ...]]:
    """The different values of *columns* among live rows."""
    shown = [tables.main.c[name] for name in columns]
    query = sa.select(*shown).where(live_rows(connection, tables)).distinct()
    return {tuple(row) for row in transaction.execute(query)}


def earliest(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    columns: Sequence[str],
    time_column: str,
    flag_column: str,
) -> dict[tuple[Any, ...], datetime]:
    """By values of *columns* the earliest time of the live rows whose flag is false."""
    table = tables.main
    shown = [table.c[name] for name in columns]
    at = table.c[time_column]
    query = sa.select(*shown, sa.type_coerce(sa.func.min(at), at.type)).where(
        live_rows(connection, tables), table.c[flag_column].is_(sa.false())
    )
    found = transaction.execute(query.group_by(*shown))
    return {tuple(row[:-1]): row[-1] for row in found if row[-1] is not None}
