"""The stand-in Trackunit Classic is as strict, and as odd, as the vendor is documented to be."""

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from syncd.standin import StandIn
from syncd.standin.trackunit.declared import NOUNS, WRITES

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
REPORTS = {  # path → parameter of the unit or key, and those of the range
    "/Report/UnitHistory": ("unitId", "from", "to"), "/Report/UnitExtendedInfo": ("id", "from", "to"),
    "/Report/UnitActiveFaults": ("id", "from", "to"), "/Report/Trip": ("unitId", "dateFrom", "dateTo"),
    "/Report/KeyHistory": ("keyId", "from", "to"),
}  # fmt: skip


def spelled(at: datetime, ticks: str = "0000000") -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ticks}Z"


class Client:
    """Asks one stand-in, and tells status, headers and JSON."""

    def __init__(self, vendor: StandIn, session: aiohttp.ClientSession) -> None:
        self.vendor = vendor
        self.session = session
        self.headers: Any = {}

    async def ask(self, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, bytes]:
        sent = {"Authorization": aiohttp.encode_basic_auth("API", self.vendor.token)} | headers
        async with self.session.request(method, self.vendor.url + path, data=body, headers=sent) as answer:
            self.headers = answer.headers
            return answer.status, await answer.read()

    async def status(self, path: str, method: str = "GET", **headers: str) -> int:
        return (await self.ask(path, method, **headers))[0]

    async def get(self, path: str) -> Any:
        status, body = await self.ask(path)
        assert 200 == status, body
        return json.loads(body)

    async def records(self, path: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = (await self.get(path))["list"]
        return records

    async def ids(self, path: str) -> list[str]:
        return [record["id"] for record in await self.records(path)]

    async def failure(self, path: str) -> tuple[int, str, Any]:
        status, body = await self.ask(path)
        told = json.loads(body)["responseStatus"]
        return status, told["errorCode"], told

    async def report(self, path: str, key: str, start: datetime | str, end: datetime | str) -> Any:
        status, body = await self.ask(range_of(path, key, start, end))
        assert 200 == status, body
        return json.loads(body)["list"]


def range_of(path: str, key: str, start: datetime | str, end: datetime | str) -> str:
    owner, first, last = REPORTS[path]
    start, end = (at if isinstance(at, str) else spelled(at) for at in (start, end))
    return f"{path}?{owner}={key}&{first}={quote(start)}&{last}={quote(end)}"


@pytest.fixture
async def vendor() -> AsyncIterator[StandIn]:
    async with StandIn.trackunit(seed=7, units=20, days=20, now=lambda: NOW) as vendor:
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


def first(vendor: StandIn, collection: str) -> str:
    return str(next(iter(vendor.content.tables[collection])))


def extended(vendor: StandIn) -> str:
    return str(next(one for one, facts in vendor.content.facts.items() if facts.extended))


# -- who may ask -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic !!!", "Bearer x", "api", "token"])
async def test_v5_wrong_credentials_are_401_without_a_body(client: Client, authorization: str) -> None:
    token = client.vendor.token
    wrong = {
        "api": aiohttp.encode_basic_auth("api", token),
        "token": aiohttp.encode_basic_auth("API", token.lower()),
    }.get(authorization, authorization)
    assert (401, b"") == await client.ask("/Client", Authorization=wrong)


async def test_the_token_may_stand_in_the_url_and_is_seen_there(client: Client) -> None:
    assert 200 == await client.status(f"/Client?ToKen={client.vendor.token}", Authorization="")
    assert 401 == await client.status("/Client?token=0", Authorization="")
    assert 1 == len(client.vendor.log.secrets_seen())


async def test_an_account_or_a_single_collection_can_be_refused(client: Client) -> None:
    client.vendor.settings.refused = {"/key*": 403, "/report/keyhistory": 401}
    paths = ("/Key", "/Report/KeyHistory", "/Group")
    assert [403, 401, 200] == [await client.status(path) for path in paths]


# -- routes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/Unit", "/unit", "/UNIT", "/GetUnit", "/unit.json", "/json/reply/GetUnit", "/%55nit"]
)
async def test_paths_are_matched_without_regard_to_case(client: Client, path: str) -> None:
    assert 20 == len(await client.ids(path))


