"""A child table made ready: the elements of an array, or of an open map, inside a record become rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.collection import Child, Collection, Column, Origin
from syncd.errors import RecordInvalid
from syncd.fields import Aside, Field, accounted, strays
from syncd.pages import Page, Record
from syncd.privacy import MASK, Chosen, Hasher, Place, gone, hashing
from syncd.values import lacking

Key = tuple[Any, ...]
_SELF = "."  # where a scalar element stands


@dataclass(frozen=True, slots=True)
class _Part:
    """A column: how it is read, whether it is of the key, and what else may give it its value.

    ``of_key`` is its place in the parent's key, ``of_row`` that in the parent's columns.
    """

    field: Field
    is_key: bool
    origin: Origin | None
    of_key: int | None
    of_row: int | None


@dataclass(frozen=True, slots=True)
class _Parent:
    """The record whose elements are looked at: its place in the page, its key, the columns of all the page."""

    place: int
    key: Key
    columns: Sequence[Sequence[Any]]


class ChildField:
    """A child table of one collection, compiled once.

    ``paths`` are the members of a record that it is filled from and ``volatile`` what of them is not compared, as paths
    for ``values.lacking``. ``places`` is what is taken out of a record before it comes here; ``whole`` are members that
    hold what is not to be seen and that the rows are made of all the same.
    """

    def __init__(
        self,
        child: Child,
        collection: Collection,
        chosen: Chosen,
        hasher: Hasher | None = None,
    ) -> None:
        self.child = child
        self.paths = [path.removesuffix("[]").removesuffix("{}") for path in (child.source, *child.sources)]
        self._source = self.paths[0]
        self._shown_as = self._source.removeprefix("@")  # what came by another call is the vendor's all the same
        self._is_map = any(c.origin is Origin.MAP_KEY for c in child.columns)
        self._has_scalars = any(_SELF in c.paths for c in child.columns)
        mark = "{}" if self._is_map else "[]"
        self._inside, self._marked = f"{self._source}{mark}", f"{self._shown_as}{mark}"
        names = [c.name for c in collection.stored]
        self._parts = [
            _Part(
                field=Field(
                    c,
                    stored=c.name not in chosen.withheld and not c.volatile,
                    hasher=hasher if c.name in chosen.hashed else None,
                ),
                is_key=c.name in child.key,
                origin=c.origin,
                of_key=child.parent_key.index(c.name) if c.name in child.parent_key else None,
                of_row=names.index(c.name) if c.origin is Origin.CONTEXT and c.name in names else None,
            )
            for c in child.columns
        ]
        self._key_places = [[c.name for c in child.columns].index(name) for name in child.key]
        self._known = accounted(
            (c.paths[0] for c in child.columns),
            (path for c in child.columns for path in c.paths[1:]),
            (*child.drops, *child.volatile),
        )
        self._plain_names = self._known.keys() if not any(self._known.values()) else frozenset[str]()
        volatile = sorted({*child.volatile, *(path for c in child.columns if c.volatile for path in c.paths)})
        self.volatile = self._of_record(volatile)
        self._hidden_inside = sorted({*volatile, *(p for c in child.columns if c.name in chosen for p in c.paths)})
        self.places: list[Place] = []
        self.whole: list[str] = []
        for column in child.columns:
            if column.name in chosen and not column.volatile:
                self._veil(column, hasher if column.name in chosen.hashed else None)

    def _of_record(self, paths: list[str]) -> list[str]:
        """*paths* of an element as paths of its record."""
        if paths and (self.child.elements is not None or _SELF in paths):
            return self.paths  # of what the elements are made is for their function to know
        return [f"{self._inside}.{path}" for path in paths if not path.startswith("@")]

    def _veil(self, column: Column, hasher: Hasher | None) -> None:
        """Have what a column that is not to be seen is read from taken out of records, or its hash put in its place."""
        others = [path for c in self.child.columns if c.name != column.name for path in c.paths]
        for path in column.paths:
            shared = any(other == path or other.startswith(f"{path}.") for other in others)
            if self.child.elements is not None or shared or (path == _SELF and hasher is None):
                self.whole = self.paths
            elif not path.startswith("@"):
                act = gone if hasher is None else hashing(Field(column, stored=True).parse, hasher)
                inside = [path] if path == _SELF else path.split(".")
                self.places.append(Place((*self._inside.split("."), *inside), act))

    # -- a page ----------------------------------------------------------------------------------------------------

    def gather(
        self, page: Page, keys: Sequence[Key], columns: Sequence[Sequence[Any]], aside: Aside
    ) -> list[tuple[Any, ...]]:
        """The rows of a page's elements, parent by parent; what does not fit goes *aside*.

        *keys* and *columns* are those of the parents.
        """
        rows: list[tuple[Any, ...]] = []
        values: Sequence[Any] | None = None
        if self.child.elements is None:
            values = page.values(self._source)
        elif any(path.partition(".")[0] in page.names("") for path in self.paths):
            values = page.records
        for place, value in enumerate(values or ()):
            if value is not None:
                self._add(rows, _Parent(place, keys[place], columns), value, aside)
        return rows

    def _add(self, rows: list[tuple[Any, ...]], parent: _Parent, value: Any, aside: Aside) -> None:  # noqa: ANN401
        """Append the rows of one parent's elements, a key given twice once: the later one wins."""
        place = parent.place
        try:
            elements = list(self._elements(value))
        except RecordInvalid as error:
            for path in self.paths:
                if (wrong := _at(value, path) if self.child.elements is not None else value) is not None:
                    aside.keep(place, path.removeprefix("@"), MASK if self.whole else self._shown(wrong))
            aside.tell(place, self._shown_as, str(error))
            return
        found: dict[Key, tuple[Any, ...]] = {}
        for number, name, element in elements:
            try:
                if not isinstance(element, dict):
                    msg = "not an object"
                    raise RecordInvalid(msg)  # noqa: TRY301 (one place turns an invalid element into a reject)
                row = self._row(parent, number, name, element, aside)
            except RecordInvalid as error:
                aside.keep_among(place, self._marked, self._shown(element))
                aside.tell(
                    place, f"{self._shown_as}{{{name}}}" if self._is_map else f"{self._shown_as}[{number}]", str(error)
                )
                continue
            found[tuple([row[i] for i in self._key_places])] = row
            if not element.keys() <= self._plain_names:
                for path, stray in strays(element, self._known):
                    aside.keep_among(place, f"{self._marked}.{path}", stray)
        rows.extend(found.values())

    def _elements(self, value: Any) -> Iterator[tuple[int, str, Any]]:  # noqa: ANN401 (any JSON value)
        """Place, name in a map, and value of every element that is not null; a scalar stands in an object of its own.

        RecordInvalid if there are none to be had.
        """
        made = self.child.elements is not None
        if self.child.elements is not None:
            named = [("", element) for element in self.child.elements(value)]
        elif self._is_map and value != []:  # an empty map of a language that cannot tell
            if not isinstance(value, dict):
                raise RecordInvalid("not an object")
            named = list(value.items())
        elif isinstance(value, list):
            named = [("", element) for element in value]
        else:
            raise RecordInvalid("not an array")
        for number, (name, element) in enumerate(named):
            if self._has_scalars and not (isinstance(element, dict) and (made or self._is_map)):
                if element is not None:
                    yield number, name, {_SELF: element}
            elif element is not None and not (self._has_scalars and element.get(_SELF, ...) is None):
                yield number, name, element

    def _row(self, parent: _Parent, number: int, name: str, element: Record, aside: Aside) -> tuple[Any, ...]:
        row: list[Any] = []
        for part in self._parts:
            if part.of_key is not None:
                row.append(parent.key[part.of_key])
                continue
            path, value = part.field.find(element)
            if value is None and part.origin is Origin.MAP_KEY:
                value = name
            parsed = None
            if not part.field.stored:
                pass
            elif value is not None:
                parsed = self._parsed(part, path, value, parent.place, aside)
            elif part.of_row is not None:
                parsed = parent.columns[part.of_row][parent.place]
            elif part.origin is Origin.COMPUTED:
                parsed = number
            if part.is_key and (parsed is None or parsed == ""):
                msg = f"{part.field.column.name} is missing"
                raise RecordInvalid(msg)
            row.append(parsed)
        return tuple(row)

    def _parsed(self, part: _Part, path: str, value: Any, place: int, aside: Aside) -> Any:  # noqa: ANN401
        """A value as typed; one that does not parse goes *aside*, with the whole element if it is of the key."""
        try:
            return part.field.parse(value)
        except RecordInvalid as error:
            if part.is_key:
                raise
            if not path.startswith("@"):
                told = self._marked if path == _SELF else f"{self._marked}.{path}"
                aside.keep_among(place, told, part.field.kept(value))
            aside.tell(place, f"{self.child.name}.{part.field.column.name}", str(error))
            return None

    def _shown(self, element: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """*element* as it may be stored: without what is stored nowhere, and without what we put into it."""
        if isinstance(element, list):
            return [self._shown(each) for each in element]
        if not isinstance(element, dict):
            return element
        shown = {name: value for name, value in element.items() if not name.startswith("@")}
        for path in self._hidden_inside:
            shown = lacking(shown, path.split("."))
        return shown[_SELF] if shown.keys() == {_SELF} else shown


def _at(record: Record, path: str) -> Any:  # noqa: ANN401 (any JSON value)
    value: Any = record
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value
