"""What the devices reported over time: messages, CAN values, faults, trips, sums of days, use of keys."""

from __future__ import annotations

from datetime import timedelta

from syncd.collection import Absence, Collection, Origin, Parents, Tier, Windows
from syncd.vendors.trackunit import reads
from syncd.vendors.trackunit.shared import (
    ANALOG_INPUTS,
    INPUTS,
    ORDINAL,
    OUTPUTS,
    RUNS,
    TEMPERATURES,
    address,
    asked_for,
    boolean,
    date,
    double,
    instant,
    integer,
    local_datetime,
    location,
    numbered,
    text,
)
from syncd.vendors.trackunit.units import CAN_VALUE

_LOOKBACK = timedelta(days=2)
_WEEKLY = (Tier(timedelta(days=7), timedelta(days=7)),)
_UNITS = Parents("units", (("unit_id", "id"),), mark="message_time")

UNIT_HISTORY = Collection(
    name="unit_history",
    table="trackunit_unit_history",
    doc="One row for each message of a unit.",
    path="/Report/UnitHistory",
    one="",
    key=("unit_id", "time", "ordinal"),
    absence=Absence.REMOVE,
    strategy=Windows(
        reads.unit_history, start="time", parents=_UNITS, most=reads.LONGEST, lookback=_LOOKBACK, tiers=_WEEKLY
    ),
    columns=(
        asked_for("unit_id", "units", "unit"),
        instant("time", "when it was sent (UTC); not unique", required=True),
        ORDINAL,
        integer("event", "why: 2 is a timed message, 6 a change of an input or output; others are not documented"),
        text("key_id", "access key in use", aliases="accessKey", references="trackunit_keys.id"),
        *location(flat=True),
        *address(flat=True),
        integer("heading", "degrees"),
        double("speed", "km/h"),
        double("km", "kilometres counted, at that moment"),
        *RUNS,
        double("run_odo", "seconds in movement (inferred)"),
        *TEMPERATURES,
        *INPUTS,
        *OUTPUTS,
        *ANALOG_INPUTS,
        *(
            integer(f"input{n}_change_counter", f"changes of digital input {n}", aliases=f"Input{n}ChangeCounter")
            for n in (1, 2, 3, 4)
        ),
        double("battery_level", "internal battery, percent", aliases="batteryPercentage"),
        double("external_power", "volts; in an old form of the report millivolts"),
    ),
)

CAN_HISTORY = Collection(
    name="can_history",
    table="trackunit_can_history",
    doc="Every CAN value of a unit over time: by far the largest table, hence off unless enabled.",
    path="/Report/UnitExtendedInfo",
    one="",
    key=("unit_id", "time", "variable_id", "ordinal"),
    absence=Absence.REMOVE,
    enabled_by_default=False,
    options=(
        ("units", "ids of the only units to read, as in trackunit_units; all if not given"),
        ("variables", "ids of the only variables to keep, as in trackunit_variables; all if not given"),
    ),
    strategy=Windows(
        reads.can_history,
        start="time",
        parents=Parents("units", (("unit_id", "id"),), mark="message_time", option="units"),
        most=reads.LONGEST,
        first=timedelta(days=1),
        aim=20_000,
        lookback=_LOOKBACK,
        tiers=_WEEKLY,
    ),
    columns=(
        asked_for("unit_id", "units", "unit"),
        instant("time", "when it was measured (UTC)", required=True),
        integer("variable_id", "variable; its name and unit stand in trackunit_variables", required=True),
        ORDINAL,
        text("name", "name of the variable"),
        *CAN_VALUE,
        text("uom", "unit of measure; none for text and states", source="uoM"),
    ),
)

ACTIVE_FAULTS = Collection(
    name="active_faults",
    table="trackunit_active_faults",
    doc="Fault codes that a machine reported. Nothing says when a fault was over.",
    path="/Report/UnitActiveFaults",
    one="",
    key=("unit_id", "time", "spn", "fmi", "ordinal"),
    absence=Absence.REMOVE,
    strategy=Windows(
        reads.active_faults,
        start="time",
        parents=Parents("units", (("unit_id", "id"),), mark="message_time", having="unit_extended_info"),
        most=reads.LONGEST,
        lookback=_LOOKBACK,
        tiers=_WEEKLY,
    ),
    columns=(
        asked_for("unit_id", "units", "unit"),
        instant("time", "when it was reported (UTC)", required=True),
        integer("spn", "suspect parameter number (J1939), 0 to 524287", required=True),
        integer("fmi", "failure mode identifier (J1939)", required=True),
        ORDINAL,
        integer("occurrence_count", "how often it occurred, as the controller counts"),
        text("name", "name of the fault"),
        text("description", "description, can be long"),
    ),
)

