"""Every table of Huoli's own database, as this version of the code reads and writes it.

A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA = MetaData()
# ISO 8601 in UTC, so that text order is time order; a server's own collation may order otherwise
INSTANT = String(32).with_variant(String(32, collation="C"), "postgresql")
# SQLite numbers rows by this type alone, whose integers are large anyway
NUMBER = BigInteger().with_variant(Integer, "sqlite")


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
    Column("expires_at", INSTANT),
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
AUDIENCES = Table(
    "audiences", SCHEMA,
    Column("audience_id", String(36), primary_key=True),
    *_answer_columns(),
    # the activity's id, or the hash of a draft's content
    Column("activity_key", Text, nullable=False),
    Column("members", Text, nullable=False),
    Column("answer", Text, nullable=False),
)  # fmt: skip
Index("audiences_of_activity", AUDIENCES.c.activity_key)
EVENTS = Table(
    "events", SCHEMA,
    # numbers are never given twice, so that a reader who has seen one has seen all before it
    Column("seq", NUMBER, primary_key=True, autoincrement=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("employee_id", Text, nullable=False),
    Column("activity_id", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("occurred_at", INSTANT, nullable=False),
    Column("value", Float),
    Column("recorded_at", INSTANT, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip
Index("events_of_employee", EVENTS.c.employee_id)
RECORDS = Table(
    "records", SCHEMA,
    Column("seq", NUMBER, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("record_id", Text, nullable=False),
    Column("content", Text),
    Column("etag", String(32), nullable=False),
    Column("recorded_at", INSTANT, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip
Index("versions_of_record", RECORDS.c.kind, RECORDS.c.record_id)
Table(
    "audit_log", SCHEMA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("at", INSTANT, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("role", String(32), nullable=False),
    Column("call", String(128), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("subjects_digest", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip
AUDIT_SUBJECTS = Table(
    "audit_subjects", SCHEMA,
    Column("seq", NUMBER, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("salt", String(32)),
    Column("employee_id", Text),
)  # fmt: skip
Index("audit_subjects_of_employee", AUDIT_SUBJECTS.c.employee_id)
Table(
    "audit_head", SCHEMA,
    Column("head_id", Integer, primary_key=True, autoincrement=False),
    Column("entries", NUMBER, nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip
Table(
    # who was erased, by a keyed hash of the id; the key stands elsewhere
    "erasures", SCHEMA,
    Column("hash", String(64), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("begun_at", INSTANT, nullable=False),
    Column("finished_at", INSTANT),
)  # fmt: skip
Table(
    # of whom numbers were given: eight bytes a person, in order
    "asked_audiences", SCHEMA,
    Column("seq", NUMBER, primary_key=True, autoincrement=True),
    Column("asked_at", INSTANT, nullable=False),
    Column("activity_id", Text),
    Column("n_people", Integer, nullable=False),
    Column("members", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip
Table(
    # searches for designs; `beat`: seconds since 1970 by the machine's clock, when last at work
    "designs", SCHEMA,
    Column("design_id", String(36), primary_key=True),
    Column("requested_at", INSTANT, nullable=False),
    Column("state", String(16), nullable=False),
    Column("trials", Integer, nullable=False),
    Column("trials_done", Integer, nullable=False),
    Column("beat", Float, nullable=False),
    Column("request", Text, nullable=False),
    Column("answer", Text),
)  # fmt: skip
APPROVALS = Table(
    # who approved an activity by which forecast
    "approvals", SCHEMA,
    Column("approval_id", String(36), primary_key=True),
    Column("activity_id", Text, nullable=False),
    Column("forecast_id", String(36), nullable=False),
    Column("approved_at", INSTANT, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
)  # fmt: skip
Index("approvals_of_activity", APPROVALS.c.activity_id)
Table(
    # which key was first shown which forecast, and when
    "forecast_views", SCHEMA,
    Column("forecast_id", String(36), primary_key=True),
    Column("key_id", String(16), primary_key=True),
    Column("viewed_at", INSTANT, nullable=False),
)  # fmt: skip
