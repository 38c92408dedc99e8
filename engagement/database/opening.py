"""Opens the database of a home, or looks at it without changing anything."""

from dataclasses import dataclass

from engagement.database.address import server_address
from engagement.database.postgresql import PostgresqlDatabase
from engagement.database.sqlite import SqliteDatabase
from engagement.database.transactions import Database
from engagement.database.upgrading import HEAD, bring_forward, check_known, revision_of
from features.home import Home


@dataclass(frozen=True)
class Look:
    """What a look at a database found; `is_current` when its tables are those of this version."""

    kind: str
    name: str
    is_there: bool
    is_current: bool = False
    problems: tuple[str, ...] = ()
    revision: str | None = None


def open_database(home: Home) -> Database:
    """The PostgreSQL that the environment names, else the home's SQLite file, with its tables.

    Raises:
        InputError: the address in the environment is none.
        NotReadyError: it cannot be reached or read, or is of a newer version.
    """
    database = chosen(home)
    try:
        if isinstance(database, SqliteDatabase):
            database.create_private()
        bring_forward(database)
    except BaseException:
        database.close()
        raise
    return database


def look_at(home: Home) -> Look:
    """What there is, and whether it is whole.

    Raises:
        InputError: the address in the environment is none.
        NotReadyError: it cannot be reached, or is of a newer version.
    """
    database = chosen(home)
    try:
        if not database.is_there():
            return Look(database.kind, database.name, is_there=False)
        problems = tuple(database.problems())
        revision = None if problems else revision_of(database)
        if not problems and revision != HEAD:
            check_known(database, revision)
        return Look(database.kind, database.name, True, revision == HEAD, problems, revision)
    finally:
        database.close()


def chosen(home: Home) -> Database:
    """The database that a home uses, not yet opened: it may not be there, or need migrating."""
    address = server_address()
    if address is None:
        return SqliteDatabase.at(home.database)
    return PostgresqlDatabase.at(address)
