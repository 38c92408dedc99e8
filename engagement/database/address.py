"""Which PostgreSQL the environment names: its address stands there or in a file, nowhere else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from features.errors import InputError

VARIABLE = "HUOLI_DATABASE_URL"
FILE_VARIABLE = "HUOLI_DATABASE_URL_FILE"
DRIVERS = ("postgresql", "postgresql+psycopg")
_FILES_ALONE = ContextVar("_FILES_ALONE", default=False)


@contextmanager
def files_alone() -> Iterator[None]:
    """Have every home use its SQLite file within the block, whatever the environment names."""
    former = _FILES_ALONE.set(True)
    try:
        yield
    finally:
        _FILES_ALONE.reset(former)


def server_address() -> URL | None:
    """The address that HUOLI_DATABASE_URL or the file of HUOLI_DATABASE_URL_FILE holds, or None.

    Raises:
        InputError: it has another form, the file cannot be read, or both are set.
    """
    if _FILES_ALONE.get():
        return None
    stated, file = os.environ.get(VARIABLE, ""), os.environ.get(FILE_VARIABLE, "")
    if stated and file:
        raise InputError(
            "{variable} and {other} are both set; unset one of them",
            variable=VARIABLE, other=FILE_VARIABLE,
        )  # fmt: skip
    if file:
        return _parsed(_content(Path(file)), FILE_VARIABLE)
    return _parsed(stated, VARIABLE) if stated else None


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise InputError(
            "{variable} must name a file that holds an address, which cannot be read: {problem}; "
            "correct the variable, or the file's rights",
            variable=FILE_VARIABLE, problem=problem,
        ) from error  # fmt: skip


def _parsed(text: str, variable: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername not in DRIVERS or not url.database:
        # what was found is not shown, nor kept as a cause: it may hold a password
        raise InputError(
            "{variable} must give an address like postgresql+psycopg://user@host:port/name; "
            "correct it, or unset it to use the SQLite file of the home",
            variable=variable,
        )
    return url.set(drivername="postgresql+psycopg")
