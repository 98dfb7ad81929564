"""The control API under `/_standin/`: steers a stand-in from another process. Never counted in the log, never limited.

Each call is a POST with a JSON object of the arguments, and answers with what the method returns. Every vendor has
`fail`, `storm`, `clear`, `churn`, `log`, `clear_log`, `settings`, and the public methods of its content: `insert`,
`update`, `delete`, `late`, `snapshot` and what else its devices and people do. `changes` are members of a record;
`since`, `until` and `at` are times.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from aiohttp import web

if TYPE_CHECKING:
    from syncd.standin.server import StandIn

PREFIX = "/_standin/"
_TIMES = {"since", "until", "at"}
Call = Callable[[Any, dict[str, Any]], object]


def add_to(app: web.Application, vendor: object, calls: Mapping[str, Call]) -> None:
    """Adds these calls on `vendor` to a server, and the methods of its content."""

    async def handle(request: web.Request) -> web.Response:
        name = request.match_info["call"]
        call = calls.get(name) or _method(vendor, name)
        if call is None:
            return _json({"error": f"no such call; there are {', '.join([*calls, *_methods(vendor)])}"}, 404)
        arguments = msgspec.json.decode(await request.read() or b"{}", type=dict[str, Any])
        try:
            return _json(call(vendor, arguments))
        except (KeyError, TypeError, ValueError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)

    app.router.add_post(PREFIX + "{call}", handle)


def _json(value: object, status: int = 200) -> web.Response:
    # Lone surrogates cannot be here: they are made by faults, not kept in rows.
    return web.Response(status=status, body=msgspec.json.encode(value, enc_hook=str), content_type="application/json")


def _methods(vendor: object) -> list[str]:
    content = getattr(vendor, "content", None)
    return [name for name in dir(type(content)) if not name.startswith("_") and callable(getattr(content, name))]


def _method(vendor: object, name: str) -> Call | None:
    if name not in _methods(vendor):
        return None
    return lambda vendor, given: getattr(vendor.content, name)(**_arguments(given))


def _arguments(given: dict[str, Any]) -> dict[str, Any]:
    given = given | given.pop("changes", {})
    return {name: _time(value) if name in _TIMES and isinstance(value, str) else value for name, value in given.items()}


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _settings(vendor: "StandIn", given: dict[str, Any]) -> object:
    for name, value in given.items():
        change_setting(vendor.settings, name, value)
    shown = {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in asdict(vendor.settings).items()
    }
    return shown | dict.fromkeys(vendor.secrets & shown.keys(), "…")


def change_setting(settings: object, name: str, value: object) -> None:
    """Changes one setting to a JSON value; durations are given in seconds. KeyError if there is no such setting."""
    if not hasattr(settings, name):
        raise KeyError(name)
    if isinstance(getattr(settings, name), timedelta) and isinstance(value, int | float):
        value = timedelta(seconds=value)
    setattr(settings, name, value)


CALLS: dict[str, Call] = {
    "fail": lambda vendor, given: vendor.switch.fail(**given).fault.kind,
    "storm": lambda vendor, given: vendor.switch.storm(**given),
    "clear": lambda vendor, _given: vendor.switch.clear(),
    "churn": lambda vendor, given: vendor.switch.churn(**given),
    "log": lambda vendor, _given: [asdict(entry) for entry in vendor.log.entries],
    "clear_log": lambda vendor, _given: vendor.log.clear(),
    "settings": _settings,
}
