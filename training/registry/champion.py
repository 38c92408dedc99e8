"""Which pair is champion, read in a millisecond and without MLflow.

What is read is the alias itself, in the registry's own file. A file beside it that names the
champion could tell of another one: after a stop between the two writes, after a change in
MLflow's own pages, after a backup of one of them was restored.
"""

import sqlite3
from contextlib import closing

from features.errors import NotReadyError
from features.home import Home
from training.registry.promotions import log_path
from training.registry.store import MODELS, registered_name

# how long to wait for whoever is writing
PATIENCE_SECONDS = 1.0


def champion_versions(home: Home) -> dict[str, str]:
    """The version of each model that is champion now; empty where none is.

    Raises:
        NotReadyError: the registry is gone, locked or damaged.
    """
    path = home.mlruns / "mlflow.db"
    if not path.is_file():
        if log_path(home).is_file():
            raise NotReadyError(
                "the registry of models cannot be read: there is no file {file}; restore a backup "
                "of it, or run `huoli train`",
                file=path.name,
            )
        return {}
    names = {registered_name(model): model for model in MODELS}
    try:
        # not read-only: what a stopped writer left open must be put right before it can be read
        with closing(
            sqlite3.connect(f"file:{path}?mode=rw", uri=True, timeout=PATIENCE_SECONDS)
        ) as registry:
            rows = registry.execute(
                "SELECT name, version FROM registered_model_aliases WHERE alias = 'champion'"
            ).fetchall()
    except sqlite3.Error as error:
        raise NotReadyError(
            "the registry of models cannot be read: {file}: {problem}; wait for who is writing, "
            "or restore a backup of it",
            file=path.name, problem=error,
        ) from error  # fmt: skip
    return {names[name]: str(version) for name, version in sorted(rows) if name in names}
