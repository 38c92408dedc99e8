"""How sure a gain is: paired differences of two methods, whole units (activities, people) redrawn.

Rows of one unit share its luck, so that drawing rows would make every gain look surer than it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history.columns import Bools, Floats, Ints
from training.metrics import bins_of, count_losses, log_losses
from training.rows import Rows

N_DRAWS = 500
# weights of rows -> a figure
Measure = Callable[[Floats], float]


@dataclass(frozen=True)
class Gain:
    """A figure of ours and of a baseline; their difference lies in [`low`, `high`] in 95 of 100."""

    metric: str
    ours: float
    baseline: float
    difference: float
    low: float
    high: float


def gains(
    ours: Mapping[str, Measure],
    baseline: Mapping[str, Measure],
    unit: NDArray[np.object_] | Ints,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> list[Gain]:
    """One gain per metric that both have; `unit` names the unit of each row.

    The interval spans the middle 95 of 100 differences over units drawn with replacement; NaN
    where there is one unit only.
    """
    _, number = np.unique(unit, return_inverse=True)
    n_units = int(number.max(initial=-1)) + 1
    rng = np.random.default_rng(seed)
    once = np.ones(len(number))
    names = [name for name in ours if name in baseline]
    moved = np.full((n_draws, len(names)), np.nan)
    if n_units > 1:
        draws = rng.multinomial(n_units, np.full(n_units, 1 / n_units), n_draws)
        for place, counts in enumerate(draws):
            weight = counts[number].astype(float)
            moved[place] = [ours[name](weight) - baseline[name](weight) for name in names]
    return [
        _gain(name, ours[name](once), baseline[name](once), moved[:, place])
        for place, name in enumerate(names)
    ]


def _gain(metric: str, ours: float, baseline: float, moved: Floats) -> Gain:
    moved = moved[~np.isnan(moved)]
    low, high = np.quantile(moved, [0.025, 0.975]) if len(moved) else (np.nan, np.nan)
    return Gain(metric, ours, baseline, ours - baseline, float(low), float(high))


def paired_difference(rows: Rows, p: Floats, other: Floats) -> tuple[float, float]:
    """(mean log-loss of `p` less that of `other` on the rows, its standard error).

    People share an activity's luck, so that activities are the units (a ratio estimator).
    """
    outcome = rows.participated
    gap = (log_losses(outcome, p) - log_losses(outcome, other)) * rows.weight
    _, activity = np.unique(rows.activity, return_inverse=True)
    total, n = np.bincount(activity, gap), np.bincount(activity, rows.weight)
    mean = float(total.sum() / n.sum())
    if len(n) < 2:
        return mean, float("nan")
    residual = total - mean * n
    error = np.sqrt(len(n) / (len(n) - 1) * (residual**2).sum()) / n.sum()
    return mean, float(error)


def mean_of(values: Floats) -> Measure:
    """The weighted mean of the values; NaN where nothing weighs."""
    return lambda weight: (
        float(values @ weight / weight.sum()) if len(weight) and weight.sum() else float("nan")
    )


def pair_measures(outcome: Bools, p: Floats) -> dict[str, Measure]:
    """Log-loss, average precision and calibration error of the pairs, as `pair_metrics` has them.

    The bins of the calibration error stay those of the whole.
    """
    return {
        "log_loss": mean_of(log_losses(outcome, p)),
        "average_precision": _average_precision(outcome, p),
        "calibration_error": _calibration_error(outcome, p),
    }


def count_measures(counts: Floats, quantiles: pd.DataFrame) -> dict[str, Measure]:
    """Pinball loss, error of the median, coverage and width, as `count_metrics` has them."""
    return {name: mean_of(values) for name, values in count_losses(counts, quantiles).items()}


def _average_precision(outcome: Bools, p: Floats, nan: float = float("nan")) -> Measure:
    order = np.argsort(-p, kind="stable")
    hits = outcome[order].astype(float)
    # equal probabilities cannot be told apart: they are read together
    last = np.append(np.flatnonzero(np.diff(p[order])), len(p) - 1) if len(p) else np.zeros(0, int)

    def measure(weight: Floats) -> float:
        weight = weight[order]
        found = np.cumsum(weight * hits)[last]
        if not len(found) or not found[-1]:
            return nan
        shown = np.cumsum(weight)[last]
        precision = np.divide(found, shown, out=np.zeros_like(found), where=shown > 0)
        return float(np.diff(found, prepend=0) @ precision / found[-1])

    return measure


def _calibration_error(outcome: Bools, p: Floats, bins: int = 15) -> Measure:
    n_bins = max(1, min(bins, len(p)))
    number = bins_of(p, n_bins)
    gap = outcome - p

    def measure(weight: Floats) -> float:
        if not weight.sum():
            return float("nan")
        return float(np.abs(np.bincount(number, weight * gap, n_bins)).sum() / weight.sum())

    return measure
