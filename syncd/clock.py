"""Time as a parameter: whoever needs it takes a Clock, and tests pass one that they turn themselves."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for durations, and waiting."""

    def now(self) -> datetime:
        """Aware UTC."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never steps."""

    async def sleep(self, seconds: float) -> None:
        """Wait *seconds* (nothing if not positive)."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; a zero or negative wait only yields the loop."""
        await asyncio.sleep(max(0.0, seconds))
