"""What trees start from: what was expected of a function, and how lucky each activity was.

An activity's people share its luck. Trees that start from a base rate learn that luck by heart: of
two hundred activities there are two hundred kinds of luck, however many people they had. So, before
anybody has answered, trees start from what was expected of each function, and while they learn,
from how it then went too: what is left for them is what tells a function's people apart.
"""

from dataclasses import dataclass

import numpy as np

from features.history.columns import Bools, Floats, Ints

EXPECTED = "function_expected"
# once people answer, how many did tells more of an activity than what was expected of it
ANSWERED = "registered_so_far"
# until about so many activities say otherwise, what is expected of functions is taken to tell this
# part of what activities differ by; half of it is enough to start from that alone
LEAN_ACTIVITIES, WORTH, ENOUGH = 100.0, 0.75, 0.5
# otherwise: which part of the way from the base rate to a line over it
LINE_SHARE = 0.75
# what differs by less, in standard deviations, is taken for the same
SAME = 1e-3
N_ROUNDS, N_STEPS, LEAST_VARIANCE = 25, 4, 1e-3


@dataclass(frozen=True)
class Start:
    """Log-odds that trees start from: intercept and slope over regression's input EXPECTED.

    `luck` comes on top while they learn, a value per row learnt from. All nought: trees' own start,
    the base rate.
    """

    intercept: float
    slope: float
    luck: Floats

    def odds(self, expected: Floats) -> Floats:
        """What the rows learnt from start from, given their input EXPECTED."""
        return self.intercept + self.slope * expected + self.luck


@dataclass(frozen=True)
class _Cells:
    """The people of one activity, asked about at one moment, of whom the same was expected.

    `of` is each row's cell; the rest has a value per cell: rows, how many of them had the outcome,
    what was expected in log-odds, and how much the cell tells of such expectations.
    """

    of: Ints
    n: Floats
    yes: Floats
    expected: Floats
    tells: Floats


def fit_start(
    expected: Floats,
    level: tuple[float, float],
    outcome: Bools,
    weight: Floats,
    activity: Ints,
    moment: Ints | None,
    answered: bool,
) -> Start:
    """Where trees start: from what is expected of functions, as far as it tells activities apart.

    Args:
        expected: Regression's input EXPECTED, a value per row.
        level: Mean and deviation of what is expected, in log-odds: what the input was made with.
        outcome: What came of each row.
        weight: How much each row counts.
        activity: Which activity each row is of.
        moment: When it was asked about; None: all rows of an activity at once.
        answered: Whether rows tell how many have answered so far.
    """
    none = np.zeros(len(outcome))
    if common(expected[:, None], activity).all():
        # trees are told of people: what a few activities have in common is left to regression
        return Start(0.0, 0.0, none)
    line = _line(expected, outcome, weight)
    if answered:
        return Start(*line, none)
    mean, scale = level
    cells = _cells(mean + scale * expected, outcome, weight, activity, moment)
    heed, luck = _heeded(cells, len(np.unique(activity)))
    return Start(
        heed * mean + (1 - heed) * line[0],
        heed * scale + (1 - heed) * line[1],
        heed * luck[cells.of],
    )


def _line(expected: Floats, outcome: Bools, weight: Floats) -> tuple[float, float]:
    """(intercept, slope): LINE_SHARE of the way from the base rate to a regression."""
    from sklearn.linear_model import LogisticRegression

    base = float(np.log((outcome @ weight) / ((~outcome) @ weight)))
    # a ridge that thousands of rows do not feel; without, functions that all come or all stay away
    # would be certain for ever
    line = LogisticRegression(C=1.0, solver="newton-cholesky")
    line.fit(expected[:, None], outcome, sample_weight=weight)
    intercept, slope = float(line.intercept_[0]), float(line.coef_[0, 0])
    return base + LINE_SHARE * (intercept - base), LINE_SHARE * slope


def _cells(
    expected: Floats, outcome: Bools, weight: Floats, activity: Ints, moment: Ints | None
) -> _Cells:
    moment = np.zeros_like(activity) if moment is None else moment
    # the same number, worked out for two people, may differ in its last digits
    keys = np.column_stack([moment, activity, np.round(expected / SAME).astype(np.int64)])
    _, first, of = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    of = of.ravel()
    n = np.bincount(of).astype(float)
    share = np.bincount(of, weight * outcome) / np.bincount(of, weight)
    # an expectation that rests on more past tells more of how good the next ones will be
    _, order = np.unique(moment[first], return_inverse=True)
    return _Cells(of, n, n * share, expected[first], order.ravel().astype(float) + 1)


def _heeded(cells: _Cells, n_activities: int) -> tuple[float, Floats]:
    """(how far what was expected is heeded, 0 to 1; how lucky each cell was beside it).

    By the variance of cells' log-odds around what was expected, over that around their mean.
    """
    around, odds = _spread(cells, cells.expected)
    at_large, _ = _spread(cells, None)
    told = 1 - around / at_large
    worth = (n_activities * told + LEAN_ACTIVITIES * WORTH) / (n_activities + LEAN_ACTIVITIES)
    return float(np.clip(worth / ENOUGH, 0, 1)), odds - cells.expected


def _spread(cells: _Cells, centre: Floats | None) -> tuple[float, Floats]:
    """(variance of cells' log-odds around the centre, their likeliest ones given that).

    None: around their mean. By expectation and maximisation, each cell's posterior being taken for
    normal (Laplace).
    """
    share, tells = cells.yes.sum() / cells.n.sum(), cells.tells / cells.tells.sum()
    middle = np.full(len(cells.n), np.log(share / (1 - share))) if centre is None else centre
    variance, odds = 0.5, middle
    for _ in range(N_ROUNDS):
        for _ in range(N_STEPS):
            p = 1 / (1 + np.exp(-odds))
            curve = cells.n * p * (1 - p) + 1 / variance
            pull = cells.yes - cells.n * p - (odds - middle) / variance
            odds = odds + np.clip(pull / curve, -1, 1)
        if centre is None:
            middle = np.full(len(odds), tells @ odds)
        variance = max(float(tells @ ((odds - middle) ** 2 + 1 / curve)), LEAST_VARIANCE)
    return variance, odds


def common(inputs: Floats, activity: Ints, moment: Ints | None = None) -> Bools:
    """Which inputs are the same for all people of each activity, whenever it was asked about.

    All of them where each row is of an activity of its own.

    >>> common(np.array([[1.0, 1.0], [1.0, 2.0], [3.0, 3.0]]), np.array([0, 0, 1])).tolist()
    [True, False]
    """
    order, begins = occasions(activity, moment)
    inputs = inputs[order]
    spread = np.maximum.reduceat(inputs, begins) - np.minimum.reduceat(inputs, begins)
    found: Bools = spread.max(axis=0) < SAME
    return found


def occasions(activity: Ints, moment: Ints | None = None) -> tuple[Ints, Ints]:
    """(an order in which rows of one activity, asked about at one moment, meet; where each begins).

    >>> [found.tolist() for found in occasions(np.array([7, 8, 7]))]
    [[0, 2, 1], [0, 2]]
    """
    moment = np.zeros_like(activity) if moment is None else moment
    order = np.lexsort((activity, moment))
    changes = (np.diff(activity[order]) != 0) | (np.diff(moment[order]) != 0)
    return order, np.flatnonzero(np.r_[True, changes])
