"""Trackunit's records as rows: what each oddity of theirs becomes, from an answer to the columns."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

import pytest

from syncd.ask import Answer
from syncd.collection import Listing, Windows
from syncd.http.decode import decode
from syncd.parse import Extractor, Rows
from syncd.reading import Account, Parent, Part, Window
from syncd.vendors.trackunit import TRACKUNIT

DAY = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))


def rows_of(name: str, body: str) -> Rows:
    """The rows of one answer, read as the declaration says."""
    collection = TRACKUNIT.collection(name)
    assert isinstance(collection.strategy, Listing | Windows)
    parents = (Parent(("51877",)),) if collection.strategy.parents else ()
    reading = collection.strategy.read(Account(), Part(parents, DAY))
    next(reading)
    with pytest.raises(StopIteration) as ended:
        reading.send(Answer(decode(body.encode()), None))
    extractor = Extractor(collection, TRACKUNIT.lookups)
    keyed, rejects = extractor.keyed(ended.value.value.records)
    assert [] == rejects
    return extractor.rows(keyed)


def shown(name: str, body: str) -> list[dict[str, Any]]:
    """The main rows as objects, without what is null; nothing was set aside and nothing left over."""
    rows = rows_of(name, body)
    assert [] == rows.rejects
    names = [column.name for column in TRACKUNIT.collection(name).stored]
    assert [None] * len(rows.main) == [row[len(names)] for row in rows.main]
    return [{n: v for n, v in zip(names, row, strict=False) if v is not None} for row in rows.main]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_places_and_addresses_become_columns() -> None:
    body = """{"list": [{"id": 5, "name": "Hof", "location": {"latitude": 55.5, "longitude": 9},
        "address": {"country": "DK", "zipCode": "0900", "city": "", "streetAddress": "Vej 1"}}]}"""
    assert [
        {
            "id": "5",
            "name": "Hof",
            "latitude": 55.5,
            "longitude": 9.0,
            "country": "DK",
            "zip_code": "0900",
            "city": "",
            "street_address": "Vej 1",
        }
    ] == shown("points", body)


def test_ticks_are_cut_to_microseconds_and_whole_doubles_are_doubles() -> None:
    body = """{"list": [{"id": "5", "serialNumber": "0300411", "createdAt": "2026-01-02T09:26:40.0909239Z",
        "messageTime": "2026-03-01T10:00:00.9999999Z", "speed": 0, "run1": 4000000000, "input1": true,
        "input1ChangeCounter": 3, "analogInput4": 1.5}]}"""
    (unit,) = shown("units", body)
    assert at("2026-01-02T09:26:40.090923") == unit["created_at"]
    assert at("2026-03-01T10:00:00.999999") == unit["message_time"]
    assert "0300411" == unit["serial_number"]
    assert (0.0, 4e9, True, 3, 1.5) == tuple(
        unit[name] for name in ("speed", "run1", "input1", "input1_change_counter", "analog_input4")
    )


def test_a_zone_has_its_text_and_a_copy_for_maps() -> None:
    (zone,) = shown("zones", '{"list": [{"id": "1", "name": "z", "polygon": "POLYGON ((57.1 15.2,\\n57.2 15.3))"}]}')
    assert "POLYGON ((57.1 15.2,\n57.2 15.3))" == zone["polygon"]
    assert "POLYGON ((15.2 57.1,\n15.3 57.2))" == zone["polygon_lon_lat"]


def test_a_zone_of_another_shape_keeps_its_text_and_is_no_reject() -> None:
    (zone,) = shown("zones", '{"list": [{"id": "1", "name": "z", "polygon": "CIRCLE (57.1 15.2)"}]}')
    assert "CIRCLE (57.1 15.2)" == zone["polygon"]
    assert "polygon_lon_lat" not in zone


def test_the_units_of_a_group_stand_in_a_table_of_their_own() -> None:
    rows = rows_of("groups", '{"list": [{"id": "1", "name": "g", "units": ["5", 6, "5"]}]}')
    assert [("1", "5"), ("1", "6")] == sorted(rows.children["trackunit_group_units"])


def test_an_alarm_has_recipients_of_three_kinds_and_times_of_day() -> None:
    body = """{"list": [{"id": "8", "name": "a", "type": "ByWorkTime", "enabled": true, "allUnits": false,
        "created": "2026-01-02T00:00:00.0000000Z", "units": ["5"], "groups": ["1", "2"],
        "emailRecipients": ["a@example.com"], "smsRecipients": ["+4500000000"], "systemRecipients": ["12", "12"],
        "temperatureLimits": {"temperature1LowerLimit": -5.5}, "weekdays": ["Monday", "Friday"],
        "timeStart": {"hour": 7, "minute": 30}, "timeEnd": {"hour": 16, "minute": 0}}]}"""
    (alarm,) = shown("alarms", body)
    assert (time(7, 30), time(16)) == (alarm["time_start"], alarm["time_end"])
    assert '["Monday","Friday"]' == alarm["weekdays"]
    assert '{"temperature1LowerLimit":-5.5}' == alarm["temperature_limits"]
    children = rows_of("alarms", body).children
    assert [("8", "5")] == children["trackunit_alarm_units"]
    assert [("8", "1"), ("8", "2")] == sorted(children["trackunit_alarm_groups"])
    assert [("8", "email", "a@example.com"), ("8", "sms", "+4500000000"), ("8", "system", "12")] == sorted(
        children["trackunit_alarm_recipient_configs"]
    )


def test_d2_an_alarm_with_recipients_of_another_shape_is_told_of() -> None:
    body = """{"list": [{"id": "8", "name": "a", "type": "ByInput", "enabled": true, "allUnits": true,
        "created": "2026-01-02T00:00:00.0000000Z", "smsRecipients": "+4500000000"}]}"""
    rows = rows_of("alarms", body)
    assert [] == rows.children["trackunit_alarm_recipient_configs"]
    assert 1 == len(rows.rejects)


def test_an_alarm_that_went_off_for_two_units_in_one_tick_is_two_rows_with_recipients_each() -> None:
    """Ids are numbers in this report and text elsewhere: they are text here, so that joins find them."""
    body = """{"list": [
        {"alarmId": 8, "unitId": 5, "triggeredAt": "2026-03-01T10:00:00.1234567Z", "address": {"city": "Ry"},
         "recipients": [{"contactId": 3, "sentVia": "Sms", "phoneNumber": "1", "delivered": true}, {"email": "x"}]},
        {"alarmId": 8, "unitId": 6, "triggeredAt": "2026-03-01T10:00:00.1234567Z"}]}"""
    moment = at("2026-03-01T10:00:00.123456")
    assert [("8", "5", moment), ("8", "6", moment)] == rows_of("alarm_log", body).keys
    assert [
        ("8", "5", moment, 0, "3", "Sms", "1", None, True),
        ("8", "5", moment, 1, None, None, None, "x", None),
    ] == rows_of("alarm_log", body).children["trackunit_alarm_log_recipients"]


def test_a_message_has_its_unit_and_its_place_among_equals() -> None:
    body = """{"list": [{"time": "2026-03-01T10:00:00.0000000Z", "event": 6, "Input1ChangeCounter": 4},
        {"time": "2026-03-01T10:00:00.0000000Z", "event": 2, "keyId": 77}]}"""
    first, second = shown("unit_history", body)
    assert ("51877", 0, 6, 4) == (first["unit_id"], first["ordinal"], first["event"], first["input1_change_counter"])
    assert ("51877", 1, 2, "77") == (second["unit_id"], second["ordinal"], second["event"], second["key_id"])


def test_the_old_flat_form_of_a_message_is_read_and_the_nested_one_wins() -> None:
    body = """{"list": [{"time": "2026-03-01T10:00:00Z", "latitude": 1, "longitude": 2, "country": "DK", "city": "Ry",
        "postalCode": "8680", "streetAddress": "Vej 1", "accessKey": "77", "batteryPercentage": 90,
        "address": {"city": "Nested"}}]}"""
    (row,) = shown("unit_history", body)
    assert (1.0, 2.0, "DK", "8680", "Nested", "Vej 1", "77", 90.0) == tuple(
        row[name]
        for name in (
            "latitude",
            "longitude",
            "country",
            "zip_code",
            "city",
            "street_address",
            "key_id",
            "battery_level",
        )
    )


def test_a_can_value_is_kept_as_text_and_as_numbers() -> None:
    body = """{"list": [
        {"time": "2026-03-01T10:00:00.0000000Z", "variableId": 1, "name": "RPM", "uoM": "rpm",
         "value": "1796.5 ... 1800.5"},
        {"time": "2026-03-01T10:00:00.0000000Z", "variableId": 2, "value": "8.48"},
        {"time": "2026-03-01T10:00:00.0000000Z", "variableId": 3, "value": "AB 12E5"},
        {"time": "2026-03-01T10:00:00.0000000Z", "variableId": 4}]}"""
    numbers = ("value_min", "value_num", "value_max")
    assert [
        ("1796.5 ... 1800.5", 1796.5, 1798.5, 1800.5),
        ("8.48", 8.48, 8.48, 8.48),
        ("AB 12E5", None, None, None),
        (None, None, None, None),
    ] == [(row.get("value"), *map(row.get, numbers)) for row in shown("can_history", body)]


def test_variables_are_gathered_from_values_and_known_by_their_latest_name() -> None:
    body = """{"list": [
        {"time": "2026-03-01T10:00:05.0000000Z", "variableId": 1, "name": "Engine speed", "value": "1"},
        {"time": "2026-03-01T10:00:00.0000000Z", "variableId": 1, "name": "RPM", "uoM": "rpm", "value": "2"}]}"""
    assert [(1, "Engine speed", "rpm")] == rows_of("can_history", body).lookups["trackunit_variables"]
    latest = '{"result": [{"variableId": 9, "time": "2026-03-01T10:00:00.0000000Z", "name": "Fuel", "value": "77"}]}'
    assert [(9, "Fuel", None)] == rows_of("unit_extended_info", latest).lookups["trackunit_variables"]


def test_times_of_trips_are_utc_although_they_do_not_say_so() -> None:
    body = """{"list": [{"unitId": 5, "startTime": " 2026-03-01T10:00:00.5000000", "finished": false,
        "stopTime": "2026-03-01T11:00:00.0000000", "startLocation": {"latitude": 1, "longitude": 2},
        "stopAddress": {"city": "Ry"}, "startKm": 1, "stopKm": 2, "startRun1": 3, "stopRun1": 4.5}]}"""
    (trip,) = shown("trips", body)
    assert at("2026-03-01T10:00:00.500000") == trip["start_time"]
    assert ("5", False, 1.0, "Ry", 4.5) == tuple(
        trip[name] for name in ("unit_id", "finished", "start_latitude", "stop_city", "stop_run1")
    )


def test_times_of_a_day_s_sums_are_local_and_never_converted() -> None:
    body = """{"list": [{"unitId": "5", "startTime": "2026-03-01T06:30:00.0000000", "input1ChangeCounter": 2,
        "input2ChangeCounter": 0, "run1": 3600, "run2": 0, "run3": 0, "run4": 0, "runOdo": 1, "km": 12.5}]}"""
    (row,) = shown("unit_day_summaries", body)
    assert datetime(2026, 3, 1, 6, 30) == row["start_time"]  # noqa: DTZ001 (that it is naive is the promise)
    assert datetime(2026, 3, 1, tzinfo=UTC).date() == row["date"]
    assert 12.5 == row["km"]


def test_two_equal_rows_of_a_key_are_two_rows() -> None:
    body = """{"list": [{"unitId": 5, "time": "2026-03-01T10:00:00.0000000Z", "km": 1},
        {"unitId": 5, "time": "2026-03-01T10:00:00.0000000Z", "km": 1}]}"""
    assert [("51877", "5", 0), ("51877", "5", 1)] == [
        (row["key_id"], row["unit_id"], row["ordinal"]) for row in shown("key_history", body)
    ]
