"""Rows that a re-read no longer held: found by anti-join, judged by ``plan``, confirmed one by one, applied.

Deletions come to light in three ways: a sweep, the vendor's own count once a day (which leads to the months that
differ), and a 404 for a single record.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog

from syncd import plan
from syncd.ask import Question
from syncd.collection import Absence, Listing, Snapshot, UpdatedSince
from syncd.errors import NotFound, SuspiciousAnswer, SyncdError
from syncd.paging import Outcome, Position, Proof
from syncd.parse import Key
from syncd.plan import Halving, Held, Span, Verdict
from syncd.session import Session
from syncd.steps import reached
from syncd.store import Asked, range_stage
from syncd.walk import count

log = structlog.get_logger()


async def settle_whole(session: Session, position: Position, outcome: Outcome) -> SuspiciousAnswer | None:
    """End a walk of everything: cursor, deletions, staging, in one transaction; what was held back."""
    before = session.held
    held = await _settle(session, position, outcome, None)
    now = session.reader.clock.now()
    again = session.reader.options(session.collection).sweep or session.reader.vendor.sweep
    if held:
        # A second look decides; if even that finds something else each time, looking every hour would only cost.
        again = min(again, plan.COUNT_EVERY) if before else plan.HELD_FOR + timedelta(minutes=1)
    await session.reader.store.set_state(
        session.reader.name,
        session.collection,
        version=session.version,
        next_sweep_at=None if isinstance(session.collection.strategy, Snapshot) else now + again,
        next_count_at=None if isinstance(session.collection.strategy, Snapshot) else now + plan.COUNT_EVERY,
    )
    return held


async def settle_listing(
    session: Session, position: Position, outcome: Outcome, *, asked: Asked | None, whole: bool, known: bool
) -> SuspiciousAnswer | None:
    """End a listing, of the account or of the parents *asked*; what was held back.

    *whole* if that was all of them; *known* if all there are have been read by now, in this run or an earlier one.
    """
    held = await _settle(session, position, outcome, None, asked=asked, whole=whole)
    if known:
        again = session.reader.options(session.collection).sweep or session.reader.vendor.sweep
        strategy = session.collection.strategy
        marked = isinstance(strategy, Listing) and strategy.parents is not None and not strategy.also
        now = session.reader.clock.now()
        await session.reader.store.set_state(
            session.reader.name,
            session.collection,
            version=session.version,
            next_sweep_at=now + again if marked else None,
        )
    return held


async def reread(session: Session, span: Span) -> SuspiciousAnswer | None:
    """Read every record made in *span* again and settle what is missing there."""
    strategy = session.collection.strategy
    if not isinstance(strategy, UpdatedSince):  # pragma: no cover (callers know)
        msg = "only collections with a time of making can be re-read by it"
        raise TypeError(msg)
    stage = range_stage(session.run, session.spans_read)
    session.spans_read += 1
    filters = span.filters(strategy)
    position = Position(filters, Proof.COUNTS, stage, size=session.cursor.size or session.reader.vendor.page_size)
    try:
        position, outcome = await session.walk(position, keep_position=False)
        return await _settle(session, position, outcome, span)
    except SyncdError:
        await session.reader.store.drop_stage(stage)
        raise


async def sweep(session: Session) -> SuspiciousAnswer | None:
    """Read everything in the middle of a cycle that has reason to; what was held back."""
    whole = session.begin(session.cursor, whole=True)
    return await settle_whole(session, *await session.walk(whole, keep_position=True))


async def check_counts(session: Session) -> SuspiciousAnswer | None:
    """Compare the vendor's count with ours once a day and read the months again that differ; what was held back."""
    reader, collection = session.reader, session.collection
    strategy = collection.strategy
    if not isinstance(strategy, UpdatedSince) or session.cursor.at is None:
        return None
    until = (session.cursor.at - reader.vendor.lookback).replace(microsecond=0)
    held: SuspiciousAnswer | None = None
    theirs = await _count(session, Span(None, until))
    ours = await reader.store.made_count(reader.name, collection, until)
    if theirs is not None and plan.is_few(abs(ours - theirs), ours):
        for span in await _differing(session, theirs, until) if theirs != ours else ():
            held = await reread(session, span) or held
    elif theirs is not None:
        # So much that months would be judged one by one what must be judged as a whole.
        return await sweep(session)
    await reader.store.set_state(reader.name, collection, next_count_at=reader.clock.now() + plan.COUNT_EVERY)
    return held


