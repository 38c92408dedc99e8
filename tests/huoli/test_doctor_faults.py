"""Faults of the machine, the schema, the clock and the stores, each found by the check it is of."""

import os
import shutil
import sqlite3
from collections import namedtuple
from contextlib import closing
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from engagement.audit import Caller, append_entry
from engagement.database import open_database
from engagement.events import Event, store_events
from features.feature_store.snapshots import ONLINE, REGISTRY, current_features
from features.home import Home
from huoli.checks import findings, machine

LATER = datetime(2999, 1, 1, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


def found_by(home, check):
    (found,) = [one for one in findings(home) if one.check == check]
    return found


def wrong(home):
    return {one.check: one.found + "; " + one.advice for one in findings(home) if not one.ok}


def registry_of_features(home):
    (current_features(home).directory / REGISTRY).write_bytes(b"\xff" * 400)


def no_registry_of_features(home):
    (current_features(home).directory / REGISTRY).unlink()


def a_view_of_which_the_registry_does_not_know(home):
    folder = current_features(home).directory
    view = next(path for path in sorted(folder.iterdir())
                if path.is_dir() and path.name.startswith("employee_"))  # fmt: skip
    shutil.copytree(view, folder / "employee_more")


def damaged_offline_features(home):
    file = next(current_features(home).directory.rglob("*.parquet"))
    content = bytearray(file.read_bytes())
    content[4:-8] = b"\0" * len(content[4:-8])
    file.write_bytes(bytes(content))


def lost_offline_features(home):
    view = next(path for path in sorted(current_features(home).directory.iterdir())
                if path.is_dir() and path.name.startswith("employee_"))  # fmt: skip
    next(view.rglob("*.parquet")).unlink()


def no_online_file(home):
    (current_features(home).directory / ONLINE).unlink()


def one_less_online(home):
    file = current_features(home).directory / ONLINE
    with closing(sqlite3.connect(file)) as online:
        tables = [
            name
            for (name,) in online.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%employee%'"
            )
        ]
        for name in tables:
            online.execute(f'DELETE FROM "{name}" WHERE entity_key = '  # noqa: S608
                           f'(SELECT MIN(entity_key) FROM "{name}")')  # fmt: skip
        online.commit()


def yesterday_online(home):
    file = current_features(home).directory / ONLINE
    with closing(sqlite3.connect(file)) as online:
        for (name,) in online.execute("SELECT name FROM sqlite_master WHERE type = 'table' "
                                      "AND name LIKE '%employee%'").fetchall():  # fmt: skip
            online.execute(f'UPDATE "{name}" SET event_ts = event_ts - 86400')  # noqa: S608
        online.commit()


def a_schema_of_tomorrow(home):
    with closing(open_database(home)) as database:
        database.write("UPDATE alembic_version SET version_num = '9999'", [{}])


def an_event_of_tomorrow(home):
    event = Event("e", "P001", "soon-quiz", "registered", LATER)
    with closing(open_database(home)) as database:
        store_events(database, [event], LATER)


def a_table_that_anybody_may_write(home):
    home.tables.chmod(0o777)


def damaged_registry_of_models(home):
    kept = home.mlruns.resolve()
    home.mlruns.unlink()
    shutil.copytree(kept, home.mlruns)
    (home.mlruns / "mlflow.db").write_bytes(b"no database" * 500)


