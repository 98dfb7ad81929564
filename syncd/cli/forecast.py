"""What the next cycle of a connection asks, and how long that takes: pure, from what is known without any request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from syncd import plan
from syncd.collection import Collection, Listing, Snapshot, UpdatedSince, Windows
from syncd.config import ConnectionConfig
from syncd.forecast import Asked, aim_of, cost_of_listing, cost_of_windows
from syncd.http.spacing import spacing_s
from syncd.paging import timestamp
from syncd.plan import Cursor, RunKind

if TYPE_CHECKING:
    # Half a second of loading that a forecast without a database does not need.
    from syncd.store import CollectionState

ANSWER_S: Final = 0.05
"""What an answer takes besides the pace, by experience."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of a collection; without arguments: nothing, as before its first sync."""

    cursor: Cursor = field(default_factory=Cursor)
    live_rows: int = 0
    kind: RunKind = RunKind.CYCLE
    count_due: bool = False
    outdated: bool = False
    """The rows were parsed by other declarations, or another choice of columns: everything is read once more."""
    asked: Asked | None = None
    """What listings and windows go by; other collections need none."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one collection's next cycle asks. ``exact`` False: at least so much, ``why`` says because of what."""

    name: str
    strategy: str
    requests: int
    exact: bool
    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Total:
    """The costs of several collections together."""

    requests: int
    seconds: float
    exact: bool


def gap_s(connection: ConnectionConfig, class_name: str) -> float:
    """Seconds between two requests of a class at the connection's pace; answers cost where they are waited for."""
    limits = connection.vendor.limits_by_class[class_name]
    rates, parallel = connection.shared_rates[class_name], connection.parallel[class_name]
    spacing = spacing_s(rates, after_answer=limits.after_answer, documented=limits.documented)
    return spacing + ANSWER_S if limits.after_answer else max(spacing, ANSWER_S / parallel)


def is_whole(collection: Collection, known: Known) -> bool:
    """Whether the next cycle reads everything: a snapshot, a first sync, a sweep that is due."""
    return isinstance(collection.strategy, Snapshot) or known.cursor.at is None or _reads_again(known)


def _reads_again(known: Known) -> bool:
    return known.cursor.at is not None and (known.kind is RunKind.SWEEP or known.outdated)


def count_filters(connection: ConnectionConfig, collection: Collection, known: Known) -> tuple[tuple[str, str], ...]:
    """The parameters under which the vendor counts what the next cycle will read."""
    strategy, at = collection.strategy, known.cursor.at
    if is_whole(collection, known) or at is None or not isinstance(strategy, UpdatedSince):
        return ()
    lookback = connection.collections[collection.name].lookback or connection.vendor.lookback
    return ((strategy.since, timestamp(at - lookback)),)


def requested(connection: ConnectionConfig, collection: Collection, known: Known, counted: int | None) -> Cost:
    """The cost of the collection's next cycle; *counted* is the vendor's number under ``count_filters``, if asked."""
    if isinstance(collection.strategy, Listing | Windows):
        return _told(connection, collection, _by_ledger(connection, collection, known))
    page_size = connection.vendor.page_size
    sweeps = _reads_again(known) and isinstance(collection.strategy, UpdatedSince)
    # A sweep reads as a first sync does; but how much there is, is known.
    cursor = Cursor(walk=known.cursor.walk) if sweeps else known.cursor
    number = known.live_rows if sweeps and counted is None else counted
    found = plan.cost(collection, cursor, live_rows=known.live_rows, counted=number, page_size=page_size)
    if sweeps:
        found = replace(found, strategy="sweep", exact=counted is not None)
    requests, why = found.requests, found.why
    if sweeps and known.outdated:
        why += "; everything is read once more, because columns were added, included, excluded or hashed"
    if known.count_due and not is_whole(collection, known) and connection.vendor.count is not None:
        requests, why = requests + 1, f"{why}; and the daily count, more if it differs"
        found = replace(found, exact=False)
    if found.exact is False and not why.startswith("at least"):
        why = f"at least {requests}: {why}"
    return _told(connection, collection, replace(found, requests=requests, why=why))


def _by_ledger(connection: ConnectionConfig, collection: Collection, known: Known) -> plan.Cost:
    """Of a listing or of windows: what is due by the cursors of the account and of its parents."""
    strategy, options, asked = collection.strategy, connection.collections[collection.name], known.asked
    if asked is None:
        raise TypeError("Listings and windows cannot be foretold without what is known of their parents.")
    sweep = known.kind is RunKind.SWEEP or known.outdated
    if isinstance(strategy, Windows):
        aim = aim_of(
            strategy,
            asked.cursors.get("", {}),
            since=options.since or strategy.since or connection.vendor.since,
            lookback=options.lookback,
            tiers=options.reread,
            now=asked.now,
            sweep=sweep,
            retention=options.retention,
        )
        found = cost_of_windows(aim, asked)
    elif isinstance(strategy, Listing):
        found = cost_of_listing(strategy, asked, whole=sweep or known.cursor.at is None)
    else:  # pragma: no cover (the caller looked)
        raise TypeError(strategy)
    if known.outdated:
        why = f"{found.why}; everything is read once more, because columns were added, included, excluded or hashed"
        return replace(found, why=why)
    return found


def _told(connection: ConnectionConfig, collection: Collection, found: plan.Cost) -> Cost:
    seconds = round(found.requests * gap_s(connection, _class_of(connection, collection.name)), 1)
    return Cost(collection.name, found.strategy, found.requests, found.exact, seconds, found.why)


def known_of(state: CollectionState, cursor: Cursor, version: str, asked: Asked) -> Known:
    """What the stored facts mean at the time of *asked* to a program that would parse rows with *version*."""
    now = asked.now
    return Known(
        cursor,
        state.live_rows,
        kind=plan.kind_due(state.next_sweep_at, now),
        count_due=state.next_count_at is not None and state.next_count_at <= now,
        outdated=state.version is not None and state.version != version,
        asked=asked,
    )


def total(connection: ConnectionConfig, costs: Iterable[Cost]) -> Total:
    """The sum of *costs*, which are all of *connection*; classes of calls are asked side by side."""
    listed = list(costs)
    seconds = seconds_of(connection, ((cost.name, cost.requests) for cost in listed))
    return Total(sum(cost.requests for cost in listed), round(seconds, 1), all(cost.exact for cost in listed))


def seconds_of(connection: ConnectionConfig, requests: Iterable[tuple[str, int]]) -> float:
    """How long so many requests of each collection take together; classes of calls are asked side by side."""
    by_class = Counter[str]()
    for name, number in requests:
        by_class[_class_of(connection, name)] += number
    return max((number * gap_s(connection, name) for name, number in by_class.items()), default=0.0)


def _class_of(connection: ConnectionConfig, name: str) -> str:
    """The class of the calls that the collection called *name* is read by."""
    return connection.vendor.class_of(connection.vendor.collection(name).path)
