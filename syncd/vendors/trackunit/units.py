"""The devices: units, and the latest value of each of their CAN variables."""

from __future__ import annotations

from datetime import timedelta

from syncd.collection import Collection, Column, Listing, Lookup, Origin, Parents
from syncd.vendors.trackunit import reads, values
from syncd.vendors.trackunit.shared import (
    ANALOG_INPUTS,
    INPUTS,
    OUTPUTS,
    RUNS,
    TEMPERATURES,
    address,
    asked_for,
    boolean,
    double,
    instant,
    integer,
    location,
    numbered,
    text,
)

UNITS = Collection(
    name="units",
    table="trackunit_units",
    doc="The devices in the machines, with their last position and counters.",
    path="/Unit",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Unit")),
    columns=(
        text("id", "id of the unit, which all else refers to", required=True),
        text("serial_number", "serial number of the device, not of the machine", required=True),
        text("phone_number", "number of its SIM card"),
        text("vehicle_type", "Car, Machine …"),
        text("device_type", "kind of device"),
        text("device_model", "model of the device"),
        text("name", "name"),
        text("display_name", "name shown"),
        text("reference_number", "the customer's own number, often the machine's serial number"),
        text("note", "note"),
        instant("created_at", "when it was registered (UTC)", required=True),
        *numbered(text, "input{n}_name", (1, 2, 3, 4), "label of digital input {n}"),
        text("category_id", "category", references="trackunit_categories.id"),
        text("client_id", "client", references="trackunit_clients.id"),
        text("key_id", "access key now in use", references="trackunit_keys.id"),
        instant("gps_fix_time", "time of the position (UTC)"),
        instant("message_time", "time of the last message (UTC): what changed since is read when it moves"),
        *location(doc="last position"),
        double("altitude", "metres (inferred)"),
        integer("heading", "degrees"),
        double("speed", "km/h"),
        *address(doc="last position"),
        *TEMPERATURES,
        double("gsm_level", "signal of the mobile network, percent"),
        text("gsm_signal_quality", "Good, Bad …"),
        text("gps_signal_quality", "Good, Bad …"),
        double("battery_level", "internal battery, percent"),
        double("external_power", "volts"),
        *numbered(double, "pre_run{n}", (1, 2), "seconds on input {n} before the device was fitted"),
        *RUNS,
        double("run_odo", "seconds in movement (inferred)"),
        double("pre_km", "kilometres before the device was fitted"),
        double("km", "kilometres counted"),
        *INPUTS,
        *OUTPUTS,
        *ANALOG_INPUTS,
        *numbered(integer, "input{n}_change_counter", (1, 2, 3, 4), "changes of digital input {n}"),
        boolean("is_active", "the unit is in use"),
        boolean("is_own", "owned by the account rather than shared to it (inferred)"),
        double("current_stop", "length of the present stop, minutes (inferred); missing while moving"),
    ),
)

CAN_VALUE: tuple[Column, ...] = (
    text("value", "the value as sent: a number, a range, or text"),
    double(
        "value_num",
        "from value: the number, or the midpoint of a range; null if value is no number",
        source="value",
        origin=Origin.DERIVED,
        prepare=values.number,
    ),
    double(
        "value_min",
        "from value: lower end of a range; of a single number that number",
        source="value",
        origin=Origin.DERIVED,
        prepare=values.least,
    ),
    double(
        "value_max",
        "from value: upper end of a range; of a single number that number",
        source="value",
        origin=Origin.DERIVED,
        prepare=values.most,
    ),
)
"""The columns made of a CAN value's text."""

UNIT_EXTENDED_INFO = Collection(
    name="unit_extended_info",
    table="trackunit_unit_extended_info",
    doc="The latest value of each CAN variable of a unit. Only units that send extended data have any.",
    path="/GetUnitExtendedInfo",
    one="",
    key=("unit_id", "variable_id"),
    strategy=Listing(
        reads.extended_info,
        Parents("units", (("unit_id", "id"),), mark="message_time", rests=timedelta(days=1)),
    ),
    columns=(
        asked_for("unit_id", "units", "unit"),
        integer("variable_id", "variable; its name and unit stand in trackunit_variables", required=True),
        text("name", "name of the variable"),
        *CAN_VALUE,
        instant("time", "when it was measured (UTC)", required=True),
        text("uom", "unit of measure; none for text and states", source="uoM"),
    ),
)

VARIABLES = Lookup(
    name="variables",
    table="trackunit_variables",
    key=("variable_id",),
    columns=(
        integer("variable_id", "number of the CAN variable", required=True),
        text("name", "latest seen (by time; a row without one does not erase it)"),
        text("uom", "unit of measure, latest seen", source="uoM"),
    ),
    sources=("unit_extended_info", "can_history"),
    doc="CAN variables",
    at="time",
)
