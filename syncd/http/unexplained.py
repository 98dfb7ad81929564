"""What a reply means whoever sent it, where the vendor's own protocol does not say."""

from __future__ import annotations

from syncd.ask import NOT_JSON, Question, Reply
from syncd.errors import RateLimited, Refused, Unauthorized, Unavailable, VendorError

OK, REDIRECT, SERVER_ERROR = 200, 300, 500


def unexplained(question: Question, reply: Reply) -> VendorError | None:
    """The error that *reply* is by its status and form alone; None if it may be good."""
    said = f"{question.path} was answered with {reply.status}."
    match reply.status:
        case status if OK <= status < REDIRECT:
            return Unavailable(f"The answer to {question.path} is not JSON.") if reply.value is NOT_JSON else None
        case 401 | 403:
            return Unauthorized(said)
        case 429:
            return RateLimited(said)
        case status if status in {408, 425} or status >= SERVER_ERROR:
            return Unavailable(said)
    return Refused(said)
