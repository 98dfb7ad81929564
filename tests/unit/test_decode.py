from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.ask import NOT_JSON
from syncd.http.decode import decode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(b"[1.50, -0.0]", [Decimal("1.50"), Decimal("-0.0")], id="fractions are exact, with their zeros"),
        pytest.param(b"[0.1e2]", [Decimal("0.1e2")], id="exponent"),
        pytest.param(b"[1e400]", [Decimal("1e400")], id="d3 beyond a double is a number that parsing can reject"),
        pytest.param(b"[18446744073709551616]", [2**64], id="d2 integers have any size"),
        pytest.param(b"[9223372036854775808, -9223372036854775809]", [2**63, -(2**63) - 1], id="d2 over 64 bits"),
        pytest.param(b"\xef\xbb\xbf[1]", [1], id="byte order mark"),
        pytest.param(b'["\\ud800x"]', ["\ud800x"], id="d1 lone surrogate is left for parsing"),
        pytest.param(b'["\xffx"]', ["\udcffx"], id="a byte that is not UTF-8 spoils one value, not the page"),
        pytest.param(b'["a\x01b\n"]', ["a\x01b\n"], id="raw control characters"),
        pytest.param(b'[{"a": NaN}, {"a": 2}]', [{"a": "NaN"}, {"a": 2}], id="d3 NaN becomes its text"),
        pytest.param(b"[Infinity, -Infinity]", ["Infinity", "-Infinity"], id="d3 Infinity becomes its text"),
        pytest.param(b'[1e99999999999999999999, "a"]', ["1e99999999999999999999", "a"], id="exponent beyond Decimal"),
        pytest.param(b'{"a": 1, "a": 2}', {"a": 2}, id="the last of two equal names wins"),
        pytest.param(b'"\\/ \\u00d8"', "/ Ø", id="PHP's escapes"),
    ],
)
def test_a_body_becomes_exactly_its_value(body: bytes, expected: object) -> None:
    value = decode(body)
    assert expected == value
    assert repr(expected) == repr(value)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"  ", id="blank"),
        pytest.param(b"<!doctype html><title>Log in</title>", id="html"),
        pytest.param(b"[1, 2", id="cut"),
        pytest.param(b"[1] trailing", id="two things"),
        pytest.param(b"{'a': 1}", id="not quite"),
        pytest.param(b"\xff\xfe[\x00]\x00", id="utf-16"),
        pytest.param(b"[" * 100_000, id="nested, open"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="nested too deep for anything"),
        pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="objects nested too deep"),
    ],
)
def test_v8_what_is_not_json_is_told_apart_and_never_crashes(body: bytes) -> None:
    assert decode(body) is NOT_JSON


def test_an_integer_too_long_for_python_to_convert_is_still_a_value() -> None:
    value = decode(b"[" + b"9" * 5000 + b", 1]")
    assert [Decimal("9" * 5000), 1] == value


@given(JSON)
def test_every_json_value_comes_back(value: object) -> None:
    assert value == decode(json.dumps(value).encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200))
def test_no_bytes_raise(body: bytes) -> None:
    decode(body)


@given(JSON, st.data())
def test_n5_a_list_cut_anywhere_is_not_json(value: object, data: st.DataObject) -> None:
    body = json.dumps([value]).encode()
    at = data.draw(st.integers(0, len(body) - 1))
    assert decode(body[:at]) is NOT_JSON
