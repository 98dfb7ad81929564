"""Members that we put in, members inside objects, columns that share a source: of a record of the newer vendors."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from syncd.collection import (
    Child,
    Collection,
    Kind,
    Origin,
    Snapshot,
    boolean,
    date,
    double,
    instant,
    integer,
    local_datetime,
    text,
)
from syncd.collection import json as json_column
from syncd.errors import RecordInvalid
from syncd.http.decode import decode
from syncd.parse import Extractor, Rows


def half(value: object) -> object:
    """A vendor's function that knows numbers, "none" and nothing else."""
    if value == "none":
        return None
    if isinstance(value, int):
        return value / 2
    raise RecordInvalid("is no number")


PLACES = Collection(
    name="places",
    table="places",
    path="/places",
    one="",
    key=("unit_id", "at", "ordinal"),
    strategy=Snapshot(),
    drops=("Repeated",),
    columns=(
        text("unit_id", "whose it is", origin=Origin.CONTEXT),
        instant("at", "when"),
        integer("ordinal", "place", origin=Origin.COMPUTED),
        double("latitude", "degrees", source="location.latitude", aliases="latitude"),
        double("longitude", "degrees", source="location.longitude", aliases="longitude"),
        text("zip", "postal code", source="address.post.code"),
        text("mail", "personal", source="contact.mail", sensitive=True),
        integer("owner_id", "owner", source="ownerId", aliases="Owner.id"),
        text("value", "as sent"),
        double("value_half", "of value", source="value", prepare=half),
        double("value_again", "of value", source="value"),
        json_column("limits", "as sent", source="rules.limits"),
        integer("most", "of limits", source="rules.limits.most"),
        date("day", "of our question", origin=Origin.CONTEXT),
        boolean("repeated", "of an object that is dropped", source="Repeated.flag"),
    ),
)
BASE: dict[str, Any] = {"@unit_id": "7", "at": "2026-03-01T12:00:00.1234567Z", "@ordinal": 0}
NAMES = [c.name for c in PLACES.stored]


def parsed(record: dict[str, Any], **options: Any) -> tuple[dict[str, Any], Any, Rows]:
    """The only row by column, its ``_syncd_extra``, and everything that came of the record."""
    extractor = Extractor(options.pop("collection", PLACES), **options)
    keyed, rejects = extractor.keyed([{**BASE, **record}])
    assert [] == rejects
    rows = extractor.rows(keyed)
    (row,) = rows.main
    names = [c.name for c in extractor.collection.stored]
    return dict(zip(names, row[:-2], strict=True)), row[-2] and json.loads(row[-2]), rows


class TestOurOwnMembers:
    def test_they_fill_the_columns_without_a_source(self) -> None:
        row, extra, rows = parsed({"@day": "2026-03-01"})
        assert ("7", 0, "2026-03-01") == (row["unit_id"], row["ordinal"], str(row["day"]))
        assert [("7", datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC), 0)] == rows.keys
        assert None is extra

    def test_they_stand_neither_in_extra_nor_in_a_reject(self) -> None:
        _, extra, rows = parsed({"@day": "today", "@more": 1, "ownerId": "x"})
        assert {"ownerId": "x"} == extra
        assert ["owner_id", "day"] == [reject.column for reject in rows.rejects]
        for reject in rows.rejects:
            assert {"at": BASE["at"], "ownerId": "x"} == json.loads(reject.record)

    def test_a_rejected_record_does_not_show_them_either(self) -> None:
        _, (reject,) = Extractor(PLACES).keyed([{"@unit_id": "7", "@ordinal": 0, "value": 1}])
        assert {"value": 1} == json.loads(reject.record)

    def test_they_are_compared(self) -> None:
        hashes = set()
        for day in (None, "2026-03-01", "2026-03-02"):
            keyed, _ = Extractor(PLACES).keyed([{**BASE, "@day": day}])
            hashes.add(keyed[0].hash)
        assert 3 == len(hashes)


