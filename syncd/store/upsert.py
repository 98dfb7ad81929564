"""Writing one page: what differs from what is stored, in one transaction with everything that vouches for it.

First the actions are worked out by comparing in Python, then they are carried out; a row that equals what is stored is
never written. Rows thought new are inserted plainly (COPY on PostgreSQL). If one is there after all, the page is done
again by upserts against a fresh look at the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from syncd.collection import Absence, Collection
from syncd.errors import StoreBroken
from syncd.parse import Key, Rows
from syncd.store import rejects
from syncd.store.children import ChildActions, compared
from syncd.store.engine import Database, driver_of
from syncd.store.explain import KeyTaken
from syncd.store.keys import staged_key
from syncd.store.lookups import LookupWriter
from syncd.store.schema import Schema
from syncd.store.statements import (
    ChildStatements,
    CollectionStatements,
    PageStatements,
    Row,
    Statement,
    bound_values,
    key_parameters,
)
from syncd.store.types import dumps, instant_text
from syncd.store.windows import InsideStatement, Missing, Within, missing


class Known(NamedTuple):
    """What is stored under a key: the hash of the record it came from, and whether it is a tombstone."""

    hash: int | None
    deleted: bool


@dataclass(slots=True)
class Tally:
    """What a page or a run cost at the vendor; adds to the run's row."""

    requests: int = 0
    retries: int = 0
    waited_s: float = 0.0
    received: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Everything one transaction takes.

    ``rows`` holds only new and changed records, ``known`` what ``Store.known`` said for all keys of the page.
    ``staged`` are keys to stage under ``stage``, each with whether it was made before the walk began. ``cursor`` is
    stored for ``partition`` (None: left alone), ``cursors`` are those of further partitions; ``cursor_at`` moves the
    collection's when given. Open rejects of ``cleared`` keys are closed unless ``rows.rejects`` names them again.
    """

    connection: str
    collection: Collection
    run: int
    rows: Rows = field(default_factory=Rows)
    known: Mapping[Key, Known] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    staged: tuple[tuple[Key, bool], ...] = ()
    stage: int | None = None
    partition: str = ""
    cursor: dict[str, Any] | None = None
    cursors: tuple[tuple[str, dict[str, Any]], ...] = ()
    cursor_at: datetime | None = None
    cleared: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """What became of a page. ``revived`` are among the ``updated``; ``new_keys`` were staged for the first time.

    Of a range that was replaced: ``missing`` rows did not come, ``digest`` is over their keys ("" if there are none),
    and ``removed`` of them were tombstoned or removed.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    revived: int = 0
    rejected: int = 0
    new_keys: int = 0
    removed: int = 0
    missing: int = 0
    digest: str = ""


@dataclass(slots=True)
class _Actions:
    """What is to be done to the main table."""

    insert: list[Row] = field(default_factory=list)
    update: list[Row] = field(default_factory=list)
    rehash: list[tuple[Key, int | None]] = field(default_factory=list)
    revive: list[Key] = field(default_factory=list)
    revived: int = 0
    unchanged: int = 0


