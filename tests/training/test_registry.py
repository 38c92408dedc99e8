"""MLflow's runs, the pair's versions and aliases, and the promotion log."""

import json

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError, NotReadyError
from features.home import Home
from training.registry.aliases import (
    alias_versions,
    model_list,
    promote,
    roll_back,
    set_first_champion,
)
from training.registry.loading import load_models
from training.registry.pairs import past_of, registered_pairs
from training.registry.promotions import promotion_log
from training.registry.registering import register
from training.registry.store import MODELS, mlflow_for, registered_name
from training.report import draw_pictures, figures, flat


def pair(number):
    return dict.fromkeys(MODELS, str(number))


@pytest.fixture(scope="module")
def first(fitted, tmp_path_factory):
    """(a home with the first pair registered, what registering said)."""
    folder = tmp_path_factory.mktemp("registry")
    home = Home(folder / "home")
    draw_pictures(fitted, folder / "pictures")
    parameters = {"data_until": "2026-04-06T00:00:00+00:00"}
    found = register(
        home, fitted.models, parameters, flat(figures(fitted)),
        fitted.launch.rows.features.head(100), folder / "pictures",
    )  # fmt: skip
    return home, found


def test_the_first_pair_is_champion(first):
    home, said = first
    assert said["alias"] == "champion"
    assert {model: said[model] for model in MODELS} == pair(1) == alias_versions(home, "champion")
    assert alias_versions(home, "challenger") == {}
    entries = model_list(home)
    assert [(entry["model"], entry["version"], entry["aliases"]) for entry in entries] == [
        (model, "1", ["champion"]) for model in MODELS
    ]
    assert {entry["run_id"] for entry in entries} == {said["run_id"]}


def test_a_pair_is_listed_with_its_runs_figures_and_the_forecasts_that_judged_it(first, fitted):
    home, said = first
    (found,) = registered_pairs(home)
    assert (found.run_id, found.versions, found.aliases) == (said["run_id"], pair(1), ("champion",))
    assert found.data_until == "2026-04-06T00:00:00+00:00"
    assert found.metrics["launch.log_loss"] == flat(figures(fitted))["launch.log_loss"]
    past = past_of(home, found.versions)
    assert past["activity_id"].tolist() == fitted.models.past["activity_id"].tolist()


def test_the_loaded_pair_predicts_what_the_fitted_one_does(first, fitted):
    loaded, features = load_models(first[0]), fitted.launch.rows.features.head(300)
    assert loaded.version == "participation-1+recommendation-1"
    assert loaded.data_until == fitted.models.data_until
    pd.testing.assert_series_equal(loaded.usual, fitted.models.usual, check_names=False,
                                   check_dtype=False, rtol=1e-6)  # fmt: skip
    for name in ("launch", "open"):
        one, two = getattr(loaded, name), getattr(fitted.models, name)
        for stage in ("registers", "attends"):
            np.testing.assert_array_equal(
                getattr(one, stage).predict(features), getattr(two, stage).predict(features)
            )
    for name in ("headcounts", "affinity"):
        for field, value in vars(getattr(fitted.models, name)).items():
            np.testing.assert_array_equal(getattr(getattr(loaded, name), field), value)


def test_a_run_holds_its_cut_off_its_figures_beside_baselines_and_its_pictures(first, fitted):
    home, said = first
    run = mlflow_for(home).MlflowClient().get_run(said["run_id"])
    assert run.data.params["data_until"] == "2026-04-06T00:00:00+00:00"
    metrics, expected = run.data.metrics, flat(figures(fitted))
    for name in ("launch", "launch_base_rate", "launch_own_rate", "launch_own_group"):
        assert metrics[f"{name}.log_loss"] == pytest.approx(expected[f"{name}.log_loss"])
    assert {"ranking.ndcg_at_10", "ranking_popularity.ndcg_at_10", "counts.pinball",
            "counts_past.pinball"} <= set(metrics)  # fmt: skip
    client = mlflow_for(home).MlflowClient()
    pictures = {file.path for file in client.list_artifacts(said["run_id"], "report")}
    assert pictures == {f"report/{name}.png" for name in
                        ("calibration", "gain_by_history", "turnout")}  # fmt: skip


def test_the_log_holds_the_figures_of_the_pair_that_became_champion(first):
    home, said = first
    (entry,) = promotion_log(home)
    run = mlflow_for(home).MlflowClient().get_run(said["run_id"])
    assert entry["metrics"] == {"from": {}, "to": run.data.metrics}


