"""A stand-in vendor beside the test, in a thread of its own: for commands that run a loop themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from syncd.standin import StandIn

RATE = 200


def serving(**options: Any) -> AbstractContextManager[StandIn]:
    """A Trackops stand-in that answers until the block ends; *options* as ``StandIn.trackops`` takes them."""
    return served(StandIn.trackops(**{"seed": 3, "cases": 4, **options}))


@contextmanager
def served(vendor: StandIn) -> Iterator[StandIn]:
    """*vendor*, answering until the block ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="stand-in", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(vendor.start(), loop).result(10)
        try:
            yield vendor
        finally:
            asyncio.run_coroutine_threadsafe(vendor.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def configuration(vendor: StandIn, *, name: str = "acme", token: str | None = None, more: str = "") -> str:
    """A configuration of one connection to *vendor*, as fast as tests need it."""
    return f"""\
[database]
url = "sqlite:///syncd.db"

[connections.{name}]
vendor = "trackops"
base_url = "{vendor.url}"
username = "{vendor.username}"
token = "{vendor.token if token is None else token}"
rate = "{RATE}/s"
{more}
"""
