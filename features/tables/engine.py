"""DuckDB in memory: no file of its own, no network, a bound on memory, times in UTC."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEMORY_LIMIT = "1500MB"


@contextmanager
def connect(spill: Path | None = None) -> Iterator[Any]:
    """A connection that reads only what is registered with it; spills to `spill` if need be."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        if spill is not None:
            connection.execute(f"SET temp_directory = '{str(spill).replace(chr(39), chr(39) * 2)}'")
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        yield connection


def quoted(name: str) -> str:
    """The name as an SQL identifier.

    >>> quoted('工"号')
    '"工""号"'
    """
    return '"' + name.replace('"', '""') + '"'
