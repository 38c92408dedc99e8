"""Activities, employees and memberships as the HR system sets them one by one: every version kept.

A record's newest version counts. Its ETag changes with each version, so that a sender can make sure
that nobody else has changed the record in between.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engagement.database import Database, Transaction

Kind = Literal["activity", "employee", "membership"]
Content = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """One version of a record; `content` is None where this version deletes it."""

    seq: int
    kind: Kind
    record_id: str
    content: dict[str, Any] | None
    etag: str
    recorded_at: str


def etag_of(content: Content | None, version: str = "") -> str:
    """The ETag of a content, in quotes; `version` tells apart equal contents of other versions.

    >>> etag_of({"a": 1}) == etag_of({"a": 1}) != etag_of({"a": 1}, "2")
    True
    """
    return f'"{hashlib.sha256((_json(content) + version).encode()).hexdigest()[:20]}"'


def store_record(
    database: Database,
    kind: Kind,
    record_id: str,
    now: datetime,
    decide: Callable[[Record | None], Content | None],
    check: Callable[[Transaction], None] = lambda transaction: None,
    beside: Callable[[Transaction], None] = lambda transaction: None,
) -> Record:
    """Keep a new version, on disk when this returns.

    Args:
        database: Where it goes.
        kind: What it is.
        record_id: Whose new version it is.
        now: When it arrived.
        decide: Gives the new content (None deletes), from the newest version kept here; raises
            where it may not be so, and then nothing is kept. No other writer comes in between.
        check: Raises where nobody may set this record, before anything is decided.
        beside: Keeps what is to be kept together with the version, or neither.
    """
    with database.begin(lock="records") as transaction:
        check(transaction)
        content = decide(_newest(transaction, kind, record_id))
        at = _recorded_at(transaction, now)
        row = {"kind": kind, "record_id": record_id, "recorded_at": at,
               "content": None if content is None else _json(content),
               "etag": etag_of(content, at)}  # fmt: skip
        transaction.insert("records", [row])
        beside(transaction)
        kept = _newest(transaction, kind, record_id)
        assert kept is not None  # noqa: S101
        return kept


def newest_record(database: Database, kind: Kind, record_id: str) -> Record | None:
    """The newest version of one record; None where none was ever set."""
    rows = database.read(_NEWEST, kind=kind, record_id=record_id)
    return _record(rows[0]) if rows else None


def newest_records(database: Database, kind: Kind) -> list[Record]:
    """The newest version of every record of a kind, deleted ones too."""
    rows = database.read(
        "SELECT * FROM records WHERE seq IN "
        "(SELECT max(seq) FROM records WHERE kind = :kind GROUP BY record_id)", kind=kind,
    )  # fmt: skip
    return [_record(row) for row in rows]


def records_after(database: Database, seq: int) -> list[Record]:
    """The versions that arrived after the one with this number, in order."""
    rows = database.read("SELECT * FROM records WHERE seq > :seq ORDER BY seq", seq=seq)
    return [_record(row) for row in rows]


_NEWEST = (
    "SELECT * FROM records WHERE kind = :kind AND record_id = :record_id ORDER BY seq DESC LIMIT 1"
)


def _newest(transaction: Transaction, kind: Kind, record_id: str) -> Record | None:
    rows = transaction.read(_NEWEST, kind=kind, record_id=record_id)
    return _record(rows[0]) if rows else None


def _recorded_at(transaction: Transaction, now: datetime) -> str:
    """The moment of arrival; never before that of an earlier version, whatever the clock does."""
    last = transaction.read("SELECT recorded_at FROM records ORDER BY seq DESC LIMIT 1")
    at = now.isoformat(timespec="microseconds")
    return max(at, str(last[0]["recorded_at"])) if last else at


def _record(row: Mapping[str, Any]) -> Record:
    content = None if row["content"] is None else json.loads(row["content"])
    return Record(row["seq"], row["kind"], row["record_id"], content, row["etag"],
                  row["recorded_at"])  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