@pytest.mark.parametrize("path", ["/unit/{}", "/GetUnit/{}", "/Unit?ID={}", "/unit?Id={}", "/Unit?UnitId={}"])
async def test_parameter_names_are_matched_without_regard_to_case(client: Client, path: str) -> None:
    key = first(client.vendor, "units")
    assert [key] == await client.ids(path.format(key))


async def test_unknown_parameters_are_ignored(client: Client) -> None:
    """A client that pages never ends, a misspelt filter returns everything."""
    assert await client.ids("/Unit") == await client.ids("/Unit?page=2&limit=5&modifiedSince=2026-01-01&grupId=9001")


@pytest.mark.parametrize("path", ["/", "/Units", "/Report", "/Report/Unit", "/Unit.exe", "/Client/Contact/1"])
async def test_unknown_paths_are_404_without_a_response_status(client: Client, path: str) -> None:
    status, body = await client.ask(path)
    assert (404, False) == (status, b"responseStatus" in body)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/Client", "/Report/UnitHistory", "/Alarm/15300"])
async def test_resources_take_nothing_but_get(client: Client, path: str, method: str) -> None:
    assert 405 == await client.status(path, method)


async def test_routes_named_after_an_operation_take_a_post_and_it_is_noted(client: Client) -> None:
    key = first(client.vendor, "clients")
    for body in (f"Id={key}", json.dumps({"id": key})):
        status, answer = await client.ask("/GetClient", "POST", body)
        assert (200, [key]) == (status, [one["id"] for one in json.loads(answer)["list"]])
    assert 1 == client.vendor.log.count("/GetClient", query=f"Id={key}")
    assert 1 == client.vendor.log.count("/GetClient", query=f"id={key}")


@pytest.mark.parametrize("path", sorted(WRITES))
async def test_routes_that_write_answer_a_get_and_are_noted(client: Client, path: str) -> None:
    content, call = client.vendor.content, WRITES[path]
    key, before = first(client.vendor, call.collection), len(content.tables[call.collection])
    assert 200 == await client.status(f"{path}?id={key}&name=other")
    assert [(call.operation, "GET", path)] == content.writes
    after = len(content.tables[call.collection])
    assert {"Create": 1, "Update": 0, "Delete": -1}[call.verb] == after - before
    if call.verb == "Update":
        assert "other" == content.tables[call.collection][key]["name"]


async def test_reading_everything_writes_nothing(client: Client) -> None:
    for noun in NOUNS.values():
        await client.records(f"/{noun}")
    assert [] == client.vendor.content.writes


@pytest.mark.parametrize("how", ["/Unit.html", "/Unit?format=html", "/Unit.xml", "/Unit?Format=XML", "html"])
async def test_other_formats_are_no_json(client: Client, how: str) -> None:
    accepts = {"Accept": "text/html,application/xhtml+xml"} if how == "html" else {}
    status, body = await client.ask("/Unit" if how == "html" else how, **accepts)
    assert (200, True) == (status, body.startswith(b"<"))


# -- how values are written ------------------------------------------------------------------------------------------


async def test_records_stand_in_list_and_extended_values_in_result(client: Client) -> None:
    key = extended(client.vendor)
    assert ["list"] == list(await client.get("/Group"))
    assert ["result"] == list(await client.get(f"/GetUnitExtendedInfo?id={key}"))
    without = next(one for one, facts in client.vendor.content.facts.items() if not facts.extended)
    assert {"result": []} == await client.get(f"/GetUnitExtendedInfo?id={without}")
    client.vendor.settings.empty_without_list = True
    assert {} == await client.get(f"/GetUnitExtendedInfo?id={without}")


async def test_null_members_are_left_out_and_whole_doubles_are_integers(client: Client) -> None:
    for path in [f"/{noun}" for noun in NOUNS.values()]:
        _, body = await client.ask(path)
        assert b"null" not in body
        assert not re.search(rb":-?\d+\.0[,}]", body)
    units = await client.records("/Unit")
    assert not all("categoryId" in one for one in units)
    assert isinstance(units[0]["km"], int)


