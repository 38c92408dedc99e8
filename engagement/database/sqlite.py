"""The home's SQLite file: written ahead and flushed before an answer leaves, by one at a time."""

import os
import sqlite3
import threading
import time
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from engagement.database.transactions import POOL, Database, first_line
from features.errors import NotReadyError

BUSY_TIMEOUT_MS = 10_000
# the log is folded into the file in the background, else by the writer that fills so many pages
LOG_PAGES = 10_000
COMPACT_SECONDS = 30.0


class SqliteDatabase(Database):
    """One file."""

    kind = "SQLite"

    @classmethod
    def at(cls, path: Path) -> "SqliteDatabase":
        """The database of the file, which the first connection makes where it is not there."""
        # an error must not carry the values of a person into a log
        engine = create_engine(f"sqlite:///{path}", hide_parameters=True, **POOL)
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        return cls(engine)

    @property
    def path(self) -> Path:
        """The file."""
        return Path(str(self.engine.url.database))

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    def is_there(self) -> bool:
        """Whether there is a file."""
        return self.path.is_file()

    def problems(self) -> list[str]:
        """What SQLite's own integrity check finds; empty when all is well."""
        try:
            with self.engine.connect().execution_options(reading=True) as connection:
                found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        except DatabaseError as error:
            return [first_line(error)]
        return [str(line) for line in found if line != "ok"]

    def create_private(self) -> None:
        """Create the file for its owner alone; SQLite's log files take over its mode."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))

    def glance(self, sql: str, parameters: tuple[str, ...]) -> list[tuple[Any, ...]] | None:
        """The rows of a query, on a connection of its own; None where the file cannot be used."""
        try:
            with self._glancing:
                return self._glanced.execute(sql, parameters).fetchall()
        except sqlite3.Error:
            # whoever asks in earnest is told why
            return None

    @cached_property
    def _glancing(self) -> threading.Lock:
        return threading.Lock()

    @cached_property
    def _glanced(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, check_same_thread=False)
        _configure(connection, None)
        return connection

    def close(self) -> None:
        """Give all connections back; SQLite then folds its log into the file."""
        with self._glancing:
            glanced = vars(self).pop("_glanced", None)
        if glanced is not None:
            glanced.close()
        super().close()

    def settle(self) -> None:
        """Fold the log into the file, as far as nobody reads from it; no writer waits."""
        with self._connected() as connection:
            connection.execution_options(reading=True, isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def compact(self) -> None:
        """Write the file anew without free pages, and empty the log; writers wait meanwhile.

        Raises:
            NotReadyError: somebody reads or writes for so long that the log cannot be emptied.
        """
        limit = time.monotonic() + COMPACT_SECONDS
        # as the driver gives it: the engine would begin a transaction, in which this cannot be done
        with closing(self.engine.raw_connection()) as raw:
            cursor = raw.cursor()
            try:
                cursor.execute("PRAGMA secure_delete = ON")
                cursor.execute("VACUUM")
                while cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    if time.monotonic() > limit:
                        raise self._in_use()
                    time.sleep(0.05)
            except sqlite3.OperationalError as error:
                raise self._in_use() from error

    def _in_use(self) -> NotReadyError:
        return NotReadyError(
            "the database {file} is in use all the time, so that what was deleted cannot be "
            "cleared away; try again later, or stop the service",
            file=self.name,
        )

    def _lock(self, connection: Connection, name: str) -> None:
        """Nothing: a transaction that may write has locked the whole file from its beginning."""

    def unusable(self, error: DatabaseError | NoneFreeError) -> NotReadyError:
        """That the file cannot be used."""
        return NotReadyError(
            "the database {file} cannot be used: {problem}; run `huoli doctor`",
            file=self.name, problem=first_line(error),
        )  # fmt: skip


def _configure(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions of its own
    # the wait comes first: the change to a log waits for another process that makes the same file
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    _write_ahead(connection)
    for setting in (
        "synchronous = FULL", "foreign_keys = ON", f"wal_autocheckpoint = {LOG_PAGES}",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {setting}")


def _write_ahead(connection: Any) -> None:
    """Have changes go to a log first, as the file then remembers.

    Where two processes change a new file at the same moment, SQLite refuses one without a wait.
    """
    limit = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or time.monotonic() > limit:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    # a writer that begins by reading would fail, not wait, where another writer comes between
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
