"""Columns that are left empty or hashed: what they hold is in no row, no extra, no reject and no hash of a record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from syncd.collection import Child, Collection, Lookup, Origin, Snapshot, integer, text
from syncd.collection import json as json_column
from syncd.parse import Extractor, Rows
from syncd.privacy import Hasher, Place, Veil, gone, hashing, spelled, without
from syncd.values import to_text

KEY = "a key for tests only"
HASHER = Hasher(KEY)
SECRET = "ana@example.com"
# printf %s ana@example.com | openssl dgst -sha256 -hmac 'a key for tests only'
HASH = "74a2103ff2be"

PEOPLE = Collection(
    name="people",
    table="people",
    path="/people",
    one="/people/{id}",
    key=("id",),
    strategy=Snapshot(),
    columns=(
        integer("id", "key", required=True),
        text("name", "name"),
        text("email", "address", aliases="contact.mail"),
        text("ssn", "number", sensitive=True),
        text("city", "place", source="home.city"),
        text("street", "place", source="home.street"),
        json_column("bank", "account", source="meta.bank", sensitive=True),
        json_column("answers", "as sent", source="meta.answers"),
        json_column("phones", "as sent; rows in people_phones"),
        json_column("tags", "as sent; rows in people_tags"),
        json_column("ways", "as sent; rows in people_ways"),
        integer("age", "years"),
    ),
    children=(
        Child(
            name="phones",
            table="people_phones",
            source="phones",
            key=("person_id", "id"),
            parent_key=("person_id",),
            columns=(
                integer("person_id", "owner", origin=Origin.CONTEXT, required=True),
                integer("id", "phone", required=True),
                text("number", "number"),
                text("owner", "whose", source="owner.name"),
            ),
        ),
        Child(
            name="tags",
            table="people_tags",
            source="tags",
            key=("person_id", "position"),
            parent_key=("person_id",),
            columns=(
                integer("person_id", "owner", origin=Origin.CONTEXT, required=True),
                integer("position", "place", origin=Origin.COMPUTED, required=True),
                text("tag", "tag", source="."),
            ),
        ),
        Child(
            name="ways",
            table="people_ways",
            source="ways",
            key=("person_id", "kind"),
            parent_key=("person_id",),
            sources=("ways", "more_ways"),
            elements=lambda record: [{"@kind": "a", ".": value} for value in record.get("ways") or []],
            columns=(
                integer("person_id", "owner", origin=Origin.CONTEXT, required=True),
                text("kind", "kind", origin=Origin.DERIVED, required=True),
                text("way", "way", source="."),
            ),
        ),
    ),
)
PLACES = Lookup(
    "places", "places", ("city",), (text("city", "place"), text("street", "place")), ("people.home", "people.contact")
)
STORED = [c.name for c in PEOPLE.stored]


def extractor(**options: Any) -> Extractor:
    return Extractor(PEOPLE, [PLACES], **{"hasher": HASHER, **options})


def row_of(record: dict[str, Any], **options: Any) -> tuple[dict[str, Any], Rows]:
    made = extractor(**options)
    keyed, rejects = made.keyed([record])
    assert [] == rejects
    rows = made.rows(keyed)
    return dict(zip([*STORED, "_syncd_extra", "_syncd_hash"], rows.main[0], strict=True)), rows


def told(record: Any, **options: Any) -> str:
    """Everything that comes of a record."""
    made = extractor(**options)
    keyed, rejects = made.keyed([record])
    return repr((made.rows(keyed), rejects))


class TestHashes:
    def test_it_is_hmac_sha_256_in_hexadecimal_digits(self) -> None:
        assert 64 == len(HASHER(SECRET))
        assert HASH == HASHER(SECRET)[:12]

    def test_the_same_text_has_the_same_hash_wherever_it_stands(self) -> None:
        record = {"id": 1, "email": SECRET, "name": SECRET, "phones": [{"id": 1, "number": SECRET}], "tags": [SECRET]}
        row, rows = row_of(record, hashed=["email", "name", "phones.number", "tags.tag"])
        found = str(HASHER(SECRET))
        assert (found, found) == (row["email"], row["name"])
        assert [(1, 1, found, None)] == rows.children["people_phones"]
        assert [(1, 0, found)] == rows.children["people_tags"]
        assert {str} == {type(value) for value in (row["email"], rows.children["people_tags"][0][2])}

    def test_another_key_gives_another_hash(self) -> None:
        assert HASHER(SECRET) != Hasher("another key for tests")(SECRET)

    @pytest.mark.parametrize("sent, stored", [("", ""), (None, None), (5, "5"), (True, "true"), ("\0a", "a")])
    def test_it_is_of_the_text_as_it_would_be_stored_and_nothing_stays_nothing(self, sent: object, stored: str) -> None:
        row, _ = row_of({"id": 1, "email": sent}, hashed=["email"])
        assert (str(HASHER(stored)) if stored else stored) == row["email"]

    def test_spellings_are_not_made_alike(self) -> None:
        assert HASHER("Ana@example.com") != HASHER(SECRET) != HASHER(f"{SECRET} ")

    def test_an_alias_is_hashed_too(self) -> None:
        row, rows = row_of({"id": 1, "contact": {"mail": SECRET}}, hashed=["email"])
        assert str(HASHER(SECRET)) == row["email"]
        assert SECRET not in repr(rows)

    def test_a_sensitive_column_may_be_hashed(self) -> None:
        assert str(HASHER(SECRET)) == row_of({"id": 1, "ssn": SECRET}, hashed=["ssn"])[0]["ssn"]

    @pytest.mark.parametrize("sent, why", [({"x": SECRET}, "an object"), ([SECRET], "a list"), ([[SECRET]], "a list")])
    def test_what_is_no_text_is_told_of_and_not_shown(self, sent: object, why: str) -> None:
        row, rows = row_of({"id": 1, "email": sent}, hashed=["email"])
        assert None is row["email"]
        assert [("email", f"{why} is not text")] == [(r.column, r.reason) for r in rows.rejects]
        assert SECRET not in repr(rows)

    def test_a_column_is_hashed_as_it_is_prepared(self) -> None:
        prepared = replace(
            PEOPLE, columns=(*PEOPLE.columns[:2], text("email", "x", prepare=lambda v: str(v).strip() or None))
        )
        for sent, stored in ((f" {SECRET} ", str(HASHER(SECRET))), (" ", None)):
            made = Extractor(prepared, hashed=["email"], hasher=HASHER)
            assert stored == made.rows(made.keyed([{"id": 1, "email": sent}])[0]).main[0][2]

    def test_without_a_key_a_column_is_left_empty(self) -> None:
        assert SECRET not in told({"id": 1, "email": SECRET}, hashed=["email"], hasher=None)

    def test_what_a_vendor_sends_is_never_taken_for_a_hash(self) -> None:
        claimed = HASHER.shown(HASHER(SECRET))  # type: ignore[arg-type]
        assert str(HASHER(claimed)) == row_of({"id": 1, "email": claimed}, hashed=["email"])[0]["email"]

    def test_the_key_is_not_shown(self) -> None:
        assert KEY not in repr(HASHER)


class TestNowhere:
    RECORDS: tuple[dict[str, Any], ...] = (
        {"email": SECRET},
        {"contact": {"mail": SECRET, "city": "x"}},
        {"contact": SECRET},
        {"contact": [{"mail": SECRET}, SECRET, [SECRET]]},
        {"ssn": SECRET, "Ssn": SECRET, "more": {"SSN": [SECRET]}},
        {"meta": {"bank": {"iban": SECRET}, "answers": {"a": 1}}},
        {"meta": SECRET},
        {"phones": [{"id": 1, "number": SECRET, "more": 1}, {"number": SECRET}, [{"number": SECRET}]]},
        {"phones": {"id": 1, "number": SECRET}},
        {"phones": {"0": {"id": 1, "number": SECRET}}},
        {"phones": [{"id": 1, "owner": SECRET}, {"id": 2, "owner": [SECRET]}]},
        {"tags": [SECRET, {"a": 1}, [SECRET]]},
        {"tags": SECRET},
        {"ways": [SECRET, "b"], "more_ways": [SECRET]},
        {"ways": SECRET, "more_ways": {"a": SECRET}},
        {"ways": [{"x": SECRET}]},
        {"home": {"city": "Rome", "street": SECRET}},
    )
    HIDDEN = ("email", "phones.number", "phones.owner", "tags.tag", "ways.way", "street")

    @pytest.mark.parametrize("record", RECORDS, ids=repr)
    @pytest.mark.parametrize("broken", [{"id": 1}, {"id": 1, "age": "old"}, {"id": "x"}, {}], ids=repr)
    @pytest.mark.parametrize("choice", ["exclude", "hashed"])
    def test_the_value_is_in_nothing_that_is_made_of_a_record(
        self, record: dict[str, Any], broken: dict[str, Any], choice: str
    ) -> None:
        assert SECRET in told(record, include=["ssn", "bank"])
        assert SECRET not in told({**broken, **record}, **{choice: self.HIDDEN})

    def test_a_json_column_repeats_no_value_of_a_childs_column(self) -> None:
        record = {"id": 1, "phones": [{"id": 1, "number": SECRET}], "tags": [SECRET], "ways": [SECRET]}
        row, _ = row_of(record, hashed=["phones.number", "tags.tag", "ways.way"])
        found = HASHER(SECRET)
        assert [{"id": 1, "number": found}] == json.loads(row["phones"])
        assert [found] == json.loads(row["tags"])
        assert None is row["ways"]  # of what its rows are made only their function knows
        row, rows = row_of(record, exclude=["phones.number", "tags.tag"])
        assert ([{"id": 1}], None) == (json.loads(row["phones"]), row["tags"])
        assert [(1, 0, None)] == rows.children["people_tags"]
        assert SECRET in row["ways"]

    def test_rows_of_a_child_stay_if_only_the_json_column_is_left_out(self) -> None:
        row, rows = row_of({"id": 1, "phones": [{"id": 1, "number": "5"}]}, exclude=["phones"])
        assert None is row["phones"]
        assert [(1, 1, "5", None)] == rows.children["people_phones"]

    def test_what_stands_beside_it_is_stored(self) -> None:
        record = {"id": 1, "meta": {"bank": {}, "answers": {"a": 1}, "y": 2}}
        row, _ = row_of(record)
        assert '{"a":1}' == row["answers"]
        assert {"meta.y": 2} == json.loads(row["_syncd_extra"])

    def test_a_name_that_a_stored_column_has_too_is_kept_elsewhere(self) -> None:
        """Of owner.name only that one is meant: the people's own names are stored, and so are others."""
        record = {"id": 1, "age": "old", "name": "Ana", "else": {"name": "Bo"}}
        row, rows = row_of(record, exclude=["phones.owner"])
        assert {"else": {"name": "Bo"}, "age": "old"} == json.loads(row["_syncd_extra"])
        assert record == json.loads(rows.rejects[0].record)

    def test_a_lookup_does_not_tell_it(self) -> None:
        _, rows = row_of({"id": 1, "home": {"city": "Rome", "street": SECRET}}, hashed=["street"], exclude=["city"])
        assert [] == rows.lookups["places"]
        _, rows = row_of({"id": 1, "home": {"city": "Rome", "street": SECRET}}, hashed=["street"])
        assert [("Rome", str(HASHER(SECRET)))] == rows.lookups["places"]

    def test_the_hash_of_a_record_does_not_depend_on_what_is_left_out(self) -> None:
        """With 64 bits of hash and all other members known, a short number could be found by trying."""
        some = [row_of({"id": 1, "ssn": n, "password": n}, never_stored=["password"])[0] for n in ("1", "2", None)]
        assert 1 == len({row["_syncd_hash"] for row in some[:2]})
        one, other = (row_of({"id": 1, "email": mail}, hashed=["email"])[0]["_syncd_hash"] for mail in ("a", "b"))
        assert one != other


