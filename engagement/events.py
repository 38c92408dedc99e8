"""What people did about activities, as the HR system reports it: kept once, in order of arrival.

Each event has its sender's own id. A batch is one transaction: what is acknowledged is on disk,
and what was sent again changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engagement.audit import ErasedAmong
from engagement.database import Database

Status = Literal["accepted", "duplicate", "conflict", "erased"]
# told apart by these alone: when an event arrived is not the sender's to say
CONTENT = ("employee_id", "activity_id", "kind", "occurred_at", "value")
# SQLite takes some thousands of parameters a statement, older ones a thousand
AT_ONCE = 500


@dataclass(frozen=True)
class Event:
    """One thing that one person did about one activity."""

    event_id: str
    employee_id: str
    activity_id: str
    kind: str
    occurred_at: datetime
    value: float | None = None

    def row(self) -> dict[str, Any]:
        """The columns of the table, but for when it was recorded."""
        return vars(self) | {"occurred_at": self.occurred_at.isoformat(timespec="microseconds")}


def store_events(
    database: Database,
    events: Sequence[Event],
    now: datetime,
    erased: ErasedAmong | None = None,
) -> list[Status]:
    """Keep the events that are new, on disk when this returns.

    Args:
        database: Where they go.
        events: In UTC, in the order in which they were sent.
        now: When they arrived.
        erased: Tells whose events are not kept.

    Returns:
        For each event whether it was accepted, was kept already (sent twice, in this batch or
        before), has the id of another one, which stays as it is, or is of somebody erased.
    """
    rows = [event.row() for event in events]
    with database.begin(lock="events") as transaction:
        known = _stored(transaction, [row["event_id"] for row in rows])
        gone = erased(transaction, [row["employee_id"] for row in rows]) if erased else ()
        fresh, statuses = [], list[Status]()
        for row in rows:
            if row["employee_id"] in gone:
                statuses.append("erased")
                continue
            former = known.get(row["event_id"])
            if former is None:
                known[row["event_id"]] = row
                fresh.append(row)
                statuses.append("accepted")
            else:
                alike = all(former[name] == row[name] for name in CONTENT)
                statuses.append("duplicate" if alike else "conflict")
        if fresh:
            at = _recorded_at(transaction, now)
            transaction.insert("events", [row | {"recorded_at": at} for row in fresh])
    return statuses


def _stored(transaction: Any, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """The events that are kept already, by id."""
    found: dict[str, Mapping[str, Any]] = {}
    for begin in range(0, len(ids), AT_ONCE):
        some = ids[begin : begin + AT_ONCE]
        names = [f"id{number}" for number in range(len(some))]
        rows = transaction.read(
            f"SELECT {', '.join(('event_id', *CONTENT))} FROM events "  # noqa: S608
            f"WHERE event_id IN ({', '.join(f':{name}' for name in names)})",
            **dict(zip(names, some, strict=True)),
        )
        found |= {row["event_id"]: row for row in rows}
    return found


def _recorded_at(transaction: Any, now: datetime) -> str:
    """The moment of arrival; never before that of an earlier event, whatever the clock does."""
    last = transaction.read("SELECT recorded_at FROM events ORDER BY seq DESC LIMIT 1")
    at = now.isoformat(timespec="microseconds")
    return max(at, str(last[0]["recorded_at"])) if last else at


def all_events(database: Database) -> list[dict[str, Any]]:
    """Every event in order of arrival."""
    found: list[dict[str, Any]] = []
    while more := events_after(database, int(found[-1]["seq"]) if found else 0):
        found += more
    return found


def events_after(database: Database, seq: int, limit: int = 100_000) -> list[dict[str, Any]]:
    """The events that arrived after the one with this number, in order, `limit` at most."""
    return database.read(
        "SELECT * FROM events WHERE seq > :seq ORDER BY seq LIMIT :limit", seq=seq, limit=limit
    )


def events_about(database: Database, activity_id: str, newest: int) -> list[dict[str, Any]]:
    """The events about one activity, in order of arrival; none after the number `newest`."""
    return database.read(
        "SELECT * FROM events WHERE activity_id = :one AND seq <= :newest ORDER BY seq",
        one=activity_id, newest=newest,
    )  # fmt: skip
