"""What is declared is what the catalogue promises: every table, every column, nothing more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from syncd.collection import (
    Child,
    Collection,
    Column,
    Kind,
    Listing,
    Lookup,
    Parents,
    Snapshot,
    UpdatedSince,
    Windows,
)
from syncd.errors import UsageError
from syncd.parse import Extractor
from syncd.vendors import VENDORS, vendor_named
from syncd.vendors.base import Vendor

CATALOG: dict[str, Any] = {
    vendor["vendor"]: vendor
    for vendor in json.loads((Path(__file__).parents[1] / "catalog.json").read_text(encoding="utf-8"))["vendors"]
}
COLLECTIONS = [
    pytest.param(vendor, collection, id=f"{vendor.name}.{collection.name}")
    for vendor in VENDORS.values()
    for collection in vendor.collections
]

# What a vendor's documentation shows embedded in records of a collection, and what may therefore be dropped.
EMBEDDED: dict[str, dict[str, str]] = {
    "trackops": {
        "fields": "FieldType",
        "staff": "Role CompanyLocation",
        "clients": "Salesperson CaseManager",
        "client_locations": "Parent",
        "client_contacts": "Client Role",
        "cases": "CaseType CaseStatus CaseRegion CompanyLocation Client PrimaryContact PrimarySubject"
        " PrimaryInvestigator PrimaryManager PrimarySalesperson",
        "case_requests": "CaseType CaseRegion CompanyLocation Client PrimaryContact PrimarySubject",
        "subjects": "SubjectType",
        "case_updates": "AccessGroup CreatedBy",
        "case_update_notifications": "SentBy SentTo",
        "case_status_history": "CaseStatus ChangedBy",
        "events": "Calendar",
        "tasks": "Calendar",
        "files": "AccessGroup",
        "invoices": "Client Contact TrackingCategory Casefile InvoiceDetails[].FinanceItem",
        "invoice_payments": "Invoice",
        "expense_entries": "User TrackingCategory Casefile ExpenseDetails[].FinanceItem",
        "expense_slips": "User",
    },
    "trackunit": {},
}

# Parameters that take an instant, and the one that takes the user's business date although it is called the same.
SYSTEM_CLOCK = {"cases", "case_requests", "invoices"}


def promised(vendor: Vendor, collection: Collection) -> dict[str, Any]:
    """The catalogue's entry of a collection."""
    entries: list[dict[str, Any]] = CATALOG[vendor.name]["collections"]
    return next(entry for entry in entries if entry["name"] == collection.name)


def embedded(vendor: Vendor, collection: Collection) -> list[str]:
    return EMBEDDED.get(vendor.name, {}).get(collection.name, "").split()


def bare(path: str) -> str:
    """A call's path without the slashes around it, which the two sides write differently."""
    return path.strip("/")


def parents_of(collection: Collection) -> list[Parents]:
    strategy, found = collection.strategy, []
    if isinstance(strategy, Listing | Windows):
        found.append(strategy.parents)
    if isinstance(strategy, Listing):
        found += [parents for _, parents in strategy.also]
    if isinstance(strategy, Windows):
        found.append(strategy.reopens)
    return [parents for parents in found if parents is not None]


