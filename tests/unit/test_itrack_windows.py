"""What is asked of iTrack for ranges of time, and what the answers become: readings driven by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import BadBatch, CallMissing, NotFound, Refused, WindowTooBig
from syncd.reading import Account, Part, Window
from syncd.vendors.itrack import ITRACK
from syncd.vendors.itrack.history import _zones_of_event
from tests.unit.itrack_driver import CURRENT, OLD, Driven, at, parents, window

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONDAY = window("2026-11-16T00:00:00Z", "2026-11-17T00:00:00Z")
ENDS = ("2026-11-15T23:59:59Z", "2026-11-17T00:00:00Z")
ENDS_LATER = ("2026-11-15T23:59:59Z", "2026-11-18T00:00:00Z")  # where records last
OF_ONE = Part(parents(5), MONDAY)
UNKNOWN, GONE = CallMissing("which?", code=112), NotFound("gone", code=201)


def ends(said: dict[str, Any]) -> tuple[str, str]:
    return said["from"], said["to"]


# --- trips ----------------------------------------------------------------------------------------------------------


def trip(ident: int, start: str, end: str | None) -> dict[str, Any]:
    return {"id": ident, "start_date": start, **({"end_date": end} if end else {})}


def test_trips_are_asked_a_day_wider_and_those_that_began_in_the_window_are_kept() -> None:
    trips = [
        trip(1, "2026-11-15T23:59:59Z", "2026-11-16T01:00:00Z"),
        trip(2, "2026-11-16T00:00:00Z", "2026-11-16T01:00:00Z"),
        trip(3, "2026-11-16T23:59:59Z", "2026-11-17T05:00:00Z"),
        trip(4, "2026-11-17T00:00:00Z", "2026-11-17T05:00:00Z"),
        trip(5, "2026-11-16T08:00:00Z", None),
        {"id": 6, "start_date": "soon"},
    ]
    driven = Driven("tracks", OF_ONE, lambda *_: {"list": trips, "limit_exceeded": False})
    assert ["/track/list/"] == driven.paths
    said = driven.asked[0][1]
    assert ("2026-11-14T23:59:59Z", "2026-11-18T00:00:00Z") == ends(said)
    assert (5, True) == (said["tracker_id"], said["count_events"])
    assert [2, 3, 5, 6] == [record["id"] for record in driven.records]
    assert {5} == {record["@tracker_id"] for record in driven.records}
    assert (None, True) == (driven.taken.floor, driven.taken.trusted)


def vendor_of_trips(*trips: tuple[int, str, str]) -> Any:
    """Cuts trips at the ends of the question, as the vendor does."""

    def answer(_path: str, said: dict[str, Any]) -> dict[str, Any]:
        start, end = at(said["from"]), at(said["to"])
        found = []
        for ident, began, ended in trips:
            first, last = max(start, at(began)), min(end, at(ended))
            if first < last:
                found.append({"id": ident, "start_date": first.isoformat(), "end_date": last.isoformat()})
        return {"list": found, "limit_exceeded": False}

    return answer


def test_a_trip_is_never_kept_cut_at_an_edge_of_a_question() -> None:
    """A ferry takes 40 hours, a container nine days."""
    whole = [(1, "2026-11-16T20:00:00Z", "2026-11-18T12:00:00Z"), (2, "2026-11-16T21:00:00Z", "2026-11-25T21:00:00Z")]
    driven = Driven("tracks", OF_ONE, vendor_of_trips(*whole))
    assert [(1, "2026-11-18T12:00:00Z"), (2, "2026-11-25T21:00:00Z")] == [
        (r["id"], r["end_date"]) for r in driven.records
    ]


@given(
    begins=st.lists(st.integers(-72, 72), min_size=1, max_size=6, unique=True),
    lengths=st.lists(st.integers(1, 90), min_size=6, max_size=6),
)
def test_every_trip_is_brought_whole_by_exactly_one_of_neighbouring_windows(
    begins: list[int], lengths: list[int]
) -> None:
    start = at("2026-11-16T00:00:00+00:00")
    trips = []
    for number, (begin, length) in enumerate(zip(sorted(begins), lengths, strict=False)):
        first = start + begin * HOUR
        trips.append((number, first.isoformat(), (first + length * HOUR).isoformat()))
    found = []
    for number in range(-4, 5):
        one = Window(start + number * DAY, start + (number + 1) * DAY)
        found += Driven("tracks", Part(parents(5), one), vendor_of_trips(*trips)).records
    told = sorted((r["id"], at(r["start_date"]), at(r["end_date"])) for r in found)
    assert [(ident, at(first), at(last)) for ident, first, last in trips] == told


def test_a_trip_under_way_is_not_asked_for_until_it_ends() -> None:
    now = window("2026-11-16T00:00:00Z", "2026-11-16T12:00:00Z")
    driven = Driven(
        "tracks", Part(parents(5), now), vendor_of_trips((1, "2026-11-16T11:00:00Z", "2026-11-16T12:00:00Z"))
    )
    assert 1 == len(driven.asked)


def test_the_longest_range_that_the_vendor_names_has_to_hold_the_margins() -> None:
    month = Part(parents(5), window("2026-10-01T00:00:00Z", "2026-10-31T00:00:00Z"))
    with pytest.raises(WindowTooBig) as caught:
        Driven("tracks", month, lambda *_: WindowTooBig("no", code=211, most=timedelta(days=30)))
    assert caught.value.most is not None
    assert timedelta(days=27) <= caught.value.most <= timedelta(days=28)
    with pytest.raises(WindowTooBig) as caught:
        Driven("tracks", month, lambda *_: WindowTooBig("no", code=211))
    assert None is caught.value.most


def kept_from(storage: str, *, cuts: bool, member: str = "start_date", every: timedelta = HOUR) -> Any:
    """A vendor that keeps nothing older than *storage*: what begins earlier is cut, or answered with nothing."""

    def answer(_path: str, said: dict[str, Any]) -> dict[str, Any]:
        start, end, begin = at(said["from"]), at(said["to"]), at(storage)
        exceeded = start < begin
        rows = []
        moment = max(start, begin)
        moment = moment.replace(minute=0, second=0) + (HOUR if moment.minute or moment.second else timedelta(0))
        while moment < end and (cuts or not exceeded):
            ident = int(moment.timestamp())
            rows.append({"id": ident, member: moment.isoformat(), "end_date": (moment + HOUR / 2).isoformat()})
            moment += every
        return {"list": rows[: said.get("limit")], "limit_exceeded": exceeded}

    return answer


def test_a_window_that_begins_before_the_storage_says_where_it_begins_and_proves_nothing_gone() -> None:
    driven = Driven("tracks", OF_ONE, kept_from("2026-11-16T06:00:00Z", cuts=True))
    assert 18 == len(driven.records)
    assert (MONDAY.start, False) == (driven.taken.floor, driven.taken.trusted)


def test_a_window_is_whole_if_only_its_margin_lies_before_the_storage() -> None:
    driven = Driven("tracks", OF_ONE, kept_from("2026-11-15T06:00:00Z", cuts=True))
    assert 24 == len(driven.records)
    assert (None, True) == (driven.taken.floor, driven.taken.trusted)


def test_nothing_for_a_window_that_begins_too_early_is_not_taken_for_no_trips() -> None:
    month = Window(MONDAY.end - 30 * DAY, MONDAY.end)
    driven = Driven("tracks", Part(parents(5), month), kept_from("2026-11-10T06:00:00Z", cuts=False))
    days = {record["start_date"][:10] for record in driven.records}
    assert {f"2026-11-{day}" for day in range(12, 17)} <= days
    assert driven.taken.floor is not None
    assert at("2026-11-10T06:00:00Z") <= driven.taken.floor <= at("2026-11-12T00:00:00Z")
    assert not driven.taken.trusted
    nothing = Driven("tracks", Part(parents(5), month), kept_from("2026-12-24T00:00:00Z", cuts=False))
    assert ([], MONDAY.end, False) == (nothing.records, nothing.taken.floor, nothing.taken.trusted)


# --- events ---------------------------------------------------------------------------------------------------------


class History:
    """A vendor with events, (id, second, tracker, kind), and a limit of rows an answer."""

    def __init__(self, *events: tuple[int, int, int, str], limit: int = 3, totals: bool = True) -> None:
        self.events = sorted(events, key=lambda event: (event[1], event[0]))
        self.limit, self.totals = limit, totals
        self.gone: set[int] = set()

    def __call__(self, path: str, said: dict[str, Any]) -> Any:
        if path == "/history/type/list/":
            return {"list": [{"type": kind} for kind in ("in", "out", "sos")]}
        if self.gone & set(said.get("trackers", ())):
            return BadBatch("who?", code=217)
        if said["limit"] > self.limit:
            return Refused("too many", code=212)
        start, end = (at(said[name]) for name in ("from", "to"))
        found = [
            {"id": ident, "time": moment(second).isoformat(), "tracker_id": tracker}
            for ident, second, tracker, kind in self.events
            if start <= moment(second) <= end
            and tracker in said.get("trackers", (tracker,))
            and kind in said.get("events", (kind,))
        ]
        told: dict[str, Any] = {
            "list": found[: said["limit"]],
            "limit_exceeded": "trackers" in said and len(found) > said["limit"],
        }
        return {**told, **({"total": len(found)} if self.totals else {})}


def moment(second: int) -> datetime:
    return MONDAY.start + timedelta(seconds=second)


def read_events(history: Any, account: Account = CURRENT, whole: Window = MONDAY) -> tuple[list[int], list[Driven]]:
    """The ids of all events in the order they came first, read as the engine does: the rest after each answer."""
    done: list[Driven] = []
    start = whole.start
    while start < whole.end:
        done.append(Driven("events", Part(window=Window(start, whole.end)), history, account))
        complete_to = done[-1].taken.complete_to
        assert complete_to is None or start < complete_to < whole.end
        start = complete_to or whole.end
        assert len(done) < 200, "there is no end"
    return list(dict.fromkeys(record["id"] for one in done for record in one.records)), done


def test_events_of_the_account_are_asked_for_oldest_first_without_labels() -> None:
    driven = Driven("events", Part(window=MONDAY), History((1, 5, 1, "in")))
    ((path, said),) = driven.asked
    assert "/history/user/list/" == path
    assert ENDS == ends(said)
    assert (3, True, False) == (said["limit"], said["ascending"], said["add_tracker_label"])
    assert [1] == [record["id"] for record in driven.records]
    assert (None, None) == (driven.taken.complete_to, driven.taken.floor)


@pytest.mark.parametrize("totals", [True, False])
def test_v15_a_full_answer_is_complete_to_its_last_second_and_the_rest_is_asked_from_there(totals: bool) -> None:
    history = History(*((number, number // 2 * 10, 1, "in") for number in range(20)), totals=totals)
    ids, done = read_events(history)
    assert list(range(20)) == ids
    assert moment(10) == done[0].taken.complete_to
    assert {"/history/user/list/"} == {path for one in done for path in one.paths}


def test_v16_more_events_in_a_second_than_an_answer_holds_are_told_apart_by_tracker_then_by_kind() -> None:
    kinds = ("in", "out", "sos")
    burst = [(100 + number, 50, number % 4 + 1, kinds[number % 3]) for number in range(20)]
    history = History((1, 5, 1, "in"), *burst, (200, 60, 2, "in"))
    ids, _done = read_events(history)
    assert [1, *range(100, 120), 200] == sorted(ids)


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 4), st.sampled_from(("in", "out", "sos"))), max_size=60),
    st.booleans(),
    st.sampled_from([CURRENT, OLD]),
)
def test_v15_v16_every_event_is_read_whatever_falls_together(
    rows: list[tuple[int, int, str]], totals: bool, account: Account
) -> None:
    """Unless more of one second, tracker and kind come together than an answer holds: these nothing tells apart."""
    groups: dict[tuple[int, int, str], int] = {}
    events = []
    for ident, row in enumerate(rows):
        groups[row] = groups.get(row, 0) + 1
        if groups[row] < 3:
            events.append((ident, *row))
    current = Account("UTC", account.facts)
    history = in_zone(History(*events, totals=totals), current)
    ids, _done = read_events(history, current)
    assert sorted(event[0] for event in events) == sorted(ids)


def in_zone(history: History, account: Account) -> Any:
    """The vendor as an account without offsets sees it: plain times in the zone, both ways."""

    def answer(path: str, said: dict[str, Any]) -> Any:
        if account.facts["iso"] or "from" not in said:
            return history(path, said)
        zone = account.tz
        for name in ("from", "to"):
            said = {**said, name: datetime.fromisoformat(said[name]).replace(tzinfo=zone).astimezone(UTC).isoformat()}
        told = history(path, said)
        if isinstance(told, dict):
            for record in told["list"]:
                record["time"] = at(record["time"]).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
        return told

    return answer


@given(
    st.lists(
        st.tuples(st.integers(-9000, 9000), st.integers(1, 4), st.sampled_from(("in", "out", "sos"))), max_size=40
    ),
    st.integers(-10_000, 10_000),
)
def test_c2_no_event_is_lost_in_the_night_of_the_repeated_hour(rows: list[tuple[int, int, str]], begin: int) -> None:
    """The clock of the account goes back at 01:00 UTC, in the middle of the events; windows begin anywhere.

    Of one tracker and kind there are no more in the two hours than an answer holds: these nothing tells apart.
    """
    back = int((at("2026-10-25T01:00:00Z") - MONDAY.start).total_seconds())
    alike = [[row for row in dict.fromkeys(rows) if row[1:] == of] for of in {row[1:] for row in rows}]
    events = [(ident, back + row[0], *row[1:]) for ident, row in enumerate(row for some in alike for row in some[:3])]
    account = Account("Europe/Copenhagen", {**OLD.facts, "old": False})
    whole = Window(moment(back + begin), moment(back + 12_000))
    ids, _done = read_events(in_zone(History(*events), account), account, whole)
    assert {ident for ident, second, *_ in events if second >= back + begin} <= set(ids)


@pytest.mark.parametrize("error", [UNKNOWN, Refused("what?", code=5), Refused("what?", code=7)])
def test_events_of_a_server_without_the_call_are_asked_by_trackers(error: Exception) -> None:
    history = History(*((number, number, number % 4 + 1, "in") for number in range(10)))

    def answer(path: str, said: dict[str, Any]) -> Any:
        return error if path == "/history/user/list/" else history(path, said)

    driven = Driven("events", Part(window=MONDAY), answer)
    assert set(range(10)) == {record["id"] for record in driven.records}
    assert ["/history/user/list/", "/history/tracker/list/"] == list(dict.fromkeys(driven.paths))
    assert [1, 2, 3, 4] == driven.asked[1][1]["trackers"]
    assert None is driven.taken.complete_to
    assert driven.handed, "a long reading hands over what it has"


def test_an_old_server_is_asked_by_trackers_at_once() -> None:
    driven = Driven("events", Part(window=MONDAY), in_zone(History((1, 5, 1, "in")), OLD), OLD)
    assert ["/history/tracker/list/"] == driven.paths
    assert ("2026-11-16 00:59:59", "2026-11-17 01:00:00") == ends(driven.asked[0][1])
    assert ["2026-11-16T00:00:05Z"] == [record["time"] for record in driven.records]


def test_a_refusal_of_another_kind_is_not_an_old_server() -> None:
    with pytest.raises(Refused):
        Driven("events", Part(window=MONDAY), lambda *_: Refused("no", code=263))


def test_a_tracker_that_cannot_be_asked_is_left_out_of_many() -> None:
    history = History(*((number, number, number % 4 + 1, "in") for number in range(12)))
    history.gone = {3}
    driven = Driven("events", Part(window=MONDAY), in_zone(history, OLD), OLD)
    assert {number for number in range(12) if number % 4 != 2} == {record["id"] for record in driven.records}


def test_the_past_of_single_trackers_is_asked_for_by_them() -> None:
    history = History((1, 5, 1, "in"), (2, 6, 2, "in"))
    driven = Driven("events", Part(parents(2), MONDAY, reopened=True), history)
    assert [("/history/tracker/list/", [2])] == [(path, said["trackers"]) for path, said in driven.asked]
    assert [2] == [record["id"] for record in driven.records]
    history.gone = {2}
    with pytest.raises(BadBatch):
        Driven("events", Part(parents(2), MONDAY, reopened=True), history)


def test_a_server_that_gives_fewer_rows_is_asked_for_fewer() -> None:
    account = Account("UTC", {**CURRENT.facts, "history_limit": 1000})
    driven = Driven("events", Part(window=MONDAY), History((1, 5, 1, "in"), limit=100), account)
    assert [1000, 100] == [said["limit"] for _, said in driven.asked]
    with pytest.raises(Refused):
        Driven("events", Part(window=MONDAY), History(limit=99), account)


@pytest.mark.parametrize("cuts", [True, False])
def test_events_before_the_storage_are_not_asked_for_again(cuts: bool) -> None:
    account = Account("UTC", {**CURRENT.facts, "history_limit": 1000})
    week = Window(MONDAY.end - 7 * DAY, MONDAY.end)
    driven = Driven("events", Part(window=week), kept_from("2026-11-13T06:00:00Z", cuts=cuts, member="time"), account)
    assert {f"2026-11-{day}" for day in (14, 15, 16)} <= {record["time"][:10] for record in driven.records}
    assert driven.taken.floor is not None
    assert driven.taken.floor <= at("2026-11-14T06:00:00Z")


@pytest.mark.parametrize(
    "extra, zones",
    [
        ({"zone_ids": [4, 5], "zone_labels": ["a", "b"]}, [(4, "a"), (5, "b")]),
        ({"zone_ids": [4, 5], "zone_labels": ["a"]}, [(4, "a"), (5, None)]),
        ({"zone_ids": [4]}, [(4, None)]),
        ({"zone_labels": ["a"]}, []),
        ({}, []),
        (None, []),
    ],
)
def test_zones_of_an_event_have_the_label_at_the_same_place(extra: Any, zones: list[tuple[int, str | None]]) -> None:
    assert [{".": zone, "@zone_label": label} for zone, label in zones] == _zones_of_event({"extra": extra})


# --- other windows --------------------------------------------------------------------------------------------------


def test_points_are_asked_for_as_they_are_and_numbered_within_a_second() -> None:
    times = ["2026-11-16T10:00:00Z", "2026-11-16T11:00:00+01:00", "2026-11-16T10:00:01Z"]
    driven = Driven("track_points", OF_ONE, lambda *_: {"list": [{"get_time": text} for text in times]})
    said = driven.asked[0][1]
    assert (False, True, ENDS) == (said["simplify"], said["include_gsm_lbs"], ends(said))
    assert [0, 1, 0] == [record["@seq"] for record in driven.records]
    assert {5} == {record["@tracker_id"] for record in driven.records}


@pytest.mark.parametrize("name", ["track_points", "sensor_data", "driver_journal"])
@pytest.mark.parametrize("cuts", [True, False])
def test_rows_before_the_storage_are_not_asked_for_again_and_not_taken_for_gone(name: str, cuts: bool) -> None:
    member = {"driver_journal": "start_date"}.get(name, "get_time")
    driven = Driven(
        name, Part(parents(5, tracker_id=1), MONDAY), kept_from("2026-11-16T06:00:00Z", cuts=cuts, member=member)
    )
    assert 17 <= len(driven.records) <= 18
    assert driven.taken.floor is not None
    assert driven.taken.floor <= at("2026-11-16T07:00:00Z")
    assert not driven.taken.trusted
    early = kept_from("2026-11-18T00:00:00Z", cuts=cuts, member=member)
    nothing = Driven(name, Part(parents(5, tracker_id=1), MONDAY), early)
    assert ([], MONDAY.end) == (nothing.records, nothing.taken.floor)


def test_tasks_routes_and_checkpoints_are_one_table() -> None:
    def answer(path: str, said: dict[str, Any]) -> Any:
        match path:
            case "/task/list/":
                return {"list": [{"id": 1, "from": "2026-11-16T10:00:00+01:00"}], "count": 1}
            case "/task/route/list/":
                return {"list": [{"id": 2, "checkpoint_ids": [12, 11, 13]}]}
        if len(said["checkpoint_ids"]) > 1 and 13 in said["checkpoint_ids"]:
            return BadBatch("who?", code=217)
        return GONE if 13 in said["checkpoint_ids"] else {"list": [{"id": ident} for ident in said["checkpoint_ids"]]}

    driven = Driven("tasks", Part(window=MONDAY), answer)
    found = {record["id"]: (record.get("@route_id"), record.get("@position")) for record in driven.records}
    assert {1: (None, None), 2: (None, None), 12: (2, 0), 11: (2, 1)} == found
    assert "2026-11-16T09:00:00Z" == driven.records[0]["from"]
    assert (["id=asc"], ENDS_LATER) == (driven.asked[0][1]["sort"], ends(driven.asked[0][1]))


def test_a_server_without_routes_has_tasks_all_the_same() -> None:
    driven = Driven("tasks", Part(window=MONDAY), lambda path, _: UNKNOWN if "route" in path else {"list": [{"id": 1}]})
    assert [{"id": 1}] == driven.records
    assert driven.taken.trusted


def test_checkins_of_an_old_server_are_asked_for_by_trackers_blocked_ones_too() -> None:
    def answer(_path: str, said: dict[str, Any]) -> Any:
        return {"list": [{"id": 1}]} if "trackers" in said else Refused("required", code=7)

    driven = Driven("checkins", Part(window=MONDAY), answer)
    assert [1, 2, 3, 4, 9] == driven.asked[1][1]["trackers"]
    assert driven.taken.trusted

    def strict(path: str, said: dict[str, Any]) -> Any:
        return BadBatch("who?", code=217) if 9 in said.get("trackers", ()) else answer(path, said)

    driven = Driven("checkins", Part(window=MONDAY), strict)
    assert [{"id": 1}] == driven.records
    assert not driven.taken.trusted, "of those that could not be asked for nothing is known"


@pytest.mark.parametrize(
    "account, asked",
    [
        (CURRENT, ("2026-11-15T23:00:00Z", "2026-11-17T22:59:59Z")),
        (OLD, ("2026-11-16 00:00:00", "2026-11-17 23:59:59")),
    ],
)
def test_kilometres_are_of_days_of_the_users_calendar(account: Account, asked: tuple[str, str]) -> None:
    days = {f"2026-11-{day}": {"mileage": day} for day in (15, 16, 17, 18)}
    told = {"result": {"1": days, "2": {}, "3": None}}
    part = Part(parents(1, 2, 3), Window(MONDAY.start, MONDAY.start + 2 * DAY))
    driven = Driven("mileage_daily", part, lambda *_: told, account)
    assert asked == ends(driven.asked[0][1])
    assert [(1, "2026-11-16", 16), (1, "2026-11-17", 17)] == [
        (r["@tracker_id"], r["@day"], r["mileage"]) for r in driven.records
    ]


def test_kilometres_are_asked_of_as_many_trackers_as_the_server_takes() -> None:
    account = Account("UTC", {**CURRENT.facts, "stats_trackers": 2})
    driven = Driven("mileage_daily", Part(parents(1, 2, 3), MONDAY), lambda *_: {"result": {}}, account)
    assert [[1, 2], [3]] == [said["trackers"] for _, said in driven.asked]
    exceeded = Driven("mileage_daily", Part(parents(1), MONDAY), lambda *_: {"result": {}, "limit_exceeded": True})
    assert not exceeded.taken.trusted


@pytest.mark.parametrize("cuts", [True, False])
def test_kilometres_of_days_that_are_kept_come_even_if_the_question_begins_too_early(cuts: bool) -> None:
    month = Window(MONDAY.end - 28 * DAY, MONDAY.end)
    account = Account("UTC", CURRENT.facts)

    def answer(_path: str, said: dict[str, Any]) -> dict[str, Any]:
        begin = at("2026-11-10T00:00:00Z")
        start, exceeded = max(at(said["from"]), begin), at(said["from"]) < begin
        days = {f"2026-11-{day}": {"mileage": 1} for day in range(start.day, 17)} if cuts or not exceeded else {}
        return {"result": {"5": days}, "limit_exceeded": exceeded}

    driven = Driven("mileage_daily", Part(parents(5), month), answer, account)
    assert [f"2026-11-{day}" for day in range(10, 17)] == [record["@day"] for record in driven.records]
    assert not driven.taken.trusted
    assert len(driven.asked) <= 6


def test_values_of_a_sensor_are_numbered_within_a_second() -> None:
    values = [{"get_time": "2026-11-16T10:00:00Z", "value": value} for value in (1, 2)]
    driven = Driven("sensor_data", Part(parents(7, tracker_id=5), MONDAY), lambda *_: {"list": values})
    assert (5, 7) == (driven.asked[0][1]["tracker_id"], driven.asked[0][1]["sensor_id"])
    assert [(5, 7, 0), (5, 7, 1)] == [(r["@tracker_id"], r["@sensor_id"], r["@seq"]) for r in driven.records]


def test_discrete_sensors_have_no_values_over_time() -> None:
    strategy: Any = ITRACK.collection("sensor_data").strategy
    assert [True, True, False] == [strategy.parents.may_ask({"type": t}) for t in ("metering", "virtual", "discrete")]


def counters(told: dict[str, Any]) -> Any:
    return lambda _path, said: told[said["type"]]


def test_both_counters_are_read_under_either_name_of_their_time() -> None:
    told = {
        "odometer": {"list": [{"update_time": "2026-11-16T10:00:00Z", "value": 1}]},
        "engine_hours": {"list": [{"get_time": "2026-11-16T11:00:00+01:00", "value": 2}]},
    }
    driven = Driven("counter_data", OF_ONE, counters(told))
    found = [(r["@tracker_id"], r["@type"], r["@seq"], r["update_time"]) for r in driven.records]
    time = "2026-11-16T10:00:00Z"
    assert [(5, "odometer", 0, time), (5, "engine_hours", 0, time)] == found
    assert driven.taken.trusted


def test_a_tracker_without_one_of_the_counters_has_the_other() -> None:
    told = {"odometer": {"list": [{"update_time": "2026-11-16T10:00:00Z"}]}, "engine_hours": NotFound("no", code=204)}
    driven = Driven("counter_data", OF_ONE, counters(told))
    assert 1 == len(driven.records)
    assert not driven.taken.trusted
    with pytest.raises(NotFound):
        Driven("counter_data", OF_ONE, lambda *_: NotFound("blocked", code=208))


def test_a_range_of_counters_that_is_too_long_is_called_invalid_here() -> None:
    with pytest.raises(WindowTooBig) as caught:
        Driven("counter_data", OF_ONE, lambda *_: Refused("invalid", code=7))
    assert None is caught.value.most
    long = Part(parents(5), Window(MONDAY.start - 40 * DAY, MONDAY.start))
    with pytest.raises(WindowTooBig) as caught:
        Driven("counter_data", long, lambda *_: Refused("invalid", code=7))
    assert timedelta(days=28) == caught.value.most
    with pytest.raises(Refused):
        Driven("counter_data", OF_ONE, lambda *_: Refused("bug", code=5))


def test_transactions_go_on_from_the_last_one() -> None:
    rows = [{"timestamp": moment(number // 2).isoformat()} for number in range(1500)]
    driven = Driven("transactions", Part(window=MONDAY), lambda _, said: {"list": rows[: said.get("limit")]})
    assert moment(499) == driven.taken.complete_to
    assert 1000 == len(driven.records)


def test_transactions_of_one_second_are_asked_for_all_at_once() -> None:
    rows = [{"timestamp": MONDAY.start.isoformat()}] * 1500
    driven = Driven("transactions", Part(window=MONDAY), lambda _, said: {"list": rows[: said.get("limit")]})
    assert 1500 == len(driven.records)
    assert [1000, None] == [said.get("limit") for _, said in driven.asked]
    assert None is driven.taken.complete_to


def test_transactions_of_a_server_that_gives_fewer_are_asked_for_fewer() -> None:
    def answer(_path: str, said: dict[str, Any]) -> Any:
        return Refused("too many", code=212) if said["limit"] > 100 else {"list": []}

    assert [1000, 100] == [said["limit"] for _, said in Driven("transactions", Part(window=MONDAY), answer).asked]
    with pytest.raises(Refused):
        Driven("transactions", Part(window=MONDAY), lambda *_: Refused("no", code=212))


def test_the_log_of_what_users_did_is_read_page_by_page() -> None:
    rows = [{"id": number} for number in range(1200)]

    def answer(_path: str, said: dict[str, Any]) -> dict[str, Any]:
        return {"list": rows[said["offset"] : said["offset"] + said["limit"]]}

    driven = Driven("audit_log", Part(window=MONDAY), answer)
    assert 1200 == len(driven.records)
    assert [(["action_datetime=asc"], 0), (["action_datetime=asc"], 1000)] == [
        (said["sort"], said["offset"]) for _, said in driven.asked
    ]


def test_the_drivers_journal_is_of_one_tracker() -> None:
    driven = Driven(
        "driver_journal",
        OF_ONE,
        lambda *_: {"list": [{"id": i, "start_date": f"2026-11-{15 + i}T11:00:00+01:00"} for i in (0, 1, 2)]},
    )
    assert ["2026-11-15T10:00:00Z", "2026-11-16T10:00:00Z"] == [record["start_date"] for record in driven.records]
    assert (5, ENDS_LATER) == (driven.asked[0][1]["tracker_id"], ends(driven.asked[0][1]))


def test_v3_a_range_longer_than_the_server_says_it_takes_is_not_asked_for() -> None:
    account = Account("UTC", {**CURRENT.facts, "report_span_s": 86_400.0 * 3, "stats_span_s": 86_400.0})
    second = timedelta(seconds=1)
    for name, most in (("events", 3 * DAY - second), ("tracks", DAY - second), ("mileage_daily", DAY + second)):
        for days in (4, 40):
            part = Part(parents(5) if name != "events" else (), Window(MONDAY.start, MONDAY.start + days * DAY))
            with pytest.raises(WindowTooBig) as caught:
                Driven(name, part, lambda *_: pytest.fail("was asked"), account)
            assert most == caught.value.most


@pytest.mark.parametrize("name", [c.name for c in ITRACK.collections if hasattr(c.strategy, "lookback")])
def test_no_window_is_read_without_one(name: str) -> None:
    with pytest.raises(ValueError, match="window"):
        Driven(name, Part(parents(5, tracker_id=1)))
