"""Whether the audit log is whole: every entry in its place, unchanged, up to the newest."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engagement.audit import GENESIS, entry_hash, subject_digest, subjects_digest
from engagement.database import Database
from features.language import _

AT_ONCE = 1_000
MISSING = _("is missing")
CHANGED = _("was changed")
PEOPLE_CHANGED = _("names other people than it did")
NOT_COUNTED = _("stands behind the newest entry that was counted")
NO_HEAD = _("stands there, but how many there were is gone")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Walk:
    """How many entries hold; where one does not, the first such and what is wrong with it."""

    holding: int
    newest_hash: str
    broken: int | None = None
    problem: str = ""


def walk(database: Database, beat: Callable[[], object] = lambda: None) -> Walk:
    """Go over the log from its beginning to the newest entry at this moment.

    Args:
        database: Whose log.
        beat: Called again and again while it goes on.
    """
    head = _head(database)
    previous = GENESIS
    for expected, entry, subjects in _entries(database, head["entries"]):
        problem = _problem(entry, subjects, previous)
        if entry is None or problem:
            return Walk(expected - 1, previous, expected, problem)
        previous = entry["hash"]
        if expected % AT_ONCE == 0:
            beat()
    n = head["entries"]
    if head["hash"] is None and head["last"]:
        return Walk(0, previous, 1, NO_HEAD)
    if head["hash"] not in (None, previous):
        return Walk(n - 1, previous, n, CHANGED)
    if head["last"] > n:
        return Walk(n, previous, n + 1, NOT_COUNTED)
    return Walk(n, previous)


def _head(database: Database) -> Row:
    """The count and the newest hash, beside the last number in the log, at one moment."""
    return database.read(
        "SELECT COALESCE((SELECT MAX(seq) FROM audit_log), 0) AS last, "
        "COALESCE((SELECT entries FROM audit_head), 0) AS entries, "
        "(SELECT hash FROM audit_head) AS hash"
    )[0]


def _entries(database: Database, n: int) -> Iterator[tuple[int, Row | None, list[Row]]]:
    """(number, entry or None where it is missing, its people) for every number up to n."""
    for first in range(1, n + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, n)
        span = "WHERE seq BETWEEN :first AND :last ORDER BY seq"
        found = database.read(f"SELECT * FROM audit_log {span}", first=first, last=last)  # noqa: S608
        people = database.read(
            f"SELECT * FROM audit_subjects {span}, number", first=first, last=last  # noqa: S608
        )  # fmt: skip
        by_number = {row["seq"]: row for row in found}
        subjects: defaultdict[int, list[Row]] = defaultdict(list)
        for row in people:
            subjects[row["seq"]].append(row)
        for number in range(first, last + 1):
            yield number, by_number.get(number), subjects[number]


def _problem(entry: Row | None, subjects: Sequence[Row], previous: str) -> str:
    """What is wrong with an entry; empty where nothing is."""
    if entry is None:
        return MISSING
    if entry["previous_hash"] != previous or entry["hash"] != entry_hash(entry):
        return CHANGED
    whole = subjects_digest([one["digest"] for one in subjects]) == entry["subjects_digest"]
    return "" if whole and all(map(_is_own, subjects)) else PEOPLE_CHANGED


def _is_own(subject: Row) -> bool:
    """Whether the person is the one of the digest, or was erased."""
    salt, employee_id = subject["salt"], subject["employee_id"]
    if salt is None or employee_id is None:
        return salt is None and employee_id is None
    return subject_digest(salt, employee_id) == str(subject["digest"])
