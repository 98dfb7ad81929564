"""Lookups whose objects are dated: of each column the value seen last counts, in whatever order they come."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from syncd.parse import Rows
from syncd.store import Page, Store, Tally
from tests.store.kit import column, plain, query
from tests.store.yard import HISTORY, NOON, YARD, at, of_history, put_window
from tests.turned_clock import TurnedClock

_STORED = "SELECT variable_id, name, uom FROM yard_variables ORDER BY 1"
Object = tuple[int, str | None, str | None, float | None]


async def _see(store: Store, run: int, *found: Object, connection: str = "acme") -> None:
    """A page with these objects: id, name, unit, and when they were seen (hours; None: they do not say)."""
    rows = Rows(lookups={"yard_variables": [(number, name, uom) for number, name, uom, _ in found]})
    rows.seen["yard_variables"] = {
        (number,): tuple(None if value is None or seen is None else plain(at(seen)) for value in (name, uom))
        for number, name, uom, seen in found
    }
    await store.commit(Page(connection, HISTORY, run, rows))


async def begin(store: Store) -> int:
    return await store.start_run("acme", HISTORY, "cycle", NOON)


_SEEN: tuple[Object, ...] = ((1, "old", "C", 1), (1, "newest", None, 3), (1, "newer", "F", 2), (1, None, "K", 0))


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
async def test_the_latest_value_of_each_column_counts_in_any_order(
    yard: Store, database: str, order: tuple[int, ...]
) -> None:
    if database.startswith("postgresql") and order[0] != 3:
        return  # the merging is the same; a few orders show that the storing is
    run = await begin(yard)
    for place in order:
        await _see(yard, run, _SEEN[place])
    assert [(1, "newest", "F")] == query(database, _STORED)


async def test_dates_outlive_the_process(yard: Store, database: str, clock: TurnedClock) -> None:
    run = await begin(yard)
    await _see(yard, run, (1, "A", None, 1), (2, "B", None, 1))
    await _see(yard, run, (1, "A", None, 5))
    again = await Store.open(database, [YARD], clock=clock)
    try:
        await _see(again, run, (1, "B", "C", 3), (2, "C", None, 3))
    finally:
        await again.close()
    assert [(1, "A", "C"), (2, "C", None)] == query(database, _STORED)


async def test_a_value_without_a_time_only_fills_a_gap_where_the_others_have_one(yard: Store, database: str) -> None:
    run = await begin(yard)
    await _see(yard, run, (1, "A", None, 1), (2, None, None, None))
    await _see(yard, run, (1, "B", "C", None), (2, "B", None, None))
    assert [(1, "A", "C"), (2, "B", None)] == query(database, _STORED)
    await _see(yard, run, (2, "C", None, None))
    assert [(1, "A", "C"), (2, "C", None)] == query(database, _STORED)


async def test_what_was_only_seen_again_moves_no_row(yard: Store, database: str, clock: TurnedClock) -> None:
    run = await begin(yard)
    stamp = "SELECT CAST(_syncd_synced_at AS TEXT) FROM yard_variables"
    await _see(yard, run, (1, "A", "C", 1))
    before = column(database, stamp)
    clock.turn(60)
    await _see(yard, run, (1, "A", "C", 2))
    await _see(yard, run, (1, "X", "X", 0))
    assert before == column(database, stamp)
    await _see(yard, run, (1, "B", "C", 2))
    assert before < column(database, stamp)


async def test_s1_dates_are_not_remembered_of_a_page_that_failed(yard: Store, database: str) -> None:
    run = await begin(yard)
    await _see(yard, run, (1, "A", None, 1))
    rows = Rows(lookups={"yard_variables": [(1, "B", None)]}, seen={"yard_variables": {(1,): (plain(at(9)), None)}})
    with pytest.raises(Exception, match=r"."):
        await yard.commit(Page("acme", HISTORY, run, rows, tally=Tally(bytes=2**70)))
    await _see(yard, run, (1, "C", None, 5))
    assert [(1, "C", None)] == query(database, _STORED)


async def test_forgetting_a_connection_takes_ledgers_and_dates_along(yard: Store, database: str) -> None:
    run = await begin(yard)
    await yard.enroll("other", YARD)
    both: dict[str, Any] = {"cursors": (("5", {"done": [[plain(at(0)), plain(at(1))]]}), ("6", {"done": []}))}
    await put_window(yard, run, HISTORY, None, of_history("5", 0), **both)
    await _see(yard, run, (1, "A", None, 9))
    await _see(yard, run, (1, "A", None, 9), connection="other")
    assert [1] == column(database, "SELECT count(*) FROM syncd_coverage")
    assert 2 == await yard.forget("acme")
    for table, left in (("yard_history", 0), ("yard_variables", 1), ("syncd_cursors", 0), ("syncd_lookups", 1)):
        assert [left] == column(database, f"SELECT count(*) FROM {table}"), table
    await _see(yard, run, (1, "B", None, 1))
    assert ["B"] == column(database, "SELECT name FROM yard_variables WHERE connection = 'acme'")
