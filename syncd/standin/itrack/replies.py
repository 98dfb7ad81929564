"""What an answer is made from: the question, understood, and the rows that answer it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from syncd.standin.faults import Record
from syncd.standin.itrack.asked import Parameter
from syncd.standin.itrack.content import Content
from syncd.standin.itrack.refusals import CodeError
from syncd.standin.itrack.sessions import Session
from syncd.standin.itrack.settings import Settings
from syncd.standin.itrack.times import Times, iso_days
from syncd.standin.itrack.world import Row

Wrap = Callable[[list[Record]], Record]


@dataclass(frozen=True, slots=True)
class Ask:
    """A call: its parameters in Python's types, the forms of times, and who asks."""

    content: Content
    settings: Settings
    given: dict[str, Any]
    times: Times
    session: Session

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  a parameter of any kind
        """A parameter, or what holds without it."""
        return self.given.get(name, default)

    def tracker(self) -> Row:
        """The tracker asked for; CodeError 201 (an old server 204) or 208."""
        row = self.content.table("trackers").get(self.given["tracker_id"])
        if row is None:
            raise CodeError(201 if self.settings.is_current else 204)
        if row["source"]["blocked"]:
            raise CodeError(208)
        return row

    def trackers(self, most: int) -> list[int]:
        """The trackers of a batch; CodeError 221 for too many, 217 if one is unknown or blocked."""
        ids: list[int] = self.given["trackers"]
        if len(ids) > most:
            raise CodeError(221)
        known = self.content.table("trackers")
        if any(one not in known or known[one]["source"]["blocked"] for one in ids):
            raise CodeError(217)
        return list(dict.fromkeys(ids))

    def window(self, longest: timedelta) -> tuple[datetime, datetime]:
        """From and to, both inclusive; CodeError 7 or 211."""
        start, end = self.given["from"], self.given["to"]
        if end <= start:
            raise CodeError(7, "to must be after from")
        if end - start > longest:
            raise CodeError(211, max_time_span=iso_days(longest))
        return start, end

    def kept(self, start: datetime, end: datetime) -> tuple[datetime, datetime, bool]:
        """What of a window lies in the storage period, and whether it begins before it."""
        oldest = self.content.oldest()
        if start >= oldest:
            return start, end, False
        return (oldest if self.settings.retention == "cut" else end + timedelta(days=1)), end, True

    @property
    def now(self) -> str:
        """`user_time`."""
        return self.times.spelled(self.content.moment())


@dataclass(frozen=True, slots=True)
class Reply:
    """Rows, which page of them is wanted, and the reply around them. `total`: the member that says their number."""

    rows: list[Row]
    wrap: Wrap = lambda records: {"list": plain(records)}
    extra: Record = field(default_factory=dict)
    offset: int = 0
    limit: int | None = None
    total: str = ""


Answerer = Callable[[Ask], Reply]


@dataclass(frozen=True, slots=True)
class Call:
    """A documented call. `old_code`: what a server that lacks it answers; `master`: not for sub-users."""

    answer: Answerer
    parameters: dict[str, Parameter] = field(default_factory=dict)
    old_code: int | None = None
    master: bool = False


def plain(records: list[Record]) -> list[Record]:
    """Records without our members."""
    return [bare(one) for one in records]


def bare(record: Record) -> Record:
    """A record without our members."""
    return {name: value for name, value in record.items() if not name.startswith("_")}


def value_of(member: str) -> Wrap:
    """The one record under a member; null if there is none."""
    return lambda records: {member: bare(records[0]) if records else None}


def by_tracker(member: str) -> Wrap:
    """Records as an object by tracker id, which is text there."""
    return lambda records: {member: {str(one["_tracker_id"]): bare(one) for one in records}}


def ordered(ask: Ask, rows: list[Row], members: dict[str, str] | None = None) -> list[Row]:
    """Rows as `sort` says, or in no order a reader may count on."""
    sorts = ask.get("sort")
    if not sorts:
        if ask.settings.shifting:
            return Random(ask.content.next_id("shifts")).sample(rows, len(rows))
        return rows
    for name, is_reversed in reversed(sorts):
        member = (members or {}).get(name, name)
        rows = sorted(rows, key=lambda row: _comparable(row.get(member)), reverse=is_reversed)
    return rows


def _comparable(value: object) -> tuple[bool, Any]:
    if isinstance(value, dict):
        return True, str(value)
    return value is not None, value if value is not None else 0
