"""Faults of vendors and networks by name: each is a few hooks, called at the stages of making an answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from aiohttp import web

from syncd.standin import wire

Record = dict[str, Any]
FOREVER_S = 3600.0
EPOCH = datetime.fromtimestamp(0, UTC)
TOLD = "The stand-in was told to."
FEWER = 0.41  # what is left of a list that shrank by 59 %


class RefusedError(Exception):
    """The request is wrong; `status` and the message are the answer."""

    def __init__(self, status: int, message: str) -> None:
        """An HTTP status and the words for its body."""
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Page:
    """What is asked for: the page's number from 1, and its size."""

    number: int
    size: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What will be sent, the server's time when it was made, and the service whose words errors are told in."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    made_at: datetime = EPOCH
    vendor: Any = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Hooks in the order of the stages; None leaves a stage honest."""

    kind: str
    page: Callable[[Page], Page] | None = None
    select: Callable[[list[Any]], list[Any]] | None = None
    records: Callable[[list[Record], Page], list[Record]] | None = None
    count: Callable[[int], int] | None = None
    answer: Callable[[Answer], Answer] | None = None
    wait: Callable[[Random], Awaitable[None]] | None = None
    send: Callable[[web.Request, Answer], Awaitable[web.StreamResponse]] | None = None


# -- refusals and wrong bodies --------------------------------------------------------------------------------------


def status(
    status: int = 503, retry_after: float | str | None = None, retry_date: float | None = None, body: str | None = None
) -> Fault:
    """Any status. `retry_after` is sent as it is; `retry_date` is seconds from now, sent as an HTTP date.

    Without `body` the refusal is in the vendor's words.
    """

    def answer(honest: Answer) -> Answer:
        if honest.vendor is None:
            said, headers = json.dumps({"code": status, "message": TOLD}).encode(), {"Content-Type": "application/json"}
        else:
            refused: Answer = honest.vendor.refusal(RefusedError(status, TOLD))
            said, headers = refused.body, dict(refused.headers)
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        if retry_date is not None:
            at = honest.made_at + timedelta(seconds=retry_date)
            headers["Retry-After"] = format_datetime(at.astimezone(UTC), usegmt=True)
        return replace(honest, status=status, body=said if body is None else body.encode(), headers=headers)

    return Fault(f"status {status}", answer=answer)


def error(code: object = None, **about: object) -> Fault:
    """One of the vendor's own errors, with the status and body it has for it; `about` as its service takes it."""
    return Fault(f"error {code}", answer=lambda honest: honest.vendor.error(code, **about))


def _body(kind: str, body: bytes, content_type: str, status: int = 200) -> Fault:
    return Fault(
        kind, answer=lambda honest: replace(honest, status=status, body=body, headers={"Content-Type": content_type})
    )


def html(status: int = 200) -> Fault:
    """A maintenance page."""
    return _body(
        "html",
        b"<!DOCTYPE html>\r\n<html><body><h1>We'll be right back</h1></body></html>",
        "text/html; charset=utf-8",
        status,
    )


def empty() -> Fault:
    """200 with no body."""
    return _body("empty", b"", "application/json")


def no_content() -> Fault:
    """204."""
    return _body("no_content", b"", "application/json", 204)


def wrong_kind(value: object = None) -> Fault:
    """Sound JSON that is not what was asked for; without a value, an object around an empty list."""
    return _body("wrong_kind", json.dumps({"data": []} if value is None else value).encode(), "application/json")


def unsuccessful() -> Fault:
    """200 that says no."""
    return wrong_kind({"success": False, "message": "Something went wrong."})


def redirect(to: str = "http://127.0.0.2:9/elsewhere", status: int = 302) -> Fault:
    """Sends the client to another origin."""
    return Fault("redirect", answer=lambda honest: replace(honest, status=status, body=b"", headers={"Location": to}))


def bom() -> Fault:
    """A byte order mark before the JSON."""
    return Fault("bom", answer=lambda honest: replace(honest, body=b"\xef\xbb\xbf" + honest.body))


def deprecated(sunset: str = "Thu, 31 Dec 2026 23:59:59 GMT") -> Fault:
    """Headers that announce the end of this version."""
    return Fault(
        "deprecated",
        answer=lambda honest: replace(honest, headers=honest.headers | {"Deprecation": "true", "Sunset": sunset}),
    )


# -- lists that lie -------------------------------------------------------------------------------------------------


def ignores_page(period: int = 1) -> Fault:
    """The same pages over and over: A, A, A …; with `period` 2 it is A, B, A, B … instead."""
    return Fault("ignores_page", page=lambda page: replace(page, number=1 + (page.number - 1) % period))


def same_page() -> Fault:
    """The page before the one asked for."""
    return Fault("same_page", page=lambda page: replace(page, number=max(1, page.number - 1)))


def clamped(size: int = 50) -> Fault:
    """Pages silently no larger than `size`."""
    return Fault("clamped", page=lambda page: replace(page, size=min(size, page.size)))


