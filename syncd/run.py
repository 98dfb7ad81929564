"""One run: plan → walk → parse → commit. The only composer, and the place where errors become states."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from syncd import deletion, follow, plan
from syncd.collection import Collection, Listing, UpdatedSince, Windows
from syncd.errors import (
    BadBatch,
    FeatureMissing,
    Malformed,
    NotFound,
    Partial,
    Refused,
    SuspiciousAnswer,
    SyncdError,
    WindowTooBig,
)
from syncd.http.options import Meter
from syncd.listed import read_listing
from syncd.paging import Position
from syncd.plan import Cursor, Held, RunKind, Scope, Span
from syncd.reader import Reader, Request
from syncd.session import Session
from syncd.steps import reached
from syncd.store import CollectionState, Tally
from syncd.windowed import read_windows

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended: a state of ``syncd_runs`` and, unless all went well, the error with its remedy."""

    run: int
    collection: str
    kind: RunKind
    state: str
    error: SyncdError | None = None


async def run(reader: Reader, collection: Collection, request: Request) -> RunResult:
    """Read one collection once. What a vendor or the database can do becomes the run's state, it is not raised.

    Unauthorized and StoreError stand in the result too: the caller stops the connection, or the process, for them.
    """
    meter = Meter()
    number = await _started(reader, collection, request)
    ended = RunResult(number, collection.name, request.kind, "interrupted")
    try:
        reached("run_started")
        session = await _session(reader, collection, number, request, meter)
        held = await _read(session)
        ended = replace(ended, state="held" if held else "ok", error=held)
    except FeatureMissing as error:
        ended = replace(ended, state="ok", error=error)
    except SuspiciousAnswer as error:
        ended = replace(ended, state="held", error=error)
    except Partial as error:
        ended = replace(ended, state="partial", error=error)
    except SyncdError as error:
        ended = replace(ended, state="failed", error=_of_a_list(error))
    except Exception as error:
        about = {"connection": reader.name, "collection": collection.name}
        # A traceback is for --debug.
        log.error("a run crashed", action="run_crashed", error=type(error).__name__, **about)  # noqa: TRY400
        log.debug("where it crashed", action="run_crashed", exc_info=error, **about)
        remedy = "Run again with --debug and report what it shows."
        unknown = SyncdError(f"An error syncd does not know: {type(error).__name__}.", remedy=remedy)
        ended = replace(ended, state="failed", error=unknown)
    finally:
        # Also when cancelled: the row of a run that was interrupted says so, and the commit of that is not torn.
        await _to_its_end(_end(reader, collection, request, ended, meter))
    reached("run_ended")
    return ended


