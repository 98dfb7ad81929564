"""What databases and their neighbours can do to us, and that each has a name, a remedy and no lasting harm."""
# ruff: noqa: ASYNC240 (a test may look at a file while its loop waits)

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import psycopg
import pytest

from syncd.errors import StoreAltered, StoreBroken, StoreBusy, StoreError, StoreFull
from syncd.parse import Rows
from syncd.store import Committed, Store, engine
from tests.postgres import Server
from tests.store.conftest import Opener
from tests.store.kit import (
    CASES,
    INVOICES,
    TASKS,
    TRACKOPS,
    begin,
    column,
    details,
    invoice,
    page,
    put,
    query,
    row,
    rows,
)
from tests.turned_clock import TurnedClock


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copyfile(sqlite_template, tmp_path / "syncd.db")
    return f"sqlite:///{tmp_path / 'syncd.db'}"


# --- killed --------------------------------------------------------------------------------------------------------
_WRITER = """
import asyncio, sys
sys.path.insert(0, ".")
from syncd.clock import SystemClock
from syncd.store import Store
from tests.store.kit import INVOICES, TRACKOPS, begin, details, invoice, page, rows

async def main(url):
    store = await Store.open(url, [TRACKOPS], clock=SystemClock())
    run = await begin(store)
    print("ready", flush=True)
    at = ((await store.cursor("acme", INVOICES)) or {"page": 0})["page"]
    while True:
        at += 1
        numbers = range(at * 10, at * 10 + 10)
        children = {"invoice_details": [d for n in numbers for d in details(n, n)]}
        found = rows(INVOICES, [invoice(n) for n in numbers], children=children)
        staged = tuple(((n,), True) for n in numbers)
        await store.commit(await page(store, run, found, stage=1, staged=staged, cursor={"page": at}))

asyncio.run(main(sys.argv[1]))
"""


def _agrees(url: str) -> int:
    """Check that rows, children, staging, live_rows and cursor tell the same story; the page they reached."""
    stored = column(url, "SELECT cursor FROM syncd_cursors")
    reached = 0
    if stored:
        reached = stored[0]["page"] if isinstance(stored[0], dict) else int(stored[0].split(":")[1].rstrip("}"))
    for table in ("trackops_invoices", "trackops_invoice_details", "syncd_staged"):
        assert [reached * 10] == column(url, f"SELECT count(*) FROM {table}"), table
    live = column(url, "SELECT live_rows FROM syncd_collections WHERE collection = 'invoices'") or [0]
    assert [reached * 10] == live
    return reached


def test_s1_rows_and_cursor_agree_after_kills_at_any_moment(database: str) -> None:
    moments, reached = random.Random(11), 0
    for kills in range(1, 51):
        process = subprocess.Popen([sys.executable, "-c", _WRITER, database], stdout=subprocess.PIPE)
        assert process.stdout is not None
        with process.stdout:
            assert b"ready\n" == process.stdout.readline()
            process.stdout.read(0)
            threading.Event().wait(moments.uniform(0.02, 0.3))
            process.send_signal(signal.SIGKILL)
        process.wait()
        reached = _agrees(database)
        if kills >= 5 and reached > 0:  # on a busy machine the first may come before the first page
            break
    assert reached > 0


async def test_s2_a_log_cut_anywhere_opens_and_agrees(sqlite_database: str, open_store: Opener, tmp_path: Path) -> None:
    """Power was lost before all of the log reached the disk: what is there is whole transactions."""
    store = await open_store(sqlite_database)
    run = await begin(store)
    for at in range(1, 9):
        numbers = range(at * 10, at * 10 + 10)
        children = {"invoice_details": [d for n in numbers for d in details(n, n)]}
        found = rows(INVOICES, [invoice(n) for n in numbers], children=children)
        staged = tuple(((n,), True) for n in numbers)
        await store.commit(await page(store, run, found, stage=1, staged=staged, cursor={"page": at}))
    file, log = _path(sqlite_database), Path(f"{_path(sqlite_database)}-wal")
    whole, seen = log.read_bytes(), set()
    for cut in random.Random(5).sample(range(len(whole)), 12):
        copy = tmp_path / f"cut-{cut}.db"
        shutil.copyfile(file, copy)
        Path(f"{copy}-wal").write_bytes(whole[:cut])
        assert ["ok"] == column(f"sqlite:///{copy}", "PRAGMA integrity_check")
        seen.add(_agrees(f"sqlite:///{copy}"))
    assert len(seen) > 2


