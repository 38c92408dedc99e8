"""The two stages of participation: registering when invited, attending when registered.

Each stage weighs together, on the logit scale, gradient boosting (steps and interactions; tells
people apart) and logistic regression (extrapolates smoothly; tells activities apart): the more of
both outcomes an activity had, the more boosting is heeded. They read different columns, so that
they err apart: boosting plain rates, regression those that are shifted to the person's own level.
The whole is then shifted by what predictions that had not seen their outcomes were off by.
"""

import os
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history.columns import Bools, Floats, Ints
from features.pairs.plain import PREFIX
from training.hyperparameters import DEFAULTS, Hyperparameters
from training.starting import ANSWERED, EXPECTED, common, fit_start, occasions

RATES = ("rate_", "crowd_", "group_recent", "group_alike", "ties_recent", "ties_alike",
         "companions_", "declined_any", "attends_")  # fmt: skip
# rates shifted to the person's own level: for these boosting reads plain ones
SHIFTED = ("rate_", "crowd_", "evidence_")
# the number of activities at which the ridge's C is a quarter of that with much to learn from
RIDGE_ACTIVITIES = 100.0
# what all people of an activity have in common is learnt from activities, however many people they
# had: of few, regression would learn it by heart, of many it has no need of a ridge. The number of
# activities at which it has the C of all else, and by how much more C it ends up with
EVEN_ACTIVITIES, FREEST = 190.0, 80.0
# what lies beyond so many deviations is taken to lie there: a line must not run on for ever
REACH = 5.0
# boosting's part of the mixture at least, however few of the rarer outcome an activity had
LEAST_SHARE = 0.4
# probabilities are told apart down to this one, and log-odds up to what it comes to
LEAST = 1e-5
SUREST = float(np.log(1 / LEAST - 1))
# trees share so many rows among the cores; for fewer that costs more than it saves
WORTH_THREADS = 1000
MIN_POSITIVES = 30
FIXED = {
    "objective": "binary", "extra_trees": True, "bagging_fraction": 0.7, "bagging_freq": 1,
    "max_bin": 127, "deterministic": True, "force_col_wise": True, "seed": 0, "verbose": -1,
}  # fmt: skip
# so many rows of variance one lean a shift on nothing: past forecasts, which had less to learn
# from, were off by more than the next will be
SHIFT_WEIGHT = 3000.0


def logit(p: NDArray[Any]) -> Floats:
    """Log-odds, with p kept inside LEAST of its ends.

    >>> logit(np.array([0.5])).tolist()
    [0.0]
    """
    p = np.clip(np.asarray(p, dtype=float), LEAST, 1 - LEAST)
    odds: Floats = np.log(p / (1 - p))
    return odds


def expit(x: NDArray[Any]) -> Floats:
    """The probability of log-odds.

    >>> expit(np.array([0.0])).tolist()
    [0.5]
    """
    p: Floats = 1 / (1 + np.exp(-np.asarray(x, dtype=float)))
    return p


