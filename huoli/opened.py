"""The current home's database, for commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engagement.database import Database


@contextmanager
def opened_database() -> Iterator["Database"]:
    """The database of the current home, open while the block runs."""
    from engagement.database import open_database
    from features.home import current_home

    database = open_database(current_home())
    try:
        yield database
    finally:
        database.close()
