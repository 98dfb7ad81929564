"""Faults planted in the product on purpose: the check of the contract that each is caught by is shown to fail."""

from __future__ import annotations

import itertools
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd import deletion, parse, plan, session, steps, walk
from syncd.paging import Outcome, Position
from syncd.plan import Cursor, Verdict
from syncd.session import Session
from syncd.standin.faults import Fault
from syncd.walk import Walker
from tests import kit
from tests.accounts import Open
from tests.kit import DAY, HOUR

Check = Callable[[Open], Awaitable[None]]


# --- checks, as the contract makes them -------------------------------------------------------------------------------
async def changes_while_reading_are_found(open_account: Open) -> None:
    """A record on a page already read changes while the walk goes on; the next cycle must bring it."""
    account = await open_account(names=["clients"], rows={"clients": 350})
    changed: list[int] = []

    def edit(content: Any) -> None:
        account.clock.turn(kit.HOUR)
        if len(changed) < 3 and account.vendor.log.count("/clients") > 3:
            key = content.rows("clients")[len(changed)]["id"]
            content.update("clients", key)
            changed.append(key)

    account.vendor.switch.between(edit)
    await account.cycle()
    account.vendor.switch.clear()
    assert changed
    account.clock.turn(HOUR)
    await account.cycle()
    assert [] == account.differences()


async def a_crash_before_a_commit_loses_nothing(open_account: Open) -> None:
    """Ended between asking for a page and storing it; the next cycles must hold all pages."""
    account = await open_account(names=["clients"], rows={"clients": 50})
    await account.cycle()
    kit.add(account, "clients", 250)
    account.clock.turn(HOUR)
    commits = 0

    def crash(step: str) -> None:
        nonlocal commits
        commits += step == "before_commit"
        if step == "before_commit" and commits == 3:
            raise RuntimeError("planted")

    steps.watch(crash)
    try:
        await account.cycle()
    finally:
        steps.watch(None)
    account.clock.turn(HOUR)
    await account.cycle()
    await account.cycle()
    assert [] == account.differences()


async def an_empty_answer_deletes_nothing(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    account.vendor.switch.fail("empty_first", path="/clients")
    account.vendor.switch.fail("status", status=404, path="/clients/*")
    await account.sweep()
    assert [] == account.tombstones("clients")


async def rows_skipped_at_a_page_edge_are_not_lost(open_account: Open) -> None:
    """A record of the first page vanishes while the third is read: every later one moves up by one place."""
    account = await open_account(names=["clients"], rows={"clients": 350})
    gone: list[int] = []

    def vanish(content: Any) -> None:
        if not gone and account.vendor.log.count("/clients", query="page=2") > 0:
            gone.append(content.rows("clients")[10]["id"])
            content.delete("clients", gone[0])

    account.vendor.switch.between(vanish)
    await account.cycle()
    assert gone
    assert [] == [line for line in account.differences() if "missing" in line]


async def late_rows_are_found(open_account: Open) -> None:
    """Stamped before the last cycle and shown after it, within the lookback."""
    account = await open_account(names=["clients"])
    await account.cycle()
    account.clock.turn(2 * HOUR)
    account.vendor.content.late("clients", seconds=240)
    account.clock.turn(60)
    await account.cycle()
    account.clock.turn(240)
    await account.cycle()
    assert [] == account.differences()


async def the_last_page_is_read(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 230})
    await account.cycle()
    assert [] == account.differences()


