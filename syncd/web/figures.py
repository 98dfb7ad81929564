"""The database as the page sees it: opened read-only, beside the daemon's writer, on a thread of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from syncd import status
from syncd.clock import Clock
from syncd.config import Config
from syncd.errors import StoreBusy, StoreError
from syncd.store import Store
from syncd.store.history import Day
from syncd.store.overview import Total

PATIENCE_S = 10.0
FRESH_S = 1.0
HISTORY = timedelta(days=30)

_Found = TypeVar("_Found")


class Figures:
    """Questions to the database, each with an end; raises StoreError. Belongs to one loop; ``close`` it."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._store: Store | None = None
        self._asking = asyncio.Lock()
        self._told: tuple[float, dict[str, Any]] | None = None
        self._telling = asyncio.Lock()

    async def close(self) -> None:
        """Let go of the database."""
        if self._store is not None:
            store, self._store = self._store, None
            await store.close()

    async def ask(self, question: Callable[[Store], Awaitable[_Found]]) -> _Found:
        """The answer to *question*; a database that answers no more, or was replaced, is opened anew the next time."""
        try:
            # One after the other, as there is one thread; and nobody asks while what has failed is being closed.
            async with asyncio.timeout(PATIENCE_S), self._asking:
                return await self._answered(question)
        except TimeoutError:
            raise StoreBusy(f"The database has not answered for {PATIENCE_S:g} seconds.") from None

    async def _answered(self, question: Callable[[Store], Awaitable[_Found]]) -> _Found:
        if self._store is None:
            self._store = await Store.open(self._config.database.url, (), clock=self._clock, read_only=True)
        try:
            return await question(self._store)
        except StoreError:
            with suppress(StoreError):
                await self.close()
            raise

    # --- what is shown -----------------------------------------------------------------------------------------------
    async def document(self) -> dict[str, Any]:
        """The status document, at most a second old: whoever asks at the same time gets the same."""
        async with self._telling:
            now = self._clock.monotonic()
            if self._told is None or now - self._told[0] >= FRESH_S:
                told = await self.ask(self._document)
                self._told = (self._clock.monotonic(), told)
            return self._told[1]

    async def _document(self, store: Store) -> dict[str, Any]:
        return status.document(self._config, await store.freshness(), await store.connection_states())

    async def totals(self, connection: str | None = None) -> list[Total]:
        """The collections of *connection* (None: of each), added up by their state."""
        return await self.ask(lambda store: store.totals(connection))

    async def days(self, selector: str) -> list[Day]:
        """The last thirty days of *selector*, days without a run left out."""
        since = (self._clock.now() - HISTORY + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return await self.ask(lambda store: store.days(selector, since))
