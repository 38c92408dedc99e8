"""Approved activities: by which forecast, who approved it, and who was shown it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from engagement.database import Database, Transaction

# what changes in an activity without its design being another one
NO_DESIGN = ("state", "announced_at", "cancelled_at")


@dataclass(frozen=True)
class Approval:
    """One approval; `name` and `note` as its author wrote them, `key_id` as who signed in."""

    approval_id: str
    activity_id: str
    forecast_id: str
    approved_at: str
    key_id: str
    name: str
    note: str


@dataclass(frozen=True)
class View:
    """That a key was shown a forecast, by the key's label, and when first."""

    key_id: str
    label: str
    role: str
    viewed_at: str


def store_approval(
    database: Database, activity_id: str, forecast_id: str, key_id: str, name: str, note: str,
    now: datetime,
) -> Approval:  # fmt: skip
    """Keep an approval, on disk when this returns; a later one stands beside the former."""
    with database.begin() as transaction:
        return add_approval(transaction, activity_id, forecast_id, key_id, name, note, now)


def add_approval(
    transaction: Transaction, activity_id: str, forecast_id: str, key_id: str, name: str,
    note: str, now: datetime,
) -> Approval:  # fmt: skip
    """Keep an approval together with whatever else the transaction keeps."""
    at = now.isoformat(timespec="microseconds")
    found = Approval(str(uuid4()), activity_id, forecast_id, at, key_id, name, note)
    transaction.insert("approvals", [dict(vars(found))])
    return found


def approvals_of(database: Database, activity_id: str) -> list[Approval]:
    """The approvals of an activity, the newest first."""
    rows = database.read(
        "SELECT * FROM approvals WHERE activity_id = :one ORDER BY approved_at DESC, approval_id",
        one=activity_id,
    )
    return [Approval(**row) for row in rows]


def newest_approvals(database: Database) -> dict[str, Approval]:
    """The newest approval of each activity whose design is the one approved, by its id."""
    rows = database.read("SELECT * FROM approvals ORDER BY approved_at, approval_id DESC")
    newest = {row["activity_id"]: Approval(**row) for row in rows}
    changed = _changed(database.read(
        "SELECT record_id, content, recorded_at FROM records WHERE kind = 'activity' "
        "AND record_id IN (SELECT activity_id FROM approvals) ORDER BY seq"
    ))  # fmt: skip
    return {name: one for name, one in newest.items() if one.approved_at >= changed.get(name, "")}


def standing_approval(database: Database, activity_id: str) -> Approval | None:
    """The newest approval of an activity; None where its design was changed since."""
    approvals = approvals_of(database, activity_id)
    changed = _changed(database.read(
        "SELECT record_id, content, recorded_at FROM records WHERE kind = 'activity' "
        "AND record_id = :one ORDER BY seq", one=activity_id,
    ))  # fmt: skip
    if not approvals or approvals[0].approved_at < changed.get(activity_id, ""):
        return None
    return approvals[0]


def _changed(versions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """When the design of each activity was changed last, of those that were, by its id."""
    designs: dict[str, object] = {}
    found: dict[str, str] = {}
    for one in versions:
        content = json.loads(one["content"] or "{}")
        design = {name: value for name, value in content.items() if name not in NO_DESIGN}
        if designs.setdefault(one["record_id"], design) != design:
            found[one["record_id"]] = one["recorded_at"]
        designs[one["record_id"]] = design
    return found


def note_view(database: Database, forecast_id: str, key_id: str, now: datetime) -> None:
    """Keep that a key was shown a forecast; the first time counts."""
    with database.begin() as transaction:
        transaction.write(
            "INSERT INTO forecast_views (forecast_id, key_id, viewed_at) "
            "VALUES (:forecast_id, :key_id, :now) ON CONFLICT DO NOTHING",
            [{"forecast_id": forecast_id, "key_id": key_id,
              "now": now.isoformat(timespec="microseconds")}],
        )  # fmt: skip


def views_of(database: Database, forecast_id: str) -> list[View]:
    """Who was shown a forecast, the first one first."""
    rows = database.read(
        "SELECT v.key_id, COALESCE(k.label, '') AS label, COALESCE(k.role, '') AS role, "
        "v.viewed_at FROM forecast_views v LEFT JOIN api_keys k ON k.key_id = v.key_id "
        "WHERE v.forecast_id = :one ORDER BY v.viewed_at, v.key_id",
        one=forecast_id,
    )
    return [View(**row) for row in rows]
