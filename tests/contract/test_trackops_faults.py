"""Faults of vendors and networks, end to end on both databases: what is kept, what is concluded, what is said."""

from __future__ import annotations

import json
import random
import re
from typing import Any

import pytest

from syncd.standin.faults import Fault
from syncd.standin.switchboard import STORMY
from tests import kit
from tests.accounts import Open, both
from tests.kit import DAY, HOUR, Account

THREE = ("clients", "tasks", "files")


def said(account: Account) -> list[dict[str, Any]]:
    """The log, one event per line."""
    return [json.loads(line) for line in account.said.getvalue().splitlines()]


def no_traceback(account: Account) -> None:
    """Nothing that was logged, or noted of a run, comes from an error that nobody expected."""
    text = account.said.getvalue()
    assert "Traceback" not in text
    assert "run_crashed" not in text
    assert [] == account.query("SELECT error FROM syncd_runs WHERE error LIKE '%Traceback%' OR error LIKE '%not know%'")
    assert account.vendor.token not in text


@both
@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_v4_one_failure_of_the_vendor_is_invisible(open_account: Open, status: int) -> None:
    account = await open_account(names=THREE)
    account.vendor.switch.fail("status", status=status, nth=2)
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}
    assert 1 == sum(account.run_row(result)["retries"] for result in results.values())
    assert [] == account.differences()


@both
async def test_v4_a_collection_that_fails_for_an_hour_leaves_the_others_alone(open_account: Open) -> None:
    account = await open_account(names=THREE)
    await account.cycle()
    before = account.cursor("tasks")
    rule = account.vendor.switch.fail("status", status=503, path="/tasks")
    for name in THREE:
        kit.add(account, name, 3)
    account.clock.turn(0.25 * HOUR)
    results = await account.cycle()
    assert {"clients": "ok", "tasks": "failed", "files": "ok"} == {n: r.state for n, r in results.items()}
    assert before == account.cursor("tasks")
    state = account.state("tasks")
    assert ("failed", "Unavailable", 1) == (state["state"], state["error_class"], state["failures"])
    account.vendor.switch.remove(rule)
    account.clock.turn(HOUR)
    await account.cycle()
    assert [] == account.differences()
    assert 0 == account.state("tasks")["failures"]
    no_traceback(account)


@both
@pytest.mark.parametrize("status", [400, 404, 405, 415, 422])
async def test_v7_a_refused_question_is_not_asked_again_and_quotes_the_vendor(open_account: Open, status: int) -> None:
    account = await open_account(names=THREE)
    body = '{"code": 400, "message": "Unknown parameter dir."}'
    account.vendor.switch.fail("status", status=status, path="/tasks", body=body)
    results = await account.cycle()
    assert "failed" == results["tasks"].state
    assert 1 == account.vendor.log.count("/tasks")
    assert "Unknown parameter dir." in str(results["tasks"].error)
    assert "ok" == results["files"].state
    await account.converges()
    no_traceback(account)


@both
@pytest.mark.parametrize("kind", ["html", "empty", "no_content", "wrong_kind", "unsuccessful"])
async def test_v8_v9_an_answer_that_is_none_moves_no_cursor_and_deletes_no_row(open_account: Open, kind: str) -> None:
    account = await open_account(names=THREE)
    await account.cycle()
    before, rows = account.cursor("tasks"), account.picture()
    account.vendor.switch.fail(kind, path="/tasks")
    account.clock.turn(HOUR)
    for sweep in (kit.RunKind.CYCLE, kit.RunKind.SWEEP):
        assert "failed" == (await account.read("tasks", sweep)).state
    assert before["at"] == account.cursor("tasks")["at"]
    assert rows == account.picture()
    await account.converges()
    no_traceback(account)


@both
@pytest.mark.parametrize("kind", ["empty_first", "fewer"])
async def test_v10_v11_an_empty_or_sharply_smaller_list_is_held_and_reported(open_account: Open, kind: str) -> None:
    """Lists, counts and single records agree: only a person, or an hour, tells a purge from an accident."""
    account = await open_account(names=["clients"], rows={"clients": 120})
    await account.cycle()
    before = account.picture()
    account.vendor.switch.fail(kind, path="/clients")
    account.vendor.switch.fail("status", status=404, path="/clients/*")
    result = await account.read("clients", kit.RunKind.SWEEP)
    assert "held" == result.state
    assert re.search(r"allow-deletes|proven", str(result.error))
    assert before == account.picture()
    await account.converges()


