"""Units of Trackunit that vanish, return and appear, what only some of them send, and the keys of those who drive."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from syncd.standin.trackunit.settings import Settings
from tests.accounts import Open, both
from tests.contract.trackunit_kit import asked_of, ledger, params, spans, units, well
from tests.kit import DAY, HOUR, Account

HISTORY = ("units", "unit_history")
FLEET = {"units": 4, "days": 10, "rows_per_day": 4, "steady": True, "extended": 1.0}
SINCE = 'since = "30d"'
PER_UNIT = ("unit_history", "trips", "active_faults", "unit_extended_info")


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


def live(account: Account, table: str, unit: str) -> int:
    """Live rows of a unit."""
    found = account.query(f"SELECT count(*) AS n FROM live_trackunit_{table} WHERE unit_id = '{unit}'")
    return int(found[0]["n"])


def vanish(account: Account, unit: str) -> None:
    """The vendor shows a unit no more, nor what it sent."""
    account.vendor.content.delete("units", unit)


# --- vanished ---------------------------------------------------------------------------------------------------------
@both
@pytest.mark.parametrize("status", [200, 400, 404])
async def test_a_unit_that_vanishes_keeps_its_history_and_is_asked_no_more(open_account: Open, status: int) -> None:
    names = ("units", *PER_UNIT, "alarm_log", "unit_day_summaries")
    account = await open_account(names=names, more=SINCE, settings=Settings(not_found_status=status), **FLEET)
    await well(account)
    unit, other, *_ = units(account)
    before = {name: live(account, name, unit) for name in names if name != "units"}
    assert all(before.values()), before
    account.clock.turn(HOUR)
    account.vendor.content.report(other)
    vanish(account, unit)
    account.vendor.log.clear()
    await well(account)
    assert [(unit,)] == account.tombstones("units")
    assert unit not in {one for name in PER_UNIT for one in asked_of(account, name)}
    after = {name: live(account, name, unit) for name in before}
    assert {**before, "unit_extended_info": 0, "alarm_log": after["alarm_log"]} == after
    assert before["alarm_log"] <= after["alarm_log"]
    assert before["unit_extended_info"] == len(
        [key for key in account.tombstones("unit_extended_info") if key[0] == unit]
    )
    for _ in range(2):
        account.clock.turn(8 * DAY)
        await well(account)
        await account.sweep()
    assert {"unit_history": before["unit_history"]} == {"unit_history": live(account, "unit_history", unit)}
    assert before["trips"] == live(account, "trips", unit)


async def test_sums_of_a_day_go_with_the_answer_but_not_with_the_unit(open_account: Open) -> None:
    """One call tells of all units: it says nothing about one that is there no more."""
    account = await open_account(names=("units", "unit_day_summaries"), more=SINCE, **FLEET)
    gone, wrong, *_ = units(account)
    await well(account)
    account.clock.turn(DAY)
    for unit in (gone, wrong):
        account.vendor.content.report(unit)
    await well(account)
    told = live(account, "unit_day_summaries", gone), live(account, "unit_day_summaries", wrong)
    account.vendor.content.delete("units", gone)
    for day in [day for unit, day in account.vendor.content._days if unit == wrong]:
        del account.vendor.content._days[wrong, day]
    for _ in range(3):
        account.clock.turn(1.1 * HOUR)
        await account.cycle()
        await account.sweep()
    assert (told[0], told[1] - 1) == (
        live(account, "unit_day_summaries", gone), live(account, "unit_day_summaries", wrong),
    )  # fmt: skip


async def test_a_unit_that_vanishes_between_the_list_and_its_report_fails_no_run(open_account: Open) -> None:
    account = await open_account(names=HISTORY, more=SINCE, **FLEET)
    await well(account)
    unit, *others = units(account)
    for one in (unit, *others):
        account.vendor.content.report(one)
    account.clock.turn(HOUR)
    account.vendor.switch.between(
        lambda content: content.delete("units", unit) if unit in content.tables["units"] else None
    )
    await well(account)
    assert {unit, *others} == set(asked_of(account, "unit_history"))
    account.vendor.switch.clear()
    account.clock.turn(HOUR)
    await well(account)
    assert [] == account.differences()
    assert live(account, "unit_history", unit) > 0


# --- returned and new -------------------------------------------------------------------------------------------------
@both
async def test_a_unit_that_returns_brings_what_it_sent_meanwhile(open_account: Open) -> None:
    account = await open_account(more=SINCE, **FLEET)
    unit = units(account)[0]
    content = account.vendor.content
    await well(account)
    vanish(account, unit)
    for _ in range(5):
        account.clock.turn(DAY)
        await well(account)
    content.recover("units", unit)
    for ago in (4, 3, 2):
        content.buffer(unit, 2, ago=ago * DAY)
    content.report(unit)
    account.clock.turn(HOUR)
    await well(account)
    assert [] == account.tombstones("units")
    assert [] == account.differences()


def hidden(account: Account, number: int = 1) -> list[str]:
    """Units that the account does not see yet: they are another customer's."""
    found = units(account)[-number:]
    for unit in found:
        account.vendor.content.delete("units", unit)
    return found


