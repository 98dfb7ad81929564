"""CAN values, polygons and times of day as Trackunit writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.vendors.trackunit import values


@pytest.mark.parametrize(
    "value, low, middle, high",
    [
        ("8.48", 8.48, 8.48, 8.48),
        ("0", 0.0, 0.0, 0.0),
        ("-12.5", -12.5, -12.5, -12.5),
        (" 7 ", 7.0, 7.0, 7.0),
        ("1796.5 ... 1800.12", 1796.5, (1796.5 + 1800.12) / 2, 1800.12),
        ("-3...4", -3.0, 0.5, 4.0),
        ("5 ... 5", 5.0, 5.0, 5.0),
        ("9 ... 2", 2.0, 5.5, 9.0),
        ("1E-05", 1e-05, 1e-05, 1e-05),
        ("1.5E+20", 1.5e20, 1.5e20, 1.5e20),
        ("1E-05 ... 3E-05", 1e-05, 2e-05, 3e-05),
        (12, 12.0, 12.0, 12.0),
        (Decimal("8.48"), 8.48, 8.48, 8.48),
    ],
)
def test_a_number_or_a_range_has_both_ends_and_a_middle(value: object, low: float, middle: float, high: float) -> None:
    assert (low, middle, high) == (values.least(value), values.number(value), values.most(value))


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "On",
        "8,48",
        "1.234,5",
        "1,234.5",
        "12 %",
        "12E5",  # the id of some software
        "0x1F",
        "1_000",
        "NaN",
        "Infinity",
        "1E+400",
        "1 ..  2",
        "1 ... ",
        "1 ... 2 ... 3",
        "1 ... x",
        "v1.2.3",
        "\u0661",  # a digit, but not one of ours
        True,
        {"a": 1},
        [1],
    ],
)
def test_what_is_no_number_is_none_and_never_guessed(value: object) -> None:
    assert (None, None, None) == (values.least(value), values.number(value), values.most(value))


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_every_plain_decimal_is_read_to_its_last_digit(value: float) -> None:
    assert value == values.number(format(Decimal(repr(value)), "f"))


@pytest.mark.parametrize(
    "sent, turned",
    [
        (
            "POLYGON ((57.1 15.2, 57.2 15.3, 57.3 15.1, 57.1 15.2))",
            "POLYGON ((15.2 57.1, 15.3 57.2, 15.1 57.3, 15.2 57.1))",
        ),
        ("polygon((-1 2,-3 4,-5.5 6,-1 2))", "polygon((2 -1,4 -3,6 -5.5,2 -1))"),
        (
            "POLYGON ((\n  57.1   15.2,\r\n57.2\t15.3 ,\n 1 2))\n",
            "POLYGON ((\n  15.2   57.1,\r\n15.3\t57.2 ,\n 2 1))\n",
        ),
        (
            "POLYGON ((0 10, 5 10, 5 20, 0 10), (1 11, 2 11, 2 12, 1 11))",
            "POLYGON ((10 0, 10 5, 20 5, 10 0), (11 1, 11 2, 12 2, 11 1))",
        ),
        (
            "MULTIPOLYGON (((0 1, 2 3, 4 5, 0 1)), ((6 7, 8 9, 1 2, 6 7), (3 4, 5 6, 7 8, 3 4)))",
            "MULTIPOLYGON (((1 0, 3 2, 5 4, 1 0)), ((7 6, 9 8, 2 1, 7 6), (4 3, 6 5, 8 7, 4 3)))",
        ),
        (
            "POLYGON ((57.1234567890123456 15.2, 1E-05 2, 1 2))",
            "POLYGON ((15.2 57.1234567890123456, 2 1E-05, 2 1))",
        ),
    ],
)
def test_a_polygon_is_turned_round_and_nothing_else_of_it_changes(sent: str, turned: str) -> None:
    assert turned == values.longitude_first(sent)
    assert sent == values.longitude_first(turned)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "POLYGON",
        "POLYGON EMPTY",
        "POLYGON ((57.1 15.2, 57.2))",
        "POLYGON ((57.1 15.2 3, 57.2 15.3 3, 57.1 15.2 3))",
        "POLYGON ((57,1 15,2; 57,2 15,3))",
        "POLYGON (57.1 15.2, 57.2 15.3)",
        "POLYGON ((57.1 15.2, 57.2 15.3)",
        "POLYGON ((57.1 15.2, 57.2 15.3)) and more",
        "POINT (57.1 15.2)",
        "MULTIPOLYGON ((1 2, 3 4, 1 2))",
        7,
        {"type": "Polygon"},
    ],
)
def test_what_is_no_polygon_has_no_turned_copy(sent: object) -> None:
    assert None is values.longitude_first(sent)


@pytest.mark.parametrize(
    "sent, time",
    [({"hour": 7, "minute": 5}, "07:05"), ({"hour": 23, "minute": 59}, "23:59"), ({"hour": 0, "minute": 0}, "00:00")],
)
def test_a_time_of_day_comes_from_its_two_numbers(sent: object, time: str) -> None:
    assert time == values.time_of_day(sent)


@pytest.mark.parametrize(
    "sent",
    [{"hour": 24, "minute": 0}, {"hour": 7}, {}, {"hour": "7", "minute": 0}, {"hour": True, "minute": 0}, "07:30", 7],
)
def test_anything_else_is_left_for_the_parser_to_judge(sent: object) -> None:
    assert sent == values.time_of_day(sent)
