"""Events, versions of records, the audit log, and when keys expire."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables, and the column."""
    op.add_column("api_keys", sa.Column("expires_at", INSTANT))
    numbered = {"events", "records"}
    for name, columns in _tables().items():
        op.create_table(name, *columns, sqlite_autoincrement=name in numbered)
    for name, table, on in (
        ("events_of_employee", "events", ["employee_id"]),
        ("versions_of_record", "records", ["kind", "record_id"]),
        ("audit_subjects_of_employee", "audit_subjects", ["employee_id"]),
    ):
        op.create_index(name, table, on)


def _tables() -> dict[str, list[sa.Column[Any]]]:
    return {
        "events": [
            sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
            sa.Column("event_id", sa.Text, nullable=False, unique=True),
            sa.Column("employee_id", sa.Text, nullable=False),
            sa.Column("activity_id", sa.Text, nullable=False),
            sa.Column("kind", sa.String(16), nullable=False),
            sa.Column("occurred_at", INSTANT, nullable=False),
            sa.Column("value", sa.Float),
            sa.Column("recorded_at", INSTANT, nullable=False),
        ],
        "records": [
            sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
            sa.Column("kind", sa.String(16), nullable=False),
            sa.Column("record_id", sa.Text, nullable=False),
            sa.Column("content", sa.Text),
            sa.Column("etag", sa.String(32), nullable=False),
            sa.Column("recorded_at", INSTANT, nullable=False),
        ],
        "audit_log": [
            sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
            sa.Column("at", INSTANT, nullable=False),
            sa.Column("key_id", sa.String(16), nullable=False),
            sa.Column("role", sa.String(32), nullable=False),
            sa.Column("call", sa.String(128), nullable=False),
            sa.Column("request_id", sa.String(64), nullable=False),
            sa.Column("status", sa.Integer, nullable=False),
            sa.Column("subjects_digest", sa.String(64), nullable=False),
            sa.Column("previous_hash", sa.String(64), nullable=False),
            sa.Column("hash", sa.String(64), nullable=False),
        ],
        "audit_subjects": [
            sa.Column("seq", NUMBER, primary_key=True, autoincrement=False),
            sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("digest", sa.String(64), nullable=False),
            sa.Column("salt", sa.String(32)),
            sa.Column("employee_id", sa.Text),
        ],
        "audit_head": [
            sa.Column("head_id", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("entries", NUMBER, nullable=False),
            sa.Column("hash", sa.String(64), nullable=False),
        ],
    }
