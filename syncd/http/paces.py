"""The paces of one connection: one for each class of its vendor's calls, and none waits for another."""

from __future__ import annotations

from collections.abc import Callable

from syncd.clock import Clock
from syncd.http.options import ClientOptions
from syncd.http.pace import Pace
from syncd.http.spacing import Hosts
from syncd.vendors.base import Vendor


class Paces:
    """Turns for the calls of one connection, by their class (``by_class``); belongs to one event loop.

    *hosts* has the limits by address, which the classes share with each other and with other connections.
    """

    def __init__(
        self, vendor: Vendor, options: ClientOptions, *, clock: Clock, hosts: Hosts, random: Callable[[], float]
    ) -> None:
        self._class_of = vendor.class_of
        now = clock.monotonic()
        self.by_class = {
            name: Pace(
                options.rates.get(name) or (limits.rate,),
                after_answer=limits.after_answer,
                parallel=options.parallel.get(name) or limits.parallel,
                clock=clock,
                limits=limits,
                host=None if limits.host is None else hosts.pace(options.base_url, limits.host, now),
                random=random,
            )
            for name, limits in vendor.limits_by_class.items()
        }

    @property
    def parallel(self) -> int:
        """How many requests of all classes together may be in flight at once."""
        return sum(pace.parallel for pace in self.by_class.values())

    def of(self, path: str) -> Pace:
        """The pace of the calls to *path*."""
        return self.by_class[self._class_of(path)]

    async def aclose(self) -> None:
        """Stop granting turns; whoever still waits is cancelled."""
        for pace in self.by_class.values():
            await pace.aclose()