async def many_deletions_wait(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    kit.remove(account, "clients", 30)
    await account.sweep()
    assert [] == account.tombstones("clients")


async def rows_that_are_still_there_stay(open_account: Open) -> None:
    """A list that leaves some rows out again and again, which are served one by one."""
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    account.vendor.switch.fail(Fault("hides", select=lambda rows: rows[3:]), path="/clients")
    await account.sweep()
    assert [] == account.tombstones("clients")


async def unchanged_rows_are_not_written(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    before = account.picture()
    account.clock.turn(HOUR)
    await account.sweep()
    assert before == account.picture()


async def a_vanished_row_is_found_within_a_day(open_account: Open) -> None:
    account = await open_account(names=["clients"], rows={"clients": 60})
    await account.cycle()
    kit.remove(account, "clients", 1)
    account.clock.turn(1.05 * DAY)
    await account.cycle()
    assert [] == account.differences()


# --- faults, as somebody could make them ------------------------------------------------------------------------------
Plant = Callable[[pytest.MonkeyPatch], None]


def cursor_is_the_end_of_the_run(patch: pytest.MonkeyPatch) -> None:
    def moved(self: Session, position: Position) -> Cursor:
        return replace(self.cursor, at=self.reader.clock.now(), walk=None, size=position.size)

    patch.setattr(Session, "moved", moved)


def cursor_ahead_of_its_rows(patch: pytest.MonkeyPatch) -> None:
    honest = Session.commit

    async def commit(self: Session, records: list[Any], **where: Any) -> int:
        # Stores where it will be before it stores what it has.
        if where.get("position") is not None:
            await honest(self, [], **where)
            self.cursor = Cursor(at=self.reader.clock.now(), size=100)
            await honest(self, [], cursor=self.cursor)
        return await honest(self, records, **where)

    patch.setattr(Session, "commit", commit)


def believes_an_empty_list(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(plan, "deletion", lambda *_, **__: (Verdict.APPLY, ""))


def skips_the_proof(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(walk, "is_proven", lambda *_, **__: True)


def looks_not_back(patch: pytest.MonkeyPatch) -> None:
    honest = plan.begin

    def begin(collection: Any, cursor: Cursor, **more: Any) -> Position:
        return honest(collection, cursor, **{**more, "lookback": timedelta(0)})

    patch.setattr(plan, "begin", begin)


def drops_the_last_page(patch: pytest.MonkeyPatch) -> None:
    honest = Walker.batches

    async def batches(self: Walker, position: Position) -> Any:
        async for batch in honest(self, position):
            if 0 < len(batch.records) < position.size:
                yield replace(batch, records=[], outcome=Outcome(proven=True, pages=batch.position.page))
                return
            yield batch

    patch.setattr(Walker, "batches", batches)


def asks_for_no_single_record(patch: pytest.MonkeyPatch) -> None:
    async def confirmed(_session: Session, _stage: int, keys: Any) -> list[Any]:
        return list(keys)

    patch.setattr(deletion, "_confirmed", confirmed)


def forgets_what_it_knows(patch: pytest.MonkeyPatch) -> None:
    honest, rows_of, asked = parse.changed, parse.Extractor.rows, itertools.count()

    def rows(self: parse.Extractor, keyed: Any) -> parse.Rows:
        # Every row says when it came last, as a "last seen" column would.
        found = rows_of(self, keyed)
        found.main = [(*row[:-2], json.dumps({"asked": next(asked)}), row[-1]) for row in found.main]
        return found

    patch.setattr(session, "changed", lambda keyed, _known: honest(keyed, {}))
    patch.setattr(parse.Extractor, "rows", rows)


def never_counts(patch: pytest.MonkeyPatch) -> None:
    async def nothing(_session: Session) -> None:
        return None

    patch.setattr(deletion, "check_counts", nothing)


CAUGHT: tuple[tuple[Plant, Check], ...] = (
    (cursor_is_the_end_of_the_run, changes_while_reading_are_found),
    (cursor_ahead_of_its_rows, a_crash_before_a_commit_loses_nothing),
    (believes_an_empty_list, an_empty_answer_deletes_nothing),
    (believes_an_empty_list, many_deletions_wait),
    (skips_the_proof, rows_skipped_at_a_page_edge_are_not_lost),
    (looks_not_back, late_rows_are_found),
    (drops_the_last_page, the_last_page_is_read),
    (asks_for_no_single_record, rows_that_are_still_there_stay),
    (forgets_what_it_knows, unchanged_rows_are_not_written),
    (never_counts, a_vanished_row_is_found_within_a_day),
)
NAMED = [f"{plant.__name__}-{check.__name__}" for plant, check in CAUGHT]


@pytest.mark.parametrize("check", dict.fromkeys(check for _, check in CAUGHT), ids=lambda check: check.__name__)
async def test_the_product_passes_the_check(open_account: Open, check: Check) -> None:
    await check(open_account)


@pytest.mark.parametrize("plant, check", CAUGHT, ids=NAMED)
async def test_a_planted_fault_is_caught(
    open_account: Open, monkeypatch: pytest.MonkeyPatch, plant: Plant, check: Check
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        await check(open_account)


def test_every_fault_that_the_contract_names_is_planted() -> None:
    planted = {plant.__name__ for plant, _ in CAUGHT}
    assert {
        "cursor_is_the_end_of_the_run", "cursor_ahead_of_its_rows", "believes_an_empty_list", "skips_the_proof",
        "looks_not_back", "drops_the_last_page",
    } <= planted  # fmt: skip
