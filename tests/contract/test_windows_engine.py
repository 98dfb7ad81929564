"""What ledgers and marks may say after something went wrong: never more than what was stored."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from syncd import steps
from syncd.plan import RunKind
from syncd.reader import Request
from syncd.run import run
from tests.accounts import Open
from tests.contract.trackunit_kit import asked_of, spans, units, well
from tests.kit import DAY, HOUR, NOW, Account

QUARTER = 900.0
SMALL = {"units": 6, "days": 5, "rows_per_day": 4, "steady": True}
HISTORY = ["units", "unit_history"]


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


def rich(account: Account) -> list[str]:
    """The units that send extended data."""
    return [one for one in units(account) if account.vendor.content.latest(one)]


class PlantedError(Exception):
    """Something nobody has thought of."""


async def failing_at(account: Account, name: str, step: str, nth: int, **how: Any) -> None:
    """One run that breaks when it comes to *step* for the *nth* time."""
    passed = 0

    def hook(at: str) -> None:
        nonlocal passed
        passed += at == step
        if at == step and passed == nth:
            raise PlantedError

    steps.watch(hook)
    try:
        with suppress(PlantedError):
            await run(account.reader, account.collection(name), Request(**how))
    finally:
        steps.watch(None)


@pytest.mark.parametrize("nth", [1, 2, 3, 5])
async def test_a_window_that_was_not_stored_is_vouched_for_by_no_other(open_account: Open, nth: int) -> None:
    """Several windows of one unit wait to be stored when one of them fails: the next must not tell of both."""
    account = await open_account(names=HISTORY, more='since = "360d"', units=1, days=350, rows_per_day=3, steady=True)
    await well(account, "units")
    await failing_at(account, "unit_history", "before_commit", nth)
    await well(account)
    assert [] == account.differences()


async def test_a_backfill_does_not_pass_for_having_read_what_is_new(open_account: Open) -> None:
    account = await open_account(names=HISTORY, **SMALL)
    await well(account)
    account.clock.turn(QUARTER)
    for one in units(account):
        account.vendor.content.report(one)
    past = NOW - timedelta(days=4)
    results = await account.cycle("unit_history", kind=RunKind.BACKFILL, since=past, until=past + timedelta(days=1))
    assert {"ok"} == {each.state for each in results.values()}
    await well(account)
    assert [] == account.differences()


async def test_d9_a_row_whose_record_came_without_a_readable_key_is_not_gone(open_account: Open) -> None:
    account = await open_account(names=HISTORY, **SMALL)
    await well(account)
    before = account.live("unit_history")
    account.clock.turn(HOUR)
    for one in units(account):
        account.vendor.content.report(one, rows=1)

    def spoiled(record: dict[str, Any]) -> dict[str, Any]:
        return record | {"time": "soon"} if record["time"] < "2026-03-16" else record

    account.vendor.switch.mutate(spoiled, path="/Report/UnitHistory")
    await account.cycle()
    assert before <= account.live("unit_history")
    account.vendor.switch.clear()
    await account.converges()


async def test_v8_a_call_of_the_account_that_is_not_there_is_no_parent_that_is_gone(open_account: Open) -> None:
    account = await open_account(names=["units", "alarm_log"], **SMALL)
    account.vendor.switch.fail("error", code="unitNotFound", path="/AlarmLog")
    results = await account.cycle()
    assert "failed" == results["alarm_log"].state
    assert account.state("alarm_log")["cursor_at"] is None


async def test_v10_what_was_doubted_of_a_unit_that_vanished_is_not_held_for_ever(open_account: Open) -> None:
    account = await open_account(names=HISTORY, **{**SMALL, "rows_per_day": 20})
    await well(account)
    one = units(account)[0]
    account.vendor.switch.fail("fewer", part=0.0, path="/Report/UnitHistory")
    account.clock.turn(QUARTER)
    account.vendor.content.report(one)
    assert "held" == (await account.cycle())["unit_history"].state
    account.vendor.switch.clear()
    account.vendor.content.delete("units", one)
    account.clock.turn(QUARTER)
    await well(account)
    assert account.state("unit_history")["held"] in (None, "null")


async def test_units_that_cannot_be_read_are_no_vendor_that_is_down(open_account: Open) -> None:
    """Five collections want to know the units first; what stands behind them is read all the same."""
    account = await open_account(**SMALL)
    account.vendor.switch.fail("wrong_kind", path="/Unit")
    results = await account.cycle()
    assert {"failed"} == {results[name].state for name in ("units", "unit_history", "trips", "unit_extended_info")}
    assert set(account.names) == results.keys()
    assert "ok" == results["alarms"].state
    account.vendor.switch.clear()
    account.clock.turn(QUARTER)
    await well(account)


async def test_a_unit_that_comes_back_has_its_rows_again_whatever_its_mark_says(open_account: Open) -> None:
    account = await open_account(names=["units", "unit_extended_info"], **SMALL)
    await well(account)
    one = rich(account)[0]
    account.vendor.content.delete("units", one)
    account.clock.turn(QUARTER)
    await well(account)
    assert [] == account.differences()
    account.vendor.content.recover("units", one)
    account.clock.turn(QUARTER)
    await well(account)
    assert [] == account.differences()


async def test_a_listing_of_parents_that_broke_off_goes_on_where_it_was(open_account: Open) -> None:
    account = await open_account(names=["units", "unit_extended_info"], more="parallel = 1", **SMALL)
    await well(account, "units")
    await failing_at(account, "unit_extended_info", "before_commit", 5)
    account.vendor.log.clear()
    await well(account, "unit_extended_info")
    assert 2 == len(asked_of(account, "unit_extended_info"))
    assert [] == account.differences()
    state = account.state("unit_extended_info")
    assert state["version"]
    assert state["next_sweep_at"]


async def test_p13_a_listing_that_is_cancelled_leaves_no_staging(open_account: Open) -> None:
    account = await open_account(names=["units", "unit_extended_info"], more="parallel = 1", **SMALL)
    await well(account, "units")
    task = asyncio.create_task(run(account.reader, account.collection("unit_extended_info"), Request()))
    commits = 0

    def hook(step: str) -> None:
        nonlocal commits
        commits += step == "after_commit"
        if commits == 5:
            task.cancel()

    steps.watch(hook)
    try:
        with suppress(asyncio.CancelledError):
            await task
    finally:
        steps.watch(None)
    assert [] == account.query("SELECT * FROM syncd_staged")


async def test_a_sweep_that_one_unit_kept_from_ending_begins_anew_when_its_time_comes(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more="parallel = 1", **SMALL)
    await well(account)
    account.vendor.switch.fail("status", status=400, path="/Report/UnitHistory", nth=1)
    assert "partial" == (await account.sweep())["unit_history"].state
    account.clock.turn(8 * DAY)
    account.vendor.log.clear()
    await account.sweep()
    since = NOW - timedelta(days=59)
    assert all(since >= min(start for start, _ in spans(account, "unit_history", one)) for one in units(account))
    assert [] == account.differences()


async def test_d10_a_record_without_a_key_stays_set_aside_while_a_sweep_of_several_runs_brings_it(
    open_account: Open,
) -> None:
    account = await open_account(names=HISTORY, more="parallel = 1", **SMALL)
    at = NOW - timedelta(hours=1)
    account.vendor.content.row("unit_history", units(account)[0], at)

    def spoiled(record: dict[str, Any]) -> dict[str, Any]:
        return record | {"time": "soon"} if record["time"].startswith(f"{at:%Y-%m-%dT%H:%M:%S}") else record

    account.vendor.switch.mutate(spoiled, path="/Report/UnitHistory")
    await well(account)
    assert 1 == len(account.rejects())
    account.clock.turn(HOUR)
    await failing_at(account, "unit_history", "before_commit", 4, kind=RunKind.SWEEP)
    account.clock.turn(HOUR)
    await well(account)
    assert account.cursor("unit_history").get("sweep") is None
    assert 1 == len(account.rejects())
    account.vendor.switch.clear()
    account.clock.turn(HOUR)
    assert "ok" == (await account.sweep())["unit_history"].state
    assert [] == account.rejects()
