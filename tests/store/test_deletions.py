"""What a walk did not see: found by anti-join, buried in one transaction, and only that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.collection import Absence
from syncd.parse import Rows
from syncd.store import Store
from syncd.vendors.base import Vendor
from tests.store.kit import (
    CASES,
    HISTORY,
    INVOICES,
    MADE,
    REQUESTS,
    TRACKOPS,
    begin,
    column,
    details,
    invoice,
    page,
    put,
    query,
    row,
)
from tests.turned_clock import TurnedClock

_LIVE = "SELECT id FROM live_trackops_invoices ORDER BY id"


async def _stage(store: Store, run: int, *numbers: int) -> None:
    await store.commit(await page(store, run, Rows(), stage=run, staged=tuple(((n,), True) for n in numbers)))


async def test_what_was_not_staged_is_absent(store: Store) -> None:
    run = await begin(store)
    await put(store, run, *(invoice(n) for n in range(1, 31)))
    await _stage(store, run, *range(1, 11), *range(21, 31))
    found = await store.absent("acme", INVOICES, run, limit=3)
    assert (10, 30, [(11,), (12,), (13,)]) == (found.count, found.live, found.keys)
    again = await store.absent("acme", INVOICES, run, limit=100)
    assert found.digest == again.digest
    assert [(n,) for n in range(11, 21)] == again.keys
    await _stage(store, run, 11)
    assert found.digest != (await store.absent("acme", INVOICES, run, limit=3)).digest


async def test_bounds_are_inclusive_and_leave_the_rest_alone(store: Store, database: str) -> None:
    run = await begin(store)
    await put(store, run, *(invoice(n, created_at=MADE + timedelta(days=n)) for n in range(1, 6)))
    bounds: dict[str, Any] = {"made_from": MADE + timedelta(days=2), "made_to": MADE + timedelta(days=4)}
    found = await store.absent("acme", INVOICES, run, limit=9, **bounds)
    assert (3, 5, 3, [(2,), (3,), (4,)]) == (found.count, found.live, found.within, found.keys)
    await _stage(store, run, 3)
    assert 2 == await store.finish("acme", INVOICES, run, all_absent_of_stage=run, **bounds)
    assert [1, 3, 5] == column(database, _LIVE)


async def test_finish_moves_everything_in_one_transaction(store: Store, database: str, clock: TurnedClock) -> None:
    run = await begin(store)
    await put(store, run, *(invoice(n) for n in range(1, 6)), children={"invoice_details": details(2, 21)})
    await _stage(store, run, 1, 3, 4)
    stamp = "SELECT CAST(_syncd_synced_at AS TEXT) FROM trackops_invoices ORDER BY id"
    before = column(database, stamp)
    clock.turn(60)
    gone = await store.finish(
        "acme", INVOICES, run, cursor={"at": "x"}, cursor_at=MADE, all_absent_of_stage=run, drop_stage=run, version="v1"
    )
    assert 2 == gone
    assert [1, 3, 4] == column(database, _LIVE)
    after = column(database, stamp)
    assert [False, True, False, False, True] == [a < b for a, b in zip(before, after, strict=True)]
    # Children of a tombstone stay, but are not shown as living.
    assert [21] == column(database, "SELECT id FROM trackops_invoice_details")
    assert [] == query(database, "SELECT * FROM live_trackops_invoice_details")
    state = await store.state("acme", INVOICES)
    assert (3, MADE, "v1", None) == (state.live_rows, state.cursor_at, state.version, state.held)
    assert {"at": "x"} == await store.cursor("acme", INVOICES)
    assert 0 == await store.staged_total(run)
    assert 2 == (await store.runs())[0]["tombstoned"]


async def test_named_keys_are_buried_once(store: Store, database: str) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2))
    assert 1 == await store.finish("acme", INVOICES, run, tombstones=[(2,), (2,), (9,)], held={"count": 3})
    assert 0 == await store.tombstone("acme", INVOICES, run, [(2,)])
    assert [1] == column(database, _LIVE)
    state = await store.state("acme", INVOICES)
    assert (1, {"count": 3}) == (state.live_rows, state.held)


async def test_keys_of_several_columns_are_told_apart(store: Store) -> None:
    run = await begin(store, HISTORY)
    entries = [row(HISTORY, casefile_id=a, case_status_id=b, changed_at=MADE) for a, b in ((1, 11), (11, 1), (1, 12))]
    await put(store, run, *entries, collection=HISTORY)
    await store.commit(await page(store, run, Rows(), collection=HISTORY, stage=run, staged=(((1, 11), True),)))
    found = await store.absent("acme", HISTORY, run, limit=9)
    assert [(1, 12), (11, 1)] == found.keys
    assert 1 == await store.tombstone("acme", HISTORY, run, [(11, 1)])
    assert [(1, 12)] == (await store.absent("acme", HISTORY, run, limit=9)).keys
    assert [(1, 11), (1, 12)] == await store.rows_of("acme", HISTORY, "casefile_id", 1)


@pytest.mark.parametrize("absence", [Absence.REMOVE, Absence.KEEP])
async def test_absence_decides_whether_rows_go_or_stay(database: str, clock: TurnedClock, absence: Absence) -> None:
    invoices = replace(INVOICES, absence=absence)
    vendor: Vendor = replace(TRACKOPS, collections=(invoices,))
    store = await Store.open(database, [vendor], clock=clock)
    try:
        run = await begin(store)
        children = {"invoice_details": [*details(1, 11), *details(2, 21)]}
        await put(store, run, invoice(1), invoice(2), collection=invoices, children=children)
        await _stage(store, run, 1)
        gone = await store.finish("acme", invoices, run, all_absent_of_stage=run)
        left, live = ([1], 1) if absence is Absence.REMOVE else ([1, 2], 2)
        assert len([1, 2]) - live == gone
        assert left == column(database, "SELECT id FROM trackops_invoices ORDER BY id")
        assert left == column(database, "SELECT invoice_id FROM trackops_invoice_details ORDER BY id")
        assert live == (await store.state("acme", invoices)).live_rows
    finally:
        await store.close()


async def test_counts_for_comparing_with_the_vendor(store: Store) -> None:
    run = await begin(store)
    days = [datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), MADE, MADE]
    await put(store, run, *(invoice(n, created_at=at) for n, at in enumerate(days)), invoice(9, created_at=None))
    await store.tombstone("acme", INVOICES, run, [(3,)])
    assert 3 == await store.made_count("acme", INVOICES, MADE)
    assert 2 == await store.made_count("acme", INVOICES, MADE - timedelta(microseconds=1))
    assert {(2025, 12): 1, (2026, 1): 2} == await store.made_by_month("acme", INVOICES, MADE)
    assert {(2025, 12): 1} == await store.made_by_month("acme", INVOICES, days[0])


async def test_a_request_that_became_a_case_is_found(store: Store, clock: TurnedClock) -> None:
    run = await begin(store, REQUESTS)
    await put(store, run, *(row(REQUESTS, id=n) for n in (1, 2, 3)), collection=REQUESTS)
    await put(store, run, row(CASES, id=2), row(CASES, id=7), collection=CASES)
    at = clock.now()
    clock.turn(60)
    await put(store, run, row(CASES, id=3), collection=CASES)
    assert [(2,), (3,)] == await store.succeeded("acme", REQUESTS, CASES, None)
    assert [(2,), (3,)] == await store.succeeded("acme", REQUESTS, CASES, at)
    assert [(3,)] == await store.succeeded("acme", REQUESTS, CASES, at + timedelta(seconds=1))
    await store.tombstone("acme", CASES, run, [(3,)])
    await store.tombstone("acme", REQUESTS, run, [(2,)])
    assert [] == await store.succeeded("acme", REQUESTS, CASES, None)


async def test_a_case_whose_newest_status_differs_is_found(store: Store, clock: TurnedClock) -> None:
    rule = HISTORY.reconciles
    assert rule is not None
    run = await begin(store, HISTORY)

    def entry(case: int, status: int, hour: int) -> tuple[object, ...]:
        return row(HISTORY, casefile_id=case, case_status_id=status, changed_at=MADE + timedelta(hours=hour))

    await put(
        store, run,
        entry(1, 5, 0), entry(1, 6, 1),  # agrees
        entry(2, 5, 0), entry(2, 6, 1),  # moved back: its newest should be gone
        entry(3, 5, 1), entry(3, 6, 1),  # a tie: either will do
        entry(5, 5, 0), entry(5, 6, 1),  # moved back, but its newest is a tombstone
        collection=HISTORY,
    )  # fmt: skip
    await store.tombstone("acme", HISTORY, run, [(5, 6)])
    statuses = {1: 6, 2: 5, 3: 5, 4: 5, 5: 5, 6: None}  # 4 has no history at all
    await put(store, run, *(row(CASES, id=n, case_status_id=s) for n, s in statuses.items()), collection=CASES)
    assert [2] == await store.disagreeing("acme", HISTORY, rule, CASES, None)
    assert [2] == await store.disagreeing("acme", HISTORY, rule, CASES, clock.now())
    assert [] == await store.disagreeing("acme", HISTORY, rule, CASES, clock.now() + timedelta(seconds=1))


async def test_staging_is_not_logged_on_postgresql(store: Store, database: str, kind: str) -> None:
    """It is walked again after a crash: not worth its weight in write-ahead log."""
    if kind == "postgresql":
        assert ["u"] == column(database, "SELECT relpersistence::text FROM pg_class WHERE relname = 'syncd_staged'")
    run = await begin(store)
    await _stage(store, run, 1, 2)
    await store.drop_stage(run)
    assert 0 == await store.staged_total(run)
