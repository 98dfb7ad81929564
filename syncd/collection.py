"""The declaration: what a vendor's collection is, as frozen values.

Everything else is made from these values: tables, migrations' expectations, extractors, the data dictionary and the
questions asked. A declaration holds no behaviour; what a vendor does differently is a function in its own package
that a declaration may name (``Column.prepare``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial


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
    prepare: Callable[[object], object] | None = None
    """A vendor's function from the raw value to the one that is parsed as ``kind``."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path the value may stand under, the first present one counts."""
        return () if self.source is None else (self.source, *self.aliases)


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
    """A table filled from an array inside the parent's record, replaced as a set with the parent.

    ``parent_key`` names the child's columns that hold the parent's key, in the order of the parent's key.
    ``drops`` are documented members of an element that feed nothing, ``volatile`` members that differ in every answer
    (links that expire): never stored, never compared.
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


@dataclass(frozen=True, slots=True)
class Lookup:
    """A small table gathered from objects embedded in records.

    ``sources`` are ``collection.path``, with ``[]`` for each element of an array.

    Rows are only ever added or renamed.
    """

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    doc: str = ""


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


Strategy = Snapshot | UpdatedSince


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
    with every list question. ``drops`` are documented embedded objects that only repeat other rows.
    """

    name: str
    table: str
    path: str
    one: str
    key: tuple[str, ...]
    strategy: Strategy
    columns: tuple[Column, ...]
    doc: str = ""
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
    def stored(self) -> tuple[Column, ...]:
        """The columns of the main table: all but the volatile ones, which are never stored."""
        return tuple(c for c in self.columns if not c.volatile)

    def column(self, name: str) -> Column:
        """The column called *name*; KeyError if there is none."""
        for found in self.columns:
            if found.name == name:
                return found
        raise KeyError(name)
