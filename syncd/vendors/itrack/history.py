"""What happened: events of trackers, and what their kinds are called."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from syncd.ask import Answer, Question
from syncd.collection import (
    Absence,
    Child,
    Collection,
    Listing,
    Origin,
    Parents,
    Windows,
    boolean,
    double,
    instant,
    integer,
    text,
)
from syncd.errors import BadBatch, CallMissing, NotFound, RecordInvalid, Refused
from syncd.reading import Account, Part, Reading, Some, Taken, Window
from syncd.vendors.itrack.meanings import LIMIT_TOO_BIG, UNKNOWN_CALL
from syncd.vendors.itrack.protocol import HISTORY_LIMIT, question, timed
from syncd.vendors.itrack.reads import (
    LEAST_LIMIT,
    in_batches,
    is_exceeded,
    is_open,
    listed,
    part_window,
    storage_start,
    together,
)
from syncd.vendors.itrack.shared import NIGHTLY
from syncd.vendors.itrack.times import SECOND, after_repeat, before_repeat, localised, moment, since, until

REPORTED = Parents(
    "trackers",
    (("tracker_id", "id"),),
    mark="last_update",
    mark_in="tracker_states",
    columns=("source_blocked",),
    may_ask=is_open,
)
"""The past of a tracker that is new or was silent is read again: its device brings events with times of then."""

TRACKERS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question for events: of these trackers (None: all of the account) and kinds, with so many rows at most."""

    account: Account
    limit: int
    trackers: tuple[int, ...] | None = None
    kinds: tuple[str, ...] | None = None

    def question(self, start: datetime, end: datetime) -> Question:
        asked = {
            "trackers": None if self.trackers is None else list(self.trackers),
            "from": since(self.account, start),
            "to": until(self.account, end),
            "events": None if self.kinds is None else list(self.kinds),
            "limit": self.limit,
            "ascending": True,
            # Else the name of the tracker, which may change, becomes part of the message.
            "add_tracker_label": False,
        }
        path = "/history/user/list/" if self.trackers is None else "/history/tracker/list/"
        return timed(self.account, path, asked)

    def halves(self) -> tuple[_Asked, _Asked] | None:
        """The same for half of the trackers, or of the kinds, each; None if it cannot be told apart any more."""
        if self.trackers is not None and len(self.trackers) > 1:
            middle = len(self.trackers) // 2
            return replace(self, trackers=self.trackers[:middle]), replace(self, trackers=self.trackers[middle:])
        if self.kinds is not None and len(self.kinds) > 1:
            middle = len(self.kinds) // 2
            return replace(self, kinds=self.kinds[:middle]), replace(self, kinds=self.kinds[middle:])
        return None


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer with events: ``last`` is the time of the last one, ``is_cut`` whether there are more.

    ``is_old``: the question began before what the vendor keeps. ``limit`` is how many rows this server gives at most.
    """

    records: list[Any]
    last: datetime | None
    is_cut: bool
    is_old: bool
    limit: int

    def rest(self, account: Account, start: datetime, end: datetime) -> tuple[datetime, bool]:
        """Where what is left of a range begins, and whether time divides it there.

        If not, there are more rows of one second (or of a repeated hour) than an answer holds.
        """
        last = self.last or start
        resumed = before_repeat(account, last)
        if resumed > start:
            return min(resumed, end), True
        return min(after_repeat(account, max(last, start)) + SECOND, end), False


def _read_events(account: Account, part: Part) -> Reading:
    """The events of the account in a window, chained by time; of single trackers where their past is read again."""
    window = part_window(account, part)
    asked = _Asked(account, int(account.facts.get("history_limit", HISTORY_LIMIT)))
    if part.parents:
        return (yield from _by_trackers(replace(asked, trackers=tuple(together(part))), window))
    everybody = replace(asked, trackers=tuple(account.facts.get("trackers", ())))
    if account.facts.get("old"):
        return (yield from _by_trackers(everybody, window))
    try:
        told = yield from _page(asked, window.start, window.end)
    except CallMissing:
        return (yield from _by_trackers(everybody, window))
    except Refused as error:
        if error.code not in UNKNOWN_CALL:
            raise
        return (yield from _by_trackers(everybody, window))
    if told.is_old and not told.records:
        return (yield from _rest_of_storage(asked, window))
    if not told.is_cut:
        return Taken(told.records, floor=window.start if told.is_old else None)
    rest, is_divided = told.rest(account, window.start, window.end)
    if not is_divided:
        yield Some(told.records)
        yield from _narrowed(replace(everybody, limit=told.limit), window.start, rest)
        return Taken([], complete_to=rest if rest < window.end else None)
    return Taken(told.records, complete_to=rest if rest < window.end else None)


def _rest_of_storage(asked: _Asked, window: Window) -> Reading:
    """What is kept of a window that was answered with nothing because it begins before the vendor's storage."""
    start, answer = yield from storage_start(window, lambda start: asked.question(start, window.end))
    if answer is not None:
        yield from _chained(asked, start, window.end)
    return Taken([], floor=start)


