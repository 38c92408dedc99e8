"""Where MLflow keeps things: one SQLite file and a folder of artifacts under HUOLI_HOME/mlruns."""

import logging
import os
from functools import cache
from pathlib import Path
from typing import Any

from features.home import Home

EXPERIMENT = "huoli"
MODELS = ("participation", "recommendation")


def registered_name(model: str) -> str:
    """The registered model's name.

    >>> registered_name("participation")
    'huoli-participation'
    """
    return f"huoli-{model}"


def tracking_uri(home: Home) -> str:
    """MLflow's address of the home's store."""
    return f"sqlite:///{home.mlruns / 'mlflow.db'}"


def mlflow_for(home: Home) -> Any:
    """The mlflow module, pointed at the home's store, which is made where it is missing."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    import mlflow

    home.mlruns.mkdir(parents=True, exist_ok=True)
    uri = tracking_uri(home)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    _ensure_experiment(uri, home.mlruns)
    return mlflow


@cache
def _ensure_experiment(uri: str, folder: Path) -> None:
    import mlflow

    client = mlflow.MlflowClient(uri)
    if client.get_experiment_by_name(EXPERIMENT) is None:
        client.create_experiment(EXPERIMENT, artifact_location=str(folder / "artifacts"))
    mlflow.set_experiment(EXPERIMENT)
