"""The store of canonical tables: immutable Parquet snapshots and a manifest that names one.

`data/tables/<snapshot>/<table>.parquet` with `snapshot.json` beside them; `manifest.json` names
the current snapshot and is swapped in one step, so a reader sees the old whole or the new whole.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from features.errors import NotReadyError
from features.home import Home
from features.tables.checks import checked
from features.tables.durable import digest_of, replace_text, sync, sync_tree
from features.tables.schemas import TABLES

MANIFEST = "manifest.json"
DESCRIPTION = "snapshot.json"
NEWEST_EVENT = "newest_event"


@dataclass(frozen=True)
class TableSnapshot:
    """One import's outcome: its tables as Parquet files, none where the import had none.

    `data_until` is the moment strictly before which everything recorded is known, with what arrived
    one by one and was taken in since the import.
    """

    snapshot_id: str
    directory: Path
    tables: dict[str, Path]
    data_until: datetime
    imported_at: datetime
    mapping: str
    n_rows: dict[str, int]
    report: dict[str, Any]

    @property
    def imported_until(self) -> datetime:
        """How far the last import reached; what arrived one by one later counts over it."""
        stated = self.report.get("imported_until")
        return datetime.fromisoformat(stated) if stated else self.data_until

    @property
    def newest_event(self) -> int:
        """The number of the last event over REST that was taken in since the import; 0 for none."""
        return int(self.report.get(NEWEST_EVENT, 0))


def current_tables(home: Home) -> TableSnapshot:
    """The snapshot that readers should use now.

    Raises:
        NotReadyError: nothing was imported yet.
    """
    manifest = home.tables / MANIFEST
    if not manifest.is_file():
        raise NotReadyError("no data imported yet; run `huoli import`")
    return _described(home.tables / json.loads(manifest.read_text(encoding="utf-8"))["current"])


def read_table(snapshot: TableSnapshot, name: str) -> pa.Table:
    """One canonical table; no rows where the import had none.

    Raises:
        NotReadyError: its file is damaged or gone.
    """
    path = snapshot.tables.get(name)
    if path is None:
        return TABLES[name].arrow_schema.empty_table()
    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise NotReadyError(
            "the table {table} in {file} cannot be read whole; run `huoli import` again, or "
            "`huoli restore` from a backup",
            table=name, file=path,
        ) from error  # fmt: skip


def read_tables(snapshot: TableSnapshot) -> dict[str, pa.Table]:
    """All canonical tables by name."""
    return {name: read_table(snapshot, name) for name in TABLES}


def write_tables(
    home: Home,
    tables: Mapping[str, pa.Table],
    data_until: datetime,
    mapping: str,
    report: dict[str, Any],
) -> TableSnapshot:
    """Make these tables the current snapshot; the same tables again change nothing.

    Raises:
        InputError: a table breaks its schema; the old snapshot stays.
    """
    with Draft(home) as draft:
        for name, table in tables.items():
            draft.add(name, table)
        return draft.commit(data_until, mapping, report)


class Draft:
    """A snapshot being written, invisible to readers until `commit`; gone if that never comes."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.directory = home.tables / ".draft"
        self.n_rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self.directory, ignore_errors=True)  # a stopped writer's
        self.directory.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    def add(self, name: str, table: pa.Table) -> None:
        """Check the table and write it.

        Raises:
            InputError: it breaks its schema.
        """
        # one chunk, for the bytes of equal tables to be equal
        whole = checked(name, table).combine_chunks()
        pq.write_table(whole, self.path(name), compression="zstd")
        self.n_rows[name] = table.num_rows

    def path(self, name: str) -> Path:
        """Where this table's Parquet file is written."""
        return self.directory / f"{name}.parquet"

    def commit(
        self, data_until: datetime, mapping: str, report: Mapping[str, Any]
    ) -> TableSnapshot:
        """Swap the manifest to this snapshot; to none at all where the current one is equal."""
        digest = digest_of(self.directory)
        current = current_or_none(self.home)
        if current and _is_same(current, digest, data_until, report):
            return current
        now = datetime.now(UTC)
        directory = self.home.tables / f"{now:%Y%m%dT%H%M%S%f}-{digest[:8]}"
        description = {
            "digest": digest,
            "data_until": data_until.isoformat(),
            "imported_at": now.isoformat(),
            "mapping": mapping,
            "n_rows": self.n_rows,
            "report": dict(report),
        }
        text = json.dumps(description, ensure_ascii=False, indent=1)
        (self.directory / DESCRIPTION).write_text(text, encoding="utf-8")
        sync_tree(self.directory)
        self.directory.rename(directory)
        sync(self.home.tables)
        _swap(self.home, directory, current)
        return _described(directory)


def _swap(home: Home, directory: Path, former: TableSnapshot | None) -> None:
    names = {"current": directory.name, "former": former.snapshot_id if former else None}
    replace_text(home.tables / MANIFEST, json.dumps(names))
    for path in home.tables.iterdir():
        if path.is_dir() and path.name not in names.values():
            shutil.rmtree(path)


def drop_former(home: Home) -> int:
    """Remove all snapshots but the current one, whoever may still read them; how many those were.

    The writer's lock is held.
    """
    current = current_tables(home).snapshot_id
    replace_text(home.tables / MANIFEST, json.dumps({"current": current, "former": None}))
    others = [path for path in home.tables.iterdir() if path.is_dir() and path.name != current]
    for path in others:
        shutil.rmtree(path)
    sync(home.tables)
    return len(others)


def current_or_none(home: Home) -> TableSnapshot | None:
    """The current snapshot, or None before the first import."""
    try:
        return current_tables(home)
    except NotReadyError:
        return None


def former_or_none(home: Home) -> TableSnapshot | None:
    """The snapshot before the current one; None where it is kept no more or there was none."""
    try:
        names = json.loads((home.tables / MANIFEST).read_text(encoding="utf-8"))
        return _described(home.tables / names["former"]) if names.get("former") else None
    except OSError:  # there was no import, or the next one has just cleared it away
        return None


def _is_same(
    snapshot: TableSnapshot, digest: str, data_until: datetime, report: Mapping[str, Any]
) -> bool:
    return (
        snapshot.data_until == data_until
        and snapshot.newest_event == report.get(NEWEST_EVENT, 0)
        and _description(snapshot.directory)["digest"] == digest
    )


def _description(directory: Path) -> dict[str, Any]:
    text = (directory / DESCRIPTION).read_text(encoding="utf-8")
    description: dict[str, Any] = json.loads(text)
    return description


def _described(directory: Path) -> TableSnapshot:
    description = _description(directory)
    return TableSnapshot(
        snapshot_id=directory.name,
        directory=directory,
        tables={name: directory / f"{name}.parquet" for name in description["n_rows"]},
        data_until=datetime.fromisoformat(description["data_until"]),
        imported_at=datetime.fromisoformat(description["imported_at"]),
        mapping=description["mapping"],
        n_rows=description["n_rows"],
        report=description["report"],
    )
