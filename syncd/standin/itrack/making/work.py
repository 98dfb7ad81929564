"""Makers of field work: tasks, routes with checkpoints, forms of all kinds, check-ins, the driver's journal."""

from datetime import datetime, timedelta

from syncd.standin.itrack.world import REMARKS, Row, World

STATUSES = ("unassigned", "assigned", "done", "failed", "delayed", "arrived", "faulty")
FIELDS: tuple[Row, ...] = (
    {"id": "1", "label": "Remarks", "type": "text", "required": True, "options": {"min_length": 0, "max_length": 500}},
    {"id": "2", "label": "Delivered", "type": "checkbox_group", "required": False,
    "options": {"group": [{"label": "A"}, {"label": "B"}]}},
    {"id": "3", "label": "Reason", "type": "dropdown", "required": False, "options": {"options": ["no one", "closed"]}},
    {"id": "4", "label": "Way in", "type": "radio_group", "required": False, "options": {"options": ["front", "back"]}},
    {"id": "5", "label": "Next visit", "type": "date", "required": False, "options": None},
    {"id": "6", "label": "Mood", "type": "rating", "required": False, "options": {"max_stars": 5}},
    {"id": "7", "label": "Papers", "type": "file", "required": False, "options": {"max_files": 3}},
    {"id": "8", "label": "Photo", "type": "photo", "required": False, "options": {"max_files": 1}},
    {"id": "9", "label": "Signature", "type": "signature", "required": False, "options": None},
    {"id": "sep", "label": "—", "type": "separator", "required": False, "options": None},
)  # fmt: skip
VALUES: dict[str, Row] = {
    "1": {"type": "text", "value": "Left at the door 🚪"},
    "2": {"type": "checkbox_group", "values": [True, False]},
    "3": {"type": "dropdown", "value_index": 1},
    "4": {"type": "radio_group", "value_index": 0},
    "5": {"type": "date", "value": "2026-12-01"},
    "6": {"type": "rating", "value": 4},
    "7": {"type": "file", "file_ids": [11, 12]},
    "8": {"type": "photo", "file_ids": []},
    "9": {"type": "signature", "file_id": 13},
}


def make_template(world: World, _about: Row) -> Row:
    """A form to be filled in."""
    number = world.next_id("form_templates", 81)
    at = world.past()
    return {"id": number, "label": f"Formular {number}", "description": world.one_of((None, "of delivery")),
    "version": 2,
            "created": at, "updated": at + timedelta(minutes=5), "submit_in_zone": world.maybe(0.5),
            "default": world.maybe(0.2), "fields": [dict(one) for one in world.some(FIELDS, len(FIELDS))]}  # fmt: skip


def make_form(world: World, about: Row) -> Row:
    """A form of `task_id` or `checkin_id`, filled in or not."""
    template = world.table("form_templates").get(world.some_id("form_templates"), {})
    created: datetime = about.get("at") or world.past()
    submitted = created + timedelta(minutes=world.chance.randint(1, 300)) if world.maybe(0.7) else None
    fields = template.get("fields", [])
    return {
        "id": world.next_id("forms", 9_001), "label": template.get("label", ""),
        "description": template.get("description"),
        "task_id": about.get("task_id"), "checkin_id": about.get("checkin_id"), "template_id": template.get("id"),
        "template_version": template.get("version"), "tracker_id": about.get("tracker_id"), "created": created,
        "submitted": submitted, "submit_in_zone": template.get("submit_in_zone", False),
        "submit_location": world.spot() | {"address": world.address()} if submitted and world.maybe(0.8) else None,
        "fields": [dict(one) for one in fields],
        "values": {one["id"]: dict(VALUES[one["id"]]) for one in fields if submitted and one["id"] in VALUES},
    }  # fmt: skip