def test_mlflow_serves_each_model_by_its_signature(first, fitted):
    mlflow = mlflow_for(first[0])
    for model, stages in zip(MODELS, (fitted.models.launch, fitted.models.open), strict=True):
        uri = f"models:/{registered_name(model)}/1"
        info = mlflow.models.get_model_info(uri)
        columns = info.signature.inputs.input_names()
        assert {*stages.registers.read, *stages.attends.read} == set(columns)
        assert set(stages.registers.boosting.feature_name()) - set(stages.registers.columns)
        assert info.signature.outputs.input_names() == ["registers", "attends"]
        rows = fitted.launch.rows if model == "participation" else fitted.open.rows
        # whoever asks has all columns, and knows nothing of which are read
        features = rows.features.head(50)
        found = mlflow.pyfunc.load_model(uri).predict(features.astype(np.float32))
        np.testing.assert_allclose(found["registers"], stages.registers.predict(features))
        np.testing.assert_allclose(found["attends"], stages.attends.predict(features))
    assert not list(first[0].mlruns.rglob("*.pkl"))


def test_a_run_that_was_killed_is_ended_and_cleared_away_by_the_next(tmp_path, fitted):
    home = Home(tmp_path / "home")
    mlflow = mlflow_for(home)
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("huoli").experiment_id
    killed = client.create_run(experiment, tags={"huoli.command": "train"}).info.run_id
    notebooks = client.create_run(experiment).info.run_id
    remains = home.mlruns / "unfinished-abc" / "participation"
    remains.mkdir(parents=True)
    sample, pictures = fitted.launch.rows.features.head(20), tmp_path / "pictures"
    pictures.mkdir()
    said = register(home, fitted.models, {}, {}, sample, pictures)
    status = {run: client.get_run(run).info.status for run in (killed, notebooks, said["run_id"])}
    assert list(status.values()) == ["KILLED", "RUNNING", "FINISHED"]
    assert not list(home.mlruns.glob("unfinished-*"))


def test_an_empty_home_has_nothing_and_says_what_to_do(tmp_path):
    home = Home(tmp_path)
    assert (alias_versions(home, "champion"), model_list(home), promotion_log(home)) == ({}, [], [])
    with pytest.raises(NotReadyError, match="no model is champion; run `huoli train` first"):
        load_models(home)
    assert not home.mlruns.exists()


@pytest.fixture
def home(tmp_path):
    """A home with three registered versions of each model, none with an alias."""
    found = Home(tmp_path / "home")
    client = mlflow_for(found).MlflowClient()
    for model in MODELS:
        client.create_registered_model(registered_name(model))
        for _ in range(3):
            client.create_model_version(registered_name(model), str(tmp_path))
    return found


def champion(home):
    return alias_versions(home, "champion")


def test_a_later_pair_challenges_until_it_is_promoted(home):
    assert set_first_champion(home, pair(1)) == "champion"
    with pytest.raises(NotReadyError, match="no model is challenger; run `huoli train`"):
        promote(home, "too early")
    assert set_first_champion(home, pair(2)) == "challenger"
    assert champion(home) == pair(1)
    assert set_first_champion(home, pair(3)) == "challenger"
    entry = promote(home, "better on counts")
    assert (entry["from"], entry["to"]) == (pair(1), pair(3))
    assert champion(home) == pair(3)
    assert alias_versions(home, "challenger") == {}
    with pytest.raises(NotReadyError, match="no model is challenger"):
        promote(home, "again")


def test_rolling_back_goes_one_promotion_back_each_time(home):
    set_first_champion(home, pair(1))
    with pytest.raises(InputError, match="nothing to roll back to"):
        roll_back(home, "no earlier one")
    for number in (2, 3):
        set_first_champion(home, pair(number))
        promote(home, f"try {number}")
    assert roll_back(home, "3 is worse")["to"] == pair(2) == champion(home)
    assert roll_back(home, "2 is worse too")["to"] == pair(1) == champion(home)
    with pytest.raises(InputError, match="nothing to roll back to"):
        roll_back(home, "once more")
    assert champion(home) == pair(1)


def test_what_was_rolled_back_may_be_promoted_and_rolled_back_again(home):
    set_first_champion(home, pair(1))
    for _ in range(2):
        set_first_champion(home, pair(2))
        promote(home, "2 it is")
        assert champion(home) == pair(2)
        roll_back(home, "or not")
        assert champion(home) == pair(1)


def test_the_log_only_grows_and_tells_each_change(home):
    path, seen = home.mlruns / "promotions.jsonl", b""

    def check(n, action):
        nonlocal seen
        now = path.read_bytes()
        assert now.startswith(seen)
        assert len(now) > len(seen)
        seen = now
        entries = promotion_log(home)
        assert (len(entries), entries[-1]["action"]) == (n, action)
        assert set(entries[-1]) == {"at", "action", "from", "to", "by", "reason",
                                    "metrics", "previous", "hash"}  # fmt: skip

    set_first_champion(home, pair(1))
    check(1, "first")
    set_first_champion(home, pair(2))
    assert path.read_bytes() == seen  # a challenger changes no champion
    promote(home, "指标更好")
    check(2, "promote")
    roll_back(home, "again")
    check(3, "rollback")
    with pytest.raises(InputError):
        roll_back(home, "nothing")
    assert path.read_bytes() == seen
    assert [json.loads(line)["reason"] for line in path.read_text().splitlines()][1:] == [
        "指标更好", "again",
    ]  # fmt: skip
