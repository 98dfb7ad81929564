"""Working statuses: which there are, and which each tracker has. Off by default: few accounts use them."""

from __future__ import annotations

from syncd.collection import Collection, Listing, Origin, Parents, boolean, instant, integer, json, text
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors.itrack.protocol import question, timed
from syncd.vendors.itrack.reads import listed, mapped, one_answer, put, together, trackers, whole
from syncd.vendors.itrack.times import localised


def _read_statuses(_account: Account, part: Part) -> Reading:
    """The statuses of one listing."""
    listing = part.parent.key[0]
    answer = yield question("/status/list/", {"listing_id": listing})
    return Taken([put(record, listing_id=listing) for record in listed(answer)])


def _read_tracker_statuses(account: Account, part: Part) -> Reading:
    """The status of every tracker of a batch that has one."""
    asked = timed(account, "/status/tracker/list/", {"trackers": together(part)})
    answer = yield from one_answer(part, asked)
    value = mapped(answer, "value")
    told = {tracker: value.get(str(tracker)) for tracker in together(part)}
    records = [put(status, tracker_id=tracker) for tracker, status in told.items() if status is not None]
    return Taken(localised(TRACKER_STATUSES, account, records))


STATUS_LISTINGS: Collection = Collection(
    name="status_listings",
    table="itrack_status_listings",
    path="/status/listing/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/status/listing/list/")),
    enabled_by_default=False,
    columns=(
        integer("id", "numeric id", required=True),
        text("label", "name shown", required=True),
        boolean("employee_controlled", "employees may set the status", required=True),
        boolean("supervisor_controlled", "supervisors may set the status", required=True),
        json("entries", "status ids in order", required=True),
    ),
)


STATUSES: Collection = Collection(
    name="statuses",
    table="itrack_statuses",
    path="/status/list/",
    one="",
    key=("id",),
    strategy=Listing(_read_statuses, parents=Parents("status_listings", (("listing_id", "id"),))),
    enabled_by_default=False,
    columns=(
        integer(
            "listing_id", "of our request", required=True, origin=Origin.CONTEXT, references="itrack_status_listings.id"
        ),
        integer("id", "numeric id", required=True),
        text("label", "name shown", required=True),
        text("color", "colour, RGB in hex", required=True),
    ),
)


TRACKER_STATUSES: Collection = Collection(
    name="tracker_statuses",
    table="itrack_tracker_statuses",
    path="/status/tracker/list/",
    one="",
    key=("tracker_id",),
    strategy=Listing(_read_tracker_statuses, parents=trackers(batch=500)),
    drops=("current_status",),
    enabled_by_default=False,
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        integer("current_status_id", "status now", source="current_status.id", references="itrack_statuses.id"),
        instant("last_change_changed", "when it last changed", source="last_change.changed"),
        text("last_change_origin", "employee · supervisor", source="last_change.origin"),
    ),
)
