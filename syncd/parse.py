"""Record to rows: pure, one compiled extractor per collection.

A page goes through in two steps, so that an unchanged record costs next to nothing: ``Extractor.keyed`` gives key and
hash of every record; whatever the store does not hold with that hash goes through ``Extractor.rows``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection as Names
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from syncd.collection import Child, Collection, Column, Lookup
from syncd.errors import RecordInvalid
from syncd.fields import Field, Problem, Record
from syncd.values import canonical, clean, json_text, lacking

Key = tuple[Any, ...]
_REVISION = "1"  # of this module: raise it when the same record parses to other rows than before


@dataclass(frozen=True, slots=True)
class Reject:
    """A record (``column`` None) or a value of it that could not be stored as typed. ``key``, ``record``: JSON."""

    key: str | None
    column: str | None
    record: str
    reason: str


class Keyed(NamedTuple):
    """A record with its key and the hash of everything in it that is compared (signed 64 bits)."""

    key: Key
    hash: int
    record: Record


@dataclass(slots=True)
class Rows:
    """Rows of one page, deduplicated (last wins) and sorted by key.

    ``main`` rows hold the values of ``collection.stored`` in order, then ``_syncd_extra`` (JSON text or None) and
    ``_syncd_hash`` (signed 64 bits). ``children`` maps a child's table to rows in its columns' order, for exactly the
    parents in ``main``; ``lookups`` maps a lookup's table to rows in its columns' order. Values are plain Python: int,
    str, float, Decimal, bool, date, time, datetime (aware UTC for instants, naive for local times), JSON text for json.
    ``stamped``: the instants of ``main`` are text already, as the extractor was told.
    """

    keys: list[Key] = field(default_factory=list)
    main: list[tuple[Any, ...]] = field(default_factory=list)
    children: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    lookups: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    stamped: bool = False


def _told(column: Column) -> str:
    """What of a declaration decides the value that is stored; the same in every process."""
    prepared = column.prepare.__qualname__ if column.prepare else ""
    return f"{column.name} {column.kind} {column.paths} {prepared} {column.volatile}"


class Extractor:
    """Everything that turns records of one collection into rows, compiled once.

    *include* and *exclude* name columns as the configuration does; *never_stored* are member names whose values are
    stored nowhere at any depth. ``version`` changes when the same record would give other rows. With *stamped* the
    instants of main rows are text with that zone behind it, as a database takes them: most come spelled so already.
    """

    def __init__(
        self,
        collection: Collection,
        lookups: Iterable[Lookup] = (),
        *,
        include: Names[str] = (),
        exclude: Names[str] = (),
        never_stored: Names[str] = (),
        stamped: str | None = None,
    ) -> None:
        self.collection = collection
        withheld = {c.name for c in collection.columns if c.sensitive and c.name not in include} | set(exclude)
        self._never = frozenset(never_stored)
        self._fields = [Field(c, stored=c.name not in withheld, never=self._never) for c in collection.stored]
        self._key = [Field(collection.column(name), stored=True) for name in collection.key]
        self._stamped = stamped is not None
        if stamped is not None:
            for each in self._fields:
                each.stamp(stamped)
        self._hidden = {p for c in collection.columns if c.volatile or c.name in withheld for p in c.paths}
        self._volatile = {p for c in collection.columns if c.volatile for p in c.paths}
        self._volatile_inside = [[f"{c.source}[]", name] for c in collection.children for name in c.volatile]
        self._children = [
            _ChildField(child, self._withheld_of(child, include, exclude), self._never) for child in collection.children
        ]
        self._hidden |= {f"{child.child.source}[].{path}" for child in self._children for path in child.hidden}
        self._hidden_paths = [path.split(".") for path in sorted(self._hidden)]
        self._lookups = [
            _LookupField(lookup, path)
            for lookup in lookups
            for name, _, path in (source.partition(".") for source in lookup.sources)
            if name == collection.name
        ]
        self._taken = (
            {path.split(".", 1)[0] for f in self._fields for path in f.column.paths}
            | {child.source for child in collection.children}
            | {lookup.first for lookup in self._lookups}
            | set(collection.drops)
            | {path for path in self._hidden if "." not in path}
        )
        columns = (*collection.columns, *(c for child in collection.children for c in child.columns))
        settings = (collection.drops, *map(sorted, (withheld, include, self._never)))
        told = repr((_REVISION, [_told(c) for c in columns], *settings))
        self.version = hashlib.blake2b(told.encode(), digest_size=6).hexdigest()
        self._salted = hashlib.blake2b(digest_size=8, key=self.version.encode())

    @staticmethod
    def _withheld_of(child: Child, include: Names[str], exclude: Names[str]) -> set[str]:
        hidden = {c.name for c in child.columns if c.sensitive and f"{child.name}.{c.name}" not in include}
        return hidden | {c.name for c in child.columns if f"{child.name}.{c.name}" in exclude}

    # -- step one: keys and hashes ---------------------------------------------------------------------------------

    def keyed(self, records: Iterable[Any]) -> tuple[list[Keyed], list[Reject]]:
        """Every record with a readable key, deduplicated (last wins) and sorted by key; the others as rejects."""
        records = list(records)
        found: dict[Key, Keyed] = {}
        rejects: list[Reject] = []
        if (keys := self._plain_keys(records)) is not None:
            hash_of = self._hash_of
            found = {key: Keyed(key, hash_of(record), record) for key, record in zip(keys, records, strict=True)}
            records = []
        for record in records:
            try:
                if not isinstance(record, dict):
                    msg = "not an object"
                    raise RecordInvalid(msg)  # noqa: TRY301 (one place turns an invalid record into a reject)
                key = self._key_of(record)
            except RecordInvalid as error:
                rejects.append(Reject(None, None, json_text(self._shown(record)), f"no readable key: {error}"))
                continue
            found[key] = Keyed(key, self._hash_of(record), record)
        return [found[key] for key in sorted(found)], rejects

    def _plain_keys(self, records: list[Any]) -> list[Key] | None:
        """The keys of all *records* if every one is an object with a key that is right as it came."""
        if not {dict}.issuperset(map(type, records)):
            return None
        columns = []
        for part in self._key:
            if part.plain is None or part.parse_plain is None:
                return None
            parsed = part.parse_plain([record.get(part.plain) for record in records])
            if parsed is None or None in parsed or "" in parsed:
                return None
            columns.append(parsed)
        return list(zip(*columns, strict=True))

    def _key_of(self, record: Record) -> Key:
        key = []
        for part in self._key:
            _, value = part.find(record)
            parsed = None if value is None else part.parse(value)
            if parsed is None or parsed == "":
                msg = f"{part.column.name} is missing"
                raise RecordInvalid(msg)
            key.append(parsed)
        return tuple(key)

    def _hash_of(self, record: Record) -> int:
        if self._volatile and not self._volatile.isdisjoint(record):
            record = {name: value for name, value in record.items() if name not in self._volatile}
        for path in self._volatile_inside:
            record = lacking(record, path)
        hashed = self._salted.copy()
        hashed.update(canonical(record))
        return int.from_bytes(hashed.digest(), "big", signed=True)

    # -- step two: rows --------------------------------------------------------------------------------------------

    def rows(self, keyed: Iterable[Keyed]) -> Rows:
        """Typed rows of main table, children and lookups, with what could not be stored as typed set aside."""
        items = list(keyed)
        records = [item.record for item in items]
        extras: list[Record] = [{} for _ in items]
        problems: list[list[Problem]] = [[] for _ in items]
        columns = [part.of_all(records, extras, problems) for part in self._fields]
        children: dict[str, list[tuple[Any, ...]]] = {child.child.table: [] for child in self._children}
        for child in self._children:
            out = children[child.child.table]
            for item, extra, problem in zip(items, extras, problems, strict=True):
                child.rows(item.record, item.key, out, extra, problem)
        taken = self._taken
        if not taken.issuperset(chain.from_iterable(records)):
            for record, extra in zip(records, extras, strict=True):
                extra.update((name, value) for name, value in record.items() if name not in taken)
        columns.append([json_text(self._storable(extra)) if extra else None for extra in extras])
        columns.append([item.hash for item in items])
        rejects = [
            Reject(json_text(self.key_object(item.key)), column, json_text(self._shown(item.record)), reason)
            for item, found in zip(items, problems, strict=True)
            for column, reason in found
        ]
        return Rows(
            keys=[item.key for item in items],
            main=list(zip(*columns, strict=True)),
            children=children,
            lookups=self._gathered(records),
            rejects=rejects,
            stamped=self._stamped,
        )

    def _gathered(self, records: list[Record]) -> dict[str, list[tuple[Any, ...]]]:
        """What the lookups find in *records*, by table."""
        found: dict[str, list[tuple[Any, ...]]] = {}
        for lookup in self._lookups:
            for record in records:
                lookup.gather(record)
            found.setdefault(lookup.table, []).extend(lookup.take())
        return found

    def _storable(self, extra: Record) -> Record:
        """*extra* without the members that are stored nowhere."""
        stored: Record = clean(extra, self._never) if self._never else extra
        return stored

    def key_object(self, key: Key) -> dict[str, Any]:
        """The key as it is shown and stored in ``syncd_rejects``: an object of its columns."""
        return dict(
            zip(self.collection.key, (str(part) if not isinstance(part, int) else part for part in key), strict=True)
        )

    def _shown(self, record: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """*record* without what is stored nowhere."""
        for path in self._hidden_paths:
            record = lacking(record, path)
        return clean(record, self._never) if self._never else record


class _ChildField:
    """A child table made ready."""

    def __init__(self, child: Child, withheld: set[str], never: frozenset[str]) -> None:
        self.child = child
        withheld_paths = (p for c in child.columns if c.volatile or c.name in withheld for p in c.paths)
        self.hidden = sorted({*withheld_paths, *child.volatile})
        self._hidden_paths = [path.split(".") for path in self.hidden]
        parent = {name: place for place, name in enumerate(child.parent_key)}
        self._plan = [
            (Field(c, stored=c.name not in withheld, never=never), c.name in child.key, parent.get(c.name))
            for c in child.columns
        ]
        names = [c.name for c in child.columns]
        self._key_places = [names.index(name) for name in child.key]
        self._taken = {path.split(".", 1)[0] for c in child.columns for path in c.paths}
        self._taken |= {*child.drops, *child.volatile}

    def rows(
        self, record: Record, parent: Key, out: list[tuple[Any, ...]], extra: Record, problems: list[Problem]
    ) -> None:
        """Append the rows of one parent's elements; what does not fit goes to *extra* and *problems*."""
        source = self.child.source
        elements = record.get(source)
        if elements is None:
            return
        if not isinstance(elements, list):
            extra[source] = self._shown(elements)
            problems.append((source, "not an array"))
            return
        found: dict[Key, tuple[Any, ...]] = {}
        for place, element in enumerate(elements):
            try:
                if not isinstance(element, dict):
                    msg = "not an object"
                    raise RecordInvalid(msg)  # noqa: TRY301 (one place turns an invalid element into a reject)
                row = self._row(element, parent, extra, problems)
            except RecordInvalid as error:
                extra.setdefault(f"{source}[]", []).append(self._shown(element))
                problems.append((f"{source}[{place}]", str(error)))
                continue
            found[tuple(row[i] for i in self._key_places)] = row
            for name in [] if element.keys() <= self._taken else element.keys() - self._taken:
                extra.setdefault(f"{source}[].{name}", []).append(element[name])
        out.extend(found.values())

    def _shown(self, element: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """*element* without what is stored nowhere."""
        for path in self._hidden_paths:
            element = lacking(element, path)
        return element

    def _row(self, element: Record, parent: Key, extra: Record, problems: list[Problem]) -> tuple[Any, ...]:
        row: list[Any] = []
        for part, is_key, place in self._plan:
            if place is not None:
                row.append(parent[place])
                continue
            path, value = part.find(element)
            parsed = None
            if value is not None and part.stored:
                try:
                    parsed = part.parse(value)
                except RecordInvalid as error:
                    if is_key:
                        raise
                    extra.setdefault(f"{self.child.source}[].{path}", []).append(value)
                    problems.append((f"{self.child.name}.{part.column.name}", str(error)))
            if is_key and (parsed is None or parsed == ""):
                msg = f"{part.column.name} is missing"
                raise RecordInvalid(msg)
            row.append(parsed)
        return tuple(row)


class _LookupField:
    """A lookup table made ready to be gathered from one path; holds what one page has shown so far."""

    def __init__(self, lookup: Lookup, path: str) -> None:
        self.table = lookup.table
        self.first = path.partition(".")[0].removesuffix("[]")
        self._each = path if path != self.first else None
        self._fields = [Field(c, stored=True) for c in lookup.columns]
        self._key = len(lookup.key)
        self._ident = lookup.columns[0].source or ""
        self._seen: dict[Any, Record] = {}

    def gather(self, record: Record) -> None:
        """Remember the objects of one record; the later one of two with the same key wins."""
        if self.first not in record:
            return
        if self._each is None:
            found = record[self.first]
            if isinstance(found, dict):
                self._remember(found)
            return
        for found in _each(record, self._each):
            self._remember(found)

    def _remember(self, found: Record) -> None:
        ident = found.get(self._ident)
        if isinstance(ident, int | str):
            self._seen[ident] = found

    def take(self) -> list[tuple[Any, ...]]:
        """The rows gathered since the last call. An object without a readable key feeds nothing."""
        rows: dict[Key, tuple[Any, ...]] = {}
        for found in self._seen.values():
            try:
                row = tuple(
                    None if value is None else part.parse(value)
                    for part, (_, value) in ((part, part.find(found)) for part in self._fields)
                )
            except RecordInvalid:
                continue  # the object only repeats what another row says; there is nothing to set aside
            if None not in row[: self._key]:
                rows[row[: self._key]] = row  # "8" and 8 are one key
        self._seen.clear()
        return list(rows.values())


def _each(value: Any, path: str) -> Iterable[Record]:  # noqa: ANN401 (any JSON value)
    """Every object under *path*: ``A``, ``A[]``, ``A[].B``."""
    first, _, rest = path.partition(".")
    if not isinstance(value, dict):
        return
    inner = value.get(first.removesuffix("[]"))
    items = inner if first.endswith("[]") and isinstance(inner, list) else [inner]
    for item in items:
        if rest:
            yield from _each(item, rest)
        elif isinstance(item, dict):
            yield item


def changed(keyed: Iterable[Keyed], known: Mapping[Key, Any]) -> list[Keyed]:
    """The records the store does not hold as they are: new ones, those with another hash, those it holds as deleted.

    *known* maps keys to values with ``hash`` and ``deleted``.
    """
    return [item for item in keyed if (held := known.get(item.key)) is None or held.deleted or held.hash != item.hash]
