"""Values over time: of sensors and of counters. Off by default, for they are many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from syncd.ask import Question
from syncd.collection import Absence, Collection, Origin, Parents, Windows, double, instant, integer, text
from syncd.errors import NotFound, Refused, WindowTooBig
from syncd.reading import Account, Part, Reading, Taken, Window
from syncd.vendors.itrack.meanings import INVALID_PARAMETERS, NO_SUCH_ENTITY
from syncd.vendors.itrack.protocol import timed
from syncd.vendors.itrack.reads import is_exceeded, listed, numbered, part_window, put, trackers, windowed
from syncd.vendors.itrack.shared import NIGHTLY
from syncd.vendors.itrack.times import localised, since, until

COUNTERS = ("odometer", "engine_hours")
MOST_OF_A_COUNTER = timedelta(days=28)  # 31 days are allowed; weeks divide evenly


def _is_measured(row: Mapping[str, Any]) -> bool:
    """Whether a sensor has values over time: a discrete one is answered 228."""
    return row.get("type") != "discrete"


_SENSORS = Parents(
    "sensors",
    (("sensor_id", "id"), ("tracker_id", "tracker_id")),
    columns=("tracker_id", "type"),
    may_ask=_is_measured,
)


def _read_sensor_data(account: Account, part: Part) -> Reading:
    """The values of one sensor."""
    window, sensor, tracker = part_window(account, part), part.parent.key[0], part.parent.row["tracker_id"]

    def ask(start: datetime) -> Question:
        asked = {
            "tracker_id": tracker,
            "sensor_id": sensor,
            "from": since(account, start),
            "to": until(account, window.end),
        }
        return timed(account, "/tracker/sensor/data/read/", asked)

    def take(records: list[Any]) -> list[Any]:
        found = localised(SENSOR_DATA, account, records, order=("get_time",))
        return numbered([put(record, tracker_id=tracker, sensor_id=sensor) for record in found], "get_time")

    return (yield from windowed(window, ask, take))


def _read_counter_data(account: Account, part: Part) -> Reading:
    """The values of both counters of one tracker; it may have one of them, or none."""
    window, tracker = part_window(account, part), part.parent.key[0]
    found: list[Any] = []
    complete = True
    for kind in COUNTERS:
        asked = {
            "tracker_id": tracker,
            "type": kind,
            "from": since(account, window.start),
            "to": until(account, window.end),
        }
        try:
            answer = yield timed(account, "/tracker/counter/data/read/", asked)
        except NotFound as error:
            if error.code != NO_SUCH_ENTITY:
                raise
            complete = False
            continue
        except Refused as error:
            if error.code != INVALID_PARAMETERS:
                raise
            # So the vendor says here that the range is too long.
            raise WindowTooBig(error.message, code=error.code, most=_shorter(window)) from error
        records = [_with_time(record) for record in listed(answer)]
        records = localised(COUNTER_DATA, account, records, order=("update_time",))
        records = [put(record, tracker_id=tracker, type=kind) for record in records]
        found += numbered(records, "update_time")
        complete = complete and not is_exceeded(answer)
    return Taken(found, trusted=complete)


def _with_time(record: object) -> object:
    """A value whose time is called as the vendor's reference calls it; its guide says ``get_time``."""
    if isinstance(record, dict) and record.get("update_time") is None and "get_time" in record:
        return {
            **{name: value for name, value in record.items() if name != "get_time"},
            "update_time": record["get_time"],
        }
    return record


def _shorter(window: Window) -> timedelta | None:
    return MOST_OF_A_COUNTER if window.end - window.start > MOST_OF_A_COUNTER else None


SENSOR_DATA: Collection = Collection(
    name="sensor_data",
    table="itrack_sensor_data",
    path="/tracker/sensor/data/read/",
    one="",
    key=("tracker_id", "sensor_id", "get_time", "seq"),
    strategy=Windows(
        _read_sensor_data,
        start="get_time",
        parents=_SENSORS,
        most=timedelta(days=28),
        first=timedelta(days=7),
        lookback=timedelta(days=3),
        tiers=NIGHTLY,
    ),
    absence=Absence.REMOVE,
    enabled_by_default=False,
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        integer("sensor_id", "sensor", required=True, origin=Origin.CONTEXT, references="itrack_sensors.id"),
        instant("get_time", "when measured", required=True),
        integer("seq", "place within the same second, in reply order", required=True, origin=Origin.COMPUTED),
        text("value", "number or string", required=True),
    ),
)


COUNTER_DATA: Collection = Collection(
    name="counter_data",
    table="itrack_counter_data",
    path="/tracker/counter/data/read/",
    one="",
    key=("tracker_id", "type", "update_time", "seq"),
    strategy=Windows(
        _read_counter_data,
        start="update_time",
        parents=trackers(marked=True),
        most=timedelta(days=28),
        first=timedelta(days=7),
        lookback=timedelta(days=3),
        tiers=NIGHTLY,
    ),
    absence=Absence.REMOVE,
    enabled_by_default=False,
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        text("type", "of our request", required=True, origin=Origin.CONTEXT, values=("odometer", "engine_hours")),
        instant("update_time", "the guide calls it get_time", required=True, aliases="get_time"),
        integer("seq", "place within the same second, in reply order", required=True, origin=Origin.COMPUTED),
        double("value", "value", required=True),
    ),
)
