"""Where the machines should be: zones and points."""

from __future__ import annotations

from syncd.collection import Collection, Listing, Origin
from syncd.vendors.trackunit import reads
from syncd.vendors.trackunit.shared import address, location, text
from syncd.vendors.trackunit.values import longitude_first

ZONES = Collection(
    name="zones",
    table="trackunit_zones",
    doc="Areas on the map.",
    path="/Zone",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Zone")),
    columns=(
        text("id", "id of the zone", required=True),
        text("name", "name", required=True),
        text("note", "note"),
        text("icon", "path of its icon"),
        text("polygon", "WKT as sent: latitude first", required=True),
        text(
            "polygon_lon_lat",
            "from polygon: the same WKT with longitude first, as GIS tools read it",
            source="polygon",
            origin=Origin.DERIVED,
            prepare=longitude_first,
        ),
    ),
)

POINTS = Collection(
    name="points",
    table="trackunit_points",
    doc="Places on the map.",
    path="/Point",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Point")),
    columns=(
        text("id", "id of the point", required=True),
        text("name", "name", required=True),
        text("note", "note"),
        text("icon", "path of its icon"),
        *location(),
        *address(),
    ),
)
