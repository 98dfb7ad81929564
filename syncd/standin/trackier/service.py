"""The Trackier admin API as its documents have it: who may ask, how often, and what is answered."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from aiohttp import web

from syncd.standin import service
from syncd.standin.faults import Answer, Fault, RefusedError
from syncd.standin.log import RequestLog
from syncd.standin.switchboard import Switchboard
from syncd.standin.trackier.answers import Ask, answer
from syncd.standin.trackier.asked import Given, given, parameters
from syncd.standin.trackier.calls import Call, find
from syncd.standin.trackier.content import Content
from syncd.standin.trackier.refusals import CodeError, said
from syncd.standin.trackier.settings import Settings
from syncd.standin.trackier.world import Row

REPORTS = ("/v2/reports/", "/v2/network/")
WINDOWS_S = {"entities": 1.0, "reports": 60.0}
TOLERANCE_S = 1e-9
NOT_ALLOWED, TOO_MANY, NOT_FOUND = HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.NOT_FOUND
PLAIN_TEXT = {NOT_ALLOWED: "Method Not Allowed", NOT_FOUND: "Not Found"}
_json = msgspec.json.Encoder(decimal_format="number")


class Service(service.Service):
    """One network behind one address; paths begin with `/v2`."""

    def __init__(
        self, content: Content, switch: Switchboard, log: RequestLog, settings: Settings,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`monotonic`, in seconds, is what the rates are judged by."""
        super().__init__(content, switch, log, settings, monotonic)
        self._arrivals: dict[tuple[str, str], deque[float]] = {}
        self._at_work: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()  # by class of calls

    @property
    def credentials(self) -> dict[str, str]:
        """The network's key, and its zone, which no call tells."""
        return {"api_key": self.settings.api_key, "time_zone": self.settings.time_zone}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answers any request, and notes how many of its class were at work at once."""
        kind = class_of(request.path)
        self._at_work[kind] += 1
        self.most_at_once[kind] = max(self.most_at_once[kind], self._at_work[kind])
        try:
            if self.settings.latency:
                await asyncio.sleep(self.settings.latency)
            return await super().handle(request)
        finally:
            self._at_work[kind] -= 1

    async def admit(self, request: web.Request) -> None:
        """No more requests of a class than its rate allows, by key."""
        kind = class_of(request.path)
        rate: float | None = getattr(self.settings, kind)
        if rate is None:
            return
        # Slower than one in the usual stretch of time is one in a longer one.
        now, stretch = self.monotonic(), WINDOWS_S[kind] * max(1.0, 1 / rate)
        arrivals = self._arrivals.setdefault((given(request).key or "", kind), deque())
        while arrivals and now - arrivals[0] >= stretch - TOLERANCE_S:
            arrivals.popleft()
        arrivals.append(now)
        if len(arrivals) > max(1, rate):
            raise RefusedError(TOO_MANY, "Too many requests")

    def answer(self, request: web.Request, path: str, _body: bytes, faults: list[Fault]) -> Answer:
        """Any call of the API; errors come as CodeError."""
        try:
            return self._answer(request, path, faults)
        except RefusedError as error:
            return self._refused(error, is_report=path.startswith(REPORTS[0]))

    def refusal(self, error: RefusedError) -> Answer:
        """A refusal in the vendor's words."""
        return self._refused(error, is_report=False)

    def error(self, code: object = None, **about: object) -> Answer:
        """One of the vendor's codes; `message` says it in other words."""
        if not isinstance(code, int):
            raise TypeError(f"the vendor's codes are numbers, not {code!r}")
        return self.refusal(CodeError(code, str(about.get("message", ""))))

    # -- who may ask ------------------------------------------------------------------------------------------------

    def _answer(self, request: web.Request, path: str, faults: list[Fault]) -> Answer:
        if request.method != "GET":
            self.content.writes.append(f"{request.method} {path}")
            raise RefusedError(NOT_ALLOWED, PLAIN_TEXT[NOT_ALLOWED])
        found = find(path)
        if found is None:
            raise RefusedError(NOT_FOUND, PLAIN_TEXT[NOT_FOUND])
        call, parent_id = found
        asked = given(request)
        self._let_in(request, asked)
        if call.collection in self.settings.denied:
            raise CodeError(106)
        read = parameters(asked, call.parameters, call.filters)
        strange = [*read.undocumented, *self._strange_fields(call, read.get("fields", ()))]
        self.content.undocumented += [(path, name) for name in strange]
        parent = self._parent(call, parent_id) if call.parent else None
        return self._said(200, answer(Ask(self.content, self.settings, path, call, read, faults, parent)))

    def _let_in(self, request: web.Request, asked: Given) -> None:
        settings: Settings = self.settings
        if settings.refuses_address:
            raise CodeError(105, f"IP {request.remote} is not whitelisted")
        if not asked.key:
            raise CodeError(101)
        if asked.key != settings.api_key:
            raise CodeError(102)
        if settings.user_inactive:
            raise CodeError(103)
        if settings.account_inactive:
            raise CodeError(104)

    @staticmethod
    def _strange_fields(call: Call, fields: Iterable[str]) -> list[str]:
        return [f"fields[]={name}" for name in fields if name not in call.selectable]

    def _parent(self, call: Call, known_as: str) -> Row:
        """The parent with this id, short or long; CodeError 109, or what is said of a deleted one."""
        table: dict[object, Row] = self.content.table(call.parent)
        if known_as.isdecimal() and (row := table.get(int(known_as))) is not None:
            return row
        for row in table.values():
            if known_as == row["hashId"]:
                return row
        gone = self.content.deleted(call.parent)
        raise CodeError(self.settings.deleted_code if known_as in {str(one) for one in gone} else 109)

    # -- how it is said ---------------------------------------------------------------------------------------------

    def _refused(self, error: RefusedError, *, is_report: bool) -> Answer:
        if not isinstance(error, CodeError) and (text := self._text(error)) is not None:
            kind = "text/html" if text.startswith("<") else "text/plain"
            answer = Answer(error.status, text.encode(), {"Content-Type": f"{kind}; charset=utf-8"}, self.content.now())
        else:
            told = said(error, self.settings, is_report=is_report)
            answer = self._said(told.status, told.reply)
        if error.status == TOO_MANY and self.settings.retry_after is not None:
            answer.headers["Retry-After"] = str(self.settings.retry_after)
        return answer

    def _text(self, error: RefusedError) -> str | None:
        """The plain text of a refusal; None for one that is told as JSON."""
        if error.status == HTTPStatus.GATEWAY_TIMEOUT:
            return "<html><head><title>504 Gateway Time-out</title></head></html>"
        if error.status == TOO_MANY and self.settings.limit_body == "text":
            return "Too Many Requests"
        return PLAIN_TEXT.get(HTTPStatus(error.status)) if error.status in PLAIN_TEXT else None

    def _said(self, status: int, reply: Any) -> Answer:  # noqa: ANN401  any JSON value
        body = _encoded(reply)
        return Answer(status, body, {"Content-Type": "application/json; charset=utf-8"}, self.content.now())


def class_of(path: str) -> str:
    """The class of calls a path belongs to: each has a rate of its own."""
    return "reports" if path.startswith(REPORTS) else "entities"


def _encoded(reply: Any) -> bytes:  # noqa: ANN401  any JSON value
    return _json.encode(reply)
