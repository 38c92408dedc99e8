"""From probabilities of pairs to head counts: people share an activity's luck.

Summed as if independent, pairs would be far too sure. So an activity has a luck that shifts all
its invited people's log-odds, and each of its teams one of its own; late joiners come on top. The
sizes of both are those that `luck` fitted on forecasts that had not seen their outcomes; the levels
are moved to where whole past activities fell (conformalised).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.history.columns import DAY, Bools, Floats, Ints, Strings
from training.participation import logit

N_DRAWS = 2000
PAIRS_AT_ONCE = 32
# people's dice of so many draws of everyone are kept: 40 MB, ten thousand people's thousand
MOST_KEPT = 10_000_000
Float32s = NDArray[np.float32]
# a past without counts says nothing of luck: then it is taken to be what such companies report
DEFAULT_LUCK, DEFAULT_TEAM_LUCK = 0.35, 0.2
# past positions of outcomes say little each: a level leans on the nominal one as so many would
PRIOR_ACTIVITIES = 60.0
SIZE_SCALE = 0.6
NARROWING = 0.5
MAX_LATE_DAYS = 45.0
LATE_HALF_LIFE_DAYS = 240.0
# late joiners grow less than audiences: the power of its size that they are in proportion to
LATE_SIZE_POWER = 0.75
# (16 sqrt(3) / (15 pi))^2: how a normal shift of log-odds flattens a probability
FLATTENING = 0.346


@dataclass(frozen=True)
class HeadcountModel:
    """Luck in log-odds, late joiners, and past positions of outcomes in their forecasts.

    `luck` is that of forecasts by the newest model. `pit` holds, per past activity, the share of
    draws below its count (ties split in the middle), `pit_expected` the count that was expected;
    `late_*` the audience, start, exposure and number of late joiners of each.
    """

    luck: float = DEFAULT_LUCK
    team_luck: float = DEFAULT_TEAM_LUCK
    late_shape: float = 1.0
    pit: Floats = field(default_factory=lambda: np.zeros(0))
    pit_expected: Floats = field(default_factory=lambda: np.zeros(0))
    late_audience: Strings = field(default_factory=lambda: np.zeros(0, dtype=object))
    late_starts: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    late_exposure: Floats = field(default_factory=lambda: np.zeros(0))
    late_count: Floats = field(default_factory=lambda: np.zeros(0))

    def late_mean(self, audience: str, as_of: int, exposure: float) -> float:
        """Expected late joiners: as with activities lately, of the same audience above all."""
        if not len(self.late_count):
            return 0.0
        age = (as_of - self.late_starts) / DAY
        same = np.where(self.late_audience == audience, 1.0, 0.1)
        weight = same * 0.5 ** (np.maximum(age, 0) / LATE_HALF_LIFE_DAYS) + 1e-6
        # what had not started by then tells nothing, unless there is nothing else
        weight = np.where(age > 0, weight, 0 if (age > 0).any() else 1)
        # each past activity at a like size: a large one must not speak for the small ones
        weight = weight / (self.late_exposure + 1)
        return float(exposure * (weight @ self.late_count) / (weight @ self.late_exposure + 1e-9))

    def levels(self, nominal: Sequence[float], expected: float) -> list[float]:
        """The levels of draws at which these shares of past outcomes lay below.

        Past activities count the more, the nearer their expected counts are by ratio. Leans on the
        nominal levels as `PRIOR_ACTIVITIES` activities would.
        """
        if not len(self.pit):
            return list(nominal)
        pit, sizes = self._placed
        weight = np.exp(-0.5 * ((sizes - np.log1p(expected)) / SIZE_SCALE) ** 2) + 1e-3
        total = weight.sum()
        n = float(total**2 / (weight @ weight))
        # one more outcome could fall anywhere: the finite-sample correction of split conformal
        shares = np.asarray(nominal, dtype=float)
        reach = np.clip(shares + (shares - 0.5) / n, 0, 1)
        observed = np.interp(reach * total, np.cumsum(weight) - 0.5 * weight, pit)
        level = (n * observed + PRIOR_ACTIVITIES * shares) / (n + PRIOR_ACTIVITIES)
        # rooms are booked by these: a bad past widens an interval at once, a lucky one with care
        narrower = (level - shares) * (shares - 0.5) < 0
        level = np.where(narrower, shares + NARROWING * (level - shares), level)
        found: list[float] = np.clip(level, 0.001, 0.999).tolist()
        return found

    @cached_property
    def _placed(self) -> tuple[Floats, Floats]:
        """(past positions, ascending; the logarithms of one more than was expected of each)."""
        order = np.argsort(self.pit)
        return self.pit[order], np.log1p(self.pit_expected[order])


@dataclass(frozen=True)
class Dice:
    """All that is random in a simulation, apart from its model, so that two can share it.

    `luck` and `team_luck` (draws, draws x teams and one for none) are standard normal; `people`
    (pairs x draws) is standard logistic: whose own is below the log-odds takes part; `late` is the
    state of the generator that late joiners come from.
    """

    luck: Floats
    team_luck: Floats
    people: Float32s
    late: Any


@dataclass(frozen=True)
class Draws:
    """Simulated outcomes, draws x pairs, and of late joiners; sums of teams add up."""

    model: HeadcountModel
    participates: Bools
    late: Ints
    p: Floats
    late_mean: float

    @cached_property
    def _by_pair(self) -> NDArray[np.uint8]:
        # no copy of what `simulate` made
        return np.ascontiguousarray(self.participates.T).view(np.uint8)

    @cached_property
    def _counted(self) -> dict[bytes | None, Ints]:
        # what changed designs are compared with is counted by the same teams again and again
        return {}

    @cached_property
    def _told(self) -> dict[tuple[bytes | None, tuple[float, ...]], Floats]:
        return {}

    def count(self, mask: Bools | None = None) -> Ints:
        """Draws of the count over a mask of pairs; over everyone, late joiners included."""
        name = _name_of(mask)
        found = self._counted.get(name)
        if found is None:
            found = self._counted[name] = self._count(mask)
        return found

    def _count(self, mask: Bools | None) -> Ints:
        if mask is None:
            return np.asarray(self._by_pair.sum(axis=0, dtype=np.int32) + self.late)
        pairs = self._by_pair[mask]
        # so few fit into a byte, where nothing has to be cast
        within = np.uint8 if len(pairs) < 256 else np.int32
        return np.asarray(np.add.reduce(pairs, axis=0, dtype=within).astype(np.int32))

    def expected(self, mask: Bools | None = None) -> float:
        """The expected count."""
        return float(self.p.sum() + self.late_mean if mask is None else self.p[mask].sum())

    def quantiles(self, levels: Sequence[float], mask: Bools | None = None) -> Floats:
        """Conformalised quantiles of the count, ascending in the levels."""
        name = _name_of(mask), tuple(levels)
        found = self._told.get(name)
        if found is None:
            moved = self.model.levels(levels, self.expected(mask))
            found = np.maximum.accumulate(quantiles_of(self.count(mask), moved))
            self._told[name] = found
        return found


def _name_of(mask: Bools | None) -> bytes | None:
    return None if mask is None else np.packbits(mask).tobytes()


def quantiles_of(values: Ints, levels: Sequence[float]) -> Floats:
    """What `np.quantile` gives, several times faster for a thousand values.

    >>> quantiles_of(np.array([3, 1, 2]), [0.5, 0.75]).tolist()
    [2.0, 2.5]
    """
    ordered = np.sort(values).astype(float)
    place = np.asarray(levels) * (len(ordered) - 1)
    below = np.floor(place).astype(np.int64)
    part, low = place - below, ordered[below]
    high = ordered[np.minimum(below + 1, len(ordered) - 1)]
    found: Floats = np.where(
        part < 0.5, low + (high - low) * part, high - (high - low) * (1 - part)
    )
    return found


def exposure_of(n_invited: int, as_of: int, starts: int) -> float:
    """What late joiners are in proportion to: a power of the invited, and days until the start.

    Of the days, MAX_LATE_DAYS count at most: what was learnt weeks ahead says nothing of those who
    may join within a year.
    """
    days = float(np.clip((starts - as_of) / DAY, 0, MAX_LATE_DAYS))
    return float(n_invited**LATE_SIZE_POWER) * days


def simulate(
    model: HeadcountModel,
    p: Floats,
    team: Ints,
    late_mean: float = 0.0,
    seed: int = 0,
    n_draws: int = N_DRAWS,
    dice: Dice | None = None,
    late: Ints | None = None,
) -> Draws:
    """Draws of who takes part, for pairs with probability `p` in the teams of `team`.

    Given `dice`, nothing is rolled: `seed` and `n_draws` are not read. Given `late`, those are the
    late joiners.
    """
    dice = dice or rolled(team, seed, n_draws)
    spread = model.luck**2 + model.team_luck**2
    # p is already averaged over luck: sharpen it so that it is again once luck is added
    centre = (logit(p) * np.sqrt(1 + FLATTENING * spread)).astype(np.float32)
    team_shift = (model.team_luck * dice.team_luck).astype(np.float32)
    shift = np.ascontiguousarray(
        ((model.luck * dice.luck).astype(np.float32)[:, None] + team_shift).T
    )
    participates = np.empty(dice.people.shape, dtype=bool)
    # a few pairs at a time, so that they stay in the cache
    for begin in range(0, len(team), PAIRS_AT_ONCE):
        some = slice(begin, begin + PAIRS_AT_ONCE)
        odds = shift[team[some]]
        odds += centre[some, None]
        np.less(dice.people[some], odds, out=participates[some])
    if late is None:
        late = _late_joiners(model, late_mean, dice)
    return Draws(model, participates.T, late, np.asarray(p, dtype=float), late_mean)


def _late_joiners(model: HeadcountModel, mean: float, dice: Dice) -> Ints:
    """A gamma mixed with a Poisson: some activities draw many late joiners, most few."""
    rng = np.random.default_rng()
    rng.bit_generator.state = dice.late
    rate = rng.gamma(model.late_shape, mean / model.late_shape, len(dice.luck))
    # by levels, so that a few more to be expected are a few more in every draw
    return poisson_at(rng.random(len(dice.luck)), rate)


def poisson_at(level: Floats, rate: Floats) -> Ints:
    """The counts of Poisson distributions at these levels; 0 where nothing is expected.

    >>> poisson_at(np.array([0.1, 0.9, 0.5]), np.array([4.0, 4.0, 0.0])).tolist()
    [2, 7, 0]
    """
    # as scipy.stats does, whose checks take longer than the numbers
    from scipy.special import pdtr, pdtrik

    found = np.ceil(np.nan_to_num(pdtrik(level, rate)))
    below = np.maximum(found - 1, 0)
    whole: Ints = np.where(pdtr(below, rate) >= level, below, found).astype(np.int64)
    return whole


def rolled(team: Ints, seed: int, n_draws: int = N_DRAWS) -> Dice:
    """The dice of a seed for pairs in these teams, read-only: many forecasts share them."""
    size = int(team.max(initial=-1)) + 2, len(team), seed, n_draws
    return _kept_dice(*size) if len(team) * n_draws <= MOST_KEPT else _roll(*size)


def _roll(n_teams: int, n_people: int, seed: int, n_draws: int) -> Dice:
    rng = np.random.default_rng(seed)
    teams = rng.standard_normal((n_draws, n_teams))
    luck = rng.standard_normal(n_draws)
    people = logistic(rng, n_people, n_draws)
    for dice in (teams, luck, people):
        dice.flags.writeable = False
    return Dice(luck, teams, people, rng.bit_generator.state)


# a service forecasts the same audience again and again
_kept_dice = lru_cache(maxsize=2)(_roll)


def logistic(rng: np.random.Generator, n_people: int, n_draws: int) -> Float32s:
    """Standard logistic dice, people x draws: the log-odds of uniform ones."""
    found: Float32s = rng.random((n_people, n_draws), dtype=np.float32)
    # a few people at a time, so that they stay in the cache
    for begin in range(0, n_people, PAIRS_AT_ONCE):
        level = found[begin : begin + PAIRS_AT_ONCE]
        with np.errstate(divide="ignore"):
            # a level of zero is below everybody's odds
            np.log(np.divide(level, 1 - level, out=level), out=level)
    return found


def team_numbers(teams: NDArray[np.object_]) -> Ints:
    """Teams' names as numbers from 0; "" (unknown) is -1."""
    names, number = np.unique(teams.astype(str), return_inverse=True)
    return np.where(names[number] == "", -1, number).astype(np.int64)
