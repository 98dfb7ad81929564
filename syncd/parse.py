"""Record to rows: pure, one compiled extractor per collection (see ``Extractor``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """A record (``column`` None) or one value of it that could not be stored as typed. ``key`` and ``record`` are JSON."""

    key: str | None
    column: str | None
    record: str
    reason: str


@dataclass(slots=True)
class Rows:
    """Rows of one page, deduplicated (last wins) and sorted by key.

    ``main`` rows hold the values of ``collection.stored`` in order, then ``_syncd_extra`` (JSON text or None) and
    ``_syncd_hash`` (signed 64 bits). ``children`` maps a child to rows in its columns' order, for exactly the parents in
    ``main``; ``lookups`` maps a lookup table's name to rows in its columns' order. Values are plain Python: int, str,
    float, Decimal, bool, date, time, datetime (aware UTC for instants, naive for local times), JSON text for json.
    """

    keys: list[Key] = field(default_factory=list)
    main: list[tuple[Any, ...]] = field(default_factory=list)
    children: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    lookups: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
