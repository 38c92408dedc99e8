"""Feast's SQLite online store, its file in the folder of the current features."""

from pathlib import Path
from typing import Literal

from feast.infra.online_stores.sqlite import SqliteOnlineStore, SqliteOnlineStoreConfig
from feast.repo_config import RepoConfig

from features.feature_store.snapshots import current_folder
from features.home import current_home


class HomeSqliteOnlineStoreConfig(SqliteOnlineStoreConfig):
    """Feast's own, by this store's dotted path."""

    type: Literal["features.feature_store.online.HomeSqliteOnlineStore"] = (
        "features.feature_store.online.HomeSqliteOnlineStore"
    )


class HomeSqliteOnlineStore(SqliteOnlineStore):
    """A store whose relative path lies in the folder of the current features."""

    @staticmethod
    def _get_db_path(config: RepoConfig) -> str:
        path = Path(config.online_store.path)
        if not path.is_absolute():
            path = current_folder(current_home()) / path
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)
