"""Every key of the configuration, declared once: what it takes, what it means, what it is without a value."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from syncd.config import units

NAME: Final = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
DAY: Final = timedelta(days=1)
OFF: Final = "off"
"""`[server] listen` that opens no port."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a key takes. ``read`` makes the value or raises ValueError with what is allowed; ``schema`` is JSON Schema.

    ``of_env`` makes of an environment variable's text what TOML would have held.
    """

    read: Callable[[Any], Any]
    schema: Mapping[str, Any]
    of_env: Callable[[str], Any] = lambda text: text


@dataclass(frozen=True, slots=True)
class Key:
    """One key: ``default`` is a text for people ("" if it must be given or simply is not there).

    ``later`` marks a key of the contract that this version does not act on yet: written all the same, it is told.
    ``by_class`` marks one that may be a table with a value for each class of calls, where the vendor has several.
    """

    name: str
    kind: Kind
    doc: str
    default: str = ""
    required: bool = False
    secret: bool = False
    examples: tuple[object, ...] = field(default=())
    later: bool = False
    by_class: bool = False


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text in quotes")  # noqa: TRY004 (one class for "this is not allowed here")
    if not value.strip():
        raise ValueError("one that is not empty")
    return value.strip()


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004 (one class for "this is not allowed here")
    return value


def _boolean_of_env(text: str) -> object:
    return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(
        text.strip().lower(), text
    )


def _number_of_env(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        return text


def _list_of_env(text: str) -> object:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return [part.strip() for part in text.split(",") if part.strip()]


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return read


def _between(low: timedelta, high: timedelta, *, seconds: bool = False) -> Callable[[object], timedelta]:
    allowed = f"{units.DURATION_FORM}, from {units.duration_text(low)} to {units.duration_text(high)}"
    if seconds:
        allowed = f"a number of seconds or {allowed}"

    def read(value: object) -> timedelta:
        try:
            if seconds and isinstance(value, str) and value.strip().replace(".", "", 1).isdecimal():
                found = timedelta(seconds=float(value))
            elif seconds and isinstance(value, int | float) and not isinstance(value, bool):
                found = timedelta(seconds=value)
            else:
                found = units.duration(_text(value))
        except (ValueError, OverflowError):
            raise ValueError(allowed) from None
        if not low <= found <= high:
            raise ValueError(allowed)
        return found

    return read


def _since(value: object) -> object:
    found = units.since(value)
    if isinstance(found, timedelta) and not timedelta(minutes=1) <= found <= 100 * 365 * DAY:
        raise ValueError(f"{units.SINCE_FORM}, from 1m to 100y")
    return found


def _texts(read: Callable[[str], object], allowed: str, *, one: bool = False) -> Callable[[object], tuple[object, ...]]:
    """A reader of a list of texts; with *one*, a single text stands for a list of one."""

    def read_all(value: object) -> tuple[object, ...]:
        found = [value] if one and isinstance(value, str) else value
        if not isinstance(found, list) or not all(isinstance(part, str) and part.strip() for part in found):
            raise ValueError(allowed)
        if one and not found:
            raise ValueError(allowed)
        try:
            return tuple(read(part.strip()) for part in found)
        except ValueError as error:
            if isinstance(value, str):
                raise
            raise ValueError(f"a list, each of it {error}") from None

    return read_all


def _ids(value: object) -> tuple[str, ...]:
    allowed = "a list of ids with at least one in it"
    if not isinstance(value, list) or not value:
        raise ValueError(allowed)
    if any(isinstance(part, bool) or not isinstance(part, str | int) or not str(part).strip() for part in value):
        raise ValueError(allowed)
    return tuple(dict.fromkeys(str(part).strip() for part in value))


def _size(value: object) -> int:
    found = units.size(value)
    if not 2**10 <= found <= 2**32:
        raise ValueError('a size such as "32MiB", from 1KiB to 4GiB')
    return found


def _room(value: object) -> int:
    try:
        found = units.size(value)
    except ValueError:
        found = -1
    if not 2**20 <= found <= 2**50:
        raise ValueError('a size such as "1GiB", from 1MiB to 1048576GiB')
    return found


def _reread(text: str) -> tuple[timedelta, timedelta]:
    back, often = units.reread_tier(text)
    if not (timedelta(seconds=1) <= often <= 366 * DAY and timedelta(seconds=1) <= back <= 3660 * DAY):
        raise ValueError('a text such as "2d every 1h", from 1s to 3660d back, every 1s to 366d')
    return back, often


def _listen(value: object) -> str:
    text = _text(value)
    if text == OFF:
        return text
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdecimal() and int(port) <= 65_535):  # noqa: PLR2004 (the last port there is)
        raise ValueError(f'"host:port", such as "127.0.0.1:8787" (port 0: any free one), or "{OFF}"')
    return f"{host}:{int(port)}"


def choice(*allowed: str) -> Kind:
    """One of some words."""

    def read(value: object) -> str:
        if value not in allowed:
            raise ValueError(" or ".join(f'"{word}"' for word in allowed))
        return str(value)

    return Kind(read, {"enum": list(allowed)})


_STRING = {"type": "string"}
_STRINGS = {"type": "array", "items": _STRING}

TEXT: Final = Kind(_text, _STRING)
SECRET: Final = Kind(
    _text, {"type": "string", "description": "the secret itself, env:NAME, file:PATH or credential:NAME"}
)
SECRETS: Final = Kind(_texts(str, "a list of texts"), _STRINGS, _list_of_env)
BOOLEAN: Final = Kind(_boolean, {"type": "boolean"}, _boolean_of_env)
RATES: Final = Kind(
    _texts(units.rate, units.RATE_FORM, one=True),
    {"anyOf": [_STRING, _STRINGS]},
    _list_of_env,
)
SINCE: Final = Kind(_since, _STRING)
COLUMNS: Final = Kind(_texts(str, "a list of names of columns"), _STRINGS, _list_of_env)
# Ids are written as numbers or as texts: the vendors' own documents do both.
IDS: Final = Kind(
    _ids,
    {"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 1},
    _list_of_env,
)
CADENCE: Final = Kind(_between(timedelta(seconds=1), 366 * DAY), _STRING)


TOP: Final = (
    Key("state_dir", TEXT, "folder for files beside the database", "$STATE_DIRECTORY, else beside the SQLite file"),
)

SECTIONS: Final[Mapping[str, tuple[Key, ...]]] = {
    "database": (
        Key(
            "url",
            TEXT,
            'where the copy is kept: "sqlite:///FILE" (relative to this file) or "postgresql://USER:PASSWORD@HOST/NAME"',
            required=True,
            secret=True,
            examples=("sqlite:///syncd.db",),
        ),
    ),
    "server": (
        Key("listen", Kind(_listen, _STRING), 'address of the status page and of /metrics, or "off"', "127.0.0.1:8787"),
        Key(
            "token",
            SECRET,
            "what a browser must present to start, pause or resume; beyond loopback to read as well",
            secret=True,
        ),
    ),
    "alerts": (
        Key("urls", SECRETS, "where alerts go, as addresses of apprise", "[]", secret=True),
        Key(
            "late_for",
            Kind(_between(timedelta(minutes=1), 30 * DAY), _STRING),
            "how long a collection may be late without an alert",
            "30m",
        ),
        Key(
            "rejects",
            Kind(_whole(1, 10**9), {"type": "integer", "minimum": 1}, _number_of_env),
            "so many records and values of a collection set aside within a day are an alert",
            "100",
        ),
        Key(
            "disk_free",
            Kind(_room, {"type": ["string", "integer"]}),
            "less free space than this is an alert; of a small disk a tenth is enough",
            "1GiB",
        ),
    ),
    "log": (
        Key("level", choice("debug", "info", "warning", "error"), "the least that is logged", "info"),
        Key("format", choice("auto", "console", "json"), "auto is console on a terminal and json elsewhere", "auto"),
    ),
    "privacy": (
        Key(
            "hash_key",
            SECRET,
            "key of the hashes that `hash` columns are stored as: 16 characters or more",
            secret=True,
        ),
    ),
}

CONNECTION: Final = (
    Key("vendor", TEXT, "whose account this is", required=True, examples=("trackops",)),
    Key("enabled", BOOLEAN, "false leaves the connection alone", "true"),
    Key("base_url", TEXT, "address of the API, if it is not the vendor's usual one"),
    Key("rate", RATES, f"the pace of sending: {units.RATE_FORM} that all hold; a table has one for each class of calls",
        "the vendor's safe pace", by_class=True),
    Key("parallel", Kind(_whole(1, 256), {"type": "integer", "minimum": 1, "maximum": 256}, _number_of_env),
        "requests in flight, of each class of calls; a table names the classes", "the vendor's", by_class=True),
    Key("rate_share", Kind(units.share, {"type": ["string", "number"]}),
        "the part of the rate that is syncd's; the rest is left to other programs", "100%"),
    Key("quiet", Kind(_texts(units.quiet_hours, 'hours such as "22:00-06:00", or a list of them', one=True),
        {"anyOf": [_STRING, _STRINGS]}, _list_of_env), "hours of the machine's day without requests", "none"),
    Key("since", SINCE, "how far back windowed collections start: a date or a duration", "the vendor's"),
    Key("timeout", Kind(_between(timedelta(seconds=1), timedelta(hours=1), seconds=True),
        {"type": ["string", "number"]}), "longest wait for one whole answer", "the vendor's"),
    Key("ca_file", TEXT, "certificates to trust, for a proxy with its own authority", "the system's"),
    Key("max_body", Kind(_size, {"type": ["string", "integer"]}), "largest answer that is read", "32MiB"),
)  # fmt: skip

COLLECTION: Final = (
    Key("enabled", BOOLEAN, "whether the collection is kept", "as declared"),
    Key("every", CADENCE, "time between two cycles", "the collection's own, else the vendor's"),
    Key(
        "cron",
        Kind(lambda value: units.cron(_text(value)), _STRING),
        "times of cycles as a cron line, instead of every",
    ),
    Key(
        "sweep",
        CADENCE,
        "time between two full passes, which also find deletions",
        "the vendor's; windowed collections have none",
    ),
    Key(
        "reread",
        Kind(_texts(_reread, 'a list of texts such as "2d every 1h"'), _STRINGS, _list_of_env),
        'of windowed collections: how far back is read again, how often: ["2d every 1h", "60d every 1d"]',
        "the collection's own",
    ),
    Key("lookback", CADENCE, "how far behind the cursor each cycle reads again", "the collection's own"),
    Key("since", SINCE, "how far back a windowed collection starts: a date or a duration", "the connection's"),
    Key("exclude", COLUMNS, "columns that stay null", "[]"),
    Key("include", COLUMNS, "sensitive columns that are stored all the same", "[]"),
    Key("hash", COLUMNS, "text columns of which only a keyed hash is stored ([privacy] hash_key)", "[]"),
    Key(
        "retention",
        Kind(_between(DAY, 100 * 365 * DAY), _STRING),
        "of windowed collections: the age at which rows are removed here; older ones are not asked for either",
        "never",
    ),
    Key("history", BOOLEAN, "whether the vendor's history is read too", "false", later=True),
)
