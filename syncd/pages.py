"""A page's records seen column by column: most columns hold one kind of value that is right as it came.

Asking that of all values at once costs a tenth of asking it of every value.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from operator import itemgetter
from typing import Any

from syncd.collection import Kind
from syncd.values import LARGEST, SMALLEST

Record = dict[str, Any]

_TEXT_OR_NONE, _INTEGER_OR_NONE = frozenset({str, type(None)}), frozenset({int, type(None)})
_FLOAT_OR_NONE = frozenset({float, type(None)})
_NUMBER_OR_NONE = frozenset({int, float, Decimal, type(None)})
_NOTHING: Record = {}


class Page:
    """The records of a page by dotted path; what stands under a path is looked up once, for all who ask.

    ``blocked`` has, by path, the places of records where something other than an object stands in an object's place.
    """

    __slots__ = ("_names", "_objects", "blocked", "records")

    def __init__(self, records: list[Record]) -> None:
        self.records = records
        self.blocked: dict[str, list[int]] = {}
        self._objects: dict[str, list[Record]] = {"": records}
        self._names: dict[str, set[str]] = {}

    def objects(self, path: str) -> list[Record]:
        """The object under *path* of each record, an empty one where there is none; of ``""`` the records."""
        found = self._objects.get(path)
        if found is None:
            values = self.values(path) or []
            if not {dict}.issuperset(map(type, values)):
                wrong = [place for place, value in enumerate(values) if not isinstance(value, dict | None)]
                if wrong:
                    self.blocked[path] = wrong
                values = [value if isinstance(value, dict) else _NOTHING for value in values]
            found = self._objects[path] = values
        return found

    def names(self, path: str) -> set[str]:
        """The names that any object under *path* has."""
        found = self._names.get(path)
        if found is None:
            found = self._names[path] = set().union(*self.objects(path))
        return found

    def values(self, path: str) -> list[Any] | None:
        """What stands under *path* in each record, None where nothing does; None if no record has such a member."""
        above, _, name = ("", "", path) if path == "." else path.rpartition(".")
        objects = self.objects(above)
        try:
            # Most members are in every record; only where one is missing it matters whether any has it.
            return list(map(itemgetter(name), objects)) if objects else None
        except KeyError:
            return [each.get(name) for each in objects] if name in self.names(above) else None


def _plain_texts(values: list[Any]) -> list[Any] | None:
    if not _TEXT_OR_NONE.issuperset(map(type, values)):
        return None
    joined = "".join(filter(None, values))
    if "\0" in joined:
        return None
    if not joined.isascii():
        try:
            joined.encode()
        except UnicodeEncodeError:  # a lone surrogate
            return None
    return values


def _plain_integers(values: list[Any]) -> list[Any] | None:
    if not _INTEGER_OR_NONE.issuperset(map(type, values)):
        return None
    present = [value for value in values if value is not None]
    return values if not present or (min(present) >= SMALLEST and max(present) <= LARGEST) else None


def _plain_booleans(values: list[Any]) -> list[Any] | None:
    return values if {bool, type(None)}.issuperset(map(type, values)) else None


def _plain_doubles(values: list[Any]) -> list[Any] | None:
    kinds = set(map(type, values))
    if not kinds <= _NUMBER_OR_NONE:
        return None
    try:
        found = values if kinds <= _FLOAT_OR_NONE else [None if value is None else float(value) for value in values]
    except OverflowError:
        return None
    return found if isfinite(sum(filter(None, found))) else None


PLAIN: dict[Kind, Callable[[list[Any]], list[Any] | None]] = {
    Kind.INTEGER: _plain_integers,
    Kind.TEXT: _plain_texts,
    Kind.BOOLEAN: _plain_booleans,
    Kind.DOUBLE: _plain_doubles,
}
"""What many values (or None) of a kind become, all at once; None if one of them has to go through its parser."""
