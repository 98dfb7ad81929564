"""What iTrack refuses, cuts, hides and brings late: nothing of it costs a row, and little of it costs a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from syncd.standin.itrack import Settings
from syncd.vendors.itrack import ITRACK
from tests.accounts import Open, both
from tests.kit import Account

DAY_S, HOUR_S = 86_400.0, 3_600.0
DAY = timedelta(days=1)
SMALL: dict[str, Any] = {"trackers": 4, "days": 4, "trips_per_day": 2, "events_per_day": 6, "point_every_s": 900,
                         "sensor_every_s": 14_400, "blocked": 0, "clones": 0}  # fmt: skip
DIALECTS = pytest.mark.parametrize("dialect", ["current", "2020"])


@pytest.fixture
def vendor_name() -> str:
    return "itrack"


def well(results: dict[str, Any]) -> None:
    """Every run of a cycle ended well."""
    assert dict.fromkeys(results, "ok") == {name: result.state for name, result in results.items()}, results


def keys(account: Account, name: str) -> set[tuple[Any, ...]]:
    """The keys of the live rows: of trips the tracker's and their own, for trackers may have trips of the same id."""
    collection = account.collection(name)
    columns = ", ".join(collection.key)
    rows = account.query(f"SELECT {columns} FROM {collection.table} WHERE _syncd_deleted_at IS NULL")
    return {tuple(row.values()) for row in rows}


# --- codes ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("retry_after", [None, 7])
async def test_v2_too_many_requests_is_a_pause_and_no_failure(open_account: Open, retry_after: int | None) -> None:
    account = await open_account(names=("tags", "zones"), settings=Settings(retry_after=retry_after), **SMALL)
    account.vendor.switch.fail("error", code=15, times=3)
    well(await account.cycle())
    assert [] == account.differences()
    assert (retry_after or 1) <= max(account.clock.slept)


@pytest.mark.parametrize("code", [104, 105])
async def test_too_many_logins_are_tried_again_after_five_minutes_and_no_sooner(open_account: Open, code: int) -> None:
    account = await open_account(names=("tags",), settings=Settings(login_refused=code), **SMALL)
    sessions = account.vendor.content.sessions
    assert "failed" == (await account.read("tags")).state
    account.clock.turn(120)
    assert "failed" == (await account.read("tags")).state
    assert 1 == sessions.login_calls
    account.vendor.settings.login_refused = None
    account.clock.turn(200)
    well(await account.cycle())
    assert (2, 1) == (sessions.login_calls, sessions.logins)


async def test_v3_a_longest_range_that_is_told_with_the_refusal_is_obeyed(open_account: Open) -> None:
    """A server that does not tell it before: each tracker is asked too much once, and then in as few as it allows."""
    account = await open_account(
        names=("tracks",), dialect="2020", settings=Settings(report_span=timedelta(days=25)), **SMALL
    )
    account.vendor.content.drive(account.vendor.content.ids("trackers")[0], at=account.clock.now() - 45 * DAY)
    well(await account.cycle())
    assert [] == account.differences()
    assert 4 * (1 + 3) == account.vendor.log.count(path="/track/list")


@DIALECTS
async def test_v3_a_span_without_its_longest_range_is_halved(open_account: Open, dialect: str) -> None:
    account = await open_account(names=("tracks", "mileage_daily", "tasks"), dialect=dialect, **SMALL)
    for path in ("/track/list", "/tracker/stats/mileage/read", "/task/list"):
        account.vendor.switch.fail("error", code=211, path=path, times=2)
    well(await account.cycle())
    assert [] == account.differences()


async def test_a_smaller_limit_of_rows_than_was_asked_for_is_taken(open_account: Open) -> None:
    account = await open_account(names=("events",), dialect="2020", settings=Settings(history_limit=100), **SMALL)
    account.vendor.content.burst(260, account.clock.now() - DAY)
    well(await account.cycle())
    assert [] == account.differences()


async def test_a_batch_that_is_too_large_or_too_many_is_halved(open_account: Open) -> None:
    account = await open_account(
        names=("sensors", "readings", "counters", "mileage_daily", "tracker_states", "tracker_statuses"),
        settings=Settings(sensors_trackers=2, batch_trackers=3, stats_trackers=2, states_trackers=3),
        **{**SMALL, "trackers": 7},
    )
    account.vendor.switch.fail("error", code=9, path="/tracker/sensor/batch_list", times=1)
    well(await account.cycle())
    assert [] == account.differences()


