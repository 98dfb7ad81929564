"""What Trackier is asked, what a cycle costs, and what its refusals and habits do to a copy."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest

from syncd.errors import FeatureMissing, Refused, Unauthorized
from syncd.vendors import VENDORS
from tests.accounts import Open
from tests.contract.test_fleets import all_well
from tests.kit import DAY, HOUR, Account

USUAL = tuple(one.name for one in VENDORS["trackier"].collections if one.enabled_by_default)
SMALLER = 10
MID_SIZE: dict[str, Any] = {
    "campaigns": 5000 // SMALLER, "publishers": 2000 // SMALLER, "advertisers": 300 // SMALLER, "days": 4,
    "coupons": 500, "conversions_per_day": 5000 // SMALLER, "clicks_per_day": 0, "impressions_per_day": 0,
    "goals": 0, "access": 0, "transactions": 0, "payments": 0, "caps": 0, "landing_pages": 0, "usual": True,
}  # fmt: skip
"""The account of the vendor's page, a tenth of its size: what is asked by campaign shrinks with it, all else hardly."""


@pytest.fixture
def vendor_name() -> str:
    return "trackier"


def refused(account: Account, results: dict[str, Any]) -> dict[str, type[Exception]]:
    """What stopped which collection."""
    return {name: type(result.error) for name, result in results.items() if result.error is not None}


# --- cost -------------------------------------------------------------------------------------------------------------
async def test_an_hourly_cycle_of_a_mid_size_network_costs_at_most_260_requests(open_account: Open) -> None:
    """A twenty-fourth of the campaigns for their turn, those that changed, and two dozen for all else."""
    account = await open_account(names=USUAL, more='since = "5d"', **MID_SIZE)
    assert all_well(await account.cycle())
    number = MID_SIZE["campaigns"]
    assert number == account.vendor.log.count("/goals"), "the first sync asks for the goals of every campaign"
    content = account.vendor.content
    campaigns = list(content.table("campaigns"))
    for hour in range(5):
        account.clock.turn(HOUR)
        content.convert(20)
        for key in campaigns[50 * hour : 50 * hour + 10]:
            content.update("campaigns", key, modified=content.moment())
        before, goals = account.vendor.log.count(), account.vendor.log.count("/goals")
        assert all_well(await account.cycle())
        goals, others = account.vendor.log.count("/goals") - goals, account.vendor.log.count() - before
        assert number // 24 <= goals <= number // 24 + 1 + 10
        # Lists that grow with the account take a page for each thousand.
        assert 260 >= (goals - 10) * SMALLER + 10 + (others - goals) + 5000 // 1000 + 5000 // 1000
    assert [] == account.differences()


async def test_a_cycle_asks_only_what_is_documented_and_changes_nothing(open_account: Open) -> None:
    account = await open_account()
    await account.cycle()
    account.clock.turn(DAY)
    assert all_well(await account.cycle())
    content, log = account.vendor.content, account.vendor.log
    assert [] == content.undocumented
    assert [] == content.writes
    assert {"GET"} == {entry.method for entry in log.entries}
    assert [] == [
        entry for entry in log.entries if account.vendor.credentials["api_key"] in f"{entry.path}{entry.query}"
    ]
    assert [] == log.secrets_seen()


async def test_the_zone_is_named_wherever_it_can_be(open_account: Open) -> None:
    """Without it times are the network's, and nothing in a click's time would tell."""
    account = await open_account()
    await account.cycle()
    for path in ("/network/conversions", "/network/impressions", "/reports/clicks", "/invoices"):
        asked = [entry.query for entry in account.vendor.log.entries if entry.path.endswith(path)]
        assert asked
        assert [] == [query for query in asked if "zone=UTC" not in query], path


