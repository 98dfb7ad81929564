"""The application: what every answer has in common, and which path leads where."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
import structlog
from aiohttp import web

from syncd import __version__
from syncd.clock import Clock
from syncd.config import Config
from syncd.errors import StoreError
from syncd.http.redact import Redactor, one_line
from syncd.web import shown
from syncd.web.figures import Figures
from syncd.web.guard import Guard, Session
from syncd.web.live import Live
from syncd.wording import instant, many, spelled

FOLDER: Final = Path(__file__).parent
BUILT_AT_ONCE: Final = 4
"""Pages made at the same time; more wait, so that a crowd costs the daemon no more than a few."""
OPEN: Final = frozenset({"/healthz", "/readyz", "/login"})
"""What is answered without a token even beyond loopback, as it tells nothing."""
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
    "Server": "syncd",
}
PLAIN: Final = {
    404: "There is nothing at this address. `/` is the overview, `/metrics` what Prometheus reads.",
    405: "This address does not take requests of that kind.",
    413: "That is too long.",
}
"""What is said where the library has only a number and its name."""
WRONG_TOKEN_S: Final = 1.0
GUESSES_AT_ONCE: Final = 8

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Site:
    """What the handlers share."""

    config: Config
    clock: Clock
    guard: Guard
    figures: Figures
    live: Live
    redact: Callable[[str], str]
    templates: jinja2.Environment
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BUILT_AT_ONCE))
    guesses: int = 0
    looked_at: float = float("-inf")


SITE: Final = web.AppKey("site", Site)
SESSION: Final = web.RequestKey("session", Session)
"""Who presented the token; absent for others."""
BEARER: Final = web.RequestKey("bearer", bool)


def make_app(config: Config, clock: Clock, live: Live) -> web.Application:
    """The application without its routes."""
    redact = Redactor(config.secrets()).text
    site = Site(config, clock, Guard(config.server), Figures(config, clock), live, redact, _templates(redact))
    app = web.Application(middlewares=[_safe, _guarded], client_max_size=16 * 1024)
    app[SITE] = site
    return app


def _templates(redact: Callable[[str], str]) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "ago": shown.ago, "ahead": shown.ahead, "number": shown.number, "moment": shown.moment, "took": shown.took,
        "instant": instant, "spelled": spelled, "many": many, "safe_line": lambda text: one_line(redact(str(text))),
        "needs": shown.needs, "freshness": shown.freshness, "due": shown.due,
    }  # fmt: skip
    made.globals |= {"version": __version__, "means": shown.MEANS, "static": static_url}
    return made


# --- what every answer has in common ----------------------------------------------------------------------------------
@web.middleware
async def _safe(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The headers, and what becomes of errors: a sentence, never a traceback."""
    try:
        answer = await handler(request)
    except web.HTTPException as error:
        answer = await said(request, error.status, _words(error), error.headers)
    except StoreError as error:
        answer = await said(request, web.HTTPServiceUnavailable.status_code, str(error))
    except asyncio.CancelledError:
        raise
    except Exception as error:
        # A page that cannot be made is no reason to stop the daemon.
        log.error("a page failed", action="page_failed", path=request.path, error=type(error).__name__)  # noqa: TRY400 (a traceback is for --debug)
        log.debug("where it failed", action="page_failed", exc_info=error)
        answer = await said(request, 500, "An error syncd does not know; its log names it.")
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _words(error: web.HTTPException) -> str:
    own = error.text != f"{error.status}: {error.reason}"
    return (error.text if own else PLAIN.get(error.status)) or error.reason


