"""What one-shot commands and the daemon share: database, lock and clients made ready, and what is asked of runs."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable, Container, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from syncd import __version__, plan
from syncd.clock import Clock, SystemClock
from syncd.collection import Collection
from syncd.config import CollectionConfig, Config, ConnectionConfig
from syncd.errors import StoreBroken, Unauthorized, UsageError
from syncd.http.client import Client, ClientOptions, Meter
from syncd.http.retry import Breaker
from syncd.http.spacing import Hosts
from syncd.lane import Lane
from syncd.plan import RunKind, Scope
from syncd.reader import Progress, Reader, Request
from syncd.secret import Secret
from syncd.store import CollectionState, Lock, Store, Task
from syncd.vendors.base import Vendor

__all__ = [
    "DAEMON", "Breaker", "CollectionState", "InUse", "Service", "Task",
    "ask_daemon", "client_options", "kept_by_daemon", "open_service", "ordered", "probe", "request_for",
    "stale_parents", "with_parents",
]  # fmt: skip

PROBE_EVERY = timedelta(hours=1)
"""A refused key or token is tried again this often, by one cheap question."""

TAKEN_WITHIN_S = 15.0
POLL_S = 0.5

LANES = {RunKind.CYCLE: Lane.INCREMENT, RunKind.SWEEP: Lane.SWEEP, RunKind.BACKFILL: Lane.BACKFILL}
DAEMON = "syncd run"
"""How the daemon is named as the holder of the lock: only it takes tasks."""
_IN_USE = " is in use by "
_NEW_OBJECTS = 50_000
"""So many more objects than have gone make Python look for cycles; at its own 700 a first sync does so all the time."""

log = structlog.get_logger()


class InUse(StoreBroken):
    """Another syncd works on this database; the message names it."""

    @property
    def by_daemon(self) -> bool:
        """Whether that one takes tasks."""
        return DAEMON in self.message


@dataclass(slots=True)
class Service:
    """Everything that work on a configuration needs; ``readers`` has one for each connection in use."""

    config: Config
    store: Store
    clock: Clock
    holder: str
    lock: Lock | None
    readers: Mapping[str, Reader]

    async def refused(self, name: str, error: Unauthorized) -> None:
        """Note that a connection stands still until a person acts or a probe succeeds."""
        now = self.clock.now()
        await self.store.set_connection_state(
            name, state="stopped", message=str(error), stopped_at=now, probe_at=now + PROBE_EVERY
        )

    async def accepted(self, name: str) -> None:
        """Note that a connection works, unless that is known."""
        state = await self.store.connection_state(name)
        if state.state != "ok":
            log.info("connection works again", action="connection_works", connection=name)
            await self.store.set_connection_state(
                name, state="ok", message=None, stopped_at=None, probe_at=None, failures=0
            )


@asynccontextmanager
async def open_service(
    config: Config,
    *,
    lock: bool,
    holder: str,
    clock: Clock | None = None,
    connections: Sequence[str] | None = None,
    all_of_them: bool = True,
    watch: Callable[[Progress], None] | None = None,
    next_due: Callable[[CollectionConfig, datetime], datetime] = plan.next_due,
) -> AsyncIterator[Service]:
    """The database opened (and migrated), locked for *connections* if *lock* says so, and a reader for each of them.

    None stands for every enabled connection. If another syncd holds some of them, which only PostgreSQL allows, it is
    all or none, unless *all_of_them* is False: those get no reader then (``lock.refused``). *holder* says who holds the
    lock to whoever is refused. Runs that a killed process left behind are noted as interrupted.
    Raises StoreError: the database cannot be used; InUse: another syncd holds it.
    """
    clock = clock or SystemClock()
    chosen = [c for c in config.enabled if connections is None or c.name in connections]
    store = await Store.open(config.database.url, config.vendors(), clock=clock)
    try:
        async with AsyncExitStack() as stack:
            held = None
            if lock:
                held = await _locked(store, [c.name for c in chosen], holder, all_of_them=all_of_them)
                chosen = [c for c in chosen if c.name in held.held]
                await store.interrupt_stale_runs(held.held)
                for connection in chosen:
                    await store.enroll(connection.name, connection.vendor, connection.collections)
            readers = {}
            hosts = Hosts()
            for connection in chosen:
                options = client_options(connection, config.state_dir)
                opened = Client(connection.vendor, options, clock=clock, hosts=hosts)
                client = await stack.enter_async_context(opened)
                reader = Reader(connection, client, store, clock, next_due=next_due)
                if watch is not None:
                    reader.watch = watch
                readers[connection.name] = reader
            _calm_collector()
            yield Service(config, store, clock, holder, held, readers)
    finally:
        await store.close()


def _calm_collector() -> None:
    """Have Python look for cycles seldom: what is loaded by now stays to the end, and pages go by their references."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


