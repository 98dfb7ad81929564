"""The declaration: what a vendor's collection is, as frozen values.

Everything else is made from these values: tables, migrations' expectations, extractors, the data dictionary and the
questions asked. A declaration holds no behaviour; what a vendor does differently is a function in its own package
that a declaration may name (``Column.prepare``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import Any

from syncd.reading import Read


class Kind(StrEnum):
    """The type of a column (CONTRACT 4). Integer and bigint are one: 64 bits, signed."""

    INTEGER = "integer"
    TEXT = "text"
    DOUBLE = "double"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    JSON = "json"
    INSTANT = "instant"
    LOCAL_DATETIME = "local_datetime"


class Origin(StrEnum):
    """Where a column without a source path gets its value."""

    CONTEXT = "context"
    COMPUTED = "computed"
    DERIVED = "derived"
    MAP_KEY = "map_key"


class Absence(StrEnum):
    """What happens to a row that a complete re-read no longer holds."""

    TOMBSTONE = "tombstone"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Column:
    """One typed field: ``source`` is its dotted path in the vendor's record (None: see ``origin``)."""

    name: str
    kind: Kind
    doc: str
    source: str | None = None
    aliases: tuple[str, ...] = ()
    references: str | None = None
    values: tuple[str, ...] = ()
    required: bool = False
    origin: Origin | None = None
    sensitive: bool = False
    volatile: bool = False
    blank: bool = False
    """Of a key: whether an empty text is a value, and not a missing one."""
    prepare: Callable[[object], object] | None = None
    """A vendor's function from the raw value to the one that is parsed as ``kind``."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path the value may stand under, the first present one counts.

        What is no member of the vendor's record is put into it by whoever read it, under ``@`` and the column's name.
        """
        return (f"@{self.name}",) if self.source is None else (self.source, *self.aliases)


def column(kind: Kind, name: str, doc: str, *, aliases: str = "", references: str = "", **more: object) -> Column:
    """Declare a column in one line; *aliases* is a blank-separated list, ``source`` defaults to the name."""
    if "origin" not in more:
        more.setdefault("source", name)
    return Column(
        name,
        kind,
        doc,
        aliases=tuple(aliases.split()),
        references=references or None,
        **more,  # type: ignore[arg-type]
    )


integer = partial(column, Kind.INTEGER)
text = partial(column, Kind.TEXT)
double = partial(column, Kind.DOUBLE)
decimal = partial(column, Kind.DECIMAL)
boolean = partial(column, Kind.BOOLEAN)
date = partial(column, Kind.DATE)
time = partial(column, Kind.TIME)
json = partial(column, Kind.JSON)
instant = partial(column, Kind.INSTANT)
local_datetime = partial(column, Kind.LOCAL_DATETIME)


@dataclass(frozen=True, slots=True)
class Child:
    """A table filled from an array or open map inside the parent's record, replaced as a set with the parent.

    ``source`` is the array's (dotted) path. An array of scalars has a column with the source ``"."``; of an open map
    (a column with the origin MAP_KEY) each value is an element, a scalar value standing under ``"."``; a COMPUTED
    column is the element's place, from 0. ``elements`` makes the elements where the record needs a closer look: it is
    given the record and may set ``@column`` members; ``source`` and ``sources`` then name every path it uses.
    ``parent_key`` names the child's columns that hold the parent's key, in the order of the parent's key; another
    CONTEXT column takes the parent's column of the same name. ``drops`` are documented members of an element that feed
    nothing, ``volatile`` members that differ in every answer (links that expire): never stored, never compared.
    """

    name: str
    table: str
    source: str
    key: tuple[str, ...]
    parent_key: tuple[str, ...]
    columns: tuple[Column, ...]
    doc: str = ""
    drops: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    elements: Callable[[Mapping[str, Any]], list[Any]] | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lookup:
    """A small table gathered from objects embedded in records.

    ``sources`` are ``collection.path``, with ``[]`` for each element of an array, or ``collection`` alone for its
    records themselves. ``at`` is the member that dates an object: the latest seen value of each column counts, in
    whatever order the records come; without it the last one read.

    Rows are only ever added or renamed.
    """

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    doc: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Read whole in every cycle: each complete, proven walk is a sweep too."""


@dataclass(frozen=True, slots=True)
class UpdatedSince:
    """Read in ascending pages of what changed since the cursor; a sweep is the same walk without ``since``.

    ``since`` is the parameter that takes the cursor. ``made`` is the column that holds when the record came to be
    (it hardly ever changes): with its parameters ``made_from`` and ``made_to`` (inclusive instants) walks are proven by
    counts and deletions are narrowed down to months.
    """

    since: str
    made: str
    made_from: str
    made_to: str


@dataclass(frozen=True, slots=True)
class Parents:
    """The rows of another collection that are asked for one by one, or in batches of ids.

    ``link`` pairs our column with the parent's column it holds. With ``mark``, a column of the parent (or of
    ``mark_in``, a collection with the parent's key) that moves when there may be something new, only parents are asked
    whose mark moved. ``columns`` are further columns of the parent that reading needs; ``may_ask`` leaves out parents
    that cannot be asked (it is given these columns). ``having`` names a collection with the same link: only parents
    with rows there are asked. ``rests`` is how long a parent that had nothing is left alone. ``rotates``: each parent
    is asked once in so long whatever its mark says, evenly spread over that time. ``option`` is a key of the
    collection's configuration that lists the keys of the only parents to ask.
    """

    collection: str
    link: tuple[tuple[str, str], ...]
    mark: str = ""
    mark_in: str = ""
    columns: tuple[str, ...] = ()
    may_ask: Callable[[Mapping[str, Any]], bool] | None = None
    batch: int = 1
    having: str = ""
    rests: timedelta | None = None
    rotates: timedelta | None = None
    option: str = ""

    @property
    def remembers(self) -> bool:
        """Whether it is noted of each parent what it was asked for last, so that not all are asked each time."""
        return bool(self.mark or self.rests or self.rotates)

    @property
    def needs(self) -> tuple[str, ...]:
        """The collections that must have been read before."""
        return tuple(dict.fromkeys(name for name in (self.collection, self.mark_in, self.having) if name))


@dataclass(frozen=True, slots=True)
class Listing:
    """Read whole in every cycle by the vendor's own ``read``: of the account, or of each of its ``parents``.

    Each complete walk is a sweep too, of the parents that were asked.
    """

    read: Read
    parents: Parents | None = None
    also: tuple[tuple[Read, Parents], ...] = ()
    """Further readings with parents of their own, whose records belong to the same collection."""


@dataclass(frozen=True, slots=True)
class Tier:
    """How far back is read again, and how often; whatever the parents' marks say."""

    back: timedelta
    every: timedelta


