"""One database, several processes and readers: who keeps which connection, and what keeps the log small."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from syncd.config import Config
from syncd.daemon import supervise
from syncd.daemon.supervise import LOCK_LOOKS_S
from syncd.service import InUse, open_service
from syncd.standin.server import StandIn
from tests import kit
from tests.configured import loaded
from tests.daemon.processes import FEW, Clock, place, supervised, until


def _both(folder: Path, one: StandIn, other: StandIn, url: str) -> Config:
    """A configuration of two connections, ``acme`` and ``other``."""
    first = kit.toml(one, url, FEW)
    _, header, second = kit.toml(other, url, FEW).partition("[connections.acme]\n")
    return loaded(folder, first + (header + second).replace("connections.acme", "connections.other"))


async def test_p4_on_postgresql_a_second_daemon_keeps_the_connections_that_are_free(
    tmp_path: Path, postgres_url: str
) -> None:
    async with place(tmp_path, postgres_url) as here, StandIn.trackops(cases=4, seed=2) as another:
        acme = here.configure()
        both = _both(tmp_path, here.vendor, another, postgres_url)
        async with open_service(acme, lock=True, holder="syncd run") as first:
            assert ["acme"] == list(first.readers)
            with pytest.raises(InUse, match="acme is in use by syncd run") as refused:
                async with open_service(both, lock=True, holder="syncd sync"):
                    pass
            assert refused.value.by_daemon
            async with supervised(both, Clock()) as daemon:
                assert ["other"] == list(daemon.service.readers)
                await here.ran(len(FEW))
                assert "left_to_others" in daemon.said.getvalue()
        assert 0 == here.vendor.log.count()
        async with supervised(both, Clock()):
            await here.ran(3 * len(FEW) - len(FEW))


async def test_one_connection_that_is_refused_leaves_the_other_alone(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here, StandIn.trackops(cases=4, seed=2) as another:
        both = _both(tmp_path, here.vendor, another, sqlite_url)
        here.vendor.settings.token = "another"
        async with supervised(both, Clock()):
            await until(here.stopped, "stopped")
            await here.ran(len(FEW))
        names = {row["connection"] for row in here.rows("SELECT * FROM syncd_runs WHERE state = 'ok'")}
        assert {"other"} == names


async def test_s4_the_log_is_folded_away_while_nothing_runs(
    tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that never ends is in the way of that: then a person is told."""
    monkeypatch.setattr(supervise, "LOG_FOLDED_AT", 0)
    async with place(tmp_path, sqlite_url) as here:
        file = Path(sqlite_url.removeprefix("sqlite:///"))
        written = file.with_name(f"{file.name}-wal")
        clock = Clock()
        async with supervised(here.configure(), clock) as daemon:
            await here.ran(len(FEW))
            clock.turn(70)
            await until(lambda: 0 == written.stat().st_size, "an empty log")
            assert "log_grows" not in daemon.said.getvalue()
            with closing(sqlite3.connect(file, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM trackops_clients").fetchone()
                monkeypatch.setattr(supervise, "LOG_WARNED_AT", 0)
                clock.turn(1000)
                await here.ran(2 * len(FEW))
                clock.turn(70)
                await until(lambda: "log_grows" in daemon.said.getvalue(), "a warning")


async def test_s8_a_daemon_outlives_its_server_s_sessions(tmp_path: Path, postgres_url: str) -> None:
    """As a restart or a failover ends them, in the middle of a run and between runs."""
    often = "".join(f'[connections.acme.collections.{name}]\nevery = "1s"\n' for name in FEW)
    async with place(tmp_path, postgres_url, collections=often) as here:
        async with supervised(here.configure(often), Clock()) as daemon:
            for number in range(1, 5):
                await here.ran(number * len(FEW))
                with psycopg.connect(postgres_url, autocommit=True) as other:
                    other.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
            await here.ran(6 * len(FEW))
            assert not daemon.task.done()
        assert [] == here.differences()


async def test_s8_a_daemon_outlives_a_server_that_takes_no_sessions_for_a_while(
    tmp_path: Path, postgres_url: str
) -> None:
    """As while it fails over: what is due waits, and so do the lock and everything else that is looked at."""
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    elsewhere = postgres_url.replace(f"/{name}", "/postgres", 1)
    async with place(tmp_path, postgres_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock) as daemon:
            await here.ran(len(FEW))
            with psycopg.connect(elsewhere, autocommit=True) as other:
                other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
                other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
                clock.turn(2 * LOCK_LOOKS_S)
                before = daemon.said.getvalue().count("database_busy")
                await until(lambda: daemon.said.getvalue().count("database_busy") > before, "its complaint")
                clock.turn(2 * LOCK_LOOKS_S)
                await asyncio.sleep(0.4)
                assert not daemon.task.done()
                other.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            clock.turn(1000)
            await here.ran(2 * len(FEW))
            assert not daemon.task.done()
        assert [] == here.differences()


async def test_s6_a_daemon_whose_file_was_deleted_ends_with_3_and_makes_no_other(
    tmp_path: Path, sqlite_url: str
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    async with place(tmp_path, sqlite_url) as here, here.run() as daemon:
        await here.ran(len(FEW))
        _delete(file)
        assert 3 == await daemon.ends()
        assert [] == _files(file)
        assert "store_broken" in daemon.actions()
        assert "Traceback" not in "".join(daemon.text)


def _files(database: Path) -> list[Path]:
    """The database's file and those of SQLite beside it."""
    return [file for file in database.parent.glob(f"{database.name}*") if file.suffix != ".lock"]


def _delete(database: Path) -> None:
    for file in _files(database):
        file.unlink()
