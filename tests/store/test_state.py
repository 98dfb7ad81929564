"""What is known of collections, runs and tasks, and how the views show it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from syncd.parse import Rows
from syncd.store import Store, range_stage
from tests.store.conftest import Opener
from tests.store.kit import CASES, INVOICES, MADE, TRACKOPS, begin, column, details, invoice, page, plain, put, query
from tests.turned_clock import TurnedClock


async def _freshness(store: Store) -> dict[str, Any]:
    (found,) = [
        line for line in await store.freshness() if (line["connection"], line["collection"]) == ("acme", "invoices")
    ]
    return found


@pytest.mark.parametrize(
    "changes, connection, state",
    [
        ({}, {}, "never"),
        ({"last_success_at": 0}, {}, "fresh"),
        ({"last_success_at": 0, "late_after_s": 600}, {}, "fresh"),
        ({"last_success_at": -700, "late_after_s": 600}, {}, "late"),
        ({"state": "failed", "last_success_at": 0}, {}, "failed"),
        ({"state": "partial", "last_success_at": 0}, {}, "failed"),
        ({"state": "failed", "held": {"count": 3}}, {}, "held"),
        ({"state": "held"}, {}, "held"),
        ({"state": "unavailable"}, {}, "unavailable"),
        ({"state": "failed"}, {"state": "stopped"}, "stopped"),
        ({"paused_at": MADE}, {"state": "stopped"}, "paused"),
        ({"last_success_at": 0}, {"paused_at": MADE}, "paused"),
        ({"state": "failed", "held": {"count": 3}}, {"paused_at": MADE}, "paused"),
    ],
)
async def test_freshness_says_what_matters_most(
    store: Store, database: str, changes: dict[str, Any], connection: dict[str, Any], state: str
) -> None:
    now = column(
        database, "SELECT datetime('now')" if database.startswith("sqlite") else "SELECT now() AT TIME ZONE 'UTC'"
    )[0]
    now = MADE.fromisoformat(str(now)).replace(tzinfo=MADE.tzinfo)
    if "last_success_at" in changes:
        changes = changes | {"last_success_at": now + timedelta(seconds=changes["last_success_at"])}
    await store.set_state("acme", INVOICES, **changes)
    if connection:
        await store.set_connection_state("acme", **connection)
    assert state == (await _freshness(store))["state"]


async def test_a_running_collection_says_so_until_its_run_ends(store: Store) -> None:
    run = await begin(store)
    assert "running" == (await _freshness(store))["state"]
    ended = await store.end_run(run, "failed", MADE, error_class="Unavailable", error="no answer")
    assert ("failed", MADE, "Unavailable", "no answer") == tuple(
        ended[name] for name in ("state", "finished_at", "error_class", "error")
    )
    assert "never" == (await _freshness(store))["state"]


async def test_lag_counts_from_the_cursor_and_else_from_the_last_success(store: Store) -> None:
    assert None is (await _freshness(store))["lag_seconds"]
    await store.set_state("acme", INVOICES, last_success_at=MADE, late_after_s=900.0)
    older = (await _freshness(store))["lag_seconds"]
    await store.set_state("acme", INVOICES, cursor_at=MADE + timedelta(seconds=1000))
    assert 995 <= older - (await _freshness(store))["lag_seconds"] <= 1000


async def test_the_views_have_the_columns_they_promise(store: Store, database: str) -> None:
    await store.set_state("acme", INVOICES, cursor_at=MADE)
    assert ("acme", "invoices", "", None) == query(database, "SELECT * FROM syncd_coverage")[0][:4]
    names = "connection, collection, table_name, live_rows, last_success_at, cursor_at, lag_seconds, state, last_error"
    view = query(database, "SELECT * FROM syncd_freshness")
    assert 18 == len(view)
    listed = query(database, f"SELECT {names} FROM syncd_freshness")
    assert sorted(v[:5] for v in view) == sorted(v[:5] for v in listed)


async def test_s1_runs_of_a_killed_process_become_interrupted(store: Store, clock: TurnedClock) -> None:
    await store.enroll("other", TRACKOPS)
    run, other = await begin(store), await store.start_run("other", INVOICES, "sweep", MADE)
    assert 1 == await store.interrupt_stale_runs(["acme"])
    found = {line["id"]: line for line in await store.runs()}
    assert ("interrupted", clock.now()) == (found[run]["state"], found[run]["finished_at"])
    assert "running" == found[other]["state"]
    assert [other] == [line["id"] for line in await store.runs(["other"])]
    assert [] == await store.runs(["other.cases"])
    assert [other] == [line["id"] for line in await store.runs(last=1)]


async def test_states_are_changed_by_name_and_nothing_else(store: Store) -> None:
    await store.set_state("acme", "cases", next_due_at=MADE, failures=2)
    state = await store.state("acme", CASES)
    assert (MADE, 2, "trackops", "trackops_cases") == (
        state.next_due_at,
        state.failures,
        state.vendor,
        state.table_name,
    )
    with pytest.raises(ValueError, match="no column colour"):
        await store.set_state("acme", CASES, colour="red")
    with pytest.raises(ValueError, match="not enrolled"):
        await store.set_state("nobody", "cases", failures=1)
    assert 0 == (await store.state("nobody", CASES)).live_rows
    await store.set_connection_state("acme", state="stopped", message="key refused", probe_at=MADE)
    found = await store.connection_state("acme")
    assert ("trackops", "stopped", "key refused", MADE) == (found.vendor, found.state, found.message, found.probe_at)
    assert "ok" == (await store.connection_state("nobody")).state


async def test_enrolling_again_keeps_what_is_known(store: Store) -> None:
    await store.set_state("acme", CASES, failures=3)
    await store.set_connection_state("acme", state="stopped")
    await store.enroll("acme", TRACKOPS)
    assert 3 == (await store.state("acme", CASES)).failures
    assert "stopped" == (await store.connection_state("acme")).state


async def test_tasks_go_from_asked_to_done(store: Store, clock: TurnedClock) -> None:
    first = await store.add_task("trigger", {"selectors": ["acme"]})
    second = await store.add_task("pause", {})
    assert [first, second] == [task.id for task in await store.tasks("asked")]
    await store.start_task(first)
    assert [second] == [task.id for task in await store.tasks("asked")]
    await store.finish_task(first, "done", {"runs": [1]})
    (task,) = await store.tasks("done")
    assert ("trigger", {"selectors": ["acme"]}, {"runs": [1]}) == (task.verb, task.arguments, task.result)
    assert clock.now() == task.finished_at


async def test_forgetting_a_connection_leaves_the_others(store: Store, database: str) -> None:
    await store.enroll("other", TRACKOPS)
    run = await begin(store)
    for connection in ("acme", "other"):
        children, lookups = {"invoice_details": details(1, 11)}, {"finance_items": [(7, "Hours", None, None)]}
        await put(store, run, invoice(1), connection=connection, children=children, lookups=lookups)
    assert 3 == await store.forget("other")
    for table in ("trackops_invoices", "trackops_invoice_details", "trackops_finance_items", "syncd_connections"):
        assert ["acme"] == column(database, f"SELECT connection FROM {table}")
    await put(store, run, connection="other", lookups={"finance_items": [(7, "Hours", None, None)]})
    assert 2 == len(column(database, "SELECT name FROM trackops_finance_items"))


async def test_forgetting_a_connection_takes_what_its_walks_had_staged(store: Store, database: str) -> None:
    """A later run may get the number of a forgotten one: its walk must not find keys that it never saw."""
    await store.enroll("other", TRACKOPS)
    run, kept = await store.start_run("other", INVOICES, "sweep", MADE), await begin(store)
    for stage in (run, range_stage(run, 0), range_stage(run, 7), kept, range_stage(kept, 1)):
        await store.commit(await page(store, run, Rows(), stage=stage, staged=(((1,), True),)))
    await store.forget("other")
    assert sorted([kept, range_stage(kept, 1)]) == sorted(column(database, "SELECT stage FROM syncd_staged"))


async def test_a_copy_holds_the_same_and_goes_on(
    store: Store, database: str, empty_database: str, open_store: Opener
) -> None:
    run = await begin(store)
    children = {"invoice_details": details(1, 11)}
    found = await page(store, run, Rows(), cursor={"page": 1}, stage=run, staged=(((1,), True),))
    await store.commit(found)
    await put(store, run, invoice(1), invoice(2, notes='quote " and \N{SNOWMAN}'), children=children)
    await store.add_task("trigger", {"selectors": []})
    copied = await store.copy_to(empty_database)
    assert (2, 1, 1) == (copied["trackops_invoices"], copied["trackops_invoice_details"], copied["syncd_cursors"])
    for table in ("trackops_invoices", "trackops_invoice_details", "syncd_runs", "syncd_cursors", "syncd_tasks"):
        ours, theirs = (query(url, f"SELECT * FROM {table} ORDER BY 1, 2") for url in (database, empty_database))
        assert [tuple(map(plain, line)) for line in ours] == [tuple(map(plain, line)) for line in theirs], table
    other = await open_store(empty_database)
    assert run < await begin(other)
    with pytest.raises(Exception, match="already has rows"):
        await store.copy_to(empty_database)


async def test_upkeep_finds_nothing_wrong_with_a_sound_database(store: Store) -> None:
    assert [] == await store.check()
    await store.vacuum()
    assert await store.checkpoint()
    assert [] == await store.check()


async def _paused(store: Store) -> dict[str, bool]:
    return {one.collection: one.paused_at is not None for one in await store.states(["acme"])}


async def test_a_paused_collection_stays_paused_whatever_its_runs_come_to(store: Store) -> None:
    await store.pause("acme", ["invoices"])
    await store.set_state("acme", INVOICES, state="ok", last_success_at=MADE)
    assert "paused" == (await _freshness(store))["state"]
    assert {"invoices"} == {name for name, paused in (await _paused(store)).items() if paused}
    await store.resume("acme", ["invoices"])
    assert not any((await _paused(store)).values())


async def test_a_paused_connection_pauses_what_it_has_and_resumes_it_all(store: Store) -> None:
    await store.pause("acme", ["cases"])
    await store.pause("acme", None)
    assert all((await _paused(store)).values())
    assert (await store.connection_state("acme")).paused_at is not None
    await store.resume("acme", ["invoices"])
    assert all((await _paused(store)).values()), "the connection still is"
    await store.resume("acme", None)
    assert not any((await _paused(store)).values())
    assert (await store.connection_state("acme")).paused_at is None
