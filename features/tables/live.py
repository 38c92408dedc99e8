"""Rows that arrived one by one since the last import, beside the tables: one record of both."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from features.tables.schemas import ARROW, TABLES

KEY = "participation_id"


def participations_from(events: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Events as rows of the table participations, under the ids that their senders gave.

    Instants are ISO 8601 texts in UTC. A sender's clock may run ahead of ours: nothing has
    happened after it was recorded.
    """
    schema = TABLES["participations"].arrow_schema
    columns = {name: [event[source] for event in events] for name, source in (
        (KEY, "event_id"), ("employee_id", "employee_id"), ("activity_id", "activity_id"),
        ("kind", "kind"), ("value", "value"),
    )}  # fmt: skip
    for name in ("occurred_at", "recorded_at"):
        texts = pa.array([event[name] for event in events], pa.string())
        columns[name] = texts.cast(ARROW["instant"])
    columns["occurred_at"] = pc.if_else(
        pc.less(columns["recorded_at"], columns["occurred_at"]),
        columns["recorded_at"], columns["occurred_at"],
    )  # fmt: skip
    return pa.table({name: columns[name] for name in schema.names}, schema=schema)


def with_live(table: pa.Table, live: pa.Table, imported_until: datetime) -> pa.Table:
    """The imported participations and those that arrived one by one, each id once.

    Where both have an id, what arrived after the moment up to which the import reaches wins.
    """
    if not len(live):
        return table
    later = pc.greater_equal(live["recorded_at"], pa.scalar(imported_until, ARROW["instant"]))
    known = pc.is_in(live[KEY], table[KEY].combine_chunks())
    live = live.filter(pc.or_(later, pc.invert(known)))
    replaced = pc.is_in(table[KEY], live[KEY].combine_chunks())
    return pa.concat_tables([table.filter(pc.invert(replaced)), live])


def versions_from(name: str, contents: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Contents as rows of a canonical table; each has `recorded_at`, when it began to count.

    Instants are ISO 8601 texts, JSON columns the values themselves; what the table has no column
    for is left out.
    """
    schema = TABLES[name].arrow_schema
    rows = [
        {column: _canonical(TABLES[name].columns[column].kind, content.get(column))
         for column in schema.names}
        for content in contents
    ]  # fmt: skip
    if "valid_from" in schema.names:
        rows = [row | {"valid_from": row["recorded_at"]} for row in rows]
    return pa.Table.from_pylist(rows, schema)


def with_versions(name: str, table: pa.Table, rows: pa.Table, imported_until: datetime) -> pa.Table:
    """The imported table and versions that arrived one by one, by its key.

    A version from before the moment up to which the import reaches counts only where the import
    does not know its id.
    """
    if not len(rows):
        return table
    later = pc.greater_equal(rows["recorded_at"], pa.scalar(imported_until, ARROW["instant"]))
    first = TABLES[name].key[0]
    known = pc.is_in(rows[first], table[first].combine_chunks())
    rows = rows.filter(pc.or_(later, pc.invert(known)))
    keys = [tuple(row.values()) for row in rows.select(TABLES[name].key).to_pylist()]
    # of equal keys the last one counts
    newest = {key: number for number, key in enumerate(keys)}
    rows = rows.take(pa.array(sorted(newest.values()), pa.int64()))
    old = [tuple(row.values()) for row in table.select(TABLES[name].key).to_pylist()]
    table = table.filter(pa.array([key not in newest for key in old], pa.bool_()))
    return pa.concat_tables([table, rows])


def called_off(table: pa.Table, at: Mapping[str, str]) -> pa.Table:
    """Activities, those of the ids cancelled at their moments: drafts that were deleted.

    They keep their rows, as others may hang on them.
    """
    gone = [at.get(activity) for activity in table["activity_id"].to_pylist()]
    texts = pa.array(gone, pa.string()).cast(ARROW["instant"])
    column = table.schema.get_field_index("cancelled_at")
    return table.set_column(
        column, table.schema.field(column), pc.coalesce(table["cancelled_at"], texts)
    )


def _canonical(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "instant":
        # in UTC: pyarrow has been seen to take the digits of another offset for those of UTC
        return datetime.fromisoformat(value).astimezone(UTC)
    return json.dumps(value, ensure_ascii=False) if kind == "json" else value
