"""What to ask next, from the last reply: pure values and decisions, no I/O.

The second half are the five ways of paging that Trackier has: objects that are told each answer and say what comes
next. Before that stands Trackops, which takes page numbers and promises no order, no total and no cursor. A walk is
therefore proven before anything is concluded from it: a single page needs no proof; a walk of what changed is walked
again until a pass brings no new key; a walk of everything compares the vendor's own count before and after with the
distinct keys seen.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from syncd.ask import Question
from syncd.errors import Malformed

MOST_PASSES = 3
MOST_PASSES_COUNTED = 2
SHORT_WALK_PAGES = 10  # a longer walk of what changed is worth proving by counts
COUNT_PAYS_PAGES = 20  # from here on, starting again with counts is cheaper than a second pass
MOST_PAGES = 200_000  # 20 million records: no account has as many, a server that ignores ``page`` has
NOTHING_CONCLUDED = "Nothing was concluded from this walk; it is tried again in the next cycle."
BEFORE_THE_WALK = timedelta(minutes=5)  # the bound of counts: far enough back for every record of then to be committed


class Proof(StrEnum):
    """How a walk is shown to be complete."""

    PASSES = "passes"
    COUNTS = "counts"


@dataclass(frozen=True, slots=True)
class Position:
    """How far a walk has come; stored with the rows of each page, so that a killed walk goes on where it was.

    ``filters`` are the parameters that say what is walked. ``stage`` names the staging of its keys. ``started_at`` is
    the vendor's clock at the first answer, ``bound`` (counts) the latest time of making that counts, ``before`` the
    vendor's count at the start of the pass, ``page`` the last page committed in ``round`` (a pass, from 1), ``base``
    how many keys were staged when the pass began, ``size`` the length of a full page as it is served, ``expected``
    how many records we hold, ``staged`` how many keys were staged before its last page. ``version`` is the extractor's:
    a walk begun for other columns does not go on.
    """

    filters: tuple[tuple[str, str], ...]
    proof: Proof
    stage: int
    started_at: datetime | None = None
    bound: datetime | None = None
    before: int | None = None
    page: int = 0
    round: int = 1
    base: int = 0
    size: int = 100
    expected: int | None = None
    staged: int = 0
    version: str = ""

    def to_json(self) -> dict[str, Any]:
        """A JSON object; times as ISO 8601."""
        # Not by asdict: it copies every part of every part, and this is made for every page.
        values = ((name, getattr(self, name)) for name in self.__slots__)
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values
            if value is not None
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Position:
        """The inverse of ``to_json``."""
        known = dict(stored)
        for name in ("started_at", "bound"):
            if name in known:
                known[name] = datetime.fromisoformat(known[name])
        known["filters"] = tuple((name, value) for name, value in known["filters"])
        known["proof"] = Proof(known["proof"])
        return cls(**known)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a walk. ``proven`` says whether absence from it means anything."""

    proven: bool
    pages: int
    note: str = ""
    counted: int | None = None


def timestamp(moment: datetime) -> str:
    """An instant as vendors take it in a parameter: whole seconds, cut towards older, with the zone named."""
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"  # strftime cuts year 1's zeros


def list_question(path: str, fixed: Iterable[tuple[str, str]], position: Position, page: int, asked: int) -> Question:
    """The question for one page, oldest first; *asked* records a page."""
    paging = (("dir", "asc"), ("per_page", str(asked)), ("page", str(page)))
    return Question(path, (*fixed, *position.filters, *paging))


def counted_filters(position: Position, made_to: str | None) -> tuple[tuple[str, str], ...]:
    """The filters of a count: those of the walk, bounded by the time of making where the collection has one."""
    if made_to is None or position.bound is None or any(name == made_to for name, _ in position.filters):
        return position.filters
    return (*position.filters, (made_to, timestamp(position.bound)))


def begun(position: Position, date: datetime) -> Position:
    """*position* after the first answer of the walk, which came when the vendor's clock showed *date*."""
    if position.started_at is not None:
        return position
    bound = (date - BEFORE_THE_WALK).replace(microsecond=0)
    return replace(position, started_at=date, bound=position.bound or bound)


def next_pass(position: Position, *, staged: int, before: int | None) -> Position:
    """The same walk from its first page again."""
    return replace(position, round=position.round + 1, page=0, base=staged, before=before)


def is_proven(position: Position, *, after: int | None, staged: int, staged_bounded: int) -> bool:
    """Whether a pass that has just ended shows the walk to be complete.

    Equal counts alone prove nothing (rows read and then deleted can hide rows skipped): the distinct keys must agree
    too. A later pass that brought no new key proves the union of all passes, whatever the counts say.
    """
    by_counts = after is not None and position.before == after == staged_bounded
    by_passes = position.round > 1 and staged == position.base
    return by_counts or by_passes


