"""Tables from declarations: the one place that knows how a collection becomes columns, keys and indexes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from syncd.collection import Child, Collection, Column, Lookup, Windows
from syncd.store.types import JsonText, UTCDateTime, column_type, partial_index
from syncd.vendors.base import Vendor

_LONGEST_NAME = 63  # PostgreSQL cuts longer identifiers without a word

EXTRA, HASH, SYNCED_AT, DELETED_AT = "_syncd_extra", "_syncd_hash", "_syncd_synced_at", "_syncd_deleted_at"


@dataclass(frozen=True, slots=True)
class CollectionTables:
    """The tables of one collection: ``children`` in the order of the declaration."""

    vendor: str
    collection: Collection
    main: sa.Table
    children: tuple[tuple[Child, sa.Table], ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """Every table of some vendors; ``collections`` by main table, ``lookups`` by table."""

    metadata: sa.MetaData
    collections: dict[str, CollectionTables]
    lookups: dict[str, tuple[Lookup, sa.Table]]

    def of(self, collection: Collection) -> CollectionTables:
        """The tables of *collection*; KeyError if its vendor is not in use."""
        return self.collections[collection.table]


def schema(vendors: Iterable[Vendor]) -> Schema:
    """The tables of *vendors*, in one new MetaData."""
    made = Schema(sa.MetaData(), {}, {})
    for vendor in vendors:
        for collection in vendor.collections:
            children = tuple((child, _child(made.metadata, child)) for child in collection.children)
            main = _main(made.metadata, collection)
            made.collections[collection.table] = CollectionTables(vendor.name, collection, main, children)
        for lookup in vendor.lookups:
            made.lookups[lookup.table] = (lookup, _lookup(made.metadata, lookup))
    return made


def _main(metadata: sa.MetaData, collection: Collection) -> sa.Table:
    return sa.Table(
        collection.table,
        metadata,
        *_columns(collection.key, collection.stored),
        sa.Column(EXTRA, JsonText, comment="members of the record that feed no column (JSON)"),
        sa.Column(HASH, sa.BigInteger, comment="hash of the record as the vendor sent it"),
        sa.Column(SYNCED_AT, UTCDateTime, comment="when this row or its children last changed here (UTC)"),
        sa.Column(DELETED_AT, UTCDateTime, comment="when the vendor was found not to have it any more (UTC)"),
        *_indexes(collection.table, collection.key, collection.stored, searched=_searched(collection)),
        *_unfinished(collection),
        comment=collection.doc or f"{collection.name} as the vendor has them",
    )


def _child(metadata: sa.MetaData, child: Child) -> sa.Table:
    return sa.Table(
        child.table,
        metadata,
        *_columns(child.key, child.columns),
        *_indexes(child.table, child.key, child.columns, child.parent_key),
        comment=child.doc or f"{child.source.removeprefix('@')} of their parent",
        # Small rows that are mostly key: kept in the key's own tree they are written once instead of twice.
        sqlite_with_rowid=False,
    )


def _lookup(metadata: sa.MetaData, lookup: Lookup) -> sa.Table:
    return sa.Table(
        lookup.table,
        metadata,
        *_columns(lookup.key, lookup.columns),
        sa.Column(SYNCED_AT, UTCDateTime, comment="when this row last changed here (UTC)"),
        *_indexes(lookup.table, lookup.key, lookup.columns),
        comment=f"gathered from objects embedded in other records: {lookup.doc or lookup.name}",
        sqlite_with_rowid=False,
    )


def _columns(key: Sequence[str], columns: Iterable[Column]) -> list[sa.Column[object]]:
    made: list[sa.Column[object]] = [
        sa.Column("connection", sa.Text, nullable=False, comment="the connection it came over"),
    ]
    made += [sa.Column(c.name, column_type(c.kind), nullable=c.name not in key, comment=c.doc) for c in columns]
    return made


def _searched(collection: Collection) -> tuple[str, ...]:
    """The columns by which rows of a window are found: those of the parents (as the key has them), then the time."""
    strategy, key = collection.strategy, collection.key
    if not isinstance(strategy, Windows):
        return ()
    link = [ours for ours, _ in strategy.parents.link] if strategy.parents else []
    return (*sorted(link, key=lambda name: key.index(name) if name in key else len(key)), strategy.start)


def _unfinished(collection: Collection) -> list[sa.Index]:
    """An index of the few rows that will still change."""
    strategy = collection.strategy
    if not isinstance(strategy, Windows) or not strategy.unfinished:
        return []
    flag: sa.ColumnClause[bool] = sa.column(strategy.unfinished, sa.Boolean)
    name, unfinished = _index_name(collection.table, [strategy.unfinished]), flag.is_(sa.false())
    columns = _searched(collection)
    return [partial_index(name, "connection", *columns, where=unfinished)]


def _indexes(
    table: str,
    key: Sequence[str],
    columns: Iterable[Column],
    parent_key: Sequence[str] = (),
    searched: Sequence[str] = (),
) -> list[sa.Index | sa.PrimaryKeyConstraint]:
    """The key and what is looked for beside it; what another one begins with needs none of its own."""
    wanted: list[tuple[str, ...]] = [tuple(names) for names in (parent_key, searched) if names]
    wanted += [(c.name,) for c in columns if c.references]
    made: list[sa.Index | sa.PrimaryKeyConstraint] = [sa.PrimaryKeyConstraint("connection", *key)]
    begun = [tuple(key)]
    for names in wanted:
        if not any(other[: len(names)] == names for other in begun):
            begun.append(names)
            made.append(sa.Index(_index_name(table, names), "connection", *names))
    return made


def _index_name(table: str, names: Sequence[str]) -> str:
    name = f"ix_{table}_{'_'.join(names)}"
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 9]}_{hashlib.blake2b(name.encode(), digest_size=4).hexdigest()}"
