"""What the makers of invented rows share: the tables, a seeded source of chance, sequences of ids and the clock."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

Row = dict[str, Any]
Key = int | str | tuple[int | str, ...]
T = TypeVar("T")

# What identifies a row; `id` where nothing is said. Names that start with `_` are ours and are not served.
KEYS: dict[str, tuple[str, ...]] = {
    "tracker_states": ("_tracker_id",), "readings": ("_tracker_id", "_kind", "_key"), "counters": ("_tracker_id",
    "type"), "tracks": ("_source_id", "id"), "event_types": ("type",), "driver_assignments": ("_tracker_id",),
    "tracker_statuses": ("_tracker_id",), "transactions": ("_number",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything an account has."""

    trackers: int = 12
    days: int = 14  # of past
    trips_per_day: float = 3.0  # per tracker
    events_per_day: float = 6.0  # per tracker
    point_every_s: int = 120
    sensor_every_s: int = 7_200
    counter_every_s: int = 21_600
    zones: int = 9
    places: int = 15
    vehicles: int = 8
    employees: int = 10
    tasks_per_day: float = 1.5
    checkins_per_day: float = 1.0
    audit_per_day: float = 3.0
    transactions_per_day: float = 1.5
    journal_per_day: float = 0.5  # per tracker
    blocked: int = 1
    clones: int = 1


class World:
    """Tables of rows by key, in Python's own types. Members whose name starts with `_` are never served."""

    def __init__(self, seed: int, sizes: Sizes, now: Callable[[], datetime]) -> None:
        """`now` gives an aware UTC datetime; the same seed, sizes and clock give the same rows."""
        self.seed = seed
        self.sizes = sizes
        self.now = now
        self.chance = random.Random(f"itrack {seed}")
        self.tables: dict[str, dict[Key, Row]] = {}
        self.begins_at = self.moment() - timedelta(days=sizes.days)
        self._sequences: dict[str, int] = {}

    def table(self, name: str) -> dict[Key, Row]:
        """The rows of a table by key; an unknown table is empty."""
        return self.tables.setdefault(name, {})

    def put(self, table: str, row: Row) -> Row:
        """Adds or replaces a row."""
        self.table(table)[key_of(table, row)] = row
        return row

    def moment(self) -> datetime:
        """The server's clock, in whole seconds."""
        return self.now().replace(microsecond=0)

    def next_id(self, sequence: str, start: int = 1) -> int:
        """The next number of a sequence."""
        self._sequences[sequence] = self._sequences.get(sequence, start - 1) + 1
        return self._sequences[sequence]

    def maybe(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return self.chance.random() < probability

    def one_of(self, values: Sequence[T]) -> T:
        """Any of the values."""
        return values[int(self.chance.random() * len(values))]

    def some(self, values: Iterable[T], most: int) -> list[T]:
        """Up to `most` different values, in their order."""
        pool = list(values)
        wanted = set(self.chance.sample(range(len(pool)), min(len(pool), self.chance.randint(0, most))))
        return [one for number, one in enumerate(pool) if number in wanted]

    def ids(self, table: str) -> list[Any]:
        """The keys of a table."""
        return list(self.table(table))

    def some_id(self, table: str, *, missing: float = 0.0) -> Any:  # noqa: ANN401  an int, or None
        """The key of any row of a table; None as often as `missing` says, or if there is no row."""
        ids = self.table(table)
        if not ids or (missing and self.maybe(missing)):
            return None
        return self.one_of(list(ids))

    def between(self, start: datetime, end: datetime) -> datetime:
        """A moment in [start, end], in whole seconds."""
        span = max(0, int((end - start).total_seconds()))
        return start + timedelta(seconds=int(self.chance.random() * span))

    def past(self) -> datetime:
        """A moment between the account's first day and now."""
        return self.between(self.begins_at, self.moment())

    def decimals(self, low: float, high: float, digits: int = 2) -> float:
        """A number with so many decimals."""
        return round(low + self.chance.random() * (high - low), digits)

    def spot(self) -> Row:
        """A place on earth near the office."""
        return {"lat": self.decimals(55.4, 56.0, 6), "lng": self.decimals(12.0, 12.7, 6)}

    def address(self) -> str:
        """Where a spot is, in words."""
        return f"{self.one_of(STREETS)} {self.chance.randint(1, 99)}, {self.one_of(TOWNS)}"


def key_of(table: str, row: Row) -> Key:
    """The key of a row."""
    names = KEYS.get(table)
    if names is None:
        number: int = row["id"]
        return number
    values = tuple(row[name] for name in names)
    return values[0] if len(values) == 1 else values


STREETS = (
    "Havnegade",
    "Industrivej",
    "Østre Ringvej",
    "Rue de l'Église",
    "Müllerstraße",
    "Quay Street",
    "שדרות רוטשילד",
)
TOWNS = ("København", "Køge", "Malmö", "Roskilde", "Århus")
FIRST_NAMES = ("Ida", "Bo", "Søren", "Zoë", "Mehmet", "Łucja", "Ana María", "Nguyễn")
LAST_NAMES = ("Holm", "O'Brien", "Åkesson", "Çelik", "Nowak", "da Silva", "Lê", "Berg")
REMARKS = (
    "",
    "Gate code 4711#",
    "Ring twice — “back door”",
    "Ramp is slippery 🧊",
    'Says "no" to Mondays',
    "Ætt & søn",
)
COLORS = ("1E96DC", "FF0000", "00aa55", "9C27B0")