@web.middleware
async def _guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nobody by a name that is not ours, and beyond loopback nobody without the token."""
    site = request.app[SITE]
    bearer = site.guard.bearer(request.headers.get("Authorization"))
    if bearer is False:
        await wrong_token(site)
        raise web.HTTPUnauthorized(text="That is not the token.", headers={"WWW-Authenticate": "Bearer"})
    if bearer:
        request[BEARER] = True
    elif request.path not in OPEN and not site.guard.knows(request.host):
        raise web.HTTPMisdirectedRequest(
            text=f"This machine is not known as {one_line(request.host[:100])!r}. Use its address, or send the token."
        )
    session = site.guard.opened(request.cookies.get(cookie_name(request)), site.clock.now())
    if session is not None:
        request[SESSION] = session
    may_read = site.guard.is_local or bearer or session is not None
    if not may_read and request.path not in OPEN and not request.path.startswith("/static/"):
        if wants_page(request) and request.method == "GET":
            raise web.HTTPSeeOther("/login")
        raise web.HTTPUnauthorized(
            text="Send the token: `Authorization: Bearer …`.", headers={"WWW-Authenticate": "Bearer"}
        )
    return await handler(request)


async def wrong_token(site: Site) -> None:
    """Make guessing slow: each wrong token waits, and only a few wait at once."""
    if site.guesses >= GUESSES_AT_ONCE:
        raise web.HTTPTooManyRequests(
            text="Too many wrong tokens. Try again in a moment.", headers={"Retry-After": "2"}
        )
    site.guesses += 1
    try:
        await site.clock.sleep(WRONG_TOKEN_S)
    finally:
        site.guesses -= 1


def cookie_name(request: web.Request) -> str:
    """The session's cookie: with the port, as browsers keep one jar for all ports of a host."""
    port = request.url.port
    return f"syncd_{port}"


def wants_page(request: web.Request) -> bool:
    """Whether a person asks, by a browser."""
    return "text/html" in request.headers.get("Accept", "")


async def said(request: web.Request, status: int, text: str, headers: Any = None) -> web.Response:  # noqa: ANN401 (aiohttp's own)
    """A sentence as an answer: as a page to browsers, plainly to others; redirections as they are."""
    kept = {name: value for name, value in (headers or {}).items() if name not in {"Content-Type", "Content-Length"}}
    if status in {303, 304} or not wants_page(request):
        body = "" if status in {303, 304} else f"{request.app[SITE].redact(text)}\n"
        return web.Response(status=status, text=body, headers=kept)
    title = "Not found" if status == web.HTTPNotFound.status_code else "Not possible"
    answer = await page(request, "said.html", status=status, text=text, title=title)
    answer.headers.update(kept)
    return answer


async def page(request: web.Request, template: str, *, status: int = 200, **values: Any) -> web.Response:  # noqa: ANN401 (what templates show)
    """A page made of *template*, off the loop."""
    site = request.app[SITE]
    session = request.get(SESSION)
    context = {
        "now": site.clock.now(),
        "session": session,
        "guard": site.guard,
        "path": request.path,
        "back": request.rel_url.path_qs,
        **values,
    }
    async with site.room:
        text = await asyncio.to_thread(site.templates.get_template(template).render, context)
    return web.Response(status=status, text=text, content_type="text/html")


def now_of(request: web.Request) -> datetime:
    """The time now."""
    return request.app[SITE].clock.now()


# --- files ------------------------------------------------------------------------------------------------------------
_TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@cache
def _static() -> dict[str, tuple[bytes, str, str]]:
    """The files of the page with their kinds and marks, read once."""
    files = sorted((FOLDER / "static").iterdir())
    read = {file.name: file.read_bytes() for file in files if file.suffix in _TYPES}
    return {
        name: (body, _TYPES[Path(name).suffix], hashlib.sha256(body).hexdigest()[:12]) for name, body in read.items()
    }


def static_url(name: str) -> str:
    """Where a browser finds a file; another one after an upgrade, so that it may be kept for ever."""
    return f"/static/{name}?v={_static()[name][2]}"


async def static(request: web.Request) -> web.Response:
    """A file of the page."""
    found = _static().get(request.match_info["name"])
    if found is None:
        raise web.HTTPNotFound(text="There is no such file.")
    body, kind, _ = found
    return web.Response(
        body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "public, max-age=31536000, immutable"}
    )
