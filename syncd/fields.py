"""One declared column made ready to be read from records: one record at a time, or all of a page at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncd.collection import Column, Kind
from syncd.errors import RecordInvalid
from syncd.values import PARSERS, PLAIN, clean, instant_text, instant_texts, json_text

Record = dict[str, Any]
Problem = tuple[str, str]
"""A column (or an array's element) and why it could not be stored as typed."""


def _getter(path: str) -> Callable[[Record], Any]:
    """A function that gives the value under a dotted path; None where there is none."""
    first, _, rest = path.partition(".")
    if not rest:
        return lambda record: record.get(first)
    inner = _getter(rest)

    def nested(record: Record) -> Any:  # noqa: ANN401 (any JSON value)
        value = record.get(first)
        return inner(value) if isinstance(value, dict) else None

    return nested


class Field:
    """One column made ready: where its value may stand and how it is parsed.

    ``plain`` is the source where it is a member of the record itself: reading it needs no call, and most are so.
    ``parse`` takes one value; ``parse_plain``, where there is one, those of many records at once, or gives None if one
    of them needs a closer look.
    """

    __slots__ = ("column", "parse", "parse_plain", "paths", "plain", "stored")

    def __init__(self, column: Column, *, stored: bool, never: frozenset[str] = frozenset()) -> None:
        self.column = column
        self.stored = stored
        self.plain = column.source if column.source is not None and "." not in column.source else None
        paths = column.paths if self.plain is None else column.paths[1:]
        self.paths = [(path, _getter(path)) for path in paths]
        parse = (
            PARSERS[column.kind] if not never or column.kind is not Kind.JSON else lambda v: json_text(clean(v, never))
        )
        prepare = column.prepare
        self.parse: Callable[[Any], Any] = parse if prepare is None else lambda value: parse(prepare(value))
        self.parse_plain = PLAIN.get(column.kind) if prepare is None else None

    def stamp(self, zone: str) -> None:
        """Give instants as text from here on: ``YYYY-MM-DD HH:MM:SS.ffffff`` and *zone*."""
        if self.column.kind is Kind.INSTANT:
            prepare = self.column.prepare
            self.parse = lambda value: instant_text(value if prepare is None else prepare(value), zone)
            if prepare is None:
                self.parse_plain = lambda values: instant_texts(values, zone)

    def of_all(self, records: list[Record], extras: list[Record], problems: list[list[Problem]]) -> list[Any]:
        """The column's values of all *records*; what does not parse goes to the record's place in *extras*, *problems*.

        Most columns of a page hold one kind of value that is right as it came: asking that once costs a tenth of asking
        it of every value.
        """
        if not self.stored:
            return [None] * len(records)
        plain = self.plain
        if plain is None:
            values = [self.find(record)[1] for record in records]
        else:
            values = [record.get(plain) for record in records]
            if self.paths and None in values:
                values = [self.find(record)[1] for record in records]
        if self.parse_plain is not None and (parsed := self.parse_plain(values)) is not None:
            return parsed
        parse = self.parse
        for place, value in enumerate(values):
            if value is not None:
                try:
                    values[place] = parse(value)
                except RecordInvalid as error:
                    values[place] = None
                    extras[place][self.find(records[place])[0]] = value
                    problems[place].append((self.column.name, str(error)))
        return values

    def find(self, record: Record) -> tuple[str, Any]:
        """Path and value; a null or missing one gives way to an alias that has a value."""
        if self.plain is not None and (value := record.get(self.plain)) is not None:
            return self.plain, value
        for path, get in self.paths:
            value = get(record)
            if value is not None:
                return path, value
        return "", None
