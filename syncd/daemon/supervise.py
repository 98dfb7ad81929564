"""The daemon's parts side by side: if one of them dies the process ends, and a service manager starts it again."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from syncd.daemon.alerting import Alerting
from syncd.daemon.gate import Room
from syncd.daemon.keeper import Keeper, Timing
from syncd.daemon.notify import Notifier, Pulse, keep_told, ready
from syncd.daemon.schedule import Schedule, StepGuard
from syncd.daemon.tasks import Tasks
from syncd.errors import StoreBroken, StoreBusy, StoreFull
from syncd.service import Service

WRITER_ANSWERS_S = 900.0
"""The longest transaction (a sweep's end in a large table) and the longest wait for a lock are well below this."""
LOCK_LOOKS_S = 5.0
TIDIES_S = 60.0
WARNS_S = 3600.0
MIB = 1024 * 1024
LOG_FOLDED_AT = 4 * MIB
LOG_WARNED_AT = 256 * MIB
DIED = 1

log = structlog.get_logger()


class Died(Exception):
    """A part of the daemon ended by itself, which none does."""


@dataclass(frozen=True, slots=True)
class Running:
    """What a part of another package sees of the daemon: the status page."""

    service: Service
    keepers: Mapping[str, Keeper]
    schedule: Schedule
    writer: Pulse


Beside = Callable[[Running], Coroutine[Any, Any, None]]
"""A part from elsewhere that runs beside the others, for ever as they do."""


async def supervise(
    service: Service,
    stop: asyncio.Event,
    timing: Timing | None = None,
    notifier: Notifier | None = None,
    beside: Beside | None = None,
) -> int:
    """Keep every connection of *service* current until *stop* is set; the exit code of the process.

    0 after *stop*, 3 if the database cannot be used any more, 1 if a part died. *notifier* tells a service manager what
    goes on; that it ends, or begins anew, is told by whoever sets *stop*.
    """
    timing = timing or Timing()
    notifier = notifier or Notifier()
    jobs: dict[str, Callable[[], None]] = {}
    schedule = Schedule(service.clock, lambda name: jobs[name]())
    room = Room(service.clock, timing.full_s)
    keepers = {name: Keeper(service, reader, schedule, room, timing) for name, reader in service.readers.items()}
    for keeper in keepers.values():
        jobs |= keeper.jobs
    writer = Pulse(service.clock, WRITER_ANSWERS_S + LOCK_LOOKS_S)
    signs = {
        "scheduler": lambda: schedule.running,
        "database": writer.alive,
        # A run that is given up finishes the commit in hand, which may take as long as any other.
        "runs": lambda: not any(keeper.runs.overdue(WRITER_ANSWERS_S) for keeper in keepers.values()),
    }
    parts: dict[str, Coroutine[Any, Any, None]] = {
        "clocks": _keep_clocks(service, schedule, keepers, timing),
        "database": _keep_database(service, keepers, writer),
        "notify": keep_told(notifier, service.clock, lambda: _doing(keepers), signs),
        "room": room.keep(),
        "alerts": Alerting(service).keep(),
        "tasks": Tasks(service, keepers, timing.tick_s).keep(),
    }
    for name, keeper in keepers.items():
        parts |= {f"{name} {worker}": keeper.keep(worker) for worker in keeper.workers}
        parts[f"{name} gate"] = keeper.gate.keep()
    if beside is not None:
        parts["page"] = beside(Running(service, keepers, schedule, writer))
    log.info("started", action="started", connections=sorted(keepers), database=service.store.database)
    if service.lock is not None and service.lock.refused:
        log.warning("connections left to another syncd", action="left_to_others", connections=service.lock.refused)
    schedule.start()
    notifier.send(ready(_doing(keepers)))
    work = asyncio.create_task(_side_by_side(parts), name="parts")
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # Nothing new begins; what is in the middle of a commit finishes it, and says that it was interrupted.
        schedule.pause()
        if stop.is_set():
            log.info("stopping", action="stopping")
        work.cancel()
        stopped.cancel()
        await asyncio.wait({work, stopped})
        schedule.close()
    code = 0 if work.cancelled() else work.result()
    log.info("stopped", action="stopped", exit_code=code)
    return code


def _doing(keepers: Mapping[str, Keeper]) -> str:
    """What goes on, for whoever asks the service manager."""
    still = [name for name, keeper in keepers.items() if keeper.gate.closed]
    reading = [name for name, keeper in keepers.items() if keeper.busy]
    said = f"Keeping {len(keepers) - len(still)} of {len(keepers)} connections current"
    said += f"; reading {', '.join(reading)}" if reading else ""
    return said + (f"; standing still: {', '.join(still)}" if still else "")


async def _side_by_side(parts: dict[str, Coroutine[Any, Any, None]]) -> int:
    """Every part until one ends; why that ends the process."""
    try:
        async with asyncio.TaskGroup() as group:
            for name, part in parts.items():
                group.create_task(_for_ever(name, part), name=name)
    except BaseExceptionGroup as errors:
        return _verdict(_first(errors))
    return DIED


def _verdict(error: BaseException) -> int:
    """The exit code of the process that *error* ends."""
    if isinstance(error, StoreBroken):
        log.error("database unusable", action="store_broken", reason=error.message, remedy=error.remedy)
        return error.exit_code
    if not isinstance(error, Exception):
        raise error
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in last]
    log.error("a part died", action="part_died", reason=f"{type(error).__name__}: {error}", place=place)
    log.debug("a part died", action="part_died", exc_info=error)
    return DIED


async def _for_ever(name: str, part: Coroutine[Any, Any, None]) -> None:
    await part
    raise Died(f"{name} ended by itself.")


def _first(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors


async def _keep_clocks(service: Service, schedule: Schedule, keepers: Mapping[str, Keeper], timing: Timing) -> None:
    """Work every due time out anew when the clock was set or the machine slept, and see that the scheduler lives."""
    guard = StepGuard(service.clock)
    while True:
        await service.clock.sleep(timing.tick_s)
        schedule.tick()
        by = guard.step()
        if by is not None:
            log.warning("the clock was set, or the machine slept", action="clock_stepped", by_s=by.total_seconds())
            schedule.restart()
            for keeper in keepers.values():
                keeper.wake()
        if not schedule.running:
            raise Died("The scheduler does not answer.")


async def _keep_database(service: Service, keepers: Mapping[str, Keeper], writer: Pulse) -> None:
    """See that the writer answers and that the lock is still ours, and keep SQLite's log small."""
    tidied_at = warned_at = float("-inf")
    while True:
        await service.clock.sleep(LOCK_LOOKS_S)
        now = service.clock.monotonic()
        try:
            async with asyncio.timeout(WRITER_ANSWERS_S):
                await service.store.keep_locks()
                writer.beat()
                if now - tidied_at >= TIDIES_S and not any(keeper.busy for keeper in keepers.values()):
                    tidied_at = now
                    if await service.store.wal_bytes() > LOG_FOLDED_AT:
                        await service.store.checkpoint()
                if now - warned_at >= WARNS_S and (size := await service.store.wal_bytes()) > LOG_WARNED_AT:
                    warned_at = now
                    log.warning(
                        "a reader keeps SQLite's log from being folded into the file",
                        action="log_grows",
                        megabytes=size // MIB,
                        remedy="Let reports open the database read-only and for a short time.",
                    )
        except TimeoutError:
            raise Died("The database's writer does not answer.") from None
        except (StoreBusy, StoreFull) as error:
            writer.beat()
            log.warning("database busy", action="database_busy", reason=error.message)
