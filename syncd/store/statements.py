"""The statements that write pages, compiled once to the driver's own words, and what their values pass through."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from syncd.collection import Absence, Child, Column, Kind, Lookup
from syncd.parse import Key
from syncd.store.bookkeeping import COLLECTIONS, CURSORS, RUNS, STAGED
from syncd.store.engine import Database
from syncd.store.insertion import Insertion
from syncd.store.schema import DELETED_AT, EXTRA, HASH, SYNCED_AT, CollectionTables
from syncd.store.types import Binder, JsonText, JsonValue, binder, dumps, postgres

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Row = tuple[Any, ...]
Times = tuple[str | None, ...]
"""When each column's value but the key's was seen (UTC text); None where that is not known."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL for a driver's cursor, and the names of its parameters in order."""

    sql: str
    names: tuple[str, ...]

    def row(self, values: Mapping[str, Any]) -> Row:
        """The parameters as the driver takes them."""
        return tuple(values[name] for name in self.names)


def compiled(db: Database, statement: sa.ClauseElement) -> Statement:
    """*statement* in the words of *db*'s driver."""
    made = statement.compile(dialect=db.positional)
    return Statement(str(made), tuple(made.positiontup or ()))  # type: ignore[attr-defined]


def upsert(db: Database, table: sa.Table) -> sa.Insert:
    """Insert a row of all columns, or set all but the key where it exists."""
    make = sqlite.insert if db.is_sqlite else postgres().insert
    insert = make(table)
    others = {c.name: insert.excluded[c.name] for c in table.columns if not c.primary_key}
    keys = [c.name for c in table.primary_key.columns]
    if not others:
        return insert.on_conflict_do_nothing(index_elements=keys)
    return insert.on_conflict_do_update(index_elements=keys, set_=others)


def by_keys(
    db: Database, table: sa.Table, names: Sequence[str], shown: Sequence[sa.ColumnElement[Any]]
) -> sa.Select[*tuple[Any, ...]]:
    """SELECT *shown* of a ``connection``'s rows whose columns *names* equal one of ``keys``, a JSON array of arrays."""
    return matching(db, table, names, shown, ())


def matching(
    db: Database,
    table: sa.Table,
    names: Sequence[str],
    shown: Sequence[sa.ColumnElement[Any]],
    conditions: Sequence[sa.ColumnElement[bool]],
) -> sa.Select[*tuple[Any, ...]]:
    """The same of the rows that also meet *conditions*.

    The statement is the same for any number of keys, so that it is prepared once; to make an array of the driver's own
    takes longer than to write JSON. Either form looks every key up by itself: without statistics both databases believe
    that it is as good to read all rows of the connection, for every page.
    """
    ours = table.c.connection == sa.bindparam("connection")
    columns = [table.c[name] for name in names]
    if db.is_sqlite:
        listed = sa.func.json_each(sa.bindparam("keys", type_=sa.Text)).table_valued("value", name="asked")
        parts = [sa.func.json_extract(listed.c.value, sa.literal_column(f"'$[{i}]'")) for i in range(len(columns))]
        equal = sa.and_(ours, *(c == part for c, part in zip(columns, parts, strict=True)), *conditions)
        # Only an outer join keeps its order. Keys that are not there give a row of nulls, which the caller skips: a
        # condition against those would turn it into an inner join again.
        return sa.select(*shown).select_from(listed.join(table, equal, isouter=True))
    elements = sa.func.jsonb_array_elements(sa.cast(sa.bindparam("keys", type_=sa.Text), postgres().JSONB))
    asked = elements.table_valued(sa.column("value", postgres().JSONB), name="asked").render_derived()
    texts = [asked.c.value.op("->>")(sa.literal_column(str(i))) for i in range(len(columns))]
    equal = sa.and_(ours, *(c == sa.cast(text, c.type) for c, text in zip(columns, texts, strict=True)), *conditions)
    labelled = [column.label(f"c{i}") for i, column in enumerate(shown)]
    # OFFSET 0 keeps the planner from joining the other way round.
    found = sa.select(*labelled).where(equal).correlate(asked).offset(sa.literal_column("0")).lateral("found")
    return sa.select(*found.c).select_from(asked.join(found, sa.true()))