class TestRejects:
    def test_a_rejected_record_has_the_hash_and_is_read_again_with_it(self) -> None:
        made = extractor(hashed=["email", "phones.number"])
        _, (reject,) = made.keyed([{"email": SECRET, "ssn": SECRET, "phones": [{"id": 1, "number": SECRET}], "x": 1}])
        assert SECRET not in reject.record
        record = json.loads(reject.record)
        assert HASHER.shown(HASHER(SECRET)) == record["email"]  # type: ignore[arg-type]
        keyed, rejects = made.retried({**record, "id": 7})
        assert [] == rejects
        rows = made.rows(keyed)
        assert str(HASHER(SECRET)) == dict(zip(STORED, rows.main[0], strict=False))["email"]
        assert str(HASHER(SECRET)) == rows.children["people_phones"][0][2]

    def test_what_was_hashed_with_another_key_is_not_taken_for_a_hash_with_this_one(self) -> None:
        made, other = extractor(hashed=["email"]), extractor(hashed=["email"], hasher=Hasher("another key for tests"))
        _, (reject,) = made.keyed([{"email": SECRET}])
        keyed, _ = other.retried({**json.loads(reject.record), "id": 7})
        assert None is dict(zip(STORED, other.rows(keyed).main[0], strict=False))["email"]

    def test_what_was_set_aside_before_anything_was_hashed_is_hashed_now(self) -> None:
        made = extractor(hashed=["email"])
        keyed, _ = made.retried({"id": 7, "email": SECRET})
        assert str(HASHER(SECRET)) == dict(zip(STORED, made.rows(keyed).main[0], strict=False))["email"]


