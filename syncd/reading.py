"""How a vendor's records are asked for: pure generators of questions, which live with the vendor's declarations.

A reading yields a question and is sent its answer; an error the vendor answered with is raised at the ``yield``, so
that a reading can fall back to another call. What it returns are records. It never waits, stores or logs.

    def read(account: Account, part: Part) -> Reading:
        answer = yield Question("/Report/Trip", (("unitId", part.parent.key[0]), …))
        return Taken(answer.value["list"])
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from syncd.ask import Answer, Question
from syncd.errors import SuspiciousAnswer


@dataclass(frozen=True, slots=True)
class Account:
    """What reading depends on and the vendor tells: the zone of its days, and ``facts`` of the vendor's own (JSON)."""

    zone: str = "UTC"
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def tz(self) -> ZoneInfo:
        """The zone, ready to reckon with."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open range of time [start, end), aware UTC in whole seconds.

    Of a ``daily`` collection it is whole days, each standing for a calendar day of the account as its midnight in UTC.
    """

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Parent:
    """A row of another collection that is asked for: its key, and by name the columns that the declaration wants."""

    key: tuple[Any, ...]
    row: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Part:
    """What one reading is to bring: of the account or of these parents, all there is or a window.

    ``options`` are the collection's own keys of the configuration, ``columns`` the names of the columns that are stored
    of a record, for calls that take a choice. ``reopened`` marks the past of a parent that is read
    again in a collection otherwise read for the whole account.
    """

    parents: tuple[Parent, ...] = ()
    window: Window | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reopened: bool = False
    columns: frozenset[str] = frozenset()

    @property
    def parent(self) -> Parent:
        """The only parent."""
        (parent,) = self.parents
        return parent

    @property
    def ids(self) -> list[Any]:
        """The first part of each parent's key."""
        return [parent.key[0] for parent in self.parents]


@dataclass(frozen=True, slots=True)
class Some:
    """Records that a long reading hands over before it has come to its end; it goes on when they are stored."""

    records: list[Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """The end of a reading, with its (last) records.

    Of a window: ``complete_to`` is how far it was read if not to its end (the rest is asked next, from there on);
    ``floor`` says that nothing older than this is kept by the vendor. ``trusted`` is False if a row's absence means
    nothing. ``skipped`` are keys of parents that could not be asked (blocked, gone): nothing is concluded about them.
    """

    records: list[Any]
    complete_to: datetime | None = None
    floor: datetime | None = None
    trusted: bool = True
    skipped: tuple[tuple[Any, ...], ...] = ()


Reading = Generator[Question | Some, Answer, Taken]
Read = Callable[[Account, Part], Reading]


def unfinished(records: list[Any]) -> Generator[Some, Answer, NoReturn]:
    """The end of a window whose list stayed another than its count: what came is stored, the window stays unknown."""
    yield Some(records)
    raise SuspiciousAnswer("The vendor counts other records than it lists.", remedy="All is asked for again next time.")
