"""Asking a vendor one thing, for the commands that try a connection or count what it holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from syncd.clock import Clock
from syncd.collection import Collection
from syncd.config import ConnectionConfig
from syncd.errors import SyncdError, Unavailable
from syncd.http.client import Client, Meter
from syncd.lane import Lane
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


def client(connection: ConnectionConfig, clock: Clock) -> Client:
    """The connection's client, at its own pace; to be opened by ``async with``."""
    return Client(connection.vendor, client_options(connection), clock=clock)


async def try_connection(connection: ConnectionConfig, clock: Clock) -> Tried:
    """Ask the vendor's cheapest authenticated question once."""
    vendor, name = connection.vendor, connection.name
    try:
        async with client(connection, clock) as asking, asyncio.timeout(PATIENCE_S):
            await asking.asker(Lane.TRIGGER, Meter())(vendor.probe)
            offset = asking.vendor_offset
    except TimeoutError:
        error = Unavailable(
            f"{vendor.title} did not answer within {PATIENCE_S:.0f} seconds.",
            remedy="Try again later; if it lasts, check subdomain or base_url and the way to the internet.",
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
    tell: Callable[[Collection, int | None], None] = lambda _collection, _number: None,
) -> dict[str, int | None]:
    """The vendor's number of records of each collection under its filters: one request each, at the connection's pace.

    None where the account cannot count. Raises VendorError.
    """
    found: dict[str, int | None] = {}
    async with client(connection, clock) as asking:
        ask = asking.asker(Lane.TRIGGER, Meter())
        for collection, filters in wanted:
            found[collection.name] = await count(connection.vendor, collection, ask, filters)
            tell(collection, found[collection.name])
    return found
