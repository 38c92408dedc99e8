"""Of which groups of people numbers were given lately: eight bytes a person, whoever asked.

What is kept are digests of ids, in order; it serves to tell whether another group is nearly the
same, and goes after thirty days.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engagement.database import Transaction

Codes = NDArray[np.uint64]
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Asked:
    """People of whom numbers were given: the entry's number, when, and their codes in order."""

    seq: int
    asked_at: datetime
    members: Codes


def member_codes(employee_ids: Iterable[object]) -> Codes:
    """The code of each id, in the order given.

    >>> a, b = member_codes(["E1", "E2"]).tolist()
    >>> a != b and member_codes(["E2"]).tolist() == [b]
    True
    """
    whole = b"".join(
        hashlib.blake2b(str(one).encode(), digest_size=8).digest() for one in employee_ids
    )
    return np.frombuffer(whole, dtype="<u8").astype(np.uint64)


def asked_after(transaction: Transaction, seq: int) -> list[Asked]:
    """The entries with greater numbers, in order."""
    rows = transaction.read(
        "SELECT seq, asked_at, members FROM asked_audiences WHERE seq > :seq ORDER BY seq", seq=seq
    )
    return [_asked(row) for row in rows]


def keep_asked(
    transaction: Transaction, groups: Sequence[Codes], activity_id: str | None, now: datetime
) -> None:
    """Keep that numbers are given of these people; what is older than thirty days goes."""
    transaction.write(
        "DELETE FROM asked_audiences WHERE asked_at < :since",
        [{"since": (now - KEPT).isoformat(timespec="microseconds")}],
    )
    at = now.isoformat(timespec="microseconds")
    transaction.insert("asked_audiences", [
        {"asked_at": at, "activity_id": activity_id, "n_people": len(group),
         "members": np.sort(group).astype("<u8").tobytes()}
        for group in groups
    ])  # fmt: skip


def forget_member(transaction: Transaction, employee_id: str) -> int:
    """Take a person out of every entry; how many had the person."""
    (code,) = member_codes([employee_id])
    changed = [
        {"seq": one.seq, "n": len(one.members) - 1,
         "members": one.members[one.members != code].astype("<u8").tobytes()}
        for one in asked_after(transaction, 0) if code in one.members
    ]  # fmt: skip
    return transaction.write(
        "UPDATE asked_audiences SET members = :members, n_people = :n WHERE seq = :seq", changed
    )


def _asked(row: Mapping[str, Any]) -> Asked:
    members = np.frombuffer(bytes(row["members"]), dtype="<u8").astype(np.uint64)
    return Asked(int(row["seq"]), datetime.fromisoformat(row["asked_at"]), members)
