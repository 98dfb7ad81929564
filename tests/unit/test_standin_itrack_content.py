"""The account behind the stand-in iTrack is related, repeatable, and changes as a fleet and its office change."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from syncd.standin.itrack import Churn, Content, make
from syncd.standin.itrack.making import trips
from syncd.standin.itrack.times import UTC_ISO, period
from syncd.standin.itrack.truth import CONTEXT
from tests.still_clock import Clock

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)
CATALOG = json.loads((Path(__file__).parents[1] / "catalog.json").read_text())
COLLECTIONS: dict[str, Any] = {
    one["name"]: one for vendor in CATALOG["vendors"] if "itrack" == vendor["vendor"] for one in vendor["collections"]
}
# Served, and no column's: links to files, the layout of the web page, what stands in a child table of another name.
NO_COLUMN = {"tasks": {"checkpoint_ids"}, "readings": {"field"}}
CALLED_OTHERWISE = {"tracker_states": {"additional"}, "trackers": {"tag_bindings"}, "subusers": {"@trackers"}}


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def content(clock: Clock) -> Content:
    made: Content = make(seed=7, trackers=8, days=6, now=clock).content
    return made


def paths(value: Any, before: str = "") -> set[str]:
    """`gps.location.lat` and so on; arrays end a path."""
    if not isinstance(value, dict) or not value:
        return {before}
    return set().union(*(paths(one, f"{before}.{name}" if before else name) for name, one in value.items()))


def test_the_same_seed_and_clock_give_the_same_account() -> None:
    first, second = (make(seed=3, trackers=4, days=3, now=lambda: NOW).content.snapshot() for _ in range(2))
    assert first == second
    assert first != make(seed=4, trackers=4, days=3, now=lambda: NOW).content.snapshot()


def test_the_snapshot_has_every_collection_of_the_catalogue(content: Content) -> None:
    found = content.snapshot()
    assert found.keys() == COLLECTIONS.keys()
    assert [] == [name for name, records in found.items() if not records]
    assert {"tracks"} == content.snapshot(names=["tracks"]).keys()


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_member_served_is_one_of_the_catalogue(content: Content, name: str) -> None:
    """Nothing is served that the vendor is not known to have."""
    declared = COLLECTIONS[name]
    sources = {one["source"] or f"@{one['name']}" for one in declared["columns"]}
    children = {one for child in declared["children"] for one in re.split(r"[^a-z_]+", child["source"])}
    extra = NO_COLUMN.get(name, set()) | CALLED_OTHERWISE.get(name, set())
    for record in content.snapshot(names=[name])[name]:
        for path in paths(record):
            top = path.split(".")[0]
            fits = {path, top} & (sources | extra) or children & set(path.split("."))
            is_object_of_columns = any(one.startswith(f"{path}.") for one in sources)
            assert fits or is_object_of_columns or path.startswith("extra.zone_labels"), path


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_column_has_a_value_somewhere(name: str) -> None:
    """What is never served is never tested: of each column at least one record has a value."""
    content = make(seed=2, trackers=20, days=8, now=lambda: NOW, vehicles=40, places=30, employees=40).content
    content.settings.sub_user = True
    seen: set[str] = set()
    for record in content.snapshot(names=[name])[name]:
        seen |= {path for path in paths(record) if _at(record, path) is not None}
    # An old server's, and what only filter=false shows.
    rare = {"rules": {"zone_id"}, "track_points": {"parking"}}
    sources = {one["source"] or f"@{one['name']}" for one in COLLECTIONS[name]["columns"]}
    missing = {one for one in sources if not any(path == one or path.startswith(f"{one}.") for path in seen)}
    assert missing <= rare.get(name, set())


def _at(record: Any, path: str) -> Any:
    if path in record:
        return record[path]
    for step in path.split("."):
        record = record[step] if isinstance(record, dict) and step in record else None
    return record


@pytest.mark.parametrize("name", sorted(COLLECTIONS))
def test_every_key_is_there_and_unique(content: Content, name: str) -> None:
    by_source = {one["name"]: one["source"] or f"@{one['name']}" for one in COLLECTIONS[name]["columns"]}
    keys = [
        tuple(record[by_source[part]] for part in COLLECTIONS[name]["key"])
        for record in content.snapshot(names=[name])[name]
    ]
    assert len(keys) == len(set(keys))
    assert all(part is not None for key in keys for part in key)


def test_context_is_named_after_columns() -> None:
    for name, members in CONTEXT.items():
        columns = {one["name"] for one in COLLECTIONS[name]["columns"]} | {"trackers"}
        assert {one[1:] for one in members} <= columns


def test_references_lead_to_rows(content: Content) -> None:
    found = content.snapshot()
    ids = {name: {one.get("id") for one in records} for name, records in found.items()}
    for name, member, table in (
        ("sensors", "@tracker_id", "trackers"), ("events", "tracker_id", "trackers"),
        ("tracks", "@tracker_id", "trackers"), ("service_tasks", "vehicle_id", "vehicles"),
        ("tasks", "@route_id", "tasks"), ("statuses", "@listing_id", "status_listings"),
        ("sensor_data", "@sensor_id", "sensors"), ("checkins", "form_id", "forms"),
    ):  # fmt: skip
        assert {one[member] for one in found[name]} - {None} <= ids[table], name


def test_track_ids_are_unique_in_a_tracker_only(content: Content) -> None:
    tracks = content.snapshot(names=["tracks"])["tracks"]
    assert 1 < max(Counter(one["id"] for one in tracks).values())


def test_what_hangs_on_a_blocked_tracker_cannot_be_had(content: Content) -> None:
    tracker_id = content.rows("trackers")[0]["id"]
    names = ("tracker_states", "tracks", "sensors", "readings", "mileage_daily", "counters", "track_points")

    def of_it() -> list[int]:
        found = content.snapshot(names=names)
        return [sum(tracker_id == one["@tracker_id"] for one in found[name]) for name in names]

    before = of_it()
    assert all(before)
    content.block(tracker_id)
    assert not any(of_it())
    content.unblock(tracker_id)
    assert before == of_it()


def test_a_deleted_tracker_takes_what_hangs_on_it_along_but_its_events_stay(content: Content) -> None:
    tracker_id = content.rows("trackers")[1]["id"]
    events = len(content.table("events"))
    assert 5 < content.delete("trackers", tracker_id)
    found = content.snapshot()
    for name in ("tracker_states", "sensors", "readings", "counters", "tracks", "mileage_daily"):
        assert tracker_id not in {one["@tracker_id"] for one in found[name]}, name
    assert tracker_id not in {one for rule in found["rules"] for one in rule["trackers"]}
    assert events == len(content.table("events"))


def test_a_form_is_served_as_long_as_its_task_or_checkin_is(content: Content) -> None:
    """A form is found by its task or by its check-in: without them nobody can learn of it, and with them it is back."""

    def found() -> set[int]:
        return {one["id"] for one in content.snapshot(names=["forms"])["forms"]}

    stop = content.insert("tasks", type="route")["checkpoint_ids"][0]
    route = next(one["id"] for one in content.rows("tasks") if stop in one.get("checkpoint_ids", ()))
    task, checkin = content.rows("tasks")[0]["id"], content.rows("checkins")[0]["id"]
    of = {
        content.insert("forms", task_id=task)["id"]: ("tasks", task),
        content.insert("forms", task_id=stop)["id"]: ("tasks", route),  # which tells of its checkpoints
        content.insert("forms", checkin_id=checkin)["id"]: ("checkins", checkin),
    }
    content.update("checkins", checkin, form_id=max(of))
    for form, (table, key) in of.items():
        assert form in found(), table
        content.delete(table, key)
        assert form not in found(), table
        content.recover(table, key)
        assert form in found(), table


def test_a_merged_trip_is_one_and_as_long_as_both(content: Content) -> None:
    tracker_id = content.rows("trackers")[0]["id"]

    def tracks() -> dict[int, Any]:
        found = content.snapshot(names=["tracks"])["tracks"]
        return {one["id"]: one for one in found if tracker_id == one["@tracker_id"]}

    before = tracks()
    kept, lost = content.merge_trips(tracker_id)
    after = tracks()
    assert before.keys() - after.keys() == {lost}
    assert round(before[kept]["length"] + before[lost]["length"], 1) == round(after[kept]["length"], 1)
    assert before[kept]["points"] + before[lost]["points"] == after[kept]["points"]
    assert before[lost]["end_date"] == after[kept]["end_date"]


def test_points_are_as_many_as_the_track_says_and_only_more_when_it_grows(content: Content, clock: Clock) -> None:
    tracker_id = content.rows("trackers")[0]["id"]
    trip = content.drive(tracker_id)

    def points() -> list[Any]:
        found = content.snapshot(datetime.fromisoformat(trip["start_date"]), names=["track_points"])["track_points"]
        return [one for one in found if tracker_id == one["@tracker_id"]]

    before = points()
    assert trip["points"] == len(before)
    clock.at += timedelta(hours=1)
    grown = content.grow(tracker_id, minutes=30)
    assert grown["points"] == len(points())
    assert before == points()[: len(before)]
    assert {"@seq", "@tracker_id"} <= before[0].keys()
    for earlier, later in pairwise(before):
        assert later["@seq"] == (earlier["@seq"] + 1 if earlier["get_time"] == later["get_time"] else 0)
    assert {0, 1} == {one["@seq"] for one in before}


def test_updates_take_texts_for_times_and_merge_objects(content: Content) -> None:
    task = content.rows("tasks")[0]
    content.update("tasks", task["id"], creation_date="2026-01-02T03:04:05+00:00")
    assert datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) == task["creation_date"]
    place = content.rows("places")[0]
    content.update("places", place["id"], location={"radius": 7})
    assert {"lat", "lng", "address", "radius"} == place["location"].keys()
    content.update("counters", [content.rows("trackers")[0]["id"], "odometer"], value=5.5)
    assert 5.5 == content.rows("counters")[0]["value"]


def test_events_keep_their_order_when_their_times_change(content: Content) -> None:
    event = content.rows("events")[-1]
    content.update("events", event["id"], time=(NOW - timedelta(days=90)).isoformat())
    assert event["id"] == content.events_between(NOW - timedelta(days=100), NOW)[0]["id"]
    content.delete("events", event["id"])
    assert event["id"] not in [one["id"] for one in content.events_between(NOW - timedelta(days=100), NOW)]
    content.recover("events", event["id"])
    assert event["id"] == content.events_between(NOW - timedelta(days=100), NOW)[0]["id"]


def test_a_misspelt_collection_is_refused(content: Content) -> None:
    with pytest.raises(KeyError):
        content.insert("track")


@pytest.mark.parametrize("text, days", [("2h", 1 / 12), ("3d", 3), ("3m", 90), ("1y", 365)])
def test_storage_periods_are_read(text: str, days: float) -> None:
    assert timedelta(days=days) == period(text)


def test_iso_times_of_a_snapshot_are_utc(content: Content) -> None:
    content.settings.zone = "Pacific/Auckland"
    found = content.snapshot(names=["events", "tracks"])
    assert all(one["time"].endswith("Z") for one in found["events"])
    assert UTC_ISO.spelled(NOW) == "2026-03-10T12:00:00Z"


def test_churn_makes_as_many_changes_as_its_rate_says_and_keeps_keys_unique(content: Content, clock: Clock) -> None:
    life = Churn(2.5, seed=4)
    before = content.snapshot()
    for _ in range(120):
        clock.at += timedelta(minutes=7)
        life(content)
    assert 240 <= life.changes <= 360
    after = content.snapshot()
    changed = {name for name in before if before[name] != after[name]}
    assert {"events", "tracks", "tasks", "tracker_states", "counters", "employees", "zones"} <= changed
    for name, records in after.items():
        assert len(records) == len({json.dumps(one, sort_keys=True) for one in records}), name


def test_the_same_churn_makes_the_same_changes() -> None:
    found = []
    for _ in range(2):
        content = make(seed=1, trackers=4, days=3, now=lambda: NOW).content
        life = Churn(1, seed=9)
        for _ in range(40):
            life(content)
        found.append(content.snapshot())
    assert found[0] == found[1]


def test_a_track_counts_the_points_of_every_window_it_is_cut_to(content: Content) -> None:
    trip = next(one for one in content.trips(10_001) if one["type"] == "regular" and len(list(_all(one))) > 20)
    begin = trips.starts_at(trip)
    for first in range(10):
        for last in range(first, 20):
            window = (begin + first * timedelta(minutes=2), begin + last * timedelta(minutes=2))
            part: Any = trips.track(trip, *window)
            assert part["points"] == len(list(trips.points(trip, *window)))


def _all(trip: Any) -> Any:
    return trips.points(trip, trips.starts_at(trip), trips.ends_at(trip))


def test_trips_go_with_the_last_tracker_of_their_source(content: Content) -> None:
    clone = next(one for one in content.rows("trackers") if one["clone"])
    source_id = clone["source"]["id"]

    def number() -> int:
        return sum(source_id == one["_source_id"] for one in content.rows("tracks"))

    before = number()
    content.delete("trackers", clone["id"])
    assert before == number() > 0
    content.delete("trackers", next(one["id"] for one in content.rows("trackers") if source_id == one["source"]["id"]))
    assert 0 == number()
