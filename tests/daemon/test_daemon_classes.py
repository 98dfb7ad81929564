"""A connection whose vendor has several classes of calls: a worker of each, and none waits for another."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncd.config import Config
from syncd.standin.faults import Fault
from tests.classed import PEOPLE, two_classes
from tests.daemon.processes import Clock, Place, place, supervised, until

NAMES = ("fields", "staff", "case_status_history", "cases", "subjects")
OFTEN = "".join(f'[connections.acme.collections.{name}]\nevery = "1s"\n' for name in ("fields", "staff"))


@pytest.fixture(autouse=True)
def _of_two_classes() -> Iterator[None]:
    with two_classes():
        yield


def hold(here: Place) -> asyncio.Event:
    """Let the second page of cases come only when the event is set."""
    met = asyncio.Event()

    async def wait(_chance: object) -> None:
        await met.wait()

    here.vendor.switch.fail(Fault("held", wait=wait), path="/cases", nth=2)
    return met


def patient(config: Config) -> Config:
    """The configuration of somebody who waits for an answer for as long as a test may last."""
    return replace(config, connections=tuple(replace(each, timeout_s=600.0) for each in config.connections))


async def test_a_walk_of_one_class_leaves_no_other_idle_and_what_is_read_behind_it_waits(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with place(tmp_path, sqlite_url, names=NAMES, collections=OFTEN, cases=250) as here:
        met = hold(here)
        async with supervised(patient(here.configure(OFTEN)), Clock()):
            await here.ran(3, collection="fields")
            await here.ran(3, collection="staff")
            assert 0 == here.runs("%", "case_status_history")
            assert 0 == here.runs(collection="cases")
            met.set()
            await here.ran(1, collection="case_status_history")
            await here.ran(1, collection="subjects")
        rows = here.rows("SELECT * FROM syncd_runs ORDER BY id")
        ended = next(row["finished_at"] for row in rows if row["collection"] == "cases")
        begun = next(row["started_at"] for row in rows if row["collection"] == "case_status_history")
        assert begun >= ended
        assert [] == here.differences()


async def test_n1_a_class_that_does_not_answer_stands_still_and_the_other_goes_on(
    tmp_path: Path, sqlite_url: str
) -> None:
    names = ("fields", "staff", "clients", "cases")
    often = '[connections.acme.collections.cases]\nevery = "1s"\n'
    async with place(tmp_path, sqlite_url, names=names, collections=often) as here:
        for path in ("/fields", "/staff", "/clients"):
            here.vendor.switch.fail("status", status=503, path=path)
        clock = Clock(speed=100)
        async with supervised(here.configure(often), clock) as daemon:
            for _ in range(6):
                clock.turn(3600.0)
                await asyncio.sleep(0.05)
            await until(lambda: '"breaker_open"' in daemon.said.getvalue(), "people stand still")
            before = here.runs(collection="cases")
            await here.ran(before + 5, collection="cases")
            said = [json.loads(line) for line in daemon.said.getvalue().splitlines()]
        assert {"people"} == {event["calls"] for event in said if event["action"] == "breaker_open"}
        assert 0 == sum(here.runs(collection=name) for name in names if name in PEOPLE)


async def test_v5_a_refusal_in_one_class_stops_the_connection_whatever_ends_well_in_the_other(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with place(tmp_path, sqlite_url, names=("fields", "cases", "subjects"), cases=250) as here:
        met = hold(here)
        here.vendor.switch.fail("status", status=401, path="/fields")
        async with supervised(patient(here.configure()), Clock()) as daemon:
            await here.ran(1, "failed", "fields")
            await until(here.stopped, "it stands still")
            met.set()
            await here.ran(1, collection="cases")
            await asyncio.sleep(0.3)  # time enough for anything that should not happen
            assert here.stopped()
            assert 0 == here.runs("%", "subjects")
            assert 1 == daemon.said.getvalue().count('"connection_stopped"')


async def test_p1_a_daemon_that_is_stopped_interrupts_the_runs_of_both_classes(tmp_path: Path, sqlite_url: str) -> None:
    names = ("clients", "cases")
    async with place(tmp_path, sqlite_url, names=names, cases=400, rows={"clients": 400}) as here:
        for path in ("/clients", "/cases"):
            here.vendor.switch.fail("never", path=path, nth=2)
        classes = "from tests.classed import classed\nclassed()"
        async with here.run("run", code=classes) as daemon:
            await here.asked(4)
            daemon.signal(signal.SIGTERM)
            assert 0 == await daemon.ends()
        rows = here.rows("SELECT collection, state FROM syncd_runs ORDER BY collection")
        assert [("cases", "interrupted"), ("clients", "interrupted")] == [tuple(row.values()) for row in rows]
        here.vendor.switch.clear()
        async with here.run("sync", code=classes) as sync:
            assert 0 == await sync.ends()
        assert [] == here.differences()
