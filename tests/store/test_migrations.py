"""The schema's way: it ends where the declarations say, keeps the data, and happens whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations

from syncd.errors import StoreBroken
from syncd.store import Store, bookkeeping, migrate, upkeep
from syncd.store.engine import Database
from syncd.store.schema import schema
from syncd.store.types import Exact, JsonText, JsonValue, UTCDateTime
from syncd.store.views import refresh_views
from syncd.vendors import VENDORS
from tests.store.conftest import Opener
from tests.store.kit import TRACKOPS, column, plain, query
from tests.turned_clock import TurnedClock

_NAMES = list(VENDORS)
_HEADS = {branch: migrate.revisions(branch)[-1] for branch in migrate.branches(_NAMES)}
_VALUES: dict[str, Any] = {
    "BIGINT": 7,
    "INTEGER": 7,
    "BOOLEAN": True,
    "NUMERIC": 1.5,
    "DOUBLE": 1.5,
    "DOUBLE PRECISION": 1.5,
    "DATE": "2026-01-02",
    "TIME": "03:04:05.000000",
}


def _schema() -> Any:
    return schema(VENDORS.values())


@pytest.fixture
def opened(empty_database: str) -> Iterator[Database]:
    db = Database(empty_database)
    db.open(create=True)
    yield db
    db.close()


def _same_type(context: Any, inspected: Any, declared: Any, found: Any, wanted: Any) -> bool:
    """Whether types differ, by the names the database uses (our own types stand for one each)."""
    dialect = context.dialect
    if isinstance(wanted, UTCDateTime | Exact | JsonText | JsonValue):
        wanted = wanted.load_dialect_impl(dialect)
    given = found.compile(dialect=dialect).partition("(")[0]
    asked = wanted.compile(dialect=dialect).partition("(")[0]
    return bool(given.replace("DOUBLE PRECISION", "DOUBLE") != asked.replace("DOUBLE PRECISION", "DOUBLE"))


def test_migrations_end_where_the_declarations_say(opened: Database) -> None:
    wanted = _schema()
    migrate.upgrade(opened, wanted, _NAMES)
    both = sa.MetaData()
    for metadata in (bookkeeping.METADATA, wanted.metadata):
        for table in metadata.tables.values():
            table.to_metadata(both)
    with opened.transaction() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": migrate.VERSION_TABLE, "compare_type": _same_type}
        )
        assert [] == compare_metadata(context, both)


def test_comments_of_every_table_and_column_reach_postgresql(database: str, kind: str) -> None:
    if kind == "sqlite":
        return
    bare = """SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND a.attnum > 0 AND c.relname LIKE ANY (ARRAY['trackops%', 'syncd%'])
        AND c.relname <> 'syncd_alembic_version' AND col_description(c.oid, a.attnum) IS NULL"""
    assert [] == query(database, bare)


def test_every_collection_has_its_views(database: str) -> None:
    found = query(database, "SELECT * FROM live_trackops_cases")
    assert [] == found
    assert [] == query(
        database, "SELECT connection, casefile_id, field_id, value FROM live_trackops_case_custom_fields"
    )


def _upgrade_to(db: Database, target: str) -> None:
    with db.transaction() as connection:
        migrate._run(connection, [target])


def _fill(db: Database) -> dict[str, list[Any]]:
    """One row in every table there is; what was written."""
    written: dict[str, list[Any]] = {}
    with db.transaction() as connection:
        there = sa.MetaData()
        there.reflect(connection)
        for table in there.sorted_tables:
            if table.name == migrate.VERSION_TABLE:
                continue
            values: dict[str, Any] = {}
            for c in table.columns:
                kind = str(c.type).partition("(")[0]
                if kind in {"DATETIME", "TIMESTAMP"}:
                    values[c.name] = "2026-01-02 03:04:05.000000"
                elif kind in {"JSON", "JSONB"}:
                    values[c.name] = json.dumps({"a": 1})
                else:
                    values[c.name] = _VALUES.get(kind, "x")
            names = ", ".join(f'"{name}"' for name in values)
            marks = ", ".join(f"'{v}'" if isinstance(v, str) else str(v) for v in values.values())
            connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})')
            written[table.name] = [tuple(r) for r in connection.exec_driver_sql(f'SELECT {names} FROM "{table.name}"')]
    return written


_EARLIER = [(branch, revision) for branch in migrate.branches(_NAMES) for revision in migrate.revisions(branch)]


@pytest.mark.parametrize("branch, revision", _EARLIER, ids=[revision for _, revision in _EARLIER])
def test_an_upgrade_from_every_earlier_revision_keeps_the_data(opened: Database, branch: str, revision: str) -> None:
    _upgrade_to(opened, revision)
    before = _fill(opened)
    migrate.upgrade(opened, _schema(), _NAMES)
    with opened.transaction() as connection:
        assert [] == migrate.pending(connection, _NAMES)
        for table, wanted in before.items():
            kept = connection.execute(sa.text(f'SELECT * FROM "{table}"')).fetchall()
            assert [tuple(map(plain, line)) for line in wanted] == [
                tuple(map(plain, line[: len(wanted[0])])) for line in kept
            ]


async def test_only_the_branches_of_vendors_in_use_are_applied(empty_database: str, clock: TurnedClock) -> None:
    store = await Store.open(empty_database, [], clock=clock)
    try:
        assert {"core": (_HEADS["core"], _HEADS["core"])} == await store.current()
        assert [] == await store.pending()
    finally:
        await store.close()
    store = await Store.open(empty_database, [TRACKOPS], clock=clock, upgrade=True)
    try:
        assert ("trackops_0001", "trackops_0001") == (await store.current())["trackops"]
        assert [] == await store.upgrade()
    finally:
        await store.close()


def _number_of_operations() -> int:
    files = (file for branch in _HEADS for file in (migrate.migrations_folder() / "versions" / branch).glob("*.py"))
    return sum(file.read_text().count("    op.create_") for file in files)


def test_s11_an_upgrade_that_fails_at_any_operation_leaves_nothing(
    opened: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised at the first, at one in the middle and at the last operation; then it is tried again and succeeds."""
    calls = 0
    stop_at = 0

    class Stopped(Exception):
        pass

    def counted(name: str) -> None:
        real = getattr(Operations, name)

        def act(self: Operations, *args: Any, **kwargs: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == stop_at:
                raise Stopped
            return real(self, *args, **kwargs)

        monkeypatch.setattr(op, name, lambda *a, **k: act(op._proxy, *a, **k))  # type: ignore[attr-defined]

    for name in ("create_table", "create_index"):
        counted(name)
    every = _number_of_operations()
    assert every > 100
    for nth in (1, 2, every // 2, every):
        calls, stop_at = 0, nth
        with pytest.raises(Stopped):
            migrate.upgrade(opened, _schema(), _NAMES)
        with opened.transaction() as connection:
            assert [] == sa.inspect(connection).get_table_names()
    stop_at = 0
    assert migrate.upgrade(opened, _schema(), _NAMES)


_KILLED = """
import os, signal, sys
from alembic import op
from syncd.store import migrate
from syncd.store.engine import Database
from syncd.store.schema import schema
from syncd.vendors import VENDORS
real, calls = op.create_table, 0
def create_table(*args, **kwargs):
    global calls
    calls += 1
    if calls == 20:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*args, **kwargs)
op.create_table = create_table
db = Database(sys.argv[1])
db.open(create=True)
migrate.upgrade(db, schema(VENDORS.values()), list(VENDORS))
"""


def test_s11_an_upgrade_killed_half_way_leaves_nothing(empty_database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, empty_database], env=os.environ | {"PYTHONPATH": "."}, check=False
    )
    assert -signal.SIGKILL == done.returncode
    if empty_database.startswith("sqlite"):
        assert [] == query(empty_database, "SELECT name FROM sqlite_master")
    else:
        assert [] == query(empty_database, "SELECT relname FROM pg_class WHERE relname LIKE 'syncd%'")
    db = Database(empty_database)
    db.open(create=False)
    try:
        assert migrate.upgrade(db, _schema(), _NAMES)
        assert [] == upkeep.check(db, _schema())
    finally:
        db.close()


async def test_s12_a_newer_database_is_refused_with_both_versions(database: str, open_store: Opener) -> None:
    query(
        database, "UPDATE syncd_alembic_version SET version_num = 'trackops_0099' WHERE version_num = 'trackops_0001'"
    )
    newest = ", ".join(sorted(_HEADS.values()))
    with pytest.raises(StoreBroken, match=rf"trackops_0099\) is newer than this program's \({newest}\)"):
        await open_store(database)


async def test_s12_an_older_database_is_refused_by_who_must_not_upgrade_it(
    empty_database: str, open_store: Opener
) -> None:
    await (await open_store(empty_database)).close()
    query(empty_database, "DELETE FROM syncd_alembic_version WHERE version_num = 'trackops_0001'")
    with pytest.raises(StoreBroken, match=r"older than this program's \(trackops_0001\).*syncd db upgrade"):
        await open_store(empty_database, upgrade=False)


def test_user_views_on_top_of_ours_survive_an_upgrade(database: str, kind: str) -> None:
    query(database, "CREATE VIEW mine AS SELECT connection, id FROM live_trackops_cases")
    db = Database(database)
    db.open(create=False)
    try:
        with db.transaction() as connection:
            assert [] == refresh_views(connection, _schema())
            ours = "live_trackops_cases"
            if kind == "sqlite":
                connection.exec_driver_sql(f"DROP VIEW {ours}")
                connection.exec_driver_sql(f"CREATE VIEW {ours} AS SELECT connection, id FROM trackops_cases")
            else:
                connection.exec_driver_sql(f"COMMENT ON VIEW {ours} IS 'older'")
            assert [ours] == refresh_views(connection, _schema())
    finally:
        db.close()
    assert [] == query(database, "SELECT * FROM mine")


def test_the_coverage_of_before_there_were_ledgers_is_replaced_in_place(database: str, kind: str) -> None:
    """With a view of the user's own on top of it, as it was in the first release of the schema."""
    moment = "TEXT" if kind == "sqlite" else "TIMESTAMP WITH TIME ZONE"
    query(database, "DROP VIEW syncd_coverage")
    query(
        database,
        f"""CREATE VIEW syncd_coverage AS SELECT connection, collection, '' AS partition,
        CAST(NULL AS {moment}) AS complete_from, cursor_at AS complete_to FROM syncd_collections""",
    )
    query(database, "CREATE VIEW mine AS SELECT connection, partition, complete_to FROM syncd_coverage")
    db = Database(database)
    db.open(create=False)
    try:
        with db.transaction() as connection:
            assert ["syncd_coverage"] == refresh_views(connection, _schema())
            assert [] == refresh_views(connection, _schema())
    finally:
        db.close()
    assert [] == query(database, "SELECT * FROM mine")


def test_the_catalogue_s_tables_columns_and_indexes_are_there(database: str) -> None:
    catalog = json.loads((Path(__file__).parent.parent / "catalog.json").read_text())
    db = Database(database)
    db.open(create=False)
    try:
        with db.transaction() as connection:
            inspector = sa.inspect(connection)
            for vendor in catalog["vendors"]:
                if vendor["vendor"] not in VENDORS:
                    continue
                tables = [
                    *vendor["collections"],
                    *(c for t in vendor["collections"] for c in t["children"]),
                    *vendor["lookups"],
                ]
                for table in tables:
                    _check_table(inspector, table)
    finally:
        db.close()


def _check_table(inspector: sa.Inspector, table: dict[str, Any]) -> None:
    name = table["table"]
    columns = {c["name"]: c for c in inspector.get_columns(name)}
    wanted = [c["name"] for c in table["columns"] if not c.get("volatile")]
    assert ["connection", *wanted] == [c for c in columns if not c.startswith("_syncd_")], name
    key = inspector.get_pk_constraint(name)["constrained_columns"]
    assert ["connection", *table["key"]] == key, name
    assert set(key) == {c for c, found in columns.items() if not found["nullable"]}, name
    indexes: list[Any] = [key, *(i["column_names"] for i in inspector.get_indexes(name))]
    for c in table["columns"]:
        if c.get("references") and not c.get("volatile"):
            assert any(c["name"] in index[:2] for index in indexes), (name, c["name"])


def test_the_newest_revision_is_known_without_loading_alembic() -> None:
    told = "print(revisions('trackops')[-1], 'alembic' in sys.modules)"
    code = f"import sys; from syncd.store.migrate import revisions; {told}"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ | {"PYTHONPATH": "."}
    )
    assert ["trackops_0001", "False"] == done.stdout.split()


def test_column_on_both_databases_is_read(database: str) -> None:
    assert sorted(_HEADS.values()) == sorted(column(database, "SELECT version_num FROM syncd_alembic_version"))
