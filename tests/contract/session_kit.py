"""A vendor with sessions, made up for the tests: who logs in gets a token, and what it knows of tokens is on record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncd.ask import Answer, Question, Reply
from syncd.clock import Clock
from syncd.errors import RateLimited, SessionOver, Unauthorized, Unavailable, VendorError
from syncd.http.client import Client, ClientOptions, Meter
from syncd.http.spacing import Hosts
from syncd.lane import Lane
from syncd.vendors.base import Limits, Sessions, Setting, Signature
from syncd.vendors.trackops import TRACKOPS
from tests.contract.http_kit import Seen, Server, Step, late, reply
from tests.turned_clock import TurnedClock

LOGIN = {"login": "ops@example.com", "password": "correct-horse-battery"}
KEY = {"api_key": "fedcba9876543210fedcba9876543210"}
UNITS = Question("/units", (("ids", "[1,2]"),), method="POST")
REMEDY = "Make an API key."
HOUR = 3600.0


def explain(question: Question, answer: Reply) -> VendorError | None:
    """The vendor's codes: 4 session over, 102 wrong password, 15 too fast, 6 broken."""
    code = answer.value.get("code") if isinstance(answer.value, dict) else None
    said = f"The vendor says {answer.text}"
    match code:
        case 4:
            return SessionOver(f"The session is over. {said}", remedy=REMEDY, code=4)
        case 102:
            return Unauthorized(f"The login is wrong. {said}", remedy="Check login and password.", code=102)
        case 105:
            return RateLimited("Too many attempts.", retry_after_s=300.0, code=105)
        case 15:
            return RateLimited("Too fast.", code=15)
    return Unavailable(f"{question.path} answered {answer.status}.") if answer.status >= 500 else None


def sign(settings: Mapping[str, str], token: str | None) -> Signature:
    """The token or key as a field of the form."""
    found = settings.get("api_key") or token
    return Signature({}, (("hash", found),) if found else ())


VENDOR = replace(
    TRACKOPS,
    name="gated",
    title="Gated",
    settings=(
        Setting("login", "who", required=False),
        Setting("password", "…", secret=True, required=False),
        Setting("api_key", "…", secret=True, required=False),
    ),
    sign=sign,
    explain=explain,
    limits=Limits(rate=(1000, 1.0), documented=(1000, 1.0), parallel=4, after_answer=False, hold_s=(1.0, 2.0)),
    reads=(("POST", "/user/auth"), ("POST", "/user/renew"), ("POST", "/units")),
    sessions=Sessions(
        needed=lambda settings: "api_key" not in settings,
        login=lambda settings: Question("/user/auth", tuple(settings.items()), method="POST"),
        opened=lambda value: value.get("hash") if isinstance(value, dict) else None,
        renew=Question("/user/renew", method="POST"),
    ),
)


def said(status: int = 200, **members: Any) -> Step:
    """An answer with these members."""
    return reply(json.dumps(members).encode(), status)


@dataclass
class Gate(Server):
    """Knows one login and the tokens it gave out; ``takes_s`` is how long a login takes.

    ``instead`` answers the next requests of a path. ``valid`` loses every token with ``end_sessions``.
    """

    password: str = LOGIN["password"]
    takes_s: float = 0.0
    valid: set[str] = field(default_factory=set)
    given: list[str] = field(default_factory=list)
    instead: dict[str, list[Step]] = field(default_factory=dict)

    def asked(self, path: str) -> list[Seen]:
        """The requests of *path*."""
        return [seen for seen in self.seen if seen.target == f"/api/v1{path}"]

    @property
    def logins(self) -> int:
        """How often somebody tried to log in."""
        return len(self.asked("/user/auth"))

    def end_sessions(self) -> None:
        """Nobody is logged in any more."""
        self.valid.clear()

    async def answer(self, request: Seen, writer: asyncio.StreamWriter) -> bool:
        """As the vendor does."""
        path = request.target.removeprefix("/api/v1")
        if self.instead.get(path):
            return await self.instead[path].pop(0)(writer)
        form = dict(request.form)
        if path == "/user/auth":
            if form.get("password") != self.password:
                return await said(400, code=102, echo=form)(writer)
            token = f"{len(self.given) + 1:032x}"
            self.given.append(token)
            self.valid.add(token)
            return await late(self.takes_s, said(hash=token))(writer)
        if form.get("hash") not in self.valid:
            return await said(400, code=4, echo=form)(writer)
        return await said(list=[1])(writer)


def gated(
    gate: Server,
    state_dir: Path | None = None,
    *,
    clock: Clock | None = None,
    credentials: Mapping[str, str] = LOGIN,
    refresh: Callable[[], Mapping[str, str] | None] | None = None,
    rates: tuple[tuple[float, float], ...] = (),
    hosts: Hosts | None = None,
    **changes: Any,
) -> Client:
    """A client of the vendor; *changes* are made to its declaration."""
    options = ClientOptions(
        base_url=gate.url,
        name="vans",
        state_dir=state_dir,
        credentials=credentials,
        rates={"": rates},
        refresh_credentials=refresh,
    )
    return Client(replace(VENDOR, **changes), options, clock=clock, random=lambda: 0.0, hosts=hosts)


async def ask(client: Client, lane: Lane = Lane.INCREMENT) -> Answer:
    return await client.asker(lane, Meter())(UNITS)


async def asked_of(gate: Gate, folder: Path | None, clock: TurnedClock, **more: Any) -> None:
    """One start of the program that asks once."""
    async with gated(gate, folder, clock=clock, **more) as client:
        await ask(client)


def stored(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "sessions" / "vans.json").read_text())
    return found
