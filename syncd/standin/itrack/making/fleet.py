"""Makers of trackers and what hangs on each: state, sensors, readings, counters, driver, status."""

from datetime import datetime, timedelta

from syncd.standin.itrack.world import Row, World

MODELS = ("navixymobile", "teltonika_fmb920", "queclink_gv300", "telfmb125")
NETWORKS = ("TDC", "Telia", "3 DK", "")
DIGITAL_INPUTS = 4
CLONE_MARK = " (clone)"


def make_group(world: World, _about: Row) -> Row:
    """A group of trackers; group 0 is never listed."""
    number = world.next_id("tracker_groups", 301)
    return {"id": number, "title": f"Gruppe {number}", "color": world.one_of(("1E96DC", "FF6DDC", "00ff00"))}


def make_tag(world: World, _about: Row) -> Row:
    """A tag."""
    number = world.next_id("tags", 51)
    avatar = f"tag{number}.png" if world.maybe(0.3) else None
    return {"id": number, "name": f"tag {number} ✓", "color": "FF6DDC", "avatar_file_name": avatar}


def make_tracker(world: World, about: Row) -> Row:
    """A tracker. `of`: the id of the tracker whose source it shares as a clone."""
    number = world.next_id("trackers", 10_001)
    original = world.table("trackers").get(about.get("of", 0))
    source = dict(original["source"]) if original else _source(world, number)
    label = f"{original['label']}{CLONE_MARK}" if original else world.one_of(("Kühlwagen", "Van", "Excavator", "Bil"))
    tags = world.some(world.ids("tags"), 3)
    row: Row = {
        "id": number,
        "label": label if original else f"{label} {number - 10_000}",
        "clone": original is not None,
        "group_id": world.some_id("tracker_groups", missing=0.3) or 0,
        "source": source,
        "tag_bindings": [{"tag_id": tag, "ordinal": place} for place, tag in enumerate(tags, 1)],
    }
    # Absent when unset, as the vendor says.
    return row | ({"avatar_file_name": f"avatar{number}.jpg"} if world.maybe(0.2) else {})


def _source(world: World, number: int) -> Row:
    created_on = (world.begins_at - timedelta(days=world.chance.randint(1, 900))).date()
    return {
        "id": world.next_id("sources", 70_001),
        "device_id": f"{35_000_000_000_000 + number * 7919:015d}",
        "model": world.one_of(MODELS),
        "blocked": False,
        "tariff_id": world.some_id("tariffs") or 0,
        "status_listing_id": world.some_id("status_listings", missing=0.4),
        "creation_date": created_on,
        "tariff_end_date": (world.moment() + timedelta(days=40)).date() if world.maybe(0.6) else None,
        "phone": f"4520{number:06d}" if world.maybe(0.7) else None,
    }


def make_state(world: World, about: Row) -> Row:
    """What a tracker said last."""
    at: datetime = about.get("at") or world.moment()
    tracker = world.table("trackers")[about["tracker_id"]]
    spoke = world.maybe(0.9)
    bits = [world.maybe(0.5) for _ in range(DIGITAL_INPUTS)]
    return {
        "_tracker_id": tracker["id"],
        "source_id": tracker["source"]["id"],
        "gps": {
            "updated": at if spoke else None, "signal_level": world.chance.randint(20, 100), "location": world.spot(),
            "heading": world.chance.randint(0, 360), "speed": 0, "alt": world.chance.randint(0, 180),
            **({"precision": 12} if world.maybe(0.3) else {}), **({"gsm_lbs": True} if world.maybe(0.1) else {}),
        },
        "connection_status": "active" if spoke else "just_registered",
        "movement_status": "parked",
        "movement_status_update": at if spoke else None,
        "ignition": world.one_of((True, False, None)),
        "ignition_update": at if world.maybe(0.5) else None,
        "gsm": None if world.maybe(0.2) else {
            "updated": at, "signal_level": world.chance.randint(0, 100), "network_name": world.one_of(NETWORKS),
            "roaming": world.one_of((True, False, None)),
        },
        "last_update": at if spoke else None,
        "battery_level": world.chance.randint(0, 100) if world.maybe(0.7) else None,
        "battery_update": at if world.maybe(0.7) else None,
        "inputs": bits,
        "inputs_update": at,
        "outputs": bits[:2] if world.maybe(0.5) else [],
        "outputs_update": at if world.maybe(0.5) else None,
        "actual_track_update": about.get("actual_track_update"),
        "additional": {
            "hardware_key": {"value": f"{world.chance.getrandbits(64):X}", "updated": at},
            "odo raw/2": {"value": str(2**70 + tracker["id"]), "updated": None},
        } if world.maybe(0.6) else {},
    }  # fmt: skip


