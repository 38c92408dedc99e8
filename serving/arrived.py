"""What arrived since the import, as the tables and instants that the service's state is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from engagement.records import Kind, Record
from features.history.columns import FIRST, micros
from features.tables.live import (
    called_off,
    participations_from,
    versions_from,
    with_live,
    with_versions,
)

Event = Mapping[str, Any]
TABLE_OF: dict[Kind, str] = {
    "activity": "activities", "employee": "employees", "membership": "memberships",
}  # fmt: skip


def joined(
    tables: Mapping[str, pa.Table],
    events: Sequence[Event],
    records: Sequence[Record],
    imported_until: datetime,
) -> dict[str, pa.Table]:
    """All tables with everything that arrived one by one; joined again, they stay the same."""
    live = participations_from(events)
    participations = with_live(tables["participations"], live, imported_until)
    return {**tables, "participations": participations,
            **with_records(tables, records, imported_until)}  # fmt: skip


def with_records(
    tables: Mapping[str, pa.Table], records: Sequence[Record], imported_until: datetime
) -> dict[str, pa.Table]:
    """The three tables with versions that arrived one by one, in order of arrival."""
    found = {}
    for kind, name in TABLE_OF.items():
        contents = [record.content | {"recorded_at": record.recorded_at}
                    for record in records if record.kind == kind and record.content]  # fmt: skip
        rows = versions_from(name, contents)
        found[name] = with_versions(name, tables[name], rows, imported_until)
    newest = {record.record_id: record for record in records if record.kind == "activity"}
    gone = {name: record.recorded_at for name, record in newest.items() if record.content is None}
    if gone:
        found["activities"] = called_off(found["activities"], gone)
    return found


def moment_after(recorded: Sequence[str]) -> int:
    """The first moment at which all of this was known; the beginning of time without any."""
    if not recorded:
        return FIRST
    return micros(max(map(datetime.fromisoformat, recorded))) + 1
