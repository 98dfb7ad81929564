"""The daemon tells of trouble: once when it begins, once when it is over, whatever the channels and restarts do."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from tests.daemon.processes import FEW, Clock, Place, Supervised, place, supervised, until
from tests.receivers import Hook, hook

MINUTE, HOUR = 60.0, 3600.0
STOPPED, WORKS = "connection acme is stopped", "connection acme works again"


@pytest.fixture
def here_hook() -> Iterator[Hook]:
    with hook() as made:
        yield made


def alerts(*hooks: Hook, more: str = "") -> str:
    urls = ", ".join(f'"{each.url}"' for each in hooks)
    return f"[alerts]\nurls = [{urls}]\n{more}\n"


@asynccontextmanager
async def daemon(here: Place, clock: Clock, text: str, collections: str = "") -> AsyncIterator[Supervised]:
    async with supervised(here.configure(collections, more=text), clock) as running:
        yield running


def incidents(here: Place) -> list[tuple[str, str, str]]:
    rows = here.rows("SELECT kind, collection, state FROM syncd_incidents ORDER BY opened_at, collection")
    return [(row["kind"], row["collection"], row["state"]) for row in rows]


async def turning(clock: Clock, true: Callable[[], bool], what: str, *, by: float = MINUTE) -> None:
    """Let time pass until something is so."""

    def look() -> bool:
        clock.turn(by / 20)
        return true()

    await until(look, what, 30.0)


async def test_a_late_collection_is_told_once_and_once_when_it_is_current_again(
    tmp_path: Path, sqlite_url: str, here_hook: Hook
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with daemon(here, clock, alerts(here_hook)):
            await here.ran(len(FEW))
            broken = here.vendor.switch.fail("status", status=400, path="/staff")
            while not here_hook.got:
                await quarter(here, clock, "fields", "clients")
            for _ in range(8):
                await quarter(here, clock, "fields", "clients")
            assert ["acme.staff is late"] == here_hook.titles()
            why = "acme.staff is late. The last run failed: the vendor refuses the question."
            assert why in here_hook.got[0]["message"]
            broken.times = 0
            while 1 == len(here_hook.got):
                await quarter(here, clock, *FEW)
        assert ["acme.staff is late", "acme.staff is current again"] == here_hook.titles()
        assert [("freshness_missed", "staff", "ended")] == incidents(here)


async def test_n11_a_dead_network_is_hardly_more_than_one_message(
    tmp_path: Path, sqlite_url: str, here_hook: Hook
) -> None:
    names = ("fields", "staff", "clients", "files", "tasks", "subjects")
    async with place(tmp_path, sqlite_url, names=names) as here:
        clock = Clock()
        async with daemon(here, clock, alerts(here_hook)):
            await here.ran(6)
            await here.vendor.stop()
            await turning(clock, lambda: 6 == len(incidents(here)), "six incidents", by=5 * MINUTE)
            await turning(clock, lambda: "collections are late" in "".join(here_hook.titles()), "an alert", by=MINUTE)
            for _ in range(60):
                clock.turn(10 * MINUTE)
                await asyncio.sleep(0.02)
        assert len(here_hook.got) <= 3
        assert all("network" in each["message"] for each in here_hook.got)


async def test_a_machine_that_slept_catches_up_without_an_alert(
    tmp_path: Path, sqlite_url: str, here_hook: Hook
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with daemon(here, clock, alerts(here_hook)):
            await here.ran(len(FEW))
            clock.set(timedelta(hours=8))
            await here.ran(2 * len(FEW))
            for _ in range(10):
                clock.turn(MINUTE)
                await asyncio.sleep(0.02)
        assert [] == here_hook.got
        assert [] == incidents(here)


async def test_a_channel_that_fails_is_tried_again_and_the_others_go_on(
    tmp_path: Path, sqlite_url: str, here_hook: Hook
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        with hook() as other:
            here_hook.status = 500
            async with daemon(here, clock, alerts(here_hook, other)) as running:
                await here.ran(len(FEW))
                here.vendor.switch.fail("status", status=401)
                await turning(clock, lambda: bool(other.got), "an alert", by=HOUR)
                assert [STOPPED] == other.titles()
                await turning(clock, lambda: 3 <= here_hook.asked, "three tries", by=HOUR)
                here_hook.status = 200
                await turning(clock, lambda: bool(here_hook.got), "the alert, at last", by=HOUR)
            assert [STOPPED] == here_hook.titles() == other.titles()
            said = running.said.getvalue()
        assert here_hook.token not in said
        assert other.token not in said


async def test_a_channel_that_hangs_stalls_nothing(tmp_path: Path, sqlite_url: str, here_hook: Hook) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        with hook() as other:
            here_hook.silent.set()
            async with daemon(here, clock, alerts(here_hook, other)):
                await here.ran(len(FEW))
                broken = here.vendor.switch.fail("status", status=400, path="/staff")
                while not other.got:
                    await quarter(here, clock, "fields", "clients")
                await quarter(here, clock, "fields", "clients")
                broken.times = 0
                while 1 == len(other.got):
                    await quarter(here, clock, *FEW)
        # Left at once, with its message still on its way.


@pytest.mark.parametrize("whole", [True, False])
async def test_while_a_person_has_paused_it_nothing_is_sent(
    tmp_path: Path, sqlite_url: str, here_hook: Hook, whole: bool
) -> None:
    async with place(tmp_path, sqlite_url) as here:
        clock = Clock()
        async with daemon(here, clock, alerts(here_hook)) as running:
            await here.ran(len(FEW))
            store = running.service.store
            if whole:
                await store.set_connection_state("acme", paused_at=clock.now())
            else:
                await store.set_state("acme", "staff", paused_at=clock.now())
                here.vendor.switch.fail("status", status=400, path="/staff")
            await store.set_state("acme", "staff", held={"at": "2026-01-01T00:00:00+00:00", "count": 20})
            for _ in range(8):
                # What is not paused goes on, and is not late.
                await quarter(here, clock, *(() if whole else ("fields", "clients")))
            assert [] == here_hook.titles()
            if whole:
                await store.set_connection_state("acme", paused_at=None)
            else:
                await store.set_state("acme", "staff", paused_at=None)
            await turning(clock, lambda: bool(here_hook.got), "an alert")
            assert any("held back" in each["message"] for each in here_hook.got)


async def test_incidents_are_kept_without_a_channel_too(tmp_path: Path, sqlite_url: str, here_hook: Hook) -> None:
    """Whoever configures one later hears of what still is."""
    async with place(tmp_path, sqlite_url) as here:
        here.vendor.switch.fail("status", status=401)
        async with daemon(here, Clock(speed=100), "") as running:
            await until(lambda: "incident_begun" in running.said.getvalue(), "an incident")
            await until(lambda: bool(incidents(here)), "its row")
        async with daemon(here, Clock(speed=100), alerts(here_hook)):
            await until(lambda: bool(here_hook.got), "an alert")
        assert [STOPPED] == here_hook.titles()
        assert [("connection_stopped", "", "open")] == incidents(here)


async def test_v22_what_a_vendor_announces_is_told_once(tmp_path: Path, sqlite_url: str, here_hook: Hook) -> None:
    async with place(tmp_path, sqlite_url) as here:
        here.vendor.switch.fail("deprecated", sunset="Sat, 31 Oct 2026 23:59:59 GMT", path="/staff")
        clock = Clock()
        for _ in range(2):
            async with daemon(here, clock, alerts(here_hook)):
                await quarter(here, clock, *FEW)
                await turning(clock, lambda: bool(here_hook.got), "an alert")
                await quarter(here, clock, *FEW)
        assert 1 == len(here_hook.got)
        assert "Sat, 31 Oct 2026" in here_hook.got[0]["message"]
        assert "/staff" in here_hook.titles()[0]


async def test_a_disk_that_fills_is_told(tmp_path: Path, sqlite_url: str, here_hook: Hook) -> None:
    """A tenth of the disk is enough, so that only a disk that has less can be told of: here everything else is."""
    async with place(tmp_path, sqlite_url) as here:
        text = alerts(here_hook, more='disk_free = "1MiB"')
        async with daemon(here, Clock(speed=100), text) as running:
            await here.ran(len(FEW))
            assert [] == incidents(here)
            assert not running.task.done()


async def quarter(here: Place, clock: Clock, *names: str) -> None:
    """A quarter of an hour, in which each of these is read once more: what works does not become late."""
    before = {name: here.runs(collection=name) for name in names}
    clock.turn(15 * MINUTE + 1)
    await until(lambda: all(here.runs(collection=name) > before[name] for name in names), "a cycle", 30.0)
    await asyncio.sleep(0.1)


# --- a real process ---------------------------------------------------------------------------------------------------
async def test_a_refused_key_is_told_once_across_restarts_and_once_when_it_works_again(
    tmp_path: Path, sqlite_url: str, here_hook: Hook
) -> None:
    code = "from syncd.daemon import alerting\nalerting.LOOK_S = 0.2\n"
    async with place(tmp_path, sqlite_url) as here:
        here.configure(more=alerts(here_hook))
        refusing = here.vendor.switch.fail("status", status=401)
        async with here.run("run", code=code) as first:
            await first.says("alert_sent", 30)
            await asyncio.sleep(1)
            first.signal(signal.SIGTERM)
            assert 0 == await first.ends()
        assert [STOPPED] == here_hook.titles()
        async with here.run("run", code=code) as second:
            await second.says("connection_stopped", 30)
            await asyncio.sleep(1)
            second.signal(signal.SIGKILL)
            await second.ends()
        assert [STOPPED] == here_hook.titles()
        refusing.times = 0
        async with here.run("run", code=code) as third:
            await third.says("alert_sent", 30)
            await here.ran(len(FEW))
            third.signal(signal.SIGTERM)
            assert 0 == await third.ends()
        assert [STOPPED, WORKS] == here_hook.titles()
        assert "alert_sent" not in second.actions()
        assert [("connection_stopped", "", "ended")] == incidents(here)
        # Neither the address nor a part of it stands anywhere.
        everything = "\n".join(str(each.said) + str(each.text) + each.out for each in (first, second, third))
        assert here_hook.token not in everything
        assert here_hook.token not in str(here.rows("SELECT * FROM syncd_incidents"))