def make_sensor(world: World, about: Row) -> Row:
    """A sensor of `tracker_id`: metering, discrete or virtual."""
    number = world.next_id("sensors", 8_001)
    kind = about.get("type") or world.one_of(("metering", "metering", "discrete", "virtual"))
    row: Row = {"_tracker_id": about["tracker_id"], "id": number, "type": kind, "name": f"Sensor {number} °C"}
    if kind == "metering":
        return row | {
            "sensor_type": world.one_of(("temperature", "fuel", "rpm", "custom")), "input_name": f"input_{number % 5}",
            "group_type": world.one_of((None, "tank")), "divider": 1.5, "accuracy": 0.05, "units": "l",
            "units_type": world.one_of(("custom", "litre", "celsius")), "custom_field_name": world.maybe(0.5),
            "parameters": {"parent_ids": [], "min": 0, "max": 95.5, "volume": 1.0},
        }  # fmt: skip
    if kind == "discrete":
        types = ("ignition", "door", "sos_button", "charge")
        return row | {
            "sensor_type": world.one_of(types),
            "input_number": world.chance.randint(1, 8),
            "group_type": None,
        }
    parameters = {
        "calc_method": "in_range",
        "range_from": 1,
        "range_to": 9,
        "value_titles": [{"value": 1, "title": "on"}],
    }
    return row | {"sensor_type": "state", "input_name": "avl_io_9", "parameters": parameters}


def make_readings(world: World, tracker_id: int) -> list[Row]:
    """All readings of a tracker, of its sensors, its device and its counters."""
    at = world.moment()
    sensors = [one for one in world.table("sensors").values() if one["_tracker_id"] == tracker_id]
    rows = [reading_of(world, sensor, at) for sensor in sensors if sensor["type"] != "discrete"]
    rows.append(
        {"name": "board_voltage", "label": "Board voltage", "type": "power", "units": "V", "units_type": "custom",
         "value": world.decimals(11, 14), "min_value": None, "max_value": None, "converted_units_type": None,
         "converted_value": None, "update_time": at, "_kind": "input", "_key": "board_voltage"}
    )  # fmt: skip
    for field, value in (("obd_mil_status", False), ("obd_vin", "WDB9066351S1"), ("ev_range", 241), ("mode", None)):
        if world.maybe(0.6):
            rows.append({"field": field, "value": value, "update_time": at, "_kind": "state", "_key": field})
    return [row | {"_tracker_id": tracker_id} for row in rows]


def reading_of(world: World, sensor: Row, at: datetime) -> Row:
    """The reading of a metering or virtual sensor."""
    about: Row = {"_tracker_id": sensor["_tracker_id"], "_key": str(sensor["id"]), "sensor_id": sensor["id"]}
    if sensor["type"] == "virtual":
        value = world.one_of(("on", "off", True, 3))
        return about | {"_kind": "virtual", "label": sensor["name"], "type": "state", "value": value, "update_time": at}
    siblings = [one["id"] for one in world.table("sensors").values() if one["_tracker_id"] == sensor["_tracker_id"]]
    parts = [one for one in siblings if one != sensor["id"]][:2] if world.maybe(0.3) else []
    return about | {
        "_kind": "input", "name": sensor["input_name"], "label": sensor["name"], "type": sensor["sensor_type"],
        "value": world.decimals(0, 95), "units": sensor["units"], "units_type": sensor["units_type"], "min_value": 0.0,
        "max_value": 95.5, "converted_units_type": "us_gallon" if world.maybe(0.3) else None,
        "converted_value": world.decimals(0, 25) if world.maybe(0.3) else None, "update_time": at,
        **({"composite_sensor_ids": parts} if parts else {}),
    }  # fmt: skip


def make_counter(world: World, about: Row) -> Row:
    """A counter of `tracker_id`; its value stands in the readings of a newer server too."""
    value = world.decimals(100, 90_000, 3)
    return {"_tracker_id": about["tracker_id"], "type": about.get("type", "odometer"), "value": value,
            "update_time": about.get("at") or world.moment()}  # fmt: skip


def make_assignment(world: World, about: Row) -> Row:
    """Who drives."""
    employee = world.some_id("employees", missing=0.4)
    changed = world.maybe(0.8)
    return {
        "_tracker_id": about["tracker_id"],
        "current": None if employee is None else {"id": employee},
        "last_change": {
            "new_employee_id": employee, "changed": world.past(), "origin": world.one_of(("supervisor", "tracker")),
            "hardware_key": f"{world.chance.getrandbits(48):x}" if world.maybe(0.5) else None,
            "location": world.spot() | {"address": world.address()} if world.maybe(0.6) else None,
        } if changed else None,
    }  # fmt: skip


def make_tracker_status(world: World, about: Row) -> Row:
    """The working status of a tracker whose listing has any."""
    listing = world.table("status_listings")[about["listing_id"]]
    return {
        "_tracker_id": about["tracker_id"],
        "current_status": {"id": world.one_of(listing["entries"])} if listing["entries"] else None,
        "last_change": {"changed": world.past(), "origin": world.one_of(("employee", "supervisor"))}
        if world.maybe(0.9) else None,
    }  # fmt: skip


