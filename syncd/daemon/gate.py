"""What holds runs back: a connection that refuses us or is down, a full database. Each opens again by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import structlog

from syncd.clock import Clock
from syncd.config import ConnectionConfig
from syncd.errors import StoreBusy, StoreFull, Unauthorized, Unavailable, VendorError
from syncd.reader import Reader
from syncd.secret import Secret, SecretError
from syncd.service import Breaker, Service, probe

SAID_EVERY_S = 30.0
LONGEST_WAIT_S = 60.0
BUSY_WAIT_S = 1.0

_Found = TypeVar("_Found")

log = structlog.get_logger()


async def insist(clock: Clock, act: Callable[[], Awaitable[_Found]]) -> _Found:
    """Do something with the database, again while it is busy or full: for what must be stored before going on."""
    while True:
        try:
            return await act()
        except (StoreBusy, StoreFull) as error:
            log.warning("database busy", action="database_busy", reason=error.message)
            await clock.sleep(BUSY_WAIT_S)


@dataclass(eq=False, slots=True)
class Gate:
    """Lets the runs of one connection through, or not: closed while it refuses our credentials or is down.

    What does not answer the calls of one class may answer those of another: each has a breaker of its own. A refused
    connection is probed every ``probe_s`` and when a secret's file changed; one that is down once in the interval of
    its cycles, ever more rarely up to an hour. ``opened`` is called when it answers again.
    """

    service: Service
    reader: Reader
    tick_s: float
    probe_s: float
    opened: Callable[[], Awaitable[None]]
    refused: bool = False
    breakers: dict[str, Breaker] = field(default_factory=dict)
    _interval: timedelta = timedelta(minutes=15)
    _probe_at: float = 0.0
    _tried: dict[str, str] | None = None
    _shut: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def closed(self) -> bool:
        """Whether no run at all may start."""
        return all(map(self.is_closed, self.reader.vendor.limits_by_class))

    def is_closed(self, class_name: str) -> bool:
        """Whether no run may start that is read by calls of this class."""
        return self.refused or class_name in self._open_breakers()

    async def recall(self) -> None:
        """After a start: a connection that stood still when the process ended gets one probe at once."""
        state = await insist(self.service.clock, lambda: self.service.store.connection_state(self.reader.name))
        if state.state == "stopped":
            self.refused = True
            self._probe_at = self.service.clock.monotonic()
            self._tried = _contents(self.reader.connection)
            self._shut.set()

    async def refuse(self, error: Unauthorized) -> None:
        """The vendor refused us: nothing more is asked until a probe succeeds."""
        log.error(
            "connection stopped",
            action="connection_stopped",
            connection=self.reader.name,
            reason=error.message,
            remedy=error.remedy,
        )
        self.refused = True
        self._probe_at = self.service.clock.monotonic() + self.probe_s
        self._tried = _contents(self.reader.connection)
        self._shut.set()
        await insist(self.service.clock, lambda: self.service.refused(self.reader.name, error))

    def failed(self, error: Unavailable, interval: timedelta, class_name: str) -> None:
        """A run failed because the vendor cannot be reached: after five in a row only probes go out."""
        self._interval = interval
        now = self.service.clock.monotonic()
        breaker = self.breakers.get(class_name, Breaker()).failed(now, interval.total_seconds())
        self.breakers[class_name] = breaker
        if breaker.is_open:
            log.warning(
                "vendor unavailable, waiting",
                action="breaker_open",
                connection=self.reader.name,
                **({"calls": class_name} if class_name else {}),
                failures=breaker.failures,
                wait_s=round(breaker.next_probe_at - now, 1),
                reason=error.message,
            )
            self._shut.set()

    async def passed(self, class_name: str) -> None:
        """The vendor answered a run, whatever came of it."""
        self.breakers.pop(class_name, None)
        # What began before the refusal says nothing about it: only a probe does.
        if not self.refused:
            await self.service.accepted(self.reader.name)

    async def keep(self) -> None:
        """Probe while the gate is closed, for ever."""
        clock = self.service.clock
        await self.recall()
        while True:
            await self._shut.wait()
            while not self._probe_is_due():
                await clock.sleep(self.tick_s)
            for name, breaker in self._open_breakers().items():
                self.breakers[name] = breaker.probing(clock.monotonic(), self._interval.total_seconds())
            try:
                await probe(self.reader)
            except Unauthorized as error:
                await self.refuse(error)
            except Unavailable as error:
                self._probe_at = clock.monotonic() + self.probe_s
                if not self.refused:
                    for name in self._open_breakers() or self.reader.vendor.limits_by_class:
                        self.failed(error, self._interval, name)
            except VendorError as error:
                # It answers, and not with a refusal: whatever is wrong with the probe, runs will say better.
                log.warning("probe failed", action="probe_failed", connection=self.reader.name, reason=error.message)
                await self._open()
            else:
                await self._open()

    def _probe_is_due(self) -> bool:
        now = self.service.clock.monotonic()
        if self.refused:
            return now >= self._probe_at or _contents(self.reader.connection) != self._tried
        return any(breaker.allows(now) for breaker in self._open_breakers().values() or (Breaker(),))

    def _open_breakers(self) -> dict[str, Breaker]:
        return {name: breaker for name, breaker in self.breakers.items() if breaker.is_open}

    async def _open(self) -> None:
        self._shut.clear()
        self.refused = False
        self.breakers.clear()
        await insist(self.service.clock, lambda: self.service.accepted(self.reader.name))
        await insist(self.service.clock, self.opened)


def _contents(connection: ConnectionConfig) -> dict[str, str] | None:
    """The secrets as their files have them now; None while one cannot be read."""
    try:
        return {
            name: value.reread().reveal() for name, value in connection.settings.items() if isinstance(value, Secret)
        }
    except SecretError:
        return None


@dataclass(eq=False, slots=True)
class Room:
    """Whether the database has room. While it has none every run is held, and the process stays alive."""

    clock: Clock
    first_wait_s: float
    _wait_s: float = 0.0
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _full: asyncio.Event = field(default_factory=asyncio.Event)
    _opened_at: float = float("-inf")
    _said_at: float = float("-inf")

    def __post_init__(self) -> None:
        """There is room until somebody says otherwise."""
        self._open.set()

    async def wait(self) -> None:
        """Wait until there may be room."""
        await self._open.wait()

    def full(self, error: StoreFull) -> None:
        """Hold everything; say so at most every 30 seconds."""
        now = self.clock.monotonic()
        if now - self._said_at >= SAID_EVERY_S:
            self._said_at = now
            log.error("no room, everything waits", action="store_full", reason=error.message, remedy=error.remedy)
        if self._open.is_set():
            # Full again at once: the next look can wait longer.
            again = now - self._opened_at < 2 * LONGEST_WAIT_S
            self._wait_s = min(LONGEST_WAIT_S, 2 * self._wait_s) if again else self.first_wait_s
            self._open.clear()
            self._full.set()

    async def keep(self) -> None:
        """Let runs try again after a while, for ever."""
        while True:
            await self._full.wait()
            self._full.clear()
            await self.clock.sleep(self._wait_s)
            self._opened_at = self.clock.monotonic()
            self._open.set()
