"""The ``[connections.NAME.collections.COLLECTION]`` tables of one connection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from syncd.collection import Collection, Column, Kind, Origin, UpdatedSince, Windows
from syncd.config import keys, units
from syncd.config.reader import Reader, dotted, nearest
from syncd.config.source import KeyPath
from syncd.config.values import CollectionConfig
from syncd.vendors.base import Vendor

Since = datetime | timedelta | None

_CHOICES: Final = ("exclude", "include", "hash")

# Keys that only mean something where a collection is read in a certain way, and what is said where it is not.
_ONLY_OF: Final = (
    ("lookback", (UpdatedSince, Windows), "every cycle reads {} whole"),
    ("since", (Windows,), "{} is not read in windows of time"),
    ("reread", (Windows,), "{} is not read in windows of time"),
    ("retention", (Windows,), "rows of {} have no age, it is not read in windows of time"),
)


def collections(
    reader: Reader, path: KeyPath, vendor: Vendor, since: Since, *, now: datetime
) -> dict[str, CollectionConfig]:
    """The enabled collections below the connection at *path*, in the vendor's order; *since* is the connection's."""
    path = (*path, "collections")
    table = reader.table(path)
    if table is None:
        return {}
    known = {collection.name: collection for collection in vendor.collections}
    for name in table:
        if name not in known:
            reader.problem((*path, name), f"{name!r} is not a collection of {vendor.title}{nearest(name, known)}")
    enabled: dict[str, CollectionConfig] = {}
    for name, collection in known.items():
        found = _collection(reader, (*path, name), vendor, collection, since, now=now)
        if found.enabled:
            enabled[name] = found
    _check_needs(reader, path, [known[name] for name in enabled])
    for name in enabled:
        reconciles, follows = known[name].reconciles, known[name].follows
        for other in {reconciles.parent if reconciles else None, follows.collection if follows else None} - {
            None,
            *enabled,
        }:
            reader.warn(
                (*path, str(other)),
                f"{dotted(path)}.{other} is off, so rows of {name} that end there are only noticed by a sweep.",
            )
    return enabled


def check_since(reader: Reader, path: KeyPath, since: object, now: datetime) -> None:
    """A *since* below *path* that is still to come is a problem."""
    if isinstance(since, datetime) and since > now:
        place = (*path, "since")
        reader.problem(
            place, f"{dotted(place)} is {since.date()}, which is still to come; allowed is {units.SINCE_FORM}."
        )


def _collection(
    reader: Reader,
    path: KeyPath,
    vendor: Vendor,
    collection: Collection,
    since: Since,
    *,
    now: datetime,
) -> CollectionConfig:
    own = tuple(keys.Key(name, keys.IDS, doc) for name, doc in collection.options)
    values = reader.values(path, (*keys.COLLECTION, *own), what="a collection")
    windowed = isinstance(collection.strategy, Windows)
    if "every" in values and "cron" in values:
        reader.problem((*path, "cron"), f"{dotted(path)} has every and cron; allowed is one of them.")
    check_since(reader, path, values.get("since"), now)
    _check_columns(reader, path, vendor, collection, values)
    for key, strategies, says in _ONLY_OF:
        if key in values and not isinstance(collection.strategy, strategies):
            reader.warn((*path, key), f"{dotted(path)}.{key} has no effect: {says.format(collection.name)}.")
    return CollectionConfig(
        enabled=values.get("enabled", collection.enabled_by_default),
        every=None if "cron" in values else values.get("every", collection.every or vendor.every),
        cron=values.get("cron"),
        sweep=values.get("sweep", None if windowed else vendor.sweep),
        reread=values.get("reread", ()),
        lookback=values.get("lookback"),
        since=values.get("since", since),
        exclude=values.get("exclude", ()),
        include=values.get("include", ()),
        hash=values.get("hash", ()),
        retention=values.get("retention"),
        history=values.get("history", False),
        options={key.name: values[key.name] for key in own if key.name in values},
    )


def _check_needs(reader: Reader, path: KeyPath, enabled: list[Collection]) -> None:
    """What is read by the rows of another collection needs that one, too; one problem for each that is off."""
    names = {collection.name for collection in enabled}
    missing: dict[str, list[str]] = {}
    for collection in enabled:
        spared = {parents.having for parents in collection.parents} - names
        for other in spared - {""}:
            reader.warn(
                (*path, other),
                f"{dotted((*path, other))} is off, so {collection.name} is asked for where there is nothing, too.",
            )
        for other in set(collection.needs) - names - spared:
            missing.setdefault(other, []).append(collection.name)
    for other, (first, *more) in missing.items():
        place = (*path, other) if other in (reader.table(path) or {}) else (*path, first)
        also = f", as do {', '.join(more)}" if more else ""
        reader.problem(
            place,
            f"{dotted((*path, first))} is on but needs {dotted((*path, other))}, which is off{also}; "
            f"set {other}.enabled = true, or {first}.enabled = false.",
        )


def _check_columns(
    reader: Reader, path: KeyPath, vendor: Vendor, collection: Collection, values: Mapping[str, Any]
) -> None:
    needed = {*collection.key, *_read_by(collection, vendor)}
    known = {column.name: column for column in collection.columns}
    # A child's column is named with its child: case_case_flags.case_flag_id.
    for child in collection.children:
        known |= {f"{child.name}.{column.name}": column for column in child.columns}
        needed |= {f"{child.name}.{name}" for name in child.key}
    for option in _CHOICES:
        place = (*path, option)
        for name in values.get(option, ()):
            column = known.get(name)
            if column is None:
                reader.problem(place, f"{name!r} is not a column of {collection.name}{nearest(name, known)}")
            elif why := _unusable(option, name, column, values, is_needed=name in needed):
                reader.problem(place, f"{dotted(place)}: {name} {why}.")
            elif why := _doubtful(option, column):
                reader.warn(place, f"{dotted(place)}: {name} {why}.")


def _unusable(option: str, name: str, column: Column, values: Mapping[str, Any], *, is_needed: bool) -> str:
    """Why *option* cannot name *column*, as the rest of a sentence; "" if it can."""
    if column.volatile:
        return "changes with every answer and is never stored"
    if is_needed and option != "include":
        return f"cannot be {'hashed' if option == 'hash' else 'left out'}; syncd itself needs it"
    if option == "hash" and column.kind is not Kind.TEXT:
        return f"is of the type {column.kind}, and only text can be hashed; exclude leaves it empty"
    if option == "hash" and "." in name and column.origin in {Origin.CONTEXT, Origin.MAP_KEY}:
        return "only repeats what stands elsewhere in its record; hash that, or exclude this"
    for other in _CHOICES[: _CHOICES.index(option)]:
        if name in values.get(other, ()):
            return f"stands in {other} too; allowed is one of them"
    return ""


def _doubtful(option: str, column: Column) -> str:
    """What should be looked at where *option* names *column*, as the rest of a sentence; "" if nothing."""
    if option == "include" and not column.sensitive:
        return "is stored without being named here"
    if option == "hash" and column.references:
        return f"points to {column.references}, which is stored as it is: the two cannot be joined"
    return ""


def _read_by(collection: Collection, vendor: Vendor) -> Iterator[str]:
    """The columns of *collection* that reading goes by: its times, and what parents and their rows are found by."""
    strategy = collection.strategy
    if isinstance(strategy, UpdatedSince):
        yield strategy.made
    if isinstance(strategy, Windows):
        yield from filter(None, (strategy.start, strategy.end, strategy.unfinished))
    for other in vendor.collections:
        for parents in other.parents:
            if other is collection or parents.having == collection.name:
                yield from (ours for ours, _ in parents.link)
            if parents.collection == collection.name:
                yield from (theirs for _, theirs in parents.link)
                yield from parents.columns
            if parents.mark and (parents.mark_in or parents.collection) == collection.name:
                yield parents.mark
