"""Whatever JSON a vendor sends: no record stops its page, and every stored value fits both databases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncd.collection import Column, Kind
from syncd.http.decode import decode
from syncd.parse import Extractor
from syncd.vendors.trackops import TRACKOPS

EXTRACTORS = {c.name: Extractor(c, TRACKOPS.lookups) for c in TRACKOPS.collections}
TYPES: dict[Kind, type] = {
    Kind.INTEGER: int,
    Kind.TEXT: str,
    Kind.DECIMAL: Decimal,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.INSTANT: datetime,
}

ODD_TEXTS = ["0", "1", "12", "-7", "1.50", "true", "no", "2026-03-01", "2026-03-01 12:00:00", "2026-03-01 12:00+02"]
ODD_TEXTS += ["", "\0", "\ud800x", "1e400", "9" * 400, '{"city":1.5}', "{", '{"city":"\\ud800"}']
# Any text at all: half surrogates and U+0000 too, as escapes in JSON carry them.
TEXTS = st.text(st.characters(), max_size=8) | st.sampled_from(ODD_TEXTS)
NUMBERS = (
    st.integers(-(2**70), 2**70)
    | st.integers(0, 9)
    | st.sampled_from([10**400, 2**63, -(2**63) - 1])
    | st.floats(allow_nan=True, allow_infinity=True)
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.just("id"), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def records(draw: st.DrawFn, extractor: Extractor) -> Any:
    """A record with some of the members it should have, with any values, and some it should not have."""
    collection = extractor.collection
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    record: dict[str, Any] = {name: draw(st.integers(1, 5)) for name in collection.key}
    names = [path.partition(".")[0] for c in collection.columns for path in c.paths] + list(collection.drops)
    for name in draw(st.lists(st.sampled_from(names), max_size=5)):
        record[name] = draw(VALUES)
    for child in collection.children:
        inner = [path for c in child.columns for path in c.paths if "." not in path]
        element = st.dictionaries(st.sampled_from(inner) | TEXTS, VALUES, max_size=4)
        record[child.source] = draw(st.lists(element | VALUES, max_size=3))
    record.update(draw(st.dictionaries(TEXTS, VALUES, max_size=2)))
    return record


@st.composite
def pages(draw: st.DrawFn) -> tuple[Extractor, list[Any]]:
    extractor = EXTRACTORS[draw(st.sampled_from(sorted(EXTRACTORS)))]
    sent = draw(st.lists(records(extractor), max_size=4))
    decoded = decode(json.dumps(sent).encode())
    assert isinstance(decoded, list)
    return extractor, decoded


def assert_storable(value: object, kind: Kind) -> None:
    """*value* is of its kind and both databases take it."""
    if value is None:
        return
    assert TYPES[kind] is type(value)
    if isinstance(value, str):
        assert_text(value)
    elif isinstance(value, Decimal):
        assert abs(float(value)) < float("inf")
    elif isinstance(value, int):
        assert -(2**63) <= value < 2**63


def assert_text(value: str) -> None:
    assert "\0" not in value
    value.encode()


def assert_json(told: str) -> Any:
    """*told* is strict JSON that PostgreSQL takes, too: no U+0000, no half surrogates, no infinite numbers."""
    assert_text(told)

    def number(token: str) -> float:
        assert isfinite(float(token)), token
        return float(token)

    value = json.loads(told, parse_constant=number, parse_float=number, parse_int=number)
    again = json.dumps(value, ensure_ascii=False)
    assert_text(again)
    assert "\\u0000" not in again.replace("\\\\", "")
    return value


def assert_all_storable(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> None:
    for row in rows:
        for column, value in zip(columns, row, strict=True):
            assert_storable(value, column.kind)


@given(page=pages())
def test_d1_d2_d3_d9_every_record_is_a_row_or_a_reject_and_every_value_fits(page: tuple[Extractor, list[Any]]) -> None:
    extractor, sent = page
    collection = extractor.collection
    keyed, rejects = extractor.keyed(sent)
    rows = extractor.rows(keyed)
    assert len(keyed) == len(rows.keys) == len(rows.main) == len({item.key for item in keyed})
    assert len(keyed) + len(rejects) <= len(sent)
    assert bool(sent) == bool(keyed or rejects)
    assert sorted(rows.keys) == rows.keys
    assert_all_storable(collection.stored, [row[:-2] for row in rows.main])
    assert all(isinstance(assert_json(row[-2]), dict) for row in rows.main if row[-2] is not None)
    assert all(-(2**63) <= row[-1] < 2**63 for row in rows.main)
    for child in collection.children:
        places = [c.name for c in child.columns]
        found = rows.children[child.table]
        keys = [tuple(row[places.index(name)] for name in (*child.parent_key, *child.key)) for row in found]
        assert len(set(keys)) == len(keys)
        assert not any(None in key for key in keys)
        assert_all_storable(child.columns, found)
    for lookup in TRACKOPS.lookups:
        told = rows.lookups.get(lookup.table, [])
        assert len({row[0] for row in told}) == len(told)
        assert_all_storable(lookup.columns, told)
    for reject in (*rejects, *rows.rejects):
        assert_json(reject.record)
        assert_text(reject.reason)
        assert reject.key is None or assert_json(reject.key)


@given(page=pages())
def test_the_same_page_gives_the_same_rows_again(page: tuple[Extractor, list[Any]]) -> None:
    extractor, sent = page
    first, _ = extractor.keyed(sent)
    told = repr(extractor.rows(first))
    again, _ = Extractor(extractor.collection, TRACKOPS.lookups).keyed(sent)
    assert [item.hash for item in first] == [item.hash for item in again]
    assert told == repr(extractor.rows(again))
