"""The pages that people read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from syncd.config import ConnectionConfig
from syncd.status import state_of
from syncd.store import ConnectionState
from syncd.store.overview import Total
from syncd.web import shown
from syncd.web.actions import task_said
from syncd.web.app import SITE, Site, page
from syncd.web.live import Speed, UnderWay
from syncd.web.shown import Summary, summary

ALL_SHOWN: Final = 150
"""Up to so many collections the overview lists each; of more only those that are not as they should be."""
RUNS_SHOWN: Final = 60
REJECTS_SHOWN: Final = 200
FAILURES_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A connection as pages show it. ``rows`` are of the collections that are listed, ``is_whole`` says if all are."""

    name: str
    vendor: str
    state: str
    message: str | None
    is_kept: bool
    summary: Summary
    rows: list[dict[str, Any]]
    is_whole: bool
    speeds: list[Speed]
    under_way: list[UnderWay]


async def _page(request: web.Request, template: str, **values: Any) -> web.Response:  # noqa: ANN401 (what templates show)
    return await page(request, template, task=await task_said(request), **values)


async def overview(request: web.Request) -> web.Response:
    """Every connection and its collections."""
    site = _looked(request)
    totals = await site.figures.totals()
    states = await site.figures.ask(lambda store: store.connection_states())
    all_of_them = summary(totals)
    is_whole = all_of_them.collections <= ALL_SHOWN
    wanted = None if is_whole else shown.TROUBLED
    rows = await site.figures.ask(lambda store: store.shown(states=wanted, last=ALL_SHOWN))
    connections = [
        _shown(site, name, states, totals, [row for row in rows if row["connection"] == name], is_whole=is_whole)
        for name in _names(site, totals, states)
    ]
    rejects = await site.figures.ask(lambda store: store.reject_counts())
    return await _page(
        request,
        "overview.html",
        title="Overview",
        summary=all_of_them,
        connections=connections,
        stopped=[one for one in connections if one.state == "stopped"],
        troubled=[row for row in rows if row["state"] in {"failed", "held"}],
        rejects=sum(rejects.values()),
        database=site.config.database.shown,
    )


async def connection(request: web.Request) -> web.Response:
    """One connection: its collections, its last thirty days, its last runs."""
    site, name = _looked(request), request.match_info["connection"]
    totals = await site.figures.totals(name)
    states = await site.figures.ask(lambda store: store.connection_states())
    if name not in _names(site, totals, states):
        raise web.HTTPNotFound(text=f"There is no connection {name!r}.")
    rows = await site.figures.ask(lambda store: store.shown(name, last=1000))
    days = await site.figures.days(name)
    runs = await site.figures.ask(lambda store: store.recent_runs(name, RUNS_SHOWN))
    return await _page(
        request,
        "connection.html",
        title=name,
        one=_shown(site, name, states, totals, rows, is_whole=True),
        charts=shown.day_charts(days, site.clock.now().date()),
        runs=runs[:20],
    )


async def collection(request: web.Request) -> web.Response:
    """One collection: how current, its history, what was set aside of it."""
    site, name, of = _looked(request), request.match_info["connection"], request.match_info["collection"]
    selector = f"{name}.{of}"
    found = [
        row for row in await site.figures.ask(lambda store: store.shown(name, last=1000)) if row["collection"] == of
    ]
    if not found:
        raise web.HTTPNotFound(text=f"There is no collection {selector!r}, or it was never read.")
    days = await site.figures.days(selector)
    runs = await site.figures.ask(lambda store: store.recent_runs(selector, RUNS_SHOWN))
    rejects = await site.figures.ask(lambda store: store.newest_rejects(selector, 20))
    configured = _configured(site, name)
    return await _page(
        request,
        "collection.html",
        title=selector,
        row=found[0],
        doc="" if configured is None else _doc(configured, of),
        is_kept=configured is not None and configured.enabled and of in configured.collections,
        under_way=[one for one in site.live.under_way(name) if one.progress.collection == of],
        charts=shown.day_charts(days, site.clock.now().date()) + shown.run_charts(runs),
        runs=runs[:30],
        rejects=rejects,
    )


async def rejects(request: web.Request) -> web.Response:
    """What could not be stored as typed."""
    site, selector = _looked(request), request.query.get("of") or None
    found = await site.figures.ask(lambda store: store.newest_rejects(selector, REJECTS_SHOWN))
    counts = await site.figures.ask(lambda store: store.reject_counts())
    return await _page(
        request, "rejects.html", title="Set aside", rejects=found, counts=sorted(counts.items()), selector=selector
    )


async def errors(request: web.Request) -> web.Response:
    """The runs that failed, in words."""
    site = _looked(request)
    runs = await site.figures.ask(lambda store: store.failures(FAILURES_SHOWN))
    return await _page(request, "errors.html", title="Errors", runs=runs)


def _looked(request: web.Request) -> Site:
    """The site, noting that somebody looks: only then is it worth foretelling when a walk ends."""
    site = request.app[SITE]
    site.looked_at = site.clock.monotonic()
    return site


def _names(site: Site, totals: Sequence[Total], states: dict[str, ConnectionState]) -> list[str]:
    """The configured connections in their order, then those only stored."""
    configured = [one.name for one in site.config.connections]
    return configured + sorted(({one.connection for one in totals} | states.keys()) - set(configured))


def _configured(site: Site, name: str) -> ConnectionConfig | None:
    return next((one for one in site.config.connections if one.name == name), None)


def _doc(configured: ConnectionConfig, name: str) -> str:
    return next((one.doc for one in configured.vendor.collections if one.name == name), "")


def _shown(
    site: Site,
    name: str,
    states: dict[str, ConnectionState],
    totals: Sequence[Total],
    rows: list[dict[str, Any]],
    *,
    is_whole: bool,
) -> Shown:
    configured, state = _configured(site, name), states.get(name)
    word, message = state_of(configured, state)
    return Shown(
        name,
        configured.vendor.title if configured is not None else state.vendor if state is not None else "",
        word,
        message,
        configured is not None and configured.enabled,
        summary(one for one in totals if one.connection == name),
        rows,
        is_whole,
        site.live.speeds(name),
        site.live.under_way(name),
    )
