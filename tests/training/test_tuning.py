"""Tuning: it goes on where it stopped, bad trials are cut short, and a later fold decides."""

import dataclasses
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import optuna
import pytest
from click.testing import CliRunner
from sklearn.linear_model import LogisticRegression

from features.errors import InputError, NotReadyError
from features.history.columns import DAY, micros, moment
from features.home import Home
from features.tables.snapshots import write_tables
from huoli.cli import huoli
from huoli.commands import tune_command
from huoli.commands.tune_command import _decided, _lines
from training import hyperparameters as kept
from training.hyperparameters import BOUNDS, DEFAULTS, Adopted, Hyperparameters
from training.participation import fit_stage
from training.registry import studies
from training.rolling import predict_forward
from training.tuning import Found, search, study_name
from training.tuning_folds import HELD_OUT_DAYS, Verdict, judge, losses_on, plan_folds

UNTIL = datetime(2026, 4, 6, tzinfo=UTC)
BETTER = replace(DEFAULTS, ridge=0.04, max_iter=90)


class Valley:
    """Losses that are least at a ridge of 0.01, on folds that differ more than trials do."""

    def __init__(self, folds=(1.0, 3.0, 2.0), stop_after=None):
        self.folds, self.asked, self.stop_after = folds, [], stop_after

    def __call__(self, values):
        for fold in self.folds:
            if self.stop_after is not None and len(self.asked) >= self.stop_after:
                raise KeyboardInterrupt
            self.asked.append(values)
            yield fold + abs(math.log(values.ridge / 0.01))


@pytest.fixture(scope="module")
def plan(history, until, employee_features):
    return plan_folds(history, until, employee_features)


def test_it_finds_better_values_than_the_defaults_which_are_its_first_trial(tmp_path):
    valley, shares = Valley(), []
    found = search(tmp_path / "tuning" / "s.db", "a", valley, n_trials=16, tell=shares.append)
    assert valley.asked[:3] == [DEFAULTS] * 3
    assert (found.trials[0]["number"], found.trials[0]["log_loss"]) == (0, found.default_loss)
    assert (len(found.trials), found.n_before) == (16, 0)
    assert found.loss < found.default_loss - 0.5
    assert abs(math.log(found.best.ridge / 0.01)) < abs(math.log(DEFAULTS.ridge / 0.01))
    assert shares == sorted(shares)
    for name, (low, high) in BOUNDS.items():
        assert low <= min(t[name] for t in found.trials) <= max(t[name] for t in found.trials)
        assert max(t[name] for t in found.trials) <= high


def test_it_goes_on_where_it_was_stopped_and_draws_nothing_twice(tmp_path):
    file = tmp_path / "s.db"
    with pytest.raises(KeyboardInterrupt):
        search(file, "a", Valley(stop_after=10), n_trials=9)
    valley = Valley()
    found = search(file, "a", valley, n_trials=9)
    assert (found.n_before, len(found.trials)) == (3, 9)
    assert DEFAULTS not in valley.asked
    assert len({tuple(vars(values).values()) for values in valley.asked}) == 6
    ridges = [trial["ridge"] for trial in found.trials]
    assert len(set(ridges)) == 9
    again = Valley()
    assert search(file, "a", again, n_trials=9).trials == found.trials
    assert again.asked == []
    assert search(file, "other data", Valley(), n_trials=1).n_before == 0


def test_a_bad_trial_is_cut_short_at_its_first_fold(tmp_path):
    file = tmp_path / "s.db"
    search(file, "a", Valley(), n_trials=8)
    study = optuna.load_study(study_name="a", storage=f"sqlite:///{file}")
    study.enqueue_trial(vars(replace(DEFAULTS, ridge=BOUNDS["ridge"][1])))
    valley = Valley()
    last = search(file, "a", valley, n_trials=9).trials[-1]
    assert (last["pruned"], last["log_loss"], len(valley.asked)) == (True, None, 1)


def test_values_in_use_are_tried_right_after_the_defaults(tmp_path):
    found = search(tmp_path / "s.db", "a", Valley(), n_trials=2, tried=BETTER)
    assert {name: found.trials[1][name] for name in BOUNDS} == vars(BETTER)
    assert found.best == BETTER


def test_it_ends_when_its_minutes_are_over(tmp_path):
    found = search(tmp_path / "s.db", "a", Valley(), minutes=1e-9)
    assert (len(found.trials), found.best) == (1, DEFAULTS)


def test_a_file_that_is_no_study_is_named(tmp_path):
    (tmp_path / "s.db").write_bytes(b"no database at all, but long enough to look like one" * 40)
    with pytest.raises(InputError, match=r"s\.db must be the SQLite file"):
        search(tmp_path / "s.db", "a", Valley(), n_trials=1)


