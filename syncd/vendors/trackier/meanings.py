"""What Trackier's answers mean: by the code in the body first, for the status of HTTP is 400 for nearly everything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from syncd.ask import NOT_JSON, Question, Reply
from syncd.errors import (
    FeatureMissing,
    Malformed,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    VendorError,
    WindowTooBig,
)

SHORTEST: Mapping[str, timedelta] = {
    "/v2/reports/clicks": timedelta(hours=1),
    "/v2/network/conversions": timedelta(hours=1),
    # With a margin of a month at each end nothing is won by less.
    "/v2/invoices": timedelta(days=100),
}
"""The lengths of the shortest ranges that are asked for, where that is not a day."""

_DAY = timedelta(days=1)
_OK, _REDIRECT, _BAD_REQUEST, _TOO_MANY, _SERVER_ERROR, _GATEWAY_TIMEOUT = 200, 300, 400, 429, 500, 504

_KEY = "Copy api_key anew from Automation > API in the panel; it has to be the network's (admin) key."
_WHITELIST = (
    "Allow this machine's address beside the key (Automation > API in the panel); "
    "`curl https://checkip.amazonaws.com`, run on this machine, prints it."
)
_RIGHT = (
    "If the account lacks this, set enabled = false for the collection; "
    "if every collection says so, api_key is a publisher's or advertiser's: it has to be the network's (admin) key."
)
_REPORT = "This is a fault of syncd: please report it."
_OLD = "This is an answer of API v1, which stopped after 2022-12-01: leave base_url out, so that v2 is asked."

# Code → what happens next, what it is called, and what a person can do.
_CODES: Mapping[str, tuple[type[VendorError], str, str]] = {
    "101": (Unauthorized, "no API key", _KEY),
    "102": (Unauthorized, "the API key is not known", _KEY),
    "103": (Unauthorized, "the key's user is not active", "Let an administrator of the network activate the user."),
    "104": (Unauthorized, "the network's account is not active", "Ask Trackier's support what the account lacks."),
    "105": (Unauthorized, "this machine's address is not allowed", _WHITELIST),
    "106": (FeatureMissing, "the key may not read this", _RIGHT),
    "107": (Refused, "a parameter is wrong", _REPORT),
    "108": (Unavailable, "an error inside Trackier", ""),
    "109": (NotFound, "not there", ""),
    "110": (Refused, "a custom field is missing", _REPORT),
    "111": (NotFound, "deleted", ""),
    "112": (Unavailable, "a service of Trackier's is down", ""),
    "113": (Unauthorized, "wrong login", _KEY),
    # Of v1, as far as anybody can still meet it.
    **dict.fromkeys(("5", "11", "12", "13", "41", "42"), (Unauthorized, "refused", _OLD)),
    **dict.fromkeys(("20", "30", "32", "33", "60"), (Refused, "refused", _OLD)),
    "31": (NotFound, "not there", ""),
    "40": (RateLimited, "too many requests", ""),
    **dict.fromkeys(("50", "51"), (Unavailable, "an error inside Trackier", "")),
}

# A range of time that is too long is a parameter that is wrong, and only the words tell.
_IS_ABOUT_RANGE = re.compile(r"\b(?:range|days?|interval|limit|period)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Told:
    """An error as the body tells it; "" for what it does not."""

    code: str = ""
    name: str = ""
    message: str = ""

    @property
    def words(self) -> str:
        """All of it, for people."""
        named = " ".join(part for part in (self.code, self.name) if part)
        return ": ".join(part for part in (named, self.message) if part)


def explain(question: Question, reply: Reply) -> VendorError | None:
    """What a reply means: by the code in its body, then by its status."""
    told = _error_in(reply.value)
    if told is not None:
        return _of_code(question, reply, told)
    if _OK <= reply.status < _REDIRECT:
        return _of_body(question, reply)
    return _of_status(question, reply, f" The vendor says: {reply.text}" if reply.text else "")


def _error_in(value: object) -> _Told | None:
    """The error that a body tells: ``errors`` as an array or a bare object, or ``error``; None if it tells none."""
    if not isinstance(value, dict):
        return None
    for name in ("errors", "error"):
        found = value.get(name)
        if isinstance(found, list):
            found = next((each for each in found if each), None)
        if isinstance(found, dict) and found:
            return _Told(_text(found.get("code")), _text(found.get("codeMsg")), _text(found.get("message")))
        if isinstance(found, str) and found.strip():
            return _Told(message=_text(found))
    if value.get("success") is False:
        return _Told(_text(value.get("code")), _text(value.get("codeMsg")), _text(value.get("message")))
    return None


def _text(value: object) -> str:
    """A code or a text as it may stand in a message."""
    return str(value).strip()[:500] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _of_code(question: Question, reply: Reply, told: _Told) -> VendorError:
    known = _CODES.get(told.code)
    if known is None:
        said = f" The vendor says: {told.words}" if told.words else ""
        return _of_status(question, reply, said, code=told.code)
    kind, what, remedy = known
    said = f" The vendor says: {told.message}" if told.message else ""
    if kind is Refused and _window(question) is not None and _IS_ABOUT_RANGE.search(told.message):
        kind, what, remedy = WindowTooBig, "too long a range", ""
    if kind is Unauthorized:
        message = f"Trackier refused the key: {what} ({told.code}).{said}"
    else:
        message = f"{question.path}: {what} ({told.code}).{said}"
    return kind(message, remedy=remedy, code=told.code)


def _of_status(question: Question, reply: Reply, said: str, code: str = "") -> VendorError:
    """What a status means where no code says it; *said* are the vendor's words."""
    status, path = reply.status, question.path
    if status in {401, 403}:
        found: VendorError = Unauthorized(f"Trackier refused the key ({status}).{said}", remedy=f"{_KEY} {_WHITELIST}")
    elif status == _TOO_MANY:
        found = RateLimited(f"Trackier refuses more requests for now (429).{said}")
    elif status == _GATEWAY_TIMEOUT and _may_be_shorter(question):
        found = WindowTooBig(f"{path} takes Trackier too long (504).{said}")
    elif status in {408, 425} or (status >= _SERVER_ERROR and status != 501):  # noqa: PLR2004 (not implemented)
        found = Unavailable(f"Trackier answered {status} to {path}.{said}")
    elif status == 404 and re.search(r"/[^/]*\d[^/]*/", path.removeprefix("/v2")):  # noqa: PLR2004 (an id in it)
        found = NotFound(f"{path} is not there (404).{said}")
    elif _REDIRECT <= status < _BAD_REQUEST:
        found = Refused(
            f"Trackier redirects {path} elsewhere ({status}); redirects are never followed with credentials.",
            remedy="Check the base_url.",
        )
    elif status in {404, 405, 501}:
        found = Refused(f"Trackier does not have {path} ({status}).{said}", remedy="Check the base_url.")
    else:
        found = Refused(f"Trackier refused {path} ({status}).{said}")
    found.code = code or None
    return found


def _of_body(question: Question, reply: Reply) -> VendorError | None:
    """A success without an object in it is none."""
    if reply.status == 204 or reply.value is NOT_JSON:  # noqa: PLR2004 (no content)
        return Unavailable(
            f"Trackier answered {question.path} with something that is not JSON (a maintenance or proxy page?)."
        )
    if not isinstance(reply.value, dict):
        return Malformed(f"Trackier answered {question.path} with JSON that is not an object.")
    return None


def _may_be_shorter(question: Question) -> bool:
    """Whether a question is about a range of time that can still be halved."""
    asked = _window(question)
    return asked is not None and asked > SHORTEST.get(question.path, _DAY)


def _window(question: Question) -> timedelta | None:
    """The length of the range that a question is about; None if it is about none."""
    params: Mapping[str, Any] = dict(question.params)
    try:
        start, end = (datetime.fromisoformat(params[name]) for name in ("start", "end"))
    except (KeyError, ValueError):
        return None
    # A bare date stands for the whole day.
    return end - start + (_DAY if len(params["end"]) == len("2026-01-01") else timedelta(0))
