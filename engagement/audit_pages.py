"""The audit log as it is read: some entries at a time, of one key or of one span of time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engagement.database import Database

CONDITIONS = {
    "before": "seq < :before",
    "key_id": "key_id = :key_id",
    "since": "at >= :since",
    "until": "at < :until",
}
# people are counted of the entries found alone
LISTED = """
SELECT seq, at, key_id, role, call, status,
  (SELECT COUNT(*) FROM audit_subjects WHERE audit_subjects.seq = found.seq) AS people
FROM (SELECT * FROM audit_log {where} ORDER BY seq DESC LIMIT :limit) AS found ORDER BY seq DESC
"""


@dataclass(frozen=True)
class Wanted:
    """Which entries: those before a number, of a key, of [since, until)."""

    before: int | None = None
    key_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def entries_wanted(database: Database, wanted: Wanted, limit: int) -> list[dict[str, Any]]:
    """So many of these entries at most, the newest first, with how many people each is about."""
    given = {name: _plain(value) for name, value in vars(wanted).items() if value is not None}
    conditions = " AND ".join(CONDITIONS[name] for name in given)
    where = f"WHERE {conditions}" if conditions else ""
    return database.read(LISTED.format(where=where), limit=limit, **given)


def n_entries(database: Database) -> int:
    """How many entries there are in all."""
    rows = database.read("SELECT COALESCE(MAX(seq), 0) AS n FROM audit_log")
    return int(rows[0]["n"])


def _plain(value: int | str | datetime) -> int | str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
