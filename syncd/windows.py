"""What is to be read of a windowed collection: from ledgers to windows, newest first. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.collection import Tier, Windows
from syncd.errors import RecordInvalid
from syncd.ledger import Doubt, Ledger, Range, Ranges, common, minus, moment_of, moment_text, union
from syncd.plan import HELD_FOR, RunKind, Scope, is_few
from syncd.reading import Window
from syncd.values import to_instant

DAY = timedelta(days=1)
SWEEP = "sweep"
USUAL_SINCE = timedelta(days=365)
"""How far back a collection starts where neither the configuration nor the vendor says."""
EARLIEST = datetime.min.replace(tzinfo=UTC)
OF_THE_PAST = frozenset({Scope.PAST, Scope.AGAIN, Scope.GAPS})


@dataclass(frozen=True, slots=True)
class Aim:
    """What one run is to bring of a windowed collection.

    ``since`` is where the collection starts (not before ``kept``) and ``now`` the vendor's time in whole seconds (of a
    daily collection the account's wall clock, as if it were UTC). ``asked`` is a range that a person wants to have read
    again; a backfill reads nothing else. ``sweep`` is when the full re-reading under way began, if one is.
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
    kept: datetime | None = None
    """Before this rows are removed here, as the configuration says; not after ``since``."""
    scope: Scope = Scope.ALL
    """Which part of it is read now; of every part a sweep is none, it reads all."""
    usual: timedelta = DAY
    """How far the end of what is known may lie back at a cycle that nothing kept waiting."""

    @property
    def least(self) -> timedelta:
        """The shortest window that may be asked for."""
        return max(self.strategy.least, DAY) if self.strategy.daily else self.strategy.least

    @property
    def end(self) -> datetime:
        """How far into the future there may be rows; whole weeks, so that it does not creep on with every cycle."""
        if not self.strategy.ahead:
            return self.now
        week = 7 * DAY
        start = datetime(2001, 1, 1, tzinfo=UTC)
        return start + ((self.now + self.strategy.ahead - start) // week + 1) * week


def since_of(
    configured: datetime | timedelta, now: datetime, stored: Mapping[str, Any]
) -> tuple[datetime, dict[str, Any]]:
    """Where a collection starts, and its account-wide cursor *stored* with that.

    A duration is resolved once, and again only when it is another one.
    """
    if isinstance(configured, datetime):
        return configured, {name: value for name, value in stored.items() if name not in {"since", "since_s"}}
    seconds = int(configured.total_seconds())
    if stored.get("since_s") == seconds and "since" in stored:
        return moment_of(stored["since"]), dict(stored)
    since = (now - configured).replace(microsecond=0)
    return since, {**stored, "since": moment_text(since), "since_s": seconds}


def kept_since(retention: timedelta | None, now: datetime) -> datetime | None:
    """The time before which rows are removed here: whole days ago, so that it moves once a day; None: never."""
    return None if retention is None else _day(now.astimezone(UTC) - retention)


def tiers_of(configured: Iterable[tuple[timedelta, timedelta]], strategy: Windows) -> tuple[Tier, ...]:
    """What is read again and how often: as configured, else as declared."""
    return tuple(Tier(back, every) for back, every in configured) or strategy.tiers


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
    if tip is None and aim.scope in OF_THE_PAST:
        return ledger  # what is new of it goes first
    if tip is None:
        # What is read for the first time need not be read again: every tier begins now, and a sweep is done with it.
        swept = {SWEEP: aim.sweep} if aim.sweep is not None else {}
        return replace(ledger, tiers={**ledger.tiers, **{_named(t): aim.now for t in aim.tiers}, **swept})
    ledger, tip = _believable(ledger, aim.end), min(tip, aim.end)
    if has_moved(ledger, mark) and aim.scope not in OF_THE_PAST:
        ledger = _looked_back(ledger, tip, aim, unfinished)
    if aim.scope is Scope.NEW:
        return ledger
    for tier in aim.tiers:
        begun = ledger.tiers.get(_named(tier))
        if begun is None or not timedelta(0) <= aim.now - begun < tier.every:
            ledger = replace(ledger.again((aim.now - tier.back, tip)), tiers={**ledger.tiers, _named(tier): aim.now})
    if aim.sweep is not None and ledger.tiers.get(SWEEP) != aim.sweep:
        ledger = replace(ledger.again((aim.since, tip)), floor=None, tiers={**ledger.tiers, SWEEP: aim.sweep})
    if aim.asked is not None:
        ledger = ledger.again(aim.asked)
    return ledger.again(*doubted(ledger, aim))


def _looked_back(ledger: Ledger, tip: datetime, aim: Aim, unfinished: datetime | None) -> Ledger:
    """*ledger* with what lies shortly before *tip* marked: something came of the partition, and some may come late."""
    anchor = _anchor(tip, aim)
    # A device that was out of reach brings what happened since it reported last.
    silent = instant_of(ledger.mark)
    start = min(anchor, silent) if silent else anchor
    ahead = aim.lookback if aim.strategy.ahead else timedelta(0)
    ledger = ledger.again((start - aim.lookback, anchor + ahead))
    if unfinished is not None:
        # One that the vendor never ends must not have everything since then read each time.
        ledger = ledger.again((unfinished, unfinished + aim.lookback))
    return ledger


def _anchor(tip: datetime, aim: Aim) -> datetime:
    """Where what is new begins, of a partition known up to *tip*; the look-back lies before it."""
    anchor = min(tip, aim.now)
    return _day(anchor, up=True) if aim.strategy.daily else anchor


def new_from(ledger: Ledger, aim: Aim) -> datetime:
    """From when on a partition is read by a cycle that brings what is new.

    What is missing since an outage, or of a parent that has just come, is a gap but for its end: such a thing must not
    keep what is new of all others waiting.
    """
    recent = aim.now - aim.usual
    start = recent if ledger.tip is None else max(_anchor(min(ledger.tip, aim.end), aim), recent)
    return start - aim.lookback


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
        if ledger.tip is not None and (aim.scope in OF_THE_PAST or not has_moved(ledger, mark)):
            end = min(end, max(ledger.tip, *_regardless(ledger, aim)))
        found = common(union(minus(((start, end),), ledger.done), ledger.left), ((start, aim.end),))
        found = _part(found, ledger, aim, start)
        if aim.asked is not None:
            found = union(found, minus((aim.asked,), ledger.done))
    return whole_days(found) if aim.strategy.daily else found


def _part(due: Ranges, ledger: Ledger, aim: Aim, start: datetime) -> Ranges:
    """Those of the ranges *due* from *start* on that belong to the scope of the run."""
    if aim.scope is Scope.ALL:
        return due
    if aim.scope is Scope.NEW:
        return common(due, ((new_from(ledger, aim), aim.end),))
    if ledger.tip is None:
        return ()
    if aim.scope is Scope.PAST:
        return due
    gaps = minus(((start, ledger.tip),), ledger.done)
    return common(due, gaps) if aim.scope is Scope.GAPS else minus(due, gaps)


def past_at(ledger: Ledger, aim: Aim) -> datetime | None:
    """When something of the past is due of a partition, besides what is new; None: never, as far as is known now."""
    part = replace(aim, scope=Scope.PAST, kind=RunKind.CYCLE, sweep=None, asked=None)
    if to_read(prepared(ledger, part), part):
        return aim.now
    begun = ((ledger.tiers.get(_named(tier)), tier.every) for tier in aim.tiers)
    times = [at + every for at, every in begun if at] + [at for at in (doubted_at(ledger, aim),) if at]
    return min((at for at in times if at > aim.now), default=None)


def doubted_at(ledger: Ledger, aim: Aim) -> datetime | None:
    """When a second look decides about rows that were missed; None: it can already, or none were."""
    return min((at for doubt in ledger.doubts if (at := doubt.at + HELD_FOR) > aim.now), default=None)


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
    now_seen = instant_of(seen_at)
    if seen_at == "":
        return None  # it never reported: there is no past yet
    if ledger is None:
        return aim.since, aim.now
    before = instant_of(ledger.seen_at)
    if now_seen is None or (before is not None and now_seen - before <= aim.lookback):
        return None
    return max(aim.since, (before or aim.since) - aim.lookback), aim.now


def seen_again(before: Ledger | None, aim: Aim, seen_at: str | None, *, known: bool) -> Ledger:
    """The ledger of a parent's past in an account-wide collection, with what of it is to be read marked.

    *known* is whether the collection has been read at all, *seen_at* when the parent last reported.
    """
    past = reopened(before, aim, seen_at) if known else None
    left = (*(before.left if before else ()), *(doubted(before, aim) if before else ()), *((past,) if past else ()))
    return replace(before or Ledger(), seen_at=seen_at, left=union(left))


def _named(tier: Tier) -> str:
    return f"{int(tier.back.total_seconds())}s"


def instant_of(mark: str | None) -> datetime | None:
    """A mark as an instant, if it is one."""
    try:
        return None if mark is None else to_instant(mark)
    except RecordInvalid:
        return None


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
