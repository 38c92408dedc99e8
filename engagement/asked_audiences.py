"""Of which groups of people numbers were given lately: eight bytes a person, whoever asked.

What is kept are digests of ids, in order; it serves to tell whether another group is nearly the
same, and goes after thirty days.
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engagement.database import Transaction

Codes = NDArray[np.uint64]
KEPT = timedelta(days=30)
# what stands before the people of an entry: which breakdown it is a part of, how many are modelled
HEAD = 2


@dataclass(frozen=True)
class AskedGroup:
    """People of whom a number is given: the codes of those modelled, and of those who refuse it."""

    modelled: Codes
    refusing: Codes


@dataclass(frozen=True)
class Asked:
    """People of whom numbers were given: the entry's number, when, and their codes.

    Those modelled come first; how many they are is None in entries of before that was kept.
    `breakdown` is the same for the parts of a whole that were told together.
    """

    seq: int
    asked_at: datetime
    members: Codes
    n_modelled: int | None
    breakdown: int


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
        "SELECT seq, asked_at, n_people, members FROM asked_audiences WHERE seq > :seq "
        "ORDER BY seq", seq=seq,
    )  # fmt: skip
    return [_asked(row) for row in rows]


def keep_asked(
    transaction: Transaction,
    breakdowns: Iterable[Sequence[AskedGroup]],
    activity_id: str | None,
    now: datetime,
) -> None:
    """Keep that numbers are given of these people; what is older than thirty days goes.

    Args:
        transaction: Where to.
        breakdowns: Groups that were told together and part a whole; or a whole, alone.
        activity_id: Which activity it is.
        now: The present moment.
    """
    transaction.write(
        "DELETE FROM asked_audiences WHERE asked_at < :since",
        [{"since": (now - KEPT).isoformat(timespec="microseconds")}],
    )
    at = now.isoformat(timespec="microseconds")
    entries = []
    for groups in breakdowns:
        breakdown = secrets.randbits(62)
        for group in groups:
            members = np.concatenate([group.modelled, group.refusing])
            one = Asked(0, now, members, len(group.modelled), breakdown)
            entries.append({"asked_at": at, "activity_id": activity_id,
                            "n_people": len(members), "members": _written(one)})  # fmt: skip
    transaction.insert("asked_audiences", entries)


def forget_member(transaction: Transaction, employee_id: str) -> int:
    """Put a stranger in the place of a person in every entry; how many had the person.

    To have left is a difference too: without the stranger, the same group would be told again
    after the erasure, and the person by the difference.
    """
    (code,) = member_codes([employee_id])
    # the same in all entries, as it is in their differences
    stranger = np.uint64(secrets.randbits(64))
    changed = [
        {"seq": one.seq,
         "members": _written(
             replace(one, members=np.where(one.members == code, stranger, one.members)))}
        for one in asked_after(transaction, 0) if code in one.members
    ]  # fmt: skip
    return transaction.write(
        "UPDATE asked_audiences SET members = :members WHERE seq = :seq", changed
    )


def _written(one: Asked) -> bytes:
    """The people in bytes, in order of their codes: that of a row of employees tells who is who."""
    n = len(one.members) if one.n_modelled is None else one.n_modelled
    parts = [np.sort(one.members[:n]), np.sort(one.members[n:])]
    if one.n_modelled is not None:
        parts.insert(0, np.array([one.breakdown, n], dtype=np.uint64))
    return np.concatenate(parts).astype("<u8").tobytes()


def _asked(row: Mapping[str, Any]) -> Asked:
    words = np.frombuffer(bytes(row["members"]), dtype="<u8").astype(np.uint64)
    seq, at = int(row["seq"]), datetime.fromisoformat(row["asked_at"])
    if len(words) == int(row["n_people"]):
        # of before more was kept: told alone, as far as is known
        return Asked(seq, at, words, None, -seq)
    return Asked(seq, at, words[HEAD:], int(words[1]), int(words[0]))
