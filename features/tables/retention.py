"""Rows of the canonical tables that are older than they may be kept."""

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from features.home import Home
from features.tables.importing import QUARANTINE
from features.tables.snapshots import Draft, current_or_none, drop_former, read_table

# by which column a row is old; a row without it is not
AGED_BY = {
    "memberships": "ended_at", "participations": "occurred_at", "workdays": "day",
    "trainings": "enrolled_at", "performances": "period_end", "customer_contacts": "day",
    "survey_answers": "answered_at", "interactions": "day", "points": "occurred_at",
    "redemptions": "occurred_at",
}  # fmt: skip


def old_rows(home: Home, days: Mapping[str, int], now: datetime) -> dict[str, int]:
    """How many rows of each table are older than its days; none of those without days."""
    snapshot = current_or_none(home)
    if snapshot is None:
        return {}
    found = {}
    for name in days.keys() & AGED_BY.keys() & snapshot.tables.keys():
        found[name] = int(pc.sum(_is_old(name, read_table(snapshot, name), days, now)).as_py() or 0)
    return found


def drop_old_rows(home: Home, days: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Make tables without those rows the only ones; how many went. The writer's lock is held."""
    counts, snapshot = old_rows(home, days, now), current_or_none(home)
    if snapshot is None or not any(counts.values()):
        return counts
    with Draft(home) as draft:
        for name in snapshot.tables:
            table = read_table(snapshot, name)
            if counts.get(name):
                table = table.filter(pc.invert(_is_old(name, table, days, now)))
            draft.add(name, table)
        if (snapshot.directory / QUARANTINE).is_dir():
            shutil.copytree(snapshot.directory / QUARANTINE, draft.directory / QUARANTINE)
        draft.commit(snapshot.data_until, snapshot.mapping, snapshot.report)
    drop_former(home)
    return counts


def _is_old(name: str, table: pa.Table, days: Mapping[str, int], now: datetime) -> pa.ChunkedArray:
    column = table[AGED_BY[name]]
    limit = pa.scalar(now - timedelta(days=days[name]), pa.timestamp("us", "UTC"))
    return pc.fill_null(pc.less(column, limit.cast(column.type, safe=False)), False)