async def _started(reader: Reader, collection: Collection, request: Request) -> int:
    """Open the run's row; if the run is cancelled meanwhile, the row does not go on saying that it runs."""
    at = reader.clock.now()
    starting = asyncio.ensure_future(reader.store.start_run(reader.name, collection.name, request.kind.value, at))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await reader.store.end_run(await starting, "interrupted", at)
        raise


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    """Do *work* and wait for it, even when cancelled meanwhile: whoever ends next may end the process."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _of_a_list(error: SyncdError) -> SyncdError:
    """What an error means to a collection: a list that is not there is a wrong request, not a record that is gone."""
    wrong = isinstance(error, NotFound | BadBatch | WindowTooBig) and not isinstance(error, Malformed)
    return Refused(error.message, remedy=error.remedy) if wrong else error


async def _session(reader: Reader, collection: Collection, number: int, request: Request, meter: Meter) -> Session:
    """The run made ready: cursor, number of live rows and held deletions as the database has them."""
    state = await reader.state(collection)
    cursor = Cursor.from_json(await reader.store.cursor(reader.name, collection))
    if state.version != reader.extractor(collection).version:
        # Columns were added, included, excluded or hashed: all is read once more, and only what differs is written.
        cursor = replace(cursor, at=None)
    return Session(
        reader=reader,
        collection=collection,
        run=number,
        request=request,
        meter=meter,
        ask=reader.asker(request.lane, meter, collection),
        cursor=cursor,
        live_rows=state.live_rows,
        held=Held.from_json(state.held),
        count_due=state.next_count_at is not None and state.next_count_at <= reader.clock.now(),
    )


async def _read(session: Session) -> SuspiciousAnswer | None:
    """Everything one run does; the deletions it held back, if any."""
    _check_clock(session)
    match session.collection.strategy:
        case Windows():
            return await read_windows(session)
        case Listing():
            return await read_listing(session)
    if session.request.kind is RunKind.BACKFILL and isinstance(session.collection.strategy, UpdatedSince):
        span = Span(session.request.since, session.request.until or session.reader.clock.now())
        return await deletion.reread(session, span)
    position = await _position(session)
    position, outcome = await session.walk(position, keep_position=True)
    reached("walk_ended")
    if plan.is_whole(position):
        held = await deletion.settle_whole(session, position, outcome)
    else:
        held = None
        if session.cursor.walk is not None:  # a walk of one page moved the cursor with its rows
            # What is held waits on: a walk of what changed says nothing about it.
            await session.finish(position, held=session.held.to_json() if session.held else None)
    await follow.succeeded(session)
    await follow.reconcile(session, whole=plan.is_whole(position))
    # A second pass means that rows vanished while the first was under way, perhaps after it had seen them: many, if the
    # walk was taken up hours later. One count tells.
    moved_meanwhile = position.round > 1 and position.before is not None and held is None
    if moved_meanwhile if plan.is_whole(position) else session.count_due:
        held = await deletion.check_counts(session) or held
    return held


def _check_clock(session: Session) -> None:
    now = session.reader.clock.now()
    if plan.clocks_part(session.cursor.at, now):
        shown, before = f"{now:%Y-%m-%d %H:%M}", f"{session.cursor.at:%Y-%m-%d %H:%M}"
        msg = f"This machine's clock shows {shown} UTC, but the vendor's was at {before} before."
        raise Refused(msg, remedy="Set this machine's clock; nothing was asked.")


async def _position(session: Session) -> Position:
    """Where to read from: on with an unfinished walk, or a new one."""
    reader, collection, cursor = session.reader, session.collection, session.cursor
    whole = session.request.kind is RunKind.SWEEP
    if cursor.walk is not None:
        staged = await reader.store.staged_total(cursor.walk.stage)
        if plan.can_resume(cursor, whole=whole, staged=staged, version=session.version):
            return cursor.walk
        await reader.store.drop_stage(cursor.walk.stage)
    since = session.request.since
    if since is not None and isinstance(collection.strategy, UpdatedSince) and cursor.at is not None:
        cursor = replace(cursor, at=min(since, cursor.at))
    return session.begin(cursor, whole=whole)


async def _end(reader: Reader, collection: Collection, request: Request, ended: RunResult, meter: Meter) -> None:
    """Close the run's row, and note on the collection how it went and when it is due again."""
    store, now, error = reader.store, reader.clock.now(), ended.error
    spent = meter.take()
    await store.end_run(
        ended.run,
        ended.state,
        now,
        tally=Tally(spent.requests, spent.retries, spent.waited_s, 0, spent.bytes),
        error_class=type(error).__name__ if error else None,
        error=str(error) if error else None,
    )
    if ended.state != "interrupted":
        before = await reader.state(collection)
        failures = before.failures + 1 if ended.state == "failed" else 0
        if request.scope is Scope.PAST and not isinstance(error, FeatureMissing):
            changes = _past_outlook(before, ended, now)
        else:
            changes = _outlook(reader, collection, ended, failures, now)
            if ended.state == "ok" and request.scope is Scope.ALL:
                changes |= {"past_failures": 0}
        # What was found out about the past is not made good by what is new.
        past_failed = request.scope is Scope.NEW and before.past_failures and not before.failures
        if ended.state == "ok" and (before.held or past_failed):
            # A cycle says nothing about deletions that still wait for a second look.
            state = "held" if before.held else before.state
            changes |= {"state": state, "error_class": before.error_class, "last_error": before.last_error}
        await store.set_state(reader.name, collection, **changes)


def _past_outlook(before: CollectionState, ended: RunResult, now: datetime) -> dict[str, object]:
    """The columns that the end of a run of the past changes; when a cycle is due, and how fresh all is, is not its."""
    error, failed = ended.error, ended.state in {"failed", "partial"}
    told = {"error_class": type(error).__name__ if error else None, "last_error": str(error) if error else None}
    failures = before.past_failures + 1 if failed else 0
    changes: dict[str, object] = {"past_failures": failures}
    if failed:
        changes |= {"next_past_at": now + plan.patience(failures)}
    # What a cycle failed at before is not well because this went well.
    if ended.state != "ok" or before.past_failures or before.state == "held":
        changes |= {"state": ended.state, **told}
    return changes


def _outlook(
    reader: Reader, collection: Collection, ended: RunResult, failures: int, now: datetime
) -> dict[str, object]:
    """The columns of ``syncd_collections`` that a run's end changes; *failures* in a row, this one included."""
    options, error = reader.options(collection), ended.error
    missing = isinstance(error, FeatureMissing)
    due = plan.retry_at(options, now, failures) if failures else reader.next_due(options, now)
    return {
        "state": "unavailable" if missing else ended.state,
        "failures": failures,
        "error_class": type(error).__name__ if error else None,
        "last_error": str(error) if error else None,
        "last_attempt_at": now,
        **({"last_success_at": now} if ended.state == "ok" and not missing else {}),
        "next_due_at": now + plan.COUNT_EVERY if missing else due,
        "late_after_s": int(plan.late_after(options).total_seconds()),
    }
