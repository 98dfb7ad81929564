"""Of which partitions a run of windows reads what: the account's, one of every parent, the pasts of some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from syncd import parents as families
from syncd import windows
from syncd.collection import Absence
from syncd.ledger import Ledger
from syncd.plan import RunKind, Scope
from syncd.reading import Window
from syncd.series import Series, batches
from syncd.session import Session
from syncd.store import Within
from syncd.windows import Aim

Cursors = Mapping[str, dict[str, Any]]
"""What is stored of each partition; that of the account is called ""."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to read, and of whom there might be.

    ``asked`` are the partitions that are read at all, as their parents are there and may be asked. ``there`` are the
    parents that a collection read for the whole account tells about: of others nothing is told any more. ``noted`` are
    the cursors that only had to be written down.
    """

    series: list[Series]
    asked: frozenset[str]
    there: tuple[families.Marked, ...] = ()
    noted: Cursors = field(default_factory=dict)


async def found(session: Session, aim: Aim, cursors: Cursors) -> Found:
    """Every partition with something to read; notes what only has to be noted."""
    strategy = aim.strategy
    if strategy.parents is not None:
        return await _by_parent(session, aim, cursors)
    stored = cursors[""]
    ledger = windows.prepared(Ledger.from_json(stored), aim)
    ranges = windows.to_read(ledger, aim)
    series = [Series(aim, {"": ledger}, ranges)] if ranges else []
    if strategy.reopens is None:
        return Found(series, frozenset({""}))
    there = tuple(await session.parents(strategy.reopens))
    asked = frozenset({"", *(families.partition(each.parent.key) for each in there)})
    if aim.kind is RunKind.BACKFILL:
        return Found(series, asked, there)
    reopened, quiet = _reopened(aim, cursors, there)
    if quiet:
        await session.note_partitions(tuple(quiet.items()))
    return Found([*series, *batches(reopened, strategy.reopens.batch)], asked, there, quiet)


async def _by_parent(session: Session, aim: Aim, cursors: Cursors) -> Found:
    wanted = aim.strategy.parents
    assert wanted is not None  # noqa: S101 (the caller looked)
    parents = await session.parents(wanted)
    store, connection = session.reader.store, session.reader.name
    unfinished = await families.unfinished(store, connection, session.collection, [each.parent for each in parents])
    series: list[Series] = []
    for each in parents:
        name = families.partition(each.parent.key)
        before = Ledger.from_json(cursors.get(name))
        ledger = windows.prepared(before, aim, mark=each.mark, unfinished=unfinished.get(name))
        if ranges := windows.to_read(ledger, aim, mark=each.mark):
            # What a mark tells of is followed by whoever reads what is new.
            marks = {} if aim.scope in windows.OF_THE_PAST else {name: each.mark}
            series.append(Series(aim, {name: ledger}, ranges, (each.parent,), marks))
    asked = frozenset(families.partition(each.parent.key) for each in parents)
    return Found(batches(series, wanted.batch), asked)


def _reopened(
    aim: Aim, cursors: Cursors, there: tuple[families.Marked, ...]
) -> tuple[list[Series], dict[str, dict[str, Any]]]:
    """The pasts of parents that are new, or were silent for longer than the look-back; and those left unread before.

    When the collection itself has never been read, its first reading holds every parent's past. The second part are
    the cursors of those that reported, but have no past to be read.
    """
    known = bool(cursors[""].get("done"))
    series: list[Series] = []
    quiet: dict[str, dict[str, Any]] = {}
    for each in there:
        name = families.partition(each.parent.key)
        before = Ledger.from_json(cursors[name]) if name in cursors else None
        ledger = windows.seen_again(before, aim, each.mark, known=known)
        has_more = ledger.left != (before.left if before else ())
        if ledger.left and aim.scope in {Scope.ALL, Scope.AGAIN}:
            ranges = windows.whole_days(ledger.left) if aim.strategy.daily else ledger.left
            series.append(Series(aim, {name: ledger}, ranges, (each.parent,), {}, is_reopened=True))
        elif not has_more and aim.scope in {Scope.ALL, Scope.NEW} and (before is None or before.seen_at != each.mark):
            quiet[name] = ledger.to_json()
    return series, quiet


def past_wait(aim: Aim, them: Found, ledgers: Mapping[str, Ledger]) -> timedelta | None:
    """How long after the run began something of the past is due; None: never, as it seems.

    *ledgers* are those of partitions as they are now. A time span, as the windows of whole days have another clock.
    """
    if aim.strategy.reopens is None:
        found = [windows.past_at(ledgers[name], aim) for name in them.asked & ledgers.keys()]
    else:
        account = ledgers.get("", Ledger())
        found = [windows.past_at(account, aim)]
        for each in them.there:
            before = ledgers.get(families.partition(each.parent.key))
            ledger = windows.seen_again(before, aim, each.mark, known=bool(account.done))
            found.append(aim.now if ledger.left else windows.doubted_at(ledger, aim))
    return min((at - aim.now for at in found if at is not None), default=None)


def within(session: Session, series: Series, window: Window, them: Found) -> Within | None:
    """Where rows that did not come are judged: only rows that lie wholly inside the window, of these parents."""
    strategy = series.aim.strategy
    keeps = session.collection.absence is Absence.KEEP
    if not (strategy.replaces if strategy.replaces is not None else not keeps):
        return None
    columns: tuple[str, ...] = ()
    any_of: tuple[tuple[Any, ...], ...] = ()
    if series.parents:
        link = families.link_of(strategy, reopened=series.is_reopened)
        columns = tuple(ours for ours, _ in link)
        any_of = tuple(families.linked(parent, link) for parent in series.parents)
    elif "" not in series.ledgers:
        return None  # every parent was skipped
    elif strategy.reopens is not None:
        link = strategy.reopens.link
        columns = tuple(ours for ours, _ in link)
        any_of = tuple(families.linked(each.parent, link) for each in them.there)
    return Within(
        columns=columns,
        any_of=any_of,
        start_column=strategy.start,
        end_column=strategy.end,
        start=window.start,
        end=window.end,
    )
