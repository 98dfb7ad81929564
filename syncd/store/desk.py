"""What every method of the store needs: the one thread that uses the database, and the locks held on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from syncd.clock import Clock
from syncd.collection import Collection
from syncd.store.engine import Database
from syncd.store.lock import Lock, take_lock
from syncd.store.schema import CollectionTables, Schema, schema
from syncd.store.upsert import Writer
from syncd.vendors.base import Vendor

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Desk:
    """The writer thread of one open database."""

    def __init__(self, db: Database, vendors: Sequence[Vendor], clock: Clock) -> None:
        self._db = db
        self._vendors = tuple(vendors)
        self._clock = clock
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="syncd-writer")
        self._locks: list[Lock] = []
        self._closed = False

    # A fifteenth of a second that commands which only read bookkeeping spare.
    @cached_property
    def _schema(self) -> Schema:
        return schema(self._vendors)

    @cached_property
    def _writer(self) -> Writer:
        return Writer(self._db, self._schema)

    @property
    def database(self) -> str:
        """What messages call the database: its file, or host and name."""
        return self._db.address

    @property
    def takes_text(self) -> bool:
        """Whether instants of rows are to come as text."""
        return self._db.is_sqlite

    @property
    def _names(self) -> list[str]:
        return [vendor.name for vendor in self._vendors]

    async def _call(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        future = asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))
        # If the caller is cancelled nobody asks for the outcome any more, and asyncio would complain about an error.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(future)

    async def _read(
        self, work: Callable[Concatenate[sa.Connection, _P], _R], *args: _P.args, **kwargs: _P.kwargs
    ) -> _R:
        def run() -> _R:
            with self._db.transaction() as transaction:
                return work(transaction, *args, **kwargs)

        return await self._call(run)

    async def _write(
        self, work: Callable[Concatenate[sa.Connection, _P], _R], *args: _P.args, **kwargs: _P.kwargs
    ) -> _R:
        def run() -> _R:
            self._check_locks()
            with self._db.transaction() as transaction:
                return work(transaction, *args, **kwargs)

        return await self._call(run)

    def _tables(self, collection: Collection) -> CollectionTables:
        return self._schema.of(collection)

    # --- locks -------------------------------------------------------------------------------------------------------
    async def lock(self, connections: Sequence[str], *, holder: str) -> Lock:
        """Take the lock of *connections* for *holder* (how others will name us), kept until ``release`` or ``close``.

        SQLite has one for the whole file. On PostgreSQL those that are free are taken: ``Lock.refused`` has the others.
        StoreBroken names the holder if none is free.
        """
        lock = await self._call(take_lock, self._db, connections, holder)
        self._locks.append(lock)
        return lock

    async def release(self, lock: Lock) -> None:
        """Give *lock* back."""
        if lock in self._locks:
            self._locks.remove(lock)
        await self._call(lock.release)

    async def keep_locks(self) -> None:
        """Take our locks again if they were lost while nothing was written; StoreBroken if somebody else has them."""
        await self._call(self._check_locks)

    def _check_locks(self) -> None:
        for lock in self._locks:
            lock.keep()