async def test_times_have_seven_digits_and_trips_keys_and_summaries_no_marker(client: Client) -> None:
    unit = first(client.vendor, "units")
    marked, bare = re.compile(r"[\d-]{10}T[\d:]{8}\.\d{7}Z"), re.compile(r" ?[\d-]{10}T[\d:]{8}\.\d{7}")
    rows = await client.report("/Report/UnitHistory", unit, NOW - WEEK, NOW)
    units = await client.records("/Unit")
    assert all(marked.fullmatch(text) for text in [one["time"] for one in rows] + [one["createdAt"] for one in units])
    assert any(one["createdAt"][-4:] != "000Z" for one in units)
    trips = await client.report("/Report/Trip", unit, NOW - WEEK, NOW)
    keys = [one["expirationDate"] for one in await client.records("/Key") if "expirationDate" in one]
    assert trips
    assert keys
    assert all(bare.fullmatch(text) for text in [one["startTime"] for one in trips] + keys)


async def test_summaries_are_told_in_the_customers_local_time(client: Client) -> None:
    client.vendor.content.report(first(client.vendor, "units"))
    summary = (await client.records(f"/Report/UnitSummary?date=2026-03-01&unitId={first(client.vendor, 'units')}"))[0]
    assert "2026-03-01T13:00:00.0000000" == summary["stopTime"]
    assert "date" not in summary


async def test_the_ids_of_the_alarm_log_are_integers(client: Client) -> None:
    client.vendor.content.ring(units=3)
    log = await client.records("/AlarmLog")
    assert log
    assert all(isinstance(one[name], int) for one in log for name in ("alarmId", "unitId"))
    assert 3 == len({one["unitId"] for one in log if one["triggeredAt"] == log[-1]["triggeredAt"]})


async def test_polygons_are_closed_and_latitude_first(client: Client) -> None:
    zones = await client.records("/Zone")
    for zone in zones:
        points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", zone["polygon"])
        assert points[0] == points[-1]
        assert all(50 < float(latitude) < 60 and -1 < float(longitude) < 20 for latitude, longitude in points)
    assert any("\n" in zone["polygon"] for zone in zones)


async def test_groups_may_not_list_their_units(client: Client) -> None:
    client.vendor.settings.lists_group_units = False
    groups = await client.records("/Group")
    assert all("units" not in one for one in groups)
    told = client.vendor.content.snapshot()["groups"]
    for group in told:
        assert group["@units"] == await client.ids(f"/Unit?groupId={group['id']}")


async def test_history_in_the_older_shape_has_no_nested_members(client: Client) -> None:
    unit = first(client.vendor, "units")
    nested = await client.report("/Report/UnitHistory", unit, NOW - WEEK, NOW)
    client.vendor.settings.flat_history = True
    flat = await client.report("/Report/UnitHistory", unit, NOW - WEEK, NOW)
    row, old = next((a, b) for a, b in zip(nested, flat, strict=True) if "externalPower" in a)
    assert row["location"]["latitude"] == old["latitude"]
    assert row["externalPower"] * 1000 == old["externalPower"]
    assert row["input1ChangeCounter"] == old["Input1ChangeCounter"]
    assert not any(isinstance(value, dict) for one in flat for value in one.values())


# -- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["serialNumber", "referenceNumber", "categoryId", "clientId"])
async def test_units_are_filtered_by_what_they_have(client: Client, name: str) -> None:
    units = await client.records("/Unit")
    value = next(one[name] for one in units if name in one)
    assert [one["id"] for one in units if one.get(name) == value] == await client.ids(f"/unit?{name}={quote(value)}")


async def test_units_are_filtered_by_where_they_are(client: Client) -> None:
    content = client.vendor.content
    unit = first(client.vendor, "units")
    content.update("units", unit, location={"latitude": 10.5, "longitude": 20.5})
    zone = content.insert("zones", polygon="POLYGON ((10 20, 11 20, 11 21, 10 21, 10 20))")["id"]
    point = content.insert("points", location={"latitude": 10.5, "longitude": 20.51})["id"]
    assert [unit] == await client.ids(f"/Unit?zoneId={zone}")
    assert ([], [unit]) == (
        await client.ids(f"/Unit?pointId={point}&radius=1"),
        await client.ids(f"/Unit?pointId={point}&radius=1.2"),
    )
    assert [unit] == await client.ids(f"/Unit?point={quote('{Latitude:10.5,Longitude:20.5}')}&radius=2")
    assert 400 == await client.status(f"/Unit?pointId={point}&radius=40000")
    assert 400 == await client.status("/Unit?point=here")


