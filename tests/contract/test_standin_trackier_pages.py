"""The stand-in Trackier pages in five styles, each with the habits that the vendor's documents leave open."""

from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from syncd.standin import StandIn
from tests.contract.trackier_client import NOW, Client
from tests.still_clock import Clock

WIDE = {"start": "2026-02-01", "end": "2026-03-31", "zone": "UTC"}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def vendor(clock: Clock) -> AsyncIterator[StandIn]:
    async with StandIn.trackier(
        seed=5, campaigns=9, publishers=7, days=5, conversions_per_day=60, clicks_per_day=50, now=clock,
        monotonic=clock.monotonic,
    ) as vendor:  # fmt: skip
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


def ids(records: list[Any], member: str = "id") -> list[Any]:
    return [one[member] for one in records]


# -- L: last id --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last_id_null", [True, False])
@pytest.mark.parametrize("size, lengths", [(3, [3, 3, 1]), (7, [7])])
async def test_pages_by_last_id_ascend_and_end_with_null_or_with_an_empty_page(
    client: Client, last_id_null: bool, size: int, lengths: list[int]
) -> None:
    client.vendor.settings.last_id_null = last_id_null
    pages = await client.by_last_id("/v2/publishers", limit=size)
    assert [*lengths, *([] if last_id_null else [0])] == [len(page) for page in pages]
    assert [1, 2, 3, 4, 5, 6, 7] == [key for page in pages for key in ids(page)]


async def test_publishers_and_advertisers_count_and_campaigns_do_not(client: Client) -> None:
    reply = await client.get("/v2/publishers", limit=2, lastId=4)
    assert ([5, 6], 6, {"totalCount": 7, "perPage": 2}) == (
        ids(reply["publishers"]), reply["lastId"], reply["pagination"],
    )  # fmt: skip
    assert {"advertisers", "lastId", "pagination"} == (await client.get("/v2/advertisers")).keys()
    assert {"campaigns", "lastId"} == (await client.get("/v2/campaigns")).keys()


async def test_campaigns_have_no_size_of_pages_but_the_vendors(client: Client) -> None:
    assert [9] == [len(page) for page in await client.by_last_id("/v2/campaigns", limit=2)]
    assert ("/v2/campaigns", "limit") in client.vendor.content.undocumented
    client.vendor.settings.clamp = 4
    assert [4, 4, 1] == [len(page) for page in await client.by_last_id("/v2/campaigns")]


async def test_a_row_inserted_during_the_walk_comes_at_its_end_and_a_deleted_one_moves_nothing(client: Client) -> None:
    first = await client.get("/v2/publishers", limit=4)
    client.vendor.content.insert("publishers")
    client.vendor.content.delete("publishers", 2)
    second = await client.get("/v2/publishers", limit=4, lastId=first["lastId"])
    assert [1, 2, 3, 4, 5, 6, 7, 8] == ids([*first["publishers"], *second["publishers"]])


async def test_sorting_breaks_the_cursor(client: Client) -> None:
    client.vendor.settings.clamp = 4
    pages = await client.by_last_id("/v2/campaigns", orderBy="title", direction="desc")
    assert len(client.vendor.content.rows("campaigns")) > len({key for page in pages for key in ids(page)})


# -- P: page number ----------------------------------------------------------------------------------------------------


async def test_pages_by_number_say_their_size_and_the_total(client: Client) -> None:
    found = []
    for number, length in ((1, 5), (2, 5), (3, 2), (4, 0)):
        reply = await client.get("/v2/coupons", page=number, limit=5)
        assert {"perPage": 5, "currentPage": number, "total": 12} == reply["pagination"]
        assert length == len(reply["coupons"])
        found += ids(reply["coupons"], "_id")
    assert list(reversed(client.vendor.content.ids("coupons"))) == found
    reply = await client.get("/v2/coupons", direction="asc")
    assert ("asc", client.vendor.content.ids("coupons")) == (reply["direction"], ids(reply["coupons"], "_id"))


