"""How iTrack is spoken to: credentials and sessions, limits, forms, and what is learned of an account first."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from syncd.ask import Answer, Question
from syncd.errors import FeatureMissing, Malformed, NotFound, Refused, Unauthorized
from syncd.reading import Account
from syncd.vendors.base import Limits, Sessions, Setting, Signature
from syncd.vendors.itrack.meanings import LOGIN, span
from syncd.vendors.itrack.times import zone_named

SETTINGS = (
    Setting(
        "api_key",
        "an API key, made by the account's owner in the web interface: recommended, for it needs no session",
        secret=True,
        required=False,
        example="env:ITRACK_KEY",
    ),
    Setting("login", "the user's login, with password instead of api_key", required=False, example="ops@example.com"),
    Setting("password", "the user's password", secret=True, required=False, example="env:ITRACK_PASSWORD"),
    Setting("dealer_id", "narrows the login to one dealer, where logins are not unique", required=False),
    Setting(
        "auth",
        "where the key or session goes: a form field (every server) or a header (since 2020)",
        required=False,
        example="field",
        choices=("field", "header"),
        default="field",
    ),
)

# The vendor allows 50 requests a second by key and by address. Other programs use the same account (the web interface
# is one), so a fifth of it is our part.
LIMITS = Limits(
    rate=(10, 1.0),
    documented=(50, 1.0),
    parallel=4,
    after_answer=False,
    hold_s=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0),
    hold_jitter=0.25,
    host=(50, 1.0),
)

HISTORY_LIMIT = 1000  # rows of events in one answer
REPORT_SPAN = timedelta(days=90)
STATS_SPAN = timedelta(days=31)
STATS_TRACKERS = 128

_OFFSET = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)", re.ASCII)

_encoder = msgspec.json.Encoder()


def question(path: str, params: Mapping[str, Any] | None = None, *, shared: bool = False) -> Question:
    """The form for one call: arrays and objects as JSON in one field, nulls left out."""
    fields = ((name, _field(value)) for name, value in (params or {}).items() if value is not None)
    return Question(path, tuple(fields), "POST", shared=shared)


def _field(value: object) -> str:
    if isinstance(value, str):
        return value
    return _encoder.encode(value).decode()  # true, 17, [1,2], {"a":…}


def timed(account: Account, path: str, params: Mapping[str, Any] | None = None, *, shared: bool = False) -> Question:
    """The form for a call whose answer holds times: with offsets wherever the server can."""
    iso = {"iso_datetime": True} if account.facts.get("iso") else {}
    return question(path, {**(params or {}), **iso}, shared=shared)


def check(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Settings that do not go together: a key, or login and password, and not half of either."""
    key, login, password = (bool(settings.get(name)) for name in ("api_key", "login", "password"))
    found = []
    if key and (login or password):
        found.append(("api_key", "stands beside login or password: set either the key or both of the others."))
    elif not (key or login or password):
        found.append(("api_key", "is missing: set it (recommended), or login and password."))
    elif login and not password:
        found.append(("password", "is missing: login needs it. An api_key needs neither."))
    elif password and not login:
        found.append(("login", "is missing: password needs it. An api_key needs neither."))
    dealer = settings.get("dealer_id")
    if dealer and re.fullmatch(r"\d{1,18}", dealer, re.ASCII) is None:
        found.append(("dealer_id", "is the dealer's number, digits only."))
    return tuple(found)


