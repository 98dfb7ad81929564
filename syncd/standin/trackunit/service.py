"""The Trackunit Classic API as its pages document it: who may ask, how often, and what is answered."""

from __future__ import annotations

import asyncio
import base64
import binascii
import gzip
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from fnmatch import fnmatchcase
from hmac import compare_digest
from typing import Any

import msgspec
from aiohttp import web

from syncd.standin import service
from syncd.standin.faults import Answer, Fault, RefusedError
from syncd.standin.log import RequestLog
from syncd.standin.switchboard import Switchboard
from syncd.standin.trackunit import asked, filters, writes
from syncd.standin.trackunit.asked import Asked, TooLong, VendorError
from syncd.standin.trackunit.content import Content
from syncd.standin.trackunit.declared import NOUNS, Call, Write
from syncd.standin.trackunit.law import Row
from syncd.standin.trackunit.settings import Settings
from syncd.standin.trackunit.spelling import Record, encoded

BASE_PATH = "/public"
USER = b"API"
SECOND = 1.0
Sleep = Callable[[float], Awaitable[object]]
_OTHER_FORMS = {
    "xml": ("application/xml; charset=utf-8", b'<?xml version="1.0" encoding="utf-8"?><Response/>'),
    "html": ("text/html; charset=utf-8", b"<!doctype html><html><body><h1>Snapshot</h1></body></html>"),
    "jsonl": ("text/jsonl", b""), "csv": ("text/csv", b""),
}  # fmt: skip
_MESSAGES = {429: "Too many requests", 500: "Object reference not set to an instance of an object."}
_NAMES = {500: "NullReferenceException", 403: "UnauthorizedAccessException", 408: "TimeoutException"}


