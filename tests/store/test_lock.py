"""One process per connection: the second is refused and told by whom, a killed one leaves nothing locked."""
# ruff: noqa: ASYNC240 (a test may look at a file while its loop waits)

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from syncd.errors import StoreBroken
from syncd.store import Store
from tests.store.conftest import Opener
from tests.store.kit import INVOICES, begin, invoice, put

_HOLDER = """
import asyncio, sys
sys.path.insert(0, ".")
from syncd.clock import SystemClock
from syncd.store import Store
from tests.store.kit import TRACKOPS

async def main(url):
    store = await Store.open(url, [TRACKOPS], clock=SystemClock())
    await store.lock(["acme"], holder="syncd run")
    print("locked", flush=True)
    sys.stdin.read()

asyncio.run(main(sys.argv[1]))
"""


async def test_p4_the_second_daemon_is_refused_and_told_by_whom(store: Store, database: str, kind: str) -> None:
    process = subprocess.Popen(  # noqa: ASYNC220 - starts at once
        [sys.executable, "-c", _HOLDER, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert b"locked\n" == process.stdout.readline()
        told = f"syncd run.*process {process.pid}" if kind == "sqlite" else "syncd run from this machine since 20"
        with pytest.raises(StoreBroken, match=f" is in use by {told}"):
            await store.lock(["acme"], holder="syncd sync")
        process.send_signal(signal.SIGKILL)
        process.wait()
    finally:
        process.kill()
        process.communicate()
    # Killed, and free at once (PostgreSQL notices the closed socket).
    for _ in range(50):
        try:
            lock = await store.lock(["acme"], holder="syncd sync")
            break
        except StoreBroken:
            continue
    assert lock.alive()
    assert (("acme",), {}) == (lock.held, lock.refused)


async def test_p4_a_released_lock_is_free(store: Store, database: str, open_store: Opener) -> None:
    other = await open_store(database)
    lock = await store.lock(["acme"], holder="one")
    with pytest.raises(StoreBroken, match="in use by one"):
        await other.lock(["acme"], holder="two")
    await store.release(lock)
    assert not lock.alive()
    await other.lock(["acme"], holder="two")
    await other.close()
    await store.lock(["acme"], holder="one")


async def test_p4_connections_that_are_free_are_taken(
    store: Store, database: str, kind: str, open_store: Opener
) -> None:
    other = await open_store(database)
    await store.lock(["acme"], holder="one")
    if kind == "sqlite":
        with pytest.raises(StoreBroken):
            await other.lock(["acme", "fleet"], holder="two")
        return
    lock = await other.lock(["acme", "fleet"], holder="two")
    assert ("fleet",) == lock.held
    assert ["acme"] == list(lock.refused)
    assert lock.refused["acme"].startswith("one from ")


async def test_p5_a_lost_lock_is_taken_again_before_the_next_commit(store: Store, database: str, kind: str) -> None:
    run = await begin(store)
    lock = await store.lock(["acme"], holder="one")
    _lose(database, kind)
    assert not lock.alive()
    await put(store, run, invoice(1))
    assert lock.alive()


async def test_p5_nothing_is_written_once_another_has_the_lock(
    store: Store, database: str, kind: str, open_store: Opener
) -> None:
    run = await begin(store)
    await store.lock(["acme"], holder="one")
    _lose(database, kind)
    other = await open_store(database)
    await other.lock(["acme"], holder="two")
    with pytest.raises(StoreBroken, match="by two"):
        await put(store, run, invoice(1))
    assert {} == await store.known("acme", INVOICES, [(1,)])


async def test_p5_who_lost_one_of_several_locks_to_another_writes_nothing_more(
    store: Store, database: str, kind: str, open_store: Opener
) -> None:
    """On PostgreSQL, where each connection has a lock of its own; a file has one for all."""
    if kind == "sqlite":
        return
    run = await begin(store)
    await store.lock(["acme", "fleet"], holder="one")
    _lose(database, kind)
    other = await open_store(database)
    await other.lock(["fleet"], holder="two")
    with pytest.raises(StoreBroken, match="lock of fleet was lost and taken by two"):
        await put(store, run, invoice(1))
    assert {} == await store.known("acme", INVOICES, [(1,)])


def _lose(database: str, kind: str) -> None:
    if kind == "sqlite":
        Path(f"{database.removeprefix('sqlite:///')}.lock").unlink()
        return
    with psycopg.connect(database, autocommit=True) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'syncd: %'"
        )


async def test_x4_the_lock_file_is_its_owner_s_alone(store: Store, database: str, kind: str) -> None:
    if kind == "sqlite":
        await store.lock(["acme"], holder="one")
        file = Path(f"{database.removeprefix('sqlite:///')}.lock")
        assert 0o600 == file.stat().st_mode & 0o777
        assert f"one (process {os.getpid()})\n" == file.read_text()
