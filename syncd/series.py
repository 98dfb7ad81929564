"""The windows of one partition on their way: taken newest first, given back read, refused or left. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.errors import Refused
from syncd.ledger import Ledger, Ranges, minus, union
from syncd.plan import RunKind
from syncd.reading import Parent, Window
from syncd.windows import DAY, EARLIEST, Aim, instant_of

SECOND = timedelta(seconds=1)
CLOSE = timedelta(seconds=5)
"""A mark further ahead than this is a device's clock that is wrong, not the next second."""
CALM = 2
"""So many windows have to come before one as long as the one that did not is tried again."""
GROWS_BELOW = 3  # a window with less than a third of the rows aimed at may be twice as long next time


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
    """The longest window that may be tried in this run, after the vendor said that a longer one was too much."""
    held_to: timedelta | None = None
    """The longest window for now, after a longer one did not come: nobody knows whether for its length."""
    suspect: timedelta | None = None
    """The length that did not come, until about as long a one does."""
    patience: int = CALM
    calm: int = 0
    """How many windows have to come before a longer one is tried again: whenever that fails, and now still."""
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
        self._came(window)
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

        The vendor's clock is known to whole seconds, and what the mark tells of may be a second or two younger; in the
        second that is just passing there may be more of the same mark.
        """
        mark = self.marks.get(partition, before)
        at = None if self.aim.strategy.daily else instant_of(mark)
        if at is not None and self.aim.now <= at.replace(microsecond=0) <= self.aim.now + CLOSE:
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
        if rows * GROWS_BELOW < strategy.aim and 2 * length > self.span and self.span < self._most:
            return self._seconds(max(self.span, 2 * length))
        return None

    @property
    def _most(self) -> timedelta:
        """The longest window there may be now."""
        return min(filter(None, (self.aim.strategy.most, self.cap, self.held_to)))

    def _seconds(self, length: timedelta) -> int:
        return int(max(self.aim.strategy.least, min(length, self._most)).total_seconds())

    def too_big(self, window: Window, most: timedelta | None, why: str) -> None:
        """*window* was too much, says the vendor: put it back and halve. Raises Refused at the shortest window."""
        self.cap = self._shorter(window, most, why)
        self._halve(window)

    def unanswered(self, window: Window, why: str) -> None:
        """*window* did not come, perhaps for its length: put it back and halve. Raises Refused at the shortest window.

        Other failures must not cut all of the past into scraps: behind some windows that come one as long is tried
        again, and if that does not come either, the next one behind twice as many.
        """
        length = window.end - window.start
        is_again = self.suspect is not None and 2 * length > self.suspect
        self.held_to = self._shorter(window, None, why)
        self.patience = 2 * self.patience if is_again else CALM
        self.suspect, self.calm = length, self.patience
        self._halve(window)

    def _came(self, window: Window) -> None:
        """After a window that came, what is known of the length of one that did not."""
        if self.suspect is None:
            return
        self.calm -= 1
        is_innocent = 2 * (window.end - window.start) > self.suspect
        if is_innocent:
            self.suspect, self.patience = None, CALM
        if is_innocent or self.calm <= 0:
            self.held_to = None

    def _shorter(self, window: Window, most: timedelta | None, why: str) -> timedelta:
        self._back(window)
        length, least = window.end - window.start, self.aim.least
        if length <= least:
            raise Refused(f"Even {length} of time is too much for the vendor: {why}")
        return max(least, most if most is not None and timedelta(0) < most < length else length / 2)

    def _halve(self, window: Window) -> None:
        span_s = self._seconds(self._most)
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