class Service(service.Service):
    """One account behind one address."""

    base_path = BASE_PATH
    content: Content
    settings: Settings

    def __init__(
        self, content: Content, switch: Switchboard, log: RequestLog, settings: Settings,
        monotonic: Callable[[], float] = time.monotonic, sleep: Sleep = asyncio.sleep,
    ) -> None:  # fmt: skip
        """`monotonic`, in seconds, is what the rate is judged by; `sleep` is how a request is held back."""
        super().__init__(content, switch, log, settings, monotonic)
        self._sleep = sleep
        self._turns: deque[float] = deque()
        self.holding = 0  # requests held back now
        self.held = 0  # requests that were ever held back
        self.held_s = 0.0  # seconds, all of them together

    @property
    def credentials(self) -> dict[str, str]:
        """The token."""
        return {"token": self.settings.token}

    # -- how often ----------------------------------------------------------------------------------------------------

    async def admit(self, _request: web.Request) -> None:
        """A request above the rate waits for its turn, but no longer than `hold_s`; a full queue refuses it."""
        wait = self._wait()
        if wait > 0:
            if self.holding >= self.settings.queue:
                self._turns.pop()
                raise RefusedError(429, "")
            self.held += 1
            self.held_s += wait
            self.holding += 1
            try:
                await self._sleep(wait)
            finally:
                self.holding -= 1
        if self.settings.latency or self.settings.jitter:
            await self._sleep(self.settings.latency + self.settings.jitter * self.switch.chance.random())

    def _wait(self) -> float:
        """Seconds until a request that comes now has its turn: of a second's turns there are `rate`."""
        rate, now = self.settings.rate, self.monotonic()
        if rate is None:
            return 0.0
        while self._turns and self._turns[0] <= now - SECOND:
            self._turns.popleft()
        in_a_second = max(1, int(rate))
        turn = now
        if len(self._turns) >= in_a_second:
            turn = min(self._turns[-in_a_second] + SECOND, now + self.settings.hold_s)
        self._turns.append(max(turn, now))
        return max(0.0, turn - now)

    # -- what is answered ---------------------------------------------------------------------------------------------

    def answer(self, request: web.Request, path: str, body: bytes, faults: list[Fault]) -> Answer:
        """A list, or what a write says."""
        if path.lower().startswith("/metadata"):
            return Answer(200, _OTHER_FORMS["html"][1], {"Content-Type": _OTHER_FORMS["html"][0]}, self.content.now())
        query = request.raw_path.partition("?")[2]
        self._authenticate(request)
        for pattern, status in self.settings.refused.items():
            if fnmatchcase(path.lower(), pattern):
                raise RefusedError(status, "")
        wanted = asked.asked(request.method, path, query, body)
        if isinstance(wanted.call, Write):
            return self._json(writes.perform(self.content, wanted, request.method, path), request)
        if form := _OTHER_FORMS.get(_form(request, wanted)):
            return Answer(200, form[1], {"Content-Type": form[0]}, self.content.now())
        try:
            text = self._list(wanted.call, wanted, faults)
        except TooLong as error:
            raise self._invalid(str(error)) from None
        return self._text(text, request)

    def refusal(self, error: RefusedError) -> Answer:
        """A `responseStatus` where the vendor has a code, otherwise a bare status."""
        now, plain = self.content.now(), {"Content-Type": "text/plain"}
        if isinstance(error, VendorError):
            return self._json(error.body(), None, error.status)
        match error.status:
            case 401:
                return Answer(401, b"", {"WWW-Authenticate": 'Basic realm="/auth"'}, now)
            case 404 | 405:
                headers = {"Allow": "GET"} if error.status == 405 else {}  # noqa: PLR2004
                return Answer(
                    error.status, f"Handler for Request not found ({error.status})".encode(), plain | headers, now
                )
            case 429:
                after = self.settings.retry_after
                return Answer(
                    429, b"Too many requests", plain | ({} if after is None else {"Retry-After": str(after)}), now
                )
            case status:
                code = _NAMES.get(status, "WebException")
                return self._json(VendorError(status, code, _MESSAGES.get(status, str(error))).body(), None, status)

    def error(self, code: object = None, **about: object) -> Answer:
        """One of the vendor's errors: `unitNotFound`, `invalidParameter (To)`, `invalidParameter` with `field` ….

        `status` and `message` may be given; otherwise they are those of the settings.
        """
        text, field = str(code), str(about.get("field", ""))
        if text == "invalidParameter" and field:
            error = self._invalid(field)
        else:
            is_missing = text.endswith("NotFound")
            status = self.settings.not_found_status if is_missing else self.settings.invalid_status
            error = VendorError(status, text, str(about.get("message", "")), field)
        error.status = int(str(about.get("status", error.status)))
        return self.refusal(error)

    def _invalid(self, field: str) -> VendorError:
        status, style = self.settings.invalid_status, self.settings.error_style
        if style == "literal":
            return VendorError(status, f"invalidParameter ({field})")
        if style == "fieldName":
            return VendorError(status, "invalidParameter", "Invalid parameter", field)
        return VendorError(status, "invalidParameter", f"Invalid parameter: {field}")

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(text, validate=True)
        except binascii.Error:
            given = b""
        token = self.settings.token.encode()
        in_url = next((value for name, value in request.query.items() if name.lower() == "token"), "").encode()
        by_header = scheme.lower() == "basic" and compare_digest(given, USER + b":" + token)
        if not (by_header or compare_digest(in_url, token)):
            raise RefusedError(401, "")

    # -- lists --------------------------------------------------------------------------------------------------------

    def _list(self, call: Call, wanted: Asked, faults: list[Fault]) -> bytes:
        if call.collection in NOUNS:
            records = filters.chosen(self.content, call, wanted.given, self._missing)
            if not any(fault.select or fault.records or fault.page for fault in faults):
                return self._enveloped(call, b",".join(self.content.text(call.collection, one) for one in records))
            return self._records(call, [self.content.spell(call.collection, one) for one in records], faults)
        parents = self._parents(call, wanted)
        if call.collection == "unit_extended_info":
            return self._records(call, self.content.latest(parents["units"]), faults)
        if call.collection == "unit_day_summaries":
            day = asked.day(wanted.given, call.operation)
            return self._records(call, self.content.summaries(day, parents.get("units")), faults)
        rows = self._rows(call, wanted, parents)
        if any(fault.select or fault.records or fault.page for fault in faults):
            return self._records(call, [msgspec.json.decode(text) for _, text in rows], faults)
        return self._enveloped(call, b",".join(text for _, text in rows))

    def _parents(self, call: Call, wanted: Asked) -> dict[str, str]:
        parents = {owner: wanted.given[name] for name, owner in call.parents if wanted.given.get(name)}
        if not parents and call.needs_parent:
            field = call.parents[0][0].replace("id", "Id").capitalize()
            raise VendorError(400, "ArgumentNullException", f"Value cannot be null. (Parameter '{field}')", field)
        for owner, key in parents.items():
            if key not in self.content.tables[owner]:
                raise self._missing(owner, key)
        return parents

    def _rows(self, call: Call, wanted: Asked, parents: dict[str, str]) -> Iterable[Row]:
        assert call.span is not None  # noqa: S101  declared of all that come here
        start, end = asked.span(
            wanted.given, call.span, call.operation, max_days=self.settings.max_days,
            max_days_passes=self.settings.max_days_passes,
        )  # fmt: skip
        if call.collection == "alarm_log":
            rows = self.content.sent("alarm_log", "", start, end)
            told = b'"unitId":%b,' % parents["units"].encode() if parents else b""
            return (row for row in rows if told in row[1])
        if call.collection == "trips" and "keys" in parents:
            found = self.content.trips_with(parents["keys"], start, end)
            told = b'"unitId":"%b"' % parents["units"].encode() if "units" in parents else b""
            return (row for row in found if told in row[1])
        return self.content.sent(call.collection, next(iter(parents.values())), start, end)

    def _missing(self, owner: str, key: str) -> VendorError:
        noun = NOUNS[owner]
        return VendorError(self.settings.not_found_status, f"{noun.lower()}NotFound", f"No {noun.lower()} {key}", "Id")

    def _records(self, call: Call, records: list[Record], faults: list[Fault]) -> bytes:
        shown = service.listed(records, faults, lambda record: record)
        return self._enveloped(call, b",".join(encoded(record) for record in shown))

    def _enveloped(self, call: Call, records: bytes) -> bytes:
        if not records and self.settings.empty_without_list:
            return b"{}"
        return b'{"%b":[%b]}' % (call.envelope.encode(), records)

    def _json(self, value: Any, request: web.Request | None, status: int = 200) -> Answer:  # noqa: ANN401  any JSON
        return self._text(encoded(value), request, status)

    def _text(self, body: bytes, request: web.Request | None, status: int = 200) -> Answer:
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if self.settings.gzip and request is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body, 1), headers | {"Content-Encoding": "gzip"}
        return Answer(status, body, headers, self.content.now())


def _form(request: web.Request, wanted: Asked) -> str:
    accepts = request.headers.get("Accept", "")
    if wanted.format == "json" and accepts.startswith("text/html"):
        return "html"
    return "xml" if wanted.format == "json" and accepts.startswith("application/xml") else wanted.format
