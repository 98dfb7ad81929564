"""Record to rows: pure, one compiled extractor per collection.

A page goes through in two steps, so that an unchanged record costs next to nothing: ``Extractor.keyed`` gives key and
hash of every record; whatever the store does not hold with that hash goes through ``Extractor.rows``.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Collection as Names
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, TypeVar

from syncd.children import ChildField
from syncd.collection import Collection, Column, Kind, Lookup
from syncd.errors import RecordInvalid
from syncd.fields import Aside, Field, Known, accounted, strays
from syncd.lookups import LookupField, Times
from syncd.pages import Page, Record
from syncd.privacy import Choices, Chosen, Hasher, Place, Veil, gone, hashing, spelled, without
from syncd.values import canonical, json_text, lacking

Key = tuple[Any, ...]
T = TypeVar("T")
_REVISION = "1"  # of this module: raise it when the same record parses to other rows than before
_AT_ONCE = 500
"""So many records are gone through at a time: each step finds in the processor's cache what the one before it read."""


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
    parents in ``main``; ``lookups`` maps a lookup's table to rows in its columns' order, one for each key. Values are
    plain Python: int, str, float, Decimal, bool, date, time, datetime (aware UTC for instants, naive for local times),
    JSON text for json. ``stamped``: the instants of ``main`` are text already, as SQLite keeps them.

    ``seen`` has the tables of lookups whose objects are dated (``Lookup.at``): for the key of each of their rows when
    each column after the key's was told, as ``YYYY-MM-DD HH:MM:SS.ffffff`` in UTC, None where the row has no value.
    """

    keys: list[Key] = field(default_factory=list)
    main: list[tuple[Any, ...]] = field(default_factory=list)
    children: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    lookups: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    seen: dict[str, dict[Key, Times]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    stamped: bool = False


def _told(column: Column) -> str:
    """What of a declaration decides the value that is stored; the same in every process."""
    paths = () if column.source is None else column.paths
    return f"{column.name} {column.kind} {paths} {_name_of(column.prepare)} {column.volatile}"


def _name_of(function: Callable[..., object] | None) -> str:
    if isinstance(function, partial):
        return f"{_name_of(function.func)} {function.args} {sorted(function.keywords.items())}"
    return function.__qualname__ if function is not None else ""


class Extractor:
    """Everything that turns records of one collection into rows, compiled once.

    *include*, *exclude* and *hashed* name columns as the configuration does, and *hasher* makes the hashes;
    *never_stored* are member names whose values are stored nowhere at any depth. ``wanted`` are the names of the main
    table's columns that are stored. ``version`` changes when the same record would give other rows. With *stamped* the
    instants of keys and main rows are text as SQLite keeps them, which most nearly are when they come.
    """

    def __init__(
        self,
        collection: Collection,
        lookups: Iterable[Lookup] = (),
        *,
        include: Names[str] = (),
        exclude: Names[str] = (),
        hashed: Names[str] = (),
        hasher: Hasher | None = None,
        never_stored: Names[str] = (),
        stamped: bool = False,
    ) -> None:
        self.collection = collection
        self._hasher = hasher
        choices = Choices(include, exclude, hashed, hasher)
        own = choices.of(collection.columns)
        self.wanted = frozenset(c.name for c in collection.stored if c.name not in own.withheld)
        self._children = [
            ChildField(child, collection, choices.of(child.columns, child.name), hasher)
            for child in collection.children
        ]
        places, self._whole = _places(collection, own, self._children, hasher)
        self._veil = Veil(places, never_stored)
        self._private = self._veil.never | _names(collection, choices)
        self._fields = [
            Field(
                c,
                stored=c.name not in own.withheld and not _repeats(c, self._whole),
                hasher=hasher if c.name in own.hashed else None,
            )
            for c in collection.stored
        ]
        self._key = [Field(collection.column(name), stored=True) for name in collection.key]
        self._stamped = stamped
        if stamped:
            for each in (*self._fields, *self._key):
                each.stamp()
        # A column whose value the key has already.
        self._of_key = {name: place for place, name in enumerate(collection.key) if name not in own.withheld}
        self._lookups = _lookups_of(collection, lookups)
        volatile = {path for c in collection.columns if c.volatile for path in c.paths}
        self._volatile = {path for path in volatile if "." not in path}
        inside = [*sorted(volatile - self._volatile), *(path for child in self._children for path in child.volatile)]
        self._volatile_inside = [path.split(".") for path in inside]
        self._unseen = sorted({*volatile, *inside, *self._whole})
        self._unshown = Veil([Place(tuple(path.split(".")), gone) for path in self._unseen], ())
        self._known = accounted(
            [c.paths[0] for c in collection.columns] + [path for child in self._children for path in child.paths],
            [path for c in collection.columns for path in c.paths[1:]],
            [*collection.drops, *(name for lookup in self._lookups for name in lookup.taken)],
        )
        self._objects = list(_objects(self._known))
        chosen = map(sorted, (own.withheld | set(exclude), include, set(never_stored)))
        self.version = self._version(settings=(collection.drops, *chosen, *choices.told))
        self._salted = hashlib.blake2b(digest_size=8, key=self.version.encode())

    def _version(self, settings: Iterable[object]) -> str:
        collection = self.collection
        columns = (*collection.columns, *(c for child in collection.children for c in child.columns))
        made = [(c.source, c.sources, _name_of(c.elements)) for c in collection.children if c.elements is not None]
        told = repr((_REVISION, [_told(c) for c in columns], *settings, *made))
        return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()

    # -- step one: keys and hashes ---------------------------------------------------------------------------------

    def keyed(self, records: Iterable[Any]) -> tuple[list[Keyed], list[Reject]]:
        """Every record with a readable key, deduplicated (last wins) and sorted by key; the others as rejects."""
        records = [self._veil.over(record) for record in records] if self._veil.is_needed else list(records)
        found: dict[Key, Keyed] = {}
        rejects: list[Reject] = []
        for some in _parts(records):
            readable, keys = some, self._plain_keys(some)
            if keys is None:
                readable, keys, unreadable = self._readable(some)
                rejects += unreadable
            found.update(zip(keys, self._keyed(keys, readable), strict=True))
        return [found[key] for key in sorted(found)], rejects

    def _plain_keys(self, records: list[Any]) -> list[Key] | None:
        """The keys of all *records* if every one is an object with a key that is right as it came."""
        if not {dict}.issuperset(map(type, records)):
            return None
        page = Page(records)
        columns = []
        for part in self._key:
            values = page.values(part.paths[0][0])
            parsed = None if values is None else part.parse_all(values)
            if parsed is None or None in parsed or ("" in parsed and not part.column.blank):
                return None
            columns.append(parsed)
        return list(zip(*columns, strict=True))

    def _readable(self, records: list[Any]) -> tuple[list[Record], list[Key], list[Reject]]:
        """The *records* whose keys can be read, these keys, and the other records as rejects."""
        readable, keys, rejects = [], [], []
        for record in records:
            try:
                if not isinstance(record, dict):
                    msg = "not an object"
                    raise RecordInvalid(msg)  # noqa: TRY301 (one place turns an invalid record into a reject)
                keys.append(self._key_of(record))
                readable.append(record)
            except RecordInvalid as error:
                rejects.append(Reject(None, None, json_text(self._shown(record)), f"no readable key: {error}"))
        return readable, keys, rejects

    def _key_of(self, record: Record) -> Key:
        key = []
        for part in self._key:
            _, value = part.find(record)
            parsed = None if value is None else part.parse(value)
            if parsed is None or (parsed == "" and not part.column.blank):
                msg = f"{part.column.name} is missing"
                raise RecordInvalid(msg)
            key.append(parsed)
        return tuple(key)

    def retried(self, record: Any) -> tuple[list[Keyed], list[Reject]]:  # noqa: ANN401 (any JSON value)
        """``keyed`` of a record that was set aside whole: what stands there as a hash is not hashed once more."""
        return self.keyed([record if self._hasher is None else self._veil.restored(record, self._hasher)])

    def _keyed(self, keys: list[Key], records: list[Record]) -> Iterator[Keyed]:
        """The *records* with their *keys* and hashes."""
        encoded = self._compared(records)
        if self._veil.is_mentioned(encoded):
            records = [self._veil.bare(record) for record in records]
            encoded = self._compared(records)
        digests = []
        for told in encoded:
            hashed = self._salted.copy()
            hashed.update(told)
            digests.append(hashed.digest())
        return map(Keyed, keys, struct.unpack(f">{len(digests)}q", b"".join(digests)), records)

    def _compared(self, records: list[Record]) -> list[bytes]:
        """Of each record what it has in common with one that is the same but for volatile members."""
        if self._volatile:
            own = self._volatile
            records = [
                record if own.isdisjoint(record) else {name: value for name, value in record.items() if name not in own}
                for record in records
            ]
        for path in self._volatile_inside:
            records = [lacking(record, path) for record in records]
        return list(map(canonical, records))

    # -- step two: rows --------------------------------------------------------------------------------------------

    def rows(self, keyed: Iterable[Keyed]) -> Rows:
        """Typed rows of main table, children and lookups, with what could not be stored as typed set aside."""
        items = list(keyed)
        rows = Rows(children={child.child.table: [] for child in self._children}, stamped=self._stamped)
        for some in _parts(items):
            self._add(rows, some)
        page = Page([item.record for item in items])
        for lookup in self._lookups:
            table = lookup.lookup.table
            if lookup.lookup.at:
                rows.lookups[table], rows.seen[table] = lookup.dated_rows(page)
            else:
                rows.lookups[table] = lookup.rows(page)
        return rows

    def _add(self, rows: Rows, items: list[Keyed]) -> None:
        """Append to *rows* those of *items*, but for lookups, whose rows stand for many records."""
        keys = [item.key for item in items]
        page, aside = Page([item.record for item in items]), Aside()
        columns = [
            part.of_all(page, aside)
            if (place := self._of_key.get(part.column.name)) is None
            else [k[place] for k in keys]
            for part in self._fields
        ]
        for child in self._children:
            rows.children[child.child.table] += child.gather(page, keys, columns, aside)
        self._keep_strays(page, columns, aside)
        extras: list[str | None] = [None] * len(items)
        for place, extra in aside.extras.items():
            extras[place] = json_text(self._storable(extra))
        rows.keys += keys
        rows.main += zip(*columns, extras, [item.hash for item in items], strict=True)
        rows.rejects += [
            Reject(json_text(self.key_object(keys[place])), column, json_text(self._shown(page.records[place])), reason)
            for place, found in sorted(aside.problems.items())
            for column, reason in found
        ]

    def _keep_strays(self, page: Page, columns: list[list[Any]], aside: Aside) -> None:
        """Keep what feeds nothing. Where an object should stand and does not, the columns it would feed are told of."""
        unknown = [path for path, known in self._objects if not page.names(path) <= known.keys()]
        blocked = [path for path, _ in self._objects if path in page.blocked]
        if not unknown and not blocked:
            return
        for place, record in enumerate(page.records):
            for path, value in strays(record, self._known):
                if path not in blocked or not any(unseen.startswith(f"{path}.") for unseen in self._unseen):
                    aside.keep(place, path, value)
        for path in blocked:
            inside = f"{path}."
            fed = [
                (part.column.name, column)
                for part, column in zip(self._fields, columns, strict=True)
                if part.stored and part.column.paths[0].startswith(inside)
            ]
            arrays = [child.child.source for child in self._children if child.paths[0].startswith(inside)]
            for place in page.blocked[path]:
                for name in [*(name for name, column in fed if column[place] is None), *arrays]:
                    aside.tell(place, name, f"{path} is not an object")

    def _storable(self, extra: Record) -> Record:
        """*extra* without what is stored nowhere, wherever else than declared it may stand."""
        if not self._private:
            return extra
        kept = {path: value for path, value in extra.items() if spelled(path.rpartition(".")[2]) not in self._private}
        stored: Record = without(kept, self._private)
        return stored

    def key_object(self, key: Key) -> dict[str, Any]:
        """The key as it is shown and stored in ``syncd_rejects``: an object of its columns."""
        return dict(
            zip(self.collection.key, (str(part) if not isinstance(part, int) else part for part in key), strict=True)
        )

    def _shown(self, record: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """*record* without what is stored nowhere, and without what was put into it by us."""
        if isinstance(record, dict):
            record = {name: value for name, value in record.items() if not name.startswith("@")}
        return without(self._unshown.over(record), self._private, self._hasher)


def _parts(items: list[T]) -> Iterator[list[T]]:
    """*items* in parts of so many as are gone through at a time."""
    return (items[first : first + _AT_ONCE] for first in range(0, len(items), _AT_ONCE))


def _places(
    collection: Collection, own: Chosen, children: Iterable[ChildField], hasher: Hasher | None
) -> tuple[list[Place], list[str]]:
    """What is taken out of records, and the paths of what is not to be seen but that something else is read from."""
    places = [place for child in children for place in child.places]
    whole = [path for child in children for path in child.whole]
    sources = [path for child in children for path in child.paths]
    for column in collection.columns:
        if column.name not in own or column.name in collection.key:
            continue
        stored = [c for c in collection.columns if c.name == column.name or c.name not in own]
        others = [*sources, *(path for c in stored if c is not column for path in c.paths)]
        scalars = [path for c in stored if c.kind is not Kind.JSON for path in c.paths]
        act = hashing(Field(column, stored=True).parse, hasher) if hasher and column.name in own.hashed else gone
        for path in column.paths:
            if any(other == path or other.startswith(f"{path}.") for other in others):
                whole.append(path)
            else:
                is_scalar = any(path.startswith(f"{other}.") for other in scalars)
                places.append(Place(tuple(path.split(".")), act, scalars=is_scalar))
    return places, whole


def _repeats(column: Column, whole: Iterable[str]) -> bool:
    """Whether a json column holds what is not to be seen and could not be taken out."""
    if column.kind is not Kind.JSON:
        return False
    return any(one == path or one.startswith(f"{path}.") for path in column.paths for one in whole)


def _names(collection: Collection, choices: Choices) -> frozenset[str]:
    """What members with values not to be seen are called, unless a column that is stored has such a name, too."""
    hidden: set[str] = set()
    stored: set[str] = set()
    for name, columns in (("", collection.columns), *((child.name, child.columns) for child in collection.children)):
        chosen = choices.of(columns, name)
        for column in columns:
            names = {spelled(path.rpartition(".")[2].removeprefix("@")) for path in column.paths}
            if column.name in chosen:
                hidden |= names
            else:
                stored |= names
    return frozenset(hidden - stored - {""})


def _lookups_of(collection: Collection, lookups: Iterable[Lookup]) -> list[LookupField]:
    found = []
    for lookup in lookups:
        split = (source.partition(".") for source in lookup.sources)
        if paths := [path for name, _, path in split if name == collection.name]:
            found.append(LookupField(lookup, paths))
    return found


def _objects(known: Known, path: str = "") -> Iterator[tuple[str, Known]]:
    """Every object of which some part is accounted for, by its path; ``""`` is the record."""
    yield path, known
    for name, inner in known.items():
        if inner is not None:
            yield from _objects(inner, f"{path}.{name}" if path else name)


def changed(keyed: Iterable[Keyed], known: Mapping[Key, Any]) -> list[Keyed]:
    """The records the store does not hold as they are: new ones, those with another hash, those it holds as deleted.

    *known* maps keys to values with ``hash`` and ``deleted``.
    """
    return [item for item in keyed if (held := known.get(item.key)) is None or held.deleted or held.hash != item.hash]
