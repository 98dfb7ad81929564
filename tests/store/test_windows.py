"""A window that was read replaces what was stored inside of it, in one transaction, and only that."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from syncd.collection import Collection
from syncd.parse import Key, Reject, Rows
from syncd.store import Committed, Missing, Page, Store, Tally, staged_key
from syncd.store.engine import Database
from tests.store.kit import column, plain, query, row
from tests.store.yard import (
    DAYS,
    EVENTS,
    HISTORY,
    NOON,
    PAYMENTS,
    SHIFTS,
    TRIPS,
    at,
    inside,
    of_day,
    of_event,
    of_history,
    of_payment,
    of_trip,
    put_window,
)

_TIMES = "SELECT unit_id, time, ordinal FROM yard_history ORDER BY unit_id, time, ordinal"


async def begin(store: Store, collection: Collection = HISTORY) -> int:
    return await store.start_run("acme", collection, "cycle", NOON)


def _stored(database: str, sql: str = _TIMES) -> list[tuple[Any, ...]]:
    return [tuple(map(plain, found)) for found in query(database, sql)]


def _key(unit: str, hours: float, ordinal: int = 0) -> tuple[str, str, int]:
    return unit, plain(at(hours)), ordinal


async def test_rows_of_a_window_that_did_not_come_go_with_the_page_that_shows_it(yard: Store, database: str) -> None:
    run = await begin(yard)
    window = inside(HISTORY, at(0), at(4), ["5"])
    first = await put_window(yard, run, HISTORY, window, *(of_history("5", h) for h in (0, 1, 2, 3)))
    assert Committed(inserted=4) == first
    asked: list[Missing] = []
    again = await put_window(
        yard, run, HISTORY, window, of_history("5", 1, speed=9.0, record=1), of_history("5", 1, 1), asked=asked,
        seen=[("5", at(0), 0)], cursor={"done": []}, partition="5",
    )  # fmt: skip
    (missing,) = asked
    assert (4, 2) == (missing.inside, len(missing.keys))
    assert 2 == len(set(missing.digests))
    assert Committed(inserted=1, updated=1, unchanged=1, removed=2, missing=2, digest=missing.digest) == again
    assert [_key("5", 0), _key("5", 1), _key("5", 1, 1)] == _stored(database)
    assert 3 == (await yard.state("acme", HISTORY)).live_rows
    (entry,) = await yard.runs(["acme.history"])
    assert (5, 1, 2) == (entry["inserted"], entry["updated"], entry["tombstoned"])
    assert {"done": []} == await yard.cursor("acme", HISTORY, "5")


async def test_rows_outside_the_window_and_of_other_parents_stay(yard: Store, database: str) -> None:
    run = await begin(yard)
    stored = [of_history(u, h) for u in ("5", "6") for h in (-1, 0, 3.999, 4)]
    await put_window(yard, run, HISTORY, None, *stored)
    done = await put_window(yard, run, HISTORY, inside(HISTORY, at(0), at(4), ["5"]))
    assert (2, 2) == (done.missing, done.removed)
    left = [_key("5", -1), _key("5", 4), *(_key("6", h) for h in (-1, 0, 3.999, 4))]
    assert left == _stored(database)


async def test_rows_stay_when_the_judge_says_no_and_it_is_told_the_same_again(yard: Store, database: str) -> None:
    run = await begin(yard)
    window = inside(HISTORY, at(0), at(4), ["5"])
    await put_window(yard, run, HISTORY, window, of_history("5", 1), of_history("5", 2))
    asked: list[Missing] = []
    held = [await put_window(yard, run, HISTORY, window, agree=False, asked=asked) for _ in range(2)]
    assert [(2, 0)] * 2 == [(done.missing, done.removed) for done in held]
    assert 1 == len({done.digest for done in held})
    assert asked[0].digests == asked[1].digests
    assert 2 == len(_stored(database))
    other = await put_window(yard, run, HISTORY, window, of_history("5", 1), agree=False)
    assert (1, True) == (other.missing, other.digest != held[0].digest)


async def test_the_judge_is_asked_of_every_window_even_if_all_came(yard: Store) -> None:
    run = await begin(yard)
    asked: list[Missing] = []
    window = inside(HISTORY, at(0), at(4), ["5"])
    for _ in range(2):
        await put_window(yard, run, HISTORY, window, of_history("5", 1), asked=asked)
    await put_window(yard, run, HISTORY, None, of_history("5", 2), asked=asked)
    assert [(0, ()), (1, ())] == [(missing.inside, missing.keys) for missing in asked]


async def test_one_window_may_be_that_of_several_parents(yard: Store, database: str) -> None:
    run = await begin(yard)
    await put_window(yard, run, HISTORY, None, *(of_history(u, h) for u in ("5", "6", "7") for h in (0, 1)))
    window = inside(HISTORY, at(0), at(4), ["5", "6"])
    done = await put_window(yard, run, HISTORY, window, of_history("5", 0), of_history("6", 1))
    assert 2 == done.removed
    assert [_key("5", 0), _key("6", 1), _key("7", 0), _key("7", 1)] == _stored(database)


async def test_of_rows_with_a_length_only_those_wholly_inside_are_missed(yard: Store, database: str) -> None:
    run = await begin(yard, TRIPS)
    trips = [(-1, 1), (0, 1), (1, None), (2, 3.999), (2.5, 4), (3, 9), (4, 5)]
    await put_window(yard, run, TRIPS, None, *(of_trip("5", *trip) for trip in trips))
    done = await put_window(yard, run, TRIPS, inside(TRIPS, at(0), at(4), ["5"]))
    assert 3 == done.removed
    gone = "SELECT started_at FROM yard_trips WHERE _syncd_deleted_at IS NOT NULL ORDER BY 1"
    # A log keeps what it lost, as tombstones.
    assert [(plain(at(h)),) for h in (0, 1, 2)] == _stored(database, gone)
    assert 4 == (await yard.state("acme", TRIPS)).live_rows


@pytest.mark.parametrize("seed", range(2))
async def test_whatever_windows_are_read_the_rows_are_those_last_served(yard: Store, database: str, seed: int) -> None:
    """Windows of random parents and bounds, in any order, with rows that come, go, change and come again."""
    chosen, run = random.Random(seed), await begin(yard)
    served: dict[Key, float] = {}
    stored: dict[Key, float] = {}
    for _ in range(60):
        for _ in range(chosen.randint(0, 6)):
            key = (chosen.choice("567"), at(chosen.randint(0, 12) / 2), chosen.randint(0, 1))
            served[key] = chosen.random()
        for key in chosen.sample(sorted(served), chosen.randint(0, min(3, len(served)))):
            del served[key]
        units = chosen.sample("567", chosen.randint(1, 3))
        start, end = sorted(at(chosen.randint(0, 13) / 2) for _ in range(2))
        window = {key: speed for key, speed in served.items() if key[0] in units and start <= key[1] < end}
        stored = {key: speed for key, speed in stored.items() if not (key[0] in units and start <= key[1] < end)}
        stored |= window
        came = [row(HISTORY, unit_id=u, time=t, ordinal=n, speed=s) for (u, t, n), s in sorted(window.items())]
        await put_window(yard, run, HISTORY, inside(HISTORY, start, end, units), *came)
        found = {
            (u, plain(t), n): s
            for u, t, n, s in query(database, "SELECT unit_id, time, ordinal, speed FROM yard_history")
        }
        assert {(u, plain(t), n): s for (u, t, n), s in stored.items()} == found
    assert len(stored) == (await yard.state("acme", HISTORY)).live_rows


async def test_a_row_missed_once_is_revived_when_it_comes_again(yard: Store, database: str) -> None:
    run = await begin(yard, TRIPS)
    window = inside(TRIPS, at(0), at(4), ["5"])
    await put_window(yard, run, TRIPS, window, of_trip("5", 0, 1), of_trip("5", 1, 2))
    await put_window(yard, run, TRIPS, window, of_trip("5", 0, 1))
    # What is a tombstone already is not missed again.
    assert 0 == (await put_window(yard, run, TRIPS, window, of_trip("5", 0, 1))).missing
    back = await put_window(yard, run, TRIPS, window, of_trip("5", 0, 1), seen=[("5", at(1))])
    assert (1, 0) == (back.revived, back.missing)
    assert 2 == (await yard.state("acme", TRIPS)).live_rows
    assert [0] == column(database, "SELECT count(*) FROM yard_trips WHERE _syncd_deleted_at IS NOT NULL")


async def test_children_go_with_a_row_that_is_removed(yard: Store, database: str) -> None:
    run = await begin(yard)
    window = inside(HISTORY, at(0), at(4), ["5"])
    notes = [("5", at(h), 0, place, "x") for h in (0, 1) for place in (0, 1)]
    await put_window(yard, run, HISTORY, window, of_history("5", 0), of_history("5", 1), children={"notes": notes})
    await put_window(yard, run, HISTORY, window, of_history("5", 1), children={"notes": notes[2:]})
    assert [(plain(at(1)), 0), (plain(at(1)), 1)] == _stored(database, "SELECT time, place FROM yard_notes ORDER BY 2")


async def test_whole_days_are_replaced_by_their_dates(yard: Store, database: str) -> None:
    run = await begin(yard, DAYS)
    await put_window(yard, run, DAYS, None, *(of_day(u, n) for u in ("5", "6") for n in (1, 2, 3, 4)))
    start, end = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
    done = await put_window(yard, run, DAYS, inside(DAYS, start, end), of_day("6", 2))
    assert 3 == done.removed
    left = [("5", "2026-03-01"), ("5", "2026-03-04"), ("6", "2026-03-01"), ("6", "2026-03-02"), ("6", "2026-03-04")]
    assert left == _stored(database, "SELECT unit_id, day FROM yard_days ORDER BY 1, 2")
    again = await put_window(yard, run, DAYS, None, seen=[("5", date(2026, 3, 1)), ("5", date(2026, 3, 2))])
    assert Committed(unchanged=1) == again


async def test_local_times_are_compared_as_they_are(yard: Store, database: str) -> None:
    run = await begin(yard, SHIFTS)
    began = [datetime(2026, 3, 1, hour) for hour in (11, 12, 15, 16)]  # noqa: DTZ001 (a wall clock)
    await put_window(yard, run, SHIFTS, None, *(row(SHIFTS, began=b, person="x") for b in began))
    done = await put_window(yard, run, SHIFTS, inside(SHIFTS, at(0), at(4)))
    assert 2 == done.removed
    assert [(plain(began[0]),), (plain(began[3]),)] == _stored(database, "SELECT began FROM yard_shifts ORDER BY 1")


async def test_a_window_of_the_account_needs_no_parents(yard: Store, database: str) -> None:
    run = await begin(yard, EVENTS)
    await put_window(yard, run, EVENTS, None, *(of_event(n, n) for n in range(6)))
    done = await put_window(yard, run, EVENTS, inside(EVENTS, at(1), at(4)), of_event(2, 2))
    assert 2 == done.removed
    live = "SELECT id FROM yard_events WHERE _syncd_deleted_at IS NULL ORDER BY id"
    assert [0, 2, 4, 5] == column(database, live)
    by_unit = await put_window(yard, run, EVENTS, inside(EVENTS, at(0), at(9), ["6"], ("unit_id",)))
    assert 0 == by_unit.missing


@pytest.mark.parametrize("seed", range(3))
async def test_decimals_in_keys_are_equal_on_both_databases_however_they_are_written(
    yard: Store, database: str, seed: int
) -> None:
    chosen = random.Random(seed)
    amounts = ["0", "-0.00", "12.5", "1e3", "0.1", "-17.999999", "123456789012.345", *(
        f"{chosen.randint(-(10**9), 10**9)}.{chosen.randint(0, 10**6):06d}" for _ in range(200)
    )]  # fmt: skip
    run = await begin(yard, PAYMENTS)
    paid = [of_payment(n, amount, str(-n)) for n, amount in enumerate(amounts)]
    assert len(amounts) == (await put_window(yard, run, PAYMENTS, None, *paid)).inserted
    other = [of_payment(n, f"{Decimal(amount):f}" + ("0" if "." in f"{Decimal(amount):f}" else ".0"), str(-n))
             for n, amount in enumerate(amounts)]  # fmt: skip
    asked: list[Missing] = []
    window = inside(PAYMENTS, at(-1), at(len(amounts)))
    again = await put_window(yard, run, PAYMENTS, window, *other, asked=asked)
    assert Committed(unchanged=len(amounts)) == again
    assert [(len(amounts), ())] == [(missing.inside, missing.keys) for missing in asked]
    assert [len(amounts)] == column(database, "SELECT count(*) FROM yard_payments")


async def test_keys_with_times_are_found_in_the_microsecond(yard: Store) -> None:
    run = await begin(yard)
    moments = [NOON, NOON + timedelta(microseconds=1), NOON.replace(year=1969), NOON.replace(microsecond=999_999)]
    keys: list[Key] = [("a", moment, n) for moment in moments for n in (0, 1)]
    main = [row(HISTORY, unit_id=u, time=t, ordinal=n, record=n) for u, t, n in keys]
    await put_window(yard, run, HISTORY, None, *main)
    found = await yard.known("acme", HISTORY, [*keys, ("a", NOON + timedelta(microseconds=2), 0), ("b", NOON, 0)])
    assert {key: key[2] for key in keys} == {key: known.hash for key, known in found.items()}


async def test_keys_whose_instants_are_text_already_mean_the_same_rows(yard: Store, kind: str) -> None:
    """As pages have them that were read for SQLite."""
    if kind != "sqlite":
        return
    run = await begin(yard)
    await put_window(yard, run, HISTORY, None, *(of_history("5", h) for h in (0, 1, 2)))
    texts = [_key("5", h) for h in (0, 1, 2, 3)]
    assert texts[:3] == list(await yard.known("acme", HISTORY, texts))
    assert [staged_key(key) for key in texts[:1]] == [staged_key(("5", at(0), 0))]
    done = await put_window(yard, run, HISTORY, inside(HISTORY, at(0), at(4), ["5"]), seen=texts[:2])
    assert (2, 1) == (done.unchanged, done.removed)
    assert 1 == await yard.tombstone("acme", HISTORY, run, texts[:1])


async def test_keys_are_staged_as_rows_are_whatever_their_types(yard: Store) -> None:
    run = await begin(yard, PAYMENTS)
    paid = [of_payment(h / 3, a, b) for h, (a, b) in enumerate([("1.50", "0"), ("-3", "1e2"), ("0.001", "7.0")])]
    days, shifts = [of_day("5", 1)], [row(SHIFTS, began=datetime(2026, 3, 1, 5), person="x")]  # noqa: DTZ001
    for collection, main in ((PAYMENTS, paid), (DAYS, days), (SHIFTS, shifts), (HISTORY, [of_history("5", 0.1)])):
        await put_window(yard, run, collection, None, *main)
        width = len(collection.key)
        places = [[c.name for c in collection.stored].index(name) for name in collection.key]
        keys = [tuple(r[i] for i in places) for r in main]
        assert width == len(keys[0])
        await yard.stage_keys(99, keys)
        found = await yard.absent("acme", collection, 99, limit=9)
        assert (0, len(main)) == (found.count, found.live), (collection.name, [staged_key(key) for key in keys])
        await yard.stage_keys(99, [keys[0]])
        await yard.drop_stage(99)
        await yard.stage_keys(99, keys[1:])
        found = await yard.absent("acme", collection, 99, limit=9)
        assert keys[:1] == found.keys
        assert 1 == await yard.finish("acme", collection, run, all_absent_of_stage=99, drop_stage=99) or (
            collection is PAYMENTS  # a log that is never swept
        )


async def test_s1_a_window_that_fails_anywhere_leaves_all_as_it_was(yard: Store, database: str) -> None:
    run = await begin(yard)
    window = inside(HISTORY, at(0), at(4), ["5"])
    await put_window(yard, run, HISTORY, window, of_history("5", 0), of_history("5", 1))
    # The last statement of the page cannot be carried out.
    too_much: dict[str, Any] = {"tally": Tally(bytes=2**70), "cursors": (("5", {"done": []}),)}
    with pytest.raises(Exception, match=r".") as caught:
        await put_window(yard, run, HISTORY, window, of_history("5", 2), **too_much)
    assert caught.value is not None
    assert [_key("5", 0), _key("5", 1)] == _stored(database)
    assert {} == await yard.cursors("acme", HISTORY)
    assert 2 == (await yard.state("acme", HISTORY)).live_rows


async def test_cursors_of_several_partitions_move_with_one_page(yard: Store) -> None:
    run = await begin(yard)
    await put_window(
        yard, run, HISTORY, None, of_history("5", 0), cursors=(("5", {"done": [[1]]}), ("6", {"done": []})),
        partition="", cursor={"since": "x"},
    )  # fmt: skip
    assert {"5": {"done": [[1]]}, "6": {"done": []}, "": {"since": "x"}} == await yard.cursors("acme", HISTORY)
    await yard.finish("acme", HISTORY, run, cursor={"at": 1}, cursors=[("6", {"done": [[2]]})])
    assert {"5": {"done": [[1]]}, "6": {"done": [[2]]}, "": {"at": 1}} == await yard.cursors("acme", HISTORY)


async def test_a_page_of_ten_thousand_rows_and_their_rejects_goes_in_at_once(yard: Store, database: str) -> None:
    run = await begin(yard)
    many = [of_history("5", n / 100, record=n) for n in range(10_000)]
    keys: list[Key] = [(r[0], r[1], r[2]) for r in many]
    more: list[Key] = [("6", at(n), 0) for n in range(70_000)]
    bad = Reject('{"unit_id":"5"}', "speed", "{}", "x")
    window = inside(HISTORY, at(0), at(200), ["5"])
    found = await put_window(yard, run, HISTORY, window, *many, cleared=tuple(keys))
    assert 10_000 == found.inserted
    await yard.commit(Page("acme", HISTORY, run, Rows(rejects=[bad])))
    again = await put_window(yard, run, HISTORY, window, seen=keys, cleared=(*keys, *more))
    assert Committed(unchanged=10_000) == again
    gone = await put_window(yard, run, HISTORY, window, seen=keys[:10])
    assert (9_990, 9_990) == (gone.missing, gone.removed)
    assert [10] == column(database, "SELECT count(*) FROM yard_history")


async def test_the_ledger_is_seen_in_sql(yard: Store, database: str) -> None:
    run = await begin(yard)
    ranges = [[plain(at(0)), plain(at(1.5))], [plain(at(3)), plain(at(4))]]
    await put_window(
        yard, run, HISTORY, None, cursors=(("5", {"done": ranges, "read": 1}), ("6", {"done": []})),
        cursor={"since": "x"}, cursor_at=at(4),
    )  # fmt: skip
    await yard.commit(Page("acme", EVENTS, run, cursor={"done": ranges[:1]}))
    await yard.set_state("acme", "units", cursor_at=at(5))
    sql = "SELECT collection, partition, complete_from, complete_to FROM syncd_coverage ORDER BY 1, 2, 3"
    assert [
        ("events", "", *ranges[0]),
        ("history", "5", *ranges[0]),
        ("history", "5", *ranges[1]),
        ("units", "", None, plain(at(5))),
    ] == _stored(database, sql)
    if database.startswith("postgresql"):
        assert [at(0)] == column(database, "SELECT min(complete_from) FROM syncd_coverage")


_PLANS = {
    "parents": (HISTORY, ["5"], "yard_history_1|sqlite_autoindex_yard_history_1"),
    "account": (EVENTS, [], "ix_yard_events_time"),
    "days": (DAYS, [], "ix_yard_days_day"),
    "payments": (PAYMENTS, [], "sqlite_autoindex_yard_payments_1"),
}


@pytest.mark.parametrize("form", list(_PLANS))
async def test_a_window_is_found_by_an_index(yard: Store, database: str, form: str) -> None:
    """Of SQLite, whose plans do not depend on how much is stored."""
    if not database.startswith("sqlite"):
        return
    collection, units, wanted = _PLANS[form]
    window = inside(collection, at(0), at(1), units)
    run = await begin(yard, collection)
    await put_window(yard, run, collection, window)
    (statement,) = [s for (table, *_), s in yard._writer._inside.items() if table == collection.table]
    known = yard._writer._of(collection).known
    db = Database(database, read_only=True)
    db.open(create=False)
    try:
        with db.reading() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement.statement.sql}", statement.parameters("acme", window))
            lines = [line[-1] for line in cursor.fetchall()]
            cursor.execute(f"EXPLAIN QUERY PLAN {known.sql}", known.row({"connection": "acme", "keys": "[]"}))
            by_key = [line[-1] for line in cursor.fetchall()]
    finally:
        db.close()
    assert any(name in line for line in lines for name in wanted.split("|")), lines
    assert all("<" in line for line in lines if "yard" in line), lines
    equal = " AND ".join(f"{name}=?" for name in ("connection", *collection.key))
    assert any(f"({equal})" in line for line in by_key), by_key
