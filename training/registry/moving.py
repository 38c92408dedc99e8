"""The registry of a home that stands elsewhere now: MLflow keeps where its artifacts are.

What files themselves hold is left as it is: their digests stand in the registry.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from features.errors import NotReadyError
from features.home import Home
from features.tables.durable import sync

# how MLflow writes a place: as a path, or as an address
SCHEMES = ("", "file://")


def move_registry(home: Home, former: Sequence[str], present: Path) -> int:
    """Have the home's registry name its artifacts under the present folder instead of a former one.

    Every text column of every table is looked at, since versions of MLflow add some.

    Args:
        home: Whose registry; nobody else may be using it.
        former: Folders under which it may name them.
        present: The folder `mlruns` as it is from now on.

    Returns:
        In how many rows.

    Raises:
        NotReadyError: the registry cannot be read or written.
    """
    path = home.mlruns / "mlflow.db"
    if not path.is_file():
        return 0
    try:
        with closing(sqlite3.connect(path)) as registry, registry:
            registry.execute("BEGIN IMMEDIATE")
            n = sum(
                _move(registry, table, column, scheme + old, scheme + str(present))
                for table, column in _texts(registry)
                for old in sorted(former, key=len, reverse=True)
                for scheme in SCHEMES
                if old != str(present)
            )
    except sqlite3.Error as error:
        raise NotReadyError(
            "the registry of models cannot be moved: {file}: {problem}; take another backup",
            file=path.name, problem=error,
        ) from error  # fmt: skip
    sync(path)
    return n


def _texts(registry: sqlite3.Connection) -> list[tuple[str, str]]:
    """(table, column) of all that may hold a text."""
    tables = registry.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [
        (table, column)
        for (table,) in tables
        for _n, column, kind, *_rest in registry.execute(f'PRAGMA table_info("{table}")')
        if "CHAR" in kind.upper() or "TEXT" in kind.upper()
    ]


def _move(registry: sqlite3.Connection, table: str, column: str, former: str, present: str) -> int:
    """Replace the folder at the beginning of a column's values, as a whole name of a folder."""
    done = registry.execute(
        f'UPDATE "{table}" SET "{column}" = :present || substr("{column}", :n) '  # noqa: S608
        f'WHERE "{column}" = :former OR substr("{column}", 1, :n) = :within',
        {"present": present, "former": former, "within": f"{former}/", "n": len(former) + 1},
    )
    return done.rowcount