async def test_contacts_are_filtered_by_client_and_groups_by_unit(client: Client) -> None:
    contacts = await client.records("/Contact")
    key = contacts[0]["clientId"]
    assert [one["id"] for one in contacts if one["clientId"] == key] == await client.ids(f"/Contact?clientId={key}")
    groups = await client.records("/Group")
    unit = next(one["units"][0] for one in groups if one["units"])
    assert [one["id"] for one in groups if unit in one["units"]] == await client.ids(f"/Group?unitId={unit}")


# -- ranges of time --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", list(REPORTS))
async def test_the_ends_of_a_range_are_included(client: Client, path: str) -> None:
    content = client.vendor.content
    key = extended(client.vendor)
    if path == "/Report/KeyHistory":
        key = next(facts.keys[0] for facts in content.facts.values() if facts.keys)
    rows = await client.report(path, key, NOW - WEEK, NOW)
    if path == "/Report/Trip":
        start, end = (one["startTime"].strip() for one in (rows[0], rows[-1]))
    else:
        start, end = rows[0]["time"], rows[-1]["time"]
    assert rows == await client.report(path, key, start, end)
    assert len(rows) > 2


async def test_the_ends_of_the_alarm_log_are_not_included(client: Client) -> None:
    log = await client.records(f"/AlarmLog?dateFrom={spelled(NOW - WEEK)}&dateTo={spelled(NOW)}")
    start, end = log[0]["triggeredAt"], log[-1]["triggeredAt"]
    inner = [one for one in log if start < one["triggeredAt"] < end]
    assert inner == await client.records(f"/AlarmLog?dateFrom={start}&dateTo={end}")
    unit = inner[0]["unitId"]
    assert [one for one in log if one["unitId"] == unit] == await client.records(
        f"/AlarmLog?unitId={unit}&dateFrom={spelled(NOW - WEEK)}&dateTo={spelled(NOW)}"
    )


@pytest.mark.parametrize(
    "passes,days,ticks,status",
    [(True, 31, "0000000", 200), (False, 31, "0000000", 400), (True, 31, "0000001", 400), (False, 30, "9999999", 200)],
)
async def test_v23_more_than_31_days_are_refused(
    client: Client, passes: bool, days: int, ticks: str, status: int
) -> None:
    client.vendor.settings.max_days_passes = passes
    path = range_of(
        "/Report/UnitHistory", first(client.vendor, "units"), NOW - timedelta(days=days), spelled(NOW, ticks)
    )
    assert status == await client.status(path)


@pytest.mark.parametrize(
    "style,code",
    [("literal", "invalidParameter (To)"), ("fieldName", "invalidParameter"), ("message", "invalidParameter")],
)
@pytest.mark.parametrize("status", [400, 200])
async def test_v23_a_range_too_long_is_told_in_three_ways(client: Client, style: str, code: str, status: int) -> None:
    client.vendor.settings.error_style, client.vendor.settings.invalid_status = style, status
    unit = first(client.vendor, "units")
    found = await client.failure(range_of("/Report/UnitHistory", unit, NOW - 5 * WEEK, NOW))
    assert (status, code) == found[:2]
    where = {"literal": found[1], "message": found[2]["message"]}
    assert "To" in where.get(style, "") or "To" == found[2]["errors"][0]["fieldName"]
    assert "DateTo" in str(await client.failure(range_of("/Report/Trip", unit, NOW - 5 * WEEK, NOW)))