def appear(account: Account, found: list[str]) -> None:
    """The account sees units that have a past."""
    for unit in found:
        account.vendor.content.recover("units", unit)
        account.vendor.content.report(unit)


@both
async def test_a_unit_that_appears_with_a_past_has_all_of_it(open_account: Open) -> None:
    """Its messages, and what the reports of the whole account tell of it: they were read before it was seen."""
    names = ("units", "unit_history", "trips", "alarm_log", "unit_day_summaries")
    account = await open_account(names=names, more=SINCE, **FLEET)
    (unit,) = hidden(account)
    await well(account)
    account.clock.turn(3 * DAY)
    await well(account)
    appear(account, [unit])
    for hours in (100, 160, 200):
        at = account.clock.true() - timedelta(hours=hours)
        account.vendor.content.row("alarm_log", unit, at=at)
    account.vendor.log.clear()
    await well(account)
    assert [] == account.differences()
    assert live(account, "unit_day_summaries", unit) > 4
    assert 3 <= live(account, "alarm_log", unit)
    about = [asked for name in ("alarm_log", "unit_day_summaries") for asked in params(account, name)]
    assert {unit} == {asked["unitid"] for asked in about if "unitid" in asked}
    account.vendor.log.clear()
    account.clock.turn(HOUR)
    await well(account)
    assert [] == [
        asked for name in ("alarm_log", "unit_day_summaries") for asked in params(account, name) if "unitid" in asked
    ]


async def test_the_past_of_many_units_that_appear_costs_no_more_than_that_of_all(open_account: Open) -> None:
    names = ("units", "alarm_log", "unit_day_summaries")
    account = await open_account(names=names, more=SINCE, **{**FLEET, "units": 9})
    found = hidden(account, 6)
    await well(account)
    account.clock.turn(3 * DAY)
    await well(account)
    appear(account, found)
    account.vendor.log.clear()
    await well(account)
    days = Counter(asked["date"] for asked in params(account, "unit_day_summaries"))
    assert 2 >= max(days.values())
    assert 3 >= len(params(account, "alarm_log"))
    assert [] == account.differences()


@both
async def test_what_a_unit_did_in_a_long_silence_is_read_of_the_accounts_reports_too(open_account: Open) -> None:
    names = ("units", "alarm_log", "unit_day_summaries")
    account = await open_account(names=names, more=SINCE, **FLEET)
    unit, other, *_ = units(account)
    await well(account)
    for _ in range(6):
        account.clock.turn(DAY)
        account.vendor.content.report(other)
        await well(account)
    account.clock.turn(600)
    for hours in (60, 80, 100):
        account.vendor.content.row("alarm_log", unit, at=account.clock.true() - timedelta(hours=hours))
    day = int(account.clock.true().timestamp()) // 86400 - 4
    content = account.vendor.content
    content._days[unit, day] = content.law.summary(content.facts[other], day - 9) | {"unitId": unit}
    content.report(unit)
    await well(account)
    assert [] == account.differences()


