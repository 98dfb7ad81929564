"""A daemon with its page for tests: a real process on a free port, or in the test's own loop, and a browser for it."""

from __future__ import annotations

import asyncio
import io
import os
import shutil
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from syncd import log as logs
from syncd.config import Config, load
from syncd.daemon.notify import Pulse
from syncd.daemon.schedule import Schedule
from syncd.daemon.supervise import Running
from syncd.service import DAEMON, open_service
from syncd.standin.server import StandIn
from syncd.web.server import serve
from tests.daemon.processes import QUICK, Clock, Place, Process, Supervised, place, supervised, until

TOKEN = "canary-page-token-9c41"
OFF = '[server]\nlisten = "off"'
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = "no Chromium: `make browser` installs it"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to a request."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Site:
    """A served page: ``here`` is its vendor, database and configuration."""

    here: Place
    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.send("GET", path, headers=headers)

    async def post(self, path: str, fields: Mapping[str, str] | None = None, **headers: str) -> Answer:
        return await self.send("POST", path, headers=headers, fields=fields)

    async def send(
        self, method: str, path: str, *, headers: Mapping[str, str], fields: Mapping[str, str] | None = None
    ) -> Answer:
        """A request as it is: no redirection is followed. ``Sec_Fetch_Site`` names the header with dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        jar = aiohttp.DummyCookieJar()
        if self.cookies:
            named.setdefault("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as session,
            session.request(
                method, self.url + path, headers=named, data=dict(fields or {}) or None, allow_redirects=False
            ) as answer,
        ):
            set_now = {name: morsel.value for name, morsel in answer.cookies.items()}
            return Answer(answer.status, await answer.text(), dict(answer.headers), set_now)

    async def sign_in(self) -> str:
        """A session for the requests to come; what its forms must carry."""
        answer = await self.post("/login", {"token": TOKEN})
        assert 303 == answer.status, answer.text
        self.cookies |= answer.cookies
        page = await self.get("/", Accept="text/html")
        return page.text.partition('name="csrf" value="')[2].partition('"')[0]


def configured(here: Place, *, listen: str = "127.0.0.1:0", token: str | None = TOKEN) -> Config:
    """The place's configuration with the page switched on."""
    file = here.folder / "config.toml"
    given = f'\ntoken = "{token}"' if token else ""
    text = file.read_text()
    assert OFF in text
    file.write_text(text.replace(OFF, f'[server]\nlisten = "{listen}"{given}'))
    return load(file, environ={})


@asynccontextmanager
async def started(
    folder: Path, url: str, *, listen: str = "127.0.0.1:0", token: str | None = TOKEN, **options: Any
) -> AsyncIterator[tuple[Site, Process]]:
    """``syncd run`` as a process, with its page."""
    async with place(folder, url, **options) as here:
        configured(here, listen=listen, token=token)
        async with here.run() as process:
            said = await process.says("page_served", within_s=30)
            yield Site(here, said["url"].rstrip("/").replace("0.0.0.0", "127.0.0.1")), process  # noqa: S104 (what was listened on)


@asynccontextmanager
async def within(
    folder: Path,
    url: str,
    *,
    clock: Clock | None = None,
    token: str | None = TOKEN,
    prepare: Callable[[StandIn], None] = lambda _: None,
    **options: Any,
) -> AsyncIterator[tuple[Site, Supervised]]:
    """The daemon with its page in the test's own loop; *prepare* is told of the vendor before it is asked."""
    async with place(folder, url, **options) as here:
        prepare(here.vendor)
        config = configured(here, token=token)
        async with supervised(config, clock or Clock(), QUICK, beside=serve) as daemon:
            await until(lambda: "page_served" in daemon.said.getvalue(), "served")
            yield Site(here, _url(daemon.said.getvalue())), daemon


@asynccontextmanager
async def alone(config: Config, clock: Clock | None = None) -> AsyncIterator[str]:
    """The page without the daemon's other parts: its address. Nothing but it looks at the database."""
    clock = clock or Clock()
    said = io.StringIO()
    logs.configure(level="info", format="json", stream=said)
    async with open_service(config, lock=True, holder=DAEMON, clock=clock, connections=[]) as service:
        schedule = Schedule(clock, lambda _: None)
        schedule.start()
        page = asyncio.create_task(serve(Running(service, {}, schedule, Pulse(clock, 900.0))))
        try:
            await until(lambda: "page_served" in said.getvalue() or page.done(), "served")
            yield _url(said.getvalue())
        finally:
            page.cancel()
            await asyncio.wait({page})
            schedule.close()
            structlog.reset_defaults()


def _url(said: str) -> str:
    return said.partition('"url": "')[2].partition('/"')[0]


# --- browsers ---------------------------------------------------------------------------------------------------------
async def browser_or_skip() -> AsyncIterator[Browser]:
    """For a fixture: the system's Chromium; without it the tests are skipped, except in CI, where that is a failure."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    async with async_playwright() as playwright:
        # Root, as which CI runs, has no sandbox; nothing but our own page is looked at.
        made = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield made
        finally:
            async with asyncio.timeout(30):
                await made.close()


@asynccontextmanager
async def looking(browser: Browser, site: Site, *, signed_in: bool = False, **options: Any) -> AsyncIterator[Page]:
    """A window on the page. It fails the test if it complains, or asks anybody but us for anything."""
    context: BrowserContext = await browser.new_context(**options)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else complaints.append(asked.url))
    try:
        if signed_in:
            await page.goto(f"{site.url}/login")
            await page.get_by_label("Token").fill(TOKEN)
            await page.keyboard.press("Enter")
            await page.wait_for_url(f"{site.url}/")
        yield page
        assert [] == complaints
    finally:
        await context.close()
