"""What the stand-ins of all vendors have in common: how a request is noted, meets its faults and is answered."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol

from aiohttp import web

from syncd.standin.faults import Answer, Fault, Page, Record, RefusedError
from syncd.standin.log import RequestLog
from syncd.standin.switchboard import Switchboard


class Living(Protocol):
    """What a service needs of an account."""

    def now(self) -> datetime:
        """The vendor's clock, in UTC."""

    def tick(self) -> None:
        """A request came: what was to be seen by now is seen."""


class Plugged(Protocol):
    """What `StandIn` needs of a vendor. `content` may have any public methods: they are calls of the control API."""

    base_path: str
    content: Any
    switch: Switchboard
    log: RequestLog
    settings: Any

    @property
    def credentials(self) -> dict[str, str]:
        """The settings a connection to this account is configured with: `{"token": …}`."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers any request to the vendor's address, and notes it."""


class Service(ABC):
    """One account behind one address. A vendor gives `answer` and `refusal`, and `admit` if it has limits."""

    base_path: str = ""

    def __init__(
        self, content: Living, switch: Switchboard, log: RequestLog, settings: object,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`content` has `now()`, in UTC, and `tick()`; `monotonic`, in seconds, is what limits are judged by."""
        self.content: Any = content
        self.switch = switch
        self.log = log
        self.settings: Any = settings
        self.monotonic = monotonic

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """The settings a connection to this account is configured with."""

    @abstractmethod
    def answer(self, request: web.Request, path: str, body: bytes, faults: list[Fault]) -> Answer:
        """The answer to a request for `path` below the base; RefusedError if there is none."""

    @abstractmethod
    def refusal(self, error: RefusedError) -> Answer:
        """A refusal in the vendor's words."""

    def error(self, code: object = None, **about: object) -> Answer:
        """The vendor's answer with one of its own error codes."""
        raise NotImplementedError(code, about)

    async def admit(self, _request: web.Request) -> None:
        """Called first for each request: waits or raises RefusedError where the vendor has limits."""
        return

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers any request to the vendor's address, and notes it."""
        body = await request.read() if request.can_read_body else b""
        entry = self.log.arrive(request.method, request.raw_path, request.headers, port(request), body)
        answer, faults = await self._decide(request, body)
        for fault in faults:
            if fault.wait:
                await fault.wait(self.switch.chance)
        # A client may look at the log as soon as it has read the answer.
        entry.status = answer.status
        for fault in faults:
            if fault.send:
                response = await fault.send(request, answer)
                entry.status = response.status
                return response
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _decide(self, request: web.Request, body: bytes) -> tuple[Answer, list[Fault]]:
        path = request.raw_path.partition("?")[0]
        path = path.removeprefix(self.base_path) if path.startswith(self.base_path + "/") else ""
        faults: list[Fault] = []
        try:
            await self.admit(request)
            self.switch.request_comes(self.content)
            self.content.tick()
            faults = self.switch.draw(path)
            answer = self.answer(request, path, body, faults)
        except RefusedError as error:
            answer = self.refusal(error)
        answer = spoiled(answer, faults, self)
        answer.headers.setdefault("Date", format_datetime(self.content.now(), usegmt=True))
        return answer, faults


def spoiled(answer: Answer, faults: Iterable[Fault], vendor: object) -> Answer:
    """An answer as its faults leave it; errors are told in the words of `vendor`, a service."""
    for fault in faults:
        if fault.answer:
            answer = fault.answer(replace(answer, vendor=vendor))
    return answer


def listed(rows: list[Any], faults: Iterable[Fault], spell: Callable[[Any], Record]) -> list[Record]:
    """The records of a list that has no pages, as its faults leave them, before the vendor wraps them."""
    whole = Page(1, max(1, len(rows)))
    faults = list(faults)
    for fault in faults:
        rows = fault.select(rows) if fault.select else rows
        page = fault.page(whole) if fault.page else whole
        rows = rows[: page.size] if page.size < whole.size else rows
    records = [spell(row) for row in rows]
    for fault in faults:
        records = fault.records(records, whole) if fault.records else records
    return records


def port(request: web.Request) -> int:
    """The client's port: tells connections apart."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return int(peer[1]) if peer else 0


class Pace:
    """How often requests may come: `admitted` is false for one that comes sooner than `1/rate` after the one before."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """`monotonic` in seconds."""
        self._monotonic = monotonic
        self._arrived_at = -math.inf

    def admitted(self, rate: float | None) -> bool:
        """Counts an arrival, also one that is refused; `rate` in requests a second, None for no limit."""
        before, self._arrived_at = self._arrived_at, self._monotonic()
        return rate is None or self._arrived_at - before >= 1 / rate