# --- what only some send ----------------------------------------------------------------------------------------------
async def test_can_values_are_read_of_the_chosen_units_and_kept_of_the_chosen_variables(open_account: Open) -> None:
    account = await open_account(names=("units", "unit_history"), more=SINCE, **FLEET)
    chosen = units(account)[1]
    variables = sorted({str(row["variableId"]) for row in account.vendor.content.latest(chosen)})[:2]
    await account.leave()
    table = f"[connections.acme.collections.can_history]\nenabled = true\nunits = ['{chosen}']\nvariables = {variables}"
    account = await open_account(
        names=("units", "can_history"), vendor=account.vendor, clock=account.clock, more=SINCE, collections=table
    )
    await well(account)
    assert {chosen} == set(asked_of(account, "can_history"))
    told = account.query("SELECT DISTINCT unit_id, variable_id FROM trackunit_can_history ORDER BY 2")
    assert [(chosen, int(one)) for one in sorted(variables, key=int)] == [tuple(row.values()) for row in told]
    served = [
        row
        for row in account.vendor.content.snapshot(names=("can_history",))["can_history"]
        if row["@unit_id"] == chosen and str(row["variableId"]) in variables
    ]
    assert len(served) == account.live("can_history")
    # What is kept of an answer is judged by what is kept: nothing goes because the other variables are left out.
    account.clock.turn(HOUR)
    account.vendor.content.report(chosen)
    await well(account)
    assert len(served) + 2 == account.live("can_history")
    assert 0 == account.query("SELECT sum(tombstoned) AS n FROM syncd_runs")[0]["n"]


@both
async def test_a_variable_is_called_as_its_latest_value_says_whatever_is_read_last(open_account: Open) -> None:
    """Newest first is how it is read; a value without a name or unit erases neither."""
    account = await open_account(names=("units", "unit_extended_info", "can_history"), more=SINCE, **FLEET)
    await well(account)
    assert [] == account.differences()
    unit = units(account)[0]
    row = account.vendor.content.latest(unit)[0]
    number = row["variableId"]

    def called() -> tuple[Any, ...]:
        rows = account.query(f"SELECT name, uom FROM trackunit_variables WHERE variable_id = {number}")
        return tuple(rows[0].values())

    now = account.clock.true()
    content = account.vendor.content
    content.row("can_history", unit, at=now, variableId=number, name="Fresh", value="1", uoM="h")
    account.clock.turn(600)
    await well(account)
    assert ("Fresh", "h") == called()
    content.row("can_history", unit, at=now - timedelta(hours=5), variableId=number, name="Old", value="1", uoM="min")
    content.row("can_history", unit, at=now + timedelta(seconds=60), variableId=number, name=None, value="2", uoM=None)
    account.clock.turn(600)
    await well(account)
    assert ("Fresh", "h") == called()
    await account.sweep()
    assert ("Fresh", "h") == called()
    assert [] == account.differences()


# --- keys -------------------------------------------------------------------------------------------------------------
@both
async def test_rows_of_a_key_that_are_equal_in_everything_are_rows_of_their_own(open_account: Open) -> None:
    account = await open_account(names=("units", "keys", "key_history"), more=SINCE, **{**FLEET, "rows_per_day": 60})
    await well(account)
    assert [] == account.differences()
    twins = account.query(
        "SELECT key_id, unit_id, time, count(*) AS n, max(ordinal) AS last FROM trackunit_key_history"
        " GROUP BY key_id, unit_id, time HAVING count(*) > 1"
    )
    assert twins
    assert all(row["n"] == row["last"] + 1 for row in twins)
    before = account.picture()
    account.clock.turn(HOUR)
    await account.sweep()
    assert before == account.picture()
    content = account.vendor.content
    keyed = next(unit for unit, facts in content.facts.items() if facts.keys)
    for _ in range(3):
        content.report(keyed, 4)
        account.clock.turn(HOUR)
        await well(account)
        assert [] == account.differences()


async def test_a_key_that_vanishes_keeps_its_history(open_account: Open) -> None:
    account = await open_account(names=("units", "keys", "key_history"), more=SINCE, **FLEET)
    await well(account)
    key = account.query("SELECT key_id FROM trackunit_key_history ORDER BY 1")[0]["key_id"]
    before = account.live("key_history")
    account.vendor.content.delete("keys", key)
    account.clock.turn(8 * DAY)
    account.vendor.log.clear()
    await well(account)
    assert key not in asked_of(account, "key_history")
    assert before == account.live("key_history")
    assert ledger(account, "key_history", key)["done"]
    assert spans(account, "key_history")
