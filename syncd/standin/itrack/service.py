"""The Navixy API as its page documents it: who may ask, how often, and what is answered."""

import json
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from aiohttp import web

from syncd.standin import service
from syncd.standin.faults import Answer, Fault, Page, Record, RefusedError
from syncd.standin.itrack.answers import lists, records, telemetry
from syncd.standin.itrack.asked import Given, Parameter, given, parameters, wants_iso
from syncd.standin.itrack.content import Content
from syncd.standin.itrack.refusals import CodeError, refused
from syncd.standin.itrack.replies import Ask, Call, Reply
from syncd.standin.itrack.sessions import Session
from syncd.standin.itrack.settings import Settings
from syncd.standin.itrack.times import iso_days, served
from syncd.standin.log import RequestLog
from syncd.standin.switchboard import Switchboard

CALLS: dict[str, Call] = lists.CALLS | telemetry.CALLS | records.CALLS
LOGIN = {"login": Parameter("text", required=True), "password": Parameter("text", required=True),
         "dealer_id": Parameter("int")}  # fmt: skip
CONFIG = "dealer/get_ui_config"
SESSION_CALLS = ("user/session/renew", "user/logout")
WRITES = {
    "create", "update", "delete", "assign", "unassign", "set", "mark_read", "mark_read_all", "register", "replace",
    "corrupt", "change_phone", "batch_convert", "add", "remove", "upload", "import", "save", "start", "stop", "send",
}  # fmt: skip
TOLERANCE_S = 1e-9