TRIPS = Collection(
    name="trips",
    table="trackunit_trips",
    doc="From start to stop. An unfinished trip changes until it is finished.",
    path="/Report/Trip",
    one="",
    key=("unit_id", "start_time"),
    absence=Absence.KEEP,
    strategy=Windows(
        reads.trips,
        start="start_time",
        end="stop_time",
        parents=_UNITS,
        most=reads.LONGEST,
        lookback=_LOOKBACK,
        tiers=_WEEKLY,
        unfinished="finished",
    ),
    columns=(
        text("unit_id", "unit", required=True, references="trackunit_units.id"),
        text("key_id", "access key in use", references="trackunit_keys.id"),
        instant("start_time", "start (UTC, sent without a mark)", required=True),
        *location("start_", "start"),
        *address("start_", "start"),
        double("start_km", "kilometres counted at the start", required=True),
        double("start_run1", "seconds counted on input 1 at the start", required=True),
        instant("stop_time", "stop (UTC, sent without a mark)", required=True),
        *location("stop_", "stop"),
        *address("stop_", "stop"),
        double("stop_km", "kilometres counted at the stop", required=True),
        double("stop_run1", "seconds counted on input 1 at the stop", required=True),
        boolean("finished", "the trip is over", required=True),
        double("max_speed", "highest speed, km/h"),
    ),
)

UNIT_DAY_SUMMARIES = Collection(
    name="unit_day_summaries",
    table="trackunit_unit_day_summaries",
    doc="What a unit did in a day; one request brings all units.",
    path="/Report/UnitSummary",
    one="",
    key=("unit_id", "date"),
    absence=Absence.REMOVE,
    strategy=Windows(
        reads.day_summaries,
        start="date",
        most=timedelta(days=1),
        lookback=timedelta(days=3),
        tiers=_WEEKLY,
        daily=True,
        reopens=Parents("units", (("unit_id", "id"),), mark="message_time", batch=reads.MANY),
    ),
    columns=(
        text("unit_id", "unit", required=True, references="trackunit_units.id"),
        date("date", "the day that was asked for", required=True, origin=Origin.CONTEXT),
        local_datetime("start_time", "first start, in the local time of the unit's customer"),
        *location("start_", "first start"),
        *address("start_", "first start"),
        local_datetime("stop_time", "last stop, in the local time of the unit's customer"),
        *location("stop_", "last stop"),
        *address("stop_", "last stop"),
        *numbered(integer, "input{n}_change_counter", (1, 2), "changes of digital input {n} that day", required=True),
        *numbered(double, "run{n}", (1, 2, 3, 4), "seconds on input {n} that day", required=True),
        double("run_odo", "seconds in movement that day", required=True),
        double("km", "kilometres that day", required=True),
    ),
)

KEY_HISTORY = Collection(
    name="key_history",
    table="trackunit_key_history",
    doc="Messages of units while a key was in use: a part of trackunit_unit_history, hence off unless enabled.",
    path="/Report/KeyHistory",
    one="",
    key=("key_id", "unit_id", "time", "ordinal"),
    absence=Absence.REMOVE,
    enabled_by_default=False,
    strategy=Windows(
        reads.key_history,
        start="time",
        parents=Parents("keys", (("key_id", "id"),)),
        most=reads.LONGEST,
        lookback=_LOOKBACK,
        tiers=_WEEKLY,
    ),
    columns=(
        asked_for("key_id", "keys", "key"),
        text("unit_id", "unit", required=True, references="trackunit_units.id"),
        instant("time", "when it was sent (UTC)", required=True),
        ORDINAL,
        *location(),
        *address(),
        integer("heading", "degrees"),
        double("speed", "km/h"),
        double("km", "kilometres counted, at that moment"),
        *RUNS[:2],
        double("run_odo", "seconds in movement (inferred)"),
        *TEMPERATURES,
        *INPUTS[:2],
        boolean("output3", "output 3"),
        double("battery_level", "internal battery, percent"),
        double("external_power", "volts"),
    ),
)
