"""One connection kept current: what is due of it is read, one run after the other by each of four workers.

What is new of collections that have been read whole goes first. What else is due of them (gaps, re-readings) has a
worker of its own, and so have walks of everything (first syncs, sweeps, backfills): one that takes hours makes nothing
else wait; and so has what a person wants now, which goes before all. Where a vendor has several classes of calls each
has four such workers: none of them waits while another uses up its allowance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any

import structlog

from syncd.collection import Collection
from syncd.daemon.due import quiet_until, too_far
from syncd.daemon.gate import Gate, Room
from syncd.daemon.runs import Runs
from syncd.daemon.schedule import Schedule
from syncd.daemon.wishes import Wish, Wishes
from syncd.daemon.workers import Part, Worker, part_of, wanted_at, wanted_now
from syncd.errors import StoreBroken, StoreBusy, StoreError, StoreFull, SyncdError, Unauthorized, Unavailable, Unread
from syncd.plan import RunKind, Scope
from syncd.reader import Reader, Request
from syncd.run import RunResult
from syncd.service import CollectionState, Service, ordered, request_for, stale_parents

SWEEP_AGAIN = timedelta(hours=1)
"""A sweep that did not end well is not repeated with every cycle: it may cost hundreds of requests."""
_RANDOM = SystemRandom()

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the daemon waits for what; tests wait less. All in seconds.

    ``tick_s`` between looks at tasks, clocks and secrets, ``jitter_s`` the most that a start is put off so that not
    everything starts at once, ``probe_s`` between probes of a refused connection, ``stall_s`` without a page after
    which a run is given up, ``full_s`` the first wait for room on a full disk.
    """

    tick_s: float = 1.0
    jitter_s: float = 1.0
    probe_s: float = 3600.0
    stall_s: float = 7200.0
    full_s: float = 5.0


