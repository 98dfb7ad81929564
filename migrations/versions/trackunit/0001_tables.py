"""The tables of Trackunit Classic."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "trackunit_0001"
down_revision = None
branch_labels = ("trackunit",)
depends_on = None

# The types as they were when this was written: a later change of the program must not change what is made here.
INTEGER = sa.BigInteger()
TEXT = sa.Text()
DOUBLE: sa.Double[float] = sa.Double()
BOOLEAN = sa.Boolean()
DATE = sa.Date()
TIME = sa.Time()
LOCAL = sa.DateTime()
INSTANT = sa.DateTime(timezone=True)
JSON = JSONB().with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "trackunit_clients",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the client"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("note", TEXT, comment="note"),
        sa.Column("country", TEXT, comment="country, two letters"),
        sa.Column("zip_code", TEXT, comment="postal code"),
        sa.Column("city", TEXT, comment="town"),
        sa.Column("street_address", TEXT, comment="street and number"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="The account's customers.",
    )
    op.create_table(
        "trackunit_categories",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the category"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Kinds of machines, as the account sorts them.",
    )
    op.create_table(
        "trackunit_zones",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the zone"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("note", TEXT, comment="note"),
        sa.Column("icon", TEXT, comment="path of its icon"),
        sa.Column("polygon", TEXT, comment="WKT as sent: latitude first"),
        sa.Column(
            "polygon_lon_lat", TEXT, comment="from polygon: the same WKT with longitude first, as GIS tools read it"
        ),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Areas on the map.",
    )
    op.create_table(
        "trackunit_points",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the point"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("note", TEXT, comment="note"),
        sa.Column("icon", TEXT, comment="path of its icon"),
        sa.Column("latitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("longitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("country", TEXT, comment="country, two letters"),
        sa.Column("zip_code", TEXT, comment="postal code"),
        sa.Column("city", TEXT, comment="town"),
        sa.Column("street_address", TEXT, comment="street and number"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Places on the map.",
    )
    op.create_table(
        "trackunit_group_units",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("group_id", TEXT, nullable=False, comment="owner"),
        sa.Column("unit_id", TEXT, nullable=False, comment="a unit in the group"),
        sa.PrimaryKeyConstraint("connection", "group_id", "unit_id"),
        comment="a unit in the group",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackunit_group_units_unit_id", "trackunit_group_units", ["connection", "unit_id"])
    op.create_table(
        "trackunit_groups",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the group"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("units", JSON, comment="ids of the units in it; rows in trackunit_group_units"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Groups of units.",
    )
    op.create_table(
        "trackunit_key_units",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("key_id", TEXT, nullable=False, comment="owner"),
        sa.Column("unit_id", TEXT, nullable=False, comment="a unit the key opens"),
        sa.PrimaryKeyConstraint("connection", "key_id", "unit_id"),
        comment="a unit the key opens",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackunit_key_units_unit_id", "trackunit_key_units", ["connection", "unit_id"])
    op.create_table(
        "trackunit_key_groups",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("key_id", TEXT, nullable=False, comment="owner"),
        sa.Column("group_id", TEXT, nullable=False, comment="a group the key opens"),
        sa.PrimaryKeyConstraint("connection", "key_id", "group_id"),
        comment="a group the key opens",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackunit_key_groups_group_id", "trackunit_key_groups", ["connection", "group_id"])
    op.create_table(
        "trackunit_keys",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the key"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("serial_number", TEXT, comment="serial number, hexadecimal text with its leading zeros"),
        sa.Column("key_valid", TEXT, comment="how long the key holds after use: 30sec, 60sec, 90sec"),
        sa.Column("key_expire", TEXT, comment="after how long without use it expires: 0sec … 16hours"),
        sa.Column("is_admin", BOOLEAN, comment="key of an administrator"),
        sa.Column("company_name", TEXT, comment="company of its holder"),
        sa.Column("email", TEXT, comment="e-mail of its holder"),
        sa.Column("mobile", TEXT, comment="mobile telephone of its holder"),
        sa.Column("phone", TEXT, comment="telephone of its holder"),
        sa.Column("note", TEXT, comment="note"),
        sa.Column("expiration_date", INSTANT, comment="when the key ends (UTC, sent without a mark)"),
        sa.Column("employee_number", TEXT, comment="employee number of its holder"),
        sa.Column("units", JSON, comment="ids of the units it opens; rows in trackunit_key_units"),
        sa.Column("groups", JSON, comment="ids of the groups it opens; rows in trackunit_key_groups"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="Access keys: who may start which machine.",
    )
    op.create_table(
        "trackunit_contacts",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the contact"),
        sa.Column("client_id", TEXT, comment="client"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("email", TEXT, comment="e-mail"),
        sa.Column("phone", TEXT, comment="telephone"),
        sa.Column("mobile", TEXT, comment="mobile telephone"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="People at the clients.",
    )
    op.create_index("ix_trackunit_contacts_client_id", "trackunit_contacts", ["connection", "client_id"])
    op.create_table(
        "trackunit_alarm_units",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("alarm_id", TEXT, nullable=False, comment="owner"),
        sa.Column("unit_id", TEXT, nullable=False, comment="a unit it watches"),
        sa.PrimaryKeyConstraint("connection", "alarm_id", "unit_id"),
        comment="a unit it watches",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackunit_alarm_units_unit_id", "trackunit_alarm_units", ["connection", "unit_id"])
    op.create_table(
        "trackunit_alarm_groups",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("alarm_id", TEXT, nullable=False, comment="owner"),
        sa.Column("group_id", TEXT, nullable=False, comment="a group it watches"),
        sa.PrimaryKeyConstraint("connection", "alarm_id", "group_id"),
        comment="a group it watches",
        sqlite_with_rowid=False,
    )
    op.create_index("ix_trackunit_alarm_groups_group_id", "trackunit_alarm_groups", ["connection", "group_id"])
    op.create_table(
        "trackunit_alarm_recipient_configs",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("alarm_id", TEXT, nullable=False, comment="owner"),
        sa.Column("kind", TEXT, nullable=False, comment="which list: emailRecipients, systemRecipients, smsRecipients"),
        sa.Column("value", TEXT, nullable=False, comment="the recipient as the list names it"),
        sa.PrimaryKeyConstraint("connection", "alarm_id", "kind", "value"),
        comment="who is told of an alarm, and how",
        sqlite_with_rowid=False,
    )
    op.create_table(
        "trackunit_alarms",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the alarm"),
        sa.Column("created", INSTANT, comment="when it was made (UTC)"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("type", TEXT, comment="what it watches: ByCustomPoint, ByZoneEnter, ByWorkTime, ByTemperature …"),
        sa.Column("enabled", BOOLEAN, comment="switched on"),
        sa.Column("all_units", BOOLEAN, comment="for all units"),
        sa.Column("units", JSON, comment="ids of the units it watches; rows in trackunit_alarm_units"),
        sa.Column("groups", JSON, comment="ids of the groups it watches; rows in trackunit_alarm_groups"),
        sa.Column("email_recipients", JSON, comment="who gets an e-mail; rows in trackunit_alarm_recipient_configs"),
        sa.Column(
            "system_recipients",
            JSON,
            comment="who gets a message in the portal; rows in trackunit_alarm_recipient_configs",
        ),
        sa.Column("sms_recipients", JSON, comment="who gets a text message; rows in trackunit_alarm_recipient_configs"),
        sa.Column("temperature_limits", JSON, comment="lower and upper limits of both temperatures"),
        sa.Column("ad_voltage_limits", JSON, comment="lower and upper limit of the analogue voltage"),
        sa.Column("ad_voltage_input_index", INTEGER, comment="analogue input that is watched"),
        sa.Column("threshold", DOUBLE, comment="threshold of the kind that type says"),
        sa.Column("battery_level", DOUBLE, comment="battery level, percent"),
        sa.Column("latitude", DOUBLE, comment="of ByCustomPoint: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("longitude", DOUBLE, comment="of ByCustomPoint: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("radius", DOUBLE, comment="distance around the place"),
        sa.Column("input_index", INTEGER, comment="digital input that is watched"),
        sa.Column("interval", DOUBLE, comment="interval of the kind that type says"),
        sa.Column("point_id", TEXT, comment="point that is watched"),
        sa.Column(
            "expected_arrival_time",
            INSTANT,
            comment="of the two kinds about arrival; the zone is not documented, taken for UTC",
        ),
        sa.Column("power_level", DOUBLE, comment="external power level"),
        sa.Column("weekdays", JSON, comment="days on which it is watched"),
        sa.Column("time_start", TIME, comment="from this time of day, local to the customer (inferred)"),
        sa.Column("time_end", TIME, comment="to this time of day, local to the customer (inferred)"),
        sa.Column("zone_id", TEXT, comment="zone that is watched"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="What the account has watched; which columns are set depends on type.",
    )
    op.create_index("ix_trackunit_alarms_point_id", "trackunit_alarms", ["connection", "point_id"])
    op.create_index("ix_trackunit_alarms_zone_id", "trackunit_alarms", ["connection", "zone_id"])
    op.create_table(
        "trackunit_units",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("id", TEXT, nullable=False, comment="id of the unit, which all else refers to"),
        sa.Column("serial_number", TEXT, comment="serial number of the device, not of the machine"),
        sa.Column("phone_number", TEXT, comment="number of its SIM card"),
        sa.Column("vehicle_type", TEXT, comment="Car, Machine …"),
        sa.Column("device_type", TEXT, comment="kind of device"),
        sa.Column("device_model", TEXT, comment="model of the device"),
        sa.Column("name", TEXT, comment="name"),
        sa.Column("display_name", TEXT, comment="name shown"),
        sa.Column("reference_number", TEXT, comment="the customer's own number, often the machine's serial number"),
        sa.Column("note", TEXT, comment="note"),
        sa.Column("created_at", INSTANT, comment="when it was registered (UTC)"),
        sa.Column("input1_name", TEXT, comment="label of digital input 1"),
        sa.Column("input2_name", TEXT, comment="label of digital input 2"),
        sa.Column("input3_name", TEXT, comment="label of digital input 3"),
        sa.Column("input4_name", TEXT, comment="label of digital input 4"),
        sa.Column("category_id", TEXT, comment="category"),
        sa.Column("client_id", TEXT, comment="client"),
        sa.Column("key_id", TEXT, comment="access key now in use"),
        sa.Column("gps_fix_time", INSTANT, comment="time of the position (UTC)"),
        sa.Column(
            "message_time", INSTANT, comment="time of the last message (UTC): what changed since is read when it moves"
        ),
        sa.Column("latitude", DOUBLE, comment="last position: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("longitude", DOUBLE, comment="last position: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("altitude", DOUBLE, comment="metres (inferred)"),
        sa.Column("heading", INTEGER, comment="degrees"),
        sa.Column("speed", DOUBLE, comment="km/h"),
        sa.Column("country", TEXT, comment="last position: country, two letters"),
        sa.Column("zip_code", TEXT, comment="last position: postal code"),
        sa.Column("city", TEXT, comment="last position: town"),
        sa.Column("street_address", TEXT, comment="last position: street and number"),
        sa.Column("temperature1", DOUBLE, comment="degrees Celsius (inferred), sensor 1"),
        sa.Column("temperature2", DOUBLE, comment="degrees Celsius (inferred), sensor 2"),
        sa.Column("gsm_level", DOUBLE, comment="signal of the mobile network, percent"),
        sa.Column("gsm_signal_quality", TEXT, comment="Good, Bad …"),
        sa.Column("gps_signal_quality", TEXT, comment="Good, Bad …"),
        sa.Column("battery_level", DOUBLE, comment="internal battery, percent"),
        sa.Column("external_power", DOUBLE, comment="volts"),
        sa.Column("pre_run1", DOUBLE, comment="seconds on input 1 before the device was fitted"),
        sa.Column("pre_run2", DOUBLE, comment="seconds on input 2 before the device was fitted"),
        sa.Column("run1", DOUBLE, comment="seconds counted on input 1 since the device was fitted"),
        sa.Column("run2", DOUBLE, comment="seconds counted on input 2 since the device was fitted"),
        sa.Column("run3", DOUBLE, comment="seconds counted on input 3 since the device was fitted"),
        sa.Column("run4", DOUBLE, comment="seconds counted on input 4 since the device was fitted"),
        sa.Column("run_odo", DOUBLE, comment="seconds in movement (inferred)"),
        sa.Column("pre_km", DOUBLE, comment="kilometres before the device was fitted"),
        sa.Column("km", DOUBLE, comment="kilometres counted"),
        sa.Column("input1", BOOLEAN, comment="digital input 1"),
        sa.Column("input2", BOOLEAN, comment="digital input 2"),
        sa.Column("input3", BOOLEAN, comment="digital input 3"),
        sa.Column("input4", BOOLEAN, comment="digital input 4"),
        sa.Column("input5", BOOLEAN, comment="digital input 5"),
        sa.Column("input6", BOOLEAN, comment="digital input 6"),
        sa.Column("input7", BOOLEAN, comment="digital input 7"),
        sa.Column("input8", BOOLEAN, comment="digital input 8"),
        sa.Column("input9", BOOLEAN, comment="digital input 9"),
        sa.Column("input10", BOOLEAN, comment="digital input 10"),
        sa.Column("output1", BOOLEAN, comment="output 1"),
        sa.Column("output2", BOOLEAN, comment="output 2"),
        sa.Column("output3", BOOLEAN, comment="output 3"),
        sa.Column("output4", BOOLEAN, comment="output 4"),
        sa.Column("output5", BOOLEAN, comment="output 5"),
        sa.Column("analog_input1", DOUBLE, comment="analogue input 1; there is no number 3"),
        sa.Column("analog_input2", DOUBLE, comment="analogue input 2; there is no number 3"),
        sa.Column("analog_input4", DOUBLE, comment="analogue input 4; there is no number 3"),
        sa.Column("input1_change_counter", INTEGER, comment="changes of digital input 1"),
        sa.Column("input2_change_counter", INTEGER, comment="changes of digital input 2"),
        sa.Column("input3_change_counter", INTEGER, comment="changes of digital input 3"),
        sa.Column("input4_change_counter", INTEGER, comment="changes of digital input 4"),
        sa.Column("is_active", BOOLEAN, comment="the unit is in use"),
        sa.Column("is_own", BOOLEAN, comment="owned by the account rather than shared to it (inferred)"),
        sa.Column(
            "current_stop", DOUBLE, comment="length of the present stop, minutes (inferred); missing while moving"
        ),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "id"),
        comment="The devices in the machines, with their last position and counters.",
    )
    op.create_index("ix_trackunit_units_category_id", "trackunit_units", ["connection", "category_id"])
    op.create_index("ix_trackunit_units_client_id", "trackunit_units", ["connection", "client_id"])
    op.create_index("ix_trackunit_units_key_id", "trackunit_units", ["connection", "key_id"])
    op.create_table(
        "trackunit_unit_extended_info",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column(
            "variable_id", INTEGER, nullable=False, comment="variable; its name and unit stand in trackunit_variables"
        ),
        sa.Column("name", TEXT, comment="name of the variable"),
        sa.Column("value", TEXT, comment="the value as sent: a number, a range, or text"),
        sa.Column(
            "value_num",
            DOUBLE,
            comment="from value: the number, or the midpoint of a range; null if value is no number",
        ),
        sa.Column("value_min", DOUBLE, comment="from value: lower end of a range; of a single number that number"),
        sa.Column("value_max", DOUBLE, comment="from value: upper end of a range; of a single number that number"),
        sa.Column("time", INSTANT, comment="when it was measured (UTC)"),
        sa.Column("uom", TEXT, comment="unit of measure; none for text and states"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "unit_id", "variable_id"),
        comment="The latest value of each CAN variable of a unit. Only units that send extended data have any.",
    )
    op.create_table(
        "trackunit_alarm_log_recipients",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("alarm_id", TEXT, nullable=False, comment="alarm"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column("triggered_at", INSTANT, nullable=False, comment="when it was triggered (UTC)"),
        sa.Column("position", INTEGER, nullable=False, comment="place in the list, from 0"),
        sa.Column("contact_id", TEXT, comment="who was told"),
        sa.Column("sent_via", TEXT, comment="how"),
        sa.Column("phone_number", TEXT, comment="to which telephone"),
        sa.Column("email", TEXT, comment="to which e-mail address"),
        sa.Column("delivered", BOOLEAN, comment="whether it arrived; may turn true later"),
        sa.PrimaryKeyConstraint("connection", "alarm_id", "unit_id", "triggered_at", "position"),
        comment="who was told of a triggered alarm",
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_trackunit_alarm_log_recipients_contact_id", "trackunit_alarm_log_recipients", ["connection", "contact_id"]
    )
    op.create_index(
        "ix_trackunit_alarm_log_recipients_unit_id", "trackunit_alarm_log_recipients", ["connection", "unit_id"]
    )
    op.create_table(
        "trackunit_alarm_log",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("alarm_id", TEXT, nullable=False, comment="alarm; may have been deleted since"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit; may have been deleted since"),
        sa.Column("triggered_at", INSTANT, nullable=False, comment="when it was triggered (UTC)"),
        sa.Column("country", TEXT, comment="country, two letters"),
        sa.Column("zip_code", TEXT, comment="postal code"),
        sa.Column("city", TEXT, comment="town"),
        sa.Column("street_address", TEXT, comment="street and number"),
        sa.Column("latitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("longitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("recipients", JSON, comment="who was told; rows in trackunit_alarm_log_recipients"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "alarm_id", "unit_id", "triggered_at"),
        comment="Alarms that were triggered; one of them may be about many units in the same instant.",
    )
    op.create_index("ix_trackunit_alarm_log_triggered_at", "trackunit_alarm_log", ["connection", "triggered_at"])
    op.create_index("ix_trackunit_alarm_log_unit_id", "trackunit_alarm_log", ["connection", "unit_id"])
    op.create_table(
        "trackunit_unit_day_summaries",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column("date", DATE, nullable=False, comment="the day that was asked for"),
        sa.Column("start_time", LOCAL, comment="first start, in the local time of the unit's customer"),
        sa.Column("start_latitude", DOUBLE, comment="first start: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("start_longitude", DOUBLE, comment="first start: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("start_country", TEXT, comment="first start: country, two letters"),
        sa.Column("start_zip_code", TEXT, comment="first start: postal code"),
        sa.Column("start_city", TEXT, comment="first start: town"),
        sa.Column("start_street_address", TEXT, comment="first start: street and number"),
        sa.Column("stop_time", LOCAL, comment="last stop, in the local time of the unit's customer"),
        sa.Column("stop_latitude", DOUBLE, comment="last stop: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("stop_longitude", DOUBLE, comment="last stop: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("stop_country", TEXT, comment="last stop: country, two letters"),
        sa.Column("stop_zip_code", TEXT, comment="last stop: postal code"),
        sa.Column("stop_city", TEXT, comment="last stop: town"),
        sa.Column("stop_street_address", TEXT, comment="last stop: street and number"),
        sa.Column("input1_change_counter", INTEGER, comment="changes of digital input 1 that day"),
        sa.Column("input2_change_counter", INTEGER, comment="changes of digital input 2 that day"),
        sa.Column("run1", DOUBLE, comment="seconds on input 1 that day"),
        sa.Column("run2", DOUBLE, comment="seconds on input 2 that day"),
        sa.Column("run3", DOUBLE, comment="seconds on input 3 that day"),
        sa.Column("run4", DOUBLE, comment="seconds on input 4 that day"),
        sa.Column("run_odo", DOUBLE, comment="seconds in movement that day"),
        sa.Column("km", DOUBLE, comment="kilometres that day"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "unit_id", "date"),
        comment="What a unit did in a day; one request brings all units.",
    )
    op.create_index("ix_trackunit_unit_day_summaries_date", "trackunit_unit_day_summaries", ["connection", "date"])
    op.create_table(
        "trackunit_unit_history",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column("time", INSTANT, nullable=False, comment="when it was sent (UTC); not unique"),
        sa.Column(
            "ordinal",
            INTEGER,
            nullable=False,
            comment="place among rows that are equal in the rest of the key, from 0; the vendor gives no id",
        ),
        sa.Column(
            "event",
            INTEGER,
            comment="why: 2 is a timed message, 6 a change of an input or output; others are not documented",
        ),
        sa.Column("key_id", TEXT, comment="access key in use"),
        sa.Column("latitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("longitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("country", TEXT, comment="country, two letters"),
        sa.Column("zip_code", TEXT, comment="postal code"),
        sa.Column("city", TEXT, comment="town"),
        sa.Column("street_address", TEXT, comment="street and number"),
        sa.Column("heading", INTEGER, comment="degrees"),
        sa.Column("speed", DOUBLE, comment="km/h"),
        sa.Column("km", DOUBLE, comment="kilometres counted, at that moment"),
        sa.Column("run1", DOUBLE, comment="seconds counted on input 1 since the device was fitted"),
        sa.Column("run2", DOUBLE, comment="seconds counted on input 2 since the device was fitted"),
        sa.Column("run3", DOUBLE, comment="seconds counted on input 3 since the device was fitted"),
        sa.Column("run4", DOUBLE, comment="seconds counted on input 4 since the device was fitted"),
        sa.Column("run_odo", DOUBLE, comment="seconds in movement (inferred)"),
        sa.Column("temperature1", DOUBLE, comment="degrees Celsius (inferred), sensor 1"),
        sa.Column("temperature2", DOUBLE, comment="degrees Celsius (inferred), sensor 2"),
        sa.Column("input1", BOOLEAN, comment="digital input 1"),
        sa.Column("input2", BOOLEAN, comment="digital input 2"),
        sa.Column("input3", BOOLEAN, comment="digital input 3"),
        sa.Column("input4", BOOLEAN, comment="digital input 4"),
        sa.Column("input5", BOOLEAN, comment="digital input 5"),
        sa.Column("input6", BOOLEAN, comment="digital input 6"),
        sa.Column("input7", BOOLEAN, comment="digital input 7"),
        sa.Column("input8", BOOLEAN, comment="digital input 8"),
        sa.Column("input9", BOOLEAN, comment="digital input 9"),
        sa.Column("input10", BOOLEAN, comment="digital input 10"),
        sa.Column("output1", BOOLEAN, comment="output 1"),
        sa.Column("output2", BOOLEAN, comment="output 2"),
        sa.Column("output3", BOOLEAN, comment="output 3"),
        sa.Column("output4", BOOLEAN, comment="output 4"),
        sa.Column("output5", BOOLEAN, comment="output 5"),
        sa.Column("analog_input1", DOUBLE, comment="analogue input 1; there is no number 3"),
        sa.Column("analog_input2", DOUBLE, comment="analogue input 2; there is no number 3"),
        sa.Column("analog_input4", DOUBLE, comment="analogue input 4; there is no number 3"),
        sa.Column("input1_change_counter", INTEGER, comment="changes of digital input 1"),
        sa.Column("input2_change_counter", INTEGER, comment="changes of digital input 2"),
        sa.Column("input3_change_counter", INTEGER, comment="changes of digital input 3"),
        sa.Column("input4_change_counter", INTEGER, comment="changes of digital input 4"),
        sa.Column("battery_level", DOUBLE, comment="internal battery, percent"),
        sa.Column("external_power", DOUBLE, comment="volts; in an old form of the report millivolts"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "unit_id", "time", "ordinal"),
        comment="One row for each message of a unit.",
    )
    op.create_index("ix_trackunit_unit_history_key_id", "trackunit_unit_history", ["connection", "key_id"])
    op.create_table(
        "trackunit_active_faults",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column("time", INSTANT, nullable=False, comment="when it was reported (UTC)"),
        sa.Column("spn", INTEGER, nullable=False, comment="suspect parameter number (J1939), 0 to 524287"),
        sa.Column("fmi", INTEGER, nullable=False, comment="failure mode identifier (J1939)"),
        sa.Column(
            "ordinal",
            INTEGER,
            nullable=False,
            comment="place among rows that are equal in the rest of the key, from 0; the vendor gives no id",
        ),
        sa.Column("occurrence_count", INTEGER, comment="how often it occurred, as the controller counts"),
        sa.Column("name", TEXT, comment="name of the fault"),
        sa.Column("description", TEXT, comment="description, can be long"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "unit_id", "time", "spn", "fmi", "ordinal"),
        comment="Fault codes that a machine reported. Nothing says when a fault was over.",
    )
    op.create_table(
        "trackunit_trips",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column("key_id", TEXT, comment="access key in use"),
        sa.Column("start_time", INSTANT, nullable=False, comment="start (UTC, sent without a mark)"),
        sa.Column("start_latitude", DOUBLE, comment="start: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("start_longitude", DOUBLE, comment="start: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("start_country", TEXT, comment="start: country, two letters"),
        sa.Column("start_zip_code", TEXT, comment="start: postal code"),
        sa.Column("start_city", TEXT, comment="start: town"),
        sa.Column("start_street_address", TEXT, comment="start: street and number"),
        sa.Column("start_km", DOUBLE, comment="kilometres counted at the start"),
        sa.Column("start_run1", DOUBLE, comment="seconds counted on input 1 at the start"),
        sa.Column("stop_time", INSTANT, comment="stop (UTC, sent without a mark)"),
        sa.Column("stop_latitude", DOUBLE, comment="stop: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("stop_longitude", DOUBLE, comment="stop: degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("stop_country", TEXT, comment="stop: country, two letters"),
        sa.Column("stop_zip_code", TEXT, comment="stop: postal code"),
        sa.Column("stop_city", TEXT, comment="stop: town"),
        sa.Column("stop_street_address", TEXT, comment="stop: street and number"),
        sa.Column("stop_km", DOUBLE, comment="kilometres counted at the stop"),
        sa.Column("stop_run1", DOUBLE, comment="seconds counted on input 1 at the stop"),
        sa.Column("finished", BOOLEAN, comment="the trip is over"),
        sa.Column("max_speed", DOUBLE, comment="highest speed, km/h"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "unit_id", "start_time"),
        comment="From start to stop. An unfinished trip changes until it is finished.",
    )
    op.create_index(
        "ix_trackunit_trips_finished",
        "trackunit_trips",
        ["connection", "unit_id", "start_time"],
        sqlite_where=sa.text("finished IS 0"),
        postgresql_where=sa.text("finished IS false"),
    )
    op.create_index("ix_trackunit_trips_key_id", "trackunit_trips", ["connection", "key_id"])
    op.create_table(
        "trackunit_can_history",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column("time", INSTANT, nullable=False, comment="when it was measured (UTC)"),
        sa.Column(
            "variable_id", INTEGER, nullable=False, comment="variable; its name and unit stand in trackunit_variables"
        ),
        sa.Column(
            "ordinal",
            INTEGER,
            nullable=False,
            comment="place among rows that are equal in the rest of the key, from 0; the vendor gives no id",
        ),
        sa.Column("name", TEXT, comment="name of the variable"),
        sa.Column("value", TEXT, comment="the value as sent: a number, a range, or text"),
        sa.Column(
            "value_num",
            DOUBLE,
            comment="from value: the number, or the midpoint of a range; null if value is no number",
        ),
        sa.Column("value_min", DOUBLE, comment="from value: lower end of a range; of a single number that number"),
        sa.Column("value_max", DOUBLE, comment="from value: upper end of a range; of a single number that number"),
        sa.Column("uom", TEXT, comment="unit of measure; none for text and states"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "unit_id", "time", "variable_id", "ordinal"),
        comment="Every CAN value of a unit over time: by far the largest table, hence off unless enabled.",
    )
    op.create_table(
        "trackunit_key_history",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("key_id", TEXT, nullable=False, comment="key"),
        sa.Column("unit_id", TEXT, nullable=False, comment="unit"),
        sa.Column("time", INSTANT, nullable=False, comment="when it was sent (UTC)"),
        sa.Column(
            "ordinal",
            INTEGER,
            nullable=False,
            comment="place among rows that are equal in the rest of the key, from 0; the vendor gives no id",
        ),
        sa.Column("latitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("longitude", DOUBLE, comment="degrees; a place of exactly 0, 0 means no fix"),
        sa.Column("country", TEXT, comment="country, two letters"),
        sa.Column("zip_code", TEXT, comment="postal code"),
        sa.Column("city", TEXT, comment="town"),
        sa.Column("street_address", TEXT, comment="street and number"),
        sa.Column("heading", INTEGER, comment="degrees"),
        sa.Column("speed", DOUBLE, comment="km/h"),
        sa.Column("km", DOUBLE, comment="kilometres counted, at that moment"),
        sa.Column("run1", DOUBLE, comment="seconds counted on input 1 since the device was fitted"),
        sa.Column("run2", DOUBLE, comment="seconds counted on input 2 since the device was fitted"),
        sa.Column("run_odo", DOUBLE, comment="seconds in movement (inferred)"),
        sa.Column("temperature1", DOUBLE, comment="degrees Celsius (inferred), sensor 1"),
        sa.Column("temperature2", DOUBLE, comment="degrees Celsius (inferred), sensor 2"),
        sa.Column("input1", BOOLEAN, comment="digital input 1"),
        sa.Column("input2", BOOLEAN, comment="digital input 2"),
        sa.Column("output3", BOOLEAN, comment="output 3"),
        sa.Column("battery_level", DOUBLE, comment="internal battery, percent"),
        sa.Column("external_power", DOUBLE, comment="volts"),
        sa.Column("_syncd_extra", JSON, comment="members of the record that feed no column (JSON)"),
        sa.Column("_syncd_hash", INTEGER, comment="hash of the record as the vendor sent it"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row or its children last changed here (UTC)"),
        sa.Column("_syncd_deleted_at", INSTANT, comment="when the vendor was found not to have it any more (UTC)"),
        sa.PrimaryKeyConstraint("connection", "key_id", "unit_id", "time", "ordinal"),
        comment="Messages of units while a key was in use: a part of trackunit_unit_history, hence off unless enabled.",
    )
    op.create_index("ix_trackunit_key_history_key_id_time", "trackunit_key_history", ["connection", "key_id", "time"])
    op.create_index("ix_trackunit_key_history_unit_id", "trackunit_key_history", ["connection", "unit_id"])
    op.create_table(
        "trackunit_variables",
        sa.Column("connection", TEXT, nullable=False, comment="the connection it came over"),
        sa.Column("variable_id", INTEGER, nullable=False, comment="number of the CAN variable"),
        sa.Column("name", TEXT, comment="latest seen (by time; a row without one does not erase it)"),
        sa.Column("uom", TEXT, comment="unit of measure, latest seen"),
        sa.Column("_syncd_synced_at", INSTANT, comment="when this row last changed here (UTC)"),
        sa.PrimaryKeyConstraint("connection", "variable_id"),
        comment="gathered from objects embedded in other records: CAN variables",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("trackunit_variables")
    op.drop_table("trackunit_key_history")
    op.drop_table("trackunit_can_history")
    op.drop_table("trackunit_trips")
    op.drop_table("trackunit_active_faults")
    op.drop_table("trackunit_unit_history")
    op.drop_table("trackunit_unit_day_summaries")
    op.drop_table("trackunit_alarm_log")
    op.drop_table("trackunit_alarm_log_recipients")
    op.drop_table("trackunit_unit_extended_info")
    op.drop_table("trackunit_units")
    op.drop_table("trackunit_alarms")
    op.drop_table("trackunit_alarm_recipient_configs")
    op.drop_table("trackunit_alarm_groups")
    op.drop_table("trackunit_alarm_units")
    op.drop_table("trackunit_contacts")
    op.drop_table("trackunit_keys")
    op.drop_table("trackunit_key_groups")
    op.drop_table("trackunit_key_units")
    op.drop_table("trackunit_groups")
    op.drop_table("trackunit_group_units")
    op.drop_table("trackunit_points")
    op.drop_table("trackunit_zones")
    op.drop_table("trackunit_categories")
    op.drop_table("trackunit_clients")
