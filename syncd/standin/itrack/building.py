"""How an account comes about: all its rows at the start, one at a time later, and edits that fit."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from syncd.standin.itrack.making import fleet, happenings, office, people, places, trips, work
from syncd.standin.itrack.world import REMARKS, Row, World

if TYPE_CHECKING:
    from syncd.standin.itrack.content import Content

Maker = Callable[[World, Row], Row]
MAKERS: dict[str, Maker] = {
    "trackers": fleet.make_tracker, "tracker_groups": fleet.make_group, "tags": fleet.make_tag,
    "tracker_states": fleet.make_state, "sensors": fleet.make_sensor, "counters": fleet.make_counter,
    "driver_assignments": fleet.make_assignment, "tracker_statuses": fleet.make_tracker_status,
    "garages": fleet.make_garage, "vehicles": fleet.make_vehicle, "service_tasks": fleet.make_service_task,
    "zones": places.make_zone, "places": places.make_place, "entities": places.make_entity,
    "custom_fields": places.make_custom_field, "rules": places.make_rule,
    "departments": people.make_department, "employees": people.make_employee,
    "security_groups": people.make_security_group, "subusers": people.make_subuser,
    "form_templates": work.make_template, "forms": work.make_form, "tasks": work.make_task,
    "checkins": work.make_checkin, "driver_journal": work.make_journal,
    "event_types": office.make_event_type, "tariffs": office.make_tariff, "transactions": office.make_transaction,
    "audit_log": office.make_audit, "status_listings": office.make_listing,
    "events": happenings.make_event, "tracks": trips.make_trip,
}  # fmt: skip
# What a maker wants to know of a row before it makes it; everything else given simply replaces what it made.
WANTED: dict[str, tuple[str, ...]] = {
    "trackers": ("of",), "tracker_states": ("tracker_id", "at", "actual_track_update"), "sensors": ("tracker_id",
    "type"),
    "counters": ("tracker_id", "type", "at"), "driver_assignments": ("tracker_id",),
    "tracker_statuses": ("tracker_id", "listing_id"), "service_tasks": ("vehicle_id",), "zones": ("type",),
    "entities": ("type",), "custom_fields": ("entity_id", "type"), "forms": ("task_id", "checkin_id", "tracker_id",
    "at"),
    "tasks": ("type", "status", "at"), "checkins": ("at",), "driver_journal": ("tracker_id", "at"),
    "event_types": ("type",), "transactions": ("at",), "audit_log": ("at",),
    "events": ("tracker_id", "at", "event", "track_id"), "tracks": ("source_id", "at", "until", "type", "short",
    "buffered", "gsm_lbs"),
}  # fmt: skip
NOT_MEMBERS = {"of", "at", "until", "short", "buffered", "listing_id", "entity_id", "source_id", "gsm_lbs"}
COUNTERS = ("odometer", "engine_hours")
NEED_TRACKER = ("sensors", "counters", "driver_journal", "events", "tracker_states", "driver_assignments")


def add(content: "Content", collection: str, given: Row) -> Row:
    """Makes a row with what belongs to it and puts it in; KeyError if there are no such rows."""
    about = dict(given)
    if collection == "events":
        about["at"] = _moment(about.pop("time", None) or about.get("at") or content.moment())
    elif "at" in about:
        about["at"] = _moment(about["at"])
    if collection in NEED_TRACKER:
        about.setdefault("tracker_id", content.some_id("trackers"))
    if collection == "custom_fields":
        about.setdefault("entity_id", content.some_id("entities"))
    wanted = {name: about[name] for name in WANTED.get(collection, ()) if name in about}
    row = MAKERS[collection](content, wanted)
    extra = {name: value for name, value in about.items() if name not in wanted and name not in NOT_MEMBERS}
    row |= {name: row[name] | value if isinstance(row.get(name), dict) else value for name, value in extra.items()}
    content.put(collection, row)
    if collection in _TOGETHER:
        _TOGETHER[collection](content, row)
    return row


def edited(content: "Content", collection: str, row: Row) -> Row:
    """Some change that fits a row of the collection."""
    at = content.moment()
    match collection:
        case "events":
            return {"is_read": not row["is_read"]}
        case "tracker_states":
            return {"last_update": at, "battery_level": content.chance.randint(0, 100)}
        case "readings":
            return {"update_time": at, "value": content.decimals(0, 95)}
        case "counters":
            return {"update_time": at, "value": round(row["value"] + content.decimals(0, 9, 3), 3)}
        case "tasks":
            return {"status": content.one_of(work.STATUSES), "status_change_date": at}
        case "driver_assignments":
            return {"current": {"id": content.some_id("employees")}}
        case "rules":
            return {"suspended": not row["suspended"]}
    for name in ("label", "title", "name", "description", "comment", "organization_name", "last_name", "login"):
        if name in row:
            return {name: f"{content.one_of(REMARKS[1:])} {content.next_id('edits')}"}
    return {}


def build(content: "Content") -> None:
    """Fills an empty account."""
    sizes = content.sizes
    for kind in office.EVENT_TYPES:
        add(content, "event_types", {"type": kind})
    _add_some(content, tariffs=3, tags=6, tracker_groups=3, status_listings=2, departments=3, garages=3)
    content.put("user", people.make_owner(content))
    _build_trackers(content)
    _add_some(content, employees=sizes.employees, vehicles=sizes.vehicles, zones=sizes.zones, security_groups=2)
    for kind in ("place", "task", "customer"):
        entity = add(content, "entities", {"type": kind})
        for _ in range(8 if kind == "place" else 2):
            add(content, "custom_fields", {"entity_id": entity["id"]})
    _add_some(content, places=sizes.places, rules=5, form_templates=5, subusers=3, service_tasks=2 * sizes.vehicles)
    for tracker_id in content.ids("trackers"):
        add(content, "driver_assignments", {"tracker_id": tracker_id})
    _build_work(content)
    _build_history(content)


def _add_some(content: "Content", **numbers: int) -> None:
    for collection, number in numbers.items():
        for _ in range(number):
            add(content, collection, {})


def _build_trackers(content: "Content") -> None:
    sizes = content.sizes
    clones = min(sizes.clones, sizes.trackers // 3)
    for _ in range(sizes.trackers - clones):
        add(content, "trackers", {"_since": content.begins_at})
    originals = content.ids("trackers")
    for number in range(clones):
        add(content, "trackers", {"of": originals[number], "_since": content.begins_at})
    for tracker_id in originals[len(originals) - min(sizes.blocked, sizes.trackers // 4) :]:
        content.block(tracker_id)


def _build_work(content: "Content") -> None:
    sizes = content.sizes
    for number in range(round(sizes.days * sizes.tasks_per_day)):
        add(content, "tasks", {"type": "task" if number % 10 else "route"})
    for _ in range(round(sizes.days * sizes.checkins_per_day)):
        add(content, "checkins", {})
    for name, each in (("transactions", sizes.transactions_per_day), ("audit_log", sizes.audit_per_day)):
        for _ in range(round(sizes.days * each)):
            add(content, name, {})
    for tracker_id in content.ids("trackers"):
        for _ in range(round(sizes.days * sizes.journal_per_day)):
            add(content, "driver_journal", {"tracker_id": tracker_id})


def _build_history(content: "Content") -> None:
    planned: list[tuple[datetime, int, int]] = []
    for tracker in content.rows("trackers"):
        if not tracker["clone"]:
            _build_trips(content, tracker["source"]["id"])
        made = content.trips(tracker["id"])
        for _ in range(round(content.sizes.days * content.sizes.events_per_day)):
            # Now and then two events in one second.
            at = planned[-1][0] if planned and content.maybe(0.1) else content.past()
            planned.append((at, tracker["id"], content.one_of(made)["id"] if made and content.maybe(0.4) else 0))
        if made:
            content.table("tracker_states")[tracker["id"]]["actual_track_update"] = trips.ends_at(made[-1])
    for at, tracker_id, track_id in sorted(planned):
        about = {"tracker_id": tracker_id, "at": at, "track_id": track_id}
        content.put("events", happenings.make_event(content, about))


def _build_trips(content: "Content", source_id: int) -> None:
    number = round(content.sizes.days * content.sizes.trips_per_day)
    slot = (content.moment() - content.begins_at) / max(1, number)
    for place in range(number):
        begin = content.begins_at + place * slot
        at = content.between(begin, begin + slot / 2)
        until = content.between(at + slot / 20, at + slot / 5)
        kind = "single_report" if content.maybe(0.05) else "regular"
        about = {"source_id": source_id, "at": at, "until": until, "type": kind}
        oddities = {"short": kind == "regular" and content.maybe(0.04)}
        oddities |= {name: content.maybe(0.05) for name in ("gsm_lbs", "buffered")}
        content.put("tracks", trips.make_trip(content, about | oddities))


def _with_tracker(content: "Content", tracker: Row) -> None:
    tracker.setdefault("_since", content.moment())
    about = {"tracker_id": tracker["id"]}
    state = add(content, "tracker_states", about)
    state["_heard_until"] = content.moment()
    for kind in () if tracker["clone"] else ("metering", "virtual", "discrete"):
        if kind != "discrete" or content.maybe(0.5):
            add(content, "sensors", about | {"type": kind})
    # Again for sensors that were there before those they are made of.
    for row in fleet.make_readings(content, tracker["id"]):
        content.put("readings", row)
    for kind in COUNTERS:
        if kind == "odometer" or content.maybe(0.6):
            add(content, "counters", about | {"type": kind})
    if (listing := tracker["source"]["status_listing_id"]) is not None:
        add(content, "tracker_statuses", about | {"listing_id": listing})


def _with_sensor(content: "Content", sensor: Row) -> None:
    sensor.setdefault("_since", content.table("trackers")[sensor["_tracker_id"]]["_since"])
    if sensor["type"] != "discrete":
        content.put("readings", fleet.reading_of(content, sensor, content.moment()))


def _with_task(content: "Content", task: Row) -> None:
    if task["type"] == "route":
        stops = [add(content, "tasks", {"type": "checkpoint", "at": task["creation_date"]}) for _ in range(3)]
        # Their order along the road is not that of their making.
        task["checkpoint_ids"] = [stops[2]["id"], stops[0]["id"], stops[1]["id"]]
    if task["form_template_id"] is not None:
        about = {"task_id": task["id"], "tracker_id": task["tracker_id"], "at": task["creation_date"]}
        form = add(content, "forms", about)
        task["form_template_id"] = form["template_id"]


def _with_checkin(content: "Content", checkin: Row) -> None:
    if content.maybe(0.3) and content.table("form_templates"):
        about: dict[str, Any] = {
            "checkin_id": checkin["id"],
            "tracker_id": checkin["tracker_id"],
            "at": checkin["marker_time"],
        }
        form = add(content, "forms", about)
        checkin |= {"form_id": form["id"], "form_label": form["label"]}


def _moment(value: datetime | str) -> datetime:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


_TOGETHER: dict[str, Callable[["Content", Row], None]] = {
    "trackers": _with_tracker, "sensors": _with_sensor, "tasks": _with_task, "checkins": _with_checkin,
}  # fmt: skip
