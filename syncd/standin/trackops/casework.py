"""Makers of cases and requests, and of all that belongs to a case: subjects, updates, files, events, tasks, history."""

from datetime import datetime, timedelta
from decimal import Decimal

from syncd.standin.trackops import words
from syncd.standin.trackops.people import custom_fields, user_id
from syncd.standin.trackops.world import GONE_ID, Row, World


def make_case(world: World, created_at: datetime, *, is_request: bool = False) -> Row:
    """A case file, or a request for one. Status and primary subject come with the rows that name them."""
    number = world.next_id("cases")
    contact_id = world.some_id("client_contacts", missing=0.1)
    location_id = (
        world.any_id("client_locations")
        if contact_id is None
        else world.table("client_contacts")[contact_id]["client_id"]
    )
    created_on = (created_at - timedelta(hours=7)).date()
    return {
        "id": number,
        "case_number": None if is_request else f"{created_at:%Y}-{number:05d}/A",
        "series_number": number,
        "is_request": is_request,
        "case_type_id": world.some_id("case_types", missing=0.05),
        "case_status_id": None,
        "case_region_id": world.some_id("case_regions", missing=0.2),
        "client_id": location_id,
        "company_location_id": world.some_id("company_locations", missing=0.8 if is_request else 0.1),
        "primary_contact_id": contact_id,
        "primary_investigator_id": None if is_request else _investigator(world),
        "primary_manager_id": None if is_request else world.some_id("staff", missing=0.2),
        "primary_salesperson_id": None if is_request else world.some_id("staff", missing=0.5),
        "primary_subject_id": None,
        "reference_value_1": f"CLM/{world.chance.randint(0, 999_999):06d}" if world.maybe(0.9) else None,
        "reference_value_2": f"POL {world.chance.randint(0, 9_999)}" if world.maybe(0.4) else None,
        "reference_value_3": world.one_of(("", "", "Dept. 7", None)),
        "case_location": world.one_of(words.PLACES)[0] if world.maybe(0.5) else None,
        "budget_money": money(world, 5_000_00) if world.maybe(0.7) else None,
        "budget_hours": Decimal(world.chance.randint(4, 160)) / 2 if world.maybe(0.5) else None,
        "notes": world.prose(world.chance.choice((1, 2, 3, 3, 25))) if world.maybe(0.7) else None,
        "scheduling_notes": world.prose(1) if world.maybe(0.3) else None,
        "admin_notes": world.prose(1) if world.maybe(0.2) else None,
        "created_on": created_on,
        "due_on": created_on + timedelta(days=world.chance.randint(5, 60)) if world.maybe(0.8) else None,
        "created_by": user_id(world, missing=0.05),
        "CaseServices": some_of(world, "case_services", most=3),
        "CaseFlags": [] if is_request else some_of(world, "case_flags", most=2),
        "custom_fields": custom_fields(world, most=3),
        **world.stamped(created_at),
    }


def make_case_request(world: World, created_at: datetime) -> Row:
    """A case file that nobody has accepted yet."""
    return make_case(world, created_at, is_request=True)


def make_subject(world: World, created_at: datetime, case_id: int) -> Row:
    """A person or thing a case is about; the first one becomes its primary subject."""
    number = world.next_id("subjects")
    case = world.table("cases").get(case_id)
    is_primary = case is not None and case["primary_subject_id"] is None
    if case is not None and is_primary:
        case["primary_subject_id"] = number
    return {
        "id": number,
        "casefile_id": case_id,
        "subject_type_id": world.any_id("subject_types"),
        "name": f"{world.one_of(words.LAST_NAMES)}, {world.one_of(words.FIRST_NAMES)}" if world.maybe(0.97) else None,
        "is_primary": is_primary,
        "is_pinned": world.one_of((True, False, False, None)),
        "custom_fields": custom_fields(world, most=10),
        **world.stamped(created_at),
    }


def make_case_update(world: World, created_at: datetime, case_id: int) -> Row:
    """A report on a case, or a reply to the latest one."""
    number = world.next_id("case_updates")
    earlier = world.of_case("case_updates", case_id)
    thread_id = world.table("case_updates")[earlier[-1]]["thread_id"] if earlier and world.maybe(0.3) else number
    is_valid = world.maybe(0.7)
    stamps = world.stamped(created_at)
    files = world.of_case("files", case_id)
    return {
        "id": number,
        "casefile_id": case_id,
        "subject_id": _of_case(world, "subjects", case_id, missing=0.5),
        "event_id": _of_case(world, "events", case_id, missing=0.6),
        "access_group_id": world.any_id("access_groups"),
        "thread_id": thread_id,
        "title": world.one_of(words.TITLES) if world.maybe(0.9) else None,
        "body": world.prose(world.chance.choice((1, 2, 4, 4, 40))) if world.maybe(0.95) else None,
        "activity_at": stamps["created_at"] - timedelta(minutes=world.chance.randint(0, 3000))
        if world.maybe(0.9)
        else None,
        "is_valid": is_valid,
        "validated_at": stamps["updated_at"] if is_valid else None,
        "validated_by": world.some_id("staff") if is_valid else None,
        "created_by": user_id(world, missing=0.03),
        "Files": sorted(world.chance.sample(files, min(len(files), world.chance.choice((0, 0, 1, 2, 3))))),
        **stamps,
    }


