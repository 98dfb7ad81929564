"""The whole truth: what a reader who asks for everything could have now, one record per row of a main table.

Times are ISO in UTC; members are those the account's dialect has. What a record does not say itself stands beside it
under `@` and the column's name: `{"@tracker_id": 5, "@kind": "input", "@key": "7"}`; `@trackers` of a sub-user are the
ids of its own call. Left out is what nobody can read: what hangs on blocked trackers, events and trips behind the
storage period, trips the filter hides, points outside of trips, forms whose task or check-in is not served. Of an old
server the events of blocked and vanished trackers are left out as well.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from syncd.standin.itrack import computed
from syncd.standin.itrack.times import UTC_ISO, served
from syncd.standin.itrack.world import Row

if TYPE_CHECKING:
    from syncd.standin.itrack.content import Content

FAR = datetime(9000, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(1990, 1, 1, tzinfo=UTC)
PLAIN = (
    "trackers", "tracker_groups", "tags", "event_types", "zones", "rules", "places", "custom_fields", "vehicles",
    "garages", "service_tasks", "employees", "departments", "form_templates", "status_listings", "statuses",
    "subusers", "security_groups", "tariffs",
)  # fmt: skip
OF_TRACKERS = ("tracker_states", "sensors", "tracker_statuses", "counters")
BY_TIME = {"checkins": "marker_time", "transactions": "timestamp", "audit_log": "action_date"}
_SEQUENCED = ("_tracker_id", "_seq")
# Our members that are context of a row, by collection.
CONTEXT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*OF_TRACKERS, "driver_assignments"), ("_tracker_id",)),
    "readings": ("_tracker_id", "_kind", "_key"),
    "statuses": ("_listing_id",), "subusers": ("_trackers",), "tracks": ("_tracker_id",), "track_points": _SEQUENCED,
    "mileage_daily": ("_tracker_id", "_day"), "sensor_data": (*_SEQUENCED, "_sensor_id"),
    "counter_data": (*_SEQUENCED, "_type"), "tasks": ("_route_id", "_position"),
    "user": ("_paas_id", "_master_id", "_rights"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scope:
    """What a snapshot looks at."""

    content: "Content"
    since: datetime
    start: datetime  # not before the storage period
    end: datetime
    readable: list[int]  # trackers


def snapshot(
    content: "Content", since: datetime | None, until: datetime | None, names: Iterable[str] | None = None
) -> dict[str, list[Row]]:
    """These collections, or every one; `since` and `until` bound those that are read by time, trips as a whole."""
    readable = [one["id"] for one in content.rows("trackers") if not one["source"]["blocked"]]
    since = since or LONG_AGO
    scope = Scope(content, since, max(since, content.oldest()), until or FAR, readable)
    wanted = {*PLAIN, *OF_TRACKERS, *BY_TIME, *_GATHERED} if names is None else set(names)
    return {name: [shown(name, adapted(content, name, row)) for row in _rows(scope, name)] for name in sorted(wanted)}


def _rows(scope: Scope, name: str) -> Iterable[Row]:
    if name in _GATHERED:
        return _GATHERED[name](scope)
    rows = scope.content.rows(name)
    if name in OF_TRACKERS:
        return [one for one in rows if one["_tracker_id"] in scope.readable]
    if (member := BY_TIME.get(name)) is not None:
        return [one for one in rows if scope.since <= one[member] <= scope.end]
    return rows


def _assignments(scope: Scope) -> Iterable[Row]:
    known = scope.content.table("driver_assignments")
    for tracker_id in scope.readable:
        yield known.get(tracker_id) or {"current": None, "last_change": None, "_tracker_id": tracker_id}


def _journal(scope: Scope) -> Iterable[Row]:
    for one in scope.content.rows("driver_journal"):
        if one["tracker_id"] in scope.readable and one["start_date"] <= scope.end and one["end_date"] >= scope.since:
            yield one


def _events(scope: Scope) -> Iterable[Row]:
    found = scope.content.events_between(scope.start, scope.end)
    is_current = scope.content.settings.is_current
    return [one for one in found if is_current or one["tracker_id"] in scope.readable]


def _tracks(scope: Scope) -> Iterable[Row]:
    for tracker_id in scope.readable:
        for trip in computed.tracks(scope.content, tracker_id, scope.content.oldest(), FAR):
            if trip["start_date"] <= scope.end and (trip.get("end_date") or trip["start_date"]) >= scope.start:
                yield trip | {"event_count": computed.event_count(scope.content, tracker_id, trip)}


def _points(scope: Scope) -> Iterable[Row]:
    for tracker_id in scope.readable:
        found = computed.points(scope.content, tracker_id, scope.start, scope.end)
        yield from (one | {"_tracker_id": tracker_id} for one in computed.numbered(found, "get_time"))


def _mileage(scope: Scope) -> Iterable[Row]:
    content, times = scope.content, scope.content.settings.times()
    begin = max(times.begin(times.day(scope.start)), content.oldest())
    for tracker_id in scope.readable:
        days = computed.mileage(content, tracker_id, begin, min(scope.end, content.moment()))
        yield from ({"_tracker_id": tracker_id, "_day": day, "mileage": km} for day, km in days.items())


def _counter_data(scope: Scope) -> Iterable[Row]:
    for counter in scope.content.rows("counters"):
        if (tracker_id := counter["_tracker_id"]) in scope.readable:
            found = list(computed.counter_values(scope.content, counter, scope.start, scope.end))
            about = {"_tracker_id": tracker_id, "_type": counter["type"]}
            yield from (one | about for one in computed.numbered(found, "update_time"))


def _sensor_data(scope: Scope) -> Iterable[Row]:
    for sensor in scope.content.rows("sensors"):
        if (tracker_id := sensor["_tracker_id"]) in scope.readable and sensor["type"] != "discrete":
            found = list(computed.sensor_values(scope.content, sensor, scope.start, scope.end))
            about = {"_tracker_id": tracker_id, "_sensor_id": sensor["id"]}
            yield from (one | about for one in computed.numbered(found, "get_time"))


def shown(collection: str, row: Row) -> Row:
    """A row as served, with ISO times in UTC, and its context beside it."""
    record: Row = served(row, UTC_ISO)
    context = {"@" + name[1:]: served(row[name], UTC_ISO) for name in CONTEXT.get(collection, ()) if name in row}
    return record | context


def track_of(content: "Content", tracker_id: int, trip: Row) -> Row:
    """A whole trip as a track."""
    whole: Any = computed.track(content, tracker_id, trip, LONG_AGO, FAR)
    return shown("tracks", whole | {"event_count": computed.event_count(content, tracker_id, whole)})


def owner(content: "Content") -> Row:
    """`user_info`, with what stands beside it."""
    settings = content.settings
    row = next(iter(content.table("user").values()))
    return row | {
        "login": settings.login, "time_zone": settings.zone, "_paas_id": settings.dealer_id,
        "_master_id": 1_999 if settings.sub_user else None, "_rights": ["tag_update"] if settings.sub_user else None,
    }  # fmt: skip


def tasks(content: "Content") -> list[Row]:
    """Tasks, routes and checkpoints; these know their route and their place in it."""
    place = {
        stop: (route["id"], number)
        for route in content.rows("tasks") if route["type"] == "route"
        for number, stop in enumerate(route["checkpoint_ids"])
    }  # fmt: skip
    return [
        row | dict(zip(("_route_id", "_position"), place.get(row["id"], (None, None)), strict=True))
        for row in content.rows("tasks")
        # Of a checkpoint without its route nobody knows the id.
        if row["type"] != "checkpoint" or row["id"] in place
    ]


def forms(content: "Content") -> list[Row]:
    """Forms: asked for by a task or by the number that a check-in tells, so without that nobody learns of them."""
    asked = {row["id"] for row in tasks(content)}
    told = {row["form_id"] for row in content.rows("checkins")}
    return [row for row in content.rows("forms") if row["task_id"] in asked or row["id"] in told]


def readings(content: "Content") -> list[Row]:
    """All readings; a newer server lists the counters there too."""
    rows = content.rows("readings")
    if content.settings.is_current:
        rows += [one | {"_kind": "counter", "_key": one["type"]} for one in content.rows("counters")]
    return rows


def adapted(content: "Content", collection: str, row: Row) -> Row:
    """A row with the members the account's dialect has."""
    if content.settings.is_current:
        return row
    if collection == "zones":
        return {name: value for name, value in row.items() if name != "bounds"}
    if collection == "rules":
        rest = {name: value for name, value in row.items() if name != "zone_ids"}
        return rest | {"zone_id": row["zone_ids"][0] if row["zone_ids"] else None}
    return row


_GATHERED: dict[str, Callable[[Scope], Iterable[Row]]] = {
    "user": lambda scope: [owner(scope.content)],
    "tasks": lambda scope: tasks(scope.content),
    "forms": lambda scope: forms(scope.content),
    "readings": lambda scope: [one for one in readings(scope.content) if one["_tracker_id"] in scope.readable],
    "driver_assignments": _assignments,
    "driver_journal": _journal,
    "events": _events,
    "tracks": _tracks,
    "track_points": _points,
    "mileage_daily": _mileage,
    "counter_data": _counter_data,
    "sensor_data": _sensor_data,
}
