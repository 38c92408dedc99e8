"""Reading and writing a database: one statement at a time, or several that hold together."""

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, TextClause, text
from sqlalchemy.exc import DatabaseError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from engagement.database.tables import SCHEMA
from features.errors import NotReadyError

Row = Mapping[str, object]
# what the state of a database brings about, and no statement of ours
UNUSABLE = (OperationalError, InternalError)
# a connection for each thread that may ask at once: those of asyncio, as many as it makes, and
# ours; only as many are opened as are in use, and few are kept open
OWN_THREADS = 16
KEPT_OPEN = 5
POOL: dict[str, Any] = {
    "pool_size": KEPT_OPEN,
    "max_overflow": min(32, (os.cpu_count() or 1) + 4) + OWN_THREADS - KEPT_OPEN,
    "pool_timeout": 10,
}


def containing(text: str) -> str:
    """A pattern of LIKE ... ESCAPE '!' for what has the text in it, whatever signs that has.

    >>> containing("50%")
    '%50!%%'
    """
    for special in "!%_":
        text = text.replace(special, f"!{special}")
    return f"%{text}%"


@dataclass(frozen=True)
class Transaction:
    """Statements on one connection, all of which are kept or none."""

    connection: Connection

    def read(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a query."""
        return [dict(row) for row in self.connection.execute(_text(sql), parameters).mappings()]

    def write(self, sql: str, rows: Sequence[Row]) -> int:
        """Run the statement for every row; how many rows of the table it touched."""
        if not rows:
            return 0
        return self.connection.execute(_text(sql), [dict(row) for row in rows]).rowcount

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Add the rows, whose keys are columns of the table, the same in each."""
        if not rows:
            return
        # compiled once for each table and set of columns: this is done for every answer
        sql, names = _insert(self.connection.dialect, table, tuple(rows[0]))
        if names is None:
            self.connection.exec_driver_sql(sql, [dict(row) for row in rows])
        else:
            values = [tuple(row[name] for name in names) for row in rows]
            self.connection.exec_driver_sql(sql, values)


@dataclass(frozen=True)
class Database(ABC):
    """A database; safe to share between threads.

    Every method that needs a connection raises NotReadyError where none can be had.
    """

    engine: Engine

    @property
    @abstractmethod
    def kind(self) -> str:
        """SQLite or PostgreSQL."""

    @property
    @abstractmethod
    def name(self) -> str:
        """What to call this one in a message; holds no secret."""

    @abstractmethod
    def is_there(self) -> bool:
        """Whether there is something to connect to, as far as can be told without trying."""

    @abstractmethod
    def problems(self) -> list[str]:
        """What the database's own check of its content finds; empty when all is well."""

    @abstractmethod
    def settle(self) -> None:
        """Do what writers would else have to do in passing; nothing where a server does it."""

    @abstractmethod
    def compact(self) -> None:
        """Leave nothing in the files of what was deleted.

        Raises:
            NotReadyError: others use the database so that this cannot be done now.
        """

    @abstractmethod
    def _lock(self, connection: Connection, name: str) -> None:
        """Wait until no other transaction holds the lock, and hold it to the end of this one."""

    @abstractmethod
    def unusable(self, error: DatabaseError | NoneFreeError) -> NotReadyError:
        """What to tell where no connection can be had."""

    @contextmanager
    def begin(self, lock: str | None = None) -> Iterator[Transaction]:
        """A transaction that is on disk once the block has ended, and undone where it raises.

        Args:
            lock: Transactions with the same name here run one after the other, which those that
                read and then write by what they read must. SQLite has one writer at a time anyway.
        """
        with self._told(), self._connected() as connection, connection.begin():
            if lock is not None:
                self._lock(connection, lock)
            yield Transaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A transaction that only reads, and waits for no writer."""
        with self._told(), self._connected() as connection:
            yield Transaction(connection.execution_options(reading=True))

    def read(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a query."""
        with self.reading() as transaction:
            return transaction.read(sql, **parameters)

    def write(self, sql: str, rows: Sequence[Row]) -> int:
        """Run the statement for every row in one transaction, on disk when this returns.

        Returns:
            How many rows of the table it touched.
        """
        if not rows:
            return 0
        with self.begin() as transaction:
            return transaction.write(sql, rows)

    def insert(self, table: str, rows: Sequence[Row]) -> None:
        """Add the rows, whose keys are columns of the table, in one transaction."""
        if rows:
            with self.begin() as transaction:
                transaction.insert(table, rows)

    def glance(self, sql: str, parameters: tuple[str, ...]) -> list[tuple[Any, ...]] | None:
        """The rows of a query of SQLite's where that takes microseconds; None where it does not."""
        del sql, parameters
        return None

    def close(self) -> None:
        """Give all connections back; SQLite then folds its log into the file."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Have whoever uses the database hear that it is locked, full, damaged or gone."""
        try:
            yield
        except DatabaseError as error:
            if isinstance(error, UNUSABLE) or type(error) is DatabaseError:
                raise self.unusable(error) from error
            raise

    def _connected(self) -> Connection:
        try:
            return self.engine.connect()
        except (DatabaseError, NoneFreeError) as error:
            raise self.unusable(error) from error


@lru_cache(maxsize=512)
def _text(sql: str) -> TextClause:
    """The statement; the same object for the same text, so that it is compiled but once."""
    return text(sql)


@lru_cache(maxsize=512)
def _insert(
    dialect: Dialect, table: str, columns: tuple[str, ...]
) -> tuple[str, tuple[str, ...] | None]:
    """(statement of the driver, the columns in its order; None where it takes them by name)."""
    statement = SCHEMA.tables[table].insert().values(dict.fromkeys(columns))
    found = statement.compile(dialect=dialect, column_keys=list(columns))
    return str(found), tuple(found.positiontup) if found.positiontup else None


def first_line(error: DatabaseError | NoneFreeError) -> str:
    """What the driver says, without the lines after it, which may quote values."""
    if isinstance(error, NoneFreeError):
        return "all connections are in use"
    return (str(error.orig).splitlines() or [type(error.orig).__name__])[0].strip()