class Writer:
    """Writes pages to one database. Holds the compiled statements and what lookups contain; one thread only."""

    def __init__(self, db: Database, schema: Schema) -> None:
        self._db = db
        self._schema = schema
        self._page = PageStatements(db)
        self._statements: dict[str, CollectionStatements] = {}
        self._inside: dict[tuple[str, tuple[str, ...], str, str], InsideStatement] = {}
        self._lookups = LookupWriter(db, schema)
        self._open_rejects = rejects.OpenRejects()

    def forget(self) -> None:
        """Drop what is remembered of the tables' contents (after somebody else changed them)."""
        self._lookups.forget()
        self._open_rejects.forget()

    # --- reading what is there ---------------------------------------------------------------------------------------
    def known(self, connection: str, collection: Collection, keys: Iterable[Key]) -> dict[Key, Known]:
        """What is stored under *keys*; a key that is not stored is not in the result."""
        with self._db.reading() as cursor:
            return self._known(cursor, connection, collection, keys)

    def _known(self, cursor: Any, connection: str, collection: Collection, keys: Iterable[Key]) -> dict[Key, Known]:
        statements = self._of(collection)
        width = len(collection.key)
        return {
            key: Known(row[width], bool(row[width + 1]))
            for key, row in self._by_key(cursor, statements, statements.known, connection, keys)
        }

    def _by_key(
        self, cursor: Any, statements: CollectionStatements, statement: Statement, connection: str, keys: Iterable[Key]
    ) -> list[tuple[Key, Row]]:
        """Rows of *statement*, each with the key it was asked for by."""
        bind = statements.bind_key
        asked = {bind(key): key for key in keys} if statements.key_binders else {key: key for key in keys}
        if not asked:
            return []
        cursor.execute(statement.sql, key_parameters(statement, connection, list(asked)))
        width = len(statements.collection.key)
        return [(asked[tuple(row[:width])], row) for row in cursor.fetchall() if row[0] is not None]

    # --- one page ----------------------------------------------------------------------------------------------------
    def look_and_commit(
        self,
        connection: str,
        collection: Collection,
        keys: Iterable[Key],
        page_of: Callable[[Mapping[Key, Known]], Page],
        at: datetime,
    ) -> Committed:
        """Write, at our time *at*, the page that *page_of* makes of what is stored under *keys*."""
        return self.commit(page_of(self.known(connection, collection, keys)), at)

    def replace(
        self,
        connection: str,
        collection: Collection,
        keys: Iterable[Key],
        within: Within | None,
        judge: Callable[[Missing], bool],
        page_of: Callable[[Mapping[Key, Known]], Page],
        at: datetime,
    ) -> Committed:
        """The same, and bury the rows *within* a range that did not come if *judge* says so.

        It is asked before *page_of* whenever there is a range, even if every row came.
        """
        asked, lost = tuple(keys), Missing()
        with self._db.reading() as cursor:
            inside = [] if within is None else self._keys_inside(cursor, connection, collection, within)
            # Where nothing is stored yet nothing has to be looked up; a row at the edge is noticed when it is inserted.
            known = self._known(cursor, connection, collection, asked) if inside or within is None else {}
            if inside:
                bind = self._of(collection).bind_key
                lost = missing(inside, {bind(key) for key in asked})
        gone = lost.keys if within is not None and judge(lost) else ()
        done = self.commit(page_of(known), at, gone)
        return replace(done, missing=len(lost.keys), digest=lost.digest if lost.keys else "")

    def _keys_inside(self, cursor: Any, connection: str, collection: Collection, within: Within) -> list[Key]:
        form = (collection.table, within.columns, within.start_column, within.end_column)
        inside = self._inside.get(form)
        if inside is None:
            inside = self._inside[form] = InsideStatement(self._db, self._schema.of(collection), within)
        cursor.execute(inside.statement.sql, inside.parameters(connection, within))
        return [tuple(row) for row in cursor.fetchall() if row[0] is not None]

    def commit(self, page: Page, at: datetime, gone: Sequence[Key] = ()) -> Committed:
        """Write *page* and bury the keys *gone* (in the driver's form) at our time *at*; all of it or nothing."""
        try:
            return self._commit(page, at, gone, trusting=True)
        except KeyTaken:
            pass
        try:
            return self._commit(page, at, gone, trusting=False)
        except KeyTaken:
            raise StoreBroken(f"{self._db.address} refused rows of {page.collection.table}.") from None

    def _commit(self, page: Page, at: datetime, gone: Sequence[Key], *, trusting: bool) -> Committed:
        statements = self._of(page.collection)
        with self._db.transaction() as transaction:
            cursor = driver_of(transaction).cursor()
            known = page.known
            if not trusting:
                known = self._known(cursor, page.connection, page.collection, {*page.known, *page.rows.keys})
            records = dict(zip(page.rows.keys, page.rows.main, strict=True))
            again = [key for key in records if key in known]
            children = [
                compared(cursor, statements, child, page.connection, page.rows, records, again, trusting=trusting)
                for child in statements.children
            ]
            touched = set().union(*(changes.parents for changes in children))
            actions = self._compare(cursor, page, known, records, again, touched, at)
            removed = self._bury(cursor, statements, page.connection, gone, at) if gone else 0
            self._write(cursor, statements, actions, page.connection, at, trusting=trusting)
            for child, changes in zip(statements.children, children, strict=True):
                self._write_children(cursor, child, changes)
            lookups = self._lookups.write(cursor, page.connection, statements.vendor, page.rows, self._instant(at))
            rejected = self._open_rejects.apply(
                transaction, page.connection, page.collection, page.rows.rejects, page.cleared, at
            )
            committed = Committed(
                inserted=len(actions.insert),
                updated=len(actions.update) + len(actions.revive),
                unchanged=actions.unchanged,
                revived=actions.revived,
                rejected=rejected,
                removed=removed,
            )
            with self._db.pipeline(transaction):
                staging = self._stage(transaction, page)
                self._write_bookkeeping(cursor, page, committed, at)
            committed = replace(committed, new_keys=sum(int(c.rowcount) for c in staging))
        self._lookups.settle(lookups)
        self._open_rejects.settle()
        return committed

    def _compare(
        self,
        cursor: Any,
        page: Page,
        known: Mapping[Key, Known],
        records: Mapping[Key, Row],
        again: Sequence[Key],
        touched: set[Key],
        at: datetime,
    ) -> _Actions:
        statements = self._of(page.collection)
        width = len(page.collection.key)
        moment = self._instant(at)
        old = dict(self._by_key(cursor, statements, statements.stored, page.connection, again))
        actions = _Actions()
        for key, record in records.items():
            before = old.get(key)
            if before is None:
                new = statements.bind_new(record, stamped=page.rows.stamped)
                actions.insert.append((page.connection, *new, moment, None))
                continue
            row = (page.connection, *statements.bind(record), moment, None)
            if before[-1]:
                actions.update.append(row)
                actions.revived += 1
            elif key in touched or not statements.same(before[width:-2], row[1:-3]):
                actions.update.append(row)
            else:
                actions.unchanged += 1
                if before[-2] != row[-3]:
                    actions.rehash.append((key, row[-3]))
        untouched = [key for key in known if key not in records]
        actions.revive = [key for key in untouched if known[key].deleted]
        actions.revived += len(actions.revive)
        actions.unchanged += len(untouched) - len(actions.revive)
        return actions

    def _write(
        self,
        cursor: Any,
        statements: CollectionStatements,
        actions: _Actions,
        connection: str,
        at: datetime,
        *,
        trusting: bool,
    ) -> None:
        if actions.insert:
            if trusting:
                statements.insert.write(cursor, actions.insert)
            else:
                cursor.executemany(statements.upsert.sql, actions.insert)
        if actions.update:
            cursor.executemany(statements.upsert.sql, actions.update)
        if actions.rehash:
            rehash = statements.rehash
            values = ({"connection": connection, "hash": h, **statements.key_values(key)} for key, h in actions.rehash)
            cursor.executemany(rehash.sql, [rehash.row(v) for v in values])
        if actions.revive:
            revive = statements.revive
            moment = self._instant(at)
            values = ({"connection": connection, "at": moment, **statements.key_values(key)} for key in actions.revive)
            cursor.executemany(revive.sql, [revive.row(v) for v in values])

    def _bury(
        self, cursor: Any, statements: CollectionStatements, connection: str, gone: Sequence[Key], at: datetime
    ) -> int:
        """Tombstone or remove the live rows under the keys *gone*; how many."""
        moment = self._instant(at)
        values = [{"connection": connection, "at": moment, **bound_values(key)} for key in gone]
        # Before anything is written: a child that comes under another parent now is gone here and comes there.
        if statements.collection.absence is Absence.REMOVE:
            for child in statements.children:
                cursor.executemany(child.orphan.sql, [child.orphan.row(v) for v in values])
        cursor.executemany(statements.bury.sql, [statements.bury.row(v) for v in values])
        return int(cursor.rowcount)

    def _write_children(self, cursor: Any, child: ChildStatements, changes: ChildActions) -> None:
        # Before the upserts: a child that moves from one parent to another is gone here and comes there.
        if changes.delete:
            cursor.executemany(child.delete.sql, changes.delete)
        if changes.insert:
            child.insert.write(cursor, changes.insert)
        if changes.upsert:
            changes.upsert.sort(key=lambda row: child.key_of(row[1:]))
            cursor.executemany(child.upsert.sql, changes.upsert)

    # --- staging and bookkeeping -------------------------------------------------------------------------------------
    def _stage(self, transaction: sa.Connection, page: Page) -> list[Any]:
        """Stage the page's keys; the cursors whose row counts, once the pipeline is through, sum up to the new ones."""
        if page.stage is None or not page.staged:
            return []
        staged = sorted({staged_key(key): bounded for key, bounded in page.staged}.items())
        if self._db.is_sqlite:
            cursor = driver_of(transaction).cursor()
            cursor.executemany(self._page.stage.sql, [(page.stage, key, bounded) for key, bounded in staged])
            return [cursor]
        cursors = []
        for flag in (True, False):
            if keys := [key for key, bounded in staged if bounded is flag]:
                cursors.append(driver_of(transaction).cursor())
                values = {"stage": page.stage, "keys": dumps(keys), "bounded": flag}
                cursors[-1].execute(self._page.stage.sql, self._page.stage.row(values))
        return cursors

    def _write_bookkeeping(self, cursor: Any, page: Page, done: Committed, at: datetime) -> None:
        moment = self._instant(at)
        statements, tally = self._page, page.tally
        if page.cursor is not None:
            row = (page.connection, page.collection.name, page.partition, dumps(page.cursor), moment)
            cursor.execute(statements.cursor.sql, row)
        more = [
            (page.connection, page.collection.name, partition, dumps(value), moment)
            for partition, value in page.cursors
        ]
        if more:
            cursor.executemany(statements.cursor.sql, more)
        live = done.inserted + done.revived - done.removed
        if live or page.cursor_at is not None:
            values = {
                "connection": page.connection,
                "collection": page.collection.name,
                "vendor": self._of(page.collection).vendor,
                "table_name": page.collection.table,
                "live_rows": live,
                "cursor_at": None if page.cursor_at is None else self._instant(page.cursor_at),
            }
            cursor.execute(statements.collection.sql, statements.collection.row(values))
        counts = {
            "requests": tally.requests,
            "retries": tally.retries,
            "waited_s": tally.waited_s,
            "received": tally.received,
            "inserted": done.inserted,
            "updated": done.updated,
            "unchanged": done.unchanged,
            "tombstoned": done.removed,
            "rejected": done.rejected,
            "bytes": tally.bytes,
        }
        if any(counts.values()):
            values = {f"more_{name}": value for name, value in counts.items()}
            cursor.execute(statements.run.sql, statements.run.row({"run": page.run, **values}))

    def _instant(self, at: datetime) -> Any:
        return instant_text(at) if self._db.is_sqlite else at

    def _of(self, collection: Collection) -> CollectionStatements:
        found = self._statements.get(collection.table)
        if found is None:
            found = self._statements[collection.table] = CollectionStatements(self._db, self._schema.of(collection))
        return found
