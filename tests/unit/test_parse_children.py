"""Arrays of scalars, open maps, elements made by a function: how what stands inside a record becomes rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.collection import Child, Collection, Origin, Snapshot, instant, integer, text
from syncd.collection import json as json_column
from syncd.errors import RecordInvalid
from syncd.parse import Extractor, Rows


def owned(*columns: Any, **child: Any) -> Child:
    """A child table with the parent's key before *columns*."""
    owner = (text("kind", "owner", origin=Origin.CONTEXT), integer("thing_id", "owner", origin=Origin.CONTEXT))
    return Child(table=child["name"], parent_key=("kind", "thing_id"), columns=(*owner, *columns), **child)


def told(record: Mapping[str, Any]) -> list[Any]:
    """The elements of two lists, each with the list it comes from."""
    found: list[Any] = []
    for name in ("mails", "phones"):
        values = record.get(name) or []
        if not isinstance(values, list):
            raise RecordInvalid(f"{name} is no list")
        found += [{"@way": name, "@more": 1, ".": value} for value in values]
    return found


THINGS = Collection(
    name="things",
    table="things",
    path="/things",
    one="",
    key=("kind", "id"),
    strategy=Snapshot(),
    columns=(
        text("kind", "what it is", origin=Origin.CONTEXT),
        integer("id", "key"),
        integer("sensor_id", "sensor", source="sensor.id"),
        text("note", "sometimes secret"),
        instant("at", "when"),
    ),
    children=(
        owned(integer("tag_id", "tag", source="."), name="tags", source="tags", key=("kind", "thing_id", "tag_id")),
        owned(
            integer("place_id", "place", source="."),
            integer("sensor_id", "of the parent", origin=Origin.CONTEXT),
            instant("at", "of the parent", origin=Origin.CONTEXT),
            name="places",
            source="extra.place_ids",
            key=("kind", "thing_id", "place_id"),
        ),
        owned(
            text("field", "which", origin=Origin.MAP_KEY),
            text("type", "type"),
            json_column("value", "value", aliases="values file_id ."),
            name="fields",
            source="fields",
            key=("kind", "thing_id", "field"),
        ),
        owned(
            integer("seq", "order", origin=Origin.COMPUTED),
            text("label", "label"),
            text("pin", "secret", sensitive=True),
            name="points",
            source="points",
            key=("kind", "thing_id", "seq"),
        ),
        owned(
            integer("id", "its own"),
            text("name", "name"),
            text("link", "expires", volatile=True),
            name="files",
            source="files",
            key=("id",),
        ),
        owned(
            text("way", "which list", origin=Origin.CONTEXT),
            text("value", "who", source="."),
            name="told",
            source="mails",
            sources=("phones",),
            elements=told,
            key=("kind", "thing_id", "way", "value"),
        ),
        owned(
            integer("seq", "order", origin=Origin.COMPUTED),
            integer("level", "level", source="."),
            name="levels",
            source="levels",
            key=("kind", "thing_id", "seq"),
        ),
        owned(integer("user_id", "x", source="."), name="users", source="@users", key=("kind", "thing_id", "user_id")),
    ),
)
BASE: dict[str, Any] = {"@kind": "big", "id": 7}


def parsed(*records: dict[str, Any], **options: Any) -> tuple[dict[str, list[Any]], Any, Rows]:
    """The child rows without the owner, ``_syncd_extra`` of the first record, and everything."""
    extractor = Extractor(THINGS, **options)
    keyed, rejects = extractor.keyed([{**BASE, **record} for record in records])
    assert [] == rejects
    rows = extractor.rows(keyed)
    children = {name: [row[2:] for row in found] for name, found in rows.children.items()}
    return children, rows.main[0][-2] and json.loads(rows.main[0][-2]), rows


def reasons(rows: Rows) -> list[tuple[str | None, str]]:
    return [(reject.column, reject.reason) for reject in rows.rejects]


