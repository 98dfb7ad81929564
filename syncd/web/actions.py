"""Signing in, and what somebody who has may ask of the daemon: through the table that commands use as well."""

from __future__ import annotations

from typing import Any, Final

import structlog
from aiohttp import web

from syncd.http.redact import one_line
from syncd.service import Service
from syncd.web.app import BEARER, SESSION, SITE, cookie_name, page, wants_page, wrong_token
from syncd.web.guard import SESSION as LASTS
from syncd.web.guard import Guard, is_form

SERVICE: Final = web.AppKey("service", Service)
ASKED: Final = {"trigger": "To be read now", "pause": "To be left alone", "resume": "To be read again"}
"""What may be asked for, and what is said when it was."""

log = structlog.get_logger()


async def sign_in_form(request: web.Request) -> web.StreamResponse:
    """The form for the token."""
    if request.get(SESSION) is not None:
        raise web.HTTPSeeOther("/")
    return await page(request, "login.html", title="Sign in", wrong=False)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """A session for whoever has the token."""
    site = request.app[SITE]
    _check_origin(request)
    if not site.guard.knows(request.host):
        raise web.HTTPMisdirectedRequest(text="Sign in by this machine's address.")
    token = str((await request.post()).get("token", ""))
    if not site.guard.accepts(token.strip()):
        await wrong_token(site)
        log.warning("wrong token", action="page_wrong_token", remote=request.remote)
        return await page(request, "login.html", status=403, title="Sign in", wrong=True)
    answer = web.Response(status=303, headers={"Location": "/"})
    answer.set_cookie(
        cookie_name(request),
        site.guard.session(site.clock.now()),
        httponly=True,
        samesite="Strict",
        path="/",
        max_age=int(LASTS.total_seconds()),
    )
    return answer


async def sign_out(request: web.Request) -> web.StreamResponse:
    """The end of a session in this browser."""
    await _form(request)
    answer = web.Response(status=303, headers={"Location": "/"})
    answer.del_cookie(cookie_name(request), path="/", httponly=True, samesite="Strict")
    return answer


async def act(request: web.Request) -> web.StreamResponse:
    """Hand a wish over to the daemon; it is followed on the page it came from."""
    fields = await _form(request)
    verb, selector = str(fields.get("verb", "")), str(fields.get("selector", ""))
    if verb not in ASKED:
        raise web.HTTPBadRequest(text=f"{one_line(verb[:50])!r} cannot be asked for: {', '.join(ASKED)} can.")
    wanted = _wanted(request, verb, selector)
    number = await request.app[SERVICE].store.add_task(verb, {"wanted": wanted})
    log.info("asked for by the page", action="page_asked", verb=verb, selector=selector, task=number)
    if not wants_page(request):
        return web.json_response({"task": number, "verb": verb, "wanted": wanted}, status=202)
    raise web.HTTPSeeOther(_back(str(fields.get("back", "/")), number))


def _wanted(request: web.Request, verb: str, selector: str) -> dict[str, list[str] | None]:
    """What a task is about, checked against the configuration and what this daemon keeps."""
    service = request.app[SERVICE]
    name, dot, collection = selector.partition(".")
    if name not in service.readers:
        raise web.HTTPNotFound(text=f"This daemon keeps no connection {one_line(name[:60])!r}.")
    collections = service.readers[name].connection.collections
    if dot and collection not in collections:
        raise web.HTTPNotFound(text=f"{name} has no collection {one_line(collection[:60])!r} that is switched on.")
    if dot:
        return {name: [collection]}
    return {name: list(collections) if verb == "trigger" else None}


async def _form(request: web.Request) -> Any:  # noqa: ANN401 (aiohttp's own)
    """The fields of a form that may change something: from one of our pages in a session, or sent with the token."""
    if request.get(BEARER):
        return await request.post()
    session = request.get(SESSION)
    if session is None:
        if not request.app[SITE].guard.can_sign_in:
            raise web.HTTPForbidden(text="This page only shows: there is no server.token in the configuration.")
        if wants_page(request):
            raise web.HTTPSeeOther("/login")
        raise web.HTTPUnauthorized(text="Send the token: `Authorization: Bearer …`.")
    _check_origin(request)
    fields = await request.post()
    if not is_form(session, str(fields.get("csrf", ""))):
        raise web.HTTPForbidden(text="This form is not of this session. Load the page again.")
    return fields


def _check_origin(request: web.Request) -> None:
    headers = request.headers
    if not Guard.is_same_origin(request.host, headers.get("Origin"), headers.get("Sec-Fetch-Site")):
        raise web.HTTPForbidden(text="This form comes from another page.")


def _back(path: str, number: int) -> str:
    """The page the form was on: a path of ours, whatever was sent."""
    where = path.partition("?")[0]
    return f"{where}?task={number}" if where.startswith("/") and not where.startswith(("//", "/\\")) else "/"


async def task_said(request: web.Request) -> str:
    """What has become of the task that a page was led back with; "" if of none."""
    number = request.query.get("task", "")
    if not number.isdecimal() or len(number) > len(str(2**63)):
        return ""
    found = await request.app[SITE].figures.ask(lambda store: store.task(int(number)))
    if found is None:
        return ""
    what = ASKED.get(found.verb, found.verb)
    if found.state == "failed":
        result = found.result if isinstance(found.result, dict) else {}
        problems = " ".join(map(str, result.get("problems", ()))) or str(result.get("message", ""))
        return f"{what}: not done. {problems}".strip()
    states = {"asked": "asked for", "running": "under way", "done": "done"}
    return f"{what}: {states[found.state]}."
