"""How Trackunit Classic is spoken to: authentication, limits, the meaning of its errors."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
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
from syncd.vendors.base import Limits, Setting, Signature

BASE_URL = "https://api.trackunit.com/public"

SETTINGS = (
    Setting(
        "token",
        "the account's API token, 32 hexadecimal characters; new ones only from Trackunit, on request",
        secret=True,
        example="env:TRACKUNIT_TOKEN",
    ),
    Setting(
        "token_in",
        "where the token is sent: in a header, or in the URL, where proxies may write it down",
        required=False,
        choices=("header", "url"),
        default="header",
        example="header",
    ),
)

# Above 50 a second the vendor holds requests back before it refuses any; its own speed is what usually decides, and
# other programs of the same customer share the limit: a fifth of it is enough.
LIMITS = Limits(
    rate=(10, 1.0),
    documented=(50, 1.0),
    parallel=16,
    after_answer=False,
    hold_s=(5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 900.0),
    hold_jitter=0.25,
    widen_after=1,
)

_TOKEN = re.compile(r"[0-9a-fA-F]{32}")

# What the framework under the API names errors after, where the status does not say it.
_STATUS_OF = {
    "unauthorized": 401,
    "forbidden": 403,
    "requesttimeout": 408,
    "toomanyrequests": 429,
    "internalservererror": 500,
    "badgateway": 502,
    "serviceunavailable": 503,
    "gatewaytimeout": 504,
}
# Who may not even read these may read nothing: it is the token, not one collection.
_EVERYBODYS = {"/client", "/category", "/unit"}

_ENDS = {"to", "dateto"}
# The end of the range, named in a sentence: a name of its own, not the preposition.
_NAMES_END = re.compile(
    r"""\bdateto\b
    | [('"\[`]\s*to\s*[)'"\]`]
    | \b(?:parameter|argument|field|property|value\s+for|value\s+of)\W+to\b
    | ^\W*to\b
    | \bto\W*$
    | \bto\s*[:=]
    | (?-i:\bTo\b)""",
    re.IGNORECASE | re.VERBOSE,
)


def base_url(_settings: Mapping[str, str]) -> str:
    """The URL that paths are joined to: there is one host for everybody."""
    return BASE_URL


def warn(settings: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """A token of another form may work, but is more likely cut or mistaken."""
    token = settings.get("token")
    if token is None or _TOKEN.fullmatch(token):
        return ()
    return (("token", "is not 32 hexadecimal characters, as Trackunit's tokens are; was it copied whole?"),)


def sign(settings: Mapping[str, str], _session: str | None = None) -> Signature:
    """Basic authentication, where the login is the word API; or the parameter ``token`` if the settings say so."""
    token = settings["token"]
    accept = {"Accept": "application/json"}
    if settings.get("token_in") == "url":
        return Signature(accept, (("token", token),))
    authorization = f"Basic {b64encode(f'API:{token}'.encode()).decode()}"
    return Signature({"Authorization": authorization, **accept})


def listed(value: object) -> list[Any] | None:
    """The records in an answer; None if it holds no list although it holds something else.

    Members without a value are left out by the vendor, and so may be an empty list.
    """
    if not isinstance(value, dict):
        return None
    for name in ("list", "result"):
        found = _member(value, name)
        if isinstance(found, list):
            return found
    lists = {"list", "result", "responsestatus"}
    return [] if all(name.lower() in lists and not _filled(name, item) for name, item in value.items()) else None


def _filled(name: str, item: object) -> bool:
    """Whether a member says anything; a status without an error does not."""
    return item is not None and name.lower() != "responsestatus"


def _member(value: Mapping[str, Any], name: str) -> object:
    """A member by its name in whatever case."""
    if name in value:
        return value[name]
    return next((item for key, item in value.items() if key.lower() == name), None)


def explain(question: Question, reply: Reply) -> VendorError | None:
    """What a reply means: by its ``errorCode``, which may come with any status, then by its status."""
    status = _member(reply.value, "responsestatus") if isinstance(reply.value, dict) else None
    code = _member(status, "errorcode") if isinstance(status, dict) else None
    if isinstance(status, dict) and isinstance(code, str | int) and str(code).strip():
        return _explain_code(question, reply, status, str(code).strip())
    if 200 <= reply.status < 300:  # noqa: PLR2004 (statuses are clearest as numbers)
        return _explain_body(question, reply)
    return _explain_status(question, reply, reply.status)


def _explain_code(question: Question, reply: Reply, status: Mapping[str, Any], code: str) -> VendorError:
    message = _member(status, "message")
    says = f"{code}: {message}" if isinstance(message, str) and message.strip() else code
    folded = code.lower()
    if folded.endswith("notfound"):
        return NotFound(f"{question.path}: Trackunit does not have it ({says}).", code=code)
    if folded.startswith("invalidparameter"):
        if _is_about_end(folded, status):
            return WindowTooBig(f"{question.path}: too long a range for Trackunit ({says}).", code=code)
        return Refused(f"Trackunit refused {question.path} ({says}).", code=code)
    number = _STATUS_OF.get(folded, 0) if reply.status < 400 else reply.status  # noqa: PLR2004
    found = _explain_status(question, reply, number) if number else None
    if found is not None:
        found.code = code
        return found
    return Refused(f"Trackunit refused {question.path} ({says}).", code=code)


def _is_about_end(code: str, status: Mapping[str, Any]) -> bool:
    """Whether an ``invalidParameter`` names the end of the range: in its code, in a field, or in its message."""
    inside = re.search(r"\(\s*(\w+)\s*\)", code)
    if inside is not None:
        return inside[1] in _ENDS
    fields = [str(field).lower() for field in _of_errors(status, "fieldname")]
    if fields:
        return not _ENDS.isdisjoint(fields)
    messages = [_member(status, "message"), *_of_errors(status, "message")]
    return any(isinstance(message, str) and _NAMES_END.search(message) for message in messages)


def _of_errors(status: Mapping[str, Any], name: str) -> Iterator[object]:
    """A member of every error that a status lists, where it has a value."""
    errors = _member(status, "errors")
    for error in errors if isinstance(errors, list) else []:
        found = _member(error, name) if isinstance(error, dict) else None
        if found:
            yield found


def _explain_status(question: Question, reply: Reply, status: int) -> VendorError:
    said = f" The vendor says: {reply.text}" if reply.text else ""
    if status == 401:  # noqa: PLR2004
        return Unauthorized(
            "Trackunit refused the token (401).",
            remedy="Check the token; if it is right it was revoked, and Trackunit gives a new one only on request.",
        )
    if status == 403:  # noqa: PLR2004
        return _explain_forbidden(question, said)
    if status == 429:  # noqa: PLR2004
        return RateLimited(f"Trackunit refuses more requests for now (429).{said}")
    if status in {408, 425} or status >= 500:  # noqa: PLR2004
        return Unavailable(f"Trackunit answered {status} to {question.path}.{said}")
    if 300 <= status < 400:  # noqa: PLR2004
        return Refused(
            f"Trackunit redirects {question.path} elsewhere ({status}); redirects are never followed with credentials.",
            remedy="Check the base_url.",
        )
    if status == 404:  # noqa: PLR2004
        return Refused(
            f"{question.path} is not there (404).{said}",
            remedy="Check that base_url ends in /public; if the account lacks this, set enabled = false for it.",
        )
    return Refused(f"Trackunit refused {question.path} ({status}).{said}")


def _explain_forbidden(question: Question, said: str) -> VendorError:
    if question.path.lower() in _EVERYBODYS:
        return Unauthorized(
            f"This token may not read {question.path} (403).{said}",
            remedy="Ask Trackunit, or whoever manages the account, what the token is allowed.",
        )
    return FeatureMissing(
        f"This token may not read {question.path} (403).{said}",
        remedy="If the account lacks this, set enabled = false for the collection.",
    )


def _explain_body(question: Question, reply: Reply) -> VendorError | None:
    if reply.status == 204 or reply.value is NOT_JSON:  # noqa: PLR2004
        return Unavailable(
            f"Trackunit answered {question.path} with something that is not JSON (a maintenance or proxy page?)."
        )
    if not isinstance(reply.value, dict):
        return Malformed(f"Trackunit answered {question.path} with JSON that is not an object.")
    if listed(reply.value) is None:
        return Malformed(f"Trackunit answered {question.path} with an object that holds no list.")
    return None
