"""The database: private, durable, patient with a second writer, and honest about damage."""

import sqlite3
import stat
import threading

import pytest

from engagement.database import open_database
from features.errors import NotReadyError
from features.home import Home


@pytest.fixture
def database(tmp_path):
    found = open_database(Home(tmp_path))
    yield found
    found.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_every_connection_is_set_to_lose_nothing(database, setting, value):
    assert next(iter(database.read(f"PRAGMA {setting}")[0].values())) == value


def test_its_files_are_readable_for_their_owner_alone(database, tmp_path):
    _add(database, "k1")
    files = sorted((tmp_path / "data").glob("huoli.db*"))
    assert [file.name for file in files] == ["huoli.db", "huoli.db-shm", "huoli.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_failed_statement_leaves_nothing_of_its_transaction(database):
    _add(database, "k1")
    rows = [_row("k2"), _row("k1")]
    with pytest.raises(Exception, match="UNIQUE constraint failed"):
        database.insert("api_keys", rows)
    assert _ids(database) == ["k1"]


def test_two_writers_wait_for_each_other(database, tmp_path):
    other = open_database(Home(tmp_path))

    def write(into, prefix):
        for number in range(40):
            _add(into, f"{prefix}{number:02}")

    threads = [
        threading.Thread(target=write, args=pair) for pair in ((database, "a"), (other, "b"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(_ids(database)) == 80


def test_what_was_written_is_there_after_closing(database, tmp_path):
    _add(database, "k1")
    database.close()
    with sqlite3.connect(tmp_path / "data" / "huoli.db") as plain:
        assert plain.execute("SELECT key_id FROM api_keys").fetchall() == [("k1",)]


def test_a_whole_file_has_no_problems_and_a_damaged_one_has(database, tmp_path):
    for number in range(300):
        _add(database, f"k{number}")
    assert database.problems() == []
    database.close()
    file = tmp_path / "data" / "huoli.db"
    content = bytearray(file.read_bytes())
    content[4096:-4096] = b"\xff" * len(content[4096:-4096])
    file.write_bytes(bytes(content))
    with sqlite3.connect(file) as plain, pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT count(*) FROM api_keys WHERE label = 'x'").fetchall()
    assert database.problems() != []


def test_what_is_no_database_is_refused_by_name(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "huoli.db").write_bytes(b"no database, certainly" * 100)
    with pytest.raises(NotReadyError, match=r"huoli\.db"):
        open_database(Home(tmp_path))


def _row(key_id):
    return {
        "key_id": key_id, "salt": "00", "hash": "h", "role": "admin", "label": "l",
        "created_at": "2026-01-01",
    }  # fmt: skip


def _add(database, key_id):
    database.insert("api_keys", [_row(key_id)])


def _ids(database):
    return sorted(row["key_id"] for row in database.read("SELECT key_id FROM api_keys"))
