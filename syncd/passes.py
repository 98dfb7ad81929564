"""One pass over what is wanted: connections side by side, and within each the classes of its vendor's calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncd import plan
from syncd.collection import Collection
from syncd.errors import StoreBroken, StoreError, StoreFull, SyncdError, Unauthorized, Unavailable, Unread
from syncd.http.retry import BREAKER_OPENS_AFTER
from syncd.http.wire import WrongAddress
from syncd.plan import RunKind
from syncd.reader import Reader, Request
from syncd.run import RunResult, run
from syncd.service import Service, ordered, request_for, with_parents

INTERRUPTED = 130
ALL_REFUSED = 4
SOME_FAILED = 1


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended, and of which connection."""

    connection: str
    result: RunResult


@dataclass(slots=True)
class Report:
    """What came of a pass: its runs, the connections given up and why, what ended all of it.

    ``runs`` are those that ended by themselves, ``begun`` how many were begun; their ids are above ``after_run``.
    """

    wanted: tuple[str, ...]
    runs: list[Ended] = field(default_factory=list)
    refused: dict[str, Unauthorized] = field(default_factory=dict)
    unreachable: dict[str, SyncdError] = field(default_factory=dict)
    fatal: StoreError | None = None
    interrupted: bool = False
    begun: int = 0
    after_run: int = 0

    @property
    def exit_code(self) -> int:
        """The exit code of a one-shot command (CONTRACT 2)."""
        if self.fatal is not None:
            return self.fatal.exit_code
        if self.interrupted:
            return INTERRUPTED
        if self.refused and set(self.refused) == set(self.wanted):
            return ALL_REFUSED
        well = all(ended.result.state == "ok" for ended in self.runs)
        return 0 if well and not self.refused and not self.unreachable else SOME_FAILED


Heard = Callable[[str, str, RunResult | None], None]
"""Told of each run's start (connection, collection, None) and end (…, its result)."""


def _unheard(_connection: str, _collection: str, _result: RunResult | None) -> None:
    """Nobody listens."""


async def cycle(
    service: Service,
    wanted: Mapping[str, Sequence[str]],
    *,
    kind: RunKind | None = None,
    allow_deletes: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    stop: asyncio.Event | None = None,
    hear: Heard = _unheard,
) -> Report:
    """One pass: connections side by side, and of each the collections one after the other in every class of calls.

    *wanted* has collections by connection; *kind* None is what each collection needs, a cycle or its sweep. A refused
    connection is left, a database that is full or broken ends everything. When *stop* is set, nothing more is sent, the
    commit in hand is finished and the report says interrupted. Nothing of what vendors or the database do is raised.
    """
    before = await service.store.runs(last=1)
    report = Report(tuple(wanted), after_run=before[0]["id"] if before else 0)
    request = request_for(kind or RunKind.CYCLE, allow_deletes=allow_deletes, since=since, until=until)
    passes = (_Pass(service, name, names, kind, request, report, hear).read() for name, names in wanted.items())
    work = asyncio.create_task(_side_by_side(passes, report), name="cycle")
    stopped = asyncio.create_task((stop or asyncio.Event()).wait(), name="stop")
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        report.interrupted = not work.done()
    finally:
        work.cancel()
        stopped.cancel()
        await asyncio.wait({work, stopped})
    if not work.cancelled():
        work.result()
    return report


async def _side_by_side(passes: Iterable[Any], report: Report) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            for each in passes:
                group.create_task(each)
    except* StoreError as errors:
        error: BaseException = errors
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        report.fatal = error if isinstance(error, StoreError) else None


async def rows_of(service: Service, report: Report) -> list[dict[str, Any]]:
    """The rows of ``syncd_runs`` that a pass made, also of runs that were interrupted, oldest first."""
    # Nobody else makes runs of connections whose lock we hold: the newest ones are ours.
    newest = await service.store.runs(report.wanted, last=report.begun)
    return [row for row in reversed(newest) if row["id"] > report.after_run]


