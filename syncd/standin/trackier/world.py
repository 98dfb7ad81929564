"""What the makers of invented rows share: the tables, chance that hangs on a row's number alone, ids and the clock."""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any, TypeVar

from syncd.standin.trackier import words

Row = dict[str, Any]
Key = int | str
T = TypeVar("T")

# The member that identifies a row; `id` where nothing is said. Names that start with `$` are ours and are not served.
KEYS = {
    "categories": "_id", "campaign_goals": "_id", "campaign_access": "_id", "coupons": "_id", "campaign_caps": "_id",
    "landing_pages": "_id", "tracking_domains": "_id", "publisher_transactions": "_id", "publisher_payments": "_id",
    "invoices": "hash_id", "postback_sent_logs": "$number", "campaign_timelines": "$number", "adjustments": "$number",
}  # fmt: skip
LOGS = ("conversions", "clicks", "impressions", "postback_sent_logs", "campaign_timelines", "invoices")
"""Tables with an order of time, by `created`."""
FULL, NULLED, BARE = 0, 1, 2
"""A row with every member, one with null in each that may be, one without those; of each so many rows again."""
AGAIN = 40
LEFT_OUT = 6  # of so many values two are missing, one by null and one by absence
_LOW = 2**32


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything an account has."""

    campaigns: int = 12
    publishers: int = 9
    advertisers: int = 6
    accounts: int = 6
    categories: int = 7
    days: int = 14  # of past
    conversions_per_day: float = 8.0
    clicks_per_day: float = 20.0
    impressions_per_day: float = 6.0
    invoices_per_day: float = 0.7
    timelines_per_day: float = 1.0
    goals: int = 2  # per campaign
    access: int = 2  # per campaign that is not public
    caps: int = 2  # per campaign
    landing_pages: int = 2  # per campaign
    transactions: int = 3  # per publisher
    payments: int = 2  # per publisher
    coupons: int = 12
    deals: int = 6
    postbacks: int = 6
    smart_links: int = 5
    tracking_domains: int = 4
    burst: int = 0  # clicks within one second, yesterday
    usual: bool = False  # money as most networks have it, none that is hard to hold


class Pick:
    """Choices that the same text makes again and again, whatever was chosen elsewhere before."""

    __slots__ = ("_rest", "_text", "_times")

    def __init__(self, text: str) -> None:
        """`text` names what is made."""
        self._text, self._times, self._rest = text, 0, 0

    def below(self, number: int) -> int:
        """One of so many numbers from 0 on."""
        if self._rest < _LOW:
            self._times += 1
            self._rest = int.from_bytes(blake2b(f"{self._text} {self._times}".encode()).digest())
        self._rest, found = divmod(self._rest, number)
        return found

    def of(self, values: Sequence[T]) -> T:
        """Any of the values."""
        return values[self.below(len(values))]

    def some(self, values: Sequence[T], most: int) -> list[T]:
        """Up to `most` different values, in their order."""
        wanted = {self.below(len(values)) for _ in range(min(most, len(values)))} if values else set()
        return [values[number] for number in sorted(wanted)]

    def part(self) -> float:
        """A number in [0, 1)."""
        return self.below(10**9) / 10**9


class Timeline:
    """The keys of a table in order of time; rows of one moment in order of their making."""

    def __init__(self) -> None:
        """An empty one."""
        self._order: list[tuple[datetime, int, Key]] = []

    def add(self, at: datetime, number: int, key: Key) -> None:
        """One more row."""
        insort(self._order, (at, number, key))

    def remove(self, at: datetime, number: int, key: Key) -> None:
        """One row less."""
        place = bisect_left(self._order, (at, number, key))
        assert self._order[place][2] == key  # noqa: S101  the table and its order go together
        del self._order[place]

    def between(self, start: datetime, end: datetime) -> list[Key]:
        """The keys of rows in [start, end)."""
        return [one[2] for one in self._order[self._place(start) : self._place(end)]]

    def count(self, start: datetime, end: datetime) -> int:
        """How many rows there are in [start, end)."""
        return self._place(end) - self._place(start)

    def _place(self, at: datetime) -> int:
        return bisect_left(self._order, at, key=lambda one: one[0])


class World:
    """Tables of rows by key, in Python's own types."""

    def __init__(self, seed: int, sizes: Sizes, now: Callable[[], datetime]) -> None:
        """`now` gives an aware UTC datetime; the same seed, sizes and clock give the same rows."""
        self.seed = seed
        self.sizes = sizes
        self.now = now
        self.tables: dict[str, dict[Key, Row]] = {}
        self.timelines = {name: Timeline() for name in LOGS}
        self.begins_at = self.moment() - timedelta(days=sizes.days)
        self.org_id = self.long_id("network", 0)
        self.version = 0
        self._numbers: dict[str, int] = {}
        self._listed: dict[str, list[Row]] = {}
        self._hanging: dict[tuple[str, Key], dict[Key, Row]] = {}

    # -- the clock and chance ---------------------------------------------------------------------------------------

    def moment(self) -> datetime:
        """The network's clock, in whole milliseconds."""
        at = self.now()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def rate(self, number: int) -> tuple[Decimal, Decimal]:
        """What is paid and earned for one conversion of a campaign."""
        rates = words.USUAL_RATES if self.sizes.usual else words.RATES
        return rates[number % len(rates)]

    def pick(self, table: str, number: int) -> Pick:
        """The choices of one row."""
        return Pick(f"trackier {self.seed} {table} {number}")

    def past(self, pick: Pick) -> datetime:
        """A moment between the account's first day and now."""
        span = max(0, int((self.moment() - self.begins_at).total_seconds()) - 1)
        at = self.begins_at.replace(microsecond=0) + timedelta(seconds=1 + int(pick.part() * span))
        return at + timedelta(milliseconds=pick.of((0, 0, 0, 120, 999)))

    def number(self, table: str) -> int:
        """The next number of a table, from 0."""
        found = self._numbers.get(table, 0)
        self._numbers[table] = found + 1
        return found

    def long_id(self, table: str, number: int) -> str:
        """24 hex characters. Now and then they are all digits, with zeros before the first."""
        if number % AGAIN == AGAIN - 1:
            return f"{len(table):04}{number:020}"
        return blake2b(f"{self.seed} {table} {number}".encode(), digest_size=12).hexdigest()

    # -- tables -----------------------------------------------------------------------------------------------------

    def table(self, name: str) -> dict[Key, Row]:
        """The rows of a table by key; an unknown table is empty."""
        return self.tables.setdefault(name, {})

    def put(self, name: str, row: Row) -> Row:
        """Adds or replaces a row."""
        key = row[key_member(name)]
        if key in self.table(name):
            self.drop(name, key)
        self.table(name)[key] = row
        if name in self.timelines:
            self.timelines[name].add(row["created"], row["$number"], key)
        for parent in _parents(name, row):
            self._hanging.setdefault(parent, {})[key] = row
        self._listed.pop(name, None)
        self.version += 1
        return row

    def drop(self, name: str, key: Key) -> Row:
        """Takes a row out; KeyError if there is none."""
        row = self.table(name).pop(key)
        if name in self.timelines:
            self.timelines[name].remove(row["created"], row["$number"], key)
        for parent in _parents(name, row):
            del self._hanging[parent][key]
        self._listed.pop(name, None)
        self.version += 1
        return row

    def rows(self, name: str) -> list[Row]:
        """The rows of a table, in order of their making."""
        if name not in self._listed:
            self._listed[name] = list(self.table(name).values())
        return self._listed[name]

    def hanging(self, name: str, parent: str, key: Key) -> list[Row]:
        """The rows of a table that hang on one campaign or publisher."""
        return list(self._hanging.get((f"{name} {parent}", key), {}).values())

    def between(self, name: str, start: datetime, end: datetime) -> Iterator[Row]:
        """The rows of a log in [start, end), by time."""
        table = self.table(name)
        return (table[key] for key in self.timelines[name].between(start, end))

    def any_of(self, name: str, pick: Pick, missing: int = 0) -> Row | None:
        """Any row of a table; None if there is no row, and once in `missing` times."""
        rows = self.rows(name)
        if not rows or (missing and pick.below(missing) == 0):
            return None
        return pick.of(rows)


def _parents(name: str, row: Row) -> list[tuple[str, Key]]:
    return [(f"{name} {one}", row[f"${one}"]) for one in ("campaign", "publisher") if row.get(f"${one}") is not None]


def key_member(name: str) -> str:
    """The member that identifies a row of a table."""
    return KEYS.get(name, "id")


def thinned(row: Row, pick: Pick, number: int, required: Sequence[str]) -> Row:
    """A row some of whose members are null or absent, as the vendor leaves both out; our own and `required` stay."""
    kind = number % AGAIN
    if kind == FULL:
        return row
    always = {NULLED: 0, BARE: 1}.get(kind)
    found: Row = {}
    for name, value in row.items():
        if name in required or name[0] == "$":
            found[name] = value
            continue
        turn = pick.below(LEFT_OUT) if always is None else always
        if turn == 0:
            found[name] = None
        elif turn != 1:
            found[name] = value
    return found
