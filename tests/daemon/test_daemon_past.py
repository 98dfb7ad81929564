"""The rest of what is due of a collection is read for as long as it takes, and nothing that is new waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

from syncd.config import Config
from syncd.daemon.supervise import Running
from syncd.service import ask_daemon
from syncd.standin.faults import Fault
from syncd.standin.server import StandIn
from syncd.standin.trackunit.settings import Settings
from syncd.web.live import Live
from tests import kit, oracle
from tests.configured import loaded
from tests.daemon.processes import PATIENCE_S, Clock, Place, Supervised, supervised, until

NAMES = ("units", "unit_history", "trips", "alarm_log")
UNITS = 60
PARALLEL = 2
QUARTER, DAY = 900.0, 86400.0
OFTEN = "".join(f'[connections.acme.collections.{name}]\nevery = "15m"\n' for name in ("units", "trips", "alarm_log"))
LONG = "/Report/UnitHistory"


@asynccontextmanager
async def fleet(folder: Path, url: str, clock: Clock) -> AsyncIterator[Place]:
    async with StandIn.trackunit(
        now=clock.now, monotonic=clock.monotonic, units=UNITS, days=12, rows_per_day=1, steady=True,
        settings=Settings(rate=None),
    ) as vendor:  # fmt: skip
        yield Place(folder, vendor, url, NAMES)


def configured(here: Place, history_every: str, parallel: int = PARALLEL) -> Config:
    tables = f'{OFTEN}[connections.acme.collections.unit_history]\nevery = "{history_every}"\n'
    text = kit.fleet_toml(here.vendor, here.url, here.folder, NAMES, tables, f"parallel = {parallel}")
    config = loaded(here.folder, text)
    # Whoever holds an answer back for as long as a test may last is patient.
    return replace(config, connections=tuple(replace(each, timeout_s=600.0) for each in config.connections))


class Hold:
    """Answers of the stand-in, by default those of the long reading, that come only when they are let go."""

    def __init__(self, here: Place, path: str = LONG, *, after: int = 0) -> None:
        self.held = -after
        self.let_go = asyncio.Event()
        here.vendor.switch.fail(Fault("held", wait=self._wait), path=path)

    async def _wait(self, _chance: object) -> None:
        self.held += 1
        if self.held > 0:
            await self.let_go.wait()


def ended(here: Place, name: str, after: int) -> int:
    """How many runs of a collection have ended well since one."""
    where = f"state = 'ok' AND collection = '{name}' AND id > {after}"
    return int(here.rows(f"SELECT count(*) AS n FROM syncd_runs WHERE {where}")[0]["n"])


def read_since(here: Place, name: str, after: int) -> bool:
    return ended(here, name, after) > 0


def last_run(here: Place) -> int:
    return int(here.rows("SELECT max(id) AS n FROM syncd_runs")[0]["n"])


def differences(here: Place) -> list[str]:
    snapshot = here.vendor.content.snapshot()
    return oracle.differences(here.url, snapshot, connection=kit.NAME, vendor_name="trackunit", only=NAMES)


async def a_week_later(here: Place, clock: Clock, parallel: int = PARALLEL) -> Hold:
    """Everything of the last week is due to be read again, and the first answers to that are held back."""
    for name in NAMES:
        await here.ran(1, collection=name)
    hold = Hold(here)
    clock.turn(8 * DAY)
    await until(lambda: hold.held >= parallel, "the long reading is under way")
    return hold


def waiting(daemon: Supervised) -> int:
    return daemon.service.readers[kit.NAME].client.pace_of(LONG).waiting


async def test_what_is_new_waits_for_no_more_than_the_requests_in_flight_while_a_week_is_read_again(
    tmp_path: Path, sqlite_url: str
) -> None:
    clock = Clock()
    async with fleet(tmp_path, sqlite_url, clock) as here:
        async with supervised(configured(here, "1d"), clock) as daemon:
            hold = await a_week_later(here, clock)
            long = here.rows("SELECT id FROM syncd_runs WHERE collection = 'unit_history' AND state = 'running'")[0][
                "id"
            ]
            for one in list(here.vendor.content.tables["units"])[:12]:
                here.vendor.content.report(one)
            before, sent = last_run(here), here.vendor.log.count()
            clock.turn(QUARTER)
            await until(lambda: waiting(daemon) > 0, "what is new is due, and waits")
            assert sent == here.vendor.log.count()
            hold.let_go.set()
            for name in ("units", "trips", "alarm_log"):
                await until(partial(read_since, here, name, before), f"{name} is read")
            new = here.rows(
                f"SELECT * FROM syncd_runs WHERE collection <> 'unit_history' AND id > {before} ORDER BY id"
            )
            await until(
                lambda: bool(here.rows(f"SELECT 1 FROM syncd_runs WHERE id = {long} AND state = 'ok'")), "a week"
            )
        paths = [entry.path.removeprefix("/public") for entry in here.vendor.log.entries][sent:]
        assert LONG != paths[0]
        last = max(place for place, path in enumerate(paths) if path == "/Report/Trip")
        # The long reading goes on meanwhile: the lowest keep a tenth of the turns.
        assert paths[:last].count(LONG) >= (last - paths[:last].count(LONG)) // 10
        over = here.rows(f"SELECT finished_at FROM syncd_runs WHERE id = {long}")[0]["finished_at"]
        first = {row["collection"]: row["finished_at"] for row in reversed(new)}
        assert {"units", "trips", "alarm_log"} == set(first)
        assert max(first.values()) < over
        assert {"cycle"} == {row["kind"] for row in new}


async def test_what_comes_due_goes_before_a_backfill_and_a_reading_again_that_have_waited_longer(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Work of every lane is due, one request is in flight: the next is what is new."""
    clock = Clock()
    async with fleet(tmp_path, sqlite_url, clock) as here:
        async with supervised(configured(here, "1d", parallel=1), clock) as daemon:
            hold = await a_week_later(here, clock, parallel=1)
            await until(lambda: 0 == waiting(daemon), "nothing else is due")
            arguments = {"wanted": {kit.NAME: ["alarm_log"]}, "since": (clock.now() - timedelta(days=12)).isoformat()}
            asked = asyncio.create_task(ask_daemon(daemon.service.store, clock, "backfill", arguments))
            await until(lambda: 1 == waiting(daemon), "the backfill waits")
            sent = here.vendor.log.count()
            clock.turn(QUARTER)
            await until(lambda: 2 == waiting(daemon), "what is new waits too")
            hold.let_go.set()
            assert "done" == (await asyncio.wait_for(asked, PATIENCE_S)).state
        paths = [entry.path.removeprefix("/public") for entry in here.vendor.log.entries][sent:]
        assert "/Unit" == paths[0]
        assert {"/AlarmLog", LONG} <= set(paths[1:])


