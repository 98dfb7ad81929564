"""When to look at what is due. APScheduler stays in here and only says "look now"; what is due, the database says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from syncd.clock import Clock, SystemClock

STEP = timedelta(seconds=30)
"""Wall clock and monotonic clock may part this far before every due time is worked out anew."""
BEAT_S = 30.0


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
    """Says ``wake(name)`` when the time given to ``look`` has come; belongs to one event loop.

    ``beat_at`` is the monotonic time when the scheduler last showed that it lives.
    """

    def __init__(self, clock: Clock, wake: Callable[[str], None]) -> None:
        self._clock = clock
        self._wake = wake
        # The defaults drop a tick that comes more than a second late; here a late look is as good as any.
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._planned: dict[str, datetime] = {}
        self.beat_at = clock.monotonic()

    def start(self) -> None:
        """Begin to wake."""
        self._scheduler.start()
        self._beats()

    def look(self, name: str, at: datetime) -> None:
        """Wake *name* at the clock's time *at*, instead of what was planned for it."""
        self._planned[name] = at
        self._scheduler.add_job(
            self._say, "date", args=(name,), run_date=self._real(at), id=name, replace_existing=True
        )

    def tick(self) -> None:
        """Wake who should have been: the scheduler's timers know nothing of a clock that was set."""
        now = self._clock.now()
        for name in [name for name, at in self._planned.items() if at <= now]:
            self._arrived(name)

    def restart(self) -> None:
        """After the wall clock was set: the scheduler sleeps by the old one, and must look at the new."""
        self.beat_at = self._clock.monotonic()
        self._beats()
        self._scheduler.wakeup()

    @property
    def running(self) -> bool:
        """Whether it has shown life in the last minutes."""
        return bool(self._scheduler.running) and self._clock.monotonic() - self.beat_at < 10 * BEAT_S

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
        self.beat_at = self._clock.monotonic()

    def _beats(self) -> None:
        self._scheduler.add_job(self._beat, "interval", seconds=BEAT_S, id="beat", replace_existing=True)

    def _real(self, at: datetime) -> datetime:
        """*at* in the time of this machine, which the scheduler goes by, when the clock we are given differs."""
        return SystemClock().now() + (at - self._clock.now())
