"""A run that ends at any named step, or at any await, leaves rows and cursor in agreement, and the next converges."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pytest

from syncd import steps
from syncd.plan import RunKind
from syncd.reader import Request
from syncd.run import run
from tests import kit
from tests.accounts import Open, both
from tests.kit import HOUR, NAME, Account

End = Callable[[], None]
ROWS = 230


class PlantedError(Exception):
    """Raised by these tests only."""


def fail() -> None:
    """End the run by an error nobody expects."""
    raise PlantedError


def cancel() -> None:
    """End the run at its next await."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def ended_at(account: Account, name: str, kind: RunKind, nth: int, end: End) -> str | None:
    """Run until the *nth* step (from 0) and end there; the step's name, None if the run was over before."""
    passed: list[str] = []

    def hook(step: str) -> None:
        passed.append(step)
        if len(passed) == nth + 1:
            end()

    steps.watch(hook)
    try:
        with suppress(PlantedError, asyncio.CancelledError):
            await asyncio.create_task(run(account.reader, account.collection(name), Request(kind=kind)))
    finally:
        steps.watch(None)
    return passed[nth] if len(passed) > nth else None


def agrees(account: Account, name: str, changed_at: datetime) -> None:
    """The cursor is never ahead of the rows: every page it counts is there, and past *changed_at* everything is."""
    cursor = account.cursor(name) or {}
    if walk := cursor.get("walk"):
        there = account.query(f"SELECT count(*) AS n FROM syncd_staged WHERE stage = {walk['stage']}")[0]["n"]
        assert there >= min(ROWS, walk["page"] * 100)
        assert account.live(name) >= min(ROWS, walk["page"] * 100)
    if "at" in cursor and datetime.fromisoformat(cursor["at"]) >= changed_at.replace(microsecond=0):
        assert [] == [line for line in account.differences() if "should not be there" not in line]


async def forgotten(account: Account) -> None:
    """The copy is empty again."""
    await account.service.store.forget(NAME)
    await account.service.store.enroll(NAME, account.reader.vendor, account.names)


@both
@pytest.mark.parametrize("end", [fail, cancel], ids=["raised", "cancelled"])
@pytest.mark.parametrize("kind", [RunKind.CYCLE, RunKind.SWEEP], ids=["first", "sweep"])
async def test_p13_s1_a_run_that_ends_at_any_step_is_taken_up_and_converges(
    open_account: Open, kind: RunKind, end: End
) -> None:
    """For every step there is: a first sync, or a sweep with something new, changed and gone in every page."""
    account = await open_account(names=["clients"], rows={"clients": ROWS})
    seen: list[str] = []
    for nth in range(100):
        if kind is RunKind.CYCLE:
            await forgotten(account)
        else:
            account.clock.turn(HOUR)
            kit.remove(account, "clients", 1, first=nth)
            kit.add(account, "clients")
            kit.change(account, "clients", 150)
        changed_at = account.clock.now()
        account.clock.turn(1)
        step = await ended_at(account, "clients", kind, nth, end)
        agrees(account, "clients", changed_at)
        assert "ok" == (await account.read("clients", kind)).state
        assert [] == account.differences(), step
        if step is None:
            break
        seen.append(step)
    assert {"run_started", "before_fetch", "after_fetch", "before_commit", "after_commit", "walk_ended"} <= set(seen)
    assert {"before_finish", "after_finish", "run_ended"} <= set(seen)
    await account.converges()


@both
async def test_p13_a_run_cancelled_at_any_await_loses_no_row_no_turn_and_no_connection(open_account: Open) -> None:
    """At ever later turns of the event loop, until a run gets through."""
    account = await open_account(names=["clients"], rows={"clients": ROWS})
    for turns in range(0, 400, 7):
        await forgotten(account)
        task = asyncio.create_task(run(account.reader, account.collection("clients"), Request()))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        agrees(account, "clients", kit.NOW)
        if task.cancelled():
            continue
        break
    assert [] == account.query("SELECT id FROM syncd_runs WHERE state = 'running'")
    assert "ok" == (await account.read("clients")).state
    await account.converges()
    assert {"ok", "interrupted"} >= {row["state"] for row in account.query("SELECT state FROM syncd_runs")}


async def test_a_first_walk_that_was_interrupted_goes_on_where_it_was(open_account: Open) -> None:
    """The last page it had committed is read again, no other."""
    account = await open_account(names=["clients"], rows={"clients": 900})
    step = await ended_at(account, "clients", RunKind.CYCLE, 4 * 5, cancel)
    page = account.cursor("clients")["walk"]["page"]
    assert page >= 4, step
    account.vendor.log.clear()
    assert "ok" == (await account.read("clients")).state
    pages = [int(entry.query.rpartition("page=")[2]) for entry in account.vendor.log.entries if "&page=" in entry.query]
    assert page == min(pages)
    assert [] == account.differences()