def make_notification(world: World, created_at: datetime, update_id: int) -> Row:
    """A notice that an update was sent to somebody."""
    update = world.table("case_updates").get(update_id)
    return {
        "update_id": update_id,
        "notification_id": world.next_id("notifications"),
        "casefile_id": GONE_ID if update is None else update["casefile_id"],
        "access_group_id": None if update is None else update["access_group_id"],
        "sent_by": user_id(world, missing=0.05),
        "sent_to": user_id(world, missing=0.02),
        "sent_at": max(created_at, world.imported_at),
    }


def make_status(world: World, changed_at: datetime, case_id: int, status_id: int) -> Row:
    """A case's entry into a status."""
    return {
        "casefile_id": case_id,
        "case_status_id": status_id,
        "changed_by": user_id(world, missing=0.1),
        "changed_at": changed_at,
    }


def make_event(world: World, created_at: datetime, case_id: int | None = None) -> Row:
    """An appointment; a few belong to no case."""
    stamps = world.stamped(created_at)
    is_allday = world.maybe(0.15)
    start_at = stamps["created_at"] + timedelta(minutes=15 * world.chance.randint(0, 2000))
    alert_at = start_at - timedelta(hours=1) if world.maybe(0.4) else None
    return {
        "id": world.next_id("events"),
        "title": world.one_of(words.TITLES),
        "calendar_id": world.any_id("calendars"),
        "casefile_id": case_id,
        "subject_id": None if case_id is None else _of_case(world, "subjects", case_id, missing=0.4),
        "is_allday": is_allday,
        "start_at": start_at,
        "end_at": None if is_allday else start_at + timedelta(minutes=15 * world.chance.randint(1, 32)),
        "alert_at": alert_at,
        "alert_sent_at": alert_at if alert_at and alert_at < world.moment() else None,
        "address": f"{world.one_of(words.STREETS)}, {world.one_of(words.PLACES)[0]}" if world.maybe(0.5) else None,
        "notes": world.prose(1) if world.maybe(0.4) else None,
        "created_by": user_id(world, missing=0.05),
        "Users": some_of(world, "staff", most=3),
        **stamps,
    }


def make_task(world: World, created_at: datetime, case_id: int | None = None) -> Row:
    """Something to be done by a date; a few belong to no case."""
    stamps = world.stamped(created_at)
    status = world.one_of(("none", "needs_action", "in_progress", "complete", "complete"))
    alert_at = stamps["created_at"] + timedelta(hours=4) if world.maybe(0.3) else None
    return {
        "id": world.next_id("tasks"),
        "title": world.one_of(words.TITLES),
        "calendar_id": world.any_id("calendars"),
        "casefile_id": case_id,
        "subject_id": None if case_id is None else _of_case(world, "subjects", case_id, missing=0.6),
        "case_service_id": world.some_id("case_services", missing=0.4),
        "status": status,
        "due_on": (stamps["created_at"] + timedelta(days=world.chance.randint(1, 30))).date()
        if world.maybe(0.8)
        else None,
        "completed_at": stamps["updated_at"] if status == "complete" else None,
        "alert_at": alert_at,
        "alert_sent_at": alert_at if alert_at and alert_at < world.moment() else None,
        "address": world.one_of(words.STREETS) if world.maybe(0.2) else None,
        "notes": world.prose(1) if world.maybe(0.4) else None,
        "created_by": user_id(world, missing=0.05),
        "Users": some_of(world, "staff", most=2),
        **stamps,
    }


def make_file(world: World, created_at: datetime, case_id: int | None = None) -> Row:
    """A stored file, or a folder. Its link is made anew for every answer and is no part of the row."""
    number = world.next_id("files")
    is_folder = world.maybe(0.1)
    ending, mime_type = world.one_of(words.MIME_TYPES)
    stem = world.one_of(words.FILE_STEMS)
    size = world.chance.randint(2**31, 2**35) if world.maybe(0.05) else world.chance.randint(0, 9_000_000)
    return {
        "id": number,
        "name": stem,
        "filename": None if is_folder else f"{stem} {number}.{ending}",
        "casefile_id": case_id,
        "mime_type": None if is_folder else mime_type,
        "size": None if is_folder else size,
        "access_group_id": world.some_id("access_groups", missing=0.2),
        "is_folder": is_folder,
        "created_by": user_id(world, missing=0.05),
        **world.stamped(created_at, edited=0.2),
    }


def some_of(world: World, table: str, *, most: int) -> list[int]:
    """At most `most` different rows of a table, by key."""
    ids = world.ids(table)
    return sorted(world.chance.sample(ids, min(len(ids), world.chance.randint(0, most))))


def money(world: World, most_cents: int) -> Decimal:
    """An amount with two decimals; a few are credits."""
    sign = -1 if world.maybe(0.04) else 1
    return sign * Decimal(world.chance.randint(100, most_cents)).scaleb(-2)


def _of_case(world: World, table: str, case_id: int, *, missing: float) -> int | None:
    keys = [key for key in world.of_case(table, case_id) if isinstance(key, int)]
    return None if not keys or world.maybe(missing) else world.one_of(keys)


def _investigator(world: World) -> int | None:
    # Archived users are named by old cases but listed nowhere.
    return GONE_ID if world.maybe(0.02) else world.some_id("staff", missing=0.1)
