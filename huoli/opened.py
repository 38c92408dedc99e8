"""The current home and its database, for commands that make neither."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from features.errors import InputError

if TYPE_CHECKING:
    from engagement.database import Database
    from features.home import Home


def existing_home() -> "Home":
    """The current home, for commands that have nothing to say where there is none.

    Raises:
        InputError: the folder holds nothing of Huoli's, as where HUOLI_HOME has a typing error.
    """
    from features.erased import list_file
    from features.home import current_home

    home = current_home()
    kept = (home.tables, home.features, home.database, home.mlruns, list_file(home))
    if not any(path.exists() for path in kept):
        raise InputError(
            "{home} must hold a home of Huoli, found neither tables nor models nor a database in "
            "it; correct HUOLI_HOME, or begin there with `huoli import`",
            home=home.root,
        )
    return home


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
