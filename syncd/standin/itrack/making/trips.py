"""Trips and their points, worked out when asked for: a trip keeps its segments only, each a straight, even drive."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.standin.itrack.world import Row, World

DOUBLED_EVERY, DOUBLED = 7, 3  # of the points; two reports in one second
SPEEDS = 11
SHORT_KM = 0.3  # what the filter hides
FUEL_L_PER_KM = 0.284
SOMETIMES_NAMED = 3


@dataclass(frozen=True, slots=True)
class Segment:
    """`count` points, `step_s` seconds and `step_km` kilometres apart."""

    starts_at: datetime
    step_s: int
    count: int
    step_km: float
    lat: float
    lng: float
    bearing: int
    base_km: float

    @property
    def ends_at(self) -> datetime:
        """The time of the last point."""
        return self.starts_at + timedelta(seconds=(self.count - 1) * self.step_s)

    def within(self, start: datetime, end: datetime) -> range:
        """The numbers of the points in [start, end]."""
        first = -((self.starts_at - start) // timedelta(seconds=self.step_s))
        last = (end - self.starts_at) // timedelta(seconds=self.step_s)
        return range(max(0, first), min(self.count - 1, last) + 1)

    def at(self, number: int) -> datetime:
        """The time of a point."""
        return self.starts_at + timedelta(seconds=number * self.step_s)

    def spot(self, number: int) -> Row:
        """Where a point is."""
        east = 1 if self.bearing % 2 else -1
        return {"lat": round(self.lat + number * 0.0004, 6), "lng": round(self.lng + east * number * 0.0005, 6)}

    def speed(self, number: int) -> int:
        """Its speed in km/h."""
        return 30 + self.bearing % 40 + number * 7 % SPEEDS


def make_segment(world: World, starts_at: datetime, ends_at: datetime, *, short: bool = False) -> Segment:
    """A drive of at least two points."""
    step_s = world.sizes.point_every_s
    count = max(2, 1 + int((ends_at - starts_at).total_seconds()) // step_s)
    spot = world.spot()
    return Segment(
        starts_at, step_s, 2 if short else count, 0.05 if short else world.decimals(0.2, 0.9) * step_s / 60,
        spot["lat"], spot["lng"], world.chance.randint(0, 359), world.decimals(10, 90_000, 3),
    )  # fmt: skip


def make_trip(world: World, about: Row) -> Row:
    """A trip of source `source_id`, from `at` to `until`. Single reports have one point and no end."""
    kind = about.get("type", "regular")
    segment = make_segment(world, about["at"], about["until"], short=about.get("short", False))
    if kind == "single_report":
        segment = replace(segment, count=1)
    return {
        "_source_id": about["source_id"],
        "id": world.next_id(f"tracks {about['source_id']}", 100_001),
        "type": kind,
        "_segments": [segment],
        "_buffered": about.get("buffered", False),
        "_gsm_lbs": about.get("gsm_lbs", False),
        "_short": about.get("short", False),
    }


def starts_at(trip: Row) -> datetime:
    """When a trip begins."""
    begin: datetime = trip["_segments"][0].starts_at
    return begin


def ends_at(trip: Row) -> datetime:
    """When a trip ends, so far."""
    end: datetime = trip["_segments"][-1].ends_at
    return end


def track(trip: Row, start: datetime, end: datetime) -> Row | None:
    """What of a trip lies in [start, end], as a track with the totals of that part; None if no point does."""
    parts = [(one, numbers) for one in trip["_segments"] if (numbers := one.within(start, end))]
    if not parts:
        return None
    (first, numbers), (last, last_numbers) = parts[0], parts[-1]
    head: Row = {"id": trip["id"], "type": trip["type"], "start_date": first.at(numbers[0])}
    head["start_address"] = _address(first, numbers[0])
    if trip["type"] == "single_report":
        return head | {"avg_speed": 0, "gsm_lbs": True, "precision": 800, "_km": None, "_spot": first.spot(0)}
    km = sum((len(numbers) - 1) * one.step_km for one, numbers in parts)
    hours = (last.at(last_numbers[-1]) - head["start_date"]).total_seconds() / 3600
    corners = [one.spot(number) for one, numbers in parts for number in (numbers[0], numbers[-1])]
    lats, lngs = [one["lat"] for one in corners], [one["lng"] for one in corners]
    return head | {
        "_km": km,
        "end_date": last.at(last_numbers[-1]),
        "end_address": _address(last, last_numbers[-1]),
        "length": round(km, 2),
        "points": sum(_points(numbers) for _, numbers in parts),
        "max_speed": max(one.speed(n) for one, numbers in parts for n in numbers[:SPEEDS]),
        "avg_speed": round(km / hours) if hours else 0,
        "bounds": {"nw": {"lat": max(lats), "lng": min(lngs)}, "se": {"lat": min(lats), "lng": max(lngs)}},
        **({"gsm_lbs": True} if trip["_gsm_lbs"] else {}),
    }


def kilometres(trip: Row, start: datetime, end: datetime) -> float:
    """How far a trip went in [start, end)."""
    before_end = end - timedelta(microseconds=1)
    return float(sum(len(one.within(start, before_end)) * one.step_km for one in trip["_segments"]))


def points(trip: Row, start: datetime, end: datetime, *, mileage: bool = True) -> Iterator[Row]:
    """The points of a trip in [start, end], in order of time; some share a second."""
    for one in trip["_segments"]:
        for number in one.within(start, end):
            point = one.spot(number) | {
                "alt": number % 60, "satellites": 4 + number % 9, "get_time": one.at(number),
                "address": _address(one, number) if number % SPEEDS == 0 else "",
                "heading": one.bearing, "speed": one.speed(number),
            }  # fmt: skip
            if mileage:
                point["mileage"] = round(one.base_km + number * one.step_km, 3)
            if trip["_gsm_lbs"]:
                point |= {"gsm_lbs": True, "precision": 500}
            if trip["_buffered"]:
                point["buffered"] = True
            yield point
            if number % DOUBLED_EVERY == DOUBLED:
                yield point | {"lat": round(point["lat"] + 0.00001, 6), "satellites": 3}


def parked(trip: Row, *, mileage: bool = True) -> Row:
    """The point a quarter of an hour after a trip, which only `filter=false` shows."""
    last: Segment = trip["_segments"][-1]
    about = {"mileage": round(last.base_km + (last.count - 1) * last.step_km, 3)} if mileage else {}
    return last.spot(last.count - 1) | {
        "alt": 0, "satellites": 5, "get_time": last.ends_at + timedelta(minutes=15), "address": "", "heading": 0,
        "speed": 0, "parking": True, **about,
    }  # fmt: skip


def grown(trip: Row, steps: int) -> None:
    """Lets a trip go on for so many points."""
    last: Segment = trip["_segments"][-1]
    trip["_segments"] = [*trip["_segments"][:-1], replace(last, count=last.count + steps)]


def _points(numbers: range) -> int:
    doubled = [(number + DOUBLED_EVERY - DOUBLED - 1) // DOUBLED_EVERY for number in (numbers[0], numbers[-1] + 1)]
    return len(numbers) + doubled[1] - doubled[0]


def _address(segment: Segment, number: int) -> str:
    return f"Route {segment.bearing}, km {number}" if segment.bearing % SOMETIMES_NAMED else ""
