"""The doctor finds nothing on a sound installation, and each planted fault."""

import json
import re
import shutil
import sqlite3
from contextlib import closing

import pytest

from engagement.database import open_database
from engagement.database.upgrading import HEAD
from engagement.erasures import begin_erasure
from engagement.keys import demonstration_file, demonstration_key
from features import clock
from features.feature_store.snapshots import current_features
from features.home import Home
from features.tables.snapshots import current_tables
from features.writer import writer_lock
from huoli.checks import CHECKS, findings


def wrong(home):
    return {one.check: one for one in findings(home) if not one.ok}


def test_a_sound_installation_is_well(own_home):
    demonstration_key(own_home)
    found = list(findings(own_home))
    assert [one.check for one in found] == list(CHECKS)
    assert [one for one in found if not one.ok] == []


def begin_an_erasure(home):
    with closing(open_database(home)) as database:
        begin_erasure(home, database, "P005", clock.now())


def damage_tables(home):
    next(iter(current_tables(home).tables.values())).write_bytes(b"no parquet")


def lose_a_table(home):
    current_tables(home).tables["activities"].unlink()


def other_tables(home):
    from datetime import UTC, datetime

    from features.tables.snapshots import read_tables, write_tables

    tables = {name: table for name, table in read_tables(current_tables(home)).items()
              if table.num_rows}  # fmt: skip
    write_tables(home, tables, datetime(2026, 6, 2, tzinfo=UTC), "test", {})


def damage_online(home):
    file = current_features(home).directory / "online.db"
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xff" * 4096
    file.write_bytes(bytes(content))


def no_features(home):
    shutil.rmtree(home.features)


def damage_database(home):
    home.database.touch(0o600)
    home.database.write_bytes(b"no database" * 500)


def open_key_to_others(home):
    demonstration_key(home)
    demonstration_file(home).chmod(0o644)


def move_models(home):
    """As after a move of the home: MLflow's file names a folder that is not there."""
    kept = home.mlruns.resolve()
    home.mlruns.unlink()
    shutil.copytree(kept, home.mlruns)
    with sqlite3.connect(home.mlruns / "mlflow.db") as plain:
        plain.execute("UPDATE experiments SET artifact_location = '/moved/away/artifacts'")


def no_models(home):
    home.mlruns.unlink()


@pytest.mark.parametrize(
    ("fault", "checks", "advice"),
    [
        (damage_tables, {"tables"}, "huoli import"),
        (lose_a_table, {"tables"}, "huoli import"),
        (other_tables, {"features"}, "huoli features"),
        (damage_online, {"online store"}, "huoli features"),
        (no_features, {"features", "online store"}, "huoli features"),
        (damage_database, {"database"}, "restore a backup"),
        (open_key_to_others, {"key files"}, "chmod 600"),
        (move_models, {"models"}, "move mlruns back"),
        (no_models, {"models"}, "huoli train"),
        (begin_an_erasure, {"erasures"}, "huoli person erase"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_planted_fault_is_found_with_what_to_do(own_home, fault, checks, advice):
    fault(own_home)
    found = wrong(own_home)
    assert set(found) == checks
    assert all(advice in one.found + one.advice for one in found.values())


def test_a_damaged_model_is_refused_by_name_with_what_to_do(own_home, company):
    company.own_models(own_home)
    (model,) = own_home.mlruns.glob("artifacts/**/affinity.npz")
    model.write_bytes(b"no arrays")
    (found,) = wrong(own_home).values()
    assert "model recommendation version 1: its files must be those that were registered" in (
        found.found
    )
    assert "huoli models rollback" in found.found


def test_models_from_before_there_were_digests_are_well_but_named(own_home, company):
    company.own_models(own_home)
    with sqlite3.connect(own_home.mlruns / "mlflow.db") as plain:
        plain.execute("DELETE FROM model_version_tags")
    assert wrong(own_home) == {}
    (found,) = [one for one in findings(own_home) if one.check == "models"]
    assert "before files had digests" in found.advice


def database_line(home):
    (found,) = [one for one in findings(home) if one.check == "database"]
    return found.ok, found.found


def test_the_database_in_use_is_named_before_and_after_it_is_made(tmp_path, on_both, monkeypatch):
    monkeypatch.setenv("HUOLI_LANG", "en")
    home = Home(tmp_path)
    before = database_line(home)
    open_database(home).close()
    after = database_line(home)
    if on_both == "sqlite":
        assert before == (True, "not there yet; the first answer or key makes it")
        assert after == (True, f"SQLite finds huoli.db whole, at revision {HEAD}")
    else:
        assert before[0]
        assert before[1].endswith("whoever opens it next brings its tables to this version")
        assert after[0]
        assert re.fullmatch(
            r"PostgreSQL finds postgresql://[\d.:]+/test_\w+ whole, at revision \d+", after[1]
        )


def test_a_server_that_does_not_answer_is_found_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("HUOLI_LANG", "en")
    monkeypatch.setenv("HUOLI_DATABASE_URL", "postgresql+psycopg://huoli@127.0.0.1:1/huoli")
    ok, found = database_line(Home(tmp_path))
    assert not ok
    assert "start its server" in found


def test_a_writer_at_work_is_named(own_home):
    with writer_lock(own_home, "train"):
        (found,) = [one for one in findings(own_home) if one.check == "writer"]
    assert found.ok
    assert "`train`" in found.found
    (found,) = [one for one in findings(own_home) if one.check == "writer"]
    assert found.found == "nobody is writing"


def test_asking_does_not_take_the_lock_away(own_home):
    with writer_lock(own_home, "train"):
        list(findings(own_home))
        (found,) = [one for one in findings(own_home) if one.check == "writer"]
        assert "`train`" in found.found


def test_a_machine_without_chinese_is_told_which_package_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HUOLI_LANG", "en")
    monkeypatch.setattr("serving.charts.fonts_with_chinese", lambda: ())
    (found,) = [one for one in findings(Home(tmp_path)) if one.check == "fonts"]
    assert found.ok
    assert "apt-get install fonts-noto-cjk" in found.advice


def test_the_command_fails_where_something_is_wrong(company, tmp_path):
    done = company.run_huoli(Home(tmp_path), "doctor")
    assert done.returncode == 1
    assert "4 of 14 checks found something wrong." in done.stdout
    done = company.run_huoli(Home(tmp_path), "doctor", "--json", language="zh")
    assert done.returncode == 1
    assert [one["check"] for one in json.loads(done.stdout)] == list(CHECKS)
