"""When walks end that are under way, foretold as `syncd plan` does: for the page of the daemon."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from syncd.cli.forecast import requested
from syncd.cli.known import known, present
from syncd.cli.selectors import Selected
from syncd.clock import SystemClock
from syncd.config import Config


def foreteller(config: Config) -> Callable[[str, list[str]], Awaitable[Mapping[str, float]]]:
    """A function of a connection and some of its collections: the seconds left of each, by what is still to be read."""
    clock = SystemClock()

    async def foretold(name: str, collections: list[str]) -> Mapping[str, float]:
        connection = config.connection(name)
        async with present(config, clock) as at:
            found = await known(at, Selected(connection, tuple(collections)), clock.now())
        return {
            one: requested(connection, connection.vendor.collection(one), found[one], None).seconds
            for one in collections
        }

    return foretold
