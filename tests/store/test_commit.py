"""One page: what differs is written, with everything that vouches for it, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncd.parse import Reject, Rows
from syncd.store import Committed, Store
from tests.store.kit import (
    CASES,
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
    rows,
    spent,
)
from tests.turned_clock import TurnedClock

_SYNCED = "SELECT CAST(_syncd_synced_at AS TEXT) FROM trackops_invoices ORDER BY id"


async def test_a_page_commits_rows_cursor_counts_and_staging_together(store: Store, database: str) -> None:
    run = await begin(store)
    found = rows(INVOICES, [invoice(1), invoice(2)], children={"invoice_details": details(1, 11, 12)})
    made = await store.commit(
        await page(
            store,
            run,
            found,
            tally=spent(2, retries=1, waited_s=0.5, received=2, bytes=900),
            stage=run,
            staged=(((1,), True), ((2,), False)),
            cursor={"page": 1},
            cursor_at=MADE,
        )
    )
    assert Committed(inserted=2, new_keys=2) == made
    assert [(1, 12.5), (2, 12.5)] == [
        (i, float(t)) for i, t in query(database, "SELECT id, total FROM trackops_invoices")
    ]
    assert [11, 12] == column(database, "SELECT id FROM trackops_invoice_details ORDER BY id")
    assert {"page": 1} == await store.cursor("acme", INVOICES)
    (state,) = [s for s in await store.states(["acme"]) if s.collection == "invoices"]
    assert (2, MADE) == (state.live_rows, state.cursor_at)
    (entry,) = await store.runs(["acme.invoices"])
    wanted = {"requests": 2, "retries": 1, "waited_s": 0.5, "received": 2, "inserted": 2, "updated": 0, "bytes": 900}
    assert wanted == {name: entry[name] for name in wanted}
    assert (2, 1) == (await store.staged_total(run), await store.staged_count(run, bounded=True))


async def test_s1_a_page_that_fails_anywhere_leaves_nothing(store: Store, database: str) -> None:
    run = await begin(store)
    found = rows(
        INVOICES,
        [invoice(1)],
        children={"invoice_details": details(1, 11)},
        lookups={"finance_items": [(7, "Hours", None, None)]},
    )
    broken = await page(store, run, found, stage=run, staged=(((1,), True),), cursor={"page": object})
    broken = replace(
        broken, tally=replace(spent(), bytes=2**70)
    )  # the last statement of the page cannot be carried out
    with pytest.raises(Exception, match=r".") as caught:
        await store.commit(broken)
    assert caught.value is not None
    for table in (
        "trackops_invoices",
        "trackops_invoice_details",
        "trackops_finance_items",
        "syncd_staged",
        "syncd_cursors",
    ):
        assert [0] == column(database, f"SELECT count(*) FROM {table}"), table
    # Nor is it remembered: the lookup is written by the page that succeeds.
    await store.commit(await page(store, run, found))
    assert ["Hours"] == column(database, "SELECT name FROM trackops_finance_items")


async def test_a_record_that_did_not_change_is_not_rewritten(store: Store, database: str, clock: TurnedClock) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2), children={"invoice_details": details(1, 11)})
    before = query(database, "SELECT * FROM trackops_invoices ORDER BY id")
    clock.turn(60)
    same = await store.commit(await page(store, run, Rows(), seen=[(1,), (2,)]))
    assert Committed(unchanged=2) == same
    assert before == query(database, "SELECT * FROM trackops_invoices ORDER BY id")


async def test_a_record_that_parses_to_the_same_row_changes_its_hash_only(
    store: Store, database: str, clock: TurnedClock
) -> None:
    run = await begin(store)
    extra = '{"b":1e30,"a":[1.5,"x"]}'
    await put(
        store,
        run,
        invoice(1),
        row(INVOICES, id=2, total=Decimal("0.10"), extra=extra),
        children={"invoice_details": details(1, 11)},
    )
    stamps = column(database, _SYNCED)
    clock.turn(60)
    reordered = row(INVOICES, id=2, total=Decimal("0.1"), extra='{"a":[1.50,"x"],"b":1e30}', record=-99)
    made = await put(store, run, invoice(1, record=77), reordered, children={"invoice_details": details(1, 11)})
    assert Committed(unchanged=2) == made
    assert stamps == column(database, _SYNCED)
    assert [77, -99] == column(database, "SELECT _syncd_hash FROM trackops_invoices ORDER BY id")


async def test_a_changed_record_is_rewritten_and_says_when(store: Store, database: str, clock: TurnedClock) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2))
    first = column(database, _SYNCED)
    clock.turn(60)
    made = await put(store, run, invoice(2, status=None, record=5))
    assert Committed(updated=1) == made
    second = column(database, _SYNCED)
    assert first[0] == second[0]
    assert first[1] < second[1]
    assert ["open", None] == column(database, "SELECT status FROM trackops_invoices ORDER BY id")


@pytest.mark.parametrize(
    "children, left",
    [
        (details(1, 11, 12, total="9.99"), [11, 12]),
        (details(1, 11), [11]),
        (details(1, 12, 13), [12, 13]),
        ([], []),
    ],
    ids=["changed", "one gone", "one gone, one new", "all gone"],
)
async def test_children_are_compared_as_a_set_and_move_their_parent(
    store: Store, database: str, clock: TurnedClock, children: list[Any], left: list[int]
) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2), children={"invoice_details": [*details(1, 11, 12), *details(2, 21)]})
    first = column(database, _SYNCED)
    clock.turn(60)
    made = await put(
        store,
        run,
        invoice(1, record=9),
        invoice(2, record=9),
        children={"invoice_details": [*children, *details(2, 21)]},
    )
    assert Committed(updated=1, unchanged=1) == made
    second = column(database, _SYNCED)
    assert first[0] < second[0]
    assert first[1] == second[1]
    assert left == column(database, "SELECT id FROM trackops_invoice_details WHERE invoice_id = 1 ORDER BY id")


async def test_children_in_another_order_are_the_same(store: Store) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), children={"invoice_details": details(1, 11, 12)})
    again = await put(store, run, invoice(1, record=9), children={"invoice_details": details(1, 12, 11)})
    assert Committed(unchanged=1) == again


@pytest.mark.parametrize("together", [True, False])
async def test_a_child_can_move_to_another_parent(store: Store, database: str, together: bool) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2), children={"invoice_details": details(1, 11)})
    if together:
        await put(store, run, invoice(1, record=9), invoice(2, record=9), children={"invoice_details": details(2, 11)})
    else:
        await put(store, run, invoice(2, record=9), children={"invoice_details": details(2, 11)})
        await put(store, run, invoice(1, record=9), children={"invoice_details": []})
    assert [(11, 2)] == query(database, "SELECT id, invoice_id FROM trackops_invoice_details")
    # Also when the new parent was never seen before.
    await put(store, run, invoice(3), children={"invoice_details": details(3, 11)})
    assert [(11, 3)] == query(database, "SELECT id, invoice_id FROM trackops_invoice_details")


async def test_v19_a_key_that_comes_twice_is_one_row_and_the_last_wins(store: Store, database: str) -> None:
    run = await begin(store)
    made = await put(store, run, invoice(1, status="draft"), invoice(1, status="paid"))
    assert Committed(inserted=1) == made
    assert ["paid"] == column(database, "SELECT status FROM trackops_invoices")


async def test_s9_a_page_sent_again_is_harmless(store: Store, database: str) -> None:
    """The answer to COMMIT was lost: the same page comes again, with what was known before the first time."""
    run = await begin(store)
    found = rows(INVOICES, [invoice(1), invoice(2)], children={"invoice_details": details(1, 11, 12)})
    first = await page(store, run, found, stage=run, staged=(((1,), True), ((2,), True)), cursor={"page": 1})
    assert Committed(inserted=2, new_keys=2) == await store.commit(first)
    before = query(database, "SELECT * FROM trackops_invoices ORDER BY id")
    assert Committed(unchanged=2) == await store.commit(first)
    assert before == query(database, "SELECT * FROM trackops_invoices ORDER BY id")
    assert [11, 12] == column(database, "SELECT id FROM trackops_invoice_details ORDER BY id")
    assert 2 == (await store.state("acme", INVOICES)).live_rows


async def test_s14_a_row_known_but_gone_is_inserted(store: Store, database: str) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2))
    late = await page(store, run, rows(INVOICES, [invoice(1, status="paid", record=9)]))
    query(database, "DELETE FROM trackops_invoices WHERE id = 1")
    assert Committed(inserted=1) == await store.commit(late)
    assert ["paid", "open"] == column(database, "SELECT status FROM trackops_invoices ORDER BY id")


@pytest.mark.parametrize("changed", [True, False])
async def test_a_row_seen_again_is_revived(store: Store, database: str, clock: TurnedClock, changed: bool) -> None:
    run = await begin(store)
    await put(store, run, invoice(1), invoice(2))
    assert 1 == await store.tombstone("acme", INVOICES, run, [(1,)])
    assert [1] == column(database, "SELECT count(*) FROM live_trackops_invoices")
    buried = column(database, _SYNCED)
    clock.turn(60)
    found = rows(INVOICES, [invoice(1, record=9)] if changed else [])
    made = await store.commit(await page(store, run, found, seen=[(1,), (2,)]))
    assert Committed(updated=1, revived=1, unchanged=1) == made
    assert [None, None] == column(database, "SELECT _syncd_deleted_at FROM trackops_invoices")
    assert buried[0] < column(database, _SYNCED)[0]
    assert 2 == (await store.state("acme", INVOICES)).live_rows


async def test_d6_equal_ids_of_two_connections_stay_apart(store: Store, database: str) -> None:
    await store.enroll("other", TRACKOPS)
    run = await begin(store)
    for connection, status in (("acme", "open"), ("other", "paid")):
        made = await put(
            store, run, invoice(1, status=status), connection=connection, children={"invoice_details": details(1, 11)}
        )
        assert Committed(inserted=1) == made
    wanted = [("acme", "open"), ("other", "paid")]
    assert wanted == query(database, "SELECT connection, status FROM trackops_invoices ORDER BY connection")
    await store.tombstone("other", INVOICES, run, [(1,)])
    assert ["acme"] == column(database, "SELECT connection FROM live_trackops_invoices")
    assert ["acme"] == column(database, "SELECT connection FROM live_trackops_invoice_details")


async def test_d6_what_becomes_of_a_row_becomes_of_no_other_connection_s(store: Store, database: str) -> None:
    """A row seen again, one whose hash alone is another, one whose children are gone."""
    await store.enroll("other", TRACKOPS)
    run = await begin(store)
    for connection in ("acme", "other"):
        await put(store, run, invoice(1), connection=connection, children={"invoice_details": details(1, 11)})
        await store.tombstone(connection, INVOICES, run, [(1,)])
    await store.commit(await page(store, run, Rows(), seen=[(1,)], connection="other"))
    assert ["other"] == column(database, "SELECT connection FROM live_trackops_invoices")
    same: dict[str, Any] = {"children": {"invoice_details": details(1, 11)}}
    assert Committed(unchanged=1) == await put(store, run, invoice(1, record=9), connection="other", **same)
    hashes = "SELECT _syncd_hash FROM trackops_invoices ORDER BY connection"
    assert [1, 9] == column(database, hashes)
    await put(store, run, invoice(1, record=10), connection="other", children={"invoice_details": []})
    assert ["acme"] == column(database, "SELECT connection FROM trackops_invoice_details")


async def test_lookups_are_added_and_renamed_but_never_lose_a_name(
    store: Store, database: str, clock: TurnedClock
) -> None:
    run = await begin(store)
    names = "SELECT id, name FROM trackops_case_statuses ORDER BY id"
    stamps = "SELECT CAST(_syncd_synced_at AS TEXT) FROM trackops_case_statuses ORDER BY id"

    async def see(*found: tuple[int, str | None]) -> None:
        await put(store, run, collection=CASES, lookups={"case_statuses": list(found)})

    await see((1, "Open"), (2, None))
    assert [(1, "Open"), (2, None)] == query(database, names)
    first = column(database, stamps)
    clock.turn(60)
    await see((1, None), (2, "Closed"), (2, None))
    assert [(1, "Open"), (2, "Closed")] == query(database, names)
    assert first[0] == column(database, stamps)[0]
    await see((1, "Opened"))
    assert [(1, "Opened"), (2, "Closed")] == query(database, names)


async def test_d10_a_reject_is_listed_once_until_it_parses(store: Store, clock: TurnedClock) -> None:
    run = await begin(store)
    bad = Reject('{"id":1}', "total", '{"id":1,"total":"x"}', "not a number")
    keyless = Reject(None, None, '{"total":"1"}', "no readable key")
    other = Reject('{"id":2}', "total", '{"id":2,"total":"y"}', "not a number")
    for _ in range(2):
        found = rows(INVOICES, [invoice(1), invoice(2)], rejects=[bad, keyless, other])
        await store.commit(await page(store, run, found, cleared=((1,), (2,))))
        clock.turn(60)
    listed = await store.rejects(["acme.invoices"])
    assert [({"id": 1}, "total"), (None, None), ({"id": 2}, "total")] == [(r["key"], r["column_name"]) for r in listed]
    assert {"id": 1, "total": "x"} == listed[0]["record"]
    assert timedelta(seconds=60) == listed[0]["last_seen_at"] - listed[0]["first_seen_at"]
    assert [None] == [r["key"] for r in await store.reject_records()]
    still = Reject('{"id":1}', "amount_paid", '{"id":1}', "not a number")
    await store.commit(await page(store, run, Rows(rejects=[still]), cleared=((1,),)))
    assert [(None, None), ({"id": 2}, "total"), ({"id": 1}, "amount_paid")] == [
        (r["key"], r["column_name"]) for r in await store.rejects()
    ]
    await store.commit(await page(store, run, Rows(), cleared=((1,), (2,))))
    (left,) = await store.rejects()
    await store.close_rejects([left["id"]])
    assert [] == await store.rejects()


async def test_d10_a_reject_without_a_key_is_closed_by_a_whole_reading_that_does_not_bring_it(
    store: Store, clock: TurnedClock
) -> None:
    keyless = [Reject(None, None, f'{{"total":"{n}"}}', "no readable key") for n in (1, 2)]
    run = await begin(store)
    await store.commit(await page(store, run, Rows(rejects=keyless)))
    clock.turn(60)
    sweep = await store.start_run("acme", INVOICES, "sweep", clock.now())
    await store.commit(await page(store, sweep, Rows(rejects=keyless[1:])))
    await store.finish("acme", INVOICES, sweep)
    assert 2 == len(await store.rejects())
    await store.finish("acme", INVOICES, sweep, read_whole=True)
    assert [{"total": "2"}] == [r["record"] for r in await store.rejects()]


@pytest.mark.parametrize("other", ["[true]", "[1.5]", '["1"]', "[]", "[1,1]"])
async def test_json_that_differs_in_kind_only_differs(store: Store, database: str, other: str) -> None:
    run = await begin(store)
    await put(store, run, (*invoice(1)[:-2], "[1]", 1))
    assert Committed(unchanged=1) == await put(store, run, (*invoice(1)[:-2], "[1.0]", 2))
    assert Committed(updated=1) == await put(store, run, (*invoice(1)[:-2], other, 3))


async def test_cursors_of_partitions_are_apart(store: Store) -> None:
    run = await begin(store)
    await store.commit(await page(store, run, Rows(), cursor={"a": 1}, partition="7"))
    await store.commit(await page(store, run, Rows(), cursor={"a": 2}))
    await store.commit(await page(store, run, Rows()))
    assert {"7": {"a": 1}, "": {"a": 2}} == await store.cursors("acme", INVOICES)
    assert None is await store.cursor("acme", REQUESTS)
