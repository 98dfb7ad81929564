"""What Prometheus reads: it counts what happened, and everything the ready rules and dashboard name is there."""

from __future__ import annotations

import gc
import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from syncd.web.metrics import Metrics
from tests.accounts import both
from tests.configured import NOW
from tests.daemon.processes import FEW, PATIENCE_S
from tests.kit import NAME
from tests.web.site import Site, started, within

DOCS = Path(__file__).parents[2] / "docs"
RULES, DASHBOARD = DOCS / "monitoring" / "alerts.yml", DOCS / "monitoring" / "grafana.json"
# What Prometheus adds of its own: labels of the target, of histograms, and the metric that says it was scraped.
OF_PROMETHEUS = {"job", "instance", "le"}
UP = "up"


def samples(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Values by name and labels; a family without any has its name all the same."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(family.type, ("",))
        for end in ends:
            found.setdefault(family.name + end, {})
        for one in family.samples:
            found.setdefault(one.name, {})[tuple(sorted(one.labels.items()))] = one.value
    return found


def value(found: Mapping[str, Any], name: str, **labels: str) -> float:
    return float(found[name].get(tuple(sorted(labels.items())), 0.0))


async def read(site: Site) -> dict[str, Any]:
    answer = await site.get("/metrics")
    assert 200 == answer.status
    assert answer.headers["Content-Type"].startswith("text/plain")
    return samples(answer.text)


@both
async def test_metrics_count_what_the_runs_and_the_vendor_saw(tmp_path: Path, database_url: str) -> None:
    async with started(tmp_path, database_url) as (site, _):
        # Twice, and once in the midst of it: nothing counts double.
        await read(site)
        await site.here.ran(len(FEW))
        ends = time.monotonic() + PATIENCE_S
        found = await read(site)
        while not all(
            value(found, "syncd_live_rows", connection=NAME, collection=name)
            and value(found, "syncd_collection_state", connection=NAME, collection=name, state="fresh")
            for name in FEW
        ):
            assert time.monotonic() < ends, "the status document is kept for a second only"
            found = await read(site)
        for row in site.here.rows("SELECT collection, inserted, started_at FROM syncd_runs"):
            inserted = value(found, "syncd_rows_total", connection=NAME, collection=row["collection"], kind="inserted")
            assert inserted in {row["inserted"], 0.0}, "runs that ended before the page was there are not counted"
            live = value(found, "syncd_live_rows", connection=NAME, collection=row["collection"])
            assert row["inserted"] == live
        assert site.here.vendor.log.count() == value(found, "syncd_requests_total", connection=NAME, outcome="ok")
        assert 1 == value(found, "syncd_connection_state", connection=NAME, state="ok")
        for name in FEW:
            assert 1 == value(found, "syncd_collection_state", connection=NAME, collection=name, state="fresh")
            assert 0 < value(found, "syncd_last_success_timestamp_seconds", connection=NAME, collection=name)
            assert 2400 == value(found, "syncd_late_after_seconds", connection=NAME, collection=name)


async def test_runs_that_end_later_are_counted_once(tmp_path: Path, sqlite_url: str) -> None:
    def refuse(vendor: Any) -> None:
        vendor.switch.fail("status", status=400, path="/staff")

    async with within(tmp_path, sqlite_url, prepare=refuse) as (site, daemon):
        await site.here.ran(1, "failed", "staff")
        await site.here.ran(2)
        before = await read(site)
        refused = value(before, "syncd_requests_total", connection=NAME, outcome="Refused")
        ended = value(before, "syncd_runs_total", connection=NAME, kind="cycle", state="ok")
        assert 1 <= refused
        await daemon.service.store.add_task("trigger", {"wanted": {NAME: ["clients", "staff"]}})
        await site.here.ran(2, "failed", "staff")
        await site.here.ran(2, collection="clients")
        after = await read(site)
        assert refused + 1 == value(after, "syncd_requests_total", connection=NAME, outcome="Refused")
        assert ended + 1 == value(after, "syncd_runs_total", connection=NAME, kind="cycle", state="ok")
        failed = value(after, "syncd_runs_total", connection=NAME, kind="cycle", state="failed")
        assert failed == 1 + value(before, "syncd_runs_total", connection=NAME, kind="cycle", state="failed")
        assert ended + 1 + failed == value(after, "syncd_run_duration_seconds_count", connection=NAME, kind="cycle")


async def test_runs_that_end_while_an_earlier_one_goes_on_are_counted_once(tmp_path: Path, sqlite_url: str) -> None:
    async with within(tmp_path, sqlite_url, names=("clients",)) as (site, _):
        await site.here.ran(1)
        await read(site)
        (metrics,) = [one for one in gc.get_objects() if isinstance(one, Metrics)]
        (row,) = site.here.rows("SELECT * FROM syncd_runs")
        row |= {"connection": NAME, "kind": "sweep", "inserted": 5, "started_at": NOW, "finished_at": NOW}
        long, short = row | {"id": 101, "finished_at": None}, row | {"id": 102}
        for _ in range(3):
            metrics._count([long, short])
        metrics._count([long | {"finished_at": NOW}, short])
        metrics._count([])
        found = await read(site)
        assert 2 == value(found, "syncd_runs_total", connection=NAME, kind="sweep", state="ok")
        assert 10 <= value(found, "syncd_rows_total", connection=NAME, collection="clients", kind="inserted")


def asked() -> Iterator[tuple[str, str]]:
    """Every expression of the rules and of the dashboard, and where it stands."""
    rules = RULES.read_text()
    for found in re.finditer(r"expr: (?:>-\n((?:\s{10,}.*\n)+)|(.*))", rules):
        yield found[1] or found[2], RULES.name
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"], f"{DASHBOARD.name}: {panel['title']}"


async def test_rules_dashboard_and_page_name_metrics_and_labels_that_are_served(
    tmp_path: Path, sqlite_url: str
) -> None:
    async with started(tmp_path, sqlite_url) as (site, _):
        await site.here.ran(len(FEW))
        found = await read(site)
    known = {name: {label for labels in values for label, _ in labels} for name, values in found.items()}
    for expression, where in asked():
        names = re.findall(r"\b((?:syncd|process)_[a-z_]+|up)\b(?:\{([^}]*)\})?", expression)
        assert names, where
        for name, selector in names:
            assert name == UP or name in known, f"{where}: {name}"
            labels = set(re.findall(r"(\w+)\s*[=!]~?", selector))
            if known.get(name):
                assert set() == labels - known[name] - OF_PROMETHEUS, f"{where}: {name}"
    for name in re.findall(r"`(syncd_[a-z_]+)`", (DOCS / "monitoring.md").read_text()):
        assert name in known or f"{name}_bucket" in known, name
    # And what is served is written down.
    page = (DOCS / "monitoring.md").read_text()
    for name in known:
        plain = re.sub(r"_(bucket|count|sum|created)$", "", name)
        assert plain.startswith("process_") or f"`{plain}`" in page, name


def test_every_rule_says_what_to_do() -> None:
    text = RULES.read_text()
    alerts = re.findall(r"- alert: (\w+)", text)
    assert len(alerts) == len(set(alerts)) == text.count("description:") == text.count("severity:")
