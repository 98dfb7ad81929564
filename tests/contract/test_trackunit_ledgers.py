"""Where the copy of Trackunit starts, what is read again on demand, and what a kill or a wrong clock leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd import steps
from syncd.plan import RunKind
from syncd.standin.trackunit.settings import Settings
from tests.accounts import Open, both
from tests.contract.trackunit_kit import asked_of, coverage, ledger, moments, spans, units, well
from tests.kit import DAY, HOUR, NOW, Account, SkewedClock

HISTORY = ("units", "unit_history")
FLEET = {"units": 4, "days": 38, "rows_per_day": 3, "steady": True, "extended": 1.0}
D = timedelta(days=1)


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


class KilledError(BaseException):
    """Ends the run as a kill would: nothing is tidied up by it."""


@contextmanager
def killed_after(commits: int) -> Iterator[None]:
    """The block is killed in the middle of the commit after so many."""
    done = 0

    def hook(step: str) -> None:
        nonlocal done
        done += step == "after_commit"
        if done >= commits and step == "before_commit":
            raise KilledError

    steps.watch(hook)
    try:
        with pytest.raises((KilledError, BaseExceptionGroup)):
            yield
    finally:
        steps.watch(None)


def start_of(account: Account, unit: str) -> datetime:
    """From when on a unit's history is complete, as SQL shows it; it has no gaps."""
    ((start, _),) = coverage(account, "unit_history", unit)
    return moments(start)


def sent_since(account: Account, moment: datetime) -> int:
    """How many rows of history the vendor has since then."""
    return len(account.vendor.content.snapshot(moment, names=("unit_history",))["unit_history"])


async def come_back(open_account: Open, account: Account, since: str) -> Account:
    """Another process with another configuration."""
    await account.leave()
    return await open_account(names=HISTORY, vendor=account.vendor, clock=account.clock, more=f"since = {since!r}")


# --- since ------------------------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("first, then", [("10d", "30d"), ("2026-02-25", "2026-02-15"), ("10d", "2026-02-15")])
async def test_an_earlier_start_is_read_without_what_is_there_already(
    open_account: Open, first: str, then: str
) -> None:
    account = await open_account(names=HISTORY, more=f"since = {first!r}", **FLEET)
    await well(account)
    unit = units(account)[0]
    known = start_of(account, unit)
    account.clock.turn(HOUR)
    account = await come_back(open_account, account, then)
    account.vendor.log.clear()
    await well(account)
    assert all(end <= known + timedelta(seconds=1) for _, end in spans(account, "unit_history"))
    assert sorted(units(account)) == sorted(set(asked_of(account, "unit_history")))
    assert start_of(account, unit) < NOW - 29 * D
    assert sent_since(account, start_of(account, unit)) == account.live("unit_history")


@pytest.mark.parametrize("first, then", [("30d", "10d"), ("2026-02-15", "2026-02-25")])
async def test_a_later_start_reads_nothing_and_deletes_nothing(open_account: Open, first: str, then: str) -> None:
    account = await open_account(names=HISTORY, more=f"since = {first!r}", **FLEET)
    await well(account)
    before = account.live("unit_history")
    account.clock.turn(HOUR)
    account = await come_back(open_account, account, then)
    account.vendor.log.clear()
    await well(account)
    assert [] == asked_of(account, "unit_history")
    assert before == account.live("unit_history")
    await account.sweep()
    assert before == account.live("unit_history")
    assert all(start >= NOW - 21 * D for start, _ in spans(account, "unit_history"))


