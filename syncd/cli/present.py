"""The database as commands find it that read but never make or migrate it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from syncd.clock import Clock
from syncd.config import Config
from syncd.errors import StoreBroken
from syncd.store import Store
from syncd.vendors.base import Vendor


@asynccontextmanager
async def present_store(config: Config, clock: Clock, *, vendors: Sequence[Vendor] = ()) -> AsyncIterator[Store | None]:
    """The store, neither made nor migrated; None where nothing was ever stored.

    Of the schema only the bookkeeping must be current, and the tables of *vendors*. Raises StoreBroken.
    """
    store = await _opened(config, clock, vendors)
    try:
        yield store
    finally:
        if store is not None:
            await store.close()


async def _opened(config: Config, clock: Clock, vendors: Sequence[Vendor]) -> Store | None:
    file = config.database.file
    if file is not None and (not file.exists() or not file.stat().st_size):
        return None
    try:
        return await Store.open(config.database.url, vendors, clock=clock, upgrade=False)
    except StoreBroken as error:
        # A server's database is there before anything is in it.
        if "(empty)" in error.message:
            return None
        raise