class TestObjects:
    def test_a_part_of_an_object_is_a_column(self) -> None:
        row, extra, rows = parsed({"location": {"latitude": Decimal("57.1"), "longitude": 15}})
        assert (57.1, 15.0) == (row["latitude"], row["longitude"])
        assert float is type(row["longitude"])
        assert None is extra
        assert [] == rows.rejects

    @pytest.mark.parametrize(
        "record, latitude",
        [
            ({"latitude": 1}, 1.0),
            ({"location": {"latitude": 2}, "latitude": 1}, 2.0),
            ({"location": {"latitude": None}, "latitude": 1}, 1.0),
            ({"location": {}, "latitude": 1}, 1.0),
            ({"location": None}, None),
            ({}, None),
        ],
    )
    def test_the_flat_spelling_counts_where_the_nested_one_has_no_value(
        self, record: dict[str, Any], latitude: float | None
    ) -> None:
        row, extra, rows = parsed(record)
        assert latitude == row["latitude"]
        assert None is extra
        assert [] == rows.rejects

    def test_each_record_of_a_page_has_its_own_spelling(self) -> None:
        both = {"location": {"latitude": 4, "longitude": 5}, "latitude": 6}
        places: list[dict[str, Any]] = [{"location": {"latitude": 1}}, {"latitude": 2}, {}, both]
        records = [{**BASE, "@ordinal": i, **place} for i, place in enumerate(places)]
        extractor = Extractor(PLACES)
        rows = extractor.rows(extractor.keyed(records)[0])
        at = NAMES.index("latitude")
        assert [(1.0, None), (2.0, None), (None, None), (4.0, 5.0)] == [row[at : at + 2] for row in rows.main]

    def test_v21_unknown_members_inside_are_kept_under_their_path(self) -> None:
        _, extra, rows = parsed(
            {
                "location": {"latitude": 1, "fix": True, "sat": {"n": 4}},
                "address": {"post": {"code": "1", "box": None}, "city": "Moss"},
                "colour": "red",
            }
        )
        assert {
            "location.fix": True,
            "location.sat": {"n": 4},
            "address.post.box": None,
            "address.city": "Moss",
            "colour": "red",
        } == extra
        assert [] == rows.rejects

    def test_v21_only_the_record_with_the_unknown_member_has_it(self) -> None:
        places: list[dict[str, Any]] = [{"latitude": 0}, {"latitude": 1, "fix": 1}]
        records = [{**BASE, "@ordinal": i, "location": place} for i, place in enumerate(places)]
        extractor = Extractor(PLACES)
        rows = extractor.rows(extractor.keyed(records)[0])
        assert [None, '{"location.fix":1}'] == [row[-2] for row in rows.main]

    def test_objects_that_are_dropped_or_only_lent_an_alias_are_left_alone(self) -> None:
        row, extra, _ = parsed({"Owner": {"id": 3, "name": "Ida"}, "Repeated": {"flag": True, "more": 1}})
        assert (3, True) == (row["owner_id"], row["repeated"])
        assert None is extra

    def test_an_object_that_is_one_columns_value_has_no_unknown_members(self) -> None:
        row, extra, _ = parsed({"rules": {"limits": {"most": 5, "least": 1}, "odd": 1}})
        assert ('{"most":5,"least":1}', 5) == (row["limits"], row["most"])
        assert {"rules.odd": 1} == extra

    @pytest.mark.parametrize("value", ["x", 5, False, [], [{"latitude": 1}]], ids=repr)
    def test_v20_what_stands_in_the_place_of_an_object_is_kept_and_told_of_each_column(self, value: object) -> None:
        row, extra, rows = parsed({"location": value})
        assert (None, None) == (row["latitude"], row["longitude"])
        assert {"location": value} == extra
        assert [("latitude", "location is not an object"), ("longitude", "location is not an object")] == [
            (reject.column, reject.reason) for reject in rows.rejects
        ]

    def test_v20_a_column_that_has_its_value_from_elsewhere_is_not_told_of(self) -> None:
        row, extra, rows = parsed({"location": "x", "latitude": 1})
        assert 1.0 == row["latitude"]
        assert {"location": "x"} == extra
        assert ["longitude"] == [reject.column for reject in rows.rejects]

    def test_v20_deeper_objects_are_judged_alike(self) -> None:
        _, extra, rows = parsed({"address": {"post": "x", "city": "Moss"}})
        assert {"address.post": "x", "address.city": "Moss"} == extra
        assert [("zip", "address.post is not an object")] == [(r.column, r.reason) for r in rows.rejects]

    def test_v20_a_bad_value_inside_stands_under_its_path(self) -> None:
        _, extra, rows = parsed({"location": {"latitude": "north"}})
        assert {"location.latitude": "north"} == extra
        assert ["latitude"] == [reject.column for reject in rows.rejects]

    def test_a_sensitive_member_of_an_object_is_nowhere_whatever_stands_there(self) -> None:
        for contact in ({"mail": "hunter2"}, "hunter2", [{"mail": "hunter2"}]):
            row, extra, rows = parsed({"contact": contact, "value": "x"})
            assert None is row["mail"]
            assert "hunter2" not in repr(extra)
            assert "hunter2" not in repr(rows)
        row, _, _ = parsed({"contact": {"mail": "ida@example.com"}}, include=["mail"])
        assert "ida@example.com" == row["mail"]

    def test_a_volatile_member_of_an_object_is_not_compared(self) -> None:
        collection = replace(PLACES, columns=(*PLACES.columns, text("link", "x", source="file.link", volatile=True)))
        extractor = Extractor(collection)
        hashes = {
            extractor.keyed([{**BASE, "file": {"link": link, "name": "a"}}])[0][0].hash for link in ("a", "b", None)
        }
        assert 1 == len(hashes)
        _, extra, _ = parsed({"file": {"link": "hunter2", "name": "a"}}, collection=collection)
        assert {"file.name": "a"} == extra