# --- one connection ---------------------------------------------------------------------------------------------------
@dataclass(eq=False, slots=True)
class _Pass:
    """One connection's part of a pass.

    ``waiting`` are the collections that are still to be read, in order, ``reading`` those that are being read; whoever
    waits for one of them is told by ``changed``.
    """

    service: Service
    name: str
    names: Sequence[str]
    kind: RunKind | None
    request: Request
    report: Report
    hear: Heard
    waiting: list[Collection] = field(default_factory=list)
    reading: set[str] = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def reader(self) -> Reader:
        """The connection made ready."""
        return self.service.readers[self.name]

    async def read(self) -> None:
        """Read everything, classes of calls side by side: none waits while another uses up its allowance.

        Raises StoreError if the database can take no more; what is under way then is interrupted.
        """
        vendor = self.reader.vendor
        self.waiting = ordered(vendor, with_parents(vendor, self.names, self.reader.connection.collections))
        async with asyncio.TaskGroup() as group:
            for class_name in dict.fromkeys(map(self._class_of, self.waiting)):
                group.create_task(self._read_class(class_name))

    async def _read_class(self, class_name: str) -> None:
        """Read what is asked for by calls of one class, one collection after the other."""
        unavailable = 0
        while (collection := await self._next(class_name)) is not None:
            result = await self._run(collection)
            error = result.error
            if isinstance(error, StoreFull | StoreBroken):
                raise error
            if not isinstance(error, Unread):  # which tells nothing of the vendor
                unavailable = unavailable + 1 if isinstance(error, Unavailable) else 0
            if isinstance(error, Unauthorized):
                await self._refused(error)
            elif isinstance(error, WrongAddress):
                # What does not resolve or verify now will not for the next collection either.
                self._give_up(error, *self.reader.vendor.limits_by_class)
            elif unavailable >= BREAKER_OPENS_AFTER:
                self._give_up(error or SyncdError(""), class_name)
            elif result.state == "ok" and self.name not in self.report.refused:
                await self.service.accepted(self.name)
            self.reading.discard(collection.name)
            self.changed.set()

    async def _next(self, class_name: str) -> Collection | None:
        """The next collection of a class, as soon as those that it is read behind were read; None if none is left."""
        while mine := [each for each in self.waiting if self._class_of(each) == class_name]:
            unread = self.reading.union(each.name for each in self.waiting)
            for collection in mine:
                if unread.isdisjoint(collection.behind):
                    self.waiting.remove(collection)
                    self.reading.add(collection.name)
                    return collection
            self.changed.clear()
            await self.changed.wait()
        return None

    async def _run(self, collection: Collection) -> RunResult:
        asked = await self._request(collection)
        self.report.begun += 1
        self.hear(self.name, collection.name, None)
        result = await run(self.reader, collection, asked)
        self.report.runs.append(Ended(self.name, result))
        self.hear(self.name, collection.name, result)
        return result

    async def _request(self, collection: Collection) -> Request:
        """What is wanted of a collection's run: what was asked for, or what is due of it."""
        wanted = self.request
        if self.kind is not None:
            return wanted if collection.name in self.names else request_for(RunKind.CYCLE)
        state = await self.reader.state(collection)
        due = plan.kind_due(state.next_sweep_at, self.service.clock.now())
        if wanted.allow_deletes and state.held:
            due = RunKind.SWEEP
        return request_for(due, allow_deletes=wanted.allow_deletes, since=wanted.since, until=wanted.until)

    async def _refused(self, error: Unauthorized) -> None:
        """The vendor refused us: nothing more begins. A run under way beside this finds out by its next question."""
        self.waiting.clear()
        if self.report.refused.setdefault(self.name, error) is error:
            await self.service.refused(self.name, error)

    def _give_up(self, error: SyncdError, *class_names: str) -> None:
        """The vendor does not answer calls of these classes: none of them begins any more."""
        self.report.unreachable[self.name] = error
        self.waiting = [each for each in self.waiting if self._class_of(each) not in class_names]

    def _class_of(self, collection: Collection) -> str:
        return self.reader.vendor.class_of(collection.path)
