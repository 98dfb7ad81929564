"""Asking a vendor one thing, for the commands that try a connection or count what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from syncd.ask import Ask
from syncd.clock import Clock
from syncd.collection import Collection, Listing
from syncd.config import ConnectionConfig
from syncd.crew import drive
from syncd.errors import SyncdError, Unavailable
from syncd.http.client import Client, Meter
from syncd.lane import Lane
from syncd.reading import Account, Part
from syncd.service import client_options
from syncd.walk import count

PATIENCE_S = 90.0
"""Longest wait of a person for one connection's answer, attempts and pauses included."""
SKEW_SHOWN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tried:
    """How a connection answered: ``error`` None means well. ``message`` is for a person, ``remedy`` may be empty."""

    name: str
    message: str
    remedy: str = ""
    error: SyncdError | None = None

    @property
    def ok(self) -> bool:
        """Whether the vendor answered as it should."""
        return self.error is None


def client(connection: ConnectionConfig, clock: Clock, state_dir: Path) -> Client:
    """The connection's client, at its own pace; to be opened by ``async with``. Sessions are kept in *state_dir*."""
    return Client(connection.vendor, client_options(connection, state_dir), clock=clock)


async def try_connection(connection: ConnectionConfig, clock: Clock, state_dir: Path) -> Tried:
    """Ask the vendor's cheapest authenticated question once, in the session kept in *state_dir* if there is one."""
    vendor, name = connection.vendor, connection.name
    try:
        async with client(connection, clock, state_dir) as asking, asyncio.timeout(PATIENCE_S):
            await asking.asker(Lane.TRIGGER, Meter())(vendor.probe)
            offset = asking.vendor_offset
    except TimeoutError:
        error = Unavailable(
            f"{vendor.title} did not answer within {PATIENCE_S:.0f} seconds.",
            remedy="Try again later; if it lasts, check the address and the way to the internet.",
        )
        return Tried(name, error.message, error.remedy, error)
    except SyncdError as error:
        return Tried(name, error.message, error.remedy, error)
    message = f"{vendor.title} answers at {connection.base_url} and accepts the credentials."
    if offset is not None and abs(offset) > SKEW_SHOWN:
        minutes = round(offset.total_seconds() / 60)
        behind = "behind" if minutes > 0 else "ahead of"
        message += f" This machine's clock is {abs(minutes)} minutes {behind} the vendor's."
        return Tried(name, message, "Set this machine's clock; copies stay right, but times of runs do not.")
    return Tried(name, message)


async def counts(
    connection: ConnectionConfig,
    wanted: Iterable[tuple[Collection, tuple[tuple[str, str], ...]]],
    clock: Clock,
    state_dir: Path,
) -> dict[str, int | None]:
    """The vendor's number of records of each collection under its filters: one request each, at the connection's pace.

    None where the account cannot count. Raises VendorError.
    """
    found: dict[str, int | None] = {}
    async with client(connection, clock, state_dir) as asking:
        ask = asking.asker(Lane.TRIGGER, Meter())
        for collection, filters in wanted:
            found[collection.name] = await count(connection.vendor, collection, ask, filters)
    return found


def countable(connection: ConnectionConfig) -> tuple[Collection, ...]:
    """The collections whose rows others are asked for by, and that a vendor which cannot count tells in one reading."""
    vendor = connection.vendor
    names = {parents.collection for name in connection.collections for parents in vendor.collection(name).parents}
    found = (vendor.collection(name) for name in connection.collections if name in names)
    return tuple(one for one in found if isinstance(one.strategy, Listing) and one.strategy.parents is None)


async def listed(
    connection: ConnectionConfig, wanted: Iterable[Collection], clock: Clock, state_dir: Path
) -> dict[str, int]:
    """The number of records of each listing of *wanted*, read once and thrown away. Raises VendorError."""
    found: dict[str, int] = {}
    async with client(connection, clock, state_dir) as asking:
        ask = asking.asker(Lane.TRIGGER, Meter())
        learn = connection.vendor.learn
        account = connection.account() if learn is None else await drive(learn(), ask, _nothing)
        for collection in wanted:
            found[collection.name] = await _length(collection, account, ask)
    return found


async def _length(collection: Collection, account: Account, ask: Ask) -> int:
    if not isinstance(collection.strategy, Listing):
        raise TypeError(collection.name)
    number = 0

    async def count_page(records: list[Any]) -> None:
        nonlocal number
        number += len(records)

    taken = await drive(collection.strategy.read(account, Part()), ask, count_page)
    return number + len(taken.records)


async def _nothing(_records: list[Any]) -> None:
    """What an account tells is no record."""
