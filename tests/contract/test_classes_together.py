"""Collections whose calls are of different classes are read side by side, by one pass over one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from syncd import steps
from syncd.errors import StoreFull
from syncd.passes import ALL_REFUSED, INTERRUPTED, SOME_FAILED, Report, cycle
from syncd.run import RunResult
from syncd.standin.faults import Fault
from syncd.vendors import VENDORS
from tests import kit
from tests.accounts import Open, both
from tests.classed import PEOPLE, class_of, two_classes

Told = list[tuple[str, str]]
"""("begins" or how it ended, collection), as it happened."""


@pytest.fixture(autouse=True)
def _of_two_classes() -> Iterator[None]:
    with two_classes():
        yield


async def one_pass(
    account: kit.Account, *names: str, stop: asyncio.Event | None = None, until: tuple[str, str] | None = None
) -> tuple[Report, Told]:
    """A pass, and what was told of it. The second page of cases comes once *until* was told, if that is given."""
    told: Told = []
    met = asyncio.Event()

    def hear(_connection: str, collection: str, result: RunResult | None) -> None:
        told.append((result.state if result else "begins", collection))
        if told[-1] == until:
            met.set()

    if until is not None:
        held = Fault("held", wait=lambda _chance: met.wait())  # type: ignore[arg-type,return-value]
        account.vendor.switch.fail(held, path="/cases", nth=range(2, 7))
    wanted = {kit.NAME: names or account.names}
    async with asyncio.timeout(120):
        return await cycle(account.service, wanted, stop=stop, hear=hear), told


async def test_two_classes_are_read_at_once_and_each_in_its_order(open_account: Open) -> None:
    """The walk of cases has not ended, and everything of the other class is read."""
    account = await open_account(names=["fields", "staff", "clients", "cases", "subjects"], cases=300)
    report, told = await one_pass(account, until=("ok", "clients"))
    assert 0 == report.exit_code
    assert [("begins", "fields"), ("begins", "cases")] == told[:2]
    people = [event for event in told if event[1] in PEOPLE]
    assert [(word, name) for name in ("fields", "staff", "clients") for word in ("begins", "ok")] == people
    assert told.index(("ok", "clients")) < told.index(("ok", "cases")) < told.index(("begins", "subjects"))
    assert [] == account.differences()


async def test_what_is_read_behind_a_collection_of_another_class_waits_for_it_and_the_rest_does_not(
    open_account: Open,
) -> None:
    account = await open_account(names=["fields", "case_status_history", "cases", "subjects"], cases=300)
    report, told = await one_pass(account, until=("ok", "fields"))
    assert 0 == report.exit_code
    assert told.index(("ok", "fields")) < told.index(("ok", "cases"))
    assert told.index(("ok", "cases")) < told.index(("begins", "case_status_history"))
    assert [] == account.differences()


@both
async def test_a_whole_account_is_equal_whatever_happens_on_the_way(open_account: Open) -> None:
    account = await open_account()
    account.vendor.switch.storm(0.1)
    account.vendor.switch.churn(0.2, seed=3)
    for _ in range(2):
        await account.cycle()
        account.clock.turn(kit.HOUR)
    await account.converges()


async def test_v5_a_refusal_in_one_class_lets_nothing_more_begin_in_the_other(open_account: Open) -> None:
    """What is under way in the other class when the first is refused ends well, and that changes nothing."""
    account = await open_account(names=["fields", "staff", "cases", "subjects"], cases=300)
    account.vendor.switch.fail("status", status=401, path="/fields")
    report, told = await one_pass(account)
    assert {("begins", "fields"), ("failed", "fields"), ("begins", "cases"), ("ok", "cases")} == set(told)
    assert ALL_REFUSED == report.exit_code
    assert "stopped" == account.query("SELECT state FROM syncd_connections")[0]["state"]


async def test_v5_a_refusal_that_both_classes_meet_is_one(open_account: Open) -> None:
    account = await open_account(names=["fields", "staff", "cases", "subjects"])
    account.vendor.settings.token = "another"
    report, told = await one_pass(account)
    assert [("begins", "fields"), ("begins", "cases")] == told[:2]
    assert {("failed", "fields"), ("failed", "cases")} == set(told[2:])
    assert 2 == account.vendor.log.count()
    assert ALL_REFUSED == report.exit_code


async def test_n1_a_class_that_does_not_answer_is_given_up_and_the_other_is_read(open_account: Open) -> None:
    account = await open_account(names=[*PEOPLE, "cases", "subjects", "events", "tasks"])
    for path in ("/fields", "/staff", "/client*"):
        account.vendor.switch.fail("status", status=503, path=path)
    report, told = await one_pass(account)
    ended = {name: state for state, name in told if state != "begins"}
    work = [name for name in account.names if name not in PEOPLE]
    assert {**dict.fromkeys(PEOPLE[:5], "failed"), **dict.fromkeys(work, "ok")} == ended
    assert [kit.NAME] == list(report.unreachable)
    assert SOME_FAILED == report.exit_code


async def test_n1_what_waits_for_a_class_that_was_given_up_waits_no_longer(open_account: Open) -> None:
    names = ("case_status_history", "cases", "subjects", "events", "tasks", "files", "case_updates")
    account = await open_account(names=names)
    account.vendor.switch.fail("status", status=503, path="/cases")
    for path in ("/subjects", "/events", "/tasks", "/files", "/case/*"):
        account.vendor.switch.fail("status", status=503, path=path)
    report, told = await one_pass(account)
    assert ("ok", "case_status_history") in told
    assert 6 == len(report.runs)


@both
async def test_s5_a_full_disk_in_one_class_ends_the_pass_and_interrupts_the_other(open_account: Open) -> None:
    account = await open_account(names=["fields", "staff", "cases", "subjects"], cases=300)
    commits: list[str] = []

    def fill(step: str) -> None:
        if step == "before_commit":
            commits.append(step)
            if len(commits) == 3:
                raise StoreFull("The disk is full.")

    steps.watch(fill)
    try:
        report, _ = await one_pass(account)
    finally:
        steps.watch(None)
    assert isinstance(report.fatal, StoreFull)
    assert 3 == report.exit_code
    states = {row["state"] for row in account.query("SELECT state FROM syncd_runs")}
    assert states <= {"ok", "failed", "interrupted"}
    assert [] == [row for row in account.query("SELECT * FROM syncd_collections") if row["state"] == "running"]
    await account.converges()


async def test_p1_a_pass_that_is_stopped_interrupts_what_is_under_way_in_both_classes(open_account: Open) -> None:
    account = await open_account(names=["clients", "cases"], cases=400, rows={"clients": 400})
    stop = asyncio.Event()
    pages = {"people": 0, "work": 0}

    def turn(_content: Any) -> None:
        for entry in account.vendor.log.entries[-1:]:
            pages[class_of(entry.path.removeprefix("/api/v1"))] += 1
        if min(pages.values()) >= 2:
            stop.set()

    account.vendor.switch.between(turn)
    report, _ = await one_pass(account, stop=stop)
    assert INTERRUPTED == report.exit_code
    states = account.query("SELECT collection, state FROM syncd_runs ORDER BY collection")
    assert [("cases", "interrupted"), ("clients", "interrupted")] == [tuple(row.values()) for row in states]
    account.vendor.switch.clear()
    await account.converges()


@pytest.mark.parametrize("vendor_name", ["itrack"])
async def test_what_reading_depends_on_is_learned_once_by_runs_that_begin_together(open_account: Open) -> None:
    account = await open_account(names=["trackers", "zones", "places"])
    declared = VENDORS["itrack"].collections
    assert {"people", "work"} == {class_of(one.path) for one in declared if one.name in account.names}
    for _ in range(3):
        account.vendor.log.clear()
        await account.cycle()
        learned = [entry.path for entry in account.vendor.log.entries if "get_info" in entry.path]
        assert 1 == len(learned)
        account.clock.turn(kit.DAY)
