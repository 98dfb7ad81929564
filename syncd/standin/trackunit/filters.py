"""Which records a list call wants: the documented filters. What is not documented is ignored, as the vendor does."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from syncd.standin.trackunit import asked
from syncd.standin.trackunit.asked import VendorError
from syncd.standin.trackunit.declared import UNIT_FILTERS, Call
from syncd.standin.trackunit.records import Records
from syncd.standin.trackunit.spelling import Record

Missing = Callable[[str, str], VendorError]
Position = tuple[float, float]
FARTHEST_KM = 40_000
EARTH_KM = 6371.0
_REFERENCES = {
    "categoryid": "categories",
    "clientid": "clients",
    "groupid": "groups",
    "zoneid": "zones",
    "pointid": "points",
}


def chosen(content: Records, call: Call, given: Mapping[str, str], missing: Missing) -> list[Record]:
    """The records that pass; `missing` is the error for an id that is not there."""
    table = content.tables[call.collection]
    key = given.get("id") or given.get(f"{call.operation[3:].lower()}id", "")
    if key:
        if key not in table:
            raise missing(call.collection, key)
        return [table[key]]
    records = list(table.values())
    match call.collection:
        case "units":
            return _units(content, call, given, missing, records)
        case "contacts" if client := given.get("clientid"):
            return [one for one in records if one["clientId"] == client]
        case "groups" if unit := given.get("unitid"):
            return [one for one in records if unit in (one["units"] or ())]
    return records


def _units(
    content: Records, call: Call, given: Mapping[str, str], missing: Missing, records: list[Record]
) -> list[Record]:
    for name, owner in _REFERENCES.items():
        if (key := given.get(name)) and key not in content.tables[owner]:
            raise missing(owner, key)
    for name, member in UNIT_FILTERS.items():
        if value := given.get(name):
            records = [one for one in records if one.get(member) == value]
    if group := given.get("groupid"):
        records = [one for one in records if one["id"] in (content.tables["groups"][group]["units"] or ())]
    if zone := given.get("zoneid"):
        corners = _corners(content.tables["zones"][zone]["polygon"])
        records = [one for one in records if (at := _position(one)) and _inside(at, corners)]
    if given.get("pointid") or given.get("point"):
        radius = asked.number("radius", given.get("radius") or "1", call.operation)
        if not 0 < radius < FARTHEST_KM:
            raise VendorError(400, "invalidParameter (Radius)")
        point = content.tables["points"].get(given.get("pointid", ""))
        around = (_position(point) if point else None) or asked.position(given, call.operation)
        records = [one for one in records if (at := _position(one)) and _km(at, around) <= radius]
    return records


def _position(record: Record) -> Position | None:
    where = record.get("location")
    return (float(where["latitude"]), float(where["longitude"])) if where else None


def _corners(polygon: str) -> list[Position]:
    return [
        (float(latitude), float(longitude)) for latitude, longitude in re.findall(r"(-?[\d.]+) (-?[\d.]+)", polygon)
    ]


def _inside(at: Position, corners: list[Position]) -> bool:
    """Odd crossings of a ray to the north."""
    is_inside = False
    for (y1, x1), (y2, x2) in pairwise(corners):
        if (x1 > at[1]) != (x2 > at[1]) and at[0] < (y2 - y1) * (at[1] - x1) / (x2 - x1) + y1:
            is_inside = not is_inside
    return is_inside


def _km(one: Position, other: Position) -> float:
    (a, b), (c, d) = (tuple(map(math.radians, place)) for place in (one, other))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(half))
