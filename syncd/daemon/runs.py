"""Runs of one connection under way: each has a deadline that every page moves, and can be stopped by a person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Container
from contextlib import asynccontextmanager
from datetime import timedelta

from syncd.collection import Collection
from syncd.errors import Unavailable
from syncd.reader import Progress, Reader, Request
from syncd.run import RunResult, run
from syncd.service import Service

AGAIN = timedelta(minutes=5)
"""When a run that was given up is due again."""


class Runs:
    """The runs of *reader*'s connection; one without a page for *stall_s* seconds is given up."""

    def __init__(self, service: Service, reader: Reader, stall_s: float) -> None:
        self._service, self._reader, self._stall_s = service, reader, stall_s
        self._deadlines: dict[str, asyncio.Timeout] = {}
        self._stopped: set[str] = set()
        reader.watch = self._progressed

    def overdue(self, by_s: float) -> bool:
        """Whether a run that should have been given up *by_s* seconds ago is still there: only our end will end it."""
        now = asyncio.get_running_loop().time()
        return any((at := each.when()) is not None and now - at > by_s for each in self._deadlines.values())

    def stop(self, names: Container[str] | None) -> None:
        """End the runs of these collections, or all, after the page in hand."""
        for name, deadline in self._deadlines.items():
            if (names is None or name in names) and not deadline.expired():
                self._stopped.add(name)
                deadline.reschedule(asyncio.get_running_loop().time())

    async def read(self, collection: Collection, request: Request) -> RunResult:
        """A run that is given up when no page has come for long."""
        try:
            async with self._deadline(collection):
                return await run(self._reader, collection, request)
        except TimeoutError:
            if collection.name in self._stopped:
                return RunResult(0, collection.name, request.kind, "interrupted")
            return RunResult(0, collection.name, request.kind, "failed", await self._given_up(collection))
        finally:
            self._stopped.discard(collection.name)

    async def _given_up(self, collection: Collection) -> Unavailable:
        error = Unavailable(
            f"Given up: no page of {collection.name} for {self._stall_s / 60:.0f} minutes.",
            remedy="If it happens again, report it with what `syncd run --debug` logs.",
        )
        state = await self._reader.state(collection)
        await self._service.store.set_state(
            self._reader.name,
            collection,
            state="failed",
            failures=state.failures + 1,
            error_class=type(error).__name__,
            last_error=str(error),
            next_due_at=self._service.clock.now() + AGAIN,
        )
        return error

    @asynccontextmanager
    async def _deadline(self, collection: Collection) -> AsyncIterator[None]:
        async with asyncio.timeout(self._stall_s) as deadline:
            self._deadlines[collection.name] = deadline
            try:
                yield
            finally:
                del self._deadlines[collection.name]

    def _progressed(self, progress: Progress) -> None:
        deadline = self._deadlines.get(progress.collection)
        if deadline is not None and not deadline.expired() and progress.collection not in self._stopped:
            deadline.reschedule(asyncio.get_running_loop().time() + self._stall_s)