def _by_trackers(asked: _Asked, window: Window) -> Reading:
    """The events of trackers, some at a time: each answer's rows are shared by those that it is asked for.

    Of several, one that is blocked or gone is left out; one alone is for whoever asks to skip.
    """
    trackers = list(asked.trackers or ())
    for some in in_batches(trackers, TRACKERS_AT_ONCE):
        try:
            yield from _chained(replace(asked, trackers=tuple(some)), window.start, window.end)
        except (BadBatch, NotFound):
            if len(trackers) == 1:
                raise
    return Taken([])


def _chained(asked: _Asked, start: datetime, end: datetime) -> Generator[Question | Some, Answer, None]:
    """Everything between two times: the next question starts at the time of the last row."""
    while start < end:
        try:
            told = yield from _page(asked, start, end)
        except (BadBatch, NotFound):
            if asked.trackers is None or len(asked.trackers) == 1:
                raise
            for half in asked.halves() or ():
                try:
                    yield from _chained(half, start, end)
                except (BadBatch, NotFound):
                    continue
            return
        yield Some(told.records)
        if not told.is_cut:
            return
        asked = replace(asked, limit=told.limit)
        rest, is_divided = told.rest(asked.account, start, end)
        if not is_divided:
            yield from _narrowed(asked, start, rest)
        start = rest


def _narrowed(asked: _Asked, start: datetime, end: datetime) -> Generator[Question | Some, Answer, None]:
    """Everything of a range that time cannot divide: by trackers, then by kinds of events."""
    try:
        told = yield from _page(asked, start, end)
    except (BadBatch, NotFound):
        told = None
    if told is not None:
        yield Some(told.records)
        if not told.is_cut:
            return
    halves = asked.halves()
    if halves is None and told is not None and asked.kinds is None:
        kinds = tuple((yield from _kinds(asked.account)))
        halves = replace(asked, kinds=kinds).halves()
    for half in halves or ():
        yield from _narrowed(half, start, end)


def _page(asked: _Asked, start: datetime, end: datetime) -> Generator[Question, Answer, _Told]:
    """One answer, with as many rows as this server gives."""
    try:
        answer = yield asked.question(start, end)
    except Refused as error:
        if error.code != LIMIT_TOO_BIG or asked.limit <= LEAST_LIMIT:
            raise
        asked = replace(asked, limit=LEAST_LIMIT)
        answer = yield asked.question(start, end)
    records = localised(EVENTS, asked.account, listed(answer), order=("time",))
    total = answer.value.get("total")
    is_cut = len(records) >= asked.limit or (isinstance(total, int) and total > len(records))
    # The same word means that there are more rows in one call, and that the storage begins later in the other.
    is_cut = is_cut or (asked.trackers is not None and is_exceeded(answer))
    return _Told(
        records,
        max((at for record in records if (at := moment(record, "time"))), default=None),
        is_cut=is_cut and bool(records),
        is_old=asked.trackers is None and is_exceeded(answer),
        limit=asked.limit,
    )


def _zones_of_event(record: Mapping[str, Any]) -> list[Any]:
    """The zones of an event, each with the label at the same place of the other array."""
    extra = record.get("extra")
    ids = extra.get("zone_ids") if isinstance(extra, dict) else None
    if ids is None:
        return []
    labels = extra.get("zone_labels") if isinstance(extra, dict) else None
    if not isinstance(ids, list) or not isinstance(labels, list | None):
        raise RecordInvalid("not an array")
    padded = [*(labels or ()), *[None] * len(ids)]
    return [{".": zone, "@zone_label": label} for zone, label in zip(ids, padded, strict=False)]


