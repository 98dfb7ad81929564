"""The network behind the stand-in Trackier is related, repeatable, and changes as its visitors and people change it."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncd.standin.trackier import Churn, Content, make, words
from syncd.standin.trackier.truth import CONTEXT
from tests import oracle
from tests.still_clock import Clock

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
VENDOR = oracle.vendor("trackier")
COLLECTIONS: dict[str, Any] = {one["name"]: one for one in VENDOR["collections"]}
# Served, and no column's: what a copy keeps beside its columns.
NO_COLUMN = {
    "advertisers": {"meta.other"}, "publishers": {"meta.other"}, "campaign_goals": {"__v"},
    "campaign_access": {"campaign.hashId", "publisher.hashId"}, "smart_links": {"targetingEnabled", "advs"},
    "clicks": {"currency"},
}  # fmt: skip
# Key columns of a log that lists no such member as null.
NEVER_NULL = {
    "report_daily": {"currency"}, "clicks": {"is_rejected", "is_bot"}, "campaign_timelines": set(),
}  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def content(clock: Clock) -> Content:
    made: Content = make(seed=7, campaigns=9, days=8, now=clock).content
    return made


@pytest.fixture(scope="module")
def large() -> dict[str, list[Any]]:
    more: dict[str, Any] = {
        "publishers": 42, "advertisers": 42, "accounts": 42, "coupons": 42, "deals": 20, "postbacks": 20,
        "smart_links": 20, "tracking_domains": 20, "categories": 42,
    }  # fmt: skip
    found: dict[str, list[Any]] = make(seed=2, campaigns=45, days=12, now=lambda: NOW, **more).content.snapshot()
    return found


def paths(value: Any, before: str = "") -> set[str]:
    """`region.zone` and so on; arrays end a path."""
    if not isinstance(value, dict) or not value:
        return {before}
    return set().union(*(paths(one, f"{before}.{name}" if before else name) for name, one in value.items()))


def test_the_same_seed_and_clock_give_the_same_network() -> None:
    first, second = (make(seed=3, campaigns=4, days=3, now=lambda: NOW).content.snapshot() for _ in range(2))
    assert first == second
    assert first != make(seed=4, campaigns=4, days=3, now=lambda: NOW).content.snapshot()


def test_the_snapshot_has_every_collection_of_the_catalogue(content: Content) -> None:
    found = content.snapshot()
    assert found.keys() == COLLECTIONS.keys()
    assert 23 == len(found)
    assert [] == [name for name, records in found.items() if not records]
    assert {"invoices"} == content.snapshot(names=["invoices"]).keys()


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_member_served_is_one_of_the_catalogue(content: Content, name: str) -> None:
    """Nothing is served that the vendor is not known to have."""
    declared = COLLECTIONS[name]
    sources = {path for one in declared["columns"] for path in (one["source"] or f"@{one['name']}", *_aliases(one))}
    sources |= {one for child in declared["children"] for one in re.split(r"[^A-Za-z_]+", child["source"])}
    sources |= NO_COLUMN.get(name, set())
    for record in content.snapshot(names=[name])[name]:
        for path in paths(record):
            steps = path.split(".")
            beginnings = {".".join(steps[: n + 1]) for n in range(len(steps))}
            assert beginnings & sources or any(one.startswith(f"{path}.") for one in sources), path


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_column_has_a_value_somewhere_and_null_elsewhere(large: dict[str, list[Any]], name: str) -> None:
    """What is never served is never tested, neither with a value nor without one."""
    key = COLLECTIONS[name]["key"]
    required = {one["name"] for one in COLLECTIONS[name]["columns"] if not one["nullable"]} | {*key}
    required |= NEVER_NULL.get(name, set())
    for column in COLLECTIONS[name]["columns"]:
        values = [oracle._raw(record, column) for record in large[name]]
        assert any(value is not None for value in values), column["name"]
        assert (column["name"] in required) is all(value is not None for value in values), column["name"]


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_column_of_a_child_has_a_value_somewhere_and_null_elsewhere(
    large: dict[str, list[Any]], name: str
) -> None:
    for child in COLLECTIONS[name]["children"]:
        rows = list(oracle.child_rows(COLLECTIONS[name], child, large[name]).values())
        for column in child["columns"]:
            values = [row[column["name"]] for row in rows]
            assert any(value is not None for value in values), (child["name"], column["name"])
            assert column["nullable"] is any(value is None for value in values), (child["name"], column["name"])


def _aliases(column: Any) -> list[str]:
    found: list[str] = column.get("aliases", [])
    return found


def test_absent_and_null_both_occur(large: dict[str, list[Any]]) -> None:
    for name in ("publishers", "campaigns", "conversions", "clicks", "coupons", "invoices"):
        members = set().union(*(record.keys() for record in large[name]))
        some = [one for one in members if any(one not in record for record in large[name])]
        assert [one for one in some if any(one in record and record[one] is None for record in large[name])], name


def test_both_spellings_occur(large: dict[str, list[Any]]) -> None:
    for name, collection in COLLECTIONS.items():
        for column in collection["columns"]:
            for path in (column["source"], *_aliases(column)) if "aliases" in column else ():
                assert any(record.get(path) is not None for record in large[name]), (name, path)


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_key_is_there_and_unique(large: dict[str, list[Any]], name: str) -> None:
    by_name = {one["name"]: one for one in COLLECTIONS[name]["columns"]}
    keys = [tuple(oracle._raw(record, by_name[part]) for part in COLLECTIONS[name]["key"]) for record in large[name]]
    assert len(keys) == len(set(keys))
    assert all(part is not None for key in keys for part in key)


def test_context_is_named_after_columns() -> None:
    for name, members in CONTEXT.items():
        assert {one[1:] for one in members} <= {one["name"] for one in COLLECTIONS[name]["columns"]}


def test_references_lead_to_rows(content: Content) -> None:
    found = content.snapshot()
    keys = {
        name: {one.get(part) for one in records for part in ("id", "hashId", "_id")} for name, records in found.items()
    }
    for name, member, table in (
        ("campaign_goals", "campaignId", "campaigns"), ("campaign_caps", "campaignId", "campaigns"),
        ("landing_pages", "@campaign_id", "campaigns"), ("publisher_transactions", "@publisher_id", "publishers"),
        ("publisher_payments", "user_id", "publishers"), ("campaign_access", "publisherId", "publishers"),
        ("conversions", "campaign_id", "campaigns"), ("conversions", "publisher_id", "publishers"),
        ("clicks", "campaign_id", "campaigns"), ("conversions", "goal_id", "campaign_goals"),
        ("postback_sent_logs", "conversion_id", "conversions"), ("postback_sent_logs", "postback_id", "postbacks"),
        ("coupons", "av", "advertisers"), ("campaign_timelines", "campaignId", "campaigns"),
    ):  # fmt: skip
        assert {one.get(member) for one in found[name]} - {None} <= keys[table], (name, member)


def test_an_advertiser_is_told_by_either_id_or_is_no_more(large: dict[str, list[Any]]) -> None:
    known = {one["hashId"] for one in large["advertisers"]}
    digits = {str(one["id"]) for one in large["advertisers"]}
    kinds = Counter(
        "long" if one["advertiserId"] in known else "short" if one["advertiserId"] in digits else "gone"
        for one in large["campaigns"]
    )
    assert {"long", "short", "gone"} == kinds.keys()
    assert 0 in {one["advertiser_id"] for one in large["report_daily"]}


def test_money_is_exact_and_of_every_awkward_kind(large: dict[str, list[Any]]) -> None:
    payouts = {one.get("payout") for record in large["campaigns"] for one in record.get("payouts") or ()}
    assert {Decimal("0.030303"), Decimal("1E-7"), Decimal("12345678.12"), Decimal(3)} <= payouts
    # A database with 15 digits must hold all sums.
    for record in large["report_daily"]:
        for value in record.values():
            assert not isinstance(value, Decimal) or 15 >= len(value.normalize().as_tuple().digits)


def test_ids_look_numeric_and_keep_their_zeros(large: dict[str, list[Any]]) -> None:
    assert {"007", "0", "00012345", "1e5"} <= {one.get("txn_id") for one in large["conversions"]}
    assert any(one["id"].isdecimal() and one["id"].startswith("0") for one in large["conversions"])
    assert any(isinstance(one.get("user_id"), int) for one in large["conversions"])


def test_what_no_copy_may_hold_is_in_no_snapshot(large: dict[str, list[Any]]) -> None:
    told = json.dumps(large, default=str, ensure_ascii=False)
    for word in (*words.NEVER_STORED, '"password"', '"security_token"'):
        assert word not in told


def test_the_values_of_sensitive_columns_stand_nowhere_else(large: dict[str, list[Any]]) -> None:
    """So that a search of the whole database proves that nothing of them was kept."""
    found: set[str] = set()
    for name, records in large.items():
        sensitive = [one["source"] for one in COLLECTIONS[name]["columns"] if one.get("sensitive")]
        for record in records:
            held = json.dumps([oracle._at(record, path) for path in sensitive], default=str)
            rest = json.dumps(_without(record, sensitive), default=str)
            assert not any(word in rest for word in words.SENSITIVE), name
            found |= {path for path in sensitive if any(word in held for word in words.SENSITIVE)} and {*sensitive}
    assert {one["source"] for c in COLLECTIONS.values() for one in c["columns"] if one.get("sensitive")} == found


def _without(record: Any, gone: list[str]) -> Any:
    copied = json.loads(json.dumps(record, default=str))
    for path in gone:
        *outer, last = path.split(".")
        inside = copied
        for step in outer:
            inside = inside.get(step) or {} if isinstance(inside, dict) else {}
        inside.pop(last, None)
    return copied


# -- reports follow the logs -------------------------------------------------------------------------------------------


def test_reports_count_clicks_and_conversions_of_each_day_of_the_network(content: Content) -> None:
    content.settings.time_zone = "Pacific/Auckland"
    found = content.snapshot()
    zone = content.settings.zone

    def days(records: list[Any]) -> Counter[str]:
        return Counter(datetime.fromisoformat(one["created"]).astimezone(zone).date().isoformat() for one in records)

    counted: Counter[str] = Counter()
    clicked: Counter[str] = Counter()
    for row in found["report_daily"]:
        counted[row["created"]] += row.get("grossConversions") or 0
        clicked[row["created"]] += row.get("grossClicks") or 0
    assert days(found["conversions"]) == counted
    assert days([one for one in found["clicks"] if one.get("campaign_id") is not None]) == clicked


def test_reports_sum_money_by_status(content: Content) -> None:
    approved = [one for one in content.rows("conversions") if "approved" == one["status"]]
    found = content.snapshot(names=["report_daily"])["report_daily"]
    assert sum(one.get("payout") or 0 for one in approved) == sum(one.get("payout") or 0 for one in found)
    rejected = [one for one in content.rows("conversions") if "rejected" == one["status"]]
    assert sum(one.get("revenue") or 0 for one in rejected) == sum(one.get("rejectedRevenue") or 0 for one in found)
    for one in found:
        assert (one.get("profit") or 0) == (one.get("revenue") or 0) - (one.get("payout") or 0)


def test_clicks_stand_on_the_default_goals_row_alone(content: Content) -> None:
    found = content.snapshot(names=["report_daily"])["report_daily"]
    assert [] == [one for one in found if one["goal_id"] and (one.get("grossClicks") or one.get("impressions"))]
    assert [one for one in found if one["goal_id"]]


def test_one_default_goal_can_be_reported_under_two_names(content: Content) -> None:
    campaign = content.rows("campaigns")[0]["id"]
    content.click(campaign_id=campaign, publisher_id=1)
    content.update("campaigns", campaign, defaultGoalName="Renamed")
    content.click(campaign_id=campaign, publisher_id=1)
    today = content.today().isoformat()
    found = [
        one["goal_name"] for one in content.snapshot(names=["report_daily"])["report_daily"]
        if today == one["created"] and (campaign, 1, "") == (one["campaign_id"], one["publisher_id"], one["goal_id"])
    ]  # fmt: skip
    assert "Renamed" in found
    assert 2 == len(found)


def test_adjustments_show_in_reports_and_in_no_log(content: Content) -> None:
    day = content.today() - timedelta(days=2)
    before = content.snapshot()
    content.adjust(day, 3, 2, clicks=1000, revenue="0.000001")
    after = content.snapshot()
    assert {"report_daily"} == {name for name in before if before[name] != after[name]}
    changed = [one for one in after["report_daily"] if one not in before["report_daily"]]
    assert [(3, 2, day.isoformat())] == [(one["campaign_id"], one["publisher_id"], one["created"]) for one in changed]
    assert 1000 <= changed[0]["clicks"]


def test_rows_that_adjustments_bring_to_nothing_vanish(content: Content) -> None:
    day = content.today() - timedelta(days=3)
    content.adjust(day, 1, 1, goal_id=content.rows("campaign_goals")[0]["_id"], impressions=5)
    with_it = len(content.snapshot(names=["report_daily"])["report_daily"])
    content.adjust(day, 1, 1, goal_id=content.rows("campaign_goals")[0]["_id"], impressions=-5)
    assert with_it - 1 == len(content.snapshot(names=["report_daily"])["report_daily"])


# -- what happens ------------------------------------------------------------------------------------------------------


def test_a_conversion_settled_weeks_later_is_modified_and_moves_in_the_report(content: Content, clock: Clock) -> None:
    row = next(one for one in content.rows("conversions") if "approved" == one["status"] and "modified" not in one)
    clock.at += timedelta(days=20)
    content.settle(row["id"], "rejected")
    found = content.snapshot(names=["conversions"])["conversions"]
    shown = next(one for one in found if row["id"] == one["id"])
    assert ("rejected", "2026-03-30T12:00:00.000Z") == (shown["status"], shown["modified"])
    assert 1 <= sum("modified" in one for one in found) < len(found)


def test_imports_are_made_in_the_past(content: Content) -> None:
    before = content.snapshot(names=["conversions"])["conversions"]
    keys = content.import_conversions(2, days=5)
    new = [one for one in content.snapshot(names=["conversions"])["conversions"] if one not in before]
    assert {*keys} == {one["id"] for one in new}
    assert {"2026-03-05T12:00:00.000Z"} == {one["created"] for one in new}


def test_a_second_can_have_many_clicks(content: Content) -> None:
    assert 700 == len(content.burst(700))
    times = Counter(one["created"] for one in content.snapshot(names=["clicks"])["clicks"])
    assert 700 <= max(times.values())


def test_a_deleted_campaign_takes_what_hangs_on_it_along_and_its_logs_stay(content: Content) -> None:
    campaign = content.table("campaigns")[content.rows("campaign_access")[0]["$campaign"]]
    before = content.snapshot()
    assert 3 < content.delete("campaigns", campaign["id"])
    after = content.snapshot()
    assert before["conversions"] == after["conversions"]
    assert before["report_daily"] == after["report_daily"]
    for name in ("campaign_goals", "campaign_caps", "campaign_access"):
        assert campaign["hashId"] not in {one["campaignId"] for one in after[name]}
        assert campaign["hashId"] in {one["campaignId"] for one in before[name]}
    content.recover("campaigns", campaign["id"])
    assert campaign["id"] in content.ids("campaigns")


def test_a_new_name_shows_in_new_rows_only(content: Content) -> None:
    old = content.convert(campaign_id=1, publisher_id=2)[0]
    content.update("campaigns", 1, title="New title")
    new = content.convert(campaign_id=1, publisher_id=2)[0]
    assert "New title" != content.table("conversions")[old]["$pair"]["campaign_name"]
    assert "New title" == content.table("conversions")[new]["$pair"]["campaign_name"]


def test_edits_are_told_by_the_change_feed_once_a_moment(content: Content, clock: Clock) -> None:
    before = len(content.rows("campaign_timelines"))
    content.update("campaigns", 1, status="paused")
    content.update("campaigns", 1, status="active")
    assert before + 1 == len(content.rows("campaign_timelines"))
    clock.at += timedelta(milliseconds=1)
    content.update("campaigns", 1, status="paused")
    assert before + 2 == len(content.rows("campaign_timelines"))


@pytest.mark.parametrize("touches", [True, False])
def test_a_goals_edit_shows_in_its_campaign_or_does_not(content: Content, touches: bool) -> None:
    content.settings.goal_edits_touch = touches
    goal = content.rows("campaign_goals")[0]
    content.update("campaign_goals", goal["_id"], title="Another")
    assert touches is (NOW == content.table("campaigns")[goal["$campaign"]].get("modified"))


def test_updates_take_texts_for_times_and_money_and_merge_objects(content: Content) -> None:
    row = content.rows("conversions")[0]
    content.update("conversions", row["id"], created="2026-03-04T05:06:07+00:00", payout="0.1")
    assert datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC) == row["created"]
    assert Decimal("0.1") == row["payout"]
    within = content.between("conversions", row["created"], row["created"] + timedelta(seconds=1))
    assert row["id"] in [one["id"] for one in within]
    publisher = content.rows("publishers")[0]
    content.update("publishers", 1, region={"city": "Oslo"})
    assert "Oslo" == publisher["region"]["city"]
    assert "zone" in publisher["region"]


def test_late_rows_show_when_their_time_has_come(content: Content, clock: Clock) -> None:
    before = len(content.rows("conversions"))
    content.late("conversions", seconds=30)
    content.late("publishers", requests=1)
    content.tick()
    assert before == len(content.rows("conversions"))
    assert 9 == len(content.rows("publishers"))
    clock.at += timedelta(seconds=30)
    content.tick()
    assert before + 1 == len(content.rows("conversions"))
    assert 10 == len(content.rows("publishers"))


def test_a_misspelt_collection_or_parent_is_refused(content: Content) -> None:
    with pytest.raises(KeyError):
        content.insert("campaign")
    with pytest.raises(KeyError):
        content.insert("campaign_goals", campaign_id=999)
    with pytest.raises(KeyError):
        content.click(campaign_id=999)


def test_a_snapshot_can_be_cut_to_a_range(content: Content) -> None:
    since = NOW - timedelta(days=2)
    found = content.snapshot(since=since, until=NOW - timedelta(days=1))
    for name in ("conversions", "clicks", "campaign_timelines", "invoices"):
        assert all("2026-03-08" <= one["created"] <= "2026-03-09T12:00:00.000Z" for one in found[name])
    assert {"2026-03-08", "2026-03-09"} == {one["created"] for one in found["report_daily"]}
    assert found["campaigns"] == content.snapshot()["campaigns"]


def test_what_is_older_than_the_retention_is_gone_from_logs_and_stays_in_reports(content: Content) -> None:
    before = content.snapshot()
    content.settings.retention_days = 3
    after = content.snapshot()
    assert 0 < len(after["clicks"]) < len(before["clicks"])
    assert before["report_daily"] == after["report_daily"]


def test_churn_makes_as_many_changes_as_its_rate_says_and_keeps_keys_unique(content: Content, clock: Clock) -> None:
    life = Churn(2.5, seed=4)
    before = content.snapshot()
    for _ in range(160):
        clock.at += timedelta(minutes=7)
        life(content)
    assert 320 <= life.changes <= 480
    after = content.snapshot()
    changed = {name for name in before if before[name] != after[name]}
    assert COLLECTIONS.keys() - {"impressions", "postback_sent_logs"} <= changed
    for name, records in after.items():
        by_name = {one["name"]: one for one in COLLECTIONS[name]["columns"]}
        keys = [tuple(oracle._raw(one, by_name[part]) for part in COLLECTIONS[name]["key"]) for one in records]
        assert len(keys) == len(set(keys)), name


def test_the_same_churn_makes_the_same_changes() -> None:
    found = []
    for _ in range(2):
        content = make(seed=1, campaigns=5, days=3, now=lambda: NOW).content
        life = Churn(1, seed=9)
        for _ in range(60):
            life(content)
        found.append(content.snapshot())
    assert found[0] == found[1]
