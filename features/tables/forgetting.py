"""One person's rows in the canonical tables and in what imports leave beside them."""

import csv
import io
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from features.home import Home
from features.tables.importing import QUARANTINE
from features.tables.quarantine import BYTE_ORDER_MARK
from features.tables.schemas import TABLES
from features.tables.snapshots import (
    DESCRIPTION,
    Draft,
    TableSnapshot,
    current_or_none,
    drop_former,
    read_table,
)
from features.traces import Trace

STAGING = (".draft", ".spill")
# whose row it is stands in these; elsewhere a person is only mentioned
OWNERS = ("employee_id", "other_employee_id")


def rows_of(home: Home, employee_id: str) -> dict[str, list[dict[str, Any]]]:
    """The person's rows of the current tables, and where imports set some aside.

    Of messages the days and counts by channel, not with whom; of activities the ids of those that
    the person organises.
    """
    snapshot = current_or_none(home)
    if snapshot is None:
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    for name in snapshot.tables:
        table = read_table(snapshot, name)
        if name == "interactions":
            found[name] = _messages(table, employee_id)
        elif name == "activities":
            chosen = table.filter(pc.equal(table["organiser_id"], employee_id))
            found["organised"] = chosen.select(["activity_id", "valid_from"]).to_pylist()
        elif "employee_id" in table.schema.names:
            found[name] = table.filter(pc.equal(table["employee_id"], employee_id)).to_pylist()
    trace = Trace(employee_id)
    for path in _quarantined(snapshot):
        header, *rows = _read_csv(path)
        found[f"{QUARANTINE}/{path.stem}"] = [
            dict(zip(header, row, strict=False)) for row in rows if _mentions(trace, row)
        ]
    return {name: rows for name, rows in found.items() if rows}


def _messages(table: pa.Table, employee_id: str) -> list[dict[str, Any]]:
    """Messages a day and channel, sent and received."""
    found = []
    for column, way in zip(OWNERS, ("sent", "received"), strict=True):
        chosen = table.filter(pc.equal(table[column], employee_id))
        counted = chosen.group_by(["day", "channel"]).aggregate([("n_messages", "sum")])
        found += [{"day": row["day"], "channel": row["channel"], "way": way,
                   "n_messages": row["n_messages_sum"]} for row in counted.to_pylist()]  # fmt: skip
    return sorted(found, key=lambda row: (row["day"], row["channel"], row["way"]))


def forget_rows(home: Home, employee_id: str) -> dict[str, int]:
    """Make tables without the person the only ones; how many rows went, by table.

    The writer's lock is held. Former snapshots and what a stopped import left go altogether. Doing
    it again changes nothing.
    """
    for name in STAGING:
        shutil.rmtree(home.tables / name, ignore_errors=True)
    snapshot = current_or_none(home)
    counts: dict[str, int] = {}
    if snapshot and _is_held(snapshot, employee_id):
        with Draft(home) as draft:
            for name in snapshot.tables:
                table = read_table(snapshot, name)
                kept, counts[name] = without(name, table, employee_id)
                draft.add(name, kept)
            counts[QUARANTINE] = _take_over_quarantine(snapshot, draft, employee_id)
            draft.commit(snapshot.data_until, snapshot.mapping, snapshot.report)
    if snapshot:
        counts["former snapshots"] = drop_former(home)
    return {name: n for name, n in counts.items() if n}


def _is_held(snapshot: TableSnapshot, employee_id: str) -> bool:
    held = any(without(n, read_table(snapshot, n), employee_id)[1] for n in snapshot.tables)
    trace = Trace(employee_id)
    return held or any(
        _mentions(trace, row) for path in _quarantined(snapshot) for row in _read_csv(path)
    )


def without(name: str, table: pa.Table, employee_id: str) -> tuple[pa.Table, int]:
    """(the table without the person's rows, and with no mention elsewhere; how many changed)."""
    owned = [column for column in OWNERS if column in TABLES[name].columns]
    if owned:
        masks = [pc.fill_null(pc.equal(table[column], employee_id), False) for column in owned]
        mask = masks[0] if len(masks) == 1 else pc.or_(*masks)
        kept = table.filter(pc.invert(mask))
        return kept, len(table) - len(kept)
    if name != "activities":
        return table, 0
    organises = pc.fill_null(pc.equal(table["organiser_id"], employee_id), False)
    place = table.schema.get_field_index("organiser_id")
    nobody = pa.scalar(None, table.schema.field(place).type)
    column = pc.if_else(organises, nobody, table["organiser_id"])
    return table.set_column(place, table.schema.field(place), column), pc.sum(
        organises
    ).as_py() or 0


def employee_ids_in(home: Home) -> set[str]:
    """Every person's id in the snapshots of the tables that are there, and in the quarantine."""
    found: set[str] = set()
    for folder in home.tables.glob(f"*/{DESCRIPTION}"):
        for path in folder.parent.glob("*.parquet"):
            found |= _ids_of(path)
        for path in (folder.parent / QUARANTINE).glob("*.csv"):
            found.update(cell for row in _read_csv(path) for cell in row)
    return found


def _ids_of(path: Path) -> set[str]:
    import pyarrow.parquet as pq

    columns = [name for name in (*OWNERS, "organiser_id") if name in pq.read_schema(path).names]
    table = pq.read_table(path, columns=columns)
    return {one for name in columns for one in pc.unique(table[name]).to_pylist() if one}


def _quarantined(snapshot: TableSnapshot | None) -> list[Path]:
    return sorted((snapshot.directory / QUARANTINE).glob("*.csv")) if snapshot else []


def _take_over_quarantine(snapshot: TableSnapshot, draft: Draft, employee_id: str) -> int:
    n_gone, trace = 0, Trace(employee_id)
    for path in _quarantined(snapshot):
        header, *rows = _read_csv(path)
        kept = [row for row in rows if not _mentions(trace, row)]
        n_gone += len(rows) - len(kept)
        if kept:
            folder = draft.directory / QUARANTINE
            folder.mkdir(exist_ok=True)
            _write_csv(folder / path.name, header, kept)
    return n_gone


def _mentions(trace: Trace, row: Iterable[str]) -> bool:
    return any(map(trace.in_text, row))


def _read_csv(path: Path) -> Iterator[list[str]]:
    """The header and the rows of a quarantine file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.reader(file)


def _write_csv(path: Path, header: list[str], rows: list[list[str]]) -> None:
    """As imports write them."""
    columns = {name: [row[n] or None for row in rows] for n, name in enumerate(header)}
    numbers = pa.array([row and int(row) for row in columns["_row"]], pa.int64())
    found = pa.table({n: numbers if n == "_row" else pa.array(v, pa.string())
                      for n, v in columns.items()})  # fmt: skip
    text = io.BytesIO()
    pa_csv.write_csv(found, text)
    path.write_bytes(BYTE_ORDER_MARK + text.getvalue())
