"""Asks an iTrack stand-in as a client would, one call at a time."""

import json
from datetime import UTC, datetime
from typing import Any

import aiohttp

from syncd.standin import StandIn

NOW = datetime(2026, 3, 10, 12, 0, 0, tzinfo=UTC)


class Client:
    """One login; `key` uses the API key instead."""

    def __init__(self, vendor: StandIn, session: aiohttp.ClientSession) -> None:
        self.vendor = vendor
        self.session = session
        self.hash = vendor.credentials["api_key"]
        self.status = 0

    async def login(self, **changes: str) -> Any:
        about = {name: self.vendor.credentials[name] for name in ("login", "password")} | changes
        reply = await self.post("user/auth", about)
        self.hash = reply.get("hash", self.hash)
        return reply

    async def post(self, call: str, form: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        """A form as it is given: lists and booleans must be text already."""
        async with self.session.post(f"{self.vendor.url}/{call}/", data=form, headers=headers) as answer:
            self.status = answer.status
            return json.loads(await answer.text())

    async def ask(self, call: str, **given: Any) -> Any:
        """A call with its parameters as a form; lists and booleans become JSON text. The reply, also of an error."""
        form = {name.rstrip("_"): _text(value) for name, value in given.items()}
        return await self.post(call, form | {"hash": self.hash})

    async def list_(self, call: str, **given: Any) -> list[Any]:
        """The records of a call that succeeds."""
        reply = await self.ask(call, **given)
        assert reply["success"], reply
        found: list[Any] = reply["list"]
        return found

    async def code(self, call: str, **given: Any) -> int:
        """The code a call is refused with; 0 if it is not."""
        reply = await self.ask(call, **given)
        return 0 if reply["success"] else int(reply["status"]["code"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def plain(at: datetime) -> str:
    """A UTC time as the plain form has it in the zone UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


def window(start: datetime, end: datetime) -> dict[str, str]:
    """Both ends, as ISO texts."""
    return {"from_": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "to": end.strftime("%Y-%m-%dT%H:%M:%SZ")}
