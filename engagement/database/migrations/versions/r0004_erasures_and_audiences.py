"""Who was erased, as keyed hashes, and which groups of people numbers were given of lately."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    for name, columns in _tables().items():
        op.create_table(name, *columns, sqlite_autoincrement=name == "asked_audiences")


def _tables() -> dict[str, list[sa.Column[Any]]]:
    return {
        "erasures": [
            sa.Column("hash", sa.String(64), primary_key=True),
            sa.Column("state", sa.String(16), nullable=False),
            sa.Column("begun_at", INSTANT, nullable=False),
            sa.Column("finished_at", INSTANT),
        ],
        "asked_audiences": [
            sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
            sa.Column("asked_at", INSTANT, nullable=False),
            sa.Column("activity_id", sa.Text),
            sa.Column("n_people", sa.Integer, nullable=False),
            sa.Column("members", sa.LargeBinary, nullable=False),
        ],
    }
