"""What the process knows beyond the database: the pace of every connection, and how far its runs have come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from syncd.clock import Clock
from syncd.daemon.keeper import Keeper
from syncd.http.pace import Pace
from syncd.plan import RunKind
from syncd.reader import Progress, Reader

FORETOLD_FOR_S = 60.0
"""What was foretold longer ago says nothing any more."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Requests of one class of calls ("" where there is only one): those of the last minute, and what may be sent.

    ``per_s`` and ``allowed_per_s`` are per second; ``widened`` says that the vendor refused some and we give way,
    ``held_s`` how long nothing is sent, ``waiting`` how many wait for their turn.
    """

    of: str
    used: int
    per_s: float
    allowed_per_s: float
    held_s: float
    waiting: int
    in_flight: int

    @property
    def share(self) -> float:
        """The part of what is allowed that was used, at most 1."""
        return min(1.0, self.per_s / self.allowed_per_s) if self.allowed_per_s else 0.0


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A run under way: how far it has come, and if that can be told the share done and the seconds left."""

    progress: Progress
    began: float
    seconds_left: float | None
    share: float | None


class Live:
    """Watches the readers of a daemon; belongs to its loop."""

    def __init__(self, keepers: Mapping[str, Keeper], clock: Clock) -> None:
        self._keepers = keepers
        self._clock = clock
        self._last: dict[tuple[str, str], tuple[Progress, float, float]] = {}
        self._left: dict[tuple[str, str], tuple[float, float]] = {}
        for keeper in keepers.values():
            _chain(keeper.reader, self._saw)

    def speeds(self, connection: str) -> list[Speed]:
        """How fast *connection* is asked now, by class of calls."""
        keeper = self._keepers.get(connection)
        return [] if keeper is None else [_speed(name, pace) for name, pace in _paces(keeper.reader)]

    def under_way(self, connection: str) -> list[UnderWay]:
        """The runs of *connection* that have read a page, in the order they began."""
        keeper = self._keepers.get(connection)
        if keeper is None:
            return []
        found = []
        for (name, collection), (progress, began, _) in list(self._last.items()):
            if name == connection and collection in keeper.reading:
                left, share = self._outlook(keeper.reader, progress, began)
                found.append(UnderWay(progress, began, left, share))
        return found

    def whole(self) -> Iterator[tuple[str, str]]:
        """The collections whose end is worth foretelling, as neither a count nor windows of a backfill tell of it."""
        for (name, collection), (progress, _, _) in list(self._last.items()):
            keeper = self._keepers[name]
            if collection in keeper.reading and progress.expected is None and progress.kind is not RunKind.BACKFILL:
                yield name, collection

    def foretold(self, connection: str, seconds: Mapping[str, float]) -> None:
        """What is left of collections of *connection* by their ledgers."""
        for collection, left in seconds.items():
            self._left[connection, collection] = (left, self._clock.monotonic())

    def heard_at(self, connection: str) -> float | None:
        """The monotonic time of the last page of *connection*; None before the first."""
        return max((at for (name, _), (_, _, at) in self._last.items() if name == connection), default=None)

    def _saw(self, progress: Progress) -> None:
        place, now = (progress.connection, progress.collection), self._clock.monotonic()
        before = self._last.get(place)
        begins = before is None or progress.requests < before[0].requests
        self._last[place] = (progress, now if begins or before is None else before[1], now)

    def _outlook(self, reader: Reader, progress: Progress, began: float) -> tuple[float | None, float | None]:
        """Seconds left and the share done: by the vendor's count, by windows, else by what is foretold of ledgers."""
        if progress.expected:
            gap_s = reader.pace(reader.vendor.collection(progress.collection)).gap_s
            pages = max(0, progress.expected - progress.received) / reader.vendor.page_size
            return pages * gap_s, min(1.0, progress.received / progress.expected)
        now = self._clock.monotonic()
        if progress.left is not None and progress.page:
            share = progress.page / (progress.page + progress.left)
            return (now - began) * (1.0 - share) / share, share
        foretold, at = self._left.get((progress.connection, progress.collection), (0.0, float("-inf")))
        if at < began or now - at > FORETOLD_FOR_S:
            return None, None
        left = max(0.0, foretold - (now - at))
        return left, (now - began) / max(1.0, now - began + left)


def _chain(reader: Reader, also: Callable[[Progress], None]) -> None:
    before = reader.watch

    def both(progress: Progress) -> None:
        before(progress)
        also(progress)

    reader.watch = both


def _paces(reader: Reader) -> list[tuple[str, Pace]]:
    return list(reader.client.paces.items())


def _speed(name: str, pace: Pace) -> Speed:
    usage = pace.usage
    return Speed(name, usage.used, usage.used / 60, usage.allowed / 60, pace.held_s, pace.waiting, pace.in_flight)