def fewer(part: float = FEWER) -> Fault:
    """A list that lost the rest of its records."""
    return Fault("fewer", select=lambda rows: rows[: int(len(rows) * part)])


def shuffled(seed: int = 0) -> Fault:
    """Records in no order."""
    return Fault("shuffled", select=lambda rows: Random(seed).sample(rows, len(rows)))


def empty_first() -> Fault:
    """A first page without records."""
    return Fault("empty_first", records=lambda records, page: [] if page.number == 1 else records)


def short(records: int = 0) -> Fault:
    """A page cut to its first records."""
    return Fault("short", records=lambda all_, _page: all_[:records])


def duplicate() -> Fault:
    """A page's first record once more at its end."""
    return Fault("duplicate", records=lambda records, _page: [*records, *records[:1]])


def lying_count(off_by: int = 1) -> Fault:
    """Counts that are wrong."""
    return Fault("lying_count", count=lambda number: max(0, number + off_by))


# -- records that surprise ------------------------------------------------------------------------------------------


def mutate(change: Callable[[Record], Record]) -> Fault:
    """Each record as `change` returns it."""
    return Fault("mutate", records=lambda records, _page: [change(dict(record)) for record in records])


def rename(old: str, new: str) -> Fault:
    """A member under another name."""
    return mutate(lambda record: {new if name == old else name: value for name, value in record.items()})


def remove(member: str) -> Fault:
    """A member gone."""
    return mutate(lambda record: {name: value for name, value in record.items() if name != member})


def replace_value(member: str, value: object) -> Fault:
    """A member that always has this value, or is new."""
    return mutate(lambda record: record | {member: value})


def nan(member: str = "total") -> Fault:
    """NaN in the first record of each page."""
    return _first_record("nan", lambda record: record | {member: float("nan")})


def surrogate(member: str = "notes") -> Fault:
    """Half of a surrogate pair in the first record of each page."""
    return _first_record("surrogate", lambda record: record | {member: f"cut \ud83d {record.get(member) or ''}"})


def _first_record(kind: str, change: Callable[[Record], Record]) -> Fault:
    return Fault(kind, records=lambda records, _page: [change(dict(record)) for record in records[:1]] + records[1:])


# -- time and wire --------------------------------------------------------------------------------------------------


def delay(seconds: float, jitter: float = 0.0) -> Fault:
    """A pause before the answer, up to `jitter` longer."""
    return Fault("delay", wait=lambda chance: asyncio.sleep(seconds + jitter * chance.random()))


def never(seconds: float = FOREVER_S) -> Fault:
    """An answer that does not start."""
    return Fault("never", wait=lambda _chance: asyncio.sleep(seconds))


def drip(seconds: float = 0.1, size: int = 1) -> Fault:
    """A body that comes `size` bytes at a time."""
    return Fault("drip", send=lambda request, answer: wire.drip(request, answer, seconds, size))


def cut_body(at: float = 0.5) -> Fault:
    """A connection closed before Content-Length is reached: after `at` bytes, or a part of the body below 1."""
    return Fault("cut_body", send=lambda request, answer: wire.cut(request, answer, at))


def cut_chunked(at: float = 0.5) -> Fault:
    """A chunked body that ends without its last chunk."""
    return Fault("cut_chunked", send=lambda request, answer: wire.cut_chunked(request, answer, at))


def close_delimited(records: int | None = None) -> Fault:
    """HTTP/1.0: the body ends where the connection does. With `records` the array has only so many, as sound JSON."""
    shorten = None if records is None else lambda all_, _page: all_[:records]
    return Fault("close_delimited", records=shorten, send=wire.close_delimited)


def reset(at: float = 0.5) -> Fault:
    """A connection reset in the middle of the body."""
    return Fault("reset", send=lambda request, answer: wire.reset(request, answer, at))


def drop() -> Fault:
    """A connection closed without a byte of answer, as a kept-alive one may be."""
    return Fault("drop", send=wire.drop)


def gzip_bomb(megabytes: int = 256) -> Fault:
    """A small body that unpacks to so many megabytes."""
    return Fault("gzip_bomb", send=lambda request, answer: wire.gzip_bomb(request, answer, megabytes))


def huge(megabytes: int = 256) -> Fault:
    """A body of so many megabytes."""
    return Fault("huge", send=lambda request, answer: wire.huge(request, answer, megabytes))


def echo(status: int = 500) -> Fault:
    """An error that repeats the request's secrets."""
    return Fault("echo", send=lambda request, answer: wire.echo(request, answer, status))


KINDS: dict[str, Callable[..., Fault]] = {
    make.__name__: make
    for make in (
        status, error, html, empty, no_content, wrong_kind, unsuccessful, redirect, bom, deprecated,
        ignores_page, same_page,
        clamped, fewer, shuffled,
        empty_first, short, duplicate, lying_count, mutate, rename, remove, replace_value, nan, surrogate, delay,
        never, drip, cut_body,
        cut_chunked, close_delimited, reset, drop, gzip_bomb, huge, echo,
    )
}  # fmt: skip
