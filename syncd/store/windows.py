"""The live rows of a range of time that was read again: which of them did not come."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from syncd.collection import Kind
from syncd.parse import Key
from syncd.store.engine import Database
from syncd.store.keys import staged_key
from syncd.store.schema import DELETED_AT, CollectionTables
from syncd.store.statements import Row, compiled, matching
from syncd.store.types import binder, dumps


@dataclass(frozen=True, slots=True)
class Within:
    """The live rows that lie wholly in [start, end): begun at or after ``start``, ended before ``end``.

    ``columns`` hold one of the tuples of ``any_of``; without columns it is every row of the connection.
    ``start_column`` holds a row's time, ``end_column`` that of its end ("" or null: the same). ``start`` and ``end``
    are aware; against a DATE each day stands for its midnight, local times are compared as UTC's wall clock shows them.
    """

    columns: tuple[str, ...]
    any_of: tuple[tuple[Any, ...], ...]
    start_column: str
    end_column: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Missing:
    """Of ``inside`` live rows of a range the ``keys`` that did not come: sorted, in the database's own form."""

    inside: int = 0
    keys: tuple[Key, ...] = ()

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """A short text for each key (64 bits), the same for the same key at any time."""
        return tuple(hashlib.blake2b(staged_key(key).encode(), digest_size=8).hexdigest() for key in self.keys)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over every key, so that two readings compare."""
        return hashlib.sha256("".join(f"{staged_key(key)}\n" for key in self.keys).encode()).hexdigest()


class InsideStatement:
    """SELECT of the keys inside a ``Within`` of one form, for one collection."""

    def __init__(self, db: Database, tables: CollectionTables, within: Within) -> None:
        table, name = tables.main, "sqlite" if db.is_sqlite else "postgresql"
        start, end = table.c[within.start_column], table.c[within.end_column or within.start_column]
        from_, to = sa.bindparam("start", type_=start.type), sa.bindparam("end", type_=start.type)
        # The second condition adds nothing but the upper end of a stretch of the index.
        conditions = [start >= from_, start < to, table.c[DELETED_AT].is_(None)]
        if within.end_column:
            conditions.append(sa.func.coalesce(end, start) < to)
        shown = [table.c[key] for key in tables.collection.key]
        self.statement = compiled(db, matching(db, table, within.columns, shown, conditions))
        column = tables.collection.column
        self._kind = column(within.start_column).kind
        self._bind_time = binder(self._kind, name)
        self._binders = [binder(column(part).kind, name) for part in within.columns]

    def parameters(self, connection: str, within: Within) -> Row:
        """The statement's parameters."""
        wanted = [
            [value if bind is None else bind(value) for value, bind in zip(values, self._binders, strict=True)]
            for values in (within.any_of if within.columns else [()])
        ]
        bounds = {"start": self._time(within.start), "end": self._time(within.end)}
        return self.statement.row({"connection": connection, "keys": dumps(wanted), **bounds})

    def _time(self, moment: datetime) -> Any:
        value: datetime | date = moment
        if self._kind is Kind.DATE:
            value = day_of(moment)
        elif self._kind is Kind.LOCAL_DATETIME:
            value = wall_of(moment)
        return value if self._bind_time is None else self._bind_time(value)


def wall_of(moment: datetime) -> datetime:
    """*moment* as UTC's wall clock shows it, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def day_of(moment: datetime) -> date:
    """The first day whose midnight is not before *moment*."""
    wall = wall_of(moment)
    return (wall + timedelta(days=1) - timedelta(microseconds=1)).date()


def missing(inside: Sequence[Key], came: set[Key]) -> Missing:
    """Of the rows *inside* those that are not among the keys that *came*, all in the database's form."""
    return Missing(len(inside), tuple(sorted(key for key in inside if key not in came)))
