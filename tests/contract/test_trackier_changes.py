"""What happens at Trackier after the fact: statuses, imports, adjustments, drafts; and what the copy makes of it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.accounts import Open, both
from tests.contract.test_fleets import all_well
from tests.kit import DAY, HOUR, NAME, Account

LOGS = {"days": 90, "conversions_per_day": 3, "clicks_per_day": 1, "impressions_per_day": 0}


@pytest.fixture
def vendor_name() -> str:
    return "trackier"


def shown(account: Account, name: str) -> list[str]:
    """The rows of a collection that differ from the vendor's."""
    table = account.collection(name).table
    return [one for one in account.differences() if one.startswith(f"{table} ")]


def aged(account: Account, name: str, days: int) -> str:
    """The id of a row that was made about so many days ago."""
    content = account.vendor.content
    at = account.clock.now() - timedelta(days=days)
    key: str = next(iter(content.between(name, at, at + timedelta(days=2))))["id"]
    return key


async def test_a_status_that_changes_weeks_later_is_found_by_night_and_the_younger_ones_at_once(
    open_account: Open,
) -> None:
    account = await open_account(names=["conversions"], more='since = "100d"', **LOGS)
    assert all_well(await account.cycle())
    for days, turn in ((1, HOUR), (40, DAY), (80, 7 * DAY)):
        key = aged(account, "conversions", days)
        account.vendor.content.settle(key, "rejected")
        if turn > HOUR:
            account.clock.turn(HOUR)
            await account.cycle()
            assert [] != shown(account, "conversions"), "a cycle would read too far back"
        account.clock.turn(turn)
        assert all_well(await account.cycle())
        assert [] == shown(account, "conversions")
        (row,) = account.query(f"SELECT status, modified FROM trackier_conversions WHERE id = '{key}'")
        assert "rejected" == row["status"]
        assert row["modified"] is not None


async def test_an_import_into_the_past_is_found_by_night(open_account: Open) -> None:
    account = await open_account(names=["conversions"], more='since = "100d"', **LOGS)
    assert all_well(await account.cycle())
    account.vendor.content.import_conversions(5, days=50)
    account.clock.turn(DAY)
    assert all_well(await account.cycle())
    assert [] == account.differences()


async def test_what_the_vendor_keeps_no_longer_stays_here(open_account: Open) -> None:
    names = ("conversions", "clicks", "impressions")
    sizes = {**LOGS, "days": 30, "impressions_per_day": 1}
    account = await open_account(names=names, **sizes)
    assert all_well(await account.cycle())
    before = {name: account.live(name) for name in names}
    account.vendor.settings.retention_days = 10
    account.clock.turn(8 * DAY)
    assert all_well(await account.cycle())
    account.clock.turn(HOUR)
    assert all_well(await account.sweep())
    for name in names:
        assert before[name] <= account.live(name)
        assert [] == account.tombstones(name)


async def test_seven_hundred_clicks_in_one_second_are_seven_hundred_rows(open_account: Open) -> None:
    account = await open_account(names=["clicks"], more='since = "7d"', burst=700)
    account.vendor.settings.clamp = 100
    assert all_well(await account.cycle())
    assert [] == account.differences()
    most = account.query("SELECT count(*) AS n FROM trackier_clicks GROUP BY created ORDER BY n DESC LIMIT 1")
    assert 700 <= most[0]["n"]
    account.vendor.content.burst(700, account.clock.now() - timedelta(minutes=5))
    account.clock.turn(HOUR)
    assert all_well(await account.cycle())
    assert [] == account.differences()


async def test_drafts_of_invoices_change_and_vanish_within_a_night(open_account: Open) -> None:
    account = await open_account(names=["invoices"], more='since = "400d"', days=200, invoices_per_day=0.3)
    assert all_well(await account.cycle())
    assert [] == account.differences()
    content = account.vendor.content
    table = content.table("invoices")
    drafts = [key for key, row in table.items() if row["status"] == "draft"][:3]
    old = [key for key, row in table.items() if row["created"] < account.clock.now() - timedelta(days=100)][:2]
    content.delete("invoices", drafts[0])
    for key in {drafts[1], *old} - {drafts[0]}:
        content.update("invoices", key, status="paid", amount=Decimal("0.07"))
    account.clock.turn(DAY)
    assert all_well(await account.cycle())
    assert [] == account.differences()
    assert [(drafts[0],)] == account.tombstones("invoices")


async def test_invoices_of_publishers_and_of_advertisers_are_told_apart(open_account: Open) -> None:
    account = await open_account(names=["invoices"], days=60)
    assert all_well(await account.cycle())
    kinds = account.query("SELECT DISTINCT utype FROM trackier_invoices ORDER BY utype")
    assert ["advertiser", "publisher"] == [row["utype"] for row in kinds]


# --- the report -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Sao_Paulo", "Pacific/Kiritimati", "Europe/Berlin"])
async def test_days_of_the_report_are_the_networks(open_account: Open, zone: str) -> None:
    account = await open_account(names=["report_daily"], days=8, time_zone=zone)
    assert all_well(await account.cycle())
    assert [] == account.differences()
    account.vendor.content.convert(2)
    account.clock.turn(13 * HOUR)
    assert all_well(await account.cycle())
    assert [] == account.differences()


