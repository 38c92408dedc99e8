"""Models as files: trees in LightGBM's text, arrays in .npz, numbers in JSON; no pickles."""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import NotReadyError
from training.affinity import AffinityFit
from training.headcounts import HeadcountModel
from training.participation import Stage
from training.rolling import Stages

# raised whenever what is saved changes, so that older models are refused by name
FORMAT = 7
PAST_FILE, LOADS_FILE = "past.json", "loads.json"
BOOSTING, REGRESSION = "boosting.txt", "regression.npz"


def save_stages(stages: Stages, folder: Path) -> None:
    """Write both stages into the folder."""
    for name in ("registers", "attends"):
        _save_stage(getattr(stages, name), folder / name)


def load_stages(folder: Path) -> Stages:
    """Both stages from the folder."""
    return Stages(_load_stage(folder / "registers"), _load_stage(folder / "attends"))


def _save_stage(stage: Stage, folder: Path) -> None:
    folder.mkdir(parents=True)
    if stage.boosting is not None:
        (folder / BOOSTING).write_text(stage.boosting.model_to_string(), encoding="utf-8")
    np.savez(folder / REGRESSION, mean=stage.mean, scale=stage.scale, weights=stage.weights)
    (folder / "stage.json").write_text(json.dumps({
        "format": FORMAT, "columns": stage.columns, "constant": stage.constant,
        "boosting_share": stage.boosting_share, "shift": stage.shift,
        "start": stage.start, "intercept": stage.intercept,
    }))  # fmt: skip


def _load_stage(folder: Path) -> Stage:
    import lightgbm

    told = json.loads((folder / "stage.json").read_text())
    if told.get("format") != FORMAT:
        raise NotReadyError(
            "models must be of format {format}, found {found}; run `huoli train` to make them anew",
            format=FORMAT, found=told.get("format"),
        )  # fmt: skip
    arrays = _loaded(folder / REGRESSION)
    boosting = None
    if (folder / BOOSTING).is_file():
        trees = (folder / BOOSTING).read_text(encoding="utf-8")
        boosting = lightgbm.Booster(model_str=trees)
    return Stage(
        tuple(told["columns"]), told["constant"], boosting=boosting, intercept=told["intercept"],
        boosting_share=told["boosting_share"], shift=told["shift"], start=tuple(told["start"]),
        **arrays,
    )  # fmt: skip


def save_arrays(bundle: AffinityFit | HeadcountModel, path: Path) -> None:
    """Write a bundle of arrays and numbers; strings as fixed-width text."""
    values = {field.name: getattr(bundle, field.name) for field in fields(bundle)}
    np.savez_compressed(path, **{name: _plain(value) for name, value in values.items()})


def load_affinity(path: Path) -> AffinityFit:
    """The affinity that `save_arrays` wrote."""
    values = _loaded(path)
    return AffinityFit(**values | {"cutoff": int(values["cutoff"])})


def load_headcounts(path: Path) -> HeadcountModel:
    """The head-count model that `save_arrays` wrote."""
    values = _loaded(path)
    numbers = {name: float(values[name]) for name in ("luck", "team_luck", "late_shape")}
    return HeadcountModel(**values | numbers)


def save_usual(usual: pd.Series, path: Path) -> None:
    """Write the features' usual values."""
    path.write_text(usual.to_json())


def load_usual(path: Path) -> pd.Series:
    """The usual values that `save_usual` wrote."""
    return pd.Series(json.loads(path.read_text()), dtype=float)


def _plain(value: Any) -> Any:
    array = np.asarray(value)
    return array.astype(str) if array.dtype == object else array


def _loaded(path: Path) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as found:
        arrays = {name: found[name] for name in found.files}
    return {
        name: array.astype(object) if array.dtype.kind == "U" else array
        for name, array in arrays.items()
    }


def save_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table: forecasts of past activities that judged the models, teams' usual workload."""
    path.write_text(table.to_json(orient="records", force_ascii=False), encoding="utf-8")


def load_table(path: Path) -> pd.DataFrame | None:
    """That table; None of models that were kept without it."""
    if not path.is_file():
        return None
    return pd.DataFrame(json.loads(path.read_text(encoding="utf-8")))
