"""Who was erased, as any transaction sees it."""

import pytest

from engagement.database import open_database
from engagement.erasures import Erasures, begin_erasure
from features import clock
from features.home import Home


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def database(home, on_both):
    found = open_database(home)
    yield found
    found.close()


def test_a_transaction_that_began_before_takes_nobody_off_the_list(home, database):
    erasures = Erasures(home)
    begin_erasure(home, database, "E1", clock.now())
    with database.reading() as early:
        early.read("SELECT COUNT(*) AS n FROM erasures")
        begin_erasure(home, database, "E2", clock.now())
        erasures.look(database)
        assert erasures.among(early, ["E1"]) == {"E1"}
    assert erasures.known(["E1", "E2", "E3"]) == {"E1", "E2"}
