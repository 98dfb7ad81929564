"""Views: rows without tombstones for reports, and how fresh and complete every collection is.

They are made anew after an upgrade, and only if their definition differs: users put views of their own on top of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from syncd.store.bookkeeping import COLLECTIONS, CONNECTIONS, CURSORS, RUNS
from syncd.store.schema import DELETED_AT, CollectionTables, Schema
from syncd.store.types import postgres


def view_definitions(connection: sa.Connection, schema: Schema) -> Iterator[tuple[str, str]]:
    """(name, SELECT) of every view that *schema* wants, in the words of the connection's database."""
    sqlite = connection.dialect.name == "sqlite"
    yield "syncd_freshness", _text(connection, _freshness(sqlite=sqlite))
    yield "syncd_coverage", _text(connection, _coverage(sqlite=sqlite))
    for tables in schema.collections.values():
        yield from _live(connection, tables)


def refresh_views(connection: sa.Connection, schema: Schema) -> list[str]:
    """Make the views that are missing or defined otherwise; their names."""
    made: list[str] = []
    for name, select in view_definitions(connection, schema):
        if connection.dialect.name == "sqlite":
            changed = _refresh_sqlite(connection, name, select)
        else:
            changed = _refresh_postgres(connection, name, select)
        if changed:
            made.append(name)
    return made


def _refresh_sqlite(connection: sa.Connection, name: str, select: str) -> bool:
    quoted = connection.dialect.identifier_preparer.quote(name)
    wanted = f"CREATE VIEW {quoted} AS {select}"
    found = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'view' AND name = ?", (name,)
    ).scalar()
    if found == wanted:
        return False
    connection.exec_driver_sql(f"DROP VIEW IF EXISTS {quoted}")
    connection.exec_driver_sql(wanted)
    return True


def _refresh_postgres(connection: sa.Connection, name: str, select: str) -> bool:
    # The server rewrites a definition when it stores it, so the comment carries a mark of what we asked for.
    mark = f"made by syncd ({hashlib.blake2b(select.encode(), digest_size=8).hexdigest()})"
    quoted = connection.dialect.identifier_preparer.quote(name)
    asked = sa.text("SELECT obj_description(to_regclass(:name), 'pg_class')")
    found = connection.execute(asked, {"name": quoted}).scalar()
    if found == mark:
        return False
    connection.exec_driver_sql(f"CREATE OR REPLACE VIEW {quoted} AS {select}")
    connection.exec_driver_sql(f"COMMENT ON VIEW {quoted} IS '{mark}'")
    return True


def _text(connection: sa.Connection, select: sa.SelectBase) -> str:
    return str(select.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})).replace("\n", "")


def _live(connection: sa.Connection, tables: CollectionTables) -> Iterator[tuple[str, str]]:
    main = tables.main
    shown = _in_view_order(connection, main)
    yield f"live_{main.name}", _text(connection, sa.select(*shown).where(main.c[DELETED_AT].is_(None)))
    for child, table in tables.children:
        pairs = zip(child.parent_key, tables.collection.key, strict=True)
        parent = sa.and_(
            main.c.connection == table.c.connection,
            *(main.c[theirs] == table.c[ours] for ours, theirs in pairs),
            main.c[DELETED_AT].is_(None),
        )
        alive = sa.exists(sa.select(sa.literal_column("1")).select_from(main).where(parent).correlate(table))
        yield f"live_{table.name}", _text(connection, sa.select(*_in_view_order(connection, table)).where(alive))


def _in_view_order(connection: sa.Connection, table: sa.Table) -> list[sa.Column[object]]:
    """The columns to show: those the view has in its order, then new ones, as CREATE OR REPLACE demands."""
    ours = [c for c in table.columns if not c.name.startswith("_syncd_")]
    if connection.dialect.name == "sqlite":
        return ours
    query = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:name) AND attnum > 0 ORDER BY attnum"
    shown = {
        name: i
        for i, (name,) in enumerate(
            connection.execute(
                sa.text(query), {"name": connection.dialect.identifier_preparer.quote(f"live_{table.name}")}
            )
        )
    }
    return sorted(ours, key=lambda c: shown.get(c.name, len(shown)))


