"""Requests that become cases, and cases that move back and forth between their statuses."""

from __future__ import annotations

import pytest

from tests import kit
from tests.accounts import Open, both
from tests.kit import DAY, HOUR, Account

MOST = kit.reconciliation().most_per_cycle


async def history_asked(account: Account) -> int:
    """Requests for the history of single cases in one cycle."""
    account.vendor.log.clear()
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}, results
    return sum(entry.path.rpartition("/")[0].endswith("/cases/status_history") for entry in account.vendor.log.entries)


@both
async def test_an_accepted_request_is_a_case_and_no_request_after_one_cycle(open_account: Open) -> None:
    account = await open_account(names=["case_requests"], rows={"case_requests": 8})
    await account.cycle()
    account.clock.turn(HOUR)
    accepted = account.vendor.content.rows("case_requests")[2]["id"]
    account.vendor.content.accept_request(accepted)
    await account.cycle()
    assert [(accepted,)] == account.tombstones("case_requests")
    assert [] == account.differences()
    account.clock.turn(2 * HOUR)
    await account.cycle()
    account.vendor.log.clear()
    account.clock.turn(0.2 * HOUR)
    await account.cycle()
    assert 2 == account.vendor.log.count()


async def test_a_request_whose_number_a_case_has_stays_while_the_vendor_serves_it(open_account: Open) -> None:
    """Only a 404 ends it: whether both share one sequence of ids is inferred."""
    account = await open_account(names=["case_requests"], rows={"case_requests": 4})
    await account.cycle()
    account.clock.turn(HOUR)
    accepted = account.vendor.content.rows("case_requests")[0]["id"]
    account.vendor.content.accept_request(accepted)
    account.vendor.switch.fail("status", status=200, body=f'{{"id": {accepted}}}', path=f"/case/requests/{accepted}")
    await account.cycle()
    assert [] == account.tombstones("case_requests")


@both
async def test_a_case_that_moves_back_loses_the_later_rows_of_its_history(open_account: Open) -> None:
    account = await open_account(names=["case_status_history"], cases=6, rows={"case_status_history": 40})
    await account.cycle()
    account.clock.turn(HOUR)
    content = account.vendor.content
    history = content.rows("case_status_history")
    case = history[0]["casefile_id"]
    first = min(row["case_status_id"] for row in history if row["casefile_id"] == case)
    later = len([row for row in history if row["casefile_id"] == case]) - 1
    assert later
    content.move_case(case, first)
    assert 1 == await history_asked(account)
    assert later == len(account.tombstones("case_status_history"))
    assert [] == account.differences()
    account.clock.turn(HOUR)
    content.move_case(case, first + 5)
    assert 0 == await history_asked(account)
    assert [] == account.differences()


async def test_a_status_entered_again_is_the_same_row_with_a_new_time(open_account: Open) -> None:
    account = await open_account(names=["case_status_history"], cases=2, rows={"case_status_history": 2})
    await account.cycle()
    case = account.vendor.content.rows("cases")[0]
    first = case["case_status_id"]
    for status in (first + 3, first, first + 3, first + 4, first):
        account.clock.turn(0.3 * HOUR)
        account.vendor.content.move_case(case["id"], status)
        await account.cycle()
        assert [] == account.differences()


async def test_no_more_than_fifty_histories_are_asked_for_in_a_cycle_and_the_rest_is_queued(open_account: Open) -> None:
    account = await open_account(names=["case_status_history"], cases=70, rows={"case_status_history": 140})
    await account.cycle()
    account.clock.turn(HOUR)
    content = account.vendor.content
    by_case: dict[int, list[int]] = {}
    for row in content.rows("case_status_history"):
        by_case.setdefault(row["casefile_id"], []).append(row["case_status_id"])
    moved = {case: min(entered) for case, entered in by_case.items() if len(entered) > 1}
    for case in content.rows("cases"):
        if case["id"] not in moved:
            content.move_case(case["id"], case["case_status_id"] + 1)
    await account.cycle()
    account.clock.turn(HOUR)
    moved |= {case["id"]: case["case_status_id"] - 1 for case in content.rows("cases") if case["id"] not in moved}
    assert len(moved) > MOST
    for case_id, status in moved.items():
        content.move_case(case_id, status)
    assert MOST == await history_asked(account)
    assert [] != account.differences()
    account.clock.turn(0.25 * HOUR)
    assert len(moved) - MOST == await history_asked(account)
    assert [] == account.differences()
    account.clock.turn(2 * HOUR)
    assert 0 == await history_asked(account)


async def test_two_moves_between_two_cycles_are_found_by_the_count_of_the_day(open_account: Open) -> None:
    """Back and on again: the newest row is right, and only the number of rows tells that older ones are gone."""
    account = await open_account(names=["case_status_history"], cases=6, rows={"case_status_history": 40})
    await account.cycle()
    account.clock.turn(HOUR)
    content = account.vendor.content
    case = content.rows("case_status_history")[0]["casefile_id"]
    had = [row["case_status_id"] for row in content.rows("case_status_history") if row["casefile_id"] == case]
    content.move_case(case, min(had))
    content.move_case(case, max(had) + 1)
    await account.cycle()
    assert [] != account.differences()
    account.clock.turn(1.05 * DAY)
    await account.cycle()
    assert [] == account.differences()


@pytest.mark.parametrize("seed", [1, 2])
async def test_cases_that_move_at_random_have_the_vendors_history(open_account: Open, seed: int) -> None:
    """One step each between two cycles, on to a later status or back to one they had."""
    account = await open_account(names=["case_status_history"], cases=12, seed=seed)
    await account.cycle()
    chance, content = kit.Random(seed), account.vendor.content
    for _ in range(6):
        account.clock.turn(0.3 * HOUR)
        for case in content.rows("cases"):
            had = [
                row["case_status_id"] for row in content.rows("case_status_history") if row["casefile_id"] == case["id"]
            ]
            if chance.random() < 0.5:
                content.move_case(case["id"], chance.choice([*had, case["case_status_id"] + chance.randint(1, 5)]))
        await account.cycle()
        assert [] == account.differences()
    account.clock.turn(DAY)
    await account.converges()
