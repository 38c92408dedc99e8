"""Two forecasts side by side: how many more or fewer come, of everyone and of each team."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.history.columns import Bools
from features.language import render
from serving.answers import DifferenceAnswer, TeamDifference
from serving.forecast import BREAKDOWNS, INTERVAL, OTHER_TEAMS, Forecast
from serving.predictor import Paired
from serving.privacy import MIN_PEOPLE, Group
from training.headcounts import quantiles_of


@dataclass(frozen=True)
class SharedGroup:
    """The same people, or teams, under both designs; a mask over each one's invited."""

    team: str
    merged: bool
    before: Bools
    after: Bools


class Difference:
    """A forecast, `other`, less another one, `first`, in paired draws.

    A team stands alone where it does so in both forecasts; all others are one group in both.
    """

    def __init__(self, first: Forecast, other: Forecast) -> None:
        self.first, self.other = first, other
        if np.array_equal(first.subject.invited, other.subject.invited):
            # teams are the people's, whatever they are invited to
            vars(other)["groups"] = first.groups
        self.paired: Paired = other.question.paired(other.pairs, first.question, first.pairs)
        # both are told in the draws that they share
        vars(first)["counts"], vars(other)["counts"] = self.paired.base, self.paired.counts

    @property
    def overall(self) -> DifferenceAnswer:
        """Of everyone invited under either."""
        return DifferenceAnswer(**self._numbers(None, None))

    def teams(self, language: str) -> dict[str, list[TeamDifference]]:
        """Per breakdown, of the teams that can be shown in both forecasts."""
        return {
            name: [
                TeamDifference(
                    team=render(OTHER_TEAMS, {}, language) if one.merged else one.team,
                    merged=one.merged,
                    **self._numbers(one.before, one.after),
                )
                for one in shared_groups(self.first.groups[name], self.other.groups[name])
            ]
            for name in BREAKDOWNS
        }

    def _numbers(self, before: Bools | None, after: Bools | None) -> dict[str, int]:
        low, high = quantiles_of(self.paired.difference(before, after), INTERVAL)
        counts = (self.first.counts.expected(before), self.other.counts.expected(after))
        # whole people of both, so that it tells no more than the two forecasts do
        expected = round(counts[1]) - round(counts[0])
        return {
            "expected": expected,
            "low": min(int(np.floor(low)), expected),
            "high": max(int(np.ceil(high)), expected),
        }


def shared_groups(before: Sequence[Group], after: Sequence[Group]) -> list[SharedGroup]:
    """The groups of two forecasts, in the first one's order: each alone, or with all others.

    None where either forecast shows none, or where the others would be one to four people.
    """
    if not before or not after:
        return []
    mine = {group.team: group for group in before if not group.merged}
    theirs = {group.team: group for group in after if not group.merged}
    alone = [
        SharedGroup(name, False, group.mask, theirs[name].mask)
        for name, group in mine.items()
        if name in theirs
    ]
    rest = [
        ~np.logical_or.reduce([np.zeros(len(groups[0].mask), dtype=bool), *masks])
        for groups, masks in (
            (before, [one.before for one in alone]), (after, [one.after for one in alone]),
        )
    ]  # fmt: skip
    if any(0 < mask.sum() < MIN_PEOPLE for mask in rest):
        return []
    if not any(mask.any() for mask in rest):
        return alone
    return [*alone, SharedGroup("", True, rest[0], rest[1])] if alone else []