def readable(db: Database, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """JSON as text: the driver would decode it."""
    return sa.cast(column, sa.Text) if isinstance(column.type, JsonText | JsonValue) and not db.is_sqlite else column


def _binders(db: Database, columns: Sequence[Column]) -> tuple[tuple[int, Binder], ...]:
    name = "sqlite" if db.is_sqlite else "postgresql"
    found = ((i, binder(column.kind, name)) for i, column in enumerate(columns))
    return tuple((i, b) for i, b in found if b is not None)


def _bound(binders: Sequence[tuple[int, Binder]], row: Row) -> Row:
    if not binders:
        return row
    values = list(row)
    for i, bind in binders:
        value = values[i]
        if value is not None:
            values[i] = bind(value)
    return tuple(values)


def _picker(names: Sequence[str], columns: Sequence[str]) -> Callable[[Row], Key]:
    """A function from a row of *columns* to the tuple of *names*."""
    places = [columns.index(name) for name in names]
    if len(places) == 1:
        place = places[0]
        return lambda row: (row[place],)
    return itemgetter(*places)


def _same(json_places: Sequence[int], old: Row, new: Row) -> bool:
    """Whether two rows hold the same values; JSON is compared as values, for PostgreSQL reorders members."""
    if old == new:
        return True
    if not json_places:
        return False
    for i, (a, b) in enumerate(zip(old, new, strict=True)):
        if a == b:
            continue
        if i not in json_places or a is None or b is None or _read(a) != _read(b):
            return False
    return True


def _read(text: str) -> Any:
    """JSON with exact numbers: PostgreSQL writes 1e30 out in full, which as an integer is not the float 1e30."""
    return json.loads(text, parse_float=_number, parse_int=_number)


def _number(text: str) -> tuple[str, Decimal]:
    """A number that is not equal to a boolean, as Python's own would be."""
    return "number", Decimal(text)


def key_parameters(statement: Statement, connection: str, keys: Sequence[Row]) -> Row:
    """Parameters of a statement made by ``by_keys``."""
    return statement.row({"connection": connection, "keys": dumps(keys)})


def bound_values(key: Row) -> dict[str, Any]:
    """Parameters ``k0`` … of the statements for one row, whose key has the driver's form already."""
    return {f"k{i}": value for i, value in enumerate(key)}


def _bury(table: sa.Table, live: sa.ColumnElement[bool], absence: Absence) -> sa.Update | sa.Delete:
    """What is done to one row that a window did not bring again; a log that lost a row keeps it as a tombstone."""
    if absence is Absence.REMOVE:
        return sa.delete(table).where(live)
    return sa.update(table).where(live).values({SYNCED_AT: sa.bindparam("at"), DELETED_AT: sa.bindparam("at")})


class CollectionStatements:
    """The statements of one collection's main table; those of its children are in ``children``."""

    def __init__(self, db: Database, tables: CollectionTables) -> None:
        self.vendor = tables.vendor
        self.collection = tables.collection
        table, key = tables.main, tables.collection.key
        self.binders = _binders(db, self.collection.stored)
        # Of rows that are not given back: PostgreSQL's driver takes any aware instant, SQLite's text that is right.
        self._stamped = tuple((i, b) for i, b in self.binders if self.collection.stored[i].kind is not Kind.INSTANT)
        self._unstamped = self.binders if db.is_sqlite else self._stamped
        key_columns = [self.collection.column(name) for name in key]
        self.key_binders = _binders(db, key_columns)
        self._json = frozenset(
            [i for i, c in enumerate(self.collection.stored) if c.kind is Kind.JSON] + [len(self.collection.stored)]
        )
        columns = [table.c[name] for name in key]
        ours = table.c.connection == sa.bindparam("connection")
        gone = table.c[DELETED_AT].is_not(None)
        self.known = compiled(db, by_keys(db, table, key, [*columns, table.c[HASH], gone]))
        stored = [readable(db, table.c[c.name]) for c in self.collection.stored]
        shown = [*columns, *stored, readable(db, table.c[EXTRA]), table.c[HASH], gone]
        self.stored = compiled(db, by_keys(db, table, key, shown))
        self.insert = Insertion(db, table)
        self.upsert = compiled(db, upsert(db, table))
        one = sa.and_(ours, *(c == sa.bindparam(f"k{i}") for i, c in enumerate(columns)))
        self.rehash = compiled(db, sa.update(table).where(one).values({HASH: sa.bindparam("hash")}))
        self.revive = compiled(
            db,
            sa.update(table).where(one).values({SYNCED_AT: sa.bindparam("at"), DELETED_AT: sa.null()}),
        )
        self.bury = compiled(db, _bury(table, sa.and_(one, table.c[DELETED_AT].is_(None)), tables.collection.absence))
        self.children = tuple(ChildStatements(db, child, table) for child, table in tables.children)

    def bind(self, row: Row) -> Row:
        """A parsed row as the driver takes and gives it."""
        return _bound(self.binders, row)

    def bind_new(self, row: Row, *, stamped: bool) -> Row:
        """A parsed row as the driver takes it, which need not give it back in the same form."""
        return _bound(self._stamped if stamped else self._unstamped, row)

    def bind_key(self, key: Key) -> Key:
        """A parsed key as the driver takes and gives it."""
        return _bound(self.key_binders, key)

    def key_values(self, key: Key) -> dict[str, Any]:
        """Parameters ``k0`` … of the statements for one row."""
        return bound_values(self.bind_key(key))

    def same(self, old: Row, new: Row) -> bool:
        """Whether the columns and ``_syncd_extra`` of two rows are equal."""
        return _same(self._json, old, new)  # type: ignore[arg-type]


class ChildStatements:
    """The statements of one child table. Rows have the declaration's columns, without ``connection``."""

    def __init__(self, db: Database, declared: Child, table: sa.Table) -> None:
        self.declared = declared
        names = [c.name for c in declared.columns]
        self.binders = _binders(db, declared.columns)
        self._json = frozenset(i for i, c in enumerate(declared.columns) if c.kind is Kind.JSON)
        self.key_of = _picker(declared.key, names)
        self.parent_of = _picker(declared.parent_key, names)
        ours = table.c.connection == sa.bindparam("connection")
        shown = [readable(db, table.c[name]) for name in names]
        self.stored = compiled(db, by_keys(db, table, declared.parent_key, shown))
        index = next((i for i in table.indexes if i.columns.keys() == ["connection", *declared.parent_key]), None)
        if db.is_sqlite and index is not None:
            # It would take the key's own tree, of which it can use the connection only.
            told = self.stored.sql.replace(f"JOIN {table.name} ON", f"JOIN {table.name} INDEXED BY {index.name} ON")
            self.stored = Statement(told, self.stored.names)
        self.insert = Insertion(db, table)
        self.upsert = compiled(db, upsert(db, table))
        # With the parent's key: a child that moved to another parent meanwhile is not this one's to delete.
        self._deleted_by = tuple(dict.fromkeys((*declared.key, *declared.parent_key)))
        one = sa.and_(ours, *(table.c[n] == sa.bindparam(f"d{i}") for i, n in enumerate(self._deleted_by)))
        self.delete = compiled(db, sa.delete(table).where(one))
        self._deleted_values = _picker(self._deleted_by, names)
        of_parent = sa.and_(ours, *(table.c[n] == sa.bindparam(f"k{i}") for i, n in enumerate(declared.parent_key)))
        self.orphan = compiled(db, sa.delete(table).where(of_parent))

    def bind(self, row: Row) -> Row:
        """A parsed row as the driver takes it."""
        return _bound(self.binders, row)

    def same(self, old: Row, new: Row) -> bool:
        """Whether two rows are equal."""
        return _same(self._json, old, new)  # type: ignore[arg-type]

    def delete_values(self, connection: str, row: Row) -> dict[str, Any]:
        """Parameters of ``delete`` for a stored row."""
        return {"connection": connection, **{f"d{i}": v for i, v in enumerate(self._deleted_values(row))}}


class LookupStatements:
    """The statements of one lookup table."""

    def __init__(self, db: Database, lookup: Lookup, table: sa.Table) -> None:
        names = [c.name for c in lookup.columns]
        self.table = table.name
        self.binders = _binders(db, lookup.columns)
        self.key_of = _picker(lookup.key, names)
        self.is_dated = bool(lookup.at)
        self.dated = tuple(name for name in names if name not in lookup.key)
        """The columns whose values are dated."""
        self._dated_places = [names.index(name) for name in self.dated]
        ours = table.c.connection == sa.bindparam("connection")
        self.stored = compiled(db, sa.select(*(readable(db, table.c[n]) for n in names)).where(ours))
        self.upsert = compiled(db, upsert(db, table))

    def bind(self, row: Row) -> Row:
        """A parsed row as the driver takes it."""
        return _bound(self.binders, row)

    def latest(self, old: Row | None, old_times: Times | None, new: Row, times: Times) -> tuple[Row, Times]:
        """Of each column the value that was seen last, and when; one seen earlier only fills a gap."""
        if old is None:
            return new, times
        row, moved = list(old), list(old_times or (None,) * len(self.dated))
        for i, place in enumerate(self._dated_places):
            value, at, before = new[place], times[i], moved[i]
            if value is None:
                continue
            if before is None or (at is not None and at >= before):
                row[place], moved[i] = value, at
        return tuple(row), tuple(moved)


class PageStatements:
    """The bookkeeping of a page: staging, cursor, collection and run."""

    def __init__(self, db: Database) -> None:
        self.stage = compiled(db, _stage(db))
        self.cursor = compiled(db, upsert(db, CURSORS))
        insert = (sqlite.insert if db.is_sqlite else postgres().insert)(COLLECTIONS)
        names = ("connection", "collection", "vendor", "table_name", "live_rows", "cursor_at")
        put = insert.values({name: sa.bindparam(name) for name in names})
        self.collection = compiled(
            db,
            put.on_conflict_do_update(
                index_elements=["connection", "collection"],
                set_={
                    "live_rows": COLLECTIONS.c.live_rows + put.excluded.live_rows,
                    "cursor_at": sa.func.coalesce(put.excluded.cursor_at, COLLECTIONS.c.cursor_at),
                },
            ),
        )
        added = (
            "requests", "retries", "waited_s", "received", "inserted", "updated", "unchanged", "tombstoned", "rejected",
            "bytes",
        )  # fmt: skip
        self.run = compiled(
            db,
            sa.update(RUNS)
            .where(RUNS.c.id == sa.bindparam("run"))
            .values({name: RUNS.c[name] + sa.bindparam(f"more_{name}") for name in added}),
        )


def _stage(db: Database) -> sa.Insert:
    """Rows for SQLite's executemany; for PostgreSQL all ``keys`` with one flag, as a JSON array."""
    if db.is_sqlite:
        return sqlite.insert(STAGED).on_conflict_do_nothing()
    elements = sa.func.jsonb_array_elements_text(sa.cast(sa.bindparam("keys", type_=sa.Text), postgres().JSONB))
    seen = elements.table_valued(sa.column("key", sa.Text), name="seen").render_derived()
    row = (sa.bindparam("stage", type_=sa.BigInteger), seen.c.key, sa.bindparam("bounded", type_=sa.Boolean))
    insert: postgresql.Insert = postgres().insert(STAGED)
    return insert.from_select(["stage", "key", "bounded"], sa.select(*row)).on_conflict_do_nothing()
