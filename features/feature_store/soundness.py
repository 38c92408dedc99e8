"""Whether what is online can be read, without loading Feast: there, whole and not empty."""

import sqlite3
from contextlib import closing
from pathlib import Path

from features.errors import NotReadyError
from features.feature_store.snapshots import ONLINE, features_or_none
from features.home import Home


def check_online(home: Home, thorough: bool = True) -> None:
    """Look at the online file of the current features; every page of it where `thorough`.

    Raises:
        NotReadyError: nothing is online, or its file is gone, damaged or empty.
    """
    snapshot = features_or_none(home)
    if snapshot is None or snapshot.online_day is None:
        raise NotReadyError("no features are online yet; run `huoli features`")
    problem = online_problem(snapshot.directory / ONLINE, thorough)
    if problem:
        raise unreadable(problem)


def unreadable(problem: str) -> NotReadyError:
    """The error of an online store that gives no features."""
    return NotReadyError(
        "the online store cannot be read: {problem}; run `huoli features`", problem=problem
    )


def online_problem(path: Path, thorough: bool = True) -> str:
    """What is wrong with an online file, in SQLite's words; "" where nothing is."""
    if not path.is_file():
        return f"no file {path.name}"
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as online:
            if thorough:
                (found,) = online.execute("PRAGMA quick_check(1)").fetchone()
                if found != "ok":
                    return str(found).splitlines()[0]
            return "" if _n_tables_with_rows(online) else f"{path.name} is empty"
    except sqlite3.Error as error:
        return str(error)


def _n_tables_with_rows(online: sqlite3.Connection) -> int:
    tables = online.execute("SELECT name FROM sqlite_master WHERE name LIKE '%employee%' "
                            "AND type = 'table'").fetchall()  # fmt: skip
    found = [online.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
             for (name,) in tables]  # fmt: skip
    return sum(row is not None for row in found)