@both
@pytest.mark.parametrize("period", [1, 2, 3])
async def test_v12_a_repeating_page_is_malformed(open_account: Open, period: int) -> None:
    """A, A, A … and A, B, A, B … would never end; no cursor is drawn from them."""
    account = await open_account(names=["clients"], rows={"clients": 450})
    account.vendor.switch.fail("ignores_page", period=period)
    result = await account.read("clients")
    assert ("failed", "Malformed") == (result.state, type(result.error).__name__)
    assert account.vendor.log.count("/clients") <= 12
    assert "at" not in account.cursor("clients")
    await account.converges()


@both
async def test_v13_pages_that_shrink_to_fifty_are_read_to_the_end(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 250})
    await account.cycle()
    account.vendor.switch.fail("clamped", size=50)
    kit.add(account, "clients", 130)
    account.clock.turn(60)
    await account.cycle()
    await account.sweep()
    assert [] == account.tombstones("clients")
    assert [] == account.differences()
    await account.converges()


@both
@pytest.mark.parametrize("off_by", [-50, -1, 1, 1000])
async def test_v18_a_count_that_is_wrong_deletes_nothing_and_ends_no_walk(open_account: Open, off_by: int) -> None:
    account = await open_account(names=["clients"], rows={"clients": 350})
    account.vendor.switch.fail("lying_count", off_by=off_by)
    await account.cycle()
    assert [] == account.differences()
    for _ in range(3):
        account.clock.turn(1.05 * DAY)
        await account.cycle()
        assert [] == account.tombstones("clients")
        assert [] == account.differences()
    await account.converges()


@both
async def test_v19_duplicates_in_a_page_and_across_pages_are_one_row_and_the_last_wins(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 250})
    account.vendor.switch.fail("duplicate", path="/clients")
    await account.cycle()
    assert [] == account.differences()
    account.vendor.switch.clear()
    first = account.vendor.content.snapshot()["clients"][0]
    twin = first | {"name": "as the last page has it"}
    account.vendor.switch.fail(
        Fault("twin", records=lambda records, page: [*records, twin] if page.number == 3 else records), path="/clients"
    )
    account.clock.turn(HOUR)
    await account.sweep()
    assert twin["name"] == account.row("clients", first["id"])["name"]
    assert [{"n": 250}] == account.query("SELECT count(*) AS n FROM trackops_clients")
    await account.converges()


@both
@pytest.mark.parametrize("kind", ["cut_body", "cut_chunked", "reset", "drop"])
async def test_n5_a_body_cut_anywhere_is_asked_for_again_and_nothing_of_it_is_stored(
    open_account: Open, kind: str
) -> None:
    account = await open_account(names=["clients"], rows={"clients": 30})
    await account.cycle()
    account.vendor.content.update("clients", account.vendor.content.rows("clients")[0]["id"])
    places: tuple[dict[str, Any], ...] = ({},) if kind == "drop" else ({"at": 0}, {"at": 0.1}, {"at": 0.9}, {"at": 1})
    for place in places:
        account.vendor.switch.clear()
        account.vendor.switch.fail(kind, nth=1, **place)
        account.clock.turn(HOUR)
        result = await account.read("clients", kit.RunKind.SWEEP)
        assert "ok" == result.state
        assert [] == account.differences()
    rule = account.vendor.switch.fail(kind)
    before = account.picture()
    account.clock.turn(HOUR)
    assert "failed" == (await account.read("clients", kit.RunKind.SWEEP)).state
    assert before == account.picture()
    account.vendor.switch.remove(rule)
    await account.converges()


@both
@pytest.mark.parametrize("nth", [1, 2, 3, 4])
async def test_n6_a_list_cut_at_a_record_by_a_closed_connection_is_not_the_end(open_account: Open, nth: int) -> None:
    """Sound JSON without a length: only asking again tells."""
    account = await open_account(names=["clients"], rows={"clients": 290})
    account.vendor.switch.fail("close_delimited", records=40, nth=nth)
    result = await account.read("clients")
    assert "ok" == result.state
    assert [] == account.differences()
    account.vendor.switch.clear()
    account.vendor.switch.fail("close_delimited", records=40, nth=nth)
    account.clock.turn(HOUR)
    await account.sweep()
    assert [] == account.tombstones("clients")
    assert [] == account.differences()


