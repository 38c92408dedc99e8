"""The two stages of participation: registering when invited, attending when registered.

Each stage weighs together, on the logit scale, gradient boosting (steps and interactions; needs
many yeses) and logistic regression (needs few, extrapolates smoothly): the more of both outcomes
were learnt from, the more boosting is heeded. The whole is then shifted by what predictions that
had not seen their outcomes were off by.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history.columns import Bools, Floats
from training.hyperparameters import DEFAULTS, Hyperparameters

RATES = ("rate_", "crowd_", "group_recent", "group_alike", "ties_recent", "ties_alike",
         "companions_", "declined_any", "attends_")  # fmt: skip
N_BINS = 128
# the number of activities at which the ridge's C is a quarter of that with much to learn from: what
# all people of an activity have in common is learnt from activities, however many people they had
RIDGE_ACTIVITIES = 300.0
# what lies beyond so many deviations is taken to lie there: a line must not run on for ever
REACH = 3.5
MIN_POSITIVES = 30
SHIFT_WEIGHT = 300.0


def logit(p: NDArray[Any]) -> Floats:
    """Log-odds, with p kept inside 1e-5 of its ends.

    >>> logit(np.array([0.5])).tolist()
    [0.0]
    """
    p = np.clip(np.asarray(p, dtype=float), 1e-5, 1 - 1e-5)
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
    """One fitted stage: columns in the order of fitting, two estimators, how they are mixed.

    `edges` (columns x N_BINS - 1, ascending, infinite where there are fewer) part each column into
    the steps that boosting sees; `mean` and `scale` are those of the logistic model's inputs;
    `constant` is the base rate; it alone answers where there was too little to fit on. On the
    log-odds, `boosting_share` is boosting's part of the mixture and `shift` is added to it.
    """

    columns: tuple[str, ...]
    constant: float
    edges: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    mean: Floats = field(default_factory=lambda: np.zeros(0))
    scale: Floats = field(default_factory=lambda: np.zeros(0))
    boosting: Any = None
    logistic: Any = None
    boosting_share: float = 0.5
    shift: float = 0.0

    def raw(self, features: pd.DataFrame) -> Floats:
        """Probabilities before the shift; absent columns count as unknown."""
        if self.boosting is None:
            return np.full(len(features), self.constant)
        features = features.reindex(columns=list(self.columns))
        # a tree reads one column of many rows at a time: column by column it does so in a third
        values = np.asfortranarray(features.to_numpy(dtype=float))
        boosted = self._boosting_of_values.predict_proba(values)[:, 1]
        linear = self.logistic.predict_proba(self._standardised(features))[:, 1]
        share = self.boosting_share
        return expit(share * logit(boosted) + (1 - share) * logit(linear))

    def predict(self, features: pd.DataFrame) -> Floats:
        """Probabilities, one per row."""
        return expit(logit(self.raw(features)) + self.shift)

    @cached_property
    def _boosting_of_values(self) -> Any:
        """Boosting that asks for the value itself, so that its step need not be looked up.

        A step of at most k is a value of at most the k-th edge.
        """
        found = deepcopy(self.boosting)
        for (tree,) in found._predictors:
            asks = (tree.nodes["is_leaf"] == 0) & np.isfinite(tree.nodes["num_threshold"])
            step = np.floor(tree.nodes["num_threshold"][asks]).astype(np.int64)
            column = tree.nodes["feature_idx"][asks]
            tree.nodes["num_threshold"][asks] = self.edges[column, step]
        return found

    def _standardised(self, features: pd.DataFrame) -> Floats:
        return standardised(linear_inputs(features), self.mean, self.scale)


def step_edges(features: pd.DataFrame) -> Floats:
    """Per column, the quantiles between N_BINS steps, infinite where it has fewer values.

    Boosting would find its own, but with weights it sorts a column anew for each of them.
    """
    edges = np.full((features.shape[1], N_BINS - 1), np.inf)
    levels = np.linspace(0, 1, N_BINS + 1)[1:-1]
    for row, name in zip(edges, features.columns, strict=True):
        values = features[name].to_numpy(dtype=float)
        found = np.unique(np.quantile(values[~np.isnan(values)], levels))
        row[: len(found)] = found
    return edges


def steps(features: pd.DataFrame, edges: Floats) -> NDArray[np.float32]:
    """The number of the step that each value is on; NaN kept."""
    found = np.empty(features.shape, dtype=np.float32)
    for number, name in enumerate(features.columns):
        values = features[name].to_numpy(dtype=float)
        step = np.searchsorted(edges[number], values, side="left")
        found[:, number] = np.where(np.isnan(values), np.nan, step)
    return found


def linear_inputs(features: pd.DataFrame) -> Floats:
    """The columns as the linear model reads them: rates as log-odds; NaN kept."""
    values = features.to_numpy(dtype=float, copy=True)
    for number, name in enumerate(features.columns):
        if str(name).startswith(RATES):
            values[:, number] = logit(values[:, number])
    return values


def standardised(values: Floats, mean: Floats, scale: Floats) -> Floats:
    """Centred and scaled, kept within REACH deviations; unknown values stand at the mean."""
    return np.nan_to_num(np.clip((values - mean) / scale, -REACH, REACH), nan=0.0)


def fit_stage(
    features: pd.DataFrame,
    outcome: Bools,
    weight: Floats,
    shift: float = 0.0,
    n_activities: int | None = None,
    hyperparameters: Hyperparameters = DEFAULTS,
) -> Stage:
    """A stage fitted on rows; a base rate alone where one outcome has too few rows.

    `n_activities` says of how many activities the rows are; None: each row of its own.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    constant = float((outcome @ weight + 0.5) / (weight.sum() + 1)) if len(outcome) else 0.5
    if min(outcome.sum(), (~outcome).sum()) < MIN_POSITIVES:
        return Stage((), constant, shift=shift)
    features = features.loc[:, features.nunique() > 1]
    edges = step_edges(features)
    inputs = linear_inputs(features)
    mean, scale = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0) + 1e-9
    boosting = HistGradientBoostingClassifier(
        **hyperparameters.boosting(), early_stopping=False, random_state=0
    )
    boosting.fit(steps(features, edges), outcome, sample_weight=weight)
    rarer = float(min(outcome.sum(), (~outcome).sum()))
    n = len(outcome) if n_activities is None else n_activities
    ridge = hyperparameters.ridge * (n / (n + RIDGE_ACTIVITIES)) ** 2
    logistic = LogisticRegression(C=ridge, solver="newton-cholesky", max_iter=50)
    logistic.fit(standardised(inputs, mean, scale), outcome, sample_weight=weight)
    return Stage(
        tuple(features.columns), constant, edges, mean, scale, boosting, logistic,
        boosting_share=rarer / (rarer + hyperparameters.even_shares), shift=shift,
    )  # fmt: skip


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
