"""One run of a windowed collection: ledgers → windows → readings → commits, several windows at once."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from syncd import parents as families
from syncd import partitions, plan, windows
from syncd.aims import aim_of
from syncd.ask import Answer, Ask, Question
from syncd.collection import Windows
from syncd.crew import FAILED_IN_A_ROW, Crew, Failures, drive
from syncd.errors import (
    BadBatch,
    FeatureMissing,
    Malformed,
    NotFound,
    SuspiciousAnswer,
    Unauthorized,
    Unavailable,
    VendorError,
    WindowTooBig,
)
from syncd.lane import Lane
from syncd.ledger import Ledger
from syncd.partitions import Found
from syncd.plan import RunKind, Scope
from syncd.reading import Account, Taken, Window
from syncd.series import Series
from syncd.session import Session
from syncd.steps import reached
from syncd.store import CollectionState, Missing
from syncd.trimming import trimmed
from syncd.windows import Aim, Judgement

_PAST = ((Scope.AGAIN, Lane.LOOKBACK), (Scope.GAPS, Lane.BACKFILL))
"""What is due of the past, in the order of reading: what changed may be looked at already, a gap is only missed."""
SLOW_S = 20.0
"""An answer that takes longer than this is not asked for again in the same size."""


async def read_windows(session: Session) -> SuspiciousAnswer | None:
    """Read what is due of a windowed collection; what was held back. Raises Partial if some partitions failed."""
    work = await _begun(session)
    past = session.request.scope is Scope.PAST
    for scope, lane in _PAST if past else ((session.request.scope, session.request.lane),):
        if not work.gave_way:
            await work.read(scope, lane)
    return await work.end()


@dataclass(slots=True)
class _Work:
    """A run under way."""

    session: Session
    account: Account
    strategy: Windows
    aim: Aim
    stored: dict[str, Any]
    """The account-wide cursor: its ledger, where the collection starts, for which version it was read."""
    began: datetime
    cursors: dict[str, dict[str, Any]]
    """By partition, as the run found them."""
    found: Found
    """Whom there is to ask."""
    series: list[Series] = field(default_factory=list)
    waiting: list[tuple[float, int, Series]] = field(default_factory=list)
    order: Callable[[], int] = field(default_factory=lambda: count().__next__)
    failures: Failures = field(default_factory=Failures)
    windows_read: int = 0
    left: int | None = None
    counted_at: float = float("-inf")
    gave_way: bool = False
    """Whether it left something, as its time was over."""

    # --- reading -----------------------------------------------------------------------------------------------------
    async def read(self, scope: Scope, lane: Lane) -> None:
        """Read every window that is due of *scope* in *lane*, the newest first."""
        self.session.ask = self._asker(lane)
        self.aim = replace(self.aim, scope=scope)
        self.cursors |= {name: ledger.to_json() for name, ledger in self._read_of_parents().items()}
        self.found = await partitions.found(self.session, self.aim, {**self.cursors, "": self.stored})
        self.cursors |= self.found.noted
        self.series += self.found.series
        for one in self.found.series:
            self._queue(one)
        if self.waiting:
            await Crew(self.session.reader.pace(self.session.collection).parallel, self._take, self._read).work()

    def _asker(self, lane: Lane) -> Ask:
        return self.session.reader.asker(lane, self.session.meter, self.session.collection)

    def _read_of_parents(self) -> dict[str, Ledger]:
        """The ledgers that this run has changed, but for the account's."""
        return {name: ledger for one in self.series for name, ledger in one.ledgers.items() if name}

    def _waited_for_in(self) -> Lane | None:
        """The lane of what this run of the past has to make room for; None as long as nothing waits for it."""
        reader, ends_at = self.session.reader, self.session.request.gives_way_at
        if ends_at is None:
            return None
        if reader.urged(self.session.collection.name):
            return Lane.TRIGGER
        return Lane.INCREMENT if reader.clock.now() >= ends_at else None

    async def _ask(self, question: Question) -> Answer:
        """Ask in the run's lane; once something waits for the answer, in that one's."""
        lane = self._waited_for_in()
        return await (self.session.ask if lane is None else self._asker(lane))(question)

    def _queue(self, series: Series) -> None:
        if series.newest is not None:
            heapq.heappush(self.waiting, (-series.newest.timestamp(), self.order(), series))

    def _take(self) -> tuple[Series, Window] | None:
        # One window at least, or what takes longer than a cycle would never come to anything.
        if self.waiting and self.windows_read and self._waited_for_in() is not None:
            self.gave_way = True
            return None
        while self.waiting:
            _, _, series = heapq.heappop(self.waiting)
            # A window put back queues its series once more; a series given up has nothing left.
            if series.newest is not None:
                window = series.take()
                self._queue(series)
                return series, window
        return None

    async def _read(self, task: tuple[Series, Window]) -> int:
        series, window = task
        asked = _Asked(self._ask, patient=window.end - window.start <= 2 * self.aim.least)
        part = self.session.part(series.parents, window, reopened=series.is_reopened)
        handed = 0

        async def keep(records: list[Any]) -> None:
            nonlocal handed
            handed += len(records)
            await self.session.commit(records)

        reached("before_fetch")
        try:
            taken = await drive(self.strategy.read(self.account, part), asked, keep)
            reached("after_fetch")
            await self._store(series, window, taken, handed, slow=asked.slow)
        except (NotFound, BadBatch) as error:
            if not part.parents:
                raise  # not somebody is gone, but the call itself
            self._do_without(series, window, error)
        except WindowTooBig as error:
            self._too_big(series, window, error)
        except (Unauthorized, FeatureMissing):
            raise
        except SuspiciousAnswer as error:
            self._skip(series, window, error)  # what came is stored, and others may be whole
        except Unavailable as error:
            if asked.patient:
                self.failures.note(error, of=min(series.ledgers, default=""))
                self._drop(series, "failed", error)
            else:
                await self._try_shorter(series, window, error)
        except VendorError as error:
            self.failures.note(error, of=min(series.ledgers, default=""))
            self._leave_out(series, window, error)
        return asked.size

    def _do_without(self, series: Series, window: Window, error: NotFound | BadBatch) -> None:
        """Somebody is gone, or the vendor does not take somebody's id: read on for the others."""
        if isinstance(error, NotFound):
            self._drop(series, "gone", error)
            return
        series.put_back(window)
        halves = series.halves()
        self._drop(series, "split" if halves else "not taken", error)
        for half in halves:
            self.series.append(half)
            self._queue(half)

    async def _try_shorter(self, series: Series, window: Window, error: Unavailable) -> None:
        """An answer did not come whole or in time: perhaps a shorter one does."""
        self._halve(series, window, lambda: series.unanswered(window, error.message))
        # A run that comes to nothing else has learned that.
        async with self.session.storing:
            told = tuple((name, self._cursor(name, ledger)) for name, ledger in series.ledgers.items())
            await self.session.note_partitions(told)
        most = FAILED_IN_A_ROW + 2 * self.session.reader.pace(self.session.collection).parallel
        self.failures.note(error, of=min(series.ledgers, default=""), most=most)

    def _too_big(self, series: Series, window: Window, error: VendorError) -> None:
        self._halve(series, window, lambda: series.too_big(window, getattr(error, "most", None), error.message))

    def _halve(self, series: Series, window: Window, halve: Callable[[], None]) -> None:
        try:
            halve()
        except VendorError as refused:
            self._leave_out(series, window, refused)
        else:
            self._queue(series)

    def _leave_out(self, series: Series, window: Window, error: VendorError) -> None:
        """Leave a window as a gap that cannot be read: what is older must not wait for it for ever.

        A second one of the same partition is the partition's fault.
        """
        if series.is_dropped:
            self._drop(series, "failed", error)
        else:
            self._skip(series, window, error)

    def _skip(self, series: Series, window: Window, error: VendorError) -> None:
        """Leave a window as a gap, which the next run reads again."""
        series.skip(window)
        self.failures.errors.append(error)
        self._log_left(series, "a window failed", error)

    def _drop(self, series: Series, why: str, error: VendorError) -> None:
        """Read no more of *series* in this run; its ledgers stay as they are."""
        series.drop()
        if why == "failed":
            self.failures.errors.append(error)
        self._log_left(series, why, error)

    def _log_left(self, series: Series, why: str, error: VendorError) -> None:
        self.session.log_left(sorted(series.ledgers), why, error)

    # --- storing -----------------------------------------------------------------------------------------------------
    async def _store(self, series: Series, window: Window, taken: Taken, handed: int, *, slow: bool) -> None:
        """Commit one window's (last) records with the ledgers that vouch for them; *handed* are stored already."""
        if taken.complete_to is not None and taken.complete_to <= window.start:
            raise Malformed(f"A window from {window.start:%Y-%m-%d %H:%M:%S} UTC on was read, but not any further.")
        async with self.session.storing:
            series.without({families.partition(key) for key in taken.skipped}, lambda one: families.partition(one.key))
            was_whole, before, stored = series.newest is None, dict(series.ledgers), self.stored
            rows = handed + len(taken.records)
            series.took(window, rows, complete_to=taken.complete_to, floor=taken.floor, slow=slow)
            if not series.ledgers:
                series.drop()  # asked without anybody, a call may bring everybody's
            elif was_whole:
                self._queue(series)  # the rest of a window that was cut short
            names = list(series.ledgers)
            end = min(window.end, taken.complete_to or window.end)
            start = max(window.start, taken.floor or window.start)
            looked = Window(start, end)
            doubts = tuple({d: None for name in names for d in series.ledgers[name].doubts})
            verdict = Judgement(gone=False, doubts=doubts)

            def judge(missing: Missing) -> bool:
                nonlocal verdict
                verdict = windows.judged(
                    doubts,
                    looked,
                    missing.digests,
                    inside=missing.inside,
                    came=len(taken.records),
                    few=plan.is_few(self.session.gone + len(missing.keys), self.session.live_rows),
                    aim=self.aim,
                )
                return verdict.gone

            def cursors() -> tuple[tuple[str, dict[str, Any]], ...]:
                for name in names:
                    series.ledgers[name] = replace(series.ledgers[name], doubts=verdict.doubts)
                return tuple((name, self._cursor(name, series.ledgers[name])) for name in names)

            judges = taken.trusted and start < end
            within = partitions.within(self.session, series, looked, self.found) if judges else None
            try:
                await self.session.commit_window(taken.records, within=within, judge=judge, cursors=cursors)
            except BaseException:
                # Whoever waits to store the next window must not vouch for what this one did not store.
                series.ledgers, self.stored = before, stored
                raise
        self.failures.well()
        self.windows_read += 1
        self.session.tell(self.windows_read, left=self._left())

    def _left(self) -> int | None:
        """The windows of a backfill still to be read, counted once a second: there may be thousands of series."""
        now = self.session.reader.clock.monotonic()
        if self.session.request.kind is RunKind.BACKFILL and now - self.counted_at >= 1.0:
            self.counted_at, self.left = now, sum(len(one.out) + one.planned for one in self.series)
        return self.left

    def _cursor(self, partition: str, ledger: Ledger) -> dict[str, Any]:
        told = ledger.to_json()
        if partition == "":
            kept = {name: value for name, value in self.stored.items() if name in _OWN}
            self.stored = {**kept, **told}
            return self.stored
        return told

    # --- ending ------------------------------------------------------------------------------------------------------
    async def end(self) -> SuspiciousAnswer | None:
        """Note how far all is read now, and what was held back."""
        session, now = self.session, self.session.reader.clock.now()
        scope, kind = session.request.scope, self.aim.kind
        whole = not self.failures.errors and all(one.is_read or one.is_dropped for one in self.series)
        held = self._held()
        state = await session.reader.state(session.collection)
        cursor, changes, at, swept = self.stored, {}, None, False
        if self.aim.sweep is not None and not whole:
            cursor = {**cursor, "stuck": True}
        if whole and kind is not RunKind.BACKFILL and scope is not Scope.PAST:
            at = self.began
            cursor = {**cursor, "at": at.isoformat(), "version": session.version}
            if scope is Scope.ALL:
                swept = cursor.pop("sweep", None) is not None
                cursor.pop("stuck", None)
            again = session.reader.options(session.collection).sweep
            # A sweep may have been configured, or taken back, since the last one.
            plans = swept or (state.next_sweep_at is None) != (again is None)
            changes = {"version": session.version, **({"next_sweep_at": again and now + again} if plans else {})}
        if kind is not RunKind.BACKFILL:
            changes |= self._outlook(state)
        await session.note(cursor, at=at, held=held, read_since=self._swept_since() if swept else None, **changes)
        self.failures.check("partitions")
        if not held:
            return None
        return SuspiciousAnswer(
            f"{held.count} deletions are held back: {held.reason}.",
            remedy="A second reading at least an hour later applies what it finds again, "
            "or run `syncd sync --full --allow-deletes` if the rows are really gone.",
        )

    def _swept_since(self) -> datetime:
        """When the sweep that ends began, by our clock: perhaps in an earlier run."""
        reader = self.session.reader
        begun = self.aim.sweep or self.aim.now
        return begun - (reader.vendor_now() - reader.clock.now()) - timedelta(minutes=1)

    def _held(self) -> plan.Held | None:
        """The rows doubted in all partitions that may be looked at again, as the collection's state shows them."""
        ledgers = self._ledgers(only="doubts")
        doubts = [doubt for ledger in ledgers.values() for doubt in ledger.doubts]
        if not doubts:
            return None
        keys: frozenset[str] = frozenset().union(*(doubt.keys for doubt in doubts))
        reason = "more rows did not come again than on an ordinary day"
        return plan.Held(min(doubt.at for doubt in doubts), len(keys), "", reason)

    def _ledgers(self, only: str) -> dict[str, Ledger]:
        """By partition, what is known now of those that may be looked at and have something of the kind *only*."""
        stored = {**self.cursors, "": self.stored}
        ledgers = {
            name: Ledger.from_json(cursor)
            for name, cursor in stored.items()
            if only in cursor and name in self.found.asked
        }
        return ledgers | {name: ledger for one in self.series for name, ledger in one.ledgers.items()}

    def _outlook(self, state: CollectionState) -> dict[str, datetime | None]:
        """When what is due of the past is to be read, as a column of the collection's *state*."""
        now, scope = self.session.reader.clock.now(), self.session.request.scope
        again = state.next_past_at if state.past_failures else None
        if scope is Scope.NEW and again is not None and again <= now + plan.patience(state.past_failures):
            return {}  # what failed has its time to be tried again
        if scope is Scope.PAST and self.gave_way:
            return {"next_past_at": now}
        wait = partitions.past_wait(self.aim, self.found, self._ledgers(only="done"))
        if wait is None or (scope is not Scope.NEW and not wait):
            # What this run could not read is tried again behind the next cycle.
            return {"next_past_at": None}
        if not wait and state.next_past_at is not None and state.next_past_at <= now:
            return {}  # who has waited longest goes first
        return {"next_past_at": now + wait}