@pytest.mark.parametrize("path", list(REPORTS))
@pytest.mark.parametrize("bad", ["", "today", "2026-02-30", "2026-02-01T00:00:00 00:00", "1772366400"])
async def test_v7_missing_and_malformed_times_are_400(client: Client, path: str, bad: str) -> None:
    key = first(client.vendor, "keys" if path == "/Report/KeyHistory" else "units")
    status, code, told = await client.failure(range_of(path, key, bad, NOW))
    assert (400, "RequestBindingException" if bad else "ArgumentNullException") == (status, code)
    assert "From" in told["errors"][0]["fieldName"] or "Datefrom" == told["errors"][0]["fieldName"]


async def test_an_unescaped_plus_is_a_blank_and_no_time(client: Client) -> None:
    unit = first(client.vendor, "units")
    asked = f"/Report/UnitHistory?unitId={unit}&from=2026-02-01T00:00:00{{}}00:00&to=2026-02-02"
    assert [400, 200] == [await client.status(asked.format(sign)) for sign in ("+", "%2B")]


@pytest.mark.parametrize("path", list(REPORTS))
async def test_a_report_of_nobody_is_400(client: Client, path: str) -> None:
    assert 400 == await client.status(f"{path}?from=2026-02-01&to=2026-02-02&dateFrom=2026-02-01&dateTo=2026-02-02")


@pytest.mark.parametrize("status", [404, 400, 200])
async def test_unknown_ids_are_told_by_their_code_whatever_the_status(client: Client, status: int) -> None:
    client.vendor.settings.not_found_status = status
    expected = {f"/{noun}?id=1": f"{noun.lower()}NotFound" for noun in NOUNS.values()} | {
        "/Unit?groupId=1": "groupNotFound", "/Unit?zoneId=1": "zoneNotFound", "/Unit?pointId=1": "pointNotFound",
        range_of("/Report/UnitHistory", "1", NOW, NOW): "unitNotFound",
        range_of("/Report/KeyHistory", "1", NOW, NOW): "keyNotFound",
        "/GetUnitExtendedInfo?id=1": "unitNotFound", "/Report/UnitSummary?date=2026-02-01&unitId=1": "unitNotFound",
    }  # fmt: skip
    assert {path: (status, code) for path, code in expected.items()} == {
        path: (await client.failure(path))[:2] for path in expected
    }


async def test_a_unit_that_vanished_takes_its_reports_along(client: Client) -> None:
    unit = first(client.vendor, "units")
    client.vendor.content.delete("units", unit)
    assert unit not in await client.ids("/Unit")
    assert "unitNotFound" == (await client.failure(range_of("/Report/Trip", unit, NOW - WEEK, NOW)))[1]
    client.vendor.content.recover("units", unit)
    assert await client.report("/Report/Trip", unit, NOW - WEEK, NOW)


async def test_v23_what_is_older_than_the_retention_is_gone_without_a_word(client: Client) -> None:
    client.vendor.settings.retention_days = 3
    rows = await client.report("/Report/UnitHistory", first(client.vendor, "units"), NOW - WEEK, NOW)
    assert rows
    assert all(one["time"] >= spelled(NOW - timedelta(days=3)) for one in rows)
    assert [] == await client.records("/Report/UnitSummary?date=2026-02-20")


async def test_a_trip_under_way_at_the_edge_may_be_listed_in_both_windows(client: Client) -> None:
    unit = first(client.vendor, "units")
    trip = (await client.report("/Report/Trip", unit, NOW - WEEK, NOW))[1]
    started = datetime.fromisoformat(trip["startTime"].strip()[:19]).replace(tzinfo=UTC)
    edge = started + timedelta(seconds=60)
    for overlap in (False, True):
        client.vendor.settings.trips_overlap = overlap
        assert overlap == (trip in await client.report("/Report/Trip", unit, edge, NOW))


async def test_trips_are_listed_by_key_too(client: Client) -> None:
    content = client.vendor.content
    key = next(facts.keys[0] for facts in content.facts.values() if facts.keys)
    listed = await client.records(f"/Report/Trip?keyId={key}&dateFrom={spelled(NOW - WEEK)}&dateTo={spelled(NOW)}")
    truth = content.snapshot(NOW - WEEK, NOW)["trips"]
    assert sorted(one["startTime"].strip() for one in truth if one.get("keyId") == key) == [
        one["startTime"].strip() for one in listed
    ]
    assert listed
