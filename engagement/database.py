"""Huoli's own database: one SQLite file, written ahead and flushed before an answer leaves.

Statements elsewhere are SQL with named parameters; this is the only module that knows the toolkit.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.exc import DatabaseError

from features.errors import NotReadyError
from features.home import Home

BUSY_TIMEOUT_MS = 10_000
SCHEMA = MetaData()
INSTANT = String(32)  # ISO 8601 in UTC, so that text order is time order


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
EVENTS = Table(
    "events",
    SCHEMA,
    # numbers are never given twice, so that a reader who has seen one has seen all before it
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("event_id", Text, nullable=False, unique=True),
    Column("employee_id", Text, nullable=False),
    Column("activity_id", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("occurred_at", INSTANT, nullable=False),
    Column("value", Float),
    Column("recorded_at", INSTANT, nullable=False),
    sqlite_autoincrement=True,
)
Index("events_of_employee", EVENTS.c.employee_id)
RECORDS = Table(
    "records", SCHEMA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("record_id", Text, nullable=False),
    Column("content", Text),
    Column("etag", String(32), nullable=False),
    Column("recorded_at", INSTANT, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip
Index("versions_of_record", RECORDS.c.kind, RECORDS.c.record_id)
Table(
    "comparisons", SCHEMA,
    Column("comparison_id", String(36), primary_key=True),
    *_answer_columns(),
    Column("forecast_id", String(36), nullable=False),
    Column("answer", Text, nullable=False),
)  # fmt: skip
Table(
    "audit_log", SCHEMA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", INSTANT, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("role", String(32), nullable=False),
    Column("call", String(64), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("subjects_digest", String(64), nullable=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip
AUDIT_SUBJECTS = Table(
    "audit_subjects", SCHEMA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("salt", String(32)),
    Column("employee_id", Text),
)  # fmt: skip
Index("audit_subjects_of_employee", AUDIT_SUBJECTS.c.employee_id)
Table(
    "audit_head", SCHEMA,
    Column("head_id", Integer, primary_key=True, autoincrement=False),
    Column("entries", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
)  # fmt: skip


@dataclass(frozen=True)
class Transaction:
    """Statements in one open transaction; one thread's alone."""

    connection: Connection

    def read(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a query, or those that a statement returns."""
        return [dict(row) for row in self.connection.execute(text(sql), parameters).mappings()]

    def write(self, sql: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Run the statement for every row; how many rows of the table it touched."""
        return self.connection.execute(text(sql), [dict(row) for row in rows]).rowcount

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add the rows, whose keys are columns of the table."""
        self.connection.execute(SCHEMA.tables[table].insert(), [dict(row) for row in rows])


@dataclass(frozen=True)
class Database:
    """An opened database; safe to share between threads."""

    engine: Engine

    def read(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a query."""
        with self.engine.connect().execution_options(reading=True) as connection:
            return [dict(row) for row in connection.execute(text(sql), parameters).mappings()]

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Statements that are kept together or not at all, on disk once the block has ended."""
        with self.engine.begin() as connection:
            yield Transaction(connection)

    def write(self, sql: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Run the statement for every row in one transaction, on disk when this returns.

        Returns:
            How many rows of the table it touched.
        """
        if not rows:
            return 0
        with self.transaction() as transaction:
            return transaction.write(sql, rows)

    def insert(self, table: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Add the rows, whose keys are columns of the table, in one transaction."""
        if rows:
            with self.transaction() as transaction:
                transaction.insert(table, rows)

    def problems(self) -> list[str]:
        """What SQLite's own integrity check finds; empty when all is well."""
        try:
            found = [str(row["integrity_check"]) for row in self.read("PRAGMA integrity_check")]
        except DatabaseError as error:
            return [str(error.orig)]
        return [line for line in found if line != "ok"]

    def close(self) -> None:
        """Give all connections back; SQLite then folds its log into the file."""
        self.engine.dispose()


def open_database(home: Home) -> Database:
    """The home's database, created with its tables where there is none.

    Raises:
        NotReadyError: the file cannot be read as a database.
    """
    _create_private(home.database)
    engine = create_engine(f"sqlite:///{home.database}")
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    try:
        SCHEMA.create_all(engine)
    except DatabaseError as error:
        engine.dispose()
        raise NotReadyError(
            "the database {file} cannot be read: {problem}; run `huoli doctor`",
            file=home.database.name, problem=str(error.orig),
        ) from error  # fmt: skip
    return Database(engine)


def _create_private(path: Path) -> None:
    """Create the file for its owner alone; SQLite's log files take over its mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _configure(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    for setting in (
        "journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "foreign_keys = ON",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    # a writer that begins by reading would fail, not wait, where another writer comes between
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
