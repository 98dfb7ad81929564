"""What a request asks for: its parameters, checked as strictly as the vendor documents them."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

from syncd.standin.faults import Page, RefusedError
from syncd.standin.trackops.declared import BY_PATH, COLLECTIONS, Parameter
from syncd.standin.trackops.declared import Collection as Declared
from syncd.standin.trackops.world import Key, Row, World

LARGEST_PAGE = 100
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_COMMON = {"page", "per_page", "dir", "mode"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a path leads: a collection, and one record's key or its first part if the path goes on."""

    collection: Declared
    key: Key | None = None
    part_of: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A list request, understood."""

    page: Page
    newest_first: bool
    counts: bool
    expands: bool
    filters: tuple[tuple[str, Parameter, object], ...]
    text: str

    def keeps(self, world: World, row: Row) -> bool:
        """True if a row passes every filter."""
        return all(_passes(parameter, parameter.of(world, row), wanted) for _, parameter, wanted in self.filters)


def target(path: str) -> Target:
    """The target of a path below the base; RefusedError 404 if the vendor has no such path."""
    if path in BY_PATH:
        return Target(BY_PATH[path])
    for one in COLLECTIONS:
        rest = path.removeprefix(one.path + "/")
        parts = rest.split("/")
        if rest == path or not all(part.isascii() and part.isdigit() for part in parts):
            continue
        numbers = [int(part) for part in parts]
        if len(numbers) == len(one.key):
            return Target(one, key=numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1]))
        if len(numbers) == 1:
            return Target(one, part_of=numbers[0])
    raise RefusedError(404, "Not found.")


def asked(collection: Declared, query: str, *, has_count: bool, caps_pages: bool) -> Asked:
    """Reads the query of a list; RefusedError 400 for anything that is not documented."""
    given = _given(
        query, _COMMON | collection.parameters.keys() | ({"expand_field_values"} if collection.expands else set())
    )
    mode = given.get("mode")
    if mode is not None and (mode != "count" or not has_count):
        raise _bad("mode", mode)
    size = _integer("per_page", given.get("per_page", str(LARGEST_PAGE)))
    if size > LARGEST_PAGE and not caps_pages:
        raise _bad("per_page", str(size))
    number = _integer("page", given.get("page", "1"))
    if size < 1 or number < 1:
        raise _bad("page", f"{number}/{size}")
    if given.get("dir", "desc") not in {"asc", "desc"}:
        raise _bad("dir", given["dir"])
    filters = tuple(
        (name, collection.parameters[name], _value(name, collection.parameters[name], text))
        for name, text in given.items()
        if name in collection.parameters
    )
    return Asked(
        page=Page(number, min(size, LARGEST_PAGE)),
        newest_first=given.get("dir", "desc") == "desc",
        counts=mode == "count",
        expands=_boolean("expand_field_values", given.get("expand_field_values", "0")),
        filters=filters,
        text="&".join(f"{name}={given[name]}" for name in sorted(given.keys() & collection.parameters.keys())),
    )


def expands(collection: Declared, query: str) -> bool:
    """Reads the query of a single record, which takes `expand_field_values` at most."""
    given = _given(query, {"expand_field_values"} if collection.expands else set())
    return _boolean("expand_field_values", given.get("expand_field_values", "0"))


def _given(query: str, known: Collection[str]) -> Mapping[str, str]:
    given: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in known:
            raise RefusedError(400, f"Unknown parameter '{name}'.")
        if name in given:
            raise RefusedError(400, f"Parameter '{name}' is given twice.")
        given[name] = value
    return given


def _bad(name: str, value: str) -> RefusedError:
    return RefusedError(400, f"Bad value '{value}' for parameter '{name}'.")


def _integer(name: str, text: str) -> int:
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise _bad(name, text)
    return int(text)


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise _bad(name, text)
    return _BOOLEANS[text.lower()]


def _date(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError as error:
        raise _bad(name, text) from error


def _timestamp(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text if _TIMESTAMP.fullmatch(text) else "")
    except ValueError as error:
        raise _bad(name, text) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _string(_name: str, text: str) -> str:
    return text.casefold()


_READERS: dict[str, Callable[[str, str], object]] = {
    "integer": _integer, "string": _string, "boolean": _boolean, "date": _date, "timestamp": _timestamp,
}  # fmt: skip


def _value(name: str, parameter: Parameter, text: str) -> object:
    if parameter.kind != "enum":
        return _READERS[parameter.kind](name, text)
    if text not in parameter.words:
        raise _bad(name, text)
    return text


def _passes(parameter: Parameter, found: object, wanted: object) -> bool:
    if isinstance(found, list):
        return wanted in found
    if found is None:
        return False
    match parameter.bound:
        case "from":
            return bool(found >= wanted)  # type: ignore[operator]
        case "to":
            return bool(found <= wanted)  # type: ignore[operator]
        case "is":
            return (found.casefold() if parameter.kind == "string" and isinstance(found, str) else found) == wanted