@dataclass(frozen=True)
class Stage:
    """One fitted stage: two estimators, the columns that they read, how they are mixed.

    `columns` are those that regression reads, `mean` and `scale` those of its inputs, of which it
    is the sum by `weights`, from `intercept` on; `boosting` knows its own columns by name.
    `constant` is the base rate; it alone answers where there was too little to fit on. On the
    log-odds, boosting adds to `start`, intercept and slope of a line over regression's input
    EXPECTED, or to nothing; `boosting_share` is its part of the mixture, and `shift` is added to
    that.
    """

    columns: tuple[str, ...]
    constant: float
    mean: Floats = field(default_factory=lambda: np.zeros(0))
    scale: Floats = field(default_factory=lambda: np.zeros(0))
    boosting: Any = None
    weights: Floats = field(default_factory=lambda: np.zeros(0))
    intercept: float = 0.0
    boosting_share: float = 0.5
    shift: float = 0.0
    start: tuple[float, float] = (0.0, 0.0)

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that either estimator reads."""
        trees = () if self.boosting is None else self.boosting.feature_name()
        return tuple(dict.fromkeys((*self.columns, *trees)))

    def raw(self, features: pd.DataFrame) -> Floats:
        """Probabilities before the shift; absent columns count as unknown."""
        if self.boosting is None:
            return np.full(len(features), self.constant)
        inputs = self._standardised(features)
        linear = inputs @ self.weights + self.intercept
        intercept, slope = self.start
        boosted = intercept + slope * _expected(inputs, self.columns) + self._boosted(features)
        share = self.boosting_share
        return expit(share * boosted + (1 - share) * np.clip(linear, -SUREST, SUREST))

    def predict(self, features: pd.DataFrame) -> Floats:
        """Probabilities, one per row."""
        return expit(logit(self.raw(features)) + self.shift)

    def _boosted(self, features: pd.DataFrame) -> Floats:
        """What boosting adds to the log-odds that it starts from."""
        columns = self.boosting.feature_name()
        values = features.reindex(columns=columns).to_numpy(dtype=np.float32)
        threads = len(os.sched_getaffinity(0)) if len(values) > WORTH_THREADS else 1
        odds: Floats = self.boosting.predict(values, raw_score=True, num_threads=threads)
        return odds

    def _standardised(self, features: pd.DataFrame) -> Floats:
        features = features.reindex(columns=list(self.columns))
        return standardised(linear_inputs(features), self.mean, self.scale)


def linear_inputs(features: pd.DataFrame) -> Floats:
    """The columns as the linear model reads them: rates as log-odds; NaN kept."""
    values = features.to_numpy(dtype=float, copy=True)
    rates = [number for number, name in enumerate(features.columns) if str(name).startswith(RATES)]
    values[:, rates] = logit(values[:, rates])
    return values


def standardised(values: Floats, mean: Floats, scale: Floats) -> Floats:
    """Centred and scaled, kept within REACH deviations; unknown values stand at the mean."""
    found = values - mean
    found /= scale
    np.clip(found, -REACH, REACH, out=found)
    found[np.isnan(found)] = 0.0
    return found


def fit_stage(
    features: pd.DataFrame,
    outcome: Bools,
    weight: Floats,
    shift: float = 0.0,
    activity: Ints | None = None,
    hyperparameters: Hyperparameters = DEFAULTS,
    moment: Ints | None = None,
) -> Stage:
    """A stage fitted on rows; a base rate alone where one outcome has too few rows.

    `activity` says which activity each row is of, None: each of its own; `moment` when it was asked
    about, None: all rows of an activity at once.
    """
    from sklearn.linear_model import LogisticRegression

    constant = float((outcome @ weight + 0.5) / (weight.sum() + 1)) if len(outcome) else 0.5
    if min(outcome.sum(), (~outcome).sum()) < MIN_POSITIVES:
        return Stage((), constant, shift=shift)
    features = features.loc[:, features.max() > features.min()]
    read = features.loc[:, [not str(name).startswith(PREFIX) for name in features.columns]]
    columns, inputs = tuple(read.columns), linear_inputs(read)
    mean, scale = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0) + 1e-9
    inputs = standardised(inputs, mean, scale)
    activity = np.arange(len(outcome)) if activity is None else activity
    expected, level = _expected(inputs, columns), _level(mean, scale, columns)
    start = fit_start(expected, level, outcome, weight, activity, moment, ANSWERED in columns)
    boosting = fit_boosting(features, outcome, weight, hyperparameters, start.odds(expected))
    n = len(np.unique(activity))
    rarer = float(min(outcome.sum(), (~outcome).sum())) / len(occasions(activity, moment)[1])
    ridge = hyperparameters.ridge * (n / (n + RIDGE_ACTIVITIES)) ** 2
    shared = common(inputs, activity, moment)
    # one person of each activity does not tell what is shared
    freer = 1.0 if shared.all() else min((n / EVEN_ACTIVITIES) ** 4, FREEST)
    # an input of k times the size has, in effect, k squared times the C
    size = np.where(shared, np.sqrt(freer), 1.0)
    logistic = LogisticRegression(C=ridge, solver="newton-cholesky", max_iter=50)
    logistic.fit(inputs * size, outcome, sample_weight=weight)
    weights = logistic.coef_[0] * size
    share = max(LEAST_SHARE, rarer / (rarer + hyperparameters.even_shares))
    return Stage(
        columns, constant, mean, scale, boosting, weights, float(logistic.intercept_[0]),
        boosting_share=share, shift=shift, start=(start.intercept, start.slope),
    )  # fmt: skip


def _expected(inputs: Floats, columns: tuple[str, ...]) -> Floats:
    """Regression's input EXPECTED, a value per row; 0, its mean, where it has none."""
    if EXPECTED not in columns:
        return np.zeros(len(inputs))
    found: Floats = inputs[:, columns.index(EXPECTED)]
    return found


def _level(mean: Floats, scale: Floats, columns: tuple[str, ...]) -> tuple[float, float]:
    """Mean and deviation that EXPECTED was standardised with; nought where it is not read."""
    if EXPECTED not in columns:
        return 0.0, 0.0
    place = columns.index(EXPECTED)
    return float(mean[place]), float(scale[place])


def fit_boosting(
    features: pd.DataFrame,
    outcome: Bools,
    weight: Floats,
    hyperparameters: Hyperparameters,
    start: Floats,
) -> Any:
    """LightGBM's extremely randomised trees, on the columns that are not shifted.

    They start from the log-odds `start`, or, where it is 0 throughout, from the base rate.
    Where there are none but shifted ones, on these. Trees that draw their thresholds err less
    alike than those that seek the best: their sum is smoother, and closer where yeses are few.
    """
    import lightgbm

    plain = [not str(name).startswith(SHIFTED) for name in features.columns]
    read = features.loc[:, plain] if any(plain) else features
    params = hyperparameters.boosting() | FIXED
    data = lightgbm.Dataset(
        read.to_numpy(dtype=np.float32), outcome.astype(np.float32), weight=weight,
        init_score=start if start.any() else None, params=params,
        feature_name=[str(name) for name in read.columns],
    )  # fmt: skip
    return lightgbm.train(params, data, num_boost_round=hyperparameters.max_iter)


def fit_shift(raw: Floats, outcome: Bools, weight: Floats) -> float:
    """What to add to log-odds to raise the likelihood of past outcomes, leaning on nothing.

    Newton's method; the pull weighs as much as `SHIFT_WEIGHT` rows of variance one would. A slope
    as well made later predictions worse: that of the past was one of less learnt models.
    """
    odds, shift = logit(raw), 0.0
    for _ in range(20):
        p = expit(odds + shift)
        slope = float(weight @ (outcome - p)) - SHIFT_WEIGHT * shift
        curve = float(weight @ (p * (1 - p))) + SHIFT_WEIGHT
        shift = float(np.clip(shift + np.clip(slope / curve, -0.5, 0.5), -2.0, 2.0))
    return shift


def recency(age_days: Floats, half_life_days: float) -> Floats:
    """How much a row of that age counts in a fit."""
    weight: Floats = 0.5 ** (np.maximum(age_days, 0) / half_life_days)
    return weight
