"""Keeping a connection current: what is read when, and what happens when vendor, clock or disk fail."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import structlog

from syncd import log as logs
from syncd.config import load
from syncd.daemon.gate import Room
from syncd.daemon.keeper import Timing
from syncd.daemon.supervise import Running
from syncd.errors import StoreFull
from tests.daemon.processes import Clock, Supervised, place, supervised, until
from tests.turned_clock import TurnedClock

HOUR = 3600.0
QUARTER = 900.0
MINUTELY = "".join(f'[connections.acme.collections.{name}]\nevery = "1m"\n' for name in ("fields", "staff"))


async def settled() -> None:
    """Time enough for anything that should not happen."""
    await asyncio.sleep(0.4)


async def test_starts_are_put_off_by_chance_so_that_not_everything_begins_at_once(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock, longest_s = Clock(), 1e7  # that chance takes less than a second of it is out of the question
        async with supervised(here.configure(), clock, Timing(tick_s=0.05, jitter_s=longest_s)):
            await settled()
            assert 0 == here.vendor.log.count()
            clock.turn(longest_s)
            await here.ran(3)


async def test_p8_a_run_longer_than_its_interval_is_followed_by_one_and_no_more(
    tmp_path: Path, sqlite_url: str
) -> None:
    """It takes ten times as long as the interval, which nobody makes good afterwards."""
    async with place(tmp_path, sqlite_url, names=("fields", "staff"), collections=MINUTELY) as here:
        clock = Clock()
        async with supervised(here.configure(MINUTELY), clock):
            await here.ran(2)
            slow = here.vendor.switch.fail("delay", seconds=0.7)
            before = here.vendor.log.count()
            clock.turn(61)
            await here.asked(before + 1)
            clock.turn(600)
            slow.times = 0
            await here.ran(4)
            await settled()
            # Two collections, and one run of each that may have waited.
            assert here.runs() <= 6
        _one_after_the_other(here.rows("SELECT * FROM syncd_runs ORDER BY id"))


async def test_p11_a_crash_loop_sends_no_faster_than_the_rate(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("fields",), rate="200/min") as here:
        config = here.configure(rate="200/min")
        for number in range(6):
            async with supervised(config, Clock()):
                await here.asked(number + 1)
        assert min(here.vendor.log.gaps()) >= 0.3


@pytest.mark.parametrize("status", [400, 500])
async def test_p12_one_collection_that_always_fails_keeps_no_other_waiting(
    tmp_path: Path, sqlite_url: str, status: int
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        here.vendor.switch.fail("status", status=status, path="/staff")
        clock = Clock(speed=100)
        async with supervised(here.configure(), clock) as daemon:
            for turn in range(1, 5):
                await here.ran(turn, collection="fields")
                await here.ran(turn, collection="clients")
                clock.turn(QUARTER)
            assert not daemon.task.done()
        assert 0 == here.runs(collection="staff")
        assert 1 <= here.runs("failed", "staff")
        assert "ok" == here.state()["state"]


async def test_a_run_that_failed_is_a_warning_that_names_its_place(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        here.vendor.switch.fail("status", status=503, path="/staff")
        async with supervised(here.configure(), Clock(speed=100)) as daemon:
            await until(lambda: daemon.said.getvalue().count('"run_ended"') >= 3, "three lines")
        said = [json.loads(line) for line in daemon.said.getvalue().splitlines()]
    levels = {event["collection"]: event["level"] for event in said if event["action"] == "run_ended"}
    assert {"staff": "warning", "fields": "info", "clients": "info"} == levels
    retries = [event for event in said if event["action"] == "retry"]
    assert {("acme", "/staff")} == {(event["connection"], event["path"]) for event in retries}


async def test_c2_after_the_clock_was_set_due_times_are_worked_out_anew(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock) as daemon:
            await here.ran(3)
            clock.set(timedelta(hours=2))
            await here.ran(6)
            await settled()  # what comes next is planned
            clock.set(timedelta(hours=-3))
            await settled()
            assert 6 == here.runs()
            # Due times stored by the clock that was ahead are hours away: nobody waits for them.
            clock.turn(QUARTER + 1)
            await here.ran(9)
            assert not daemon.task.done()


async def test_c6_after_a_sleep_of_eight_hours_each_collection_is_read_once(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock):
            await here.ran(3)
            clock.set(timedelta(hours=8))
            await here.ran(6)
            await settled()
            assert 6 == here.runs()


async def test_n11_after_a_day_without_network_each_collection_is_read_once(tmp_path: Path, sqlite_url: str) -> None:
    """While it is away few questions are asked, and when it is back there is no stampede."""
    clock = Clock(speed=100)
    async with place(tmp_path, sqlite_url, now=clock.now, monotonic=clock.monotonic) as here:
        async with supervised(here.configure(rate="2/s"), clock) as daemon:
            await here.ran(3)
            await here.vendor.stop()
            for _ in range(24):
                clock.turn(HOUR)
                await asyncio.sleep(0.15)
            assert not daemon.task.done()
            failed = here.runs("failed")
            assert 5 <= failed <= 8
            await here.vendor.start()
            here.vendor.log.clear()
            clock.turn(HOUR)
            await here.ran(6)
            await settled()
            assert 6 == here.runs()
            assert min(here.vendor.log.gaps()) >= 0.5
        assert [] == here.differences()


async def test_v5_a_refused_connection_stands_still_is_probed_hourly_and_comes_back(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock) as daemon:
            await here.ran(3)
            good, here.vendor.settings.token = here.vendor.settings.token, "another"
            clock.turn(QUARTER + 1)
            await until(here.stopped, "stopped")
            asked = here.vendor.log.count()
            clock.turn(HOUR / 2)
            await settled()
            assert asked == here.vendor.log.count()
            clock.turn(HOUR / 2 + 1)
            await until(lambda: here.vendor.log.count() > asked, "a probe")
            await settled()
            assert asked + 1 == here.vendor.log.count()
            assert "401" in here.state()["message"]
            here.vendor.settings.token = good
            clock.turn(HOUR + 1)
            await here.ran(6)
            assert "ok" == here.state()["state"]
            assert not daemon.task.done()


async def test_v5_a_new_secret_in_its_file_ends_the_standstill_at_once(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        secret = tmp_path / "token"
        secret.write_text("wrong")
        secret.chmod(0o600)
        file = tmp_path / "config.toml"
        file.write_text(file.read_text().replace(f'"{here.vendor.token}"', '"file:token"'))
        async with supervised(load(file, environ={}), Clock()):
            await until(here.stopped, "stopped")
            secret.write_text(here.vendor.token)
            await here.ran(3)
        assert [] == here.differences()


async def test_a_connection_that_stood_still_is_tried_once_at_the_next_start(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        config = here.configure()
        good, here.vendor.settings.token = here.vendor.settings.token, "another"
        async with supervised(config, Clock()):
            await until(here.stopped, "stopped")
        here.vendor.log.clear()
        async with supervised(config, Clock()):
            await until(lambda: here.vendor.log.count() == 1, "a probe")
            await settled()
            assert 1 == here.vendor.log.count()
        here.vendor.settings.token = good
        async with supervised(config, Clock()):
            await here.ran(3)


async def test_s5_a_full_disk_holds_everything_and_needs_nobody(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("subjects",), rows={"subjects": 900}) as here:
        clock = Clock(speed=20)
        async with supervised(here.configure(), clock) as daemon:
            pages = await _pages(daemon, "page_count")
            await _pages(daemon, f"max_page_count = {pages + 8}")
            await here.ran(1, "failed")
            await settled()
            assert not daemon.task.done()
            assert 0 == here.runs()
            await _pages(daemon, "max_page_count = 1000000")
            await here.ran(1)
        assert [] == here.differences()


def test_s5_a_full_disk_is_told_of_every_thirty_seconds_at_most() -> None:
    """However often something finds it full; at level debug, where the log leaves nothing out by itself."""
    clock, said = TurnedClock(), io.StringIO()
    told: list[int] = []
    logs.configure(level="debug", format="json", stream=said)
    room = Room(clock, first_wait_s=5.0)
    for second in range(0, 100, 10):
        room.full(StoreFull("full"))
        told += [second] if len(said.getvalue().splitlines()) > len(told) else []
        clock.turn(10.0)
    structlog.reset_defaults()
    assert [0, 30, 60, 90] == told


async def test_s13_a_daemon_goes_on_with_the_collections_whose_tables_are_as_it_made_them(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with supervised(here.configure(), clock) as daemon:
            await here.ran(3)
            with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as user:
                user.execute("DROP TABLE trackops_clients")
            here.vendor.content.insert("clients")
            for turn in (2, 3):
                clock.turn(QUARTER + 1)
                await here.ran(turn, collection="fields")
                await here.ran(turn, collection="staff")
                await here.ran(1, "failed", "clients")
            assert not daemon.task.done()
        row = here.rows("SELECT * FROM syncd_collections WHERE collection = 'clients'")[0]
        assert "StoreAltered" == row["error_class"]
        assert "trackops_clients" in row["last_error"]


async def _pages(daemon: Supervised, pragma: str) -> int:
    def ask(connection: Any) -> int:
        return int(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar())

    return await daemon.service.store._read(ask)


async def test_small_cycles_go_between_the_requests_of_a_long_first_sync(tmp_path: Path, sqlite_url: str) -> None:
    collections = '[connections.acme.collections.fields]\nevery = "1s"\n'
    names = ("fields", "subjects")
    async with place(tmp_path, sqlite_url, names=names, rows={"subjects": 4000}) as here:
        async with supervised(here.configure(collections, rate="15/s"), Clock()):
            await here.ran(1, collection="subjects")
        paths = [entry.path.rsplit("/", 1)[-1] for entry in here.vendor.log.entries]
        first, last = paths.index("subjects"), len(paths) - 1 - paths[::-1].index("subjects")
        assert paths[first:last].count("fields") >= 2


async def test_p7_a_run_without_a_page_is_given_up_and_the_others_go_on(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        here.vendor.switch.fail("never", path="/staff")
        timing = Timing(tick_s=0.05, jitter_s=0.0, stall_s=0.5)
        async with supervised(here.configure(), Clock(), timing):
            await here.ran(1, collection="clients")
            await until(lambda: here.runs("interrupted", "staff") >= 1, "given up", within_s=30)
            await settled()
            row = here.rows("SELECT * FROM syncd_collections WHERE collection = 'staff'")[0]
            assert "failed" == row["state"]
            assert "Given up" in row["last_error"]


async def test_p7_every_page_puts_the_end_of_a_long_run_off(tmp_path: Path, sqlite_url: str) -> None:
    """However long there is something to read: it is given up when nothing comes, not when it lasts."""
    seen: list[Running] = []

    async def see(running: Running) -> None:
        seen.append(running)
        await asyncio.Event().wait()

    async with place(tmp_path, sqlite_url, names=("subjects",), rows={"subjects": 3000}) as here:
        here.vendor.switch.fail("delay", seconds=0.05)
        async with supervised(here.configure(), Clock(), beside=see):
            await until(lambda: here.vendor.log.count("/subjects") >= 3, "pages")
            [keeper] = seen[0].keepers.values()
            ends_at = keeper.runs._deadlines["subjects"].when()
            await until(lambda: here.vendor.log.count("/subjects") >= 8, "more pages")
            assert (keeper.runs._deadlines["subjects"].when() or 0.0) > (ends_at or 0.0)


async def test_k4_rows_of_a_connection_that_is_configured_no_more_stay(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url) as here:
        async with supervised(here.configure(), Clock()):
            await here.ran(3)
        file = tmp_path / "config.toml"
        file.write_text(file.read_text().replace("connections.acme", "connections.other"))
        async with supervised(load(file, environ={}), Clock()):
            await here.ran(6)
        assert [] == here.differences()


async def test_a_sweep_is_due_by_itself_and_one_that_failed_waits_an_hour(tmp_path: Path, sqlite_url: str) -> None:
    async with place(tmp_path, sqlite_url, names=("clients",)) as here:
        clock = Clock(speed=100)
        async with supervised(here.configure(), clock):
            await here.ran(1)
            cut = here.vendor.switch.fail("wrong_kind", path="/clients")
            clock.turn(8 * 24 * HOUR)
            await until(lambda: _kinds(here.rows, "sweep", "failed") >= 1, "a sweep that fails")
            cut.times = 0
            clock.turn(HOUR / 2)
            await until(lambda: _kinds(here.rows, "cycle", "ok") >= 2, "a cycle")
            await settled()
            assert 0 == _kinds(here.rows, "sweep", "ok")
            clock.turn(HOUR)
            await until(lambda: _kinds(here.rows, "sweep", "ok") >= 1, "the sweep")


async def test_p8_no_collection_is_read_twice_at_the_same_time(tmp_path: Path, sqlite_url: str) -> None:
    """Its cycle and its sweep fall due together: one goes first, the other finds what is left."""
    async with place(tmp_path, sqlite_url, names=("staff", "clients")) as here:
        clock = Clock()
        async with supervised(here.configure(), clock):
            await here.ran(2)
            here.vendor.switch.fail("delay", seconds=0.15)
            clock.turn(8 * 24 * HOUR)
            await until(lambda: _kinds(here.rows, "sweep", "ok") >= 2, "the sweeps")
            await settled()
        _one_after_the_other(here.rows("SELECT * FROM syncd_runs ORDER BY id"))


def _one_after_the_other(rows: list[dict[str, Any]]) -> None:
    for name in {row["collection"] for row in rows}:
        times = [(row["started_at"], row["finished_at"]) for row in rows if row["collection"] == name]
        assert all(later[0] >= earlier[1] for earlier, later in pairwise(times)), times


def _kinds(rows: Callable[[str], list[dict[str, Any]]], kind: str, state: str) -> int:
    return len(rows(f"SELECT * FROM syncd_runs WHERE kind = '{kind}' AND state = '{state}'"))
