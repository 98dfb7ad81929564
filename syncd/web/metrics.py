"""Metrics for Prometheus: counted since the process began, or as the database and the paces have them now."""

from __future__ import annotations

import asyncio
import platform
from collections import Counter as Numbers
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from syncd import __version__
from syncd.service import Service
from syncd.web.figures import Figures
from syncd.web.live import Live

ROWS: Final = ("inserted", "updated", "unchanged", "tombstoned", "rejected")
SECONDS: Final = (0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 14_400)


# When a counter began, process_start_time_seconds tells: a series more for each of thousands tells no more.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics(Collector):
    """A registry of its own: nothing that a library registers elsewhere comes in."""

    def __init__(self, service: Service, figures: Figures, live: Live) -> None:
        self._service = service
        self._figures = figures
        self._live = live
        self._asking = asyncio.Lock()
        self._document: Mapping[str, Any] = {"connections": []}
        self._late_after: Mapping[tuple[str, str], int | None] = {}
        self._rejects: Mapping[tuple[str, str], int] = {}
        self._tasks: Mapping[str, int] = {}
        self._told: list[Metric] = []
        self._wal_bytes = 0
        self._counted: set[int] = set()
        self._after: int | None = None
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._rows = Counter(
            "syncd_rows",
            "Rows by what runs did with them",
            ["connection", "collection", "kind"],
            registry=self.registry,
        )
        self._runs = Counter(
            "syncd_runs", "Runs that ended, by their state", ["connection", "kind", "state"], registry=self.registry
        )
        self._durations = Histogram(
            "syncd_run_duration_seconds",
            "How long runs took",
            ["connection", "kind"],
            buckets=SECONDS,
            registry=self.registry,
        )
        kind = service.config.database.url.partition(":")[0]
        build = Gauge(
            "syncd_build_info", "What runs here; always 1", ["version", "python", "database"], registry=self.registry
        )
        build.labels(__version__, platform.python_version(), kind).set(1)
        self.registry.register(self)

    async def begin(self) -> None:
        """Count the runs that end from now on."""
        if self._after is None:
            self._after = await self._figures.ask(lambda store: store.newest_run())

    async def text(self) -> tuple[bytes, str]:
        """The whole text and its content type; made off the loop, by one at a time."""
        async with self._asking:
            await self.begin()
            self._document = await self._figures.document()
            self._late_after = {
                (one.connection, one.collection): one.late_after_s
                for one in await self._figures.ask(lambda store: store.states())
            }
            self._rejects = await self._figures.ask(lambda store: store.reject_counts())
            self._tasks = await self._figures.ask(lambda store: store.open_tasks())
            self._wal_bytes = await self._figures.ask(lambda store: store.wal_bytes())
            after = self._after or 0
            self._count(await self._figures.ask(lambda store: store.runs_since(after)))
            told = list(self._live_figures())
            return await asyncio.to_thread(self._exposed, told), CONTENT_TYPE_LATEST

    def _exposed(self, told: list[Metric]) -> bytes:
        self._told = told
        return generate_latest(self.registry)

    # --- runs --------------------------------------------------------------------------------------------------------
    def _count(self, runs: Iterable[Mapping[str, Any]]) -> None:
        """Take in the runs that ended since; those that go on are looked at again."""
        ours = self._service.readers
        going_on: list[int] = []
        newest = self._after or 0
        for row in runs:
            newest = max(newest, row["id"])
            if row["finished_at"] is None:
                going_on.append(row["id"])
            elif row["id"] not in self._counted and row["connection"] in ours:
                self._counted.add(row["id"])
                self._take(row)
        self._after = min(going_on, default=newest + 1) - 1
        self._counted = {number for number in self._counted if number > self._after}

    def _take(self, row: Mapping[str, Any]) -> None:
        for kind in ROWS:
            if row[kind]:
                self._rows.labels(row["connection"], row["collection"], kind).inc(row[kind])
        self._runs.labels(row["connection"], row["kind"], row["state"]).inc()
        seconds = max(0.0, (row["finished_at"] - row["started_at"]).total_seconds())
        self._durations.labels(row["connection"], row["kind"]).observe(seconds)

    # --- as it is now ------------------------------------------------------------------------------------------------
    def collect(self) -> Iterator[Metric]:
        """What the registry asks for, on another thread: values taken before."""
        yield from self._told
        yield from self._known()

    def _known(self) -> Iterator[Metric]:
        """By the database."""
        of_collection, of_connection = ["connection", "collection"], ["connection"]
        live = GaugeMetricFamily("syncd_live_rows", "Rows without tombstones", labels=of_collection)
        lag = GaugeMetricFamily("syncd_lag_seconds", "How far the copy is behind the vendor", labels=of_collection)
        good = GaugeMetricFamily(
            "syncd_last_success_timestamp_seconds", "When a run last ended well", labels=of_collection
        )
        target = GaugeMetricFamily(
            "syncd_late_after_seconds", "The age from which it counts as late", labels=of_collection
        )
        state = GaugeMetricFamily(
            "syncd_collection_state", "1 for the state it is in", labels=[*of_collection, "state"]
        )
        aside = GaugeMetricFamily("syncd_rejects", "Records and values that are set aside", labels=of_collection)
        connection = GaugeMetricFamily(
            "syncd_connection_state", "1 for the state it is in", labels=[*of_connection, "state"]
        )
        for one in self._document["connections"]:
            connection.add_metric([one["name"], one["state"]], 1)
            for row in one["collections"]:
                place = [one["name"], row["collection"]]
                state.add_metric([*place, row["state"]], 1)
                live.add_metric(place, row["live_rows"])
                if row["lag_seconds"] is not None:
                    lag.add_metric(place, row["lag_seconds"])
                if isinstance(row["last_success_at"], datetime):
                    good.add_metric(place, row["last_success_at"].timestamp())
                if late := self._late_after.get((one["name"], row["collection"])):
                    target.add_metric(place, late)
        for (name, collection), number in self._rejects.items():
            aside.add_metric([name, collection], number)
        tasks = GaugeMetricFamily("syncd_tasks", "What was asked of the daemon and is not done", labels=["state"])
        for word, number in self._tasks.items():
            tasks.add_metric([word], number)
        yield from (live, lag, good, target, state, aside, connection, tasks)

    def _live_figures(self) -> Iterator[Metric]:
        """By the paces and clients; on the loop."""
        labels = ["connection", "class"]
        used = GaugeMetricFamily("syncd_request_rate", "Requests a second in the last minute", labels=labels)
        allowed = GaugeMetricFamily(
            "syncd_request_rate_limit", "Requests a second that the pace allows now", labels=labels
        )
        held = GaugeMetricFamily("syncd_held_seconds", "Seconds until anything is sent", labels=labels)
        waiting = GaugeMetricFamily("syncd_waiting_requests", "Requests that wait for their turn", labels=labels)
        flying = GaugeMetricFamily("syncd_requests_in_flight", "Requests that are being answered", labels=labels)
        requests = CounterMetricFamily(
            "syncd_requests", "Requests by what came of them", labels=["connection", "outcome"]
        )
        waited = CounterMetricFamily(
            "syncd_wait_seconds", "Seconds that requests waited for their turn", labels=["connection"]
        )
        for name, reader in self._service.readers.items():
            for speed in self._live.speeds(name):
                place = [name, speed.of]
                for family, value in (
                    (used, speed.per_s), (allowed, speed.allowed_per_s), (held, speed.held_s),
                    (waiting, speed.waiting), (flying, speed.in_flight),
                ):  # fmt: skip
                    family.add_metric(place, value)
            outcomes: Numbers[str] = reader.client.outcomes
            for outcome, number in outcomes.items():
                requests.add_metric([name, outcome], number)
            waited.add_metric([name], reader.client.waited_s)
        wal = GaugeMetricFamily("syncd_wal_bytes", "Size of SQLite's log", value=self._wal_bytes)
        yield from (used, allowed, held, waiting, flying, requests, waited, wal)
