"""What is not stored but worked out: points, daily mileage, values of sensors and counters, parts of trips."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from syncd.standin.itrack.making import trips
from syncd.standin.itrack.world import Row

if TYPE_CHECKING:
    from syncd.standin.itrack.content import Content

EPOCH = datetime.fromtimestamp(0, UTC)
A_DAY = timedelta(days=1)
DOUBLED_EVERY = 5  # values of which one more comes in the same second
HIDDEN_KM = trips.SHORT_KM


def tracks(
    content: "Content", tracker_id: int, start: datetime, end: datetime, *, filters: bool = True
) -> Iterator[Row]:
    """The parts of a tracker's trips in [start, end]; very short ones only without the filter."""
    for trip in content.trips(tracker_id):
        part = track(content, tracker_id, trip, start, end)
        if part is not None and not (filters and trip["_short"] and part["_km"] < HIDDEN_KM):
            yield part


def track(content: "Content", tracker_id: int, trip: Row, start: datetime, end: datetime) -> Row | None:
    """The part of one trip in [start, end], with the fuel its vehicle is thought to have burnt."""
    part = trips.track(trip, start, end)
    if part is None:
        return None
    norm = _norm(content, tracker_id)
    fuel = {"norm_fuel_consumed": round(part["_km"] * norm / 100, 2)} if norm and part["_km"] is not None else {}
    return part | fuel | {"_tracker_id": tracker_id}


def event_count(content: "Content", tracker_id: int, track: Row) -> int:
    """How many events happened on a trip."""
    within = content.events_between(track["start_date"], track.get("end_date") or track["start_date"])
    return sum(one["tracker_id"] == tracker_id for one in within)


def points(
    content: "Content", tracker_id: int, start: datetime, end: datetime, *, track_id: int | None = None,
    parked: bool = False,
) -> list[Row]:  # fmt: skip
    """A tracker's points in [start, end] by time; `parked` shows those outside of trips too."""
    has_mileage = content.settings.is_current
    found: list[Row] = []
    for trip in content.trips(tracker_id):
        if track_id is not None and trip["id"] != track_id:
            continue
        found += trips.points(trip, start, end, mileage=has_mileage)
        if parked and track_id is None:
            rest = trips.parked(trip, mileage=has_mileage)
            found += [rest] if start <= rest["get_time"] <= end else []
    return sorted(found, key=lambda one: one["get_time"])


def mileage(content: "Content", tracker_id: int, start: datetime, end: datetime) -> dict[date, float]:
    """Kilometres a day in the user's zone, of the part of each day that lies in [start, end]."""
    times = content.settings.times()
    first = max(start, content.table("trackers")[tracker_id]["_since"])
    day, last = times.day(first), times.day(min(end, content.moment()))
    found: dict[date, float] = {}
    within = [
        (begin, over, trip) for trip in content.trips(tracker_id)
        if (begin := trips.starts_at(trip)) <= end and (over := trips.ends_at(trip)) >= first
    ]  # fmt: skip
    while day <= last:
        begin, over = max(first, times.begin(day)), min(end + timedelta(seconds=1), times.begin(day + A_DAY))
        those = (trip for starts_at, ends_at, trip in within if starts_at < over and ends_at >= begin)
        found[day] = round(sum(trips.kilometres(trip, begin, over) for trip in those), 2)
        day += A_DAY
    return found


def sensor_values(content: "Content", sensor: Row, start: datetime, end: datetime) -> Iterator[Row]:
    """A metering or virtual sensor's values in [start, end]; some share a second."""
    since, until = sensor["_since"], content.heard_until(sensor["_tracker_id"])
    for at, number in _grid(content.sizes.sensor_every_s, max(start, since), min(end, until)):
        value: object = round(20 + (number * 37 + sensor["id"]) % 400 / 10, 1)
        if sensor["type"] == "virtual":
            value = ("on", "off", "7")[number % 3]
        yield {"get_time": at, "value": value}
        if number % DOUBLED_EVERY == 0:
            yield {"get_time": at, "value": value if number % 2 else 0}


def counter_values(content: "Content", counter: Row, start: datetime, end: datetime) -> Iterator[Row]:
    """A counter's values in [start, end]; some share a second."""
    tracker_id = counter["_tracker_id"]
    since, until = content.table("trackers")[tracker_id]["_since"], content.heard_until(tracker_id)
    for at, number in _grid(content.sizes.counter_every_s, max(start, since), min(end, until)):
        yield {"update_time": at, "value": round(number * 0.37 + tracker_id, 3)}
        if number % DOUBLED_EVERY == 0:
            yield {"update_time": at, "value": round(number * 0.37 + tracker_id + 0.001, 3)}


def numbered(rows: list[Row], member: str) -> list[Row]:
    """Rows with `_seq`: their places within the same second."""
    seq, before = 0, None
    for row in rows:
        seq = seq + 1 if row[member] == before else 0
        before = row[member]
        row["_seq"] = seq
    return rows


def _grid(step_s: int, start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    step = timedelta(seconds=step_s)
    number = -((EPOCH - start) // step)
    while (at := EPOCH + number * step) <= end:
        yield at, number
        number += 1


def _norm(content: "Content", tracker_id: int) -> float | None:
    for vehicle in content.table("vehicles").values():
        if vehicle["tracker_id"] == tracker_id and vehicle["norm_avg_fuel_consumption"]:
            return float(vehicle["norm_avg_fuel_consumption"])
    return None
