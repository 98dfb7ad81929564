"""What commands ask of the running daemon, through a table: they must not open a second budget at the vendor."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import structlog

from syncd.daemon.gate import insist
from syncd.daemon.keeper import Keeper
from syncd.errors import SyncdError
from syncd.lane import Lane
from syncd.plan import RunKind
from syncd.reader import Request
from syncd.service import Service, Task, ordered, probe, request_for

log = structlog.get_logger()

Keepers = Mapping[str, Keeper]
Verb = Callable[[Keepers, Mapping[str, Any]], Awaitable[dict[str, Any]]]
REPEATABLE = frozenset({"backfill", "pause", "resume", "trigger"})


async def backfill(keepers: Keepers, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read what ``wanted`` names (collections by connection) again, from ``since`` to ``until`` (ISO 8601 or null).

    The result has ``exit_code``, ``runs`` (their ids) and ``problems``.
    """
    since, until = (datetime.fromisoformat(text) if text else None for text in map(arguments.get, ("since", "until")))
    return await _runs(keepers, arguments, request_for(RunKind.BACKFILL, since=since, until=until))


async def trigger(keepers: Keepers, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read what ``wanted`` names (collections by connection) now; the result is that of ``backfill``."""
    return await _runs(keepers, arguments, request_for(RunKind.CYCLE, lane=Lane.TRIGGER))


async def _runs(keepers: Keepers, arguments: Mapping[str, Any], request: Request) -> dict[str, Any]:
    asked = [
        (name, keepers[name].ask(collection, request))
        for name, names in arguments["wanted"].items()
        for collection in ordered(keepers[name].reader.vendor, names)
    ]
    results = await asyncio.gather(*(run for _, run in asked))
    named = [(name, result) for (name, _), result in zip(asked, results, strict=True)]
    return {
        "exit_code": 0 if all(result.state == "ok" for result in results) else 1,
        "runs": [result.run for result in results if result.run],
        "problems": [f"{name}.{result.collection}: {result.error}" for name, result in named if result.error],
    }


async def pause(keepers: Keepers, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Leave alone what ``wanted`` names: collections by connection, null for a whole one."""
    for name, names in arguments["wanted"].items():
        await keepers[name].pause(names)
    return {"exit_code": 0}


async def resume(keepers: Keepers, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Read again what ``wanted`` names: collections by connection, null for a whole one."""
    for name, names in arguments["wanted"].items():
        await keepers[name].resume(names)
    return {"exit_code": 0}


async def check(keepers: Keepers, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Ask each of ``connections`` its cheapest question; the result is that of ``check --json``, with error classes."""
    answers = await asyncio.gather(*(_checked(keepers[name]) for name in arguments["connections"]))
    return {"ok": all(answer["ok"] for answer in answers), "connections": answers}


async def _checked(keeper: Keeper) -> dict[str, Any]:
    connection = keeper.reader.connection
    try:
        await probe(keeper.reader)
    except SyncdError as error:
        shown = {"ok": False, "message": error.message, "remedy": error.remedy, "error_class": type(error).__name__}
    else:
        said = f"{connection.vendor.title} answers at {connection.base_url} and accepts the credentials."
        shown = {"ok": True, "message": said, "remedy": "", "error_class": None}
    return {"name": keeper.name, **shown}


VERBS: dict[str, Verb] = {
    "backfill": backfill, "check": check, "pause": pause, "resume": resume, "trigger": trigger,
}  # fmt: skip


class Tasks:
    """Takes tasks from the table and does them side by side; what needs the vendor waits in its connection's lanes."""

    def __init__(self, service: Service, keepers: Keepers, tick_s: float) -> None:
        self._service = service
        self._keepers = keepers
        self._tick_s = tick_s

    async def keep(self) -> None:
        """Look for tasks, for ever."""
        store, clock = self._service.store, self._service.clock
        async with asyncio.TaskGroup() as group:
            for task in await insist(clock, lambda: store.tasks("running")):
                if self._is_ours(task):
                    await self._take_up(task, group)
            while True:
                for task in await insist(clock, lambda: store.tasks("asked")):
                    if self._is_ours(task):
                        await insist(clock, partial(store.start_task, task.id))
                        group.create_task(self._do(task), name=f"task {task.id}")
                await clock.sleep(self._tick_s)

    async def _take_up(self, task: Task, group: asyncio.TaskGroup) -> None:
        """What a daemon before us left behind: begun again where that does no harm."""
        if task.verb in REPEATABLE:
            group.create_task(self._do(task), name=f"task {task.id}")
        else:
            await self._finish(task, "failed", _failed("The daemon was stopped meanwhile."))

    def _is_ours(self, task: Task) -> bool:
        """Whether we hold what it is about; on PostgreSQL another daemon may have other connections."""
        named = task.arguments.get("connections") or task.arguments.get("wanted")
        return isinstance(named, dict | list) and all(name in self._keepers for name in named)

    async def _do(self, task: Task) -> None:
        log.info("task begun", action="task_begun", task=task.id, verb=task.verb)
        verb = VERBS.get(task.verb)
        if verb is None:
            outcome, result = "failed", _failed(f"This daemon does not know {task.verb!r}.")
        else:
            try:
                outcome, result = "done", await verb(self._keepers, task.arguments)
            except (KeyError, TypeError, ValueError) as error:
                outcome, result = "failed", _failed(f"The task cannot be read: {type(error).__name__} {error}.")
        await self._finish(task, outcome, result)
        log.info("task ended", action="task_ended", task=task.id, verb=task.verb, state=outcome)

    async def _finish(self, task: Task, outcome: str, result: dict[str, Any]) -> None:
        store = self._service.store
        await insist(self._service.clock, lambda: store.finish_task(task.id, outcome, result))


def _failed(why: str) -> dict[str, Any]:
    return {"exit_code": 1, "runs": [], "problems": [why]}
