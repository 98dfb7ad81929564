"""Stand-in vendors as real servers on loopback, with their content, switchboard and log in reach."""

import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from syncd.standin import control
from syncd.standin.log import RequestLog
from syncd.standin.service import Plugged
from syncd.standin.switchboard import Switchboard
from syncd.standin.trackops.calls import CALLS as TRACKOPS_CALLS
from syncd.standin.trackops.content import Content
from syncd.standin.trackops.service import Service, Settings
from syncd.standin.trackops.spelling import Spelling

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """One address on loopback; serves inside `async with`."""

    def __init__(self, handle: Handler, calls: Mapping[str, control.Call], port: int, base_path: str) -> None:
        """`handle` answers what is asked of the vendor, `calls` what is asked of the stand-in; `port` 0 takes any."""
        self._handle = handle
        self._base_path = base_path
        self._calls = calls
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The base URL a client is configured with."""
        return self.origin + self._base_path

    async def start(self) -> None:
        """Begins to serve. After `stop` it may be started again, on the same port."""
        app = web.Application()
        control.add_to(app, self, self._calls)
        app.router.add_route("*", "/{path:.*}", self._handle)
        # A client that left must not keep a handler that never answers.
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.05)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port, reuse_address=True).start()
        self._port = runner.addresses[0][1]
        self._runner = runner

    async def stop(self) -> None:
        """Closes every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        """Starts."""
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops."""
        await self.stop()


class StandIn(Server):
    """`async with StandIn.trackops(cases=60) as vendor:` serves an account until the block ends."""

    # What stands behind these two is the vendor's own: `syncd.standin.VENDOR.content.Content`, `….service.Settings`.
    content: Any
    settings: Any

    def __init__(self, service: Plugged, port: int = 0, calls: Mapping[str, control.Call] | None = None) -> None:
        """`content`, `switch`, `log` and `settings` may be used at any time, also while it serves."""
        super().__init__(service.handle, control.CALLS | dict(calls or {}), port, service.base_path)
        self.service: Any = service
        self.content = service.content
        self.switch: Switchboard = service.switch
        self.log: RequestLog = service.log
        self.settings = service.settings

    @classmethod
    def trackops(
        cls, *, seed: int = 1, cases: int = 60, rows: Mapping[str, int] | None = None, rate: float | None = None,
        port: int = 0, now: Callable[[], datetime] | None = None, clock_skew: timedelta = timedelta(0),
        monotonic: Callable[[], float] = time.monotonic, spelling: Spelling | None = None,
        settings: Settings | None = None,
    ) -> Self:  # fmt: skip
        """A Trackops account of that size; `rate` in requests a second, None for no limit.

        `rows` gives single collections an exact size. `now` is the true time and `clock_skew` how far the vendor's
        clock is ahead of it; `monotonic`, in seconds, is what the rate is judged by.
        """
        settings = settings or Settings()
        settings.rate, settings.clock_skew = rate, clock_skew
        true_time = now or (lambda: datetime.now(UTC))
        content = Content(
            seed=seed, cases=cases, rows=rows, now=lambda: true_time() + settings.clock_skew, spelling=spelling
        )
        log = RequestLog((settings.token, f"{settings.username}/token"), monotonic)
        return cls(Service(content, Switchboard(seed), log, settings, monotonic), port, TRACKOPS_CALLS)

    @classmethod
    def trackunit(cls, *, port: int = 0, **options: object) -> Self:
        """A Trackunit Classic account; the options are those of `syncd.standin.trackunit.make`."""
        return cls.of("trackunit", port=port, **options)

    @classmethod
    def itrack(cls, *, port: int = 0, **options: object) -> Self:
        """An iTrack account; the options are those of `syncd.standin.itrack.make`."""
        return cls.of("itrack", port=port, **options)

    @classmethod
    def trackier(cls, *, port: int = 0, **options: object) -> Self:
        """A Trackier network; the options are those of `syncd.standin.trackier.make`."""
        return cls.of("trackier", port=port, **options)

    @classmethod
    def of(cls, vendor: str, *, port: int = 0, **options: object) -> Self:
        """An account of a vendor whose package has `make(**options) -> Service`, loaded when it is wanted."""
        return cls(import_module(f"syncd.standin.{vendor}").make(**options), port)

    @property
    def credentials(self) -> dict[str, str]:
        """What a connection is configured with beside the URL."""
        found: dict[str, str] = self.service.credentials
        return found

    @property
    def secrets(self) -> set[str]:
        """The settings that are never shown."""
        return set(self.credentials) - {"login", "time_zone", "username"}

    @property
    def username(self) -> str:
        """The login, without `/token`."""
        return self.credentials["username"]

    @property
    def token(self) -> str:
        """The account's API token."""
        return self.credentials["token"]
