"""Very large collections from very little memory: every record is a prepared text with three gaps.

For benchmarks and tests of memory. Records were made at even distances over the past 300 days, oldest first, and last
changed when they were made, so that every range of times is a range of ids and can be counted without looking.
`updated_to` and the dates of cases go by that time of making.
"""

import json
import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from aiohttp import encode_basic_auth, web

from syncd.standin import control
from syncd.standin.faults import RefusedError
from syncd.standin.server import Server
from syncd.standin.trackops.asked import Asked, asked, target
from syncd.standin.trackops.content import Content
from syncd.standin.trackops.declared import BY_NAME
from syncd.standin.trackops.service import BASE_PATH, Settings

COLLECTIONS = ("cases", "subjects", "events")
TEMPLATES = 500
AT_ONCE = 100  # records made in the same second
SPAN = timedelta(days=300)
_GAPS = {b"7777777777777777": b"%d", b"@created@": b"%s", b"@updated@": b"%s"}
_RANGES = {
    "created_from", "created_to", "created_from_system", "created_to_system", "updated_from", "updated_to",
    "is_request",
}  # fmt: skip


class Bulk(Server):
    """`records` of each of COLLECTIONS, the other collections empty; no limits, no faults."""

    def __init__(
        self, records: int, *, seed: int = 1, port: int = 0, now: Callable[[], datetime] | None = None
    ) -> None:
        """The same seed gives the same texts; times count back from the start."""
        super().__init__(self._answer, CALLS, port, BASE_PATH)
        self._now = now or (lambda: datetime.now(UTC))
        self.settings = Settings(rate=None)
        self._authorization = encode_basic_auth(f"{self.settings.username}/token", self.settings.token)
        self.requests = 0
        self.records = records
        self._prepared = records
        self._ends_at = self._now().replace(microsecond=0) - timedelta(days=1)
        self._step_s = max(1, int(SPAN.total_seconds()) * AT_ONCE // max(records, AT_ONCE))
        self._added: list[datetime] = []
        self._changed: dict[int, datetime] = {}
        self._templates = {name: _templates(name, seed) for name in COLLECTIONS}

    def change(self, part: float = 0.01, first: int = 1) -> int:
        """Changes a part of every collection's records, evenly spread from id `first` on; returns how many of each."""
        ids = range(first, self.records + 1, max(1, round(1 / part)))
        self._changed |= dict.fromkeys(ids, self._now().replace(microsecond=0))
        return len(ids)

    def insert(self, number: int = 1) -> int:
        """Adds records made now; returns the new size."""
        self._added += [self._now().replace(microsecond=0)] * number
        self.records += number
        return self.records

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.requests += 1
        date = format_datetime(self._now(), usegmt=True)
        try:
            body, status = self._body(request), 200
        except RefusedError as error:
            body, status = json.dumps({"code": error.status, "message": str(error)}).encode(), error.status
        return web.Response(status=status, body=body, content_type="application/json", headers={"Date": date})

    def _body(self, request: web.Request) -> bytes:
        if request.headers.get("Authorization") != self._authorization:
            raise RefusedError(401, "Invalid credentials.")
        if request.method != "GET":
            raise RefusedError(405, "Method not allowed.")
        path, _, query = request.raw_path.partition("?")
        where = target(path.removeprefix(BASE_PATH))
        name = where.collection.name
        if isinstance(where.key, int):
            if name not in COLLECTIONS or not 1 <= where.key <= self.records:
                raise RefusedError(404, "No such record.")
            return self._record(name, where.key)
        wanted = asked(where.collection, query, has_count=True, caps_pages=False)
        ids = self._ids(wanted) if name in COLLECTIONS else _Ids([], range(0))
        if wanted.counts:
            return json.dumps({"record_count": len(ids), "page_count": math.ceil(len(ids) / wanted.page.size)}).encode()
        return b"[%s]" % b",".join(self._record(name, one) for one in ids.page(wanted))

    def _record(self, name: str, number: int) -> bytes:
        created_at = self._created_at(number)
        updated_at = self._changed.get(number, created_at) if self._changed else created_at
        return self._templates[name][number % TEMPLATES] % (number, _spelled(created_at), _spelled(updated_at))

    def _created_at(self, number: int) -> datetime:
        if number > self._prepared:
            return self._added[number - self._prepared - 1]
        return self._ends_at - timedelta(seconds=(self._prepared - number) // AT_ONCE * self._step_s)

    def _ids(self, wanted: Asked) -> "_Ids":
        bounds: dict[str, Any] = {name: value for name, _, value in wanted.filters}
        if bounds.keys() - _RANGES:
            raise RefusedError(400, "Not among the filters of prepared records.")
        if bounds.pop("is_request", False):
            return _Ids([], range(0))
        every = range(1, self.records + 1)
        low, high, changed = 1, self.records, []
        for name, value in bounds.items():
            if name.endswith(("_to", "_to_system")):
                high = min(high, bisect_right(every, value, key=self._time_like(value)))
            elif name != "updated_from":
                low = max(low, 1 + bisect_left(every, value, key=self._time_like(value)))
        if isinstance(since := bounds.get("updated_from"), datetime):
            first = max(low, 1 + bisect_left(every, since, key=self._created_at))
            changed = sorted(
                one for one, at in self._changed.items() if at >= since and low <= one < min(first, high + 1)
            )
            low = first
        return _Ids(changed, range(low, high + 1))

    def _time_like(self, bound: object) -> Callable[[int], Any]:
        # Dates are compared with the day a record was made.
        return self._created_at if isinstance(bound, datetime) else lambda number: self._created_at(number).date()


class _Ids:
    """Some changed ids, then a stretch of ids after them."""

    def __init__(self, changed: list[int], rest: range) -> None:
        self._parts = (changed, rest)

    def __len__(self) -> int:
        return sum(len(part) for part in self._parts)

    def page(self, wanted: Asked) -> list[int]:
        """The ids of the page asked for."""
        start = (wanted.page.number - 1) * wanted.page.size
        if wanted.newest_first:
            end = max(0, len(self) - start)
            return self._slice(max(0, end - wanted.page.size), end)[::-1]
        return self._slice(start, start + wanted.page.size)

    def _slice(self, start: int, end: int) -> list[int]:
        changed, rest = self._parts
        shift = len(changed)
        return [*changed[start:end], *rest[max(0, start - shift) : max(0, end - shift)]]


@lru_cache(4096)
def _spelled(at: datetime) -> bytes:
    return at.strftime("%Y-%m-%d %H:%M:%S").encode()


def _templates(name: str, seed: int) -> list[bytes]:
    """Texts of records as the account would serve them, with gaps for the id and both times, in this order."""
    content = Content(seed=seed, cases=60, rows={name: TEMPLATES})
    texts = []
    for row in content.rows(name):
        record = content.speller.record(BY_NAME[name], row) | {
            "id": 7777777777777777, "created_at": "@created@", "updated_at": "@updated@",
        }  # fmt: skip
        text = json.dumps(record, separators=(",", ":")).replace("/", "\\/").encode().replace(b"%", b"%%")
        for gap, form in _GAPS.items():
            text = text.replace(gap, form)
        texts.append(text)
    return texts


CALLS: dict[str, control.Call] = {
    "change": lambda bulk, given: bulk.change(**given),
    "insert": lambda bulk, given: bulk.insert(**given),
    "requests": lambda bulk, _given: bulk.requests,
}
