"""A PostgreSQL server: isolation and durability as the server has them by default."""

from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as NoneFreeError

from engagement.database.tables import SCHEMA
from engagement.database.transactions import POOL, Database, first_line
from features.errors import NotReadyError

CONNECT_SECONDS = 10
COMPACT_SECONDS = 30


class PostgresqlDatabase(Database):
    """One database of a server."""

    kind = "PostgreSQL"

    @classmethod
    def at(cls, address: URL) -> "PostgresqlDatabase":
        """The database at the address; connects when first used."""
        patience = (
            {} if "connect_timeout" in address.query else {"connect_timeout": CONNECT_SECONDS}
        )
        # pre-ping: a connection that the server closed meanwhile is replaced, not handed out
        # an error must not carry the values of a person into a log
        return cls(create_engine(
            address, pool_pre_ping=True, connect_args=patience, hide_parameters=True, **POOL
        ))  # fmt: skip

    @property
    def name(self) -> str:
        """Host, port and database; neither the user nor a password."""
        url = self.engine.url
        bare = URL.create("postgresql", host=url.host, port=url.port, database=url.database)
        return bare.render_as_string()

    def is_there(self) -> bool:
        """True: only a connection can tell."""
        return True

    def problems(self) -> list[str]:
        """How many pages the server found damaged, where it keeps checksums; empty when none.

        Raises:
            NotReadyError: the server cannot be reached.
        """
        sql = """
            SELECT coalesce(checksum_failures, 0) AS n FROM pg_stat_database
            WHERE datname = current_database()
        """
        n = sum(int(row["n"]) for row in self.read(sql))
        return [f"{n} checksum failures"] if n else []

    def settle(self) -> None:
        """Nothing: the server does."""

    def compact(self) -> None:
        """Write the tables anew without deleted rows; the server's own logs are its operator's.

        Raises:
            NotReadyError: a table is in use all the time.
        """
        with self._connected() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            try:
                connection.exec_driver_sql(f"SET lock_timeout = '{COMPACT_SECONDS}s'")
                for table in SCHEMA.sorted_tables:
                    connection.exec_driver_sql(f'VACUUM (FULL) "{table.name}"')
            except DatabaseError as error:
                raise self.unusable(error) from error
            finally:
                connection.exec_driver_sql("RESET lock_timeout")

    def _lock(self, connection: Connection, name: str) -> None:
        sql = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(sql, {"name": f"huoli {name}"})

    def unusable(self, error: DatabaseError | NoneFreeError) -> NotReadyError:
        """That the server cannot be reached; without user and password."""
        return NotReadyError(
            "the database {database} cannot be reached: {problem}; "
            "start its server, or correct HUOLI_DATABASE_URL",
            database=self.name, problem=first_line(error),
        )  # fmt: skip