class TestVersions:
    def test_a_choice_and_a_key_have_a_version_of_their_own(self) -> None:
        choices: list[dict[str, Any]] = [
            {},
            {"hashed": ["email"]},
            {"hashed": ["email", "name"]},
            {"hashed": ["ssn"]},
            {"hashed": ["phones.number"]},
            {"exclude": ["email"]},
            {"include": ["ssn"]},
            {"hashed": ["email"], "hasher": Hasher("another key for tests")},
            {"hashed": ["email"], "hasher": None},
        ]
        assert len(choices) == len({extractor(**choice).version for choice in choices})

    def test_a_key_that_hashes_nothing_changes_nothing(self) -> None:
        assert extractor().version == extractor(hasher=None).version == Extractor(PEOPLE, [PLACES]).version


class TestNames:
    @pytest.mark.parametrize("name", ["Password", "PASS_WORD", "pass-word", "pass word", "pass\0word"])
    def test_spellings_of_a_name_are_one(self, name: str) -> None:
        assert "password" == spelled(name)
        deep: dict[str, Any] = {"id": 1, "meta": {"answers": {"a": [{name: SECRET, "b": 1}]}}, "x": [{name: SECRET}]}
        row, rows = row_of(deep, never_stored=["password"])
        assert '{"a":[{"b":1}]}' == row["answers"]
        assert SECRET not in repr(rows)

    def test_names_that_only_hold_it_are_others(self) -> None:
        record = {"id": 1, "x": {"password_hint": 1, "no_password": 2, "p": "password"}}
        assert record["x"] == json.loads(row_of(record, never_stored=["password"])[0]["_syncd_extra"])["x"]

    def test_a_record_that_is_none_has_nothing_of_it_either(self) -> None:
        made = extractor(never_stored=["password"])
        for sent in ([{"password": SECRET}], [[{"a": {"password": SECRET}}]], {"a": {"ssn": SECRET}}):
            assert SECRET not in repr(made.keyed([sent]))

    def test_as_deep_as_a_vendor_may_nest(self) -> None:
        deep: Any = {"password": SECRET}
        for _ in range(3000):
            deep = [{"a": deep}]
        assert SECRET not in repr_deep(without(deep, {"password"}))


