"""A run of a fleet that ends at any named step, or at any await, leaves rows and ledgers in agreement, and goes on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from syncd import steps
from syncd.plan import RunKind
from syncd.reader import Request
from syncd.run import run
from tests import ledgers
from tests.accounts import Open
from tests.kit import HOUR, NAME, Account

SMALL: dict[str, dict[str, Any]] = {
    "trackunit": {"units": 2, "days": 4, "rows_per_day": 3, "extended": 1.0},
    "itrack": {"trackers": 3, "days": 3, "trips_per_day": 2, "events_per_day": 3, "point_every_s": 1200, "blocked": 0,
               "clones": 0},
    "trackier": {"campaigns": 3, "publishers": 3, "days": 3, "clicks_per_day": 3, "conversions_per_day": 3},
}  # fmt: skip

# A list of each parent and of a batch; windows of each parent, of the account, and of whole days; a list in pages, one
# of parents in rotation and one that shares its answer; windows in pages, by tokens, of two lists; days of a report.
ways = pytest.mark.parametrize(
    "database, vendor_name, name, since",
    [
        ("sqlite", "trackunit", "unit_extended_info", "8d"),
        ("sqlite", "itrack", "readings", "8d"),
        ("postgresql", "itrack", "readings", "8d"),
        ("sqlite", "trackunit", "unit_history", "40d"),
        ("postgresql", "trackunit", "unit_history", "40d"),
        ("sqlite", "itrack", "events", "5d"),
        ("postgresql", "itrack", "mileage_daily", "40d"),
        ("sqlite", "trackier", "campaign_goals", "8d"),
        ("sqlite", "trackier", "conversions", "8d"),
        ("postgresql", "trackier", "report_daily", "40d"),
        ("postgresql", "trackier", "coupons", "8d"),
        ("sqlite", "trackier", "clicks", "4d"),
        ("sqlite", "trackier", "invoices", "8d"),
        ("sqlite", "trackier", "publisher_payments", "8d"),
    ],
    indirect=["database"],
)


class PlantedError(Exception):
    """Raised by these tests only."""


async def ended_at(account: Account, name: str, kind: RunKind, nth: int) -> str | None:
    """Run until the *nth* step (from 0) and end there, by an error or by cancelling; None if it was over before."""
    passed: list[str] = []

    def hook(step: str) -> None:
        passed.append(step)
        if len(passed) == nth + 1:
            if nth % 2:  # both in turn, for an odd stride too
                raise PlantedError
            running.cancel()

    steps.watch(hook)
    running = asyncio.create_task(run(account.reader, account.collection(name), Request(kind=kind)))
    try:
        with suppress(PlantedError, asyncio.CancelledError):
            await running
    finally:
        steps.watch(None)
    return passed[nth] if len(passed) > nth else None


def lost(account: Account, before: dict[str, Any] | None = None) -> list[str]:
    """What a ledger vouches for and is not there."""
    snapshot = account.vendor.content.snapshot()
    return ledgers.lost(account.url, snapshot, account.declared.name, account.names, before=before)


async def anew(account: Account, name: str) -> None:
    """The copy is empty again, but for what has to be known before."""
    await account.service.store.forget(NAME)
    await account.service.store.enroll(NAME, account.reader.vendor, account.names)
    if needs := account.collection(name).needs:
        await account.cycle(*needs)


def lives(account: Account, nth: int) -> None:
    """Something new, and something late."""
    content = account.vendor.content
    if account.declared.name == "trackunit":
        unit = list(content.tables["units"])[nth % 2]
        content.report(unit, 1)
        content.buffer(unit, 1, 7200 + 600 * nth)
    elif account.declared.name == "trackier":
        content.update("campaigns", content.ids("campaigns")[nth % 3], modified=content.moment())
        content.click()
        content.convert()
        content.import_conversions(days=0.1)
        for name in ("coupons", "publisher_payments", "invoices"):
            content.update(name, content.ids(name)[nth % 2])
    else:
        tracker = content.ids("trackers")[nth % 3]
        content.drive(tracker, minutes=40)
        content.buffer(tracker, 7200 + 600 * nth)


@ways
async def test_p13_s1_a_run_that_ends_at_any_step_is_taken_up_and_converges(
    open_account: Open, vendor_name: str, name: str, since: str
) -> None:
    """Every step of a first sync; of a sweep with news every fifth: the steps are the same."""
    account = await open_account(names=[name], more=f'since = "{since}"', **SMALL[vendor_name])
    seen: set[str] = set()
    for kind, stride in ((RunKind.CYCLE, 1), (RunKind.SWEEP, 5)):
        before = None
        for nth in range(0, 200, stride):
            if kind is RunKind.CYCLE:
                await anew(account, name)
            else:
                account.clock.turn(HOUR)
                lives(account, nth)
                before = ledgers.ended(account.url, account.names)
                await account.cycle(*account.collection(name).needs)
            step = await ended_at(account, name, kind, nth)
            assert [] == lost(account, before), (kind, nth, step)
            assert "ok" == (await account.read(name, kind)).state
            assert [] == account.differences(), (kind, nth, step)
            if step is None:
                break
            seen.add(step)
    assert {"before_fetch", "after_fetch", "before_commit", "after_commit", "run_started", "run_ended"} <= seen
    assert [] == account.query("SELECT id FROM syncd_runs WHERE state = 'running'")
    assert [] == account.query("SELECT stage FROM syncd_staged")
    await account.converges()


@pytest.mark.parametrize(
    "database, vendor_name, name, since",
    [
        ("sqlite", "trackunit", "unit_history", "40d"),
        ("postgresql", "trackunit", "unit_history", "40d"),
        ("sqlite", "trackunit", "unit_extended_info", "8d"),
        ("postgresql", "itrack", "readings", "8d"),
        ("sqlite", "itrack", "events", "5d"),
        ("sqlite", "trackier", "campaign_goals", "8d"),
        ("postgresql", "trackier", "conversions", "8d"),
        ("sqlite", "trackier", "clicks", "4d"),
        ("sqlite", "trackier", "report_daily", "40d"),
    ],
    indirect=["database"],
)
async def test_p13_a_run_cancelled_at_any_await_loses_no_row_no_turn_and_no_connection(
    open_account: Open, vendor_name: str, name: str, since: str
) -> None:
    """At ever later turns of the event loop, until a run gets through."""
    account = await open_account(names=[name], more=f'since = "{since}"', **SMALL[vendor_name])
    through, turns = False, 0
    while not through:
        turns += 5 + turns // 4
        await anew(account, name)
        task = asyncio.create_task(run(account.reader, account.collection(name), Request()))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert [] == lost(account), turns
        through = not task.cancelled()
        assert [] == account.query("SELECT id FROM syncd_runs WHERE state = 'running'"), turns
    assert {"ok"} == {result.state for result in (await account.cycle()).values()}
    assert [] == account.differences()
    await account.converges()
    assert {"ok", "interrupted"} >= {row["state"] for row in account.query("SELECT state FROM syncd_runs")}
