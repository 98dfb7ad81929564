"""Daemons for tests: real processes with real signals, or in the test's own loop with a clock that is turned."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from syncd import log as logs
from syncd.config import Config
from syncd.daemon.due import next_due
from syncd.daemon.keeper import Timing
from syncd.daemon.notify import Notifier
from syncd.daemon.supervise import Beside, supervise
from syncd.service import DAEMON, Service, open_service
from syncd.standin.server import StandIn
from tests import kit, oracle
from tests.configured import loaded

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0  # how long a machine busy with other things may take before it counts as never
FEW = ("fields", "staff", "clients")


async def until(true: Callable[[], bool], what: str, within_s: float = PATIENCE_S) -> None:
    """Wait until something is so; fail with *what* if it does not come about."""
    ends = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < ends, f"{what}: not within {within_s} s"
        await asyncio.sleep(0.01)


@dataclass
class Process:
    """A running syncd. ``said`` are the events it logged, ``text`` is what else it wrote there, ``out`` its output."""

    process: asyncio.subprocess.Process
    said: list[dict[str, Any]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    out: str = ""

    def actions(self) -> list[str]:
        return [event["action"] for event in self.said]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def says(self, action: str, within_s: float = PATIENCE_S) -> dict[str, Any]:
        """The first event with this action."""
        await until(lambda: action in self.actions() or self.process.returncode is not None, action, within_s)
        found = [event for event in self.said if event["action"] == action]
        assert found, f"ended without {action}: {self.text} {self.said[-3:]}"
        return found[0]

    async def ends(self, within_s: float = PATIENCE_S) -> int:
        """The exit code."""
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    async def read(self) -> None:
        """Take in everything it writes until it ends."""
        await asyncio.gather(self._read_output(), self._read_events())

    async def _read_output(self) -> None:
        assert self.process.stdout is not None
        self.out = (await self.process.stdout.read()).decode()

    async def _read_events(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            try:
                self.said.append(json.loads(line))
            except ValueError:
                self.text.append(line.decode())


@asynccontextmanager
async def started(folder: Path, *arguments: str, code: str = "") -> AsyncIterator[Process]:
    """``syncd ARGUMENTS`` beside *folder*'s config.toml; *code* is run first, in the same process."""
    run = f"{code}\nfrom syncd.cli import main\nmain()"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", run, "--config", str(folder / "config.toml"), *arguments,
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    running = Process(process)
    reading = asyncio.create_task(running.read())
    try:
        yield running
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await reading


@dataclass
class Place:
    """A vendor, a database and a configuration of one connection to one another."""

    folder: Path
    vendor: StandIn
    url: str
    names: tuple[str, ...]

    def configure(self, collections: str = "", more: str = "", rate: str = "100000/s") -> Config:
        text = kit.toml(self.vendor, self.url, self.names, collections, more)
        return loaded(self.folder, text.replace('"100000/s"', f'"{rate}"'))

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return oracle.read(self.url, sql)

    def runs(self, state: str = "ok", collection: str = "%") -> int:
        where = f"state LIKE '{state}' AND collection LIKE '{collection}'"
        return int(self.rows(f"SELECT count(*) AS n FROM syncd_runs WHERE {where}")[0]["n"])

    async def ran(self, number: int, state: str = "ok", collection: str = "%") -> None:
        """Wait for so many runs."""
        await until(lambda: self.runs(state, collection) >= number, f"{number} {state} runs of {collection}")

    async def asked(self, number: int) -> None:
        """Wait for so many requests."""
        await until(lambda: self.vendor.log.count() >= number, f"{number} requests")

    def differences(self) -> list[str]:
        snapshot = self.vendor.content.snapshot()
        return oracle.differences(self.url, snapshot, connection=kit.NAME, only=self.names)

    def state(self) -> dict[str, Any]:
        """What is known of the connection."""
        return self.rows("SELECT * FROM syncd_connections")[0]

    def stopped(self) -> bool:
        """Whether the connection stands still."""
        return bool(self.rows("SELECT * FROM syncd_connections WHERE state = 'stopped'"))

    def run(self, *arguments: str, code: str = "") -> contextlib.AbstractAsyncContextManager[Process]:
        return started(self.folder, *(arguments or ("run",)), code=code)


@asynccontextmanager
async def place(
    folder: Path,
    url: str,
    *,
    names: tuple[str, ...] = FEW,
    collections: str = "",
    more: str = "",
    rate: str = "100000/s",
    **content: Any,
) -> AsyncIterator[Place]:
    """A stand-in with *content*, and a configuration for it in *folder*."""
    async with StandIn.trackops(**{"cases": 4, **content}) as vendor:
        made = Place(folder, vendor, url, names)
        made.configure(collections, more, rate)
        yield made


class Clock:
    """Real time made *speed* times faster, that can be turned: ``turn`` lets time pass, ``set`` moves the wall only."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._began = time.monotonic()
        self._wall = datetime.now(UTC)
        self._turned = 0.0
        self._set = timedelta(0)

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._speed + self._turned

    def now(self) -> datetime:
        return self._wall + timedelta(seconds=self.monotonic()) + self._set

    async def sleep(self, seconds: float) -> None:
        ends = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left := ends - self.monotonic()) > 0:  # noqa: ASYNC110 (a turn of the clock ends the wait)
            await asyncio.sleep(min(0.02, left / self._speed))

    def turn(self, seconds: float) -> None:
        self._turned += seconds

    def set(self, by: timedelta) -> None:
        self._set += by


QUICK = Timing(tick_s=0.05, jitter_s=0.0)


@dataclass
class Supervised:
    """A daemon in the test's own loop."""

    service: Service
    task: asyncio.Task[int]
    stop: asyncio.Event
    said: io.StringIO


@asynccontextmanager
async def supervised(
    config: Config,
    clock: Clock,
    timing: Timing = QUICK,
    beside: Beside | None = None,
    notifier: Notifier | None = None,
) -> AsyncIterator[Supervised]:
    """The daemon's parts on *config*, until the block ends."""
    async with open_service(
        config, lock=True, holder=DAEMON, clock=clock, all_of_them=False, next_due=next_due
    ) as service:
        stop, said = asyncio.Event(), io.StringIO()
        logs.configure(level="info", format="json", stream=said)
        task = asyncio.create_task(supervise(service, stop, timing, notifier, beside))
        running = Supervised(service, task, stop, said)
        try:
            yield running
        finally:
            stop.set()
            if not running.task.done():
                await asyncio.wait({running.task})
            structlog.reset_defaults()
