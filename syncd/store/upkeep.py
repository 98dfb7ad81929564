"""Looking after a database: checking, shrinking, forgetting a connection, copying to another database."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from syncd.errors import StoreBroken
from syncd.store import bookkeeping, migrate, tombstone
from syncd.store.engine import Database, driver_of
from syncd.store.insertion import Insertion
from syncd.store.schema import Schema
from syncd.store.views import view_definitions

_BATCH = 1000


def _tables(schema: Schema) -> list[sa.Table]:
    return [*bookkeeping.METADATA.tables.values(), *schema.metadata.tables.values()]


def check(db: Database, schema: Schema) -> list[str]:
    """What is wrong, in sentences: damage of the file, tables, columns and views that are missing or altered."""
    problems: list[str] = []
    with db.transaction() as transaction:
        if db.is_sqlite:
            found = [row[0] for row in transaction.exec_driver_sql("PRAGMA integrity_check(20)")]
            problems += [f"the file is damaged: {line}" for line in found if line != "ok"]
        inspector = sa.inspect(transaction)
        there = set(inspector.get_table_names())
        for table in _tables(schema):
            if table.name not in there:
                problems.append(f"table {table.name} is missing")
                continue
            columns = {c["name"] for c in inspector.get_columns(table.name)}
            problems += [f"column {table.name}.{c.name} is missing" for c in table.columns if c.name not in columns]
            retyped = Insertion(db, table).retyped(driver_of(transaction).cursor())
            problems += [f"column {table.name}.{name} has the type {told}" for name, told in retyped.items()]
            indexes = {i["name"] for i in inspector.get_indexes(table.name)}
            problems += [f"index {i.name} is missing" for i in table.indexes if i.name not in indexes]
        views = set(inspector.get_view_names())
        problems += [
            f"view {name} is missing" for name, _ in view_definitions(transaction, schema) if name not in views
        ]
    return problems


def vacuum(db: Database) -> None:
    """Give unused space back to the disk (SQLite: needs as much free space as the file is large)."""
    db.run_alone("VACUUM" if db.is_sqlite else "VACUUM (ANALYZE)")
    db.checkpoint()


def forget(transaction: sa.Connection, schema: Schema, connection: str) -> int:
    """Remove every row of *connection*; how many were in collections, children and lookups."""
    gone = 0
    for table in schema.metadata.tables.values():
        gone += transaction.execute(sa.delete(table).where(table.c.connection == connection)).rowcount
    tombstone.drop_stages_of(transaction, connection)
    for table in bookkeeping.METADATA.tables.values():
        if "connection" in table.c:
            transaction.execute(sa.delete(table).where(table.c.connection == connection))
    return gone


def copy(source: Database, url: str, schema: Schema, vendors: Sequence[str]) -> dict[str, int]:
    """Copy every table into the database at *url*, which must hold no rows of ours, in one transaction; its rows."""
    target = Database(url)
    try:
        target.open(create=True)
        migrate.upgrade(target, schema, vendors)
        copied: dict[str, int] = {}
        with source.transaction() as reading, target.transaction() as writing:
            for table in _tables(schema):
                if writing.execute(sa.select(sa.literal_column("1")).select_from(table).limit(1)).first():
                    raise StoreBroken(
                        f"{target.address} already has rows in {table.name}.", remedy="Copy into an empty database."
                    )
            for table in _tables(schema):
                copied[table.name] = _copy_table(reading, writing, table)
            if not target.is_sqlite:
                _continue_numbers(writing)
        return copied
    finally:
        target.close()


def _copy_table(reading: sa.Connection, writing: sa.Connection, table: sa.Table) -> int:
    count = 0
    for part in reading.execute(sa.select(table)).partitions(_BATCH):
        writing.execute(sa.insert(table), [dict(row._mapping) for row in part])  # noqa: SLF001 - public in spite of its name
        count += len(part)
    return count


def _continue_numbers(writing: sa.Connection) -> None:
    """Let PostgreSQL number on after the rows that came with numbers of their own."""
    for table in bookkeeping.METADATA.tables.values():
        if "id" in table.c:
            newest = sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0) + 1).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, "id")
            writing.execute(sa.select(sa.func.setval(sequence, newest, sa.false())))
