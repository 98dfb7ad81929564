"""A lookup table made ready: objects embedded in records become rows that say what was last told of a key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from syncd.collection import Lookup
from syncd.errors import RecordInvalid
from syncd.fields import Field
from syncd.pages import Page, Record
from syncd.values import instant_text, instant_texts

Key = tuple[Any, ...]
Times = tuple[str | None, ...]
"""When each column but the key's was told, as ``YYYY-MM-DD HH:MM:SS.ffffff`` in UTC; None where it was not."""
_SIMPLE = frozenset({str, int, type(None)})
_LONG_AGO = "0001-01-01 00:00:00.000000"  # when a value was told of which nobody says when


class LookupField:
    """A lookup table that *paths* of one collection's records feed; ``""`` means the records themselves."""

    def __init__(self, lookup: Lookup, paths: Iterable[str]) -> None:
        self.lookup = lookup
        self.paths = list(paths)
        self._fields = [Field(c, stored=True) for c in lookup.columns]
        self._width = len(lookup.key)
        self._ident = lookup.columns[0].source or ""
        self._names = [c.paths[0] for c in lookup.columns]
        self._is_flat = all(len(c.paths) == 1 and "." not in c.paths[0] for c in lookup.columns)

    @property
    def taken(self) -> list[str]:
        """The members of a record that belong to this table alone: those in which embedded objects stand."""
        return [path.partition(".")[0].removesuffix("[]") for path in self.paths if path]

    def rows(self, page: Page) -> list[tuple[Any, ...]]:
        """A row for each key; of two objects with the same key the later one counts."""
        seen: dict[Any, Record] = {}
        for found in self._objects(page):
            ident = found.get(self._ident)
            if isinstance(ident, int | str):
                seen[ident] = found
        rows: dict[Key, tuple[Any, ...]] = {}
        for found in seen.values():
            try:
                row = tuple(
                    None if value is None else part.parse(value)
                    for part, (_, value) in ((part, part.find(found)) for part in self._fields)
                )
            except RecordInvalid:
                continue  # the object only repeats what another row says; there is nothing to set aside
            if None not in row[: self._width]:
                rows[row[: self._width]] = row  # "8" and 8 are one key
        return list(rows.values())

    def dated_rows(self, page: Page) -> tuple[list[tuple[Any, ...]], dict[Key, Times]]:
        """A row for each key with the latest value of each column, and when each of these was told."""
        told: dict[Key, list[Any]] = {}
        at, ident_name = self.lookup.at, self._ident
        for found in self._objects(page):
            if type(found.get(ident_name)) in _SIMPLE:
                told.setdefault(self._values(found), []).append(found.get(at))
        rows: dict[Key, list[Any]] = {}
        times: dict[Key, list[str | None]] = {}
        for values, dates in told.items():
            row = [self._parsed(part, value) for part, value in zip(self._fields, values, strict=True)]
            moment = _latest(dates)
            key = tuple(row[: self._width])
            if None in key or "" in key:
                continue
            best = rows.setdefault(key, [*key, *[None] * (len(row) - self._width)])
            when = times.setdefault(key, [None] * (len(row) - self._width))
            for place, value in enumerate(row[self._width :]):
                if value is not None and moment >= (when[place] or ""):
                    best[self._width + place], when[place] = value, moment
        return [tuple(row) for row in rows.values()], {key: tuple(when) for key, when in times.items()}

    def _values(self, found: Record) -> Key:
        """The raw values of an object, by which equal objects are recognised."""
        values = (
            [found.get(name) for name in self._names] if self._is_flat else [f.find(found)[1] for f in self._fields]
        )
        if _SIMPLE.issuperset(map(type, values)):
            return tuple(values)
        # True, 1 and 1.0 are equal to Python and other texts to a database.
        return tuple(v if type(v) in _SIMPLE else self._parsed(f, v) for f, v in zip(self._fields, values, strict=True))

    @staticmethod
    def _parsed(part: Field, value: object) -> Any:  # noqa: ANN401 (a value of the column's kind, or None)
        try:
            return None if value is None else part.parse(value)
        except RecordInvalid:
            return None

    def _objects(self, page: Page) -> Iterator[Record]:
        for path in self.paths:
            if not path:
                yield from page.records
            elif "[]" not in path:
                yield from filter(None, page.objects(path))
            elif path.partition(".")[0].removesuffix("[]") in page.names(""):
                for record in page.records:
                    yield from _each(record, path)


def _latest(dates: list[Any]) -> str:
    """The latest of several times as vendors send them."""
    if (texts := instant_texts(dates, "")) is not None:
        return max(filter(None, texts), default=_LONG_AGO)
    return max(map(_moment, dates))


def _moment(value: object) -> str:
    try:
        return _LONG_AGO if value is None else instant_text(value, "")
    except RecordInvalid:
        return _LONG_AGO


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
