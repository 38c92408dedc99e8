"""Rows that arrived one by one since the last import, beside the tables: one record of both."""

from collections.abc import Mapping, Sequence
from datetime import datetime
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


def with_live(table: pa.Table, live: pa.Table, data_until: datetime) -> pa.Table:
    """The imported participations and those that arrived one by one, each id once.

    Where both have an id, what arrived after the moment up to which the import reaches wins.
    """
    if not len(live):
        return table
    later = pc.greater_equal(live["recorded_at"], pa.scalar(data_until, ARROW["instant"]))
    known = pc.is_in(live[KEY], table[KEY].combine_chunks())
    live = live.filter(pc.or_(later, pc.invert(known)))
    replaced = pc.is_in(table[KEY], live[KEY].combine_chunks())
    return pa.concat_tables([table.filter(pc.invert(replaced)), live])
