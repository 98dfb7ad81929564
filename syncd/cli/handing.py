"""Handing work to the running daemon: asked for in a table, followed until it has ended, and told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from syncd.cli import output
from syncd.clock import Clock

if TYPE_CHECKING:
    # Loaded when a command runs: its help must be quick.
    from syncd.config import Config
    from syncd.store import Store

Wanted = Mapping[str, Sequence[str] | None]
"""What a task is about: collections by connection, None for whole ones."""
_RUNS_UNDER_WAY = 1000
"""Among so many newest runs those are looked for that have not ended."""


@asynccontextmanager
async def opened(config: Config, clock: Clock) -> AsyncIterator[Store]:
    """The database, neither migrated nor locked."""
    from syncd.store import Store

    store = await Store.open(config.database.url, config.vendors(), clock=clock, upgrade=False)
    try:
        yield store
    finally:
        await store.close()


async def handed_over(
    store: Store, clock: Clock, verb: str, wanted: Wanted, **arguments: object
) -> list[dict[str, Any]]:
    """Have the daemon do *verb* for each connection of *wanted*; what came of each, in their order.

    One task for each connection: on PostgreSQL each may have a daemon of its own. Raises UsageError if none takes it.
    """
    from syncd.service import ask_daemon

    asked = (
        ask_daemon(store, clock, verb, {"wanted": {name: names and list(names)}, **arguments})
        for name, names in wanted.items()
    )
    return [task.result or {} for task in await asyncio.gather(*asked)]


async def runs_handed_over(
    config: Config, clock: Clock, verb: str, wanted: Wanted, *, as_json: bool, **arguments: object
) -> int:
    """Runs by the daemon: asked for, followed and shown like those of a command's own; the exit code."""
    async with opened(config, clock) as store:
        output.note("Handed to the running daemon; interrupting this command does not stop it there.")
        for line in await _waits_for(store, wanted):
            output.note(line)
        results = await handed_over(store, clock, verb, wanted, **arguments)
        numbers = {number for result in results for number in result.get("runs", ())}
        since = await store.runs_since(min(numbers) - 1) if numbers else []
        rows = [row for row in since if row["id"] in numbers]
    code = max(int(result.get("exit_code", 1)) for result in results)
    if as_json:
        output.print_json({"exit_code": code, "runs": rows})
    else:
        from syncd.cli.progress import print_rows

        print_rows(rows)
    for result in results:
        for problem in result.get("problems", ()):
            output.note(problem)
    return code


async def _waits_for(store: Store, wanted: Wanted) -> list[str]:
    """What is being read of *wanted* already, in words: each collection is read by one run at a time."""
    found = []
    for row in reversed(await store.runs(list(wanted), last=_RUNS_UNDER_WAY)):
        names = wanted[row["connection"]]
        if row["state"] == "running" and (names is None or row["collection"] in names):
            name = f"{row['connection']}.{row['collection']}"
            since = f"{row['started_at']:%Y-%m-%d %H:%M} UTC"
            found.append(f"{name} is being read since {since} ({row['kind']}): this waits for its end.")
    return found
