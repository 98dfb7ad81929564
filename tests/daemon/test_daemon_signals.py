"""How the daemon ends: politely, at once, beside another, and when a part of it dies."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from syncd.daemon.supervise import Running
from tests.accounts import both
from tests.daemon.processes import FEW, Clock, place, supervised, until

# Found by type: the tests start the real program and only then reach into it.
REACH = """
import gc
from syncd import steps
def found(kind):
    gc.unfreeze()  # what was there at the start is hidden otherwise
    return next(each for each in gc.get_objects() if type(each).__name__ == kind)
"""
WRITER_DIES = (
    REACH + "steps.watch(lambda step: step == 'before_commit' and found('ThreadPoolExecutor').shutdown(wait=False))"
)
# Once: told a second time it would raise, and it is the death that has to be noticed.
SCHEDULER_DIES = (
    REACH
    + """
def die(step):
    if step == 'run_ended':
        steps.watch(None)
        found('AsyncIOScheduler').shutdown(wait=False)
steps.watch(die)
"""
)
SHORT_DEADLINE = """
from syncd.daemon.stop import stop_on_signals
stop_on_signals.__wrapped__.__kwdefaults__["within_s"] = 0.5
"""
RUN_DIES = """
from syncd import steps
class Collapse(BaseException): pass
def collapse(step):
    if step == 'after_fetch': raise Collapse
