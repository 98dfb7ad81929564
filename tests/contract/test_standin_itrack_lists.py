"""The stand-in iTrack's lists take the filters that are documented, and their records have the forms that are."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from syncd.standin import StandIn
from tests.contract.itrack_client import NOW, Client, window
from tests.still_clock import Clock

DAY = timedelta(days=1)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with StandIn.itrack(seed=4, trackers=6, days=6, now=Clock(NOW)) as vendor, aiohttp.ClientSession() as session:
        yield Client(vendor, session)


def free(vendor: StandIn) -> list[int]:
    return [one["id"] for one in vendor.content.rows("trackers") if not one["source"]["blocked"]]


# Call, what is asked, and the test that every record in the answer passes and some record outside of it does not.
FILTERS: list[tuple[str, str, dict[str, Any], Any]] = [
    ("tracker/list", "trackers", {"labels": ["Van"]}, lambda row: "Van" in row["label"]),
    ("zone/list", "zones", {"filter": "2003"}, lambda row: row["label"] == "Zone 2003"),
    ("zone/list", "zones", {"tag_ids": [51]}, lambda row: 51 in row["tags"]),
    ("place/list", "places", {"place_ids": [3_001, 3_005]}, lambda row: row["id"] in {3_001, 3_005}),
    ("place/list", "places", {"filter": "KUNDE 300"}, lambda row: row["label"].startswith("Kunde 300")),
    ("tracker/rule/list", "rules", {"tracker_id": 10_002}, lambda row: 10_002 in row["trackers"]),
    ("vehicle/service_task/list", "service_tasks", {"statuses": ["done"]}, lambda row: row["status"] == "done"),
    ("vehicle/service_task/list", "service_tasks", {"vehicle_ids": [602]}, lambda row: row["vehicle_id"] == 602),
    ("vehicle/service_task/list", "service_tasks", {"only_unplanned": True}, lambda row: row["unplanned"]),
    ("task/list", "tasks", {"statuses": ["done", "failed"]}, lambda row: row["status"] in {"done", "failed"}),
    ("task/list", "tasks", {"trackers": [10_001, 10_002]}, lambda row: row["tracker_id"] in {10_001, 10_002}),
    ("task/list", "tasks", {"types": ["checkpoint"]}, lambda row: row["type"] == "checkpoint"),
    ("checkin/list", "checkins", {"trackers": [10_001, 10_002]}, lambda row: row["tracker_id"] in {10_001, 10_002}),
    ("entity/fields/read", "custom_fields", {"entity_id": 71}, lambda row: row["id"] < 909),
]


@pytest.mark.parametrize("call, table, asked, passes", FILTERS, ids=lambda one: one if isinstance(one, str) else "")
async def test_a_filter_keeps_what_fits_and_all_of_it(
    client: Client, call: str, table: str, asked: dict[str, Any], passes: Any
) -> None:
    found = await client.list_(call, **asked)
    everything = client.vendor.content.rows(table)
    kinds = set(asked.get("types", ["task"]))
    wanted = {row["id"] for row in everything if passes(row) and (table != "tasks" or row["type"] in kinds)}
    assert wanted == {row["id"] for row in found}
    assert 0 < len(wanted) < len(everything)


async def test_tasks_are_asked_by_the_time_they_are_actual(client: Client) -> None:
    start, end = NOW - 4 * DAY, NOW - DAY
    rows = [row for row in client.vendor.content.rows("tasks") if row["type"] == "task"]
    wanted = {row["id"] for row in rows if row["to"] >= start and row["from"] <= end}
    assert wanted == {row["id"] for row in await client.list_("task/list", **window(start, end))}
    assert 0 < len(wanted) < len(rows)


async def test_checkins_are_asked_by_their_time(client: Client) -> None:
    start, end = NOW - 3 * DAY, NOW - DAY
    rows = client.vendor.content.rows("checkins")
    wanted = {row["id"] for row in rows if start <= row["marker_time"] <= end}
    assert wanted == {row["id"] for row in await client.list_("checkin/list", **window(start, end))}
    assert 0 < len(wanted) < len(rows)
    assert 217 == await client.code("checkin/list", trackers=[1])


async def test_forms_come_by_tasks_and_those_of_checkins_by_id(client: Client) -> None:
    content = client.vendor.content
    of_tasks = [one for one in content.rows("forms") if one["task_id"]]
    about: dict[str, Any] = {"ascending": True, "task_ids": [one["task_id"] for one in of_tasks]}
    found = await client.list_("task/form/list", include_unsubmitted=True, **about)
    assert {one["id"] for one in of_tasks} == {one["form"]["id"] for one in found}
    submitted = await client.list_("task/form/list", include_unsubmitted=False, **about)
    assert all(one["form"]["submitted"] for one in submitted)
    assert len(submitted) < len(found)
    assert 7 == await client.code("task/form/list", **about)
    assert 7 == await client.code("task/form/list", ascending=True, include_unsubmitted=True)
    form = content.insert("forms", checkin_id=content.rows("checkins")[0]["id"])
    assert form["id"] == (await client.ask("form/read", id=form["id"]))["value"]["id"]
    assert 201 == await client.code("form/read", id=1)
    content.delete("tasks", of_tasks[0]["task_id"])
    fewer = await client.list_("task/form/list", include_unsubmitted=True, **about)
    assert {of_tasks[0]["id"]} == {one["form"]["id"] for one in found if one not in fewer}
    content.delete("checkins", form["checkin_id"])
    assert 201 == await client.code("form/read", id=form["id"])


async def test_forms_hold_values_of_all_kinds(client: Client) -> None:
    content = client.vendor.content
    for _ in range(40):
        content.insert("forms")
    members = {name for one in content.rows("forms") for value in one["values"].values() for name in value}
    assert {"type", "value", "values", "value_index", "file_ids", "file_id"} == members


async def test_zones_of_all_shapes_have_the_points_of_their_own_call(client: Client) -> None:
    zones = await client.list_("zone/list", with_points=True)
    assert {"circle", "polygon", "sausage"} == {one["type"] for one in zones}
    for zone in zones:
        assert ("radius" in zone) is (zone["type"] != "polygon")
        if zone["type"] != "circle":
            assert zone["points"] == await client.list_("zone/point/list", zone_id=zone["id"])
    assert all("points" not in one for one in await client.list_("zone/list"))


async def test_statuses_come_in_the_order_of_their_listing(client: Client) -> None:
    for listing in await client.list_("status/listing/list"):
        found = await client.list_("status/list", listing_id=listing["id"])
        assert listing["entries"] == [one["id"] for one in found]
    assert 201 == await client.code("status/list", listing_id=1)


async def test_readings_may_be_of_one_kind_only(client: Client) -> None:
    reply = await client.ask("tracker/readings/batch_list", trackers=free(client.vendor), sensor_type="power")
    assert all({"inputs"} == one.keys() for one in reply["result"].values())


async def test_nulls_may_be_missing(client: Client) -> None:
    before = await client.list_("vehicle/list")
    client.vendor.settings.leaves_out_nulls = True
    after = await client.list_("vehicle/list")
    assert [{name: value for name, value in one.items() if value is not None} for one in before] == after
    assert before != after


async def test_places_have_an_order_that_is_asked_for(client: Client) -> None:
    labels = [one["label"] for one in await client.list_("place/list", order_by="label", ascending=False)]
    assert sorted(labels, reverse=True) == labels


async def test_sub_users_have_their_trackers_by_a_call_of_their_own(client: Client) -> None:
    truth = client.vendor.content.snapshot(names=["subusers"])["subusers"]
    for one in truth:
        assert one["@trackers"] == await client.list_("subuser/tracker/list", subuser_id=one["id"])
    assert 201 == await client.code("subuser/tracker/list", subuser_id=1)


async def test_the_journal_the_bookings_and_the_audit_log_are_asked_by_time(client: Client) -> None:
    content, days = client.vendor.content, window(NOW - 3 * DAY, NOW - DAY)
    for call, member in (("transaction/list", "timestamp"), ("user/audit/log/list", "action_date")):
        wanted = [one for one in content.rows(call.split("/")[0] + "s" if "trans" in call else "audit_log")
                  if NOW - 3 * DAY <= one[member] <= NOW - DAY]  # fmt: skip
        assert len(wanted) == len(await client.list_(call, **days))
        assert 1 == len(await client.list_(call, limit=1, **days))
    found = await client.list_("user/audit/log/list", sort=["action_datetime=asc"], **days)
    assert sorted(one["action_date"] for one in found) == [one["action_date"] for one in found]
    tracker_id = free(client.vendor)[0]
    entries = await client.list_("driver/journal/entry/list", tracker_id=tracker_id, types=["work"], **days)
    assert all("work" == one["type"] for one in entries)
