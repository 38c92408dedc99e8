"""The folders of features and the manifest that names the current one.

`data/features/<snapshot>/` is all that Feast needs: a folder of Parquet files per view, its
registry, and the online SQLite file once there is one. A folder never changes once it is named:
a change is a new folder, which shares the Parquet files that stay the same.
"""

import hashlib
import json
import os
import shutil
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import features.employee_features
from features.errors import NotReadyError
from features.home import Home
from features.tables.durable import replace_text, sync, sync_tree

MANIFEST = "manifest.json"
DESCRIPTION = "snapshot.json"
DRAFT = ".draft"
REGISTRY = "registry.db"
ONLINE = "online.db"


@dataclass(frozen=True)
class FeatureSnapshot:
    """Features of one snapshot of the tables.

    `days` are the moments T; `n_rows` counts employees over all days; `missing` gives the features
    that are off by the table they miss; `online_day` is the T put online, None before that.
    """

    snapshot_id: str
    directory: Path
    tables: str
    code: str
    data_until: datetime
    days: tuple[datetime, ...] = ()
    n_rows: int = 0
    missing: dict[str, list[str]] = field(default_factory=dict)
    online_day: datetime | None = None
    online_tables: str | None = None
    n_online: int = 0

    @property
    def newest_day(self) -> datetime:
        """The latest T."""
        return self.days[-1]

    @property
    def is_online(self) -> bool:
        """Whether the newest day of these very features is the one online."""
        return (self.online_day, self.online_tables) == (self.newest_day, self.tables)


def current_features(home: Home) -> FeatureSnapshot:
    """The snapshot that readers should use now.

    Raises:
        NotReadyError: no features were computed yet.
    """
    found = features_or_none(home)
    if found is None:
        raise NotReadyError("no features computed yet; run `huoli features`")
    return found


def features_or_none(home: Home) -> FeatureSnapshot | None:
    """The current snapshot; None where there is none."""
    directory = current_folder(home)
    if directory == home.features:
        return None
    described = json.loads((directory / DESCRIPTION).read_text(encoding="utf-8"))
    days = tuple(datetime.fromisoformat(day) for day in described.pop("days"))
    for name in ("data_until", "online_day"):
        described[name] = described[name] and datetime.fromisoformat(described[name])
    return FeatureSnapshot(directory.name, directory, days=days, **described)


def current_folder(home: Home) -> Path:
    """The folder of the current snapshot; `data/features` itself where there is none."""
    manifest = home.features / MANIFEST
    if not manifest.is_file():
        return home.features
    return home.features / str(json.loads(manifest.read_text(encoding="utf-8"))["current"])


def code_version() -> str:
    """A digest of the expressions' source: other expressions make other features."""
    folder = Path(features.employee_features.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Draft:
    """A snapshot being written, invisible to readers until `commit`; gone if that never comes."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.directory = home.features / DRAFT

    def __enter__(self) -> Self:
        shutil.rmtree(self.directory, ignore_errors=True)  # a stopped writer's
        self.directory.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def take_over(self, former: FeatureSnapshot, parquet: bool) -> None:
        """Begin with the online file and registry of a former snapshot, and its Parquet files."""
        for name in (ONLINE, REGISTRY):
            if (former.directory / name).is_file():
                shutil.copyfile(former.directory / name, self.directory / name)
        for path in former.directory.glob("*/*.parquet") if parquet else ():
            _share(path, self.directory / path.parent.name / path.name)

    def commit(self, description: FeatureSnapshot) -> FeatureSnapshot:
        """Name this folder and swap the manifest to it; older folders go, but for the former."""
        former = current_folder(self.home)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        kept = {key: value for key, value in asdict(description).items()
                if key not in ("snapshot_id", "directory")}  # fmt: skip
        kept["days"] = [day.isoformat() for day in description.days]
        for key in ("data_until", "online_day"):
            kept[key] = kept[key] and kept[key].isoformat()
        (self.directory / DESCRIPTION).write_text(json.dumps(kept), encoding="utf-8")
        sync_tree(self.directory)
        named = self.home.features / name
        self.directory.rename(named)
        sync(self.home.features)
        replace_text(self.home.features / MANIFEST, json.dumps({"current": name}))
        for path in self.home.features.iterdir():
            if path.is_dir() and path not in (named, former):
                shutil.rmtree(path)
        return replace(description, snapshot_id=name, directory=named)


def drop_former(home: Home) -> int:
    """Remove all folders but the current one, whoever may still read them; how many those were."""
    current = current_folder(home)
    others = [path for path in home.features.iterdir() if path.is_dir() and path != current]
    for path in others:
        shutil.rmtree(path)
    sync(home.features)
    return len(others)


def _share(source: Path, target: Path) -> None:
    """Have the file in both folders; a copy where the file system has no links."""
    target.parent.mkdir(exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