async def test_s2_a_commit_is_on_the_disk_before_it_counts(sqlite_database: str, open_store: Opener) -> None:
    """Else a power cut would take back a page that the vendor is not asked for again."""
    store = await open_store(sqlite_database)
    driver = engine.driver_of(store._db._connected())
    assert ["wal", 2] == [driver.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]


# --- other programs on the file ------------------------------------------------------------------------------------
async def test_s3_another_writer_is_waited_for_and_then_named(
    sqlite_database: str, open_store: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.2)
    store = await open_store(sqlite_database)
    await store.enroll("acme", TRACKOPS)
    run = await begin(store)
    with closing(sqlite3.connect(_path(sqlite_database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusy, match=r"Another program has kept .*syncd\.db locked"):
            await put(store, run, invoice(1))
        other.execute("ROLLBACK")
    assert Committed(inserted=1) == await put(store, run, invoice(1))


@pytest.mark.parametrize("tidied", [False, True])
async def test_s3_another_writer_that_ends_in_time_is_waited_for(
    sqlite_database: str, open_store: Opener, tidied: bool
) -> None:
    store = await open_store(sqlite_database)
    run = await begin(store)
    if tidied:
        assert await store.checkpoint()  # which itself waits for nobody
    begun = threading.Event()
    driver = engine.driver_of(store._db._connected())
    driver.set_trace_callback(lambda statement: begun.set() if statement.startswith("BEGIN") else None)
    with closing(sqlite3.connect(_path(sqlite_database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        commit = asyncio.ensure_future(put(store, run, invoice(1)))
        await asyncio.to_thread(begun.wait)
        assert (set(), {commit}) == await asyncio.wait({commit}, timeout=0.3)
        other.execute("ROLLBACK")
        assert Committed(inserted=1) == await commit


async def test_s3_a_transaction_that_reads_first_may_still_write(sqlite_database: str, open_store: Opener) -> None:
    """It has the right to write from its beginning: nobody else can write between its reading and its writing."""
    store = await open_store(sqlite_database)
    with store._db.transaction() as transaction:
        transaction.exec_driver_sql("SELECT count(*) FROM trackops_invoices").all()
        other = sqlite3.connect(_path(sqlite_database), timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("DELETE FROM syncd_tasks")
        transaction.exec_driver_sql("DELETE FROM syncd_tasks")


@asynccontextmanager
async def _long_reader(url: str, store: Store, run: int) -> AsyncIterator[sqlite3.Connection]:
    """Somebody who reads on in what was there before ten pages came."""
    with closing(sqlite3.connect(_path(url), isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert (0,) == reader.execute("SELECT count(*) FROM trackops_invoices").fetchone()
        for at in range(10):
            await put(store, run, *(invoice(at * 50 + n, notes="x" * 500) for n in range(50)))
        yield reader


async def test_s4_a_long_reader_only_makes_the_log_grow_until_it_ends(sqlite_database: str, open_store: Opener) -> None:
    store = await open_store(sqlite_database)
    run = await begin(store)
    async with _long_reader(sqlite_database, store, run) as reader:
        grown = await store.wal_bytes()
        assert not await store.checkpoint()
        assert grown > 200_000
        assert (0,) == reader.execute("SELECT count(*) FROM trackops_invoices").fetchone()
    assert await store.checkpoint()
    assert 0 == await store.wal_bytes()


async def test_s4_the_log_shrinks_by_itself_once_the_reader_has_ended(
    sqlite_database: str, open_store: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that a long reader made large does not stay so until somebody has time to empty it."""
    monkeypatch.setattr(engine, "WAL_LIMIT", 50_000)
    monkeypatch.setattr(engine, "_WAL_PAGES", 10)
    store = await open_store(sqlite_database)
    run = await begin(store)
    async with _long_reader(sqlite_database, store, run):
        assert await store.wal_bytes() > 200_000
    for number in range(1000, 1003):
        await put(store, run, invoice(number))
    assert await store.wal_bytes() <= 50_000


async def test_s5_a_full_disk_is_named_and_left_without_help(sqlite_database: str, open_store: Opener) -> None:
    store = await open_store(sqlite_database)
    await store.enroll("acme", TRACKOPS)
    run = await begin(store)
    await put(store, run, invoice(1))
    driver = engine.driver_of(store._db._connected())
    pages = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count={pages + 2}")
    many = [invoice(n, notes="x" * 3000) for n in range(2, 100)]
    for _ in range(2):
        with pytest.raises(StoreFull, match=r"The disk of .*syncd\.db is full.* goes on by itself"):
            await put(store, run, *many)
    assert [1] == column(sqlite_database, "SELECT count(*) FROM trackops_invoices")
    driver.execute("PRAGMA max_page_count=1000000")
    assert Committed(inserted=98) == await put(store, run, *many)
    assert 99 == (await store.state("acme", INVOICES)).live_rows
    assert ["ok"] == column(sqlite_database, "PRAGMA integrity_check")


@pytest.mark.parametrize("fault", ["deleted", "replaced", "no folder"])
async def test_s6_a_file_that_is_gone_is_never_made_anew(
    sqlite_database: str, open_store: Opener, fault: str, tmp_path: Path
) -> None:
    store = await open_store(sqlite_database)
    run = await begin(store)
    path = _path(sqlite_database)
    kept = tmp_path.parent / f"{tmp_path.name}-kept"
    if fault == "no folder":
        tmp_path.rename(kept)
    else:
        path.rename(path.with_suffix(".old"))
    if fault == "replaced":
        shutil.copyfile(path.with_suffix(".old"), path)
    with pytest.raises(StoreBroken, match="replaced" if fault == "replaced" else "is gone"):
        await put(store, run, invoice(1))
    with pytest.raises(StoreBroken):
        await store.known("acme", INVOICES, [(1,)])
    assert (fault == "replaced") == path.exists()
    if fault == "no folder":
        kept.rename(tmp_path)


async def test_s6_a_read_only_database_is_named(sqlite_database: str, open_store: Opener) -> None:
    store = await open_store(sqlite_database)
    run = await begin(store)
    engine.driver_of(store._db._connected()).execute("PRAGMA query_only=ON")
    with pytest.raises(StoreBroken, match=r"syncd\.db cannot be written.*rights"):
        await put(store, run, invoice(1))
    watching = await open_store(sqlite_database, read_only=True)
    assert 1 == len(await watching.runs())
    with pytest.raises(StoreBroken, match="cannot be written"):
        await begin(watching)


async def test_who_only_reads_cannot_write(database: str, open_store: Opener) -> None:
    watching = await open_store(database, read_only=True)
    with pytest.raises(StoreError):
        await begin(watching)
    assert [] == await watching.runs()


async def test_s6_a_missing_database_is_not_made_by_who_only_reads(tmp_path: Path, open_store: Opener) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    with pytest.raises(StoreBroken, match=r"There is no database at .*none\.db.*syncd sync"):
        await open_store(url, read_only=True)
    assert [] == list(tmp_path.iterdir())


async def test_x4_a_new_database_is_its_owner_s_alone(tmp_path: Path, open_store: Opener) -> None:
    await open_store(f"sqlite:///{tmp_path / 'new' / 'syncd.db'}")
    assert 0o600 == (tmp_path / "new" / "syncd.db").stat().st_mode & 0o777


async def test_s7_a_damaged_file_is_named_and_not_written(sqlite_database: str, open_store: Opener) -> None:
    empty = _path(sqlite_database).stat().st_size
    store = await open_store(sqlite_database)
    run = await begin(store)
    for at in range(20):
        await put(store, run, *(invoice(at * 50 + n, notes="x" * 200) for n in range(50)))
    await store.close()
    path = _path(sqlite_database)
    damaged = bytearray(path.read_bytes())
    for start in range(empty, len(damaged), 4096):
        damaged[start : start + 64] = os.urandom(64)
    path.write_bytes(damaged)
    store = await open_store(sqlite_database)
    everything = [invoice(n, status="paid", record=-1) for n in range(1000)]
    with pytest.raises(StoreBroken, match=r"syncd\.db is damaged.*backup"):
        await put(store, run, *everything)
    path.write_bytes(b"not a database" * 1000)
    for name in ("-wal", "-shm"):
        Path(f"{path}{name}").unlink(missing_ok=True)
    with pytest.raises(StoreBroken, match="is damaged"):
        await open_store(sqlite_database)


# --- PostgreSQL ----------------------------------------------------------------------------------------------------
@pytest.fixture
def on_postgres(postgres: Server, postgres_template: str) -> Iterator[str]:
    url = postgres.create(template=postgres_template)
    yield url
    postgres.drop(url)


def _end_sessions(url: str, *, but: str = "syncd: %") -> int:
    with psycopg.connect(url, autocommit=True) as session:
        ended = session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND application_name NOT LIKE %s",
            (but,),
        )
        return len(ended.fetchall())


async def test_s8_a_session_ended_by_the_server_is_busy_and_then_replaced(on_postgres: str, open_store: Opener) -> None:
    store = await open_store(on_postgres)
    await store.enroll("acme", TRACKOPS)
    run = await begin(store)
    found = await page(store, run, rows(INVOICES, [invoice(1)]))
    assert 1 == _end_sessions(on_postgres)
    with pytest.raises(StoreBusy, match=r"The connection to the PostgreSQL database .* was lost"):
        await store.commit(found)
    assert Committed(inserted=1) == await store.commit(found)
    _end_sessions(on_postgres)
    with pytest.raises(StoreBusy):
        await store.known("acme", INVOICES, [(1,)])
    assert 1 == len(await store.known("acme", INVOICES, [(1,)]))


async def test_s8_a_session_ended_in_mid_transaction_leaves_nothing(on_postgres: str, open_store: Opener) -> None:
    store = await open_store(on_postgres)
    await store.enroll("acme", TRACKOPS)
    run = await begin(store)
    found = await page(store, run, rows(INVOICES, [invoice(1)]), cursor={"page": 1})
    with psycopg.connect(on_postgres) as other:
        other.execute("LOCK TABLE syncd_cursors IN ACCESS EXCLUSIVE MODE")  # holds the page after its rows
        commit = asyncio.ensure_future(store.commit(found))
        await _until_waiting(on_postgres)
        _end_sessions_waiting(on_postgres)
        with pytest.raises(StoreBusy):
            await commit
    assert [0] == column(on_postgres, "SELECT count(*) FROM trackops_invoices")
    assert Committed(inserted=1) == await store.commit(found)


_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def _until_waiting(url: str) -> None:
    while not (await asyncio.to_thread(column, url, _WAITING))[0]:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)


def _end_sessions_waiting(url: str) -> None:
    query(url, _WAITING.replace("count(*)", "pg_terminate_backend(pid)"))


async def test_s10_a_deadlock_is_busy_and_the_page_succeeds_again(on_postgres: str, open_store: Opener) -> None:
    store = await open_store(on_postgres)
    await store.enroll("acme", TRACKOPS)
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2))
    found = await page(
        store, run, rows(INVOICES, [invoice(1, record=8, status="paid"), invoice(2, record=8, status="paid")])
    )
    with psycopg.connect(on_postgres) as other:
        other.execute("SET deadlock_timeout = '30s'")  # so that ours is the one that is chosen
        other.execute("UPDATE trackops_invoices SET notes = 'x' WHERE id = 2")
        commit = asyncio.ensure_future(store.commit(found))
        await _until_waiting(on_postgres)
        crossing = asyncio.ensure_future(
            asyncio.to_thread(other.execute, "UPDATE trackops_invoices SET notes = 'x' WHERE id = 1")
        )
        with pytest.raises(StoreBusy, match="is busy"):
            await commit
        await crossing
        other.rollback()
    assert Committed(updated=2) == await store.commit(found)


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
async def test_s10_a_timeout_is_busy(
    on_postgres: str, open_store: Opener, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(engine._POSTGRES_SETTINGS, limit, "200ms")
    store = await open_store(on_postgres)
    with psycopg.connect(on_postgres) as other:
        other.execute("LOCK TABLE syncd_runs IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreBusy, match="is busy"):
            await begin(store)
    assert 1 == await begin(store)


async def test_k7_an_unusable_server_is_named_without_the_password(postgres: Server, open_store: Opener) -> None:
    wrong = [
        ("postgresql://syncd:hunter2@127.0.0.1:1/db", "PostgreSQL database db at 127.0.0.1 cannot be reached"),
        (postgres.address("nowhere").replace("syncd@", "syncd:hunter2@"), "PostgreSQL database nowhere .*"),
        ("mysql://u:hunter2@h/db", "mysql is no database syncd can use"),
        ("://", "URL cannot be read"),
        ("sqlite://", "needs a file"),
    ]
    for url, message in wrong:
        with pytest.raises(StoreBroken, match=message) as caught:
            await open_store(url)
        assert "hunter2" not in str(caught.value)
    latin = postgres.create(like="latin")
    with postgres.connect() as session:
        name = latin.removeprefix(postgres.url).removesuffix(postgres.query)
        session.execute(f'DROP DATABASE "{name}"')
        session.execute(f"CREATE DATABASE \"{name}\" ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    with pytest.raises(StoreBroken, match="is encoded in LATIN1"):
        await open_store(latin)
    postgres.drop(latin)


async def test_k7_an_old_server_is_refused_with_both_versions(
    on_postgres: str, open_store: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This server, to a program that needs the one after it."""
    with psycopg.connect(on_postgres) as session:
        now = session.info.server_version // 10000
    monkeypatch.setattr(engine, "_OLDEST_POSTGRES", (now + 1) * 10000)
    with pytest.raises(StoreBroken, match=rf"is version {now}; syncd needs {now + 1} or newer"):
        await open_store(on_postgres)


async def test_k7_a_user_without_rights_is_told_so(postgres: Server, open_store: Opener) -> None:
    url = postgres.create(like="guest")
    name = url.removeprefix(postgres.url).removesuffix(postgres.query)
    user = f"{name}_user"
    with postgres.connect(name) as session:
        session.execute(f"CREATE ROLE {user} LOGIN")
        session.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(StoreBroken, match=r"lacks rights for our user.*Grant them"):
        await open_store(url.replace("//syncd@", f"//{user}@"))
    postgres.drop(url)
    with postgres.connect() as session:
        session.execute(f"DROP ROLE {user}")


# --- both ----------------------------------------------------------------------------------------------------------
async def test_s13_a_dropped_column_fails_its_collection_only_and_is_named(
    store: Store, database: str, kind: str
) -> None:
    run = await begin(store)
    query(database, "DROP VIEW live_trackops_invoices" + ("" if kind == "sqlite" else " CASCADE"))
    if kind == "sqlite":
        query(database, "DROP VIEW live_trackops_invoice_details")
    query(database, "ALTER TABLE trackops_invoices DROP COLUMN notes")
    with pytest.raises(StoreAltered, match=r"notes.*syncd db check"):
        await put(store, run, invoice(1))
    await put(store, run, row(CASES, id=1), collection=CASES)
    problems = await store.check()
    assert "column trackops_invoices.notes is missing" in problems
    assert "view live_trackops_invoices is missing" in problems
    query(database, "DROP TABLE trackops_task_users" + ("" if kind == "sqlite" else " CASCADE"))
    with pytest.raises(StoreAltered, match="trackops_task_users"):
        await put(store, run, row(TASKS, id=1), collection=TASKS, children={"task_users": [(1, 2)]})


async def test_s13_a_column_of_another_type_is_named_and_nothing_is_written(
    on_postgres: str, open_store: Opener
) -> None:
    """New rows go as they are in memory: what is as wide as the type expected would be taken for it."""
    query(on_postgres, "ALTER TABLE trackops_invoices ALTER COLUMN _syncd_hash TYPE double precision")
    store = await open_store(on_postgres)
    await store.enroll("acme", TRACKOPS)
    run = await begin(store)
    with pytest.raises(StoreAltered, match=r"_syncd_hash .* double precision.*syncd db check"):
        await put(store, run, invoice(1))
    assert ["column trackops_invoices._syncd_hash has the type double precision"] == await store.check()
    await put(store, run, row(CASES, id=1), collection=CASES)
    assert [] == column(on_postgres, "SELECT id FROM trackops_invoices")


async def test_s14_a_user_s_vacuum_and_deletes_during_a_walk_do_no_harm(store: Store, database: str, kind: str) -> None:
    run = await begin(store)
    for at in range(3):
        await put(store, run, *(invoice(at * 10 + n) for n in range(10)))
        if kind == "sqlite":
            with closing(sqlite3.connect(_path(database), isolation_level=None)) as other:
                other.execute("VACUUM")
        else:
            with psycopg.connect(database, autocommit=True) as session:
                session.execute("VACUUM FULL")
        query(database, f"DELETE FROM trackops_invoices WHERE id = {at * 10}")
    assert 27 == len(column(database, "SELECT id FROM trackops_invoices"))
    assert [] == await store.check()


async def test_p13_a_cancelled_commit_is_finished_or_never_begun(store: Store, database: str) -> None:
    run = await begin(store)
    children = {"invoice_details": [d for n in range(50) for d in details(n, n)]}
    stays = 0
    for nth in range(1, 9):
        numbers = range(nth * 50, nth * 50 + 50)
        found = await page(
            store, run, rows(INVOICES, [invoice(n) for n in numbers], children=children), cursor={"page": nth}
        )
        task = asyncio.ensure_future(store.commit(found))
        for _ in range(nth % 4):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        reached = (await store.cursor("acme", INVOICES) or {"page": stays})["page"]
        assert reached in {stays, nth}
        stays = reached
    (count,) = column(database, "SELECT count(*) FROM trackops_invoices")
    assert count == (await store.state("acme", INVOICES)).live_rows
    assert 0 == count % 50
    assert Committed(unchanged=0) == await store.commit(await page(store, run, Rows()))


def test_stores_do_not_leave_their_thread_behind(database: str, clock: TurnedClock) -> None:
    async def use() -> None:
        store = await Store.open(database, [TRACKOPS], clock=clock)
        await store.runs()
        await store.close()

    asyncio.run(use())
    assert not [t for t in threading.enumerate() if t.name.startswith("syncd-writer")]
