"""The server of the benchmark: prepared pages from memory, in its own process, as fast as it is asked.

``python -m benchmarks.server --rows N`` prints its base URL as the first line and serves until it is ended. It keeps
the rules of Trackops that a walk leans on (``page``, ``mode=count``, ``updated_from``, an empty page past the end) and
has no limit.
``POST /change`` changes 1 % of the records and answers when the new pages are prepared.
"""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime

import msgspec
from aiohttp import web

from benchmarks import record

NOTHING = b"[]"


class Served:
    """The pages as they are now."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.all = list(record.pages(rows))
        self.changed: list[bytes] = []
        self.requests = 0

    def change(self) -> None:
        """Change 1 % of the records."""
        now = datetime.now(UTC)
        self.all = list(record.pages(self.rows, now))
        self.changed = list(record.changed_pages(self.rows, now))

    def answer(self, query: dict[str, str]) -> bytes:
        """The body for a question."""
        changed_only = "updated_from" in query
        if query.get("mode") == "count":
            count = len(range(record.CHANGED_EVERY, self.rows + 1, record.CHANGED_EVERY)) if changed_only else self.rows
            if changed_only and not self.changed:
                count = 0
            return msgspec.json.encode({"record_count": count, "page_count": -(-count // record.PER_PAGE)})
        pages = self.changed if changed_only else self.all
        page = int(query.get("page", "1"))
        return pages[page - 1] if page <= len(pages) else NOTHING


def application(served: Served) -> web.Application:
    """The server's routes."""

    async def events(request: web.Request) -> web.Response:
        served.requests += 1
        return web.Response(body=served.answer(dict(request.query)), content_type="application/json")

    async def change(_request: web.Request) -> web.Response:
        served.change()
        return web.json_response({"requests": served.requests})

    async def other(_request: web.Request) -> web.Response:
        served.requests += 1
        return web.Response(body=NOTHING, content_type="application/json")

    app = web.Application()
    app.router.add_get("/api/v1/events", events)
    app.router.add_post("/change", change)
    app.router.add_get("/api/v1/{collection:.*}", other)
    return app


async def serve(rows: int) -> None:
    """Serve *rows* records on a free port of loopback until cancelled."""
    runner = web.AppRunner(application(Served(rows)), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    asyncio.run(serve(parser.parse_args().rows))


if __name__ == "__main__":
    main()