async def test_a_first_sync_reads_logs_half_a_year_back_and_sums_two_years(open_account: Open) -> None:
    names = ("conversions", "invoices", "report_daily")
    account = await open_account(names=names, more="# since = the usual", days=2)
    await account.cycle()
    first = {
        name: min(
            date.fromisoformat(unquote(entry.query).partition("start=")[2][:10])
            for entry in account.vendor.log.entries
            if entry.path == account.collection(name).path
        )
        for name in names
    }
    today = account.clock.now().date()
    assert 180 == (today - first["conversions"]).days
    assert 730 <= (today - first["report_daily"]).days <= 731
    assert 730 + 31 <= (today - first["invoices"]).days <= 730 + 32
    # Windows of a month, twice as long from one to the next; seven days; a month.
    assert 30 >= account.vendor.log.count("/reports/custom")
    assert 30 >= account.vendor.log.count("/network/conversions")
    assert 30 >= account.vendor.log.count("/invoices")


# --- refusals ---------------------------------------------------------------------------------------------------------
async def test_v5_a_key_that_may_not_read_one_collection_reads_the_others(open_account: Open) -> None:
    account = await open_account(names=USUAL)
    account.vendor.settings.denied.append("invoices")
    results = await account.cycle()
    assert all_well(results)
    assert {"invoices": FeatureMissing} == refused(account, results)
    assert "unavailable" == account.state("invoices")["state"]


@pytest.mark.parametrize(
    "name, says",
    [
        ("user_inactive", "user is not active"),
        ("account_inactive", "account is not active"),
        ("refuses_address", "is not whitelisted"),
        ("api_key", "not known"),
    ],
)
@pytest.mark.parametrize("status", ["400", "40x"])
async def test_v5_a_refused_key_stops_the_connection_and_says_why(
    open_account: Open, name: str, says: str, status: str
) -> None:
    account = await open_account(names=USUAL)
    assert all_well(await account.cycle())
    rows, key = account.picture(), account.vendor.credentials["api_key"]
    account.vendor.settings.forbidden_as = status
    setattr(account.vendor.settings, name, "another" if name == "api_key" else True)
    account.clock.turn(HOUR)
    account.vendor.log.clear()
    results = await account.cycle()
    error = next(result.error for result in results.values() if result.error is not None)
    assert isinstance(error, Unauthorized)
    assert says in error.message
    assert error.remedy
    assert 2 >= account.vendor.log.count(), "one of each class of calls"
    assert rows == account.picture()
    assert key not in account.said.getvalue()
    if name == "refuses_address":
        assert "IP 127.0.0.1" in error.message
        assert "curl" in error.remedy


# --- windows that are too much ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("answer", ["504", "107"])
async def test_v23_a_report_of_too_many_days_is_halved_and_remembered(open_account: Open, answer: str) -> None:
    account = await open_account(names=["report_daily"], days=40)
    account.vendor.settings.report_days, account.vendor.settings.bound_answer = 5, answer
    assert all_well(await account.cycle())
    assert [] == account.differences()
    account.vendor.log.clear()
    account.clock.turn(HOUR)
    assert all_well(await account.cycle())
    assert {200} == set(account.vendor.log.statuses)


@pytest.mark.parametrize("answer", ["504", "107"])
@pytest.mark.parametrize("name", ["conversions", "clicks"])
async def test_v23_a_log_of_too_many_rows_is_halved(open_account: Open, name: str, answer: str) -> None:
    sizes = {f"{name}_per_day": 60, "days": 5}
    account = await open_account(names=[name], **sizes)
    account.vendor.settings.log_rows, account.vendor.settings.bound_answer = 20, answer
    assert all_well(await account.cycle())
    assert [] == account.differences()


async def test_v23_a_day_of_the_report_that_is_too_much_is_asked_again_and_fails_aloud(open_account: Open) -> None:
    account = await open_account(names=["report_daily"], days=6)
    account.vendor.settings.report_rows = 0
    results = await account.cycle()
    error = results["report_daily"].error
    assert error is not None
    assert not isinstance(error, Refused)
    assert 0 == account.live("report_daily")
    account.vendor.settings.report_rows = None
    account.clock.turn(HOUR)
    assert all_well(await account.cycle())
    assert [] == account.differences()


