"""What is watched, and what was noticed: alarms and their log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from syncd.collection import Absence, Child, Collection, Listing, Origin, Parents, Tier, Windows
from syncd.errors import RecordInvalid
from syncd.vendors.trackunit import reads
from syncd.vendors.trackunit.shared import address, boolean, double, ids, instant, integer, json, location, text, time
from syncd.vendors.trackunit.values import time_of_day

_RECIPIENTS = (("emailRecipients", "email"), ("systemRecipients", "system"), ("smsRecipients", "sms"))


def recipients(alarm: Mapping[str, Any]) -> list[Any]:
    """Who is told of an alarm, from its three lists, each with the kind of list. Raises RecordInvalid without lists."""
    found: list[Any] = []
    for source, kind in _RECIPIENTS:
        told = alarm.get(source)
        if told is not None and not isinstance(told, list):
            raise RecordInvalid(f"{source} is not an array")
        found += [{"@kind": kind, ".": value} for value in told or () if value is not None]
    return found


ALARMS = Collection(
    name="alarms",
    table="trackunit_alarms",
    doc="What the account has watched; which columns are set depends on type.",
    path="/Alarm",
    one="",
    key=("id",),
    strategy=Listing(reads.whole("/Alarm")),
    columns=(
        text("id", "id of the alarm", required=True),
        instant("created", "when it was made (UTC)", required=True),
        text("name", "name", required=True),
        text("type", "what it watches: ByCustomPoint, ByZoneEnter, ByWorkTime, ByTemperature …", required=True),
        boolean("enabled", "switched on", required=True),
        boolean("all_units", "for all units", required=True),
        json("units", "ids of the units it watches; rows in trackunit_alarm_units"),
        json("groups", "ids of the groups it watches; rows in trackunit_alarm_groups"),
        json("email_recipients", "who gets an e-mail; rows in trackunit_alarm_recipient_configs"),
        json("system_recipients", "who gets a message in the portal; rows in trackunit_alarm_recipient_configs"),
        json("sms_recipients", "who gets a text message; rows in trackunit_alarm_recipient_configs"),
        json("temperature_limits", "lower and upper limits of both temperatures"),
        json("ad_voltage_limits", "lower and upper limit of the analogue voltage"),
        integer("ad_voltage_input_index", "analogue input that is watched"),
        double("threshold", "threshold of the kind that type says"),
        double("battery_level", "battery level, percent"),
        *location(doc="of ByCustomPoint"),
        double("radius", "distance around the place"),
        integer("input_index", "digital input that is watched"),
        double("interval", "interval of the kind that type says"),
        text("point_id", "point that is watched", references="trackunit_points.id"),
        instant("expected_arrival_time", "of the two kinds about arrival; the zone is not documented, taken for UTC"),
        double("power_level", "external power level"),
        json("weekdays", "days on which it is watched"),
        time("time_start", "from this time of day, local to the customer (inferred)", prepare=time_of_day),
        time("time_end", "to this time of day, local to the customer (inferred)", prepare=time_of_day),
        text("zone_id", "zone that is watched", references="trackunit_zones.id"),
    ),
    children=(
        ids("alarm_units", "units", ("alarm_id", "alarms"), ("unit_id", "units"), "a unit it watches"),
        ids("alarm_groups", "groups", ("alarm_id", "alarms"), ("group_id", "groups"), "a group it watches"),
        Child(
            name="alarm_recipient_configs",
            table="trackunit_alarm_recipient_configs",
            source="emailRecipients",
            sources=("systemRecipients", "smsRecipients"),
            key=("alarm_id", "kind", "value"),
            parent_key=("alarm_id",),
            elements=recipients,
            columns=(
                text("alarm_id", "owner", required=True, origin=Origin.CONTEXT, references="trackunit_alarms.id"),
                text(
                    "kind",
                    "which list: emailRecipients, systemRecipients, smsRecipients",
                    required=True,
                    origin=Origin.CONTEXT,
                    values=("email", "system", "sms"),
                ),
                text("value", "the recipient as the list names it", required=True, source="."),
            ),
            doc="who is told of an alarm, and how",
        ),
    ),
)

ALARM_LOG = Collection(
    name="alarm_log",
    table="trackunit_alarm_log",
    doc="Alarms that were triggered; one of them may be about many units in the same instant.",
    path="/AlarmLog",
    one="",
    key=("alarm_id", "unit_id", "triggered_at"),
    absence=Absence.KEEP,
    strategy=Windows(
        reads.alarm_log,
        start="triggered_at",
        most=reads.LONGEST,
        lookback=timedelta(days=2),
        tiers=(Tier(timedelta(days=7), timedelta(days=7)),),
        reopens=Parents("units", (("unit_id", "id"),), mark="message_time", batch=reads.MANY),
    ),
    columns=(
        text("alarm_id", "alarm; may have been deleted since", required=True, references="trackunit_alarms.id"),
        text("unit_id", "unit; may have been deleted since", required=True, references="trackunit_units.id"),
        instant("triggered_at", "when it was triggered (UTC)", required=True),
        *address(),
        *location(),
        json("recipients", "who was told; rows in trackunit_alarm_log_recipients"),
    ),
    children=(
        Child(
            name="alarm_log_recipients",
            table="trackunit_alarm_log_recipients",
            source="recipients",
            key=("alarm_id", "unit_id", "triggered_at", "position"),
            parent_key=("alarm_id", "unit_id", "triggered_at"),
            columns=(
                text("alarm_id", "alarm", required=True, origin=Origin.CONTEXT, references="trackunit_alarms.id"),
                text("unit_id", "unit", required=True, origin=Origin.CONTEXT, references="trackunit_units.id"),
                instant("triggered_at", "when it was triggered (UTC)", required=True, origin=Origin.CONTEXT),
                integer("position", "place in the list, from 0", required=True, origin=Origin.COMPUTED),
                text("contact_id", "who was told", references="trackunit_contacts.id"),
                text("sent_via", "how"),
                text("phone_number", "to which telephone"),
                text("email", "to which e-mail address"),
                boolean("delivered", "whether it arrived; may turn true later"),
            ),
            doc="who was told of a triggered alarm",
        ),
    ),
)
