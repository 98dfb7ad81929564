"""Deletions: what a complete walk did not see, by anti-join against the keys it staged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from syncd.collection import Absence, Collection, UpdatedSince
from syncd.parse import Key
from syncd.store.bookkeeping import COLLECTIONS, RUNS, STAGED
from syncd.store.keys import staged_key, staged_text
from syncd.store.schema import DELETED_AT, SYNCED_AT, CollectionTables
from syncd.store.types import postgres

_MOST_RANGES = 100_000  # that one run reads again: months of eight thousand years


def range_stage(run: int, nth: int) -> int:
    """The stage of a range that a run reads again. Negative: walks that may be resumed have the positive numbers."""
    return -(run * _MOST_RANGES + nth)


def drop_range_stages(transaction: sa.Connection, runs: Iterable[int]) -> None:
    """Forget the keys that *runs* staged for ranges; nobody resumes those."""
    for run in runs:
        mine = STAGED.c.stage.between(range_stage(run, _MOST_RANGES - 1), range_stage(run, 0))
        transaction.execute(sa.delete(STAGED).where(mine))


def drop_stages_of(transaction: sa.Connection, connection: str) -> None:
    """Forget the keys that any run of *connection* staged: a later run may get the same number."""
    runs = sa.select(RUNS.c.id).where(RUNS.c.connection == connection)
    of_range = sa.and_(STAGED.c.stage < 0, (-STAGED.c.stage // _MOST_RANGES).in_(runs))
    transaction.execute(sa.delete(STAGED).where(sa.or_(STAGED.c.stage.in_(runs), of_range)))


@dataclass(frozen=True, slots=True)
class Absent:
    """Live rows that a walk did not stage: how many of how many ``live`` ones, the first keys, and a digest of all.

    ``within`` is the number of live rows inside the bounds asked about.
    """

    count: int
    live: int
    keys: list[Key]
    digest: str
    within: int


def live_rows(
    connection: str, tables: CollectionTables, made_from: datetime | None = None, made_to: datetime | None = None
) -> sa.ColumnElement[bool]:
    """The condition for live rows of *connection*, made in the inclusive bounds if given."""
    table = tables.main
    conditions = [table.c.connection == connection, table.c[DELETED_AT].is_(None)]
    if made_from is not None or made_to is not None:
        made = made_column(tables)
        conditions += [made >= made_from] if made_from is not None else []
        conditions += [made <= made_to] if made_to is not None else []
    return sa.and_(*conditions)


def made_column(tables: CollectionTables) -> sa.Column[datetime]:
    """The column that holds when a record came to be; TypeError for a collection that has none."""
    strategy = tables.collection.strategy
    if not isinstance(strategy, UpdatedSince):
        raise TypeError(f"{tables.collection.name} does not say when its records were made")
    return tables.main.c[strategy.made]


Asked = tuple[tuple[str, ...], int]
"""Our columns that name a parent, and the stage that holds the parents asked."""


def _staged(transaction: sa.Connection, table: sa.Table, names: Sequence[str], stage: int) -> sa.ColumnElement[bool]:
    """The condition for rows whose columns *names* are staged."""
    # An alias: a row may be looked for in two stages.
    staged = STAGED.alias()
    seen: sa.Select[*tuple[Any, ...]] = sa.select(sa.literal_column("1")).select_from(staged)
    same = staged.c.key == staged_text([table.c[name] for name in names], transaction.dialect.name)
    return sa.exists(seen.where(staged.c.stage == stage, same).correlate(table))


def _judged(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    *,
    made_from: datetime | None,
    made_to: datetime | None,
    asked: Asked | None,
) -> sa.ColumnElement[bool]:
    """The condition for the live rows about which a walk can tell: made in the bounds, of the parents asked."""
    live = live_rows(connection, tables, made_from, made_to)
    return live if asked is None else sa.and_(live, _staged(transaction, tables.main, *asked))


def _by_hash(transaction: sa.Connection) -> None:
    """Have PostgreSQL compare rows and staged keys in one go for the rest of the transaction.

    The staging is filled and emptied faster than statistics are gathered: taken for empty, it would be looked through
    once for every row, which is minutes for a hundred thousand of them.
    """
    if transaction.dialect.name == "postgresql":
        transaction.exec_driver_sql("SET LOCAL enable_nestloop = off")


def absent(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    stage: int,
    *,
    made_from: datetime | None,
    made_to: datetime | None,
    limit: int,
    asked: Asked | None = None,
) -> Absent:
    """See ``Absent``; at most *limit* keys, sorted. The digest is over every absent key, so that two walks compare."""
    table, key = tables.main, tables.collection.key
    columns = [table.c[name] for name in key]
    live = _judged(transaction, connection, tables, made_from=made_from, made_to=made_to, asked=asked)
    unbounded = made_from is None and made_to is None and asked is None
    _by_hash(transaction)
    within = transaction.scalar(sa.select(sa.func.count()).select_from(table).where(live)) or 0
    if unbounded and within == staged_count(transaction, stage, bounded=False):
        # Every staged key is a live row: as many of the one as of the other, and none is missing.
        return Absent(0, within, [], hashlib.sha256().hexdigest(), within)
    query = sa.select(*columns).where(live, ~_staged(transaction, table, key, stage)).order_by(*columns)
    digest, count = hashlib.sha256(), 0
    keys: list[Key] = []
    for row in transaction.execute(query):
        count += 1
        digest.update(staged_key(tuple(row)).encode() + b"\n")
        if len(keys) < limit:
            keys.append(tuple(row))
    total = within if unbounded else _live_count(transaction, connection, tables.collection)
    return Absent(count, total, keys, digest.hexdigest(), within)


def _live_count(transaction: sa.Connection, connection: str, collection: Collection) -> int:
    query = sa.select(COLLECTIONS.c.live_rows).where(
        COLLECTIONS.c.connection == connection, COLLECTIONS.c.collection == collection.name
    )
    return transaction.scalar(query) or 0


def bury(
    transaction: sa.Connection, connection: str, tables: CollectionTables, keys: Iterable[Key], at: datetime
) -> int:
    """Tombstone the live rows among *keys*, or remove them where the declaration says so; how many."""
    count = 0
    for key in sorted(set(keys)):
        pairs = zip(tables.collection.key, key, strict=True)
        count += _bury(transaction, connection, tables, sa.and_(*(tables.main.c[n] == v for n, v in pairs)), at)
    return _counted(transaction, connection, tables, count)


def bury_absent(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    stage: int,
    at: datetime,
    *,
    made_from: datetime | None = None,
    made_to: datetime | None = None,
    asked: Asked | None = None,
) -> int:
    """The same for every live row that *stage* does not hold, of the parents *asked* if given."""
    judged = _judged(transaction, connection, tables, made_from=made_from, made_to=made_to, asked=asked)
    _by_hash(transaction)
    which = sa.and_(judged, ~_staged(transaction, tables.main, tables.collection.key, stage))
    return _counted(transaction, connection, tables, _bury(transaction, connection, tables, which, at))


def bury_orphans(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    link: Sequence[tuple[str, str]],
    parents: sa.Table,
    at: datetime,
) -> int:
    """The same for every live row whose parent is a tombstone; *link* pairs our columns with the parent's."""
    same = [parents.c[theirs] == tables.main.c[ours] for ours, theirs in link]
    parent: sa.Select[*tuple[Any, ...]] = (
        sa.select(sa.literal_column("1"))
        .select_from(parents)
        .where(parents.c.connection == connection, parents.c[DELETED_AT].is_not(None), *same)
        .correlate(tables.main)
    )
    return _counted(transaction, connection, tables, _bury(transaction, connection, tables, sa.exists(parent), at))


