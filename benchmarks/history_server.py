"""The server of the second job: units and the reports of their messages, from memory, as fast as it is asked.

``python -m benchmarks.history_server --units N --rows N`` (rows of each unit) prints its base URL as the first line and
serves until it is ended. Reports longer than the vendor's 31 days are refused.
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
from aiohttp import web

from benchmarks import history

LONGEST = timedelta(days=31)
TOO_LONG = b'{"responseStatus":{"errorCode":"invalidParameter (To)"}}'


def application(units: int, rows: int) -> web.Application:
    """The server's routes."""
    now = datetime.now(UTC)
    messages = history.Messages(rows, now)
    listed = msgspec.json.encode({"list": [history.unit(number, now) for number in range(1, units + 1)]})

    async def all_units(_request: web.Request) -> web.Response:
        return web.Response(body=listed, content_type="application/json")

    async def report(request: web.Request) -> web.Response:
        start, end = history.instant(request.query["from"]), history.instant(request.query["to"])
        is_short = end - start <= LONGEST
        body = messages.body(start, end) if is_short else TOO_LONG
        return web.Response(status=200 if is_short else 400, body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/public/Unit", all_units)
    app.router.add_get("/public/Report/UnitHistory", report)
    return app


async def serve(units: int, rows: int) -> None:
    """Serve on a free port of loopback until cancelled."""
    runner = web.AppRunner(application(units, rows), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, default=20)
    parser.add_argument("--rows", type=int, default=50_000)
    chosen = parser.parse_args()
    asyncio.run(serve(chosen.units, chosen.rows))


if __name__ == "__main__":
    main()
