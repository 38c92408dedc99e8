"""One person in the registered models: what each version has learnt of the person alone.

Trees, regressions, head counts and usual workloads (of five people or more) hold no person. The
affinity holds a vector under each id, which goes together with the id; vectors of attributes, which
many share, stay as they were learnt.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from features.home import Home
from features.tables.durable import sync
from training.affinity import AffinityFit
from training.registry.aliases import model_list
from training.registry.artefacts import DIGEST_TAG, files_digest, version_files
from training.registry.registering import UNFINISHED
from training.registry.store import mlflow_for, registered_name
from training.saving import load_affinity, save_arrays

AFFINITY = "affinity.npz"


@dataclass(frozen=True)
class Version:
    """One registered version and the folder of its files."""

    model: str
    version: str
    folder: Path


def vectors_of(home: Home, employee_id: str) -> dict[str, list[float]]:
    """What each version holds under the person's id, by the name of the version."""
    found = {}
    for version in _versions(home):
        for path in version.folder.rglob(AFFINITY):
            fit = load_affinity(path)
            rows = fit.identity[fit.employee_ids == employee_id]
            if len(rows):
                found[f"{version.model}-{version.version}"] = rows[0].tolist()
    return found


def forget_vectors(home: Home, employee_id: str) -> dict[str, int]:
    """Take the person out of every version of every model; how many versions held the person.

    The writer's lock is held. A version that was as it was registered is so again, by the digest of
    its files as they are now; one that was not stays refused. Doing it again changes nothing.
    """
    for left in home.mlruns.glob(f"{UNFINISHED}*"):
        # what a stopped training, or a stopped erasure, left
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    n_versions = 0
    for version in _versions(home):
        for path in sorted(version.folder.rglob(AFFINITY)):
            n_versions += _without(home, version, path, employee_id)
    # of versions that were deleted from the registry alone
    for path in sorted((home.mlruns / "artifacts").rglob(AFFINITY)):
        n_versions += _without(home, None, path, employee_id)
    return {"affinity": n_versions} if n_versions else {}


def employee_ids_in(home: Home) -> set[str]:
    """Every person's id in a registered version."""
    return {
        str(one)
        for version in _versions(home)
        for path in version.folder.rglob(AFFINITY)
        for one in load_affinity(path).employee_ids
    }


def _without(home: Home, version: Version | None, path: Path, employee_id: str) -> bool:
    fit = load_affinity(path)
    kept = fit.employee_ids != employee_id
    if kept.all():
        return False
    outside = home.mlruns / f"{UNFINISHED}affinity.npz"
    save_arrays(without_rows(fit, kept), outside)
    if version:
        _tell_registry(home, version, files_digest(version.folder, {path: outside}))
    sync(outside)
    outside.replace(path)
    sync(path.parent)
    return True


def _tell_registry(home: Home, version: Version, new: str) -> None:
    """Have the registry expect files of the new digest, where it knows the present ones.

    It does so before they are there: after a stop in between they are made again, the same ones.
    """
    client, name = mlflow_for(home).MlflowClient(), registered_name(version.model)
    tags = dict(client.get_model_version(name, version.version).tags)
    if tags.get(DIGEST_TAG) == files_digest(version.folder):
        client.set_model_version_tag(name, version.version, DIGEST_TAG, new)


def without_rows(fit: AffinityFit, kept: Any) -> AffinityFit:
    """The fit with only these people's own vectors; everyone else's answers are the same."""
    ids = np.asarray(fit.employee_ids)[kept]
    return replace(fit, employee_ids=ids, identity=fit.identity[kept])


def _versions(home: Home) -> Iterator[Version]:
    for entry in model_list(home):
        folder = version_files(home, entry["model"], entry["version"])
        if folder.is_dir():
            yield Version(entry["model"], entry["version"], folder)
