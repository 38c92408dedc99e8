"""From probabilities of pairs to head counts: people share an activity's luck.

Summed as if independent, pairs would be far too sure. So an activity has a luck that shifts all
its invited people's log-odds, and each of its teams one of its own; late joiners come on top. The
sizes of both are fitted on forecasts that had not seen their outcomes, and the levels are then
moved to where whole past activities fell (conformalised).

What a model gets wrong of an activity looks like luck too, and shrinks with what there was to learn
from. Past forecasts were made with less than the next ones will be, so each is read by what it had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.history.columns import DAY, Bools, Floats, Ints, Strings
from training.participation import expit, logit

N_DRAWS = 2000
DRAWS_AT_ONCE = 32
Float32s = NDArray[np.float32]
# a past without counts says nothing of luck: then it is taken to be what such companies report
DEFAULT_LUCK, DEFAULT_TEAM_LUCK = 0.35, 0.2
# how far, in its logarithm, luck may well lie from the default
LUCK_SPREAD = 0.4
SMALLEST_LUCK, LARGEST_LUCK = 0.05, 1.5
# a model that learnt from so many activities is as far off as an activity has luck of its own
LEARNT_HALFWAY = 200.0
# with fewer, a model says little more than a base rate, and is no further off than that
FEWEST_LEARNT = 50
# no past forecast's luck is read as more than so many times as variable as the newest model's: were
# it only chance that it lay so far off, intervals would be too narrow
MOST_WIDER = 2.5
# of everyone's log-odds, finer than any activity's count tells them apart
SHIFTS = np.linspace(-4.5, 4.5, 361)
# past positions of outcomes say little each: a level leans on the nominal one as so many would
PRIOR_ACTIVITIES = 60.0
SIZE_SCALE = 0.6
NARROWING = 0.5
ERRORS_HALF_LIFE_DAYS = 365.0
MAX_LATE_DAYS = 45.0
LATE_HALF_LIFE_DAYS = 120.0
# (16 sqrt(3) / (15 pi))^2: how a normal shift of log-odds flattens a probability
FLATTENING = 0.346


@dataclass(frozen=True)
class PastCount:
    """One activity that was forecast without having been seen: its pairs, teams and outcome.

    `learnt` is how many activities had started when the model that forecast it was fitted.
    """

    activity: int
    as_of: int
    p: Floats
    team: Ints
    participated: Bools
    n_late: int
    audience: str
    starts: int
    learnt: int

    @property
    def exposure(self) -> float:
        """Invited people times days until the start: what late joiners are in proportion to."""
        return exposure_of(len(self.p), self.as_of, self.starts)


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
    (draws x pairs) is uniform; `late` is the state of the generator that late joiners come from.
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

    def count(self, mask: Bools | None = None) -> Ints:
        """Draws of the count over a mask of pairs; over everyone, late joiners included."""
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
        moved = self.model.levels(levels, self.expected(mask))
        return np.maximum.accumulate(quantiles_of(self.count(mask), moved))


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
    """Invited people times days until the start, of which MAX_LATE_DAYS count at most.

    What was learnt weeks ahead says nothing of those who may join within a year.
    """
    return n_invited * float(np.clip((starts - as_of) / DAY, 0, MAX_LATE_DAYS))


def simulate(
    model: HeadcountModel,
    p: Floats,
    team: Ints,
    late_mean: float = 0.0,
    seed: int = 0,
    n_draws: int = N_DRAWS,
    dice: Dice | None = None,
) -> Draws:
    """Draws of who takes part, for pairs with probability `p` in the teams of `team`.

    Given `dice`, nothing is rolled: `seed` and `n_draws` are not read.
    """
    dice = dice or rolled(team, seed, n_draws)
    n_draws = len(dice.luck)
    spread = model.luck**2 + model.team_luck**2
    # p is already averaged over luck: sharpen it so that it is again once luck is added
    centre = (logit(p) * np.sqrt(1 + FLATTENING * spread)).astype(np.float32)
    team_shift = (model.team_luck * dice.team_luck).astype(np.float32)
    shift = (model.luck * dice.luck).astype(np.float32)[:, None] + team_shift
    # the draws of a pair stand together: teams are summed pair by pair
    participates = np.empty(dice.people.shape[::-1], dtype=bool)
    # a few draws at a time, so that they stay in the cache
    for begin in range(0, n_draws, DRAWS_AT_ONCE):
        some = slice(begin, begin + DRAWS_AT_ONCE)
        odds = shift[some][:, team]
        odds += centre
        np.exp(np.negative(odds, out=odds), out=odds)
        odds += 1
        participates[:, some] = np.less(dice.people[some], np.reciprocal(odds, out=odds)).T
    # a gamma mixed with a Poisson: some activities draw many late joiners, most few
    rng = np.random.default_rng()
    rng.bit_generator.state = dice.late
    rate = rng.gamma(model.late_shape, late_mean / model.late_shape, n_draws)
    # by levels, so that a few more to be expected are a few more in every draw
    late = poisson_at(rng.random(n_draws), rate)
    return Draws(model, participates.T, late, np.asarray(p, dtype=float), late_mean)


def poisson_at(level: Floats, rate: Floats) -> Ints:
    """The counts of Poisson distributions at these levels; 0 where nothing is expected.

    >>> poisson_at(np.array([0.1, 0.9, 0.5]), np.array([4.0, 4.0, 0.0])).tolist()
    [2, 7, 0]
    """
    from scipy.stats import poisson

    found: Ints = np.nan_to_num(poisson.ppf(level, rate)).astype(np.int64)
    return np.maximum(found, 0)


def rolled(team: Ints, seed: int, n_draws: int = N_DRAWS) -> Dice:
    """The dice of a seed for pairs in these teams."""
    rng = np.random.default_rng(seed)
    teams = rng.standard_normal((n_draws, int(team.max(initial=-1)) + 2))
    luck = rng.standard_normal(n_draws)
    people = rng.random((n_draws, len(team)), dtype=np.float32)
    return Dice(luck, teams, people, rng.bit_generator.state)


def fit_headcounts(past: Sequence[PastCount], learnt: int) -> HeadcountModel:
    """Luck, late joiners and positions of outcomes from activities that had not been seen.

    For forecasts by a model that learnt from `learnt` activities.
    """
    if not past:
        return HeadcountModel()
    weight, wider = _recency(past), _wider_then(past, learnt)
    luck, team_luck = _fit_luck(past, weight, wider)
    late = np.array([count.n_late for count in past], dtype=float)
    exposure = np.array([count.exposure for count in past])
    model = HeadcountModel(
        luck, team_luck, _late_shape(late, exposure, weight),
        late_audience=np.array([count.audience for count in past], dtype=object),
        late_starts=np.array([count.starts for count in past], dtype=np.int64),
        late_exposure=exposure,
        late_count=late,
    )  # fmt: skip
    # each outcome within its own forecast's luck, that of its time
    lucks = np.minimum(luck * np.sqrt(wider), LARGEST_LUCK).tolist()
    placed = [_position(replace(model, luck=then), count, number)
              for number, (count, then) in enumerate(zip(past, lucks, strict=True))]  # fmt: skip
    pit, expected = np.array(placed).T
    return replace(model, pit=pit, pit_expected=expected)


def _recency(past: Sequence[PastCount]) -> Floats:
    """How much each past forecast tells: later ones are of people and habits as they are."""
    starts = np.array([count.starts for count in past])
    weight: Floats = 0.5 ** ((starts.max() - starts) / DAY / ERRORS_HALF_LIFE_DAYS)
    return weight


def _wider_then(past: Sequence[PastCount], learnt: int) -> Floats:
    """The variance of each past forecast's luck over that of a model that learnt from `learnt`."""
    then = np.array([count.learnt for count in past])
    variance = 1 + LEARNT_HALFWAY / np.maximum(np.append(then, learnt), FEWEST_LEARNT)
    found: Floats = np.clip(variance[:-1] / variance[-1], 1 / MOST_WIDER, MOST_WIDER)
    return found