@pytest.mark.parametrize("path, size", [("/v2/deals", 1000), ("/v2/campaigns/timelines", 100), ("/v2/postback", 20)])
async def test_undocumented_pages_have_defaults_and_may_say_nothing_of_themselves(
    client: Client, path: str, size: int
) -> None:
    assert size == (await client.get(path))["pagination"]["perPage"]
    client.vendor.settings.tells_pages = False
    assert "pagination" not in await client.get(path)
    assert "pagination" in await client.get("/v2/coupons")


async def test_a_clamped_limit_shows_in_the_size_of_pages_only(client: Client) -> None:
    client.vendor.settings.clamp = 4
    reply = await client.get("/v2/coupons", limit=500)
    assert (4, {"perPage": 4, "currentPage": 1, "total": 12}) == (len(reply["coupons"]), reply["pagination"])
    reply = await client.get("/v2/network/conversions", **WIDE, limit=10_000, page=2)
    assert (4, 4) == (len(reply["conversions"]), reply["pagination"]["perPage"])
    assert 4 == len((await client.by_token(**WIDE, limit=100))[0])


async def test_access_may_know_no_pages(client: Client) -> None:
    rows = len(client.vendor.content.rows("campaign_access"))
    reply = await client.get("/v2/campaigns/access", page=2, limit=5)
    assert ({"perPage": 5, "currentPage": 2, "total": rows}, 5) == (reply["pagination"], len(reply["accessList"]))
    client.vendor.settings.access_paged = False
    reply = await client.get("/v2/campaigns/access", page=2, limit=5)
    assert {"perPage": rows, "currentPage": 1, "total": rows} == reply["pagination"]
    assert rows == len(reply["accessList"])


async def test_conversions_come_in_no_order_of_time_and_a_new_one_moves_pages(client: Client) -> None:
    walked: list[Any] = []
    totals = []
    for number in (1, 2, 3):
        reply = await client.get("/v2/network/conversions", **WIDE, limit=100, page=number)
        walked += reply["conversions"]
        totals.append(reply["pagination"]["total"])
        if number == 1:
            client.vendor.content.convert(20)
    assert [300, 320, 320] == totals
    times = [one["created"] for one in walked]
    assert sorted(times) != times
    assert 300 > len({one["id"] for one in walked})


async def test_invoices_count_all_of_their_kind_as_total_and_the_window_as_count(client: Client) -> None:
    content = client.vendor.content
    content.insert("invoices", created="2025-01-05T00:00:00+00:00", utype="advertiser")
    of_kind = Counter(one["$utype"] for one in content.rows("invoices"))
    for utype in ("publisher", "advertiser"):
        reply = await client.get("/v2/invoices", **WIDE, utype=utype, limit=100)
        assert (utype, of_kind[utype]) == (reply["utype"], reply["pagination"]["total"])
        assert len(reply["invoices"]) == reply["pagination"]["count"]
        assert utype == "publisher" or reply["pagination"]["count"] < reply["pagination"]["total"]
    assert await client.get("/v2/invoices", **WIDE, utype="publisher") == await client.get("/v2/invoices", **WIDE)


@pytest.mark.parametrize("replace", [True, False])
async def test_fields_replace_the_default_set_or_add_to_it(client: Client, replace: bool) -> None:
    client.vendor.settings.fields_replace = replace
    reply = await client.get("/v2/network/conversions", **WIDE, limit=1000, fields=["id", "gaid"])
    members = {name for one in reply["conversions"] for name in one} - {"modified"}
    assert {"id", "gaid"} <= members
    assert replace is (members == {"id", "gaid"})
    assert members == reply["columns"].keys()
    assert 0 < sum("modified" in one for one in reply["conversions"]) < len(reply["conversions"])


async def test_without_fields_the_default_set_comes(client: Client) -> None:
    reply = await client.get("/v2/network/conversions", **WIDE, limit=1000)
    members = {name for one in reply["conversions"] for name in one}
    assert {"id", "click_id", "created", "goal_id", "sale"} <= members
    assert {"ipaddr", "p1", "txn_id"}.isdisjoint(members)
    reply = await client.get("/v2/network/impressions", **WIDE, limit=1000)
    assert {"id", "created", "ua"} <= {name for one in reply["impressions"] for name in one}


# -- T: token ----------------------------------------------------------------------------------------------------------


