"""Features from the tables to Parquet, to training rows and online."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from features.employee_features import ACTIVITY_FEATURES, EMPLOYEE_FEATURES, FAMILIES
from features.errors import InputError, NotReadyError
from features.feature_store.building import ensure_features, materialise_latest
from features.feature_store.reading import OnlineReader, historical_features
from features.feature_store.repository import definitions, repository_folder
from features.feature_store.snapshots import current_features, features_or_none
from features.writer import writer_lock

START = datetime(2025, 1, 6, tzinfo=UTC)
DAYS = [START + timedelta(days=7 * week) for week in (20, 30, 40)]
NAMES = list(EMPLOYEE_FEATURES)


@pytest.fixture
def company(imported, messy_records):
    return imported(messy_records(7))


def _offline(home):
    frame = None
    for family in FAMILIES:
        part = pd.read_parquet(current_features(home).directory / f"employee_{family}")
        frame = part if frame is None else frame.merge(part, on=["employee_id", "event_timestamp"])
    return frame


def test_a_row_reads_the_newest_day_up_to_its_moment(company):
    ensure_features(company, DAYS)
    offline = _offline(company).set_index(["employee_id", "event_timestamp"])
    person = offline.index.get_level_values(0)[0]
    moments = [DAYS[1], DAYS[1] - timedelta(microseconds=1), DAYS[2] + timedelta(days=99), START]
    rows = pd.DataFrame(
        {"employee_id": person, "event_timestamp": moments, "kept": [1, 2, 3, 4]},
        index=[7, 7, 3, 0],
    )
    found = historical_features(company, rows)
    pd.testing.assert_frame_equal(found[list(rows)], rows)
    for number, day in enumerate((DAYS[1], DAYS[0], DAYS[2])):
        expected = offline.loc[(person, pd.Timestamp(day)), NAMES].to_numpy(float)
        np.testing.assert_array_equal(found[NAMES].iloc[number].to_numpy(float), expected)
    assert found[NAMES].iloc[3].isna().all()


def test_a_changed_value_in_the_offline_store_changes_the_row(company):
    ensure_features(company, DAYS[:1])
    [path] = (current_features(company).directory / "employee_behaviour").glob("*.parquet")
    rows = pd.read_parquet(path)[["employee_id", "event_timestamp"]]
    before = historical_features(company, rows)
    changed = pd.read_parquet(path)
    changed.loc[0, "tenure_days"] += 1000
    changed["event_timestamp"] = changed["event_timestamp"].astype("datetime64[us, UTC]")
    changed.to_parquet(path)
    after = historical_features(company, rows)
    difference = (after[NAMES] != before[NAMES]) & after[NAMES].notna()
    assert difference.sum().sum() == 1
    assert after.loc[0, "tenure_days"] == before.loc[0, "tenure_days"] + 1000


def test_online_is_the_newest_day_of_the_offline_store(company):
    ensure_features(company, DAYS)
    materialise_latest(company)
    newest = _offline(company).query("event_timestamp == @DAYS[2]").reset_index(drop=True)
    people = [*newest["employee_id"], "nobody", newest["employee_id"][0]]
    reader = OnlineReader(company)
    one, everyone = reader.one(people), reader.everyone(people)
    pd.testing.assert_frame_equal(one, everyone)
    assert one["employee_id"].tolist() == people
    pd.testing.assert_frame_equal(one.iloc[: len(newest)][NAMES], newest[NAMES])
    assert one[NAMES].iloc[-2].isna().all()
    assert reader.day == DAYS[2]


def test_a_reader_takes_up_the_next_snapshot(company):
    ensure_features(company, DAYS[:1])
    with pytest.raises(NotReadyError, match="huoli features"):
        OnlineReader(company)
    materialise_latest(company)
    reader = OnlineReader(company)
    person = _offline(company)["employee_id"][0]
    before = reader.one([person])["tenure_days"][0]
    ensure_features(company, DAYS)
    assert reader.one([person])["tenure_days"][0] == before
    materialise_latest(company)
    assert reader.everyone([person])["tenure_days"][0] == pytest.approx(before + 7 * 20)


@pytest.mark.slow
def test_only_missing_days_are_computed_and_new_tables_start_afresh(
    imported, messy_records, company
):
    first = ensure_features(company, DAYS[:2])
    kept = {path.name: path.stat().st_ino for path in first.directory.glob("*/*.parquet")}
    second = ensure_features(company, DAYS[1:], until=DAYS[2] + timedelta(days=1, hours=5))
    found = {path.name: path.stat().st_ino for path in second.directory.glob("*/*.parquet")}
    assert kept.items() <= found.items()
    assert second.days == (*DAYS, DAYS[2] + timedelta(days=1))
    assert ensure_features(company, DAYS).snapshot_id == second.snapshot_id
    records = messy_records(7)
    del records["redemptions"]
    third = ensure_features(imported(records), DAYS[:1])
    assert third.days == (DAYS[0],)
    assert third.missing == {"redemptions": ["points_redeemed_365d", "redemptions_365d"]}


def test_features_without_tables_say_what_to_run(home):
    with pytest.raises(NotReadyError, match="huoli import"):
        ensure_features(home, DAYS)
    with pytest.raises(NotReadyError, match="huoli features"):
        current_features(home)


def test_another_writer_is_waited_for(company):
    with writer_lock(company, "import"), pytest.raises(InputError, match="import"):
        ensure_features(company, DAYS)
    assert features_or_none(company) is None


STOPPED = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from features.feature_store import building
from features.home import Home
home, stop, *days = Home(Path(sys.argv[1])), sys.argv[2], *sys.argv[3:]
wait = getattr(building, stop)
def dying(*args):
    wait(*args)
    print("reached", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(building, stop, dying)
building.ensure_features(home, [datetime.fromisoformat(day) for day in days])
building.materialise_latest(home)
"""


