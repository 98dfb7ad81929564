"""What to ask next, from the last reply: pure values and decisions, no I/O.

Trackops takes page numbers and promises no order, no total and no cursor. A walk is therefore proven before anything
is concluded from it: a single page needs no proof; a walk of what changed is walked again until a pass brings no new
key; a walk of everything compares the vendor's own count before and after with the distinct keys seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from syncd.ask import Question
from syncd.errors import Malformed

MOST_PASSES = 3
MOST_PASSES_COUNTED = 2
SHORT_WALK_PAGES = 10  # a longer walk of what changed is worth proving by counts
COUNT_PAYS_PAGES = 20  # from here on, starting again with counts is cheaper than a second pass
MOST_PAGES = 200_000  # 20 million records: no account has as many, a server that ignores ``page`` has
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
            raise Malformed(msg, remedy="Nothing was concluded from this walk; it is tried again in the next cycle.")
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
        return [self._identity(record) for record in records]

    def _identity(self, record: Any) -> Any:  # noqa: ANN401 (any JSON value)
        """The record's key, or the whole of a record that lacks a part of it."""
        parts = [record.get(name) for name in self._key] if isinstance(record, dict) else [None]
        return record if None in parts else parts