def _freshness(*, sqlite: bool) -> sa.Select[*tuple[Any, ...]]:
    c, k = COLLECTIONS.c, CONNECTIONS.c
    if sqlite:

        def seconds_since(moment: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
            days: sa.ColumnElement[float] = sa.literal_column("julianday('now')") - sa.func.julianday(moment)
            return sa.cast(sa.func.round(days * 86400.0), sa.BigInteger)
    else:

        def seconds_since(moment: sa.ColumnElement[object]) -> sa.ColumnElement[object]:
            elapsed: sa.ColumnElement[Any] = sa.literal_column("clock_timestamp()") - moment
            return sa.cast(sa.func.round(sa.extract("epoch", elapsed)), sa.BigInteger)

    running = sa.exists(
        sa.select(sa.literal_column("1"))
        .select_from(RUNS)
        .where(RUNS.c.connection == c.connection, RUNS.c.collection == c.collection, RUNS.c.state == "running")
        .correlate(COLLECTIONS)
    )
    state = sa.case(
        (sa.or_(c.paused_at.is_not(None), k.paused_at.is_not(None)), "paused"),
        (k.state == "stopped", "stopped"),
        (c.state == "unavailable", "unavailable"),
        (running, "running"),
        (sa.or_(c.held.is_not(None), c.state == "held"), "held"),
        (c.state.in_(("failed", "partial")), "failed"),
        (c.last_success_at.is_(None), "never"),
        (seconds_since(c.last_success_at) > c.late_after_s, "late"),
        else_="fresh",
    )
    return sa.select(
        c.connection,
        c.collection,
        c.table_name,
        c.live_rows,
        c.last_success_at,
        c.cursor_at,
        seconds_since(sa.func.coalesce(c.cursor_at, c.last_success_at)).label("lag_seconds"),
        state.label("state"),
        c.last_error,
    ).select_from(COLLECTIONS.outerjoin(CONNECTIONS, c.connection == k.connection))


def _coverage(*, sqlite: bool) -> sa.CompoundSelect[*tuple[Any, ...]]:
    """One row for every range of a ledger (cursors with ``done``); of other collections up to when they were read."""
    k, c = CURSORS.c, COLLECTIONS.c
    done: sa.ColumnElement[Any]
    if sqlite:
        # As bytes the column is what it is: SQLAlchemy's type would read the JSON path as a JSON value.
        done = sa.type_coerce(k.cursor, sa.Text)
        ranges = sa.func.json_each(done, sa.literal_column("'$.done'")).table_valued("value", name="done")
        ends = [sa.func.json_extract(ranges.c.value, sa.literal_column(f"'$[{i}]'")) for i in (0, 1)]
        has_ledger = sa.func.json_type(done, sa.literal_column("'$.done'")) == sa.literal_column("'array'")
    else:
        done = sa.type_coerce(k.cursor, postgres().JSONB).op("->")(sa.literal_column("'done'"))
        has_ledger = sa.func.jsonb_typeof(done) == sa.literal_column("'array'")
        listed = sa.case((has_ledger, done), else_=sa.literal_column("'[]'::jsonb"))
        elements = sa.func.jsonb_array_elements(listed)
        ranges = elements.table_valued(sa.column("value", postgres().JSONB), name="done").render_derived()
        texts = [ranges.c.value.op("->>")(sa.literal_column(str(i))) for i in (0, 1)]
        ends = [sa.func.timezone(sa.literal_column("'UTC'"), sa.cast(text, sa.DateTime)) for text in texts]
    ledgers = sa.select(
        k.connection,
        k.collection,
        k.partition,
        ends[0].label("complete_from"),
        ends[1].label("complete_to"),
    ).select_from(CURSORS.join(ranges, sa.true()))
    windowed = sa.exists(
        sa.select(sa.literal_column("1"))
        .select_from(CURSORS)
        .where(k.connection == c.connection, k.collection == c.collection, has_ledger)
        .correlate(COLLECTIONS)
    )
    others = sa.select(
        c.connection,
        c.collection,
        sa.literal_column("''").label("partition"),
        sa.cast(sa.null(), c.cursor_at.type).label("complete_from"),
        c.cursor_at.label("complete_to"),
    ).where(c.cursor_at.is_not(None), ~windowed)
    return sa.union_all(ledgers, others)
