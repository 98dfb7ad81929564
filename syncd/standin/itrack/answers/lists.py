"""Lists of what the account has, whole or by pages."""

from syncd.standin.itrack import truth
from syncd.standin.itrack.asked import Parameter
from syncd.standin.itrack.refusals import CodeError
from syncd.standin.itrack.replies import Answerer, Ask, Call, Reply, ordered, plain
from syncd.standin.itrack.world import Row

MOST = 10_000  # records in one answer
PAGES = {"limit": Parameter("int", low=1, high=MOST, new=True), "offset": Parameter("int", low=0, new=True)}
TEXT = Parameter("text", high=100)
SERVICE_SORTS = (
    "id",
    "vehicle",
    "vehicle_id",
    "description",
    "comment",
    "creation_date",
    "status",
    "cost",
    "predicted_date",
)


def whole(table: str) -> Answerer:
    """Answers with every row of a table."""
    return lambda ask: Reply(ordered(ask, ask.content.rows(table)))


def paged(table: str, *, counted: bool = False, members: dict[str, str] | None = None) -> Answerer:
    """Answers with a page of a table, filtered by text."""

    def answer(ask: Ask) -> Reply:
        rows = [truth.adapted(ask.content, table, row) for row in _filtered(ask, ask.content.rows(table))]
        return page(ask, ordered(ask, rows, members), counted=counted)

    return answer


def page(ask: Ask, rows: list[Row], *, counted: bool) -> Reply:
    """The page asked for; an old server neither counts nor pages."""
    total = "count" if counted and ask.settings.is_current else ""
    return Reply(rows, offset=ask.get("offset", 0), limit=ask.get("limit", MOST if total else None), total=total)


def _filtered(ask: Ask, rows: list[Row]) -> list[Row]:
    if (text := ask.get("filter")) is not None:
        rows = [row for row in rows if text.casefold() in str(row.get("label") or row.get("name") or "").casefold()]
    if (tags := ask.get("tag_ids")) is not None:
        rows = [row for row in rows if set(tags) <= set(row["tags"])]
    return rows


def _trackers(ask: Ask) -> Reply:
    rows = ask.content.rows("trackers")
    if (labels := ask.get("labels")) is not None:
        rows = [row for row in rows if any(label in row["label"] for label in labels)]
    return Reply(ordered(ask, rows))


def _rules(ask: Ask) -> Reply:
    rows = ask.content.rows("rules")
    if (tracker_id := ask.get("tracker_id")) is not None:
        rows = [row for row in rows if tracker_id in row["trackers"]]
    return Reply([truth.adapted(ask.content, "rules", row) for row in ordered(ask, rows)])


def _zones(ask: Ask) -> Reply:
    rows = _filtered(ask, ask.content.rows("zones"))
    if not ask.get("with_points", False):
        rows = [{name: value for name, value in row.items() if name != "points"} for row in rows]
    return page(ask, [truth.adapted(ask.content, "zones", row) for row in ordered(ask, rows)], counted=False)


def _zone_points(ask: Ask) -> Reply:
    zone = ask.content.table("zones").get(ask.given["zone_id"])
    if zone is None:
        raise CodeError(201)
    if zone["type"] == "circle":
        raise CodeError(230)
    return Reply(zone["points"])


def _places(ask: Ask) -> Reply:
    rows = _filtered(ask, ask.content.rows("places"))
    if (ids := ask.get("place_ids")) is not None:
        rows = [row for row in rows if row["id"] in ids]
    rows = ordered(ask, rows)
    if (member := ask.get("order_by")) is not None:
        rows = sorted(rows, key=lambda row: str(row.get(member, "")), reverse=not ask.get("ascending", True))
    return page(ask, rows, counted=True)


def _entities(ask: Ask) -> Reply:
    return Reply(ask.content.rows("entities"))


def _fields(ask: Ask) -> Reply:
    if ask.given["entity_id"] not in ask.content.table("entities"):
        raise CodeError(201)
    return Reply([one for one in ask.content.rows("custom_fields") if one["_entity_id"] == ask.given["entity_id"]])


def _service_tasks(ask: Ask) -> Reply:
    rows = _filtered(ask, ask.content.rows("service_tasks"))
    for name, member in (("vehicle_ids", "vehicle_id"), ("statuses", "status")):
        if (wanted := ask.get(name)) is not None:
            rows = [row for row in rows if row[member] in wanted]
    if ask.get("only_unplanned", False):
        rows = [row for row in rows if row["unplanned"]]
    if not ask.get("return_prediction", True):
        rows = [row | {"prediction": None} for row in rows]
    return page(ask, ordered(ask, rows, {"vehicle": "vehicle_label"}), counted=False)


