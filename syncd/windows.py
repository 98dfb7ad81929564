"""What is to be read of a windowed collection: from ledgers to windows, newest first. Pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from syncd.collection import Tier, Windows
from syncd.errors import RecordInvalid, Refused
from syncd.ledger import Doubt, Ledger, Range, Ranges, common, minus, union
from syncd.plan import HELD_FOR, RunKind, is_few
from syncd.reading import Parent, Window
from syncd.values import to_instant

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
CLOSE = timedelta(seconds=5)
"""A mark further ahead than this is a device's clock that is wrong, not the next second."""
GROWS_BELOW = 3  # a window with less than a third of the rows aimed at may be twice as long next time
SWEEP = "sweep"
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Aim:
    """What one run is to bring of a windowed collection.

    ``since`` is where the collection starts and ``now`` the vendor's time in whole seconds (of a daily collection the
    account's wall clock, as if it were UTC). ``asked`` is a range that a person wants to have read again; a backfill
    reads nothing else. ``sweep`` is when the full re-reading under way began, if one is.
    """

    strategy: Windows
    since: datetime
    now: datetime
    lookback: timedelta
    tiers: tuple[Tier, ...]
    kind: RunKind = RunKind.CYCLE
    asked: Range | None = None
    sweep: datetime | None = None
    allow_deletes: bool = False

    @property
    def end(self) -> datetime:
        """How far into the future there may be rows; whole weeks, so that it does not creep on with every cycle."""
        if not self.strategy.ahead:
            return self.now
        week = 7 * DAY
        start = datetime(2001, 1, 1, tzinfo=UTC)
        return start + ((self.now + self.strategy.ahead - start) // week + 1) * week


def whole_days(ranges: Iterable[Range]) -> Ranges:
    """*ranges* made longer to whole days."""
    return union((_day(start), _day(end, up=True)) for start, end in ranges)


def _day(moment: datetime, *, up: bool = False) -> datetime:
    found = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return found + DAY if up and found < moment else found


def prepared(ledger: Ledger, aim: Aim, *, mark: str | None = None, unfinished: datetime | None = None) -> Ledger:
    """*ledger* with everything marked that this run has to read again.

    *mark* is the parent's now, *unfinished* the start of its earliest row that will still change.
    """
    tip = ledger.tip
    if aim.kind is RunKind.BACKFILL:
        return ledger.again(aim.asked) if aim.asked else ledger
    if tip is None:
        # What is read for the first time need not be read again: every tier begins now, and a sweep is done with it.
        swept = {SWEEP: aim.sweep} if aim.sweep is not None else {}
        return replace(ledger, tiers={**ledger.tiers, **{_named(t): aim.now for t in aim.tiers}, **swept})
    ledger, tip = _believable(ledger, aim.end), min(tip, aim.end)
    moved = has_moved(ledger, mark)
    if moved:
        anchor = min(tip, aim.now)
        if aim.strategy.daily:
            anchor = _day(anchor, up=True)
        # A device that was out of reach brings what happened since it reported last.
        silent = _instant(ledger.mark)
        start = min(anchor, silent) if silent else anchor
        ahead = aim.lookback if aim.strategy.ahead else timedelta(0)
        ledger = ledger.again((start - aim.lookback, anchor + ahead))
        if unfinished is not None:
            # One that the vendor never ends must not have everything since then read each time.
            ledger = ledger.again((unfinished, unfinished + aim.lookback))
    for tier in aim.tiers:
        begun = ledger.tiers.get(_named(tier))
        if begun is None or not timedelta(0) <= aim.now - begun < tier.every:
            ledger = replace(ledger.again((aim.now - tier.back, tip)), tiers={**ledger.tiers, _named(tier): aim.now})
    if aim.sweep is not None and ledger.tiers.get(SWEEP) != aim.sweep:
        ledger = replace(ledger.again((aim.since, tip)), floor=None, tiers={**ledger.tiers, SWEEP: aim.sweep})
    if aim.asked is not None:
        ledger = ledger.again(aim.asked)
    return ledger.again(*doubted(ledger, aim))


def _believable(ledger: Ledger, end: datetime) -> Ledger:
    """*ledger* without what lies beyond *end*: only a clock that was ahead can have told of times to come."""
    if ledger.tip is None or ledger.tip <= end:
        return ledger
    beyond = ((end, ledger.tip),)
    return replace(ledger, done=minus(ledger.done, beyond), left=minus(ledger.left, beyond))


def doubted(ledger: Ledger, aim: Aim) -> list[Range]:
    """The ranges whose rows were missed, and where a second look decides by now."""
    return [(d.start, d.end) for d in ledger.doubts if aim.allow_deletes or aim.now - d.at >= HELD_FOR]


def has_moved(ledger: Ledger, mark: str | None) -> bool:
    """Whether a parent may have something new; one without a mark always may."""
    return mark is None or mark != ledger.mark


def to_read(ledger: Ledger, aim: Aim, *, mark: str | None = None) -> Ranges:
    """The ranges that a run reads: gaps, and what is to be read again. *ledger* is ``prepared``."""
    if aim.kind is RunKind.BACKFILL:
        found: Ranges = (aim.asked,) if aim.asked else ()
    else:
        start = max(aim.since, ledger.floor) if ledger.floor else aim.since
        # Of a parent that reported nothing there is nothing new, but older gaps are gaps.
        end = aim.end
        if ledger.tip is not None and not has_moved(ledger, mark):
            end = min(end, max(ledger.tip, *_regardless(ledger, aim)))
        found = common(union(minus(((start, end),), ledger.done), ledger.left), ((start, aim.end),))
        if aim.asked is not None:
            found = union(found, minus((aim.asked,), ledger.done))
    return whole_days(found) if aim.strategy.daily else found


def _regardless(ledger: Ledger, aim: Aim) -> Iterable[datetime]:
    """Up to when a parent is read whatever its mark says: marks do not tell of what a device kept and brought later."""
    yield EARLIEST
    if aim.sweep is not None:
        yield aim.now if aim.strategy.daily else aim.sweep
    if any(ledger.tiers.get(_named(tier)) == aim.now for tier in aim.tiers):
        yield aim.now


def reopened(ledger: Ledger | None, aim: Aim, seen_at: str | None) -> Range | None:
    """What of a parent's past an account-wide collection has to read once more, if anything.

    All of it for a parent never seen before, and what lies behind a silence longer than the look-back.
    """
    now_seen = _instant(seen_at)
    if seen_at == "":
        return None  # it never reported: there is no past yet
    if ledger is None:
        return aim.since, aim.now
    before = _instant(ledger.seen_at)
    if now_seen is None or (before is not None and now_seen - before <= aim.lookback):
        return None
    return max(aim.since, (before or aim.since) - aim.lookback), aim.now


def _named(tier: Tier) -> str:
    return f"{int(tier.back.total_seconds())}s"


def _instant(mark: str | None) -> datetime | None:
    """A mark as an instant, if it is one."""
    try:
        return None if mark is None else to_instant(mark)
    except RecordInvalid:
        return None


@dataclass(slots=True)
class Series:
    """The windows of one partition, or of a batch of parents that need the same ones.

    Windows are taken by ``take``, newest first, and given back by ``took``, ``too_big`` or ``drop``; several may be
    out at once. ``ledgers`` are by partition.
    """

    aim: Aim
    ledgers: dict[str, Ledger]
    ranges: Ranges
    parents: tuple[Parent, ...] = ()
    marks: Mapping[str, str | None] = field(default_factory=dict)
    is_reopened: bool = False
    out: tuple[Window, ...] = ()
    goal: datetime | None = None
    """How far the parents' ledgers reach when their marks have been followed."""
    cap: timedelta | None = None
    """The longest window that may be tried in this run, after a longer one was too much."""
    is_dropped: bool = False

    def __post_init__(self) -> None:
        """Note how far it goes, before any of it is taken."""
        if self.goal is None and self.ranges:
            self.goal = min(self.ranges[-1][1], self.aim.end)

    @property
    def span(self) -> timedelta:
        """How long a window may be."""
        strategy = self.aim.strategy
        known = [ledger.span_s for ledger in self.ledgers.values() if ledger.span_s]
        span = timedelta(seconds=min(known)) if known else strategy.first or strategy.most
        span = max(strategy.least, min(span, strategy.most))
        return max(DAY, span // DAY * DAY) if strategy.daily else span

    @property
    def newest(self) -> datetime | None:
        """The end of the window that ``take`` would give; None if there is none."""
        return self.ranges[-1][1] if self.ranges else None

    @property
    def planned(self) -> int:
        """How many windows are still to be taken, as long as they are now."""
        return sum(-((start - end) // self.span) for start, end in self.ranges)

    @property
    def is_read(self) -> bool:
        """Whether all of it has been read."""
        return not self.ranges and not self.out and not self.is_dropped

    def drop(self) -> None:
        """Read no more of it; the ledgers stay as they are."""
        self.ranges, self.is_dropped = (), True

    def skip(self, window: Window) -> None:
        """Read on without *window*, which stays a gap."""
        self._back(window)
        self.is_dropped = True

    def without(self, partitions: set[str], name_of: Callable[[Parent], str]) -> None:
        """Read on for the other parents only."""
        if partitions:
            self.parents = tuple(parent for parent in self.parents if name_of(parent) not in partitions)
            self.ledgers = {name: ledger for name, ledger in self.ledgers.items() if name not in partitions}

    def take(self) -> Window:
        """The newest window; equal parts of its range, so that no scrap is left for a request of its own."""
        start, end = self.ranges[-1]
        parts = -((start - end) // self.span)
        length = (end - start) / parts
        unit = DAY if self.aim.strategy.daily else SECOND
        length = max(unit, -(-length // unit) * unit)
        window = Window(max(start, end - length), end)
        self.ranges = minus(self.ranges, ((window.start, window.end),))
        self.out = (*self.out, window)
        return window

    def _back(self, window: Window) -> None:
        self.out = tuple(one for one in self.out if one != window)

    def took(
        self, window: Window, rows: int, *, complete_to: datetime | None, floor: datetime | None, slow: bool
    ) -> None:
        """*window* was read (up to *complete_to*) and brought so many rows; nothing is written down yet."""
        self._back(window)
        end = window.end
        if complete_to is not None and complete_to < window.end:
            end = complete_to
            self.ranges = union(self.ranges, ((complete_to, window.end),))
        start = window.start
        if floor is not None:
            start = max(start, floor)
            self.ranges = minus(self.ranges, ((EARLIEST, floor),))
        end = min(end, self.aim.end)
        span_s = self._fitting(window, rows, slow=slow)
        for partition, ledger in self.ledgers.items():
            told = ledger.read(start, end) if start < end else ledger
            if floor is not None:
                known = max(floor, told.floor or floor)
                told = replace(told, floor=known, left=minus(told.left, ((window.start, floor),)))
            if self._is_followed(told):
                told = replace(told, mark=self._followed(partition, told.mark))
            self.ledgers[partition] = replace(told, span_s=span_s or told.span_s)

    def _followed(self, partition: str, before: str | None) -> str | None:
        """The parent's mark, unless it lies just behind what could be read: the next run follows that once more.

        The vendor's clock is known to whole seconds, and what the mark tells of may be a second or two younger.
        """
        mark = self.marks.get(partition, before)
        at = None if self.aim.strategy.daily else _instant(mark)
        if at is not None and self.aim.now < at.replace(microsecond=0) <= self.aim.now + CLOSE:
            return before
        return mark

    def _is_followed(self, told: Ledger) -> bool:
        """Whether nothing of what the parent's mark told of can be forgotten: what is missing is a gap by now.

        A range that somebody wanted again says nothing about what is new.
        """
        if self.aim.kind is RunKind.BACKFILL:
            return False
        return self.is_read or (self.goal is not None and told.tip is not None and told.tip >= self.goal)

    def _fitting(self, window: Window, rows: int, *, slow: bool) -> int | None:
        """The length in seconds that windows should have from now on; None: as it is."""
        length, strategy = window.end - window.start, self.aim.strategy
        # What is slow though it is short or nearly empty is so for other reasons than its length.
        if rows > strategy.aim or (slow and (length > DAY or rows * GROWS_BELOW > strategy.aim)):
            return self._seconds(length / 2)
        if rows * GROWS_BELOW < strategy.aim and 2 * length > self.span and self.span < (self.cap or strategy.most):
            return self._seconds(max(self.span, 2 * length))
        return None

    def _seconds(self, length: timedelta) -> int:
        most = self.aim.strategy.most if self.cap is None else min(self.cap, self.aim.strategy.most)
        return int(max(self.aim.strategy.least, min(length, most)).total_seconds())

    def too_big(self, window: Window, most: timedelta | None, why: str) -> None:
        """*window* was too much for the vendor: put it back and halve. Raises Refused at the shortest window."""
        self._back(window)
        length, strategy = window.end - window.start, self.aim.strategy
        least = max(strategy.least, DAY) if strategy.daily else strategy.least
        if length <= least:
            raise Refused(f"Even {length} of time is too much for the vendor: {why}")
        shorter = most if most is not None and timedelta(0) < most < length else length / 2
        self.cap = max(least, shorter)
        span_s = self._seconds(self.cap)
        self.ledgers = {name: replace(ledger, span_s=span_s) for name, ledger in self.ledgers.items()}
        self.ranges = union(self.ranges, ((window.start, window.end),))

    def put_back(self, window: Window) -> None:
        """*window* was not read."""
        self._back(window)
        self.ranges = union(self.ranges, ((window.start, window.end),))

    def halves(self) -> tuple[Series, ...]:
        """The same for each half of the parents, which read what is out themselves; nothing for a single one.

        This one then vouches for nothing any more.
        """
        if len(self.parents) < 2:  # noqa: PLR2004 (two halves)
            return ()
        middle = len(self.parents) // 2
        names, ranges = list(self.ledgers), union(self.ranges, ((one.start, one.end) for one in self.out))
        whole = replace(self, ranges=ranges, out=())
        found = tuple(
            replace(whole, parents=self.parents[part], ledgers={name: self.ledgers[name] for name in names[part]})
            for part in (slice(None, middle), slice(middle, None))
        )
        self.parents, self.ledgers = (), {}
        return found


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether rows that did not come again are gone, and the doubts to keep if not."""

    gone: bool
    doubts: tuple[Doubt, ...]


def judged(
    doubts: Iterable[Doubt],
    window: Window,
    missing: Sequence[str],
    *,
    inside: int,
    came: int,
    few: bool,
    aim: Aim,
) -> Judgement:
    """Judge the rows (by digest of their keys) that lie in *window* and did not come again.

    A few out of an answer that holds others are gone at once. An empty or sharply smaller answer is believed only when
    the same rows were missing at least an hour before, or a person allows it. *few* is whether the run may still
    delete as many, *inside* how many of our rows lie in the window, *came* how many records the answer had.
    """
    found, doubts = frozenset(missing), tuple(doubts)
    aged = frozenset().union(*(d.keys for d in doubts if aim.now - d.at >= HELD_FOR))
    ordinary = few and came > 0 and is_few(len(missing), inside)
    kept = _rest(doubts, window, found)
    if aim.allow_deletes or ordinary or found <= aged:
        return Judgement(gone=bool(found), doubts=kept)
    since: dict[datetime, set[str]] = {}
    for key in found:
        since.setdefault(min((d.at for d in doubts if key in d.keys), default=aim.now), set()).add(key)
    new = (Doubt(window.start, window.end, at, frozenset(keys)) for at, keys in sorted(since.items()))
    return Judgement(gone=False, doubts=(*kept, *new))


def _rest(doubts: Iterable[Doubt], window: Window, found: frozenset[str]) -> tuple[Doubt, ...]:
    """What of *doubts* a reading of *window* did not settle: windows are not always cut where they were before."""
    left = []
    for doubt in doubts:
        keys = doubt.keys - found
        left += [
            replace(doubt, start=start, end=end, keys=keys)
            for start, end in minus(((doubt.start, doubt.end),), ((window.start, window.end),))
            if keys
        ]
    return tuple(left)


def batches(series: Iterable[Series], most: int) -> list[Series]:
    """Series of single parents put together where they have the same windows to read, at most so many in one."""
    if most <= 1:
        return list(series)
    alike: dict[tuple[Ranges, timedelta], list[Series]] = {}
    for one in series:
        alike.setdefault((one.ranges, one.span), []).append(one)
    found = []
    for (ranges, _), group in alike.items():
        for first in range(0, len(group), most):
            some = group[first : first + most]
            found.append(
                replace(
                    some[0],
                    ranges=ranges,
                    parents=tuple(parent for one in some for parent in one.parents),
                    ledgers={name: ledger for one in some for name, ledger in one.ledgers.items()},
                    marks={name: mark for one in some for name, mark in one.marks.items()},
                )
            )
    return found
