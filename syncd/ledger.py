"""What is known of a stretch of time: ranges read to the end, ranges to be read again. Pure values.

A partition of a windowed collection keeps a ledger instead of one high-water mark. A moved ``since``, an outage, a
killed backfill, a device that was out of reach: all of them are gaps between ranges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

Range = tuple[datetime, datetime]
Ranges = tuple[Range, ...]
"""Half-open ranges [start, end): disjoint, apart from each other and in order of time."""


def moment_text(moment: datetime) -> str:
    """An instant as ledgers store it, which SQL understands: UTC, without its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def moment_of(text: str) -> datetime:
    """The inverse of ``moment_text``."""
    return datetime.fromisoformat(f"{text}+00:00")


def union(*some: Iterable[Range]) -> Ranges:
    """Every moment that lies in one of the ranges; ranges that touch become one."""
    found: list[Range] = []
    for start, end in sorted(each for ranges in some for each in ranges):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def minus(ranges: Iterable[Range], gone: Iterable[Range]) -> Ranges:
    """Every moment of *ranges* that lies in none of *gone*."""
    left = list(union(ranges))
    for start, end in union(gone):
        cut: list[Range] = []
        for first, last in left:
            cut += [(first, min(last, start)), (max(first, end), last)]
        left = [(first, last) for first, last in cut if first < last]
    return tuple(left)


def common(ranges: Iterable[Range], others: Iterable[Range]) -> Ranges:
    """Every moment that lies in both."""
    ranges = union(ranges)
    return minus(ranges, minus(ranges, others))


@dataclass(frozen=True, slots=True)
class Doubt:
    """Rows that did not come again in a window, more than an ordinary day's: found at ``at``, ``keys`` are digests."""

    start: datetime
    end: datetime
    at: datetime
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ledger:
    """How far one partition has been read.

    ``done`` are the ranges known complete, ``left`` those among them that are to be read again, ``tiers`` when each
    re-reading last began. ``span_s`` is the length of window that suits this partition, ``mark`` its parent's when all
    of it had been read, ``floor`` the time before which the vendor keeps nothing, ``doubts`` what was held back.
    ``seen_at`` is when its parent last reported (of collections read for the whole account).
    """

    done: Ranges = ()
    left: Ranges = ()
    tiers: Mapping[str, datetime] = field(default_factory=dict)
    span_s: int | None = None
    mark: str | None = None
    floor: datetime | None = None
    doubts: tuple[Doubt, ...] = ()
    seen_at: str | None = None

    @property
    def tip(self) -> datetime | None:
        """The end of what is known; None if nothing is."""
        return self.done[-1][1] if self.done else None

    def read(self, start: datetime, end: datetime) -> Ledger:
        """The ledger after [start, end) was read to its end."""
        return replace(self, done=union(self.done, ((start, end),)), left=minus(self.left, ((start, end),)))

    def again(self, *ranges: Range) -> Ledger:
        """The ledger with what it knows of *ranges* to be read again."""
        return replace(self, left=union(self.left, common(self.done, ranges)))

    def kept(self, since: datetime) -> Ledger:
        """The ledger after everything before *since* was removed here."""
        gone = ((datetime.min.replace(tzinfo=UTC), since),)
        doubts = tuple(doubt for doubt in self.doubts if doubt.end > since)
        return replace(self, done=minus(self.done, gone), left=minus(self.left, gone), doubts=doubts)

    def to_json(self) -> dict[str, Any]:
        """A JSON object without the parts that are not there."""
        return {
            "done": _told(self.done),
            **({"left": _told(self.left)} if self.left else {}),
            **({"tiers": {name: moment_text(at) for name, at in self.tiers.items()}} if self.tiers else {}),
            **({"span_s": self.span_s} if self.span_s else {}),
            **({"mark": self.mark} if self.mark is not None else {}),
            **({"floor": moment_text(self.floor)} if self.floor else {}),
            **({"seen_at": self.seen_at} if self.seen_at is not None else {}),
            **(
                {
                    "doubts": [
                        [moment_text(d.start), moment_text(d.end), moment_text(d.at), sorted(d.keys)]
                        for d in self.doubts
                    ]
                }
                if self.doubts
                else {}
            ),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> Ledger:
        """The inverse of ``to_json``; None is the ledger of a partition never read."""
        stored = stored or {}
        return cls(
            done=_ranges(stored.get("done", ())),
            left=_ranges(stored.get("left", ())),
            tiers={name: moment_of(at) for name, at in stored.get("tiers", {}).items()},
            span_s=stored.get("span_s"),
            mark=stored.get("mark"),
            floor=moment_of(stored["floor"]) if "floor" in stored else None,
            doubts=tuple(
                Doubt(moment_of(start), moment_of(end), moment_of(at), frozenset(keys))
                for start, end, at, keys in stored.get("doubts", ())
            ),
            seen_at=stored.get("seen_at"),
        )


def _told(ranges: Ranges) -> list[list[str]]:
    return [[moment_text(start), moment_text(end)] for start, end in ranges]


def _ranges(stored: Iterable[tuple[str, str]]) -> Ranges:
    return union((moment_of(start), moment_of(end)) for start, end in stored)
