"""What the store is asked: about mirrored rows, runs, rejects, freshness, tasks and incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncd.alerts.incidents import Incident
from syncd.collection import Collection, Reconciliation
from syncd.parse import Key
from syncd.store import finders, history, incidents, overview, state
from syncd.store.desk import Desk
from syncd.store.finders import ParentRow
from syncd.store.history import Day
from syncd.store.overview import Total
from syncd.store.state import Task


class Questions(Desk):
    """The part of ``Store`` that reads, with the tasks that commands ask of a running daemon, and incidents."""

    # --- questions about rows ----------------------------------------------------------------------------------------
    async def made_count(self, connection: str, collection: Collection, until: datetime) -> int:
        """Live rows made until and including *until*."""
        return await self._read(finders.made_count, connection, self._tables(collection), until)

    async def made_by_month(
        self, connection: str, collection: Collection, until: datetime
    ) -> dict[tuple[int, int], int]:
        """Live rows made until and including *until*, by UTC (year, month) they were made in."""
        return await self._read(finders.made_by_month, connection, self._tables(collection), until)

    async def succeeded(
        self, connection: str, collection: Collection, successor: Collection, since: datetime | None
    ) -> list[Key]:
        """Live rows whose key is live in *successor* too, changed there at or after *since* (None: ever)."""
        return await self._read(
            finders.succeeded, connection, self._tables(collection), self._tables(successor).main, since
        )

    async def disagreeing(
        self,
        connection: str,
        collection: Collection,
        reconciliation: Reconciliation,
        parent_collection: Collection,
        since: datetime | None,
    ) -> list[Any]:
        """Ids of parents changed at or after *since* whose state is not that of their newest row in *collection*."""
        tables, parents = self._tables(collection), self._tables(parent_collection)
        return await self._read(finders.disagreeing, connection, tables, reconciliation, parents, since)

    async def rows_of(self, connection: str, collection: Collection, column: str, value: Any) -> list[Key]:
        """Keys of the live rows whose *column* equals *value*."""
        return await self._read(finders.rows_of, connection, self._tables(collection), column, value)

    async def parents(
        self,
        connection: str,
        collection: Collection,
        *,
        columns: Sequence[str],
        mark: str | None = None,
        mark_in: Collection | None = None,
    ) -> list[ParentRow]:
        """Live rows in the order of their keys with *columns*, and the column *mark* of theirs.

        *mark_in* is a collection with the same key whose live row has the mark instead.
        """
        marked = None if mark_in is None else self._tables(mark_in)
        return await self._read(
            finders.parents, connection, self._tables(collection), columns=columns, mark=mark, mark_in=marked
        )

    async def with_rows(self, connection: str, collection: Collection, columns: Sequence[str]) -> set[tuple[Any, ...]]:
        """The different values of *columns* among live rows."""
        return await self._read(finders.with_rows, connection, self._tables(collection), columns)

    async def earliest(
        self, connection: str, collection: Collection, columns: Sequence[str], time_column: str, flag_column: str
    ) -> dict[tuple[Any, ...], datetime]:
        """By values of *columns* the earliest *time_column* of the live rows whose *flag_column* is false."""
        return await self._read(
            finders.earliest, connection, self._tables(collection), columns, time_column, flag_column
        )

    # --- reports -----------------------------------------------------------------------------------------------------
    async def freshness(self) -> list[dict[str, Any]]:
        """Rows of ``syncd_freshness`` with ``next_due_at``."""
        return await self._read(state.freshness)

    async def runs(self, selectors: Sequence[str] | None = None, last: int | None = None) -> list[dict[str, Any]]:
        """Rows of ``syncd_runs``, newest first."""
        return await self._read(state.runs, selectors, last)

    async def last_requests(self, connection: str) -> dict[str, int]:
        """How many requests the last cycle of each collection took that went well, without those that were repeated."""
        return await self._read(state.last_requests, connection)

    async def rejects(self, selectors: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Rows of ``syncd_rejects``."""
        return await self._read(state.rejects, selectors, whole=False)

    async def reject_records(self, selectors: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Rows of ``syncd_rejects`` that hold whole records, to parse them again."""
        return await self._read(state.rejects, selectors, whole=True)

    async def close_rejects(self, numbers: Sequence[int]) -> None:
        """Remove rejects by id."""
        await self._write(state.close_rejects, numbers)

    # --- history -----------------------------------------------------------------------------------------------------
    async def days(self, selector: str, since: datetime) -> list[Day]:
        """The days from *since* on which there were runs of *selector*, oldest first."""
        return await self._read(history.days, selector, since)

    async def recent_runs(self, selector: str, last: int) -> list[dict[str, Any]]:
        """Rows of ``syncd_runs`` of *selector*, newest first."""
        return await self._read(history.recent, selector, last)

    async def failures(self, last: int) -> list[dict[str, Any]]:
        """Rows of ``syncd_runs`` of all connections that have an error, newest first."""
        return await self._read(history.failures, last)

    async def totals(self, connection: str | None = None) -> list[Total]:
        """What the collections of *connection* (None: of each) in each state come to."""
        return await self._read(overview.totals, connection)

    async def shown(
        self, connection: str | None = None, *, states: Sequence[str] | None = None, last: int
    ) -> list[dict[str, Any]]:
        """Rows of ``syncd_freshness`` of *connection* (None: of all) in one of *states*, at most *last*.

        With ``next_due_at``, ``late_after_s``, ``failures``, ``error_class`` and ``changed_at``, when a run that
        changed a row last began.
        """
        return await self._read(overview.shown, connection, states, last)

    async def newest_run(self) -> int:
        """The number of the newest run; 0 before the first."""
        return await self._read(history.newest)

    async def runs_since(self, after: int) -> list[dict[str, Any]]:
        """Rows of ``syncd_runs`` with a number above *after*, oldest first."""
        return await self._read(history.since_run, after)

    async def reject_counts(self) -> dict[tuple[str, str], int]:
        """How many records and values are set aside, by connection and collection."""
        return await self._read(history.reject_counts)

    async def newest_rejects(self, selector: str | None, last: int) -> list[dict[str, Any]]:
        """Rows of ``syncd_rejects`` of *selector* (None: of all) without ``record``, newest first."""
        return await self._read(history.newest_rejects, selector, last)

    async def open_tasks(self) -> dict[str, int]:
        """How many tasks are ``asked`` for and how many are ``running``."""
        return await self._read(history.open_tasks)

    # --- tasks -------------------------------------------------------------------------------------------------------
    async def add_task(self, verb: str, arguments: Mapping[str, Any]) -> int:
        """Ask the running daemon for something; the task's id."""
        return await self._write(state.add_task, verb, dict(arguments), self._clock.now())

    async def tasks(self, of_state: str | None = None) -> list[Task]:
        """Tasks, oldest first; all or those in a state (asked, running, done, failed)."""
        return await self._read(state.tasks, of_state)

    async def task(self, number: int) -> Task | None:
        """One task; None if there is none of that number."""
        return await self._read(state.task, number)

    async def start_task(self, task: int) -> None:
        """Say that a task is under way."""
        await self._write(state.set_task, task, "running", None, None)

    async def finish_task(self, task: int, outcome: str, result: object = None) -> None:
        """Say how a task ended (done, failed)."""
        await self._write(state.set_task, task, outcome, result, self._clock.now())

    # --- incidents ---------------------------------------------------------------------------------------------------
    async def incidents(self, since: datetime) -> list[Incident]:
        """The incidents that are open, or were still there at *since*, oldest first."""
        return await self._read(incidents.incidents, since)

    async def save_incidents(self, changed: Iterable[Incident]) -> None:
        """Store incidents, new ones and changed ones."""
        await self._write(incidents.save, tuple(changed))

    async def forget_incidents(self, before: datetime) -> int:
        """Remove the incidents last seen before *before*; how many."""
        return await self._write(incidents.forget, before)

    async def rejects_since(self, since: datetime) -> dict[tuple[str, str], int]:
        """By connection and collection what was first set aside at or after *since*, and still is."""
        return await self._read(incidents.rejects_since, since)