class Service(service.Service):
    """One account behind one address."""

    def __init__(
        self, content: Content, switch: Switchboard, log: RequestLog, settings: Settings,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """`monotonic`, in seconds, is what the rate is judged by."""
        super().__init__(content, switch, log, settings, monotonic)
        self._arrivals: dict[str, deque[float]] = {}
        self._resources = {name.rpartition("/")[0] for name in (*CALLS, CONFIG, "user/auth", *SESSION_CALLS)}

    @property
    def base_path(self) -> str:  # type: ignore[override]
        """Where the API begins; an on-premise server has nothing there."""
        base: str = self.settings.base_path
        return base

    @property
    def credentials(self) -> dict[str, str]:
        """The login with its password, and an API key that does as well."""
        settings = self.settings
        return {"login": settings.login, "password": settings.password, "api_key": settings.api_key}

    async def admit(self, request: web.Request) -> None:
        """No more than `rate` requests in any second, per address; per hash it is looked at when that is read."""
        self._pace(f"address {request.remote}")

    def answer(self, request: web.Request, path: str, body: bytes, faults: list[Fault]) -> Answer:
        """Any call; errors come as CodeError."""
        if not path:
            return Answer(404, b"<html><body><h1>404 Not Found</h1></body></html>", {"Content-Type": "text/html"})
        asked = given(request, body)
        if asked.hash:
            self._pace(f"hash {asked.hash}")
        name = path.strip("/")
        if (code := self.settings.missing.get(name)) is not None:
            raise CodeError(code)
        if name == "user/auth":
            return self._json(self._login(asked))
        if name == CONFIG:
            return self._json(self._config(asked))
        if name not in CALLS and name not in SESSION_CALLS and not _writes(name):
            raise CodeError(112 if name.rpartition("/")[0] in self._resources else 111)
        session = self.content.sessions.check(asked.hash)
        if name in SESSION_CALLS:
            return self._json(self._session(name, session))
        if name not in CALLS:
            self.content.writes.append(name)
            return self._json({})
        return self._json(self._called(name, CALLS[name], asked, session, faults))

    def refusal(self, error: RefusedError) -> Answer:
        """A refusal in the vendor's envelope; plain HTTP statuses as the code that has them."""
        status, said = refused(error)
        answer = self._said(status, said)
        if status == web.HTTPTooManyRequests.status_code and self.settings.retry_after is not None:
            answer.headers["Retry-After"] = str(self.settings.retry_after)
        return answer

    def error(self, code: object = None, **about: object) -> Answer:
        """One of the vendor's codes; `about` are further members of the reply, as `max_time_span`."""
        if not isinstance(code, int):
            raise TypeError(f"the vendor's codes are numbers, not {code!r}")
        return self.refusal(CodeError(code, "", **about))

    # -- sessions ---------------------------------------------------------------------------------------------------

    def _login(self, asked: Given) -> Record:
        read = parameters(asked, LOGIN, self.settings.times(), is_current=self.settings.is_current)
        reply: Record = self.content.sessions.login(read["login"], read["password"], read.get("dealer_id"))
        return reply

    def _session(self, name: str, session: Session) -> Record:
        if name == "user/logout":
            self.content.sessions.logout(session)
        else:
            self.content.sessions.renew(session)
        return {}

    def _config(self, asked: Given) -> Record:
        settings: Settings = self.settings
        if not settings.is_current:
            raise CodeError(111)
        session = self.content.sessions.check(asked.hash)
        if session.is_key and not settings.key_opens_config:
            raise CodeError(4)
        platform = {
            "iso_datetime_support": True,
            "history": {"max_limit": settings.history_limit},
            "report": {"max_time_span": iso_days(settings.span)},
            "stats": {"max_time_span": iso_days(settings.stats_span), "max_allowed_trackers": settings.stats_trackers},
        }
        return {"dealer": {"id": settings.dealer_id}, "settings": {"locale": "en_US"}, "platform": platform}

    # -- calls ------------------------------------------------------------------------------------------------------

    def _called(self, name: str, call: Call, asked: Given, session: Session, faults: list[Fault]) -> Record:
        settings: Settings = self.settings
        if call.old_code is not None and not settings.is_current:
            raise CodeError(call.old_code)
        if call.master and settings.sub_user:
            raise CodeError(13)
        times = settings.times(is_iso=wants_iso(asked))
        read = parameters(asked, call.parameters, times, is_current=settings.is_current)
        self.content.undocumented += [(name, one) for one in asked.undocumented]
        ask = Ask(self.content, settings, read, times, session)
        return self._wrapped(ask, call.answer(ask), faults)

    def _wrapped(self, ask: Ask, reply: Reply, faults: list[Fault]) -> Record:
        rows = reply.rows
        size = reply.limit or max(1, len(rows))
        page = Page(reply.offset // size + 1, size)
        for fault in faults:
            rows = fault.select(rows) if fault.select else rows
        asked_for = page
        for fault in faults:
            page = fault.page(page) if fault.page else page
        start = reply.offset if page.number == asked_for.number else (page.number - 1) * asked_for.size
        shown = rows[start : start + page.size]
        found = [_served(row, ask) for row in shown]
        for fault in faults:
            found = fault.records(found, page) if fault.records else found
        total = len(rows)
        for fault in faults:
            total = fault.count(total) if fault.count else total
        return reply.wrap(found) | reply.extra | ({reply.total: total} if reply.total else {})

    def _pace(self, who: str) -> None:
        rate = self.settings.rate
        if rate is None:
            return
        now, stretch = self.monotonic(), max(1.0, 1 / rate)
        arrivals = self._arrivals.setdefault(who, deque())
        while arrivals and now - arrivals[0] >= stretch - TOLERANCE_S:
            arrivals.popleft()
        arrivals.append(now)
        if len(arrivals) > max(1, rate):
            raise CodeError(15)

    def _json(self, reply: Record) -> Answer:
        return self._said(200, {"success": True} | reply)

    def _said(self, status: int, reply: Record) -> Answer:
        body = json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return Answer(status, body, {"Content-Type": "application/json;charset=utf-8"}, self.content.now())


def _served(row: Record, ask: Ask) -> Record:
    """A row as JSON has it, with our own members, which the envelope may need."""
    record: Record = served(row, ask.times)
    if ask.settings.leaves_out_nulls:
        record = _without_nulls(record)
    return record | {name: value for name, value in row.items() if name.startswith("_")}


def _without_nulls(value: Any) -> Any:  # noqa: ANN401  any JSON value
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _writes(name: str) -> bool:
    return name.rpartition("/")[2] in WRITES