async def _differing(session: Session, theirs: int, until: datetime) -> list[Span]:
    """The months in which the vendor counts other numbers than we hold."""
    by_month = await session.reader.store.made_by_month(session.reader.name, session.collection, until)
    earliest = datetime(*min(by_month), 1, tzinfo=UTC) if by_month else None
    spans = plan.months(earliest, until)
    ours = [0 if s.start is None and earliest else by_month.get(_month(s), 0) for s in spans]
    halving = Halving(spans, ours, theirs)
    while (span := halving.ask()) is not None:
        number = await _count(session, span)
        if number is None:
            return []
        halving.told(number)
    log.info(
        "counts differ",
        action="counts_differ",
        connection=session.reader.name,
        collection=session.collection.name,
        months=len(halving.differing),
    )
    return halving.differing


def _month(span: Span) -> tuple[int, int]:
    return span.end.year, span.end.month


async def _count(session: Session, span: Span) -> int | None:
    strategy = session.collection.strategy
    filters = span.filters(strategy) if isinstance(strategy, UpdatedSince) else ()
    return await count(session.reader.vendor, session.collection, session.ask, filters)


async def _settle(
    session: Session,
    position: Position,
    outcome: Outcome,
    span: Span | None,
    *,
    asked: Asked | None = None,
    whole: bool = True,
) -> SuspiciousAnswer | None:
    """Judge what a walk did not hold and end it in one transaction: the whole walk (*span* None) or a range of it.

    With *asked* only the rows of those parents are judged; *whole* is False if others were not asked.
    """
    reader, collection = session.reader, session.collection
    bounds = {"made_from": span.start, "made_to": span.end} if span else {"made_from": None, "made_to": None}
    proven = outcome.proven and not session.rejected
    tombstones: list[Key] | None = []
    reason = "" if proven or span else outcome.note or "some records have no readable key"
    absent = await reader.store.absent(
        reader.name, collection, position.stage, limit=plan.CONFIRMED_AT_MOST, asked=asked, **bounds
    )
    held = None if proven and span is None and whole else session.held
    if absent.count and collection.absence is not Absence.KEEP:
        agree = await _counts_agree(session, position, absent.digest)
        found = plan.Absence(
            absent.count, absent.live, absent.digest, proven=proven, counts_agree=agree, gone=session.gone
        )
        verdict, reason = plan.deletion(
            found, session.held, allowed=session.request.allow_deletes, now=reader.clock.now()
        )
        if verdict is Verdict.APPLY:
            gone = await _confirmed(session, position.stage, absent.keys)
            if absent.count <= plan.CONFIRMED_AT_MOST:
                tombstones = gone
            elif len(gone) == len(absent.keys):
                tombstones = None  # too many to ask for each: all that the proven re-read did not hold
            else:
                verdict, reason = Verdict.HOLD, "some of the rows missing from the list are still there one by one"
        if verdict is Verdict.HOLD and proven:
            first = session.held.at if session.held and session.held.digest == absent.digest else reader.clock.now()
            held = Held(first, absent.count, absent.digest, reason)
    reached("before_finish")
    await session.finish(
        position,
        whole=span is None,
        tombstones=tombstones,
        held=held.to_json() if held else None,
        asked=asked,
        **bounds,
    )
    session.held = held
    reached("after_finish")
    if proven and span is None and whole:
        await _close_whole_rejects(session)
    if not reason:
        return None
    return SuspiciousAnswer(
        f"{absent.count} deletions are held back: {reason}." if absent.count else f"Not proven complete: {reason}.",
        remedy="A second proven re-read at least an hour later applies what it finds again, "
        "or run `syncd sync --full --allow-deletes` if the rows are really gone.",
    )


async def _close_whole_rejects(session: Session) -> None:
    """Everything was read and every record had a key: those that once had none are gone, or have one by now."""
    selector = f"{session.reader.name}.{session.collection.name}"
    open_ones = await session.reader.store.reject_records([selector])
    if open_ones:
        await session.reader.store.close_rejects([row["id"] for row in open_ones])


async def _counts_agree(session: Session, position: Position, digest: str) -> bool:
    """Whether the vendor's own count says the same as the re-read; asked only when that decides."""
    if session.held is None or session.held.digest != digest:
        return False
    theirs = await count(session.reader.vendor, session.collection, session.ask, position.filters)
    return theirs is None or theirs == (await session.staged(position.stage)).total


async def _confirmed(session: Session, stage: int, keys: Iterable[Key]) -> list[Key]:
    """Of *keys*, those the vendor does not have by id either; a record it does have was only skipped, and is stored."""
    if not session.collection.one:
        return list(keys)
    gone = []
    for key in keys:
        try:
            answer = await session.ask(one(session, key))
        except NotFound:
            gone.append(key)
        else:
            await session.commit([answer.value], stage=stage)
    return gone


def one(session: Session, key: Key) -> Question:
    """The question for a single record."""
    places = dict(zip(session.collection.key, key, strict=True))
    return Question(session.collection.one.format(**places))
