"""Rows by owner and time: what the law says, and what happened since instead of it or beside it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict
from collections.abc import Callable, Iterator

import msgspec

from syncd.standin.trackunit.law import Law, Row
from syncd.standin.trackunit.spelling import Record, encoded

REMEMBERED_ROWS = 20_000
Change = Callable[[Record], Record | None]


def _tick(row: Row) -> int:
    return row[0]


class Timeline:
    """Only blocks in which something changed are kept; of the others, the rows last asked for."""

    def __init__(self, law: Law) -> None:
        """`law` gives the rows of blocks that nothing happened to."""
        self.law = law
        self._changed: dict[tuple[str, str, int], list[Row]] = {}
        self._edges: dict[tuple[str, str], tuple[int, int]] = {}
        self._made: OrderedDict[tuple[str, str, int], list[Row]] = OrderedDict()
        self._rows_made = 0

    def rows(self, collection: str, owner: str, start: int, end: int) -> Iterator[Row]:
        """The rows with `start` ≤ tick ≤ `end`, by time."""
        first, last = self._blocks(collection, owner)
        first, last = max(first, self.law.block_of(collection, start)), min(last, self.law.block_of(collection, end))
        for block in range(first, last + 1):
            rows = self._block(collection, owner, block)
            if rows and (rows[0][0] < start or rows[-1][0] > end):
                rows = rows[bisect_left(rows, start, key=_tick) : bisect_right(rows, end, key=_tick)]
            yield from rows

    def last(self, collection: str, owner: str, end: int) -> Row | None:
        """The last row with tick ≤ `end`."""
        first, last = self._blocks(collection, owner)
        for block in range(min(last, self.law.block_of(collection, end)), first - 1, -1):
            rows = self._block(collection, owner, block)
            if found := bisect_right(rows, end, key=_tick):
                return rows[found - 1]
        return None

    def count(self, collection: str, owner: str) -> int:
        """How many rows there are at any time, worked out without making them where the law knows."""
        first, last = self._blocks(collection, owner)
        is_plain = collection in {"unit_history", "trips"}
        return sum(
            self.law.number(collection, owner, block)
            if is_plain and (collection, owner, block) not in self._changed
            else len(self._block(collection, owner, block))
            for block in range(first, last + 1)
        )

    def add(self, collection: str, owner: str, tick: int, record: Record) -> None:
        """A new row."""
        insort(self._open(collection, owner, tick), (tick, encoded(record)), key=_tick)

    def change(self, collection: str, owner: str, row: Row, change: Change) -> Record | None:
        """Passes one of the rows through `change`, which may take it out; KeyError if the row is not there."""
        rows = self._open(collection, owner, row[0])
        try:
            where = rows.index(row)
        except ValueError:
            raise KeyError(row) from None
        record = change(msgspec.json.decode(row[1]))
        if record is None:
            del rows[where]
        else:
            rows[where] = (row[0], encoded(record))
        return record

    def owners(self, collection: str) -> set[str]:
        """Who has rows that the law does not know of."""
        return {owner for name, owner in self._edges if name == collection}

    def _open(self, collection: str, owner: str, tick: int) -> list[Row]:
        """The rows of the block that holds a time, to be changed."""
        block = self.law.block_of(collection, tick)
        key = (collection, owner, block)
        if key not in self._changed:
            self._changed[key] = list(self.law.rows(collection, owner, block))
            first, last = self._edges.get(key[:2], (block, block))
            self._edges[key[:2]] = min(first, block), max(last, block)
            self._rows_made -= len(self._made.pop(key, ()))
        return self._changed[key]

    def _blocks(self, collection: str, owner: str) -> tuple[int, int]:
        begins_at, ends_at = self.law.life(collection, owner)
        edges = [self._edges[collection, owner]] if (collection, owner) in self._edges else []
        if ends_at > begins_at:
            edges.append((self.law.second_of(collection, begins_at), self.law.second_of(collection, ends_at - 1)))
        return (min(first for first, _ in edges), max(last for _, last in edges)) if edges else (0, -1)

    def _block(self, collection: str, owner: str, block: int) -> list[Row]:
        key = (collection, owner, block)
        if (changed := self._changed.get(key)) is not None:
            return changed
        if (made := self._made.get(key)) is not None:
            self._made.move_to_end(key)
            return made
        made = self.law.rows(collection, owner, block)
        self._made[key] = made
        self._rows_made += len(made)
        while self._rows_made > REMEMBERED_ROWS and len(self._made) > 1:
            self._rows_made -= len(self._made.popitem(last=False)[1])
        return made
