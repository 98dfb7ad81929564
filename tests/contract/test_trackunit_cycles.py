"""What a cycle of Trackunit asks, how it asks, and what it never asks."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from syncd.standin.trackunit.declared import WRITES
from syncd.standin.trackunit.settings import Settings
from syncd.vendors import VENDORS
from tests.accounts import Open
from tests.contract.trackunit_kit import asked_of, cost, params, spans, units, well
from tests.kit import DAY, HOUR, Account

QUARTER = 900.0
USUAL = tuple(one.name for one in VENDORS["trackunit"].collections if one.enabled_by_default)
WINDOWS = 3  # of at most 30 days in the 60 that these accounts are read back
FLEET = {"units": 10, "days": 5, "rows_per_day": 4, "steady": True}


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


def rich(account: Account) -> set[str]:
    """The units that send extended data."""
    return {one for one in units(account) if account.vendor.content.latest(one)}


async def test_a_cycle_where_nothing_was_reported_costs_at_most_fifteen_requests(open_account: Open) -> None:
    account = await open_account(names=USUAL, **FLEET)
    await well(account)
    account.clock.turn(QUARTER)
    account.vendor.log.clear()
    await well(account)
    assert 15 >= cost(account)
    assert [] == [path for path in ("unit_history", "trips", "active_faults", "unit_extended_info")
                  if asked_of(account, path)]  # fmt: skip


async def test_a_cycle_costs_two_for_each_unit_that_reported_and_two_more_if_it_sends_extended_data(
    open_account: Open,
) -> None:
    account = await open_account(names=USUAL, **FLEET)
    await well(account)
    for _ in range(3):
        reported = units(account)[:6]
        for one in reported:
            account.vendor.content.report(one)
        account.clock.turn(QUARTER)
        account.vendor.log.clear()
        await well(account)
        with_data = rich(account) & set(reported)
        assert 0 < len(with_data) < len(reported)
        assert 15 + 2 * len(reported) + 2 * len(with_data) >= cost(account)
        assert sorted(reported) == sorted(asked_of(account, "unit_history")) == sorted(asked_of(account, "trips"))
        assert sorted(with_data) == sorted(asked_of(account, "active_faults"))
        assert sorted(with_data) == sorted(asked_of(account, "unit_extended_info"))
        assert [] == account.differences()


async def test_a_cycle_over_midnight_costs_no_more(open_account: Open) -> None:
    account = await open_account(names=USUAL, **FLEET)
    await well(account)
    account.clock.turn(11.9 * HOUR)
    await well(account)
    account.clock.turn(0.2 * HOUR)
    account.vendor.log.clear()
    await well(account)
    assert 15 >= cost(account)
    assert [] == account.differences()


async def test_a_unit_without_extended_data_is_asked_for_it_once_a_day(open_account: Open) -> None:
    account = await open_account(names=USUAL, **FLEET)
    await well(account)
    poor = sorted(set(units(account)) - rich(account))
    assert len(poor) > 3
    account.vendor.log.clear()
    for _ in range(11):
        account.clock.turn(2 * HOUR)
        account.vendor.content.report(poor[0])
        await well(account, "units", "unit_extended_info")
    assert [] == asked_of(account, "unit_extended_info")
    account.clock.turn(2.1 * HOUR)
    await well(account, "units", "unit_extended_info")
    assert poor == sorted(asked_of(account, "unit_extended_info"))


async def test_a_unit_that_begins_to_send_extended_data_has_it_and_its_faults_within_a_day(open_account: Open) -> None:
    account = await open_account(names=USUAL, **FLEET)
    await well(account)
    poor = min(set(units(account)) - rich(account))
    account.vendor.content.equip(poor)
    account.clock.turn(HOUR)
    account.vendor.content.report(poor, fault=True)
    account.clock.turn(DAY)
    await well(account)
    await well(account)
    assert [] == account.differences()
    assert account.query(f"SELECT 1 FROM trackunit_active_faults WHERE unit_id = '{poor}'")


async def test_units_of_groups_cost_one_request_for_each_group_only_where_the_list_lacks_them(
    open_account: Open,
) -> None:
    account = await open_account(names=["units", "groups"], settings=Settings(lists_group_units=False), **FLEET)
    await well(account)
    groups = list(account.vendor.content.tables["groups"])
    assert len(groups) > 2
    for _ in range(2):
        account.vendor.log.clear()
        account.clock.turn(QUARTER)
        account.vendor.content.update("groups", groups[0], units=units(account)[2:5])
        await well(account)
        assert 2 + len(groups) == cost(account)
        assert len(groups) == account.vendor.log.count(query="groupId=")
        # The list does not tell the column `units`, which we fill all the same.
        assert [] == [line for line in account.differences() if ".units:" not in line]
    account.vendor.settings.lists_group_units = True
    account.vendor.log.clear()
    await well(account)
    assert 2 == cost(account)


async def test_no_more_than_reads_leaves_whatever_happens(open_account: Open) -> None:
    """Every call that changes something answers GET as well."""
    account = await open_account(**FLEET)
    for seed in range(2):
        account.vendor.switch.storm(0.1)
        account.vendor.switch.churn(0.3, seed)
        account.clock.turn(HOUR)
        await account.cycle()
        await account.sweep()
    entries = account.vendor.log.entries
    assert {"GET"} == {entry.method for entry in entries}
    paths = {entry.path.removeprefix("/public") for entry in entries}
    assert {path for _, path in VENDORS["trackunit"].reads} >= paths
    assert set() == {path.lower() for path in paths} & WRITES.keys()
    assert [] == account.vendor.content.writes


async def test_x1_the_token_is_in_no_url_unless_told(open_account: Open) -> None:
    account = await open_account(names=USUAL, **FLEET)
    await well(account)
    assert [] == account.vendor.log.secrets_seen()
    assert 0 == account.vendor.log.count(query="token=")
    assert all("Authorization" in entry.header_names for entry in account.vendor.log.entries)


async def test_x1_a_token_in_the_url_is_said_nowhere_else(open_account: Open) -> None:
    token = Settings().token
    account = await open_account(names=USUAL, more=f'token_in = "url"\ntoken = "{token}"', **FLEET)
    account.vendor.switch.fail("echo", every=4)
    account.vendor.switch.fail("reset", every=7)
    account.vendor.switch.fail("error", code="invalidParameter", message=f"no ?token={token}", every=9, status=200)
    await account.cycle()
    account.vendor.switch.clear()
    account.vendor.switch.fail("redirect", times=3)
    account.clock.turn(DAY)
    await account.cycle()
    assert len(account.vendor.log.entries) == len(account.vendor.log.secrets_seen())
    assert all("Authorization" not in entry.header_names for entry in account.vendor.log.entries)
    tables = account.query("SELECT name FROM sqlite_master WHERE type = 'table'")
    dump = "".join(repr(account.query(f"SELECT * FROM {table['name']}")) for table in tables)
    said = account.said.getvalue()
    assert "retry" in said
    for form in (token, quote(token, safe=""), token.lower()):
        assert form not in said
        assert form not in dump


async def test_answers_that_are_held_back_three_seconds_are_no_failure(open_account: Open) -> None:
    """The wait passes on the clock that both sides have: nothing is asked twice, nothing is asked shorter."""
    # One at a time: the clock would turn for all that are in flight.
    account = await open_account(names=["units", "unit_history"], more="parallel = 1", **FLEET)
    account.vendor.switch.between(lambda _: account.clock.turn(3))
    results = await well(account)
    assert 0 == sum(account.run_row(result)["retries"] for result in results.values())
    assert len(units(account)) * WINDOWS == len(spans(account, "unit_history"))
    assert [] == account.differences()


async def test_v1_a_full_queue_holds_the_connection_and_slows_it_and_is_no_attempt(open_account: Open) -> None:
    account = await open_account(names=["units", "unit_history"], more='rate = "10/s"\nparallel = 1', **FLEET)
    await well(account, "units")
    account.vendor.switch.fail("status", status=429, path="/Report/UnitHistory", nth=range(3, 10))
    before = account.clock.passed
    results = await well(account)
    # Seven refusals would be more than any question's attempts.
    assert 7 == account.vendor.log.refused
    assert account.clock.passed - before >= 5
    assert results["unit_history"].error is None
    assert len(units(account)) * WINDOWS == len(params(account, "unit_history")) - 7
    assert 2 / 10 == pytest.approx(account.reader.client.pace_of("").gap_s, rel=0.5)
    assert [] == account.differences()


async def test_null_members_are_left_out_and_empty_columns_are_null(open_account: Open) -> None:
    settings = Settings(empty_without_list=True)
    account = await open_account(settings=settings, **FLEET)
    await well(account)
    one = units(account)[0]
    account.vendor.content.update("units", one, note=None, categoryId=None, temperature1=None, name="")
    account.clock.turn(QUARTER)
    await well(account)
    row = account.query(f"SELECT * FROM trackunit_units WHERE id = '{one}'")[0]
    assert (None, None, None, "") == (row["note"], row["category_id"], row["temperature1"], row["name"])
    assert [] == account.differences()
