"""When rows were written, by their own account: the newest moments, and steps of the clock back."""
# ruff: noqa: S608 - names in SQL are those of our own tables

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy.exc import DatabaseError

from engagement.database.opening import chosen
from engagement.database.transactions import Database
from engagement.database.upgrading import HEAD, revision_of
from features.errors import NotReadyError
from features.home import Home

# columns that say when a row was written; not those that say of when its content is
WRITTEN = {
    "api_keys": "created_at", "recommendations": "answered_at", "forecasts": "answered_at",
    "comparisons": "answered_at", "audiences": "answered_at", "events": "recorded_at",
    "records": "recorded_at", "audit_log": "at", "erasures": "begun_at",
    "asked_audiences": "asked_at", "designs": "requested_at", "approvals": "approved_at",
    "forecast_views": "viewed_at",
}  # fmt: skip
# of all, the newest rows that are looked at for a step back
LATELY = 10_000


@dataclass(frozen=True)
class Moments:
    """The newest moment of each `table.column`; by how much the clock was set back, of late."""

    newest: Mapping[str, datetime]
    set_back: timedelta


def moments_of(home: Home) -> Moments | None:
    """What the rows say; None without a database that is whole and of this version."""
    database = chosen(home)
    try:
        if not database.is_there() or revision_of(database) != HEAD:
            return None
        return Moments(_newest(database), _set_back(database))
    except (NotReadyError, DatabaseError):
        # why it cannot be read is told by whoever looks at it for that
        return None
    finally:
        database.close()


def _newest(database: Database) -> dict[str, datetime]:
    found = {}
    for table, column in WRITTEN.items():
        newest = database.read(f"SELECT MAX({column}) AS at FROM {table}")[0]["at"]
        if newest:
            found[f"{table}.{column}"] = datetime.fromisoformat(newest)
    return found


def _set_back(database: Database) -> timedelta:
    """The largest step back from one entry of the audit log, which is in order, to the next."""
    rows = database.read("SELECT at FROM audit_log ORDER BY seq DESC LIMIT :n", n=LATELY)
    moments = [datetime.fromisoformat(row["at"]) for row in rows]
    steps = (earlier - later for later, earlier in pairwise(moments))
    return max(steps, default=timedelta(0))
