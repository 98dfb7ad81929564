"""Vehicles and what they cost, employees, and who drives what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from syncd.ask import Question
from syncd.collection import (
    Collection,
    Listing,
    Origin,
    Tier,
    Windows,
    boolean,
    date,
    decimal,
    double,
    instant,
    integer,
    json,
    text,
)
from syncd.reading import Account, Part, Reading, Taken
from syncd.vendors.itrack.protocol import timed
from syncd.vendors.itrack.reads import part_window, put, trackers, whole, windowed
from syncd.vendors.itrack.shared import CROSSING, tags
from syncd.vendors.itrack.times import SECOND, localised, moment, since, until


def _read_assignments(account: Account, part: Part) -> Reading:
    """Who drives one tracker's vehicle now, and since when."""
    tracker = part.parent.key[0]
    answer = yield timed(account, "/tracker/employee/read/", {"tracker_id": tracker})
    told = {name: answer.value.get(name) for name in ("current", "last_change")}
    return Taken(localised(DRIVER_ASSIGNMENTS, account, [put(told, tracker_id=tracker)]))


def _read_journal(account: Account, part: Part) -> Reading:
    """The driver's journal of one tracker: what began in the window, or lasted into it."""
    window = part_window(account, part, margins=CROSSING + SECOND)

    def ask(start: datetime) -> Question:
        asked = {
            "tracker_id": part.parent.key[0],
            "from": since(account, start),
            "to": until(account, window.end + CROSSING),
        }
        return timed(account, "/driver/journal/entry/list/", asked)

    def take(records: list[Any]) -> list[Any]:
        told = localised(DRIVER_JOURNAL, account, records)
        return [record for record in told if (began := moment(record, "start_date")) is None or began < window.end]

    return (yield from windowed(window, ask, take))


VEHICLES: Collection = Collection(
    name="vehicles",
    table="itrack_vehicles",
    path="/vehicle/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/vehicle/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        integer("tracker_id", "tracker", references="itrack_trackers.id"),
        text("tracker_label", "name of the tracker"),
        text("label", "name shown", required=True),
        text("type", "truck · car · bus · special", required=True),
        text("subtype", "body or kind within the type"),
        text("model", "make and model"),
        integer("garage_id", "garage", references="itrack_garages.id"),
        text("garage_organization_name", "name of the garage's firm"),
        text("trailer", "trailer"),
        text("color", "colour, RGB in hex"),
        text("additional_info", "remarks"),
        integer("manufacture_year", "year of manufacture"),
        text("reg_number", "registration plate"),
        text("vin", "vehicle identification number"),
        text("chassis_number", "number of the chassis"),
        text("frame_number", "number of the frame"),
        integer("max_speed", "km/h"),
        integer("passengers", "seats"),
        integer("tyres_number", "number of tyres"),
        integer("payload_weight", "kg"),
        integer("gross_weight", "kg"),
        decimal("payload_height", "height of the load"),
        decimal("payload_length", "length of the load"),
        decimal("payload_width", "width of the load"),
        text("fuel_type", "petrol · diesel · gas"),
        text("fuel_grade", "grade of the fuel"),
        decimal("norm_avg_fuel_consumption", "l per 100 km"),
        integer("fuel_tank_volume", "l"),
        decimal("fuel_cost", "per l"),
        text("wheel_arrangement", "wheels and driven wheels, as 6x4"),
        text("tyre_size", "size of the tyres"),
        text("liability_insurance_policy_number", "liability insurance: policy"),
        text("free_insurance_policy_number", "other insurance: policy"),
        date("liability_insurance_valid_till", "liability insurance: last day"),
        date("free_insurance_valid_till", "other insurance: last day"),
        integer("icon_id", "picture shown"),
        text("avatar_file_name", "file of the picture"),
    ),
    children=(tags("vehicle_tags", "vehicle_id", "itrack_vehicles"),),
)


GARAGES: Collection = Collection(
    name="garages",
    table="itrack_garages",
    path="/garage/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/garage/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        text("organization_name", "name of the firm"),
        text("mechanic_name", "mechanic"),
        text("dispatcher_name", "dispatcher"),
        double("location_lat", "latitude", source="location.lat"),
        double("location_lng", "longitude", source="location.lng"),
        text("location_address", "address", source="location.address"),
        integer("location_radius", "radius, m", source="location.radius"),
    ),
)


