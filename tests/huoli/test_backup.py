"""A backup holds the whole home at one moment, and makes the same home of it anywhere else."""

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import make_url

from engagement.audit import Caller, append_entry
from engagement.audit_check import walk
from engagement.database import open_database
from engagement.database.postgresql import PostgresqlDatabase
from engagement.events import Event, all_events, store_events
from features.erased import erasure_key, erasures_in_file
from features.errors import InputError
from features.home import Home
from features.writer import writer_lock
from huoli.keeping import backing_up
from huoli.keeping.archive import read_archive
from huoli.keeping.backing_up import back_up
from huoli.keeping.restoring import restore
from huoli.person.erasing import erase_person, rows_naming
from huoli.person.places import places_of
from huoli.person.searching import search

AT = datetime(2026, 6, 1, tzinfo=UTC)
# as the first version that kept a revision left it
REVISION_1 = "0001"


def unheard(_share):
    pass


def event(number):
    return Event(f"e{number:05}", f"P{number % 50:03}", "soon-quiz", "registered", AT)


class Writer(threading.Thread):
    """Reports events and writes the audit log until it is stopped; counts those acknowledged."""

    def __init__(self, home):
        super().__init__()
        self.home, self.ended = home, threading.Event()
        self.acknowledged, self.begun, self.problem = 0, threading.Event(), None

    def run(self):
        try:
            with closing(open_database(self.home)) as database:
                while not self.ended.is_set():
                    self._write(database)
        except Exception as error:
            self.problem = error
        self.begun.set()

    def _write(self, database):
        first = self.acknowledged
        store_events(database, [event(n) for n in range(first, first + 5)], AT)
        self.acknowledged += 5
        with database.begin() as transaction:
            append_entry(transaction, Caller("k", "admin", "POST /v1/x", "q"), [f"P{first}"])
        if first > 100:
            self.begun.set()


@pytest.fixture
def other(tmp_path):
    return Home(tmp_path / "elsewhere" / "另一处" / "home")


def test_what_was_acknowledged_before_is_in_it_while_events_arrive(
    own_home, other, tmp_path, on_both, request
):
    writer = Writer(own_home)
    writer.start()
    assert writer.begun.wait(60)
    before = writer.acknowledged
    done = back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    during = writer.acknowledged
    writer.ended.set()
    writer.join()
    assert writer.problem is None
    if on_both == "postgresql":
        # what was on a server becomes the file of the new home
        request.getfixturevalue("monkeypatch").delenv("HUOLI_DATABASE_URL")
    restored = restore(done.file, other, unheard)
    assert not restored.on_server
    with closing(open_database(restored.home)) as database:
        events, log = all_events(database), walk(database)
        store_events(database, [event(99_999)], AT)
        assert all_events(database)[-1]["seq"] > len(events)
    assert [one["event_id"] for one in events] == [f"e{n:05}" for n in range(len(events))]
    assert [one["seq"] for one in events] == list(range(1, len(events) + 1))
    assert before <= len(events) <= during + 5
    assert (log.broken, log.problem) == (None, "")
    assert len(events) / 5 - 1 <= log.holding <= len(events) / 5


def test_of_a_server_it_says_what_is_in_it_and_what_is_not(
    own_home, tmp_path, company, on_postgresql
):
    made = company.run_huoli(own_home, "backup", tmp_path / "b.tar.gz")
    assert "PostgreSQL's rows are in it, of Huoli's tables alone" in made.stdout, made.stderr
    assert "rights and settings are not" in made.stdout
    assert on_postgresql not in made.stdout


def test_rows_go_on_to_a_server_with_their_numbers(own_home, other, tmp_path, postgresql,
                                                   monkeypatch):  # fmt: skip
    with closing(open_database(own_home)) as database:
        store_events(database, [event(n) for n in range(9)], AT)
        # a number is never given again, also that of a row that is gone
        database.write("DELETE FROM events WHERE seq > 6", [{}])
    done = back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    with postgresql.database() as address:
        monkeypatch.setenv("HUOLI_DATABASE_URL", address)
        restored = restore(done.file, other, unheard)
        assert restored.on_server
        assert not other.database.exists()
        with closing(open_database(other)) as database:
            store_events(database, [event(100)], AT)
            assert [one["seq"] for one in all_events(database)] == [*range(1, 7), 10]
        with pytest.raises(Exception, match="must be empty, found rows in events"):
            restore(done.file, Home(tmp_path / "third"), unheard)
    assert not (tmp_path / "third").exists()


