"""Whatever JSON a vendor sends: no record stops its page, and every stored value fits both databases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncd.collection import Column, Kind, Origin
from syncd.http.decode import decode
from syncd.numbering import moment, number_by_content
from syncd.parse import Extractor
from syncd.values import PARSERS, instant_texts
from syncd.vendors import VENDORS

LOOKUPS = {f"{v.name}.{c.name}": v.lookups for v in VENDORS.values() for c in v.collections}
EXTRACTORS = {f"{v.name}.{c.name}": Extractor(c, v.lookups) for v in VENDORS.values() for c in v.collections}
STAMPED = {f"{v.name}.{c.name}": Extractor(c, v.lookups, stamped=True) for v in VENDORS.values() for c in v.collections}
TYPES: dict[Kind, type] = {
    Kind.INTEGER: int,
    Kind.TEXT: str,
    Kind.DECIMAL: Decimal,
    Kind.BOOLEAN: bool,
    Kind.DATE: date,
    Kind.DOUBLE: float,
    Kind.INSTANT: datetime,
    Kind.JSON: str,
    Kind.LOCAL_DATETIME: datetime,
    Kind.TIME: time,
}
GOOD: dict[Kind, Any] = {
    Kind.TEXT: "a",
    Kind.INSTANT: "2026-03-01T12:00:00.1234567Z",
    Kind.DATE: "2026-03-01",
    Kind.LOCAL_DATETIME: "2026-03-01T12:00:00",
}

ODD_TEXTS = ["0", "1", "12", "-7", "1.50", "true", "no", "2026-03-01", "2026-03-01 12:00:00", "2026-03-01 12:00+02"]
ODD_TEXTS += [
    "2026-03-01T12:00:00.1234567Z",
    " 2026-03-01T12:00:00Z",
    "2026-03-01T12:00:00-04:00",
    "8.48 ... 9",
    "07:30",
]
ODD_TEXTS += ["2026-03-01T24:00:00.0000000Z", "2026-02-30T12:00:00Z", "POLYGON ((1 2, 3 4, 1 2))"]
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


def put(record: dict[str, Any], path: str, value: Any) -> None:
    """Put *value* under a dotted path; what stands in the way stays."""
    *above, name = path.split(".") if path != "." else [path]
    inner: Any = record
    for part in above:
        inner = inner.setdefault(part, {}) if isinstance(inner, dict) else None
    if isinstance(inner, dict):
        inner[name] = value


@st.composite
def records(draw: st.DrawFn, extractor: Extractor) -> Any:
    """A record with some of the members it should have, with any values, and some it should not have."""
    collection = extractor.collection
    if draw(st.integers(0, 9)) == 0:
        return draw(VALUES)
    record: dict[str, Any] = {}
    for column in map(collection.column, collection.key):
        put(record, column.paths[0], GOOD.get(column.kind, draw(st.integers(1, 5))))
    paths = [path for c in collection.columns for path in c.paths] + list(collection.drops)
    paths += [f"{path.rpartition('.')[0]}.odd" for path in paths if "." in path]
    paths += [path.partition(".")[0] for path in paths]
    for path in draw(st.lists(st.sampled_from(paths), max_size=6)):
        put(record, path, draw(VALUES))
    for child in collection.children:
        inner = [path for c in child.columns for path in c.paths if "." not in path and not path.startswith("@")]
        names = st.sampled_from(inner) | TEXTS if inner else TEXTS
        elements = st.dictionaries(names, VALUES, max_size=4) | VALUES | st.integers(1, 5)
        several = st.lists(elements, max_size=3)
        if any(c.origin is Origin.MAP_KEY for c in child.columns):
            several = st.dictionaries(TEXTS, elements, max_size=3) | several  # type: ignore[assignment]
        for source in (child.source, *child.sources):
            put(record, source, draw(several | VALUES if draw(st.integers(0, 4)) == 0 else several))
    record.update(draw(st.dictionaries(TEXTS, VALUES, max_size=2)))
    return record


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, list[Any]]:
    """The name of a collection and a page of its records."""
    name = draw(st.sampled_from(sorted(EXTRACTORS)))
    sent = draw(st.lists(records(EXTRACTORS[name]), max_size=4))
    decoded = decode(json.dumps(sent).encode())
    assert isinstance(decoded, list)
    return name, decoded


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
    elif isinstance(value, float):
        assert isfinite(value)
    if kind is Kind.JSON:
        assert_json(str(value))


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
def test_d1_d2_d3_d9_every_record_is_a_row_or_a_reject_and_every_value_fits(page: tuple[str, list[Any]]) -> None:
    name, sent = page
    extractor = EXTRACTORS[name]
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
        keys = [tuple(row[places.index(part)] for part in (*child.parent_key, *child.key)) for row in found]
        assert len(set(keys)) == len(keys)
        assert not any(None in key for key in keys)
        assert_all_storable(child.columns, found)
    for lookup in LOOKUPS[name]:
        told = rows.lookups.get(lookup.table, [])
        assert len({row[0] for row in told}) == len(told)
        assert_all_storable(lookup.columns, told)
        if lookup.at and told:
            assert {row[:1]: tuple(v is not None for v in row[1:]) for row in told} == {
                key: tuple(time is not None for time in times) for key, times in rows.seen[lookup.table].items()
            }
    for reject in (*rejects, *rows.rejects):
        assert_json(reject.record)
        assert_text(reject.reason)
        assert reject.key is None or assert_json(reject.key)


@given(page=pages())
def test_the_same_page_gives_the_same_rows_again(page: tuple[str, list[Any]]) -> None:
    name, sent = page
    extractor = EXTRACTORS[name]
    first, _ = extractor.keyed(sent)
    told = repr(extractor.rows(first))
    again, _ = Extractor(extractor.collection, LOOKUPS[name]).keyed(sent)
    assert [item.hash for item in first] == [item.hash for item in again]
    assert told == repr(extractor.rows(again))


@given(page=pages())
def test_a_record_becomes_the_same_in_whatever_company(page: tuple[str, list[Any]]) -> None:
    """What is done for a page at once is what would be done for each record by itself."""
    name, sent = page
    extractor = EXTRACTORS[name]
    keyed, rejects = extractor.keyed(sent)
    alone = {item.key: item for record in sent for item in extractor.keyed([record])[0]}
    assert keyed == [alone[key] for key in sorted(alone)]
    assert rejects == [reject for record in sent for reject in extractor.keyed([record])[1]]
    together, each = extractor.rows(keyed), [extractor.rows([item]) for item in keyed]
    assert repr(together.main) == repr([row for rows in each for row in rows.main])
    assert together.rejects == [reject for rows in each for reject in rows.rejects]
    for table, found in together.children.items():
        assert repr(found) == repr([row for rows in each for row in rows.children[table]])


@given(page=pages())
def test_instants_as_text_are_the_same_instants(page: tuple[str, list[Any]]) -> None:
    name, sent = page
    plain, stamped = EXTRACTORS[name], STAMPED[name]
    rows, texts = plain.rows(plain.keyed(sent)[0]), stamped.rows(stamped.keyed(sent)[0])
    kinds = [c.kind for c in plain.collection.stored]
    for row, other in zip(rows.main, texts.main, strict=True):
        for kind, value, text in zip(kinds, row, other, strict=False):
            told = value.isoformat(" ", "microseconds")[:26] if kind is Kind.INSTANT and value is not None else value
            assert repr(told) == repr(text)
    assert [reject.reason for reject in rows.rejects] == [reject.reason for reject in texts.rejects]


@given(page=pages())
def test_no_member_is_lost(page: tuple[str, list[Any]]) -> None:
    """Every member of the vendor's that feeds nothing is in ``_syncd_extra``, as it came."""
    name, sent = page
    extractor = EXTRACTORS[name]
    keyed, _ = extractor.keyed(sent)
    fed = {path.partition(".")[0] for c in extractor.collection.columns for path in c.paths}
    fed |= {path.partition(".")[0] for c in extractor.collection.children for path in (c.source, *c.sources)}
    fed |= set(extractor.collection.drops) | {part for each in extractor._lookups for part in each.taken}
    for item, row in zip(keyed, extractor.rows(keyed).main, strict=True):
        extra = json.loads(row[-2]) if row[-2] is not None else {}
        unknown = {member for member in item.record if member not in fed and not member.startswith("@")}
        assert {decode_text(member) for member in unknown} <= extra.keys()
        assert not any(member.startswith("@") for member in extra)


