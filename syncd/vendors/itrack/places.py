"""Where things are: zones and places, the rules that watch them, the account's own fields."""

from __future__ import annotations

from syncd.collection import Child, Collection, Listing, Origin, boolean, double, integer, json, text
from syncd.errors import NotFound
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors.itrack.meanings import HAS_NO_POINTS
from syncd.vendors.itrack.protocol import question
from syncd.vendors.itrack.reads import everything, listed, whole
from syncd.vendors.itrack.shared import fields, tags


def _read_zones(account: Account, _part: Part) -> Reading:
    """All zones with their points; a server that does not list points is asked zone by zone."""
    records, complete = yield from everything(account, "/zone/list/", {"with_points": True}, iso=False)
    found = []
    for record in records:
        if isinstance(record, dict) and record.get("points") is None and record.get("type") != "circle":
            try:
                answer = yield question("/zone/point/list/", {"zone_id": record.get("id")})
            except NotFound as error:
                if error.code != HAS_NO_POINTS:
                    continue  # deleted since the list was made
            else:
                record["points"] = listed(answer)
        found.append(record)
    return Taken(found, trusted=complete)


def _read_custom_fields(_account: Account, _part: Part) -> Reading:
    """The account's own fields: of every kind of thing that can have some."""
    found = []
    for entity in listed((yield question("/entity/list/"))):
        if isinstance(entity, dict) and entity.get("id") is not None:
            try:
                found += listed((yield question("/entity/fields/read/", {"entity_id": entity["id"]})))
            except NotFound:
                continue
    return Taken(found)


ZONES: Collection = Collection(
    name="zones",
    table="itrack_zones",
    path="/zone/list/",
    one="",
    key=("id",),
    strategy=Listing(_read_zones),
    columns=(
        integer("id", "numeric id", required=True),
        text("type", "circle · polygon · sausage (corridor)", required=True),
        text("label", "name shown", required=True),
        text("address", "address"),
        text("color", "colour, RGB in hex", required=True),
        integer("radius", "m; circle and sausage"),
        double("center_lat", "circle", source="center.lat"),
        double("center_lng", "circle", source="center.lng"),
        double("bounds_nw_lat", "north-west corner: latitude", source="bounds.nw.lat"),
        double("bounds_nw_lng", "north-west corner: longitude", source="bounds.nw.lng"),
        double("bounds_se_lat", "south-east corner: latitude", source="bounds.se.lat"),
        double("bounds_se_lng", "south-east corner: longitude", source="bounds.se.lng"),
    ),
    children=(
        Child(
            name="zone_points",
            table="itrack_zone_points",
            source="points",
            key=("zone_id", "seq"),
            parent_key=("zone_id",),
            columns=(
                integer("zone_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_zones.id"),
                integer("seq", "ours, order", required=True, origin=Origin.COMPUTED),
                double("lat", "latitude", required=True),
                double("lng", "longitude", required=True),
                boolean("node", "a node of the line rather than a point in between", required=True),
            ),
        ),
        tags("zone_tags", "zone_id", "itrack_zones"),
    ),
)


RULES: Collection = Collection(
    name="rules",
    table="itrack_rules",
    path="/tracker/rule/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/tracker/rule/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        text("name", "name", required=True),
        text(
            "type",
            "one of about 55 kinds, as inoutzone, speedup, offline, sensor_range",
            required=True,
        ),
        text("description", "description"),
        text("primary_text", "text of the notification"),
        text("secondary_text", "text when the condition ends"),
        integer("param", "threshold, meaning depends on type"),
        boolean("suspended", "switched off for now", required=True),
        boolean("auto_created", "made by the platform"),
        boolean("alerts_push_enabled", "push notifications", required=True, source="alerts.push_enabled"),
        json("alerts_emails", "addresses that get a mail", required=True, source="alerts.emails"),
        json("alerts_sms_phones", "numbers that get an SMS", required=True, source="alerts.sms_phones"),
        json("alerts_phones", "numbers that are called", required=True, source="alerts.phones"),
        json("extended_params", "settings of this kind of rule"),
        integer("zone_id", "old, deprecated"),
    ),
    children=(
        Child(
            name="rule_trackers",
            table="itrack_rule_trackers",
            source="trackers",
            key=("rule_id", "tracker_id"),
            parent_key=("rule_id",),
            columns=(
                integer("rule_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_rules.id"),
                integer("tracker_id", "tracker", required=True, source=".", references="itrack_trackers.id"),
            ),
        ),
        Child(
            name="rule_zones",
            table="itrack_rule_zones",
            source="zone_ids",
            key=("rule_id", "zone_id"),
            parent_key=("rule_id",),
            columns=(
                integer("rule_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_rules.id"),
                integer("zone_id", "zone", required=True, source=".", references="itrack_zones.id"),
            ),
        ),
        Child(
            name="rule_schedule",
            table="itrack_rule_schedule",
            source="schedule",
            key=("rule_id", "interval_id"),
            parent_key=("rule_id",),
            columns=(
                integer("rule_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_rules.id"),
                integer("interval_id", "interval of the schedule", required=True),
                text("type", "weekly · fixed", required=True),
                json(
                    "from_time", "weekly {weekday 1 to 7, time HH:mm:ss}; fixed date/time", required=True, source="from"
                ),
                json("to_time", "weekly {weekday 1 to 7, time HH:mm:ss}; fixed date/time", required=True, source="to"),
            ),
        ),
    ),
)


PLACES: Collection = Collection(
    name="places",
    table="itrack_places",
    path="/place/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/place/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        text("label", "name shown", required=True),
        text("description", "description"),
        text("external_id", "≤ 32"),
        integer("icon_id", "1 to 255"),
        text("avatar_file_name", "file of the picture"),
        double("location_lat", "latitude", required=True, source="location.lat"),
        double("location_lng", "longitude", required=True, source="location.lng"),
        text("location_address", "≤ 255", required=True, source="location.address"),
        integer("location_radius", "1 to 300,000 m", required=True, source="location.radius"),
    ),
    children=(
        tags("place_tags", "place_id", "itrack_places"),
        fields("place_fields", "place_id", "itrack_places", "itrack_custom_fields.id"),
    ),
)


CUSTOM_FIELDS: Collection = Collection(
    name="custom_fields",
    table="itrack_custom_fields",
    path="/entity/fields/read/",
    one="",
    key=("id",),
    strategy=Listing(_read_custom_fields),
    columns=(
        integer("id", "numeric id", required=True),
        text("label", "label of the field", required=True),
        text("type", "kind of value", required=True),
        boolean("required", "must be filled in", required=True),
        text("description", "description"),
        json("params", "settings of the field"),
    ),
)
