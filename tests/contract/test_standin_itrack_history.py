"""What the stand-in iTrack serves by time: both special nights, limits, trips at edges, late data, the whole truth."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from syncd.standin import StandIn
from tests.contract.itrack_client import NOW, Client, window
from tests.still_clock import Clock

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ISO = {"iso_datetime": True}
# Zone, the night's repeated hour as UTC begin, and what the clock shows then.
AUTUMN = [
    ("Europe/Copenhagen", datetime(2025, 10, 26, 0, 0, tzinfo=UTC), "2025-10-26 02:30:00"),
    ("America/Los_Angeles", datetime(2025, 11, 2, 8, 0, tzinfo=UTC), "2025-11-02 01:30:00"),
    ("America/St_Johns", datetime(2025, 11, 2, 3, 30, tzinfo=UTC), "2025-11-02 01:30:00"),
    ("Pacific/Auckland", datetime(2026, 4, 4, 13, 0, tzinfo=UTC), "2026-04-05 02:30:00"),
]
SPRING = [
    ("Europe/Copenhagen", "2026-03-29 02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ("America/Los_Angeles", "2026-03-08 02:30:00", datetime(2026, 3, 8, 10, 30, tzinfo=UTC)),
    ("America/St_Johns", "2026-03-08 02:30:00", datetime(2026, 3, 8, 6, 0, tzinfo=UTC)),
    ("Pacific/Auckland", "2025-09-28 02:30:00", datetime(2025, 9, 27, 14, 30, tzinfo=UTC)),
]


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
async def vendor(clock: Clock) -> AsyncIterator[StandIn]:
    async with StandIn.itrack(seed=5, trackers=6, days=4, zone="UTC", now=clock) as vendor:
        yield vendor


@pytest.fixture
async def client(vendor: StandIn) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(vendor, session)


def free(vendor: StandIn) -> list[int]:
    return [one["id"] for one in vendor.content.rows("trackers") if not one["source"]["blocked"]]


async def seen(client: Client, start: str, end: str, **about: Any) -> list[Any]:
    return await client.list_("history/user/list", from_=start, to=end, add_tracker_label=False, **about)


# -- the user's zone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone, begins_at, shown", AUTUMN)
async def test_c5_two_instants_of_the_repeated_hour_have_one_plain_text_and_two_iso_texts(
    zone: str, begins_at: datetime, shown: str
) -> None:
    earlier, later = begins_at + 30 * MINUTE, begins_at + 90 * MINUTE
    clock = Clock(begins_at + 5 * DAY)
    async with StandIn.itrack(days=0, zone=zone, now=clock) as vendor, aiohttp.ClientSession() as session:
        client = Client(vendor, session)
        ids = [vendor.content.insert("events", time=at)["id"] for at in (earlier, later)]
        day = shown[:10]
        plain = await seen(client, f"{day} 00:00:00", f"{day} 23:59:59")
        assert [(ids[0], shown), (ids[1], shown)] == [(one["id"], one["time"]) for one in plain]
        iso = await seen(client, f"{day} 00:00:00", f"{day} 23:59:59", **ISO)
        assert [earlier, later] == [datetime.fromisoformat(one["time"]) for one in iso]
        assert 2 == len({one["time"] for one in iso})


@pytest.mark.parametrize("zone, begins_at, shown", AUTUMN)
async def test_c5_a_repeated_time_in_a_request_is_the_earlier_one(zone: str, begins_at: datetime, shown: str) -> None:
    clock = Clock(begins_at + 5 * DAY)
    async with StandIn.itrack(days=0, zone=zone, now=clock) as vendor, aiohttp.ClientSession() as session:
        client = Client(vendor, session)
        early, _, _ = (
            vendor.content.insert("events", time=begins_at + minutes * MINUTE)["id"] for minutes in (15, 45, 75)
        )
        assert [early] == [one["id"] for one in await seen(client, f"{shown[:10]} 00:00:00", shown)]
        assert 2 == len(await seen(client, shown, f"{shown[:10]} 23:59:59"))


@pytest.mark.parametrize("zone, text, at", SPRING)
async def test_c5_a_time_in_the_spring_gap_is_moved_on_by_the_gap(zone: str, text: str, at: datetime) -> None:
    clock = Clock(at + 5 * DAY)
    async with StandIn.itrack(days=0, zone=zone, now=clock) as vendor, aiohttp.ClientSession() as session:
        client = Client(vendor, session)
        ids = [vendor.content.insert("events", time=at + step)["id"] for step in (-MINUTE, timedelta(0))]
        assert ids[1:] == [one["id"] for one in await seen(client, text, f"{text[:10]} 23:00:00")]
        shown = [one["time"] for one in await seen(client, f"{text[:10]} 00:00:00", f"{text[:10]} 23:00:00")]
        assert at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S") == shown[-1]


async def test_c5_the_user_may_change_the_zone_at_any_time(client: Client) -> None:
    vendor = client.vendor
    number = vendor.content.insert("events", time=NOW - timedelta(hours=1))["id"]
    days = ("2026-03-09 00:00:00", "2026-03-11 23:00:00")
    before = {one["id"]: one["time"] for one in await seen(client, *days)}[number]
    vendor.settings.zone = "America/St_Johns"
    after = {one["id"]: one["time"] for one in await seen(client, *days)}[number]
    assert ("2026-03-10 11:00:00", "2026-03-10 08:30:00") == (before, after)
    assert "America/St_Johns" == (await client.ask("user/get_info"))["user_info"]["time_zone"]
    reply = await client.ask("tracker/get_states", trackers=free(vendor)[:1])
    assert "2026-03-10 09:30:00" == reply["user_time"]


async def test_iso_times_come_by_parameter_or_header_and_dates_have_no_zone(client: Client) -> None:
    client.vendor.settings.zone = "America/Los_Angeles"
    info = (await client.ask("user/get_info", **ISO))["user_info"]
    assert info["creation_date"].endswith("-07:00")
    reply = await client.post("user/get_info", {"hash": client.hash}, {"NVX-ISO-DateTime": "true"})
    assert info == reply["user_info"]
    client.vendor.settings.iso_form = "utc"
    assert (await client.ask("user/get_info", **ISO))["user_info"]["creation_date"].endswith("Z")
    tracker = (await client.list_("tracker/list", **ISO))[0]
    assert 10 == len(tracker["source"]["creation_date"])


@pytest.mark.parametrize(
    "text",
    ["2026-03-09", "2026-03-09 1:00:00", "2026-03-09 25:00:00", "2026-02-30 00:00:00", "now"],
)
async def test_other_forms_of_time_are_code_7(client: Client, text: str) -> None:
    assert 7 == await client.code("history/user/list", from_=text, to="2026-03-10 00:00:00")


# -- events ------------------------------------------------------------------------------------------------------------


async def test_both_ends_of_a_window_are_inside(client: Client) -> None:
    at = NOW - 10 * DAY
    ids = [client.vendor.content.insert("events", time=at + step * MINUTE)["id"] for step in (0, 1, 2)]
    found = await client.list_("history/user/list", **window(at, at + MINUTE))
    assert ids[:2] == [one["id"] for one in found]


async def test_v13_an_answer_has_so_many_events_and_says_how_many_there_are(client: Client) -> None:
    content = client.vendor.content
    client.vendor.settings.history_limit = 50
    content.burst(120, NOW - 20 * DAY)
    about = window(NOW - 21 * DAY, NOW - 19 * DAY)
    reply = await client.ask("history/user/list", **about)
    assert (50, 120, False) == (len(reply["list"]), reply["total"], reply["limit_exceeded"])
    assert reply["total_unread"] == sum(
        not one["is_read"] for one in content.events_between(NOW - 21 * DAY, NOW - 19 * DAY)
    )
    assert 20 == len(await client.list_("history/user/list", limit=20, **about))
    assert 212 == await client.code("history/user/list", limit=51, **about)
    reply = await client.ask("history/tracker/list", trackers=free(client.vendor), **about)
    assert reply["limit_exceeded"]
    newest = await client.list_("history/user/list", ascending=False, **about)
    assert newest[0]["id"] > reply["list"][0]["id"]


async def test_v15_a_second_with_more_events_than_an_answer_can_be_told_apart_by_trackers(client: Client) -> None:
    """All that one answer shows is one second; the batches of fewer trackers show everything."""
    vendor = client.vendor
    vendor.settings.history_limit = 10
    ids = set(vendor.content.burst(30, NOW - 20 * DAY))
    about = window(NOW - 21 * DAY, NOW - 19 * DAY)
    assert 1 == len({one["time"] for one in await client.list_("history/user/list", **about)})
    found = set()
    for tracker in free(vendor):
        found |= {one["id"] for one in await client.list_("history/tracker/list", trackers=[tracker], **about)}
    blocked = {
        one["id"] for one in vendor.content.events_between(NOW - 21 * DAY, NOW) if one["tracker_id"] not in free(vendor)
    }
    assert ids == found | (ids & blocked)


async def test_events_are_filtered_by_kind_reading_and_emergency(client: Client) -> None:
    content = client.vendor.content
    at = NOW - 20 * DAY
    sos = content.insert("events", time=at, event="sos", is_read=True)["id"]
    door = content.insert("events", time=at, event="offline", is_read=False)["id"]
    about = window(at - DAY, at + DAY)
    for given, ids in ({"events": ["sos"]}, [sos]), ({"only_unread": True}, [door]), ({"only_emergency": True}, [sos]):
        assert ids == [one["id"] for one in await client.list_("history/user/list", **about, **given)]


async def test_the_trackers_name_is_put_into_the_message_unless_declined(client: Client) -> None:
    at = NOW - 20 * DAY
    client.vendor.content.insert("events", time=at, tracker_id=free(client.vendor)[0], message="Opened")
    about = window(at - DAY, at + DAY)
    label = client.vendor.content.rows("trackers")[0]["label"]
    assert f"{label}: Opened" == (await client.list_("history/user/list", **about))[0]["message"]
    assert "Opened" == (await client.list_("history/user/list", add_tracker_label=False, **about))[0]["message"]


async def test_ids_of_events_are_larger_than_floats_can_tell(client: Client) -> None:
    found = await client.list_("history/user/list", **window(NOW - 4 * DAY, NOW))
    assert all(one["id"] > 2**53 for one in found)


@pytest.mark.parametrize("retention, number", [("cut", 2), ("empty", 0)])
async def test_v23_a_window_behind_the_storage_period_is_cut_or_empty_and_says_so(
    client: Client, retention: str, number: int
) -> None:
    vendor = client.vendor
    vendor.settings.store_period, vendor.settings.retention = "3d", retention
    old, young = [vendor.content.insert("events", time=NOW - days * DAY, event="crash")["id"] for days in (5, 2)]
    about = window(NOW - 10 * DAY, NOW)
    reply = await client.ask("history/user/list", events=["crash"], **about)
    assert reply["limit_exceeded"]
    assert [young][: number // 2] == [one["id"] for one in reply["list"]]
    truth = vendor.content.snapshot()
    assert old not in [one["id"] for one in truth["events"]]
    oldest = (NOW - 3 * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert oldest <= min(one["get_time"] for one in truth["track_points"])
    assert oldest <= min(one["start_date"] for one in truth["tracks"])
    for call in ("track/list", "track/read"):
        assert (await client.ask(call, tracker_id=free(vendor)[0], **about))["limit_exceeded"]
    assert not (await client.ask("history/user/list", **window(NOW - DAY, NOW)))["limit_exceeded"]


# -- trips -------------------------------------------------------------------------------------------------------------


async def test_a_trip_that_crosses_an_edge_comes_back_under_its_id_with_other_totals(client: Client) -> None:
    content, tracker_id = client.vendor.content, free(client.vendor)[0]
    whole = content.drive(tracker_id, at=NOW - 30 * DAY, minutes=60)
    middle = NOW - 30 * DAY + 25 * MINUTE
    about = {"tracker_id": tracker_id, **ISO}
    client.vendor.settings.iso_form = "utc"
    (first,) = await client.list_("track/list", **about, **window(NOW - 31 * DAY, middle))
    (second,) = await client.list_("track/list", **about, **window(middle, NOW - 29 * DAY))
    assert whole["id"] == first["id"] == second["id"]
    # No point belongs to both, and none lies outside of its window.
    assert first["end_date"] < middle.strftime("%Y-%m-%dT%H:%M:%SZ") < second["start_date"]
    assert (whole["start_date"], whole["end_date"]) == (first["start_date"], second["end_date"])
    assert 0 < first["length"] < whole["length"]
    assert first["points"] < whole["points"]
    assert first["bounds"] != second["bounds"]
    (again,) = await client.list_("track/list", **about, **window(NOW - 31 * DAY, NOW - 29 * DAY))
    assert again == {name: value for name, value in whole.items() if name not in {"event_count", "@tracker_id"}}


async def test_a_running_trip_grows_and_two_trips_become_one(client: Client, clock: Clock) -> None:
    content, tracker_id = client.vendor.content, free(client.vendor)[0]
    before = content.drive(tracker_id, minutes=30)
    clock.pass_(minutes=20)
    after = content.grow(tracker_id, 20)
    assert before["id"] == after["id"]
    assert before["points"] < after["points"]
    days = window(NOW - 4 * DAY, clock() + DAY)
    ids = [one["id"] for one in await client.list_("track/list", tracker_id=tracker_id, **days)]
    kept, lost = content.merge_trips(tracker_id)
    assert [one for one in ids if one != lost] == [
        one["id"] for one in await client.list_("track/list", tracker_id=tracker_id, **days)
    ]
    assert kept in ids


async def test_a_drive_moves_the_state_the_counters_and_the_readings(client: Client, clock: Clock) -> None:
    content, tracker_id = client.vendor.content, free(client.vendor)[0]
    about = {"trackers": [tracker_id]}
    state = (await client.ask("tracker/get_states", **about))["states"][str(tracker_id)]
    odometer = (await client.ask("tracker/counter/value/list", type="odometer", **about))["value"][str(tracker_id)]
    clock.pass_(hours=2)
    trip = content.drive(tracker_id)
    moved = (await client.ask("tracker/get_states", **about))["states"][str(tracker_id)]
    assert state["actual_track_update"] < moved["actual_track_update"]
    assert "2026-03-10 14:00:00" == moved["actual_track_update"] == moved["last_update"]
    assert (
        odometer < (await client.ask("tracker/counter/value/list", type="odometer", **about))["value"][str(tracker_id)]
    )
    counters = await client.list_("tracker/get_counters", tracker_id=tracker_id)
    readings = (await client.ask("tracker/readings/batch_list", **about))["result"][str(tracker_id)]
    assert counters == readings["counters"]
    assert 3 == trip["event_count"]


async def test_v16_what_a_device_kept_comes_with_past_times_and_does_not_move_it(client: Client) -> None:
    content, tracker_id = client.vendor.content, free(client.vendor)[0]
    before = content.table("tracker_states")[tracker_id]["actual_track_update"]
    trip = content.buffer(tracker_id, 20 * DAY, events=3)
    assert before == content.table("tracker_states")[tracker_id]["actual_track_update"]
    about = window(NOW - 21 * DAY, NOW - 19 * DAY)
    assert [trip["id"]] == [one["id"] for one in await client.list_("track/list", tracker_id=tracker_id, **about)]
    assert 3 == len(await client.list_("history/user/list", **about))
    points = await client.list_("track/read", tracker_id=tracker_id, simplify=False, **about)
    assert all(one["buffered"] for one in points)


async def test_v16_late_events_are_there_when_their_time_has_come(client: Client, clock: Clock) -> None:
    content, at = client.vendor.content, NOW - 20 * DAY
    about = window(at - DAY, at + DAY)
    late = content.late("events", seconds=600, time=at)["id"]
    soon = content.late("events", requests=2, time=at)["id"]
    found = [[one["id"] for one in await client.list_("history/user/list", **about)] for _ in range(4)]
    assert [[], [], [soon], [soon]] == [list(one) for one in found]
    clock.pass_(minutes=10)
    assert {late, soon} == {one["id"] for one in await client.list_("history/user/list", **about)}


async def test_points_are_thinned_unless_that_is_declined(client: Client) -> None:
    tracker_id = free(client.vendor)[0]
    about = {"tracker_id": tracker_id} | window(NOW - 4 * DAY, NOW)
    thin = await client.list_("track/read", **about)
    full = await client.list_("track/read", simplify=False, **about)
    assert len(thin) < len(full) / 2
    assert full[0] == thin[0]
    assert full[-1] == thin[-1]
    assert len(await client.list_("track/read", point_limit=10, **about)) < 15
    assert 7 == await client.code("track/read", point_limit=1, **about)
    parked = await client.list_("track/read", simplify=False, filter=False, **about)
    assert len(full) < len(parked)
    assert any(one.get("parking") for one in parked)
    assert len({one["get_time"] for one in full}) < len(full)


async def test_tracks_without_split_or_in_clusters_have_no_id(client: Client) -> None:
    tracker_id = free(client.vendor)[0]
    client.vendor.content.insert(
        "tracks", source_id=70_001, at=NOW - 2 * DAY, until=NOW - 2 * DAY, type="single_report"
    )
    about = {"tracker_id": tracker_id} | window(NOW - 4 * DAY, NOW)
    split = await client.list_("track/list", **about)
    assert {"regular", "single_report"} == {one["type"] for one in split}
    assert all("end_date" not in one for one in split if one["type"] == "single_report")
    (whole,) = await client.list_("track/list", split=False, **about)
    assert ("merged", False) == (whole["type"], "id" in whole)
    clusters = [
        one for one in await client.list_("track/list", cluster_single_reports=True, **about) if "id" not in one
    ]
    assert {"cluster"} == {one["type"] for one in clusters}
    assert all(one["points"][0]["lat"] for one in clusters)
    assert all("id" in one for one in split)


async def test_very_short_trips_are_hidden_by_the_filter(client: Client) -> None:
    tracker_id = free(client.vendor)[0]
    client.vendor.content.insert("tracks", source_id=70_001, at=NOW - 30 * DAY, until=NOW - 30 * DAY, short=True)
    about = {"tracker_id": tracker_id} | window(NOW - 31 * DAY, NOW - 29 * DAY)
    assert [] == await client.list_("track/list", **about)
    assert 1 == len(await client.list_("track/list", filter=False, **about))


async def test_a_clone_has_the_trips_of_its_source_under_the_same_ids(client: Client) -> None:
    rows = client.vendor.content.rows("trackers")
    clone = next(one for one in rows if one["clone"])
    original = next(one for one in rows if one["source"]["id"] == clone["source"]["id"] and not one["clone"])
    days = window(NOW - 4 * DAY, NOW)
    both = [await client.list_("track/list", tracker_id=one["id"], **days) for one in (clone, original)]
    assert [one["id"] for one in both[0]] == [one["id"] for one in both[1]]
    assert both[0]


async def test_mileage_is_by_the_users_days_and_by_the_part_that_was_asked_for(client: Client) -> None:
    content, tracker_id = client.vendor.content, free(client.vendor)[0]
    content.drive(tracker_id, at=datetime(2026, 3, 8, 23, 30, tzinfo=UTC), minutes=60)

    async def days(start: str, end: str) -> dict[str, float]:
        about = {"trackers": [tracker_id], "from_": start, "to": end}
        result = (await client.ask("tracker/stats/mileage/read", **about))["result"]
        return {day: one["mileage"] for day, one in result[str(tracker_id)].items()}

    utc = await days("2026-03-08 00:00:00", "2026-03-09 23:59:59")
    assert ["2026-03-08", "2026-03-09"] == list(utc)
    part = await days("2026-03-08 00:00:00", "2026-03-09 00:00:00")
    assert utc["2026-03-08"] == part["2026-03-08"]
    # What happened at midnight itself: one point at most.
    assert part["2026-03-09"] < 2 < utc["2026-03-09"]
    client.vendor.settings.zone = "Pacific/Auckland"
    moved = await days("2026-03-08 00:00:00", "2026-03-09 23:59:59")
    assert moved != utc


# -- lists by pages ----------------------------------------------------------------------------------------------------


async def test_v14_unsorted_lists_shift_between_pages_and_sorted_ones_do_not(client: Client) -> None:
    client.vendor.settings.shifting = True
    first, second = [[one["id"] for one in await client.list_("employee/list")] for _ in range(2)]
    assert first != second
    assert sorted(first) == sorted(second)
    found = []
    for offset in range(0, 12, 3):
        reply = await client.ask("employee/list", limit=3, offset=offset, sort=["id=asc"])
        assert len(first) == reply["count"]
        found += [one["id"] for one in reply["list"]]
    assert sorted(first) == found
    for sort in (["id"], ["id=up"], ["shoe_size=asc"], ["id=asc", "label=asc", "type=asc"], []):
        assert 7 == await client.code("employee/list", sort=sort), sort


async def test_tasks_have_pages_only_with_both_offset_and_limit(client: Client) -> None:
    every = len(await client.list_("task/list"))
    assert every == len(await client.list_("task/list", limit=1))
    assert every == len(await client.list_("task/list", offset=1))
    assert 1 == len(await client.list_("task/list", limit=1, offset=1))


async def test_routes_name_their_checkpoints_in_order(client: Client) -> None:
    made = client.vendor.content.insert("tasks", type="route")
    (route,) = [one for one in await client.list_("task/route/list") if one["id"] == made["id"]]
    stops = await client.list_("task/checkpoint/list", checkpoint_ids=route["checkpoint_ids"])
    assert route["checkpoint_ids"] == [one["id"] for one in stops]
    assert "location" not in route
    assert route["id"] not in [one["id"] for one in await client.list_("task/list")]


# -- the whole truth ---------------------------------------------------------------------------------------------------


async def everything(client: Client) -> dict[str, list[Any]]:
    """All that a patient reader gets, in the shape of a snapshot."""
    vendor, days = client.vendor, window(NOW - 60 * DAY, NOW + DAY)
    found: dict[str, list[Any]] = {}
    for name, call, about in (
        ("trackers", "tracker/list", {}), ("tracker_groups", "tracker/group/list", {}), ("tags", "tag/list", {}),
        ("zones", "zone/list", {"with_points": True}), ("rules", "tracker/rule/list", {}), ("places", "place/list", {}),
        ("event_types", "history/type/list", {"locale": "en_US"}), ("vehicles", "vehicle/list", {}),
        ("garages", "garage/list", {}), ("service_tasks", "vehicle/service_task/list", {}),
        ("employees", "employee/list", {}), ("departments", "department/list", {}), ("tariffs", "tariff/list", {}),
        ("form_templates", "form/template/list", {}), ("checkins", "checkin/list", {}),
        ("status_listings", "status/listing/list", {}), ("security_groups", "subuser/security_group/list", {}),
        ("transactions", "transaction/list", days), ("audit_log", "user/audit/log/list", days),
        ("events", "history/user/list", days | {"add_tracker_label": False}),
    ):  # fmt: skip
        found[name] = await client.list_(call, **about, **ISO)
    ids = free(vendor)
    states = (await client.ask("tracker/get_states", trackers=ids, **ISO))["states"]
    found["tracker_states"] = [one | {"@tracker_id": int(number)} for number, one in states.items()]
    sensors = (await client.ask("tracker/sensor/batch_list", trackers=ids, **ISO))["result"]
    found["sensors"] = [one | {"@tracker_id": int(number)} for number, some in sensors.items() for one in some]
    found |= {name: [] for name in ("tracks", "track_points", "counters", "driver_journal", "driver_assignments")}
    for number in ids:
        asked: dict[str, Any] = {"tracker_id": number, **ISO}
        context = {"@tracker_id": number}
        tracks = await client.list_("track/list", count_events=True, **asked, **days)
        found["tracks"] += [one | context for one in tracks]
        points = await client.list_("track/read", simplify=False, **asked, **days)
        found["track_points"] += [one | context for one in points]
        found["counters"] += [one | context for one in await client.list_("tracker/get_counters", **asked)]
        found["driver_journal"] += await client.list_("driver/journal/entry/list", **asked, **days)
        driver = await client.ask("tracker/employee/read", **asked)
        found["driver_assignments"] += [{name: driver[name] for name in ("current", "last_change")} | context]
    ten_days = {"trackers": ids, **window(NOW - 10 * DAY, NOW)}
    mileage = (await client.ask("tracker/stats/mileage/read", **ten_days))["result"]
    found["mileage_daily"] = [
        one | {"@tracker_id": int(number), "@day": day} for number, days in mileage.items() for day, one in days.items()
    ]
    return found


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns"])
async def test_the_snapshot_is_what_a_patient_reader_gets(clock: Clock, zone: str) -> None:
    async with (
        StandIn.itrack(seed=8, trackers=6, days=5, zone=zone, now=clock) as vendor,
        aiohttp.ClientSession() as session,
    ):
        client = Client(vendor, session)
        vendor.settings.iso_form = "utc"
        vendor.settings.history_limit = 10_000
        content = vendor.content
        for tracker_id in free(vendor)[:3]:
            content.drive(tracker_id)
            content.buffer(tracker_id, 2 * DAY)
            content.merge_trips(tracker_id)
        found, truth = await everything(client), content.snapshot()
        for name, records in found.items():
            wanted = [{key: value for key, value in one.items() if key != "@seq"} for one in truth[name]]
            assert texts(wanted) == texts(records), name


def texts(records: list[Any]) -> list[str]:
    return sorted(json.dumps(one, sort_keys=True) for one in records)


async def test_a_time_before_all_calendars_is_code_7(client: Client) -> None:
    client.vendor.settings.zone = "Pacific/Auckland"
    assert 7 == await client.code("history/user/list", from_="0001-01-01 00:00:00", to="2026-03-10 00:00:00")
