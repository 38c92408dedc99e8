"""Whether features can be read, offline and online, without loading Feast."""

import sqlite3
from contextlib import closing
from pathlib import Path

from features.errors import NotReadyError
from features.feature_store.snapshots import ONLINE, FeatureSnapshot, features_or_none
from features.home import Home

OF_EMPLOYEES = "employee_"


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


def check_offline(snapshot: FeatureSnapshot) -> None:
    """Read every Parquet file of a snapshot, which must hold as many rows as it states.

    Raises:
        NotReadyError: one is damaged, or views have other rows than the snapshot; names the view.
    """
    import pyarrow as pa
    import pyarrow.dataset as ds

    views = sorted(path for path in snapshot.directory.iterdir() if path.is_dir())
    for view in views:
        try:
            # whole, batch by batch: a footer alone says nothing of the pages before it
            found = sum(batch.num_rows for batch in ds.dataset(view, format="parquet").to_batches())
        except (pa.ArrowException, OSError, ValueError) as error:
            raise NotReadyError(
                "the features of {view} cannot be read: {problem}; remove {folder}, then run "
                "`huoli features`",
                view=view.name, problem=type(error).__name__, folder=snapshot.directory.parent,
            ) from error  # fmt: skip
        if view.name.startswith(OF_EMPLOYEES) and found != snapshot.n_rows:
            raise NotReadyError(
                "the features of {view} must be {expected} rows, found {found}; remove {folder}, "
                "then run `huoli features`",
                view=view.name, expected=snapshot.n_rows, found=found,
                folder=snapshot.directory.parent,
            )  # fmt: skip


def check_online_day(snapshot: FeatureSnapshot) -> None:
    """Compare what is online with what the snapshot says is: the people, and the day.

    Raises:
        NotReadyError: a view has other people online, or is of another day.
    """
    day = snapshot.online_day
    if day is None:
        raise unreadable(f"no file {ONLINE}")
    with closing(
        sqlite3.connect(f"file:{snapshot.directory / ONLINE}?mode=ro", uri=True)
    ) as online:
        for table in _tables(online):
            n, first, last = online.execute(
                "SELECT COUNT(DISTINCT entity_key), MIN(event_ts), MAX(event_ts) "  # noqa: S608
                f'FROM "{table}"'
            ).fetchone()
            if n != snapshot.n_online or {first, last} - {int(day.timestamp())}:
                raise NotReadyError(
                    "online, {view} must hold {expected} employees as of {day}, found {found} or "
                    "another day; remove {file}, then run `huoli features`",
                    view=table, expected=snapshot.n_online, found=n, day=f"{day:%Y-%m-%d}",
                    file=snapshot.directory / ONLINE,
                )  # fmt: skip


def _tables(online: sqlite3.Connection) -> list[str]:
    """The tables of views of employees."""
    rows = online.execute("SELECT name FROM sqlite_master WHERE name LIKE '%employee%' "
                          "AND type = 'table' ORDER BY name").fetchall()  # fmt: skip
    return [str(name) for (name,) in rows]


def _n_tables_with_rows(online: sqlite3.Connection) -> int:
    found = [online.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone()  # noqa: S608
             for name in _tables(online)]  # fmt: skip
    return sum(row is not None for row in found)