@dataclass(frozen=True, slots=True)
class Windows:
    """Read in windows of time by ``read``: of the account, or of each of its ``parents``; a ledger says what is known.

    ``start`` is the column with a row's time (instant, or date with ``daily``), ``end`` that of its end where rows have
    a length. A window is at most ``most`` long, ``first`` to begin with, never shorter than ``least``, and grows and
    shrinks towards ``aim`` rows. ``lookback`` is read again in every cycle (of parents whose mark moved), ``tiers``
    more rarely and of all. Rows lie up to ``ahead`` in the future. With ``daily`` windows are whole days of the
    account's zone, or with ``utc`` of UTC (``start`` is then an instant). ``unfinished`` is a boolean column: while it
    is false the row will change and is read again. ``reopens`` are parents whose past is read once more when they are
    new or were silent for longer than the lookback (``mark`` is when they last reported). ``replaces``: a row that lies
    wholly in a window read and did not come is gone, as ``absence`` says (tombstoned where that is KEEP); by default
    everywhere but where it is KEEP. ``since`` is how far back it starts where the configuration does not say, if that
    is not the vendor's usual time.
    """

    read: Read
    start: str
    end: str = ""
    parents: Parents | None = None
    most: timedelta = timedelta(days=30)
    first: timedelta | None = None
    least: timedelta = timedelta(minutes=1)
    aim: int = 10_000
    lookback: timedelta = timedelta(days=2)
    tiers: tuple[Tier, ...] = ()
    ahead: timedelta = timedelta(0)
    daily: bool = False
    utc: bool = False
    unfinished: str = ""
    reopens: Parents | None = None
    replaces: bool | None = None
    since: timedelta | None = None


Strategy = Snapshot | UpdatedSince | Listing | Windows


@dataclass(frozen=True, slots=True)
class Succession:
    """A record ends when one with the same key appears in ``collection``: a request becomes a case."""

    collection: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Rows erased by the vendor when a parent moves back: re-read one parent's rows when it disagrees with its newest.

    For every row of ``parent`` that changed here and whose ``parent_state`` differs from ``state`` of its newest row
    (by the ``made`` column), ``path`` lists that parent's rows afresh. ``link`` is our column with the parent's key.
    """

    parent: str
    parent_state: str
    link: str
    state: str
    path: str
    most_per_cycle: int = 50


@dataclass(frozen=True, slots=True)
class Collection:
    """One kind of record of a vendor: fills one main table and its child tables.

    ``path`` is asked for lists, ``one`` (with ``{column}`` places) for a single record. ``fixed`` are parameters sent
    with every list question. ``drops`` are documented embedded objects that only repeat other rows. ``every`` is its
    usual interval where that is not the vendor's. ``options`` are keys of the configuration that only this collection
    has, each a list of texts, with their meaning.
    """

    name: str
    table: str
    path: str
    one: str
    key: tuple[str, ...]
    strategy: Strategy
    columns: tuple[Column, ...]
    doc: str = ""
    every: timedelta | None = None
    options: tuple[tuple[str, str], ...] = ()
    children: tuple[Child, ...] = ()
    drops: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    absence: Absence = Absence.TOMBSTONE
    enabled_by_default: bool = True
    follows: Succession | None = None
    reconciles: Reconciliation | None = None
    after: tuple[str, ...] = field(default=())
    """Collections read before this one when both are due (a reconciliation needs its parents fresh)."""

    @property
    def parents(self) -> tuple[Parents, ...]:
        """Every ``Parents`` that reading it goes by."""
        found: tuple[Parents | None, ...] = ()
        if isinstance(self.strategy, Listing):
            found = (self.strategy.parents, *(parents for _, parents in self.strategy.also))
        elif isinstance(self.strategy, Windows):
            found = (self.strategy.parents, self.strategy.reopens)
        return tuple(dict.fromkeys(parents for parents in found if parents is not None))

    @property
    def needs(self) -> tuple[str, ...]:
        """The collections that must have been read in the same cycle: whose rows it asks for, or that say which."""
        return tuple(dict.fromkeys(name for parents in self.parents for name in parents.needs))

    @property
    def behind(self) -> tuple[str, ...]:
        """The collections that are read before this one where both are read in one cycle."""
        return tuple(dict.fromkeys((*self.after, *self.needs)))

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns of the main table: all but the volatile ones, which are never stored."""
        return tuple(c for c in self.columns if not c.volatile)

    def column(self, name: str) -> Column:
        """The column called *name*; KeyError if there is none."""
        for found in self.columns:
            if found.name == name:
                return found
        raise KeyError(name)
