"""The stand-in Trackier is as strict as the vendor is documented to be: keys, errors, parameters, rates, faults."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from syncd.standin import StandIn
from syncd.standin.trackier import DOCUMENTED, Settings, words
from syncd.standin.trackier.calls import CALLS
from tests.contract.trackier_client import NOW, Client
from tests.still_clock import Clock

DAYS = {"start": "2026-03-01", "end": "2026-03-10"}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def vendor(clock: Clock) -> AsyncIterator[StandIn]:
    async with StandIn.trackier(seed=3, campaigns=6, days=5, now=clock, monotonic=clock.monotonic) as vendor:
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


# -- what may be asked -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(CALLS))
async def test_every_documented_call_is_there(client: Client, path: str) -> None:
    reply = await client.get(path.replace("{id}", "1"), **DAYS)
    assert 200 == client.status
    assert CALLS[path].succeeds is ("success" in reply)
    for member in CALLS[path].items.split("."):
        reply = reply[member]
    assert reply
    assert client.headers["Content-Type"].startswith("application/json")


@pytest.mark.parametrize(
    "path", ["/", "/v2", "/v2/campaign", "/campaigns", "/v1/campaigns", "/v2/campaigns/", "/v2/campaigns/1/goals/2",
             "/v2/reports/daily", "/v2/jobs", "/v2/campaigns/{id}/goals"],
)  # fmt: skip
async def test_any_other_path_is_404(client: Client, path: str) -> None:
    await client.get(path.replace("{id}", "%7Bid%7D"))
    assert 404 == client.status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_writes_are_405_in_plain_text_and_are_noted(client: Client, method: str) -> None:
    await client.get("/v2/campaigns", method=method)
    assert (405, "Method Not Allowed") == (client.status, client.text)
    assert "text/plain" in client.headers["Content-Type"]
    assert [f"{method} /v2/campaigns"] == client.vendor.content.writes


async def test_a_parent_has_a_short_and_a_long_id(client: Client) -> None:
    long_id = client.vendor.content.table("campaigns")[2]["hashId"]
    assert await client.get("/v2/campaigns/2/goals") == await client.get(f"/v2/campaigns/{long_id}/goals")
    publisher = client.vendor.content.table("publishers")[1]["hashId"]
    found = await client.get(f"/v2/publishers/{publisher}/transactions")
    assert {publisher} == {one["user_id"] for one in (*found["transactions"], *found["payments"])}


async def test_an_unknown_parent_is_109_and_a_deleted_one_111(client: Client) -> None:
    assert "109" == (await client.error("/v2/campaigns/999/goals"))[0]
    assert 404 == client.status
    client.vendor.settings.not_found_status = 400
    assert "109" == (await client.error("/v2/publishers/abc/transactions"))[0]
    assert 400 == client.status
    client.vendor.content.delete("campaigns", 2)
    assert "111" == (await client.error("/v2/campaigns/2/caps"))[0]
    client.vendor.settings.deleted_code = 109
    assert "109" == (await client.error("/v2/campaigns/2/lps"))[0]


async def test_embedded_payouts_are_those_of_their_own_call(client: Client) -> None:
    campaigns = (await client.get("/v2/campaigns"))["campaigns"]
    for campaign in campaigns:
        assert (campaign.get("payouts") or []) == (await client.get(f"/v2/campaigns/{campaign['id']}/payouts"))[
            "payouts"
        ]
    assert (await client.get("/v2/categories")) == (await client.get("/v2/campaigns/categories"))


async def test_money_is_served_as_exact_numbers_and_texts_as_texts(client: Client) -> None:
    (key,) = client.vendor.content.convert()
    client.vendor.content.update("conversions", key, payout="0.0000001", revenue="12345678.12")
    await client.get("/v2/network/conversions", start="2026-03-10", end="2026-03-10")
    assert '"payout":1E-7,"revenue":12345678.12' in client.text
    await client.get("/v2/campaigns")
    assert "\\u0000" in client.text
    await client.get("/v2/network/conversions", **DAYS, limit=1000, fields=["id", "txn_id"])
    assert '"txn_id":"00012345"' in client.text


# -- keys --------------------------------------------------------------------------------------------------------------


async def test_the_key_stands_in_a_header_or_in_the_query(client: Client) -> None:
    assert 200 == (await client.get("/v2/accounts"), client.status)[1]
    key, client.key = client.key, None
    assert ("101", "API key is missing") == await client.error("/v2/accounts")
    assert 400 == client.status
    assert "accounts" in await client.get("/v2/accounts", apiKey=key)
    assert 1 == len(client.vendor.log.secrets_seen())
    for name in ("api_key", "apikey"):
        assert "101" == (await client.error("/v2/accounts", **{name: key}))[0]


@pytest.mark.parametrize(
    "setting, code, status",
    [("user_inactive", "103", 401), ("account_inactive", "104", 401), ("refuses_address", "105", 403)],
)
async def test_a_key_may_be_no_good(client: Client, setting: str, code: str, status: int) -> None:
    setattr(client.vendor.settings, setting, True)
    assert code == (await client.error("/v2/accounts"))[0]
    assert 400 == client.status
    client.vendor.settings.forbidden_as = "40x"
    assert code == (await client.error("/v2/accounts"))[0]
    assert status == client.status


async def test_an_unknown_key_is_102_and_a_refused_address_is_named(client: Client) -> None:
    client.key = "0" * 40
    assert ("102", "Invalid API Key") == await client.error("/v2/campaigns")
    client.vendor.settings.refuses_address = True
    assert ("105", "IP 127.0.0.1 is not whitelisted") == await client.error("/v2/campaigns")


async def test_106_is_of_single_collections(client: Client) -> None:
    client.vendor.settings.denied.append("invoices")
    assert "106" == (await client.error("/v2/invoices", **DAYS))[0]
    assert "" == (await client.error("/v2/coupons"))[0]


# -- parameters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, given, message",
    [
        ("/v2/network/conversions", {"end": "2026-03-01"}, '"start" is required'),
        ("/v2/network/conversions", {"start": "2026-03-01"}, '"end" is required'),
        ("/v2/invoices", {}, '"start" is required'),
        ("/v2/network/conversions", DAYS | {"limit": 99}, '"limit" must be greater than or equal to 100'),
        ("/v2/network/conversions", DAYS | {"limit": 10_001}, '"limit" must be less than or equal to 10000'),
        ("/v2/network/impressions", {"limit": 10_001}, '"limit" must be less than or equal to 10000'),
        ("/v2/reports/clicks", {"limit": 5_001}, '"limit" must be less than or equal to 5000'),
        ("/v2/coupons", {"page": 0}, '"page" must be greater than or equal to 1'),
        ("/v2/publishers", {"lastId": "abc"}, '"lastId" must be a number'),
        ("/v2/publishers", {"lastId": ""}, '"lastId" must be a number'),
        ("/v2/invoices", DAYS | {"utype": "account"}, '"utype" must be one of [publisher, advertiser]'),
        ("/v2/network/conversions", DAYS | {"fields": "id"}, '"fields" must be an array'),
        ("/v2/network/conversions", DAYS | {"page": [1]}, '"page" must be a string'),
        ("/v2/network/conversions", DAYS | {"zone": "Mars/Olympus"}, '"zone" must be a valid timezone'),
        ("/v2/network/conversions", DAYS | {"status": "paid"}, '"status" must be one of'),
        ("/v2/network/conversions", DAYS | {"start": "2026-03-01T00:00:00Z"}, '"start" must be in YYYY-MM-DD HH:mm:ss'),
        ("/v2/network/conversions", DAYS | {"start": "2026-02-30"}, '"start" must be in YYYY-MM-DD HH:mm:ss'),
        ("/v2/network/impressions", DAYS | {"end": "2026-03-01 00:00:00"}, '"end" must be in YYYY-MM-DD format'),
        ("/v2/reports/postback", DAYS | {"end": "2026-03-01 00:00:00"}, '"end" must be in YYYY-MM-DD format'),
        ("/v2/invoices", DAYS | {"start": "2026-03-01 00:00:00"}, '"start" must be in YYYY-MM-DD format'),
        ("/v2/reports/custom", DAYS | {"start": "2026-03-11"}, '"end" must be greater than or equal to "ref:start"'),
        ("/v2/reports/custom", {"group": ["campaign"]}, '"group[0]" must be one of'),
        ("/v2/reports/custom", {"kpi": ["clicks", "leads"]}, '"kpi[1]" must be one of'),
        ("/v2/reports/custom", {"remove_zero_data": "yes"}, '"remove_zero_data" must be a boolean'),
        ("/v2/reports/clicks", {"pageToken": "abc"}, '"pageToken" is invalid'),
        ("/v2/campaigns", {"orderBy": "id"}, '"orderBy" must be one of [created, title]'),
    ],
)  # fmt: skip
async def test_what_the_vendor_would_not_take_is_107(
    client: Client, path: str, given: dict[str, Any], message: str
) -> None:
    code, told = await client.error(path, **given)
    assert ("107", message) == (code, told[: len(message)])
    assert 400 == client.status


async def test_unknown_parameters_filters_and_fields_are_ignored_and_noted(client: Client) -> None:
    await client.get("/v2/reports/custom", starts="2026-03-01", zone="UTC")
    await client.get("/v2/publishers", filters={"status": "active"})
    await client.get("/v2/network/conversions", **DAYS, fields=["id", "modified"])
    await client.get("/v2/reports/clicks", fields=["ua", "user_agent"])
    assert [
        ("/v2/reports/custom", "starts"), ("/v2/reports/custom", "zone"), ("/v2/publishers", "filters[status]"),
        ("/v2/network/conversions", "fields[]=modified"), ("/v2/reports/clicks", "fields[]=user_agent"),
    ] == client.vendor.content.undocumented  # fmt: skip


async def test_filters_choose_rows(client: Client) -> None:
    content = client.vendor.content
    found = await client.get("/v2/publishers", filters={"ids": [2, 4]})
    assert [2, 4] == [one["id"] for one in found["publishers"]]
    found = await client.get("/v2/campaigns", filters={"status": "active"})
    assert {one["id"] for one in content.rows("campaigns") if "active" == one["status"]} == {
        one["id"] for one in found["campaigns"]
    }
    access = content.rows("campaign_access")[0]
    found = await client.get("/v2/campaigns/access", filters={"campaignIds": [access["campaignId"]]})
    assert {access["campaignId"]} == {one["campaignId"] for one in found["accessList"]}
    found = await client.get("/v2/network/conversions", **DAYS, limit=1000, campaignIds=[1, 2], status="approved")
    wanted = [
        one["id"] for one in content.rows("conversions")
        if one["$pair"]["campaign_id"] in {1, 2} and "approved" == one["status"]
    ]  # fmt: skip
    assert {*wanted} == {one["id"] for one in found["conversions"]}
    found = await client.get("/v2/reports/clicks", **DAYS, limit=1000, pub_ids=[3])
    assert {3} == {one["publisher_id"] for one in found["clicks"]}


# -- errors ------------------------------------------------------------------------------------------------------------


async def test_reports_tell_errors_in_another_shape_than_the_rest(client: Client) -> None:
    told = {"code": "107", "codeMsg": "VALIDATION_ERROR", "message": '"page" must be a number'}
    wrapped = {"statusCode": 400} | told
    assert {"success": False, "errors": [wrapped]} == await client.get("/v2/coupons", page="x")
    assert {"errors": wrapped} == await client.get("/v2/reports/postback", page="x")
    client.vendor.settings.error_form = "array"
    assert {"success": False, "errors": [wrapped]} == await client.get("/v2/reports/postback", page="x")
    client.vendor.settings.error_form = "object"
    assert {"errors": wrapped} == await client.get("/v2/coupons", page="x")
    client.vendor.settings.error_form = "error"
    client.vendor.settings.numeric_codes = True
    assert {"success": False, "error": told | {"code": 107}} == await client.get("/v2/coupons", page="x")


async def test_faults_can_name_the_vendors_codes(client: Client) -> None:
    for code, status in ((108, 400), (112, 500), (111, 400)):
        client.vendor.switch.fail("error", code=code, path="/v2/accounts", times=1)
        assert str(code) == (await client.error("/v2/accounts"))[0]
        assert status == client.status
    client.vendor.switch.fail("error", code=107, message="Date range is too large", times=1)
    assert ("107", "Date range is too large") == await client.error("/v2/accounts")


async def test_faults_strike_records_pages_and_totals(client: Client) -> None:
    vendor = client.vendor
    for kind, about, path, expected in (
        ("duplicate", {}, "/v2/publishers", 10), ("short", {"records": 2}, "/v2/campaigns", 2),
        ("fewer", {"part": 0.5}, "/v2/coupons", 6), ("clamped", {"size": 3}, "/v2/deals", 3),
        ("clamped", {"size": 2}, "/v2/accounts", 2), ("duplicate", {}, "/v2/reports/custom", None),
    ):  # fmt: skip
        vendor.switch.fail(kind, path=path, **about)
        reply = await client.get(path)
        found = reply[CALLS[path].items]
        assert expected is None or expected == len(found), (kind, path)
        vendor.switch.clear()
    vendor.switch.fail("lying_count", off_by=3)
    assert 15 == (await client.get("/v2/coupons"))["pagination"]["total"]
    assert 12 == (await client.get("/v2/publishers"))["pagination"]["totalCount"]


async def test_what_must_not_be_kept_is_served(client: Client) -> None:
    """A copy that holds none of it has shown something."""
    told = ""
    for path in CALLS:
        for number in ("1", "2", "3", "4") if "{id}" in path else ("",):
            more: dict[str, Any] = (
                {"limit": 5000, "fields": ["id", "ua", *_sensitive(path)]} if CALLS[path].selectable else {}
            )
            await client.get(path.replace("{id}", number), start="2026-01-01", end="2026-03-10", **more)
            told += client.text
    assert [] == [word for word in (*words.NEVER_STORED, *words.SENSITIVE) if word not in told]


def _sensitive(path: str) -> list[str]:
    return [one for one in ("gaid", "ipaddr", "device_id") if one in CALLS[path].selectable]


# -- rates -------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def limited(clock: Clock) -> AsyncIterator[Client]:
    settings = Settings(entities=DOCUMENTED["entities"], reports=DOCUMENTED["reports"])
    async with (
        StandIn.trackier(campaigns=2, days=1, now=clock, monotonic=clock.monotonic, settings=settings) as vendor,
        aiohttp.ClientSession() as session,
    ):
        yield Client(vendor, session)


async def test_entities_are_asked_five_times_in_any_second(limited: Client, clock: Clock) -> None:
    for _ in range(5):
        assert 200 == (await limited.get("/v2/accounts"), limited.status)[1]
        clock.pass_(seconds=0.1)
    reply = await limited.get("/v2/accounts")
    assert (429, "TOO_MANY_REQUESTS") == (limited.status, reply["errors"][0]["codeMsg"])
    assert "Retry-After" not in limited.headers
    assert 200 == (await limited.get("/v2/reports/postback"), limited.status)[1]  # another class
    clock.pass_(seconds=1)
    for path in ("/v2/reports/postback",) * 3 + ("/v2/accounts",) * 5:  # nor does it count for this one
        assert 200 == (await limited.get(path), limited.status)[1]
    assert 1 == limited.vendor.log.refused


async def test_reports_and_logs_are_asked_200_times_in_any_minute(limited: Client, clock: Clock) -> None:
    limited.vendor.settings.limit_body, limited.vendor.settings.retry_after = "text", 30
    for number in range(200):
        path = ("/v2/reports/postback", "/v2/network/impressions")[number % 2]
        assert 200 == (await limited.get(path), limited.status)[1]
        clock.pass_(seconds=0.29)
    await limited.get("/v2/reports/custom")
    assert (429, "Too Many Requests", "30") == (limited.status, limited.text, limited.headers["Retry-After"])
    assert 200 == (await limited.get("/v2/accounts"), limited.status)[1]
    clock.pass_(seconds=3)
    assert 200 == (await limited.get("/v2/reports/postback"), limited.status)[1]


async def test_the_rate_can_be_faster_or_off(clock: Clock) -> None:
    vendor = StandIn.trackier(campaigns=1, days=1, rate=50, now=clock, monotonic=clock.monotonic)
    assert (50, 3000) == (vendor.settings.entities, vendor.settings.reports)
    vendor = StandIn.trackier(campaigns=1, days=1, now=clock)
    assert (None, None) == (vendor.settings.entities, vendor.settings.reports)


async def test_requests_at_work_at_once_are_counted_by_class(client: Client) -> None:
    client.vendor.settings.latency = 0.05
    calls = ("/v2/accounts", "/v2/coupons", "/v2/deals", "/v2/reports/postback")
    await asyncio.gather(*(client.get(path) for path in calls))
    assert {"entities": 3, "reports": 1} == client.vendor.service.most_at_once


async def test_settings_are_steered_from_another_process_without_the_key(client: Client) -> None:
    url = f"{client.vendor.origin}/_standin/settings"
    async with client.session.post(url, data=json.dumps({"clamp": 2, "denied": ["deals"]})) as answer:
        shown = await answer.json()
    assert (2, ["deals"], "…", "Asia/Kolkata") == (
        shown["clamp"], shown["denied"], shown["api_key"], shown["time_zone"],
    )  # fmt: skip
    async with client.session.post(f"{client.vendor.origin}/_standin/convert", data=b'{"campaign_id": 2}') as answer:
        assert 200 == answer.status
        (key,) = await answer.json()
    assert NOW == client.vendor.content.table("conversions")[key]["created"]


# -- a process of its own ----------------------------------------------------------------------------------------------


async def test_a_process_is_steered_from_outside() -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "syncd.standin", "trackier", "--size", "3", "--seed", "5", "--rate", "50",
        "--latency", "0.01", "--set", "days=4", "--set", 'time_zone="America/St_Johns"', "--set", "clamp=2",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout
    try:
        url = (await child.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as session:

            async def call(name: str, **arguments: object) -> Any:
                async with session.post(f"{url}/_standin/{name}", json=arguments) as answer:
                    return await answer.json()

            settings = await call("settings", last_id_null=False)
            assert (50.0, 3000.0, 0.01, "America/St_Johns", "…", 2, False) == tuple(
                settings[name]
                for name in ("entities", "reports", "latency", "time_zone", "api_key", "clamp", "last_id_null")
            )
            assert 3 == (await call("counts"))["campaigns"]
            (key,) = await call("import_conversions", days=2)
            assert "rejected" == (await call("settle", key=key, status="rejected"))["status"]
            assert key in str((await call("snapshot", names=["conversions"]))["conversions"])
            await call("adjust", day=await call("today"), clicks=5, revenue="0.1")
            await call("fail", kind="error", code=112, times=1)
            assert "no such call" in str(await call("juggle"))
            assert "KeyError" in str(await call("click", campaign_id=99))
            headers = {"X-Api-Key": Settings().api_key}
            async with session.post(f"{url}/v2/campaigns", headers=headers) as answer:
                assert 500 == answer.status  # the fault meets it first
            async with session.post(f"{url}/v2/campaigns", headers=headers) as answer:
                assert 405 == answer.status
            assert 2 == len((await call("noted"))["writes"])
            assert [500, 405] == [one["status"] for one in await call("log")]
        child.terminate()
        assert 0 == await asyncio.wait_for(child.wait(), 10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
