"""What passes between a walk and a vendor: questions, answers and the function that carries them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One read call: a path below the connection's base URL and its query parameters, in order."""

    path: str
    params: tuple[tuple[str, str], ...] = ()
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came over the wire, decoded if it was JSON; a vendor's ``explain`` judges it.

    ``value`` is the decoded body (``NOT_JSON`` if it could not be decoded), ``text`` at most 500 redacted characters of
    it for messages.
    """

    status: int
    value: Any
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer. ``date`` is the vendor's clock (its Date header; None without one).

    ``framed`` is False when only the closing of the connection told the end of the body (neither Content-Length nor
    chunked), so that a cut could not have been noticed.
    """

    value: Any
    date: datetime | None
    framed: bool = True
    size: int = 0


Ask = Callable[[Question], Awaitable[Answer]]


class _NotJson:
    def __repr__(self) -> str:
        return "NOT_JSON"


NOT_JSON = _NotJson()
