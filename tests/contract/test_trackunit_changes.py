"""What comes late to Trackunit, is corrected, erased or finished: when the copy follows, and when it waits."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from syncd.standin.trackunit.settings import Settings
from tests.accounts import Open, both
from tests.contract.trackunit_kit import asked_of, ledger, moments, params, spans, units, well
from tests.kit import DAY, HOUR, NOW, Account

HISTORY = ("units", "unit_history")
FLEET = {"units": 4, "days": 18, "rows_per_day": 6, "steady": True, "extended": 1.0}
SINCE = 'since = "20d"'
REPORTS = ("unit_history", "can_history", "active_faults")


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


def rows(account: Account, table: str, unit: str, where: str = "1 = 1") -> int:
    """Live rows of a unit."""
    found = account.query(f"SELECT count(*) AS n FROM live_trackunit_{table} WHERE unit_id = '{unit}' AND {where}")
    return int(found[0]["n"])


def deletions(account: Account) -> int:
    """Rows that runs took away."""
    return int(account.query("SELECT coalesce(sum(tombstoned), 0) AS n FROM syncd_runs")[0]["n"])


# --- late rows --------------------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("hours", [1, 20, 46])
async def test_v16_rows_that_come_late_are_found_within_the_look_back(open_account: Open, hours: int) -> None:
    account = await open_account(names=HISTORY, more=SINCE, **FLEET)
    await well(account)
    account.clock.turn(HOUR)
    account.vendor.content.buffer(units(account)[0], 5, ago=hours * HOUR)
    await well(account)
    assert [] == account.differences()


async def test_v16_what_a_unit_kept_while_it_was_silent_is_read_when_it_reports(open_account: Open) -> None:
    """Nine days without coverage, a weekly reading among them, and everything of them at once."""
    account = await open_account(names=HISTORY, more=SINCE, **FLEET)
    unit = units(account)[0]
    await well(account)
    for _ in range(9):
        account.clock.turn(DAY)
        account.vendor.content.report(units(account)[1])
        account.clock.turn(1)  # in the second it reported in there may be more
        await well(account)
    account.clock.turn(HOUR)
    for day in (8.9, 7, 5.5, 4, 2.5, 0.1):
        account.vendor.content.buffer(unit, 3, ago=day * DAY)
    account.vendor.log.clear()
    await well(account)
    assert [unit] == asked_of(account, "unit_history")
    assert [] == account.differences()


async def test_v16_rows_that_come_later_than_the_look_back_are_found_by_the_weekly_reading(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more=SINCE, **FLEET)
    unit = units(account)[0]
    await well(account)
    for _ in range(5):
        account.clock.turn(DAY)
        account.vendor.content.report(unit)
        account.clock.turn(1)  # in the second it reported in there may be more
        await well(account)
    account.clock.turn(HOUR)
    account.vendor.content.buffer(unit, 3, ago=4 * DAY)
    await well(account)
    assert 3 == len(account.differences())
    account.clock.turn(2 * DAY)
    await well(account)
    assert [] == account.differences()


async def test_v16_the_weekly_reading_asks_units_that_report_nothing_too_and_only_for_a_week(
    open_account: Open,
) -> None:
    account = await open_account(names=HISTORY, more=SINCE, **FLEET)
    await well(account)
    account.clock.turn(7 * DAY - HOUR)
    account.vendor.log.clear()
    await well(account)
    assert [] == asked_of(account, "unit_history")
    account.clock.turn(2 * HOUR)
    await well(account)
    assert sorted(units(account)) == sorted(asked_of(account, "unit_history"))
    now = account.clock.true()
    assert all(timedelta(0) <= start - (now - timedelta(days=8)) for start, _ in spans(account, "unit_history"))
    account.vendor.log.clear()
    account.clock.turn(HOUR)
    await well(account)
    assert [] == asked_of(account, "unit_history")


# --- corrected and erased rows ----------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("collection", REPORTS)
async def test_a_row_that_is_corrected_or_erased_within_the_look_back_is_so_here(
    open_account: Open, collection: str
) -> None:
    account = await open_account(names=["units", collection], more=SINCE, **{**FLEET, "faults_per_day": 4})
    await well(account)
    content, (first, second, *_) = account.vendor.content, units(account)
    content.correct(first, collection=collection, ago=20 * HOUR)
    content.erase(second, collection=collection, ago=20 * HOUR)
    account.clock.turn(HOUR)
    for unit in (first, second):
        content.report(unit)
    assert account.differences()
    await well(account)
    assert [] == account.differences()
    before = account.picture()
    account.clock.turn(HOUR)
    await well(account)
    assert before == account.picture()


@both
async def test_v10_v11_many_erased_rows_are_held_until_a_second_look_an_hour_later(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more=SINCE, **{**FLEET, "rows_per_day": 40})
    unit = units(account)[0]
    await well(account)
    for _ in range(60):
        account.vendor.content.erase(unit)
    account.clock.turn(900)
    account.vendor.content.report(unit)
    before = rows(account, "unit_history", unit)
    results = await account.cycle()
    assert "held" == results["unit_history"].state
    assert before + 2 == rows(account, "unit_history", unit)
    held = account.state("unit_history")["held"]
    assert 60 == (json.loads(held) if isinstance(held, str) else held)["count"]
    assert 1 <= len(ledger(account, "unit_history", unit)["doubts"])
    account.clock.turn(900)
    account.vendor.content.report(unit)
    await account.cycle()
    assert before + 4 == rows(account, "unit_history", unit)
    account.clock.turn(HOUR)
    await well(account)
    assert before + 4 - 60 == rows(account, "unit_history", unit)
    assert "doubts" not in ledger(account, "unit_history", unit)
    assert [] == account.differences()


async def test_v10_v11_rows_that_come_back_before_the_second_look_were_never_gone(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more=SINCE, **{**FLEET, "rows_per_day": 40})
    await well(account)
    for part in ("fewer", "empty_first"):
        account.vendor.switch.fail(part, path="/Report/UnitHistory", times=4)
        account.clock.turn(900)
        for unit in units(account):
            account.vendor.content.report(unit)
        await account.cycle()
        assert 0 == deletions(account)
    account.vendor.switch.clear()
    account.clock.turn(2 * HOUR)
    await well(account)
    assert [] == account.differences()
    assert account.state("unit_history")["held"] is None


async def test_v10_a_person_may_say_that_erased_rows_are_gone(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more=SINCE, **{**FLEET, "rows_per_day": 40})
    unit = units(account)[0]
    await well(account)
    for _ in range(60):
        account.vendor.content.erase(unit)
    account.clock.turn(900)
    account.vendor.content.report(unit)
    await account.cycle()
    account.clock.turn(60)
    await well(account, allow_deletes=True)
    assert [] == account.differences()


async def test_v23_nothing_is_deleted_that_the_vendor_no_longer_keeps(open_account: Open) -> None:
    """Its retention moves on with the days: what it forgets stays, even when everything is read again."""
    settings = Settings(retention_days=30)
    account = await open_account(names=HISTORY, more='since = "40d"', settings=settings, **FLEET)
    await well(account)
    before = {unit: rows(account, "unit_history", unit) for unit in units(account)}
    account.clock.turn(20 * DAY)
    for unit in units(account):
        account.vendor.content.report(unit)
    await account.cycle()
    await account.sweep()
    account.clock.turn(2 * HOUR)
    await account.sweep()
    kept = {unit: rows(account, "unit_history", unit) for unit in units(account)}
    assert {unit: number + 2 for unit, number in before.items()} == kept
    assert 0 == deletions(account)


# --- trips ------------------------------------------------------------------------------------------------------------
@both
async def test_an_unfinished_trip_is_read_again_from_its_start_until_it_is_finished(open_account: Open) -> None:
    account = await open_account(names=["units", "trips"], more=SINCE, **{**FLEET, "trips_per_day": 0.01})
    unit, content = units(account)[0], account.vendor.content
    content.report(unit)
    began = account.clock.true()
    await well(account)
    assert 1 == rows(account, "trips", unit, "NOT finished")
    for _ in range(4):
        account.clock.turn(DAY)
        content.report(unit)
        account.vendor.log.clear()
        await well(account)
        assert began >= min(start for start, _ in spans(account, "trips", unit))
        assert [] == account.differences()
    account.clock.turn(DAY)
    content.report(unit)
    content.finish_trips()
    await well(account)
    assert 0 == rows(account, "trips", unit, "NOT finished")
    assert [] == account.differences()
    account.clock.turn(DAY)
    content.report(unit)
    account.vendor.log.clear()
    await well(account)
    assert began < min(start for start, _ in spans(account, "trips", unit))
    assert [] == account.differences()


async def test_a_trip_that_the_vendor_never_ends_costs_no_more_than_its_own_days(open_account: Open) -> None:
    account = await open_account(names=["units", "trips"], more=SINCE, **{**FLEET, "trips_per_day": 0.01})
    unit = units(account)[0]
    account.vendor.content.report(unit)
    began = account.clock.true()
    await well(account)
    account.clock.turn(25 * DAY)
    account.vendor.content.insert("unit_history", unit_id=unit)
    await well(account)
    account.clock.turn(HOUR)
    account.vendor.content.insert("unit_history", unit_id=unit)
    account.vendor.log.clear()
    await well(account)
    asked = sorted(spans(account, "trips", unit))
    assert 2 == len(asked)
    assert began >= asked[0][0]
    assert sum((end - start for start, end in asked), timedelta(0)) < timedelta(days=5)


async def test_a_trip_over_the_edge_of_two_ranges_is_one_row(open_account: Open) -> None:
    settings = Settings(trips_overlap=True)
    account = await open_account(names=["units", "trips"], more=SINCE, settings=settings, **FLEET)
    await well(account)
    for _ in range(3):
        account.clock.turn(7 * HOUR)
        for unit in units(account):
            account.vendor.content.report(unit)
        await well(account)
    assert [] == account.differences()


# --- the account's reports --------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("hours", [1, 47])
async def test_what_was_delivered_late_of_an_alarm_is_so_here_within_two_days(open_account: Open, hours: int) -> None:
    account = await open_account(names=["units", "alarm_log"], more=SINCE, **FLEET)
    await well(account)
    account.clock.turn(HOUR)
    rung = account.vendor.content.ring(3)
    assert sum(len(line["recipients"]) for line in rung)
    await well(account)
    undelivered = (
        "SELECT 1 FROM trackunit_alarm_log_recipients WHERE NOT delivered AND triggered_at > '2026-03-17 12:00:00+00'"
    )
    assert sum(len(line["recipients"]) for line in rung) == len(account.query(undelivered))
    account.clock.turn(hours * HOUR)
    assert account.vendor.content.deliver()
    await well(account)
    assert [] == account.query(undelivered)
    assert [] == account.differences()


async def test_the_log_of_alarms_is_one_request_for_the_account_and_always_with_both_dates(open_account: Open) -> None:
    account = await open_account(names=["units", "alarm_log"], more=SINCE, **FLEET)
    await well(account)
    account.vendor.log.clear()
    account.clock.turn(HOUR)
    for unit in units(account):
        account.vendor.content.report(unit)
    await well(account)
    (asked,) = params(account, "alarm_log")
    assert {"datefrom", "dateto"} == asked.keys()


@both
async def test_sums_of_today_and_two_days_before_follow_what_units_report(open_account: Open) -> None:
    account = await open_account(names=["units", "unit_day_summaries"], more=SINCE, **FLEET)
    await well(account)
    for _ in range(4):
        account.vendor.log.clear()
        account.clock.turn(6.1 * HOUR)
        for unit in units(account)[:2]:
            account.vendor.content.report(unit)
        await well(account)
        days = {asked["date"][:10] for asked in params(account, "unit_day_summaries")}
        today = account.clock.true().date()
        assert {str(today - timedelta(days=back)) for back in range(3)} <= days
        assert {str(today - timedelta(days=back)) for back in range(4)} >= days
        assert all("unitid" not in asked for asked in params(account, "unit_day_summaries"))
        assert [] == account.differences()


async def test_the_first_sync_of_sums_is_a_request_for_each_day(open_account: Open) -> None:
    account = await open_account(names=["units", "unit_day_summaries"], more=f"{SINCE}\nparallel = 1", **FLEET)
    await well(account)
    days = [asked["date"][:10] for asked in params(account, "unit_day_summaries")]
    assert 21 == len(days) == len(set(days))
    assert str(NOW.date()) == days[0]
    assert sorted(days, reverse=True) == days
    assert moments(ledger(account, "unit_day_summaries")["done"][0][0]).date() == (NOW - timedelta(days=20)).date()
    assert [] == account.differences()
