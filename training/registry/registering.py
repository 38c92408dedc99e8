"""Log a training run with its figures and pictures, and register its pair of models."""

import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from features.home import Home
from training.fitting import Models
from training.registry.aliases import set_first_champion
from training.registry.artefacts import record_digest
from training.registry.store import EXPERIMENT, MODELS, mlflow_for, registered_name
from training.rolling import Stages
from training.saving import (
    LOADS_FILE,
    PAST_FILE,
    save_arrays,
    save_stages,
    save_table,
    save_usual,
)

REQUIREMENTS = [f"{name}=={version(name)}" for name in ("lightgbm", "lightfm-next")]

# what tells our runs from those that a notebook keeps open in the same experiment
OURS = {"huoli.command": "train"}
UNFINISHED = "unfinished-"


def register(
    home: Home,
    models: Models,
    parameters: Mapping[str, object],
    metrics: Mapping[str, float],
    sample: pd.DataFrame,
    pictures: Path,
) -> dict[str, str]:
    """Log the run and register both models; the writer's lock is held.

    Returns:
        run_id, version of each model, and alias: "champion" for the first pair, else "challenger".
    """
    mlflow = mlflow_for(home)
    end_stopped_runs(home, OURS)
    unfinished = tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=home.mlruns)
    with unfinished as folder, mlflow.start_run(tags=OURS) as run:
        mlflow.log_params(dict(parameters))
        mlflow.log_metrics({name: value for name, value in metrics.items() if value == value})
        mlflow.log_artifacts(str(pictures), "report")
        versions = {
            model: _log_model(mlflow, model, models, sample, Path(folder)) for model in MODELS
        }
    for model, number in versions.items():
        record_digest(home, model, number)
    alias = set_first_champion(home, versions)
    return {"run_id": run.info.run_id, **versions, "alias": alias}


def end_stopped_runs(home: Home, tags: Mapping[str, str]) -> None:
    """Mark runs that were stopped while being logged as killed, and clear away their remains."""
    client = mlflow_for(home).MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    ours = " and ".join(f"tags.`{name}` = '{value}'" for name, value in tags.items())
    for run in client.search_runs([experiment.experiment_id], f"{ours} and status = 'RUNNING'"):
        client.set_terminated(run.info.run_id, "KILLED")
    for folder in home.mlruns.glob(f"{UNFINISHED}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _log_model(mlflow: Any, model: str, models: Models, sample: pd.DataFrame, folder: Path) -> str:
    target = folder / model
    _save(model, models, target)
    stages = models.launch if model == "participation" else models.open
    info = mlflow.pyfunc.log_model(
        name=model,
        python_model=str(Path(__file__).with_name("model_code.py")),
        artifacts={"model": str(target)},
        signature=_signature(stages, sample),
        pip_requirements=REQUIREMENTS,
        registered_model_name=registered_name(model),
        metadata={"data_until": models.data_until},
    )
    return str(info.registered_model_version)


def _signature(stages: Stages, sample: pd.DataFrame) -> Any:
    from mlflow.models import infer_signature

    both = [name for stage in (stages.registers, stages.attends) for name in stage.read]
    sample = sample.reindex(columns=list(dict.fromkeys(both)) or list(sample.columns))
    result = pd.DataFrame({"registers": stages.registers.predict(sample),
                           "attends": stages.attends.predict(sample)})  # fmt: skip
    return infer_signature(sample, result)


def _save(model: str, models: Models, target: Path) -> None:
    target.mkdir()
    if model == "participation":
        save_stages(models.launch, target / "stages")
        save_arrays(models.headcounts, target / "headcounts.npz")
        save_usual(models.usual, target / "usual.json")
        for table, name in ((models.past, PAST_FILE), (models.loads, LOADS_FILE)):
            if table is not None:
                save_table(table, target / name)
        return
    save_stages(models.open, target / "stages")
    if models.affinity is not None:
        save_arrays(models.affinity, target / "affinity.npz")
