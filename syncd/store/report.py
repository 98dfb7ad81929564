"""Questions in SQL from outside, answered read-only: what a report would ask of the copy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from syncd.store.engine import Database


@dataclass(frozen=True, slots=True)
class Answered:
    """The names of the columns and the rows, as the driver gives them."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def ask(url: str, questions: Iterable[str]) -> list[Answered]:
    """Each SELECT of *questions* answered in one read-only transaction, so that they agree. Raises StoreError."""
    database = Database(url, read_only=True)
    try:
        database.open(create=False)
        with database.transaction() as transaction:
            return [_answered(transaction.exec_driver_sql(question)) for question in questions]
    finally:
        database.close()


def table_sizes(url: str, tables: Iterable[str]) -> dict[str, int]:
    """Rows of each table, tombstones included. Raises StoreError."""
    named = list(tables)
    counts = [str(sa.select(sa.func.count()).select_from(sa.table(name))) for name in named]
    return {name: int(found.rows[0][0]) for name, found in zip(named, ask(url, counts), strict=True)}


def _answered(result: sa.CursorResult[Any]) -> Answered:
    return Answered(tuple(result.keys()), [tuple(row) for row in result])
