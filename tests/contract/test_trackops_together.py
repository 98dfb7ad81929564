"""Pages of a sweep that come quickly are committed together; whatever was read is kept when the next page fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd import steps
from tests import kit
from tests.accounts import Open


@pytest.fixture
def commits() -> Iterator[list[str]]:
    """The commits of pages, as they are reached."""
    reached: list[str] = []
    steps.watch(lambda name: reached.append(name) if name == "after_commit" else None)
    yield reached
    steps.watch(None)


async def test_pages_of_a_sweep_that_come_quickly_are_one_transaction(open_account: Open, commits: list[str]) -> None:
    account = await open_account(names=["tasks"], rows={"tasks": 750})
    await account.cycle()
    first, commits[:] = len(commits), []
    await account.sweep()
    assert {"first": 8, "sweep": 1} == {"first": first, "sweep": len(commits)}
    assert [] == account.differences()


async def test_pages_at_a_vendor_s_pace_are_committed_one_by_one(open_account: Open, commits: list[str]) -> None:
    account = await open_account(names=["tasks"], rows={"tasks": 350})
    await account.cycle()
    commits.clear()
    account.vendor.switch.between(lambda _content: account.clock.turn(1.5))
    await account.sweep()
    assert 4 == len(commits)


async def test_what_was_read_before_a_failure_is_kept_and_the_sweep_goes_on_there(open_account: Open) -> None:
    account = await open_account(names=["tasks"], rows={"tasks": 750})
    await account.cycle()
    key = kit.change(account, "tasks")
    rule = account.vendor.switch.fail("status", status=400, path="/tasks", nth=6)
    assert "failed" == (await account.sweep())["tasks"].state
    assert 3 == account.cursor("tasks")["walk"]["page"]
    account.vendor.switch.remove(rule)
    account.vendor.log.clear()
    await account.sweep()
    assert account.vendor.log.count() <= 8
    assert [] == account.differences(), key
