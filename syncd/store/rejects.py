"""Records and values set aside: listed until they parse, each once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from syncd.collection import Collection
from syncd.parse import Key, Reject
from syncd.store.bookkeeping import REJECTS, RUNS
from syncd.store.types import dumps

# Either database takes some ten thousand parameters in a statement, and a window may bring more keys.
_AT_ONCE = 5000
_OPEN = sa.select(REJECTS.c.connection, REJECTS.c.collection).distinct()


class OpenRejects:
    """Which collections have open rejects: a page of one that has none, and brings none, costs no statement."""

    def __init__(self) -> None:
        self._open: set[tuple[str, str]] | None = None
        self._opened: set[tuple[str, str]] = set()

    def forget(self) -> None:
        """Look again at the next page."""
        self._open = None
        self._opened.clear()

    def settle(self) -> None:
        """The transaction of the last ``apply`` is committed."""
        if self._open is not None:
            self._open |= self._opened
        self._opened.clear()

    def apply(
        self,
        transaction: sa.Connection,
        connection: str,
        collection: Collection,
        found: Sequence[Reject],
        cleared: Iterable[Key],
        at: datetime,
    ) -> int:
        """Close the rejects of *cleared* keys, open or renew the *found* ones; how many were found."""
        self._opened.clear()
        if self._open is None:
            self._open = {(row[0], row[1]) for row in transaction.execute(_OPEN)}
        if not found and (connection, collection.name) not in self._open:
            return 0
        ours = sa.and_(REJECTS.c.connection == connection, REJECTS.c.collection == collection.name)
        before = self._before(transaction, ours, collection, found, cleared)
        again: list[int] = []
        new: list[dict[str, Any]] = []
        for reject in {
            (_key(r.key, collection), r.column, _whole(json.loads(r.record)) if r.key is None else ""): r for r in found
        }.values():
            key, record = _key(reject.key, collection), json.loads(reject.record)
            identity = (key, reject.column, _whole(record) if key is None else "")
            if (number := before.pop(identity, None)) is not None:
                again.append(number)
                transaction.execute(
                    sa.update(REJECTS)
                    .where(REJECTS.c.id == number)
                    .values(last_seen_at=at, record=record, reason=reject.reason)
                )
                continue
            value = None if key is None else json.loads(key)
            new.append({
                "connection": connection, "collection": collection.name, "key": value, "column_name": reject.column,
                "record": record, "reason": reject.reason, "first_seen_at": at, "last_seen_at": at,
            })  # fmt: skip
        # What is left of the keys named is open no more. A record without a key cannot be told from another.
        if closed := [number for (key, _, _), number in before.items() if key is not None]:
            for first in range(0, len(closed), _AT_ONCE):
                transaction.execute(sa.delete(REJECTS).where(REJECTS.c.id.in_(closed[first : first + _AT_ONCE])))
        if new:
            transaction.execute(sa.insert(REJECTS), new)
            self._opened.add((connection, collection.name))
        return len(found)

    @staticmethod
    def _before(
        transaction: sa.Connection,
        ours: sa.ColumnElement[bool],
        collection: Collection,
        found: Sequence[Reject],
        cleared: Iterable[Key],
    ) -> dict[tuple[str | None, str | None, str], int]:
        named = {key for r in found if (key := _key(r.key, collection)) is not None}
        named |= {dumps(dict(zip(collection.key, key, strict=True))) for key in cleared}
        keys = [json.loads(key) for key in sorted(named)]
        wanted: list[sa.ColumnElement[bool]] = [
            REJECTS.c.key.in_(keys[first : first + _AT_ONCE]) for first in range(0, len(keys), _AT_ONCE)
        ]
        if any(r.key is None for r in found):
            wanted.append(REJECTS.c.key.is_(None))
        query = sa.select(REJECTS.c.id, REJECTS.c.key, REJECTS.c.column_name, REJECTS.c.record).where(ours)
        return {
            (None if key is None else _ordered(key, collection), column, _whole(record) if key is None else ""): number
            for some in wanted
            for number, key, column, record in transaction.execute(query.where(some))
        }


def close_keyless(
    transaction: sa.Connection, connection: str, collection: Collection, run: int, since: datetime | None
) -> None:
    """After *run* read everything, or the runs from *since* on did: close the rejects without a key that did not come.

    Only a record that is seen again with its key, or not at all, can tell that such a reject is settled.
    """
    began = sa.select(RUNS.c.started_at).where(RUNS.c.id == run).scalar_subquery()
    ours = sa.and_(REJECTS.c.connection == connection, REJECTS.c.collection == collection.name)
    stale = sa.and_(ours, REJECTS.c.key.is_(None), REJECTS.c.last_seen_at < began)
    if since is not None:
        stale = sa.and_(stale, REJECTS.c.last_seen_at < since)
    transaction.execute(sa.delete(REJECTS).where(stale))


def key_text(key: Key, collection: Collection) -> str:
    """A key as it stands in ``syncd_rejects``: a JSON object of its columns."""
    return dumps(dict(zip(collection.key, key, strict=True)))


def _key(text: str | None, collection: Collection) -> str | None:
    """What a reject names as its key (a list, an object or a lone value) as ``key_text`` writes it."""
    if text is None:
        return None
    value = json.loads(text)
    if isinstance(value, list) and len(value) == len(collection.key):
        value = dict(zip(collection.key, value, strict=True))
    elif not isinstance(value, dict | list) and len(collection.key) == 1:
        value = {collection.key[0]: value}
    return _ordered(value, collection)


def _whole(record: Any) -> str:
    """What tells records without a key apart, however a database orders their members."""
    return json.dumps(record, sort_keys=True)


def _ordered(value: Any, collection: Collection) -> str:
    """JSON text with members in the key's order; PostgreSQL sorts them in its own."""
    if isinstance(value, dict):
        value = {
            name: value[name]
            for name in (*collection.key, *sorted(value.keys() - set(collection.key)))
            if name in value
        }
    return dumps(value)
