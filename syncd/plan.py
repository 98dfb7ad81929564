"""What is to be read and what may be concluded: decisions as pure functions of plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from syncd.collection import Collection, Parents, Snapshot, UpdatedSince
from syncd.ledger import moment_of
from syncd.paging import COUNT_PAYS_PAGES, SHORT_WALK_PAGES, Position, Proof, timestamp

HELD_FOR = timedelta(hours=1)  # a second proven re-read at least this much later applies what was held
CONFIRMED_AT_MOST = 200
COUNT_EVERY = timedelta(days=1)
REJECTS_ALWAYS_BORNE = 10
CLOCKS_PART_AT = timedelta(days=1)
_FIRST_TURN = datetime(2001, 1, 1, tzinfo=UTC)


class RunKind(StrEnum):
    """What a run does (CONTRACT 1)."""

    CYCLE = "cycle"
    SWEEP = "sweep"
    BACKFILL = "backfill"


class Scope(StrEnum):
    """Which part of what is due of a windowed collection a run reads; what comes whole is read whole by any of them.

    The daemon reads what is new first and by itself: an outage made good, or two months read again, may take hours.
    """

    ALL = "all"
    NEW = "new"
    """From the end of what is known on, and the look-back before it."""
    PAST = "past"
    """The rest: both of the following, the first of them first."""
    AGAIN = "again"
    """What is known already, and to be read again."""
    GAPS = "gaps"
    """What was never read before the end of what is known."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a collection has been read.

    ``at`` is the vendor's clock when the last proven walk began (None: never read whole), ``walk`` the position of an
    unfinished walk, ``size`` the length of a full page as this vendor serves it. ``marks`` are our own times and queues
    of what follows a walk (reconciliation, succession).
    """

    at: datetime | None = None
    walk: Position | None = None
    size: int | None = None
    marks: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """A JSON object without the parts that are not there."""
        return {
            **({"at": self.at.isoformat()} if self.at else {}),
            **({"walk": self.walk.to_json()} if self.walk else {}),
            **({"size": self.size} if self.size else {}),
            **({"marks": dict(self.marks)} if self.marks else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Cursor:
        """The inverse of ``to_json``; None is the cursor of a collection never read."""
        stored = stored or {}
        return cls(
            at=datetime.fromisoformat(stored["at"]) if "at" in stored else None,
            walk=Position.from_json(stored["walk"]) if "walk" in stored else None,
            size=stored.get("size"),
            marks=stored.get("marks"),
        )


def is_whole(position: Position) -> bool:
    """Whether a walk reads the collection without a filter, so that absence from it means something."""
    return not position.filters


def begin(
    collection: Collection,
    cursor: Cursor,
    *,
    whole: bool,
    stage: int,
    page_size: int,
    lookback: timedelta,
    live_rows: int,
    version: str = "",
) -> Position:
    """The walk to start: of everything (a snapshot, a sweep, a first sync) or of what changed since the cursor."""
    strategy = collection.strategy
    size = cursor.size or page_size
    if whole or cursor.at is None or not isinstance(strategy, UpdatedSince):
        return Position(
            filters=(), proof=Proof.COUNTS, stage=stage, size=size, expected=live_rows or None, version=version
        )
    since = timestamp(cursor.at - lookback)
    return Position(filters=((strategy.since, since),), proof=Proof.PASSES, stage=stage, size=size, version=version)


def can_resume(cursor: Cursor, *, whole: bool, staged: int, version: str = "") -> bool:
    """Whether the unfinished walk may go on: not if it reads less than is asked, or for other columns.

    Nor if its staging is gone. An unlogged staging may have been emptied by a crash of the database; keys of the page
    in hand may be staged beyond what the position knows.
    """
    walk = cursor.walk
    if walk is None or walk.page == 0 or walk.version != version:
        return False
    if whole and (not is_whole(walk) or walk.before is None):
        # Without the vendor's counts nobody would notice what vanished behind the place where the sweep broke off.
        return False
    return staged >= max(1, walk.base, walk.staged)


class Verdict(StrEnum):
    """What happens with rows that a re-read no longer held."""

    APPLY = "apply"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Held:
    """Deletions that were found but not applied: when first, how many, and a digest of exactly which."""

    at: datetime
    count: int
    digest: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """A JSON object."""
        return {"at": self.at.isoformat(), "count": self.count, "digest": self.digest, "reason": self.reason}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Held | None:
        """The inverse of ``to_json``."""
        if not stored:
            return None
        return cls(datetime.fromisoformat(stored["at"]), stored["count"], stored["digest"], stored["reason"])


@dataclass(frozen=True, slots=True)
class Absence:
    """Rows of ours that a re-read did not hold: ``count`` of ``live`` ones; ``digest`` tells them from others.

    ``gone`` is how many the same run has deleted already: many months of a few rows each are many rows.
    """

    count: int
    live: int
    digest: str
    proven: bool
    counts_agree: bool
    gone: int = 0


def is_few(deletions: int, live: int) -> bool:
    """Whether so many deletions are an ordinary day's: at most 10 rows, or 10 % of the collection."""
    return deletions <= max(10, live // 10)


def deletion(absence: Absence, held: Held | None, *, allowed: bool, now: datetime) -> tuple[Verdict, str]:
    """Whether *absence* may be applied (CONTRACT 5), and if not why.

    Up to max(10 rows, 10 %) and not all of them: at once. More, or everything: only when a second proven re-read at
    least an hour later found exactly the same and the vendor's own count agrees, or when a person allows it. Unproven:
    never.
    """
    if not absence.proven:
        return Verdict.HOLD, "the re-read could not be proven complete"
    if allowed:
        return Verdict.APPLY, ""
    if is_few(absence.count + absence.gone, absence.live + absence.gone) and absence.count < absence.live:
        return Verdict.APPLY, ""
    again = held is not None and held.digest == absence.digest and now - held.at >= HELD_FOR
    if again and absence.counts_agree:
        return Verdict.APPLY, ""
    share = "all" if absence.count >= absence.live else f"{absence.count} of {absence.live}"
    return Verdict.HOLD, f"{share} rows would be deleted at once"


class Schedule(Protocol):
    """What of a collection's configuration says when it is read; ``every`` is None where a cron expression does."""

    @property
    def every(self) -> timedelta | None:
        """The time between two cycles."""


def next_due(options: Schedule, now: datetime) -> datetime:
    """When a collection read at *now* is due again."""
    return now + (options.every or timedelta(days=1))


def retry_at(options: Schedule, now: datetime, failures: int) -> datetime:
    """When a collection that failed *failures* times in a row is tried again: soon at first, then ever more rarely."""
    return now + min(options.every or timedelta(days=1), patience(failures))


def patience(failures: int) -> timedelta:
    """How long what failed *failures* times in a row is left alone."""
    return timedelta(minutes=min(60, 5 * 2 ** min(failures - 1, 4)))


def late_after(options: Schedule) -> timedelta:
    """How old a collection's freshness may be before it counts as late: two turns missed, and a little."""
    return 2 * (options.every or timedelta(days=1)) + timedelta(minutes=10)


def kind_due(next_sweep_at: datetime | None, now: datetime) -> RunKind:
    """What a due collection needs: its sweep if the time for that has come, else a cycle."""
    return RunKind.SWEEP if next_sweep_at is not None and next_sweep_at <= now else RunKind.CYCLE


def rejects_too_many(rejected: int, received: int) -> bool:
    """Whether so many records have no readable key that the answer itself must be doubted: above 1 %, at least 10."""
    return rejected > max(REJECTS_ALWAYS_BORNE, received // 100)


def clocks_part(cursor_at: datetime | None, now: datetime) -> bool:
    """Whether our clock must be wrong: the vendor's showed more than a day later at an earlier time."""
    return cursor_at is not None and cursor_at - now > CLOCKS_PART_AT


def due_parents(
    parents: Parents,
    known: Mapping[str, str | None],
    cursors: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> list[str]:
    """The parents that are asked now, of those *known* by their partitions with their marks.

    Those never asked come first, then those that may have something new, then those whose turn it is anyway.
    """
    turns = turns_of(known, parents.rotates, now) if parents.rotates is not None else {}
    new = [name for name, mark in known.items() if parent_is_due(parents, cursors.get(name), mark, now)]
    others = turns.keys() - set(new)
    turned = [name for name in known if name in others and not _asked_since(cursors[name], turns[name])]
    return [*sorted(new, key=lambda name: name in cursors), *turned]


def turns_of(names: Iterable[str], rotates: timedelta, now: datetime) -> dict[str, datetime]:
    """When it was last the turn of each of *names*, which follow each other evenly within *rotates*.

    Their order is that of a hash, so that neighbours do not go together, and stays when others come and go.
    """
    order = sorted(names, key=lambda name: hashlib.blake2b(name.encode(), digest_size=8).digest())
    found = {}
    for place, name in enumerate(order):
        offset = rotates * place / len(order)
        found[name] = _FIRST_TURN + offset + (now - _FIRST_TURN - offset) // rotates * rotates
    return found


def _asked_since(cursor: Mapping[str, Any], turn: datetime) -> bool:
    return "asked_at" in cursor and moment_of(cursor["asked_at"]) >= turn


def parent_is_due(parents: Parents, cursor: Mapping[str, Any] | None, mark: str | None, now: datetime) -> bool:
    """Whether a parent is asked for its rows: it never was, it reported since, or it had none and its rest is over."""
    if cursor is None:
        return True
    if parents.rests is not None and "none_at" in cursor:
        return now - moment_of(cursor["none_at"]) >= parents.rests
    return not parents.mark or cursor.get("mark") != mark


@dataclass(frozen=True, slots=True)
class Span:
    """A range of times of making, both ends included and in whole seconds; None is open."""

    start: datetime | None
    end: datetime

    def filters(self, strategy: UpdatedSince) -> tuple[tuple[str, str], ...]:
        """The parameters that ask for this range."""
        start = ((strategy.made_from, timestamp(self.start)),) if self.start is not None else ()
        return (*start, (strategy.made_to, timestamp(self.end)))


def months(earliest: datetime | None, until: datetime) -> list[Span]:
    """Everything up to *until*, cut at the starts of months; the first is open, for records older than all of ours."""
    if earliest is None:
        return [Span(None, until)]
    cuts = []
    cut = earliest.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    cut = max(cut, datetime(1, 2, 1, tzinfo=UTC))  # nothing comes before the first month of all
    while cut <= until:
        cuts.append(cut)
        cut = (cut + timedelta(days=32)).replace(day=1)
    if not cuts:
        return [Span(None, until)]
    second = timedelta(seconds=1)
    spans = [Span(None, cuts[0] - second)]
    ends = [*(later - second for later in cuts[1:]), until]
    return spans + [Span(start, end) for start, end in zip(cuts, ends, strict=True)]


class Halving:
    """Finds the spans whose counts differ by asking for halves: the other half's number follows by subtraction.

    *ours* has our count per span. ``ask`` gives the range that should be counted next; ``told`` takes the number.
    """

    def __init__(self, spans: list[Span], ours: list[int], theirs_total: int) -> None:
        self.spans = spans
        self.ours = ours
        self.differing: list[Span] = []
        self._open: list[tuple[int, int, int]] = [(0, len(spans), theirs_total)]

    def ask(self) -> Span | None:
        """The next range to count; None when all differing spans are known (they stand in ``differing``)."""
        while self._open:
            first, last, theirs = self._open[-1]
            if sum(self.ours[first:last]) == theirs:
                self._open.pop()
            elif last - first == 1:
                self._open.pop()
                self.differing.append(self.spans[first])
            else:
                return Span(self.spans[first].start, self.spans[(first + last) // 2 - 1].end)
        return None

    def told(self, number: int) -> None:
        """The vendor's count of the range that ``ask`` gave."""
        first, last, theirs = self._open.pop()
        middle = (first + last) // 2
        self._open.append((middle, last, theirs - number))
        self._open.append((first, middle, number))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a coming cycle asks: ``exact`` False means at least so many, ``why`` says because of what."""

    strategy: str
    requests: int
    exact: bool
    why: str


def cost(collection: Collection, cursor: Cursor, *, live_rows: int, counted: int | None, page_size: int) -> Cost:
    """The requests of a collection's next cycle from what is known without any request, or from one count."""
    walk, size = cursor.walk, cursor.size or page_size
    whole = cursor.at is None or isinstance(collection.strategy, Snapshot)
    name = "snapshot" if isinstance(collection.strategy, Snapshot) else "first sync" if whole else "updated since"
    rows = counted if counted is not None else live_rows if whole else 0
    pages = rows // size + 1
    if walk is not None and walk.page:
        left = max(1, pages - walk.page + 1) + 1
        return Cost(name, left, False, f"at least {left}: an interrupted walk goes on after page {walk.page}")
    if counted is None and cursor.at is None:
        return Cost(name, 1, False, "at least 1: never read before, so its size is not known; --count asks")
    if not whole:
        if counted is None:
            return Cost(name, 1, False, "one page if fewer than a page of records changed")
        # Of a longer walk it depends on how many of the records are new, too.
        return Cost(name, _passes(rows, size), pages <= SHORT_WALK_PAGES, f"{counted} changed records, {size} a page")
    if pages == 1:
        look = int(bool(rows) and rows != live_rows)  # whether there is a second page
        return Cost(name, 1 + look, counted is not None, f"{rows} records on one page")
    return Cost(name, pages + 3, counted is not None, f"{rows} records, {size} a page, and the proof")


def _passes(rows: int, size: int) -> int:
    """The requests of a walk of what changed: a second pass proves it, from a length on counts do."""
    pages = rows // size + 1
    if pages <= SHORT_WALK_PAGES:
        return 1 if pages == 1 else 2 * pages
    return SHORT_WALK_PAGES + pages + 2 if rows > COUNT_PAYS_PAGES * size else 2 * pages + 1


def spread(total: int, most: int) -> Iterator[int]:
    """At most *most* places out of *total*, evenly spread."""
    if total <= most:
        yield from range(total)
    else:
        yield from (place * total // most for place in range(most))
