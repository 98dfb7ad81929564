"""Whatever a record looks like: what is stored nowhere, left empty or hashed shows in nothing that is made of it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from syncd.collection import Collection, Column, Kind, Origin
from syncd.http.decode import decode
from syncd.parse import Extractor
from syncd.privacy import Hasher
from syncd.vendors import VENDORS
from tests.property.test_parse_properties import EXTRACTORS, LOOKUPS, VALUES, put, records

CANARY = "canary-personal-7f3e"
HASHER = Hasher("a key for tests only")
NEVER = ("password", "security_token")
SPELLINGS = [*NEVER, "Password", "PASSWORD", "securityToken", "security-token", "Security_Token", "pass\0word"]


def told(extractor: Extractor, sent: list[Any]) -> str:
    """Everything that comes of records: rows of all tables, hashes, rejects."""
    keyed, rejects = extractor.keyed(sent)
    again = [extractor.retried(json.loads(reject.record)) for reject in rejects]
    return repr((extractor.rows(keyed), rejects, [(extractor.rows(some), more) for some, more in again]))


def plant(data: st.DataObject, value: Any, name: str) -> None:
    """Put the canary under *name* into any of the objects inside *value*."""
    objects = [value] if isinstance(value, dict) else []
    unfinished = [value]
    while unfinished:
        inner = unfinished.pop()
        parts = inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ()
        objects += [part for part in parts if isinstance(part, dict)]
        unfinished += parts
    if objects:
        canary = data.draw(st.sampled_from([CANARY, [CANARY], {"a": [CANARY, {name: CANARY}]}]))
        data.draw(st.sampled_from(objects))[name] = canary


@given(data=st.data())
def test_x1_members_stored_nowhere_are_nowhere_at_any_depth(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(EXTRACTORS)))
    collection = EXTRACTORS[name].collection
    extractor = Extractor(collection, LOOKUPS[name], never_stored=NEVER, hasher=HASHER, hashed=hashable(collection))
    sent = data.draw(st.lists(records(extractor), max_size=3))
    for record in sent:
        for _ in range(data.draw(st.integers(1, 3))):
            plant(data, record, data.draw(st.sampled_from(SPELLINGS)))
    assert CANARY not in told(extractor, decoded(sent))


def decoded(sent: list[Any]) -> list[Any]:
    found = decode(json.dumps(sent).encode())
    assert isinstance(found, list)
    return found


def columns_of(collection: Collection) -> dict[str, Column]:
    """Every column that may be left empty, as the configuration names it; what a child is made of is the child's."""
    sources = {path.rstrip("[]{}") for child in collection.children for path in (child.source, *child.sources)}
    own = {
        c.name: c
        for c in collection.columns
        if c.name not in collection.key and not c.volatile and sources.isdisjoint(c.paths)
    }
    inner = {
        f"{child.name}.{c.name}": c
        for child in collection.children
        for c in child.columns
        if c.name not in (*child.key, *child.parent_key) and not c.volatile
    }
    return own | inner


def hashable(collection: Collection) -> list[str]:
    return [name for name, c in columns_of(collection).items() if c.kind is Kind.TEXT]


@st.composite
def planted(draw: st.DrawFn, collection: Collection, chosen: dict[str, Column], extractor: Extractor) -> Any:
    """A record with the canary wherever one of the *chosen* columns may be read from, whole or as a part."""
    record = draw(records(extractor))
    if not isinstance(record, dict):
        return record
    value = st.sampled_from([CANARY, [CANARY], {"x": CANARY}, [[CANARY]], [{"x": CANARY}]])
    for name, column in chosen.items():
        path = draw(st.sampled_from(column.paths))
        child = next((c for c in collection.children if name.startswith(f"{c.name}.")), None)
        if child is None:
            put(record, path, draw(value))
        elif not path.startswith("@"):
            element: Any = draw(value) if path == "." else {}
            if path != ".":
                put(element, path, draw(value))
                element.update(draw(st.dictionaries(st.just("id"), st.integers(1, 5))))
            shapes = [[element], {"k": element}, [draw(VALUES), element], element]
            if any(c.origin is Origin.MAP_KEY for c in child.columns):
                shapes = shapes[:3]  # in place of a map an element would be a map itself
            put(record, child.source, draw(st.sampled_from(shapes[:1] if path == "." else shapes)))
    return record


@given(data=st.data())
def test_x1_a_column_left_empty_or_hashed_shows_nowhere(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(n for n in EXTRACTORS if columns_of(EXTRACTORS[n].collection))))
    collection = EXTRACTORS[name].collection
    every = columns_of(collection)
    drawn = data.draw(st.lists(st.sampled_from(sorted(every)), min_size=1, max_size=3, unique=True))
    # Another column that is made of the same member is asked for by itself.
    paths = {(each.rpartition(".")[0], path) for each in drawn for path in every[each].paths}
    names = [n for n, c in every.items() if any((n.rpartition(".")[0], path) in paths for path in c.paths)]
    chosen = {each: every[each] for each in names}
    hashed = [each for each in names if chosen[each].kind is Kind.TEXT and data.draw(st.booleans())]
    extractor = Extractor(
        collection,
        LOOKUPS[name],
        exclude=[each for each in names if each not in hashed],
        hashed=hashed,
        hasher=HASHER,
    )
    sent = data.draw(st.lists(planted(collection, chosen, extractor), max_size=3))
    assert CANARY not in told(extractor, decoded(sent))


@given(data=st.data())
def test_without_a_choice_a_record_becomes_what_it_became(data: st.DataObject) -> None:
    """Members that are stored nowhere cost nothing to records without any."""
    name = data.draw(st.sampled_from(sorted(EXTRACTORS)))
    sent = decoded(data.draw(st.lists(records(EXTRACTORS[name]), max_size=3)))
    plain, veiled = (Extractor(EXTRACTORS[name].collection, LOOKUPS[name], never_stored=n) for n in ((), ("no such",)))
    assert [item.record for item in plain.keyed(sent)[0]] == [item.record for item in veiled.keyed(sent)[0]]


def test_every_vendor_is_looked_at() -> None:
    assert set(VENDORS) == {name.partition(".")[0] for name in EXTRACTORS}
