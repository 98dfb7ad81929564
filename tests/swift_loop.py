"""A loop that nobody waits for: its time jumps to the next timer as soon as nothing is left to be read or written.

Servers and clients that share it talk over real sockets of this machine, where what is sent has arrived at once: hours
of a vendor's limits pass in the time that the work itself takes. Not for whoever waits for threads or other processes.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

_Found = TypeVar("_Found")

LOOKS = 3
"""How often is looked before time jumps: on a busy machine the other side may not have been told yet."""


class _Swift(selectors.DefaultSelector):
    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            return super().select()  # only a thread or a signal can go on from here
        for _ in range(LOOKS if timeout > 0 else 1):
            if events := super().select(0):
                return events
            os.sched_yield()
        self.passed += max(0.0, timeout)
        return []


class SwiftLoop(asyncio.SelectorEventLoop):
    """``time`` begins at 0 and jumps."""

    def __init__(self) -> None:
        self._swift = _Swift()
        super().__init__(self._swift)

    def time(self) -> float:
        return self._swift.passed


class LoopClock:
    """The time of the running loop."""

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


def swiftly(work: Coroutine[Any, Any, _Found]) -> _Found:
    """What *work* comes to, without waiting for its time to pass."""
    with asyncio.Runner(loop_factory=SwiftLoop) as runner:
        return runner.run(work)
