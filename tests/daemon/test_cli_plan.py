"""``syncd plan``: the cost before it costs anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.forecast import ANSWER_S, Known, count_filters, gap_s, known_of, requested, total
from syncd.config import ConnectionConfig
from syncd.forecast import Asked
from syncd.plan import Cursor, RunKind
from syncd.standin import StandIn
from syncd.store import CollectionState
from syncd.store.engine import Database
from syncd.store.lock import take_lock
from tests.configured import ACME, DATABASE, WHOLE, loaded
from tests.program import inside
from tests.standins import configuration, serving

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def account() -> Iterator[StandIn]:
    with serving(cases=30) as vendor:
        yield vendor


@pytest.fixture
def vendor(account: StandIn, tmp_path: Path) -> StandIn:
    account.log.clear()
    file = tmp_path / "config.toml"
    file.write_text(configuration(account))
    file.chmod(0o600)
    return account


def planned(folder: Path, *arguments: str) -> dict[str, Any]:
    done = inside("plan", "--json", *arguments, folder=folder)
    assert 0 == done.returncode, done.stderr
    [connection] = json.loads(done.stdout)["connections"]
    assert {"name", "seconds", "collections"} == connection.keys()
    return dict(connection)


def test_without_a_database_everything_was_never_read_and_nothing_is_asked_or_made(
    tmp_path: Path, vendor: StandIn
) -> None:
    plan = planned(tmp_path)
    assert 0 == vendor.log.count()
    assert ["config.toml"] == [file.name for file in tmp_path.iterdir()]
    assert 18 == len(plan["collections"])
    for cost in plan["collections"]:
        assert {"name", "strategy", "requests", "exact", "seconds", "why"} == cost.keys()
        assert (1, False) == (cost["requests"], cost["exact"])
        assert cost["why"].startswith("at least 1")


def test_counting_asks_once_a_collection_and_tells_what_the_first_sync_then_costs(
    tmp_path: Path, vendor: StandIn
) -> None:
    plan = planned(tmp_path, "--count")
    assert 18 == vendor.log.count()
    assert all(cost["exact"] for cost in plan["collections"])
    done = inside("sync", "--json", folder=tmp_path)
    runs = json.loads(done.stdout)["runs"]
    assert {cost["name"]: cost["requests"] for cost in plan["collections"]} == {
        run["collection"]: run["requests"] for run in runs
    }


def test_after_a_sync_a_cycle_is_one_request_a_collection_from_what_the_database_knows(
    tmp_path: Path, vendor: StandIn
) -> None:
    inside("sync", folder=tmp_path)
    vendor.log.clear()
    plan = planned(tmp_path)
    assert 0 == vendor.log.count()
    assert [1] * 18 == [cost["requests"] for cost in plan["collections"]]
    assert {"snapshot", "updated since"} == {cost["strategy"] for cost in plan["collections"]}


def test_a_selector_plans_only_what_it_names(tmp_path: Path, vendor: StandIn) -> None:
    assert ["fields", "cases"] == [c["name"] for c in planned(tmp_path, "acme.cases", "acme.fields")["collections"]]
    done = inside("plan", "acme.casse", folder=tmp_path)
    assert 2 == done.returncode
    assert "cases" in done.stderr


def test_p4_counting_beside_another_syncd_opens_no_second_budget(tmp_path: Path, vendor: StandIn) -> None:
    inside("sync", "acme.fields", folder=tmp_path)
    vendor.log.clear()
    lock = take_lock(Database(f"sqlite:///{tmp_path}/syncd.db"), ["acme"], "syncd run")
    try:
        done = inside("plan", "--count", folder=tmp_path)
        assert (3, 0) == (done.returncode, vendor.log.count())
        assert "in use by syncd run" in done.stderr
        assert 18 == len(planned(tmp_path)["collections"])
    finally:
        lock.release()


def test_the_table_names_every_collection_and_the_sum(tmp_path: Path, vendor: StandIn) -> None:
    done = inside("plan", folder=tmp_path)
    assert "acme: at least 18 requests" in done.stdout
    assert "case_status_history" in done.stdout
    assert "plan acme --count" in done.stdout


def test_a_plan_needs_no_secret(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(DATABASE + ACME.replace("canary-7f3e-token", "env:NOT_SET"))
    assert 0 == inside("plan", folder=tmp_path).returncode


# --- the forecast, pure -----------------------------------------------------------------------------------------------
@pytest.fixture
def acme(tmp_path: Path) -> ConnectionConfig:
    return loaded(tmp_path, WHOLE).connection("acme")


def test_a_request_takes_the_gap_and_its_answer(acme: ConnectionConfig, tmp_path: Path) -> None:
    assert 1 + ANSWER_S == pytest.approx(gap_s(acme, ""))
    half = loaded(tmp_path, WHOLE + 'rate_share = "50%"\n').connection("acme")
    assert 2 + ANSWER_S == pytest.approx(gap_s(half, ""))
    cost = requested(acme, acme.vendor.collection("cases"), Known(), 25_000)
    assert (254, 266.7, True) == (cost.requests, cost.seconds, cost.exact)
    assert (508, 533.4) == (total(acme, [cost, cost]).requests, total(acme, [cost, cost]).seconds)


def state(**facts: Any) -> CollectionState:
    return CollectionState("acme", "cases", "trackops", "trackops_cases", live_rows=2_500, version="v1", **facts)


def test_another_choice_of_columns_costs_reading_everything_once_more(tmp_path: Path, vendor: StandIn) -> None:
    inside("sync", "acme.case_updates", folder=tmp_path)
    [before] = planned(tmp_path, "acme.case_updates")["collections"]
    more = '[connections.acme.collections.case_updates]\nexclude = ["body"]\n'
    (tmp_path / "config.toml").write_text(configuration(vendor, more=more))
    [after] = planned(tmp_path, "--count", "acme.case_updates")["collections"]
    assert 1 == before["requests"] < after["requests"]
    assert "columns were added, included, excluded or hashed" in after["why"]
    [run] = json.loads(inside("sync", "--json", "acme.case_updates", folder=tmp_path).stdout)["runs"]
    assert after["requests"] == run["requests"]


def test_a_sweep_that_is_due_costs_as_much_as_reading_everything(acme: ConnectionConfig) -> None:
    cases = acme.vendor.collection("cases")
    known = known_of(state(next_sweep_at=AT), Cursor(at=AT), "v1", Asked(AT))
    assert RunKind.SWEEP is known.kind
    cost = requested(acme, cases, known, None)
    assert ("sweep", 29, False) == (cost.strategy, cost.requests, cost.exact)
    assert () == count_filters(acme, cases, known)


def test_a_daily_count_that_is_due_is_one_request_more(acme: ConnectionConfig) -> None:
    cases = acme.vendor.collection("cases")
    later = AT + timedelta(hours=1)
    quiet = known_of(state(next_sweep_at=later, next_count_at=later), Cursor(at=AT), "v1", Asked(AT))
    due = known_of(state(next_sweep_at=later, next_count_at=AT), Cursor(at=AT), "v1", Asked(AT))
    assert 1 == requested(acme, cases, quiet, None).requests
    cost = requested(acme, cases, due, None)
    assert (2, False) == (cost.requests, cost.exact)
    assert cost.why.startswith("at least 2")
    assert (("updated_from", "2026-03-01T11:50:00Z"),) == count_filters(acme, cases, due)