def test_nothing_stays_on_the_server_where_nothing_comes_of_a_restore(
    own_home, other, tmp_path, postgresql, monkeypatch
):
    with closing(open_database(own_home)) as database:
        store_events(database, [event(n) for n in range(9)], AT)
    done = back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    monkeypatch.setattr("huoli.keeping.restoring.after_restore", _interrupted)
    with postgresql.database() as address:
        monkeypatch.setenv("HUOLI_DATABASE_URL", address)
        with pytest.raises(KeyboardInterrupt):
            restore(done.file, other, unheard)
        with closing(open_database(other)) as database:
            assert all_events(database) == []


ENDED = """
import os, sys
from pathlib import Path
import huoli.keeping.restoring as restoring
from features.home import Home
restoring._name = lambda staged, home: os._exit(9)
restoring.restore(Path(sys.argv[1]), Home(Path(sys.argv[2])), lambda share: None)
"""


def test_a_restore_to_a_server_that_was_ended_before_its_home_had_a_name_is_made_again(
    own_home, other, tmp_path, postgresql, monkeypatch, company
):
    with closing(open_database(own_home)) as database:
        store_events(database, [event(n) for n in range(9)], AT)
    archive = back_up(own_home, tmp_path / "b.tar.gz", False, unheard).file
    with postgresql.database() as address:
        monkeypatch.setenv("HUOLI_DATABASE_URL", address)
        done = subprocess.run(
            [sys.executable, "-c", ENDED, archive, other.root], cwd=company.REPOSITORY,
            env=company.environment(other) | {"HUOLI_DATABASE_URL": address},
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (9, "")
        assert not other.root.exists()
        # another place knows nothing of it, and touches nothing
        with pytest.raises(InputError, match="must be empty, found rows in events"):
            restore(archive, Home(tmp_path / "third"), unheard)
        assert restore(archive, other, unheard).on_server
        assert [path.name for path in other.root.parent.iterdir()] == ["home"]
        with closing(open_database(other)) as database:
            assert len(all_events(database)) == 9
            found = database.read("SELECT to_regclass('huoli_restoring') AS mark")
        assert found == [{"mark": None}]
        # a mark that stayed is of no restore that goes on: what is live stays
        with pytest.raises(InputError, match="must be empty, found rows in events"):
            restore(archive, Home(tmp_path / "third"), unheard)


def test_a_server_gets_nothing_before_all_else_is_done(
    own_home, other, tmp_path, postgresql, monkeypatch
):
    with closing(open_database(own_home)) as database:
        store_events(database, [event(n) for n in range(9)], AT)
    archive = back_up(own_home, tmp_path / "b.tar.gz", False, unheard).file
    seen = []

    def looked_at(staged, _erased_from):
        with closing(open_database(staged)) as database:
            seen.append((database.kind, len(all_events(database))))
        with closing(PostgresqlDatabase.at(make_url(address))) as server:
            seen.extend(server.read("SELECT to_regclass('events') AS events"))
            if seen[-1]["events"]:
                seen[-1] = server.read("SELECT event_id FROM events")
        return 0

    with postgresql.database() as address:
        monkeypatch.setenv("HUOLI_DATABASE_URL", address)
        monkeypatch.setattr("huoli.keeping.restoring.after_restore", looked_at)
        assert restore(archive, other, unheard).on_server
    assert seen == [("SQLite", 9), []]


def _interrupted(_home, _erased_from):
    raise KeyboardInterrupt


@pytest.mark.slow
def test_a_home_restored_elsewhere_answers_the_same_without_the_first(
    promotable_home, tmp_path, company, other
):
    home = promotable_home
    asked = ("recommend", "P003", "-k", "3", "--json")
    before = json.loads(company.run_huoli(home, *asked).stdout)
    models = company.run_huoli(home, "models", "list").stdout
    archive = tmp_path / "b.tar.gz"
    made = company.run_huoli(home, "backup", archive)
    assert "which was read back whole" in made.stdout, made.stderr
    assert "Next: move it to another disk" in made.stdout
    shutil.rmtree(home.root)
    told = company.run_huoli(home, "restore", archive, "--home", other.root, language="zh")
    assert "下一步" in told.stdout, told.stderr
    assert "之后被清除的人又在其中" in told.stdout
    assert company.run_huoli(other, "models", "list").stdout == models
    after = json.loads(company.run_huoli(other, *asked).stdout)
    assert after["model_version"] == before["model_version"]
    ((mine,), (former,)) = after["recommendations"], before["recommendations"]
    assert mine["items"] == former["items"]
    sound = company.run_huoli(other, "doctor")
    assert sound.returncode == 0, sound.stdout
    with closing(sqlite3.connect(other.mlruns / "mlflow.db")) as registry:
        text = "\n".join(registry.iterdump())
    assert str(home.root) not in text
    assert f"'{other.mlruns}/artifacts'" in text
    assert ".restoring" not in text


def test_the_state_of_the_service_can_be_loaded_from_it(own_home, other, tmp_path, monkeypatch):
    from serving.state import load_state

    done = back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    restore(done.file, other, unheard)
    monkeypatch.setenv("HUOLI_HOME", str(other.root))
    former, state = load_state(own_home), load_state(other)
    assert state.version == former.version
    assert state.as_of == former.as_of


def test_a_database_of_an_earlier_revision_is_brought_forward(own_home, other, tmp_path, company):
    from alembic import command

    from engagement.database.sqlite import SqliteDatabase
    from engagement.database.upgrading import HEAD, MIGRATIONS, _config

    own_home.database.unlink(missing_ok=True)
    with closing(SqliteDatabase.at(own_home.database)) as database:
        database.create_private()
        with database.begin() as transaction:
            config = _config(MIGRATIONS)
            config.attributes["connection"] = transaction.connection
            command.upgrade(config, REVISION_1)
            transaction.write(
                "INSERT INTO api_keys (key_id, salt, hash, role, label, created_at) "
                "VALUES ('0123456789ab', 's', 'h', 'admin', 'kept', '2026-06-01')", [{}],
            )  # fmt: skip
    done = back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    assert done.manifest.revision == REVISION_1
    told = company.run_huoli(own_home, "restore", done.file, "--home", other.root)
    assert f"brought from revision {REVISION_1} to {HEAD}" in told.stdout, told.stderr
    with closing(sqlite3.connect(other.database)) as plain:
        assert plain.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    with closing(open_database(other)) as database:
        assert database.read("SELECT label FROM api_keys") == [{"label": "kept"}]
        assert all_events(database) == []
    # the home itself stays as it was
    assert back_up(own_home, done.file, True, unheard).manifest.revision == REVISION_1


def test_it_holds_keys_lists_and_rights_and_nothing_of_running_processes(own_home, tmp_path, other):
    key = erasure_key(own_home, create=True)
    (own_home.data / ".draft").mkdir()
    (own_home.data / ".draft" / "half").write_text("unfinished")
    with closing(open_database(own_home)) as database:
        store_events(database, [event(1)], AT)
        assert own_home.database.with_name("huoli.db-wal").is_file()
        done = back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    assert stat.S_IMODE(done.file.stat().st_mode) == 0o600
    names = {one.name for one in done.manifest.files}
    assert {"data/huoli.db", "data/erasure_key", "mlruns/mlflow.db"} <= names
    assert not [name for name in names if name.endswith(("-wal", "-shm", ".lock", "half"))]
    assert [path.name for path in tmp_path.iterdir() if "b.tar" in path.name] == ["b.tar.gz"]
    restore(done.file, other, unheard)
    assert erasure_key(other) == key
    assert stat.S_IMODE((other.data / "erasure_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(other.root.stat().st_mode) == 0o700
    kept = {one.name for one in done.manifest.files}
    found = {path.relative_to(other.root).as_posix() for path in other.root.rglob("*")
             if path.is_file()}  # fmt: skip
    assert found == kept


def test_it_overwrites_nothing_unless_told_to(own_home, tmp_path, company):
    archive = tmp_path / "b.tar.gz"
    archive.write_text("something else")
    refused = company.run_huoli(own_home, "backup", archive)
    assert (refused.returncode, archive.read_text()) == (1, "something else")
    assert "give --replace" in refused.stderr
    assert company.run_huoli(own_home, "backup", archive, "--replace").returncode == 0
    assert read_archive(archive, None, unheard).files


@pytest.mark.parametrize(
    ("file", "told"),
    [("own/data/b.tar.gz", "outside of the home"), ("own/b.tar.gz", "outside of the home"),
     ("no/such/folder/b.tar.gz", "must be there")],
)  # fmt: skip
def test_a_target_that_cannot_be_is_refused(own_home, tmp_path, company, file, told):
    done = company.run_huoli(own_home, "backup", tmp_path / file)
    assert done.returncode == 1
    assert told in done.stderr
    assert not (tmp_path / file).exists()


def test_writers_and_backups_wait_for_each_other(own_home, tmp_path, company):
    with writer_lock(own_home, "train"):
        done = company.run_huoli(own_home, "backup", tmp_path / "b.tar.gz")
    assert "runs `train`" in done.stderr
    assert not [path for path in tmp_path.iterdir() if "b.tar" in path.name]


def test_a_damaged_database_is_no_backup(own_home, tmp_path, company):
    own_home.database.write_bytes(b"SQLite format 3\0" + b"\xff" * 9000)
    done = company.run_huoli(own_home, "backup", tmp_path / "b.tar.gz")
    assert done.returncode == 1
    assert "huoli.db must be a whole database" in done.stderr
    assert not [path for path in tmp_path.iterdir() if "b.tar" in path.name]


def test_a_full_disk_leaves_nothing_and_says_so(own_home, tmp_path, monkeypatch):
    import errno

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("huoli.keeping.archive.Archive.finish", full)
    with pytest.raises(Exception, match="No space left"):
        back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    assert not [path for path in tmp_path.iterdir() if "b.tar" in path.name]


def test_what_the_disk_changed_is_noticed_before_it_has_its_name(own_home, tmp_path, monkeypatch):
    write = backing_up._write

    def damaging(home, draft, *arguments):
        manifest = write(home, draft, *arguments)
        with draft.open("r+b") as file:
            file.seek(-2_000, 2)
            file.write(b"\0" * 500)
        return manifest

    monkeypatch.setattr(backing_up, "_write", damaging)
    with pytest.raises(Exception, match="is not what was written, so that it was removed"):
        back_up(own_home, tmp_path / "b.tar.gz", False, unheard)
    assert not [path for path in tmp_path.iterdir() if "b.tar" in path.name]


def test_who_was_erased_since_is_erased_in_what_is_restored(own_home, other, tmp_path):
    who = "P005"
    archive = back_up(own_home, tmp_path / "b.tar.gz", False, unheard).file
    assert erase_person(own_home, who).is_clean
    plain = restore(archive, Home(tmp_path / "plain"), unheard)
    assert plain.n_forgotten == 0
    assert not search(places_of(plain.home), who).is_clean
    done = restore(archive, other, unheard, erased_from=own_home)
    assert done.n_forgotten == 1
    assert search(places_of(other), who).is_clean
    hashes = [[one.hash for one in erasures_in_file(home)] for home in (other, own_home)]
    assert hashes[0] == hashes[1]


def test_who_was_erased_since_is_erased_on_a_server_too(
    own_home, other, tmp_path, on_postgresql, postgresql, monkeypatch
):
    with closing(open_database(own_home)) as database:
        store_events(database, [event(n) for n in range(9)], AT)
    archive = back_up(own_home, tmp_path / "b.tar.gz", False, unheard).file
    assert erase_person(own_home, "P005").is_clean
    with postgresql.database() as fresh:
        monkeypatch.setenv("HUOLI_DATABASE_URL", fresh)
        done = restore(archive, other, unheard, erased_from=own_home)
        assert (done.on_server, done.n_forgotten) == (True, 1)
        with closing(open_database(other)) as database:
            people = {one["employee_id"] for one in all_events(database)}
        assert people == {f"P{n:03}" for n in range(9)} - {"P005"}
        assert rows_naming(other, "P005") == []
        assert search(places_of(other), "P005").is_clean


def test_a_home_without_a_list_of_the_erased_is_refused(own_home, other, tmp_path):
    archive = back_up(own_home, tmp_path / "b.tar.gz", False, unheard).file
    with pytest.raises(InputError, match=r"no data/erased\.json in it"):
        restore(archive, other, unheard, erased_from=Home(tmp_path))
    assert not other.root.exists()
