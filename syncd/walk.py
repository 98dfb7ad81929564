"""A collection read from its first request to its last, as an async generator of batches.

A walk reaches the vendor only through the ``ask`` it is given. Its position is in every batch: whoever commits the
records commits the position with them, and a walk that was killed is taken up from there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from syncd.ask import Answer, Ask, Question
from syncd.collection import Collection, UpdatedSince
from syncd.errors import Malformed, NotFound, Refused
from syncd.paging import (
    COUNT_PAYS_PAGES,
    SHORT_WALK_PAGES,
    Outcome,
    Position,
    Proof,
    Repeats,
    begun,
    counted_filters,
    is_proven,
    list_question,
    next_pass,
    passes_left,
)
from syncd.vendors.base import Vendor

MOST_CONFIRMATIONS = 3


@dataclass(frozen=True, slots=True)
class Batch:
    """One page's records and the walk's position after them; ``outcome`` on the last one, which may hold no records."""

    records: list[Any]
    position: Position
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Staged:
    """How many keys the walk has staged so far: all of them, and those made up to its bound."""

    total: int
    bounded: int


@dataclass(frozen=True, slots=True)
class Walker:
    """What a walk needs: the vendor's ways, the collection, who carries questions, our clock, the staging's counts."""

    vendor: Vendor
    collection: Collection
    ask: Ask
    now: Callable[[], datetime]
    staged: Callable[[int], Awaitable[Staged]]

    async def batches(self, position: Position) -> AsyncIterator[Batch]:
        """Every page from *position* on, pass after pass, until the walk is proven or its passes are used up.

        A *position* with a page re-reads that page first. Raises VendorError; Malformed if the vendor does not advance.
        """
        while True:
            async for batch in self._pass(position):
                position = batch.position
                yield batch
                if batch.outcome is not None:
                    return
            after = await self._count(position) if position.before is not None else None
            staged = await self.staged(position.stage)
            if is_proven(position, after=after, staged=staged.total, staged_bounded=staged.bounded):
                yield Batch([], position, Outcome(proven=True, pages=position.page, counted=after))
                return
            if not passes_left(position):
                note = (
                    f"the vendor counts {position.before} before and {after} after, {staged.bounded} were read"
                    if after is not None
                    else f"still new records in pass {position.round}"
                )
                yield Batch([], position, Outcome(proven=False, pages=position.page, note=note, counted=after))
                return
            position = next_pass(position, staged=staged.total, before=after)

    async def _pass(self, position: Position) -> AsyncIterator[Batch]:
        """The pages of one pass. A walk of a single page ends here, with its outcome: one answer is of one instant."""
        repeats = self._repeats()
        page = max(position.page, 1)
        while True:
            answer, records = await self._page(position, page)
            repeats.check(page, records)
            position = begun(position, answer.date or self.now() - self.vendor.lookback)
            full = len(records) >= position.size
            if len(records) > position.size:  # the vendor serves larger pages than it used to
                position = replace(position, size=len(records))
            if page == 1 and position.round == 1 and position.before is None:
                if not full and position.proof is Proof.COUNTS and records and len(records) != position.expected:
                    # A vendor that serves smaller pages than asked would look as if it had no more; as many records as
                    # we hold already need no such check.
                    full = await self._goes_on(position)
                    position = replace(position, size=len(records)) if full else position
                if not full:
                    yield Batch(records, replace(position, page=1), Outcome(proven=True, pages=1, counted=len(records)))
                    return
                position = await self._counted(position) if position.proof is Proof.COUNTS else position
                if position.before is not None:
                    repeats = self._repeats()
                    continue  # page 1 was read before the count: a row deleted in between would hide one skipped
            position = replace(position, page=page)
            yield Batch(records, position)
            if not full:
                return
            if page == SHORT_WALK_PAGES and position.round == 1 and position.proof is Proof.PASSES:
                longer = await self._counted(position)
                if longer.before is not None and longer.before > COUNT_PAYS_PAGES * position.size:
                    position, page, repeats = replace(longer, proof=Proof.COUNTS, page=0), 0, self._repeats()
            page += 1

    def _repeats(self) -> Repeats:
        columns = (self.collection.column(name) for name in self.collection.key)
        return Repeats(tuple(column.source for column in columns if column.source is not None))

    async def _page(self, position: Position, page: int) -> tuple[Answer, list[Any]]:
        """One page; a short one whose end only the closing of the connection told is asked again until two agree."""
        question = list_question(self.collection.path, self.collection.fixed, position, page, self.vendor.page_size)
        answer = await self.ask(question)
        records = self._records(answer, question)
        for _ in range(MOST_CONFIRMATIONS):
            if answer.framed or len(records) >= position.size:
                return answer, records
            again = await self.ask(question)
            confirmed = self._records(again, question)
            if len(confirmed) == len(records):
                return answer, records
            answer, records = (again, confirmed) if len(confirmed) > len(records) else (answer, records)
        msg = f"{question.path} page {page} came with a different length every time"
        raise Malformed(msg)

    @staticmethod
    def _records(answer: Answer, question: Question) -> list[Any]:
        if not isinstance(answer.value, list):
            msg = f"{question.path} should answer with a list of records"
            raise Malformed(msg)
        return answer.value

    async def _goes_on(self, position: Position) -> bool:
        """Whether there is a second page."""
        _, records = await self._page(position, 2)
        return bool(records)

    async def _counted(self, position: Position) -> Position:
        """*position* with the vendor's count before the pass; unchanged where the account cannot count."""
        return replace(position, before=await self._count(position))

    async def _count(self, position: Position) -> int | None:
        """The vendor's own number of the walk's records; None where the account cannot count."""
        strategy = self.collection.strategy
        made_to = strategy.made_to if isinstance(strategy, UpdatedSince) else None
        return await count(self.vendor, self.collection, self.ask, counted_filters(position, made_to))


async def count(
    vendor: Vendor, collection: Collection, ask: Ask, filters: tuple[tuple[str, str], ...] = ()
) -> int | None:
    """The vendor's number of a collection's records under *filters*; None where the account cannot count."""
    if vendor.count is None:
        return None
    per_page = ("per_page", str(vendor.page_size))
    question = vendor.count(Question(collection.path, (*collection.fixed, *filters, per_page)))
    try:
        answer = await ask(question)
    except (Refused, NotFound):
        return None
    return vendor.counted(answer.value)
