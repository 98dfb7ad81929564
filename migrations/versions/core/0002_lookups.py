"""When the values of lookup tables were seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None

TEXT = sa.Text()
JSON = JSONB().with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "syncd_lookups",
        sa.Column("connection", TEXT, nullable=False, comment="connection"),
        sa.Column("table_name", TEXT, nullable=False, comment="the lookup table"),
        sa.Column("key", TEXT, nullable=False, comment="key of its row, columns joined by U+001F"),
        sa.Column("seen", JSON, comment="by column the time of the object that its value was seen in (UTC)"),
        sa.PrimaryKeyConstraint("connection", "table_name", "key"),
        comment="When the values of lookup tables were seen, where the vendor dates them: the latest counts",
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("syncd_lookups")
