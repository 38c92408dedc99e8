"""Rows of the database that are older than they may be kept.

The audit log is not among them: each of its entries is bound to the one before it, so that it can
only be checked from its beginning.
"""
# ruff: noqa: S608 - names in SQL are those of our own tables

from collections.abc import Mapping
from datetime import datetime, timedelta

from engagement.database import Database

AGED_BY = {
    "events": "recorded_at", "recommendations": "answered_at", "forecasts": "answered_at",
    "comparisons": "answered_at", "audiences": "answered_at",
    "designs": "requested_at", "approvals": "approved_at", "forecast_views": "viewed_at",
}  # fmt: skip


def old_rows(database: Database, days: Mapping[str, int], now: datetime) -> dict[str, int]:
    """How many rows of each table are older than its days; none of those without days."""
    return {
        name: int(
            database.read(
                f"SELECT COUNT(*) AS n FROM {name} WHERE {AGED_BY[name]} < :limit",
                limit=_limit(days[name], now),
            )[0]["n"]
        )
        for name in AGED_BY
        if name in days
    }


def drop_old_rows(database: Database, days: Mapping[str, int], now: datetime) -> dict[str, int]:
    """Delete those rows and leave nothing of them in the files; how many went."""
    counts = {}
    for name, column in AGED_BY.items():
        if name in days:
            # a name of one of our locks where there is one, else nobody waits
            with database.begin(lock=name) as transaction:
                counts[name] = transaction.write(
                    f"DELETE FROM {name} WHERE {column} < :limit",
                    [{"limit": _limit(days[name], now)}],
                )
    if any(counts.values()):
        database.compact()
    return counts


def _limit(days: int, now: datetime) -> str:
    return (now - timedelta(days=days)).isoformat()