_OWN = ("since", "since_s", "sweep", "stuck", "version", "at")
"""Members of the account-wide cursor beside its ledger."""


async def _begun(session: Session) -> _Work:
    """The run made ready: what it is to bring, and from which ledgers."""
    reader, collection = session.reader, session.collection
    strategy = collection.strategy
    assert isinstance(strategy, Windows)  # noqa: S101 (the caller looked)
    account = await reader.account(session.ask, session.collection)
    cursors = await reader.store.cursors(reader.name, collection)
    aim, stored = aim_of(session, account, strategy, dict(cursors.get("", {})))
    known = cursors.get("")
    if aim.kept is not None:
        cursors = await trimmed(session, {**cursors, "": stored}, aim.kept)
        stored = cursors[""]
    if stored != known:
        # Before anything is read, so that a killed sweep is taken up and not begun anew, and `since` stays where it is.
        await session.note(stored, held=session.held)
    return _Work(session, account, strategy, aim, stored, reader.vendor_now(), dict(cursors), Found([], frozenset()))


class _Asked:
    """The ask of one window: impatient where a shorter window may do, and with an eye on size and time."""

    def __init__(self, ask: Ask, *, patient: bool) -> None:
        self._ask = ask
        self.patient = patient
        self.size = 0
        self.slow = False

    async def __call__(self, question: Question) -> Answer:
        answer = await self._ask(question if self.patient else replace(question, attempts=2))
        self.size += answer.size
        self.slow = self.slow or answer.took_s > SLOW_S
        return answer
