"""Every table of Huoli's own database, as this version of the code reads and writes it.

A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from typing import Any

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

SCHEMA = MetaData()
# ISO 8601 in UTC, so that text order is time order; a server's own collation may order otherwise
INSTANT = String(32).with_variant(String(32, collation="C"), "postgresql")


def _answer_columns() -> list[Column[Any]]:
    return [
        Column("answered_at", INSTANT, nullable=False),
        Column("as_of", INSTANT, nullable=False),
        Column("data_until", INSTANT, nullable=False),
        Column("model_version", String(64)),
        Column("request_hash", String(64), nullable=False),
    ]


Table(
    "api_keys", SCHEMA,
    Column("key_id", String(16), primary_key=True),
    Column("salt", String(32), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", INSTANT, nullable=False),
    Column("revoked_at", INSTANT),
)  # fmt: skip
RECOMMENDATIONS = Table(
    "recommendations", SCHEMA,
    Column("recommendation_id", String(36), primary_key=True),
    *_answer_columns(),
    Column("employee_id", Text, nullable=False),
    Column("personal", Integer, nullable=False),
    Column("items", Text, nullable=False),
)  # fmt: skip
Index("recommendations_of_employee", RECOMMENDATIONS.c.employee_id)
FORECASTS = Table(
    "forecasts", SCHEMA,
    Column("forecast_id", String(36), primary_key=True),
    *_answer_columns(),
    Column("activity_id", Text),
    Column("draft", Text),
    Column("draft_hash", String(64)),
    Column("stage", String(16), nullable=False),
    Column("unit", String(16), nullable=False),
    Column("n_invited", Integer, nullable=False),
    Column("quantiles", Text, nullable=False),
    Column("answer", Text, nullable=False),
)  # fmt: skip
Index("forecasts_of_activity", FORECASTS.c.activity_id)
Table(
    "comparisons", SCHEMA,
    Column("comparison_id", String(36), primary_key=True),
    *_answer_columns(),
    Column("forecast_id", String(36), nullable=False),
    Column("answer", Text, nullable=False),
)  # fmt: skip