@dataclass(eq=False, slots=True)
class Keeper:
    """Keeps one connection current until it is cancelled. Raises StoreError if the database can take no more."""

    service: Service
    reader: Reader
    schedule: Schedule
    room: Room
    timing: Timing
    gate: Gate = field(init=False)
    runs: Runs = field(init=False)
    _busy: dict[str, Part] = field(default_factory=dict)
    _wishes: Wishes = field(default_factory=Wishes)
    _wakes: dict[Worker, asyncio.Event] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Tell runs of the past who waits for them."""
        self.runs = Runs(self.service, self.reader, self.timing.stall_s)
        self.reader.urged = self._wishes.urges
        classes = self.reader.vendor.limits_by_class
        self._wakes = {Worker(part, class_name): asyncio.Event() for class_name in classes for part in Part}
        self.gate = Gate(self.service, self.reader, self.timing.tick_s, self.timing.probe_s, self._opened)

    @property
    def name(self) -> str:
        """The connection's name."""
        return self.reader.name

    @property
    def jobs(self) -> dict[str, Callable[[], None]]:
        """The names that the schedule wakes, and what each of them wakes."""
        return {f"{self.name} {worker}": wake.set for worker, wake in self._wakes.items()}

    @property
    def workers(self) -> tuple[Worker, ...]:
        """Everyone who is to ``keep`` at work."""
        return tuple(self._wakes)

    @property
    def busy(self) -> bool:
        """Whether a run is under way."""
        return bool(self._busy)

    @property
    def reading(self) -> frozenset[str]:
        """The collections that are being read."""
        return frozenset(self._busy)

    def wake(self) -> None:
        """Look at what is due now, whatever was planned."""
        for event in self._wakes.values():
            event.set()

    async def ask(self, collection: Collection, request: Request) -> RunResult:
        """A run on request: at once what a person wants now, else behind whatever walk of everything is under way.

        Whoever asks for what already waits gets the result of that.
        """
        wish = self._wishes.add(collection, request)
        self._wakes[Worker(part_of(request), self._class_of(collection))].set()
        return await asyncio.shield(wish.ended)

    async def pause(self, names: Sequence[str] | None) -> None:
        """Leave these collections alone, or all: what is being read of them stops after the page in hand."""
        await self.service.store.pause(self.name, names)
        log.info("paused", action="paused", connection=self.name, collections=names)
        self.runs.stop(names)

    async def resume(self, names: Sequence[str] | None) -> None:
        """Read these collections again, or all."""
        await self.service.store.resume(self.name, names)
        log.info("resumed", action="resumed", connection=self.name, collections=names)
        self.wake()

    # --- the workers -------------------------------------------------------------------------------------------------
    async def keep(self, worker: Worker) -> None:
        """Read what is due of *worker*'s, for ever."""
        wake = self._wakes[worker]
        await self.service.clock.sleep(_RANDOM.uniform(0.0, self.timing.jitter_s))
        while True:
            wake.clear()
            try:
                if await self._read_due(worker):
                    continue
                # A closed gate wakes us when it opens; looking at what is due before would find it due for ever.
                if not self.gate.is_closed(worker.class_name):
                    await self._plan_next(worker)
            except StoreFull as error:
                self.room.full(error)
                await self.room.wait()
                if not self._busy:
                    # Its run could not even be noted as ended.
                    await self.service.store.interrupt_stale_runs([self.name])
                continue
            except StoreBusy as error:
                log.warning("database busy", action="database_busy", connection=self.name, reason=error.message)
                await self.service.clock.sleep(self.timing.tick_s)
                continue
            await wake.wait()

    async def _read_due(self, worker: Worker) -> bool:
        """One pass over what is due; whether anything was read."""
        read, part = False, worker.part
        while (wish := self._next_wish(worker)) is not None and await self._may_read(worker):
            await self._serve(wish, worker)
            read = True
        for collection, request in await self._due(worker):
            if not await self._may_read(worker):
                return False
            # The cycle that went before has read the parents of what it left to be read.
            if part is not Part.PAST and not self._is_taken(collection, part):
                await self._read_parents(collection, worker)
            if not self._is_taken(collection, part):
                await self._read(collection, request, part)
                read = True
            if read and part is Part.PAST:
                break  # the others' times to give way have passed by now, and who is next may be another
        return read

    async def _read_parents(self, collection: Collection, worker: Worker) -> None:
        """Read what has to be read before *collection* and is not of this cycle yet."""
        if not collection.needs:
            return
        for parent in stale_parents(self.reader, collection, await self._states()):
            if parent.name not in self._busy and await self._may_read(worker):
                await self._read(parent, request_for(RunKind.CYCLE), worker.part)

    def _next_wish(self, worker: Worker) -> Wish | None:
        """The first run on request that can begin: not while its collection is being read, or one it is read behind."""
        self._refuse_wishes(worker)
        of_part = self._wishes.of(worker.part)
        coming = {wish.collection.name for wish in of_part}
        mine = (wish for wish in of_part if self._is_of(wish, worker))
        return next((wish for wish in mine if not self._is_taken(wish.collection, worker.part, coming)), None)

    def _refuse_wishes(self, worker: Worker) -> None:
        """Tell those who would wait for hours. A backfill may: it begins when the quiet hours have ended."""
        if self.gate.is_closed(worker.class_name):
            parts, why = tuple(Part), f"Connection {self.name} stands still: see `syncd status`."
        elif (quiet := self._quiet_until()) is not None:
            parts = (Part.TRIGGERED,)
            why = f"{self.name} has quiet hours until {quiet.astimezone():%H:%M}: nothing is asked of it before."
        else:
            return
        for wish in [each for part in parts for each in self._wishes.of(part) if self._is_of(each, worker)]:
            self._wishes.refuse(wish, why)

    async def _serve(self, wish: Wish, worker: Worker) -> None:
        try:
            state = (await self._states())[wish.collection.name]
            if state.paused_at is not None:
                whole = (await self.service.store.connection_state(self.name)).paused_at is not None
                name = self.name if whole else f"{self.name}.{wish.collection.name}"
                self._wishes.refuse(wish, f"It is paused; `syncd resume {name}` lets it be read again.")
                return
            await self._read_parents(wish.collection, worker)
            # Meanwhile it may have come due and be read: then it stays in line, and the end of that run wakes us.
            if not self._is_taken(wish.collection, worker.part) and self._wishes.begin(wish):
                result = await self._read(wish.collection, self._narrowed(wish, state), worker.part)
                if state.past_failures:
                    # What failed of the past is tried again behind it, and not when its time has come.
                    await self.service.store.set_state(
                        self.name, wish.collection, next_past_at=self.service.clock.now()
                    )
                self._wishes.answer(wish, result)
        except BaseException as error:
            self._wishes.refuse(wish, str(error) if isinstance(error, StoreError) else "The daemon was stopped.")
            raise
        finally:
            # Others may have waited for just this one.
            self.wake()

    def _narrowed(self, wish: Wish, state: CollectionState) -> Request:
        """What is read of *wish* before all else: of windows what is new. The rest is due behind it, as ever."""
        if wish.part is Part.TRIGGERED and not self._is_new(wish.collection, state):
            return replace(wish.request, scope=Scope.NEW)
        return wish.request

    def _is_of(self, wish: Wish, worker: Worker) -> bool:
        return self._class_of(wish.collection) == worker.class_name

    def _class_of(self, collection: Collection) -> str:
        return self.reader.vendor.class_of(collection.path)

    def _is_taken(self, collection: Collection, part: Part, coming: Container[str] = ()) -> bool:
        """Whether *collection* cannot begin in *part*: it is being read, or one that it is read behind is, or is to be.

        Of those only what workers of other classes read is looked at: the worker of this class keeps to the order.
        """
        if collection.name in self._busy:
            return True
        others = (
            name
            for name in collection.behind
            if self._class_of(self.reader.vendor.collection(name)) != self._class_of(collection)
        )
        return any(name in coming or self._busy.get(name) is part for name in others)

    async def _may_read(self, worker: Worker) -> bool:
        """Whether anything may be asked of the vendor now; waits while there is no room to store it."""
        await self.room.wait()
        return not self.gate.is_closed(worker.class_name) and self._quiet_until() is None

    def _quiet_until(self) -> datetime | None:
        """The end of the quiet hours it is now; None outside of them."""
        return quiet_until(self.reader.connection.quiet, self.service.clock.now().astimezone())

    async def _due(self, worker: Worker) -> list[tuple[Collection, Request]]:
        """What is due of *worker*'s and can begin, in the order of reading."""
        if worker.part is Part.TRIGGERED:
            return []
        due = self._due_of(worker.part, await self._states())
        coming = {collection.name for collection, _ in due}
        return [
            (collection, request)
            for collection, request in due
            if self._class_of(collection) == worker.class_name and not self._is_taken(collection, worker.part, coming)
        ]

    def _due_of(self, part: Part, states: Mapping[str, CollectionState]) -> list[tuple[Collection, Request]]:
        """What is due of *part*, may be asked for and nobody is reading, in the order of reading."""
        now = self.service.clock.now()
        due = []
        for collection in ordered(self.reader.vendor, states):
            state = states[collection.name]
            if collection.name in self._busy or state.paused_at is not None:
                continue
            if part is Part.PAST and self._wishes.urges(collection.name):
                continue  # what gave way must not begin again before what it gave way to
            request = wanted_now(part, state, now, is_new=self._is_new(collection, state))
            if request is not None and not self.gate.is_closed(self._class_of(collection)):
                due.append((collection, request))
        if part is Part.PAST:
            due.sort(key=lambda one: states[one[0].name].next_past_at or now)
        return due

    async def _plan_next(self, worker: Worker) -> None:
        """Have *worker* woken when the next thing is due. What waits for another run is woken by that one's end."""
        if worker.part is Part.TRIGGERED:
            return
        now, part = self.service.clock.now(), worker.part
        states = await self._states()
        coming = {collection.name for collection, _ in self._due_of(part, states)}
        times = []
        for name, state in states.items():
            collection = self.reader.vendor.collection(name)
            is_mine = self._class_of(collection) == worker.class_name
            if is_mine and state.paused_at is None and not self._is_taken(collection, part, coming):
                at = wanted_at(part, state, now, is_new=self._is_new(collection, state))
                times += [at] if at else []
        quiet = self._quiet_until()
        if quiet and self._wishes.of(part):
            times.append(quiet)
        if not times:
            return
        at = max(min(times), now + timedelta(seconds=self.timing.tick_s / 10))
        self.schedule.look(f"{self.name} {worker}", max(at, quiet) if quiet else at)

    def _is_new(self, collection: Collection, state: CollectionState) -> bool:
        """Whether everything has to be read: never read, or columns have come since."""
        return state.cursor_at is None or state.version != self.reader.extractor(collection).version

    async def _states(self) -> dict[str, CollectionState]:
        """What the database knows of the enabled collections, with times that a wrong clock stored put right."""
        enabled, now = self.reader.connection.collections, self.service.clock.now()
        states = {}
        for state in await self.service.store.states([self.name]):
            if state.collection in enabled:
                changes: dict[str, Any] = {**too_far(state, enabled[state.collection], now)}
                if changes:
                    await self.service.store.set_state(self.name, state.collection, **changes)
                states[state.collection] = replace(state, **changes)
        return states

    # --- one run -----------------------------------------------------------------------------------------------------
    async def _read(self, collection: Collection, request: Request, part: Part) -> RunResult:
        self._busy[collection.name] = part
        try:
            result = await self.runs.read(collection, request)
        finally:
            del self._busy[collection.name]
            # The other workers may have passed this collection over, or wait for it.
            self.wake()
        # Who looks for warnings at night must find what failed.
        say = log.info if result.error is None or result.state in {"ok", "interrupted"} else log.warning
        say(
            "run ended",
            action="run_ended",
            connection=self.name,
            collection=collection.name,
            kind=result.kind.value,
            state=result.state,
            **({"reason": str(result.error)} if result.error else {}),
        )
        if request.kind is RunKind.SWEEP:
            await self._put_off_sweep(collection)
        await self._judge(collection, result.error)
        return result

    async def _put_off_sweep(self, collection: Collection) -> None:
        """A sweep that did not come to its end is due again, but not at once."""
        now = self.service.clock.now()
        at = (await self._states())[collection.name].next_sweep_at
        if at is not None and at <= now:
            await self.service.store.set_state(self.name, collection, next_sweep_at=now + SWEEP_AGAIN)

    async def _judge(self, collection: Collection, error: SyncdError | None) -> None:
        """What a run's error means to the connection, or to everything."""
        if isinstance(error, StoreFull):
            self.room.full(error)
            await self.room.wait()
            await self.service.store.set_state(self.name, collection, next_due_at=self.service.clock.now())
        elif isinstance(error, StoreBroken):
            raise error
        elif isinstance(error, Unauthorized):
            # Several runs may find that out, one after the other.
            if not self.gate.refused:
                await self.gate.refuse(error)
        elif isinstance(error, Unavailable):
            self.gate.failed(error, self._shortest(), self._class_of(collection))
        elif not isinstance(error, Unread):  # then nothing was asked
            await self.gate.passed(self._class_of(collection))

    def _shortest(self) -> timedelta:
        """The shortest time between two cycles: how often a vendor that is down is asked."""
        every = [options.every for options in self.reader.connection.collections.values() if options.every]
        return min(every, default=self.reader.vendor.every)

    async def _opened(self) -> None:
        """The vendor answers again: what failed because it did not is due now."""
        failed = (Unauthorized.__name__, Unavailable.__name__, Unread.__name__, "WrongAddress")
        for name, state in (await self._states()).items():
            if state.error_class in failed:
                collection = self.reader.vendor.collection(name)
                await self.service.store.set_state(self.name, collection, next_due_at=self.service.clock.now())
        self.wake()