async def _locked(store: Store, names: Sequence[str], holder: str, *, all_of_them: bool) -> Lock:
    try:
        lock = await store.lock(names, holder=holder)
    except StoreBroken as error:
        if _IN_USE not in error.message:
            raise
        raise InUse(error.message, remedy=error.remedy) from None
    if lock.refused and all_of_them:
        raise InUse(" ".join(f"Connection {name}{_IN_USE}{other}." for name, other in lock.refused.items()))
    return lock


def client_options(connection: ConnectionConfig, state_dir: Path | None = None) -> ClientOptions:
    """What the client of a connection is told: its address, credentials, pace and bounds, and where sessions are kept.

    Without *state_dir* a session lasts as long as the client, and the next one has to log in anew.
    """

    def reread() -> Mapping[str, str]:
        settings = connection.settings.items()
        return {name: each.reread().reveal() if isinstance(each, Secret) else each for name, each in settings}

    return ClientOptions(
        base_url=connection.base_url,
        name=connection.name,
        state_dir=state_dir,
        credentials=connection.credentials(),
        rates=connection.shared_rates,
        parallel=connection.parallel,
        timeout_s=connection.timeout_s,
        max_body=connection.max_body,
        ca_file=str(connection.ca_file) if connection.ca_file else None,
        user_agent=f"syncd/{__version__}",
        refresh_credentials=reread,
    )


async def ask_daemon(store: Store, clock: Clock, verb: str, arguments: Mapping[str, Any]) -> Task:
    """Hand a task to the daemon on the same database and wait until it has ended.

    *store* is open without a lock. Raises UsageError if no daemon takes it within a quarter of a minute.
    """
    number = await store.add_task(verb, arguments)
    asked_at = clock.monotonic()
    while True:
        task = next(task for task in await store.tasks() if task.id == number)
        if task.finished_at is not None:
            return task
        if task.state == "asked" and clock.monotonic() - asked_at > TAKEN_WITHIN_S:
            await store.finish_task(number, "failed", {"message": "no daemon took it"})
            raise UsageError("No daemon took the task.", remedy="Is it still running? Then look at its log.")
        await clock.sleep(POLL_S)


async def kept_by_daemon(store: Store, names: Sequence[str], holder: str) -> tuple[str, ...]:
    """Those of *names* that a running daemon keeps; *holder* says who asks. Raises InUse if another syncd has some."""
    try:
        lock = await _locked(store, names, holder, all_of_them=False)
    except InUse as error:
        if not error.by_daemon:
            raise
        return tuple(names)
    await store.release(lock)
    for name, other in lock.refused.items():
        if DAEMON not in other:
            raise InUse(f"Connection {name}{_IN_USE}{other}.", remedy="Wait until it has ended.")
    return tuple(lock.refused)


async def probe(reader: Reader) -> None:
    """Ask a connection its cheapest authenticated question. Raises VendorError."""
    await reader.client.asker(Lane.TRIGGER, Meter())(reader.vendor.probe)


def request_for(
    kind: RunKind,
    *,
    allow_deletes: bool = False,
    since: datetime | None = None,
    until: datetime | None = None,
    lane: Lane | None = None,
    scope: Scope = Scope.ALL,
) -> Request:
    """What a run of *kind* asks, in the lane of its kind unless another is given."""
    chosen = LANES[kind] if lane is None else lane
    return Request(kind=kind, lane=chosen, allow_deletes=allow_deletes, since=since, until=until, scope=scope)


def ordered(vendor: Vendor, names: Iterable[str]) -> list[Collection]:
    """The collections *names* as declared, but each behind those of them that it is to be read after."""
    wanted = set(names)
    found: dict[str, Collection] = {}

    def take(collection: Collection) -> None:
        for before in collection.behind:
            if before in wanted and before not in found:
                take(vendor.collection(before))
        found.setdefault(collection.name, collection)

    for collection in vendor.collections:
        if collection.name in wanted:
            take(collection)
    return list(found.values())


def with_parents(vendor: Vendor, names: Iterable[str], enabled: Container[str]) -> set[str]:
    """*names* and every enabled collection that has to be read before one of them in the same cycle."""
    found, waiting = set(names), list(names)
    while waiting:
        for needed in vendor.collection(waiting.pop()).needs:
            if needed in enabled and needed not in found:
                found.add(needed)
                waiting.append(needed)
    return found


def stale_parents(reader: Reader, collection: Collection, states: Mapping[str, CollectionState]) -> list[Collection]:
    """The collections to read before *collection*, as nothing has been read of them in the cycle that is due now."""
    options, now = reader.options(collection), reader.clock.now()
    recent = (options.every or reader.vendor.every) / 2

    def is_stale(name: str) -> bool:
        state = states.get(name)
        if state is None or state.paused_at is not None:
            return False
        return state.last_attempt_at is None or now - state.last_attempt_at > recent

    names = with_parents(reader.vendor, [collection.name], reader.connection.collections) - {collection.name}
    return ordered(reader.vendor, filter(is_stale, names))
