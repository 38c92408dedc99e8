"""Audiences as they were chosen."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "audiences",
        sa.Column("audience_id", sa.String(36), primary_key=True),
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("data_until", INSTANT, nullable=False),
        sa.Column("model_version", sa.String(64)),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("activity_key", sa.Text, nullable=False),
        sa.Column("members", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
    )
    op.create_index("audiences_of_activity", "audiences", ["activity_key"])
