"""The registered pair of models in memory: all of its files verified first, then all loaded."""

from collections.abc import Mapping
from pathlib import Path

from features.errors import NotReadyError
from features.home import Home
from training.fitting import Models
from training.registry.aliases import alias_versions, check_one_run
from training.registry.artefacts import verified_artefacts
from training.registry.champion import champion_versions
from training.registry.store import MODELS, mlflow_for
from training.saving import (
    LOADS_FILE,
    PAST_FILE,
    load_affinity,
    load_headcounts,
    load_stages,
    load_table,
    load_usual,
)


def load_models(home: Home, alias: str = "champion") -> Models:
    """The registered pair of that alias.

    Raises:
        NotReadyError: no model has that alias, the registry cannot be read, or the files are not
            those that were registered.
    """
    champion_versions(home)  # MLflow itself tries a registry that is gone again for minutes
    versions = alias_versions(home, alias)
    if not versions:
        raise NotReadyError("no model is {alias}; run `huoli train` first", alias=alias)
    return load_pair(home, versions)


def load_pair(home: Home, versions: Mapping[str, str]) -> Models:
    """The registered pair of these versions, whichever alias it has.

    Raises:
        NotReadyError: the files are not those that were registered, or are of two runs.
    """
    check_one_run(home, versions)
    found = {model: verified_artefacts(home, model, versions[model]) for model in MODELS}
    launch, open_ = (found[model].folder / "artifacts" / model for model in MODELS)
    affinity = open_ / "affinity.npz"
    return Models(
        launch=load_stages(launch / "stages"),
        open=load_stages(open_ / "stages"),
        headcounts=load_headcounts(launch / "headcounts.npz"),
        affinity=load_affinity(affinity) if affinity.is_file() else None,
        usual=load_usual(launch / "usual.json"),
        data_until=_data_until(home, found["participation"].folder),
        version=version_name(versions),
        past=load_table(launch / PAST_FILE),
        loads=load_table(launch / LOADS_FILE),
        verified=all(one.verified for one in found.values()),
    )


def version_name(versions: Mapping[str, str]) -> str:
    """The pair's version as answers state it.

    >>> version_name({"participation": "3", "recommendation": "4"})
    'participation-3+recommendation-4'
    """
    return "+".join(f"{model}-{versions[model]}" for model in MODELS)


def _data_until(home: Home, folder: Path) -> int:
    found = mlflow_for(home).models.get_model_info(str(folder))
    return int(found.metadata["data_until"])
