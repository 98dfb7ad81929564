"""The control API under `/_standin/`: steers a stand-in from another process. Never counted in the log, never limited.

Each call is a POST with a JSON object of the arguments, and answers with what the method returns:
`insert`, `update`, `delete`, `recover`, `accept_request`, `move_case`, `late`, `snapshot`, `counts`, `fail`, `storm`,
`clear`, `churn`,
`log`, `clear_log`, `settings`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

from syncd.standin.trackops.world import Key

if TYPE_CHECKING:
    from syncd.standin.server import StandIn

PREFIX = "/_standin/"
_DATES = {"entry_date"}
_DECIMALS = {"total", "amount", "amount_paid", "balance", "rate", "quantity", "budget_money", "budget_hours"}
Call = Callable[[Any, dict[str, Any]], object]


def add_to(app: web.Application, vendor: object, calls: Mapping[str, Call]) -> None:
    """Adds these calls on `vendor` to a server."""

    async def handle(request: web.Request) -> web.Response:
        call = calls.get(request.match_info["call"])
        if call is None:
            return _json({"error": f"no such call; there are {', '.join(calls)}"}, 404)
        arguments = msgspec.json.decode(await request.read() or b"{}", type=dict[str, Any])
        try:
            return _json(call(vendor, arguments))
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    app.router.add_post(PREFIX + "{call}", handle)


def _json(value: object, status: int = 200) -> web.Response:
    # Lone surrogates cannot be here: they are made by faults, not kept in rows.
    return web.Response(status=status, body=msgspec.json.encode(value, enc_hook=str), content_type="application/json")


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


def _settings(vendor: "StandIn", given: dict[str, Any]) -> object:
    for name, value in given.items():
        if not hasattr(vendor.settings, name):
            raise KeyError(name)
        setattr(vendor.settings, name, timedelta(seconds=value) if name == "clock_skew" else value)
    return asdict(vendor.settings) | {"token": "…", "clock_skew": vendor.settings.clock_skew.total_seconds()}


CALLS: dict[str, Call] = {
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
    "fail": lambda vendor, given: vendor.switch.fail(**given).fault.kind,
    "storm": lambda vendor, given: vendor.switch.storm(**given),
    "clear": lambda vendor, _given: vendor.switch.clear(),
    "churn": lambda vendor, given: vendor.switch.churn(**given),
    "log": lambda vendor, _given: [asdict(entry) for entry in vendor.log.entries],
    "clear_log": lambda vendor, _given: vendor.log.clear(),
    "settings": _settings,
}
