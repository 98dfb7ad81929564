"""Where trackers went: trips, their points, kilometres by day."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from syncd.ask import Answer, Question
from syncd.collection import Absence, Collection, Origin, Windows, boolean, date, double, instant, integer, text
from syncd.errors import Malformed, WindowTooBig
from syncd.reading import Account, Part, Reading, Taken, Window
from syncd.vendors.itrack.protocol import STATS_TRACKERS, timed
from syncd.vendors.itrack.reads import (
    in_batches,
    is_exceeded,
    listed,
    mapped,
    numbered,
    one_answer,
    part_window,
    put,
    storage_start,
    together,
    trackers,
    windowed,
)
from syncd.vendors.itrack.shared import NIGHTLY
from syncd.vendors.itrack.times import SECOND, localised, midnight, moment, since, until

MARGIN = timedelta(hours=24)
CUT_WITHIN = timedelta(minutes=10)  # of the end asked for: a trip that ends so close to it may have been cut there
MOST_MARGIN = timedelta(days=32)


def _read_tracks(account: Account, part: Part) -> Reading:
    """The trips of one tracker that began in the window.

    A trip that crosses the end of a question is cut there and comes back under the same id with other figures: more is
    asked on both sides than is kept, and once more if a trip still ends where the question did.
    """
    window = part_window(account, part, margins=2 * MARGIN + SECOND)
    margin = MARGIN
    while True:
        end = window.end + margin
        answer = yield from _tracks(account, part, window.start - MARGIN, end, window)
        records = localised(TRACKS, account, listed(answer), order=("start_date", "end_date"))
        kept = [record for record in records if _began_in(record, window)]
        if margin >= MOST_MARGIN or not any(_ends_at(record, end) for record in kept):
            break
        margin *= 2
    tracker = part.parent.key[0]
    kept = [put(record, tracker_id=tracker) for record in kept]
    if not is_exceeded(answer):
        return Taken(kept)
    began = [at for record in records if (at := moment(record, "start_date"))]
    if not began:
        return (yield from _rest_of_storage(account, part, window))
    # The question began before what the vendor keeps: if the margin did, all of the window is there.
    return Taken(kept) if min(began) < window.start else Taken(kept, floor=window.start, trusted=False)


def _asked(account: Account, part: Part, start: datetime, end: datetime) -> Question:
    asked = {
        "tracker_id": part.parent.key[0],
        "from": since(account, start),
        "to": until(account, end),
        "count_events": True,
    }
    return timed(account, "/track/list/", asked)


def _tracks(
    account: Account, part: Part, start: datetime, end: datetime, window: Window
) -> Generator[Question, Answer, Answer]:
    try:
        return (yield _asked(account, part, start, end))
    except WindowTooBig as error:
        # What the vendor allows has to hold our margins too.
        margins = end - start - (window.end - window.start)
        most = error.most - margins - timedelta(hours=3) if error.most else None
        raise WindowTooBig(error.message, remedy=error.remedy, code=error.code, most=most) from error


def _rest_of_storage(account: Account, part: Part, window: Window) -> Reading:
    """What is kept of a window that was answered with nothing because it begins before the vendor's storage."""
    start, answer = yield from storage_start(window, lambda start: _asked(account, part, start, window.end))
    records = [] if answer is None else localised(TRACKS, account, listed(answer), order=("start_date", "end_date"))
    # A trip that was under way at the start, or at the end, would be a part of one.
    whole = Window(start + CUT_WITHIN, window.end - CUT_WITHIN)
    kept = [r for r in records if _began_in(r, whole) and not _ends_at(r, window.end)]
    return Taken([put(record, tracker_id=part.parent.key[0]) for record in kept], floor=start, trusted=False)


def _began_in(record: object, window: Window) -> bool:
    """Whether a trip belongs to *window*; one whose start nobody can read is kept, to be set aside."""
    began = moment(record, "start_date")
    return began is None or window.start <= began < window.end


def _ends_at(record: object, end: datetime) -> bool:
    ended = moment(record, "end_date")
    return ended is not None and end - CUT_WITHIN <= ended <= end + CUT_WITHIN


def _read_points(account: Account, part: Part) -> Reading:
    """Every point of one tracker, not thinned out; numbered where two share a second."""
    window, tracker = part_window(account, part), part.parent.key[0]

    def ask(start: datetime) -> Question:
        asked = {
            "tracker_id": tracker,
            "from": since(account, start),
            "to": until(account, window.end),
            "simplify": False,
            "include_gsm_lbs": True,
        }
        return timed(account, "/track/read/", asked)

    def take(records: list[Any]) -> list[Any]:
        found = localised(TRACK_POINTS, account, records, order=("get_time",))
        return numbered([put(record, tracker_id=tracker) for record in found], "get_time")

    return (yield from windowed(window, ask, take))