def decode_text(text: str) -> str:
    """*text* as it is stored."""
    return str(PARSERS[Kind.TEXT](text))


@given(values=st.lists(st.sampled_from(ODD_TEXTS) | st.none() | st.text(max_size=30), max_size=6))
def test_d8_many_instants_at_once_are_what_each_is_alone(values: list[str | None]) -> None:
    alone: list[Any] = []
    for value in values:
        found = instant_texts([value], "")
        try:
            stored = None if value is None else PARSERS[Kind.INSTANT](value).isoformat(" ", "microseconds")[:26]
        except ValueError:
            assert found is None
            alone.append(None)
            continue
        assert [stored] == found
        alone.append(stored)
    together = instant_texts(values, "")
    if together is None:
        assert any(value is not None and stored is None for value, stored in zip(values, alone, strict=True))
    else:
        assert alone == together


@given(data=st.data())
def test_a_number_by_content_does_not_depend_on_the_order(data: st.DataObject) -> None:
    some = st.fixed_dictionaries({"t": st.sampled_from("ab")}, optional={"x": VALUES, "y": st.none() | st.booleans()})
    sent = decode(json.dumps(data.draw(st.lists(some, max_size=6))).encode())
    assert isinstance(sent, list)
    shuffled = [dict(record) for record in data.draw(st.permutations(sent))]

    def told(numbered: list[Any]) -> list[str]:
        bare = [{name: value for name, value in record.items() if value is not None} for record in numbered]
        return sorted(repr(sorted(record.items(), key=lambda item: item[0])) for record in bare)

    one, other = (number_by_content(records_, lambda r: moment(r["t"])) for records_ in (sent, shuffled))
    assert [(r["t"], r["@ordinal"]) for r in one] != [] or not sent
    assert sorted((r["t"], r["@ordinal"]) for r in one) == sorted((r["t"], r["@ordinal"]) for r in other)
    assert len({(r["t"], r["@ordinal"]) for r in one}) == len(one)
    if "None" not in repr(one):
        assert told(one) == told(other)
