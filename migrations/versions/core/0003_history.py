"""Indexes by which the status page reads the history of runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

CHANGED = sa.text("inserted + updated + tombstoned > 0")


def upgrade() -> None:
    op.create_index("ix_syncd_runs_connection_at", "syncd_runs", ["connection", "started_at"])
    op.create_index("ix_syncd_runs_collection_at", "syncd_runs", ["connection", "collection", "started_at"])
    op.create_index(
        "ix_syncd_runs_changed",
        "syncd_runs",
        ["connection", "collection", "started_at"],
        sqlite_where=CHANGED,
        postgresql_where=CHANGED,
    )


def downgrade() -> None:
    op.drop_index("ix_syncd_runs_changed", "syncd_runs")
    op.drop_index("ix_syncd_runs_collection_at", "syncd_runs")
    op.drop_index("ix_syncd_runs_connection_at", "syncd_runs")
