"""The Trackops API as its page documents it: who may ask, how often, and what is answered."""

import base64
import binascii
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from fnmatch import fnmatchcase
from hmac import compare_digest

from aiohttp import web

from syncd.standin import service
from syncd.standin.faults import Answer, Fault, Page, RefusedError
from syncd.standin.log import RequestLog
from syncd.standin.service import Pace
from syncd.standin.switchboard import Switchboard
from syncd.standin.trackops.asked import Asked, Target, asked, expands, target
from syncd.standin.trackops.content import Content
from syncd.standin.trackops.spelling import Record
from syncd.standin.trackops.world import Row

BASE_PATH = "/api/v1"
REMEMBERED_LISTS = 8


@dataclass(slots=True)
class Settings:
    """How the account and the vendor's servers are set up; may be changed while it serves."""

    username: str = "ida.sync"
    token: str = "0b7c2f44-6d1e-4a53-9c80-1f2e3d4c5b6a"  # noqa: S105  an invented one, of an invented account
    rate: float | None = 1.0  # requests a second; None: unlimited
    retry_after: int | None = None  # seconds, in the header of a 429
    has_count: bool = True  # mode=count
    caps_pages: bool = False  # per_page above 100: 100 instead of 400
    refused: dict[str, int] = field(default_factory=dict)  # pattern of a path → 403 or 404
    clock_skew: timedelta = timedelta(0)


class Service(service.Service):
    """One account behind one address."""

    base_path = BASE_PATH

    def __init__(
        self,
        content: Content,
        switch: Switchboard,
        log: RequestLog,
        settings: Settings,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`monotonic`, in seconds, is what the rate is judged by."""
        super().__init__(content, switch, log, settings, monotonic)
        self._pace = Pace(monotonic)
        self._lists: dict[tuple[str, str, int], list[Row]] = {}

    @property
    def credentials(self) -> dict[str, str]:
        """The login and the company's API token."""
        return {"username": self.settings.username, "token": self.settings.token}

    async def admit(self, _request: web.Request) -> None:
        """No more than `rate` requests a second, one by one."""
        if not self._pace.admitted(self.settings.rate):
            raise RefusedError(429, "Too many requests: no more than 1 per second.")

    def answer(self, request: web.Request, path: str, _body: bytes, faults: list[Fault]) -> Answer:
        """A list, a single record or a count."""
        query = request.raw_path.partition("?")[2]
        self._authenticate(request)
        for pattern, status in self.settings.refused.items():
            if fnmatchcase(path, pattern):
                raise RefusedError(status, "Not for this login.")
        where = target(path)
        if request.method != "GET":
            raise RefusedError(405, "Method not allowed.")
        if where.key is not None:
            return self._one(where, query, faults)
        return self._list(where, query, faults)

    def _authenticate(self, request: web.Request) -> None:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            given = b""
        wanted = f"{self.settings.username}/token:{self.settings.token}".encode()
        if scheme.lower() != "basic" or not compare_digest(given, wanted):
            raise RefusedError(401, "Invalid credentials.")

    def _one(self, where: Target, query: str, faults: list[Fault]) -> Answer:
        expand = expands(where.collection, query)
        row = self.content.table(where.collection.rows_in).get(where.key or 0)
        if row is None or not where.collection.holds(row):
            raise RefusedError(404, "No such record.")
        records = [self.content.speller.record(where.collection, row, expand=expand)]
        for fault in faults:
            records = fault.records(records, Page(1, 1)) if fault.records else records
        return self._json(records[0] if records else None)

    def _list(self, where: Target, query: str, faults: list[Fault]) -> Answer:
        wanted = asked(where.collection, query, has_count=self.settings.has_count, caps_pages=self.settings.caps_pages)
        rows, page = self._rows(where, wanted), wanted.page
        for fault in faults:
            rows = fault.select(rows) if fault.select else rows
            page = fault.page(page) if fault.page else page
        if wanted.counts:
            return self._count(len(rows), page, faults)
        shown = _slice(rows, page, newest_first=wanted.newest_first)
        records = [self.content.speller.record(where.collection, row, expand=wanted.expands) for row in shown]
        for fault in faults:
            records = fault.records(records, page) if fault.records else records
        return self._json(records)

    def _rows(self, where: Target, wanted: Asked) -> list[Row]:
        if where.part_of is not None:
            return self._part(where, wanted)
        key = (where.collection.name, wanted.text, self.content.version)
        if key not in self._lists:
            # `/cases` mixes requests in unless is_request says otherwise.
            rows = (
                self.content.rows("cases", mixed=True)
                if where.collection.name == "cases"
                else self.content.rows(where.collection.name)
            )
            while len(self._lists) >= REMEMBERED_LISTS:
                self._lists.pop(next(iter(self._lists)))
            self._lists[key] = [row for row in rows if wanted.keeps(self.content, row)]
        return self._lists[key]

    def _part(self, where: Target, wanted: Asked) -> list[Row]:
        parents = "cases" if where.collection.name == "case_status_history" else "case_updates"
        if where.part_of not in self.content.table(parents):
            raise RefusedError(404, "No such record.")
        first = where.collection.key[0]
        rows = self.content.rows(where.collection.name)
        return [row for row in rows if row[first] == where.part_of and wanted.keeps(self.content, row)]

    def _count(self, number: int, page: Page, faults: list[Fault]) -> Answer:
        for fault in faults:
            number = fault.count(number) if fault.count else number
        return self._json({"record_count": number, "page_count": math.ceil(number / page.size)})

    def _json(self, value: Record | list[Record] | dict[str, int] | None, status: int = 200) -> Answer:
        php = self.content.speller.spelling.php_escapes
        text = json.dumps(value, ensure_ascii=php, separators=(",", ":"))
        body = (text.replace("/", "\\/") if php else text).encode("utf-8", "surrogatepass")
        now = self.content.now()
        return Answer(status, body, {"Content-Type": "application/json"}, now)

    def refusal(self, error: RefusedError) -> Answer:
        """A status and an object that says why."""
        answer = self._json({"code": error.status, "message": str(error)}, error.status)
        extra = {
            401: {"WWW-Authenticate": 'Basic realm="Trackops"'},
            405: {"Allow": "GET"},
            429: {} if self.settings.retry_after is None else {"Retry-After": str(self.settings.retry_after)},
        }
        answer.headers.update(extra.get(error.status, {}))
        return answer


def _slice(rows: list[Row], page: Page, *, newest_first: bool) -> list[Row]:
    start = (page.number - 1) * page.size
    if not newest_first:
        return rows[start : start + page.size]
    end = max(0, len(rows) - start)
    return rows[max(0, end - page.size) : end][::-1]
