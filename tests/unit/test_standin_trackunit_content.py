"""The fleet behind the stand-in Trackunit: rows follow from seed, unit and time, and change as devices change them."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from syncd.standin.trackunit import Churn, Content, Settings, Size
from syncd.standin.trackunit.declared import COLLECTIONS, KEYS
from syncd.standin.trackunit.spelling import TICKS, clean, local, read_time, ticks, utc
from tests.still_clock import Clock

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def fleet(clock: Clock | None = None, seed: int = 3, **size: Any) -> Content:
    usual = {"units": 8, "days": 12, "rows_per_day": 12, "trips_per_day": 4}
    return Content(seed, Size(**{**usual, **size}), Settings(), clock or Clock(NOW))


def told(content: Content, collection: str, since: timedelta = 40 * DAY) -> list[dict[str, Any]]:
    return content.snapshot(content.now() - since, content.now(), [collection])[collection]


def extended(content: Content) -> str:
    return next(one for one, facts in content.facts.items() if facts.extended)


# -- the law ---------------------------------------------------------------------------------------------------------


def test_the_same_seed_and_clock_give_the_same_account() -> None:
    assert fleet().snapshot() == fleet().snapshot()
    assert fleet().snapshot() != fleet(seed=4).snapshot()


def test_rows_do_not_depend_on_how_they_are_asked_for() -> None:
    one, other = fleet(), fleet()
    unit = next(iter(one.facts))
    start, end = ticks(NOW - 12 * DAY), ticks(NOW)
    whole = list(one.sent("unit_history", unit, start, end))
    steps = range(start, end, 7919 * 13 * TICKS)
    parts = [
        row
        for low, high in reversed(list(pairwise([*steps, end + 1])))
        for row in other.sent("unit_history", unit, low, high - 1)
    ]
    assert sorted(parts) == sorted(whole)
    assert whole == sorted(whole, key=lambda row: row[0])


@pytest.mark.parametrize("rows_per_day,days", [(5 / 30, 360), (137.0, 8), (24.0, 20), (3.3, 40)])
def test_a_steady_unit_sends_exactly_its_rows(rows_per_day: float, days: float) -> None:
    content = fleet(units=3, days=days, rows_per_day=rows_per_day, steady=True)
    for unit in content.facts:
        # Blocks begin on whole hours, days or ten days: only in them are the numbers exact.
        first = (NOW - days * DAY).replace(hour=0) + DAY
        start = datetime.fromtimestamp(-(-first.timestamp() // 864000) * 864000, UTC) if rows_per_day < 4 else first
        sent = list(content.sent("unit_history", unit, ticks(start), ticks(NOW)))
        expected = rows_per_day * ((NOW - start) / DAY)
        # What a block has beyond now is squeezed into what there is of it.
        assert expected - 1 <= len(sent) <= expected + 1 + rows_per_day * (10 if rows_per_day < 4 else 1)
        assert len(list(content.sent("unit_history", unit, 0, ticks(NOW)))) == content.timeline.count(
            "unit_history", unit
        )


def test_nothing_is_sent_after_now_and_the_last_message_is_the_newest_row() -> None:
    content = fleet()
    now = utc(ticks(NOW))
    for collection in ("unit_history", "can_history", "active_faults", "unit_extended_info"):
        assert all(row["time"] <= now for row in told(content, collection))
    assert all(row["startTime"].strip() <= row["stopTime"].strip() <= now for row in told(content, "trips"))
    rows = told(content, "unit_history")
    for unit in content.tables["units"].values():
        newest = max(row["time"] for row in rows if row["@unit_id"] == unit["id"])
        assert newest[:19] == unit["messageTime"][:19]


def test_a_row_of_a_time_to_come_waits_for_it() -> None:
    content = fleet()
    unit = next(iter(content.facts))
    content.insert("unit_history", unit_id=unit, at=NOW + HOUR, event=77)
    assert not [row for row in content.snapshot()["unit_history"] if row["event"] == 77]
    clock = content.now
    assert isinstance(clock, Clock)
    clock.at = NOW + HOUR
    assert 1 == len([row for row in content.snapshot()["unit_history"] if row["event"] == 77])


def test_the_odd_values_of_the_vendor_occur() -> None:
    content = fleet(units=20, days=16)
    assert {2, 6} == {row["event"] for row in told(content, "unit_history")}
    can, trips, points = told(content, "can_history"), told(content, "trips"), told(content, "points")
    values = [row.get("value") for row in can]
    assert None in values
    assert any("name" not in row for row in can)
    assert any("..." in value for value in values if value)
    assert any(not re.match(r"[\d.]", value) for value in values if value)
    assert {"Fuel Level", "Fuel Level 1"} <= {row.get("name") for row in can}
    assert {True, False} == {row["finished"] for row in trips}
    assert any(row["startTime"].startswith(" ") for row in trips)
    assert any({"latitude": 0, "longitude": 0} == one["location"] for one in points)
    for collection in ("unit_history", "active_faults", "key_history", "can_history"):
        assert {0, 1} <= {row["@ordinal"] for row in told(content, collection)}, collection
    same = Counter(
        tuple(sorted((n, str(v)) for n, v in row.items() if n != "@ordinal")) for row in told(content, "key_history")
    )
    assert max(same.values()) > 1


def test_rows_of_one_time_are_numbered_by_what_they_hold() -> None:
    content = fleet()
    for collection, key in KEYS.items():
        rows: dict[tuple[Any, ...], list[int]] = {}
        for row in told(content, collection):
            owner = row.get("@unit_id", row.get("@key_id"))
            place = owner, *(row[name][:26] if name == "time" else row[name] for name in key)
            rows.setdefault(place, []).append(row["@ordinal"])
        assert all(list(range(len(found))) == sorted(found) for found in rows.values()), collection


def test_a_large_fleet_is_made_at_once() -> None:
    content = fleet(units=500, days=365, rows_per_day=1000, steady=True)
    assert 500 * 365 * 1000 <= content.timeline.count("unit_history", "51877") * 500


# -- what happens ----------------------------------------------------------------------------------------------------


def test_a_unit_that_sends_has_rows_of_now_and_a_new_message_time() -> None:
    content = fleet()
    unit = extended(content)
    before = content.snapshot()
    clock = content.now
    assert isinstance(clock, Clock)
    clock.at = NOW + HOUR
    content.report(unit, rows=4, fault=True)
    after = content.snapshot()
    new = {name: [row for row in after[name] if row not in before[name]] for name in COLLECTIONS}
    assert [f"2026-03-01T12:59:5{n}.0000000Z" for n in (8, 9)] == [row["time"] for row in new["unit_history"]][:2]
    assert ["2026-03-01T13:00:00.0000000Z"] * 2 == [row["time"] for row in new["unit_history"]][2:]
    assert 12 == len(new["can_history"]) == len(new["unit_extended_info"])
    assert 1 == len(new["active_faults"]) == len(new["trips"]) == len(new["unit_day_summaries"])
    assert [utc(ticks(NOW + HOUR))] == [one["messageTime"] for one in new["units"]]
    quiet = set(COLLECTIONS) - {"units", "key_history"} - {name for name, rows in new.items() if rows}
    assert {name: before[name] for name in quiet} == {name: after[name] for name in quiet}


def test_a_unit_sends_extended_data_once_it_is_equipped() -> None:
    content = fleet()
    unit = next(one for one, facts in content.facts.items() if not facts.extended)

    def found() -> list[int]:
        names = ("can_history", "active_faults", "unit_extended_info")
        return [sum(row["@unit_id"] == unit for row in told(content, name)) for name in names]

    content.report(unit, fault=True)
    assert [0, 0, 0] == found()
    content.equip(unit)
    assert [0, 0, 0] == found()
    content.report(unit, fault=True)
    assert [12, 1, 12] == found()


def test_v16_buffered_rows_have_old_times_and_move_the_message_time() -> None:
    content = fleet()
    unit = next(iter(content.facts))
    before = told(content, "unit_history")
    content.buffer(unit, rows=3, ago=30 * HOUR)
    new = [row for row in told(content, "unit_history") if row not in before]
    assert ["2026-02-28T06:00", "2026-02-28T06:01", "2026-02-28T06:02"] == sorted(row["time"][:16] for row in new)
    assert utc(ticks(NOW)) == content.tables["units"][unit]["messageTime"]


def test_trips_grow_and_end() -> None:
    content = fleet()
    under_way = [row for row in told(content, "trips") if not row["finished"]]
    assert len(under_way) == content.finish_trips() > 0
    assert all(row["finished"] for row in told(content, "trips"))
    unit = under_way[0]["unitId"]
    clock = content.now
    assert isinstance(clock, Clock)
    stops = []
    for minutes in (10, 20):
        clock.at = NOW + timedelta(minutes=minutes)
        content.report(unit)
        stops.append([row["stopTime"][11:16] for row in told(content, "trips") if not row["finished"]])
    assert [["12:10"], ["12:20"]] == stops


def test_what_an_alarm_sent_is_delivered_later() -> None:
    content = fleet()
    rung = content.ring(units=3) + content.ring(units=1)
    assert 2 == len({row["triggeredAt"][:26] for row in rung})

    def undelivered() -> int:
        log = told(content, "alarm_log", 2 * DAY)
        return sum(not one["delivered"] for row in log for one in row["recipients"])

    before, old = undelivered(), told(content, "alarm_log")
    assert before > 0
    assert content.deliver() > 0
    assert 0 == undelivered()
    late = utc(ticks(NOW - 2 * DAY))
    assert [row for row in old if row["triggeredAt"] < late] == [
        row for row in told(content, "alarm_log") if row["triggeredAt"] < late
    ]


@pytest.mark.parametrize("collection", ["unit_history", "can_history", "active_faults", "trips", "alarm_log"])
def test_a_past_row_is_corrected_or_erased(collection: str) -> None:
    content = fleet(faults_per_day=3)
    unit, before = extended(content), told(content, collection)
    changes: dict[str, Any] = {"recipients": []} if collection == "alarm_log" else {}
    content.correct(unit, collection=collection, ago=26 * HOUR, **changes)
    corrected = told(content, collection)
    assert len(before) == len(corrected)
    assert before != corrected
    content.erase(unit, collection=collection, ago=26 * HOUR)
    assert len(before) - 1 == len(told(content, collection))
    with pytest.raises(KeyError):
        content.correct("51877", collection=collection, ago=900 * DAY)


def test_v16_late_rows_wait_for_their_time() -> None:
    content = fleet()
    unit = next(iter(content.facts))
    before = len(told(content, "unit_history"))
    content.late("unit_history", unit_id=unit, seconds=90, event=77)
    content.tick()
    assert before == len(told(content, "unit_history"))
    clock = content.now
    assert isinstance(clock, Clock)
    clock.at = NOW + timedelta(seconds=90)
    content.tick()
    assert [utc(ticks(NOW))] == [row["time"] for row in told(content, "unit_history") if row["event"] == 77]


def test_records_come_change_vanish_and_come_back() -> None:
    content = fleet()
    added = content.insert("keys", name="New one")
    content.update("keys", added["id"], note=None, name="Renamed")
    assert "Renamed" == content.spell("keys", content.tables["keys"][added["id"]])["name"]
    assert "note" not in content.spell("keys", content.tables["keys"][added["id"]])
    content.delete("keys", added["id"])
    assert [added["id"]] == content.deleted("keys")
    content.recover("keys", added["id"])
    assert added["id"] in {one["id"] for one in told(content, "keys")}
    with pytest.raises(KeyError):
        content.delete("keys", "1")


def test_a_new_unit_has_sent_nothing_until_it_sends() -> None:
    content = fleet()
    unit = content.insert("units")["id"]
    mine = [row for row in told(content, "unit_history") if row["@unit_id"] == unit]
    assert ([], False) == (mine, "messageTime" in content.spell("units", content.tables["units"][unit]))
    content.report(unit, rows=1)
    assert 1 == len([row for row in told(content, "unit_history") if row["@unit_id"] == unit])
    assert 1 == len([row for row in told(content, "unit_day_summaries") if row["unitId"] == unit])


def test_v14_churn_touches_everything_and_repeats_by_seed() -> None:
    ends, before = [], fleet().snapshot()
    for _ in range(2):
        content, churn = fleet(), Churn(2.5, seed=9)
        for _ in range(150):
            churn(content)
        ends.append(content.snapshot())
        assert 300 < churn.changes < 450
    assert ends[0] == ends[1]
    assert {"unit_history", "can_history", "trips", "alarm_log", "units", "clients", "unit_day_summaries"} <= {
        name for name in COLLECTIONS if ends[0][name] != before[name]
    }


# -- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text,expected",
    [
        ("2026-03-01", "2026-03-01T00:00:00.0000000Z"), ("2026-03-01T10:00", "2026-03-01T10:00:00.0000000Z"),
        ("2026-03-01T10:00:00.5", "2026-03-01T10:00:00.5000000Z"),
        (" 2026-03-01T10:00:00.0909238Z", "2026-03-01T10:00:00.0909238Z"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.0000000Z"),
    ],
)  # fmt: skip
def test_times_are_read_to_the_tick(text: str, expected: str) -> None:
    assert expected == utc(read_time(text))


@pytest.mark.parametrize("text", ["", "now", "2026-03-01T24:00:00", "2026-03-01T10:00:00.12345678", "2026-13-01"])
def test_d8_what_is_no_time_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^{text}$|must be in"):
        read_time(text)


def test_c4_local_times_jump_with_the_customers_clock() -> None:
    spring = ticks(datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC))
    assert ["01:59:59", "03:00:00"] == [local(spring + n * TICKS, "Europe/Copenhagen")[11:19] for n in (0, 1)]


def test_whole_doubles_are_integers_and_nulls_are_left_out_at_any_depth() -> None:
    assert {"a": 5, "b": [{"c": 0.5}]} == clean({"a": 5.0, "b": [{"c": 0.5, "d": None}], "e": None})
