"""What is asked of Trackunit, and what its answers become: readings driven by hand, without a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.ask import Answer, Question
from syncd.collection import Collection, Listing, Windows
from syncd.errors import Malformed, NotFound, VendorError
from syncd.http.reads import Reads
from syncd.reading import Account, Parent, Part, Read, Taken, Window
from syncd.vendors.trackunit import TRACKUNIT, reads

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=2))
UNIT = Parent(("51877",))
KEY = Parent(("7",))
ENDS = ("2026-03-01T11:59:59.0000000Z", "2026-03-03T12:00:00.9999999Z")

Reply = list[Any] | dict[str, Any] | VendorError


def drive(read: Read, part: Part, *replies: Reply) -> tuple[list[Question], Taken]:
    """What *read* asks when it is answered with *replies* (a list stands in its envelope), and what it brings."""
    reading = read(Account(), part)
    asked: list[Question] = []
    left = list(replies)
    try:
        step = next(reading)
        while True:
            assert isinstance(step, Question)
            asked.append(step)
            reply = left.pop(0)
            if isinstance(reply, VendorError):
                step = reading.throw(reply)
            else:
                step = reading.send(Answer({"list": reply} if isinstance(reply, list) else reply, None))
    except StopIteration as end:
        assert [] == left
        taken: Taken = end.value
        return asked, taken


def read_of(name: str) -> Read:
    strategy = TRACKUNIT.collection(name).strategy
    assert isinstance(strategy, Listing | Windows)
    return strategy.read


@pytest.mark.parametrize(
    "name, path",
    [
        ("clients", "/Client"),
        ("categories", "/Category"),
        ("zones", "/Zone"),
        ("points", "/Point"),
        ("keys", "/Key"),
        ("contacts", "/Contact"),
        ("alarms", "/Alarm"),
        ("units", "/Unit"),
    ],
)
def test_a_list_is_one_question_without_parameters(name: str, path: str) -> None:
    """There is no paging: a parameter for it would do nothing, and a loop over pages never end."""
    asked, taken = drive(read_of(name), Part(), [{"id": "1"}, {"id": "2"}])
    assert [Question(path)] == asked
    assert [{"id": "1"}, {"id": "2"}] == taken.records
    assert taken.trusted


@pytest.mark.parametrize(
    "name, parent, path, params",
    [
        ("unit_history", UNIT, "/Report/UnitHistory", ("unitId", "from", "to")),
        ("can_history", UNIT, "/Report/UnitExtendedInfo", ("id", "from", "to")),
        ("active_faults", UNIT, "/Report/UnitActiveFaults", ("id", "from", "to")),
        ("trips", UNIT, "/Report/Trip", ("unitId", "dateFrom", "dateTo")),
        ("key_history", KEY, "/Report/KeyHistory", ("keyId", "from", "to")),
    ],
)
def test_every_report_has_its_own_names_for_unit_and_range(
    name: str, parent: Parent, path: str, params: tuple[str, ...]
) -> None:
    asked, _ = drive(read_of(name), Part((parent,), WINDOW), [])
    assert [Question(path, tuple(zip(params, (parent.key[0], *ENDS), strict=True)))] == asked


def test_the_alarm_log_is_asked_for_the_whole_account_and_always_with_both_dates() -> None:
    asked, _ = drive(reads.alarm_log, Part(window=WINDOW), [])
    assert [Question("/AlarmLog", (("dateFrom", ENDS[0]), ("dateTo", ENDS[1])))] == asked
    asked, _ = drive(reads.alarm_log, Part((UNIT,), WINDOW, reopened=True), [])
    assert [Question("/AlarmLog", (("unitId", "51877"), ("dateFrom", ENDS[0]), ("dateTo", ENDS[1])))] == asked


def test_a_day_of_the_whole_fleet_is_one_question() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    part = Part(window=Window(day, day + timedelta(days=1)))
    asked, taken = drive(reads.day_summaries, part, [{"unitId": "5", "km": 3}])
    assert [Question("/Report/UnitSummary", (("date", "2026-03-01T00:00:00.0000000Z"),))] == asked
    assert [{"unitId": "5", "km": 3, "@date": "2026-03-01"}] == taken.records


def test_days_of_a_unit_that_was_silent_are_asked_for_that_unit() -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    part = Part((UNIT,), Window(day, day + timedelta(days=2)), reopened=True)
    asked, taken = drive(reads.day_summaries, part, [{"unitId": "51877"}], [{"unitId": "51877"}])
    assert [
        (("unitId", "51877"), ("date", "2026-03-01T00:00:00.0000000Z")),
        (("unitId", "51877"), ("date", "2026-03-02T00:00:00.0000000Z")),
    ] == [question.params for question in asked]
    assert ["2026-03-01", "2026-03-02"] == [record["@date"] for record in taken.records]


@pytest.mark.parametrize("name", ["alarm_log", "unit_day_summaries"])
def test_the_past_of_several_units_costs_no_more_than_that_of_all(name: str) -> None:
    day = datetime(2026, 3, 1, tzinfo=UTC)
    part = Part((UNIT, Parent(("5",))), Window(day, day + timedelta(days=1)), reopened=True)
    (asked,), _ = drive(read_of(name), part, [])
    assert "unitId" not in dict(asked.params)


@pytest.mark.parametrize(
    "name, parent, column",
    [
        ("unit_history", UNIT, "unit_id"),
        ("can_history", UNIT, "unit_id"),
        ("active_faults", UNIT, "unit_id"),
        ("key_history", KEY, "key_id"),
    ],
)
def test_rows_of_a_report_are_told_whose_they_are(name: str, parent: Parent, column: str) -> None:
    _, taken = drive(read_of(name), Part((parent,), WINDOW), [{"time": "2026-03-01T12:00:00.0000000Z"}])
    (record,) = taken.records
    assert parent.key[0] == record[f"@{column}"]
    assert 0 == record["@ordinal"]


def test_the_latest_values_stand_in_an_envelope_of_their_own() -> None:
    asked, taken = drive(read_of("unit_extended_info"), Part((UNIT,)), {"result": [{"variableId": 3}]})
    assert [Question("/GetUnitExtendedInfo", (("id", "51877"),))] == asked
    assert [{"variableId": 3, "@unit_id": "51877"}] == taken.records


@pytest.mark.parametrize("reply", [[], {}, {"list": None}])
def test_an_answer_without_rows_is_no_rows(reply: Reply) -> None:
    _, taken = drive(read_of("unit_history"), Part((UNIT,), WINDOW), reply)
    assert [] == taken.records


def test_v8_an_answer_of_another_shape_is_malformed() -> None:
    with pytest.raises(Malformed):
        drive(read_of("unit_history"), Part((UNIT,), WINDOW), {"rows": []})


@pytest.mark.parametrize("name", ["unit_history", "trips", "can_history", "active_faults", "unit_extended_info"])
def test_a_unit_that_is_gone_is_for_the_run_to_skip(name: str) -> None:
    with pytest.raises(NotFound):
        drive(read_of(name), Part((UNIT,), WINDOW), NotFound("No unit 51877"))


def test_equal_rows_are_told_apart_alike_however_they_are_ordered() -> None:
    rows = [
        {"time": "2026-03-01T12:00:00.0000000Z", "event": 6, "km": 5},
        {"time": "2026-03-01T12:00:00.0000000Z", "event": 2, "km": 5},
        {"time": "2026-03-01T12:00:01.0000000Z", "event": 2, "km": 6},
        {"time": "2026-03-01T12:00:00.0000000Z", "event": 2, "km": 5},
    ]
    _, forwards = drive(read_of("unit_history"), Part((UNIT,), WINDOW), [dict(row) for row in rows])
    _, backwards = drive(read_of("unit_history"), Part((UNIT,), WINDOW), [dict(row) for row in reversed(rows)])

    def told(taken: Taken) -> list[tuple[Any, ...]]:
        return sorted((r["time"], r["@ordinal"], r["event"]) for r in taken.records)

    assert told(forwards) == told(backwards)
    assert [0, 1, 2, 0] == [ordinal for _, ordinal, _ in told(forwards)]


@pytest.mark.parametrize("name", ["unit_history", "can_history", "active_faults", "key_history"])
def test_rows_within_one_stored_microsecond_are_equal(name: str) -> None:
    """The vendor writes seven digits of a second and we store six."""
    rows = [{"time": f"2026-03-01T12:00:00.000000{digit}Z", "event": digit} for digit in (1, 2)]
    _, taken = drive(read_of(name), Part((UNIT,), WINDOW), rows)
    assert {0, 1} == {record["@ordinal"] for record in taken.records}


@pytest.mark.parametrize(
    "name, parent, other",
    [
        ("can_history", UNIT, {"variableId": 4}),
        ("active_faults", UNIT, {"spn": 4, "fmi": 1}),
        ("active_faults", UNIT, {"spn": 3, "fmi": 2}),
        ("key_history", KEY, {"unitId": "9"}),
    ],
)
def test_rows_that_differ_in_the_rest_of_the_key_are_not_numbered_together(
    name: str, parent: Parent, other: dict[str, Any]
) -> None:
    same = {"time": "2026-03-01T12:00:00.0000000Z", "variableId": 3, "spn": 3, "fmi": 1, "unitId": "8"}
    _, taken = drive(read_of(name), Part((parent,), WINDOW), [dict(same), {**same, **other}, dict(same)])
    assert [0, 0, 1] == sorted(record["@ordinal"] for record in taken.records)


def test_only_chosen_variables_are_kept() -> None:
    rows: list[Any] = [{"time": "t", "variableId": number} for number in (3, 4, 34)]
    part = Part((UNIT,), WINDOW, options={"variables": ("3", "34"), "units": ("51877",)})
    _, taken = drive(reads.can_history, part, rows)
    assert [3, 34] == [record["variableId"] for record in taken.records]
    _, taken = drive(reads.can_history, Part((UNIT,), WINDOW), [{"time": "t", "variableId": 4}])
    assert [4] == [record["variableId"] for record in taken.records]


def test_members_are_known_by_their_names_whatever_the_case_of_the_first_letter() -> None:
    rows = [{"Time": "2026-03-01T12:00:00.0000000Z", "Input1ChangeCounter": 3, "km": 1, "Km": 2}]
    _, taken = drive(read_of("trips"), Part((UNIT,), WINDOW), rows)
    assert [{"time": "2026-03-01T12:00:00.0000000Z", "input1ChangeCounter": 3, "km": 1}] == taken.records


def test_d2_what_is_no_object_is_left_for_the_extractor_to_set_aside() -> None:
    rows: list[Any] = [None, "x", {"time": "t", "Event": 2}]
    _, taken = drive(read_of("unit_history"), Part((UNIT,), WINDOW), rows)
    assert [None, "x"] == taken.records[:2]
    assert 2 == taken.records[2]["event"]


class TestGroups:
    """Whether the list of groups says which units are in them is not documented."""

    def test_one_question_is_enough_where_the_list_says_the_units(self) -> None:
        groups = [{"id": "1", "units": ["5"]}, {"id": "2"}, {"id": "3", "units": []}]
        asked, taken = drive(reads.groups, Part(), groups)
        assert [Question("/Group")] == asked
        assert groups == taken.records

    def test_an_empty_list_of_units_is_told_too(self) -> None:
        asked, _ = drive(reads.groups, Part(), [{"id": "1", "units": []}, {"id": "2"}])
        assert [Question("/Group")] == asked

    def test_units_are_asked_for_group_by_group_where_no_group_has_any(self) -> None:
        asked, taken = drive(
            reads.groups, Part(), [{"id": "1"}, {"id": 2}], [{"id": "5", "name": "a"}, {"id": "6"}], {}
        )
        assert [
            Question("/Group"),
            Question("/Unit", (("groupId", "1"),)),
            Question("/Unit", (("groupId", "2"),)),
        ] == asked
        assert [{"id": "1", "units": ["5", "6"]}, {"id": 2, "units": []}] == taken.records

    def test_no_group_is_no_further_question(self) -> None:
        asked, taken = drive(reads.groups, Part(), [])
        assert [Question("/Group")] == asked
        assert [] == taken.records

    def test_a_group_deleted_in_between_is_gone(self) -> None:
        _, taken = drive(reads.groups, Part(), [{"id": "1"}, {"id": "2"}], NotFound("No group 1"), [{"id": "5"}])
        assert [{"id": "2", "units": ["5"]}] == taken.records

    def test_v24_any_other_error_ends_the_reading(self) -> None:
        with pytest.raises(Malformed):
            drive(reads.groups, Part(), [{"id": "1"}], Malformed("cut"))


@pytest.mark.parametrize("name", [c.name for c in TRACKUNIT.collections if isinstance(c.strategy, Windows)])
def test_the_longest_window_is_asked_for_as_thirty_days_and_no_more(name: str) -> None:
    """More than 31 days are refused, and whether exactly 31 pass is not documented."""
    strategy = TRACKUNIT.collection(name).strategy
    assert isinstance(strategy, Windows)
    window = Window(START.replace(hour=0), START.replace(hour=0) + strategy.most)
    parents = (UNIT,) if strategy.parents else ()
    asked, _ = drive(strategy.read, Part(parents, window), [])
    if strategy.daily:
        assert timedelta(days=1) == strategy.most
        return
    told = [value for name, value in asked[0].params if value.endswith("Z")]
    start, end = (datetime.fromisoformat(value) for value in told)
    assert start < window.start
    assert window.end < end
    assert end - start <= timedelta(days=30)


@pytest.mark.parametrize("collection", TRACKUNIT.collections, ids=lambda collection: collection.name)
def test_every_question_is_one_of_the_calls_that_may_leave(collection: Collection) -> None:
    assert isinstance(collection.strategy, Listing | Windows)
    day = datetime(2026, 3, 1, tzinfo=UTC)
    parents = (UNIT,) if collection.strategy.parents else ()
    asked, _ = drive(collection.strategy.read, Part(parents, Window(day, day + timedelta(days=1))), [])
    assert [collection.path] == [Reads(TRACKUNIT.reads).template(question) for question in asked]
