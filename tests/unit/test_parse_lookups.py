"""Lookups whose objects are dated: of each column the latest value counts, in whatever order the records come."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from syncd.collection import Collection, Lookup, Origin, Snapshot, instant, integer, text
from syncd.parse import Extractor, Rows

VALUES = Collection(
    name="values",
    table="values",
    path="/values",
    one="",
    key=("ordinal",),
    strategy=Snapshot(),
    drops=("Unit",),
    columns=(
        integer("ordinal", "place", origin=Origin.COMPUTED),
        instant("time", "when"),
        integer("variable_id", "variable", source="variableId"),
        text("name", "name"),
        text("uom", "unit", source="uoM"),
    ),
)
NAMES = (integer("variable_id", "key", source="variableId"), text("name", "name"), text("uom", "unit", source="uoM"))
VARIABLES = Lookup("variables", "variables", ("variable_id",), NAMES, ("others", "values"), at="time")
LATEST = "2026-03-01 12:00:03.000000"


def gathered(records: list[dict[str, Any]], lookup: Lookup = VARIABLES) -> Rows:
    extractor = Extractor(VALUES, [lookup], stamped=True)
    keyed, _ = extractor.keyed([{"@ordinal": place, **record} for place, record in enumerate(records)])
    return extractor.rows(keyed)


def at(second: int, **members: Any) -> dict[str, Any]:
    return {"time": f"2026-03-01T12:00:0{second}.0000000Z", "variableId": 1, **members}


def test_a_collection_alone_means_its_records() -> None:
    rows = gathered([at(1, name="Fuel", uoM="l"), at(1, variableId="2", name="Hours"), {"name": "x"}])
    assert [(1, "Fuel", "l"), (2, "Hours", None)] == rows.lookups["variables"]
    first = "2026-03-01 12:00:01.000000"
    assert {(1,): (first, first), (2,): (first, None)} == rows.seen["variables"]


def test_the_latest_value_of_each_column_counts_and_a_row_without_one_erases_nothing() -> None:
    told = [at(1, name="old", uoM="l"), at(2, name="new"), at(3, uoM=None, name=None), at(3, variableId=2)]
    for order in permutations(told):
        rows = gathered(list(order))
        assert [(1, "new", "l"), (2, None, None)] == sorted(rows.lookups["variables"])
        seen = rows.seen["variables"]
        assert ("2026-03-01 12:00:02.000000", "2026-03-01 12:00:01.000000") == seen[1,]
        assert (None, None) == seen[2,]


def test_times_are_compared_as_instants_however_they_are_spelled() -> None:
    told = [
        {"variableId": 1, "name": "new", "time": "2026-03-01T14:00:03+02:00"},
        {"variableId": 1, "name": "old", "time": "2026-03-01 12:00:02"},
        {"variableId": 1, "name": "older", "time": " 2026-03-01T12:00:01.9999999Z"},
    ]
    for order in permutations(told):
        rows = gathered(list(order))
        assert [(1, "new", None)] == rows.lookups["variables"]
        assert {(1,): (LATEST, None)} == rows.seen["variables"]


@pytest.mark.parametrize("time", [None, "soon", 5, {}, [1]], ids=repr)
def test_a_value_of_which_nobody_says_when_gives_way_to_any_other(time: object) -> None:
    undated = {"variableId": 1, "name": "undated", "uoM": "l", "time": time}
    for order in permutations([undated, at(3, name="dated")]):
        rows = gathered(list(order))
        assert [(1, "dated", "l")] == rows.lookups["variables"]
        assert {(1,): (LATEST, "0001-01-01 00:00:00.000000")} == rows.seen["variables"]


def test_one_key_however_it_is_written_is_one_row() -> None:
    rows = gathered([at(3, variableId="1", name="new"), at(1, name="old", uoM="l"), at(2, variableId=Decimal("1.0"))])
    assert [(1, "new", "l")] == rows.lookups["variables"]


@pytest.mark.parametrize("ident", [None, "x", {}, [], True, ""], ids=repr)
def test_an_object_without_a_readable_key_feeds_nothing(ident: object) -> None:
    rows = gathered([at(3, variableId=ident, name="x")])
    assert [] == rows.lookups["variables"]
    assert {} == rows.seen["variables"]


def test_a_value_that_does_not_parse_is_no_value() -> None:
    rows = gathered([at(3, name={"x": 1}, uoM="l"), at(1, name="old"), at(2, name=["x"])])
    assert [(1, "old", "l")] == rows.lookups["variables"]


def test_values_that_python_holds_for_equal_are_told_apart() -> None:
    for order in permutations([at(1, name=1), at(3, name=True), at(2, name=Decimal("1.0"))]):
        assert [(1, "true", None)] == gathered(list(order)).lookups["variables"]


def test_d1_names_are_what_both_databases_can_hold() -> None:
    assert [(1, "ab\ufffd", None)] == gathered([at(1, name="a\0b\ud800")]).lookups["variables"]


def test_embedded_objects_may_be_dated_too() -> None:
    lookup = Lookup("units", "units", ("id",), (integer("id", "key"), text("name", "x")), ("values.Unit",), at="seen")
    told = [{"Unit": {"id": 5, "name": name, "seen": f"2026-03-0{day} 12:00:00"}} for day, name in ((2, "b"), (1, "a"))]
    rows = gathered([*told, {"Unit": "x"}, {"Unit": None}, {}], lookup)
    assert [(5, "b")] == rows.lookups["units"]
    assert {(5,): ("2026-03-02 12:00:00.000000",)} == rows.seen["units"]


def test_undated_lookups_are_not_seen_at_any_time() -> None:
    lookup = Lookup("variables", "variables", ("variable_id",), NAMES, ("values",))
    rows = gathered([at(3, name="first"), at(1, name="last"), at(1, variableId={})], lookup)
    assert [(1, "last", None)] == rows.lookups["variables"]
    assert {} == rows.seen


def test_objects_of_several_paths_make_one_row_for_a_key() -> None:
    lookup = Lookup("u", "u", ("id",), (integer("id", "key"), text("name", "x")), ("values.Unit", "values.Units[].Of"))
    rows = gathered(
        [{"Unit": {"id": 1, "name": "a"}, "Units": [{"Of": {"id": "1", "name": "b"}}, {"Of": {}}, 5]}], lookup
    )
    assert [(1, "b")] == rows.lookups["u"]
