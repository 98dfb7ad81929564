"""Work in the field: tasks and routes, forms, check-ins."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any

from syncd.ask import Answer, Question
from syncd.collection import (
    Absence,
    Child,
    Collection,
    Listing,
    Origin,
    Parents,
    Tier,
    Windows,
    boolean,
    double,
    instant,
    integer,
    json,
    text,
)
from syncd.errors import BadBatch, CallMissing, Malformed, NotFound, Refused
from syncd.reading import Account, Part, Reading, Taken, unfinished
from syncd.vendors.itrack.meanings import INVALID_PARAMETERS
from syncd.vendors.itrack.protocol import timed
from syncd.vendors.itrack.reads import (
    bad_batch,
    bisected,
    everything,
    identity,
    in_batches,
    listed,
    part_window,
    put,
    whole,
)
from syncd.vendors.itrack.shared import CROSSING, fields, tags
from syncd.vendors.itrack.times import SECOND, localised, since, until

CHECKPOINTS_AT_ONCE = 500


def _read_tasks(account: Account, part: Part) -> Reading:
    """The tasks, routes and checkpoints whose time touches the window, in one table."""
    window = part_window(account, part, margins=CROSSING + SECOND)
    asked = {"from": since(account, window.start), "to": until(account, window.end + CROSSING)}
    tasks, complete = yield from everything(account, "/task/list/", asked, sort="id=asc")
    try:
        routes, all_routes = yield from everything(account, "/task/route/list/", asked)
    except CallMissing:
        routes, all_routes = [], True
    places = _places(routes)
    found = {identity(task): task for task in [*tasks, *routes]}
    for ids in in_batches(list(places), CHECKPOINTS_AT_ONCE):
        for answer in (
            yield from bisected(ids, lambda ids: timed(account, "/task/checkpoint/list/", {"checkpoint_ids": ids}))
        ):
            found.update((identity(record), record) for record in listed(answer))
    records = localised(TASKS, account, [_placed(record, places) for record in found.values()])
    if not (complete and all_routes):
        yield from unfinished(records)
    return Taken(records)


def _places(routes: list[Any]) -> dict[int, tuple[int, int]]:
    """The route of each checkpoint, and its place there."""
    found = {}
    for route in routes:
        ids = route.get("checkpoint_ids") if isinstance(route, dict) else None
        for place, ident in enumerate(ids if isinstance(ids, list) else ()):
            if isinstance(ident, int):
                found[ident] = (route["id"], place)
    return found


def _placed(record: Any, places: Mapping[int, tuple[int, int]]) -> Any:  # noqa: ANN401 (any JSON value)
    """*record* with its route and its place there, if it is a checkpoint of one."""
    ident = record.get("id") if isinstance(record, dict) else None
    if not isinstance(ident, int) or ident not in places:
        return record
    route, place = places[ident]
    return put(record, route_id=route, position=place)


def _read_checkins(account: Account, part: Part) -> Reading:
    """The check-ins in a window."""
    window = part_window(account, part)
    asked: dict[str, Any] = {"from": since(account, window.start), "to": until(account, window.end)}
    of_all = True
    try:
        records, complete = yield from everything(account, "/checkin/list/", asked)
    except Refused as error:
        if error.code != INVALID_PARAMETERS:
            raise
        records, complete, of_all = yield from _checkins_of_trackers(account, asked)
    records = localised(CHECKINS, account, records)
    if not complete:
        yield from unfinished(records)
    return Taken(records, trusted=of_all)


def _checkins_of_trackers(
    account: Account, asked: dict[str, Any]
) -> Generator[Question, Answer, tuple[list[Any], bool, bool]]:
    """The check-ins of trackers by name, as the documents of 2020 want it; whether complete, and whether of all."""
    trackers, blocked = (list(account.facts.get(name, ())) for name in ("trackers", "blocked"))
    try:
        found = yield from everything(account, "/checkin/list/", {**asked, "trackers": trackers + blocked})
    except BadBatch:
        if not blocked:
            raise
    else:
        return *found, True
    # Of those that cannot be asked for nothing is known then.
    found = yield from everything(account, "/checkin/list/", {**asked, "trackers": trackers})
    return *found, False


def _read_forms(account: Account, part: Part) -> Reading:
    """The forms of tasks, those not handed in too."""
    asked = {"task_ids": part.ids, "ascending": True, "include_unsubmitted": True}
    try:
        entries, complete = yield from everything(account, "/task/form/list/", asked)
    except NotFound as error:
        raise bad_batch(error, part) from error
    forms = [entry.get("form") if isinstance(entry, dict) else entry for entry in entries]
    return Taken(localised(FORMS, account, forms), trusted=complete)


def _has_form(row: Mapping[str, Any]) -> bool:
    return row.get("form_id") is not None


_CHECKINS = Parents("checkins", (("checkin_id", "id"),), mark="marker_time", columns=("form_id",), may_ask=_has_form)
"""The check-ins that have a form: each is asked for once, for a check-in does not change."""


def _read_checkin_form(account: Account, part: Part) -> Reading:
    """The form of one check-in."""
    answer = yield timed(account, "/form/read/", {"id": part.parent.row["form_id"]})
    form = answer.value.get("value")
    if not isinstance(form, dict):
        raise Malformed("The answer to /form/read/ holds no value.")
    return Taken(localised(FORMS, account, [form]))


TASKS: Collection = Collection(
    name="tasks",
    table="itrack_tasks",
    path="/task/list/",
    one="",
    key=("id",),
    strategy=Windows(
        _read_tasks,
        start="from_time",
        most=timedelta(days=84),
        lookback=timedelta(days=14),
        ahead=timedelta(days=56),
        tiers=(Tier(timedelta(days=90), timedelta(days=1)),),
    ),
    drops=("checkpoint_ids",),
    columns=(
        integer("id", "numeric id", required=True),
        integer("user_id", "user", required=True),
        integer("tracker_id", "tracker", references="itrack_trackers.id"),
        text("type", "task · route · checkpoint", required=True),
        text("label", "≤ 200", required=True),
        text("description", "≤ 1,024"),
        instant("creation_date", "when made", required=True),
        instant("from_time", "start of the time it is planned for", required=True, source="from"),
        instant("to_time", "end of the time it is planned for", required=True, source="to"),
        text("external_id", "own reference"),
        text("status", "unassigned · assigned · done · failed · delayed · arrived · faulty", required=True),
        instant("status_change_date", "when the status changed"),
        instant("arrival_date", "when somebody arrived"),
        integer("stay_duration", "s"),
        integer("min_stay_duration", "min"),
        integer("max_delay", "min"),
        text("origin", "manual · scheduled · imported"),
        double("location_lat", "a route has no location", source="location.lat"),
        double("location_lng", "longitude", source="location.lng"),
        text("location_address", "address", source="location.address"),
        integer("location_radius", "radius, m", source="location.radius"),
        integer("form_template_id", "template of its form", references="itrack_form_templates.id"),
        integer(
            "route_id",
            "ours: the route whose checkpoint_ids holds this checkpoint",
            origin=Origin.CONTEXT,
            references="itrack_tasks.id",
        ),
        integer(
            "position", "ours: place of a checkpoint in its route's checkpoint_ids, from 0", origin=Origin.COMPUTED
        ),
    ),
    children=(
        tags("task_tags", "task_id", "itrack_tasks"),
        fields("task_fields", "task_id", "itrack_tasks"),
    ),
)


FORMS: Collection = Collection(
    name="forms",
    table="itrack_forms",
    path="/task/form/list/",
    one="",
    key=("id",),
    strategy=Listing(
        _read_forms, parents=Parents("tasks", (("task_id", "id"),), batch=1000), also=((_read_checkin_form, _CHECKINS),)
    ),
    absence=Absence.KEEP,
    enabled_by_default=False,
    columns=(
        integer("id", "numeric id", required=True),
        text("label", "name shown", required=True),
        text("description", "description"),
        integer("task_id", "task", references="itrack_tasks.id"),
        integer("checkin_id", "check-in", references="itrack_checkins.id"),
        integer("template_id", "template", references="itrack_form_templates.id"),
        integer("template_version", "version of the template"),
        integer("tracker_id", "tracker"),
        instant("created", "when made", required=True),
        instant("submitted", "when handed in"),
        boolean("submit_in_zone", "may be handed in only at the place", required=True),
        double("submit_location_lat", "where it was handed in: latitude", source="submit_location.lat"),
        double("submit_location_lng", "where it was handed in: longitude", source="submit_location.lng"),
        text("submit_location_address", "where it was handed in: address", source="submit_location.address"),
    ),
    children=(
        Child(
            name="form_fields",
            table="itrack_form_fields",
            source="fields",
            key=("form_id", "field_id"),
            parent_key=("form_id",),
            columns=(
                integer("form_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_forms.id"),
                text("field_id", "field", required=True, source="id"),
                text("label", "label of the field", required=True),
                text(
                    "type",
                    "text checkbox_group dropdown radio_group date rating file photo signature separator …",
                    required=True,
                ),
                boolean("required", "must be filled in", required=True),
                json("options", "what can be chosen"),
            ),
        ),
        Child(
            name="form_values",
            table="itrack_form_values",
            source="values",
            key=("form_id", "field_id"),
            parent_key=("form_id",),
            columns=(
                integer("form_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_forms.id"),
                text("field_id", "field", required=True, origin=Origin.MAP_KEY),
                text("type", "kind of field", required=True),
                json(
                    "value",
                    "value, values[], value_index, file_ids[] or file_id by type",
                    aliases="values value_index file_ids file_id",
                ),
            ),
        ),
    ),
)


FORM_TEMPLATES: Collection = Collection(
    name="form_templates",
    table="itrack_form_templates",
    path="/form/template/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/form/template/list/", lambda: FORM_TEMPLATES)),
    enabled_by_default=False,
    columns=(
        integer("id", "numeric id", required=True),
        text("label", "name shown", required=True),
        text("description", "description"),
        integer("version", "version"),
        instant("created", "when made", required=True),
        instant("updated", "when last changed", required=True),
        boolean("submit_in_zone", "may be handed in only at the place", required=True),
        boolean("is_default", "the template taken unless another is chosen", required=True, source="default"),
        json("fields", "the fields, in order", required=True),
    ),
)


CHECKINS: Collection = Collection(
    name="checkins",
    table="itrack_checkins",
    path="/checkin/list/",
    one="",
    key=("id",),
    strategy=Windows(
        _read_checkins,
        start="marker_time",
        most=timedelta(days=28),
        lookback=timedelta(days=3),
        tiers=(Tier(timedelta(days=14), timedelta(days=1)),),
    ),
    columns=(
        integer("id", "numeric id", required=True),
        instant("marker_time", "when", required=True),
        integer("user_id", "user", required=True),
        integer("tracker_id", "tracker", required=True, references="itrack_trackers.id"),
        integer("employee_id", "employee", references="itrack_employees.id"),
        double("location_lat", "latitude", required=True, source="location.lat"),
        double("location_lng", "longitude", required=True, source="location.lng"),
        text("location_address", "address", source="location.address"),
        integer("location_precision", "precision of the position, m", source="location.precision"),
        text("comment", "comment"),
        integer("form_id", "form"),
        text("form_label", "name of the form"),
    ),
    children=(
        Child(
            name="checkin_files",
            table="itrack_checkin_files",
            source="files",
            key=("id",),
            parent_key=("checkin_id",),
            columns=(
                integer(
                    "checkin_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_checkins.id"
                ),
                integer("id", "numeric id", required=True),
                integer("storage_id", "where the file lies", required=True),
                integer("user_id", "user", required=True),
                text("type", "image · file", required=True),
                instant("created", "when made", required=True),
                instant("uploaded", "when sent"),
                text("name", "name", required=True),
                integer("size", "bytes", required=True),
                text("mime_type", "MIME type"),
                json("metadata", "what the phone told of it"),
                text("state", "created · in_progress · uploaded · deleted", required=True),
                text("download_url", "link to the file"),
            ),
        ),
    ),
)
