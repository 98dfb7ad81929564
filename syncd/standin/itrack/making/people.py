"""Makers of employees, departments, users and their rights, and the account's owner."""

from datetime import timedelta

from syncd.standin.itrack.world import FIRST_NAMES, LAST_NAMES, Row, World

RIGHTS = ("tag_update", "tracker_update", "employee_update", "payment_create", "reports")


def make_owner(world: World) -> Row:
    """`user_info` of the account; its zone, login and identity are the settings' business."""
    return {
        "id": 2_001, "login": "", "title": "Holm & Søn ApS", "first_name": "Ida", "middle_name": "",
        "last_name": "Holm",
        "legal_name": "Holm & Søn ApS", "legal_type": "legal_entity", "phone": "4520000001",
        "creation_date": world.begins_at - timedelta(days=1_000), "balance": 1203.42, "bonus": 0.0, "locale": "da_DK",
        "demo": False, "verified": True, "time_zone": "", "measurement_system": "metric", "date_format": "dd.MM.yyyy",
        "hour_mode": "24", "default_geocoder": "osm", "route_provider": "osrm", "tin": "DK12345678", "iec": "",
        "post_country": "Danmark", "post_region": "Hovedstaden", "post_index": "1058", "post_city": "København K",
        "post_street_address": "Havnegade 3", "registered_country": "Danmark", "registered_region": "Hovedstaden",
        "registered_index": "1058", "registered_city": "København K", "registered_street_address": "Havnegade 3",
    }  # fmt: skip


def make_department(world: World, _about: Row) -> Row:
    """A department."""
    number = world.next_id("departments", 21)
    where = world.spot() | {"address": world.address(), "radius": 150} if world.maybe(0.6) else None
    return {"id": number, "label": f"Afdeling {number}", "location": where}


def make_employee(world: World, _about: Row) -> Row:
    """A driver or other worker."""
    number = world.next_id("employees", 501)
    issued = (world.begins_at - timedelta(days=world.chance.randint(100, 4000))).date()
    return {
        "id": number, "tracker_id": world.some_id("trackers", missing=0.5), "first_name": world.one_of(FIRST_NAMES),
        "middle_name": world.one_of(("", "M.")), "last_name": world.one_of(LAST_NAMES),
        "email": world.one_of(("", f"e{number}@example.com")), "phone": world.one_of(("", "4520111222")),
        "department_id": world.some_id("departments", missing=0.3),
        "hardware_key": f"{world.chance.getrandbits(40):X}" if world.maybe(0.4) else None,
        "driver_license_number": f"DL{number}" if world.maybe(0.7) else None,
        "driver_license_cats": world.one_of(("C, CE", None)), "driver_license_issue_date": issued
        if world.maybe(0.6) else None,
        "driver_license_valid_till": (world.moment() + timedelta(days=500)).date() if world.maybe(0.5) else None,
        "personnel_number": f"{number:04d}" if world.maybe(0.8) else None,
        "ssn": f"{number:06d}-1234" if world.maybe(0.5) else None, "icon_id": world.one_of((None, 7)),
        "avatar_file_name": world.one_of((None, "e.png")),
        "location": world.spot() | {"address": world.address()} if world.maybe(0.5) else None,
        "tags": world.some(world.ids("tags"), 2),
    }  # fmt: skip


def make_security_group(world: World, _about: Row) -> Row:
    """Rights that several users share."""
    number = world.next_id("security_groups", 61)
    privileges = {"rights": world.some(RIGHTS, 4), "store_period": "3m" if number % 2 else None}
    return {"id": number, "label": f"Rolle {number}", "privileges": privileges}


def make_subuser(world: World, _about: Row) -> Row:
    """Another login of the account, which sees some trackers."""
    number = world.next_id("subusers", 2_101)
    street = world.address()
    return {
        "_trackers": world.some(world.ids("trackers"), 5),
        "id": number, "login": f"user{number}@example.com", "activated": world.maybe(0.9),
        "first_name": world.one_of(FIRST_NAMES), "middle_name": world.one_of((None, "B.")),
        "last_name": world.one_of(LAST_NAMES),
        "legal_type": "individual", "legal_name": world.one_of((None, "Vogne I/S")), "phone": world.one_of((None,
        "4520333444")),
        "security_group_id": world.some_id("security_groups", missing=0.4), "creation_date": world.past(),
        "post_country": "Danmark", "post_index": "2100", "post_region": world.one_of((None, "")),
        "post_city": "København Ø",
        "post_street_address": street, "registered_country": "Sverige", "registered_index": "211 20",
        "registered_region": world.one_of((None, "Skåne")), "registered_city": "Malmö",
        "registered_street_address": street, "tin": world.one_of((None, "SE55")), "iec": world.one_of((None, "9")),
        "state_reg_num": world.one_of((None, "77")),
    }  # fmt: skip
