"""Records without an id get a number that does not depend on how a vendor happens to order them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from syncd.http.decode import decode
from syncd.numbering import moment, number_by_content, number_in_order


def by_time(record: dict[str, Any]) -> str:
    return moment(record.get("time"))


def test_records_of_their_own_time_are_all_number_0() -> None:
    records: list[Any] = [{"time": f"2026-03-01T12:00:0{second}Z"} for second in range(3)]
    assert records is number_by_content(records, by_time)
    assert [0, 0, 0] == [record["@ordinal"] for record in records]


def test_a_record_has_the_same_number_in_whatever_order_they_come() -> None:
    tied = [
        {"time": "t", "event": 6, "km": 1},
        {"time": "t", "event": 2},
        {"time": "t", "event": 2, "km": None, "a": 1},
    ]
    found = set()
    for order in permutations(tied):
        records = [dict(record) for record in order]
        number_by_content(records, by_time)
        assert {0, 1, 2} == {record["@ordinal"] for record in records}
        found.add(tuple(sorted((record["@ordinal"], record["event"], record.get("a")) for record in records)))
    assert {((0, 2, 1), (1, 2, None), (2, 6, None))} == found


def test_order_of_members_nulls_and_our_own_members_are_no_content() -> None:
    one: dict[str, Any] = {"time": "t", "b": {"x": None}, "a": [None], "@z": 1}
    other: dict[str, Any] = {"a": [None], "c": None, "b": {}, "time": "t"}
    first: dict[str, Any] = {"time": "t", "a": [None], "b": {"x": 0}, "@y": 1}
    for order in permutations([one, other, first]):
        records = number_by_content([dict(record) for record in order], by_time)
        assert [0] == [record["@ordinal"] for record in records if "@y" in record]
    later = number_by_content([{"time": "t", "a": None, "@a": 1, "b": 2}, {"time": "t", "b": 1}], by_time)
    assert [1, 0] == [record["@ordinal"] for record in later]


def test_records_alike_in_every_member_get_numbers_of_their_own() -> None:
    records: list[Any] = [{"time": "t"}, {"time": "t"}, {"time": "t"}]
    assert [0, 1, 2] == sorted(record["@seq"] for record in number_by_content(records, by_time, "seq"))


def test_numbering_again_changes_nothing() -> None:
    records = [{"time": "t", "n": n} for n in (2, 1)]
    first = [dict(record) for record in number_by_content(records, by_time)]
    assert first == number_by_content(records, by_time)


def test_exact_numbers_are_content_too() -> None:
    sent = decode(b'[{"time": "t", "n": 0.10}, {"time": "t", "n": 0.05}, 7]')
    assert isinstance(sent, list)
    assert [1, 0] == [record["@ordinal"] for record in number_by_content(sent, by_time)[:2]]


def test_numbers_in_order_follow_the_reply() -> None:
    records = [{"time": "t", "n": 2}, {"time": "u"}, {"time": "t", "n": 1}, "junk", {"time": "t"}]
    number_in_order(records, by_time, "seq")
    assert [0, 0, 1, 2] == [record["@seq"] for record in records if isinstance(record, dict)]


@pytest.mark.parametrize("number", [number_by_content, number_in_order])
def test_what_is_no_object_is_left_for_the_extractor_to_reject(number: Any) -> None:
    assert [None, "x", [1]] == number([None, "x", [1]], by_time)


@pytest.mark.parametrize(
    "sent, stored",
    [
        ("2026-03-01T12:00:00.1234567Z", "2026-03-01 12:00:00.123456"),
        ("2026-03-01T12:00:00.1234569Z", "2026-03-01 12:00:00.123456"),
        ("2026-03-01T12:00:00Z", "2026-03-01 12:00:00.000000"),
        ("2026-03-01T12:00:00.0000000Z", "2026-03-01 12:00:00.000000"),
        (" 2026-03-01 12:00:00", "2026-03-01 12:00:00.000000"),
        ("2026-03-01T08:00:00-04:00", "2026-03-01 12:00:00.000000"),
        ("2026-03-01T12:00:00.5", "2026-03-01 12:00:00.500000"),
        ("soon", "soon"),
        ("", ""),
        (None, "None"),
        (7, "7"),
    ],
)
def test_times_that_are_stored_as_one_count_as_the_same(sent: object, stored: str) -> None:
    assert stored == moment(sent)
