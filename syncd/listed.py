"""One run of a collection that is read whole by its vendor's own readings: of the account, or of each parent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from syncd import deletion, plan
from syncd import parents as families
from syncd.ask import Answer, Question
from syncd.collection import Listing, Parents
from syncd.crew import Crew, Failures, drive
from syncd.errors import BadBatch, FeatureMissing, NotFound, SuspiciousAnswer, SyncdError, Unauthorized, VendorError
from syncd.ledger import moment_text
from syncd.paging import Outcome, Position, Proof
from syncd.plan import HELD_FOR, RunKind
from syncd.reading import Account, Read, Taken
from syncd.session import Session
from syncd.steps import reached
from syncd.store import Asked, range_stage

CLOCK_UNKNOWN = timedelta(minutes=10)
"""How far our clock may be off where the vendor's answers carry no Date."""


async def read_listing(session: Session) -> SuspiciousAnswer | None:
    """Read a collection whole, or the parents that may have something new; what was held back.

    Raises Partial if some parents could not be read.
    """
    strategy = session.collection.strategy
    assert isinstance(strategy, Listing)  # noqa: S101 (the caller looked)
    stage = range_stage(session.run, 0)
    work = _Work(session, await session.reader.account(session.ask, session.collection), stage)
    try:
        return await work.read(strategy)
    except SyncdError:
        await session.reader.store.drop_stage(stage)
        await session.reader.store.drop_stage(work.parents_stage)
        raise


@dataclass(frozen=True, slots=True)
class _Batch:
    """Parents that one reading asks for together, and how."""

    read: Read
    parents: tuple[families.Marked, ...]
    wanted: Parents


