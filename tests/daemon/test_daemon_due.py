"""When a collection is due, as a table of cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.daemon.due import days_of_week, due_at, next_due, quiet_until, too_far
from syncd.daemon.schedule import StepGuard
from syncd.service import ordered
from syncd.vendors.trackops import TRACKOPS
from tests.daemon.processes import Clock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)  # a Sunday
HOUR = timedelta(hours=1)


@dataclass
class Options:
    every: timedelta | None = None
    cron: str | None = None
    sweep: timedelta = timedelta(days=7)


@dataclass
class State:
    next_due_at: datetime | None
    state: str | None = "ok"
    next_sweep_at: datetime | None = None
    next_count_at: datetime | None = None


@pytest.mark.parametrize(
    "cron, now, expected",
    [
        ("0 3 * * *", "2026-03-01 12:00", "2026-03-02 03:00"),
        ("0 3 * * *", "2026-03-01 02:59:59.9", "2026-03-01 03:00"),
        ("0 3 * * *", "2026-03-01 03:00", "2026-03-02 03:00"),
        ("*/15 * * * *", "2026-03-01 12:01", "2026-03-01 12:15"),
        ("30 2 * * 1-5", "2026-03-06 12:00", "2026-03-09 02:30"),
        ("0 0 * * 0", "2026-03-01 12:00", "2026-03-08 00:00"),
        ("0 0 * * 7", "2026-03-01 12:00", "2026-03-08 00:00"),
        ("0 0 * * sat,sun", "2026-03-02 12:00", "2026-03-07 00:00"),
        ("0 0 1 jan *", "2026-03-01 12:00", "2027-01-01 00:00"),
        ("0 3 15 * 1", "2026-03-01 12:00", "2026-03-02 03:00"),  # either day will do
        ("0 3 15 * 1", "2026-03-10 12:00", "2026-03-15 03:00"),
    ],
)
def test_a_line_of_cron_means_what_cron_means_in_utc(cron: str, now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert datetime.fromisoformat(expected).replace(tzinfo=UTC) == next_due(Options(cron=cron), at)


def test_a_line_of_cron_that_never_comes_is_never_due() -> None:
    assert next_due(Options(cron="0 0 31 2 *"), NOW) > NOW + timedelta(days=3650)


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_c4_in_the_nights_of_summer_time_nothing_is_lost_or_doubled(night: str) -> None:
    """Lines of cron are in UTC, which has no such nights: one run a day, 24 hours apart."""
    at = datetime.fromisoformat(f"{night}T00:00").replace(tzinfo=UTC) - timedelta(hours=12)
    times = []
    for _ in range(3):
        at = next_due(Options(cron="30 2 * * *"), at)
        times.append(at)
    assert [timedelta(days=1)] * 2 == [times[1] - times[0], times[2] - times[1]]


@pytest.mark.parametrize(
    "field, expected",
    [
        ("*", "*"),
        ("0", "sun"),
        ("5-7", "fri,sat,sun"),
        ("*/2", "sun,tue,thu,sat"),
        ("mon-wed", "mon,tue,wed"),
        ("4/2", "thu,sat"),
    ],
)
def test_days_of_the_week_count_from_sunday(field: str, expected: str) -> None:
    assert expected == days_of_week(field)


def test_what_was_never_read_is_due() -> None:
    assert NOW == due_at(State(None), NOW)
    assert NOW + HOUR == due_at(State(NOW + HOUR), NOW)


def test_c2_times_stored_by_a_clock_that_was_set_back_since_are_pulled_near() -> None:
    options = Options(every=timedelta(minutes=15))
    far = NOW + timedelta(days=400)
    assert {
        "next_due_at": NOW + timedelta(minutes=15),
        "next_sweep_at": NOW + timedelta(days=7),
        "next_count_at": NOW + timedelta(days=1),
    } == too_far(State(far, "ok", far, far), options, NOW)
    usual = State(NOW + timedelta(minutes=15), "ok", NOW + timedelta(days=7), NOW + timedelta(days=1))
    assert {} == too_far(usual, options, NOW)
    assert {} == too_far(State(NOW + 20 * HOUR, "unavailable"), options, NOW)
    assert {} == too_far(State(None), options, NOW)
    assert {} == too_far(State(NOW + 14 * HOUR), Options(cron="0 3 * * *"), NOW)


@pytest.mark.parametrize(
    "now, expected",
    [
        ("2026-03-01 21:59", None),
        ("2026-03-01 22:00", "2026-03-02 06:00"),
        ("2026-03-02 05:59", "2026-03-02 06:00"),
        ("2026-03-02 06:00", None),
        ("2026-03-02 12:30", "2026-03-02 13:00"),
    ],
)
def test_quiet_hours_go_past_midnight_in_the_machine_s_zone(now: str, expected: str | None) -> None:
    zone = ZoneInfo("Asia/Kolkata")
    quiet = [(time(22), time(6)), (time(12), time(13))]
    found = quiet_until(quiet, datetime.fromisoformat(now).replace(tzinfo=zone))
    assert found == (datetime.fromisoformat(expected).replace(tzinfo=zone) if expected else None)


def test_c2_a_clock_that_is_set_is_noticed_once_and_the_passing_of_time_is_not() -> None:
    clock = Clock()
    guard = StepGuard(clock)
    clock.turn(86_400)
    assert guard.step() is None
    clock.set(timedelta(seconds=29))
    assert guard.step() is None
    clock.set(timedelta(hours=-1))
    assert timedelta(hours=-1) < (guard.step() or timedelta()) < timedelta(minutes=-59)
    assert guard.step() is None


def test_collections_are_read_as_declared_but_behind_what_they_need() -> None:
    names = [collection.name for collection in TRACKOPS.collections]
    assert set(names) == {collection.name for collection in ordered(TRACKOPS, names)}
    behind = [c.name for c in ordered(TRACKOPS, ["case_status_history", "cases", "fields"])]
    assert ["fields", "cases", "case_status_history"] == behind
    for collection in TRACKOPS.collections:
        places = [c.name for c in ordered(TRACKOPS, reversed(names))]
        assert all(places.index(before) < places.index(collection.name) for before in collection.after)