def test_a_study_is_of_one_cut_off_and_of_one_set_of_tables():
    names = {study_name(UNTIL + timedelta(days=n), tables) for n in (0, 1) for tables in "ab"}
    assert len(names) == 4


def test_the_later_fold_holds_nothing_that_the_others_hold(plan, until):
    chosen = np.array([fold.chosen for fold in (*plan.folds, plan.held_out)])
    assert chosen.sum(axis=0).max() == 1
    held_at = until - HELD_OUT_DAYS * DAY
    for fold in plan.folds:
        assert fold.asked.starts.max() < held_at
        assert fold.asked.as_of.min() >= fold.at
    assert plan.held_out.at == held_at
    assert plan.held_out.asked.as_of.min() >= held_at


def test_trials_do_not_depend_on_what_happens_from_the_later_fold_on(
    plan, records, history_of, until, employee_features
):
    held_at = moment(until - HELD_OUT_DAYS * DAY)
    done = [
        row for row in records["participations"]
        if row["occurred_at"] < held_at or row["employee_id"] < "P40"
    ]  # fmt: skip
    fewer = history_of(records | {"participations": done}, UNTIL)
    other = plan_folds(fewer, until, employee_features)
    assert other.held_out.asked.registered.sum() < plan.held_out.asked.registered.sum()
    assert list(losses_on(other)(BETTER)) == list(losses_on(plan)(BETTER))


def test_worse_values_lose_on_the_later_fold(plan):
    # many large steps of large trees, heeded alone: people and activities learnt by heart
    by_heart = replace(
        DEFAULTS, learning_rate=0.2, max_iter=120, max_leaf_nodes=48, min_samples_leaf=20,
        l2_regularization=0.1, max_features=1.0, even_shares=2.0,
    )  # fmt: skip
    verdict = judge(plan, by_heart)
    assert verdict.difference == pytest.approx(verdict.log_loss - verdict.default_log_loss)
    assert 0 < verdict.low < verdict.difference < verdict.high
    assert not verdict.better
    assert verdict.sure < 0.025


@pytest.mark.parametrize(
    ("difference", "sure", "adopted"),
    [(-0.01, 0.7, True), (0.01, 0.3, False), (0.0, 0.5, False), (-0.01, math.nan, False)],
)
def test_the_later_fold_decides_what_training_takes(
    tmp_path, monkeypatch, difference, sure, adopted
):
    logged = []
    monkeypatch.setattr(studies, "log_study", lambda *told: logged.append(told) or "r1")
    found = Found(BETTER, 0.1, 0.2, [], 0)
    verdict = Verdict(0.2 + difference, 0.2, difference, difference - 1, difference + 1, sure, 9)
    home = Home(tmp_path)
    kept.write_adopted(home, Adopted(UNTIL - timedelta(days=9), True, replace(BETTER, ridge=1), {}))
    told = _decided(home, "a", micros(UNTIL), found, verdict)
    assert (told["adopted"], logged[0][-1]) == (adopted, adopted)
    assert kept.values_for(home, UNTIL) == ((BETTER, True) if adopted else (DEFAULTS, False))
    text = " ".join(_lines(found, verdict, adopted))
    assert ("Adopted:" in text) == ("may be luck" in text) == adopted


def test_too_little_history_is_one_clear_error(history, employee_features):
    early = micros(datetime(2025, 12, 1, tzinfo=UTC))
    with pytest.raises(NotReadyError, match="import more history"):
        plan_folds(history, early, employee_features)


def test_the_defaults_are_the_values_that_were_fixed_before(plan, monkeypatch):
    rows, ridges = plan.rows, []

    def regression(**more):
        ridges.append(more["C"])
        return LogisticRegression(**more)

    monkeypatch.setattr("sklearn.linear_model.LogisticRegression", regression)
    stage = fit_stage(rows.features, rows.registered, rows.weight)
    expected = {"num_iterations": 250, "learning_rate": 0.045, "num_leaves": 20,
                "min_data_in_leaf": 40, "lambda_l2": 5.0, "feature_fraction": 0.3,
                "extra_trees": True, "seed": 0}  # fmt: skip
    found = stage.boosting.params | {"num_iterations": stage.boosting.num_trees()}
    assert {name: found[name] for name in expected} == expected
    n = len(rows)
    assert ridges == [0.08 * (n / (n + 100.0)) ** 2]
    assert stage.boosting_share == 0.4
    refits = [plan.folds[0].at, plan.held_out.at]
    one, _ = predict_forward(rows, rows, refits)
    two, _ = predict_forward(rows, rows, refits, hyperparameters=Hyperparameters())
    other, _ = predict_forward(rows, rows, refits, hyperparameters=BETTER)
    assert np.array_equal(one.participates, two.participates, equal_nan=True)
    assert not np.array_equal(one.participates, other.participates, equal_nan=True)


