"""When what is due of the past of a collection is read: gaps and re-readings, behind what is new."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    told = "when gaps and re-readings are due next; null: not known to be"
    op.add_column("syncd_collections", sa.Column("next_past_at", INSTANT, comment=told))
    told = "runs in a row that failed at gaps and re-readings"
    failures = sa.Column("past_failures", sa.BigInteger, nullable=False, server_default="0", comment=told)
    op.add_column("syncd_collections", failures)


def downgrade() -> None:
    for name in ("past_failures", "next_past_at"):
        op.drop_column("syncd_collections", name)