async def test_n6_a_page_of_changes_cut_at_a_record_by_a_closed_connection_is_not_all_that_changed(
    open_account: Open,
) -> None:
    """A single page is proven by itself, and moves the cursor: nothing else would miss what was cut off."""
    account = await open_account(names=["clients"], rows={"clients": 90})
    await account.cycle()
    account.clock.turn(HOUR)
    for row in account.vendor.content.rows("clients"):
        account.vendor.content.update("clients", row["id"])
    account.vendor.switch.fail("close_delimited", records=40, nth=1)
    assert "ok" == (await account.read("clients")).state
    assert [] == account.differences()


@both
async def test_n6_a_vendor_that_never_tells_a_length_is_read_whole(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 230})
    account.vendor.switch.fail("close_delimited")
    assert "ok" == (await account.read("clients")).state
    assert [] == account.differences()


@both
async def test_v5_refused_credentials_stop_the_connection_and_say_what_to_do(open_account: Open) -> None:
    account = await open_account(names=THREE)
    await account.cycle()
    before = account.picture()
    account.vendor.settings.token = "another"
    account.clock.turn(HOUR)
    results = await account.cycle()
    assert ["clients"] == list(results)
    (connection,) = account.query("SELECT state, message FROM syncd_connections")
    assert "stopped" == connection["state"]
    assert "token" in connection["message"]
    assert before == account.picture()


async def test_v17_records_in_another_order_than_asked_for_lose_no_row(open_account: Open) -> None:
    """No order is relied on: the walk is proven by counts and keys."""
    account = await open_account(names=["clients"], rows={"clients": 350})
    account.vendor.switch.fail("shuffled", seed=5)
    await account.cycle()
    assert [] == account.differences()
    await account.converges()


async def test_v17_an_order_that_is_another_for_every_page_proves_nothing_and_is_read_again(open_account: Open) -> None:
    """Rows stand on two pages or on none: whatever is missing then is neither read nor gone, and the run says so."""
    account = await open_account(names=["clients"], rows={"clients": 350})
    drawn = random.Random(5)
    reshuffled = Fault("reshuffled", select=lambda rows: drawn.sample(rows, len(rows)))
    account.vendor.switch.fail(reshuffled)
    result = await account.read("clients")
    assert ("held", "SuspiciousAnswer") == (result.state, type(result.error).__name__)
    assert account.live("clients") < 350
    await account.converges()
    before = account.picture()
    account.vendor.switch.fail(reshuffled)
    assert "held" == (await account.read("clients", kit.RunKind.SWEEP)).state
    assert before == account.picture()
    await account.converges()


async def test_v22_an_announced_end_of_a_call_is_said_once_as_a_warning(open_account: Open) -> None:
    account = await open_account(names=["clients"])
    account.vendor.switch.fail("deprecated")
    await account.cycle()
    await account.cycle()
    notices = [event for event in said(account) if event.get("action") == "notice"]
    assert {"Deprecation", "Sunset"} == {event["header"] for event in notices}
    assert {"warning"} == {event["level"] for event in notices}
    assert 2 == len(notices)


@both
@pytest.mark.parametrize("seed", [11, 12])
async def test_ten_percent_of_all_fault_kinds_at_once_converge_without_a_person(open_account: Open, seed: int) -> None:
    """Rows change all the while; no run crashes, nothing is lost, no secret is said."""
    account = await open_account(cases=6, seed=seed)
    account.vendor.switch.storm(0.1, [kind for kind in STORMY if kind[0] != "delay"])
    account.vendor.switch.churn(0.2, seed)
    for _ in range(6):
        await account.cycle()
        account.clock.turn(0.26 * HOUR)
    await account.sweep()
    no_traceback(account)
    await account.converges()
    no_traceback(account)


async def test_a_storm_on_one_collection_leaves_the_others_exact(open_account: Open) -> None:
    account = await open_account(names=THREE, cases=6)
    for kind, options in STORMY:
        account.vendor.switch.fail(kind, path="/tasks", probability=0.05, **options)
    for _ in range(3):
        await account.cycle()
        for name in ("clients", "files"):
            assert "ok" == account.state(name)["state"]
        kit.add(account, "clients")
        kit.change(account, "files")
        account.clock.turn(0.3 * HOUR)
    await account.cycle("clients", "files")
    off = [line for line in account.differences() if not line.startswith(("trackops_tasks", "trackops_task_"))]
    assert [] == [line for line in off if "trackops_calendars" not in line]
    await account.converges()
