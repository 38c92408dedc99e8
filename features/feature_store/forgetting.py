"""One person's features: offline, where training reads them, and online."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from feast.infra.key_encoding_utils import deserialize_entity_key, serialize_entity_key
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from features.feature_store.snapshots import (
    DRAFT,
    ONLINE,
    REGISTRY,
    Draft,
    FeatureSnapshot,
    drop_former,
    features_or_none,
)
from features.home import Home

KEY = "employee_id"


def rows_of(home: Home, employee_id: str) -> dict[str, list[dict[str, Any]]]:
    """The person's features by view: `offline/<view>` and `online/<view>`, a row each moment."""
    snapshot = features_or_none(home)
    if snapshot is None:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    for path in _parquet(snapshot):
        rows = pq.read_table(path, filters=[(KEY, "=", employee_id)]).to_pylist()
        if rows:
            found.setdefault(f"offline/{path.parent.name}", []).extend(rows)
    if (snapshot.directory / ONLINE).is_file():
        found |= dict(_online(snapshot.directory / ONLINE, employee_id))
    return found


def _online(path: Path, employee_id: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as online:
        for table in _tables(online):
            values = online.execute(
                f'SELECT feature_name, value FROM "{table}" WHERE entity_key = ?',  # noqa: S608
                [_key(employee_id)],
            ).fetchall()
            if values:
                view = table.split("_", 1)[1]
                yield f"online/{view}", [{name: _number(value) for name, value in values}]


def forget_rows(home: Home, employee_id: str) -> dict[str, int]:
    """Make features without the person the only ones; how many rows went, by view.

    The writer's lock is held. Others' features stay as they were computed, until tables without the
    person make them anew. Doing it again changes nothing.
    """
    shutil.rmtree(home.features / DRAFT, ignore_errors=True)
    snapshot = features_or_none(home)
    if snapshot is None:
        return {}
    counts: dict[str, int] = {}
    if rows_of(home, employee_id):
        with Draft(home) as draft:
            _without(snapshot, draft.directory, employee_id, counts)
            draft.commit(replace(
                snapshot,
                n_rows=snapshot.n_rows - counts.get("offline/employee_behaviour", 0),
                n_online=snapshot.n_online - ("online/employee_behaviour" in counts),
            ))  # fmt: skip
    counts["former snapshots"] = drop_former(home)
    return {name: n for name, n in counts.items() if n}


def employee_ids_in(home: Home) -> set[str]:
    """Every person's id in the features that are there, offline and online."""
    found: set[str] = set()
    for path in home.features.glob("*/employee_*/*.parquet"):
        if KEY in pq.read_schema(path).names:
            found.update(pc.unique(pq.read_table(path, columns=[KEY])[KEY]).to_pylist())
    for path in home.features.glob(f"*/{ONLINE}"):
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as online:
            for table in _tables(online):
                rows = online.execute(f'SELECT DISTINCT entity_key FROM "{table}"').fetchall()  # noqa: S608
                found.update(map(_id_in, (key for (key,) in rows)))
    return found


def _without(
    snapshot: FeatureSnapshot, target: Path, employee_id: str, counts: dict[str, int]
) -> None:
    for path in _parquet(snapshot, everything=True):
        name = f"offline/{path.parent.name}"
        file = target / path.parent.name / path.name
        file.parent.mkdir(exist_ok=True)
        counts[name] = counts.get(name, 0) + _rewritten(path, file, employee_id)
    if (snapshot.directory / REGISTRY).is_file():
        shutil.copyfile(snapshot.directory / REGISTRY, target / REGISTRY)
    if (snapshot.directory / ONLINE).is_file():
        shutil.copyfile(snapshot.directory / ONLINE, target / ONLINE)
        _clear_online(target / ONLINE, employee_id, counts)


def _rewritten(path: Path, target: Path, employee_id: str) -> int:
    """Write the file without the person's rows, in row groups as they were; how many went."""
    source, n_gone = pq.ParquetFile(path), 0
    with pq.ParquetWriter(target, source.schema_arrow, compression="zstd") as writer:
        for number in range(source.num_row_groups):
            table = source.read_row_group(number)
            kept = table
            if KEY in table.schema.names:
                kept = table.filter(pc.not_equal(table[KEY], pa.scalar(employee_id)))
            n_gone += len(table) - len(kept)
            writer.write_table(kept)
    return n_gone


def _clear_online(path: Path, employee_id: str, counts: dict[str, int]) -> None:
    with closing(sqlite3.connect(path)) as online:
        online.execute("PRAGMA secure_delete = ON")
        for table in _tables(online):
            done = online.execute(
                f'DELETE FROM "{table}" WHERE entity_key = ?',  # noqa: S608
                [_key(employee_id)],
            )
            if done.rowcount:
                counts[f"online/{table.split('_', 1)[1]}"] = 1
        online.commit()
        online.execute("VACUUM")


def _parquet(snapshot: FeatureSnapshot, everything: bool = False) -> list[Path]:
    """The files of the views of people, or of all views."""
    return sorted(snapshot.directory.glob("*/*.parquet" if everything else "employee_*/*.parquet"))


def _tables(online: sqlite3.Connection) -> list[str]:
    found = online.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return [name for (name,) in found if "_employee_" in name]


def _key(employee_id: str) -> bytes:
    """The bytes under which Feast keeps the person."""
    key = EntityKey(join_keys=[KEY], entity_values=[Value(string_val=employee_id)])
    return bytes(serialize_entity_key(key, entity_key_serialization_version=3))


def _id_in(key: bytes) -> str:
    """The person under whose bytes Feast keeps something."""
    found = deserialize_entity_key(key, entity_key_serialization_version=3)
    return str(found.entity_values[0].string_val)


def _number(value: bytes | None) -> float | None:
    found = Value()
    found.ParseFromString(value or b"")
    return float(found.double_val) if found.WhichOneof("val") else None
