"""The registered pairs with what their training said of them, and their judged forecasts."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from features.home import Home
from training.registry.aliases import model_list
from training.registry.artefacts import verified_artefacts
from training.registry.store import MODELS, mlflow_for
from training.saving import PAST_FILE, load_table


@dataclass(frozen=True)
class Pair:
    """One training's pair of models; `metrics` and `data_until` are those of its run."""

    run_id: str
    versions: Mapping[str, str]
    aliases: tuple[str, ...]
    created_at: str
    data_until: str | None
    metrics: Mapping[str, float]


def registered_pairs(home: Home) -> list[Pair]:
    """Every whole pair, the newest first."""
    runs: dict[str, list[dict[str, object]]] = {}
    for entry in model_list(home):
        runs.setdefault(str(entry["run_id"]), []).append(entry)
    return [_pair(home, run_id, entries) for run_id, entries in runs.items()
            if {entry["model"] for entry in entries} == set(MODELS)]  # fmt: skip


def past_of(home: Home, versions: Mapping[str, str]) -> pd.DataFrame | None:
    """The forecasts of past activities that judged the pair; None of a pair kept without them.

    Raises:
        NotReadyError: the files are not those that were registered.
    """
    found = verified_artefacts(home, "participation", versions["participation"])
    return load_table(found.folder / "artifacts" / "participation" / PAST_FILE)


def _pair(home: Home, run_id: str, entries: list[dict[str, object]]) -> Pair:
    data = mlflow_for(home).MlflowClient().get_run(run_id).data
    aliases = [set(_texts(entry["aliases"])) for entry in entries]
    return Pair(
        run_id=run_id,
        versions={str(entry["model"]): str(entry["version"]) for entry in entries},
        aliases=tuple(sorted(set.intersection(*aliases))),
        created_at=str(entries[0]["created_at"]),
        data_until=data.params.get("data_until"),
        metrics=dict(data.metrics),
    )


def _texts(found: object) -> list[str]:
    return list(found) if isinstance(found, list) else []
