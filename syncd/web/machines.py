"""What machines read: whether the process lives, whether it is fit to be relied on, the status document, metrics."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Final

from aiohttp import web

from syncd.daemon.supervise import Running
from syncd.errors import StoreError
from syncd.web.app import SITE
from syncd.web.metrics import Metrics
from syncd.wording import plain

METRICS: Final = web.AppKey("metrics", Metrics)
DAEMON: Final = web.AppKey("daemon", Running)
SILENT_S: Final = 300.0
"""A transaction of some minutes is rare but possible: the end of a sweep in a large table."""


async def alive(_request: web.Request) -> web.Response:
    """The loop runs: that it answers is all there is to say."""
    return web.Response(text="ok\n")


async def ready(request: web.Request) -> web.Response:
    """Whether the database answers and work goes on; else what does not, one line each."""
    daemon = request.app[DAEMON]
    problems = []
    if daemon.writer.silent_s > SILENT_S:
        problems.append(f"The database's writer has not answered for {daemon.writer.silent_s:.0f} seconds.")
    if not daemon.schedule.running:
        problems.append("The scheduler does not answer.")
    try:
        await request.app[SITE].figures.ask(lambda store: store.newest_run())
    except StoreError as error:
        problems.append(request.app[SITE].redact(str(error)))
    if problems:
        return web.Response(status=503, text="".join(f"{problem}\n" for problem in problems))
    return web.Response(text="ok\n")


async def status(request: web.Request) -> web.Response:
    """The document of ``syncd status --json``."""
    site = request.app[SITE]
    found = await site.figures.document()
    return web.Response(body=await asyncio.to_thread(_as_json, found, site.redact), content_type="application/json")


def _as_json(document: object, redact: Callable[[str], str]) -> bytes:
    return json.dumps(plain(document, redact), ensure_ascii=False, allow_nan=False).encode()


async def metrics(request: web.Request) -> web.Response:
    """Everything countable, in Prometheus' text format."""
    body, kind = await request.app[METRICS].text()
    return web.Response(body=body, headers={"Content-Type": kind})
