"""Faults of vendors and networks on a collection of every kind of the fleets: what is kept, and what is concluded."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from syncd import steps
from syncd.collection import Windows
from syncd.reader import Request
from syncd.run import run
from syncd.vendors import VENDORS
from tests.accounts import Open
from tests.contract.test_fleets import all_well
from tests.contract.test_fleets_records import FLEETS, path_of
from tests.contract.test_trackops_steps import PlantedError
from tests.kit import HOUR, NAME, Account

Fault = tuple[str, dict[str, Any]]

ONE_OF_EACH = [
    ("trackunit", "zones"),  # a list of the account
    ("trackunit", "unit_extended_info"),  # a list of each parent
    ("itrack", "sensors"),  # a list of many parents at once
    ("trackunit", "alarm_log"),  # windows of the account
    ("trackunit", "unit_history"),  # windows of each parent
    ("trackunit", "unit_day_summaries"),  # days of the account
    ("itrack", "mileage_daily"),  # days of many parents at once
    ("itrack", "events"),  # windows chained by time
    ("itrack", "tasks"),  # windows of rows that change
    ("trackier", "campaigns"),  # a list by its last id
    ("trackier", "coupons"),  # a list in numbered pages
    ("trackier", "campaign_goals"),  # a list of parents in rotation
    ("trackier", "publisher_payments"),  # a list of an answer that two share
    ("trackier", "clicks"),  # windows in pages linked by tokens
    ("trackier", "conversions"),  # windows in numbered pages
    ("trackier", "invoices"),  # windows of two lists
    ("trackier", "report_daily"),  # days that are replaced
]
WINDOWED = [
    (vendor, one.name) for vendor in FLEETS for one in VENDORS[vendor].collections if isinstance(one.strategy, Windows)
]
one_of_each = pytest.mark.parametrize("vendor_name, name", ONE_OF_EACH)

# Answers that are none, each in force for a whole sweep.
NO_ANSWERS: tuple[Fault, ...] = (
    ("html", {}), ("html", {"status": 503}), ("empty", {}), ("no_content", {}), ("wrong_kind", {"value": [1]}),
    ("wrong_kind", {"value": "text"}), ("status", {"status": 500}), ("status", {"status": 504}),
    ("cut_body", {}), ("cut_body", {"at": 0}), ("cut_chunked", {}), ("reset", {}), ("drop", {}),
    ("redirect", {}),
)  # fmt: skip
TINY: dict[str, dict[str, Any]] = {
    "trackunit": {"units": 3, "days": 5, "alarms_per_day": 3, "extended": 0.7},
    "itrack": {"trackers": 3, "days": 4},
    "trackier": {"campaigns": 3, "days": 4},
}


def no_traceback(account: Account) -> None:
    """Nothing that was logged, or noted of a run, comes from an error that nobody expected; no secret is in it."""
    text = account.said.getvalue()
    assert "Traceback" not in text
    assert "run_crashed" not in text
    for name in account.vendor.secrets:
        assert account.vendor.credentials[name] not in text


@one_of_each
async def test_n5_v8_an_answer_that_is_none_costs_no_row_and_leaves_the_others_alone(
    open_account: Open, vendor_name: str, name: str
) -> None:
    account = await open_account(names=[name], **TINY[vendor_name])
    await account.cycle()
    before = account.picture()
    for kind, options in NO_ANSWERS:
        account.clock.turn(2 * HOUR)
        rule = account.vendor.switch.fail(kind, path=path_of(account, name), **options)
        results = await account.sweep()
        assert rule.struck, kind
        assert results[name].state in {"failed", "partial"}, kind
        assert before == account.picture(), kind
        account.vendor.switch.remove(rule)
        # What failed does not keep the others from being read.
        others = {one: result for one, result in results.items() if one != name}
        assert all_well(others)
    account.clock.turn(25 * HOUR)
    assert all_well(await account.cycle())
    await account.converges()
    no_traceback(account)


@one_of_each
async def test_v4_one_failure_of_the_vendor_is_invisible(open_account: Open, vendor_name: str, name: str) -> None:
    account = await open_account(names=[name], **TINY[vendor_name])
    for status in (408, 429, 500, 502, 503, 504):
        account.vendor.switch.fail("status", status=status, nth=1, path=path_of(account, name))
        account.clock.turn(HOUR)
        assert all_well(await account.sweep()), status
        assert [] == account.differences()
        account.vendor.switch.clear()


@pytest.mark.parametrize("vendor_name, name", WINDOWED)
async def test_v10_an_empty_answer_to_a_window_that_had_rows_is_held(
    open_account: Open, vendor_name: str, name: str
) -> None:
    """Whatever the vendor says of a range by nothing at all is believed only when it says so again an hour later."""
    account = await open_account(names=[name], **TINY[vendor_name])
    await account.cycle()
    before = account.picture()
    assert before[account.collection(name).table]
    account.clock.turn(HOUR)
    rule = account.vendor.switch.fail("short", path=path_of(account, name))
    await account.sweep(name)
    assert rule.struck
    table = account.collection(name).table
    assert before[table] == account.picture()[table]
    await account.converges()
    assert [] == account.tombstones(name)


async def ended_at(account: Account, name: str, nth: int, *, cancelled: bool) -> str | None:
    """Run until the *nth* step (from 0), by whichever worker, and end there; its name, None if the run was over."""
    passed: list[str] = []

    def hook(step: str) -> None:
        passed.append(step)
        if len(passed) == nth + 1:
            if not cancelled:
                raise PlantedError
            task.cancel()

    task = asyncio.create_task(run(account.reader, account.collection(name), Request()))
    steps.watch(hook)
    try:
        with suppress(PlantedError, asyncio.CancelledError):
            await asyncio.wait_for(asyncio.shield(task), 30)
    finally:
        steps.watch(None)
    return passed[nth] if len(passed) > nth else None


@pytest.mark.parametrize("cancelled", [False, True], ids=["raised", "cancelled"])
@one_of_each
async def test_p13_s1_a_run_that_ends_at_any_step_is_taken_up_and_converges(
    open_account: Open, vendor_name: str, name: str, cancelled: bool
) -> None:
    """A first reading ended at ever later steps; what is committed by then is equal, and the next run has the rest."""
    account = await open_account(names=[name], **TINY[vendor_name])
    needed = [one for one in account.names if one != name]
    seen: list[str] = []
    for nth in (0, 1, 2, 3, 4, 5, 7, 9, 12, 15, 19, 24, 30, 37, 45, 54, 64, 75, 99):
        await account.service.store.forget(NAME)
        await account.service.store.enroll(NAME, account.declared, account.names)
        if needed:
            await account.cycle(*needed)
        step = await ended_at(account, name, nth, cancelled=cancelled)
        # What is there is right; what a lookup is called may stand in rows that are not read yet.
        lookups = tuple(lookup.table for lookup in account.declared.lookups) or (".",)
        assert [] == [one for one in account.differences() if not (one.startswith(lookups) or one.endswith("missing"))]
        account.clock.turn(HOUR / 10)  # a login that was cut short is not tried again at once
        assert all_well({name: await account.read(name)})
        assert [] == account.differences(), step
        if step is None:
            break
        seen.append(step)
    assert {"run_started", "before_fetch"} <= set(seen)
    assert len(set(seen)) >= 4
    await account.converges()