async def test_the_long_reading_of_a_collection_gives_way_to_what_is_new_of_itself(
    tmp_path: Path, sqlite_url: str
) -> None:
    clock = Clock()
    async with fleet(tmp_path, sqlite_url, clock) as here:
        async with supervised(configured(here, "1h"), clock):
            hold = await a_week_later(here, clock)
            one = next(iter(here.vendor.content.tables["units"]))
            here.vendor.content.report(one)
            before = last_run(here)
            clock.turn(2 * 3600.0)
            await here.ran(1, "running", "unit_history")
            hold.let_go.set()
            await until(lambda: ended(here, "unit_history", before) >= 2, "what is new, and then the rest")
            settled = "SELECT 1 FROM syncd_collections WHERE collection = 'unit_history' AND next_past_at > '{}'"
            await until(lambda: bool(here.rows(settled.format(clock.now().strftime("%F %T")))), "nothing is left")
        runs = here.rows("SELECT * FROM syncd_runs WHERE collection = 'unit_history' ORDER BY id")
        # One run at a time, and the long one was over once those in flight had come to their end.
        for one_run, other in pairwise(runs):
            assert one_run["finished_at"] <= other["started_at"]
        gave_way = [run for run in runs if run["id"] <= before][-1]
        assert gave_way["requests"] <= 2 * PARALLEL
        assert {"ok"} == {run["state"] for run in runs}
        assert [] == differences(here)


