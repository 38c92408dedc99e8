"""What arrived since the import, as the tables and instants that the service's state is made of."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa

from engagement.records import Kind, Record
from features.audience import check_audience
from features.errors import InputError
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
# what a content brings about that cannot be worked in; that memory or a file lacks is none of it
FAULTS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RuntimeError,
          InputError)  # fmt: skip
Worked = TypeVar("Worked")
log = logging.getLogger(__name__)


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
        found["activities"] = called_off(
            found["activities"], _counting(gone, tables["activities"], imported_until)
        )
    return found


def _counting(gone: Mapping[str, str], table: pa.Table, imported_until: datetime) -> dict[str, str]:
    """The deletions that count: an import that came after one has the last word of its ids."""
    known = set(table["activity_id"].to_pylist())
    return {
        name: at for name, at in gone.items()
        if name not in known or datetime.fromisoformat(at) >= imported_until
    }  # fmt: skip


def fitting(
    records: Sequence[Record], work: Callable[[Sequence[Record]], Worked]
) -> tuple[list[Record], Worked]:
    """The versions that can be worked in, and what `work` makes of them.

    One that cannot be must not keep out all others, before and after it: it is left out by itself,
    and the log tells its number. Only `work` on none at all may fail.
    """
    fit = [one for one in records if not _is_refused(one)]
    try:
        return fit, work(fit)
    except FAULTS:
        work([])
    fit = _halved(fit, work)
    return fit, work(fit)


def _is_refused(record: Record) -> bool:
    """Whether an activity has an audience that earlier versions took, and nobody can evaluate."""
    if record.kind == "activity" and record.content is not None:
        try:
            check_audience(record.content.get("audience"))
        except InputError as error:
            return _noted(record, error)
    return False


def _halved(records: Sequence[Record], work: Callable[[Sequence[Record]], object]) -> list[Record]:
    """Those that can be worked in, found by halves, as few of many cannot be."""
    try:
        work(records)
    except FAULTS as error:
        if len(records) == 1:
            _noted(records[0], error)
            return []
        middle = len(records) // 2
        return _halved(records[:middle], work) + _halved(records[middle:], work)
    return list(records)


def _noted(record: Record, error: Exception) -> bool:
    # nothing of the content, which may be about people
    log.error(
        "version %d of records, kind %s, cannot be worked in and is left out: %s",
        record.seq, record.kind, type(error).__name__,
    )  # fmt: skip
    return True


def moment_after(recorded: Sequence[str]) -> int:
    """The first moment at which all of this was known; the beginning of time without any."""
    if not recorded:
        return FIRST
    return micros(max(map(datetime.fromisoformat, recorded))) + 1
