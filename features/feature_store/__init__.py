"""The one store of features: computed from the tables, kept as Parquet, read through Feast.

- `snapshots`: the immutable folders of features and the manifest that names the current one
- `computing`: from the tables' Parquet files to the features' Parquet files
- `building`: the days that are missing, and the newest day put online
- `soundness`: whether features can be read, offline and online; `registered`: Feast's registry
- `reading`: training rows as of any moment, and online reads
- `repository`: Feast's own store object over a folder of features
- `offline`, `online`, `registry`: Feast's stores, told where the current folder is

Importing Feast takes seconds: the functions are loaded when they are first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import typeguard

if TYPE_CHECKING:
    from features.feature_store.building import ensure_features, materialise_latest
    from features.feature_store.reading import OnlineReader, historical_features
    from features.feature_store.snapshots import FeatureSnapshot, current_features

__all__ = [
    "FeatureSnapshot",
    "OnlineReader",
    "current_features",
    "ensure_features",
    "historical_features",
    "materialise_latest",
]
_MODULES = {
    "FeatureSnapshot": "snapshots",
    "OnlineReader": "reading",
    "current_features": "snapshots",
    "ensure_features": "building",
    "historical_features": "reading",
    "materialise_latest": "building",
}


def _unchecked(target: Any = None, **_: Any) -> Any:
    """The class or function as it is, in place of `typeguard.typechecked`."""
    return (lambda found: found) if target is None else target


# Feast has typeguard compile its classes anew in every process, to check what is handed to them
# while it runs: most of the time that importing Feast takes. What Huoli hands to Feast is checked
# by mypy and by tests.
typeguard.typechecked = _unchecked


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
