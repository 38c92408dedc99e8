"""A search for hyperparameters in MLflow: one run with every trial and what was decided."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from features.home import Home
from training.registry.registering import end_stopped_runs
from training.registry.store import mlflow_for

OURS = {"huoli.command": "tune"}
# MLflow takes no more at a time
BATCH = 1000


def log_study(
    home: Home,
    name: str,
    parameters: Mapping[str, object],
    metrics: Mapping[str, float],
    trials: Sequence[Mapping[str, Any]],
    adopted: bool,
) -> str:
    """Log one run tagged as tuning, and say its id; the writer's lock is held.

    `trials` have number, pruned, log_loss (None where pruned) and values: the log-losses become the
    metric trial_log_loss by number, all of them the artifact trials.json.
    """
    mlflow = mlflow_for(home)
    end_stopped_runs(home, OURS)
    tags = OURS | {"huoli.study": name, "huoli.adopted": str(adopted).lower()}
    with mlflow.start_run(run_name=f"tuning {name}", tags=tags) as run:
        mlflow.log_params(dict(parameters))
        mlflow.log_metrics({key: value for key, value in metrics.items() if value == value})
        now = int(time.time() * 1000)
        losses = [
            mlflow.entities.Metric("trial_log_loss", trial["log_loss"], now, trial["number"])
            for trial in trials
            if trial["log_loss"] is not None
        ]
        for low in range(0, len(losses), BATCH):
            mlflow.MlflowClient().log_batch(run.info.run_id, losses[low : low + BATCH])
        mlflow.log_dict({"trials": list(map(dict, trials))}, "trials.json")
    return str(run.info.run_id)
