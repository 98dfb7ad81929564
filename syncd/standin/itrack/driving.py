"""What devices send: new trips, trips that go on, what was kept for days, and what the server makes of trips later."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncd.standin.itrack import truth
from syncd.standin.itrack.making import happenings, trips
from syncd.standin.itrack.world import Row, key_of

if TYPE_CHECKING:
    from syncd.standin.itrack.content import Content

FEWEST_TRIPS = 2


def drive(content: "Content", tracker_id: int, at: datetime | None, minutes: float) -> Row:
    """A trip from `at` on, or one that ends now; no later than now, and after the trip before."""
    now = content.moment()
    begin = at or now - timedelta(minutes=minutes)
    step = timedelta(seconds=content.sizes.point_every_s)
    if at is None and (earlier := content.trips(tracker_id)):
        begin = max(begin, trips.ends_at(earlier[-1]) + step)
    if begin + step > now:  # there is no room for another trip
        return grow(content, tracker_id, minutes=0)
    trip = _put_trip(content, tracker_id, begin, min(now, begin + timedelta(minutes=minutes)))
    for moment, kind in ((begin, "ignition"), (begin, "outzone"), (trips.ends_at(trip), "track_end")):
        put_event(content, tracker_id, moment, event=kind, track_id=trip["id"])
    _hear(content, tracker_id, trip)
    return truth.track_of(content, tracker_id, trip)


def grow(content: "Content", tracker_id: int, minutes: float) -> Row:
    """The newest trip goes on, but not past now."""
    trip = content.trips(tracker_id)[-1]
    if trip["type"] == "regular":
        room = (content.moment() - trips.ends_at(trip)) // timedelta(seconds=content.sizes.point_every_s)
        trips.grown(trip, max(0, min(room, round(minutes * 60 / content.sizes.point_every_s))))
    content.version += 1
    _hear(content, tracker_id, trip)
    return truth.track_of(content, tracker_id, trip)


def buffer(content: "Content", tracker_id: int, ago: timedelta, minutes: float, events: int) -> Row:
    """A trip and events of the past that nobody knew of. Only the last contact moves."""
    now, step = content.moment(), timedelta(seconds=content.sizes.point_every_s)
    begin = now - ago
    length = timedelta(minutes=minutes)
    for other in content.trips(tracker_id):
        if trips.starts_at(other) <= begin + length and begin <= trips.ends_at(other):
            begin = trips.ends_at(other) + step
    content.table("tracker_states")[tracker_id]["last_update"] = now
    if begin + step > now:  # there is no room for another trip
        return truth.track_of(content, tracker_id, content.trips(tracker_id)[-1])
    length = min(length, now - begin)
    trip = _put_trip(content, tracker_id, begin, begin + length, buffered=True)
    for number in range(events):
        put_event(content, tracker_id, begin + number * length / max(1, events), track_id=trip["id"])
    return truth.track_of(content, tracker_id, trip)


def merge(content: "Content", tracker_id: int, first: int | None) -> tuple[int, int]:
    """Two trips in a row become one."""
    regular = [one for one in content.trips(tracker_id) if one["type"] == "regular" and not one["_short"]]
    if len(regular) < FEWEST_TRIPS:
        raise ValueError("there are no two trips to merge")
    ids = [one["id"] for one in regular]
    place = content.chance.randrange(len(ids) - 1) if first is None else ids.index(first)
    kept, lost = regular[place], regular[place + 1]
    content.drop("tracks", key_of("tracks", lost))
    kept["_segments"] = [*kept["_segments"], *lost["_segments"]]
    return kept["id"], lost["id"]


def burst(content: "Content", number: int, at: datetime, tracker_id: int | None) -> list[int]:
    """Events of one second."""
    at = at.replace(microsecond=0)
    trackers = [tracker_id] if tracker_id is not None else content.ids("trackers")
    return [put_event(content, trackers[one % len(trackers)], at)["id"] for one in range(number)]


def put_event(content: "Content", tracker_id: int, at: datetime, **about: object) -> Row:
    """An event of a tracker."""
    at = at.replace(microsecond=0)
    return content.put("events", happenings.make_event(content, {"tracker_id": tracker_id, "at": at, **about}))


def _put_trip(content: "Content", tracker_id: int, at: datetime, until: datetime, *, buffered: bool = False) -> Row:
    source_id = content.table("trackers")[tracker_id]["source"]["id"]
    about = {"source_id": source_id, "at": at.replace(microsecond=0), "until": until, "buffered": buffered}
    return content.put("tracks", trips.make_trip(content, about))


def _hear(content: "Content", tracker_id: int, trip: Row) -> None:
    """A tracker's state, counters and readings after a trip; its clones see the same."""
    now, source_id = content.moment(), trip["_source_id"]
    last = trip["_segments"][-1]
    for tracker in content.rows("trackers"):
        if tracker["source"]["id"] != source_id:
            continue
        state = content.table("tracker_states")[tracker["id"]]
        moved = max(trips.ends_at(trip), state["actual_track_update"] or trips.ends_at(trip))
        state |= {
            "gps": state["gps"] | {"updated": now, "location": last.spot(last.count - 1), "heading": last.bearing},
            "connection_status": "active", "movement_status": "parked", "movement_status_update": now,
            "last_update": now, "actual_track_update": moved, "_heard_until": now,
        }  # fmt: skip
        for counter in content.rows("counters"):
            if counter["_tracker_id"] == tracker["id"]:
                counter |= {"value": round(counter["value"] + last.step_km, 3), "update_time": now}
        for reading in content.rows("readings"):
            if reading["_tracker_id"] == tracker["id"] and reading["_kind"] == "input":
                reading |= {"value": content.decimals(0, 95), "update_time": now}
    content.table("tracker_states")[tracker_id]["_heard_until"] = now