def make_garage(world: World, _about: Row) -> Row:
    """A workshop."""
    number = world.next_id("garages", 41)
    where = None if world.maybe(0.3) else world.spot() | {"address": world.address(), "radius": 100}
    return {"id": number, "organization_name": f"Værksted {number} A/S", "mechanic_name": world.one_of((None, "Bo")),
            "dispatcher_name": world.one_of((None, "Åse")), "location": where}  # fmt: skip


def make_vehicle(world: World, _about: Row) -> Row:
    """A vehicle, on a tracker or not."""
    number = world.next_id("vehicles", 601)
    tracker_id = world.some_id("trackers", missing=0.2)
    garage = world.table("garages").get(world.some_id("garages", missing=0.4))
    insured = (world.moment() + timedelta(days=world.chance.randint(-90, 300))).date()
    return {
        "id": number, "tracker_id": tracker_id,
        "tracker_label": world.table("trackers")[tracker_id]["label"] if tracker_id else None,
        "label": f"Vogn {number}", "type": world.one_of(("truck", "car", "bus", "special")),
        "subtype": world.one_of((None, "refrigerator", "van")), "model": world.one_of(("Mercedes-Benz Actros",
        "MAN", None)),
        "garage_id": garage["id"] if garage else None,
        "garage_organization_name": garage["organization_name"] if garage else None,
        "trailer": world.one_of((None, "Krone")), "color": world.one_of((None, "blå")),
        "additional_info": world.one_of(("", None)),
        "manufacture_year": world.one_of((None, 2011, 2023)), "reg_number": f"AB {number:05d}",
        "vin": f"WDB96{number:012d}",
        "chassis_number": world.one_of((None, "C/1")), "frame_number": world.one_of(("", None)),
        "max_speed": world.one_of((None, 120)),
        "passengers": world.one_of((None, 2)), "tyres_number": world.one_of((4, 6, None)),
        "payload_weight": world.one_of((None, 18000)),
        "gross_weight": world.one_of((None, 26000)), "payload_height": world.one_of((None, 2.45)),
        "payload_length": world.one_of((None, 13.6)), "payload_width": world.one_of((None, 2.48)),
        "fuel_type": world.one_of(("petrol", "diesel", "gas", None)), "fuel_grade": world.one_of((None, "AI-95")),
        "norm_avg_fuel_consumption": world.one_of((None, 9.1, 28.4)), "fuel_tank_volume": world.one_of((None, 400)),
        "fuel_cost": world.one_of((None, 13.99)), "wheel_arrangement": world.one_of((None, "4x2")),
        "tyre_size": world.one_of((None, "315/80 R22.5")),
        "liability_insurance_policy_number": f"L-{number}", "free_insurance_policy_number": world.one_of((None, "F-1")),
        "liability_insurance_valid_till": insured if world.maybe(0.6) else None,
        "free_insurance_valid_till": world.one_of((None, insured)),
        "icon_id": world.one_of((None, 3)), "avatar_file_name": world.one_of((None, "v.png")),
        "tags": world.some(world.ids("tags"), 2),
    }  # fmt: skip


def make_service_task(world: World, about: Row) -> Row:
    """Maintenance of a vehicle."""
    vehicle_id = about.get("vehicle_id") or world.some_id("vehicles") or 0
    done = world.maybe(0.4)
    at = world.past()
    begin: Row = {
        "mileage": world.chance.randint(1000, 9000),
        "engine_hours": world.chance.randint(10, 900),
        "date": at,
    }
    return {
        "id": world.next_id("service_tasks", 7_001), "vehicle_id": vehicle_id,
        "vehicle_label": world.table("vehicles").get(vehicle_id, {}).get("label", ""),
        "status": "done" if done else world.one_of(("created", "notified", "expired")),
        "description": world.one_of(("Oil", "Tyres", "Syn")), "comment": world.one_of(("", None, "wet")),
        "cost": world.decimals(0, 900), "repeat": world.maybe(0.3), "unplanned": world.maybe(0.3),
        "completion_date": at if done else None, "start": begin, "completion": dict(begin) if done else None,
        "conditions": {
            "mileage": {"limit": 20000, "notification_interval": 500, "repeat_interval": 20000}
            if world.maybe(0.6) else None,
            "date": {"end": at + timedelta(days=90), "notification_interval": 7,
            "repeat_interval": world.one_of((None, 90))}
            if world.maybe(0.5) else None,
            "engine_hours": {"limit": 250, "notification_interval": 10, "repeat_interval": world.one_of((None, 250))}
            if world.maybe(0.4) else None,
        },
        "notifications": {"phones": [], "emails": ["a@example.com"], "push_enabled": True}
        if world.maybe(0.5) else None,
        "current_position": {"mileage": begin["mileage"] + 10, "engine_hours": world.one_of((None, 12)), "date": at},
        "prediction": {"end_date": at + timedelta(days=60), "wear_percentage": 40} if world.maybe(0.7) else None,
        "file_ids": [world.chance.randint(1, 99)] if world.maybe(0.2) else [],
    }  # fmt: skip