def passes_left(position: Position) -> bool:
    """Whether an unproven walk may be walked again."""
    most = MOST_PASSES_COUNTED if position.proof is Proof.COUNTS and position.before is not None else MOST_PASSES
    return position.round < most


class Repeats:
    """Notices a server that serves the same page again (A, A and A, B, A, B): such a walk would never end.

    Pages are told apart by the members that make the *key*: what else a record holds may differ in every answer, as
    links that expire do.
    """

    def __init__(self, key: tuple[str, ...]) -> None:
        self._key = key
        self._seen: set[bytes] = set()

    def check(self, page: int, records: list[Any]) -> None:
        """Malformed when a page's records stood, one by one, on an earlier page of this pass, or there is no end."""
        shown = repr(self._identities(records))
        digest = hashlib.blake2b(shown.encode("utf-8", "replace"), digest_size=8).digest()
        if records and digest in self._seen:
            msg = f"page {page} repeats an earlier page: the vendor does not advance"
            raise Malformed(msg, remedy=NOTHING_CONCLUDED)
        self._seen.add(digest)
        if page > MOST_PAGES:
            msg = f"no end after {MOST_PAGES} pages"
            raise Malformed(msg)

    def _identities(self, records: list[Any]) -> list[Any]:
        """What tells the records from others; mostly a key of one part, which can be had of all at once."""
        if len(self._key) == 1 and all(isinstance(record, dict) for record in records):
            (name,) = self._key
            found = [record.get(name) for record in records]
            if None not in found:
                return found
        return [identity(record, self._key) for record in records]


def identity(record: Any, key: tuple[str, ...]) -> Any:  # noqa: ANN401 (any JSON value)
    """What tells a record from others: its members called *key*, or the whole of a record that lacks one of them."""
    parts = [record.get(name) for name in key] if isinstance(record, dict) else [None]
    return record if None in parts else parts


# --- the ways of paging of a vendor that has several ------------------------------------------------------------------
Params = tuple[tuple[str, str], ...]
"""Parameters of a question, in order."""


class Paging(ABC):
    """One reading of a list, from its first question to its end: what to ask next, from the last answer.

    ``first`` are the parameters of the first question; ``after`` is told each answer, an object, with the records in it
    and gives those of the next one, None at the end. It raises Malformed where the vendor does not advance.
    ``agrees``, at the end: whether what came is all there is by the vendor's own numbers, as far as it gives any.
    """

    first: Params = ()
    agrees: bool = True

    @abstractmethod
    def after(self, answer: Mapping[str, Any], records: list[Any]) -> Params | None:
        """The parameters of the next question, or None: that was all."""


class Whole(Paging):
    """A list that comes whole in one answer."""

    def after(self, answer: Mapping[str, Any], records: list[Any]) -> Params | None:  # noqa: ARG002 (nothing to see)
        """Nothing is left."""
        return None


class Report(Paging):
    """A report of the days *first* to *last*, whole in one answer however long that is; ``day`` names a row's member.

    A vendor that does not understand a date answers for today.
    """

    def __init__(self, first: date, last: date, day: str) -> None:
        self._days = first.isoformat(), last.isoformat()
        self._member = day

    def after(self, answer: Mapping[str, Any], records: list[Any]) -> Params | None:  # noqa: ARG002 (no pages)
        """Nothing is left. Malformed if a row is of a day that was not asked for."""
        first, last = self._days
        for record in records:
            day = _member(record, self._member)
            if isinstance(day, str) and not first <= day[:10] <= last:
                msg = f"a row of the report is of {day[:10]}, but {first} to {last} was asked for"
                raise Malformed(msg, remedy=NOTHING_CONCLUDED)
        return None