async def test_a_backfill_tells_how_far_it_has_come_and_how_long_it_will_take(tmp_path: Path, sqlite_url: str) -> None:
    clock, parts = Clock(), list[Running]()

    async def beside(running: Running) -> None:
        parts.append(running)
        await asyncio.Event().wait()

    async with (
        fleet(tmp_path, sqlite_url, clock) as here,
        supervised(configured(here, "1d"), clock, beside=beside) as daemon,
    ):
        for name in NAMES:
            await here.ran(1, collection=name)
        live = Live(parts[0].keepers, clock)
        half = Hold(here, after=UNITS // 2)
        since = (clock.now() - timedelta(days=10)).isoformat()
        arguments = {"wanted": {kit.NAME: ["unit_history"]}, "since": since}
        asked = asyncio.create_task(ask_daemon(daemon.service.store, clock, "backfill", arguments))
        await until(lambda: half.held >= PARALLEL, "half of it is read")
        clock.turn(60.0)  # so long did it take, and counted it is once a second
        half.let_go.set()
        await until(lambda: any(one.seconds_left for one in live.under_way(kit.NAME)), "how long it will take")
        [told] = live.under_way(kit.NAME)
        assert told.share is not None
        assert 0.3 < told.share < 1.0
        assert (told.seconds_left or 0.0) < 3 * 60.0
        assert "done" == (await asyncio.wait_for(asked, PATIENCE_S)).state


async def test_p2_a_daemon_that_was_stopped_reads_on_with_what_is_left_of_the_past(
    tmp_path: Path, sqlite_url: str
) -> None:
    clock = Clock()
    async with fleet(tmp_path, sqlite_url, clock) as here:
        config = configured(here, "1d")
        async with supervised(config, clock):
            await a_week_later(here, clock)
        here.vendor.switch.clear()
        before = last_run(here)
        async with supervised(config, clock):
            await until(lambda: ended(here, "unit_history", before) >= 1, "the rest is read")
        asked = here.rows(
            f"SELECT sum(requests) AS n FROM syncd_runs WHERE collection = 'unit_history' AND id > {before}"
        )
        assert asked[0]["n"] >= UNITS
        assert [] == differences(here)


async def test_the_long_reading_of_a_collection_gives_way_to_what_a_person_wants_of_it(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Hours before its next cycle is due, and what it left is read behind it."""
    clock = Clock()
    async with fleet(tmp_path, sqlite_url, clock) as here:
        async with supervised(configured(here, "1d"), clock) as daemon:
            hold = await a_week_later(here, clock)
            before = last_run(here)
            asked = asyncio.create_task(triggered(daemon, clock, "unit_history"))
            await until(lambda: urged(daemon, "unit_history"), "somebody waits for it")
            hold.let_go.set()
            assert 0 == (await asyncio.wait_for(asked, PATIENCE_S))["exit_code"]
            await until(lambda: ended(here, "unit_history", before) >= 2, "the rest")
        runs = here.rows("SELECT * FROM syncd_runs WHERE collection = 'unit_history' ORDER BY id")
        gave_way = [run for run in runs if run["id"] <= before][-1]
        wanted, rest, *_ = [run for run in runs if run["id"] > before]
        assert gave_way["requests"] <= 2 * PARALLEL
        assert gave_way["finished_at"] <= wanted["started_at"]
        # Nobody who wants what is new waits for a week that is read again.
        assert 0 == wanted["requests"]
        assert rest["requests"] > UNITS / 2
        assert [] == differences(here)


async def test_what_comes_due_while_a_person_waits_for_it_is_not_read_twice_at_once(
    tmp_path: Path, sqlite_url: str
) -> None:
    """Its parent is read first for whoever asked; meanwhile its own cycle is due, and under way when that has ended."""
    clock = Clock()
    async with fleet(tmp_path, sqlite_url, clock) as here:
        async with supervised(configured(here, "1d"), clock) as daemon:
            for name in NAMES:
                await here.ran(1, collection=name)
            before = last_run(here)
            parent, child = Hold(here, "/Unit"), Hold(here, "/AlarmLog")
            clock.turn(0.6 * QUARTER)
            asked = asyncio.create_task(triggered(daemon, clock, "alarm_log"))
            await until(lambda: parent.held > 0, "its parent is read")
            clock.turn(0.5 * QUARTER)
            await until(lambda: child.held > 0, "its cycle is under way")
            parent.let_go.set()
            await until(lambda: read_since(here, "units", before), "its parent has been read")
            await asyncio.sleep(0.2)
            assert 1 == child.held
            child.let_go.set()
            assert 0 == (await asyncio.wait_for(asked, PATIENCE_S))["exit_code"]
            assert not daemon.task.done()
        runs = here.rows("SELECT * FROM syncd_runs WHERE collection = 'alarm_log' ORDER BY id")
        assert 3 == len(runs)
        for one_run, other in pairwise(runs):
            assert one_run["finished_at"] <= other["started_at"]


async def triggered(daemon: Supervised, clock: Clock, name: str) -> Any:
    task = await ask_daemon(daemon.service.store, clock, "trigger", {"wanted": {kit.NAME: [name]}})
    return task.result


def urged(daemon: Supervised, name: str) -> bool:
    return daemon.service.readers[kit.NAME].urged(name)