async def test_tokens_lead_through_a_second_with_many_clicks_and_lose_none(client: Client) -> None:
    client.vendor.content.burst(700)
    pages = await client.by_token(**WIDE, limit=300)
    assert [300, 300, 300, 50] == [len(page) for page in pages]
    found = [one for page in pages for one in page]
    assert {*client.vendor.content.ids("clicks")} == {*ids(found)}
    assert len(found) == len({*ids(found)})
    assert sorted(one["created"] for one in found) == [one["created"] for one in found]
    reply = await client.get("/v2/reports/clicks", **WIDE, limit=5000)
    assert (False, {"perPage": 5000}) == (reply["hasNextPage"], reply["pagination"])
    assert "nextPageToken" not in reply


@pytest.mark.parametrize(
    "change", [{"end": "2026-03-30"}, {"zone": "Europe/Oslo"}, {"limit": 200}, {"pub_ids": [1]}, {"fields": ["id"]}]
)
async def test_a_token_is_good_for_its_own_window_and_parameters_only(client: Client, change: dict[str, Any]) -> None:
    asked: dict[str, Any] = WIDE | {"limit": 100}
    token = (await client.get("/v2/reports/clicks", **asked))["nextPageToken"]
    assert ("", "") == await client.error("/v2/reports/clicks", **asked, pageToken=token)
    code, message = await client.error("/v2/reports/clicks", **asked | change, pageToken=token)
    assert ("107", '"pageToken" is invalid') == (code, message)


async def test_a_late_click_of_an_earlier_second_moves_the_rest_but_repeats_nothing_lost(client: Client) -> None:
    """The token says how many of one second were given, so that what comes before it does not matter."""
    asked: dict[str, Any] = WIDE | {"limit": 100}
    first = await client.get("/v2/reports/clicks", **asked)
    client.vendor.content.click(created="2026-03-05T13:00:00+00:00")
    rest = await client.get("/v2/reports/clicks", **asked, pageToken=first["nextPageToken"])
    assert {*ids(first["clicks"])}.isdisjoint(ids(rest["clicks"]))


async def test_names_asked_for_and_names_answered_differ(client: Client) -> None:
    reply = await client.get(
        "/v2/reports/clicks", **WIDE, limit=500, fields=["id", "ua", "ro", "advertiser_long_id", "referer"]
    )
    members = {name for one in reply["clicks"] for name in one}
    assert {
        "id", "user_agent", "referrer_campaign", "advertiser_long_id", "advetiser_long_id", "referer", "referrer",
    } == members  # fmt: skip


# -- W: whole ----------------------------------------------------------------------------------------------------------


async def test_whole_lists_have_no_pages(client: Client) -> None:
    for path, member, table in (
        ("/v2/accounts", "accounts", "accounts"), ("/v2/categories", "categories", "categories"),
        ("/v2/trackingDomains", "trackingDomains", "tracking_domains"),
    ):  # fmt: skip
        reply = await client.get(path)
        assert {member} == reply.keys()
        assert len(client.vendor.content.rows(table)) == len(reply[member])


async def test_the_walks_bring_what_the_snapshot_has(client: Client) -> None:
    """The truth that tests hold a copy against is what is served."""
    found = client.vendor.content.snapshot()
    for path, member, name, key in (
        ("/v2/publishers", "publishers", "publishers", "id"), ("/v2/campaigns", "campaigns", "campaigns", "id"),
        ("/v2/smart-link", "smartlink", "smart_links", "id"), ("/v2/coupons", "coupons", "coupons", "_id"),
    ):  # fmt: skip
        served = (await client.get(path))[member]
        assert sorted(ids(found[name], key)) == sorted(ids(served, key))
    served = (await client.get("/v2/network/conversions", **WIDE, limit=1000))["conversions"]
    by_id = {one["id"]: one for one in found["conversions"]}
    assert by_id.keys() == {*ids(served)}
    for one in served:
        wanted = {
            name: float(value) if isinstance(value, Decimal) else value for name, value in by_id[one["id"]].items()
        }
        assert {**one, "goal_id": one["goal_id"] or None}.items() <= wanted.items()