@pytest.mark.parametrize("name", list(BOUNDS))
def test_every_value_reaches_a_fit(plan, name):
    rows, at = plan.rows, plan.held_out.at
    value = getattr(DEFAULTS, name)
    values = replace(DEFAULTS, **{name: type(value)(value / 2)})
    one, other = (
        predict_forward(rows, rows, [at], hyperparameters=h)[0] for h in (DEFAULTS, values)
    )
    assert not np.array_equal(one.participates, other.participates, equal_nan=True)


def test_what_was_adopted_is_read_as_written_unless_it_knows_of_later_data(tmp_path):
    home = Home(tmp_path)
    assert kept.values_for(home, UNTIL) == (DEFAULTS, False)
    decided = Adopted(UNTIL, True, BETTER, {"later_difference": -0.1})
    kept.write_adopted(home, decided)
    assert kept.read_adopted(home) == decided
    assert [path.name for path in home.tuning.iterdir()] == ["hyperparameters.json"]
    assert kept.values_for(home, UNTIL) == (BETTER, True)
    assert kept.values_for(home, UNTIL - timedelta(days=1)) == (DEFAULTS, False)
    kept.write_adopted(home, dataclasses.replace(decided, adopted=False))
    assert kept.values_for(home, UNTIL) == (DEFAULTS, False)
    assert kept.remove_adopted(home)
    assert not kept.remove_adopted(home)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"ridge": "strong"}, "hyperparameters.ridge"), ({"max_iter": 90.5}, "max_iter"),
        ({"max_iter": True}, "max_iter"), ({"learning_rate": 7.0}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"), ({"half_life_days": None}, "half_life"),
    ],
)  # fmt: skip
def test_a_wrong_value_in_the_file_is_named_with_rule_and_remedy(tmp_path, change, named):
    home = Home(tmp_path)
    kept.write_adopted(home, Adopted(UNTIL, True, BETTER, {}))
    told = json.loads(kept.adopted_file(home).read_text())
    told["hyperparameters"] |= change
    kept.adopted_file(home).write_text(json.dumps(told))
    with pytest.raises(InputError, match=named) as caught:
        kept.read_adopted(home)
    assert "huoli tune --reset" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "named"),
    [("{", "JSON"), ("[]", "format"), ('{"format": 0}', "format"),
     ('{"format": 1}', "format"), ('{"format": 2}', "format"), ('{"format": 3}', "format"),
     ('{"format": 4}', "format"), ('{"format": 5}', "hyperparameters.learning_rate")],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(tmp_path, text, named):
    home = Home(tmp_path)
    home.tuning.mkdir(parents=True)
    kept.adopted_file(home).write_text(text)
    with pytest.raises(InputError, match=named):
        kept.values_for(home, UNTIL)


@pytest.mark.slow
def test_the_command_searches_decides_logs_goes_on_and_takes_back(
    tmp_path, tables_of, records, employee_features, monkeypatch
):
    monkeypatch.setattr(tune_command, "ensure_training_features", lambda *_: None)
    monkeypatch.setattr(tune_command, "employee_features", lambda home: employee_features)
    monkeypatch.setenv("HUOLI_HOME", str(tmp_path))
    monkeypatch.setenv("HUOLI_LANG", "en")
    home = Home(tmp_path)
    write_tables(home, tables_of(records), UNTIL, "test", {})

    def tune(*arguments):
        done = CliRunner().invoke(huoli, ["tune", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    first = json.loads(tune("--trials", "3", "--json"))
    assert (first["n_trials"], first["n_before"]) == (3, 0)
    decided = kept.read_adopted(home)
    assert decided.adopted == first["adopted"]
    assert decided.adopted == (first["later"] is not None and first["later"]["difference"] < 0)
    assert vars(decided.hyperparameters) == (first["best"] if first["adopted"] else vars(DEFAULTS))

    text = tune("--trials", "4")
    assert "3 of 4 trials were there already." in text
    assert "`huoli train`" in text

    from training.registry.store import mlflow_for

    client = mlflow_for(home).MlflowClient()
    run = client.get_run(first["run_id"])
    assert run.data.tags["huoli.command"] == "tune"
    assert run.data.tags["huoli.adopted"] == str(first["adopted"]).lower()
    assert float(run.data.params["ridge"]) == first["best"]["ridge"]
    assert len(client.get_metric_history(first["run_id"], "trial_log_loss")) == 3
    assert [artifact.path for artifact in client.list_artifacts(first["run_id"])] == ["trials.json"]

    assert "takes the defaults again" in tune("--reset")
    assert json.loads(tune("--reset", "--json")) == {"removed": False}
