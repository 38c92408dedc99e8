"""Brings a database forward to the tables of this version, in one transaction or not at all.

Alembic is imported only where something has to be done, since most processes open a database that
is up to date.
"""

import threading
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DatabaseError

from engagement.database.transactions import Database, first_line
from features.errors import NotReadyError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0006"
MIGRATIONS = "engagement.database:migrations"
# Alembic keeps the migration that runs in a variable of its module
_ONE_AT_A_TIME = threading.Lock()


def bring_forward(database: Database, head: str = HEAD, migrations: str = MIGRATIONS) -> None:
    """Migrate the database to the head, where it is not there already.

    Args:
        database: Fresh, of the version before migrations, or at any known revision.
        head: The newest revision.
        migrations: Where Alembic finds the revisions.

    Raises:
        NotReadyError: it is of a newer version, or a step failed; nothing was changed then.
    """
    if revision_of(database) == head:
        return
    with database.begin(lock="migrations") as transaction:
        try:
            _migrate(database, transaction.connection, migrations)
        except DatabaseError as error:
            raise NotReadyError(
                "the database {database} could not be brought to this version: {problem}; it was "
                "left as it was; install the version that made it, or run `huoli doctor`",
                database=database.name, problem=first_line(error),
            ) from error  # fmt: skip


def revision_of(database: Database) -> str | None:
    """The revision on record; None in a fresh database and in one made before there were any."""
    try:
        with database.reading() as transaction:
            return _recorded(transaction.connection)
    except DatabaseError as error:
        raise database.unusable(error) from error


def check_known(database: Database, revision: str | None, migrations: str = MIGRATIONS) -> None:
    """Pass where this version knows the revision.

    Raises:
        NotReadyError: it does not.
    """
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config(migrations))
    if revision not in {None, *(script.revision for script in scripts.walk_revisions())}:
        raise NotReadyError(
            "the database {database} was written by a newer version, whose revision {revision} "
            "this one does not know; install the newer version of Huoli",
            database=database.name, revision=revision,
        )  # fmt: skip


def _recorded(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _migrate(database: Database, connection: Connection, migrations: str) -> None:
    from alembic import command

    # read again: another process may have migrated while this one waited for its turn
    check_known(database, _recorded(connection), migrations)
    config = _config(migrations)
    config.attributes["connection"] = connection
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")


def _config(migrations: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", migrations)
    return config
