"""Parents that are asked for their rows: which there are, what is judged of them, and what goes when they go."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from syncd.parse import Rows
from syncd.store import Page, ParentRow, Store
from tests.store.kit import column, plain, query, row, rows
from tests.store.yard import (
    EVENTS,
    HISTORY,
    NOON,
    SENSORS,
    STATES,
    TRIPS,
    UNITS,
    at,
    of_event,
    of_history,
    of_trip,
    put_window,
)

_ASKED = ("unit_id",)


async def begin(store: Store) -> int:
    return await store.start_run("acme", SENSORS, "cycle", NOON)


async def _put(store: Store, run: int, *sensors: tuple[int, str], stage: int | None = None) -> None:
    found = [row(SENSORS, id=number, unit_id=unit, record=number) for number, unit in sensors]
    staged = tuple(((number,), False) for number, _ in sensors)
    await put_window(store, run, SENSORS, None, *found, stage=stage, staged=staged)


async def _units(store: Store, run: int, *names: str, reported: datetime | None = None) -> None:
    found = [row(UNITS, id=name, name=f"n{name}", slot=int(name), reported_at=reported) for name in names]
    await put_window(store, run, UNITS, None, *found)


async def test_parents_come_by_key_with_columns_and_mark(yard: Store) -> None:
    run = await begin(yard)
    await _units(yard, run, "10", "2", reported=at(0.5))
    await _units(yard, run, "3")
    await _units(yard, run, "4")
    await yard.tombstone("acme", UNITS, run, [("4",)])
    found = await yard.parents("acme", UNITS, columns=("slot", "name"), mark="reported_at")
    mark = plain(at(0.5))
    assert [
        ParentRow(("10",), {"slot": 10, "name": "n10"}, mark),
        ParentRow(("2",), {"slot": 2, "name": "n2"}, mark),
        ParentRow(("3",), {"slot": 3, "name": "n3"}, None),
    ] == found
    assert [ParentRow(("10",), {}), ParentRow(("2",), {}), ParentRow(("3",), {})] == await yard.parents(
        "acme", UNITS, columns=()
    )
    assert [] == await yard.parents("other", UNITS, columns=())


async def test_the_mark_may_stand_in_another_collection_under_the_same_key(yard: Store) -> None:
    run = await begin(yard)
    await _units(yard, run, "1", "2", "3", "4", reported=at(9))
    states = [
        row(STATES, unit_id="1", reported_at=at(1), word="5", seen=datetime(2026, 3, 1, 5)),  # noqa: DTZ001
        row(STATES, unit_id="2"),
        row(STATES, unit_id="3", reported_at=at(3), word="x"),
        row(STATES, unit_id="9", reported_at=at(9)),
    ]
    await put_window(yard, run, STATES, None, *states)
    await yard.tombstone("acme", STATES, run, [("3",)])

    async def marks(name: str) -> list[tuple[Any, ...]]:
        found = await yard.parents("acme", UNITS, columns=("id",), mark=name, mark_in=STATES)
        assert [(unit.values["id"],) for unit in found] == [unit.key for unit in found]
        return [(*unit.key, unit.mark) for unit in found]

    assert [("1", plain(at(1))), ("2", None), ("3", None), ("4", None)] == await marks("reported_at")
    assert [("1", "5"), ("2", None), ("3", None), ("4", None)] == await marks("word")
    assert ("1", "2026-03-01 05:00:00.000000") == (await marks("seen"))[0]


async def test_only_parents_with_live_rows_have_rows(yard: Store) -> None:
    run = await begin(yard)
    await _put(yard, run, (1, "5"), (2, "5"), (3, "6"), (4, "7"))
    await yard.tombstone("acme", SENSORS, run, [(3,)])
    assert {("5",), ("7",)} == await yard.with_rows("acme", SENSORS, ("unit_id",))
    assert set() == await yard.with_rows("other", SENSORS, ("unit_id",))


async def test_only_rows_of_the_parents_asked_can_be_absent(yard: Store, database: str) -> None:
    run = await begin(yard)
    await _put(yard, run, (1, "5"), (2, "5"), (3, "6"), (4, "7"))
    await _put(yard, run, (1, "5"), stage=run)
    assert 2 == await yard.stage_keys(-run, [("5",), ("6",), ("5",)])
    found = await yard.absent("acme", SENSORS, run, limit=9, asked=(_ASKED, -run))
    assert (2, 4, [(2,), (3,)], 3) == (found.count, found.live, found.keys, found.within)
    assert 3 == (await yard.absent("acme", SENSORS, run, limit=9)).count
    gone = await yard.finish(
        "acme", SENSORS, run, all_absent_of_stage=run, asked=(_ASKED, -run), drop_stage=run, cursor={"x": 1}
    )
    assert 2 == gone
    assert [1, 4] == column(database, "SELECT id FROM yard_sensors WHERE _syncd_deleted_at IS NULL ORDER BY id")
    assert [0] == column(database, "SELECT count(*) FROM syncd_staged")
    assert 2 == (await yard.state("acme", SENSORS)).live_rows


async def test_as_many_seen_as_are_live_proves_nothing_of_some_parents_only(yard: Store) -> None:
    """One seen is of a parent that was not asked: equal counts, and yet one of those asked is missing."""
    run = await begin(yard)
    await _put(yard, run, (1, "5"), (2, "5"), (3, "6"))
    await _put(yard, run, (1, "5"), (3, "6"), stage=run)
    await yard.stage_keys(-run, [("5",)])
    assert [(2,)] == (await yard.absent("acme", SENSORS, run, limit=9, asked=(_ASKED, -run))).keys


async def test_what_hangs_on_a_vanished_parent_goes_with_it(yard: Store, database: str) -> None:
    run = await begin(yard)
    await _units(yard, run, "5", "6")
    await _put(yard, run, (1, "5"), (2, "6"), (3, "7"))
    await put_window(yard, run, HISTORY, None, of_history("5", 0), of_history("6", 0))
    await put_window(yard, run, TRIPS, None, of_trip("5", 0, 1))
    await yard.tombstone("acme", UNITS, run, [("5",)])
    elsewhere = row(UNITS, id="6")
    await yard.commit(Page("other", UNITS, run, rows(UNITS, [elsewhere])))
    await yard.tombstone("other", UNITS, run, [("6",)])
    assert 1 == await yard.bury_orphans("acme", SENSORS, (("unit_id", "id"),), UNITS, run)
    assert 0 == await yard.bury_orphans("acme", SENSORS, (("unit_id", "id"),), UNITS, run)
    # A unit that was never seen is no tombstone.
    assert [2, 3] == column(database, "SELECT id FROM yard_sensors WHERE _syncd_deleted_at IS NULL ORDER BY id")
    assert 1 == await yard.bury_orphans("acme", HISTORY, (("unit_id", "id"),), UNITS, run)
    assert ["6"] == column(database, "SELECT unit_id FROM yard_history")
    assert 0 == await yard.bury_orphans("acme", TRIPS, (("unit_id", "id"),), UNITS, run)
    assert (2, 1) == ((await yard.state("acme", SENSORS)).live_rows, (await yard.state("acme", HISTORY)).live_rows)
    (entry,) = await yard.runs(["acme.sensors"])
    assert 4 == entry["tombstoned"]


async def test_the_earliest_row_that_will_still_change_is_known_by_parent(yard: Store, database: str) -> None:
    run = await begin(yard)
    trips = [
        of_trip("5", 0, 1),
        of_trip("5", 1, None, finished=False),
        of_trip("5", 2, None, finished=False),
        of_trip("6", 0, None, finished=None),
        of_trip("7", 3, 4, finished=False),
        of_trip("8", 0, None, finished=False),
    ]
    await put_window(yard, run, TRIPS, None, *trips)
    await yard.tombstone("acme", TRIPS, run, [("8", at(0))])
    query(database, "UPDATE yard_trips SET _syncd_deleted_at = started_at WHERE unit_id = '8'")
    found = await yard.earliest("acme", TRIPS, ("unit_id",), "started_at", "finished")
    assert {("5",): at(1), ("7",): at(3)} == found


async def test_rows_of_events_do_not_mind_a_parent_column_without_a_value(yard: Store) -> None:
    run = await begin(yard)
    await put_window(yard, run, EVENTS, None, of_event(1, 0, "5"), row(EVENTS, id=2, time=at(0)))
    assert {("5",), (None,)} == await yard.with_rows("acme", EVENTS, ("unit_id",))
    await yard.commit(Page("acme", EVENTS, run, Rows()))
    await yard.stage_keys(3, [("5",), ("6",)])
    assert [(1,)] == (await yard.absent("acme", EVENTS, 4, limit=9, asked=(_ASKED, 3))).keys


@pytest.mark.parametrize("number", [0, 3000])
async def test_any_number_of_parents_can_be_staged(yard: Store, number: int) -> None:
    assert number == await yard.stage_keys(7, [(n,) for n in range(number)])
    assert number == await yard.staged_total(7)
