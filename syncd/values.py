"""One value of a vendor's record to one typed Python value; what does not parse raises RecordInvalid.

No guessing: a value that is not in a declared spelling is set aside, so that a person sees it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, TypeGuard

import msgspec

from syncd.collection import Kind
from syncd.errors import RecordInvalid

SMALLEST, LARGEST = -(2**63), 2**63 - 1
_MOST_DIGITS = 308  # as many as a double has before the point, so that both databases take the value
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_HOURS = r"(?:[01]\d|2[0-3])"  # never 24: later Pythons take it for the next day's midnight, which is guessing
_TIME = re.compile(rf"{_HOURS}:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
_INSTANT = re.compile(
    rf"(\d{{4}}-\d\d-\d\d)[ T]({_HOURS}:\d\d(?::\d\d)?)(?:\.(\d{{1,9}}))?(Z|z| ?[+-]\d\d:?\d\d|[+-]\d\d)?", re.ASCII
)
_MARKS = ((4, "-"), (7, "-"), (10, " T"), (13, ":"), (16, ":"))  # what separates the parts of YYYY-MM-DD HH:MM:SS
_SECONDS, _MICROSECONDS = 19, 26  # the lengths of YYYY-MM-DD HH:MM:SS and YYYY-MM-DD HH:MM:SS.ffffff
_MOST_DECIMALS = 9  # of a second
_TEXT_OR_NONE = frozenset({str, type(None)})
_HUGE: int = 10**_MOST_DIGITS
_SURROGATES = re.compile("[\ud800-\udfff]")
# In JSON text: what may be a number that a reader with doubles, or PostgreSQL, could not take.
_PERHAPS_HUGE = re.compile(rf"[eE][+-]?\d{{3}}|\d{{{_MOST_DIGITS}}}", re.ASCII)
_TRUE, _FALSE = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})


def _plain(value: object) -> str:
    """A text of a class of its own as any other text."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError


_encoder = msgspec.json.Encoder(decimal_format="number", enc_hook=_plain)
_sorting_encoder = msgspec.json.Encoder(decimal_format="number", order="sorted", enc_hook=_plain)


def clean_text(value: str) -> str:
    """*value* as both databases can hold it: U+0000 removed, lone surrogates become U+FFFD."""
    if "\0" in value:
        value = value.replace("\0", "")
    if not value.isascii():
        value = _SURROGATES.sub("\ufffd", value)
    return value