def make_task(world: World, about: Row) -> Row:
    """A task, a route or a checkpoint (`type`), actual from `at` on."""
    created: datetime = about.get("at") or world.past()
    begin = created + timedelta(hours=world.chance.randint(1, 30))
    status = about.get("status") or world.one_of(STATUSES)
    kind = about.get("type", "task")
    arrived = status in {"done", "arrived", "faulty"}
    changed = min(begin + timedelta(minutes=30), world.moment()) if status != "unassigned" else None
    template = world.some_id("form_templates", missing=0.6) if kind != "route" else None
    own = [one for one in world.table("custom_fields").values() if one["_entity"] == "task"]
    row: Row = {
        "id": world.next_id("tasks", 100_001), "user_id": 2_001,
        "tracker_id": None if status == "unassigned" else world.some_id("trackers"), "type": kind,
        "label": f"{world.one_of(('Lever', 'Hent', 'Mål'))} {world.chance.randint(1, 999)}",
        "description": world.one_of(REMARKS),
        "creation_date": created, "from": begin, "to": begin + timedelta(hours=4),
        "external_id": f"ORD/{world.chance.randint(1, 9999)}" if world.maybe(0.5) else None, "status": status,
        "status_change_date": changed, "arrival_date": changed if arrived else None,
        "stay_duration": world.chance.randint(0, 3600) if arrived else None,
        "min_stay_duration": world.one_of((None, 15)),
        "max_delay": world.one_of((None, 30)), "origin": world.one_of(("manual", "scheduled", "imported", None)),
        "tags": world.some(world.ids("tags"), 2), "form_template_id": template,
        "fields": {str(one["id"]): {"type": one["type"], "value": "x"} for one in own if world.maybe(0.5)},
    }  # fmt: skip
    if kind == "route":
        return row | {"checkpoint_ids": []}
    return row | {"location": world.spot() | {"address": world.address(), "radius": 150}}


def make_checkin(world: World, about: Row) -> Row:
    """A worker's mark on the map."""
    at: datetime = about.get("at") or world.past()
    number = world.next_id("checkins", 4_001)
    return {
        "id": number, "marker_time": at, "user_id": 2_001, "tracker_id": world.some_id("trackers") or 0,
        "employee_id": world.some_id("employees", missing=0.3),
        "location": world.spot() | {"address": world.one_of((world.address(), "")),
        "precision": world.one_of((None, 20))},
        "comment": world.one_of((None, "På plads")), "form_id": None, "form_label": None,
        "files": [make_file(world, at) for _ in range(world.one_of((0, 0, 1, 2)))],
    }  # fmt: skip


def make_file(world: World, at: datetime) -> Row:
    """A photo or paper."""
    number = world.next_id("files", 12_001)
    return {
        "id": number, "storage_id": 1, "user_id": 2_001, "type": world.one_of(("image", "file")), "created": at,
        "uploaded": at + timedelta(seconds=9) if world.maybe(0.8) else None, "name": f"Foto {number}.jpg",
        "size": world.chance.randint(1, 9_000_000), "mime_type": world.one_of(("image/jpeg", None)),
        "metadata": {"orientation": 1} if world.maybe(0.5) else None, "state": "uploaded",
        "download_url": f"https://static.example.com/{number}" if world.maybe(0.8) else None,
    }  # fmt: skip


def make_journal(world: World, about: Row) -> Row:
    """An entry of the driver's journal of `tracker_id`."""
    begin: datetime = about.get("at") or world.past()
    meters = world.chance.randint(10_000, 90_000)
    where = [world.spot() | {"address": world.one_of((world.address(), None))} for _ in range(2)]
    return {
        "id": world.next_id("driver_journal", 15_001), "tracker_id": about["tracker_id"],
        "employee_id": world.some_id("employees", missing=0.3), "type": world.one_of(("work", "personal", "other")),
        "comment": world.one_of((None, "", "Møde")), "start_date": begin,
        "end_date": begin + timedelta(minutes=world.chance.randint(5, 200)),
        "start_location": where[0], "end_location": where[1] if world.maybe(0.9) else None,
        "length": world.decimals(0, 80), "start_odometer": float(meters) if world.maybe(0.7) else None,
        "end_odometer": meters + 12.5 if world.maybe(0.7) else None,
    }  # fmt: skip
