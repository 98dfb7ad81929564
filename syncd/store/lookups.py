"""Lookup tables: small, gathered from objects embedded in records, only ever added to or renamed.

What they contain is remembered, so that a page that brings nothing new costs no statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from syncd.parse import Key, Rows
from syncd.store.bookkeeping import LOOKUPS
from syncd.store.engine import Database
from syncd.store.keys import staged_key
from syncd.store.schema import Schema
from syncd.store.statements import LookupStatements, Row, Times, compiled, readable, upsert
from syncd.store.types import dumps


@dataclass(slots=True)
class _Held:
    """What one lookup table holds for one connection."""

    rows: dict[Key, Row]
    times: dict[Key, Times]


@dataclass(slots=True)
class Written:
    """What one page wrote to lookup tables, to be remembered once it is committed."""

    connection: str
    rows: dict[str, dict[Key, Row]] = field(default_factory=dict)
    times: dict[str, dict[Key, Times]] = field(default_factory=dict)


class LookupWriter:
    """Writes lookups to one database; one thread only."""

    def __init__(self, db: Database, schema: Schema) -> None:
        self._db = db
        self._schema = schema
        self._statements: dict[str, LookupStatements] = {}
        self._held: dict[tuple[str, str], _Held] = {}
        ours = (LOOKUPS.c.connection == sa.bindparam("connection"), LOOKUPS.c.table_name == sa.bindparam("table_name"))
        self._stored_times = compiled(db, sa.select(LOOKUPS.c.key, readable(db, LOOKUPS.c.seen)).where(*ours))
        self._put_times = compiled(db, upsert(db, LOOKUPS))
        self._tables = {
            (vendor, name): table
            for table, (lookup, _) in schema.lookups.items()
            for vendor in {t.vendor for t in schema.collections.values()}
            for name in (lookup.name, lookup.table)
        }

    def forget(self) -> None:
        """Drop what is remembered of the tables' contents."""
        self._held.clear()

    def settle(self, written: Written) -> None:
        """The transaction of *written* is committed."""
        for table, rows in written.rows.items():
            self._held[written.connection, table].rows.update(rows)
        for table, times in written.times.items():
            self._held[written.connection, table].times.update(times)

    def write(self, cursor: Any, connection: str, vendor: str, found: Rows, moment: Any) -> Written:
        """Add what is new, renamed or seen later; *moment* is our time in the driver's form."""
        written = Written(connection)
        for name, rows in found.lookups.items():
            if not rows:
                continue
            table = self._tables[vendor, name]
            statements = self._of(table)
            held = self._stored(cursor, connection, statements)
            seen = found.seen.get(name) or {}
            changed: dict[Key, Row] = {}
            moved: dict[Key, Times] = {}
            for row in rows:
                given = statements.key_of(row)
                bound = statements.bind(row)
                key = statements.key_of(bound)
                before = changed.get(key) or held.rows.get(key)
                merged, times = bound, seen.get(given)
                if times is not None:
                    known = moved.get(key) or held.times.get(key)
                    merged, times = statements.latest(before, known, bound, times)
                    if times != known:
                        moved[key] = times
                elif before is not None:
                    # A record may embed an object without its name: that says nothing about the name.
                    merged = tuple(b if b is not None else a for a, b in zip(before, bound, strict=True))
                if merged != before:
                    changed[key] = merged
            if changed:
                parameters = [(connection, *changed[key], moment) for key in sorted(changed)]
                cursor.executemany(statements.upsert.sql, parameters)
                written.rows[table] = changed
            if moved:
                self._write_times(cursor, connection, statements, moved)
                written.times[table] = moved
        return written

    def _write_times(self, cursor: Any, connection: str, statements: LookupStatements, moved: dict[Key, Times]) -> None:
        rows = [
            (connection, statements.table, staged_key(key), dumps(dict(zip(statements.dated, times, strict=True))))
            for key, times in sorted(moved.items())
        ]
        cursor.executemany(self._put_times.sql, rows)

    def _stored(self, cursor: Any, connection: str, statements: LookupStatements) -> _Held:
        found = self._held.get((connection, statements.table))
        if found is None:
            cursor.execute(statements.stored.sql, (connection,))
            rows = {statements.key_of(row): row for row in map(tuple, cursor.fetchall())}
            found = _Held(rows, {})
            if statements.is_dated:
                found.times = self._times(cursor, connection, statements, rows)
            self._held[connection, statements.table] = found
        return found

    def _times(
        self, cursor: Any, connection: str, statements: LookupStatements, rows: Iterable[Key]
    ) -> dict[Key, Times]:
        asked = {"connection": connection, "table_name": statements.table}
        cursor.execute(self._stored_times.sql, self._stored_times.row(asked))
        stored = {text: json.loads(seen) for text, seen in cursor.fetchall()}
        keys = ((key, stored.get(staged_key(key))) for key in rows)
        return {key: tuple(seen.get(name) for name in statements.dated) for key, seen in keys if seen is not None}

    def _of(self, table: str) -> LookupStatements:
        found = self._statements.get(table)
        if found is None:
            lookup, made = self._schema.lookups[table]
            found = self._statements[table] = LookupStatements(self._db, lookup, made)
        return found