class TestScalars:
    def test_each_element_is_a_row_with_its_parents_key(self) -> None:
        _, extra, rows = parsed({"tags": [3, "1", 3]})
        assert [("big", 7, 3), ("big", 7, 1)] == rows.children["tags"]
        assert None is extra
        assert [] == rows.rejects

    @pytest.mark.parametrize("tags", [None, [], [None], [None, None]])
    def test_null_elements_and_a_null_array_are_nothing(self, tags: object) -> None:
        children, extra, rows = parsed({"tags": tags})
        assert [] == children["tags"]
        assert None is extra
        assert [] == rows.rejects

    @pytest.mark.parametrize("element", ["x", {"id": 3}, [3], True, 2**63, ""], ids=repr)
    def test_v20_an_element_that_is_no_key_is_kept_and_told_of(self, element: object) -> None:
        children, extra, rows = parsed({"tags": [1, element, 2]})
        assert [(1,), (2,)] == children["tags"]
        assert {"tags[]": [element]} == extra
        assert ["tags[1]"] == [reject.column for reject in rows.rejects]

    def test_v20_an_element_that_is_no_key_and_does_not_parse_is_null_and_kept(self) -> None:
        children, extra, rows = parsed({"levels": [5, "high", None, 6]})
        assert [(0, 5), (1, None), (3, 6)] == children["levels"]
        assert {"levels[]": ["high"]} == extra
        assert ["levels.level"] == [reject.column for reject in rows.rejects]

    @pytest.mark.parametrize("tags", ["x", {"0": 1}, 5])
    def test_v20_what_is_no_array_is_kept_and_told_of(self, tags: object) -> None:
        children, extra, rows = parsed({"tags": tags})
        assert [] == children["tags"]
        assert {"tags": tags} == extra
        assert [("tags", "not an array")] == reasons(rows)

    def test_an_array_inside_an_object_is_found_and_its_neighbours_are_kept(self) -> None:
        children, extra, rows = parsed({"extra": {"place_ids": [5, 6], "odd": 1}})
        assert [(5, None, None), (6, None, None)] == children["places"]
        assert {"extra.odd": 1} == extra
        assert [] == rows.rejects

    def test_v20_an_array_whose_object_is_none_is_told_of(self) -> None:
        children, extra, rows = parsed({"extra": "x"})
        assert [] == children["places"]
        assert {"extra": "x"} == extra
        assert [("extra.place_ids", "extra is not an object")] == reasons(rows)

    def test_v20_a_bad_array_inside_an_object_stands_under_its_path(self) -> None:
        _, extra, rows = parsed({"extra": {"place_ids": "x"}})
        assert {"extra.place_ids": "x"} == extra
        assert [("extra.place_ids", "not an array")] == reasons(rows)

    def test_u0000_is_removed_and_numbers_become_their_token_in_text(self) -> None:
        children, _, _ = parsed({"mails": ["a\0b", 5, True]})
        assert [("mails", "ab"), ("mails", "5"), ("mails", "true")] == children["told"]


class TestContext:
    def test_another_context_column_takes_the_parents_column(self) -> None:
        sent = {"extra": {"place_ids": [5]}, "sensor": {"id": "9"}, "at": "2026-03-01T12:00:00Z"}
        children, _, _ = parsed(sent)
        assert [(5, 9, datetime(2026, 3, 1, 12, tzinfo=UTC))] == children["places"]
        children, _, _ = parsed(sent, stamped=True)
        assert [(5, 9, "2026-03-01 12:00:00.000000")] == children["places"]

    def test_of_a_page_each_parent_gives_its_own(self) -> None:
        children, _, rows = parsed(
            *({"id": i, "extra": {"place_ids": [5]}, "sensor": {"id": 10 + i}} for i in (2, 1, 3))
        )
        assert [(5, 11, None), (5, 12, None), (5, 13, None)] == children["places"]
        assert [("big", 1), ("big", 2), ("big", 3)] == [row[:2] for row in rows.children["places"]]

    def test_a_parents_value_that_did_not_parse_is_null_here_too(self) -> None:
        children, _, rows = parsed({"extra": {"place_ids": [5]}, "sensor": {"id": "x"}})
        assert [(5, None, None)] == children["places"]
        assert ["sensor_id"] == [reject.column for reject in rows.rejects]

    def test_what_is_excluded_of_the_parent_is_null_here_too(self) -> None:
        children, _, _ = parsed({"extra": {"place_ids": [5]}, "sensor": {"id": 9}}, exclude=["sensor_id"])
        assert [(5, None, None)] == children["places"]

    def test_the_place_of_an_element_counts_from_0_whatever_became_of_those_before(self) -> None:
        children, extra, _ = parsed({"points": [{"label": "a"}, "junk", None, {"label": "b"}]})
        assert [(0, "a", None), (3, "b", None)] == children["points"]
        assert {"points[]": ["junk"]} == extra


class TestMaps:
    def test_each_value_of_an_open_map_is_a_row_with_its_key(self) -> None:
        children, extra, rows = parsed(
            {"fields": {"b": {"type": "text", "value": "x"}, "a\0": {"type": "file", "file_id": 5}, "1": {}}}
        )
        assert [("b", "text", '"x"'), ("a", "file", "5"), ("1", None, None)] == children["fields"]
        assert None is extra
        assert [] == rows.rejects

    def test_the_first_spelling_with_a_value_counts(self) -> None:
        children, _, _ = parsed({"fields": {"a": {"value": None, "values": [1, 2], "file_id": 5}}})
        assert [("a", None, "[1,2]")] == children["fields"]

    def test_a_scalar_value_stands_alone(self) -> None:
        children, extra, _ = parsed({"fields": {"a": "x", "b": 1, "c": None}})
        assert [("a", None, '"x"'), ("b", None, "1")] == children["fields"]
        assert None is extra

    @pytest.mark.parametrize("fields", [None, {}, [], {"a": None}])
    def test_nothing_is_no_rows_and_no_complaint(self, fields: object) -> None:
        children, extra, rows = parsed({"fields": fields})
        assert [] == children["fields"]
        assert None is extra
        assert [] == rows.rejects

    @pytest.mark.parametrize("fields", ["x", [1], 5])
    def test_v20_what_is_no_map_is_kept_and_told_of(self, fields: object) -> None:
        _, extra, rows = parsed({"fields": fields})
        assert {"fields": fields} == extra
        assert [("fields", "not an object")] == reasons(rows)

    def test_v21_unknown_members_are_kept_under_the_maps_name(self) -> None:
        _, extra, rows = parsed({"fields": {"a": {"hue": 1, "type": {}}, "b": {"hue": 2}}})
        assert {"fields{}.hue": [1, 2], "fields{}.type": [{}]} == extra
        assert ["fields.type"] == [reject.column for reject in rows.rejects]

    def test_v20_an_empty_key_is_no_key(self) -> None:
        children, extra, rows = parsed({"fields": {"": {"type": "text"}, "a": {}}})
        assert [("a", None, None)] == children["fields"]
        assert {"fields{}": [{"type": "text"}]} == extra
        assert [("fields{}", "field is missing")] == reasons(rows)