FAULTS = {
    registry_of_features: ("features", "then run `huoli features`"),
    no_registry_of_features: ("features", "then run `huoli features`"),
    a_view_of_which_the_registry_does_not_know: ("features", "run `huoli features`"),
    damaged_offline_features: ("features", "then run `huoli features`"),
    lost_offline_features: ("features", "then run `huoli features`"),
    no_online_file: ("online store", "run `huoli features`"),
    one_less_online: ("online store", "then run `huoli features`"),
    yesterday_online: ("online store", "then run `huoli features`"),
    a_schema_of_tomorrow: ("database", "install the newer version"),
    an_event_of_tomorrow: ("clock", "set the clock of this machine"),
    a_table_that_anybody_may_write: ("rights", "chmod -R go-w"),
    damaged_registry_of_models: ("models", "restore a backup"),
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_planted_fault_is_found_by_its_check_with_what_to_do(own_home, fault):
    check, advice = FAULTS[fault]
    fault(own_home)
    found = wrong(own_home)
    assert set(found) == {check}
    assert advice in found[check]


def test_no_tables_no_features_and_no_models_are_found_with_the_commands_that_make_them(tmp_path):
    found = wrong(Home(tmp_path))
    assert set(found) == {"tables", "features", "online store", "models"}
    commands = {check: told.split("`")[1] for check, told in found.items()}
    assert commands["tables"].startswith("huoli ")
    assert commands["features"] == commands["online store"] == "huoli features"
    assert commands["models"] == "huoli train"


def test_a_home_that_cannot_be_written_is_found(tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    found = found_by(Home(tmp_path), "home")
    assert not found.ok
    assert "set HUOLI_HOME" in found.advice


@pytest.mark.parametrize(
    ("free", "advice"), [(10**9, "free at least 2 GB"), (3 * 10**9, "as much as the home takes")]
)
def test_a_disk_that_is_nearly_full_is_found(tmp_path, monkeypatch, free, advice):
    home = Home(tmp_path)
    home.data.mkdir()
    # takes no room, and says that it has five billion bytes
    with (home.data / "large").open("wb") as large:
        large.truncate(5 * 10**9)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder: Usage(10**10, 0, free))
    found = found_by(home, "disk")
    assert not found.ok
    assert advice in found.advice


def test_libraries_that_do_not_fit_are_named(tmp_path, monkeypatch):
    needed = ["numpy>=99", "no-such-library>=1", "pandas>=1", "colorama; sys_platform == 'win32'"]
    monkeypatch.setattr(machine, "requires", lambda _name: needed)
    found = found_by(Home(tmp_path), "versions")
    assert not found.ok
    assert "numpy " in found.found
    assert "no-such-library -" in found.found
    assert "pandas" not in found.found
    assert "colorama" not in found.found
    assert found.advice == "run `make install`"


def test_a_folder_that_this_user_may_not_write_is_found(own_home, monkeypatch):
    real = os.access  # root may write everything, so that the answer is given in its place

    def closed(path, mode):
        return real(path, mode) and path != own_home.tables

    monkeypatch.setattr(machine.os, "access", closed)
    found = found_by(own_home, "rights")
    assert not found.ok
    assert "data/tables" in found.found
    assert "chown -R" in found.advice


def test_a_home_that_every_user_can_read_is_well_and_named(own_home):
    for folder in (own_home.root, own_home.data, own_home.mlruns):
        folder.chmod(0o755)
    found = found_by(own_home, "rights")
    assert found.ok
    assert "chmod 700" in found.advice


def test_a_schema_of_yesterday_is_well_and_named(own_home):
    with closing(open_database(own_home)) as database:
        database.write("UPDATE alembic_version SET version_num = '0001'", [{}])
    found = found_by(own_home, "database")
    assert found.ok
    assert (
        "at revision 0001; whoever opens it next brings its tables to this version" in found.found
    )


def test_a_schema_of_tomorrow_on_a_server_is_found(own_home, on_postgresql):
    a_schema_of_tomorrow(own_home)
    found = found_by(own_home, "database")
    assert not found.ok
    assert "install the newer version" in found.found


def test_tables_of_tomorrow_are_found(own_home, monkeypatch):
    from features.tables import snapshots

    now = snapshots.current_or_none(own_home)
    monkeypatch.setattr(snapshots, "current_or_none",
                        lambda _home: type(now)(**(vars(now) | {"data_until": LATER})))  # fmt: skip
    found = found_by(own_home, "clock")
    assert not found.ok
    assert found.found.startswith("data_until lie")


def test_a_clock_that_was_set_back_is_named(own_home, monkeypatch, on_both):
    caller = Caller("k", "admin", "POST /v1/x", "q")
    with closing(open_database(own_home)) as database:
        for hours in (1, 5):
            moment = datetime.now(UTC) - timedelta(hours=hours)
            with monkeypatch.context() as patch, database.begin() as transaction:
                patch.setattr("engagement.audit.datetime",
                              SimpleNamespace(now=lambda _zone, at=moment: at))  # fmt: skip
                append_entry(transaction, caller, ["P001"])
    found = found_by(own_home, "clock")
    assert found.ok
    assert "set back by 4.0 hours" in found.found
    assert "timedatectl" in found.advice
