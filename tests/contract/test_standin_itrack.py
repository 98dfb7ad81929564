"""The stand-in iTrack is as strict as the vendor is documented to be: requests, limits, dialects, faults."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from syncd.standin import StandIn
from syncd.standin.itrack.service import CALLS
from tests.contract.itrack_client import NOW, Client, window
from tests.still_clock import Clock

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def vendor(clock: Clock) -> AsyncIterator[StandIn]:
    async with StandIn.itrack(seed=3, trackers=9, days=4, now=clock, monotonic=clock.monotonic) as vendor:
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


def trackers(vendor: StandIn, *, blocked: bool = False) -> list[int]:
    return [one["id"] for one in vendor.content.rows("trackers") if one["source"]["blocked"] is blocked]


# -- how a request may look --------------------------------------------------------------------------------------------


async def test_a_form_a_json_body_and_a_query_say_the_same(client: Client) -> None:
    ids = trackers(client.vendor)[:2]
    by_form = await client.ask("tracker/get_states", trackers=ids)
    url = f"{client.vendor.url}/tracker/get_states"
    body = {"hash": client.hash, "trackers": ids}
    async with client.session.post(url, json=body) as answer:
        assert by_form == await answer.json()
    async with client.session.get(url, params={"hash": client.hash, "trackers": json.dumps(ids)}) as answer:
        assert by_form == await answer.json()
    assert 2 == len(by_form["states"])


@pytest.mark.parametrize("slash", ["", "/"])
async def test_a_path_may_end_in_a_slash_or_not(client: Client, slash: str) -> None:
    url = f"{client.vendor.url}/tag/list{slash}"
    async with client.session.post(url, data={"hash": client.hash}) as answer:
        assert (await answer.json())["success"]


async def test_an_on_premise_server_has_no_v2(clock: Clock) -> None:
    async with (
        StandIn.itrack(trackers=2, days=1, base_path="", now=clock) as vendor,
        aiohttp.ClientSession() as session,
    ):
        assert vendor.url == vendor.origin
        assert await Client(vendor, session).list_("tracker/list")


async def test_outside_of_the_base_path_there_is_a_page_for_people(client: Client) -> None:
    async with client.session.post(f"{client.vendor.origin}/tag/list", data={"hash": client.hash}) as answer:
        assert (404, "text/html") == (answer.status, answer.content_type)


@pytest.mark.parametrize(
    "given, code",
    [
        ({"trackers": "10001,10002"}, 7), ({"trackers": "10001"}, 7), ({"trackers": "[]"}, 7),
        ({"trackers": '["a"]'}, 7), ({"trackers": "null"}, 7), ({"trackers": "[10001"}, 7), ({"trackers": "[true]"}, 7),
        ({}, 7),
        ({"trackers": "[10001]", "list_blocked": "yes"}, 7), ({"trackers": "[10001]", "list_blocked": "1"}, 7),
        ({"trackers": "[10001]", "list_blocked": "true"}, 0), ({"trackers": "[77]"}, 217),
        ({"trackers": "[77, 10001]", "allow_not_exist": "true"}, 0),
    ],
)  # fmt: skip
async def test_arrays_are_json_text_in_one_field(client: Client, given: dict[str, str], code: int) -> None:
    assert code == await client.code("tracker/get_states", **given)


async def test_a_body_that_is_no_json_or_of_another_kind_is_code_5(client: Client) -> None:
    url = f"{client.vendor.url}/tag/list?hash={client.hash}"
    for body, kind in ((b"{", "application/json"), (b"[1]", "application/json"), (b"<x/>", "text/xml"),
                       (b"a=\xff%FF", "application/x-www-form-urlencoded")):  # fmt: skip
        async with client.session.post(url, data=body, headers={"Content-Type": kind}) as answer:
            assert (400, 5) == (answer.status, (await answer.json())["status"]["code"])


async def test_a_parameter_given_twice_is_code_7(client: Client) -> None:
    form = aiohttp.FormData([("hash", client.hash), ("filter", "a"), ("filter", "b")])
    assert 7 == (await client.post("zone/list", form))["status"]["code"]  # type: ignore[arg-type]


async def test_unknown_parameters_are_ignored_and_noted(client: Client) -> None:
    assert 0 == await client.code("tag/list", colour="red")
    assert [("tag/list", "colour")] == client.vendor.content.undocumented


@pytest.mark.parametrize(
    "call, code", [("nothing/list", 111), ("tracker/nothing", 112), ("zone/lists", 112), ("a", 111)]
)
async def test_calls_that_do_not_exist_are_111_or_112(client: Client, call: str, code: int) -> None:
    assert code == await client.code(call)


async def test_every_documented_call_is_there(client: Client) -> None:
    """Each call the catalogue needs answers, with whatever its required parameters are."""
    content = client.vendor.content
    tracker_id = trackers(client.vendor)[0]
    sensor = next(
        one for one in content.rows("sensors") if one["_tracker_id"] == tracker_id and one["type"] == "metering"
    )
    listing = content.rows("status_listings")[0]["id"]
    given: dict[str, Any] = {
        "tracker_id": tracker_id, "trackers": [tracker_id],
        "from_": "2026-03-09 00:00:00", "to": "2026-03-10 00:00:00",
        "sensor_id": sensor["id"], "listing_id": listing, "locale": "en_US", "type": "odometer",
        "zone_id": next(one["id"] for one in content.rows("zones") if one["type"] != "circle"),
        "entity_id": content.rows("entities")[0]["id"], "subuser_id": content.rows("subusers")[0]["id"],
        "checkpoint_ids": [1], "ascending": True, "include_unsubmitted": True,
    }  # fmt: skip
    ids = {"history/read": content.rows("events")[0]["id"], "form/read": content.rows("forms")[0]["id"]}
    for call, declared in CALLS.items():
        wanted = {
            name: value
            for name, value in given.items()
            if (one := declared.parameters.get(name.rstrip("_"))) and one.required
        }
        if call in ids:
            wanted["id"] = ids[call]
        if call == "task/form/list":
            wanted["task_ids"] = [1]
        assert 0 == await client.code(call, **wanted), call


# -- what is told of the limits ----------------------------------------------------------------------------------------


async def test_the_platform_tells_its_limits(client: Client) -> None:
    client.vendor.settings.report_span = timedelta(days=30)
    client.vendor.settings.history_limit = 100
    platform = (await client.ask("dealer/get_ui_config"))["platform"]
    assert platform["iso_datetime_support"] is True
    assert {"max_limit": 100} == platform["history"]
    assert {"max_time_span": "P30D"} == platform["report"]
    assert {"max_time_span": "P31D", "max_allowed_trackers": 128} == platform["stats"]


async def test_a_key_may_not_open_the_platform(client: Client) -> None:
    client.vendor.settings.key_opens_config = False
    assert 4 == await client.code("dealer/get_ui_config")


@pytest.mark.parametrize(
    "call, about",
    [("track/list", {}), ("track/read", {}), ("history/user/list", {}), ("driver/journal/entry/list", {}),
     ("transaction/list", {}), ("user/audit/log/list", {})],
)  # fmt: skip
async def test_v23_a_window_that_is_too_long_says_how_long_it_may_be(
    client: Client, call: str, about: dict[str, Any]
) -> None:
    about = about | ({"tracker_id": trackers(client.vendor)[0]} if "tracker_id" in CALLS[call].parameters else {})
    assert 0 == await client.code(call, **about, **window(NOW - 90 * DAY, NOW))
    reply = await client.ask(call, **about, **window(NOW - 91 * DAY, NOW))
    assert (211, "P90D") == (reply["status"]["code"], reply["max_time_span"])


@pytest.mark.parametrize("seconds, code", [(0, 7), (-60, 7), (1, 0)])
async def test_the_end_of_a_window_must_be_after_its_start(client: Client, seconds: int, code: int) -> None:
    about = window(NOW - DAY, NOW - DAY + timedelta(seconds=seconds))
    assert code == await client.code("history/user/list", **about)


async def test_v23_mileage_is_for_a_month_and_so_many_trackers(client: Client) -> None:
    ids = trackers(client.vendor)
    assert 0 == await client.code("tracker/stats/mileage/read", trackers=ids, **window(NOW - 31 * DAY, NOW))
    assert 211 == await client.code("tracker/stats/mileage/read", trackers=ids, **window(NOW - 32 * DAY, NOW))
    client.vendor.settings.stats_trackers = len(ids) - 1
    assert (221, 403) == (
        await client.code("tracker/stats/mileage/read", trackers=ids, **window(NOW - DAY, NOW)),
        client.status,
    )


async def test_v23_counter_values_of_more_than_31_days_are_code_7_and_sensor_values_of_30_days_211(
    client: Client,
) -> None:
    tracker_id = trackers(client.vendor)[0]
    about = {"tracker_id": tracker_id, "type": "odometer"}
    assert 0 == await client.code("tracker/counter/data/read", **about, **window(NOW - 31 * DAY, NOW))
    assert 7 == await client.code("tracker/counter/data/read", **about, **window(NOW - 32 * DAY, NOW))
    sensor = next(one for one in client.vendor.content.rows("sensors") if one["_tracker_id"] == tracker_id)
    about = {"tracker_id": tracker_id, "sensor_id": sensor["id"]}
    assert 0 == await client.code("tracker/sensor/data/read", **about, **window(NOW - 30 * DAY, NOW))
    assert 211 == await client.code("tracker/sensor/data/read", **about, **window(NOW - 31 * DAY, NOW))


async def test_too_many_ids_are_221(client: Client) -> None:
    settings = client.vendor.settings
    settings.states_trackers = settings.sensors_trackers = settings.batch_trackers = 2
    ids = trackers(client.vendor)[:3]
    for call in (
        "tracker/get_states",
        "tracker/sensor/batch_list",
        "tracker/readings/batch_list",
        "status/tracker/list",
    ):
        assert 221 == await client.code(call, trackers=ids), call
        assert 0 == await client.code(call, trackers=ids[:2]), call
    forms = {"task_ids": list(range(5_001)), "ascending": True, "include_unsubmitted": True}
    assert 221 == await client.code("task/form/list", **forms)


# -- blocked, unknown, unsuited ----------------------------------------------------------------------------------------


async def test_blocked_trackers_are_208_alone_and_217_in_batches(client: Client) -> None:
    blocked, fine = trackers(client.vendor, blocked=True)[0], trackers(client.vendor)[0]
    days = window(NOW - DAY, NOW)
    for call in ("tracker/get_counters", "tracker/readings/list", "tracker/employee/read", "tracker/sensor/list"):
        assert (208, 403) == (await client.code(call, tracker_id=blocked), client.status), call
    for call in ("track/list", "track/read"):
        assert 208 == await client.code(call, tracker_id=blocked, **days), call
    ids = [fine, blocked]
    for call, about in (("tracker/sensor/batch_list", {}), ("tracker/readings/batch_list", {}),
                        ("tracker/stats/mileage/read", days), ("history/tracker/list", days)):  # fmt: skip
        assert 217 == await client.code(call, trackers=ids, **about), call
        assert 217 == await client.code(call, trackers=[fine, 1], **about), call
    assert 208 == await client.code("tracker/get_states", trackers=ids)
    reply = await client.ask("tracker/get_states", trackers=[*ids, 1], list_blocked=True, allow_not_exist=True)
    assert ([blocked], [1], [str(fine)]) == (reply["blocked"], reply["not_exist"], list(reply["states"]))
    client.vendor.content.unblock(blocked)
    assert 0 == await client.code("tracker/get_states", trackers=ids)


async def test_an_unknown_tracker_is_201_today_and_204_on_an_old_server(client: Client) -> None:
    assert (201, 400) == (await client.code("tracker/get_counters", tracker_id=1), client.status)
    client.vendor.settings.dialect = "2020"
    assert (204, 404) == (await client.code("tracker/get_counters", tracker_id=1), client.status)


async def test_one_tracker_without_a_counter_fails_the_whole_batch_with_204(client: Client) -> None:
    ids = trackers(client.vendor)
    assert 0 == await client.code("tracker/counter/value/list", trackers=ids, type="odometer")
    client.vendor.content.delete("counters", (ids[1], "odometer"))
    assert (204, 404) == (await client.code("tracker/counter/value/list", trackers=ids, type="odometer"), client.status)
    assert 204 == await client.code(
        "tracker/counter/data/read", tracker_id=ids[1], type="odometer", **window(NOW - DAY, NOW)
    )


async def test_circles_have_no_points_and_switches_no_values(client: Client) -> None:
    circle = next(one["id"] for one in client.vendor.content.rows("zones") if one["type"] == "circle")
    assert 230 == await client.code("zone/point/list", zone_id=circle)
    tracker_id = trackers(client.vendor)[0]
    sensor = client.vendor.content.insert("sensors", tracker_id=tracker_id, type="discrete")
    about = {"tracker_id": tracker_id, "sensor_id": sensor["id"]}
    assert 228 == await client.code("tracker/sensor/data/read", **about, **window(NOW - DAY, NOW))
    assert 201 == await client.code("tracker/sensor/data/read", **about | {"sensor_id": 1}, **window(NOW - DAY, NOW))


# -- the server of 2020 ------------------------------------------------------------------------------------------------


async def test_an_old_server_knows_neither_the_platform_nor_the_users_history(client: Client) -> None:
    client.vendor.settings.dialect = "2020"
    assert 111 == await client.code("dealer/get_ui_config")
    assert 112 == await client.code("history/user/list", from_="2026-03-09 00:00:00", to="2026-03-10 00:00:00")
    ids = trackers(client.vendor)
    about = {"trackers": ids, "from_": "2026-03-09 00:00:00", "to": "2026-03-10 00:00:00"}
    reply = await client.ask("history/tracker/list", **about)
    assert {"success", "list", "limit_exceeded"} == reply.keys()
    assert reply["list"]


async def test_an_old_server_ignores_pages_and_counts_nothing(client: Client) -> None:
    client.vendor.settings.dialect = "2020"
    for call, table in (("vehicle/list", "vehicles"), ("employee/list", "employees"), ("zone/list", "zones")):
        reply = await client.ask(call, limit=2, offset=3, with_points=True)
        assert len(client.vendor.content.rows(table)) == len(reply["list"]), call
        assert "count" not in reply
        assert "points" not in reply["list"][0]
        assert "bounds" not in reply["list"][0]
    assert "count" not in await client.ask("task/list")


async def test_an_old_server_reads_and_writes_plain_times_only(client: Client) -> None:
    client.vendor.settings.dialect = "2020"
    ids = trackers(client.vendor)
    assert 7 == await client.code("history/tracker/list", trackers=ids, **window(NOW - DAY, NOW))
    about = {"trackers": ids, "from_": "2026-03-09 00:00:00", "to": "2026-03-10 00:00:00"}
    found = await client.list_("history/tracker/list", iso_datetime=True, **about)
    assert all("T" not in one["time"] for one in found)
    assert 0 == await client.code("history/tracker/list", **about | {"from_": "2025-11-11 00:00:00"})
    assert 211 == await client.code("history/tracker/list", **about | {"from_": "2025-11-09 00:00:00"})


async def test_an_old_server_has_one_zone_in_a_rule_and_no_counters_among_readings(client: Client) -> None:
    vendor = client.vendor
    rule = vendor.content.rows("rules")[0]
    vendor.content.update("rules", rule["id"], zone_ids=[2_002, 2_003])
    tracker_id = trackers(vendor)[0]
    assert "counters" in await client.ask("tracker/readings/list", tracker_id=tracker_id)
    vendor.settings.dialect = "2020"
    old = next(one for one in await client.list_("tracker/rule/list") if one["id"] == rule["id"])
    assert 2_002 == old["zone_id"]
    assert "zone_ids" not in old
    assert "counters" not in await client.ask("tracker/readings/list", tracker_id=tracker_id)
    reply = await client.ask("tracker/readings/batch_list", trackers=[tracker_id])
    assert "counters" not in reply["result"][str(tracker_id)]


# -- faults ------------------------------------------------------------------------------------------------------------


async def test_faults_strike_before_records_are_enveloped(client: Client) -> None:
    vendor = client.vendor
    vendor.switch.fail("duplicate", path="/tracker/list", times=1)
    found = await client.list_("tracker/list")
    assert found[0] == found[-1]
    vendor.switch.clear()
    vendor.switch.fail("remove", member="inputs", path="/tracker/get_states")
    reply = await client.ask("tracker/get_states", trackers=trackers(vendor))
    assert len(trackers(vendor)) == len(reply["states"])
    assert all("inputs" not in one for one in reply["states"].values())
    vendor.switch.clear()
    vendor.switch.fail("fewer", part=0.5, path="/zone/list")
    assert 4 == len(await client.list_("zone/list"))


async def test_faults_can_name_the_vendors_codes_and_what_comes_with_them(client: Client) -> None:
    client.vendor.switch.fail("error", code=211, max_time_span="P30D", path="/tag/list", times=1)
    reply = await client.ask("tag/list")
    assert (400, 211, "P30D") == (client.status, reply["status"]["code"], reply["max_time_span"])
    for status, code in ((429, 15), (500, 6), (503, 8)):
        client.vendor.switch.fail("status", status=status, times=1)
        reply = await client.ask("tag/list")
        assert (status, code) == (client.status, reply["status"]["code"])
    assert 0 == await client.code("tag/list")


async def test_a_count_may_lie(client: Client) -> None:
    client.vendor.switch.fail("lying_count", off_by=3, path="/place/list")
    reply = await client.ask("place/list")
    assert len(reply["list"]) + 3 == reply["count"]


async def test_p11_a_server_that_stops_and_starts_keeps_its_sessions(client: Client) -> None:
    await client.login()
    await client.vendor.stop()
    await asyncio.sleep(0)
    await client.vendor.start()
    assert 0 == await client.code("tracker/list")
