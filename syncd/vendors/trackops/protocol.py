"""How Trackops is spoken to: authentication, limits, the meaning of its statuses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from syncd.ask import NOT_JSON, Question, Reply
from syncd.errors import (
    Malformed,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    VendorError,
)
from syncd.vendors.base import Limits, Setting, Signature

SETTINGS = (
    Setting("subdomain", "the account's part of https://SUBDOMAIN.viewcases.com", required=False, example="mycompany"),
    Setting("username", "login of an active employee with Full Access, best one made for syncd", example="ida.sync"),
    Setting("token", "the company's API token, from the account settings", secret=True, example="env:TRACKOPS_TOKEN"),
)

# One request a second is a hard rule of the vendor's older text, and a refused request may count itself: the gap is
# counted from the end of the previous answer, so that no two requests can arrive closer.
LIMITS = Limits(rate=(1, 1.0), documented=(1, 1.0), parallel=1, after_answer=True)


def base_url(settings: Mapping[str, str]) -> str:
    """The URL that paths are joined to; ``base_url`` itself is handled by the configuration."""
    return f"https://{settings['subdomain']}.viewcases.com/api/v1"


def sign(settings: Mapping[str, str], _session: str | None = None) -> Signature:
    """The headers of Basic authentication; the vendor wants ``/token`` behind the login."""
    login = settings["username"].removesuffix("/token")
    pair = f"{login}/token:{settings['token']}"
    authorization = f"Basic {b64encode(pair.encode()).decode()}"
    return Signature({"Authorization": authorization, "Accept": "application/json"})


def count(question: Question) -> Question:
    """*question* asked for its number of records instead; paging parameters do not belong there."""
    kept = tuple((name, value) for name, value in question.params if name not in {"page", "dir"})
    return Question(question.path, (*kept, ("mode", "count")))


def counted(value: object) -> int | None:
    """The number in an answer to ``count``, None if there is none (an account without ``mode=count``)."""
    found = value.get("record_count") if isinstance(value, dict) else None
    if isinstance(found, str) and found.isdecimal():
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def explain(question: Question, reply: Reply) -> VendorError | None:
    """What a reply means, by its status alone: bodies of errors are not documented."""
    status = reply.status
    said = f" The vendor says: {reply.text}" if reply.text else ""
    if status == 200:  # noqa: PLR2004 (statuses are clearest as numbers)
        return _explain_body(reply)
    if status == 204:  # noqa: PLR2004
        return Unavailable(f"{question.path} answered without a body (204).")
    if status == 401:  # noqa: PLR2004
        return Unauthorized(
            f"Trackops refused the login or token (401).{said}",
            remedy="Check username and token; the token stands in the account settings under API access.",
        )
    if status == 403:  # noqa: PLR2004
        return Unauthorized(
            f"This login may not use the Trackops API (403).{said}",
            remedy="It must be an active employee with Full Access, and API access must not be suspended.",
        )
    if status == 404:  # noqa: PLR2004
        return NotFound(
            f"{question.path} is not there (404).{said}",
            remedy="Check subdomain or base_url; if the account lacks this, set enabled = false for the collection.",
        )
    if status == 429:  # noqa: PLR2004
        return RateLimited(f"Trackops refuses more requests for now (429).{said}")
    if status in {408, 425} or status >= 500:  # noqa: PLR2004
        return Unavailable(f"Trackops answered {status} to {question.path}.{said}")
    if 300 <= status < 400:  # noqa: PLR2004
        return Refused(
            f"Trackops redirects {question.path} elsewhere ({status}); redirects are never followed with credentials.",
            remedy="Check the subdomain or base_url.",
        )
    return Refused(f"Trackops refused {question.path} ({status}).{said}")


def _explain_body(reply: Reply) -> VendorError | None:
    if reply.value is NOT_JSON:
        return Unavailable("Trackops answered with something that is not JSON (a login, maintenance or proxy page?).")
    if isinstance(reply.value, list):
        return None
    if not isinstance(reply.value, dict):
        return Malformed("Trackops answered with JSON that is neither a list nor a record.")
    if reply.value.get("success") is False or reply.value.keys() <= {"code", "message", "error", "errors", "success"}:
        return Unavailable(f"Trackops answered with an error inside a success: {reply.text}")
    return None
