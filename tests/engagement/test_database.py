"""The database: private, durable, patient with a second writer, and honest about damage."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from engagement.database import open_database
from engagement.database.sqlite import _configure
from features.errors import NotReadyError
from features.home import Home


@pytest.fixture
def sqlite(tmp_path):
    found = open_database(Home(tmp_path))
    yield found
    found.close()


@pytest.mark.parametrize(
    ("setting", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 10_000)],
)
def test_every_connection_is_set_to_lose_nothing(sqlite, setting, value):
    assert next(iter(sqlite.read(f"PRAGMA {setting}")[0].values())) == value


def test_its_files_are_readable_for_their_owner_alone(sqlite, tmp_path):
    _add(sqlite, "k1")
    files = sorted((tmp_path / "data").glob("huoli.db*"))
    assert [file.name for file in files] == ["huoli.db", "huoli.db-shm", "huoli.db-wal"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_failed_statement_leaves_nothing_of_its_transaction(database):
    _add(database, "k1")
    rows = [_row("k2"), _row("k1")]
    with pytest.raises(Exception, match=r"(?i)unique constraint"):
        database.insert("api_keys", rows)
    assert _ids(database) == ["k1"]


def test_two_writers_wait_for_each_other(database, tmp_path):
    other = open_database(Home(tmp_path))

    def write(into, prefix):
        for number in range(40):
            _add(into, f"{prefix}{number:02}")

    _side_by_side([(write, (database, "a")), (write, (other, "b"))])
    other.close()
    assert len(_ids(database)) == 80


def test_statements_of_one_block_are_kept_together_or_not_at_all(database):
    with database.begin() as both:
        both.insert("api_keys", [_row("k1")])
        both.write("UPDATE api_keys SET label = :label", [{"label": "new"}])
        assert both.read("SELECT label FROM api_keys") == [{"label": "new"}]
    with pytest.raises(Exception, match=r"(?i)unique constraint"), database.begin() as neither:
        _insert_one_by_one(neither, "k2", "k1")
    assert _ids(database) == ["k1"]


def test_a_write_says_how_many_rows_it_touched(database):
    for key_id in ("k1", "k2", "k3"):
        _add(database, key_id)
    rows = [{"key_id": key_id, "label": "new"} for key_id in ("k1", "k3", "k9")]
    assert database.write("UPDATE api_keys SET label = :label WHERE key_id = :key_id", rows) == 2
    assert database.write("UPDATE api_keys SET label = :label", rows[:1]) == 3
    assert database.write("UPDATE api_keys SET label = :label", []) == 0


def test_who_reads_and_then_writes_under_a_lock_misses_nothing(database, tmp_path):
    other = open_database(Home(tmp_path))
    _add(database, "k")
    database.write("UPDATE api_keys SET label = '0'", [{}])

    def count(through):
        for _ in range(25):
            with through.begin(lock="events") as one:
                found = int(one.read("SELECT label FROM api_keys")[0]["label"])
                one.write("UPDATE api_keys SET label = :n", [{"n": str(found + 1)}])

    _side_by_side([(count, (database,)), (count, (other,)), (count, (other,))])
    other.close()
    assert database.read("SELECT label FROM api_keys") == [{"label": "75"}]


def test_text_order_of_instants_is_time_order(database):
    instants = ["2026-06-01T00:00:00+00:00", "2026-06-01T00:00:00.5+00:00", "2026-06-01T00:00:01"]
    for number, created_at in enumerate(instants):
        database.insert("api_keys", [_row(f"k{number}") | {"created_at": created_at}])
    sql = "SELECT created_at FROM api_keys ORDER BY created_at"
    assert [row["created_at"] for row in database.read(sql)] == instants


def test_no_instant_is_ordered_by_a_servers_own_language(tmp_path, on_postgresql):
    database = open_database(Home(tmp_path))
    sql = """
        SELECT column_name, collation_name FROM information_schema.columns
        WHERE table_schema = current_schema()
    """
    found = {row["column_name"]: row["collation_name"] for row in database.read(sql)}
    named = ("as_of", "data_until", "answered_at", "created_at", "revoked_at")
    assert {found[name] for name in named} == {"C"}
    database.close()


OPEN = """
import sys
from pathlib import Path
from engagement.database import open_database
from features.home import Home
print("ready", flush=True)
sys.stdin.read()
database = open_database(Home(Path(sys.argv[1])))
print(database.read("SELECT count(*) AS n FROM api_keys"), "alembic" in sys.modules)
"""


def test_processes_that_make_it_at_once_all_find_it_made(tmp_path, on_both, company):
    processes = [_opening(tmp_path, company) for _ in range(3)]
    # none begins before all have loaded what they need
    assert [process.stdout.readline() for process in processes] == ["ready\n"] * 3
    for process in processes:
        process.stdin.close()
    said = [process.stdout.read() + process.stderr.read() for process in processes]
    assert [process.wait(timeout=60) for process in processes] == [0] * 3, said
    assert all(text.startswith("[{'n': 0}]") for text in said)


class Refusing:
    """A connection whose change to a log fails at first, in that way."""

    def __init__(self, code, times):
        self.code, self.times, self.said = code, times, []

    def execute(self, statement):
        self.said.append(statement)
        if "journal_mode" in statement and self.times:
            self.times -= 1
            error = sqlite3.OperationalError("refused")
            error.sqlite_errorcode = self.code
            raise error


def test_a_change_to_a_log_that_another_process_makes_too_is_tried_again():
    connection = Refusing(sqlite3.SQLITE_BUSY, 3)
    _configure(connection, None)
    assert connection.said.count("PRAGMA journal_mode = WAL") == 4
    assert "PRAGMA synchronous = FULL" in connection.said
    with pytest.raises(sqlite3.OperationalError, match="refused"):
        _configure(Refusing(sqlite3.SQLITE_READONLY, 1), None)


def test_what_is_up_to_date_opens_without_the_machinery_of_migrations(database, tmp_path, company):
    process = _opening(tmp_path, company)
    said, _ = process.communicate("", timeout=60)
    assert said.splitlines() == ["ready", "[{'n': 0}] False"]


def _opening(folder, company):
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, folder], cwd=company.REPOSITORY, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def test_what_was_written_is_there_after_closing(sqlite, tmp_path):
    _add(sqlite, "k1")
    sqlite.close()
    with sqlite3.connect(tmp_path / "data" / "huoli.db") as plain:
        assert plain.execute("SELECT key_id FROM api_keys").fetchall() == [("k1",)]


def test_what_is_whole_has_no_problems(database):
    _add(database, "k1")
    assert database.problems() == []


def test_a_damaged_file_has_problems(sqlite, tmp_path):
    for number in range(300):
        _add(sqlite, f"k{number}")
    sqlite.close()
    file = tmp_path / "data" / "huoli.db"
    content = bytearray(file.read_bytes())
    content[4096:-4096] = b"\xff" * len(content[4096:-4096])
    file.write_bytes(bytes(content))
    with sqlite3.connect(file) as plain, pytest.raises(sqlite3.DatabaseError):
        plain.execute("SELECT count(*) FROM api_keys WHERE label = 'x'").fetchall()
    assert sqlite.problems() != []


def test_what_is_no_database_is_refused_by_name(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "huoli.db").write_bytes(b"no database, certainly" * 100)
    with pytest.raises(NotReadyError, match=r"huoli\.db"):
        open_database(Home(tmp_path))


def _side_by_side(calls):
    threads = [threading.Thread(target=call, args=arguments) for call, arguments in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _row(key_id):
    return {
        "key_id": key_id, "salt": "00", "hash": "h", "role": "admin", "label": "l",
        "created_at": "2026-01-01",
    }  # fmt: skip


def _add(database, key_id):
    database.insert("api_keys", [_row(key_id)])


def _insert_one_by_one(transaction, *key_ids):
    for key_id in key_ids:
        transaction.insert("api_keys", [_row(key_id)])


def _ids(database):
    return sorted(row["key_id"] for row in database.read("SELECT key_id FROM api_keys"))


def test_where_no_connection_is_free_it_says_so_as_where_it_is_locked(database, monkeypatch):
    pool = database.engine.pool
    n_most = pool.size() + pool._max_overflow
    # as many as threads of asyncio, and some of ours
    assert n_most > min(32, (os.cpu_count() or 1) + 4) + 8
    monkeypatch.setattr(pool, "_timeout", 0.05)
    held = [database.engine.connect() for _ in range(n_most)]
    with pytest.raises(NotReadyError, match="all connections are in use"):
        database.read("SELECT 1 AS one")
    held.pop().close()
    assert database.read("SELECT 1 AS one") == [{"one": 1}]
    for one in held:
        one.close()
