"""What arrived since the import, as the tables and instants that the service's state is made of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from engagement.records import Kind, Record
from features.history.columns import FIRST, micros
from features.tables.live import versions_from, with_versions

Event = Mapping[str, Any]
TABLE_OF: dict[Kind, str] = {
    "activity": "activities", "employee": "employees", "membership": "memberships",
}  # fmt: skip


def with_records(
    tables: Mapping[str, pa.Table], records: Sequence[Record], data_until: datetime
) -> dict[str, pa.Table]:
    """The three tables with versions that arrived one by one; `data_until` is the import's."""
    found = {}
    for kind, name in TABLE_OF.items():
        # a draft that was deleted may stay in memory: nobody is invited to what is not announced
        contents = [record.content | {"recorded_at": record.recorded_at}
                    for record in records if record.kind == kind and record.content]  # fmt: skip
        found[name] = with_versions(name, tables[name], versions_from(name, contents), data_until)
    return found


def moment_after(recorded: Sequence[str]) -> int:
    """The first moment at which all of this was known; the beginning of time without any."""
    if not recorded:
        return FIRST
    return micros(max(map(datetime.fromisoformat, recorded))) + 1
