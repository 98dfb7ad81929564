"""The run under way: what it belongs to, what it has counted, and how pages and windows of it are committed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from syncd import parents, plan
from syncd.ask import Ask
from syncd.collection import Collection, Parents, UpdatedSince
from syncd.errors import Malformed, RecordInvalid, StoreBusy, VendorError
from syncd.http.options import Meter
from syncd.paging import Outcome, Position
from syncd.parents import Marked
from syncd.parse import Key, Keyed, Reject, changed
from syncd.plan import Cursor
from syncd.reader import Progress, Reader, Request
from syncd.reading import Parent, Part, Window
from syncd.steps import reached
from syncd.store import Asked, Committed, Known, Missing, Page, Tally, Within
from syncd.values import instant_text, instant_texts, to_instant
from syncd.walk import Batch, Staged, Walker

BUSY_ATTEMPTS = 5
MOST_TOGETHER = 1000  # records in one transaction
LONGEST_TOGETHER_S = 0.5  # at the pace of most vendors every page is a transaction of its own

log = structlog.get_logger()


@dataclass(slots=True)
class Session:
    """A run under way: what it belongs to, what it has counted, and how pages of it are committed."""

    reader: Reader
    collection: Collection
    run: int
    request: Request
    meter: Meter
    ask: Ask
    cursor: Cursor
    live_rows: int
    held: plan.Held | None
    count_due: bool = False
    spans_read: int = 0
    gone: int = 0
    requests: int = 0
    received: int = 0
    changed: int = 0
    rejected: int = 0
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held from the moment a ledger is changed to the end of its commit."""

    @property
    def version(self) -> str:
        """Of the extractor: what columns the rows are parsed to."""
        return self.reader.extractor(self.collection).version

    def part(self, parents: tuple[Parent, ...] = (), window: Window | None = None, *, reopened: bool = False) -> Part:
        """What a reading is to bring: of the account or of *parents*, as the configuration wants it."""
        options = self.reader.options(self.collection).options
        return Part(parents, window, options, reopened, self.reader.extractor(self.collection).wanted)

    def begin(self, cursor: Cursor, *, whole: bool) -> Position:
        """The walk to start from *cursor*, in the staging of this run."""
        vendor = self.reader.vendor
        return plan.begin(
            self.collection,
            cursor,
            whole=whole,
            stage=self.run,
            page_size=vendor.page_size,
            lookback=self.reader.options(self.collection).lookback or vendor.lookback,
            live_rows=self.live_rows,
            version=self.version,
        )

    def tally(self, received: int = 0) -> Tally:
        """What was asked since the last commit, for the run's row."""
        spent = self.meter.take()
        self.requests += spent.requests
        return Tally(spent.requests, spent.retries, spent.waited_s, received, spent.bytes)

    async def commit(
        self,
        records: list[Any],
        *,
        position: Position | None = None,
        cursor: Cursor | None = None,
        stage: int | None = None,
        cursors: tuple[tuple[str, dict[str, Any]], ...] = (),
    ) -> int:
        """Parse and store one page in one transaction; the number of keys staged for the first time.

        *cursors* are those of partitions.
        With *position* the walk's place is stored with the rows, with *cursor* that instead. The same page is tried
        again while the store is busy.
        """
        extractor, store = self.reader.extractor(self.collection), self.reader.store
        keyed, rejects = extractor.keyed(records)
        self.received += len(records)
        self.rejected += len(rejects)
        doubtful = plan.rejects_too_many(self.rejected, self.received)
        if doubtful:
            position = cursor = None
        reached("before_commit")
        bound = position.bound if position is not None else None
        if position is not None:
            cursor = replace(self.cursor, walk=position)
        page = Page(
            connection=self.reader.name,
            collection=self.collection,
            run=self.run,
            tally=self.tally(len(records)),
            stage=stage,
            staged=tuple(self._bounded(keyed, bound)) if stage is not None else (),
            cursor=cursor.to_json() if cursor is not None else None,
            cursor_at=cursor.at if cursor is not None else None,
            cursors=() if doubtful else cursors,
        )

        def page_of(known: Mapping[Key, Known]) -> Page:
            return self._filled(page, keyed, rejects, known)

        keys = [item.key for item in keyed]
        committed: Committed = await self._patient(
            lambda: store.look_and_commit(self.reader.name, self.collection, keys, page_of)
        )
        reached("after_commit")
        self.cursor = cursor or self.cursor
        self.changed += committed.inserted + committed.updated
        if doubtful:
            msg = f"{self.rejected} of {self.received} records have no readable key"
            raise Malformed(msg, remedy="See `syncd rejects`; the cursor stays where it was.")
        return committed.new_keys

    async def commit_window(
        self,
        records: list[Any],
        *,
        within: Within | None,
        judge: Callable[[Missing], bool],
        cursors: Callable[[], tuple[tuple[str, dict[str, Any]], ...]],
    ) -> Committed:
        """Store one window's records with the cursors that vouch for it, in one transaction.

        *judge* says of the live rows *within* that did not come whether they are gone; *cursors*, by partition, are
        asked for after that.
        """
        extractor, store = self.reader.extractor(self.collection), self.reader.store
        keyed, rejects = extractor.keyed(records)
        self.received += len(records)
        self.rejected += len(rejects)
        if plan.rejects_too_many(self.rejected, self.received):
            msg = f"{self.rejected} of {self.received} records have no readable key"
            self.received -= len(records)
            self.rejected -= len(rejects)
            raise Malformed(msg, remedy="Nothing of this window was stored.")
        if rejects:
            within = None  # a row that seems not to have come may be one of those whose key nobody can read
        reached("before_commit")
        page = Page(
            connection=self.reader.name, collection=self.collection, run=self.run, tally=self.tally(len(records))
        )

        def page_of(known: Mapping[Key, Known]) -> Page:
            return replace(self._filled(page, keyed, rejects, known), cursors=cursors())

        keys = [item.key for item in keyed]
        committed: Committed = await self._patient(
            lambda: store.replace(self.reader.name, self.collection, keys, within, judge, page_of)
        )
        reached("after_commit")
        self.changed += committed.inserted + committed.updated
        self.gone += committed.removed
        return committed

    def _filled(self, page: Page, keyed: list[Keyed], rejects: list[Reject], known: Mapping[Key, Known]) -> Page:
        """*page* with the rows of the records that the store does not hold as they are."""
        new = changed(keyed, known)
        rows = self.reader.extractor(self.collection).rows(new)
        rows.rejects[:0] = rejects
        return replace(page, rows=rows, known=known, cleared=tuple(item.key for item in new))

    def log_left(self, partitions: list[str], why: str, error: VendorError) -> None:
        """Tell that these partitions are read no further in this run."""
        log.info(
            "a partition was left",
            action="partition_left",
            connection=self.reader.name,
            collection=self.collection.name,
            partitions=partitions[:5],
            why=why,
            reason=error.message,
        )

    async def note(
        self,
        cursor: dict[str, Any],
        *,
        at: datetime | None = None,
        held: plan.Held | None,
        read_since: datetime | None = None,
        **changes: Any,  # noqa: ANN401 (columns of the state, each of its own type)
    ) -> None:
        """Write the account-wide cursor down, whose rows are committed, and change columns of the collection's state.

        *at* is up to when everything is known now, *held* what is held back; *read_since* closes rejects without a key
        that did not come again since then (by our clock), as everything was read.
        """
        await self._patient(
            lambda: self.reader.store.finish(
                self.reader.name,
                self.collection,
                self.run,
                cursor=cursor,
                cursor_at=at,
                held=held.to_json() if held else None,
                tally=self.tally(),
                read_whole=read_since is not None,
                read_since=read_since,
                **changes,
            )
        )
        self.held = held

    async def note_partitions(self, cursors: tuple[tuple[str, dict[str, Any]], ...]) -> None:
        """Write the cursors of partitions down that had nothing to be read."""
        page = Page(connection=self.reader.name, collection=self.collection, run=self.run, cursors=cursors)
        await self._patient(lambda: self.reader.store.commit(page))

    async def _patient(self, act: Callable[[], Any]) -> Any:  # noqa: ANN401 (whatever the store gives)
        """Do something with the store, again while another holds it."""
        for attempt in range(1, BUSY_ATTEMPTS + 1):
            try:
                return await act()
            except StoreBusy:
                if attempt == BUSY_ATTEMPTS:
                    raise
                await self.reader.clock.sleep(0.1 * 2**attempt)
        raise AssertionError  # pragma: no cover (the last attempt returns or raises)

    def _bounded(self, keyed: list[Keyed], bound: datetime | None) -> list[tuple[Key, bool]]:
        """Each key with whether its record was made up to *bound*, as the vendor's counts take it: in whole seconds."""
        strategy = self.collection.strategy
        if bound is None or not isinstance(strategy, UpdatedSince):
            return [(item.key, True) for item in keyed]
        source = self.collection.column(strategy.made).source or ""
        after = bound + timedelta(seconds=1)
        made = [item.record.get(source) for item in keyed]
        texts, limit = instant_texts(made, ""), instant_text(after, "")
        if texts is not None:  # of one form: they compare as the instants do
            return [(item.key, text is not None and text < limit) for item, text in zip(keyed, texts, strict=True)]
        return [(item.key, _made_before(value, after)) for item, value in zip(keyed, made, strict=True)]

    async def bookkeep(self, cursor: Cursor) -> None:
        """Store a cursor whose marks changed; its rows are committed already."""
        await self.commit([], cursor=cursor)

    async def parents(self, wanted: Parents) -> list[Marked]:
        """The parents that may be asked now. Raises FeatureMissing or Unread if that cannot be known."""
        store, connection = self.reader.store, self.reader.connection
        await parents.check(store, connection, self.collection, wanted)
        return await parents.of(store, connection, self.collection, wanted)

    async def staged(self, stage: int) -> Staged:
        """How many keys stand in a staging."""
        store = self.reader.store
        return Staged(await store.staged_total(stage), await store.staged_count(stage, bounded=True))

    async def walk(self, position: Position, *, keep_position: bool) -> tuple[Position, Outcome]:
        """Read from *position* to the end, committing page by page; the last position and how the walk ended."""
        reader = self.reader
        pages = _Pages(self, keep_position=keep_position, together=plan.is_whole(position) and self.live_rows > 0)
        walker = Walker(reader.vendor, self.collection, self.ask, reader.clock.now, pages.staged)
        reached("before_fetch")
        try:
            async for batch in walker.batches(position):
                reached("after_fetch")
                position = batch.position
                if keep_position and batch.outcome is not None and position.page == 1 and not plan.is_whole(position):
                    await self.commit(batch.records, cursor=self.moved(position))
                else:
                    await pages.add(batch)
                self.tell(position.page, position.before)
                if batch.outcome is not None:
                    return position, batch.outcome
                reached("before_fetch")
        except VendorError:
            await pages.flush()
            raise
        raise AssertionError  # pragma: no cover (a walk's last batch has an outcome)

    def moved(self, position: Position) -> Cursor:
        """The cursor after a walk: the vendor's clock at its first answer, never further back than before."""
        started = position.started_at or self.cursor.at
        at = max(self.cursor.at, started) if self.cursor.at and started else started
        return replace(self.cursor, at=at, walk=None, size=position.size)

    async def finish(
        self,
        position: Position,
        *,
        whole: bool = True,
        tombstones: list[Key] | None = (),  # type: ignore[assignment]
        held: dict[str, Any] | None = None,
        made_from: datetime | None = None,
        made_to: datetime | None = None,
        asked: Asked | None = None,
    ) -> None:
        """End a walk in one transaction: cursor (unless only a range was read), deletions, staging.

        *tombstones* None means every row the walk did not stage; *asked* keeps that to the parents that were asked.
        """
        cursor = self.moved(position) if whole else self.cursor
        self.gone += await self._patient(
            lambda: self.reader.store.finish(
                self.reader.name,
                self.collection,
                self.run,
                cursor=cursor.to_json(),
                cursor_at=cursor.at,
                tombstones=tombstones,
                all_absent_of_stage=position.stage if tombstones is None else None,
                made_from=made_from,
                made_to=made_to,
                asked=asked,
                held=held,
                tally=self.tally(),
                drop_stage=position.stage,
            )
        )
        self.cursor = cursor

    def tell(self, page: int, expected: int | None = None, *, left: int | None = None) -> None:
        """Let whoever watches know how far the run has come."""
        self.reader.watch(
            Progress(
                self.reader.name,
                self.collection.name,
                self.request.kind,
                page,
                self.received,
                self.changed,
                self.requests,
                expected,
                left,
            )
        )


