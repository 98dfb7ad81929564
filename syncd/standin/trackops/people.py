"""Makers of the office's own rows and its clients: custom fields, staff, clients, their locations and contacts."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal

from syncd.standin.trackops import words
from syncd.standin.trackops.world import Row, World


def make_field(world: World, _created_at: datetime) -> Row:
    """A custom field; the kinds come round in turn, so that a small account has them all."""
    number = world.next_id("fields")
    kind = words.FIELD_KINDS[(number - 1) % len(words.FIELD_KINDS)]
    round_ = (number - 1) // len(words.FIELD_KINDS)
    return {
        "id": number,
        "name": words.FIELD_NAMES[kind] + (f" {round_ + 1}" if round_ else ""),
        "field_type_id": words.FIELD_KINDS.index(kind) + 1,
        "field_type_tag": kind,
    }


def make_staff(world: World, created_at: datetime) -> Row:
    """An employee, or sometimes an outside vendor, which has no given name."""
    is_vendor = world.maybe(0.12)
    first = None if is_vendor else world.one_of(words.FIRST_NAMES)
    last = world.one_of(words.COMPANIES) if is_vendor else world.one_of(words.LAST_NAMES)
    return {
        "id": world.next_id("users"),
        "name": last if first is None else f"{last}, {first}",
        "first_name": first,
        "last_name": last,
        "email": _email(world, last),
        "is_vendor": is_vendor,
        "is_active": world.maybe(0.9),
        "client_id": world.some_id("company_locations", missing=0.1),
        "role_id": world.some_id("roles", missing=0.1),
        "phone": _phone(world),
        "custom_fields": custom_fields(world, most=4),
        **world.stamped(created_at),
    }


def make_client(world: World, created_at: datetime) -> Row:
    """A root client."""
    name = f"{world.one_of(words.COMPANIES)} {world.one_of(words.COMPANY_FORMS)}"
    return {
        "id": world.next_id("clients"),
        "name": name,
        "account_code": f"AC-{world.chance.randint(0, 99999):05d}" if world.maybe(0.8) else None,
        "website": f"https://www.example.com/{world.chance.randint(1, 999)}/" if world.maybe(0.5) else None,
        "email_invoice": "billing@example.com" if world.maybe(0.7) else None,
        "policies_case": world.prose(2) if world.maybe(0.4) else None,
        "policies_invoice": world.prose(1) if world.maybe(0.3) else None,
        "policies_update": world.prose(1) if world.maybe(0.3) else None,
        "notes": world.prose(3) if world.maybe(0.3) else None,
        "has_invoice_reminders": world.one_of((True, False, None)),
        "salesperson_id": world.some_id("staff", missing=0.3),
        "case_manager_id": world.some_id("staff", missing=0.3),
        **world.stamped(created_at),
    }


def make_client_location(world: World, created_at: datetime, parent_id: int | None = None) -> Row:
    """An office of a client; the first one of a client is its primary one."""
    city, state, postcode, country = world.one_of(words.PLACES)
    return {
        "id": world.next_id("clients"),
        "parent_id": parent_id or world.any_id("clients"),
        "name": f"{city} office",
        "is_primary": world.maybe(0.6),
        "email_invoice": "accounts@example.com" if world.maybe(0.2) else None,
        "phone": _phone(world),
        "address_1": f"{world.chance.randint(1, 9999)} {world.one_of(words.STREETS)}",
        "address_2": f"Suite {world.chance.randint(1, 40)}" if world.maybe(0.3) else None,
        "city": city,
        "state": state,
        "zip": postcode,
        "country": country,
        "salesperson_id": world.some_id("staff", missing=0.4),
        "case_manager_id": world.some_id("staff", missing=0.4),
        **world.stamped(created_at),
    }


def make_client_contact(world: World, created_at: datetime) -> Row:
    """A person at a client's location; shares the sequence of ids with the staff."""
    first, last = world.one_of(words.FIRST_NAMES), world.one_of(words.LAST_NAMES)
    return {
        "id": world.next_id("users"),
        "client_id": world.any_id("client_locations"),
        "name": f"{last}, {first}",
        "first_name": first,
        "last_name": last,
        "email": _email(world, last),
        "role_id": world.some_id("roles", missing=0.2),
        "salesperson_id": world.some_id("staff", missing=0.5),
        "phone": _phone(world),
        "is_active": world.maybe(0.9),
        "custom_fields": custom_fields(world, most=3),
        **world.stamped(created_at),
    }


def user_id(world: World, *, missing: float = 0.0) -> int | None:
    """A person of either kind: mostly staff, sometimes a contact."""
    return world.some_id("staff" if world.maybe(0.8) else "client_contacts", missing=missing)


def custom_fields(world: World, *, most: int) -> list[Row]:
    """At most `most` filled custom fields as `[{"id", "value"}]`; structured kinds are objects here."""
    fields = world.ids("fields")
    chosen = sorted(world.chance.sample(fields, min(len(fields), world.chance.randint(0, most))))
    return [{"id": n, "value": _FIELD_VALUES[world.table("fields")[n]["field_type_tag"]](world)} for n in chosen]


def _address(world: World) -> Row:
    city, state, postcode, country = world.one_of(words.PLACES)
    street = f"{world.chance.randint(1, 999)} {world.one_of(words.STREETS)}"
    return {
        "address_1": street, "address_2": "", "city": city, "state": state, "zip": postcode, "country": country,
    }  # fmt: skip


def _name(world: World) -> Row:
    first, last = world.one_of(words.FIRST_NAMES), world.one_of(words.LAST_NAMES)
    return {"first_name": first, "middle_name": "", "last_name": last}


def _day(world: World) -> date:
    return date(1950, 1, 1) + timedelta(days=world.chance.randint(0, 25_000))


def _short_text(world: World) -> str:
    return world.one_of(("ABC-123", "brown", "slim", "Größe L", ""))


_FIELD_VALUES: dict[str, Callable[[World], object]] = {
    "ADDRESS": _address,
    "COUNTRY": lambda world: world.one_of(words.PLACES)[3],
    "DATE": _day,
    "BIRTHDAY": _day,
    "EMAIL": lambda _world: "someone@example.org",
    "LONG": lambda world: world.prose(2),
    "INPUT": _short_text,
    "CURRENCY": lambda world: Decimal(world.chance.randint(-50_000, 5_000_000)).scaleb(-2),
    "SELECT": _short_text,
    "RADIO": _short_text,
    "NAME": _name,
    "NUMBER": lambda world: world.chance.randint(140, 205),
    "LINK": lambda world: f"https://social.example.net/u/{world.chance.randint(1, 9999)}?ref=case&lang=de",
    "YESNO": lambda world: world.chance.randint(0, 1),
    "YESNONA": lambda world: world.one_of((1, 0, "")),
}


def _email(world: World, last_name: str) -> str | None:
    if world.maybe(0.1):
        return None
    plain = "".join(letter for letter in last_name.lower() if letter.isascii() and letter.isalpha()) or "user"
    return f"{plain}{world.chance.randint(1, 999)}@example.com"


def _phone(world: World) -> str | None:
    return (
        f"+1 (555) {world.chance.randint(0, 999):03d}-{world.chance.randint(0, 9999):04d}" if world.maybe(0.8) else None
    )
