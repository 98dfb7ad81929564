"""One declared column made ready to be read from records: one record at a time, or all of a page at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from syncd.collection import Column, Kind
from syncd.errors import RecordInvalid
from syncd.pages import PLAIN, Page, Record
from syncd.privacy import Hashed, Hasher, emptied
from syncd.values import PARSERS, instant_text, instant_texts

_HASHED_OR_NONE = frozenset({Hashed, type(None)})

Problem = tuple[str, str]
"""A column (or an array's element) and why it could not be stored as typed."""
Known = dict[str, "Known | None"]
"""The members of an object that are accounted for: None if with all that is in them, else what of it."""


class Aside:
    """What of a page's records fits no column: kept under its path, or told why; by the record's place in the page."""

    __slots__ = ("extras", "problems")

    def __init__(self) -> None:
        self.extras: dict[int, Record] = {}
        self.problems: dict[int, list[Problem]] = {}

    def keep(self, place: int, path: str, value: object) -> None:
        """Keep the value under *path*. What was put into the record by us is no member of it and is not kept."""
        if not path.startswith("@"):
            self.extras.setdefault(place, {})[path] = value

    def keep_among(self, place: int, path: str, value: object) -> None:
        """Keep a value among those that the elements of an array have under *path*."""
        self.extras.setdefault(place, {}).setdefault(path, []).append(value)

    def tell(self, place: int, column: str, reason: str) -> None:
        """List what could not be stored as typed."""
        self.problems.setdefault(place, []).append((column, reason))


def accounted(sources: Iterable[str], others: Iterable[str], whole: Iterable[str] = ()) -> Known:
    """The members that these paths account for: of objects along (dotted) *sources* only what some path names.

    An object that only *others* lead into is accounted for with all that is in it, and so is what *whole* names.
    """
    known: Known = {}
    for path in sources:
        *above, name = _parts(path)
        inner: Known | None = known
        for part in above:
            inner = inner.setdefault(part, {}) if inner is not None else None
        if inner is not None:
            inner[name] = None
    for path in others:
        inner = known
        for part in _parts(path):
            if inner is not None:
                inner = inner.setdefault(part, None)
    for path in whole:
        *above, name = _parts(path)
        inner = known
        for part in above:
            inner = inner.setdefault(part, None) if inner is not None else None
        if inner is not None:
            inner[name] = None
    return known


def strays(record: Record, known: Known, above: str = "") -> Iterator[tuple[str, Any]]:
    """Path and value of every member that is not accounted for, and of what stands where an object should."""
    for name, value in record.items():
        if name not in known:
            if not name.startswith("@") or above:
                yield above + name, value
        elif (inner := known[name]) is not None:
            if isinstance(value, dict):
                yield from strays(value, inner, f"{above}{name}.")
            elif value is not None:
                yield above + name, value


def _parts(path: str) -> list[str]:
    return [path] if path == "." else path.split(".")


def _getter(path: str) -> Callable[[Record], Any]:
    """A function that gives the value under a dotted path; None where there is none."""
    first, *rest = _parts(path)
    if not rest:
        return lambda record: record.get(first)
    inner = _getter(".".join(rest))

    def nested(record: Record) -> Any:  # noqa: ANN401 (any JSON value)
        value = record.get(first)
        return inner(value) if isinstance(value, dict) else None

    return nested


class Field:
    """One column made ready: where its value may stand and how it is parsed.

    ``paths`` are the places, the first that has a value counts; reading the first needs no call where it is a member of
    the record itself, and most are so. ``parse`` takes one value; ``parse_all`` those of many records at once, or gives
    None if one of them needs a closer look. With a *hasher* the text's hash is stored in its place.
    """

    __slots__ = ("_all", "_first", "_prepare", "column", "hashes", "parse", "paths", "stored")

    def __init__(self, column: Column, *, stored: bool, hasher: Hasher | None = None) -> None:
        self.column = column
        self.stored = stored
        self.hashes = hasher is not None
        self.paths = [(path, _getter(path)) for path in column.paths]
        self._first = column.paths[0] if len(_parts(column.paths[0])) == 1 else None
        self._all = _moments if column.kind is Kind.INSTANT else PLAIN.get(column.kind)
        self._prepare = column.prepare
        self.parse: Callable[[Any], Any] = self._prepared(PARSERS[column.kind])
        if hasher is not None:
            self.parse, self._all, self._prepare = _hashed(self.parse, hasher), _hashes, None

    def _prepared(self, parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
        prepare = self._prepare
        if prepare is None:
            return parse

        def parsed(value: object) -> Any:  # noqa: ANN401 (a value of the column's kind, or None)
            found = prepare(value)
            return None if found is None else parse(found)

        return parsed

    def stamp(self) -> None:
        """Give instants as text from here on: ``YYYY-MM-DD HH:MM:SS.ffffff`` in UTC."""
        if self.column.kind is Kind.INSTANT:
            self.parse = self._prepared(lambda value: instant_text(value, ""))
            self._all = lambda values: instant_texts(values, "")

    def parse_all(self, values: list[Any]) -> list[Any] | None:
        """What many values (or None) become; None if one of them has to be looked at alone."""
        if self._all is None:
            return None
        if self._prepare is None:
            return self._all(values)
        prepare = self._prepare
        try:
            return self._all([None if value is None else prepare(value) for value in values])
        except RecordInvalid:
            return None

    def of_all(self, page: Page, aside: Aside) -> list[Any]:
        """The column's values of all records of a page; what does not parse goes *aside*."""
        values = page.values(self.paths[0][0]) if self.stored else None
        for path, _ in self.paths[1:] if self.stored else ():
            if path.partition(".")[0] not in page.names("") or (values is not None and None not in values):
                continue
            if (more := page.values(path)) is not None:
                values = more if values is None else [b if a is None else a for a, b in zip(values, more, strict=True)]
        if values is None:
            return [None] * len(page.records)
        if (parsed := self.parse_all(values)) is not None:
            return parsed
        parse = self.parse
        for place, value in enumerate(values):
            if value is not None:
                try:
                    values[place] = parse(value)
                except RecordInvalid as error:
                    values[place] = None
                    aside.keep(place, self.find(page.records[place])[0], self.kept(value))
                    aside.tell(place, self.column.name, str(error))
        return values

    def kept(self, value: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """*value*, which could not be stored as typed, as it may be kept."""
        return emptied(value) if self.hashes else value

    def find(self, record: Record) -> tuple[str, Any]:
        """Path and value; a null or missing one gives way to an alias that has a value."""
        if self._first is not None and (value := record.get(self._first)) is not None:
            return self._first, value
        for path, get in self.paths:
            value = get(record)
            if value is not None:
                return path, value
        return "", None


def _hashed(parse: Callable[[Any], Any], hasher: Hasher) -> Callable[[Any], Any]:
    """What is a hash already, as plain text; the hash of any other text that *parse* makes of a value."""

    def parsed(value: object) -> str | None:
        if type(value) is Hashed:
            return str(value)
        text = parse(value)
        return None if text is None else str(hasher(text))

    return parsed


def _hashes(values: list[Any]) -> list[Any] | None:
    return [value and str(value) for value in values] if _HASHED_OR_NONE.issuperset(map(type, values)) else None


def _moments(values: list[Any]) -> list[Any] | None:
    texts = instant_texts(values, "+00:00")
    return texts and [None if text is None else datetime.fromisoformat(text) for text in texts]
