"""All rows of one database into another one, of whichever kind, as they stand at one moment.

A backup holds an SQLite file in either case, so that what was a server's can be restored to a file
and the other way round.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, String, Table, func, inspect, select, text
from sqlalchemy.exc import DatabaseError

from engagement.database.address import server_address
from engagement.database.opening import open_database
from engagement.database.postgresql import PostgresqlDatabase
from engagement.database.sqlite import SqliteDatabase
from engagement.database.tables import SCHEMA
from engagement.database.transactions import Database, first_line
from engagement.database.upgrading import HEAD, bring_forward, check_known, revision_of
from features.errors import InputError, NotReadyError
from features.home import Home

AT_ONCE = 1_000
# which restore the rows are of, as long as its home has no name
MARK = Table("huoli_restoring", MetaData(), Column("restore_id", String(32), nullable=False))


def dump_server(home: Home, file: Path) -> bool:
    """Write the rows of the server that the environment names to an SQLite file.

    Returns:
        False where it names none; nothing is written then.

    Raises:
        NotReadyError: the server cannot be reached, or is of a newer version.
    """
    if server_address() is None:
        return False
    with closing(open_database(home)) as server, closing(_sqlite(file)) as copy:
        _copy(server, copy)
    return True


def load_server(file: Path, restore_id: str) -> bool:
    """Fill the server's database that the environment names with the rows of an SQLite file.

    They are marked with the id of the restore until `keep_loaded` or `empty_server`.

    Returns:
        False where it names none; nothing is done then.

    Raises:
        InputError: the server's database holds rows already.
        NotReadyError: the server cannot be reached, or does not take them; none are there then.
    """
    with _server() as server:
        if server is None:
            return False
        with closing(_sqlite(file)) as copy:
            _copy(copy, server, restore_id)
    return True


def keep_loaded() -> None:
    """Take the mark off the rows that a restore loaded: its home is there."""
    with _server() as server:
        if server is not None:
            with server.begin() as transaction:
                MARK.drop(transaction.connection, checkfirst=True)


def empty_server(restore_id: str) -> None:
    """Take the rows of this restore out of the server's database again, as nothing came of it.

    Rows that have another mark, or none, stay.
    """
    with _server() as server:
        if server is None:
            return
        with server.begin() as transaction:
            connection = transaction.connection
            if not inspect(connection).has_table(MARK.name):
                return
            if connection.execute(select(MARK)).scalars().all() != [restore_id]:
                return
            for table in reversed(SCHEMA.sorted_tables):
                connection.execute(table.delete())
            MARK.drop(connection)


def check_server_is_empty() -> None:
    """Pass where the environment names no server, or one whose database holds no row of ours.

    Raises:
        InputError: it does.
        NotReadyError: it cannot be reached, or is of a newer version.
    """
    with _server() as server:
        if server is not None:
            with server.reading() as transaction:
                _check_empty(server, transaction.connection)


def migrate_file(file: Path) -> tuple[str | None, str]:
    """Bring an SQLite file forward; (the revision that it had, the one that it has).

    Raises:
        NotReadyError: it is of a newer version, or cannot be read.
    """
    with closing(SqliteDatabase.at(file)) as database:
        former = revision_of(database)
        check_known(database, former)
        bring_forward(database)
    return former, HEAD


def _sqlite(file: Path) -> Database:
    database = SqliteDatabase.at(file)
    database.create_private()
    bring_forward(database)
    return database


@contextmanager
def _server() -> Iterator[Database | None]:
    address = server_address()
    if address is None:
        yield None
        return
    with closing(PostgresqlDatabase.at(address)) as server:
        bring_forward(server)
        yield server


def _copy(source: Database, target: Database, restore_id: str | None = None) -> None:
    try:
        with _at_one_moment(source) as origin, target.begin() as transaction:
            copy = transaction.connection
            _check_empty(target, copy)
            for table in SCHEMA.sorted_tables:
                for rows in origin.execute(select(table)).mappings().partitions(AT_ONCE):
                    copy.execute(table.insert(), [dict(row) for row in rows])
            for name in _numbered():
                _go_on_from(copy, name, _last_number(origin, name))
            if restore_id is not None:
                # in the same transaction: there are no rows without it
                MARK.drop(copy, checkfirst=True)
                MARK.create(copy)
                copy.execute(MARK.insert().values(restore_id=restore_id))
    except DatabaseError as error:
        raise NotReadyError(
            "rows could not be copied from {source} to {target}: {problem}; {target} was left as "
            "it was; run `huoli doctor`",
            source=source.name, target=target.name, problem=first_line(error),
        ) from error  # fmt: skip


@contextmanager
def _at_one_moment(source: Database) -> Iterator[Connection]:
    """A connection all of whose reads see the database as it was at the first."""
    options = {"reading": True, "stream_results": True}
    with source.engine.connect() as connection:
        if source.kind == "PostgreSQL":
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        yield connection.execution_options(**options)


def _check_empty(database: Database, connection: Connection) -> None:
    filled = [table.name for table in SCHEMA.sorted_tables
              if connection.execute(select(table).limit(1)).first() is not None]  # fmt: skip
    if filled:
        raise InputError(
            "the database {database} must be empty, found rows in {tables}; name a fresh one in "
            "HUOLI_DATABASE_URL, or unset it to restore to the SQLite file of the home",
            database=database.name, tables=", ".join(filled),
        )  # fmt: skip


def _numbered() -> list[str]:
    """The tables that number their rows and never give a number twice."""
    return [table.name for table in SCHEMA.sorted_tables if _is_numbered(table)]


def _is_numbered(table: Table) -> bool:
    column = table.autoincrement_column
    return column is not None and column.autoincrement is True


def _last_number(connection: Connection, name: str) -> int:
    """The last number that the table gave, also to a row that is gone; 0 before the first."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(
            text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name}
        ).scalar()
        return int(found or 0)
    sequence = connection.execute(
        text("SELECT pg_get_serial_sequence(:name, 'seq')"), {"name": name}
    ).scalar_one()
    row = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {sequence}").one()  # noqa: S608
    return int(row.last_value) if row.is_called else 0


def _go_on_from(connection: Connection, name: str, number: int) -> None:
    """Have the table give the next number after this one."""
    if not number:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": name})
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)"),
            {"name": name, "number": number},
        )
        return
    connection.execute(select(func.setval(func.pg_get_serial_sequence(name, "seq"), number)))