def clean(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """*value* as it can be stored as JSON: every text in it, keys too, cleaned, and numbers beyond any double as text.

    Goes without recursion: how deep a vendor nests is not for Python's stack to judge.
    """
    whole: list[Any] = [value]
    unfinished: list[Any] = [whole]
    while unfinished:
        holder = unfinished.pop()
        for place, item in list(enumerate(holder) if isinstance(holder, list) else holder.items()):
            holder[place] = found = _clean_part(item)
            if isinstance(found, dict | list):
                unfinished.append(found)
    return whole[0]


def _clean_part(item: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """A cleaned scalar; of an object or a list a copy whose parts are not cleaned yet."""
    if isinstance(item, str):
        return clean_text(item)
    if isinstance(item, dict):
        return {clean_text(name): part for name, part in item.items()}
    if isinstance(item, list):
        return list(item)
    if isinstance(item, int | Decimal) and _is_huge(item):
        return _encoder.encode(item).decode()
    return item


def _is_huge(number: int | Decimal) -> bool:
    """Whether *number* is beyond what a double, and so a reader of JSON, can hold; exponents of zero count too."""
    if isinstance(number, int):
        return abs(number) >= _HUGE
    exponent = number.as_tuple().exponent
    return not isinstance(exponent, int) or abs(exponent) >= _MOST_DIGITS or abs(number.adjusted()) >= _MOST_DIGITS


def lacking(value: Any, path: list[str]) -> Any:  # noqa: ANN401 (any JSON value)
    """*value* without the member under *path*; ``name[]`` means every element there, ``name{}`` every member."""
    name, rest = path[0].removesuffix("[]").removesuffix("{}"), path[1:]
    if not isinstance(value, dict) or name not in value:
        return value
    if not rest:
        return {other: item for other, item in value.items() if other != name}
    inner = value[name]
    if path[0].endswith("{}") and isinstance(inner, dict):
        return {**value, name: {key: lacking(item, rest) for key, item in inner.items()}}
    return {**value, name: [lacking(i, rest) for i in inner] if isinstance(inner, list) else lacking(inner, rest)}


def json_text(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    """Compact JSON text that both databases can hold, numbers as they were sent."""
    try:
        encoded = _encoder.encode(value).decode()
    except UnicodeEncodeError:
        return _encoder.encode(clean(value)).decode()
    if "\\u0000" in encoded or _PERHAPS_HUGE.search(encoded):
        return _encoder.encode(clean(value)).decode()
    return encoded


def canonical(value: Any) -> bytes:  # noqa: ANN401 (any JSON value)
    """JSON bytes that do not depend on the order of members: what two equal records have in common."""
    try:
        return _sorting_encoder.encode(value)
    except UnicodeEncodeError:
        return _sorting_encoder.encode(clean(value))


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"  # its members may be of those stored nowhere
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}…"  # noqa: PLR2004 (a readable message)


def to_text(value: object) -> str:
    """A string; a number or a boolean becomes its JSON token."""
    if type(value) is str:
        return clean_text(value)
    if isinstance(value, bool | int | Decimal | float):
        return _encoder.encode(value).decode()
    if isinstance(value, str):  # of a class of its own
        return clean_text(str(value))
    msg = f"{_shown(value)} is not text"
    raise RecordInvalid(msg)


def _is_integral(value: object) -> TypeGuard[Decimal | float | str]:
    if isinstance(value, Decimal):
        return not _is_huge(value) and value == value.to_integral_value()
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, str) and _INTEGER.fullmatch(value) is not None


def to_integer(value: object) -> int:
    """A 64-bit integer, also from an integral number or from digits in a string."""
    if type(value) is int:
        found = value
    elif _is_integral(value):
        found = int(value)
    else:
        msg = f"{_shown(value)} is not an integer"
        raise RecordInvalid(msg)
    if not SMALLEST <= found <= LARGEST:
        msg = f"{_shown(value)} does not fit into 64 bits"
        raise RecordInvalid(msg)
    return found


def to_decimal(value: object) -> Decimal:
    """An exact number, from a JSON number or from one in a string."""
    if type(value) is Decimal:
        found = value
    elif type(value) is int:
        found = Decimal(value)
    elif isinstance(value, float):
        found = Decimal(repr(value))
    elif isinstance(value, str) and _NUMBER.fullmatch(value):
        try:
            found = Decimal(value)
        except InvalidOperation:  # pragma: no cover (the pattern admits nothing that Decimal refuses)
            found = Decimal("NaN")
    else:
        msg = f"{_shown(value)} is not a number"
        raise RecordInvalid(msg)
    if not found.is_finite() or _is_huge(found):
        msg = f"{_shown(value)} is out of range"
        raise RecordInvalid(msg)
    return found


def to_double(value: object) -> float:
    """A finite double, from a JSON number or from one in a string."""
    if isinstance(value, bool) or not (
        isinstance(value, int | float | Decimal) or (isinstance(value, str) and _NUMBER.fullmatch(value))
    ):
        msg = f"{_shown(value)} is not a number"
        raise RecordInvalid(msg)
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        msg = f"{_shown(value)} is out of range"
        raise RecordInvalid(msg)
    return found


def to_boolean(value: object) -> bool:
    """JSON booleans, 0/1, and the words true/false, yes/no, 1/0."""
    if type(value) is bool:
        return value
    if isinstance(value, int | Decimal) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    msg = f"{_shown(value)} is neither true nor false"
    raise RecordInvalid(msg)


def to_date(value: object) -> date:
    """A calendar day, ``YYYY-MM-DD``; a time part is refused, for shifting a day is guessing."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    msg = f"{_shown(value)} is not a date (YYYY-MM-DD)"
    raise RecordInvalid(msg)


def to_time(value: object) -> time:
    """A time of day, ``HH:MM[:SS[.ffffff]]``."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            return time.fromisoformat(value[:15])
        except ValueError:
            pass
    msg = f"{_shown(value)} is not a time of day (HH:MM:SS)"
    raise RecordInvalid(msg)


def _moment(value: object) -> datetime:
    """Date and time, aware if an offset was there. Fractions beyond microseconds are cut, towards older."""
    found = _INSTANT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is not None:
        day, clock, fraction, offset = found.groups()
        offset = (offset or "").strip().upper()
        stamp = f"{day}T{clock}" + (f".{fraction[:6]:0<6}" if fraction else "") + offset
        try:
            return datetime.fromisoformat(stamp)
        except ValueError:
            pass
    msg = f"{_shown(value)} is not a date with a time (YYYY-MM-DD HH:MM:SS)"
    raise RecordInvalid(msg)


def to_instant(value: object) -> datetime:
    """An aware UTC datetime; a spelling without a zone means UTC."""
    if (
        type(value) is str
        and len(value) == _SECONDS
        and value[4] == value[7] == "-"
        and value[10] == " "
        and value[13] == value[16] == ":"
        and value[11:13] != "24"
    ):
        # The usual spelling, without the pattern's cost; fromisoformat alone also takes week dates, an offset in place
        # of the seconds and, in later Pythons, hour 24. Replacing the zone afterwards costs four times the parsing.
        try:
            return datetime.fromisoformat(f"{value}+00:00")
        except ValueError:
            pass
    found = _moment(value)
    if found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        msg = f"{_shown(value)} is out of range"
        raise RecordInvalid(msg) from None


def instant_text(value: object, zone: str) -> str:
    """An instant (a datetime, or as vendors send it) as ``YYYY-MM-DD HH:MM:SS.ffffff`` in UTC, *zone* behind it."""
    moment = value.astimezone(UTC) if isinstance(value, datetime) else to_instant(value)
    return moment.isoformat(" ", "microseconds")[:26] + zone


def instant_texts(values: list[Any], zone: str) -> list[Any] | None:
    """``instant_text`` of many values (or None); None if one of them is no instant."""
    if not _TEXT_OR_NONE.issuperset(map(type, values)):
        return None
    texts = set(values)  # a time is often told more than once
    texts.discard(None)
    lengths = set(map(len, texts))
    made: dict[Any, Any] = {None: None}
    try:
        for length in lengths:
            alike = [text for text in texts if len(text) == length] if len(lengths) > 1 else list(texts)
            shown = _texts_alike(alike, length, zone)
            made.update(zip(alike, shown or [instant_text(text, zone) for text in alike], strict=True))
    except RecordInvalid:
        return None
    return [made[value] for value in values]


def _texts_alike(texts: list[str], length: int, zone: str) -> list[str] | None:
    """``instant_text`` of *texts* that have all this *length*; None unless all are in one of the usual spellings."""
    if length < _SECONDS:
        return None
    # What separates the parts stands at the same places in every text: a few slices see all of them at once.
    joined = "".join(texts)
    if not joined.isascii() or any(joined[place::length].strip(mark) for place, mark in _MARKS):
        return None
    if " 24:" in joined or "T24:" in joined:
        return None
    zulu = length > _SECONDS and not joined[length - 1 :: length].strip("Z")
    digits = length - zulu - _SECONDS - 1  # of the fraction; -1 if there is not even a point
    if digits == 0 or digits > _MOST_DECIMALS:
        return None
    if digits > 0:
        places = [joined[place::length] for place in range(_SECONDS + 1, _SECONDS + 1 + digits)]
        if joined[_SECONDS::length].strip(".") or not all(map(str.isdigit, places)):
            return None
    try:
        for text in texts:
            datetime.fromisoformat(text)
    except ValueError:
        return None
    if digits < 1:
        ending = f".000000{zone}"
        return [f"{text[:10]} {text[11:19]}{ending}" for text in texts]
    kept = min(_SECONDS + 1 + digits, _MICROSECONDS)  # cut, towards older
    ending = "0" * (_MICROSECONDS - kept) + zone
    return [f"{text[:10]} {text[11:kept]}{ending}" for text in texts]


def to_local_datetime(value: object) -> datetime:
    """A naive datetime as the vendor wrote it; an offset, if any, is dropped, never applied."""
    return _moment(value).replace(tzinfo=None)


PARSERS: dict[Kind, Callable[[Any], Any]] = {
    Kind.INTEGER: to_integer,
    Kind.TEXT: to_text,
    Kind.DOUBLE: to_double,
    Kind.DECIMAL: to_decimal,
    Kind.BOOLEAN: to_boolean,
    Kind.DATE: to_date,
    Kind.TIME: to_time,
    Kind.JSON: json_text,
    Kind.INSTANT: to_instant,
    Kind.LOCAL_DATETIME: to_local_datetime,
}
