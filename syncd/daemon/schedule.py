"""When to look at what is due. APScheduler stays in here and only says "look now"; what is due, the database says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from syncd.clock import Clock, SystemClock

STEP = timedelta(seconds=30)
"""Wall clock and monotonic clock may part this far before every due time is worked out anew."""
BEAT_S = 30.0
SILENT_S = 300.0
SILENT_TICKS = 60


class StepGuard:
    """Notices when the wall clock is set, or the machine slept: it parts from the monotonic one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._mono = clock.now(), clock.monotonic()

    def step(self) -> timedelta | None:
        """How far the wall clock has been set since the last step; None as long as both agree within 30 seconds."""
        wall, mono = self._clock.now(), self._clock.monotonic()
        parted = (wall - self._wall) - timedelta(seconds=mono - self._mono)
        if abs(parted) <= STEP:
            return None
        self._wall, self._mono = wall, mono
        return parted


class Schedule:
    """Says ``wake(name)`` when the time given to ``look`` has come; belongs to one event loop."""

    def __init__(self, clock: Clock, wake: Callable[[str], None]) -> None:
        self._clock = clock
        self._wake = wake
        # The defaults drop a tick that comes more than a second late; here a late look is as good as any.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._planned: dict[str, datetime] = {}
        self._beat_at = 0.0
        self._ticks = 0

    def start(self) -> None:
        """Begin to wake."""
        self._scheduler.start()
        self._restart_beats()

    def look(self, name: str, at: datetime) -> None:
        """Wake *name* at the clock's time *at*, instead of what was planned for it."""
        self._planned[name] = at
        self._scheduler.add_job(
            self._say, "date", args=(name,), run_date=self._real(at), id=name, replace_existing=True
        )

    def tick(self) -> None:
        """Wake who should have been: the scheduler's timers know nothing of a clock that was set."""
        self._ticks += 1
        now = self._clock.now()
        for name in [name for name, at in self._planned.items() if at <= now]:
            self._arrived(name)

    def restart(self) -> None:
        """After the wall clock was set: the scheduler sleeps by the old one, and must look at the new."""
        self._restart_beats()
        self._scheduler.wakeup()

    @property
    def running(self) -> bool:
        """Whether it lives: it has run something in the last minutes, or has not had the time to."""
        # A process that was stopped for hours goes on with an old beat: only ticks since then count against it.
        silent = asyncio.get_running_loop().time() - self._beat_at > SILENT_S and self._ticks > SILENT_TICKS
        return bool(self._scheduler.running) and not silent

    def pause(self) -> None:
        """Wake nobody any more."""
        if self._scheduler.running:
            self._scheduler.pause()

    def close(self) -> None:
        """Let go of the loop's timers."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    # Coroutines, because the scheduler runs plain functions on another thread.
    async def _say(self, name: str) -> None:
        self._arrived(name)

    def _arrived(self, name: str) -> None:
        if self._planned.pop(name, None) is not None:
            self._wake(name)

    async def _beat(self) -> None:
        self._beat_at = asyncio.get_running_loop().time()
        self._ticks = 0

    def _restart_beats(self) -> None:
        self._beat_at = asyncio.get_running_loop().time()
        self._ticks = 0
        self._scheduler.add_job(self._beat, "interval", seconds=BEAT_S, id="beat", replace_existing=True)

    def _real(self, at: datetime) -> datetime:
        """*at* in the time of this machine, which the scheduler goes by, when the clock we are given differs."""
        return SystemClock().now() + (at - self._clock.now())
