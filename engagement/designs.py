"""Searches for designs as jobs, which any worker can tell of and stop."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from engagement.audit import ErasedAmong
from engagement.database import Database, Transaction, containing

State = Literal["queued", "running", "done", "cancelled", "failed"]
# so long without a sign of whoever works on it, and it is given up
LOST_SECONDS = 120.0
# of the newest searches, so many are looked through for those of one activity
LOOKED_THROUGH = 200
GOING_ON = "state IN ('queued', 'running')"


@dataclass(frozen=True)
class Job:
    """One search: how far it is, what was asked, and what was found so far, if anything."""

    design_id: str
    requested_at: datetime
    state: State
    trials: int
    trials_done: int
    request: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    beat: float

    @property
    def is_at_work(self) -> bool:
        """Whether it was heard of lately; one that was cancelled may still bring what it found."""
        return time.time() - self.beat < LOST_SECONDS


def add_design(
    database: Database,
    design_id: str,
    request: Mapping[str, Any],
    trials: int,
    now: datetime,
    check: Callable[[Transaction], None] = lambda transaction: None,
) -> None:
    """Keep that a search was asked for; `check` raises where it may not be any more."""
    row = {
        "design_id": design_id, "requested_at": now.isoformat(timespec="microseconds"),
        "state": "queued", "trials": trials, "trials_done": 0, "beat": time.time(),
        "request": json.dumps(request, ensure_ascii=False), "answer": None,
    }  # fmt: skip
    with database.begin() as transaction:
        check(transaction)
        transaction.insert("designs", [row])


def design_of(database: Database, design_id: str) -> Job | None:
    """The search of that id; None where there is none. One that nobody works on any more failed."""
    _fail_lost(database)
    rows = database.read("SELECT * FROM designs WHERE design_id = :one", one=design_id)
    return _job(rows[0]) if rows else None


def designs_about(database: Database, activity_id: str, most: int) -> list[Job]:
    """The newest searches about an activity on record, without what they found."""
    _fail_lost(database)
    named = json.dumps({"activity_id": activity_id}, ensure_ascii=False)[1:-1]
    rows = database.read(
        "SELECT design_id, requested_at, state, trials, trials_done, beat, request, NULL AS answer "
        "FROM designs WHERE request LIKE :like ESCAPE '!' ORDER BY requested_at DESC LIMIT :most",
        like=containing(named), most=LOOKED_THROUGH,
    )  # fmt: skip
    # SQLite does not tell large letters from small ones, and a draft may have such a text in it
    found = [job for job in map(_job, rows) if job.request.get("activity_id") == activity_id]
    return found[:most]


def _fail_lost(database: Database) -> None:
    """Note of searches that nobody works on any more that they failed."""
    database.write(
        f"UPDATE designs SET state = 'failed' WHERE {GOING_ON} AND beat < :since",  # noqa: S608
        [{"since": time.time() - LOST_SECONDS}],
    )


def _job(row: Mapping[str, Any]) -> Job:
    return Job(
        row["design_id"], datetime.fromisoformat(row["requested_at"]), row["state"],
        row["trials"], row["trials_done"], json.loads(row["request"]),
        json.loads(row["answer"]) if row["answer"] else None, row["beat"],
    )  # fmt: skip


def still_wanted(
    database: Database, design_id: str, trials_done: int, queued: Sequence[str] = ()
) -> bool:
    """Note how far a search is, and that those behind it wait still; whether to go on with it."""
    now = time.time()
    with database.begin() as transaction:
        transaction.write(
            f"UPDATE designs SET beat = :beat WHERE design_id = :one AND {GOING_ON}",  # noqa: S608
            [{"beat": now, "one": one} for one in queued],
        )
        return transaction.write(
            "UPDATE designs SET state = 'running', trials_done = :n, beat = :beat "  # noqa: S608
            f"WHERE design_id = :one AND {GOING_ON}",
            [{"n": trials_done, "beat": now, "one": design_id}],
        ) > 0  # fmt: skip


def end_design(
    database: Database,
    design_id: str,
    state: State,
    answer: Mapping[str, Any] | None = None,
    named: Sequence[str] = (),
    erased: ErasedAmong | None = None,
) -> bool:
    """Keep how a search ended; False where it had ended before, whose answer is kept all the same.

    The answer of one that was cancelled is what it had found by then. Where one of the people whom
    request and answer have `named` is `erased` by then, no answer is kept, and the search failed.
    """
    text = None if answer is None else json.dumps(answer, ensure_ascii=False)
    with database.begin() as transaction:
        if named and erased and erased(transaction, named):
            transaction.write(
                "UPDATE designs SET state = 'failed', answer = NULL WHERE design_id = :one",
                [{"one": design_id}],
            )
            return False
        ended = transaction.write(
            f"UPDATE designs SET state = :state WHERE design_id = :one AND {GOING_ON}",  # noqa: S608
            [{"state": state, "one": design_id}],
        )
        if text is not None:
            transaction.write(
                "UPDATE designs SET answer = :text WHERE design_id = :one",
                [{"text": text, "one": design_id}],
            )
    return ended > 0