class TestSharedSources:
    def test_columns_may_share_a_source(self) -> None:
        row, extra, rows = parsed({"value": 5})
        assert ("5", 2.5, 5.0) == (row["value"], row["value_half"], row["value_again"])
        assert None is extra
        assert [] == rows.rejects

    def test_a_prepared_null_is_null_and_no_reject(self) -> None:
        row, extra, rows = parsed({"value": "none"})
        assert ("none", None) == (row["value"], row["value_half"])
        assert {"value": "none"} == extra, "for the sake of the column that is no function's"
        assert ["value_again"] == [reject.column for reject in rows.rejects]

    def test_v20_a_value_that_fails_for_several_columns_is_kept_once_and_told_of_each(self) -> None:
        row, extra, rows = parsed({"value": "x"})
        assert ("x", None, None) == (row["value"], row["value_half"], row["value_again"])
        assert {"value": "x"} == extra
        assert [("value_half", "is no number"), ("value_again", "'x' is not a number")] == [
            (reject.column, reject.reason) for reject in rows.rejects
        ]

    def test_one_value_that_fails_does_not_spoil_those_of_its_page(self) -> None:
        values = [4, "x", "none", 8, None]
        extractor = Extractor(PLACES)
        records = [{**BASE, "@ordinal": i, "value": value} for i, value in enumerate(values)]
        rows = extractor.rows(extractor.keyed(records)[0])
        assert [2.0, None, None, 4.0, None] == [row[NAMES.index("value_half")] for row in rows.main]
        assert ["x"] == [json.loads(r.record)["value"] for r in rows.rejects if r.column == "value_half"]


class TestKeys:
    def test_a_key_of_text_time_and_number_is_taken_as_its_values_are(self) -> None:
        sent = [("10", "2026-03-01T12:00:00Z"), ("9", " 2026-03-01T14:00:00+02:00 "), (9, "2026-03-01 11:00:00")]
        records = [{"@unit_id": unit, "at": at, "@ordinal": 0} for unit, at in sent]
        noon, before = datetime(2026, 3, 1, 12, tzinfo=UTC), datetime(2026, 3, 1, 11, tzinfo=UTC)
        assert [("10", noon, 0), ("9", before, 0), ("9", noon, 0)] == [
            k.key for k in Extractor(PLACES).keyed(records)[0]
        ]

    @pytest.mark.parametrize("more", [[], [{**BASE, "@unit_id": 8}], ["junk"]], ids=["alone", "other form", "junk"])
    def test_instants_of_keys_are_text_where_the_store_asks_for_that(self, more: list[Any]) -> None:
        extractor = Extractor(PLACES, stamped=True)
        keyed, _ = extractor.keyed([BASE, *more])
        rows = extractor.rows(keyed)
        assert ("7", "2026-03-01 12:00:00.123456", 0) == keyed[0].key == rows.keys[0] == rows.main[0][:3]

    def test_v19_times_of_one_stored_microsecond_are_one_key(self) -> None:
        keyed, _ = Extractor(PLACES, stamped=True).keyed(
            [BASE, {**BASE, "at": "2026-03-01T12:00:00.1234569Z", "value": 2}]
        )
        assert [2] == [item.record.get("value") for item in keyed]


@pytest.mark.parametrize("kind", [Kind.INSTANT, Kind.LOCAL_DATETIME])
def test_blanks_around_a_time_are_nothing(kind: Kind) -> None:
    make = instant if kind is Kind.INSTANT else local_datetime
    collection = replace(PLACES, columns=(*PLACES.columns, make("began", "x")))
    row, extra, _ = parsed({"began": " 2026-03-01T12:00:00 "}, collection=collection)
    assert datetime(2026, 3, 1, 12, tzinfo=UTC if kind is Kind.INSTANT else None) == row["began"]
    assert None is extra


def test_numbers_as_they_come_are_doubles() -> None:
    sent = decode(b'[{"value": 1}, {"value": 1.50}, {"value": null}, {}, {"value": "2.5"}, {"value": -0.0}]')
    assert isinstance(sent, list)
    for some in (sent, sent[:4], [sent[5]]):
        records = [{**BASE, "@ordinal": i, **record} for i, record in enumerate(some)]
        extractor = Extractor(replace(PLACES, columns=(*PLACES.columns[:3], double("value", "x"))))
        rows = extractor.rows(extractor.keyed(records)[0])
        expected = (
            [1.0, 1.5, None, None, 2.5, -0.0] if some is sent else [1.0, 1.5, None, None] if len(some) > 1 else [-0.0]
        )
        assert repr(expected) == repr([row[3] for row in rows.main])


def test_a_child_of_nowhere_is_no_rows() -> None:
    child = Child("c", "cs", "deep.ids", ("id",), ("unit_id", "at", "ordinal"), (integer("id", "x", source="."),))
    _, _, rows = parsed({}, collection=replace(PLACES, children=(child,)))
    assert {"cs": []} == rows.children
