"""Records to rows: everything a vendor sends is stored as typed, kept as it came, or set aside. Nothing is dropped."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from syncd.collection import Child, Collection, Lookup, Origin, Snapshot, decimal, instant, integer, text
from syncd.collection import json as json_column
from syncd.http.decode import decode
from syncd.parse import Extractor, Keyed, Reject, Rows, changed
from syncd.vendors.trackops import TRACKOPS
from syncd.vendors.trackops.shared import custom_field_value, custom_fields

THINGS = Collection(
    name="things",
    table="things",
    path="/things",
    one="/things/{id}",
    key=("id",),
    strategy=Snapshot(),
    drops=("Shown", "Owner"),
    columns=(
        integer("id", "key", required=True),
        text("name", "name", required=True),
        integer("owner_id", "owner", aliases="Owner.id Holder.id"),
        decimal("price", "price"),
        text("mail", "personal", sensitive=True, aliases="contact.mail"),
        text("link", "expires", volatile=True),
        json_column("settings", "as sent"),
    ),
    children=(
        Child(
            name="parts",
            table="thing_parts",
            source="Parts",
            key=("thing_id", "part_id"),
            parent_key=("thing_id",),
            drops=("shown",),
            columns=(
                integer("thing_id", "owner", origin=Origin.CONTEXT, required=True),
                integer("part_id", "part", source="id", required=True),
                decimal("weight", "weight"),
                integer("kind_id", "kind", aliases="Kind.id"),
                text("pin", "personal", sensitive=True),
            ),
        ),
        custom_fields("thing_custom_fields", "thing_id", "things"),
    ),
)
KINDS = Lookup(
    "kinds", "kinds", ("id",), (integer("id", "id"), text("name", "name")), ("things.Owner", "things.Parts[].Kind")
)
STORED = [c.name for c in THINGS.stored]
VERSIONS = {"cases": "e969183377b1", "files": "28302dc9f777", "invoices": "3f4fe1dfc075"}
RECORD: dict[str, Any] = {"id": 7, "name": "saw", "owner_id": 3, "price": "1.50"}


def pairs(record: dict[str, Any], extractor: Extractor | None = None) -> tuple[dict[str, Any], Rows]:
    """The row of the only record as a dictionary, and everything that came of it."""
    extractor = extractor or Extractor(THINGS, [KINDS])
    keyed, rejects = extractor.keyed([record])
    assert [] == rejects
    rows = extractor.rows(keyed)
    assert 1 == len(rows.main)
    names = [c.name for c in extractor.collection.stored] + ["_syncd_extra", "_syncd_hash"]
    return dict(zip(names, rows.main[0], strict=True)), rows


def extra(record: dict[str, Any], extractor: Extractor | None = None) -> Any:
    told = pairs(record, extractor)[0]["_syncd_extra"]
    return None if told is None else json.loads(told)


def hash_of(record: dict[str, Any], **options: Any) -> int:
    keyed, _ = Extractor(THINGS, [KINDS], **options).keyed([record])
    return keyed[0].hash


class TestValues:
    def test_a_plain_record_becomes_a_typed_row(self) -> None:
        row, rows = pairs({**RECORD, "settings": {"a": [1]}})
        assert [(7,)] == rows.keys
        assert row.pop("_syncd_hash") == hash_of({**RECORD, "settings": {"a": [1]}})
        assert row == {
            "id": 7,
            "name": "saw",
            "owner_id": 3,
            "price": Decimal("1.50"),
            "mail": None,
            "settings": '{"a":[1]}',
            "_syncd_extra": None,
        }
        assert [] == rows.rejects

    def test_a_volatile_column_has_no_place_in_a_row(self) -> None:
        assert "link" not in STORED
        assert len(STORED) + 2 == len(pairs(RECORD)[1].main[0])

    @pytest.mark.parametrize("record", [{"id": 7}, {"id": 7, "name": None, "owner_id": None, "price": None}])
    def test_v20_a_missing_or_null_member_is_null_even_where_the_vendor_promises_it(
        self, record: dict[str, Any]
    ) -> None:
        row, rows = pairs(record)
        assert [None, None, None] == [row["name"], row["owner_id"], row["price"]]
        assert None is row["_syncd_extra"]
        assert [] == rows.rejects

    def test_a_number_for_a_text_column_is_the_token_that_was_sent(self) -> None:
        sent = decode(b'[{"id": 7, "name": 1.10}, {"id": 8, "name": true}, {"id": 9, "name": 12345678901234567890123}]')
        assert isinstance(sent, list)
        assert ["1.10", "true", "12345678901234567890123"] == [pairs(record)[0]["name"] for record in sent]

    def test_d1_nul_and_lone_surrogates_reach_neither_column_nor_extra_nor_reject(self) -> None:
        sent = decode(
            b'{"id": 7, "name": "a\\u0000b\\ud800", "odd\\u0000": "\\udfff\\u0000", "price": "x\\u0000\\ud800"}'
        )
        assert isinstance(sent, dict)
        row, rows = pairs(sent)
        assert "ab\ufffd" == row["name"]
        assert {"odd": "\ufffd", "price": "x\ufffd"} == json.loads(row["_syncd_extra"])
        assert {"id": 7, "name": "ab\ufffd", "odd": "\ufffd", "price": "x\ufffd"} == json.loads(rows.rejects[0].record)

    def test_v20_a_value_that_does_not_parse_is_null_kept_unchanged_and_listed(self) -> None:
        row, rows = pairs({**RECORD, "price": "1,50 €", "owner_id": {"id": 3}})
        assert None is row["price"]
        assert None is row["owner_id"]
        assert {"price": "1,50 €", "owner_id": {"id": 3}} == json.loads(row["_syncd_extra"])
        assert ["owner_id", "price"] == [r.column for r in rows.rejects]
        for reject in rows.rejects:
            assert '{"id":7}' == reject.key
            assert {**RECORD, "price": "1,50 €", "owner_id": {"id": 3}} == json.loads(reject.record)
            assert reject.reason
        assert "saw" == row["name"], "one bad value does not cost its record the others"

    def test_d3_what_only_looks_like_a_number_is_set_aside(self) -> None:
        sent = decode(b'{"id": 7, "name": "n", "price": NaN, "owner_id": 1e999999}')
        assert isinstance(sent, dict)
        row, rows = pairs(sent)
        assert {"price": "NaN", "owner_id": "1E+999999"} == json.loads(row["_syncd_extra"])
        assert 2 == len(rows.rejects)

    def test_v20_a_bad_value_of_an_alias_stands_under_the_path_it_came_from(self) -> None:
        assert {"Owner.id": "nobody"} == extra({"id": 7, "Owner": {"id": "nobody"}})

    def test_v21_unknown_members_go_to_extra_as_they_came(self) -> None:
        assert {"colour": "red", "sizes": [1, {"a": None}], "gone": None} == extra(
            {**RECORD, "colour": "red", "sizes": [1, {"a": None}], "gone": None}
        )

    def test_documented_embedded_objects_are_dropped(self) -> None:
        assert None is extra({**RECORD, "Shown": {"id": 1}, "Owner": {"id": 3, "name": "Ida"}})

    def test_extra_keeps_numbers_as_they_were_sent(self) -> None:
        sent = decode(b'{"id": 7, "rate": 0.10, "big": 123456789012345678901234567890}')
        assert isinstance(sent, dict)
        assert '{"rate":0.10,"big":123456789012345678901234567890}' == pairs(sent)[0]["_syncd_extra"]

    @pytest.mark.parametrize(
        "record, owner",
        [
            ({"owner_id": 3, "Owner": {"id": 4}}, 3),
            ({"Owner": {"id": 4}, "Holder": {"id": 5}}, 4),
            ({"Holder": {"id": 5}}, 5),
            ({"owner_id": None, "Owner": {"id": 4}}, 4),
            ({"owner_id": 0, "Owner": {"id": 4}}, 0),
            ({"Owner": {"name": "Ida"}, "Holder": {"id": 5}}, 5),
            ({"Owner": "Ida"}, None),
            ({"Owner": None}, None),
            ({"Owner": []}, None),
        ],
    )
    def test_the_first_spelling_that_has_a_value_counts(self, record: dict[str, Any], owner: int | None) -> None:
        assert owner == pairs({"id": 7, **record})[0]["owner_id"]

    def test_an_alias_that_is_used_feeds_a_column_and_is_no_unknown_member(self) -> None:
        assert None is extra({"id": 7, "Holder": {"id": 5, "name": "Ida"}})


class TestKeys:
    @pytest.mark.parametrize(
        "record",
        [
            {"name": "saw"},
            {"id": None},
            {"id": ""},
            {"id": "seven"},
            {"id": 7.5},
            {"id": True},
            {"id": 2**63},
            {"ID": 7},
            {"id": {"id": 7}},
            {},
            [],
            None,
            "saw",
            7,
        ],
        ids=repr,
    )
    def test_d5_a_record_without_a_readable_key_is_rejected_whole_and_kept_whole(self, record: object) -> None:
        keyed, rejects = Extractor(THINGS).keyed([record])
        assert [] == keyed
        (reject,) = rejects
        assert (None, None) == (reject.key, reject.column)
        assert record == json.loads(reject.record)
        assert "key" in reject.reason

    def test_d5_text_keys_are_compared_exactly_and_never_empty(self) -> None:
        named = replace(THINGS, key=("name",), columns=(text("name", "key"),), children=())
        keyed, rejects = Extractor(named).keyed([{"name": n} for n in ("a", "A", " a", "", "\0", "a\0")])
        assert [(" a",), ("A",), ("a",)] == [item.key for item in keyed]
        assert 2 == len(rejects)
        keyed, rejects = Extractor(named).keyed([{"name": n} for n in ("a", "", "A")])
        assert [("A",), ("a",)] == [item.key for item in keyed], "also where all are right as they came but for that"
        assert 1 == len(rejects)

    def test_one_bad_record_does_not_spoil_its_page(self) -> None:
        keyed, rejects = Extractor(THINGS).keyed([{"id": 1}, "junk", {"id": 2}])
        assert [(1,), (2,)] == [item.key for item in keyed]
        assert 1 == len(rejects)

    @pytest.mark.parametrize("again", [2, "2"], ids=["spelled alike", "spelled otherwise"])
    def test_v19_a_key_seen_twice_counts_once_and_the_later_record_wins(self, again: object) -> None:
        extractor = Extractor(THINGS)
        keyed, _ = extractor.keyed([{"id": 2, "name": "old"}, {"id": 1}, {"id": again, "name": "new"}])
        assert [(1,), (2,)] == [item.key for item in keyed], "sorted by key, so that two writers cannot deadlock"
        assert [None, "new"] == [row[1] for row in extractor.rows(keyed).main]

    def test_a_key_of_several_parts_is_a_tuple_of_all(self) -> None:
        collection = TRACKOPS.collection("case_status_history")
        extractor = Extractor(collection)
        records = [{"casefile_id": 2, "CaseStatus": {"id": 9}}, {"casefile_id": 1, "case_status_id": 5}]
        keyed, rejects = extractor.keyed([*records, {"casefile_id": 3}])
        assert [(1, 5), (2, 9)] == [item.key for item in keyed]
        assert 1 == len(rejects)
        assert {"casefile_id": 1, "case_status_id": 5} == extractor.key_object((1, 5))


class TestChildren:
    def test_elements_become_rows_that_carry_their_parents_key(self) -> None:
        _, rows = pairs({**RECORD, "Parts": [{"id": 1, "weight": "2.5"}, {"id": 2, "Kind": {"id": 8}}]})
        assert [(7, 1, Decimal("2.5"), None, None), (7, 2, None, 8, None)] == rows.children["thing_parts"]
        assert [] == rows.children["trackops_thing_custom_fields"]

    @pytest.mark.parametrize("record", [{}, {"Parts": None}, {"Parts": []}, {"Parts": [None, None]}])
    def test_no_elements_are_no_rows_and_no_complaint(self, record: dict[str, Any]) -> None:
        row, rows = pairs({**RECORD, **record})
        assert [] == rows.children["thing_parts"]
        assert None is row["_syncd_extra"]

    def test_v19_an_element_given_twice_is_one_row_and_the_later_wins(self) -> None:
        _, rows = pairs({**RECORD, "Parts": [{"id": 1, "weight": 1}, {"id": "1", "weight": 2}]})
        assert [(7, 1, Decimal(2), None, None)] == rows.children["thing_parts"]

    def test_v21_unknown_members_of_elements_are_kept_under_the_arrays_name(self) -> None:
        sent = {**RECORD, "Parts": [{"id": 1, "hue": "red", "shown": "x"}, {"id": 2, "hue": "blue"}]}
        assert {"Parts[].hue": ["red", "blue"]} == extra(sent)

    def test_v20_a_bad_value_of_an_element_is_null_kept_and_listed(self) -> None:
        row, rows = pairs({**RECORD, "Parts": [{"id": 1, "weight": "heavy", "Kind": {"id": "x"}}]})
        assert [(7, 1, None, None, None)] == rows.children["thing_parts"]
        assert {"Parts[].weight": ["heavy"], "Parts[].Kind.id": ["x"]} == json.loads(row["_syncd_extra"])
        assert ["parts.weight", "parts.kind_id"] == [r.column for r in rows.rejects]
        assert '{"id":7}' == rows.rejects[0].key

    @pytest.mark.parametrize("element", [{"weight": 1}, {"id": None}, {"id": "x"}, "junk", 5, []], ids=repr)
    def test_v20_an_element_without_a_readable_key_is_kept_whole_and_listed(self, element: object) -> None:
        row, rows = pairs({**RECORD, "Parts": [element, {"id": 2}]})
        assert [(7, 2, None, None, None)] == rows.children["thing_parts"]
        assert {"Parts[]": [element]} == json.loads(row["_syncd_extra"])
        assert ["Parts[0]"] == [r.column for r in rows.rejects]

    @pytest.mark.parametrize("value", ["none", {"id": 1}, 0, False], ids=repr)
    def test_v20_an_array_that_is_none_is_kept_and_listed(self, value: object) -> None:
        row, rows = pairs({**RECORD, "Parts": value})
        assert [] == rows.children["thing_parts"]
        assert {"Parts": value} == json.loads(row["_syncd_extra"])
        assert ["Parts"] == [r.column for r in rows.rejects]

    def test_children_of_every_record_of_a_page_are_gathered(self) -> None:
        extractor = Extractor(THINGS)
        keyed, _ = extractor.keyed([{"id": i, "Parts": [{"id": 1}]} for i in (2, 1)])
        assert [(1, 1), (2, 1)] == [row[:2] for row in extractor.rows(keyed).children["thing_parts"]]


class TestCustomFields:
    @pytest.mark.parametrize(
        "value, stored",
        [
            ("a text", "a text"),
            ("", ""),
            (None, None),
            (12.5, "12.5"),
            (Decimal("12.50"), "12.50"),
            (1, "1"),
            (True, "true"),
            ({"first_name": "Ida", "last_name": "Øst"}, '{"first_name":"Ida","last_name":"Øst"}'),
            ('{"first_name": "Ida",\n "last_name": "\\u00d8st"}', '{"first_name":"Ida","last_name":"Øst"}'),
            (' {"city": "Moss", "zip": "01520"}', '{"city":"Moss","zip":"01520"}'),
            ({"address_1": "x\0", "country": None}, '{"address_1":"x","country":null}'),
            ('{"zip": 1.50}', '{"zip":1.50}'),
            ({"zip": Decimal("1.50")}, '{"zip":1.50}'),
            ({"city": "a\ud800"}, '{"city":"a\ufffd"}'),
            ('{"city": "a\\u0000b"}', '{"city":"ab"}'),
            ("{not json", "{not json"),
            ('{"other": 1}', '{"other": 1}'),
            ('{"city": NaN}', '{"city": NaN}'),
            ("{" * 5000, "{" * 5000),
            ('{"city":' * 3000, '{"city":' * 3000),
            ("{}", "{}"),
        ],
    )
    def test_a_custom_field_is_text_and_addresses_and_names_are_compact_json(
        self, value: object, stored: str | None
    ) -> None:
        _, rows = pairs({**RECORD, "custom_fields": [{"id": 4, "value": value}]})
        assert [(7, 4, stored)] == rows.children["trackops_thing_custom_fields"]
        assert [] == rows.rejects

    @pytest.mark.parametrize("value", [{"other": 1}, ["a"], {}, []], ids=repr)
    def test_v20_another_structure_is_set_aside(self, value: object) -> None:
        row, rows = pairs({**RECORD, "custom_fields": [{"id": 4, "value": value}]})
        if value == {}:
            assert [(7, 4, "{}")] == rows.children["trackops_thing_custom_fields"]
            return
        assert [(7, 4, None)] == rows.children["trackops_thing_custom_fields"]
        assert {"custom_fields[].value": [value]} == json.loads(row["_syncd_extra"])
        assert ["thing_custom_fields.value"] == [r.column for r in rows.rejects]

    def test_the_raw_value_itself_is_left_alone(self) -> None:
        name = {"first_name": "Ida"}
        custom_field_value(name)
        assert {"first_name": "Ida"} == name


class TestLookups:
    def test_embedded_objects_feed_lookups_each_key_once(self) -> None:
        extractor = Extractor(THINGS, [KINDS])
        keyed, _ = extractor.keyed(
            [
                {"id": 1, "Owner": {"id": 3, "name": "old"}, "Parts": [{"id": 1, "Kind": {"id": 8, "name": "k"}}]},
                {"id": 2, "Owner": {"id": 3, "name": "new"}, "Parts": [{"id": 1, "Kind": {"id": "8", "name": "last"}}]},
            ]
        )
        assert [(3, "new"), (8, "last")] == sorted(extractor.rows(keyed).lookups["kinds"])

    @pytest.mark.parametrize(
        "owner", [None, "Ida", [], {}, {"name": "Ida"}, {"id": None}, {"id": "x"}, {"id": True}, {"id": {}}], ids=repr
    )
    def test_what_is_no_object_with_a_readable_key_feeds_nothing(self, owner: object) -> None:
        _, rows = pairs({**RECORD, "Owner": owner, "Parts": [{"id": 1, "Kind": owner}]})
        assert [] == rows.lookups["kinds"]

    def test_a_page_does_not_repeat_what_the_page_before_has_shown(self) -> None:
        extractor = Extractor(THINGS, [KINDS])
        for owner in (3, 4):
            keyed, _ = extractor.keyed([{"id": 1, "Owner": {"id": owner}}])
            assert [(owner, None)] == extractor.rows(keyed).lookups["kinds"]

    def test_lookups_of_other_collections_are_not_gathered_here(self) -> None:
        extractor = Extractor(replace(THINGS, name="others"), [KINDS])
        keyed, _ = extractor.keyed([{"id": 1, "Owner": {"id": 3}}])
        assert {} == extractor.rows(keyed).lookups

    def test_case_services_feed_child_rows_and_their_lookup(self) -> None:
        extractor = Extractor(TRACKOPS.collection("cases"), TRACKOPS.lookups)
        keyed, _ = extractor.keyed([{"id": 1, "CaseServices": [{"id": 5, "name": "Watch"}, {"id": 6}]}])
        rows = extractor.rows(keyed)
        assert [(1, 5), (1, 6)] == rows.children["trackops_case_case_services"]
        assert [(5, "Watch"), (6, None)] == rows.lookups["trackops_case_services"]


class TestNowhere:
    """What is not to be stored stands in no column, no extra, no reject."""

    SECRET = "hunter2"

    def told(self, record: dict[str, Any], **options: Any) -> str:
        extractor = Extractor(THINGS, [KINDS], **options)
        keyed, rejects = extractor.keyed([record])
        rows = extractor.rows(keyed)
        return repr((rows, rejects))

    def test_a_sensitive_value_is_stored_only_if_named(self) -> None:
        record = {**RECORD, "mail": self.SECRET, "price": "bad"}
        assert self.SECRET not in self.told(record)
        assert self.SECRET in self.told(record, include=["mail"])
        assert None is pairs(record)[0]["mail"]
        assert self.SECRET == pairs(record, Extractor(THINGS, include=["mail"]))[0]["mail"]

    def test_a_sensitive_value_under_an_alias_is_stored_nowhere(self) -> None:
        assert self.SECRET not in self.told({**RECORD, "price": "bad", "contact": {"mail": self.SECRET, "ok": 1}})

    def test_an_excluded_column_is_null_and_its_value_nowhere(self) -> None:
        record = {**RECORD, "name": self.SECRET, "owner_id": None, "Owner": {"id": 424242}, "price": "bad"}
        told = self.told(record, exclude=["name", "owner_id"])
        assert self.SECRET not in told.replace("(424242, None)", "")
        row, rows = pairs(record, Extractor(THINGS, exclude=["name", "owner_id"]))
        assert (None, None) == (row["name"], row["owner_id"])
        assert None is json.loads(row["_syncd_extra"]).get("name")
        assert "424242" not in rows.rejects[0].record

    def test_an_excluded_column_is_not_complained_about(self) -> None:
        assert [] == pairs({**RECORD, "price": "bad"}, Extractor(THINGS, exclude=["price"]))[1].rejects

    def test_a_volatile_value_is_nowhere_whatever_is_wrong_with_the_record(self) -> None:
        assert self.SECRET not in self.told({**RECORD, "link": self.SECRET, "price": "bad", "more": 1})
        assert self.SECRET not in self.told({"link": self.SECRET, "id": "x"})
        assert self.SECRET not in self.told({**RECORD, "link": self.SECRET}, include=["link"])

    def test_a_sensitive_value_of_an_element_is_nowhere_either(self) -> None:
        for part in ({"id": 1, "pin": self.SECRET}, {"id": None, "pin": self.SECRET}):
            record = {**RECORD, "price": "bad", "Parts": [part]}
            assert self.SECRET not in self.told(record)
        assert self.SECRET not in self.told({**RECORD, "Parts": {"id": 1, "pin": self.SECRET}})
        assert self.SECRET in self.told({**RECORD, "Parts": [{"id": 1, "pin": self.SECRET}]}, include=["parts.pin"])

    def test_members_stored_nowhere_are_taken_out_at_any_depth(self) -> None:
        secret = {"a": [{"password": self.SECRET, "b": 1}], "password": self.SECRET}
        for member in ("settings", "unknown", "price", "owner_id"):
            told = self.told({**RECORD, member: secret, "password": self.SECRET}, never_stored={"password"})
            assert self.SECRET not in told
        row, _ = pairs({**RECORD, "settings": secret}, Extractor(THINGS, never_stored={"password"}))
        assert '{"a":[{"b":1}]}' == row["settings"]
        assert self.SECRET not in self.told({"id": "x", "deep": secret}, never_stored={"password"})

    def test_the_secret_link_of_files_is_stored_nowhere(self) -> None:
        extractor = Extractor(TRACKOPS.collection("files"), TRACKOPS.lookups)
        keyed, rejects = extractor.keyed([{"id": 1, "size": "big", "url": self.SECRET}, {"url": self.SECRET}])
        rows = extractor.rows(keyed)
        assert 1 == len(rows.rejects)
        assert 1 == len(rejects)
        assert self.SECRET not in repr((rows, rejects))


class TestHash:
    RECORD: ClassVar[dict[str, Any]] = {
        **RECORD,
        "Parts": [{"id": 1, "weight": "1"}, {"id": 2}],
        "more": {"x": 1, "y": [1, 2]},
    }

    def test_order_of_members_does_not_matter_at_any_depth(self) -> None:
        turned = dict(reversed(list(self.RECORD.items())))
        turned["more"] = {"y": [1, 2], "x": 1}
        assert hash_of(self.RECORD) == hash_of(turned)

    @pytest.mark.parametrize(
        "change",
        [
            {"name": "Saw"},
            {"price": "1.51"},
            {"price": None},
            {"more": {"x": 1, "y": [2, 1]}},
            {"more": {"x": True, "y": [1, 2]}},
            {"Parts": [{"id": 2}, {"id": 1, "weight": "1"}]},
            {"Parts": []},
            {"new": None},
            {"Shown": {"id": 1}},
            {"owner_id": "3"},
        ],
        ids=repr,
    )
    def test_any_other_change_matters(self, change: dict[str, Any]) -> None:
        assert hash_of(self.RECORD) != hash_of({**self.RECORD, **change})

    def test_volatile_members_do_not_matter(self) -> None:
        assert hash_of(RECORD) == hash_of({**RECORD, "link": "a"}) == hash_of({**RECORD, "link": "b"})

    def test_it_is_a_signed_integer_of_64_bits(self) -> None:
        hashes = [hash_of({"id": i}) for i in range(64)]
        assert all(-(2**63) <= h < 2**63 for h in hashes)
        assert min(hashes) < 0 < max(hashes)
        assert 64 == len(set(hashes))

    def test_another_reading_of_the_same_record_has_another_hash(self) -> None:
        """What is declared, included or excluded decides the row, so a change of it must re-read every record once."""
        hashes = {
            hash_of(RECORD),
            hash_of(RECORD, exclude=["price"]),
            hash_of(RECORD, include=["mail"]),
            hash_of(RECORD, never_stored={"password"}),
        }
        assert 4 == len(hashes)
        wider = replace(THINGS, columns=(*THINGS.columns, instant("at", "new")))
        assert Extractor(wider).version != Extractor(THINGS).version
        assert Extractor(replace(THINGS, drops=())).version != Extractor(THINGS).version

    def test_it_is_the_same_in_every_release_that_reads_a_record_alike(self) -> None:
        """Another one would have every row of every account looked at again."""
        told = {name: Extractor(TRACKOPS.collection(name)).version for name in ("cases", "files", "invoices")}
        assert VERSIONS == told

    def test_it_is_the_same_in_every_process(self) -> None:
        program = (
            "from syncd.parse import Extractor; from syncd.vendors.trackops import TRACKOPS\n"
            "extractor = Extractor(TRACKOPS.collection('files'), never_stored={'a', 'b', 'c', 'd'})\n"
            "keyed, _ = extractor.keyed([{'id': 7, 'name': 'Øst', 'size': 5, 'x': {'b': 1, 'a': [None, True]}}])\n"
            "print(extractor.version, keyed[0].hash)"
        )
        told = {
            subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True,
                check=True,
                text=True,
            ).stdout
            for seed in ("1", "2")
        }
        assert 1 == len(told)


@dataclass(frozen=True)
class Held:
    hash: int
    deleted: bool = False


def test_changed_are_new_records_other_hashes_and_those_held_as_deleted() -> None:
    keyed = [Keyed((i,), 100 + i, {"id": i}) for i in range(4)]
    known = {(1,): Held(101), (2,): Held(0), (3,): Held(103, deleted=True)}
    assert [(0,), (2,), (3,)] == [item.key for item in changed(keyed, known)]


def test_d10_a_record_that_parses_again_is_listed_no_more() -> None:
    assert 1 == len(pairs({**RECORD, "price": "bad"})[1].rejects)
    assert [] == pairs(RECORD)[1].rejects
    assert hash_of({**RECORD, "price": "bad"}) != hash_of(RECORD), "so that the next walk takes it up"


def test_a_documented_record_of_trackops_becomes_the_documented_rows() -> None:
    body = b"""[{"id": 812, "casefile_id": 77, "formatted_entry_number": "EXP-001812", "entry_date": "2025-12-03",
        "status": "approved", "User": {"id": 9, "name": "\\u00d8st, Ida"},
        "ExpenseDetails": [{"id": 4001, "notes": "I-70", "rate": "0.655", "quantity": "112.00", "total": "73.36",
        "FinanceItem": {"id": 3, "name": "Mileage", "expense_alias": "Mileage"}}],
        "created_at": "2025-12-04 02:11:09", "updated_at": "2025-12-09 16:40:00"}]"""
    sent = decode(body)
    assert isinstance(sent, list)
    row, rows = pairs(sent[0], Extractor(TRACKOPS.collection("expense_entries"), TRACKOPS.lookups))
    assert 9 == row["user_id"]
    assert date(2025, 12, 3) == row["entry_date"]
    assert datetime(2025, 12, 4, 2, 11, 9, tzinfo=UTC) == row["created_at"]
    assert None is row["_syncd_extra"]
    line = (4001, 812, 3, "I-70", Decimal("0.655"), Decimal("112.00"), Decimal("73.36"))
    assert [line] == rows.children["trackops_expense_details"]
    assert [(3, "Mileage", "Mileage", None)] == rows.lookups["trackops_finance_items"]
    assert [] == rows.rejects


def test_a_link_that_expires_inside_an_element_is_neither_stored_nor_compared() -> None:
    """Files embedded in an update may bring their download links along."""
    extractor = Extractor(TRACKOPS.collection("case_updates"), TRACKOPS.lookups)
    update = {"id": 1, "casefile_id": 2, "is_valid": "perhaps", "created_at": "x"}

    def sent(url: str) -> tuple[list[Keyed], Rows]:
        keyed, _ = extractor.keyed([{**update, "Files": [{"id": 7, "name": "a.pdf", "url": url}, {"url": url}]}])
        return keyed, extractor.rows(keyed)

    first, rows = sent("https://files.example/1?signature=abc")
    second, _ = sent("https://files.example/1?signature=def")
    assert first[0].hash == second[0].hash
    assert [(1, 7)] == rows.children["trackops_case_update_files"]
    assert "signature" not in repr((rows.main, rows.rejects))


def test_of_a_page_only_the_record_that_does_not_fit_is_set_aside() -> None:
    """One strange value sends its column to be looked at one by one; the other records come out as ever."""
    records = [{**RECORD, "id": 1}, {**RECORD, "id": 2, "owner_id": "many"}, {**RECORD, "id": "3", "owner_id": "4"}]
    extractor = Extractor(THINGS, [KINDS])
    rows = extractor.rows(extractor.keyed(records)[0])
    assert [1, 2, 3] == [row[STORED.index("id")] for row in rows.main]
    assert [3, None, 4] == [row[STORED.index("owner_id")] for row in rows.main]
    assert [None, {"owner_id": "many"}, None] == [row[-2] and json.loads(row[-2]) for row in rows.main]
    assert [("owner_id", '{"id":2}')] == [(reject.column, reject.key) for reject in rows.rejects]


def test_instants_come_as_text_where_the_store_asks_for_that() -> None:
    """However they were spelled; one that is none is set aside as ever, and nothing else changes."""
    timed = replace(THINGS, columns=(*THINGS.columns, instant("made_at", "when")))
    sent = ["2026-03-01 12:00:00", "2026-03-01T14:00:00+02:00", None, "soon"]
    records = [{**RECORD, "id": place, "made_at": made} for place, made in enumerate(sent, 1)]
    plain, stamped = Extractor(timed), Extractor(timed, stamped=True)
    assert plain.version == stamped.version
    rows = stamped.rows(stamped.keyed(records)[0])
    assert rows.stamped
    assert ["2026-03-01 12:00:00.000000"] * 2 + [None, None] == [row[-3] for row in rows.main]
    assert {"made_at": "soon"} == json.loads(rows.main[3][-2])
    as_ever = plain.rows(plain.keyed(records)[0])
    assert not as_ever.stamped
    assert as_ever.rejects == rows.rejects
    assert [(*row[:-3], *row[-2:]) for row in as_ever.main] == [(*row[:-3], *row[-2:]) for row in rows.main]


def test_reject_is_a_plain_value() -> None:
    assert Reject(None, None, "{}", "x") == Reject(None, None, "{}", "x")


def test_a_long_page_gives_what_its_records_give_one_by_one() -> None:
    """Records are gone through some hundreds at a time; what goes wrong far down a page is told of that record."""
    kinds = [{"id": place % 7, "name": f"kind {place}"} for place in range(1300)]
    records: list[Any] = [
        {**RECORD, "id": place, "Parts": [{"id": 1}, {"id": 2}], "Owner": kinds[place]} for place in range(1300)
    ]
    records[3]["owner_id"], records[720]["price"], records[721]["stray"], records[1299]["price"] = (
        "many",
        "low",
        1,
        "dear",
    )
    records[1100] = "junk"
    records.append({**RECORD, "id": 2, "name": "the later one"})
    extractor = Extractor(THINGS, [KINDS])
    keyed, rejects = extractor.keyed(records)
    rows = extractor.rows(keyed)
    assert 1 == len(rejects)
    assert [key for key in range(1300) if key != 1100] == [key for (key,) in rows.keys]
    each = [extractor.rows([item]) for item in keyed]
    assert [row for one in each for row in one.main] == rows.main
    assert "the later one" == rows.main[2][STORED.index("name")]
    assert [reject for one in each for reject in one.rejects] == rows.rejects
    assert ["owner_id", "price", "price"] == [reject.column for reject in rows.rejects]
    assert [row for one in each for row in one.children["thing_parts"]] == rows.children["thing_parts"]
    assert sorted((place % 7, f"kind {place}") for place in range(1293, 1300)) == sorted(rows.lookups["kinds"])