def _late_shape(late: Floats, exposure: Floats, weight: Floats) -> float:
    """Shape of the gamma by which late joiners vary beyond chance, by moments."""
    mean = exposure * float(weight @ late) / max(float(weight @ exposure), 1e-9)
    excess = float(weight @ ((late - mean) ** 2 - mean))
    return float(np.clip(float(weight @ mean**2) / max(excess, 1e-9), 0.1, 50))


def _position(model: HeadcountModel, count: PastCount, seed: int) -> tuple[float, float]:
    """(the outcome's place among draws of its forecast, the count expected)."""
    late_mean = model.late_mean(count.audience, count.as_of, count.exposure)
    forecast = simulate(model, count.p, count.team, late_mean, seed, 500)
    draws, n = forecast.count(), int(count.participated.sum()) + count.n_late
    return float((draws < n).mean() + 0.5 * (draws == n).mean()), forecast.expected()


def _fit_luck(past: Sequence[PastCount], weight: Floats, wider: Floats) -> tuple[float, float]:
    """Standard deviations of activity and team luck, in log-odds, leaning on the defaults.

    Teams' by moments, what they departed by from their own activity; the activity's then by the
    likelihood of the counts, whose own variance is `wider` times as large.
    """
    team = [_team_excess(count) for count in past]
    t_excess = np.concatenate([found[0] for found in team])
    t_weight = np.repeat(weight, [len(found[0]) for found in team])
    t_v = np.concatenate([found[2] for found in team])
    team_variance = _shrunk_variance(t_excess, t_v, t_weight, DEFAULT_TEAM_LUCK**2, 50.0)
    v = np.array([(count.p * (1 - count.p)).sum() for count in past])
    # teams' luck moves the total as well, by what is left of it once they are summed
    squares = np.array([found[1] for found in team])
    teams = team_variance * np.divide(squares, v**2, out=np.zeros_like(v), where=v > 0)
    tilt = np.stack([_tilt(count) for count in past])
    candidates = np.exp(np.linspace(np.log(SMALLEST_LUCK), np.log(LARGEST_LUCK), 80))
    spreads = [np.minimum(luck**2 * wider, LARGEST_LUCK**2) for luck in candidates.tolist()]
    likelihood = np.array([weight @ _log_likelihood(tilt, spread + teams) for spread in spreads])
    away = np.log(candidates / DEFAULT_LUCK) / LUCK_SPREAD
    luck = float(candidates[np.argmax(likelihood - 0.5 * away**2)])
    return luck, float(np.sqrt(team_variance))


