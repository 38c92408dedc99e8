"""How lucky activities and teams are, and where outcomes fell: fitted on past forecasts.

What a model gets wrong of an activity looks like luck too, and shrinks with what there was to learn
from. Past forecasts were made with less than the next ones will be, so each is read by what it had.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.history.columns import DAY, Bools, Floats, Ints
from training.headcounts import (
    DEFAULT_LUCK,
    DEFAULT_TEAM_LUCK,
    FLATTENING,
    HeadcountModel,
    exposure_of,
    simulate,
)
from training.participation import expit, logit

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
# people whose odds are multiplied before a logarithm is taken
TOGETHER = 16
ERRORS_HALF_LIFE_DAYS = 365.0


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
        """What late joiners are in proportion to."""
        return exposure_of(len(self.p), self.as_of, self.starts)


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
    growth = _growth(odds, SHIFTS)
    found: Floats = SHIFTS * count.participated.sum() - growth + _growth(odds, np.zeros(1))
    return found


def _growth(odds: Floats, shifts: Floats) -> Floats:
    """The sum over people of log(1 + exp(odds + shift)), for each shift.

    One logarithm for some people's product, which is far below the largest number there is.
    """
    more = -len(odds) % TOGETHER
    each = np.append(np.exp(odds), np.zeros(more)).reshape(TOGETHER, -1)
    products = np.array([(1 + each * factor).prod(axis=0) for factor in np.exp(shifts)])
    found: Floats = np.log(products).sum(axis=1)
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
