"""Which files of a home go into a backup, and how each is read while it is in use."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from features.errors import InputError
from features.home import Home
from huoli.person.places import places_of

SQLITE = b"SQLite format 3\0"
# beside an SQLite file while it is in use; a copy of the file holds what they say
BESIDE = ("-wal", "-shm", "-journal")
# how long to wait for whoever is writing
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Content:
    """One file: where it is read, and its name within the home, with `/` between folders."""

    path: Path
    name: str


def contents_of(home: Home) -> Iterator[Content]:
    """Every file of the home, links followed, in order; none that a running process alone needs.

    Left out are the writer's lock, what stopped writers left unfinished, and the logs beside
    SQLite files.
    """
    for place in places_of(home):
        for path, name in place.files():
            if path != home.lock and not _is_unfinished(name) and not _is_beside(path):
                yield Content(path, name)


def is_sqlite(path: Path) -> bool:
    """Whether the file is one of SQLite, by what it begins with."""
    with path.open("rb") as file:
        return file.read(len(SQLITE)) == SQLITE


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite file as it stands at one moment, whoever writes to it meanwhile.

    Raises:
        InputError: the file is damaged, or in use all the time.
    """
    try:
        # not read-only: what a stopped writer left open must be put right before it can be read
        address = f"{source.resolve().as_uri()}?mode=rw"
        with (
            closing(sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS)) as origin,
            closing(sqlite3.connect(target)) as copy,
        ):
            origin.backup(copy)
            # the copy is to be one file, with no log beside it
            copy.execute("PRAGMA journal_mode = DELETE")
            found = str(copy.execute("PRAGMA quick_check(1)").fetchone()[0]).splitlines()[0]
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        raise InputError(
            "{file} must be a whole database, found: {found}; run `huoli doctor`",
            file=source.name, found=found,
        )  # fmt: skip


def revision_in(path: Path) -> str | None:
    """The revision of the tables of an SQLite file; None where none is on record."""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
        known = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        if known.fetchone() is None:
            return None
        row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _is_unfinished(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") and part.endswith(".draft") for part in parts)


def _is_beside(path: Path) -> bool:
    for end in BESIDE:
        if path.name.endswith(end):
            base = path.with_name(path.name.removesuffix(end))
            return base.is_file() and is_sqlite(base)
    return False
