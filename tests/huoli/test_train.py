"""`huoli train`: what it makes beforehand, and a date before all history."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

import training.fitting
from features.errors import InputError, NotReadyError
from features.feature_store import current_features
from features.home import Home
from features.tables.snapshots import write_tables
from huoli.cli import huoli
from huoli.commands import train_command
from training.hyperparameters import DEFAULTS, Adopted, adopted_file, write_adopted


@pytest.fixture
def home(tmp_path, monkeypatch, company):
    """Tables of which no features were computed yet."""
    home = Home(tmp_path / "home")
    write_tables(home, company.company_tables(), datetime(2026, 6, 2, tzinfo=UTC), "test", {})
    monkeypatch.setenv("HUOLI_HOME", str(home.root))
    return home


def test_features_that_are_missing_are_computed_first(home, monkeypatch):
    def fit_models(history, until, employee_features, track, hyperparameters):
        raise InputError("reached with {n} days", n=len(current_features(home).days))

    monkeypatch.setattr(training.fitting, "fit_models", fit_models)
    error = CliRunner().invoke(huoli, ["train"]).exception
    assert isinstance(error, InputError)
    assert error.template == "reached with {n} days"
    assert error.values["n"] > 1


def test_a_date_before_all_history_is_refused(home):
    error = CliRunner().invoke(huoli, ["train", "--until", "1990-01-01"]).exception
    assert isinstance(error, NotReadyError)
    assert "none has started before 1990-01-01" in error.in_language("en")


def test_it_trains_with_the_values_that_tuning_adopted(home, monkeypatch):
    def fit_models(history, until, employee_features, track, hyperparameters):
        raise InputError("reached with {found}", found=hyperparameters)

    monkeypatch.setattr(training.fitting, "fit_models", fit_models)
    monkeypatch.setattr(train_command, "ensure_training_features", lambda *_: None)
    values = replace(DEFAULTS, ridge=0.2)
    write_adopted(home, Adopted(datetime(2026, 6, 2, tzinfo=UTC), True, values, {}))
    assert CliRunner().invoke(huoli, ["train"]).exception.values["found"] == values
    early = CliRunner().invoke(huoli, ["train", "--until", "2026-06-01"]).exception
    assert early.values["found"] == DEFAULTS
    adopted_file(home).write_text("{")
    assert "huoli tune --reset" in str(CliRunner().invoke(huoli, ["train"]).exception)
