"""Runs that end before their time, as both state machines have them, and the empty files they begin with."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from syncd import steps
from syncd.clock import SystemClock
from syncd.plan import RunKind
from syncd.reader import Request
from syncd.run import run
from syncd.store import Store
from syncd.vendors import VENDORS
from tests.kit import Account


class PlantedError(Exception):
    """Raised by these tests only."""


@cache
def template(vendor: str) -> Path:
    """A migrated, empty SQLite file."""
    file = Path(tempfile.mkdtemp(prefix=f"syncd-{vendor}-")) / "syncd.db"

    async def migrate() -> None:
        await (await Store.open(f"sqlite:///{file}", (VENDORS[vendor],), clock=SystemClock())).close()

    asyncio.run(migrate())
    return file


async def at_step(account: Account, name: str, nth: int, kind: RunKind) -> None:
    """A run of one collection that fails behind its *nth* named step."""
    passed = 0

    def hook(_step: str) -> None:
        nonlocal passed
        passed += 1
        if passed > nth:
            raise PlantedError

    steps.watch(hook)
    try:
        with suppress(PlantedError):
            await run(account.reader, account.collection(name), Request(kind=kind))
    finally:
        steps.watch(None)


async def cancelled(account: Account, name: str, turns: int) -> None:
    """A run of one collection that is cancelled after so many turns of the loop."""
    task = asyncio.create_task(run(account.reader, account.collection(name), Request()))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
