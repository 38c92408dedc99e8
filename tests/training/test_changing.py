"""A pair becomes champion only once it was loaded, and only where it is the one that was meant."""

import shutil

import pytest

from features.errors import InputError, NotReadyError
from features.home import Home
from features.writer import writer_lock
from training.registry import changing
from training.registry.aliases import alias_versions, set_first_champion
from training.registry.promotions import promotion_log
from training.registry.store import MODELS, mlflow_for, registered_name


def pair(number):
    return dict.fromkeys(MODELS, str(number))


@pytest.fixture
def loaded(monkeypatch):
    """The pairs that were loaded; nothing is read."""
    found = []
    monkeypatch.setattr(changing, "load_pair", lambda home, versions: found.append(versions))
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A home whose version 1 is champion and whose version 2 is challenger."""
    folder = tmp_path_factory.mktemp("changing")
    found = Home(folder / "home")
    client = mlflow_for(found).MlflowClient()
    for model in MODELS:
        client.create_registered_model(registered_name(model))
        for _ in range(2):
            client.create_model_version(registered_name(model), str(folder))
    for number in (1, 2):
        set_first_champion(found, pair(number))
    return found


@pytest.fixture
def home(made, tmp_path):
    """The same, which a test may change."""
    shutil.copytree(made.root, tmp_path / "home")
    return Home(tmp_path / "home")


def test_what_becomes_champion_was_loaded_before(home, loaded):
    assert changing.promote_checked(home, "better", "Ann", pair(2))["to"] == pair(2)
    assert changing.roll_back_checked(home, "or not", "Ann", pair(1))["to"] == pair(1)
    assert loaded == [pair(2), pair(1)]
    assert [entry["by"] for entry in promotion_log(home)][1:] == ["Ann", "Ann"]


def test_what_cannot_be_loaded_changes_nothing(home, loaded, monkeypatch):
    def refused(home, versions):
        raise NotReadyError("files are others")

    changing.promote_checked(home, "better")
    monkeypatch.setattr(changing, "load_pair", refused)
    with pytest.raises(NotReadyError, match="files are others"):
        changing.roll_back_checked(home, "or not")
    assert alias_versions(home, "champion") == pair(2)
    assert len(promotion_log(home)) == 2


def test_another_pair_than_the_one_meant_is_not_touched(home, loaded):
    with pytest.raises(InputError, match="changed by somebody else"):
        changing.promote_checked(home, "better", expected=pair(1))
    with pytest.raises(InputError, match="nothing to roll back to"):
        changing.roll_back_checked(home, "x", expected=pair(1))
    changing.promote_checked(home, "better")
    with pytest.raises(InputError, match="changed by somebody else"):
        changing.promote_checked(home, "again", expected=pair(2))
    with pytest.raises(NotReadyError, match="no model is challenger"):
        changing.promote_checked(home, "again")
    with pytest.raises(InputError, match="changed by somebody else"):
        changing.roll_back_checked(home, "x", expected=pair(2))


def test_nobody_changes_it_while_another_writes(home, loaded):
    with writer_lock(home, "train"), pytest.raises(InputError, match="another writer is at work"):
        changing.promote_checked(home, "better")
    assert loaded == []
