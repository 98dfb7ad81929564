"""A clock that tests turn: waiting takes no time, and what was waited is on record."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class TurnedClock:
    """``slept`` has every wait in seconds; a wait ends after *early* of it, as timers of real loops may."""

    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC), *, early: float = 1.0) -> None:
        self._start = start
        self._early = early
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        # A wait shorter than a timer's resolution always ends.
        self.passed += max(0.0, seconds * self._early if seconds > 1e-3 else seconds)
        await asyncio.sleep(0)

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self.passed += seconds