def column_facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A catalogue column as facts that a declaration shares; bigint is an integer, for both have 64 bits."""
    return {
        "kind": "integer" if entry["type"] == "bigint" else entry["type"],
        "source": entry["source"],
        "origin": entry.get("origin"),
        "required": not entry["nullable"],
        "aliases": tuple(entry.get("aliases", ())),
        "references": entry.get("references"),
        "values": tuple(entry.get("values", ())),
        "sensitive": entry.get("sensitive", False),
        "volatile": entry.get("volatile", False),
    }


def declared_facts(column: Column) -> dict[str, Any]:
    """A declared column as the catalogue's facts: what a derived value is made from stands in the catalogue's words."""
    return {
        "kind": str(column.kind),
        "source": None if column.origin else column.source,
        "origin": str(column.origin) if column.origin else None,
        "required": column.required,
        "aliases": column.aliases,
        "references": column.references,
        "values": column.values,
        "sensitive": column.sensitive,
        "volatile": column.volatile,
    }


def assert_columns(entries: Iterable[Mapping[str, Any]], columns: Iterable[Column]) -> None:
    assert [(e["name"], column_facts(e)) for e in entries] == [(c.name, declared_facts(c)) for c in columns]


def assert_source(told: str, child: Child) -> None:
    """A plain path is the child's; where the catalogue uses words, they hold every path that is used."""
    if re.fullmatch(r"[\w.]+", told):
        assert told == child.source
    else:
        paths = {path.removesuffix("[]").removesuffix("{}") for path in (child.source, *child.sources)}
        assert [] == [path for path in paths if not path.startswith("@") and path not in told]


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=lambda vendor: vendor.name)
class TestVendor:
    def test_every_collection_of_the_catalogue_is_declared_and_no_other(self, vendor: Vendor) -> None:
        assert {c["name"] for c in CATALOG[vendor.name]["collections"]} == {c.name for c in vendor.collections}

    def test_lookups_are_the_catalogues(self, vendor: Vendor) -> None:
        entries = CATALOG[vendor.name]["lookups"]
        assert [e["name"] for e in entries] == [lookup.name for lookup in vendor.lookups]
        for entry, lookup in zip(entries, vendor.lookups, strict=True):
            assert entry["table"] == lookup.table
            assert tuple(entry["from"]) == lookup.sources
            assert tuple(entry["key"]) == lookup.key
            assert_columns(entry["columns"], lookup.columns)

    def test_members_that_are_stored_nowhere_are_the_catalogues(self, vendor: Vendor) -> None:
        assert set(CATALOG[vendor.name].get("never_stored", ())) == vendor.never_stored

    def test_no_two_tables_share_a_name(self, vendor: Vendor) -> None:
        children = [child.table for c in vendor.collections for child in c.children]
        tables = [c.table for c in vendor.collections] + children + [lookup.table for lookup in vendor.lookups]
        assert len(set(tables)) == len(tables)

    def test_every_reference_points_to_a_column_that_exists(self, vendor: Vendor) -> None:
        parts: list[Collection | Child | Lookup] = [*vendor.collections, *vendor.lookups]
        parts += [child for c in vendor.collections for child in c.children]
        columns = {f"{part.table}.{c.name}" for part in parts for c in part.columns}
        references = {c.references for part in parts for c in part.columns if c.references}
        assert references <= columns

    def test_lookups_are_gathered_from_collections_that_exist(self, vendor: Vendor) -> None:
        names = {c.name for c in vendor.collections}
        assert {source.partition(".")[0] for lookup in vendor.lookups for source in lookup.sources} <= names

    def test_only_declared_lists_and_records_may_be_read(self, vendor: Vendor) -> None:
        """Every list and single record is among the reads, by the catalogue's method and no other."""
        reads = {(method, bare(path)) for method, path in vendor.reads}
        entries = CATALOG[vendor.name]["collections"]
        assert {entry["method"] for entry in entries} == {method for method, _ in reads}
        assert {(entry["method"], bare(entry["path"])) for entry in entries} <= reads
        paths = {path for _, path in vendor.reads}
        assert {c.path for c in vendor.collections} | {c.one for c in vendor.collections if c.one} <= paths
        assert vendor.probe.path in paths
        lists_of_one = {c.reconciles.path for c in vendor.collections if c.reconciles}
        assert lists_of_one <= paths

    def test_every_call_is_of_a_class_that_has_limits(self, vendor: Vendor) -> None:
        assert {vendor.class_of(path) for _, path in vendor.reads} == set(vendor.limits_by_class)

    def test_no_collection_needs_one_that_is_off_by_default_unless_it_is_off_itself(self, vendor: Vendor) -> None:
        on = {c.name for c in vendor.collections if c.enabled_by_default}
        assert [] == [c.name for c in vendor.collections if c.enabled_by_default and not set(c.needs) <= on]

    def test_what_a_collection_needs_is_read_before_it(self, vendor: Vendor) -> None:
        order = [c.name for c in vendor.collections]
        for collection in vendor.collections:
            assert set(collection.needs) <= set(order[: order.index(collection.name)])

    def test_every_column_and_table_tells_what_it_means(self, vendor: Vendor) -> None:
        parts: list[Collection | Child | Lookup] = [*vendor.collections, *vendor.lookups]
        parts += [child for c in vendor.collections for child in c.children]
        assert [] == [f"{part.table}.{c.name}" for part in parts for c in part.columns if not c.doc.strip()]


