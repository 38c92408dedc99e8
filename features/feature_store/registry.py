"""Feast's registry file in the folder of the current features, replaced in one step."""

from pathlib import Path

from feast.infra.registry.file import FileRegistryStore
from feast.protos.feast.core.Registry_pb2 import Registry
from feast.repo_config import RegistryConfig

from features.feature_store.snapshots import current_folder
from features.home import current_home
from features.tables.durable import sync


class HomeRegistryStore(FileRegistryStore):
    """A registry whose relative path lies in the folder of the current features."""

    def __init__(self, registry_config: RegistryConfig, repo_path: Path) -> None:
        super().__init__(registry_config, current_folder(current_home()))
        self._filepath: Path

    def _write_registry(self, registry_proto: Registry) -> None:
        """Write it so that a reader or a stop in between finds the old one whole."""
        target = self._filepath
        target.parent.mkdir(parents=True, exist_ok=True)
        self._filepath = target.with_name(f".{target.name}.draft")
        try:
            super()._write_registry(registry_proto)
            self._filepath.replace(target)
        finally:
            self._filepath = target
        sync(target.parent)
