"""A database of a home of its own, of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engagement.database import Database, open_database
from features.home import Home


@pytest.fixture
def database(tmp_path: Path, on_both: str) -> Iterator[Database]:
    """The database of an empty home, once on SQLite and once on PostgreSQL."""
    found = open_database(Home(tmp_path))
    yield found
    found.close()
