"""What passes between a walk and a vendor: questions, answers and the function that carries them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Question:
    """One read call: a path below the connection's base URL and its parameters, in order.

    ``params`` go into the query string of a GET and into the form of a POST. ``attempts`` is how often an unavailable
    vendor is asked at most (None: as usual): whoever can ask for less needs no patience. A ``shared`` answer serves
    every collection of the same pass that asks the same.
    """

    path: str
    params: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    attempts: int | None = None
    shared: bool = False


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
    chunked), so that a cut could not have been noticed. ``size`` counts the body's bytes, ``took_s`` the seconds from
    the turn to the end of the body.
    """

    value: Any
    date: datetime | None
    framed: bool = True
    size: int = 0
    took_s: float = 0.0


Ask = Callable[[Question], Awaitable[Answer]]


class _NotJson:
    def __repr__(self) -> str:
        return "NOT_JSON"


NOT_JSON = _NotJson()
