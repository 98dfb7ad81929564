"""The daemon's own tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "core_0001"
down_revision = None
branch_labels = ("core",)
depends_on = None

# The types as they were when this was written: a later change of the program must not change what is made here.
INTEGER = sa.BigInteger()
TEXT = sa.Text()
DOUBLE: sa.Double[float] = sa.Double()
BOOLEAN = sa.Boolean()
INSTANT = sa.DateTime(timezone=True)
JSON = JSONB().with_variant(sa.Text(), "sqlite")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    # Lost in a crash of the server, and then walked again: not worth a write-ahead log.
    unlogged = ["UNLOGGED"] if op.get_bind().dialect.name == "postgresql" else []
    op.create_table(
        "syncd_runs",
        sa.Column("id", ROW_ID, nullable=False, comment="number of the run"),
        sa.Column("connection", TEXT, nullable=False, comment="connection it read"),
        sa.Column("collection", TEXT, nullable=False, comment="collection it read"),
        sa.Column("kind", TEXT, nullable=False, comment="cycle, sweep or backfill"),
        sa.Column("state", TEXT, nullable=False, comment="running, ok, partial, failed, interrupted or held"),
        sa.Column("started_at", INSTANT, nullable=False, comment="when it began"),
        sa.Column("finished_at", INSTANT, comment="when it ended; null while it runs"),
        sa.Column(
            "requests", INTEGER, nullable=False, server_default=sa.text("0"), comment="requests sent to the vendor"
        ),
        sa.Column(
            "retries",
            INTEGER,
            nullable=False,
            server_default=sa.text("0"),
            comment="requests among them that repeated another",
        ),
        sa.Column("waited_s", DOUBLE, nullable=False, server_default=sa.text("0"), comment="seconds waited for pace"),
        sa.Column("received", INTEGER, nullable=False, server_default=sa.text("0"), comment="records in the answers"),
        sa.Column("inserted", INTEGER, nullable=False, server_default=sa.text("0"), comment="rows added"),
        sa.Column("updated", INTEGER, nullable=False, server_default=sa.text("0"), comment="rows changed or revived"),
        sa.Column(
            "unchanged",
            INTEGER,
            nullable=False,
            server_default=sa.text("0"),
            comment="records that were already stored as they are",
        ),
        sa.Column(
            "tombstoned", INTEGER, nullable=False, server_default=sa.text("0"), comment="rows found gone at the vendor"
        ),
        sa.Column(
            "rejected", INTEGER, nullable=False, server_default=sa.text("0"), comment="records or values set aside"
        ),
        sa.Column(
            "bytes", INTEGER, nullable=False, server_default=sa.text("0"), comment="bytes of the answers' bodies"
        ),
        sa.Column("error_class", TEXT, comment="what ended it, by name"),
        sa.Column("error", TEXT, comment="what ended it, in words"),
        sa.PrimaryKeyConstraint("id"),
        comment="One row for each run of one collection",
    )
    op.create_index("ix_syncd_runs_collection", "syncd_runs", ["connection", "collection", "state"])
    op.create_table(
        "syncd_cursors",
        sa.Column("connection", TEXT, nullable=False, comment="connection"),
        sa.Column("collection", TEXT, nullable=False, comment="collection"),
        sa.Column("partition", TEXT, nullable=False, comment="parent or series it belongs to; empty for none"),
        sa.Column("cursor", JSON, comment="how far has been read"),
        sa.Column("updated_at", INSTANT, nullable=False, comment="when it moved last"),
        sa.PrimaryKeyConstraint("connection", "collection", "partition"),
        comment="How far each collection has been read; written with the rows it vouches for",
    )
    op.create_table(
        "syncd_rejects",
        sa.Column("id", ROW_ID, nullable=False, comment="number of the reject"),
        sa.Column("connection", TEXT, nullable=False, comment="connection it came from"),
        sa.Column("collection", TEXT, nullable=False, comment="collection it came from"),
        sa.Column("key", JSON, comment="key of the record, if it has one"),
        sa.Column("column_name", TEXT, comment="column whose value did not parse; null: the whole record"),
        sa.Column("record", JSON, comment="the record as the vendor sent it"),
        sa.Column("reason", TEXT, nullable=False, comment="why it could not be stored"),
        sa.Column("first_seen_at", INSTANT, nullable=False, comment="when it was set aside first"),
        sa.Column("last_seen_at", INSTANT, nullable=False, comment="when it came last"),
        sa.PrimaryKeyConstraint("id"),
        comment="Records and values that could not be stored as typed, until they parse",
    )
    op.create_index("ix_syncd_rejects_key", "syncd_rejects", ["connection", "collection", "key"])
    op.create_table(
        "syncd_collections",
        sa.Column("connection", TEXT, nullable=False, comment="connection"),
        sa.Column("collection", TEXT, nullable=False, comment="collection"),
        sa.Column("vendor", TEXT, nullable=False, comment="vendor"),
        sa.Column("table_name", TEXT, nullable=False, comment="its main table"),
        sa.Column(
            "live_rows",
            INTEGER,
            nullable=False,
            server_default=sa.text("0"),
            comment="rows without tombstones, kept by commits",
        ),
        sa.Column("version", TEXT, comment="declaration and choice of columns the rows were parsed with"),
        sa.Column("last_success_at", INSTANT, comment="when a run last ended well"),
        sa.Column("last_attempt_at", INSTANT, comment="when a run last ended"),
        sa.Column("cursor_at", INSTANT, comment="up to when the vendor's changes have been read"),
        sa.Column("next_due_at", INSTANT, comment="when the next cycle is due"),
        sa.Column("late_after_s", INTEGER, comment="seconds after the last success when it counts as late"),
        sa.Column("next_sweep_at", INSTANT, comment="when the next sweep is due"),
        sa.Column("next_count_at", INSTANT, comment="when the vendor's count is compared next"),
        sa.Column("state", TEXT, comment="ok, failed, held, unavailable or paused; null before the first run"),
        sa.Column("error_class", TEXT, comment="the last error, by name"),
        sa.Column("last_error", TEXT, comment="the last error, in words"),
        sa.Column("failures", INTEGER, nullable=False, server_default=sa.text("0"), comment="failed runs in a row"),
        sa.Column("held", JSON, comment="deletions held back until they are confirmed"),
        sa.PrimaryKeyConstraint("connection", "collection"),
        comment="What is known of each collection of each connection",
    )
    op.create_table(
        "syncd_connections",
        sa.Column("connection", TEXT, nullable=False, comment="connection"),
        sa.Column("vendor", TEXT, nullable=False, comment="vendor"),
        sa.Column("state", TEXT, nullable=False, comment="ok, stopped or paused"),
        sa.Column("message", TEXT, comment="why, in words"),
        sa.Column("stopped_at", INSTANT, comment="when it was stopped"),
        sa.Column("probe_at", INSTANT, comment="when it is tried again"),
        sa.Column("failures", INTEGER, nullable=False, server_default=sa.text("0"), comment="failed runs in a row"),
        sa.PrimaryKeyConstraint("connection"),
        comment="What is known of each connection",
    )
    op.create_table(
        "syncd_staged",
        sa.Column("stage", INTEGER, nullable=False, comment="the walk"),
        sa.Column("key", TEXT, nullable=False, comment="key seen by it, columns joined by U+001F"),
        sa.Column("bounded", BOOLEAN, nullable=False, comment="made before the walk began"),
        sa.PrimaryKeyConstraint("stage", "key"),
        comment="Keys seen by walks that are under way",
        prefixes=unlogged,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "syncd_tasks",
        sa.Column("id", ROW_ID, nullable=False, comment="number of the task"),
        sa.Column("verb", TEXT, nullable=False, comment="what is asked for"),
        sa.Column("arguments", JSON, comment="of what, and how"),
        sa.Column("state", TEXT, nullable=False, comment="asked, running, done or failed"),
        sa.Column("result", JSON, comment="what came of it"),
        sa.Column("asked_at", INSTANT, nullable=False, comment="when it was asked for"),
        sa.Column("finished_at", INSTANT, comment="when it was done"),
        sa.PrimaryKeyConstraint("id"),
        comment="What commands ask of the running daemon",
    )


def downgrade() -> None:
    op.drop_table("syncd_tasks")
    op.drop_table("syncd_staged")
    op.drop_table("syncd_connections")
    op.drop_table("syncd_collections")
    op.drop_table("syncd_rejects")
    op.drop_table("syncd_cursors")
    op.drop_table("syncd_runs")
