"""The files of a registered version: their digest in the registry, checked before they are read."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from features.errors import NotReadyError
from features.home import Home
from training.registry.store import mlflow_for, registered_name

DIGEST_TAG = "huoli.sha256"
# written beside a model by whoever reads it through MLflow
BESIDE = ("registered_model_meta", "__pycache__")


class UnsafePathError(OSError):
    """A path within a version's folder is no plain file or folder of its own."""


@dataclass(frozen=True)
class Artefacts:
    """The folder of one version; `verified` is False where it was registered without a digest."""

    folder: Path
    verified: bool


def record_digest(home: Home, model: str, version: str) -> None:
    """Keep the digest of a version's files as its tag in the registry."""
    digest = files_digest(version_files(home, model, version))
    client = mlflow_for(home).MlflowClient()
    client.set_model_version_tag(registered_name(model), version, DIGEST_TAG, digest)


def verified_artefacts(home: Home, model: str, version: str) -> Artefacts:
    """The version's files, none of which was read but to compare them with what was registered.

    Raises:
        NotReadyError: they differ, cannot be read, or stand outside of this home.
    """
    told = {"model": model, "version": version}
    folder = version_files(home, model, version)
    if not folder.is_relative_to((home.mlruns / "artifacts").resolve()):
        raise NotReadyError(
            "model {model} version {version}: its files must stand in this home's mlruns, "
            "found elsewhere; move mlruns back, or run `huoli train` and `huoli models promote`",
            **told,
        )
    try:
        found = files_digest(folder)
    except OSError as error:
        raise NotReadyError(
            "model {model} version {version}: its files cannot be read: {problem}; run `huoli "
            "models rollback`, or `huoli train` and then `huoli models promote`",
            **told, problem=type(error).__name__,
        ) from error  # fmt: skip
    registered = _tags(home, model, version).get(DIGEST_TAG)
    if registered is not None and found != registered:
        raise NotReadyError(
            "model {model} version {version}: its files must be those that were registered, found "
            "others; run `huoli models rollback`, or `huoli train` and then `huoli models promote`",
            **told,
        )
    return Artefacts(folder, registered is not None)


def files_digest(folder: Path, instead: Mapping[Path, Path] = MappingProxyType({})) -> str:
    """SHA-256 over the path, size and content of every file under the folder.

    Args:
        folder: Whose files.
        instead: Files whose size and content count in place of those of others.

    Raises:
        OSError: the folder is not there, or a file cannot be read.
        UnsafePathError: it holds a link or something else that is no plain file.
    """
    digest = hashlib.sha256()
    for path in _files(folder):
        name, read = path.relative_to(folder).as_posix(), instead.get(path, path)
        digest.update(f"{name}\0{read.stat().st_size}\0".encode())
        with read.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _files(folder: Path) -> list[Path]:
    """All files in a fixed order."""
    found = []
    for entry in os.scandir(folder):
        path, kind = Path(entry.path), entry.stat(follow_symlinks=False).st_mode
        if entry.name in BESIDE:
            continue
        if stat.S_ISDIR(kind):
            found += _files(path)
        elif stat.S_ISREG(kind):
            found.append(path)
        else:
            raise UnsafePathError(f"{entry.name} is no plain file")
    return sorted(found)


def version_files(home: Home, model: str, version: str) -> Path:
    """Where the registry says that the version's files stand, links followed."""
    client = mlflow_for(home).MlflowClient()
    uri = client.get_model_version_download_uri(registered_name(model), version)
    return Path(str(uri).removeprefix("file://")).resolve()


def _tags(home: Home, model: str, version: str) -> dict[str, str]:
    client = mlflow_for(home).MlflowClient()
    return dict(client.get_model_version(registered_name(model), version).tags)
