"""Why: what moves an activity's forecast away from what the same people usually do, in points.

Contributions are Shapley values of the final forecast. The same people's recent activities are the
background: their mean forecast, as of this moment, is the usual share. Between a background
activity and this one, groups of columns are swapped one after the other in random orders; a group's
contribution is how far, on average over orders, its swap moves the forecast. So they add up to the
whole distance, and a group that does not differ moves nothing. The workload of the usual share is
that of a usual time of the people's teams.

People, background activities and orders are sampled, and every order goes with its reverse. Several
samples are drawn, each a small likeness of the whole: the standard error is what they differ by.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history.columns import Bools, Floats, Ints
from features.pairs.features import Stage
from features.pairs.moment import Float32s
from training.feature_groups import GROUPS, group_of
from training.predicting import Now, PairProbabilities
from training.usual import FEWEST_PEOPLE, TEAM_KEYS, as_usual

# of a regression on theme, time and reward: each group swaps its own part
MIXED = "function_expected"
COLLEAGUES = GROUPS.index("colleagues")
N_BACKGROUND = 8
N_SAMPLES, SAMPLE_SIZE = 16, 16


@dataclass(frozen=True)
class Contribution:
    """What one group adds to the expected share, in percentage points, and its standard error."""

    group: str
    points: float
    error: float


@dataclass(frozen=True)
class Explanation:
    """Per sampled pair, by how much each of GROUPS moves its probability.

    `row` is the pair's place among the pairs explained, `sample` the number of its sample,
    `against` its background activity; `moved` is sampled pairs x groups. No row where no activity
    was held yet.
    """

    row: Ints
    sample: Ints
    against: Ints
    moved: Floats

    def contributions(self, mask: Bools | None = None) -> list[Contribution]:
        """Each group's contribution over a mask of the pairs explained, the strongest first.

        They add up to the pairs' forecast less their usual share. Empty where fewer than five
        people of the mask were sampled.
        """
        chosen = np.ones(len(self.row), dtype=bool) if mask is None else mask[self.row]
        if len(set(self.row[chosen].tolist())) < FEWEST_PEOPLE:
            return []
        n = np.bincount(self.sample, chosen)
        total = np.stack([np.bincount(self.sample, column * chosen) for column in self.moved.T])
        mean = total.sum(axis=1) / n.sum()
        # a mask has more of one sample than of another: the error of a ratio
        residual = total - mean[:, None] * n
        error = np.sqrt(N_SAMPLES / (N_SAMPLES - 1) * (residual**2).sum(axis=1)) / n.sum()
        found = [
            Contribution(group, 100 * float(points), 100 * float(off))
            for group, points, off in zip(GROUPS, mean, error, strict=True)
        ]
        return sorted(found, key=lambda one: -abs(one.points))


def explanation(
    now: Now,
    activity: int,
    pairs: PairProbabilities,
    stage: Stage,
    seed: int = 0,
    everyone: pd.DataFrame | None = None,
) -> Explanation:
    """What moves the forecast of the pairs, from a sample of them; the same seed, the same sample.

    `everyone` has the employee features of whole teams, a row per employee of the history, from
    which it is seen how much teams have to do now; None: those of `now`.

    In the stage "open", what answers say goes with the colleagues: beside the columns that count
    registrations so far, a person's own answer. A background activity, over by now, has no such
    columns in the same sense; they, and the days left, stand at their mean over training rows
    (`now.models.usual`), and nobody has answered. So an activity is set against a usual one that
    is as far on as usual; columns of no known mean stay as they are, and move nothing.
    """
    if stage == "launch":
        # the usual activities too are told of as if nobody had answered this one
        now = now.before_answers(activity)
    background = background_of(now, activity, pairs.employee_ix)
    if not len(background):
        none = np.zeros(0, dtype=np.int64)
        return Explanation(none, none, none, np.zeros((0, len(GROUPS))))
    rng = np.random.default_rng(seed)
    rank, sample, other = _sampled(len(pairs.employee_ix), len(background), rng)
    row = np.argsort(pairs.participates, kind="stable")[rank]
    this = pairs.features.iloc[row].reset_index(drop=True)
    usual = _usual(now, this, background[other], pairs.employee_ix[row], stage, everyone)
    employees = pairs.employee_ix[row]
    answers = now.answers_to(activity, stage)[employees]
    mixed = _mixed(now, activity, background[other], employees)
    swap = _Swap(now, stage, pairs, answers, this, usual, mixed)
    return Explanation(row, sample, background[other], _shapley(swap, rng))


def background_of(now: Now, activity: int, employees: Ints) -> Ints:
    """The newest activities held, of those that most of these people were invited to."""
    moment = now.moment
    columns = np.flatnonzero(moment.held[moment.past] & (moment.past != activity))
    starts = now.history.activities.starts[moment.activity_rows[moment.past[columns]]]
    share = moment.asked[employees][:, columns].mean(axis=0)
    # where too few invited most of them, those that invited the most come next
    order = np.lexsort((-starts, np.where(share >= 0.5, 0.0, -share), share < 0.5))
    return np.sort(moment.past[columns[order[:N_BACKGROUND]]])


def _sampled(n_people: int, n_background: int, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """(rank, sample, number of the background activity) of each sampled pair.

    Each sample goes evenly along the ranks from a start of its own, and takes every background
    activity as often, or once more.
    """
    places, rounds = np.arange(SAMPLE_SIZE), -(-SAMPLE_SIZE // n_background)
    rank, other = [], []
    for _ in range(N_SAMPLES):
        rank.append(((places + rng.random()) * n_people / SAMPLE_SIZE).astype(np.int64))
        other += [rng.permutation(n_background) for _ in range(rounds)]
        other[-1] = other[-1][: SAMPLE_SIZE - (rounds - 1) * n_background]
    return np.concatenate(rank), np.repeat(np.arange(N_SAMPLES), SAMPLE_SIZE), np.concatenate(other)


def _usual(
    now: Now,
    this: pd.DataFrame,
    activities: Ints,
    employees: Ints,
    stage: Stage,
    everyone: pd.DataFrame | None,
) -> Float32s:
    """What the models would read, rows x columns, were each row about its background activity."""
    found = this.to_numpy(dtype=np.float32, copy=True)
    place = {str(name): number for number, name in enumerate(this.columns)}
    tied: set[str] = set()
    for activity in np.unique(activities).tolist():
        mine = np.flatnonzero(activities == activity)
        columns = now.pair_columns(activity, employees[mine], "launch")
        tied = set(columns)
        for name, values in columns.items():
            found[mine, place[name]] = values
    own, loads = now.employee_features, now.models.loads
    if stage == "open":
        of_people = () if own is None else own.columns
        for name in set(place) - tied - set(of_people):
            found[:, place[name]] = now.models.usual.get(name, this[name])
    if own is not None and loads is not None and len(loads):
        known = [name for name in loads.columns if name in own.columns]
        places = [place[name] for name in known]
        loads, whole = loads[[*TEAM_KEYS, *known]], own if everyone is None else everyone
        found[:, places] = as_usual(own, whole, loads, now.history, employees, now.as_of - 1)
    return found


def _mixed(now: Now, activity: int, activities: Ints, employees: Ints) -> Floats:
    """Rows x GROUPS: what each group adds to what is expected of the function, beyond the usual."""
    team, found = now.moment.function[employees], np.zeros((len(employees), len(GROUPS)))
    for group, odds in now.moment.turnout.parts(now.moment.described[0]).items():
        found[:, GROUPS.index(group)] = odds[team, activity] - odds[team, activities]
    elsewhere = now.moment.elsewhere[employees].astype(float)
    moved = elsewhere[:, activity] - elsewhere[np.arange(len(employees)), activities]
    found[:, GROUPS.index("place")] = now.moment.away * moved
    return found


class _Swap:
    """The forecast of rows of which some groups are this activity's, the others the usual one's."""

    def __init__(
        self, now: Now, stage: Stage, pairs: PairProbabilities, answers: NDArray[np.int8],
        this: pd.DataFrame, usual: Float32s, mixed: Floats,
    ) -> None:  # fmt: skip
        self.now, self.stage, self.attends = now, stage, pairs.counts_attendance
        self.answers, self.columns = answers, list(this.columns)
        self.this, self.usual = this.to_numpy(dtype=np.float32), usual
        self.group = np.array([GROUPS.index(group_of(str(name))) for name in self.columns])
        differs = (self.this != usual) & ~(np.isnan(self.this) & np.isnan(usual))
        if MIXED in self.columns:
            differs[:, self.columns.index(MIXED)] = False
        moving = set(self.group[differs.any(axis=0)].tolist())
        if answers.any():
            moving.add(COLLEAGUES)
        self.mixed = self._summing(mixed)
        moving |= set(np.flatnonzero(self.mixed.any(axis=0)).tolist())
        self.moving = np.array(sorted(moving), dtype=np.int64)

    def forecast(self, swapped: Bools) -> Floats:
        """Probabilities, states x rows, of `swapped`: states x rows x groups."""
        values = np.where(swapped[:, :, self.group], self.this, self.usual)
        if MIXED in self.columns:
            place = self.columns.index(MIXED)
            values[:, :, place] = self.usual[:, place] + (swapped * self.mixed).sum(axis=2)
        flat = pd.DataFrame(values.reshape(-1, len(self.columns)), columns=self.columns)
        answers = np.where(swapped[:, :, COLLEAGUES], self.answers, 0)
        _, found = self.now.take_part(flat, self.stage, answers.ravel(), self.attends)
        return found.reshape(swapped.shape[:2])

    def _summing(self, mixed: Floats) -> Floats:
        """The same, the theme taking what is left of the distance where log-odds were capped."""
        if MIXED not in self.columns:
            return np.zeros_like(mixed)
        place = self.columns.index(MIXED)
        mixed[:, 0] += self.this[:, place] - self.usual[:, place] - mixed.sum(axis=1)
        return mixed


def _shapley(swap: _Swap, rng: np.random.Generator) -> Floats:
    """Rows x GROUPS: mean steps of the forecast, over an order of the groups and its reverse."""
    n, k = len(swap.this), len(swap.moving)
    moved = np.zeros((n, len(GROUPS)))
    if not k:
        return moved
    order = rng.permuted(np.tile(swap.moving, (n, 1)), axis=1)
    states = [_state(order[:, :number]) for number in range(k + 1)]
    # from the other end; both ends themselves are the same
    states += [_state(order[:, k - number :]) for number in range(1, k)]
    p = swap.forecast(np.stack(states))
    backward: NDArray[np.float64] = np.concatenate([p[:1], p[k + 1 :], p[k : k + 1]])
    rows = np.arange(n)
    for number in range(k):
        moved[rows, order[:, number]] += (p[number + 1] - p[number]) / 2
        moved[rows, order[:, k - 1 - number]] += (backward[number + 1] - backward[number]) / 2
    return moved


def _state(groups: Ints) -> Bools:
    """Rows x GROUPS, true for the groups of each row."""
    found = np.zeros((len(groups), len(GROUPS)), dtype=bool)
    np.put_along_axis(found, groups, True, axis=1)
    return found
