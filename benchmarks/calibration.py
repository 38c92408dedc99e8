"""Figures by which forecasts are judged: randomised coverage, distance to the truth, their errors.

Pure functions over arrays; each is defined here once, for every benchmark.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
NOMINAL = 0.90
# how far from nominal a share covered may lie: in points, or in standard errors
POINTS, ERRORS = 0.03, 2.0
# a forecast's quantile function is read at the middles of so many equal parts
N_QUANTILES = 100
QUANTILE_LEVELS = (np.arange(N_QUANTILES) + 0.5) / N_QUANTILES


def distance_to_truth(p: Floats, true: Floats) -> Floats:
    """By how much the expected log-loss of `p` exceeds that of the true probabilities, in nats.

    >>> distance_to_truth(np.array([0.5, 0.25]), np.array([0.5, 0.5])).round(4).tolist()
    [0.0, 0.1438]
    """
    p, true = np.clip(p, 1e-6, 1 - 1e-6), np.clip(true, 1e-6, 1 - 1e-6)
    return true * np.log(true / p) + (1 - true) * np.log((1 - true) / (1 - p))


def pit_bounds(quantiles: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Between which shares of the forecast a count lies: those below it, and those up to it.

    The randomised probability integral transform is uniform between the two.

    Args:
        quantiles: The forecast's quantiles at QUANTILE_LEVELS; counts are whole, so are these made.
        counts: What was counted, any number of times.

    >>> low, high = pit_bounds(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0, 2]))
    >>> low.tolist(), high.tolist()
    ([0.0, 0.25], [0.0, 0.75])
    """
    whole = np.sort(np.rint(quantiles))
    n = len(whole)
    below = np.searchsorted(whole, counts, side="left") / n
    return below, np.searchsorted(whole, counts, side="right") / n


def shares_missed(low: Floats, high: Floats, nominal: float = NOMINAL) -> tuple[Floats, Floats]:
    """The chances that a value uniform in [low, high] lies below, above the central interval.

    A count of few people has no interval of exactly nine in ten; randomised, it has.

    >>> below, above = shares_missed(np.array([0.0, 0.5, 0.9]), np.array([0.1, 0.5, 1.0]))
    >>> below.round(2).tolist(), above.round(2).tolist()
    ([0.5, 0.0, 0.0], [0.0, 0.0, 0.5])
    """
    edge = (1 - nominal) / 2
    return _share_under(edge, low, high), _share_under(edge, 1 - high, 1 - low)


def _share_under(edge: float, low: Floats, high: Floats) -> Floats:
    width = high - low
    part = np.divide(edge - low, width, out=(low < edge).astype(float), where=width > 0)
    return np.clip(part, 0.0, 1.0)


def near_nominal(covered: float, error: float) -> bool:
    """Whether a share covered is within 3 points or two standard errors of nine in ten.

    >>> near_nominal(0.88, 0.001), near_nominal(0.8, 0.06), near_nominal(0.8, 0.01)
    (True, True, False)
    """
    return bool(abs(covered - NOMINAL) <= max(POINTS, ERRORS * error))


def clustered_error(values: Floats, cluster: NDArray, weight: Floats | None = None) -> float:
    """Standard error of the (weighted) mean of values that come in clusters; NaN for one cluster.

    Units of one activity share its luck, so that they tell less than as many activities would.

    >>> round(clustered_error(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0, 1, 2, 3])), 3)
    0.289
    >>> round(clustered_error(np.array([0.0, 0.0, 1.0, 1.0]), np.array(["a", "a", "b", "b"])), 3)
    0.5
    """
    weight = np.ones(len(values)) if weight is None else weight
    _, number = np.unique(cluster, return_inverse=True)
    n = int(number.max(initial=-1)) + 1
    if n < 2:
        return float("nan")
    away = weight * (values - np.average(values, weights=weight))
    sums = np.bincount(number, away, n)
    return float(np.sqrt(n / (n - 1) * (sums @ sums)) / weight.sum())


def paired_interval(
    difference: Floats, cluster: NDArray, nominal: float = 0.95, n_samples: int = 10_000
) -> tuple[float, float]:
    """Bootstrap interval of the mean of paired differences, whole clusters drawn with replacement.

    >>> paired_interval(np.array([1.0, 1.0, 1.0]), np.array([0, 0, 1]))
    (1.0, 1.0)
    """
    _, number = np.unique(cluster, return_inverse=True)
    total, size = np.bincount(number, difference), np.bincount(number)
    drawn = np.random.default_rng(0).integers(0, len(size), (n_samples, len(size)))
    means = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.quantile(means, [(1 - nominal) / 2, (1 + nominal) / 2])
    return float(low), float(high)
