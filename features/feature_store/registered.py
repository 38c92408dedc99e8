"""Whether Feast's registry of a snapshot can be read, and names the views that this version has."""

from feast.protos.feast.core.Registry_pb2 import Registry
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from features.errors import NotReadyError
from features.feature_store.repository import ACTIVITY_VIEW
from features.feature_store.snapshots import REGISTRY, FeatureSnapshot
from features.feature_store.soundness import OF_EMPLOYEES


def check_registry(snapshot: FeatureSnapshot) -> None:
    """Read the registry, which must name a view for each folder of features.

    Raises:
        NotReadyError: it is gone or damaged, or a view is missing in it.
    """
    try:
        found = Registry.FromString((snapshot.directory / REGISTRY).read_bytes())
    except (OSError, DecodeError) as error:
        raise NotReadyError(
            "Feast's registry of the features cannot be read: {problem}; remove {folder}, then run "
            "`huoli features`",
            problem=type(error).__name__, folder=snapshot.directory.parent,
        ) from error  # fmt: skip
    kept = {path.name for path in snapshot.directory.iterdir() if path.is_dir()}
    needed = {name for name in kept if name.startswith(OF_EMPLOYEES)} | {ACTIVITY_VIEW}
    missing = sorted(needed - {view.spec.name for view in found.feature_views})
    if missing:
        raise NotReadyError(
            "Feast's registry of the features must name the views {missing}, found it without; "
            "run `huoli features`",
            missing=", ".join(missing),
        )
