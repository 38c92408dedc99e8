"""Feast's own store object over a folder of features, with what `feature_repo` defines."""

import runpy
from pathlib import Path
from typing import Any

from feast import Entity, FeatureService, FeatureStore, FeatureView
from feast.repo_config import load_repo_config

import features
from features.feature_store.snapshots import ONLINE, REGISTRY

EMPLOYEE_SERVICE = "employee_features"
ACTIVITY_VIEW = "activity"


def open_store(directory: Path) -> FeatureStore:
    """Feast's store whose registry, values and online file are those in the folder."""
    repository = repository_folder()
    config = load_repo_config(repository, repository / "feature_store.yaml")
    config.registry_config = config.registry_config | {
        "path": str(directory / REGISTRY),
        "cache_ttl_seconds": 0,  # a snapshot never changes, and its folder may go
    }
    config.offline_config = config.offline_config | {"folder": str(directory)}
    config.online_config = config.online_config | {"path": str(directory / ONLINE)}
    return FeatureStore(config=config)


def apply_definitions(store: FeatureStore) -> None:
    """What `feast apply` does, on this store."""
    store.apply(definitions())


def definitions() -> list[Any]:
    """The entities, views and services of `feature_repo/definitions.py`, read as Feast does."""
    named = runpy.run_path(str(repository_folder() / "definitions.py")).values()
    return [item for item in named if isinstance(item, Entity | FeatureView | FeatureService)]


def repository_folder() -> Path:
    """The folder of the Feast repository, beside the package."""
    return Path(features.__file__).parent.parent / "feature_repo"