def repr_deep(value: Any) -> str:
    found = []
    while isinstance(value, list | dict):
        found.append(sorted(value) if isinstance(value, dict) else len(value))
        value = next(iter(value.values() if isinstance(value, dict) else value), None)
    return repr((found, value))


@pytest.mark.parametrize(
    "path, record, left",
    [
        ("a", {"a": 1, "b": 2}, {"b": 2}),
        ("a", {"a": None}, {}),
        ("a.b", {"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}),
        ("a.b", {"a": [{"b": 1, "c": 2}, 3, None, [4]]}, {"a": [{"c": 2}, "***", None, "***"]}),
        ("a.b", {"a": 5}, {"a": "***"}),
        ("a.b", {"a": None, "b": 1}, {"a": None, "b": 1}),
        ("a[].b", {"a": [{"b": 1, "c": 2}, 3, [{"b": 1}, 4]]}, {"a": [{"c": 2}, 3, [{}, 4]]}),
        ("a[].b", {"a": {"b": 1}}, {"a": {}}),
        ("a[].b", {"a": {"0": {"b": 1, "c": 2}, "1": 3}}, {"a": {"0": {"c": 2}, "1": 3}}),
        ("a{}.b", {"a": {"x": {"b": 1}, "y": 2}}, {"a": {"x": {}, "y": 2}}),
        ("a{}.b", {"a": [{"b": 1}]}, {"a": [{}]}),
        ("a.b", [{"a": {"b": 1}}, 2], [{"a": {}}, 2]),
        ("a.b", "text", "text"),
    ],
)
def test_a_place_is_emptied_whatever_stands_there(path: str, record: Any, left: Any) -> None:
    before = repr(record)
    assert left == Veil([Place(tuple(path.split(".")), gone)], ()).over(record)
    assert before == repr(record)


def test_a_record_without_anything_to_hide_is_the_very_same() -> None:
    record = {"b": 1, "c": {"d": 1}}
    assert record is Veil([Place(("a",), gone), Place(("x", "y"), hashing(to_text, HASHER))], ()).over(record)


def test_scalars_that_another_column_stores_stay() -> None:
    record = {"a": 5, "b": 1}
    assert record == Veil([Place(("a", "b"), gone, scalars=True)], ()).over(record)
