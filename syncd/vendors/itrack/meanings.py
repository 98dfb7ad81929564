"""What iTrack's answers mean: the vendor's table of error codes as a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from syncd.ask import NOT_JSON, Question, Reply
from syncd.errors import (
    BadBatch,
    CallMissing,
    FeatureMissing,
    Malformed,
    NotFound,
    RateLimited,
    Refused,
    SessionOver,
    Unauthorized,
    Unavailable,
    VendorError,
    WindowTooBig,
)

LOGIN = "/user/auth/"

UNKNOWN_CALL = frozenset({5, 7})
"""Codes by which some old servers say that they do not know a call, beside 111 and 112."""
INVALID_PARAMETERS, NO_SUCH_ENTITY, LIMIT_TOO_BIG, HAS_NO_POINTS = 7, 204, 212, 230

OK, REDIRECT, BAD_REQUEST, TOO_MANY, SERVER_ERROR = 200, 300, 400, 429, 500

_KEY = "Make an API key in the web interface (it is not bound to a session) and set api_key."
_LOGIN = "Check login, password and dealer_id; better: " + _KEY[0].lower() + _KEY[1:]
_OWNER = "Ask the platform's operator to open this account again."

# Code → what happens next, and what a person can do. Of those not here 5xx are retried, the others are our fault.
_CODES: Mapping[int, tuple[type[VendorError], str]] = {
    **dict.fromkeys((1, 6, 8, 14, 215, 218, 229), (Unavailable, "")),
    2: (Unavailable, "If it lasts, ask the platform's operator: its own sign-in service refuses."),
    # The client turns these into Unauthorized where there is no session to open again.
    3: (SessionOver, "The server does not take this key. Copy api_key anew, or log in with login and password."),
    4: (SessionOver, "Was the API key revoked, or the user deleted? Make a new key, or check login and password."),
    **dict.fromkeys((9, 217, 221), (BadBatch, "")),
    11: (Unauthorized, "The dealer's access is blocked. " + _OWNER),
    12: (Unauthorized, "There is no such dealer: check dealer_id."),
    13: (FeatureMissing, "The user lacks this right; the account's owner can grant it."),
    15: (RateLimited, ""),
    101: (FeatureMissing, "A demo account does not have it."),
    102: (Unauthorized, _LOGIN),
    103: (Unauthorized, "Activate the account first (the vendor sends a link), then try again."),
    104: (Unavailable, "Somebody logs in too often with this account; syncd tries again later. " + _KEY),
    105: (Unavailable, "Too many attempts to log in; syncd tries again in a few minutes. " + _LOGIN),
    **dict.fromkeys((111, 112), (CallMissing, "The server is older than this call.")),
    **dict.fromkeys((201, 204, 208, 213, 214, 219, 228, 230, 249, 250, 266, 237, 239, 258), (NotFound, "")),
    211: (WindowTooBig, ""),
    222: (FeatureMissing, "The account lacks the plugin."),
    225: (FeatureMissing, "It is not there for this legal type."),
    236: (FeatureMissing, "The tariff does not include it."),
    246: (Unauthorized, "The user does not exist any more. " + _LOGIN),
    275: (Unauthorized, "The user is blocked. " + _OWNER),
    276: (Unauthorized, "This is a session of another kind, as of the administration panel. " + _LOGIN),
    281: (Unauthorized, "The resource is closed. " + _OWNER),
}

# What the vendor's table calls them, for answers that are not quoted: those to a login may hold a secret.
_WORDS: Mapping[int, str] = {
    3: "no valid key or session",
    4: "the key or session is unknown or over",
    7: "invalid parameters",
    11: "the dealer is blocked",
    12: "no such dealer",
    13: "not permitted",
    102: "wrong login or password",
    103: "the account is not activated",
    104: "too many logins",
    105: "too many attempts to log in",
    201: "not in the database",
    204: "no such entity",
    208: "the tracker is blocked by its tariff",
    211: "the range is too long",
    212: "the limit is too high",
    217: "an id of the list is unknown or blocked",
    221: "too many trackers",
    236: "not in the tariff",
    246: "no such user",
    275: "the user is blocked",
    276: "a session of another kind",
    281: "the resource is closed",
}

_SPAN = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?", re.ASCII
)
_PARTS = (
    timedelta(days=365),
    timedelta(days=30),
    timedelta(weeks=1),
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
)


def span(text: object) -> timedelta | None:
    """An ISO 8601 duration such as ``P90D``; months are 30 days. None if it is none, or nothing."""
    found = _SPAN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    numbers = [int(part) if part and len(part) < 7 else 0 for part in found.groups()]  # noqa: PLR2004
    return sum((part * number for part, number in zip(_PARTS, numbers, strict=True)), timedelta()) or None


def explain(question: Question, reply: Reply) -> VendorError | None:
    """What a reply means: ``success`` and ``status.code`` decide, the status of HTTP only where these are missing."""
    said = f" The vendor says: {reply.text}" if reply.text else ""
    if reply.value is NOT_JSON or not isinstance(reply.value, dict):
        return _without_envelope(question, reply, said)
    value = reply.value
    if value.get("success") is True and reply.status < REDIRECT:
        return _second_factor(question, value)
    code = _code(value)
    if reply.status == TOO_MANY or code == 15:  # noqa: PLR2004 (the table's own number)
        return RateLimited(f"iTrack refuses more requests for now ({reply.status}).{said}", code=code)
    if code is None:
        if REDIRECT <= reply.status < SERVER_ERROR and value.get("success") is not True:
            return Refused(f"iTrack refused {question.path} ({reply.status}).{said}")
        return Unavailable(f"{question.path} was answered with neither success nor error ({reply.status}).{said}")
    words = f" ({_WORDS[code]})" if code in _WORDS else ""
    told = f"{question.path} was answered with error {code}{words}.{said}"
    default = Unavailable if reply.status >= SERVER_ERROR else Refused
    kind, remedy = _CODES.get(code, (default, ""))
    if kind is WindowTooBig:
        return WindowTooBig(told, remedy=remedy, code=code, most=span(value.get("max_time_span")))
    return kind(told, remedy=remedy, code=code)


def _without_envelope(question: Question, reply: Reply, said: str) -> VendorError:
    """What a reply means that is not an object of JSON: mostly somebody else's words."""
    if reply.status == TOO_MANY:
        return RateLimited(f"iTrack refuses more requests for now ({reply.status}).{said}")
    if REDIRECT <= reply.status < BAD_REQUEST:
        return Refused(
            f"iTrack redirects {question.path} elsewhere ({reply.status}); with credentials none is followed.",
            remedy="Check base_url, and whether it ends in /v2 as this server wants it.",
        )
    if reply.value is not NOT_JSON and reply.status == OK:
        return Malformed(f"{question.path} was answered with JSON that is no object.")
    remedy = "Check base_url, and whether it ends in /v2 as this server wants it." if reply.status != OK else ""
    return Unavailable(
        f"{question.path} was answered with something that is not JSON ({reply.status}; a maintenance or proxy page?)."
        f"{said}",
        remedy=remedy,
    )


def _second_factor(question: Question, value: Mapping[str, Any]) -> VendorError | None:
    """A login that wants a code is no login: nobody is there to type it."""
    if question.path == LOGIN and value.get("type") == "second_factor_required":
        return Unauthorized("This login wants a second factor, which no program can give.", remedy=_KEY)
    return None


def _code(value: Mapping[str, Any]) -> int | None:
    """The vendor's code, however it is spelled."""
    status = value.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    if isinstance(code, str) and code.isascii() and code.isdecimal() and len(code) < 7:  # noqa: PLR2004
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None
