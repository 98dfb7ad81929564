"""The store: one database behind one writer thread. ``Store`` is its asynchronous face.

Every method runs its work on the writer thread and is shielded: a cancelled caller leaves at once, the transaction is
finished behind it. Errors are StoreBusy (again), StoreFull (wait for room), StoreAltered (this collection) and
StoreBroken (stop).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.clock import Clock
from syncd.collection import Collection
from syncd.parse import Key
from syncd.store import migrate, rejects, state, tombstone, upkeep
from syncd.store.engine import Database
from syncd.store.finders import ParentRow
from syncd.store.keys import staged_key
from syncd.store.lock import Lock
from syncd.store.questions import Questions
from syncd.store.retention import trim
from syncd.store.state import CollectionState, ConnectionState, Task
from syncd.store.tombstone import Absent, Asked, range_stage
from syncd.store.upsert import Committed, Known, Page, Tally
from syncd.store.windows import Missing, Within
from syncd.vendors.base import Vendor

__all__ = [
    "Absent", "Asked", "CollectionState", "Committed", "ConnectionState", "Known", "Lock", "Missing", "Page",
    "ParentRow", "Store", "Tally", "Task", "Within", "range_stage", "staged_key",
]  # fmt: skip


class Store(Questions):
    """One open database. Made by ``Store.open``; every method but ``database`` is a coroutine.

    *connection* and *collection* say what they act on; where rows are touched the collection is the declaration.
    """

    # --- opening and closing -----------------------------------------------------------------------------------------
    @classmethod
    async def open(
        cls, url: str, vendors: Sequence[Vendor], *, clock: Clock, upgrade: bool = True, read_only: bool = False
    ) -> Store:
        """Open the database at *url* with the tables of *vendors*, bringing its schema up to date unless told not to.

        StoreBroken says why it cannot be used; with ``upgrade=False`` (or *read_only*) also when an upgrade is due.
        """
        store = cls(Database(url, read_only=read_only), vendors, clock)
        try:
            await store._call(store._open, upgrade=upgrade and not read_only)
        except BaseException:
            await store.close()
            raise
        return store

    def _open(self, *, upgrade: bool) -> None:
        self._db.open(create=upgrade)
        with self._db.transaction() as transaction:
            if not upgrade:
                migrate.require_current(transaction, self._names)
            due = migrate.pending(transaction, self._names)
        if due:
            migrate.upgrade(self._db, self._schema, self._names)

    async def close(self) -> None:
        """Finish what is under way and let go of the database and of every lock. A second time does nothing."""
        if self._closed:
            return
        self._closed = True
        for lock in list(self._locks):
            await self.release(lock)
        await self._call(self._db.close)
        self._thread.shutdown(wait=True)

    # --- pages -------------------------------------------------------------------------------------------------------
    async def known(self, connection: str, collection: Collection, keys: Iterable[Key]) -> dict[Key, Known]:
        """What is stored under *keys*; absent keys are not in the result."""
        return await self._call(self._writer.known, connection, collection, tuple(keys))

    async def look_and_commit(
        self,
        connection: str,
        collection: Collection,
        keys: Iterable[Key],
        page_of: Callable[[Mapping[Key, Known]], Page],
    ) -> Committed:
        """``known`` and ``commit`` in one go: the page is what *page_of*, called on the writer thread, makes of *keys*.

        To hand a page over to the thread and back costs as much as a tenth of writing it.
        """

        def run() -> Committed:
            self._check_locks()
            return self._writer.look_and_commit(connection, collection, keys, page_of, self._clock.now())

        return await self._call(run)

    async def replace(
        self,
        connection: str,
        collection: Collection,
        keys: Iterable[Key],
        within: Within | None,
        judge: Callable[[Missing], bool],
        page_of: Callable[[Mapping[Key, Known]], Page],
    ) -> Committed:
        """The same for a range that was read: live rows *within* it that are not among *keys* are buried.

        *judge* decides that, asked on the writer thread before *page_of* whenever there is a range, even if every row
        came; it has to be quick. What is buried becomes a tombstone, or goes where the declaration says REMOVE.
        """

        def run() -> Committed:
            self._check_locks()
            return self._writer.replace(connection, collection, keys, within, judge, page_of, self._clock.now())

        return await self._call(run)

    async def commit(self, page: Page) -> Committed:
        """Write *page* with its cursors, counts, rejects and staged keys in one transaction."""

        def run() -> Committed:
            self._check_locks()
            return self._writer.commit(page, self._clock.now())

        return await self._call(run)

    # --- walks and deletions -----------------------------------------------------------------------------------------
    async def staged_count(self, stage: int, *, bounded: bool) -> int:
        """Keys staged: all, or with *bounded* only those made before the walk began."""
        return await self._read(tombstone.staged_count, stage, bounded=bounded)

    async def staged_total(self, stage: int) -> int:
        """Keys staged."""
        return await self.staged_count(stage, bounded=False)

    async def stage_keys(self, stage: int, keys: Iterable[Key]) -> int:
        """Stage *keys*, such as those of the parents a walk asks; how many different ones."""
        return await self._write(tombstone.stage_keys, stage, tuple(keys))

    async def drop_stage(self, stage: int) -> None:
        """Forget the keys of *stage*."""
        await self._write(tombstone.drop_stage, stage)

    async def absent(
        self,
        connection: str,
        collection: Collection,
        stage: int,
        *,
        made_from: datetime | None = None,
        made_to: datetime | None = None,
        limit: int,
        asked: Asked | None = None,
    ) -> Absent:
        """The live rows that *stage* does not hold; bounds (inclusive) restrict to rows made between them.

        With *asked*, only rows count whose values of its columns are staged in its stage: those of the parents asked.
        """
        bounds = {"made_from": made_from, "made_to": made_to}
        return await self._read(
            tombstone.absent, connection, self._tables(collection), stage, **bounds, limit=limit, asked=asked
        )

    async def finish(
        self,
        connection: str,
        collection: Collection,
        run: int,
        *,
        cursor: dict[str, Any] | None = None,
        cursor_at: datetime | None = None,
        partition: str = "",
        tombstones: Sequence[Key] | None = None,
        all_absent_of_stage: int | None = None,
        made_from: datetime | None = None,
        made_to: datetime | None = None,
        held: dict[str, Any] | None = None,
        tally: Tally | None = None,
        drop_stage: int | None = None,
        read_whole: bool = False,
        read_since: datetime | None = None,
        asked: Asked | None = None,
        cursors: Sequence[tuple[str, dict[str, Any]]] = (),
        **changes: Any,
    ) -> int:
        """The end of a walk, in one transaction; how many rows were tombstoned (or removed, as the declaration says).

        ``cursor``, the ``cursors`` of further partitions and ``cursor_at`` move when given. Gone are the keys in
        ``tombstones``, or all live rows that ``all_absent_of_stage`` does not hold (within the bounds and of the
        parents ``asked``, if given: see ``absent``). ``held`` replaces what was held, None clears it. With
        ``read_whole`` rejects without a key that did not come again are closed, in this run or (our time) since
        ``read_since``. ``drop_stage`` is forgotten, with the parents' stage. ``changes`` are other columns of the
        collection's state.
        """
        tables = self._tables(collection)
        at = self._clock.now()

        def end(transaction: sa.Connection) -> int:
            gone = 0
            if tombstones:
                gone += tombstone.bury(transaction, connection, tables, tombstones, at)
            if all_absent_of_stage is not None:
                bounds = {"made_from": made_from, "made_to": made_to}
                gone += tombstone.bury_absent(
                    transaction, connection, tables, all_absent_of_stage, at, **bounds, asked=asked
                )
            if read_whole:
                rejects.close_keyless(transaction, connection, collection, run, read_since)
            if drop_stage is not None:
                tombstone.drop_stage(transaction, drop_stage)
                if asked is not None:
                    tombstone.drop_stage(transaction, asked[1])
            for part, value in (*cursors, *([] if cursor is None else [(partition, cursor)])):
                state.put_cursor(transaction, connection, collection.name, part, value, at)
            moved = {} if cursor_at is None else {"cursor_at": cursor_at}
            state.enroll_one(transaction, connection, tables)
            state.set_state(transaction, connection, collection.name, {"held": held, **moved, **changes})
            state.add_tally(transaction, run, tally)
            state.add_counts(transaction, run, tombstoned=gone)
            return gone

        return await self._write(end)

    async def tombstone(self, connection: str, collection: Collection, run: int, keys: Iterable[Key]) -> int:
        """Tombstone (or remove) the live rows among *keys*; how many."""
        tables, at, gone = self._tables(collection), self._clock.now(), tuple(keys)

        def bury(transaction: sa.Connection) -> int:
            count = tombstone.bury(transaction, connection, tables, gone, at)
            state.add_counts(transaction, run, tombstoned=count)
            return count

        return await self._write(bury)

    async def trim(
        self,
        connection: str,
        collection: Collection,
        before: datetime,
        cursors: Sequence[tuple[str, dict[str, Any]]] = (),
    ) -> int:
        """Remove rows that began before *before*, a piece of them in a transaction, until 0 are left; how many.

        The *cursors* by partition, which do not vouch for them any more, move with these rows.
        """
        tables = self._tables(collection)

        def cut(transaction: sa.Connection) -> int:
            for partition, cursor in cursors:
                state.put_cursor(transaction, connection, collection.name, partition, cursor, self._clock.now())
            return trim(transaction, connection, tables, before)

        return await self._write(cut)

    async def bury_orphans(
        self, connection: str, collection: Collection, link: Sequence[tuple[str, str]], parent: Collection, run: int
    ) -> int:
        """Tombstone (or remove) the live rows whose row of *parent* is a tombstone; how many.

        *link* pairs our column with the parent's column that it holds.
        """
        tables, parents, at = self._tables(collection), self._tables(parent).main, self._clock.now()

        def bury(transaction: sa.Connection) -> int:
            count = tombstone.bury_orphans(transaction, connection, tables, link, parents, at)
            state.add_counts(transaction, run, tombstoned=count)
            return count

        return await self._write(bury)

    # --- cursors, runs, states ---------------------------------------------------------------------------------------
    async def cursor(self, connection: str, collection: Collection | str, partition: str = "") -> dict[str, Any] | None:
        """The stored cursor, None before the first."""
        return (await self.cursors(connection, collection)).get(partition)

    async def cursors(self, connection: str, collection: Collection | str) -> dict[str, dict[str, Any]]:
        """The stored cursors by partition."""
        return await self._read(state.cursors, connection, _name(collection))

    async def start_run(self, connection: str, collection: Collection | str, kind: str, at: datetime) -> int:
        """Open a run's row (kind: cycle, sweep or backfill); its id."""
        return await self._write(state.start_run, connection, _name(collection), kind, at)

    async def end_run(
        self,
        run: int,
        outcome: str,
        at: datetime,
        *,
        tally: Tally | None = None,
        error_class: str | None = None,
        error: str | None = None,
    ) -> dict[str, Any]:
        """Close a run (ok, partial, failed, interrupted, held); its row. The collection's state is ``set_state``'s."""
        return await self._write(
            state.end_run,
            run,
            outcome,
            at,
            tally=tally,
            error_class=error_class,
            error=error,
        )

    async def interrupt_stale_runs(self, connections: Sequence[str] | None = None) -> int:
        """Mark runs that a killed process left open as interrupted; how many. For the holder of the lock only."""
        return await self._write(state.interrupt_stale_runs, connections, self._clock.now())

    async def enroll(self, connection: str, vendor: Vendor, collections: Iterable[str] | None = None) -> None:
        """Make the bookkeeping rows of a connection and its collections (None: all) where they are missing."""
        await self._write(state.enroll, connection, vendor, None if collections is None else tuple(collections))

    async def states(self, connections: Sequence[str] | None = None) -> list[CollectionState]:
        """What is known of the collections, of all connections or some."""
        return await self._read(state.states, connections)

    async def state(self, connection: str, collection: Collection) -> CollectionState:
        """What is known of one collection; nothing yet is a state too."""
        found = {state.collection: state for state in await self.states([connection])}
        vendor = self._tables(collection).vendor
        empty = CollectionState(connection, collection.name, vendor, collection.table)
        return found.get(collection.name, empty)

    async def set_state(self, connection: str, collection: Collection | str, **changes: Any) -> None:
        """Change columns of ``syncd_collections``; ValueError if there is no such column or row."""

        def change(transaction: sa.Connection) -> None:
            if isinstance(collection, Collection):
                state.enroll_one(transaction, connection, self._tables(collection))
            state.set_state(transaction, connection, _name(collection), changes)

        await self._write(change)

    async def connection_states(self) -> dict[str, ConnectionState]:
        """What is known of every connection, by name."""
        return await self._read(state.connection_states)

    async def connection_state(self, connection: str) -> ConnectionState:
        """What is known of *connection*; "ok" before anything is."""
        return (await self.connection_states()).get(connection, ConnectionState(connection))

    async def set_connection_state(self, connection: str, **changes: Any) -> None:
        """Change columns of ``syncd_connections``."""
        await self._write(state.set_connection_state, connection, changes)

    async def pause(self, connection: str, collections: Sequence[str] | None) -> None:
        """Have the daemon leave *connection* alone, or only some *collections* of it, until ``resume``."""
        await self._write(state.pause, connection, collections, self._clock.now())

    async def resume(self, connection: str, collections: Sequence[str] | None) -> None:
        """Have the daemon read *connection*, or only some *collections* of it, again."""
        await self._write(state.pause, connection, collections, None)

    # --- upkeep ------------------------------------------------------------------------------------------------------
    async def upgrade(self) -> list[str]:
        """Bring the schema up to date; the revisions applied."""
        return await self._call(migrate.upgrade, self._db, self._schema, self._names)

    async def current(self) -> dict[str, tuple[str | None, str]]:
        """For each branch in use: the revision of the database (None: not made yet) and the program's newest."""
        return await self._read(migrate.current, self._names)

    async def pending(self) -> list[str]:
        """The revisions an upgrade would apply."""
        return await self._read(migrate.pending, self._names)

    async def check(self) -> list[str]:
        """What is wrong with the file or differs from the schema of this program; empty if nothing."""
        return await self._call(upkeep.check, self._db, self._schema)

    async def vacuum(self) -> None:
        """Give unused space back."""
        await self._call(upkeep.vacuum, self._db)

    async def forget(self, connection: str) -> int:
        """Remove all rows and bookkeeping of *connection*; how many rows of collections."""

        def run() -> int:
            self._check_locks()
            with self._db.transaction() as transaction:
                gone = upkeep.forget(transaction, self._schema, connection)
            self._writer.forget()
            return gone

        return await self._call(run)

    async def copy_to(self, url: str) -> dict[str, int]:
        """Copy everything into the empty database at *url*; rows by table."""
        return await self._call(upkeep.copy, self._db, url, self._schema, self._names)

    async def wal_bytes(self) -> int:
        """Size of SQLite's write-ahead log (0 on PostgreSQL): growth without end means a reader that never ends."""
        return await self._call(self._db.wal_bytes)

    async def checkpoint(self) -> bool:
        """Fold SQLite's log into the file and empty it; False if a reader is in the way. For idle moments."""
        return await self._call(self._db.checkpoint)


def _name(collection: Collection | str) -> str:
    return collection if isinstance(collection, str) else collection.name
