"""What a request says: where the hash stands, and its parameters read as strictly as the vendor documents them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl

from aiohttp import web

from syncd.standin.itrack.refusals import CodeError
from syncd.standin.itrack.times import Times

Kind = Literal["int", "ids", "time", "bool", "text", "texts", "sort", "object"]
MOST_SORTS = 2
_NVX = re.compile(r"NVX (\S+)")
_BOOLEANS = {"true": True, "false": False}
_INTEGER = re.compile(r"-?\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `words` are the values a text or the fields a sort may have; `new` ones an old server ignores."""

    kind: Kind
    required: bool = False
    low: int | None = None
    high: int | None = None
    most: int | None = None  # elements
    words: tuple[str, ...] = ()
    new: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A request's parameters as they came: texts of a form or a query, or JSON values."""

    values: Mapping[str, Any]
    texts: frozenset[str]
    hash: str | None
    is_iso: bool
    twice: tuple[str, ...] = ()
    unread: CodeError | None = None
    undocumented: list[str] = field(default_factory=list)


def given(request: web.Request, body: bytes) -> Given:
    """Reads a request; what is wrong with it is kept for later, since a rate limit or a missing call come first."""
    values: dict[str, Any] = {}
    twice, unread, is_json = [], None, False
    pairs = parse_qsl(request.raw_path.partition("?")[2], keep_blank_values=True)
    if request.method == "POST" and body:
        kind = request.content_type
        try:
            if kind == "application/json":
                values, is_json = _members(body), True
            elif kind == "application/x-www-form-urlencoded":
                pairs += parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
            else:
                unread = CodeError(5, f"content type {kind}")
        except ValueError:
            unread = CodeError(5)
    from_json = frozenset(values) if is_json else frozenset()
    for name, value in pairs:
        if name in values:
            twice.append(name)
        values[name] = value
    if request.method not in {"GET", "POST"}:
        unread = CodeError(5, f"method {request.method}")
    is_iso = request.headers.get("NVX-ISO-DateTime", "") == "true"
    return Given(
        values, frozenset(values) - from_json, _hash(request, values), is_iso, tuple(dict.fromkeys(twice)), unread
    )


def _members(body: bytes) -> dict[str, Any]:
    members = json.loads(body)
    if not isinstance(members, dict):
        raise ValueError  # noqa: TRY004  the caller's word for any unreadable body
    return members


def _hash(request: web.Request, values: Mapping[str, Any]) -> str | None:
    header = request.headers.get("Authorization")
    if header is not None:
        found = _NVX.fullmatch(header)
        return found[1] if found else ""
    value = values.get("hash")
    return value if isinstance(value, str) else None


def parameters(
    request: Given, known: Mapping[str, Parameter], times: Times, *, is_current: bool
) -> dict[str, Any]:  # fmt: skip
    """The parameters in Python's types; CodeError 5 or 7 for what the vendor would not take. Unknown ones are noted."""
    if request.unread is not None:
        raise request.unread
    if request.twice:
        raise CodeError(7, f"{request.twice[0]} is given twice")
    read: dict[str, Any] = {}
    for name, value in request.values.items():
        parameter = known.get(name)
        if parameter is None:
            if name not in {"hash", "iso_datetime"}:
                request.undocumented.append(name)
        elif is_current or not parameter.new:
            read[name] = _read(
                name, parameter, value, is_text=name in request.texts, times=times, is_current=is_current
            )
    for name, parameter in known.items():
        if parameter.required and name not in read:
            raise CodeError(7, f"{name} is required")
    return read


def wants_iso(request: Given) -> bool:
    """True if times are to be ISO."""
    value = request.values.get("iso_datetime")
    return request.is_iso or value is True or value == "true"


def _read(name: str, parameter: Parameter, value: Any, *, is_text: bool, times: Times, is_current: bool) -> Any:  # noqa: ANN401
    try:
        return _value(parameter, value, is_text=is_text, times=times, is_current=is_current)
    except (ValueError, OverflowError) as error:
        raise CodeError(7, name) from error


def _value(parameter: Parameter, value: Any, *, is_text: bool, times: Times, is_current: bool) -> Any:  # noqa: ANN401
    match parameter.kind:
        case "int":
            return _integer(parameter, value, is_text=is_text)
        case "bool":
            return _boolean(value, is_text=is_text)
        case "time":
            return _time(value, times, takes_iso=is_current)
        case "text":
            return _text(parameter, value)
        case "object":
            return _json(value, dict, is_text=is_text)
        case "ids":
            return _list(parameter, _json(value, list, is_text=is_text), int)
        case "texts":
            return _list(parameter, _json(value, list, is_text=is_text), str)
        case "sort":
            return _sorts(parameter, _json(value, list, is_text=is_text))


def _integer(parameter: Parameter, value: object, *, is_text: bool) -> int:
    if is_text:
        if not isinstance(value, str) or not _INTEGER.fullmatch(value):
            raise ValueError
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError  # noqa: TRY004  one word for all that the vendor would not take
    if (parameter.low is not None and value < parameter.low) or (parameter.high is not None and value > parameter.high):
        raise ValueError
    return value


def _boolean(value: object, *, is_text: bool) -> bool:
    if is_text:
        value = _BOOLEANS.get(str(value))
    if not isinstance(value, bool):
        raise ValueError  # noqa: TRY004
    return value


def _time(value: object, times: Times, *, takes_iso: bool) -> datetime:
    if not isinstance(value, str):
        raise ValueError  # noqa: TRY004
    return times.read(value, takes_iso=takes_iso)


def _text(parameter: Parameter, value: object) -> str:
    if not isinstance(value, str) or (parameter.words and value not in parameter.words):
        raise ValueError
    if parameter.high is not None and len(value) > parameter.high:
        raise ValueError
    return value


def _json(value: Any, kind: type, *, is_text: bool) -> Any:  # noqa: ANN401
    if is_text:
        value = json.loads(value)
    if not isinstance(value, kind):
        raise ValueError  # noqa: TRY004
    return value


def _list(parameter: Parameter, values: list[Any], kind: type) -> list[Any]:
    if not values or any(not isinstance(one, kind) or isinstance(one, bool) for one in values):
        raise ValueError
    if parameter.words and set(values) - set(parameter.words):
        raise ValueError
    if parameter.most is not None and len(values) > parameter.most:
        raise CodeError(221)
    return values


def _sorts(parameter: Parameter, values: list[Any]) -> list[tuple[str, bool]]:
    if not 0 < len(values) <= MOST_SORTS:
        raise ValueError
    sorts = []
    for one in values:
        name, _, way = str(one).partition("=")
        if name not in parameter.words or way not in {"asc", "desc"}:
            raise ValueError
        sorts.append((name, way == "desc"))
    return sorts
