"""The user's wall clock and UTC, on both special nights, in zones on every side of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.reading import Account
from syncd.vendors.itrack import ITRACK
from syncd.vendors.itrack.times import after_repeat, before_repeat, instants, localised, midnight, moment, since, until

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
EVENTS, TRACKS, STATES = (ITRACK.collection(name) for name in ("events", "tracks", "tracker_states"))

# A zone, the instant its clock is set back, and by how much.
AUTUMN = [
    ("Europe/Copenhagen", "2026-10-25T01:00:00Z", 3600),
    ("America/Los_Angeles", "2026-11-01T09:00:00Z", 3600),
    ("America/St_Johns", "2026-11-01T04:30:00Z", 3600),
    ("Pacific/Auckland", "2026-04-04T14:00:00Z", 3600),
    ("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 1800),
    ("America/Santiago", "2026-04-05T03:00:00Z", 3600),
    ("America/Havana", "2026-11-01T05:00:00Z", 3600),
]
# A zone and the instant its clock is set forward by an hour (Lord Howe: half of one).
SPRING = [
    ("Europe/Copenhagen", "2026-03-29T01:00:00Z"),
    ("America/Los_Angeles", "2026-03-08T10:00:00Z"),
    ("America/St_Johns", "2026-03-08T05:30:00Z"),
    ("Pacific/Auckland", "2026-09-26T14:00:00Z"),
    ("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    ("America/Santiago", "2026-09-06T04:00:00Z"),
]
ZONES = [*(name for name, _, _ in AUTUMN), "Pacific/Apia", "Asia/Kolkata", "UTC", "Africa/Casablanca", "Europe/Dublin"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def plain(zone: str) -> Account:
    return Account(zone, {"iso": False})


def offsets(zone: str) -> Account:
    return Account(zone, {"iso": True})


def wall(zone: str, instant: datetime) -> str:
    """As the vendor writes it."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def java(zone: str, text: str) -> datetime:
    """As the vendor reads it: of a repeated time the earlier, a skipped one moved on."""
    return at(text).replace(tzinfo=ZoneInfo(zone), fold=0).astimezone(UTC)


def _is_exact(account: Account, instant: datetime) -> bool:
    return instant == before_repeat(account, instant)


def read(account: Account, *texts: str, order: tuple[str, ...] = ("time",)) -> list[Any]:
    return [r["time"] for r in localised(EVENTS, account, [{"time": text} for text in texts], order)]


# --- questions ------------------------------------------------------------------------------------------------------


@given(zone=st.sampled_from(ZONES), second=st.integers(1_700_000_000, 1_900_000_000))
def test_c2_a_question_covers_its_range_and_names_no_time_twice_or_never(zone: str, second: int) -> None:
    asked, account = datetime.fromtimestamp(second, UTC), plain(zone)
    assert java(zone, since(account, asked)) < asked <= java(zone, until(account, asked))
    for text in (since(account, asked), until(account, asked)):
        one = java(zone, text)
        other = at(text).replace(tzinfo=ZoneInfo(zone), fold=1).astimezone(UTC)
        assert one == other
        assert text == wall(zone, one)
        assert abs(one - asked) <= 2 * HOUR + SECOND


@pytest.mark.parametrize("zone, change, seconds", AUTUMN)
def test_c2_the_repeated_hour_is_asked_for_as_a_whole(zone: str, change: str, seconds: int) -> None:
    back, repeated, account = at(change), timedelta(seconds=seconds), plain(zone)
    for moment_of_night in (back - repeated, back - SECOND, back, back + repeated - SECOND):
        assert not _is_exact(account, moment_of_night)
        assert back - repeated - SECOND == java(zone, since(account, moment_of_night + SECOND))
        assert back + repeated == java(zone, until(account, moment_of_night))
        assert back + repeated == after_repeat(account, moment_of_night)
    for usual in (back - repeated - SECOND, back + repeated):
        assert _is_exact(account, usual)
        assert usual == java(zone, until(account, usual)) == after_repeat(account, usual)