@dataclass(slots=True)
class _Work:
    """A run under way. ``asked`` are the link values of the parents that were read to their end.

    ``trusted`` is False once a reading said of itself that it may lack records.
    """

    session: Session
    account: Account
    stage: int
    began: datetime | None = None
    pages: int = 0
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    waiting: deque[_Batch] = field(default_factory=deque)
    failures: Failures = field(default_factory=Failures)
    trusted: bool = True

    @property
    def parents_stage(self) -> int:
        """The staging of the parents that were asked."""
        return range_stage(self.session.run, 1)

    async def read(self, strategy: Listing) -> SuspiciousAnswer | None:
        """Read all that is due, and settle what did not come."""
        if strategy.parents is None:
            await self._all(strategy.read)
            return await self._settle(None, whole=True, known=True)
        whole = await self._queue(strategy.read, strategy.parents)
        for read, parents in strategy.also:
            whole = await self._queue(read, parents) and whole
        await Crew(self.session.reader.pace(self.session.collection).parallel, self._take, self._do).work()
        session, links = self.session, tuple(ours for ours, _ in strategy.parents.link)
        well = not self.failures.errors
        if not strategy.also:
            await session.reader.store.stage_keys(self.parents_stage, self.asked)
            is_first = session.cursor.at is None
            held = await self._settle(
                (links, self.parents_stage), whole=whole and well, known=well and (whole or is_first)
            )
            await session.reader.store.drop_stage(self.parents_stage)
            parent = session.reader.vendor.collection(strategy.parents.collection)
            await session.reader.store.bury_orphans(
                session.reader.name, session.collection, strategy.parents.link, parent, session.run
            )
        else:
            held = await self._settle(None, whole=whole and well, known=well)
        self.failures.check(strategy.parents.collection)
        return held

    # --- of the account ----------------------------------------------------------------------------------------------
    async def _all(self, read: Read) -> None:
        part = self.session.part()
        reached("before_fetch")
        taken = await drive(read(self.account, part), self._ask, self._keep)
        reached("after_fetch")
        await self._keep(taken.records)
        self.trusted = taken.trusted

    async def _keep(self, records: list[Any]) -> None:
        """Commit a page of a reading."""
        self.pages += 1
        async with self.session.storing:
            await self.session.commit(records, stage=self.stage)
        self.session.tell(self.pages)

    async def _ask(self, question: Question) -> Answer:
        answer = await self.session.ask(question)
        if self.began is None:
            self.began = answer.date
        return answer

    # --- of parents --------------------------------------------------------------------------------------------------
    async def _queue(self, read: Read, wanted: Parents) -> bool:
        """Line up the parents that may have something new; whether that is all of them."""
        session = self.session
        found = await session.parents(wanted)
        now, every = session.reader.clock.now(), session.request.kind is not RunKind.CYCLE
        # What is held back is settled by a second look at everything.
        every = every or session.request.allow_deletes
        every = every or (session.held is not None and now - session.held.at >= HELD_FOR)
        due = found
        if wanted.remembers:
            cursors = await session.reader.store.cursors(session.reader.name, session.collection)
            named = {families.partition(each.parent.key): each for each in found}
            await self._forget(name for name, cursor in cursors.items() if name and cursor and name not in named)
            if not every:
                # Who was last asked for another choice of columns is as good as never asked.
                alike = {name: told for name, told in cursors.items() if told.get("version") == session.version}
                marks = {name: each.mark for name, each in named.items()}
                due = [named[name] for name in plan.due_parents(wanted, marks, alike, now)]
        for first in range(0, len(due), wanted.batch):
            self.waiting.append(_Batch(read, tuple(due[first : first + wanted.batch]), wanted))
        return len(due) == len(found)

    async def _forget(self, gone: Iterable[str]) -> None:
        """Let parents that come back be asked again, whatever their marks: their rows went with them."""
        if cursors := tuple((name, dict[str, Any]()) for name in gone):
            await self.session.note_partitions(cursors)

    def _take(self) -> _Batch | None:
        return self.waiting.popleft() if self.waiting else None

    async def _do(self, batch: _Batch) -> int:
        size = 0
        part = self.session.part(tuple(each.parent for each in batch.parents))

        async def ask(question: Question) -> Answer:
            nonlocal size
            answer = await self._ask(question)
            size += answer.size
            return answer

        reached("before_fetch")
        try:
            taken = await drive(batch.read(self.account, part), ask, self._keep)
        except NotFound as error:
            self._left(batch, "gone", error)
        except BadBatch as error:
            middle = len(batch.parents) // 2
            if middle:
                parts = batch.parents[middle:], batch.parents[:middle]
                self.waiting.extendleft(replace(batch, parents=some) for some in parts)
            else:
                self._left(batch, "not taken", error)
        except (Unauthorized, FeatureMissing):
            raise
        except VendorError as error:
            self.failures.note(error)
            self.failures.errors.append(error)
            self._left(batch, "failed", error)
        else:
            reached("after_fetch")
            await self._store(batch, taken)
        return size

    def _left(self, batch: _Batch, why: str, error: VendorError) -> None:
        self.session.log_left([families.partition(each.parent.key) for each in batch.parents], why, error)

    async def _store(self, batch: _Batch, taken: Taken) -> None:
        """Commit what came of a batch, and note of each parent how far it is known."""
        skipped = {families.partition(key) for key in taken.skipped}
        answered = [each for each in batch.parents if families.partition(each.parent.key) not in skipped]
        cursors: tuple[tuple[str, dict[str, Any]], ...] = ()
        if batch.wanted.remembers:
            now = moment_text(self.session.reader.clock.now())
            told = {
                **({} if taken.records else {"none_at": now}),
                **({"asked_at": now} if batch.wanted.rotates else {}),
                "version": self.session.version,
            }
            cursors = tuple((families.partition(each.parent.key), {"mark": each.mark, **told}) for each in answered)
        async with self.session.storing:
            await self.session.commit(taken.records, stage=self.stage, cursors=cursors)
        strategy = self.session.collection.strategy
        assert isinstance(strategy, Listing)  # noqa: S101 (read_listing looked)
        self.trusted = self.trusted and taken.trusted
        # Of parents whose reading may lack records nothing is concluded, as of those that were not asked.
        if strategy.parents is not None and not strategy.also and taken.trusted:
            self.asked += [families.linked(each.parent, strategy.parents.link) for each in answered]
        self.failures.well()
        self.pages += 1
        self.session.tell(self.pages)

    # --- the end -----------------------------------------------------------------------------------------------------
    async def _settle(self, asked: Asked | None, *, whole: bool, known: bool) -> SuspiciousAnswer | None:
        """End the walk: what did not come is gone, or held back."""
        began = self.began or self.session.reader.clock.now() - CLOCK_UNKNOWN
        position = Position((), Proof.COUNTS, self.stage, started_at=began)
        note = "" if self.trusted else "the vendor counts other records than it lists"
        outcome = Outcome(proven=self.trusted, pages=self.pages, note=note)
        return await deletion.settle_listing(self.session, position, outcome, asked=asked, whole=whole, known=known)
