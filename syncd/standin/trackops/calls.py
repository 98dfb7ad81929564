"""The control API's calls on a Trackops account: they take Python's types as JSON has them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from syncd.standin.trackops.world import Key

if TYPE_CHECKING:
    from syncd.standin.control import Call
    from syncd.standin.server import StandIn

_DATES = {"entry_date"}
_DECIMALS = {"total", "amount", "amount_paid", "balance", "rate", "quantity", "budget_money", "budget_hours"}


def _typed(name: str, value: object) -> object:
    """A member's value in Python's type, judged by the member's name."""
    if not isinstance(value, str):
        return value
    if name.endswith("_at"):
        at = datetime.fromisoformat(value)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    if (name.endswith("_on") or name in _DATES) and re.fullmatch(r"[\d-]{10}", value):
        return date.fromisoformat(value)
    return Decimal(value) if name in _DECIMALS else value


def _changes(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: _typed(name, value) for name, value in arguments.pop("changes", {}).items()}


def _key(given: dict[str, Any]) -> Key:
    key = given["key"]
    return (key[0], key[1]) if isinstance(key, list) else int(key)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.startswith("_")}


def _insert(vendor: "StandIn", given: dict[str, Any]) -> object:
    return _shown(vendor.content.insert(given["collection"], **_changes(given)))


def _update(vendor: "StandIn", given: dict[str, Any]) -> object:
    changes = _changes(given)
    return _shown(vendor.content.update(given["collection"], _key(given), touch=given.get("touch", True), **changes))


def _late(vendor: "StandIn", given: dict[str, Any]) -> object:
    changes = _changes(given)
    return _shown(
        vendor.content.late(
            given["collection"], seconds=given.get("seconds"), requests=given.get("requests"), **changes
        )
    )


CALLS: "dict[str, Call]" = {
    "insert": _insert,
    "update": _update,
    "delete": lambda vendor, given: vendor.content.delete(given["collection"], _key(given)),
    "recover": lambda vendor, given: vendor.content.recover(
        given["collection"], _key(given), touch=given.get("touch", False)
    ),
    "accept_request": lambda vendor, given: _shown(vendor.content.accept_request(given["key"])),
    "move_case": lambda vendor, given: _shown(vendor.content.move_case(given["key"], given["status"])),
    "late": _late,
    "snapshot": lambda vendor, _given: vendor.content.snapshot(),
    "counts": lambda vendor, _given: vendor.content.counts(),
}
