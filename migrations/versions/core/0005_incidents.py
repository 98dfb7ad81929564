"""What alerts are about, and an index that says how fast rejects grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger()
TEXT = sa.Text()
INSTANT = sa.DateTime(timezone=True)
JSON = JSONB().with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "syncd_incidents",
        sa.Column("kind", TEXT, nullable=False, comment="what sort of trouble"),
        sa.Column("connection", TEXT, nullable=False, comment="connection it is about; empty for none"),
        sa.Column("collection", TEXT, nullable=False, comment="collection it is about; empty for none"),
        sa.Column("about", TEXT, nullable=False, comment="folder or call it is about; empty for none"),
        sa.Column("opened_at", INSTANT, nullable=False, comment="when it was found"),
        sa.Column("since", INSTANT, nullable=False, comment="since when it has been so"),
        sa.Column("what", TEXT, nullable=False, comment="what is wrong, in words"),
        sa.Column("remedy", TEXT, nullable=False, comment="what to do about it, in words"),
        sa.Column("seen_at", INSTANT, nullable=False, comment="when it was last seen, to the hour"),
        sa.Column("state", TEXT, nullable=False, comment="open, ended, or dropped: no longer configured"),
        sa.Column(
            "times",
            INTEGER,
            nullable=False,
            server_default=sa.text("0"),
            comment="how often it came back within a day of its end",
        ),
        sa.Column("quiet_since", INSTANT, comment="when it was first not seen any more"),
        sa.Column("ended_at", INSTANT, comment="when it counted as over"),
        sa.Column("told", JSON, comment="by channel what it has heard: begun, or ended as well"),
        sa.PrimaryKeyConstraint("kind", "connection", "collection", "about", "opened_at"),
        comment="What alerts are about, and which channel was told",
    )
    op.create_index("ix_syncd_rejects_first_seen", "syncd_rejects", ["first_seen_at", "connection", "collection"])


def downgrade() -> None:
    op.drop_index("ix_syncd_rejects_first_seen", table_name="syncd_rejects")
    op.drop_table("syncd_incidents")