class LastId(Paging):
    """A list in the order of its ids: each question begins behind the last one that came.

    The end is an answer without ``lastId``, or an empty one: both habits occur. The number of different records is held
    against ``pagination.totalCount`` where that is given.
    """

    def __init__(self, key: str = "id") -> None:
        self._key = key
        self._last = -1
        self._ids: set[int] = set()
        self._totals: set[int | None] = set()

    def after(self, answer: Mapping[str, Any], records: list[Any]) -> Params | None:
        """Behind the last id, as long as it grows. Malformed if it does not, or the list is in another order."""
        came = [found for record in records if (found := _number(_member(record, self._key))) is not None]
        ids = list(dict.fromkeys(came))
        is_new = not self._ids.issuperset(ids)
        self._ids.update(ids)
        self._totals.add(_number(_member(answer.get("pagination"), "totalCount")))
        is_counted = self._totals == {len(self._ids)}
        self.agrees = is_counted or self._totals == {None}
        if not records or (not is_new and is_counted):
            return None  # whoever ignores the question has given everything with the first answer
        last = _number(answer.get("lastId"))
        first = min(ids, default=self._last + 1 if last is None else last)
        if first < self._last or (first == self._last and not is_new):
            raise Malformed(f"lastId does not advance beyond {self._last}", remedy=NOTHING_CONCLUDED)
        if last is None:
            return None
        if ids != sorted(ids):
            raise Malformed("the list is not in the order of its ids", remedy=NOTHING_CONCLUDED)
        # Not behind the id that the vendor names, where it is another: a page may be cut unsaid.
        self._last = max(ids, default=last)
        return (("lastId", str(self._last)),)


class PageNumbers(Paging):
    """A list in numbered pages of at most *limit* records, in no order that could be relied on.

    The vendor may serve shorter pages than it was asked for; ``pagination.perPage`` tells, or else the pages do.
    *total* is the member of ``pagination``, or of the answer itself, with the number of records that were asked for:
    not everywhere is it ``total``, which may count what a filter leaves out, too. *key* are the members that tell a
    record from others: one that moves between the pages comes twice, or not at all. ``total`` is that number at the
    first page (None: the vendor does not tell), ``seen`` who came, ``came`` how many records that were.
    """

    def __init__(self, limit: int, *, total: str = "total", key: tuple[str, ...] = ("id",)) -> None:
        self._limit = limit
        self._total_name = total
        self._key = key
        self._repeats = Repeats(key)
        self._page = 1
        self._longest = 0
        self._totals: set[int | None] = set()
        self.seen: set[str] = set()
        self.came = 0
        self.total: int | None = None
        self.first = self._params()

    def after(self, answer: Mapping[str, Any], records: list[Any]) -> Params | None:
        """The next page, until one is empty or shorter than pages are. Malformed if the vendor does not advance."""
        told = answer.get("pagination")
        total = _number(_member(told, self._total_name))
        total = _number(answer.get(self._total_name)) if total is None else total
        self._totals.add(total)
        self.total = total if self._page == 1 else self.total
        ids = {repr(identity(record, self._key)) for record in records}
        is_new = not ids <= self.seen
        self.seen |= ids
        self.came += len(records)
        # A single page cannot lose a record to another; between several they may have moved unseen.
        self.agrees = self._totals == {len(self.seen)} or (self._totals == {None} and self._page == 1)
        if not is_new and len(self.seen) == total:
            return None  # whoever ignores the page's number has given everything with the first one
        self._repeats.check(self._page, records)
        if not records or self._is_last(_number(_member(told, "perPage")), len(records), total):
            return None
        self._page += 1
        return self._params()

    def _is_last(self, size: int | None, came: int, total: int | None) -> bool:
        before, self._longest = self._longest, max(self._longest, came)
        if total is None:
            return came < (size or before)
        if len(self.seen) < total:
            # A short page is no end while some are missing: it may have been cut unsaid. Where every page was there,
            # they moved from one to another.
            return self._page * self._longest >= total
        # Nor is a number an end while pages are full: it may be too small.
        return came < (before or size or self._limit)

    def _params(self) -> Params:
        return (("page", str(self._page)), ("limit", str(self._limit)))


class Tokens(Paging):
    """A list in pages that are linked by tokens, which are the vendor's own affair: nothing is read from them."""

    def __init__(self, limit: int, *, key: tuple[str, ...] = ("id",)) -> None:
        self._repeats = Repeats(key)
        self._page = 0
        self._tokens: set[str] = set()
        self.first = (("limit", str(limit)),)

    def after(self, answer: Mapping[str, Any], records: list[Any]) -> Params | None:
        """The page behind the token, until there is none. Malformed if a token, or a page, was there before."""
        self._page += 1
        self._repeats.check(self._page, records)
        token = answer.get("nextPageToken")
        if answer.get("hasNextPage") is False or not isinstance(token, str) or not token:
            return None
        if token in self._tokens:
            raise Malformed("the token of the next page was given before", remedy=NOTHING_CONCLUDED)
        self._tokens.add(token)
        return (*self.first, ("pageToken", token))


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _number(value: object) -> int | None:
    """A number that is not negative, or its digits in a text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:  # noqa: PLR2004 (64 bits)
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
