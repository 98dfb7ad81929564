"""The whole truth: what a reader who asks for everything could have now, one record per row of a main table.

Times are ISO in UTC; members are those the account's dialect has. What a record does not say itself stands beside it
under `@` and the column's name: `{"@tracker_id": 5, "@kind": "input", "@key": "7"}`; `@trackers` of a sub-user are the
ids of its own call. Left out is what nobody can read: what hangs on blocked trackers, events and trips behind the
storage period, trips the filter hides, points outside of trips. Of an old server the events of blocked and vanished
trackers are left out as well.
"""

from collections.abc import Iterable
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
    "garages", "service_tasks", "employees", "departments", "forms", "form_templates", "status_listings", "statuses",
    "subusers", "security_groups", "tariffs",
)  # fmt: skip
OF_TRACKERS = ("tracker_states", "sensors", "driver_assignments", "tracker_statuses", "counters")
BY_TIME = {"checkins": "marker_time", "transactions": "timestamp", "audit_log": "action_date"}
_SEQUENCED = ("_tracker_id", "_seq")
# Our members that are context of a row, by collection.
CONTEXT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(OF_TRACKERS, ("_tracker_id",)), "readings": ("_tracker_id", "_kind", "_key"),
    "statuses": ("_listing_id",), "subusers": ("_trackers",), "tracks": ("_tracker_id",), "track_points": _SEQUENCED,
    "mileage_daily": ("_tracker_id", "_day"), "sensor_data": (*_SEQUENCED, "_sensor_id"),
    "counter_data": (*_SEQUENCED, "_type"), "tasks": ("_route_id", "_position"),
    "user": ("_paas_id", "_master_id", "_rights"),
}  # fmt: skip


def snapshot(content: "Content", since: datetime | None, until: datetime | None) -> dict[str, list[Row]]:
    """Every collection; `since` and `until` bound those that are read by time, trips as a whole."""
    start = max(since or LONG_AGO, content.oldest())
    end = until or FAR
    readable = [one["id"] for one in content.rows("trackers") if not one["source"]["blocked"]]
    found: dict[str, Iterable[Row]] = {name: content.rows(name) for name in PLAIN}
    found["user"] = [owner(content)]
    found["tasks"] = tasks(content)
    for name in OF_TRACKERS:
        found[name] = [one for one in content.rows(name) if one["_tracker_id"] in readable]
    found["readings"] = [one for one in readings(content) if one["_tracker_id"] in readable]
    for name, member in BY_TIME.items():
        found[name] = [one for one in content.rows(name) if (since or LONG_AGO) <= one[member] <= end]
    found["driver_journal"] = [
        one for one in content.rows("driver_journal")
        if one["tracker_id"] in readable and one["start_date"] <= end and one["end_date"] >= (since or LONG_AGO)
    ]  # fmt: skip
    old = not content.settings.is_current
    found["events"] = [one for one in content.events_between(start, end) if not old or one["tracker_id"] in readable]
    found |= _by_tracker(content, readable, start, end)
    return {name: [shown(name, adapted(content, name, row)) for row in rows] for name, rows in found.items()}


def _by_tracker(content: "Content", readable: list[int], start: datetime, end: datetime) -> dict[str, Iterable[Row]]:
    tracks, points, mileage, counters = [], [], [], []
    for tracker_id in readable:
        about = {"_tracker_id": tracker_id}
        tracks += [
            trip | {"event_count": computed.event_count(content, tracker_id, trip)}
            for trip in computed.tracks(content, tracker_id, content.oldest(), FAR)
            if trip["start_date"] <= end and (trip.get("end_date") or trip["start_date"]) >= start
        ]
        found = computed.points(content, tracker_id, start, end)
        points += [one | about for one in computed.numbered(found, "get_time")]
        begin = content.settings.times().begin(content.settings.times().day(start))
        days = computed.mileage(content, tracker_id, max(begin, content.oldest()), min(end, content.moment()))
        mileage += [about | {"_day": day, "mileage": km} for day, km in days.items()]
    for counter in content.rows("counters"):
        if counter["_tracker_id"] in readable:
            found = computed.numbered(list(computed.counter_values(content, counter, start, end)), "update_time")
            counters += [one | {"_tracker_id": counter["_tracker_id"], "_type": counter["type"]} for one in found]
    values: list[Row] = []
    for sensor in content.rows("sensors"):
        if sensor["_tracker_id"] in readable and sensor["type"] != "discrete":
            found = computed.numbered(list(computed.sensor_values(content, sensor, start, end)), "get_time")
            values += [one | {"_tracker_id": sensor["_tracker_id"], "_sensor_id": sensor["id"]} for one in found]
    return {"tracks": tracks, "track_points": points, "mileage_daily": mileage, "counter_data": counters,
            "sensor_data": values}  # fmt: skip


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
    ]


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
