"""What is tracked: trackers, their groups and tags."""

from __future__ import annotations

from syncd.collection import Child, Collection, Listing, Origin, boolean, date, integer, text
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors.itrack.protocol import LIST_TRACKERS
from syncd.vendors.itrack.reads import listed, whole


def _read_trackers(_account: Account, _part: Part) -> Reading:
    """All trackers, blocked ones too; the answer is the one that was learned from in this pass."""
    answer = yield LIST_TRACKERS
    return Taken(listed(answer))


TRACKERS: Collection = Collection(
    name="trackers",
    table="itrack_trackers",
    path="/tracker/list/",
    one="",
    key=("id",),
    strategy=Listing(_read_trackers),
    columns=(
        integer("id", "tracker id = object id", required=True),
        text("label", "name shown", required=True),
        boolean(
            "clone",
            "a clone shares another tracker's source, so probably its tracks and track ids too (inferred)",
            required=True,
        ),
        integer("group_id", "0 = no group", required=True, references="itrack_tracker_groups.id"),
        text("avatar_file_name", "absent when unset"),
        integer("source_id", "data-source id (shared by clones)", required=True, source="source.id"),
        text(
            "source_device_id",
            "IMEI or serial; appears as JSON number in one doc example, store as text",
            required=True,
            source="source.device_id",
        ),
        text("source_model", "model of the device", required=True, source="source.model"),
        boolean(
            "source_blocked", "tariff-blocked; per-tracker calls answer 208", required=True, source="source.blocked"
        ),
        integer("source_tariff_id", "tariff", required=True, source="source.tariff_id", references="itrack_tariffs.id"),
        integer(
            "source_status_listing_id",
            "listing of the statuses it may have",
            source="source.status_listing_id",
            references="itrack_status_listings.id",
        ),
        date("source_creation_date", "day the device was registered", required=True, source="source.creation_date"),
        date("source_tariff_end_date", "last day of the tariff", source="source.tariff_end_date"),
        text("source_phone", "number of the SIM card", source="source.phone"),
    ),
    children=(
        Child(
            name="tracker_tags",
            table="itrack_tracker_tags",
            source="tag_bindings",
            key=("tracker_id", "tag_id"),
            parent_key=("tracker_id",),
            columns=(
                integer(
                    "tracker_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"
                ),
                integer("tag_id", "tag", required=True, references="itrack_tags.id"),
                integer("ordinal", "1 to 5, unique per tracker", required=True),
            ),
        ),
    ),
)


TRACKER_GROUPS: Collection = Collection(
    name="tracker_groups",
    table="itrack_tracker_groups",
    doc="The group 0 (no group) is never listed.",
    path="/tracker/group/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/tracker/group/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        text("title", "1 to 60 chars", required=True),
        text("color", "RGB hex without #", required=True),
    ),
)


TAGS: Collection = Collection(
    name="tags",
    table="itrack_tags",
    path="/tag/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/tag/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        text("name", "name", required=True),
        text("color", "RGB hex", required=True),
        text("avatar_file_name", "file of the picture"),
    ),
)
