"""No two numbers, whoever asked for them, differ by what one to four people do.

A number is of some people: an audience, or a team of it. Numbers of nearly the same people would by
their difference tell of those in whom they differ, whichever way these came in or left: another
condition, a move between groups, somebody hired. So what was asked in the last thirty days is on
record, and nothing is told of people who differ by one to four from

- any of those groups,
- two of those together, or one of them less another.

Those who refuse profiling count at a known rate, and so do not count as a difference.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from engagement.asked_audiences import KEPT, Asked, Codes, asked_after, keep_asked
from engagement.database import Database, Transaction
from features.history.columns import Bools, Ints, Strings
from features.language import _
from serving.asked_groups import People, Seen
from serving.privacy import MIN_PEOPLE, Group, shown_groups
from serving.problems import FieldError, Problem

LOCK = "audiences"
NEAR_ASKED = _(
    "invites almost the same people as another audience asked about in the last {days} days: what "
    "fewer than {n} people do would show; change it by more, or not at all"
)
ATTEMPTS = 20


@dataclass(frozen=True)
class Settled:
    """Whom the numbers are of, as positions, and the groups told beside the whole.

    `asked_at` is the day of the forecast whose people these are instead; None: those asked for.
    """

    invited: Ints
    groups: Mapping[str, list[Group]]
    asked_at: datetime | None = None


def refusal(field: str) -> Problem:
    """The refusal of an audience."""
    return Problem(422, FieldError(field, NEAR_ASKED, {"n": MIN_PEOPLE, "days": KEPT.days}))


class AudienceLog:
    """What was asked lately; reads from the database only what came since it last looked."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._asked: list[Asked] = []
        self._seen: Seen | None = None

    def seen(self, transaction: Transaction, people: People, now: datetime) -> Seen:
        """What was asked by the moment of the transaction, over these people."""
        # read once: other threads look too
        before, seen = self._asked, self._seen
        newest = before[-1].seq if before else 0
        kept = [*before, *asked_after(transaction, newest)]
        # the last one stays for its number, however old
        self._asked = [one for one in kept[:-1] if one.asked_at >= now - KEPT] + kept[-1:]
        lately = [one for one in kept if one.asked_at >= now - KEPT]
        newest = kept[-1].seq if kept else 0
        if seen is None or seen.newest != newest or not _is_over(seen, lately, people):
            self._seen = seen = Seen(lately, people, newest)
        return seen

    def settle(
        self,
        people: People,
        invited: Ints,
        teams: Mapping[str, Strings],
        activity_id: str | None,
        now: datetime,
        field: str,
    ) -> Settled:
        """Whom to give numbers of where these are invited, in which groups; kept on record.

        Where fewer than five others were asked about lately, the numbers are of those.

        Args:
            people: Everyone.
            invited: Positions of those asked about.
            teams: Per breakdown, everyone's team.
            activity_id: Which activity it is, for the record.
            now: The present moment.
            field: Which field of the request says who is invited.

        Raises:
            Problem: 422 on the field, together with other audiences they would tell of a few.
        """
        for _attempt in range(ATTEMPTS):
            # compared before the turn to write is waited for: others' writes must not wait for it
            with self.database.reading() as transaction:
                seen = self.seen(transaction, people, now)
            found, fresh = _settled(seen, invited, teams, field)
            if not fresh:
                return found
            with self.database.begin(lock=LOCK) as transaction:
                if self.newest(transaction) <= seen.newest:
                    keep_asked(transaction, fresh, activity_id, now)
                    return found
        raise Problem(503)

    def newest(self, transaction: Transaction) -> int:
        """The number of the newest entry."""
        found = transaction.read("SELECT COALESCE(MAX(seq), 0) AS seq FROM asked_audiences")
        return int(found[0]["seq"])


def _settled(
    seen: Seen, invited: Ints, teams: Mapping[str, Strings], field: str
) -> tuple[Settled, list[Codes]]:
    """(whom and which groups to tell of, those of them that were not told of before)."""
    people = seen.people
    mask, asked_at = np.zeros(len(people.codes), dtype=bool), None
    mask[invited] = True
    if not seen.is_known(mask):
        near = seen.nearest(mask)
        if near is not None:
            mask, asked_at = seen.mask_of(near), seen.asked[near].asked_at
        elif seen.is_near_pair(mask):
            raise refusal(field)
    invited, told = np.flatnonzero(mask), [mask]
    groups = shown_groups(
        {name: team[invited] for name, team in teams.items()}, _near_among(seen, invited)
    )
    for parts in groups.values():
        told += [_over_everyone(part.mask, invited, len(mask)) for part in parts]
    fresh = {one.tobytes(): one for one in told if not seen.is_known(one)}
    return Settled(invited, groups, asked_at), [people.codes[one] for one in fresh.values()]


def _is_over(seen: Seen, asked: Sequence[Asked], people: People) -> bool:
    """Whether it is made of these groups and people already."""
    return (
        len(seen.asked) == len(asked)
        and seen.people.codes is people.codes
        and np.array_equal(seen.people.refuses, people.refuses)
    )


def _near_among(seen: Seen, invited: Ints) -> Callable[[Group], bool]:
    """Whether a group of the invited must not be told of as it is."""
    answers: dict[bytes, bool] = {}

    def is_near(group: Group) -> bool:
        key = group.mask.tobytes()
        if key not in answers:
            mask = _over_everyone(group.mask, invited, len(seen.people.codes))
            answers[key] = not seen.is_known(mask) and (
                seen.nearest(mask) is not None or seen.is_near_pair(mask)
            )
        return answers[key]

    return is_near


def _over_everyone(mask: Bools, invited: Ints, n: int) -> Bools:
    found = np.zeros(n, dtype=bool)
    found[invited[mask]] = True
    return found