def _kinds(account: Account) -> Generator[Question, Answer, list[str]]:
    answer = yield _types(account, only_tracker_events=False)
    kinds = (record.get("type") for record in listed(answer) if isinstance(record, dict))
    return [kind for kind in kinds if isinstance(kind, str)]


def _types(account: Account, *, only_tracker_events: bool | None = None) -> Question:
    asked = {"locale": account.facts.get("locale", "en_US"), "only_tracker_events": only_tracker_events}
    return question("/history/type/list/", asked)


def _read_event_types(account: Account, _part: Part) -> Reading:
    """What each kind of event is called, in the user's language."""
    return Taken(listed((yield _types(account))))


EVENTS: Collection = Collection(
    name="events",
    table="itrack_events",
    path="/history/user/list/",
    one="",
    key=("id",),
    strategy=Windows(
        _read_events,
        start="time",
        most=timedelta(days=7),
        first=timedelta(days=1),
        lookback=timedelta(days=3),
        tiers=NIGHTLY,
        reopens=REPORTED,
        replaces=False,
    ),
    absence=Absence.KEEP,
    columns=(
        integer("id", "may exceed 2^53, never use floats", required=True),
        text("type", "tracker (socket, camera, common: old)", required=True),
        boolean("is_read", "mutable", required=True),
        text("message", "≤ 256 chars, full text in extra.full_message", required=True),
        instant("time", "when it happened", required=True),
        text("event", "see history/type/list", required=True),
        integer("tracker_id", "tracker", required=True, references="itrack_trackers.id"),
        integer("rule_id", "rule that raised it", references="itrack_rules.id"),
        integer("track_id", "0 = none", required=True, references="itrack_tracks.id"),
        double("location_lat", "latitude", source="location.lat"),
        double("location_lng", "longitude", source="location.lng"),
        integer("location_precision", "precision of the position, m", source="location.precision"),
        text("address", '"" when none', required=True),
        integer("extra_task_id", "task", source="extra.task_id"),
        integer("extra_parent_task_id", "route of the task", source="extra.parent_task_id"),
        integer("extra_counter_id", "counter", source="extra.counter_id"),
        integer("extra_service_task_id", "service task", source="extra.service_task_id"),
        integer("extra_checkin_id", "check-in", source="extra.checkin_id"),
        integer("extra_employee_id", "employee", source="extra.employee_id"),
        integer("extra_proximity_object_id", "object that came near", source="extra.proximity_object_id"),
        integer("extra_sensor_id", "sensor", source="extra.sensor_id"),
        text("extra_sensor_name", "name of the sensor", source="extra.sensor_name"),
        text("extra_sensor_calculated_value", "value of the sensor", source="extra.sensor_calculated_value"),
        text("extra_tracker_label", "name of the tracker then", source="extra.tracker_label"),
        text("extra_full_message", "message without the cut at 256 characters", source="extra.full_message"),
        boolean("extra_last_known_location", "the position is the last known one", source="extra.last_known_location"),
        boolean("extra_emergency", "an emergency", source="extra.emergency"),
        integer("extra_places_total_count", "number of places near", source="extra.places_total_count"),
    ),
    children=(
        Child(
            name="event_places",
            table="itrack_event_places",
            source="extra.place_ids",
            key=("event_id", "place_id"),
            parent_key=("event_id",),
            columns=(
                integer(
                    "event_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_events.id"
                ),
                integer("place_id", "place", required=True, source=".", references="itrack_places.id"),
            ),
        ),
        Child(
            name="event_zones",
            table="itrack_event_zones",
            source="extra.zone_ids",
            key=("event_id", "zone_id"),
            parent_key=("event_id",),
            sources=("extra.zone_ids", "extra.zone_labels"),
            elements=_zones_of_event,
            columns=(
                integer(
                    "event_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_events.id"
                ),
                integer("zone_id", "zone", required=True, source=".", references="itrack_zones.id"),
                text("zone_label", "the element of extra.zone_labels at the same place", origin=Origin.DERIVED),
            ),
        ),
    ),
)


EVENT_TYPES: Collection = Collection(
    name="event_types",
    table="itrack_event_types",
    path="/history/type/list/",
    one="",
    key=("type",),
    strategy=Listing(_read_event_types),
    every=timedelta(days=1),
    columns=(
        text("type", "kind of event", required=True),
        text("description", "localised", required=True),
    ),
)
