"""The two stages of participation: registering when invited, attending when registered.

Each stage weighs together, on the logit scale, gradient boosting (steps and interactions) and
logistic regression (extrapolates smoothly), then corrects the result by a line fitted on
predictions that had not seen their outcomes.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history.columns import Bools, Floats

HALF_LIFE_DAYS = 730.0
RATES = ("rate_", "crowd_", "group_recent", "group_alike", "ties_recent", "ties_alike",
         "declined_any", "attends_")  # fmt: skip
BOOSTING = {"max_iter": 150, "learning_rate": 0.05, "max_leaf_nodes": 15, "min_samples_leaf": 200,
            "l2_regularization": 5.0, "max_features": 0.4, "early_stopping": False,
            "random_state": 0}  # fmt: skip
N_BINS = 128
BOOSTING_SHARE = 0.7
RIDGE = 0.01
MIN_POSITIVES = 30
CALIBRATION_WEIGHT = 50.0


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
class Line:
    """A calibration: slope and intercept on the logit scale."""

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, p: Floats) -> Floats:
        """The corrected probabilities."""
        return expit(self.slope * logit(p) + self.intercept)


@dataclass(frozen=True)
class Stage:
    """One fitted stage: columns in the order of fitting, two estimators, a calibration.

    `edges` (columns x N_BINS - 1, ascending, infinite where there are fewer) part each column into
    the steps that boosting sees; `mean` and `scale` are those of the logistic model's inputs;
    `constant` is the base rate; it alone answers where there was too little to fit on.
    """

    columns: tuple[str, ...]
    constant: float
    edges: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    mean: Floats = field(default_factory=lambda: np.zeros(0))
    scale: Floats = field(default_factory=lambda: np.zeros(0))
    boosting: Any = None
    logistic: Any = None
    calibration: Line = field(default_factory=Line)

    def raw(self, features: pd.DataFrame) -> Floats:
        """Probabilities before calibration; absent columns count as unknown."""
        if self.boosting is None:
            return np.full(len(features), self.constant)
        features = features.reindex(columns=list(self.columns))
        boosted = self.boosting.predict_proba(steps(features, self.edges))[:, 1]
        linear = self.logistic.predict_proba(self._standardised(features))[:, 1]
        odds = BOOSTING_SHARE * logit(boosted) + (1 - BOOSTING_SHARE) * logit(linear)
        return expit(odds)

    def predict(self, features: pd.DataFrame) -> Floats:
        """Calibrated probabilities, one per row."""
        return self.calibration(self.raw(features))

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
    """Centred and scaled, kept within five deviations; unknown values stand at the mean."""
    return np.nan_to_num(np.clip((values - mean) / scale, -5, 5), nan=0.0)


def fit_stage(
    features: pd.DataFrame, outcome: Bools, weight: Floats, calibration: Line | None = None
) -> Stage:
    """A stage fitted on rows; a base rate alone where one outcome has too few rows."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    calibration = calibration or Line()
    constant = float((outcome @ weight + 0.5) / (weight.sum() + 1)) if len(outcome) else 0.5
    if min(outcome.sum(), (~outcome).sum()) < MIN_POSITIVES:
        return Stage((), constant, calibration=calibration)
    features = features.loc[:, features.nunique() > 1]
    edges = step_edges(features)
    inputs = linear_inputs(features)
    mean, scale = np.nanmean(inputs, axis=0), np.nanstd(inputs, axis=0) + 1e-9
    boosting = HistGradientBoostingClassifier(**BOOSTING)
    boosting.fit(steps(features, edges), outcome, sample_weight=weight)
    logistic = LogisticRegression(C=RIDGE, solver="newton-cholesky", max_iter=50)
    logistic.fit(standardised(inputs, mean, scale), outcome, sample_weight=weight)
    return Stage(
        tuple(features.columns), constant, edges, mean, scale, boosting, logistic, calibration
    )


def fit_line(raw: Floats, outcome: Bools, weight: Floats) -> Line:
    """The calibration that raises the likelihood of past outcomes, leaning on no correction.

    Newton's method on two parameters; the pull towards (1, 0) weighs as much as
    `CALIBRATION_WEIGHT` would in squared distance.
    """
    if not len(raw):
        return Line()
    x = np.column_stack([logit(raw), np.ones(len(raw))])
    start = np.array([1.0, 0.0])
    line = start.copy()
    for _ in range(20):
        p = expit(x @ line)
        slope = x.T @ (weight * (outcome - p)) - CALIBRATION_WEIGHT * (line - start)
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + CALIBRATION_WEIGHT * np.eye(2)
        line = line + np.clip(np.linalg.solve(curve, slope), -0.5, 0.5)
    return Line(float(np.clip(line[0], 0.3, 2.0)), float(np.clip(line[1], -2.0, 2.0)))


def recency(age_days: Floats) -> Floats:
    """How much a row of that age counts in a fit."""
    weight: Floats = 0.5 ** (np.maximum(age_days, 0) / HALF_LIFE_DAYS)
    return weight
