"""Makers of zones, places, their own fields, and the rules that watch."""

from syncd.standin.itrack.world import COLORS, REMARKS, Row, World

SHAPES = ("circle", "polygon", "sausage")
FIELD_VALUES = {
    "text": "Ætt", "bigtext": "line one\nline two", "email": "a@example.com", "phone": "4520123456", "decimal": "12.50",
    "integer": "-9223372036854775808", "employee": "3",
}  # fmt: skip


def make_zone(world: World, about: Row) -> Row:
    """A circle, a polygon or a corridor."""
    number = world.next_id("zones", 2_001)
    kind = about.get("type") or SHAPES[number % len(SHAPES)]
    middle = world.spot()
    row: Row = {
        "id": number, "type": kind, "label": f"Zone {number}", "address": world.one_of((None, "", world.address())),
        "color": world.one_of(COLORS), "tags": world.some(world.ids("tags"), 2),
        "bounds": {"nw": {"lat": middle["lat"] + 0.02, "lng": middle["lng"] - 0.03},
                   "se": {"lat": middle["lat"] - 0.02, "lng": middle["lng"] + 0.03}},
    }  # fmt: skip
    if kind == "circle":
        return row | {"radius": world.chance.randint(50, 900), "center": middle, "points": None}
    points = [
        {
            "lat": round(middle["lat"] + step / 500, 6),
            "lng": round(middle["lng"] + step % 3 / 300, 6),
            "node": not step % 2,
        }
        for step in range(world.chance.randint(3, 12))
    ]
    # A polygon may touch a point twice.
    row |= {"points": [*points, dict(points[0])]}
    return row | ({"radius": 150} if kind == "sausage" else {})


def make_place(world: World, _about: Row) -> Row:
    """A point of interest with fields of the account's own."""
    number = world.next_id("places", 3_001)
    own = [one for one in world.table("custom_fields").values() if one["_entity"] == "place"]
    return {
        "id": number, "label": f"Kunde {number}", "description": world.one_of(REMARKS),
        "external_id": f"ERP-{number}" if world.maybe(0.5) else None, "icon_id": world.one_of((None, 55)),
        "avatar_file_name": world.one_of((None, "p.png")), "location": world.spot() | {"address": world.address(),
        "radius": 150},
        "tags": world.some(world.ids("tags"), 2),
        "fields": {str(one["id"]): {"type": one["type"], "value": FIELD_VALUES.get(one["type"])} for one in own
                   if world.maybe(0.7)},
    }  # fmt: skip


def make_entity(world: World, about: Row) -> Row:
    """A kind of record that has fields of the account's own."""
    kind = about.get("type", "place")
    settings = {"layout": {"sections": [{"label": "Main", "field_order": ["label"]}]}}
    return {"id": world.next_id("entities", 71), "type": kind, "settings": settings}


def make_custom_field(world: World, about: Row) -> Row:
    """A field of an entity."""
    entity = world.table("entities")[about["entity_id"]]
    number = world.next_id("custom_fields", 901)
    kind = about.get("type") or list(FIELD_VALUES)[number % len(FIELD_VALUES)]
    params = {"responsible": True} if kind == "employee" else None
    return {"_entity": entity["type"], "_entity_id": entity["id"], "id": number, "label": f"Felt {number}",
    "type": kind,
            "required": world.maybe(0.2), "description": world.one_of((None, "Ours")), "params": params}  # fmt: skip


def make_rule(world: World, _about: Row) -> Row:
    """A rule on some trackers and zones, with its week."""
    number = world.next_id("rules", 1_001)
    kind = world.one_of(("inoutzone", "speedup", "offline", "track_change", "harsh_driving", "input_change"))
    zones = world.some(world.ids("zones"), 3) if kind == "inoutzone" else []
    week: Row = {"interval_id": 1, "type": "weekly", "from": {"weekday": 1, "time": "08:00:00"},
                 "to": {"weekday": 5, "time": "17:30:00"}}  # fmt: skip
    fixed: Row = {"interval_id": 2, "type": "fixed", "from": "2026-12-24 00:00:00", "to": "2026-12-26 23:59:59"}
    return {
        "id": number, "name": f"Rule {number}", "type": kind, "description": world.one_of(("", None)),
        "primary_text": "inside", "secondary_text": world.one_of((None, "outside")),
        "param": world.one_of((None, 90)), "suspended": world.maybe(0.2), "auto_created": world.one_of((None, True)),
        "alerts": {"push_enabled": True, "emails": ["ida@example.com"] if world.maybe(0.5) else [], "sms_phones": [],
                   "phones": ["4520123456"] if world.maybe(0.3) else []},
        "extended_params": {"emergency": False, "zone_limit_inverted": True} if world.maybe(0.6) else None,
        "trackers": world.some(world.ids("trackers"), 4), "zone_ids": zones,
        "schedule": [week, fixed] if world.maybe(0.3) else [week],
    }  # fmt: skip