# --- lists that lie -------------------------------------------------------------------------------------------------
LIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("ignores_page", {}), ("ignores_page", {"period": 2}), ("same_page", {}), ("shuffled", {}),
    ("shuffled", {"seed": 1}), ("short", {"records": 1}), ("lying_count", {"off_by": 1}),
    ("lying_count", {"off_by": -1}),
)  # fmt: skip


@pytest.mark.parametrize("name", ["campaigns", "publishers", "coupons", "invoices"])
async def test_v12_v17_v18_a_list_whose_pages_lie_costs_no_row(open_account: Open, name: str) -> None:
    """By its last id or in numbered pages: it is read whole all the same, or nothing is concluded from it."""
    sizes = {"campaigns": 8, "publishers": 8, "coupons": 8, "invoices_per_day": 2, "days": 4}
    account = await open_account(names=[name], more='since = "20d"', **sizes)
    assert all_well(await account.cycle())
    before = account.picture()
    account.vendor.settings.clamp = 3
    account.vendor.settings.last_id_null = False  # that a last page was cut nobody can know where nothing is counted
    states = {}
    for kind, options in LIES:
        account.clock.turn(2 * HOUR)
        account.vendor.switch.clear()
        account.vendor.switch.fail(kind, path=account.collection(name).path, **options)
        states[f"{kind} {options}"] = (await account.sweep(name))[name].state
        assert before == account.picture(), kind
    assert {"failed", "held"} & set(states.values()), states
    await account.converges()


# --- habits that no document settles ----------------------------------------------------------------------------------
HABITS: dict[str, dict[str, Any]] = {
    "clamped pages": {"clamp": 2},
    "the last id, and then nothing": {"last_id_null": False},
    "pages that tell nothing": {"tells_pages": False, "clamp": 3},
    "access that has no pages": {"access_paged": False},
    "fields that add": {"fields_replace": False},
    "errors as objects": {"error_form": "object", "numeric_codes": True},
    "goals of a deleted campaign are not found": {"deleted_code": 109, "not_found_status": 400},
    "edits of goals show": {"goal_edits_touch": True},
}


@pytest.mark.parametrize("habit", HABITS)
async def test_copies_are_equal_whatever_the_vendors_habit(open_account: Open, habit: str) -> None:
    account = await open_account(days=3)
    for name, value in HABITS[habit].items():
        assert hasattr(account.vendor.settings, name)
        setattr(account.vendor.settings, name, value)
    assert all_well(await account.cycle())
    assert [] == account.differences()
    account.vendor.switch.churn(0.5, seed=3)
    account.clock.turn(HOUR)
    await account.cycle()
    account.clock.turn(DAY)
    await account.converges()


# --- columns ----------------------------------------------------------------------------------------------------------
async def test_sensitive_columns_are_neither_asked_for_nor_kept_unless_they_are_included(open_account: Open) -> None:
    included = '[connections.acme.collections.conversions]\nenabled = true\ninclude = ["click_ip"]\n'
    account = await open_account(names=["conversions", "clicks"], collections=included, days=3)
    assert all_well(await account.cycle())
    asked = {entry.path.rpartition("/")[2]: entry.query for entry in account.vendor.log.entries}
    assert "click_ip" in asked["conversions"]
    assert "click_ua" not in asked["conversions"]
    for member in ("ipaddr", "=ua", "gaid"):
        assert member not in asked["clicks"]
    rows = account.query("SELECT click_ip, click_ua, ipaddr FROM trackier_conversions")
    assert any(row["click_ip"] for row in rows)
    assert [] == [row for row in rows if row["click_ua"] is not None or row["ipaddr"] is not None]
