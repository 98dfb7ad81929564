"""Makers of events: what happened to a tracker, with what each kind brings along."""

from datetime import datetime

from syncd.standin.itrack.making.office import EVENT_TYPES
from syncd.standin.itrack.world import Row, World

FIRST_ID = 2**53 + 1  # more than a float can hold
LONG = "Køretøjet har forladt området uden tilladelse. " * 8
SHOWN = 256
KINDS = tuple(kind for kind in EVENT_TYPES if kind != "crash_alarm")


def make_event(world: World, about: Row) -> Row:
    """An event of `tracker_id` at `at`."""
    at: datetime = about["at"]
    kind = about.get("event") or world.one_of(KINDS)
    place = world.spot() | {"precision": world.one_of((None, 50))} if world.maybe(0.85) else None
    message = LONG if world.maybe(0.03) else f"{EVENT_TYPES.get(kind, kind)} ({world.chance.randint(1, 99)})"
    extra = _extra(world, kind)
    if len(message) > SHOWN:
        extra["full_message"] = message
    if kind == "sos":
        extra["emergency"] = True
    return {
        "id": world.next_id("events", FIRST_ID), "type": "tracker", "is_read": world.maybe(0.4),
        "message": message[:SHOWN], "time": at, "event": kind, "tracker_id": about["tracker_id"],
        "rule_id": world.some_id("rules", missing=0.3), "track_id": about.get("track_id", 0), "location": place,
        "address": world.address() if place and world.maybe(0.5) else "", "extra": extra,
    }  # fmt: skip


def _extra(world: World, kind: str) -> Row:
    extra: Row = {"tracker_label": "as it was called then"} if world.maybe(0.2) else {}
    match kind:
        case "inzone" | "outzone":
            zones = world.some(world.ids("zones"), 3)
            extra |= {"zone_ids": zones, "zone_labels": [world.table("zones")[one]["label"] for one in zones]}
        case "in_poi":
            places = world.some(world.ids("places"), 4)
            extra |= {"place_ids": places, "places_total_count": len(places)}
        case "task_status_change":
            extra |= {
                "task_id": world.some_id("tasks"),
                "parent_task_id": world.some_id("tasks", missing=0.5),
                "employee_id": world.some_id("employees"),
            }
        case "checkin_creation":
            extra["checkin_id"] = world.some_id("checkins")
        case "service_task":
            extra |= {"service_task_id": world.some_id("service_tasks"), "counter_id": world.chance.randint(1, 99)}
        case "alarmcontrol":
            extra["proximity_object_id"] = world.some_id("trackers")
        case "driver_changed":
            extra |= {"employee_id": world.some_id("employees"), "last_known_location": True}
        case "sensor_inrange":
            sensor = world.table("sensors").get(world.some_id("sensors"), {})
            extra |= {
                "sensor_id": sensor.get("id"),
                "sensor_name": sensor.get("name"),
                "sensor_calculated_value": "12.5 l",
            }
    return extra