class _Pages:
    """The pages of a walk on their way into the database, one by one or several *together*.

    A sweep finds most records as they are: there is little to lose, and a commit a page would be most of its cost. What
    is read within half a second, at most a thousand records, then goes in one transaction.
    """

    def __init__(self, session: Session, *, keep_position: bool, together: bool) -> None:
        self._session = session
        self._keep_position = keep_position
        self._together = together
        self._records: list[Any] = []
        self._position: Position | None = None
        self._since = 0.0
        self._last = session.reader.clock.monotonic()
        self._staged: int | None = None

    async def add(self, batch: Batch) -> None:
        """Take a page, and commit if it is time."""
        now = self._session.reader.clock.monotonic()
        came_in_s, self._last = now - self._last, now
        if not self._records:
            self._since = now
        self._records += batch.records
        self._position = batch.position
        quick = came_in_s < LONGEST_TOGETHER_S and now - self._since < LONGEST_TOGETHER_S
        waits = self._together and quick and len(self._records) < MOST_TOGETHER
        if not waits or batch.outcome is not None:
            await self.flush()

    async def flush(self) -> None:
        """Commit what was taken."""
        records, self._records = self._records, []
        if not records or self._position is None:
            return
        staged = self._position.staged if self._staged is None else self._staged
        position = replace(self._position, staged=staged)
        kept = position if self._keep_position else None
        self._staged = staged + await self._session.commit(records, position=kept, stage=position.stage)

    async def staged(self, stage: int) -> Staged:
        """How many keys stand in a staging, those taken included."""
        await self.flush()
        return await self._session.staged(stage)


def _made_before(value: object, after: datetime) -> bool:
    """Whether a raw time of making lies before *after*; an unreadable one counts as too late to be counted."""
    try:
        return to_instant(value) < after
    except RecordInvalid:
        return False
