"""Approved forecasts, and who saw which forecast."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INSTANT = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "approvals",
        sa.Column("approval_id", sa.String(36), primary_key=True),
        sa.Column("activity_id", sa.Text, nullable=False),
        sa.Column("forecast_id", sa.String(36), nullable=False),
        sa.Column("approved_at", INSTANT, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("approvals_of_activity", "approvals", ["activity_id"])
    op.create_table(
        "forecast_views",
        sa.Column("forecast_id", sa.String(36), primary_key=True),
        sa.Column("key_id", sa.String(16), primary_key=True),
        sa.Column("viewed_at", INSTANT, nullable=False),
    )
