"""How many days each table may be kept, and what is older than that: counted, or dropped."""

import tomllib
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from features import clock
from features.errors import InputError
from features.home import Home
from features.writer import writer_lock

# what shows in numbers of another audience is looked for among those of so many days
LEAST = {"audiences": 30}
Counts = dict[str, dict[str, int]]


def settings_file(home: Home) -> Path:
    """Where the days stand: a table `[days]` in TOML, a name and a number each."""
    return home.data / "retention.toml"


def retention_days(home: Home) -> dict[str, int]:
    """The days by table, of the tables and of the database; empty where nothing is set.

    Raises:
        InputError: the file is none, or names what cannot be dropped, or no whole number of days.
    """
    path = settings_file(home)
    if not path.is_file():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            "{file} must be TOML in utf-8, found: {problem}; correct it",
            file=path.name, problem=error,
        ) from error  # fmt: skip
    days = content.get("days", {})
    if set(content) - {"days"} or not isinstance(days, dict):
        raise InputError("{file} must hold one table, [days]; correct it", file=path.name)
    for name, value in days.items():
        if name not in aged():
            raise InputError(
                "{file} must name tables that age ({tables}), found {name}; correct it",
                file=path.name, tables=", ".join(sorted(aged())), name=name,
            )  # fmt: skip
        least = LEAST.get(name, 1)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 36_500:
            raise InputError(
                "{file}: {name} must be a whole number of days from {least} to 36500, found "
                "another value; correct it",
                file=path.name, name=name, least=least,
            )  # fmt: skip
    return days


def aged() -> set[str]:
    """The tables whose rows can be dropped by age."""
    from engagement.retention import AGED_BY as IN_DATABASE
    from features.tables.retention import AGED_BY as IN_TABLES

    return {*IN_DATABASE, *IN_TABLES}


def too_old(home: Home, days: Mapping[str, int]) -> Counts:
    """How many rows are older, under `tables` and `database`; nothing is changed."""
    from engagement.retention import old_rows as in_database
    from features.tables.retention import old_rows as in_tables

    return _counted(home, days, in_tables, in_database)


def drop_too_old(home: Home, days: Mapping[str, int]) -> Counts:
    """Drop them, and say how many those were.

    Raises:
        InputError: another writer is at work.
        NotReadyError: the database is in use all the time.
    """
    from engagement.retention import drop_old_rows as in_database
    from features.tables.retention import drop_old_rows as in_tables

    with writer_lock(home, "retention"):
        return _counted(home, days, in_tables, in_database)


def _counted(
    home: Home,
    days: Mapping[str, int],
    in_tables: Callable[..., dict[str, int]],
    in_database: Callable[..., dict[str, int]],
) -> Counts:
    from engagement.database import open_database
    from features.tables.snapshots import current_or_none

    now, snapshot = clock.now(), current_or_none(home)
    newest = snapshot.newest_event if snapshot else 0
    with closing(open_database(home)) as database:
        return {
            "tables": in_tables(home, days, now),
            "database": in_database(database, days, now, newest),
        }
