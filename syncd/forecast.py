"""What the next cycle of a listing or of windows asks: pure, from ledgers and parents, without any request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.collection import Listing, Parents, Windows
from syncd.ledger import Ledger, Ranges, moment_of
from syncd.plan import Cost, RunKind, due_parents
from syncd.series import Series
from syncd.windows import USUAL_SINCE, Aim, kept_since, prepared, reopened, since_of, tiers_of, to_read, whole_days


@dataclass(frozen=True, slots=True)
class Asked:
    """What the database knows at ``now`` of a collection and of those it hangs on.

    ``cursors`` are by partition, empty before the first sync. ``parents`` holds, for each declared ``Parents``, the
    mark of every parent by its partition (None: marks are not looked at); None: the parents were never read themselves.
    ``last`` are the requests of the last cycle.
    """

    now: datetime
    cursors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parents: Mapping[Parents, Mapping[str, str | None] | None] = field(default_factory=dict)
    last: int | None = None


def aim_of(
    strategy: Windows,
    cursor: Mapping[str, Any],
    *,
    since: datetime | timedelta | None,
    lookback: timedelta | None,
    tiers: Iterable[tuple[timedelta, timedelta]],
    now: datetime,
    sweep: bool = False,
    retention: timedelta | None = None,
) -> Aim:
    """What a cycle at *now* is to bring; *cursor* is the account-wide one, the rest is the configuration's (or None).

    Days are reckoned in UTC: the account's zone is only known to the vendor, and moves no more than one request.
    """
    start, _ = since_of(since or USUAL_SINCE, now, cursor)
    kept = kept_since(retention, now)
    start = max(start, kept) if kept else start
    whole = sweep or "sweep" in cursor
    return Aim(
        strategy,
        since=start.astimezone(UTC).replace(microsecond=0),
        now=now.replace(microsecond=0),
        lookback=lookback or strategy.lookback,
        tiers=tiers_of(tiers, strategy),
        kind=RunKind.SWEEP if whole else RunKind.CYCLE,
        sweep=(moment_of(cursor["sweep"]) if "sweep" in cursor else now) if whole else None,
    )


# --- listings ---------------------------------------------------------------------------------------------------------
def cost_of_listing(strategy: Listing, asked: Asked, *, whole: bool) -> Cost:
    """The requests of a cycle of a listing: one, or one for each batch of parents that may have something new.

    *whole*: all parents are asked, as in a first sync or a sweep.
    """
    costs = [
        _listing(parents, asked, whole=whole) for parents in (strategy.parents, *(each for _, each in strategy.also))
    ]
    requests = sum(number for number, _ in costs)
    return Cost("list", requests, False, f"at least {requests}: {'; and '.join(why for _, why in costs)}")


def _listing(parents: Parents | None, asked: Asked, *, whole: bool) -> tuple[int, str]:
    if parents is None:
        if asked.last:
            return asked.last, "read whole, as in the last cycle; more if it has grown by a page"
        return 1, "read whole; more if it comes in pages"
    known = asked.parents.get(parents)
    if known is None:
        return 1, _unknown(parents)
    due = list(known) if whole else due_parents(parents, known, asked.cursors, asked.now)
    requests = -(-len(due) // parents.batch)
    if parents.mark and not whole:
        return requests, _until_then(parents, len(known), len(due))
    rests = f" of {len(known)}" if len(due) < len(known) else ""
    return requests, f"{len(due)}{rests} {_named(parents)}{_together(parents)}"


# --- windows ----------------------------------------------------------------------------------------------------------
def cost_of_windows(aim: Aim, asked: Asked) -> Cost:
    """The fewest requests of a cycle of windows: what ledgers say is due now, in windows that grow as they can."""
    strategy = aim.strategy
    first = not any("done" in cursor and cursor["done"] for cursor in asked.cursors.values())
    name = "first sync" if first else "sweep" if aim.kind is RunKind.SWEEP else "windows"
    if strategy.parents is None:
        return _account_wide(aim, asked, name, first=first)
    known = asked.parents.get(strategy.parents)
    if known is None:
        return Cost(name, 1, False, f"at least 1: {_unknown(strategy.parents)}")
    due: list[tuple[Ranges, timedelta]] = []
    for partition, mark in known.items():
        ledger = prepared(Ledger.from_json(asked.cursors.get(partition)), aim, mark=mark)
        due.append(_due(aim, ledger, to_read(ledger, aim, mark=mark)))
    requests = _fewest(due, strategy, strategy.parents.batch)
    if first or aim.kind is RunKind.SWEEP:
        why = f"{len(known)} {_named(strategy.parents)}, {_span(aim)} of each, {_length(strategy)}"
    elif strategy.parents.mark:
        why = _until_then(strategy.parents, len(known), sum(bool(ranges) for ranges, _ in due))
    else:
        why = f"{len(known)} {_named(strategy.parents)}{_together(strategy.parents)}, {_again(aim)}"
    return Cost(name, requests, False, f"at least {requests}: {why}")


def _account_wide(aim: Aim, asked: Asked, name: str, *, first: bool) -> Cost:
    strategy = aim.strategy
    ledger = prepared(Ledger.from_json(asked.cursors.get("")), aim)
    due = [_due(aim, ledger, to_read(ledger, aim))]
    past = asked.parents.get(strategy.reopens) if strategy.reopens is not None and not first else None
    again: list[tuple[Ranges, timedelta]] = []
    for partition, mark in (past or {}).items():
        before = Ledger.from_json(asked.cursors[partition]) if partition in asked.cursors else None
        found = reopened(before, aim, mark)
        ranges = (*(before.left if before else ()), *((found,) if found else ()))
        if ranges:
            again.append(_due(aim, before or Ledger(), whole_days(ranges) if strategy.daily else ranges))
    requests = _fewest(due, strategy, 1) + _fewest(again, strategy, strategy.reopens.batch if strategy.reopens else 1)
    why = f"{_span(aim) if first or aim.kind is RunKind.SWEEP else _again(aim)}, {_length(strategy)}"
    if again and strategy.reopens is not None:
        why += f"; and the past of {len(again)} {_named(strategy.reopens)} that were silent"
    return Cost(name, requests, False, f"at least {requests}: {why}")


def _due(aim: Aim, ledger: Ledger, ranges: Ranges) -> tuple[Ranges, timedelta]:
    return ranges, Series(aim, {"": ledger}, ranges).span


def _fewest(due: Iterable[tuple[Ranges, timedelta]], strategy: Windows, batch: int) -> int:
    """The windows of all partitions; those that need the same ones share requests, at most *batch* of them."""
    alike: dict[tuple[Ranges, timedelta], int] = {}
    for each in due:
        alike[each] = alike.get(each, 0) + 1
    return sum(-(-many // batch) * _windows(ranges, span, strategy.most) for (ranges, span), many in alike.items())


def _windows(ranges: Ranges, span: timedelta, most: timedelta) -> int:
    """How many windows *ranges* are at least: every one as long as it may be, twice as long as the one before."""
    number = 0
    for start, end in reversed(ranges):
        left = end - start
        while left > timedelta(0):
            if span >= most:
                number += -(-left // span)
                break
            length = left / -(-left // span)
            left, number, span = left - length, number + 1, min(most, max(span, 2 * length))
    return number


# --- sentences --------------------------------------------------------------------------------------------------------
def _named(parents: Parents) -> str:
    return parents.collection.replace("_", " ")


def _unknown(parents: Parents) -> str:
    return f"{_named(parents)} were never read, so how many are asked for is not known"


def _until_then(parents: Parents, known: int, due: int) -> str:
    marked = (parents.mark_in or parents.collection).replace("_", " ")
    now = f"{due} of {known} {_named(parents)} now" if due else f"none of {known} {_named(parents)} now"
    return f"{now}, and those whose {parents.mark} moves until then ({marked} are read first)"


def _together(parents: Parents) -> str:
    return f", {parents.batch:,} in a request" if parents.batch > 1 else ""


def _again(aim: Aim) -> str:
    hours = aim.lookback / timedelta(hours=1)
    back = f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"  # noqa: PLR2004 (as people say it)
    return f"what is new and {back} back"


def _span(aim: Aim) -> str:
    return f"{-(-(aim.end - aim.since) // timedelta(days=1))} days"


def _length(strategy: Windows) -> str:
    days = strategy.most / timedelta(days=1)
    return f"windows of up to {days:g} {'day' if days == 1 else 'days'}"


def with_counted(asked: Asked, counted: Mapping[str, int]) -> Asked:
    """*asked* as after the first reading of parents whose numbers were *counted*, by collection: none asked for yet.

    Of which of them another collection has rows, nobody knows by that.
    """
    known = {
        parents: {f"#{number}": "" if parents.mark else None for number in range(counted[parents.collection])}
        for parents in asked.parents
        if parents.collection in counted and not parents.having
    }
    return replace(asked, parents={**asked.parents, **known})