@pytest.mark.parametrize(
    "stop",
    ["apply_definitions",
     *(pytest.param(one, marks=pytest.mark.slow)
       for one in ("write_activity_features", "_materialise"))],
)  # fmt: skip
def test_a_stopped_computation_leaves_the_old_features_whole(
    stop, company, imported, messy_records
):
    ensure_features(company, DAYS[:1])
    materialise_latest(company)
    people = sorted(_offline(company)["employee_id"])
    old = OnlineReader(company).everyone(people)
    imported(messy_records(8))
    command = [sys.executable, "-c", STOPPED, str(company.root), stop, DAYS[0].isoformat()]
    stopped = subprocess.run(command, capture_output=True, text=True, check=False)
    assert stopped.returncode == -signal.SIGKILL, stopped.stderr
    assert "reached" in stopped.stdout
    pd.testing.assert_frame_equal(OnlineReader(company).everyone(people), old)
    rows = pd.DataFrame({"employee_id": people, "event_timestamp": DAYS[0]})
    assert historical_features(company, rows)["tenure_days"].notna().any()
    ensure_features(company, DAYS[:1])
    assert materialise_latest(company).is_online


def test_every_feature_has_a_description_and_is_defined_in_feast():
    views = {item.name: item for item in definitions() if hasattr(item, "schema")}
    described = {
        field.name: field.description
        for name, view in views.items() if name.startswith("employee_")
        for field in view.features
    }  # fmt: skip
    assert described == EMPLOYEE_FEATURES
    activity = {field.name: field.description for field in views["activity"].features}
    assert activity == ACTIVITY_FEATURES
    assert all(len(text) > 10 for text in [*described.values(), *activity.values()])


@pytest.mark.parametrize("state", ["nothing", pytest.param("features", marks=pytest.mark.slow)])
def test_feast_apply_works_from_the_repository_root(state, home, company, tmp_path):
    if state == "features":
        ensure_features(company, DAYS[:1])
    environment = os.environ | {"HUOLI_HOME": str(home.root), "PYTHONDONTWRITEBYTECODE": "1"}
    feast = [sys.executable, "-c", "from feast.cli.cli import cli; cli()"]
    done = subprocess.run(
        [*feast, "-c", "feature_repo", "apply"], cwd=repository_folder().parent,
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "employee_behaviour" in done.stdout
    folder = current_features(company).directory if state == "features" else home.features
    assert (folder / "registry.db").is_file()
    assert not (home.root / "data" / "registry.db").exists()
