"""What trackers tell of themselves now: states, sensors, readings, counters."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

from syncd.ask import Answer, Question
from syncd.collection import Child, Collection, Listing, Origin, Parents, boolean, double, instant, integer, json, text
from syncd.errors import CallMissing, FeatureMissing
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors.itrack.protocol import question, timed
from syncd.vendors.itrack.reads import (
    array,
    by_tracker,
    listed,
    mapped,
    one_answer,
    one_by_one,
    put,
    together,
    trackers,
)
from syncd.vendors.itrack.times import localised

_READINGS = (("inputs", "input"), ("states", "state"), ("virtual_sensors", "virtual"), ("counters", "counter"))


def _read_states(account: Account, part: Part) -> Reading:
    """The states of a batch; blocked and unknown trackers are named apart, so that one does not fail all."""
    asked = {"trackers": together(part), "list_blocked": True, "allow_not_exist": True}
    answer = yield from one_answer(part, timed(account, "/tracker/get_states/", asked))
    found, skipped = by_tracker(part, mapped(answer, "states"))
    records = [put(state, tracker_id=tracker) for tracker, state in found.items()]
    return Taken(localised(TRACKER_STATES, account, records), skipped=skipped)


def _read_sensors(_account: Account, part: Part) -> Reading:
    """The sensors of a batch; a server without the call for many is asked tracker by tracker."""
    try:
        answer = yield from one_answer(part, question("/tracker/sensor/batch_list/", {"trackers": together(part)}))
    except CallMissing:
        found, skipped = yield from one_by_one(
            part, lambda tracker: question("/tracker/sensor/list/", {"tracker_id": tracker}), listed
        )
    else:
        result = mapped(answer, "result")
        found, skipped = {tracker: array(result, str(tracker)) for tracker in together(part)}, ()
    records = [put(sensor, tracker_id=tracker) for tracker, sensors in found.items() for sensor in sensors]
    return Taken(records, skipped=skipped)


def _read_readings(account: Account, part: Part) -> Reading:
    """The readings of a batch: a row for each input, state, virtual sensor and counter."""
    found, skipped = yield from _readings(account, part)
    records = []
    for tracker, readings in found.items():
        for member, kind in _READINGS:
            records += [put(r, tracker_id=tracker, kind=kind, key=_key(kind, r)) for r in array(readings, member)]
    return Taken(localised(READINGS, account, records), skipped=skipped)


def _read_counters(account: Account, part: Part) -> Reading:
    """The counters of a batch: from the readings where the server lists them there, else tracker by tracker."""
    try:
        found, skipped = yield from _readings(account, part)
    except FeatureMissing:
        found, skipped = {}, ()
    if any(isinstance(readings, dict) and "counters" in readings for readings in found.values()):
        counters = {tracker: array(readings, "counters") for tracker, readings in found.items()}
    else:
        counters, skipped = yield from one_by_one(
            part, lambda tracker: timed(account, "/tracker/get_counters/", {"tracker_id": tracker}), listed
        )
    records = [put(_counter(one), tracker_id=tracker) for tracker, many in counters.items() for one in many]
    return Taken(localised(COUNTERS, account, records), skipped=skipped)


def _readings(
    account: Account, part: Part
) -> Generator[Question, Answer, tuple[Mapping[int, Any], tuple[tuple[Any, ...], ...]]]:
    """The readings by tracker, and who could not be asked; one question serves two collections."""
    try:
        asked = timed(account, "/tracker/readings/batch_list/", {"trackers": together(part)}, shared=True)
        answer = yield from one_answer(part, asked)
    except CallMissing:
        return (
            yield from one_by_one(
                part,
                lambda tracker: timed(account, "/tracker/readings/list/", {"tracker_id": tracker}, shared=True),
                lambda answer: _alone(answer.value),
            )
        )
    result = mapped(answer, "result")
    return {tracker: result.get(str(tracker), {}) for tracker in together(part)}, ()


def _alone(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """The readings of one tracker, which stand in ``result`` or in the answer itself."""
    result = value.get("result")
    return result if isinstance(result, dict) else value


def _key(kind: str, reading: object) -> object:
    """What tells a reading from others of its kind, as the catalogue says."""
    if not isinstance(reading, dict):
        return None
    if kind == "state":
        found = reading.get("field")
        return reading.get("name") if found is None else found
    if kind == "counter":
        return reading.get("type")
    sensor = reading.get("sensor_id")
    return reading.get("name") if sensor is None else sensor


def _counter(counter: object) -> object:
    """A counter as ``get_counters`` tells it; readings say more of it, which is kept there."""
    if not isinstance(counter, dict):
        return counter
    return {name: counter[name] for name in ("type", "value", "update_time") if name in counter}


TRACKER_STATES: Collection = Collection(
    name="tracker_states",
    table="itrack_tracker_states",
    path="/tracker/get_states/",
    one="",
    key=("tracker_id",),
    strategy=Listing(_read_states, parents=Parents("trackers", (("tracker_id", "id"),), batch=2000)),
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        integer("source_id", "data source (shared by clones)", required=True),
        instant("gps_updated", "when the position was fixed", source="gps.updated"),
        integer("gps_signal_level", "%", source="gps.signal_level"),
        double("gps_location_lat", "latitude", required=True, source="gps.location.lat"),
        double("gps_location_lng", "longitude", required=True, source="gps.location.lng"),
        integer("gps_heading", "0 to 360", required=True, source="gps.heading"),
        integer("gps_speed", "km/h", required=True, source="gps.speed"),
        integer("gps_alt", "m", required=True, source="gps.alt"),
        integer("gps_precision", "m, absent if unknown", source="gps.precision"),
        boolean("gps_gsm_lbs", "absent unless cell-tower fix", source="gps.gsm_lbs"),
        text(
            "connection_status",
            "signal_lost · just_registered · just_replaced · offline · idle · active",
            required=True,
        ),
        text("movement_status", "moving · stopped · parked", required=True),
        instant("movement_status_update", "when movement_status changed"),
        boolean("ignition", "ignition is on"),
        instant("ignition_update", "when ignition changed"),
        instant("gsm_updated", "gsm itself may be null", source="gsm.updated"),
        integer("gsm_signal_level", "%", source="gsm.signal_level"),
        text("gsm_network_name", "mobile network", source="gsm.network_name"),
        boolean("gsm_roaming", "roaming", source="gsm.roaming"),
        instant("last_update", "when the device last reported"),
        integer("battery_level", "%"),
        instant("battery_update", "when battery_level was told"),
        json("inputs", "states of the discrete inputs, in order", required=True),
        instant("inputs_update", "when inputs were told"),
        json("outputs", "states of the outputs, in order", required=True),
        instant("outputs_update", "when outputs were told"),
        instant("actual_track_update", "last movement; use it to decide whether track/list is worth calling"),
    ),
    children=(
        Child(
            name="tracker_state_fields",
            table="itrack_tracker_state_fields",
            source="additional",
            key=("tracker_id", "key"),
            parent_key=("tracker_id",),
            columns=(
                integer(
                    "tracker_id",
                    "of the parent",
                    required=True,
                    origin=Origin.CONTEXT,
                    references="itrack_tracker_states.tracker_id",
                ),
                text("key", "depends on the model, e.g. hardware_key", required=True, origin=Origin.MAP_KEY),
                text("value", "may exceed 64 bits", required=True),
                instant("updated", "when told"),
            ),
        ),
    ),
)


SENSORS: Collection = Collection(
    name="sensors",
    table="itrack_sensors",
    path="/tracker/sensor/batch_list/",
    one="",
    key=("id",),
    strategy=Listing(_read_sensors, parents=trackers(batch=500)),
    columns=(
        integer("tracker_id", "of our request", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        integer("id", "numeric id", required=True),
        text("type", "metering · discrete · virtual", required=True),
        text(
            "sensor_type",
            "what it measures, as fuel, temperature, ignition, door, virtual_ignition",
            required=True,
        ),
        text("name", "≤ 100", required=True),
        text("input_name", "metering and virtual"),
        integer("input_number", "discrete, 1 to 8"),
        text("group_type", "group of sensors"),
        double("divider", "metering"),
        double("accuracy", "metering"),
        text("units", "unit shown"),
        text("units_type", "unit of the value"),
        boolean("custom_field_name", "the input is a field of its own name"),
        json("parameters", "parent_ids[], min, max, volume, calc_method, range_from/to, bit_index, value_titles[] …"),
    ),
)


READINGS: Collection = Collection(
    name="readings",
    table="itrack_readings",
    path="/tracker/readings/batch_list/",
    one="",
    key=("tracker_id", "kind", "key"),
    strategy=Listing(_read_readings, parents=trackers(batch=500)),
    drops=("field",),
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        text(
            "kind",
            "which of the four arrays: inputs, states, virtual_sensors, counters",
            required=True,
            origin=Origin.DERIVED,
            values=("input", "state", "virtual", "counter"),
        ),
        text(
            "key",
            "of an input or virtual sensor its sensor_id (else name), of a state its field, of a counter its type",
            required=True,
            origin=Origin.DERIVED,
        ),
        integer("sensor_id", "sensor", references="itrack_sensors.id"),
        text("name", "name of the input or field"),
        text("label", "name shown"),
        text("type", "kind of sensor or counter"),
        text("value", "number, string or bool; keep a text and a numeric column"),
        text("units", "unit shown"),
        text("units_type", "unit of the value"),
        double("min_value", "smallest value shown"),
        double("max_value", "largest value shown"),
        text("converted_units_type", "unit of the user's system"),
        double("converted_value", "value in that unit"),
        instant("update_time", "when measured", required=True),
    ),
    children=(
        Child(
            name="reading_composites",
            table="itrack_reading_composites",
            source="composite_sensor_ids",
            key=("tracker_id", "kind", "key", "composite_sensor_id"),
            parent_key=("tracker_id", "kind", "key"),
            columns=(
                integer(
                    "tracker_id", "of the parent", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"
                ),
                text("kind", "of the parent", required=True, origin=Origin.CONTEXT),
                text("key", "of the parent", required=True, origin=Origin.CONTEXT),
                integer(
                    "composite_sensor_id",
                    "sensor this one is made of",
                    required=True,
                    source=".",
                    references="itrack_sensors.id",
                ),
                integer(
                    "sensor_id",
                    "sensor_id of the parent reading",
                    required=True,
                    origin=Origin.CONTEXT,
                    references="itrack_sensors.id",
                ),
            ),
        ),
    ),
)


COUNTERS: Collection = Collection(
    name="counters",
    table="itrack_counters",
    path="/tracker/get_counters/",
    one="",
    key=("tracker_id", "type"),
    strategy=Listing(_read_counters, parents=trackers(batch=500)),
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        text("type", "odometer · engine_hours (older docs also fuel_consumed)", required=True),
        double("value", "km or hours", required=True),
        instant("update_time", "when measured", required=True),
    ),
)