SERVICE_TASKS: Collection = Collection(
    name="service_tasks",
    table="itrack_service_tasks",
    path="/vehicle/service_task/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/vehicle/service_task/list/", lambda: SERVICE_TASKS)),
    columns=(
        integer("id", "numeric id", required=True),
        integer("vehicle_id", "vehicle", required=True, references="itrack_vehicles.id"),
        text("vehicle_label", "name of the vehicle", required=True),
        text("status", "created · notified · expired · done", required=True),
        text("description", "≤ 255", required=True),
        text("comment", "≤ 255"),
        decimal("cost", "cost", required=True),
        boolean("repeat", "comes again when done", required=True),
        boolean("unplanned", "not planned before", required=True),
        instant("completed_date", "when it was done", source="completion_date"),
        integer("start_mileage", "odometer at the start, km", source="start.mileage"),
        integer("start_engine_hours", "engine hours at the start", source="start.engine_hours"),
        instant("start_date", "start", source="start.date"),
        integer("completion_mileage", "odometer when done, km", source="completion.mileage"),
        integer("completion_engine_hours", "engine hours when done", source="completion.engine_hours"),
        instant("completion_date", "when the values at completion were taken", source="completion.date"),
        integer("conditions_mileage_limit", "km", source="conditions.mileage.limit"),
        integer("conditions_mileage_notification_interval", "km", source="conditions.mileage.notification_interval"),
        integer("conditions_mileage_repeat_interval", "km", source="conditions.mileage.repeat_interval"),
        instant("conditions_date_end", "due at", source="conditions.date.end"),
        integer("conditions_date_notification_interval", "days", source="conditions.date.notification_interval"),
        integer("conditions_date_repeat_interval", "days", source="conditions.date.repeat_interval"),
        integer("conditions_engine_hours_limit", "h", source="conditions.engine_hours.limit"),
        integer(
            "conditions_engine_hours_notification_interval", "h", source="conditions.engine_hours.notification_interval"
        ),
        integer("conditions_engine_hours_repeat_interval", "h", source="conditions.engine_hours.repeat_interval"),
        json("notifications", "who is told"),
        integer("current_position_mileage", "odometer now, km", source="current_position.mileage"),
        integer("current_position_engine_hours", "engine hours now", source="current_position.engine_hours"),
        instant("current_position_date", "when these were taken", source="current_position.date"),
        instant("prediction_end_date", "when it will probably be due", source="prediction.end_date"),
        integer(
            "prediction_wear_percentage", "how much of the interval is used, %", source="prediction.wear_percentage"
        ),
        json("file_ids", "ids of attached files", required=True),
    ),
)


EMPLOYEES: Collection = Collection(
    name="employees",
    table="itrack_employees",
    path="/employee/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/employee/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        integer("tracker_id", "tracker", references="itrack_trackers.id"),
        text("first_name", "given name", required=True),
        text("middle_name", "middle name", required=True),
        text("last_name", "family name", required=True),
        text("email", 'may be ""', required=True),
        text("phone", 'may be ""', required=True),
        integer("department_id", "department", references="itrack_departments.id"),
        text("hardware_key", "≤ 64"),
        text("driver_license_number", "driving licence"),
        text("driver_license_cats", "categories of the licence"),
        date("driver_license_issue_date", "licence issued"),
        date("driver_license_valid_till", "licence valid until"),
        text("personnel_number", "≤ 15"),
        text("ssn", "≤ 32, personal data: sensitive, left out unless asked for", sensitive=True),
        integer("icon_id", "picture shown"),
        text("avatar_file_name", "file of the picture"),
        double("location_lat", "latitude", source="location.lat"),
        double("location_lng", "longitude", source="location.lng"),
        text("location_address", "address", source="location.address"),
    ),
    children=(tags("employee_tags", "employee_id", "itrack_employees"),),
)


DEPARTMENTS: Collection = Collection(
    name="departments",
    table="itrack_departments",
    path="/department/list/",
    one="",
    key=("id",),
    strategy=Listing(whole("/department/list/")),
    columns=(
        integer("id", "numeric id", required=True),
        text("label", "name shown", required=True),
        double("location_lat", "latitude", source="location.lat"),
        double("location_lng", "longitude", source="location.lng"),
        text("location_address", "address", source="location.address"),
        integer("location_radius", "radius, m", source="location.radius"),
    ),
)


DRIVER_ASSIGNMENTS: Collection = Collection(
    name="driver_assignments",
    table="itrack_driver_assignments",
    path="/tracker/employee/read/",
    one="",
    key=("tracker_id",),
    strategy=Listing(_read_assignments, parents=trackers()),
    drops=("current",),
    enabled_by_default=False,
    columns=(
        integer("tracker_id", "tracker", required=True, origin=Origin.CONTEXT, references="itrack_trackers.id"),
        integer("current_id", "employee assigned now", source="current.id", references="itrack_employees.id"),
        integer("last_change_new_employee_id", "employee after the last change", source="last_change.new_employee_id"),
        instant("last_change_changed", "when it last changed", source="last_change.changed"),
        text("last_change_origin", "supervisor · tracker", source="last_change.origin"),
        text("last_change_hardware_key", "key that was read", source="last_change.hardware_key"),
        double("last_change_location_lat", "where it changed: latitude", source="last_change.location.lat"),
        double("last_change_location_lng", "where it changed: longitude", source="last_change.location.lng"),
        text("last_change_location_address", "where it changed: address", source="last_change.location.address"),
    ),
)


DRIVER_JOURNAL: Collection = Collection(
    name="driver_journal",
    table="itrack_driver_journal",
    path="/driver/journal/entry/list/",
    one="",
    key=("id",),
    strategy=Windows(
        _read_journal,
        start="start_date",
        parents=trackers(marked=True),
        most=timedelta(days=28),
        lookback=timedelta(days=14),
        tiers=(Tier(timedelta(days=28), timedelta(days=1)),),
    ),
    enabled_by_default=False,
    columns=(
        integer("id", "numeric id", required=True),
        integer("tracker_id", "tracker", required=True),
        integer("employee_id", "employee"),
        text("type", "work, personal or other", required=True),
        text("comment", "comment"),
        instant("start_date", "start", required=True),
        instant("end_date", "end", required=True),
        double("start_location_lat", "start: latitude", source="start_location.lat"),
        double("start_location_lng", "start: longitude", source="start_location.lng"),
        double("end_location_lat", "end: latitude", source="end_location.lat"),
        double("end_location_lng", "end: longitude", source="end_location.lng"),
        text("start_location_address", "start: address", source="start_location.address"),
        text("end_location_address", "end: address", source="end_location.address"),
        double("length", "km", required=True),
        double("start_odometer", "odometer at the start, km"),
        double("end_odometer", "odometer at the end, km"),
    ),
)
