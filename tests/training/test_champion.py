"""Which pair is champion is read from the registry's own file, without MLflow, and never hangs."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from features.errors import NotReadyError
from features.home import Home
from training.registry.aliases import alias_versions, promote, set_first_champion
from training.registry.champion import champion_versions
from training.registry.loading import load_models
from training.registry.store import MODELS, mlflow_for, registered_name


@pytest.fixture
def home(tmp_path):
    """A home whose first of two pairs is champion."""
    found = Home(tmp_path / "home")
    client = mlflow_for(found).MlflowClient()
    for model in MODELS:
        client.create_registered_model(registered_name(model))
        for _ in range(2):
            client.create_model_version(registered_name(model), str(tmp_path))
    set_first_champion(found, dict.fromkeys(MODELS, "1"))
    return found


def test_it_says_what_mlflow_says_before_and_after_a_promotion(home):
    assert champion_versions(home) == alias_versions(home, "champion") == dict.fromkeys(MODELS, "1")
    set_first_champion(home, dict.fromkeys(MODELS, "2"))
    promote(home, "newer")
    assert champion_versions(home) == alias_versions(home, "champion") == dict.fromkeys(MODELS, "2")


def test_it_needs_no_mlflow(home):
    asked = (
        "import sys; from pathlib import Path; from features.home import Home; "
        "from training.registry.champion import champion_versions; "
        f"print(champion_versions(Home(Path({str(home.root)!r}))), 'mlflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{dict.fromkeys(MODELS, '1')} False"


def test_nothing_trained_is_no_champion(tmp_path):
    assert champion_versions(Home(tmp_path)) == {}


def lose(path):
    path.unlink()
    return ()


def spoil(path):
    path.write_bytes(b"no registry" * 500)
    return ()


def lock(path):
    holder = sqlite3.connect(path)
    holder.execute("BEGIN EXCLUSIVE")
    return (closing(holder),)


@pytest.mark.parametrize(
    ("fault", "told"),
    [(lose, "no file mlflow.db"), (spoil, "not a database"), (lock, "database is locked")],
)
@pytest.mark.parametrize("ask", [champion_versions, load_models])
def test_a_registry_that_cannot_be_read_is_one_clear_error(home, fault, told, ask, monkeypatch):
    monkeypatch.setattr("training.registry.champion.PATIENCE_SECONDS", 0.01)
    held = fault(home.mlruns / "mlflow.db")
    with pytest.raises(NotReadyError, match=f"registry of models cannot be read: .*{told}"):
        ask(home)
    for one in held:
        one.thing.close()
