"""How good forecasts and rankings are; each figure is defined here once."""

import numpy as np
import pandas as pd

from features.history.columns import Bools, Floats, Ints

LEVELS = {"p05": 0.05, "p25": 0.25, "p50": 0.50, "p75": 0.75, "p95": 0.95}


def log_loss(outcome: Bools, p: Floats, weight: Floats | None = None) -> float:
    """Mean negative log-likelihood, in nats.

    >>> round(log_loss(np.array([True]), np.array([0.5])), 3)
    0.693
    """
    return float(np.average(log_losses(outcome, p), weights=weight))


def log_losses(outcome: Bools, p: Floats) -> Floats:
    """The negative log-likelihood of each outcome, in nats; p is kept inside 1e-6 of its ends."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    found: Floats = -np.where(outcome, np.log(p), np.log(1 - p))
    return found


def expected_calibration_error(
    outcome: Bools, p: Floats, weight: Floats | None = None, bins: int = 15
) -> float:
    """Mean distance of predicted and observed share over bins of equal count."""
    table = reliability(outcome, p, weight, bins)
    return float(np.average((table["observed"] - table["predicted"]).abs(), weights=table["n"]))


def reliability(
    outcome: Bools, p: Floats, weight: Floats | None = None, bins: int = 15
) -> pd.DataFrame:
    """Predicted and observed share by bin of predicted probability: predicted, observed, n."""
    weight = np.ones(len(p)) if weight is None else weight
    sums = pd.DataFrame({"y": outcome * weight, "p": p * weight, "n": weight})
    sums = sums.groupby(bins_of(p, min(bins, len(p)))).sum()
    return pd.DataFrame({
        "predicted": sums["p"] / sums["n"], "observed": sums["y"] / sums["n"], "n": sums["n"],
    })  # fmt: skip


def bins_of(p: Floats, n_bins: int) -> Ints:
    """The bin of each probability, from 0, in bins of equal count.

    >>> bins_of(np.array([0.9, 0.1, 0.5, 0.2]), 2).tolist()
    [1, 0, 1, 0]
    """
    number = pd.qcut(pd.Series(p).rank(method="first"), n_bins, labels=False)
    return number.to_numpy().astype(np.int64)


def pair_metrics(outcome: Bools, p: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Log-loss, average precision, ROC AUC and calibration error; NaN where undefined."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    both = bool(outcome.any()) and not bool(outcome.all())
    nan = float("nan")
    return {
        "log_loss": log_loss(outcome, p, weight) if len(p) else nan,
        "average_precision": float(average_precision_score(outcome, p, sample_weight=weight))
        if both else nan,
        "auc": float(roc_auc_score(outcome, p, sample_weight=weight)) if both else nan,
        "calibration_error": expected_calibration_error(outcome, p, weight) if len(p) else nan,
    }  # fmt: skip


def count_metrics(counts: Floats, quantiles: pd.DataFrame) -> dict[str, float]:
    """Pinball loss over LEVELS, MAE of the median, coverage and mean width of the 90% interval.

    `quantiles` has a row per count and the columns of LEVELS.
    """
    found = count_losses(counts, quantiles)
    return {name: float(values.mean()) for name, values in found.items()}


def count_losses(counts: Floats, quantiles: pd.DataFrame) -> dict[str, Floats]:
    """What `count_metrics` is the mean of, by name: a value per count."""
    levels = {name: quantiles[name].to_numpy(float) for name in LEVELS}
    pinball = [np.maximum(q * (counts - levels[name]), (q - 1) * (counts - levels[name]))
               for name, q in LEVELS.items()]  # fmt: skip
    inside = (counts >= levels["p05"]) & (counts <= levels["p95"])
    return {
        "pinball": np.mean(pinball, axis=0),
        "mae_median": np.abs(counts - levels["p50"]),
        "coverage_90": inside.astype(float),
        "width_90": levels["p95"] - levels["p05"],
    }


def ndcg_at_k(hits: Floats, n_relevant: int, k: int = 10) -> float:
    """Normalised discounted cumulative gain of one list; `hits` are 0/1 in order of rank.

    >>> ndcg_at_k(np.array([1.0, 0.0]), 1)
    1.0
    """
    gains = 1 / np.log2(np.arange(2, k + 2))
    hits = hits[:k]
    return float(hits @ gains[: len(hits)] / gains[: min(n_relevant, k)].sum())
