"""What is asked for iTrack's lists, and what the answers become: readings driven by hand."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.errors import (
    BadBatch,
    CallMissing,
    FeatureMissing,
    Malformed,
    NotFound,
    Refused,
    VendorError,
    WindowTooBig,
)
from syncd.reading import Part
from syncd.vendors.itrack import ITRACK
from syncd.vendors.itrack.reads import paged
from syncd.vendors.itrack.reads import whole as reading_whole
from tests.unit.itrack_driver import CURRENT, OLD, Driven, parents

GONE, BAD, UNKNOWN = NotFound("gone", code=201), BadBatch("who?", code=217), CallMissing("which?", code=111)


# --- whole lists ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, path",
    [
        ("trackers", "/tracker/list/"),
        ("tracker_groups", "/tracker/group/list/"),
        ("tags", "/tag/list/"),
        ("rules", "/tracker/rule/list/"),
        ("places", "/place/list/"),
        ("vehicles", "/vehicle/list/"),
        ("garages", "/garage/list/"),
        ("service_tasks", "/vehicle/service_task/list/"),
        ("employees", "/employee/list/"),
        ("departments", "/department/list/"),
        ("form_templates", "/form/template/list/"),
        ("status_listings", "/status/listing/list/"),
        ("security_groups", "/subuser/security_group/list/"),
        ("tariffs", "/tariff/list/"),
        ("event_types", "/history/type/list/"),
    ],
)
def test_a_list_is_one_question_that_brings_all(name: str, path: str) -> None:
    driven = Driven(name, answer=lambda *_: {"list": [{"id": 1}, {"id": 2}], "count": 2})
    assert [path] == driven.paths
    assert [{"id": 1}, {"id": 2}] == driven.records
    assert driven.taken.trusted


@pytest.mark.parametrize("value", [{}, {"list": None}, {"list": {"1": {}}}, {"value": []}])
def test_v8_an_answer_without_its_list_says_nothing(value: dict[str, Any]) -> None:
    for name in ("tags", "trackers", "places", "zones"):
        with pytest.raises(Malformed):
            Driven(name, answer=lambda *_: value)


def served(rows: list[dict[str, Any]], most: int = 1000, *, count: bool = True) -> Any:
    """A server with so many rows at most in an answer."""

    def answer(_path: str, said: dict[str, Any]) -> dict[str, Any]:
        offset = said.get("offset", 0)
        page = rows[offset : offset + min(most, said.get("limit", most))]
        return {"list": page, **({"count": len(rows)} if count else {})}

    return answer


def test_v13_a_server_that_counts_more_than_it_sends_is_asked_page_by_page() -> None:
    rows = [{"id": number} for number in range(2500)]
    driven = Driven(reading_whole("/place/list/"), answer=served(rows))
    assert rows == sorted(driven.records, key=lambda row: row["id"])
    assert [None, 0, 1000, 2000] == [said.get("offset") for _, said in driven.asked]
    assert driven.taken.trusted


def test_v12_a_server_that_ignores_paging_is_noticed_by_a_page_that_brings_nothing_new() -> None:
    rows = [{"id": number} for number in range(1200)]

    def answer(_path: str, _said: dict[str, Any]) -> dict[str, Any]:
        return {"list": rows}

    driven = Driven(lambda account, _part: taken(paged(account, "/place/list/", {})), answer=answer)
    assert 2 == len(driven.asked)
    assert 1200 == len(driven.records)


def taken(reading: Any) -> Any:
    """A reading made of one that gives its records."""
    from syncd.reading import Taken  # noqa: PLC0415

    records, complete = yield from reading
    return Taken(records, trusted=complete)


def test_v14_a_count_that_moves_while_pages_are_read_makes_them_read_again() -> None:
    rows = [{"id": number} for number in range(2500)]
    asked = 0

    def answer(path: str, said: dict[str, Any]) -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked == 3:
            del rows[0]  # the rows behind it move up: one of them is skipped
        found: dict[str, Any] = served(rows)(path, said)
        return found

    driven = Driven(reading_whole("/place/list/"), answer=answer)
    assert {row["id"] for row in rows} == {row["id"] for row in driven.records}
    assert driven.taken.trusted


def test_v18_a_count_that_never_agrees_leaves_the_list_unproven() -> None:
    def answer(_path: str, said: dict[str, Any]) -> dict[str, Any]:
        return {"list": [{"id": 1}, {"id": 2}] if not said.get("offset") else [], "count": 5}

    driven = Driven(reading_whole("/place/list/"), answer=answer)
    assert [{"id": 1}, {"id": 2}] == driven.records
    assert not driven.taken.trusted


def test_an_answer_beyond_our_bound_is_asked_for_in_pages() -> None:
    rows = [{"id": number} for number in range(1500)]

    def answer(path: str, said: dict[str, Any]) -> Any:
        return served(rows)(path, said) if "limit" in said else WindowTooBig("larger than 32 MiB")

    assert rows == Driven(reading_whole("/place/list/"), answer=answer).records


def test_a_range_that_the_vendor_calls_too_big_is_for_the_windows_to_shrink() -> None:
    with pytest.raises(WindowTooBig):
        Driven(reading_whole("/task/list/"), answer=lambda *_: WindowTooBig("no", code=211))


# --- trackers, many at once -----------------------------------------------------------------------------------------


def test_states_tell_blocked_and_unknown_trackers_apart_without_failing() -> None:
    told = {"states": {"1": {"source_id": 5}}, "blocked": [2], "not_exist": [3]}
    driven = Driven("tracker_states", Part(parents(1, 2, 3)), lambda *_: told)
    expected = {"trackers": [1, 2, 3], "list_blocked": True, "allow_not_exist": True, "iso_datetime": True}
    assert [("/tracker/get_states/", expected)] == driven.asked
    assert [{"source_id": 5, "@tracker_id": 1}] == driven.records
    assert ((2,), (3,)) == driven.taken.skipped


def test_sensors_of_many_come_in_one_answer() -> None:
    told = {"result": {"1": [{"id": 11}, {"id": 12}], "2": []}}
    driven = Driven("sensors", Part(parents(1, 2)), lambda *_: told)
    assert [{"id": 11, "@tracker_id": 1}, {"id": 12, "@tracker_id": 1}] == driven.records
    assert () == driven.taken.skipped


def test_sensors_of_a_server_without_the_call_are_asked_tracker_by_tracker() -> None:
    def answer(path: str, said: dict[str, Any]) -> Any:
        if "batch" in path:
            return UNKNOWN
        return GONE if said["tracker_id"] == 2 else {"list": [{"id": said["tracker_id"] * 10}]}

    driven = Driven("sensors", Part(parents(1, 2, 3)), answer)
    assert [10, 30] == [record["id"] for record in driven.records]
    assert ((2,),) == driven.taken.skipped


@pytest.mark.parametrize("name", ["tracker_states", "sensors", "readings", "counters", "tracker_statuses"])
@pytest.mark.parametrize("code", [201, 204, 208])
def test_of_many_trackers_one_that_is_gone_or_blocked_is_looked_for(name: str, code: int) -> None:
    error = NotFound("no", code=code)
    with pytest.raises(BadBatch):
        Driven(name, Part(parents(1, 2)), lambda *_: error)
    if name != "counters":
        with pytest.raises(NotFound):
            Driven(name, Part(parents(1)), lambda *_: error)


READINGS = {
    "result": {
        "1": {
            "inputs": [
                {"sensor_id": 7, "name": "in", "value": 1.5, "composite_sensor_ids": [8]},
                {"name": "board", "value": 12, "update_time": "2026-11-22T10:00:00+01:00"},
            ],
            "states": [{"field": "mode", "value": None}],
            "virtual_sensors": [{"sensor_id": 9, "value": "on"}],
            "counters": [{"type": "odometer", "value": 5, "update_time": "2026-11-22T10:00:00Z", "units": "km"}],
        },
        "2": {"inputs": None, "counters": []},
    }
}


def test_readings_become_rows_of_four_kinds() -> None:
    driven = Driven("readings", Part(parents(1, 2)), lambda *_: READINGS)
    found = [(r["@tracker_id"], r["@kind"], r["@key"]) for r in driven.records]
    expected = [("input", 7), ("input", "board"), ("state", "mode"), ("virtual", 9), ("counter", "odometer")]
    assert [(1, kind, key) for kind, key in expected] == found
    assert "2026-11-22T09:00:00Z" == driven.records[1]["update_time"]


def test_counters_come_from_the_readings_where_the_server_lists_them_by_the_same_question() -> None:
    driven = Driven("counters", Part(parents(1, 2)), lambda *_: READINGS)
    expected = [{"type": "odometer", "value": 5, "update_time": "2026-11-22T10:00:00Z", "@tracker_id": 1}]
    assert expected == driven.records
    assert Driven("readings", Part(parents(1, 2)), lambda *_: READINGS).asked == driven.asked


def test_counters_of_a_server_that_does_not_list_them_are_asked_tracker_by_tracker() -> None:
    def answer(path: str, said: dict[str, Any]) -> Any:
        if path == "/tracker/readings/batch_list/":
            return {"result": {"1": {"inputs": []}, "2": {}}}
        return GONE if said["tracker_id"] == 2 else {"list": [{"type": "odometer", "value": 1}]}

    driven = Driven("counters", Part(parents(1, 2)), answer)
    assert [{"type": "odometer", "value": 1, "@tracker_id": 1}] == driven.records
    assert ((2,),) == driven.taken.skipped


@pytest.mark.parametrize("error", [UNKNOWN, FeatureMissing("no", code=13)])
def test_counters_do_not_need_readings(error: VendorError) -> None:
    def answer(path: str, _said: dict[str, Any]) -> Any:
        return {"list": [{"type": "odometer"}]} if path == "/tracker/get_counters/" else error

    assert [{"type": "odometer", "@tracker_id": 1}] == Driven("counters", Part(parents(1)), answer).records


def test_of_the_readings_of_one_tracker_any_array_may_be_missing() -> None:
    def answer(path: str, _said: dict[str, Any]) -> Any:
        return UNKNOWN if "batch" in path else {"inputs": [{"sensor_id": 7}], "user_time": "2026-11-22 10:00:00"}

    driven = Driven("readings", Part(parents(1)), answer)
    assert [("input", 7)] == [(r["@kind"], r["@key"]) for r in driven.records]


def test_a_driver_is_told_even_if_nobody_drives() -> None:
    driven = Driven("driver_assignments", Part(parents(1)), lambda *_: {"current": None})
    assert [{"current": None, "last_change": None, "@tracker_id": 1}] == driven.records


# --- lists made of several calls ------------------------------------------------------------------------------------


def test_zones_bring_their_points_where_the_server_lists_them() -> None:
    zones = [{"id": 1, "type": "circle"}, {"id": 2, "type": "polygon", "points": [{"lat": 1}]}]
    driven = Driven("zones", answer=lambda *_: {"list": zones})
    assert [("/zone/list/", {"with_points": True})] == driven.asked
    assert zones == driven.records


def test_points_of_an_old_server_are_asked_zone_by_zone_except_of_circles() -> None:
    def answer(path: str, said: dict[str, Any]) -> Any:
        if path == "/zone/list/":
            return {"list": [{"id": number, "type": kind} for number, kind in enumerate(KINDS)]}
        return {1: {"list": [{"lat": 1}]}, 2: NotFound("odd", code=230), 3: GONE}[said["zone_id"]]

    KINDS = ("circle", "polygon", "ring", "sausage")  # noqa: N806
    driven = Driven("zones", answer=answer, account=OLD)
    assert [None, 1, 2, 3] == [said.get("zone_id") for _, said in driven.asked]
    assert [(0, None), (1, [{"lat": 1}]), (2, None)] == [(r["id"], r.get("points")) for r in driven.records]
    assert driven.taken.trusted


def test_own_fields_are_those_of_every_kind_of_thing() -> None:
    def answer(path: str, said: dict[str, Any]) -> Any:
        if path == "/entity/list/":
            return {"list": [{"id": 1}, {"id": 2}, {"id": 3}, {}]}
        return GONE if said["entity_id"] == 2 else {"list": [{"id": said["entity_id"] * 10}]}

    driven = Driven("custom_fields", answer=answer)
    assert [{"id": 10}, {"id": 30}] == driven.records


def test_subusers_come_with_the_trackers_that_they_see() -> None:
    def answer(path: str, said: dict[str, Any]) -> Any:
        if path == "/subuser/list/":
            return {"list": [{"id": 1}, {"id": 2}]}
        return GONE if said["subuser_id"] == 2 else {"list": [7, 8]}

    driven = Driven("subusers", answer=answer)
    assert [{"id": 1, "@trackers": [7, 8]}] == driven.records


def test_the_user_brings_what_stands_beside_it_in_the_answer() -> None:
    told = {"user_info": {"id": 5}, "paas_id": 40, "master": {"id": 3}, "privileges": {"rights": ["x"]}}
    assert [{"id": 5, "@paas_id": 40, "@master_id": 3, "@rights": ["x"]}] == Driven(
        "user", answer=lambda *_: told
    ).records
    alone = Driven("user", answer=lambda *_: {"user_info": {"id": 5}}).records
    assert [{"id": 5, "@paas_id": None, "@master_id": None, "@rights": None}] == alone
    with pytest.raises(Malformed):
        Driven("user", answer=lambda *_: {"user_info": None})


def test_statuses_name_the_listing_they_are_of() -> None:
    driven = Driven("statuses", Part(parents(4)), lambda *_: {"list": [{"id": 1}]})
    assert [("/status/list/", {"listing_id": 4})] == driven.asked
    assert [{"id": 1, "@listing_id": 4}] == driven.records


def test_trackers_without_a_status_have_no_row() -> None:
    told = {"value": {"1": {"current_status": {"id": 3}}, "2": None}}
    driven = Driven("tracker_statuses", Part(parents(1, 2, 3)), lambda *_: told)
    assert [{"current_status": {"id": 3}, "@tracker_id": 1}] == driven.records
    assert [] == Driven("tracker_statuses", Part(parents(1)), lambda *_: {"value": []}).records


def test_forms_of_tasks_are_unwrapped_and_those_not_handed_in_are_among_them() -> None:
    entry = {"form": {"id": 1, "task_id": 5, "created": "2026-11-22T10:00:00+01:00"}, "files": []}
    driven = Driven("forms", Part(parents(5, 6)), lambda *_: {"list": [entry], "count": 1})
    said = driven.asked[0][1]
    assert ([5, 6], True, True) == (said["task_ids"], said["ascending"], said["include_unsubmitted"])
    assert [{"id": 1, "task_id": 5, "created": "2026-11-22T09:00:00Z"}] == driven.records


def test_the_form_of_a_checkin_is_asked_for_by_its_number() -> None:
    strategy: Any = ITRACK.collection("forms").strategy
    ((read, of_checkins),) = strategy.also
    assert ("checkins", "marker_time") == (of_checkins.collection, of_checkins.mark)
    assert [True, False] == [of_checkins.may_ask({"form_id": form_id}) for form_id in (3, None)]
    driven = Driven(read, Part(parents(8, form_id=3)), lambda *_: {"value": {"id": 3, "checkin_id": 8}})
    assert [("/form/read/", {"id": 3, "iso_datetime": True})] == driven.asked
    assert [{"id": 3, "checkin_id": 8}] == driven.records
    with pytest.raises(Malformed):
        Driven(read, Part(parents(8, form_id=3)), lambda *_: {})


def test_blocked_trackers_are_not_asked_for_what_they_refuse() -> None:
    for collection in ITRACK.collections:
        strategy: Any = collection.strategy
        of = strategy.parents
        if of is not None and of.collection == "trackers" and collection.name != "tracker_states":
            asked = [of.may_ask({"source_blocked": blocked}) for blocked in (True, False, None)]
            assert [False, True, True] == asked, collection.name


def test_kinds_of_events_are_asked_for_in_the_users_language() -> None:
    account = type(CURRENT)("UTC", {"locale": "da_DK"})
    driven = Driven("event_types", answer=lambda *_: {"list": []}, account=account)
    assert [("/history/type/list/", {"locale": "da_DK"})] == driven.asked


def test_a_refusal_comes_out_as_it_is() -> None:
    with pytest.raises(Refused):
        Driven("tags", answer=lambda *_: Refused("no", code=7))
    with pytest.raises(FeatureMissing):
        Driven("subusers", answer=lambda *_: FeatureMissing("no", code=13))
