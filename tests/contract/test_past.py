"""What is new goes first: how the daemon has a windowed collection read, and what a kill or a failure leaves of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd import steps
from syncd.lane import Lane
from syncd.plan import RunKind, Scope
from syncd.reader import Request
from syncd.run import RunResult, run
from tests.accounts import Open
from tests.contract.trackunit_kit import asked_of, ledger, spans, units, well
from tests.kit import DAY, HOUR, NOW, Account

HISTORY = ("units", "unit_history")
FLEET = {"units": 4, "days": 38, "rows_per_day": 3, "steady": True}
D = timedelta(days=1)
QUARTER = 900.0


@pytest.fixture
def vendor_name() -> str:
    return "trackunit"


async def new(account: Account, name: str = "unit_history") -> RunResult:
    """What is new, as the daemon has it read."""
    await account.cycle("units")
    account.vendor.log.clear()
    return await run(account.reader, account.collection(name), Request(scope=Scope.NEW))


async def past(account: Account, name: str = "unit_history", *, gives_way_at: datetime | None = None) -> RunResult:
    """The rest of what is due, as the daemon has it read."""
    request = Request(lane=Lane.LOOKBACK, scope=Scope.PAST, gives_way_at=gives_way_at)
    return await run(account.reader, account.collection(name), request)


def lanes(account: Account, path: str) -> list[str]:
    """The lanes of the questions so far, in order of their answers."""
    said = [json.loads(line) for line in account.said.getvalue().splitlines()]
    return [event["lane"] for event in said if event["action"] == "answered" and event["path"].endswith(path)]


def due_of_past(account: Account, name: str = "unit_history") -> Any:
    return account.state(name)["next_past_at"]


async def after_an_outage(open_account: Open, days: float = 10, more: str = "") -> Account:
    """An account whose copy is that old: everything of the last week is due to be read again, too."""
    account = await open_account(names=HISTORY, more=more, **FLEET)
    await well(account)
    account.clock.turn(days * DAY)
    for one in units(account):
        account.vendor.content.report(one)
    account.clock.turn(1)  # in the second they reported in there may be more
    return account


class KilledError(BaseException):
    """Ends a run as a kill would: nothing is tidied up by it."""


@contextmanager
def killed_after(commits: int) -> Iterator[None]:
    """The block is killed in the middle of the commit after so many."""
    done = 0

    def hook(step: str) -> None:
        nonlocal done
        done += step == "after_commit"
        if done >= commits and step == "before_commit":
            raise KilledError

    steps.watch(hook)
    try:
        with pytest.raises((KilledError, BaseExceptionGroup)):
            yield
    finally:
        steps.watch(None)


async def test_what_is_new_is_read_by_itself_and_the_rest_behind_it_in_lanes_of_its_own(open_account: Open) -> None:
    account = await after_an_outage(open_account)
    before = len(lanes(account, "/Report/UnitHistory"))
    assert "ok" == (await new(account)).state
    now = account.clock.now().replace(microsecond=0)
    assert {(now - 3 * D, now)} == set(spans(account, "unit_history"))
    assert account.state("unit_history")["cursor_at"] is not None
    assert due_of_past(account) is not None
    account.vendor.log.clear()
    cursor_at = account.state("unit_history")["cursor_at"]
    assert "ok" == (await past(account)).state
    one = units(account)[0]
    # The week's tier as far as it is known, the look-back of what was known before, and then the outage itself.
    tier, known, outage = spans(account, "unit_history", one)
    assert [(now - 3 * D, now), (NOW, now - 3 * D)] == [tier, outage]
    assert known[0] <= NOW - 2 * D
    assert NOW == known[1]
    told = lanes(account, "/Report/UnitHistory")[before:]
    assert ["increment"] * 4 == told[:4]
    assert {"lookback", "backfill"} == set(told[4:])
    assert told[4:] == sorted(told[4:], reverse=True)
    assert cursor_at == account.state("unit_history")["cursor_at"]
    assert [] == account.differences()
    account.vendor.log.clear()
    await well(account)
    assert [] == asked_of(account, "unit_history")


async def test_the_past_gives_way_to_a_cycle_that_is_due_and_goes_on_where_it_was(open_account: Open) -> None:
    account = await after_an_outage(open_account, more="parallel = 1")
    await new(account)
    runs = 0
    while runs < 30:
        runs += 1
        account.vendor.log.clear()
        assert "ok" == (await past(account, gives_way_at=account.clock.now())).state
        told = due_of_past(account)
        if told is None or not asked_of(account, "unit_history"):
            break
        # One window at least, and nothing is begun behind it.
        assert len(asked_of(account, "unit_history")) <= 1
        account.clock.turn(1)
    assert runs > 1
    assert [] == account.differences()
    assert [] == asked_of_next(account, await new(account))


def asked_of_next(account: Account, result: RunResult) -> list[str]:
    assert "ok" == result.state
    return asked_of(account, "unit_history")


@pytest.mark.parametrize("scope", [Scope.NEW, Scope.PAST])
@pytest.mark.parametrize("commits", [1, 3])
async def test_p2_what_a_killed_run_left_is_due_by_its_ledgers(open_account: Open, scope: Scope, commits: int) -> None:
    account = await after_an_outage(open_account)
    if scope is Scope.PAST:
        await new(account)
    with killed_after(commits):
        await (new if scope is Scope.NEW else past)(account)
    await account.leave()
    again = await open_account(names=HISTORY, vendor=account.vendor, clock=account.clock)
    if scope is Scope.PAST:
        assert due_of_past(again) is not None  # the daemon reads on at once
    else:
        await new(again)
    await past(again)
    assert [] == again.differences()


async def test_reopened_pasts_are_of_the_past_and_the_account_is_not_kept_waiting(open_account: Open) -> None:
    account = await open_account(names=("units", "alarm_log"), **FLEET)
    for _ in range(3):
        await well(account)
        account.clock.turn(0.9 * DAY)
    for one in units(account):
        account.vendor.content.report(one)
    assert "ok" == (await new(account, "alarm_log")).state
    assert [""] == asked_of(account, "alarm_log")
    assert due_of_past(account, "alarm_log") is not None
    account.vendor.log.clear()
    assert "ok" == (await past(account, "alarm_log")).state
    assert "" not in asked_of(account, "alarm_log")
    assert asked_of(account, "alarm_log")
    assert [] == account.differences()


async def test_v10_rows_that_are_doubted_are_looked_at_again_an_hour_later_as_the_past(open_account: Open) -> None:
    account = await open_account(names=HISTORY, **FLEET)
    await well(account)
    await past(account)
    account.clock.turn(QUARTER)
    one = units(account)[0]
    account.vendor.switch.fail("short", records=0, path="/Report/UnitHistory")
    account.vendor.content.report(one)
    results = await new(account)
    assert "held" == results.state, results
    assert due_of_past(account) is not None
    account.vendor.switch.clear()
    account.clock.turn(HOUR + 60)
    assert "ok" == (await past(account)).state
    assert "ok" == account.state("unit_history")["state"]
    assert [] == account.differences()


async def test_what_fails_of_the_past_is_told_until_it_goes_well_and_keeps_nothing_new_waiting(
    open_account: Open,
) -> None:
    account = await after_an_outage(open_account)
    await new(account)
    before = account.state("unit_history")
    account.vendor.switch.fail("status", status=400, path="/Report/UnitHistory")
    assert (await past(account)).state in {"failed", "partial"}
    told = account.state("unit_history")
    assert 1 == told["past_failures"]
    assert 0 == told["failures"]
    assert before["next_due_at"] == told["next_due_at"]
    assert before["last_success_at"] == told["last_success_at"]
    account.vendor.switch.clear()
    for one in units(account):
        account.vendor.content.report(one)
    account.clock.turn(60)
    assert "ok" == (await new(account)).state
    assert told["state"] == account.state("unit_history")["state"]
    assert told["next_past_at"] == due_of_past(account)
    assert told["last_error"] == account.state("unit_history")["last_error"]
    account.clock.turn(300)
    assert "ok" == (await past(account)).state
    assert ("ok", None, 0) == tuple(account.state("unit_history")[n] for n in ("state", "last_error", "past_failures"))
    assert [] == account.differences()


async def test_a_sweep_that_was_killed_is_left_to_the_next_sweep(open_account: Open) -> None:
    account = await open_account(names=HISTORY, **FLEET)
    await well(account)
    account.clock.turn(QUARTER)
    with killed_after(2):
        await account.cycle("unit_history", kind=RunKind.SWEEP)
    await account.leave()
    again = await open_account(names=HISTORY, vendor=account.vendor, clock=account.clock)
    begun = ledger(again, "unit_history")["sweep"]
    assert "ok" == (await new(again)).state
    assert [] == asked_of(again, "unit_history")
    await past(again)
    assert begun == ledger(again, "unit_history")["sweep"]
    again.vendor.log.clear()
    await again.sweep("unit_history")
    assert "sweep" not in ledger(again, "unit_history")
    assert asked_of(again, "unit_history")


async def test_what_is_reported_while_the_past_is_read_is_new_to_the_next_cycle(open_account: Open) -> None:
    content = {**FLEET, "units": 2, "days": 20}
    account = await open_account(names=HISTORY, more='since = "10d"', **content)
    await well(account)
    await account.leave()
    again = await open_account(names=HISTORY, vendor=account.vendor, clock=account.clock)
    again.clock.turn(QUARTER)
    assert "ok" == (await new(again)).state
    again.clock.turn(QUARTER)
    for one in units(again):
        again.vendor.content.report(one)
    await again.cycle("units")
    assert "ok" == (await past(again)).state
    assert "ok" == (await new(again)).state
    assert sorted(units(again)) == sorted(asked_of(again, "unit_history"))
    assert [] == again.differences()
