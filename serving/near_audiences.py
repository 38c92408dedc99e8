"""No two numbers, whoever asked for them, differ by what one to four people do.

A number is of some people: an audience, or a team of it. Numbers of nearly the same people would by
their difference tell of those in whom they differ, whichever way these came in or left: another
condition, a move between groups, somebody hired, a refusal of profiling, an erasure. So what was
asked in the last thirty days is on record, and nothing is told of people who differ by one to four
from

- any of those groups,
- two of those together, or one of them less another,
- parts of a breakdown told at once, however many, or what these leave of the whole.

Those who refuse profiling count at a known rate, and so do not count as a difference. Where
somebody of a group that was told of refuses by now, or was erased, the former number cannot be told
again: as many others count at that rate too, so that it is by five that the two differ.

What is not looked for: three or more groups of different answers put together, and groups that
overlap taken several times. That would be the search for short vectors among all sums of what was
told, which no one answer can wait for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from engagement.asked_audiences import KEPT, Asked, AskedGroup, asked_after, keep_asked
from engagement.database import Database, Transaction
from features.history.columns import Bools, Ints, Strings
from features.language import _
from serving.asked_groups import ALL, MODELLED, NOBODY, Beside, People, Seen, Some
from serving.privacy import MIN_PEOPLE, Group, shown_groups
from serving.problems import FieldError, Problem

LOCK = "audiences"
NEAR_ASKED = _(
    "invites almost the same people as another audience asked about in the last {days} days: what "
    "fewer than {n} people do would show; change it by more, or not at all"
)
ATTEMPTS = 20
# each leaves at most four people out, where earlier answers left out others
ROUNDS = 8


@dataclass(frozen=True)
class Settled:
    """Whom the numbers are of, as positions, and the groups told beside the whole.

    `modelled` says who of them is modelled, all others counting at their team's rate. `asked_at` is
    the day of the forecast whose people these are instead; None: those asked for.
    """

    invited: Ints
    modelled: Bools
    groups: Mapping[str, list[Group]]
    asked_at: datetime | None = None


def refusal(field: str) -> Problem:
    """The refusal of an audience."""
    return Problem(422, FieldError(field, NEAR_ASKED, {"n": MIN_PEOPLE, "days": KEPT.days}))


class AudienceLog:
    """What was asked lately; reads from the database only what came since it last looked."""

    def __init__(
        self,
        database: Database,
        erased: Callable[[Transaction, Strings], set[str]] = lambda transaction, ids: set(),
    ) -> None:
        """Made with what tells who of some ids was erased by the moment of a transaction."""
        self.database = database
        self.erased = erased
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
                gone = self.erased(transaction, people.ids)
                seen = self.seen(transaction, _without(people, gone), now)
            found, fresh = _settled(seen, invited, teams, field)
            if not fresh:
                return found
            with self.database.begin(lock=LOCK) as transaction:
                if self.newest(transaction) <= seen.newest and gone == self.erased(
                    transaction, people.ids
                ):
                    keep_asked(transaction, fresh, activity_id, now)
                    return found
        raise Problem(503)

    def newest(self, transaction: Transaction) -> int:
        """The number of the newest entry."""
        found = transaction.read("SELECT COALESCE(MAX(seq), 0) AS seq FROM asked_audiences")
        return int(found[0]["seq"])


def _settled(
    seen: Seen, invited: Ints, teams: Mapping[str, Strings], field: str
) -> tuple[Settled, list[list[AskedGroup]]]:
    """(whom and which groups to tell of, those breakdowns of them that were not told of before)."""
    people = seen.people
    mask = np.zeros(len(people.codes), dtype=bool)
    mask[invited] = True
    mask &= people.codes != NOBODY
    whole, asked_at = _told_whole(seen, Some(mask, mask & ~people.refuses), teams, field)
    invited = np.flatnonzero(whole.all)
    modelled = whole.modelled[invited]
    leaking = _Leaking(seen, invited)
    groups = shown_groups(
        {name: team[invited] for name, team in teams.items()}, modelled, leaking.first
    )
    told = [[seen.beside(whole)], *(leaking.beside(parts) for parts in groups.values() if parts)]
    fresh = {frozenset(one.key for one in parts): parts
             for parts in told if not seen.is_told(parts)}  # fmt: skip
    return Settled(invited, modelled, groups, asked_at), [
        [_coded(people, part.some) for part in parts] for parts in fresh.values()
    ]


def _told_whole(
    seen: Seen, whole: Some, teams: Mapping[str, Strings], field: str
) -> tuple[Some, datetime | None]:
    """(of whom to tell, the day of the forecast whose people these are instead)."""
    # the same teams may be what another answer was of: then anybody
    for alike in (teams, {}):
        found = _told_of(seen, whole, alike)
        if found is not None:
            return found
    raise refusal(field)


def _told_of(
    seen: Seen, whole: Some, alike: Mapping[str, Strings]
) -> tuple[Some, datetime | None] | None:
    """As `_told_whole`, with people of the same teams left out where some must be."""
    for _round in range(ROUNDS):
        beside = seen.beside(whole)
        are_enough = np.count_nonzero(whole.modelled) >= MIN_PEOPLE
        if are_enough and not beside.leaks:
            return whole, None
        # nearly the same people, and not only nearly the same ones modelled
        same = beside.near[beside.apart(ALL, beside.near) < MIN_PEOPLE].tolist()
        told = next((row for row in same if seen.can_tell(row)), None)
        if told is not None:
            return seen.some_of(told), seen.asked[told].asked_at
        if not are_enough or not len(beside.near):
            break
        whole = _coarser(seen, beside, alike)
    return None


def _coarser(seen: Seen, beside: Beside, teams: Mapping[str, Strings]) -> Some:
    """The same people, so many fewer of them modelled that five are between them and those near.

    Of people in the same teams as those in whom they differ, so that other teams stay as they were.
    """
    whole = beside.some
    earlier = [seen.some_of(row).modelled for row in beside.near.tolist()]
    can_go = np.logical_and.reduce([whole.modelled, *earlier])
    apart = np.logical_or.reduce([one ^ whole.modelled for one in earlier])
    alike = np.zeros(len(apart), dtype=np.int64)
    for team in teams.values():
        alike += np.isin(team, team[apart & (team != "")])
    # of those alike anybody, but always the same
    order = np.lexsort((seen.people.codes, -alike))
    n = MIN_PEOPLE - int(beside.apart(MODELLED, beside.near).min())
    kept = whole.modelled.copy()
    kept[order[can_go[order]][:n]] = False
    return Some(whole.all, kept)


def _without(people: People, gone: set[str]) -> People:
    """The people, but for those who were erased: they are in no group, and kept in none."""
    if not gone:
        return people
    erased = np.isin(people.ids, list(gone))
    return replace(people, codes=np.where(erased, np.uint64(NOBODY), people.codes))


def _coded(people: People, some: Some) -> AskedGroup:
    return AskedGroup(people.codes[some.modelled], people.codes[some.all & ~some.modelled])


def _is_over(seen: Seen, asked: Sequence[Asked], people: People) -> bool:
    """Whether it is made of these groups and people already."""
    return (
        len(seen.asked) == len(asked)
        and np.array_equal(seen.people.codes, people.codes)
        and np.array_equal(seen.people.refuses, people.refuses)
    )


class _Leaking:
    """Which groups of the invited must not be told of as they are."""

    def __init__(self, seen: Seen, invited: Ints) -> None:
        self._seen, self._invited = seen, invited
        self._found: dict[bytes, Beside] = {}

    def first(self, groups: Sequence[Group]) -> Group | None:
        """One of a breakdown's groups that must go in with others; None where all can be told."""
        parts = self.beside(groups)
        if self._seen.is_told(parts):
            return None
        for group, part in zip(groups, parts, strict=True):
            if part.leaks:
                return group
        found = self._seen.nearly_made_of(parts)
        return None if found is None else groups[found]

    def beside(self, groups: Sequence[Group]) -> list[Beside]:
        """The groups, to be compared with what was asked."""
        return [self._beside(group) for group in groups]

    def _beside(self, group: Group) -> Beside:
        key = group.mask.tobytes()
        if key not in self._found:
            n = len(self._seen.people.codes)
            masks = (_over_everyone(one, self._invited, n) for one in (group.mask, group.counted))
            self._found[key] = self._seen.beside(Some(*masks))
        return self._found[key]


def _over_everyone(mask: Bools, invited: Ints, n: int) -> Bools:
    found = np.zeros(n, dtype=bool)
    found[invited[mask]] = True
    return found
