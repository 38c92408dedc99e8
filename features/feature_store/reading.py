"""Training rows as of any moment, and online reads of one person or of everyone."""

import sqlite3
import struct
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
from feast import FeatureService, FeatureStore
from feast.infra.key_encoding_utils import serialize_entity_key
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from numpy.typing import NDArray

from features.employee_features import EMPLOYEE_FEATURES, FAMILIES
from features.errors import NotReadyError
from features.feature_store.repository import EMPLOYEE_SERVICE, open_store
from features.feature_store.snapshots import (
    ONLINE,
    current_features,
    current_folder,
    features_or_none,
)
from features.home import Home

_Stamp = tuple[list[tuple[int, int]], bytes]
_Values = tuple[dict[bytes, int], NDArray[np.float64]]
KEYS = ["employee_id", "event_timestamp"]


def historical_features(home: Home, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows, in their order, with the features a request at each moment would have read.

    That is the newest T up to `event_timestamp`, the moment itself included.

    Args:
        home: Whose features are read.
        rows: Columns `employee_id` and `event_timestamp` (aware); others are kept.

    Returns:
        `rows` with the columns EMPLOYEE_FEATURES; NaN for a person without features then.
    """
    store = open_store(current_features(home).directory)
    service = store.get_feature_service(EMPLOYEE_SERVICE)
    found = store.get_historical_features(rows[KEYS].reset_index(drop=True), service).to_df()
    values = {name: found[name].to_numpy(dtype=float) for name in EMPLOYEE_FEATURES}
    return pd.concat([rows, pd.DataFrame(values, index=rows.index)], axis=1)


class OnlineReader:
    """Reads what is online; takes up a newer snapshot with the next read."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._open = _Online(_online_folder(home))

    def one(self, employee_ids: Sequence[str]) -> pd.DataFrame:
        """Features of a few people through Feast, a row each in the order given.

        Columns `employee_id` and EMPLOYEE_FEATURES; NaN for a person who is not online.
        """
        online = self._current()
        answer = online.store.get_online_features(
            features=online.service, entity_rows=[{"employee_id": one} for one in employee_ids]
        ).to_dict()
        values = {name: np.array(answer[name], dtype=float) for name in EMPLOYEE_FEATURES}
        return pd.DataFrame({"employee_id": list(employee_ids)} | values)

    def everyone(self, employee_ids: Sequence[str]) -> pd.DataFrame:
        """What `one` returns, for many people: read in bulk from the same file."""
        online = self._current()
        places, values = online.everything()
        # the last row is that of whoever is not online
        rows = [places.get(online.key(one), -1) for one in employee_ids]
        found = pd.DataFrame(values[rows], columns=list(EMPLOYEE_FEATURES))
        found.insert(0, "employee_id", list(employee_ids))
        return found

    @property
    def day(self) -> datetime | None:
        """The T whose features are online."""
        return current_features(self.home).online_day

    def _current(self) -> "_Online":
        if current_folder(self.home) != self._open.folder:
            self._open = _Online(_online_folder(self.home))
        return self._open


class _Online:
    """Feast's store and the online file of one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store: FeatureStore = open_store(folder)
        # asking for the service by name costs more than the read itself
        self.service: FeatureService = self.store.get_feature_service(EMPLOYEE_SERVICE)
        self._everything: tuple[_Stamp, _Values] | None = None

    @cached_property
    def _keys(self) -> dict[str, bytes]:
        return {}

    def key(self, employee_id: str) -> bytes:
        """The bytes under which Feast keeps the person."""
        if employee_id not in self._keys:
            key = EntityKey(
                join_keys=["employee_id"], entity_values=[Value(string_val=employee_id)]
            )
            self._keys[employee_id] = serialize_entity_key(key, entity_key_serialization_version=3)
        return self._keys[employee_id]

    def everything(self) -> "_Values":
        """(row of each key, people x EMPLOYEE_FEATURES and a last row of NaN), as in the file now.

        Read anew only once the file has changed.
        """
        stamp = _stamp(self.folder / ONLINE)
        if self._everything is None or self._everything[0] != stamp:
            self._everything = (stamp, self._read())
        return self._everything[1]

    def _read(self) -> "_Values":
        columns = {name: n for n, name in enumerate(EMPLOYEE_FEATURES)}
        tables = [f'"{self.store.project}_employee_{family}"' for family in FAMILIES]
        query = " UNION ALL ".join(
            f"SELECT entity_key, feature_name, value FROM {table}"  # noqa: S608
            for table in tables
        )
        with closing(sqlite3.connect(self.folder / ONLINE)) as online:
            found = online.execute(query).fetchall()
        places = {key: n for n, key in enumerate(dict.fromkeys(key for key, *_ in found))}
        values = np.full((len(places) + 1, len(columns)), np.nan)
        for key, feature, value in found:
            if feature in columns:
                values[places[key], columns[feature]] = _number(value)
        return places, values


def _stamp(path: Path) -> "_Stamp":
    """What differs once a SQLite file was written to: times, sizes, and its own change counter."""
    log = path.with_name(path.name + "-wal")
    known = [file.stat() for file in (path, log) if file.exists()]
    with path.open("rb") as file:
        header = file.read(28)
    return [(one.st_mtime_ns, one.st_size) for one in known], header[24:]


def _online_folder(home: Home) -> Path:
    snapshot = features_or_none(home)
    if snapshot is None or snapshot.online_day is None:
        raise NotReadyError("no features are online yet; run `huoli features`")
    return snapshot.directory


def _number(value: bytes) -> float:
    """The number in Feast's serialised value: a tag and eight bytes; nothing is null."""
    return float(struct.unpack("<d", value[1:])[0]) if len(value) == 9 else float("nan")
