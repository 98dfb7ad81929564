"""Makers of plans, bookings, the audit log, working statuses and kinds of events."""

from syncd.standin.itrack.world import Row, World

EVENT_TYPES = {
    "inzone": "Entering a zone", "outzone": "Leaving a zone", "speedup": "Speeding", "offline": "No contact",
    "online": "Contact again", "track_end": "Trip ended", "ignition": "Ignition", "input_change": "Input changed",
    "fueling": "Refuelling", "drain": "Fuel drain", "service_task": "Maintenance", "task_status_change": "Task changed",
    "checkin_creation": "Check-in", "driver_changed": "Driver changed", "sos": "SOS button", "in_poi": "At a place",
    "sensor_inrange": "Sensor in range", "idle_start": "Idling begins", "alarmcontrol": "Alarm",
    "crash_alarm": "Crash",
}  # fmt: skip


def make_event_type(world: World, about: Row) -> Row:
    """A kind of event and its description."""
    kind = about.get("type") or f"custom_{world.next_id('event_types')}"
    return {"type": kind, "description": EVENT_TYPES.get(kind, kind)}


def make_tariff(world: World, _about: Row) -> Row:
    """A plan."""
    number = world.next_id("tariffs", 11)
    return {
        "id": number, "name": f"Plan {number}", "group_id": 1, "active": True,
        "type": world.one_of(("monthly", "everyday", "activeday")), "price": world.decimals(5, 20),
        "early_change_price": world.one_of((None, 23.0)), "device_limit": 1000, "has_reports": True, "paas_free": False,
        "store_period": world.one_of(("3m", "1y", "2h", "3d")), "features": world.some(("reports", "statuses",
        "rules"), 3),
        "map_filter": {"exclude": True, "values": []},
    }  # fmt: skip


def make_transaction(world: World, about: Row) -> Row:
    """A booking; it has no id."""
    amount = world.decimals(-90, 90)
    balance = world.decimals(0, 5_000)
    return {
        "_number": world.next_id("transactions"), "timestamp": about.get("at") or world.past(),
        "type": "payment" if amount > 0 else "charge",
        "subtype": world.one_of(("tracker", "manual", "partner")), "description": "Månedlig betaling", "user_id": 2_001,
        "dealer_id": 4_021, "tracker_id": world.some_id("trackers", missing=0.3) or 0, "amount": amount,
        "new_balance": round(balance + amount, 2), "old_balance": balance, "bonus_amount": 0.0, "new_bonus": 10.5,
        "old_bonus": 10.5,
    }  # fmt: skip


def make_audit(world: World, about: Row) -> Row:
    """An action of a user."""
    category = world.one_of(("user", "tracker", "zone", "task"))
    return {
        "id": world.next_id("audit_log", 30_001), "user_id": 2_001,
        "subuser_id": world.some_id("subusers", missing=0.5) or 2_001,
        "entry_category": category, "action": world.one_of(("user_auth", "create", "update")),
        "entry_id": world.chance.randint(1, 99) if category != "user" else None,
        "payload": {"label": "Ny", "ids": [1, 2]} if world.maybe(0.5) else None, "host": "203.0.113.7",
        "user_agent": "Mozilla/5.0", "action_date": about.get("at") or world.past(),
    }  # fmt: skip


def make_listing(world: World, _about: Row) -> Row:
    """A list of working statuses; they are made with it."""
    number = world.next_id("status_listings", 91)
    entries = []
    for label in world.some(("På vej", "Pause", "Optaget", "Fri"), 4) or ["Fri"]:
        status: Row = {"_listing_id": number, "id": world.next_id("statuses", 1), "label": label, "color": "E57373"}
        entries.append(world.put("statuses", status)["id"])
    return {"id": number, "label": f"Statusser {number}", "employee_controlled": world.maybe(0.7),
            "supervisor_controlled": True, "entries": entries}  # fmt: skip