@pytest.mark.parametrize("vendor, collection", COLLECTIONS)
class TestCollection:
    def test_table_is_the_catalogues(self, vendor: Vendor, collection: Collection) -> None:
        entry = promised(vendor, collection)
        assert entry["table"] == collection.table
        assert bare(entry["path"]) == bare(collection.path)
        assert tuple(entry["key"]) == collection.key
        assert entry["absence"] == collection.absence
        assert entry["enabled_by_default"] == collection.enabled_by_default

    def test_columns_are_the_catalogues(self, vendor: Vendor, collection: Collection) -> None:
        assert_columns(promised(vendor, collection)["columns"], collection.columns)

    def test_children_are_the_catalogues(self, vendor: Vendor, collection: Collection) -> None:
        entries = promised(vendor, collection)["children"]
        assert [e["name"] for e in entries] == [child.name for child in collection.children]
        for entry, child in zip(entries, collection.children, strict=True):
            assert entry["table"] == child.table
            assert_source(entry["source"], child)
            assert tuple(entry["key"]) == child.key
            assert tuple(entry["parent_key"]) == child.parent_key
            assert len(child.parent_key) == len(collection.key)
            assert_columns(entry["columns"], child.columns)

    def test_walk_is_the_catalogues(self, vendor: Vendor, collection: Collection) -> None:
        entry, strategy = promised(vendor, collection), collection.strategy
        if isinstance(strategy, Listing | Windows):
            told = r"time.windows|day windows|windows of|append-only|replace_windows|windowed_"
            assert (re.search(told, entry["strategy"]) is not None) == isinstance(strategy, Windows)
            return
        if entry["cursor"] is None:
            assert isinstance(strategy, Snapshot)
            return
        assert isinstance(strategy, UpdatedSince)
        made = collection.column(strategy.made)
        assert Kind.INSTANT is made.kind
        assert made.required
        if entry["cursor"] == "updated_at":
            assert "updated_from" == strategy.since
            assert "created_at" == made.name
            system = "_system" if collection.name in SYSTEM_CLOCK else ""
            assert f"created_from{system}" == strategy.made_from
            assert f"created_to{system}" == strategy.made_to
        else:
            assert entry["cursor"] == made.name
            assert strategy.since == strategy.made_from

    def test_windows_lie_on_columns_of_time(self, vendor: Vendor, collection: Collection) -> None:
        strategy = collection.strategy
        if not isinstance(strategy, Windows):
            return
        start = collection.column(strategy.start)
        assert (Kind.DATE if strategy.daily and not strategy.utc else Kind.INSTANT) is start.kind
        assert start.required
        if strategy.end:
            assert start.kind is collection.column(strategy.end).kind
        if strategy.unfinished:
            assert Kind.BOOLEAN is collection.column(strategy.unfinished).kind
        assert strategy.least <= (strategy.first or strategy.most) <= strategy.most

    def test_parents_are_linked_by_columns_of_both(self, vendor: Vendor, collection: Collection) -> None:
        for parents in parents_of(collection):
            parent = vendor.collection(parents.collection)
            for ours, theirs in parents.link:
                assert collection.column(ours).kind is parent.column(theirs).kind
            assert set(parents.columns) <= {column.name for column in parent.columns}
            if parents.mark:
                vendor.collection(parents.mark_in or parents.collection).column(parents.mark)
            if parents.having:
                assert {ours for ours, _ in parents.link} <= {c.name for c in vendor.collection(parents.having).columns}
            if parents.option:
                assert parents.option in dict(collection.options)

    def test_keys_and_links_name_columns(self, vendor: Vendor, collection: Collection) -> None:
        for name in collection.key:
            assert collection.column(name).required
        for child in collection.children:
            assert {*child.key, *child.parent_key} <= {c.name for c in child.columns}
        names = {c.name for c in vendor.collections}
        assert set(collection.after) <= names
        if collection.follows:
            assert collection.follows.collection in names
            assert collection.follows.collection in collection.after
        if collection.reconciles:
            rule = collection.reconciles
            assert rule.parent_state == vendor.collection(rule.parent).column(rule.parent_state).name
            assert rule.link == collection.column(rule.link).name
            assert rule.state == collection.column(rule.state).name
            assert rule.parent in collection.after
            assert f"{{{rule.link}}}" in rule.path

    def test_every_documented_embedded_object_is_taken_in_or_dropped_on_purpose(
        self, vendor: Vendor, collection: Collection
    ) -> None:
        """Repeats of other rows do not end up in ``_syncd_extra``, neither of records nor of child elements."""
        if not embedded(vendor, collection):
            return
        record: dict[str, Any] = {c.source: None for c in collection.columns if c.source and "." not in c.source}
        record.update(dict.fromkeys(collection.key, 7))
        for path in embedded(vendor, collection):
            outer, _, inner = path.partition("[].")
            whole = {"id": 3, "name": "n", "parent_id": 4, "case_number": "c", "tag": "T"}
            if inner:
                record.setdefault(outer, [{"id": 1}])[0][inner] = whole
            else:
                record[outer] = whole
        for child in collection.children:
            if child.source != "custom_fields":
                record.setdefault(child.source, [{"id": 1, "name": "shown"}])
        extractor = Extractor(collection, vendor.lookups)
        keyed, rejects = extractor.keyed([record])
        assert [] == rejects
        assert None is extractor.rows(keyed).main[0][-2]

    def test_nothing_is_dropped_that_the_documentation_does_not_show(
        self, vendor: Vendor, collection: Collection
    ) -> None:
        if vendor.name in EMBEDDED:
            assert set(collection.drops) <= set(embedded(vendor, collection))


def test_a_vendor_is_found_by_its_name() -> None:
    assert VENDORS["trackops"] is vendor_named("trackops")
    with pytest.raises(UsageError, match="known are trackops"):
        vendor_named("nobody")


def test_a_name_nobody_declared_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        VENDORS["trackops"].collection("nothing")
    with pytest.raises(KeyError):
        VENDORS["trackops"].collection("cases").column("nothing")
