"""The server as a part of the daemon: it opens its port, foretells what is left while somebody looks, and closes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from threading import Thread

import structlog
from aiohttp import web

from syncd.clock import Clock
from syncd.daemon.gate import insist
from syncd.daemon.supervise import Running
from syncd.errors import SyncdError
from syncd.web import actions, machines, pages
from syncd.web.app import SITE, make_app, static
from syncd.web.live import Live
from syncd.web.metrics import Metrics

Foretell = Callable[[str, list[str]], Awaitable[Mapping[str, float]]]
"""Seconds that are left of collections of a connection, by what the database knows."""

AGAIN_S = 60.0
FORETELLS_S = 15.0
LOOKED_S = 60.0
CLOSES_S = 2.0

log = structlog.get_logger()


async def serve(daemon: Running, foretell: Foretell | None = None) -> None:
    """Serve until cancelled. A port that cannot be had is told and tried again: what is synced needs no page."""
    service = daemon.service
    address = service.config.server.address
    if address is None:
        await asyncio.Event().wait()
        return
    app = _routed(daemon)
    # Its full name is asked of the resolver, which may take a minute where the network is down: nobody waits for that.
    Thread(target=lambda: app[SITE].guard.learn(socket.getfqdn()), name="own name", daemon=True).start()
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=CLOSES_S)
    await runner.setup()
    try:
        async with asyncio.TaskGroup() as group:
            # From the start on, not from when somebody first asks.
            group.create_task(insist(service.clock, app[machines.METRICS].begin))
            if foretell is not None:
                group.create_task(_foretell(app, service.clock, foretell))
            await _listen(runner, address, service.clock)
            await asyncio.Event().wait()
    finally:
        await runner.cleanup()
        await app[SITE].figures.close()


def _routed(daemon: Running) -> web.Application:
    service = daemon.service
    live = Live(daemon.keepers, service.clock)
    app = make_app(service.config, service.clock, live)
    app[actions.SERVICE] = service
    app[machines.DAEMON] = daemon
    app[machines.METRICS] = Metrics(service, app[SITE].figures, live)
    app.add_routes(
        [
            web.get("/", pages.overview),
            web.get("/rejects", pages.rejects),
            web.get("/errors", pages.errors),
            web.get("/c/{connection}", pages.connection),
            web.get("/c/{connection}/{collection}", pages.collection),
            web.get("/login", actions.sign_in_form),
            web.post("/login", actions.sign_in),
            web.post("/logout", actions.sign_out),
            web.post("/act", actions.act),
            web.get("/healthz", machines.alive),
            web.get("/readyz", machines.ready),
            web.get("/metrics", machines.metrics),
            web.get("/api/status", machines.status),
            web.get("/static/{name}", static),
        ]
    )
    return app


async def _listen(runner: web.AppRunner, address: tuple[str, int], clock: Clock) -> None:
    """Open the port, whenever it can be had."""
    host, port = address
    said = False
    while True:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            if not said:
                log.error(  # noqa: TRY400 (it says all there is)
                    "the status page cannot be served",
                    action="page_not_served",
                    listen=f"{host}:{port}",
                    reason=error.strerror or type(error).__name__,
                    remedy="Syncing goes on, and it is tried again every minute. Is another syncd, or another program, "
                    'on this port? Choose one by [server] listen; port 0 is any free one, "off" is none.',
                )
            said = True
            await clock.sleep(AGAIN_S)
        else:
            break
    shown = f"[{host}]" if ":" in host else host
    log.info("status page", action="page_served", url=f"http://{shown}:{runner.addresses[0][1]}/")


async def _foretell(app: web.Application, clock: Clock, foretell: Foretell) -> None:
    """While somebody looks at a page, work out when the walks end that no vendor's count tells of."""
    site = app[SITE]
    while True:
        await clock.sleep(FORETELLS_S)
        if clock.monotonic() - site.looked_at > LOOKED_S:
            continue
        wanted: dict[str, list[str]] = {}
        for name, collection in site.live.whole():
            wanted.setdefault(name, []).append(collection)
        for name, collections in wanted.items():
            try:
                site.live.foretold(name, await foretell(name, collections))
            except SyncdError as error:
                log.debug("nothing foretold", action="page_not_foretold", connection=name, reason=error.message)