def _read_mileage(account: Account, part: Part) -> Reading:
    """Kilometres by day of the user's calendar, of as many trackers as the server takes at once."""
    window = part_window(account, part, "stats_span_s", -SECOND)
    records: list[Any] = []
    is_cut = False
    for ids in in_batches(together(part), int(account.facts.get("stats_trackers", STATS_TRACKERS))):
        ask = partial(_mileage, account, ids, window)
        answer: Answer | None = yield from one_answer(part, ask(window.start))
        if answer is not None and is_exceeded(answer):
            is_cut = True
            if _is_motionless(answer):
                _, answer = yield from storage_start(window, ask, is_nothing=_is_motionless, unit=timedelta(days=1))
        records += _by_day(answer, ids, window) if answer is not None else []
    return Taken(records, trusted=not is_cut)


def _mileage(account: Account, ids: list[Any], window: Window, start: datetime) -> Question:
    asked = {
        "trackers": ids,
        "from": since(account, midnight(account, start.date()) + SECOND),
        "to": until(account, midnight(account, window.end.date()) - SECOND),
    }
    return timed(account, "/tracker/stats/mileage/read/", asked)


def _is_motionless(answer: Answer) -> bool:
    """Whether there is no day at all in an answer."""
    return not any(mapped(answer, "result").values())


def _by_day(answer: Answer, ids: list[Any], window: Window) -> list[Any]:
    """A record for each tracker and day of the window; a question may have been made wider than that."""
    first, last = window.start.date().isoformat(), window.end.date().isoformat()
    result, found = mapped(answer, "result"), []
    for tracker in ids:
        days = result.get(str(tracker)) or {}
        if not isinstance(days, dict):
            raise Malformed("The days of a tracker are no object.")
        found += [put(told, tracker_id=tracker, day=day) for day, told in days.items() if first <= day < last]
    return found


TRACKS: Collection = Collection(
    name="tracks",
    table="itrack_tracks",
    path="/track/list/",
    one="",
    key=("tracker_id", "id"),
    strategy=Windows(
        _read_tracks,
        start="start_date",
        parents=trackers(marked=True),
        most=timedelta(days=30),
        lookback=timedelta(days=3),
        tiers=NIGHTLY,
        # The server merges trips and cuts them anew: an id that vanishes from the midst of a reading is gone for good.
        replaces=True,
    ),
    absence=Absence.KEEP,
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        integer("id", "track id", required=True),
        text("type", "regular · single_report · merged · cluster", required=True),
        instant("start_date", "start of the trip", required=True),
        text("start_address", '"" when unknown', required=True),
        instant("end_date", "not on single_report"),
        text("end_address", "address of the end"),
        double("length", "km"),
        integer("points", "on cluster an array of {lat,lng}"),
        integer("max_speed", "km/h"),
        integer("avg_speed", "km/h"),
        integer("event_count", "only with count_events"),
        double("norm_fuel_consumed", "litres; only if a vehicle with norm_avg_fuel_consumption is bound"),
        boolean("gsm_lbs", "position of cell towers"),
        integer("precision", "single_report, cluster"),
        double("bounds_nw_lat", "north-west corner: latitude", source="bounds.nw.lat"),
        double("bounds_nw_lng", "north-west corner: longitude", source="bounds.nw.lng"),
        double("bounds_se_lat", "south-east corner: latitude", source="bounds.se.lat"),
        double("bounds_se_lng", "south-east corner: longitude", source="bounds.se.lng"),
    ),
)


TRACK_POINTS: Collection = Collection(
    name="track_points",
    table="itrack_track_points",
    path="/track/read/",
    one="",
    key=("tracker_id", "get_time", "seq"),
    strategy=Windows(
        _read_points,
        start="get_time",
        parents=trackers(marked=True),
        most=timedelta(days=1),
        lookback=timedelta(days=3),
        tiers=NIGHTLY,
    ),
    absence=Absence.REMOVE,
    enabled_by_default=False,
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        double("lat", "latitude", required=True),
        integer("seq", "place within the same second, in reply order", required=True, origin=Origin.COMPUTED),
        double("lng", "longitude", required=True),
        integer("alt", "m", required=True),
        integer("satellites", "satellites in view", required=True),
        double("mileage", "km (since 2023)"),
        instant("get_time", "GPS time", required=True),
        text("address", '"" mostly', required=True),
        integer("heading", "degrees, 0 to 360", required=True),
        integer("speed", "km/h", required=True),
        integer("precision", "m"),
        boolean("gsm_lbs", "position of cell towers"),
        boolean("parking", "point outside any trip"),
        boolean("buffered", "was kept in the device and sent later"),
    ),
)


MILEAGE_DAILY: Collection = Collection(
    name="mileage_daily",
    table="itrack_mileage_daily",
    path="/tracker/stats/mileage/read/",
    one="",
    key=("tracker_id", "day"),
    strategy=Windows(
        _read_mileage,
        start="day",
        # Of trackers that stood still too: a day without movement is a row, and one question serves them all.
        parents=trackers(batch=128),
        most=timedelta(days=28),
        lookback=timedelta(days=3),
        tiers=NIGHTLY,
        daily=True,
    ),
    absence=Absence.REMOVE,
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        date("day", "in the user's zone", required=True, origin=Origin.MAP_KEY),
        double("mileage", "km", required=True),
    ),
)
