"""What the makers of invented rows share: the tables, a seeded source of chance, sequences of ids and the clock."""

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from syncd.standin.trackops import words

Row = dict[str, Any]
Key = int | tuple[int, int]
Now = Callable[[], datetime]
T = TypeVar("T")

YEARS_OF_PAST = timedelta(days=3 * 365)
IMPORTED_AFTER = timedelta(days=200)
GONE_ID = 900_001  # refers to something the account purged: a dangling reference, as real accounts have


class World:
    """Tables of rows by key, in Python's own types; members whose name starts with `_` are never served."""

    def __init__(self, seed: int, now: Now) -> None:
        """`now` gives an aware UTC datetime; the same seed and clock give the same rows."""
        self.now = now
        self.chance = random.Random(seed)
        self.tables: dict[str, dict[Key, Row]] = {}
        self.begins_at = self.moment() - YEARS_OF_PAST
        # Everything older was brought in by one bulk import and carries its second.
        self.imported_at = self.begins_at + IMPORTED_AFTER
        self._sequences: dict[str, int] = {}
        self._ids: dict[str, list[int]] = {}
        self._of_case: dict[tuple[str, int], dict[Key, None]] = {}
        for table, names in words.LOOKUPS.items():
            self.tables[table] = {n: {"id": n, "name": name} for n, name in enumerate(names, 1)}
        self.tables["finance_items"] = {
            n: {
                "id": n,
                "name": name,
                "expense_alias": name if n % 3 else None,
                "invoice_alias": f"{name} (billed)" if n % 2 else None,
            }
            for n, name in enumerate(words.FINANCE_ITEMS, 1)
        }
        self.tables["field_types"] = {
            n: {"id": n, "name": kind.capitalize(), "tag": kind} for n, kind in enumerate(words.FIELD_KINDS, 1)
        }

    def table(self, name: str) -> dict[Key, Row]:
        """The rows of a table by key; an unknown table is empty."""
        return self.tables.setdefault(name, {})

    def moment(self) -> datetime:
        """The server's clock, in whole seconds."""
        return self.now().replace(microsecond=0)

    def next_id(self, sequence: str) -> int:
        """The next number of a sequence; tables may share one (clients and their locations do)."""
        number = self._sequences.get(sequence, 0) + 1
        self._sequences[sequence] = number
        return number

    def maybe(self, probability: float) -> bool:
        """True as often as `probability` says."""
        return self.chance.random() < probability

    def one_of(self, values: Sequence[T]) -> T:
        """Any of the values."""
        return values[int(self.chance.random() * len(values))]

    def some_id(self, table: str, *, missing: float = 0.0) -> int | None:
        """The key of any row of a table; None as often as `missing` says, or if there is no row."""
        ids = self.ids(table)
        if not ids or (missing and self.maybe(missing)):
            return None
        return self.one_of(ids)

    def any_id(self, table: str) -> int:
        """As `some_id`, but never None: without rows it points to one that is gone."""
        return self.some_id(table) or GONE_ID

    def ids(self, table: str) -> list[int]:
        """The keys of a table, remembered until a row comes or goes: makers ask once per reference."""
        if table not in self._ids:
            self._ids[table] = [key for key in self.table(table) if isinstance(key, int)]
        return self._ids[table]

    def of_case(self, table: str, case_id: int) -> list[Key]:
        """The keys of a table's rows that belong to one case."""
        return list(self._of_case.get((table, case_id), ()))

    def put(self, table: str, key: Key, row: Row) -> Row:
        """Adds or replaces a row."""
        self.table(table)[key] = row
        self._ids.pop(table, None)
        if (case_id := row.get("casefile_id")) is not None:
            self._of_case.setdefault((table, case_id), {})[key] = None
        return row

    def drop(self, table: str, key: Key) -> Row:
        """Takes a row out and returns it; KeyError if there is none."""
        row = self.table(table).pop(key)
        self._ids.pop(table, None)
        if (case_id := row.get("casefile_id")) is not None:
            self._of_case.get((table, case_id), {}).pop(key, None)
        return row

    def between(self, start: datetime, end: datetime) -> datetime:
        """A moment in [start, end], in whole seconds."""
        span = max(0, int((end - start).total_seconds()))
        return start + timedelta(seconds=int(self.chance.random() * span))

    def since(self, start: datetime, days: float) -> datetime:
        """A moment at most `days` after `start`, never later than now."""
        return self.between(start, min(self.moment(), start + timedelta(days=days)))

    def stamped(self, created_at: datetime, *, edited: float = 0.5) -> Row:
        """`created_at` and `updated_at` of a row made then and `edited` that often since."""
        created_at = max(created_at, self.imported_at)
        updated_at = self.since(created_at, 120) if self.maybe(edited) else created_at
        return {"created_at": created_at, "updated_at": updated_at}

    def shares(self, total: int, parents: Iterable[T], *, most: int | None = None) -> list[T]:
        """`total` parents, each as often as chance gives it children, but no more than `most` times."""
        pool = list(parents)
        if most is None:
            return [self.one_of(pool) for _ in range(total)] if pool else []
        if total > most * len(pool):
            message = f"{total} rows do not fit on {len(pool)} parents with at most {most} each"
            raise ValueError(message)
        return sorted(self.chance.sample(pool * most, total), key=str)

    def prose(self, paragraphs: int) -> str:
        """Text of some length: HTML with the line ends a browser's form sends."""
        return "\r\n".join(
            f"<p>{' '.join(self.one_of(words.PHRASES) for _ in range(self.chance.randint(1, 4)))}</p>"
            for _ in range(paragraphs)
        )
