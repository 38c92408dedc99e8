"""Two designs in paired draws: the same luck, so that their difference is told sharply.

The activity's luck, a team's (by its name) and a person's are the same under both designs. On top
comes what the forecast of the change itself may be off by: a departure in log-odds, shared by all
and one for each function.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np

from features.history.columns import Bools, Floats, Ints, Strings, positions
from training.headcounts import (
    Dice,
    Draws,
    HeadcountModel,
    logistic,
    rolled,
    simulate,
    team_numbers,
)

# of the departure's variance, what a function has for itself
OF_FUNCTION = 0.25


@dataclass(frozen=True)
class Design:
    """Who is invited under a design: chances, whose they are, and teams' names, "" for none."""

    p: Floats
    employee: Ints
    group: Strings
    function: Strings
    late_mean: float


@dataclass(frozen=True)
class Compared:
    """Draws of the other design as it would be forecast, and beside the first one's."""

    first: Draws
    other: Draws
    departed: Draws

    def difference(self, first: Bools | None = None, other: Bools | None = None) -> Ints:
        """Draws of the other's count less the first one's, over a mask of each one's pairs."""
        return self.departed.count(other) - self.first.count(first)


def compared(
    model: HeadcountModel, first: Design, other: Design, sd: float, seed: int, n_draws: int
) -> Compared:
    """Both designs in paired draws; the first one's are those of `simulate` with this seed.

    `sd` is that of the departure, in log-odds.
    """
    rng = np.random.default_rng([seed, 1])
    team = team_numbers(other.group)
    _mine, dice, drawn = _FIRST.of(model, first, seed, n_draws)
    beside = _beside(dice, first, other, team, rng)
    wider, column, departed = _departed(model, other, team, beside, sd, rng)
    found = simulate(model, other.p, team, other.late_mean, dice=beside)
    # a departure changes nothing about those who are not there yet
    beyond = simulate(wider, other.p, column, other.late_mean, dice=departed, late=found.late)
    return Compared(drawn, found, beyond)


class _LastFirst:
    """The draws of the first design of the last comparison: many are made with one and the same."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], Ints, Dice, Draws] | None = None

    def of(
        self, model: HeadcountModel, first: Design, seed: int, n_draws: int
    ) -> tuple[Ints, Dice, Draws]:
        """(the team of each pair, its dice, its draws)."""
        content = hashlib.sha256(first.p.tobytes())
        content.update("\0".join(first.group.astype(str)).encode())
        asked = (model, first.late_mean, seed, n_draws, content.digest())
        kept = self._kept
        # of models, which hold arrays, only the very same one is
        if kept is None or kept[0][0] is not model or kept[0][1:] != asked[1:]:
            mine = team_numbers(first.group)
            dice = rolled(mine, seed, n_draws)
            drawn = simulate(model, first.p, mine, first.late_mean, dice=dice)
            kept = self._kept = (asked, mine, dice, drawn)
        return kept[1:]


_FIRST = _LastFirst()


def _beside(
    dice: Dice, first: Design, other: Design, team: Ints, rng: np.random.Generator
) -> Dice:  # fmt: skip
    """The other's dice: those of the first for the teams and the people that both have."""
    n_draws = len(dice.luck)
    teams = rng.standard_normal((n_draws, int(team.max(initial=-1)) + 2))
    # the place of a name among the sorted ones is its number, as in `team_numbers`
    names, theirs = (np.unique(one.group.astype(str)).astype(object) for one in (first, other))
    place = positions(names, theirs)
    teams[:, np.flatnonzero(place >= 0)] = dice.team_luck[:, place[place >= 0]]
    teams[:, -1] = dice.team_luck[:, -1]
    if np.array_equal(first.employee, other.employee):
        return replace(dice, team_luck=teams)
    people = logistic(rng, len(other.employee), n_draws)
    _, here, there = np.intersect1d(
        other.employee, first.employee, assume_unique=True, return_indices=True
    )
    people[here] = dice.people[there]
    return Dice(dice.luck, teams, people, dice.late)


def _departed(
    model: HeadcountModel, other: Design, team: Ints, dice: Dice, sd: float,
    rng: np.random.Generator,
) -> tuple[HeadcountModel, Ints, Dice]:  # fmt: skip
    """What the other design is drawn from once more, its log-odds off by the departure.

    On average as it is forecast.
    """
    n_draws = len(dice.luck)
    shared, own = sd * np.sqrt(1 - OF_FUNCTION), sd * np.sqrt(OF_FUNCTION)
    names, function = np.unique(other.function.astype(str), return_inverse=True)
    # a column for each team within each function
    pairs, column = np.unique(np.stack([team, function]), axis=1, return_inverse=True)
    off = rng.standard_normal((n_draws, len(names)))
    teams = model.team_luck * dice.team_luck[:, pairs[0]] + own * off[:, pairs[1]]
    luck = model.luck * dice.luck + shared * rng.standard_normal(n_draws)
    wider = replace(
        model, luck=float(np.hypot(model.luck, shared)),
        team_luck=float(np.hypot(model.team_luck, own)),
    )  # fmt: skip
    dice = replace(dice, luck=luck / wider.luck, team_luck=teams / wider.team_luck)
    return wider, column.ravel(), dice