async def test_figures_adjusted_by_hand_replace_their_day_by_what_differs(open_account: Open) -> None:
    account = await open_account(names=["report_daily"], days=30)
    assert all_well(await account.cycle())
    content = account.vendor.content
    day = content.today() - timedelta(days=2)
    content.adjust(day, payout=Decimal("0.0303"), approvedConversions=1)
    account.clock.turn(HOUR)
    results = await account.cycle()
    assert all_well(results)
    assert [] == account.differences()
    assert 2 >= account.changes(account.run_row(results["report_daily"])), "the other rows of the day stay as they are"
    content.adjust(content.today() - timedelta(days=20), revenue=Decimal("-1.01"))
    account.clock.turn(DAY)
    assert all_well(await account.cycle())
    assert [] == account.differences()


async def test_a_row_of_the_report_that_vanishes_leaves_no_row(open_account: Open) -> None:
    account = await open_account(names=["report_daily", "conversions"], days=6)
    assert all_well(await account.cycle())
    before = account.live("report_daily")
    key = aged(account, "conversions", 2)
    account.vendor.content.delete("conversions", key)
    account.clock.turn(HOUR)
    assert all_well(await account.cycle("report_daily"))
    assert [] == shown(account, "report_daily")
    assert before >= account.live("report_daily")
    assert [] == account.tombstones("report_daily")


# --- money ------------------------------------------------------------------------------------------------------------
@both
async def test_sums_of_money_are_equal_to_the_last_digit(open_account: Open) -> None:
    """Added up here as exact numbers: what a database makes of a sum is its own affair."""
    names = ("conversions", "clicks", "report_daily", "invoices", "campaigns", "publisher_transactions", "publishers")
    account = await open_account(names=names, days=20, conversions_per_day=30)
    assert all_well(await account.cycle())
    truth = account.vendor.content.snapshot()
    for name, column, member in (
        ("conversions", "payout", "payout"),
        ("conversions", "revenue", "revenue"),
        ("conversions", "sale", "sale"),
        ("clicks", "payout", "payout"),
        ("report_daily", "payout", "payout"),
        ("report_daily", "gross_revenue", "grossRevenue"),
        ("invoices", "amount", "amount"),
        ("publisher_transactions", "credit", "credit"),
    ):
        table = account.collection(name).table
        stored = [row[column] for row in account.query(f"SELECT {column} FROM {table}") if row[column] is not None]
        told = [Decimal(str(row[member])) for row in truth[name] if row.get(member) is not None]
        assert len(told) == len(stored)
        assert told
        assert sum(told) == sum(Decimal(str(value)) for value in stored), f"{name}.{column}"


# --- goals ------------------------------------------------------------------------------------------------------------
async def test_a_goal_that_is_edited_unseen_is_found_within_a_day(open_account: Open) -> None:
    """An edit does not show in the campaign; every campaign has its turn once a day."""
    account = await open_account(names=["campaign_goals"], campaigns=30)
    assert all_well(await account.cycle())
    content = account.vendor.content
    for key in list(content.table("campaign_goals"))[::3]:
        content.update("campaign_goals", key, title=f"edited {key}")
    assert [] != account.differences()
    account.vendor.log.clear()
    for _ in range(24):
        account.clock.turn(HOUR)
        assert all_well(await account.cycle())
    assert [] == account.differences()
    asked = [entry.path for entry in account.vendor.log.entries if entry.path.endswith("/goals")]
    assert 30 == len(set(asked)) == len(asked)


async def test_goals_of_a_campaign_that_changed_or_is_new_are_read_in_the_next_cycle(open_account: Open) -> None:
    account = await open_account(names=["campaign_goals"], campaigns=20)
    assert all_well(await account.cycle())
    content = account.vendor.content
    account.clock.turn(60)
    new = content.insert("campaigns")
    content.insert("campaign_goals", **{"$campaign": new["id"]})
    changed = next(iter(content.table("campaigns")))
    content.update("campaigns", changed, title="another", modified=content.moment())
    account.clock.turn(60)
    account.vendor.log.clear()
    assert all_well(await account.cycle())
    asked = {entry.path for entry in account.vendor.log.entries if entry.path.endswith("/goals")}
    assert {f"/v2/campaigns/{new['id']}/goals", f"/v2/campaigns/{changed}/goals"} <= asked
    assert 4 >= len(asked)
    assert [] == account.differences()


# --- one answer for two -----------------------------------------------------------------------------------------------
async def test_transactions_and_payments_cost_one_request_a_publisher_however_slow(open_account: Open) -> None:
    names = ("publishers", "publisher_transactions", "publisher_payments")
    account = await open_account(names=names, publishers=40)
    account.vendor.switch.between(lambda _: account.clock.turn(15))
    for _ in range(2):
        account.vendor.log.clear()
        assert all_well(await account.cycle())
        assert 40 == account.vendor.log.count("/transactions")
        assert [] == account.differences()
        account.clock.turn(DAY)
        for name in ("publisher_transactions", "publisher_payments"):
            account.vendor.content.insert(name)
    assert 4 == len(account.query(f"SELECT 1 FROM syncd_runs WHERE connection = '{NAME}' AND received > 70"))