async def test_a_start_that_is_a_duration_does_not_creep_on_with_the_days(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "10d"', **FLEET)
    await well(account)
    unit = units(account)[0]
    began = start_of(account, unit)
    for _ in range(3):
        account.clock.turn(3 * DAY)
        account.vendor.content.report(unit)
        await well(account)
    account.vendor.log.clear()
    await account.sweep()
    assert began == start_of(account, unit)
    assert min(start for start, _ in spans(account, "unit_history")) == began


# --- backfills and sweeps ---------------------------------------------------------------------------------------------
async def test_a_backfill_reads_what_was_asked_for_and_nothing_else(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "10d"', **FLEET)
    await well(account)
    account.clock.turn(HOUR)
    for unit in units(account):
        account.vendor.content.report(unit)
    account.vendor.log.clear()
    since, until = NOW - 20 * D, NOW - 15 * D
    await well(account, "unit_history", kind=RunKind.BACKFILL, since=since, until=until)
    assert {(since, until)} == set(spans(account, "unit_history"))
    assert sorted(units(account)) == sorted(asked_of(account, "unit_history"))
    unit = units(account)[0]
    assert 2 == len(coverage(account, "unit_history", unit))
    await well(account)
    here = [row for row in told(account) if row["time"] >= f"{NOW - 10 * D:%Y-%m-%d %H:%M:%S}"]
    assert sent_since(account, NOW - 10 * D) == len(here)


@both
async def test_a_backfill_that_is_killed_leaves_ledgers_true_and_a_second_one_finishes(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "5d"\nparallel = 1', **FLEET)
    await well(account)
    since, until = NOW - 37 * D, NOW - 5 * D
    with killed_after(3):
        await account.cycle("unit_history", kind=RunKind.BACKFILL, since=since, until=until)
    await come_back(open_account, account, "5d")
    for unit in units(account):
        for start, end in ((moments(s), moments(e)) for s, e in coverage(account, "unit_history", unit)):
            served = [r for r in account.vendor.content.snapshot(start, end, ("unit_history",))["unit_history"]
                      if r["@unit_id"] == unit]  # fmt: skip
            stored = account.query(f"SELECT time FROM trackunit_unit_history WHERE unit_id = '{unit}'")
            assert len(served) <= len(stored)
    assert 1 < len({str(coverage(account, "unit_history", unit)) for unit in units(account)})
    # A backfill reads its range again, and is done then.
    await well(account, "unit_history", kind=RunKind.BACKFILL, since=since, until=until)
    assert all(since == start_of(account, unit) for unit in units(account))
    assert sent_since(account, since) == account.live("unit_history")


@both
@pytest.mark.parametrize("then", [RunKind.CYCLE, RunKind.SWEEP])
async def test_a_full_reading_that_is_killed_is_taken_up_by_the_next_run(open_account: Open, then: RunKind) -> None:
    account = await open_account(names=HISTORY, more='since = "37d"\nparallel = 1', **FLEET)
    await well(account)
    for unit in units(account):
        account.vendor.content.correct(unit, ago=30 * DAY)
    account.clock.turn(HOUR)
    wrong = len(account.differences())
    assert wrong
    account.vendor.log.clear()
    with killed_after(4):
        await account.cycle("unit_history", kind=RunKind.SWEEP)
    read = len(asked_of(account, "unit_history"))
    account = await come_back(open_account, account, "37d")
    account.clock.turn(HOUR)
    account.vendor.log.clear()
    await well(account, "unit_history", kind=then)
    again = len(asked_of(account, "unit_history"))
    assert 8 <= read + again <= 8 + 2
    assert [] == [line for line in account.differences() if "missing" not in line]
    account.vendor.log.clear()
    await well(account, "unit_history")
    assert [] == asked_of(account, "unit_history")


# --- clocks -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "skew", [timedelta(minutes=10), timedelta(minutes=-10), timedelta(hours=1), -timedelta(hours=1)]
)
async def test_c1_a_clock_that_is_wrong_loses_no_row(open_account: Open, skew: timedelta) -> None:
    clock = SkewedClock(NOW)
    clock.skew = skew
    account = await open_account(clock=clock, more='since = "40d"', **FLEET)
    await well(account)
    for _ in range(3):
        for unit in units(account):
            account.vendor.content.report(unit)
        account.clock.turn(900)
        account.vendor.content.buffer(units(account)[0], 2, ago=HOUR)
        account.vendor.content.ring(2)
        await well(account)
        assert [] == account.differences()
    ends = [moments(end) for _, end in ledger(account, "unit_history", units(account)[0])["done"]]
    assert abs(account.clock.true() - ends[-1]) < timedelta(minutes=1)


async def test_c1_a_clock_that_is_put_right_loses_no_row(open_account: Open) -> None:
    clock = SkewedClock(NOW)
    account = await open_account(names=HISTORY, clock=clock, more='since = "40d"', **FLEET)
    for hours in (1, -1, 0):
        clock.skew = timedelta(hours=hours)
        for unit in units(account):
            account.vendor.content.report(unit)
        await account.cycle()
        account.clock.turn(600)
    await well(account)
    assert [] == account.differences()


# --- an account with an old flat history ------------------------------------------------------------------------------
@both
async def test_an_old_flat_history_fills_the_same_columns(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more='since = "40d"', settings=Settings(flat_history=True), **FLEET)
    await well(account)
    first = told(account)
    assert any(row["latitude"] is not None and row["city"] for row in first)
    assert account.live("unit_history") == sent_since(account, NOW - 40 * D)
    account.vendor.settings.flat_history = False
    await account.sweep()
    assert sorted(map(repr, first)) == sorted(map(repr, told(account)))
    assert [] == account.differences()


def told(account: Account) -> list[dict[str, Any]]:
    """What both forms of a message tell."""
    columns = "unit_id, time, latitude, longitude, city, country, street_address, key_id"
    return account.query(f"SELECT {columns} FROM trackunit_unit_history")
