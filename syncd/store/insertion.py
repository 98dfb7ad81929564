"""Rows thought new, many at once: the driver's executemany on SQLite, COPY on PostgreSQL.

COPY goes in its binary form, where numbers are sent as they are in memory. To write them out as text takes three times
as long for a row of measured values, and the server has to read them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from syncd.store.engine import Database
from syncd.store.explain import altered
from syncd.store.types import Exact, JsonText, JsonValue, UTCDateTime

_COPIED: dict[type[Any], str] = {
    sa.BigInteger: "int8",
    sa.Boolean: "bool",
    sa.Date: "date",
    sa.DateTime: "timestamp",
    sa.Double: "float8",
    sa.Text: "text",
    sa.Time: "time",
    Exact: "numeric",
    JsonText: "jsonb",
    JsonValue: "jsonb",
    UTCDateTime: "timestamptz",
}
"""What PostgreSQL calls the type of a column; in binary form a value has to be exactly of it."""


class Insertion:
    """How bound rows of all columns of *table* are inserted."""

    def __init__(self, db: Database, table: sa.Table) -> None:
        quote = db.positional.identifier_preparer.quote
        names = ", ".join(quote(column.name) for column in table.columns)
        self._db, self._table = db, quote(table.name)
        self._insert = str(sa.insert(table).compile(dialect=db.positional))
        self._copy = f"COPY {quote(table.name)} ({names}) FROM STDIN (FORMAT binary)"
        self._types = {column.name: _COPIED[type(column.type)] for column in table.columns}
        self._checked: Any = None

    def write(self, cursor: Any, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert *rows*; the driver's error if one is there already."""
        if self._db.is_sqlite:
            cursor.executemany(self._insert, rows)
            return
        if self._checked is not cursor.connection:
            self._check(cursor)
        types = list(self._types.values())
        if "jsonb" in types:
            cursor.adapters.register_dumper(None, _json_as_text())
        with cursor.copy(self._copy) as copying:
            copying.set_types(types)
            for row in rows:
                copying.write_row(row)

    def _check(self, cursor: Any) -> None:
        """Once a connection, raise StoreAltered where a column has another type.

        An integer's eight bytes would be taken for a float without a word.
        """
        if wrong := self.retyped(cursor):
            what = ", ".join(f"column {name} of {self._table} has the type {told}" for name, told in wrong.items())
            raise altered(self._db.address, what)
        self._checked = cursor.connection

    def retyped(self, cursor: Any) -> dict[str, str]:
        """The columns that have another type than syncd gave them, with that type; SQLite has no types to alter."""
        if self._db.is_sqlite:
            return {}
        cursor.execute(
            "SELECT attname, format_type(atttypid, NULL), atttypid FROM pg_attribute"
            " WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
            (self._table,),
        )
        known, types = cursor.adapters.types, self._types
        return {name: told for name, told, oid in cursor.fetchall() if name in types and known[types[name]].oid != oid}


@cache
def _json_as_text() -> Any:
    """What sends JSON that is text already; the driver's own would make text of any value."""
    import psycopg  # noqa: PLC0415 - an extra, and a tenth of a second that SQLite users need not wait
    from psycopg.adapt import Dumper  # noqa: PLC0415

    class JsonAsText(Dumper):
        oid = psycopg.postgres.types["jsonb"].oid
        format = psycopg.pq.Format.BINARY

        def dump(self, obj: str) -> bytes:
            return b"\x01" + obj.encode()  # the form's version, then the text

    return JsonAsText
