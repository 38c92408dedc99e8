"""Keys, recommendations, forecasts and comparisons."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

INSTANT = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables that are not there."""
    # before there were revisions, SQLite files had these tables and no record of them
    unrecorded = op.get_bind().dialect.name == "sqlite"
    for name, columns in _tables().items():
        op.create_table(name, *columns, if_not_exists=unrecorded)
    for name, table, column in (
        ("recommendations_of_employee", "recommendations", "employee_id"),
        ("forecasts_of_activity", "forecasts", "activity_id"),
    ):
        op.create_index(name, table, [column], if_not_exists=unrecorded)


def _tables() -> dict[str, list[sa.Column[Any]]]:
    return {
        "api_keys": [
            sa.Column("key_id", sa.String(16), primary_key=True),
            sa.Column("salt", sa.String(32), nullable=False),
            sa.Column("hash", sa.String(64), nullable=False),
            sa.Column("role", sa.String(32), nullable=False),
            sa.Column("label", sa.Text, nullable=False),
            sa.Column("created_at", INSTANT, nullable=False),
            sa.Column("revoked_at", INSTANT),
        ],
        "recommendations": [
            sa.Column("recommendation_id", sa.String(36), primary_key=True),
            *_answer_columns(),
            sa.Column("employee_id", sa.Text, nullable=False),
            sa.Column("personal", sa.Integer, nullable=False),
            sa.Column("items", sa.Text, nullable=False),
        ],
        "forecasts": [
            sa.Column("forecast_id", sa.String(36), primary_key=True),
            *_answer_columns(),
            sa.Column("activity_id", sa.Text),
            sa.Column("draft", sa.Text),
            sa.Column("draft_hash", sa.String(64)),
            sa.Column("stage", sa.String(16), nullable=False),
            sa.Column("unit", sa.String(16), nullable=False),
            sa.Column("n_invited", sa.Integer, nullable=False),
            sa.Column("quantiles", sa.Text, nullable=False),
            sa.Column("answer", sa.Text, nullable=False),
        ],
        "comparisons": [
            sa.Column("comparison_id", sa.String(36), primary_key=True),
            *_answer_columns(),
            sa.Column("forecast_id", sa.String(36), nullable=False),
            sa.Column("answer", sa.Text, nullable=False),
        ],
    }


def _answer_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("answered_at", INSTANT, nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("data_until", INSTANT, nullable=False),
        sa.Column("model_version", sa.String(64)),
        sa.Column("request_hash", sa.String(64), nullable=False),
    ]