def _event_types(ask: Ask) -> Reply:
    return Reply(ask.content.rows("event_types"))


def _statuses(ask: Ask) -> Reply:
    listing = ask.content.table("status_listings").get(ask.given["listing_id"])
    if listing is None:
        raise CodeError(201)
    table = ask.content.table("statuses")
    return Reply([table[one] for one in listing["entries"] if one in table])


def _subuser_trackers(ask: Ask) -> Reply:
    subuser = ask.content.table("subusers").get(ask.given["subuser_id"])
    if subuser is None:
        raise CodeError(201)
    rows: list[Row] = [{"_id": one} for one in subuser["_trackers"]]
    return Reply(rows, wrap=lambda records: {"list": [one["_id"] for one in records]})


def _user(ask: Ask) -> Reply:
    row = truth.owner(ask.content)
    extra: Row = {"paas_id": row["_paas_id"], "paas_settings": {"service_title": "iTrack"}, "premium_gis": False,
                  "features": ["branding_web"], "tariff_restrictions": {"allowed_maps": ["osm"]}}  # fmt: skip
    if ask.settings.sub_user:
        extra |= {"master": {"id": row["_master_id"], "demo": False}, "privileges": {"rights": row["_rights"]}}
    return Reply([row], wrap=lambda records: {"user_info": plain(records)[0] if records else None}, extra=extra)


CALLS: dict[str, Call] = {
    "user/get_info": Call(_user),
    "tracker/list": Call(_trackers, {"labels": Parameter("texts", most=1_024)}),
    "tracker/group/list": Call(whole("tracker_groups")),
    "tag/list": Call(paged("tags"), {"filter": Parameter("text", high=60)}),
    "garage/list": Call(whole("garages")),
    "department/list": Call(whole("departments")),
    "tariff/list": Call(whole("tariffs")),
    "status/listing/list": Call(whole("status_listings")),
    "status/list": Call(_statuses, {"listing_id": Parameter("int", required=True)}),
    "form/template/list": Call(whole("form_templates")),
    "subuser/list": Call(whole("subusers"), master=True),
    "subuser/tracker/list": Call(_subuser_trackers, {"subuser_id": Parameter("int", required=True)}, master=True),
    "subuser/security_group/list": Call(whole("security_groups"), master=True),
    "vehicle/list": Call(
        paged("vehicles"), PAGES | {"filter": TEXT, "sort": Parameter("sort", words=("id", "label", "type"), new=True)}
    ),
    "employee/list": Call(
        paged("employees", counted=True),
        PAGES | {"filter": TEXT, "sort": Parameter("sort", words=("id", "last_name", "first_name"), new=True)},
    ),
    "zone/list": Call(
        _zones, PAGES | {"filter": TEXT, "tag_ids": Parameter("ids"), "with_points": Parameter("bool", new=True)}
    ),
    "zone/point/list": Call(_zone_points, {"zone_id": Parameter("int", required=True)}),
    "tracker/rule/list": Call(_rules, {"tracker_id": Parameter("int")}),
    "place/list": Call(
        _places,
        {
            "place_ids": Parameter("ids"), "filter": TEXT, "conditions": Parameter("object"),
            "order_by": Parameter("text"), "ascending": Parameter("bool"), "tag_ids": Parameter("ids"),
            "limit": Parameter("int", low=1, high=MOST), "offset": Parameter("int", low=0),
        },
    ),
    "entity/list": Call(_entities),
    "entity/fields/read": Call(_fields, {"entity_id": Parameter("int", required=True)}),
    "vehicle/service_task/list": Call(
        _service_tasks,
        PAGES
        | {
            "only_unplanned": Parameter("bool"), "vehicle_ids": Parameter("ids"), "statuses": Parameter("texts"),
            "conditions": Parameter("object"), "filter": TEXT, "return_prediction": Parameter("bool"),
            "sort": Parameter("sort", words=SERVICE_SORTS, new=True),
        },
    ),
    "history/type/list": Call(
        _event_types, {"locale": Parameter("text", required=True), "only_tracker_events": Parameter("bool")}
    ),
}  # fmt: skip
