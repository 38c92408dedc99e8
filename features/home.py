"""Where state lives: everything Huoli writes stands under one folder, HUOLI_HOME."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    """The folders of one installation's state; nothing is created by asking."""

    root: Path

    @property
    def data(self) -> Path:
        """Tables, features, online store and database."""
        return self.root / "data"

    @property
    def tables(self) -> Path:
        """Snapshots of the canonical tables and the manifest that names the current one."""
        return self.data / "tables"

    @property
    def features(self) -> Path:
        """Snapshots of the features, Feast's registry, online files, and their manifest."""
        return self.data / "features"

    @property
    def database(self) -> Path:
        """Engagement's SQLite file: keys, what was answered, and later events."""
        return self.data / "huoli.db"

    @property
    def tuning(self) -> Path:
        """The searches for hyperparameters, and what was adopted of them."""
        return self.data / "tuning"

    @property
    def mlruns(self) -> Path:
        """MLflow's SQLite file and artifacts."""
        return self.root / "mlruns"

    @property
    def lock(self) -> Path:
        """The file whose lock a writer holds; it names the holder."""
        return self.data / "writer.lock"


def current_home() -> Home:
    """The home that HUOLI_HOME names; the repository's root where it is not set."""
    named = os.environ.get("HUOLI_HOME")
    return Home(Path(named).resolve() if named else Path(__file__).resolve().parent.parent)