class TestMadeElements:
    def test_a_function_makes_elements_of_several_lists(self) -> None:
        children, extra, rows = parsed({"mails": ["a", None], "phones": ["a", 5]})
        assert [("mails", "a"), ("phones", "a"), ("phones", "5")] == children["told"]
        assert None is extra
        assert [] == rows.rejects

    def test_one_list_alone_will_do(self) -> None:
        assert [("phones", "5")] == parsed({"phones": ["5"]})[0]["told"]
        assert [] == parsed({})[0]["told"]

    def test_v20_where_it_finds_no_elements_everything_it_uses_is_kept(self) -> None:
        children, extra, rows = parsed({"mails": ["a"], "phones": "x"})
        assert [] == children["told"]
        assert {"mails": ["a"], "phones": "x"} == extra
        assert [("mails", "phones is no list")] == reasons(rows)

    def test_v20_an_element_that_does_not_fit_is_kept_without_what_the_function_added(self) -> None:
        children, extra, rows = parsed({"mails": [{"x": 1}, "a"]})
        assert [("mails", "a")] == children["told"]
        assert {"mails[]": [{"x": 1}]} == extra
        assert ["mails[0]"] == [reject.column for reject in rows.rejects]


class TestOfAnotherCall:
    def test_what_another_call_told_fills_a_child_table_like_an_array_of_the_record(self) -> None:
        children, extra, rows = parsed({"@users": [3, None, 1]})
        assert [(3,), (1,)] == children["users"]
        assert None is extra
        assert [] == rows.rejects

    @pytest.mark.parametrize("users, kept", [([3, "x"], {"users[]": ["x"]}), ("x", {"users": "x"})])
    def test_v20_what_does_not_fit_is_kept_under_the_vendors_name(self, users: object, kept: object) -> None:
        _, extra, rows = parsed({"@users": users})
        assert kept == extra
        assert 1 == len(rows.rejects)


class TestOwnKeys:
    def test_children_with_a_key_of_their_own_need_no_other(self) -> None:
        children, _, rows = parsed({"files": [{"id": 1, "name": "a"}, {"id": 2}]})
        assert [(1, "a", None), (2, None, None)] == children["files"]
        assert [("big", 7)] * 2 == [row[:2] for row in rows.children["files"]]

    def test_a_volatile_column_of_an_element_is_neither_stored_nor_compared(self) -> None:
        hashes = set()
        for link in ("hunter2", "hunter3", None):
            sent = {**BASE, "files": [{"id": 1, "name": "a", "link": link}], "note": {}}
            keyed, _ = Extractor(THINGS).keyed([sent])
            hashes.add(keyed[0].hash)
            children, extra, rows = parsed(sent)
            assert [(1, "a", None)] == children["files"]
            assert {"note": {}} == extra
            assert "hunter" not in repr(rows)
        assert 1 == len(hashes)


class TestNowhere:
    def test_a_sensitive_value_of_an_element_is_stored_only_if_named(self) -> None:
        for sent in ([{"pin": "hunter2", "label": {}}], {"pin": "hunter2"}, [[{"pin": "hunter2"}]]):
            record = {"points": sent, "note": {}}
            _, extra, rows = parsed(record)
            if sent != [[{"pin": "hunter2"}]]:
                assert "hunter2" not in repr((extra, rows.children, rows.rejects))
        assert "hunter2" in repr(parsed({"points": [{"pin": "hunter2"}]}, include=["points.pin"])[0])

    def test_an_excluded_value_of_a_map_is_nowhere(self) -> None:
        sent = {"fields": {"a": {"type": "hunter2", "value": 1}, "b": "ok"}, "note": {}}
        children, extra, rows = parsed(sent, exclude=["fields.type"])
        assert [("a", None, "1"), ("b", None, '"ok"')] == children["fields"]
        assert {"note": {}} == extra
        assert "hunter2" not in repr(rows)
        assert "ok" in rows.rejects[0].record


def test_the_version_tells_of_the_function_that_makes_elements() -> None:
    def other(record: Mapping[str, Any]) -> list[Any]:
        return told(record)

    *children, last, _levels, _users = THINGS.children
    versions = [
        Extractor(replace(THINGS, children=(*children, child))).version
        for child in (last, replace(last), replace(last, elements=other))
    ]
    assert versions[0] == versions[1] != versions[2]