@pytest.mark.parametrize("zone", ZONES)
def test_c2_with_offsets_every_time_is_asked_for_as_it_is(zone: str) -> None:
    account, night = offsets(zone), at("2026-11-01T05:30:00Z")
    assert "2026-11-01T05:30:00Z" == until(account, night)
    assert "2026-11-01T05:29:59Z" == since(account, night)
    assert _is_exact(account, night)
    assert night == after_repeat(account, night)


def test_a_day_begins_when_the_users_clock_says_so_even_where_midnight_is_skipped() -> None:
    assert at("2026-11-21T23:00:00Z") == midnight(plain("Europe/Copenhagen"), date(2026, 11, 22))
    assert at("2026-11-21T11:00:00Z") == midnight(plain("Pacific/Auckland"), date(2026, 11, 22))
    # In Chile the clock goes from 23:59:59 to 01:00:00.
    skipped = midnight(plain("America/Santiago"), date(2026, 9, 6))
    assert at("2026-09-06T04:00:00Z") == skipped
    assert "2026-09-06 01:00:00" == until(plain("America/Santiago"), skipped)


# --- answers --------------------------------------------------------------------------------------------------------


@given(zone=st.sampled_from(ZONES), second=st.integers(1_700_000_000, 1_900_000_000))
def test_c2_a_plain_time_is_the_users_wall_time_and_one_with_an_offset_is_itself(zone: str, second: int) -> None:
    instant = datetime.fromtimestamp(second, UTC)
    (found,) = read(plain(zone), wall(zone, instant))
    assert instant in {at(found), at(found) + HOUR, at(found) + HOUR / 2}
    if _is_exact(plain(zone), instant):
        assert instant == at(found)
    assert [f"{instant:%Y-%m-%dT%H:%M:%SZ}"] == read(plain(zone), instant.astimezone(ZoneInfo(zone)).isoformat())


@pytest.mark.parametrize("zone, change, seconds", AUTUMN)
def test_c2_in_the_repeated_hour_the_order_of_the_reply_decides(zone: str, change: str, seconds: int) -> None:
    back, step = at(change), timedelta(seconds=seconds) / 6
    times = [back + step * number for number in range(-9, 10)]
    found = [at(text) for text in read(plain(zone), *(wall(zone, instant) for instant in times))]
    assert times == found


@pytest.mark.parametrize("zone, change, seconds", AUTUMN)
def test_c2_without_an_order_the_earlier_of_two_times_is_taken(zone: str, change: str, seconds: int) -> None:
    back, repeated = at(change), timedelta(seconds=seconds)
    late = back + repeated / 2
    assert [late - repeated] == [at(text) for text in read(plain(zone), wall(zone, late))]
    texts = [wall(zone, back - repeated / 4), wall(zone, late - repeated)]
    assert [back - repeated / 4, late - repeated] == [at(t) for t in read(plain(zone), *texts, order=())]


def test_c2_a_reply_out_of_order_does_not_push_times_into_the_second_hour() -> None:
    """Only a time between the two that a text may mean says that the later one is meant."""
    assert ["2026-12-01T00:00:00Z", "2026-11-01T08:30:00Z"] == read(
        plain("America/Los_Angeles"), "2026-11-30 16:00:00", "2026-11-01 01:30:00"
    )


@pytest.mark.parametrize("zone, change", SPRING)
def test_c2_times_around_the_skipped_hour_are_exact(zone: str, change: str) -> None:
    forward = at(change)
    times = [forward + SECOND * number for number in (-3600, -1, 0, 1, 3600)]
    assert times == [at(text) for text in read(plain(zone), *(wall(zone, instant) for instant in times))]
    for instant in times:
        assert _is_exact(plain(zone), instant)
        assert instant == java(zone, until(plain(zone), instant))


