"""The audit log: who read which people's data, in a chain that shows what was changed or cut off.

Each entry's hash covers the entry and the hash before it; of people it covers salted digests, so
that a person can be erased and the chain still holds. How many entries there are and the newest
hash stand in a row of their own, `audit_head`, so that a missing end is noticed too. Whoever can
write the whole file can still write the whole chain anew: keep the newest hash elsewhere.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engagement.database import Database, Transaction
from features.errors import NotReadyError

GENESIS = "0" * 64
COVERED = ("seq", "at", "key_id", "role", "call", "request_id", "status", "subjects_digest",
           "previous_hash")  # fmt: skip
LISTED = """
SELECT seq, at, key_id, role, call, request_id, status,
  (SELECT COUNT(*) FROM audit_subjects WHERE audit_subjects.seq = audit_log.seq) AS people
FROM audit_log {about} ORDER BY seq DESC LIMIT :limit
"""
ABOUT = "WHERE seq IN (SELECT seq FROM audit_subjects WHERE employee_id = :employee_id)"


# those of some people who were erased, as of a transaction
ErasedAmong = Callable[[Transaction, Sequence[str]], Collection[str]]


@dataclass(frozen=True)
class Caller:
    """Who asks: a key, or the operator of this machine, and by which call."""

    key_id: str
    role: str
    call: str
    request_id: str


@dataclass(frozen=True)
class Entry:
    """Who is told about which people."""

    caller: Caller
    employee_ids: Sequence[str]
    status: int = 200


def append_entry(
    transaction: Transaction,
    caller: Caller,
    employee_ids: Sequence[str],
    status: int = 200,
    erased: ErasedAmong | None = None,
) -> int:
    """Add who is told about which people; kept together with whatever else the transaction writes.

    Entries wait for one another from here to the end of the transaction: append last.

    Returns:
        The entry's number, from 1 without gaps.

    Raises:
        NotReadyError: the log was cut apart, so that nothing can follow its end.
    """
    return append_entries(transaction, [Entry(caller, employee_ids, status)], erased)


def append_entries(
    transaction: Transaction, entries: Sequence[Entry], erased: ErasedAmong | None = None
) -> int:
    """The same of several entries, one at least, in their order; the number of the last.

    Of people who are `erased` no name is kept, as if they had been erased after the entry.
    """
    last, previous = _next(transaction, len(entries))
    # looked up once other writers are waited for: who was erased meanwhile is on record by now
    everyone = [one for entry in entries for one in entry.employee_ids]
    nameless = erased(transaction, everyone) if erased else ()
    at, rows, people = datetime.now(UTC).isoformat(), [], list[dict[str, Any]]()
    for seq, entry in enumerate(entries, last - len(entries) + 1):
        subjects = [_subject(seq, number, one, one in nameless)
                    for number, one in enumerate(entry.employee_ids)]  # fmt: skip
        row: dict[str, Any] = vars(entry.caller) | {
            "seq": seq, "at": at, "status": entry.status,
            "subjects_digest": subjects_digest([one["digest"] for one in subjects]),
            "previous_hash": previous,
        }  # fmt: skip
        row["hash"] = previous = entry_hash(row)
        rows.append(row)
        people += subjects
    transaction.insert("audit_log", rows)
    transaction.insert("audit_subjects", people)
    transaction.write("UPDATE audit_head SET hash = :hash", [{"hash": previous}])
    return last


def erase_person(transaction: Transaction, employee_id: str) -> int:
    """Forget whom entries are about, where they are about this person; the chain still holds.

    Returns:
        How many entries named the person.
    """
    return transaction.write(
        "UPDATE audit_subjects SET employee_id = NULL, salt = NULL "
        "WHERE employee_id = :employee_id",
        [{"employee_id": employee_id}],
    )


def newest_entries(
    database: Database, limit: int, employee_id: str | None = None
) -> list[dict[str, Any]]:
    """Entries, the newest first, with how many people each is about; or those about one person."""
    if employee_id is None:
        return database.read(LISTED.format(about=""), limit=limit)
    return database.read(LISTED.format(about=ABOUT), limit=limit, employee_id=employee_id)


def entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash of an entry: over all of it, and over the hash before it."""
    return hashlib.sha256(json.dumps([entry[name] for name in COVERED]).encode()).hexdigest()


def subject_digest(salt: str, employee_id: str) -> str:
    """What stands for a person in the chain; it tells nothing once the salt is gone."""
    return hmac.new(bytes.fromhex(salt), employee_id.encode(), hashlib.sha256).hexdigest()


def subjects_digest(digests: Sequence[str]) -> str:
    """One digest for all people of an entry, in their order."""
    return hashlib.sha256("".join(digests).encode()).hexdigest()


def _next(transaction: Transaction, n: int) -> tuple[int, str]:
    """(number of the last of n more entries, hash of the newest); no other gets these numbers."""
    counted = "UPDATE audit_head SET entries = entries + :n RETURNING entries, hash"
    found = transaction.read(counted, n=n)
    if not found and transaction.read("SELECT seq FROM audit_log LIMIT 1"):
        # Another's first entry may have been kept since: its head came with it.
        found = transaction.read(counted, n=n)
        if not found:
            raise NotReadyError("the audit log has lost its head; run `huoli audit verify`")
    if not found:
        transaction.write(
            "INSERT INTO audit_head (head_id, entries, hash) VALUES (1, 0, :hash) "
            "ON CONFLICT DO NOTHING",
            [{"hash": GENESIS}],
        )
        found = transaction.read(counted, n=n)
    return int(found[0]["entries"]), str(found[0]["hash"])


def _subject(seq: int, number: int, employee_id: str, nameless: bool) -> dict[str, Any]:
    salt = secrets.token_hex(16)
    return {"seq": seq, "number": number, "digest": subject_digest(salt, employee_id),
            "salt": None if nameless else salt,
            "employee_id": None if nameless else employee_id}  # fmt: skip
