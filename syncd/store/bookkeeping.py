"""The daemon's own tables: runs, cursors, rejects, states, staging, tasks and incidents."""

from __future__ import annotations

import sqlalchemy as sa

from syncd.store.types import JsonValue, UTCDateTime, partial_index

METADATA = sa.MetaData()

# SQLite numbers rows by itself only in a column declared INTEGER.
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str, comment: str, *, nullable: bool = True, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=key, nullable=nullable and not key, comment=comment)


def _count(name: str, comment: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"), comment=comment)


RUNS = sa.Table(
    "syncd_runs",
    METADATA,
    sa.Column("id", _ID, primary_key=True, comment="number of the run"),
    _text("connection", "connection it read", nullable=False),
    _text("collection", "collection it read", nullable=False),
    _text("kind", "cycle, sweep or backfill", nullable=False),
    _text("state", "running, ok, partial, failed, interrupted or held", nullable=False),
    sa.Column("started_at", UTCDateTime, nullable=False, comment="when it began"),
    sa.Column("finished_at", UTCDateTime, comment="when it ended; null while it runs"),
    _count("requests", "requests sent to the vendor"),
    _count("retries", "requests among them that repeated another"),
    sa.Column("waited_s", sa.Double, nullable=False, server_default=sa.text("0"), comment="seconds waited for pace"),
    _count("received", "records in the answers"),
    _count("inserted", "rows added"),
    _count("updated", "rows changed or revived"),
    _count("unchanged", "records that were already stored as they are"),
    _count("tombstoned", "rows found gone at the vendor"),
    _count("rejected", "records or values set aside"),
    _count("bytes", "bytes of the answers' bodies"),
    _text("error_class", "what ended it, by name"),
    _text("error", "what ended it, in words"),
    sa.Index("ix_syncd_runs_collection", "connection", "collection", "state"),
    comment="One row for each run of one collection",
)
CHANGED: sa.ColumnElement[bool] = RUNS.c.inserted + RUNS.c.updated + RUNS.c.tombstoned > 0
"""Whether a run changed a row."""
# What the status page draws must not read the history of years: by day of a connection, by day of a collection, and
# when a collection last changed.
sa.Index("ix_syncd_runs_connection_at", RUNS.c.connection, RUNS.c.started_at)
sa.Index("ix_syncd_runs_collection_at", RUNS.c.connection, RUNS.c.collection, RUNS.c.started_at)
partial_index("ix_syncd_runs_changed", RUNS.c.connection, RUNS.c.collection, RUNS.c.started_at, where=CHANGED)

CURSORS = sa.Table(
    "syncd_cursors",
    METADATA,
    _text("connection", "connection", key=True),
    _text("collection", "collection", key=True),
    _text("partition", "parent or series it belongs to; empty for none", key=True),
    sa.Column("cursor", JsonValue, comment="how far has been read"),
    sa.Column("updated_at", UTCDateTime, nullable=False, comment="when it moved last"),
    comment="How far each collection has been read; written with the rows it vouches for",
)

REJECTS = sa.Table(
    "syncd_rejects",
    METADATA,
    sa.Column("id", _ID, primary_key=True, comment="number of the reject"),
    _text("connection", "connection it came from", nullable=False),
    _text("collection", "collection it came from", nullable=False),
    sa.Column("key", JsonValue, comment="key of the record, if it has one"),
    _text("column_name", "column whose value did not parse; null: the whole record"),
    sa.Column("record", JsonValue, comment="the record as the vendor sent it"),
    _text("reason", "why it could not be stored", nullable=False),
    sa.Column("first_seen_at", UTCDateTime, nullable=False, comment="when it was set aside first"),
    sa.Column("last_seen_at", UTCDateTime, nullable=False, comment="when it came last"),
    sa.Index("ix_syncd_rejects_key", "connection", "collection", "key"),
    sa.Index("ix_syncd_rejects_first_seen", "first_seen_at", "connection", "collection"),
    comment="Records and values that could not be stored as typed, until they parse",
)

COLLECTIONS = sa.Table(
    "syncd_collections",
    METADATA,
    _text("connection", "connection", key=True),
    _text("collection", "collection", key=True),
    _text("vendor", "vendor", nullable=False),
    _text("table_name", "its main table", nullable=False),
    _count("live_rows", "rows without tombstones, kept by commits"),
    _text("version", "declaration and choice of columns the rows were parsed with"),
    sa.Column("last_success_at", UTCDateTime, comment="when a run last ended well"),
    sa.Column("last_attempt_at", UTCDateTime, comment="when a run last ended"),
    sa.Column("cursor_at", UTCDateTime, comment="up to when the vendor's changes have been read"),
    sa.Column("next_due_at", UTCDateTime, comment="when the next cycle is due"),
    sa.Column("late_after_s", sa.BigInteger, comment="seconds after the last success when it counts as late"),
    sa.Column("next_sweep_at", UTCDateTime, comment="when the next sweep is due"),
    sa.Column("next_count_at", UTCDateTime, comment="when the vendor's count is compared next"),
    sa.Column("next_past_at", UTCDateTime, comment="when gaps and re-readings are due next; null: not known to be"),
    _count("past_failures", "runs in a row that failed at gaps and re-readings"),
    _text("state", "ok, partial, failed, held or unavailable; null before the first run"),
    _text("error_class", "the last error, by name"),
    _text("last_error", "the last error, in words"),
    _count("failures", "failed runs in a row"),
    sa.Column("held", JsonValue, comment="deletions held back until they are confirmed"),
    sa.Column("paused_at", UTCDateTime, comment="since when a person wants it left alone; null: it is read"),
    comment="What is known of each collection of each connection",
)

CONNECTIONS = sa.Table(
    "syncd_connections",
    METADATA,
    _text("connection", "connection", key=True),
    _text("vendor", "vendor", nullable=False),
    _text("state", "ok or stopped", nullable=False),
    _text("message", "why, in words"),
    sa.Column("stopped_at", UTCDateTime, comment="when it was stopped"),
    sa.Column("probe_at", UTCDateTime, comment="when it is tried again"),
    _count("failures", "failed runs in a row"),
    sa.Column("paused_at", UTCDateTime, comment="since when a person wants it left alone; null: it is read"),
    comment="What is known of each connection",
)

STAGED = sa.Table(
    "syncd_staged",
    METADATA,
    sa.Column("stage", sa.BigInteger, primary_key=True, autoincrement=False, comment="the walk"),
    _text("key", "key seen by it, columns joined by U+001F", key=True),
    sa.Column("bounded", sa.Boolean, nullable=False, comment="made before the walk began"),
    comment="Keys seen by walks that are under way",
    sqlite_with_rowid=False,
)

LOOKUPS = sa.Table(
    "syncd_lookups",
    METADATA,
    _text("connection", "connection", key=True),
    _text("table_name", "the lookup table", key=True),
    _text("key", "key of its row, columns joined by U+001F", key=True),
    sa.Column("seen", JsonValue, comment="by column the time of the object that its value was seen in (UTC)"),
    comment="When the values of lookup tables were seen, where the vendor dates them: the latest counts",
    sqlite_with_rowid=False,
)

TASKS = sa.Table(
    "syncd_tasks",
    METADATA,
    sa.Column("id", _ID, primary_key=True, comment="number of the task"),
    _text("verb", "what is asked for", nullable=False),
    sa.Column("arguments", JsonValue, comment="of what, and how"),
    _text("state", "asked, running, done or failed", nullable=False),
    sa.Column("result", JsonValue, comment="what came of it"),
    sa.Column("asked_at", UTCDateTime, nullable=False, comment="when it was asked for"),
    sa.Column("finished_at", UTCDateTime, comment="when it was done"),
    comment="What commands ask of the running daemon",
)

INCIDENTS = sa.Table(
    "syncd_incidents",
    METADATA,
    _text("kind", "what sort of trouble", key=True),
    _text("connection", "connection it is about; empty for none", key=True),
    _text("collection", "collection it is about; empty for none", key=True),
    _text("about", "folder or call it is about; empty for none", key=True),
    sa.Column("opened_at", UTCDateTime, primary_key=True, nullable=False, comment="when it was found"),
    sa.Column("since", UTCDateTime, nullable=False, comment="since when it has been so"),
    _text("what", "what is wrong, in words", nullable=False),
    _text("remedy", "what to do about it, in words", nullable=False),
    sa.Column("seen_at", UTCDateTime, nullable=False, comment="when it was last seen, to the hour"),
    _text("state", "open, ended, or dropped: no longer configured", nullable=False),
    _count("times", "how often it came back within a day of its end"),
    sa.Column("quiet_since", UTCDateTime, comment="when it was first not seen any more"),
    sa.Column("ended_at", UTCDateTime, comment="when it counted as over"),
    sa.Column("told", JsonValue, comment="by channel what it has heard: begun, or ended as well"),
    comment="What alerts are about, and which channel was told",
)
