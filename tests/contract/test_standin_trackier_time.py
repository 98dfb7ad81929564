"""The stand-in Trackier reads and writes times, cuts days and bounds windows as the vendor is documented to."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from syncd.standin import StandIn
from syncd.standin.trackier.report import COUNTS, MONEY
from tests.contract.trackier_client import FACTS, NOW, Client
from tests.still_clock import Clock

KPIS = [*COUNTS, *MONEY]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def vendor(clock: Clock) -> AsyncIterator[StandIn]:
    async with StandIn.trackier(seed=5, campaigns=5, days=5, now=clock, monotonic=clock.monotonic) as vendor:
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


def at(text: str) -> str:
    return datetime.fromisoformat(text).isoformat()


async def conversions(client: Client, start: str, end: str, **more: Any) -> set[str]:
    reply = await client.get("/v2/network/conversions", start=start, end=end, limit=1000, **more)
    return {one["id"] for one in reply["conversions"]}


# -- windows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start, end, is_in",
    [
        ("2026-01-02 10:00:00", "2026-01-02 10:00:00", True), ("2026-01-02 09:59:59", "2026-01-02 09:59:59", False),
        ("2026-01-02 10:00:01", "2026-01-02 11:00:00", False), ("2026-01-02", "2026-01-02", True),
        ("2026-01-01", "2026-01-02 10:00:00", True), ("2026-01-02 10:00:00", "2026-01-02", True),
        ("2026-01-01", "2026-01-01", False), ("2026-01-03", "2026-01-04", False),
    ],
)  # fmt: skip
async def test_both_ends_are_included_and_a_date_is_its_whole_day(
    client: Client, start: str, end: str, is_in: bool
) -> None:
    (key,) = client.vendor.content.convert(created=at("2026-01-02T10:00:00.5+00:00"))
    assert is_in is (key in await conversions(client, start, end, zone="UTC"))


@pytest.mark.parametrize(
    "zone, day",
    [("UTC", "2026-01-02"), ("Asia/Kolkata", "2026-01-03"), ("America/New_York", "2026-01-02"), (None, "2026-01-03")],
)  # fmt: skip
async def test_the_ends_are_read_in_the_zone_asked_for_else_in_the_networks(
    client: Client, zone: str | None, day: str
) -> None:
    (key,) = client.vendor.content.convert(created=at("2026-01-02T20:00:00+00:00"))
    more = {} if zone is None else {"zone": zone}
    found = {
        one for one in ("2026-01-01", "2026-01-02", "2026-01-03") if key in await conversions(client, one, one, **more)
    }
    assert {day} == found


async def test_a_days_last_second_belongs_to_it(client: Client) -> None:
    keys = [client.vendor.content.convert(created=at(f"2026-01-{text}+00:00"))[0] for text in
            ("01T23:59:59", "02T00:00:00", "02T23:59:59.999", "03T00:00:00")]  # fmt: skip
    assert {*keys[1:3]} == await conversions(client, "2026-01-02 00:00:00", "2026-01-02 23:59:59", zone="UTC")


async def test_invoices_impressions_and_postback_logs_go_by_days(client: Client) -> None:
    content = client.vendor.content
    created = at("2026-01-02T20:00:00+00:00")  # the next day in India
    conversion = content.convert(created=created)[0]
    made: dict[str, Any] = {
        "/v2/invoices": content.insert("invoices", created=created, utype="publisher")["hash_id"],
        "/v2/network/impressions": content.insert("impressions", created=created)["id"],
        "/v2/reports/postback": content.insert("postback_sent_logs", conversion_id=conversion)["conversion_id"],
    }
    for path, member, key in (
        ("/v2/invoices", "invoices", "hash_id"), ("/v2/network/impressions", "impressions", "id"),
        ("/v2/reports/postback", "logs", "conversion_id"),
    ):  # fmt: skip
        for day, is_in in (("2026-01-02", False), ("2026-01-03", True)):
            found = (await client.get(path, start=day, end=day, limit=100))[member]
            assert is_in is (made[path] in [one[key] for one in found]), path


async def test_timelines_go_by_days_in_utc(client: Client) -> None:
    made = client.vendor.content.insert("campaign_timelines", created=at("2026-01-02T20:00:00+00:00"), event="odd")
    reply = await client.get("/v2/campaigns/timelines", start="2026-01-02", end="2026-01-02")
    assert [made] == reply["data"]["changedCampaigns"]


async def test_without_dates_reports_and_logs_mean_today_in_the_networks_zone(client: Client, clock: Clock) -> None:
    client.vendor.settings.time_zone = "Pacific/Auckland"  # already the 11th at noon of the 10th in UTC
    content = client.vendor.content
    yesterday = content.click(created=at("2026-03-10T10:59:59+00:00"))[0]
    today = content.click(created=at("2026-03-10T11:00:00+00:00"))[0]
    found = [one["id"] for one in (await client.get("/v2/reports/clicks", limit=1000))["clicks"]]
    assert (True, False) == (today in found, yesterday in found)
    rows = (await client.get("/v2/reports/custom", starts="2026-03-01", group=["created"]))["records"]
    assert {"2026-03-11"} == {one["created"] for one in rows}
    assert ("/v2/reports/custom", "starts") in content.undocumented


# -- how times are told ------------------------------------------------------------------------------------------------


async def test_clicks_tell_times_without_their_zone_in_the_zone_asked_for(client: Client) -> None:
    (key,) = client.vendor.content.click(created=at("2026-01-02T20:00:00+00:00"))
    for more, told in (
        ({"zone": "UTC"}, "2026-01-02 20:00:00"), ({"zone": "America/New_York"}, "2026-01-02 15:00:00"),
        ({}, "2026-01-03 01:30:00"),
    ):  # fmt: skip
        reply = await client.get("/v2/reports/clicks", start="2026-01-01", end="2026-01-04", click_id=key, **more)
        assert [told] == [one["created"] for one in reply["clicks"]]


async def test_conversions_are_utc_whatever_the_zone(client: Client) -> None:
    (key,) = client.vendor.content.convert(created=at("2026-01-02T20:00:00.5+00:00"))
    client.vendor.content.settle(key, "rejected")
    reply = await client.get("/v2/network/conversions", start="2026-01-01", end="2026-01-04", zone="Asia/Tokyo")
    (found,) = reply["conversions"]
    assert ("2026-01-02T20:00:00.500Z", "2026-03-10T12:00:00.000Z") == (found["created"], found["modified"])


async def test_entities_tell_iso_times_with_milliseconds_and_the_oldest_there_is(client: Client) -> None:
    rows = (await client.get("/v2/publishers"))["publishers"] + (await client.get("/v2/campaigns"))["campaigns"]
    times = {one["created"] for one in rows} | {one.get("modified") for one in rows} - {None}
    assert all(24 == len(one) and one.endswith("Z") for one in times)
    assert "1970-01-01T00:00:00.000Z" in times


# -- reports -----------------------------------------------------------------------------------------------------------


async def report(client: Client, start: str, end: str, **more: Any) -> list[Any]:
    asked: dict[str, Any] = {"group": [*FACTS], "kpi": KPIS, "remove_zero_data": "true"}
    reply = await client.get("/v2/reports/custom", start=start, end=end, **asked | more)
    found: list[Any] = reply["records"]
    return found


def normal(row: Any) -> Any:
    """A row in which all ways to say nothing are one."""
    told = {name: Decimal(str(row.get(name) or 0)) for name in KPIS}
    key = (row["created"], row["campaign_id"], row["publisher_id"], row.get("advertiser_id") or 0)
    return (*key, row.get("goal_id") or "", row.get("goal_name") or "", row["currency"]), told


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Pacific/Auckland", "America/Los_Angeles"])
async def test_reports_are_the_snapshots_rows(client: Client, zone: str) -> None:
    client.vendor.settings.time_zone = zone
    wanted = client.vendor.content.snapshot(names=["report_daily"])["report_daily"]
    found = await report(client, "2026-02-01", "2026-03-31")
    assert dict(map(normal, wanted)) == dict(map(normal, found))
    assert len(wanted) == len(found)


async def test_a_report_of_many_days_is_the_reports_of_its_days(client: Client) -> None:
    days = [(NOW.date() - timedelta(days=n)).isoformat() for n in range(-1, 7)]
    single = [row for day in days for row in await report(client, day, day)]
    whole = await report(client, days[-1], days[0])
    assert sorted(map(repr, single)) == sorted(map(repr, whole))


async def test_groups_sum_up(client: Client) -> None:
    by_day = await report(client, "2026-03-01", "2026-03-10", group=["created"])
    by_campaign = await report(client, "2026-03-01", "2026-03-10", group=["campaign_id", "campaign_name"])
    whole = await report(client, "2026-03-01", "2026-03-10")
    for name in ("clicks", "grossConversions", "impressions"):
        assert (sum(one.get(name) or 0 for one in whole) == sum(one.get(name) or 0 for one in by_day)
                == sum(one.get(name) or 0 for one in by_campaign))  # fmt: skip
    assert all({"campaign_id", "campaign_name", "currency"} <= one.keys() for one in by_campaign)
    hours = await report(client, "2026-03-09", "2026-03-09", group=["hour"])
    assert {one["hour"] for one in hours} <= {*range(24)}
    assert {"2026-03"} == {one["month"] for one in await report(client, "2026-03-05", "2026-03-10", group=["month"])}


async def test_without_groups_and_kpis_the_default_ones_come(client: Client) -> None:
    rows = (await client.get("/v2/reports/custom", start="2026-03-01", end="2026-03-10"))["records"]
    assert {
        "campaign_name", "campaign_id", "currency", "clicks", "approvedConversions", "payout", "revenue", "profit",
    } == set().union(*(one.keys() for one in rows))  # fmt: skip


async def test_rows_that_are_zero_come_unless_they_are_not_wanted(client: Client) -> None:
    some: dict[str, Any] = {
        "start": "2026-03-01",
        "end": "2026-03-10",
        "group": ["campaign_id", "goal_id"],
        "kpi": ["clicks"],
    }
    every = (await client.get("/v2/reports/custom", **some))["records"]
    wanted = (await client.get("/v2/reports/custom", **some, remove_zero_data="true"))["records"]
    assert 0 < len(wanted) < len(every)
    assert all(one["clicks"] for one in wanted)


async def test_reports_choose_campaigns_publishers_and_advertisers(client: Client) -> None:
    rows = await report(client, "2026-03-01", "2026-03-10", camp_ids=[1, 3], pub_ids=[2])
    assert rows
    assert {(1, 2), (3, 2)} >= {(one["campaign_id"], one["publisher_id"]) for one in rows}


async def test_what_is_absent_is_told_in_several_ways(client: Client) -> None:
    client.vendor.content.click(300)
    rows = await report(client, "2026-03-01", "2026-03-10")
    assert {"", None} <= {one["goal_id"] for one in rows}
    assert any("advertiser_id" not in one for one in rows)
    assert any("advertiser_id" in one and one["advertiser_id"] is None for one in rows)
    ways = Counter("gone" if "payout" not in one else "null" if one["payout"] is None else "told" for one in rows)
    assert {"gone", "null", "told"} == ways.keys()


async def test_a_conversion_settled_moves_from_one_kpi_to_another(client: Client) -> None:
    content = client.vendor.content
    (key,) = content.convert(created=at("2026-01-02T08:00:00+00:00"), campaign_id=1, publisher_id=1, status="pending")
    (row,) = await report(client, "2026-01-02", "2026-01-02")
    assert (1, 0) == (row["pendingConversions"], row.get("approvedConversions") or 0)
    content.settle(key, "approved")
    (row,) = await report(client, "2026-01-02", "2026-01-02")
    assert (1, 0) == (row["approvedConversions"], row.get("pendingConversions") or 0)


# -- bounds ------------------------------------------------------------------------------------------------------------


async def test_windows_of_more_days_or_rows_than_the_server_bears_are_504_or_107(client: Client) -> None:
    settings = client.vendor.settings
    settings.report_days, settings.log_days = 4, 2
    asked = {"start": "2026-03-05", "end": "2026-03-08"}
    assert 200 == (await client.get("/v2/reports/custom", **asked), client.status)[1]
    for path, end in (("/v2/reports/custom", "2026-03-09"), ("/v2/reports/clicks", "2026-03-07"),
                      ("/v2/network/conversions", "2026-03-07"), ("/v2/network/impressions", "2026-03-07"),
                      ("/v2/reports/postback", "2026-03-07")):  # fmt: skip
        await client.get(path, **asked | {"end": end})
        assert (504, True) == (client.status, client.text.startswith("<html>")), path
    settings.bound_answer = "107"
    assert ("107", "Date range must not exceed 4 days") == await client.error(
        "/v2/reports/custom", **asked | {"end": "2026-03-09"}
    )
    settings.report_days = settings.log_days = None
    settings.report_rows = settings.log_rows = 3
    for path in ("/v2/reports/custom", "/v2/reports/clicks", "/v2/network/conversions"):
        assert "107" == (await client.error(path, **asked))[0], path
    assert "" == (await client.error("/v2/invoices", **asked))[0]


async def test_what_is_older_than_the_retention_is_not_served_from_logs(client: Client) -> None:
    (key,) = client.vendor.content.convert(created=at("2025-08-02T10:00:00+00:00"))
    assert {key} == await conversions(client, "2025-08-01", "2025-08-05")
    client.vendor.settings.retention_days = 180
    assert set() == await conversions(client, "2025-08-01", "2025-08-05")
    assert 1 == len(await report(client, "2025-08-01", "2025-08-05"))
