"""Since when a person wants a connection or a collection left alone: a run that ends would overwrite a state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
STATES = {
    "syncd_collections": "ok, partial, failed, held or unavailable; null before the first run",
    "syncd_connections": "ok or stopped",
}


def upgrade() -> None:
    for table, states in STATES.items():
        paused_at = sa.Column("paused_at", INSTANT, comment="since when a person wants it left alone; null: it is read")
        op.add_column(table, paused_at)
        if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
            op.alter_column(table, "state", comment=states)


def downgrade() -> None:
    for table in STATES:
        op.drop_column(table, "paused_at")
