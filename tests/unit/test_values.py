"""One value at a time: what is taken, as what, and what is set aside rather than guessed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from syncd.collection import Kind
from syncd.errors import RecordInvalid
from syncd.pages import PLAIN
from syncd.values import PARSERS, canonical, clean, instant_text, instant_texts, json_text, lacking

LONG = "9" * 400


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


TAKEN: list[tuple[Kind, Any, Any]] = [
    (Kind.INTEGER, 12, 12),
    (Kind.INTEGER, "12", 12),
    (Kind.INTEGER, "-012", -12),
    (Kind.INTEGER, "+7", 7),
    (Kind.INTEGER, Decimal("12.00"), 12),
    (Kind.INTEGER, Decimal("1E+3"), 1000),
    (Kind.INTEGER, 12.0, 12),
    (Kind.INTEGER, 2**63 - 1, 2**63 - 1),
    (Kind.INTEGER, -(2**63), -(2**63)),
    (Kind.INTEGER, str(2**63 - 1), 2**63 - 1),
    (Kind.TEXT, "Øst, Ida", "Øst, Ida"),
    (Kind.TEXT, "", ""),
    (Kind.TEXT, 12, "12"),
    (Kind.TEXT, Decimal("1.10"), "1.10"),
    (Kind.TEXT, True, "true"),
    (Kind.TEXT, False, "false"),
    (Kind.TEXT, 2**70, str(2**70)),
    (Kind.TEXT, "12", "12"),
    (Kind.DOUBLE, 1, 1.0),
    (Kind.DOUBLE, Decimal("1.5"), 1.5),
    (Kind.DOUBLE, 0.5, 0.5),
    (Kind.DOUBLE, "-1.5e3", -1500.0),
    (Kind.DOUBLE, ".5", 0.5),
    (Kind.DECIMAL, Decimal("0.655"), Decimal("0.655")),
    (Kind.DECIMAL, "85.00", Decimal("85.00")),
    (Kind.DECIMAL, "-3.1", Decimal("-3.1")),
    (Kind.DECIMAL, 7, Decimal(7)),
    (Kind.DECIMAL, 0.1, Decimal("0.1")),
    (Kind.DECIMAL, "1e2", Decimal(100)),
    (Kind.DECIMAL, "0.00", Decimal(0)),
    (Kind.BOOLEAN, True, True),
    (Kind.BOOLEAN, False, False),
    (Kind.BOOLEAN, 1, True),
    (Kind.BOOLEAN, 0, False),
    (Kind.BOOLEAN, Decimal("1.0"), True),
    (Kind.BOOLEAN, "1", True),
    (Kind.BOOLEAN, "0", False),
    (Kind.BOOLEAN, "Yes", True),
    (Kind.BOOLEAN, "no", False),
    (Kind.BOOLEAN, "TRUE", True),
    (Kind.BOOLEAN, "false", False),
    (Kind.DATE, "2026-02-28", date(2026, 2, 28)),
    (Kind.DATE, "0001-01-01", date(1, 1, 1)),
    (Kind.DATE, "9999-12-31", date(9999, 12, 31)),
    (Kind.TIME, "07:30", time(7, 30)),
    (Kind.TIME, "23:59:59", time(23, 59, 59)),
    (Kind.TIME, "07:30:15.123456789", time(7, 30, 15, 123456)),
    (Kind.TIME, "07:30:15.5", time(7, 30, 15, 500000)),
    (Kind.INSTANT, "2026-03-01 12:00:00", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "2026-03-01T12:00:00", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "2026-03-01T12:00:00Z", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "2026-03-01T12:00:00z", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "2026-03-01 12:00", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "2026-03-01 12:00+02", at(2026, 3, 1, 10)),
    (Kind.INSTANT, "2026-03-01T12:00:00+02:00", at(2026, 3, 1, 10)),
    (Kind.INSTANT, "2026-03-01 12:00:00 -0800", at(2026, 3, 1, 20)),
    (Kind.INSTANT, "2026-03-01T12:00:00.5Z", at(2026, 3, 1, 12, 0, 0, 500000)),
    (Kind.INSTANT, "2026-03-01T12:00:00.123456999", at(2026, 3, 1, 12, 0, 0, 123456)),
    (Kind.INSTANT, "2026-03-01T12:00:00.1234567Z", at(2026, 3, 1, 12, 0, 0, 123456)),
    (Kind.INSTANT, "2026-03-01T12:00:00.9999999Z", at(2026, 3, 1, 12, 0, 0, 999999)),
    (Kind.INSTANT, "2026-03-01T12:00:00.0000000Z", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "1969-12-31T23:59:59.9999999Z", at(1969, 12, 31, 23, 59, 59, 999999)),
    (Kind.INSTANT, "2026-03-01T12:00:00.12Z", at(2026, 3, 1, 12, 0, 0, 120000)),
    (Kind.INSTANT, "2026-03-01 12:00:00.123", at(2026, 3, 1, 12, 0, 0, 123000)),
    (Kind.INSTANT, "2026-03-01T12:00:00.123456789Z", at(2026, 3, 1, 12, 0, 0, 123456)),
    (Kind.INSTANT, "2026-03-01T12:00:00.1234567+02:00", at(2026, 3, 1, 10, 0, 0, 123456)),
    (Kind.INSTANT, "2026-03-01T12:00:00-04:00", at(2026, 3, 1, 16)),
    (Kind.INSTANT, "2026-03-01T12:00:00-0330", at(2026, 3, 1, 15, 30)),
    (Kind.INSTANT, " 2026-03-01T12:00:00", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "2026-03-01 12:00:00Z ", at(2026, 3, 1, 12)),
    (Kind.INSTANT, "0001-01-01 00:00:00", at(1, 1, 1)),
    (Kind.INSTANT, "9999-12-31 23:59:59", at(9999, 12, 31, 23, 59, 59)),
    (Kind.LOCAL_DATETIME, "2026-03-29 02:30:00", datetime(2026, 3, 29, 2, 30)),  # noqa: DTZ001 (what it stands for)
    (Kind.LOCAL_DATETIME, "2026-03-29T02:30:00+05:30", datetime(2026, 3, 29, 2, 30)),  # noqa: DTZ001
    (Kind.LOCAL_DATETIME, " 2026-03-29T02:30:00", datetime(2026, 3, 29, 2, 30)),  # noqa: DTZ001
    (Kind.JSON, {"b": 1, "a": [True, None]}, '{"b":1,"a":[true,null]}'),
    (Kind.JSON, [Decimal("1.10"), 2**70], f"[1.10,{2**70}]"),
    (Kind.JSON, "x", '"x"'),
]

SET_ASIDE: list[tuple[Kind, Any]] = [
    (Kind.INTEGER, 2**63),
    (Kind.INTEGER, -(2**63) - 1),
    (Kind.INTEGER, str(2**63)),
    (Kind.INTEGER, "9" * 30),
    (Kind.INTEGER, Decimal("12.5")),
    (Kind.INTEGER, Decimal("1E+400")),
    (Kind.INTEGER, Decimal("1E+999999")),
    (Kind.INTEGER, Decimal("Infinity")),
    (Kind.INTEGER, Decimal("NaN")),
    (Kind.INTEGER, 12.5),
    (Kind.INTEGER, float("inf")),
    (Kind.INTEGER, "12.0"),
    (Kind.INTEGER, " 12"),
    (Kind.INTEGER, "12\n"),
    (Kind.INTEGER, "１２"),  # noqa: RUF001 (digits, but not of ASCII)
    (Kind.INTEGER, ""),
    (Kind.INTEGER, "0x1F"),
    (Kind.INTEGER, True),
    (Kind.INTEGER, {}),
    (Kind.INTEGER, [1]),
    (Kind.TEXT, {"a": 1}),
    (Kind.TEXT, ["a"]),
    (Kind.DOUBLE, Decimal("1E+400")),
    (Kind.DOUBLE, 10**400),
    (Kind.DOUBLE, float("nan")),
    (Kind.DOUBLE, "NaN"),
    (Kind.DOUBLE, "Infinity"),
    (Kind.DOUBLE, "1e400"),
    (Kind.DOUBLE, "1e99999"),
    (Kind.DOUBLE, "1,5"),
    (Kind.DOUBLE, ""),
    (Kind.DOUBLE, False),
    (Kind.DECIMAL, "NaN"),
    (Kind.DECIMAL, Decimal("NaN")),
    (Kind.DECIMAL, "Infinity"),
    (Kind.DECIMAL, float("inf")),
    (Kind.DECIMAL, "1e400"),
    (Kind.DECIMAL, "1e-400"),
    (Kind.DECIMAL, "0e9999"),
    (Kind.DECIMAL, LONG),
    (Kind.DECIMAL, int(LONG)),
    (Kind.DECIMAL, "0." + LONG),
    (Kind.DECIMAL, "$5"),
    (Kind.DECIMAL, "1 000"),
    (Kind.DECIMAL, "1_000"),
    (Kind.DECIMAL, True),
    (Kind.DECIMAL, [1]),
    (Kind.BOOLEAN, 2),
    (Kind.BOOLEAN, "2"),
    (Kind.BOOLEAN, "y"),
    (Kind.BOOLEAN, ""),
    (Kind.BOOLEAN, []),
    (Kind.DATE, "2026-02-30"),
    (Kind.DATE, "0000-00-00"),
    (Kind.DATE, "2026-2-3"),
    (Kind.DATE, "20260203"),
    (Kind.DATE, "2026-W05-2"),
    (Kind.DATE, "2026-02-03 00:00:00"),
    (Kind.DATE, "03.02.2026"),
    (Kind.DATE, ""),
    (Kind.DATE, 20260203),
    (Kind.TIME, "24:00"),
    (Kind.TIME, "24:00:00"),
    (Kind.TIME, "12:60"),
    (Kind.TIME, "7:30"),
    (Kind.TIME, "07:30Z"),
    (Kind.TIME, 730),
    (Kind.INSTANT, ""),
    (Kind.INSTANT, "0000-00-00 00:00:00"),
    (Kind.INSTANT, "2026-03-01"),
    (Kind.INSTANT, "2026-03-01 24:00:00"),
    (Kind.INSTANT, "2026-03-01T24:00:00"),
    (Kind.INSTANT, "2026-03-01T24:00:00Z"),
    (Kind.INSTANT, "2016-12-31 23:59:60"),
    (Kind.INSTANT, "2026-02-30 12:00:00"),
    (Kind.INSTANT, "2026-03-01 120000.5"),
    (Kind.INSTANT, "2026-W10-1 12:00:00"),
    (Kind.INSTANT, "2026-03-01 12:00:00 Europe/Oslo"),
    (Kind.INSTANT, "0001-01-01T00:00:00+02:00"),
    (Kind.INSTANT, "2026-03-01T12:00:00."),
    (Kind.INSTANT, "2026-03-01T12:00:00.Z"),
    (Kind.INSTANT, "2026-03-01T12:00:00.1234567890Z"),
    (Kind.INSTANT, "2026-03-01T12:00:00.12345x7Z"),
    (Kind.INSTANT, "2026-03-01T12:00:00.123456\u00b2Z"),
    (Kind.INSTANT, "2026-03-01T12:00:00,1234567Z"),
    (Kind.INSTANT, "2026-02-30T12:00:00.1234567Z"),
    (Kind.INSTANT, "2026-03-01T24:00:00.0000000Z"),
    (Kind.INSTANT, "2026-03-01T12:00:00.5-05:0Z"),
    (Kind.INSTANT, "2026-03-01T12:00:00ZZ"),
    (Kind.INSTANT, "2026-03-01  12:00:00"),
    (Kind.INSTANT, "   "),
    (Kind.INSTANT, "9999-12-31T23:59:59-02:00"),
    (Kind.INSTANT, "yesterday"),
    (Kind.INSTANT, 1767225600),
    (Kind.INSTANT, 1767225600000),
    (Kind.INSTANT, "1767225600"),
    (Kind.LOCAL_DATETIME, "2026-03-01"),
    (Kind.LOCAL_DATETIME, "2026-03-01 24:00:00"),
    (Kind.LOCAL_DATETIME, 5),
]


@pytest.mark.parametrize("kind, value, stored", TAKEN)
def test_d2_d4_d8_a_declared_spelling_is_taken_as_its_type(kind: Kind, value: object, stored: object) -> None:
    found = PARSERS[kind](value)
    assert stored == found
    assert type(stored) is type(found)


@pytest.mark.parametrize("kind, value", SET_ASIDE)
def test_d2_d3_d8_anything_else_is_set_aside_and_never_guessed(kind: Kind, value: object) -> None:
    with pytest.raises(RecordInvalid):
        PARSERS[kind](value)


@pytest.mark.parametrize("kind, value, stored", TAKEN)
def test_many_values_at_once_are_taken_as_one_by_one_or_left_to_be(kind: Kind, value: Any, stored: Any) -> None:
    """All at once gives what each by itself does, or says that it cannot tell; never anything else."""
    if kind in PLAIN:
        found = PLAIN[kind]([value, None, value])
        assert found is None or [stored, None, stored] == found
        assert found is None or [type(stored)] == [*{type(part) for part in found if part is not None}]
    if kind is Kind.INSTANT:
        shown = stored.isoformat(" ", "microseconds")[:26] + "+00"
        assert shown == instant_text(value, "+00") == instant_text(stored, "+00")
        assert instant_texts([value, None], "+00") in (None, [shown, None])


@pytest.mark.parametrize("kind, value", SET_ASIDE)
def test_d2_d3_d8_among_many_a_value_that_is_set_aside_alone_is_looked_at_alone(kind: Kind, value: object) -> None:
    good: Any = {Kind.INTEGER: 1, Kind.TEXT: "a", Kind.BOOLEAN: True, Kind.DOUBLE: 1.5}.get(kind)
    if kind is Kind.INSTANT:
        good = "2026-03-01 12:00:00"
    if kind in PLAIN:
        assert PLAIN[kind]([good, value, None]) is None
    if kind is Kind.INSTANT:
        assert instant_texts([good, value, None], "") is None


USUAL = {
    "2026-03-01 12:00:00": "2026-03-01 12:00:00.000000",
    "2026-03-01T12:00:01": "2026-03-01 12:00:01.000000",
    "2026-03-01T12:00:02Z": "2026-03-01 12:00:02.000000",
    "2026-03-01T12:00:03.1234567Z": "2026-03-01 12:00:03.123456",
    "2026-03-01T12:00:04.0000000Z": "2026-03-01 12:00:04.000000",
    "2026-03-01T12:00:05.25Z": "2026-03-01 12:00:05.250000",
    "2026-03-01T12:00:06.1234567": "2026-03-01 12:00:06.123456",
    "2026-03-01T13:00:07+01:00": "2026-03-01 12:00:07.000000",
    " 2026-03-01T12:00:08": "2026-03-01 12:00:08.000000",
}


@pytest.mark.parametrize("sent", [*([text] for text in USUAL), list(USUAL), [*USUAL] * 2], ids=len)
def test_instants_of_one_or_of_many_spellings_become_one_spelling(sent: list[str]) -> None:
    assert [USUAL[text] for text in sent] == instant_texts(sent, "")
    assert [*(f"{USUAL[text]}+00" for text in sent), None] == instant_texts([*sent, None], "+00")


def test_numbers_of_any_kind_are_doubles_at_once() -> None:
    found = PLAIN[Kind.DOUBLE]([1, Decimal("1.50"), None, 0.5, Decimal("-0.0")])
    assert "[1.0, 1.5, None, 0.5, -0.0]" == repr(found)


def test_the_usual_spellings_need_no_closer_look() -> None:
    assert [1, None] == PLAIN[Kind.INTEGER]([1, None])
    assert ["a\u00e9", None, ""] == PLAIN[Kind.TEXT](["a\u00e9", None, ""])
    assert [True, None] == PLAIN[Kind.BOOLEAN]([True, None])
    assert ["2026-03-01 12:00:00.000000", None] == instant_texts(["2026-03-01 12:00:00", None], "")
    assert [] == instant_texts([], "")


@pytest.mark.parametrize("strange", ["a\0b", "a\ud800b", "\u00e9\udfff"])
def test_d1_a_text_that_no_database_takes_is_noticed_among_many(strange: str) -> None:
    assert PLAIN[Kind.TEXT](["a", strange, None]) is None


@pytest.mark.parametrize("kind", PLAIN)
def test_nothing_at_all_needs_no_closer_look(kind: Kind) -> None:
    assert [None, None] == PLAIN[kind]([None, None])


def test_an_instant_is_utc_and_a_local_time_has_no_zone() -> None:
    assert UTC is PARSERS[Kind.INSTANT]("2026-03-01T12:00:00+02:00").tzinfo
    assert UTC is PARSERS[Kind.INSTANT]("2026-03-01 12:00:00").tzinfo
    assert None is PARSERS[Kind.LOCAL_DATETIME]("2026-03-01T12:00:00Z").tzinfo


def test_d4_money_keeps_every_digit_and_its_scale() -> None:
    assert "12345678901234567890.12345" == str(PARSERS[Kind.DECIMAL]("12345678901234567890.12345"))
    assert "85.00" == str(PARSERS[Kind.DECIMAL](Decimal("85.00")))


@pytest.mark.parametrize(
    "sent, stored",
    [
        ("a\0b", "ab"),
        ("\0", ""),
        ("a\ud800b", "a\ufffdb"),
        ("\udfff\0\ud800", "\ufffd\ufffd"),
        ("\U0001f600 עברית", "\U0001f600 עברית"),
        ("\ufffe\x01", "\ufffe\x01"),
        ("x" * 1_000_000, "x" * 1_000_000),
    ],
    ids=["nul", "only nul", "surrogate", "both", "emoji and right to left", "odd but allowed", "a megabyte"],
)
def test_d1_text_is_what_both_databases_can_hold(sent: str, stored: str) -> None:
    assert stored == PARSERS[Kind.TEXT](sent)
    assert {stored: [stored]} == json.loads(json_text({sent: [sent]}))


def test_d1_an_escaped_backslash_before_u0000_is_text_like_any_other() -> None:
    assert "\\u0000" == json.loads(json_text("\\u0000"))


@pytest.mark.parametrize("number", [Decimal("1E+400"), Decimal("1E-400"), Decimal("0E+999999"), int(LONG), -int(LONG)])
def test_d3_a_number_no_database_takes_stays_readable_in_json_as_text(number: Decimal | int) -> None:
    """PostgreSQL refuses 1e999999 in JSON, and readers with doubles make infinity of 1e400."""
    assert {"n": str(number), "ok": 1.5} == json.loads(json_text({"n": number, "ok": Decimal("1.5")}))


def test_d3_numbers_within_a_double_stay_numbers_in_json() -> None:
    assert '{"a":1E+300,"b":1.10,"c":"1e400"}' == json_text(
        {"a": Decimal("1E+300"), "b": Decimal("1.10"), "c": "1e400"}
    )


def test_d9_deeply_nested_json_is_cleaned_whatever_its_depth() -> None:
    deep: Any = "a\0\ud800"
    for _ in range(5000):
        deep = [{"k\0": deep}]
    found = clean(deep)
    for _ in range(5000):
        found = found[0]["k"]
    assert "a\ufffd" == found


def test_d9_json_as_deep_as_can_be_decoded_is_stored() -> None:
    deep: Any = "\ud800"
    for _ in range(400):
        deep = [deep]
    assert json_text(deep).startswith("[" * 400 + '"\ufffd"')


def test_cleaning_leaves_the_record_itself_alone() -> None:
    record = {"a\0": ["b\0", {"c": "\0"}]}
    clean(record)
    assert {"a\0": ["b\0", {"c": "\0"}]} == record


def test_lacking_takes_a_member_out_along_its_path_only() -> None:
    record = {"a": {"b": 1, "c": 2}, "d": [{"b": 1, "c": 2}, 3], "b": 4}
    assert {"a": {"c": 2}, "d": [{"b": 1, "c": 2}, 3], "b": 4} == lacking(record, ["a", "b"])
    assert {"a": {"b": 1, "c": 2}, "d": [{"c": 2}, 3], "b": 4} == lacking(record, ["d[]", "b"])
    assert record is lacking(record, ["e"])
    assert "text" == lacking("text", ["a"])
    assert {"a": {"b": 1, "c": 2}, "d": [{"b": 1, "c": 2}, 3], "b": 4} == record


def test_lacking_takes_a_member_out_of_every_value_of_a_map() -> None:
    record = {"a": {"x": {"b": 1, "c": 2}, "b": {"c": 3}, "y": 4}, "d": [5]}
    assert {"a": {"x": {"c": 2}, "b": {"c": 3}, "y": 4}, "d": [5]} == lacking(record, ["a{}", "b"])
    assert {"a": {"x": {"b": 1, "c": 2}, "y": 4}, "d": [5]} == lacking(record, ["a", "b"])
    assert record == lacking(record, ["d{}", "b"])


def test_canonical_json_knows_no_order_of_members_but_every_order_of_elements() -> None:
    assert canonical({"a": {"x": 1, "y": 2}, "b": 3}) == canonical({"b": 3, "a": {"y": 2, "x": 1}})
    assert canonical([1, 2]) != canonical([2, 1])
    assert canonical({"a": "\ud800"}) == canonical({"a": "\ufffd"})


def test_a_message_shows_a_bad_value_shortly_and_never_the_members_of_an_object() -> None:
    with pytest.raises(RecordInvalid) as long:
        PARSERS[Kind.INTEGER]("x" * 1000)
    assert len(str(long.value)) < 100
    with pytest.raises(RecordInvalid) as nested:
        PARSERS[Kind.TEXT]({"password": "hunter2"})
    assert "hunter2" not in str(nested.value)
    with pytest.raises(RecordInvalid) as odd:
        PARSERS[Kind.INTEGER]("\0\ud800")
    assert str(odd.value).isascii()