def warn(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A key of another form may work, but is more likely cut or mistaken."""
    key = settings.get("api_key")
    if not key or re.fullmatch("[0-9A-Fa-f]{32}", key, re.ASCII):
        return ()
    return (("api_key", "is not 32 hexadecimal characters, as API keys are; was it copied whole?"),)


def sign(settings: Mapping[str, str], session: str | None = None) -> Signature:
    """The key, else the session's hash, where the settings want it. A login itself is not signed."""
    value = settings.get("api_key") or session
    headers = {"Accept": "application/json"}
    if not value:
        return Signature(headers)
    if settings.get("auth") == "header":
        return Signature({**headers, "Authorization": f"NVX {value}"})
    return Signature(headers, (("hash", value),))


def _login(settings: Mapping[str, str]) -> Question:
    dealer = settings.get("dealer_id") or None
    asked = question(LOGIN, {"login": settings["login"], "password": settings["password"], "dealer_id": dealer})
    # An attempt too many is answered by a lock of the account: the next cycle is soon enough.
    return Question(asked.path, asked.params, asked.method, attempts=1)


def opened(value: object) -> str | None:
    """The session's hash in the answer to a login."""
    found = value.get("hash") if isinstance(value, dict) and value.get("type") != "second_factor_required" else None
    return found if isinstance(found, str) and re.fullmatch("[0-9A-Za-z]{16,128}", found, re.ASCII) else None


SESSIONS = Sessions(
    needed=lambda settings: not settings.get("api_key"),
    login=_login,
    opened=opened,
    renew=question("/user/session/renew/"),
    renew_after=timedelta(hours=12),
    login_gap=timedelta(minutes=5),
)

# Servers that do not know the parameter leave it aside: the form of the answer tells.
GET_INFO = question("/user/get_info/", {"iso_datetime": True}, shared=True)
LIST_TRACKERS = question("/tracker/list/", shared=True)


def learn() -> Generator[Question, Answer, Account]:
    """What reading depends on: the zone of plain times, the server's limits, the trackers that may be asked.

    ``facts`` are ``iso`` (times can come with an offset), ``old`` (they cannot, and no limits are told), ``locale``,
    ``history_limit`` rows, ``report_span_s`` and ``stats_span_s``, the longest ranges, ``stats_trackers``,
    ``trackers``, the ids that may be asked for, and ``blocked``, those that the tariff blocks.
    """
    answer = yield GET_INFO
    info = answer.value.get("user_info")
    if not isinstance(info, dict):
        raise Malformed("The answer to /user/get_info/ holds no user_info.")
    zone = zone_named(info.get("time_zone"))
    platform: Mapping[str, Any] | None
    try:
        answer = yield question("/dealer/get_ui_config/")
        platform = _platform(answer.value)
    except (FeatureMissing, Refused, NotFound, Unauthorized):
        # Old servers lack it or its limits, and whether it takes a key is not documented. The key or session was good
        # a moment ago: if it is not any more, the next question says so.
        platform = None
    told = platform or {}
    iso = told.get("iso_datetime_support") is True or _has_offset(info.get("creation_date"))
    answer = yield LIST_TRACKERS
    facts = {
        "iso": iso,
        "old": platform is None and not iso,
        "locale": info.get("locale") if isinstance(info.get("locale"), str) else "en_US",
        "history_limit": _number(_limit(told, "history", "max_limit"), HISTORY_LIMIT),
        "report_span_s": (span(_limit(told, "report", "max_time_span")) or REPORT_SPAN).total_seconds(),
        "stats_span_s": (span(_limit(told, "stats", "max_time_span")) or STATS_SPAN).total_seconds(),
        "stats_trackers": _number(_limit(told, "stats", "max_allowed_trackers"), STATS_TRACKERS),
        **_trackers(answer.value),
    }
    return Account(zone.key, facts)


def _has_offset(value: object) -> bool:
    """Whether a time came as ISO 8601 with its offset from UTC."""
    return isinstance(value, str) and _OFFSET.fullmatch(value) is not None


def _trackers(value: Mapping[str, Any]) -> dict[str, list[int]]:
    """The ids in an answer of ``tracker/list``."""
    found: dict[str, list[int]] = {"trackers": [], "blocked": []}
    records = value.get("list")
    for record in records if isinstance(records, list) else ():
        if isinstance(record, dict) and isinstance(record.get("id"), int):
            source = record.get("source")
            blocked = isinstance(source, dict) and source.get("blocked") is True
            found["blocked" if blocked else "trackers"].append(record["id"])
    return found


def _platform(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object with the server's limits, wherever this server puts it."""
    for holder in (value, value.get("settings"), value.get("value")):
        found = holder.get("platform") if isinstance(holder, dict) else None
        if isinstance(found, dict):
            return found
    return None


def _limit(platform: Mapping[str, Any], group: str, name: str) -> object:
    """One limit: nested, or under a dotted name."""
    inner = platform.get(group)
    found: object = inner.get(name) if isinstance(inner, dict) else None
    return platform.get(f"{group}.{name}") if found is None else found


def _number(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else default