def test_c2_a_skipped_time_is_moved_on_as_the_vendor_does_it() -> None:
    assert ["2026-03-29T01:30:00Z"] == read(plain("Europe/Copenhagen"), "2026-03-29 02:30:00")


def test_c2_a_trip_in_the_repeated_hour_does_not_end_before_it_begins() -> None:
    """01:50 to 01:20, then 01:30 to 01:40: only the start of the first is of the first hour."""
    trips = [
        {"start_date": "2026-11-01 01:50:00", "end_date": "2026-11-01 01:20:00"},
        {"start_date": "2026-11-01 01:30:00", "end_date": "2026-11-01 01:40:00"},
    ]
    found = localised(TRACKS, plain("America/Los_Angeles"), trips, ("start_date", "end_date"))
    assert [("08:50", "09:20"), ("09:30", "09:40")] == [(r["start_date"][11:16], r["end_date"][11:16]) for r in found]


def test_every_instant_of_a_record_is_converted_and_nothing_else() -> None:
    record = {
        "gps": {"updated": "2026-11-22 10:00:00", "location": {"lat": 1, "lng": 2}},
        "gsm": None,
        "last_update": "2026-11-22 10:00:01",
        "battery_update": None,
        "additional": {"key": {"value": "2026-11-22 10:00:02", "updated": "2026-11-22 10:00:03"}, "odd": 5},
        "odd": "2026-11-22 10:00:04",
    }
    before = repr(record)
    (found,) = localised(STATES, plain("Europe/Copenhagen"), [record])
    assert {
        "gps": {"updated": "2026-11-22T09:00:00Z", "location": {"lat": 1, "lng": 2}},
        "gsm": None,
        "last_update": "2026-11-22T09:00:01Z",
        "battery_update": None,
        "additional": {"key": {"value": "2026-11-22 10:00:02", "updated": "2026-11-22T09:00:03Z"}, "odd": 5},
        "odd": "2026-11-22 10:00:04",
    } == found
    assert before == repr(record), "answers are shared and must stay as they came"


@pytest.mark.parametrize("value", ["", "soon", "2026-11-22", "2026-02-30 10:00:00", "9999-12-31 23:59:59", 5, None, []])
def test_d1_what_is_no_time_stays_for_the_parser_to_set_aside(value: object) -> None:
    account = plain("America/Los_Angeles")
    assert [{"time": value}] == localised(EVENTS, account, [{"time": value}], ("time",))
    assert ["junk", None] == localised(EVENTS, account, ["junk", None], ("time",))


def test_a_changed_zone_leaves_the_same_instants() -> None:
    """What is compared is UTC: a user who moves does not rewrite the copy."""
    told = (
        [{"time": "2026-11-22T10:00:00+01:00"}],
        [{"time": "2026-11-22T22:00:00+13:00"}],
        [{"time": "2026-11-22 22:00:00"}],
    )
    accounts = offsets("Europe/Copenhagen"), offsets("Pacific/Auckland"), plain("Pacific/Auckland")
    for records, account in zip(told, accounts, strict=True):
        assert [{"time": "2026-11-22T09:00:00Z"}] == localised(EVENTS, account, records, ("time",))


@pytest.mark.parametrize("collection", ITRACK.collections, ids=lambda c: c.name)
def test_no_date_without_a_zone_is_converted(collection: Any) -> None:
    dates = {c.source for c in collection.columns if c.kind in {"date", "local_datetime"}}
    assert dates.isdisjoint(".".join(path) for path in instants(collection))


def test_the_time_of_a_record_is_none_if_nobody_can_read_it() -> None:
    assert at("2026-11-22T09:00:00Z") == moment({"time": "2026-11-22T09:00:00Z"}, "time")
    for record in ({}, {"time": None}, {"time": "soon"}, {"time": 5}, "junk", None):
        assert None is moment(record, "time")