def _tilt(count: PastCount) -> Floats:
    """By how much each of SHIFTS, of all log-odds, makes the outcome likelier than none, in logs.

    Exactly: shifting independent people's log-odds by s multiplies the chance of n by exp(s n) over
    its mean, and that mean is a product over people.
    """
    scale = np.sqrt(1 + FLATTENING * (DEFAULT_LUCK**2 + DEFAULT_TEAM_LUCK**2))
    odds = logit(count.p) * scale
    growth = np.array([np.logaddexp(0, odds + shift).sum() for shift in SHIFTS])
    found: Floats = SHIFTS * count.participated.sum() - growth + np.logaddexp(0, odds).sum()
    return found


def _log_likelihood(tilt: Floats, variance: Floats) -> Floats:
    """Of each outcome, averaged over normal shifts of that variance; less that without a shift."""
    from scipy.special import logsumexp

    density = -0.5 * SHIFTS**2 / variance[:, None]
    found: Floats = logsumexp(tilt + density, axis=1) - logsumexp(density, axis=1)
    return found


def _shrunk_variance(
    excess: Floats, v: Floats, weight: Floats, prior: float, prior_weight: float
) -> float:
    """Variance s that fits excess = s v^2, each unit counting by how much it can tell."""
    information = weight * (v / (1 + v)) ** 2
    estimate = np.divide(excess, v**2, out=np.zeros_like(v), where=v > 0)
    # one freak activity must not set the luck of all
    estimate = np.clip(estimate, -1.0, 4.0)
    total = information.sum()
    mean = float((information @ estimate + prior_weight * prior) / (total + prior_weight))
    return float(np.clip(mean, 0.0025, 1.5))


def _team_excess(count: PastCount) -> tuple[Floats, float, Floats]:
    """(squared surplus less its own noise, sum of squared v, v) of each team of one activity.

    Surplus is measured against the activity's own overall shift, so that only the team's is left.
    """
    moved = _moved_to(count.p, float(count.participated.sum()))
    n_teams = int(count.team.max(initial=-1)) + 1
    known = count.team >= 0
    team = count.team[known]
    v: Floats = np.bincount(team, (moved * (1 - moved))[known], n_teams).astype(float)
    surplus = np.bincount(team, (count.participated - moved)[known], n_teams)
    share = np.divide(v, v.sum(), out=np.zeros_like(v), where=v.sum() > 0)
    some = v > 0.3
    noise = v * (1 - share)
    return (surplus**2 - noise)[some], float((v**2).sum()), v[some]


def _moved_to(p: Floats, count: float) -> Floats:
    """The probabilities shifted on the logit scale until they sum to the count (bisection)."""
    if not 0 < count < len(p):
        return p
    low, high = -6.0, 6.0
    odds = logit(p)
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if expit(odds + middle).sum() < count else (low, middle)
    return expit(odds + middle)


def team_numbers(teams: NDArray[np.object_]) -> Ints:
    """Teams' names as numbers from 0; "" (unknown) is -1."""
    names, number = np.unique(teams.astype(str), return_inverse=True)
    return np.where(names[number] == "", -1, number).astype(np.int64)