@DIALECTS
async def test_v24_a_tracker_that_is_blocked_meanwhile_fails_no_batch_and_comes_back_with_its_past(
    open_account: Open, dialect: str
) -> None:
    account = await open_account(
        names=("events", "tracks", "track_points", "mileage_daily", "sensors", "readings", "counters",
               "tracker_states", "sensor_data", "driver_journal", "tracker_statuses"),
        dialect=dialect, **{**SMALL, "trackers": 5},
    )  # fmt: skip
    content = account.vendor.content
    well(await account.cycle())
    ill = content.ids("trackers")[2]
    # The list of trackers is read first: it still says that all may be asked.
    account.vendor.switch.between(_blocks(account, ill, after="/tracker/list"))
    account.clock.turn(HOUR_S)
    for tracker in content.ids("trackers"):
        content.drive(tracker, minutes=20)
    results = await account.cycle()
    assert {"ok"} == {result.state for result in results.values()}, results
    account.vendor.switch.clear()
    others = [row["id"] for row in account.query("SELECT id FROM itrack_trackers") if row["id"] != ill]
    moved = {row["tracker_id"] for row in account.query("SELECT tracker_id FROM itrack_tracks")}
    assert set(others) <= moved
    account.clock.turn(10 * DAY_S)
    well(await account.cycle())
    content.unblock(ill)
    content.drive(ill, at=account.clock.now() - 8 * DAY, minutes=40)
    account.clock.turn(900)
    well(await account.cycle())
    assert [] == account.differences()


def _blocks(account: Account, tracker: int, after: str) -> Any:
    before = account.vendor.log.count(path=after)

    def change(content: Any) -> None:
        if account.vendor.log.count(path=after) > before and not content.is_blocked(tracker):
            content.block(tracker)

    return change


# --- more rows than an answer holds -----------------------------------------------------------------------------------
@both
@DIALECTS
async def test_v15_more_events_in_one_second_than_an_answer_holds_all_come(open_account: Open, dialect: str) -> None:
    account = await open_account(names=("events",), dialect=dialect, settings=Settings(history_limit=100), **SMALL)
    content, at = account.vendor.content, account.clock.now() - DAY
    content.burst(250, at)
    content.burst(130, at + timedelta(seconds=1))
    content.burst(100, at + timedelta(seconds=2), content.ids("trackers")[0])
    well(await account.cycle())
    assert [] == account.differences()
    assert 480 <= account.live("events")


@pytest.mark.parametrize("size", [1, 3, 10])
async def test_v13_pages_of_events_end_anywhere_even_inside_a_second(open_account: Open, size: int) -> None:
    account = await open_account(
        names=("events",), settings=Settings(history_limit=size), **{**SMALL, "trackers": 2, "days": 1}
    )
    content, at = account.vendor.content, account.clock.now() - DAY
    for second in range(0, 40, 4):
        content.burst(2, at + timedelta(seconds=second))
    well(await account.cycle())
    assert [] == account.differences()


# --- storage ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("retention", ["cut", "empty"])
@DIALECTS
async def test_v23_what_the_tariff_no_longer_keeps_shows_as_a_gap_and_nothing_of_it_is_deleted(
    open_account: Open, dialect: str, retention: Any
) -> None:
    names = ("events", "tracks", "track_points")
    account = await open_account(
        names=names, dialect=dialect,
        settings=Settings(store_period="20d", retention=retention), **{**SMALL, "days": 30, "trackers": 2},
    )  # fmt: skip
    well(await account.cycle())
    floor = account.clock.now() - 20 * DAY
    # An old server tells of trips alone that a question began too early, and then where by no more than a window.
    told = names if dialect == "current" else names[1:]
    wide = {"events": 2 * DAY, "tracks": 31 * DAY, "track_points": 2 * DAY}
    snapshot = account.vendor.content.snapshot(since=floor + 2 * DAY)
    for name in (*told, *(["events"] if retention == "cut" else [])):
        if name != "track_points":
            served = {tuple(row.get(f"@{key}", row.get(key)) for key in _key(account, name)) for row in snapshot[name]}
            assert set() == served - keys(account, name)
    for name in told:
        rows = account.query(f"SELECT complete_from FROM syncd_coverage WHERE collection = '{name}'")
        begun = [datetime.fromisoformat(str(row["complete_from"])).replace(tzinfo=floor.tzinfo) for row in rows]
        assert floor - wide[name] <= min(begun) <= floor + 2 * DAY, name
    stored = {name: keys(account, name) for name in ("events", "tracks")}
    account.clock.turn(12 * DAY_S)
    for tracker in account.vendor.content.ids("trackers"):
        account.vendor.content.drive(tracker)
    for _ in range(2):
        well(await account.sweep())
        account.clock.turn(2 * HOUR_S)
    assert {"events": set(), "tracks": set()} == {name: before - keys(account, name) for name, before in stored.items()}
    assert [] == account.tombstones("tracks")