def stage_keys(transaction: sa.Connection, stage: int, keys: Iterable[Key]) -> int:
    """Stage *keys* of parents; how many different ones."""
    rows = [{"stage": stage, "key": text, "bounded": False} for text in sorted({staged_key(key) for key in keys})]
    make = sqlite.insert if transaction.dialect.name == "sqlite" else postgres().insert
    if rows:
        transaction.execute(make(STAGED).on_conflict_do_nothing(), rows)
    return len(rows)


def _bury(
    transaction: sa.Connection,
    connection: str,
    tables: CollectionTables,
    which: sa.ColumnElement[bool],
    at: datetime,
) -> int:
    table = tables.main
    which = sa.and_(live_rows(connection, tables), which)
    if tables.collection.absence is Absence.KEEP:
        return 0
    if tables.collection.absence is Absence.TOMBSTONE:
        return transaction.execute(sa.update(table).where(which).values({DELETED_AT: at, SYNCED_AT: at})).rowcount
    return remove(transaction, connection, tables, which)


def remove(transaction: sa.Connection, connection: str, tables: CollectionTables, which: sa.ColumnElement[bool]) -> int:
    """Remove the rows of *connection* for which *which* holds, and their children; how many."""
    table = tables.main
    for child, child_table in tables.children:
        same = (
            child_table.c[ours] == table.c[theirs]
            for ours, theirs in zip(child.parent_key, tables.collection.key, strict=True)
        )
        parent: sa.Select[*tuple[Any, ...]] = (
            sa.select(sa.literal_column("1")).select_from(table).where(which, *same).correlate(child_table)
        )
        transaction.execute(sa.delete(child_table).where(child_table.c.connection == connection, sa.exists(parent)))
    return transaction.execute(sa.delete(table).where(which)).rowcount


def _counted(transaction: sa.Connection, connection: str, tables: CollectionTables, count: int) -> int:
    lower_live_rows(transaction, connection, tables.collection.name, count)
    return count


def lower_live_rows(transaction: sa.Connection, connection: str, collection: str, count: int) -> None:
    """Note that *count* live rows of a collection are gone."""
    if count:
        transaction.execute(
            sa.update(COLLECTIONS)
            .where(COLLECTIONS.c.connection == connection, COLLECTIONS.c.collection == collection)
            .values(live_rows=COLLECTIONS.c.live_rows - count)
        )


def staged_count(transaction: sa.Connection, stage: int, *, bounded: bool) -> int:
    """Keys staged under *stage*: all, or with *bounded* only those made before the walk began."""
    query = sa.select(sa.func.count()).select_from(STAGED).where(STAGED.c.stage == stage)
    return transaction.scalar(query.where(STAGED.c.bounded.is_(True)) if bounded else query) or 0


def drop_stage(transaction: sa.Connection, stage: int) -> None:
    """Forget the keys of *stage*."""
    others = transaction.execute(sa.select(STAGED.c.stage).where(STAGED.c.stage != stage).limit(1)).first()
    # SQLite empties a whole table without looking at its rows.
    every = sa.delete(STAGED)
    transaction.execute(every.where(STAGED.c.stage == stage) if others else every)