steps.watch(collapse)
"""


@both
async def test_p1_an_idle_daemon_ends_with_0_when_asked(tmp_path: Path, database_url: str) -> None:
    async with place(tmp_path, database_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        daemon.signal(signal.SIGTERM)
        assert 0 == await daemon.ends(5)
    assert [] == here.differences()
    assert 0 == here.runs("running")


async def test_p1_ctrl_c_ends_it_too(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        daemon.signal(signal.SIGINT)
        assert 0 == await daemon.ends(5)


@both
async def test_p1_in_a_walk_nothing_more_is_sent_and_the_run_says_interrupted(
    tmp_path: Path, database_url: str
) -> None:
    """What was committed stays, and the next daemon goes on behind it."""
    async with place(tmp_path, database_url, names=("subjects",), rows={"subjects": 1200}) as here:
        slow = here.vendor.switch.fail("delay", seconds=0.2)
        async with here.run() as daemon:
            await until(lambda: here.vendor.log.count("/subjects") >= 5, "pages")
            daemon.signal(signal.SIGTERM)
            asked = here.vendor.log.count()
            assert 0 == await daemon.ends(5)
        assert here.vendor.log.count() <= asked + 1
        assert 1 == here.runs("interrupted")
        kept = here.rows("SELECT count(*) AS n FROM trackops_subjects")[0]["n"]
        assert kept >= 200
        slow.times = 0
        before = here.vendor.log.count("/subjects", query="per_page")
        async with here.run():
            await here.ran(1)
        assert [] == here.differences()
        # 12 pages, the page in hand again, what proves the end, and the counts.
        assert here.vendor.log.count("/subjects", query="per_page") - before <= 12 - kept // 100 + 4


async def test_p1_a_commit_in_hand_is_finished(tmp_path: Path, postgres_url: str) -> None:
    """The page whose transaction waits for a lock when the signal comes is stored, with its place in the walk."""
    async with place(tmp_path, postgres_url, names=("subjects",), rows={"subjects": 500}) as here:
        with psycopg.connect(postgres_url) as other:
            other.execute("LOCK TABLE trackops_subjects IN SHARE MODE")
            async with here.run() as daemon:
                await until(lambda: _waiting(postgres_url), "a commit that waits")
                daemon.signal(signal.SIGTERM)
                await daemon.says("stopping")
                await asyncio.sleep(0.2)
                assert daemon.process.returncode is None
                other.rollback()
                assert 0 == await daemon.ends(5)
        assert 100 == here.rows("SELECT count(*) AS n FROM trackops_subjects")[0]["n"]
        assert 1 == here.rows("SELECT cursor FROM syncd_cursors")[0]["cursor"]["walk"]["page"]
        assert 1 == here.runs("interrupted")


@both
async def test_p2_a_second_signal_ends_it_at_once_and_the_copy_stays_whole(tmp_path: Path, database_url: str) -> None:
    async with place(tmp_path, database_url, names=("subjects",), rows={"subjects": 500}) as here:
        with _stuck(database_url) as stick:
            async with here.run() as daemon:
                await until(lambda: here.vendor.log.count() >= 2, "a walk under way")
                stick()
                daemon.signal(signal.SIGTERM)
                await asyncio.sleep(0.5)
                assert daemon.process.returncode is None
                daemon.signal(signal.SIGTERM)
                assert -signal.SIGTERM == await daemon.ends(1)
        async with here.run("sync") as again:
            assert 0 == await again.ends()
        assert [] == here.differences()
        assert 0 == here.runs("running")


async def test_p2_what_has_not_ended_by_the_deadline_is_ended_and_the_copy_stays_whole(
    tmp_path: Path, sqlite_url: str
) -> None:
    """As where a disk or a network does not answer: a service manager would have to kill it."""
    async with place(tmp_path, sqlite_url, names=("subjects",), rows={"subjects": 500}) as here:
        with _stuck(sqlite_url) as stick:
            async with here.run(code=SHORT_DEADLINE) as daemon:
                await until(lambda: here.vendor.log.count() >= 2, "a walk under way")
                stick()
                daemon.signal(signal.SIGTERM)
                assert 1 == await daemon.ends(60)
        async with here.run("sync") as again:
            assert 0 == await again.ends()
        assert [] == here.differences()


@both
async def test_p4_a_second_daemon_is_refused_and_told_who_has_the_database(tmp_path: Path, database_url: str) -> None:
    async with place(tmp_path, database_url) as here, here.run() as daemon:
        await daemon.says("started")
        began = time.monotonic()
        async with here.run() as second:
            assert 3 == await second.ends(60)
        assert "syncd run" in "".join(second.text)
        assert time.monotonic() - began < 10
        async with here.run("sync") as sync:
            assert 3 == await sync.ends(60)
        assert "syncd backfill" in "".join(sync.text)
        assert daemon.process.returncode is None
        await here.ran(len(FEW))


async def test_p5_a_daemon_whose_lock_was_cut_takes_it_again(tmp_path: Path, postgres_url: str) -> None:
    async with place(tmp_path, postgres_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        before = _lock_holder(postgres_url)
        with psycopg.connect(postgres_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (before,))
        await until(lambda: _lock_holder(postgres_url) not in {before, None}, "the lock again")
        assert daemon.process.returncode is None


async def test_p5_a_daemon_whose_lock_went_to_another_ends_with_3(tmp_path: Path, postgres_url: str) -> None:
    async with place(tmp_path, postgres_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        with psycopg.connect(postgres_url, autocommit=True) as other:
            held = "SELECT classid::bigint, objid::bigint, pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
            row = other.execute(held).fetchone()
            assert row is not None
            number = row[1] - (1 << 32) if row[1] >= 1 << 31 else row[1]
            other.execute("SELECT pg_terminate_backend(%s)", (row[2],))
            other.execute("SELECT pg_advisory_lock(%s, %s)", (row[0], number))
            assert 3 == await daemon.ends(60)
        assert "store_broken" in daemon.actions()


async def test_p6_a_part_that_dies_ends_all_others(tmp_path: Path, sqlite_url: str) -> None:
    async def dies(_running: Running) -> None:
        await here.ran(len(FEW))
        raise OSError("the part's own")

    async with place(tmp_path, sqlite_url) as here:
        async with supervised(here.configure(), Clock(), beside=dies) as daemon:
            await asyncio.wait({daemon.task}, timeout=20)
            assert daemon.task.done()
            assert 1 == daemon.task.result()
            assert "the part's own" in daemon.said.getvalue()
        assert 0 == here.runs("running")


@pytest.mark.parametrize("death", [WRITER_DIES, SCHEDULER_DIES, RUN_DIES], ids=["writer", "scheduler", "run"])
async def test_p6_a_daemon_that_lost_a_part_ends_with_1(tmp_path: Path, sqlite_url: str, death: str) -> None:
    """A service manager starts it again; a process that only looks healthy would be left alone."""
    async with place(tmp_path, sqlite_url) as here:
        async with here.run(code=death) as daemon:
            assert 1 == await daemon.ends()
        async with here.run() as again:
            await again.says("started")
            await here.ran(len(FEW))
            again.signal(signal.SIGTERM)
            assert 0 == await again.ends(5)
        assert 0 == here.runs("running")
        assert [] == here.differences()


async def test_c6_a_process_that_was_stopped_goes_on_with_one_run_of_each(tmp_path: Path, sqlite_url: str) -> None:
    """As a laptop's lid or a paused machine does it; what it has missed is not made up for."""
    often = '[connections.acme.collections.fields]\nevery = "1s"\n'
    async with place(tmp_path, sqlite_url, names=("fields",), collections=often) as here, here.run() as daemon:
        await here.ran(2)
        daemon.signal(signal.SIGSTOP)
        await asyncio.sleep(4)
        before = here.runs()
        daemon.signal(signal.SIGCONT)
        await here.ran(before + 1)
        await asyncio.sleep(0.5)
        assert here.runs() <= before + 2
        daemon.signal(signal.SIGTERM)
        assert 0 == await daemon.ends(5)


async def test_an_interrupted_sync_ends_with_130_and_is_gone_on_with(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("subjects",), rows={"subjects": 900}) as here:
        slow = here.vendor.switch.fail("delay", seconds=0.15)
        async with here.run("sync", "--json") as sync:
            await until(lambda: here.vendor.log.count() >= 4, "pages")
            sync.signal(signal.SIGINT)
            assert 130 == await sync.ends(5)
        assert 1 == here.runs("interrupted")
        slow.times = 0
        async with here.run("sync") as sync:
            assert 0 == await sync.ends()
        assert [] == here.differences()


@contextlib.contextmanager
def _stuck(url: str) -> Iterator[Callable[[], object]]:
    """What makes every commit wait until the block ends."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            yield lambda: file.execute("BEGIN IMMEDIATE")
    else:
        with psycopg.connect(url) as other:
            yield lambda: other.execute("LOCK TABLE trackops_subjects, syncd_runs IN ACCESS EXCLUSIVE MODE")


def _waiting(url: str) -> bool:
    with psycopg.connect(url) as other:
        row = other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        return bool(row and row[0])


def _lock_holder(url: str) -> int | None:
    with psycopg.connect(url) as other:
        row = other.execute("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted").fetchone()
        return row[0] if row else None