def _key(account: Account, name: str) -> tuple[str, ...]:
    return account.collection(name).key


# --- trips ------------------------------------------------------------------------------------------------------------
@DIALECTS
async def test_v14_trips_that_run_cross_a_window_or_merge_are_equal_at_the_end(
    open_account: Open, dialect: str
) -> None:
    account = await open_account(names=("tracks",), dialect=dialect, zone="America/St_Johns", **SMALL)
    content, clock = account.vendor.content, account.clock
    one, two, three, _ = content.ids("trackers")
    content.drive(one, at=clock.now() - 32 * DAY, minutes=4 * 24 * 60)  # far over the edge of two windows
    content.drive(two, minutes=25)
    well(await account.cycle())
    assert [] == account.differences()
    for _ in range(4):
        clock.turn(900)
        content.grow(two, 15)
        content.drive(three, minutes=10)
        well(await account.cycle())
        assert [] == account.differences()
    long = [trip["id"] for trip in content.trips(three) if trip["type"] == "regular" and not trip["_short"]]
    kept, lost = content.merge_trips(three, long[-2])
    clock.turn(3_600)
    content.drive(three, minutes=30)
    well(await account.cycle())
    assert (three, kept) in keys(account, "tracks")
    assert (three, lost) not in keys(account, "tracks")
    assert [] == account.differences()


# --- late -------------------------------------------------------------------------------------------------------------
LATE = {"look-back": (2.5, 900.0), "nightly": (9.0, DAY_S), "sweep": (30.0, 0.0)}


@pytest.mark.parametrize("how", LATE)
@DIALECTS
async def test_v16_what_a_device_brings_late_is_found(open_account: Open, dialect: str, how: str) -> None:
    """Two days late by the next cycle, nine by the next night, thirty by a sweep."""
    days, wait_s = LATE[how]
    account = await open_account(
        names=("events", "tracks", "track_points", "mileage_daily"), dialect=dialect, **{**SMALL, "days": 32,
        "trips_per_day": 0.3, "events_per_day": 0.5},
    )  # fmt: skip
    content = account.vendor.content
    well(await account.cycle())
    tracker = content.ids("trackers")[1]
    account.clock.turn(HOUR_S)
    trip = content.buffer(tracker, timedelta(days=days))
    content.drive(tracker, minutes=30)
    account.clock.turn(wait_s)
    well(await (account.sweep() if how == "sweep" else account.cycle()))
    assert (tracker, trip["id"]) in keys(account, "tracks")
    assert [] == account.differences()


@DIALECTS
async def test_v16_who_was_silent_for_long_is_read_from_before_the_silence_on(open_account: Open, dialect: str) -> None:
    account = await open_account(names=("events", "tracks", "tracker_states"), dialect=dialect, **SMALL)
    content = account.vendor.content
    well(await account.cycle())
    silent = content.ids("trackers")[0]
    for _ in range(3):
        account.clock.turn(7 * DAY_S)
        for tracker in content.ids("trackers")[1:]:
            content.drive(tracker)
        well(await account.cycle())
    content.drive(silent, at=account.clock.now() - 20 * DAY, minutes=30)
    content.drive(silent, at=account.clock.now() - 18 * DAY, minutes=30)
    content.drive(silent)
    account.clock.turn(60)
    well(await account.cycle())
    assert [] == account.differences()


# --- what a cycle costs -----------------------------------------------------------------------------------------------
async def test_a_cycle_of_a_hundred_trackers_with_nothing_new_is_sixty_requests_at_most(open_account: Open) -> None:
    account = await open_account(
        level="warning", trackers=100, days=2, trips_per_day=1, events_per_day=2, point_every_s=1_800, blocked=3,
        clones=2, names=_usual(),
    )  # fmt: skip
    well(await account.cycle())
    logins, before = account.vendor.content.logins, account.vendor.log.count()
    account.clock.turn(900)
    well(await account.cycle())
    asked = account.vendor.log.count() - before
    assert 60 >= asked
    assert logins == account.vendor.content.sessions.login_calls == 1
    assert [] == account.differences()


def _usual() -> tuple[str, ...]:
    """The collections that are read unless somebody says otherwise."""
    return tuple(one.name for one in ITRACK.collections if one.enabled_by_default)
