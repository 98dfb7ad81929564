"""A vendor in memory for the pure tiers: lists, counts and changes between requests, without a network or a loop.

It speaks as Trackops does (page numbers, ``dir=asc``, inclusive bounds, ``mode=count``), in an order by id or by last
change, and its records change while they are being read.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from syncd.ask import Answer, Question
from syncd.errors import Refused
from syncd.paging import Outcome, Position
from syncd.vendors.base import Vendor
from syncd.vendors.trackops import TRACKOPS
from syncd.walk import Batch, Staged, Walker

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = START - timedelta(days=90)
SUBJECTS = TRACKOPS.collection("subjects")
T = TypeVar("T")


def done(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise AssertionError("it waited")


def text_of(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def moment_of(told: str) -> datetime:
    return datetime.fromisoformat(told).astimezone(UTC)


@dataclass
class Row:
    """One record at the vendor; ``visible_at`` is when its last change is committed there."""

    id: int
    created: datetime
    updated: datetime
    visible_at: datetime
    rev: int = 0


@dataclass
class VendorModel:
    """Answers questions about its ``rows``; ``between`` is called before each answer with the number of the request."""

    page_size: int = 100
    order: str = "id"
    clamp: int | None = None
    counts: bool = True
    lie: int = 0
    framed: bool = True
    dated: bool = True
    now: datetime = START
    rows: dict[int, Row] = field(default_factory=dict)
    between: Callable[[int], None] = lambda _number: None
    questions: list[Question] = field(default_factory=list)
    next_id: int = 1

    @property
    def vendor(self) -> Vendor:
        return replace(TRACKOPS, page_size=self.page_size)

    @property
    def pages_asked(self) -> list[int]:
        """The page numbers asked for, in order; 0 stands for a count."""
        return [int(dict(q.params).get("page", 0)) for q in self.questions]

    def add(self, times: int = 1, *, at: datetime | None = None, late: timedelta = timedelta()) -> None:
        moment = (at or self.now).replace(microsecond=0)
        for _ in range(times):
            self.rows[self.next_id] = Row(self.next_id, moment, moment, (at or self.now) + late)
            self.next_id += 1

    def update(self, ident: int, *, late: timedelta = timedelta()) -> None:
        row = self.rows[ident]
        moment = self.now.replace(microsecond=0)
        self.rows[ident] = Row(ident, row.created, moment, self.now + late, row.rev + 1)

    def delete(self, ident: int) -> None:
        del self.rows[ident]

    def listed(self, filters: dict[str, str]) -> list[Row]:
        """The visible rows under *filters*, in the vendor's order."""
        found = [row for row in self.rows.values() if row.visible_at <= self.now]
        if "updated_from" in filters:
            found = [row for row in found if row.updated >= moment_of(filters["updated_from"])]
        if "created_from" in filters:
            found = [row for row in found if row.created >= moment_of(filters["created_from"])]
        if "created_to" in filters:
            found = [row for row in found if row.created <= moment_of(filters["created_to"])]
        return sorted(found, key=lambda row: (START if self.order == "id" else row.updated, row.id))

    async def ask(self, question: Question) -> Answer:
        """One answer; the vendor's clock goes on by a second."""
        self.questions.append(question)
        self.now += timedelta(seconds=1)
        self.between(len(self.questions))
        asked = dict(question.params)
        assert len(asked) == len(question.params), "a parameter was sent twice"
        date = self.now if self.dated else None
        listed = self.listed(asked)
        if "mode" in asked:
            if not self.counts:
                raise Refused("mode is unknown")
            assert {"page", "dir"}.isdisjoint(asked)
            return Answer({"record_count": len(listed) + self.lie, "page_count": 1}, date)
        assert "asc" == asked["dir"]
        assert self.page_size == int(asked["per_page"])
        size = min(int(asked["per_page"]), self.clamp or self.page_size)
        first = (int(asked["page"]) - 1) * size
        page = listed[first : first + size]
        return Answer([record_of(row) for row in page], date, framed=self.framed)


def record_of(row: Row) -> dict[str, Any]:
    return {"id": row.id, "rev": row.rev, "created_at": text_of(row.created), "updated_at": text_of(row.updated)}


@dataclass
class Staging:
    """The keys a walk has seen, each with whether it was made before the walk's bound when first staged."""

    keys: dict[int, bool] = field(default_factory=dict)

    def put(self, records: Iterable[dict[str, Any]], position: Position) -> None:
        for record in records:
            made = datetime.fromisoformat(record["created_at"]).replace(tzinfo=UTC)
            self.keys.setdefault(record["id"], position.bound is None or made <= position.bound)

    async def staged(self, _stage: int) -> Staged:
        return Staged(len(self.keys), sum(self.keys.values()))


@dataclass
class Walked:
    """A walk that ended: how, where, and what it brought (the latest of each key)."""

    outcome: Outcome
    position: Position
    latest: dict[int, dict[str, Any]]
    batches: list[Batch]


async def _walk(
    model: VendorModel, position: Position, staging: Staging, kill_after: int | None, ours: Callable[[], datetime]
) -> Walked | Position:
    walker = Walker(model.vendor, SUBJECTS, model.ask, ours, staging.staged)
    latest: dict[int, dict[str, Any]] = {}
    batches: list[Batch] = []
    walk = walker.batches(position)
    async for batch in walk:
        staged = len(staging.keys)
        staging.put(batch.records, batch.position)
        latest.update((record["id"], record) for record in batch.records)
        batches.append(batch)
        position = replace(batch.position, staged=staged)
        if batch.outcome is not None:
            await walk.aclose()  # type: ignore[attr-defined]
            return Walked(batch.outcome, position, latest, batches)
        if kill_after is not None and len(batches) >= kill_after:
            await walk.aclose()  # type: ignore[attr-defined]
            return position
    raise AssertionError("a walk's last batch has an outcome")


def walk(
    model: VendorModel,
    position: Position,
    staging: Staging | None = None,
    *,
    ours: Callable[[], datetime] = lambda: START,
) -> Walked:
    """Walk from *position* to the end."""
    walked = done(_walk(model, position, staging or Staging(), None, ours))
    assert isinstance(walked, Walked)
    return walked


def walk_killed(model: VendorModel, position: Position, staging: Staging, after: int) -> Position | Walked:
    """Walk until *after* batches are committed; the position then stored, or the walk that ended before."""
    return done(_walk(model, position, staging, after, lambda: START))
