"""What a request says: its key, and its parameters read as strictly as the vendor documents them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from aiohttp import web

from syncd.standin.trackier.refusals import invalid
from syncd.standin.trackier.times import read_end

Kind = Literal["int", "text", "texts", "bool", "date", "moment", "zone", "filters"]
KEY_HEADER, KEY_PARAMETER = "X-Api-Key", "apiKey"
_INTEGER = re.compile(r"-?\d{1,15}", re.ASCII)
_FILTER = re.compile(r"filters\[(\w+)\](\[\])?")
_BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. `words` are the values it may have; `date` takes no time of day, `moment` takes both."""

    kind: Kind
    required: bool = False
    low: int | None = None
    high: int | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """A request's parameters as they came: single texts, arrays by their name without brackets, filters."""

    key: str | None
    texts: Mapping[str, list[str]]
    arrays: Mapping[str, list[str]]
    filters: Mapping[str, list[str]]
    single_filters: frozenset[str]


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open range of time in which both ends that were asked for are included, and the zone it was asked in."""

    start: datetime
    end: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Asked:
    """Parameters in Python's types; `undocumented` are the names (and filters) that the call does not have."""

    values: dict[str, Any]
    filters: dict[str, list[str]]
    undocumented: list[str] = field(default_factory=list)

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  a parameter of any kind
        """A parameter, or what holds without it."""
        return self.values.get(name, default)


def given(request: web.Request) -> Given:
    """Takes a query apart: `a=1`, `b[]=2&b[]=3`, `filters[c]=4`, `filters[d][]=5`."""
    texts: dict[str, list[str]] = {}
    arrays: dict[str, list[str]] = {}
    filters: dict[str, list[str]] = {}
    single = set()
    for name, value in parse_qsl(request.raw_path.partition("?")[2], keep_blank_values=True):
        if found := _FILTER.fullmatch(name):
            filters.setdefault(found[1], []).append(value)
            if not found[2]:
                single.add(found[1])
        elif name.endswith("[]"):
            arrays.setdefault(name.removesuffix("[]"), []).append(value)
        else:
            texts.setdefault(name, []).append(value)
    key = request.headers.get(KEY_HEADER) or next(iter(texts.pop(KEY_PARAMETER, [])), None)
    return Given(key, texts, arrays, filters, frozenset(single))


def parameters(asked: Given, known: Mapping[str, Parameter], filters: frozenset[str]) -> Asked:
    """The parameters in Python's types; CodeError 107 for what the vendor would not take. Unknown ones are noted."""
    read: dict[str, Any] = {}
    strange = [name for name in (*asked.texts, *asked.arrays) if name not in known]
    strange += [f"filters[{name}]" for name in asked.filters if name not in filters]
    for name, parameter in known.items():
        if parameter.kind == "texts":
            if name in asked.texts:
                raise invalid(name, "must be an array")
            if name in asked.arrays:
                read[name] = [_word(f"{name}[{n}]", parameter, one) for n, one in enumerate(asked.arrays[name])]
        elif name in asked.arrays or len(asked.texts.get(name, ())) > 1:
            raise invalid(name, "must be a string")
        elif name in asked.texts:
            read[name] = _value(name, parameter, asked.texts[name][0])
        elif parameter.required:
            raise invalid(name, "is required")
    return Asked(read, {name: values for name, values in asked.filters.items() if name in filters}, strange)


def window(asked: Asked, known: Mapping[str, Parameter], zone: ZoneInfo, now: datetime) -> Window:
    """The range of time asked for; without ends it is today. Dates are read in the zone asked for, else in `zone`."""
    zone = asked.get("zone", zone)
    today = now.astimezone(zone).date().isoformat()
    ends = []
    for name, is_last in (("start", False), ("end", True)):
        takes_times = known[name].kind == "moment"
        try:
            ends.append(read_end(asked.get(name, today), zone, is_last=is_last, takes_times=takes_times))
        except (ValueError, OverflowError) as error:
            forms = "YYYY-MM-DD HH:mm:ss" if takes_times else "YYYY-MM-DD"
            raise invalid(name, f"must be in {forms} format") from error
    if ends[0] >= ends[1]:
        raise invalid("end", 'must be greater than or equal to "ref:start"')
    return Window(ends[0], ends[1], zone)


def _value(name: str, parameter: Parameter, text: str) -> Any:  # noqa: ANN401  a parameter of any kind
    match parameter.kind:
        case "int":
            return _integer(name, parameter, text)
        case "bool":
            if text not in _BOOLEANS:
                raise invalid(name, "must be a boolean")
            return _BOOLEANS[text]
        case "zone":
            try:
                return ZoneInfo(text)
            except (ZoneInfoNotFoundError, ValueError, OSError) as error:
                raise invalid(name, "must be a valid timezone") from error
    return _word(name, parameter, text)


def _integer(name: str, parameter: Parameter, text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise invalid(name, "must be a number")
    number = int(text)
    if parameter.low is not None and number < parameter.low:
        raise invalid(name, f"must be greater than or equal to {parameter.low}")
    if parameter.high is not None and number > parameter.high:
        raise invalid(name, f"must be less than or equal to {parameter.high}")
    return number


def _word(name: str, parameter: Parameter, text: str) -> str:
    if parameter.words and text not in parameter.words:
        raise invalid(name, f"must be one of [{', '.join(parameter.words)}]")
    if not text:
        raise invalid(name, "is not allowed to be empty")
    return text
