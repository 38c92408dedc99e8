"""What is new is taken up while the desk answers; what cannot be loaded leaves the old in use."""

import shutil
from datetime import timedelta

import pytest

from features.errors import NotReadyError
from features.feature_store.building import ensure_features, materialise_latest
from features.tables.snapshots import current_tables, read_tables, write_tables
from serving import watcher as watching
from serving.contract import ForecastsRequest, RecommendationsRequest
from serving.desk import Desk
from serving.watcher import Watcher
from training.registry.aliases import promote, roll_back

FIRST, SECOND = (f"participation-{n}+recommendation-{n}" for n in (1, 2))
ONE = RecommendationsRequest(employee_id="P003", k=3)


@pytest.fixture
def home(promotable_home):
    return promotable_home


@pytest.fixture
def desk(home):
    found = Desk(home)
    yield found
    found.close()


@pytest.fixture
def watcher(desk):
    """A watcher over an open desk, which looks when it is told to."""
    found = Watcher(desk)
    desk.open()
    return found


def notes(desk):
    return desk.readiness("en").notes


def test_nothing_new_is_nothing_to_do(desk, watcher):
    before = desk.state
    assert not watcher.check()
    assert desk.state is before
    assert desk.readiness("en").model_dump() == {
        "ready": True, "model_version": FIRST, "notes": [],
    }  # fmt: skip


def test_a_promotion_and_a_rollback_are_taken_up(home, desk, watcher):
    before = desk.recommend(ONE, "en")
    for change, version in ((promote, SECOND), (roll_back, FIRST)):
        board = desk.state.board
        change(home, "a test")
        assert watcher.check()
        answer = desk.recommend(ONE, "en")
        assert answer.model_version == desk.readiness("en").model_version == version
        assert answer.recommendations[0].items == before.recommendations[0].items
        assert desk.state.board is board  # the tables are the same, and are not read again
        assert not watcher.check()


def test_a_challenger_alone_changes_nothing(home, desk, watcher, company):
    company.challenge(home)
    assert not watcher.check()


def spoil(home, version):
    """Change the files of one version of the participation model."""
    from training.registry.artefacts import version_files

    folder = version_files(home, "participation", version)
    (folder / "artifacts/participation/usual.json").write_text("{}")


def test_a_champion_that_cannot_be_loaded_leaves_the_old_one_in_use(home, desk, watcher, caplog):
    spoil(home, "2")
    promote(home, "a test")
    assert watcher.check()
    answer = desk.recommend(ONE, "en")
    assert (answer.model_version, answer.degraded) == (FIRST, None)
    assert answer.recommendations[0].personal
    found = desk.readiness("zh")
    assert (found.ready, found.model_version) == (True, FIRST)
    assert "文件须与登记时一致" in found.notes[0]
    assert FIRST in found.notes[1]
    assert "participation version 2: its files must be those that were registered" in caplog.text
    assert not watcher.check()  # not tried again before the registry changes
    roll_back(home, "it is broken")
    assert watcher.check()
    assert (desk.readiness("en").model_version, notes(desk)) == (FIRST, [])


def test_a_registry_that_is_lost_and_found_again(home, desk, watcher):
    registry = home.mlruns / "mlflow.db"
    registry.rename(home.root / "kept.db")
    assert watcher.check()
    assert desk.recommend(ONE, "en").model_version == FIRST
    assert "there is no file mlflow.db" in notes(desk)[0]
    assert not watcher.check()
    (home.root / "kept.db").rename(registry)
    assert watcher.check()
    assert notes(desk) == []


def test_new_tables_are_taken_up_then_new_features(home, desk, watcher, monkeypatch):
    tables, later = current_tables(home), timedelta(days=4)
    every = {n: table for n, table in read_tables(tables).items() if table.num_rows}
    write_tables(home, every, tables.data_until + later, "test", {})
    monkeypatch.setenv("HUOLI_NOW", (tables.data_until + later).isoformat())
    assert watcher.check()
    assert desk.state.as_of == tables.data_until + later
    answer = desk.recommend(ONE, "en")
    assert not answer.recommendations[0].personal
    assert answer.model_version is None
    assert "more than 48 hours before 2026-06-05" in answer.degraded
    assert notes(desk) == [answer.degraded]
    forecast = desk.forecast(ForecastsRequest(activity_id="soon-quiz"), "en")
    assert forecast.notes[0] == answer.degraded
    ensure_features(home, [], tables.data_until + later)
    materialise_latest(home)
    assert watcher.check()
    answer = desk.recommend(ONE, "en")
    assert (answer.recommendations[0].personal, answer.degraded) == (True, None)


def test_how_old_features_may_be_is_a_setting(home, desk, watcher, monkeypatch):
    tables = current_tables(home)
    every = {n: table for n, table in read_tables(tables).items() if table.num_rows}
    monkeypatch.setenv("HUOLI_STALE_HOURS", "120")
    write_tables(home, every, tables.data_until + timedelta(days=4), "test", {})
    assert watcher.check()
    assert desk.recommend(ONE, "en").recommendations[0].personal
    monkeypatch.setenv("HUOLI_STALE_HOURS", "soon")
    write_tables(home, every, tables.data_until + timedelta(days=5), "test", {})
    assert watcher.check()
    assert desk.recommend(ONE, "en").recommendations[0].personal
    assert "HUOLI_STALE_HOURS must be a whole number" in notes(desk)[0]


def test_tables_that_cannot_be_read_leave_the_old_ones_in_use(home, desk, watcher):
    before = desk.state
    (home.tables / "manifest.json").write_text("{")
    assert watcher.check()
    assert desk.state is before
    assert "the tables cannot be read" in notes(desk)[0]


def test_tables_that_a_passing_fault_kept_out_are_tried_again(home, desk, watcher, monkeypatch):
    tables, before, now = current_tables(home), desk.state, [1000.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    every = {n: table for n, table in read_tables(tables).items() if table.num_rows}
    write_tables(home, every, tables.data_until + timedelta(hours=1), "test", {})

    def locked(*_):
        raise NotReadyError("the database {file} is locked", file="huoli.db")

    with monkeypatch.context() as fault:
        fault.setattr(watching, "load_state", locked)
        tried = []
        for _ in range(200):
            tried += [now[0]] if watcher.check() else []
            now[0] += 1
    assert [int(one) - 1000 for one in tried] == [0, 5, 15, 35, 75, 135, 195]
    assert "is locked" in notes(desk)[0]
    now[0] += 60
    assert watcher.check()
    assert desk.state.snapshot != before.snapshot
    assert notes(desk) == []
    now[0] += 1000
    assert not watcher.check()


def test_a_desk_that_had_nothing_opens_with_the_first_import(home, desk):
    away = home.tables.rename(home.root / "away")
    watcher = Watcher(desk)
    desk.open()
    assert not desk.readiness("en").ready
    shutil.copytree(away, home.tables)
    assert watcher.check()
    assert desk.readiness("en").model_dump() == {
        "ready": True, "model_version": FIRST, "notes": [],
    }  # fmt: skip


def test_it_looks_by_itself_until_it_is_stopped(home, desk):
    taken_up = []
    watcher = Watcher(desk, seconds=0.01)
    desk.open()
    watcher.start()
    promote(home, "a test")
    for _ in range(3000):
        watcher._stopping.wait(0.01)
        taken_up = [desk.readiness("en").model_version]
        if taken_up == [SECOND]:
            break
    assert taken_up == [SECOND]
    watcher.stop()
    assert not watcher._thread.is_alive()
